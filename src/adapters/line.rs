//! One connection, whoever made it: bytes in to the core's inbox, bytes out from a buffer that is bounded in bytes.
//!
//! ```text
//!   socket ──read──▶ Inbox::offer(ToCore::Bytes)        one task, no thread, and no buffer while nothing comes
//!   socket ◀─write── Outbound ◀── Outgoing::send        filled by the core, emptied by the task; a slow peer is cut off
//! ```
//!
//! Where the offer is worked off at once (`runtime::door`), what the core answers meanwhile is written right after it: the
//! task need not be woken to find it. Where it is not, a connection is only so many reads ahead of the core: one that has a
//! million messages to say leaves the others their turn.

use std::future::poll_fn;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::claim::Claim;
use super::roster::Route;
use crate::runtime::door::Door;
use crate::runtime::drive::{Outgoing, ToCore};

/// Most bytes taken from a socket at once.
const READ_BYTES_MAX: usize = 32 << 10;
/// So many reads, and the tasks of other connections have their turn.
const READS_TOGETHER_MAX: u32 = 8;
/// Reads of one connection that wait for the core: past that, it reads no more.
const AHEAD_MAX: usize = 4;
/// What was sent before a close may take so long to go out, and as long the peer may take to close its side.
const CLOSE_WITHIN: Duration = Duration::from_secs(5);

/// There is room while no more than this part of what may wait does.
const ROOM: usize = 4;

/// Tells connections apart; folders are 0.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What became of an event that was offered.
#[derive(Debug)]
pub enum Offer {
    /// It will be heard.
    Taken,
    /// There is no room now.
    Full(ToCore),
    /// Nobody hears any more.
    Gone,
}

/// Where connections put what they hear: `Opened`, `Bytes` and `Closed` of [`ToCore`], in order for each connection.
pub trait Inbox: Clone + Send + Sync + 'static {
    /// Takes an event if there is room; never waits.
    fn offer(&self, event: ToCore) -> Offer;
}

impl Inbox for SyncSender<ToCore> {
    fn offer(&self, event: ToCore) -> Offer {
        self.try_send(event).into()
    }
}

/// What is offered to a core that nobody works at is worked off at once, on the thread that offers.
impl Inbox for Door {
    fn offer(&self, event: ToCore) -> Offer {
        Door::offer(self, event).into()
    }
}

impl From<Result<(), TrySendError<ToCore>>> for Offer {
    fn from(sent: Result<(), TrySendError<ToCore>>) -> Self {
        match sent {
            Ok(()) => Offer::Taken,
            Err(TrySendError::Full(event)) => Offer::Full(event),
            Err(TrySendError::Disconnected(_)) => Offer::Gone,
        }
    }
}

/// Puts an event into the inbox. While it is full this connection waits, which holds up its peer and nobody else.
pub async fn tell(inbox: &impl Inbox, mut event: ToCore) -> bool {
    let mut wait = Duration::from_millis(1);
    loop {
        match inbox.offer(event) {
            Offer::Taken => return true,
            Offer::Gone => return false,
            Offer::Full(back) => event = back,
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_millis(16));
    }
}

/// What waits to be written.
#[derive(Debug)]
struct Outbound {
    waiting: Mutex<Waiting>,
    woken: Notify,
    bytes_max: usize,
    /// What was read and is still with the core.
    ahead: AtomicUsize,
    /// It is less than it was.
    heard: Notify,
}

/// Something that was read, until the core has heard it.
#[derive(Debug)]
pub struct Turn(Arc<Outbound>);

impl Turn {
    fn of(out: &Arc<Outbound>) -> Self {
        out.ahead.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(out))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // A reader that waits is told when half of it is heard, so that it is not woken for each.
        if self.0.ahead.fetch_sub(1, Ordering::AcqRel) == AHEAD_MAX / 2 + 1 {
            self.0.heard.notify_one();
        }
    }
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Taken by the writer and not on the wire yet.
    in_flight: usize,
    /// Nothing comes any more, and why.
    closed: Option<String>,
    /// The peer is not waited for.
    cut: bool,
    /// The core wants to hear when there is room.
    room_wanted: bool,
    /// The task is gone.
    over: bool,
    /// The task looks here next, whatever happens: it need not be woken.
    attended: bool,
    /// Something was written that is not flushed yet.
    unflushed: bool,
}

impl Outbound {
    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        // Bytes are appended whole or not at all.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The core's end of a connection.
#[derive(Debug)]
struct Sender {
    out: Arc<Outbound>,
    link: String,
    claim: Option<Arc<Claim>>,
}

impl Outgoing for Sender {
    fn send(&mut self, bytes: Vec<u8>) -> bool {
        let mut waiting = self.out.lock();
        if waiting.over || waiting.closed.is_some() {
            return false;
        }
        let total = waiting.bytes.len() + waiting.in_flight + bytes.len();
        if total > self.out.bytes_max {
            let why = format!(
                "cut off: it takes what is sent too slowly; {total} bytes would wait, {} may (OutboundBufferBytes)",
                self.out.bytes_max
            );
            // The core says so where it is seen, as often as is good for the log.
            tracing::debug!(link = self.link, "{why}");
            // A peer that does not read gets none of it: the line is dropped, not drained.
            waiting.bytes = Vec::new();
            (waiting.closed, waiting.cut) = (Some(why), true);
            drop(waiting);
            self.out.woken.notify_one();
            return false;
        }
        // A writer that has something already looks again when it is done with it.
        let idle = waiting.bytes.is_empty();
        let wake = idle && !waiting.attended;
        if idle {
            waiting.bytes = bytes;
        } else {
            waiting.bytes.extend_from_slice(&bytes);
        }
        drop(waiting);
        if wake {
            self.out.woken.notify_one();
        }
        true
    }

    fn has_room(&mut self) -> bool {
        let mut waiting = self.out.lock();
        let has = waiting.bytes.len() + waiting.in_flight <= self.out.bytes_max / ROOM;
        waiting.room_wanted = !has;
        has
    }

    fn close(&mut self, reason: &str) {
        self.out.lock().closed.get_or_insert_with(|| reason.to_owned());
        self.out.woken.notify_one();
        // The core has let go of this line: it would take the next one.
        if let Some(claim) = &self.claim {
            claim.release();
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.close("the session has ended");
    }
}

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// The peer closed it, or the network did.
    ByPeer(String),
    /// The core closed it.
    ByUs(String),
    /// Nobody hears any more.
    NoCore,
}

/// Carries a connection from `Opened` to `Closed`. `first` was read already.
/// The session's claim ends when the core closes the line, or has been told that it is closed.
pub async fn carry<S>(
    stream: S,
    route: &Route,
    first: Vec<u8>,
    inbox: &impl Inbox,
    claim: Option<Claim>,
) -> (Ended, u64)
where
    S: AsyncRead + AsyncWrite + Send,
{
    let connection = NEXT.fetch_add(1, Ordering::Relaxed);
    let link = &route.link;
    let out = Arc::new(Outbound {
        waiting: Mutex::default(),
        woken: Notify::new(),
        bytes_max: route.outbound_bytes_max,
        ahead: AtomicUsize::new(0),
        heard: Notify::new(),
    });
    let claim = claim.map(Arc::new);
    let sender = Box::new(Sender { out: Arc::clone(&out), link: link.clone(), claim: claim.clone() });
    if !tell(inbox, ToCore::Opened { link: link.clone(), connection, to: sender }).await {
        return (Ended::NoCore, 0);
    }
    let mut heard = first.len() as u64;
    if !first.is_empty() && !tell(inbox, bytes_of(link, connection, first, &out)).await {
        return (Ended::NoCore, heard);
    }
    let (mut from, to) = tokio::io::split(stream);
    let to = Mutex::new(to);
    let mut reads = 0_u32;
    let reader = async {
        loop {
            match read(&mut from).await {
                Ok(bytes) if bytes.is_empty() => return Ended::ByPeer("it hung up".to_owned()),
                Err(error) => return Ended::ByPeer(error.to_string()),
                Ok(bytes) => {
                    heard += bytes.len() as u64;
                    let event = bytes_of(link, connection, bytes, &out);
                    match tell_and_write(inbox, event, &out, &to).await {
                        Ok(None) => reads = reads.wrapping_add(1),
                        Ok(Some(ended)) => return ended,
                        Err(error) => return Ended::ByPeer(error.to_string()),
                    }
                    if reads.is_multiple_of(READS_TOGETHER_MAX) {
                        // What was read was worked off too, which takes its time: others come first now.
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
    };
    let mut to_write = Shared(&to);
    let ended = tokio::select! {
        ended = reader => ended,
        ended = write(&out, &mut to_write, || drained(inbox, link, connection)) => ended,
    };
    let cut = {
        let mut waiting = out.lock();
        waiting.over = true;
        waiting.bytes = Vec::new();
        waiting.cut
    };
    if matches!(ended, Ended::ByUs(_)) && !cut {
        // Closing with unread bytes would take back what was sent last: the peer closes first, if it wants to.
        let _ = timeout(CLOSE_WITHIN, async {
            while matches!(read(&mut from).await, Ok(bytes) if !bytes.is_empty()) {}
        })
        .await;
    }
    tell(inbox, ToCore::Closed { link: link.clone(), connection }).await;
    if let Some(claim) = claim {
        claim.release();
    }
    (ended, heard)
}

fn bytes_of(link: &str, connection: u64, bytes: Vec<u8>, out: &Arc<Outbound>) -> ToCore {
    ToCore::Bytes { link: link.to_owned(), connection, bytes, kept: None, turn: Some(Turn::of(out)) }
}

/// Puts what came into the inbox, and what the core answers meanwhile on the wire.
async fn tell_and_write<W: AsyncWrite + Unpin>(
    inbox: &impl Inbox,
    mut event: ToCore,
    out: &Outbound,
    to: &Mutex<W>,
) -> std::io::Result<Option<Ended>> {
    let (link, connection) = match &event {
        ToCore::Bytes { link, connection, .. } => (link.clone(), *connection),
        _ => (String::new(), 0),
    };
    let mut wait = Duration::from_millis(1);
    loop {
        out.lock().attended = true;
        let offer = inbox.offer(event);
        if write_at_once(out, to).await? {
            drained(inbox, &link, connection).await;
        }
        match offer {
            Offer::Taken => {
                while out.ahead.load(Ordering::Acquire) >= AHEAD_MAX {
                    out.heard.notified().await;
                }
                return Ok(None);
            }
            Offer::Gone => return Ok(Some(Ended::NoCore)),
            Offer::Full(back) => event = back,
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(Duration::from_millis(16));
    }
}

/// Writes what waits as far as the socket takes it; the rest is left to [`write`]. Says whether the core wants to hear that
/// there is room.
async fn write_at_once<W: AsyncWrite + Unpin>(out: &Outbound, to: &Mutex<W>) -> std::io::Result<bool> {
    poll_fn(|cx| {
        let mut bytes = {
            let mut waiting = out.lock();
            waiting.attended = false;
            if waiting.bytes.is_empty() {
                return Poll::Ready(Ok(false));
            }
            if waiting.in_flight > 0 || waiting.unflushed || waiting.closed.is_some() {
                // There is an order in which things go out, and it is not ours.
                out.woken.notify_one();
                return Poll::Ready(Ok(false));
            }
            waiting.in_flight = waiting.bytes.len();
            std::mem::take(&mut waiting.bytes)
        };
        let mut to = Shared(to);
        let mut written = 0;
        let mut flushed = true;
        let failed = loop {
            if written == bytes.len() {
                match Pin::new(&mut to).poll_flush(cx) {
                    Poll::Ready(Ok(())) => break None,
                    Poll::Ready(Err(error)) => break Some(error),
                    Poll::Pending => flushed = false,
                }
                break None;
            }
            match Pin::new(&mut to).poll_write(cx, &bytes[written..]) {
                Poll::Ready(Ok(0)) => break Some(std::io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(some)) => written += some,
                Poll::Ready(Err(error)) => break Some(error),
                Poll::Pending => break None,
            }
        };
        if let Some(error) = failed {
            return Poll::Ready(Err(error));
        }
        let mut waiting = out.lock();
        waiting.in_flight = 0;
        waiting.unflushed = !flushed;
        if written < bytes.len() {
            bytes.drain(..written);
            bytes.append(&mut waiting.bytes);
            waiting.bytes = bytes;
        }
        let left = !waiting.bytes.is_empty() || waiting.unflushed;
        let room = waiting.bytes.len() <= out.bytes_max / ROOM && std::mem::take(&mut waiting.room_wanted);
        drop(waiting);
        if left {
            out.woken.notify_one();
        }
        Poll::Ready(Ok(room))
    })
    .await
}

/// The writing half, for the two that write: never at the same time, see [`Waiting::in_flight`].
struct Shared<'w, W>(&'w Mutex<W>);

impl<W: Unpin> Shared<'_, W> {
    fn with<T>(&self, then: impl FnOnce(Pin<&mut W>) -> T) -> T {
        then(Pin::new(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl<W: AsyncWrite + Unpin> AsyncWrite for Shared<'_, W> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.with(|to| to.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.with(|to| to.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        self.with(|to| to.poll_shutdown(cx))
    }
}

/// What comes next; empty at the end. The buffer lives on the stack of the poll, so a silent connection has none.
pub(super) async fn read<R: AsyncRead + Unpin>(from: &mut R) -> std::io::Result<Vec<u8>> {
    poll_fn(|cx| {
        let mut space = [const { MaybeUninit::<u8>::uninit() }; READ_BYTES_MAX];
        let mut buffer = ReadBuf::uninit(&mut space);
        match Pin::new(&mut *from).poll_read(cx, &mut buffer) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Ok(())) => Poll::Ready(Ok(buffer.filled().to_vec())),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        }
    })
    .await
}

/// Says that there is room again.
async fn drained(inbox: &impl Inbox, link: &str, connection: u64) {
    tell(inbox, ToCore::Drained { link: link.to_owned(), connection }).await;
}

/// Writes what waits, all of it in one go, until the end.
async fn write<W, F>(out: &Outbound, to: &mut W, drained: impl Fn() -> F) -> Ended
where
    W: AsyncWrite + Unpin,
    F: Future<Output = ()>,
{
    loop {
        let (bytes, closed, cut, unflushed) = {
            let mut waiting = out.lock();
            let bytes = std::mem::take(&mut waiting.bytes);
            waiting.in_flight = bytes.len();
            (bytes, waiting.closed.clone(), waiting.cut, waiting.unflushed)
        };
        if bytes.is_empty() && !unflushed {
            match closed {
                None => out.woken.notified().await,
                Some(why) if cut => return Ended::ByUs(why),
                Some(why) => {
                    let _ = timeout(CLOSE_WITHIN, to.shutdown()).await;
                    return Ended::ByUs(why);
                }
            }
            continue;
        }
        let written = async {
            to.write_all(&bytes).await?;
            to.flush().await
        };
        // While bytes are on their way the core may give the peer up: then nobody waits for it any longer.
        let given_up = async {
            loop {
                out.woken.notified().await;
                let (closed, cut) = {
                    let waiting = out.lock();
                    (waiting.closed.is_some(), waiting.cut)
                };
                if closed {
                    tokio::time::sleep(if cut { Duration::ZERO } else { CLOSE_WITHIN }).await;
                    return;
                }
            }
        };
        tokio::select! {
            written = written => {
                if let Err(error) = written {
                    return Ended::ByPeer(error.to_string());
                }
                let room = {
                    let mut waiting = out.lock();
                    waiting.in_flight = 0;
                    waiting.unflushed = false;
                    let room = waiting.bytes.len() <= out.bytes_max / ROOM;
                    room && std::mem::take(&mut waiting.room_wanted)
                };
                if room {
                    drained().await;
                }
            }
            () = given_up => {
                let why = out.lock().closed.clone().unwrap_or_default();
                return Ended::ByUs(why);
            }
        }
    }
}
