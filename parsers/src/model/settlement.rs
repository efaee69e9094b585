//! That it settled, wholly or in part.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Account, Amount, BusinessDate, Detail, DetailValue as V, FurtherDetails, Instrument, Linkage, Movement,
    OtherAmount, PartialSettlement, Party, Payment, Price, Quantity, Reference, SettlementChain, Terms,
    further,
};

/// Which part this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartialKind {
    /// A part; more is to come.
    Part,
    /// The last part.
    Last,
}

/// A settlement confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementConfirmation {
    /// The servicer's reference for this confirmation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// Takes back an earlier confirmation.
    #[serde(default)]
    pub reversal: bool,
    /// The instruction, by the account owner's reference.
    pub instruction: Reference,
    /// The earlier confirmation that it follows or reverses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previous: Option<Reference>,
    /// A reference that both sides know the trade by.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub common_reference: Option<Reference>,
    /// The market infrastructure's reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub market_reference: Option<Reference>,
    /// Ties to others; one of the references above stands here once more where its tie says more than a reference.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// Receive or deliver.
    pub movement: Movement,
    /// Free or against payment.
    pub payment: Payment,
    /// What.
    pub instrument: Instrument,
    /// How much settled with this confirmation.
    pub settled: Quantity,
    /// How much had settled before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previously_settled: Option<Quantity>,
    /// How much is left.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remaining: Option<Quantity>,
    /// Cash settled with this confirmation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// Cash settled before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub previously_settled_amount: Option<Amount>,
    /// Cash left.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remaining_amount: Option<Amount>,
    /// Other amounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_amounts: Vec<OtherAmount>,
    /// Deal price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// A part?
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<PartialKind>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<BusinessDate>,
    /// Intended settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// The day on which it settled.
    pub effective_date: BusinessDate,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Kind of transaction (`TRAD`, ...).
    pub transaction_type: String,
    /// The delivering side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub delivering: SettlementChain,
    /// The receiving side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub receiving: SettlementChain,
    /// Narrative.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub narrative: Option<String>,
    /// What else is said, where anything is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub more: Option<Box<FurtherDetails>>,
}

impl SettlementConfirmation {
    /// The confirmation of an instruction with these terms; nothing where they say no day on which it settled.
    pub(crate) fn of(instruction: Reference, terms: Terms) -> Option<Self> {
        let mut more = terms.more;
        // What a confirmation has no field for stands among the details.
        if let Some(place) = terms.place_of_trade {
            more.trade_details.insert(0, Detail::new("TRAD", V::Place(place)));
        }
        if let Some(priority) = terms.priority {
            more.trade_details.push(Detail::new("PRIR", V::Code(format!("{priority:04}"))));
        }
        let conditions = terms.conditions.into_iter();
        let parts = terms.partial.map(PartialSettlement::code);
        let said = conditions.chain(parts.map(str::to_owned)).map(|code| Detail::new("STCO", V::Code(code)));
        more.settlement_details.splice(0..0, said);
        if let Some(cash) = terms.cash_account {
            more.account_details.push(Detail::new("CASH", V::Account(cash)));
        }
        let (trade, account) = (&mut more.trade_details, &mut more.account_details);
        Some(Self {
            id: None,
            reversal: false,
            instruction,
            previous: None,
            common_reference: None,
            market_reference: None,
            linkages: Vec::new(),
            prepared: None,
            movement: terms.movement,
            payment: terms.payment,
            instrument: terms.instrument?,
            settled: terms.quantity?,
            previously_settled: terms.previously_settled,
            remaining: terms.remaining,
            amount: terms.amount,
            previously_settled_amount: terms.previously_settled_amount,
            remaining_amount: terms.remaining_amount,
            other_amounts: terms.other_amounts,
            price: terms.price,
            partial: None,
            trade_date: further::day_of("TRAD", terms.trade_date, trade),
            settlement_date: further::day_of("SETT", terms.settlement_date, trade),
            effective_date: further::day_of("ESET", terms.effective_date, trade)?,
            account: further::number_of("SAFE", terms.account, account),
            account_owner: terms.account_owner,
            transaction_type: terms.transaction_type?,
            delivering: terms.delivering,
            receiving: terms.receiving,
            narrative: terms.narrative,
            more: more.boxed(),
        })
    }

    /// Its terms.
    pub(crate) fn terms(&self) -> Terms {
        let mut more = self.more.as_deref().cloned().unwrap_or_default();
        let (conditions, partial) = further::conditions_of(&mut more.settlement_details);
        let (trade, account) = (&mut more.trade_details, &mut more.account_details);
        Terms {
            movement: self.movement,
            payment: self.payment,
            instrument: Some(self.instrument.clone()),
            quantity: Some(self.settled),
            previously_settled: self.previously_settled,
            remaining: self.remaining,
            amount: self.amount,
            previously_settled_amount: self.previously_settled_amount,
            remaining_amount: self.remaining_amount,
            other_amounts: self.other_amounts.clone(),
            price: self.price,
            trade_date: further::moment_of("TRAD", self.trade_date, trade),
            settlement_date: further::moment_of("SETT", self.settlement_date, trade),
            effective_date: further::moment_of("ESET", Some(self.effective_date), trade),
            place_of_trade: further::take_place("TRAD", trade),
            account: further::account_of("SAFE", self.account.as_ref(), account),
            cash_account: further::take_account("CASH", account),
            account_owner: self.account_owner.clone(),
            transaction_type: Some(self.transaction_type.clone()),
            conditions,
            partial,
            priority: further::priority_of(trade),
            delivering: self.delivering.clone(),
            receiving: self.receiving.clone(),
            narrative: self.narrative.clone(),
            more,
        }
    }
}
