//! The one fault that a session-level reject names.
//!
//! A message may have many findings; a Reject (35=3) carries one reason (373) and one tag (371). Peers and their test
//! suites expect that of QuickFIX, whose order is this:
//!
//! 1. header, body and trailer are not apart (14);
//! 2. the message type is not in the dictionary (11);
//! 3. a required field is missing (1): of the header, the trailer, the body, then of the entries of groups; in each by
//!    ascending tag;
//! 4. field by field, the header (8, 9 and 35 first), the trailer (10 last), then the body, each by ascending tag, and
//!    for each field: repeated (13), empty (4), format (6), not an allowed value (5), unknown number (0), not in this
//!    message (2), count of a group (16).
//!
//! Fields inside of groups are not looked at in step 4 by QuickFIX. Here their first finding comes after everything else:
//! the standard wants it rejected, and a peer that would have let it pass can hardly object to the name of the fault.
//!
//! QuickFIX also cuts groups in its own way: a field that an entry has already begins the next one. [`Part`] follows that,
//! because the tag that a count is rejected with depends on it.

use std::collections::BTreeMap;

use super::dictionary::{Dictionary, FieldDef, Manner, Member, Part as Origin, Scope};
use super::field::{Field, whole};
use super::message::Message;
use crate::diagnostic::{Diagnostic, Layer, Severity};

/// What is to be said in tags 373 and 371.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// SessionRejectReason (373).
    pub reason: u32,
    /// RefTagID (371); none for a message type.
    pub tag: Option<u32>,
}

/// The fault that a peer names first; `None` when a session takes the message. `findings` are those of reading it.
pub fn session_fault(message: &Message<'_>, findings: &[Diagnostic]) -> Option<Fault> {
    let structural = |d: &&Diagnostic| {
        d.layer == Layer::Structure
            && d.severity == Severity::Error
            && (d.code.starts_with("373=") || d.code == "380=3")
    };
    let is_sound = !findings.iter().any(|d| structural(&d));
    // Without findings there is no fault; except that, where order is not checked, misplaced fields are passed over.
    if is_sound && message.switches().fields_out_of_order {
        return None;
    }
    // What is left is inside of groups.
    first_fault(message).or_else(|| {
        message.switches().group_values.then_some(())?;
        let in_place = |d: &&Diagnostic| message.switches().fields_out_of_order || d.path.contains('/');
        let first = findings.iter().filter(structural).find(in_place)?;
        let tag = first.path.rsplit('/').next().and_then(|tag| tag.parse().ok());
        Some(Fault { reason: first.code.strip_prefix("373=")?.parse().ok()?, tag })
    })
}

/// The fields of header, body, trailer or of one entry, and the entries of the groups among them.
#[derive(Default)]
struct Part<'m, 'd> {
    fields: Vec<&'m Field>,
    groups: BTreeMap<u32, (&'d Scope, Vec<Part<'m, 'd>>)>,
}

impl Part<'_, '_> {
    fn has(&self, tag: u32) -> bool {
        self.fields.iter().any(|f| f.tag == tag)
    }
}

struct Judge<'m, 'a> {
    message: &'m Message<'a>,
    dictionary: &'a Dictionary,
    /// Which part of a FIXT.1.1 dictionary the message is of.
    origin: Origin,
}

/// Exactly the steps of QuickFIX.
fn first_fault(message: &Message<'_>) -> Option<Fault> {
    let dictionary = message.dictionary();
    let switches = message.switches();
    let definition = dictionary.message(message.msg_type());
    let judge =
        Judge { message, dictionary, origin: definition.map_or(Origin::Both, |definition| definition.part) };
    let scopes = [Some(dictionary.header), definition.map(|d| d.scope), Some(dictionary.trailer)]
        .map(|scope| scope.map(|scope| dictionary.scope(scope)));
    let (mut parts, misplaced) = judge.parts(scopes);
    if let Some(tag) = misplaced.filter(|_| switches.fields_out_of_order) {
        return Some(Fault { reason: 14, tag: Some(tag) });
    }
    let Some(body) = scopes[1] else { return Some(Fault { reason: 11, tag: None }) };
    let [header, inside, trailer] = &mut parts;
    if switches.required {
        let envelope = [(scopes[0], &*header), (scopes[2], &*trailer)];
        let missing = envelope
            .iter()
            .filter_map(|(scope, part)| scope.and_then(|scope| missing_here(scope, part)))
            .next()
            .or_else(|| missing(body, inside));
        if let Some(tag) = missing {
            return Some(Fault { reason: 1, tag: Some(tag) });
        }
    }
    header.fields.sort_by_key(|f| ([8, 9, 35].iter().position(|t| *t == f.tag).unwrap_or(3), f.tag));
    trailer.fields.sort_by_key(|f| (f.tag == 10, f.tag != 93, f.tag != 89, f.tag));
    inside.fields.sort_by_key(|f| f.tag);
    judge.in_envelope(header).or_else(|| judge.in_envelope(trailer)).or_else(|| judge.in_body(body, inside))
}

/// The lowest required tag that a part lacks, groups not looked at.
fn missing_here(scope: &Scope, part: &Part<'_, '_>) -> Option<u32> {
    let required = scope.required.iter().filter_map(|at| scope.members.get(usize::from(*at)));
    required.map(|m| m.tag).filter(|tag| !part.has(*tag)).min()
}

/// The entries of groups are looked at only in what has required fields itself: so it is in QuickFIX.
fn missing(scope: &Scope, part: &Part<'_, '_>) -> Option<u32> {
    if scope.required.is_empty() {
        return None;
    }
    missing_here(scope, part).or_else(|| {
        let mut entries =
            part.groups.values().flat_map(|(scope, entries)| entries.iter().map(move |entry| (scope, entry)));
        entries.find_map(|(scope, entry)| missing(scope, entry))
    })
}

impl<'m, 'a> Judge<'m, 'a> {
    /// Cuts the message into header, body and trailer; and the first field that stands in a wrong one.
    fn parts(&self, scopes: [Option<&'a Scope>; 3]) -> ([Part<'m, 'a>; 3], Option<u32>) {
        let mut parts: [Part<'m, 'a>; 3] = Default::default();
        let mut misplaced = None;
        let mut zone = 0;
        let mut at = 0;
        // The body of an unknown message type is everything that is not in the envelope.
        let in_body = |tag: u32| scopes[1].is_none_or(|scope| scope.position(tag).is_some());
        while let Some(field) = self.message.fields.get(at) {
            at += 1;
            if field.tag == 0 {
                continue;
            }
            let stays = || zone == 0 && self.dictionary.manner == Manner::Standard && !in_body(field.tag);
            let home = if self.dictionary.is_header(field.tag) {
                0
            } else if self.dictionary.is_trailer(field.tag) {
                2
            } else {
                usize::from(!stays())
            };
            if home < zone {
                misplaced = misplaced.or(Some(field.tag));
            }
            // A misplaced header field does not bring the header back; a field of the body does so with the body.
            zone = if home == 0 { zone } else { home };
            let Some(part) = parts.get_mut(home) else { continue };
            part.fields.push(field);
            if let Some(scope) = scopes.get(home).copied().flatten() {
                at = self.entries(
                    member_of(scope, field.tag),
                    at,
                    part,
                    &mut scopes.into_iter().flatten().collect(),
                );
            }
        }
        (parts, misplaced)
    }

    /// Reads the entries of a group, if the field counts one, from field `at` on; where they end. `open` are the scopes
    /// around it.
    fn entries(
        &self,
        member: Option<&Member>,
        mut at: usize,
        into: &mut Part<'m, 'a>,
        open: &mut Vec<&'a Scope>,
    ) -> usize {
        let Some((tag, scope)) = member.and_then(|m| Some((m.tag, self.dictionary.scope(m.group?)))) else {
            return at;
        };
        open.push(scope);
        let first = scope.members.first().map_or(0, |m| m.tag);
        let mut entries: Vec<Part<'m, 'a>> = Vec::new();
        while let Some(field) = self.message.fields.get(at) {
            let Some(inside) = member_of(scope, field.tag) else {
                if self.stays_in_entry(field.tag, open) {
                    at += 1;
                    continue;
                }
                break;
            };
            if field.tag == first || entries.last().is_none_or(|entry| entry.has(field.tag)) {
                entries.push(Part::default());
            }
            let Some(entry) = entries.last_mut() else { break };
            entry.fields.push(field);
            at = self.entries(Some(inside), at + 1, entry, open);
        }
        open.pop();
        into.groups.entry(tag).or_insert_with(|| (scope, Vec::new())).1.append(&mut entries);
        at
    }

    /// A field that may be there though nobody knows it does not break the group in which it stands. QuickFIX ends the
    /// group; who sends lot numbers of his own with each allocation does not mean that.
    fn stays_in_entry(&self, tag: u32, open: &[&Scope]) -> bool {
        let is_tolerated = self.dictionary.manner == Manner::Standard || !self.is_checked(tag);
        is_tolerated
            && !self.dictionary.is_header(tag)
            && !self.dictionary.is_trailer(tag)
            && open.iter().all(|scope| scope.position(tag).is_none())
    }

    /// What both kinds of fields can do wrong.
    fn value_fault(&self, field: &Field, before: Option<u32>) -> Option<u32> {
        let switches = self.message.switches();
        let value = field.value(self.message.raw);
        if before == Some(field.tag) {
            return Some(13);
        }
        if value.is_empty() && switches.fields_have_values {
            return Some(4);
        }
        let definition = self.definition(field.tag)?;
        if switches.formats && !self.dictionary.is_well_formed(definition, value) {
            return Some(6);
        }
        (switches.enums && !definition.allows(value)).then_some(5)
    }

    /// A session message knows the fields of FIXT.1.1 only, an application message those of its version only.
    fn definition(&self, tag: u32) -> Option<&'a FieldDef> {
        let known = self.dictionary.field(tag)?;
        let here = known.part == Origin::Both
            || self.origin == Origin::Both
            || known.part == self.origin
            || self.dictionary.is_header(tag)
            || self.dictionary.is_trailer(tag);
        here.then_some(known)
    }

    fn is_checked(&self, tag: u32) -> bool {
        let switches = self.message.switches();
        if tag < 5000 { switches.unknown_fields } else { switches.user_defined_fields }
    }

    fn is_known(&self, tag: u32) -> bool {
        self.definition(tag).is_some()
            || (self.dictionary.field(tag).is_none() && self.dictionary.is_standard(tag))
    }

    fn in_envelope(&self, part: &Part<'_, '_>) -> Option<Fault> {
        let mut before = None;
        part.fields.iter().find_map(|field| {
            let unknown = || (self.is_checked(field.tag) && !self.is_known(field.tag)).then_some(0);
            let reason = self.value_fault(field, before).or_else(unknown);
            before = Some(field.tag);
            reason.map(|reason| Fault { reason, tag: Some(field.tag) })
        })
    }

    fn in_body(&self, scope: &Scope, part: &Part<'_, '_>) -> Option<Fault> {
        let mut before = None;
        part.fields.iter().find_map(|field| {
            let reason = self.value_fault(field, before).or_else(|| self.place_fault(scope, part, field));
            before = Some(field.tag);
            reason.map(|reason| Fault { reason, tag: Some(field.tag) })
        })
    }

    fn place_fault(&self, scope: &Scope, part: &Part<'_, '_>, field: &Field) -> Option<u32> {
        if !self.is_checked(field.tag) {
            return None;
        }
        if !self.is_known(field.tag) {
            return Some(0);
        }
        let Some(member) = member_of(scope, field.tag) else { return Some(2) };
        if member.group.is_none() || !self.message.switches().group_counts {
            return None;
        }
        let found = part.groups.get(&field.tag).map_or(0, |(_, entries)| entries.len());
        (whole(field.value(self.message.raw)) != Some(found as u64)).then_some(16)
    }
}

fn member_of(scope: &Scope, tag: u32) -> Option<&Member> {
    scope.members.get(scope.position(tag)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Findings;
    use crate::fix::encode::frame_up;
    use crate::fix::reading::{Reading, Switches};

    const XML: &str = r#"<fix type="FIX" major="4" minor="4">
<header><field name="BeginString" required="Y"/><field name="BodyLength" required="Y"/><field name="MsgType" required="Y"/>
<field name="SenderCompID" required="Y"/><field name="SendingTime" required="Y"/><field name="PossDupFlag" required="N"/></header>
<trailer><field name="SignatureLength" required="N"/><field name="Signature" required="N"/><field name="CheckSum" required="Y"/></trailer>
<messages><message name="AllocationInstruction" msgtype="J"><field name="AllocID" required="Y"/><field name="Side" required="Y"/>
<field name="Quantity" required="N"/><group name="NoAllocs" required="Y"><field name="AllocAccount" required="Y"/>
<field name="AllocQty" required="N"/><field name="ProcessCode" required="N"/></group></message></messages>
<fields>
<field number="8" name="BeginString" type="STRING"/><field number="9" name="BodyLength" type="LENGTH"/>
<field number="10" name="CheckSum" type="STRING"/><field number="35" name="MsgType" type="STRING"/>
<field number="43" name="PossDupFlag" type="BOOLEAN"/><field number="49" name="SenderCompID" type="STRING"/>
<field number="52" name="SendingTime" type="UTCTIMESTAMP"/><field number="93" name="SignatureLength" type="LENGTH"/>
<field number="89" name="Signature" type="DATA"/><field number="70" name="AllocID" type="STRING"/>
<field number="54" name="Side" type="CHAR"><value enum="1"/><value enum="2"/></field>
<field number="53" name="Quantity" type="QTY"/><field number="78" name="NoAllocs" type="NUMINGROUP"/>
<field number="79" name="AllocAccount" type="STRING"/><field number="80" name="AllocQty" type="QTY"/>
<field number="81" name="ProcessCode" type="CHAR"><value enum="0"/></field><field number="58" name="Text" type="STRING"/>
</fields></fix>"#;

    /// What QuickFIX checks, and the inside of groups.
    const ALL: Switches = Switches { group_values: true, ..Switches::QUICKFIX };

    fn fault_with(switches: Switches, fields: &str) -> Option<(u32, u32)> {
        let dictionary = Dictionary::from_xml(None, XML.as_bytes()).expect("a good dictionary");
        let bytes = frame_up(b"FIX.4.4", fields.replace('|', "\x01").as_bytes());
        let mut findings = Findings::new(50);
        let reading = Reading { switches, ..Reading::new(&dictionary) };
        let message = Message::read_with(&bytes, &reading, &mut findings);
        session_fault(&message, findings.list()).map(|f| (f.reason, f.tag.unwrap_or(0)))
    }

    #[track_caller]
    fn check(fields: &str, expected: (u32, u32)) {
        let found = fault_with(ALL, &format!("35=J|{fields}")).unwrap_or((99, 0));
        assert_eq!(found, expected, "{fields}");
    }

    const GOOD: &str = "35=J|49=A|52=20261124-09:00:00|70=X|54=1|53=5|78=2|79=A|80=2|79=B|80=3|";

    #[test]
    fn a_good_message_has_none() {
        assert_eq!(fault_with(ALL, GOOD), None);
    }

    #[test]
    fn one_fault_of_each_kind() {
        let head = "49=A|52=20261124-09:00:00";
        check(&format!("{head}|70=X|54=1|43=Y|78=1|79=A|"), (14, 43));
        check(&format!("{head}|70=X|78=1|79=A|"), (1, 54));
        check(&format!("{head}|70=X|54=1|78=2|79=A|80=1|80=2|"), (1, 79));
        check(&format!("{head}|70=X|54=1|54=1|78=1|79=A|"), (13, 54));
        check(&format!("{head}|70=X|54=|78=1|79=A|"), (4, 54));
        check(&format!("{head}|70=X|54=1|53=a|78=1|79=A|"), (6, 53));
        check(&format!("{head}|70=X|54=3|78=1|79=A|"), (5, 54));
        check(&format!("{head}|70=X|54=1|4999=1|78=1|79=A|"), (0, 4999));
        check(&format!("{head}|70=X|54=1|58=1|78=1|79=A|"), (2, 58));
        check(&format!("{head}|70=X|54=1|78=3|79=A|79=B|"), (16, 78));
    }

    #[test]
    fn of_several_the_first_in_the_order_of_quickfix() {
        check("52=noon|54=3|78=1|79=A|49=|", (14, 49));
        check("52=noon|54=3|78=1|79=A|", (1, 49));
        check("49=|52=noon|70=X|54=3|78=1|79=A|", (4, 49));
        check("49=A|52=noon|70=|54=3|78=1|79=A|", (6, 52));
        check("49=A|52=20261124-09:00:00|70=|54=3|58=x|78=5|79=A|", (5, 54));
        check("49=A|52=20261124-09:00:00|70=X|54=1|58=x|78=5|79=A|81=9|", (2, 58));
        check("49=A|52=20261124-09:00:00|70=X|54=1|78=1|79=A|81=9|", (5, 81));
    }

    #[test]
    fn an_unknown_message_type_comes_after_the_order_and_before_everything_else() {
        assert_eq!(fault_with(ALL, "35=ZZ|49=A|1=x|1=y|"), Some((11, 0)));
        assert_eq!(fault_with(ALL, "35=ZZ|49=A|1=x|52=noon|"), Some((14, 52)));
    }

    #[test]
    fn what_is_not_checked_is_no_fault() {
        let without = |change: fn(&mut Switches)| {
            let mut switches = ALL;
            change(&mut switches);
            switches
        };
        let head = "35=J|49=A|52=20261124-09:00:00|70=X|54=1|78=2|79=A";
        for (switches, rest) in [
            (without(|s| s.user_defined_fields = false), "5001=lot|80=1|79=B|5001=lot|"),
            (without(|s| s.unknown_fields = false), "58=x|79=B|"),
            (without(|s| s.fields_out_of_order = false), "79=B|43=Y|"),
            (without(|s| s.group_counts = false), "79=B|79=C|"),
            (without(|s| s.enums = false), "81=9|79=B|"),
            (without(|s| s.formats = false), "80=x|79=B|"),
        ] {
            assert_eq!(fault_with(switches, &format!("{head}|{rest}")), None, "{rest}");
            assert!(fault_with(ALL, &format!("{head}|{rest}")).is_some(), "{rest}");
        }
    }
}
