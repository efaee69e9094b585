//! Holds back what a peer would fill the log with: so many lines in a while, then how many more there would have been.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::time::Duration;

use finality_parsers::machine::Timestamp;

/// Lines about one peer in [`WHILE`].
const LINES_MAX: u32 = 50;
/// After this a peer has its lines again.
const WHILE: Duration = Duration::from_secs(10);
/// Peers that are told apart at a time; the lines of further ones are held back until others have been quiet.
const PEERS_MAX: usize = 16_384;

#[derive(Debug, Clone, Copy)]
struct Said {
    since: Timestamp,
    lines: u32,
    held_back: u64,
}

/// What to do with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Say {
    /// Write it.
    It,
    /// Write it, and before it that so many were held back.
    After(u64),
    /// Write it, and that what follows is held back for a while.
    Last,
    /// Nothing.
    Nothing,
}

impl Say {
    /// Does so.
    pub fn write(self, peer: &impl Display, line: impl FnOnce()) {
        if let Say::After(more) = self {
            tracing::warn!(%peer, "{more} more lines about it were suppressed");
        }
        if self != Say::Nothing {
            line();
        }
        if self == Say::Last {
            tracing::warn!(%peer, "further lines about it are suppressed for {} seconds", WHILE.as_secs());
        }
    }
}

/// By peer: what was said about it.
#[derive(Debug)]
pub struct Quiet<K> {
    peers: BTreeMap<K, Said>,
}

impl<K> Default for Quiet<K> {
    fn default() -> Self {
        Self { peers: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Quiet<K> {
    /// Whether a line about this peer is written.
    pub fn ask(&mut self, peer: &K, now: Timestamp) -> Say {
        let Some(said) = self.peers.get_mut(peer) else {
            if self.peers.len() >= PEERS_MAX {
                self.peers.retain(|_, said| now.since(said.since) < WHILE);
            }
            if self.peers.len() >= PEERS_MAX {
                return Say::Nothing;
            }
            self.peers.insert(peer.clone(), Said { since: now, lines: 1, held_back: 0 });
            return Say::It;
        };
        if now.since(said.since) >= WHILE {
            let held_back = said.held_back;
            *said = Said { since: now, lines: 1, held_back: 0 };
            return if held_back == 0 { Say::It } else { Say::After(held_back) };
        }
        said.lines = said.lines.saturating_add(1);
        if said.lines > LINES_MAX {
            said.held_back += 1;
            return Say::Nothing;
        }
        if said.lines == LINES_MAX { Say::Last } else { Say::It }
    }

    /// The peer is gone: how many lines were held back that nobody has been told of.
    pub fn gone(&mut self, peer: &K) -> u64 {
        self.peers.get_mut(peer).map_or(0, |said| std::mem::take(&mut said.held_back))
    }

    /// Writes a line about a peer, or holds it back.
    pub fn say(&mut self, peer: &K, now: Timestamp, line: impl FnOnce())
    where
        K: Display,
    {
        self.ask(peer, now).write(peer, line);
    }

    /// Says how many lines were held back about a peer that is gone.
    pub fn say_gone(&mut self, peer: &K)
    where
        K: Display,
    {
        let more = self.gone(peer);
        if more > 0 {
            tracing::warn!(%peer, "{more} more lines about it were suppressed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::default() + Duration::from_secs(seconds)
    }

    #[test]
    fn a_flood_is_counted_and_others_are_heard() {
        let mut quiet = Quiet::default();
        let said = (0..1_000).filter(|_| quiet.ask(&"a", at(0)) != Say::Nothing).count();
        assert_eq!(said, LINES_MAX as usize);
        assert_eq!(quiet.ask(&"b", at(0)), Say::It);
        assert_eq!(quiet.ask(&"a", at(10)), Say::After(1_000 - u64::from(LINES_MAX)));
        assert_eq!(quiet.ask(&"a", at(10)), Say::It);
        assert_eq!(quiet.gone(&"a"), 0);
    }

    #[test]
    fn the_end_of_a_flood_is_told_once() {
        let mut quiet = Quiet::default();
        for n in 1..=LINES_MAX + 3 {
            let say = quiet.ask(&1, at(0));
            assert_eq!(say == Say::Last, n == LINES_MAX, "{n}: {say:?}");
        }
        assert_eq!((quiet.gone(&1), quiet.gone(&1), quiet.gone(&2)), (3, 0, 0));
    }

    #[test]
    fn peers_without_number_cost_no_memory() {
        let mut quiet = Quiet::default();
        for peer in 0..2 * PEERS_MAX {
            quiet.ask(&peer, at(0));
        }
        assert_eq!(quiet.peers.len(), PEERS_MAX);
        assert_eq!(quiet.ask(&(3 * PEERS_MAX), at(0)), Say::Nothing);
        assert_eq!(quiet.ask(&(3 * PEERS_MAX), at(10)), Say::It);
        assert_eq!(quiet.peers.len(), 1);
    }
}
