//! Our instructions and what a servicer says of transactions: pending ones, posted ones, and those that only a counterparty
//! has instructed.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::model::{
    AllegedTrade, Amount, BusinessDate, Instrument, ListedTransaction, Moment, Movement, Party,
    PendingStatement, Quantity, Reference, SettlementInstruction, Side, StatementHeader, TransactionFacts,
    TransactionsStatement,
};

use super::is_whole;
use crate::lifecycle::trade::Terms;

/// A field that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Receive or deliver.
    Movement,
    /// Free or against payment.
    Payment,
    /// What.
    Instrument,
    /// How much.
    Quantity,
    /// For how much.
    Amount,
    /// Trade date.
    TradeDate,
    /// Settlement date.
    SettlementDate,
    /// The account.
    Account,
    /// The other side's agent.
    CounterpartyAgent,
    /// The depository.
    Depository,
    /// Deal price.
    Price,
    /// Kind of transaction.
    TransactionType,
}

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldDifference {
    /// Which.
    pub field: Field,
    /// What we say.
    pub ours: String,
    /// What they say.
    pub theirs: String,
}

impl std::fmt::Display for FieldDifference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: ours {}, theirs {}", self.field, self.ours, self.theirs)
    }
}

/// One transaction that does not agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransactionDifference {
    /// We have instructed it, and the statement does not have it.
    MissingAtTheirs {
        /// Our reference.
        ours: Reference,
    },
    /// The statement has it, and we have not instructed it.
    MissingAtOurs {
        /// Where in the statement it stands, from zero.
        entry: usize,
        /// By which references they know it; empty when there are none.
        references: Vec<Reference>,
    },
    /// Both have it and do not say the same.
    Differs {
        /// Our reference.
        ours: Reference,
        /// In what.
        fields: Vec<FieldDifference>,
    },
}

/// Pending transactions and the instructions of ours that have not settled. Instructions of other accounts are left out.
pub fn compare_pending<'i>(
    ours: impl IntoIterator<Item = &'i SettlementInstruction>,
    statement: &PendingStatement,
) -> Vec<TransactionDifference> {
    let listed = statement.transactions.iter().map(|t| (&t.transaction, None));
    compare(ours, &statement.header, listed)
}

/// Posted transactions and the instructions of ours that settled in the statement's period.
pub fn compare_posted<'i>(
    ours: impl IntoIterator<Item = &'i SettlementInstruction>,
    statement: &TransactionsStatement,
) -> Vec<TransactionDifference> {
    let of_instrument = statement.accounts.iter().flat_map(|a| &a.instruments);
    let listed = of_instrument.flat_map(|i| i.postings.iter().map(|posting| (posting, Some(&i.instrument))));
    compare(ours, &statement.header, listed)
}

fn compare<'i, 's>(
    ours: impl IntoIterator<Item = &'i SettlementInstruction>,
    header: &StatementHeader,
    listed: impl Iterator<Item = (&'s ListedTransaction, Option<&'s Instrument>)>,
) -> Vec<TransactionDifference> {
    let of_account = |i: &&SettlementInstruction| i.account.as_ref().is_none_or(|a| *a == header.account.id);
    let ours: Vec<&SettlementInstruction> = ours.into_iter().filter(of_account).collect();
    let known = Known::of_all(&ours);
    let mut seen: BTreeSet<&Reference> = BTreeSet::new();
    let mut list = Vec::new();
    for (entry, (theirs, instrument)) in listed.enumerate() {
        let Some(instruction) = known.of(theirs).and_then(|place| ours.get(place)) else {
            let references = theirs.linkages.iter().map(|l| l.reference.clone()).collect();
            list.push(TransactionDifference::MissingAtOurs { entry, references });
            continue;
        };
        seen.insert(&instruction.id);
        let fields = theirs.facts.as_ref().map(|f| facts(instruction, f, instrument)).unwrap_or_default();
        if !fields.is_empty() {
            list.push(TransactionDifference::Differs { ours: instruction.id.clone(), fields });
        }
    }
    if is_whole(header) {
        let missing = ours.iter().filter(|i| !seen.contains(&i.id));
        list.extend(missing.map(|i| TransactionDifference::MissingAtTheirs { ours: i.id.clone() }));
    }
    list
}

/// The places of instructions by our references and by those that both sides know; of equals the first.
#[derive(Default)]
struct Known<'i> {
    ours: BTreeMap<&'i Reference, usize>,
    common: BTreeMap<&'i Reference, usize>,
}

impl<'i> Known<'i> {
    fn of_all(ours: &[&'i SettlementInstruction]) -> Self {
        let mut known = Self::default();
        for (place, instruction) in ours.iter().enumerate() {
            known.ours.entry(&instruction.id).or_insert(place);
            if let Some(common) = &instruction.common_reference {
                known.common.entry(common).or_insert(place);
            }
        }
        known
    }

    /// The instruction that a listed transaction is.
    fn of(&self, theirs: &ListedTransaction) -> Option<usize> {
        let named = theirs.linkages.iter().filter_map(|link| match link.kind.as_str() {
            "RELA" => self.ours.get(&link.reference),
            "COMM" => self.common.get(&link.reference),
            _ => None,
        });
        named.min().copied()
    }
}

fn facts(
    ours: &SettlementInstruction,
    theirs: &TransactionFacts,
    around: Option<&Instrument>,
) -> Vec<FieldDifference> {
    let mut list = List::default();
    list.shown(Field::Movement, Some(&ours.movement), theirs.movement.as_ref());
    list.shown(Field::Payment, Some(&ours.payment), theirs.payment.as_ref());
    list.instrument(&ours.instrument, theirs.instrument.as_ref().or(around));
    list.quantity(&ours.quantity, theirs.quantity.as_ref());
    list.amount(ours.amount.as_ref(), theirs.amount.as_ref());
    list.date(Field::TradeDate, ours.trade_date, theirs.trade_date.as_ref());
    list.date(Field::SettlementDate, Some(ours.settlement_date), theirs.settlement_date.as_ref());
    list.text(Field::Account, ours.account.as_ref(), theirs.account.as_ref().map(|a| &a.id));
    list.text(Field::TransactionType, Some(&ours.transaction_type), theirs.transaction_type.as_ref());
    list.told
}

/// An instruction of ours and what a counterparty alleges, field by field; what only one of them says is not compared.
pub fn compare_alleged(ours: &SettlementInstruction, theirs: &AllegedTrade) -> Vec<FieldDifference> {
    let mut list = List::default();
    list.alleged(ours, theirs);
    list.told
}

/// In how many fields the two differ.
pub(crate) fn distance(ours: &SettlementInstruction, theirs: &AllegedTrade) -> usize {
    let mut list = List { counts_only: true, ..List::default() };
    list.alleged(ours, theirs);
    list.count
}

/// The instruction that an allegement is about: one with a reference of it, else the one of the same instrument and
/// direction, and of the same quantity or settlement date, that differs least; of equals the first. This looks at all; the
/// gateway looks at those that can be meant (`lines.rs`), with the same result.
pub fn alleged_against<'i>(
    ours: impl IntoIterator<Item = &'i SettlementInstruction>,
    theirs: &AllegedTrade,
) -> Option<&'i SettlementInstruction> {
    let mut best: Option<(usize, &SettlementInstruction)> = None;
    for instruction in ours {
        if names(instruction, theirs) {
            return Some(instruction);
        }
        if may_be(instruction, theirs) {
            let distance = distance(instruction, theirs);
            if best.is_none_or(|(least, _)| distance < least) {
                best = Some((distance, instruction));
            }
        }
    }
    best.map(|(_, instruction)| instruction)
}

/// Whether an allegement has a reference of the instruction.
pub(crate) fn names(ours: &SettlementInstruction, theirs: &AllegedTrade) -> bool {
    theirs.linkages.iter().any(|link| match link.kind.as_str() {
        "RELA" => link.reference == ours.id,
        "COMM" => Some(&link.reference) == ours.common_reference.as_ref(),
        _ => false,
    })
}

/// Whether an allegement without a reference can be about the instruction.
pub(crate) fn may_be(ours: &SettlementInstruction, theirs: &AllegedTrade) -> bool {
    ours.movement == theirs.movement
        && same_instrument(&ours.instrument, &theirs.instrument)
        && (same_quantity(&ours.quantity, &theirs.quantity)
            || theirs.settlement_date.day() == Some(ours.settlement_date))
}

/// The terms of a trade that is not instructed yet and what a counterparty alleges, field by field.
pub fn compare_terms(ours: &Terms, theirs: &AllegedTrade) -> Vec<FieldDifference> {
    let movement = match ours.side {
        Side::Buy => Movement::Receive,
        Side::Sell => Movement::Deliver,
    };
    let mut list = List::default();
    list.shown(Field::Movement, Some(&movement), Some(&theirs.movement));
    list.shown(Field::Payment, ours.payment.as_ref(), Some(&theirs.payment));
    list.instrument(&ours.instrument, Some(&theirs.instrument));
    list.quantity(&ours.quantity, Some(&theirs.quantity));
    list.amount(ours.net.as_ref(), theirs.amount.as_ref());
    list.date(Field::TradeDate, Some(ours.trade_date), theirs.trade_date.as_ref());
    list.date(Field::SettlementDate, ours.settlement_date, Some(&theirs.settlement_date));
    list.told
}

/// Whether two allegements are about the same instruction of the counterparty: by the market's reference, else by what they
/// say.
pub fn is_same_allegement(a: &AllegedTrade, b: &AllegedTrade) -> bool {
    if let (Some(a), Some(b)) = (a.market_reference(), b.market_reference()) {
        return a == b;
    }
    a.movement == b.movement
        && same_instrument(&a.instrument, &b.instrument)
        && same_quantity(&a.quantity, &b.quantity)
        && a.amount == b.amount
        && a.settlement_date.day() == b.settlement_date.day()
}

/// What differs, told or only counted.
#[derive(Default)]
struct List {
    told: Vec<FieldDifference>,
    count: usize,
    counts_only: bool,
}

impl List {
    fn add(&mut self, field: Field, said: impl FnOnce() -> (String, String)) {
        self.count += 1;
        if !self.counts_only {
            let (ours, theirs) = said();
            self.told.push(FieldDifference { field, ours, theirs });
        }
    }

    fn alleged(&mut self, ours: &SettlementInstruction, theirs: &AllegedTrade) {
        self.shown(Field::Movement, Some(&ours.movement), Some(&theirs.movement));
        self.shown(Field::Payment, Some(&ours.payment), Some(&theirs.payment));
        self.instrument(&ours.instrument, Some(&theirs.instrument));
        self.quantity(&ours.quantity, Some(&theirs.quantity));
        self.amount(ours.amount.as_ref(), theirs.amount.as_ref());
        self.date(Field::TradeDate, ours.trade_date, theirs.trade_date.as_ref());
        self.date(Field::SettlementDate, Some(ours.settlement_date), Some(&theirs.settlement_date));
        self.text(Field::Account, ours.account.as_ref(), theirs.account.as_ref().map(|a| &a.id));
        let (mine, other) = (ours.counterparty_chain(), theirs.counterparty_chain());
        self.party(Field::CounterpartyAgent, mine.agent.as_ref(), other.agent.as_ref());
        self.party(Field::Depository, mine.depository.as_ref(), other.depository.as_ref());
        if let (Some(mine), Some(other)) = (ours.price, theirs.price)
            && mine.kind == other.kind
            && mine.value != other.value
        {
            let show = |value: rust_decimal::Decimal| value.normalize().to_string();
            self.add(Field::Price, || (show(mine.value), show(other.value)));
        }
        self.text(Field::TransactionType, Some(&ours.transaction_type), Some(&theirs.transaction_type));
    }

    fn shown<T: PartialEq + std::fmt::Debug>(&mut self, field: Field, ours: Option<&T>, theirs: Option<&T>) {
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours != theirs
        {
            self.add(field, || (format!("{ours:?}"), format!("{theirs:?}")));
        }
    }

    fn text<T: PartialEq + ToString>(&mut self, field: Field, ours: Option<&T>, theirs: Option<&T>) {
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && ours != theirs
        {
            self.add(field, || (ours.to_string(), theirs.to_string()));
        }
    }

    fn instrument(&mut self, ours: &Instrument, theirs: Option<&Instrument>) {
        if let Some(theirs) = theirs
            && !same_instrument(ours, theirs)
        {
            let show = |i: &Instrument| i.isin.map_or_else(|| format!("{i:?}"), |isin| isin.to_string());
            self.add(Field::Instrument, || (show(ours), show(theirs)));
        }
    }

    fn quantity(&mut self, ours: &Quantity, theirs: Option<&Quantity>) {
        if let Some(theirs) = theirs
            && !same_quantity(ours, theirs)
        {
            let show = |q: &Quantity| format!("{} {:?}", q.value().normalize(), q.kind());
            self.add(Field::Quantity, || (show(ours), show(theirs)));
        }
    }

    /// Statements put a sign before what is paid, instructions do not: the sign says the direction, which is compared.
    fn amount(&mut self, ours: Option<&Amount>, theirs: Option<&Amount>) {
        if let (Some(ours), Some(theirs)) = (ours, theirs)
            && (ours.currency() != theirs.currency() || ours.value().abs() != theirs.value().abs())
        {
            self.add(Field::Amount, || (ours.to_string(), theirs.to_string()));
        }
    }

    fn date(&mut self, field: Field, ours: Option<BusinessDate>, theirs: Option<&Moment>) {
        if let (Some(ours), Some(theirs)) = (ours, theirs.and_then(Moment::day))
            && ours != theirs
        {
            self.add(field, || (ours.to_string(), theirs.to_string()));
        }
    }

    fn party(&mut self, field: Field, ours: Option<&Party>, theirs: Option<&Party>) {
        let bic = |party: Option<&Party>| party.and_then(Party::as_bic);
        if let (Some(ours), Some(theirs)) = (bic(ours), bic(theirs))
            && !ours.same_office(&theirs)
        {
            self.add(field, || (ours.to_string(), theirs.to_string()));
        }
    }
}

fn same_instrument(ours: &Instrument, theirs: &Instrument) -> bool {
    match (ours.isin, theirs.isin) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => ours.other.iter().any(|o| theirs.other.contains(o)) || ours == theirs,
    }
}

fn same_quantity(ours: &Quantity, theirs: &Quantity) -> bool {
    ours.kind() == theirs.kind() && ours.value() == theirs.value()
}
