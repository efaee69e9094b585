//! Message tables: what may stand in which order, as a small arena of types, and the step-by-step check of one element's
//! children.
//!
//! A table is text, one type after another, and is meant to be read:
//!
//! ```text
//! message sese.023.001.11
//! root Document Document
//!
//! text Max35Text 1..35
//! codes ReceiveDelivery1Code DELI RECE
//! number DecimalNumber 18,17
//! value ActiveCurrencyAndAmount ActiveCurrencyAndAmount_SimpleType @Ccy:ActiveCurrencyCode
//!
//! sequence Linkages64
//!   PrcgPos? ProcessingPosition7Choice
//!   Ref References41Choice
//! choice References41Choice
//!   SctiesSttlmTxId Max35Text
//!   PoolId Max35Text
//! ```
//!
//! `?` is at most once, `*` any number, `+` at least once, `{0,5}` as counted. `<any>` is one foreign element; a
//! name space behind it is the one that it must be of. A choice
//! inside a sequence is an indented `choice` of its own.

use std::collections::BTreeMap;
use std::ops::Range;

use super::facet::{Codes, Simple};
use super::name::{Key, Name, bit, key};
use super::pattern::Pattern;

/// The table of one message.
#[derive(Debug, Clone)]
pub struct Schema {
    message: String,
    root: Particle,
    types: Vec<Type>,
    slots: Vec<Slot>,
    particles: Vec<Particle>,
    /// The keys of the names of the particles, close together.
    keys: Vec<Key>,
    /// How many slots up to each must be filled.
    required: Vec<u32>,
    /// Where the children of each type begin.
    cursors: Vec<Cursor>,
}

/// Where a type stands in its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeId(u32);

impl TypeId {
    /// Stands for a type that is not known.
    pub const NONE: TypeId = TypeId(u32::MAX);
}

/// A named type.
#[derive(Debug, Clone)]
pub struct Type {
    /// Its name in the standard.
    pub name: String,
    /// What it holds.
    pub shape: Shape,
}

/// What a type holds.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Child elements, in slots.
    Elements(Range<u32>),
    /// A value.
    Value(Simple),
    /// A value with attributes.
    Attributed {
        /// The type of the value.
        value: TypeId,
        /// Name, type, and whether it must be there.
        attributes: Vec<(String, TypeId, bool)>,
    },
}

/// One place in a sequence: one element, or a choice of several.
#[derive(Debug, Clone)]
struct Slot {
    particles: Range<u32>,
    required: bool,
    choice: bool,
}

/// An element that may stand in a slot.
#[derive(Debug, Clone)]
pub struct Particle {
    /// Its name; `<any>` for one foreign element.
    pub name: String,
    /// Its type; [`TypeId::NONE`] for a foreign element.
    pub type_id: TypeId,
    /// Least and most occurrences.
    pub occurs: (u32, u32),
    /// The name space of a foreign element; empty when it may be any.
    pub space: String,
    /// The key of the name.
    key: Key,
    /// The slot that it may stand in.
    slot: u32,
}

impl Particle {
    fn is_any(&self) -> bool {
        self.type_id == TypeId::NONE
    }

    /// The bit of its name.
    pub(super) fn bit(&self) -> u64 {
        bit(self.key)
    }
}

/// How far the children of one open element have come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cursor {
    slot: u32,
    end: u32,
    start: u32,
    particle: u32,
    count: u32,
    /// One past the last particle that can be told by its name; nothing can where a foreign element may stand.
    named_end: u32,
}

impl Cursor {
    /// How many of the same name have come in a row.
    pub fn count(&self) -> u32 {
        self.count
    }
}

/// What a child element is to its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'s> {
    /// In its place.
    Fits(TypeId),
    /// A foreign element where one may be.
    Foreign,
    /// In its place, but something that must come before it is not there.
    Missing(TypeId, &'s str),
    /// One too many of its name.
    TooMany(TypeId),
    /// Another branch of the same choice was taken already.
    Excluded(TypeId, &'s str),
    /// Known here, but it should have come earlier.
    Late(TypeId),
    /// Not known here.
    Unknown,
}

/// Why a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct TableError {
    /// Which line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// The name of the particle that stands for one foreign element.
pub const ANY: &str = "<any>";

impl Schema {
    /// Reads a table.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        Reader::default().read(text)
    }

    /// `sese.023.001.11`.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The outermost element.
    pub fn root(&self) -> &Particle {
        &self.root
    }

    /// A type by its place in this table.
    pub fn get(&self, id: TypeId) -> &Type {
        &self.types[id.0 as usize]
    }

    /// All types in the order of the table.
    pub fn types(&self) -> &[Type] {
        &self.types
    }

    /// The value type behind a leaf, with or without attributes; `None` for a type of child elements.
    pub fn value_type(&self, id: TypeId) -> Option<&Simple> {
        match &self.get(id).shape {
            Shape::Value(simple) => Some(simple),
            Shape::Attributed { value, .. } => match &self.get(*value).shape {
                Shape::Value(simple) => Some(simple),
                _ => None,
            },
            Shape::Elements(_) => None,
        }
    }

    /// The type of the element down this way from an element of a type.
    pub fn down(&self, from: TypeId, path: &str) -> Option<TypeId> {
        let known = |id: &TypeId| *id != TypeId::NONE;
        path.split('/').try_fold(from, |id, name| self.child(id, name).map(|p| p.type_id).filter(known))
    }

    /// The type of the first own element: below `Document`, or the outermost one.
    pub fn own(&self) -> TypeId {
        let outermost = self.root.type_id;
        let only = || self.slots(outermost).flat_map(|(particles, _, _)| particles).next();
        if self.root.name == "Document" { only().map_or(outermost, |p| p.type_id) } else { outermost }
    }

    /// The codes that may stand down this way from the first own element; none when there is no such way.
    pub fn codes(&self, path: &str) -> &[String] {
        self.codes_below(self.own(), path).unwrap_or_default()
    }

    /// The codes that may stand down this way from an element of a type; nothing when there is no such way, or no codes.
    pub(super) fn codes_below(&self, of: TypeId, path: &str) -> Option<&[String]> {
        match self.down(of, path).and_then(|id| self.value_type(id)) {
            Some(Simple::Codes(codes)) => Some(codes.list()),
            _ => None,
        }
    }

    /// The particles of a type of child elements, slot by slot: the elements, whether they are a choice, and whether one
    /// must be there.
    pub fn slots(&self, id: TypeId) -> impl Iterator<Item = (&[Particle], bool, bool)> {
        let range = match &self.get(id).shape {
            Shape::Elements(range) => range.clone(),
            _ => 0..0,
        };
        range.map(|at| {
            let slot = &self.slots[at as usize];
            (self.particles_of(slot), slot.choice, slot.required)
        })
    }

    /// Stands before the first child of an element of this type; `None` when it takes no children.
    pub fn cursor(&self, id: TypeId) -> Option<Cursor> {
        match &self.get(id).shape {
            Shape::Elements(_) => self.cursors.get(id.0 as usize).copied(),
            _ => None,
        }
    }

    /// Takes one child element.
    pub fn step(&self, cursor: &mut Cursor, name: &str) -> Step<'_> {
        self.step_named(cursor, Name::new(name))
    }

    /// Takes one child element; nearly all are what is expected, at or shortly behind where the cursor stands.
    #[inline(always)]
    pub(super) fn step_named(&self, cursor: &mut Cursor, name: Name<'_>) -> Step<'_> {
        if let Some(slot) = self.slots.get(cursor.slot as usize)
            && let from = slot.particles.start as usize
            && let Some(keys) = self.keys.get(from..cursor.named_end as usize)
            && let Some(index) = keys.iter().position(|key| *key == name.key()).map(|at| from + at)
            && let Some(particle) = self.particles.get(index)
            && Name::with_key(&particle.name, particle.key) == name
        {
            let (current, index) = (cursor.particle as usize, index as u32);
            if particle.slot == cursor.slot && cursor.count > 0 {
                if index == cursor.particle && cursor.count < particle.occurs.1 {
                    cursor.count += 1;
                    return Step::Fits(particle.type_id);
                }
            } else {
                let taken = cursor.count > 0;
                // A slot that was begun is full enough, or no slot that must be filled lies between.
                let enough =
                    !taken || self.particles.get(current).is_some_and(|p| cursor.count >= p.occurs.0);
                let behind = cursor.slot as usize + usize::from(taken);
                if enough && self.required.get(behind) == self.required.get(particle.slot as usize) {
                    (cursor.slot, cursor.particle, cursor.count) = (particle.slot, index, 1);
                    return Step::Fits(particle.type_id);
                }
            }
        }
        self.step_in_words(cursor, name.text())
    }

    /// The same without haste: says what is wrong.
    #[cold]
    fn step_in_words(&self, cursor: &mut Cursor, name: &str) -> Step<'_> {
        let name = Name::new(name);
        let mut missing = None;
        for at in cursor.slot..cursor.end {
            let slot = &self.slots[at as usize];
            let taken = at == cursor.slot && cursor.count > 0;
            if let Some(index) = self.find(slot, name) {
                let particle = &self.particles[index as usize];
                let id = particle.type_id;
                if taken {
                    if index != cursor.particle {
                        return Step::Excluded(id, &self.particles[cursor.particle as usize].name);
                    }
                    cursor.count = cursor.count.saturating_add(1);
                    return if cursor.count > particle.occurs.1 {
                        Step::TooMany(id)
                    } else {
                        self.fit(particle)
                    };
                }
                (cursor.slot, cursor.particle, cursor.count) = (at, index, 1);
                return match missing {
                    Some(name) => Step::Missing(id, name),
                    None => self.fit(particle),
                };
            }
            let satisfied = !slot.required
                || (taken && cursor.count >= self.particles[cursor.particle as usize].occurs.0);
            if !satisfied {
                missing = missing.or_else(|| self.particles_of(slot).first().map(|p| p.name.as_str()));
            }
        }
        // Not ahead: then it is late, or not of this type at all.
        (cursor.start..cursor.slot)
            .find_map(|at| self.find(&self.slots[at as usize], name))
            .map_or(Step::Unknown, |index| Step::Late(self.particles[index as usize].type_id))
    }

    /// The name space of the foreign element that was taken last; empty when it may be any.
    pub(super) fn foreign_space(&self, cursor: &Cursor) -> &str {
        self.particles.get(cursor.particle as usize).map_or("", |particle| &particle.space)
    }

    fn fit(&self, particle: &Particle) -> Step<'_> {
        if particle.is_any() { Step::Foreign } else { Step::Fits(particle.type_id) }
    }

    /// Ends the children: all that must still have come.
    pub fn missing(&self, cursor: &Cursor) -> impl Iterator<Item = &str> {
        let cursor = *cursor;
        (cursor.slot..cursor.end).filter_map(move |at| {
            let slot = &self.slots[at as usize];
            let taken = at == cursor.slot && cursor.count > 0;
            let satisfied = if taken {
                cursor.count >= self.particles[cursor.particle as usize].occurs.0
            } else {
                !slot.required
            };
            (!satisfied).then(|| self.particles_of(slot).first().map_or("", |p| p.name.as_str()))
        })
    }

    /// Whether nothing is missing when the element ends here: sums of what is required say so at once.
    #[inline]
    pub(super) fn is_complete(&self, cursor: &Cursor) -> bool {
        let taken = cursor.count > 0;
        let enough = !taken
            || self.particles.get(cursor.particle as usize).is_some_and(|p| cursor.count >= p.occurs.0);
        let behind = cursor.slot as usize + usize::from(taken);
        enough && self.required.get(behind) == self.required.get(cursor.end as usize)
    }

    /// Names that could come next, for people.
    pub fn expected(&self, cursor: &Cursor) -> Vec<&str> {
        let mut names = Vec::new();
        for at in cursor.slot..cursor.end {
            let slot = &self.slots[at as usize];
            let taken = at == cursor.slot && cursor.count > 0;
            if taken {
                let particle = &self.particles[cursor.particle as usize];
                if cursor.count < particle.occurs.1 {
                    names.push(particle.name.as_str());
                }
                continue;
            }
            names.extend(self.particles_of(slot).iter().map(|p| p.name.as_str()));
            if slot.required {
                break;
            }
        }
        names
    }

    /// The child of this name, wherever it stands.
    pub fn child(&self, id: TypeId, name: &str) -> Option<&Particle> {
        self.slots(id).flat_map(|(particles, _, _)| particles).find(|p| p.name == name)
    }

    fn particles_of(&self, slot: &Slot) -> &[Particle] {
        &self.particles[slot.particles.start as usize..slot.particles.end as usize]
    }

    fn find(&self, slot: &Slot, name: Name<'_>) -> Option<u32> {
        slot.particles.clone().find(|&index| {
            let particle = &self.particles[index as usize];
            particle.is_any() || Name::with_key(&particle.name, particle.key) == name
        })
    }
}

/// An attribute: its name, the name of its type, and whether it must be there.
type NamedAttribute = (String, String, bool);

/// Reads tables; names become places once all types are known.
#[derive(Default)]
struct Reader {
    message: String,
    root: Option<(String, String, usize)>,
    types: Vec<(Type, usize)>,
    slots: Vec<Slot>,
    particles: Vec<(Particle, String, usize)>,
    attributed: Vec<(usize, String, Vec<NamedAttribute>)>,
    open: Open,
}

/// Which kind of block the next indented line belongs to.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Sequence,
    Choice,
}

impl Reader {
    fn read(mut self, text: &str) -> Result<Schema, TableError> {
        for (index, line) in text.lines().enumerate() {
            let fail = |reason: String| TableError { line: index + 1, reason };
            let indent = line.len() - line.trim_start_matches(' ').len();
            let body = line.trim();
            if body.is_empty() || body.starts_with('#') {
                continue;
            }
            match indent {
                0 => self.declaration(body, index + 1).map_err(fail)?,
                2 | 4 => self.particle(body, indent == 4, index + 1).map_err(fail)?,
                _ => return Err(fail("indented by neither 0, 2 nor 4 spaces".into())),
            }
        }
        self.resolve()
    }

    fn declaration(&mut self, body: &str, line: usize) -> Result<(), String> {
        let mut words = body.split(' ');
        let keyword = words.next().unwrap_or_default();
        let name = words.next().ok_or("a name is missing")?.to_owned();
        let rest: Vec<&str> = words.collect();
        self.open = Open::Nothing;
        let shape = match keyword {
            "message" => {
                self.message = name;
                return Ok(());
            }
            "root" => {
                let of = rest.first().ok_or("the type of the root is missing")?;
                self.root = Some((name, (*of).to_owned(), line));
                return Ok(());
            }
            "sequence" | "choice" => {
                let at = count(self.slots.len())?;
                if keyword == "choice" {
                    let particles = count(self.particles.len())?;
                    self.slots.push(Slot { particles: particles..particles, required: true, choice: true });
                }
                self.open = if keyword == "choice" { Open::Choice } else { Open::Sequence };
                Shape::Elements(at..count(self.slots.len())?)
            }
            "value" => {
                let (base, attributes) = rest.split_first().ok_or("the type of the value is missing")?;
                let attributes =
                    attributes.iter().map(|word| attribute(word)).collect::<Result<Vec<_>, String>>()?;
                self.attributed.push((self.types.len(), (*base).to_owned(), attributes));
                Shape::Elements(0..0)
            }
            _ => Shape::Value(simple(keyword, &rest)?),
        };
        self.types.push((Type { name, shape }, line));
        Ok(())
    }

    fn particle(&mut self, body: &str, nested: bool, line: usize) -> Result<(), String> {
        let (word, of) = body.split_once(' ').unwrap_or((body, ""));
        let (name, occurs) = occurrence(word)?;
        let particles = count(self.particles.len())?;
        let opens_choice = !nested && of.is_empty() && name == "choice";
        match self.open {
            Open::Nothing => return Err("an element outside a sequence or choice".into()),
            Open::Sequence if opens_choice => {
                self.slots.push(Slot {
                    particles: particles..particles,
                    required: occurs.0 > 0,
                    choice: true,
                });
            }
            Open::Sequence if !nested => self.slots.push(Slot {
                particles: particles..particles,
                required: occurs.0 > 0,
                choice: false,
            }),
            Open::Sequence | Open::Choice => {}
        }
        let slots = count(self.slots.len())?;
        let slot = self.slots.last_mut().ok_or("an element without a slot")?;
        if opens_choice {
            if occurs.1 != 1 {
                return Err("a choice that repeats is not supported".into());
            }
        } else {
            if nested && !slot.choice {
                return Err("a nested element outside a choice".into());
            }
            if of.is_empty() && name != ANY {
                return Err(format!("the type of {name} is missing"));
            }
            slot.particles.end = particles + 1;
            slot.required &= occurs.0 > 0;
            let (type_id, space) =
                if name == ANY { (TypeId::NONE, of.to_owned()) } else { (TypeId(0), String::new()) };
            let particle =
                Particle { key: key(name), name: name.to_owned(), type_id, occurs, space, slot: slots - 1 };
            self.particles.push((particle, of.to_owned(), line));
        }
        if let Some((Type { shape: Shape::Elements(range), .. }, _)) = self.types.last_mut() {
            range.end = slots;
        }
        Ok(())
    }

    fn resolve(self) -> Result<Schema, TableError> {
        let mut places = BTreeMap::new();
        for (at, (of, line)) in self.types.iter().enumerate() {
            let id = TypeId(u32::try_from(at).unwrap_or(u32::MAX));
            if places.insert(of.name.clone(), id).is_some() {
                return Err(TableError { line: *line, reason: format!("{} is defined twice", of.name) });
            }
        }
        let place = |name: &str, line: usize| {
            let reason = || format!("there is no type {name}");
            places.get(name).copied().ok_or_else(|| TableError { line, reason: reason() })
        };
        let mut types = Vec::with_capacity(self.types.len());
        let mut lines = Vec::with_capacity(self.types.len());
        for (of, line) in self.types {
            types.push(of);
            lines.push(line);
        }
        for (at, base, attributes) in self.attributed {
            let line = lines.get(at).copied().unwrap_or_default();
            let value = place(&base, line)?;
            let attributes = attributes
                .into_iter()
                .map(|(name, of, required)| Ok((name, place(&of, line)?, required)))
                .collect::<Result<_, TableError>>()?;
            if let Some(of) = types.get_mut(at) {
                of.shape = Shape::Attributed { value, attributes };
            }
        }
        let particles = self
            .particles
            .into_iter()
            .map(|(mut particle, of, line)| {
                if !particle.is_any() {
                    particle.type_id = place(&of, line)?;
                }
                Ok(particle)
            })
            .collect::<Result<_, TableError>>()?;
        let (name, of, line) =
            self.root.ok_or_else(|| TableError { line: 1, reason: "there is no root line".into() })?;
        let root = Particle {
            key: key(&name),
            name,
            type_id: place(&of, line)?,
            occurs: (1, 1),
            space: String::new(),
            slot: 0,
        };
        if self.message.is_empty() {
            return Err(TableError { line: 1, reason: "there is no message line".into() });
        }
        let particles: Vec<Particle> = particles;
        let slots = self.slots;
        let cursors = types.iter().map(|of| match &of.shape {
            Shape::Elements(range) => {
                let slots = slots.get(range.start as usize..range.end as usize).unwrap_or_default();
                let inside = slots.iter().flat_map(|slot| slot.particles.clone());
                let any = inside.clone().any(|at| particles.get(at as usize).is_some_and(Particle::is_any));
                let named_end = inside.last().map_or(0, |last| last + 1);
                Cursor {
                    slot: range.start,
                    end: range.end,
                    start: range.start,
                    named_end: if any { 0 } else { named_end },
                    ..Cursor::default()
                }
            }
            _ => Cursor::default(),
        });
        let cursors = cursors.collect();
        let mut count = 0;
        let mut required = vec![0];
        required.extend(slots.iter().map(|slot| {
            count += u32::from(slot.required);
            count
        }));
        let keys = particles.iter().map(|particle| particle.key).collect();
        Ok(Schema { message: self.message, root, types, slots, particles, keys, required, cursors })
    }
}

fn count(n: usize) -> Result<u32, String> {
    u32::try_from(n).map_err(|_| "the table is too large".into())
}

fn attribute(word: &str) -> Result<NamedAttribute, String> {
    let (name, of) = word
        .strip_prefix('@')
        .and_then(|word| word.split_once(':'))
        .ok_or_else(|| format!("{word} is no attribute like @Ccy:Type"))?;
    let (name, required) = name.strip_suffix('?').map_or((name, true), |name| (name, false));
    Ok((name.to_owned(), of.to_owned(), required))
}

fn occurrence(word: &str) -> Result<(&str, (u32, u32)), String> {
    if let Some((name, counts)) = word.strip_suffix('}').and_then(|word| word.split_once('{')) {
        let (min, max) = counts.split_once(',').ok_or("a count like {0,5}")?;
        let number = |n: &str| n.parse::<u32>().map_err(|_| format!("{n} is no count"));
        return Ok((name, (number(min)?, if max.is_empty() { u32::MAX } else { number(max)? })));
    }
    Ok(match word.chars().last() {
        Some('?') => (word.trim_end_matches('?'), (0, 1)),
        Some('*') => (word.trim_end_matches('*'), (0, u32::MAX)),
        Some('+') => (word.trim_end_matches('+'), (1, u32::MAX)),
        _ => (word, (1, 1)),
    })
}

fn bounds(words: &[&str]) -> Result<(usize, usize), String> {
    let Some(word) = words.first().filter(|word| !word.starts_with('~')) else {
        return Ok((0, usize::MAX));
    };
    let (min, max) = word.split_once("..").ok_or_else(|| format!("{word} is no length like 1..35"))?;
    let number = |n: &str, empty| {
        if n.is_empty() { Ok(empty) } else { n.parse().map_err(|_| format!("{n} is no length")) }
    };
    Ok((number(min, 0)?, number(max, usize::MAX)?))
}

fn simple(keyword: &str, rest: &[&str]) -> Result<Simple, String> {
    Ok(match keyword {
        "text" => {
            let (min, max) = bounds(rest)?;
            let joined = rest.join(" ");
            let pattern = match joined.find('~') {
                Some(at) => {
                    Some(Pattern::new(joined.get(at + 1..).unwrap_or_default()).map_err(|e| e.to_string())?)
                }
                None => None,
            };
            Simple::Text { min, max, pattern }
        }
        "codes" => Simple::Codes(Codes::new(rest.iter().map(|code| (*code).to_owned()).collect())),
        "number" => {
            let number = |n: &str| n.parse().map_err(|_| format!("{n} is no number of digits"));
            let (total, fraction) = match rest.first().and_then(|word| word.split_once(',')) {
                Some((total, fraction)) => (number(total)?, number(fraction)?),
                None => (u32::MAX, u32::MAX),
            };
            let min = rest.iter().find_map(|word| word.strip_prefix(">="));
            let min = min.map(|n| n.parse().map_err(|_| format!("{n} is no whole number"))).transpose()?;
            Simple::Number { total, fraction, min }
        }
        "boolean" => Simple::Boolean,
        "date" => Simple::Date,
        "dateTime" => Simple::DateTime,
        "year" => Simple::Year,
        "yearMonth" => Simple::YearMonth,
        "base64" => {
            let (min, max) = bounds(rest)?;
            Simple::Base64 { min, max }
        }
        _ => return Err(format!("{keyword} is no kind of type")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
message test.001.001.01
root Document Doc

text Max3 1..3 ~[a-z]+
text Blank
codes Side BUY SELL
number Amt_S 18,5 >=0
value Amt Amt_S @Ccy:Max3 @Note?:Blank
date Day

sequence Doc
  Id Max3
  Note* Max3
  Way Way
  choice?
    Left Max3
    Right* Max3
  Line{0,2} Max3
  Amt+ Amt
choice Way
  Buy Side
  Many+ Max3
sequence Envelope
  <any>
";

    fn names<'t>(schema: &'t Schema, children: &[&str]) -> (Vec<Step<'t>>, Option<String>) {
        let mut cursor = schema.cursor(schema.root().type_id).expect("has children");
        let steps = children.iter().map(|name| schema.step(&mut cursor, name)).collect();
        (steps, schema.missing(&cursor).next().map(str::to_owned))
    }

    #[test]
    fn children_in_order() {
        let schema = Schema::parse(TABLE).expect("a good table");
        for children in [
            &["Id", "Way", "Amt"][..],
            &["Id", "Note", "Note", "Way", "Left", "Line", "Line", "Amt", "Amt"],
            &["Id", "Way", "Right", "Right", "Amt"],
        ] {
            let (steps, missing) = names(&schema, children);
            assert!(steps.iter().all(|step| matches!(step, Step::Fits(_))), "{children:?}: {steps:?}");
            assert_eq!(missing, None, "{children:?}");
        }
    }

    #[test]
    fn what_is_out_of_order_is_named() {
        let schema = Schema::parse(TABLE).expect("a good table");
        let last = |children: &[&str]| names(&schema, children).0.pop().expect("not empty");
        assert!(matches!(last(&["Way"]), Step::Missing(_, "Id")));
        assert!(matches!(last(&["Id", "Amt"]), Step::Missing(_, "Way")));
        assert!(matches!(last(&["Id", "Id"]), Step::TooMany(_)));
        assert!(matches!(last(&["Id", "Way", "Line", "Line", "Line"]), Step::TooMany(_)));
        assert!(matches!(last(&["Id", "Way", "Left", "Right"]), Step::Excluded(_, "Left")));
        assert!(matches!(last(&["Id", "Way", "Amt", "Note"]), Step::Late(_)));
        assert_eq!(last(&["Id", "Foo"]), Step::Unknown);
        assert_eq!(names(&schema, &["Id", "Way"]).1.as_deref(), Some("Amt"));
        let envelope = schema.types().iter().position(|t| t.name == "Envelope").expect("there");
        let mut cursor = schema.cursor(TypeId(envelope as u32)).expect("has children");
        assert_eq!(schema.missing(&cursor).next(), Some(ANY));
        assert_eq!(schema.step(&mut cursor, "Whatever"), Step::Foreign);
        assert_eq!(schema.missing(&cursor).next(), None);
    }

    #[test]
    fn bad_tables_say_where() {
        for (table, line) in [
            ("message m\n", 1),
            ("message m\nroot D Doc\n", 2),
            ("message m\nroot D D\nsequence D\n  A Nope\n", 4),
            ("message m\nroot D D\ntext D 1..x\n", 3),
            ("message m\nroot D D\ntext D\ntext D\n", 4),
            ("message m\n  A B\n", 2),
            ("message m\nnonsense D\n", 2),
            ("message m\nroot D D\ntext D ~(\n", 3),
        ] {
            assert_eq!(Schema::parse(table).map(|_| ()).map_err(|e| e.line), Err(line), "{table}");
        }
    }
}
