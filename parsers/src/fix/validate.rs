//! The dictionary layer: one walk over the fields finds the group entries and everything that is out of place.
//!
//! Codes are those a session-level reject would carry: `373=1` required, `373=2` not defined here, `373=4` no value,
//! `373=5` value not allowed, `373=6` format, `373=13` repeated, `373=14` order, `373=15` order in a group, `373=16`
//! group count.

use std::collections::BTreeSet;

use super::dictionary::{Dictionary, FieldDef, Kind, Manner, Scope, ScopeId};
use super::field::{Field, printable, whole};
use super::message::{Entry, Message, filter};
use super::reading::Switches;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;

/// An open scope: header, body, trailer, or an entry of a group.
struct Frame<'d> {
    scope: &'d Scope,
    entry: u32,
    /// Where in [`Walk::seen`] the fields seen in this scope are kept, a bit for each position.
    seen: usize,
    /// Highest position so far, for the order inside an entry.
    last: usize,
    /// The field that counts the group; none for header, body and trailer.
    count: Option<Count<'d>>,
}

/// A group that is being read.
#[derive(Clone, Copy)]
struct Count<'d> {
    /// Index of the counting field.
    field: usize,
    /// None when the count is no number, or below zero.
    declared: Option<u64>,
    found: u32,
    /// What is inside its entries.
    scope: &'d Scope,
}

struct Walk<'m, 'a: 'm, 'f> {
    message: &'m mut Message<'a>,
    dictionary: &'a Dictionary,
    switches: Switches,
    findings: &'f mut Findings,
    stack: Vec<Frame<'a>>,
    /// The bits of all open scopes, one behind the other: however many members a scope has, nothing is allocated for it.
    seen: Vec<u64>,
    /// The group whose count was just read.
    pending: Option<Count<'a>>,
    /// 0 header, 1 body, 2 trailer.
    zone: usize,
    /// Fields that nobody knows and that may be there all the same.
    strangers: BTreeSet<u32>,
    entries_max: usize,
}

/// Finds the group entries and checks the message against its dictionary.
pub(super) fn structure(message: &mut Message<'_>, limits: &Limits, findings: &mut Findings) {
    let dictionary = message.dictionary();
    let count = u32::try_from(message.fields.len()).unwrap_or(u32::MAX);
    message.entries.push(Entry { parent: 0, group: 0, number: 1, first: 0, end: count });
    let definition = dictionary.message(message.msg_type());
    if definition.is_none() {
        unknown_type(message, findings);
    }
    let mut walk = Walk {
        switches: message.switches(),
        message,
        dictionary,
        findings,
        stack: Vec::with_capacity(6),
        seen: Vec::with_capacity(16),
        pending: None,
        zone: 0,
        strangers: BTreeSet::new(),
        entries_max: limits.group_entries_max,
    };
    let zones = [Some(dictionary.header), definition.map(|d| d.scope), Some(dictionary.trailer)];
    walk.all(zones);
    for field in message.fields.iter().filter(|f| f.entry == 0) {
        let (word, bit) = filter(field.tag);
        message.present[word] |= bit;
    }
}

fn unknown_type(message: &Message<'_>, findings: &mut Findings) {
    // Not by `get`: which fields there are is not filled in yet.
    let Some(field) = message.fields.iter().find(|f| f.tag == 35) else { return };
    let text = printable(field.value(message.raw));
    findings.push(
        Diagnostic::error(
            Layer::Structure,
            "380=3",
            field.span(),
            format!("message type {text:?} is not spoken here"),
        )
        .at("35")
        .hint("post-trade types are spoken (J, P, AS, AT, AK, AU, BH, T, AV, 8, AE and so on); its header and trailer were checked"),
    );
}

impl<'a> Walk<'_, 'a, '_> {
    fn all(&mut self, zones: [Option<ScopeId>; 3]) {
        self.open_zone(zones[0]);
        for at in 0..self.message.fields.len() {
            let field = self.message.fields[at];
            if field.tag == 0 {
                continue;
            }
            if !self.place_here(at, &field) {
                // Header, body and trailer follow each other; a field that only a later one knows opens that one.
                if !self.knows(field.tag)
                    && let Some(next) = self.later_zone(field.tag, zones)
                {
                    self.close_all(at);
                    for passed in &zones[self.zone + 1..next] {
                        self.open_zone(*passed);
                        self.close_all(at);
                    }
                    self.open_zone(zones[next]);
                    self.zone = next;
                }
                if !(self.zone == 1 && zones[1].is_none()) {
                    self.place(at, &field);
                }
            }
            self.check_value(at, &field);
        }
        let end = self.message.fields.len();
        self.close_all(end);
        for passed in &zones[self.zone + 1..] {
            self.open_zone(*passed);
            self.close_all(end);
        }
    }

    fn later_zone(&self, tag: u32, zones: [Option<ScopeId>; 3]) -> Option<usize> {
        let has = |scope: ScopeId| self.dictionary.scope(scope).position(tag).is_some();
        let later = (self.zone + 1..3).find(|z| match zones[*z] {
            Some(scope) => has(scope),
            // An unknown message type: everything up to the trailer is its body.
            None => !has(self.dictionary.trailer),
        });
        let ends_header = self.zone == 0 && self.dictionary.manner == Manner::QuickFix;
        later.or((ends_header && !self.dictionary.is_header(tag)).then_some(1))
    }

    /// Nearly every field goes on with the innermost open scope; then there is nothing to open or to close.
    #[inline]
    fn place_here(&mut self, at: usize, field: &Field) -> bool {
        let Some(frame) = self.stack.last().filter(|_| self.pending.is_none()) else { return false };
        match frame.scope.position(field.tag) {
            None => false,
            Some(position) if self.begins_next(frame, position) => false,
            Some(position) => {
                self.mark(at, field, position);
                true
            }
        }
    }

    /// Whether a field of the innermost entry begins the next one: the first field of the group does. In QuickFIX's manner
    /// it does so even behind others, and so does any field that the entry has already.
    #[inline]
    fn begins_next(&self, frame: &Frame<'_>, position: usize) -> bool {
        if frame.count.is_none() {
            return false;
        }
        let is_quickfix = self.dictionary.manner == Manner::QuickFix;
        match position {
            0 => self.has_seen(frame, 0) || (is_quickfix && frame.last > 0),
            _ => is_quickfix && self.has_seen(frame, position),
        }
    }

    fn open_zone(&mut self, scope: Option<ScopeId>) {
        if let Some(scope) = scope {
            self.push(self.dictionary.scope(scope), 0, None);
        }
    }

    fn push(&mut self, scope: &'a Scope, entry: u32, count: Option<Count<'a>>) {
        let seen = self.seen.len();
        self.seen.resize(seen + scope.members.len().div_ceil(64), 0);
        self.stack.push(Frame { scope, entry, seen, last: 0, count });
    }

    fn has_seen(&self, frame: &Frame<'_>, position: usize) -> bool {
        self.seen.get(frame.seen + position / 64).is_some_and(|word| word & (1 << (position % 64)) != 0)
    }

    fn knows(&self, tag: u32) -> bool {
        self.pending.is_some_and(|p| p.scope.position(tag).is_some())
            || self.stack.iter().rev().any(|f| f.scope.position(tag).is_some())
    }

    /// Puts a field into its entry, opening and closing entries as the dictionary says.
    fn place(&mut self, at: usize, field: &Field) {
        if let Some(pending) = self.pending {
            match pending.scope.position(field.tag) {
                Some(position) => {
                    self.pending = None;
                    if position != 0 {
                        self.not_the_first(field, pending.scope);
                    }
                    self.open_entry(at, pending);
                }
                None if self.knows(field.tag) || self.dictionary.is_header(field.tag) => {
                    self.pending = None;
                    self.check_count(&pending);
                }
                None => {}
            }
        }
        if !self.knows(field.tag) {
            self.unknown(at, field);
            return;
        }
        while let Some(frame) = self.stack.last() {
            match frame.scope.position(field.tag) {
                Some(position) if self.begins_next(frame, position) => {
                    let scope = frame.scope;
                    if let Some(count) = self.close_entry(at) {
                        if position != 0 {
                            self.not_the_first(field, scope);
                        }
                        self.open_entry(at, count);
                    }
                }
                Some(position) => {
                    self.mark(at, field, position);
                    return;
                }
                None => {
                    if let Some(count) = self.close_entry(at) {
                        self.check_count(&count);
                    }
                }
            }
        }
    }

    fn mark(&mut self, at: usize, field: &Field, position: usize) {
        let Some(frame) = self.stack.last_mut() else { return };
        let bit = 1 << (position % 64);
        let word = self.seen.get_mut(frame.seen + position / 64);
        let repeated = word.is_some_and(|word| std::mem::replace(word, *word | bit) & bit != 0);
        let out_of_order = frame.count.is_some() && position < frame.last && self.switches.group_order;
        frame.last = frame.last.max(position);
        let (entry, group) = (frame.entry, frame.scope.members.get(position).and_then(|m| m.group));
        if let Some(f) = self.message.fields.get_mut(at) {
            f.entry = entry;
        }
        if repeated {
            self.say(
                "373=13",
                entry,
                field,
                "appears more than once",
                "send it once; repeated content belongs into a group",
            );
        } else if out_of_order {
            self.say(
                "373=15",
                entry,
                field,
                "stands after a field that should follow it",
                "keep the order of the standard inside a group",
            );
        }
        if let Some(scope) = group {
            let declared = whole(field.value(self.message.raw));
            let scope = self.dictionary.scope(scope);
            self.pending = Some(Count { field: at, declared, found: 0, scope });
        }
    }

    /// A field that neither the open scopes nor a later part of the message know: it stays where it stood.
    fn unknown(&mut self, at: usize, field: &Field) {
        let entry = self.stack.last().map_or(0, |f| f.entry);
        if let Some(f) = self.message.fields.get_mut(at) {
            f.entry = entry;
        }
        if self.dictionary.is_header(field.tag) && self.zone > 0 {
            if self.switches.fields_out_of_order {
                self.say(
                    "373=14",
                    entry,
                    field,
                    "is a header field behind the header",
                    "move it before the first field of the body",
                );
            }
            return;
        }
        if self.zone == 2 {
            if self.switches.fields_out_of_order {
                let hint = "move it before the first field of the trailer";
                self.say("373=14", entry, field, "is a field of the body behind the trailer", hint);
            }
            return;
        }
        let is_checked = match field.tag {
            5000.. => self.switches.user_defined_fields,
            _ => self.switches.unknown_fields,
        };
        if !is_checked {
            // QuickFIX takes a field it does not know, but not twice.
            if self.dictionary.manner == Manner::QuickFix && entry == 0 && !self.strangers.insert(field.tag) {
                self.say("373=13", entry, field, "appears more than once", "send it once");
            }
            return;
        }
        if self.dictionary.is_standard(field.tag) {
            self.say(
                "373=2",
                entry,
                field,
                "is not defined for this message",
                "leave it out, or agree a field of your own (5000 and above)",
            );
        } else {
            self.say(
                "373=0",
                entry,
                field,
                "is no field of this version",
                "fields of your own begin at 5000",
            );
        }
    }

    fn open_entry(&mut self, at: usize, mut count: Count<'a>) {
        count.found += 1;
        let parent = self.stack.last().map_or(0, |f| f.entry);
        let entry = u32::try_from(self.message.entries.len()).unwrap_or(u32::MAX);
        let first = u32::try_from(at).unwrap_or(u32::MAX);
        let group = self.message.fields.get(count.field).map_or(0, |f| f.tag);
        self.message.entries.push(Entry { parent, group, number: count.found, first, end: first });
        if count.found as usize == self.entries_max + 1 {
            let span = self.message.fields.get(at).map_or(0..0, Field::span);
            let message = format!("more than {} entries in one group", self.entries_max);
            self.findings.push(
                Diagnostic::error(Layer::Syntax, "too-many-entries", span, message)
                    .at(self.message.entry_path(parent)),
            );
        }
        self.push(count.scope, entry, Some(count));
    }

    /// Closes the innermost scope before field `at`; gives back the group it belonged to.
    fn close_entry(&mut self, at: usize) -> Option<Count<'a>> {
        let frame = self.stack.pop()?;
        if frame.count.is_some()
            && let Some(entry) = self.message.entries.get_mut(frame.entry as usize)
        {
            entry.end = u32::try_from(at).unwrap_or(u32::MAX);
        }
        for position in frame.scope.required.iter().map(|p| usize::from(*p)) {
            if self.switches.required
                && !self.has_seen(&frame, position)
                && let Some(member) = frame.scope.members.get(position)
            {
                self.missing(&frame, member.tag, at);
            }
        }
        self.seen.truncate(frame.seen);
        frame.count
    }

    fn close_all(&mut self, at: usize) {
        if let Some(pending) = self.pending.take() {
            self.check_count(&pending);
        }
        while !self.stack.is_empty() {
            if let Some(count) = self.close_entry(at) {
                self.check_count(&count);
            }
        }
    }

    fn missing(&mut self, frame: &Frame<'_>, tag: u32, at: usize) {
        // Where order does not matter, it may stand in another part of the message.
        if !self.switches.fields_out_of_order
            && frame.entry == 0
            && self.message.fields.iter().any(|f| f.tag == tag)
        {
            return;
        }
        let end = self.message.raw.len();
        let here = match self.message.entries.get(frame.entry as usize) {
            Some(entry) if frame.entry != 0 => self.message.fields.get(entry.first as usize).map(Field::span),
            _ => self
                .message
                .fields
                .get(at.min(self.message.fields.len().saturating_sub(1)))
                .map(|f| f.span().start..f.span().start),
        };
        let name = self.dictionary.name(tag);
        self.findings.push(
            Diagnostic::error(
                Layer::Structure,
                "373=1",
                here.unwrap_or(end..end),
                format!("required field {tag} ({name}) is missing"),
            )
            .at(self.message.path(frame.entry, tag))
            .hint(allowed(self.dictionary.field(tag))),
        );
    }

    fn not_the_first(&mut self, field: &Field, scope: &Scope) {
        if !self.switches.group_order {
            return;
        }
        let first = scope.members.first().map_or(0, |m| m.tag);
        let entry = self.stack.last().map_or(0, |f| f.entry);
        let what =
            format!("begins a group entry that must begin with {first} ({})", self.dictionary.name(first));
        self.say("373=15", entry, field, &what, "send the first field of the group in every entry");
    }

    fn check_count(&mut self, count: &Count<'_>) {
        if count.declared == Some(u64::from(count.found)) || !self.switches.group_counts {
            return;
        }
        let Some(field) = self.message.fields.get(count.field).copied() else { return };
        let value = field.value(self.message.raw);
        let definition = self.dictionary.field(field.tag);
        if count.declared.is_none() && definition.is_none_or(|d| !self.dictionary.is_well_formed(d, value)) {
            // It is said of its value that it is no number.
            return;
        }
        let what = format!("says {} entries, {} follow", printable(value), count.found);
        self.say("373=16", field.entry, &field, &what, "count the entries, not their fields");
    }

    fn check_value(&mut self, at: usize, field: &Field) {
        let value = field.value(self.message.raw);
        if value.is_empty() {
            if self.switches.fields_have_values {
                let entry = self.message.fields.get(at).map_or(0, |f| f.entry);
                self.say("373=4", entry, field, "has no value", "leave the field out, or give it a value");
                return;
            }
            if self.dictionary.manner == Manner::Standard {
                return;
            }
        }
        let Some(definition) = self.dictionary.field(field.tag) else { return };
        if self.switches.formats && !self.dictionary.is_well_formed(definition, value) {
            let entry = self.message.fields.get(at).map_or(0, |f| f.entry);
            let what = format!("is {:?}, which is no {}", printable(value), kind_words(definition.kind));
            self.say("373=6", entry, field, &what, form(definition.kind));
        } else if self.switches.enums && !definition.allows(value) {
            let entry = self.message.fields.get(at).map_or(0, |f| f.entry);
            let what = format!("is {:?}, which is not allowed", printable(value));
            self.say("373=5", entry, field, &what, &allowed(Some(definition)));
        }
    }

    fn say(&mut self, code: &'static str, entry: u32, field: &Field, what: &str, hint: &str) {
        let name = self.dictionary.field(field.tag).map_or(String::new(), |f| format!(" ({})", f.name));
        self.findings.push(
            Diagnostic::error(Layer::Structure, code, field.span(), format!("{}{name} {what}", field.tag))
                .at(self.message.path(entry, field.tag))
                .hint(hint),
        );
    }
}

/// The allowed values in words, cut to a readable number.
fn allowed(definition: Option<&FieldDef>) -> String {
    let Some(definition) = definition.filter(|d| !d.values.is_empty()) else { return String::new() };
    let words: Vec<String> = definition
        .values
        .iter()
        .take(20)
        .map(
            |v| if v.meaning.is_empty() { v.text.to_string() } else { format!("{} ({})", v.text, v.meaning) },
        )
        .collect();
    let more = if definition.values.len() > 20 { ", ..." } else { "" };
    format!("one of {}{more}", words.join(", "))
}

fn kind_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Int => "whole number",
        Kind::Length => "length",
        Kind::NumInGroup => "number of entries",
        Kind::SeqNum => "sequence number",
        Kind::Decimal => "decimal number",
        Kind::Char => "single character",
        Kind::Chars => "list of single characters",
        Kind::Boolean => "boolean",
        Kind::Currency => "currency code",
        Kind::Country => "country code",
        Kind::Date | Kind::UtcDate => "date",
        Kind::MonthYear => "month",
        Kind::Timestamp => "UTC timestamp",
        Kind::Time => "time of day",
        Kind::Exchange => "market code",
        Kind::Text | Kind::Texts => "text",
        Kind::Data | Kind::XmlData => "data",
    }
}

fn form(kind: Kind) -> &'static str {
    match kind {
        Kind::Decimal => {
            "digits with at most one decimal point and an optional minus; no exponent, no thousands separator"
        }
        Kind::Boolean => "Y or N",
        Kind::Currency => "three capital letters of ISO 4217",
        Kind::Country => "two capital letters of ISO 3166",
        Kind::Date | Kind::UtcDate => "YYYYMMDD, a day that exists",
        Kind::MonthYear => "YYYYMM, YYYYMMDD or YYYYMMw1 to w5",
        Kind::Timestamp => "YYYYMMDD-HH:MM:SS, with fractions after a point if wanted, in UTC",
        Kind::Time => "HH:MM:SS, with fractions after a point if wanted",
        Kind::Char => "exactly one character",
        Kind::Chars => "single characters separated by blanks",
        _ => "digits only",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::encode::frame_up;

    /// Findings of a P with this body, as `code path`; and what is given back.
    fn check(body: &str, expected: &[&str]) {
        let head = "35=P|34=2|49=A|52=20261124-09:00:00|56=B|";
        let bytes = frame_up(b"FIX.4.4", format!("{head}{body}").replace('|', "\x01").as_bytes());
        let mut findings = Findings::new(50);
        let message = Message::read(&bytes, &Limits::default(), &mut findings).expect("a FIX message");
        let found: Vec<String> = findings.list().iter().map(|d| format!("{} {}", d.code, d.path)).collect();
        assert_eq!(found, expected, "{body}");
        assert_eq!(message.encode(), bytes, "{body}");
    }

    #[test]
    fn groups_nest_and_close() {
        check(
            "70=X|453=1|448=A|447=D|452=1|802=2|523=u|803=1|523=v|803=4001|60=20261124-09:00:00|87=0|",
            &[],
        );
        check("70=X|453=2|448=A|447=D|452=1|60=20261124-09:00:00|87=0|", &["373=16 453"]);
        check("70=X|453=0|60=20261124-09:00:00|87=0|", &[]);
        check(
            "70=X|453=1|447=D|448=A|452=1|60=20261124-09:00:00|87=0|",
            &["373=15 447", "373=15 NoPartyIDs[1]/448"],
        );
        check("70=X|453=1|448=A|448=B|60=20261124-09:00:00|87=0|", &["373=16 453"]);
        check("70=X|453=1|448=A|447=D|447=B|60=20261124-09:00:00|87=0|", &["373=13 NoPartyIDs[1]/447"]);
    }

    #[test]
    fn tags_of_somebody_s_own_stay_inside_their_group() {
        check(
            "70=X|60=20261124-09:00:00|87=2|5000=a|78=2|79=A|5751=L1|776=0|79=B|5751=L2|776=0|5752=z|",
            &[],
        );
        check("70=X|60=20261124-09:00:00|87=2|78=1|5750=first|79=A|776=0|", &[]);
        check("5001=in the header|57=D|70=X|60=20261124-09:00:00|87=0|", &[]);
    }

    #[test]
    fn what_is_missing_misplaced_or_unknown() {
        check("60=20261124-09:00:00|87=0|", &["373=1 70"]);
        check("70=X|60=20261124-09:00:00|87=0|50=late|", &["373=14 50"]);
        check("70=X|60=20261124-09:00:00|87=0|38=5|4000=x|", &["373=2 38", "373=0 4000"]);
        check("70=X|60=20261124-09:00:00|87=0|58=|", &["373=4 58"]);
        check("70=X|60=noon|87=x|", &["373=6 60", "373=6 87"]);
    }

    #[test]
    fn every_entry_of_a_group_is_bounded() {
        let entries = "79=A|".repeat(12);
        let bytes = frame_up(b"FIX.4.4", format!("35=P|78=12|{entries}").replace('|', "\x01").as_bytes());
        let limits = Limits { group_entries_max: 10, ..Limits::default() };
        let mut findings = Findings::new(50);
        Message::read(&bytes, &limits, &mut findings).expect("a FIX message");
        assert!(findings.list().iter().any(|d| d.code == "too-many-entries"));
    }
}
