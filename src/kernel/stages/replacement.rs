//! One side replaces its terms after both had agreed. Where nothing is out both sides are compared anew at once; where an
//! instruction is out it is shown what differs, and the instruction is cancelled before anything goes out in its place. What
//! has settled is never undone.

use finality_parsers::model::{
    AffirmationStatus, AllocationInstruction, AllocationReject, Reference, TradeConfirmation,
};
use rust_decimal::Decimal;

use super::allocation::MISMATCHED_DATA;
use crate::enrichment::outdated;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::{State, Trigger};
use crate::lifecycle::trade::{Asker, Confirmed, PairedBy, Share, Terms, Trade};
use crate::matching::compare::Difference;
use crate::matching::key::ShareKey;
use crate::matching::try_out::RuleBook;
use crate::operation::Replaced;
use crate::profile::Tolerances;

/// What room there is for a replacement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Both sides do not agree yet: it takes the place of what was said.
    Open,
    /// They have agreed, and nothing is out: they are compared anew.
    Agreed,
    /// An instruction is out.
    Out,
    /// Something has settled.
    Settled,
    /// It is over, or is being ended.
    Over,
}

impl Room {
    fn of(trade: &Trade) -> Self {
        match trade.state {
            State::Alleged | State::Allocated | State::Mismatched | State::Matched => Room::Open,
            State::Cancelled => Room::Over,
            State::CancelRequested if !trade.anew => Room::Over,
            State::Settled => Room::Settled,
            _ if trade.settled > Decimal::ZERO => Room::Settled,
            State::Affirmed | State::AwaitingSsi | State::Rejected => Room::Agreed,
            _ => Room::Out,
        }
    }
}

impl Kernel {
    pub(super) fn room(&self, trade: u64) -> Room {
        self.book.trades.get(&trade).map_or(Room::Over, |t| Room::of(t))
    }

    /// The manager says something else of a share on which both sides had agreed.
    pub(super) fn share_replaced(&mut self, id: u64, mut share: Box<Share>) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let (room, by, paired) = (Room::of(trade), share.block.clone(), trade.paired);
        let held = trade.share.as_deref().map(|held| held.terms.clone());
        let changed = held.as_ref() != Some(&share.terms);
        if let (Room::Settled, true, Some(held)) = (room, changed, held) {
            // Its reference is known from now on; what it says is not what settles.
            let said = std::mem::replace(&mut share.terms, held);
            let detail = self.too_late(id, &format!("allocation {by}"), &share.terms, &said);
            self.raise(id, ReasonCode::SettledAsBefore, detail);
        }
        self.decide(Fact::AllocationDropped { trade: id });
        self.decide(Fact::Allocated { trade: id, share });
        self.decide(Fact::Paired { trade: id, by: paired.unwrap_or(PairedBy::Reference) });
        if changed {
            self.terms_replaced(id, &by, &format!("allocation {by}"));
        }
    }

    /// The broker says something else of what both sides had agreed. Says why not, where it is not taken.
    pub(super) fn confirmation_replaced(&mut self, id: u64, confirmed: Box<Confirmed>) -> Option<String> {
        let trade = self.book.trades.get(&id)?;
        let (room, by, paired) = (Room::of(trade), confirmed.id.clone(), trade.paired);
        let held = trade.confirmed.as_deref().map(|held| held.terms.clone());
        match room {
            Room::Settled => {
                let held = held?;
                let detail = self.too_late(id, &format!("confirmation {by}"), &held, &confirmed.terms);
                self.raise(id, ReasonCode::SettledAsBefore, detail.clone());
                return Some(detail);
            }
            Room::Over => {
                let detail = format!("confirmation {by} came while the trade is {}", trade.state.label());
                self.raise(id, ReasonCode::OutOfPlace, detail.clone());
                return Some(detail);
            }
            Room::Open | Room::Agreed | Room::Out => {}
        }
        let changed = held.as_ref() != Some(&confirmed.terms);
        let link = confirmed.link.clone();
        self.decide(Fact::Confirmed { trade: id, confirmed });
        self.decide(Fact::Paired { trade: id, by: paired.unwrap_or(PairedBy::Reference) });
        if changed {
            self.terms_replaced(id, &by, &format!("confirmation {by}"));
        } else {
            self.answer_confirmation(&link, &by, AffirmationStatus::Affirmed, None);
        }
        None
    }

    /// Whether the broker has asked to cancel this trade, and now confirms it anew: where a standard has no replacement, that is
    /// how it corrects. Then it is not to be cancelled any more.
    pub(super) fn cancelled_to_be_corrected(&mut self, id: u64, confirmed: &Confirmed) -> bool {
        let Some(trade) = self.book.trades.get(&id) else { return false };
        if trade.cancel_asked != Some(Asker::Broker) || matches!(Room::of(trade), Room::Open | Room::Over) {
            return false;
        }
        let (by, why) =
            (Asker::Broker.label().to_owned(), format!("confirmation {} corrects it", confirmed.id));
        self.resolve_reason(id, ReasonCode::CancelRequested, &why);
        self.decide(Fact::CancelDeclined { trade: id, by, why });
        true
    }

    fn terms_replaced(&mut self, id: u64, by: &Reference, what: &str) {
        match self.room(id) {
            Room::Agreed => _ = self.reopen(id, &format!("{what} replaces its terms")),
            Room::Out => self.reconsider(id, by, what),
            Room::Open | Room::Settled | Room::Over => {}
        }
    }

    /// No instruction is out, and the terms are others: both sides are compared anew. Says whether it moved.
    pub(super) fn reopen(&mut self, id: u64, why: &str) -> bool {
        if !self.advance(id, Trigger::Reopened, why) {
            return false;
        }
        self.resolve_reason(id, ReasonCode::TermsReplaced, why);
        self.compare_sides(id);
        true
    }

    /// An instruction is out: what does it say that the sides do not say any more?
    fn reconsider(&mut self, id: u64, by: &Reference, what: &str) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(instructed) = trade.instructed.as_deref() else { return };
        let (ours, theirs) = trade.sides();
        let changes = |theirs| outdated::changes(instructed, (ours, theirs), &self.book.profile);
        let changes = match self.to_be_confirmed_anew(trade) {
            Some((terms, more)) => {
                let changes = changes(Some(&terms));
                if changes.is_empty() { more } else { changes }
            }
            None => changes(theirs),
        };
        let reference = instructed.reference.to_string();
        let told = trade.confirmed.as_deref().map(|c| (c.link.clone(), c.id.clone(), c.report.clone()));
        // A confirmation of ours is made anew when it is its turn.
        let differences = if self.confirms() { Vec::new() } else { self.differences(id) };
        self.decide(Fact::TermsReplaced { trade: id, by: by.clone(), changes: changes.clone() });
        let words = |all: Vec<String>| all.join("; ");
        let differ = words(differences.iter().map(ToString::to_string).collect());
        let out = words(changes.iter().map(ToString::to_string).collect());
        if let Some((link, confirmation, report)) = told {
            let (status, text) = match (differ.as_str(), out.as_str()) {
                ("", "") => (AffirmationStatus::Affirmed, None),
                // It is affirmed when it goes out anew.
                ("", _) => (AffirmationStatus::Received, None),
                (differ, _) => (AffirmationStatus::Rejected, Some(differ.to_owned())),
            };
            if let (Some(report), Some(text)) = (report, text.clone()) {
                self.reject_share_of(&link, &report, id, text);
            }
            self.answer_confirmation(&link, &confirmation, status, text);
        }
        if differ.is_empty() && out.is_empty() {
            let why = format!("{what}: {reference} says what both sides say");
            self.resolve_reason(id, ReasonCode::TermsReplaced, &why);
            self.decide(Fact::Noted { trade: Some(id), what: why });
            return;
        }
        let out = if out.is_empty() { format!("{reference} stays as it is") } else { out };
        let first = if differ.is_empty() {
            "both sides agree on it".to_owned()
        } else {
            format!("the sides must agree first: {differ}")
        };
        let detail = format!("{what} came after {reference} had gone out: {out}; {first}");
        self.raise(id, ReasonCode::TermsReplaced, detail);
        if differ.is_empty() && self.book.profile.operation.replaced == Replaced::ByItself {
            self.rebook(id, "the profile", &format!("{what} replaces its terms"));
        }
    }

    /// What was to be replaced has settled, wholly or in part, as it was instructed first: the rest is not instructed anew.
    pub(super) fn replacement_overtaken(&mut self, id: u64) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let known = self.book.exception_for(id, ReasonCode::TermsReplaced).map(|e| e.detail.clone());
        let settled = trade.settled.normalize();
        let (anew, state) = (trade.anew, trade.state);
        let left =
            trade.instructed.as_deref().map_or(Decimal::ZERO, |i| i.whole() - trade.settled).normalize();
        let rest = match (left.is_zero(), state) {
            (true, _) => String::new(),
            (_, State::CancelRequested) => {
                format!("; the other {left} are being cancelled at the custodian and are not instructed anew")
            }
            _ => format!("; the other {left} still settle as they were: cancel the trade if they must not"),
        };
        let said = known.map_or_else(String::new, |said| format!(" ({said})"));
        let detail = format!("{settled} settled as instructed first, although it was replaced{said}{rest}");
        if anew {
            let why = format!("{settled} settled before the instruction was cancelled");
            self.decide(Fact::AnewGivenUp { trade: id, why });
        }
        self.resolve_reason(id, ReasonCode::TermsReplaced, "it settled as it was instructed first");
        self.raise(id, ReasonCode::SettledAsBefore, detail);
    }

    /// A replacement that comes after something has settled, in words.
    fn too_late(&self, id: u64, what: &str, held: &Terms, said: &Terms) -> String {
        let settled = self.book.trades.get(&id).map_or(Decimal::ZERO, |t| t.settled).normalize();
        let differs: Vec<String> = exactly(held, said)
            .iter()
            .map(|d| format!("{} {} would be {}", d.field.row().name, d.ours, d.theirs))
            .collect();
        let differs = if differs.is_empty() {
            "what is not compared would change".to_owned()
        } else {
            differs.join(", ")
        };
        format!(
            "{what} came when {settled} had settled, and is not taken: {differs}; what has settled is not undone"
        )
    }

    /// The shares of an allocation that came too late to change what had settled.
    pub(super) fn came_too_late(
        &self,
        link: &str,
        allocation: &AllocationInstruction,
    ) -> Vec<AllocationReject> {
        let late = |share: &finality_parsers::model::Allocation| {
            let keys = ShareKey::all(Some(&allocation.id), share.id.as_ref(), Some(&share.account));
            let trade = keys.iter().find_map(|key| self.book.by_share.get(key))?;
            let trade = self.book.trades.get(trade).filter(|t| Room::of(t) == Room::Settled)?;
            let held = trade.share.as_deref().filter(|held| held.block == allocation.id)?;
            (held.terms != self.share_terms(link, allocation, share)).then(|| AllocationReject {
                account: share.account.clone(),
                id: share.id.clone(),
                reason: Some(MISMATCHED_DATA.to_owned()),
                text: Some(format!("{} have settled as agreed before", trade.settled.normalize())),
            })
        };
        allocation.allocations.iter().filter_map(late).collect()
    }

    /// A share of a report that was taken, and on which the sides do not agree any more.
    fn reject_share_of(&mut self, link: &str, report: &Reference, trade: u64, why: String) {
        let terms = self.book.trades.get(&trade).and_then(|t| t.confirmed.as_deref());
        let Some((account, id)) = terms.and_then(|c| Some((c.terms.account.clone()?, c.share.clone())))
        else {
            return;
        };
        let reject =
            AllocationReject { account, id, reason: Some(MISMATCHED_DATA.to_owned()), text: Some(why) };
        self.reports.entry((link.to_owned(), report.clone())).or_default().push(reject);
    }

    /// The answer to a confirmation that was not taken.
    pub(super) fn not_confirmed(
        &mut self,
        link: &str,
        confirmation: &TradeConfirmation,
        report: Option<&Reference>,
        detail: String,
    ) {
        match report {
            Some(report) => self.reject_share(link, report, confirmation, detail),
            None => {
                self.answer_confirmation(link, &confirmation.id, AffirmationStatus::Rejected, Some(detail));
            }
        }
    }
}

/// What differs, without any tolerance.
pub(super) fn exactly(held: &Terms, said: &Terms) -> Vec<Difference> {
    let none = Tolerances {
        price_fraction: Decimal::ZERO,
        net_absolute: Decimal::ZERO,
        net_by_currency: Vec::new(),
        accrued_absolute: Decimal::ZERO,
    };
    RuleBook { profiles: &[], general: &none }.differences(held, said)
}
