//! `finality roundtrip`: is a message, taken apart and put together again, the same to the byte?

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::{Diagnostic, Policy};

use super::exit::{Exit, Outcome, complain};
use super::input::{self, Positions};
use super::plan;

const EXAMPLES: &str = "\
Examples:
  finality roundtrip samples/mt/*.fin
  finality roundtrip - < day.rje

Exit code 1 if a message comes out different, 3 if one cannot be taken apart at all.";

/// Arguments of `finality roundtrip`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct RoundtripArgs {
    /// Files with messages; `-` is standard input
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

/// Decodes, encodes, compares.
pub fn run(args: &RoundtripArgs, out: &mut dyn Write) -> Outcome {
    input::each(&plan::sources(&args.files)?, |input| {
        let mut positions = Positions::new(&input.bytes);
        let (mut exit, mut same) = (Exit::Ok, 0usize);
        let mut index = 0usize;
        for envelope in input.envelopes(Depth::Full) {
            let raw = input.bytes.get(envelope.range.clone()).unwrap_or_default();
            let first = index + 1;
            // The first of several has the bytes of all.
            let encoded = envelope.messages.first().map_or(&[][..], |first| &first.encoded);
            let difference = first_difference(raw, encoded);
            if let Some(difference) = difference {
                let at = envelope.range.start + difference;
                let (line, column) = positions.locate(at);
                writeln!(
                    out,
                    "{}:{line}:{column}: message {first} differs from byte {at} of the file on: read {}, wrote {}",
                    input.name,
                    around(raw, difference),
                    around(encoded, difference)
                )?;
                exit = exit.or(Exit::Failed);
            }
            for decoded in &envelope.messages {
                index += 1;
                let refused = |d: &&Diagnostic| !Policy::Lenient.accepts(std::slice::from_ref(*d));
                if let Some(d) = decoded.diagnostics.iter().find(refused) {
                    complain(&format!("{}: it cannot be taken apart: {}", input.place(index), d.message));
                    exit = exit.or(Exit::Input);
                } else if difference.is_none() {
                    same += 1;
                }
            }
        }
        let messages = if same == 1 { "message comes" } else { "messages come" };
        writeln!(
            out,
            "{}: {same} {messages} out as {} went in",
            input.name,
            if same == 1 { "it" } else { "they" }
        )?;
        Ok(exit)
    })
}

/// Where two byte strings part; the end of the shorter one when it is the beginning of the other.
fn first_difference(read: &[u8], written: &[u8]) -> Option<usize> {
    let common = read.iter().zip(written).take_while(|(a, b)| a == b).count();
    (read.len() != common || written.len() != common).then_some(common)
}

/// A few bytes from a place on, and some before it.
fn around(bytes: &[u8], at: usize) -> String {
    let part = bytes.get(at.saturating_sub(8)..bytes.len().min(at + 16)).unwrap_or_default();
    format!("\"{}\"{}", part.escape_ascii(), if at >= bytes.len() { " and no more" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        for (read, written, expected) in [
            (&b"abc"[..], &b"abc"[..], None),
            (b"abc", b"abd", Some(2)),
            (b"abc", b"ab", Some(2)),
            (b"", b"x", Some(0)),
        ] {
            assert_eq!(first_difference(read, written), expected);
        }
    }

    #[test]
    fn the_bytes_around_are_shown_as_they_are() {
        assert_eq!(around(b"54=1\x0155=X", 5), "\"54=1\\x0155=X\"");
        assert_eq!(around(b"ab", 2), "\"ab\" and no more");
    }
}
