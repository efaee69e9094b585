//! What both sides have agreed neither takes back alone; and what persons decide over a pair.

use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::Trigger;
use crate::lifecycle::trade::{Asker, PairedBy};
use crate::matching::compare::Difference;

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

    /// A person agrees for the side that was asked, or does not.
    pub(super) fn answer_cancel(&mut self, id: u64, by: &str, agreed: bool, why: &str) {
        if agreed {
            self.agree_to_cancel(id, &format!("agreed by {by}: {why}"));
        } else {
            self.decide(Fact::CancelDeclined { trade: id, by: by.to_owned(), why: why.to_owned() });
            self.resolve_reason(id, ReasonCode::CancelRequested, &format!("declined by {by}: {why}"));
        }
    }

    /// A person puts two sides together that did not find one another.
    pub(super) fn force_pair(&mut self, ours: u64, theirs: u64, by: &str, why: &str) {
        let Some(confirmed) = self.book.trades.get(&theirs).and_then(|t| t.confirmed.as_deref()) else {
            return;
        };
        let (link, confirmation) = (confirmed.link.clone(), confirmed.id.clone());
        let (by, why) = (by.to_owned(), why.to_owned());
        self.decide(Fact::PairForced { trade: ours, link, confirmation, by, why });
        self.take_over(theirs, ours, PairedBy::Person);
    }

    /// What differs between the sides of a trade.
    pub(super) fn differences(&self, id: u64) -> Vec<Difference> {
        let Some(trade) = self.book.trades.get(&id) else { return Vec::new() };
        let (Some(share), Some(confirmed)) = (&trade.share, &trade.confirmed) else { return Vec::new() };
        self.rule_book().differences(&share.terms, &confirmed.terms)
    }

    /// What takes no tolerance must be the same on both sides, else it will not match at the depository.
    pub(super) fn not_to_be_let_pass(&self, id: u64) -> Option<String> {
        let rows = self.differences(id).into_iter().map(|d| d.field.row());
        let exact: Vec<&str> = rows.filter(|row| !row.tolerates).map(|row| row.name).collect();
        (!exact.is_empty()).then(|| format!("a difference in {} cannot be let pass", exact.join(" and ")))
    }

    /// A person lets two sides pass although they differ.
    pub(super) fn force_match(&mut self, id: u64, by: &str, why: &str) {
        let differences = self.differences(id);
        let (by, why) = (by.to_owned(), why.to_owned());
        let said = format!("let pass by {by}: {why}");
        self.decide(Fact::MatchForced { trade: id, differences, by, why });
        if self.advance(id, Trigger::MatchForced, &said) {
            self.agreed(id);
        }
    }

    /// A person takes a confirmation from its allocation.
    pub(super) fn break_pair(&mut self, id: u64, by: &str, why: &str) {
        let Some(confirmed) = self.book.trades.get(&id).and_then(|t| t.confirmed.as_deref()) else { return };
        let (link, confirmation) = (confirmed.link.clone(), confirmed.id.clone());
        let (by, why) = (by.to_owned(), why.to_owned());
        let said = format!("parted by {by}: {why}");
        self.decide(Fact::PairBroken { trade: id, link, confirmation, by, why });
        let other = self.part(id, &said);
        self.seek(id);
        if let Some(other) = other {
            self.seek(other);
        }
    }
}
