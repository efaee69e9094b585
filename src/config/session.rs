//! From the configuration to the session machine: what [`FixSession`] says, as `finality_parsers::fix::session::Config`.

use std::path::Path;
use std::sync::Arc;

use finality_parsers::diagnostic::Policy;
use finality_parsers::fix::dictionary::Dictionary;
use finality_parsers::fix::session::{Config, Credentials, Dictionaries, Precision, Resets};
use finality_parsers::fix::{Switches, Version};

use super::fix::{FixConfig, FixSession};
use super::settings::Settings;
use super::value;

impl FixConfig {
    /// How each session is to behave, by its name. Reads the dictionaries; the error says which session and why.
    pub fn behaviours(&self) -> Result<std::collections::BTreeMap<String, Config>, String> {
        let behaviour = |s: &FixSession| {
            Ok((s.name.clone(), s.behaviour().map_err(|why| format!("session {}: {why}", s.name))?))
        };
        self.sessions.iter().map(behaviour).collect()
    }
}

impl FixSession {
    /// How the session is to behave. Reads its dictionaries.
    pub fn behaviour(&self) -> Result<Config, String> {
        let (set, id) = (&self.set, &self.id);
        let target = Some(id.target.as_str()).filter(|target| *target != "*");
        let mut config = Config::new(self.version, &id.sender, target, self.role(), set.heartbeat());
        config.sender_sub_id.clone_from(&id.sender_sub);
        config.sender_location_id.clone_from(&id.sender_location);
        config.target_sub_id.clone_from(&id.target_sub);
        config.target_location_id.clone_from(&id.target_location);
        config.resets = Resets {
            on_logon: set.reset_on_logon,
            on_logout: set.reset_on_logout,
            on_disconnect: set.reset_on_disconnect,
        };
        (config.logon_wait, config.logout_wait) = (set.logon_timeout.0, set.logout_timeout.0);
        config.check_comp_ids = set.check_comp_id;
        config.latency_max = set.check_latency.then_some(set.max_latency.0);
        config.precision = match set.precision() {
            value::Precision::Seconds => Precision::Seconds,
            value::Precision::Millis => Precision::Millis,
            value::Precision::Micros => Precision::Micros,
            value::Precision::Nanos => Precision::Nanos,
        };
        config.dictionaries = self.dictionaries()?;
        config.switches = switches(set);
        config.policy = if set.reject_invalid { Policy::Strict } else { Policy::Lenient };
        config.redundant_resend_requests = set.redundant_resend_requests;
        config.request_chunk = set.resend_request_chunk;
        config.persist = set.persist_messages;
        config.next_expected = set.send_next_expected;
        config.last_processed = set.last_processed;
        if set.username.is_some() || self.password.is_some() {
            config.credentials = Some(Credentials {
                username: set.username.clone().unwrap_or_default(),
                password: self.password.as_ref().map_or(String::new(), |p| p.reveal().to_owned()),
            });
        }
        config.limits.message_bytes_max = set.message_bytes_max.0;
        Ok(config)
    }

    /// The dictionaries that are given for the session.
    pub fn dictionaries(&self) -> Result<Dictionaries, String> {
        let set = &self.set;
        if !set.use_dictionary {
            return Ok(Dictionaries::default());
        }
        let fixt = self.version.is_fixt();
        let (transport, application) = if fixt {
            (set.transport_dictionary.as_deref(), set.app_dictionary.as_deref())
        } else {
            (None, set.data_dictionary.as_deref())
        };
        let given = match (transport, application) {
            (None, None) => return Ok(Dictionaries::default()),
            (Some(_), None) => {
                return Err("TransportDataDictionary needs an AppDataDictionary beside it".to_owned());
            }
            (None, Some(_)) if self.version.is_fixt() => {
                return Err("AppDataDictionary needs a TransportDataDictionary beside it".to_owned());
            }
            (transport, Some(application)) => dictionary(transport, application).map_err(|why| {
                format!("{} {why}", if fixt { "AppDataDictionary" } else { "DataDictionary" })
            })?,
        };
        Ok(Dictionaries::default().with(self.version, Arc::new(given)))
    }

    /// Settings that say something which the session cannot do, and what it does instead.
    pub fn unheeded(&self) -> Vec<(&'static str, &'static str)> {
        let set = &self.set;
        [
            (set.refresh_on_logon, "RefreshOnLogon", "numbers are always those of the journal"),
            (
                set.closed_resend_interval,
                "ClosedResendInterval",
                "a ResendRequest ends as the version has it: 0 or 999999",
            ),
            (
                set.resend_messages_max > 0,
                "MaxMessagesInResendRequest",
                "all that is asked for is sent, in pieces as the peer takes them",
            ),
            (
                !set.requires_orig_sending_time,
                "RequiresOrigSendingTime",
                "a PossDup message without 122 is rejected",
            ),
            (!set.length_and_checksum, "ValidateLengthAndChecksum", "garbled messages are passed over"),
            (
                self.version < Version::Fix42
                    && set.precision() != value::Precision::Seconds
                    && set.precision != value::Precision::Millis,
                "TimestampPrecision",
                "before FIX.4.2 times have seconds",
            ),
        ]
        .into_iter()
        .filter_map(|(on, key, why)| on.then_some((key, why)))
        .collect()
    }
}

fn switches(set: &Settings) -> Switches {
    Switches {
        fields_out_of_order: set.fields_out_of_order,
        fields_have_values: set.fields_have_values,
        user_defined_fields: set.user_defined_fields && set.use_dictionary,
        unknown_fields: !set.allow_unknown_fields && set.use_dictionary,
        group_order: set.group_order && set.use_dictionary,
        required: set.use_dictionary,
        formats: set.use_dictionary,
        enums: set.use_dictionary,
        group_counts: set.use_dictionary,
    }
}

/// Reads a dictionary in QuickFIX's format.
pub fn dictionary(transport: Option<&Path>, application: &Path) -> Result<Dictionary, String> {
    let read = |path: &Path| std::fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    let transport = transport.map(read).transpose()?;
    Dictionary::from_xml(transport.as_deref(), &read(application)?)
        .map_err(|e| format!("{}: {e}", application.display()))
}
