//! Every way in which what a servicer says may differ from what we know: one table, printed into `docs/reconciliation.md`.

use std::fmt::Write as _;

use crate::exceptions::reason::ReasonCode;
use Kind as K;
use ReasonCode as R;

/// How both sides differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Quantity, amount, a date, the account or another field.
    Fields,
    /// How far it is.
    Status,
    /// It is over for us, and pending for them.
    EndedHere,
    /// They posted it, and for us it has not settled, or not so much of it.
    NotSettledHere,
    /// We have instructed it, or it has settled, and they do not list it.
    MissingThere,
    /// They list what we have not instructed.
    UnknownHere,
    /// A balance.
    Holding,
    /// A counterparty alleges what nobody here knows.
    AllegedUnknown,
    /// A counterparty alleges something else than we instructed.
    AllegedDiffers,
}

/// A row.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// How both differ.
    pub kind: Kind,
    /// What the servicer sent.
    pub said_in: &'static str,
    /// The difference, for people.
    pub what: &'static str,
    /// What is raised.
    pub reason: ReasonCode,
    /// What resolves it.
    pub until: &'static str,
}

const fn row(
    kind: Kind,
    said_in: &'static str,
    what: &'static str,
    reason: ReasonCode,
    until: &'static str,
) -> Row {
    Row { kind, said_in, what, reason, until }
}

const STATEMENTS: &str = "pending transactions, transactions";

/// All of them.
pub const ROWS: &[Row] = &[
    row(
        K::Fields,
        STATEMENTS,
        "quantity, amount, a date, direction, payment, instrument, account or kind of transaction differ",
        R::StatementDiffers,
        "a later statement that agrees, or the settlement as instructed",
    ),
    row(
        K::Status,
        "pending transactions",
        "theirs is matched and ours is not, or the other way round; theirs is refused or cancelled and ours is out",
        R::StatementDiffers,
        "a later statement that agrees, a status, or the settlement",
    ),
    row(
        K::EndedHere,
        "pending transactions",
        "ours has settled or is cancelled, and theirs is pending",
        R::StatementDiffers,
        "a later statement that does not list it, or a reversal",
    ),
    row(
        K::NotSettledHere,
        "transactions",
        "they posted it, or more of it than has settled for us",
        R::StatementDiffers,
        "a later statement that agrees, or the settlement confirmation",
    ),
    row(
        K::MissingThere,
        STATEMENTS,
        "ours is out, or settled in the time of the statement, and theirs does not have it although it is complete",
        R::MissingAtCustodian,
        "a later statement that has it, or a status or settlement of it",
    ),
    row(
        K::UnknownHere,
        STATEMENTS,
        "theirs names no instruction of ours",
        R::UnknownToUs,
        "a later complete statement that does not list it any more",
    ),
    row(
        K::Holding,
        "holdings",
        "a balance is not the one that agreed last and what has settled since",
        R::HoldingDiffers,
        "a later statement that agrees; a person who closes it takes their balance over",
    ),
    row(
        K::AllegedUnknown,
        "allegements",
        "no instruction of ours fits, and no trade that is about to be instructed; in the custodian's seat where no client is told of it",
        R::AllegementUnknown,
        "an instruction of ours that fits, or the allegement taken back or no longer listed",
    ),
    row(
        K::AllegedDiffers,
        "allegements",
        "the instruction that fits best says something else",
        R::UnmatchedAtCsd,
        "an allegement that agrees, one taken back, or the match",
    ),
];

impl Kind {
    /// Its row.
    pub fn row(self) -> &'static Row {
        ROWS.iter().find(|row| row.kind == self).expect("every kind has a row; a test plays them all")
    }
}

/// The table as a page of documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Reconciliation\n\n\
         Printed from `src/kernel/reconciliation/table.rs`; a test keeps it equal. What a servicer states is laid beside what we know as it \
         arrives: pending transactions (MT537, semt.018), transactions (MT536, semt.017), holdings (MT535, semt.002, semt.003) and allegements \
         (MT578, sese.028; MT586, semt.019). A statement overwrites nothing: every difference is an exception, and it is resolved by what \
         agrees later, with the record named.\n\n\
         | said in | difference | exception | resolved by |\n|---|---|---|---|\n",
    );
    for row in ROWS {
        writeln!(page, "| {} | {} | `{}` | {} |", row.said_in, row.what, row.reason.name(), row.until)
            .expect("a string");
    }
    page.push_str(
        "\nWhat is told by the time: a trade that moved after the instant that a statement speaks of is not called missing or \
         behind by it. A page of several, or a statement of changes only, says nothing about what it does not list.\n\n\
         Holdings need a beginning: the first statement of an account is taken as it is. From then on a balance must be the one \
         that agreed last and what our trades settled since; only statements of settled positions count, and only what has an ISIN.\n\n\
         An allegement of what both sides of a trade have allocated or affirmed, and what is not instructed yet, is noted at the \
         trade. One that nobody knows names the nearest trades of the same instrument or amount, field by field.\n",
    );
    page
}
