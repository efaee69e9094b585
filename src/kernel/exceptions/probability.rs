//! How likely a trade fails. A fitted model says it ([`crate::risk::model`]), or the small table by state and reason below, which is
//! fitted to nothing. Everything else asks through [`Model`] and keeps the model's version with what it said.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::reason::ReasonCode;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::Trade;
use crate::risk::model::Fitted;

/// What is known beside the trade itself. Only what is known at that time may stand here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    /// Reasons of open exceptions.
    pub reasons: Vec<ReasonCode>,
    /// Business minutes until its cut-off; `None` when it has no settlement date, zero when that is past.
    pub minutes_left: Option<u64>,
    /// Its cut-off is past: it has failed, wherever it stands.
    pub overdue: bool,
    /// How often trades of this counterparty failed, in hundredths of a per cent.
    pub counterparty_bp: u32,
    /// The same of this instrument.
    pub instrument_bp: u32,
    /// Business days until its settlement date; negative when that is past.
    pub days_left: Option<i64>,
    /// Whole hours since it entered its state.
    pub hours_in_state: Option<u64>,
    /// How much of what its counterparty owes in its line is needed until it is served, in per cent.
    pub place_percent: Option<u32>,
    /// How many open exceptions people take up before that of the trade, of those that they can mend.
    pub turns_before: Option<u64>,
    /// The link to its custodian or broker is down.
    pub link_down: bool,
}

/// A probability in hundredths of a per cent, and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Estimate {
    /// From 0 to 10 000.
    pub bp: u32,
    /// What adds to it and what takes away, in hundredths of a per cent.
    pub parts: Vec<(String, i32)>,
}

/// Of what has failed or ended there is nothing to estimate.
pub(crate) fn certain(trade: &Trade, features: &Features) -> Option<Estimate> {
    let (bp, part) = match trade.state {
        State::Settled | State::Cancelled => (0, 0),
        State::Failing => (10_000, 10_000),
        _ if features.overdue => {
            let part = format!("its cut-off is past and it is {}", trade.state.label());
            return Some(Estimate { bp: 10_000, parts: vec![(part, 10_000)] });
        }
        _ => return None,
    };
    Some(Estimate { bp, parts: vec![(format!("it is {}", trade.state.label()), part)] })
}

/// Something that estimates.
pub trait Model {
    /// Which version it is; kept with every score.
    fn version(&self) -> &str;
    /// How likely the trade is not settled on its settlement date.
    fn probability(&self, trade: &Trade, features: &Features) -> Estimate;
}

/// The table below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table;

/// By state, in hundredths of a per cent. Assumptions, ordered by how many steps are left; not fitted to anything.
const STATES: [(State, i32); 18] = [
    (State::Alleged, 1_500),
    (State::Allocated, 800),
    (State::Mismatched, 2_500),
    (State::Matched, 400),
    (State::Affirmed, 400),
    (State::AwaitingSsi, 2_500),
    (State::Instructed, 500),
    (State::Delivered, 500),
    (State::Acknowledged, 500),
    (State::CsdUnmatched, 1_500),
    (State::MatchedAtCsd, 300),
    (State::Pending, 1_000),
    (State::Failing, 10_000),
    (State::PartiallySettled, 4_000),
    (State::Rejected, 3_000),
    (State::CancelRequested, 500),
    (State::Settled, 0),
    (State::Cancelled, 0),
];

/// What a reason adds; the largest counts.
const REASONS: [(ReasonCode, i32); 10] = [
    (ReasonCode::SecuritiesShort, 5_000),
    (ReasonCode::CashShort, 3_000),
    (ReasonCode::OnHold, 2_500),
    (ReasonCode::LateAtMarket, 4_000),
    (ReasonCode::UnmatchedAtCsd, 2_000),
    (ReasonCode::CounterpartyInstructionMissing, 2_000),
    (ReasonCode::NotSettledInTime, 3_000),
    (ReasonCode::NoAcknowledgement, 1_500),
    (ReasonCode::InstructionRejected, 1_000),
    (ReasonCode::ConfirmationMissing, 1_000),
];

/// What little time adds while the trade is not matched at the depository: up to so many business minutes.
const TIME: [(u64, i32); 3] = [(60, 4_000), (240, 2_000), (600, 500)];

impl Model for Table {
    fn version(&self) -> &'static str {
        "table 1"
    }

    fn probability(&self, trade: &Trade, features: &Features) -> Estimate {
        if let Some(certain) = certain(trade, features) {
            return certain;
        }
        let mut parts = Vec::new();
        let mut add = |what: String, bp: i32| {
            if bp != 0 {
                parts.push((what, bp));
            }
        };
        let of_state = STATES.iter().find(|(state, _)| *state == trade.state).map_or(0, |(_, bp)| *bp);
        add(format!("it is {}", trade.state.label()), of_state);
        if !trade.state.is_terminal() && trade.state != State::Failing {
            let of_reason = |r: &ReasonCode| REASONS.iter().find(|(code, _)| code == r);
            if let Some((code, bp)) = features.reasons.iter().filter_map(of_reason).max_by_key(|(_, bp)| *bp)
            {
                add(code.name().to_owned(), *bp);
            }
            let at_depository = matches!(trade.state, State::MatchedAtCsd | State::Pending);
            let short = |left: u64| TIME.iter().find(|(most, _)| left <= *most);
            if let Some((most, bp)) = features.minutes_left.filter(|_| !at_depository).and_then(short) {
                add(format!("at most {most} business minutes are left"), *bp);
            }
            // A tenth of the counterparty's own rate: it is in the state already, in part.
            let of_party = i32::try_from(features.counterparty_bp / 10).unwrap_or(0);
            add("the counterparty's record".to_owned(), of_party);
        }
        let sum: i32 = parts.iter().map(|(_, bp)| *bp).sum();
        Estimate { bp: u32::try_from(sum.clamp(0, 10_000)).unwrap_or(0), parts }
    }
}

/// Which model is in use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Choice {
    /// The one that is shipped.
    #[default]
    Shipped,
    /// The table above.
    Table,
    /// One that somebody fitted.
    Fitted(Arc<Fitted>),
}

impl Choice {
    /// The model itself.
    pub fn model(&self) -> &dyn Model {
        match self {
            Choice::Shipped => crate::risk::model::shipped(),
            Choice::Table => &Table,
            Choice::Fitted(fitted) => fitted.as_ref(),
        }
    }
}
