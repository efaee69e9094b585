//! What a counterparty alleges: laid beside our instructions, then beside trades that are about to be instructed. What nobody
//! here knows stays an exception until it is instructed, taken back or no longer listed.

use std::collections::BTreeSet;

use finality_parsers::model::{
    AllegedTrade, Allegement, AllegementFunction, AllegementStatement, Event, EventKind, Reference,
    SettlementInstruction, Withdrawal,
};

use super::statement::joined;
use super::{Novelty, digest_of};
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::trade::Terms;
use crate::reconciliation::alleged::Told;
use crate::reconciliation::is_whole;
use crate::reconciliation::lines::{Line, Standings};
use crate::reconciliation::state::ReconciliationFact;
use crate::reconciliation::table::Kind;
use crate::reconciliation::transactions::{
    FieldDifference, alleged_against, compare_alleged, compare_terms, is_same_allegement,
};

/// So many near trades are named.
const NEAR_MAX: usize = 3;

impl Kernel {
    pub(super) fn allegement(&mut self, link: &str, allegement: &Allegement) {
        let id = &allegement.id;
        if allegement.function == AllegementFunction::New {
            let early = &self.book.reconciliation.taken_back_early;
            if early.contains(&(link.to_owned(), id.clone())) {
                let what = format!("allegement {id} was taken back before it came");
                self.decide(Fact::Noted { trade: None, what });
                return;
            }
            self.alleged(link, id, &allegement.trade);
            return;
        }
        let previous = allegement.trade.linkages.iter().find(|l| l.kind == "PREV").map(|l| &l.reference);
        let (open, passed) = (&self.book.reconciliation.alleged, &self.book.reconciliation.passed);
        let of_it = match previous {
            Some(previous) => open.of_message(link, previous),
            None => open.same(link, &allegement.trade).first().copied(),
        };
        let passed: Vec<u64> = match previous {
            Some(previous) => passed.all_of_message(link, previous).collect(),
            None => passed.same(link, &allegement.trade),
        };
        let told = !passed.is_empty();
        let of_it = of_it.and_then(|e| open.of_exception(link, e)).map(|(e, open)| (e, open.id.clone()));
        self.alleged_no_more(passed);
        match of_it {
            Some((exception, known)) => {
                let why =
                    format!("allegement {known} was taken back by {id} (record {})", self.this_record());
                self.resolve(exception, why);
            }
            None if told => {}
            None => {
                self.decide(Fact::Noted { trade: None, what: format!("allegement {id} takes one back") });
                if let Some(previous) = previous.cloned() {
                    let (link, id) = (link.to_owned(), previous);
                    let early = ReconciliationFact::TakenBackEarly { link, id };
                    self.decide(Fact::Reconciled(Box::new(early)));
                }
            }
        }
    }

    pub(super) fn allegement_statement(&mut self, link: &str, statement: &AllegementStatement) {
        let id = &statement.header.id;
        for theirs in &statement.allegements {
            self.alleged(link, id, theirs);
        }
        if !is_whole(&statement.header) {
            return;
        }
        let listed = Told::of(&statement.allegements);
        let is_listed = |open: &AllegedTrade| {
            let like = listed.like(open).into_iter().filter_map(|n| usize::try_from(n).ok());
            let mut like = like.filter_map(|n| statement.allegements.get(n));
            like.any(|listed| is_same_allegement(listed, open))
        };
        let open = self.book.reconciliation.alleged.of_link(link);
        let gone = open.filter(|(_, open)| !is_listed(&open.theirs)).map(|(e, open)| (e, open.id.clone()));
        let passed = self.book.reconciliation.passed.of_link(link);
        let of_account = |theirs: &AllegedTrade| {
            theirs.account.as_ref().is_none_or(|account| account.id == statement.header.account.id)
        };
        let untold = passed.filter(|(_, open)| of_account(&open.theirs) && !is_listed(&open.theirs));
        let untold: Vec<u64> = untold.map(|(out, _)| out).collect();
        for (exception, known) in gone.collect::<Vec<_>>() {
            let record = self.this_record();
            let why = format!("allegement {known} is not in statement {id} any more (record {record})");
            self.resolve(exception, why);
        }
        self.alleged_no_more(untold);
    }

    /// An allegement is taken back by an advice that names its message alone. Says whether anything was alleged by that.
    pub(super) fn allegement_withdrawn(&mut self, link: &str, by: &Withdrawal) -> bool {
        let (kind, digest) = (EventKind::Withdrawal, digest_of(&Event::Withdrawal(Box::new(by.clone()))));
        if let Novelty::Same(_) = self.novelty(link, kind, &by.id, digest) {
            self.repeated(link, &by.id);
            return true;
        }
        let (state, withdrawn) = (&self.book.reconciliation, &by.withdraws);
        let passed: Vec<u64> = state.passed.all_of_message(link, withdrawn).collect();
        let open: Vec<u64> = state.alleged.all_of_message(link, withdrawn).collect();
        if passed.is_empty() && open.is_empty() {
            return false;
        }
        self.take(link, kind, &by.id, digest, None);
        self.alleged_no_more(passed);
        for exception in open {
            let record = self.this_record();
            let why = format!("allegement {withdrawn} was taken back by {} (record {record})", by.id);
            self.resolve(exception, why);
        }
        true
    }

    /// Lays an allegement beside what we have.
    fn alleged(&mut self, link: &str, id: &Reference, theirs: &AllegedTrade) {
        let record = self.this_record();
        self.book.know_standings();
        let same = self.book.reconciliation.alleged.same(link, theirs);
        let by_ours = |reference: &Reference| self.book.by_instruction.get(reference).copied();
        let ours = self.book.standings.alleged_against(theirs, by_ours, |trade| self.out_at(link, trade));
        let told = self.told_of(link, theirs);
        if let Some(instruction) = ours.and_then(|trade| self.out_at(link, trade)).cloned() {
            self.alleged_no_more(told);
            self.alleged_of(link, id, theirs, &instruction);
            return;
        }
        if let Some(trade) = self.about_to_be_instructed(link, theirs) {
            let what = format!("allegement {id} fits this trade, which is not instructed yet");
            self.decide(Fact::Noted { trade: Some(trade), what });
            for exception in same {
                self.resolve(exception, format!("allegement {id} fits trade {trade} (record {record})"));
            }
            self.alleged_no_more(told);
            return;
        }
        if !same.is_empty() || !told.is_empty() {
            let what = format!("allegement {id} is known, and still fits nothing");
            self.decide(Fact::Noted { trade: None, what });
            return;
        }
        let told = self.alleged_to_clients(link, id, theirs);
        if !told.is_empty() {
            let what = format!("allegement {id} fits nothing and is passed on to {}", told.join(", "));
            self.decide(Fact::Noted { trade: None, what });
            return;
        }
        let near = self.near(link, theirs);
        let near = if near.is_empty() { "no trade is near it".to_owned() } else { format!("near: {near}") };
        let detail =
            format!("allegement {id}: {} is alleged and nothing of ours fits; {near}", shown(theirs));
        let exception = self.book.next_exception;
        self.raise_on_link(link, false, Kind::AllegedUnknown.row().reason, detail);
        self.keep_alleged(exception, link, id, theirs);
    }

    /// It is about an instruction of ours.
    fn alleged_of(
        &mut self,
        link: &str,
        id: &Reference,
        theirs: &AllegedTrade,
        ours: &SettlementInstruction,
    ) {
        let differences = compare_alleged(ours, theirs);
        let trade = self.out_as(link, &ours.id);
        let said = if differences.is_empty() { "agrees".to_owned() } else { joined(&differences) };
        let detail = format!("allegement {id} beside our instruction: {said}");
        let reason = Kind::AllegedDiffers.row().reason;
        match trade {
            Some(trade) if !differences.is_empty() && self.may_be_unmatched(trade) => {
                self.raise(trade, reason, detail);
                self.counterparty_instructed(trade);
                if let Some(exception) = self.book.exception_for(trade, reason).map(|e| e.id) {
                    self.keep_alleged(exception, link, id, theirs);
                }
            }
            trade => {
                self.decide(Fact::Noted { trade, what: detail });
                let record = self.this_record();
                if !differences.is_empty() {
                    return;
                }
                // The same that was open, and what else was alleged of this trade.
                let open = &self.book.reconciliation.alleged;
                let of_trade = trade.and_then(|t| self.book.trades.get(&t)).map(|t| t.exceptions.as_slice());
                let mut met: BTreeSet<u64> = open.same(link, theirs).into_iter().collect();
                met.extend(of_trade.unwrap_or_default());
                let met = met.into_iter().filter_map(|e| open.of_exception(link, e));
                for (exception, known) in met.map(|(e, open)| (e, open.id.clone())).collect::<Vec<_>>() {
                    let why = format!("allegement {id} agrees, {known} did not (record {record})");
                    self.resolve(exception, why);
                }
            }
        }
    }

    fn keep_alleged(&mut self, exception: u64, link: &str, id: &Reference, theirs: &AllegedTrade) {
        let (link, id, alleged) = (link.to_owned(), id.clone(), Box::new(theirs.clone()));
        let kept = ReconciliationFact::Alleged { exception, link, id, alleged };
        self.decide(Fact::Reconciled(Box::new(kept)));
    }

    /// An instruction went out: what was alleged before, and fits it, is an open question no more.
    pub(super) fn allegements_met(&mut self, link: &str, trade: u64, instruction: &SettlementInstruction) {
        self.alleged_is_answered(link, instruction);
        let about =
            self.book.reconciliation.alleged.about(link, instruction).into_iter().filter(|(e, open)| {
                let unknown = self.book.exceptions.get(e).is_some_and(|e| e.trade.is_none());
                unknown && alleged_against([instruction], &open.theirs).is_some()
            });
        let about: Vec<_> = about.map(|(e, open)| (e, open.id.clone(), open.theirs.clone())).collect();
        for (exception, id, theirs) in about {
            let record = self.this_record();
            let why = format!("instructed as {} (record {record}), trade {trade}", instruction.id);
            self.resolve(exception, why);
            self.alleged_of(link, &id, &theirs, instruction);
        }
    }

    /// The trade that is allocated or affirmed and will be instructed at the servicer behind that link.
    fn about_to_be_instructed(&self, link: &str, theirs: &AllegedTrade) -> Option<u64> {
        self.book.standings.waiting.agreeing(&Line::of_alleged(theirs), |trade| {
            let terms = self.not_instructed(link, trade);
            terms.is_some_and(|terms| compare_terms(terms, theirs).is_empty())
        })
    }

    /// What a trade says that waits and will be instructed at the servicer behind that link.
    fn not_instructed(&self, link: &str, trade: u64) -> Option<&Terms> {
        let terms = self.book.trades.get(&trade)?.terms()?;
        let account = self.book.profile.account(terms.account.as_ref()?)?;
        let custodian = self.book.profile.custodian(account.custodian.as_str())?;
        (custodian.link == link).then_some(terms)
    }

    /// The nearest trades and in what they differ, of those of the same instrument or amount.
    fn near(&self, link: &str, theirs: &AllegedTrade) -> String {
        let line = Line::of_alleged(theirs);
        let Standings { out, waiting, .. } = &self.book.standings;
        let instructed = out.near(&line).into_iter();
        let instructed = instructed.filter_map(|t| Some((t, compare_alleged(self.out_at(link, t)?, theirs))));
        let others = waiting.near(&line).into_iter();
        let others = others.filter_map(|t| Some((t, compare_terms(self.not_instructed(link, t)?, theirs))));
        let mut near: Vec<(usize, u64, Vec<FieldDifference>)> =
            instructed.chain(others).map(|(id, fields)| (fields.len(), id, fields)).collect();
        near.sort_by_key(|(distance, id, _)| (*distance, *id));
        let of_one =
            |(_, id, fields): &(usize, u64, Vec<FieldDifference>)| format!("trade {id} ({})", joined(fields));
        near.iter().take(NEAR_MAX).map(of_one).collect::<Vec<_>>().join("; ")
    }
}

fn shown(theirs: &AllegedTrade) -> String {
    format!(
        "{:?} {} of {} for {}",
        theirs.movement,
        theirs.quantity.value().normalize(),
        theirs.instrument.isin.map_or_else(|| "an instrument".to_owned(), |isin| isin.to_string()),
        theirs.settlement_date.day().map_or_else(|| "an open day".to_owned(), |day| day.to_string()),
    )
}
