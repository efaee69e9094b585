//! Prices, quantities, commission and fees.

use rust_decimal::Decimal;

use super::encode::{Block, Writer};
use super::view::View;
use crate::model::{Amount, Charge, Currency, Fee, FeeKind, Price, PriceKind, Quantity, QuantityKind};

const PRICE_KINDS: [(&str, PriceKind); 5] = [
    ("2", PriceKind::Actual),
    ("1", PriceKind::Percentage),
    ("9", PriceKind::Yield),
    ("4", PriceKind::Discount),
    ("5", PriceKind::Premium),
];

const FEE_KINDS: [(&str, FeeKind); 8] = [
    ("1", FeeKind::Regulatory),
    ("2", FeeKind::Tax),
    ("3", FeeKind::LocalCommission),
    ("4", FeeKind::Exchange),
    ("5", FeeKind::Stamp),
    ("6", FeeKind::Levy),
    ("8", FeeKind::Markup),
    ("9", FeeKind::ConsumptionTax),
];

/// Products (460) whose quantity is a face amount: agency, corporate, government, money market, mortgage, municipal.
const DEBT_PRODUCTS: [&str; 6] = ["1", "3", "6", "9", "10", "11"];
/// Security types (167) likewise; the commonest, beside what price type and product say.
const DEBT_TYPES: [&str; 14] = [
    "CORP", "CB", "FRN", "MTN", "TB", "TBILL", "TBOND", "TNOTE", "TIPS", "EUSOV", "EUCORP", "SUPRA", "MUNI",
    "GO",
];

/// What a message says once about all its figures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    /// The trading currency (15), else the settlement currency (120).
    pub(super) currency: Option<Currency>,
    price: Option<PriceKind>,
    quantity: QuantityKind,
}

impl Terms {
    /// Reads them from the message itself.
    pub(super) fn of(view: &View<'_, '_>) -> Self {
        let kind = view.code(423);
        let price = match kind {
            "" | "3" | "10" | "11" => Some(PriceKind::Actual),
            other => PRICE_KINDS.iter().find(|(code, _)| *code == other).map(|(_, kind)| *kind),
        };
        if price.is_none() {
            view.say(
                423,
                "price-not-understood",
                "is a price type that is not understood here",
                "the price is left out of the event",
            );
        }
        let debt = matches!(price, Some(k) if k != PriceKind::Actual)
            || DEBT_PRODUCTS.contains(&view.code(460))
            || DEBT_TYPES.contains(&view.code(167));
        let quantity = if debt { QuantityKind::FaceAmount } else { QuantityKind::Unit };
        Self { currency: view.parse(15).or_else(|| view.parse(120)), price, quantity }
    }

    /// With the currency of another place, where these have none.
    pub(super) fn or_currency(self, currency: Option<Currency>) -> Self {
        Self { currency: self.currency.or(currency), ..self }
    }

    /// A quantity.
    pub(super) fn quantity(&self, view: &View<'_, '_>, tag: u32) -> Option<Quantity> {
        let quantity = Quantity::new(self.quantity, view.decimal(tag)?);
        quantity
            .map_err(|e| {
                view.say(tag, "invalid-value", &e.to_string(), "the side says the direction, not the sign")
            })
            .ok()
    }

    /// A price; zero means that it is not known.
    pub(super) fn price(&self, view: &View<'_, '_>, tag: u32) -> Option<Price> {
        let value = view.decimal(tag).filter(|v| !v.is_zero())?;
        let kind = self.price?;
        let currency = if kind == PriceKind::Actual { self.currency } else { None };
        Some(Price { kind, value, currency })
    }

    /// An amount in the currency of the message.
    pub(super) fn amount(&self, view: &View<'_, '_>, tag: u32) -> Option<Amount> {
        let value = view.decimal(tag)?;
        if self.currency.is_none() {
            view.say(tag, "no-currency", "has no currency", "send Currency (15)");
        }
        Some(Amount::new(self.currency?, value))
    }
}

/// What a quantity costs at a price.
pub(super) fn gross(quantity: &Quantity, price: &Price) -> Option<Decimal> {
    match price.kind {
        PriceKind::Actual => quantity.value().checked_mul(price.value),
        PriceKind::Percentage => quantity.value().checked_mul(price.value)?.checked_div(Decimal::ONE_HUNDRED),
        _ => None,
    }
}

/// Writes price type, currency and what the quantity is a quantity of; says what cannot be said.
pub(super) fn encode_terms(
    quantity: &Quantity,
    price: Option<&Price>,
    currency: Option<Currency>,
    writer: &mut Writer<'_>,
) {
    let kind = price.map_or(PriceKind::Actual, |p| p.kind);
    if price.is_some() {
        writer.body.maybe(423, PRICE_KINDS.iter().find(|(_, k)| *k == kind).map(|(code, _)| *code));
    } else if quantity.kind() != QuantityKind::Unit {
        writer.body.put(423, "1");
    }
    match quantity.kind() {
        QuantityKind::Unit if kind != PriceKind::Actual => {
            writer.lose("quantity.kind", "unit", "FIX takes a quantity priced in per cent for a face amount");
        }
        QuantityKind::FaceAmount if price.is_some() && kind == PriceKind::Actual => {
            writer.lose("quantity.kind", "face_amount", "FIX takes a quantity priced per unit for units");
        }
        QuantityKind::AmortisedAmount => {
            writer.lose("quantity.kind", "amortised_amount", "FIX has no kind for it");
        }
        _ => {}
    }
    if let Some(of) = price.and_then(|p| p.currency).filter(|c| currency.is_some_and(|m| m != *c)) {
        writer.lose("price.currency", of, "FIX has one currency for the trade's price and amounts");
    }
    let relative = matches!(kind, PriceKind::Yield | PriceKind::Discount | PriceKind::Premium);
    if let Some(of) = price.and_then(|p| p.currency).filter(|_| relative) {
        writer.lose(
            "price.currency",
            of,
            "FIX says a yield, discount or premium in per cent, and not in money",
        );
    }
    writer.body.maybe(15, currency);
}

/// Writes an amount; in another currency than the message's it cannot be said.
pub(super) fn encode_amount(
    amount: Option<&Amount>,
    tag: u32,
    terms: Option<Currency>,
    path: &str,
    block: &mut Block,
    writer: &mut Writer<'_>,
) {
    let Some(amount) = amount else { return };
    if terms.is_some_and(|c| c != amount.currency()) {
        writer.lose(path, amount, "FIX has one currency for the amounts of a trade");
        return;
    }
    block.put(tag, amount.value());
}

/// Reads the commission (12, 13, 479); rates are turned into amounts.
pub(super) fn commission(
    view: &View<'_, '_>,
    terms: &Terms,
    quantity: Option<&Quantity>,
    price: Option<&Price>,
) -> Option<Charge> {
    let value = view.decimal(12)?;
    let currency = view.parse(479).or(terms.currency)?;
    let (basis, total) = match view.code(13) {
        "" => (String::new(), Some(value)),
        "1" => ("per_unit".to_owned(), quantity.and_then(|q| value.checked_mul(q.value()))),
        "2" => ("percent".to_owned(), quantity.zip(price).and_then(|(q, p)| value.checked_mul(gross(q, p)?))),
        "3" => ("absolute".to_owned(), Some(value)),
        other => (other.to_owned(), Some(value)),
    };
    Some(Charge { amount: Amount::new(currency, total?.normalize()), basis })
}

/// Writes the commission, as a rate where it was agreed as one and the rate is exact.
pub(super) fn encode_commission(
    charge: Option<&Charge>,
    quantity: &Quantity,
    price: Option<&Price>,
    terms: Option<Currency>,
    path: &str,
    block: &mut Block,
    writer: &mut Writer<'_>,
) {
    let Some(charge) = charge else { return };
    let total = charge.amount.value();
    let exact = |base: Option<Decimal>| {
        let base = base.filter(|b| !b.is_zero())?;
        let rate = total.checked_div(base)?.normalize();
        (rate.checked_mul(base)? == total).then_some(rate)
    };
    let (code, value) = match charge.basis.as_str() {
        "" => ("", total),
        "absolute" => ("3", total),
        "per_unit" => exact(Some(quantity.value())).map_or(("3", total), |rate| ("1", rate)),
        "percent" => exact(price.and_then(|p| gross(quantity, p))).map_or(("3", total), |rate| ("2", rate)),
        code @ ("4" | "5" | "6") => (code, total),
        _ => ("3", total),
    };
    if code == "3" && charge.basis != "absolute" {
        writer.lose(
            format!("{path}.basis"),
            &charge.basis,
            "the rate cannot be written exactly; the amount stands instead",
        );
    }
    block.put(12, value);
    block.put(13, code);
    if terms != Some(charge.amount.currency()) {
        block.put(479, charge.amount.currency());
    }
}

/// Reads the fees (136).
pub(super) fn fees(view: &View<'_, '_>, terms: &Terms) -> Vec<Fee> {
    view.entries(136)
        .filter_map(|entry| {
            let currency = entry.parse(138).or(terms.currency)?;
            if matches!(entry.code(891), "1" | "2") {
                entry.say(
                    891,
                    "fee-not-understood",
                    "makes the fee a rate; it is left out of the event",
                    "send the amount (891=0)",
                );
                return None;
            }
            let code = entry.code(139);
            let kind = FEE_KINDS.iter().find(|(c, _)| *c == code).map(|(_, kind)| kind.clone());
            let kind = kind.unwrap_or_else(|| FeeKind::Other(code.to_owned()));
            Some(Fee { kind, amount: Amount::new(currency, entry.decimal(137)?) })
        })
        .collect()
}

/// Writes the fees.
pub(super) fn encode_fees(fees: &[Fee], path: &str, block: &mut Block, writer: &mut Writer<'_>) {
    let entries = fees
        .iter()
        .map(|fee| {
            let known =
                FEE_KINDS.iter().find(|(_, kind)| *kind == fee.kind).map(|(code, _)| (*code).to_owned());
            let code = known.unwrap_or_else(|| match &fee.kind {
                FeeKind::Other(code) if matches!(code.as_str(), "7" | "10" | "11" | "12") => code.clone(),
                other => {
                    writer.lose(
                        format!("{path}.kind"),
                        format!("{other:?}"),
                        "FIX has no code for this kind of fee; 7 (other) stands instead",
                    );
                    "7".to_owned()
                }
            });
            let mut entry = Block::default();
            entry.put(137, fee.amount.value());
            entry.put(138, fee.amount.currency());
            entry.put(139, code);
            entry
        })
        .collect();
    block.group(136, entries);
}
