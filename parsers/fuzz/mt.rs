//! What every MT target shares: bytes are read as a message, a text or a batch, and what must hold is asserted.

use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::Findings;
use finality_parsers::limits::Limits;
use finality_parsers::mt;

#[path = "pieces.rs"]
mod pieces;

use pieces::Pieces;

/// Limits that a short input can reach.
fn small() -> Limits {
    Limits { message_bytes_max: 4_096, depth_max: 12, fields_max: 600, ..Limits::default() }
}

/// MT: whatever comes is taken apart, given back to the byte and never judged twice differently.
pub(crate) fn message(data: &[u8]) {
    let decoded = mt::decode(data, &small(), Depth::Full);
    assert_eq!(decoded.encoded, data, "every byte is given back");
    let again = mt::decode(data, &small(), Depth::Event);
    assert_eq!(again.diagnostics, decoded.diagnostics, "memory that was used before changes nothing");
    for d in &decoded.diagnostics {
        assert!(d.span.start <= d.span.end && d.span.end <= data.len(), "{d:?} points into the message");
    }
}

/// MT with a sound envelope around the text, for each type that has a table: the first byte says which.
pub(crate) fn text(data: &[u8]) {
    let Some((&which, text)) = data.split_first() else { return };
    let types: Vec<_> = mt::releases::types().collect();
    let kind = types[usize::from(which) % types.len()];
    let head = format!("{{1:F01LUMNLULLAXXX4711241403}}{{2:I{kind}CUSVDEFFXXXXN}}{{4:\r\n");
    let message = [head.as_bytes(), text, b"\r\n-}"].concat();
    self::message(&message);
    // What is strictly good can be answered, and one value of it be changed alone.
    let mut findings = Findings::new(20);
    let read = mt::message::Message::read(&message, &small(), &mut findings);
    let count = read.frame.fields().len();
    if let Some(field) = count.checked_sub(1).map(|last| usize::from(which) % (last + 1)) {
        let same = read.frame.with_value(field, read.frame.fields()[field].value.of(&message));
        assert_eq!(same.as_deref(), Some(&message[..]), "a value put in its own place changes nothing");
    }
}

/// A batch: any chunking gives the same messages, in order, and nothing between them but separators.
pub(crate) fn batch(data: &[u8]) {
    let Some((&chunk, bytes)) = data.split_first() else { return };
    let whole: Vec<_> = mt::split(bytes, &small()).into_iter().filter(|r| r.len() <= 4_096).collect();
    let mut batch = mt::batch::Batch::new(Pieces(bytes, usize::from(chunk).max(1)), small());
    let mut streamed = Vec::new();
    loop {
        match batch.next() {
            Ok(None) => break,
            Ok(Some(piece)) => {
                let start = usize::try_from(piece.offset).expect("short");
                assert_eq!(bytes.get(start..start + piece.bytes.len()), Some(piece.bytes));
                streamed.push(start..start + piece.bytes.len());
            }
            Err(mt::batch::BatchError::TooLong { .. }) => {}
            Err(e) => panic!("{e}"),
        }
    }
    assert_eq!(streamed, whole);
}
