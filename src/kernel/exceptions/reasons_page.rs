//! The reason table as a page of documentation.

use std::fmt::Write as _;

use finality_parsers::model::Attribution;

use super::codes;
use super::reason::REASONS;

/// The table as a page of documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Reasons of exceptions\n\nPrinted from `src/kernel/exceptions/reason.rs`; a test keeps it equal. Numbers are stable.\n\n\
         | number | reason | cause | urgency | team | lies with | trying again may help | what to do |\n|---|---|---|---|---|---|---|---|\n",
    );
    for r in REASONS {
        writeln!(
            page,
            "| {} | `{}` | {} | {:?} | {} | {} | {} | {} |",
            r.number,
            r.code.name(),
            r.cause.label(),
            r.urgency,
            r.owner,
            r.attribution.name(),
            if r.retryable { "yes" } else { "no" },
            r.action
        )
        .expect("a string");
    }
    page.push_str(
        "\nThe team is that of the row unless a routing rule of the profile says another ([profile.md](profile.md)). Whose side it lies \
         on is revised by the code of the custodian, below, or by a person.\n\n\
         ## By which codes others say it\n\n| reason | said in | codes | lies with |\n|---|---|---|---|\n",
    );
    for row in codes::CODES {
        let with = row.attribution.map_or("as the reason has it", Attribution::name);
        writeln!(
            page,
            "| `{}` | {} | {} | {with} |",
            row.reason.name(),
            row.said.label(),
            row.codes.join(" ")
        )
        .expect("a string");
    }
    page
}
