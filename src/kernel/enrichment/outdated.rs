//! Whether an instruction that is out still says what both sides say: one table of its fields, which of them the depository
//! matches or moves by, and so which of them make another instruction necessary. It prints itself into `docs/lifecycle.md`.

use std::fmt::{self, Write as _};

use finality_parsers::model::{Movement, Payment};
use serde::{Deserialize, Serialize};

use super::complete::Agreed;
use crate::lifecycle::trade::{Instructed, Terms};
use crate::profile::Profile;

/// A field of which the instruction that is out says something else than the sides say now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which.
    pub field: String,
    /// What is out.
    pub instructed: String,
    /// What counts now.
    pub agreed: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} is now {}", self.field, self.instructed, self.agreed)
    }
}

/// A row of the table.
struct Row {
    name: &'static str,
    /// Whether another instruction has to take the place of the one that is out.
    anew: bool,
    why: &'static str,
    out: fn(&Instructed) -> String,
    now: fn(&Agreed<'_>) -> String,
}

const NOTHING: &str = "nothing";

const ROWS: &[Row] = &[
    Row {
        name: "direction",
        anew: true,
        why: "the depository matches by it",
        out: |i| moved(i.instruction.movement),
        now: |a| moved(a.movement()),
    },
    Row {
        name: "payment",
        anew: true,
        why: "the depository matches by it",
        out: |i| paid(i.instruction.payment),
        now: |a| paid(a.payment),
    },
    Row {
        name: "instrument",
        anew: true,
        why: "the depository matches by it",
        out: |i| i.instruction.instrument.isin.map_or_else(|| NOTHING.to_owned(), |isin| isin.to_string()),
        now: |a| a.terms.instrument.isin.map_or_else(|| NOTHING.to_owned(), |isin| isin.to_string()),
    },
    Row {
        name: "quantity",
        anew: true,
        why: "the depository matches by it",
        out: |i| i.whole().normalize().to_string(),
        now: |a| a.terms.quantity.value().normalize().to_string(),
    },
    Row {
        name: "settlement amount",
        anew: true,
        why: "the depository matches by it",
        out: |i| i.amount.map_or_else(|| NOTHING.to_owned(), |amount| amount.to_string()),
        now: |a| a.amount.map_or_else(|| NOTHING.to_owned(), |amount| amount.to_string()),
    },
    Row {
        name: "settlement date",
        anew: true,
        why: "the depository matches by it",
        out: |i| i.settlement_date.to_string(),
        now: |a| a.settlement_date.to_string(),
    },
    Row {
        name: "trade date",
        anew: true,
        why: "the depository matches by it",
        out: |i| i.instruction.trade_date.map_or_else(|| NOTHING.to_owned(), |day| day.to_string()),
        now: |a| a.terms.trade_date.to_string(),
    },
    Row {
        name: "counterparty",
        anew: true,
        why: "its settlement chain is looked up by it",
        out: |i| i.counterparty.map_or_else(String::new, |bic| bic.to_string()),
        now: |a| a.broker.to_string(),
    },
    Row {
        name: "deal price",
        anew: false,
        why: "it goes with the instruction as information",
        out: |i| i.instruction.price.map_or_else(|| NOTHING.to_owned(), |p| p.value.normalize().to_string()),
        now: |a| a.terms.price.map_or_else(|| NOTHING.to_owned(), |p| p.value.normalize().to_string()),
    },
];

fn moved(movement: Movement) -> String {
    match movement {
        Movement::Receive => "receive",
        Movement::Deliver => "deliver",
    }
    .to_owned()
}

fn paid(payment: Payment) -> String {
    match payment {
        Payment::Free => "free",
        Payment::Against => "against payment",
    }
    .to_owned()
}

/// What of an instruction is no longer what the manager's and the broker's terms say, as far as that needs another instruction.
pub fn changes(
    instructed: &Instructed,
    (ours, theirs): (Option<&Terms>, Option<&Terms>),
    profile: &Profile,
) -> Vec<Change> {
    let agreed = match Agreed::of(ours, theirs, profile) {
        Ok(agreed) => agreed,
        Err(incomplete) => {
            let whole = instructed.reference.to_string();
            let change =
                Change { field: "instruction".to_owned(), instructed: whole, agreed: incomplete.detail };
            return vec![change];
        }
    };
    let changed = |row: &&Row| row.anew && !(row.out)(instructed).is_empty();
    ROWS.iter()
        .filter(changed)
        .map(|row| Change {
            field: row.name.to_owned(),
            instructed: (row.out)(instructed),
            agreed: (row.now)(&agreed),
        })
        .filter(|change| change.instructed != change.agreed)
        .collect()
}

/// The table as a section of the page about the lifecycle.
pub(crate) fn page() -> String {
    let mut page = String::from(
        "\n## Terms that are replaced after the instruction went out\n\n\
         A replacing allocation or confirmation is taken in every state but the two ends, and while nothing has settled. Where nothing is \
         out, both sides are compared anew at once (`Reopened`). Where an instruction is out, what differs from it is raised as \
         `terms_replaced`; when both sides agree on the new terms, the old instruction is cancelled at the custodian, by itself or by order, as \
         `replaced` of [`[profile.operation]`](profile.md#profileoperation) says; once the custodian confirms that, the sides are compared anew, and \
         what agrees goes out under its own reference. What has settled stays as it settled: a replacement that comes later changes nothing, \
         and one that is overtaken by a settlement is `settled_as_before`. A share is not replaced while its cancellation is asked for to end \
         it.\n\n| field of the instruction | when it changes | why |\n|---|---|---|\n",
    );
    for row in ROWS {
        let does = if row.anew { "cancelled and instructed anew" } else { "nothing goes out" };
        writeln!(page, "| {} | {does} | {} |", row.name, row.why).expect("a string");
    }
    page.push_str("\nCommission, fees, gross and accrued are not in the instruction: they count for the comparison of both sides only.\n");
    page
}
