//! Deadlines from the cut-offs of markets.

use std::collections::BTreeMap;

use finality_kernel::lifecycle::deadline;
use finality_kernel::lifecycle::market::{CutOff, CycleFrom, MarketRow, Stop, settlement_date};
use finality_kernel::lifecycle::state::State;
use finality_kernel::lifecycle::trade::Trade;
use finality_kernel::profile::Profile;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{BusinessDate, Calendar, Market};
use proptest::prelude::*;

use crate::desk::gateway::Gateway;
use crate::desk::market;
use crate::desk::table::{Scenario, scenarios};
use crate::desk::words::Play;

fn with(rows: Vec<MarketRow>) -> Profile {
    Profile { market: rows, ..market::profile() }
}

fn german(cut_offs: &[(Stop, &str)]) -> MarketRow {
    let read = |text: &str| text.parse::<CutOff>().expect("a cut-off");
    MarketRow {
        cut_offs: cut_offs.iter().map(|(stop, text)| (*stop, read(text))).collect(),
        ..MarketRow::like("de")
    }
}

fn play(profile: &Profile, steps: &str) -> Play {
    let mut play = Play::new(Gateway::open_with(profile.clone()));
    play.table(steps, true);
    play
}

fn at(text: &str) -> Timestamp {
    Timestamp::from_utc(text.parse().expect("a time"))
}

#[test]
fn a_cut_off_that_is_nearer_than_the_minutes_counts_and_is_named() {
    // 09:00 in UTC is 10:00 in Frankfurt; the cut-off is half an hour later.
    let profile = with(vec![german(&[(Stop::Affirmation, "T 10:30")])]);
    let play = play(
        &profile,
        "manager allocates B1      | allocated |
         31 minutes pass           | allocated | confirmation_missing
         broker confirms C1 of B1  | instructed |",
    );
    let said = play.gateway.records().into_iter().flat_map(|r| r.facts).any(|fact| {
        matches!(fact, finality_kernel::fact::Fact::ExceptionOpened { detail, .. } if detail.contains("cut-off was 2026-11-24T09:30"))
    });
    assert!(said, "the exception names the cut-off");
}

#[test]
fn minutes_that_are_nearer_stay() {
    let profile = with(vec![german(&[(Stop::Affirmation, "T 23:00")])]);
    play(&profile, "manager allocates B1 | allocated |\n 61 minutes pass | allocated | confirmation_missing");
}

#[test]
fn what_the_row_does_not_fit_is_as_before() {
    let row = MarketRow { country: Some("US".to_owned()), ..german(&[(Stop::Affirmation, "T 10:30")]) };
    play(&with(vec![row]), "manager allocates B1 | allocated |\n 31 minutes pass | allocated |");
}

#[test]
fn the_settlement_cut_off_is_the_market_s_and_comes_again_the_next_day() {
    let profile = with(vec![german(&[])]);
    let play = play(
        &profile,
        "manager allocates B1         | allocated |
         broker confirms C1 of B1     | instructed |
         custodian says matched       | matched at CSD |",
    );
    let trade = play.gateway.kernel.book().trades().next().expect("one");
    // 16:00 in Frankfurt, not 16:00 UTC as for all others.
    assert_eq!(trade.deadline, Some(at("2026-11-26T15:00:00Z")));
    let until =
        finality_kernel::risk::at_risk::Filter { until: "2026-11-26".parse().ok(), ..Default::default() };
    let risks = play.gateway.kernel.book().at_risk(play.gateway.now, &until, None, 1);
    assert_eq!(risks.first().map(|r| r.cut_off), trade.deadline, "what is at risk has the same cut-off");
    let mut failing = trade.clone();
    (failing.state, failing.entered) = (State::Failing, at("2026-11-27T15:00:00Z"));
    assert_eq!(deadline::of_trade(&failing, &profile), Some(at("2026-11-30T15:00:00Z")), "over a weekend");
    assert_eq!(
        deadline::again(&failing, 60, at("2026-12-24T15:00:00Z"), &profile),
        at("2026-12-28T15:00:00Z")
    );
}

#[test]
fn a_day_after_trade_may_be_behind_a_holiday() {
    let play = play(&with(Vec::new()), "manager allocates B1 | allocated |");
    let trade = play.gateway.kernel.book().trades().next().expect("one");
    let terms = trade.terms().expect("its terms").clone();
    let row = MarketRow {
        calendar: Some(Calendar {
            market: Market::Target,
            closed: vec!["2026-11-25".parse().expect("a date")],
        }),
        cycle: vec![
            CycleFrom { from: None, days: 2 },
            CycleFrom { from: Some("2026-11-24".parse().expect("a date")), days: 1 },
        ],
        ..german(&[])
    };
    let day = |text: &str| text.parse::<BusinessDate>().expect("a date");
    assert_eq!(settlement_date(&with(Vec::new()), &terms), day("2026-11-26"));
    assert_eq!(settlement_date(&with(vec![row.clone()]), &terms), day("2026-11-26"), "T+1 over a holiday");
    let earlier = finality_kernel::lifecycle::trade::Terms { trade_date: day("2026-11-23"), ..terms };
    assert_eq!(settlement_date(&with(vec![row]), &earlier), day("2026-11-26"), "still T+2, over a holiday");
}

#[test]
fn every_scenario_ends_the_same_under_a_market_whose_cut_offs_are_far() {
    // What the market adds changes deadlines only, and these scenarios are over before its cut-offs.
    let profile = with(vec![MarketRow {
        cut_offs: BTreeMap::new(),
        like: None,
        country: Some("DE".to_owned()),
        ..MarketRow::like("de")
    }]);
    for Scenario { steps, .. } in scenarios() {
        if !steps.contains("configuration") {
            play(&profile, steps);
        }
    }
}

fn states() -> impl Strategy<Value = State> {
    (0..State::ALL.len()).prop_map(|n| State::ALL[n])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_state_that_is_no_end_is_without_a_deadline_in_the_future(
        state in states(),
        like in 0usize..7,
        minutes_on in 0u64..(60 * 24 * 800),
        closed in proptest::collection::vec(0u64..800, 0..40),
        hour in 0u32..24,
        days in -10i8..=10,
    ) {
        let base = Gateway::open();
        let entered = base.now + std::time::Duration::from_secs(60 * minutes_on);
        let mut play = Play::new(base);
        play.step("manager allocates B1");
        let mut trade: Trade = play.gateway.kernel.book().trades().next().expect("one").clone();
        (trade.state, trade.entered) = (state, entered);
        let names = ["us", "de", "fr", "it", "nl", "es", "gb"];
        let first = "2026-11-20".parse::<BusinessDate>().expect("a date").naive();
        let closed = closed.iter().map(|n| BusinessDate::new(first + chrono::Days::new(*n))).collect();
        let sign = if days < 0 { "" } else { "+" };
        let cut_off: CutOff = format!("T{sign}{days} {hour:02}:00").parse().expect("a cut-off");
        let row = MarketRow {
            country: Some("DE".to_owned()),
            calendar: Some(Calendar { market: Market::Target, closed }),
            cut_offs: [(Stop::Affirmation, cut_off)].into(),
            ..MarketRow::like(names[like])
        };
        let profile = with(vec![row]);
        let due = deadline::of_trade(&trade, &profile);
        prop_assert_eq!(due.is_none(), state.is_terminal());
        prop_assert!(due.is_none_or(|due| due > entered));
        prop_assert!(deadline::again(&trade, 0, entered, &profile) > entered);
    }
}
