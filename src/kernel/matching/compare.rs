//! Comparison: field by field, each with its tolerance, and what differs.

use finality_parsers::model::{
    Account, Amount, Bic, BusinessDate, Currency, Instrument, Payment, PriceKind, QuantityKind, Side,
};
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
    compare_only(|_| true, ours, theirs, || rules)
}

/// The same of some fields. Which rules hold is asked for the first field of which both do not say the same: most trades
/// have none.
pub(crate) fn compare_only<'p>(
    which: impl Fn(Field) -> bool,
    ours: &Terms,
    theirs: &Terms,
    rules: impl Fn() -> Rules<'p>,
) -> Vec<Difference> {
    let mut known = None;
    let mut differences = Vec::new();
    for field in FIELDS.iter().map(|row| row.field).filter(|field| which(*field)) {
        let (ours, theirs) = (said(field, ours), said(field, theirs));
        if ours.is_the_same_as(&theirs) {
            continue;
        }
        let rules = *known.get_or_insert_with(&rules);
        let judged = judge(field, &ours, &theirs, rules);
        if judged.verdict == Verdict::Differs {
            let tolerance = judged.words(&ours, &theirs);
            let (ours, theirs) = (ours.shown(), theirs.shown());
            differences.push(Difference { field, ours, theirs, tolerance });
        }
    }
    differences
}

/// Every field, side by side, with its verdict.
pub fn side_by_side(ours: &Terms, theirs: &Terms, rules: Rules<'_>) -> Vec<Compared> {
    let one = |field| {
        let (ours, theirs) = (said(field, ours), said(field, theirs));
        let judged = judge(field, &ours, &theirs, rules);
        let difference = match (&ours, &theirs) {
            (Said::Figure(a, unit), Said::Figure(b, other)) if unit == other => b.checked_sub(*a),
            _ => None,
        };
        let (tolerance, verdict) = (judged.words(&ours, &theirs), judged.verdict);
        Compared { field, ours: ours.shown(), theirs: theirs.shown(), difference, tolerance, verdict }
    };
    FIELDS.iter().map(|row| one(row.field)).collect()
}

/// What one side says of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said<'t> {
    Nothing,
    Side(Side),
    Day(BusinessDate),
    Currency(Currency),
    Account(&'t Account),
    Payment(Payment),
    Instrument(&'t Instrument),
    Broker(Bic),
    /// Comparable with a figure of the same unit.
    Figure(Decimal, Unit),
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Money(Currency),
    Quantity(QuantityKind),
    Price(PriceKind),
}

fn said(field: Field, terms: &Terms) -> Said<'_> {
    let money = |amount: Option<Amount>| {
        amount.map_or(Said::Nothing, |a| Said::Figure(a.value(), Unit::Money(a.currency())))
    };
    match field {
        Field::Side => Said::Side(terms.side),
        Field::Instrument => Said::Instrument(&terms.instrument),
        Field::Quantity => Said::Figure(terms.quantity.value(), Unit::Quantity(terms.quantity.kind())),
        Field::Price => terms.price.map_or(Said::Nothing, |p| Said::Figure(p.value, Unit::Price(p.kind))),
        Field::Net => money(terms.net),
        Field::Accrued => money(terms.accrued),
        Field::Gross => money(terms.gross),
        Field::Commission => money(terms.commission),
        Field::Fees => money(terms.fees),
        Field::Currency => terms.settles_in().map_or(Said::Nothing, Said::Currency),
        Field::TradeDate => Said::Day(terms.trade_date),
        Field::SettlementDate => terms.settlement_date.map_or(Said::Nothing, Said::Day),
        Field::Account => terms.account.as_ref().map_or(Said::Nothing, Said::Account),
        Field::Broker => terms.broker.map_or(Said::Nothing, Said::Broker),
        Field::Payment => terms.payment.map_or(Said::Nothing, Said::Payment),
    }
}

impl Said<'_> {
    /// Whether both say something, and it is the same: then no rule makes a difference of it.
    fn is_the_same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Said::Nothing, _) | (_, Said::Nothing) => false,
            (Said::Instrument(a), Said::Instrument(b)) => same_instrument(a, b),
            (Said::Broker(a), Said::Broker(b)) => a.same_office(b),
            (Said::Figure(a, unit), Said::Figure(b, other)) => unit == other && same_figure(*a, *b),
            (a, b) => a == b,
        }
    }

    fn shown(&self) -> String {
        match self {
            Said::Nothing => String::new(),
            Said::Side(side) => format!("{side:?}"),
            Said::Day(day) => day.to_string(),
            Said::Currency(currency) => currency.to_string(),
            Said::Account(account) => account.to_string(),
            Said::Payment(payment) => format!("{payment:?}"),
            Said::Instrument(i) => instrument(i),
            Said::Broker(bic) => bic.to_string(),
            Said::Figure(value, Unit::Money(currency)) => format!("{value} {currency}"),
            Said::Figure(value, Unit::Quantity(kind)) => format!("{} {kind:?}", value.normalize()),
            Said::Figure(value, Unit::Price(kind)) => format!("{} {kind:?}", value.normalize()),
        }
    }
}

/// What came of comparing one field.
struct Judged {
    verdict: Verdict,
    tolerance: Tolerance,
}

impl Judged {
    /// What is let pass; empty where they must be equal.
    fn words(&self, ours: &Said<'_>, theirs: &Said<'_>) -> String {
        match (ours, theirs) {
            (Said::Figure(ours, _), Said::Figure(..)) => self.tolerance.words(*ours),
            _ => String::new(),
        }
    }
}

/// Most figures that are the same are written the same, and that is seen at once.
fn same_figure(a: Decimal, b: Decimal) -> bool {
    (a.scale() == b.scale() && a.mantissa() == b.mantissa()) || a == b
}

fn judge(field: Field, ours: &Said<'_>, theirs: &Said<'_>, rules: Rules<'_>) -> Judged {
    let currency = match ours {
        Said::Figure(_, Unit::Money(currency)) => Some(*currency),
        _ => None,
    };
    let tolerance = rules.tolerance(field, currency);
    let equal = |same: bool| if same { Verdict::Equal } else { Verdict::Differs };
    let verdict = match (ours, theirs) {
        (Said::Nothing, _) | (_, Said::Nothing) if tolerance == Tolerance::MustSay => Verdict::Differs,
        (Said::Nothing, _) | (_, Said::Nothing) => Verdict::OneSided,
        (Said::Figure(a, unit), Said::Figure(b, other)) if unit == other && a != b => {
            if tolerance.lets_pass(*a, *b) { Verdict::Within } else { Verdict::Differs }
        }
        (a, b) => equal(a.is_the_same_as(b)),
    };
    let verdict = if tolerance == Tolerance::Off { Verdict::Off } else { verdict };
    Judged { verdict, tolerance }
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
    use finality_parsers::model::{Price, Quantity};
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
