//! Until when a state must be left, and what is raised if it is not. Every state but the two ends has a deadline.

use std::time::Duration;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::BusinessDate;

use super::market;
use super::state::State;
use super::trade::Trade;
use crate::exceptions::reason::ReasonCode;
use crate::profile::{Profile, Timing};

/// When a trade must have left its state: after the minutes that are configured, or by the cut-off of its market if that is
/// earlier. The settlement cut-off of a market stands in the place of the general one.
pub fn of_trade(trade: &Trade, profile: &Profile) -> Option<Timestamp> {
    of_trade_that_goes_on(trade, profile, |at| profile.goes_on(at))
}

/// The same, where somebody knows when a trade whose sides have agreed goes on.
pub(crate) fn of_trade_that_goes_on(
    trade: &Trade,
    profile: &Profile,
    goes_on: impl FnOnce(Timestamp) -> Option<Timestamp>,
) -> Option<Timestamp> {
    // What waits for a cycle or its block goes on at the market's cut-off at the latest.
    let goes_on = if trade.state == State::Matched { goes_on(trade.entered) } else { None };
    if trade.state == State::Matched && profile.seat.confirms() {
        return Some(Timing::in_minutes(trade.entered, profile.timing.affirmation_due_minutes.max(1)));
    }
    let general = match goes_on {
        Some(at) => at,
        None => of(trade.state, trade.entered, trade.settlement_date(), &profile.timing)?,
    };
    let cut_off = market::next_cut_off(profile, trade, trade.state, trade.entered);
    Some(match cut_off {
        Some(cut_off) if waits_for_the_market(trade.state) => cut_off,
        Some(cut_off) => general.min(cut_off),
        None => general,
    })
}

/// The next deadline after one has passed at `now`: after so many minutes, or the next cut-off of its market if that is earlier;
/// what only waits for the market, by the next cut-off.
pub fn again(trade: &Trade, minutes: u32, now: Timestamp, profile: &Profile) -> Timestamp {
    let general = Timing::in_minutes(now, minutes.max(1));
    match market::next_cut_off(profile, trade, trade.state, now) {
        Some(cut_off) if trade.state == State::Failing => cut_off,
        Some(cut_off) => general.min(cut_off),
        None => general,
    }
}

/// Nothing is left to be done but by the depository.
fn waits_for_the_market(state: State) -> bool {
    matches!(state, State::MatchedAtCsd | State::Pending | State::PartiallySettled | State::Failing)
}

/// When a trade that entered `state` at `entered` must have left it. `None` for the two ends.
pub fn of(
    state: State,
    entered: Timestamp,
    settles: Option<BusinessDate>,
    timing: &Timing,
) -> Option<Timestamp> {
    let minutes = |m: u32| entered + Duration::from_secs(u64::from(m) * 60);
    Some(match state {
        State::Settled | State::Cancelled => return None,
        State::Alleged => minutes(timing.allocation_due_minutes),
        State::Allocated => minutes(timing.confirmation_due_minutes),
        State::Mismatched | State::AwaitingSsi | State::Rejected => minutes(timing.repair_due_minutes),
        // Passed through within one input; the deadline only matters if that input was cut short.
        State::Matched | State::Affirmed => minutes(timing.acknowledgement_due_minutes),
        State::Instructed | State::CancelRequested => minutes(timing.acknowledgement_due_minutes),
        State::Delivered => minutes(timing.custodian_due_minutes),
        State::Acknowledged | State::CsdUnmatched => minutes(timing.csd_match_due_minutes),
        State::MatchedAtCsd | State::Pending | State::PartiallySettled => {
            let cut_off = settles.map_or(entered, |day| timing.cut_off(day));
            if cut_off > entered { cut_off } else { entered + Duration::from_secs(24 * 3600) }
        }
        State::Failing => entered + Duration::from_secs(24 * 3600),
    })
}

/// What is raised when the deadline passes.
pub fn raises(state: State) -> ReasonCode {
    match state {
        State::Alleged => ReasonCode::AllocationMissing,
        State::Allocated => ReasonCode::ConfirmationMissing,
        State::Mismatched => ReasonCode::EconomicsDiffer,
        State::AwaitingSsi => ReasonCode::SsiMissing,
        State::Rejected => ReasonCode::InstructionRejected,
        State::Matched
        | State::Affirmed
        | State::Instructed
        | State::Delivered
        | State::CancelRequested
        | State::Settled
        | State::Cancelled => ReasonCode::NoAcknowledgement,
        State::Acknowledged => ReasonCode::UnmatchedAtCsd,
        // Where the custodian says what differs, that is raised at once: here it only said that nobody is there.
        State::CsdUnmatched => ReasonCode::CounterpartyInstructionMissing,
        State::MatchedAtCsd | State::Pending | State::PartiallySettled | State::Failing => {
            ReasonCode::NotSettledInTime
        }
    }
}

/// For the page of documentation.
pub(super) fn described(state: State) -> (&'static str, ReasonCode) {
    let within = match state {
        State::Alleged => "`allocation_due_minutes`",
        State::Allocated => "`confirmation_due_minutes`",
        State::Mismatched | State::AwaitingSsi | State::Rejected => "`repair_due_minutes`",
        State::Matched | State::Affirmed => {
            "at once (`acknowledgement_due_minutes` after a restart); matched: as `[profile.operation]` says, in the broker's seat \
             `affirmation_due_minutes` (`affirmation_missing`)"
        }
        State::Instructed => "`acknowledgement_due_minutes`, sent again up to `resend_max` times",
        State::CancelRequested => "`acknowledgement_due_minutes`",
        State::Delivered => "`custodian_due_minutes`",
        State::Acknowledged | State::CsdUnmatched => "`csd_match_due_minutes`",
        State::MatchedAtCsd | State::Pending | State::PartiallySettled => {
            "the cut-off of the settlement date"
        }
        State::Failing => "a day, then raised again",
        State::Settled | State::Cancelled => "never",
    };
    (within, raises(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_that_is_no_end_has_a_deadline_in_the_future() {
        let entered = Timestamp::from_nanos(1_800_000_000_000_000_000);
        for state in State::ALL {
            let deadline = of(state, entered, None, &Timing::default());
            assert_eq!(deadline.is_none(), state.is_terminal(), "{state:?}");
            assert!(deadline.is_none_or(|d| d > entered), "{state:?}");
        }
    }
}
