//! What a fail would cost: the daily penalty and the funding, for as many days as such a problem lasts.
//!
//! Penalties follow the dated rates of the annex of Delegated Regulation 2017/389 (cash penalties under the settlement discipline
//! of central depositories). They are rows here; a profile adds later ones.

use finality_parsers::model::{Amount, BusinessDate, PriceKind, Side};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::reason::ReasonCode;
use crate::lifecycle::trade::{Terms, Trade};
use crate::matching::rules::AssetClass;

/// What is missing when a trade fails: each has its own rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// Shares with a liquid market.
    LiquidShares,
    /// Other shares.
    IlliquidShares,
    /// Instruments of a growth market for small companies, debt aside.
    GrowthMarket,
    /// Debt of states, central banks and the like.
    PublicDebt,
    /// Other debt.
    OtherDebt,
    /// Debt of a growth market.
    GrowthMarketDebt,
    /// Funds and everything else.
    Other,
    /// Cash: the overnight rate of the central bank, a year.
    Cash,
}

/// A rate from a day on, in hundredths of a basis point of the value, a business day (for cash: a year).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PenaltyRate {
    /// Of what.
    pub missing: Missing,
    /// From this day on; always, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// The rate.
    pub hundredths_of_bp: u32,
}

const fn rate(missing: Missing, hundredths_of_bp: u32) -> PenaltyRate {
    PenaltyRate { missing, from: None, hundredths_of_bp }
}

/// The annex of Delegated Regulation 2017/389. The cash rate is that of the central bank and not in it: the profile says it.
pub const RATES: [PenaltyRate; 8] = [
    rate(Missing::LiquidShares, 100),
    rate(Missing::IlliquidShares, 50),
    rate(Missing::GrowthMarket, 25),
    rate(Missing::PublicDebt, 10),
    rate(Missing::OtherDebt, 20),
    rate(Missing::GrowthMarketDebt, 15),
    rate(Missing::Other, 50),
    rate(Missing::Cash, 0),
];

/// For how many business days a fail with this reason lasts: assumptions.
const DAYS: [(ReasonCode, u32); 7] = [
    (ReasonCode::SecuritiesShort, 3),
    (ReasonCode::CashShort, 1),
    (ReasonCode::OnHold, 1),
    (ReasonCode::LateAtMarket, 1),
    (ReasonCode::SsiMissing, 2),
    (ReasonCode::UnmatchedAtCsd, 2),
    (ReasonCode::CounterpartyInstructionMissing, 2),
];
const DAYS_USUALLY: u32 = 2;
const YEAR: u32 = 360;

/// What the desk's settings say about cost.
#[derive(Debug, Clone, Copy)]
pub struct Prices<'p> {
    /// Rates beside those of the annex.
    pub rates: &'p [PenaltyRate],
    /// What it costs to do without the money of a sale, in basis points a year.
    pub funding_bp: u32,
}

/// What a fail is expected to cost, before how likely it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailCost {
    /// The penalty of one day.
    pub penalty_a_day: Amount,
    /// For so many business days.
    pub days: u32,
    /// Doing without the money meanwhile.
    pub funding: Amount,
}

impl FailCost {
    /// All of it.
    pub fn total(&self) -> Amount {
        let penalties = self.penalty_a_day.value().saturating_mul(Decimal::from(self.days));
        Amount::new(self.penalty_a_day.currency(), penalties.saturating_add(self.funding.value()))
    }

    /// As likely as it is.
    pub fn expected(&self, bp: u32) -> Amount {
        let total = self.total();
        let expected = total.value().saturating_mul(Decimal::new(i64::from(bp), 4)).round_dp(2);
        Amount::new(total.currency(), expected.normalize())
    }
}

/// What the trade is worth: net, gross, or quantity times price.
pub fn value_of(trade: &Trade) -> Option<Amount> {
    let terms = trade.terms()?;
    let instructed = trade.instructed.as_deref().and_then(|i| i.amount);
    instructed.or(terms.net).or(terms.gross).or_else(|| {
        let price = terms.price?;
        let whole = terms.quantity.value().checked_mul(price.value)?;
        let of_face = price.kind == PriceKind::Percentage;
        Some(Amount::new(terms.settles_in()?, if of_face { whole / Decimal::ONE_HUNDRED } else { whole }))
    })
}

/// What a fail of this trade would cost; `None` when it has no value.
pub fn of_fail(
    trade: &Trade,
    reason: Option<ReasonCode>,
    day: BusinessDate,
    prices: Prices<'_>,
) -> Option<FailCost> {
    let terms = trade.terms()?;
    let value = value_of(trade)?;
    let worth = value.value().abs();
    let missing = missing(terms, reason);
    let mut a_day = worth.saturating_mul(Decimal::new(i64::from(rate_on(missing, day, prices.rates)), 6));
    if missing == Missing::Cash {
        a_day = a_day.checked_div(Decimal::from(YEAR)).unwrap_or_default();
    }
    let days = DAYS.iter().find(|(code, _)| Some(*code) == reason).map_or(DAYS_USUALLY, |(_, days)| *days);
    let funding = match terms.side {
        Side::Sell => worth
            .saturating_mul(Decimal::new(i64::from(prices.funding_bp), 4))
            .saturating_mul(Decimal::from(days))
            .checked_div(Decimal::from(YEAR))
            .unwrap_or_default(),
        Side::Buy => Decimal::ZERO,
    };
    // Every single penalty is rounded up to cents.
    let up = |amount: Decimal| amount.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::AwayFromZero);
    let money = |amount: Decimal| Amount::new(value.currency(), up(amount).normalize());
    Some(FailCost { penalty_a_day: money(a_day), days, funding: money(funding) })
}

/// As far as the terms tell: shares count as liquid, debt as other debt. Both are the dearer guess.
fn missing(terms: &Terms, reason: Option<ReasonCode>) -> Missing {
    if reason == Some(ReasonCode::CashShort) {
        return Missing::Cash;
    }
    match AssetClass::of(terms) {
        AssetClass::Equity => Missing::LiquidShares,
        AssetClass::FixedIncome => Missing::OtherDebt,
    }
}

/// The latest rate that holds on that day.
fn rate_on(missing: Missing, day: BusinessDate, more: &[PenaltyRate]) -> u32 {
    let holds = |r: &&PenaltyRate| r.missing == missing && r.from.is_none_or(|from| from <= day);
    let latest = RATES.iter().chain(more).filter(holds).max_by_key(|r| r.from);
    latest.map_or(0, |r| r.hundredths_of_bp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_of_the_day_holds() {
        let day = |text: &str| text.parse::<BusinessDate>().expect("a day");
        let later =
            PenaltyRate { missing: Missing::PublicDebt, from: Some(day("2026-12-01")), hundredths_of_bp: 20 };
        assert_eq!(rate_on(Missing::PublicDebt, day("2026-11-30"), &[later]), 10);
        assert_eq!(rate_on(Missing::PublicDebt, day("2026-12-01"), &[later]), 20);
        assert_eq!(rate_on(Missing::OtherDebt, day("2026-12-01"), &[later]), 20);
    }

    #[test]
    fn the_annex_says_what_it_says() {
        // 1.00, 0.50, 0.25, 0.10, 0.20, 0.15 and 0.50 basis points.
        let rates: Vec<u32> = RATES.iter().map(|r| r.hundredths_of_bp).collect();
        assert_eq!(rates, [100, 50, 25, 10, 20, 15, 50, 0]);
    }
}
