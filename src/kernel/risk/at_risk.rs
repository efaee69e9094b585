//! One trade that may not settle in time: what is missing and who must do it, how long there is, how likely and how dear a fail
//! is, what to do. And the page of those that would cost most.

// `#[serde(flatten)]` makes code that could carry floats; none is in these values.
#![allow(clippy::disallowed_types, reason = "written by serde's derive, not by us")]

use std::cmp::Reverse;
use std::collections::BTreeSet;

use finality_parsers::desk::TradeKey;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Amount, BusinessDate};
use rust_decimal::Decimal;
use serde::Serialize;

use super::due;
use super::steps::{self, Missing, Who};
use crate::book::Book;
use crate::exceptions::cost::{self, FailCost};
use crate::exceptions::probability::{Estimate, Features};
use crate::exceptions::reason::ReasonCode;
use crate::exceptions::routing::Subject;
use crate::lifecycle::market;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::Trade;
use crate::profile::Profile;

/// A trade and its risk, as of a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AtRisk {
    /// Which trade.
    #[serde(flatten)]
    pub key: TradeKey,
    /// Where it stands.
    pub state: State,
    /// What it is about.
    pub about: Subject,
    /// When it is to settle.
    pub settles: BusinessDate,
    /// The cut-off of that day.
    pub cut_off: Timestamp,
    /// Business minutes until then.
    pub minutes_left: u64,
    /// What is not done yet.
    pub missing: Vec<Missing>,
    /// Reasons of its open exceptions.
    pub reasons: Vec<ReasonCode>,
    /// How likely it fails, and why.
    pub probability: Estimate,
    /// What a fail would cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_cost: Option<FailCost>,
    /// As likely as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_cost: Option<Amount>,
    /// The same in the currency in which costs are compared: by this they are ordered.
    pub compared: Decimal,
    /// What to do.
    pub action: String,
}

/// Judges an open trade; `None` for one that has ended or whose day nobody knows.
pub fn assess(trade: &Trade, features: Features, profile: &Profile, now: Timestamp) -> Option<AtRisk> {
    let settles = due::day(trade, profile)?;
    let cut_off = cut_off_of(trade, settles, profile);
    let clock = profile.clock();
    let minutes_left = clock.minutes_between(now, cut_off);
    let worst = features.reasons.iter().copied().max_by_key(|r| r.row().urgency);
    let fail_cost = cost::of_fail(trade, worst, clock.day(now), profile.desk.prices());
    let probability = profile.desk.estimates.model().probability(trade, &features);
    let expected_cost = fail_cost.map(|c| c.expected(probability.bp));
    let missing = steps::missing(trade);
    let action = match (worst, missing.first()) {
        (Some(reason), _) => reason.row().action.to_owned(),
        (None, Some(step)) => next_step(step),
        (None, None) => String::new(),
    };
    Some(AtRisk {
        key: trade.key(),
        state: trade.state,
        about: Subject::of(trade),
        settles,
        cut_off,
        minutes_left,
        missing,
        reasons: features.reasons,
        probability,
        fail_cost,
        expected_cost,
        compared: expected_cost.map_or(Decimal::ZERO, |c| profile.desk.compared(c)),
        action,
    })
}

/// When it can settle for the last time on the day on which it is due: its market's cut-off, or the profile's.
pub(super) fn cut_off_of(trade: &Trade, settles: BusinessDate, profile: &Profile) -> Timestamp {
    market::settlement_cut_off(profile, trade).unwrap_or_else(|| profile.timing.cut_off(settles))
}

fn next_step(step: &Missing) -> String {
    let stage = step.stage.label();
    match step.by {
        Who::Us => format!("it is ours to get it {stage}: see why it is not"),
        Who::Market => format!("watch that it is {stage} before the cut-off"),
        other => format!("chase the {} so that it is {stage}", other.label()),
    }
}

/// Which are asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Due on this day or before; before the next cut-off when left out.
    pub until: Option<BusinessDate>,
    /// In this state.
    pub state: Option<State>,
    /// With this broker (BIC) or account.
    pub party: Option<String>,
    /// For which this one has to do the next step.
    pub waits_for: Option<Who>,
    /// At least so likely to fail, in hundredths of a per cent.
    pub at_least_bp: u32,
}

impl Filter {
    /// Whether a trade is among those asked for, as far as it tells without being judged.
    pub fn takes(&self, trade: &Trade) -> bool {
        let terms = trade.terms();
        let is = |party: &String| {
            let broker = terms.and_then(|t| t.broker).is_some_and(|b| b.as_str() == party);
            broker || terms.and_then(|t| t.account.as_ref()).is_some_and(|a| a.as_str() == party)
        };
        self.state.is_none_or(|state| state == trade.state) && self.party.as_ref().is_none_or(is)
    }

    /// The same, once it is judged.
    pub fn keeps(&self, risk: &AtRisk) -> bool {
        self.waits_for.is_none_or(|who| risk.missing.first().is_some_and(|m| m.by == who))
            && risk.probability.bp >= self.at_least_bp
    }
}

/// The day whose cut-off comes next.
pub fn next_cut_off_day(profile: &Profile, now: Timestamp) -> BusinessDate {
    let today = BusinessDate::new(now.utc().date_naive());
    let first = u32::from(profile.timing.cut_off(today) <= now);
    profile.calendar.add_business_days(today, first)
}

/// The place of a trade among those at risk: dearest first. After it the next page begins.
pub type Place = (Reverse<Decimal>, u64);

/// The dearest of many, and how many there are: memory for one page, whatever there is to look through.
#[derive(Debug)]
pub struct Dearest {
    limit: usize,
    after: Option<Place>,
    places: BTreeSet<Place>,
    rows: std::collections::BTreeMap<u64, AtRisk>,
    /// How many were looked at and asked for.
    pub seen: u64,
}

impl Dearest {
    /// Of so many at most, after a place.
    pub fn new(limit: usize, after: Option<Place>) -> Self {
        Self { limit, after, places: BTreeSet::new(), rows: std::collections::BTreeMap::new(), seen: 0 }
    }

    /// One more.
    pub fn take(&mut self, risk: AtRisk) {
        self.seen += 1;
        let place = (Reverse(risk.compared), risk.key.trade);
        let too_late =
            self.places.len() >= self.limit && self.places.last().is_some_and(|last| place > *last);
        if too_late || self.after.is_some_and(|after| place <= after) {
            return;
        }
        self.places.insert(place);
        self.rows.insert(risk.key.trade, risk);
        if self.places.len() > self.limit
            && let Some((_, gone)) = self.places.pop_last()
        {
            self.rows.remove(&gone);
        }
    }

    /// Dearest first.
    pub fn rows(mut self) -> Vec<AtRisk> {
        self.places.iter().filter_map(|(_, trade)| self.rows.remove(trade)).collect()
    }
}

impl Book {
    /// The trades that are due and would cost most, dearest first.
    pub fn at_risk(
        &self,
        now: Timestamp,
        filter: &Filter,
        after: Option<Place>,
        limit: usize,
    ) -> Vec<AtRisk> {
        self.dearest(now, filter, after, limit, |_, _| true)
    }

    /// The same, of those that are `wanted`.
    pub(crate) fn dearest(
        &self,
        now: Timestamp,
        filter: &Filter,
        after: Option<Place>,
        limit: usize,
        wanted: impl Fn(&Trade, &AtRisk) -> bool,
    ) -> Vec<AtRisk> {
        let until = filter.until.unwrap_or_else(|| next_cut_off_day(&self.profile, now));
        let mut dearest = Dearest::new(limit, after);
        for trade in self.due.until(until).filter_map(|id| self.trades.get(&id)).filter(|t| filter.takes(t)) {
            let features = self.features(trade, self.reasons(trade), now);
            let risk = assess(trade, features, &self.profile, now);
            if let Some(risk) = risk.filter(|r| filter.keeps(r) && wanted(trade, r)) {
                dearest.take(risk);
            }
        }
        dearest.rows()
    }

    /// Open trades by settlement date.
    pub fn due(&self) -> &due::Due {
        &self.due
    }
}
