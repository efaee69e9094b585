//! The transition table: every state of a trade, everything that can happen, and what follows. It prints itself into
//! `docs/lifecycle.md`.

use std::fmt::Write as _;

use finality_parsers::desk::Stage;
use serde::{Deserialize, Serialize};

/// Where a trade (one account's share of a block) stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The broker has confirmed what nobody has allocated yet.
    Alleged,
    /// Allocated; the broker has not confirmed yet.
    Allocated,
    /// Both sides are known and differ.
    Mismatched,
    /// Both sides agree.
    Matched,
    /// The confirmation is affirmed; the instruction is being completed.
    Affirmed,
    /// Settlement instructions are missing or incomplete.
    AwaitingSsi,
    /// The instruction is on its way to the custodian.
    Instructed,
    /// The network has taken it; the custodian has said nothing yet.
    Delivered,
    /// The custodian has taken it.
    Acknowledged,
    /// The depository finds no counterpart.
    CsdUnmatched,
    /// The depository has matched it.
    MatchedAtCsd,
    /// It could not settle yet; the intended date can still be met.
    Pending,
    /// The intended date is past.
    Failing,
    /// A part has settled.
    PartiallySettled,
    /// Network or custodian refused the instruction.
    Rejected,
    /// The custodian has been asked to cancel.
    CancelRequested,
    /// Done.
    Settled,
    /// Taken back.
    Cancelled,
}

/// What can happen to a trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Allocation and confirmation agree within tolerance.
    SidesAgree,
    /// They differ.
    SidesDiffer,
    /// The broker took its confirmation back.
    ConfirmationWithdrawn,
    /// The manager took its allocation back, or changed it so that it is another trade.
    AllocationWithdrawn,
    /// A person let them pass although they differ.
    MatchForced,
    /// The confirmation belongs to another allocation.
    PairBroken,
    /// Its side belongs to another trade.
    Joined,
    /// The confirmation was affirmed.
    Affirm,
    /// A complete instruction went to the outbox.
    Instruct,
    /// The instruction cannot be completed.
    SsiIncomplete,
    /// The network took the instruction.
    NetworkAck,
    /// The network refused it.
    NetworkNak,
    /// The custodian took it.
    StatusAcknowledged,
    /// The depository found no counterpart.
    StatusUnmatched,
    /// The depository matched it.
    StatusMatched,
    /// Not settled, in time still.
    StatusPending,
    /// Not settled, too late.
    StatusFailing,
    /// The custodian refused it.
    StatusRejected,
    /// A part settled.
    PartSettled,
    /// All of it, or the last part, settled.
    AllSettled,
    /// A settlement was taken back.
    SettlementReversed,
    /// A person or the manager wants it cancelled.
    Cancel,
    /// The cancellation went to the outbox.
    CancelSent,
    /// The cancellation is done.
    StatusCancelled,
    /// The cancellation was refused.
    CancelDenied,
    /// The network did not take the cancellation.
    CancelNotTaken,
    /// The cancellation is done, and the trade is to be instructed anew.
    Recalled,
    /// Its terms were replaced and no instruction is out: both sides are compared anew.
    Reopened,
}

/// One row: in any of `from`, on `on`, the trade goes to `to`.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Where it may stand.
    pub from: &'static [State],
    /// What happens.
    pub on: Trigger,
    /// Where it stands then.
    pub to: State,
}

use State as S;
use Trigger as T;

/// The instruction is out and the depository has not matched it.
const OUT: &[State] = &[S::Instructed, S::Delivered, S::Acknowledged, S::CsdUnmatched];
/// The instruction is out and nothing is final.
const OPEN: &[State] = &[
    S::Instructed,
    S::Delivered,
    S::Acknowledged,
    S::CsdUnmatched,
    S::MatchedAtCsd,
    S::Pending,
    S::Failing,
    S::PartiallySettled,
];
/// Nothing is out: cancelling is our own affair.
const AT_HOME: &[State] =
    &[S::Alleged, S::Allocated, S::Mismatched, S::Matched, S::Affirmed, S::AwaitingSsi, S::Rejected];

/// The lifecycle, whole.
pub const TABLE: &[Row] = &[
    Row { from: &[S::Alleged, S::Allocated, S::Mismatched, S::Matched], on: T::SidesAgree, to: S::Matched },
    Row {
        from: &[S::Alleged, S::Allocated, S::Mismatched, S::Matched],
        on: T::SidesDiffer,
        to: S::Mismatched,
    },
    Row { from: &[S::Mismatched, S::Matched, S::Allocated], on: T::ConfirmationWithdrawn, to: S::Allocated },
    Row { from: &[S::Alleged], on: T::ConfirmationWithdrawn, to: S::Cancelled },
    Row { from: &[S::Mismatched, S::Matched], on: T::AllocationWithdrawn, to: S::Alleged },
    Row { from: &[S::Allocated], on: T::AllocationWithdrawn, to: S::Cancelled },
    Row { from: &[S::Mismatched], on: T::MatchForced, to: S::Matched },
    Row { from: &[S::Mismatched, S::Matched], on: T::PairBroken, to: S::Allocated },
    Row { from: &[S::Alleged], on: T::Joined, to: S::Cancelled },
    Row { from: &[S::Matched], on: T::Affirm, to: S::Affirmed },
    Row { from: &[S::Affirmed, S::AwaitingSsi], on: T::SsiIncomplete, to: S::AwaitingSsi },
    Row { from: &[S::Affirmed, S::AwaitingSsi, S::Rejected], on: T::Instruct, to: S::Instructed },
    Row { from: &[S::Instructed], on: T::NetworkAck, to: S::Delivered },
    Row { from: &[S::Instructed, S::Delivered], on: T::NetworkNak, to: S::Rejected },
    Row { from: &[S::Instructed, S::Delivered], on: T::StatusAcknowledged, to: S::Acknowledged },
    Row { from: OUT, on: T::StatusUnmatched, to: S::CsdUnmatched },
    Row { from: OUT, on: T::StatusMatched, to: S::MatchedAtCsd },
    Row {
        from: &[S::Instructed, S::Delivered, S::Acknowledged, S::CsdUnmatched, S::MatchedAtCsd, S::Pending],
        on: T::StatusPending,
        to: S::Pending,
    },
    Row { from: OPEN, on: T::StatusFailing, to: S::Failing },
    Row { from: OPEN, on: T::StatusRejected, to: S::Rejected },
    Row { from: &[S::CancelRequested], on: T::StatusRejected, to: S::Rejected },
    Row { from: OPEN, on: T::PartSettled, to: S::PartiallySettled },
    Row { from: OPEN, on: T::AllSettled, to: S::Settled },
    Row { from: &[S::CancelRequested], on: T::PartSettled, to: S::CancelRequested },
    Row { from: &[S::CancelRequested], on: T::AllSettled, to: S::Settled },
    // Securities have moved, whatever was said before.
    Row { from: &[S::AwaitingSsi, S::Rejected, S::Cancelled], on: T::AllSettled, to: S::Settled },
    Row { from: &[S::Rejected], on: T::PartSettled, to: S::PartiallySettled },
    Row { from: &[S::Settled, S::PartiallySettled], on: T::SettlementReversed, to: S::Pending },
    Row { from: AT_HOME, on: T::Cancel, to: S::Cancelled },
    Row { from: OPEN, on: T::CancelSent, to: S::CancelRequested },
    Row { from: OPEN, on: T::StatusCancelled, to: S::Cancelled },
    Row { from: &[S::CancelRequested], on: T::StatusCancelled, to: S::Cancelled },
    Row { from: &[S::CancelRequested], on: T::Recalled, to: S::Affirmed },
    Row {
        from: &[S::Affirmed, S::AwaitingSsi, S::Rejected, S::CancelRequested],
        on: T::Reopened,
        to: S::Allocated,
    },
    Row { from: &[S::CancelRequested], on: T::CancelDenied, to: S::Acknowledged },
    // Nobody has asked the custodian: it goes back to where it stood, and this is only where that may be.
    Row { from: &[S::CancelRequested], on: T::CancelNotTaken, to: S::Acknowledged },
];

/// Where a trade goes; `None` when this cannot happen there.
pub fn next(state: State, trigger: Trigger) -> Option<State> {
    TABLE.iter().find(|row| row.on == trigger && row.from.contains(&state)).map(|row| row.to)
}

impl State {
    /// All states, in the order of the lifecycle.
    pub const ALL: [State; 18] = [
        S::Alleged,
        S::Allocated,
        S::Mismatched,
        S::Matched,
        S::Affirmed,
        S::AwaitingSsi,
        S::Instructed,
        S::Delivered,
        S::Acknowledged,
        S::CsdUnmatched,
        S::MatchedAtCsd,
        S::Pending,
        S::Failing,
        S::PartiallySettled,
        S::Rejected,
        S::CancelRequested,
        S::Settled,
        S::Cancelled,
    ];

    /// Nothing more is expected.
    pub fn is_terminal(self) -> bool {
        matches!(self, S::Settled | S::Cancelled)
    }

    /// Whether an instruction is with the custodian.
    pub fn is_out(self) -> bool {
        OPEN.contains(&self) || self == S::CancelRequested
    }

    /// Whether the custodian can be asked to cancel, and has not been.
    pub fn may_be_recalled(self) -> bool {
        OPEN.contains(&self)
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            S::Alleged => "alleged",
            S::Allocated => "allocated",
            S::Mismatched => "mismatched",
            S::Matched => "matched",
            S::Affirmed => "affirmed",
            S::AwaitingSsi => "awaiting SSI",
            S::Instructed => "instructed",
            S::Delivered => "delivered",
            S::Acknowledged => "acknowledged",
            S::CsdUnmatched => "unmatched at CSD",
            S::MatchedAtCsd => "matched at CSD",
            S::Pending => "pending",
            S::Failing => "failing",
            S::PartiallySettled => "partially settled",
            S::Rejected => "rejected",
            S::CancelRequested => "cancel requested",
            S::Settled => "settled",
            S::Cancelled => "cancelled",
        }
    }

    /// The stage that entering this state means, where it means one.
    pub fn stage(self) -> Option<Stage> {
        match self {
            S::Matched => Some(Stage::Matched),
            S::Affirmed => Some(Stage::Affirmed),
            S::Instructed => Some(Stage::Instructed),
            S::Acknowledged => Some(Stage::Acknowledged),
            S::MatchedAtCsd => Some(Stage::MatchedAtCsd),
            S::PartiallySettled => Some(Stage::PartiallySettled),
            S::Settled => Some(Stage::Settled),
            S::Failing => Some(Stage::Failing),
            S::Cancelled => Some(Stage::Cancelled),
            _ => None,
        }
    }
}

impl Trigger {
    /// All triggers, in the order of the lifecycle.
    pub const ALL: [Trigger; 28] = [
        T::SidesAgree,
        T::SidesDiffer,
        T::ConfirmationWithdrawn,
        T::AllocationWithdrawn,
        T::MatchForced,
        T::PairBroken,
        T::Joined,
        T::Affirm,
        T::Instruct,
        T::SsiIncomplete,
        T::NetworkAck,
        T::NetworkNak,
        T::StatusAcknowledged,
        T::StatusUnmatched,
        T::StatusMatched,
        T::StatusPending,
        T::StatusFailing,
        T::StatusRejected,
        T::PartSettled,
        T::AllSettled,
        T::SettlementReversed,
        T::Cancel,
        T::CancelSent,
        T::StatusCancelled,
        T::CancelDenied,
        T::CancelNotTaken,
        T::Recalled,
        T::Reopened,
    ];
}

/// The table as a page of documentation.
pub fn page() -> String {
    let mut page = String::from(
        "# Lifecycle of a trade\n\nPrinted from `src/kernel/lifecycle/state.rs` and `deadline.rs`; a test keeps it equal. A trade is one \
         account's share of a block.\nWhat is not in the table cannot happen there: a message that says so is kept and changes nothing.\n\n\
         | state | happens | next state |\n|---|---|---|\n",
    );
    for state in State::ALL {
        for trigger in Trigger::ALL {
            if let Some(to) = next(state, trigger) {
                let to = if trigger == T::CancelNotTaken { "where it stood before" } else { to.label() };
                writeln!(page, "| {} | {trigger:?} | {to} |", state.label()).expect("a string");
            }
        }
    }
    page.push_str("\n## Deadlines\n\n| state | must be left within | or this is raised |\n|---|---|---|\n");
    for state in State::ALL.into_iter().filter(|s| !s.is_terminal()) {
        let (within, reason) = super::deadline::described(state);
        writeln!(page, "| {} | {within} | {} |", state.label(), reason.name()).expect("a string");
    }
    page.push_str(&crate::enrichment::outdated::page());
    page.push_str(&super::market::page());
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_a_function() {
        for state in State::ALL {
            for trigger in Trigger::ALL {
                let rows = TABLE.iter().filter(|r| r.on == trigger && r.from.contains(&state)).count();
                assert!(rows <= 1, "{state:?} on {trigger:?}: {rows} rows");
            }
        }
    }

    #[test]
    fn every_trigger_is_used_and_every_state_but_the_ends_can_be_left_and_reached() {
        for trigger in Trigger::ALL {
            assert!(TABLE.iter().any(|r| r.on == trigger), "{trigger:?}");
        }
        for state in State::ALL {
            let left = TABLE.iter().any(|r| r.from.contains(&state) && r.to != state);
            assert!(left || state.is_terminal(), "{state:?} is a trap");
            let born = matches!(state, S::Alleged | S::Allocated);
            assert!(born || TABLE.iter().any(|r| r.to == state), "{state:?} cannot be reached");
        }
    }

    #[test]
    fn a_cancelled_trade_stays_cancelled_unless_it_settles_after_all() {
        for trigger in Trigger::ALL {
            let after = (trigger == T::AllSettled).then_some(S::Settled);
            assert_eq!(next(S::Cancelled, trigger), after, "{trigger:?}");
        }
    }

    #[test]
    fn the_straight_road() {
        let mut state = S::Allocated;
        for trigger in [
            T::SidesAgree,
            T::Affirm,
            T::Instruct,
            T::NetworkAck,
            T::StatusAcknowledged,
            T::StatusMatched,
            T::AllSettled,
        ] {
            state = next(state, trigger).expect("the straight road has no gap");
        }
        assert_eq!(state, S::Settled);
    }
}
