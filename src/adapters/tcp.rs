//! FIX over TCP: one port for all sessions. A connection belongs to the link whose peer its Logon names; until then it is
//! nobody's, and may only send a little and only for a while.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::runtime::drive::{Outgoing, ToCore};

/// A Logon must be here by then.
const LOGON_WITHIN: Duration = Duration::from_secs(10);
/// And be no longer than this.
const LOGON_BYTES_MAX: usize = 8 << 10;
/// Messages that wait for a slow peer: past that it is cut off.
const OUTBOUND_MAX: usize = 10_000;

/// Tells connections apart; folders are 0.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Which link a peer's CompID belongs to.
pub type Peers = BTreeMap<String, String>;

/// Accepts connections until the task is dropped.
pub async fn accept(listener: TcpListener, peers: Peers, inbox: SyncSender<ToCore>) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                tokio::spawn(serve(stream, from, peers.clone(), inbox.clone()));
            }
            Err(error) => {
                // Out of descriptors, mostly: the connections there are go on.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn serve(mut stream: TcpStream, from: SocketAddr, peers: Peers, inbox: SyncSender<ToCore>) {
    let first = match timeout(LOGON_WITHIN, first_message(&mut stream)).await {
        Ok(Some(first)) => first,
        Ok(None) => return tracing::warn!(%from, "refused: what came first is no Logon"),
        Err(_) => return tracing::warn!(%from, "refused: no Logon in time"),
    };
    let Some(link) = comp_id(&first).and_then(|id| peers.get(&id).cloned()) else {
        return tracing::warn!(%from, "refused: the Logon names nobody who is known here");
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small messages may be delayed");
    }
    tracing::info!(%from, link, "connected");
    let (mut read, mut write) = stream.into_split();
    let (to, outgoing) = sync_channel::<Vec<u8>>(OUTBOUND_MAX);
    let (wake, mut woken) = tokio::sync::mpsc::channel::<()>(1);
    let sender = Box::new(Connection { to, wake });
    let connection = NEXT.fetch_add(1, Ordering::Relaxed);
    let opened = ToCore::Opened { link: link.clone(), connection, to: sender };
    if !tell(&inbox, opened).await || !tell(&inbox, bytes_of(&link, connection, first)).await {
        return;
    }
    let writer = tokio::spawn(async move {
        // Woken for each message or for the end; whatever waits is written in one go.
        while woken.recv().await.is_some() {
            let mut buffer = Vec::new();
            while let Ok(bytes) = outgoing.try_recv() {
                buffer.extend_from_slice(&bytes);
            }
            if write.write_all(&buffer).await.is_err() {
                return;
            }
        }
        let mut buffer = Vec::new();
        while let Ok(bytes) = outgoing.try_recv() {
            buffer.extend_from_slice(&bytes);
        }
        let _ = write.write_all(&buffer).await;
        let _ = write.shutdown().await;
    });
    let mut buffer = vec![0; 64 << 10];
    loop {
        match read.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(n) => {
                if !tell(&inbox, bytes_of(&link, connection, buffer[..n].to_vec())).await {
                    break;
                }
            }
        }
        if writer.is_finished() {
            break;
        }
    }
    tracing::info!(%from, link, "disconnected");
    tell(&inbox, ToCore::Closed { link, connection }).await;
}

fn bytes_of(link: &str, connection: u64, bytes: Vec<u8>) -> ToCore {
    ToCore::Bytes { link: link.to_owned(), connection, bytes, kept: None }
}

/// Puts something into the core's inbox; waits while it is full, without holding up the other connections.
async fn tell(inbox: &SyncSender<ToCore>, message: ToCore) -> bool {
    let inbox = inbox.clone();
    tokio::task::spawn_blocking(move || inbox.send(message).is_ok()).await.unwrap_or(false)
}

/// Reads until the first message is whole: it must be a Logon.
async fn first_message(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let n = stream.read(&mut buffer).await.ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&buffer[..n]);
        if !bytes.starts_with(&b"8=FIX"[..bytes.len().min(5)]) || bytes.len() > LOGON_BYTES_MAX {
            return None;
        }
        let whole =
            bytes.windows(4).position(|w| w == b"\x0110=").is_some_and(|at| bytes[at + 4..].contains(&1));
        if whole {
            return bytes.windows(6).any(|w| w == b"\x0135=A\x01").then_some(bytes);
        }
    }
}

/// SenderCompID of the first message.
fn comp_id(bytes: &[u8]) -> Option<String> {
    let field = bytes.split(|b| *b == 1).find_map(|field| field.strip_prefix(b"49="))?;
    String::from_utf8(field.to_vec()).ok()
}

/// The sending end of a connection.
#[derive(Debug)]
struct Connection {
    to: SyncSender<Vec<u8>>,
    wake: tokio::sync::mpsc::Sender<()>,
}

impl Outgoing for Connection {
    fn send(&mut self, bytes: Vec<u8>) -> bool {
        if self.to.try_send(bytes).is_err() {
            return false;
        }
        // A full wake-up channel means that the writer is about to look anyway.
        !matches!(self.wake.try_send(()), Err(tokio::sync::mpsc::error::TrySendError::Closed(())))
    }

    fn close(&mut self, reason: &str) {
        // Dropping the sender ends the writer, which shuts the line down.
        tracing::debug!(reason, "closing");
    }
}
