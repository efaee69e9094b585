//! Trades at risk, and key figures, over the stories that are told elsewhere.

use std::collections::BTreeMap;

use finality_kernel::exceptions::probability::Choice;
use finality_kernel::exceptions::reason::ReasonCode;
use finality_kernel::fact::Record;
use finality_kernel::kpi::fold::{By, Figure, Fold, Period};
use finality_kernel::kpi::table::Kpi;
use finality_kernel::lifecycle::state::State;
use finality_kernel::risk::at_risk::{AtRisk, Filter};
use finality_kernel::risk::steps::Who;
use finality_parsers::desk::Stage;
use rust_decimal::Decimal;

use crate::desk::gateway::Gateway;
use crate::desk::market;
use crate::desk::table::{play, scenarios};
use crate::desk::words::Play;

fn played(steps: &[&str]) -> Play {
    let mut play = Play::new(Gateway::open());
    steps.iter().for_each(|step| play.step(step));
    play
}

fn figures(records: &[Record], period: Period, by: By) -> Vec<Figure> {
    let mut fold = Fold::new(market::profile(), period, by);
    records.iter().for_each(|record| fold.take(record));
    fold.figures()
}

fn counts(figures: &[Figure], kpi: Kpi) -> (Decimal, Decimal) {
    let of = figures.iter().filter(|f| f.kpi == kpi);
    of.fold(<(Decimal, Decimal)>::default(), |sum, f| (sum.0 + f.numerator, sum.1 + f.denominator))
}

fn whole(n: i64, of: i64) -> (Decimal, Decimal) {
    (Decimal::from(n), Decimal::from(of))
}

/// Four trades of two accounts: one goes through, one is corrected, one fails for want of the other side's securities, one for ours.
const STORY: [&str; 15] = [
    "manager allocates B1",
    "broker confirms C1 of B1",
    "manager allocates B2 quantity 2000",
    "broker confirms C2 of B2 quantity 2000 price 101.00",
    "broker confirms C3 of B2 quantity 2000 replaces C2",
    "manager allocates B3 sell quantity 3000",
    "broker confirms C4 of B3 sell quantity 3000",
    "manager allocates B4 sell quantity 4000",
    "broker confirms C5 of B4 sell quantity 4000",
    "custodian says matched of 1N1",
    "custodian says pending CLAC of 3N1",
    "custodian says pending LACK of 4N1",
    "2880 minutes pass",
    "custodian settles 1000 of 1N1",
    "custodian settles 2000 of 2N1",
];

#[test]
fn rates_are_what_one_counts_by_hand() {
    let mut play = played(&STORY);
    // The cut-off of the settlement date passes.
    play.step("1500 minutes pass");
    play.step("manager asks Q1 about B1");
    let records = play.gateway.records();
    let all = figures(&records, Period::default(), By::Nothing);
    assert_eq!(counts(&all, Kpi::Stp), whole(1, 2), "{all:#?}");
    assert_eq!(counts(&all, Kpi::Repair), whole(1, 4));
    assert_eq!(counts(&all, Kpi::MatchOnTradeDate), whole(4, 4));
    assert_eq!(counts(&all, Kpi::SameDayAffirmation), whole(4, 4));
    assert_eq!(counts(&all, Kpi::FailCount), whole(2, 4));
    assert_eq!(counts(&all, Kpi::Efficiency), whole(2, 4));
    assert_eq!(counts(&all, Kpi::EfficiencyAttributed), whole(2, 3), "the counterparty's fail is left out");
    let (failed, value) = counts(&all, Kpi::FailValue);
    assert!(failed > value / Decimal::TWO, "the two that fail are worth more: {failed} of {value}");
    let aged: Vec<(&str, Decimal)> =
        all.iter().filter(|f| f.kpi == Kpi::AgedCount).map(|f| (f.part.as_str(), f.numerator)).collect();
    assert_eq!(aged.iter().map(|(_, n)| *n).sum::<Decimal>(), Decimal::TWO, "{aged:?}");
    assert_eq!(
        counts(&all, Kpi::TimeToResolve).1,
        Decimal::TWO,
        "the difference, and the custodian's silence about N2"
    );

    // Before that day nothing is due.
    let until = Period { from: None, to: "2026-11-25".parse().ok() };
    assert_eq!(counts(&figures(&records, until, By::Nothing), Kpi::FailCount), whole(0, 0));
}

#[test]
fn parts_by_group_add_up_to_the_whole() {
    let records: Vec<Record> =
        scenarios().find(|s| s.name.starts_with("two accounts")).map(play).expect("it is told").records();
    let story = played(&STORY).gateway.records();
    for records in [records, story] {
        let all = figures(&records, Period::default(), By::Nothing);
        for (by, name) in By::ALL {
            let split = figures(&records, Period::default(), by);
            for figure in &all {
                assert_eq!(
                    counts(&split, figure.kpi),
                    counts(&all, figure.kpi),
                    "{:?} by {name}",
                    figure.kpi
                );
            }
        }
    }
}

#[test]
fn no_figure_is_more_than_all_of_it_whatever_happened() {
    for scenario in scenarios() {
        for figure in figures(&play(scenario).records(), Period::default(), By::Reason) {
            let share = figure.kpi != Kpi::TimeToResolve;
            assert!(!share || figure.numerator <= figure.denominator, "{}: {figure:?}", scenario.name);
            assert!(figure.numerator >= Decimal::ZERO, "{}: {figure:?}", scenario.name);
        }
    }
}

fn at_risk(play: &Play, filter: &Filter, limit: usize) -> Vec<AtRisk> {
    play.gateway.kernel.book().at_risk(play.gateway.now, filter, None, limit)
}

#[test]
fn what_is_due_is_listed_dearest_first_with_who_has_to_do_what() {
    let mut play = played(&STORY[..12]);
    assert!(at_risk(&play, &Filter::default(), 10).is_empty(), "the next cut-off is not theirs");
    let filter = Filter { until: "2026-11-26".parse().ok(), ..Filter::default() };
    let rows = at_risk(&play, &filter, 10);
    assert_eq!(rows.len(), 4);
    assert!(rows.windows(2).all(|w| w[0].compared >= w[1].compared), "{rows:#?}");
    let by_trade: BTreeMap<u64, &AtRisk> = rows.iter().map(|r| (r.key.trade, r)).collect();
    assert_eq!(by_trade[&1].missing.iter().map(|m| m.stage).collect::<Vec<_>>(), [Stage::Settled]);
    assert_eq!(by_trade[&2].missing[0].by, Who::Custodian);
    assert!(by_trade[&4].probability.bp > by_trade[&1].probability.bp);
    for row in &rows {
        let sum: i32 = row.probability.parts.iter().map(|(_, bp)| bp).sum();
        assert_eq!(i64::from(row.probability.bp), i64::from(sum.clamp(0, 10_000)));
        assert!(!row.action.is_empty() && row.minutes_left > 0);
    }
    // Pages join without a gap, however small they are.
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = play.gateway.kernel.book().at_risk(play.gateway.now, &filter, after, 1);
        let Some(row) = page.first() else { break };
        after = Some((std::cmp::Reverse(row.compared), row.key.trade));
        found.push(row.key.trade);
    }
    assert_eq!(found, rows.iter().map(|r| r.key.trade).collect::<Vec<_>>());
    let waits = Filter { waits_for: Some(Who::Custodian), ..filter.clone() };
    assert_eq!(at_risk(&play, &waits, 10).len(), 1);

    // On the morning of the day they are due by themselves; what has settled is not.
    STORY[12..].iter().for_each(|step| play.step(step));
    assert_eq!(at_risk(&play, &Filter::default(), 10).len(), 2);
    assert_eq!(play.gateway.kernel.book().due().len(), 2);
    play.gateway.restart();
    assert_eq!(at_risk(&play, &Filter::default(), 10).len(), 2);
}

#[test]
fn a_trade_past_its_cut_off_has_failed_wherever_it_stands() {
    let mut play = played(&[
        "manager allocates B1",
        "broker confirms C1 of B1",
        "custodian says matched",
        "custodian says pending MONY",
        "desk rebooks 1",
    ]);
    let filter = Filter { until: "2026-11-26".parse().ok(), ..Filter::default() };
    let before = at_risk(&play, &filter, 1);
    assert!(before[0].probability.bp < 10_000, "{before:?}");
    assert_eq!(before[0].reasons, [ReasonCode::CashShort], "it is open while it is being cancelled");
    // Two days and a night: the cut-off of its day passes, and the custodian has not answered.
    play.gateway.pass(3 * 24 * 60);
    let after = at_risk(&play, &Filter::default(), 1);
    assert_eq!(after[0].state, State::CancelRequested);
    assert_eq!(after[0].probability.bp, 10_000);
    let parts = &after[0].probability.parts;
    assert_eq!(parts, &[("its cut-off is past and it is cancel requested".to_owned(), 10_000)]);
    // The table of assumptions says the same.
    play.gateway.profile.desk.estimates = Choice::Table;
    play.gateway.restart();
    assert_eq!(at_risk(&play, &Filter::default(), 1)[0].probability, after[0].probability);
    // And so does the score of its exception.
    let book = play.gateway.kernel.book();
    let scored = book.queue().values().find(|e| e.reason == ReasonCode::CashShort).expect("it is open");
    assert!(scored.case.score.is_some());
}
