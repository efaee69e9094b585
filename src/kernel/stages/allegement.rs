//! What a counterparty alleges: laid beside our instructions, then beside trades that are about to be instructed. What nobody
//! here knows stays an exception until it is instructed, taken back or no longer listed.

use finality_parsers::model::{
    AllegedTrade, Allegement, AllegementFunction, AllegementStatement, Reference, SettlementInstruction,
};

use super::statement::joined;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::Trade;
use crate::reconciliation::is_whole;
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
            self.alleged(link, id, &allegement.trade);
            return;
        }
        let previous = allegement.trade.linkages.iter().find(|l| l.kind == "PREV").map(|l| &l.reference);
        let of_it = |(_, known, alleged): &(u64, Reference, AllegedTrade)| {
            previous.map_or_else(|| is_same_allegement(alleged, &allegement.trade), |p| p == known)
        };
        let open = self.book.reconciliation.alleged(link).into_iter().find(of_it);
        match open {
            Some((exception, known, _)) => {
                let why =
                    format!("allegement {known} was taken back by {id} (record {})", self.this_record());
                self.resolve(exception, why);
            }
            None => self.decide(Fact::Noted { trade: None, what: format!("allegement {id} takes one back") }),
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
        for (exception, known, alleged) in self.book.reconciliation.alleged(link) {
            if !statement.allegements.iter().any(|listed| is_same_allegement(listed, &alleged)) {
                let record = self.this_record();
                let why = format!("allegement {known} is not in statement {id} any more (record {record})");
                self.resolve(exception, why);
            }
        }
    }

    /// Lays an allegement beside what we have.
    fn alleged(&mut self, link: &str, id: &Reference, theirs: &AllegedTrade) {
        let record = self.this_record();
        let same: Vec<u64> = self
            .book
            .reconciliation
            .alleged(link)
            .into_iter()
            .filter(|(_, _, known)| is_same_allegement(known, theirs))
            .map(|(exception, ..)| exception)
            .collect();
        let ours = alleged_against(self.out_at(link).map(|(_, i)| i), theirs).cloned();
        if let Some(instruction) = ours {
            self.alleged_of(link, id, theirs, &instruction);
            return;
        }
        if let Some(trade) = self.about_to_be_instructed(link, theirs) {
            let what = format!("allegement {id} fits this trade, which is not instructed yet");
            self.decide(Fact::Noted { trade: Some(trade), what });
            for exception in same {
                self.resolve(exception, format!("allegement {id} fits trade {trade} (record {record})"));
            }
            return;
        }
        if !same.is_empty() {
            let what = format!("allegement {id} is known, and still fits nothing");
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
                for (exception, known, earlier) in self.book.reconciliation.alleged(link) {
                    let about = self.book.exceptions.get(&exception).and_then(|e| e.trade);
                    let same = is_same_allegement(&earlier, theirs) || (about.is_some() && about == trade);
                    if same && differences.is_empty() {
                        let why = format!("allegement {id} agrees, {known} did not (record {record})");
                        self.resolve(exception, why);
                    }
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
        for (exception, id, theirs) in self.book.reconciliation.alleged(link) {
            let unknown = self.book.exceptions.get(&exception).is_some_and(|e| e.trade.is_none());
            if unknown && alleged_against([instruction], &theirs).is_some() {
                let record = self.this_record();
                let why = format!("instructed as {} (record {record}), trade {trade}", instruction.id);
                self.resolve(exception, why);
                self.alleged_of(link, &id, &theirs, instruction);
            }
        }
    }

    /// The trade that is allocated or affirmed and will be instructed at the servicer behind that link.
    fn about_to_be_instructed(&self, link: &str, theirs: &AllegedTrade) -> Option<u64> {
        let mut fits = self
            .not_instructed(link)
            .filter(|t| t.terms().is_some_and(|terms| compare_terms(terms, theirs).is_empty()));
        fits.next().map(|t| t.id)
    }

    fn not_instructed(&self, link: &str) -> impl Iterator<Item = &Trade> {
        let open = |t: &&Trade| {
            !t.state.is_out() && !t.state.is_terminal() && t.state != State::Alleged && t.share.is_some()
        };
        self.book.trades.values().map(|t| &**t).filter(open).filter(move |t| {
            let account = t.terms().and_then(|terms| terms.account.as_ref());
            let custodian = account.and_then(|a| self.book.profile.account(a)).map(|a| a.custodian.as_str());
            custodian.and_then(|c| self.book.profile.custodian(c)).is_some_and(|c| c.link == link)
        })
    }

    /// The nearest trades and in what they differ.
    fn near(&self, link: &str, theirs: &AllegedTrade) -> String {
        let instructed = self.out_at(link).map(|(id, i)| (id, compare_alleged(i, theirs)));
        let others = self.not_instructed(link);
        let others = others.filter_map(|t| Some((t.id, compare_terms(t.terms()?, theirs))));
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
