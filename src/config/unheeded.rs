//! Settings that are understood and not heeded: `finality config check` says so, rather than let anybody believe otherwise.

use finality_parsers::fix::Version;

use super::fix::FixSession;
use super::value::Precision;

impl FixSession {
    /// Settings that say something which the session does not do, and what it does instead.
    pub fn unheeded(&self) -> Vec<(&'static str, &'static str)> {
        let set = &self.set;
        let finer = set.precision() > Precision::Millis;
        [
            (set.refresh_on_logon, "RefreshOnLogon", "numbers are always those of the journal"),
            (
                set.closed_resend_interval,
                "ClosedResendInterval",
                "a ResendRequest ends as the version has it, with 0 or 999999",
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
                self.version < Version::Fix42 && finer,
                "TimestampPrecision",
                "before FIX.4.2 times have whole seconds",
            ),
        ]
        .into_iter()
        .filter_map(|(on, key, why)| on.then_some((key, why)))
        .collect()
    }
}
