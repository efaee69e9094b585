//! The engine: a matched pair settles on its date if both legs can, else it waits for exactly what it lacks. Every credit
//! tries those again whose need it can meet, and no others.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use finality_parsers::model::BusinessDate;

use super::book::{AccountId, Book, LineId, Shortage};
use super::matching::Leg;

/// A matched pair's number.
pub type PairId = u32;

/// A matched pair.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Who delivers.
    pub deliverer: Leg,
    /// Who receives.
    pub receiver: Leg,
    /// The line.
    pub line: LineId,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a pair stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Its date is not reached.
    Early,
    /// Held by the deliverer, the receiver or both.
    Held,
    /// It lacks something.
    Short(Shortage),
    /// Done.
    Settled,
}

/// What the engine says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Settled.
    Settled(PairId),
    /// Tried and not settled; the first time or for a new reason.
    Pending(PairId),
}

/// A balance that has grown.
#[derive(Debug, Clone, Copy)]
enum Credit {
    Securities(AccountId, LineId),
    Cash(AccountId),
}

/// The engine.
#[derive(Debug, Default)]
pub struct Engine {
    /// Balances.
    pub book: Book,
    pairs: Vec<Pair>,
    /// Pairs whose date is not reached, by date.
    early: BTreeMap<BusinessDate, Vec<PairId>>,
    /// Who waits for securities: by account and line, smallest need first, then oldest.
    for_securities: BTreeMap<(AccountId, LineId), BTreeSet<(i64, PairId)>>,
    /// Who waits for cash.
    for_cash: BTreeMap<AccountId, BTreeSet<(i64, PairId)>>,
    open: bool,
    day: Option<BusinessDate>,
}

impl Engine {
    /// A pair.
    pub fn pair(&self, id: PairId) -> Option<&Pair> {
        self.pairs.get(id as usize)
    }

    /// All pairs, in order of matching.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// Takes a matched pair; tries it at once when its date is reached and the day is open.
    pub fn admit(
        &mut self,
        deliverer: Leg,
        receiver: Leg,
        line: LineId,
        outcomes: &mut Vec<Outcome>,
    ) -> PairId {
        let id = PairId::try_from(self.pairs.len()).expect("fewer than four billion pairs");
        let date = deliverer.key.settlement_date;
        self.pairs.push(Pair { deliverer, receiver, line, standing: Standing::Early });
        if self.day.is_some_and(|day| day >= date) {
            if self.open {
                self.attempt(id, outcomes);
            } else {
                self.early.entry(date).or_default().push(id);
            }
        } else {
            self.early.entry(date).or_default().push(id);
        }
        id
    }

    /// A settlement day begins: everything that is due and waits is tried, oldest first.
    pub fn open(&mut self, day: BusinessDate, outcomes: &mut Vec<Outcome>) {
        self.open = true;
        self.day = Some(day);
        let later = self.early.split_off(&BusinessDate::new(day.naive().succ_opt().unwrap_or(day.naive())));
        let mut due: Vec<PairId> =
            std::mem::replace(&mut self.early, later).into_values().flatten().collect();
        // What was short yesterday is tried again from the start of the day.
        let short = self.pairs.iter().enumerate().filter(|(_, p)| matches!(p.standing, Standing::Short(_)));
        due.extend(short.map(|(id, _)| id as PairId));
        due.sort_unstable();
        self.for_securities.clear();
        self.for_cash.clear();
        for id in due {
            self.attempt(id, outcomes);
        }
    }

    /// The cut-off: nothing settles until the next opening.
    pub fn close(&mut self) {
        self.open = false;
    }

    /// Whether something may settle now.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Due pairs that have not settled.
    pub fn unsettled_due(&self, day: BusinessDate) -> impl Iterator<Item = (PairId, &Pair)> {
        self.pairs
            .iter()
            .enumerate()
            .filter(move |(_, p)| p.standing != Standing::Settled && p.deliverer.key.settlement_date <= day)
            .map(|(id, p)| (id as PairId, p))
    }

    /// One side holds back or lets go.
    pub fn set_hold(&mut self, id: PairId, delivering_side: bool, held: bool, outcomes: &mut Vec<Outcome>) {
        let Some(pair) = self.pairs.get_mut(id as usize) else { return };
        let leg = if delivering_side { &mut pair.deliverer } else { &mut pair.receiver };
        leg.held = held;
        if pair.standing == Standing::Held && !pair.deliverer.held && !pair.receiver.held {
            if self.open {
                self.attempt(id, outcomes);
            } else {
                let date = self.pairs[id as usize].deliverer.key.settlement_date;
                self.pairs[id as usize].standing = Standing::Early;
                self.early.entry(date).or_default().push(id);
            }
        }
    }

    /// Tries a pair, and then those whose need its credits can meet: one at a time, smallest need first, while the balance
    /// lasts. Who needs more than there is left is not touched.
    fn attempt(&mut self, id: PairId, outcomes: &mut Vec<Outcome>) {
        let mut credits = VecDeque::new();
        let credited =
            |(deliverer, receiver, line)| [Credit::Securities(receiver, line), Credit::Cash(deliverer)];
        credits.extend(self.try_one(id, outcomes).map(credited).into_iter().flatten());
        while let Some(credit) = credits.pop_front() {
            while let Some(id) = self.next_waiter(credit) {
                credits.extend(self.try_one(id, outcomes).map(credited).into_iter().flatten());
            }
        }
    }

    /// Takes out the waiter with the smallest need, if the balance meets it.
    fn next_waiter(&mut self, credit: Credit) -> Option<PairId> {
        let (balance, waiters) = match credit {
            Credit::Securities(account, line) => {
                (self.book.position(account, line), self.for_securities.get_mut(&(account, line))?)
            }
            Credit::Cash(account) => (self.book.cash(account), self.for_cash.get_mut(&account)?),
        };
        let (need, id) = *waiters.first()?;
        (need <= balance).then(|| {
            waiters.pop_first();
            id
        })
    }

    fn try_one(&mut self, id: PairId, outcomes: &mut Vec<Outcome>) -> Option<(AccountId, AccountId, LineId)> {
        let pair = self.pairs.get_mut(id as usize)?;
        if pair.standing == Standing::Settled {
            return None;
        }
        let before = pair.standing;
        if pair.deliverer.held || pair.receiver.held {
            pair.standing = Standing::Held;
            if before != Standing::Held {
                outcomes.push(Outcome::Pending(id));
            }
            return None;
        }
        let (deliverer, receiver, line) = (pair.deliverer.account, pair.receiver.account, pair.line);
        let (quantity, amount) = (pair.deliverer.key.quantity, pair.deliverer.amount);
        match self.book.settle(deliverer, receiver, line, quantity, amount) {
            Ok(()) => {
                pair.standing = Standing::Settled;
                outcomes.push(Outcome::Settled(id));
                Some((deliverer, receiver, line))
            }
            Err(shortage) => {
                pair.standing = Standing::Short(shortage);
                match shortage {
                    Shortage::Securities => {
                        self.for_securities.entry((deliverer, line)).or_default().insert((quantity, id));
                    }
                    Shortage::Cash => {
                        self.for_cash.entry(receiver).or_default().insert((amount, id));
                    }
                }
                if before != pair.standing {
                    outcomes.push(Outcome::Pending(id));
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::matching::Key;
    use super::*;

    fn leg(delivers: bool, account: AccountId, quantity: i64, amount: i64) -> Leg {
        Leg {
            number: 0,
            participant: 0,
            reference: String::new(),
            delivers,
            account,
            key: Key {
                deliverer: 0,
                receiver: 0,
                isin: "DE0007164600".parse().expect("an ISIN"),
                quantity,
                trade_date: None,
                settlement_date: day(),
                against_payment: true,
                currency: None,
            },
            amount,
            held: false,
        }
    }

    fn day() -> BusinessDate {
        "2026-11-26".parse().expect("a date")
    }

    fn pair(
        engine: &mut Engine,
        from: AccountId,
        to: AccountId,
        quantity: i64,
        amount: i64,
    ) -> (PairId, Vec<Outcome>) {
        let mut outcomes = Vec::new();
        let id = engine.admit(
            leg(true, from, quantity, amount),
            leg(false, to, quantity, amount),
            1,
            &mut outcomes,
        );
        (id, outcomes)
    }

    /// A sells to B who sells on to C; B has nothing until A delivers.
    #[test]
    fn a_chain_settles_when_its_first_link_does() {
        let mut engine = Engine::default();
        engine.book.open_position(1, 1, 100);
        engine.book.open_cash(2, 1_000);
        engine.book.open_cash(3, 1_100);
        let (second, said) = pair(&mut engine, 2, 3, 100, 1_100);
        assert_eq!(said, [], "the day is not open");
        let mut outcomes = Vec::new();
        engine.open(day(), &mut outcomes);
        assert_eq!(outcomes, [Outcome::Pending(second)]);
        let (first, said) = pair(&mut engine, 1, 2, 100, 1_000);
        assert_eq!(said, [Outcome::Settled(first), Outcome::Settled(second)]);
        assert_eq!((engine.book.cash(2), engine.book.position(3, 1)), (1_100, 100));
        assert!(engine.book.is_conserved());
    }

    #[test]
    fn cash_that_comes_in_pays_for_what_waits() {
        let mut engine = Engine::default();
        engine.book.open_position(1, 1, 10);
        engine.book.open_position(2, 1, 10);
        engine.book.open_cash(3, 500);
        let mut outcomes = Vec::new();
        engine.open(day(), &mut outcomes);
        let (short, said) = pair(&mut engine, 1, 2, 10, 500);
        assert_eq!(said, [Outcome::Pending(short)]);
        assert_eq!(engine.pair(short).map(|p| p.standing), Some(Standing::Short(Shortage::Cash)));
        let (paid, said) = pair(&mut engine, 2, 3, 10, 500);
        assert_eq!(said, [Outcome::Settled(paid), Outcome::Settled(short)]);
    }

    #[test]
    fn held_pairs_wait_for_their_release() {
        let mut engine = Engine::default();
        engine.book.open_position(1, 1, 10);
        engine.book.open_cash(2, 10);
        let mut outcomes = Vec::new();
        engine.open(day(), &mut outcomes);
        let mut deliverer = leg(true, 1, 10, 10);
        deliverer.held = true;
        let id = engine.admit(deliverer, leg(false, 2, 10, 10), 1, &mut outcomes);
        assert_eq!(outcomes, [Outcome::Pending(id)]);
        outcomes.clear();
        engine.set_hold(id, true, false, &mut outcomes);
        assert_eq!(outcomes, [Outcome::Settled(id)]);
    }

    #[test]
    fn nothing_settles_after_the_cut_off() {
        let mut engine = Engine::default();
        engine.book.open_position(1, 1, 10);
        engine.book.open_cash(2, 10);
        let mut outcomes = Vec::new();
        engine.open(day(), &mut outcomes);
        engine.close();
        let (id, said) = pair(&mut engine, 1, 2, 10, 10);
        assert_eq!(said, []);
        assert_eq!(engine.unsettled_due(day()).count(), 1);
        engine.open("2026-11-27".parse().expect("a date"), &mut outcomes);
        assert_eq!(outcomes, [Outcome::Settled(id)]);
    }

    /// A hundred thousand waiters of equal need: a credit that meets one wakes one.
    #[test]
    fn a_trickle_wakes_one_at_a_time() {
        let mut engine = Engine::default();
        let mut outcomes = Vec::new();
        engine.open(day(), &mut outcomes);
        engine.book.open_cash(2, i64::MAX / 4);
        engine.book.open_cash(1, i64::MAX / 4);
        engine.book.open_position(3, 1, 100_000);
        for _ in 0..100_000 {
            pair(&mut engine, 1, 2, 10, 1);
        }
        for _ in 0..100 {
            let (id, said) = pair(&mut engine, 3, 1, 10, 1);
            assert_eq!(said.len(), 2, "the delivery and one waiter");
            assert_eq!(said[0], Outcome::Settled(id));
        }
        assert!(engine.book.is_conserved());
    }

    /// One short account, many waiters: each credit wakes only those it can satisfy.
    #[test]
    fn many_waiters_on_one_account_are_not_scanned() {
        let mut engine = Engine::default();
        let mut outcomes = Vec::new();
        engine.open(day(), &mut outcomes);
        engine.book.open_cash(2, i64::MAX / 4);
        for quantity in 1..=20_000 {
            let (_, said) = pair(&mut engine, 1, 2, quantity + 1_000_000, 1);
            assert_eq!(said.len(), 1);
        }
        engine.book.open_position(3, 1, 10);
        engine.book.open_cash(1, 10);
        for _ in 0..10 {
            let (id, said) = pair(&mut engine, 3, 1, 1, 1);
            assert_eq!(said, [Outcome::Settled(id)], "none of the twenty thousand was tried");
        }
    }
}
