//! Identification: by the references both sides gave, else by what a trade can be told by.

use finality_parsers::model::{Account, Bic, BusinessDate, Instrument, Isin, Reference, Side};

use crate::lifecycle::trade::Terms;

/// What a trade can be told by when the confirmation names no allocation. Quantity is left out: a wrong quantity must end
/// as a difference that is named, not as two trades that never meet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Economics {
    side: Side,
    security: Security,
    account: Account,
    trade_date: BusinessDate,
    broker: Option<Bic>,
}

/// What is traded: by ISIN where there is one, else by the first identifier or the symbol.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Security {
    Isin(Isin),
    Other(String, String),
    Symbol(String),
}

impl Security {
    fn of(instrument: &Instrument) -> Option<Self> {
        let other = || instrument.other.iter().min_by_key(|id| (id.scheme.as_str(), id.value.as_str()));
        let by_other = || other().map(|id| Security::Other(id.scheme.clone(), id.value.clone()));
        let by_symbol = || instrument.symbol.clone().map(Security::Symbol);
        instrument.isin.map(Security::Isin).or_else(by_other).or_else(by_symbol)
    }
}

impl Economics {
    /// From the terms, when they say enough.
    pub fn of(terms: &Terms) -> Option<Self> {
        Some(Self {
            side: terms.side,
            security: Security::of(&terms.instrument)?,
            account: terms.account.clone()?,
            trade_date: terms.trade_date,
            broker: terms.broker,
        })
    }
}

/// A share of an allocation, by reference: the share's own where there is one, else its account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShareKey {
    /// Allocation and share.
    Share(Reference, Reference),
    /// Allocation and account.
    Account(Reference, Account),
}

impl ShareKey {
    /// All keys that a share is found by.
    pub fn all(
        block: Option<&Reference>,
        share: Option<&Reference>,
        account: Option<&Account>,
    ) -> Vec<ShareKey> {
        let Some(block) = block else { return Vec::new() };
        let by_share = share.map(|s| ShareKey::Share(block.clone(), s.clone()));
        let by_account = account.map(|a| ShareKey::Account(block.clone(), a.clone()));
        by_share.into_iter().chain(by_account).collect()
    }
}
