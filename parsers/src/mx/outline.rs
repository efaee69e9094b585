//! A flat index of the elements of a message: names, places and leaf values, borrowed from the bytes.
//!
//! One vector in document order; a subtree is a range of it. Rules and decoders find their way by local names, so that
//! they read any version of a message alike.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use super::name::Name;
use super::open::Attribute;
use crate::tree::Node;

/// All elements of one message.
#[derive(Default)]
pub(super) struct Outline<'a> {
    pub(super) elements: Vec<Element<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
}

/// One element.
pub(super) struct Element<'a> {
    /// Local name.
    pub(super) name: Name<'a>,
    /// Place of the parent; its own place for an outermost one.
    pub(super) parent: usize,
    /// One past the last element inside.
    pub(super) end: usize,
    /// Where it stands, in bytes: the start tag, and after it is closed all of it.
    pub(super) span: Range<usize>,
    /// The characters directly inside, with their place; for a leaf its value.
    pub(super) text: Cow<'a, str>,
    /// Where the value stands.
    pub(super) value: Range<usize>,
    /// Its attributes, name space declarations left out.
    pub(super) attributes: Range<usize>,
}

/// A place in the outline.
#[derive(Clone, Copy)]
pub(super) struct At<'o, 'a> {
    outline: &'o Outline<'a>,
    index: usize,
}

impl<'a> Outline<'a> {
    pub(super) fn at(&self, index: usize) -> Option<At<'_, 'a>> {
        (index < self.elements.len()).then_some(At { outline: self, index })
    }

    /// The elements that have no parent.
    pub(super) fn roots(&self) -> impl Iterator<Item = At<'_, 'a>> {
        self.siblings(0, self.elements.len())
    }

    fn siblings(&self, from: usize, end: usize) -> impl Iterator<Item = At<'_, 'a>> {
        let mut next = from;
        std::iter::from_fn(move || {
            let element = self.elements.get(next).filter(|_| next < end)?;
            let at = At { outline: self, index: next };
            next = element.end.max(next + 1);
            Some(at)
        })
    }

    /// The way from the top to an element: `/Document/SctiesSttlmTxInstr/Lnkgs[2]/Ref`.
    pub(super) fn path(&self, index: usize) -> String {
        let mut chain = Vec::new();
        let mut at = index;
        while let Some(element) = self.elements.get(at) {
            chain.push(at);
            if element.parent == at {
                break;
            }
            at = element.parent;
        }
        let mut path = String::new();
        for &at in chain.iter().rev() {
            let Some(element) = self.elements.get(at) else { break };
            path.push('/');
            path.push_str(element.name.text());
            let first = if element.parent == at { at } else { element.parent + 1 };
            let nth = 1 + self.siblings(first, at).filter(|s| s.element().name == element.name).count();
            if nth > 1 {
                write!(path, "[{nth}]").expect("writing to a string does not fail");
            }
        }
        path
    }
}

impl<'o, 'a> At<'o, 'a> {
    fn element(self) -> &'o Element<'a> {
        self.outline.elements.get(self.index).expect("places are only made for elements that exist")
    }

    pub(super) fn name(self) -> &'a str {
        self.element().name.text()
    }

    /// The value of a leaf, as written.
    pub(super) fn text(self) -> &'o str {
        &self.element().text
    }

    /// Where the value stands; the start of the element when there is none.
    pub(super) fn value_span(self) -> Range<usize> {
        let element = self.element();
        if element.value.is_empty() { element.span.clone() } else { element.value.clone() }
    }

    pub(super) fn span(self) -> Range<usize> {
        self.element().span.clone()
    }

    pub(super) fn path(self) -> String {
        self.outline.path(self.index)
    }

    pub(super) fn children(self) -> impl Iterator<Item = At<'o, 'a>> {
        self.outline.siblings(self.index + 1, self.element().end)
    }

    /// This element and all inside, in document order.
    pub(super) fn inside(self) -> impl Iterator<Item = At<'o, 'a>> {
        (self.index..self.element().end).filter_map(move |index| self.outline.at(index))
    }

    pub(super) fn parent(self) -> Option<At<'o, 'a>> {
        let parent = self.element().parent;
        (parent != self.index).then_some(At { outline: self.outline, index: parent })
    }

    /// The first element down this way of local names: `TradDtls/SttlmDt`.
    pub(super) fn get(self, path: &str) -> Option<At<'o, 'a>> {
        path.split('/').try_fold(self, |at, name| {
            let name = Name::new(name);
            at.children().find(|child| child.element().name == name)
        })
    }

    /// The value down this way, without white space around it; `None` when empty.
    pub(super) fn value(self, path: &str) -> Option<&'o str> {
        self.get(path).map(|at| at.text().trim()).filter(|text| !text.is_empty())
    }

    /// All children of a name.
    pub(super) fn all<'n>(self, name: &'n str) -> impl Iterator<Item = At<'o, 'a>> + use<'o, 'a, 'n> {
        let name = Name::new(name);
        self.children().filter(move |child| child.element().name == name)
    }

    pub(super) fn attributes(self) -> &'o [Attribute<'a>] {
        self.outline.attributes.get(self.element().attributes.clone()).unwrap_or_default()
    }

    pub(super) fn attribute(self, name: &str) -> Option<&'o Attribute<'a>> {
        self.attributes().iter().find(|attribute| attribute.name == name)
    }

    /// The element as a tree of fields; attributes come first, as `@name`.
    pub(super) fn tree(self) -> Node {
        let mut children: Vec<Node> = self
            .attributes()
            .iter()
            .map(|attribute| Node::leaf(format!("@{}", attribute.name), attribute.value()))
            .collect();
        let attributes = children.len();
        children.extend(self.children().map(At::tree));
        let text = self.text();
        let is_leaf = children.len() == attributes;
        if !is_leaf && !text.trim().is_empty() {
            children.push(Node::leaf("#text", text));
        }
        Node { value: is_leaf.then(|| text.to_owned()), ..Node::group(self.name(), children) }
    }
}
