//! What servicers tell beside statuses: statements, penalties and allegements. They move no trade. They are kept, laid
//! beside our instructions, and what does not agree becomes an exception.

use finality_parsers::model::{
    AllegedTrade, Allegement, AllegementFunction, AllegementStatement, Event, PendingStatement, Reference,
    SettlementInstruction,
};

use super::{Novelty, digest_of};
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::reconciliation::transactions::{
    FieldDifference, TransactionDifference, alleged_against, compare_alleged, compare_pending,
};

impl Kernel {
    /// A statement, a list of penalties or an allegement.
    pub(super) fn told_by_servicer(&mut self, link: &str, event: &Event) -> bool {
        let (kind, digest) = (event.kind(), digest_of(event));
        let Some(id) = event.reference() else { return false };
        match self.novelty(link, kind, id, digest) {
            Novelty::Same(_) => {
                self.repeated(link, id);
                return true;
            }
            Novelty::Other => {
                self.reused(link, kind, id);
                return false;
            }
            Novelty::New => self.take(link, kind, id, digest, None),
        }
        self.decide(Fact::Noted { trade: None, what: format!("{} {id} came from {link}", kind.name()) });
        match event {
            Event::PendingStatement(statement) => self.pending_statement(link, statement),
            Event::Allegement(allegement) => self.allegement(link, allegement),
            Event::AllegementStatement(statement) => self.allegement_statement(link, statement),
            _ => {}
        }
        true
    }

    /// The trades whose instruction is with the servicer behind that link.
    fn out_at(&self, link: &str) -> impl Iterator<Item = (u64, &SettlementInstruction)> {
        let trades = self.book.trades.values().filter(|t| t.state.is_out());
        trades.filter_map(move |t| {
            let instructed = t.instructed.as_deref()?;
            let custodian = self.book.profile.custodian(&instructed.custodian)?;
            (custodian.link == link).then_some((t.id, &instructed.instruction))
        })
    }

    fn out_as(&self, link: &str, reference: &Reference) -> Option<u64> {
        self.out_at(link).find(|(_, i)| i.id == *reference).map(|(trade, _)| trade)
    }

    fn pending_statement(&mut self, link: &str, statement: &PendingStatement) {
        let id = &statement.header.id;
        let differences = compare_pending(self.out_at(link).map(|(_, i)| i), statement);
        for difference in differences {
            match difference {
                TransactionDifference::Differs { ours, fields } => {
                    let detail = format!("pending statement {id}: {}", joined(&fields));
                    if let Some(trade) = self.out_as(link, &ours) {
                        self.raise(trade, ReasonCode::OutOfPlace, detail);
                    }
                }
                // It may have settled or been taken in since the statement was made, so this is written down and no more.
                TransactionDifference::MissingAtTheirs { ours } => {
                    let what = format!("instruction {ours} is not in pending statement {id}");
                    self.decide(Fact::Noted { trade: self.out_as(link, &ours), what });
                }
                TransactionDifference::MissingAtOurs { entry, references } => {
                    let known = references.iter().map(Reference::as_str).collect::<Vec<_>>().join(", ");
                    let what = format!(
                        "entry {} of pending statement {id} ({known}) is no open instruction of ours",
                        entry + 1
                    );
                    self.decide(Fact::Noted { trade: None, what });
                }
            }
        }
    }

    fn allegement(&mut self, link: &str, allegement: &Allegement) {
        let id = &allegement.id;
        if allegement.function == AllegementFunction::Cancel {
            self.decide(Fact::Noted { trade: None, what: format!("allegement {id} takes one back") });
            return;
        }
        if let Err(what) = self.alleged(link, id, &allegement.trade) {
            self.raise_on_link(link, false, ReasonCode::Unrelated, format!("allegement {id}: {what}"));
        }
    }

    fn allegement_statement(&mut self, link: &str, statement: &AllegementStatement) {
        let id = &statement.header.id;
        let mut unknown = Vec::new();
        for trade in &statement.allegements {
            if let Err(what) = self.alleged(link, id, trade) {
                unknown.push(what);
            }
        }
        if !unknown.is_empty() {
            let detail = format!("allegement statement {id}: {}", unknown.join("; "));
            self.raise_on_link(link, false, ReasonCode::Unrelated, detail);
        }
    }

    /// Lays an allegement beside the instruction that it is about; `Err` says what is alleged when there is none.
    fn alleged(&mut self, link: &str, id: &Reference, theirs: &AllegedTrade) -> Result<(), String> {
        let ours = alleged_against(self.out_at(link).map(|(_, i)| i), theirs);
        let Some(instruction) = ours else {
            return Err(format!(
                "{:?} {} of {} for {} is alleged and no instruction of ours fits",
                theirs.movement,
                theirs.quantity.value().normalize(),
                theirs.instrument.isin.map_or_else(|| "an instrument".to_owned(), |isin| isin.to_string()),
                theirs.settlement_date.day().map_or_else(|| "an open day".to_owned(), |day| day.to_string()),
            ));
        };
        let differences = compare_alleged(instruction, theirs);
        let trade = self.out_as(link, &instruction.id.clone());
        let said = if differences.is_empty() { "agrees".to_owned() } else { joined(&differences) };
        let detail = format!("allegement {id} beside our instruction: {said}");
        match trade {
            Some(trade) if !differences.is_empty() && self.may_be_unmatched(trade) => {
                self.raise(trade, ReasonCode::UnmatchedAtCsd, detail);
            }
            trade => self.decide(Fact::Noted { trade, what: detail }),
        }
        Ok(())
    }

    /// Whether a difference to the counterparty's instruction can still matter.
    fn may_be_unmatched(&self, trade: u64) -> bool {
        let state = self.book.trades.get(&trade).map(|t| t.state);
        state.is_some_and(|s| ReasonCode::UnmatchedAtCsd.row().holds_in.contains(&s))
    }
}

fn joined(differences: &[FieldDifference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
