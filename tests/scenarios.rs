//! The production gateway in whole simulated markets: what is injected is raised, what is reported is true, and the same
//! seed gives the same bytes.

use std::path::Path;

use crate::common::{book, run, scenario};
use finality_parsers::model::Cause;
use finality_simulator::market::Speech;
use finality_simulator::report::Report;
use finality_simulator::scenario::Scenario;
use finality_simulator::statistics::Fate;

fn shipped(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/scenarios").join(name);
    Scenario::from_toml(&std::fs::read_to_string(path).expect("it is there")).expect("a scenario")
}

#[test]
fn the_shipped_day_shows_all_three_protocols_and_all_five_causes() {
    let scenario = shipped("day.toml");
    assert!(scenario.trades.count >= 2_000);
    let seed = scenario.seed;
    let outcome = run(scenario, seed);
    let report = Report::of(&outcome, "test", seed);
    assert_eq!(report.audit_findings, Vec::<String>::new());
    for row in &report.causes {
        assert!(row.raised > 0, "{:?} was never raised", row.cause);
    }
    for kind in
        ["FIX J", "FIX P", "FIX AK", "FIX AU", "MT515", "MT541", "MT543", "MT545", "MT547", "MT548", "MT ACK"]
    {
        assert!(report.messages.iter().any(|m| m.kind == kind), "no {kind}");
    }
    for kind in ["sese.023", "sese.024", "sese.025"] {
        assert!(report.messages.iter().any(|m| m.kind.starts_with(kind)), "no {kind}");
    }
    let failed: u64 = report.causes.iter().map(|c| c.fails.count).sum();
    assert_eq!(failed, report.fails.count, "every fail has a cause");
    assert!(report.fails.count > 0 && report.fails.count < report.trades / 10);
    assert_eq!(report.gateway_ahead, 0);

    // Each wrong price or quantity that a broker confirmed by FIX was raised, for that very trade, before its cut-off.
    let market = &outcome.market;
    for (number, trade) in market.trades.iter().enumerate() {
        let broker = &market.brokers[market.blocks[trade.block].broker];
        if !(trade.breaks.wrong_price || trade.breaks.wrong_quantity) || broker.speech != Speech::Fix {
            continue;
        }
        let of_trade = |e: &&finality_simulator::statistics::SeenException| {
            e.trade == Some(number) && e.cause == Cause::DataMismatch
        };
        assert!(
            outcome.statistics.exceptions.values().any(|e| of_trade(&e)),
            "trade {number} was not raised"
        );
    }
}

#[test]
fn each_break_is_raised_as_what_it_is_and_in_time() {
    let mut cases = [0; 5];
    for seed in 1..=3 {
        let mut scenario = shipped("day.toml");
        // A status that is lost on its way was never said to us.
        scenario.faults.dropped_per_10000 = 0;
        let report = Report::of(&run(scenario, seed), "test", seed);
        for row in &report.confusion {
            let Some(expected) = row.expected else {
                // A broker that is slow is chased: no more than three good trades of a hundred are.
                assert!(row.nothing * 100 >= row.cases * 97, "seed {seed}: false alarms: {row:?}");
                continue;
            };
            let family = Cause::ALL.iter().position(|cause| *cause == expected).expect("one of five");
            cases[family] += row.cases;
            // The depository may match ours with the broker's instruction for a twin of the trade: then the twin is raised.
            let at_the_depository = ["broker does not instruct", "securities or cash lacking"];
            let twins = if at_the_depository.contains(&row.injected.as_str()) { row.nothing } else { 0 };
            assert!(twins <= 1, "seed {seed}: {row:?}");
            assert_eq!(row.raised[family], row.cases - twins, "seed {seed}: raised as what it is: {row:?}");
            assert_eq!(row.in_time, row.cases - twins, "seed {seed}: before the cut-off: {row:?}");
        }
    }
    assert!(cases.iter().all(|count| *count > 0), "each of the five was injected: {cases:?}");
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let report = |seed| {
        let mut scenario = shipped("day.toml");
        scenario.trades.count = 300;
        let outcome = run(scenario, seed);
        let report = Report::of(&outcome, "test", seed);
        let journal: Vec<Vec<u8>> = outcome.journal.into_iter().map(|e| e.bytes).collect();
        (report.text(), report.json(), journal)
    };
    assert_eq!(report(11), report(11));
    assert_ne!(report(11).0, report(12).0);
}

#[test]
fn a_market_where_nothing_breaks_settles_everything_without_a_person() {
    let settings = "
        [trades]
        count = 200
        [resources]
        short_lines_per_10000 = 0
        broker_cash_percent = 2000
        account_cash_percent = 2000
        [pace]
        broker_instructs_seconds = [1, 60]
    ";
    let outcome = run(scenario(settings), 3);
    assert!(outcome.statistics.fates.iter().all(|f| *f == Fate::Settled));
    let opened: Vec<_> = outcome.statistics.exceptions.values().collect();
    assert!(opened.is_empty(), "{opened:?}");
    assert_eq!(outcome.statistics.gateway_behind, 0);
    assert_eq!(outcome.auditor.checked(), 400, "both sides of each trade");
}

#[test]
fn fails_emerge_from_what_is_missing() {
    let base = "[trades]\ncount = 150\n[market]\nmt_brokers = 0\n";
    let fails = |settings: &str| {
        let outcome = run(scenario(&format!("{base}{settings}")), 4);
        assert_eq!(outcome.auditor.findings(), &[] as &[String]);
        let of = |cause| outcome.statistics.fates.iter().filter(|f| **f == Fate::Failed(cause)).count();
        Cause::ALL.map(of)
    };
    let plenty =
        "[resources]\nbroker_cash_percent = 2000\naccount_cash_percent = 2000\nshort_lines_per_10000 = ";
    assert_eq!(fails(&format!("{plenty}0")), [0; 5], "enough for everybody");
    let [_, _, short, ..] = fails(&format!("{plenty}6000"));
    assert!(short > 5, "brokers that have too little cannot deliver: {short}");
    let poor = "[resources]\nshort_lines_per_10000 = 0\nbroker_cash_percent = 2000\naccount_cash_percent = 5";
    let [_, _, short, ..] = fails(poor);
    assert!(short > 5, "accounts without cash cannot pay: {short}");
    let nobody = format!("{plenty}0\n[desk]\npeople = 0\n[breaks]\nforgotten_instruction_per_10000 = 2000");
    let [_, late, ..] = fails(&nobody);
    assert!(late > 10, "nobody chases those who forget: {late}");
    let unknown = format!("{plenty}0\n[desk]\npeople = 0\n[breaks]\nmissing_ssi_per_10000 = 5000");
    let [.., ssi, _] = fails(&unknown);
    assert!(ssi > 10, "nobody supplies what is missing: {ssi}");
    let wrong = format!("{plenty}0\n[desk]\npeople = 0\n[breaks]\nwrong_price_per_10000 = 2000");
    let [mismatched, ..] = fails(&wrong);
    assert!(mismatched > 10, "nobody corrects what is wrong: {mismatched}");
}

#[test]
fn forty_markets_with_everything_going_wrong_keep_their_books() {
    let settings = "
        [trades]
        count = 60
        [market]
        fix_brokers = 3
        mt_brokers = 2
        mt_custodians = 1
        mx_custodians = 1
        accounts = 8
        instruments = 6
        [breaks]
        wrong_price_per_10000 = 500
        wrong_quantity_per_10000 = 500
        wrong_date_per_10000 = 300
        late_allocation_per_10000 = 500
        late_confirmation_per_10000 = 500
        missing_ssi_per_10000 = 1500
        incomplete_ssi_per_10000 = 500
        hold_per_10000 = 500
        forgotten_instruction_per_10000 = 500
        [resources]
        short_lines_per_10000 = 3000
        [faults]
        dropped_per_10000 = 200
        duplicated_per_10000 = 300
        garbled_per_10000 = 200
        power_cuts = 3
        power_down_seconds = 60
        [[faults.cuts]]
        link = 'custodian-1'
        at = '09:30:00'
        minutes = 40
        [[faults.cuts]]
        link = 'broker-01'
        at = '11:00:00'
        minutes = 5
    ";
    for seed in 100..140 {
        let outcome = run(scenario(settings), seed);
        assert_eq!(outcome.auditor.findings(), &[] as &[String], "seed {seed}");
        assert_eq!(outcome.statistics.gateway_ahead, 0, "seed {seed}");
        // What is not finished has a deadline, at the end of the world too.
        for trade in book(&outcome).trades() {
            assert_eq!(
                trade.deadline.is_none(),
                trade.state.is_terminal(),
                "seed {seed}: trade {}",
                trade.id
            );
        }
    }
}

#[test]
fn the_journal_grows_in_proportion_to_the_trades() {
    let records = |count: u32| {
        let mut scenario = shipped("day.toml");
        scenario.trades.count = count;
        run(scenario, 1).journal.len() as u64
    };
    let (small, large) = (records(500), records(2_000));
    assert!(large < small * 5, "four times the trades took {small} and then {large} records");
}

/// Six trade dates; brokers are short of a tenth of their lines, and get what they lack a business day or two later.
const WEEK: &str = "
    [day]
    trade_dates = 8
    warm_up_dates = 2
    batch_dates = 2
    [trades]
    count = 60
    [resources]
    short_lines_per_10000 = 2500
    short_business_days = [1, 2]
";

#[test]
fn the_first_of_several_trade_dates_is_the_day_alone() {
    let alone = run(scenario("[trades]\ncount = 60\n[resources]\nshort_lines_per_10000 = 2500\n"), 5);
    let week = run(scenario(WEEK), 5);
    assert_eq!(week.market.trades.len(), 8 * 60);
    assert_eq!(format!("{:?}", alone.market.trades), format!("{:?}", &week.market.trades[..60]));
    assert_eq!(alone.statistics.fates, week.statistics.fates[..60]);
    let dates: Vec<usize> = (0..8).map(|date| week.market.trades_of(date..date + 1).len()).collect();
    assert_eq!(dates, [60; 8]);
}

#[test]
fn every_date_begins_with_enough_and_what_lacks_comes_later() {
    let plenty = WEEK.replace(
        "short_lines_per_10000 = 2500",
        "short_lines_per_10000 = 0\nbroker_cash_percent = 2000\naccount_cash_percent = 2000",
    );
    let outcome = run(scenario(&plenty), 6);
    assert_eq!(outcome.auditor.findings(), &[] as &[String]);
    assert!(outcome.statistics.fates.iter().all(|fate| *fate == Fate::Settled), "nothing lacks on any date");

    for rules in ["simple", "t2s"] {
        let outcome = run(scenario(&format!("{WEEK}\n[depository]\nrules = '{rules}'\n")), 6);
        assert_eq!(outcome.auditor.findings(), &[] as &[String], "{rules}");
        let report = Report::of(&outcome, "test", 6);
        let dates = report.dates.as_ref().expect("there are several");
        let fails: Vec<u64> = dates.by_date.iter().map(|date| date.fails.count).collect();
        assert!(
            fails[..4].iter().sum::<u64>() > 0 && fails[4..].iter().sum::<u64>() > 0,
            "{rules}: {fails:?}"
        );
        // It comes within two business days: what failed on the first dates has settled long before the end.
        let settled = |trade: usize| {
            outcome
                .statistics
                .stages
                .get(&trade)
                .is_some_and(|s| s.contains_key(&finality_parsers::desk::Stage::Settled))
        };
        assert!(outcome.market.trades_of(0..4).all(settled), "{rules}");
        assert_eq!(report.trades, 6 * 60, "warm-up is not measured");
        assert_eq!(report.fails.count, fails[2..].iter().sum::<u64>());
        let first = dates.batches.iter().find(|figure| figure.key == "fail_percent").expect("a figure");
        assert!(first.half_width.is_some() && first.lag_1.is_some(), "three batches: {first:?}");
    }
}

#[test]
fn what_is_borrowed_is_given_back_when_it_comes() {
    let settings = format!(
        "{WEEK}\n[operation]\nmodels = ['proactive']\nlendable_per_10000 = 10000\nalert_at_least_per_10000 = 100\n"
    );
    let outcome = run(scenario(&settings), 7);
    assert_eq!(outcome.auditor.findings(), &[] as &[String]);
    let market = &outcome.market;
    let lender = market.custodians.len() + market.brokers.len();
    let reference = |side: &str, loan: &finality_simulator::parties::lending::Loan| {
        format!("{side}{:02}L{:05}D{:03}", loan.broker, loan.line, loan.date)
    };
    let early: Vec<_> = outcome.loans.iter().filter(|loan| loan.date < 5).collect();
    assert!(!early.is_empty(), "somebody borrows");
    for loan in early {
        let [out, back] = ["LN", "LR"].map(|side| outcome.auditor.settled_at(lender, &reference(side, loan)));
        assert!(out.is_some() && back > out, "{loan:?}: lent {out:?}, given back {back:?}");
    }
}

#[test]
fn several_trade_dates_by_american_rules_keep_their_books() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/scenarios/us-t1.toml"))
            .expect("it is there");
    let mut scenario = Scenario::from_toml(&text).expect("a scenario");
    (scenario.day.trade_dates, scenario.trades.count) = (4, 150);
    scenario.population = finality_simulator::population::Population::default();
    scenario.expect.clear();
    (scenario.buy_in.on, scenario.fails_charge.on) = (true, true);
    scenario.buy_in.extension.iter_mut().for_each(|extension| extension.business_days = 1);
    let outcome = run(scenario, 8);
    assert_eq!(outcome.auditor.findings(), &[] as &[String]);
    let report = Report::of(&outcome, "test", 8);
    assert!(report.fails.count > 0 && report.routes.is_some_and(|routes| routes.cns.of > 0));
}

/// What somebody else has delivered to the buyer the seller owes no longer: it is there for what comes after.
#[test]
fn what_is_bought_in_lacks_no_more() {
    let fails = |on: bool| {
        let settings = format!(
            "[day]\ntrade_dates = 10\nbatch_dates = 10\nsettlement_days = 12\n[trades]\ncount = 40\nshares_max = 1\nbuys_per_10000 = 10000\n\
             [market]\ninstruments = 1\nfix_brokers = 2\nmt_brokers = 1\n\
             [resources]\nshort_lines_per_10000 = 10000\nshort_line_cover_percent_min = 80\nshort_line_cover_percent_max = 80\n\
             broker_cash_percent = 500\naccount_cash_percent = 500\nshort_business_days = [9, 9]\n\
             [depository]\nrules = 't2s'\n\
             [buy_in]\non = {on}\nextension = [{{ class = 'equity', business_days = 1 }}]\n"
        );
        let outcome = run(scenario(&settings), 1);
        assert_eq!(outcome.auditor.findings(), &[] as &[String], "buy-ins: {on}");
        let report = Report::of(&outcome, "test", 1);
        let dates = report.dates.expect("there are several");
        if on {
            // What is done counts for the day on which it is done; days after the last trade date are no longer measured.
            let last = outcome.market.dates.last().expect("ten dates").trades;
            let measured = outcome.statistics.buy_ins.range(..=last);
            let all: u64 = measured.map(|(_, (count, _))| count).sum();
            assert!(all > 0);
            assert_eq!(report.buy_ins.map(|bought| bought.count), Some(all), "there is no warm-up");
            let batches = dates.batches.iter().find(|figure| figure.key == "bought_in").expect("by batch");
            assert_eq!(batches.mean, all.into(), "all ten dates are one batch");
        }
        dates.by_date.iter().map(|date| date.fails.count).collect::<Vec<_>>()
    };
    let (with, without) = (fails(true), fails(false));
    assert_eq!(with[0], without[0], "nothing is bought in on the first date");
    let late = |fails: &[u64]| fails[5..].iter().sum::<u64>();
    assert!(late(&with) < late(&without), "{with:?} against {without:?}");
}

/// Who could not pay its net debit keeps no debt for which the morning takes its securities away.
#[test]
fn what_is_owed_to_the_depository_is_paid_in_the_morning() {
    let settings = "[day]\ntrade_dates = 7\ncut_off = '20:20:00'\n[trades]\ncount = 10\nbuys_per_10000 = 0\n\
                    [resources]\nbroker_cash_percent = 60\n\
                    [depository]\nrules = 'dtc'\nfree_cut_off = '23:30:00'\nend_of_day = '23:45:00'\n";
    for seed in 1..=12 {
        let outcome = run(scenario(settings), seed);
        assert_eq!(outcome.auditor.findings(), &[] as &[String], "seed {seed}");
    }
}

/// The depository's day goes by the clock, also where nobody has written to it yet; and so does that of a clearing house whose night is before
/// the first trade.
#[test]
fn the_depository_begins_its_day_by_the_clock() {
    let sparse = "[day]\ntrade_dates = 2\ncycle = 0\n[trades]\ncount = 1\n[market]\nfix_brokers = 0\ninstruments = 1\n\
                  [breaks]\nforgotten_instruction_per_10000 = 10000\n[desk]\npeople = 0\n";
    let same_day = "[day]\ncycle = 0\ncut_off = '20:15:00'\nsettlement_from = '12:30:00'\ncalendar = { market = 'us_settlement' }\n\
                    [trades]\ncount = 30\n[depository]\nrules = 'dtc'\nfree_cut_off = '22:00:00'\nend_of_day = '23:00:00'\n";
    for settings in [sparse, same_day] {
        let outcome = run(scenario(settings), 1);
        assert_eq!(outcome.auditor.findings(), &[] as &[String], "{settings}");
    }
}

#[test]
fn plenty_of_cash_is_there_on_every_date() {
    let settings = "[day]\ntrade_dates = 3\n[trades]\ncount = 20\n\
                    [resources]\nbroker_cash_percent = 100000\naccount_cash_percent = 100000\nshort_lines_per_10000 = 0\n";
    let outcome = run(scenario(settings), 1);
    assert_eq!(outcome.auditor.findings(), &[] as &[String]);
    assert!(outcome.statistics.fates.iter().all(|fate| *fate == Fate::Settled));
}

/// A line that is cut before the house opens does not come up with it.
#[test]
fn a_cut_that_begins_before_the_house_opens_lasts() {
    let stages = |at: &str| {
        let cut =
            format!("[trades]\ncount = 20\n[[faults.cuts]]\nlink = 'manager'\nat = '{at}'\nminutes = 720\n");
        let outcome = run(scenario(&cut), 1);
        assert_eq!(outcome.auditor.findings(), &[] as &[String]);
        let first = |stages: &std::collections::BTreeMap<_, _>| {
            stages.get(&finality_parsers::desk::Stage::Allocated).copied()
        };
        let first = outcome.statistics.stages.values().filter_map(first).min().expect("some are allocated");
        first.since(outcome.market.on_trade_date(chrono::NaiveTime::MIN)).as_secs() / 3_600
    };
    assert!(
        stages("06:00:00") >= 18 && stages("06:45:00") >= 18,
        "nothing comes before the line is up again"
    );
}

#[test]
fn a_list_with_more_than_is_taken_is_refused() {
    for (settings, what) in [
        (
            "[resources]\nshort_business_days = [1, 2, 3]",
            "resources.short_business_days has 3 values; it takes 2",
        ),
        ("[pace]\nconfirm_seconds = [1, 2, 'x']", "pace.confirm_seconds has 3 values; it takes 2"),
        (
            "[depository]\nwindows = [['08:00:00', '08:30:00', '09:00:00']]",
            "depository.windows has 3 values; it takes 2",
        ),
    ] {
        let refused = Scenario::from_toml(&format!("name = 'x'\n{settings}")).expect_err(settings);
        assert!(refused.to_string().contains(what), "{refused}");
    }
}

/// With the clearing house a position is as old as the youngest trades that make it up, also where netting has just made up for others; what
/// is free of payment is not given up when what is paid for is.
#[test]
fn an_american_depository_keeps_its_order_over_several_dates_and_with_free_deliveries() {
    let order = "[day]\ncalendar = { market = 'us_settlement' }\ncut_off = '20:15:00'\ntrade_dates = 7\n[trades]\ncount = 20\n\
                 [market]\ninstruments = 1\n[resources]\nshort_lines_per_10000 = 10000\nshort_line_cover_percent_min = 0\n\
                 [operation]\nmodels = ['batch']\n[depository]\nrules = 'dtc'\nfree_cut_off = '23:00:00'\nend_of_day = '23:30:00'\n\
                 cns_custodians_per_10000 = 10000\n";
    let free = "[day]\ncalendar = { market = 'us_settlement' }\ntrading_from = '13:30:00'\ntrading_to = '20:00:00'\n\
                settlement_from = '11:00:00'\ncut_off = '20:15:00'\ncycle = 0\nsettlement_days = 1\n[trades]\ncount = 1\n\
                [market]\ninstruments = 1\n[depository]\nrules = 'dtc'\nfree_cut_off = '23:00:00'\nend_of_day = '23:30:00'\n\
                cns_members_per_10000 = 0\n[population]\ndealers = 10\ninvestors = 2\ninstructions = 1500\nfree_per_10000 = 2700\n";
    for (settings, seed) in [(order, 11), (free, 2), (free, 4)] {
        let outcome = run(scenario(settings), seed);
        assert_eq!(outcome.auditor.findings(), &[] as &[String], "{settings}");
    }
}
