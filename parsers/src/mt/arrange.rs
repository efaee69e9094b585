//! Details to fields, in the order of the table: a mapping says what belongs into a sequence, the table says which field
//! it is and where it stands. What the table has no place for is a loss.

use super::encode::{Writer, exact, fitting, stand_in};
use super::spec::{Content, Sequence, Spec};
use super::{instrument, party, value};
use crate::codec::{EncodeError, Envelope};
use crate::model::{
    Balance, Detail, DetailValue, Instrument, Moment, Numbered, Party, PartyId, Period, Place, Reference,
    StatedAccount,
};
use DetailValue as V;
use rust_decimal::Decimal;

/// The sequence of a link, which is nothing without its reference.
pub(super) const LINK: &str = "LINK";

/// Says that there is no reference where one must stand.
pub(super) const NO_REFERENCE: &str = "NONREF";

/// What has no qualifier of its own, and the one that it shares: the strike price is said as the price of an exercise.
const STAND_INS: [(&str, &str); 1] = [("STRK", "EXER")];

/// A sequence on its way.
#[derive(Debug, Default)]
pub(super) struct Block {
    name: &'static str,
    /// How the event calls what stands in it; empty where it has no name for that.
    field: &'static str,
    details: Vec<Detail>,
    fields: Vec<Line>,
    children: Vec<Block>,
}

/// A field as it is to stand.
#[derive(Debug, Clone)]
struct Line {
    tag: String,
    qualifier: String,
    value: String,
}

impl Line {
    /// A generic field.
    fn new(tag: &str, qualifier: &str, value: &str) -> Self {
        Self { tag: tag.to_owned(), qualifier: qualifier.to_owned(), value: format!(":{qualifier}//{value}") }
    }

    /// A generic field whose value may have a scheme before a slash.
    fn coded(tag: &str, qualifier: &str, code: &str) -> Self {
        let (scheme, code) = code.split_once('/').unwrap_or(("", code));
        let value = format!(":{qualifier}/{scheme}/{code}");
        Self { tag: tag.to_owned(), qualifier: qualifier.to_owned(), value }
    }
}

impl Block {
    /// An empty sequence of that name; the message itself has none.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    /// An empty sequence whose details the event calls so.
    pub(super) fn called(name: &'static str, field: &'static str) -> Self {
        Self { name, field, ..Self::default() }
    }

    /// How the event calls a detail of that code.
    fn label(&self, code: &str) -> String {
        // Facts that have a field of their own.
        const OWN: [(&str, &str); 3] = [("SPRO", "narrative"), ("ACOW", "account_owner"), ("DEAL", "price")];
        let event = self.field.split('.').next().unwrap_or_default();
        match OWN.iter().find(|(known, _)| *known == code) {
            Some((_, field)) if !self.field.is_empty() => format!("{event}.{field}"),
            _ if self.field.is_empty() => code.to_owned(),
            _ => format!("{}.{code}", self.field),
        }
    }

    /// Adds a detail.
    pub(super) fn put(&mut self, code: &str, value: DetailValue) {
        self.details.push(Detail::new(code, value));
    }

    /// Adds a detail where there is one.
    pub(super) fn put_some<T>(&mut self, code: &str, value: Option<&T>, of: fn(T) -> DetailValue)
    where
        T: Clone,
    {
        if let Some(value) = value {
            self.put(code, of(value.clone()));
        }
    }

    /// Adds details.
    pub(super) fn put_all(&mut self, details: &[Detail]) {
        self.details.extend_from_slice(details);
    }

    /// Adds a field that has no qualifier.
    pub(super) fn line(&mut self, tag: &str, value: &str) {
        self.fields.push(Line { tag: tag.to_owned(), qualifier: String::new(), value: value.to_owned() });
    }

    /// Adds a code of a field that is told by its number, not by its qualifier.
    pub(super) fn code(&mut self, tag: &str, qualifier: &str, code: &str) {
        self.fields.push(Line::coded(tag, qualifier, code));
    }

    /// Adds the writer's own reference; one that does not fit is replaced, always by the same.
    pub(super) fn own_reference(&mut self, writer: &mut Writer, field: &'static str, reference: &Reference) {
        if fitting(field, reference).is_ok() {
            self.fields.push(Line::new("20C", "SEME", reference.as_str()));
            return;
        }
        let instead = stand_in(reference.as_str());
        let why = format!(
            "MT carries 16 characters of the X set here; {instead}, computed from it, stands instead"
        );
        writer.lose(field, reference.as_str(), &why);
        self.fields.push(Line::new("20C", "SEME", &instead));
    }

    /// Adds the reference of an answer. Where the event has none, the message identifier stands: MX knows answers by it.
    pub(super) fn answer(
        &mut self,
        writer: &mut Writer,
        field: &'static str,
        id: Option<&Reference>,
        envelope: &Envelope,
        kind: &str,
    ) -> Result<(), EncodeError> {
        if let Some(id) = id {
            self.own_reference(writer, field, id);
            return Ok(());
        }
        let id = envelope.message_id.parse::<Reference>();
        let id = id.map_err(|_| EncodeError::Missing { field, message: kind.to_owned() })?;
        writer.lose(field, "", &format!("there is none: the message identifier {id} stands"));
        self.own_reference(writer, field, &id);
        Ok(())
    }

    /// Adds a sequence.
    pub(super) fn child(&mut self, child: Block) {
        self.children.push(child);
    }

    /// Whether the table has a place for a reference in it.
    fn has_reference(&self, row: &Sequence) -> bool {
        self.details.iter().any(|d| match &d.value {
            V::Reference(reference) => {
                let lines = references(&d.code, reference);
                lines.iter().any(|line| place_of(row, &line.tag, &line.qualifier).is_some())
            }
            _ => false,
        })
    }

    /// The same under the qualifier that stands for it too, where nothing else stands there.
    fn stand_in(&self, detail: &Detail) -> Option<Detail> {
        let (_, instead) = STAND_INS.iter().find(|(code, _)| *code == detail.code)?;
        let free = self.details.iter().all(|other| other.code != *instead);
        free.then(|| Detail::new(instead, detail.value.clone()))
    }

    fn is_empty(&self) -> bool {
        self.details.is_empty() && self.fields.is_empty() && self.children.iter().all(Block::is_empty)
    }
}

/// Writes a message: the block of the message with all of its sequences, in the order of the table.
pub(super) fn write(writer: &mut Writer, spec: &Spec, message: &Block) -> Result<(), EncodeError> {
    write_sequence(writer, &spec.root, message)
}

fn write_sequence(writer: &mut Writer, row: &Sequence, block: &Block) -> Result<(), EncodeError> {
    enum Piece<'b> {
        Line(Line),
        Block(&'b Sequence, &'b Block),
    }
    let mut pieces: Vec<(usize, Piece<'_>)> = Vec::new();
    for line in &block.fields {
        match place_of(row, &line.tag, &line.qualifier) {
            Some(place) => pieces.push((place, Piece::Line(line.clone()))),
            None => lose(writer, block, &line.qualifier, &line.value),
        }
    }
    for detail in &block.details {
        let mut lines = lines(writer, row, block, detail)?;
        if let (true, Some(other)) = (lines.is_empty(), block.stand_in(detail)) {
            lines = self::lines(writer, row, block, &other)?;
            if !lines.is_empty() {
                let why = format!("MT has no field of its own for it: it stands as {}", other.code);
                writer.lose(&block.label(&detail.code), &format!("{:?}", detail.value), &why);
            }
        }
        if lines.is_empty() {
            lose(writer, block, &detail.code, &format!("{:?}", detail.value));
        }
        pieces.extend(lines.into_iter().map(|(place, line)| (place, Piece::Line(line))));
    }
    for child in &block.children {
        let found = row.items.iter().enumerate().find_map(|(place, item)| match &item.content {
            Content::Sequence(inner) if inner.name == child.name => Some((place, inner)),
            _ => None,
        });
        match found {
            Some((_, inner)) if child.is_empty() && !inner.mandatory => {}
            Some((_, inner)) if child.name == LINK && !child.has_reference(inner) => {
                lose(writer, block, "link", &format!("{:?}", child.details));
            }
            Some((place, inner)) => pieces.push((place, Piece::Block(inner, child))),
            None if child.is_empty() => {}
            None => lose(writer, block, child.name, &format!("{:?}", child.details)),
        }
    }
    let no_link = no_link();
    for (place, item) in row.items.iter().enumerate() {
        // Where there must be a link and no reference is known, the customary word stands for it.
        if let Content::Sequence(inner) = &item.content
            && inner.name == LINK
            && inner.mandatory
            && pieces.iter().all(|(other, _)| *other != place)
        {
            pieces.push((place, Piece::Block(inner, &no_link)));
        }
    }
    pieces.sort_by_key(|(place, _)| *place);
    for (_, piece) in pieces {
        match piece {
            Piece::Line(line) => writer.line(&line.tag, &line.value),
            Piece::Block(inner, child) => {
                writer.sequence(child.name, |w| write_sequence(w, inner, child))?;
            }
        }
    }
    Ok(())
}

fn no_link() -> Block {
    let mut link = Block::new(LINK);
    link.fields.push(Line::new("20C", "RELA", NO_REFERENCE));
    link
}

fn lose(writer: &mut Writer, block: &Block, code: &str, value: &str) {
    let field = match block.field {
        "" => format!("{}.{code}", block.name.to_lowercase()),
        _ => block.label(code),
    };
    writer.lose(&field, value, "this message has no place for it");
}

/// Where in a sequence a field may stand: a line that lists its qualifier, else one that is open.
fn place_of(row: &Sequence, tag: &str, qualifier: &str) -> Option<usize> {
    listed(row, tag, qualifier).or_else(|| open(row, tag))
}

fn listed(row: &Sequence, tag: &str, qualifier: &str) -> Option<usize> {
    let letter = tag.as_bytes().get(2).copied().unwrap_or(b' ');
    row.items.iter().position(|item| match &item.content {
        Content::Field(f) if f.takes_tag(tag.as_bytes()) => {
            let substitute = f.qualifiers.iter().any(|q| q.substitute == qualifier && !qualifier.is_empty());
            substitute || f.qualifier(qualifier.as_bytes()).is_some_and(|(_, q)| q.takes(f, letter))
        }
        _ => false,
    })
}

fn open(row: &Sequence, tag: &str) -> Option<usize> {
    row.items.iter().position(|item| match &item.content {
        Content::Field(f) => {
            f.takes_tag(tag.as_bytes()) && (f.qualifiers.is_empty() || f.is_open(tag.as_bytes()))
        }
        Content::Sequence(_) => false,
    })
}

/// The fields of a detail with their places; empty when the sequence has none.
fn lines(
    writer: &mut Writer,
    row: &Sequence,
    block: &Block,
    detail: &Detail,
) -> Result<Vec<(usize, Line)>, EncodeError> {
    let code = detail.code.as_str();
    if let V::Party(party) = &detail.value {
        return Ok(party_lines(writer, row, code, party));
    }
    if let V::Text(text) = &detail.value {
        return Ok(text_lines(writer, row, (code, &block.label(code)), text));
    }
    if let V::Place(place) = &detail.value
        && let Some(lei) = place.lei
        && (place.bic.is_some() || place.kind.is_some() || place.country.is_some())
    {
        writer.lose(&block.label(code), lei.as_str(), "MT names a place once, and here not by its LEI");
        let place = Place { lei: None, ..place.clone() };
        return lines(writer, row, block, &Detail::new(code, V::Place(place)));
    }
    if let V::Account(account) = &detail.value
        && let Some(name) = &account.name
    {
        writer.lose(&block.label(code), name, "MT names an account by its number alone");
    }
    if let V::Account(account) = &detail.value
        && let Some(address) = &account.address
    {
        writer.lose(
            &block.label(code),
            address.id.as_str(),
            "MT names an account or an address, and not both",
        );
    }
    let candidates = match &detail.value {
        V::Code(text) => codes(code, text),
        V::Flag(flag) => vec![Line::new("17B", code, if *flag { "Y" } else { "N" })],
        V::Number(number) => numbers(code, number),
        V::Count(count) => counts(code, *count),
        V::Rate(rate) => decimal(*rate).map(|d| Line::new("92A", code, &d)).into_iter().collect(),
        V::RateName(name) => vec![Line::coded("92C", code, name)],
        V::Exchange(rate) => value::put_decimal(rate.rate, 15)
            .map(|d| Line::new("92B", code, &format!("{}/{}/{d}", rate.of, rate.in_currency)))
            .into_iter()
            .collect(),
        V::Amount(amount) => written(writer, code, |w| w.amount(code, "amount", amount))?,
        V::Currency(currency) => vec![Line::new("11A", code, currency.as_str())],
        V::Quantity(quantity) => written(writer, code, |w| w.quantity(code, "quantity", quantity))?,
        V::Balance(balance) => balances(code, balance),
        V::Price(price) => written(writer, code, |w| w.price(code, "price", price, None))?,
        V::Moment(moment) => moments(code, moment),
        V::Period(period) => periods(code, period),
        V::Place(place) => places(code, place),
        V::Account(account) => accounts(code, account),
        V::Reference(reference) => references(code, reference),
        V::Instrument(instrument) => {
            return Ok(instrument_line(writer, instrument)?
                .and_then(|line| place_of(row, &line.tag, "").map(|place| (place, line)))
                .into_iter()
                .collect());
        }
        V::Party(_) | V::Text(_) => Vec::new(),
    };
    let first = |find: fn(&Sequence, &str, &str) -> Option<usize>| {
        candidates.iter().find_map(|line| find(row, &line.tag, &line.qualifier).map(|p| (p, line.clone())))
    };
    let chosen = first(listed).or_else(|| first(|row, tag, _| open(row, tag)));
    if let (Some((_, line)), V::Moment(Moment::Instant(at))) = (&chosen, &detail.value)
        && line.tag != "98E"
        && (line.tag == "98A" || at.timestamp_subsec_nanos() != 0)
    {
        writer.lose(&block.label(code), &at.to_rfc3339(), "this message has no place for so fine a time");
    }
    Ok(chosen.into_iter().collect())
}

/// What a method of the writer writes, as a line.
fn written(
    writer: &mut Writer,
    code: &str,
    write: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
) -> Result<Vec<Line>, EncodeError> {
    let text = writer.apart(write)?;
    Ok(split_line(code, &text).into_iter().collect())
}

fn instrument_line(writer: &mut Writer, instrument: &Instrument) -> Result<Option<Line>, EncodeError> {
    let text = writer.apart(|w| instrument::write(w, instrument))?;
    Ok(split_line("", &text))
}

/// `:19A::SETT//EUR5,` and its line end.
fn split_line(code: &str, text: &str) -> Option<Line> {
    let (tag, value) = text.strip_prefix(':')?.split_once(':')?;
    let value = value.strip_suffix("\r\n")?.to_owned();
    Some(Line { tag: tag.to_owned(), qualifier: code.to_owned(), value })
}

fn codes(code: &str, text: &str) -> Vec<Line> {
    const TAGS: [&str; 8] = ["22F", "22H", "12A", "12B", "25D", "24B", "90E", "93A"];
    let classification =
        text.len() == 6 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let first = if classification { &["12C"][..] } else { &[] };
    first.iter().chain(&TAGS).map(|tag| Line::coded(tag, code, text)).collect()
}

fn numbers(code: &str, number: &Numbered) -> Vec<Line> {
    let text = number.number.as_str();
    if let Some(quantity) = number.quantity {
        let figure = value::put_decimal(quantity, 15);
        return figure.map(|d| Line::new("13K", code, &format!("{text}/{d}"))).into_iter().collect();
    }
    let plain = text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let mut lines = match text.len() {
        3 if plain => vec![Line::new("13A", code, text)],
        5 if plain => vec![Line::new("13J", code, text)],
        _ => Vec::new(),
    };
    lines.push(Line::coded("13B", code, text));
    lines
}

fn counts(code: &str, count: i32) -> Vec<Line> {
    let sign = if count < 0 { "N" } else { "" };
    let digits = count.unsigned_abs();
    let mut lines = Vec::new();
    if digits <= 999 {
        lines.push(Line::new("99A", code, &format!("{sign}{digits:03}")));
    }
    if (0..=999).contains(&count) {
        lines.push(Line::new("99B", code, &format!("{digits:03}")));
    }
    if (0..=999_999).contains(&count) {
        lines.push(Line::new("99C", code, &format!("{digits:06}")));
    }
    lines
}

fn decimal(number: Decimal) -> Option<String> {
    let sign = if number.is_sign_negative() && !number.is_zero() { "N" } else { "" };
    value::put_decimal(number, 15).map(|d| format!("{sign}{d}"))
}

fn balances(code: &str, balance: &Balance) -> Vec<Line> {
    let Some(figure) = decimal(balance.value) else { return Vec::new() };
    let kind = value::quantity_code(balance.kind);
    vec![match &balance.availability {
        Some(availability) => Line::new("93C", code, &format!("{kind}/{availability}/{figure}")),
        None => Line::new("93B", code, &format!("{kind}/{figure}")),
    }]
}

fn moments(code: &str, moment: &Moment) -> Vec<Line> {
    match moment {
        Moment::Day(day) => vec![Line::new("98A", code, &day.compact())],
        Moment::Coded(text) => vec![Line::coded("98B", code, text)],
        Moment::Instant(at) => {
            let seconds = at.format("%Y%m%d%H%M%S").to_string();
            let millis = at.timestamp_subsec_millis();
            let fine = Line::new("98E", code, &format!("{seconds},{millis:03}"));
            let second = Line::new("98C", code, &seconds);
            let day = Line::new("98A", code, &seconds.chars().take(8).collect::<String>());
            if millis == 0 { vec![second, day] } else { vec![fine, second, day] }
        }
    }
}

fn periods(code: &str, period: &Period) -> Vec<Line> {
    let (Some(from), Some(to)) = (period.from.day(), period.to.day()) else { return Vec::new() };
    if let (Moment::Day(_), Moment::Day(_)) = (&period.from, &period.to) {
        return vec![Line::new("69A", code, &format!("{}/{}", from.compact(), to.compact()))];
    }
    let time = |moment: &Moment| match moment {
        Moment::Instant(at) => at.format("%Y%m%d%H%M%S").to_string(),
        other => format!("{}000000", other.day().map_or_else(String::new, |d| d.compact())),
    };
    vec![Line::new("69B", code, &format!("{}/{}", time(&period.from), time(&period.to)))]
}

fn places(code: &str, place: &Place) -> Vec<Line> {
    if let Some(ledger) = &place.ledger {
        return vec![Line::new("94T", code, ledger)];
    }
    if let Some(lei) = &place.lei {
        return vec![Line::new("94L", code, lei.as_str())];
    }
    match (&place.kind, &place.bic, &place.country, &place.name) {
        (Some(kind), Some(bic), _, _) => vec![Line::new("94F", code, &format!("{kind}/{bic}"))],
        (None, Some(bic), _, _) => vec![Line::new("94H", code, bic.as_str())],
        (Some(kind), None, _, name) => {
            let text = name.as_ref().map_or(kind.clone(), |name| format!("{kind}/{name}"));
            // A kind without a scheme must not lose its name to one.
            let text = if kind.contains('/') { text } else { format!("/{text}") };
            vec![Line::coded("94B", code, &text), Line::coded("94S", code, &text)]
        }
        (None, None, Some(country), None) => vec![Line::new("94C", code, country)],
        (None, None, country, Some(name)) => {
            vec![Line::new("94D", code, &format!("{}/{name}", country.as_deref().unwrap_or("")))]
        }
        (None, None, None, None) => Vec::new(),
    }
}

fn accounts(code: &str, account: &StatedAccount) -> Vec<Line> {
    let id = account.id.as_str();
    if account.wallet {
        let scheme = account.kind.as_deref().unwrap_or("");
        return vec![Line::coded("97D", "BCAW", &format!("{scheme}/{id}"))];
    }
    if exact("account", id, 35).is_err() {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if let Some(kind) = &account.kind {
        let text = format!("{kind}/{id}");
        let text = if kind.contains('/') { text } else { format!("/{text}") };
        lines.push(Line::coded("97B", code, &text));
    } else {
        // An IBAN is said to be one, where the field has the option; a safekeeping account is none.
        let iban = code != "SAFE" && super::values::is_iban(id.as_bytes());
        let options = if iban { ["97E", "97A"] } else { ["97A", "97E"] };
        lines.extend(options.map(|tag| Line::new(tag, code, id)));
    }
    lines
}

fn references(code: &str, reference: &Reference) -> Vec<Line> {
    let text = reference.as_str();
    if fitting("reference", reference).is_ok() {
        return vec![Line::new("20C", code, text), Line::new("20U", code, text)];
    }
    let slashes = text.starts_with('/') || text.ends_with('/') || text.contains("//");
    if slashes || exact("reference", text, 52).is_err() {
        return Vec::new();
    }
    vec![Line::new("20U", code, text)]
}

fn text_lines(
    writer: &mut Writer,
    row: &Sequence,
    (code, label): (&str, &str),
    text: &str,
) -> Vec<(usize, Line)> {
    const TAGS: [(&str, usize); 4] = [("70E", 10), ("70D", 6), ("70C", 4), ("70H", 68)];
    let find = |find: fn(&Sequence, &str, &str) -> Option<usize>| {
        TAGS.iter().find_map(|(tag, lines)| find(row, tag, code).map(|place| (place, *tag, *lines)))
    };
    let Some((place, tag, lines_max)) = find(listed).or_else(|| find(|row, tag, _| open(row, tag))) else {
        return Vec::new();
    };
    let lines = writer.wrapped(label, text, lines_max);
    vec![(place, Line::new(tag, code, &lines.join("\r\n")))]
}

/// A party with its other names, which stand behind it.
fn party_lines(writer: &mut Writer, row: &Sequence, code: &str, party: &Party) -> Vec<(usize, Line)> {
    let Some((place, main)) = party_line(writer, row, code, &party.id) else { return Vec::new() };
    let mut lines = vec![(place, main)];
    let other = |line: Line| place_of(row, &line.tag, "ALTE").map(|place| (place, line));
    if let Some(lei) = &party.lei {
        match other(Line::new("95L", "ALTE", lei.as_str())) {
            Some(line) => lines.push(line),
            None => writer.lose(&format!("{code}.lei"), lei.as_str(), "this message has no place for it"),
        }
    }
    for entry in &party.further {
        let alternate = entry
            .split_once('=')
            .filter(|(kind, id)| kind.len() == 4 && exact("party.further", id, 33).is_ok());
        match alternate.and_then(|(kind, id)| other(Line::new("95S", "ALTE", &format!("{kind}/{id}")))) {
            Some(line) => lines.push(line),
            None => writer.lose(
                &format!("{code}.further"),
                entry,
                "it is no alternate identification that this message knows",
            ),
        }
    }
    lines
}

/// The field that names a party.
fn party_line(writer: &mut Writer, row: &Sequence, code: &str, id: &PartyId) -> Option<(usize, Line)> {
    let at = |line: Line| place_of(row, &line.tag, code).map(|place| (place, line));
    match &party::without_scheme(writer, id) {
        PartyId::Bic(bic) => at(Line::new("95P", code, bic.as_str())),
        PartyId::Lei(lei) => at(Line::new("95L", code, lei.as_str())),
        PartyId::Country(country) => at(Line::new("95C", code, country)),
        PartyId::Name(names) => {
            let place = place_of(row, "95Q", code)?;
            let mut lines: Vec<String> = Vec::new();
            for name in names {
                lines.extend(writer.wrapped("party.name", name, 4));
            }
            if lines.len() > 4 {
                writer.lose("party.name", &names.join(", "), "MT carries four lines of name and address");
                lines.truncate(4);
            }
            Some((place, Line::new("95Q", code, &lines.join("\r\n"))))
        }
        PartyId::Proprietary { issuer, id } => {
            if party::is_scheme(issuer) && exact("party.id", id, 34).is_ok() {
                let value = format!(":{code}/{issuer}/{id}");
                let line = Line { tag: "95R".into(), qualifier: code.into(), value };
                if let Some(found) = at(line) {
                    return Some(found);
                }
            }
            let place = place_of(row, "95Q", code)?;
            let shown = format!("{issuer} {id}");
            let why = "MT takes no such code of an issuer here: it stands as a name";
            writer.lose("party.issuer", shown.trim(), why);
            let lines = writer.wrapped("party.id", shown.trim(), 4);
            Some((place, Line::new("95Q", code, &lines.join("\r\n"))))
        }
    }
}
