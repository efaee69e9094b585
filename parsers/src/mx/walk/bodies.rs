//! Headers, documents and files: where one begins, and which table it goes by.

use super::super::frame;
use super::super::name::Name;
use super::super::schema::TypeId;
use super::{Body, FILE, File, LAX, Mode, Walker, quoted};
use crate::diagnostic::{Diagnostic, Layer, Severity};

impl<'a> Walker<'a, '_> {
    /// An element outside of any header or document.
    pub(super) fn enter(&mut self, name: &str, space: Option<usize>, index: usize) -> (Mode, TypeId) {
        if name == FILE && self.file.is_none() {
            let message = self.space(space).and_then(frame::message_of).unwrap_or_default().to_owned();
            if message.starts_with("head.002") {
                self.home = space;
                let entered = self.take_table(&message, index);
                // What it holds can be read whatever is wrong around it.
                self.table = self.table.map(|(schema, _)| (schema, Severity::Warning));
                self.file = Some(File { element: index, table: self.table, home: space });
                return entered;
            }
        }
        let is_header = name == "AppHdr";
        if !is_header && name != "Document" {
            return (Mode::Outside, TypeId::NONE);
        }
        let message = self.space(space).and_then(frame::message_of).unwrap_or_default().to_owned();
        // That of a file around it is none of its own.
        (self.home, self.table) = (space, None);
        if message.is_empty() {
            let span = self.span(index);
            self.walked.findings.push(
                Diagnostic::error(
                    Layer::Structure,
                    "name-space",
                    span,
                    format!(
                        "{name} is in no ISO 20022 name space: {}",
                        quoted(self.space(space).unwrap_or(""))
                    ),
                )
                .at(self.walked.outline.path(index))
                .hint("add xmlns=\"urn:iso:std:iso:20022:tech:xsd:...\" with the identifier of the message"),
            );
            if !is_header {
                self.walked.bodies.push(Body { element: index, message, is_header });
                return (Mode::Nameless, TypeId::NONE);
            }
        }
        let asked = if message.is_empty() { "head.001.001.02".to_owned() } else { message };
        let entered = self.take_table(&asked, index);
        self.walked.bodies.push(Body { element: index, message: asked, is_header });
        entered
    }

    /// The table for a body; says so when there is none, or only that of another version.
    fn take_table(&mut self, message: &str, index: usize) -> (Mode, TypeId) {
        let Some(found) = (self.lookup)(message) else {
            self.walked.findings.push(
                Diagnostic::note(
                    Layer::Structure,
                    "no-table",
                    self.span(index),
                    format!("there is no table for {message}: it is carried, but not checked"),
                )
                .at(self.walked.outline.path(index))
                .hint("read it as a tree of elements, or import its schema: finality schema import"),
            );
            self.table = None;
            return LAX;
        };
        if !found.exact {
            let near = found.schema.message();
            self.walked.findings.push(
                Diagnostic::warning(
                    Layer::Structure,
                    "other-version",
                    self.span(index),
                    format!("there is no table for {message}; it is read by that of {near}"),
                )
                .at(self.walked.outline.path(index))
                .hint("differences between the versions show as warnings, not as errors"),
            );
        }
        self.table = Some((found.schema, if found.exact { Severity::Error } else { Severity::Warning }));
        let id = found.schema.root().type_id;
        (if found.schema.cursor(id).is_some() { Mode::Elements } else { Mode::Lax }, id)
    }

    /// The first child of a document that does not say what it is.
    pub(super) fn name_by_child(
        &mut self,
        name: &'a str,
        space: Option<usize>,
        index: usize,
    ) -> (Mode, TypeId) {
        let message = super::super::tables::by_root(name).unwrap_or_default();
        let Some(document) = self.open.last().map(|open| open.element) else { return LAX };
        if let Some(body) = self.walked.bodies.last_mut() {
            message.clone_into(&mut body.message);
        }
        let (mode, id) = if message.is_empty() { LAX } else { self.take_table(message, document) };
        let cursor = self.table.and_then(|(schema, _)| schema.cursor(id)).filter(|_| mode == Mode::Elements);
        if let Some(open) = self.open.last_mut() {
            (open.mode, open.id, open.cursor) = (mode, id, cursor.unwrap_or_default());
        }
        let span = self.span(index);
        if mode == Mode::Lax {
            return LAX;
        }
        let name = Name::new(name);
        self.fit(name, space)
            .or_else(|step| self.child(step, name.text(), space, index, &span))
            .unwrap_or(LAX)
    }
}
