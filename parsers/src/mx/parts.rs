//! What the messages have in common, both ways: references, dates, amounts, prices, quantities, instruments.

use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

use super::encode::{Draft, Losses};
use super::issued;
use super::outline::At;
use crate::codec::EncodeError;
use crate::model::{Account, AmountKind};
use crate::model::{
    Amount, BusinessDate, Currency, Instrument, Movement, OtherAmount, OtherIdentifier, Payment, Price,
    PriceKind, Quantity, QuantityKind,
};

/// Why a well-read message has no normalized form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unread {
    /// Which element is missing or cannot be read.
    pub(super) path: String,
    /// What stood there, or what is missing.
    pub(super) why: String,
}

impl Unread {
    pub(super) fn missing(at: At<'_, '_>, path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        Self { path: format!("{}/{path}", at.path()), why: format!("{name} is missing") }
    }

    pub(super) fn at(at: At<'_, '_>, why: impl Display) -> Self {
        Self { path: at.path(), why: why.to_string() }
    }
}

/// A value that must be there.
pub(super) fn need<T: FromStr<Err: Display>>(at: At<'_, '_>, path: &str) -> Result<T, Unread> {
    let found = at.get(path).ok_or_else(|| Unread::missing(at, path))?;
    found.said().unwrap_or_default().parse().map_err(|e| Unread::at(found, e))
}

/// A value that may be there; one that cannot be read has been reported by the rules and is left out.
#[inline(always)]
pub(super) fn may<T: FromStr>(at: At<'_, '_>, path: &str) -> Option<T> {
    at.value(path)?.parse().ok()
}

/// A decimal in the notation of XML Schema.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-')) {
        return None;
    }
    let full = match (text.starts_with('.'), text.ends_with('.')) {
        (true, _) => format!("0{text}"),
        (_, true) => format!("{text}0"),
        _ => return Decimal::from_str_exact(text).ok(),
    };
    Decimal::from_str_exact(&full).ok()
}

/// The day of a date choice: `Dt` or `DtTm`, at once or below `Dt`.
pub(super) fn date(at: At<'_, '_>) -> Result<BusinessDate, Unread> {
    let text = ["Dt/Dt", "Dt/DtTm", "DtTm", "Dt"].iter().find_map(|path| at.value(path));
    let Some(text) = text else {
        return Err(Unread::at(at, "it gives a code instead of a date, and a normalized date is a day"));
    };
    text.get(..10).unwrap_or(text).parse().map_err(|e| Unread::at(at, e))
}

/// An instant with its zone; nothing when the zone is not said.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text.trim()).ok().map(|at| at.to_utc())
}

pub(super) fn movement(text: &str) -> Option<Movement> {
    match text {
        "RECE" => Some(Movement::Receive),
        "DELI" => Some(Movement::Deliver),
        _ => None,
    }
}

pub(super) fn movement_code(movement: Movement) -> &'static str {
    match movement {
        Movement::Receive => "RECE",
        Movement::Deliver => "DELI",
    }
}

pub(super) fn payment(text: &str) -> Option<Payment> {
    match text {
        "APMT" => Some(Payment::Against),
        "FREE" => Some(Payment::Free),
        _ => None,
    }
}

pub(super) fn payment_code(payment: Payment) -> &'static str {
    match payment {
        Payment::Against => "APMT",
        Payment::Free => "FREE",
    }
}

/// Movement and payment, which every message says in two elements side by side.
pub(super) fn direction(at: At<'_, '_>) -> Result<(Movement, Payment), Unread> {
    let part = |path| at.get(path).ok_or_else(|| Unread::missing(at, path));
    let (way, pay) = (part("SctiesMvmntTp")?, part("Pmt")?);
    let way_read =
        movement(way.text().trim()).ok_or_else(|| Unread::at(way, "it is neither RECE nor DELI"))?;
    let pay_read =
        payment(pay.text().trim()).ok_or_else(|| Unread::at(pay, "it is neither FREE nor APMT"))?;
    Ok((way_read, pay_read))
}

/// On which side of the cash an amount usually is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usual {
    /// A receipt is paid for, a delivery brings in.
    ByMovement,
    /// It costs.
    Debit,
    /// It brings in.
    Credit,
}

impl Usual {
    fn is_debit(self, movement: Movement) -> bool {
        match self {
            Usual::ByMovement => movement == Movement::Receive,
            Usual::Debit => true,
            Usual::Credit => false,
        }
    }
}

/// Whether a `CdtDbtInd` down this way says no more than what is so without it. Nothing is known of amounts that follow the
/// movement where there is none.
pub(crate) fn says_the_usual_side(path: &str, code: &str, movement: Option<Movement>) -> bool {
    let mut names = path.rsplit('/');
    let (name, amount) = (names.next(), names.next());
    let row = OTHER_AMOUNTS.iter().find(|(_, element, _)| Some(*element) == amount);
    let Some((_, _, usual)) = row.filter(|_| name == Some("CdtDbtInd")) else { return false };
    let movement = match (usual, movement) {
        (Usual::ByMovement, None) => return false,
        (_, movement) => movement.unwrap_or(Movement::Receive),
    };
    usual.is_debit(movement) == (code == "DBIT")
}

/// Reads `Amt` with its currency and `CdtDbtInd`: positive on the usual side.
pub(super) fn amount(at: At<'_, '_>, movement: Movement, usual: Usual) -> Option<Amount> {
    let value = decimal(at.value("Amt")?)?;
    let currency = at.get("Amt")?.attribute("Ccy")?.value().parse().ok()?;
    let opposite = match at.value("CdtDbtInd") {
        Some("DBIT") => !usual.is_debit(movement),
        Some("CRDT") => usual.is_debit(movement),
        _ => false,
    };
    Some(Amount::new(currency, if opposite && !value.is_zero() { -value } else { value }))
}

/// Writes `Amt` and, where it must be said or is unusual, `CdtDbtInd`.
pub(super) fn put_amount(
    draft: &mut Draft,
    field: &'static str,
    amount: &Amount,
    (movement, usual): (Movement, Usual),
    always: bool,
) {
    let negative = amount.value().is_sign_negative() && !amount.value().is_zero();
    draft.set_money("Amt", field, amount.value().abs(), amount.currency());
    if always || negative {
        let debit = usual.is_debit(movement) != negative;
        draft.set("CdtDbtInd", field, if debit { "DBIT" } else { "CRDT" });
    }
}

/// Further amounts: the code that both standards share, the element, and the usual side.
pub(super) const OTHER_AMOUNTS: [(&str, &str, Usual); 23] = [
    ("ACRU", "AcrdIntrstAmt", Usual::ByMovement),
    ("CHAR", "ChrgsFees", Usual::Debit),
    ("COUN", "CtryNtlFdrlTax", Usual::Debit),
    ("DEAL", "TradAmt", Usual::ByMovement),
    ("EXEC", "ExctgBrkrAmt", Usual::Debit),
    ("ISDI", "IsseDscntAllwnc", Usual::Credit),
    ("LEVY", "PmtLevyTax", Usual::Debit),
    ("LOCL", "LclTax", Usual::Debit),
    ("LOCO", "LclBrkrComssn", Usual::Debit),
    ("MARG", "Mrgn", Usual::Debit),
    ("OTHR", "Othr", Usual::Debit),
    ("REGF", "RgltryAmt", Usual::Debit),
    ("SHIP", "ShppgAmt", Usual::Debit),
    ("SPCN", "SpclCncssn", Usual::Credit),
    ("STAM", "StmpDty", Usual::Debit),
    ("STEX", "StockXchgTax", Usual::Debit),
    ("TRAN", "TrfTax", Usual::Debit),
    ("TRAX", "TxTax", Usual::Debit),
    ("VATA", "ValAddedTax", Usual::Debit),
    ("WITH", "WhldgTax", Usual::Debit),
    ("ANTO", "NetGnLoss", Usual::Credit),
    ("COAX", "CsmptnTax", Usual::Debit),
    ("ACCA", "AcrdCptlstnAmt", Usual::ByMovement),
];

pub(super) fn other_amounts(at: At<'_, '_>, movement: Movement) -> Vec<OtherAmount> {
    let Some(list) = at.get("OthrAmts") else { return Vec::new() };
    list.children()
        .filter_map(|child| {
            let (code, _, usual) = OTHER_AMOUNTS.iter().find(|(_, element, _)| *element == child.name())?;
            let amount = amount(child, movement, *usual)?;
            Some(OtherAmount { kind: AmountKind((*code).to_owned()), amount })
        })
        .collect()
}

pub(super) fn put_other_amounts(
    draft: &mut Draft,
    amounts: &[OtherAmount],
    movement: Movement,
    field: &'static str,
    losses: &mut Losses,
) {
    let mut taken: Vec<&str> = Vec::new();
    for other in amounts {
        let code = other.kind.0.as_str();
        let row = OTHER_AMOUNTS.iter().find(|(known, _, _)| *known == code);
        match row {
            Some((_, element, usual)) if !taken.contains(element) => {
                taken.push(element);
                let place = draft.at("OthrAmts").add(element);
                put_amount(place, field, &other.amount, (movement, *usual), false);
            }
            Some((_, element, _)) => {
                losses.add(
                    field,
                    other.amount,
                    format!("{element} can stand once; this further {code} is left out"),
                );
            }
            None => {
                losses.add(field, other.amount, format!("there is no element for amounts of kind {code}"))
            }
        }
    }
}

/// Reads `DealPric`.
pub(super) fn price(at: At<'_, '_>) -> Option<Price> {
    let kind = at.value("Tp/ValTp");
    let sign = if kind == Some("NEGA") { Decimal::NEGATIVE_ONE } else { Decimal::ONE };
    let price = figure(at.get("Val")?, kind, at.value("Tp/Yldd"))?;
    Some(Price { value: price.value * sign, ..price })
}

/// A price in money or in per cent, of the kind that is said beside it.
pub(super) fn figure(at: At<'_, '_>, kind: Option<&str>, yielded: Option<&str>) -> Option<Price> {
    let said = match kind {
        Some("DISC") => Some(PriceKind::Discount),
        Some("PREM") => Some(PriceKind::Premium),
        _ => matches!(yielded, Some("true" | "1")).then_some(PriceKind::Yield),
    };
    Some(match at.get("Amt") {
        Some(money) => Price {
            kind: said.unwrap_or(PriceKind::Actual),
            value: decimal(money.text())?,
            currency: money.attribute("Ccy").and_then(|ccy| ccy.value().parse().ok()),
        },
        None => Price {
            kind: said.unwrap_or(PriceKind::Percentage),
            value: decimal(at.value("Rate")?)?,
            currency: None,
        },
    })
}

/// In which money a price is written, if in any; nothing where it cannot be written.
pub(super) fn priced_in(
    field: &str,
    price: &Price,
    shown: impl Display,
    losses: &mut Losses,
) -> Option<Option<Currency>> {
    match (price.kind, price.currency) {
        (PriceKind::Actual, None) => {
            losses.add(field, shown, "a price in money needs its currency; it is left out");
            None
        }
        (PriceKind::Percentage, Some(currency)) => {
            losses.add(field, currency, "a price in per cent names no currency");
            Some(None)
        }
        (_, currency) => Some(currency),
    }
}

pub(super) fn put_price(draft: &mut Draft, field: &'static str, price: &Price, losses: &mut Losses) {
    let negative = price.value.is_sign_negative() && !price.value.is_zero();
    let Some(money) = priced_in(field, price, price.value, losses) else { return };
    match price.kind {
        PriceKind::Yield => draft.set("Tp/Yldd", field, "true"),
        PriceKind::Discount => draft.set("Tp/ValTp", field, "DISC"),
        PriceKind::Premium => draft.set("Tp/ValTp", field, "PREM"),
        PriceKind::Actual if negative => draft.set("Tp/ValTp", field, "NEGA"),
        PriceKind::Percentage | PriceKind::Actual => draft.set("Tp/Yldd", field, "false"),
    };
    match money {
        Some(currency) if price.kind == PriceKind::Actual => {
            draft.set_money("Val/Amt", field, price.value.abs(), currency);
        }
        Some(currency) => draft.set_money("Val/Amt", field, price.value, currency),
        None => draft.set("Val/Rate", field, price.value),
    }
}

/// What may be counted, and its element.
pub(super) const QUANTITIES: [(QuantityKind, &str); 4] = [
    (QuantityKind::Unit, "Unit"),
    (QuantityKind::FaceAmount, "FaceAmt"),
    (QuantityKind::AmortisedAmount, "AmtsdVal"),
    (QuantityKind::DigitalToken, "DgtlTknUnit"),
];

/// Reads a quantity: the choice of kinds at once, below `Qty`, or the original face of a pair.
pub(super) fn quantity(at: At<'_, '_>) -> Result<Quantity, Unread> {
    let places = [Some(at), at.get("Qty"), at.get("OrgnlAndCurFace")];
    for place in places.into_iter().flatten() {
        for (kind, name) in QUANTITIES {
            if let Some(text) = place.value(name) {
                let value =
                    decimal(text).ok_or_else(|| Unread::at(place, format!("{text:?} is no quantity")))?;
                return Quantity::new(kind, value).map_err(|e| Unread::at(place, e));
            }
        }
    }
    Err(Unread::at(
        at,
        "it is counted in nothing that has a normalized form (units, face or amortised amount)",
    ))
}

pub(super) fn put_quantity(draft: &mut Draft, field: &'static str, quantity: &Quantity) {
    let name = QUANTITIES.iter().find(|(kind, _)| *kind == quantity.kind()).map_or("Unit", |(_, name)| *name);
    draft.set(name, field, quantity.value());
}

/// Schemes of identifiers: the normalized name and the ISO code.
const SCHEMES: [(&str, &str); 10] = [
    ("CUSIP", "CUSP"),
    ("SEDOL", "SEDL"),
    ("WKN", "WKNR"),
    ("RIC", "RICC"),
    ("VALOREN", "VALO"),
    ("BLOOMBERG", "BLOM"),
    ("QUICK", "QUIK"),
    ("SICOVAM", "SCVM"),
    ("COMMON", "COMM"),
    ("BELGIAN", "BELC"),
];
const TICKER: &str = "TIKR";

/// Reads `FinInstrmId`. An ISIN whose check digit does not fit is kept as another identifier.
pub(super) fn instrument(at: At<'_, '_>) -> Instrument {
    let mut instrument = Instrument { isin: may(at, "ISIN"), ..Instrument::default() };
    let mut keep = |scheme: &str, value: &str| {
        instrument.other.push(OtherIdentifier {
            scheme: scheme.to_owned(),
            value: value.to_owned(),
            suffix: None,
        });
    };
    if let (None, Some(wrong)) = (instrument.isin, at.value("ISIN")) {
        keep("ISIN", wrong);
    }
    for other in at.all("OthrId") {
        let Some(value) = other.value("Id") else { continue };
        let code = other.value("Tp/Cd");
        if code == Some(TICKER) && instrument.symbol.is_none() {
            instrument.symbol = Some(value.to_owned());
            continue;
        }
        let scheme = code.or_else(|| other.value("Tp/Prtry")).unwrap_or_default();
        let known = SCHEMES.iter().find(|(_, code)| *code == scheme).map(|(name, _)| *name);
        let scheme = known.unwrap_or(scheme).to_owned();
        let suffix = other.value("Sfx").map(str::to_owned);
        instrument.other.push(OtherIdentifier { scheme, value: value.to_owned(), suffix });
    }
    instrument.description = at.value("Desc").map(str::to_owned);
    instrument
}

pub(super) fn put_instrument(draft: &mut Draft, field: &'static str, instrument: &Instrument) {
    draft.set_some("ISIN", field, instrument.isin);
    for other in &instrument.other {
        let place = draft.add("OthrId");
        place.set("Id", field, &other.value);
        place.set_some("Sfx", field, other.suffix.as_ref());
        // Codes of the standard's list have four letters; nations have two.
        let listed = other.scheme.len() == 4 && other.scheme.bytes().all(|b| b.is_ascii_uppercase());
        match SCHEMES.iter().find(|(name, _)| *name == other.scheme) {
            Some((_, code)) => place.set("Tp/Cd", field, code),
            None if listed => place.set("Tp/Cd", field, &other.scheme),
            None => place.set("Tp/Prtry", field, &other.scheme),
        };
    }
    if let Some(symbol) = &instrument.symbol {
        let place = draft.add("OthrId");
        place.set("Id", field, symbol);
        place.set("Tp/Cd", field, TICKER);
    }
    draft.set_some("Desc", field, instrument.description.as_deref());
}

/// A cash account: an IBAN when it is one.
pub(super) fn put_cash_account(draft: &mut Draft, field: &'static str, account: &Account) {
    let name = if is_iban(account.as_str()) { "CshAcct/IBAN" } else { "CshAcct/Prtry" };
    draft.set(name, field, account);
}

/// Whether the check digits of ISO 13616 fit.
pub(super) fn is_iban(text: &str) -> bool {
    let shape = text.len() >= 5
        && text.len() <= 34
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.bytes().take(2).all(|b| b.is_ascii_uppercase())
        && text.bytes().skip(2).take(2).all(|b| b.is_ascii_digit());
    let (Some(head), Some(tail)) = (text.get(..4), text.get(4..)) else { return false };
    let remainder = tail
        .chars()
        .chain(head.chars())
        .filter_map(|c| c.to_digit(36))
        .fold(0, |r: u32, digit| (r * if digit > 9 { 100 } else { 10 } + digit) % 97);
    shape && remainder == 1
}

/// A code, or a proprietary one as `issuer/code`.
pub(super) fn code(at: At<'_, '_>) -> Option<String> {
    if let Some(code) = at.value("Cd") {
        return Some(code.to_owned());
    }
    let own = at.get("Prtry")?;
    let issuer = issued::owned(own.value("Issr")?, own.value("SchmeNm"));
    Some(issued::joined(&issuer, own.value("Id")?))
}

pub(super) fn put_code(draft: &mut Draft, field: &'static str, code: &str) {
    match issued::parted(code) {
        (Some(issuer), id) => issued::put(draft.at("Prtry"), field, id, issuer),
        (None, code) => draft.set("Cd", field, code),
    }
}

/// An event that this module has no message for.
pub(super) fn no_message(event: &'static str) -> EncodeError {
    EncodeError::NoMessage { event, protocol: "ISO 20022" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_as_xml_schema_writes_them() {
        for (text, expected) in [
            ("12.50", Some("12.50")),
            ("+1", Some("1")),
            (".5", Some("0.5")),
            ("5.", Some("5.0")),
            (" 7 ", Some("7")),
            ("-3.1", Some("-3.1")),
            ("1e5", None),
            ("", None),
            ("1,5", None),
            ("1_000", None),
        ] {
            assert_eq!(decimal(text).map(|d| d.to_string()).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn ibans_by_their_check_digits() {
        for (text, expected) in [
            ("DE89370400440532013000", true),
            ("GB29NWBK60161331926819", true),
            ("DE89370400440532013001", false),
            ("10026351", false),
            ("", false),
            ("DE8", false),
        ] {
            assert_eq!(is_iban(text), expected, "{text:?}");
        }
    }
}
