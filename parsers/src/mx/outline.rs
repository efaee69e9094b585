//! A flat index of the elements of a message: names, places and leaf values, borrowed from the bytes.
//!
//! One vector in document order; a subtree is a range of it. Rules and decoders find their way by local names, so that
//! they read any version of a message alike.

use std::fmt::Write as _;
use std::ops::Range;

use super::name::{Name, bit, head, key};
use super::open::Attribute;
use crate::tree::Node;

/// All elements of one message.
#[derive(Default)]
pub(super) struct Outline<'a> {
    pub(super) elements: Vec<Element<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
    /// Values that do not stand in the message as they are: put together from pieces, or with other line ends.
    pub(super) joined: Vec<String>,
}

/// One element.
#[derive(Clone, Copy)]
pub(super) struct Element<'a> {
    /// Local name.
    pub(super) name: Name<'a>,
    /// The characters directly inside, with their place; for a leaf its value.
    pub(super) text: Text<'a>,
    /// Place of the parent; its own place for an outermost one.
    pub(super) parent: u32,
    /// One past the last element inside.
    pub(super) end: u32,
    /// Where it stands, in bytes: the start tag, and after it is closed all of it.
    pub(super) span: Span,
    /// Where the value stands.
    pub(super) value: Span,
    /// Its attributes, name space declarations left out.
    pub(super) attributes: Span,
    /// The bits of its children's names: most questions are for what is not there.
    pub(super) children: u64,
}

/// The characters of an element.
#[derive(Clone, Copy)]
pub(super) enum Text<'a> {
    /// As they stand in the message.
    Here(&'a str),
    /// Among [`Outline::joined`].
    Joined(u32),
}

/// A range in half the room: no message has four gigabytes, see [`super::walk`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    start: u32,
    pub(super) end: u32,
}

impl Span {
    #[inline]
    pub(super) fn new(range: Range<usize>) -> Self {
        Self { start: place(range.start), end: place(range.end) }
    }

    pub(super) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub(super) fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// A place in half the room.
#[inline]
pub(super) fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A place in the outline.
#[derive(Clone, Copy)]
pub(super) struct At<'o, 'a> {
    outline: &'o Outline<'a>,
    index: usize,
}

impl<'a> Outline<'a> {
    /// The characters of an element.
    #[inline]
    pub(super) fn text(&self, text: Text<'a>) -> &str {
        match text {
            Text::Here(text) => text,
            Text::Joined(at) => self.joined.get(at as usize).map_or("", String::as_str),
        }
    }

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
            next = (element.end as usize).max(next + 1);
            Some(at)
        })
    }

    /// The way from the top to an element: `/Document/SctiesSttlmTxInstr/Lnkgs[2]/Ref`.
    pub(super) fn path(&self, index: usize) -> String {
        let mut chain = Vec::new();
        let mut at = index;
        while let Some(element) = self.elements.get(at) {
            chain.push(at);
            if element.parent as usize == at {
                break;
            }
            at = element.parent as usize;
        }
        let mut path = String::new();
        for &at in chain.iter().rev() {
            let Some(element) = self.elements.get(at) else { break };
            path.push('/');
            path.push_str(element.name.text());
            let parent = element.parent as usize;
            let first = if parent == at { at } else { parent + 1 };
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

    /// Whether that is its name.
    #[inline]
    pub(super) fn is(self, name: Name<'_>) -> bool {
        self.element().name == name
    }

    #[inline]
    pub(super) fn has_attributes(self) -> bool {
        !self.element().attributes.is_empty()
    }

    /// The value of a leaf, as written.
    pub(super) fn text(self) -> &'o str {
        self.outline.text(self.element().text)
    }

    /// Where the value stands; the start of the element when there is none.
    pub(super) fn value_span(self) -> Range<usize> {
        let element = self.element();
        if element.value.is_empty() { element.span.range() } else { element.value.range() }
    }

    pub(super) fn span(self) -> Range<usize> {
        self.element().span.range()
    }

    pub(super) fn path(self) -> String {
        self.outline.path(self.index)
    }

    pub(super) fn children(self) -> impl Iterator<Item = At<'o, 'a>> {
        self.outline.siblings(self.index + 1, self.element().end as usize)
    }

    /// This element and all inside, in document order.
    #[inline]
    pub(super) fn inside(self) -> impl Iterator<Item = At<'o, 'a>> {
        (self.index..self.element().end as usize).filter_map(move |index| self.outline.at(index))
    }

    pub(super) fn parent(self) -> Option<At<'o, 'a>> {
        let parent = self.element().parent as usize;
        (parent != self.index).then_some(At { outline: self.outline, index: parent })
    }

    /// The first element down this way of local names: `TradDtls/SttlmDt`. Most ways are asked for what is not there, and all are
    /// known when this is compiled: in place, the first name becomes a constant bit, and no is one comparison.
    #[inline(always)]
    pub(super) fn get(self, path: &str) -> Option<At<'o, 'a>> {
        let (first, rest) = head(path);
        let key = key(first);
        if self.may_have(bit(key)) { self.descend(Name::with_key(first, key), rest) } else { None }
    }

    /// Goes down to a child of a name and from there on.
    #[inline(never)]
    fn descend(self, first: Name<'_>, rest: &str) -> Option<At<'o, 'a>> {
        let (mut at, mut rest) = (self.child(first)?, rest);
        while !rest.is_empty() {
            let (name, further) = head(rest);
            at = at.child(Name::new(name))?;
            rest = further;
        }
        Some(at)
    }

    /// Whether a child may have a name of one of these bits; `false` is sure.
    #[inline]
    pub(super) fn may_have(self, bits: u64) -> bool {
        self.element().children & bits != 0
    }

    /// The bits of all names two levels below, within children of this bit.
    pub(super) fn below(self, child: u64) -> u64 {
        let of_bit = |at: &At<'_, '_>| bit(at.element().name.key()) == child;
        self.children().filter(of_bit).fold(0, |bits, at| bits | at.element().children)
    }

    /// The first child of a name: what lies inside of others is skipped.
    #[inline]
    fn child(self, name: Name<'_>) -> Option<Self> {
        if !self.may_have(bit(name.key())) {
            return None;
        }
        let (mut next, end) = (self.index + 1, self.element().end as usize);
        let elements = self.outline.elements.get(..end)?;
        while let Some(element) = elements.get(next) {
            if element.name == name {
                return Some(At { outline: self.outline, index: next });
            }
            next = (element.end as usize).max(next + 1);
        }
        None
    }

    /// The value down this way, without white space around it; `None` when empty.
    #[inline(always)]
    pub(super) fn value(self, path: &str) -> Option<&'o str> {
        self.get(path).and_then(At::said)
    }

    /// The value of a leaf without white space around it; `None` when empty.
    pub(super) fn said(self) -> Option<&'o str> {
        let text = self.text();
        let bare = |b: Option<&u8>| b.is_some_and(u8::is_ascii_graphic);
        // Hardly any value has something to trim.
        if bare(text.as_bytes().first()) && bare(text.as_bytes().last()) {
            return Some(text);
        }
        Some(text.trim()).filter(|text| !text.is_empty())
    }

    /// All children of a name.
    pub(super) fn all<'n>(self, name: &'n str) -> impl Iterator<Item = At<'o, 'a>> + use<'o, 'a, 'n> {
        let name = Name::new(name);
        let (from, end) = (self.index + 1, self.element().end as usize);
        let end = if self.may_have(bit(name.key())) { end } else { from };
        self.outline.siblings(from, end).filter(move |child| child.element().name == name)
    }

    pub(super) fn attributes(self) -> &'o [Attribute<'a>] {
        self.outline.attributes.get(self.element().attributes.range()).unwrap_or_default()
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
