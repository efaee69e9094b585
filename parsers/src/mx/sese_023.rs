//! sese.023 and sese.033: a settlement instruction (MT540 to MT543), of one leg or of two.

use super::encode::{Draft, Losses};
use super::links;
use super::messages::{Reading, Writing};
use super::parts::{self, Unread, may, need};
use super::terms::{self, INSTRUCTION, Names};
use crate::codec::EncodeError;
use crate::model::{
    DetailValue as V, Event, InstructionFunction, Linkage, Movement, Payment, SettlementInstruction,
};

/// The root element of one of one leg.
pub(super) const ROOT: &str = "SctiesSttlmTxInstr";
/// The root element of one of two legs.
pub(super) const FINANCING: &str = "SctiesFincgInstr";

/// Types of financing: what the account owner does when it opens.
const FINANCINGS: [(&str, Movement); 6] = [
    ("REPU", Movement::Deliver),
    ("RVPO", Movement::Receive),
    ("SECB", Movement::Receive),
    ("SECL", Movement::Deliver),
    ("BSBK", Movement::Receive),
    ("SBBK", Movement::Deliver),
];

/// Whether an instruction is one of two legs, whose first leg goes the way that its type says.
pub(super) fn is_financing(event: &SettlementInstruction) -> bool {
    let two = event.more.as_ref().is_some_and(|more| !more.second_leg.is_empty());
    two && FINANCINGS.contains(&(event.transaction_type.as_str(), event.movement))
}

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let (direction, kind) = if root.name() == FINANCING {
        let path = "TxTpAndAddtlParams";
        let params = root.get(path).ok_or_else(|| Unread::missing(root, path))?;
        let kind: String = need(params, "SctiesFincgTxTp")?;
        let movement = FINANCINGS.iter().find(|(known, _)| *known == kind).map(|(_, movement)| *movement);
        let movement = movement.ok_or_else(|| Unread::at(params, "its type says no direction"))?;
        let payment = params.value("Pmt").and_then(parts::payment);
        ((movement, payment.ok_or_else(|| Unread::missing(params, "Pmt"))?), Some(kind))
    } else {
        let path = "SttlmTpAndAddtlParams";
        let params = root.get(path).ok_or_else(|| Unread::missing(root, path))?;
        (parts::direction(params)?, None)
    };
    let hold = matches!(root.value("SttlmParams/HldInd/Ind"), Some("true" | "1"));
    let terms = terms::read(root, direction, kind, &INSTRUCTION)?;
    let mut links = links::read(root);
    let traded = links.iter().position(|l| l.kind == "TRRF" && l.is_plain());
    let trade_reference = traded.map(|index| links.remove(index).reference);
    let common = ["SttlmTpAndAddtlParams/CmonId", "TxTpAndAddtlParams/CmonId"];
    let read = SettlementInstruction::of(need(root, "TxId")?, terms);
    let read = read.ok_or_else(|| terms::no_day(root, &["TradDtls/SttlmDt", "TradDtls/OpngSttlmDt"]))?;
    Ok(Event::Instruction(Box::new(SettlementInstruction {
        function: if hold { InstructionFunction::PreAdvice } else { InstructionFunction::New },
        prepared: reading.created,
        linkages: links,
        common_reference: common.iter().find_map(|path| may(root, path)),
        trade_reference,
        ..read
    })))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Instruction(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    let financing = is_financing(e);
    let mut root = Draft::new(if financing { FINANCING } else { ROOT });
    root.set("TxId", "instruction.id", &e.id);
    let params = root.at(if financing { "TxTpAndAddtlParams" } else { "SttlmTpAndAddtlParams" });
    if financing {
        params.set("SctiesFincgTxTp", "instruction.transaction_type", &e.transaction_type);
    } else {
        params.set("SctiesMvmntTp", "instruction.movement", parts::movement_code(e.movement));
    }
    params.set("Pmt", "instruction.payment", parts::payment_code(e.payment));
    params.set_some("CmonId", "instruction.common_reference", e.common_reference.as_ref());
    if e.function == InstructionFunction::PreAdvice {
        root.set("SttlmParams/HldInd/Ind", "instruction.function", "true");
    }
    put_rest(&mut root, e, &INSTRUCTION, writing)?;
    Ok(root)
}

/// Writes what an instruction says beside its own reference, its direction and its function.
pub(super) fn put_rest(
    root: &mut Draft,
    e: &SettlementInstruction,
    names: &Names,
    writing: &mut Writing<'_>,
) -> Result<(), EncodeError> {
    let to = (writing.schema, writing.schema.own());
    let fields = &names.fields;
    if let Some(reference) = &e.trade_reference {
        let link = Linkage::new("TRRF", reference.clone());
        links::put(to, root, &[link], fields.trade_reference, &mut writing.losses);
    }
    let (paper, ties): (Vec<_>, Vec<_>) =
        e.linkages.iter().cloned().partition(|l| l.kind == "CERT" && e.payment == Payment::Against);
    for tie in paper {
        let why = "physical and registration details go with free settlement only";
        writing.losses.add(fields.linkages, tie.reference, why);
    }
    let ties = without_quantities(ties, &e.transaction_type, fields.tie_details, &mut writing.losses);
    links::put(to, root, &ties, fields.linkages, &mut writing.losses);
    let mut terms = e.terms();
    put_counts(root, &mut terms.more.general_details, fields.general);
    for detail in std::mem::take(&mut terms.more.general_details) {
        let value = super::sheet::show(&detail.value);
        let why = "an instruction has no element for it";
        writing.losses.add(format!("{}.{}", fields.general, detail.code), value, why);
    }
    terms::put(root, &terms, names, writing)
}

/// A linked quantity goes with a pair-off or a turnaround only.
fn without_quantities(
    mut ties: Vec<Linkage>,
    transaction_type: &str,
    field: &str,
    losses: &mut Losses,
) -> Vec<Linkage> {
    if !matches!(transaction_type, "PAIR" | "TURN") {
        let quantities = ties.iter_mut().flat_map(|tie| {
            tie.details.extract_if(.., |d| matches!(d.value, V::Quantity(_))).collect::<Vec<_>>()
        });
        for detail in quantities {
            let why = "a linked quantity goes with a pair-off or a turnaround only";
            losses.add(field, super::sheet::show(&detail.value), why);
        }
    }
    ties
}

/// Which of how many linked instructions it is.
fn put_counts(root: &mut Draft, list: &mut Vec<crate::model::Detail>, field: &'static str) {
    let mut take = |code: &str| {
        let index = list.iter().position(|d| d.code == code && matches!(d.value, V::Count(_)))?;
        if let V::Count(count) = list.remove(index).value { Some(count) } else { None }
    };
    match (take("SETT"), take("TOSE")) {
        (Some(current), Some(total)) => {
            root.set("NbCounts/TtlNb/CurInstrNb", field, format!("{current:03}"));
            root.set("NbCounts/TtlNb/TtlOfLkdInstrs", field, format!("{total:03}"));
        }
        (Some(current), None) => root.set("NbCounts/CurInstrNb", field, format!("{current:03}")),
        (None, Some(total)) => list.push(crate::model::Detail::new("TOSE", V::Count(total))),
        (None, None) => {}
    }
}
