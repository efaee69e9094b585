//! Matching at the depository: two instructions meet when they say the same; amounts may differ within the tolerance of
//! the T2S rule book for euro (2 up to 100,000; 25 above), and then the deliverer's amount holds.

use std::collections::BTreeMap;

use finality_parsers::model::{BusinessDate, Isin};

use super::book::AccountId;
use super::ties::Wishes;

/// One side, as admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// The depository's number for it.
    pub number: u32,
    /// The party that sent it.
    pub participant: usize,
    /// The sender's reference.
    pub reference: String,
    /// Whether this side delivers.
    pub delivers: bool,
    /// The sender's account.
    pub account: AccountId,
    /// What must be equal on both sides.
    pub key: Key,
    /// Cash, in minor units; zero when free of payment.
    pub amount: i64,
    /// Held back by its sender.
    pub held: bool,
    /// What it asks of the settlement.
    pub wishes: Wishes,
}

/// What must be equal on both sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The delivering participant.
    pub deliverer: usize,
    /// The receiving participant.
    pub receiver: usize,
    /// What.
    pub isin: Isin,
    /// How much.
    pub quantity: i64,
    /// Trade date, where said.
    pub trade_date: Option<BusinessDate>,
    /// Intended settlement date.
    pub settlement_date: BusinessDate,
    /// Against payment?
    pub against_payment: bool,
    /// Currency of the payment.
    pub currency: Option<String>,
}

/// Instructions that wait for their other side.
#[derive(Debug, Default)]
pub struct Unmatched {
    /// By key: delivering and receiving legs, in order of arrival.
    waiting: BTreeMap<Key, (Vec<Leg>, Vec<Leg>)>,
}

impl Unmatched {
    /// Takes a leg; gives the pair (deliverer, receiver) when its other side was waiting. Of several candidates the one
    /// with the smallest difference in amount is taken, then the oldest.
    pub fn admit(&mut self, leg: Leg) -> Option<(Leg, Leg)> {
        let (delivering, receiving) = self.waiting.entry(leg.key.clone()).or_default();
        let (own, other) = if leg.delivers { (delivering, receiving) } else { (receiving, delivering) };
        let best = other
            .iter()
            .enumerate()
            .filter(|(_, o)| leg.amount.abs_diff(o.amount) <= tolerance(leg.amount.max(o.amount)))
            .min_by_key(|(_, o)| (leg.amount.abs_diff(o.amount), o.number))
            .map(|(index, _)| index);
        let Some(index) = best else {
            own.push(leg);
            return None;
        };
        let other_leg = other.remove(index);
        Some(if leg.delivers { (leg, other_leg) } else { (other_leg, leg) })
    }

    /// All that wait, in no particular order of time.
    pub fn legs(&self) -> impl Iterator<Item = &Leg> {
        self.waiting.values().flat_map(|(a, b)| a.iter().chain(b))
    }

    /// Takes out what has waited too long: legs that were due before a day. A depository cancels them, after twenty business
    /// days by the usual rules.
    pub fn expire(&mut self, due_before: BusinessDate) -> Vec<Leg> {
        let mut expired = Vec::new();
        self.waiting.retain(|key, (delivering, receiving)| {
            let old = key.settlement_date < due_before;
            if old {
                expired.append(delivering);
                expired.append(receiving);
            }
            !old
        });
        expired.sort_by_key(|leg| leg.number);
        expired
    }

    /// A waiting leg, to be changed in what matching does not look at.
    pub fn get_mut(&mut self, key: &Key, number: u32) -> Option<&mut Leg> {
        let (delivering, receiving) = self.waiting.get_mut(key)?;
        delivering.iter_mut().chain(receiving).find(|leg| leg.number == number)
    }

    /// Takes a waiting leg out.
    pub fn remove(&mut self, key: &Key, number: u32) -> Option<Leg> {
        let (delivering, receiving) = self.waiting.get_mut(key)?;
        let list = if delivering.iter().any(|l| l.number == number) { delivering } else { receiving };
        let index = list.iter().position(|l| l.number == number)?;
        Some(list.remove(index))
    }
}

/// Tolerance in cents.
fn tolerance(amount: i64) -> u64 {
    if amount <= 10_000_000 { 200 } else { 2_500 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(number: u32, delivers: bool, amount: i64) -> Leg {
        Leg {
            number,
            participant: usize::from(delivers),
            reference: format!("R{number}"),
            delivers,
            account: u32::from(delivers),
            key: Key {
                deliverer: 1,
                receiver: 0,
                isin: "DE0007164600".parse().expect("an ISIN"),
                quantity: 100,
                trade_date: None,
                settlement_date: "2026-11-26".parse().expect("a date"),
                against_payment: true,
                currency: Some("EUR".into()),
            },
            amount,
            held: false,
            wishes: Wishes::default(),
        }
    }

    #[test]
    fn the_closest_amount_within_tolerance_wins() {
        let mut unmatched = Unmatched::default();
        assert!(unmatched.admit(leg(1, true, 100000)).is_none());
        assert!(unmatched.admit(leg(2, true, 100150)).is_none());
        assert!(unmatched.admit(leg(3, true, 200000)).is_none());
        let (deliverer, receiver) = unmatched.admit(leg(4, false, 100100)).expect("a pair");
        assert_eq!((deliverer.number, receiver.number), (2, 4));
        assert!(unmatched.admit(leg(5, false, 199799)).is_none(), "2.01 is too far below 100,000");
        assert_eq!(unmatched.legs().count(), 3);
        let waiting = leg(5, false, 199799);
        assert!(unmatched.remove(&waiting.key, 5).is_some());
        assert!(unmatched.remove(&waiting.key, 5).is_none());
    }

    #[test]
    fn the_wider_tolerance_above_one_hundred_thousand() {
        let mut unmatched = Unmatched::default();
        assert!(unmatched.admit(leg(1, true, 20000000)).is_none());
        assert!(unmatched.admit(leg(2, false, 20002501)).is_none());
        assert!(unmatched.admit(leg(3, false, 20002500)).is_some());
    }

    #[test]
    fn what_has_waited_too_long_is_taken_out() {
        let mut unmatched = Unmatched::default();
        assert!(unmatched.admit(leg(1, true, 100)).is_none());
        let due = leg(1, true, 100).key.settlement_date;
        assert!(unmatched.expire(due).is_empty(), "it was not due before that day");
        let next = BusinessDate::new(due.naive().succ_opt().expect("a day"));
        assert_eq!(unmatched.expire(next).len(), 1);
        assert!(unmatched.admit(leg(2, false, 100)).is_none(), "its other side is gone");
    }
}
