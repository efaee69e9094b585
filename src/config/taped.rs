//! The FIX sections of a configuration as a tape keeps them, so that a replay has the same sessions: the sections as they
//! were written, where their paths begin, and the passwords that came from elsewhere.
//!
//! Dictionaries are named, not copied: a replay reads them again.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use finality_kernel::profile::LinkProfile;
use serde::{Deserialize, Serialize};

use super::value::Secret;
use super::{Config, read};
use crate::sessions::Sessions;

/// Where a password may come from that is not there when the tape is played.
const ELSEWHERE: [&str; 2] = ["PasswordFile", "PasswordEnv"];

/// What a tape says about FIX sessions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taped {
    /// `[fix]` and its sessions, as TOML.
    text: String,
    /// Where relative paths begin.
    base: PathBuf,
    /// `fix_listen`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    listen: Option<String>,
    /// By session: a Logon of ours says it, and one of the peer's is compared with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    passwords: BTreeMap<String, String>,
}

impl Taped {
    /// Of a configuration.
    pub fn of(config: &Config) -> Result<Self, String> {
        let mut fix = config.fix.clone().unwrap_or_default();
        let without = |table: &mut toml::Table| ELSEWHERE.iter().for_each(|key| drop(table.remove(*key)));
        without(&mut fix);
        if let Some(toml::Value::Array(sessions)) = fix.get_mut("session") {
            sessions.iter_mut().filter_map(toml::Value::as_table_mut).for_each(without);
        }
        let root = toml::Table::from_iter([("fix".to_owned(), toml::Value::Table(fix))]);
        let known =
            |s: &super::fix::FixSession| Some((s.name.clone(), s.password.as_ref()?.reveal().to_owned()));
        Ok(Self {
            text: toml::to_string(&root).map_err(|e| e.to_string())?,
            base: std::path::absolute(&config.base).map_err(|e| e.to_string())?,
            listen: config.fix_listen.clone(),
            passwords: config.sessions.sessions.iter().filter_map(known).collect(),
        })
    }

    /// The sessions of a gateway with these links.
    pub fn sessions(&self, links: &[LinkProfile]) -> Result<Sessions, String> {
        let base: &Path = &self.base;
        let read = read::of_gateway(&self.text, base, links, self.listen.as_deref());
        let mut config =
            read.map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))?;
        for session in &mut config.sessions {
            session.password = self.passwords.get(&session.name).cloned().map(Secret::from);
        }
        Sessions::of(&config)
    }
}
