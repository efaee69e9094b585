//! Every row of the transition table, every reason and every repair is met by some scenario.

use std::collections::BTreeSet;

use finality_kernel::exceptions::reason::{REASONS, ReasonCode};
use finality_kernel::exceptions::repair::{self, Kind};
use finality_kernel::fact::Fact;
use finality_kernel::lifecycle::state::{State, TABLE, Trigger};
use finality_parsers::model::Cause;

use crate::desk::gateway::Gateway;
use crate::desk::table::{play, scenarios};
use crate::desk::words::Play;

fn facts() -> Vec<Fact> {
    scenarios().flat_map(|s| play(s).records()).flat_map(|r| r.facts).collect()
}

#[test]
fn every_row_of_the_transition_table_is_walked() {
    let walked: BTreeSet<(State, Trigger)> = facts()
        .iter()
        .filter_map(|f| if let Fact::Moved { from, on, .. } = f { Some((*from, *on)) } else { None })
        .collect();
    let missing: Vec<String> = TABLE
        .iter()
        .filter(|row| !walked.iter().any(|(from, on)| row.on == *on && row.from.contains(from)))
        .map(|row| format!("{:?} on {:?} to {:?}", row.from, row.on, row.to))
        .collect();
    assert!(missing.is_empty(), "no scenario walks these rows: {missing:#?}");
}

#[test]
fn every_reason_and_so_every_cause_is_raised_and_most_are_resolved() {
    let facts = facts();
    let raised: BTreeSet<ReasonCode> = facts
        .iter()
        .filter_map(|f| if let Fact::ExceptionOpened { reason, .. } = f { Some(*reason) } else { None })
        .collect();
    let missing: Vec<&str> =
        REASONS.iter().map(|r| r.code).filter(|c| !raised.contains(c)).map(ReasonCode::name).collect();
    assert!(missing.is_empty(), "no scenario raises these reasons: {missing:?}");
    for cause in Cause::ALL {
        assert!(raised.iter().any(|r| r.row().cause == cause), "{}", cause.label());
    }
}

#[test]
fn what_is_resolved_by_the_course_of_a_trade_is_resolved_in_some_scenario() {
    let mut resolved = BTreeSet::new();
    for scenario in scenarios() {
        let mut open = std::collections::BTreeMap::new();
        for fact in play(scenario).records().into_iter().flat_map(|r| r.facts) {
            match fact {
                Fact::ExceptionOpened { exception, reason, .. } => {
                    open.insert(exception, reason);
                }
                Fact::ExceptionResolved { exception, .. } => {
                    resolved.extend(open.remove(&exception));
                }
                _ => {}
            }
        }
    }
    // A value that cannot be written stays until somebody corrects it; an unknown message until somebody finds its trade.
    let by_hand = [ReasonCode::NotWritable, ReasonCode::Unrelated];
    let missing: Vec<&str> = REASONS
        .iter()
        .map(|r| r.code)
        .filter(|c| !resolved.contains(c) && !by_hand.contains(c))
        .map(ReasonCode::name)
        .collect();
    assert!(missing.is_empty(), "no scenario resolves these: {missing:?}");
}

/// All that is proposed at any moment of any scenario, by reason.
fn proposed() -> BTreeSet<(ReasonCode, Kind)> {
    let mut proposed = BTreeSet::new();
    for scenario in scenarios() {
        let mut play = Play::new(Gateway::open());
        for line in scenario.steps.lines().map(str::trim).filter(|l| !l.is_empty()) {
            play.step(line.split('|').next().unwrap_or_default().trim());
            let book = play.gateway.kernel.book();
            for open in book.queue().values() {
                let trade = open.trade.and_then(|t| book.trade(t));
                proposed.extend(repair::proposals(open, trade).iter().map(|p| (open.reason, p.kind)));
            }
        }
    }
    proposed
}

#[test]
fn every_repair_is_proposed_in_some_scenario() {
    let proposed = proposed();
    // Why a row is not met in any scenario: the confirmations of the scenarios carry no settlement chain (see `cases`); nobody
    // looks for the account of a message that no record was laid aside for.
    let not_met = |row: &&repair::Row| match row.kind {
        Kind::CompleteSsi => true,
        Kind::Reprocess => row.reason == ReasonCode::UnknownAccount,
        _ => false,
    };
    let missing: Vec<String> = repair::ROWS
        .iter()
        .filter(|row| !not_met(row) && !proposed.contains(&(row.reason, row.kind)))
        .map(|row| format!("{} of {}", format_args!("{:?}", row.kind), row.reason.name()))
        .collect();
    assert!(missing.is_empty(), "no scenario has these proposed: {missing:#?}");
}

#[test]
fn every_exception_says_what_to_do_and_is_scored_and_due_from_the_start() {
    for scenario in scenarios() {
        for record in play(scenario).records() {
            let opened = record.facts.iter().filter_map(|f| match f {
                Fact::ExceptionOpened { exception, .. } => Some(*exception),
                _ => None,
            });
            for exception in opened {
                let scored = record.facts.iter().any(|f| {
                    matches!(f, Fact::ExceptionScored { exception: e, act_by, resolve_by, next, .. }
                        if *e == exception && act_by <= resolve_by && *next > record.at)
                });
                assert!(scored, "{}: exception {exception} of record {}", scenario.name, record.seq);
            }
        }
    }
}
