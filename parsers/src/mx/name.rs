//! Element names that compare fast: sixteen bytes in registers decide nearly every comparison.

/// A name with its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'a> {
    text: &'a str,
    key: Key,
}

/// The first and the last bytes of a name; they may overlap.
pub(super) type Key = (u64, u64);

impl<'a> Name<'a> {
    #[inline]
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, key: key(text) }
    }

    /// With a key that was made before.
    pub(super) fn with_key(text: &'a str, key: Key) -> Self {
        Self { text, key }
    }

    pub(super) fn text(self) -> &'a str {
        self.text
    }

    pub(super) fn key(self) -> Key {
        self.key
    }
}

impl PartialEq for Name<'_> {
    #[inline]
    fn eq(&self, other: &Name<'_>) -> bool {
        self.key == other.key
            && self.text.len() == other.text.len()
            && (self.text.len() <= 16 || self.text == other.text)
    }
}

/// With the length it says all about a name of up to sixteen bytes.
#[inline]
pub(super) const fn key(text: &str) -> Key {
    let bytes = text.as_bytes();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        return (u32::from_le_bytes(*first) as u64, u32::from_le_bytes(*last) as u64);
    }
    match *bytes {
        [first, middle, last] => (first as u64, last as u64 | (middle as u64) << 8),
        [first, last] => (first as u64, last as u64 | (last as u64) << 8),
        [only] => (only as u64, 0),
        _ => (0, 0),
    }
}

/// One bit of 64 for a name: where the bits of several names are put together, a bit that is missing says that a name is not
/// among them.
#[inline]
pub(super) const fn bit(key: Key) -> u64 {
    1 << ((key.0 ^ key.1.rotate_left(17)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
}

/// The first name of a way, and the way after it.
#[inline]
pub(super) const fn head(path: &str) -> (&str, &str) {
    let mut at = 0;
    while at < path.len() {
        if path.as_bytes()[at] == b'/' {
            let (name, rest) = path.split_at(at);
            return (name, rest.split_at(1).1);
        }
        at += 1;
    }
    (path, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_when_their_texts_are() {
        let names = [
            "",
            "a",
            "b",
            "ab",
            "ba",
            "abc",
            "acb",
            "aaa",
            "aa",
            "aaaa",
            "aaaaa",
            "aaaaaaa",
            "Document",
            "Documenu",
            "SttlmDt",
            "SttlmD",
            "SttlmDtX",
            "SttlmDtY",
            "\u{e4}",
            "aaaaaaaa",
            "aaaaaaaaa",
            "aaaaaaaaaa",
            "SctiesSttlmTxInst",
            "SctiesSttlmTyInst",
            "SctiesSttlmTxIns",
        ];
        let long = ["x".repeat(300), "x".repeat(301)];
        let all: Vec<&str> = names.iter().copied().chain(long.iter().map(String::as_str)).collect();
        for left in &all {
            for right in &all {
                assert_eq!(Name::new(left) == Name::new(right), left == right, "{left} {right}");
            }
        }
    }
}
