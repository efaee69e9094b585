//! Whose connection is it? The Logon says: BeginString, CompIDs and, where they are configured, SubIDs and LocationIDs.

use std::net::IpAddr;

use finality_parsers::fix::session::schedule::Schedule;

use crate::config::fix::{FixSession, SessionId};
pub use crate::config::identity::Hello;
use crate::config::value::Network;
use crate::runtime::clock::Clock;

/// Where a connection goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The line's name towards the core.
    pub link: String,
    /// A peer that lets more than this wait is cut off.
    pub outbound_bytes_max: usize,
}

/// Knows who may log on. The gateway's is [`Roster`]; others (a server that learns its peers) have their own.
pub trait Directory: Send + Sync + 'static {
    /// Whose connection it is; or why it is refused, for our log: the peer is told nothing.
    fn route(&self, hello: &Hello, from: IpAddr) -> Result<Route, String>;

    /// Whether a Logon with a wrong checksum is garbled whoever sends it.
    fn checks_sums(&self) -> bool {
        true
    }

    /// Whether anybody may log on from there at all; asked before a byte is read.
    fn admits(&self, from: IpAddr) -> bool {
        let _ = from;
        true
    }
}

/// The sessions of one listener.
#[derive(Debug, Clone)]
pub struct Roster {
    entries: Vec<Entry>,
    clock: Clock,
}

#[derive(Debug, Clone)]
struct Entry {
    id: SessionId,
    link: String,
    allowed: Vec<Network>,
    outbound_bytes_max: usize,
    template: bool,
    check_sums: bool,
    schedule: Schedule,
}

impl Roster {
    /// These sessions; patterns are asked last.
    pub fn new<'a>(sessions: impl IntoIterator<Item = &'a FixSession>, clock: Clock) -> Self {
        let mut entries: Vec<Entry> = sessions
            .into_iter()
            .map(|s| Entry {
                id: s.id.clone(),
                link: s.name.clone(),
                allowed: s.set.allowed_addresses.clone(),
                outbound_bytes_max: s.set.outbound_bytes_max.0,
                template: s.set.is_template(),
                check_sums: s.set.length_and_checksum,
                schedule: s.schedule,
            })
            .collect();
        // The one that says most about its peer comes first.
        entries.sort_by_key(|e| (e.template, std::cmp::Reverse(e.id.parts())));
        Self { entries, clock }
    }
}

impl Entry {
    fn admits(&self, from: IpAddr) -> bool {
        self.allowed.is_empty() || self.allowed.iter().any(|network| network.contains(from))
    }
}

impl Directory for Roster {
    fn route(&self, hello: &Hello, from: IpAddr) -> Result<Route, String> {
        let fitting: Vec<&Entry> =
            self.entries.iter().filter(|e| e.id.covers(&hello.id, e.template)).collect();
        let Some(first) = fitting.first() else {
            return Err(format!("the Logon is for {}, which is not configured here", hello.id));
        };
        let Some(entry) = fitting.iter().find(|e| e.admits(from)) else {
            return Err(format!("{} may not connect from there (AllowedRemoteAddresses)", first.link));
        };
        let now = self.clock.now();
        if !entry.schedule.is_open(now) {
            let opens = entry.schedule.next_change(now).map_or("never".to_owned(), |at| at.to_string());
            return Err(format!("{} is closed at this time and opens at {opens} (StartTime)", entry.link));
        }
        let link = if entry.template { hello.id.to_string() } else { entry.link.clone() };
        Ok(Route { link, outbound_bytes_max: entry.outbound_bytes_max })
    }

    fn checks_sums(&self) -> bool {
        self.entries.iter().all(|e| e.check_sums)
    }

    fn admits(&self, from: IpAddr) -> bool {
        self.entries.iter().any(|e| e.admits(from))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::read::sections;

    const SESSIONS: &str = "[fix]\nSenderCompID = \"US\"\nSocketAcceptPort = 1\nBeginString = \"FIX.4.4\"\n\
        [[fix.session]]\nTargetCompID = \"*\"\nAcceptorTemplate = true\n\
        [[fix.session]]\nTargetCompID = \"A\"\n\
        [[fix.session]]\nTargetCompID = \"A\"\nTargetSubID = \"DESK\"\n\
        [[fix.session]]\nTargetCompID = \"A\"\nBeginString = \"FIX.4.2\"\n\
        [[fix.session]]\nTargetCompID = \"B\"\nAllowedRemoteAddresses = \"10.0.0.0/8\"\n";

    fn route(logon: &str, from: &str) -> Result<String, String> {
        let config = sections(SESSIONS, Path::new("")).expect("it is good");
        let hello = Hello::read(logon.replace('|', "\u{1}").as_bytes());
        Roster::new(&config.sessions, Clock::start())
            .route(&hello, from.parse().expect("an address"))
            .map(|r| r.link)
    }

    #[test]
    fn a_logon_finds_its_session() {
        for (logon, expected) in [
            ("8=FIX.4.4|9=1|35=A|49=A|56=US|", "FIX.4.4:US->A"),
            ("8=FIX.4.4|9=1|35=A|49=A|50=DESK|56=US|", "FIX.4.4:US->A/DESK"),
            ("8=FIX.4.4|9=1|35=A|49=A|50=OTHER|56=US|", "FIX.4.4:US->A"),
            ("8=FIX.4.2|9=1|35=A|49=A|56=US|", "FIX.4.2:US->A"),
            ("8=FIX.4.4|9=1|35=A|49=NEW|56=US|", "FIX.4.4:US->NEW"),
        ] {
            assert_eq!(route(logon, "127.0.0.1").as_deref(), Ok(expected), "{logon}");
        }
        assert!(
            route("8=FIX.4.2|9=1|35=A|49=NEW|56=US|", "::1").expect_err("nobody").contains("not configured")
        );
        assert!(
            route("8=FIX.4.4|9=1|35=A|49=A|56=YOU|", "::1").expect_err("nobody").contains("not configured")
        );
        assert_eq!(route("8=FIX.4.4|35=A|49=B|56=US|", "10.1.1.1").as_deref(), Ok("FIX.4.4:US->B"));
    }
}
