//! `finality config`: is a configuration good, and what will its sessions do; and taking over the settings of another engine.

use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use finality_parsers::fix::session::Role;
use finality_parsers::fix::session::schedule::{Hours, Schedule};
use finality_parsers::machine::Timestamp;

use super::exit::{Blame as _, Exit, Failure, Outcome, complain};
use crate::adapters::tls::Files;
use crate::config::fix::{FixConfig, FixSession};
use crate::config::import;
use crate::config::read::Problem;
use crate::config::session::{self, DictionaryFiles};
use crate::runtime::clock::Clock;

const EXAMPLES: &str = "\
Examples:
  finality config check --config samples/finality.toml
  finality config import samples/fix/quickfix.cfg --out sessions.toml
  finality config check --config sessions.toml

docs/fix-configuration.md describes every setting of a FIX session, docs/profile.md the rest.
Exit code 3 if something is wrong; each problem is said with its line and setting.";

/// Arguments of `finality config`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ConfigArgs {
    /// What to do
    #[command(subcommand)]
    pub what: What,
}

/// What to do with a configuration.
#[derive(Debug, Subcommand)]
pub enum What {
    /// Read everything a configuration names, and say what each session will do
    Check {
        /// The configuration: of a gateway, or FIX sections alone
        #[arg(long, value_name = "FILE")]
        config: PathBuf,
    },
    /// Write the sessions of a settings file of QuickFIX as TOML; what cannot be taken over is said on standard error
    Import {
        /// The settings file
        file: PathBuf,
        /// Where to write; standard output when absent
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Write over a file that is there
        #[arg(long, requires = "out")]
        force: bool,
    },
}

/// Does it.
pub fn run(args: &ConfigArgs, out: &mut dyn Write) -> Outcome {
    match &args.what {
        What::Check { config } => check(config, out),
        What::Import { file, out: to, force } => take_over(file, to.as_deref(), *force, out),
    }
}

fn take_over(file: &Path, to: Option<&Path>, force: bool, out: &mut dyn Write) -> Outcome {
    let name = file.display();
    let text = std::fs::read(file).with_context(|| format!("{name}")).blame(Exit::Input)?;
    let (toml, notes) = import::import(&String::from_utf8_lossy(&text), |name| std::env::var(name).ok());
    for note in &notes {
        complain(&format!("{name}: {note}"));
    }
    if toml.is_empty() {
        return Err(Failure::input(format!("{name}: there is no [DEFAULT] or [SESSION] in it")));
    }
    match to {
        None => out.write_all(toml.as_bytes())?,
        Some(to) => {
            let mut options = std::fs::File::options();
            let options = if force { options.create(true).truncate(true) } else { options.create_new(true) };
            let written = options.write(true).open(to).and_then(|mut file| file.write_all(toml.as_bytes()));
            match written {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                    return Err(Failure::usage(format!(
                        "{} is there already: --force writes over it",
                        to.display()
                    )));
                }
                written => written.with_context(|| format!("{}", to.display())).blame(Exit::Input)?,
            }
            writeln!(
                out,
                "{} written; `finality config check --config {}` reads it",
                to.display(),
                to.display()
            )?;
        }
    }
    Ok(Exit::Ok)
}

fn check(file: &Path, out: &mut dyn Write) -> Outcome {
    let config = crate::config::sessions(file).map_err(Failure::input)?;
    let now = Clock::start().now();
    let mut wrong: Vec<Problem> = Vec::new();
    let mut files = DictionaryFiles::default();
    for session in &config.sessions {
        writeln!(out, "{}", describe(session, now))?;
        wrong.extend(problems(session, &mut files, now));
    }
    let mut notes: Vec<String> = Vec::new();
    for session in &config.sessions {
        let unheeded = session.unheeded().into_iter();
        notes.extend(unheeded.map(|(key, why)| format!("{}: {key} is not heeded: {why}", session.name)));
    }
    notes.extend(listeners(&config, &mut wrong));
    for note in notes {
        writeln!(out, "note: {note}")?;
    }
    // What stands under [fix] is found with each session.
    for problem in wrong.iter().enumerate().filter(|(n, it)| !wrong[..*n].contains(it)).map(|(_, it)| it) {
        complain(&format!("{}: {problem}", file.display()));
    }
    if wrong.is_empty() {
        let many = config.sessions.len();
        writeln!(out, "{}: good, {many} FIX session{}", file.display(), if many == 1 { "" } else { "s" })?;
        return Ok(Exit::Ok);
    }
    Ok(Exit::Input)
}

/// What is wrong with what a session names.
fn problems(session: &FixSession, files: &mut DictionaryFiles, now: Timestamp) -> Vec<Problem> {
    let set = &session.set;
    let mut wrong = Vec::new();
    let mut say = |key: &str, why: String| wrong.push(session.written.problem(key, why));
    if let Some(tls) = Files::of(set)
        && let Err(why) = tls.check(session.role() == Role::Acceptor)
    {
        say(named_in(session, &why), why);
    }
    if let Err(why) = session::machine(session, files) {
        say(named_in(session, &why), why);
    }
    if set.data_dictionary.is_some() && session.version.is_fixt() {
        let why = "is for FIX.4.0 to FIX.4.4: say AppDataDictionary and TransportDataDictionary";
        say("DataDictionary", why.to_owned());
    }
    let schedule = &session.schedule;
    if !schedule.is_open(now) && schedule.next_change(now).is_none() {
        say("StartTime", "never comes: the session would never be open; say other days or times".to_owned());
    }
    wrong
}

/// The setting whose file a problem is about: it begins with the file's name.
fn named_in(session: &FixSession, why: &str) -> &'static str {
    let set = &session.set;
    let files = [
        ("SocketCertificateFile", &set.certificate),
        ("SocketPrivateKeyFile", &set.private_key),
        ("SocketCAFile", &set.authorities),
        ("DataDictionary", &set.data_dictionary),
        ("TransportDataDictionary", &set.transport_dictionary),
        ("AppDataDictionary", &set.app_dictionary),
    ];
    let is_named = |path: &PathBuf| why.starts_with(&path.display().to_string());
    let found = files.into_iter().find(|(_, path)| path.as_ref().is_some_and(is_named));
    let more = || session.app_dictionaries.values().any(is_named).then_some("AppDataDictionary");
    found.map(|(key, _)| key).or_else(more).unwrap_or("")
}

/// Whether ports can be had. One that is taken is only a note: the gateway may be running.
fn listeners(config: &FixConfig, wrong: &mut Vec<Problem>) -> Vec<String> {
    let mut notes = Vec::new();
    for (address, sessions) in config.listeners() {
        match std::net::TcpListener::bind(address) {
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                notes.push(format!("{address} is taken at the moment; by a gateway that runs?"));
            }
            Err(error) => {
                let Some(session) = sessions.first() else { continue };
                let key = match (session.set.accept_port, session.set.accept_host) {
                    (None, _) => "fix_listen",
                    (Some(_), None) => "SocketAcceptPort",
                    (Some(_), Some(_)) => "SocketAcceptHost",
                };
                let why = format!(
                    "leads to {address}, where nobody can listen: {error}; say an address of this machine and a port, 0 to 65535"
                );
                wrong.push(session.written.problem(key, why));
            }
        }
    }
    notes
}

/// What a session will do, in a few lines.
fn describe(session: &FixSession, now: Timestamp) -> String {
    let set = &session.set;
    let id = session.id.to_string();
    let mut text = format!("{}: {}", session.name, session.version.name());
    if session.name != id {
        let _ = write!(text, "\n  {id}");
    }
    let tls = match (set.use_tls, set.need_client_auth) {
        (false, _) => "",
        (true, false) => ", with TLS",
        (true, true) => ", with TLS and a certificate of the peer",
    };
    let peers = match set.is_template() {
        true => "each peer that fits connects to",
        false => "the peer connects to",
    };
    let _ = match (session.role(), &session.accept) {
        (Role::Acceptor, Some(address)) => write!(text, "\n  {peers} {address}{tls}"),
        (Role::Acceptor, None) => {
            write!(text, "\n  nobody can connect: there is neither SocketAcceptPort nor fix_listen")
        }
        (Role::Initiator, _) => {
            let targets: Vec<String> = session.connect.iter().map(|(h, p)| format!("{h}:{p}")).collect();
            write!(
                text,
                "\n  dials {}{tls}, again after {} s",
                targets.join(", then "),
                set.reconnect.0.as_secs()
            )
        }
    };
    if !set.allowed_addresses.is_empty() {
        let _ = write!(text, "\n  only from {} addresses or networks", set.allowed_addresses.len());
    }
    let _ = write!(text, "\n  {}", hours(&session.schedule, now));
    let heartbeat = set.heartbeat.0.as_secs();
    let beats = match (session.role(), heartbeat) {
        (Role::Initiator, 0) => "no heartbeats".to_owned(),
        (Role::Initiator, n) => format!("heartbeats every {n} s"),
        (Role::Acceptor, _) => "heartbeats as the peer asks".to_owned(),
    };
    let resets: Vec<&str> = [
        (set.reset_on_logon, "logon"),
        (set.reset_on_logout, "logout"),
        (set.reset_on_disconnect, "disconnect"),
    ]
    .into_iter()
    .filter_map(|(on, when)| on.then_some(when))
    .collect();
    let numbers = if resets.is_empty() {
        "numbers go on within a period".to_owned()
    } else {
        format!("numbers begin anew at {}", resets.join(", "))
    };
    let _ = write!(text, "\n  {beats}; {numbers}");
    if let Some(user) = &set.username {
        let with = if session.password.is_some() { "a password" } else { "no password" };
        let _ = write!(text, "\n  logs on as {user} with {with}");
    }
    text
}

fn hours(schedule: &Schedule, now: Timestamp) -> String {
    let zone = schedule.zone();
    let what = match schedule.hours() {
        Hours::NonStop => return "always open".to_owned(),
        Hours::Daily { start, end, weekdays } => {
            use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
            let days: Vec<String> = [Mon, Tue, Wed, Thu, Fri, Sat, Sun]
                .into_iter()
                .filter(|d| weekdays.contains(*d))
                .map(|d| d.to_string())
                .collect();
            let days = if days.len() == 7 { "each day".to_owned() } else { days.join(", ") };
            format!("open {days} from {start} to {end}")
        }
        Hours::Weekly { start: (first, start), end: (last, end) } => {
            format!("open from {first} {start} to {last} {end}")
        }
    };
    let state = if schedule.is_open(now) { "open now, until" } else { "closed now, until" };
    let next = schedule.next_change(now).map_or("ever".to_owned(), |next| {
        next.utc().with_timezone(&zone).format("%a %Y-%m-%d %H:%M:%S %Z").to_string()
    });
    format!("{what} {zone}; {state} {next}")
}
