//! Reads the FIX sections of a configuration, and says at which line and key something is wrong.

use std::fmt;
use std::path::{Path, PathBuf};

use finality_kernel::profile::LinkProfile as Link;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fix::{Around, Draft, FixConfig, FixSession, Written, app_dictionary, version_of};
use super::settings::{SETTINGS, Setting, Settings};
use super::value::{Read as _, nearest};

/// One thing that is wrong in the FIX sections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line of the file, from 1; 0 when it is about the whole.
    pub line: usize,
    /// Which section or session.
    pub place: String,
    /// Which setting; empty when it is about the whole.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub why: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{} ", self.key)?;
        }
        f.write_str(&self.why)
    }
}

/// A file without a gateway and without a session configures nothing.
pub(super) fn no_session() -> Problem {
    let why = "is missing: no session is defined; write one with BeginString, SenderCompID, TargetCompID and SocketAcceptPort \
               or SocketConnectHost (docs/fix-configuration.md)";
    Problem { line: 0, place: "the file".to_owned(), key: "[[fix.session]]".to_owned(), why: why.to_owned() }
}

/// The FIX sections of a configuration that has no gateway around them.
pub fn sections(text: &str, base: &Path) -> Result<FixConfig, Vec<Problem>> {
    read(text, &Around { base, links: &[], listen: None })
}

/// The FIX sections of a gateway with these links.
pub(super) fn of_gateway(
    text: &str,
    base: &Path,
    links: &[Link],
    listen: Option<&str>,
) -> Result<FixConfig, Vec<Problem>> {
    read(text, &Around { base, links, listen })
}

fn read(text: &str, around: &Around<'_>) -> Result<FixConfig, Vec<Problem>> {
    let problem = |why: String| Problem { line: 0, place: "[fix]".to_owned(), key: String::new(), why };
    let root = DeTable::parse(text).map_err(|e| vec![problem(e.to_string())])?;
    let mut reader = Reader { text, problems: Vec::new() };
    let mut defaults = Draft::default();
    let (mut written, mut common) = (Vec::new(), Vec::new());
    let fix = root.get_ref().iter().find(|(key, _)| key.get_ref() == "fix");
    match fix.map(|(_, value)| value.get_ref()) {
        None => {}
        Some(DeValue::Table(table)) => {
            common = reader.keys(table, "[fix]", true, &mut defaults);
            written = reader.sessions(table);
        }
        Some(_) => reader.problems.push(problem("must be a table".to_owned())),
    }
    if let Some((key, _)) = root.get_ref().iter().find(|(key, _)| key.get_ref() == "fix_listen") {
        common.push(("fix_listen".to_owned(), reader.line(key.span().start)));
    }
    let bad_defaults = !reader.problems.is_empty();
    let mut config = FixConfig { defaults: defaults.set.clone(), sessions: Vec::new() };
    for (number, (line, table)) in written.into_iter().enumerate() {
        let place = format!("[[fix.session]] {}", number + 1);
        let mut draft = defaults.clone();
        let before = reader.problems.len();
        let own = reader.keys(table, &place, false, &mut draft);
        let place = draft.set.link.as_ref().map_or(place.clone(), |link| format!("{place} ({link})"));
        let mut written = Written { place, line, own, common: common.clone() };
        match draft.finish(around) {
            Ok(mut session) => {
                if session.set.link.is_none() {
                    written.place = format!("{} ({})", written.place, session.name);
                }
                session.written = written;
                config.sessions.push(session);
            }
            // A value that could not be read is missing afterwards, which need not be said twice.
            Err(_) if bad_defaults || reader.problems.len() > before => {}
            Err(wrong) => {
                reader.problems.extend(wrong.into_iter().map(|(key, why)| written.problem(key, why)))
            }
        }
    }
    // What sessions are together can be said when each of them is good.
    if reader.problems.is_empty() {
        plain_links(around, &defaults, &common, &mut config, &mut reader.problems);
    }
    if reader.problems.is_empty() {
        reader.problems = config.contradictions();
    }
    if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
}

/// The links that have no session of their own are acceptors with the defaults.
fn plain_links(
    around: &Around<'_>,
    defaults: &Draft,
    common: &[(String, usize)],
    config: &mut FixConfig,
    problems: &mut Vec<Problem>,
) {
    for link in around.links.iter().filter(|l| version_of(l.speech).is_some()) {
        if config.sessions.iter().any(|s| s.set.link.as_deref() == Some(link.name.as_str())) {
            continue;
        }
        let mut draft = defaults.clone();
        draft.set.link = Some(link.name.clone());
        (draft.set.begin_string, draft.set.sender_comp_id, draft.set.target_comp_id) = (None, None, None);
        draft.set.default_appl_ver_id = None;
        let place = format!("the link {:?}, which has no [[fix.session]] and takes [fix]", link.name);
        let written = Written { place, common: common.to_vec(), ..Written::default() };
        match draft.finish(around) {
            Ok(session) => config.sessions.push(FixSession { written, ..session }),
            Err(wrong) => problems.extend(wrong.into_iter().map(|(key, why)| written.problem(key, why))),
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn line(&self, at: usize) -> usize {
        1 + self.text.as_bytes().iter().take(at).filter(|b| **b == b'\n').count()
    }

    /// The tables under `[[fix.session]]`, each with its line.
    fn sessions<'a, 'i>(&mut self, fix: &'a DeTable<'i>) -> Vec<(usize, &'a DeTable<'i>)> {
        let mut found = Vec::new();
        for (key, value) in fix.iter().filter(|(key, _)| key.get_ref() == "session") {
            let items = value.get_ref().as_array().map(|a| a.iter().collect::<Vec<_>>());
            for item in items.unwrap_or_else(|| vec![value]) {
                match item.get_ref() {
                    DeValue::Table(table) if value.get_ref().is_array() => {
                        found.push((self.line(item.span().start), table));
                    }
                    _ => self.problems.push(Problem {
                        line: self.line(key.span().start),
                        place: "[fix]".to_owned(),
                        key: "session".to_owned(),
                        why: "must be written as [[fix.session]], with two brackets".to_owned(),
                    }),
                }
            }
        }
        found
    }

    /// Takes over what a section says; gives back the line of each key.
    fn keys(
        &mut self,
        table: &DeTable<'_>,
        place: &str,
        for_all: bool,
        draft: &mut Draft,
    ) -> Vec<(String, usize)> {
        let mut lines = Vec::new();
        let mut own_targets = false;
        for (key, _) in table.iter() {
            let name = key.get_ref().as_ref();
            if for_all && name == "session" {
                continue;
            }
            let line = self.line(key.span().start);
            lines.push((name.to_owned(), line));
            // Addresses of a session take the place of those of the defaults, all of them.
            if name.starts_with("SocketConnectHost") && !own_targets {
                own_targets = true;
                draft.targets.clear();
            }
        }
        for (key, value) in table.iter() {
            let name = key.get_ref().as_ref();
            if for_all && name == "session" {
                continue;
            }
            let line = self.line(key.span().start);
            if let Err(why) = take(name, value, for_all, draft) {
                self.problems.push(Problem { line, place: place.to_owned(), key: name.to_owned(), why });
            }
        }
        lines
    }
}

fn take(name: &str, value: &Spanned<DeValue<'_>>, for_all: bool, draft: &mut Draft) -> Result<(), String> {
    if name == "AppDataDictionary" && matches!(value.get_ref(), DeValue::Table(_)) {
        return Err("of a version is written in quotation marks: \"AppDataDictionary.FIX.5.0SP1\"".to_owned());
    }
    let text = text(value.get_ref())?;
    if let Some((base, number)) = numbered(name) {
        let target = draft.targets.entry(number).or_default();
        match base {
            "SocketConnectHost" => target.0 = Option::read(&text)?,
            _ => target.1 = Option::read(&text)?,
        }
        return Ok(());
    }
    if let Some(version) = app_dictionary(name) {
        draft.app_dictionaries.insert(version?, PathBuf::from(text));
        return Ok(());
    }
    let Some(row) = Setting::of(name) else {
        let near = nearest(name, SETTINGS.iter().map(|s| s.key));
        return Err(match near {
            Some(near) => format!("is no setting; did you mean {near}?"),
            None => "is no setting; docs/fix-configuration.md has them all".to_owned(),
        });
    };
    if !for_all && Settings::is_for_all(name) {
        return Err("is one for all sessions: put it under [fix]".to_owned());
    }
    if for_all && name == "Link" {
        return Err("belongs into a [[fix.session]]".to_owned());
    }
    // The words of a password are not repeated, whatever is wrong with them.
    let shown = if name == "Password" { "it".to_owned() } else { format!("{text:?}") };
    row.set(&mut draft.set, &text).map_err(|why| format!("{shown} {why}"))
}

/// `SocketConnectHost2` is the second of its kind; the plain name is number 0.
pub(super) fn numbered(name: &str) -> Option<(&str, u32)> {
    let base = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &name[base.len()..];
    let number = if number.is_empty() { 0 } else { number.parse().ok()? };
    ["SocketConnectHost", "SocketConnectPort"].contains(&base).then_some((base, number))
}

/// A value as it would be typed.
fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value {
        DeValue::String(text) => Ok(text.to_string()),
        DeValue::Integer(whole) if whole.radix() == 10 => Ok(whole.as_str().to_owned()),
        DeValue::Boolean(yes) => Ok(yes.to_string()),
        DeValue::Datetime(when) => Ok(when.to_string()),
        // 1.2 is a version of TLS.
        DeValue::Float(number) => Ok(number.as_str().to_owned()),
        DeValue::Array(items) => {
            let items: Result<Vec<_>, _> = items.iter().map(|item| text(item.get_ref())).collect();
            Ok(items?.join(","))
        }
        other => Err(format!("may not be a {}", other.type_str())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        sections(text, Path::new(""))
            .expect_err("something is wrong")
            .iter()
            .map(Problem::to_string)
            .collect()
    }

    const GOOD: &str = "[fix]\nSenderCompID = \"US\"\nBeginString = \"FIX.4.2\"\n\
        [[fix.session]]\nTargetCompID = \"THEM\"\nSocketAcceptPort = 5001\nStartTime = 08:00:00\nEndTime = \"17:00\"\n\
        Weekdays = [\"Mon\", \"Fri\"]\nTimeZone = \"Europe/London\"\n\
        [[fix.session]]\nTargetCompID = \"OTHER\"\nConnectionType = \"initiator\"\nSocketConnectHost = \"a\"\n\
        SocketConnectPort = 1\nSocketConnectHost1 = \"b\"\nSocketConnectPort1 = 2\nHeartBtInt = 5\n";

    #[test]
    fn sessions_take_the_defaults() {
        let config = sections(GOOD, Path::new("")).expect("it is good");
        let [first, second] = &config.sessions[..] else { panic!("two sessions") };
        assert_eq!(first.name, "FIX.4.2:US->THEM");
        assert_eq!(first.accept.as_deref(), Some("0.0.0.0:5001"));
        assert_eq!(second.connect, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        assert_eq!(second.set.heartbeat().as_secs(), 5);
        assert_eq!(first.set.heartbeat().as_secs(), 30);
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        for (with, expected) in [
            (
                "HeartBtIn = 5",
                "line 19: [[fix.session]] 2: HeartBtIn is no setting; did you mean HeartBtInt?",
            ),
            ("MaxConnections = 5", "line 19: [[fix.session]] 2: MaxConnections is one for all sessions"),
            ("CheckLatency = 3", "line 19: [[fix.session]] 2: CheckLatency \"3\" must be true or false"),
            ("StartTime = \"8\"", "StartTime \"8\" must be a time of day: HH:MM:SS"),
            ("StartTime = \"08:00:00\"", "line 11: [[fix.session]] 2: EndTime is needed with StartTime"),
            ("SocketUseSSL = true", "SocketCAFile is needed with SocketUseSSL in an initiator"),
            ("Password = \"swordfish\"", "Username is needed with a password"),
            (
                "\"AppDataDictionary.FIX.5.0SP1\" = \"a.xml\"",
                "AppDataDictionary has one dictionary for each version",
            ),
            ("\"AppDataDictionary.FIX.9\" = \"a.xml\"", "behind the first dot stands one of FIX.5.0,"),
            ("AppDataDictionary.FIX.4.4 = \"a.xml\"", "is written in quotation marks"),
            ("Link = \"manager\"", "no [[profile.links]] is called \"manager\""),
            ("SocketConnectHost2 = \"c\"", "SocketConnectPort2 is needed"),
            ("TimeZone = \"Berlin\"", "must be a time zone of the IANA database"),
            ("PasswordEnv = \"NO_SUCH_VARIABLE_HERE\"", "has no variable NO_SUCH_VARIABLE_HERE"),
        ] {
            let found = problems(&format!("{GOOD}{with}\n"));
            assert!(found.iter().any(|p| p.contains(expected)), "{with}: {found:?}");
        }
        let twice = GOOD
            .replace("OTHER", "THEM")
            .replace("ConnectionType = \"initiator\"", "SocketAcceptPort = 5001");
        assert!(problems(&twice)[0].contains("is there twice"), "{:?}", problems(&twice));
    }

    #[test]
    fn a_password_is_not_repeated() {
        let found = problems(&format!("{GOOD}Password = \"sword\\tfish\"\n"));
        assert!(found.iter().all(|p| !p.contains("fish")), "{found:?}");
    }
}
