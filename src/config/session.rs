//! From a configured session to the machine's own settings: dictionaries are read here, once for each file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use finality_parsers::diagnostic::Policy;
use finality_parsers::fix::dictionary::Dictionary;
use finality_parsers::fix::reading::Switches;
use finality_parsers::fix::session::{Config, Credentials, Precision as Digits, Resets, Role};

use super::fix::FixSession;
use super::value::Precision;

/// Dictionaries that were read, by their files: sessions that name the same files share them.
#[derive(Debug, Default)]
pub struct DictionaryFiles(BTreeMap<(Option<PathBuf>, PathBuf), Arc<Dictionary>>);

impl DictionaryFiles {
    fn read(&mut self, transport: Option<&Path>, application: &Path) -> Result<Arc<Dictionary>, String> {
        let key = (transport.map(Path::to_owned), application.to_owned());
        if let Some(known) = self.0.get(&key) {
            return Ok(Arc::clone(known));
        }
        let bytes = |path: &Path| {
            let hint =
                "name a file that can be read; relative paths begin at the folder of the configuration";
            std::fs::read(path).map_err(|e| format!("{}: {e}; {hint}", path.display()))
        };
        let session = transport.map(bytes).transpose()?;
        let dictionary = Dictionary::from_xml(session.as_deref(), &bytes(application)?).map_err(|e| {
            let files: Vec<String> =
                transport.iter().chain([&application]).map(|p| p.display().to_string()).collect();
            format!("{}: {e}", files.join(" with "))
        })?;
        let dictionary = Arc::new(dictionary);
        self.0.insert(key, Arc::clone(&dictionary));
        Ok(dictionary)
    }
}

/// What the machine of a configured session needs to know.
pub fn machine(session: &FixSession, files: &mut DictionaryFiles) -> Result<Config, String> {
    let set = &session.set;
    let target = Some(session.id.target.as_str()).filter(|t| *t != "*");
    let mut config =
        Config::new(session.version, &session.id.sender, target, session.role(), set.heartbeat.0);
    config.sender_sub_id.clone_from(&session.id.sender_sub);
    config.sender_location_id.clone_from(&session.id.sender_location);
    config.target_sub_id.clone_from(&session.id.target_sub);
    config.target_location_id.clone_from(&session.id.target_location);
    config.resets = Resets {
        on_logon: set.reset_on_logon,
        on_logout: set.reset_on_logout,
        on_disconnect: set.reset_on_disconnect,
    };
    config.logon_wait = set.logon_timeout.0;
    config.logout_wait = set.logout_timeout.0;
    config.check_comp_ids = set.check_comp_id;
    config.latency_max = set.check_latency.then_some(set.max_latency.0);
    config.precision = match set.precision() {
        Precision::Seconds => Digits::Seconds,
        Precision::Millis => Digits::Millis,
        Precision::Micros => Digits::Micros,
        Precision::Nanos => Digits::Nanos,
    };
    let given = match (&set.transport_dictionary, &set.app_dictionary, &set.data_dictionary) {
        _ if !set.use_dictionary => None,
        (transport, Some(application), _) => Some(files.read(transport.as_deref(), application)?),
        (transport, None, Some(one)) => Some(files.read(transport.as_deref(), one)?),
        (_, None, None) => None,
    };
    let is_given = given.is_some();
    if let Some(dictionary) = given {
        config.dictionaries = config.dictionaries.with(session.version, dictionary);
    }
    if set.use_dictionary {
        for (version, path) in &session.app_dictionaries {
            let dictionary = files.read(set.transport_dictionary.as_deref(), path)?;
            config.dictionaries = config.dictionaries.with(*version, dictionary);
        }
    }
    config.switches = switches(session, is_given);
    config.policy = if set.reject_invalid && set.use_dictionary { Policy::Strict } else { Policy::Lenient };
    config.redundant_resend_requests = set.redundant_resend_requests;
    // Two names for one thing; where both are said, the smaller one keeps both promises.
    let chunks = [set.resend_request_chunk, set.resend_messages_max];
    config.request_chunk = chunks.into_iter().filter(|n| *n > 0).min().unwrap_or(0);
    config.closed_requests = set.closed_resend_interval;
    config.requires_orig_time = set.requires_orig_sending_time;
    config.check_sums = set.length_and_checksum;
    config.persist = set.persist_messages;
    config.next_expected = set.send_next_expected;
    config.last_processed = set.last_processed;
    config.credentials = credentials(session);
    config.limits.message_bytes_max = set.message_bytes_max.0;
    config.schedule = Some(session.schedule);
    Ok(config)
}

/// A dictionary given for the session is checked as its settings say; the built-in ones know less than there is, so fields of
/// somebody's own are let through.
fn switches(session: &FixSession, given: bool) -> Switches {
    let set = &session.set;
    let base = if given { Switches::QUICKFIX } else { Switches::default() };
    Switches {
        fields_out_of_order: set.fields_out_of_order,
        fields_have_values: set.fields_have_values,
        user_defined_fields: set.user_defined_fields && given,
        unknown_fields: !set.allow_unknown_fields,
        group_values: true,
        ..base
    }
}

fn credentials(session: &FixSession) -> Option<Credentials> {
    let password = session.password.as_ref().map(|p| p.reveal().to_owned()).unwrap_or_default();
    match (&session.set.username, session.role()) {
        (Some(username), _) => Some(Credentials { username: username.clone(), password }),
        (None, Role::Initiator | Role::Acceptor) => None,
    }
}

#[cfg(test)]
mod tests {
    use finality_parsers::fix::Version;

    use super::*;
    use crate::config::read::sections;

    #[test]
    fn each_version_over_fixt_has_its_dictionary() {
        let dir = tempfile::tempdir().expect("a folder");
        let write = |name: &str, head: &str, messages: &str| {
            let fields = "<fields><field number='35' name='MsgType' type='STRING'/>\
                <field number='10' name='CheckSum' type='STRING'/></fields>";
            let text = format!("<fix {head}><messages>{messages}</messages>{fields}</fix>");
            std::fs::write(dir.path().join(name), text).expect("writes");
        };
        let fixt = "<fix type='FIXT' major='1' minor='1'><header><field name='MsgType' required='Y'/></header>\
            <trailer><field name='CheckSum' required='Y'/></trailer><messages/><fields>\
            <field number='35' name='MsgType' type='STRING'/><field number='10' name='CheckSum' type='STRING'/></fields></fix>";
        std::fs::write(dir.path().join("fixt.xml"), fixt).expect("writes");
        write(
            "sp1.xml",
            "type='FIX' major='5' minor='0' servicepack='1'",
            "<message name='One' msgtype='U1'/>",
        );
        write(
            "sp2.xml",
            "type='FIX' major='5' minor='0' servicepack='2'",
            "<message name='Two' msgtype='U2'/>",
        );
        let text = "[[fix.session]]\nBeginString = \"FIXT.1.1\"\nSenderCompID = \"A\"\nTargetCompID = \"B\"\n\
            SocketAcceptPort = 1\nTransportDataDictionary = \"fixt.xml\"\nAppDataDictionary = \"sp2.xml\"\n\
            \"AppDataDictionary.FIX.5.0SP1\" = \"sp1.xml\"\n";
        let config = sections(text, dir.path()).expect("it is good");
        let machine = machine(&config.sessions[0], &mut DictionaryFiles::default()).expect("files that read");
        let knows = |version, msg_type: &str| machine.dictionaries.get(version).message(msg_type).is_some();
        assert!(knows(Version::Fix50Sp1, "U1") && !knows(Version::Fix50Sp1, "U2"));
        assert!(knows(Version::Fix50Sp2, "U2") && !knows(Version::Fix50Sp2, "U1"));
        assert!(!machine.dictionaries.is_given(Version::Fix50), "the built-in one");
    }
}
