//! A portfolio that moves from one custodian to another: what comes or goes, and how far that is.

use serde::{Deserialize, Serialize};

use super::{
    Amount, Detail, Instrument, Linkage, Lot, Moment, Movement, OtherAmount, PartyDetails, Payment, Quantity,
    SettlementChain, StatementHeader, Status, SupplementaryData,
};

/// One position that moves. Its fields are named like those of an instruction and mean the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferredPosition {
    /// How far it is, and why no further.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<Status>,
    /// References: `SNDR` is that of whoever notifies, `RCVR` that of whoever is notified, `COMM` one that both know.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// Receive or deliver, seen from the account owner.
    pub movement: Movement,
    /// Free or against payment.
    pub payment: Payment,
    /// What.
    pub instrument: Instrument,
    /// Its attributes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attributes: Vec<Detail>,
    /// How much.
    pub quantity: Quantity,
    /// Lots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lots: Vec<Lot>,
    /// When it was bought or sold.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<Moment>,
    /// When it is to move.
    pub settlement_date: Moment,
    /// Settlement amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// What else is said of that.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amount_details: Vec<Detail>,
    /// Other amounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_amounts: Vec<OtherAmount>,
    /// The delivering side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub delivering: SettlementChain,
    /// The receiving side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub receiving: SettlementChain,
    /// What more is said of the parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub party_details: Vec<PartyDetails>,
    /// Parties beside the chains, each with what is said of it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_parties: Vec<Vec<Detail>>,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// What of a portfolio moves, or is asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PortfolioTransfer {
    /// Its head; `RELA` among its ties is the counterparty's notification of the same.
    pub header: StatementHeader,
    /// The positions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub positions: Vec<TransferredPosition>,
}
