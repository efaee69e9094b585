//! Which team an exception goes to: rules of the profile, the first that fits; else the reason's row.

use finality_parsers::model::{Amount, Bic, BusinessDate, Cause, Currency};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::cost;
use super::reason::ReasonCode;
use crate::lifecycle::trade::Trade;
use crate::matching::rules::AssetClass;

/// What an exception is about, as far as its trade tells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// The broker.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterparty: Option<Bic>,
    /// The country of the instrument.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market: Option<String>,
    /// In which money it settles.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// Shares or debt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub class: Option<AssetClass>,
    /// What it is worth.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<Amount>,
    /// When it is to settle.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settles: Option<BusinessDate>,
}

impl Subject {
    /// Of a trade.
    pub fn of(trade: &Trade) -> Self {
        let Some(terms) = trade.terms() else { return Self::default() };
        Self {
            counterparty: terms.broker,
            market: terms.instrument.isin.map(|isin| isin.country().to_owned()),
            currency: terms.settles_in(),
            class: Some(AssetClass::of(terms)),
            value: cost::value_of(trade),
            settles: trade.settlement_date(),
        }
    }
}

/// A rule: exceptions of which all that it names is true go to its team.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Routing {
    /// Its name, which the exception's history shows.
    pub name: String,
    /// To which team.
    pub team: String,
    /// For this reason only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonCode>,
    /// For this family of causes only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// For trades with this broker only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Bic>,
    /// For instruments of this country only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// For trades in this currency only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// For shares or debt only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_class: Option<AssetClass>,
    /// For trades worth at least that much, in their own currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<Decimal>,
}

impl Routing {
    fn fits(&self, reason: ReasonCode, about: &Subject) -> bool {
        let party =
            self.counterparty.is_none_or(|bic| about.counterparty.is_some_and(|b| b.same_office(&bic)));
        let worth = about.value.map(|value| value.value().abs());
        self.reason.is_none_or(|r| r == reason)
            && self.cause.is_none_or(|c| c == reason.row().cause)
            && party
            && self.market.as_ref().is_none_or(|m| about.market.as_ref() == Some(m))
            && self.currency.is_none_or(|c| about.currency == Some(c))
            && self.asset_class.is_none_or(|c| about.class == Some(c))
            && self.value_from.is_none_or(|from| worth.is_some_and(|w| w >= from))
    }
}

/// The first rule that fits.
pub fn route<'r>(rules: &'r [Routing], reason: ReasonCode, about: &Subject) -> Option<&'r Routing> {
    rules.iter().find(|rule| rule.fits(reason, about))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(name: &str) -> Routing {
        Routing {
            name: name.to_owned(),
            team: name.to_owned(),
            reason: None,
            cause: None,
            counterparty: None,
            market: None,
            currency: None,
            asset_class: None,
            value_from: None,
        }
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        let euros: Currency = "EUR".parse().expect("a currency");
        let rules = [
            Routing { reason: Some(ReasonCode::OnHold), ..rule("holds") },
            Routing { value_from: Some(Decimal::from(1_000_000)), ..rule("large") },
            Routing {
                market: Some("DE".to_owned()),
                asset_class: Some(AssetClass::Equity),
                ..rule("german shares")
            },
            Routing { counterparty: "BROKDEFF".parse().ok(), ..rule("house broker") },
            Routing { cause: Some(Cause::Communication), ..rule("lines") },
        ];
        let about = Subject {
            counterparty: "BROKDEFFXXX".parse().ok(),
            market: Some("FR".to_owned()),
            currency: Some(euros),
            class: Some(AssetClass::Equity),
            value: Some(Amount::new(euros, Decimal::from(500))),
            settles: None,
        };
        let to = |reason, about: &Subject| route(&rules, reason, about).map(|r| r.name.clone());
        assert_eq!(to(ReasonCode::OnHold, &about).as_deref(), Some("holds"));
        assert_eq!(to(ReasonCode::CashShort, &about).as_deref(), Some("house broker"));
        let large = Subject { value: Some(Amount::new(euros, Decimal::from(-1_000_000))), ..about.clone() };
        assert_eq!(to(ReasonCode::CashShort, &large).as_deref(), Some("large"));
        let german = Subject { market: Some("DE".to_owned()), ..about };
        assert_eq!(to(ReasonCode::CashShort, &german).as_deref(), Some("german shares"));
        assert_eq!(to(ReasonCode::LinkDown, &Subject::default()).as_deref(), Some("lines"));
        assert_eq!(to(ReasonCode::UnknownAccount, &Subject::default()), None);
    }
}
