//! A message as a tree of sequences, each with its fields: what the mappings of statements take apart. What no mapping
//! takes is noted, so that nothing goes missing in silence.

use super::details::{self, Details};
use super::message::{Element, Message};

/// A sequence with what stands in it.
#[derive(Debug, Default)]
pub(super) struct Section<'a> {
    name: &'a [u8],
    elements: Vec<Element<'a>>,
    children: Vec<Section<'a>>,
}

/// Fields that no mapping took.
#[derive(Debug, Default)]
pub(super) struct Unread<'a>(pub(super) Vec<Element<'a>>);

/// The whole message, as a section without a name.
pub(super) fn read<'a>(message: &Message<'a>) -> Section<'a> {
    let raw = message.frame.raw;
    let sequences = &message.layout.sequences;
    let named = |name| Section { name, ..Section::default() };
    let mut sections: Vec<_> = sequences.iter().map(|s| named(s.name.of(raw))).collect();
    let mut root = named(b"");
    for element in message.elements() {
        match element.sequence.and_then(|index| sections.get_mut(index)) {
            Some(section) => section.elements.push(element),
            None => root.elements.push(element),
        }
    }
    // From the last to the first, so that a sequence is whole before it goes into the one around it.
    while let Some(mut section) = sections.pop() {
        section.children.reverse();
        let parent = sequences.get(sections.len()).and_then(|s| s.parent);
        match parent.and_then(|index| sections.get_mut(index)) {
            Some(around) => around.children.push(section),
            None => root.children.push(section),
        }
    }
    root.children.reverse();
    root
}

impl<'a> Section<'a> {
    /// Takes all sequences of that name.
    pub(super) fn take(&mut self, name: &str) -> Vec<Section<'a>> {
        self.children.extract_if(.., |child| child.name == name.as_bytes()).collect()
    }

    /// Takes the first sequence of that name.
    pub(super) fn take_one(&mut self, name: &str) -> Option<Section<'a>> {
        let index = self.children.iter().position(|child| child.name == name.as_bytes())?;
        Some(self.children.remove(index))
    }

    /// Takes the first field of that tag, for those that are no details.
    pub(super) fn field(&mut self, tag: &[u8]) -> Option<Element<'a>> {
        let index = self.elements.iter().position(|e| e.tag == tag)?;
        Some(self.elements.remove(index))
    }

    /// Takes the first field of that number with that qualifier.
    pub(super) fn qualified(&mut self, number: &[u8], qualifier: &[u8]) -> Option<Element<'a>> {
        let index = self.elements.iter().position(|e| e.number() == number && e.qualifier == qualifier)?;
        Some(self.elements.remove(index))
    }

    /// Takes all fields of that tag.
    pub(super) fn fields(&mut self, tag: &[u8]) -> Vec<Element<'a>> {
        self.elements.extract_if(.., |e| e.tag == tag).collect()
    }

    /// Whether there is a field of that tag and qualifier.
    pub(super) fn has(&self, tag: &[u8], qualifier: &[u8]) -> bool {
        self.elements.iter().any(|e| e.tag == tag && e.qualifier == qualifier)
    }

    /// Takes all fields but those of that tag, and of that tag those with that qualifier.
    pub(super) fn besides(&mut self, tag: &[u8], qualifier: &[u8]) -> Vec<Element<'a>> {
        self.elements.extract_if(.., |e| e.tag != tag || e.qualifier == qualifier).collect()
    }

    /// Takes sequences of these names out and puts them into a section of their own.
    pub(super) fn holding(from: &mut Section<'a>, names: &[&str]) -> Section<'a> {
        let wanted = |child: &mut Section<'a>| names.iter().any(|n| n.as_bytes() == child.name);
        Section { children: from.children.extract_if(.., wanted).collect(), ..Section::default() }
    }

    /// Everything that is left, as details. Sequences that nobody took and fields that are no details are noted.
    pub(super) fn details(self, unread: &mut Unread<'a>) -> Details {
        for child in self.children {
            child.give_up(unread);
        }
        details::read(&self.elements, unread)
    }

    /// Notes everything that is left.
    pub(super) fn give_up(self, unread: &mut Unread<'a>) {
        unread.0.extend(self.elements);
        for child in self.children {
            child.give_up(unread);
        }
    }
}
