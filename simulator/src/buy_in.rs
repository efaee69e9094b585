//! Buy-in as a policy of a scenario: who has waited for its securities for so many business days after the date buys them elsewhere, and who
//! failed to deliver pays what they cost more. With a clearing house it does not buy, but goes first when something comes in.

use finality_parsers::model::{BusinessDate, Calendar};
use serde::{Deserialize, Serialize};

use crate::population::class::Class;
use crate::settlement::rules::business_days_before;

/// The policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BuyIn {
    /// Whether there is one.
    pub on: bool,
    /// After how many business days, by class.
    pub extension: Vec<Extension>,
    /// What replacements cost, in per cent of the line's price.
    pub price_percent: u32,
}

/// How long a class is waited for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// Which class.
    pub class: Class,
    /// So many business days after the date.
    pub business_days: u32,
}

impl Default for BuyIn {
    fn default() -> Self {
        let extension = |class: Class| {
            let business_days = if class == Class::Equity { 4 } else { 7 };
            Extension { class, business_days }
        };
        Self { on: false, extension: Class::ALL.map(extension).to_vec(), price_percent: 102 }
    }
}

impl BuyIn {
    /// The last date whose fails are bought in on a day; nothing where none are.
    pub fn until(&self, class: Class, calendar: &Calendar, day: BusinessDate) -> Option<BusinessDate> {
        let extension = self.extension.iter().find(|extension| extension.class == class);
        let days = extension.filter(|_| self.on)?.business_days;
        Some(business_days_before(calendar, day, days))
    }

    /// What who failed pays: what the replacement costs more than was agreed for it.
    pub fn difference(&self, quantity: i64, price_cents: i64, agreed_cents: i64) -> i64 {
        let cost = i128::from(quantity) * i128::from(price_cents) * i128::from(self.price_percent) / 100;
        i64::try_from((cost - i128::from(agreed_cents)).max(0)).unwrap_or(i64::MAX)
    }

    /// What makes no sense.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        let all = &self.extension;
        let twice = (0..all.len()).any(|n| all[..n].iter().any(|other| other.class == all[n].class));
        if twice || all.iter().any(|one| one.business_days == 0 || one.business_days > 250) {
            return Some(("buy_in.extension", "each class once, and 1 to 250 business_days"));
        }
        (!(1..=1_000).contains(&self.price_percent))
            .then_some(("buy_in.price_percent", "it must be 1 to 1,000"))
    }
}

#[cfg(test)]
mod tests {
    use finality_parsers::model::Market;

    use super::*;

    #[test]
    fn extensions_are_business_days_and_the_difference_is_never_a_gift() {
        let buy_in = BuyIn { on: true, ..BuyIn::default() };
        let day: BusinessDate = "2026-12-01".parse().expect("a date");
        let until = |class| buy_in.until(class, &Calendar::of(Market::Target), day).map(|d| d.to_string());
        assert_eq!(
            until(Class::Equity).as_deref(),
            Some("2026-11-25"),
            "Tuesday: Monday, Friday, Thursday, Wednesday"
        );
        assert_eq!(until(Class::CorporateBond).as_deref(), Some("2026-11-20"));
        assert_eq!(BuyIn::default().until(Class::Equity, &Calendar::of(Market::Target), day), None, "off");
        assert_eq!(buy_in.difference(100, 1_000, 100_000), 2_000);
        assert_eq!(buy_in.difference(100, 1_000, 110_000), 0);
        assert_eq!(buy_in.problem(), None);
    }
}
