//! The engine as the depository uses it: pairs of legs as they were instructed, over the [`settler`](super::settler), which
//! knows them as numbers. A matched pair settles on its date if both legs can, else it waits for exactly what it lacks.

mod buying_in;
mod clearing;

use std::collections::BTreeMap;

use finality_parsers::model::BusinessDate;

pub use self::buying_in::Replacement;
pub use self::clearing::Cleared;
use super::book::{AccountId, Book, LineId};
use super::cns::Cns;
use super::deal::{Deal, Links, Terms};
pub use super::deal::{Outcome, PairId, Standing};
use super::kind::{Kind, Side};
use super::matching::Leg;
use super::netting::{self, Budget};
use super::part::Partial;
use super::rules::{NORMAL, Rules};
use super::schedule::{self, Step};
use super::settler::Settler;
use super::ties::{Ready, Ties};

/// Numbers from here on are those of the population, whose pairs have no legs: an instruction and so much.
const CROWD: PairId = 1 << 31;

/// The settler's number of what it does not have.
const NOT_THERE: PairId = PairId::MAX;

/// The instruction of the population that an outcome is about, if it is one.
pub fn crowd_number(id: PairId) -> Option<u32> {
    id.checked_sub(CROWD)
}

/// The number by which outcomes name an instruction of the population.
pub fn crowd_id(number: u32) -> PairId {
    CROWD + number
}

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
    /// The settler's number for it; none while it is kept back.
    settler: Option<PairId>,
    /// How far it is with the clearing house, where that takes it.
    pub cleared: Option<Cleared>,
}

impl Pair {
    /// What it exchanges.
    pub fn kind(&self) -> Kind {
        if self.deliverer.key.against_payment { Kind::Dvp } else { Kind::Fop }
    }

    fn terms(&self) -> Terms {
        let (d, r) = (&self.deliverer, &self.receiver);
        let priority = |leg: &Leg| leg.wishes.priority.unwrap_or(NORMAL).clamp(1, NORMAL);
        Terms {
            kind: self.kind(),
            deliverer: d.account,
            receiver: r.account,
            line: self.line,
            quantity: d.key.quantity,
            amount: d.amount,
            date: d.key.settlement_date,
            priority: priority(d).min(priority(r)),
            partial: [d.wishes.partial, r.wishes.partial],
            held: [d.held, r.held],
            links: Links::default(),
        }
    }

    fn leg(&mut self, side: Side) -> &mut Leg {
        if side == Side::Deliverer { &mut self.deliverer } else { &mut self.receiver }
    }
}

/// The engine.
#[derive(Debug, Default)]
pub struct Engine {
    /// Balances.
    pub book: Book,
    pairs: Vec<Pair>,
    settler: Settler,
    /// By the settler's number: ours.
    numbers: Vec<PairId>,
    /// The settler's numbers of the population's, by theirs.
    crowd: Vec<PairId>,
    /// Of the population's that are cleared, whether deliverer and receiver have settled.
    crowd_cleared: BTreeMap<u32, [bool; 2]>,
    /// Where instructions may be tied to each other.
    ties: Option<Ties>,
    /// Who stands between buyers and sellers of what is cleared.
    clearing: Option<Cns>,
}

impl Engine {
    /// With rules, and with ties between instructions. Without either it goes by age alone ([`Engine::default`]).
    pub fn with_rules(rules: Rules) -> Self {
        Self { settler: Settler::new(rules), ties: Some(Ties::default()), ..Self::default() }
    }

    /// With rules, and without ties.
    pub fn without_ties(rules: Rules) -> Self {
        Self { settler: Settler::new(rules), ..Self::default() }
    }

    /// A pair.
    pub fn pair(&self, id: PairId) -> Option<&Pair> {
        self.pairs.get(id as usize)
    }

    /// All pairs, in order of matching.
    pub fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    /// What of a pair has not settled: securities and cash.
    pub fn left(&self, id: PairId) -> (i64, i64) {
        let Some(pair) = self.pair(id) else { return (0, 0) };
        let deal = pair.settler.and_then(|n| self.settler.deal(n));
        deal.map_or((pair.deliverer.key.quantity, pair.deliverer.amount), |d| (d.left, d.left_amount))
    }

    /// The number of the pair that is taken next.
    fn next_pair(&self) -> PairId {
        PairId::try_from(self.pairs.len()).expect("fewer than four billion pairs")
    }

    /// Takes a matched pair; tries it at once when its date is reached and the day is open, and nothing that it is tied to
    /// is missing.
    pub fn admit(
        &mut self,
        deliverer: Leg,
        receiver: Leg,
        line: LineId,
        outcomes: &mut Vec<Outcome>,
    ) -> PairId {
        let id = self.next_pair();
        let name = |leg: &Leg| (leg.participant, leg.reference.clone());
        if let Some(ties) = &mut self.ties {
            let legs = [(name(&deliverer), &deliverer.wishes), (name(&receiver), &receiver.wishes)];
            ties.matched(id, legs);
        }
        let standing = Standing::Early;
        self.pairs.push(Pair { deliverer, receiver, line, standing, settler: None, cleared: None });
        if self.ties.is_none() {
            self.hand_on(id, Links::default(), outcomes);
            return id;
        }
        while let Some(ready) = self.ties.as_mut().and_then(Ties::next) {
            self.hand_on_together(&ready, outcomes);
        }
        if let Some(pair) = self.pairs.get_mut(id as usize).filter(|pair| pair.settler.is_none()) {
            pair.standing = Standing::Linked;
            outcomes.push(Outcome::Pending(id));
        }
        id
    }

    /// Takes a matched pair of the population: nothing is tied to it, and nobody sent it.
    pub fn admit_of_crowd(&mut self, number: u32, terms: Terms, outcomes: &mut Vec<Outcome>) {
        assert!(number < CROWD && self.pairs.len() < CROWD as usize, "fewer than two billion of either");
        if self.crowd.len() <= number as usize {
            self.crowd.resize(number as usize + 1, NOT_THERE);
        }
        self.crowd[number as usize] = PairId::try_from(self.numbers.len()).expect("fewer than four billion");
        self.numbers.push(CROWD + number);
        self.ask(outcomes, |settler, book, said| {
            settler.admit(book, terms, said);
        });
    }

    /// The deliverer of a pair of the population lets go of it.
    pub fn release_of_crowd(&mut self, number: u32, outcomes: &mut Vec<Outcome>) {
        let Some(settler_number) = self.number_of_crowd(number) else {
            self.release_of_crowd_cleared(number);
            return;
        };
        self.ask(outcomes, |settler, book, said| {
            settler.set_hold(book, settler_number, Side::Deliverer, false, said);
        });
    }

    /// The settler's number of a pair of the population that has come.
    fn number_of_crowd(&self, number: u32) -> Option<PairId> {
        self.crowd.get(number as usize).copied().filter(|id| *id != NOT_THERE)
    }

    /// What of a pair of the population has not settled, securities and cash: nothing of one that is over; unknown, where it has not come.
    pub fn crowd_left(&self, number: u32) -> Option<(i64, i64)> {
        let deal = self.settler.deal(self.number_of_crowd(number)?)?;
        Some(if deal.is_over() { (0, 0) } else { (deal.left, deal.left_amount) })
    }

    /// Whether deliverer and receiver of one that is cleared have settled.
    pub fn crowd_sides_settled(&self, number: u32) -> [bool; 2] {
        self.crowd_cleared.get(&number).copied().unwrap_or_default()
    }

    fn hand_on(&mut self, id: PairId, links: Links, outcomes: &mut Vec<Outcome>) {
        let terms = Terms { links, ..self.pairs[id as usize].terms() };
        self.pairs[id as usize].settler =
            Some(PairId::try_from(self.numbers.len()).expect("no more than pairs"));
        self.numbers.push(id);
        self.ask(outcomes, |settler, book, said| {
            settler.admit(book, terms, said);
        });
        self.stand_as_dealt(id);
    }

    /// All of them are there: what has been handed on before joins, what has settled is left out.
    fn hand_on_together(&mut self, ready: &Ready, outcomes: &mut Vec<Outcome>) {
        let is_open = |engine: &Self, id: &PairId| engine.pairs[*id as usize].standing != Standing::Settled;
        let open: Vec<usize> =
            (0..ready.members.len()).filter(|n| is_open(self, &ready.members[*n])).collect();
        let with = (open.len() > 1).then(|| self.settler.group(open.len()));
        let known = |engine: &Self, ids: &[PairId]| -> Vec<PairId> {
            ids.iter().filter_map(|id| engine.pairs[*id as usize].settler).collect()
        };
        for n in &open {
            if let (Some(settler), Some(group)) = (self.pairs[ready.members[*n] as usize].settler, with) {
                self.settler.join(settler, group);
            }
        }
        for n in open {
            let id = ready.members[n];
            if self.pairs[id as usize].settler.is_none() {
                let (after, before) = (known(self, &ready.after[n]), known(self, &ready.before[n]));
                self.hand_on(id, Links { after, before, with }, outcomes);
            }
        }
    }

    /// A settlement day begins: everything that is due and waits is tried, in the order of recycling.
    pub fn open(&mut self, day: BusinessDate, outcomes: &mut Vec<Outcome>) {
        self.ask(outcomes, |settler, book, said| settler.open(book, day, said));
    }

    /// The cut-off: nothing settles until the next opening.
    pub fn close(&mut self) {
        self.settler.close();
    }

    /// A step of a schedule.
    pub fn step(&mut self, step: Step, day: BusinessDate, outcomes: &mut Vec<Outcome>) {
        self.ask(outcomes, |settler, book, said| schedule::carry_out(step, day, settler, book, said));
    }

    /// Looks through all that waits for a set that settles together; says of how many pairs it is.
    pub fn optimise(&mut self, budget: Budget, outcomes: &mut Vec<Outcome>) -> usize {
        let mut chosen = 0;
        self.ask(outcomes, |settler, book, said| {
            chosen = netting::settle_what_can(settler, book, budget, said)
        });
        chosen
    }

    /// Whether something may settle now.
    pub fn is_open(&self) -> bool {
        self.settler.is_open()
    }

    /// What an account owes the depository.
    pub fn owed(&self, account: AccountId) -> i64 {
        self.settler.owed(account)
    }

    /// What is owed to the depository is paid, as far as there is cash.
    pub fn settle_debits(&mut self, outcomes: &mut Vec<Outcome>) {
        self.ask(outcomes, |settler, book, said| settler.settle_debits(book, said));
    }

    /// Due pairs that have not settled.
    pub fn unsettled_due(&self, day: BusinessDate) -> impl Iterator<Item = (PairId, &Pair)> {
        let waits = move |p: &Pair| {
            !matches!(p.standing, Standing::Settled | Standing::Cancelled)
                && p.deliverer.key.settlement_date <= day
        };
        (0..).zip(&self.pairs).filter(move |(_, p)| waits(p))
    }

    /// Due pairs of the population that have not settled.
    pub fn crowd_unsettled_due(&self, day: BusinessDate) -> impl Iterator<Item = (PairId, &Deal)> {
        let deals = (0..).zip(&self.crowd).filter_map(|(number, id)| Some((number, self.settler.deal(*id)?)));
        deals.filter(move |(_, deal)| !deal.is_over() && deal.date <= day)
    }

    /// One side holds back or lets go; says whether it is done.
    pub fn set_hold(
        &mut self,
        id: PairId,
        delivering_side: bool,
        held: bool,
        outcomes: &mut Vec<Outcome>,
    ) -> bool {
        let side = if delivering_side { Side::Deliverer } else { Side::Receiver };
        if let Some(done) = self.hold_cleared(id, side, held) {
            return done;
        }
        let Some(pair) = self.pairs.get_mut(id as usize) else { return false };
        pair.leg(side).held = held;
        let Some(number) = pair.settler else { return true };
        self.ask(outcomes, |settler, book, said| settler.set_hold(book, number, side, held, said));
        // After the cut-off nothing is said of a release, and it stands as early nevertheless.
        self.stand_as_dealt(id);
        true
    }

    /// A deliverer that holds back releases a part; says whether it is accepted.
    pub fn release_part(
        &mut self,
        id: PairId,
        side: Side,
        quantity: i64,
        outcomes: &mut Vec<Outcome>,
    ) -> bool {
        let Some(number) = self.pair(id).filter(|_| side == Side::Deliverer).and_then(|pair| pair.settler)
        else {
            return false;
        };
        let mut done = false;
        self.ask(outcomes, |settler, book, said| done = settler.release_part(book, number, quantity, said));
        // A release of all that is left is an ordinary one.
        let held = self.settler.deal(number).is_some_and(|deal| deal.deliverer_held);
        if let Some(pair) = self.pairs.get_mut(id as usize) {
            pair.deliverer.held = held;
        }
        done
    }

    /// One side changes its priority: the more urgent of both counts.
    pub fn set_priority(&mut self, id: PairId, side: Side, priority: u8) {
        let Some(pair) = self.pairs.get_mut(id as usize) else { return };
        pair.leg(side).wishes.priority = Some(priority);
        let priority = pair.terms().priority;
        if let Some(number) = pair.settler {
            self.settler.set_priority(number, priority);
        }
    }

    /// One side takes parts, or no more: says whether that is so now. What has settled in part already is not changed.
    pub fn set_partial(
        &mut self,
        id: PairId,
        side: Side,
        partial: Partial,
        outcomes: &mut Vec<Outcome>,
    ) -> bool {
        let Some(pair) = self.pairs.get_mut(id as usize) else { return false };
        let before = std::mem::replace(&mut pair.leg(side).wishes.partial, partial);
        let (partial, number) = (pair.terms().partial, pair.settler);
        let Some(number) = number else { return true };
        let mut done = false;
        self.ask(outcomes, |settler, book, said| done = settler.set_partial(book, number, partial, said));
        if !done && let Some(pair) = self.pairs.get_mut(id as usize) {
            pair.leg(side).wishes.partial = before;
        }
        done
    }

    /// Both sides take it back; says whether anything was left to cancel.
    pub fn cancel(&mut self, id: PairId) -> bool {
        if let Some(done) = self.cancel_cleared(id) {
            return done;
        }
        let Some(pair) = self.pairs.get_mut(id as usize) else { return false };
        let done = match pair.settler {
            Some(number) => self.settler.cancel(number),
            None => pair.standing != Standing::Cancelled,
        };
        if done {
            pair.standing = Standing::Cancelled;
            if let Some(ties) = &mut self.ties {
                ties.cancelled(id);
            }
        }
        done
    }

    /// Asks the settler, and says what it says under our numbers; pairs stand where it says.
    fn ask(
        &mut self,
        outcomes: &mut Vec<Outcome>,
        what: impl FnOnce(&mut Settler, &mut Book, &mut Vec<Outcome>),
    ) {
        let said = outcomes.len();
        what(&mut self.settler, &mut self.book, outcomes);
        for id in outcomes[said..].iter_mut().filter_map(Outcome::pair_mut) {
            *id = self.numbers[*id as usize];
        }
        for id in outcomes[said..].iter().filter_map(Outcome::pair) {
            self.stand_as_dealt(id);
        }
    }

    fn stand_as_dealt(&mut self, id: PairId) {
        let Some(pair) = self.pairs.get_mut(id as usize) else { return };
        if let Some(deal) = pair.settler.and_then(|n| self.settler.deal(n)) {
            pair.standing = deal.standing;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::book::{AccountId, Shortage};
    use super::super::matching::Key;
    use super::super::ties::Wishes;
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
            wishes: Wishes::default(),
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
