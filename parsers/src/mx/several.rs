//! The messages of one envelope, each with the envelope around it: its name spaces, its prefixes and its header count for every
//! document in it, so each can be read alone.
//!
//! One rule says what one message is, for all of the program: **a document with its header**. An envelope of several documents
//! is as many messages; where it breaks off, what breaks off is one more; an envelope without a document is one.

use std::borrow::Cow;
use std::ops::Range;

use super::envelopes::{self, Pair, pairs};
use super::tables;
use super::walk::{Body, Walked, walk};
use crate::limits::Limits;

/// The messages of an envelope.
pub(super) struct Several<'a> {
    /// The bytes of each, in order; one at least.
    pub(super) messages: Vec<Cow<'a, [u8]>>,
    /// The last of several is what breaks off.
    pub(super) breaks_off: bool,
}

/// Takes an envelope apart. One that holds one message, as nearly all do, is not walked through.
pub(super) fn of<'a>(raw: &'a [u8], limits: &Limits) -> Several<'a> {
    let alone = Several { messages: vec![Cow::Borrowed(raw)], breaks_off: false };
    if !(may_be_several(raw) || may_break_off(raw)) || raw.len() > limits.message_bytes_max {
        return alone;
    }
    let walked = walk(raw, limits, false, &tables::find);
    let pairs = pairs(&walked.bodies, &walked.outline);
    let tail = tail(&walked, &pairs);
    if pairs.len() + usize::from(tail.is_some()) < 2 {
        return alone;
    }
    let span = |body: &Body| walked.outline.at(body.element).map_or(0..0, |at| at.span());
    let parts = |pair: &Pair<'_>| [pair.header, pair.document].map(|body| body.map(span));
    let (whole, broken): (Vec<&Pair<'_>>, Vec<&Pair<'_>>) =
        pairs.iter().partition(|pair| is_whole(&walked, pair, pairs.len()));
    let all: Vec<Range<usize>> = whole.iter().flat_map(|pair| parts(pair)).flatten().collect();
    // What breaks off is left out of those before it, and the envelope around each is closed; its own message is all that
    // is not theirs.
    let starts = |pair: &&Pair<'_>| {
        let header = pair.header.filter(|_| !pair.shared);
        header.or(pair.document).map(|body| span(body).start)
    };
    let end = broken.iter().filter_map(starts).chain(tail).min();
    let before = raw.get(..end.unwrap_or(raw.len())).unwrap_or_default();
    let closed = end.map(|end| closing(&walked, raw, end)).unwrap_or_default();
    let mut messages: Vec<Cow<'_, [u8]>> = whole
        .iter()
        .map(|pair| Cow::Owned([without(before, &all, &parts(pair)), closed.clone()].concat()))
        .collect();
    if end.is_some() {
        messages.push(Cow::Owned(without(raw, &all, &[None, None])));
    }
    Several { messages, breaks_off: walked.broken.is_some() }
}

/// The end tags of the elements that begin before a place and are not closed there, the innermost first.
fn closing(walked: &Walked<'_>, raw: &[u8], end: usize) -> Vec<u8> {
    let mut tags: Vec<u8> = Vec::new();
    let elements = (0..walked.outline.elements.len()).filter_map(|index| walked.outline.at(index));
    let open = elements.filter(|at| {
        let span = at.span();
        span.start < end && (span.end > end || !is_closed(raw.get(span).unwrap_or_default()))
    });
    let names: Vec<&[u8]> = open.filter_map(|at| written_name(raw.get(at.span())?)).collect();
    for name in names.iter().rev() {
        tags.extend_from_slice(b"</");
        tags.extend_from_slice(name);
        tags.push(b'>');
    }
    tags
}

/// Whether an element has its end: the place of one that was not closed is its start tag.
fn is_closed(element: &[u8]) -> bool {
    element.ends_with(b"/>") || memchr::memmem::find(element, b"</").is_some()
}

/// The name in a start tag, with its prefix.
fn written_name(tag: &[u8]) -> Option<&[u8]> {
    let name = tag.strip_prefix(b"<")?;
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'>');
    Some(name.get(..name.iter().position(ends)?)?).filter(|name| !name.is_empty())
}

/// Where what breaks off begins, when all documents before it are whole.
pub(super) fn tail(walked: &Walked<'_>, pairs: &[Pair<'_>]) -> Option<usize> {
    let broken = walked.broken.as_ref()?;
    if !pairs.iter().all(|pair| is_whole(walked, pair, pairs.len())) {
        return None;
    }
    // Behind the only document may stand a header that is not its own.
    match pairs {
        [only] => only.document.and_then(|body| walked.outline.at(body.element)).map(|at| at.span().end),
        _ => Some(broken.span.start),
    }
}

/// Whether a message can be read: nothing is broken, or only what stands behind it is.
pub(super) fn is_whole(walked: &Walked<'_>, pair: &Pair<'_>, of: usize) -> bool {
    let closed = |body: &Body| envelopes::is_closed(body, &walked.outline);
    walked.broken.is_none() || (of > 1 || is_inside(walked, pair)) && pair.document.is_some_and(closed)
}

/// Whether the document has an envelope around it, so that more may follow.
fn is_inside(walked: &Walked<'_>, pair: &Pair<'_>) -> bool {
    let element =
        pair.document.and_then(|body| Some((body.element, walked.outline.elements.get(body.element)?)));
    element.is_some_and(|(index, element)| element.parent as usize != index)
}

/// The bytes without those parts of others; what is kept of a header that several have in common stays.
fn without(raw: &[u8], all: &[Range<usize>], own: &[Option<Range<usize>>; 2]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(raw.len() / all.len().max(1));
    let mut at = 0;
    let mut others: Vec<&Range<usize>> =
        all.iter().filter(|part| !own.iter().flatten().any(|o| o == *part)).collect();
    others.sort_by_key(|part| part.start);
    for part in others {
        kept.extend_from_slice(raw.get(at..part.start).unwrap_or_default());
        at = part.end.max(at);
    }
    kept.extend_from_slice(raw.get(at..).unwrap_or_default());
    kept
}

/// Whether there may be two documents in it. Says yes too often rather than too seldom.
fn may_be_several(raw: &[u8]) -> bool {
    /// Longer prefixes are not looked through.
    const PREFIX_MAX: usize = 64;
    let starts = |at: &usize| {
        let before = raw.get(at.saturating_sub(PREFIX_MAX)..*at).unwrap_or_default();
        match before.last() {
            Some(b'<') => true,
            Some(b':') => {
                let opened = before.iter().rposition(|b| *b == b'<').and_then(|open| before.get(open + 1));
                opened.is_none_or(|first| *first != b'/')
            }
            _ => false,
        }
    };
    memchr::memmem::find_iter(raw, b"Document").filter(starts).nth(1).is_some()
}

/// Whether an envelope does not end with its own end tag. Says yes too often rather than too seldom.
fn may_break_off(raw: &[u8]) -> bool {
    let mut tags = memchr::memchr_iter(b'<', raw).filter_map(|at| raw.get(at..));
    let first = tags.find(|tag| !matches!(tag.get(1), Some(b'?' | b'!')));
    let Some(name) = first.and_then(written_name) else { return false };
    let local = name.rsplit(|b| *b == b':').next().unwrap_or_default();
    // Without an envelope nothing follows a document.
    if matches!(local, b"Document" | b"AppHdr") {
        return false;
    }
    let ends = raw.trim_ascii_end().strip_suffix(b">").map(<[u8]>::trim_ascii_end);
    !ends.and_then(|raw| raw.strip_suffix(name)).is_some_and(|raw| raw.ends_with(b"</"))
}
