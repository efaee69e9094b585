//! What the benches of parsers share: works that take turns, what was said on the command line, the most memory.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Short ones, so that some of them pass without another program in between.
pub(crate) const ROUNDS: u32 = 400;

/// A name and what is done; the result is kept from the optimiser.
pub(crate) type Work<'a> = (&'static str, Box<dyn FnMut() -> usize + 'a>);

/// The best time of each work, in seconds: they take turns, so that what else the machine does hits all alike. The clock is
/// looked at after every `runs`: many where a run is shorter than a look.
pub(crate) fn best(each: Duration, runs: u32, works: &mut [Work<'_>]) -> Vec<(&'static str, f64)> {
    let mut rows: Vec<(&'static str, f64)> = works.iter().map(|w| (w.0, f64::MAX)).collect();
    for _ in 0..ROUNDS {
        for (work, row) in works.iter_mut().zip(&mut rows) {
            let (start, mut turns) = (Instant::now(), 0u32);
            while turns == 0 || start.elapsed() < each {
                for _ in 0..runs {
                    black_box((work.1)());
                }
                turns += runs;
            }
            row.1 = row.1.min(start.elapsed().as_secs_f64() / f64::from(turns));
        }
    }
    rows
}

/// The value behind a name on the command line.
pub(crate) fn argument<T: std::str::FromStr>(arguments: &[String], name: &str) -> Option<T> {
    let at = arguments.iter().position(|a| a == name)?;
    arguments.get(at + 1)?.parse().ok()
}

/// The most memory that this process ever had, in kB; 0 where the system does not say.
pub(crate) fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.split_whitespace().next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}
