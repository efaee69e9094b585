//! `finality split`: takes a file with many messages apart, one file for each.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use finality_parsers::codec;
use finality_parsers::detect::{self, Protocol};
use finality_parsers::limits::Limits;
use finality_parsers::mt::batch::{Batch, BatchError, kind};
use finality_parsers::mx;

use super::exit::{Exit, Failure, Outcome, complain};
use super::plan::{self, Source};

const EXAMPLES: &str = "\
Examples:
  finality split samples/mt/instructions.rje --out messages
  finality split - --out messages < day.dos

MT files (RJE with `$`, DOS-PCC, one message behind the other) are read as a stream, in memory for one message; files of
other protocols are read whole. The files are called 000001-541.fin and so on; every byte of a message is as it was. Of an
ISO 20022 envelope each document is a message of its own, with its header and the envelope around it. Where an envelope breaks
off, the documents before the break are written, each with the envelope closed, and what breaks off as 000003-broken.xml.
Exit code 3 if there is no message in it, one breaks off, or one is longer than a message may be (it is passed over and said).";

/// Arguments of `finality split`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct SplitArgs {
    /// The file; `-` is standard input
    pub file: PathBuf,
    /// The directory for the messages; it is made, and must be empty when it is there
    #[arg(long)]
    pub out: PathBuf,
    /// Write into a directory that is not empty, over files of the same names
    #[arg(long)]
    pub force: bool,
}

/// Takes the file apart.
pub fn run(args: &SplitArgs, out: &mut dyn Write) -> Outcome {
    let source = plan::sources(std::slice::from_ref(&args.file))?.remove(0);
    let name = source.name();
    let unreadable = |e| unreadable(&name, &e);
    let mut input: Box<dyn Read> = match &source {
        Source::Stdin => Box::new(io::stdin().lock()),
        Source::File(path) => Box::new(File::open(path).map_err(unreadable)?),
    };
    let mut head = Vec::new();
    input.by_ref().take(64 << 10).read_to_end(&mut head).map_err(unreadable)?;
    let protocol = detect::protocol(&head);
    let mut files = Files::new(&args.out, args.force)?;
    let stream = head.as_slice().chain(input);
    let exit = match protocol {
        Some(Protocol::Mt) => streamed(stream, &name, &mut files)?,
        _ => whole(stream, &name, protocol, &mut files)?,
    };
    if files.count == 0 {
        complain(&format!("{name}: there is no message in it"));
        return Ok(Exit::Input);
    }
    let kinds: Vec<_> = files.kinds.iter().map(|(kind, count)| format!("{kind} x {count}")).collect();
    writeln!(out, "{name}: {} in {}: {}", files.count, args.out.display(), kinds.join(", "))?;
    Ok(exit)
}

fn streamed(stream: impl Read, name: &str, files: &mut Files) -> Result<Exit, Failure> {
    let mut batch = Batch::new(stream, Limits::default());
    let mut exit = Exit::Ok;
    loop {
        match batch.next() {
            Ok(None) => return Ok(exit),
            Ok(Some(piece)) => drop(files.write(kind(piece.bytes), "fin", piece.bytes)?),
            Err(error @ BatchError::TooLong { .. }) => {
                complain(&format!("{name}: {error}"));
                exit = Exit::Input;
            }
            Err(BatchError::Io(e)) => return Err(unreadable(name, &e)),
        }
    }
}

fn whole(
    mut stream: impl Read,
    name: &str,
    protocol: Option<Protocol>,
    files: &mut Files,
) -> Result<Exit, Failure> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).map_err(|e| unreadable(name, &e))?;
    let (kind, extension) = match protocol {
        Some(Protocol::Fix) => ("fix", "fix"),
        Some(Protocol::Mx) => ("mx", "xml"),
        _ => ("unknown", "bin"),
    };
    let limits = Limits::default();
    let mut exit = Exit::Ok;
    for message in codec::messages(&bytes, &limits) {
        let broken = if protocol == Some(Protocol::Mx) { mx::broken(&message, &limits) } else { None };
        let file = files.write(if broken.is_some() { "broken" } else { kind }, extension, &message)?;
        if let Some(broken) = broken {
            complain(&format!(
                "{name}: message {} breaks off ([{}] {} {}): {} holds what there is of it as it came; ask its sender for it again",
                files.count, broken.code, broken.path, broken.message, file
            ));
            exit = Exit::Input;
        }
    }
    Ok(exit)
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::input(format!("{name}: it cannot be read: {error}"))
}

/// The files that are written.
struct Files<'a> {
    directory: &'a Path,
    count: usize,
    kinds: BTreeMap<String, usize>,
}

impl<'a> Files<'a> {
    fn new(directory: &'a Path, force: bool) -> Result<Self, Failure> {
        let failure = |what: &str| Failure::usage(format!("{}: {what}", directory.display()));
        if !force && directory.read_dir().is_ok_and(|mut d| d.next().is_some()) {
            return Err(failure("it is not empty: name another directory, or say --force"));
        }
        fs::create_dir_all(directory).map_err(|e| failure(&format!("it cannot be made: {e}")))?;
        Ok(Self { directory, count: 0, kinds: BTreeMap::new() })
    }

    /// Writes one; gives the name of its file.
    fn write(&mut self, kind: &str, extension: &str, bytes: &[u8]) -> Result<String, Failure> {
        self.count += 1;
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        let name = format!("{:06}-{kind}.{extension}", self.count);
        let path = self.directory.join(&name);
        fs::write(&path, bytes)
            .map_err(|e| Failure::from(anyhow::anyhow!("{}: it cannot be written: {e}", path.display())))?;
        Ok(name)
    }
}
