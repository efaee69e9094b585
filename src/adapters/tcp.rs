//! FIX over TCP, and over TLS: one port for many sessions. A connection belongs to whom its Logon names; until then it is
//! nobody's, and may only send a little and only for a while.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use finality_parsers::fix::frame::{Deframer, Frame};
use finality_parsers::limits;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::gate::{Gate, Pass};
use super::line::{self, Inbox};
use super::roster::{Directory, Hello};
use super::tls::ServerTls;

/// A Logon that has begun must be whole within this time: a peer that sends it byte by byte holds a place for nothing.
const WHOLE_WITHIN: Duration = Duration::from_secs(2);

/// The line, all that was read from it, and who is there.
type First<S> = (S, Vec<u8>, Hello);

/// Accepts connections until the task is dropped.
pub async fn accept<D: Directory>(
    listener: TcpListener,
    directory: Arc<D>,
    tls: Option<ServerTls>,
    gate: Gate,
    inbox: impl Inbox,
) {
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, mostly: the connections there are go on.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let pass = if directory.admits(from.ip()) {
            gate.enter(from.ip())
        } else {
            Err("nobody may connect from there (AllowedRemoteAddresses)")
        };
        match pass {
            Ok(pass) => {
                let (directory, tls) = (Arc::clone(&directory), tls.clone());
                tokio::spawn(serve(stream, from, directory, tls, pass, gate.limits(), inbox.clone()));
            }
            Err(why) => {
                if let Some(times) = gate.refused() {
                    tracing::warn!(%from, times, "refused: {why}");
                }
            }
        }
    }
}

async fn serve<D: Directory>(
    stream: TcpStream,
    from: SocketAddr,
    directory: Arc<D>,
    tls: Option<ServerTls>,
    pass: Pass,
    limits: super::gate::Limits,
    inbox: impl Inbox,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small messages may be delayed");
    }
    let Some(tls) = tls else {
        let first = timeout(
            limits.logon_within,
            first_message(stream, limits.logon_bytes_max, directory.checks_sums()),
        )
        .await;
        return known(first.ok(), from, directory, pass, inbox).await;
    };
    let first = timeout(limits.logon_within, async {
        match tls.acceptor().accept(stream).await {
            Ok(stream) => first_message(stream, limits.logon_bytes_max, directory.checks_sums()).await,
            Err(error) => Err(format!("no TLS: {error}")),
        }
    });
    known(first.await.ok(), from, directory, pass, inbox).await;
}

/// Goes on once the Logon is there; `None` when it did not come in time.
async fn known<S, D: Directory>(
    first: Option<Result<First<S>, String>>,
    from: SocketAddr,
    directory: Arc<D>,
    mut pass: Pass,
    inbox: impl Inbox,
) where
    S: AsyncRead + AsyncWrite + Send,
{
    let refuse = |pass: &Pass, why: &str| pass.say(|| tracing::warn!(%from, "refused: {why}"));
    let (stream, bytes, hello) = match first {
        Some(Ok(first)) => first,
        Some(Err(why)) => return refuse(&pass, &why),
        None => return refuse(&pass, "no Logon in time (LogonTimeout)"),
    };
    let route = match directory.route(&hello, from.ip()) {
        Ok(route) => route,
        Err(why) => return refuse(&pass, &why),
    };
    pass.logged_on();
    pass.say(|| tracing::info!(%from, link = route.link, "connected"));
    let claim = pass.claim(&route.link).await;
    let (ended, _) = line::carry(stream, &route, bytes, &inbox, Some(claim)).await;
    pass.say(|| tracing::info!(%from, link = route.link, ?ended, "disconnected"));
}

/// Reads until the first message is whole: it must be a Logon. Gives back all that was read.
async fn first_message<S: AsyncRead + Unpin>(
    mut stream: S,
    bytes_max: usize,
    check_sums: bool,
) -> Result<First<S>, String> {
    let all = more(&mut stream).await?;
    timeout(WHOLE_WITHIN, whole_logon(stream, all, bytes_max, check_sums))
        .await
        .unwrap_or_else(|_| Err("its Logon was begun and not whole within 2 seconds".to_owned()))
}

async fn more<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Vec<u8>, String> {
    let bytes = line::read(stream).await.map_err(|e| format!("before the Logon: {e}"))?;
    if bytes.is_empty() { Err("it hung up before its Logon".to_owned()) } else { Ok(bytes) }
}

/// Goes on with what has come.
async fn whole_logon<S: AsyncRead + Unpin>(
    mut stream: S,
    mut all: Vec<u8>,
    bytes_max: usize,
    check_sums: bool,
) -> Result<First<S>, String> {
    let limits = limits::Limits { message_bytes_max: bytes_max, ..limits::Limits::default() };
    let mut deframer = Deframer::new(limits).check_sums(check_sums);
    deframer.push(&all);
    loop {
        match deframer.next_frame() {
            Some(Frame::Message(message)) => {
                let hello = Hello::read(&message);
                if hello.msg_type != "A" {
                    return Err(format!(
                        "what came first is no Logon but 35={}",
                        hello.msg_type.escape_default()
                    ));
                }
                return Ok((stream, all, hello));
            }
            Some(Frame::Garbled { .. }) => return Err("what came first is no Logon".to_owned()),
            None if all.len() > bytes_max => {
                return Err(format!("its Logon is longer than {bytes_max} bytes (MaxLogonSize)"));
            }
            None => {}
        }
        let bytes = more(&mut stream).await?;
        all.extend_from_slice(&bytes);
        deframer.push(&bytes);
    }
}
