//! What a probability is made of: yes-or-no features, each a group and a value, worked out from what is known at that moment and
//! from nothing later. Everything with a size is cut into classes, so that a score is a sum of integers.

use std::fmt::Write as _;

use finality_parsers::model::Side;
use rust_decimal::prelude::ToPrimitive as _;

use crate::exceptions::cost::value_of;
use crate::exceptions::probability::Features;
use crate::exceptions::reason::ReasonCode;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::Trade;

/// A group of features: at most one value of each counts, but for open reasons.
pub struct Group {
    /// Its name; with the value it names the feature.
    pub name: &'static str,
    /// How it is worked out, for the page.
    pub how: &'static str,
    /// The values that hold for a trade.
    pub values: fn(&Trade, &Features) -> Vec<String>,
}

/// All groups.
pub const GROUPS: [Group; 13] = [
    Group {
        name: "state",
        how: "where it stands in the [lifecycle](lifecycle.md)",
        values: |trade, _| vec![trade.state.label().to_owned()],
    },
    Group {
        name: "progress and time",
        how: "how far it is (at home, out, unmatched, matched, pending) and how long until the cut-off of its settlement date: days \
              before, the day before, on the day by business minutes (more than 360, 180, 90, 45, less, none)",
        values: |trade, known| vec![format!("{}, {}", progress(trade.state), time(known))],
    },
    Group {
        name: "reason",
        how: "the reasons of its open exceptions, each by itself",
        values: |_, known| REASONS.iter().filter(|r| holds(known, **r)).map(named).collect(),
    },
    Group {
        name: "reason and time",
        how: "what people can mend in time: on hold, unmatched, terms that differ, standing instructions, with the time as above",
        values: |_, known| {
            let mended = MENDED.iter().filter(|r| holds(known, **r));
            mended.map(|r| format!("{}, {}", r.name(), time(known))).collect()
        },
    },
    Group {
        name: "turn at the desk",
        how: "an exception of it that people can mend: business minutes until the cut-off for each of those that they take up before it, \
              its own and one more included. They take up the most urgent first, then what is due first; what they can do nothing \
              about counts until they have come past it",
        values: |_, known| {
            let each = known.minutes_left.zip(known.turns_before).map(|(left, before)| left / (before + 2));
            each.map(|each| format!("{} minutes each", class(each, &TURNS))).into_iter().collect()
        },
    },
    Group {
        name: "side",
        how: "buy (the counterparty delivers) or sell, and whether it is matched at the depository and still before its day",
        values: |trade, known| {
            let waits = trade.state == State::MatchedAtCsd && known.days_left.is_some_and(|d| d > 0);
            side(trade)
                .map(|s| format!("{s}{}", if waits { ", matched before its day" } else { "" }))
                .into_iter()
                .collect()
        },
    },
    Group {
        name: "place in the row",
        how: "inventory: how much of what the counterparty has to deliver to us in this line is needed until this trade is served, in \
              per cent, in order of the trades; before its day and on it",
        values: |_, known| {
            let day = if known.days_left.is_some_and(|d| d > 0) { "before its day" } else { "on its day" };
            let place = known.place_percent.map(|p| class(u64::from(p), &PLACES));
            place.map(|p| format!("{p} %, {day}")).into_iter().collect()
        },
    },
    Group {
        name: "size",
        how: "its value in thousands of its currency, with the side",
        values: |trade, _| {
            let value = value_of(trade).and_then(|a| a.value().abs().to_u64());
            let size = value.map(|v| class(v / 1_000, &SIZES));
            size.zip(side(trade)).map(|(size, side)| format!("{size} thousand, {side}")).into_iter().collect()
        },
    },
    Group {
        name: "counterparty",
        how: "how often its trades began to fail, of those instructed, with one fail in twenty trades added; in per cent",
        values: |_, known| vec![format!("{} %", class(u64::from(known.counterparty_bp / 100), &RATES))],
    },
    Group {
        name: "instrument",
        how: "the same for the instrument",
        values: |_, known| vec![format!("{} %", class(u64::from(known.instrument_bp / 100), &RATES))],
    },
    Group {
        name: "amendments",
        how: "instructed more than once; a person had to act; neither",
        values: |trade, _| {
            let is = [(trade.instructions > 1, "instructed again"), (trade.touched, "a person acted")];
            is.iter().filter(|(is, _)| *is).map(|(_, what)| (*what).to_owned()).collect()
        },
    },
    Group {
        name: "late",
        how: "not matched at the depository: how long it has been in its state, in hours",
        values: |trade, known| {
            let early = matches!(progress(trade.state), "at home" | "out" | "unmatched");
            let age = known.hours_in_state.filter(|_| early);
            age.map(|hours| format!("{} h in its state", class(hours, &AGES))).into_iter().collect()
        },
    },
    Group {
        name: "link",
        how: "the link to its custodian or broker is down",
        values: |_, known| known.link_down.then(|| "down".to_owned()).into_iter().collect(),
    },
];

/// Upper bounds of classes; the last class has none.
const PLACES: [u64; 6] = [30, 45, 60, 75, 90, 99];
const SIZES: [u64; 5] = [30, 100, 250, 500, 800];
const TURNS: [u64; 14] = [1, 2, 4, 6, 7, 8, 9, 10, 11, 12, 14, 18, 30, 60];
const RATES: [u64; 4] = [2, 4, 8, 16];
const AGES: [u64; 4] = [0, 1, 3, 8];

const REASONS: [ReasonCode; 15] = [
    ReasonCode::SecuritiesShort,
    ReasonCode::CashShort,
    ReasonCode::OnHold,
    ReasonCode::LateAtMarket,
    ReasonCode::UnmatchedAtCsd,
    ReasonCode::NotSettledInTime,
    ReasonCode::NoAcknowledgement,
    ReasonCode::InstructionRejected,
    ReasonCode::ConfirmationMissing,
    ReasonCode::AllocationMissing,
    ReasonCode::EconomicsDiffer,
    ReasonCode::SsiMissing,
    ReasonCode::SsiIncomplete,
    ReasonCode::SsiAmbiguous,
    ReasonCode::SsiChanged,
];

const MENDED: [ReasonCode; 5] = [
    ReasonCode::OnHold,
    ReasonCode::UnmatchedAtCsd,
    ReasonCode::EconomicsDiffer,
    ReasonCode::SsiMissing,
    ReasonCode::SsiIncomplete,
];

/// Whether it is open. Models know one reason for what finds no counterpart, whether that is missing or differs.
fn holds(known: &Features, reason: ReasonCode) -> bool {
    let missing = ReasonCode::CounterpartyInstructionMissing;
    known.reasons.contains(&reason)
        || reason == ReasonCode::UnmatchedAtCsd && known.reasons.contains(&missing)
}

fn named(reason: &ReasonCode) -> String {
    reason.name().to_owned()
}

/// The class of a number: the bounds it lies between.
fn class(n: u64, bounds: &[u64]) -> String {
    let mut low = None;
    for bound in bounds {
        if n <= *bound {
            return low.map_or(format!("at most {bound}"), |low: u64| format!("{} to {bound}", low + 1));
        }
        low = Some(*bound);
    }
    format!("more than {}", low.unwrap_or(0))
}

fn side(trade: &Trade) -> Option<&'static str> {
    trade.terms().map(|t| if t.side == Side::Buy { "buy" } else { "sell" })
}

/// How far a trade is, roughly.
fn progress(state: State) -> &'static str {
    match state {
        State::Alleged
        | State::Allocated
        | State::Mismatched
        | State::Matched
        | State::Affirmed
        | State::AwaitingSsi
        | State::Rejected => "at home",
        State::Instructed | State::Delivered | State::Acknowledged | State::CancelRequested => "out",
        State::CsdUnmatched => "unmatched",
        State::MatchedAtCsd => "matched",
        State::Pending | State::PartiallySettled => "pending",
        State::Failing | State::Settled | State::Cancelled => "ended",
    }
}

/// How long there is.
fn time(known: &Features) -> &'static str {
    match (known.days_left, known.minutes_left) {
        (None, _) | (_, None) => "no day known",
        (Some(2..), _) => "days before",
        (Some(1), _) => "the day before",
        (_, Some(361..)) => "more than 360 minutes left",
        (_, Some(181..)) => "more than 180 minutes left",
        (_, Some(91..)) => "more than 90 minutes left",
        (_, Some(46..)) => "more than 45 minutes left",
        (_, Some(1..)) => "less than 45 minutes left",
        (_, Some(0)) => "no time left",
    }
}

/// The features that hold for a trade, by name.
pub fn of(trade: &Trade, known: &Features) -> Vec<String> {
    let mut names = Vec::new();
    for group in &GROUPS {
        names
            .extend((group.values)(trade, known).into_iter().map(|value| format!("{}: {value}", group.name)));
    }
    names
}

/// The groups as a part of a page.
pub fn table() -> String {
    let mut page = String::from("| feature | how it is worked out |\n|---|---|\n");
    for group in &GROUPS {
        writeln!(page, "| {} | {} |", group.name, group.how).expect("a string");
    }
    page
}
