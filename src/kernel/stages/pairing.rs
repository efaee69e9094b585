//! Both sides find one another: by reference, else by what the trade can be told by. The best pairs of all that look are
//! made, so it does not matter who came first; what agrees is affirmed at once and leaves.

use std::collections::BTreeMap;

use finality_parsers::desk::Stage;
use finality_parsers::model::{AffirmationStatus, Reference};

use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Confirmed, PairedBy, Share, Terms};
use crate::matching::key::{Economics, ShareKey};
use crate::matching::pairing::{self, Ours};
use crate::matching::pool::{Candidates, Few, Place};
use crate::matching::try_out::RuleBook;

/// A side that has no trade yet.
pub(super) enum Newcomer {
    /// An allocation.
    Ours(Box<Share>),
    /// A confirmation.
    Theirs(Box<Confirmed>),
}

impl Newcomer {
    fn place(&self) -> Option<Place> {
        match self {
            Newcomer::Ours(share) => Place::looking(&share.terms, true),
            Newcomer::Theirs(confirmed) => Place::looking(&confirmed.terms, false),
        }
    }
}

/// The sides of one quantity: the trades they are in, and perhaps one that has none yet. It is the last of its kind.
struct Round {
    ours: Vec<u64>,
    theirs: Vec<u64>,
    newcomer: Option<Newcomer>,
}

/// Confirmations that leave their trades, and those trades.
#[derive(Default)]
struct Leaving {
    /// By their place in the round.
    theirs: BTreeMap<usize, Box<Confirmed>>,
    /// Trades that keep an allocation.
    left: Vec<u64>,
    /// Trades that keep nothing: somebody can be taken in there.
    empty: Vec<u64>,
}

impl Kernel {
    /// Finds a trade for a side that names none: with the best of the other side, or alone. Yields it.
    pub(super) fn find_place(&mut self, newcomer: Newcomer) -> u64 {
        let Some(place) = newcomer.place() else { return self.alone(newcomer) };
        let economics = &place.economics;
        self.part_touched(&place);
        let performed = if self.book.pool.meets(&place) {
            let round = self.gather(&place, Some(newcomer));
            self.perform(round)
        } else {
            (None, Some(newcomer))
        };
        let placed = match performed {
            (Some(trade), _) => trade,
            // Nobody of its quantity: the only other side of another quantity is taken, so that the difference gets a name.
            (None, Some(newcomer)) => match self.only_other(economics, &newcomer) {
                Some(trade) => self.put(trade, newcomer, PairedBy::Economics),
                None => self.alone(newcomer),
            },
            (None, None) => unreachable!("who has not found a place comes back"),
        };
        self.last_of_their_kind(economics);
        placed
    }

    /// Of the confirmations that name a share and have none, the one that fits best: its trade.
    pub(super) fn names_it(&self, share: &Share, not_with: &[(String, Reference)]) -> Option<u64> {
        let keys = ShareKey::all(Some(&share.block), share.id.as_ref(), share.terms.account.as_ref());
        let waiting: Vec<u64> = self.book.pool.waiting_for(&keys).into_iter().collect();
        if waiting.is_empty() {
            return None;
        }
        let confirmed = |trade: &u64| self.book.trades.get(trade)?.confirmed.as_deref();
        let theirs: Vec<&Confirmed> = waiting.iter().filter_map(confirmed).collect();
        let ours = [Ours { share, not_with }];
        let best = pairing::pairs(&ours, &theirs, self.rule_book()).first().map(|(_, j)| *j)?;
        waiting.get(best).copied()
    }

    pub(super) fn rule_book(&self) -> RuleBook<'_> {
        RuleBook { profiles: &self.book.profile.matching, general: &self.book.profile.tolerances }
    }

    /// A side that is alone again, or changed, looks anew: for what names it first.
    pub(crate) fn seek(&mut self, trade: u64) {
        let Some(known) = self.book.trades.get(&trade) else { return };
        if let (State::Allocated, Some(share)) = (known.state, known.share.as_deref())
            && let Some(theirs) = self.names_it(share, &known.not_with)
        {
            self.take_over(theirs, trade, PairedBy::Reference);
            return;
        }
        let Some(place) = self.book.trades.get(&trade).and_then(|t| Place::of(t)) else { return };
        self.part_touched(&place);
        if self.book.pool.meets(&place) {
            let round = self.gather(&place, None);
            self.perform(round);
        }
        self.last_of_their_kind(&place.economics);
    }

    /// By what a trade is told while it looks for its other side.
    pub(super) fn looks_in(&self, trade: u64) -> Option<Economics> {
        self.book.trades.get(&trade).and_then(|t| Place::of(t)).map(|place| place.economics)
    }

    /// Different quantities are paired only where one of each side is left; where there are more, nobody can tell.
    pub(super) fn last_of_their_kind(&mut self, economics: &Economics) {
        self.part_odd(economics);
        let alone = self.book.pool.alone(economics);
        if let (None, Few::One(ours), Few::One(theirs)) = (alone.odd, alone.ours, alone.theirs) {
            self.join(theirs, ours);
        }
    }

    /// A side gets a trade of its own.
    pub(super) fn alone(&mut self, newcomer: Newcomer) -> u64 {
        let trade = self.book.next_trade;
        match newcomer {
            Newcomer::Ours(share) => {
                self.decide(Fact::Opened { trade, state: State::Allocated });
                self.decide(Fact::Allocated { trade, share });
                self.tell_stage(trade, Stage::Allocated);
            }
            Newcomer::Theirs(confirmed) => {
                self.decide(Fact::Opened { trade, state: State::Alleged });
                self.received_alone(trade, confirmed);
                self.tell_stage(trade, Stage::Confirmed);
            }
        }
        trade
    }

    /// A confirmation without an allocation is heard, no more.
    fn received_alone(&mut self, trade: u64, confirmed: Box<Confirmed>) {
        let (link, id) = (confirmed.link.clone(), confirmed.id.clone());
        self.decide(Fact::Confirmed { trade, confirmed });
        self.answer_confirmation(&link, &id, AffirmationStatus::Received, None);
    }

    /// A side goes to the trade of the other, and both are compared.
    pub(super) fn put(&mut self, trade: u64, newcomer: Newcomer, by: PairedBy) -> u64 {
        match newcomer {
            Newcomer::Ours(share) => {
                self.decide(Fact::Allocated { trade, share });
                self.tell_stage(trade, Stage::Allocated);
            }
            Newcomer::Theirs(confirmed) => {
                self.decide(Fact::Confirmed { trade, confirmed });
                self.tell_stage(trade, Stage::Confirmed);
            }
        }
        self.decide(Fact::Paired { trade, by });
        self.compare_sides(trade);
        trade
    }

    /// All of one quantity that look for something.
    fn gather(&self, place: &Place, newcomer: Option<Newcomer>) -> Round {
        let Candidates { mut ours, mut theirs, pairs } = self.book.pool.of_quantity(place);
        ours.extend(&pairs);
        theirs.extend(pairs);
        Round { ours, theirs, newcomer }
    }

    /// The pairs of a round, by place.
    fn best(&self, round: &Round) -> Vec<(usize, usize)> {
        let trades = |ids: &[u64]| ids.iter().filter_map(|id| self.book.trades.get(id)).collect::<Vec<_>>();
        let (of_ours, of_theirs) = (trades(&round.ours), trades(&round.theirs));
        let mut ours: Vec<Ours<'_>> = of_ours
            .iter()
            .filter_map(|t| Some(Ours { share: t.share.as_deref()?, not_with: &t.not_with }))
            .collect();
        let mut theirs: Vec<&Confirmed> = of_theirs.iter().filter_map(|t| t.confirmed.as_deref()).collect();
        match &round.newcomer {
            Some(Newcomer::Ours(share)) => ours.push(Ours { share, not_with: &[] }),
            Some(Newcomer::Theirs(confirmed)) => theirs.push(confirmed),
            None => {}
        }
        pairing::pairs(&ours, &theirs, self.rule_book())
    }

    /// Confirmations that go elsewhere leave.
    fn leave(&mut self, round: &Round, pairs: &[(usize, usize)]) -> Leaving {
        let mut leaving = Leaving::default();
        for (j, &home) in round.theirs.iter().enumerate() {
            let Some(trade) = self.book.trades.get(&home) else { continue };
            let has_ours = trade.share.is_some();
            let partner =
                pairs.iter().find(|(_, theirs)| *theirs == j).map(|(ours, _)| round.ours.get(*ours));
            let stays = match partner {
                Some(Some(other)) => *other == home,
                // With the newcomer, which has no trade yet, or with nobody.
                Some(None) | None => !has_ours,
            };
            let Some(confirmed) = trade.confirmed.clone().filter(|_| !stays) else { continue };
            self.decide(Fact::ConfirmationDropped { trade: home });
            if has_ours { &mut leaving.left } else { &mut leaving.empty }.push(home);
            leaving.theirs.insert(j, confirmed);
        }
        leaving
    }

    /// Makes the best pairs of a round. Yields the trade of the newcomer, or the newcomer when nobody is there for it.
    fn perform(&mut self, mut round: Round) -> (Option<u64>, Option<Newcomer>) {
        let pairs = self.best(&round);
        let Leaving { mut theirs, left, mut empty } = self.leave(&round, &pairs);
        let mut placed = None;
        for &(i, j) in &pairs {
            let home = round.ours.get(i).copied();
            let target = home.unwrap_or_else(|| self.room_for_ours(round.theirs.get(j).copied(), &mut empty));
            let there = self.book.trades.get(&target).is_some_and(|t| t.confirmed.is_some());
            if there && home.is_some() {
                // They were together before.
                continue;
            }
            let newcomer = round.newcomer.take_if(|_| home.is_none() || j == round.theirs.len());
            placed = placed.or(newcomer.as_ref().map(|_| target));
            match newcomer {
                Some(Newcomer::Ours(share)) => {
                    self.decide(Fact::Allocated { trade: target, share });
                    self.tell_stage(target, Stage::Allocated);
                }
                Some(Newcomer::Theirs(confirmed)) => {
                    self.decide(Fact::Confirmed { trade: target, confirmed });
                    self.tell_stage(target, Stage::Confirmed);
                }
                None => {}
            }
            if let Some(confirmed) = theirs.remove(&j) {
                self.decide(Fact::Confirmed { trade: target, confirmed });
            }
            self.decide(Fact::Paired { trade: target, by: PairedBy::Economics });
            self.compare_sides(target);
        }
        for trade in left {
            if self.book.trades.get(&trade).is_some_and(|t| t.confirmed.is_none()) {
                self.advance(trade, Trigger::PairBroken, "its confirmation fits another allocation better");
            }
        }
        for confirmed in theirs.into_values() {
            let trade = empty.pop().unwrap_or_else(|| self.open_alleged());
            self.received_alone(trade, confirmed);
        }
        for trade in empty {
            let of = pairs.iter().find(|(_, j)| round.theirs.get(*j) == Some(&trade));
            let into = of.and_then(|(i, _)| round.ours.get(*i).copied()).unwrap_or(trade);
            self.decide(Fact::Joined { trade, into });
            self.advance(trade, Trigger::Joined, "its confirmation belongs to another trade");
        }
        (placed, round.newcomer)
    }

    /// A trade for a new allocation: that of its confirmation while it waits there, one that has become empty, or a new one.
    fn room_for_ours(&mut self, theirs: Option<u64>, empty: &mut Vec<u64>) -> u64 {
        let waits = |home: &u64| {
            self.book.trades.get(home).is_some_and(|t| t.confirmed.is_some() && t.share.is_none())
        };
        theirs.filter(waits).or_else(|| empty.pop()).unwrap_or_else(|| {
            let trade = self.book.next_trade;
            self.decide(Fact::Opened { trade, state: State::Allocated });
            trade
        })
    }

    fn open_alleged(&mut self) -> u64 {
        let trade = self.book.next_trade;
        self.decide(Fact::Opened { trade, state: State::Alleged });
        trade
    }

    /// A pair of different quantities parts as soon as somebody comes whose quantity is that of one of them.
    fn part_touched(&mut self, place: &Place) {
        let Some(odd) = self.book.pool.alone(&place.economics).odd else { return };
        let Some(trade) = self.book.trades.get(&odd) else { return };
        let same = |t: &Terms| t.quantity.value() == place.quantity;
        if trade.share.iter().any(|s| same(&s.terms)) || trade.confirmed.iter().any(|c| same(&c.terms)) {
            self.part(odd, "somebody came that it could belong to");
        }
    }

    /// The only one of the other side that is alone, when the newcomer is the only one of its own.
    fn only_other(&self, economics: &Economics, newcomer: &Newcomer) -> Option<u64> {
        let alone = self.book.pool.alone(economics);
        let (same, other) = match newcomer {
            Newcomer::Ours(_) => (alone.ours, alone.theirs),
            Newcomer::Theirs(_) => (alone.theirs, alone.ours),
        };
        match (alone.odd, same, other) {
            (None, Few::None, Few::One(one)) if self.may_meet(one, newcomer) => Some(one),
            _ => None,
        }
    }

    fn may_meet(&self, trade: u64, newcomer: &Newcomer) -> bool {
        let Newcomer::Theirs(theirs) = newcomer else { return true };
        self.book
            .trades
            .get(&trade)
            .is_some_and(|t| !t.not_with.iter().any(|(link, id)| *link == theirs.link && *id == theirs.id))
    }

    /// A pair of different quantities lasts while there is nobody else: then nobody can tell which is meant.
    fn part_odd(&mut self, economics: &Economics) {
        let alone = self.book.pool.alone(economics);
        let nobody_else = alone.ours == Few::None && alone.theirs == Few::None;
        let Some(odd) = alone.odd.filter(|_| !nobody_else) else { return };
        self.part(odd, "there are others that it could belong to");
    }

    /// Takes a confirmation from its allocation: both are alone. Yields the confirmation's trade.
    pub(super) fn part(&mut self, trade: u64, why: &str) -> Option<u64> {
        let confirmed = self.book.trades.get(&trade)?.confirmed.clone()?;
        self.decide(Fact::ConfirmationDropped { trade });
        self.advance(trade, Trigger::PairBroken, why);
        let other = self.open_alleged();
        self.received_alone(other, confirmed);
        Some(other)
    }

    /// The confirmation that is alone in one trade goes to the allocation that is alone in another.
    pub(super) fn join(&mut self, theirs: u64, ours: u64) {
        let Some(confirmed) = self.book.trades.get(&theirs).and_then(|t| t.confirmed.clone()) else { return };
        let newcomer = Newcomer::Theirs(confirmed);
        if !self.may_meet(ours, &newcomer) {
            return;
        }
        self.take_over(theirs, ours, PairedBy::Economics);
    }

    /// The same, whatever was said of them before.
    pub(super) fn take_over(&mut self, theirs: u64, ours: u64, by: PairedBy) {
        let Some(confirmed) = self.book.trades.get(&theirs).and_then(|t| t.confirmed.clone()) else { return };
        self.decide(Fact::ConfirmationDropped { trade: theirs });
        self.decide(Fact::Joined { trade: theirs, into: ours });
        self.advance(theirs, Trigger::Joined, "its confirmation belongs to another trade");
        self.put(ours, Newcomer::Theirs(confirmed), by);
    }
}
