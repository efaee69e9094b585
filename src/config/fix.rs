//! FIX sessions as they are configured: what the settings of one session mean together, and what they must not say.
//!
//! `[fix]` holds defaults, each `[[fix.session]]` a session. A FIX link of the profile without a session of its own is an
//! acceptor with the defaults on `fix_listen`. Without a profile the same sections serve tools that need no gateway.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use finality_kernel::profile::{LinkProfile as Link, Speech};
use finality_parsers::fix::Version;
use finality_parsers::fix::session::Role;
use finality_parsers::fix::session::schedule::{Hours, Schedule};

pub use super::identity::SessionId;
use super::read::Problem;
use super::settings::Settings;
use super::value::{Read as _, Secret};

/// One FIX session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixSession {
    /// The link of the profile; without one, the session's identity. It names the line towards the core.
    pub name: String,
    /// Who talks to whom.
    pub id: SessionId,
    /// The version spoken.
    pub version: Version,
    /// When it is open.
    pub schedule: Schedule,
    /// Where the peer connects (`address:port`), for an acceptor.
    pub accept: Option<String>,
    /// Whom an initiator dials, in turn.
    pub connect: Vec<(String, u16)>,
    /// Over FIXT.1.1: dictionaries for messages of another version, which say so (1128).
    pub app_dictionaries: BTreeMap<Version, PathBuf>,
    /// The password of the Logon.
    pub password: Option<Secret>,
    /// Everything that stands for itself.
    pub set: Settings,
    /// Where it is written.
    pub written: Written,
}

/// Where a session is written, for what is found to be wrong with it later.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Written {
    /// Its section.
    pub place: String,
    /// The line of its section; 0 when it has none.
    pub line: usize,
    /// Its settings, each with its line.
    pub own: Vec<(String, usize)>,
    /// Those of all sessions.
    pub common: Vec<(String, usize)>,
}

impl Written {
    /// Something that is wrong with one of its settings, or with the whole when `key` is empty.
    pub fn problem(&self, key: &str, why: String) -> Problem {
        let line_in = |keys: &[(String, usize)]| {
            let is = |k: &str| {
                k == key || !key.is_empty() && k.strip_prefix(key).is_some_and(|r| r.starts_with('.'))
            };
            keys.iter().find(|(k, _)| is(k)).map(|(_, line)| *line)
        };
        let (line, place) = match (line_in(&self.own), line_in(&self.common)) {
            (Some(line), _) => (line, self.place.clone()),
            (None, Some(line)) if key == "fix_listen" => (line, "the gateway".to_owned()),
            (None, Some(line)) => (line, "[fix]".to_owned()),
            (None, None) => (self.line, self.place.clone()),
        };
        Problem { line, place, key: key.to_owned(), why }
    }
}

impl FixSession {
    /// Who dials.
    pub fn role(&self) -> Role {
        self.set.connection_type
    }
}

/// The FIX sessions of a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FixConfig {
    /// What holds where a session says nothing, and the limits of all.
    pub defaults: Settings,
    /// In the order of the file; links without a session of their own come after.
    pub sessions: Vec<FixSession>,
}

impl FixConfig {
    /// The acceptors by the address on which they listen.
    pub fn listeners(&self) -> BTreeMap<&str, Vec<&FixSession>> {
        let mut found: BTreeMap<&str, Vec<&FixSession>> = BTreeMap::new();
        for session in &self.sessions {
            if let Some(address) = &session.accept {
                found.entry(address).or_default().push(session);
            }
        }
        found
    }

    /// Those who dial.
    pub fn initiators(&self) -> impl Iterator<Item = &FixSession> {
        self.sessions.iter().filter(|s| s.role() == Role::Initiator)
    }

    /// What two sessions must not have in common.
    pub(super) fn contradictions(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut say = |s: &FixSession, key: &str, why: String| problems.push(s.written.problem(key, why));
        let (mut ids, mut names) = (BTreeMap::new(), BTreeSet::new());
        for session in &self.sessions {
            let on_wire = SessionId { qualifier: None, ..session.id.clone() };
            let id = if session.role() == Role::Acceptor { &on_wire } else { &session.id };
            let key = (session.role() == Role::Acceptor, session.accept.clone(), id.clone());
            if let Some(first) = ids.get(&key) {
                let why = format!(
                    "{id} is there twice, first in line {first}: a Logon could not tell which is meant; say another \
                     TargetCompID, TargetSubID or SocketAcceptPort, or remove one of them"
                );
                say(session, "", why);
                continue;
            }
            ids.insert(key, session.written.line);
            if !names.insert(session.name.as_str()) {
                let why = "has a session already: one link, one session; remove one of them";
                say(session, "Link", why.to_owned());
            }
        }
        for (address, sessions) in self.listeners() {
            let Some((first, rest)) = sessions.split_first() else { continue };
            let tls = |s: &FixSession| {
                let set = &s.set;
                let files = [&set.certificate, &set.private_key, &set.authorities].map(Clone::clone);
                (set.use_tls, files, set.need_client_auth, set.tls_minimum)
            };
            for other in rest.iter().filter(|other| tls(other) != tls(first)) {
                let why = format!(
                    "listens on {address} like {}, with other settings of TLS: one port has one certificate; say the \
                     same in both, or another SocketAcceptPort",
                    first.name
                );
                say(other, "SocketUseSSL", why);
            }
        }
        problems
    }
}

/// The version of FIX that a link speaks.
pub fn version_of(speech: Speech) -> Option<Version> {
    match speech {
        Speech::Fix42 => Some(Version::Fix42),
        Speech::Fix43 => Some(Version::Fix43),
        Speech::Fix44 => Some(Version::Fix44),
        Speech::Fix50 => Some(Version::Fix50),
        Speech::Fix50Sp1 => Some(Version::Fix50Sp1),
        Speech::Fix50Sp2 => Some(Version::Fix50Sp2),
        Speech::Mt | Speech::Mx | Speech::MxDocument => None,
    }
}

/// How the gateway calls a version of FIX, if it takes its messages.
pub fn speech_of(version: Version) -> Option<Speech> {
    match version {
        Version::Fix42 => Some(Speech::Fix42),
        Version::Fix43 => Some(Speech::Fix43),
        Version::Fix44 => Some(Speech::Fix44),
        Version::Fix50 => Some(Speech::Fix50),
        Version::Fix50Sp1 => Some(Speech::Fix50Sp1),
        Version::Fix50Sp2 => Some(Speech::Fix50Sp2),
        _ => None,
    }
}

/// The version that `AppDataDictionary.VERSION` is for.
pub(super) fn app_dictionary(key: &str) -> Option<Result<Version, String>> {
    let name = key.strip_prefix("AppDataDictionary.")?;
    let written = |v: &Version| v.name().replacen(' ', ".", 1).replace(' ', "");
    // Those before have a header of their own, which is not that of FIXT.1.1.
    let all = || Version::ALL.iter().filter(|v| v.is_fixt());
    let found = all().find(|v| written(v) == name).copied();
    let known = || all().map(written).collect::<Vec<_>>().join(", ");
    Some(found.ok_or_else(|| {
        format!("is for no version that goes over FIXT.1.1: behind the first dot stands one of {}", known())
    }))
}

/// What stands around the sessions: where paths begin, and the gateway's links.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) base: &'a Path,
    pub(super) links: &'a [Link],
    pub(super) listen: Option<&'a str>,
}

/// One session as it was written, before its settings are looked at together.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) set: Settings,
    /// SocketConnectHost1, SocketConnectPort1 and so on; 0 is the pair without a number.
    pub(super) targets: BTreeMap<u32, (Option<String>, Option<u16>)>,
    /// AppDataDictionary.FIX.5.0SP1 and the like.
    pub(super) app_dictionaries: BTreeMap<Version, PathBuf>,
}

/// Why, and at which key.
type Wrong = (&'static str, String);

impl Draft {
    /// What the settings mean together.
    pub(super) fn finish(mut self, around: &Around<'_>) -> Result<FixSession, Vec<Wrong>> {
        let mut wrong: Vec<Wrong> = Vec::new();
        let link = self.link(around, &mut wrong);
        let version = self.version(&mut wrong);
        let id = self.identity(version, &mut wrong);
        let schedule = schedule(&self.set).unwrap_or_else(|why| {
            wrong.push(why);
            Schedule::default()
        });
        let (accept, connect) = self.network(around, link.is_some(), &mut wrong);
        self.tls(&mut wrong);
        self.paths(around.base, &mut wrong);
        let password = self.password().unwrap_or_else(|why| {
            wrong.push(why);
            None
        });
        for (key, seconds) in
            [("LogonTimeout", self.set.logon_timeout), ("ReconnectInterval", self.set.reconnect)]
        {
            if seconds.0.is_zero() {
                wrong.push((key, "must be 1 or more".to_owned()));
            }
        }
        if password.is_some() && self.set.username.is_none() {
            wrong.push(("Username", "is needed with a password: a Logon says both (553, 554)".to_owned()));
        }
        if !self.app_dictionaries.is_empty() && !version.is_fixt() {
            let why = "has one dictionary for each version over FIXT.1.1 only: say DataDictionary";
            wrong.push(("AppDataDictionary", why.to_owned()));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        self.set.password = None;
        let name = link.map_or_else(|| id.to_string(), |l| l.name.clone());
        let (app_dictionaries, set) = (self.app_dictionaries, self.set);
        let written = Written::default();
        Ok(FixSession {
            name,
            id,
            version,
            schedule,
            accept,
            connect,
            app_dictionaries,
            password,
            set,
            written,
        })
    }

    /// The session takes its names from its link; where it says them too, they agree.
    fn link<'a>(&mut self, around: &Around<'a>, wrong: &mut Vec<Wrong>) -> Option<&'a Link> {
        let name = self.set.link.clone()?;
        let Some(link) = around.links.iter().find(|l| l.name == name) else {
            let known: Vec<&str> = around.links.iter().map(|l| l.name.as_str()).collect();
            let near = super::value::nearest(&name, known.iter().copied());
            let hint =
                near.map_or(format!("there are: {}", known.join(", ")), |n| format!("did you mean {n:?}?"));
            wrong.push(("Link", format!("no [[profile.links]] is called {name:?}; {hint}")));
            return None;
        };
        let Some(version) = version_of(link.speech) else {
            wrong.push(("Link", format!("{name:?} exchanges files and has no FIX session")));
            return None;
        };
        let mut agree = |key: &'static str, said: &mut Option<String>, links: &str| match said {
            Some(said) if said != links => {
                wrong.push((
                    key,
                    format!("is {said:?} here and {links:?} in the link {name:?}: remove it here"),
                ));
            }
            _ => *said = Some(links.to_owned()),
        };
        agree("BeginString", &mut self.set.begin_string, version.begin_string());
        agree("SenderCompID", &mut self.set.sender_comp_id, &link.our_id);
        agree("TargetCompID", &mut self.set.target_comp_id, &link.their_id);
        if version.is_fixt() && self.set.default_appl_ver_id.is_none() {
            self.set.default_appl_ver_id = Some(version.appl_ver_id().to_owned());
        }
        Some(link)
    }

    fn version(&self, wrong: &mut Vec<Wrong>) -> Version {
        const FALLBACK: Version = Version::Fix44;
        let Some(begin) = self.set.begin_string.as_deref() else {
            wrong.push(("BeginString", "is needed: which version does the session speak?".to_owned()));
            return FALLBACK;
        };
        if begin == "FIXT.1.1" {
            let id = self.set.default_appl_ver_id.as_deref().unwrap_or("9");
            let found = Version::ALL.into_iter().filter(|v| v.is_fixt()).find(|v| {
                id == v.appl_ver_id() || v.name().replace(' ', "") == id.replacen("FIX.", "FIX", 1)
            });
            return found.unwrap_or_else(|| {
                let why = format!("{id:?} must be 7, 8, 9, FIX.5.0, FIX.5.0SP1 or FIX.5.0SP2");
                wrong.push(("DefaultApplVerID", why));
                FALLBACK
            });
        }
        Version::ALL.into_iter().find(|v| v.begin_string() == begin).unwrap_or_else(|| {
            let why =
                format!("{begin:?} must be one of FIX.4.0, FIX.4.1, FIX.4.2, FIX.4.3, FIX.4.4, FIXT.1.1");
            wrong.push(("BeginString", why));
            FALLBACK
        })
    }

    fn identity(&self, version: Version, wrong: &mut Vec<Wrong>) -> SessionId {
        let set = &self.set;
        let mut comp_id = |key: &'static str, value: &Option<String>| {
            let value = value.clone().unwrap_or_default();
            if value.is_empty() {
                wrong.push((key, "is needed".to_owned()));
            } else if value == "*" && !set.is_template() {
                wrong.push((key, "is `*`, which only an AcceptorTemplate may say".to_owned()));
            }
            value
        };
        let (sender, target) =
            (comp_id("SenderCompID", &set.sender_comp_id), comp_id("TargetCompID", &set.target_comp_id));
        SessionId {
            begin_string: version.begin_string().to_owned(),
            sender,
            sender_sub: set.sender_sub_id.clone(),
            sender_location: set.sender_location_id.clone(),
            target,
            target_sub: set.target_sub_id.clone(),
            target_location: set.target_location_id.clone(),
            qualifier: set.session_qualifier.clone(),
        }
    }

    fn network(
        &self,
        around: &Around<'_>,
        of_link: bool,
        wrong: &mut Vec<Wrong>,
    ) -> (Option<String>, Vec<(String, u16)>) {
        let set = &self.set;
        if set.connection_type == Role::Acceptor {
            let host = set.accept_host.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
            let own = set.accept_port.map(|port| SocketAddr::new(host, port).to_string());
            let address = own.or_else(|| around.listen.map(str::to_owned));
            if address.is_none() && !of_link {
                wrong
                    .push(("SocketAcceptPort", "is needed: on which port does the peer connect?".to_owned()));
            }
            return (address, Vec::new());
        }
        if set.is_template() {
            wrong.push(("AcceptorTemplate", "is for acceptors: an initiator knows whom it dials".to_owned()));
        }
        let mut connect = Vec::new();
        for (number, target) in &self.targets {
            let n = if *number == 0 { String::new() } else { number.to_string() };
            match target {
                (Some(host), Some(port)) if *port > 0 => connect.push((host.clone(), *port)),
                (Some(_), _) => {
                    wrong.push(("SocketConnectPort", format!("SocketConnectPort{n} is needed, 1 to 65535")))
                }
                (None, _) => wrong.push(("SocketConnectHost", format!("SocketConnectHost{n} is needed"))),
            }
        }
        if self.targets.is_empty() {
            wrong.push(("SocketConnectHost", "is needed: whom does the initiator dial?".to_owned()));
        }
        (None, connect)
    }

    fn tls(&self, wrong: &mut Vec<Wrong>) {
        let set = &self.set;
        let mut needed = |key: &'static str, there: bool, why: &str| {
            if !there {
                wrong.push((key, format!("is needed with {why}")));
            }
        };
        if !set.use_tls {
            let given = [&set.certificate, &set.private_key, &set.authorities].iter().any(|f| f.is_some());
            if given || set.need_client_auth {
                needed("SocketUseSSL", false, "certificates: without it the line is not encrypted");
            }
            return;
        }
        match set.connection_type {
            Role::Acceptor => {
                needed("SocketCertificateFile", set.certificate.is_some(), "SocketUseSSL in an acceptor");
                let authorities = set.authorities.is_some() || !set.need_client_auth;
                needed("SocketCAFile", authorities, "NeedClientAuth: who vouches for the peers?");
            }
            Role::Initiator => {
                let why = "SocketUseSSL in an initiator: who vouches for the peer?";
                needed("SocketCAFile", set.authorities.is_some(), why);
            }
        }
        let (certificate, key) = (set.certificate.is_some(), set.private_key.is_some());
        needed("SocketPrivateKeyFile", key || !certificate, "SocketCertificateFile");
        needed("SocketCertificateFile", certificate || !key, "SocketPrivateKeyFile");
    }

    /// Paths are relative to the file, and may name variables of the environment.
    fn paths(&mut self, base: &Path, wrong: &mut Vec<Wrong>) {
        let set = &mut self.set;
        let own = [
            ("SocketCertificateFile", &mut set.certificate),
            ("SocketPrivateKeyFile", &mut set.private_key),
            ("SocketCAFile", &mut set.authorities),
            ("DataDictionary", &mut set.data_dictionary),
            ("TransportDataDictionary", &mut set.transport_dictionary),
            ("AppDataDictionary", &mut set.app_dictionary),
            ("PasswordFile", &mut set.password_file),
        ];
        let own = own.into_iter().filter_map(|(key, path)| path.as_mut().map(|path| (key, path)));
        let more = self.app_dictionaries.values_mut().map(|path| ("AppDataDictionary", path));
        for (key, path) in own.chain(more) {
            match expanded(path) {
                Ok(written) => *path = base.join(written),
                Err(name) => wrong.push((
                    key,
                    format!(
                        "is {}, and the environment has no variable {name}: set it, or write the path",
                        path.display()
                    ),
                )),
            }
        }
    }

    fn password(&self) -> Result<Option<Secret>, Wrong> {
        let set = &self.set;
        match (&set.password, &set.password_file, &set.password_env) {
            (None, None, None) => Ok(None),
            (Some(secret), None, None) => Ok(Some(secret.clone())),
            (None, Some(file), None) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|e| ("PasswordFile", format!("{}: {e}", file.display())))?;
                let line = text.lines().next().unwrap_or_default().to_owned();
                if line.is_empty() {
                    return Err(("PasswordFile", format!("{}: its first line is empty", file.display())));
                }
                Ok(Some(Secret::from(line)))
            }
            (None, None, Some(name)) => match std::env::var(name) {
                Ok(text) => Ok(Some(Secret::from(text))),
                Err(_) => Err(("PasswordEnv", format!("the environment has no variable {name}"))),
            },
            _ => Err(("Password", "say one of Password, PasswordFile and PasswordEnv".to_owned())),
        }
    }
}

/// The path with the values of `${NAME}` put in; the error is a name that has none.
fn expanded(path: &Path) -> Result<PathBuf, String> {
    let Some(text) = path.to_str().filter(|text| text.contains("${")) else { return Ok(path.to_owned()) };
    match super::import::expand(text, &|name: &str| std::env::var(name).ok()) {
        Ok(text) => Ok(PathBuf::from(text)),
        Err((_, name)) => Err(name),
    }
}

/// When the session is open.
fn schedule(set: &Settings) -> Result<Schedule, Wrong> {
    let zone = match (set.time_zone, set.use_local_time) {
        (Some(zone), false) => zone,
        (None, false) => Tz::UTC,
        (None, true) => local_zone().map_err(|why| ("UseLocalTime", why))?,
        (Some(_), true) => return Err(("UseLocalTime", "contradicts TimeZone: say one of them".to_owned())),
    };
    if set.non_stop_session {
        return Ok(Schedule::new(Hours::NonStop, zone));
    }
    let (start, end) = match (set.start_time, set.end_time) {
        (Some(start), Some(end)) => (start, end),
        (Some(_), None) => return Err(("EndTime", "is needed with StartTime".to_owned())),
        (None, Some(_)) => return Err(("StartTime", "is needed with EndTime".to_owned())),
        (None, None) => {
            if set.start_day.is_some() || set.end_day.is_some() || set.weekdays.is_some() {
                return Err(("StartTime", "is needed with days".to_owned()));
            }
            return Ok(Schedule::new(Hours::NonStop, zone));
        }
    };
    let hours = match (set.start_day, set.end_day) {
        (Some(_), Some(_)) if set.weekdays.is_some() => {
            return Err(("Weekdays", "contradicts StartDay and EndDay: daily or weekly?".to_owned()));
        }
        (Some(first), Some(last)) => Hours::Weekly { start: (first, start), end: (last, end) },
        (None, None) => Hours::Daily { start, end, weekdays: set.days() },
        (Some(_), None) => return Err(("EndDay", "is needed with StartDay".to_owned())),
        (None, Some(_)) => return Err(("StartDay", "is needed with EndDay".to_owned())),
    };
    Ok(Schedule::new(hours, zone))
}

/// The zone of this machine, by name: from TZ, else from the system's link into the zone database.
fn local_zone() -> Result<Tz, String> {
    let named = std::env::var("TZ").ok().map(|tz| tz.trim_start_matches(':').to_owned());
    let name = named.filter(|tz| !tz.is_empty()).or_else(|| {
        let link = std::fs::read_link("/etc/localtime").ok()?;
        Some(link.to_str()?.split_once("zoneinfo/")?.1.to_owned())
    });
    let name = name.ok_or("the zone of this machine has no name that can be read: say TimeZone")?;
    Tz::read(&name).map_err(|_| format!("the zone of this machine, {name:?}, is not known: say TimeZone"))
}
