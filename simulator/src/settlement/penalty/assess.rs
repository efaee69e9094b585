//! Penalties of a pair: one for each cut-off it failed at (settlement fail penalty, SEFP), one for having matched late (late
//! matching fail penalty, LMFP).

use finality_parsers::model::{BusinessDate, Calendar, Currency};
use rust_decimal::Decimal;

use super::PartyId;
use super::rule::{AtCutOff, Entered, Formula, Kind, Side, Why, formula, late, liable};
use super::scope::{Facts, exclusion};
use crate::settlement::book::LineId;

/// A pair, as far as penalties go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transaction {
    /// Its number.
    pub pair: u64,
    /// What it exchanges.
    pub kind: Kind,
    /// Who delivers.
    pub deliverer: PartyId,
    /// Who receives.
    pub receiver: PartyId,
    /// The line.
    pub line: LineId,
    /// Whether it was traded on a growth market ([`super::rates::on_growth_market`]).
    pub growth_market: bool,
    /// What has not settled: all that matched, or what partial settlement left over.
    pub quantity: Decimal,
    /// Cash that has not settled.
    pub cash: Decimal,
    /// Currency of the penalty: that of the cash, or of the price when free of payment.
    pub currency: Currency,
    /// Intended settlement date.
    pub settlement_date: BusinessDate,
    /// What decides whether it is in scope.
    pub facts: Facts,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sort {
    /// It had not settled at a cut-off.
    SettlementFail,
    /// It matched after the cut-off of its date.
    LateMatching,
}

/// A penalty: who owes whom, for which days, after which formula. What it comes to is asked of
/// [`super::amount::Data::priced`], again when data has come that was missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Penalty {
    /// The pair.
    pub pair: u64,
    /// Which of the two.
    pub sort: Sort,
    /// The business day it was found on.
    pub detected: BusinessDate,
    /// Who pays.
    pub payer: PartyId,
    /// Who is paid.
    pub payee: PartyId,
    /// Why.
    pub why: Why,
    /// How the amount is made.
    pub formula: Formula,
    /// The days it is for.
    pub days: Vec<BusinessDate>,
    /// The line.
    pub line: LineId,
    /// Traded on a growth market.
    pub growth_market: bool,
    /// Quantity it is for.
    pub quantity: Decimal,
    /// Cash it is for.
    pub cash: Decimal,
    /// Its currency.
    pub currency: Currency,
}

/// When a pair matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matched {
    /// The business day.
    pub day: BusinessDate,
    /// After that day's cut-off: it could not settle any more that day.
    pub after_cut_off: bool,
}

impl Transaction {
    fn penalty(
        &self,
        sort: Sort,
        failing: Side,
        (why, formula): (Why, Formula),
        detected: BusinessDate,
        days: Vec<BusinessDate>,
    ) -> Penalty {
        let (payer, payee) = match failing {
            Side::Deliverer => (self.deliverer, self.receiver),
            Side::Receiver => (self.receiver, self.deliverer),
        };
        Penalty {
            pair: self.pair,
            sort,
            detected,
            payer,
            payee,
            why,
            formula,
            days,
            line: self.line,
            growth_market: self.growth_market,
            quantity: self.quantity,
            cash: self.cash,
            currency: self.currency,
        }
    }

    /// Penalties for a cut-off at which it was matched, due and not settled.
    pub fn at_cut_off(&self, day: BusinessDate, state: AtCutOff) -> Vec<Penalty> {
        if day < self.settlement_date || exclusion(&self.facts).is_some() {
            return Vec::new();
        }
        let of = |(side, why)| {
            let how = (why, formula(self.kind, side));
            self.penalty(Sort::SettlementFail, side, how, day, vec![day])
        };
        liable(self.kind, state).into_iter().map(of).collect()
    }

    /// The penalty for having matched late: for every business day from the intended date on whose cut-off was past when it
    /// matched. The day of matching itself is left to [`Self::at_cut_off`] when it could still settle then. The quantity
    /// must be the one that matched.
    pub fn on_matching(&self, matched: Matched, entered: Entered, calendar: &Calendar) -> Option<Penalty> {
        if exclusion(&self.facts).is_some() {
            return None;
        }
        let mut days = Vec::new();
        let mut day = calendar.add_business_days(self.settlement_date, 0);
        while day < matched.day || (day == matched.day && matched.after_cut_off) {
            days.push(day);
            day = calendar.add_business_days(day, 1);
        }
        let (side, formula) = late(self.kind, entered);
        let how = (Why::LateMatching, formula);
        (!days.is_empty()).then(|| self.penalty(Sort::LateMatching, side, how, matched.day, days))
    }
}
