//! The structure table of a message type, compiled for reading: each sequence knows by the number of a tag which of its
//! lines may take it, qualifiers are compared as numbers, and what a rule looks at is one bit of a set.

use std::ops::Range;

use super::format;
use super::network_rules::{Form, ROWS, Row};
use super::spec::{Content, Field, Sequence, Spec};
use super::tag::{Code, letter_bit};

/// A set of marks: what the rules have seen.
pub(super) type Marks = u128;

/// A compiled table.
#[derive(Debug)]
pub(super) struct Plan {
    /// Its sequences; the first is the message itself.
    pub stages: Vec<Stage>,
    /// What each mark stands for, for those who look for the field behind it.
    pub places: Vec<Place>,
}

/// A compiled sequence.
#[derive(Debug)]
pub(super) struct Stage {
    /// Its row.
    pub row: &'static Sequence,
    /// By the format of a tag: one more than the first line that may take it; 0 for none.
    first: [u8; format::COUNT_MAX],
    /// The lines for fields.
    pub lines: Vec<Line>,
    /// The sequences inside.
    pub children: Vec<Child>,
    /// What has to be looked at when it closes.
    pub musts: Vec<Must>,
    /// The rules that hold within it.
    pub checks: Vec<Check>,
}

/// A line of the table.
#[derive(Debug)]
pub(super) struct Line {
    /// The row.
    pub row: &'static Field,
    /// Its place among the items of the sequence.
    pub item: u16,
    /// Its rank.
    pub rank: u16,
    /// The next line for the same tag: one more than its number, 0 for none.
    next: u8,
    /// The tag letters that it takes.
    letters: u32,
    /// Those that any qualifier may have, because not all were seen.
    open: u32,
    /// Its qualifiers, by number.
    pub names: Vec<u32>,
    /// The letters that each may take, and what rules see in it.
    pub qualifiers: Vec<Allowed>,
    /// What rules see in qualifiers that the line does not list but lets pass.
    pub others: Vec<(u32, Allowed)>,
    /// What rules see in the line whatever its qualifier.
    pub marks: Marks,
    /// The same for codes of fields without a qualifier.
    pub codes: Vec<(&'static str, Marks)>,
}

/// A qualifier of a line.
#[derive(Debug)]
pub(super) struct Allowed {
    /// Its tag letters.
    pub letters: u32,
    /// What rules see in it.
    pub marks: Marks,
    /// What they see in its codes.
    pub codes: Vec<(&'static str, Marks)>,
    /// The codes that it may have, `A|B`; empty when the list is elsewhere or open.
    pub list: &'static str,
}

impl Line {
    /// Whether the tag may carry a qualifier that this line does not list.
    pub(super) fn is_open(&self, code: Code) -> bool {
        self.names.is_empty() || self.open & code.letter_bit() != 0
    }
}

/// An item that must be there, or has qualifiers that must when it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Must {
    /// Its place among the items.
    pub item: u16,
    /// Whether the item itself must be there.
    pub mandatory: bool,
    /// The qualifiers that must be there, or what stands in for them.
    pub qualifiers: u64,
}

/// A sequence inside another.
#[derive(Debug)]
pub(super) struct Child {
    name: u128,
    /// Its place among the items.
    pub item: u16,
    /// Its rank.
    pub rank: u16,
    /// Its stage.
    pub stage: u16,
    /// What rules see in its being there.
    pub marks: Marks,
}

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Check {
    /// All must be there, in the scope or around it.
    pub when: Vec<Marks>,
    /// None may be there.
    pub unless: Marks,
    /// Something of each must be there.
    pub all: Vec<Marks>,
    /// Nothing of these may be there.
    pub none: Marks,
    /// These only once.
    pub single: Marks,
    /// What stands in the scope or below it. Seen around the scope, it belongs to another one of the same kind.
    pub inner: Marks,
    /// The rule.
    pub row: &'static Row,
}

/// What a mark stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    /// The sequence, with a point before it when it must be one at the top.
    pub sequence: &'static str,
    /// `95` or `22H`; empty for the sequence itself.
    pub tag: &'static str,
    /// Empty for any.
    pub qualifier: &'static str,
    /// Empty for any.
    pub code: &'static str,
}

impl Check {
    /// Whether the rule is broken by what was seen in its scope and around it.
    #[inline]
    pub(super) fn is_broken(&self, once: Marks, twice: Marks, around: Marks) -> bool {
        let seen = once | (around & !self.inner);
        self.when.iter().all(|m| seen & m != 0)
            && once & self.unless == 0
            && (twice & self.single != 0 || once & self.none != 0 || self.all.iter().any(|m| once & m == 0))
    }
}

impl Stage {
    /// The lines that may take a tag.
    #[inline]
    pub(super) fn lines_for(&self, code: Code) -> impl Iterator<Item = &Line> {
        let mut next = format::index(code).and_then(|i| self.first.get(i)).copied().unwrap_or(0);
        std::iter::from_fn(move || {
            let line = self.lines.get(usize::from(next).checked_sub(1)?)?;
            next = line.next;
            Some(line)
        })
        .filter(move |line| line.letters & code.letter_bit() != 0)
    }

    /// The sequence of that name inside.
    #[inline]
    pub(super) fn child(&self, name: u128) -> Option<&Child> {
        self.children.iter().find(|c| c.name == name)
    }
}

/// The name of a sequence as a number; 0 for what is too long to be one.
#[inline]
pub(super) fn name_number(raw: &[u8], name: Range<usize>) -> u128 {
    let length = name.len();
    if length > 16 {
        return 0;
    }
    // Most names have bytes behind them: one load and a mask.
    match raw.get(name.start..).and_then(<[u8]>::first_chunk::<16>) {
        Some(bytes) if length == 16 => u128::from_le_bytes(*bytes),
        Some(bytes) => u128::from_le_bytes(*bytes) & ((1 << (8 * length)) - 1),
        None => {
            let bytes = raw.get(name).unwrap_or_default();
            bytes.iter().rev().fold(0, |number, byte| number << 8 | u128::from(*byte))
        }
    }
}

/// A qualifier by its place among those of a line; beyond what a set holds it has none.
pub(super) fn bit(position: usize) -> u64 {
    1u64.checked_shl(u32::try_from(position).unwrap_or(64)).unwrap_or(0)
}

/// A qualifier as a number.
pub(super) fn qualifier_number(name: [u8; 4]) -> u32 {
    u32::from_le_bytes(name)
}

impl Plan {
    /// Compiles a table.
    pub(super) fn new(spec: &'static Spec) -> Self {
        let mut plan = Self { stages: Vec::new(), places: Vec::new() };
        let rows: Vec<&'static Row> = ROWS.iter().filter(|r| r.messages.contains(&spec.message)).collect();
        let checks: Vec<Check> = rows.iter().flat_map(|row| plan.checks(row)).collect();
        plan.stage(&spec.root, 0);
        for check in checks {
            let holds: Vec<usize> = plan
                .stages
                .iter()
                .enumerate()
                .filter(
                    |(i, s)| if check.row.scope.is_empty() { *i == 0 } else { s.row.name == check.row.scope },
                )
                .map(|(i, _)| i)
                .collect();
            for stage in holds {
                let names = names(plan.stages[stage].row);
                let inner = plan.set(|p| names.contains(&p.sequence.trim_start_matches('.')));
                let copy = Check {
                    inner,
                    when: check.when.clone(),
                    all: check.all.clone(),
                    unless: check.unless,
                    none: check.none,
                    single: check.single,
                    row: check.row,
                };
                plan.stages[stage].checks.push(copy);
            }
        }
        plan
    }

    fn checks(&mut self, row: &'static Row) -> Vec<Check> {
        let empty =
            || Check { when: Vec::new(), unless: 0, all: Vec::new(), none: 0, single: 0, inner: 0, row };
        match &row.form {
            Form::Once { each, .. } => {
                let single = each.iter().fold(0, |set, place| set | self.marks(place));
                vec![Check { single, ..empty() }]
            }
            Form::Chain { place, links } => links
                .iter()
                .map(|(party, next)| Check {
                    when: vec![self.mark(place, party)],
                    all: vec![self.mark(place, next)],
                    ..empty()
                })
                .collect(),
            Form::If(rule) => {
                let mut any =
                    |places: &[&'static str]| places.iter().fold(0, |set, place| set | self.marks(place));
                let (unless, none, single) = (any(rule.unless), any(rule.none), any(rule.single));
                let when = rule.when.iter().map(|place| self.marks(place)).collect();
                let all = rule.all.iter().map(|place| self.marks(place)).collect();
                vec![Check { when, unless, all, none, single, inner: 0, row }]
            }
        }
    }

    /// The marks of `AMT/19A:SETT ESTT|CONFDET/19A:SETT`.
    fn marks(&mut self, places: &'static str) -> Marks {
        let mut set = 0;
        for place in places.split('|') {
            match place.split_once(':') {
                None => set |= self.mark(place, ""),
                Some((head, names)) => {
                    let head = place.get(..=head.len()).expect("the colon is there");
                    for name in names.split(' ') {
                        set |= self.mark(head, name);
                    }
                }
            }
        }
        set
    }

    /// One mark; `head` ends with the colon where a qualifier follows.
    fn mark(&mut self, head: &'static str, name: &'static str) -> Marks {
        let head = head.trim_end_matches(':');
        let (sequence, tag) = head.split_once('/').unwrap_or((head, ""));
        let (tag, bare_code) = tag.split_once('=').unwrap_or((tag, ""));
        let (qualifier, code) = name.split_once('=').unwrap_or((name, bare_code));
        let place = Place { sequence, tag, qualifier, code };
        let bit = self.places.iter().position(|p| *p == place).unwrap_or_else(|| {
            self.places.push(place);
            self.places.len() - 1
        });
        assert!(bit < 128, "more places than a set of marks has bits");
        1 << bit
    }

    fn stage(&mut self, row: &'static Sequence, depth: usize) -> u16 {
        let number = self.stages.len();
        self.stages.push(Stage {
            row,
            first: [0; format::COUNT_MAX],
            lines: Vec::new(),
            children: Vec::new(),
            musts: Vec::new(),
            checks: Vec::new(),
        });
        for (index, item) in row.items.iter().enumerate() {
            let place = u16::try_from(index).expect("tables are short");
            match &item.content {
                Content::Sequence(inner) => {
                    let stage = self.stage(inner, depth + 1);
                    let marks = self.set(|p| {
                        p.tag.is_empty()
                            && p.sequence
                                .strip_prefix('.')
                                .map_or(p.sequence == inner.name, |top| depth == 0 && top == inner.name)
                    });
                    let name = name_number(inner.name.as_bytes(), 0..inner.name.len());
                    let child = Child { name, item: place, rank: item.rank, stage, marks };
                    self.stages[number].children.push(child);
                    if inner.mandatory {
                        self.stages[number].musts.push(Must { item: place, mandatory: true, qualifiers: 0 });
                    }
                }
                Content::Field(field) => {
                    let line = self.line(row, field, place, item.rank);
                    let stage = &mut self.stages[number];
                    let bits = field.qualifiers.iter().enumerate().filter(|(_, q)| q.mandatory);
                    let qualifiers = bits.fold(0, |set, (position, _)| set | bit(position));
                    if field.mandatory || qualifiers != 0 {
                        stage.musts.push(Must { item: place, mandatory: field.mandatory, qualifiers });
                    }
                    stage.lines.push(line);
                    stage.link();
                }
            }
        }
        u16::try_from(number).expect("tables are short")
    }

    fn line(&self, sequence: &Sequence, row: &'static Field, item: u16, rank: u16) -> Line {
        let letters = |text: &str| text.bytes().fold(0, |set, letter| set | letter_bit(letter));
        let all = if row.options.is_empty() { 1 } else { letters(&row.options) } | letters(&row.later);
        let here = |p: &Place| {
            p.sequence == sequence.name && p.tag.len() >= 2 && row.number == &p.tag[..2] && {
                p.tag.len() == 2 || all & letter_bit(p.tag.as_bytes()[2]) != 0
            }
        };
        let codes = |qualifier: &'static str| {
            let places = self.places.iter().enumerate();
            places
                .filter(|(_, p)| here(p) && p.qualifier == qualifier && !p.code.is_empty())
                .map(|(bit, p)| (p.code, 1 << bit))
                .collect()
        };
        let allowed = |name: &'static str, letters: u32, list: &'static str| Allowed {
            letters,
            marks: self.set(|p| here(p) && p.qualifier == name && p.code.is_empty()),
            codes: codes(name),
            list,
        };
        let qualifiers: Vec<Allowed> = row
            .qualifiers
            .iter()
            .map(|q| {
                let own = if q.options.is_empty() { all } else { letters(q.options) | letters(&row.later) };
                allowed(q.name, own, q.codes)
            })
            .collect();
        let listed = |name: &str| row.qualifiers.iter().any(|q| q.name == name);
        let mut others: Vec<(u32, Allowed)> = Vec::new();
        for place in self.places.iter().filter(|p| here(p) && !listed(p.qualifier)) {
            if let Ok(name) = place.qualifier.as_bytes().try_into().map(qualifier_number)
                && others.iter().all(|(other, _)| *other != name)
            {
                others.push((name, allowed(place.qualifier, all, "")));
            }
        }
        Line {
            row,
            item,
            rank,
            next: 0,
            letters: all,
            open: if row.open { u32::MAX } else { letters(&row.later) },
            names: row
                .qualifiers
                .iter()
                .filter_map(|q| q.name.as_bytes().try_into().ok())
                .map(qualifier_number)
                .collect(),
            qualifiers,
            others,
            marks: self.set(|p| here(p) && p.qualifier.is_empty() && p.code.is_empty()),
            codes: codes(""),
        }
    }

    fn set(&self, holds: impl Fn(&Place) -> bool) -> Marks {
        self.places.iter().enumerate().filter(|(_, p)| holds(p)).fold(0, |set, (bit, _)| set | 1 << bit)
    }
}

/// The names of a sequence and of all below it.
fn names(row: &Sequence) -> Vec<&'static str> {
    let mut list = vec![row.name];
    for item in &row.items {
        if let Content::Sequence(inner) = &item.content {
            list.extend(names(inner));
        }
    }
    list
}

impl Stage {
    /// Chains the last line behind the earlier ones for the same tags.
    fn link(&mut self) {
        let Some(row) = self.lines.last().map(|l| l.row) else { return };
        let number = u8::try_from(self.lines.len()).expect("tables are short");
        let letters: Vec<char> = row.options.chars().chain(row.later.chars()).collect();
        let tags = if letters.is_empty() {
            vec![row.number.to_owned()]
        } else {
            letters.iter().map(|letter| format!("{}{letter}", row.number)).collect()
        };
        for tag in tags {
            let Some(index) = format::index(Code::of(tag.as_bytes())) else { continue };
            match self.first[index] {
                0 => self.first[index] = number,
                mut at => {
                    // Lines of one number share their chain: which letters each takes is asked on the way.
                    while at != number {
                        let next = &mut self.lines[usize::from(at) - 1].next;
                        if *next == 0 {
                            *next = number;
                        }
                        at = *next;
                    }
                }
            }
        }
    }
}
