//! The one place that reads the wall clock.
#![allow(clippy::disallowed_methods, reason = "this is the place")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use finality_parsers::machine::Timestamp;

/// A clock that never goes back: it reads the wall clock once and then counts on by the monotonic clock.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    started: Timestamp,
    since: Instant,
}

impl Clock {
    /// From now on.
    pub fn start() -> Self {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self { started: Timestamp::default() + unix, since: Instant::now() }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.started + self.since.elapsed()
    }
}

/// Measures real time, for costs; never for decisions.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// From now on.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long it has been.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}
