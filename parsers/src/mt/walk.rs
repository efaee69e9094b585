//! Holds the fields against the structure table: a stack of open sequences, the order inside each, and what is missing
//! when one closes. Without a table (a type that we do not know) the sequences are still told apart.

use std::collections::BTreeMap;

use super::frame::{Field, Frame, Span};
use super::spec::{self, Content, Sequence, Spec};
use crate::diagnostic::{Diagnostic, Findings, Layer, Severity};
use crate::limits::Limits;

/// One opened sequence.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The name behind `:16R:`.
    pub name: Span,
    /// Which field opens it.
    pub open: usize,
    /// Which field closes it, or the number of fields when none does.
    pub close: usize,
    /// The sequence around it; `None` at the top.
    pub parent: Option<usize>,
    /// How many of its name came before in the same parent, counted from 1.
    pub occurrence: u32,
    /// Its row in the table.
    pub spec: Option<&'static Sequence>,
}

/// Where each field stands.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// The sequences, in order of opening.
    pub sequences: Vec<Opened>,
    /// For each field the sequence it stands in (for 16R and 16S: the one they open or close); `None` at the top.
    pub place: Vec<Option<usize>>,
}

impl Layout {
    /// `E/E1[2]`; names stand in for ids where no table is known.
    pub fn path(&self, frame: &Frame<'_>, sequence: Option<usize>) -> String {
        let mut parts = Vec::new();
        let mut next = sequence.and_then(|i| self.sequences.get(i));
        while let Some(opened) = next {
            parts.push(step(frame, opened));
            next = opened.parent.and_then(|p| self.sequences.get(p));
        }
        parts.reverse();
        parts.join("/")
    }

    /// `E/E1[2]/95P:PSET`.
    pub fn field_path(&self, frame: &Frame<'_>, sequence: Option<usize>, field: &Field) -> String {
        let mut path = self.path(frame, sequence);
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(&String::from_utf8_lossy(field.tag.of(frame.raw)));
        if let Some(qualifier) = qualifier(field.value.of(frame.raw)) {
            path.push(':');
            path.push_str(&String::from_utf8_lossy(qualifier));
        }
        path
    }
}

fn step(frame: &Frame<'_>, opened: &Opened) -> String {
    let name = match opened.spec {
        Some(spec) => spec.id.to_owned(),
        None => String::from_utf8_lossy(opened.name.of(frame.raw)).chars().take(16).collect(),
    };
    if opened.occurrence > 1 || opened.spec.is_some_and(|s| s.repetitive) {
        format!("{name}[{}]", opened.occurrence)
    } else {
        name
    }
}

/// The qualifier of a generic field: four capitals between the second colon and a slash.
pub fn qualifier(value: &[u8]) -> Option<&[u8]> {
    match value {
        [b':', a, b, c, d, b'/', ..]
            if [a, b, c, d].iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) =>
        {
            value.get(1..5)
        }
        _ => None,
    }
}

/// Walks over the fields of a message.
pub fn walk(
    frame: &Frame<'_>,
    spec: Option<&'static Spec>,
    limits: &Limits,
    findings: &mut Findings,
) -> Layout {
    let fields = frame.fields();
    let mut walker = Walker {
        frame,
        findings,
        depth_max: limits.depth_max,
        layout: Layout { sequences: Vec::new(), place: Vec::with_capacity(fields.len()) },
        stack: vec![Level::new(None, spec.map(|s| &s.root))],
    };
    for (index, field) in fields.iter().enumerate() {
        walker.field(index, field);
    }
    walker.finish(fields.len());
    walker.layout
}

struct Walker<'a, 'f> {
    frame: &'a Frame<'a>,
    findings: &'f mut Findings,
    depth_max: usize,
    layout: Layout,
    stack: Vec<Level<'a>>,
}

/// An open sequence with what was seen in it so far.
struct Level<'a> {
    sequence: Option<usize>,
    spec: Option<&'static Sequence>,
    rank: u16,
    seen: Vec<Seen>,
    names: BTreeMap<&'a [u8], u32>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    count: u32,
    qualifiers: u64,
}

impl Level<'_> {
    fn new(sequence: Option<usize>, spec: Option<&'static Sequence>) -> Self {
        let seen = vec![Seen::default(); spec.map_or(0, |s| s.items.len())];
        Self { sequence, spec, rank: 0, seen, names: BTreeMap::new() }
    }
}

impl<'a> Walker<'a, '_> {
    fn field(&mut self, index: usize, field: &Field) {
        match field.tag.of(self.frame.raw) {
            b"16R" => self.open(index, field),
            b"16S" => self.close(index, field),
            tag => {
                let here = self.stack.last().and_then(|l| l.sequence);
                self.layout.place.push(here);
                self.check(field, tag);
            }
        }
    }

    fn open(&mut self, index: usize, field: &Field) {
        let name = field.value.of(self.frame.raw);
        if self.stack.len() > self.depth_max {
            let here = self.stack.last().and_then(|l| l.sequence);
            self.layout.place.push(here);
            self.report(
                here,
                field,
                Layer::Structure,
                "too-deep",
                "sequences are nested deeper than the limit",
                "",
            );
            return;
        }
        // A sequence that belongs further out ends those that were left open.
        let belongs = self.stack.iter().rposition(|l| l.spec.is_some_and(|s| child(s, name).is_some()));
        while belongs
            .is_some_and(|b| b + 1 < self.stack.len() && self.stack.last().is_some_and(|l| l.spec.is_some()))
        {
            self.leave_unclosed(index);
        }
        let Some(level) = self.stack.last_mut() else { return };
        let parent = level.sequence;
        let count = level.names.entry(name).or_insert(0);
        *count += 1;
        let occurrence = *count;
        let found = level.spec.and_then(|s| child(s, name));
        let known = level.spec.is_some();
        let mut trouble = None;
        if let Some((item, rank, spec)) = found {
            if let Some(seen) = level.seen.get_mut(item) {
                seen.count = seen.count.saturating_add(1);
                if seen.count > 1 && !spec.repetitive {
                    trouble = Some((
                        "sequence-repeated",
                        format!("sequence {} {} may stand only once here", spec.id, spec.name),
                    ));
                }
            }
            if rank < level.rank {
                trouble = Some((
                    "misplaced-sequence",
                    format!("sequence {} {} comes too late", spec.id, spec.name),
                ));
            }
            level.rank = level.rank.max(rank);
        }
        let here = self.layout.sequences.len();
        self.layout.sequences.push(Opened {
            name: field.value,
            open: index,
            close: self.frame.fields().len(),
            parent,
            occurrence,
            spec: found.map(|(_, _, s)| s),
        });
        self.layout.place.push(Some(here));
        if found.is_none() && known {
            let text = format!("sequence {} does not belong here", text(name));
            self.report(
                Some(here),
                field,
                Layer::Structure,
                "unknown-sequence",
                &text,
                "move it where the table has it, or take it out",
            );
        }
        if let Some((code, text)) = trouble {
            self.report(
                Some(here),
                field,
                Layer::Structure,
                code,
                &text,
                "put the sequences in the order of the table",
            );
        }
        self.stack.push(Level::new(Some(here), found.map(|(_, _, s)| s)));
    }

    fn close(&mut self, index: usize, field: &Field) {
        let name = field.value.of(self.frame.raw);
        let depth = self.stack.iter().rposition(|l| self.name_of(l) == Some(name));
        let Some(depth) = depth else {
            let here = self.stack.last().and_then(|l| l.sequence);
            self.layout.place.push(here);
            let text = format!("{} is closed but was not opened", text(name));
            self.report(
                here,
                field,
                Layer::Structure,
                "unopened-sequence",
                &text,
                "remove this line or open the sequence with :16R:",
            );
            return;
        };
        while self.stack.len() > depth + 1 {
            self.leave_unclosed(index);
        }
        let here = self.stack.last().and_then(|l| l.sequence);
        self.layout.place.push(here);
        self.leave(index);
    }

    fn finish(&mut self, fields: usize) {
        while self.stack.len() > 1 {
            self.leave_unclosed(fields);
        }
        self.leave(fields);
    }

    fn leave_unclosed(&mut self, index: usize) {
        let here = self.stack.last().and_then(|l| l.sequence);
        if let Some(opened) = here.and_then(|h| self.layout.sequences.get(h)) {
            let name = text(opened.name.of(self.frame.raw));
            if let Some(field) = self.frame.fields().get(opened.open).copied() {
                let what = format!("sequence {name} is not closed");
                let hint = format!("write :16S:{name} behind its last field");
                self.report(here, &field, Layer::Structure, "unclosed-sequence", &what, &hint);
            }
        }
        self.leave(index);
    }

    /// Closes the innermost sequence and says what is missing in it.
    fn leave(&mut self, index: usize) {
        let Some(level) = self.stack.pop() else { return };
        if let Some(opened) = level.sequence.and_then(|s| self.layout.sequences.get_mut(s)) {
            opened.close = index;
        }
        let Some(spec) = level.spec else { return };
        for (item, seen) in spec.items.iter().zip(&level.seen) {
            match &item.content {
                Content::Sequence(s) if s.mandatory && seen.count == 0 => {
                    self.missing(&level, index, &format!("{} {}", s.id, s.name), s.id, "sequence");
                }
                Content::Field(f) if f.mandatory && seen.count == 0 => {
                    let names: Vec<_> = f.qualifiers.iter().map(|q| q.name).collect();
                    let one = if let [only] = names.as_slice() { format!(":{only}") } else { String::new() };
                    let tag = format!("{}{one}", f.tag());
                    let shown =
                        if names.len() > 1 { format!("{tag} ({})", list(&names)) } else { tag.clone() };
                    self.missing(&level, index, &shown, &tag, "field");
                }
                Content::Field(f) => {
                    for (position, q) in f.qualifiers.iter().enumerate().filter(|(_, q)| q.mandatory) {
                        let instead = f.qualifier(q.substitute.as_bytes()).map_or(0, |(p, _)| bit(p));
                        if seen.count > 0 && seen.qualifiers & (bit(position) | instead) == 0 {
                            let name = format!("{}:{}", f.tag(), q.name);
                            self.missing(&level, index, &name, &name, "field");
                        }
                    }
                }
                Content::Sequence(_) => {}
            }
        }
    }

    fn missing(&mut self, level: &Level<'_>, index: usize, shown: &str, step: &str, what: &str) {
        let fields = self.frame.fields();
        let span = fields.get(index).or(fields.last()).map_or(0..0, Field::whole);
        let mut path = self.layout.path(self.frame, level.sequence);
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(step);
        let code = if what == "field" { "missing-field" } else { "missing-sequence" };
        let severity = severity(level.spec);
        self.findings.push(
            Diagnostic::new(severity, Layer::Structure, code, span, format!("the {what} {shown} is missing"))
                .at(path)
                .hint(format!("add the {what} before this line")),
        );
    }

    /// One field against the lines of its sequence.
    fn check(&mut self, field: &Field, tag: &[u8]) {
        let raw = self.frame.raw;
        let Some(level) = self.stack.last_mut() else { return };
        let Some(spec) = level.spec else { return };
        let here = level.sequence;
        let name = qualifier(field.value.of(raw));
        let lines = spec.items.iter().enumerate().filter_map(|(i, item)| match &item.content {
            Content::Field(f) if f.takes_tag(tag) => Some((i, item.rank, f)),
            _ => None,
        });
        let fits = |f: &spec::Field| {
            f.qualifiers.is_empty() || f.is_open(tag) || name.is_some_and(|n| f.qualifier(n).is_some())
        };
        let mut best: Option<(usize, u16, &spec::Field)> = None;
        for line in lines {
            // Among lines for the tag: one that knows the qualifier; among these, one that is not yet passed.
            let better = match best {
                None => true,
                Some((_, rank, f)) => (fits(line.2), line.1 >= level.rank) > (fits(f), rank >= level.rank),
            };
            if better {
                best = Some(line);
            }
        }
        let Some((item, rank, line)) = best else {
            let what = format!("field {} does not belong here", text(tag));
            self.report(
                here,
                field,
                Layer::Structure,
                "T13",
                &what,
                "move it where the table has it, or take it out",
            );
            return;
        };
        let mut trouble: Vec<(&'static str, String, &'static str)> = Vec::new();
        if rank < level.rank {
            let what = format!("field {} comes too late in its sequence", text(tag));
            trouble.push(("misplaced-field", what, "put the fields in the order of the table"));
        }
        level.rank = level.rank.max(rank);
        if let Some(seen) = level.seen.get_mut(item) {
            seen.count = seen.count.saturating_add(1);
            trouble.extend(qualifier_trouble(line, seen, name, tag));
        }
        for (code, what, hint) in trouble {
            self.report(here, field, Layer::Structure, code, &what, hint);
        }
    }

    fn name_of(&self, level: &Level<'_>) -> Option<&'a [u8]> {
        level.sequence.and_then(|s| self.layout.sequences.get(s)).map(|o| o.name.of(self.frame.raw))
    }

    fn report(
        &mut self,
        here: Option<usize>,
        field: &Field,
        layer: Layer,
        code: &'static str,
        what: &str,
        hint: &str,
    ) {
        let spec = here.and_then(|h| self.layout.sequences.get(h)).and_then(|o| o.spec);
        let path = if matches!(field.tag.of(self.frame.raw), b"16R") {
            self.layout.path(self.frame, here)
        } else {
            self.layout.field_path(self.frame, here, field)
        };
        self.findings
            .push(Diagnostic::new(severity(spec), layer, code, field.whole(), what).at(path).hint(hint));
    }
}

/// The sequence of that name directly inside another: its place among the items, its rank, its row.
fn child(parent: &'static Sequence, name: &[u8]) -> Option<(usize, u16, &'static Sequence)> {
    parent.items.iter().enumerate().find_map(|(index, item)| match &item.content {
        Content::Sequence(s) if s.name.as_bytes() == name => Some((index, item.rank, s)),
        _ => None,
    })
}

fn qualifier_trouble(
    line: &spec::Field,
    seen: &mut Seen,
    name: Option<&[u8]>,
    tag: &[u8],
) -> Option<(&'static str, String, &'static str)> {
    let once = format!("{} may stand only once here", line.tag());
    let Some((position, found)) = name.and_then(|n| line.qualifier(n)) else {
        if !line.qualifiers.is_empty() && !line.is_open(tag) {
            let names: Vec<_> = line.qualifiers.iter().map(|q| q.name).collect();
            let what = format!("{} must be one of {}", text(name.unwrap_or(b"the qualifier")), list(&names));
            return Some(("T89", what, "use a qualifier that this field has in this sequence"));
        }
        return (seen.count > 1 && !line.repetitive).then_some(("field-repeated", once, "keep one of them"));
    };
    if tag.get(2).is_some_and(|letter| !found.takes(line, *letter)) {
        let what = format!("{} may not stand in {}", found.name, text(tag));
        return Some(("T89", what, "use an option letter that this qualifier may take"));
    }
    let again = seen.qualifiers & bit(position) != 0;
    seen.qualifiers |= bit(position);
    let single = !line.repetitive && seen.count > 1;
    // A repetitive field with a single qualifier repeats that qualifier.
    let repeated = again && !found.repetitive && line.qualifiers.len() > 1;
    if single {
        return Some(("field-repeated", once, "keep one of them"));
    }
    repeated.then(|| {
        (
            "field-repeated",
            format!("{} may stand only once in {}", found.name, line.tag()),
            "keep one of them",
        )
    })
}

fn severity(spec: Option<&'static Sequence>) -> Severity {
    if spec.is_some_and(|s| s.loose) { Severity::Warning } else { Severity::Error }
}

fn bit(position: usize) -> u64 {
    1u64.checked_shl(u32::try_from(position).unwrap_or(64)).unwrap_or(0)
}

fn list(names: &[&str]) -> String {
    match names {
        [first @ .., _] if names.len() > 8 => {
            format!("{} ...", first.get(..7).unwrap_or_default().join(", "))
        }
        _ => names.join(", "),
    }
}

/// Bytes of the message as words of a finding, cut to a readable length.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes.get(..bytes.len().min(40)).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks over a text as MT541 and yields code and path of every finding.
    fn found(text: &str) -> Vec<(&'static str, String)> {
        let limits = Limits { depth_max: 5, ..Limits::default() };
        let raw = text.replace('\n', "\r\n");
        let mut findings = Findings::new(100);
        let frame = Frame::parse(raw.as_bytes(), &limits, &mut findings);
        let layout = walk(&frame, super::super::message::spec("541"), &limits, &mut findings);
        assert_eq!(layout.place.len(), frame.fields().len(), "every field has its place");
        findings.into_vec().into_iter().map(|d| (d.code, d.path)).collect()
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = found(text);
        for (code, path) in expected {
            assert!(
                found.iter().any(|(c, p)| c == code && p == path),
                "{code} at {path} is not in {found:?}"
            );
        }
    }

    const GENERAL: &str = ":16R:GENL\n:20C::SEME//A\n:23G:NEWM\n:16S:GENL\n";

    #[test]
    fn every_way_to_be_wrong_has_its_code_and_path() {
        check(
            ":16R:GENL\n:23G:NEWM\n:16S:GENL\n",
            &[("missing-field", "A/20C:SEME"), ("missing-sequence", "B")],
        );
        check(":16R:GENL\n:20C::SEME//A\n:23G:NEWM\n", &[("unclosed-sequence", "A")]);
        check(&format!("{GENERAL}:16S:FIAC\n"), &[("unopened-sequence", "16S")]);
        check(&format!("{GENERAL}:16R:OTHER\n:16S:OTHER\n"), &[("unknown-sequence", "OTHER")]);
        check(&format!("{GENERAL}{GENERAL}"), &[("sequence-repeated", "A[2]")]);
        check(&format!(":16R:FIAC\n:16S:FIAC\n{GENERAL}"), &[("misplaced-sequence", "A")]);
        check(":16R:GENL\n:23G:NEWM\n:20C::SEME//A\n:16S:GENL\n", &[("misplaced-field", "A/20C:SEME")]);
        check(":16R:GENL\n:20C::SEME//A\n:20C::SEME//B\n:16S:GENL\n", &[("field-repeated", "A/20C:SEME")]);
        check(":16R:GENL\n:20C::RELA//A\n:16S:GENL\n", &[("T89", "A/20C:RELA")]);
        check(":16R:GENL\n:95P::PSET//DAKVDEFF\n:16S:GENL\n", &[("T13", "A/95P:PSET")]);
        check(":20C::SEME//A\n", &[("T13", "20C:SEME")]);
        check(":16R:FIAC\n:97A::CASH//1\n:16S:FIAC\n", &[("missing-field", "C/97a:SAFE")]);
    }

    #[test]
    fn a_wallet_stands_in_for_a_safekeeping_account() {
        let found = found(":16R:FIAC\n:36B::SETT//UNIT/1,\n:97D::BCAW//WALLET\n:16S:FIAC\n");
        assert!(!found.iter().any(|(_, path)| path.starts_with("C/97")), "{found:?}");
    }

    #[test]
    fn an_unclosed_sequence_does_not_swallow_the_next() {
        let found = found(":16R:GENL\n:20C::SEME//A\n:23G:NEWM\n:16R:TRADDET\n:16S:TRADDET\n");
        assert!(found.contains(&("unclosed-sequence", "A".to_owned())), "{found:?}");
        assert!(!found.iter().any(|(code, _)| *code == "unknown-sequence"), "{found:?}");
    }

    #[test]
    fn depth_is_bounded() {
        let deep: String = (0..50).map(|i| format!(":16R:S{i}\n")).collect();
        assert!(found(&deep).iter().any(|(code, _)| *code == "too-deep"));
    }
}
