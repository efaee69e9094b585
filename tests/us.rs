//! The production gateway in markets that settle as the United States do: a clearing house that nets, deliveries beside it, buy-ins and the
//! fails charge. The auditor has nothing to say, and the gateway follows each trade to its end.

use std::path::Path;

use crate::common::{run, scenario};
use finality_simulator::experiment::figures;
use finality_simulator::report::Report;
use finality_simulator::scenario::Scenario;
use finality_simulator::world::Outcome;

fn figure(outcome: &Outcome, report: &Report, key: &str) -> String {
    let at = figures::index(key).expect("a figure");
    format!("{:.2}", figures::of(outcome, report)[at])
}

fn clean(outcome: &Outcome) {
    assert_eq!(outcome.auditor.findings(), &[] as &[String]);
    assert_eq!(outcome.statistics.gateway_ahead, 0);
}

#[test]
fn the_shipped_day_nets_and_delivers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/scenarios/us-t1.toml");
    let scenario =
        Scenario::from_toml(&std::fs::read_to_string(path).expect("it is there")).expect("a scenario");
    let seed = scenario.seed;
    let outcome = run(scenario, seed);
    clean(&outcome);
    let report = Report::of(&outcome, "test", seed);
    let routes = report.routes.as_ref().expect("there is a clearing house");
    assert!(routes.cns.of > 1_000 && routes.cns.count > 0 && routes.non_cns.of > 1_000, "{routes:?}");
    assert_eq!(figure(&outcome, &report, "cns_fail_percent"), format!("{:.2}", routes.cns.percent));
    assert_eq!(figure(&outcome, &report, "non_cns_fail_percent"), format!("{:.2}", routes.non_cns.percent));
    assert_eq!(report.penalties.count, 0, "the penalties of the Union are not taken");
    assert!(report.settled_at_end.count > report.trades - report.fails.count, "what failed settles later");
}

/// Much is short, for a week: fails are charged, bought in and prioritised.
const SCARCE: &str = "
    [day]
    settlement_days = 7
    settlement_from = '08:00:00'
    cut_off = '16:00:00'
    [trades]
    count = 300
    [market]
    instruments = 12
    [[market.classes]]
    class = 'government_bond'
    lines_per_10000 = 3000
    [breaks]
    hold_per_10000 = 300
    [resources]
    short_lines_per_10000 = 5000
    [population]
    dealers = 8
    investors = 12
    instructions = 600
    short_lines_per_10000 = 4000
    hold_per_10000 = 300
    [depository]
    rules = 'dtc'
    cns_day = ['10:00:00', '12:00:00', '15:50:00']
    recycle_drop = '15:50:00'
    final_figures = '16:30:00'
";

#[test]
fn a_week_of_shortage_with_buy_ins_and_charges_is_audited_and_the_same_again() {
    let settings = format!("{SCARCE}[fails_charge]\non = true\n[buy_in]\non = true\n");
    let once = || {
        let outcome = run(scenario(&settings), 3);
        clean(&outcome);
        (Report::of(&outcome, "test", 3).json(), Report::of(&outcome, "test", 3))
    };
    let (json, report) = once();
    let charge = report.fails_charge.as_ref().expect("it is on");
    assert!(charge.count > 0 && charge.net.is_zero() && charge.calendar_days > charge.count, "{charge:?}");
    let bought = report.buy_ins.as_ref().expect("they are on");
    assert!(bought.count > 0 && !bought.difference.is_zero(), "{bought:?}");
    assert!(report.text().contains("fails charge") && report.text().contains("bought in"));
    assert_eq!(json, once().0);
    let without = run(scenario(SCARCE), 3);
    clean(&without);
    let without = Report::of(&without, "test", 3);
    assert!(without.fails_charge.is_none() && without.buy_ins.is_none(), "off by default");
}

#[test]
fn every_switch_is_audited() {
    for switch in [
        "cns_classes = []",
        "cns_custodians_per_10000 = 10000",
        "net_debit_cap_cents = 0",
        "look_ahead_minutes = 720",
        "collateral_haircuts = []",
    ] {
        let settings = format!("{SCARCE}{switch}\n").replace("settlement_days = 7", "settlement_days = 2");
        clean(&run(scenario(&settings), 4));
    }
    // The buy-in is a policy under the rules of T2S too.
    let t2s = "[day]\nsettlement_days = 6\n[trades]\ncount = 200\n[market]\ninstruments = 8\n[resources]\nshort_lines_per_10000 = 6000\n\
               [depository]\nrules = 't2s'\n[buy_in]\non = true\n";
    let outcome = run(scenario(t2s), 2);
    clean(&outcome);
    assert!(Report::of(&outcome, "test", 2).buy_ins.is_some_and(|bought| bought.count > 0));
}
