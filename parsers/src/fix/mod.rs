//! FIX 4.4 and FIX 5.0 SP2: post-trade messages and the session under them.
//!
//! ```text
//!   bytes ─▶ frame ─▶ field ─▶ validate (dictionary, groups) ─▶ rules ─▶ allocation_instruction ... ─▶ Event
//!   bytes ◀───────────────── encode ◀────────────────────────── allocation_instruction ... ◀────────── Event
//! ```
//!
//! | message | type | event |
//! |---|---|---|
//! | [`allocation_instruction`] | J | allocation |
//! | [`allocation_instruction_ack`] | P | allocation acknowledgement |
//! | [`allocation_report`] | AS | allocation report |
//! | [`confirmation`] | AK | confirmation |
//! | [`confirmation_ack`] | AU | confirmation acknowledgement |
//! | [`allocation_report_ack`] | AT | allocation report acknowledgement |
//! | [`allocation_alert`] | BM | allocation alert |
//! | [`confirmation_request`] | BH | confirmation request |
//! | [`settlement_instructions`] | T | settlement instruction delivery |
//! | [`settlement_instruction_request`] | AV | settlement instruction request |
//! | [`settlement_obligation_report`] | BQ | settlement obligations |
//! | [`execution_report`] | 8 | execution |
//! | [`trade_capture_report`] | AE | trade capture |
//! | [`trade_capture_report_ack`] | AR | trade capture acknowledgement |
//! | [`trade_capture_report_request`] | AD, AQ | trade capture request and its acknowledgement |
//! | [`rejection`] | 3, j | rejection |
//!
//! [`verdict`] turns what is wrong with a message into the answer that its sender deserves. Session messages (0 to 5, A)
//! are read and checked too, but [`session`] keeps them. Not here: orders, and everything before a trade.

pub mod allocation_alert;
pub mod allocation_instruction;
pub mod allocation_instruction_ack;
pub mod allocation_report;
pub mod allocation_report_ack;
mod blocks;
pub mod confirmation;
pub mod confirmation_ack;
pub mod confirmation_request;
pub mod dictionary;
pub mod echo;
mod encode;
pub mod execution_report;
pub mod fault;
pub mod field;
pub mod frame;
pub mod message;
mod money;
mod page;
mod parties;
pub mod reading;
pub mod rejection;
pub mod rules;
pub mod session;
pub mod settlement_instruction_request;
pub mod settlement_instructions;
pub mod settlement_obligation_report;
pub mod trade_capture_report;
pub mod trade_capture_report_ack;
pub mod trade_capture_report_request;
mod validate;
pub mod verdict;
mod view;

use std::ops::Range;

use crate::codec::{Decoded, Depth, EncodeError, Encoded, Envelope};
use crate::detect::Protocol;
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::limits::Limits;
use crate::model::{Event, Fault};
use message::Message;

pub use page::{reasons_page, spec_page};
pub use reading::{Reading, Switches};

/// The versions of FIX, oldest first. From 5.0 on the session is FIXT.1.1 and the version is an ApplVerID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// FIX.4.0.
    Fix40,
    /// FIX.4.1.
    Fix41,
    /// FIX.4.2.
    Fix42,
    /// FIX.4.3.
    Fix43,
    /// FIX.4.4.
    Fix44,
    /// FIXT.1.1 with ApplVerID 7 (FIX 5.0).
    Fix50,
    /// FIXT.1.1 with ApplVerID 8 (FIX 5.0 SP1).
    Fix50Sp1,
    /// FIXT.1.1 with ApplVerID 9 (FIX 5.0 SP2).
    Fix50Sp2,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Version; 8] = [
        Version::Fix40,
        Version::Fix41,
        Version::Fix42,
        Version::Fix43,
        Version::Fix44,
        Version::Fix50,
        Version::Fix50Sp1,
        Version::Fix50Sp2,
    ];

    /// Tag 8.
    pub fn begin_string(self) -> &'static str {
        match self {
            Version::Fix40 => "FIX.4.0",
            Version::Fix41 => "FIX.4.1",
            Version::Fix42 => "FIX.4.2",
            Version::Fix43 => "FIX.4.3",
            Version::Fix44 => "FIX.4.4",
            Version::Fix50 | Version::Fix50Sp1 | Version::Fix50Sp2 => "FIXT.1.1",
        }
    }

    /// Whether session and application have versions of their own (FIXT.1.1).
    pub fn is_fixt(self) -> bool {
        self >= Version::Fix50
    }

    /// ApplVerID (1128, 1137).
    pub fn appl_ver_id(self) -> &'static str {
        match self {
            Version::Fix40 => "2",
            Version::Fix41 => "3",
            Version::Fix42 => "4",
            Version::Fix43 => "5",
            Version::Fix44 => "6",
            Version::Fix50 => "7",
            Version::Fix50Sp1 => "8",
            Version::Fix50Sp2 => "9",
        }
    }

    /// The version of an ApplVerID.
    pub fn from_appl_ver_id(id: &[u8]) -> Option<Version> {
        Version::ALL.into_iter().find(|v| v.appl_ver_id().as_bytes() == id)
    }

    /// For people: `FIX 4.4`.
    pub fn name(self) -> &'static str {
        match self {
            Version::Fix40 => "FIX 4.0",
            Version::Fix41 => "FIX 4.1",
            Version::Fix42 => "FIX 4.2",
            Version::Fix43 => "FIX 4.3",
            Version::Fix44 => "FIX 4.4",
            Version::Fix50 => "FIX 5.0",
            Version::Fix50Sp1 => "FIX 5.0 SP1",
            Version::Fix50Sp2 => "FIX 5.0 SP2",
        }
    }
}

/// Where the messages of a file stand.
pub fn split(bytes: &[u8], limits: &Limits) -> Vec<Range<usize>> {
    frame::spans(bytes, limits)
}

/// Decodes one message.
pub fn decode(raw: &[u8], limits: &Limits, depth: Depth) -> Decoded {
    let mut findings = Findings::new(limits.diagnostics_max);
    let Some(message) = Message::read(raw, limits, &mut findings) else {
        findings.push(
            Diagnostic::error(Layer::Syntax, "no-begin-string", 0..raw.len().min(1), "no BeginString (8=)")
                .hint("a FIX message begins with 8=FIX"),
        );
        return Decoded {
            protocol: Some(Protocol::Fix),
            message_type: String::new(),
            addressee: None,
            diagnostics: findings.into_vec(),
            event: None,
            refusal: None,
            encoded: raw.to_vec(),
            fields: Vec::new(),
        };
    };
    meaning(&message, findings, depth)
}

/// What a message says that was taken apart already; `findings` are those made meanwhile.
pub(crate) fn meaning(message: &Message<'_>, mut findings: Findings, depth: Depth) -> Decoded {
    let readable = !findings
        .list()
        .iter()
        .any(|d| d.layer == Layer::Syntax && d.severity == crate::diagnostic::Severity::Error);
    let event = if readable {
        rules::check(message, &mut findings);
        to_event(message, &mut findings)
    } else {
        None
    };
    let refusal = match &event {
        Some(_) => verdict::verdict(message, findings.list()),
        None => verdict::of_unreadable(message, findings.list()),
    };
    let full = depth == Depth::Full;
    Decoded {
        protocol: Some(Protocol::Fix),
        message_type: message.msg_type().to_owned(),
        addressee: None,
        diagnostics: findings.into_vec(),
        event,
        refusal: refusal.map(Box::new),
        encoded: if full { message.encode() } else { Vec::new() },
        fields: if full { message.tree() } else { Vec::new() },
    }
}

fn to_event(message: &Message<'_>, findings: &mut Findings) -> Option<Event> {
    view::understand(message, findings, |view| match message.msg_type() {
        "J" => allocation_instruction::decode(view).map(|e| Event::Allocation(Box::new(e))),
        "P" => {
            allocation_instruction_ack::decode(view).map(|e| Event::AllocationAcknowledgement(Box::new(e)))
        }
        "AS" => allocation_report::decode(view).map(|e| Event::AllocationReport(Box::new(e))),
        "AK" => confirmation::decode(view).map(|e| Event::Confirmation(Box::new(e))),
        "AU" => confirmation_ack::decode(view).map(|e| Event::ConfirmationAcknowledgement(Box::new(e))),
        "AT" => {
            allocation_report_ack::decode(view).map(|e| Event::AllocationReportAcknowledgement(Box::new(e)))
        }
        "BM" => allocation_alert::decode(view).map(|e| Event::AllocationAlert(Box::new(e))),
        "BH" => confirmation_request::decode(view).map(|e| Event::ConfirmationRequest(Box::new(e))),
        "T" => settlement_instructions::decode(view).map(|e| Event::InstructionDelivery(Box::new(e))),
        "AV" => settlement_instruction_request::decode(view).map(|e| Event::InstructionRequest(Box::new(e))),
        "BQ" => settlement_obligation_report::decode(view).map(|e| Event::Obligations(Box::new(e))),
        "8" => execution_report::decode(view).map(|e| Event::Execution(Box::new(e))),
        "AE" => trade_capture_report::decode(view).map(|e| Event::TradeCapture(Box::new(e))),
        "AR" => {
            trade_capture_report_ack::decode(view).map(|e| Event::TradeCaptureAcknowledgement(Box::new(e)))
        }
        "AD" => trade_capture_report_request::decode(view).map(|e| Event::TradeCaptureRequest(Box::new(e))),
        "AQ" => trade_capture_report_request::decode_answer(view)
            .map(|e| Event::TradeCaptureRequestAcknowledgement(Box::new(e))),
        "3" => rejection::decode(view, Fault::Form).map(|e| Event::Rejection(Box::new(e))),
        "j" => rejection::decode(view, Fault::Business).map(|e| Event::Rejection(Box::new(e))),
        _ => None,
    })
}

/// Writes an event.
pub fn encode_event(event: &Event, version: Version, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    write_event(event, version, envelope, true)
}

/// Writes an event. `reread`: whether the message is read again to say what its version does not allow.
pub(crate) fn write_event(
    event: &Event,
    version: Version,
    envelope: &Envelope,
    reread: bool,
) -> Result<Encoded, EncodeError> {
    let mut writer = encode::Writer::new(version, envelope, reread);
    match event {
        Event::Allocation(e) => allocation_instruction::encode(e, &mut writer)?,
        Event::AllocationAcknowledgement(e) => allocation_instruction_ack::encode(e, &mut writer)?,
        Event::AllocationReport(e) => allocation_report::encode(e, &mut writer)?,
        Event::Confirmation(e) => confirmation::encode(e, &mut writer)?,
        Event::ConfirmationAcknowledgement(e) => confirmation_ack::encode(e, &mut writer)?,
        Event::AllocationReportAcknowledgement(e) => allocation_report_ack::encode(e, &mut writer)?,
        Event::AllocationAlert(e) => allocation_alert::encode(e, &mut writer)?,
        Event::ConfirmationRequest(e) => confirmation_request::encode(e, &mut writer)?,
        Event::InstructionDelivery(e) => settlement_instructions::encode(e, &mut writer)?,
        Event::InstructionRequest(e) => settlement_instruction_request::encode(e, &mut writer)?,
        Event::Obligations(e) => settlement_obligation_report::encode(e, &mut writer)?,
        Event::Execution(e) => execution_report::encode(e, &mut writer)?,
        Event::TradeCapture(e) => trade_capture_report::encode(e, &mut writer)?,
        Event::TradeCaptureAcknowledgement(e) => trade_capture_report_ack::encode(e, &mut writer)?,
        Event::TradeCaptureRequest(e) => trade_capture_report_request::encode(e, &mut writer)?,
        Event::TradeCaptureRequestAcknowledgement(e) => {
            trade_capture_report_request::encode_answer(e, &mut writer)?;
        }
        Event::Rejection(e) => rejection::encode(e, &mut writer)?,
        other => return Err(EncodeError::NoMessage { event: other.kind().name(), protocol: version.name() }),
    }
    if !writer.is_spoken() {
        // A message that came with a later version.
        return Err(EncodeError::NoMessage { event: event.kind().name(), protocol: version.name() });
    }
    writer.finish()
}
