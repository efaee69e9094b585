//! Details into elements: the table of the version that is written says which forms a value may take. A value that has no
//! place there, or does not fit, is a loss with its reason and never stops the message.

use std::borrow::Cow;

use chrono::{DateTime, SecondsFormat, Utc};
use rust_decimal::Decimal;

use super::details::{Row, Shape, code_of_mx, row};
use super::encode::{Draft, Losses};
use super::issued;
use super::parties;
use super::parts::{self, QUANTITIES};
use super::schema::{Schema, TypeId};
use crate::model::{Amount, Balance, Detail, DetailValue as V, Moment, Numbered, Period, Place};

/// Writes details into their elements below `draft`, whose type is `of`. Those that were taken care of elsewhere must not
/// be among them: what has no row is a loss.
pub(super) fn put(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    rows: &[Row],
    details: &[Detail],
    field: &'static str,
    losses: &mut Losses,
) {
    for detail in details {
        if let Err(why) = put_one((schema, of), draft, rows, detail, field, losses) {
            losses.add(format!("{field}.{}", detail.code), show(&detail.value), why);
        }
    }
}

fn put_one(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    rows: &[Row],
    detail: &Detail,
    field: &'static str,
    losses: &mut Losses,
) -> Result<(), Cow<'static, str>> {
    let mut why: Cow<'static, str> = "the message has no element for it".into();
    for row in rows.iter().filter(|row| row.code == detail.code && row.shape.holds(&detail.value)) {
        let (above, name) = row.path.rsplit_once('/').map_or((None, row.path), |(a, n)| (Some(a), n));
        let parent = above.map_or(Some(of), |above| schema.down(of, above));
        let Some(particle) = parent.and_then(|parent| schema.child(parent, name)) else { continue };
        let place = above.map_or(Some(&*draft), |above| draft.find(above));
        if place.is_some_and(|place| place.count(name) >= particle.occurs.1 as usize) {
            why = "its element can stand only once, and stands already".into();
            continue;
        }
        if place.is_some_and(|place| excluded(schema, parent, name, place)) {
            why = "another one of the same choice stands already".into();
            continue;
        }
        let mut element = Draft::new(name);
        let mut sheet = Sheet { schema, field, code: row.code, losses };
        if let Err(refused) = sheet.write(&mut element, particle.type_id, row.shape, &detail.value) {
            why = refused;
            continue;
        }
        let place = if let Some(above) = above { draft.at(above) } else { draft };
        place.take_child(name, element);
        return Ok(());
    }
    Err(why)
}

/// Whether another branch of the choice that an element belongs to is taken.
fn excluded(schema: &Schema, parent: Option<TypeId>, name: &str, place: &Draft) -> bool {
    let Some(parent) = parent else { return false };
    schema.slots(parent).any(|(particles, is_choice, _)| {
        is_choice
            && particles.iter().any(|p| p.name == name)
            && particles.iter().any(|p| p.name != name && place.count(&p.name) > 0)
    })
}

/// Writes one value as an element down this way; a loss where it does not fit.
pub(super) fn put_value(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    (shape, path): (Shape, &'static str),
    value: &V,
    field: &'static str,
    losses: &mut Losses,
) {
    let rows = [row("", "", shape, path)];
    let detail = Detail::new("", value.clone());
    if let Err(why) = put_one((schema, of), draft, &rows, &detail, field, losses) {
        losses.add(field, show(value), why);
    }
}

/// A value for people.
pub(super) fn show(value: &V) -> String {
    match value {
        V::Code(text) | V::Text(text) | V::RateName(text) => text.clone(),
        V::Flag(flag) => flag.to_string(),
        V::Count(count) => count.to_string(),
        V::Number(number) => number.number.clone(),
        V::Rate(rate) => rate.to_string(),
        V::Amount(amount) => amount.to_string(),
        V::Currency(currency) => currency.to_string(),
        V::Reference(reference) => reference.to_string(),
        V::Moment(Moment::Day(day)) => day.to_string(),
        V::Moment(Moment::Instant(at)) => at.to_string(),
        V::Moment(Moment::Coded(code)) => code.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

type Put = Result<(), Cow<'static, str>>;

/// Writes one element, asking the table for its forms.
struct Sheet<'s> {
    schema: &'s Schema,
    field: &'static str,
    code: &'static str,
    losses: &'s mut Losses,
}

impl Sheet<'_> {
    fn has(&self, of: TypeId, path: &str) -> bool {
        self.schema.down(of, path).is_some()
    }

    /// Writes the text of a leaf, if the table takes it.
    fn leaf(&mut self, draft: &mut Draft, of: TypeId, text: &str) -> Put {
        let simple = self.schema.value_type(of).ok_or("the message says it in another form")?;
        if let Err(fault) = simple.check(text) {
            return Err(format!("it does not fit: the message takes {}", fault.expected).into());
        }
        draft.say(self.field, text);
        Ok(())
    }

    /// Writes the text of a leaf down this way.
    fn set(&mut self, draft: &mut Draft, of: TypeId, path: &'static str, text: &str) -> Put {
        let below = self.schema.down(of, path).ok_or("the message says it in another form")?;
        self.leaf(draft.at(path), below, text)
    }

    /// Writes into the first of these places that the table has.
    fn first(&mut self, draft: &mut Draft, of: TypeId, paths: &[&'static str], text: &str) -> Put {
        match paths.iter().find(|path| self.schema.down(of, path).is_some_and(|id| self.is_leaf(id))) {
            Some(path) => self.set(draft, of, path, text),
            None => Err("the message says it in another form".into()),
        }
    }

    fn is_leaf(&self, of: TypeId) -> bool {
        self.schema.value_type(of).is_some()
    }

    fn write(&mut self, draft: &mut Draft, of: TypeId, shape: Shape, value: &V) -> Put {
        match value {
            V::Code(code) => self.put_code(draft, of, shape, code),
            V::Flag(flag) => self.flag(draft, of, *flag),
            V::Count(count) => self
                .leaf(draft, of, &count.to_string())
                .or_else(|_| self.leaf(draft, of, &format!("{count:03}"))),
            V::Rate(rate) => self.number(draft, of, *rate),
            V::Currency(currency) => self.leaf(draft, of, currency.as_ref()),
            V::Reference(reference) => self.leaf(draft, of, reference.as_str()),
            V::Text(text) => self.text(draft, of, text),
            V::Number(number) => self.named(draft, of, number),
            V::Moment(moment) => self.moment(draft, of, moment),
            V::Period(period) => self.period(draft, of, period),
            V::Amount(amount) => self.amount(draft, of, amount),
            V::Balance(balance) => self.balance(draft, of, balance),
            V::Place(place) => self.place(draft, of, place),
            V::Exchange(rate) => {
                self.set(draft, of, "UnitCcy", rate.of.as_ref())?;
                self.set(draft, of, "QtdCcy", rate.in_currency.as_ref())?;
                self.set(draft, of, "XchgRate", &rate.rate.to_string())
            }
            V::Quantity(quantity) => {
                let below = if self.has(of, "Qty") { draft.at("Qty") } else { draft };
                parts::put_quantity(below, self.field, quantity);
                Ok(())
            }
            V::Price(price) => {
                parts::put_price(draft, self.field, price, self.losses);
                if draft.is_empty() { Err("a price in money needs its currency".into()) } else { Ok(()) }
            }
            V::Party(party) => {
                parties::put_party(draft, self.field, party, parties::Place::Chain, self.losses)
                    .map_err(|e| Cow::Owned(e.to_string()))
            }
            V::Instrument(instrument) => {
                parts::put_instrument(draft, self.field, instrument);
                Ok(())
            }
            V::RateName(_) | V::Account(_) => Err("the message says it in another form".into()),
        }
    }

    fn put_code(&mut self, draft: &mut Draft, of: TypeId, shape: Shape, code: &str) -> Put {
        if let Shape::Indicator(yes, _) = shape
            && !code.contains('/')
        {
            return self.flag(draft, of, code == yes);
        }
        match issued::parted(code) {
            // A code of the standard's own list that has a slash in front has no scheme.
            (Some(issuer), id) if self.has(of, "Prtry/Id") || self.has(of, "Id") => {
                let below = if self.has(of, "Prtry") { "Prtry" } else { "" };
                let of = if below.is_empty() { of } else { self.schema.down(of, below).unwrap_or(of) };
                let draft = if below.is_empty() { draft } else { draft.at("Prtry") };
                let (issuer, scheme) = issued::named(issuer);
                let issuer = if issuer.is_empty() { parties::NOT_PROVIDED } else { &issuer };
                self.set(draft, of, "Id", id)?;
                if let Some(scheme) = scheme {
                    self.set(draft, of, "SchmeNm", &scheme)?;
                }
                self.set(draft, of, "Issr", issuer)
            }
            (Some(_), _) => Err("the message takes no proprietary code here".into()),
            (None, code) if self.is_leaf(of) => self.leaf(draft, of, code),
            // Where only proprietary codes may stand, a code of the standard's own gets an issuer that says nothing.
            (None, code) if !self.has(of, "Cd") && self.has(of, "Issr") => {
                self.set(draft, of, "Id", code)?;
                self.set(draft, of, "Issr", parties::NOT_PROVIDED)
            }
            (None, code) => self.set(draft, of, "Cd", code_of_mx(self.code, code)),
        }
    }

    fn flag(&mut self, draft: &mut Draft, of: TypeId, flag: bool) -> Put {
        let text = if flag { "true" } else { "false" };
        if self.is_leaf(of) { self.leaf(draft, of, text) } else { self.set(draft, of, "Ind", text) }
    }

    fn number(&mut self, draft: &mut Draft, of: TypeId, number: Decimal) -> Put {
        let text = number.to_string();
        if self.is_leaf(of) { self.leaf(draft, of, &text) } else { self.set(draft, of, "Rate", &text) }
    }

    /// Words are cut where they are too long, and that is told; they decide nothing.
    fn text(&mut self, draft: &mut Draft, of: TypeId, text: &str) -> Put {
        let Some(super::facet::Simple::Text { max, .. }) = self.schema.value_type(of) else {
            return self.leaf(draft, of, text);
        };
        let cut: String = text.chars().take(*max).collect();
        if cut.len() < text.len() {
            self.losses.add(
                format!("{}.{}", self.field, self.code),
                text,
                format!("cut to {max} characters"),
            );
        }
        self.leaf(draft, of, &cut)
    }

    fn named(&mut self, draft: &mut Draft, of: TypeId, named: &Numbered) -> Put {
        if named.quantity.is_some() {
            return Err("the message has no quantity beside a number".into());
        }
        let number = named.number.as_str();
        if self.is_leaf(of) {
            return self.leaf(draft, of, number);
        }
        let (issuer, id) = issued::parted(number);
        let (scheme, name) = match issuer.map(issued::named) {
            Some((issuer, name)) => (Some(issuer), name),
            None => (None, None),
        };
        let (scheme, name) = (scheme.as_deref(), name.as_deref());
        if self.has(of, "Shrt") {
            if scheme.is_none() && self.set(draft, of, "Shrt", id).is_ok() {
                return Ok(());
            }
            draft.clear();
            // Of a statement it is a number of five digits, of a coupon an identifier.
            if self.schema.down(of, "Lng").is_some_and(|long| self.is_leaf(long)) {
                return self.set(draft, of, "Lng", number);
            }
            return match scheme {
                Some(scheme) if self.has(of, "Lng/Issr") => {
                    self.set(draft, of, "Lng/Id", id)?;
                    if let Some(name) = name.filter(|_| self.has(of, "Lng/SchmeNm")) {
                        self.set(draft, of, "Lng/SchmeNm", name)?;
                    }
                    if scheme.is_empty() { Ok(()) } else { self.set(draft, of, "Lng/Issr", scheme) }
                }
                _ => self.set(draft, of, "Lng/Id", number),
            };
        }
        self.set(draft, of, "Id", id)?;
        if let Some(name) = name.filter(|_| self.has(of, "SchmeNm")) {
            self.set(draft, of, "SchmeNm", name)?;
        }
        match scheme {
            Some(scheme) if !scheme.is_empty() => self.set(draft, of, "Issr", scheme),
            _ => Ok(()),
        }
    }

    fn moment(&mut self, draft: &mut Draft, of: TypeId, moment: &Moment) -> Put {
        let (paths, text): (&[&'static str], String) = match moment {
            Moment::Day(day) => (&["Dt/Dt", "Dt"], day.to_string()),
            Moment::Instant(at) => (&["Dt/DtTm", "DtTm"], written(*at)),
            Moment::Coded(code) => {
                let of = self.schema.down(of, "DtCd").ok_or("the message has no code for a date here")?;
                return self.put_code(draft.at("DtCd"), of, Shape::Code, code);
            }
        };
        if !self.is_leaf(of) {
            return self.first(draft, of, paths, &text);
        }
        if self.leaf(draft, of, &text).is_ok() {
            return Ok(());
        }
        // An element that holds a day gets the day of an instant; the time of day is lost.
        let day = moment.day().map(|day| day.to_string()).unwrap_or_default();
        self.leaf(draft, of, &day)?;
        self.losses.add(
            format!("{}.{}", self.field, self.code),
            text,
            "the message takes a day here, without a time",
        );
        Ok(())
    }

    fn period(&mut self, draft: &mut Draft, of: TypeId, period: &Period) -> Put {
        let days = matches!((&period.from, &period.to), (Moment::Day(_), Moment::Day(_)));
        let (form, from, to) =
            if days { ("FrDtToDt", "FrDt", "ToDt") } else { ("FrDtTmToDtTm", "FrDtTm", "ToDtTm") };
        let text = |moment: &Moment| match moment {
            Moment::Day(day) if days => Some(day.to_string()),
            Moment::Day(day) => Some(format!("{day}T00:00:00Z")),
            Moment::Instant(at) => Some(written(*at)),
            Moment::Coded(_) => None,
        };
        let ends = text(&period.from).zip(text(&period.to));
        let (first, last) = ends.ok_or("the message takes no code for an end of a period")?;
        let (of, draft) = match self.schema.down(of, form) {
            Some(below) => (below, draft.at(form)),
            None => (of, draft),
        };
        self.set(draft, of, from, &first)?;
        self.set(draft, of, to, &last)
    }

    fn amount(&mut self, draft: &mut Draft, of: TypeId, amount: &Amount) -> Put {
        let negative = amount.value().is_sign_negative() && !amount.value().is_zero();
        let figure = amount.value().abs().to_string();
        if self.is_leaf(of) {
            if negative {
                return Err("the message takes no negative amount here".into());
            }
            self.leaf(draft, of, &figure)?;
            draft.in_currency(amount.currency());
            return Ok(());
        }
        self.set(draft, of, "Amt", &figure)?;
        draft.at("Amt").in_currency(amount.currency());
        if self.has(of, "CdtDbtInd") {
            self.set(draft, of, "CdtDbtInd", if negative { "DBIT" } else { "CRDT" })
        } else if self.has(of, "Sgn") {
            self.set(draft, of, "Sgn", if negative { "false" } else { "true" })
        } else if negative {
            Err("the message takes no negative amount here".into())
        } else {
            Ok(())
        }
    }

    fn balance(&mut self, draft: &mut Draft, of: TypeId, balance: &Balance) -> Put {
        let name =
            QUANTITIES.iter().find(|(kind, _)| *kind == balance.kind).map_or("Unit", |(_, name)| *name);
        let negative = balance.value.is_sign_negative() && !balance.value.is_zero();
        // A choice has the availability in a branch of its own.
        let branches: [&'static str; 2] = ["QtyAndAvlbty", "Qty/QtyAndAvlbty"];
        let branch = branches.iter().find_map(|path| Some((*path, self.schema.down(of, path)?)));
        let branch = branch.filter(|_| balance.availability.is_some());
        if branch.is_some_and(|(path, _)| path.contains('/')) && self.has(of, "ShrtLngInd") {
            self.set(draft, of, "ShrtLngInd", if negative { "SHOR" } else { "LONG" })?;
        }
        let (of, draft) = match branch {
            Some((path, below)) => (below, draft.at(path)),
            None => match self.schema.down(of, "Qty").filter(|id| self.has(*id, "ShrtLngInd")) {
                Some(below) => (below, draft.at("Qty")),
                None => (of, draft),
            },
        };
        if self.has(of, "ShrtLngInd") {
            self.set(draft, of, "ShrtLngInd", if negative { "SHOR" } else { "LONG" })?;
        } else if negative {
            return Err("the message takes no short balance here".into());
        }
        match &balance.availability {
            Some(code) if self.has(of, "AvlbtyInd") => {
                self.set(draft, of, "AvlbtyInd", if code == "AVAI" { "true" } else { "false" })?;
            }
            Some(_) => return Err("the message has no availability here".into()),
            None => {}
        }
        // However deep the figure is wrapped.
        let (mut of, mut draft) = (of, draft);
        while let Some(below) = self.schema.down(of, "Qty") {
            (of, draft) = (below, draft.at("Qty"));
        }
        self.set(draft, of, name, &balance.value.abs().to_string())
    }

    fn place(&mut self, draft: &mut Draft, of: TypeId, place: &Place) -> Put {
        if let Some(lei) = place.lei {
            self.set(draft, of, "LEI", lei.as_ref())?;
        }
        // Some messages have a wrapper around the forms of a place of safekeeping, and others have not.
        let wrapped = self.schema.down(of, "SfkpgPlcFrmt");
        let forms = wrapped.unwrap_or(of);
        if self.has(forms, "Id/SfkpgPlcTp") {
            // An LEI stands beside the forms, and alone where nothing else is known.
            let only = Place { lei: place.lei, name: place.name.clone(), ..Place::default() };
            if *place == only && place.lei.is_some() {
                return Ok(());
            }
            let draft = if wrapped.is_some() { draft.at("SfkpgPlcFrmt") } else { draft };
            return self.safekeeping(draft, forms, place);
        }
        if let Some(ledger) = &place.ledger {
            return Err(format!("the message names no ledger ({ledger}) as a place").into());
        }
        let (of, draft) = match self.schema.down(of, "MktTpAndId") {
            Some(below) => (below, draft.at("MktTpAndId")),
            None => (of, draft),
        };
        if let Some(kind) = &place.kind {
            match self.schema.down(of, "Tp") {
                Some(below) => self.put_code(draft.at("Tp"), below, Shape::Code, kind)?,
                None if kind == "EXCH" && place.name.is_some() => {}
                None => return Err("the message has no kind of place here".into()),
            }
        }
        if let Some(bic) = place.bic {
            return self.set(draft, of, "Id", &bic.to_string());
        }
        let Some(name) = &place.name else { return Ok(()) };
        let is_mic = name.len() == 4 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        match (is_mic, self.has(of, "Id/MktIdrCd")) {
            (true, true) => self.set(draft, of, "Id/MktIdrCd", name),
            (true, false) => self.set(draft, of, "MktIdrCd", name),
            (false, _) => self.first(draft, of, &["Id/Desc", "Desc"], name),
        }
    }

    fn safekeeping(&mut self, draft: &mut Draft, of: TypeId, place: &Place) -> Put {
        if let Some(ledger) = &place.ledger {
            return self.set(draft, of, "DgtlLdgrId", ledger);
        }
        let Some(kind) = &place.kind else {
            return match &place.country {
                Some(country) => self.set(draft, of, "Ctry", country),
                None => Err("a place of safekeeping needs a type, a country or an LEI".into()),
            };
        };
        if let Some(bic) = place.bic {
            self.set(draft, of, "TpAndId/SfkpgPlcTp", kind)?;
            return self.set(draft, of, "TpAndId/Id", &bic.to_string());
        }
        if kind.contains('/') {
            let no_place = "the message takes no proprietary type here";
            let Some(typed) = self.schema.down(of, "Prtry/Tp") else {
                let below = self.schema.down(of, "Prtry").ok_or(no_place)?;
                return self.put_code(draft.at("Prtry"), below, Shape::Code, kind);
            };
            self.put_code(draft.at("Prtry/Tp"), typed, Shape::Code, kind)?;
            return match &place.name {
                Some(name) => self.set(draft, of, "Prtry/Id", name),
                None => Ok(()),
            };
        }
        self.set(draft, of, "Id/SfkpgPlcTp", kind)?;
        match &place.name {
            Some(name) => self.set(draft, of, "Id/Id", name),
            None => Ok(()),
        }
    }
}

/// An instant as XML writes it, in UTC.
pub(super) fn written(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::mx::{details, encode, tables, walk};

    const ROWS: &[Row] = &[
        row("22F", "MICO", Shape::Code, "DayCntBsis"),
        row("22F", "PFRE", Shape::Code, "PmtFrqcy"),
        row("22F", "FORM", Shape::Code, "RegnForm"),
        row("11A", "DENO", Shape::Currency, "DnmtnCcy"),
        row("98A", "MATU", Shape::Moment, "MtrtyDt"),
        row("98A", "ISSU", Shape::Moment, "IsseDt"),
        row("92A", "INTR", Shape::Rate, "IntrstRate"),
        row("13a", "COUP", Shape::Number, "CpnAttchdNb"),
        row("17B", "FRNF", Shape::Flag, "VarblRateInd"),
        row("90a", "EXER", Shape::Price, "ExrcPric"),
        row("36B", "SIZE", Shape::Quantity, "CtrctSz"),
        row("35B", "", Shape::Instrument, "UndrlygFinInstrmId"),
        row("94B", "PLIS", Shape::Place, "PlcOfListg"),
        row("70E", "FIAN", Shape::Text, "FinInstrmAttrAddtlDtls"),
    ];

    fn detail(code: &str, value: V) -> Detail {
        Detail::new(code, value)
    }

    /// Writes the details as attributes of an instrument and reads them again.
    fn there_and_back(list: &[Detail]) -> (Vec<Detail>, Vec<String>) {
        let schema = tables::find("sese.023.001.11").expect("a table").schema;
        let of = schema.down(schema.own(), "FinInstrmAttrbts").expect("attributes");
        let mut draft = Draft::new("FinInstrmAttrbts");
        let mut losses = Losses::default();
        put((schema, of), &mut draft, ROWS, list, "attributes", &mut losses);
        let text = encode::write_as(schema, &draft, of).expect("it fits");
        let walked = walk::walk(text.as_bytes(), &Limits::default(), false, &|_| None);
        let read = walked.outline.at(0).map(|at| details::read(at, ROWS)).unwrap_or_default();
        (read, losses.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let day = "2031-05-15".parse().expect("a day");
        let list = [
            detail("MICO", V::Code("A004".into())),
            detail("PFRE", V::Code("XYZ/AB12".into())),
            detail("FORM", V::Code("XYZ|HOUSE LIST/AB13".into())),
            detail("DENO", V::Currency("EUR".parse().expect("a currency"))),
            detail("MATU", V::Moment(Moment::Day(day))),
            detail("INTR", V::Rate("3.125".parse().expect("a rate"))),
            detail("COUP", V::Number(Numbered { number: "012".into(), quantity: None })),
            detail("FRNF", V::Flag(false)),
            detail(
                "PLIS",
                V::Place(Place { kind: Some("EXCH".into()), name: Some("XETR".into()), ..Place::default() }),
            ),
            detail("FIAN", V::Text("A bond & more".into())),
        ];
        assert_eq!(there_and_back(&list), (list.to_vec(), Vec::new()));
    }

    #[test]
    fn what_has_no_place_or_does_not_fit_is_a_loss() {
        let code = |code: &str, value: &str| detail(code, V::Code(value.into()));
        let (read, losses) = there_and_back(&[
            code("MICO", "ZZZZ"),
            code("NOPE", "ABCD"),
            code("PFRE", "ANNU"),
            code("PFRE", "MNTH"),
            detail("FIAN", V::Text("x".repeat(351))),
        ]);
        let kept = [code("PFRE", "ANNU"), detail("FIAN", V::Text("x".repeat(350)))];
        assert_eq!(read, kept);
        let said = losses.join("\n");
        for part in ["MICO", "one of", "NOPE", "no element", "PFRE", "only once", "cut to 350"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }
}
