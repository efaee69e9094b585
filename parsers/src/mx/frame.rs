//! Where one message ends and the next begins, and which message a document is.

use std::ops::Range;

use super::open::{Item, Opened, clean};
use crate::limits::Limits;

/// The name space of every ISO 20022 message starts so.
pub(super) const NAME_SPACE: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// Longest broken piece in which another message may begin.
const BROKEN_MAX: usize = 1024;

/// `sese.023.001.11` out of a name space.
pub(super) fn message_of(space: &str) -> Option<&str> {
    let message = space.strip_prefix(NAME_SPACE)?;
    let mut parts = message.split('.');
    let mut part = |length: usize, letters: bool| {
        parts.next().is_some_and(|part| {
            part.len() == length
                && part.bytes().all(|b| if letters { b.is_ascii_lowercase() } else { b.is_ascii_digit() })
        })
    };
    let fits = part(4, true) && part(3, false) && part(3, false) && part(2, false);
    (fits && parts.next().is_none()).then_some(message)
}

/// Splits a stream into messages: one outermost element each, with what stands before it; a business header and the
/// document after it belong together. What cannot be read is one span up to the next XML declaration.
pub(super) fn split(bytes: &[u8], limits: &Limits) -> Vec<Range<usize>> {
    let limits = Limits { fields_max: usize::MAX, ..*limits };
    let mut messages: Vec<Range<usize>> = Vec::new();
    let (mut at, mut clean_end) = (0, 0);
    let mut text = "";
    while let Some(start) = skip_space(bytes, at) {
        if start >= clean_end {
            text = clean(bytes.get(start..).unwrap_or_default());
            clean_end = start + text.len();
        } else {
            text = text.get(text.len() - (clean_end - start)..).unwrap_or_default();
        }
        let end = match first(text, &limits) {
            First::Ends(length) => start + length,
            First::NoElement if clean_end == bytes.len() => {
                // Comments after the last message belong to it.
                let end = trim_end(bytes, start, bytes.len());
                match messages.last_mut() {
                    Some(last) => last.end = end,
                    None => messages.push(start..end),
                }
                break;
            }
            First::NoElement => next_declaration(bytes, clean_end.max(start + 1)),
            First::Broken(from) => next_declaration(bytes, start + from.max(1)),
        };
        messages.push(start..trim_end(bytes, start, end));
        at = end;
    }
    messages
}

/// What comes first in a stream.
enum First {
    /// A message that ends here.
    Ends(usize),
    /// No element at all.
    NoElement,
    /// Something that cannot be read; a new message may begin after here.
    Broken(usize),
}

fn first(text: &str, limits: &Limits) -> First {
    let mut reader = Opened::of(text, limits);
    let (mut header, mut end) = (false, None);
    let mut open = 0;
    loop {
        match reader.next() {
            Ok(Item::Over) => return end.map_or(First::NoElement, First::Ends),
            Ok(item) => {
                let outermost = match item {
                    Item::Start => {
                        let top = reader.depth() == usize::from(!reader.is_empty());
                        if top {
                            let local = reader.name().text().rsplit(':').next().unwrap_or_default();
                            match end {
                                // A header waits for its document; anything else is the next message.
                                Some(end) if !(header && local == "Document") => return First::Ends(end),
                                _ => header = local == "AppHdr" && end.is_none(),
                            }
                        }
                        top && reader.is_empty()
                    }
                    Item::End => reader.depth() == 0,
                    _ => false,
                };
                open = reader.span().end;
                if outermost {
                    end = Some(open);
                    if !header {
                        return First::Ends(open);
                    }
                }
            }
            // A header may stand alone before something that is broken.
            Err(_) if end.is_some() && header => return First::Ends(end.unwrap_or(open)),
            // Markup without an end swallows everything: a second look inside would be at the mercy of its sender.
            Err(broken) if broken.code == "truncated" => return First::Broken(text.len()),
            // A long broken piece is not looked at twice, lest its sender makes us look at it a million times.
            Err(_) if reader.span().len() > BROKEN_MAX => return First::Broken(reader.span().end),
            Err(_) => return First::Broken(open),
        }
    }
}

fn skip_space(bytes: &[u8], from: usize) -> Option<usize> {
    bytes.get(from..)?.iter().position(|b| !b.is_ascii_whitespace()).map(|at| from + at)
}

fn trim_end(bytes: &[u8], start: usize, end: usize) -> usize {
    start + bytes.get(start..end).unwrap_or_default().trim_ascii_end().len()
}

/// Where the next XML declaration starts, or the end.
fn next_declaration(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.windows(6).position(|window| window == b"<?xml ").map_or(bytes.len(), |at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(stream: &str) -> Vec<&str> {
        split(stream.as_bytes(), &Limits::default()).into_iter().map(|range| &stream[range]).collect()
    }

    #[test]
    fn messages_of_a_stream() {
        for (stream, expected) in [
            ("", &[][..]),
            ("  \n", &[]),
            ("<a/>", &["<a/>"]),
            ("\n<a><b/></a>\n\n<c/>\n", &["<a><b/></a>", "<c/>"]),
            (
                "<?xml version='1.0'?><a/>\n<?xml version='1.0'?><b/>",
                &["<?xml version='1.0'?><a/>", "<?xml version='1.0'?><b/>"],
            ),
            (
                "<AppHdr/>\n<Document/><AppHdr>x</AppHdr><Document/>",
                &["<AppHdr/>\n<Document/>", "<AppHdr>x</AppHdr><Document/>"],
            ),
            (
                "<h:AppHdr xmlns:h='x'/><d:Document xmlns:d='y'/>",
                &["<h:AppHdr xmlns:h='x'/><d:Document xmlns:d='y'/>"],
            ),
            ("<AppHdr/><Other/>", &["<AppHdr/>", "<Other/>"]),
            ("<Document/><Document/>", &["<Document/>", "<Document/>"]),
            (
                "<!-- one --><a/><!-- two --><b/><!-- end -->",
                &["<!-- one --><a/>", "<!-- two --><b/><!-- end -->"],
            ),
            ("<a><b></a>\n<?xml version='1.0'?><c/>", &["<a><b></a>", "<?xml version='1.0'?><c/>"]),
            ("<a><b>\n<?xml version='1.0'?><c/>", &["<a><b>", "<?xml version='1.0'?><c/>"]),
            ("<!-- alone -->", &["<!-- alone -->"]),
        ] {
            assert_eq!(parts(stream), expected, "{stream}");
        }
    }

    #[test]
    fn a_broken_byte_does_not_hide_the_messages_before_it() {
        let stream = b"<a/><b>\xE4</b>";
        assert_eq!(split(stream, &Limits::default()), [0..4, 4..stream.len()]);
        let stream = b"<a/><b>\xE4</b><?xml version='1.0'?><c/>";
        assert_eq!(split(stream, &Limits::default()), [0..4, 4..12, 12..stream.len()]);
    }

    #[test]
    fn name_spaces_tell_the_message() {
        assert_eq!(message_of("urn:iso:std:iso:20022:tech:xsd:sese.023.001.11"), Some("sese.023.001.11"));
        for other in [
            "",
            "urn:iso:std:iso:20022:tech:xsd:",
            "urn:iso:std:iso:20022:tech:xsd:sese.23.1.11",
            "urn:swift:sese.023.001.11",
        ] {
            assert_eq!(message_of(other), None, "{other}");
        }
    }
}
