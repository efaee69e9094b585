//! What is remembered of a trade and of an exception while the journal is read: little, because there may be millions.

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Attribution, Bic, BusinessDate, Quantity};
use rust_decimal::Decimal;

use crate::exceptions::exception::Exception;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::Terms;
use crate::matching::rules::AssetClass;
use crate::profile::Profile;

/// A trade.
#[derive(Debug, Clone, Default)]
pub struct Life {
    pub(super) counterparty: Option<Bic>,
    pub(super) market: Option<[u8; 2]>,
    pub(super) class: Option<AssetClass>,
    pub(super) value: Decimal,
    pub(super) trade_date: Option<BusinessDate>,
    pub(super) settles: Option<BusinessDate>,
    pub(super) state: Option<State>,
    pub(super) touched: bool,
    pub(super) repaired: bool,
    pub(super) confirmed: bool,
    pub(super) instructed: Option<Quantity>,
    pub(super) matched: Option<Timestamp>,
    pub(super) affirmed: Option<Timestamp>,
    pub(super) settled: Decimal,
    /// The day on which the last part settled.
    pub(super) settled_on: Option<BusinessDate>,
    pub(super) reason: Option<ReasonCode>,
    pub(super) attribution: Option<Attribution>,
    sides: u8,
}

const SHARE: u8 = 1;
const CONFIRMED: u8 = 2;

impl Life {
    /// Takes a fact about it.
    pub(super) fn take(&mut self, fact: &Fact, at: Timestamp, profile: &Profile) {
        match fact {
            Fact::Opened { state, .. } => self.state = Some(*state),
            Fact::Allocated { share, .. } => {
                self.side(SHARE);
                self.said(&share.terms, profile);
            }
            Fact::Confirmed { confirmed, .. } => {
                self.side(CONFIRMED);
                self.confirmed = true;
                if self.sides & SHARE == 0 {
                    self.said(&confirmed.terms, profile);
                } else if self.settles.is_none() {
                    self.settles = confirmed.terms.settlement_date;
                }
            }
            Fact::ConfirmationDropped { .. } | Fact::AllocationDropped { .. } => self.repaired = true,
            Fact::MatchForced { .. } => (self.repaired, self.touched) = (true, true),
            Fact::Moved { to, .. } => {
                self.state = Some(*to);
                match to {
                    State::Matched => _ = self.matched.get_or_insert(at),
                    State::Affirmed => _ = self.affirmed.get_or_insert(at),
                    _ => {}
                }
            }
            Fact::Instructed { instructed, .. } => {
                self.repaired |= self.instructed.is_some();
                let whole = Quantity::new(instructed.quantity.kind(), instructed.whole());
                self.instructed = Some(whole.unwrap_or(instructed.quantity));
                self.settles = Some(instructed.settlement_date);
                if let Some(amount) = instructed.amount {
                    self.value = profile.desk.compared(amount).abs();
                }
            }
            Fact::QuantitySettled { quantity, day, reversal, .. } => {
                if *reversal {
                    self.settled = self.settled.saturating_sub(quantity.value());
                    self.settled_on = None;
                } else {
                    self.settled = self.settled.saturating_add(quantity.value());
                    self.settled_on = self.settled_on.max(Some(*day));
                }
            }
            _ => {}
        }
    }

    /// A side is said; for the second time it was repaired.
    fn side(&mut self, side: u8) {
        self.repaired |= self.sides & side != 0;
        self.sides |= side;
    }

    fn said(&mut self, terms: &Terms, profile: &Profile) {
        self.counterparty = terms.broker.or(self.counterparty);
        self.market = terms.instrument.isin.and_then(|isin| isin.country().as_bytes().try_into().ok());
        self.class = Some(AssetClass::of(terms));
        self.trade_date = Some(terms.trade_date);
        self.settles = terms.settlement_date.or(self.settles);
        if let Some(amount) = terms.net.or(terms.gross) {
            self.value = profile.desk.compared(amount).abs();
        }
    }

    /// An exception of it was opened, or lies elsewhere now.
    pub(super) fn case(&mut self, exception: &Exception) {
        self.touched = true;
        self.reason = Some(exception.reason);
        self.attribution = Some(exception.case.attribution);
    }

    /// When it is to settle: as is said, else by the cycle.
    pub(super) fn due(&self, profile: &Profile) -> Option<BusinessDate> {
        let by_cycle = || self.trade_date.map(|day| profile.calendar.settlement_date(day, profile.cycle));
        self.settles.or_else(by_cycle)
    }

    pub(super) fn is_settled(&self) -> bool {
        self.state == Some(State::Settled)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state == Some(State::Cancelled)
    }

    /// Wholly settled, and not later than intended.
    pub(super) fn is_in_time(&self, due: BusinessDate) -> bool {
        self.is_settled() && self.settled_on.is_none_or(|day| day <= due)
    }
}
