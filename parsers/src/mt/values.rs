//! What a value must be: its format, days that exist, currencies, check digits, codes of a list.

use super::charset::{self, Class};
use super::components::Components;
use super::format::{self, Format};
use super::message::{Element, Message};
use super::notation::{Component, Kind};
use super::tag::Code;
use super::walk::text;
use super::{codes, currency, program};
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::model::{BusinessDate, Currency, Isin, Lei};

/// Formats, values and code lists of every field.
pub(super) fn check(message: &Message<'_>, components: &mut Components, findings: &mut Findings) {
    let raw = message.frame.raw;
    let mut bare_line_feed = None;
    for (index, field) in message.frame.fields().iter().enumerate() {
        if field.eol.len() == 1 {
            bare_line_feed.get_or_insert(field.eol.range());
        }
        if field.code != Code::OPEN && field.code != Code::CLOSE {
            let value = field.value.of(raw);
            let format = format::of_code(field.code);
            let start = components.list.len();
            let straight = format.is_some_and(|f| {
                f.compiled.read_straight(value, &mut components.list)
                    && is_plain(f, value, components.list.get(start..).unwrap_or_default())
            });
            if !straight {
                components.list.truncate(start);
                check_closely(message, &message.element(index, field), components, findings);
            } else if format.is_some_and(|f| f.coded) && !is_listed_function(message, field.code, value) {
                check_codes(message, &message.element(index, field), findings);
            }
        }
        components.end_field();
    }
    if let Some(span) = bare_line_feed {
        findings.push(
            Diagnostic::warning(Layer::Syntax, "line-ends", span, "lines must end with CR LF")
                .hint("send the file in binary mode so that line ends stay as they are"),
        );
    }
}

/// Whether this is a function (23G) that the table lists: every message has one, and nearly all are.
fn is_listed_function(message: &Message<'_>, code: Code, value: &[u8]) -> bool {
    code == Code::FUNCTION
        && message.spec.is_some_and(|s| s.functions.iter().any(|f| value.get(..4) == Some(f.as_bytes())))
}

/// Whether nothing about the value asks for a closer look. Most values pass here; what does not is not wrong yet.
fn is_plain(format: &Format, value: &[u8], components: &[Component]) -> bool {
    if !format.particular {
        return true;
    }
    let last = components.last().and_then(|c| value.get(c.range())).unwrap_or_default();
    if format.slash_rule && last.contains(&b'/') {
        return false;
    }
    if format.money {
        let signed = value.get(7) == Some(&b'N');
        let code = components.iter().find(|c| c.kind == Kind::Currency).and_then(|c| value.get(c.range()));
        let decimals = last.iter().rev().take_while(|b| **b != b',').count();
        return !signed && code.and_then(currency::decimals).is_none_or(|max| decimals <= usize::from(max));
    }
    format.tag != "35B"
        || (!value.is_empty()
            && (!value.starts_with(b"ISIN ") || components.iter().any(|c| c.kind == Kind::Isin)))
}

/// One field with everything that can be said of it.
fn check_closely(
    message: &Message<'_>,
    e: &Element<'_>,
    components: &mut Components,
    findings: &mut Findings,
) {
    let bytes = e.field.value.of(message.frame.raw);
    let (at, start) = (e.field.value.range().start, components.list.len());
    let Some(format) = format::of_code(e.field.code) else {
        check_characters(message, e, Class::Z, findings);
        return;
    };
    if let Err(mismatch) = format.compiled.read(bytes, &mut components.list) {
        if !check_characters(message, e, Class::X, findings) {
            let start = at + mismatch.at;
            let end = (start + 1).min(e.field.value.range().end.max(start));
            let rest = bytes.get(mismatch.at..).unwrap_or_default();
            let found = text(rest);
            let blank = !rest.is_empty() && rest.iter().all(|b| *b == b' ');
            let found = if blank {
                "a blank".to_owned()
            } else if found.is_empty() {
                "nothing".to_owned()
            } else {
                format!("{found:?}")
            };
            findings.push(
                Diagnostic::error(
                    Layer::Structure,
                    "field-format",
                    start..end,
                    format!("{found} stands where {} should", mismatch.expected),
                )
                .at(message.path(e))
                .hint(format!("the format of {} is {}", format.tag, format.notation)),
            );
        }
        return;
    }
    let found = components.list.get(start..).unwrap_or_default();
    for c in found {
        check_component(message, e, *c, found, findings);
    }
    if e.tag == b"35B" {
        check_instrument(message, e, found, findings);
    }
    if format.slash_rule {
        check_slashes(message, e, findings);
    }
    check_codes(message, e, findings);
}

/// Points at the first character that may not stand in a text block; true when there is one.
fn check_characters(message: &Message<'_>, e: &Element<'_>, class: Class, findings: &mut Findings) -> bool {
    let bytes = e.field.value.of(message.frame.raw);
    let Some(offset) = charset::first_foreign(bytes, class) else { return false };
    let at = e.field.value.range().start + offset;
    let byte = bytes.get(offset).copied().unwrap_or_default();
    let shown =
        if byte.is_ascii_graphic() { format!("{:?}", char::from(byte)) } else { format!("byte {byte:#04x}") };
    findings.push(
        Diagnostic::error(
            Layer::Structure,
            "character-not-allowed",
            at..at + 1,
            format!("{shown} is not among {}", class.words()),
        )
        .at(message.path(e))
        .hint("replace it with a character of the set"),
    );
    true
}

/// 35B is not empty, and what starts like an ISIN has the form of one.
fn check_instrument(
    message: &Message<'_>,
    e: &Element<'_>,
    components: &[Component],
    findings: &mut Findings,
) {
    let (code, what) = if e.rest.is_empty() {
        ("T17", "neither an ISIN nor a description is given")
    } else if e.rest.starts_with(b"ISIN ") && !components.iter().any(|c| c.kind == Kind::Isin) {
        ("T12", "behind ISIN and a blank there must be twelve characters and the end of the line")
    } else {
        return;
    };
    findings.push(
        Diagnostic::error(Layer::Rule, code, e.field.whole(), what)
            .at(message.path(e))
            .hint("write ISIN, a blank and the twelve characters"),
    );
}

fn check_component(
    message: &Message<'_>,
    e: &Element<'_>,
    c: Component,
    all: &[Component],
    findings: &mut Findings,
) {
    let raw = e.field.value.of(message.frame.raw);
    let bytes = raw.get(c.range()).unwrap_or_default();
    let word = std::str::from_utf8(bytes).unwrap_or("");
    let offset = e.field.value.range().start;
    let mut report = |layer, code, what: String, hint: &str| {
        findings.push(
            Diagnostic::error(layer, code, offset + c.range().start..offset + c.range().end, what)
                .at(message.path(e))
                .hint(hint),
        );
    };
    match c.kind {
        Kind::Date => {
            if let Err(wrong) = BusinessDate::from_compact(word) {
                report(Layer::Rule, "T50", wrong.to_string(), "write a day that exists as YYYYMMDD");
            }
        }
        Kind::Time if !program::is_time(bytes) => {
            report(Layer::Rule, "T38", format!("{word} is no time of day"), "write it as HHMMSS");
        }
        Kind::Currency => {
            if let Err(wrong) = word.parse::<Currency>() {
                report(Layer::Rule, "T52", wrong.to_string(), "use an ISO 4217 code");
            }
        }
        Kind::Isin => {
            if let Err(wrong) = word.parse::<Isin>() {
                report(Layer::Rule, "isin", wrong.to_string(), "check the number with its source");
            }
        }
        Kind::Lei => {
            if let Err(wrong) = word.parse::<Lei>() {
                report(Layer::Rule, "lei", wrong.to_string(), "check the identifier with its source");
            }
        }
        // Only amounts are bound to the decimals of their currency; prices and rates are not.
        Kind::Decimal => {
            let money = all.iter().find(|c| e.tag == b"19A" && c.kind == Kind::Currency).copied();
            check_decimal(bytes, raw, money, &mut report);
        }
        _ => {}
    }
}

fn check_decimal(
    bytes: &[u8],
    raw: &[u8],
    money: Option<Component>,
    report: &mut impl FnMut(Layer, &'static str, String, &str),
) {
    let comma = bytes.iter().position(|&b| b == b',');
    let well_formed = comma.is_some_and(|c| c > 0 && !bytes.get(c + 1..).unwrap_or_default().contains(&b','));
    if !well_formed {
        let what = format!("{} is no number with one decimal comma and a digit before it", text(bytes));
        report(Layer::Structure, "T43", what, "write 1000 as 1000, and a quarter as 0,25");
        return;
    }
    let decimals = comma.map_or(0, |c| bytes.len() - c - 1);
    let Some(money) = money else { return };
    let code = std::str::from_utf8(raw.get(money.range()).unwrap_or_default()).unwrap_or("");
    let allowed = code.parse::<Currency>().ok().and_then(|c| c.decimals());
    if allowed.is_some_and(|max| decimals > max as usize) {
        let what =
            format!("{} has more decimals than {code}, which has {}", text(bytes), allowed.unwrap_or(0));
        report(Layer::Rule, "C03", what, "round the amount to the decimals of its currency");
    }
    let zero = bytes.iter().all(|b| matches!(b, b'0' | b','));
    if zero && raw.get(money.range().start.wrapping_sub(1)) == Some(&b'N') {
        report(Layer::Rule, "T14", "zero has no sign".into(), "leave out the N");
    }
}

/// References and free parts of some fields must not start or end with a slash nor hold two in a row.
fn check_slashes(message: &Message<'_>, e: &Element<'_>, findings: &mut Findings) {
    let free = match e.tag {
        b"94B" => e.rest.get(5..).unwrap_or_default(),
        b"95S" => e.rest.get(8..).unwrap_or_default(),
        _ => e.rest,
    };
    let bad =
        |line: &[u8]| line.starts_with(b"/") || line.ends_with(b"/") || line.windows(2).any(|w| w == b"//");
    if free.split(|&b| b == b'\n').any(|line| bad(line.strip_suffix(b"\r").unwrap_or(line))) {
        let span = e.field.value.range();
        let what = format!("{} starts or ends with a slash or holds two in a row", text(free));
        findings.push(
            Diagnostic::error(Layer::Rule, "T26", span, what)
                .at(message.path(e))
                .hint("leave out the slash or use another reference"),
        );
    }
}

/// An international bank account number has its check digits in places 3 and 4.
fn check_account(message: &Message<'_>, e: &Element<'_>, findings: &mut Findings) {
    if !is_iban(e.rest) {
        let what = format!("{} is no IBAN: its check digits do not fit", text(e.rest));
        findings.push(
            Diagnostic::error(Layer::Rule, "iban", e.field.value.range(), what)
                .at(message.path(e))
                .hint("check the number with its source, or use 97A for an account number of another kind"),
        );
    }
}

/// Country, two digits, and the whole of it, turned and with letters as numbers, leaves 1 when divided by 97.
pub(super) fn is_iban(text: &[u8]) -> bool {
    let (Some(head), Some(rest)) = (text.get(..4), text.get(4..)) else { return false };
    let form = Class::Letters.has(head[0])
        && Class::Letters.has(head[1])
        && head.iter().skip(2).all(|b| Class::Digits.has(*b))
        && (11..=30).contains(&rest.len())
        && rest.iter().all(|b| Class::Capitals.has(*b));
    let digits = |byte: &u8| u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte - b'A' + 10 });
    form && rest
        .iter()
        .chain(head)
        .map(digits)
        .fold(0, |left, digit| (left * if digit > 9 { 100 } else { 10 } + digit) % 97)
        == 1
}

/// Codes that lists govern: 23G, 24B and 25D. Those that a table lists itself are looked at on the walk.
fn check_codes(message: &Message<'_>, e: &Element<'_>, findings: &mut Findings) {
    if e.tag == b"97E" {
        check_account(message, e, findings);
    }
    let Some(spec) = message.spec else { return };
    let (list, code) = match e.tag {
        b"23G" => (Some(spec.functions).filter(|f| !f.contains(&"?")), "unknown-function"),
        b"24B" if e.scheme.is_empty() => (codes::reasons(spec.message, e.qualifier), "K24"),
        b"25D" if e.scheme.is_empty() => (codes::statuses(spec.message, e.qualifier), "K25"),
        _ => return,
    };
    let found = if e.tag == b"23G" { e.rest.get(..4).unwrap_or(e.rest) } else { e.rest };
    let Some(list) = list else { return };
    if !list.iter().any(|c| c.as_bytes() == found) {
        let what = format!("{} is not in the list of {}", text(found), message.path(e));
        findings.push(
            Diagnostic::error(Layer::Rule, code, e.field.value.range(), what)
                .at(message.path(e))
                .hint(format!("use one of {}", list.join(" "))),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn account_numbers_have_check_digits() {
        for good in [
            "DE89370400440532013000",
            "GB82WEST12345698765432",
            "LU280019400644750000",
            "FR1420041010050500013M02606",
        ] {
            assert!(is_iban(good.as_bytes()), "{good}");
        }
        for bad in
            ["DE89370400440532013001", "de89370400440532013000", "DE8937040044 532013000", "DE89", "", "8937"]
        {
            assert!(!is_iban(bad.as_bytes()), "{bad}");
        }
    }
}
