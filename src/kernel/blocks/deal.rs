//! What was dealt of an order, told by executions and captured trades, each of which may be corrected or taken back. What takes
//! something back may come before what it takes back.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::model::{
    Amount, Bic, BusinessDate, CaptureFunction, ExecutionKind, ExecutionReport, Instrument, Price, PriceKind,
    QuantityKind, Reference, Side, TradeCapture,
};
use rust_decimal::Decimal;
use serde::Serialize;

/// One deal as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Fill {
    quantity: Decimal,
    price: Option<Price>,
}

/// Deals of one source, added up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Fills {
    known: BTreeMap<Reference, Fill>,
    /// Taken back, or corrected by another.
    gone: BTreeSet<Reference>,
    count: usize,
    quantity: Decimal,
    /// Quantity times price, by what the price is expressed in.
    value: BTreeMap<PriceKind, (Decimal, Decimal)>,
}

impl Fills {
    fn add(&mut self, id: &Reference, fill: Fill) {
        if self.known.contains_key(id) {
            return;
        }
        if !self.gone.contains(id) {
            self.count(&fill, true);
        }
        self.known.insert(id.clone(), fill);
    }

    fn remove(&mut self, id: &Reference) {
        if self.gone.insert(id.clone())
            && let Some(fill) = self.known.get(id).cloned()
        {
            self.count(&fill, false);
        }
    }

    fn count(&mut self, fill: &Fill, comes: bool) {
        let sign = if comes { Decimal::ONE } else { Decimal::NEGATIVE_ONE };
        self.count = if comes { self.count + 1 } else { self.count.saturating_sub(1) };
        self.quantity = self.quantity.saturating_add(sign.saturating_mul(fill.quantity));
        let Some(price) = fill.price else { return };
        let (quantity, value) = self.value.entry(price.kind).or_default();
        *quantity = quantity.saturating_add(sign.saturating_mul(fill.quantity));
        *value = value.saturating_add(sign.saturating_mul(fill.quantity.saturating_mul(price.value)));
    }

    /// At which price on average, where all deals say theirs in the same way.
    fn average(&self) -> Option<(PriceKind, Decimal)> {
        let (kind, (quantity, value)) = self.value.iter().find(|(_, (quantity, _))| !quantity.is_zero())?;
        (*quantity == self.quantity).then(|| value.checked_div(*quantity)).flatten().map(|p| (*kind, p))
    }
}

/// An order's deals, as one line tells them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// Under which names the order is known.
    pub names: BTreeSet<Reference>,
    /// The broker whose line told it, where the line is a broker's.
    pub broker: Option<Bic>,
    /// Buy or sell.
    pub side: Side,
    /// What.
    pub instrument: Instrument,
    /// What is counted.
    pub kind: QuantityKind,
    /// On which day, where it is said.
    pub day: Option<BusinessDate>,
    /// Whether a report said that nothing more is to come.
    pub finished: bool,
    executions: Fills,
    captures: Fills,
}

/// What was dealt in all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Dealt {
    /// How many deals.
    pub count: usize,
    /// How much.
    pub quantity: Decimal,
    /// At which average price, where it can be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub average: Option<Decimal>,
    /// How the price is expressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expressed: Option<PriceKind>,
}

impl Deal {
    /// Of a first report.
    pub(super) fn of_execution(e: &ExecutionReport) -> Self {
        Self::new(e.side, &e.instrument, e.cumulative.kind(), e.trade_date)
    }

    /// Of a first captured trade.
    pub(super) fn of_capture(c: &TradeCapture, side: Side) -> Self {
        Self::new(side, &c.instrument, c.quantity.kind(), Some(c.trade_date))
    }

    fn new(side: Side, instrument: &Instrument, kind: QuantityKind, day: Option<BusinessDate>) -> Self {
        Self {
            names: BTreeSet::new(),
            broker: None,
            side,
            instrument: instrument.clone(),
            kind,
            day,
            finished: false,
            executions: Fills::default(),
            captures: Fills::default(),
        }
    }

    /// A report counts.
    pub(super) fn executed(&mut self, e: &ExecutionReport) {
        let ended = matches!(e.kind, ExecutionKind::DoneForDay | ExecutionKind::Calculated);
        let dealt = matches!(e.kind, ExecutionKind::Trade | ExecutionKind::Correction);
        self.finished |= ended || dealt && e.leaves.value().is_zero();
        match e.kind {
            ExecutionKind::Trade | ExecutionKind::Correction => {
                if let Some(earlier) = &e.earlier {
                    self.executions.remove(earlier);
                }
                if let Some(last) = e.last {
                    let price = e.last_price.or(e.average);
                    self.executions.add(&e.id, Fill { quantity: last.value(), price });
                }
            }
            ExecutionKind::Cancellation => {
                if let Some(earlier) = &e.earlier {
                    self.executions.remove(earlier);
                }
            }
            _ => {}
        }
    }

    /// A captured trade counts.
    pub(super) fn captured(&mut self, c: &TradeCapture) {
        let earlier = c.earlier.as_ref().unwrap_or(&c.id);
        match c.function {
            CaptureFunction::Cancel => self.captures.remove(earlier),
            CaptureFunction::Replace => {
                self.captures.remove(earlier);
                self.captures.add(&c.id, Fill { quantity: c.quantity.value(), price: Some(c.price) });
            }
            _ => self.captures.add(&c.id, Fill { quantity: c.quantity.value(), price: Some(c.price) }),
        }
    }

    /// What was dealt. The executions say it where there are any: a captured trade tells the same once more.
    pub fn dealt(&self) -> Dealt {
        let fills = if self.executions.known.is_empty() { &self.captures } else { &self.executions };
        let average = fills.average();
        Dealt {
            count: fills.count,
            quantity: fills.quantity,
            average: average.map(|(_, price)| price.round_dp(8).normalize()),
            expressed: average.map(|(kind, _)| kind),
        }
    }
}

impl Dealt {
    /// Several orders together.
    pub(super) fn sum(all: impl Iterator<Item = Dealt>) -> Self {
        let mut sum = Dealt::default();
        let mut value = Some(Decimal::ZERO);
        let mut expressed: Option<PriceKind> = None;
        for dealt in all.filter(|d| d.count > 0) {
            sum.count += dealt.count;
            sum.quantity = sum.quantity.saturating_add(dealt.quantity);
            let same = expressed.is_none() || dealt.expressed == expressed;
            expressed = dealt.expressed;
            let more = dealt.average.filter(|_| same).and_then(|a| a.checked_mul(dealt.quantity));
            value = value.zip(more).and_then(|(value, more)| value.checked_add(more));
        }
        if sum.count > 0 {
            sum.average = value.and_then(|v| v.checked_div(sum.quantity)).map(|p| p.round_dp(8).normalize());
            sum.expressed = expressed.filter(|_| sum.average.is_some());
        }
        sum
    }

    /// The value, where it can be said, in money.
    pub fn value(&self, currency: finality_parsers::model::Currency) -> Option<Amount> {
        let average = self.average.filter(|_| self.expressed == Some(PriceKind::Actual))?;
        Some(Amount::new(currency, average.checked_mul(self.quantity)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(text: &str) -> Reference {
        text.parse().expect("a reference")
    }

    fn fill(quantity: i64, price: i64) -> Fill {
        let price = Price { kind: PriceKind::Actual, value: Decimal::from(price), currency: None };
        Fill { quantity: Decimal::from(quantity), price: Some(price) }
    }

    #[test]
    fn what_is_taken_back_does_not_count_whichever_comes_first() {
        for late in [false, true] {
            let mut fills = Fills::default();
            if !late {
                fills.remove(&reference("E1"));
            }
            fills.add(&reference("E1"), fill(400, 100));
            fills.add(&reference("E2"), fill(600, 110));
            fills.add(&reference("E3"), fill(400, 120));
            fills.remove(&reference("E1"));
            fills.remove(&reference("E1"));
            assert_eq!((fills.count, fills.quantity), (2, Decimal::from(1000)), "late {late}");
            assert_eq!(fills.average(), Some((PriceKind::Actual, Decimal::from(114))));
        }
    }
}
