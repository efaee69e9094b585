//! Holds the fields against the structure table: a stack of open sequences, the order inside each, and what is missing
//! when one closes. Without a table (a type that we do not know) the sequences are still told apart.

use super::charset::Class;
use super::frame::{Field, Frame, Span};
use super::plan::{Check, Line, Marks, Plan, Stage, bit, name_number, qualifier_number};
use super::spec::{self, Content, Sequence, Spec};
use super::tag::Code;
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
#[derive(Debug, Default)]
pub struct Layout {
    /// The sequences, in order of opening.
    pub sequences: Vec<Opened>,
    /// For each field the sequence it stands in (for 16R and 16S: the one they open or close).
    places: Vec<u32>,
    /// The rules that are broken.
    pub(super) broken: Vec<Broken>,
}

/// The place of a field that stands in no sequence.
const TOP: u32 = u32::MAX;

/// How many names of sequences without a row are compared, so that a message full of them costs no more than its length.
const STRANGERS_COMPARED: usize = 64;

/// A rule that does not hold within a sequence, which ends before a field.
#[derive(Debug, Clone, Copy)]
pub(super) struct Broken {
    /// The rule.
    pub check: &'static Check,
    /// The sequence; `None` for the message.
    pub sequence: Option<usize>,
    /// Which field ends it.
    pub close: usize,
}

impl Layout {
    /// The sequence that a field stands in; `None` at the top.
    pub fn place(&self, field: usize) -> Option<usize> {
        self.places.get(field).filter(|p| **p != TOP).map(|p| *p as usize)
    }

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
    qualifier_bytes(value).and_then(|_| value.get(1..5))
}

fn qualifier_bytes(value: &[u8]) -> Option<[u8; 4]> {
    match value {
        [b':', a, b, c, d, b'/', ..] => {
            let name = [*a, *b, *c, *d];
            name.iter().all(|b| Class::Capitals.has(*b)).then_some(name)
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
    walk_in(frame, spec, limits, findings, &mut Memory::default(), Layout::default())
}

/// The same in memory that was used before.
pub(super) fn walk_in(
    frame: &Frame<'_>,
    spec: Option<&'static Spec>,
    limits: &Limits,
    findings: &mut Findings,
    memory: &mut Memory,
    mut layout: Layout,
) -> Layout {
    let fields = frame.fields();
    layout.sequences.clear();
    layout.places.clear();
    layout.broken.clear();
    memory.stack.clear();
    memory.seen.clear();
    memory.strangers.clear();
    layout.places.reserve(fields.len());
    let plan = spec.map(Spec::plan);
    let mut walker =
        Walker { frame, findings, depth_max: limits.depth_max, layout, memory, plan, too_deep: false };
    walker.enter(None, 0, plan.and_then(|p| p.stages.first()));
    for (index, field) in fields.iter().enumerate() {
        walker.field(index, field);
    }
    walker.finish(fields.len());
    walker.layout
}

/// The walker's own memory, to be used again.
#[derive(Debug, Default)]
pub(super) struct Memory {
    stack: Vec<Level>,
    seen: Vec<Seen>,
    strangers: Vec<Stranger>,
}

struct Walker<'a, 'f> {
    frame: &'a Frame<'a>,
    findings: &'f mut Findings,
    depth_max: usize,
    layout: Layout,
    memory: &'f mut Memory,
    plan: Option<&'static Plan>,
    /// Whether the limit of nesting was reached and said.
    too_deep: bool,
}

/// An open sequence with what was seen in it so far.
#[derive(Debug)]
struct Level {
    /// The name as a number; 0 for none that fits one.
    name: u128,
    sequence: Option<usize>,
    /// The same as fields note it.
    place: u32,
    stage: Option<&'static Stage>,
    rank: u16,
    /// Where its items begin in the list of what was seen.
    base: usize,
    once: Marks,
    twice: Marks,
}

impl Level {
    /// What something of this rank should have stood before: the first that was seen of a higher rank.
    fn before(&self, seen: &[Seen], rank: u16) -> String {
        let items = self.stage.map_or(&[][..], |s| s.row.items.as_slice());
        let counts = seen.get(self.base..).unwrap_or_default();
        let next = items.iter().zip(counts).find(|(item, seen)| item.rank > rank && seen.count > 0);
        let table = "the order is that of the table";
        match next.map(|(item, _)| &item.content) {
            Some(Content::Field(f)) => format!("its place is before field {}: {table}", f.tag()),
            Some(Content::Sequence(s)) => {
                format!("its place is before sequence {} {}: {table}", s.id, s.name)
            }
            None => table.to_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    count: u32,
    qualifiers: u64,
}

/// A sequence without a row, and how often it came in the same parent.
#[derive(Debug)]
struct Stranger {
    depth: usize,
    name: Span,
    count: u32,
}

impl Walker<'_, '_> {
    fn field(&mut self, index: usize, field: &Field) {
        match field.code {
            Code::OPEN => self.open(index, field),
            Code::CLOSE => self.close(index, field),
            _ => {
                self.layout.places.push(self.memory.stack.last().map_or(TOP, |l| l.place));
                self.check(field);
            }
        }
    }

    fn here(&self) -> Option<usize> {
        self.memory.stack.last().and_then(|l| l.sequence)
    }

    /// Notes where the next field stands.
    fn put(&mut self, sequence: Option<usize>) {
        self.layout.places.push(place_number(sequence));
    }

    fn enter(&mut self, sequence: Option<usize>, name: u128, stage: Option<&'static Stage>) {
        let base = self.memory.seen.len();
        self.memory.seen.resize(base + stage.map_or(0, |s| s.row.items.len()), Seen::default());
        let place = place_number(sequence);
        self.memory.stack.push(Level { name, sequence, place, stage, rank: 0, base, once: 0, twice: 0 });
    }

    fn open(&mut self, index: usize, field: &Field) {
        let name = field.value.of(self.frame.raw);
        let number = name_number(self.frame.raw, field.value.range());
        if self.memory.stack.len() > self.depth_max {
            let here = self.here();
            self.put(here);
            // Once: whoever nests beyond the limit does it a thousand times.
            if !std::mem::replace(&mut self.too_deep, true) {
                let what = format!("sequences are nested deeper than {} levels", self.depth_max);
                let hint = "that is the limit: close the sequences around this one with :16S:";
                self.report(here, field, "too-deep", &what, hint);
            }
            return;
        }
        let child = |l: &Level| l.stage.and_then(|s| s.child(number));
        let mut found = self.memory.stack.last().and_then(child);
        if found.is_none() {
            self.leave_what_it_ends(index, number);
            found = self.memory.stack.last().and_then(child);
        }
        let depth = self.memory.stack.len();
        let Some(level) = self.memory.stack.last_mut() else { return };
        let parent = level.sequence;
        let known = level.stage.is_some();
        let mut trouble = None;
        let mut occurrence = 1;
        let mut stage = None;
        if let Some(child) = found {
            let inner = self.plan.and_then(|p| p.stages.get(usize::from(child.stage)));
            stage = inner;
            if let Some((seen, row)) =
                self.memory.seen.get_mut(level.base + usize::from(child.item)).zip(inner.map(|s| s.row))
            {
                seen.count = seen.count.saturating_add(1);
                occurrence = seen.count;
                if seen.count > 1 && !row.repetitive {
                    let hint = "keep one of them".to_owned();
                    trouble = Some((row, "sequence-repeated", "may stand only once here", hint));
                }
                if child.rank < level.rank {
                    let hint = level.before(&self.memory.seen, child.rank);
                    trouble = Some((row, "misplaced-sequence", "comes too late", hint));
                }
            }
            level.rank = level.rank.max(child.rank);
            level.twice |= level.once & child.marks;
            level.once |= child.marks;
        } else {
            occurrence = self.stranger(depth, field.value);
        }
        let here = self.layout.sequences.len();
        self.layout.sequences.push(Opened {
            name: field.value,
            open: index,
            close: self.frame.fields().len(),
            parent,
            occurrence,
            spec: stage.map(|s| s.row),
        });
        self.put(Some(here));
        if found.is_none() && known {
            let what = format!("sequence {} does not belong here", text(name));
            let hint = "move it where the table has it, or take it out";
            self.report(Some(here), field, "unknown-sequence", &what, hint);
        }
        if let Some((row, code, words, hint)) = trouble {
            let what = format!("sequence {} {} {words}", row.id, row.name);
            self.report(Some(here), field, code, &what, &hint);
        }
        self.enter(Some(here), number, stage);
    }

    /// A sequence that belongs further out ends those that were left open.
    fn leave_what_it_ends(&mut self, index: usize, name: u128) {
        let belongs = |l: &Level| l.stage.is_some_and(|s| s.child(name).is_some());
        let Some(level) = self.memory.stack.iter().rposition(belongs) else { return };
        while level + 1 < self.memory.stack.len()
            && self.memory.stack.last().is_some_and(|l| l.stage.is_some())
        {
            self.leave_unclosed(index);
        }
    }

    /// Counts a sequence that has no row.
    fn stranger(&mut self, depth: usize, name: Span) -> u32 {
        let raw = self.frame.raw;
        let same = |s: &&mut Stranger| s.depth == depth && s.name.of(raw) == name.of(raw);
        if let Some(known) = self.memory.strangers.iter_mut().rev().take(STRANGERS_COMPARED).find(same) {
            known.count = known.count.saturating_add(1);
            return known.count;
        }
        self.memory.strangers.push(Stranger { depth, name, count: 1 });
        1
    }

    fn close(&mut self, index: usize, field: &Field) {
        let number = name_number(self.frame.raw, field.value.range());
        let name = field.value.of(self.frame.raw);
        let same = |l: &Level| {
            if number != 0 { l.name == number } else { self.name_of(l) == Some(name) }
        };
        let Some(depth) = self.memory.stack.iter().rposition(same) else {
            let here = self.here();
            self.put(here);
            let what = format!("{} is closed but was not opened", text(name));
            let hint = "remove this line or open the sequence with :16R:";
            self.report(here, field, "unopened-sequence", &what, hint);
            return;
        };
        while self.memory.stack.len() > depth + 1 {
            self.leave_unclosed(index);
        }
        self.put(self.here());
        self.leave(index);
    }

    fn finish(&mut self, fields: usize) {
        while self.memory.stack.len() > 1 {
            self.leave_unclosed(fields);
        }
        self.leave(fields);
    }

    fn leave_unclosed(&mut self, index: usize) {
        let here = self.here();
        if let Some(opened) = here.and_then(|h| self.layout.sequences.get(h)) {
            let name = text(opened.name.of(self.frame.raw));
            if let Some(field) = self.frame.fields().get(opened.open).copied() {
                let what = format!("sequence {name} is not closed");
                let hint = format!("write :16S:{name} behind its last field");
                self.report(here, &field, "unclosed-sequence", &what, &hint);
            }
        }
        self.leave(index);
    }

    /// Closes the innermost sequence, says what is missing in it and notes the rules that it breaks.
    fn leave(&mut self, index: usize) {
        let Some((level, around)) = self.memory.stack.split_last() else { return };
        if let Some(opened) = level.sequence.and_then(|s| self.layout.sequences.get_mut(s)) {
            opened.close = index;
        }
        let (once, twice, base) = (level.once, level.twice, level.base);
        if let Some(stage) = level.stage {
            if !stage.checks.is_empty() {
                let around = around.iter().fold(0, |set, l| set | l.once);
                for check in &stage.checks {
                    if check.is_broken(once, twice, around) {
                        self.layout.broken.push(Broken { check, sequence: level.sequence, close: index });
                    }
                }
            }
            let sequence = level.sequence;
            for must in &stage.musts {
                let item = usize::from(must.item);
                let seen = self.memory.seen.get(base + item).copied().unwrap_or_default();
                let fulfilled = if seen.count == 0 {
                    !must.mandatory
                } else {
                    seen.qualifiers & must.qualifiers == must.qualifiers
                };
                if !fulfilled {
                    self.must(sequence, stage, item, seen, index);
                }
            }
        }
        self.memory.seen.truncate(base);
        let depth = self.memory.stack.len();
        while self.memory.strangers.last().is_some_and(|s| s.depth >= depth) {
            self.memory.strangers.pop();
        }
        self.memory.stack.truncate(depth - 1);
        if let Some(parent) = self.memory.stack.last_mut() {
            parent.twice |= twice | (parent.once & once);
            parent.once |= once;
        }
    }

    /// One item that must be there, or whose qualifiers must.
    fn must(
        &mut self,
        sequence: Option<usize>,
        stage: &'static Stage,
        item: usize,
        seen: Seen,
        index: usize,
    ) {
        let level = (sequence, stage);
        match stage.row.items.get(item).map(|i| &i.content) {
            Some(Content::Sequence(s)) if seen.count == 0 => {
                self.missing(level, index, &format!("{} {}", s.id, s.name), s.id, "sequence");
            }
            Some(Content::Field(f)) if seen.count == 0 => {
                if !f.mandatory {
                    return;
                }
                let names: Vec<_> = f.qualifiers.iter().map(|q| q.name).collect();
                let one = if let [only] = names.as_slice() { format!(":{only}") } else { String::new() };
                let tag = format!("{}{one}", f.tag());
                let shown = if names.len() > 1 { format!("{tag} ({})", list(&names)) } else { tag.clone() };
                self.missing(level, index, &shown, &tag, "field");
            }
            Some(Content::Field(f)) => {
                for (position, q) in f.qualifiers.iter().enumerate().filter(|(_, q)| q.mandatory) {
                    if seen.qualifiers & bit(position) != 0 {
                        continue;
                    }
                    let instead = f.qualifier(q.substitute.as_bytes()).map_or(0, |(p, _)| bit(p));
                    if seen.qualifiers & instead == 0 {
                        let name = format!("{}:{}", f.tag(), q.name);
                        self.missing(level, index, &name, &name, "field");
                    }
                }
            }
            _ => {}
        }
    }

    fn missing(
        &mut self,
        (sequence, stage): (Option<usize>, &'static Stage),
        index: usize,
        shown: &str,
        step: &str,
        what: &str,
    ) {
        let fields = self.frame.fields();
        let span = fields.get(index).or(fields.last()).map_or(0..0, Field::whole);
        let mut path = self.layout.path(self.frame, sequence);
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(step);
        let code = if what == "field" { "missing-field" } else { "missing-sequence" };
        let severity = severity(Some(stage.row));
        self.findings.push(
            Diagnostic::new(severity, Layer::Structure, code, span, format!("the {what} {shown} is missing"))
                .at(path)
                .hint(format!("add the {what} before this line")),
        );
    }

    /// One field against the lines of its sequence.
    fn check(&mut self, field: &Field) {
        let Some(level) = self.memory.stack.last_mut() else { return };
        let Some(stage) = level.stage else { return };
        let value = field.value.of(self.frame.raw);
        let name = qualifier_bytes(value).map(qualifier_number);
        let mut best: Option<(&Line, Option<usize>)> = None;
        for line in stage.lines_for(field.code) {
            let place = name.and_then(|n| line.names.iter().position(|l| *l == n));
            // Among lines for the tag: one that knows the qualifier; among these, one that is not yet passed.
            let weight = |(l, place): (&Line, Option<usize>)| {
                (place.is_some() || l.is_open(field.code), l.rank >= level.rank)
            };
            if best.is_none_or(|b| weight((line, place)) > weight(b)) {
                best = Some((line, place));
            }
        }
        let here = level.sequence;
        let Some((line, place)) = best else {
            let what = format!("field {} does not belong here", text(field.tag.of(self.frame.raw)));
            let hint = "move it where the table has it, or take it out";
            self.report(here, field, "T13", &what, hint);
            return;
        };
        let late = line.rank < level.rank;
        level.rank = level.rank.max(line.rank);
        let mut trouble = None;
        if let Some(seen) = self.memory.seen.get_mut(level.base + usize::from(line.item)) {
            seen.count = seen.count.saturating_add(1);
            let marks = marks(line, name, place, value);
            level.twice |= level.once & marks;
            level.once |= marks;
            trouble = qualifier_trouble(line, seen, place, field.code);
        }
        if late {
            let what = format!("field {} comes too late in its sequence", text(field.tag.of(self.frame.raw)));
            let hint = self.memory.stack.last().map(|l| l.before(&self.memory.seen, line.rank));
            self.report(here, field, "misplaced-field", &what, &hint.unwrap_or_default());
        }
        let list = place.and_then(|p| line.qualifiers.get(p)).map_or("", |allowed| allowed.list);
        if !list.is_empty()
            && let Some(code) = value.get(5..).and_then(|v| v.strip_prefix(b"//"))
            && !list.split('|').any(|known| known.as_bytes() == code)
        {
            let path = self.layout.field_path(self.frame, here, field);
            let what = format!("{} is not in the list of {path}", text(code));
            let finding = Diagnostic::error(Layer::Rule, code_error(field.code), field.value.range(), what);
            self.findings.push(finding.at(path).hint(format!("use one of {}", list.replace('|', " "))));
        }
        if let Some(trouble) = trouble {
            let (code, what, hint) = trouble.words(line.row, qualifier(value), field.tag.of(self.frame.raw));
            self.report(here, field, code, &what, &hint);
        }
    }

    fn name_of(&self, level: &Level) -> Option<&[u8]> {
        level.sequence.and_then(|s| self.layout.sequences.get(s)).map(|o| o.name.of(self.frame.raw))
    }

    fn report(&mut self, here: Option<usize>, field: &Field, code: &'static str, what: &str, hint: &str) {
        let spec = here.and_then(|h| self.layout.sequences.get(h)).and_then(|o| o.spec);
        let path = if field.code == Code::OPEN {
            self.layout.path(self.frame, here)
        } else {
            self.layout.field_path(self.frame, here, field)
        };
        let finding = Diagnostic::new(severity(spec), Layer::Structure, code, field.whole(), what);
        self.findings.push(finding.at(path).hint(hint));
    }
}

/// A sequence as fields note it; there are fewer of them than bytes.
fn place_number(sequence: Option<usize>) -> u32 {
    sequence.map_or(TOP, |s| s as u32)
}

/// What the rules see in a field.
fn marks(line: &Line, name: Option<u32>, place: Option<usize>, value: &[u8]) -> Marks {
    let mut marks = line.marks;
    for (code, mark) in &line.codes {
        let found = value.strip_prefix(code.as_bytes());
        if found.is_some_and(|rest| matches!(rest, [] | [b'/', ..])) {
            marks |= mark;
        }
    }
    let listed = place.and_then(|p| line.qualifiers.get(p));
    let other = || line.others.iter().find(|(other, _)| Some(*other) == name).map(|(_, allowed)| allowed);
    if let Some(allowed) = listed.or_else(other) {
        marks |= allowed.marks;
        for (code, mark) in &allowed.codes {
            // Only codes of the standard: those of another scheme mean something else.
            if value.get(5..7) == Some(b"//") && value.get(7..) == Some(code.as_bytes()) {
                marks |= mark;
            }
        }
    }
    marks
}

/// What is wrong with the qualifier of a field.
enum Trouble {
    NotListed,
    WrongLetter,
    LineRepeated,
    QualifierRepeated,
}

fn qualifier_trouble(line: &Line, seen: &mut Seen, place: Option<usize>, code: Code) -> Option<Trouble> {
    let Some((position, allowed)) = place.and_then(|p| Some((p, line.qualifiers.get(p)?))) else {
        if !line.is_open(code) {
            return Some(Trouble::NotListed);
        }
        return (seen.count > 1 && !line.row.repetitive).then_some(Trouble::LineRepeated);
    };
    if allowed.letters & code.letter_bit() == 0 {
        return Some(Trouble::WrongLetter);
    }
    let again = seen.qualifiers & bit(position) != 0;
    seen.qualifiers |= bit(position);
    if !line.row.repetitive && seen.count > 1 {
        return Some(Trouble::LineRepeated);
    }
    // A repetitive field with a single qualifier repeats that qualifier.
    let single = line.names.len() == 1 || line.row.qualifiers.get(position).is_some_and(|q| q.repetitive);
    (again && !single).then_some(Trouble::QualifierRepeated)
}

impl Trouble {
    fn words(self, line: &spec::Field, name: Option<&[u8]>, tag: &[u8]) -> (&'static str, String, String) {
        let shown = text(name.unwrap_or(b"the qualifier"));
        match self {
            Trouble::NotListed => {
                let names: Vec<_> = line.qualifiers.iter().map(|q| q.name).collect();
                let what = format!("{shown} must be one of {}", list(&names));
                ("T89", what, "use a qualifier that this field has in this sequence".to_owned())
            }
            Trouble::WrongLetter => {
                let what = format!("{shown} may not stand in {}", text(tag));
                let allowed = line.qualifiers.iter().find(|q| name == Some(q.name.as_bytes()));
                let tags: Vec<_> = allowed
                    .map_or("", |q| q.options)
                    .chars()
                    .map(|letter| format!("{}{letter}", line.number))
                    .collect();
                let hint = match tags.as_slice() {
                    [] => "use an option letter that this qualifier may take".to_owned(),
                    tags => format!("write {shown} in {}", tags.join(" or ")),
                };
                ("T89", what, hint)
            }
            Trouble::LineRepeated => {
                let what = format!("{} may stand only once here", line.tag());
                ("field-repeated", what, "keep one of them".to_owned())
            }
            Trouble::QualifierRepeated => {
                let what = format!("{shown} may stand only once in {}", line.tag());
                ("field-repeated", what, "keep one of them".to_owned())
            }
        }
    }
}

/// The error code for a code that is not in the list of its qualifier.
fn code_error(tag: Code) -> &'static str {
    match tag.number() {
        22 => "K22",
        24 => "K24",
        25 => "K25",
        _ => "unknown-code",
    }
}

fn severity(spec: Option<&'static Sequence>) -> Severity {
    if spec.is_some_and(|s| s.loose) { Severity::Warning } else { Severity::Error }
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
        assert_eq!(layout.places.len(), frame.fields().len(), "every field has its place");
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
        assert_eq!(found(&deep).iter().filter(|(code, _)| *code == "too-deep").count(), 1);
    }
}
