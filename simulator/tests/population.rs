//! The population alone with the depository: what it books the auditor holds to its rules, fails pass on, and what is planted is
//! found.

use std::path::Path;
use std::rc::Rc;
use std::time::Duration;

use chrono::NaiveTime;
use finality_simulator::auditor::Auditor;
use finality_simulator::market::{Market, at};
use finality_simulator::parties::csd::Csd;
use finality_simulator::parties::penalties::Tally;
use finality_simulator::parties::{Booking, CreditBooking, Party, PartyEffect, PartyInput};
use finality_simulator::population::Deal;
use finality_simulator::population::class::Class;
use finality_simulator::population::fails::{self, AtCutOff, Why};
use finality_simulator::scenario::Scenario;

const SMALL: &str = "
    [day]
    settlement_days = 1
    [trades]
    count = 1
    [population]
    dealers = 12
    investors = 20
    instructions = 3000
    late_per_10000 = 200
    mismatch_per_10000 = 100
    hold_per_10000 = 200
";

pub(crate) fn scenario(settings: &str) -> Scenario {
    Scenario::from_toml(&format!("name = 'crowd'\n{settings}")).expect("a scenario")
}

fn sample(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/scenarios").join(name);
    Scenario::from_toml(&std::fs::read_to_string(path).expect("it is there")).expect("a scenario")
}

/// A market whose house instructs nothing: its own legs are not there, so nobody may count on them.
pub(crate) fn without_the_house(scenario: Scenario, seed: u64) -> Rc<Market> {
    let mut market = Market::draw(scenario, seed);
    market.crowd.deals.retain(|deal| deal.passes_on.is_none());
    Rc::new(market)
}

/// A day at the depository; the house instructs nothing.
struct Day {
    market: Rc<Market>,
    auditor: Auditor,
    bookings: Vec<(finality_parsers::machine::Timestamp, Booking)>,
    credits: Vec<CreditBooking>,
    found: AtCutOff,
    penalties: Tally,
}

/// Runs it; what the depository says goes through somebody's hands before the auditor hears it.
fn day(scenario: Scenario, seed: u64, hands: impl Fn(usize, Booking) -> Vec<Booking>) -> Day {
    let market = without_the_house(scenario, seed);
    let (mut csd, mut auditor) = (Csd::new(Rc::clone(&market)), Auditor::new(&market));
    let just_after = |time| at(market.settlement_date, time) + Duration::from_micros(1);
    let mut now = at(market.scenario.day.trade_date, NaiveTime::MIN);
    let (mut bookings, mut credits) = (Vec::new(), Vec::new());
    let mut until = |closes, auditor: &mut Auditor| {
        while let Some(due) = csd.deadline().filter(|due| *due < closes) {
            now = now.max(due);
            let mut effects = Vec::new();
            csd.handle(now, PartyInput::Tick, &mut effects);
            for effect in effects {
                if let PartyEffect::Credit(credit) = &effect {
                    auditor.credited(now, credit);
                    credits.push(credit.clone());
                }
                let PartyEffect::Booked(booked) = effect else { continue };
                for booking in booked {
                    for booking in hands(bookings.len(), booking) {
                        auditor.booked(now, &booking);
                    }
                    bookings.push((now, booking));
                }
            }
        }
    };
    let hours = &market.scenario.day;
    until(just_after(hours.cut_off), &mut auditor);
    auditor.cut_off(market.settlement_date);
    let mut found = fails::at_cut_off(&market, &auditor, 0, &[]);
    until(just_after(market.scenario.depository.closes_for_free(hours)), &mut auditor);
    found.add_free(&market, &auditor, 0);
    assert!(csd.engine().book.is_conserved());
    let taken = csd.crowd_penalties_by_day();
    let penalties = taken.values().fold(Tally::default(), |all, of_day| all.and(of_day));
    Day { market, auditor, bookings, credits, found, penalties }
}

fn honest(_: usize, booking: Booking) -> Vec<Booking> {
    vec![booking]
}

fn rules(settings: &str, rules: &str) -> Scenario {
    scenario(&format!("{settings}\n[depository]\nrules = '{rules}'\n"))
}

#[test]
fn both_kinds_of_depository_settle_a_population_and_the_auditor_has_nothing_to_say() {
    for kind in ["simple", "t2s"] {
        let day = day(rules(SMALL, kind), 1, honest);
        assert_eq!(day.auditor.findings(), [] as [String; 0], "{kind}");
        assert!(day.bookings.len() > 1_500, "{kind}: {} booked", day.bookings.len());
        let all = day.found.population;
        assert_eq!(all.all, day.market.crowd.deals.len() as u64);
        assert_eq!(all.failed, day.found.why.values().sum::<u64>(), "each fail has a reason");
        for why in [Why::Unmatched, Why::Held, Why::Securities] {
            assert!(day.found.why.get(&why).is_some_and(|count| *count > 0), "{kind}: {:?}", day.found.why);
        }
    }
}

#[test]
fn the_same_seed_books_the_same() {
    let of = |seed| day(rules(SMALL, "t2s"), seed, honest);
    let (one, again, other) = (of(1), of(1), of(2));
    assert_eq!(one.bookings, again.bookings);
    assert_eq!(one.found, again.found);
    assert_ne!(one.bookings, other.bookings);
}

/// Where nobody is short, late or holding and cash is plenty, everything settles: a fail has a cause.
#[test]
fn nothing_fails_where_nothing_lacks() {
    let settings = SMALL.replace("200\n", "0\n").replace("100\n", "0\n")
        + "\nshort_lines_per_10000 = 0\ncash_cover_percent = [300, 300]\ncash_float_percent = 100\n";
    // Those who owe each other the same line cannot begin: it takes the optimiser.
    let settings = format!("{settings}[resources]\nbroker_cash_percent = 3000\n");
    let day = day(rules(&settings, "t2s"), 3, honest);
    assert_eq!(day.found.why, std::collections::BTreeMap::new());
    assert_eq!(day.found.gridlock, None);
    assert_eq!(day.auditor.findings(), [] as [String; 0]);
}

/// Chains and nothing else: what the first does not deliver nobody after it does.
#[test]
fn a_shortage_at_the_beginning_is_passed_on_to_the_end() {
    let settings = SMALL.replace("200\n", "0\n").replace("100\n", "0\n")
        + "\nin_chains_per_10000 = 10000\nin_circles_per_10000 = 0\nstocked_lines_per_10000 = 0\nshort_lines_per_10000 = 3000\n\
           cash_cover_percent = [300, 300]\ncash_float_percent = 100\n";
    let day = day(rules(&settings, "t2s"), 1, honest);
    assert_eq!(day.auditor.findings(), [] as [String; 0]);
    let slope = day.found.pass_through.slope_thousandths().expect("there are chains");
    assert!((800..=1_100).contains(&slope), "{slope}");
    let knot = day.found.gridlock.expect("they wait for each other");
    assert!(knot.longest >= 3, "{knot:?}");
    let (first, later): (Vec<_>, Vec<_>) = knot.shown.iter().partition(|link| link.step == 0);
    assert!(first.iter().any(|link| link.why == Why::Securities && link.short > 0.into()), "{first:?}");
    assert!(
        !later.is_empty() && later.iter().all(|link| !link.waits_for.is_empty() || link.waits_for_more > 0),
        "{later:?}"
    );
}

/// What is free of payment needs no cash, has more time than what is paid, fails for want of securities all the same, and is charged for that.
#[test]
fn what_is_free_of_payment_goes_without_cash_until_its_own_cut_off() {
    let settings = SMALL.replace("late_per_10000 = 200", "late_per_10000 = 3000\nfree_per_10000 = 9000");
    for kind in ["simple", "t2s"] {
        let day = day(rules(&settings, kind), 1, honest);
        assert_eq!(day.auditor.findings(), [] as [String; 0], "{kind}");
        let deals = &day.market.crowd.deals;
        assert!(day.bookings.iter().all(|(_, booked)| (booked.cents == 0) == deals[booked.number].free));
        let (all, free) = (day.found.population, day.found.free);
        assert_eq!(all.all, deals.len() as u64, "{kind}: each counts once");
        assert_eq!(all.failed, day.found.why.values().sum::<u64>(), "{kind}: each fail has a reason");
        assert_eq!(free.all, deals.iter().filter(|deal| deal.free).count() as u64);
        assert!(0 < free.failed && free.failed < free.all && free.failed_cents > 0, "{kind}: {free:?}");
        // Between the cut-offs it settles where there are two, and then it has not failed.
        let hours = &day.market.scenario.day;
        let paid_until = at(day.market.settlement_date, hours.cut_off);
        let after = day.bookings.iter().filter(|(when, _)| *when > paid_until);
        let after: Vec<&Booking> = after.map(|(_, booked)| booked).collect();
        assert!(after.iter().all(|booked| deals[booked.number].free), "{kind}");
        assert_eq!(after.is_empty(), kind == "simple", "{kind}: {} after", after.len());
        let open = |number: &usize| day.auditor.population_left(*number).is_some();
        let failed = (0..deals.len()).filter(|number| deals[*number].free && open(number)).count();
        assert_eq!(free.failed, failed as u64, "{kind}: as it was at the second cut-off");
        // Each due pair counts once a day for penalties, whichever cut-off is its own.
        if kind == "t2s" {
            let free_until = at(day.market.settlement_date, day.market.scenario.depository.free_cut_off);
            let in_time = |deal: &&Deal| deal.matches_at <= if deal.free { free_until } else { paid_until };
            assert_eq!(day.penalties.instruction_days, deals.iter().filter(in_time).count() as u64);
        }
    }
}

/// Why it failed is said of its own cut-off: what was let go at ten past four, after the first, is held no longer.
#[test]
fn what_was_let_go_between_the_cut_offs_is_not_held_at_the_second() {
    let settings = SMALL
        .replace("hold_per_10000 = 200", "hold_per_10000 = 10000\nhold_minutes = [1210, 1210]")
        + "\nfree_per_10000 = 10000\nin_chains_per_10000 = 0\nin_circles_per_10000 = 0\nshort_lines_per_10000 = 3000\n";
    let day = day(rules(&settings, "t2s"), 1, honest);
    assert_eq!(day.auditor.findings(), [] as [String; 0]);
    assert_eq!(day.found.why.get(&Why::Held), None, "{:?}", day.found.why);
    assert!(day.found.why.contains_key(&Why::Securities), "{:?}", day.found.why);
    assert!(day.found.free.failed < day.found.free.all / 2, "{:?}", day.found.free);
}

#[test]
fn what_is_planted_in_the_bookings_is_found() {
    let plant = |hands: &dyn Fn(usize, Booking) -> Vec<Booking>, kind: &str, word: &str| {
        let day = day(rules(SMALL, kind), 1, hands);
        let findings = day.auditor.findings();
        assert!(findings.iter().any(|finding| finding.contains(word)), "{word}: {findings:?}");
    };
    let twice = |n: usize, b: Booking| if n == 40 { vec![b, b] } else { vec![b] };
    plant(&twice, "simple", "more than was left");
    let never = |n: usize, b: Booking| if n == 40 { vec![] } else { vec![b] };
    plant(&never, "simple", "could have settled and did not");
    let dearer = |n: usize, b: Booking| vec![Booking { cents: b.cents + i64::from(n == 40), ..b }];
    plant(&dearer, "t2s", "another amount than agreed");
    let more = |n: usize, b: Booking| vec![Booking { quantity: b.quantity + i64::from(n == 40), ..b }];
    plant(&more, "t2s", "more than was left");
    let nobodys =
        |n: usize, b: Booking| vec![Booking { number: if n == 40 { 1 << 30 } else { b.number }, ..b }];
    plant(&nobodys, "simple", "which nobody traded");
    let free = format!("{SMALL}\nfree_per_10000 = 10000\nin_chains_per_10000 = 0\nin_circles_per_10000 = 0");
    let paid = day(rules(&free, "t2s"), 1, dearer);
    let wrong = |finding: &String| finding.contains("another amount than agreed");
    assert!(paid.auditor.findings().iter().any(wrong), "{:?}", paid.auditor.findings());
    // A part outside of parts, and what is left of it.
    let apart = |n: usize, b: Booking| {
        if n != 40 || b.quantity < 2 {
            return vec![b];
        }
        let (quantity, cents) = (b.quantity / 2, b.cents / 2);
        vec![
            Booking { quantity, cents, ..b },
            Booking { quantity: b.quantity - quantity, cents: b.cents - cents, ..b },
        ]
    };
    plant(&apart, "simple", "settled in part");
}

#[test]
fn what_settles_too_early_or_without_means_is_found() {
    let market = Rc::new(Market::draw(rules(SMALL, "simple"), 1));
    let noon = at(market.settlement_date, NaiveTime::from_hms_opt(12, 0, 0).expect("noon"));
    let booked = |which: &dyn Fn(&finality_simulator::population::Deal) -> bool, when, word: &str| {
        let mut auditor = Auditor::new(&market);
        let number = market.crowd.deals.iter().position(which).expect(word);
        let deal = &market.crowd.deals[number];
        auditor.booked(when, &Booking { number, quantity: deal.quantity, cents: deal.cents });
        let findings = auditor.findings();
        assert!(findings.iter().any(|finding| finding.contains(word)), "{word}: {findings:?}");
    };
    booked(&|deal| deal.matches_at > noon, noon, "before its sides met");
    booked(&|deal| deal.held_until.is_some_and(|until| until > noon), noon, "while it was held");
    let night = at(market.settlement_date, market.scenario.day.cut_off) + Duration::from_secs(1);
    booked(&|deal| deal.matches_at < noon, night, "outside the hours");
    // A dealer that only passes on has nothing at noon, if nothing has come in.
    let has_nothing = |deal: &finality_simulator::population::Deal| {
        let account = &market.crowd.parties[deal.from as usize].account;
        let isin = market.instruments[deal.line as usize].isin;
        Auditor::new(&market).position(account, isin.as_str()) == 0
    };
    booked(&has_nothing, noon, "below zero");
}

/// The sample is within the published band, seed after seed, with the population alone.
#[test]
fn fails_pass_through_the_chains_of_the_sample_as_published() {
    let slopes: Vec<i64> = (1..=5)
        .map(|seed| {
            let day = day(sample("chains.toml"), seed, honest);
            assert_eq!(day.auditor.findings(), [] as [String; 0], "seed {seed}");
            day.found.pass_through.slope_thousandths().expect("fails pass on")
        })
        .collect();
    let mean = slopes.iter().sum::<i64>() / 5;
    assert!((800..=1_000).contains(&mean), "{slopes:?}");
}

/// Not how long it takes, which no test should depend on, but that it is done: a hundred thousand.
#[test]
fn a_hundred_thousand_instructions_are_a_day_like_another() {
    let settings = SMALL
        .replace("instructions = 3000", "instructions = 100000")
        .replace("dealers = 12", "dealers = 200")
        .replace("investors = 20", "investors = 400");
    let day = day(rules(&settings, "simple"), 1, honest);
    assert_eq!(day.auditor.findings(), [] as [String; 0]);
    assert!(day.bookings.len() > 50_000, "{}", day.bookings.len());
}

/// Cash is short, and the central bank lends: more settles, by its rules, and most of it is paid back.
#[test]
fn who_lacks_cash_is_lent_it_on_what_it_buys() {
    let poor = SMALL.replace(
        "hold_per_10000 = 200",
        "hold_per_10000 = 0\ncash_cover_percent = [30, 60]\ncash_float_percent = 2",
    ) + "\n[market]\nclasses = [{ class = 'government_bond', lines_per_10000 = 6000 }]\n[depository]\nrules = 't2s'\n";
    let of = |limit: &str| {
        let day = day(scenario(&format!("{poor}{limit}")), 1, honest);
        assert_eq!(day.auditor.findings(), [] as [String; 0], "{limit}");
        day
    };
    let (none, lent) = (of(""), of("credit_limit_cents = 5000000000"));
    // Where nothing settles in real time, loans of the night are paid back at the cut-off nevertheless.
    let at_night = of("real_time = false\ncredit_limit_cents = 50000000000");
    assert!(at_night.credits.iter().any(|c| c.back));
    let cash = |day: &Day| day.found.why.get(&Why::Cash).copied().unwrap_or(0);
    assert!(cash(&lent) * 2 < cash(&none), "{:?} {:?}", none.found.why, lent.found.why);
    assert!(lent.found.population.failed < none.found.population.failed);
    assert!(lent.credits.iter().any(|c| c.back) && lent.credits.iter().any(|c| !c.back));
    let made = lent.credits.iter().filter(|c| !c.back).count();
    assert!(lent.auditor.loans_standing() < made, "some are paid back");
}

#[test]
fn loans_that_may_not_be_are_found() {
    let settings = SMALL.to_owned()
        + "\n[market]\nclasses = [{ class = 'government_bond', lines_per_10000 = 5000 }]\n[depository]\nrules = 't2s'\n\
           credit_limit_cents = 100000000\n";
    let market = Rc::new(Market::draw(scenario(&settings), 1));
    let noon = at(market.settlement_date, NaiveTime::from_hms_opt(12, 0, 0).expect("noon"));
    let line =
        |class: Class| market.instruments.iter().position(|i| i.class == class).expect("there is one") as u32;
    let (bond, share) = (line(Class::GovernmentBond), line(Class::Equity));
    let worth = market.instruments[bond as usize].price_cents * 95 / 100;
    let account = market.crowd.parties[0].account.clone();
    let booking = CreditBooking { account, line: bond, quantity: 10, cents: 10 * worth, back: false };
    let found = |booking: &CreditBooking, when, word: &str| {
        let mut auditor = Auditor::new(&market);
        auditor.credited(when, booking);
        let findings = auditor.findings();
        assert!(findings.iter().any(|finding| finding.contains(word)), "{word}: {findings:?}");
    };
    found(&CreditBooking { line: share, ..booking.clone() }, noon, "not taken");
    found(&CreditBooking { cents: 10 * (worth + 1), ..booking.clone() }, noon, "worth");
    let quantity = 100_000_000 / worth + 2;
    found(&CreditBooking { quantity, cents: 100_000_001, ..booking.clone() }, noon, "limit");
    found(&CreditBooking { back: true, ..booking.clone() }, noon, "not lent");
    found(
        &booking,
        at(market.settlement_date, NaiveTime::from_hms_opt(17, 0, 0).expect("five")),
        "outside the hours",
    );
    // A pledge of what it does not have, with no delivery to bring it.
    let mut auditor = Auditor::new(&market);
    auditor.credited(noon, &CreditBooking { quantity: 1_000, cents: 1_000, ..booking });
    auditor.cut_off(market.settlement_date);
    assert!(
        auditor.findings().iter().any(|finding| finding.contains("below zero")),
        "{:?}",
        auditor.findings()
    );
}
