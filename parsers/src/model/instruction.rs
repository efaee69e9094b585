//! What a custodian or depository is told to do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, Detail, FurtherDetails, Instrument, Party, Price, Quantity, Reference,
    SettlementChain, Terms, further,
};

/// Which way the securities go, seen from the account owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// In.
    Receive,
    /// Out.
    Deliver,
}

/// Whether cash moves too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// Free of payment.
    Free,
    /// Against payment.
    Against,
}

/// New instruction or pre-advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstructionFunction {
    /// To be settled.
    #[default]
    New,
    /// Announced: to be matched, held until released.
    PreAdvice,
}

/// A tie to another transaction or message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linkage {
    /// Which kind of message it points to (`541`, `sese.023`), where said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub message: Option<String>,
    /// Order of settlement: `BEFO`, `AFTE`, `WITH`, `INFO`; empty where the message does not say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub position: String,
    /// What kind of reference it is: `PREV`, `RELA`, `TRRF`, `COMM`, `POOL`, ...
    pub kind: String,
    /// The reference.
    pub reference: Reference,
    /// What else is said: how much of it is paired off or turned around (`PAIR`, `TURN`), whose reference it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<Detail>,
}

impl Linkage {
    /// A tie that says nothing but a reference.
    pub fn new(kind: &str, reference: Reference) -> Self {
        Self { message: None, position: String::new(), kind: kind.to_owned(), reference, details: Vec::new() }
    }

    /// Whether it says nothing but its reference.
    pub fn is_plain(&self) -> bool {
        self.message.is_none() && self.position.is_empty() && self.details.is_empty()
    }
}

/// Whether it may settle in parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialSettlement {
    /// No parts.
    NotAllowed,
    /// Parts allowed.
    Allowed,
    /// Parts allowed above a cash threshold.
    AllowedByCash,
    /// Parts allowed above a quantity threshold.
    AllowedByQuantity,
}

impl PartialSettlement {
    const CODES: [(Self, &'static str); 4] = [
        (Self::NotAllowed, "NPAR"),
        (Self::Allowed, "PART"),
        (Self::AllowedByCash, "PARC"),
        (Self::AllowedByQuantity, "PARQ"),
    ];

    /// The code both ISO standards share.
    pub fn code(self) -> &'static str {
        Self::CODES.iter().find(|(partial, _)| *partial == self).map_or("PART", |(_, code)| code)
    }

    /// What a code says.
    pub fn of(code: &str) -> Option<Self> {
        Self::CODES.iter().find(|(_, known)| *known == code).map(|(partial, _)| *partial)
    }
}

/// An amount beside the settlement amount, by the four-letter code both ISO standards share (`ACRU`, `CHAR`, `COUN`,
/// `DEAL`, `EXEC`, `STAM`, ...).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AmountKind(pub String);

/// One further amount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherAmount {
    /// Which.
    pub kind: AmountKind,
    /// How much.
    pub amount: Amount,
}

/// A settlement instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementInstruction {
    /// The account owner's reference.
    pub id: Reference,
    /// New or pre-advice.
    #[serde(default)]
    pub function: InstructionFunction,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// Ties to others.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// A reference that both sides know the trade by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub common_reference: Option<Reference>,
    /// The reference of the trade.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_reference: Option<Reference>,
    /// Receive or deliver.
    pub movement: Movement,
    /// Free or against payment.
    pub payment: Payment,
    /// What.
    pub instrument: Instrument,
    /// How much.
    pub quantity: Quantity,
    /// Settlement amount; positive in the usual direction (a delivery is paid for, a receipt pays).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// Other amounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_amounts: Vec<OtherAmount>,
    /// Deal price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<BusinessDate>,
    /// Intended settlement date.
    pub settlement_date: BusinessDate,
    /// Place of trade (MIC, or the code of its kind).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place_of_trade: Option<String>,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Cash account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cash_account: Option<Account>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Kind of transaction (`TRAD`, `REPU`, `SECL`, `OWNI`, ...).
    pub transaction_type: String,
    /// Conditions (`NPAR`-like codes excluded: they are `partial`).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conditions: Vec<String>,
    /// May it settle in parts?
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<PartialSettlement>,
    /// Priority, 1 (highest) to 4.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub priority: Option<u8>,
    /// The delivering side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub delivering: SettlementChain,
    /// The receiving side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub receiving: SettlementChain,
    /// Processing narrative.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub narrative: Option<String>,
    /// What else is said, where anything is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub more: Option<Box<FurtherDetails>>,
}

impl SettlementInstruction {
    /// The instruction of that reference with these terms; nothing where they say no day of settlement.
    pub(crate) fn of(id: Reference, terms: Terms) -> Option<Self> {
        let mut more = terms.more;
        let (trade, account) = (&mut more.trade_details, &mut more.account_details);
        Some(Self {
            id,
            function: InstructionFunction::New,
            prepared: None,
            linkages: Vec::new(),
            common_reference: None,
            trade_reference: None,
            movement: terms.movement,
            payment: terms.payment,
            instrument: terms.instrument?,
            quantity: terms.quantity?,
            amount: terms.amount,
            other_amounts: terms.other_amounts,
            price: terms.price,
            trade_date: further::day_of("TRAD", terms.trade_date, trade),
            settlement_date: further::day_of("SETT", terms.settlement_date, trade)?,
            place_of_trade: further::market_of(terms.place_of_trade, trade),
            account: further::number_of("SAFE", terms.account, account),
            cash_account: further::number_of("CASH", terms.cash_account, account),
            account_owner: terms.account_owner,
            transaction_type: terms.transaction_type?,
            conditions: terms.conditions,
            partial: terms.partial,
            priority: terms.priority,
            delivering: terms.delivering,
            receiving: terms.receiving,
            narrative: terms.narrative,
            more: more.boxed(),
        })
    }

    /// Its terms.
    pub(crate) fn terms(&self) -> Terms {
        let mut more = self.more.as_deref().cloned().unwrap_or_default();
        let (trade, account) = (&mut more.trade_details, &mut more.account_details);
        Terms {
            movement: self.movement,
            payment: self.payment,
            instrument: Some(self.instrument.clone()),
            quantity: Some(self.quantity),
            previously_settled: None,
            remaining: None,
            amount: self.amount,
            previously_settled_amount: None,
            remaining_amount: None,
            other_amounts: self.other_amounts.clone(),
            price: self.price,
            trade_date: further::moment_of("TRAD", self.trade_date, trade),
            settlement_date: further::moment_of("SETT", Some(self.settlement_date), trade),
            effective_date: None,
            place_of_trade: further::place_of(self.place_of_trade.as_deref(), trade),
            account: further::account_of("SAFE", self.account.as_ref(), account),
            cash_account: further::account_of("CASH", self.cash_account.as_ref(), account),
            account_owner: self.account_owner.clone(),
            transaction_type: Some(self.transaction_type.clone()),
            conditions: self.conditions.clone(),
            partial: self.partial,
            priority: self.priority,
            delivering: self.delivering.clone(),
            receiving: self.receiving.clone(),
            narrative: self.narrative.clone(),
            more,
        }
    }

    /// The other side's chain: who delivers to us, or receives from us.
    pub fn counterparty_chain(&self) -> &SettlementChain {
        match self.movement {
            Movement::Receive => &self.delivering,
            Movement::Deliver => &self.receiving,
        }
    }

    /// Our own chain.
    pub fn own_chain(&self) -> &SettlementChain {
        match self.movement {
            Movement::Receive => &self.receiving,
            Movement::Deliver => &self.delivering,
        }
    }
}
