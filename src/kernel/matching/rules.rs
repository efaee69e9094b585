//! Matching profiles: which tolerances hold between us and a counterparty, in a currency, for a kind of asset.
//!
//! The profile that names the counterparty goes before one that names a currency, and that before one that names an asset
//! class. What it says nothing of is as the general tolerances say.

use std::collections::BTreeMap;

use finality_parsers::model::{Bic, Currency, QuantityKind};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::field::Field;
use super::tolerance::Tolerance;
use crate::lifecycle::trade::Terms;
use crate::profile::Tolerances;

/// What kind of asset is traded, as far as the terms tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssetClass {
    /// Counted in units.
    Equity,
    /// Counted by face amount, or with accrued interest.
    FixedIncome,
}

impl AssetClass {
    /// Of a trade.
    pub fn of(terms: &Terms) -> Self {
        let by_face = terms.quantity.kind() != QuantityKind::Unit;
        if by_face || terms.accrued.is_some() { AssetClass::FixedIncome } else { AssetClass::Equity }
    }
}

/// A matching profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchingProfile {
    /// Its name.
    pub name: String,
    /// Its version: what was compared under which is kept with the comparison.
    #[serde(default = "first")]
    pub version: u32,
    /// For trades with this broker only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<Bic>,
    /// For trades in this currency only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// For this kind of asset only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_class: Option<AssetClass>,
    /// Its tolerances by field.
    #[serde(default)]
    pub fields: BTreeMap<Field, Tolerance>,
}

fn first() -> u32 {
    1
}

impl MatchingProfile {
    /// Whether it is for a trade.
    fn is_for(&self, terms: &Terms) -> bool {
        let broker = self.counterparty.is_none_or(|bic| terms.broker.is_some_and(|b| b.same_office(&bic)));
        let currency = self.currency.is_none_or(|of| terms.settles_in() == Some(of));
        broker && currency && self.asset_class.is_none_or(|of| AssetClass::of(terms) == of)
    }

    /// How near it is to the trade: counterparty before currency before asset class.
    fn rank(&self) -> (bool, bool, bool) {
        (self.counterparty.is_some(), self.currency.is_some(), self.asset_class.is_some())
    }

    /// What is wrong with it, in words.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        for (field, tolerance) in &self.fields {
            let row = field.row();
            if tolerance.is_loose() && !row.tolerates {
                problems.push(format!("{} takes no tolerance: it is exact, off or must_say", row.name));
            }
            if *tolerance == Tolerance::Off && row.identifies {
                problems.push(format!("{} is what a trade is told by: it is always compared", row.name));
            }
            let negative = match tolerance {
                Tolerance::Percent { percent, cap } => {
                    *percent < Decimal::ZERO || cap.is_some_and(|c| c < Decimal::ZERO)
                }
                Tolerance::Absolute { below, above } => *below < Decimal::ZERO || *above < Decimal::ZERO,
                Tolerance::Exact | Tolerance::Off | Tolerance::MustSay => false,
            };
            if negative {
                problems.push(format!("{}: a tolerance is not negative", row.name));
            }
        }
        problems
    }
}

/// The tolerances that hold for one trade.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'p> {
    profile: Option<&'p MatchingProfile>,
    general: &'p Tolerances,
}

impl<'p> Rules<'p> {
    /// Of the profiles, the one that is nearest to the trade; of two that are as near, the first by name.
    pub fn of(profiles: &'p [MatchingProfile], general: &'p Tolerances, terms: &Terms) -> Self {
        let fitting = profiles.iter().filter(|profile| profile.is_for(terms));
        let nearest = fitting.min_by_key(|p| (std::cmp::Reverse(p.rank()), p.name.as_str()));
        Self { profile: nearest, general }
    }

    /// `NAME 3`: the profile and its version; empty where none is for the trade.
    pub fn name(&self) -> String {
        self.profile.map(|p| format!("{} {}", p.name, p.version)).unwrap_or_default()
    }

    /// The tolerance of a field; `currency` is that of the amount.
    pub fn tolerance(&self, field: Field, currency: Option<Currency>) -> Tolerance {
        if let Some(tolerance) = self.profile.and_then(|profile| profile.fields.get(&field)) {
            return *tolerance;
        }
        let by_currency = || self.general.net_by_currency.iter().find(|(c, _)| Some(*c) == currency);
        match field {
            Field::Price => Tolerance::Percent {
                percent: self.general.price_fraction.saturating_mul(Decimal::ONE_HUNDRED),
                cap: None,
            },
            Field::Net => {
                Tolerance::absolute(by_currency().map_or(self.general.net_absolute, |(_, most)| *most))
            }
            Field::Accrued => Tolerance::absolute(self.general.accrued_absolute),
            Field::Gross | Field::Commission | Field::Fees => Tolerance::Off,
            _ => Tolerance::Exact,
        }
    }
}
