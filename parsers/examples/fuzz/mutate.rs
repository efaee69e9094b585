//! The fuzz targets without a fuzzer: samples, mutated and joined at random from a seed, on any toolchain.

use std::path::Path;
use std::time::{Duration, Instant};

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

fn mutated(random: &mut Random, corpus: &[Vec<u8>], pieces: &[&[u8]]) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].clone();
    bytes.insert(0, random.byte());
    for _ in 0..1 + random.below(6) {
        let at = random.below(bytes.len());
        match random.below(7) {
            0 => bytes[at] = random.byte(),
            1 => bytes.truncate(at.max(1)),
            2 => {
                let piece = pieces[random.below(pieces.len())];
                bytes.splice(at..at, piece.iter().copied());
            }
            3 => {
                let end = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..end);
            }
            4 => {
                let other = &corpus[random.below(corpus.len())];
                let from = random.below(other.len());
                let to = (from + random.below(200)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied());
            }
            5 => bytes[at] ^= 1 << random.below(8),
            _ => {
                let noise: Vec<u8> = (0..random.below(12)).map(|_| random.byte()).collect();
                bytes.splice(at..at, noise);
            }
        }
        if bytes.is_empty() {
            bytes.push(random.byte());
        }
    }
    bytes.truncate(8_192);
    bytes
}

/// What is tried with an input.
pub(crate) type Target = fn(&[u8]);

/// Runs each target for as long, or as often, as the command line says: `--seconds 60`, `--runs 1000000`, `--seed 1`,
/// `--target NAME`.
pub(crate) fn run(folder: &str, extensions: &[&str], pieces: &[&[u8]], targets: &[(&str, Target)]) {
    let (mut seconds, mut most, mut seed, mut only) = (60, u64::MAX, 1, None);
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().unwrap_or_default();
        match word.as_str() {
            "--seconds" => seconds = value.parse().expect("a number"),
            "--runs" => (most, seconds) = (value.parse().expect("a number"), u64::MAX),
            "--seed" => seed = value.parse().expect("a number"),
            "--target" => only = Some(value),
            other => panic!("{other}: only --seconds, --runs, --seed and --target are known"),
        }
    }
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(folder);
    let mut corpus: Vec<Vec<u8>> = std::fs::read_dir(samples)
        .expect("the samples")
        .flatten()
        .filter(|f| f.path().extension().is_some_and(|e| extensions.iter().any(|known| e == *known)))
        .filter_map(|f| std::fs::read(f.path()).ok())
        .collect();
    corpus.sort();
    corpus.push(vec![0; 24]);
    corpus.push((0..=255).collect());
    for (name, target) in targets.iter().filter(|(name, _)| only.as_deref().is_none_or(|o| o == *name)) {
        let mut random = Random(seed);
        let start = Instant::now();
        let mut runs = 0_u64;
        let mut slowest = Duration::ZERO;
        while runs < most && start.elapsed() < Duration::from_secs(seconds) {
            for _ in 0..256 {
                let before = random.0;
                let input = mutated(&mut random, &corpus, pieces);
                let began = Instant::now();
                let done = std::panic::catch_unwind(|| target(&input));
                slowest = slowest.max(began.elapsed());
                if done.is_err() {
                    eprintln!("{name}: state {before:#x}, after {runs} runs: {}", input.escape_ascii());
                    std::process::exit(1);
                }
                runs += 1;
            }
        }
        println!(
            "{name}: {runs} runs in {} s from seed {seed}, nothing found; the slowest took {} us",
            start.elapsed().as_secs(),
            slowest.as_micros()
        );
    }
}
