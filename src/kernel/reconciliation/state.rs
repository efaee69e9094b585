//! What reconciliation remembers from one statement to the next: which differences are open, what is alleged and fits nothing,
//! and the balances that agreed last.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::model::{
    Account, AllegedTrade, BusinessDate, Instrument, Isin, QuantityKind, Reference,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::alleged::OpenAllegements;
use super::holdings::Position;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReconciliationFact {
    /// An open exception is about this.
    Differs {
        /// The exception.
        exception: u64,
        /// Who says otherwise.
        link: String,
        /// About what: a statement's kind, and the account, instrument or references.
        key: String,
        /// What they hold, where a balance differs.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        theirs: Option<Box<Held>>,
    },
    /// An open exception is about what a counterparty alleges.
    Alleged {
        /// The exception.
        exception: u64,
        /// Who says so.
        link: String,
        /// In which message.
        id: Reference,
        /// What.
        alleged: Box<AllegedTrade>,
    },
    /// An allegement was taken back before it came.
    TakenBackEarly {
        /// By whom.
        link: String,
        /// In which message it will come.
        id: Reference,
    },
    /// A client of ours was told of what is alleged against his account.
    PassedOn {
        /// The number of that message in the outbox.
        out: u64,
        /// Who says so.
        link: String,
        /// In which message.
        id: Reference,
        /// The link of the client.
        client: String,
        /// His account.
        account: Account,
        /// What.
        alleged: Box<AllegedTrade>,
    },
    /// It is alleged no more.
    PassedOnNoMore {
        /// The number of the message that told him.
        out: u64,
    },
    /// The balances of an account, from which later ones follow.
    HoldingsTaken {
        /// The account.
        account: Account,
        /// At the end of which day.
        day: BusinessDate,
        /// They.
        held: Vec<Held>,
    },
}

/// A balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// The account.
    pub account: Account,
    /// What.
    pub isin: Isin,
    /// What is counted.
    pub kind: QuantityKind,
    /// How much; negative when short.
    pub quantity: Decimal,
    /// At the end of which day.
    pub day: BusinessDate,
}

/// Without a first statement, settled quantities are kept for so many days: it may be that late.
const DAYS_KEPT: i64 = 10;

type Balances = BTreeMap<(Isin, QuantityKind), Decimal>;

#[derive(Debug, Default)]
struct Ledger {
    base: Option<(BusinessDate, Balances)>,
    moves: Vec<(BusinessDate, Isin, QuantityKind, Decimal)>,
}

/// It.
#[derive(Debug, Default)]
pub(crate) struct Reconciliation {
    differing: BTreeMap<u64, (String, String, Option<Box<Held>>)>,
    pub(crate) alleged: OpenAllegements,
    /// Messages that are taken back before they come.
    pub(crate) taken_back_early: BTreeSet<(String, Reference)>,
    /// What clients were told of, by the number of the message in the outbox.
    pub(crate) passed: OpenAllegements,
    /// Whom, and of which account of his.
    pub(crate) passed_to: BTreeMap<u64, (String, Account)>,
    ledgers: BTreeMap<Account, Ledger>,
}

impl Reconciliation {
    pub(crate) fn apply(&mut self, fact: &ReconciliationFact) {
        match fact {
            ReconciliationFact::Differs { exception, link, key, theirs } => {
                self.differing.insert(*exception, (link.clone(), key.clone(), theirs.clone()));
            }
            ReconciliationFact::Alleged { exception, link, id, alleged } => {
                self.alleged.put(*exception, link, id, alleged);
            }
            ReconciliationFact::TakenBackEarly { link, id } => {
                self.taken_back_early.insert((link.clone(), id.clone()));
            }
            ReconciliationFact::PassedOn { out, link, id, client, account, alleged } => {
                self.passed.put(*out, link, id, alleged);
                self.passed_to.insert(*out, (client.clone(), account.clone()));
            }
            ReconciliationFact::PassedOnNoMore { out } => {
                self.passed.take(*out);
                self.passed_to.remove(out);
            }
            ReconciliationFact::HoldingsTaken { account, day, held } => {
                let ledger = self.ledgers.entry(account.clone()).or_default();
                ledger.moves.retain(|(moved, ..)| moved > day);
                let held = held.iter().map(|h| ((h.isin, h.kind), h.quantity)).collect();
                ledger.base = Some((*day, held));
            }
        }
    }

    /// An exception is closed. By a person: then their balance is taken over.
    pub(crate) fn closed(&mut self, exception: u64, by_person: bool) {
        self.alleged.take(exception);
        let Some((_, _, Some(theirs))) = self.differing.remove(&exception) else { return };
        if !by_person {
            return;
        }
        if let Some(ledger) = self.ledgers.get_mut(&theirs.account)
            && let Some((_, base)) = &mut ledger.base
        {
            // Later movements still count; earlier ones are in their balance.
            let of_it = |m: &(BusinessDate, Isin, QuantityKind, Decimal)| {
                m.1 == theirs.isin && m.2 == theirs.kind && m.0 <= theirs.day
            };
            ledger.moves.retain(|m| !of_it(m));
            base.insert((theirs.isin, theirs.kind), theirs.quantity);
        }
    }

    /// A quantity settled: in when positive, out when negative.
    pub(crate) fn moved(
        &mut self,
        account: &Account,
        day: BusinessDate,
        isin: Isin,
        kind: QuantityKind,
        by: Decimal,
    ) {
        let ledger = self.ledgers.entry(account.clone()).or_default();
        if ledger.base.as_ref().is_some_and(|(base, _)| day <= *base) {
            return;
        }
        ledger.moves.push((day, isin, kind, by));
        if ledger.base.is_none() {
            let newest = ledger.moves.iter().map(|m| m.0).max().unwrap_or(day).naive();
            ledger.moves.retain(|m| (newest - m.0.naive()).num_days() <= DAYS_KEPT);
        }
    }

    /// Whether an account has balances from which others follow.
    pub(crate) fn has_base(&self, account: &Account) -> bool {
        self.ledgers.get(account).is_some_and(|l| l.base.is_some())
    }

    /// What an account should hold at the end of a day.
    pub(crate) fn positions(&self, account: &Account, day: BusinessDate) -> Vec<Position> {
        let Some(ledger) = self.ledgers.get(account) else { return Vec::new() };
        let Some((_, base)) = &ledger.base else { return Vec::new() };
        let mut held = base.clone();
        for (_, isin, kind, by) in ledger.moves.iter().filter(|m| m.0 <= day) {
            let sum = held.entry((*isin, *kind)).or_insert(Decimal::ZERO);
            *sum = sum.saturating_add(*by);
        }
        let position = |((isin, kind), aggregate)| Position {
            account: account.clone(),
            instrument: Instrument::of(isin),
            kind,
            aggregate,
            available: None,
        };
        held.into_iter().filter(|(_, quantity)| !quantity.is_zero()).map(position).collect()
    }

    /// Open differences of a link: exception and what it is about.
    pub(crate) fn differing(&self, link: &str) -> Vec<(u64, String)> {
        let of_link = self.differing.iter().filter(|(_, (l, ..))| l == link);
        of_link.map(|(exception, (_, key, _))| (*exception, key.clone())).collect()
    }
}
