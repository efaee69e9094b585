//! That it settled. A confirmation of who was instructed is a fact: securities have moved, also where that contradicts what was said
//! before. What cannot be the settlement of the instruction is not booked; in both cases a person is told what was done.

use finality_parsers::model::{Amount, Event, EventKind, Movement, SettlementConfirmation};
use rust_decimal::Decimal;

use super::{Novelty, digest_of};
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::Trigger;
use crate::lifecycle::trade::{Instructed, Trade};

impl Kernel {
    /// It settled, wholly or in part.
    pub(super) fn settlement(&mut self, link: &str, settlement: SettlementConfirmation) -> bool {
        let event = Event::Settlement(Box::new(settlement));
        let digest = digest_of(&event);
        let Event::Settlement(settlement) = event else { unreachable!("made two lines above") };
        let Some((trade, instruction)) = self.referred_to(&settlement.instruction) else {
            let why = format!("a settlement of instruction {}, which is not known", settlement.instruction);
            self.dead_letter(link, ReasonCode::Unrelated, why);
            return false;
        };
        if !self.may_report(link, trade, &instruction) {
            return self.reported_by_other(link, trade, "a settlement", &instruction);
        }
        // A confirmation without a reference of its own is told by the instruction and what had settled before.
        let before = settlement.previously_settled.map_or(Decimal::ZERO, |q| q.value()).normalize();
        let Some(id) =
            settlement.id.clone().or_else(|| format!("{}@{before}", settlement.instruction).parse().ok())
        else {
            self.dead_letter(
                link,
                ReasonCode::Unrelated,
                "a settlement that cannot be told from another".to_owned(),
            );
            return false;
        };
        match self.novelty(link, EventKind::Settlement, &id, digest) {
            Novelty::Same(_) => {
                self.repeated(link, &id);
                return true;
            }
            Novelty::Other => {
                self.reused(link, EventKind::Settlement, &id);
                return false;
            }
            Novelty::New => {}
        }
        let current = self.is_current(trade, &instruction);
        // One of something else is not taken as said: the right one may still come, under the same reference.
        if current && let Some(detail) = self.settles_something_else(trade, &settlement) {
            self.raise(trade, ReasonCode::SettlementDiffers, detail);
            return true;
        }
        self.take(link, EventKind::Settlement, &id, digest, None);
        if !current {
            let detail = self.settled_although_replaced(trade, &settlement);
            self.raise(trade, ReasonCode::SettlementDiffers, detail);
            return true;
        }
        self.answered(trade);
        self.spoken_of(trade, true);
        if settlement.reversal {
            self.reversal(trade, &settlement);
        } else {
            self.settled(trade, &settlement);
        }
        true
    }

    /// An instruction settled whose place another took.
    fn settled_although_replaced(&self, trade: u64, settlement: &SettlementConfirmation) -> String {
        let trade = self.book.trades.get(&trade);
        let present = trade.and_then(|t| t.instructed.as_deref()).map_or("another", |i| i.reference.as_str());
        let state = trade.map_or("unknown", |t| t.state.label());
        let quantity = settlement.settled.value().normalize();
        let money = settlement.amount.map_or_else(String::new, |amount| format!(" for {amount}"));
        let moved = if settlement.reversal { "was taken back" } else { "settled" };
        let client =
            if trade.is_some_and(|t| t.client.is_some()) { ", and the client was not told" } else { "" };
        format!(
            "instruction {} {moved} ({quantity}{money}) although {present} took its place, which is {state}: it is not booked \
             here{client}",
            settlement.instruction
        )
    }

    /// What a confirmation says otherwise than what was instructed, where that cannot be the settlement of it.
    fn settles_something_else(&self, trade: u64, settlement: &SettlementConfirmation) -> Option<String> {
        let known = self.book.trades.get(&trade)?;
        let instructed = known.instructed.as_ref()?;
        let ours = &instructed.instruction;
        let other = |what: &str, theirs: &str, ours: &str| {
            Some(format!(
                "it confirms {what} {theirs}, and {ours} was instructed: nothing is booked by that{}",
                if known.client.is_some() { ", and the client was not told" } else { "" }
            ))
        };
        if settlement.movement != ours.movement {
            let word = |movement| if movement == Movement::Receive { "a receipt" } else { "a delivery" };
            return other("as", word(settlement.movement), word(ours.movement));
        }
        if let (Some(theirs), Some(ours)) = (settlement.instrument.isin, ours.instrument.isin)
            && theirs != ours
        {
            return other("instrument", theirs.as_str(), ours.as_str());
        }
        if let (Some(theirs), Some(account)) = (&settlement.account, &ours.account)
            && theirs != account
            && self.book.profile.accounts.iter().any(|known| known.safekeeping == *theirs)
        {
            return other("in account", theirs.as_str(), account.as_str());
        }
        let total = known.settled.saturating_add(settlement.settled.value());
        if !settlement.reversal && total > instructed.whole() {
            let (total, whole) = (total.normalize(), instructed.whole().normalize());
            return other("in all", &total.to_string(), &whole.to_string());
        }
        None
    }

    fn settled(&mut self, trade: u64, settlement: &SettlementConfirmation) {
        let Some(known) = self.book.trades.get(&trade) else { return };
        let instructed = known.instructed.as_ref().map_or(Decimal::ZERO, |i| i.whole());
        let of_client = known.client.as_deref().is_some_and(|client| client.amends.is_some());
        // That his request came too late is the client's affair; he hears it.
        let (anew, replaced) = (known.anew && !of_client, known.replaced);
        let total = known.settled.saturating_add(settlement.settled.value());
        // The sum decides, not the mark of the part: the last part may come before the first.
        let trigger = if total == instructed { Trigger::AllSettled } else { Trigger::PartSettled };
        let before = known.state;
        let mut odd = differences(known, settlement, total == instructed);
        self.decide(Fact::QuantitySettled {
            trade,
            quantity: settlement.settled,
            amount: settlement.amount,
            day: settlement.effective_date,
            reversal: false,
        });
        self.pass_on_settlement(trade, settlement);
        let moved = self.advance(trade, trigger, "the custodian confirmed the settlement");
        let Some(known) = self.book.trades.get(&trade) else { return };
        if !before.is_out() {
            let settled = settlement.settled.value().normalize();
            odd.push(match moved {
                true => format!("{settled} settled although the trade was {}", before.label()),
                false => format!("{settled} settled, and the trade is {}: it stays so", before.label()),
            });
        }
        if !odd.is_empty() {
            let client = if known.client.is_some() { " and the client was told" } else { "" };
            let booked = format!(
                "it is booked here{client}: {} have settled in all, the trade is {}",
                known.settled.normalize(),
                known.state.label()
            );
            odd.push(booked);
            self.raise(trade, ReasonCode::SettlementDiffers, odd.join("; "));
        }
        if !moved {
            return;
        }
        if replaced {
            self.replacement_overtaken(trade);
        } else if anew && trigger == Trigger::AllSettled {
            let detail = "it settled while it was to be cancelled and instructed anew".to_owned();
            self.raise(trade, ReasonCode::SettledAsBefore, detail);
        }
    }

    fn reversal(&mut self, trade: u64, settlement: &SettlementConfirmation) {
        let settled = self.book.trades.get(&trade).map_or(Decimal::ZERO, |t| t.settled);
        let reversed = settlement.settled.value();
        if reversed > settled {
            let (reversed, settled) = (reversed.normalize(), settled.normalize());
            let detail =
                format!("{reversed} was taken back, but {settled} has settled: it is not booked here");
            self.raise(trade, ReasonCode::SettlementDiffers, detail);
            return;
        }
        self.decide(Fact::QuantitySettled {
            trade,
            quantity: settlement.settled,
            amount: settlement.amount,
            day: settlement.effective_date,
            reversal: true,
        });
        self.pass_on_settlement(trade, settlement);
        self.advance(trade, Trigger::SettlementReversed, "the custodian took a settlement back");
        let detail =
            format!("the custodian took a settlement of {} back: it is booked here", reversed.normalize());
        self.raise(trade, ReasonCode::SettlementDiffers, detail);
    }
}

/// What is odd about a settlement that is booked all the same.
fn differences(known: &Trade, settlement: &SettlementConfirmation, whole: bool) -> Vec<String> {
    let instructed = known.instructed.as_deref();
    let at_once = whole && known.settled.is_zero();
    let money = other_money(instructed.and_then(|i| i.amount.as_ref()), settlement).filter(|_| at_once);
    money.into_iter().chain(other_account(instructed, settlement)).collect()
}

/// That the securities moved for other money than was instructed: by more than depositories let pass between two sides.
fn other_money(instructed: Option<&Amount>, settlement: &SettlementConfirmation) -> Option<String> {
    /// What T2S lets pass at most, in its currency; a thousandth where that is more.
    const PASSED: Decimal = Decimal::from_parts(25, 0, 0, false, 0);
    let (ours, theirs) = (instructed?, settlement.amount.as_ref()?);
    let apart = (ours.value().abs() - theirs.value().abs()).abs();
    let passed = PASSED.max(ours.value().abs() / Decimal::ONE_THOUSAND);
    let same = ours.currency() == theirs.currency() && apart <= passed;
    (!same).then(|| format!("it settled for {theirs}, and {ours} was instructed"))
}

/// That it settled in an account that was not instructed. Accounts of ours are looked at before: this one nobody here knows, so
/// it may be the same by another name.
fn other_account(instructed: Option<&Instructed>, settlement: &SettlementConfirmation) -> Option<String> {
    let (ours, theirs) = (instructed?.instruction.account.as_ref()?, settlement.account.as_ref()?);
    (ours != theirs)
        .then(|| format!("it settled in account {theirs}, and {ours} was instructed, where it is booked"))
}
