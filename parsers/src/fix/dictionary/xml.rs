//! Dictionaries in QuickFIX's XML format, read at run time: bytes in, [`Dictionary`] out.
//!
//! ```text
//!   <fix type="FIX" major="4" minor="4">
//!     <header> <trailer>              field, group, component; required="Y"
//!     <messages><message msgtype="J"> the same
//!     <components><component>         the same, nested at will
//!     <fields><field number type><value enum description>
//! ```
//!
//! What is required follows QuickFIX: the members of a component only where the component is required; the members of a
//! group only where the group is; components inside a group never. Types that are not known are text. What the elements
//! say beyond this is passed over.

mod tree;

use std::borrow::Cow;
use std::collections::BTreeMap;

use thiserror::Error;

use super::{Dictionary, FieldDef, Kind, Manner, Member, MessageDef, Part, ScopeId, Value};
use crate::fix::Version;
use tree::{Element, Tree};

/// Components and groups inside each other, at most: a component that contains itself ends here.
const DEPTH_MAX: usize = 32;
/// Members of all scopes together; the largest dictionary of the standard has a twentieth.
const MEMBERS_MAX: usize = 4_000_000;

/// Why a dictionary cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{document} dictionary, line {line}: {what}")]
pub struct DictionaryError {
    /// `application` or `transport`.
    pub document: &'static str,
    /// From 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub what: String,
}

/// Reads one dictionary, or two that belong together.
pub(super) fn read(transport: Option<&[u8]>, application: &[u8]) -> Result<Dictionary, DictionaryError> {
    let application_text = String::from_utf8_lossy(application);
    let application = Document::new("application", &application_text)?;
    let transport_text = transport.map(String::from_utf8_lossy);
    let transport = transport_text.as_deref().map(|text| Document::new("transport", text)).transpose()?;
    match (&transport, application.stands_alone()) {
        (Some(transport), false) if transport.is_fixt => build(Some(transport), &application),
        (Some(transport), false) => {
            Err(transport.error(transport.root, "this is not FIXT: give the dictionary of FIXT.1.1 here"))
        }
        (Some(_), true) => {
            Err(application.error(application.root, "this dictionary has a header of its own: give it alone"))
        }
        (None, true) => build(None, &application),
        (None, false) => Err(application.error(
            application.root,
            "FIX 5.0 and later have header, trailer and session messages in FIXT.1.1: give its dictionary too",
        )),
    }
}

/// One file, with its names resolved.
struct Document<'t> {
    name: &'static str,
    tree: Tree<'t>,
    root: Element,
    is_fixt: bool,
    version: Version,
    tags: BTreeMap<String, u32>,
    components: BTreeMap<String, Element>,
}

impl<'t> Document<'t> {
    fn new(name: &'static str, text: &'t str) -> Result<Self, DictionaryError> {
        let tree = Tree::read(text).map_err(|(line, what)| DictionaryError { document: name, line, what })?;
        let mut document = Self {
            name,
            root: tree.root(),
            tree,
            is_fixt: false,
            version: Version::Fix44,
            tags: BTreeMap::new(),
            components: BTreeMap::new(),
        };
        let root = document.root;
        if document.tree.name(root) != "fix" {
            return Err(document.error(root, "the outermost element must be <fix>"));
        }
        document.is_fixt = match document.tree.attribute(root, "type").unwrap_or("FIX") {
            "FIX" => false,
            "FIXT" => true,
            other => return Err(document.error(root, format!("type is {other:?}: FIX or FIXT is known"))),
        };
        document.version = document.version_of(root)?;
        for field in document.section("fields")? {
            let (tag, name) =
                (document.number(field)?, document.required_attribute(field, "name")?.to_owned());
            if document.tags.contains_key(&name) {
                return Err(document.error(field, format!("field {name} is defined before: name it once")));
            }
            document.tags.insert(name, tag);
        }
        if let Some(components) = document.tree.child(root, "components") {
            for component in document.tree.children(components).collect::<Vec<_>>() {
                let name = document.required_attribute(component, "name")?.to_owned();
                document.components.insert(name, component);
            }
        }
        Ok(document)
    }

    fn version_of(&self, root: Element) -> Result<Version, DictionaryError> {
        let major = self.required_attribute(root, "major")?;
        let minor = self.required_attribute(root, "minor")?;
        let pack = self.tree.attribute(root, "servicepack").unwrap_or("0");
        Ok(match (self.is_fixt, major, minor, pack) {
            (true, "1", "1", _) => Version::Fix50Sp2,
            (false, "4", "0", _) => Version::Fix40,
            (false, "4", "1", _) => Version::Fix41,
            (false, "4", "2", _) => Version::Fix42,
            (false, "4", "3", _) => Version::Fix43,
            (false, "4", "4", _) => Version::Fix44,
            (false, "5", "0", "0") => Version::Fix50,
            (false, "5", "0", "1") => Version::Fix50Sp1,
            (false, "5", "0", _) => Version::Fix50Sp2,
            _ => {
                let what =
                    format!("version {major}.{minor} is none that is spoken here: FIX 4.0 to 5.0, FIXT 1.1");
                return Err(self.error(root, what));
            }
        })
    }

    fn stands_alone(&self) -> bool {
        self.is_fixt || !self.version.is_fixt()
    }

    fn error(&self, at: Element, what: impl Into<String>) -> DictionaryError {
        DictionaryError { document: self.name, line: self.tree.line(at), what: what.into() }
    }

    fn section(&self, name: &str) -> Result<Vec<Element>, DictionaryError> {
        let Some(section) = self.tree.child(self.root, name) else {
            return Err(self.error(self.root, format!("<{name}> is missing")));
        };
        Ok(self.tree.children(section).collect())
    }

    fn required_attribute(&self, element: Element, name: &str) -> Result<&str, DictionaryError> {
        self.tree.attribute(element, name).ok_or_else(|| {
            self.error(element, format!("<{}> has no attribute {name}", self.tree.name(element)))
        })
    }

    fn number(&self, field: Element) -> Result<u32, DictionaryError> {
        let text = self.required_attribute(field, "number")?;
        text.parse().ok().filter(|n| (1..=i32::MAX.unsigned_abs()).contains(n)).ok_or_else(|| {
            self.error(field, format!("field number {text:?} is not a whole number above zero"))
        })
    }

    fn is_required(&self, element: Element) -> bool {
        matches!(self.tree.attribute(element, "required"), Some("Y" | "y"))
    }

    fn field(&self, element: Element, part: Part) -> Result<FieldDef, DictionaryError> {
        let type_name = self.required_attribute(element, "type")?;
        let mut values = Vec::new();
        for value in self.values(element) {
            let text = self.required_attribute(value, "enum")?;
            let meaning = self.tree.attribute(value, "description").unwrap_or("");
            values.push(Value { text: text.into(), meaning: words(meaning).into() });
        }
        let name = self.required_attribute(element, "name")?;
        let kind = kind(type_name, self.version);
        let open = matches!(self.tree.attribute(element, "allowOtherValues"), Some("Y" | "y" | "true"));
        Ok(FieldDef { open, part, ..FieldDef::new(self.number(element)?, name, kind, type_name, values) })
    }

    /// The values of a field; some files put them into a `<values>` of their own.
    fn values(&self, field: Element) -> Vec<Element> {
        let mut list = Vec::new();
        for child in self.tree.children(field) {
            match self.tree.name(child) {
                "value" => list.push(child),
                "values" => list.extend(self.tree.children(child).filter(|v| self.tree.name(*v) == "value")),
                _ => {}
            }
        }
        list
    }
}

/// `PER_UNIT` reads better as `per unit`.
fn words(description: &str) -> Cow<'_, str> {
    if description.bytes().any(|b| b == b'_') {
        Cow::Owned(description.replace('_', " ").to_lowercase())
    } else {
        Cow::Borrowed(description)
    }
}

/// The types of all versions. Where the standard's own names changed, the older ones are kept.
fn kind(type_name: &str, version: Version) -> Kind {
    match type_name {
        // Before 4.2 a "char" field is a text of any length.
        "CHAR" if version < Version::Fix42 => Kind::Text,
        "CHAR" => Kind::Char,
        "INT" => Kind::Int,
        "LENGTH" => Kind::Length,
        "NUMINGROUP" => Kind::NumInGroup,
        "SEQNUM" => Kind::SeqNum,
        "PRICE" | "AMT" | "QTY" | "FLOAT" | "PRICEOFFSET" | "PERCENTAGE" => Kind::Decimal,
        "BOOLEAN" => Kind::Boolean,
        "CURRENCY" => Kind::Currency,
        "COUNTRY" => Kind::Country,
        "EXCHANGE" => Kind::Exchange,
        // Each value must be listed, if any are; how many characters it has is not looked at.
        "MULTIPLEVALUESTRING" | "MULTIPLESTRINGVALUE" | "MULTIPLECHARVALUE" => Kind::Texts,
        "UTCTIMESTAMP" | "TIME" => Kind::Timestamp,
        "UTCTIMEONLY" => Kind::Time,
        "UTCDATE" | "UTCDATEONLY" => Kind::UtcDate,
        "LOCALMKTDATE" => Kind::Date,
        "MONTHYEAR" => Kind::MonthYear,
        "DATA" => Kind::Data,
        "XMLDATA" => Kind::XmlData,
        _ => Kind::Text,
    }
}

fn build(
    transport: Option<&Document<'_>>,
    application: &Document<'_>,
) -> Result<Dictionary, DictionaryError> {
    let fields = fields(transport, application)?;
    if fields.len() >= usize::from(u16::MAX) {
        return Err(application.error(application.root, "more than 65,534 fields"));
    }
    let dictionary = Dictionary::new(application.version, Manner::QuickFix, fields, 0..0);
    let mut builder = Builder { dictionary, members: 0 };
    let envelope = transport.unwrap_or(application);
    let mut reader = Reader::new(envelope, &mut builder);
    let header = reader.section("header")?;
    let trailer = reader.section("trailer")?;
    let part = if transport.is_some() { Part::Session } else { Part::Both };
    reader.messages(part)?;
    if transport.is_some() {
        Reader::new(application, &mut builder).messages(Part::Application)?;
    }
    Ok(Dictionary { header, trailer, ..builder.dictionary })
}

/// Of a field that both files define, that of the transport counts: it is in the header, or in a session message.
fn fields(
    transport: Option<&Document<'_>>,
    application: &Document<'_>,
) -> Result<Vec<FieldDef>, DictionaryError> {
    let mut list: Vec<FieldDef> = Vec::new();
    let mut at: BTreeMap<u32, usize> = BTreeMap::new();
    let part = if transport.is_some() { Part::Application } else { Part::Both };
    for (document, part) in transport.map(|t| (t, Part::Session)).into_iter().chain([(application, part)]) {
        for element in document.section("fields")? {
            let field = document.field(element, part)?;
            match at.get(&field.tag).and_then(|n| list.get_mut(*n)) {
                Some(before) if before.part != part => before.part = Part::Both,
                Some(_) => {}
                None => {
                    at.insert(field.tag, list.len());
                    list.push(field);
                }
            }
        }
    }
    Ok(list)
}

struct Builder {
    dictionary: Dictionary,
    /// In all scopes together.
    members: usize,
}

/// Whether the members of what is being read can be required.
#[derive(Clone, Copy)]
struct Needs {
    members: bool,
    components: bool,
}

/// Reads one document into the dictionary.
struct Reader<'d, 't, 'b> {
    document: &'d Document<'t>,
    builder: &'b mut Builder,
    /// A group element is read once, however many messages contain it.
    groups: BTreeMap<Element, Option<ScopeId>>,
}

impl<'d, 't, 'b> Reader<'d, 't, 'b> {
    fn new(document: &'d Document<'t>, builder: &'b mut Builder) -> Self {
        Self { document, builder, groups: BTreeMap::new() }
    }

    fn section(&mut self, name: &str) -> Result<ScopeId, DictionaryError> {
        let Some(section) = self.document.tree.child(self.document.root, name) else {
            return Err(self.document.error(self.document.root, format!("<{name}> is missing")));
        };
        self.scope(section, Needs { members: true, components: true }, 0)
    }

    fn messages(&mut self, part: Part) -> Result<(), DictionaryError> {
        for message in self.document.section("messages")? {
            let msg_type = self.document.required_attribute(message, "msgtype")?;
            let name = self.document.tree.attribute(message, "name").unwrap_or(msg_type);
            let scope = self.scope(message, Needs { members: true, components: true }, 0)?;
            self.builder.dictionary.add_message(MessageDef {
                msg_type: msg_type.into(),
                name: name.into(),
                scope,
                part,
            });
        }
        Ok(())
    }

    fn scope(&mut self, parent: Element, needs: Needs, depth: usize) -> Result<ScopeId, DictionaryError> {
        let mut members = Vec::new();
        self.members(parent, needs, depth, &mut members)?;
        self.builder
            .dictionary
            .add_scope(members)
            .ok_or_else(|| self.document.error(parent, "more than 65,534 members"))
    }

    fn members(
        &mut self,
        parent: Element,
        needs: Needs,
        depth: usize,
        members: &mut Vec<Member>,
    ) -> Result<(), DictionaryError> {
        let document = self.document;
        if depth > DEPTH_MAX {
            let what = format!("nested deeper than {DEPTH_MAX}: does a component contain itself?");
            return Err(document.error(parent, what));
        }
        for child in document.tree.children(parent) {
            let required = document.is_required(child);
            match document.tree.name(child) {
                "field" => {
                    let tag = self.tag(child)?;
                    members.push(Member { tag, required: required && needs.members, group: None });
                }
                "group" => {
                    let tag = self.tag(child)?;
                    let group = self.group(child, required, depth)?;
                    members.push(Member { tag, required: required && needs.members, group });
                }
                "component" => {
                    let component = self.component(child)?;
                    let inside = required && needs.components;
                    let needs = Needs { members: inside, components: inside };
                    self.members(component, needs, depth + 1, members)?;
                }
                _ => {}
            }
            self.builder.members += 1;
            if self.builder.members > MEMBERS_MAX {
                return Err(document.error(child, format!("more than {MEMBERS_MAX} members in all messages")));
            }
        }
        Ok(())
    }

    /// The scope of a group's entries; none for a group without members.
    fn group(
        &mut self,
        group: Element,
        required: bool,
        depth: usize,
    ) -> Result<Option<ScopeId>, DictionaryError> {
        if let Some(known) = self.groups.get(&group) {
            return Ok(*known);
        }
        let scope = self.scope(group, Needs { members: required, components: false }, depth + 1)?;
        let known = (!self.builder.dictionary.scope(scope).members.is_empty()).then_some(scope);
        self.groups.insert(group, known);
        Ok(known)
    }

    fn tag(&self, element: Element) -> Result<u32, DictionaryError> {
        let name = self.document.required_attribute(element, "name")?;
        self.document.tags.get(name).copied().ok_or_else(|| {
            self.document.error(element, format!("{name} is not among the <fields>: define it there"))
        })
    }

    fn component(&self, element: Element) -> Result<Element, DictionaryError> {
        let name = self.document.required_attribute(element, "name")?;
        self.document.components.get(name).copied().ok_or_else(|| {
            self.document.error(element, format!("{name} is not among the <components>: define it there"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"<fix type="FIX" major="4" minor="4" servicepack="0">
<header><field name="MsgType" required="Y"/><group name="NoHops" required="N"><field name="HopCompID" required="N"/></group></header>
<trailer><field name="CheckSum" required="Y"/></trailer>
"#;
    const FIELDS: &str = r#"<fields>
<field number="35" name="MsgType" type="STRING"/>
<field number="10" name="CheckSum" type="STRING"/>
<field number="627" name="NoHops" type="NUMINGROUP"/>
<field number="628" name="HopCompID" type="STRING"/>
<field number="78" name="NoAllocs" type="NUMINGROUP"/>
<field number="79" name="AllocAccount" type="STRING"/>
<field number="80" name="AllocQty" type="QTY"/>
<field number="13" name="CommType" type="CHAR" allowOtherValues="Y"><value enum="1" description="PER_UNIT"/></field>
<field number="54" name="Side" type="CHAR"><value enum="1" description="BUY"/><value enum="&lt;" description="odd"/></field>
<field number="18" name="ExecInst" type="MULTIPLEVALUESTRING"><value enum="1"/><value enum="AA"/></field>
<field number="40001" name="Own" type="SOMETHING"/>
</fields></fix>"#;

    fn read(middle: &str) -> Result<Dictionary, DictionaryError> {
        Dictionary::from_xml(None, format!("{HEAD}{middle}{FIELDS}").as_bytes())
    }

    fn error(middle: &str) -> String {
        read(middle).map_or_else(|e| e.to_string(), |_| panic!("{middle} is taken"))
    }

    /// Tags of a scope, the required ones with `!`.
    fn members(d: &Dictionary, scope: ScopeId) -> Vec<String> {
        let of = |m: &Member| format!("{}{}", m.tag, if m.required { "!" } else { "" });
        d.scope(scope).members.iter().map(of).collect()
    }

    fn group(d: &Dictionary, scope: ScopeId, tag: u32) -> ScopeId {
        let scope = d.scope(scope);
        scope.members[scope.position(tag).expect("the count is there")].group.expect("it has entries")
    }

    #[test]
    fn requiredness_is_handed_down() {
        let d = read(
            r#"<messages>
<message name="A" msgtype="J"><component name="Block" required="Y"/></message>
<message name="B" msgtype="P"><component name="Block" required="N"/><field name="Own" required="N"/></message>
</messages><components><component name="Block">
  <field name="Side" required="Y"/>
  <group name="NoAllocs" required="Y"><field name="AllocAccount" required="Y"/><component name="More" required="Y"/></group>
</component><component name="More"><field name="AllocQty" required="Y"/></component></components>"#,
        )
        .expect("a good dictionary");
        let (j, p) = (d.message("J").expect("J").scope, d.message("P").expect("P").scope);
        assert_eq!(members(&d, j), ["54!", "78!"]);
        assert_eq!(members(&d, p), ["54", "78", "40001"]);
        assert_eq!(members(&d, group(&d, j, 78)), ["79!", "80"]);
        assert_eq!(group(&d, j, 78), group(&d, p, 78), "the group of a component is kept once");
        assert_eq!(members(&d, d.header), ["35!", "627"]);
        assert!(d.message("AS").is_none());
    }

    #[test]
    fn values_of_fields() {
        let d = read("<messages/>").expect("a good dictionary");
        let allows = |tag: u32, value: &str| d.field(tag).expect("a field").allows(value.as_bytes());
        assert!(allows(54, "1") && allows(54, "<") && !allows(54, "2") && !allows(54, "11"));
        assert!(allows(18, "1 AA") && allows(18, "AA") && !allows(18, "1 A") && !allows(18, "1  AA"));
        assert!(allows(13, "9"), "other values are allowed by the file");
        assert!(allows(40001, "anything"));
        assert_eq!(d.field(40001).map(|f| f.kind), Some(Kind::Text), "an unknown type is text");
        assert_eq!(d.field(13).map(|f| &*f.values[0].meaning), Some("per unit"));
    }

    #[test]
    fn errors_say_where_and_what_to_do() {
        for (middle, expected) in [
            (
                "<messages><message name='A' msgtype='J'>\n<field name='X' required='Y'/></message></messages>",
                "line 5: X is not among the <fields>: define it there",
            ),
            (
                "<messages><message name='A' msgtype='J'><component name='X'/></message></messages>",
                "line 4: X is not among the <components>: define it there",
            ),
            ("<messages><message name='A'/></messages>", "line 4: <message> has no attribute msgtype"),
            (
                "<messages><message name='A' msgtype='J'><component name='X'/></message></messages><components><component name='X'><component name='X'/></component></components>",
                "nested deeper than 32: does a component contain itself?",
            ),
            ("<messages><message></messages>", "line 4: this is not XML"),
            ("", "line 1: <messages> is missing"),
        ] {
            let found = error(middle);
            assert!(found.starts_with("application dictionary, ") && found.contains(expected), "{found}");
        }
        for (text, expected) in [
            ("", "there is no element"),
            ("<fix major='4' minor='4'><fields>", "the text ends inside an element"),
            ("<fix major='9' minor='4'/>", "version 9.4 is none that is spoken here"),
            (
                "<fix major='5' minor='0'><fields/></fix>",
                "have header, trailer and session messages in FIXT.1.1",
            ),
            ("<dictionary/>", "the outermost element must be <fix>"),
            (
                "<fix major='4' minor='4'><fields><field number='x' name='A' type='INT'/></fields></fix>",
                "field number \"x\" is not a whole number",
            ),
        ] {
            let found = Dictionary::from_xml(None, text.as_bytes())
                .map_or_else(|e| e.to_string(), |_| "taken".into());
            assert!(found.contains(expected), "{found}");
        }
    }

    #[test]
    fn a_component_that_doubles_at_every_level_is_refused() {
        let mut components = String::from("<component name='C0'><field name='Own'/></component>");
        for n in 1..30 {
            components += &format!(
                "<component name='C{n}'><component name='C{0}'/><component name='C{0}'/></component>",
                n - 1
            );
        }
        let found = error(&format!(
            "<messages><message name='A' msgtype='J'><component name='C29'/></message></messages><components>{components}</components>"
        ));
        assert!(found.contains("members in all messages"), "{found}");
    }

    #[test]
    fn transport_and_application_become_one() {
        let transport = HEAD
            .replace("type=\"FIX\" major=\"4\" minor=\"4\"", "type=\"FIXT\" major=\"1\" minor=\"1\"")
            + "<messages><message name='Heartbeat' msgtype='0'><field name='Side'/></message></messages>"
            + &FIELDS.replace("<value enum=\"1\" description=\"BUY\"/>", "");
        let application = r#"<fix major="5" minor="0" servicepack="2"><messages><message name="A" msgtype="J"><field name="Side"/></message></messages>
<fields><field number="54" name="Side" type="CHAR"><value enum="7"/></field><field number="1" name="Account" type="STRING"/></fields></fix>"#;
        let d = Dictionary::from_xml(Some(transport.as_bytes()), application.as_bytes())
            .expect("two good dictionaries");
        assert_eq!(d.version, Version::Fix50Sp2);
        assert_eq!(d.message("0").map(|m| m.part), Some(Part::Session));
        assert_eq!(d.message("J").map(|m| m.part), Some(Part::Application));
        let part = |tag: u32| d.field(tag).map(|f| f.part);
        assert_eq!(
            (part(54), part(1), part(80)),
            (Some(Part::Both), Some(Part::Application), Some(Part::Session))
        );
        assert!(
            d.field(54).is_some_and(|f| f.allows(b"<") && !f.allows(b"7")),
            "the transport's values count"
        );
        let twice =
            Dictionary::from_xml(Some(transport.as_bytes()), format!("{HEAD}<messages/>{FIELDS}").as_bytes());
        assert!(twice.is_err_and(|e| e.what.contains("give it alone")));
    }
}
