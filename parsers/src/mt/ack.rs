//! F21: the network's answer to a transmission, `{1:F21...}{4:{177:..}{451:0}{108:..}}`, alone or before a copy of the
//! original message.

use super::encode::{exact, invalid, terminal, verified};
use super::frame::Frame;
use super::value;
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::diagnostic::{Diagnostic, Findings, Layer};
use crate::model::{Event, TransportAcknowledgement};

/// What the answer says; `Err` names what is missing for it.
pub(super) fn read(frame: &Frame<'_>) -> Result<Event, &'static str> {
    let accepted = match frame.tag(b"4", b"451") {
        Some(b"0") => true,
        Some(b"1") => false,
        _ => return Err("451"),
    };
    // The user reference may stand in the copy of the original only.
    let copied = || {
        let headers = frame.blocks.iter().filter(|b| b.id.of(frame.raw) == b"3");
        let mut tags = headers.flat_map(|b| frame.tags_of(b));
        tags.find(|t| t.name.of(frame.raw) == b"108").map(|t| t.value.of(frame.raw))
    };
    let reference = frame.tag(b"4", b"108").or_else(copied).and_then(value::parsed);
    let error = frame.tag(b"4", b"405");
    let code = error.map(|e| value::text(e.get(..3).unwrap_or(e)));
    let line = error.and_then(|e| value::parsed(e.get(3..)?));
    Ok(Event::Transport(Box::new(TransportAcknowledgement { accepted, reference, error: code, line })))
}

/// What is wrong with the answer itself.
pub(super) fn check(frame: &Frame<'_>, findings: &mut Findings) {
    let Some(block) = frame.block(b"4") else {
        let text = "an acknowledgement must have a block 4 with tags 177 and 451";
        findings.push(
            Diagnostic::error(Layer::Structure, "missing-block", 0..frame.raw.len().min(1), text).at("4"),
        );
        return;
    };
    let span = block.id.range();
    let mut wrong = |tag: &str, code, text: &str, hint: &str| {
        findings.push(
            Diagnostic::error(Layer::Structure, code, span.clone(), text).at(format!("4/{tag}")).hint(hint),
        );
    };
    match frame.tag(b"4", b"177") {
        None => wrong("177", "missing-tag", "tag 177, date and time, is missing", "add {177:YYMMDDHHMM}"),
        Some(at) if at.len() != 10 || !at.iter().all(u8::is_ascii_digit) => {
            wrong(
                "177",
                "tag-format",
                "tag 177 must have ten digits, YYMMDDHHMM",
                "write date and time of the answer",
            );
        }
        Some(_) => {}
    }
    let accepted = frame.tag(b"4", b"451");
    match accepted {
        None => wrong("451", "missing-tag", "tag 451, accepted or not, is missing", "add {451:0} or {451:1}"),
        Some(b"0" | b"1") => {}
        Some(_) => wrong("451", "tag-format", "tag 451 must be 0 (accepted) or 1 (refused)", "write 0 or 1"),
    }
    match frame.tag(b"4", b"405") {
        None if accepted == Some(b"1") => {
            wrong(
                "405",
                "missing-tag",
                "a refusal must say why in tag 405",
                "add the error code, as in {405:T26012}",
            );
        }
        Some(error) if !well_formed(error) => {
            wrong(
                "405",
                "tag-format",
                "tag 405 must be a code of three, perhaps with a line number of three digits",
                "as in {405:T26012}",
            );
        }
        _ => {}
    }
}

fn well_formed(error: &[u8]) -> bool {
    let code = error.get(..3).is_some_and(|c| c.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
    let line = error.get(3..).unwrap_or_default();
    code && (line.is_empty() || (line.len() == 3 && line.iter().all(u8::is_ascii_digit)))
}

/// Writes an answer. The time of the answer is the envelope's.
pub(super) fn write(event: &TransportAcknowledgement, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let sender = terminal("envelope.sender", &envelope.sender, 'A')?;
    let mut text = format!(
        "{{177:{}}}{{451:{}}}",
        envelope.created.utc().format("%y%m%d%H%M"),
        u8::from(!event.accepted)
    );
    match (&event.error, event.line) {
        (Some(code), line) => {
            let line = line.map_or_else(String::new, |l| format!("{l:03}"));
            let error = format!("{code}{line}");
            if !well_formed(error.as_bytes()) {
                return Err(invalid(
                    "transport.error",
                    &error,
                    "MT has a code of three and a line number of up to three digits",
                ));
            }
            text.push_str(&format!("{{405:{error}}}"));
        }
        (None, Some(line)) => {
            return Err(invalid(
                "transport.line",
                &line.to_string(),
                "a line number needs an error code before it",
            ));
        }
        (None, None) => {}
    }
    if let Some(reference) = &event.reference {
        text.push_str(&format!("{{108:{}}}", exact("transport.reference", reference.as_str(), 16)?));
    }
    verified(format!("{{1:F21{sender}0000000000}}{{4:{text}}}").into_bytes(), "F21", Vec::new())
}
