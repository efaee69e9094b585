//! Comparison: field by field, each with its tolerance, and what differs.

use finality_parsers::model::{Amount, Instrument, Price};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::field::FIELDS;
pub use super::field::Field;
use super::rules::Rules;
use super::tolerance::Tolerance;
use crate::lifecycle::trade::Terms;

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Which.
    pub field: Field,
    /// What the manager says.
    pub ours: String,
    /// What the broker says.
    pub theirs: String,
    /// What would have been let pass; empty for fields that must be equal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tolerance: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: allocation {}, confirmation {}", self.field, self.ours, self.theirs)?;
        if !self.tolerance.is_empty() {
            write!(f, " (tolerance {})", self.tolerance)?;
        }
        Ok(())
    }
}

/// What came of comparing a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Both say the same.
    Equal,
    /// They differ, but no more than is let pass.
    Within,
    /// They differ.
    Differs,
    /// One side does not say it.
    OneSided,
    /// It is not compared.
    Off,
}

/// One field, compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Which.
    pub field: Field,
    /// What the manager says; empty where nothing.
    pub ours: String,
    /// What the broker says; empty where nothing.
    pub theirs: String,
    /// Theirs less ours, for figures that can be compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<Decimal>,
    /// What is let pass; empty for fields that must be equal.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub tolerance: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// What differs; empty when both agree. A field that only one side gives does not differ, unless it must be said.
pub fn compare(ours: &Terms, theirs: &Terms, rules: Rules<'_>) -> Vec<Difference> {
    let differs = |c: &Compared| c.verdict == Verdict::Differs;
    side_by_side(ours, theirs, rules)
        .into_iter()
        .filter(differs)
        .map(|c| Difference { field: c.field, ours: c.ours, theirs: c.theirs, tolerance: c.tolerance })
        .collect()
}

/// Every field, side by side, with its verdict.
pub fn side_by_side(ours: &Terms, theirs: &Terms, rules: Rules<'_>) -> Vec<Compared> {
    FIELDS.iter().map(|row| one(row.field, &said(row.field, ours), &said(row.field, theirs), rules)).collect()
}

/// What one side says of a field.
enum Said<'t> {
    Nothing,
    /// To be compared as it is shown.
    Plain(String),
    /// A figure, and what must be equal for figures to be comparable: a currency, a kind.
    Figure(Decimal, String, Option<finality_parsers::model::Currency>),
    Instrument(&'t Instrument),
    Broker(finality_parsers::model::Bic),
}

fn said(field: Field, terms: &Terms) -> Said<'_> {
    let plain = |text: Option<String>| text.map_or(Said::Nothing, Said::Plain);
    let money = |amount: Option<Amount>| match amount {
        Some(a) => Said::Figure(a.value(), a.currency().to_string(), Some(a.currency())),
        None => Said::Nothing,
    };
    match field {
        Field::Side => Said::Plain(format!("{:?}", terms.side)),
        Field::Instrument => Said::Instrument(&terms.instrument),
        Field::Quantity => Said::Figure(terms.quantity.value(), format!("{:?}", terms.quantity.kind()), None),
        Field::Price => match terms.price {
            Some(Price { kind, value, currency }) => Said::Figure(value, format!("{kind:?}"), currency),
            None => Said::Nothing,
        },
        Field::Net => money(terms.net),
        Field::Accrued => money(terms.accrued),
        Field::Gross => money(terms.gross),
        Field::Commission => money(terms.commission),
        Field::Fees => money(terms.fees),
        Field::Currency => plain(terms.settles_in().map(|c| c.to_string())),
        Field::TradeDate => Said::Plain(terms.trade_date.to_string()),
        Field::SettlementDate => plain(terms.settlement_date.map(|d| d.to_string())),
        Field::Account => plain(terms.account.as_ref().map(ToString::to_string)),
        Field::Broker => terms.broker.map_or(Said::Nothing, Said::Broker),
        Field::Payment => plain(terms.payment.map(|p| format!("{p:?}"))),
    }
}

fn show(field: Field, said: &Said<'_>) -> String {
    match said {
        Said::Nothing => String::new(),
        Said::Plain(text) => text.clone(),
        Said::Figure(value, unit, _) if field == Field::Quantity || field == Field::Price => {
            format!("{} {unit}", value.normalize())
        }
        Said::Figure(value, unit, _) => format!("{value} {unit}"),
        Said::Instrument(i) => instrument(i),
        Said::Broker(bic) => bic.to_string(),
    }
}

fn one(field: Field, ours: &Said<'_>, theirs: &Said<'_>, rules: Rules<'_>) -> Compared {
    let currency = if let Said::Figure(_, _, currency) = ours { *currency } else { None };
    let tolerance = rules.tolerance(field, currency);
    let (mut difference, mut words) = (None, String::new());
    let equal = |same: bool| if same { Verdict::Equal } else { Verdict::Differs };
    let verdict = match (ours, theirs) {
        (Said::Nothing, Said::Nothing) if tolerance != Tolerance::MustSay => Verdict::OneSided,
        (Said::Nothing, _) | (_, Said::Nothing) if tolerance == Tolerance::MustSay => Verdict::Differs,
        (Said::Nothing, _) | (_, Said::Nothing) => Verdict::OneSided,
        (Said::Plain(a), Said::Plain(b)) => equal(a == b),
        (Said::Instrument(a), Said::Instrument(b)) => equal(same_instrument(a, b)),
        (Said::Broker(a), Said::Broker(b)) => equal(a.same_office(b)),
        (Said::Figure(a, unit, _), Said::Figure(b, other, _)) => {
            words = tolerance.words(*a);
            if unit == other {
                difference = b.checked_sub(*a);
                match (a == b, tolerance.lets_pass(*a, *b)) {
                    (true, _) => Verdict::Equal,
                    (false, true) => Verdict::Within,
                    (false, false) => Verdict::Differs,
                }
            } else {
                Verdict::Differs
            }
        }
        _ => Verdict::Differs,
    };
    let verdict = if tolerance == Tolerance::Off { Verdict::Off } else { verdict };
    Compared {
        field,
        ours: show(field, ours),
        theirs: show(field, theirs),
        difference,
        tolerance: words,
        verdict,
    }
}

fn same_instrument(a: &Instrument, b: &Instrument) -> bool {
    match (a.isin, b.isin) {
        (Some(a), Some(b)) => a == b,
        _ => a.other.iter().any(|x| b.other.contains(x)) || a.symbol.is_some() && a.symbol == b.symbol,
    }
}

fn instrument(i: &Instrument) -> String {
    i.isin
        .map(|isin| isin.to_string())
        .or_else(|| i.other.first().map(|o| format!("{} {}", o.scheme, o.value)))
        .or_else(|| i.symbol.clone())
        .unwrap_or_else(|| "?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::model::{Quantity, Side};
    use proptest::prelude::*;

    use crate::profile::Tolerances;

    fn terms() -> Terms {
        let eur = "EUR".parse().expect("a currency");
        Terms {
            side: Side::Buy,
            instrument: Instrument::of("DE0007164600".parse().expect("an ISIN")),
            quantity: Quantity::units(Decimal::from(1000)).expect("positive"),
            price: Some(Price::actual(eur, Decimal::new(10000, 2))),
            net: Some(Amount::new(eur, Decimal::from(100_050))),
            gross: None,
            accrued: None,
            commission: None,
            fees: None,
            currency: None,
            trade_date: "2026-11-24".parse().expect("a date"),
            settlement_date: Some("2026-11-26".parse().expect("a date")),
            account: Some("FUND1".parse().expect("an account")),
            broker: Some("DEUTDEFF".parse().expect("a BIC")),
            payment: None,
        }
    }

    fn rules(general: &Tolerances) -> Rules<'_> {
        Rules::of(&[], general, &terms())
    }

    fn fields(change: impl FnOnce(&mut Terms)) -> Vec<Field> {
        let mut theirs = terms();
        change(&mut theirs);
        compare(&terms(), &theirs, rules(&Tolerances::default())).into_iter().map(|d| d.field).collect()
    }

    #[test]
    fn each_field_is_named() {
        let eur = "EUR".parse().expect("a currency");
        assert_eq!(fields(|_| ()), []);
        assert_eq!(fields(|t| t.side = Side::Sell), [Field::Side]);
        assert_eq!(
            fields(|t| t.quantity = Quantity::units(Decimal::from(999)).expect("positive")),
            [Field::Quantity]
        );
        assert_eq!(fields(|t| t.price = Some(Price::actual(eur, Decimal::new(10001, 2)))), []);
        assert_eq!(fields(|t| t.price = Some(Price::actual(eur, Decimal::new(10002, 2)))), [Field::Price]);
        assert_eq!(fields(|t| t.net = Some(Amount::new(eur, Decimal::from(100_051)))), []);
        assert_eq!(fields(|t| t.net = Some(Amount::new(eur, Decimal::new(10_005_101, 2)))), [Field::Net]);
        assert_eq!(
            fields(|t| t.settlement_date = Some("2026-11-27".parse().expect("a date"))),
            [Field::SettlementDate]
        );
        assert_eq!(fields(|t| t.settlement_date = None), []);
        assert_eq!(fields(|t| t.broker = Some("DEUTDEFFXXX".parse().expect("a BIC"))), []);
        assert_eq!(fields(|t| t.broker = Some("CHASUS33".parse().expect("a BIC"))), [Field::Broker]);
        assert_eq!(fields(|t| t.account = Some("FUND2".parse().expect("an account"))), [Field::Account]);
    }

    proptest! {
        #[test]
        fn money_tolerance_is_symmetric(a in 0i64..1_000_000, b in 0i64..1_000_000) {
            let eur = "EUR".parse().expect("a currency");
            let (mut x, mut y) = (terms(), terms());
            x.net = Some(Amount::new(eur, Decimal::new(a, 2)));
            y.net = Some(Amount::new(eur, Decimal::new(b, 2)));
            let forth = compare(&x, &y, rules(&Tolerances::default())).len();
            let back = compare(&y, &x, rules(&Tolerances::default())).len();
            prop_assert_eq!(forth, back);
            prop_assert_eq!(forth == 0, (a - b).abs() <= 100);
        }
    }
}
