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
                !set.length_and_checksum,
                "ValidateLengthAndChecksum",
                "BodyLength is still checked, since nothing else says where a message ends; a wrong CheckSum is let through",
            ),
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
