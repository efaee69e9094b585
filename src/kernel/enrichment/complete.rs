//! Puts the instruction together: what both sides agreed, our account, the counterparty's chain; or says what is missing.

use finality_parsers::model::{
    Amount, InstructionFunction, Movement, Party, Payment, Quantity, Reference, SettlementChain,
    SettlementInstruction, Side, StandingInstruction,
};
use rust_decimal::Decimal;

use super::ssi::{self, Lookup};
use crate::exceptions::reason::ReasonCode;
use crate::lifecycle::trade::{Terms, Trade};
use crate::profile::{AccountProfile, Profile};

/// Why an instruction cannot be completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// The reason to be raised.
    pub reason: ReasonCode,
    /// What is missing, in words.
    pub detail: String,
}

/// A complete instruction, and by whom it is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complete {
    /// The instruction.
    pub instruction: SettlementInstruction,
    /// The custodian's name in the profile.
    pub custodian: String,
}

/// Completes the instruction of an affirmed trade, under `reference`.
pub fn complete(
    trade: &Trade,
    reference: Reference,
    profile: &Profile,
    book: &[StandingInstruction],
) -> Result<Complete, Incomplete> {
    let incomplete = |reason, detail: String| Incomplete { reason, detail };
    let ours = trade.share.as_deref().map(|s| &s.terms);
    let theirs = trade.confirmed.as_deref().map(|c| &c.terms);
    let terms = ours
        .or(theirs)
        .ok_or_else(|| incomplete(ReasonCode::SsiIncomplete, "neither side of the trade is known".into()))?;
    let account = own_account(terms, profile)?;
    let broker = terms.broker.or(theirs.and_then(|t| t.broker)).ok_or_else(|| {
        incomplete(
            ReasonCode::SsiIncomplete,
            "the broker is not known: no standing instruction can be looked up".into(),
        )
    })?;
    let payment = terms.payment.or(theirs.and_then(|t| t.payment)).unwrap_or(Payment::Against);
    let amount = agreed_amount(ours, theirs, payment)?;
    let settlement_date = terms
        .settlement_date
        .or(theirs.and_then(|t| t.settlement_date))
        .unwrap_or_else(|| profile.calendar.settlement_date(terms.trade_date, profile.cycle));

    let currency = amount.map(|a| a.currency());
    let standing = match ssi::find(book, broker, terms.instrument.isin, currency, settlement_date) {
        Lookup::One(one) => one,
        Lookup::None => {
            return Err(incomplete(
                ReasonCode::SsiMissing,
                format!(
                    "no standing instruction of {broker} for {} in {} on {settlement_date}",
                    terms.instrument.isin.map_or("this instrument".to_owned(), |i| i.to_string()),
                    currency.map_or("no currency".to_owned(), |c| c.to_string()),
                ),
            ));
        }
        Lookup::Several(n) => {
            return Err(incomplete(
                ReasonCode::SsiAmbiguous,
                format!("{n} standing instructions of {broker} fit equally well"),
            ));
        }
    };
    let chain = counterparty_chain(standing)?;
    let (movement, delivering, receiving) = match terms.side {
        Side::Buy => (Movement::Receive, chain, SettlementChain::default()),
        Side::Sell => (Movement::Deliver, SettlementChain::default(), chain),
    };
    let instruction = SettlementInstruction {
        id: reference,
        function: InstructionFunction::New,
        prepared: None,
        linkages: Vec::new(),
        common_reference: None,
        trade_reference: None,
        movement,
        payment,
        instrument: terms.instrument.clone(),
        quantity: terms.quantity,
        amount,
        other_amounts: Vec::new(),
        price: terms.price,
        trade_date: Some(terms.trade_date),
        settlement_date,
        place_of_trade: None,
        account: Some(account.safekeeping.clone()),
        cash_account: None,
        account_owner: account.owner.clone(),
        transaction_type: "TRAD".to_owned(),
        conditions: Vec::new(),
        partial: None,
        priority: None,
        delivering,
        receiving,
        narrative: None,
        more: None,
    };
    Ok(Complete { instruction, custodian: account.custodian.clone() })
}

fn own_account<'a>(terms: &Terms, profile: &'a Profile) -> Result<&'a AccountProfile, Incomplete> {
    let account = terms.account.as_ref();
    account.and_then(|a| profile.account(a)).ok_or_else(|| Incomplete {
        reason: ReasonCode::SsiIncomplete,
        detail: format!(
            "account {} has no safekeeping account and custodian in the reference data",
            account.map_or("(none)".to_owned(), ToString::to_string)
        ),
    })
}

/// Both sides agree within tolerance; the counterparty will instruct what it confirmed, so its figure goes out.
fn agreed_amount(
    ours: Option<&Terms>,
    theirs: Option<&Terms>,
    payment: Payment,
) -> Result<Option<Amount>, Incomplete> {
    if payment == Payment::Free {
        return Ok(None);
    }
    let net = theirs.and_then(|t| t.net).or(ours.and_then(|t| t.net));
    net.or(theirs.and_then(gross)).or(ours.and_then(gross)).map(Some).ok_or_else(|| Incomplete {
        reason: ReasonCode::SsiIncomplete,
        detail: "neither side says what is to be paid".into(),
    })
}

fn gross(terms: &Terms) -> Option<Amount> {
    terms.gross.or_else(|| {
        let price = terms.price?;
        let currency = price.currency.or(terms.currency)?;
        let value = price.value.checked_mul(quantity(terms.quantity))?;
        Some(Amount::new(currency, value.round_dp(currency.decimals().unwrap_or(2))))
    })
}

fn quantity(quantity: Quantity) -> Decimal {
    quantity.value()
}

/// The counterparty's side must at least name where, by which participant, and for whom.
fn counterparty_chain(standing: &StandingInstruction) -> Result<SettlementChain, Incomplete> {
    let chain = &standing.chain;
    let missing: Vec<&str> = [
        (chain.depository.is_none(), "the place of settlement"),
        (chain.agent.is_none(), "the agent at the place of settlement"),
    ]
    .into_iter()
    .filter_map(|(missing, what)| missing.then_some(what))
    .collect();
    if !missing.is_empty() {
        return Err(Incomplete {
            reason: ReasonCode::SsiIncomplete,
            detail: format!("the standing instruction of {} lacks {}", standing.party, missing.join(" and ")),
        });
    }
    let mut chain = chain.clone();
    chain.client.get_or_insert_with(|| Party::bic(standing.party));
    Ok(chain)
}
