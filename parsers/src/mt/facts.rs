//! What statements say of a transaction: TRANSDET of MT536 and MT537, SETTRAN of MT548, TRAN of penalties.

use super::arrange::Block;
use super::encode::Writer;
use super::sections::{Section, Unread};
use super::statement;
use crate::model::{DetailValue as V, Movement, Payment, TransactionFacts};

/// Reads one; `posted` is the qualifier of quantity and amount.
pub(super) fn read<'a>(mut section: Section<'a>, posted: &str, unread: &mut Unread<'a>) -> TransactionFacts {
    let parties = section.take("SETPRTY");
    let mut d = section.details(unread);
    let movement = d.code("REDE").as_deref().and_then(statement::movement);
    let payment = match d.code("PAYM").as_deref() {
        Some("APMT") => Some(Payment::Against),
        Some("FREE") => Some(Payment::Free),
        _ => None,
    };
    let chains = statement::chains(parties, movement, unread);
    TransactionFacts {
        instrument: d.instrument(),
        movement,
        payment,
        posting: d.code("TRAN"),
        transaction_type: d.code("SETR"),
        quantity: d.quantity(posted),
        amount: d.amount(posted),
        trade_date: d.moment("TRAD"),
        settlement_date: d.moment("SETT"),
        effective_date: d.moment("ESET"),
        account: d.safekeeping(),
        delivering: chains.delivering,
        receiving: chains.receiving,
        party_details: chains.details,
        narrative: d.text(narrative(posted)),
        details: d.rest(),
    }
}

/// The qualifier of the narrative.
fn narrative(posted: &str) -> &'static str {
    if posted == "SETT" { "SPRO" } else { "TRDE" }
}

/// Writes one.
pub(super) fn block(
    writer: &mut Writer,
    name: &'static str,
    posted: &str,
    facts: &TransactionFacts,
) -> Block {
    let mut block = Block::new(name);
    if let Some(instrument) = &facts.instrument {
        block.put("", V::Instrument(instrument.clone()));
    }
    block.put_some("TRAN", facts.posting.as_ref(), V::Code);
    let movement = facts.movement.map(|m| if m == Movement::Receive { "RECE" } else { "DELI" });
    let payment = facts.payment.map(|p| if p == Payment::Against { "APMT" } else { "FREE" });
    for (code, text) in [("REDE", movement), ("PAYM", payment)] {
        if let Some(text) = text {
            block.put(code, V::Code(text.to_owned()));
        }
    }
    block.put_some("SETR", facts.transaction_type.as_ref(), V::Code);
    block.put_some(posted, facts.quantity.as_ref(), V::Quantity);
    block.put_some(posted, facts.amount.as_ref(), V::Amount);
    block.put_some("SETT", facts.settlement_date.as_ref(), V::Moment);
    block.put_some("TRAD", facts.trade_date.as_ref(), V::Moment);
    block.put_some("ESET", facts.effective_date.as_ref(), V::Moment);
    statement::put_safekeeping(&mut block, facts.account.as_ref());
    block.put_some(narrative(posted), facts.narrative.as_ref(), V::Text);
    block.put_all(&facts.details);
    let chains = (&facts.delivering, &facts.receiving, &facts.party_details[..]);
    statement::put_chains(writer, &mut block, facts.movement, chains);
    block
}
