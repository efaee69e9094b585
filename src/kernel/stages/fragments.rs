//! An allocation that is too long for one message comes in parts. They are kept until the last one is there and as many
//! shares as were announced; then the whole is taken as if it had come at once.

use finality_parsers::model::{
    Allocation, AllocationAcknowledgement, AllocationInstruction, AllocationStatus, Event, EventKind,
    Reference, Refusal,
};
use rust_decimal::Decimal;

use super::allocation::MISMATCHED_DATA;
use super::digest_of;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::profile::Timing;

/// The reason of refusal for shares that do not add up to their block.
const SPLIT: &str = "8";

impl Kernel {
    pub(super) fn fragment(
        &mut self,
        link: &str,
        part: Box<AllocationInstruction>,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::Allocation(part);
        let digest = digest_of(&event);
        let Event::Allocation(part) = event else { unreachable!("made two lines above") };
        let reference = part.id.clone();
        let key = (link.to_owned(), reference.clone());
        if self.book.fragment_digests.contains(&(key.0.clone(), key.1.clone(), digest)) {
            self.repeated(link, &reference);
            self.answer_repeated_fragment(link, &part);
            return true;
        }
        if !self.book.fragments.contains_key(&key)
            && let Some(taken) =
                self.book.taken.get(link, &(EventKind::Allocation, reference.clone())).cloned()
        {
            // Refused as a whole before, or complete: what comes now is other content, or the same refused part again.
            if taken.digest == digest {
                self.repeated(link, &reference);
                self.answer_allocation(link, &part, taken.refused.as_deref(), Vec::new());
                return true;
            }
            let text = self.reused(link, EventKind::Allocation, &reference);
            let refusal = Refusal::Whole { reason: MISMATCHED_DATA.to_owned(), text };
            self.answer_allocation(link, &part, Some(&refusal), Vec::new());
            return false;
        }
        if let Some(refusal) = refused.or_else(|| self.contradiction(link, &part)) {
            self.refuse_fragments(link, &part, digest, &refusal);
            return true;
        }
        let due = Timing::in_minutes(self.now, self.book.profile.timing.fragments_due_minutes);
        self.decide(Fact::FragmentKept { link: link.to_owned(), digest, due, part: part.clone() });
        let Some(whole) = self.joined(link, &reference) else {
            self.say_received(link, &part);
            return true;
        };
        self.drop_fragments(link, &reference, "all parts are there");
        let refused = unbalanced(&whole);
        self.whole_allocation(link, Box::new(whole), refused)
    }

    /// How a part contradicts those that are there.
    fn contradiction(&self, link: &str, part: &AllocationInstruction) -> Option<Refusal> {
        let announced = part.fragment?.total;
        let kept = self.book.fragments.get(&(link.to_owned(), part.id.clone()));
        let parts = kept.map_or(&[][..], |k| k.parts.as_slice());
        let count = parts.iter().chain([part]).map(|p| p.allocations.len()).sum::<usize>();
        let whole = |text: String| Some(Refusal::Whole { reason: MISMATCHED_DATA.to_owned(), text });
        if let Some(first) = parts.first() {
            let other = first.fragment.map_or(0, |f| f.total);
            if other != announced {
                return whole(format!(
                    "this part says {announced} allocations in all (892), an earlier one {other}"
                ));
            }
            if head(first) != head(part) {
                return whole("its block is not that of the earlier parts".to_owned());
            }
        }
        if u32::try_from(count).is_ok_and(|n| n > announced) {
            return whole(format!("{count} allocations are here, but {announced} were announced (892)"));
        }
        None
    }

    /// All parts in one, when the last one and all shares are there.
    fn joined(&self, link: &str, reference: &Reference) -> Option<AllocationInstruction> {
        let parts = &self.book.fragments.get(&(link.to_owned(), reference.clone()))?.parts;
        let announced = parts.first()?.fragment?.total;
        let shares: Vec<Allocation> = parts.iter().flat_map(|p| p.allocations.iter().cloned()).collect();
        let last = parts.iter().any(|p| p.fragment.is_some_and(|f| f.last));
        if !last || u32::try_from(shares.len()) != Ok(announced) {
            return None;
        }
        Some(AllocationInstruction { allocations: shares, fragment: None, ..parts.first()?.clone() })
    }

    fn refuse_fragments(
        &mut self,
        link: &str,
        part: &AllocationInstruction,
        digest: u128,
        refusal: &Refusal,
    ) {
        self.drop_fragments(link, &part.id, "a part was refused");
        self.take(link, EventKind::Allocation, &part.id, digest, Some(refusal));
        let detail = format!("allocation {} refused: {}", part.id, refusal.text());
        self.raise_on_link(link, true, ReasonCode::Unreadable, detail);
        self.answer_allocation(link, part, Some(refusal), Vec::new());
    }

    /// Lets kept parts go, and whatever was open because of them.
    pub(super) fn drop_fragments(&mut self, link: &str, reference: &Reference, why: &str) {
        if !self.book.fragments.contains_key(&(link.to_owned(), reference.clone())) {
            return;
        }
        self.decide(Fact::FragmentsDropped { link: link.to_owned(), reference: reference.clone() });
        if let Some(exception) = self.fragments_exception(link, reference) {
            self.resolve(exception, why.to_owned());
        }
    }

    fn fragments_exception(&self, link: &str, reference: &Reference) -> Option<u64> {
        let start = format!("allocation {reference}: ");
        let of = self.book.exceptions.values().find(|e| {
            e.reason == ReasonCode::FragmentsMissing
                && e.link.as_deref() == Some(link)
                && e.detail.starts_with(&start)
        });
        of.map(|e| e.id)
    }

    /// Parts are still missing at their deadline: the sender is told, and a person.
    pub(crate) fn fragments_deadline(&mut self, link: &str, reference: &Reference) {
        let next = Timing::in_minutes(self.now, self.book.profile.timing.repair_due_minutes.max(1));
        let Some(kept) = self.book.fragments.get(&(link.to_owned(), reference.clone())) else { return };
        let Some(first) = kept.parts.first().cloned() else { return };
        let here: usize = kept.parts.iter().map(|p| p.allocations.len()).sum();
        let announced = first.fragment.map_or(0, |f| f.total);
        let fact = Fact::FragmentsOverdue { link: link.to_owned(), reference: reference.clone(), next };
        self.decide(fact);
        if self.fragments_exception(link, reference).is_some() {
            return;
        }
        let missing = format!("{here} of {announced} shares are here");
        let detail = format!("allocation {reference}: {missing}");
        self.raise_on_link(link, false, ReasonCode::FragmentsMissing, detail);
        self.say(link, &first, AllocationStatus::Incomplete, Some(missing));
    }

    fn say_received(&mut self, link: &str, part: &AllocationInstruction) {
        let text = "received; taken when all parts are there".to_owned();
        self.say(link, part, AllocationStatus::Received, Some(text));
    }

    fn say(
        &mut self,
        link: &str,
        part: &AllocationInstruction,
        status: AllocationStatus,
        text: Option<String>,
    ) {
        let answer = AllocationAcknowledgement {
            id: None,
            allocation: part.id.clone(),
            status,
            reason: None,
            text,
            rejects: Vec::new(),
            trade_date: Some(part.trade_date),
            transacted: Some(self.now.utc()),
        };
        self.answer(link, Event::AllocationAcknowledgement(Box::new(answer)));
    }

    /// A part that is known: received, while others are missing; then what was said to the whole.
    fn answer_repeated_fragment(&mut self, link: &str, part: &AllocationInstruction) {
        match self.book.taken.get(link, &(EventKind::Allocation, part.id.clone())).cloned() {
            Some(taken) => {
                let rejects = if taken.refused.is_some() { Vec::new() } else { self.unknown_accounts(part) };
                self.answer_allocation(link, part, taken.refused.as_deref(), rejects);
            }
            None => self.say_received(link, part),
        }
    }
}

/// What all parts must say alike: everything but the shares, and which part it is.
fn head(part: &AllocationInstruction) -> AllocationInstruction {
    AllocationInstruction {
        allocations: Vec::new(),
        fragment: None,
        transacted: None,
        text: None,
        ..part.clone()
    }
}

/// Whether the shares of all parts add up to the block: within one part nobody can tell.
fn unbalanced(whole: &AllocationInstruction) -> Option<Refusal> {
    let sum = whole
        .allocations
        .iter()
        .try_fold(Decimal::ZERO, |sum, share| sum.checked_add(share.quantity.value()));
    let block = whole.quantity.value();
    (sum != Some(block)).then(|| Refusal::Whole {
        reason: SPLIT.to_owned(),
        text: format!(
            "the block is {block}, the allocations of all parts add up to {}",
            sum.unwrap_or_default()
        ),
    })
}
