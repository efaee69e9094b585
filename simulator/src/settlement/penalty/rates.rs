//! The rates, by what is missing and from which day on, and to which class a line belongs.

use finality_parsers::model::{BusinessDate, Currency};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What is missing: each class has a rate of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Shares with a liquid market.
    LiquidShares,
    /// Other shares.
    IlliquidShares,
    /// Instruments traded on a growth market for small companies, debt aside.
    GrowthMarket,
    /// Debt of states, their parts, central banks, development banks and the stability funds.
    PublicDebt,
    /// Other debt.
    OtherDebt,
    /// Debt traded on a growth market.
    GrowthMarketDebt,
    /// Funds and everything else.
    Other,
}

impl Class {
    /// In words, for the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::LiquidShares => "shares with a liquid market",
            Self::IlliquidShares => "shares without a liquid market",
            Self::GrowthMarket => "traded on an SME growth market, debt aside",
            Self::PublicDebt => {
                "debt of sovereign and public issuers, central banks, development banks, EFSF and ESM"
            }
            Self::OtherDebt => "other debt",
            Self::GrowthMarketDebt => "debt traded on an SME growth market",
            Self::Other => "all other: exchange-traded funds, funds and so on",
        }
    }
}

/// What kind of security a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// A share, with what the transparency list says of its liquidity; not listed there is not liquid.
    Share {
        /// As listed.
        liquid: Option<bool>,
    },
    /// Debt of a sovereign or another public issuer.
    PublicDebt,
    /// Other debt.
    Debt,
    /// Anything else.
    Other,
}

impl Security {
    /// Its class in a trade made on a growth market or elsewhere. Public debt stays public debt wherever it is traded.
    pub fn class(self, growth_market: bool) -> Class {
        match (self, growth_market) {
            (Self::PublicDebt, _) => Class::PublicDebt,
            (Self::Debt, true) => Class::GrowthMarketDebt,
            (Self::Debt, false) => Class::OtherDebt,
            (Self::Share { .. } | Self::Other, true) => Class::GrowthMarket,
            (Self::Share { liquid: Some(true) }, false) => Class::LiquidShares,
            (Self::Share { .. }, false) => Class::IlliquidShares,
            (Self::Other, false) => Class::Other,
        }
    }
}

/// Whether the rate of a growth market applies: both sides name the same place of trade, and it is one.
pub fn on_growth_market(deliverer: Option<&str>, receiver: Option<&str>, growth_markets: &[&str]) -> bool {
    deliverer.is_some_and(|mic| receiver == Some(mic) && growth_markets.contains(&mic))
}

/// The rate of a class from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecuritiesRate {
    /// Of what.
    pub class: Class,
    /// From this day on; always, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// In basis points of the value, for a business day.
    pub basis_points: Decimal,
}

/// What overnight credit costs at the bank that issues a currency, from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CashRate {
    /// Of which currency.
    pub currency: Currency,
    /// From this day on; always, when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// In per cent, for a year of 360 days. Below zero counts as zero.
    pub percent: Decimal,
}

/// All rates. Rows may stand in any order: of those that apply on a day the latest holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RateTable {
    /// For securities that were not delivered.
    pub securities: Vec<SecuritiesRate>,
    /// For cash that was not paid.
    pub cash: Vec<CashRate>,
}

/// The annex of Delegated Regulation 2017/389, in hundredths of a basis point.
pub const ANNEX: [(Class, i64); 7] = [
    (Class::LiquidShares, 100),
    (Class::IlliquidShares, 50),
    (Class::GrowthMarket, 25),
    (Class::PublicDebt, 10),
    (Class::OtherDebt, 20),
    (Class::GrowthMarketDebt, 15),
    (Class::Other, 50),
];

/// The marginal lending facility of the euro, in hundredths of a per cent: an assumption of ours for runs, to be replaced in use.
pub const EURO_PERCENT_HUNDREDTHS: i64 = 240;

/// Of dated rows that apply on a day the latest; one without a date always applies.
pub(crate) fn latest<'r, R>(
    rows: impl Iterator<Item = &'r R>,
    from: impl Fn(&R) -> Option<BusinessDate>,
    day: BusinessDate,
) -> Option<&'r R> {
    rows.filter(|row| from(row).is_none_or(|from| from <= day)).max_by_key(|row| from(row))
}

impl Default for RateTable {
    fn default() -> Self {
        let row = |(class, hundredths)| SecuritiesRate {
            class,
            from: None,
            basis_points: Decimal::new(hundredths, 2),
        };
        let euro = CashRate {
            currency: "EUR".parse().expect("a currency"),
            from: None,
            percent: Decimal::new(EURO_PERCENT_HUNDREDTHS, 2),
        };
        Self { securities: ANNEX.map(row).to_vec(), cash: vec![euro] }
    }
}

impl RateTable {
    /// The rate of a class on a day, as a factor of the value.
    pub fn securities(&self, class: Class, day: BusinessDate) -> Option<Decimal> {
        let rows = self.securities.iter().filter(|r| r.class == class);
        latest(rows, |r| r.from, day)?.basis_points.checked_mul(Decimal::new(1, 4))
    }

    /// The rate of a currency on a day, as a factor for one day: a 360th part, ten decimals, half up.
    pub fn cash(&self, currency: Currency, day: BusinessDate) -> Option<Decimal> {
        let rows = self.cash.iter().filter(|r| r.currency == currency);
        let yearly = latest(rows, |r| r.from, day)?.percent.max(Decimal::ZERO);
        let daily = yearly.checked_div(Decimal::from(36_000))?;
        Some(daily.round_dp_with_strategy(10, rust_decimal::RoundingStrategy::MidpointAwayFromZero))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BusinessDate {
        text.parse().expect("a date")
    }

    #[test]
    fn the_latest_row_that_applies_holds() {
        let text = "[[securities]]\nclass = 'public_debt'\nfrom = '2027-01-04'\nbasis_points = '0.20'\n\
                    [[securities]]\nclass = 'public_debt'\nbasis_points = '0.10'\n\
                    [[cash]]\ncurrency = 'EUR'\npercent = '-0.40'\n";
        let table: RateTable = toml::from_str(text).expect("a table");
        assert_eq!(table.securities(Class::PublicDebt, day("2027-01-01")), Some(Decimal::new(10, 6)));
        assert_eq!(table.securities(Class::PublicDebt, day("2027-01-04")), Some(Decimal::new(20, 6)));
        assert_eq!(table.securities(Class::OtherDebt, day("2027-01-04")), None);
        let euro = "EUR".parse().expect("a currency");
        assert_eq!(table.cash(euro, day("2027-01-04")), Some(Decimal::ZERO), "never below zero");
    }

    #[test]
    fn a_share_counts_as_liquid_only_where_the_list_says_so() {
        assert_eq!(Security::Share { liquid: None }.class(false), Class::IlliquidShares);
        assert_eq!(Security::Share { liquid: Some(true) }.class(false), Class::LiquidShares);
        assert_eq!(Security::Share { liquid: Some(true) }.class(true), Class::GrowthMarket);
        assert_eq!(Security::Debt.class(true), Class::GrowthMarketDebt);
    }

    #[test]
    fn a_growth_market_must_be_named_by_both() {
        let markets = ["XGRM"];
        assert!(on_growth_market(Some("XGRM"), Some("XGRM"), &markets));
        assert!(!on_growth_market(Some("XGRM"), None, &markets));
        assert!(!on_growth_market(None, None, &markets));
        assert!(!on_growth_market(Some("XETR"), Some("XETR"), &markets));
    }
}
