//! `finality settle`: of all that waits, what to settle together. Reads an instance, hands the optimiser the time that is
//! left, writes what it chose.

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use finality_simulator::settlement::optimise::families::Family as Drawn;
use finality_simulator::settlement::optimise::{self as optimiser, Instance, Plan, Settlement, ssp};
use flate2::read::MultiGzDecoder;

use super::exit::{Blame as _, Exit, Failure, Outcome, complain};
use super::plan::{self, Source};
use crate::runtime::clock::Stopwatch;

const EXAMPLES: &str = "\
Examples:
  finality settle samples/settle/market.ssp --objective count --seconds 5
  finality settle day.json.gz --objective value --seconds 60 --out settled.json
  finality settle day.json --iterations 100000 --seed 7
  finality settle --generate mixed --size 20000 --seed 1 --out day.json

docs/settle.md describes the format and how it works. --seconds holds from start to end, reading and writing included. With
--iterations and no --seconds, no clock is looked at: the same instance and seed give the same choice.";

/// What an instance may be at the most, unpacked.
const BYTES_MAX: u64 = 4 << 30;
/// Read at once; the clock is looked at in between.
const CHUNK: usize = 1 << 20;
/// Without a word about time or iterations.
const USUAL: Duration = Duration::from_secs(60);

/// What counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Objective {
    /// As many instructions as can be
    Count,
    /// As much value as can be, quantity by price
    Value,
}

impl Objective {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Value => "value",
        }
    }
}

/// A kind of invented market.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Family {
    /// An ordinary day
    Mixed,
    /// Nearly everybody waits for somebody else
    Gridlock,
    /// Securities and cash are missing
    Scarce,
}

/// Arguments of `finality settle`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SettleArgs {
    /// The instance, format ssp-1, as it is or gzipped; `-` is standard input
    #[arg(required_unless_present = "generate")]
    pub instance: Option<PathBuf>,
    /// What counts
    #[arg(long, value_enum, default_value = "count")]
    pub objective: Objective,
    /// Stop within so many seconds, also parts of one [without --iterations: 60]
    #[arg(long, value_name = "N", value_parser = seconds)]
    pub seconds: Option<Duration>,
    /// Stop after so many chains of the search
    #[arg(long, value_name = "N")]
    pub iterations: Option<u64>,
    /// Another seed gives another search
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Write to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write an invented instance instead, drawn from the seed
    #[arg(long, value_enum, value_name = "FAMILY", conflicts_with_all = ["instance", "seconds", "iterations"])]
    pub generate: Option<Family>,
    /// How many instructions an invented instance has
    #[arg(long, value_name = "N", default_value_t = 1_000, requires = "generate", value_parser = clap::value_parser!(u32).range(1..=5_000_000))]
    pub size: u32,
}

/// `10` or `0.5`.
fn seconds(text: &str) -> Result<Duration, String> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let wrong = || "a number of seconds is wanted, such as 10 or 0.5".to_owned();
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 3 || whole.len() > 9 {
        return Err(wrong());
    }
    let millis: u64 = format!("{whole}{part:0<3}").parse().map_err(|_| wrong())?;
    if millis == 0 {
        Err("no time at all is too little".to_owned())
    } else {
        Ok(Duration::from_millis(millis))
    }
}

/// Reads, chooses, writes.
pub fn run(args: &SettleArgs, out: &mut dyn Write) -> Outcome {
    let watch = Stopwatch::start();
    if let Some(family) = args.generate {
        return generate(family, args, out);
    }
    let whole = match (args.seconds, args.iterations) {
        (None, Some(_)) => None,
        (seconds, _) => Some(seconds.unwrap_or(USUAL)),
    };
    let source = match plan::sources(args.instance.as_slice())?.pop() {
        Some(source) => source,
        None => Source::Stdin,
    };
    let bytes = read(&source, &watch, whole)?;
    let instance = ssp::read(&bytes).map_err(|e| Failure::input(format!("{}: {e}", source.name())))?;
    for odd in ssp::oddities(&bytes, &instance) {
        eprintln!("finality: {}: {odd}", source.name());
    }
    drop(bytes);
    // What comes after the search (booking it again as a check, writing) takes less time than reading did.
    let budget = whole.map(|whole| {
        let margin = whole / 25 + Duration::from_millis(50) + watch.elapsed();
        whole.saturating_sub(margin.min(whole / 2)).max(Duration::from_millis(1))
    });
    let objective = match args.objective {
        Objective::Count => optimiser::Objective::Count,
        Objective::Value => optimiser::Objective::Value,
    };
    let plan = Plan { objective, seed: args.seed, turns: args.iterations, partials: false };
    let mut used = || budget.map_or(0, |budget| parts_used(watch.elapsed(), budget));
    let settlement = optimiser::optimise(&instance, &plan, &mut used);
    if args
        .iterations
        .is_some_and(|most| settlement.turns < most && settlement.bound != Some(settlement.worth))
    {
        complain("the time was over before the iterations were: another run may choose otherwise");
    }
    let text = render(args.objective, &instance, &settlement, &watch);
    deliver(args.out.as_deref(), &text, out)?;
    Ok(Exit::Ok)
}

/// How much of the budget is gone, as the optimiser counts.
fn parts_used(elapsed: Duration, budget: Duration) -> u32 {
    let parts = elapsed.as_micros() * u128::from(optimiser::ALL) / budget.as_micros().max(1);
    u32::try_from(parts).unwrap_or(u32::MAX).min(optimiser::ALL)
}

fn generate(family: Family, args: &SettleArgs, out: &mut dyn Write) -> Outcome {
    let drawn = match family {
        Family::Mixed => Drawn::Mixed,
        Family::Gridlock => Drawn::Gridlock,
        Family::Scarce => Drawn::Scarce,
    };
    let name = format!("{}-{}-{}", drawn.name(), args.size, args.seed);
    deliver(args.out.as_deref(), &ssp::write(&drawn.draw(args.size as usize, args.seed), &name), out)?;
    Ok(Exit::Ok)
}

fn deliver(path: Option<&Path>, text: &str, out: &mut dyn Write) -> Result<(), Failure> {
    match path {
        Some(path) => std::fs::write(path, text)
            .with_context(|| format!("{}: it cannot be written", path.display()))
            .blame(Exit::Input),
        None => Ok(out.write_all(text.as_bytes())?),
    }
}

/// All of the source, unpacked where it is gzipped, while there is time.
fn read(source: &Source, watch: &Stopwatch, whole: Option<Duration>) -> Result<Vec<u8>, Failure> {
    let name = source.name();
    let unread = |e: &io::Error| Failure::input(format!("{name}: it cannot be read: {e}"));
    let mut packed: Box<dyn Read> = match source {
        Source::Stdin => Box::new(io::stdin().lock()),
        Source::File(path) => Box::new(std::fs::File::open(path).map_err(|e| unread(&e))?),
    };
    let mut magic = Vec::new();
    packed.by_ref().take(2).read_to_end(&mut magic).map_err(|e| unread(&e))?;
    let gzipped = magic == [0x1f, 0x8b];
    let all = io::Cursor::new(magic).chain(packed);
    let mut plain: Box<dyn Read> = if gzipped { Box::new(MultiGzDecoder::new(all)) } else { Box::new(all) };
    let mut bytes = Vec::new();
    loop {
        let got = plain.by_ref().take(CHUNK as u64).read_to_end(&mut bytes).map_err(|e| {
            if gzipped {
                Failure::input(format!(
                    "{name}: it is gzipped, and broken after {} bytes unpacked: {e}",
                    bytes.len()
                ))
            } else {
                unread(&e)
            }
        })?;
        if got == 0 {
            return Ok(bytes);
        }
        if bytes.len() as u64 > BYTES_MAX {
            return Err(Failure::input(format!(
                "{name}: it is more than {BYTES_MAX} bytes: give a smaller instance"
            )));
        }
        if whole.is_some_and(|whole| watch.elapsed() >= whole / 2) {
            let got = bytes.len();
            let error = anyhow::anyhow!(
                "{name}: half of the time went into reading {got} bytes: give more --seconds"
            );
            return Err(Failure { exit: Exit::Failed, error });
        }
    }
}

/// One JSON object. The identifiers are in order of arrival.
fn render(objective: Objective, instance: &Instance, settlement: &Settlement, watch: &Stopwatch) -> String {
    let settled =
        || instance.instructions().iter().zip(&settlement.chosen).filter(|(_, c)| **c).map(|(i, _)| i);
    let ids: Vec<String> = settled().map(|i| i.id.to_string()).collect();
    let value: i128 = settled().map(|i| instance.value(i)).sum();
    let bound = settlement.bound.map_or_else(|| "null".to_owned(), |b| b.to_string());
    let mut text = format!("{{\"objective\":\"{}\",\"settled_ids\":[{}]", objective.name(), ids.join(","));
    let (count, took) = (ids.len(), watch.elapsed().as_millis());
    let _ = writeln!(
        text,
        ",\"settled_count\":{count},\"settled_value\":{value},\"seconds\":{}.{:03},\"proved_bound\":{bound}}}",
        took / 1_000,
        took % 1_000
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_may_be_parts_of_one() {
        for (text, expected) in [
            ("10", Some(10_000)),
            ("0.5", Some(500)),
            ("1.025", Some(1_025)),
            ("0", None),
            ("", None),
            ("-1", None),
            ("1e9", None),
            ("1.0005", None),
            (".5", None),
        ] {
            assert_eq!(seconds(text).ok(), expected.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn time_is_counted_in_parts_of_the_budget() {
        let second = Duration::from_secs(1);
        assert_eq!(parts_used(Duration::ZERO, second), 0);
        assert_eq!(parts_used(second / 2, second), optimiser::ALL / 2);
        assert_eq!(parts_used(second * 900, second), optimiser::ALL);
        assert_eq!(parts_used(second, Duration::ZERO), optimiser::ALL);
    }
}
