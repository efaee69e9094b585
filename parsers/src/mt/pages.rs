//! Pages for people, printed from the tables: which message types there are, and what codes mean.

use std::fmt::Write as _;

use super::network_rules::{ABSENT, Form, REASONS, ROWS, Row};
use super::spec::{Content, Sequence};
use super::{codes, events, meanings, releases};
use crate::model::EventKind;

/// Which message types have a table, and how much of each was seen.
pub fn index() -> String {
    let mut page = String::from(
        "# ISO 15022 messages\n\nThis page is printed from the tables in the code; a test keeps them equal. A field is open \
         when not all of its qualifiers were seen: others are taken as they come, and are neither wrong nor checked. What \
         looks wrong in a loose sequence is a warning.\n\n\
         What a message means is told by the kind of event that it becomes; a type without one is read and checked, and says \
         so by the warning `no-event`: orders (MT502) and triparty collateral (MT527) are before a trade or beside it. Events \
         are written as the types that are marked so.\n\n\
         | message | title | release | functions (23G) | fields | of these open | loose sequences | event | written |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for spec in releases::types().filter_map(releases::latest) {
        let mut count = Count::default();
        count.add(&spec.root);
        let meaning = events::of(spec.message);
        let functions: Vec<_> = spec.functions.iter().map(|f| format!("`{f}`")).collect();
        writeln!(
            page,
            "| [MT{0}](mt{0}.md) | {1} | {2} | {3} | {4} | {5} | {6} | {7} | {8} |",
            spec.message,
            spec.title,
            spec.release.name,
            functions.join(" "),
            count.fields,
            count.open,
            count.loose.join(" "),
            meaning.map_or(String::new(), |m| kinds(m.events)),
            meaning.map_or("", |m| if m.written { "yes" } else { "no" }),
        )
        .expect("a string");
    }
    page.push_str(STATEMENTS);
    page.push_str("\nWhat statuses and reasons mean: [mt-codes.md](mt-codes.md). Rules between fields: [mt-rules.md](mt-rules.md).\n");
    page
}

/// What must be known of statements, penalties and allegements.
const STATEMENTS: &str = "
### Statements, penalties, allegements

- What has a field of its own in the model is in it; all else is kept beside it as details: a four-letter code and a typed value,
  in the order of the message. A field that the model cannot hold (36D, 93E, 93F and 95D of digital tokens and ledgers, balances of
  another scheme, exchange rate and value date of amounts other than the settlement amount, free formats of periods) is named in
  the warning `not-carried`.
- A second name of a party (95L or 95S with ALTE) belongs to the party before it.
- 22H::REDE of MT578 and MT586 is taken as what the counterparty instructed: the rules ask for DEAG beside DELI. The event says
  it from the account owner's side, as all others do: an alleged delivery is a receipt of ours.
- Days without a time are kept as days; times without a zone are taken as UTC.
- In MT537 sorted by status, a transaction has the status that it stands below. Neighbours of the same status are written below one.
- A link to `NONREF` is no link, and where there must be one and none is known, it is written.
- A text has at most 10,000 characters. Longer statements are written in pages (28E), each with the head; the page number is put
  behind the references of all pages but the first. The opening balance of an instrument stands on its first page, the closing one
  on its last; interim balances are not computed. `model::pages::join` puts pages together again.
- Penalties: an amount with `N` is owed by the party named. The words behind several reasons are those of the last.
- What the gateway does with them: a pending statement and allegements are laid beside the instructions that are with that
  custodian; statements of holdings and transactions, and penalties, are kept and shown. Positions are not kept by the gateway, so
  statements of holdings are compared only where a caller gives the positions (`reconciliation::holdings::compare`).
";

fn kinds(events: &[EventKind]) -> String {
    events.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(", ")
}

/// The code lists with the meaning of each code.
pub fn code_lists() -> String {
    let mut page = String::from(
        "# Codes of ISO 15022 messages\n\nThis page is printed from the tables in the code; a test keeps them equal. Lists that \
         are not here are open: nothing is checked. They hold where no data source scheme is given.\n",
    );
    for (field, rows) in codes::lists() {
        for (qualifier, messages, list) in rows {
            let messages: Vec<_> = messages.iter().map(|m| format!("MT{m}")).collect();
            write!(page, "\n## {field}::{qualifier} in {}\n\n", messages.join(", ")).expect("a string");
            words(&mut page, list.iter().map(|c| (*c, meanings::meaning(field, c).unwrap_or_default())));
        }
    }
    for (qualifier, list) in [("SETR", meanings::transactions()), ("STCO", meanings::conditions())] {
        write!(page, "\n## 22F::{qualifier}, as far as seen\n\n").expect("a string");
        words(&mut page, list.iter().copied());
    }
    page
}

/// The network validated rules that are checked, and those that are known to exist and are not.
pub fn rules() -> String {
    let mut page = String::from(
        "# Network validated rules of ISO 15022 messages\n\nThis page is printed from the rows in \
         `parsers/src/mt/network_rules.rs`; a test keeps them equal. The numbers are those of handbook editions of 2015 and \
         2017 and may differ today: check them there before you claim conformance. Rules hold within the whole message \
         unless a sequence is named, then within each occurrence of it.\n\n\
         ## Checked\n\n| code | rule | messages | within | what it asks |\n|---|---|---|---|---|\n",
    );
    let mut rows: Vec<&Row> = ROWS.iter().collect();
    rows.sort_by_key(|r| (r.code, r.messages.first().copied(), r.scope));
    for row in rows {
        let scope = if row.scope.is_empty() { "" } else { row.scope };
        writeln!(
            page,
            "| `{}` | {} | {} | {scope} | {} |",
            row.code,
            row.number,
            row.messages.join(" "),
            asks(&row.form).replace('|', "\\|")
        )
        .expect("a string");
    }
    let reasons = REASONS.join(" ");
    writeln!(page, "| `E37` | | {reasons} | STAT | the qualifier of each 24B is the code of its 25D, unless that has a scheme |")
        .expect("a string");
    page.push_str("\n## Not checked\n\n| messages | rules | why |\n|---|---|---|\n");
    for (messages, rules, why) in ABSENT {
        writeln!(page, "| {messages} | {rules} | {why} |").expect("a string");
    }
    page
}

fn asks(form: &Form) -> String {
    let code = |place: &str| format!("`{place}`");
    let list = |places: &[&str], word: &str| places.iter().map(|p| code(p)).collect::<Vec<_>>().join(word);
    match form {
        Form::Once { each, .. } => format!("each at most once: {}", list(each, ", ")),
        Form::Chain { place, links } => {
            let links: Vec<_> = links.iter().map(|(party, next)| format!("{party} needs {next}")).collect();
            format!("{}: {}", code(place), links.join(", "))
        }
        Form::If(rule) => {
            let mut text = String::new();
            for (word, places) in [
                ("with ", rule.when),
                ("unless ", rule.unless),
                ("there must be ", rule.all),
                ("there must not be ", rule.none),
                ("only one ", rule.single),
            ] {
                if !places.is_empty() {
                    let comma = if text.is_empty() { "" } else { ", " };
                    write!(text, "{comma}{word}{}", list(places, " and ")).expect("a string");
                }
            }
            text
        }
    }
}

fn words<'a>(page: &mut String, list: impl Iterator<Item = (&'a str, &'a str)>) {
    page.push_str("| code | meaning |\n|---|---|\n");
    for (code, meaning) in list {
        writeln!(page, "| `{code}` | {meaning} |").expect("a string");
    }
}

#[derive(Default)]
struct Count {
    fields: usize,
    open: usize,
    loose: Vec<&'static str>,
}

impl Count {
    fn add(&mut self, sequence: &Sequence) {
        for item in &sequence.items {
            match &item.content {
                Content::Field(field) => {
                    self.fields += 1;
                    self.open += usize::from(field.open);
                }
                Content::Sequence(inner) => {
                    // What is inside of a loose sequence is loose too.
                    if inner.loose && !sequence.loose {
                        self.loose.push(inner.id);
                    }
                    self.add(inner);
                }
            }
        }
    }
}
