//! The writer: CRLF lines, sequences that close, and an account of everything that could not be carried. A message that
//! strict reading would refuse is never handed out.

use rust_decimal::Decimal;

use super::charset::Class;
use super::message::Message;
use super::value;
use crate::codec::{EncodeError, Encoded, Envelope, Loss};
use crate::diagnostic::{Findings, Severity};
use crate::limits::Limits;
use crate::model::{Account, Amount, BusinessDate, ISSUER_SIGNS, Price, Quantity, QuantityKind, Reference};
use chrono::{DateTime, Utc};

/// The text of a message on its way.
#[derive(Debug, Default)]
pub(super) struct Writer {
    out: String,
    losses: Vec<Loss>,
}

impl Writer {
    /// A sequence around what `inside` writes.
    pub(super) fn sequence<E>(
        &mut self,
        name: &str,
        inside: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.line("16R", name);
        inside(self)?;
        self.line("16S", name);
        Ok(())
    }

    /// What `write` writes, without putting it into the message.
    pub(super) fn apart(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<String, EncodeError> {
        let before = std::mem::take(&mut self.out);
        let result = write(self);
        let written = std::mem::replace(&mut self.out, before);
        result.map(|()| written)
    }

    /// How many characters the text has so far.
    pub(super) fn length(&self) -> usize {
        self.out.len()
    }

    /// One field as it is, but for the name of a scheme, which no field takes.
    pub(super) fn line(&mut self, tag: &str, value: &str) {
        if let Some((before, rest)) = value.split_once(crate::model::SCHEME) {
            let (scheme, code) = rest.rsplit_once('/').unwrap_or((rest, ""));
            self.lose("code.scheme", scheme, "MT names the issuer of a code and not its scheme");
            return self.line(tag, &format!("{before}/{code}"));
        }
        if let Some(fitted) = fit_issuer(tag, value) {
            self.lose("code.issuer", value, "MT takes eight capital letters and digits of an issuer");
            return self.line(tag, &fitted);
        }
        for part in [":", tag, ":", value, "\r\n"] {
            self.out.push_str(part);
        }
    }

    /// A generic field without a scheme.
    pub(super) fn put(&mut self, tag: &str, qualifier: &str, value: &str) {
        self.line(tag, &format!(":{qualifier}//{value}"));
    }

    /// A code, perhaps of a scheme (`CODE` or `SCHEME/CODE`).
    pub(super) fn code(&mut self, tag: &str, qualifier: &str, code: &str) {
        match code.split_once('/') {
            Some((scheme, code)) => self.line(tag, &format!(":{qualifier}/{scheme}/{code}")),
            None => self.put(tag, qualifier, code),
        }
    }

    /// A reference that the message cannot do without: never cut, never changed.
    pub(super) fn reference(
        &mut self,
        qualifier: &str,
        field: &'static str,
        reference: &Reference,
    ) -> Result<(), EncodeError> {
        let text = fitting(field, reference)?;
        self.put("20C", qualifier, text);
        Ok(())
    }

    /// A reference that merely goes along: a loss where it does not fit.
    pub(super) fn reference_along(&mut self, qualifier: &str, field: &'static str, reference: &Reference) {
        if self.holds(field, reference) {
            self.put("20C", qualifier, reference.as_str());
        }
    }

    /// The reference by which the sender of an answer knows it. Nobody but the sender has to find it again, so one that
    /// does not fit is replaced; the same reference always by the same one, so that later messages still point to it.
    pub(super) fn own_reference(&mut self, qualifier: &str, field: &'static str, reference: &Reference) {
        if fitting(field, reference).is_ok() {
            self.put("20C", qualifier, reference.as_str());
            return;
        }
        let instead = stand_in(reference.as_str());
        let reason = format!(
            "MT carries 16 characters of the X set here; {instead}, computed from it, stands instead"
        );
        self.lose(field, reference.as_str(), &reason);
        self.put("20C", qualifier, &instead);
    }

    /// The reference of an answer. Where the event has none, the message identifier stands: MX knows answers by it.
    pub(super) fn answer(
        &mut self,
        field: &'static str,
        id: Option<&Reference>,
        envelope: &Envelope,
        kind: &str,
    ) -> Result<(), EncodeError> {
        if let Some(id) = id {
            self.own_reference("SEME", field, id);
            return Ok(());
        }
        let id = envelope.message_id.parse::<Reference>();
        let id = id.map_err(|_| EncodeError::Missing { field, message: kind.to_owned() })?;
        self.lose(field, "", &format!("there is none: the message identifier {id} stands"));
        self.own_reference("SEME", field, &id);
        Ok(())
    }

    /// A linkage of one reference in a sequence of its own.
    pub(super) fn link(
        &mut self,
        qualifier: &str,
        field: &'static str,
        reference: &Reference,
    ) -> Result<(), EncodeError> {
        self.sequence("LINK", |w| w.reference(qualifier, field, reference))
    }

    /// The same for a reference that merely goes along; whether there was room for it.
    pub(super) fn link_along(&mut self, qualifier: &str, field: &'static str, reference: &Reference) -> bool {
        let fits = self.holds(field, reference);
        if fits {
            self.line("16R", "LINK");
            self.put("20C", qualifier, reference.as_str());
            self.line("16S", "LINK");
        }
        fits
    }

    /// Whether a reference fits; notes the loss when it does not.
    pub(super) fn holds(&mut self, field: &'static str, reference: &Reference) -> bool {
        match fitting(field, reference) {
            Ok(_) => true,
            Err(EncodeError::Invalid { reason, .. }) => {
                self.lose(field, reference.as_str(), &format!("left out: {reason}"));
                false
            }
            Err(_) => false,
        }
    }

    /// An account: never cut, never changed.
    pub(super) fn account(
        &mut self,
        qualifier: &str,
        field: &'static str,
        account: &Account,
    ) -> Result<(), EncodeError> {
        self.put("97A", qualifier, exact(field, account.as_str(), 35)?);
        Ok(())
    }

    /// A day.
    pub(super) fn date(&mut self, qualifier: &str, date: BusinessDate) {
        self.put("98A", qualifier, &date.compact());
    }

    /// When a message was prepared, to the millisecond.
    pub(super) fn prepared(&mut self, at: Option<DateTime<Utc>>) {
        self.prepared_as("prepared", at);
    }

    /// The same, by the name that the event has for it.
    pub(super) fn prepared_as(&mut self, field: &str, at: Option<DateTime<Utc>>) {
        let Some(at) = at else { return };
        let millis = at.timestamp_subsec_millis();
        let seconds = at.format("%Y%m%d%H%M%S");
        if millis == 0 {
            self.put("98C", "PREP", &seconds.to_string());
        } else {
            self.put("98E", "PREP", &format!("{seconds},{millis:03}"));
        }
        let finer = at.timestamp_subsec_nanos() % 1_000_000;
        if finer != 0 {
            self.lose(field, &at.to_rfc3339(), "milliseconds are the finest there is");
        }
    }

    /// An instant to the second; midnight stands as the day alone.
    pub(super) fn moment(&mut self, qualifier: &str, field: &str, at: DateTime<Utc>) {
        if at.time() == chrono::NaiveTime::MIN {
            self.put("98A", qualifier, &at.format("%Y%m%d").to_string());
            return;
        }
        self.put("98C", qualifier, &at.format("%Y%m%d%H%M%S").to_string());
        if at.timestamp_subsec_nanos() != 0 {
            self.lose(field, &at.to_rfc3339(), "seconds are the finest there is");
        }
    }

    /// An amount; `N` before it when negative.
    pub(super) fn amount(
        &mut self,
        qualifier: &str,
        field: &'static str,
        amount: &Amount,
    ) -> Result<(), EncodeError> {
        let value = amount.value();
        let digits = amount.currency().decimals().unwrap_or(5);
        let value = if value.scale() > digits { value.normalize() } else { value };
        if value.scale() > digits {
            return Err(invalid(
                field,
                &amount.to_string(),
                "it has more decimals than its currency; round it first",
            ));
        }
        let number = figure(field, value, 15)?;
        let sign = if value.is_sign_negative() && !value.is_zero() { "N" } else { "" };
        self.put("19A", qualifier, &format!("{sign}{}{number}", amount.currency()));
        Ok(())
    }

    /// A quantity.
    pub(super) fn quantity(
        &mut self,
        qualifier: &str,
        field: &'static str,
        quantity: &Quantity,
    ) -> Result<(), EncodeError> {
        let token = quantity.kind() == QuantityKind::DigitalToken;
        let (tag, digits) = if token { ("36D", 30) } else { ("36B", 15) };
        let number = figure(field, quantity.value(), digits)?;
        self.put(tag, qualifier, &format!("{}/{number}", value::quantity_code(quantity.kind())));
        Ok(())
    }

    /// A price.
    pub(super) fn price(
        &mut self,
        qualifier: &str,
        field: &'static str,
        price: &Price,
        money: Option<&Amount>,
    ) -> Result<(), EncodeError> {
        let number = figure(field, price.value, 15)?;
        let code = value::price_code(price.kind);
        let implied = if code == "ACTU" { money.map(Amount::currency) } else { None };
        match price.currency.or(implied) {
            Some(_) if price.value.is_sign_negative() && !price.value.is_zero() => {
                Err(invalid(field, &price.value.to_string(), "a price in money cannot be negative here"))
            }
            Some(currency) => {
                self.put("90B", qualifier, &format!("{code}/{currency}{number}"));
                Ok(())
            }
            None if code == "ACTU" => {
                Err(invalid(field, &price.value.to_string(), "a price in money needs its currency"))
            }
            None => {
                let sign = if price.value.is_sign_negative() && !price.value.is_zero() { "N" } else { "" };
                self.put("90A", qualifier, &format!("{code}/{sign}{number}"));
                Ok(())
            }
        }
    }

    /// Free text in lines; what does not fit or may not stand there is a loss.
    pub(super) fn narrative(
        &mut self,
        tag: &str,
        qualifier: &str,
        field: &str,
        text: &str,
        lines_max: usize,
    ) {
        let lines = self.wrapped(field, text, lines_max);
        if !lines.is_empty() {
            self.put(tag, qualifier, &lines.join("\r\n"));
        }
    }

    /// Text as lines of 35 characters of the X set.
    pub(super) fn wrapped(&mut self, field: &str, text: &str, lines_max: usize) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for (index, line) in wrap(&plain(text)).into_iter().enumerate() {
            // A line that starts like a field or like the end of the text would be read as one.
            let dangerous = index > 0 && line.starts_with([':', '-']);
            lines.push(if dangerous { format!(".{}", line.get(1..).unwrap_or_default()) } else { line });
        }
        lines.truncate(lines_max);
        if lines.join(" ") != text {
            self.lose(
                field,
                text,
                &format!("the text stands in up to {lines_max} lines of 35 characters of the X set"),
            );
        }
        lines
    }

    /// Notes what is not carried.
    pub(super) fn lose(&mut self, field: &str, value: &str, reason: &str) {
        self.losses.push(Loss {
            field: field.to_owned(),
            value: value.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Puts the envelope around the text and reads the message back: what strict reading refuses is not handed out.
    pub(super) fn finish(self, kind: &str, envelope: &Envelope) -> Result<Encoded, EncodeError> {
        let sender = terminal("envelope.sender", &envelope.sender, 'A')?;
        let receiver = terminal("envelope.receiver", &envelope.receiver, 'X')?;
        let user_reference = exact("envelope.message_id", &envelope.message_id, 16)?;
        let user_reference =
            if user_reference.is_empty() { String::new() } else { format!("{{3:{{108:{user_reference}}}}}") };
        // The network computes CHK; a trailer that we made up would say nothing, so there is none.
        let trailer = if envelope.possible_duplicate { "{5:{PDE:}}" } else { "" };
        let bytes = format!(
            "{{1:F01{sender}0000000000}}{{2:I{kind}{receiver}N}}{user_reference}{{4:\r\n{}-}}{trailer}",
            self.out
        )
        .into_bytes();
        verified(bytes, kind, self.losses)
    }
}

/// Reads a written message back and refuses it when strict reading does.
pub(super) fn verified(bytes: Vec<u8>, kind: &str, losses: Vec<Loss>) -> Result<Encoded, EncodeError> {
    let limits = Limits::default();
    let mut findings = Findings::new(limits.diagnostics_max);
    let message = Message::read(&bytes, &limits, &mut findings);
    super::meaning(&message, &mut findings);
    match findings.list().iter().find(|d| d.severity == Severity::Error) {
        Some(d) => {
            let found = String::from_utf8_lossy(bytes.get(d.span.clone()).unwrap_or_default()).into_owned();
            Err(invalid("message", &found, &format!("MT{kind} {}: {} [{}]", d.path, d.message, d.code)))
        }
        None => Ok(Encoded { bytes, message_type: kind.to_owned(), losses }),
    }
}

/// A value that must go through unchanged.
pub(super) fn exact<'t>(field: &'static str, text: &'t str, max: usize) -> Result<&'t str, EncodeError> {
    if text.len() > max {
        return Err(invalid(
            field,
            text,
            &format!("MT carries {max} characters here and nothing may be cut"),
        ));
    }
    if let Some(foreign) = text.chars().find(|c| !u8::try_from(*c).is_ok_and(|b| Class::X.has(b))) {
        return Err(invalid(
            field,
            text,
            &format!("{foreign:?} is not in the X set and nothing may be changed"),
        ));
    }
    Ok(text)
}

/// A reference as 16x takes it.
pub(super) fn fitting<'r>(field: &'static str, reference: &'r Reference) -> Result<&'r str, EncodeError> {
    let text = exact(field, reference.as_str(), 16)?;
    if text.starts_with('/') || text.ends_with('/') || text.contains("//") {
        return Err(invalid(
            field,
            text,
            "it must not start or end with a slash nor hold two in a row; send another reference",
        ));
    }
    Ok(text)
}

/// Sixteen characters that are always the same for the same reference (FNV-1a, 64 bits).
pub(super) fn stand_in(reference: &str) -> String {
    let hash = reference.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016X}")
}

pub(super) fn invalid(field: &'static str, value: &str, reason: &str) -> EncodeError {
    EncodeError::Invalid { field, value: value.to_owned(), reason: reason.to_owned() }
}

fn figure(field: &'static str, number: Decimal, max: usize) -> Result<String, EncodeError> {
    value::put_decimal(number, max)
        .ok_or_else(|| invalid(field, &number.to_string(), "MT carries 15 characters with the comma"))
}

/// A BIC to a logical terminal of twelve characters; one that already has twelve stays.
pub(super) fn terminal(field: &'static str, address: &str, letter: char) -> Result<String, EncodeError> {
    let good = address.bytes().all(|b| Class::Capitals.has(b));
    // A name in another network that has eight letters is not for that a BIC.
    let of_a_country =
        |address: &str| address.parse().is_ok_and(|bic: crate::model::Bic| bic.is_of_a_country());
    match (good, address.len()) {
        (true, 8) if !of_a_country(address) => {
            Err(invalid(field, address, "it must be a BIC, and this one names no country in places 5 and 6"))
        }
        (true, 8) => Ok(format!("{address}{letter}XXX")),
        (true, 11) => {
            let (institution, branch) = address.split_at(8);
            Ok(format!("{institution}{letter}{branch}"))
        }
        (true, 12) => Ok(address.to_owned()),
        _ => Err(invalid(field, address, "it must be a BIC of 8 or 11 characters, or a terminal of 12")),
    }
}

/// A coded field whose issuer MT cannot say, with as much of it as there is room for.
fn fit_issuer(tag: &str, value: &str) -> Option<String> {
    const ISSUER_MAX: usize = 8;
    const CODED: [&str; 6] = ["22F", "24B", "25D", "12A", "12B", "13B"];
    /// For one of which nothing can be said: without any, the code would count as the standard's own.
    const OTHER: &str = "OTHER";
    let (qualifier, rest) = value.get(1..).filter(|_| CODED.contains(&tag))?.split_once('/')?;
    let (issuer, code) = rest.split_once('/')?;
    let is_plain = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    if issuer.len() <= ISSUER_MAX && issuer.chars().all(is_plain) {
        return None;
    }
    let said = ISSUER_SIGNS.iter().fold(issuer.to_owned(), |said, (_, stands)| said.replace(stands, ""));
    let said = plain(&said).to_ascii_uppercase();
    let short: String = said.chars().filter(|c| is_plain(*c)).take(ISSUER_MAX).collect();
    let short = if short.is_empty() { OTHER } else { &short };
    Some(format!(":{qualifier}/{short}/{code}"))
}

/// To the X set: letters lose their accents where that is customary, anything else becomes a point.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'ä' | 'à' | 'á' | 'â' | 'ã' | 'å' => out.push('a'),
            'ö' | 'ò' | 'ó' | 'ô' | 'õ' | 'ø' => out.push('o'),
            'ü' | 'ù' | 'ú' | 'û' => out.push('u'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'í' | 'ì' | 'î' | 'ï' => out.push('i'),
            'Ä' | 'À' | 'Á' | 'Â' | 'Ã' | 'Å' => out.push('A'),
            'Ö' | 'Ò' | 'Ó' | 'Ô' | 'Õ' | 'Ø' => out.push('O'),
            'Ü' | 'Ù' | 'Ú' | 'Û' => out.push('U'),
            'É' | 'È' | 'Ê' | 'Ë' => out.push('E'),
            'ç' => out.push('c'),
            'ñ' => out.push('n'),
            'ß' => out.push_str("ss"),
            '&' => out.push('+'),
            '\n' | '\t' => out.push(' '),
            '\r' => {}
            c if u8::try_from(c).is_ok_and(|b| Class::X.has(b)) => out.push(c),
            _ => out.push('.'),
        }
    }
    out
}

/// Lines of at most 35 characters, broken at a blank (which the line end then stands for) where there is one.
fn wrap(text: &str) -> Vec<String> {
    const WIDTH: usize = 35;
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while rest.len() > WIDTH {
        // ASCII only by now, so every index is a boundary.
        let cut = rest.get(..=WIDTH).and_then(|head| head.rfind(' ')).filter(|&c| c > 0);
        let (line, tail) = match cut {
            Some(blank) => (rest.get(..blank), rest.get(blank + 1..)),
            None => (rest.get(..WIDTH), rest.get(WIDTH..)),
        };
        lines.push(line.unwrap_or_default().to_owned());
        rest = tail.unwrap_or_default().trim_start();
    }
    if !rest.is_empty() {
        lines.push(rest.to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_never_cut() {
        let mut writer = Writer::default();
        let reference = |t: &str| t.parse::<Reference>().expect("a reference");
        assert!(writer.reference("SEME", "id", &reference("ABC-2026/0001")).is_ok());
        for bad in ["12345678901234567", "A_B", "/A", "A//B", "É"] {
            assert!(writer.reference("SEME", "id", &reference(bad)).is_err(), "{bad}");
        }
        assert_eq!(writer.out, ":20C::SEME//ABC-2026/0001\r\n");
    }

    #[test]
    fn references_that_go_along_are_lost_in_full_and_own_ones_are_replaced() {
        let mut writer = Writer::default();
        let long: Reference = "ALB-20261124-0002-1".parse().expect("a reference");
        assert!(!writer.link_along("COMM", "common", &long));
        assert!(writer.out.is_empty());
        writer.own_reference("SEME", "id", &long);
        writer.own_reference("SEME", "id", &long);
        let lines: Vec<&str> = writer.out.lines().collect();
        assert_eq!((lines[0], lines[0].len()), (lines[1], ":20C::SEME//".len() + 16));
        assert!(writer.losses.len() == 3 && writer.losses.iter().all(|loss| loss.value == long.as_str()));
        assert!(writer.link_along("COMM", "common", &"SHORT".parse().expect("a reference")));
        assert!(writer.out.ends_with("16R:LINK\r\n:20C::COMM//SHORT\r\n:16S:LINK\r\n"));
    }

    #[test]
    fn text_is_wrapped_at_blanks_and_losses_are_told() {
        let mut writer = Writer::default();
        let lines = writer.wrapped("f", "deliver against the new account of the fund as agreed", 4);
        assert_eq!(lines, ["deliver against the new account of", "the fund as agreed"]);
        assert!(writer.losses.is_empty());
        assert_eq!(writer.wrapped("f", "Müller & Söhne", 4), ["Muller + Sohne"]);
        writer.wrapped("f", &"x".repeat(80), 2);
        assert_eq!(writer.losses.len(), 2);
    }

    #[test]
    fn issuers_are_cut_and_told_and_schemes_are_told() {
        let mut w = Writer::default();
        for code in ["SECUREMARKETS/AB12", "MRDN|HOUSE LIST/AB12", "MRDN/AB12", "AB12"] {
            w.code("22F", "SETR", code);
        }
        let expected = ":22F::SETR/SECUREMA/AB12\r\n:22F::SETR/MRDN/AB12\r\n:22F::SETR/MRDN/AB12\r\n:22F::SETR//AB12\r\n";
        assert_eq!(w.out, expected);
        let told: Vec<&str> = w.losses.iter().map(|loss| loss.field.as_str()).collect();
        assert_eq!(told, ["code.issuer", "code.scheme"]);
    }

    #[test]
    fn terminals_of_all_lengths() {
        assert_eq!(terminal("f", "BANKDEFF", 'A').as_deref(), Ok("BANKDEFFAXXX"));
        assert_eq!(terminal("f", "BANKDEFF123", 'X').as_deref(), Ok("BANKDEFFX123"));
        assert_eq!(terminal("f", "BANKDEFFB123", 'X').as_deref(), Ok("BANKDEFFB123"));
        assert!(terminal("f", "BANK", 'X').is_err());
        assert!(terminal("f", "ALBIONAM", 'X').is_err(), "letters, and no country");
    }
}
