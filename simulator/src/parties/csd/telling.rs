//! What the depository says: statuses with their reasons, and confirmations of all or of a part.

use finality_parsers::model::{
    Instrument, Movement, PartialKind, Party, Payment, Reason, SettlementChain, SettlementConfirmation,
    Status, StatusAdvice, StatusKind,
};

use crate::market::Market;
use crate::settlement::book::Shortage;
use crate::settlement::engine::{Pair, PairId, Standing};
use crate::settlement::matching::Leg;

/// What a status is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    /// The instruction.
    Instruction,
    /// A request to cancel it.
    Cancellation,
    /// A request to change its processing, by the request's reference.
    Change,
}

/// A status with at most one reason.
pub(super) fn status(reference: &str, about: About, kind: StatusKind, code: Option<&str>) -> StatusAdvice {
    let reason = |code: &str| Reason { code: code.to_owned(), issuer: None, text: None };
    let status = Status { kind, reasons: code.map(reason).into_iter().collect() };
    StatusAdvice {
        cancellation: about == About::Cancellation,
        modification: about == About::Change,
        ..StatusAdvice::of(reference.parse().expect("it was admitted as a reference"), vec![status])
    }
}

/// Why a pair has not settled: to the deliverer, and to the receiver.
pub(super) fn reasons(pair: &Pair) -> (&'static str, &'static str) {
    match pair.standing {
        // It waits for the next cycle of the clearing house.
        Standing::Early if pair.cleared.is_some() => ("CYCL", "CYCL"),
        Standing::Short(Shortage::Securities) => ("LACK", "CLAC"),
        Standing::Short(Shortage::Cash) => ("CMON", "MONY"),
        Standing::Held => match (pair.deliverer.held, pair.receiver.held) {
            (true, true) => ("BOTH", "BOTH"),
            (true, false) => ("PREA", "PRCY"),
            _ => ("PRCY", "PREA"),
        },
        Standing::Linked => ("LINK", "LINK"),
        Standing::Early | Standing::Settled | Standing::Cancelled => ("FUTU", "FUTU"),
    }
}

/// What settles now of a pair, and what has before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Portion {
    /// Securities now.
    pub(super) quantity: i64,
    /// Cash now.
    pub(super) amount: i64,
    /// Securities before.
    pub(super) quantity_before: i64,
    /// Cash before.
    pub(super) amount_before: i64,
    /// Which confirmation of the pair it is, from 1.
    pub(super) number: u32,
    /// Whether nothing is left.
    pub(super) last: bool,
}

impl Portion {
    fn kind(&self) -> Option<PartialKind> {
        match (self.last, self.number) {
            (true, 1) => None,
            (true, _) => Some(PartialKind::Last),
            (false, _) => Some(PartialKind::Part),
        }
    }
}

/// The confirmation to one side. Where all settles at once, nothing is said of parts.
pub(super) fn confirmation(
    market: &Market,
    id: PairId,
    leg: &Leg,
    total: (i64, i64),
    portion: Portion,
    chains: [SettlementChain; 2],
) -> SettlementConfirmation {
    let side = if leg.delivers { "D" } else { "R" };
    let part = portion.kind();
    let number = part.map_or(String::new(), |_| portion.number.to_string());
    let paid = leg.key.against_payment;
    let in_parts = |quantity: i64| part.map(|_| market.units(quantity));
    let cash_in_parts = |cents: i64| part.filter(|_| paid).map(|_| market.amount(cents));
    let left = (
        total.0 - portion.quantity_before - portion.quantity,
        total.1 - portion.amount_before - portion.amount,
    );
    let [delivering, receiving] = chains;
    SettlementConfirmation {
        id: format!("CSDP{id:09}{side}{number}").parse().ok(),
        reversal: false,
        instruction: leg.reference.parse().expect("it was admitted as a reference"),
        previous: None,
        common_reference: None,
        market_reference: format!("T{id:09}").parse().ok(),
        prepared: None,
        movement: if leg.delivers { Movement::Deliver } else { Movement::Receive },
        payment: if paid { Payment::Against } else { Payment::Free },
        instrument: Instrument::of(leg.key.isin),
        settled: market.units(portion.quantity),
        previously_settled: in_parts(portion.quantity_before),
        remaining: in_parts(left.0),
        amount: paid.then(|| market.amount(portion.amount)),
        previously_settled_amount: cash_in_parts(portion.amount_before),
        remaining_amount: cash_in_parts(left.1),
        other_amounts: Vec::new(),
        price: None,
        partial: part,
        trade_date: leg.key.trade_date,
        settlement_date: Some(leg.key.settlement_date),
        effective_date: leg.key.settlement_date,
        account: None,
        account_owner: None,
        transaction_type: "TRAD".to_owned(),
        delivering,
        receiving,
        narrative: None,
        linkages: Vec::new(),
        more: None,
    }
}

/// A side's chain, as the depository names it.
pub(super) fn chain(market: &Market, bic: finality_parsers::model::Bic) -> SettlementChain {
    SettlementChain {
        depository: Some(Party::bic(market.csd)),
        agent: Some(Party::bic(bic)),
        ..SettlementChain::default()
    }
}
