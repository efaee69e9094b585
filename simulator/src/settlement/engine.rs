//! The engine as the depository uses it: pairs of legs as they were instructed, over the [`settler`](super::settler), which
//! knows them as numbers. A matched pair settles on its date if both legs can, else it waits for exactly what it lacks.

use finality_parsers::model::BusinessDate;

use super::book::{Book, LineId};
use super::deal::{Links, Terms};
pub use super::deal::{Outcome, PairId, Standing};
use super::kind::{Kind, Side};
use super::matching::Leg;
use super::part::Partial;
use super::rules::NORMAL;
use super::settler::Settler;

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

/// The engine.
#[derive(Debug, Default)]
pub struct Engine {
    /// Balances.
    pub book: Book,
    pairs: Vec<Pair>,
    settler: Settler,
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
        let key = &deliverer.key;
        let terms = Terms {
            kind: if key.against_payment { Kind::Dvp } else { Kind::Fop },
            deliverer: deliverer.account,
            receiver: receiver.account,
            line,
            quantity: key.quantity,
            amount: deliverer.amount,
            date: key.settlement_date,
            // The depository of the scenarios knows neither priorities, nor parts, nor links.
            priority: NORMAL,
            partial: [Partial::No; 2],
            held: [deliverer.held, receiver.held],
            links: Links::default(),
        };
        self.pairs.push(Pair { deliverer, receiver, line, standing: Standing::Early });
        let said = outcomes.len();
        let id = self.settler.admit(&mut self.book, terms, outcomes);
        self.follow(&outcomes[said..]);
        id
    }

    /// A settlement day begins: everything that is due and waits is tried, oldest first.
    pub fn open(&mut self, day: BusinessDate, outcomes: &mut Vec<Outcome>) {
        let said = outcomes.len();
        self.settler.open(&mut self.book, day, outcomes);
        self.follow(&outcomes[said..]);
    }

    /// The cut-off: nothing settles until the next opening.
    pub fn close(&mut self) {
        self.settler.close();
    }

    /// Whether something may settle now.
    pub fn is_open(&self) -> bool {
        self.settler.is_open()
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
        let (leg, side) = if delivering_side {
            (&mut pair.deliverer, Side::Deliverer)
        } else {
            (&mut pair.receiver, Side::Receiver)
        };
        leg.held = held;
        let said = outcomes.len();
        self.settler.set_hold(&mut self.book, id, side, held, outcomes);
        self.follow(&outcomes[said..]);
        // After the cut-off nothing is said of a release, and it stands as early nevertheless.
        if let (Some(pair), Some(deal)) = (self.pairs.get_mut(id as usize), self.settler.deal(id)) {
            pair.standing = deal.standing;
        }
    }

    /// Pairs stand where the settler says.
    fn follow(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            let (Outcome::Settled(id) | Outcome::Pending(id) | Outcome::Part { pair: id, .. }) = *outcome;
            if let (Some(pair), Some(deal)) = (self.pairs.get_mut(id as usize), self.settler.deal(id)) {
                pair.standing = deal.standing;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::book::{AccountId, Shortage};
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
