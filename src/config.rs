//! The configuration of a gateway: what `finality serve`, `ingest` and `inspect` read. The FIX sessions are read by
//! [`fix`], [`read`] and the table [`settings`]; [`import`] takes over the settings file of another engine.

pub mod fix;
pub mod identity;
pub mod import;
pub mod page;
pub mod read;
pub mod session;
pub mod settings;
pub mod taped;
pub mod unheeded;
pub mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use finality_kernel::exceptions::probability::Choice;
use finality_kernel::profile::{Profile, ProfileError};
use serde::{Deserialize, Serialize};

use fix::FixConfig;
use read::Problem;

/// A configuration file. Paths in it are relative to the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The store's folder.
    pub store: PathBuf,
    /// Whether records are on the disk before anything is said. If not, they are with the operating system: a process that is
    /// killed loses nothing, a power cut may lose the last seconds, and with them what peers were told.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub sync: bool,
    /// Whether the index follows while the gateway serves. Nobody can read it before the gateway stops; without this it is
    /// brought up to date when it is opened the next time, which then takes as long as it would have taken meanwhile.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub index_live: bool,
    /// Where FIX sessions connect, as `address:port`; none when absent. Port 0 takes a free one and says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_listen: Option<String>,
    /// Folders of the links that exchange files, by link name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub folders: BTreeMap<String, PathBuf>,
    /// The folder in which a served gateway finds orders; none are taken when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<PathBuf>,
    /// Defaults and FIX sessions as they were written; what they mean is in `sessions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<toml::Table>,
    /// Reference data and settings.
    pub profile: Profile,
    /// The FIX sessions: those under `[[fix.session]]`, and an acceptor for every other FIX link.
    #[serde(skip)]
    pub sessions: FixConfig,
    /// Where its relative paths begin.
    #[serde(skip)]
    pub base: PathBuf,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no configuration; the message has line, column and caret.
    #[error("{path}: {why}")]
    Toml {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// Names lead nowhere.
    #[error("{path}: {source}")]
    Profile {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: ProfileError,
    },
    /// The model that `[profile.desk]` names cannot be used.
    #[error("{path}: [profile.desk] model: {why}")]
    Model {
        /// Which file.
        path: PathBuf,
        /// Why, and in which file of a model.
        why: String,
    },
    /// A link cannot be reached.
    #[error("{path}: link {link:?} {why}")]
    Link {
        /// Which file.
        path: PathBuf,
        /// Which link.
        link: String,
        /// What is wrong.
        why: &'static str,
    },
    /// FIX sessions contradict themselves or each other.
    #[error("{}", problems.iter().map(|p| format!("{}: {p}", path.display())).collect::<Vec<_>>().join("\n"))]
    Fix {
        /// Which file.
        path: PathBuf,
        /// What is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
}

fn yes() -> bool {
    true
}

impl Config {
    /// Reads and checks a configuration.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let file = || path.to_owned();
        let text =
            std::fs::read_to_string(path).map_err(|source| ConfigError::Io { path: file(), source })?;
        let mut config: Config =
            toml::from_str(&text).map_err(|e| ConfigError::Toml { path: file(), why: e.to_string() })?;
        config.profile.check().map_err(|source| ConfigError::Profile { path: file(), source })?;
        for link in &config.profile.links {
            let fix = link.speech.is_session();
            let why = match (fix, config.folders.contains_key(&link.name)) {
                (true, true) => "speaks FIX, which goes over a session, and has a folder: remove the folder",
                (false, false) => "exchanges files and has no folder: add it under [folders]",
                _ => continue,
            };
            return Err(ConfigError::Link { path: file(), link: link.name.clone(), why });
        }
        if let Some(name) = config.folders.keys().find(|name| config.profile.link(name).is_none()) {
            let why = "has a folder and is not under [[profile.links]]";
            return Err(ConfigError::Link { path: file(), link: name.clone(), why });
        }
        let base = path.parent().unwrap_or(Path::new(""));
        let listen = config.fix_listen.as_deref();
        config.sessions = read::of_gateway(&text, base, &config.profile.links, listen)
            .map_err(|problems| ConfigError::Fix { path: file(), problems })?;
        let why = |why| ConfigError::Model { path: file(), why };
        config.profile.desk.estimates = match config.profile.desk.model.as_deref() {
            None => Choice::Shipped,
            Some("table") => Choice::Table,
            Some(named) => Choice::Fitted(Arc::new(crate::risk::read_model(&base.join(named)).map_err(why)?)),
        };
        config.base = base.to_owned();
        config.store = base.join(&config.store);
        config.orders = config.orders.map(|orders| base.join(orders));
        for folder in config.folders.values_mut() {
            *folder = base.join(&folder);
        }
        Ok(config)
    }
}

/// The FIX sessions of a file, whether there is a gateway in it or not. With a gateway, sessions may name its links.
pub fn sessions(path: &Path) -> Result<FixConfig, ConfigError> {
    let file = || path.to_owned();
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Io { path: file(), source })?;
    let table: toml::Table =
        text.parse().map_err(|e: toml::de::Error| ConfigError::Toml { path: file(), why: e.to_string() })?;
    if table.contains_key("profile") {
        return Config::read(path).map(|config| config.sessions);
    }
    if let Some(stranger) = table.keys().find(|key| *key != "fix") {
        let why = format!("{stranger:?} has no meaning without a [profile]: only [fix] stands alone");
        return Err(ConfigError::Toml { path: file(), why });
    }
    let config = read::sections(&text, path.parent().unwrap_or(Path::new("")))
        .map_err(|problems| ConfigError::Fix { path: file(), problems })?;
    if config.sessions.is_empty() {
        return Err(ConfigError::Fix { path: file(), problems: vec![read::no_session()] });
    }
    Ok(config)
}
