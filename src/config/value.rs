//! Values of settings: each kind reads itself from text, and says what is allowed when it cannot.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{NaiveTime, Weekday};
use chrono_tz::Tz;
use finality_parsers::fix::session::Role;
use finality_parsers::fix::session::schedule::Days7;

/// Reads itself from the text of a setting. The error says what is allowed.
pub trait Read: Sized {
    /// Reads.
    fn read(text: &str) -> Result<Self, String>;
}

/// Empty is absent.
impl<T: Read> Read for Option<T> {
    fn read(text: &str) -> Result<Self, String> {
        if text.is_empty() { Ok(None) } else { T::read(text).map(Some) }
    }
}

impl Read for bool {
    fn read(text: &str) -> Result<Self, String> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "y" | "yes" => Ok(true),
            "false" | "n" | "no" => Ok(false),
            _ => Err("must be true or false".to_owned()),
        }
    }
}

impl Read for String {
    fn read(text: &str) -> Result<Self, String> {
        if text.chars().any(char::is_control) {
            return Err("must be printable text".to_owned());
        }
        Ok(text.to_owned())
    }
}

impl Read for PathBuf {
    fn read(text: &str) -> Result<Self, String> {
        Ok(PathBuf::from(text))
    }
}

impl Read for u64 {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be a whole number, 0 or more".to_owned())
    }
}

impl Read for u16 {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "must be a port: 0 to 65535".to_owned())
    }
}

impl Read for IpAddr {
    fn read(text: &str) -> Result<Self, String> {
        let text = if text == "localhost" { "127.0.0.1" } else { text };
        text.parse().map_err(|_| "must be an IP address of this machine, such as 127.0.0.1 or ::".to_owned())
    }
}

impl Read for NaiveTime {
    fn read(text: &str) -> Result<Self, String> {
        NaiveTime::parse_from_str(text, "%H:%M:%S")
            .or_else(|_| NaiveTime::parse_from_str(text, "%H:%M"))
            .map_err(|_| "must be a time of day: HH:MM:SS".to_owned())
    }
}

impl Read for Weekday {
    fn read(text: &str) -> Result<Self, String> {
        text.trim().parse().map_err(|_| "must be a day of the week, such as Monday or Mon".to_owned())
    }
}

impl Read for Tz {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "must be a time zone of the IANA database, such as Europe/Berlin or UTC".to_owned())
    }
}

impl Read for Role {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "acceptor" => Ok(Role::Acceptor),
            "initiator" => Ok(Role::Initiator),
            _ => Err("must be acceptor or initiator".to_owned()),
        }
    }
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(pub Days7);

impl Read for Days {
    fn read(text: &str) -> Result<Self, String> {
        let days: Vec<Weekday> = text.split(',').map(Weekday::read).collect::<Result<_, _>>()?;
        Ok(Days(Days7::of(days)))
    }
}

/// A duration in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(pub Duration);

impl Read for Seconds {
    fn read(text: &str) -> Result<Self, String> {
        match text.parse::<u64>() {
            Ok(seconds @ 0..=86_400) => Ok(Seconds(Duration::from_secs(seconds))),
            _ => Err("must be whole seconds, 0 to 86400".to_owned()),
        }
    }
}

/// A bound in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size(pub usize);

impl Read for Size {
    fn read(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(bytes) if bytes >= 256 => Ok(Size(bytes)),
            _ => Err("must be a number of bytes, at least 256".to_owned()),
        }
    }
}

/// Digits of a time stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// None behind the seconds.
    Seconds,
    /// Three.
    Millis,
    /// Six.
    Micros,
    /// Nine.
    Nanos,
}

impl Precision {
    /// How many digits stand behind the seconds.
    pub fn digits(self) -> usize {
        match self {
            Precision::Seconds => 0,
            Precision::Millis => 3,
            Precision::Micros => 6,
            Precision::Nanos => 9,
        }
    }
}

impl Read for Precision {
    fn read(text: &str) -> Result<Self, String> {
        match text.to_ascii_uppercase().as_str() {
            "SECONDS" | "0" => Ok(Precision::Seconds),
            "MILLIS" | "3" => Ok(Precision::Millis),
            "MICROS" | "6" => Ok(Precision::Micros),
            "NANOS" | "9" => Ok(Precision::Nanos),
            _ => Err("must be SECONDS, MILLIS, MICROS or NANOS".to_owned()),
        }
    }
}

/// The oldest version of TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsVersion {
    /// 1.2; older ones are not there at all.
    Tls12,
    /// 1.3.
    Tls13,
}

impl Read for TlsVersion {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "1.2" => Ok(TlsVersion::Tls12),
            "1.3" => Ok(TlsVersion::Tls13),
            _ => Err("must be 1.2 or 1.3; older versions are not spoken".to_owned()),
        }
    }
}

/// A password. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// For the Logon, and for nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it is this one; the time it takes does not say how much of it is right.
    pub fn is(&self, other: &[u8]) -> bool {
        let mine = self.0.as_bytes();
        let same = mine.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
        mine.len() == other.len() && same == 0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl Read for Secret {
    fn read(text: &str) -> Result<Self, String> {
        String::read(text).map(Secret)
    }
}

/// Addresses with the first bits in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is one of them. An IPv4 address that comes in IPv6 clothes is an IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = |width: u8| u32::from(width - self.bits);
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                (a.to_bits() ^ b.to_bits()).checked_shr(shift(32)).unwrap_or(0) == 0
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                (a.to_bits() ^ b.to_bits()).checked_shr(shift(128)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

impl Read for Network {
    fn read(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} must be an address or a network, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32"
            )
        };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = if address == "localhost" { "127.0.0.1" } else { address };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let address = address.to_canonical();
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |b| b.parse().map_err(|_| wrong()))?;
        if bits > width {
            return Err(wrong());
        }
        Ok(Network { address, bits })
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(T::read).collect()
    }
}

/// The name of the list that is nearest to a misspelt one: other case, or a letter or two off.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_ascii_lowercase();
    names
        .into_iter()
        .map(|name| (distance(&lower, &name.to_ascii_lowercase()), name))
        .min_by_key(|(far, _)| *far)
        .filter(|(far, name)| *far <= 1 + name.len().min(word.len()) / 5)
        .map(|(_, name)| name)
}

/// How many letters must be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = i;
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = (diagonal + usize::from(x != *y)).min(above + 1).min(row[j] + 1);
            diagonal = above;
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        for (network, address, inside) in [
            ("192.0.2.7", "192.0.2.7", true),
            ("192.0.2.7", "192.0.2.8", false),
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "203.0.113.1", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "2001:db8::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("127.0.0.1", "::ffff:127.0.0.1", true),
        ] {
            let network = Network::read(network).expect("a network");
            assert_eq!(
                network.contains(address.parse().expect("an address")),
                inside,
                "{network:?} {address}"
            );
        }
        for wrong in ["10.0.0.0/33", "10.0.0", "::/129", "x", "10.0.0.0/-1"] {
            assert!(Network::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_keeps_to_itself() {
        let secret = Secret::from("swordfish".to_owned());
        assert_eq!(format!("{secret:?}"), "(secret)");
        assert!(secret.is(b"swordfish") && !secret.is(b"swordfist") && !secret.is(b"sword"));
    }

    #[test]
    fn misspelt_names_have_a_neighbour() {
        let names = ["HeartBtInt", "ResetOnLogon", "ResetOnLogout"];
        assert_eq!(nearest("HeartBtIn", names), Some("HeartBtInt"));
        assert_eq!(nearest("resetonlogon", names), Some("ResetOnLogon"));
        assert_eq!(nearest("FileStorePath", names), None);
    }
}
