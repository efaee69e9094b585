//! Prices of statements, with where they come from and when they were quoted.

use super::details::{self, Shape, put_value};
use super::encode::{Draft, Losses};
use super::outline::At;
use super::parts;
use super::schema::{Schema, TypeId};
use super::sheet::show;
use crate::model::{DetailValue as V, PriceBasis, PriceKind, StatedPrice};

/// Which prices are told as which.
const BASES: [(PriceBasis, &str); 2] = [(PriceBasis::Market, "MRKT"), (PriceBasis::Indicative, "INDC")];

/// Reads a price; one of another kind than market and indicative is told as indicative.
pub(super) fn price(at: At<'_, '_>) -> Option<StatedPrice> {
    let said = at.get("Tp").and_then(details::code);
    let basis = BASES.iter().find(|(_, code)| said.as_deref() == Some(*code)).map(|(basis, _)| *basis);
    Some(StatedPrice {
        basis: basis.unwrap_or(PriceBasis::Indicative),
        price: parts::figure(at.get("Val")?, at.value("ValTp/ValTp"), at.value("ValTp/Yldd"))?,
        source: match at.get("SrcOfPric").and_then(|at| details::value(Shape::Place, at)) {
            Some(V::Place(place)) => Some(place),
            _ => None,
        },
        quoted: at.get("QtnDt").and_then(details::moment),
    })
}

/// Writes a price as `PricDtls`.
pub(super) fn put_price(
    (schema, around): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    price: Option<&StatedPrice>,
    losses: &mut Losses,
) {
    let Some(stated) = price else { return };
    let shown = show(&V::Price(stated.price));
    let Some(of) = schema.down(around, "PricDtls") else {
        losses.add(field, shown, "the message has no price here");
        return;
    };
    let mut element = Draft::new("PricDtls");
    let code = BASES.iter().find(|(basis, _)| *basis == stated.basis).map_or("INDC", |(_, code)| code);
    element.set("Tp/Cd", field, code);
    let price = &stated.price;
    let Some(money) = parts::priced_in(field, price, &shown, losses) else { return };
    match price.kind {
        PriceKind::Discount => element.set("ValTp/ValTp", field, "DISC"),
        PriceKind::Premium => element.set("ValTp/ValTp", field, "PREM"),
        kind => element.set("ValTp/Yldd", field, kind == PriceKind::Yield),
    }
    match money {
        Some(currency) => element.set_money("Val/Amt", field, price.value, currency),
        None => element.set("Val/Rate", field, price.value),
    }
    if let Some(source) = &stated.source {
        let value = V::Place(source.clone());
        put_value((schema, of), &mut element, (Shape::Place, "SrcOfPric"), &value, field, losses);
    }
    if let Some(quoted) = &stated.quoted {
        let value = V::Moment(quoted.clone());
        put_value((schema, of), &mut element, (Shape::Moment, "QtnDt"), &value, field, losses);
    }
    if element.fit((schema, of), losses) {
        draft.take_child("PricDtls", element);
    } else {
        losses.add(field, shown, "the message cannot hold this price");
    }
}
