//! The same pieces as the library's: quick-xml reads whole documents here, and what is read beside it is held to that.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{Item, Opened, is_blank};
use crate::limits::Limits;

/// The pieces of a document, as the library takes it apart; `None` where it does not.
fn by_library(text: &str) -> Option<Vec<(Item, Range<usize>)>> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_comments = true;
    config.trim_markup_names_in_closing_tags = true;
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut pieces = Vec::new();
    if mark > 0 {
        pieces.push((Item::Mark, 0..mark));
    }
    let mut start = mark;
    loop {
        let event = reader.read_event().ok()?;
        let end = mark + usize::try_from(reader.buffer_position()).expect("a place in memory");
        let item = match event {
            Event::Start(_) | Event::Empty(_) => Item::Start,
            Event::End(_) => Item::End,
            Event::Text(_) if is_blank(&text[start..end]) => Item::Blank,
            Event::Text(_) => Item::Text,
            Event::GeneralRef(_) => Item::Reference,
            Event::CData(_) => Item::CData,
            Event::Comment(_) => Item::Comment,
            Event::Decl(_) | Event::PI(_) => Item::Instruction,
            Event::DocType(_) => return None,
            Event::Eof => return Some(pieces),
        };
        pieces.push((item, start..end));
        start = end;
    }
}

/// The pieces that are read here; `None` where the document is refused.
fn by_us(text: &str) -> Option<Vec<(Item, Range<usize>)>> {
    let mut reader = Opened::of(text, &Limits::default());
    let mut pieces = Vec::new();
    loop {
        match reader.next().ok()? {
            Item::Over => return Some(pieces),
            item => pieces.push((item, reader.span())),
        }
    }
}

/// Says how a document was taken: by both alike, or by neither. What is refused here and not there must be something that the
/// library leaves to its user.
fn judge(text: &str) -> bool {
    match (by_us(text), by_library(text)) {
        (Some(ours), theirs) => {
            assert_eq!(Some(ours), theirs, "{text}");
            true
        }
        (None, _) => false,
    }
}

/// A sequence that is the same on every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// What is put in at random: the markup that the quick way does not take, and beginnings of it.
const BITS: &[&str] = &[
    "<",
    ">",
    "/",
    "</",
    "/>",
    "&",
    "&amp;",
    "&#65;",
    ";",
    "<!--",
    "-->",
    "<!-- x -->",
    "<![CDATA[",
    "]]>",
    "<![CDATA[>]]>",
    "<?x y?>",
    "?>",
    "'",
    "\"",
    " ",
    "\n",
    "\t ",
    "=",
    " a='>'",
    " b=\"/>\"",
    " c = 'd' ",
    "<a>",
    "</a>",
    "<a/>",
    "<b c='<'/>",
    "\u{e4}",
    "\u{feff}",
    ":",
    "\r\n",
];

/// With headers and envelopes, comments, supplementary data, accents, prefixes.
const SAMPLES: [&str; 8] = [
    include_str!("../../../../samples/mx/sese.023-full.xml"),
    include_str!("../../../../samples/mx/sese.023-typical.xml"),
    include_str!("../../../../samples/mx/sese.024-full.xml"),
    include_str!("../../../../samples/mx/sese.025-typical.xml"),
    include_str!("../../../../samples/mx/semt.018-full.xml"),
    include_str!("../../../../samples/mx/semt.044-full.xml"),
    include_str!("../../../../samples/mx/sese.037-typical.xml"),
    include_str!("../../../../samples/mx/head.002-full.xml"),
];

#[test]
fn samples_and_what_is_made_of_them_are_taken_apart_as_by_the_library() {
    let mut draws = Draws(20_022);
    let (mut taken, mut refused) = (0, 0);
    for text in SAMPLES {
        assert!(judge(text), "a sample is well-formed");
        taken += 1;
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        for _ in 0..500 {
            let mut changed = text.to_owned();
            for _ in 0..=draws.below(3) {
                let at = places[draws.below(places.len())];
                let Some(rest) = changed.get(at..) else { continue };
                let end = at + rest.chars().take(draws.below(6)).map(char::len_utf8).sum::<usize>();
                changed.replace_range(at..end, BITS[draws.below(BITS.len())]);
            }
            if judge(&changed) {
                taken += 1;
            } else {
                refused += 1;
            }
        }
    }
    assert!(taken > 500 && refused > 500, "{taken} taken, {refused} refused");
}

#[test]
fn short_documents_of_odd_markup_are_taken_apart_as_by_the_library() {
    let mut draws = Draws(15_022);
    let mut taken = 0;
    for _ in 0..200_000 {
        let mut text = String::from(["", "\u{feff}", "<?xml version='1.0'?>", "<a>"][draws.below(4)]);
        for _ in 0..draws.below(9) {
            text.push_str(BITS[draws.below(BITS.len())]);
        }
        if draws.below(2) == 0 {
            text.push_str("</a>");
        }
        taken += usize::from(judge(&text));
    }
    assert!(taken > 1_000, "{taken} taken");
}
