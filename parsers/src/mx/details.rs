//! Details, both ways: what MT says by a qualifier, MX says in an element of its own. One [`Row`] names both.
//!
//! Reading probes the forms that an element of a shape has had in any version (`Cd` or `Prtry`, `Dt` or `DtTm`); writing
//! is [`super::sheet`].

use chrono::{DateTime, NaiveDateTime, Utc};

use super::issued;
use super::name::{bit, head, key};
use super::outline::At;
use super::parties;
use super::parts::{self, QUANTITIES, decimal};
pub(super) use super::sheet::{put, put_value, written};
use crate::model::{
    Amount, Balance, Detail, DetailValue as V, ExchangeRate, Moment, Numbered, Period, Place,
};

/// Where a detail stands in both standards.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// The MT field: `22F`, `98a`.
    #[allow(dead_code)] // for people, and for the table of translation
    pub(super) tag: &'static str,
    /// Its qualifier, the code of the detail.
    pub(super) code: &'static str,
    /// What kind of value it has.
    pub(super) shape: Shape,
    /// The way to the MX element, from the element that the table of rows belongs to.
    pub(super) path: &'static str,
    /// The bit of the first name on that way.
    first: u64,
    /// Of the second; all bits where there is none.
    second: u64,
}

/// One row.
pub(super) const fn row(tag: &'static str, code: &'static str, shape: Shape, path: &'static str) -> Row {
    let (first, second) = bits(path);
    Row { tag, code, shape, path, first, second }
}

/// The bits of the first and of the second name on a way; all bits where there is no second.
pub(super) const fn bits(path: &str) -> (u64, u64) {
    let (first, rest) = head(path);
    (bit(key(first)), if rest.is_empty() { u64::MAX } else { bit(key(head(rest).0)) })
}

/// The kinds of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "the tables of statements use those that the tables of instructions do not")]
pub(super) enum Shape {
    /// A code, or a proprietary one as `ISSUER/CODE`.
    Code,
    /// A code for yes and one for no; true and false in MX.
    Indicator(&'static str, &'static str),
    /// Yes or no.
    Flag,
    /// A day, an instant or a code for one.
    Moment,
    /// From when to when.
    Period,
    /// A rate.
    Rate,
    /// Money.
    Amount,
    /// A currency.
    Currency,
    /// A whole number.
    Count,
    /// A number that names something.
    Number,
    /// A price.
    Price,
    /// A quantity.
    Quantity,
    /// A quantity, long or short.
    Balance,
    /// A place.
    Place,
    /// A party.
    Party,
    /// A reference.
    Reference,
    /// Words.
    Text,
    /// What one currency costs in another.
    Exchange,
    /// An instrument.
    Instrument,
}

impl Shape {
    /// Whether a value is of this shape.
    pub(super) fn holds(self, value: &V) -> bool {
        match (self, value) {
            (Shape::Indicator(yes, no), V::Code(code)) => code == yes || code == no || code.contains('/'),
            (Shape::Code, V::Code(_))
            | (Shape::Flag, V::Flag(_))
            | (Shape::Moment, V::Moment(_))
            | (Shape::Period, V::Period(_))
            | (Shape::Rate, V::Rate(_))
            | (Shape::Amount, V::Amount(_))
            | (Shape::Currency, V::Currency(_))
            | (Shape::Count, V::Count(_))
            | (Shape::Number, V::Number(_))
            | (Shape::Price, V::Price(_))
            | (Shape::Quantity, V::Quantity(_))
            | (Shape::Balance, V::Balance(_))
            | (Shape::Place, V::Place(_))
            | (Shape::Party, V::Party(_))
            | (Shape::Reference, V::Reference(_))
            | (Shape::Text, V::Text(_))
            | (Shape::Exchange, V::Exchange(_))
            | (Shape::Instrument, V::Instrument(_)) => true,
            _ => false,
        }
    }
}

/// Codes of one thing that the two standards write differently: the detail, the code of MT and of the normalized form, the
/// code of MX.
const CODES: &[(&str, &str, &str)] =
    &[("TRCA", "CAGE", "SAGE"), ("REST", "R144", "A144"), ("PFRE", "ANNU", "YEAR"), ("CFRE", "ANNU", "YEAR")];

/// How MX writes a code of the normalized form.
pub(super) fn code_of_mx<'c>(of: &str, code: &'c str) -> &'c str {
    CODES.iter().find(|(detail, mt, _)| *detail == of && *mt == code).map_or(code, |(.., mx)| mx)
}

/// A value of MX as the normalized form says it.
fn normal(of: &str, mut value: V) -> V {
    match &mut value {
        V::Code(code) => {
            if let Some((_, mt, _)) = CODES.iter().find(|(detail, _, mx)| *detail == of && mx == code) {
                (*mt).clone_into(code);
            }
        }
        // A place of listing is an exchange, and MX does not repeat that.
        V::Place(place) if of == "PLIS" && place.name.is_some() => {
            place.kind.get_or_insert_with(|| "EXCH".to_owned());
        }
        _ => {}
    }
    value
}

/// All details that are found below an element, in the order of the rows, in the codes of the normalized form.
pub(super) fn read(at: At<'_, '_>, rows: &[Row]) -> Vec<Detail> {
    let mut details = Vec::new();
    // Most rows are of what is not there: bits say so before names are compared. Rows of one group stand together.
    let (mut group, mut within) = (0, 0);
    for row in rows.iter().filter(|row| at.may_have(row.first)) {
        if row.second != u64::MAX {
            if group != row.first {
                (group, within) = (row.first, at.below(row.first));
            }
            if within & row.second == 0 {
                continue;
            }
        }
        each(at, row.path, &mut |found| {
            if let Some(value) = value(row.shape, found) {
                details.push(Detail::new(row.code, normal(row.code, value)));
            }
        });
    }
    details
}

/// Calls back for every element down this way, repeated ones too.
fn each<'o, 'a>(at: At<'o, 'a>, path: &str, found: &mut dyn FnMut(At<'o, 'a>)) {
    match head(path) {
        (name, "") => at.all(name).for_each(found),
        (name, rest) => at.all(name).for_each(|child| each(child, rest, found)),
    }
}

/// Reads one value of a shape.
pub(super) fn value(shape: Shape, at: At<'_, '_>) -> Option<V> {
    let text = || Some(at.text().trim()).filter(|text| !text.is_empty());
    Some(match shape {
        Shape::Code => V::Code(code(at)?),
        Shape::Indicator(yes, no) => match at.value("Ind").or_else(text) {
            Some("true" | "1") => V::Code(yes.to_owned()),
            Some("false" | "0") => V::Code(no.to_owned()),
            _ => V::Code(code(at)?),
        },
        Shape::Flag => V::Flag(matches!(at.value("Ind").or_else(text)?, "true" | "1")),
        Shape::Moment => V::Moment(moment(at)?),
        Shape::Period => V::Period(period(at)?),
        Shape::Rate => V::Rate(decimal(at.value("Rate").or_else(text)?)?),
        Shape::Amount => V::Amount(amount(at)?),
        Shape::Currency => V::Currency(text()?.parse().ok()?),
        Shape::Count => V::Count(text()?.parse().ok()?),
        Shape::Number => V::Number(Numbered { number: number(at)?, quantity: None }),
        Shape::Price => V::Price(parts::price(at)?),
        Shape::Quantity => V::Quantity(parts::quantity(at).ok()?),
        Shape::Balance => V::Balance(balance(at)?),
        Shape::Place => V::Place(place(at)?),
        Shape::Party => V::Party(parties::party(at)?),
        Shape::Reference => V::Reference(text()?.parse().ok()?),
        Shape::Text => V::Text(text()?.to_owned()),
        Shape::Exchange => V::Exchange(ExchangeRate {
            of: at.value("UnitCcy")?.parse().ok()?,
            in_currency: at.value("QtdCcy")?.parse().ok()?,
            rate: decimal(at.value("XchgRate")?)?,
        }),
        Shape::Instrument => V::Instrument(parts::instrument(at)),
    })
}

/// A code (`Cd`, or the element itself), or a proprietary one as `ISSUER/CODE`.
pub(super) fn code(at: At<'_, '_>) -> Option<String> {
    if let Some(code) = at.value("Cd") {
        return Some(code.to_owned());
    }
    let own = at.get("Prtry").unwrap_or(at);
    if let Some(id) = own.value("Id") {
        let issuer = issued::issuer(own);
        // Below an element that takes either, a code without an issuer is told from one of the standard's own by its slash.
        let either = at.get("Prtry").is_some();
        return Some(if either { issued::joined(&issuer, id) } else { issued::joined_or_bare(&issuer, id) });
    }
    Some(at.text().trim().to_owned()).filter(|text| !text.is_empty())
}

/// A day, an instant, or a code that stands for one, in any of the forms of dates.
pub(super) fn moment(at: At<'_, '_>) -> Option<Moment> {
    let coded = at.get("DtCd").or_else(|| at.get("Cd").and(Some(at)));
    if let Some(coded) = coded {
        return code(coded).map(Moment::Coded);
    }
    let written = ["Dt/Dt", "Dt/DtTm", "DtTm", "Dt"].iter().find_map(|path| at.value(path));
    let text = written.unwrap_or_else(|| at.text().trim());
    if text.contains('T') { instant(text).map(Moment::Instant) } else { day(text).map(Moment::Day) }
}

fn day(text: &str) -> Option<crate::model::BusinessDate> {
    text.get(..10)?.parse().ok()
}

/// An instant; without a zone it is taken as UTC, as a time in MT is.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let local = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|at| at.and_utc());
    parts::instant(text).or_else(local)
}

fn period(at: At<'_, '_>) -> Option<Period> {
    let ends = [("FrDtToDt", "FrDt", "ToDt"), ("FrDtTmToDtTm", "FrDtTm", "ToDtTm")];
    let (from, to) = ends.iter().find_map(|(form, from, to)| {
        let at = at.get(form).unwrap_or(at);
        Some((at.value(from)?, at.value(to)?))
    })?;
    let moment = |text: &str| {
        if text.contains('T') { instant(text).map(Moment::Instant) } else { day(text).map(Moment::Day) }
    };
    Some(Period { from: moment(from)?, to: moment(to)? })
}

/// Money, negative where it is said to be a debit or to have a minus sign.
pub(super) fn amount(at: At<'_, '_>) -> Option<Amount> {
    let money = at.get("Amt").unwrap_or(at);
    let value = decimal(money.text())?;
    let currency = money.attribute("Ccy")?.value().parse().ok()?;
    let negative = at.value("CdtDbtInd") == Some("DBIT") || matches!(at.value("Sgn"), Some("false" | "0"));
    Some(Amount::new(currency, if negative && !value.is_zero() { -value } else { value }))
}

fn number(at: At<'_, '_>) -> Option<String> {
    let long = at.get("Lng").unwrap_or(at);
    let text = at.value("Shrt").or_else(|| long.value("Id")).unwrap_or_else(|| at.text().trim());
    let issuer = issued::issuer(long);
    Some(issued::joined_or_bare(&issuer, text)).filter(|_| !text.is_empty())
}

/// A balance: a quantity that is long unless it is said to be short.
pub(super) fn balance(at: At<'_, '_>) -> Option<Balance> {
    let found = at.inside().find_map(|inner| {
        let (kind, _) = QUANTITIES.iter().find(|(_, name)| *name == inner.name())?;
        Some((*kind, decimal(inner.text())?))
    });
    let (kind, value) = found?;
    let short = ["ShrtLngInd", "QtyAndAvlbty/ShrtLngInd", "Qty/ShrtLngInd"]
        .iter()
        .any(|path| at.value(path) == Some("SHOR"));
    let available = ["AvlbtyInd", "QtyAndAvlbty/AvlbtyInd", "Qty/QtyAndAvlbty/AvlbtyInd"]
        .iter()
        .find_map(|path| at.value(path));
    let availability =
        available.map(|is| if matches!(is, "true" | "1") { "AVAI" } else { "NAVL" }.to_owned());
    Some(Balance { kind, value: if short && !value.is_zero() { -value } else { value }, availability })
}

/// A place: of trade, of listing, of clearing, of safekeeping.
fn place(at: At<'_, '_>) -> Option<Place> {
    let at = at.get("MktTpAndId").or_else(|| at.get("SfkpgPlcFrmt")).unwrap_or(at);
    let around = at.parent();
    let mut place = Place::default();
    if let Some(kept) = at.get("TpAndId") {
        place.kind = kept.value("SfkpgPlcTp").map(str::to_owned);
        place.bic = parts::may(kept, "Id");
    } else if let Some(kept) = at.get("Id").filter(|id| id.get("SfkpgPlcTp").is_some()) {
        place.kind = kept.value("SfkpgPlcTp").map(str::to_owned);
        place.name = kept.value("Id").map(str::to_owned);
    } else if let Some((own, kind)) = at.get("Prtry").and_then(|own| Some((own, own.get("Tp")?))) {
        // Somebody's own kind of place, beside its name.
        place.kind = code(kind).map(|kind| if kind.contains('/') { kind } else { format!("/{kind}") });
        place.name = own.value("Id").map(str::to_owned);
    } else {
        place.kind = at.get("Tp").and_then(code).or_else(|| at.get("Prtry").and_then(code));
        let market = at.get("Id").unwrap_or(at);
        let name = market.value("MktIdrCd").or_else(|| market.value("Desc"));
        place.name = name.map(str::to_owned);
        place.bic = at.value("Id").filter(|_| name.is_none()).and_then(|text| text.parse().ok());
    }
    place.country = at.value("Ctry").map(str::to_owned);
    place.ledger = at.value("DgtlLdgrId").map(str::to_owned);
    place.lei = parts::may(at, "LEI").or_else(|| around.and_then(|around| parts::may(around, "LEI")));
    (place != Place::default()).then_some(place)
}
