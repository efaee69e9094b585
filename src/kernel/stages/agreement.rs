//! What both sides have agreed neither takes back alone; and what persons decide over a pair.

use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Asker, PairedBy};
use crate::matching::compare;
use crate::matching::rules::Rules;

impl Kernel {
    /// One side wants a trade cancelled that is agreed: it is when the other has asked too; else the other is asked.
    pub(super) fn ask_to_cancel(&mut self, id: u64, by: Asker, why: &str) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let (state, asked) = (trade.state, trade.cancel_asked);
        if state.is_terminal() {
            let detail = format!("{why}, but the trade is {}", state.label());
            self.raise(id, ReasonCode::OutOfPlace, detail);
            return;
        }
        if asked == Some(by.other()) {
            self.agree_to_cancel(id, &format!("both sides want it: {why}"));
            return;
        }
        if asked.is_none() {
            self.decide(Fact::CancelAsked { trade: id, by, why: why.to_owned() });
        }
        let detail = format!(
            "{} wants it cancelled ({why}); it is {}, so {} must agree",
            by.label(),
            state.label(),
            by.other().label()
        );
        self.raise(id, ReasonCode::CancelRequested, detail);
    }

    /// The other side agrees.
    fn agree_to_cancel(&mut self, id: u64, why: &str) {
        self.resolve_reason(id, ReasonCode::CancelRequested, why);
        self.cancel(id, why);
    }

    fn resolve_reason(&mut self, id: u64, reason: ReasonCode, why: &str) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let is = |e: &&u64| self.book.exceptions.get(e).is_some_and(|e| e.reason == reason);
        let open: Vec<u64> = trade.exceptions.iter().filter(is).copied().collect();
        for exception in open {
            self.resolve(exception, why.to_owned());
        }
    }

    /// A person agrees for the side that was asked, or does not.
    pub(super) fn answer_cancel(&mut self, id: u64, by: &str, agreed: bool, why: &str) {
        let asked = self.book.trades.get(&id).and_then(|t| t.cancel_asked);
        if asked.is_none() {
            let what = "answer a request to cancel: nobody has asked";
            self.not_done(Some(id), by, what, self.book.trades.get(&id).map(|t| t.state));
        } else if agreed {
            self.agree_to_cancel(id, &format!("agreed by {by}: {why}"));
        } else {
            self.decide(Fact::CancelDeclined { trade: id, by: by.to_owned(), why: why.to_owned() });
            self.resolve_reason(id, ReasonCode::CancelRequested, &format!("declined by {by}: {why}"));
        }
    }

    /// A person puts two sides together that did not find one another.
    pub(super) fn force_pair(&mut self, ours: u64, theirs: u64, by: &str, why: &str) {
        let state = |id| self.book.trades.get(&id).map(|t| t.state);
        match (state(ours), state(theirs)) {
            (Some(State::Allocated), Some(State::Alleged)) => {
                let what = format!("paired by {by} with the confirmation of trade {theirs}: {why}");
                self.decide(Fact::Noted { trade: Some(ours), what });
                self.take_over(theirs, ours, PairedBy::Person);
            }
            (Some(State::Allocated), other) => {
                self.not_done(Some(theirs), by, "pair its confirmation", other)
            }
            (other, _) => self.not_done(Some(ours), by, "pair its allocation", other),
        }
    }

    /// A person lets two sides pass although they differ.
    pub(super) fn force_match(&mut self, id: u64, by: &str, why: &str) {
        let Some(trade) = self.book.trades.get(&id) else {
            return self.not_done(Some(id), by, "match", None);
        };
        let (State::Mismatched, Some(share), Some(confirmed)) = (trade.state, &trade.share, &trade.confirmed)
        else {
            let state = trade.state;
            return self.not_done(Some(id), by, "match", Some(state));
        };
        let profile = &self.book.profile;
        let rules = Rules::of(&profile.matching, &profile.tolerances, &share.terms);
        let differences = compare::compare(&share.terms, &confirmed.terms, rules);
        // What the instruction is told by must be the same on both sides, else it will not match at the depository.
        let telling: Vec<&str> = differences
            .iter()
            .map(|d| d.field.row())
            .filter(|row| row.identifies)
            .map(|row| row.name)
            .collect();
        if !telling.is_empty() {
            let what = format!("match, but {} cannot be let pass", telling.join(" and "));
            return self.not_done(Some(id), by, &what, Some(State::Mismatched));
        }
        let (by, why) = (by.to_owned(), why.to_owned());
        let said = format!("let pass by {by}: {why}");
        self.decide(Fact::MatchForced { trade: id, differences, by, why });
        if self.advance(id, Trigger::MatchForced, &said) {
            self.affirm(id);
        }
    }

    /// A person takes a confirmation from its allocation.
    pub(super) fn break_pair(&mut self, id: u64, by: &str, why: &str) {
        let Some(trade) = self.book.trades.get(&id) else { return self.not_done(Some(id), by, "part", None) };
        let (State::Mismatched, Some(confirmed)) = (trade.state, trade.confirmed.as_deref()) else {
            let state = trade.state;
            return self.not_done(Some(id), by, "part", Some(state));
        };
        let (link, confirmation) = (confirmed.link.clone(), confirmed.id.clone());
        let (by, why) = (by.to_owned(), why.to_owned());
        let said = format!("parted by {by}: {why}");
        self.decide(Fact::PairBroken { trade: id, link, confirmation, by, why });
        let other = self.part(id, &said);
        self.look_again(id);
        if let Some(other) = other {
            self.look_again(other);
        }
    }
}
