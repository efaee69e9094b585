//! The steps to settlement: which are done in which state, and who has to do the next.

use finality_parsers::desk::Stage;
use serde::Serialize;

use crate::lifecycle::state::State;
use crate::lifecycle::trade::Trade;

/// Who has to do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The manager.
    Manager,
    /// The broker.
    Broker,
    /// We.
    Us,
    /// Our custodian.
    Custodian,
    /// The depository, once the counterparty has instructed and both have what they owe.
    Market,
}

impl Who {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Who::Manager => "manager",
            Who::Broker => "broker",
            Who::Us => "us",
            Who::Custodian => "custodian",
            Who::Market => "market",
        }
    }
}

/// A step that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Which.
    pub stage: Stage,
    /// Who has to do it.
    pub by: Who,
}

/// The steps after both sides are there, in their order, and in which states they are done.
const STEPS: [(Stage, Who, &[State]); 6] = [
    (Stage::Matched, Who::Broker, &[State::Matched]),
    (Stage::Affirmed, Who::Us, &[State::Affirmed, State::AwaitingSsi, State::Rejected]),
    (Stage::Instructed, Who::Us, &[State::Instructed, State::Delivered]),
    (
        Stage::Acknowledged,
        Who::Custodian,
        &[State::Acknowledged, State::CsdUnmatched, State::CancelRequested],
    ),
    (
        Stage::MatchedAtCsd,
        Who::Market,
        &[State::MatchedAtCsd, State::Pending, State::Failing, State::PartiallySettled],
    ),
    (Stage::Settled, Who::Market, &[State::Settled, State::Cancelled]),
];

/// What is not done yet, in the order in which it has to be.
pub fn missing(trade: &Trade) -> Vec<Missing> {
    if trade.state.is_terminal() {
        return Vec::new();
    }
    let sides = [
        (trade.share.is_none(), Stage::Allocated, Who::Manager),
        (trade.confirmed.is_none(), Stage::Confirmed, Who::Broker),
    ];
    // What a state does means that all steps before it are done too.
    let done = STEPS.iter().position(|(.., states)| states.contains(&trade.state)).map_or(0, |at| at + 1);
    let at_home = done == 0;
    let sides =
        sides.into_iter().filter(|(is, ..)| *is && at_home).map(|(_, stage, by)| Missing { stage, by });
    sides.chain(STEPS.iter().skip(done).map(|(stage, by, _)| Missing { stage: *stage, by: *by })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::machine::Timestamp;

    #[test]
    fn every_state_that_is_no_end_misses_something_and_no_state_more_than_the_one_before() {
        let of = |state| missing(&Trade::new(1, state, Timestamp::from_nanos(0)));
        for state in State::ALL {
            assert_eq!(of(state).is_empty(), state.is_terminal(), "{state:?}");
        }
        let stages = |state| of(state).iter().map(|m| m.stage).collect::<Vec<_>>();
        assert_eq!(
            stages(State::AwaitingSsi),
            [Stage::Instructed, Stage::Acknowledged, Stage::MatchedAtCsd, Stage::Settled]
        );
        assert_eq!(stages(State::Pending), [Stage::Settled]);
        assert_eq!(of(State::Alleged)[0], Missing { stage: Stage::Allocated, by: Who::Manager });
    }
}
