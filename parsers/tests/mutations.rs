//! Hostile bytes: every sample of every protocol, changed at random 10,000 times each, is read without a panic, and
//! whatever is found wrong is found inside the message. What lenient reading takes is given back byte for byte.

use std::path::{Path, PathBuf};

use finality_parsers::codec::{self, Depth};
use finality_parsers::diagnostic::Policy;
use finality_parsers::limits::Limits;

/// Changes per sample.
const ROUNDS: usize = 10_000;

/// Marsaglia's xorshift: small, seeded, the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides.max(1) as u64).expect("smaller than sides")
    }
}

/// Bytes that mean something in one of the protocols.
const SPICE: &[u8] = b"{}:-/,.<>&;=\"' \r\n\t\x00\x01\x03$NMOX09\x7f\x80\xff";

fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    for _ in 0..=dice.roll(3) {
        let at = dice.roll(bytes.len().max(1)).min(bytes.len());
        let length = dice.roll(40).min(bytes.len() - at);
        match dice.roll(7) {
            0 if at < bytes.len() => bytes[at] = SPICE[dice.roll(SPICE.len())],
            1 if at < bytes.len() => bytes[at] ^= 1 << dice.roll(8),
            2 => bytes.insert(at, SPICE[dice.roll(SPICE.len())]),
            3 => drop(bytes.drain(at..at + length)),
            4 => {
                let part = bytes[at..at + length].to_vec();
                let to = dice.roll(bytes.len() + 1);
                bytes.splice(to..to, part);
            }
            5 if dice.roll(8) == 0 => bytes.truncate(at),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = u8::try_from(dice.roll(256)).expect("a byte");
                }
            }
        }
    }
}

fn samples() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    let mut files = Vec::new();
    for folder in ["fix", "fix/broken", "mt", "mt/broken", "mx", "mx/broken"] {
        let Ok(entries) = std::fs::read_dir(root.join(folder)) else { continue };
        files.extend(entries.map(|e| e.expect("a readable folder").path()).filter(|f| {
            f.extension().is_some_and(|e| ["fix", "fin", "rje", "dos", "xml"].iter().any(|x| e == *x))
        }));
    }
    files.sort();
    files
}

#[test]
fn no_change_of_a_sample_brings_the_reader_down() {
    let limits = Limits::default();
    let files = samples();
    assert!(!files.is_empty(), "there are no samples");
    std::thread::scope(|scope| {
        // Two halves: the machines that run this have two cores at least.
        for half in [0, 1] {
            let (files, limits) = (&files, &limits);
            scope.spawn(move || {
                for (number, file) in files.iter().enumerate().filter(|(n, _)| n % 2 == half) {
                    let original = std::fs::read(file).expect("a readable sample");
                    let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1));
                    for round in 0..ROUNDS {
                        let mut bytes = original.clone();
                        mutate(&mut bytes, &mut dice);
                        check(&bytes, limits, if round % 8 == 0 { Depth::Full } else { Depth::Event }, file);
                    }
                }
            });
        }
    });
}

fn check(bytes: &[u8], limits: &Limits, depth: Depth, file: &Path) {
    for range in codec::split(bytes, limits) {
        let raw =
            bytes.get(range).unwrap_or_else(|| panic!("{}: a message outside of its file", file.display()));
        let decoded = codec::decode(raw, limits, depth);
        if depth == Depth::Full && decoded.accepted(Policy::Lenient) {
            assert!(
                decoded.encoded == raw,
                "{}: {:?} is not given back",
                file.display(),
                String::from_utf8_lossy(raw)
            );
        }
        for d in &decoded.diagnostics {
            assert!(
                d.span.start <= d.span.end && d.span.end <= raw.len(),
                "{}: {d:?} points outside of {} bytes",
                file.display(),
                raw.len()
            );
        }
    }
}
