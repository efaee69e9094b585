//! Where a link stands that numbers its messages, and which records hold what went out: eight bytes a message.

use finality_parsers::machine::{LinkFact, LinkNumbers};

/// One link's numbers.
#[derive(Debug, Default)]
pub struct Numbering {
    numbers: LinkNumbers,
    /// The number of the first of `records`.
    first: u64,
    /// By number: the record that holds the message; 0 where there is nothing to repeat.
    records: Vec<u64>,
}

impl Numbering {
    /// Where they stand.
    pub fn numbers(&self) -> LinkNumbers {
        self.numbers
    }

    /// A message with this number came and is kept.
    pub fn heard(&mut self, number: u64) {
        self.numbers.next_in = self.numbers.next_in.max(number + 1);
    }

    /// Takes what the link asked to keep; `seq` is the record that holds it.
    pub fn kept(&mut self, fact: &LinkFact, seq: u64) {
        self.numbers.apply(fact);
        match fact {
            LinkFact::Sent { number, message, .. } => {
                self.sent(*number, if message.is_empty() { 0 } else { seq })
            }
            LinkFact::Reset { .. } => self.records.clear(),
            LinkFact::Numbers(numbers) => {
                // Numbers that will be used again are not to be repeated as what they were.
                let keep = numbers.next_out.saturating_sub(self.first);
                self.records.truncate(usize::try_from(keep).unwrap_or(usize::MAX));
            }
        }
    }

    fn sent(&mut self, number: u64, record: u64) {
        let next = self.first + self.records.len() as u64;
        if self.records.is_empty() || number < self.first || number > next + JUMP_MAX {
            // Only an operator makes numbers jump; what was before such a jump is not repeated.
            self.records.clear();
            self.first = number;
        }
        let at = usize::try_from(number - self.first).unwrap_or(usize::MAX);
        if at >= self.records.len() {
            self.records.resize(at + 1, 0);
        }
        self.records[at] = record;
    }

    /// The records that hold these numbers, both included.
    pub fn records(&self, from: u64, to: u64) -> Vec<u64> {
        let at = |number: u64| usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX);
        let end = at(to.saturating_add(1)).min(self.records.len());
        let start = at(from).min(end);
        let mut records: Vec<u64> =
            self.records[start..end].iter().copied().filter(|record| *record != 0).collect();
        // One input may have led to several messages.
        records.dedup();
        records
    }
}

/// How many numbers may be left out before what was sent until then is given up.
const JUMP_MAX: u64 = 10_000;

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::machine::Timestamp;

    fn sent(number: u64, kept: bool) -> LinkFact {
        let message = if kept { vec![1] } else { Vec::new() };
        LinkFact::Sent { number, next_in: 1, message, delivery: 0 }
    }

    #[test]
    fn records_are_found_by_number() {
        let mut link = Numbering::default();
        for (number, kept) in [(1, false), (2, true), (3, true), (5, true)] {
            link.kept(&sent(number, kept), 100 + number);
        }
        assert_eq!(link.records(1, 9), [102, 103, 105]);
        assert_eq!(link.records(3, 3), [103]);
        assert_eq!(link.records(4, 4), [0u64; 0]);
        assert_eq!(link.numbers().next_out, 6);
        link.kept(&LinkFact::Numbers(LinkNumbers { next_in: 9, next_out: 3, since: None }), 200);
        assert_eq!(link.records(1, 9), [102]);
        link.kept(&sent(3, true), 201);
        assert_eq!(link.records(1, 9), [102, 201]);
    }

    #[test]
    fn a_reset_forgets_and_a_jump_does_not_fill_memory() {
        let mut link = Numbering::default();
        link.kept(&sent(1, true), 1);
        link.kept(&LinkFact::Reset { at: Timestamp::default() }, 2);
        assert_eq!((link.records(1, 9), link.numbers().next_out), (vec![], 1));
        link.kept(&sent(1, true), 3);
        link.kept(&sent(u64::MAX / 2, true), 4);
        assert_eq!(link.records(1, u64::MAX), [4]);
        assert_eq!(link.records.len(), 1);
    }
}
