//! `finality fix log`: a log of FIX messages, so that a person can read it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::{Diagnostic, Findings, Severity};
use finality_parsers::fix::dictionary::Dictionary;
use finality_parsers::fix::message::Message;
use finality_parsers::fix::{Reading, Switches};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::tree::Node;

use super::scan::{Piece, Prefix, Scanner};
use crate::cli::exit::{Blame as _, Exit, Failure, Outcome, complain};
use crate::cli::plan::{self, Source};
use crate::cli::render::printable;

const EXAMPLES: &str = "\
Examples:
  finality fix log samples/fix/day.log
  finality fix log --oneline --type J,AK --session 'ALBIONAM->FINALITY' samples/fix/day.log
  finality fix log --seq 10..20 --time 09:00:00..09:30:00 FIX.4.4-A-B.messages.current.log
  finality fix log -f --check FIX.4.4-A-B.messages.current.log

Reads logs of QuickFIX and its relatives, and any file with FIX messages in it: SOH, | or ^A between fields, times and
directions before the message. Memory does not grow with the file.
Exit code 1 if --check finds an error, 3 if there is no message or a file cannot be read.";

/// Arguments of `finality fix log`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct LogArgs {
    /// Files with messages; `-` or nothing is standard input
    pub files: Vec<PathBuf>,
    /// One line for each message
    #[arg(long)]
    pub oneline: bool,
    /// Only these message types
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',')]
    pub types: Vec<String>,
    /// Only from this sender to this target; `*` or nothing is anybody
    #[arg(long, value_name = "SENDER->TARGET")]
    pub session: Option<String>,
    /// Only these numbers: 10, 10..20, 10.. or ..20
    #[arg(long, value_name = "RANGE")]
    pub seq: Option<String>,
    /// Only between these times: HH:MM:SS..HH:MM:SS, with YYYYMMDD- before it or not, open at one end
    #[arg(long, value_name = "RANGE")]
    pub time: Option<String>,
    /// Say what is wrong with each message
    #[arg(long)]
    pub check: bool,
    /// Read messages with this dictionary, in the XML format of QuickFIX
    #[arg(long, value_name = "FILE")]
    pub dictionary: Option<PathBuf>,
    /// And with this one for the session, from FIX 5.0 on
    #[arg(long, value_name = "FILE", requires = "dictionary")]
    pub transport: Option<PathBuf>,
    /// Go on with what is written to the last file, until it is stopped
    #[arg(short, long)]
    pub follow: bool,
}

/// Which messages are shown.
#[derive(Debug, Default)]
struct Filter {
    types: Vec<String>,
    session: Option<(String, String)>,
    seq: Option<(u64, u64)>,
    time: Option<(String, String)>,
}

impl Filter {
    fn of(args: &LogArgs) -> Result<Self, Failure> {
        let session = args.session.as_ref().map(|s| {
            let parts = s.split_once("->").map(|(a, b)| (a.trim().to_owned(), b.trim().to_owned()));
            parts.ok_or_else(|| Failure::usage("--session is SENDER->TARGET, such as 'A->B' or 'A->'"))
        });
        let seq = args.seq.as_ref().map(|s| {
            let (from, to) = s.split_once("..").unwrap_or((s, s));
            let number = |text: &str, open: u64| if text.is_empty() { Ok(open) } else { text.parse() };
            match (number(from, 0), number(to, u64::MAX)) {
                (Ok(from), Ok(to)) if s.bytes().any(|b| b.is_ascii_digit()) && from <= to => Ok((from, to)),
                (Ok(from), Ok(to)) if from > to => Err(Failure::usage(format!(
                    "--seq {s}: {from} is after {to}, so nothing is between them"
                ))),
                _ => Err(Failure::usage(format!(
                    "--seq {s:?} is neither a number nor a range, such as 10..20 or 10.."
                ))),
            }
        });
        let time = args.time.as_ref().map(|t| {
            let (from, to) = t.split_once("..").unwrap_or((t, t));
            if !is_end(from) || !is_end(to) || from.is_empty() && to.is_empty() {
                return Err(Failure::usage(format!(
                    "--time {t:?} is no range, such as 09:00:00..10:00:00 or 20260105-09:00:00.."
                )));
            }
            // Times that are written alike can be compared as they are written.
            if from.contains('-') == to.contains('-') && !to.is_empty() && from > to && !from.starts_with(to)
            {
                return Err(Failure::usage(format!(
                    "--time {t}: {from} is after {to}, so nothing is between them"
                )));
            }
            Ok((from.to_owned(), to.to_owned()))
        });
        Ok(Self {
            types: args.types.clone(),
            session: session.transpose()?,
            seq: seq.transpose()?,
            time: time.transpose()?,
        })
    }

    fn is_open(&self) -> bool {
        self.types.is_empty() && self.session.is_none() && self.seq.is_none() && self.time.is_none()
    }

    fn lets(&self, view: &View<'_>) -> bool {
        let is = |wanted: &str, found: &str| wanted.is_empty() || wanted == "*" || wanted == found;
        (self.types.is_empty() || self.types.iter().any(|t| t == view.message.msg_type()))
            && self.session.as_ref().is_none_or(|(s, t)| is(s, &view.text(49)) && is(t, &view.text(56)))
            && self
                .seq
                .is_none_or(|(from, to)| view.text(34).parse::<u64>().is_ok_and(|n| from <= n && n <= to))
            && self.time.as_ref().is_none_or(|(from, to)| within(&view.time, from, to))
    }
}

/// Whether it can be an end of a range of times: `HH:MM:SS.sss` or its beginning, behind a date or not; nothing is open.
fn is_end(text: &str) -> bool {
    let (date, clock) = text.split_once('-').map_or((None, text), |(date, clock)| (Some(date), clock));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let good_date = |d: &str| chrono::NaiveDate::parse_from_str(d, "%Y%m%d").is_ok() && d.len() == 8;
    let (whole, fraction) = clock.split_once('.').map_or((clock, None), |(whole, rest)| (whole, Some(rest)));
    let parts: Vec<&str> = whole.split(':').collect();
    let within = |part: &&str, max: u32| {
        part.len() == 2 && digits(part) && part.parse::<u32>().is_ok_and(|n| n <= max)
    };
    let good_clock = clock.is_empty()
        || parts.len() <= 3
            && parts.iter().zip([23, 59, 60]).all(|(part, max)| within(part, max))
            && fraction.is_none_or(|f| parts.len() == 3 && digits(f));
    date.is_none_or(good_date) && good_clock
}

/// Whether a time is in a range, whose ends may have a date or not; an end stands for everything that begins like it.
fn within(time: &str, from: &str, to: &str) -> bool {
    let clock = time.split_once('-').map_or(time, |(_, clock)| clock);
    let part = |end: &str| if end.contains('-') { time } else { clock }.to_owned();
    (from.is_empty() || part(from).as_str() >= from)
        && (to.is_empty() || part(to).as_str() <= to || part(to).starts_with(to))
}

/// One message with what is said about it.
struct View<'a> {
    message: Message<'a>,
    findings: Vec<Diagnostic>,
    prefix: Prefix,
    time: String,
}

impl View<'_> {
    fn text(&self, tag: u32) -> String {
        let value = self.message.value(0, tag).unwrap_or_default();
        printable(&String::from_utf8_lossy(value))
    }

    fn headline(&self) -> String {
        let kind = self.message.msg_type();
        let name = self.message.dictionary().message(kind).map_or("", |m| &*m.name);
        let arrow = match self.prefix.incoming {
            Some(true) => "<- ",
            Some(false) => "-> ",
            None => "",
        };
        let dup = if self.text(43) == "Y" { " possible duplicate" } else { "" };
        format!(
            "{} {arrow}{} {}->{} #{} {} {name}{dup}",
            self.time,
            self.text(8),
            self.text(49),
            self.text(56),
            self.text(34),
            printable(kind),
        )
    }
}

/// Shows the messages of all files.
pub fn run(args: &LogArgs, out: &mut dyn Write) -> Outcome {
    let filter = Filter::of(args)?;
    let sources = plan::sources(&args.files)?;
    let dictionary =
        args.dictionary.as_deref().map(|file| given(args.transport.as_deref(), file)).transpose()?;
    let manner = Manner { oneline: args.oneline, check: args.check, dictionary: dictionary.as_ref() };
    let mut worst = Exit::Ok;
    let mut any = false;
    for (n, source) in sources.iter().enumerate() {
        let follow = args.follow && n + 1 == sources.len();
        let mut reader: Box<dyn Read> = match source {
            Source::Stdin => Box::new(io::stdin().lock()),
            Source::File(path) => match File::open(path).with_context(|| source.name()).blame(Exit::Input) {
                Ok(file) => Box::new(file),
                Err(failure) => {
                    complain(&failure.to_string());
                    worst = worst.or(failure.exit);
                    continue;
                }
            },
        };
        let mut scanner = Scanner::default();
        let mut chunk = vec![0; 64 << 10];
        loop {
            let n = reader.read(&mut chunk).with_context(|| source.name()).blame(Exit::Input)?;
            scanner.push(&chunk[..n]);
            let end = n == 0 && !follow;
            while let Some(piece) = scanner.next(end) {
                any |= matches!(piece, Piece::Message { .. });
                worst = worst.or(show(&piece, &filter, manner, out)?);
            }
            if end {
                break;
            }
            if n == 0 {
                out.flush()?;
                std::thread::sleep(Duration::from_millis(200));
            }
        }
    }
    if !any && worst == Exit::Ok {
        return Err(Failure::input("there is no FIX message in it"));
    }
    Ok(worst)
}

fn given(transport: Option<&Path>, application: &Path) -> Result<Dictionary, Failure> {
    let read =
        |path: &Path| std::fs::read(path).with_context(|| format!("{}", path.display())).blame(Exit::Input);
    let session = transport.map(read).transpose()?;
    Dictionary::from_xml(session.as_deref(), &read(application)?)
        .map_err(|e| Failure::input(format!("{}: {e}", application.display())))
}

/// How messages are shown.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::cli) struct Manner<'a> {
    /// One line for each.
    pub(in crate::cli) oneline: bool,
    /// With what is wrong.
    pub(in crate::cli) check: bool,
    /// With this dictionary instead of the built-in ones.
    pub(in crate::cli) dictionary: Option<&'a Dictionary>,
}

/// Shows one message of a line, of which it is known when; `->` is ours.
pub(in crate::cli) fn show_live(
    now: Timestamp,
    incoming: bool,
    bytes: &[u8],
    manner: Manner<'_>,
    out: &mut dyn Write,
) -> Outcome {
    let arrow = if incoming { "<-" } else { "->" };
    let prefix = format!("{} {arrow}", now.utc().format("%Y%m%d-%H:%M:%S%.3f"));
    show(&Piece::Message { prefix, bytes: bytes.to_vec() }, &Filter::default(), manner, out)
}

fn show(piece: &Piece, filter: &Filter, args: Manner<'_>, out: &mut dyn Write) -> Outcome {
    let (prefix, bytes) = match piece {
        Piece::Text(text) => {
            if filter.is_open() {
                writeln!(out, "# {}", printable(text))?;
            }
            return Ok(Exit::Ok);
        }
        Piece::Message { prefix, bytes } => (Prefix::read(prefix), bytes),
    };
    let limits = Limits::default();
    let mut findings = Findings::new(limits.diagnostics_max);
    let message = match args.dictionary {
        None => Message::read(bytes, &limits, &mut findings),
        Some(dictionary) => {
            // All that differs from the dictionary is said, also of fields that are the parties' own.
            let switches = Switches { group_order: true, ..Switches::QUICKFIX };
            Some(Message::read_with(bytes, &Reading { dictionary, switches, limits }, &mut findings))
        }
    };
    let Some(message) = message else {
        writeln!(out, "# no FIX message: {}", printable(&String::from_utf8_lossy(bytes)))?;
        return Ok(Exit::Ok);
    };
    let findings = match (args.check, args.dictionary) {
        (false, _) => Vec::new(),
        (true, None) => finality_parsers::fix::decode(bytes, &limits, Depth::Event).diagnostics,
        (true, Some(_)) => findings.into_vec(),
    };
    let mut view = View { message, findings, time: prefix.time.clone().unwrap_or_default(), prefix };
    if view.time.is_empty() {
        view.time = view.text(52);
    }
    if !filter.lets(&view) {
        return Ok(Exit::Ok);
    }
    let headline = view.headline();
    if args.oneline {
        writeln!(out, "{headline} {}", line(&view))?;
    } else {
        writeln!(out, "{headline}")?;
        fields(&view.message.tree(), view.message.dictionary(), 1, out)?;
    }
    let mut exit = Exit::Ok;
    if args.check {
        for finding in &view.findings {
            let at = if finding.path.is_empty() {
                String::new()
            } else {
                format!(" {}", printable(&finding.path))
            };
            write!(out, "  ! {}[{}]{at}: {}", finding.severity, finding.code, printable(&finding.message))?;
            writeln!(out, "{}{}", if finding.hint.is_empty() { "" } else { "; " }, printable(&finding.hint))?;
            if finding.severity == Severity::Error {
                exit = Exit::Failed;
            }
        }
    }
    if !args.oneline {
        writeln!(out)?;
    }
    Ok(exit)
}

/// What the headline has not said yet.
fn line(view: &View<'_>) -> String {
    let said = [8, 9, 10, 34, 35, 49, 52, 56];
    let fields = view.message.fields.iter().filter(|f| !said.contains(&f.tag));
    let shown = fields.map(|f| {
        let value = String::from_utf8_lossy(f.value(view.message.raw)).into_owned();
        format!("{}={}", f.tag, printable(&value))
    });
    shown.collect::<Vec<_>>().join(" | ")
}

fn fields(nodes: &[Node], dictionary: &Dictionary, depth: usize, out: &mut dyn Write) -> io::Result<()> {
    let indent = depth * 2;
    for node in nodes {
        let Some(value) = &node.value else {
            // An entry of a group.
            writeln!(out, "{:indent$}{}.", "", node.name)?;
            fields(&node.children, dictionary, depth + 1, out)?;
            continue;
        };
        let label = node.label.as_deref().unwrap_or("");
        let meaning = node.name.parse().ok().and_then(|tag| meaning(dictionary, tag, value));
        let meaning = meaning.map_or(String::new(), |m| format!(" ({m})"));
        writeln!(out, "{:indent$}{:>5} {label} = {}{meaning}", "", node.name, printable(value))?;
        fields(&node.children, dictionary, depth + 3, out)?;
    }
    Ok(())
}

/// What a code means.
fn meaning(dictionary: &Dictionary, tag: u32, value: &str) -> Option<String> {
    let values = &dictionary.field(tag)?.values;
    let found = values.iter().find(|v| *v.text == *value)?;
    (!found.meaning.is_empty()).then(|| found.meaning.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_in_ranges() {
        for (time, from, to, expected) in [
            ("20260105-09:00:00.5", "09:00:00", "09:00:00", true),
            ("20260105-09:00:01", "09:00:00", "09:00:00", false),
            ("20260105-09:00:01", "", "10:00", true),
            ("20260105-09:00:01", "20260105-09:00:00", "", true),
            ("20260105-09:00:01", "20260106-00:00:00", "", false),
        ] {
            assert_eq!(within(time, from, to), expected, "{time} in {from}..{to}");
        }
    }
}
