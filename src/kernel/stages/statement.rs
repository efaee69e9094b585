//! What servicers tell beside statuses: statements, penalties and allegements. They move no trade. They are kept, laid
//! beside what we know, and what does not agree becomes an exception; see the table in `reconciliation/table.rs`.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Account, BusinessDate, Covers, Event, HoldingsStatement, ListedTransaction, Moment, PendingStatement,
    Reference, SettlementInstruction, StatementFunction, StatementHeader, Status, StatusKind,
    TransactionsStatement,
};
use rust_decimal::Decimal;

use super::{Novelty, digest_of};
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::reconciliation::holdings::{self, Mismatch, PositionDifference};
use crate::reconciliation::is_whole;
use crate::reconciliation::state::{Held, ReconciliationFact};
use crate::reconciliation::table::Kind;
use crate::reconciliation::transactions::{
    Field, FieldDifference, TransactionDifference, compare_pending, compare_posted,
};

impl Kernel {
    /// A statement, a list of penalties or an allegement.
    pub(super) fn told_by_servicer(&mut self, link: &str, event: &Event) -> bool {
        let (kind, digest) = (event.kind(), digest_of(event));
        let Some(id) = event.reference() else { return false };
        if let Some(why) = self.may_not_state(link, event) {
            self.dead_letter(link, ReasonCode::WrongSender, why);
            return false;
        }
        match self.novelty(link, kind, id, digest) {
            Novelty::Same(_) => {
                self.repeated(link, id);
                return true;
            }
            Novelty::Other => {
                self.reused(link, kind, id);
                return false;
            }
            Novelty::New => self.take(link, kind, id, digest, None),
        }
        self.decide(Fact::Noted { trade: None, what: format!("{} {id} came from {link}", kind.name()) });
        match event {
            Event::PendingStatement(statement) if counts(&statement.header) => {
                self.pending_statement(link, statement);
            }
            Event::TransactionsStatement(statement) if counts(&statement.header) => {
                self.transactions_statement(link, statement);
            }
            Event::HoldingsStatement(statement) if counts(&statement.header) => {
                self.holdings_statement(link, statement);
            }
            Event::Allegement(allegement) => self.allegement(link, allegement),
            Event::AllegementStatement(statement) => self.allegement_statement(link, statement),
            _ => {}
        }
        true
    }

    /// The instruction of a trade, if it is out at the servicer behind that link.
    pub(super) fn out_at(&self, link: &str, trade: u64) -> Option<&SettlementInstruction> {
        let trade = self.book.trades.get(&trade).filter(|t| t.state.is_out())?;
        let instructed = trade.instructed.as_deref()?;
        let custodian = self.book.profile.custodian(&instructed.custodian)?;
        (custodian.link == link).then_some(&instructed.instruction)
    }

    fn all_out_at(&self, link: &str) -> impl Iterator<Item = &SettlementInstruction> {
        self.instructed_at(link).filter(|(_, state, _)| state.is_out()).map(|(.., i)| i)
    }

    /// The trade whose instruction with that reference is out at that servicer.
    pub(super) fn out_as(&self, link: &str, reference: &Reference) -> Option<u64> {
        let trade = self.book.by_instruction.get(reference).copied()?;
        self.out_at(link, trade).filter(|i| i.id == *reference).map(|_| trade)
    }

    fn instructed_at(&self, link: &str) -> impl Iterator<Item = (u64, State, &SettlementInstruction)> {
        self.book.trades.values().filter_map(move |t| {
            let instructed = t.instructed.as_deref()?;
            let custodian = self.book.profile.custodian(&instructed.custodian)?;
            (custodian.link == link).then_some((t.id, t.state, &instructed.instruction))
        })
    }

    /// Whether a trade moved after the instant that a statement speaks of: then the statement cannot know.
    fn moved_since(&self, trade: u64, as_of: Option<Timestamp>) -> bool {
        let entered = self.book.trades.get(&trade).map(|t| t.entered);
        as_of.zip(entered).is_some_and(|(as_of, entered)| entered > as_of)
    }

    fn pending_statement(&mut self, link: &str, statement: &PendingStatement) {
        let (header, id) = (&statement.header, &statement.header.id);
        let as_of = instant(header);
        let mut told = Told::new(format!("pending statement {id}"), "pending");
        for listed in &statement.transactions {
            let Some(trade) = self.listed_trade(link, &listed.transaction) else { continue };
            told.listed.insert(trade);
            let Some(known) = self.book.trades.get(&trade) else { continue };
            if !known.state.is_out() {
                if !self.moved_since(trade, as_of) {
                    told.say(
                        trade,
                        Kind::EndedHere,
                        format!("it is pending there and {} here", known.state.label()),
                    );
                }
            } else if let Some(said) = contradicts(known.state, &listed.statuses)
                && !self.moved_since(trade, as_of)
            {
                told.say(trade, Kind::Status, format!("it is {said} there and {} here", known.state.label()));
            }
        }
        let differences = compare_pending(self.all_out_at(link), statement);
        for difference in differences {
            match difference {
                TransactionDifference::Differs { ours, fields } => {
                    // What is left of a trade that has settled in part is less than was instructed.
                    if let Some(trade) = self.out_as(link, &ours) {
                        let part = self.book.trades.get(&trade).is_some_and(|t| t.settled > Decimal::ZERO);
                        told.fields(trade, fields, part);
                    }
                }
                TransactionDifference::MissingAtTheirs { ours } => {
                    if let Some(trade) = self.out_as(link, &ours) {
                        if self.moved_since(trade, as_of) {
                            let what = format!(
                                "instruction {ours} is not in pending statement {id}, which is older"
                            );
                            self.decide(Fact::Noted { trade: Some(trade), what });
                        } else {
                            told.missing.insert(trade, format!("instruction {ours} is not in {}", told.name));
                        }
                    }
                }
                TransactionDifference::MissingAtOurs { entry, references } => {
                    let of = statement.transactions.get(entry).map(|t| &t.transaction);
                    if of.and_then(|t| self.listed_trade(link, t)).is_none() {
                        told.unknown(entry, &references);
                    }
                }
            }
        }
        // What is over here and not listed there agrees now.
        let ended: Vec<u64> = self
            .instructed_at(link)
            .filter(|(trade, state, i)| {
                !state.is_out() && !told.listed.contains(trade) && is_whole(header) && of_account(i, header)
            })
            .map(|(trade, ..)| trade)
            .collect();
        told.agreeing.extend(ended);
        self.conclude(link, header, told);
    }

    fn transactions_statement(&mut self, link: &str, statement: &TransactionsStatement) {
        let (header, id) = (&statement.header, &statement.header.id);
        let as_of = instant(header);
        let mut told = Told::new(format!("transactions statement {id}"), "posted");
        let of_instrument = statement.accounts.iter().flat_map(|a| &a.instruments);
        let postings: Vec<&ListedTransaction> = of_instrument.flat_map(|i| &i.postings).collect();
        let mut posted: BTreeMap<u64, Decimal> = BTreeMap::new();
        for posting in &postings {
            let Some(trade) = self.listed_trade(link, posting) else { continue };
            told.listed.insert(trade);
            let quantity =
                posting.facts.as_ref().and_then(|f| f.quantity).map_or(Decimal::ZERO, |q| q.value());
            let sum = posted.entry(trade).or_default();
            *sum = sum.saturating_add(quantity.abs());
        }
        for (trade, quantity) in &posted {
            let Some(known) = self.book.trades.get(trade) else { continue };
            if *quantity > known.settled && !self.moved_since(*trade, as_of) {
                let said = format!(
                    "{} are posted there, and {} have settled here ({})",
                    quantity.normalize(),
                    known.settled.normalize(),
                    known.state.label()
                );
                told.say(*trade, Kind::NotSettledHere, said);
            }
        }
        // A statement of a period lists what settled in it, and nothing else is missing from it.
        let period = match &header.covers {
            Covers::Period(period) => period.from.day().zip(period.to.day()),
            Covers::At(at) => at.day().map(|day| (day, day)),
        };
        let settled_in = |trade: u64, state: State| {
            let day = self.book.trades.get(&trade).map(|t| BusinessDate::new(t.entered.utc().date_naive()));
            state == State::Settled
                && period.zip(day).is_some_and(|((from, to), day)| from <= day && day <= to)
        };
        let ours = self
            .instructed_at(link)
            .filter(|(trade, state, _)| told.listed.contains(trade) || settled_in(*trade, *state));
        let ours: Vec<SettlementInstruction> = ours.map(|(_, _, i)| i.clone()).collect();
        for difference in compare_posted(&ours, statement) {
            match difference {
                TransactionDifference::Differs { ours, fields } => {
                    let Some(trade) = self.book.by_instruction.get(&ours).copied() else { continue };
                    // Quantities are added up above: several postings may make one settlement.
                    told.fields(trade, fields, true);
                }
                TransactionDifference::MissingAtTheirs { ours } => {
                    let Some(trade) = self.book.by_instruction.get(&ours).copied() else { continue };
                    if !self.moved_since(trade, as_of) {
                        told.missing
                            .insert(trade, format!("settled instruction {ours} is not in {}", told.name));
                    }
                }
                TransactionDifference::MissingAtOurs { entry, references } => {
                    let posting = postings.get(entry);
                    let kind = posting.and_then(|p| p.facts.as_ref()).and_then(|f| f.posting.as_deref());
                    // Events of the instrument and the like are posted too, and were never instructed.
                    let settles = kind.is_none_or(|kind| kind == "SETT");
                    if settles && posting.is_some_and(|p| self.listed_trade(link, p).is_none()) {
                        told.unknown(entry, &references);
                    }
                }
            }
        }
        self.conclude(link, header, told);
    }

    /// The trade that a listed transaction names by our reference, if its servicer has that instruction.
    fn listed_trade(&self, link: &str, listed: &ListedTransaction) -> Option<u64> {
        let instruction = listed.instruction()?;
        let trade = self.book.by_instruction.get(instruction).copied()?;
        self.may_report(link, trade, instruction).then_some(trade)
    }

    /// Raises what differs, and resolves what agrees now.
    fn conclude(&mut self, link: &str, header: &StatementHeader, told: Told) {
        let record = self.this_record();
        let Told { name, family, listed, says, missing, unknown, agreeing } = told;
        let agrees = format!("{name} agrees (record {record})");
        for trade in listed.iter().chain(&agreeing) {
            if !says.contains_key(trade) {
                self.resolve_reason(*trade, ReasonCode::StatementDiffers, &agrees);
            }
        }
        for trade in &listed {
            self.resolve_reason(
                *trade,
                ReasonCode::MissingAtCustodian,
                &format!("{name} has it (record {record})"),
            );
        }
        for (trade, said) in says {
            self.raise(trade, ReasonCode::StatementDiffers, format!("{name}: {}", said.join("; ")));
        }
        for (trade, said) in missing {
            self.raise(trade, ReasonCode::MissingAtCustodian, said);
        }
        let account = &header.account.id;
        let keyed = |key: &str| format!("{family} {account} {key}");
        if is_whole(header) {
            let start = keyed("");
            for (exception, key) in self.book.reconciliation.differing(link) {
                let still = unknown.keys().any(|k| keyed(k) == key);
                if key.starts_with(&start) && !still {
                    self.resolve(exception, format!("it is not in {name} any more (record {record})"));
                }
            }
        }
        for (key, said) in unknown {
            let detail = format!("{name}: {said}");
            self.raise_keyed(link, ReasonCode::UnknownToUs, keyed(&key), detail, None);
        }
    }

    /// Opens an exception about something that is no trade, or says an open one anew.
    fn raise_keyed(
        &mut self,
        link: &str,
        reason: ReasonCode,
        key: String,
        detail: String,
        theirs: Option<Held>,
    ) {
        let open = self.book.reconciliation.differing(link).into_iter().find(|(_, known)| *known == key);
        let exception = match open.and_then(|(e, _)| self.book.exceptions.get(&e)).cloned() {
            Some(known) => {
                let (exception, urgency, due) = (known.id, known.urgency, known.due);
                if known.detail != detail {
                    self.decide(Fact::ExceptionEscalated { exception, urgency, due, detail });
                }
                exception
            }
            None => {
                let exception = self.book.next_exception;
                self.raise_on_link(link, false, reason, detail);
                exception
            }
        };
        let (link, theirs) = (link.to_owned(), theirs.map(Box::new));
        let differs = ReconciliationFact::Differs { exception, link, key, theirs };
        self.decide(Fact::Reconciled(Box::new(differs)));
    }

    fn holdings_statement(&mut self, link: &str, statement: &HoldingsStatement) {
        let header = &statement.header;
        let day = match &header.covers {
            Covers::At(at) => at.day(),
            Covers::Period(period) => period.to.day(),
        };
        let settled = header.basis.as_deref().is_none_or(|basis| basis == "SETT");
        let (Some(day), true, true) = (day, settled, is_whole(header)) else {
            let what =
                format!("holdings statement {} is not one of all settled positions of a day", header.id);
            self.decide(Fact::Noted { trade: None, what });
            return;
        };
        let listed = listed_holdings(statement, day);
        let known: BTreeSet<Account> =
            listed.keys().filter(|a| self.book.reconciliation.has_base(a)).cloned().collect();
        let ours: Vec<_> =
            known.iter().flat_map(|account| self.book.reconciliation.positions(account, day)).collect();
        let mut differing: BTreeSet<Account> = BTreeSet::new();
        let mut keys: BTreeSet<String> = BTreeSet::new();
        let record = self.this_record();
        let differences = holdings::compare(&ours, statement);
        let of_known = differences.into_iter().filter(|d| known.contains(&d.account));
        for (difference, isin) in of_known.filter_map(|d| Some((d.instrument.isin?, d))).map(|(i, d)| (d, i))
        {
            let key = format!("holdings {} {isin}", difference.account);
            differing.insert(difference.account.clone());
            keys.insert(key.clone());
            let of_it = listed.get(&difference.account).into_iter().flatten();
            let theirs = of_it.clone().find(|h| h.isin == isin).cloned().or_else(|| {
                let gone = ours
                    .iter()
                    .find(|p| p.account == difference.account && p.instrument.isin == Some(isin))?;
                let account = difference.account.clone();
                Some(Held { account, isin, kind: gone.kind, quantity: Decimal::ZERO, day })
            });
            let detail = format!("holdings statement {} of {day}: {}", header.id, said(&difference));
            self.raise_keyed(link, ReasonCode::HoldingDiffers, key, detail, theirs);
        }
        for (exception, key) in self.book.reconciliation.differing(link) {
            let of_known = known.iter().any(|account| key.starts_with(&format!("holdings {account} ")));
            if of_known && !keys.contains(&key) {
                self.resolve(exception, format!("holdings statement {} agrees (record {record})", header.id));
            }
        }
        // What agrees is where the next one begins; what differs waits for one that agrees, or for a person.
        for (account, held) in listed.into_iter().filter(|(account, _)| !differing.contains(account)) {
            let taken = ReconciliationFact::HoldingsTaken { account, day, held };
            self.decide(Fact::Reconciled(Box::new(taken)));
        }
    }

    /// Whether a difference to the counterparty's instruction can still matter.
    pub(super) fn may_be_unmatched(&self, trade: u64) -> bool {
        let state = self.book.trades.get(&trade).map(|t| t.state);
        state.is_some_and(|s| ReasonCode::UnmatchedAtCsd.row().holds_in.contains(&s))
    }

    /// The record that is being made.
    pub(super) fn this_record(&self) -> u64 {
        self.book.last_seq + 1
    }

    /// The custodian spoke of an instruction: what statements did not have, or had otherwise, is overtaken.
    pub(super) fn spoken_of(&mut self, trade: u64, settled: bool) {
        let said = format!("the custodian spoke of it (record {})", self.this_record());
        self.resolve_reason(trade, ReasonCode::MissingAtCustodian, &said);
        if settled {
            self.resolve_reason(trade, ReasonCode::StatementDiffers, &said);
        }
    }
}

/// What a statement says, sorted.
struct Told {
    name: String,
    family: &'static str,
    listed: BTreeSet<u64>,
    says: BTreeMap<u64, Vec<String>>,
    missing: BTreeMap<u64, String>,
    unknown: BTreeMap<String, String>,
    agreeing: BTreeSet<u64>,
}

impl Told {
    fn new(name: String, family: &'static str) -> Self {
        Self {
            name,
            family,
            listed: BTreeSet::new(),
            says: BTreeMap::new(),
            missing: BTreeMap::new(),
            unknown: BTreeMap::new(),
            agreeing: BTreeSet::new(),
        }
    }

    fn say(&mut self, trade: u64, kind: Kind, said: String) {
        debug_assert_eq!(kind.row().reason, ReasonCode::StatementDiffers);
        self.says.entry(trade).or_default().push(said);
    }

    fn fields(&mut self, trade: u64, mut fields: Vec<FieldDifference>, in_parts: bool) {
        if in_parts {
            fields.retain(|f| !matches!(f.field, Field::Quantity | Field::Amount));
        }
        if !fields.is_empty() {
            self.say(trade, Kind::Fields, joined(&fields));
        }
    }

    fn unknown(&mut self, entry: usize, references: &[Reference]) {
        let known = references.iter().map(Reference::as_str).collect::<Vec<_>>().join(", ");
        let key = if known.is_empty() { format!("entry {}", entry + 1) } else { known.clone() };
        let named = if known.is_empty() { "without a reference".to_owned() } else { format!("({known})") };
        self.unknown.insert(key, format!("entry {} {named} is no instruction of ours", entry + 1));
    }
}

/// One that takes an earlier one back says nothing of its own.
fn counts(header: &StatementHeader) -> bool {
    header.function != StatementFunction::Cancel
}

/// The instant that a statement speaks of, where it says more than a day.
fn instant(header: &StatementHeader) -> Option<Timestamp> {
    let of = |moment: &Moment| match moment {
        Moment::Instant(at) => Some(Timestamp::from_utc(*at)),
        _ => None,
    };
    match &header.covers {
        Covers::At(at) => of(at),
        Covers::Period(period) => of(&period.to),
    }
    .or_else(|| header.prepared.map(Timestamp::from_utc))
}

fn of_account(instruction: &SettlementInstruction, header: &StatementHeader) -> bool {
    instruction.account.as_ref().is_none_or(|a| *a == header.account.id)
}

/// A status that cannot be while the trade stands where it stands.
fn contradicts(state: State, statuses: &[Status]) -> Option<&'static str> {
    let said = |kind: &StatusKind| match (kind, state) {
        (StatusKind::Matched, State::CsdUnmatched) => Some("matched"),
        (
            StatusKind::Unmatched,
            State::MatchedAtCsd | State::Pending | State::Failing | State::PartiallySettled,
        ) => Some("unmatched"),
        (StatusKind::Rejected, _) => Some("refused"),
        (StatusKind::Cancelled, _) => Some("cancelled"),
        (StatusKind::Failing, State::CsdUnmatched | State::Acknowledged | State::Delivered) => {
            Some("failing")
        }
        _ => None,
    };
    statuses.iter().find_map(|status| said(&status.kind))
}

/// What a statement lists, by account; accounts that it names and that hold nothing too.
fn listed_holdings(statement: &HoldingsStatement, day: BusinessDate) -> BTreeMap<Account, Vec<Held>> {
    let head = &statement.header.account.id;
    let mut listed: BTreeMap<Account, Vec<Held>> = BTreeMap::new();
    listed.entry(head.clone()).or_default();
    for part in &statement.accounts {
        let account = part.account.account.as_ref().map_or(head, |a| &a.id);
        let held = listed.entry(account.clone()).or_default();
        for holding in &part.holdings {
            let Some(isin) = holding.instrument.isin else { continue };
            let kind = holding.aggregate.kind;
            match held.iter_mut().find(|h| h.isin == isin && h.kind == kind) {
                Some(known) => known.quantity = known.quantity.saturating_add(holding.aggregate.value),
                None => held.push(Held {
                    account: account.clone(),
                    isin,
                    kind,
                    quantity: holding.aggregate.value,
                    day,
                }),
            }
        }
    }
    listed
}

fn said(difference: &PositionDifference) -> String {
    let what = difference.instrument.isin.map_or_else(|| "an instrument".to_owned(), |isin| isin.to_string());
    let account = &difference.account;
    match &difference.mismatch {
        Mismatch::MissingAtTheirs { ours } => {
            format!("{account} holds {} of {what} here and none there", ours.normalize())
        }
        Mismatch::MissingAtOurs { theirs } => {
            format!("{account} holds none of {what} here and {} there", theirs.normalize())
        }
        Mismatch::Differs { field, ours, theirs } => {
            format!("{account}, {what}, {field:?}: ours {ours}, theirs {theirs}")
        }
    }
}

pub(super) fn joined(differences: &[FieldDifference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
