//! Heartbeats, and how long the peer's silence is borne.

use std::time::Duration;

use super::{Session, State};
use crate::machine::Timestamp;

impl Session {
    pub(super) fn tick(&mut self, now: Timestamp) {
        match self.state {
            State::Down => {}
            State::LoggedOn | State::AwaitingLogon(_) if self.closes_at.is_some_and(|end| end <= now) => {
                self.reset_when_down = true;
                self.log_out(now, "the session's hours are over");
                if matches!(self.state, State::AwaitingLogon(_)) {
                    self.close("the session's hours are over");
                }
            }
            State::AwaitingLogon(since) if now >= since + self.config.logon_wait => {
                self.close("no Logon in time");
            }
            State::AwaitingLogout(since) if now >= since + self.config.logout_wait => {
                self.close("no answer to our Logout");
            }
            State::LoggedOn if !self.heartbeat.is_zero() => {
                if now >= self.last_in + self.heartbeat * 12 / 5 {
                    self.close("the peer is silent and does not answer a TestRequest");
                } else if now >= self.test_due() {
                    self.tests += 1;
                    self.send_test_request(now);
                } else if self.tests == 0 && now >= self.last_out + self.heartbeat {
                    self.send_heartbeat(now, None);
                }
            }
            _ => {}
        }
    }

    /// When the peer is asked whether it is there: after 1.2 intervals of silence, and once more after 2.4, when it is
    /// given up.
    fn test_due(&self) -> Timestamp {
        self.last_in + self.heartbeat * 6 / 5 * self.tests.saturating_add(1).min(1_000)
    }

    pub(super) fn next_deadline(&self) -> Option<Timestamp> {
        let ends = self.closes_at.filter(|_| matches!(self.state, State::LoggedOn | State::AwaitingLogon(_)));
        self.patience_ends().into_iter().chain(ends).min()
    }

    fn patience_ends(&self) -> Option<Timestamp> {
        match self.state {
            State::Down => None,
            State::AwaitingLogon(since) => Some(since + self.config.logon_wait),
            State::AwaitingLogout(since) => Some(since + self.config.logout_wait),
            State::LoggedOn if self.heartbeat.is_zero() => None,
            State::LoggedOn => {
                let given_up = self.last_in + self.heartbeat * 12 / 5;
                let silence = self.test_due().min(given_up);
                let heartbeat = (self.tests == 0).then_some(self.last_out + self.heartbeat);
                heartbeat.into_iter().chain([silence]).min()
            }
        }
    }

    /// How long an unanswered request for missing messages is waited for before it is sent again.
    pub(super) fn patience(&self) -> Duration {
        self.heartbeat.max(Duration::from_secs(10)) * 2
    }
}
