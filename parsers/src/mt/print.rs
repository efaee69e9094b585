//! A message as a tree for people.

use super::frame::{Body, Field};
use super::message::Message;
use super::value::text;
use super::walk;
use super::{format, header};
use crate::tree::{Node, Part};

/// Every block with everything in it, in the order on the wire.
pub(super) fn tree(message: &Message<'_>) -> Vec<Node> {
    let frame = &message.frame;
    let raw = frame.raw;
    let mut own_text = true;
    frame
        .blocks
        .iter()
        .map(|block| {
            let id = text(block.id.of(raw));
            let label = label(&id);
            match &block.body {
                Body::Plain(span) => {
                    let header = span.of(raw);
                    let mut node = Node::leaf(id, text(header)).labelled(label);
                    node.components = header::parts(block.id.of(raw), header).into_iter().map(part).collect();
                    node
                }
                Body::Tags(..) => {
                    let children = frame
                        .tags_of(block)
                        .iter()
                        .map(|t| Node::leaf(text(t.name.of(raw)), text(t.value.of(raw))));
                    Node::group(id, children.collect()).labelled(label)
                }
                Body::Text(..) if own_text && message.kind != "F21" => {
                    own_text = false;
                    Node::group(id, sequences(message, frame.fields_of(block))).labelled(label)
                }
                // The copy of the original behind an acknowledgement.
                Body::Text(..) => {
                    let children = frame.fields_of(block).iter().map(|f| leaf(raw, f)).collect();
                    Node::group(id, children).labelled(label)
                }
            }
        })
        .collect()
}

fn label(id: &str) -> &'static str {
    match id {
        "1" => "Basic header",
        "2" => "Application header",
        "3" => "User header",
        "5" => "Trailers",
        "S" => "Interface trailers",
        _ => "Text",
    }
}

/// The fields below their sequences. The nesting is bounded by the limits, the stack is our own.
fn sequences(message: &Message<'_>, fields: &[Field]) -> Vec<Node> {
    let raw = message.frame.raw;
    let mut stack: Vec<Node> = vec![Node::default()];
    let mut open: Vec<usize> = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        let place = message.layout.place(index);
        // A sequence that was closed without its own 16S line ends before this field.
        while let Some(&innermost) = open.last() {
            let closed = message
                .layout
                .sequences
                .get(innermost)
                .is_some_and(|s| s.close < index || (s.close == index && place != Some(innermost)));
            if !closed {
                break;
            }
            open.pop();
            fold(&mut stack);
        }
        match (field.tag.of(raw), place) {
            (b"16R", Some(sequence))
                if message.layout.sequences.get(sequence).is_some_and(|s| s.open == index) =>
            {
                let opened = message.layout.sequences.get(sequence);
                let title = opened.and_then(|s| s.spec).map(|s| format!("{} {}", s.id, s.title));
                let mut node = Node::group(text(field.value.of(raw)), Vec::new());
                node.label = title;
                stack.push(node);
                open.push(sequence);
            }
            (b"16S", Some(sequence))
                if open.last() == Some(&sequence) && closes(message, sequence, index) =>
            {
                open.pop();
                fold(&mut stack);
            }
            _ => {
                if let Some(top) = stack.last_mut() {
                    let mut node = leaf(raw, field);
                    if let Some(format) = format::of_code(field.code) {
                        let parts = message.components.named(index, format, field.value.of(raw));
                        node.components = parts.into_iter().map(part).collect();
                    }
                    top.children.push(node);
                }
            }
        }
    }
    while stack.len() > 1 {
        fold(&mut stack);
    }
    stack.pop().map(|n| n.children).unwrap_or_default()
}

fn closes(message: &Message<'_>, sequence: usize, index: usize) -> bool {
    message.layout.sequences.get(sequence).is_some_and(|s| s.close == index)
}

/// Puts the innermost node into the one around it.
fn fold(stack: &mut Vec<Node>) {
    if stack.len() < 2 {
        return;
    }
    if let Some(done) = stack.pop()
        && let Some(top) = stack.last_mut()
    {
        top.children.push(done);
    }
}

fn part((name, value): (&'static str, &[u8])) -> Part {
    Part { name, value: text(value) }
}

fn leaf(raw: &[u8], field: &Field) -> Node {
    let tag = field.tag.of(raw);
    let value = field.value.of(raw);
    let mut node = Node::leaf(text(tag), text(value));
    node.label = format::of(tag).map(|f| match walk::qualifier(value) {
        Some(qualifier) => format!("{} {}", f.label, text(qualifier)),
        None => f.label.to_owned(),
    });
    node
}
