//! Element names that compare fast: eight bytes in a register decide nearly every comparison.

/// A name with its key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'a> {
    text: &'a str,
    key: u64,
}

impl<'a> Name<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, key: key(text) }
    }

    /// With a key that was made before.
    pub(super) fn with_key(text: &'a str, key: u64) -> Self {
        Self { text, key }
    }

    pub(super) fn text(self) -> &'a str {
        self.text
    }
}

impl PartialEq for Name<'_> {
    fn eq(&self, other: &Name<'_>) -> bool {
        self.key == other.key && (self.text.len() < 8 || self.text == other.text)
    }
}

/// The length and the first seven bytes.
pub(super) fn key(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let length = u64::try_from(bytes.len().min(255)).unwrap_or(255);
    bytes.iter().take(7).fold(length, |key, &byte| key << 8 | u64::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_equal_when_their_texts_are() {
        let names = [
            "", "a", "b", "ab", "Document", "Documenu", "SttlmDt", "SttlmD", "SttlmDtX", "SttlmDtY", "\u{e4}",
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
