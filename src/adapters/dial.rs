//! Initiators: dial the peer while the session is open, its addresses in turn, and again after a wait that doubles with each
//! round in which nobody answered. The waits have no chance in them: they can be told beforehand.

use std::time::Duration;

use finality_parsers::fix::session::schedule::Schedule;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::line::{self, Ended, Inbox};
use super::roster::Route;
use super::tls::{ClientTls, Files};
use crate::config::fix::FixSession;
use crate::runtime::clock::Clock;

/// However far away the next opening is, the clock is looked at that often: it may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Whom to dial, and when.
#[derive(Debug, Clone)]
pub struct Dialler {
    /// The line's name towards the core, and what may wait for the peer.
    pub route: Route,
    /// Host and port, in turn.
    pub targets: Vec<(String, u16)>,
    /// With TLS.
    pub tls: Option<ClientTls>,
    /// Only while this is open.
    pub schedule: Schedule,
    /// The waits between rounds.
    pub waits: Waits,
    /// How long a connection may take to be made, TLS included.
    pub within: Duration,
}

impl Dialler {
    /// As configured.
    pub fn of(session: &FixSession) -> Self {
        let set = &session.set;
        Self {
            route: Route { link: session.name.clone(), outbound_bytes_max: set.outbound_bytes_max.0 },
            targets: session.connect.clone(),
            tls: Files::of(set).map(|files| ClientTls::new(files, set.server_name.clone())),
            schedule: session.schedule,
            waits: Waits::new(set.reconnect.0, set.reconnect_max.0),
            within: set.connect_timeout.0,
        }
    }
}

/// Waits that double up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Waits {
    /// The first, and the longest.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest: longest.max(first), next: first }
    }

    /// The wait after another failure.
    pub fn failed(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        wait
    }

    /// Somebody answered: the next failure is a first one.
    pub fn answered(&mut self) {
        self.next = self.first;
    }
}

/// Dials until the task is dropped, or nobody hears any more.
pub async fn dial(mut dialler: Dialler, clock: Clock, inbox: impl Inbox) {
    let link = dialler.route.link.clone();
    loop {
        until_open(&dialler.schedule, clock).await;
        let mut answered = false;
        for (host, port) in dialler.targets.clone() {
            if !dialler.schedule.is_open(clock.now()) {
                break;
            }
            match timeout(dialler.within, once(&dialler, &host, port, &inbox)).await {
                Ok(Ok(carry)) => {
                    tracing::info!(link, host, port, "connected");
                    let (ended, heard) = carry.await;
                    tracing::info!(link, host, port, ?ended, "disconnected");
                    if ended == Ended::NoCore {
                        return;
                    }
                    // A line on which nothing came is no answer: something listens there, and not for us.
                    answered = heard > 0;
                    if answered {
                        break;
                    }
                }
                Ok(Err(why)) => tracing::warn!(link, host, port, "not connected: {why}"),
                Err(_) => tracing::warn!(link, host, port, "not connected: no answer in time"),
            }
        }
        if answered {
            dialler.waits.answered();
        }
        let wait = dialler.waits.failed();
        tracing::debug!(link, seconds = wait.as_secs(), "dialling again");
        tokio::time::sleep(wait).await;
    }
}

/// Makes one connection; what comes back carries it to its end.
async fn once<'a, I: Inbox>(
    dialler: &'a Dialler,
    host: &str,
    port: u16,
    inbox: &'a I,
) -> Result<std::pin::Pin<Box<dyn Future<Output = (Ended, u64)> + Send + 'a>>, String> {
    let stream = TcpStream::connect((host, port)).await.map_err(|e| e.to_string())?;
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "small messages may be delayed");
    }
    Ok(match &dialler.tls {
        None => Box::pin(line::carry(stream, &dialler.route, Vec::new(), inbox, None)),
        Some(tls) => {
            let stream = tls.connect(host, stream).await?;
            Box::pin(line::carry(stream, &dialler.route, Vec::new(), inbox, None))
        }
    })
}

/// Makes one connection to the first of the addresses that answers, and carries it in a task of its own. The error says why
/// each of them did not.
pub async fn connect(dialler: Dialler, inbox: impl Inbox) -> Result<tokio::task::JoinHandle<Ended>, String> {
    let mut whys = Vec::new();
    let (done, connected) = tokio::sync::oneshot::channel();
    let task = tokio::spawn(async move {
        for (host, port) in &dialler.targets {
            match timeout(dialler.within, once(&dialler, host, *port, &inbox)).await {
                Ok(Ok(carry)) => {
                    let _ = done.send(Ok(()));
                    return carry.await.0;
                }
                Ok(Err(why)) => whys.push(format!("{host}:{port}: {why}")),
                Err(_) => whys.push(format!("{host}:{port}: no answer in time")),
            }
        }
        let _ = done.send(Err(whys.join("; ")));
        Ended::NoCore
    });
    connected.await.unwrap_or_else(|_| Err("the connection could not be made".to_owned())).map(|()| task)
}

async fn until_open(schedule: &Schedule, clock: Clock) {
    loop {
        let now = clock.now();
        if schedule.is_open(now) {
            return;
        }
        let left = schedule.next_change(now).map_or(LOOK_EVERY, |next| next.since(now));
        tokio::time::sleep(left.min(LOOK_EVERY)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_begin_again() {
        let seconds = Duration::from_secs;
        let mut waits = Waits::new(seconds(5), seconds(30));
        let told: Vec<u64> = (0..5).map(|_| waits.failed().as_secs()).collect();
        assert_eq!(told, [5, 10, 20, 30, 30]);
        waits.answered();
        assert_eq!(waits.failed(), seconds(5));
        assert_eq!(Waits::new(seconds(90), seconds(30)).failed(), seconds(90), "the first wait is never cut");
    }
}
