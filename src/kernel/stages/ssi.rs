//! Changes of the golden source, and what they mean to trades: those that wait go on, those that are out are looked at again.

use std::collections::BTreeSet;

use finality_parsers::desk::Command;
use finality_parsers::model::{Bic, BusinessDate, SsiId, SsiRecord, SsiSource};

use crate::access::Cleared;
use crate::approvals::Proposal;
use crate::enrichment::complete::complete;
use crate::enrichment::difference::differences;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;

impl Kernel {
    pub(super) fn record_ssi<'a>(
        &mut self,
        records: impl IntoIterator<Item = &'a SsiRecord>,
        source: &SsiSource,
        cleared: &Cleared,
    ) {
        let mut owners = BTreeSet::new();
        for record in records {
            owners.insert(record.party);
            self.decide(Fact::SsiRecorded {
                record: Box::new(record.clone()),
                version: self.book.library.next_version(&record.id),
                by: cleared.by().to_owned(),
                approved_by: cleared.approved_by().map(str::to_owned),
                source: source.clone(),
            });
        }
        self.ssi_changed(&owners);
    }

    pub(super) fn withdraw_ssi(
        &mut self,
        id: &SsiId,
        from: Option<BusinessDate>,
        why: &str,
        cleared: &Cleared,
    ) {
        // Every version may have been somebody else's.
        let versions = self.book.library.history(id).iter();
        let owners = versions.filter_map(|v| v.record.as_ref()).map(|record| record.party).collect();
        self.decide(Fact::SsiWithdrawn {
            id: id.clone(),
            version: self.book.library.next_version(id),
            from,
            by: cleared.by().to_owned(),
            approved_by: cleared.approved_by().map(str::to_owned),
            why: why.to_owned(),
        });
        self.ssi_changed(&owners);
    }

    /// Why records cannot be taken; the first that is wrong speaks for all.
    pub(super) fn ssi_obstacle(&self, records: &[&SsiRecord]) -> Option<String> {
        if records.is_empty() {
            return Some("there is none".to_owned());
        }
        let here: BTreeSet<&SsiId> = records.iter().map(|r| &r.id).collect();
        for record in records {
            if let Some(fault) = record.faults().into_iter().next() {
                return Some(format!(
                    "{} of {} must be {}, and is {}",
                    fault.field, record.id, fault.expected, fault.found
                ));
            }
            if let Some(model) = record.model.as_ref()
                && !here.contains(model)
                && self.book.library.history(model).is_empty()
            {
                return Some(format!("{} names the model {model}, which is not known", record.id));
            }
        }
        if let [one] = records
            && self.book.library.history(&one.id).last().is_some_and(|v| v.record.as_ref() == Some(*one))
        {
            return Some(format!("{} says that already", one.id));
        }
        None
    }

    /// Whoever proposed a change of a record looked at the version that was there; if another came since, that is what has to be
    /// looked at.
    pub(super) fn ssi_changed_since(&self, waits: &Proposal) -> Option<String> {
        let ids: Vec<&SsiId> = match &waits.command {
            Command::RecordSsi { record, .. } => vec![&record.id],
            Command::ImportSsi { records, .. } => records.iter().map(|r| &r.id).collect(),
            Command::WithdrawSsi { id, .. } => vec![id],
            _ => Vec::new(),
        };
        ids.into_iter().find_map(|id| {
            let last = self.book.library.history(id).last()?;
            (last.known? > waits.at).then(|| {
                format!(
                    "{id} has changed since: version {} is by {}; propose it again",
                    last.version, last.by
                )
            })
        })
    }

    /// Records of these owners changed: counterparties, or us.
    pub(super) fn ssi_changed(&mut self, owners: &BTreeSet<Option<Bic>>) {
        let waiting: Vec<u64> = self.book.awaiting_ssi.iter().copied().collect();
        for trade in waiting {
            if owners.iter().any(|owner| self.may_use(trade, *owner)) {
                self.enrich(trade);
            }
        }
        let out: BTreeSet<u64> = owners.iter().flat_map(|owner| self.book.usage.concerned(*owner)).collect();
        for trade in out {
            self.look_again(trade);
        }
    }

    /// Whether a trade could use a record of that owner; one of ours may serve all.
    fn may_use(&self, trade: u64, owner: Option<Bic>) -> bool {
        let broker = self.book.trades.get(&trade).and_then(|t| t.terms()).and_then(|t| t.broker);
        broker.zip(owner).is_none_or(|(broker, owner)| broker.same_office(&owner))
    }

    /// A trade is out: would it go out the same today?
    fn look_again(&mut self, id: u64) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let Some(instructed) = trade.instructed.as_deref().filter(|i| !i.ssi.is_empty()) else { return };
        let reference = instructed.reference.clone();
        let detail = match complete(trade, reference, &self.book.profile, &self.book.library) {
            Ok(now) => {
                let (was, is) = (&instructed.instruction, &now.instruction);
                let same = was.delivering == is.delivering
                    && was.receiving == is.receiving
                    && was.account == is.account
                    && was.cash_account == is.cash_account
                    && instructed.custodian == now.custodian;
                if same {
                    let why = "what counts now is what was instructed";
                    return self.resolve_reason(id, ReasonCode::SsiChanged, why);
                }
                let names = |uses: &[crate::enrichment::complete::SsiUse]| {
                    uses.iter()
                        .map(|u| format!("{} version {}", u.id, u.version))
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                let (was, is) = (names(&instructed.ssi), names(&now.ssi));
                format!(
                    "instructed by {was}; now {is} counts: agree with the counterparty, then have the instruction of trade {id} \
                     cancelled and instruct anew"
                )
            }
            Err(incomplete) => format!("instructed by what does not apply any more: {}", incomplete.detail),
        };
        self.raise(id, ReasonCode::SsiChanged, detail);
    }

    /// The chain that the confirmation carries, beside the one that was instructed: ours counts, and a person is told.
    pub(super) fn compare_chains(&mut self, id: u64) {
        let Some(trade) = self.book.trades.get(&id) else { return };
        let said = trade.confirmed.as_deref().and_then(|c| c.chain.as_ref());
        let Some((said, instructed)) = said.zip(trade.instructed.as_deref()) else { return };
        let held = match instructed.instruction.movement {
            finality_parsers::model::Movement::Receive => &instructed.instruction.delivering,
            finality_parsers::model::Movement::Deliver => &instructed.instruction.receiving,
        };
        let differ = differences(said, held);
        if !differ.is_empty() {
            let detail = format!("the confirmation says {}; what we hold was instructed", differ.join(", "));
            self.raise(id, ReasonCode::ChainDiffers, detail);
        }
    }
}
