//! A message with its structure: what the mappings and the rules look at.

use super::components::Components;
use super::frame::{Field, Frame};
use super::reader::Reader;
use super::releases;
use super::spec::Spec;
use super::tag::Code;
use super::walk::{self, Layout};
use crate::diagnostic::Findings;
use crate::limits::Limits;

/// A message taken apart.
#[derive(Debug)]
pub struct Message<'a> {
    /// The blocks.
    pub frame: Frame<'a>,
    /// The sequences.
    pub layout: Layout,
    /// The components of each field.
    pub components: Components,
    /// The table of its type, where we have one.
    pub spec: Option<&'static Spec>,
    /// `541`; `F21` for an acknowledgement; empty when the envelope does not say.
    pub kind: &'a str,
}

/// One field of the text with all that a reader asks of it.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    /// The name of the sequence it stands in; empty at the top.
    pub block: &'a [u8],
    /// Which sequence that is.
    pub sequence: Option<usize>,
    /// The field.
    pub field: Field,
    /// `95P`.
    pub tag: &'a [u8],
    /// `PSET`; empty for fields that have none.
    pub qualifier: &'a [u8],
    /// The data source scheme; empty for the standard's own.
    pub scheme: &'a [u8],
    /// What stands behind qualifier and scheme; the whole value for fields without a qualifier.
    pub rest: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes a message apart and holds it against its table: blocks, sequences, components, values and the rules between
    /// fields.
    pub fn read(raw: &'a [u8], limits: &Limits, findings: &mut Findings) -> Self {
        Reader::new(*limits).read(raw, findings)
    }

    /// The fields in order, without the 16R and 16S lines.
    pub fn elements(&self) -> impl Iterator<Item = Element<'a>> + '_ {
        let fields = self.frame.fields().iter().enumerate();
        fields
            .filter(|(_, field)| field.code != Code::OPEN && field.code != Code::CLOSE)
            .map(|(index, field)| self.element(index, field))
    }

    /// One field of the text.
    pub(super) fn element(&self, index: usize, field: &Field) -> Element<'a> {
        let raw = self.frame.raw;
        let sequence = self.layout.place(index);
        let block = sequence.and_then(|p| self.layout.sequences.get(p)).map_or(&b""[..], |s| s.name.of(raw));
        let (qualifier, scheme, rest) = generic(field.value.of(raw));
        Element { block, sequence, field: *field, tag: field.tag.of(raw), qualifier, scheme, rest }
    }

    /// The path of a field, for findings.
    pub fn path(&self, element: &Element<'_>) -> String {
        self.layout.field_path(&self.frame, element.sequence, &element.field)
    }
}

impl Element<'_> {
    /// The letter of the tag; a blank when it has none.
    pub fn option(&self) -> u8 {
        self.tag.get(2).copied().unwrap_or(b' ')
    }

    /// The two digits of the tag.
    pub fn number(&self) -> &[u8] {
        self.tag.get(..2).unwrap_or_default()
    }
}

/// `:PSET//DAKVDEFFXXX` to qualifier, scheme and rest.
fn generic(value: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let Some(qualifier) = walk::qualifier(value) else { return (b"", b"", value) };
    let rest = value.get(6..).unwrap_or_default();
    match rest.iter().position(|&b| b == b'/') {
        Some(slash) => {
            (qualifier, rest.get(..slash).unwrap_or_default(), rest.get(slash + 1..).unwrap_or_default())
        }
        None => (qualifier, b"", rest),
    }
}

/// The table of a message type: that of its latest release.
pub fn spec(kind: &str) -> Option<&'static Spec> {
    releases::latest(kind)
}
