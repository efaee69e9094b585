//! Fields to details: every generic field of category 5 is a code and a value.

use super::message::Element;
use super::sections::Unread;
use super::{instrument, party, value};
use crate::model::{
    Amount, Balance, Currency, Detail, DetailValue, ExchangeRate, Instrument, Moment, Numbered,
    PartialSettlement, Party, PartyId, Period, Place, Price, Quantity, QuantityKind, Reference,
    StatedAccount, further,
};
use DetailValue as V;
use rust_decimal::Decimal;

/// The details of a sequence, while those with a field of their own are taken out.
#[derive(Debug, Default)]
pub(super) struct Details(Vec<Detail>);

macro_rules! takers {
    ($($name:ident $variant:ident $of:ty;)*) => {
        $(
            /// Takes the first value of that kind with that code.
            pub(super) fn $name(&mut self, code: &str) -> Option<$of> {
                let wanted = |d: &Detail| d.code == code && matches!(d.value, V::$variant(_));
                let index = self.0.iter().position(wanted)?;
                match self.0.remove(index).value {
                    V::$variant(value) => Some(value),
                    _ => None,
                }
            }
        )*
    };
}

impl Details {
    takers! {
        code Code String;
        flag Flag bool;
        number Number Numbered;
        count Count i32;
        exchange Exchange ExchangeRate;
        amount Amount Amount;
        currency Currency Currency;
        quantity Quantity Quantity;
        balance Balance Balance;
        price Price Price;
        moment Moment Moment;
        period Period Period;
        place Place Place;
        party Party Party;
        account Account StatedAccount;
        reference Reference Reference;
        text Text String;
    }

    /// Takes the instrument.
    pub(super) fn instrument(&mut self) -> Option<Instrument> {
        let index = self.0.iter().position(|d| matches!(d.value, V::Instrument(_)))?;
        match self.0.remove(index).value {
            V::Instrument(instrument) => Some(instrument),
            _ => None,
        }
    }

    /// Takes the first of those that `wanted` wants.
    pub(super) fn first(&mut self, wanted: impl Fn(&Detail) -> bool) -> Option<Detail> {
        let index = self.0.iter().position(wanted)?;
        Some(self.0.remove(index))
    }

    /// Takes all that `wanted` wants.
    pub(super) fn all(&mut self, wanted: impl Fn(&Detail) -> bool) -> Vec<Detail> {
        self.0.extract_if(.., |d| wanted(d)).collect()
    }

    /// All places with that code.
    pub(super) fn places(&mut self, code: &str) -> Vec<Place> {
        std::iter::from_fn(|| self.place(code)).collect()
    }

    /// An account by its number, or by its address on a ledger.
    pub(super) fn safekeeping(&mut self) -> Option<StatedAccount> {
        self.account("SAFE").or_else(|| self.account("BCAW"))
    }

    /// Takes the conditions of settlement, and among them whether it may settle in parts.
    pub(super) fn conditions(&mut self) -> (Vec<String>, Option<PartialSettlement>) {
        further::conditions_of(&mut self.0)
    }

    /// What nobody took.
    pub(super) fn rest(self) -> Vec<Detail> {
        self.0
    }
}

/// The fields of one sequence. A second name of a party goes to the party before it.
pub(super) fn read<'a>(elements: &[Element<'a>], unread: &mut Unread<'a>) -> Details {
    let mut list: Vec<Detail> = Vec::new();
    for e in elements {
        if e.qualifier == b"ALTE"
            && let Some(Detail { value: V::Party(party), .. }) =
                list.iter_mut().rev().find(|d| matches!(d.value, V::Party(_)))
        {
            match (e.tag, value::parsed(e.rest), party::further(e.rest)) {
                (b"95L", Some(lei), _) if party.lei.is_none() => party.lei = Some(lei),
                (b"95S", _, Some(further)) if e.scheme.is_empty() => party.further.push(further),
                _ => unread.0.push(*e),
            }
            continue;
        }
        match one(e) {
            Some(value) => list.push(Detail { code: value::text(e.qualifier), value }),
            None => unread.0.push(*e),
        }
    }
    Details(list)
}

/// The value of a field; `None` for what is no generic field, or none that the model holds.
fn one(e: &Element<'_>) -> Option<DetailValue> {
    Some(match e.tag {
        b"11A" => V::Currency(value::parsed(e.rest)?),
        b"12A" | b"12B" | b"12C" | b"22F" | b"22H" | b"24B" | b"25D" | b"90E" | b"93A" => {
            V::Code(code(e.scheme, e.rest))
        }
        b"13A" | b"13B" | b"13J" => V::Number(Numbered { number: code(e.scheme, e.rest), quantity: None }),
        b"13K" => {
            let quantity = Some(value::decimal(e.rest.get(4..)?)?);
            V::Number(Numbered { number: value::text(e.rest.get(..3)?), quantity })
        }
        b"17B" => V::Flag(match e.rest {
            b"Y" => true,
            b"N" => false,
            _ => return None,
        }),
        b"19A" => V::Amount(value::amount(e.rest)?),
        b"20C" | b"20N" | b"20U" => V::Reference(value::parsed(e.rest)?),
        b"35B" => V::Instrument(instrument::read(e.rest)),
        b"36B" | b"36D" => V::Quantity(value::quantity(e.rest)?),
        b"69A" => {
            V::Period(Period { from: moment(b'A', e.rest.get(..8)?)?, to: moment(b'A', e.rest.get(9..)?)? })
        }
        b"69B" => {
            V::Period(Period { from: moment(b'C', e.rest.get(..14)?)?, to: moment(b'C', e.rest.get(15..)?)? })
        }
        b"70C" | b"70D" | b"70E" | b"70H" => V::Text(value::joined(e.rest)),
        b"90A" | b"90B" => V::Price(value::price(e.option(), e.rest)?),
        b"92A" => V::Rate(signed(e.rest)?),
        b"92B" => V::Exchange(ExchangeRate {
            of: value::parsed(e.rest.get(..3)?)?,
            in_currency: value::parsed(e.rest.get(4..7)?)?,
            rate: value::decimal(e.rest.get(8..)?)?,
        }),
        b"92C" => V::RateName(code(e.scheme, e.rest)),
        b"93B" | b"93C" if e.scheme.is_empty() => V::Balance(balance(e)?),
        [b'9', b'4', option] => V::Place(place(*option, e)?),
        [b'9', b'5', b'C' | b'L' | b'P' | b'Q' | b'R'] => V::Party(Party::new(party::identification(e)?)),
        [b'9', b'7', option] => V::Account(account(*option, e)?),
        b"98B" => V::Moment(Moment::Coded(code(e.scheme, e.rest))),
        [b'9', b'8', option] => V::Moment(moment(*option, e.rest)?),
        b"99A" | b"99B" | b"99C" => V::Count(match e.rest.strip_prefix(b"N") {
            Some(days) => -value::parsed::<i32>(days)?,
            None => value::parsed(e.rest)?,
        }),
        _ => return None,
    })
}

/// A code, behind its scheme when it has one. What has none but a slash of its own gets an empty scheme, so that the two
/// can be told apart when it is written.
pub(super) fn code(scheme: &[u8], rest: &[u8]) -> String {
    if scheme.is_empty() && !rest.contains(&b'/') {
        value::text(rest)
    } else {
        format!("{}/{}", value::text(scheme), value::text(rest))
    }
}

fn signed(rest: &[u8]) -> Option<Decimal> {
    match rest.strip_prefix(b"N") {
        Some(negative) => Some(-value::decimal(negative)?),
        None => value::decimal(rest),
    }
}

/// `UNIT/N100,`, in option C with `AVAI/` or `NAVL/` before the figure.
fn balance(e: &Element<'_>) -> Option<Balance> {
    let kind = match e.rest.get(..5)? {
        b"UNIT/" => QuantityKind::Unit,
        b"FAMT/" => QuantityKind::FaceAmount,
        b"AMOR/" => QuantityKind::AmortisedAmount,
        _ => return None,
    };
    let rest = e.rest.get(5..)?;
    if e.option() == b'B' {
        return Some(Balance { kind, value: signed(rest)?, availability: None });
    }
    let availability = Some(value::text(rest.get(..4)?));
    Some(Balance { kind, value: signed(rest.get(5..)?)?, availability })
}

pub(super) fn moment(option: u8, rest: &[u8]) -> Option<Moment> {
    match option {
        b'A' => value::date(b'A', rest).map(Moment::Day),
        _ => value::instant(option, rest).map(Moment::Instant),
    }
}

fn place(option: u8, e: &Element<'_>) -> Option<Place> {
    let text = value::text(e.rest);
    let (first, second) = text.split_once('/').map_or((text.as_str(), None), |(f, s)| (f, Some(s)));
    let name = second.map(str::to_owned);
    let of = Place::default();
    Some(match option {
        b'B' | b'S' => Place { kind: Some(code(e.scheme, first.as_bytes())), name, ..of },
        b'C' => Place { country: Some(text), ..of },
        b'D' => Place { country: (!first.is_empty()).then(|| first.to_owned()), name, ..of },
        b'F' => Place { kind: Some(first.to_owned()), bic: Some(second?.parse().ok()?), ..of },
        b'H' => Place { bic: Some(text.parse().ok()?), ..of },
        b'L' => Place { lei: Some(text.parse().ok()?), ..of },
        b'T' => Place { ledger: Some(text), ..of },
        _ => return None,
    })
}

fn account(option: u8, e: &Element<'_>) -> Option<StatedAccount> {
    match option {
        b'A' | b'E' => Some(StatedAccount::from(value::parsed::<crate::model::Account>(e.rest)?)),
        b'B' => Some(StatedAccount {
            address: None,
            id: value::parsed(e.rest.get(5..)?)?,
            kind: Some(code(e.scheme, e.rest.get(..4)?)),
            wallet: false,
            name: None,
        }),
        b'D' => {
            let kind = (!e.scheme.is_empty()).then(|| value::text(e.scheme));
            Some(StatedAccount { address: None, id: value::parsed(e.rest)?, kind, wallet: true, name: None })
        }
        _ => None,
    }
}

/// Whether a detail names a party, by another name than its own code.
pub(super) fn is_party(detail: &Detail) -> bool {
    matches!(&detail.value, V::Party(p) if !(detail.code == "ALTE" && matches!(p.id, PartyId::Lei(_))))
}
