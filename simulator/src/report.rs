//! What a run showed: for the terminal, and for machines. The same seed gives the same bytes: nothing measured in real
//! time is in here.

mod dates;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;

use finality_parsers::desk::Stage;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Cause;
use hdrhistogram::Histogram;
use rust_decimal::Decimal;
use serde::Serialize;

pub use self::dates::{BatchFigure, DateRow, DatesRow};
use crate::confusion::{self, ConfusionRow};
use crate::expect::{self, Verdict};
use crate::market::at;
use crate::opening::blocks_of;
use crate::operation::Model;
use crate::parties::charges::ChargeTally;
use crate::parties::lending;
use crate::parties::penalties::Tally;
use crate::population::fails::AtCutOff;
use crate::population::report::{self as crowd, ClassRow, PopulationRow};
use crate::scenario::long_run::Window;
use crate::statistics::{ByRoute, Fate, SeenException, Statistics};
use crate::wire::Way;
use crate::world::Outcome;

/// A share of a whole: numerator and denominator stand beside the percentage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// In per cent, two decimals.
    pub percent: Decimal,
}

impl Rate {
    fn new(count: u64, of: u64) -> Self {
        let percent = if of == 0 {
            Decimal::ZERO
        } else {
            (Decimal::from(count) * Decimal::ONE_HUNDRED / Decimal::from(of)).round_dp(2)
        };
        Self { count, of, percent }
    }
}

/// Fails of one family of causes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CauseRow {
    /// Which.
    pub cause: Cause,
    /// Trades that failed for it, of all due.
    pub fails: Rate,
    /// Their value, in units of the currency.
    pub value: Decimal,
    /// Exceptions raised.
    pub raised: u64,
    /// Of these, resolved by the end of the run.
    pub resolved: u64,
    /// Mean minutes from raised to resolved, of those resolved.
    pub mean_minutes_to_resolve: Option<Decimal>,
}

/// Latency of one stage in virtual time, in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LatencyRow {
    /// From where to where.
    pub stage: String,
    /// Trades that went through it.
    pub count: u64,
    /// Percentiles, in milliseconds.
    pub p50: Decimal,
    /// 90 %.
    pub p90: Decimal,
    /// 99 %.
    pub p99: Decimal,
    /// 99.9 %.
    pub p999: Decimal,
    /// The longest.
    pub max: Decimal,
}

/// Cash penalties under CSDR (`docs/penalties.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PenaltyRow {
    /// Penalties taken.
    pub count: u64,
    /// Of these, for late matching.
    pub late_matching: u64,
    /// Their sum, in units of the currency.
    pub amount: Decimal,
    /// Matched pairs due on a day and not settled before it, each counted once a day.
    pub instruction_days: u64,
    /// Penalties for a hundred of these, two decimals.
    pub per_hundred: Decimal,
}

impl PenaltyRow {
    /// As text. Where no instruction counts none can be taken.
    pub(crate) fn write_text(&self, t: &mut String, currency: &str) -> std::fmt::Result {
        if self.instruction_days == 0 {
            return writeln!(t, "{:<32} none: no instruction-day counts", "cash penalties");
        }
        writeln!(
            t,
            "{:<32} {:>7} %   {:>7} of {} instruction-days, {} {currency}",
            "cash penalties", self.per_hundred, self.count, self.instruction_days, self.amount
        )
    }
}

/// What failed of house and population, at the clearing house and beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RouteRow {
    /// Sides of trades with the clearing house that had not settled at the cut-off of their date.
    pub cns: Rate,
    /// Deliveries from participant to participant.
    pub non_cns: Rate,
}

impl From<ByRoute> for RouteRow {
    fn from(found: ByRoute) -> Self {
        Self {
            cns: Rate::new(found.cleared_failed, found.cleared_sides),
            non_cns: Rate::new(found.delivered_failed, found.delivered),
        }
    }
}

/// The fails charge of the United States (`docs/penalties.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargeRow {
    /// Fails that were charged, each once a business day.
    pub count: u64,
    /// Calendar days of all.
    pub calendar_days: u64,
    /// Their sum, in units of the currency.
    pub amount: Decimal,
    /// What all get less what all pay: nothing.
    pub net: Decimal,
}

impl From<ChargeTally> for ChargeRow {
    fn from(tally: ChargeTally) -> Self {
        Self {
            count: tally.count,
            calendar_days: tally.calendar_days,
            amount: Decimal::new(tally.hundredths, 2),
            net: Decimal::new(tally.net, 2),
        }
    }
}

/// Buy-ins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BuyInRow {
    /// Fails that were replaced.
    pub count: u64,
    /// What those who failed paid for it, in units of the currency.
    pub difference: Decimal,
}

/// How the house was worked, and what that took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperationRow {
    /// The operating model.
    pub model: Model,
    /// Minutes that people worked.
    pub staff_minutes: u64,
    /// Exceptions that people worked on.
    pub repairs: u64,
    /// Exceptions that a rule chased.
    pub automatic: u64,
    /// Trades at risk that people were told of.
    pub alerts: u64,
    /// Of these, followed up.
    pub followed_up: u64,
    /// Loans of securities.
    pub loans: u64,
    /// What they cost, in units of the currency.
    pub borrow_cost: Decimal,
}

/// Messages of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageRow {
    /// `FIX J`, `MT541`, `sese.024.001.12`.
    pub kind: String,
    /// To the gateway.
    pub received: u64,
    /// From it.
    pub sent: u64,
}

/// A run's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The program's version.
    pub version: String,
    /// The scenario's name.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Trade date.
    pub trade_date: String,
    /// Intended settlement date.
    pub settlement_date: String,
    /// Trades of the day.
    pub trades: u64,
    /// Blocks they came in.
    pub blocks: u64,
    /// Value of all trades.
    pub value: Decimal,
    /// Currency of all amounts.
    pub currency: String,
    /// Trades matched on the trade date.
    pub matched_on_trade_date: Rate,
    /// Trades affirmed on the trade date.
    pub affirmed_on_trade_date: Rate,
    /// Trades that settled in time and never needed a person.
    pub straight_through: Rate,
    /// Trades not settled at the cut-off of their date.
    pub fails: Rate,
    /// Their value.
    pub fails_value: Decimal,
    /// Fail rate by value.
    pub fails_value_percent: Decimal,
    /// By way of settlement, where there is a clearing house.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routes: Option<RouteRow>,
    /// Cash penalties.
    pub penalties: PenaltyRow,
    /// The fails charge of the United States, house and population together, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fails_charge: Option<ChargeRow>,
    /// What was bought in, house and population together, where that is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buy_ins: Option<BuyInRow>,
    /// How the house was worked.
    pub operation: OperationRow,
    /// By cause.
    pub causes: Vec<CauseRow>,
    /// By class of instrument, house and population together; empty where there are shares of the house only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<ClassRow>,
    /// The population, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationRow>,
    /// What was injected against what was raised.
    pub confusion: Vec<ConfusionRow>,
    /// Settled by the end of the run.
    pub settled_at_end: Rate,
    /// Exceptions by reason.
    pub exceptions: BTreeMap<String, u64>,
    /// Latencies.
    pub latencies: Vec<LatencyRow>,
    /// Messages on the gateway's wires.
    pub messages: Vec<MessageRow>,
    /// All of them together.
    pub messages_total: u64,
    /// Of those received, how many went to the dead letters.
    pub dead_letters: u64,
    /// Journal records.
    pub records: u64,
    /// Power cuts survived.
    pub power_cuts: u64,
    /// Settlement confirmations that the auditor checked.
    pub audited: u64,
    /// What the scenario expects, and whether it was met.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<Verdict>,
    /// By trade date and by batch, where there are several trade dates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<DatesRow>,
    /// What the auditor found wrong.
    pub audit_findings: Vec<String>,
    /// Settled at the depository, unknown to the gateway.
    pub gateway_behind: u64,
    /// Settled in the gateway's eyes only.
    pub gateway_ahead: u64,
    #[serde(skip)]
    window: Window,
}

impl Report {
    /// Of a run: all that is measured in it.
    pub fn of(outcome: &Outcome, version: &str, seed: u64) -> Self {
        let mut report = Self::over(outcome, version, seed, outcome.market.scenario.day.measured());
        report.dates = DatesRow::of(outcome, version, seed);
        report.expectations = expect::verdicts(outcome, &report);
        report
    }

    /// Of a part of a run with several trade dates. Messages, records and what the auditor found are those of the whole run.
    pub fn over(outcome: &Outcome, version: &str, seed: u64, window: Window) -> Self {
        let (market, s) = (&outcome.market, &outcome.statistics);
        let of_window = market.trades_of(window.dates.clone());
        let value = |trade: usize| {
            let t = &market.trades[trade];
            Decimal::new(t.net_cents(market.blocks[t.block].side), 2)
        };
        let trades = of_window.len() as u64;
        let all: Decimal = of_window.clone().map(value).sum();
        let failed: Vec<usize> =
            of_window.clone().filter(|t| s.fates.get(*t).is_some_and(|f| *f != Fate::Settled)).collect();
        let fails_value: Decimal = failed.iter().map(|t| value(*t)).sum();
        let midnight = |trade: usize| {
            let date = market.dates[market.trades[trade].date].trades;
            at(date, chrono::NaiveTime::MIN) + std::time::Duration::from_secs(24 * 3600)
        };
        let by_midnight = |stage| {
            let reached = s
                .stages
                .range(of_window.clone())
                .filter(|(trade, stages)| stages.get(&stage).is_some_and(|at| *at < midnight(**trade)));
            Rate::new(reached.count() as u64, trades)
        };
        let raised = || s.exceptions.values().filter(|seen| window.holds(seen.opened));
        let touched: std::collections::BTreeSet<usize> =
            s.exceptions.values().filter_map(|e| e.trade).collect();
        let straight =
            of_window.clone().filter(|t| !touched.contains(t) && s.fates.get(*t) == Some(&Fate::Settled));
        let messages = message_rows(s);
        let mut exceptions: BTreeMap<String, u64> = BTreeMap::new();
        for seen in raised() {
            *exceptions.entry(seen.reason.clone()).or_default() += 1;
        }
        let mut audit_findings = outcome.auditor.findings().to_vec();
        if s.gateway_ahead > 0 {
            audit_findings
                .push(format!("the gateway believes {} trades settled that are not", s.gateway_ahead));
        }
        let at_cut_off = AtCutOff::together(s.at_cut_off.get(window.dates.clone()).unwrap_or_default());
        let routes = s.routes.get(window.dates.clone()).unwrap_or_default();
        let penalties = s.penalties.iter().filter(|(day, _)| window.holds_day(**day));
        let of_crowd = s.crowd_penalties.iter().filter(|(day, _)| window.holds_day(**day));
        let of_crowd = of_crowd.fold(Tally::default(), |all, (_, of_day)| all.and(of_day));
        let charged = s.fails_charge.as_ref().map(|by_day| {
            let of_window = by_day.iter().filter(|(day, _)| window.holds_day(**day));
            of_window.fold(ChargeTally::default(), |all, (_, of_day)| all.and(of_day))
        });
        let bought_in = s.buy_ins.iter().filter(|(day, _)| window.holds_day(**day));
        let bought_in = bought_in.fold((0, 0), |all, (_, of_day)| (all.0 + of_day.0, all.1 + of_day.1));
        Self {
            expectations: Vec::new(),
            dates: None,
            version: version.to_owned(),
            scenario: market.scenario.name.clone(),
            seed,
            trade_date: market.scenario.day.trade_date.to_string(),
            settlement_date: market.settlement_date.to_string(),
            trades,
            blocks: window.dates.clone().map(|date| blocks_of(market, date).len() as u64).sum(),
            value: all,
            currency: market.currency.to_string(),
            matched_on_trade_date: by_midnight(Stage::Matched),
            affirmed_on_trade_date: by_midnight(Stage::Affirmed),
            straight_through: Rate::new(straight.count() as u64, trades),
            fails: Rate::new(failed.len() as u64, trades),
            fails_value,
            fails_value_percent: if all.is_zero() {
                Decimal::ZERO
            } else {
                (fails_value * Decimal::ONE_HUNDRED / all).round_dp(2)
            },
            routes: routes.iter().copied().reduce(|a, b| a.and(&b)).map(Into::into),
            penalties: penalties.fold(Tally::default(), |all, (_, of_day)| all.and(of_day)).into(),
            fails_charge: charged.map(Into::into),
            buy_ins: market
                .scenario
                .buy_in
                .on
                .then(|| BuyInRow { count: bought_in.0, difference: Decimal::new(bought_in.1, 2) }),
            operation: operation_row(outcome, &window),
            causes: Cause::ALL
                .iter()
                .map(|cause| {
                    let raised: Vec<&SeenException> = raised().filter(|seen| seen.cause == *cause).collect();
                    cause_row(*cause, (s, &raised), &failed, trades, &value)
                })
                .collect(),
            classes: crowd::class_rows(market, &at_cut_off),
            population: PopulationRow::of(market, &at_cut_off, of_crowd),
            confusion: confusion::table(market, s, &window),
            settled_at_end: Rate::new(s.settled_at_end, trades),
            exceptions,
            latencies: latencies(s, &of_window),
            messages_total: messages.iter().map(|m| m.received + m.sent).sum(),
            messages,
            dead_letters: s.kept[1],
            records: s.records,
            power_cuts: s.power_cuts,
            audited: outcome.auditor.checked(),
            audit_findings,
            gateway_behind: s.gateway_behind,
            gateway_ahead: s.gateway_ahead,
            window,
        }
    }

    /// What of the run it is of.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Whether the auditor is content and all that was expected was met.
    pub fn is_good(&self) -> bool {
        self.audit_findings.is_empty() && self.expectations.iter().all(|verdict| verdict.met)
    }

    /// For machines: one JSON object, keys in a fixed order.
    pub fn json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("a report holds nothing that JSON cannot");
        text.push('\n');
        text
    }

    /// For the terminal.
    pub fn text(&self) -> String {
        let mut t = String::new();
        self.write_text(&mut t).expect("a string takes everything");
        t
    }

    fn write_text(&self, t: &mut String) -> std::fmt::Result {
        writeln!(t, "finality {}   scenario {}   seed {}", self.version, self.scenario, self.seed)?;
        writeln!(
            t,
            "{} trades in {} blocks, {} {}   {}\n",
            self.trades,
            self.blocks,
            self.value,
            self.currency,
            self.dates_in_words()
        )?;
        for (what, rate) in [
            ("matched on trade date", &self.matched_on_trade_date),
            ("affirmed on trade date", &self.affirmed_on_trade_date),
            ("straight through", &self.straight_through),
            ("failed at the cut-off", &self.fails),
            ("settled by the end of the run", &self.settled_at_end),
        ] {
            writeln!(t, "{what:<32} {:>7} %   {:>7} of {}", rate.percent, rate.count, rate.of)?;
        }
        writeln!(
            t,
            "{:<32} {:>7} %   {} of {} {}",
            "failed by value", self.fails_value_percent, self.fails_value, self.value, self.currency
        )?;
        if let Some(routes) = &self.routes {
            for (what, rate) in
                [("failed, sides with CNS", &routes.cns), ("failed, delivered beside CNS", &routes.non_cns)]
            {
                writeln!(t, "{what:<32} {:>7} %   {:>7} of {}", rate.percent, rate.count, rate.of)?;
            }
        }
        self.penalties.write_text(t, &self.currency)?;
        if let Some(charge) = &self.fails_charge {
            writeln!(
                t,
                "{:<32} {} fails, {} calendar days, {} {}",
                "fails charge", charge.count, charge.calendar_days, charge.amount, self.currency
            )?;
        }
        if let Some(bought) = &self.buy_ins {
            let (count, difference) = (bought.count, bought.difference);
            writeln!(
                t,
                "{:<32} {count}, which cost those who failed {difference} {}",
                "bought in", self.currency
            )?;
        }
        let o = &self.operation;
        writeln!(
            t,
            "{:<32} {} staff minutes on {} exceptions; a rule chased {}; {} at risk told, {} followed up; {} loans, {} {}",
            format!("worked: {}", o.model.ways().name),
            o.staff_minutes,
            o.repairs,
            o.automatic,
            o.alerts,
            o.followed_up,
            o.loans,
            o.borrow_cost,
            self.currency
        )?;
        writeln!(
            t,
            "\n{:<32} {:>7} {:>9} {:>18}   {:>7} {:>9} {:>14}",
            "cause", "fails", "rate %", "value", "raised", "resolved", "mean minutes"
        )?;
        for row in &self.causes {
            let mean = row.mean_minutes_to_resolve.map_or("-".to_owned(), |m| m.to_string());
            writeln!(
                t,
                "{:<32} {:>7} {:>9} {:>18}   {:>7} {:>9} {:>14}",
                row.cause.label(),
                row.fails.count,
                row.fails.percent,
                row.value,
                row.raised,
                row.resolved,
                mean
            )?;
        }
        crowd::write_classes(t, &self.classes)?;
        if let Some(population) = &self.population {
            population.write_text(t, &self.currency)?;
        }
        if let Some(dates) = &self.dates {
            dates.write_text(t)?;
        }
        self.write_confusion(t)?;
        writeln!(
            t,
            "\n{:<32} {:>7} {:>12} {:>12} {:>12} {:>12} {:>12}",
            "stage (virtual milliseconds)", "trades", "p50", "p90", "p99", "p99.9", "max"
        )?;
        for row in &self.latencies {
            writeln!(
                t,
                "{:<32} {:>7} {:>12} {:>12} {:>12} {:>12} {:>12}",
                row.stage, row.count, row.p50, row.p90, row.p99, row.p999, row.max
            )?;
        }
        writeln!(t, "\n{:<32} {:>9} {:>9}", "messages", "received", "sent")?;
        for row in &self.messages {
            writeln!(t, "{:<32} {:>9} {:>9}", row.kind, row.received, row.sent)?;
        }
        writeln!(
            t,
            "{:<32} {:>9}   dead letters {}   journal records {}   power cuts {}",
            "in all", self.messages_total, self.dead_letters, self.records, self.power_cuts
        )?;
        writeln!(
            t,
            "\nauditor: {} settlements checked, {}; {} settled that the gateway does not know yet",
            self.audited,
            if self.audit_findings.is_empty() {
                "nothing wrong".to_owned()
            } else {
                format!("{} FINDINGS", self.audit_findings.len())
            },
            self.gateway_behind
        )?;
        for finding in &self.audit_findings {
            writeln!(t, "  {finding}")?;
        }
        if !self.expectations.is_empty() {
            writeln!(t, "\nexpected")?;
        }
        for verdict in &self.expectations {
            let met = if verdict.met { "met" } else { "NOT MET" };
            writeln!(t, "  {met:<8} {}: {}", verdict.name, verdict.found)?;
        }
        Ok(())
    }

    /// When it was traded, and is to settle.
    pub(crate) fn dates_in_words(&self) -> String {
        match &self.dates {
            None => format!("traded {}, to settle {}", self.trade_date, self.settlement_date),
            Some(dates) => dates.in_words(),
        }
    }

    /// Injected against raised: right is what stands under the family that should be raised.
    fn write_confusion(&self, t: &mut String) -> std::fmt::Result {
        writeln!(
            t,
            "\n{:<32} {:>7} {:>9} {:>7} {:>9} {:>7} {:>7} {:>8} {:>8} {:>11}",
            "one thing wrong: raised as",
            "cases",
            "mismatch",
            "late",
            "shortage",
            "SSI",
            "comm.",
            "nothing",
            "in time",
            "min. ahead"
        )?;
        for row in &self.confusion {
            let [mismatch, late, shortage, ssi, communication] = row.raised;
            let ahead = row.median_minutes_ahead.map_or("-".to_owned(), |m| m.to_string());
            writeln!(
                t,
                "{:<32} {:>7} {mismatch:>9} {late:>7} {shortage:>9} {ssi:>7} {communication:>7} {:>8} {:>8} {ahead:>11}",
                row.injected, row.cases, row.nothing, row.in_time
            )?;
        }
        Ok(())
    }
}

fn cause_row(
    cause: Cause,
    (s, seen): (&Statistics, &[&SeenException]),
    failed: &[usize],
    trades: u64,
    value: &impl Fn(usize) -> Decimal,
) -> CauseRow {
    let of_cause: Vec<usize> =
        failed.iter().copied().filter(|t| s.fates.get(*t) == Some(&Fate::Failed(cause))).collect();
    let times: Vec<u64> = seen.iter().filter_map(|e| Some(e.resolved?.since(e.opened).as_secs())).collect();
    let mean = (!times.is_empty()).then(|| {
        (Decimal::from(times.iter().sum::<u64>()) / Decimal::from(60 * times.len() as u64)).round_dp(1)
    });
    CauseRow {
        cause,
        fails: Rate::new(of_cause.len() as u64, trades),
        value: of_cause.iter().map(|t| value(*t)).sum(),
        raised: seen.len() as u64,
        resolved: times.len() as u64,
        mean_minutes_to_resolve: mean,
    }
}

impl From<Tally> for PenaltyRow {
    fn from(tally: Tally) -> Self {
        Self {
            count: tally.count,
            late_matching: tally.late_matching,
            amount: Decimal::new(tally.hundredths, 2),
            instruction_days: tally.instruction_days,
            per_hundred: Rate::new(tally.count, tally.instruction_days).percent,
        }
    }
}

fn operation_row(outcome: &Outcome, window: &Window) -> OperationRow {
    let work = outcome.work.within(window);
    let loans = outcome.loans.iter().filter(|loan| window.dates.contains(&loan.date));
    OperationRow {
        model: outcome.market.scenario.operation.model(),
        staff_minutes: work.staff_minutes,
        repairs: work.repairs,
        automatic: work.automatic,
        alerts: work.alerts,
        followed_up: work.followed_up,
        loans: loans.clone().count() as u64,
        borrow_cost: lending::cost(&outcome.market, loans),
    }
}

fn message_rows(s: &Statistics) -> Vec<MessageRow> {
    let mut rows: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for ((way, kind), count) in &s.messages {
        let row = rows.entry(kind).or_default();
        match way {
            Way::In => row.0 += count,
            Way::Out => row.1 += count,
        }
    }
    rows.into_iter()
        .map(|(kind, (received, sent))| MessageRow { kind: kind.to_owned(), received, sent })
        .collect()
}

/// Which stages are measured, from where to where.
const SPANS: [(Stage, Stage, &str); 7] = [
    (Stage::Allocated, Stage::Matched, "allocated to matched"),
    (Stage::Confirmed, Stage::Matched, "confirmed to matched"),
    (Stage::Matched, Stage::Instructed, "matched to instructed"),
    (Stage::Instructed, Stage::Acknowledged, "instructed to acknowledged"),
    (Stage::Acknowledged, Stage::MatchedAtCsd, "acknowledged to matched at CSD"),
    (Stage::Allocated, Stage::Instructed, "allocated to instructed"),
    (Stage::Allocated, Stage::Settled, "allocated to settled"),
];

fn latencies(s: &Statistics, trades: &Range<usize>) -> Vec<LatencyRow> {
    SPANS.iter().map(|(from, to, name)| latency(s, trades, (*from, *to), name)).collect()
}

fn latency(s: &Statistics, trades: &Range<usize>, (from, to): (Stage, Stage), name: &str) -> LatencyRow {
    // Microseconds up to a year, three significant digits.
    let mut histogram: Histogram<u64> = Histogram::new_with_bounds(1, 365 * 86_400 * 1_000_000, 3)
        .expect("bounds that the library documents");
    for (_, stages) in s.stages.range(trades.clone()) {
        let (Some(a), Some(b)) = (stages.get(&from), stages.get(&to)) else { continue };
        histogram.saturating_record(micros(*a, *b));
    }
    let at = |value: u64| Decimal::new(i64::try_from(value).unwrap_or(i64::MAX), 3);
    let quantile = |per_mille: u64| {
        // The library counts in floats; ranks are taken in integers and only looked up there.
        let rank = (histogram.len() * per_mille).div_ceil(1000).max(1);
        let mut seen = 0;
        histogram.iter_recorded().find_map(|v| {
            seen += v.count_at_value();
            (seen >= rank).then(|| v.value_iterated_to())
        })
    };
    LatencyRow {
        stage: name.to_owned(),
        count: histogram.len(),
        p50: at(quantile(500).unwrap_or(0)),
        p90: at(quantile(900).unwrap_or(0)),
        p99: at(quantile(990).unwrap_or(0)),
        p999: at(quantile(999).unwrap_or(0)),
        max: at(if histogram.is_empty() { 0 } else { histogram.max() }),
    }
}

fn micros(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.since(from).as_micros()).unwrap_or(u64::MAX)
}
