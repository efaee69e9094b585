//! What every MX target shares: bytes are read as a message or a stream, and what must hold is asserted.

use finality_parsers::codec::Depth;
use finality_parsers::limits::Limits;
use finality_parsers::mx;

#[path = "pieces.rs"]
mod pieces;

use pieces::Pieces;

/// Limits that a short input can reach.
fn small() -> Limits {
    Limits { message_bytes_max: 4_096, depth_max: 24, fields_max: 600, ..Limits::default() }
}

/// MX: whatever comes is taken apart, given back to the byte and never judged twice differently.
pub(crate) fn message(data: &[u8]) {
    let data = data.get(1..).unwrap_or_default();
    let decoded = mx::decode(data, &small(), Depth::Full);
    assert_eq!(decoded.encoded, data, "every byte is given back");
    let again = mx::decode(data, &small(), Depth::Event);
    assert_eq!(again.diagnostics, decoded.diagnostics, "the depth changes no finding");
    for d in &decoded.diagnostics {
        assert!(d.span.start <= d.span.end && d.span.end <= data.len(), "{d:?} points into the message");
    }
    let edited = mx::with_value(data, "/Document/SctiesSttlmTxInstr/TxId", "A&B", &small());
    if let Ok(edited) = edited {
        let again = mx::with_value(&edited, "/Document/SctiesSttlmTxInstr/TxId", "A&B", &small());
        assert_eq!(again.as_ref(), Ok(&edited), "a value put in its own place changes nothing");
    }
}

/// A stream of messages, and the records of one: any chunking gives the same.
pub(crate) fn stream(data: &[u8]) {
    let Some((&chunk, bytes)) = data.split_first() else { return };
    let mut at = 0;
    for range in mx::split(bytes, &small()) {
        assert!(at <= range.start && range.start <= range.end && range.end <= bytes.len());
        at = range.end;
    }
    let pieces = |size: usize| {
        let mut messages = mx::stream::Messages::new(Pieces(bytes, size), Limits::default());
        let mut found = Vec::new();
        while let Ok(Some(piece)) = messages.next() {
            let start = usize::try_from(piece.offset).expect("short");
            assert_eq!(bytes.get(start..start + piece.bytes.len()), Some(piece.bytes));
            found.push(start..start + piece.bytes.len());
        }
        found
    };
    assert_eq!(pieces(bytes.len().max(1)), pieces(usize::from(chunk).max(1)));
    let records = |size: usize| {
        let mut records = mx::stream::Records::new(Pieces(bytes, size), Limits::default());
        let mut found = Vec::new();
        while let Ok(Some(piece)) = records.next() {
            found.push((piece.offset, piece.bytes.to_vec(), piece.diagnostics));
        }
        (found, records.rest())
    };
    assert_eq!(records(bytes.len().max(1)), records(usize::from(chunk).max(1)));
}
