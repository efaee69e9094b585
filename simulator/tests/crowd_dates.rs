//! The population over several trade dates, alone with the depository: what fails goes on to the next day, mornings bring what they are to
//! bring, and a morning that brings something else is found.

use std::rc::Rc;
use std::time::Duration;

use chrono::NaiveTime;
use finality_simulator::auditor::Auditor;
use finality_simulator::market::{Market, at};
use finality_simulator::parties::csd::Csd;
use finality_simulator::parties::{Morning, Party, PartyEffect, PartyInput};
use finality_simulator::population::fails::{self, AtCutOff};
use finality_simulator::scenario::Scenario;

use crate::population::{scenario, without_the_house};

const WEEK: &str = "
    [day]
    trade_dates = 5
    settlement_days = 2
    [trades]
    count = 1
    [market]
    instruments = 20
    [population]
    dealers = 12
    investors = 20
    instructions = 1500
    late_per_10000 = 200
    mismatch_per_10000 = 100
    hold_per_10000 = 200
    short_lines_per_10000 = 2000
    free_per_10000 = 1000
";

struct Week {
    market: Rc<Market>,
    auditor: Auditor,
    /// By trade date.
    found: Vec<AtCutOff>,
    mornings: usize,
}

/// Runs it, without the house; what the depository says of mornings goes through somebody's hands before the auditor hears it.
fn week(scenario: Scenario, seed: u64, hands: impl Fn(usize, &mut Morning)) -> Week {
    let market = without_the_house(scenario, seed);
    let (mut csd, mut auditor) = (Csd::new(Rc::clone(&market)), Auditor::new(&market));
    let mut now = at(market.scenario.day.trade_date, NaiveTime::MIN);
    let (mut found, mut mornings) = (Vec::new(), 0);
    let mut until = |closes, auditor: &mut Auditor| {
        while let Some(due) = csd.deadline().filter(|due| *due < closes) {
            now = now.max(due);
            let mut effects = Vec::new();
            csd.handle(now, PartyInput::Tick, &mut effects);
            for effect in effects {
                match effect {
                    PartyEffect::Credit(credit) => auditor.credited(now, &credit),
                    PartyEffect::Booked(booked) => {
                        booked.iter().for_each(|booking| auditor.booked(now, booking));
                    }
                    PartyEffect::Morning(mut morning) => {
                        hands(mornings, &mut morning);
                        auditor.morning(now, &market, &morning);
                        mornings += 1;
                    }
                    _ => {}
                }
            }
        }
    };
    let hours = &market.scenario.day;
    for day in market.settlement_days() {
        let just_after = |time| at(day, time) + Duration::from_micros(1);
        until(just_after(hours.cut_off), &mut auditor);
        auditor.cut_off(day);
        let date = market.dates.iter().position(|date| date.settles == day);
        found.extend(date.map(|date| fails::at_cut_off(&market, &auditor, date, &[])));
        until(just_after(market.scenario.depository.closes_for_free(hours)), &mut auditor);
        if let Some(date) = date {
            found[date].add_free(&market, &auditor, date);
        }
    }
    assert!(csd.engine().book.is_conserved());
    Week { market, auditor, found, mornings }
}

fn honest(_: usize, _: &mut Morning) {}

fn under(rules: &str) -> String {
    format!("{WEEK}\n[depository]\nrules = '{rules}'\n")
}

#[test]
fn every_date_has_its_fails_and_the_auditor_has_nothing_to_say() {
    for rules in ["simple", "t2s"] {
        let week = week(scenario(&under(rules)), 1, honest);
        assert_eq!(week.auditor.findings(), [] as [String; 0], "{rules}");
        assert_eq!(
            (week.found.len(), week.mornings),
            (5, 5),
            "{rules}: a sixth day, and no morning of the first"
        );
        let mut all = 0;
        for (date, found) in week.found.iter().enumerate() {
            let (population, why) = (found.population, found.why.values().sum::<u64>());
            assert_eq!(population.failed, why, "{rules}: each fail of date {date} has a reason");
            assert!(population.failed > 20 && population.failed < 1_000, "{rules}: {population:?}");
            all += population.all;
        }
        assert_eq!(all, week.market.crowd.deals.len() as u64);
    }
}

#[test]
fn the_first_date_is_that_of_a_single_one() {
    for rules in ["simple", "t2s"] {
        let several = week(scenario(&under(rules)), 2, honest);
        let single = under(rules).replace("trade_dates = 5", "trade_dates = 1");
        let single = week(scenario(&single), 2, honest);
        assert_eq!(single.mornings, 0);
        assert_eq!(single.found[0], several.found[0], "{rules}");
        assert_ne!(several.found[1].population, several.found[0].population, "{rules}");
    }
}

/// What lacks in the morning comes a day later and settles then: all that is left by the end of the sixth day is of the last date, or lacks
/// something else.
#[test]
fn what_lacked_comes_and_settles() {
    let settings = under("t2s").replace("_per_10000 = 200\n", "_per_10000 = 0\n").replace("= 100\n", "= 0\n")
        + "[resources]\nshort_business_days = [1, 1]\n";
    let settings = settings.replace(
        "free_per_10000 = 1000",
        "free_per_10000 = 1000\ncash_cover_percent = [300, 300]\ncash_float_percent = 300",
    );
    let week = week(scenario(&settings), 3, honest);
    assert_eq!(week.auditor.findings(), [] as [String; 0]);
    for (date, found) in week.found.iter().enumerate() {
        assert!(found.population.failed > 10, "date {date}: {:?}", found.population);
    }
    let left = |date: u16| {
        let deals = week.market.crowd.deals.iter().enumerate().filter(|(_, deal)| deal.date == date);
        deals.filter(|(number, _)| week.auditor.population_left(*number).is_some()).count()
    };
    assert_eq!([0, 1, 2, 3, 4].map(left), [0; 5]);
}

#[test]
fn a_morning_that_brings_something_else_is_found() {
    type Move = (String, Option<u32>, i64);
    fn one(morning: &mut Morning, kind: fn(&Move) -> bool) -> &mut Move {
        morning.moves.iter_mut().find(|one| kind(one)).expect("something of that kind moves")
    }
    fn securities((account, line, moved): &Move) -> bool {
        account.starts_with("DEAL") && line.is_some() && *moved > 0
    }
    fn cash((account, line, _): &Move) -> bool {
        account.starts_with("INVE") && line.is_none()
    }
    type Plant = fn(&mut Morning);
    let plants: [(Plant, &str); 4] = [
        (|m| one(m, securities).2 += 1, "does not have the securities of its morning"),
        (|m| m.moves.retain(|of| !securities(of)), "does not have the securities of its morning"),
        (|m| one(m, cash).2 += 1, "in cash in the morning"),
        (|m| one(m, cash).0 = "LEND00001".to_owned(), "something moved to or from LEND00001"),
    ];
    for (plant, words) in plants {
        let week = week(scenario(&under("t2s")), 1, |number, morning| {
            if number == 1 {
                plant(morning);
            }
        });
        let findings = week.auditor.findings();
        assert!(findings.iter().any(|finding| finding.contains(words)), "{words}: {findings:?}");
    }
}
