//! Captured traffic as the trades of a scenario: allocations say what was dealt, by whom, for which account and when; confirmations say when the
//! broker answered and what it had otherwise. Whatever else was captured follows from the run.
//!
//! A run has one trade date and one currency: those that most shares have. What cannot be replayed is counted by its reason.

mod read;
mod take;

use std::collections::BTreeMap;

use finality_parsers::detect::Protocol;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Account, Bic, BusinessDate, Calendar, Currency, Isin, SettlementCycle, Side};
use rust_decimal::Decimal;

pub use read::{CaptureError, Message};

use crate::population::class::Class;

/// Settings that captured traffic takes the place of.
const REPLACED: [&str; 17] = [
    "day.trade_date",
    "day.cycle",
    "market.fix_brokers",
    "market.mt_brokers",
    "market.accounts",
    "market.instruments",
    "breaks.wrong_price_per_10000",
    "breaks.wrong_quantity_per_10000",
    "breaks.wrong_date_per_10000",
    "breaks.late_allocation_per_10000",
    "breaks.late_confirmation_per_10000",
    "breaks.late_minutes",
    "trades.count",
    "trades.shares_max",
    "trades.lots_min",
    "trades.lots_max",
    "trades.buys_per_10000",
];

/// Whether a setting does not count where trades are captured.
pub fn replaces(setting: &str) -> bool {
    REPLACED.contains(&setting)
}

/// Longer than that nobody takes from trade to settlement.
const LONGEST_CYCLE: u8 = 10;

/// A broker of captured traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CapturedBroker {
    /// Its BIC, where the messages name it by one.
    pub bic: Option<Bic>,
    /// In which protocol it confirmed; FIX where it never did.
    pub confirms_in: Protocol,
}

/// An instrument of captured traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CapturedLine {
    pub isin: Isin,
    pub description: Option<String>,
    /// What it is, as far as its quantities say.
    pub class: Option<Class>,
    /// Mean price in cents, of what is penalised and lent on.
    pub price_cents: i64,
}

/// What the broker's confirmation had otherwise, and when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CapturedAnswer {
    pub at: Timestamp,
    pub wrong_price: bool,
    pub wrong_quantity: bool,
}

/// A share of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CapturedShare {
    /// How the traffic called it.
    pub reference: String,
    /// By number among [`Capture::accounts`].
    pub account: usize,
    pub quantity: i64,
    pub gross_cents: i64,
    pub commission_cents: i64,
    pub answer: Option<CapturedAnswer>,
}

/// A block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CapturedBlock {
    /// By number among [`Capture::brokers`].
    pub broker: usize,
    /// By number among [`Capture::lines`].
    pub line: usize,
    pub side: Side,
    /// Money for one piece.
    pub price: Decimal,
    pub sent_at: Timestamp,
    pub shares: Vec<CapturedShare>,
}

/// The trades of captured traffic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    pub(crate) currency: Currency,
    pub(crate) trade_date: BusinessDate,
    /// From trade to settlement, where the traffic says it.
    pub(crate) settles: Option<BusinessDate>,
    pub(crate) brokers: Vec<CapturedBroker>,
    pub(crate) accounts: Vec<Account>,
    pub(crate) lines: Vec<CapturedLine>,
    pub(crate) blocks: Vec<CapturedBlock>,
    left_out: BTreeMap<String, u32>,
}

impl Capture {
    /// Reads messages in the order in which they came.
    pub fn read<'m>(messages: impl Iterator<Item = Message<'m>>) -> Result<Self, CaptureError> {
        read::capture(messages)
    }

    /// Shares that are replayed.
    pub fn shares(&self) -> usize {
        self.blocks.iter().map(|block| block.shares.len()).sum()
    }

    /// Shares for which a confirmation was captured.
    pub fn confirmed(&self) -> usize {
        let shares = self.blocks.iter().flat_map(|block| &block.shares);
        shares.filter(|share| share.answer.is_some()).count()
    }

    /// The day that is replayed.
    pub fn trade_date(&self) -> BusinessDate {
        self.trade_date
    }

    /// What is not replayed: how many, by reason.
    pub fn left_out(&self) -> impl Iterator<Item = (&str, u32)> {
        self.left_out.iter().map(|(why, count)| (why.as_str(), *count))
    }

    /// Which trade of the run the share is that the traffic called so.
    pub fn trade(&self, reference: &str) -> Option<usize> {
        self.blocks.iter().flat_map(|block| &block.shares).position(|share| share.reference == reference)
    }

    /// From trade to settlement in business days of a calendar.
    pub(crate) fn cycle(&self, calendar: &Calendar) -> Option<SettlementCycle> {
        let settles = self.settles?;
        let cycles = (0..=LONGEST_CYCLE).map(SettlementCycle);
        cycles.into_iter().find(|cycle| calendar.settlement_date(self.trade_date, *cycle) == settles)
    }
}
