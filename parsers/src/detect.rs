//! Which protocol is this? Cheap, total, and never a silent guess.

use serde::{Deserialize, Serialize};

/// The three families of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// FIX tag=value.
    Fix,
    /// ISO 15022 FIN.
    Mt,
    /// ISO 20022 XML.
    Mx,
}

impl Protocol {
    /// `fix`, `mt` or `mx`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Fix => "fix",
            Protocol::Mt => "mt",
            Protocol::Mx => "mx",
        }
    }
}

/// Looks at the first bytes that are not white space (nor a byte order mark, nor the SOH padding of DOS-PCC). `None` when they belong to none of the three.
/// XML in UTF-16 is XML: its reader says what is wrong with it.
pub fn protocol(bytes: &[u8]) -> Option<Protocol> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let start = bytes.iter().position(|b| !b.is_ascii_whitespace() && *b != 0x01)?;
    let head = &bytes[start..];
    match head {
        [b'<', ..] => Some(Protocol::Mx),
        [b'{', b'0'..=b'9' | b'S', b':', ..] => Some(Protocol::Mt),
        [b':', b'0'..=b'9', b'0'..=b'9', ..] => Some(Protocol::Mt),
        [b'8', b'=', b'F', b'I', b'X', ..] => Some(Protocol::Fix),
        [0xFF, 0xFE, b'<', 0, ..] | [0xFE, 0xFF, 0, b'<', ..] | [0, b'<', 0, ..] => Some(Protocol::Mx),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_decide() {
        for (bytes, expected) in [
            (&b"8=FIX.4.4\x019=5\x01"[..], Some(Protocol::Fix)),
            (b"\r\n{1:F01AAAABBCCAXXX0000000000}", Some(Protocol::Mt)),
            (b":16R:GENL\r\n", Some(Protocol::Mt)),
            (b"\xEF\xBB\xBF<?xml version=\"1.0\"?>", Some(Protocol::Mx)),
            (b"  <Document/>", Some(Protocol::Mx)),
            (b"\xFF\xFE<\0D\0", Some(Protocol::Mx)),
            (b"\xFE\xFF\0<\0D", Some(Protocol::Mx)),
            (b"\0<\0D", Some(Protocol::Mx)),
            (b"hello", None),
            (b"", None),
        ] {
            assert_eq!(protocol(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
        }
    }
}
