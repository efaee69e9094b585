//! What becomes of an exception while it is open: who gets it, how pressing it is, when it is looked at again, what people do
//! with it.

use finality_parsers::desk::{Handling, Urgency};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::Reason;

use crate::exceptions::case::NOTES_MAX;
use crate::exceptions::codes;
use crate::exceptions::cost;
use crate::exceptions::exception::Exception;
use crate::exceptions::priority::{self, Parts, Score};
use crate::exceptions::reason::ReasonCode;
use crate::exceptions::routing::route;
use crate::exceptions::sla::{Due, Running};
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::market;
use crate::lifecycle::trade::Trade;

/// How bad a reason is at least, as a share of urgency, in hundredths of a per cent.
fn at_least(urgency: Urgency) -> u32 {
    match urgency {
        Urgency::Low => 0,
        Urgency::Medium => 2_500,
        Urgency::High => 5_000,
        Urgency::Critical => 10_000,
    }
}

impl Kernel {
    /// A new exception goes to its team and gets its first score.
    pub(crate) fn take_up(&mut self, exception: u64) {
        let Some(known) = self.book.exceptions.get(&exception) else { return };
        if let Some(rule) = route(&self.book.profile.routing, known.reason, &known.case.about) {
            let (team, rule) = (rule.team.clone(), rule.name.clone());
            self.decide(Fact::ExceptionRouted { exception, team, rule });
        }
        self.rescore(exception);
    }

    /// The exceptions of a trade that moved.
    pub(crate) fn rescore_trade(&mut self, trade: u64) {
        let open = self.book.trades.get(&trade).map(|t| t.exceptions.clone()).unwrap_or_default();
        for exception in open {
            self.rescore(exception);
        }
    }

    /// Says which share of its time is gone, where that was not said.
    fn warn(&mut self, exception: u64) {
        for due in [Due::Act, Due::Resolve] {
            let Some(known) = self.book.exceptions.get(&exception) else { return };
            let passed = running(known, due).and_then(|r| r.passed(self.book.profile.clock(), self.now));
            if let Some(percent) = passed {
                self.decide(Fact::ExceptionWarned { exception, due, percent });
            }
        }
    }

    /// Scores it as of now, and with that says by when it is due.
    pub(crate) fn rescore(&mut self, exception: u64) {
        // Another deadline may have come at the same moment: what is due now is said now.
        self.warn(exception);
        let Some(known) = self.book.exceptions.get(&exception) else { return };
        let trade = known.trade.and_then(|t| self.book.trades.get(&t)).map(|t| &**t);
        let clock = self.book.profile.clock();
        let score = self.score(known, trade);
        let cut_off = trade.and_then(|t| market::settlement_cut_off(&self.book.profile, t));
        let band = known.case.at_least.map_or(score.band, |b| b.min(score.band));
        let from = if known.case.score.is_none() { known.opened } else { self.now };
        let (mut act_by, mut resolve_by) = self.book.profile.desk.sla.due(band, from, cut_off, clock);
        // Time that was allowed once is not given back, nor is more allowed because the matter grew less pressing.
        if known.case.score.is_some() {
            act_by = known.case.act_by.map_or(act_by, |at| at.min(act_by));
            resolve_by = known.case.resolve_by.map_or(resolve_by, |at| at.min(resolve_by));
        }
        let mut after = known.clone();
        (after.case.act_by, after.case.resolve_by) = (Some(act_by), Some(resolve_by));
        let next = [Due::Act, Due::Resolve]
            .into_iter()
            .filter_map(|due| running(&after, due).and_then(|r| r.next(clock, self.now)))
            .min();
        // When all has been said it is looked at once a business day.
        let next = next.unwrap_or_else(|| clock.after(self.now, clock.minutes_a_day()));
        let next = next.max(self.now + std::time::Duration::from_secs(1));
        self.decide(Fact::ExceptionScored { exception, score: Box::new(score), act_by, resolve_by, next });
    }

    fn score(&self, exception: &Exception, trade: Option<&Trade>) -> Score {
        let desk = &self.book.profile.desk;
        let minutes_left = self.minutes_left(trade);
        let horizon = u64::from(desk.weights.horizon_minutes).max(1);
        let near = minutes_left.map_or(0, |left| (horizon - left.min(horizon)) * 10_000 / horizon);
        let mut parts = Parts {
            urgency: u32::try_from(near).unwrap_or(10_000).max(at_least(exception.urgency)),
            ..Parts::default()
        };
        let mut expected_cost = None;
        if let Some(trade) = trade {
            let terms = trade.terms();
            let party = terms.and_then(|t| t.broker);
            let counterparty_bp = self.book.counterparties.rate_bp(party);
            let mut reasons = self.book.reasons(trade);
            if !reasons.contains(&exception.reason) {
                reasons.push(exception.reason);
            }
            let known = self.book.features(trade, reasons, self.now);
            let fails = desk.estimates.model().probability(trade, &known).bp;
            let day = self.book.profile.clock().day(self.now);
            let fail_cost = cost::of_fail(trade, Some(exception.reason), day, desk.prices());
            expected_cost = fail_cost.map(|cost| cost.expected(fails));
            parts.fail = fails;
            parts.counterparty = counterparty_bp;
            parts.cost = expected_cost.map_or(0, |cost| {
                priority::on_a_logarithmic_scale(desk.compared(cost), desk.weights.cost_cap)
            });
            let account =
                terms.and_then(|t| t.account.as_ref()).map(finality_parsers::model::Account::as_str);
            parts.tier = desk.tier_bp(&[account, party.as_ref().map(finality_parsers::model::Bic::as_str)]);
        }
        priority::score(self.now, parts, &desk.weights, desk.estimates.model().version(), expected_cost)
    }

    /// Business minutes until the cut-off of a trade.
    fn minutes_left(&self, trade: Option<&Trade>) -> Option<u64> {
        let cut_off = market::settlement_cut_off(&self.book.profile, trade?)?;
        Some(self.book.profile.clock().minutes_between(self.now, cut_off))
    }

    /// The custodian's code says whose side it is.
    pub(super) fn attribute(&mut self, trade: u64, reason: ReasonCode, said: &[Reason]) {
        let Some(to) = codes::attribution_of(said, reason) else { return };
        let open = self.book.trades.get(&trade).map(|t| t.exceptions.clone()).unwrap_or_default();
        let of_reason = open.iter().filter_map(|e| self.book.exceptions.get(e)).find(|e| e.reason == reason);
        if let Some(exception) = of_reason.filter(|e| e.case.attribution != to).map(|e| e.id) {
            let codes = said.iter().map(|r| r.code.as_str()).collect::<Vec<_>>().join(", ");
            self.decide(Fact::ExceptionAttributed {
                exception,
                to,
                why: format!("the custodian says {codes}"),
            });
        }
    }

    /// What a person does with it.
    pub(super) fn handle_exception(&mut self, exception: u64, by: &str, handling: &Handling) {
        let refused = match self.book.exceptions.get(&exception) {
            None => Some("is not open".to_owned()),
            Some(known) => refusal(known, by, handling),
        };
        if let Some(why) = refused {
            let what = format!("{by} wanted to {} exception {exception}, which {why}", handling.label());
            self.decide(Fact::Noted { trade: None, what });
            return;
        }
        self.decide(Fact::ExceptionHandled { exception, by: by.to_owned(), handling: handling.clone() });
        if !matches!(handling, Handling::Note { .. }) {
            self.rescore(exception);
        }
    }
}

/// The time that runs out; the time to act stands while somebody has accepted.
fn running(exception: &Exception, due: Due) -> Option<Running> {
    let case = &exception.case;
    let (until, said): (Option<Timestamp>, u8) = match due {
        Due::Act if case.accepted.is_some() => (None, 0),
        Due::Act => (case.act_by, case.act_gone),
        Due::Resolve => (case.resolve_by, case.resolve_gone),
    };
    Some(Running { from: exception.opened, until: until?, said })
}

/// Why somebody cannot do that.
fn refusal(known: &Exception, by: &str, handling: &Handling) -> Option<String> {
    let case = &known.case;
    let owner = case.owner.as_deref();
    match handling {
        Handling::Accept if case.accepted.is_some() && owner == Some(by) => {
            Some("is theirs already".to_owned())
        }
        Handling::Accept if case.accepted.is_some() => {
            Some(format!("{} has accepted: assign it first", owner.unwrap_or("somebody")))
        }
        Handling::Reject { .. } if owner.is_none() => {
            Some("is nobody's: there is nothing to give back".to_owned())
        }
        Handling::Assign { team: None, owner: None } => Some("needs a team or a person to go to".to_owned()),
        Handling::Note { .. } if case.notes.len() >= NOTES_MAX => {
            Some(format!("has {NOTES_MAX} notes already: resolve it, or write where there is more room"))
        }
        Handling::Note { text, .. } if text.trim().is_empty() => Some("needs words".to_owned()),
        _ => None,
    }
}
