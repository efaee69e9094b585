//! Takes over a settings file of QuickFIX: `[DEFAULT]` and `[SESSION]` sections of `key=value` lines. What cannot be taken over is
//! said line by line, with the reason.

use std::fmt;

use super::fix::app_dictionary;
use super::read::numbered;
use super::settings::{SETTINGS, Setting, Settings};
use super::value::nearest;

/// Other names for the same thing.
pub const RENAMED: &[(&str, &str)] = &[
    ("TimeStampPrecision", "TimestampPrecision"),
    ("AllowedRemoteAddress", "AllowedRemoteAddresses"),
    ("SocketAcceptAddress", "SocketAcceptHost"),
    ("ResendRequestMaxSize", "ResendRequestChunkSize"),
    ("MaxScheduledWriteRequests", "OutboundBufferBytes"),
    ("SERVER_CERTIFICATE_FILE", "SocketCertificateFile"),
    ("SERVER_CERTIFICATE_KEY_FILE", "SocketPrivateKeyFile"),
    ("CLIENT_CERTIFICATE_FILE", "SocketCertificateFile"),
    ("CLIENT_CERTIFICATE_KEY_FILE", "SocketPrivateKeyFile"),
    ("CERTIFICATE_AUTHORITIES_FILE", "SocketCAFile"),
    ("SSLEnable", "SocketUseSSL"),
    ("SSLServerName", "SocketServerName"),
    ("SSLRequireClientCertificate", "NeedClientAuth"),
    ("SSLCACertificate", "SocketCAFile"),
];

/// What has no counterpart, and why; a `*` at the end stands for anything.
pub const DROPPED: &[(&str, &str)] = &[
    ("FileStore*", "not needed: numbers and messages are kept in the journal of the gateway's `store`"),
    ("FileIncludeTimeStampForMessages", "not needed: the log always has times"),
    ("FileIncludeMilliseconds", "not needed: the log always has times"),
    (
        "FileLog*",
        "not needed: messages are in the journal (`finality inspect`), events in the log on standard error (FINALITY_LOG)",
    ),
    ("ScreenLog*", "not needed: events are logged on standard error (FINALITY_LOG)"),
    ("ScreenInclude*", "not needed: events are logged on standard error (FINALITY_LOG)"),
    ("SLF4J*", "not needed: events are logged on standard error (FINALITY_LOG)"),
    ("Jdbc*", "not needed: there is no database; numbers and messages are kept in the journal"),
    ("JDBC*", "not needed: there is no database; numbers and messages are kept in the journal"),
    ("SQL*", "not needed: there is no database; numbers and messages are kept in the journal"),
    ("MySQL*", "not needed: there is no database; numbers and messages are kept in the journal"),
    ("PostgreSQL*", "not needed: there is no database; numbers and messages are kept in the journal"),
    ("Odbc*", "not needed: there is no database; numbers and messages are kept in the journal"),
    ("Mongo*", "not needed: there is no database; numbers and messages are kept in the journal"),
    ("SleepycatD*", "not needed: there is no database; numbers and messages are kept in the journal"),
    ("CachedFileStore*", "not needed: numbers and messages are kept in the journal"),
    ("DebugFileLogPath", "not needed: FINALITY_LOG=debug logs more"),
    ("SocketNodelay", "not needed: small messages are never held back"),
    ("SocketTcpNoDelay", "not needed: small messages are never held back"),
    ("SocketReuseAddress", "not needed: a listening port can be taken again at once"),
    ("SocketSendBufferSize", "left to the system; OutboundBufferBytes bounds what waits for a slow peer"),
    ("SocketReceiveBufferSize", "left to the system"),
    ("SocketKeepAlive", "not needed: heartbeats find a dead line sooner"),
    ("SocketLinger", "not needed: a line is closed when what was sent has gone out"),
    ("SocketOobInline", "not needed: urgent data is not used"),
    ("SocketTrafficClass", "left to the system"),
    ("SocketSynchronousWrites*", "not needed: no thread waits for a peer"),
    (
        "SocketKeyStore*",
        "a Java key store is not read: export certificate and key as PEM and say SocketCertificateFile and SocketPrivateKeyFile",
    ),
    ("KeyStoreType", "a Java key store is not read: export certificate and key as PEM"),
    ("SocketTrustStore*", "a Java key store is not read: export the authorities as PEM and say SocketCAFile"),
    ("TrustStoreType", "a Java key store is not read: export the authorities as PEM"),
    ("KeyManagerFactoryAlgorithm", "a Java key store is not read"),
    ("TrustManagerFactoryAlgorithm", "a Java key store is not read"),
    (
        "SSLCertificate*",
        "a PKCS#12 file is not read: export certificate and key as PEM and say SocketCertificateFile and SocketPrivateKeyFile",
    ),
    ("SSLValidateCertificates", "certificates are always checked, against SocketCAFile"),
    ("SSLCheckCertificateRevocation", "revocation lists are not read"),
    ("SSLProtocol*", "say SocketMinimumTLSVersion (1.2 or 1.3)"),
    ("EnabledProtocols", "say SocketMinimumTLSVersion (1.2 or 1.3)"),
    ("CipherSuites", "the safe suites of TLS 1.2 and 1.3 are always those"),
    ("CERTIFICATE_VERIFY_LEVEL", "say NeedClientAuth"),
    ("SSL_*", "say SocketMinimumTLSVersion (1.2 or 1.3); the safe suites are always those"),
    ("CERTIFICATE_REVOCATION_*", "revocation lists are not read"),
    ("Proxy*", "a proxy is not spoken to: dial the peer"),
    ("SocketAcceptProtocol", "only TCP is spoken"),
    ("SocketConnectProtocol", "only TCP is spoken"),
    ("SocketLocal*", "left to the system's routes"),
    ("HttpAcceptPort", "there is no web page for sessions"),
    ("LogMessageWhenSessionNotFound", "not needed: it is always logged"),
    ("ThreadModel", "not needed: there is no thread per session"),
    ("InChanCapacity", "not needed: queues are bounded by bytes"),
    ("ForceResync", "there is no such thing: `config check` and the store say what is kept"),
    (
        "ForceResendWhenCorruptedStore",
        "not needed: a damaged journal stops the start, `finality store repair` decides",
    ),
    ("ContinueInitializationOnError", "a configuration is good or it is not used"),
    ("IgnoreAbsenceOf141tag", "not needed: a Logon without 141 keeps the numbers"),
    ("TestRequestDelayMultiplier", "TestRequest after 1.2 HeartBtInt of silence"),
    ("HeartBeatTimeoutMultiplier", "disconnect after 2.4 HeartBtInt of silence"),
    ("DisconnectOnError", "an error is answered as the standard says"),
    ("LogonTag*", "fields cannot be added to the Logon, besides Username and Password"),
    ("Description", "for people only: a TOML comment does it"),
];

/// Something that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Line of the settings file, from 1.
    pub line: usize,
    /// Which setting.
    pub key: String,
    /// What became of it.
    pub why: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.key, self.why)
    }
}

struct Line {
    number: usize,
    key: String,
    value: String,
}

struct Section {
    name: String,
    lines: Vec<Line>,
}

/// The configuration, and what is not in it. `variable` knows the values of `${NAME}`.
pub fn import(text: &str, variable: impl Fn(&str) -> Option<String>) -> (String, Vec<Note>) {
    let mut notes = Vec::new();
    let sections = sections(text, &variable, &mut notes);
    let mut out = String::new();
    let defaults: Vec<&Line> =
        sections.iter().filter(|s| s.name == "DEFAULT").flat_map(|s| &s.lines).collect();
    if !defaults.is_empty() {
        out += "[fix]\n";
        write(&defaults, &mut out, &mut notes);
    }
    for section in sections.iter().filter(|s| s.name == "SESSION") {
        if !out.is_empty() {
            out.push('\n');
        }
        out += "[[fix.session]]\n";
        write(&section.lines.iter().collect::<Vec<_>>(), &mut out, &mut notes);
    }
    notes.sort_by_key(|n| n.line);
    (out, notes)
}

fn sections(text: &str, variable: &impl Fn(&str) -> Option<String>, notes: &mut Vec<Note>) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    let mut note = |line: usize, key: &str, why: String| notes.push(Note { line, key: key.to_owned(), why });
    for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let (number, line) = (at + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            let name = name.split(']').next().unwrap_or_default().trim().to_ascii_uppercase();
            if name != "DEFAULT" && name != "SESSION" {
                note(number, &name, "no such section: left out with all its lines".to_owned());
            }
            found.push(Section { name, lines: Vec::new() });
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            note(number, line, "is no `key=value`: left out".to_owned());
            continue;
        };
        let (key, value) = (key.trim(), expand(value.trim(), variable));
        let value = value.unwrap_or_else(|(kept, name)| {
            note(number, key, format!("${{{name}}} is not set: put its value in by hand"));
            kept
        });
        let Some(section) = found.last_mut() else {
            note(number, key, "stands before any section: left out".to_owned());
            continue;
        };
        if let Some(before) = section.lines.iter().position(|l| l.key == key) {
            let first = section.lines.remove(before);
            note(first.number, key, format!("is there again in line {number}, which counts"));
        }
        section.lines.push(Line { number, key: key.to_owned(), value });
    }
    found
}

/// Puts values in for `${NAME}`; the error has the text as it was and the name that has none.
pub(super) fn expand(
    text: &str,
    variable: &impl Fn(&str) -> Option<String>,
) -> Result<String, (String, String)> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        let value = variable(name).ok_or_else(|| (text.to_owned(), name.to_owned()))?;
        out += before;
        out += &value;
        rest = behind;
    }
    Ok(out + rest)
}

fn write(lines: &[&Line], out: &mut String, notes: &mut Vec<Note>) {
    let mut written: Vec<String> = Vec::new();
    for line in lines {
        let mut note = |why: String| notes.push(Note { line: line.number, key: line.key.clone(), why });
        let ours = RENAMED.iter().find(|(theirs, _)| *theirs == line.key).map(|(_, ours)| *ours);
        if line.key == "MaxScheduledWriteRequests" {
            note("counts messages there: say OutboundBufferBytes, in bytes".to_owned());
            continue;
        }
        if let Some(ours) = ours {
            note(format!("is called {ours} here"));
        }
        let key = ours.unwrap_or(&line.key);
        if written.iter().any(|w| w == key) {
            note(format!("{key} is said already: left out"));
            continue;
        }
        if line.value.is_empty() {
            note("has no value: left out".to_owned());
            continue;
        }
        let known = Setting::of(key);
        let of_version = app_dictionary(key).is_some_and(|version| version.is_ok());
        if known.is_none() && numbered(key).is_none() && !of_version {
            note(unknown(key));
            continue;
        }
        let (value, zone) = match key {
            "StartTime" | "EndTime" => {
                line.value.split_once(' ').map_or((&*line.value, None), |(t, z)| (t, Some(z.trim())))
            }
            _ => (&*line.value, None),
        };
        if let Err(why) = known.map_or(Ok(()), |row| row.set(&mut Settings::default(), value)) {
            // Of a password nothing is repeated.
            note(format!("its value {why}: left out"));
            continue;
        }
        let name = if of_version { format!("{key:?}") } else { key.to_owned() };
        *out += &format!("{name} = {}\n", literal(known, value));
        written.push(key.to_owned());
        if let Some(zone) = zone.filter(|_| !written.iter().any(|w| w == "TimeZone")) {
            note(format!("its zone {zone} is TimeZone here, for both times"));
            *out += &format!("TimeZone = {}\n", literal(None, zone));
            written.push("TimeZone".to_owned());
        }
    }
}

fn unknown(key: &str) -> String {
    let dropped = DROPPED.iter().find(|(pattern, _)| match pattern.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => key == *pattern,
    });
    if let Some((_, why)) = dropped {
        return (*why).to_owned();
    }
    match nearest(key, SETTINGS.iter().map(|s| s.key)) {
        Some(near) => format!("not known: left out; is it {near}?"),
        None => "not known: left out".to_owned(),
    }
}

/// As TOML writes it.
fn literal(row: Option<&Setting>, value: &str) -> String {
    if row.is_some_and(Setting::is_switch) {
        let yes = ["y", "yes", "true"].contains(&value.to_ascii_lowercase().as_str());
        return yes.to_string();
    }
    let plain = value.bytes().all(|b| b.is_ascii_digit()) && !value.is_empty();
    let counts = row.is_none_or(|r| {
        ["seconds", "messages", "bytes", "connections", "port"].iter().any(|w| r.allowed.starts_with(w))
    });
    // A number with a leading zero is none in TOML; a CompID of digits is a text.
    if plain && counts && (value == "0" || !value.starts_with('0')) {
        return value.to_owned();
    }
    toml::Value::String(value.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const CFG: &str = "# made up\n[DEFAULT]\nConnectionType=acceptor\nFileStorePath=store\nBeginString = FIX.4.4\n\
        SenderCompID=${OWN}\nResetOnLogon=N\nResetOnLogon=Y\nStartTime=08:00:00 Europe/Berlin\nEndTime=18:00:00 Europe/Berlin\n\
        HeartBtInt=30\nHeartBeatInt=5\nWhatever=1\n\n[SESSION]\nTargetCompID=007\nSocketAcceptPort=05001\n\
        [session]\nTargetCompID=T2\nConnectionType=initiator\nSocketConnectHost=${HOST}\nSocketConnectPort=5002\n\
        SocketConnectHost1=b\nSocketConnectPort1=5003\nCheckLatency=maybe\n";

    #[test]
    fn what_is_imported_reads_and_the_rest_is_said() {
        let (toml, notes) = import(CFG, |name| (name == "OWN").then(|| "US".to_owned()));
        let config = super::super::read::sections(&toml, Path::new("")).expect("it reads");
        let [first, second] = &config.sessions[..] else { panic!("two sessions: {toml}") };
        assert_eq!(first.id.to_string(), "FIX.4.4:US->007");
        assert_eq!(first.accept.as_deref(), Some("0.0.0.0:5001"));
        assert!(first.set.reset_on_logon);
        assert_eq!(first.schedule.zone(), chrono_tz::Tz::Europe__Berlin);
        assert_eq!(second.connect, [("${HOST}".to_owned(), 5002), ("b".to_owned(), 5003)]);
        let notes: Vec<String> = notes.iter().map(Note::to_string).collect();
        for expected in [
            "line 4: FileStorePath: not needed",
            "line 7: ResetOnLogon: is there again in line 8",
            "line 9: StartTime: its zone Europe/Berlin is TimeZone here",
            "line 12: HeartBeatInt: not known: left out; is it HeartBtInt?",
            "line 13: Whatever: not known: left out",
            "line 21: SocketConnectHost: ${HOST} is not set",
            "line 25: CheckLatency: its value must be true or false: left out",
        ] {
            assert!(notes.iter().any(|n| n.starts_with(expected)), "{expected}: {notes:#?}");
        }
    }

    #[test]
    fn other_names_are_settings() {
        for (theirs, ours) in RENAMED {
            assert!(Setting::of(ours).is_some(), "{theirs} -> {ours}");
            assert!(Setting::of(theirs).is_none(), "{theirs}");
        }
        for (pattern, _) in DROPPED {
            assert!(Setting::of(pattern).is_none(), "{pattern}");
        }
    }
}
