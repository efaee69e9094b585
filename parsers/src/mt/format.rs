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
    /// The names of what the value is made of, in order: `Qualifier`, `DataSourceScheme`, `Indicator`. Lines of text are one
    /// component, and so is the letter N that makes a number negative (`Sign`).
    pub components: &'static [&'static str],
    /// The notation, compiled.
    pub compiled: Notation,
    /// Whether it holds an amount of money, which is bound to the decimals of its currency.
    pub(super) money: bool,
    /// Whether a value of its form may still be wrong for what it stands for.
    pub(super) particular: bool,
    /// Whether lists of codes govern it, or a check digit that its format does not know.
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
        .map(|&(tag, notation, label, components)| Format {
            tag,
            notation,
            label,
            components,
            compiled: Notation::compile(notation)
                .expect("the table holds well-formed notation; a test reads it all"),
            particular: tag == "19A" || tag == "35B" || SLASH_RULE.contains(&tag),
            money: tag == "19A",
            coded: matches!(tag, "23G" | "24B" | "25D" | "97E"),
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

/// Tag, format, name for people, names of the components.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

#[rustfmt::skip]
const FORMATS: &[Row] = &[
    ("11A", ":4!c//3!a", "Currency", &["Qualifier", "CurrencyCode"]),
    ("12A", ":4!c/[8c]/30x", "Type of instrument", &["Qualifier", "DataSourceScheme", "InstrumentCodeOrDescription"]),
    ("12B", ":4!c/[8c]/4!c", "Type of instrument", &["Qualifier", "DataSourceScheme", "InstrumentTypeCode"]),
    ("12C", ":4!c//6!c", "Type of instrument", &["Qualifier", "CFICode"]),
    ("13A", ":4!c//3!c", "Number", &["Qualifier", "NumberId"]),
    ("13B", ":4!c/[8c]/30x", "Number", &["Qualifier", "DataSourceScheme", "Number"]),
    ("13J", ":4!c//5!c", "Number", &["Qualifier", "ExtendedNumberId"]),
    ("13K", ":4!c//3!c/15d", "Number", &["Qualifier", "NumberId", "Quantity"]),
    ("16R", "16c", "Sequence", &["BlockName"]),
    ("16S", "16c", "Sequence", &["BlockName"]),
    ("17B", ":4!c//1!a", "Flag", &["Qualifier", "Flag"]),
    ("19A", ":4!c//[N]3!a15d", "Amount", &["Qualifier", "Sign", "CurrencyCode", "Amount"]),
    ("20C", ":4!c//16x", "Reference", &["Qualifier", "Reference"]),
    ("20N", ":4!c//35x", "Reference", &["Qualifier", "Reference"]),
    ("20U", ":4!c//52x", "Reference", &["Qualifier", "Reference"]),
    ("22F", ":4!c/[8c]/4!c", "Indicator", &["Qualifier", "DataSourceScheme", "Indicator"]),
    ("22H", ":4!c//4!c", "Indicator", &["Qualifier", "Indicator"]),
    ("23G", "4!c[/4!c]", "Function", &["Function", "Subfunction"]),
    ("24B", ":4!c/[8c]/4!c", "Reason", &["Qualifier", "DataSourceScheme", "ReasonCode"]),
    ("25D", ":4!c/[8c]/4!c", "Status", &["Qualifier", "DataSourceScheme", "StatusCode"]),
    ("28E", "5n/4!c", "Page", &["PageNumber", "ContinuationIndicator"]),
    ("35B", "[ISIN1!e12!c][4*35x]", "Instrument", &["ISIN", "Description"]),
    ("36B", ":4!c//4!c/15d", "Quantity", &["Qualifier", "QuantityTypeCode", "Quantity"]),
    ("36D", ":4!c//4!c/30d", "Quantity", &["Qualifier", "QuantityTypeCode", "QuantityOfDigitalTokens"]),
    ("69A", ":4!c//8!n/8!n", "Period", &["Qualifier", "Date1", "Date2"]),
    ("69B", ":4!c//8!n6!n/8!n6!n", "Period", &["Qualifier", "Date1", "Time1", "Date2", "Time2"]),
    ("69C", ":4!c//8!n/4!c", "Period", &["Qualifier", "Date", "DateCode"]),
    ("69D", ":4!c//8!n6!n/4!c", "Period", &["Qualifier", "Date", "Time", "DateCode"]),
    ("69E", ":4!c//4!c/8!n", "Period", &["Qualifier", "DateCode", "Date"]),
    ("69F", ":4!c//4!c/8!n6!n", "Period", &["Qualifier", "DateCode", "Date", "Time"]),
    ("69J", ":4!c//4!c", "Period", &["Qualifier", "DateCode"]),
    ("70C", ":4!c//4*35x", "Narrative", &["Qualifier", "Narrative"]),
    ("70D", ":4!c//6*35x", "Narrative", &["Qualifier", "Narrative"]),
    ("70E", ":4!c//10*35x", "Narrative", &["Qualifier", "Narrative"]),
    ("70H", ":4!c//2500z", "Narrative", &["Qualifier", "Narrative"]),
    ("90A", ":4!c//4!c/[N]15d", "Price", &["Qualifier", "PercentageTypeCode", "Sign", "Price"]),
    ("90B", ":4!c//4!c/3!a15d", "Price", &["Qualifier", "AmountTypeCode", "CurrencyCode", "Price"]),
    ("90E", ":4!c//4!c", "Price", &["Qualifier", "PriceCode"]),
    ("92A", ":4!c//[N]15d", "Rate", &["Qualifier", "Sign", "Rate"]),
    ("92B", ":4!c//3!a/3!a/15d", "Rate", &["Qualifier", "FirstCurrencyCode", "SecondCurrencyCode", "Rate"]),
    ("92C", ":4!c/[8c]/24x", "Rate", &["Qualifier", "DataSourceScheme", "RateName"]),
    ("93A", ":4!c/[8c]/4!c", "Balance", &["Qualifier", "DataSourceScheme", "SubbalanceType"]),
    ("93B", ":4!c/[8c]/4!c/[N]15d", "Balance", &["Qualifier", "DataSourceScheme", "QuantityTypeCode", "Sign", "Balance"]),
    ("93C", ":4!c//4!c/4!c/[N]15d", "Balance", &["Qualifier", "QuantityTypeCode", "BalanceTypeCode", "Sign", "Balance"]),
    ("93E", ":4!c//4!c/4!c/[N]30d", "Balance", &["Qualifier", "QuantityTypeCode", "BalanceTypeCode", "Sign", "BalanceOfDigitalTokens"]),
    ("93F", ":4!c/[8c]/4!c/[N]30d", "Balance", &["Qualifier", "DataSourceScheme", "QuantityTypeCode", "Sign", "BalanceOfDigitalTokens"]),
    ("94B", ":4!c/[8c]/4!c[/30x]", "Place", &["Qualifier", "DataSourceScheme", "PlaceCode", "Narrative"]),
    ("94C", ":4!c//2!a", "Place", &["Qualifier", "CountryCode"]),
    ("94D", ":4!c//[2!a]/35x", "Place", &["Qualifier", "CountryCode", "Place"]),
    ("94F", ":4!c//4!c/4!a2!a2!c[3!c]", "Place", &["Qualifier", "PlaceCode", "IdentifierCode"]),
    ("94H", ":4!c//4!a2!a2!c[3!c]", "Place", &["Qualifier", "IdentifierCode"]),
    ("94L", ":4!c//18!c2!n", "Place", &["Qualifier", "LegalEntityIdentifier"]),
    ("94S", ":4!c/[8c]/4!c[/140x]", "Place", &["Qualifier", "DataSourceScheme", "PlaceCode", "Narrative"]),
    ("94T", ":4!c//9!x", "Place", &["Qualifier", "DigitalLedgerIdentifier"]),
    ("95C", ":4!c//2!a", "Party", &["Qualifier", "CountryCode"]),
    ("95D", ":4!c//9!x", "Party", &["Qualifier", "DigitalLedgerIdentifier"]),
    ("95L", ":4!c//18!c2!n", "Party", &["Qualifier", "LegalEntityIdentifier"]),
    ("95P", ":4!c//4!a2!a2!c[3!c]", "Party", &["Qualifier", "IdentifierCode"]),
    ("95Q", ":4!c//4*35x", "Party", &["Qualifier", "NameAndAddress"]),
    ("95R", ":4!c/8c/34x", "Party", &["Qualifier", "DataSourceScheme", "ProprietaryCode"]),
    ("95S", ":4!c/[8c]/4!c/2!a/30x", "Party", &["Qualifier", "DataSourceScheme", "TypeOfID", "CountryCode", "AlternateID"]),
    ("97A", ":4!c//35x", "Account", &["Qualifier", "AccountNumber"]),
    ("97B", ":4!c/[8c]/4!c/35x", "Account", &["Qualifier", "DataSourceScheme", "AccountTypeCode", "AccountNumber"]),
    ("97D", ":4!c/[8c]/140x", "Account", &["Qualifier", "DataSourceScheme", "IdentificationOfBlockchainOrWallet"]),
    ("97E", ":4!c//34x", "Account", &["Qualifier", "InternationalBankAccountNumber"]),
    ("98A", ":4!c//8!n", "Date", &["Qualifier", "Date"]),
    ("98B", ":4!c/[8c]/4!c", "Date", &["Qualifier", "DataSourceScheme", "DateCode"]),
    ("98C", ":4!c//8!n6!n", "Date", &["Qualifier", "Date", "Time"]),
    ("98E", ":4!c//8!n6!n[,3n][/[N]2!n[2!n]]", "Date", &["Qualifier", "Date", "Time", "Decimals", "Sign", "Offset"]),
    ("99A", ":4!c//[N]3!n", "Number count", &["Qualifier", "Sign", "Number"]),
    ("99B", ":4!c//3!n", "Number count", &["Qualifier", "Number"]),
    ("99C", ":4!c//6!n", "Number count", &["Qualifier", "Number"]),
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
    #[test]
    fn components_are_named_as_the_notation_has_them() {
        for format in all() {
            let has = |name| format.components.contains(&name);
            assert_eq!(has("Qualifier"), format.notation.starts_with(':'), "{}", format.tag);
            assert_eq!(has("Sign"), format.notation.contains("[N]"), "{}", format.tag);
            let scheme = format.notation.contains("/[8c]/") || format.notation.contains("/8c/");
            assert_eq!(has("DataSourceScheme"), scheme, "{}", format.tag);
            let names: std::collections::BTreeSet<_> = format.components.iter().collect();
            assert!(!names.is_empty() && names.len() == format.components.len(), "{}", format.tag);
        }
    }
}
