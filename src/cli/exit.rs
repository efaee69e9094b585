//! How a run ends: six exit codes, and the error that goes with them.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

/// The exit codes; scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, nothing to complain about.
    Ok = 0,
    /// It ran, and a check or a threshold failed.
    Failed = 1,
    /// The command line does not make sense.
    Usage = 2,
    /// What was read cannot be used: a file that is not there, a message that is broken.
    Input = 3,
    /// A peer cannot be reached or hung up.
    Connection = 4,
    /// Our own fault, or the machine's.
    Internal = 5,
}

impl Exit {
    /// Of several runs in one: the worse of two, which is the one with the higher number.
    #[must_use]
    pub fn or(self, other: Exit) -> Exit {
        if other as u8 > self as u8 { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// What a verb comes back with.
pub type Outcome = Result<Exit, Failure>;

/// An error and the exit code it leads to.
#[derive(Debug)]
pub struct Failure {
    /// Whose fault it is.
    pub exit: Exit,
    /// What happened, with its causes.
    pub error: anyhow::Error,
}

impl Failure {
    /// The command line does not make sense.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, error: anyhow::anyhow!("{message}") }
    }

    /// What was read cannot be used.
    pub fn input(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Input, error: anyhow::anyhow!("{message}") }
    }

    /// Whether all that happened is that nobody reads our output any more.
    pub fn is_broken_pipe(&self) -> bool {
        self.error.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // With its chain of causes.
        write!(f, "{:#}", self.error)
    }
}

/// Unless somebody is blamed, it is our own fault.
impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { exit: Exit::Internal, error }
    }
}

/// Writing our own output failed.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let error = anyhow::Error::new(error).context("the output cannot be written");
        Self { exit: Exit::Internal, error }
    }
}

/// Says whose fault an error is: `read(path).blame(Exit::Input)?`.
pub trait Blame<T> {
    /// The same result, with this exit code in case of an error.
    fn blame(self, exit: Exit) -> Result<T, Failure>;
}

impl<T, E: Into<anyhow::Error>> Blame<T> for Result<T, E> {
    fn blame(self, exit: Exit) -> Result<T, Failure> {
        self.map_err(|error| Failure { exit, error: error.into() })
    }
}

/// Says something on standard error, one line. When that is closed there is nowhere left to say it.
pub fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "finality: {message}");
}
