//! What is compared: one row for each field. The rows print themselves into `docs/matching.md`.

use serde::{Deserialize, Serialize};

/// A field that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Buy or sell.
    Side,
    /// The instrument.
    Instrument,
    /// The quantity.
    Quantity,
    /// The price.
    Price,
    /// Net money.
    Net,
    /// Accrued interest.
    Accrued,
    /// The currency.
    Currency,
    /// The trade date.
    TradeDate,
    /// The settlement date.
    SettlementDate,
    /// The account.
    Account,
    /// The broker.
    Broker,
    /// Against payment or free.
    Payment,
    /// Gross money: the principal.
    Gross,
    /// Commission.
    Commission,
    /// Fees and taxes, all together.
    Fees,
}

/// What may be said of a field in a matching profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldRow {
    /// Which.
    pub field: Field,
    /// Its name in a profile.
    pub name: &'static str,
    /// Whether a tolerance may be given; else they must be equal, or are not compared.
    pub tolerates: bool,
    /// Whether a trade is told by it, so that it is always compared.
    pub identifies: bool,
    /// What it is.
    pub words: &'static str,
}

/// All fields, each at its own place: the order in which differences are named.
pub const FIELDS: [FieldRow; 15] = [
    row(Field::Side, "side", false, true, "buy or sell, from the investor's view"),
    row(
        Field::Instrument,
        "instrument",
        false,
        true,
        "ISIN; where one side has none, a common other identifier or symbol",
    ),
    row(Field::Quantity, "quantity", true, false, "in the same kind: units or face amount"),
    row(Field::Price, "price", true, false, "of the same kind: an amount, a percentage, a yield ..."),
    row(Field::Net, "net", true, false, "net money, in the same currency"),
    row(Field::Accrued, "accrued", true, false, "accrued interest, in the same currency"),
    row(Field::Currency, "currency", false, false, "of the net money, else of the gross, else of the price"),
    row(Field::TradeDate, "trade_date", false, false, "the day, without the time"),
    row(Field::SettlementDate, "settlement_date", false, false, "the intended settlement date"),
    row(Field::Account, "account", false, false, "as both know it"),
    row(Field::Broker, "broker", false, false, "the same office: branches count as one"),
    row(Field::Payment, "payment", false, false, "against payment or free"),
    row(
        Field::Gross,
        "gross",
        true,
        false,
        "the principal, in the same currency; not compared unless a profile says so",
    ),
    row(
        Field::Commission,
        "commission",
        true,
        false,
        "in the same currency; not compared unless a profile says so",
    ),
    row(
        Field::Fees,
        "fees",
        true,
        false,
        "the sum of fees and taxes in the currency of the first; not compared unless a profile says so",
    ),
];

const fn row(
    field: Field,
    name: &'static str,
    tolerates: bool,
    identifies: bool,
    words: &'static str,
) -> FieldRow {
    FieldRow { field, name, tolerates, identifies, words }
}

/// `docs/matching.md`.
pub fn page() -> String {
    let mut page = String::from(
        "# Matching: what is compared, and how far it may differ\n\nPrinted from `src/kernel/matching/field.rs`; a test keeps it equal.\n\n\
         An allocation and a confirmation are paired when the confirmation names the share. One that names none is paired by side, \
         security, account, trade date and broker (below). Then both are compared field by field. What differs is named with both values \
         and the tolerance; a field that only one side says does not differ, unless it is `must_say`.\n\n\
         | field | tolerance | what |\n| --- | --- | --- |\n",
    );
    for row in &FIELDS {
        let takes = match (row.tolerates, row.identifies) {
            (true, _) => "any",
            (false, true) => "`exact`, `must_say`",
            (false, false) => "`exact`, `must_say`, `off`",
        };
        page.push_str(&format!("| `{}` | {takes} | {} |\n", row.name, row.words));
    }
    page.push_str(
        "\n## Tolerances\n\n\
         | written as | lets pass |\n| --- | --- |\n\
         | `\"exact\"` | nothing |\n\
         | `{ percent = { percent = \"2\" } }` | two of a hundred of our value, up or down (FIX tag 2778 says the same as 0.02) |\n\
         | `{ percent = { percent = \"2\", cap = \"100\" } }` | the same, but never more than 100 units |\n\
         | `{ absolute = { below = \"1\", above = \"0.5\" } }` | theirs may be one unit less or half a unit more than ours |\n\
         | `\"off\"` | anything: it is not compared |\n\
         | `\"must_say\"` | nothing, and both must say it |\n\n\
         ## Pairing\n\n\
         Of all sides of one quantity that are told by the same and look for a partner, the pair that fits best is made, then the best of \
         what is left: fewest fields that differ, then the nearest price, then the nearest net money, then by the references of \
         allocation and confirmation. Arrival plays no part, so the same sides end as the same pairs in any order; but what agrees within \
         tolerance is affirmed and instructed at once, and is final. A pair that differs gives way to a better one. Sides of different \
         quantities are paired only while one of each is left. More than 48 sides of one quantity are not weighed one by one: those of the nearest \
         prices are. A confirmation that names an allocation waits for that one; when its deadline has passed (or the \
         allocation was taken back) it may belong to another. Of two that name the same share the better one stays with it.\n\n\
         | status | when |\n| --- | --- |\n\
         | unmatched | one side is missing |\n\
         | mismatched | both are there and differ; the fields are named |\n\
         | matched | both agree |\n\
         | match agreed | affirmed: neither side takes it back alone |\n\
         | cancel requested | one side wants it cancelled (`cancel_requested`); when the other asks too, or a person agrees for it, it is; \
         when a person declines, it stays |\n\
         | cancelled | taken back, or its side went to another trade (`joined`) |\n\n\
         Persons pair (`finality order pair`), let pass what differs and may differ (`match`), and part a pair (`part`), which then does not come \
         together by itself again; each takes two people where users are configured ([access.md](access.md)).\n\n\
         ## Profiles\n\n\
         `[[profile.matching]]` names a profile: `name`, `version`, for whom it is (`counterparty`, `currency`, `asset_class` = `equity` or \
         `fixed_income`; none of them: for all) and `fields`. The one that names the counterparty goes before one that names the \
         currency, and that before one that names the asset class; of two that are as near, the first by name holds. For \
         fields that it does not name, `[profile.tolerances]` holds. An asset counted by face amount, or with accrued interest, is \
         fixed income.\n\n\
         `finality match --store DIR --what-if FILE` compares all trades of a store that have both sides once more under other \
         rules, and says which would match and which would not, without effect. `finality match --store DIR --near TRADE` shows \
         who could be the other side of a trade, field by field.\n",
    );
    page
}

impl Field {
    /// Its row.
    pub fn row(self) -> &'static FieldRow {
        &FIELDS[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_row_in_its_place() {
        // A field that is added stands behind the last, and needs a row: there is none at its place.
        let last = Field::Fees as usize;
        assert_eq!(last + 1, FIELDS.len());
        for (place, row) in FIELDS.iter().enumerate() {
            assert_eq!((row.field as usize, row.field.row()), (place, row));
        }
    }
}
