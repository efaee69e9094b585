//! A reader that uses its memory again: one message after the other costs no allocation.

use super::components::Components;
use super::frame::{Frame, Spare};
use super::message::{self, Message};
use super::walk::{self, Layout, Memory};
use super::{header, rules, trailers, values};
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;

/// Reads messages one after the other.
///
/// ```
/// use finality_parsers::diagnostic::Findings;
/// use finality_parsers::limits::Limits;
/// use finality_parsers::mt::Reader;
///
/// let mut reader = Reader::new(Limits::default());
/// for raw in [include_bytes!("../../../samples/mt/mt541-minimal.fin"), include_bytes!("../../../samples/mt/mt541-minimal.fin")] {
///     let mut findings = Findings::new(20);
///     let message = reader.read(raw, &mut findings);
///     assert_eq!(message.kind, "541");
///     assert!(findings.is_empty());
///     reader.take_back(message);
/// }
/// ```
#[derive(Debug, Default)]
pub struct Reader {
    limits: Limits,
    memory: Memory,
    spare: Spare,
    layout: Layout,
    components: Components,
}

impl Reader {
    /// A reader with these bounds.
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Other bounds from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Takes a message apart and checks it: blocks, sequences, components, values and the rules between fields.
    pub fn read<'a>(&mut self, raw: &'a [u8], findings: &mut Findings) -> Message<'a> {
        let limits = &self.limits;
        let frame = Frame::parse_in(raw, limits, findings, std::mem::take(&mut self.spare));
        let kind = header::check(&frame, findings);
        trailers::check(&frame, findings);
        if raw.len() > limits.value_bytes_max {
            check_lengths(&frame, limits.value_bytes_max, findings);
        }
        let spec = message::spec(kind);
        let layout = std::mem::take(&mut self.layout);
        let layout = walk::walk_in(&frame, spec, limits, findings, &mut self.memory, layout);
        let mut message = Message { frame, layout, components: Components::default(), spec, kind };
        if kind != "F21" {
            let mut components = std::mem::take(&mut self.components);
            components.clear();
            values::check(&message, &mut components, findings);
            message.components = components;
            rules::check(&message, findings);
        }
        message
    }

    /// Takes the memory of a message back, for the next one.
    pub fn take_back(&mut self, message: Message<'_>) {
        self.spare = message.frame.spare();
        self.layout = message.layout;
        self.components = message.components;
    }
}

fn check_lengths(frame: &Frame<'_>, max: usize, findings: &mut Findings) {
    for field in frame.fields().iter().filter(|f| f.value.range().len() > max) {
        let text = format!("the value has more than {max} bytes");
        findings.push(
            Diagnostic::error(Layer::Structure, "value-too-long", field.whole(), text)
                .hint("check that the end of the text block was not lost"),
        );
    }
}
