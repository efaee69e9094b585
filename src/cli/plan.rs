//! What the arguments mean: resolved and checked, before anything is done.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use finality_parsers::diagnostic::Policy;
use finality_parsers::fix::Version;

use super::exit::Failure;

/// Where messages are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

impl Source {
    /// As it was typed.
    pub fn name(&self) -> String {
        match self {
            Source::Stdin => "-".to_owned(),
            Source::File(path) => path.display().to_string(),
        }
    }
}

/// The sources of a list of files; nothing at all is standard input.
pub fn sources(files: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    if files.is_empty() {
        return Ok(vec![Source::Stdin]);
    }
    if files.iter().filter(|f| is_stdin(f)).count() > 1 {
        return Err(Failure::usage("standard input (`-`) can be read only once"));
    }
    Ok(files.iter().map(|f| if is_stdin(f) { Source::Stdin } else { Source::File(f.clone()) }).collect())
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// How much deviation is put up with.
pub fn policy(strict: bool) -> Policy {
    if strict { Policy::Strict } else { Policy::Lenient }
}

/// A version of FIX, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FixVersion {
    /// FIX 4.4
    #[value(name = "4.4", alias = "44")]
    Fix44,
    /// FIX 5.0 SP2 over FIXT 1.1
    #[value(name = "5.0SP2", aliases = ["5.0sp2", "50SP2", "50sp2"])]
    Fix50Sp2,
}

impl FixVersion {
    /// The version of the codec.
    pub fn version(self) -> Version {
        match self {
            FixVersion::Fix44 => Version::Fix44,
            FixVersion::Fix50Sp2 => Version::Fix50Sp2,
        }
    }
}

/// A message type of which there is a structure page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Structure {
    /// A FIX `MsgType`.
    Fix(String),
    /// The three digits of an MT.
    Mt(String),
    /// The full name of an ISO 20022 message.
    Mx(String),
}

/// Understands `mt541`, `541`, `fix J`, `fix-J`, `J` and `sese.023.001.11`, in any case.
pub fn structure(words: &[String]) -> Option<Structure> {
    let name = words.join(" ").trim().to_owned();
    let lower = name.to_ascii_lowercase();
    let after = |prefix: &str| {
        lower.starts_with(prefix).then(|| name[prefix.len()..].trim_start_matches([' ', '-', '_']).to_owned())
    };
    if lower.is_empty() {
        None
    } else if let Some(kind) = after("fix") {
        Some(Structure::Fix(kind.to_ascii_uppercase()))
    } else if let Some(kind) = after("mt") {
        Some(Structure::Mt(kind))
    } else if lower.contains('.') {
        Some(Structure::Mx(after("mx").unwrap_or(lower)))
    } else if lower.bytes().all(|b| b.is_ascii_digit()) {
        Some(Structure::Mt(lower))
    } else {
        Some(Structure::Fix(name.to_ascii_uppercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_structure_has_many_spellings() {
        for (words, expected) in [
            (&["mt541"][..], Some(Structure::Mt("541".into()))),
            (&["MT", "541"], Some(Structure::Mt("541".into()))),
            (&["541"], Some(Structure::Mt("541".into()))),
            (&["fix", "J"], Some(Structure::Fix("J".into()))),
            (&["fix-AK"], Some(Structure::Fix("AK".into()))),
            (&["as"], Some(Structure::Fix("AS".into()))),
            (&["sese.023.001.11"], Some(Structure::Mx("sese.023.001.11".into()))),
            (&[" "], None),
        ] {
            let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
            assert_eq!(structure(&words), expected, "{words:?}");
        }
    }
}
