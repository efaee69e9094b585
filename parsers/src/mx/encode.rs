//! Writing: a draft of elements in any order becomes a document in the order of the table, every value checked on the way.
//!
//! Nothing that the table refuses leaves here: a value of the wrong form is an [`EncodeError`], named by the normalized
//! field that it came from.

use std::fmt::{Display, Write as _};

use super::name::{bit, key};
use super::schema::{ANY, Particle, Schema, TypeId};
use crate::codec::{EncodeError, Loss};

/// An element to be written.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    name: &'static str,
    field: &'static str,
    text: String,
    currency: Option<String>,
    children: Vec<Draft>,
}

impl Draft {
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, field: "", text: String::new(), currency: None, children: Vec::new() }
    }

    /// The element down this way, made where it is not there yet.
    pub(super) fn at(&mut self, path: &'static str) -> &mut Draft {
        path.split('/').fold(self, |draft, name| {
            let index = draft.children.iter().rposition(|child| child.name == name);
            let index = index.unwrap_or_else(|| {
                draft.children.push(Draft::new(name));
                draft.children.len() - 1
            });
            draft.children.get_mut(index).expect("found or just pushed")
        })
    }

    /// One more child of this name.
    pub(super) fn add(&mut self, name: &'static str) -> &mut Draft {
        self.children.push(Draft::new(name));
        self.children.last_mut().expect("just pushed")
    }

    /// A value that stands for a normalized field.
    pub(super) fn set(&mut self, path: &'static str, field: &'static str, value: impl Display) {
        let draft = self.at(path);
        draft.text = value.to_string();
        draft.field = field;
    }

    /// What this element itself says.
    pub(super) fn say(&mut self, field: &'static str, text: &str) {
        self.field = field;
        text.clone_into(&mut self.text);
    }

    /// The currency of the amount that this element says.
    pub(super) fn in_currency(&mut self, currency: impl Display) {
        self.currency = Some(currency.to_string());
    }

    /// The element down this way, if it is there.
    pub(super) fn find(&self, path: &str) -> Option<&Draft> {
        path.split('/').try_fold(self, |draft, name| draft.children.iter().rfind(|child| child.name == name))
    }

    /// Takes out all children of that name.
    pub(super) fn drop_child(&mut self, name: &str) {
        self.children.retain(|child| child.name != name);
    }

    /// Drops what an element of a type has no place for, and tells it; not what names somebody, which must not go missing.
    pub(super) fn prune(&mut self, schema: &Schema, of: TypeId, field: &str, losses: &mut Losses) {
        self.children.retain(|child| {
            let known = child.name == "Id" || schema.child(of, child.name).is_some();
            if !known {
                losses.add(
                    field,
                    child.words(),
                    format!("{} has no place for {}", schema.message(), child.name),
                );
            }
            known
        });
        for child in self.children.iter_mut().filter(|child| child.name != "Id") {
            if let Some(particle) = schema.child(of, child.name).filter(|p| p.type_id != TypeId::NONE) {
                child.prune(schema, particle.type_id, field, losses);
            }
        }
    }

    /// All that it says, in words.
    fn words(&self) -> String {
        let inside = self.children.iter().map(Draft::words);
        let all: Vec<String> =
            std::iter::once(self.text.clone()).chain(inside).filter(|t| !t.is_empty()).collect();
        all.join(" ")
    }

    /// How many children have that name.
    pub(super) fn count(&self, name: &str) -> usize {
        self.children.iter().filter(|child| child.name == name).count()
    }

    /// Takes out whatever stands inside.
    pub(super) fn clear(&mut self) {
        self.children.clear();
        self.text.clear();
    }

    /// A sum of money that stands for a normalized field.
    pub(super) fn set_money(
        &mut self,
        path: &'static str,
        field: &'static str,
        value: impl Display,
        currency: impl Display,
    ) {
        self.set(path, field, value);
        self.at(path).currency = Some(currency.to_string());
    }

    /// The same, where there is a value.
    pub(super) fn set_some(&mut self, path: &'static str, field: &'static str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.set(path, field, value);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty() && self.children.is_empty()
    }

    /// Takes in all children of another draft.
    pub(super) fn take_all(&mut self, draft: Draft) {
        self.children.extend(draft.children);
    }

    /// Takes in another draft as a child.
    pub(super) fn take_child(&mut self, name: &'static str, mut draft: Draft) {
        draft.name = name;
        self.children.push(draft);
    }
}

impl Draft {
    /// Leaves out what a type has no place for, and what does not fit where nothing must stand; both are told. False when
    /// something is wrong or missing that must stand: then the element cannot be written at all.
    pub(super) fn fit(&mut self, (schema, of): (&Schema, TypeId), losses: &mut Losses) -> bool {
        if let Some(simple) = schema.value_type(of) {
            // Where the message has nothing but the identifier, the element holds it itself.
            if let [only] = self.children.as_slice()
                && only.name == "Id"
            {
                (self.text, self.field) = (only.text.clone(), only.field);
                self.children.clear();
            }
            return self.children.is_empty() && simple.check(&self.text).is_ok();
        }
        let mut good = true;
        let children = std::mem::take(&mut self.children);
        for mut child in children {
            // Some messages call a BIC so.
            if child.name == "AnyBIC"
                && schema.child(of, "AnyBIC").is_none()
                && schema.child(of, "BIC").is_some()
            {
                child.name = "BIC";
            }
            let Some(particle) = schema.child(of, child.name) else {
                losses.add(child.said_in(), child.shown(), format!("the message has no {} here", child.name));
                continue;
            };
            // A foreign element has no type here.
            let fits = particle.type_id == TypeId::NONE || child.fit((schema, particle.type_id), losses);
            if !fits && child.is_empty() {
                continue;
            }
            if !fits && particle.occurs.0 == 0 {
                losses.add(child.said_in(), child.shown(), format!("it does not fit into {}", child.name));
                continue;
            }
            good &= fits;
            self.children.push(child);
        }
        for (particles, is_choice, _) in schema.slots(of) {
            self.choose(particles, is_choice, losses);
        }
        let filled = schema.slots(of).all(|(particles, _, required)| {
            !required || particles.iter().any(|p| self.children.iter().any(|child| child.name == p.name))
        });
        good && filled
    }

    /// Of a choice, the first branch that was drafted stays.
    fn choose(&mut self, particles: &[Particle], is_choice: bool, losses: &mut Losses) {
        let of_choice = |child: &Draft| is_choice && particles.iter().any(|p| p.name == child.name);
        let Some(first) = self.children.iter().find(|child| of_choice(child)).map(|child| child.name) else {
            return;
        };
        let out: Vec<Draft> = self.children.extract_if(.., |c| of_choice(c) && c.name != first).collect();
        for child in out {
            losses.add(child.said_in(), child.shown(), format!("{first} stands, and only one of them can"));
        }
    }

    /// The first element that must stand and does not.
    pub(super) fn lacking<'s>(&self, (schema, of): (&'s Schema, TypeId)) -> Option<&'s str> {
        let lacks = |particles: &&[Particle]| {
            !particles.iter().any(|p| self.children.iter().any(|child| child.name == p.name))
        };
        let (particles, ..) =
            schema.slots(of).find(|(particles, _, required)| *required && lacks(particles))?;
        particles.first().map(|particle| particle.name.as_str())
    }

    /// The field that it, or the first value in it, came from.
    fn said_in(&self) -> &'static str {
        field_of(self)
    }

    /// Its first value, for people.
    fn shown(&self) -> &str {
        if self.text.is_empty() {
            self.children.iter().map(Draft::shown).find(|text| !text.is_empty()).unwrap_or("")
        } else {
            &self.text
        }
    }
}

/// What could not be carried, collected while drafting.
#[derive(Debug, Default)]
pub(super) struct Losses(pub(super) Vec<Loss>);

impl Losses {
    pub(super) fn add(&mut self, field: impl Into<String>, value: impl Display, reason: impl Into<String>) {
        self.0.push(Loss { field: field.into(), value: value.to_string(), reason: reason.into() });
    }
}

/// Writes a draft whose name is the root of the table, with the name space of its message.
pub(super) fn write(
    schema: &Schema,
    draft: &Draft,
    space: &str,
    depth: usize,
) -> Result<String, EncodeError> {
    let mut writer = Writer { schema, out: String::with_capacity(4096) };
    let indent = "  ".repeat(depth);
    put(&mut writer.out, format_args!("{indent}<{} xmlns=\"{space}\">\n", draft.name));
    writer.children(schema.root().type_id, draft, depth + 1)?;
    put(&mut writer.out, format_args!("{indent}</{}>\n", draft.name));
    Ok(writer.out)
}

/// Writes a draft as an element of a type.
#[cfg(test)]
pub(super) fn write_as(schema: &Schema, draft: &Draft, of: TypeId) -> Result<String, EncodeError> {
    let mut writer = Writer { schema, out: String::new() };
    put(&mut writer.out, format_args!("<{}>\n", draft.name));
    writer.children(of, draft, 1)?;
    put(&mut writer.out, format_args!("</{}>\n", draft.name));
    Ok(writer.out)
}

struct Writer<'s> {
    schema: &'s Schema,
    out: String,
}

impl Writer<'_> {
    fn children(&mut self, id: TypeId, draft: &Draft, depth: usize) -> Result<(), EncodeError> {
        let mut written = 0;
        // Most of what may stand is not there: one bit says so before names are compared.
        let there = draft.children.iter().fold(0, |bits, child| bits | bit(key(child.name)));
        for (particles, is_choice, required) in self.schema.slots(id) {
            let mut taken = 0;
            for particle in particles.iter().filter(|particle| there & particle.bit() != 0) {
                let fitting = draft.children.iter().filter(|child| child.name == particle.name);
                let count = fitting.clone().count();
                if count > particle.occurs.1 as usize || (count > 0 && is_choice && taken > 0) {
                    return Err(self.invalid(draft, &format!("{} stands too often", particle.name)));
                }
                for child in fitting {
                    self.element(particle, child, depth)?;
                }
                taken += count;
            }
            if required && taken == 0 {
                let name = particles.first().map_or("", |p| p.name.as_str());
                let message = format!("{} ({} in {})", self.schema.message(), name, draft.name);
                return Err(EncodeError::Missing { field: field_of(draft), message });
            }
            written += taken;
        }
        if written < draft.children.len() {
            return Err(self.invalid(draft, "the message has no place for one of its elements"));
        }
        Ok(())
    }

    fn element(&mut self, particle: &Particle, draft: &Draft, depth: usize) -> Result<(), EncodeError> {
        let name = draft.name;
        self.indent(depth);
        if name == ANY {
            // A foreign element, as it came: whoever drafted it has made sure that it is one.
            self.add(&[&draft.text, "\n"]);
            return Ok(());
        }
        self.add(&["<", name]);
        let Some(simple) = self.schema.value_type(particle.type_id) else {
            if draft.children.is_empty() {
                // Its children may all be optional; the check says so.
                self.children(particle.type_id, draft, depth + 1)?;
                self.add(&["/>\n"]);
                return Ok(());
            }
            self.add(&[">\n"]);
            self.children(particle.type_id, draft, depth + 1)?;
            self.indent(depth);
            self.add(&["</", name, ">\n"]);
            return Ok(());
        };
        if let Err(fault) = simple.check(&draft.text) {
            return Err(EncodeError::Invalid {
                field: draft.field,
                value: draft.text.clone(),
                reason: format!("{name} of {} holds {}", self.schema.message(), fault.expected),
            });
        }
        if let Some(control) = draft.text.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            return Err(self.invalid(draft, &format!("the character {control:?} cannot be written")));
        }
        if let Some(currency) = &draft.currency {
            self.add(&[" Ccy=\"", currency, "\""]);
        }
        self.add(&[">"]);
        escape(&draft.text, &mut self.out);
        self.add(&["</", name, ">\n"]);
        Ok(())
    }

    fn add(&mut self, pieces: &[&str]) {
        pieces.iter().for_each(|piece| self.out.push_str(piece));
    }

    fn indent(&mut self, depth: usize) {
        (0..depth).for_each(|_| self.out.push_str("  "));
    }

    fn invalid(&self, draft: &Draft, reason: &str) -> EncodeError {
        EncodeError::Invalid {
            field: field_of(draft),
            value: if draft.text.is_empty() { draft.name.to_owned() } else { draft.text.clone() },
            reason: format!("{} in {}: {reason}", draft.name, self.schema.message()),
        }
    }
}

/// The field that a draft, or the first value in it, came from.
fn field_of(draft: &Draft) -> &'static str {
    if !draft.field.is_empty() {
        return draft.field;
    }
    draft.children.iter().map(field_of).find(|field| !field.is_empty()).unwrap_or("event")
}

fn put(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    out.write_fmt(arguments).expect("writing to a string does not fail");
}

fn escape(text: &str, out: &mut String) {
    if !text.bytes().any(|b| matches!(b, b'<' | b'>' | b'&')) {
        out.push_str(text);
        return;
    }
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
message test.001.001.01
root Document Document
sequence Document
  Id Max3
  Way Way
  Line* Max3
  Amt? Amt
choice Way
  In Max3
  Out Max3
text Max3 1..3
number Amt_S 5,2 >=0
value Amt Amt_S @Ccy:Max3
";

    #[test]
    fn the_table_gives_the_order_and_refuses_the_rest() {
        let schema = Schema::parse(TABLE).expect("a good table");
        let mut draft = Draft::new("Document");
        draft.set_money("Amt", "amount", "1.5", "EUR");
        draft.add("Line").text = "a<b".into();
        draft.add("Line").text = "c".into();
        draft.set("Way/Out", "way", "x");
        draft.set("Id", "id", "1");
        let expected = "<Document xmlns=\"urn:t\">\n  <Id>1</Id>\n  <Way>\n    <Out>x</Out>\n  </Way>\n  \
                        <Line>a&lt;b</Line>\n  <Line>c</Line>\n  <Amt Ccy=\"EUR\">1.5</Amt>\n</Document>\n";
        assert_eq!(write(&schema, &draft, "urn:t", 0).as_deref(), Ok(expected));

        let changed = |change: &dyn Fn(&mut Draft)| {
            let mut draft = draft.clone();
            change(&mut draft);
            write(&schema, &draft, "urn:t", 0).expect_err("refused")
        };
        assert!(matches!(changed(&|d| d.children.retain(|c| c.name != "Id")), EncodeError::Missing { .. }));
        let too_long = changed(&|d| d.set("Id", "id", "1234"));
        assert!(matches!(too_long, EncodeError::Invalid { field: "id", .. }), "{too_long}");
        let changes: [fn(&mut Draft); 4] = [
            |d| d.set("Way/In", "way", "y"),
            |d| d.set("Nope", "nope", "y"),
            |d| d.add("Id").text = "2".into(),
            |d| d.set("Id", "id", "\u{1}"),
        ];
        for change in changes {
            assert!(matches!(changed(&change), EncodeError::Invalid { .. }));
        }
    }
}
