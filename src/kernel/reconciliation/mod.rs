//! Whether what a servicer says agrees with what we know: positions with a statement of holdings, instructions with
//! statements of transactions, and an allegement with an instruction. Plain functions, one table of all differences, and what
//! is remembered from one statement to the next; what follows from a difference is decided elsewhere.

pub(crate) mod alleged;
pub mod holdings;
pub(crate) mod lines;
pub mod state;
pub mod table;
pub mod transactions;

use finality_parsers::model::{Continuation, StatementHeader};

/// Whether what a statement does not list is not there: it is complete, and this is all of it.
pub(crate) fn is_whole(header: &StatementHeader) -> bool {
    header.page.continuation == Continuation::Only && header.update.as_deref() != Some("DELT")
}
