//! What is asked of instructions that stand: to release, to cancel, to process otherwise. By the screen (a call), by sese.020
//! and by sese.030. Once matched, a cancellation takes both sides.

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Change, Event, ProcessingChange, Quantity, StatusKind};

use super::admission::partial;
use super::telling::{self, About};
use super::{Csd, Due, Place};
use crate::parties::{Call, PartyEffect, Who};
use crate::settlement::engine::PairId;
use crate::settlement::kind::Side;

impl Csd {
    pub(super) fn called(&mut self, now: Timestamp, call: &Call, effects: &mut Vec<PartyEffect>) {
        match call {
            Call::ReleaseInstruction { participant, reference } => {
                self.hold(now, *participant, reference, false, effects);
            }
            Call::CancelInstruction { participant, reference } => {
                if self.market.scenario.depository.has_steps() {
                    return self.recalled(now, *participant, reference, effects);
                }
                let place = self.places.get(&(*participant, reference.clone())).cloned();
                let done = match place {
                    Some((number, Place::Unmatched(_))) => self.take_out(*participant, reference, number),
                    // Once matched it takes both sides.
                    _ => false,
                };
                if *participant < self.market.custodians.len() {
                    let call = Call::CancelAnswer { reference: reference.clone(), done };
                    effects.push(PartyEffect::Call { to: Who::Custodian(*participant), call });
                }
            }
            _ => {}
        }
    }

    /// One side holds or releases; says whether there is anything to hold.
    fn hold(
        &mut self,
        now: Timestamp,
        participant: usize,
        reference: &str,
        held: bool,
        effects: &mut Vec<PartyEffect>,
    ) -> bool {
        let place = self.places.get(&(participant, reference.to_owned())).cloned();
        let mut outcomes = Vec::new();
        match place {
            Some((_, Place::Paired(pair, delivers))) => {
                if !self.engine.set_hold(pair, delivers, held, &mut outcomes) {
                    return false;
                }
            }
            Some((number, Place::Unmatched(key))) => {
                if let Some(leg) = self.unmatched.get_mut(&key, number) {
                    leg.held = held;
                }
            }
            Some((_, Place::Cancelled)) | None => return false,
        }
        self.tell(now, &outcomes, effects);
        true
    }

    /// Takes an instruction out that is alone; says whether it was there.
    fn take_out(&mut self, participant: usize, reference: &str, number: u32) -> bool {
        let name = (participant, reference.to_owned());
        let Some((_, Place::Unmatched(key))) = self.places.get(&name).cloned() else { return false };
        self.agenda.clear(&Due::Unmatched(number));
        let gone = self.unmatched.remove(&key, number).is_some();
        self.places.insert(name, (number, Place::Cancelled));
        gone
    }

    fn answer(
        &mut self,
        now: Timestamp,
        (participant, reference): (usize, &str),
        about: About,
        (kind, code): (StatusKind, Option<&str>),
        effects: &mut Vec<PartyEffect>,
    ) {
        let advice = telling::status(reference, about, kind, code);
        self.say(now, participant, &Event::Status(Box::new(advice)), effects);
    }

    /// A side wants its instruction cancelled: done at once while it is alone, else when the other side wants it too.
    pub(super) fn recalled(
        &mut self,
        now: Timestamp,
        participant: usize,
        reference: &str,
        effects: &mut Vec<PartyEffect>,
    ) {
        let asks = (participant, reference);
        match self.places.get(&(participant, reference.to_owned())).cloned() {
            Some((number, Place::Unmatched(_))) => {
                self.take_out(participant, reference, number);
                let done = (StatusKind::Cancelled, Some("CANI"));
                self.answer(now, asks, About::Cancellation, done, effects);
            }
            Some((_, Place::Paired(pair, delivers))) => {
                self.recalls.insert((pair, delivers));
                if self.recalls.contains(&(pair, !delivers)) {
                    self.both_recall(now, pair, effects);
                } else {
                    self.one_recalls(now, asks, pair, delivers, effects);
                }
            }
            Some((_, Place::Cancelled)) => {
                self.answer(now, asks, About::Cancellation, (StatusKind::Cancelled, None), effects);
            }
            // Nobody knows what is meant.
            None => {}
        }
    }

    fn one_recalls(
        &mut self,
        now: Timestamp,
        asks: (usize, &str),
        pair: PairId,
        delivers: bool,
        effects: &mut Vec<PartyEffect>,
    ) {
        let Some(pair) = self.engine.pair(pair) else { return };
        if pair.standing == crate::settlement::engine::Standing::Settled {
            let too_late = (StatusKind::CancellationDenied, Some("DSET"));
            return self.answer(now, asks, About::Cancellation, too_late, effects);
        }
        let other = if delivers { &pair.receiver } else { &pair.deliverer };
        let (participant, reference) = (other.participant, other.reference.clone());
        let waits = (StatusKind::PendingCancellation, Some("CONF"));
        self.answer(now, asks, About::Cancellation, waits, effects);
        let asked = (StatusKind::CancellationRequested, None);
        self.answer(now, (participant, &reference), About::Instruction, asked, effects);
    }

    /// Both want it: what has settled of it stays settled, and the rest is cancelled.
    fn both_recall(&mut self, now: Timestamp, id: PairId, effects: &mut Vec<PartyEffect>) {
        let done = self.engine.cancel(id);
        let Some(pair) = self.engine.pair(id) else { return };
        let sides = [&pair.deliverer, &pair.receiver].map(|l| (l.participant, l.reference.clone(), l.number));
        for (participant, reference, number) in sides {
            let answer = if done {
                self.places.insert((participant, reference.clone()), (number, Place::Cancelled));
                (StatusKind::Cancelled, Some("CANI"))
            } else {
                (StatusKind::CancellationDenied, Some("DSET"))
            };
            self.answer(now, (participant, &reference), About::Cancellation, answer, effects);
        }
    }

    /// A side wants its instruction processed otherwise: held, released, preferred, in parts or not. Each request is answered by
    /// itself, under the reference of the message; what cannot be done is refused.
    pub(super) fn changed(
        &mut self,
        now: Timestamp,
        participant: usize,
        change: &ProcessingChange,
        effects: &mut Vec<PartyEffect>,
    ) {
        if !self.market.scenario.depository.has_steps() {
            return;
        }
        let mut done = true;
        for request in &change.requests {
            for (_, reference) in &request.instructions {
                let part = change.statuses.iter().find_map(|status| {
                    let is_meant = status.instruction.as_ref().is_none_or(|of| of == reference);
                    status.quantity.filter(|_| is_meant)
                });
                for wanted in &request.changes {
                    done &= match (wanted, part) {
                        (Change::Release, Some(part)) => {
                            self.release_part(now, participant, reference.as_str(), part, effects)
                        }
                        _ => self.change(now, participant, reference.as_str(), wanted, effects),
                    };
                }
            }
        }
        let answer =
            if done { (StatusKind::ChangeCompleted, None) } else { (StatusKind::ChangeDenied, Some("OTHR")) };
        self.answer(now, (participant, change.id.as_str()), About::Change, answer, effects);
    }

    /// A deliverer that holds back releases a part, while its instruction is matched and due; says whether it is accepted.
    fn release_part(
        &mut self,
        now: Timestamp,
        participant: usize,
        reference: &str,
        part: Quantity,
        effects: &mut Vec<PartyEffect>,
    ) -> bool {
        let whole = Some(part.value()).filter(|value| value.fract().is_zero());
        let Some(quantity) = whole.and_then(|value| i64::try_from(value).ok()) else { return false };
        let place = self.places.get(&(participant, reference.to_owned())).cloned();
        let Some((_, Place::Paired(pair, delivers))) = place else { return false };
        let side = if delivers { Side::Deliverer } else { Side::Receiver };
        let mut outcomes = Vec::new();
        let done = self.engine.release_part(pair, side, quantity, &mut outcomes);
        self.tell(now, &outcomes, effects);
        done
    }

    fn change(
        &mut self,
        now: Timestamp,
        participant: usize,
        reference: &str,
        wanted: &Change,
        effects: &mut Vec<PartyEffect>,
    ) -> bool {
        let place = self.places.get(&(participant, reference.to_owned())).cloned();
        match wanted {
            Change::Hold => return self.hold(now, participant, reference, true, effects),
            Change::Release => return self.hold(now, participant, reference, false, effects),
            // Where deliveries go by type and value there are neither priorities nor parts.
            Change::Priority(_) | Change::Partial(_) if !self.market.scenario.depository.is_t2s() => {
                return false;
            }
            Change::Priority(priority) if !(1..=4).contains(priority) => return false,
            Change::Priority(_) | Change::Partial(_) => {}
            _ => return false,
        }
        match place {
            Some((number, Place::Unmatched(key))) => {
                let Some(leg) = self.unmatched.get_mut(&key, number) else { return false };
                match wanted {
                    Change::Priority(priority) => leg.wishes.priority = Some(*priority),
                    Change::Partial(parts) => leg.wishes.partial = partial(Some(*parts)),
                    _ => return false,
                }
                true
            }
            Some((_, Place::Paired(pair, delivers))) => {
                let side = if delivers { Side::Deliverer } else { Side::Receiver };
                let mut outcomes = Vec::new();
                let done = match wanted {
                    Change::Priority(priority) => {
                        self.engine.set_priority(pair, side, *priority);
                        true
                    }
                    Change::Partial(parts) => {
                        self.engine.set_partial(pair, side, partial(Some(*parts)), &mut outcomes)
                    }
                    _ => false,
                };
                self.tell(now, &outcomes, effects);
                done
            }
            Some((_, Place::Cancelled)) | None => false,
        }
    }
}
