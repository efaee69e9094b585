//! The production gateway in markets whose depository works as T2S does: parts, nights, an optimiser. The auditor has nothing to
//! say, and the gateway follows each trade to its end.

use std::path::Path;

use crate::common::{book, run, scenario};
use finality_kernel::lifecycle::state::State;
use finality_simulator::report::Report;
use finality_simulator::scenario::Scenario;
use finality_simulator::statistics::Fate;

/// Few have what they must deliver, nobody loses messages, and much is instructed on the settlement day only: what comes in then
/// completes what had settled in part.
const SCARCE: &str = "
    [pace]
    broker_instructs_seconds = [60, 80000]
    [trades]
    count = 600
    [market]
    instruments = 8
    [resources]
    short_lines_per_10000 = 6000
    [depository]
    rules = 't2s'
    brokers_take_parts_per_10000 = 10000
    custodians_take_parts_per_10000 = 10000
    parts_by_quantity_per_10000 = 5000
";

#[test]
fn the_shipped_day_runs_by_the_rules_of_t2s() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/scenarios/t2s-day.toml");
    let scenario =
        Scenario::from_toml(&std::fs::read_to_string(path).expect("it is there")).expect("a scenario");
    let seed = scenario.seed;
    let outcome = run(scenario, seed);
    let report = Report::of(&outcome, "test", seed);
    assert_eq!(report.audit_findings, Vec::<String>::new());
    assert_eq!(report.gateway_ahead, 0);
    assert!(report.fails.count > 0 && report.fails.count < report.trades / 10);
}

#[test]
fn parts_are_followed_to_the_end_in_both_languages() {
    for custodians in ["mt_custodians = 2\nmx_custodians = 0", "mt_custodians = 0\nmx_custodians = 2"] {
        let settings = SCARCE.replace("instruments = 8", &format!("instruments = 8\n{custodians}"));
        let outcome = run(scenario(&settings), 2);
        assert_eq!(outcome.auditor.findings(), &[] as &[String]);
        let (ahead, behind) = (outcome.statistics.gateway_ahead, outcome.statistics.gateway_behind);
        assert_eq!((ahead, behind), (0, 0));
        let in_parts = outcome.auditor.settled_in_parts();
        assert!(in_parts > 0, "nothing settled in parts");
        let book = book(&outcome);
        let settled = book.trades().filter(|t| t.state == State::Settled).count();
        assert_eq!(settled as u64, outcome.statistics.settled_at_end, "those in parts too: {in_parts}");
    }
}

#[test]
fn the_optimiser_settles_what_nobody_could_begin() {
    let poor = SCARCE.replace("6000", "3000\nbroker_cash_percent = 20\naccount_cash_percent = 20");
    let settled = |settings: &str| {
        let outcome = run(scenario(settings), 5);
        assert_eq!(outcome.auditor.findings(), &[] as &[String]);
        outcome.statistics.fates.iter().filter(|f| **f == Fate::Settled).count()
    };
    let with = settled(&poor);
    let without = settled(&format!("{poor}optimiser = false\n"));
    assert!(with > without, "{with} with it, {without} without");
}

#[test]
fn every_switch_is_audited_and_the_same_again() {
    for switch in [
        "night_sequences = []",
        "real_time = false",
        "windows = []",
        "optimiser = false",
        "optimiser_iterations = 1",
        "part_cents_min = 0",
        "high_priority_per_10000 = 10000",
    ] {
        let settings = format!("{}{switch}\n", SCARCE.replace("600\n", "200\n"));
        let once = |seed| {
            let outcome = run(scenario(&settings), seed);
            assert_eq!(outcome.auditor.findings(), &[] as &[String], "{switch}");
            assert_eq!(outcome.statistics.gateway_ahead, 0, "{switch}");
            (Report::of(&outcome, "test", seed).json(), outcome.journal.len())
        };
        assert_eq!(once(3), once(3), "{switch}");
    }
}

/// No broker is short by itself here. What the house's brokers pass on they have when it has come in; so whatever fails for want of
/// securities began with somebody else.
#[test]
fn fails_come_to_the_house_through_chains() {
    let settings = |passed_on: u32| {
        format!(
            "[trades]\ncount = 400\n[resources]\nshort_lines_per_10000 = 0\nbroker_cash_percent = 1000\naccount_cash_percent = 1000\n\
             [population]\ndealers = 20\ninvestors = 60\ninstructions = 2000\nshort_lines_per_10000 = 4000\n\
             cash_cover_percent = [200, 300]\ncash_float_percent = 50\nstocked_lines_per_10000 = 0\n\
             house_chains_per_10000 = {passed_on}\n[depository]\nrules = 't2s'\n"
        )
    };
    let of = |passed_on| {
        let outcome = run(scenario(&settings(passed_on)), 4);
        assert_eq!(outcome.auditor.findings(), &[] as &[String]);
        assert_eq!(outcome.statistics.gateway_ahead, 0);
        (outcome.statistics.lacking.len(), Report::of(&outcome, "test", 4))
    };
    let ((alone, _), (passed_on, report)) = (of(0), of(10_000));
    assert!(passed_on > alone + 5, "{passed_on} of 400 lack something with chains, {alone} without");
    let crowd = report.population.as_ref().expect("there is one");
    assert!(crowd.instructions > 2_000 && crowd.failed > 0, "{crowd:?}");
    let failed: u64 = report.classes.iter().map(|row| row.failed).sum();
    assert_eq!(failed, crowd.failed + report.fails.count, "classes count house and population");
    let json = report.json();
    assert_eq!(json, of(10_000).1.json(), "the same seed gives the same bytes");
    assert!(json.contains("\"gridlock\"") && report.text().contains("largest knot"));
}

/// From ten to two the systems of a custodian are down: it says nothing, and afterwards all gets where it would have.
#[test]
fn messages_wait_for_the_end_of_an_outage() {
    let settings = "
        [trades]
        count = 200
        [market]
        mt_custodians = 1
        mx_custodians = 1
        [[faults.outages]]
        party = 'custodian-1'
        at = '10:00:00'
        minutes = 240
        [[expect]]
        name = 'silence'
        message = { way = 'in', link = 'custodian-1', from = '2026-11-24T10:00:01Z', until = '2026-11-24T13:59:59Z' }
        at_most = 0
        [[expect]]
        name = 'the other goes on'
        message = { way = 'in', link = 'custodian-2', from = '2026-11-24T10:00:01Z', until = '2026-11-24T13:59:59Z' }
        [[expect]]
        name = 'and then it answers'
        message = { way = 'in', link = 'custodian-1', from = '2026-11-24T14:00:00Z', until = '2026-11-24T14:05:00Z' }
        at_least = 20
    ";
    let outcome = run(scenario(settings), 6);
    let report = Report::of(&outcome, "test", 6);
    assert!(report.is_good(), "{:?} {:?}", report.expectations, report.audit_findings);
    assert_eq!(report.gateway_ahead + report.gateway_behind, 0);
}

#[test]
fn the_sample_of_chains_meets_what_it_expects() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/scenarios/chains.toml");
    let scenario =
        Scenario::from_toml(&std::fs::read_to_string(path).expect("it is there")).expect("a scenario");
    let seed = scenario.seed;
    let outcome = run(scenario, seed);
    let report = Report::of(&outcome, "test", seed);
    assert!(report.is_good(), "{:?} {:?}", report.expectations, report.audit_findings);
    let expectation = report.expectations.iter().find(|verdict| verdict.name.contains("does not deliver"));
    assert!(expectation.is_some_and(|verdict| verdict.met), "the slope can be expected");
    let page = finality_simulator::html::run::page(&outcome, &report);
    let shown = report.population.and_then(|p| p.gridlock).map_or(0, |knot| knot.shown.len());
    assert!(shown > 2 && page.contains("The largest knot") && !page.contains("<script"), "{shown} are drawn");
}
