//! What a counterparty has instructed and the account owner, as far as the servicer can tell, has not.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    Amount, Detail, DetailValue as V, ExchangeRate, FurtherDetails, Instrument, Linkage, Lot, Moment,
    Movement, OtherAmount, PartialSettlement, Party, PartyDetails, Payment, Price, Quantity, Reference,
    SettlementChain, StatedAccount, StatementHeader, Status, SupplementaryData, Terms, further, statement,
};

/// The settlement amount in another currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversion {
    /// How much that makes.
    pub amount: Amount,
    /// At which rate.
    pub rate: ExchangeRate,
}

/// A cash party with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CashParty {
    /// What it does: `ACCW`, `BENM`, `DEBT`, `INTM`, `PAYE`.
    pub role: String,
    /// Who it is; its account is its cash account.
    pub party: Party,
    /// What else is said.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub details: Vec<Detail>,
}

/// The trade that the counterparty instructed. Its fields are named like those of an instruction and mean the same, from
/// the account owner's view, so that the two can be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllegedTrade {
    /// What the servicer says of the allegement (forwarded, no longer alleged, ...).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<Status>,
    /// Ties to others: `COMM` is a reference that both sides know, `MITI` the market's.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub linkages: Vec<Linkage>,
    /// Receive or deliver, seen from the account owner: the opposite of what the counterparty instructed.
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
    /// Settlement amount.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// The settlement amount in another currency.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub conversion: Option<Conversion>,
    /// When the cash is to move.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value_date: Option<Moment>,
    /// Other amounts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub other_amounts: Vec<OtherAmount>,
    /// Deal price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Trade date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade_date: Option<Moment>,
    /// Intended settlement date.
    pub settlement_date: Moment,
    /// Safekeeping account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<StatedAccount>,
    /// Cash account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cash_account: Option<StatedAccount>,
    /// Account owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account_owner: Option<Party>,
    /// Kind of transaction.
    pub transaction_type: String,
    /// Conditions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conditions: Vec<String>,
    /// May it settle in parts?
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partial: Option<PartialSettlement>,
    /// The delivering side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub delivering: SettlementChain,
    /// The receiving side.
    #[serde(skip_serializing_if = "SettlementChain::is_empty", default)]
    pub receiving: SettlementChain,
    /// What more is said of the parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub party_details: Vec<PartyDetails>,
    /// Cash parties.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cash_parties: Vec<CashParty>,
    /// Lots.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub lots: Vec<Lot>,
    /// The second leg, where it has one.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub second_leg: Vec<Detail>,
    /// What else is said of the trade: places, conditions of the deal, days of interest.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub trade_details: Vec<Detail>,
    /// What else is said of quantity and account.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub account_details: Vec<Detail>,
    /// What else is said of its settlement.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub settlement_details: Vec<Detail>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

impl AllegedTrade {
    /// The trade with these terms; nothing where they say no settlement date.
    pub(crate) fn of(terms: Terms) -> Option<Self> {
        let mut more = terms.more;
        let trade = &mut more.trade_details;
        if let Some(place) = terms.place_of_trade {
            trade.insert(0, Detail::new("TRAD", V::Place(place)));
        }
        if let Some(text) = terms.narrative {
            trade.push(Detail::new("SPRO", V::Text(text)));
        }
        if let Some(priority) = terms.priority {
            trade.push(Detail::new("PRIR", V::Code(format!("{priority:04}"))));
        }
        let (made, rate, value_date) = further::conversion_of(&mut more.amount_details);
        // What has no field of its own stays with the settlement.
        more.settlement_details.append(&mut more.amount_details);
        Some(Self {
            supplementary: Vec::new(),
            status: None,
            linkages: Vec::new(),
            movement: terms.movement,
            payment: terms.payment,
            instrument: terms.instrument?,
            attributes: more.attributes,
            quantity: terms.quantity?,
            amount: terms.amount,
            conversion: made.zip(rate).map(|(amount, rate)| Conversion { amount, rate }),
            value_date,
            other_amounts: terms.other_amounts,
            price: terms.price,
            trade_date: terms.trade_date,
            settlement_date: terms.settlement_date?,
            account: terms.account,
            cash_account: terms.cash_account,
            account_owner: terms.account_owner,
            transaction_type: terms.transaction_type?,
            conditions: terms.conditions,
            partial: terms.partial,
            delivering: terms.delivering,
            receiving: terms.receiving,
            party_details: more.party_details,
            cash_parties: more.cash_parties,
            lots: more.lots,
            second_leg: more.second_leg,
            trade_details: more.trade_details,
            account_details: more.account_details,
            settlement_details: more.settlement_details,
        })
    }

    /// Its terms.
    pub(crate) fn terms(&self) -> Terms {
        let mut trade = self.trade_details.clone();
        let mut amounts = Vec::new();
        if let Some(conversion) = &self.conversion {
            amounts.push(Detail::new("EXCH", V::Exchange(conversion.rate)));
            amounts.push(Detail::new("RESU", V::Amount(conversion.amount)));
        }
        amounts.extend(self.value_date.clone().map(|moment| Detail::new("VALU", V::Moment(moment))));
        let of_amount = |d: &mut Detail| matches!(d.value, V::Amount(_) | V::Flag(_));
        let mut settlement_details = self.settlement_details.clone();
        amounts.extend(settlement_details.extract_if(.., of_amount));
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
            trade_date: self.trade_date.clone(),
            settlement_date: Some(self.settlement_date.clone()),
            effective_date: None,
            place_of_trade: further::take_place("TRAD", &mut trade),
            account: self.account.clone(),
            cash_account: self.cash_account.clone(),
            account_owner: self.account_owner.clone(),
            transaction_type: Some(self.transaction_type.clone()),
            conditions: self.conditions.clone(),
            partial: self.partial,
            priority: further::priority_of(&mut trade),
            delivering: self.delivering.clone(),
            receiving: self.receiving.clone(),
            narrative: further::take_text("SPRO", &mut trade),
            more: FurtherDetails {
                attributes: self.attributes.clone(),
                trade_details: trade,
                account_details: self.account_details.clone(),
                lots: self.lots.clone(),
                second_leg: self.second_leg.clone(),
                settlement_details,
                party_details: self.party_details.clone(),
                cash_parties: self.cash_parties.clone(),
                amount_details: amounts,
                ..FurtherDetails::default()
            },
        }
    }

    /// The alleging side's chain: who delivers to us, or receives from us.
    pub fn counterparty_chain(&self) -> &SettlementChain {
        match self.movement {
            Movement::Receive => &self.delivering,
            Movement::Deliver => &self.receiving,
        }
    }

    /// A reference that both sides know the trade by.
    pub fn common_reference(&self) -> Option<&Reference> {
        statement::reference(&self.linkages, "COMM")
    }

    /// The market infrastructure's reference.
    pub fn market_reference(&self) -> Option<&Reference> {
        statement::reference(&self.linkages, "MITI")
    }
}

/// What an allegement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllegementFunction {
    /// Alleges.
    #[default]
    New,
    /// Takes an earlier one back; `PREV` names it.
    Cancel,
}

/// An allegement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allegement {
    /// The servicer's reference.
    pub id: Reference,
    /// New, or taken back.
    #[serde(default)]
    pub function: AllegementFunction,
    /// When it was prepared.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prepared: Option<DateTime<Utc>>,
    /// What is alleged.
    pub trade: AllegedTrade,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
    /// Data that sender and receiver agreed upon beside the standard.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub supplementary: Vec<SupplementaryData>,
}

/// A statement of all that is alleged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllegementStatement {
    /// Its head.
    pub header: StatementHeader,
    /// They.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub allegements: Vec<AllegedTrade>,
    /// Parties beside.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub additional: Vec<Vec<Detail>>,
}
