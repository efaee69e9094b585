//! The table of FIX session settings: name, default, what is allowed, meaning. The struct, its defaults, the reader and the
//! page `docs/fix-configuration.md` all come from this one table.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use finality_parsers::fix::session::Role;
use finality_parsers::fix::session::schedule::Days7;

use super::value::{Days, Network, Precision, Read, Seconds, Secret, Size, TlsVersion};

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// As it is written in the file.
    pub key: &'static str,
    /// Under which heading it is explained.
    pub group: &'static str,
    /// What may be written.
    pub allowed: &'static str,
    /// What holds when it is absent, as it would be written; empty when nothing does.
    pub default: &'static str,
    /// What it does.
    pub meaning: &'static str,
    set: fn(&mut Settings, &str) -> Result<(), String>,
}

impl Setting {
    /// The row of a key.
    pub fn of(key: &str) -> Option<&'static Setting> {
        SETTINGS.iter().find(|row| row.key == key)
    }

    /// Whether it is a switch: yes or no.
    pub fn is_switch(&self) -> bool {
        self.allowed == "true, false"
    }

    /// Takes a value over.
    pub fn set(&self, settings: &mut Settings, text: &str) -> Result<(), String> {
        (self.set)(settings, text)
    }
}

macro_rules! settings {
    ($($group:literal { $($field:ident: $kind:ty = $key:literal, $allowed:literal, $default:literal, $meaning:literal;)* })*) => {
        /// The settings of one session, by name. What several of them mean together is in [`super::FixSession`].
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct Settings {
            $($(#[doc = $meaning] pub $field: $kind,)*)*
        }

        impl Default for Settings {
            fn default() -> Self {
                Self { $($($field: <$kind as Read>::read($default).expect("a test reads every default"),)*)* }
            }
        }

        /// All settings, in the order in which they are explained.
        pub const SETTINGS: &[Setting] = &[
            $($(Setting {
                key: $key,
                group: $group,
                allowed: $allowed,
                default: $default,
                meaning: $meaning,
                set: |settings, text| {
                    settings.$field = <$kind as Read>::read(text)?;
                    Ok(())
                },
            },)*)*
        ];
    };
}

settings! {
    "Who" {
        link: Option<String> = "Link", "a name under `[[profile.links]]`", "", "The link whose messages this session carries; BeginString and CompIDs are then those of the link.";
        connection_type: Role = "ConnectionType", "acceptor, initiator", "acceptor", "Whether the peer dials us or we dial the peer.";
        begin_string: Option<String> = "BeginString", "FIX.4.0 to FIX.4.4, FIXT.1.1", "", "The version of the session; needed unless `Link` says it.";
        default_appl_ver_id: Option<String> = "DefaultApplVerID", "7, 8, 9, FIX.5.0, FIX.5.0SP1, FIX.5.0SP2", "", "The version of messages over FIXT.1.1; 9 (FIX.5.0SP2) when absent.";
        sender_comp_id: Option<String> = "SenderCompID", "text", "", "Our CompID; needed unless `Link` says it.";
        sender_sub_id: Option<String> = "SenderSubID", "text", "", "Our SubID (50), sent with each message.";
        sender_location_id: Option<String> = "SenderLocationID", "text", "", "Our LocationID (142).";
        target_comp_id: Option<String> = "TargetCompID", "text", "", "The peer's CompID; needed unless `Link` says it. `*` in an AcceptorTemplate.";
        target_sub_id: Option<String> = "TargetSubID", "text", "", "The peer's SubID (57).";
        target_location_id: Option<String> = "TargetLocationID", "text", "", "The peer's LocationID (143).";
        session_qualifier: Option<String> = "SessionQualifier", "text", "", "Tells sessions apart that are otherwise named alike; initiators only, it is not on the wire.";
        acceptor_template: bool = "AcceptorTemplate", "true, false", "false", "The session is a pattern: each peer whose Logon fits (`*` fits all) gets a session of its own.";
        dynamic_session: bool = "DynamicSession", "true, false", "false", "The same as AcceptorTemplate.";
    }
    "When" {
        non_stop_session: bool = "NonStopSession", "true, false", "false", "Always open. So is a session without StartTime and EndTime.";
        start_time: Option<NaiveTime> = "StartTime", "HH:MM:SS", "", "When the session opens; numbers begin anew.";
        end_time: Option<NaiveTime> = "EndTime", "HH:MM:SS", "", "When it closes; not after StartTime is the next day.";
        start_day: Option<Weekday> = "StartDay", "a day of the week", "", "With EndDay: one session a week.";
        end_day: Option<Weekday> = "EndDay", "a day of the week", "", "With StartDay: one session a week.";
        weekdays: Option<Days> = "Weekdays", "days of the week, with commas", "", "Days on which a daily session opens; all when absent.";
        time_zone: Option<Tz> = "TimeZone", "a zone such as Europe/Berlin", "", "Whose clocks; UTC when absent. Daylight saving is followed.";
        use_local_time: bool = "UseLocalTime", "true, false", "false", "The zone of this machine instead of UTC.";
    }
    "Logon and numbers" {
        heartbeat: Seconds = "HeartBtInt", "seconds, 0 to 86400", "30", "Silence after which a heartbeat is sent; an acceptor takes the peer's, and refuses one beyond a day. 0 is no heartbeats.";
        logon_timeout: Seconds = "LogonTimeout", "seconds, 0 to 86400", "10", "How long the peer's Logon is waited for; on a shared port the longest counts until the Logon says who it is. Once it has begun it must be whole within 2 seconds.";
        logout_timeout: Seconds = "LogoutTimeout", "seconds, 0 to 86400", "2", "How long the answer to our Logout is waited for.";
        reset_on_logon: bool = "ResetOnLogon", "true, false", "false", "Numbers begin anew at each Logon (141=Y).";
        reset_on_logout: bool = "ResetOnLogout", "true, false", "false", "Numbers begin anew after a Logout.";
        reset_on_disconnect: bool = "ResetOnDisconnect", "true, false", "false", "Numbers begin anew when the line is lost.";
        refresh_on_logon: bool = "RefreshOnLogon", "true, false", "false", "Has no meaning here: numbers are always those of the journal.";
        send_next_expected: bool = "SendNextExpectedMsgSeqNum", "true, false", "false", "The Logon says which number is expected next (789); no ResendRequest is needed.";
        last_processed: bool = "EnableLastMsgSeqNumProcessed", "true, false", "false", "Each message says the last number processed (369).";
        persist_messages: bool = "PersistMessages", "true, false", "true", "Sent messages can be sent again; without, a ResendRequest is answered by a gap fill.";
        resend_request_chunk: u64 = "ResendRequestChunkSize", "messages; 0 is no limit", "0", "Most messages asked for with one ResendRequest.";
        resend_messages_max: u64 = "MaxMessagesInResendRequest", "messages; 0 is no limit", "0", "Another name for ResendRequestChunkSize; where both are said, the smaller one counts.";
        redundant_resend_requests: bool = "SendRedundantResendRequests", "true, false", "false", "A ResendRequest is sent for each early message, not once for a gap.";
        closed_resend_interval: bool = "ClosedResendInterval", "true, false", "false", "A ResendRequest names its last number instead of 0 (infinity).";
        username: Option<String> = "Username", "text", "", "Username (553) of the Logon; checked when the peer dials us. Who says the wrong one is disconnected without a word, and takes no number.";
        password: Option<Secret> = "Password", "text", "", "Password (554) of the Logon. Never logged or printed; better kept out of the file.";
        password_file: Option<PathBuf> = "PasswordFile", "path", "", "The password is the first line of this file.";
        password_env: Option<String> = "PasswordEnv", "name of a variable", "", "The password is in this variable of the environment.";
    }
    "What is checked" {
        check_comp_id: bool = "CheckCompID", "true, false", "true", "Messages must carry the CompIDs of the session.";
        check_latency: bool = "CheckLatency", "true, false", "true", "SendingTime must be near our clock.";
        max_latency: Seconds = "MaxLatency", "seconds, 0 to 86400", "120", "How near.";
        requires_orig_sending_time: bool = "RequiresOrigSendingTime", "true, false", "true", "A PossDup message must have OrigSendingTime (122).";
        reject_invalid: bool = "RejectInvalidMessage", "true, false", "true", "Invalid messages are rejected; else they are noted and handed on.";
        length_and_checksum: bool = "ValidateLengthAndChecksum", "true, false", "true", "CheckSum must be right. BodyLength must be in any case: nothing else says where a message ends.";
        fields_out_of_order: bool = "ValidateFieldsOutOfOrder", "true, false", "true", "Fields of the body may not stand in header or trailer, nor the other way round.";
        fields_have_values: bool = "ValidateFieldsHaveValues", "true, false", "true", "Fields without a value are refused.";
        user_defined_fields: bool = "ValidateUserDefinedFields", "true, false", "true", "User-defined fields (from 5000 on) must be in the dictionary, where one is given.";
        allow_unknown_fields: bool = "AllowUnknownMsgFields", "true, false", "false", "Fields that do not belong to the message are let through.";
        use_dictionary: bool = "UseDataDictionary", "true, false", "true", "Messages are checked against a dictionary: the given one, else the built-in one.";
        data_dictionary: Option<PathBuf> = "DataDictionary", "path", "", "A dictionary in the XML format of QuickFIX, for FIX.4.0 to FIX.4.4.";
        transport_dictionary: Option<PathBuf> = "TransportDataDictionary", "path", "", "The same for the session messages of FIXT.1.1.";
        app_dictionary: Option<PathBuf> = "AppDataDictionary", "path", "", "The same for the application messages over FIXT.1.1. `\"AppDataDictionary.FIX.5.0SP1\"` and the like, in quotation marks, are for messages that say another ApplVerID (1128).";
    }
    "Stamps" {
        precision: Precision = "TimestampPrecision", "SECONDS, MILLIS, MICROS, NANOS", "MILLIS", "Digits of SendingTime; FIX.4.0 and FIX.4.1 always have seconds.";
        milliseconds: bool = "MillisecondsInTimeStamp", "true, false", "true", "Off is the same as TimestampPrecision SECONDS.";
    }
    "Network" {
        accept_host: Option<IpAddr> = "SocketAcceptHost", "an address of this machine", "", "Where the peer may connect; 0.0.0.0 (all of IPv4) when absent. Sessions may share host and port.";
        accept_port: Option<u16> = "SocketAcceptPort", "port", "", "The port on which the peer connects; that of `fix_listen` when absent.";
        connect_host: Option<String> = "SocketConnectHost", "name or address", "", "Whom to dial. SocketConnectHost1, SocketConnectPort1 and so on are tried in turn after it.";
        connect_port: Option<u16> = "SocketConnectPort", "port", "", "At which port.";
        reconnect: Seconds = "ReconnectInterval", "seconds, 0 to 86400", "30", "The wait before dialling again; doubles with each failure.";
        reconnect_max: Seconds = "ReconnectIntervalMax", "seconds, 0 to 86400", "60", "No wait is longer than this.";
        connect_timeout: Seconds = "SocketConnectTimeout", "seconds, 0 to 86400", "10", "How long a connection may take to be made.";
        allowed_addresses: Vec<Network> = "AllowedRemoteAddresses", "addresses and networks, with commas", "", "From where the peer may connect, such as 192.0.2.7 or 2001:db8::/32; from everywhere when absent.";
    }
    "TLS" {
        use_tls: bool = "SocketUseSSL", "true, false", "false", "The connection is encrypted with TLS.";
        certificate: Option<PathBuf> = "SocketCertificateFile", "path, PEM", "", "Our certificate, with its chain. Read again when it changes and on SIGHUP; sessions go on.";
        private_key: Option<PathBuf> = "SocketPrivateKeyFile", "path, PEM", "", "Its key.";
        authorities: Option<PathBuf> = "SocketCAFile", "path, PEM", "", "Who vouches for the peer's certificate.";
        need_client_auth: bool = "NeedClientAuth", "true, false", "false", "Who connects must show a certificate of SocketCAFile.";
        server_name: Option<String> = "SocketServerName", "name", "", "The name in the peer's certificate, where it is not the host that is dialled.";
        tls_minimum: TlsVersion = "SocketMinimumTLSVersion", "1.2, 1.3", "1.2", "The oldest version of TLS.";
    }
    "Limits" {
        message_bytes_max: Size = "MaxMessageSize", "bytes, at least 256", "1048576", "Longer messages are garbled.";
        outbound_bytes_max: Size = "OutboundBufferBytes", "bytes, at least 256", "8388608", "A peer that lets more than this wait is cut off.";
    }
    "Limits of all sessions, under `[fix]` only" {
        logon_bytes_max: Size = "MaxLogonSize", "bytes, at least 256", "8192", "The longest Logon.";
        dynamic_sessions_max: u64 = "MaxDynamicSessions", "sessions", "1000", "Most sessions that come to be from an AcceptorTemplate. At the bound the one whose peer was not there for longest, at least for a day, makes room: should it come back, it begins at 1. Else further peers are refused.";
        connections_max: u64 = "MaxConnections", "connections", "10000", "Most connections at a time.";
        connections_unknown_max: u64 = "MaxConnectionsBeforeLogon", "connections", "256", "Most connections that have not logged on yet.";
        connections_unknown_per_address_max: u64 = "MaxConnectionsBeforeLogonPerAddress", "connections", "64", "Most of these from one address, so that nobody fills the waiting room alone.";
        connections_per_address_max: u64 = "MaxConnectionsPerAddress", "connections", "1024", "Most connections from one address, logged on or not.";
    }
}

impl Settings {
    /// Whether a key belongs under `[fix]` and not into a session.
    pub fn is_for_all(key: &str) -> bool {
        Setting::of(key).is_some_and(|row| row.group.contains("only"))
    }

    /// Silence after which a heartbeat is sent.
    pub fn heartbeat(&self) -> Duration {
        self.heartbeat.0
    }

    /// Days on which a daily session opens.
    pub(super) fn days(&self) -> Days7 {
        self.weekdays.map_or(Days7::ALL, |d| d.0)
    }

    /// Digits of SendingTime.
    pub fn precision(&self) -> Precision {
        if self.milliseconds { self.precision } else { Precision::Seconds }
    }

    /// Whether it is a pattern for many sessions.
    pub fn is_template(&self) -> bool {
        self.acceptor_template || self.dynamic_session
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_what_the_table_says() {
        let mut settings = Settings::default();
        for row in SETTINGS.iter().filter(|row| !row.default.is_empty()) {
            row.set(&mut settings, row.default).unwrap_or_else(|why| panic!("{}: {why}", row.key));
            assert!(row.set(&mut settings, "<no value of anything>").is_err(), "{}", row.key);
        }
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn keys_are_unique() {
        for (at, row) in SETTINGS.iter().enumerate() {
            assert!(
                SETTINGS[..at].iter().all(|other| !other.key.eq_ignore_ascii_case(row.key)),
                "{}",
                row.key
            );
        }
    }
}
