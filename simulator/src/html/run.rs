//! The page of a run: what failed and why, how the day went, how long things took, what it cost.
#![allow(
    clippy::disallowed_types,
    reason = "coordinates on paper; what is drawn was counted in integers and decimals"
)]

use std::collections::BTreeMap;
use std::time::Duration;

use finality_parsers::desk::Stage;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Cause;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::Page;
use super::chart::{self, Curve, Marks};
use super::gridlock;
use crate::experiment::sample::Neighbours;
use crate::market::{Market, at};
use crate::report::Report;
use crate::statistics::Fate;
use crate::world::Outcome;

/// Points of a curve over time.
const STEP: Duration = Duration::from_secs(15 * 60);
/// Counterparties that are drawn.
const COUNTERPARTIES: usize = 12;

/// The page.
pub fn page(outcome: &Outcome, report: &Report) -> String {
    let title = format!("{}: {} trades", report.scenario, report.trades);
    let mut page = Page::new(
        &title,
        &format!(
            "finality {} · seed {} · {} · {} · {} {}",
            report.version,
            report.seed,
            report.operation.model.ways().name,
            report.dates_in_words(),
            report.value,
            report.currency
        ),
    );
    page.tiles(&tiles(report));
    if !report.audit_findings.is_empty() {
        page.heading("What the auditor found wrong");
        report.audit_findings.iter().for_each(|finding| page.paragraph(finding));
    }
    if !report.expectations.is_empty() {
        page.heading("Expected");
        let met = |met: bool| if met { "met" } else { "NOT MET" }.to_owned();
        let rows = report.expectations.iter().map(|v| vec![v.name.clone(), met(v.met), v.found.clone()]);
        page.table(&["expectation", "verdict", "found"], &rows.collect::<Vec<_>>());
    }
    fails(&mut page, outcome, report);
    population(&mut page, report);
    dates(&mut page, report);
    through_the_day(&mut page, outcome);
    latencies(&mut page, report);
    page.heading("Injected and raised");
    page.paragraph("Trades with one thing wrong and no other, and what the gateway raised about them.");
    confusion(&mut page, report);
    page.done(&title)
}

fn tiles(report: &Report) -> Vec<(String, String)> {
    let percent = |value: Decimal| format!("{value} %");
    let tile = |value: String, label: &str| (value, label.to_owned());
    let money = |amount: Decimal| format!("{amount} {}", report.currency);
    let mut tiles = vec![
        tile(percent(report.fails.percent), "of trades failed at the cut-off"),
        tile(percent(report.fails_value_percent), "of value"),
        tile(percent(report.settled_at_end.percent), "settled by the end of the run"),
    ];
    if let Some(routes) = &report.routes {
        tiles.push(tile(percent(routes.cns.percent), "of sides with CNS failed"));
        tiles.push(tile(percent(routes.non_cns.percent), "of deliveries beside CNS failed"));
    } else {
        tiles.push(tile(money(report.penalties.amount), "cash penalties"));
    }
    if let Some(charge) = &report.fails_charge {
        tiles.push(tile(money(charge.amount), "fails charge"));
    }
    if let Some(bought) = &report.buy_ins {
        tiles.push(tile(
            format!("{}, {}", bought.count, money(bought.difference)),
            "bought in, and what that cost",
        ));
    }
    let verdict = match report.audit_findings.len() {
        0 => "nothing wrong".to_owned(),
        findings => format!("{findings} findings"),
    };
    tiles.extend([
        tile(percent(report.straight_through.percent), "straight through"),
        tile(percent(report.affirmed_on_trade_date.percent), "affirmed on trade date"),
        tile(report.operation.staff_minutes.to_string(), "staff minutes"),
        tile(report.operation.alerts.to_string(), "trades at risk told"),
        tile(money(report.operation.borrow_cost), "cost of borrowing"),
        tile(verdict, &format!("says the auditor of {} settlements", report.audited)),
    ]);
    tiles
}

fn fails(page: &mut Page, outcome: &Outcome, report: &Report) {
    page.heading("Fails");
    let by_cause: Vec<(String, f64)> =
        report.causes.iter().map(|row| (row.cause.label().to_owned(), float(row.fails.count))).collect();
    page.figure("Trades not settled at the cut-off, by cause", &chart::bars("fails by cause", &by_cause, 0));
    let by_value: Vec<(String, f64)> = report
        .causes
        .iter()
        .map(|row| (row.cause.label().to_owned(), row.value.to_f64().unwrap_or(0.0)))
        .collect();
    page.figure(
        &format!("Their value, in {}", report.currency),
        &chart::bars("value of fails by cause", &by_value, 0),
    );
    let market = &outcome.market;
    let mut by_broker: BTreeMap<usize, [u64; 2]> = BTreeMap::new();
    let fates = outcome.statistics.fates.iter().enumerate();
    let measured = market.trades_of(report.window().dates.clone());
    for (trade, fate) in fates.filter(|(trade, _)| measured.contains(trade)) {
        let [fails, all] = by_broker.entry(market.blocks[market.trades[trade].block].broker).or_default();
        *all += 1;
        *fails += u64::from(*fate != Fate::Settled);
    }
    let mut by_broker: Vec<(String, f64)> = by_broker
        .into_iter()
        .map(|(broker, [fails, all])| {
            (market.brokers[broker].bic.to_string(), 100.0 * float(fails) / float(all.max(1)))
        })
        .collect();
    by_broker.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    by_broker.truncate(COUNTERPARTIES);
    page.figure(
        "Fail rate by counterparty, in per cent of its trades",
        &chart::bars("fail rate by counterparty", &by_broker, 2),
    );
}

/// Classes of instruments, the population, and its largest knot.
fn population(page: &mut Page, report: &Report) {
    if !report.classes.is_empty() {
        page.heading("By class of instrument");
        let rows = report.classes.iter().map(|row| {
            let value = row.failed_value.to_f64().unwrap_or(0.0);
            let rates = [row.percent.to_string(), chart::shown(value, 0), row.value_percent.to_string()];
            [vec![row.class.label().to_owned(), row.of.to_string(), row.failed.to_string()], rates.to_vec()]
                .concat()
        });
        let value = format!("value, {}", report.currency);
        let head = ["house and population", "all", "failed", "%", value.as_str(), "% of value"];
        page.table(&head, &rows.collect::<Vec<_>>());
    }
    let Some(crowd) = &report.population else { return };
    page.heading("The population");
    page.paragraph(&format!(
        "{} participants beside the house's brokers, {} instructions: {} % of them and {} % of their value failed at the cut-off. Of what a \
         dealer did not receive of a line it did not deliver a share of {} (slope over {} dealers and lines).",
        crowd.participants,
        crowd.instructions,
        crowd.fail_percent,
        crowd.fail_value_percent,
        crowd.pass_through.map_or("-".to_owned(), |slope| slope.to_string()),
        crowd.pass_through_cells
    ));
    if let Some(free) = &crowd.free_of_payment {
        page.paragraph(&format!(
            "Free of payment are {} of them; {} % failed at the cut-off of those.",
            free.of, free.percent
        ));
    }
    let by_why: Vec<(String, f64)> =
        crowd.why.iter().map(|(why, count)| (why.label().to_owned(), float(*count))).collect();
    page.figure("Why the population's had not settled", &chart::bars("fails of the population", &by_why, 0));
    if let Some(knot) = &crowd.gridlock {
        page.heading("The largest knot");
        page.paragraph(&format!("{}.", knot.in_words(&report.currency)));
        let begins = match knot.in_circles {
            0 => "It begins above, where nothing is on its way.",
            _ => "A circle has no beginning: one of it stands first.",
        };
        let hidden = match knot.not_shown() {
            0 => String::new(),
            more => format!(" {more} more are not drawn."),
        };
        let caption =
            format!("Who waits for whom: an arrow leads to the instruction that waits. {begins}{hidden}");
        page.figure(&caption, &gridlock::map(knot, &report.currency));
    }
}

/// Each trade date, and what batches of them say together.
fn dates(page: &mut Page, report: &Report) {
    let Some(dates) = &report.dates else { return };
    page.heading("By trade date");
    let rate = |date: &crate::report::DateRow| date.fails.percent.to_f64().unwrap_or(0.0);
    let points = |warm_up: bool| {
        let numbered = (1..).zip(&dates.by_date).filter(move |(_, date)| date.warm_up == warm_up);
        numbered.map(|(number, date)| (f64::from(number), rate(date))).collect()
    };
    let mut curves = vec![Curve { name: "measured".to_owned(), points: points(false) }];
    if dates.warm_up_dates > 0 {
        curves.push(Curve { name: "warm-up".to_owned(), points: points(true) });
    }
    let of_population = (1..).zip(&dates.by_date);
    let of_population: Vec<(f64, f64)> = of_population
        .filter_map(|(number, date)| Some((f64::from(number), f64::from(date.population_fails.as_ref()?))))
        .collect();
    let most = of_population.iter().map(|(_, rate)| *rate);
    let most = dates.by_date.iter().map(rate).chain(most).fold(1.0, f64::max);
    if !of_population.is_empty() {
        curves.push(Curve { name: "population".to_owned(), points: of_population });
    }
    page.figure(
        "Trades not settled at the cut-off of their date, in per cent of those of each trade date",
        &chart::curves(
            "fails by trade date",
            &curves,
            &chart::marks(f64::from(dates.trade_dates), 0),
            &chart::marks(most, 1),
        ),
    );
    let batches = (dates.trade_dates - dates.warm_up_dates) / dates.batch_dates.max(1);
    page.paragraph(&format!(
        "Over {batches} batches of {} trade dates: mean with {} % interval. Where neighbours are alike the interval is too narrow. Fails are those of trades \
         of a date; what is done counts for the calendar day.",
        dates.batch_dates, dates.confidence_percent
    ));
    let rows = dates.batches.iter().map(|figure| {
        let half = figure.half_width.map_or(String::new(), |half| format!(" ± {}", half.round_dp(2)));
        let lag = figure.lag_1.map_or("-".to_owned(), |lag| lag.round_dp(2).to_string());
        let alike = match figure.neighbours {
            Some(Neighbours::Alike) => format!("{lag}, more than chance"),
            Some(Neighbours::Opposed) => format!("{lag}, less than chance"),
            Some(Neighbours::TooFew) => format!("{lag}, too few to tell"),
            Some(Neighbours::Chance) | None => lag,
        };
        vec![figure.label.to_owned(), format!("{}{half}", figure.mean.round_dp(2)), alike]
    });
    page.table(&["figure", "over the batches", "likeness of neighbours"], &rows.collect::<Vec<_>>());
}

fn through_the_day(page: &mut Page, outcome: &Outcome) {
    page.heading("Through the days");
    let (market, s) = (&outcome.market, &outcome.statistics);
    let all = float(market.trades.len().max(1) as u64);
    let from = market.on_trade_date(chrono::NaiveTime::MIN);
    let until = outcome.ended;
    let times: Vec<Timestamp> =
        std::iter::successors(Some(from), |t| Some(*t + STEP)).take_while(|t| *t <= until).collect();
    let reached = |stage: Stage, name: &str| {
        let mut reached: Vec<Timestamp> = s.stages.values().filter_map(|t| t.get(&stage).copied()).collect();
        reached.sort_unstable();
        let points = times.iter().map(|time| {
            let so_far = reached.partition_point(|at| at <= time);
            (hours(from, *time), 100.0 * float(so_far as u64) / all)
        });
        Curve { name: name.to_owned(), points: points.collect() }
    };
    let stages = [
        reached(Stage::Allocated, "allocated"),
        reached(Stage::Affirmed, "affirmed"),
        reached(Stage::Instructed, "instructed"),
        reached(Stage::MatchedAtCsd, "matched at the depository"),
        reached(Stage::Settled, "settled"),
    ];
    let across = days(market, from, until);
    page.figure(
        "Trades that have reached a stage, in per cent of all, as the gateway knows it",
        &chart::curves("stages through the days", &stages, &across, &chart::marks(100.0, 0)),
    );
    let open = |cause: Cause| {
        let of_cause = || s.exceptions.values().filter(move |e| e.cause == cause);
        let points = times.iter().map(|time| {
            let open =
                of_cause().filter(|e| e.opened <= *time && e.resolved.is_none_or(|r| r > *time)).count();
            (hours(from, *time), float(open as u64))
        });
        Curve { name: cause.label().to_owned(), points: points.collect() }
    };
    let ageing: Vec<Curve> = Cause::ALL.into_iter().map(open).collect();
    let most = ageing.iter().flat_map(|curve| &curve.points).map(|(_, open)| *open).fold(1.0, f64::max);
    page.figure(
        "Exceptions that are open, by cause",
        &chart::curves("open exceptions through the days", &ageing, &across, &chart::marks(most, 0)),
    );
}

/// Marks from one time to another: of six hours, of a day, or of so many days that they do not touch.
fn days(market: &Market, from: Timestamp, until: Timestamp) -> Marks {
    let mut marks = Vec::new();
    let mut time = from;
    let all = hours(from, until);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few months at most")]
    let step = match all {
        ..=72.0 => 6,
        ..=240.0 => 24,
        _ => 24 * (all / 24.0 / 9.0).ceil() as u64,
    };
    while hours(from, time) <= all {
        let utc = time.utc();
        let midnight =
            time == at(finality_parsers::model::BusinessDate::new(utc.date_naive()), chrono::NaiveTime::MIN);
        let text = if midnight { utc.format("%d %b").to_string() } else { utc.format("%H:%M").to_string() };
        marks.push((hours(from, time), text));
        time = time + Duration::from_secs(step * 3_600);
    }
    marks.push((all.max(hours(from, market.end())), String::new()));
    marks
}

fn latencies(page: &mut Page, report: &Report) {
    page.heading("How long stages take");
    // Each tenth of what is left is as far as the one before: 50, 90, 99, 99.9 % and the longest.
    const PLACES: [(f64, &str); 5] =
        [(0.3, "50 %"), (1.0, "90 %"), (2.0, "99 %"), (3.0, "99.9 %"), (3.6, "longest")];
    let across: Marks = PLACES.iter().map(|(x, text)| (*x, (*text).to_owned())).collect();
    let log = |millis: Decimal| (millis.to_f64().unwrap_or(0.0) / 1_000.0).max(0.001).log10();
    let up = [
        (-3.0, "1 ms"),
        (-1.0, "0.1 s"),
        (0.0, "1 s"),
        (1.778, "1 min"),
        (3.556, "1 h"),
        (4.936, "1 d"),
        (5.937, "10 d"),
        (6.937, "100 d"),
    ];
    let longest = report.latencies.iter().map(|row| log(row.max)).fold(0.0, f64::max);
    // Up to the first mark above the longest: nothing is drawn beyond the last.
    let marks = up.iter().position(|(y, _)| *y >= longest).map_or(up.len(), |at| (at + 1).max(6));
    let up: Marks = up[..marks].iter().map(|(y, text)| (*y, (*text).to_owned())).collect();
    let drawn = [
        "allocated to matched",
        "allocated to instructed",
        "instructed to acknowledged",
        "acknowledged to matched at CSD",
        "allocated to settled",
    ];
    let curves: Vec<Curve> = report
        .latencies
        .iter()
        .filter(|row| drawn.contains(&row.stage.as_str()) && row.count > 0)
        .map(|row| Curve {
            name: format!("{} ({} trades)", row.stage, row.count),
            points: PLACES
                .iter()
                .zip([row.p50, row.p90, row.p99, row.p999, row.max])
                .map(|((x, _), value)| (*x, log(value)))
                .collect(),
        })
        .collect();
    page.figure(
        "Percentiles, in virtual time: so many trades take no longer",
        &chart::curves("percentiles of stages", &curves, &across, &up),
    );
}

fn confusion(page: &mut Page, report: &Report) {
    let rows: Vec<Vec<String>> = report
        .confusion
        .iter()
        .map(|row| {
            let mut cells = vec![row.injected.clone(), row.cases.to_string()];
            cells.extend(row.raised.iter().map(u64::to_string));
            cells.push(row.nothing.to_string());
            cells.push(row.in_time.to_string());
            cells.push(row.median_minutes_ahead.map_or("-".to_owned(), |m| m.to_string()));
            cells
        })
        .collect();
    let head = [
        "injected",
        "cases",
        "mismatch",
        "late",
        "shortage",
        "SSI",
        "communication",
        "nothing",
        "in time",
        "minutes ahead",
    ];
    page.table(&head, &rows);
}

fn hours(from: Timestamp, to: Timestamp) -> f64 {
    float(to.since(from).as_secs()) / 3_600.0
}

#[allow(clippy::cast_precision_loss, reason = "counts of one run, as they are drawn")]
fn float(value: u64) -> f64 {
    value as f64
}
