//! SettlementInstructions (T): standing instructions, those of one account, or the refusal of a request for them.

use super::blocks::{self, code_for, meaning, side_code};
use super::encode::{Block, Writer, timestamp};
use super::parties::{self, PARTIES};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{
    DatabaseEntry, DeliveredInstruction, DeliveryMode, Function, SettlementInstructionDelivery,
};

const MODES: [(&str, DeliveryMode); 3] =
    [("1", DeliveryMode::Standing), ("4", DeliveryMode::SingleAccount), ("5", DeliveryMode::Refused)];

/// What T means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<SettlementInstructionDelivery> {
    let code = view.needed(160, view.text(160))?;
    Some(SettlementInstructionDelivery {
        id: view.required(777)?,
        request: view.parse(791),
        mode: meaning(&MODES, code).unwrap_or_else(|| DeliveryMode::Other(code.to_owned())),
        order: view.parse(11),
        reason: view.words(792),
        text: view.words(58),
        transacted: view.instant(60),
        instructions: view.entries(778).filter_map(|entry| decode_entry(&entry)).collect(),
    })
}

fn decode_entry(view: &View<'_, '_>) -> Option<DeliveredInstruction> {
    let earlier = || view.parse(214);
    let function = match view.code(163) {
        "C" => Function::Cancel(earlier()),
        "R" => Function::Replace(earlier()),
        // What is restated stands already; what is not marked is taken for new.
        _ => Function::New,
    };
    Some(DeliveredInstruction {
        id: view.required(162)?,
        function,
        parties: parties::decode(view, PARTIES),
        side: blocks::maybe_side(view),
        currency: view.parse(120),
        from: view.instant(168),
        until: view.instant(126),
        payment: blocks::payment(view),
        database: decode_database(view),
        chain: parties::decode_chain(view),
    })
}

/// Reads the entry of a database of standing instructions.
pub(super) fn decode_database(view: &View<'_, '_>) -> Option<DatabaseEntry> {
    Some(DatabaseEntry { kind: view.words(169)?, name: view.words(170), id: view.words(171) })
}

/// Writes it.
pub(super) fn encode_database(entry: Option<&DatabaseEntry>, block: &mut Block) {
    let Some(entry) = entry else { return };
    block.put(169, &entry.kind);
    block.maybe(170, entry.name.as_deref());
    block.maybe(171, entry.id.as_deref());
}

/// Writes T.
pub(super) fn encode(
    event: &SettlementInstructionDelivery,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    writer.begin("T");
    let created = writer.created();
    let other = if let DeliveryMode::Other(code) = &event.mode { Some(code.as_str()) } else { None };
    writer.body.put(777, &event.id);
    writer.body.maybe(791, event.request.as_ref());
    writer.body.maybe(160, code_for(&MODES, &event.mode, other));
    if event.mode == DeliveryMode::Refused {
        writer.body.put(792, writer.need(event.reason.as_deref(), "delivery.reason")?);
    }
    if event.mode == DeliveryMode::SingleAccount {
        writer.body.put(11, writer.need(event.order.as_ref(), "delivery.order")?);
    } else {
        writer.body.maybe(11, event.order.as_ref());
    }
    writer.body.maybe(58, event.text.as_deref());
    writer.body.put(60, timestamp(event.transacted.unwrap_or(created)));
    let entries = event.instructions.iter().enumerate();
    let entries =
        entries.map(|(n, e)| encode_entry(e, &format!("delivery.instructions[{n}]"), writer)).collect();
    writer.body.group(778, entries);
    Ok(())
}

fn encode_entry(entry: &DeliveredInstruction, path: &str, writer: &mut Writer<'_>) -> Block {
    let mut block = Block::default();
    block.put(162, &entry.id);
    let (function, earlier) = match &entry.function {
        Function::New => ("N", None),
        Function::Replace(earlier) => ("R", earlier.as_ref()),
        Function::Cancel(earlier) => ("C", earlier.as_ref()),
    };
    block.put(163, function);
    block.maybe(214, earlier);
    parties::encode(&entry.parties, PARTIES, &format!("{path}.parties"), &mut block, writer);
    block.maybe(54, entry.side.map(side_code));
    if let Some(currency) = entry.currency {
        if writer.version.is_fixt() {
            block.put(120, currency);
        } else {
            writer.lose(format!("{path}.currency"), currency, "FIX 4.4 has no field for it here");
        }
    }
    block.maybe(168, entry.from.map(timestamp));
    block.maybe(126, entry.until.map(timestamp));
    encode_database(entry.database.as_ref(), &mut block);
    blocks::encode_settlement(
        entry.payment,
        entry.chain.as_ref(),
        "2",
        &format!("{path}.chain"),
        &mut block,
        writer,
    );
    block
}
