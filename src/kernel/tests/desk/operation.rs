//! Other ways of working: trades go on at cycles or with their block, and people are told of trades at risk.

use chrono::NaiveTime;
use finality_kernel::fact::Fact;
use finality_kernel::operation::{Alerts, Operation, Release};
use finality_kernel::profile::Profile;
use finality_parsers::machine::Timestamp;

use crate::desk::gateway::Gateway;
use crate::desk::market;
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::Play;

fn time(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).expect("a time")
}

fn with(operation: Operation) -> Profile {
    Profile { operation, ..market::profile() }
}

fn at_cycles() -> Operation {
    Operation { release: Release::AtCycles, cycles: vec![time(15), time(11)], ..Operation::default() }
}

fn by_block() -> Operation {
    Operation { release: Release::ByBlock, block_wait_minutes: 240, ..Operation::default() }
}

/// Scenarios begin at 09:00.
const AT_CYCLES: &[Scenario] = &[
    scenario(
        "what agrees goes on at the next cycle",
        "manager allocates B1      | allocated |
         broker confirms C1 of B1  | matched |
         119 minutes pass          | matched |
         2 minutes pass            | instructed |",
    ),
    scenario(
        "while it waits the broker corrects itself, wrongly and then rightly",
        "manager allocates B1                                 | allocated |
         broker confirms C1 of B1                             | matched |
         broker confirms C2 of B1 price 101.00 replaces C1    | mismatched | economics_differ
         broker confirms C3 of B1 replaces C2                 | matched |
         121 minutes pass                                     | instructed |",
    ),
    scenario(
        "while it waits the broker takes its confirmation back",
        "manager allocates B1            | allocated |
         broker confirms C1 of B1        | matched |
         broker confirms X1 cancels C1   | allocated |
         121 minutes pass                | allocated | confirmation_missing",
    ),
    scenario(
        "while it waits the manager replaces its allocation, then takes it back",
        "manager allocates B1                         | allocated |
         broker confirms C1 of B1                     | matched |
         manager allocates B2 quantity 900 replaces B1 | mismatched | economics_differ
         manager allocates B3 replaces B2             | matched |
         manager allocates B4 cancels B3              | alleged |",
    ),
];

const BY_BLOCK: &[Scenario] = &[
    scenario(
        "a share waits for the other of its block",
        "manager allocates B1 quantity 600 block 1000 announces 2                     | |
         manager allocates B1 quantity 400 block 1000 account FUND2 announces 2 last  | allocated, allocated |
         broker confirms C1 of B1 quantity 600                           | matched, allocated |
         broker confirms C2 of B1 quantity 400 account FUND2               | instructed, instructed |",
    ),
    scenario(
        "it does not wait for ever",
        "manager allocates B1 quantity 600 block 1000 announces 2                     | |
         manager allocates B1 quantity 400 block 1000 account FUND2 announces 2 last  | allocated, allocated |
         broker confirms C1 of B1 quantity 600                           | matched, allocated |
         239 minutes pass                                                  | matched, allocated | confirmation_missing
         2 minutes pass                                                    | instructed, allocated | confirmation_missing",
    ),
];

#[test]
fn trades_go_on_as_the_house_works() {
    for (operation, scenarios) in [(at_cycles(), AT_CYCLES), (by_block(), BY_BLOCK)] {
        for scenario in scenarios {
            let mut play = Play::new(Gateway::open_with(with(operation.clone())));
            play.table(scenario.steps, true);
        }
    }
}

#[test]
fn a_restart_while_they_wait_changes_nothing() {
    for (operation, scenarios) in [(at_cycles(), AT_CYCLES), (by_block(), BY_BLOCK)] {
        for scenario in scenarios {
            let mut play = Play::new(Gateway::open_with(with(operation.clone())));
            for step in scenario.steps.lines() {
                play.table(step, false);
                play.table("power is cut | ", false);
            }
            let mut whole = Play::new(Gateway::open_with(with(operation.clone())));
            whole.table(scenario.steps, true);
            let states = |p: &Play| p.gateway.kernel.book().trades().map(|t| t.state).collect::<Vec<_>>();
            assert_eq!(states(&play), states(&whole), "{}", scenario.name);
        }
    }
}

#[test]
fn the_next_cycle_is_later_today_or_the_first_of_the_next_business_day() {
    let profile = with(at_cycles());
    let at = |text: &str| Timestamp::from_utc(text.parse().expect("a time"));
    for (agreed, goes_on) in [
        ("2026-11-24T10:59:59Z", "2026-11-24T11:00:00Z"),
        ("2026-11-24T11:00:00Z", "2026-11-24T15:00:00Z"),
        // A Friday's evening, and a Saturday.
        ("2026-11-27T15:00:00Z", "2026-11-30T11:00:00Z"),
        ("2026-11-28T10:00:00Z", "2026-11-30T11:00:00Z"),
    ] {
        assert_eq!(profile.goes_on(at(agreed)), Some(at(goes_on)), "{agreed}");
    }
    assert_eq!(market::profile().goes_on(at("2026-11-24T10:00:00Z")), None);
}

#[test]
fn people_are_told_of_a_trade_at_risk_once_and_a_restart_does_not_repeat_it() {
    let alerts = Alerts { every_minutes: 10, at_least_per_10000: 1, most: 1, days_ahead: 5 };
    let operation = Operation { alerts: Some(alerts), ..Operation::default() };
    let mut play = Play::new(Gateway::open_with(with(operation)));
    play.table(
        "manager allocates B1                | allocated |
         manager allocates B2 account FUND2  | allocated, allocated |
         11 minutes pass                     | allocated, allocated |",
        true,
    );
    let told = |play: &Play| -> Vec<u64> {
        let facts = play.gateway.records().into_iter().flat_map(|r| r.facts);
        facts.filter_map(|f| if let Fact::Alerted { trade, .. } = f { Some(trade) } else { None }).collect()
    };
    assert_eq!(told(&play).len(), 1, "one each time");
    play.table("power is cut | \n 11 minutes pass | allocated, allocated |\n 11 minutes pass | allocated, allocated |", false);
    let mut both = told(&play);
    both.sort_unstable();
    assert_eq!(both, [1, 2], "each once");
}

#[test]
fn what_waits_goes_on_at_the_cut_off_of_its_market_at_the_latest() {
    use finality_kernel::lifecycle::market::{CutOff, MarketRow, Stop};
    let cut_off: CutOff = "T 10:30".parse().expect("a cut-off");
    let row =
        MarketRow { cut_offs: [(Stop::Instruction, cut_off)].into_iter().collect(), ..MarketRow::like("de") };
    let profile = Profile { operation: at_cycles(), market: vec![row], ..market::profile() };
    let mut play = Play::new(Gateway::open_with(profile));
    // 09:00 in UTC is 10:00 in Frankfurt: the cut-off comes before the cycle at 11:00.
    play.table(
        "manager allocates B1      | allocated |
         broker confirms C1 of B1  | matched |
         29 minutes pass           | matched |
         2 minutes pass            | instructed |",
        true,
    );
}
