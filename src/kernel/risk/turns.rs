//! Whose turn it is at the desk: the open exceptions in the order in which people were told to take them up, the most urgent first, then
//! what is due first, then the oldest. How many come before one says whether people get to it in time.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use finality_parsers::desk::Urgency;
use finality_parsers::machine::Timestamp;

use crate::exceptions::exception::Exception;
use crate::exceptions::reason::ReasonCode;

/// A place in the order, as of when it was opened: who was told then does not look again.
type Turn = (Reverse<Urgency>, Timestamp, u64);
/// So many places at most are counted one by one; those before them by stretches.
const STRETCH: usize = 256;

/// Reasons that stay when people have done what they can: the other side, the market or a line has to move.
const STAYS: [ReasonCode; 6] = [
    ReasonCode::SecuritiesShort,
    ReasonCode::CashShort,
    ReasonCode::LateAtMarket,
    ReasonCode::NotSettledInTime,
    ReasonCode::NoAcknowledgement,
    ReasonCode::LinkDown,
];

/// Who closes something had it in hand for a while: what was opened since has not been passed.
const IN_HAND: Duration = Duration::from_secs(30 * 60);

/// The order.
#[derive(Debug, Default)]
pub struct Turns {
    /// All places in order, cut into stretches, each by where it begins.
    stretches: BTreeMap<Turn, Vec<Turn>>,
    by_exception: BTreeMap<u64, Turn>,
    /// Those of them that stay, and since when they are open.
    stays: BTreeMap<Turn, Timestamp>,
}

impl Turns {
    /// Of open exceptions alone, the most urgent reasons first, then the oldest. Nobody knows then whom people have come past: what
    /// stays is left out.
    pub fn of<'e>(open: impl Iterator<Item = &'e Exception>) -> Self {
        let mut turns = Self::default();
        for exception in open.filter(|exception| !STAYS.contains(&exception.reason)) {
            let told = (exception.reason.row().urgency, exception.opened);
            turns.opened(exception.id, told, exception.reason, exception.opened);
        }
        turns
    }

    /// Something needs a person.
    pub(crate) fn opened(
        &mut self,
        exception: u64,
        (urgency, due): (Urgency, Timestamp),
        reason: ReasonCode,
        at: Timestamp,
    ) {
        let turn = (Reverse(urgency), due, exception);
        self.insert(turn);
        self.by_exception.insert(exception, turn);
        if STAYS.contains(&reason) {
            self.stays.insert(turn, at);
        }
    }

    /// It is over. What stays and came before it has had its turn.
    pub(crate) fn closed(&mut self, exception: u64, at: Timestamp) {
        let Some(turn) = self.by_exception.get(&exception).copied() else { return };
        self.take(turn);
        let passed = self.stays.range(..turn).filter(|(_, opened)| **opened + IN_HAND <= at);
        let passed: Vec<Turn> = passed.map(|(turn, _)| *turn).collect();
        passed.into_iter().for_each(|turn| self.take(turn));
    }

    fn take(&mut self, turn: Turn) {
        self.by_exception.remove(&turn.2);
        self.stays.remove(&turn);
        let Some((begins, stretch)) = self.stretches.range_mut(..=turn).next_back() else { return };
        if let Ok(place) = stretch.binary_search(&turn) {
            stretch.remove(place);
        }
        if stretch.is_empty() {
            let begins = *begins;
            self.stretches.remove(&begins);
        }
    }

    /// A stretch that becomes too long is cut into halves.
    fn insert(&mut self, turn: Turn) {
        let before = self.stretches.range(..=turn).next_back().map(|(begins, _)| *begins);
        if before.is_none() {
            // It comes before all: the first stretch begins with it.
            let first = self.stretches.pop_first().map(|(_, stretch)| stretch).unwrap_or_default();
            self.stretches.insert(turn, first);
        }
        let Some(stretch) = self.stretches.get_mut(&before.unwrap_or(turn)) else { return };
        if let Err(place) = stretch.binary_search(&turn) {
            stretch.insert(place, turn);
        }
        if stretch.len() > STRETCH {
            let rest = stretch.split_off(STRETCH / 2);
            self.stretches.extend(rest.first().copied().map(|begins| (begins, rest)));
        }
    }

    /// How many come before an exception that people can mend; `None` for others.
    pub fn before(&self, exception: u64) -> Option<u64> {
        let turn = self.by_exception.get(&exception).filter(|turn| !self.stays.contains_key(turn))?;
        let mut stretches = self.stretches.range(..=turn).rev();
        let (_, own) = stretches.next()?;
        let earlier: usize = stretches.map(|(_, stretch)| stretch.len()).sum();
        u64::try_from(earlier + own.binary_search(turn).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_nanos(minutes * 60 * 1_000_000_000)
    }

    #[test]
    fn the_urgent_come_first_and_then_what_is_due() {
        let mut turns = Turns::default();
        for (exception, urgency, due) in [
            (1, Urgency::Medium, 100),
            (2, Urgency::High, 300),
            (3, Urgency::Medium, 40),
            (4, Urgency::Medium, 41),
        ] {
            turns.opened(exception, (urgency, at(due)), ReasonCode::OnHold, at(0));
        }
        let before = |turns: &Turns| [2, 3, 4, 1].map(|exception| turns.before(exception));
        assert_eq!(before(&turns), [Some(0), Some(1), Some(2), Some(3)]);
        turns.closed(3, at(10));
        assert_eq!(before(&turns), [Some(0), None, Some(1), Some(2)]);
    }

    #[test]
    fn what_stays_counts_until_people_have_come_past_it() {
        let mut turns = Turns::default();
        turns.opened(1, (Urgency::High, at(50)), ReasonCode::SecuritiesShort, at(0));
        turns.opened(2, (Urgency::Medium, at(60)), ReasonCode::OnHold, at(0));
        turns.opened(3, (Urgency::Medium, at(70)), ReasonCode::OnHold, at(0));
        turns.opened(4, (Urgency::High, at(70)), ReasonCode::SecuritiesShort, at(30));
        assert_eq!(
            (turns.before(1), turns.before(3)),
            (None, Some(3)),
            "nobody mends a shortage, and it takes its time"
        );
        turns.closed(2, at(40));
        assert_eq!(turns.before(3), Some(1), "the older shortage was passed, the newer was not there yet");
        turns.closed(3, at(70));
        assert!(turns.stretches.is_empty() && turns.by_exception.is_empty() && turns.stays.is_empty());
    }

    #[test]
    fn counted_by_stretches_or_one_by_one_it_is_the_same() {
        let mut turns = Turns::default();
        let mut plain: BTreeSet<Turn> = BTreeSet::new();
        let mut draw = 99u64;
        for exception in 0..2_000 {
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let urgency = [Urgency::Low, Urgency::Medium, Urgency::High][(draw >> 40) as usize % 3];
            let due = at((draw >> 45) as i64 % 500);
            turns.opened(exception, (urgency, due), ReasonCode::OnHold, at(0));
            plain.insert((Reverse(urgency), due, exception));
            if draw >> 63 == 1 {
                let gone = (draw >> 30) % (exception + 1);
                turns.closed(gone, at(1));
                plain.retain(|(.., known)| *known != gone);
            }
        }
        assert!(plain.len() > 500, "{}", plain.len());
        for (before, (.., exception)) in plain.iter().enumerate() {
            assert_eq!(turns.before(*exception), Some(before as u64));
        }
    }
}
