//! Standing settlement instructions: where a party wants to settle, until it says otherwise.

use serde::{Deserialize, Serialize};

use super::{Bic, BusinessDate, Currency, SettlementChain};

/// One party's standing instruction for a market and a currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingInstruction {
    /// Whose.
    pub party: Bic,
    /// For instruments of this country (first two letters of the ISIN); any when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub country: Option<String>,
    /// For this settlement currency; any when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// First day of validity; always valid before when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub from: Option<BusinessDate>,
    /// Last day of validity; without end when absent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<BusinessDate>,
    /// The party's side of the chain: depository, agent, account and so on.
    pub chain: SettlementChain,
}
