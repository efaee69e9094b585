//! The formats of the fields of category 5, as data.

use std::sync::LazyLock;

use super::notation::Notation;
use super::tag::{CODES, Code};

/// A field of category 5.
#[derive(Debug)]
pub struct Format {
    /// `95P`.
    pub tag: &'static str,
    /// `:4!c//4!a2!a2!c[3!c]`.
    pub notation: &'static str,
    /// A name for people.
    pub label: &'static str,
    /// The notation, compiled.
    pub compiled: Notation,
    /// Whether it holds an amount of money, which is bound to the decimals of its currency.
    pub(super) money: bool,
    /// Whether lists of codes govern it.
    pub(super) coded: bool,
    /// Whether its free part must not start or end with a slash nor hold two in a row (T26).
    pub slash_rule: bool,
}

/// The format of a tag, where category 5 knows it.
pub fn of(tag: &[u8]) -> Option<&'static Format> {
    of_code(Code::of(tag))
}

/// The same for the number of a tag.
pub(super) fn of_code(code: Code) -> Option<&'static Format> {
    COMPILED.get(index(code)?)
}

/// The number of a tag's format in the list of all.
pub(super) fn index(code: Code) -> Option<usize> {
    usize::from(*INDEX.get(code.row())?).checked_sub(1)
}

/// More than there are formats.
pub(super) const COUNT_MAX: usize = 128;

/// All formats, in order of their tags.
pub fn all() -> &'static [Format] {
    &COMPILED
}

static COMPILED: LazyLock<Vec<Format>> = LazyLock::new(|| {
    FORMATS
        .iter()
        .map(|&(tag, notation, label)| Format {
            tag,
            notation,
            label,
            compiled: Notation::compile(notation)
                .expect("the table holds well-formed notation; a test reads it all"),
            money: tag == "19A",
            coded: matches!(tag, "23G" | "24B" | "25D"),
            slash_rule: SLASH_RULE.contains(&tag),
        })
        .collect()
});

/// One more than the number of the format, by tag; 0 for none.
static INDEX: [u8; CODES] = {
    assert!(FORMATS.len() < COUNT_MAX);
    let mut index = [0; CODES];
    let mut format = 0;
    while format < FORMATS.len() {
        index[Code::of(FORMATS[format].0.as_bytes()).row()] = format as u8 + 1;
        format += 1;
    }
    index
};

/// Fields whose free part the slash rule holds for.
const SLASH_RULE: &[&str] = &["13B", "20C", "20N", "20U", "94B", "95Q", "95R", "95S"];

/// Tag, format, name for people.
#[rustfmt::skip]
const FORMATS: &[(&str, &str, &str)] = &[
    ("11A", ":4!c//3!a", "Currency"),
    ("12A", ":4!c/[8c]/30x", "Type of instrument"),
    ("12B", ":4!c/[8c]/4!c", "Type of instrument"),
    ("12C", ":4!c//6!c", "Type of instrument"),
    ("13A", ":4!c//3!c", "Number"),
    ("13B", ":4!c/[8c]/30x", "Number"),
    ("13J", ":4!c//5!c", "Number"),
    ("13K", ":4!c//3!c/15d", "Number"),
    ("16R", "16c", "Sequence"),
    ("16S", "16c", "Sequence"),
    ("17B", ":4!c//1!a", "Flag"),
    ("19A", ":4!c//[N]3!a15d", "Amount"),
    ("20C", ":4!c//16x", "Reference"),
    ("20N", ":4!c//35x", "Reference"),
    ("20U", ":4!c//52x", "Reference"),
    ("22F", ":4!c/[8c]/4!c", "Indicator"),
    ("22H", ":4!c//4!c", "Indicator"),
    ("23G", "4!c[/4!c]", "Function"),
    ("24B", ":4!c/[8c]/4!c", "Reason"),
    ("25D", ":4!c/[8c]/4!c", "Status"),
    ("28E", "5n/4!c", "Page"),
    ("35B", "[ISIN1!e12!c][4*35x]", "Instrument"),
    ("36B", ":4!c//4!c/15d", "Quantity"),
    ("36D", ":4!c//4!c/30d", "Quantity"),
    ("69A", ":4!c//8!n/8!n", "Period"),
    ("69B", ":4!c//8!n6!n/8!n6!n", "Period"),
    ("69C", ":4!c//8!n/4!c", "Period"),
    ("69D", ":4!c//8!n6!n/4!c", "Period"),
    ("69E", ":4!c//4!c/8!n", "Period"),
    ("69F", ":4!c//4!c/8!n6!n", "Period"),
    ("69J", ":4!c//4!c", "Period"),
    ("70C", ":4!c//4*35x", "Narrative"),
    ("70D", ":4!c//6*35x", "Narrative"),
    ("70E", ":4!c//10*35x", "Narrative"),
    ("70H", ":4!c//2500z", "Narrative"),
    ("90A", ":4!c//4!c/[N]15d", "Price"),
    ("90B", ":4!c//4!c/3!a15d", "Price"),
    ("90E", ":4!c//4!c", "Price"),
    ("92A", ":4!c//[N]15d", "Rate"),
    ("92B", ":4!c//3!a/3!a/15d", "Rate"),
    ("92C", ":4!c/[8c]/24x", "Rate"),
    ("93A", ":4!c/[8c]/4!c", "Balance"),
    ("93B", ":4!c/[8c]/4!c/[N]15d", "Balance"),
    ("93C", ":4!c//4!c/4!c/[N]15d", "Balance"),
    ("93E", ":4!c//4!c/4!c/[N]30d", "Balance"),
    ("93F", ":4!c/[8c]/4!c/[N]30d", "Balance"),
    ("94B", ":4!c/[8c]/4!c[/30x]", "Place"),
    ("94C", ":4!c//2!a", "Place"),
    ("94D", ":4!c//[2!a]/35x", "Place"),
    ("94F", ":4!c//4!c/4!a2!a2!c[3!c]", "Place"),
    ("94H", ":4!c//4!a2!a2!c[3!c]", "Place"),
    ("94L", ":4!c//18!c2!n", "Place"),
    ("94S", ":4!c/[8c]/4!c[/140x]", "Place"),
    ("94T", ":4!c//9!x", "Place"),
    ("95C", ":4!c//2!a", "Party"),
    ("95D", ":4!c//9!x", "Party"),
    ("95L", ":4!c//18!c2!n", "Party"),
    ("95P", ":4!c//4!a2!a2!c[3!c]", "Party"),
    ("95Q", ":4!c//4*35x", "Party"),
    ("95R", ":4!c/8c/34x", "Party"),
    ("95S", ":4!c/[8c]/4!c/2!a/30x", "Party"),
    ("97A", ":4!c//35x", "Account"),
    ("97B", ":4!c/[8c]/4!c/35x", "Account"),
    ("97D", ":4!c/[8c]/140x", "Account"),
    ("97E", ":4!c//34x", "Account"),
    ("98A", ":4!c//8!n", "Date"),
    ("98B", ":4!c/[8c]/4!c", "Date"),
    ("98C", ":4!c//8!n6!n", "Date"),
    ("98E", ":4!c//8!n6!n[,3n][/[N]2!n[2!n]]", "Date"),
    ("99A", ":4!c//[N]3!n", "Number count"),
    ("99B", ":4!c//3!n", "Number count"),
    ("99C", ":4!c//6!n", "Number count"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_compiles_and_is_found_by_its_tag() {
        for format in all() {
            assert_eq!(of(format.tag.as_bytes()).map(|f| f.notation), Some(format.notation));
        }
        assert!(of(b"95").is_none() && of(b"95Z").is_none() && of(b"").is_none());
        for tag in SLASH_RULE {
            assert!(of(tag.as_bytes()).is_some_and(|f| f.slash_rule), "{tag}");
        }
    }
}
