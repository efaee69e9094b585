//! Which trades are out and rest on standing instructions: those a change of a record may concern.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::model::Bic;

use crate::lifecycle::trade::Terms;

/// Instructed trades that have not ended.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    out: BTreeMap<u64, Option<[u8; 11]>>,
    by_party: BTreeMap<[u8; 11], BTreeSet<u64>>,
}

impl Usage {
    pub(crate) fn instructed(&mut self, trade: u64, terms: Option<&Terms>) {
        let party = terms.and_then(|t| t.broker).map(|bic| bic.full());
        self.out.insert(trade, party);
        if let Some(party) = party {
            self.by_party.entry(party).or_default().insert(trade);
        }
    }

    pub(crate) fn ended(&mut self, trade: u64) {
        if let Some(Some(party)) = self.out.remove(&trade)
            && let Some(trades) = self.by_party.get_mut(&party)
        {
            trades.remove(&trade);
            if trades.is_empty() {
                self.by_party.remove(&party);
            }
        }
    }

    /// Those that a record of that party concerns; a record of ours, or a model, may concern all. So may a trade of which only
    /// the confirmation named the broker.
    pub(crate) fn concerned(&self, party: Option<Bic>) -> BTreeSet<u64> {
        match party {
            Some(party) => {
                let unnamed = self.out.iter().filter(|(_, party)| party.is_none()).map(|(trade, _)| *trade);
                self.by_party.get(&party.full()).into_iter().flatten().copied().chain(unnamed).collect()
            }
            None => self.out.keys().copied().collect(),
        }
    }
}
