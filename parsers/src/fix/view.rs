//! Reading values out of one scope of a message, with a finding for each that cannot be understood.

use std::cell::RefCell;
use std::fmt::Display;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use rust_decimal::Decimal;

use super::field::{self, printable, whole};
use super::message::Message;
use crate::diagnostic::{Diagnostic, Findings, Layer, Severity};
use crate::model::{BusinessDate, Event};

/// A message, or an entry of a group in it, while it is turned into an event.
pub(super) struct View<'m, 'a> {
    message: &'m Message<'a>,
    entry: u32,
    findings: &'m RefCell<Findings>,
}

/// Runs `read` on the message; says so when a post-trade message could not be understood though nothing is wrong with it.
pub(super) fn understand(
    message: &Message<'_>,
    findings: &mut Findings,
    read: impl FnOnce(&View<'_, '_>) -> Option<Event>,
) -> Option<Event> {
    let cell = RefCell::new(std::mem::take(findings));
    let event = read(&View { message, entry: 0, findings: &cell });
    // Session messages (of one character, but for 8, T and j) mean nothing here, rightly.
    let kind = message.msg_type();
    let post_trade = matches!(kind, "J" | "P" | "8" | "T")
        || kind.len() == 2 && message.dictionary().message(kind).is_some();
    *findings = cell.into_inner();
    if event.is_none() && post_trade && !findings.list().iter().any(|d| d.severity >= Severity::Warning) {
        findings.push(Diagnostic::warning(
            Layer::Rule,
            "no-event",
            0..message.raw.len().min(1),
            "the message is well formed but means nothing to the trade lifecycle here",
        ));
    }
    event
}

impl<'m, 'a> View<'m, 'a> {
    /// The entries of a group.
    pub(super) fn entries(&self, tag: u32) -> impl Iterator<Item = View<'m, 'a>> + '_ {
        self.message.group(self.entry, tag).map(|entry| View { entry, ..*self })
    }

    /// A value as text.
    pub(super) fn text(&self, tag: u32) -> Option<&'a str> {
        let value = self.message.value(self.entry, tag).filter(|v| !v.is_empty())?;
        match std::str::from_utf8(value) {
            Ok(text) => Some(text),
            Err(_) => {
                self.say(
                    tag,
                    "not-utf-8",
                    "is not UTF-8 text",
                    "other encodings go into the Encoded fields, with MessageEncoding (347)",
                );
                None
            }
        }
    }

    /// A code; empty when it is not there.
    pub(super) fn code(&self, tag: u32) -> &'a str {
        self.text(tag).unwrap_or("")
    }

    /// Free text.
    pub(super) fn words(&self, tag: u32) -> Option<String> {
        self.text(tag).map(str::to_owned)
    }

    /// A value of the model.
    pub(super) fn parse<T: FromStr<Err: Display>>(&self, tag: u32) -> Option<T> {
        let text = self.text(tag)?;
        text.parse()
            .map_err(|e: T::Err| self.say(tag, "invalid-value", &e.to_string(), "correct it at its source"))
            .ok()
    }

    /// The same, for a value without which there is no event.
    pub(super) fn required<T: FromStr<Err: Display>>(&self, tag: u32) -> Option<T> {
        self.needed(tag, self.parse(tag))
    }

    /// Says so when a value without which there is no event is not there.
    pub(super) fn needed<T>(&self, tag: u32, value: Option<T>) -> Option<T> {
        if value.is_none() && self.message.get(self.entry, tag).is_none() {
            let end = self.message.raw.len();
            let name = self.message.dictionary().name(tag);
            self.findings.borrow_mut().push(
                Diagnostic::warning(
                    Layer::Rule,
                    "no-event",
                    end..end,
                    format!("without {tag} ({name}) the message cannot be understood"),
                )
                .at(self.message.path(self.entry, tag))
                .hint("ask the sender for it"),
            );
        }
        value
    }

    /// A decimal; wrong ones are found by the dictionary.
    pub(super) fn decimal(&self, tag: u32) -> Option<Decimal> {
        field::decimal(self.message.value(self.entry, tag)?)
    }

    /// A whole number.
    pub(super) fn number(&self, tag: u32) -> Option<u32> {
        whole(self.message.value(self.entry, tag)?).and_then(|n| u32::try_from(n).ok())
    }

    /// A date; wrong ones are found by the dictionary.
    pub(super) fn date(&self, tag: u32) -> Option<BusinessDate> {
        BusinessDate::from_compact(self.text(tag)?).ok()
    }

    /// An instant; wrong ones are found by the dictionary.
    pub(super) fn instant(&self, tag: u32) -> Option<DateTime<Utc>> {
        instant(self.text(tag)?)
    }

    /// A warning at a field.
    pub(super) fn say(&self, tag: u32, code: &'static str, what: &str, hint: &str) {
        let field = self.message.get(self.entry, tag);
        let span = field.map_or(0..0, |f| f.span());
        let found = field.map_or(String::new(), |f| printable(f.value(self.message.raw)));
        let name = self.message.dictionary().name(tag);
        let message = if what.contains(&found) {
            format!("{tag} ({name}): {what}")
        } else {
            format!("{tag} ({name}) {found:?} {what}")
        };
        let severity = if code == "invalid-value" { Severity::Error } else { Severity::Warning };
        self.findings.borrow_mut().push(
            Diagnostic::new(severity, Layer::Rule, code, span, message)
                .at(self.message.path(self.entry, tag))
                .hint(hint),
        );
    }
}

/// `YYYYMMDD-HH:MM:SS[.fraction]`; a leap second counts as the second before it.
pub(super) fn instant(text: &str) -> Option<DateTime<Utc>> {
    let (date, time) = text.split_once('-')?;
    let date: NaiveDate = BusinessDate::from_compact(date).ok()?.naive();
    let two = |at: usize| time.get(at..at + 2)?.parse::<u32>().ok();
    let fraction = time.get(8..).unwrap_or("").trim_start_matches('.');
    let nanos = format!("{fraction:0<9}").get(..9)?.parse::<u32>().ok()?;
    let time = NaiveTime::from_hms_nano_opt(two(0)?, two(3)?, two(6)?.min(59), nanos)?;
    Some(date.and_time(time).and_utc())
}
