//! Files and standard input: read whole, taken apart into messages, and positions in them counted for people.

use std::io::{self, Read};
use std::ops::Range;

use finality_parsers::codec::{self, Decoded, Depth};
use finality_parsers::limits::Limits;
use finality_parsers::mx::{Lookup, tables};

use super::exit::{Exit, Failure, complain};
use super::plan::Source;

/// The bytes of a file, and the name by which people know it.
#[derive(Debug)]
pub struct Input {
    /// As it was typed; `-` for standard input.
    pub name: String,
    /// All of it.
    pub bytes: Vec<u8>,
}

/// One message of a file.
#[derive(Debug)]
pub struct Message {
    /// Which one of the file, from 1.
    pub index: usize,
    /// Where it stands in the file.
    pub range: Range<usize>,
    /// What it turned out to be.
    pub decoded: Decoded,
}

/// Several messages in one envelope, or the only one.
#[derive(Debug)]
pub struct Envelope {
    /// Where it stands in the file.
    pub range: Range<usize>,
    /// The messages in it; one at least.
    pub messages: Vec<Decoded>,
}

impl Input {
    /// Reads all of it.
    pub fn read(source: &Source) -> Result<Self, Failure> {
        let bytes = match source {
            Source::Stdin => {
                let mut bytes = Vec::new();
                io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
            }
            Source::File(path) => std::fs::read(path),
        };
        match bytes {
            Ok(bytes) => Ok(Self { name: source.name(), bytes }),
            Err(e) => Err(Failure::input(format!("{}: it cannot be read: {e}", source.name()))),
        }
    }

    /// The documents one by one, with tables from here: several of one envelope are several messages, each with the range of
    /// the envelope.
    pub fn documents<'t>(&'t self, depth: Depth, lookup: Lookup<'t>) -> impl Iterator<Item = Message> + 't {
        let limits = Limits::default();
        let documents = codec::split(&self.bytes, &limits).into_iter().flat_map(move |range| {
            let raw = self.bytes.get(range.clone()).unwrap_or_default();
            let all = codec::decode_all(raw, &limits, depth, lookup).into_iter();
            all.map(move |decoded| (range.clone(), decoded))
        });
        documents.enumerate().map(|(at, (range, decoded))| Message { index: at + 1, range, decoded })
    }

    /// The envelopes one by one, each with all messages in it.
    pub fn envelopes(&self, depth: Depth) -> impl Iterator<Item = Envelope> + '_ {
        let limits = Limits::default();
        codec::split(&self.bytes, &limits).into_iter().map(move |range| {
            let raw = self.bytes.get(range.clone()).unwrap_or_default();
            Envelope { messages: codec::decode_all(raw, &limits, depth, &tables::find), range }
        })
    }

    /// For sentences about one message: `trades.rje (message 3)`.
    pub fn place(&self, index: usize) -> String {
        format!("{} (message {index})", self.name)
    }
}

/// Reads the sources one after the other and hands them on. One that cannot be read or holds no message is reported on
/// standard error and does not keep the others from being read; it makes the whole run [`Exit::Input`].
pub fn each(
    sources: &[Source],
    mut use_it: impl FnMut(&Input) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let mut worst = Exit::Ok;
    for source in sources {
        let exit = match Input::read(source) {
            Ok(input) if codec::split(&input.bytes, &Limits::default()).is_empty() => {
                complain(&format!("{}: there is no message in it", input.name));
                Exit::Input
            }
            Ok(input) => use_it(&input)?,
            Err(failure) => {
                complain(&failure.to_string());
                failure.exit
            }
        };
        worst = worst.or(exit);
    }
    Ok(worst)
}

/// Counts lines and columns of a file. Positions mostly come in ascending order: then no byte is looked at twice, however
/// many findings there are and however long the lines.
#[derive(Debug)]
pub struct Positions<'a> {
    bytes: &'a [u8],
    at: usize,
    line: usize,
    line_start: usize,
    /// Characters of the line before `at`; `None` once the line is no UTF-8, and bytes are counted.
    characters: Option<usize>,
}

impl<'a> Positions<'a> {
    /// From the start of a file.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, line: 1, line_start: 0, characters: Some(0) }
    }

    /// Line and column of an offset, both from 1, as [`finality_parsers::diagnostic::line_column`] counts them.
    pub fn locate(&mut self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.bytes.len());
        if offset < self.line_start {
            *self = Self::new(self.bytes);
        } else if offset < self.at {
            (self.at, self.characters) = (self.line_start, Some(0));
        }
        let passed = self.bytes.get(self.at..offset).unwrap_or_default();
        if let Some(last) = passed.iter().rposition(|b| *b == b'\n') {
            self.line += passed.iter().filter(|b| **b == b'\n').count();
            self.line_start = self.at + last + 1;
            (self.at, self.characters) = (self.line_start, Some(0));
        }
        let rest = self.bytes.get(self.at..offset).unwrap_or_default();
        let in_bytes = offset - self.line_start + 1;
        let column = match (self.characters, std::str::from_utf8(rest)) {
            (Some(before), Ok(text)) => {
                let characters = before + text.chars().count();
                self.characters = Some(characters);
                characters + 1
            }
            // In the middle of a character: what stands behind may be well-formed again.
            (Some(_), Err(e)) if e.error_len().is_none() => return (self.line, in_bytes),
            _ => {
                self.characters = None;
                in_bytes
            }
        };
        self.at = offset;
        (self.line, column)
    }
}

#[cfg(test)]
mod tests {
    use finality_parsers::diagnostic::line_column;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn positions_are_those_of_the_plain_count(
            bytes in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'a'), Just(0xC3), Just(0xA9), Just(0xFF)], 0..60),
            offsets in proptest::collection::vec(0usize..70, 1..12),
        ) {
            let mut positions = Positions::new(&bytes);
            for offset in offsets {
                prop_assert_eq!(positions.locate(offset), line_column(&bytes, offset));
            }
        }
    }
}
