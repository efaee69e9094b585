//! admi.002 and admi.007: that a message is refused, and that one was received.

use super::encode::Draft;
use super::messages::{Reading, Writing};
use super::parts::{self, Unread, may, need};
use crate::codec::EncodeError;
use crate::model::{Event, Fault, Rejection, TransportAcknowledgement};

/// The root element of a refusal.
pub(super) const REFUSAL: &str = "admi.002.001.01";
/// The root element of a receipt.
pub(super) const RECEIPT: &str = "RctAck";

/// Status codes of a receipt that say that all is well; the first is written.
const WELL: [&str; 4] = ["ACPT", "ACTC", "OK", "PASS"];
/// Says that it is not, where no other code is known.
const REFUSED: &str = "RJCT";

/// Reads a refusal.
pub(super) fn read_refusal(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let text = root.value("Rsn/RsnDesc").or_else(|| root.value("Rsn/ErrLctn")).unwrap_or_default();
    Ok(Event::Rejection(Box::new(Rejection {
        fault: Fault::Form,
        sequence: None,
        message_type: String::new(),
        reason: need(root, "Rsn/RjctgPtyRsn")?,
        field: None,
        reference: Some(need(root, "RltdRef/Ref")?),
        text: text.to_owned(),
    })))
}

/// Reads a receipt; of several reports the first counts.
pub(super) fn read_receipt(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let report = reading.root.get("Rpt").ok_or_else(|| Unread::missing(reading.root, "Rpt"))?;
    let status: String = need(report, "ReqHdlg/StsCd")?;
    let accepted = WELL.contains(&status.as_str());
    Ok(Event::Transport(Box::new(TransportAcknowledgement {
        accepted,
        reference: may(report, "RltdRef/Ref"),
        error: (!accepted && status != REFUSED).then_some(status),
        line: None,
    })))
}

/// Drafts a refusal.
pub(super) fn write_refusal(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Rejection(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let message = writing.schema.message().to_owned();
    let missing = EncodeError::Missing { field: "rejection.reference", message };
    let reference = e.reference.as_ref().ok_or(missing)?;
    let mut root = Draft::new(REFUSAL);
    root.set("RltdRef/Ref", "rejection.reference", reference);
    root.set("Rsn/RjctgPtyRsn", "rejection.reason", &e.reason);
    if !e.text.is_empty() {
        let cut: String = e.text.chars().take(350).collect();
        if cut != e.text {
            writing.losses.add("rejection.text", &e.text, "cut to 350 characters");
        }
        root.set("Rsn/RsnDesc", "rejection.text", cut);
    }
    let lost = [
        ("rejection.sequence", e.sequence.map(|n| n.to_string())),
        ("rejection.field", e.field.map(|n| n.to_string())),
        ("rejection.fault", (e.fault != Fault::Form).then(|| "business".to_owned())),
        ("rejection.message_type", Some(e.message_type.clone()).filter(|text| !text.is_empty())),
    ];
    for (field, value) in lost {
        if let Some(value) = value {
            writing.losses.add(field, value, "a refusal names reference, reason and words");
        }
    }
    Ok(root)
}

/// Drafts a receipt.
pub(super) fn write_receipt(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Transport(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let message = writing.schema.message().to_owned();
    let missing = EncodeError::Missing { field: "transport.reference", message };
    let reference = e.reference.as_ref().ok_or(missing)?;
    let mut root = Draft::new(RECEIPT);
    root.set("MsgId/MsgId", "envelope.message_id", &writing.envelope.message_id);
    root.set("Rpt/RltdRef/Ref", "transport.reference", reference);
    let status = if e.accepted { WELL[0] } else { e.error.as_deref().unwrap_or(REFUSED) };
    root.set("Rpt/ReqHdlg/StsCd", "transport.error", status);
    if let Some(line) = e.line {
        writing.losses.add("transport.line", line, "a receipt names no line");
    }
    Ok(root)
}
