//! The elements of an XML text, with their attributes and where they stand: as little as a dictionary needs.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// Larger dictionaries than any are refused before they fill the memory.
const ELEMENTS_MAX: usize = 1_000_000;
/// The deepest dictionary of the standard has eight levels.
const LEVELS_MAX: usize = 64;

/// An element of a [`Tree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Element(u32);

struct Node<'t> {
    name: &'t str,
    at: usize,
    attributes: Range<usize>,
    first_child: Option<Element>,
    next: Option<Element>,
}

/// All elements, in the order of the text.
pub(super) struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node<'t>>,
    attributes: Vec<(&'t str, Cow<'t, str>)>,
}

/// The line and what is wrong there.
type Broken = (usize, String);

impl<'t> Tree<'t> {
    /// Takes a text apart.
    pub(super) fn read(text: &'t str) -> Result<Self, Broken> {
        let mut tree = Self { text, nodes: Vec::new(), attributes: Vec::new() };
        let mut reader = Reader::from_str(text);
        // The open elements, each with its last child so far.
        let mut open: Vec<(Element, Option<Element>)> = Vec::new();
        loop {
            let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let event =
                reader.read_event().map_err(|e| (tree.line_at(at), format!("this is not XML: {e}")))?;
            match event {
                Event::Start(start) => {
                    let element = tree.add(&start, at, &mut open)?;
                    if open.len() >= LEVELS_MAX {
                        return Err((tree.line_at(at), format!("more than {LEVELS_MAX} elements deep")));
                    }
                    open.push((element, None));
                }
                Event::Empty(start) => {
                    tree.add(&start, at, &mut open)?;
                }
                Event::End(_) => {
                    open.pop();
                }
                Event::Eof if !open.is_empty() => {
                    return Err((tree.line_at(at), "the text ends inside an element: it was cut".to_owned()));
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if tree.nodes.is_empty() {
            return Err((1, "there is no element: a dictionary begins with <fix>".to_owned()));
        }
        Ok(tree)
    }

    fn add(
        &mut self,
        start: &BytesStart<'_>,
        at: usize,
        open: &mut [(Element, Option<Element>)],
    ) -> Result<Element, Broken> {
        if self.nodes.len() >= ELEMENTS_MAX {
            return Err((self.line_at(at), format!("more than {ELEMENTS_MAX} elements")));
        }
        let from = self.attributes.len();
        let text = self.text;
        let name_end = at + 1 + start.name().into_inner().len();
        let name = text.get(at + 1..name_end).unwrap_or_default();
        let inside = text.get(at + 1..at + 1 + start.len()).unwrap_or_default();
        for attribute in Attributes::new(inside, name.len()) {
            let broken = |e: &dyn std::fmt::Display| (line(text, at), format!("an attribute is broken: {e}"));
            let attribute = attribute.map_err(|e| broken(&e))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|e| broken(&e))?;
            self.attributes.push((attribute.key.into_inner(), value));
        }
        let node = Node { name, at, attributes: from..self.attributes.len(), first_child: None, next: None };
        let element = Element(u32::try_from(self.nodes.len()).expect("bounded above"));
        self.nodes.push(node);
        if let Some((parent, last)) = open.last_mut() {
            match last.replace(element) {
                Some(before) => self.nodes[before.0 as usize].next = Some(element),
                None => self.nodes[parent.0 as usize].first_child = Some(element),
            }
        }
        Ok(element)
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Element {
        Element(0)
    }

    fn node(&self, element: Element) -> &Node<'t> {
        &self.nodes[element.0 as usize]
    }

    /// The element's name.
    pub(super) fn name(&self, element: Element) -> &'t str {
        self.node(element).name
    }

    /// An attribute's value.
    pub(super) fn attribute(&self, element: Element, name: &str) -> Option<&str> {
        let list = &self.attributes[self.node(element).attributes.clone()];
        list.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value)
    }

    /// The elements directly inside, in order.
    pub(super) fn children(&self, element: Element) -> impl Iterator<Item = Element> + '_ {
        std::iter::successors(self.node(element).first_child, |e| self.node(*e).next)
    }

    /// The first element of this name directly inside.
    pub(super) fn child(&self, element: Element, name: &str) -> Option<Element> {
        self.children(element).find(|e| self.name(*e) == name)
    }

    /// The line where an element begins.
    pub(super) fn line(&self, element: Element) -> usize {
        self.line_at(self.node(element).at)
    }

    fn line_at(&self, at: usize) -> usize {
        line(self.text, at)
    }
}

fn line(text: &str, at: usize) -> usize {
    text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count() + 1
}
