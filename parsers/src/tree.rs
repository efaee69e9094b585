//! A faithful tree of a message's fields, the same shape for all protocols: what `finality decode` prints.

use serde::Serialize;

/// One field, group, sequence or element, with everything below it. Order is the order on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Node {
    /// The name on the wire: a FIX tag number, an MT tag, an XML local name.
    pub name: String,
    /// A name for people, where one is known: `AllocID`, `Sender's Message Reference`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The value as it stood on the wire; `None` for pure containers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The parts of the value by their names in the standard, where it has parts.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Part>,
    /// What is inside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Node>,
}

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// `CurrencyCode`.
    pub name: &'static str,
    /// As it stood.
    pub value: String,
}

impl Node {
    /// A field with a value.
    pub fn leaf(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), value: Some(value.into()), ..Self::default() }
    }

    /// A container.
    pub fn group(name: impl Into<String>, children: Vec<Node>) -> Self {
        Self { name: name.into(), children, ..Self::default() }
    }

    /// The same node with a name for people.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }
}
