//! The broker's report of a block (all shares in one message) beside what was allocated and dealt: its shares are added up when it
//! comes, and compared as a whole whenever something changes in the block.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::model::{AllocationInstruction, Amount, PriceKind, Reference};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::block::{About, Block, Finding};
use super::state::{Blocks, Message, TOGETHER_MAX};
use super::weigh::Whole;
use crate::matching::field::Field;
use crate::matching::rules::Rules;

/// What a report says of a block, added up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The report.
    pub id: Reference,
    /// By which link it came.
    pub link: String,
    /// The allocation message that it is about.
    pub message: Reference,
    /// How much its shares come to.
    pub quantity: Decimal,
    /// What they cost, quantity times price, where all say their price in one way.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<(PriceKind, Decimal)>,
    /// Their net money, where all say it in one currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Amount>,
}

impl Reported {
    /// Adds up the shares of a report.
    pub fn of(id: &Reference, link: &str, block: &AllocationInstruction) -> Self {
        let shares = &block.allocations;
        let sum = |all: &mut dyn Iterator<Item = Decimal>| all.fold(Decimal::ZERO, Decimal::saturating_add);
        let prices: Option<Vec<_>> =
            shares.iter().map(|s| Some((s.price.or(block.price)?, s.quantity.value()))).collect();
        let prices = prices.filter(|prices| prices.windows(2).all(|two| two[0].0.kind == two[1].0.kind));
        let value = prices.and_then(|prices| {
            let kind = prices.first()?.0.kind;
            let mut costs = prices.iter().map(|(price, quantity)| price.value.saturating_mul(*quantity));
            Some((kind, sum(&mut costs)))
        });
        let nets: Option<Vec<Amount>> = shares.iter().map(|s| s.net).collect();
        let nets = nets.filter(|nets| nets.windows(2).all(|two| two[0].currency() == two[1].currency()));
        let net = nets.and_then(|nets| {
            let currency = nets.first()?.currency();
            Some(Amount::new(currency, sum(&mut nets.iter().map(|net| net.value()))))
        });
        Self {
            id: id.clone(),
            link: link.to_owned(),
            message: block.id.clone(),
            quantity: sum(&mut shares.iter().map(|s| s.quantity.value())),
            value,
            net,
        }
    }
}

type ReportKey = (String, Reference);

/// Reports that stand, by the message they are about.
#[derive(Debug, Default)]
pub(super) struct Reports {
    all: BTreeMap<ReportKey, Reported>,
    of_message: BTreeMap<Reference, BTreeSet<ReportKey>>,
}

impl Reports {
    /// A report comes, in the place of one of the same name where there is one.
    pub(super) fn put(&mut self, reported: &Reported) {
        let key = (reported.link.clone(), reported.id.clone());
        self.take(&key.0, &key.1);
        self.of_message.entry(reported.message.clone()).or_default().insert(key.clone());
        self.all.insert(key, reported.clone());
    }

    /// It counts no more; says which message it was about.
    pub(super) fn take(&mut self, link: &str, id: &Reference) -> Option<Reference> {
        let key = (link.to_owned(), id.clone());
        let gone = self.all.remove(&key)?;
        let of_message = self.of_message.get_mut(&gone.message)?;
        of_message.remove(&key);
        if of_message.is_empty() {
            self.of_message.remove(&gone.message);
        }
        Some(gone.message)
    }

    /// Another message takes the place of one: what was reported of that is about this one now.
    pub(super) fn carry(&mut self, from: &Reference, to: &Reference) {
        let Some(keys) = self.of_message.remove(from) else { return };
        for key in &keys {
            if let Some(reported) = self.all.get_mut(key) {
                reported.message = to.clone();
            }
        }
        self.of_message.entry(to.clone()).or_default().extend(keys);
    }

    fn of(&self, message: &Reference) -> Vec<&Reported> {
        let keys = self.of_message.get(message).into_iter().flatten();
        keys.filter_map(|key| self.all.get(key)).collect()
    }
}

impl Blocks {
    /// Reports of a block's messages beside these, and beside what was dealt. Of a block of many messages they are not compared.
    pub(super) fn reported(&self, block: &Block, whole: &Whole<'_>, rules: Rules<'_>) -> Vec<Finding> {
        if self.reports.all.is_empty() || block.messages.len() > TOGETHER_MAX {
            return Vec::new();
        }
        let messages = block.messages.iter().filter_map(|id| self.messages.get(id));
        let standing = messages.filter(|message| !message.taken_back);
        standing.flat_map(|message| self.reported_of(block, message, whole, rules)).collect()
    }

    fn reported_of(
        &self,
        block: &Block,
        message: &Message,
        whole: &Whole<'_>,
        rules: Rules<'_>,
    ) -> Vec<Finding> {
        let reports = self.reports.of(&message.told.id);
        if reports.is_empty() {
            return Vec::new();
        }
        let told = &message.told;
        let of = reports.iter().map(|r| r.id.as_str()).collect::<Vec<_>>().join(", ");
        let differs = |field, block: String, other: String, tolerance| Finding {
            about: About::Reports,
            field,
            of: of.clone(),
            block,
            other,
            tolerance,
        };
        let figure = |value: Decimal| value.normalize().to_string();
        let mut findings = Vec::new();
        let alone = block.tally.standing <= 1;
        let wanted = match (alone, told.announces) {
            (true, _) => whole.quantity,
            (false, true) => told.terms.quantity.value(),
            (false, false) => told.split,
        };
        let quantity = reports.iter().fold(Decimal::ZERO, |sum, r| sum.saturating_add(r.quantity));
        let tolerance = rules.tolerance(Field::Quantity, None);
        if !tolerance.lets_pass(wanted, quantity) {
            findings.push(differs(
                Field::Quantity,
                figure(wanted),
                figure(quantity),
                tolerance.words(wanted),
            ));
            // Money of another quantity is other money.
            return findings;
        }
        let dealt = self.dealt(block);
        let dealt = dealt.expressed.zip(dealt.average).filter(|_| alone);
        let said = told.terms.price.map(|price| (price.kind, price.value));
        if let Some((kind, average)) = average(&reports, quantity) {
            let tolerance = rules.tolerance(Field::Price, None);
            // The price of the block, else what was dealt on average: where both are there they are compared with one another.
            let expected = said.or(dealt).filter(|(expressed, _)| *expressed == kind);
            if let Some((_, expected)) = expected.filter(|(_, price)| !tolerance.lets_pass(*price, average)) {
                let words = tolerance.words(expected);
                findings.push(differs(Field::Price, figure(expected), figure(average), words));
            }
        }
        let net = net(&reports);
        if let Some((expected, net)) = told.terms.net.or_else(|| shares_net(block, alone, quantity)).zip(net)
        {
            let tolerance = rules.tolerance(Field::Net, Some(expected.currency()));
            let same = expected.currency() == net.currency();
            if !same || !tolerance.lets_pass(expected.value(), net.value()) {
                let words = tolerance.words(expected.value());
                findings.push(differs(Field::Net, expected.to_string(), net.to_string(), words));
            }
        }
        findings
    }
}

/// The average price of the shares of reports.
fn average(reports: &[&Reported], quantity: Decimal) -> Option<(PriceKind, Decimal)> {
    let values: Option<Vec<(PriceKind, Decimal)>> = reports.iter().map(|r| r.value).collect();
    let values = values?;
    let kind = values.first()?.0;
    let sum = values.iter().fold(Decimal::ZERO, |sum, (_, value)| sum.saturating_add(*value));
    values.iter().all(|(other, _)| *other == kind).then_some((kind, sum.checked_div(quantity)?))
}

/// Their net money.
fn net(reports: &[&Reported]) -> Option<Amount> {
    let nets: Option<Vec<Amount>> = reports.iter().map(|r| r.net).collect();
    let nets = nets?;
    let currency = nets.first()?.currency();
    let sum = nets.iter().fold(Decimal::ZERO, |sum, net| sum.saturating_add(net.value()));
    nets.iter().all(|net| net.currency() == currency).then(|| Amount::new(currency, sum))
}

/// What the shares of a block come to in net money, where all of it is there and says it in one currency.
fn shares_net(block: &Block, alone: bool, quantity: Decimal) -> Option<Amount> {
    let shares = &block.shares;
    if !alone || shares.without_net > 0 || shares.quantity != quantity {
        return None;
    }
    let mut sums = shares.net.iter().filter(|(_, sum)| !sum.is_zero());
    let (currency, sum) = sums.next()?;
    sums.next().is_none().then(|| Amount::new(*currency, *sum))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_several_reports_are_added_up_where_all_say_them() {
        let report = |quantity: i64, price: Option<i64>, net: Option<&str>| Reported {
            id: "R1".parse().expect("a reference"),
            link: "broker".to_owned(),
            message: "B1".parse().expect("a reference"),
            quantity: quantity.into(),
            value: price.map(|price| (PriceKind::Actual, Decimal::from(price * quantity))),
            net: net.map(|c| Amount::new(c.parse().expect("a currency"), quantity.into())),
        };
        let (one, two) = (report(400, Some(100), Some("EUR")), report(600, Some(105), Some("EUR")));
        let all = [&one, &two];
        assert_eq!(average(&all, 1000.into()), Some((PriceKind::Actual, 103.into())));
        assert_eq!(net(&all).map(|n| n.value()), Some(1000.into()));
        let (unpriced, dollars) = (report(600, None, Some("USD")), report(600, Some(1), None));
        assert_eq!(average(&[&one, &unpriced], 1000.into()), None);
        assert_eq!(net(&[&one, &unpriced]), None);
        assert_eq!(net(&[&one, &dollars]), None);
        assert_eq!(average(&all, Decimal::ZERO), None);
    }
}
