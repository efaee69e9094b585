//! How the sessions are to behave, for whoever drives them: those with a name, and patterns for peers that nobody has named.
//!
//! A peer that fits a pattern is known by its Logon alone, so its session is made when the Logon is there: the first bytes
//! of a line hold all of it.

use std::collections::BTreeMap;
use std::time::Duration;

use finality_parsers::fix::session::Config;

use crate::config::fix::{FixConfig, SessionId};
use crate::config::identity::Hello;
use crate::config::session::{DictionaryFiles, machine};

/// A session from a pattern whose peer was not there for so long makes room for another, where there is no other room.
pub const UNUSED: Duration = Duration::from_secs(24 * 60 * 60);

/// A pattern: a session for each peer that fits.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// Whom it fits; `*` fits all.
    pub id: SessionId,
    /// How each of them behaves; its names are those of the Logon.
    pub config: Config,
}

/// All of them.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// By the name of the line.
    pub named: BTreeMap<String, Config>,
    /// The one that says most comes first.
    pub patterns: Vec<Pattern>,
    /// Most sessions made from patterns.
    pub dynamic_max: usize,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { named: BTreeMap::new(), patterns: Vec::new(), dynamic_max: 1_000 }
    }
}

impl Sessions {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of a configuration. Dictionaries are read here.
    pub fn of(config: &FixConfig) -> Result<Self, String> {
        let mut files = DictionaryFiles::default();
        let mut sessions = Self {
            dynamic_max: usize::try_from(config.defaults.dynamic_sessions_max).unwrap_or(usize::MAX),
            ..Self::default()
        };
        for session in &config.sessions {
            let machine = machine(session, &mut files)?;
            if session.set.is_template() {
                sessions.patterns.push(Pattern { id: session.id.clone(), config: machine });
            } else {
                sessions.named.insert(session.name.clone(), machine);
            }
        }
        sessions.patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.id.parts()));
        Ok(sessions)
    }

    /// Does this to all, named or not.
    pub fn each(&mut self, mut change: impl FnMut(&mut Config)) {
        self.named.values_mut().for_each(&mut change);
        self.patterns.iter_mut().for_each(|pattern| change(&mut pattern.config));
    }

    /// The session of a line that is not named: `first` is what came by it first, with the whole Logon.
    pub fn dynamic(&self, line: &str, first: &[u8]) -> Result<Config, String> {
        let id = Hello::read(first).id;
        if id.to_string() != line {
            return Err(format!("the Logon is of {id}, the line of {line}"));
        }
        let pattern = self.patterns.iter().find(|pattern| pattern.id.covers(&id, true));
        let mut config = pattern.ok_or_else(|| format!("no AcceptorTemplate fits {id}"))?.config.clone();
        config.sender_comp_id = id.sender;
        config.target_comp_id = Some(id.target);
        config.sender_sub_id = id.sender_sub;
        config.sender_location_id = id.sender_location;
        config.target_sub_id = id.target_sub;
        config.target_location_id = id.target_location;
        Ok(config)
    }
}
