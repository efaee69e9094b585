//! The committed tables: which messages are known by heart, and the schema of each, read when it is first asked for.
//!
//! ISO 20022 names a type for good: two messages that use `PartyIdentification144` mean the same. So every type stands
//! once, in `tables/values.table` or `tables/elements.table`, and a message is one line in `tables/messages.table`: its
//! identifier, the way to its first own element, and that element's type.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::OnceLock;

use super::schema::Schema;

const MESSAGES: &str = include_str!("tables/messages.table");
const TYPES: [&str; 2] = [include_str!("tables/values.table"), include_str!("tables/elements.table")];

/// A message that is known by heart.
struct Known {
    message: &'static str,
    /// `Document/SctiesSttlmTxInstr`, or the outermost element alone.
    root: &'static str,
    of: &'static str,
    schema: OnceLock<Schema>,
}

struct Catalogue {
    messages: Vec<Known>,
    /// The text of each type by its name.
    types: BTreeMap<&'static str, &'static str>,
}

static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();

/// The name of a type, from the text that defines it.
fn name_of(block: &str) -> &str {
    block.split_whitespace().nth(1).unwrap_or_default()
}

/// The types of a table, one text each: a line that is not indented and the indented ones after it.
fn blocks(table: &str) -> impl Iterator<Item = &str> {
    let mut rest = table;
    std::iter::from_fn(move || {
        let end = rest.match_indices('\n').map(|(at, _)| at + 1).find(|at| !rest[*at..].starts_with(' '));
        let (block, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        (!block.is_empty()).then_some(block)
    })
}

fn catalogue() -> &'static Catalogue {
    CATALOGUE.get_or_init(|| {
        let lines = MESSAGES.lines().filter(|line| !line.starts_with('#'));
        let messages = lines.filter_map(|line| {
            let mut words = line.split(' ');
            let (message, root, of) = (words.next()?, words.next()?, words.next()?);
            Some(Known { message, root, of, schema: OnceLock::new() })
        });
        let types = TYPES.iter().flat_map(|table| blocks(table)).filter(|block| !block.starts_with('#'));
        Catalogue { messages: messages.collect(), types: types.map(|b| (name_of(b), b)).collect() }
    })
}

/// Every message that is known by heart, in the order of its identifier.
pub fn messages() -> impl Iterator<Item = &'static str> {
    catalogue().messages.iter().map(|known| known.message)
}

/// The table of a message as one text, with all the types that it reaches.
fn text(known: &Known) -> String {
    let types = &catalogue().types;
    let (outermost, inner) = known.root.split_once('/').map_or((known.root, None), |(o, i)| (o, Some(i)));
    let mut text = format!("message {}\n", known.message);
    let top = if inner.is_some() { "Document" } else { known.of };
    writeln!(text, "root {outermost} {top}").expect("writing to a string does not fail");
    if let Some(inner) = inner {
        writeln!(text, "sequence Document\n  {inner} {}", known.of)
            .expect("writing to a string does not fail");
    }
    let (mut seen, mut open) = (BTreeMap::new(), vec![known.of]);
    while let Some(name) = open.pop() {
        let Some(block) = types.get(name) else { continue };
        if seen.insert(name, *block).is_none() {
            open.extend(references(block));
        }
    }
    seen.values().for_each(|block| text.push_str(block));
    text
}

/// The names of the types that a type is made of.
fn references(block: &str) -> impl Iterator<Item = &str> {
    block.lines().enumerate().flat_map(|(at, line)| {
        let keep = at > 0 || line.starts_with("value ");
        let skip = if at == 0 { 2 } else { 1 };
        let words = line.trim_start().split(' ').skip(skip).filter(move |_| keep);
        words.map(|word| word.rsplit(':').next().unwrap_or(word))
    })
}

/// A table, and whether it is the message's own or that of its nearest version.
#[derive(Debug, Clone, Copy)]
pub struct Found<'s> {
    /// The table.
    pub schema: &'s Schema,
    /// The very version that was asked for.
    pub exact: bool,
}

/// The table of a message identifier, or that of the nearest version of the same message.
pub fn find(message: &str) -> Option<Found<'static>> {
    let known = &catalogue().messages;
    let same = known.binary_search_by(|candidate| candidate.message.cmp(message)).ok();
    let found = known.get(same.or_else(|| nearest(message))?)?;
    let read = || Schema::parse(&text(found)).expect("committed tables are tested to read");
    Some(Found { schema: found.schema.get_or_init(read), exact: same.is_some() })
}

/// The known version next to this one.
fn nearest(message: &str) -> Option<usize> {
    let (wanted, variant, version) = split(message)?;
    let distance = |candidate: &str| {
        let (name, other_variant, other) = split(candidate)?;
        (wanted == name).then(|| (variant.abs_diff(other_variant), version.abs_diff(other)))
    };
    let candidates = catalogue().messages.iter().enumerate();
    candidates
        .filter_map(|(index, known)| Some((distance(known.message)?, index)))
        .min()
        .map(|(_, index)| index)
}

/// The message whose first own element has this name: the newest version of it.
pub(super) fn by_root(name: &str) -> Option<&'static str> {
    let known = catalogue().messages.iter().rev();
    known.filter(|k| k.root.rsplit('/').next() == Some(name)).map(|k| k.message).next()
}

/// The name of the first own element of a message.
#[allow(dead_code, reason = "for the mappings that ask by root")]
pub(super) fn root(message: &str) -> Option<&'static str> {
    let known = catalogue().messages.iter().find(|known| known.message == message)?;
    known.root.rsplit('/').next()
}

/// `sese.023.001.11` as name, variant and version.
fn split(message: &str) -> Option<(&str, u32, u32)> {
    let (rest, version) = message.rsplit_once('.')?;
    let (name, variant) = rest.rsplit_once('.')?;
    Some((name, variant.parse().ok()?, version.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mx::compile::compile;

    #[test]
    fn the_nearest_version_is_found() {
        for (asked, found, exact) in [
            ("sese.023.001.11", "sese.023.001.11", true),
            ("sese.023.001.09", "sese.023.001.11", false),
            ("sese.023.002.11", "sese.023.001.11", false),
            ("sese.024.001.99", "sese.024.001.14", false),
            ("head.001.001.01", "head.001.001.02", false),
        ] {
            let got = find(asked).expect(asked);
            assert_eq!((got.schema.message(), got.exact), (found, exact), "{asked}");
        }
        for unknown in ["pacs.008.001.08", "sese.023", "", "sese.023.x.y", "...."] {
            assert!(find(unknown).is_none(), "{unknown}");
        }
    }

    #[test]
    fn every_committed_table_reads() {
        let mut before = "";
        for message in messages() {
            assert!(before < message, "{message} is out of order");
            before = message;
            let schema = find(message).expect("its table").schema;
            assert_eq!(schema.message(), message);
            assert!(schema.cursor(schema.root().type_id).is_some(), "{message}: the root has no children");
        }
    }

    /// With the official schemas at hand, the committed tables must be what comes out of them; `UPDATE_TABLES=1` writes
    /// them anew.
    #[test]
    fn committed_tables_are_what_the_schemas_say() {
        let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let Ok(folder) = std::fs::read_dir(manifest.join("../../shared/reference/xsd")) else { return };
        let mut files: Vec<_> = folder.map(|entry| entry.expect("a file").path()).collect();
        files.sort();
        let mut lines = String::from(
            "# message, way to its first own element, type of that; facts from the official schemas\n",
        );
        let mut types: BTreeMap<String, String> = BTreeMap::new();
        for file in files {
            let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if name.split('.').nth(2) != Some("001") || !name.ends_with(".xsd") {
                continue;
            }
            let table = compile(&std::fs::read(&file).expect("a schema")).expect("it compiles");
            let mut words = Vec::new();
            for block in blocks(&table).filter(|block| !block.starts_with('#')) {
                match block.split_whitespace().next() {
                    Some("message") => words.push(name_of(block).to_owned()),
                    Some("root") => words.push(name_of(block).to_owned()),
                    _ if name_of(block) == "Document" => {
                        let line = block.lines().nth(1).expect("one child").trim();
                        let (child, of) = line.split_once(' ').expect("name and type");
                        words[1] = format!("Document/{child}");
                        words.push(of.to_owned());
                    }
                    _ => {
                        let before = types.insert(name_of(block).to_owned(), block.to_owned());
                        assert!(before.is_none_or(|before| before == block), "{name}: {block}");
                    }
                }
            }
            if words.len() == 2 {
                let root = blocks(&table).find(|block| block.starts_with("root ")).expect("a root");
                words.push(root.split_whitespace().nth(2).expect("its type").to_owned());
            }
            writeln!(lines, "{}", words.join(" ")).expect("writing to a string does not fail");
        }
        let of = |elements: bool| -> String {
            let is = |block: &&String| block.starts_with("sequence ") || block.starts_with("choice ");
            let head =
                "# types of the ISO 20022 messages in messages.table, by name; notation: mx/schema.rs\n";
            std::iter::once(head)
                .chain(types.values().filter(|b| is(b) == elements).map(String::as_str))
                .collect()
        };
        for (name, made, committed) in
            [("messages", lines, MESSAGES), ("values", of(false), TYPES[0]), ("elements", of(true), TYPES[1])]
        {
            if std::env::var_os("UPDATE_TABLES").is_some() {
                std::fs::write(manifest.join(format!("src/mx/tables/{name}.table")), made).expect("written");
            } else {
                assert!(
                    made == committed,
                    "{name}.table is not what the schemas say: UPDATE_TABLES=1 writes it"
                );
            }
        }
    }
}
