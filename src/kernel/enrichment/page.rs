//! `docs/ssi.md`: what the tables of this folder say.

use std::fmt::Write as _;

use super::checks::CHECKS;
use super::library::SHAPES;
use super::places::{LINKS, PLACES};
use crate::exceptions::reason::ReasonCode;

/// The page.
pub fn page() -> String {
    let mut page = String::from(INTRODUCTION);
    page.push_str("\n## Which record counts\n\n");
    page.push_str(ORDER);
    page.push_str("\n| | names |\n|---|---|\n");
    let fields = ["country", "security type", "method", "currency"];
    for (n, shape) in SHAPES.iter().enumerate() {
        let named: Vec<&str> = shape.iter().zip(fields).filter_map(|(on, name)| on.then_some(name)).collect();
        let named = if named.is_empty() { "nothing".to_owned() } else { named.join(", ") };
        writeln!(page, "| {} | {named} |", n + 1).expect("a string");
    }
    page.push_str("\n## What must hold\n\nIn this order; the first that does not hold is raised:\n\n");
    page.push_str("| what must hold | otherwise |\n|---|---|\n");
    let checks = CHECKS.iter().map(|check| (check.name, check.reason));
    for (name, reason) in BEFORE.iter().copied().chain(checks).chain(AFTER.iter().copied()) {
        writeln!(page, "| {name} | {} `{}` |", reason.row().number, reason.name()).expect("a string");
    }
    page.push_str(PLACES_INTRODUCTION);
    page.push_str(
        "\n| country | security type | usual place | name | how we know |\n|---|---|---|---|---|\n",
    );
    for row in PLACES {
        let kind = row.security_type.map_or("any", |kind| kind.name());
        let place = if let [one] = row.places {
            (*one).to_owned()
        } else {
            format!("none of {}", row.places.join(", "))
        };
        writeln!(page, "| {} | {kind} | {place} | {} | {} |", row.country, row.name, row.source)
            .expect("a string");
    }
    page.push_str("\n| link between | and | |\n|---|---|---|\n");
    for (one, other, name) in LINKS {
        writeln!(page, "| {one} | {other} | {name} |").expect("a string");
    }
    page
}

/// What the look-up itself says, before the checks.
const BEFORE: &[(&str, ReasonCode)] = &[
    (
        "a record of the counterparty fits; one of our own side too, where that is required",
        ReasonCode::SsiMissing,
    ),
    ("one record fits each side, and no second one as well", ReasonCode::SsiAmbiguous),
    ("it applies on the settlement date", ReasonCode::SsiNotEffective),
];

/// What is looked at when the instruction is out: it is not held back for it.
const AFTER: &[(&str, ReasonCode)] = &[
    ("the confirmation says the chain that is held, as far as it says one", ReasonCode::ChainDiffers),
    (
        "what was instructed is what would be instructed now, after every change of a record",
        ReasonCode::SsiChanged,
    ),
];

const INTRODUCTION: &str = "# Standing settlement instructions

Printed from the tables in `src/kernel/enrichment`; a test keeps it equal.

A record has a name (`id`) and says for whom it counts: `party`, the counterparty whose side it is (ours when absent); `account` or
`group`, an account of ours or a group of accounts; and `country`, `security_type`, `method` and `currency`. What is absent counts for
all. It leads to a `chain` or names a `model`, which is a record without party, account and group whose chain others use.

The method is seen by the owner of the record: `dvp` when the owner delivers against payment, `rvp` when the owner receives against
payment, `fop` free of payment either way. The country is that of the ISIN. The security type is that of the classification (CFI) when a
message names it, else `fixed_income` for what is counted by face amount or has accrued interest, and `equity` for the rest.

Nothing is overwritten. A new version takes over from its first day (`from`) on; before it the earlier one counts. Of several that have
begun the one written last counts. A withdrawal is a version too. `finality ssi show ID --on DAY --known TIME` says what applied on a day
as it was known at a time.
";

const ORDER: &str = "A record fits when everything that it names is as in the trade. The narrower beats the wider, compared in this order:

1. for which account: an account, then its groups in the order in which the account names them, then all;
2. what it names beside, by this table, the first row first.

Two records that fit and name the same are several: an exception names them, and a person ends or narrows all but one.
";

const PLACES_INTRODUCTION: &str = "
What a message says of the counterparty's chain (a confirmation, a settlement instruction that is offered) is compared with the record:
differences are an exception that names the fields. What is held counts, until a person supplies another.

## Places of settlement

With `place_defaults` under `[profile.enrichment]` a record that names no place of settlement gets the usual one; `[[profile.enrichment.places]]`
adds to the table or overrides it. Where several depositories serve a market there is no usual place.
";
