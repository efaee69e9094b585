//! Who may come in: addresses, and bounds on connections, of which those that have not said yet who they are count twice.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::claim::{Claim, Claims};
use crate::runtime::clock::{Clock, Stopwatch};
use crate::runtime::quiet::Quiet;

/// Bounds on connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// At a time.
    pub connections_max: usize,
    /// Those that have not logged on yet.
    pub unknown_max: usize,
    /// Of these, from one address.
    pub unknown_per_address_max: usize,
    /// From one address, known or not.
    pub per_address_max: usize,
    /// How long a Logon may take, TLS included.
    pub logon_within: Duration,
    /// How long a Logon may be, in bytes.
    pub logon_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 10_000,
            unknown_max: 256,
            unknown_per_address_max: 64,
            per_address_max: 1_024,
            logon_within: Duration::from_secs(10),
            logon_bytes_max: 8 << 10,
        }
    }
}

#[derive(Debug, Default)]
struct Count {
    all: usize,
    unknown: usize,
    by_address: BTreeMap<IpAddr, Here>,
    /// Refusals since the last one that was logged, and when that was.
    refused: u64,
    said: Option<Stopwatch>,
    /// What was logged of each address.
    quiet: Quiet<IpAddr>,
}

/// Those from one address.
#[derive(Debug, Default)]
struct Here {
    all: usize,
    unknown: usize,
}

/// Counts who is inside. Several listeners may share one.
#[derive(Debug, Clone)]
pub struct Gate {
    limits: Limits,
    count: Arc<Mutex<Count>>,
    claims: Claims,
    clock: Clock,
}

impl Gate {
    /// Nobody is inside.
    pub fn new(limits: Limits) -> Self {
        Self { limits, count: Arc::default(), claims: Claims::default(), clock: Clock::start() }
    }

    /// The same gate, before a listener whose sessions wait so long for a Logon.
    #[must_use]
    pub fn logon_within(&self, logon_within: Duration) -> Self {
        Self {
            limits: Limits { logon_within, ..self.limits },
            count: Arc::clone(&self.count),
            claims: self.claims.clone(),
            clock: self.clock,
        }
    }

    /// The bounds.
    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// How many are inside, and how many of them have not said yet who they are.
    pub fn inside(&self) -> (usize, usize) {
        let count = self.lock();
        (count.all, count.unknown)
    }

    /// Lets somebody in, or says why not.
    pub fn enter(&self, from: IpAddr) -> Result<Pass, &'static str> {
        let from = from.to_canonical();
        let mut count = self.lock();
        if count.all >= self.limits.connections_max {
            return Err("too many connections (MaxConnections)");
        }
        if count.unknown >= self.limits.unknown_max {
            return Err("too many connections that have not logged on (MaxConnectionsBeforeLogon)");
        }
        let (all, unknown) = count.by_address.get(&from).map_or((0, 0), |here| (here.all, here.unknown));
        if all >= self.limits.per_address_max {
            return Err("too many connections from this address (MaxConnectionsPerAddress)");
        }
        if unknown >= self.limits.unknown_per_address_max {
            return Err("too many connections from this address that have not logged on \
                 (MaxConnectionsBeforeLogonPerAddress)");
        }
        let here = count.by_address.entry(from).or_default();
        here.all += 1;
        here.unknown += 1;
        count.all += 1;
        count.unknown += 1;
        Ok(Pass { gate: self.clone(), from, known: false })
    }

    /// Whether a refusal should be logged: once a second at most, so that a flood of connections is none of the log. Gives the
    /// number of refusals since the last one that was.
    pub fn refused(&self) -> Option<u64> {
        let mut count = self.lock();
        count.refused += 1;
        if count.said.is_some_and(|at| at.elapsed() < Duration::from_secs(1)) {
            return None;
        }
        count.said = Some(Stopwatch::start());
        Some(std::mem::take(&mut count.refused))
    }

    /// Writes a line about an address, unless there were too many of late.
    pub fn say(&self, from: IpAddr, line: impl FnOnce()) {
        let (from, now) = (from.to_canonical(), self.clock.now());
        // Nobody waits at the gate for the log.
        let say = self.lock().quiet.ask(&from, now);
        say.write(&from, line);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Count> {
        // Numbers are whole at every step: a panic elsewhere leaves them right.
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One who is inside; leaves when it is dropped.
#[derive(Debug)]
pub struct Pass {
    gate: Gate,
    from: IpAddr,
    known: bool,
}

impl Pass {
    /// Waits for an older line of the session to be over.
    pub async fn claim(&self, session: &str) -> Claim {
        self.gate.claims.claim(session).await
    }

    /// Has said who it is.
    pub fn logged_on(&mut self) {
        if !self.known {
            self.known = true;
            let mut count = self.gate.lock();
            count.unknown -= 1;
            if let Some(here) = count.by_address.get_mut(&self.from) {
                here.unknown -= 1;
            }
        }
    }

    /// Writes a line about it, unless there were too many of late.
    pub fn say(&self, line: impl FnOnce()) {
        self.gate.say(self.from, line);
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut count = self.gate.lock();
        count.all -= 1;
        count.unknown -= usize::from(!self.known);
        if let Some(here) = count.by_address.get_mut(&self.from) {
            here.all -= 1;
            here.unknown -= usize::from(!self.known);
            if here.all == 0 {
                count.by_address.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_and_who_leaves_makes_room() {
        let limits = Limits { connections_max: 3, unknown_max: 2, per_address_max: 2, ..Limits::default() };
        let gate = Gate::new(limits);
        let (a, b): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let mut first = gate.enter(a).expect("room");
        let second = gate.enter(a).expect("room");
        assert!(gate.enter(b).expect_err("two unknown").contains("MaxConnectionsBeforeLogon"));
        first.logged_on();
        first.logged_on();
        assert!(gate.enter(a).expect_err("two from there").contains("MaxConnectionsPerAddress"));
        let third = gate.enter(b).expect("room");
        assert!(gate.enter(b).expect_err("three").contains("MaxConnections)"));
        drop((first, second, third));
        assert_eq!(gate.inside(), (0, 0));
        assert!(gate.lock().by_address.is_empty(), "addresses are forgotten");
    }

    #[test]
    fn one_address_cannot_fill_the_waiting_room() {
        let gate = Gate::new(Limits::default());
        let (a, b): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let mut waiting: Vec<Pass> = (0..64).map(|_| gate.enter(a).expect("room")).collect();
        assert!(gate.enter(a).expect_err("its share").contains("MaxConnectionsBeforeLogonPerAddress"));
        assert!(gate.enter(b).is_ok(), "others come in");
        waiting[0].logged_on();
        waiting.push(gate.enter(a).expect("one has logged on"));
        waiting.pop();
        assert!(gate.enter(a).is_ok(), "one has left");
    }

    #[test]
    fn a_flood_is_one_line_of_the_log() {
        let gate = Gate::new(Limits::default());
        assert_eq!(gate.refused(), Some(1));
        assert_eq!(gate.refused(), None);
    }
}
