//! One pass over the pieces of a message: checks it against the table as it goes, and keeps the outline for those who
//! read it afterwards.

mod bodies;

use std::borrow::Cow;
use std::ops::Range;

use super::name::{Name, bit};
use super::open::{Attribute, Item, Opened, is_blank};
use super::outline::{Element, Outline, Span, Text, place};
use super::schema::{Cursor, Schema, Shape, Step, TypeId};
use super::tables::Found;
use crate::diagnostic::{Diagnostic, Findings, Layer, Severity};
use crate::limits::Limits;

/// What a pass over the bytes found.
pub(super) struct Walked<'a> {
    /// The elements.
    pub(super) outline: Outline<'a>,
    /// Business headers and documents, in order.
    pub(super) bodies: Vec<Body>,
    /// Structure findings.
    pub(super) findings: Findings,
    /// What cannot be taken apart, if so; never crowded out by other findings.
    pub(super) broken: Option<Diagnostic>,
    /// The message from its pieces again, when that was asked for.
    pub(super) encoded: Vec<u8>,
}

/// A business header or a document.
#[derive(Debug, Clone)]
pub(super) struct Body {
    /// Its element.
    pub(super) element: usize,
    /// `sese.023.001.11`; empty when it cannot be told.
    pub(super) message: String,
    /// A header rather than a document.
    pub(super) is_header: bool,
}

/// Where the walk finds the table of a message.
pub type Lookup<'s> = &'s dyn Fn(&str) -> Option<Found<'s>>;

/// Walks over a message.
pub(super) fn walk<'a>(raw: &'a [u8], limits: &Limits, keep: bool, lookup: Lookup<'_>) -> Walked<'a> {
    let mut walker = Walker {
        walked: Walked {
            // An element with its tags and white space hardly takes less than this.
            outline: Outline {
                elements: Vec::with_capacity((raw.len() / 20).min(4096)),
                attributes: Vec::with_capacity(8),
                joined: Vec::new(),
            },
            bodies: Vec::new(),
            findings: Findings::new(limits.diagnostics_max),
            broken: None,
            encoded: Vec::with_capacity(if keep { raw.len() } else { 0 }),
        },
        limits: *limits,
        open: Vec::with_capacity(limits.depth_max.min(64)),
        bindings: Vec::new(),
        default: None,
        returns: memchr::memchr(b'\r', raw).is_some(),
        text: "",
        place: Span::default(),
        joined: None,
        table: None,
        home: None,
        file: None,
        lookup,
    };
    let mut done = 0;
    let outcome = Opened::new(raw, limits).map_err(Box::new).and_then(|mut reader| {
        if u32::try_from(raw.len()).is_err() {
            let message = format!("a message of {} bytes; 4 GB is the most that can be addressed", raw.len());
            let hint = "read it as a stream, or split it";
            return Err(Box::new(Diagnostic::error(Layer::Syntax, "too-long", 0..1, message).hint(hint)));
        }
        loop {
            let item = reader.next()?;
            if item == Item::Over {
                return Ok(());
            }
            done = reader.span().end;
            if keep {
                walker.walked.encoded.extend_from_slice(reader.raw().as_bytes());
            }
            walker.piece(item, &reader)?;
        }
    });
    if let Err(broken) = outcome {
        // What cannot be taken apart is given back as one opaque piece.
        if keep {
            walker.walked.encoded.extend_from_slice(raw.get(done..).unwrap_or_default());
        }
        let path = walker.open.last().map(|open| walker.walked.outline.path(open.element));
        walker.walked.broken = Some(broken.at(path.unwrap_or_default()));
        let end = walker.walked.outline.elements.len();
        for open in &walker.open {
            if let Some(element) = walker.walked.outline.elements.get_mut(open.element) {
                element.end = place(end);
            }
        }
    }
    walker.walked
}

struct Walker<'a, 's> {
    walked: Walked<'a>,
    limits: Limits,
    open: Vec<Open>,
    /// Name space prefixes in force: prefix and name.
    bindings: Vec<(&'a str, Cow<'a, str>)>,
    /// Characters read since the last tag, and where they stand; nothing when that is empty.
    text: &'a str,
    place: Span,
    /// The same characters where they come in several pieces.
    joined: Option<String>,
    /// The one in force without a prefix: nearly every element asks for it.
    default: Option<usize>,
    /// Whether there is any carriage return.
    returns: bool,
    /// The table of the body that is open, and how bad a deviation from it is.
    table: Option<(&'s Schema, Severity)>,
    lookup: Lookup<'s>,
    /// The name space of the body that is open.
    home: Option<usize>,
    /// The file around all bodies (head.002), where there is one.
    file: Option<File<'s>>,
}

/// A file of messages, checked around what it holds: its element, its table and its name space.
#[derive(Clone, Copy)]
struct File<'s> {
    element: usize,
    table: Option<(&'s Schema, Severity)>,
    home: Option<usize>,
}

/// The root element of a file of messages.
const FILE: &str = "Xchg";

struct Open {
    element: usize,
    mode: Mode,
    /// The type by table, where there is one.
    id: TypeId,
    /// Where the children stand, for a type of child elements.
    cursor: Cursor,
    bindings: usize,
}

/// How what stands in an element is judged.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Around headers and documents.
    Outside,
    /// A document whose name space tells nothing: its child will.
    Nameless,
    /// Child elements by table.
    Elements,
    /// A value by table.
    Value,
    /// Nothing is known here.
    Lax,
}

/// Nothing is known here.
const LAX: (Mode, TypeId) = (Mode::Lax, TypeId::NONE);

fn mode_of(schema: &Schema, id: TypeId) -> Mode {
    if matches!(schema.get(id).shape, Shape::Elements(_)) { Mode::Elements } else { Mode::Value }
}

/// Most prefixes in force at one time.
const BINDINGS_MAX: usize = 256;
const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl<'a, 's> Walker<'a, 's> {
    #[inline]
    fn piece(&mut self, item: Item, reader: &Opened<'a>) -> Result<(), Box<Diagnostic>> {
        match item {
            Item::Start => {
                self.start(reader)?;
                if reader.is_empty() {
                    self.end(reader.span().end);
                }
                Ok(())
            }
            Item::End => {
                self.end(reader.span().end);
                Ok(())
            }
            // Between elements white space means nothing.
            Item::Blank if !matches!(self.mode(), Some(Mode::Value | Mode::Lax)) => Ok(()),
            Item::Text | Item::Blank | Item::CData => {
                let (text, span) = (reader.content(), reader.span());
                let plain = !self.returns || memchr::memchr(b'\r', text.as_bytes()).is_none();
                if self.place.is_empty() && plain && !self.open.is_empty() {
                    (self.text, self.place) = (text, Span::new(span));
                    return Ok(());
                }
                self.join(&normal_lines(text), span)
            }
            Item::Reference => self.join(reader.character().encode_utf8(&mut [0; 4]), reader.span()),
            Item::Comment | Item::Instruction | Item::Mark | Item::Over => Ok(()),
        }
    }

    fn mode(&self) -> Option<Mode> {
        self.open.last().map(|open| open.mode)
    }

    /// Takes characters that are not all there is of a value, or not as they stand.
    #[cold]
    fn join(&mut self, text: &str, span: Range<usize>) -> Result<(), Box<Diagnostic>> {
        if self.open.is_empty() {
            return Ok(());
        }
        let before = self.joined.get_or_insert_with(|| self.text.to_owned());
        if before.len() + text.len() > self.limits.value_bytes_max {
            let message = format!("a value of more than {} bytes", self.limits.value_bytes_max);
            return Err(Box::new(Diagnostic::error(Layer::Syntax, "value-too-long", span, message)));
        }
        before.push_str(text);
        self.place = Span::new(if self.place.is_empty() { span } else { self.place.range().start..span.end });
        Ok(())
    }

    /// Settles the characters before a tag: they belong to the innermost open element.
    #[inline]
    fn settle(&mut self) {
        if self.place.is_empty() {
            return;
        }
        let (text, place) = (self.text, self.place);
        (self.text, self.place) = ("", Span::default());
        if let (Some(Open { element, mode: Mode::Value, .. }), None) = (self.open.last(), &self.joined)
            && let Some(element) = self.walked.outline.elements.get_mut(*element)
            && let Text::Here("") = element.text
        {
            (element.text, element.value) = (Text::Here(text), place);
            return;
        }
        self.settle_oddly(text, place);
    }

    /// The same where there was something before, where nothing may be, or where it came in pieces.
    #[cold]
    fn settle_oddly(&mut self, text: &'a str, place: Span) {
        let joined = self.joined.take();
        let Some(&Open { element: index, mode, .. }) = self.open.last() else { return };
        let pending = joined.as_deref().unwrap_or(text);
        if matches!(mode, Mode::Elements | Mode::Nameless) && !is_blank(pending) {
            self.stray(pending, place.range(), index);
        }
        let outline = &mut self.walked.outline;
        let Some(element) = outline.elements.get_mut(index) else { return };
        let (mut whole, mut span) = (pending.to_owned(), place);
        match element.text {
            Text::Here("") if joined.is_none() => {
                (element.text, element.value) = (Text::Here(text), place);
                return;
            }
            Text::Here("") => {}
            _ if is_blank(pending) => return,
            Text::Here(before) => {
                whole.insert_str(0, before);
                span = Span::new(element.value.range().start..place.range().end);
            }
            Text::Joined(at) => {
                if let Some(before) = outline.joined.get_mut(at as usize) {
                    before.push_str(&whole);
                }
                element.value = Span::new(element.value.range().start..place.range().end);
                return;
            }
        }
        (element.text, element.value) = (Text::Joined(self::place(outline.joined.len())), span);
        outline.joined.push(whole);
    }

    /// Text between elements.
    #[cold]
    fn stray(&mut self, text: &str, span: Range<usize>, index: usize) {
        let name = self.name(index);
        self.report(
            "text-not-allowed",
            span,
            index,
            format!("{name} holds elements, no text; found {}", quoted(text)),
            "put the text into the element it belongs to, or remove it",
        );
    }

    #[inline]
    fn start(&mut self, reader: &Opened<'a>) -> Result<(), Box<Diagnostic>> {
        self.settle();
        let (tag, span, attributes) = (reader.name(), reader.span(), reader.attributes());
        let bindings = self.bindings.len();
        let first = self.walked.outline.attributes.len();
        if !attributes.is_empty() {
            self.attributes(attributes)?;
        }
        // Handed on as a whole to nobody: so it stays in registers.
        let (prefix, name) = if reader.is_prefixed() {
            let (prefix, text) = tag.text().split_once(':').unwrap_or(("", tag.text()));
            (prefix, Name::new(text))
        } else {
            ("", tag)
        };
        let text = name.text();
        let space = if prefix.is_empty() {
            self.default
        } else {
            self.bindings.iter().rposition(|(bound, _)| *bound == prefix)
        };
        let index = self.walked.outline.elements.len();
        let parent = self.open.last().map_or(index, |open| open.element);
        self.walked.outline.elements.push(Element {
            name,
            text: Text::Here(""),
            parent: place(parent),
            end: place(index + 1),
            span: Span::new(span.clone()),
            value: Span::default(),
            attributes: Span::new(first..self.walked.outline.attributes.len()),
            children: 0,
        });
        if parent != index
            && let Some(around) = self.walked.outline.elements.get_mut(parent)
        {
            around.children |= bit(name.key());
        }
        if reader.is_prefixed() {
            self.check_prefix(prefix, text, space, index, &span);
        }
        let (mode, id) = match self.mode() {
            Some(Mode::Elements) => match self.fit(name, space) {
                Ok(id) => id,
                Err(step) => self.child(step, text, space, index, &span)?,
            },
            None => {
                self.check_outermost(text, index, &span);
                self.enter(text, space, index)
            }
            Some(Mode::Outside) => self.enter(text, space, index),
            Some(Mode::Nameless) => self.name_by_child(text, space, index),
            Some(Mode::Value) => {
                let parent_name = self.name(parent);
                self.report(
                    "element-not-allowed",
                    span.clone(),
                    index,
                    format!("{text} stands inside {parent_name}, which holds a value"),
                    "remove the element and keep its value",
                );
                LAX
            }
            Some(Mode::Lax) => LAX,
        };
        let cursor = match self.table {
            Some((schema, _)) if mode == Mode::Elements => schema.cursor(id).unwrap_or_default(),
            _ => Cursor::default(),
        };
        self.open.push(Open { element: index, mode, id, cursor, bindings });
        if matches!(mode, Mode::Elements | Mode::Value) {
            self.check_attributes(id, index, &span);
        }
        Ok(())
    }

    #[cold]
    fn check_prefix(
        &mut self,
        prefix: &str,
        text: &str,
        space: Option<usize>,
        index: usize,
        span: &Range<usize>,
    ) {
        let message = if prefix.is_empty() || text.is_empty() || text.contains(':') {
            format!("{prefix}:{text} is no name of a prefix and a local part")
        } else if space.is_none() && prefix != "xml" {
            format!("the prefix {prefix} is not declared")
        } else {
            return;
        };
        if !self.walked.findings.is_full() {
            self.walked.findings.push(
                Diagnostic::error(Layer::Structure, "undeclared-prefix", span.clone(), message)
                    .at(self.walked.outline.path(index))
                    .hint(format!("declare it with xmlns:{prefix}=\"...\"")),
            );
        }
    }

    /// A business header and its document may stand side by side; any other message has one outermost element.
    fn check_outermost(&mut self, name: &str, index: usize, span: &Range<usize>) {
        let header = self.walked.bodies.first().is_some_and(|body| body.is_header && body.element == 0);
        if index == 0 || (header && self.walked.bodies.len() == 1 && name == "Document") {
            return;
        }
        let message = format!("{name} stands behind the outermost element");
        self.report(
            "second-root",
            span.clone(),
            index,
            message,
            "send one message at a time, or split the stream",
        );
    }

    /// Keeps attributes and puts name space declarations in force.
    fn attributes(&mut self, attributes: &[Attribute<'a>]) -> Result<(), Box<Diagnostic>> {
        for attribute in attributes {
            let prefix = match attribute.name {
                "xmlns" => "",
                name => match name.strip_prefix("xmlns:") {
                    Some(prefix) => prefix,
                    None => {
                        self.walked.outline.attributes.push(attribute.clone());
                        continue;
                    }
                },
            };
            if self.bindings.len() >= BINDINGS_MAX {
                let message = format!("more than {BINDINGS_MAX} name space declarations in force");
                return Err(Box::new(Diagnostic::error(
                    Layer::Syntax,
                    "too-many-attributes",
                    attribute.span.clone(),
                    message,
                )));
            }
            let value = attribute.value();
            self.bindings.push((prefix, value));
            if prefix.is_empty() {
                self.default = Some(self.bindings.len() - 1);
            }
        }
        Ok(())
    }

    /// A child where the table says which may stand, and it is one of them; else what it is to its parent, and where that stood.
    #[inline(always)]
    fn fit(&mut self, name: Name<'a>, space: Option<usize>) -> Result<(Mode, TypeId), (Step<'s>, Cursor)> {
        let (Some((schema, _)), Some(open)) = (self.table, self.open.last_mut()) else {
            return Ok(LAX);
        };
        let before = open.cursor;
        match schema.step_named(&mut open.cursor, name) {
            Step::Fits(id)
                if space == self.home && open.cursor.count() as usize <= self.limits.group_entries_max =>
            {
                Ok((mode_of(schema, id), id))
            }
            step => Err((step, before)),
        }
    }

    /// The same where something is to be said of it, perhaps.
    #[cold]
    fn child(
        &mut self,
        (step, before): (Step<'s>, Cursor),
        name: &'a str,
        space: Option<usize>,
        index: usize,
        span: &Range<usize>,
    ) -> Result<(Mode, TypeId), Box<Diagnostic>> {
        let (Some((schema, _)), Some(open)) = (self.table, self.open.last_mut()) else {
            return Ok(LAX);
        };
        let cursor = &mut open.cursor;
        let at_home = space == self.home
            || space.and_then(|at| self.bindings.get(at)).map(|(_, uri)| uri)
                == self.home.and_then(|at| self.bindings.get(at)).map(|(_, uri)| uri);
        if let (Step::Fits(id), true) = (step, at_home)
            && cursor.count() as usize <= self.limits.group_entries_max
        {
            return Ok((mode_of(schema, id), id));
        }
        if cursor.count() as usize > self.limits.group_entries_max {
            let message = format!("more than {} of {}", self.limits.group_entries_max, name);
            return Err(Box::new(Diagnostic::error(
                Layer::Syntax,
                "too-many-entries",
                span.clone(),
                message,
            )));
        }
        let parent = open.element;
        let id = match step {
            Step::Foreign => {
                let wanted = schema.foreign_space(cursor);
                if !wanted.is_empty() && self.space(space) != Some(wanted) {
                    let message = format!("{} is not in the name space {wanted}", name);
                    self.report(
                        "name-space",
                        span.clone(),
                        index,
                        message,
                        "put an element of that name space here",
                    );
                }
                let holds = self.file.is_some_and(|file| file.home == self.home);
                return Ok(if holds { self.enter(name, space, index) } else { LAX });
            }
            _ => {
                let expected = schema.expected(&before);
                self.misfit(step, at_home, (name, index, parent), span, &expected)
            }
        };
        if id == TypeId::NONE {
            return Ok(LAX);
        }
        Ok((mode_of(schema, id), id))
    }

    /// Reports a child that is not where the table wants it; yields its type where that is known.
    fn misfit(
        &mut self,
        step: Step<'_>,
        at_home: bool,
        (name, index, parent): (&str, usize, usize),
        span: &Range<usize>,
        expected: &[&str],
    ) -> TypeId {
        let inside = self.name(parent);
        let next = match expected {
            [] => "nothing more may follow".to_owned(),
            [one] => format!("expected {one}"),
            some if some.len() <= 8 => format!("expected one of {}", some.join(", ")),
            some => format!("expected one of {} and {} more", some[..8].join(", "), some.len() - 8),
        };
        let (code, message, hint, id) = match step {
            _ if !at_home => (
                "name-space",
                format!("{name} is not in the name space of its message"),
                "use one name space for the whole document".to_owned(),
                TypeId::NONE,
            ),
            Step::Missing(id, missing) => (
                "missing-element",
                format!("{missing} is missing in {inside} before {name}; {next}"),
                format!("add {missing}, or move it to its place if it stands later"),
                id,
            ),
            Step::TooMany(id) => (
                "repeated-element",
                format!("one {name} too many in {inside}; {next}"),
                format!("keep as many {name} as the message allows"),
                id,
            ),
            Step::Excluded(id, other) => (
                "choice",
                format!("{name} stands beside {other} in {inside}, which is a choice of one"),
                format!("keep either {other} or {name}"),
                id,
            ),
            Step::Late(id) => (
                "misplaced-element",
                format!("{name} comes too late in {inside}; {next}"),
                format!("move {name} up to its place: the order of elements is fixed"),
                id,
            ),
            Step::Unknown | Step::Fits(_) | Step::Foreign => (
                "unknown-element",
                format!("{name} is not known in {inside}; {next}"),
                "check the spelling and the version of the message; private data goes into SplmtryData"
                    .to_owned(),
                TypeId::NONE,
            ),
        };
        self.report(code, span.clone(), index, message, &hint);
        id
    }

    fn check_attributes(&mut self, id: TypeId, index: usize, span: &Range<usize>) {
        let Some((schema, _)) = self.table else { return };
        let range = self.walked.outline.elements.get(index).map_or(0..0, |e| e.attributes.range());
        let known: &[(String, TypeId, bool)] = match &schema.get(id).shape {
            Shape::Attributed { attributes, .. } => attributes,
            _ => &[],
        };
        if range.is_empty() && known.is_empty() {
            return;
        }
        let count = range.len();
        let name = self.name(index);
        for at in range.clone() {
            let Some(attribute) = self.walked.outline.attributes.get(at).cloned() else { continue };
            match known.iter().find(|(known, _, _)| known == attribute.name) {
                Some((_, of, _)) => {
                    let value = attribute.value();
                    if let Some(Err(fault)) = schema.value_type(*of).map(|simple| simple.check(&value)) {
                        let message =
                            format!("{} is {}; expected {}", attribute.name, quoted(&value), fault.expected);
                        let hint = "correct the attribute";
                        self.report(fault.code, attribute.span.clone(), index, message, hint);
                    }
                }
                None if self.is_schema_hint(attribute.name) || self.names_type(&attribute, id) => {}
                None => self.report(
                    "unknown-attribute",
                    attribute.span.clone(),
                    index,
                    format!("{name} has no attribute {}", attribute.name),
                    "remove the attribute",
                ),
            }
        }
        for (missing, _, required) in known {
            let found = self.walked.outline.attributes.get(range.clone()).unwrap_or_default();
            if *required && (count == 0 || !found.iter().any(|attribute| attribute.name == missing)) {
                self.report(
                    "missing-attribute",
                    span.clone(),
                    index,
                    format!("{name} needs the attribute {missing}"),
                    &format!("add {missing}=\"...\""),
                );
            }
        }
    }

    /// Where a schema can be found may be said anywhere.
    fn is_schema_hint(&self, name: &str) -> bool {
        name.split_once(':').is_some_and(|(prefix, local)| {
            matches!(local, "schemaLocation" | "noNamespaceSchemaLocation")
                && self.bound(prefix).is_some_and(|uri| uri == XSI)
        })
    }

    /// `xsi:type` may say what is known already.
    fn names_type(&self, attribute: &Attribute<'_>, id: TypeId) -> bool {
        let Some((schema, _)) = self.table else { return false };
        let is_type = attribute
            .name
            .strip_suffix(":type")
            .is_some_and(|prefix| self.bound(prefix).is_some_and(|uri| uri == XSI));
        let value = attribute.value();
        let value = value.trim_matches([' ', '\t', '\n', '\r']);
        let (prefix, local) = value.split_once(':').unwrap_or(("", value));
        is_type && local == schema.get(id).name && self.bound(prefix) == self.space(self.home)
    }

    /// The name space of a prefix.
    fn bound(&self, prefix: &str) -> Option<&str> {
        self.bindings.iter().rev().find(|(bound, _)| *bound == prefix).map(|(_, uri)| uri.as_ref())
    }

    fn end(&mut self, end: usize) {
        self.settle();
        let Some(Open { element: index, mode, id, cursor, bindings }) = self.open.pop() else { return };
        let elements = self.walked.outline.elements.len();
        if let Some(element) = self.walked.outline.elements.get_mut(index) {
            element.end = place(elements);
        }
        match (mode, self.table) {
            (Mode::Elements, Some((schema, _))) if !schema.is_complete(&cursor) => {
                for missing in schema.missing(&cursor) {
                    let name = self.name(index);
                    self.report(
                        "missing-element",
                        self.span(index),
                        index,
                        format!("{name} ends without {missing}"),
                        &format!("add {missing}"),
                    );
                }
            }
            (Mode::Value, Some((schema, _))) => self.check_value(schema, id, index),
            _ => {}
        }
        if let Some(element) = self.walked.outline.elements.get_mut(index) {
            element.span.end = place(end);
        }
        if bindings < self.bindings.len() {
            self.bindings.truncate(bindings);
            self.default = self.bindings.iter().rposition(|(bound, _)| bound.is_empty());
        }
        if self.walked.bodies.last().is_some_and(|body| body.element == index) {
            (self.table, self.home) = self.file.map_or((None, None), |file| (file.table, file.home));
        }
        if self.file.is_some_and(|file| file.element == index) {
            (self.file, self.table, self.home) = (None, None, None);
        }
    }

    fn check_value(&mut self, schema: &Schema, id: TypeId, index: usize) {
        let Some(element) = self.walked.outline.elements.get(index) else { return };
        let text = self.walked.outline.text(element.text);
        let Some(Err(fault)) = schema.value_type(id).map(|simple| simple.check(text)) else {
            return;
        };
        let span = if element.value.is_empty() { element.span.range() } else { element.value.range() };
        let message = if text.is_empty() {
            format!("{} is empty; expected {}", element.name.text(), fault.expected)
        } else {
            format!("{} is {}; expected {}", element.name.text(), quoted(text), fault.expected)
        };
        let hint = match fault.code {
            "value-code" => "use a code of the list, or the proprietary branch if there is one",
            "value-length" => "shorten the value, or leave the element out when there is none",
            "value-digits" => "round to the digits that the message can carry",
            _ => "correct the value",
        };
        self.report(fault.code, span, index, message, hint);
    }

    fn report(&mut self, code: &'static str, span: Range<usize>, index: usize, message: String, hint: &str) {
        if self.walked.findings.is_full() {
            return;
        }
        let severity = self.table.map_or(Severity::Error, |(_, severity)| severity);
        let path = self.walked.outline.path(index);
        self.walked
            .findings
            .push(Diagnostic::new(severity, Layer::Structure, code, span, message).at(path).hint(hint));
    }

    fn name(&self, index: usize) -> &'a str {
        self.walked.outline.elements.get(index).map_or("", |element| element.name.text())
    }

    fn span(&self, index: usize) -> Range<usize> {
        self.walked.outline.elements.get(index).map_or(0..0, |element| element.span.range())
    }

    fn space(&self, at: Option<usize>) -> Option<&str> {
        at.and_then(|at| self.bindings.get(at)).map(|(_, uri)| uri.as_ref())
    }
}

/// XML reads every line end as one line feed.
fn normal_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A value for people: quoted, and cut when it is long.
pub(super) fn quoted(value: &str) -> String {
    let cut: String = value.chars().take(60).collect();
    if cut.len() < value.len() { format!("{cut:?} and more") } else { format!("{cut:?}") }
}
