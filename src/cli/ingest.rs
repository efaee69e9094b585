//! `finality ingest`: puts files through the gateway into a store, without a line to anybody. What the gateway would send
//! waits in its outbox.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use finality_kernel::fact::Fact;
use finality_kernel::gateway::{Effect, Input, Kernel, Recovery};
use finality_kernel::intake;
use finality_kernel::profile::{Profile, Speech};
use finality_parsers::codec;
use finality_parsers::detect::Protocol;
use finality_parsers::limits::Limits;
use finality_parsers::machine::{Entry, Machine as _};

use super::exit::{Blame as _, Exit, Failure, Outcome};
use super::open;
use crate::adapters::keeper::Keeper;
use crate::runtime::clock::Clock;

const EXAMPLES: &str = "\
Examples:
  finality ingest --store books --config samples/finality.toml samples/fix/J-typical.fix samples/fix/AK-typical.fix
  finality ingest --store books --config samples/finality.toml --link custodian-mt status.fin
  finality inspect --store books trades

A message is kept before the next one is read. Without --link, a message goes to the link whose peer it names as its sender,
else, where it names no sender at all, to the only link that speaks its protocol. Exit code 3 when a message went to the dead letters.";

/// Arguments of `finality ingest`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct IngestArgs {
    /// The store's folder; made if it is not there
    #[arg(long, value_name = "DIR")]
    pub store: PathBuf,
    /// The configuration with the reference data; finality.toml in or beside the store when left out
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// As if it had come by this link
    #[arg(long)]
    pub link: Option<String>,
    /// Files with messages of any of the three protocols
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Counts {
    messages: u64,
    dead: u64,
    queued: u64,
    /// Everything that was decided since the last file began.
    pub(super) facts: Vec<Fact>,
}

/// Reads, keeps and reports.
pub fn run(args: &IngestArgs, out: &mut dyn Write) -> Outcome {
    let profile = open::profile_of(&args.store, args.config.as_deref())?;
    if let Some(link) = &args.link
        && profile.link(link).is_none()
    {
        let known = profile.links.iter().map(|l| l.name.as_str()).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format!("there is no link {link:?}; there are {known}")));
    }
    let mut recovery = Recovery::new(profile.clone());
    let (mut keeper, opened) =
        Keeper::open(&args.store, profile.clone(), |record| recovery.take(record)).map_err(open::failed)?;
    open::report(&opened);
    let clock = Clock::start();
    let mut kernel = recovery.start(clock.now());
    let mut counts = Counts::default();
    for file in &args.files {
        let bytes = std::fs::read(file).with_context(|| format!("{}", file.display())).blame(Exit::Input)?;
        for (number, message) in codec::frames(&bytes, &Limits::default()).iter().enumerate() {
            let raw: &[u8] = message;
            let decoded = intake::decode(raw);
            let link = match &args.link {
                Some(link) => link.clone(),
                None => link_of(raw, decoded.protocol, &profile, file, number)?,
            };
            counts.messages += 1;
            counts.facts.clear();
            kernel.handle(clock.now(), Input::Received { link: &link, raw, decoded, number: None });
            settle(&mut kernel, &mut keeper, &clock, &mut counts)?;
        }
    }
    keeper.close().map_err(open::failed)?;
    writeln!(
        out,
        "{} messages kept, {} of them as dead letters; {} answers wait in the outbox; {} trades, {} open exceptions",
        counts.messages,
        counts.dead,
        counts.queued,
        kernel.book().trade_count(),
        kernel.book().exceptions_by_priority().len()
    )?;
    Ok(if counts.dead > 0 { Exit::Input } else { Exit::Ok })
}

/// Keeps what the kernel wants kept, until it wants nothing more.
pub(super) fn settle(
    kernel: &mut Kernel,
    keeper: &mut Keeper,
    clock: &Clock,
    counts: &mut Counts,
) -> Result<(), Failure> {
    loop {
        let mut entries: Vec<Entry> = Vec::new();
        while let Some(effect) = kernel.poll() {
            match effect {
                Effect::Append(entry) => {
                    let record = finality_kernel::journal::decode(&entry).map_err(anyhow::Error::from)?;
                    counts.queued +=
                        record.facts.iter().filter(|f| matches!(f, Fact::Queued { .. })).count() as u64;
                    counts.facts.extend(record.facts);
                    entries.push(entry);
                }
                Effect::Kept { understood, .. } => counts.dead += u64::from(!understood),
                Effect::Deliver { .. } | Effect::Tell(_) => {}
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        let kept = keeper.keep(&entries).map_err(open::failed)?;
        kernel.handle(clock.now(), Input::Appended(kept));
    }
}

/// The link that a message must have come by.
fn link_of(
    raw: &[u8],
    protocol: Option<Protocol>,
    profile: &Profile,
    file: &Path,
    number: usize,
) -> Result<String, Failure> {
    let speaks = |speech: Speech| match speech {
        Speech::Mt => Protocol::Mt,
        Speech::Mx | Speech::MxDocument => Protocol::Mx,
        _ => Protocol::Fix,
    };
    let of_protocol: Vec<_> =
        profile.links.iter().filter(|l| protocol.is_none_or(|p| speaks(l.speech) == p)).collect();
    let text = String::from_utf8_lossy(&raw[..raw.len().min(4096)]);
    let text = text.trim_start();
    // Who has sent it stands in the header, where there is one; what somebody else has sent is not what the only peer says.
    let header = match protocol {
        Some(Protocol::Fix) => text.contains("\u{1}49=").then_some(text),
        Some(Protocol::Mt) => text.split("{4:").next().filter(|header| header.starts_with("{1:F01")),
        Some(Protocol::Mx) => text.match_indices("Fr>").nth(1).map(|(end, _)| &text[..end]),
        None => None,
    };
    let said = header.unwrap_or(text);
    let names = |id: &str| match protocol {
        Some(Protocol::Fix) => said.contains(&format!("\u{1}49={id}\u{1}")),
        Some(Protocol::Mt | Protocol::Mx) => said.contains(id.get(..8).unwrap_or(id)),
        None => false,
    };
    let named = of_protocol.iter().find(|l| names(&l.their_id)).or(match of_protocol.as_slice() {
        [only] if header.is_none() => Some(only),
        _ => None,
    });
    named.map(|l| l.name.clone()).ok_or_else(|| {
        let known = of_protocol
            .iter()
            .map(|l| format!("{} (peer {})", l.name, l.their_id))
            .collect::<Vec<_>>()
            .join(", ");
        Failure::usage(format!(
            "{}: message {}: by which link did it come? It names no peer of {known}; say --link NAME",
            file.display(),
            number + 1
        ))
    })
}
