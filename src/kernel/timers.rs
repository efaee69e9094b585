//! What waits for a time, in its order: first by time, then as [`Timer`] sorts.

use std::collections::BTreeSet;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::Reference;

use crate::blocks::block::BlockKey;

/// What waits for a time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timer {
    Trade(u64),
    Link(String),
    Fragments(String, Reference),
    Proposal(u64),
    Exception(u64),
    Request(u64, Reference),
    Block(BlockKey),
    Alerts,
}

/// All that waits. Trades are by far the most and wait apart, where each takes sixteen bytes.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    trades: BTreeSet<(Timestamp, u64)>,
    others: BTreeSet<(Timestamp, Timer)>,
}

impl Timers {
    pub(crate) fn insert(&mut self, (due, timer): (Timestamp, Timer)) {
        match timer {
            Timer::Trade(trade) => self.trades.insert((due, trade)),
            timer => self.others.insert((due, timer)),
        };
    }

    pub(crate) fn remove(&mut self, key: &(Timestamp, Timer)) {
        match key {
            (due, Timer::Trade(trade)) => self.trades.remove(&(*due, *trade)),
            key => self.others.remove(key),
        };
    }

    /// What is due first.
    pub(crate) fn first(&self) -> Option<(Timestamp, Timer)> {
        let trade = self.trades.first().map(|(due, trade)| (*due, Timer::Trade(*trade)));
        match (trade, self.others.first()) {
            (Some(trade), Some(other)) if *other < trade => Some(other.clone()),
            (None, other) => other.cloned(),
            (trade, _) => trade,
        }
    }

    /// When something is due first.
    pub(crate) fn next(&self) -> Option<Timestamp> {
        let trade = self.trades.first().map(|(due, _)| *due);
        let other = self.others.first().map(|(due, _)| *due);
        trade.into_iter().chain(other).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_come_as_from_one_row() {
        let at = Timestamp::from_nanos;
        let all = [
            (at(2), Timer::Alerts),
            (at(1), Timer::Link("a".to_owned())),
            (at(1), Timer::Trade(7)),
            (at(2), Timer::Trade(1)),
            (at(1), Timer::Trade(3)),
            (at(3), Timer::Trade(2)),
            (at(2), Timer::Proposal(4)),
            (at(0), Timer::Exception(9)),
        ];
        let mut timers = Timers::default();
        all.iter().for_each(|timer| timers.insert(timer.clone()));
        let mut sorted = all.to_vec();
        sorted.sort();
        for expected in sorted {
            assert_eq!(timers.next(), Some(expected.0));
            assert_eq!(timers.first(), Some(expected.clone()));
            timers.remove(&expected);
        }
        assert_eq!((timers.first(), timers.next()), (None, None));
    }
}
