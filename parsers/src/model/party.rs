//! Who takes part, in which role, and the chain along which securities move.

use serde::{Deserialize, Serialize};

use super::value::{ValueError, bounded_text};
use super::{Bic, Lei, Reference};

bounded_text!(
    /// A securities or cash account, or an IBAN, as its servicer writes it.
    Account, "account", 140
);

/// How a party is named.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyId {
    /// By its BIC.
    Bic(Bic),
    /// By its LEI alone.
    Lei(Lei),
    /// By an identifier that an issuer or scheme gave it (a CSD participant number, a custodian's code).
    Proprietary {
        /// Who gave it; empty where the message does not say.
        issuer: String,
        /// The identifier.
        id: String,
    },
    /// By name and address lines.
    Name(Vec<String>),
    /// By its country alone.
    Country(String),
}

/// A party with what is said about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Party {
    /// Who.
    pub id: PartyId,
    /// The LEI beside another identification.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub lei: Option<Lei>,
    /// The party's account with the next party of the chain.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// The party's own reference for this processing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub processing_reference: Option<Reference>,
    /// Further identifications that have no place of their own, as `scheme=value`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub further: Vec<String>,
}

impl Party {
    /// Known by that identification alone.
    pub fn new(id: PartyId) -> Self {
        Self { id, lei: None, account: None, processing_reference: None, further: Vec::new() }
    }

    /// Known by its BIC.
    pub fn bic(bic: Bic) -> Self {
        Self::new(PartyId::Bic(bic))
    }

    /// With an account.
    #[must_use]
    pub fn with_account(mut self, account: Account) -> Self {
        self.account = Some(account);
        self
    }

    /// The BIC, when it is known by one.
    pub fn as_bic(&self) -> Option<Bic> {
        if let PartyId::Bic(bic) = self.id { Some(bic) } else { None }
    }
}

/// What a party does in a trade.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyRole {
    /// The broker that executed.
    ExecutingFirm,
    /// The firm that ordered: the investment manager.
    OrderOriginationFirm,
    /// The client of the broker.
    ClientId,
    /// The investor.
    Investor,
    /// The custodian.
    Custodian,
    /// A sub-custodian.
    SubCustodian,
    /// An agent of the delivering or receiving side.
    Agent,
    /// An intermediary between agent and custodian.
    Intermediary,
    /// Who finally benefits.
    Beneficiary,
    /// Buyer or seller at the end of the chain.
    BuyerSeller,
    /// Where it settles.
    SettlementLocation,
    /// The clearing firm.
    ClearingFirm,
    /// The contra firm or trader of the other side.
    ContraFirm,
    /// Any other role, as the message's standard names it.
    Other(String),
}

/// A party in a role.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RoleParty {
    /// What it does.
    pub role: PartyRole,
    /// Who it is.
    pub party: Party,
}

/// One side of a settlement, from the depository outwards.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct SettlementChain {
    /// The depository: place of settlement (PSET).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub depository: Option<Party>,
    /// The participant of the depository (DEAG, REAG).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub agent: Option<Party>,
    /// The second intermediary, next to the agent (DEI2, REI2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub intermediary_2: Option<Party>,
    /// The first intermediary, next to the custodian (DEI1, REI1).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub intermediary_1: Option<Party>,
    /// The custodian (DECU, RECU).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub custodian: Option<Party>,
    /// Seller or buyer at the end of the chain (SELL, BUYR).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<Party>,
}

impl SettlementChain {
    /// Whether nothing is known of this side.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
