//! The configuration of a gateway: what `finality serve`, `ingest` and `inspect` read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use finality_kernel::profile::{Profile, ProfileError};
use serde::{Deserialize, Serialize};

/// A configuration file. Paths in it are relative to the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The store's folder.
    pub store: PathBuf,
    /// Where FIX sessions connect, as `address:port`; none when absent. Port 0 takes a free one and says which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_listen: Option<String>,
    /// Folders of the links that exchange files, by link name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub folders: BTreeMap<String, PathBuf>,
    /// The folder in which a served gateway finds orders; none are taken when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<PathBuf>,
    /// Reference data and settings.
    pub profile: Profile,
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
        config.store = base.join(&config.store);
        config.orders = config.orders.map(|orders| base.join(orders));
        for folder in config.folders.values_mut() {
            *folder = base.join(&folder);
        }
        Ok(config)
    }
}
