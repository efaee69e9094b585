//! Official ISO 20022 schema to table text: the facts (names, order, occurrence, choice, facets) in our own notation.
//!
//! Reads the subset of XSD that these schemas use: named complex types of one sequence or choice (a choice may stand inside
//! a sequence), simple content with attributes, restrictions of the built-in types. Anything else is refused by name
//! rather than passed over. The result is what [`Schema::parse`] reads.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::open::{Item, Opened};
use super::schema::{Schema, TableError};
use crate::limits::Limits;

/// Why a schema cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// Not well-formed, or over a limit.
    #[error("the schema cannot be read: {0}")]
    Xml(String),
    /// A construct that ISO 20022 schemas do not use.
    #[error("{construct} is not supported (in {context}): only the part of XSD that ISO 20022 uses is")]
    Unsupported {
        /// The XSD element or attribute.
        construct: String,
        /// Where it stands.
        context: String,
    },
    /// The target namespace names no message.
    #[error("the target namespace {0:?} does not end in a message identifier like sese.023.001.11")]
    NoMessage(String),
    /// The table that came out does not read; a bug, or a schema with dangling types.
    #[error("the compiled table does not read: {0}")]
    Table(#[from] TableError),
}

/// Compiles a schema to table text.
pub fn compile(xsd: &[u8]) -> Result<String, CompileError> {
    let document = read(xsd)?;
    let namespace = document.attribute("targetNamespace").unwrap_or_default();
    let message = namespace.rsplit(':').next().unwrap_or_default();
    if message.split('.').count() != 4 {
        return Err(CompileError::NoMessage(namespace.to_owned()));
    }
    let mut text = format!(
        "# Facts from the official schema of {message}; notation: mx/schema.rs.\nmessage {message}\n"
    );
    let roots: Vec<&Xsd> = document.children_named("element").collect();
    let root = roots.first().ok_or_else(|| unsupported("a schema without an element", message))?;
    writes(&mut text, format_args!("root {} {}\n", root.name()?, root.required("type")?));
    for child in &document.children {
        match child.tag.as_str() {
            "element" | "annotation" => {}
            "simpleType" => simple_type(&mut text, child)?,
            "complexType" => complex_type(&mut text, child)?,
            other => return Err(unsupported(other, message)),
        }
    }
    Schema::parse(&text)?;
    Ok(text)
}

fn writes(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("writing to a string does not fail");
}

fn unsupported(construct: impl Into<String>, context: impl Into<String>) -> CompileError {
    CompileError::Unsupported { construct: construct.into(), context: context.into() }
}

fn simple_type(text: &mut String, of: &Xsd) -> Result<(), CompileError> {
    let name = of.name()?;
    let restriction = of.only_child("restriction")?;
    let base = local(restriction.required("base")?);
    let mut facets: BTreeMap<&str, &str> = BTreeMap::new();
    let mut codes = Vec::new();
    for facet in &restriction.children {
        let value = facet.required("value")?;
        match facet.tag.as_str() {
            "enumeration" => codes.push(value),
            tag @ ("pattern" | "minLength" | "maxLength" | "length" | "totalDigits" | "fractionDigits"
            | "minInclusive") => {
                if facets.insert(tag, value).is_some() {
                    return Err(unsupported(format!("a second {tag}"), name));
                }
            }
            tag => return Err(unsupported(tag, name)),
        }
    }
    let length = || {
        let bound = |tag| facets.get(tag).or_else(|| facets.get("length")).copied().unwrap_or_default();
        match (bound("minLength"), bound("maxLength")) {
            ("", "") => String::new(),
            (min, max) => format!(" {min}..{max}"),
        }
    };
    let line = match base {
        "string" if !codes.is_empty() => format!("codes {name} {}", codes.join(" ")),
        "string" => {
            let pattern = facets.get("pattern").map(|p| format!(" ~{p}")).unwrap_or_default();
            format!("text {name}{}{pattern}", length())
        }
        "decimal" => {
            let digits = |tag| facets.get(tag).copied();
            let digits = match (digits("totalDigits"), digits("fractionDigits")) {
                (Some(total), Some(fraction)) => format!(" {total},{fraction}"),
                (None, None) => String::new(),
                _ => return Err(unsupported("totalDigits or fractionDigits alone", name)),
            };
            let min = facets.get("minInclusive").map(|min| format!(" >={min}")).unwrap_or_default();
            format!("number {name}{digits}{min}")
        }
        "boolean" | "date" | "dateTime" if facets.is_empty() => format!("{base} {name}"),
        "dateTime" if facets.get("pattern") == Some(&".*Z") => format!("dateTime {name}"),
        "gYear" => format!("year {name}"),
        "gYearMonth" => format!("yearMonth {name}"),
        "base64Binary" => format!("base64 {name}{}", length()),
        other => return Err(unsupported(format!("a restriction of {other}"), name)),
    };
    writes(text, format_args!("{line}\n"));
    Ok(())
}

fn complex_type(text: &mut String, of: &Xsd) -> Result<(), CompileError> {
    let name = of.name()?;
    for child in &of.children {
        match child.tag.as_str() {
            "sequence" | "choice" => {
                writes(text, format_args!("{} {name}\n", child.tag));
                for inner in &child.children {
                    match inner.tag.as_str() {
                        "choice" if child.tag == "sequence" => {
                            writes(text, format_args!("  choice{}\n", occurrence(inner)));
                            for branch in &inner.children {
                                particle(text, branch, "    ", name)?;
                            }
                        }
                        _ => particle(text, inner, "  ", name)?,
                    }
                }
            }
            "simpleContent" => {
                let extension = child.only_child("extension")?;
                writes(text, format_args!("value {name} {}", extension.required("base")?));
                for attribute in &extension.children {
                    if attribute.tag != "attribute" {
                        return Err(unsupported(&attribute.tag, name));
                    }
                    let mark = if attribute.attribute("use") == Some("required") { "" } else { "?" };
                    writes(
                        text,
                        format_args!(" @{}{mark}:{}", attribute.name()?, attribute.required("type")?),
                    );
                }
                text.push('\n');
            }
            "annotation" => {}
            other => return Err(unsupported(other, name)),
        }
    }
    Ok(())
}

fn particle(text: &mut String, of: &Xsd, indent: &str, context: &str) -> Result<(), CompileError> {
    match of.tag.as_str() {
        "element" => {
            let (name, kind) = (of.name()?, of.required("type")?);
            writes(text, format_args!("{indent}{name}{} {kind}\n", occurrence(of)));
        }
        "any" => {
            let space = match of.attribute("namespace") {
                None | Some("##any") => String::new(),
                Some(other) if other.starts_with("##") || other.contains(' ') => {
                    return Err(unsupported(format!("any of {other}"), context));
                }
                Some(space) => format!(" {space}"),
            };
            writes(text, format_args!("{indent}<any>{}{space}\n", occurrence(of)));
        }
        other => return Err(unsupported(other, context)),
    }
    Ok(())
}

fn occurrence(of: &Xsd) -> String {
    let min = of.attribute("minOccurs").unwrap_or("1");
    let max = of.attribute("maxOccurs").unwrap_or("1");
    match (min, max) {
        ("1", "1") => String::new(),
        ("0", "1") => "?".into(),
        ("0", "unbounded") => "*".into(),
        ("1", "unbounded") => "+".into(),
        (min, "unbounded") => format!("{{{min},}}"),
        (min, max) => format!("{{{min},{max}}}"),
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// An element of the schema.
#[derive(Debug, Default)]
struct Xsd {
    tag: String,
    attributes: Vec<(String, String)>,
    children: Vec<Xsd>,
}

impl Xsd {
    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn required(&self, name: &str) -> Result<&str, CompileError> {
        self.attribute(name).ok_or_else(|| unsupported(format!("no {name}"), &self.tag))
    }

    fn name(&self) -> Result<&str, CompileError> {
        self.required("name")
    }

    fn children_named<'x>(&'x self, tag: &'x str) -> impl Iterator<Item = &'x Xsd> {
        self.children.iter().filter(move |child| child.tag == tag)
    }

    fn only_child(&self, tag: &str) -> Result<&Xsd, CompileError> {
        match self.children.as_slice() {
            [child] if child.tag == tag => Ok(child),
            _ => Err(unsupported(
                format!("{} other than one {tag}", self.tag),
                self.name().unwrap_or_default(),
            )),
        }
    }
}

fn read(xsd: &[u8]) -> Result<Xsd, CompileError> {
    let wrong = |d: crate::diagnostic::Diagnostic| CompileError::Xml(d.message);
    let mut reader = Opened::new(xsd, &Limits::default()).map_err(wrong)?;
    let mut stack: Vec<Xsd> = vec![Xsd::default()];
    loop {
        match reader.next().map_err(|d| wrong(*d))? {
            Item::Over => break,
            Item::Start => {
                let attributes =
                    reader.attributes().iter().map(|a| (a.name.to_owned(), a.value().into_owned())).collect();
                let element =
                    Xsd { tag: local(reader.name().text()).to_owned(), attributes, children: Vec::new() };
                if reader.is_empty() {
                    stack.last_mut().expect("the bottom stays").children.push(element);
                } else {
                    stack.push(element);
                }
            }
            Item::End => {
                let done = stack.pop().expect("the reader pairs tags");
                stack.last_mut().expect("the bottom stays").children.push(done);
            }
            _ => {}
        }
    }
    let mut bottom = stack.pop().unwrap_or_default();
    match bottom.children.pop() {
        Some(root) if root.tag == "schema" => Ok(root),
        _ => Err(CompileError::Xml("the outermost element is not a schema".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XSD: &str = r#"<?xml version="1.0"?>
<xs:schema xmlns="urn:x" xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x:test.001.001.01">
  <xs:element name="Document" type="Document"/>
  <xs:complexType name="Document"><xs:sequence>
    <xs:element name="Id" type="Max35Text"/>
    <xs:element maxOccurs="5" minOccurs="0" name="Line" type="Max35Text"/>
    <xs:choice minOccurs="0"><xs:element name="A" type="Amt"/><xs:element name="B" type="Code"/></xs:choice>
    <xs:any namespace='##any' processContents="lax"/>
  </xs:sequence></xs:complexType>
  <xs:simpleType name="Max35Text"><xs:restriction base="xs:string"><xs:minLength value="1"/><xs:maxLength value="35"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Code"><xs:restriction base="xs:string"><xs:enumeration value="ONE"/><xs:enumeration value="TWO"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Amt_S"><xs:restriction base="xs:decimal"><xs:fractionDigits value="5"/><xs:totalDigits value="18"/><xs:minInclusive value="0"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="Ccy"><xs:restriction base="xs:string"><xs:pattern value="[A-Z]{3,3}"/></xs:restriction></xs:simpleType>
  <xs:complexType name="Amt"><xs:simpleContent><xs:extension base="Amt_S"><xs:attribute name="Ccy" type="Ccy" use="required"/></xs:extension></xs:simpleContent></xs:complexType>
</xs:schema>"#;

    #[test]
    fn a_small_schema_becomes_a_table() {
        let table = compile(XSD.as_bytes()).expect("supported");
        let expected = "\
message test.001.001.01
root Document Document
sequence Document
  Id Max35Text
  Line{0,5} Max35Text
  choice?
    A Amt
    B Code
  <any>
text Max35Text 1..35
codes Code ONE TWO
number Amt_S 18,5 >=0
text Ccy ~[A-Z]{3,3}
value Amt Amt_S @Ccy:Ccy
";
        assert_eq!(table.split_once('\n').map(|(_, rest)| rest), Some(expected));
    }

    #[test]
    fn what_iso_does_not_use_is_refused() {
        for (from, to) in [
            ("xs:sequence>", "xs:all>"),
            ("xs:maxLength", "xs:maxExclusive"),
            ("xs:string", "xs:hexBinary"),
            ("urn:x:test.001.001.01", "urn:x:test"),
            ("type=\"Code\"", "type=\"Nope\""),
            ("</xs:schema>", ""),
        ] {
            assert!(compile(XSD.replace(from, to).as_bytes()).is_err(), "{from} -> {to}");
        }
    }
}
