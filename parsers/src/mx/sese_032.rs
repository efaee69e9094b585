//! sese.032: a transaction that the servicer generated, in full, and why.

use super::encode::Draft;
use super::links;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, Unread, may, need};
use super::terms::{self, GENERATION};
use super::{details, rows, sese_023, sese_024, statuses};
use crate::codec::EncodeError;
use crate::model::{Event, GeneratedTransaction, InstructionFunction, SettlementInstruction, Status};

/// Its root element.
pub(super) const ROOT: &str = "SctiesSttlmTxGnrtnNtfctn";

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let ids = root.get("TxIdDtls").ok_or_else(|| Unread::missing(root, "TxIdDtls"))?;
    let terms = terms::read(root, parts::direction(ids)?, None, &GENERATION)?;
    let read = SettlementInstruction::of(need(ids, "AcctOwnrTxId")?, terms);
    let read = read.ok_or_else(|| terms::no_day(root, &["TradDtls/SttlmDt"]))?;
    let mut read = read;
    keep_first_account(root, &mut read);
    let mut links = links::read(root);
    let traded = links.iter().position(|l| l.kind == "TRRF" && l.is_plain());
    let hold = matches!(root.value("SttlmParams/HldInd/Ind"), Some("true" | "1"));
    let blocks = root.get("StsAndRsn").into_iter().flat_map(|at| at.children().collect::<Vec<_>>());
    let statuses: Vec<Status> =
        blocks.filter_map(|at| statuses::in_block(at, sese_024::OF_INSTRUCTION)).collect();
    Ok(Event::Generation(Box::new(GeneratedTransaction {
        servicer_reference: may(ids, "AcctSvcrTxId"),
        market_reference: may(ids, "MktInfrstrctrTxId"),
        reasons: root.all("GnrtdRsn").map(sese_024::coded_reason).collect(),
        statuses,
        instruction: SettlementInstruction {
            function: if hold { InstructionFunction::PreAdvice } else { InstructionFunction::New },
            prepared: reading.created,
            common_reference: may(ids, "CmonId"),
            trade_reference: traded.map(|index| links.remove(index).reference),
            linkages: links,
            ..read
        },
    })))
}

/// Only the first of several quantities and accounts is that of the transaction here: what the rows found in the others is
/// not said of it.
fn keep_first_account(root: At<'_, '_>, read: &mut SettlementInstruction) {
    for at in root.all("QtyAndAcctDtls").skip(1) {
        let strange = details::read(at, &rows::ACCOUNT_ALONE);
        let Some(more) = read.more.as_deref_mut() else { return };
        for detail in strange {
            let index = more.account_details.iter().rposition(|known| *known == detail);
            index.map(|index| more.account_details.remove(index));
        }
    }
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Generation(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let instruction = &e.instruction;
    writing.prepared(instruction.prepared);
    let mut root = Draft::new(ROOT);
    let ids = root.at("TxIdDtls");
    ids.set("AcctOwnrTxId", "generation.instruction.id", &instruction.id);
    ids.set_some("AcctSvcrTxId", "generation.servicer_reference", e.servicer_reference.as_ref());
    ids.set_some("MktInfrstrctrTxId", "generation.market_reference", e.market_reference.as_ref());
    ids.set("SctiesMvmntTp", "generation.instruction.movement", parts::movement_code(instruction.movement));
    ids.set("Pmt", "generation.instruction.payment", parts::payment_code(instruction.payment));
    ids.set_some("CmonId", "generation.instruction.common_reference", instruction.common_reference.as_ref());
    if instruction.function == InstructionFunction::PreAdvice {
        root.set("SttlmParams/HldInd/Ind", "generation.instruction.function", "true");
    }
    sese_023::put_rest(&mut root, instruction, &GENERATION, writing)?;
    let (schema, losses) = (writing.schema, &mut writing.losses);
    for reason in &e.reasons {
        let known = schema.codes("GnrtdRsn/Cd/Cd");
        sese_024::put_coded_reason(root.add("GnrtdRsn"), "generation.reasons", reason, known, losses);
    }
    if let Some(of) = schema.down(schema.own(), "StsAndRsn").filter(|_| !e.statuses.is_empty()) {
        let field = "generation.statuses";
        let draft = root.at("StsAndRsn");
        statuses::put_blocks((schema, of), draft, &e.statuses, sese_024::OF_INSTRUCTION, field, losses)?;
    }
    Ok(root)
}
