//! Comparison: field by field, each with its tolerance, and what differs.

use finality_parsers::model::{Amount, Instrument, Price};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::lifecycle::trade::Terms;
use crate::profile::Tolerances;

/// A field that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Buy or sell.
    Side,
    /// The instrument.
    Instrument,
    /// The quantity.
    Quantity,
    /// The price.
    Price,
    /// Net money.
    Net,
    /// Accrued interest.
    Accrued,
    /// The currency.
    Currency,
    /// The trade date.
    TradeDate,
    /// The settlement date.
    SettlementDate,
    /// The account.
    Account,
    /// The broker.
    Broker,
    /// Against payment or free.
    Payment,
}

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

/// What differs; empty when both agree. A field that only one side gives is not compared.
pub fn compare(ours: &Terms, theirs: &Terms, tolerances: &Tolerances) -> Vec<Difference> {
    let mut list = Differences::default();
    list.equal(Field::Side, format!("{:?}", ours.side), format!("{:?}", theirs.side));
    if !same_instrument(&ours.instrument, &theirs.instrument) {
        list.add(
            Field::Instrument,
            instrument(&ours.instrument),
            instrument(&theirs.instrument),
            String::new(),
        );
    }
    if ours.quantity.kind() != theirs.quantity.kind() || ours.quantity.value() != theirs.quantity.value() {
        let show = |t: &Terms| format!("{} {:?}", t.quantity.value().normalize(), t.quantity.kind());
        list.add(Field::Quantity, show(ours), show(theirs), String::new());
    }
    list.price(ours.price, theirs.price, tolerances);
    list.amount(Field::Net, ours.net, theirs.net, |a| {
        let by_currency = tolerances.net_by_currency.iter().find(|(c, _)| *c == a.currency());
        by_currency.map_or(tolerances.net_absolute, |(_, t)| *t)
    });
    list.amount(Field::Accrued, ours.accrued, theirs.accrued, |_| tolerances.accrued_absolute);
    list.optional(Field::Currency, currency(ours), currency(theirs));
    list.equal(Field::TradeDate, ours.trade_date.to_string(), theirs.trade_date.to_string());
    list.optional(
        Field::SettlementDate,
        ours.settlement_date.map(|d| d.to_string()),
        theirs.settlement_date.map(|d| d.to_string()),
    );
    list.optional(
        Field::Account,
        ours.account.as_ref().map(ToString::to_string),
        theirs.account.as_ref().map(ToString::to_string),
    );
    if let (Some(a), Some(b)) = (ours.broker, theirs.broker)
        && !a.same_office(&b)
    {
        list.add(Field::Broker, a.to_string(), b.to_string(), String::new());
    }
    list.optional(
        Field::Payment,
        ours.payment.map(|p| format!("{p:?}")),
        theirs.payment.map(|p| format!("{p:?}")),
    );
    list.0
}

#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn add(&mut self, field: Field, ours: String, theirs: String, tolerance: String) {
        self.0.push(Difference { field, ours, theirs, tolerance });
    }

    fn equal(&mut self, field: Field, ours: String, theirs: String) {
        if ours != theirs {
            self.add(field, ours, theirs, String::new());
        }
    }

    fn optional(&mut self, field: Field, ours: Option<String>, theirs: Option<String>) {
        if let (Some(ours), Some(theirs)) = (ours, theirs) {
            self.equal(field, ours, theirs);
        }
    }

    fn price(&mut self, ours: Option<Price>, theirs: Option<Price>, tolerances: &Tolerances) {
        let (Some(ours), Some(theirs)) = (ours, theirs) else { return };
        let allowed = (ours.value.abs()).checked_mul(tolerances.price_fraction).unwrap_or(Decimal::ZERO);
        if ours.kind != theirs.kind || !within(ours.value, theirs.value, allowed) {
            let show = |p: Price| format!("{} {:?}", p.value.normalize(), p.kind);
            self.add(Field::Price, show(ours), show(theirs), allowed.normalize().to_string());
        }
    }

    fn amount(
        &mut self,
        field: Field,
        ours: Option<Amount>,
        theirs: Option<Amount>,
        allowed: impl Fn(&Amount) -> Decimal,
    ) {
        let (Some(ours), Some(theirs)) = (ours, theirs) else { return };
        let allowed = allowed(&ours);
        if ours.currency() != theirs.currency() || !within(ours.value(), theirs.value(), allowed) {
            self.add(field, ours.to_string(), theirs.to_string(), allowed.normalize().to_string());
        }
    }
}

fn within(a: Decimal, b: Decimal, allowed: Decimal) -> bool {
    a.checked_sub(b).is_some_and(|d| d.abs() <= allowed)
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

fn currency(terms: &Terms) -> Option<String> {
    terms
        .net
        .map(|n| n.currency())
        .or(terms.gross.map(|g| g.currency()))
        .or(terms.currency)
        .map(|c| c.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::model::{Quantity, Side};
    use proptest::prelude::*;

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
            currency: None,
            trade_date: "2026-11-24".parse().expect("a date"),
            settlement_date: Some("2026-11-26".parse().expect("a date")),
            account: Some("FUND1".parse().expect("an account")),
            broker: Some("DEUTDEFF".parse().expect("a BIC")),
            payment: None,
        }
    }

    fn fields(change: impl FnOnce(&mut Terms)) -> Vec<Field> {
        let mut theirs = terms();
        change(&mut theirs);
        compare(&terms(), &theirs, &Tolerances::default()).into_iter().map(|d| d.field).collect()
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
            let forth = compare(&x, &y, &Tolerances::default()).len();
            let back = compare(&y, &x, &Tolerances::default()).len();
            prop_assert_eq!(forth, back);
            prop_assert_eq!(forth == 0, (a - b).abs() <= 100);
        }
    }
}
