//! A population over several trade dates around the production gateway, under each set of rules.

use crate::common::{run, scenario};
use finality_simulator::report::Report;
use finality_simulator::world::Outcome;

fn week(rules: &str) -> String {
    let (cycles, buy_in) = match rules {
        "dtc" => ("settlement_from = '08:00:00'\ncut_off = '16:00:00'\n", true),
        "t2s" => ("", true),
        _ => ("", false),
    };
    let dtc = "cns_day = ['10:00:00', '12:00:00', '15:50:00']\nrecycle_drop = '15:50:00'\nfinal_figures = '16:30:00'\n";
    format!(
        "[day]\ntrade_dates = 4\nwarm_up_dates = 1\nsettlement_days = 3\n{cycles}\
         [trades]\ncount = 60\n[market]\ninstruments = 12\n\
         [breaks]\nhold_per_10000 = 300\n[resources]\nshort_lines_per_10000 = 3000\n\
         [population]\ndealers = 8\ninvestors = 12\ninstructions = 400\nshort_lines_per_10000 = 3000\n\
         hold_per_10000 = 300\nlate_per_10000 = 300\nfree_per_10000 = 1500\n\
         [depository]\nrules = '{rules}'\n{}[buy_in]\non = {buy_in}\n\
         [[buy_in.extension]]\nclass = 'equity'\nbusiness_days = 1\n",
        if rules == "dtc" { dtc } else { "" },
    )
}

fn clean(outcome: &Outcome) {
    assert_eq!(outcome.auditor.findings(), &[] as &[String]);
    assert_eq!(outcome.statistics.gateway_ahead, 0);
}

#[test]
fn under_each_set_of_rules_it_is_audited_and_the_same_again() {
    for rules in ["simple", "t2s", "dtc"] {
        for seed in 1..4 {
            let outcome = run(scenario(&week(rules)), seed);
            clean(&outcome);
            let report = Report::of(&outcome, "test", seed);
            let crowd = report.population.as_ref().expect("there is one");
            // Three of the four dates are measured.
            assert!((1_200..1_400).contains(&crowd.instructions), "{rules}: {crowd:?}");
            assert!(crowd.failed > 20, "{rules}: {crowd:?}");
            assert_eq!(crowd.penalties.count > 0, rules != "dtc", "{rules}: {crowd:?}");
            if seed == 1 {
                let again = run(scenario(&week(rules)), seed);
                assert_eq!(report.json(), Report::of(&again, "test", seed).json(), "{rules}");
            }
        }
    }
}

/// What is counted by date adds up to what is measured.
#[test]
fn dates_add_up() {
    let outcome = run(scenario(&week("t2s")), 5);
    clean(&outcome);
    let day = &outcome.market.scenario.day;
    let over = |dates| Report::over(&outcome, "test", 5, day.window(dates)).population.expect("there is one");
    let (all, parts) = (over(1..4), [over(1..2), over(2..3), over(3..4)]);
    let sum = |of: &dyn Fn(&finality_simulator::population::report::PopulationRow) -> u64| {
        parts.iter().map(of).sum::<u64>()
    };
    assert_eq!(all.instructions, sum(&|row| row.instructions));
    assert_eq!(all.failed, sum(&|row| row.failed));
    assert_eq!(all.penalties.count, sum(&|row| row.penalties.count));
    assert_eq!(all.penalties.instruction_days, sum(&|row| row.penalties.instruction_days));
    let report = Report::of(&outcome, "test", 5);
    let dates = report.dates.as_ref().expect("there are several");
    let by_date: Vec<(u64, u64)> = dates
        .by_date
        .iter()
        .filter_map(|date| date.population_fails.as_ref())
        .map(|rate| (rate.count, rate.of))
        .collect();
    assert_eq!(by_date.len(), 4);
    assert_eq!(by_date[1..], [0, 1, 2].map(|part| (parts[part].failed, parts[part].instructions)));
    assert!(report.text().contains("population %"));
    assert!(finality_simulator::html::run::page(&outcome, &report).contains(">population<"));
    assert!(parts.iter().all(|row| row.pass_through.is_some()) && all.pass_through.is_some());
    assert_eq!(all.pass_through_cells, sum(&|row| row.pass_through_cells));
}

/// Who goes first when the clearing house gives what has come in is drawn for who has an account, not for its number among all.
#[test]
fn the_first_date_is_that_of_a_single_one_where_a_clearing_house_gives() {
    let fails = |dates: u32, seed: u64| {
        let text =
            week("dtc").replace("trade_dates = 4\nwarm_up_dates = 1", &format!("trade_dates = {dates}"));
        let text = text.replace("[population]\n", "[population]\nhouse_chains_per_10000 = 0\n");
        let outcome = run(scenario(&text), seed);
        clean(&outcome);
        outcome.statistics.at_cut_off[0].population
    };
    for seed in 1..4 {
        assert_eq!(fails(1, seed), fails(2, seed), "seed {seed}");
    }
}

/// An account that owes and has delivered to the clearing house may be uncovered; then it owes no more for what it buys.
#[test]
fn who_is_uncovered_comes_to_owe_no_more() {
    let one = |seed: u64| {
        let outcome = run(
            scenario(
                "[day]\nsettlement_from = '13:00:00'\ncut_off = '20:20:00'\n[trades]\ncount = 2\n[market]\ninstruments = 1\n\
                 [population]\ndealers = 3\ninvestors = 2\ninstructions = 10\nhold_per_10000 = 5000\nhold_minutes = [60, 800]\n\
                 [depository]\nrules = 'dtc'\nfree_cut_off = '23:30:00'\nend_of_day = '23:45:00'\n\
                 collateral_haircuts = [{ class = 'equity', percent = 0 }]\n",
            ),
            seed,
        );
        clean(&outcome);
    };
    (1..41).for_each(one);
}

/// What was lent at the time of a cycle of the clearing house is covered, but for what that takes at the same time.
#[test]
fn what_the_clearing_house_takes_at_the_same_time_is_no_breach() {
    let text = "[day]\ntrade_dates = 5\nsettlement_from = '13:00:00'\ncut_off = '20:20:00'\n[trades]\ncount = 17\n\
                [population]\ndealers = 3\ninvestors = 2\ninstructions = 1\nhold_per_10000 = 7746\n\
                [depository]\nrules = 'dtc'\nfree_cut_off = '23:30:00'\nend_of_day = '23:45:00'\n";
    clean(&run(scenario(text), 5280));
}
