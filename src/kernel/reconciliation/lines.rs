//! What can be compared with an allegement, by what it is told by: instrument, quantity, day and amount. An allegement is laid
//! beside the few that could be meant instead of all there are.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::model::{
    AllegedTrade, Amount, BusinessDate, Currency, Instrument, Isin, Movement, OtherIdentifier, Quantity,
    QuantityKind, Reference, SettlementInstruction, Side,
};
use rust_decimal::Decimal;

use super::transactions::{distance, may_be, names};
use crate::lifecycle::state::State;
use crate::lifecycle::trade::{Terms, Trade};

/// So many of the nearest quantities of an instrument are looked at, below and above, when what is near is asked for.
const NEAR_QUANTITIES: usize = 12;
/// So many of the same amount are.
const SAME_AMOUNTS: usize = 12;

/// One of the names of an instrument: by any that two have in common they may be the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Isin(Isin),
    Other(Box<OtherIdentifier>),
    /// It has no identifier: words only.
    Words,
}

impl Name {
    fn all(instrument: &Instrument) -> Vec<Name> {
        let other = instrument.other.iter().map(|o| Name::Other(Box::new(o.clone())));
        let mut names: Vec<Name> = instrument.isin.map(Name::Isin).into_iter().chain(other).collect();
        if names.is_empty() {
            names.push(Name::Words);
        }
        names
    }
}

type Money = (Currency, Decimal);

/// By what something is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    names: Vec<Name>,
    movement: Movement,
    kind: QuantityKind,
    quantity: Decimal,
    day: Option<BusinessDate>,
    amount: Option<Money>,
}

impl Line {
    fn new(
        instrument: &Instrument,
        movement: Movement,
        quantity: Quantity,
        day: Option<BusinessDate>,
        amount: Option<Amount>,
    ) -> Self {
        let (names, kind) = (Name::all(instrument), quantity.kind());
        // A sign before what is paid says the direction only.
        let amount = amount.map(|a| (a.currency(), a.value().abs()));
        Self { names, movement, kind, quantity: quantity.value(), day, amount }
    }

    pub(crate) fn of_instruction(i: &SettlementInstruction) -> Self {
        Self::new(&i.instrument, i.movement, i.quantity, Some(i.settlement_date), i.amount)
    }

    pub(crate) fn of_alleged(theirs: &AllegedTrade) -> Self {
        let day = theirs.settlement_date.day();
        Self::new(&theirs.instrument, theirs.movement, theirs.quantity, day, theirs.amount)
    }

    fn of_terms(terms: &Terms) -> Self {
        let movement = match terms.side {
            Side::Buy => Movement::Receive,
            Side::Sell => Movement::Deliver,
        };
        Self::new(&terms.instrument, movement, terms.quantity, terms.settlement_date, terms.net)
    }
}

/// A trade that an allegement can be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Its instruction is out.
    Out { line: Line, common: Option<Reference> },
    /// It is allocated or affirmed and not instructed.
    Waiting(Line),
}

impl Standing {
    pub(crate) fn of(trade: &Trade) -> Option<Self> {
        if trade.state.is_out() {
            let ours = &trade.instructed.as_deref()?.instruction;
            let (line, common) = (Line::of_instruction(ours), ours.common_reference.clone());
            return Some(Standing::Out { line, common });
        }
        let waits = !trade.state.is_terminal() && trade.state != State::Alleged && trade.share.is_some();
        waits.then(|| trade.terms().map(|terms| Standing::Waiting(Line::of_terms(terms))))?
    }
}

/// The trades that allegements can be about.
#[derive(Debug, Default)]
pub(crate) struct Standings {
    pub(crate) out: Lines,
    pub(crate) waiting: Lines,
    common: BTreeSet<(Reference, u64)>,
}

impl Standings {
    /// A trade changed.
    pub(crate) fn moved(&mut self, id: u64, before: Option<&Standing>, after: Option<&Standing>) {
        match before {
            Some(Standing::Out { line, common }) => {
                self.out.take(line, id);
                common.iter().for_each(|c| _ = self.common.remove(&(c.clone(), id)));
            }
            Some(Standing::Waiting(line)) => self.waiting.take(line, id),
            None => {}
        }
        match after {
            Some(Standing::Out { line, common }) => {
                self.out.put(line, id);
                common.iter().for_each(|c| _ = self.common.insert((c.clone(), id)));
            }
            Some(Standing::Waiting(line)) => self.waiting.put(line, id),
            None => {}
        }
    }

    /// The trade whose instruction an allegement is about, as [`super::transactions::alleged_against`] says it of all instructions in the order of
    /// their trades. `look` gives the instruction of a trade, where it counts; `by_ours` is the trade of a reference of ours.
    pub(crate) fn alleged_against<'i>(
        &self,
        theirs: &AllegedTrade,
        by_ours: impl Fn(&Reference) -> Option<u64>,
        look: impl Fn(u64) -> Option<&'i SettlementInstruction>,
    ) -> Option<u64> {
        let mut named: BTreeSet<u64> = BTreeSet::new();
        for link in &theirs.linkages {
            match link.kind.as_str() {
                "RELA" => named.extend(by_ours(&link.reference)),
                "COMM" => named.extend(under(&self.common, &link.reference)),
                _ => {}
            }
        }
        if let Some(id) = named.into_iter().find(|id| look(*id).is_some_and(|ours| names(ours, theirs))) {
            return Some(id);
        }
        let line = Line::of_alleged(theirs);
        let agrees = |id| look(id).is_some_and(|ours| may_be(ours, theirs) && distance(ours, theirs) == 0);
        self.out.agreeing(&line, agrees).or_else(|| {
            let like = self.out.like(&line).into_iter().filter_map(|id| Some((id, look(id)?)));
            let like = like.filter(|(_, ours)| may_be(ours, theirs));
            like.map(|(id, ours)| (distance(ours, theirs), id)).min().map(|(_, id)| id)
        })
    }
}

/// Those under a reference, in order.
pub(crate) fn under(set: &BTreeSet<(Reference, u64)>, reference: &Reference) -> Vec<u64> {
    let range = set.range((reference.clone(), 0)..=(reference.clone(), u64::MAX));
    range.map(|(_, id)| *id).collect()
}

/// What is known of one quantity of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    kind: QuantityKind,
    quantity: Decimal,
    movement: Movement,
    day: Option<BusinessDate>,
    amount: Option<Money>,
    id: u64,
}

/// Those of one instrument.
#[derive(Debug, Default)]
struct OfInstrument {
    quantities: BTreeSet<Entry>,
    days: BTreeSet<(Movement, BusinessDate, u64)>,
}

impl OfInstrument {
    /// Those that stand behind `from`, the least of their kind, while they are of it.
    fn run(&self, from: Entry, is: impl Fn(&Entry) -> bool) -> impl Iterator<Item = u64> {
        self.quantities.range(from..).take_while(move |e| is(e)).map(|e| e.id)
    }
}

/// Numbers, of trades or of exceptions, by the lines that they stand for.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    instruments: BTreeMap<Name, OfInstrument>,
    amounts: BTreeSet<(Money, u64)>,
}

impl Lines {
    pub(crate) fn put(&mut self, line: &Line, id: u64) {
        for name in &line.names {
            let of_it = self.instruments.entry(name.clone()).or_default();
            of_it.quantities.insert(line.entry(id));
            of_it.days.extend(line.day.map(|day| (line.movement, day, id)));
        }
        self.amounts.extend(line.amount.map(|amount| (amount, id)));
    }

    pub(crate) fn take(&mut self, line: &Line, id: u64) {
        for name in &line.names {
            let Some(of_it) = self.instruments.get_mut(name) else { continue };
            of_it.quantities.remove(&line.entry(id));
            line.day.iter().for_each(|day| _ = of_it.days.remove(&(line.movement, *day, id)));
            if of_it.quantities.is_empty() {
                self.instruments.remove(name);
            }
        }
        line.amount.iter().for_each(|amount| _ = self.amounts.remove(&(*amount, id)));
    }

    fn of<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = &'a OfInstrument> {
        line.names.iter().filter_map(|name| self.instruments.get(name))
    }

    /// The first that is told by the same and that `is` says yes to. What one of the two does not say does not part them.
    pub(crate) fn agreeing(&self, line: &Line, is: impl Fn(u64) -> bool) -> Option<u64> {
        let mut least: Option<u64> = None;
        let mut found = |id: Option<u64>| least = least.into_iter().chain(id).min();
        for of_it in self.of(line) {
            // One that is told by all of it stands in a run that is in order: its first is enough.
            if let (Some(day), Some(amount)) = (line.day, line.amount) {
                for (day, amount) in
                    [(Some(day), Some(amount)), (Some(day), None), (None, Some(amount)), (None, None)]
                {
                    let from = Entry { day, amount, ..line.entry(0) };
                    let mut run = of_it.run(from, |e| Entry { id: 0, ..*e } == from);
                    found(run.find(|id| is(*id)));
                }
            } else {
                found(Self::equal_of(of_it, line).filter(|id| is(*id)).min());
            }
        }
        least
    }

    /// All that are told by the same.
    pub(crate) fn equal(&self, line: &Line) -> BTreeSet<u64> {
        self.of(line).flat_map(|of_it| Self::equal_of(of_it, line)).collect()
    }

    fn equal_of(of_it: &OfInstrument, line: &Line) -> impl Iterator<Item = u64> {
        let fits = |e: &&Entry| {
            (e.day.is_none() || line.day.is_none() || e.day == line.day)
                && (e.amount.is_none() || line.amount.is_none() || e.amount == line.amount)
        };
        let range = of_it.quantities.range(line.first_of_quantity()..);
        range.take_while(|e| line.is_quantity_of(e)).filter(fits).map(|e| e.id)
    }

    /// All of the same instrument and direction, and of the same quantity or day.
    pub(crate) fn like(&self, line: &Line) -> BTreeSet<u64> {
        let of_quantity = |of_it: &OfInstrument| -> Vec<u64> {
            of_it.run(line.first_of_quantity(), |e| line.is_quantity_of(e)).collect()
        };
        let of_day = |of_it: &OfInstrument| -> Vec<u64> {
            let range = line
                .day
                .map(|day| of_it.days.range((line.movement, day, 0)..=(line.movement, day, u64::MAX)));
            range.into_iter().flatten().map(|(.., id)| *id).collect()
        };
        self.of(line).flat_map(|of_it| of_quantity(of_it).into_iter().chain(of_day(of_it))).collect()
    }

    /// Some that are near: the nearest quantities of the instrument, and the same amount of anything.
    pub(crate) fn near(&self, line: &Line) -> BTreeSet<u64> {
        let mut near = BTreeSet::new();
        for of_it in self.of(line) {
            let from = Entry { movement: Movement::Receive, ..line.first_of_quantity() };
            near.extend(of_it.quantities.range(from..).take(NEAR_QUANTITIES).map(|e| e.id));
            near.extend(of_it.quantities.range(..from).rev().take(NEAR_QUANTITIES).map(|e| e.id));
        }
        if let Some(amount) = line.amount {
            let same = self.amounts.range((amount, 0)..=(amount, u64::MAX));
            near.extend(same.take(SAME_AMOUNTS).map(|(_, id)| *id));
        }
        near
    }
}

impl Line {
    fn entry(&self, id: u64) -> Entry {
        let Line { movement, kind, quantity, day, amount, .. } = *self;
        Entry { kind, quantity, movement, day, amount, id }
    }

    /// What stands before all of its quantity and direction.
    fn first_of_quantity(&self) -> Entry {
        Entry { day: None, amount: None, ..self.entry(0) }
    }

    fn is_quantity_of(&self, e: &Entry) -> bool {
        e.kind == self.kind && e.quantity == self.quantity && e.movement == self.movement
    }
}
