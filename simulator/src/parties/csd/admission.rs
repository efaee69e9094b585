//! How the depository reads an instruction: as a leg, with what it asks of the settlement, or not at all.

use finality_parsers::model::{
    DetailValue, InstructionFunction, Movement, PartialSettlement, Payment, SettlementInstruction,
};

use super::Csd;
use crate::settlement::matching::{Key, Leg};
use crate::settlement::part::Partial;
use crate::settlement::ties::{Order, Wishes};

/// Priorities as ISO writes them are 1 to 4.
const PRIORITIES: std::ops::RangeInclusive<u8> = 1..=4;

/// Positions of a linkage; information (INFO) ties nothing.
const ORDERS: [(&str, Order); 3] = [("AFTE", Order::After), ("BEFO", Order::Before), ("WITH", Order::With)];

/// The kind of linkage that names a pool.
const POOL: &str = "POOL";
/// Of how many linked instructions it is one.
const TOTAL: &str = "TOSE";

/// What a code of parts means to the settler.
pub(super) fn partial(said: Option<PartialSettlement>) -> Partial {
    match said {
        None | Some(PartialSettlement::NotAllowed) => Partial::No,
        Some(PartialSettlement::Allowed | PartialSettlement::AllowedByCash) => Partial::Value,
        Some(PartialSettlement::AllowedByQuantity) => Partial::Quantity,
    }
}

/// Priority, parts, ties. A pool that does not say how many it has ties nothing.
fn wishes(i: &SettlementInstruction) -> Wishes {
    let order = |position: &str| ORDERS.iter().find(|(code, _)| *code == position).map(|(_, order)| *order);
    let ties = i.linkages.iter().filter(|l| l.kind != POOL);
    let total = i.more.as_ref().and_then(|more| {
        let counts = more.general_details.iter().filter(|d| d.code == TOTAL);
        counts
            .filter_map(|d| if let DetailValue::Count(n) = d.value { usize::try_from(n).ok() } else { None })
            .next()
    });
    let pool = i.linkages.iter().find(|l| l.kind == POOL).map(|l| l.reference.to_string());
    Wishes {
        priority: i.priority.filter(|p| PRIORITIES.contains(p)),
        partial: partial(i.partial),
        ties: ties.filter_map(|l| Some((order(&l.position)?, l.reference.to_string()))).collect(),
        pool: pool.zip(total),
    }
}

impl Csd {
    /// An instruction as a leg, or the reason code of its rejection.
    pub(super) fn leg(
        &self,
        participant: usize,
        i: &SettlementInstruction,
        number: u32,
    ) -> Result<Leg, &'static str> {
        let delivers = i.movement == Movement::Deliver;
        let counterparty = i.counterparty_chain().agent.as_ref().and_then(|a| a.as_bic()).ok_or("DEPT")?;
        let counterparty = self.participant(counterparty).ok_or("DEPT")?;
        let isin = i.instrument.isin.filter(|isin| self.lines.contains_key(isin)).ok_or("DSEC")?;
        let account = i.account.as_ref().and_then(|a| self.accounts.get(a.as_str())).ok_or("SAFE")?;
        let quantity = i.quantity.value();
        let quantity = if quantity.fract().is_zero() { i64::try_from(quantity).ok() } else { None };
        let quantity = quantity.filter(|q| *q > 0).ok_or("DQUA")?;
        let amount = match (i.payment, i.amount) {
            (Payment::Free, _) => 0,
            (Payment::Against, amount) => {
                amount.and_then(|a| a.minor_units()).filter(|a| *a >= 0).ok_or("DMON")?
            }
        };
        let (deliverer, receiver) =
            if delivers { (participant, counterparty) } else { (counterparty, participant) };
        Ok(Leg {
            number,
            participant,
            reference: i.id.to_string(),
            delivers,
            account: *account,
            key: Key {
                deliverer,
                receiver,
                isin,
                quantity,
                trade_date: i.trade_date,
                settlement_date: i.settlement_date,
                against_payment: i.payment == Payment::Against,
                currency: i.amount.map(|a| a.currency().to_string()),
            },
            amount,
            held: i.function == InstructionFunction::PreAdvice,
            wishes: if self.market.scenario.depository.is_t2s() { wishes(i) } else { Wishes::default() },
        })
    }
}
