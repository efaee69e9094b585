//! Tags as small numbers, so that tables can be asked without comparing text.

/// A tag of the text block: two digits, and a letter or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(u16);

/// How many tags there can be.
pub(super) const CODES: usize = 100 * LETTERS;

/// No letter, or one of 26.
const LETTERS: usize = 27;

impl Code {
    /// Opens a sequence.
    pub const OPEN: Self = Self::of(b"16R");
    /// Closes one.
    pub const CLOSE: Self = Self::of(b"16S");
    /// The function of a message.
    pub const FUNCTION: Self = Self::of(b"23G");
    /// What is no tag.
    const NONE: Self = Self(u16::MAX);

    /// The number of `95P` or `20`; what is no tag gets a number of its own.
    #[inline]
    pub const fn of(tag: &[u8]) -> Self {
        match tag {
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Self::new(*tens, *ones, 0),
            [tens @ b'0'..=b'9', ones @ b'0'..=b'9', letter @ b'A'..=b'Z'] => {
                Self::new(*tens, *ones, *letter - b'@')
            }
            _ => Self::NONE,
        }
    }

    /// Two digits, and the place of the letter in the alphabet, 0 for none.
    #[inline]
    pub(super) const fn new(tens: u8, ones: u8, letter: u8) -> Self {
        let number = (tens - b'0') as u16 * 10 + (ones - b'0') as u16;
        Self(number * LETTERS as u16 + letter as u16)
    }

    /// For tables with [`CODES`] rows.
    pub(super) const fn row(self) -> usize {
        self.0 as usize
    }

    /// The digits; more than 99 for what is no tag.
    pub(super) fn number(self) -> usize {
        self.row() / LETTERS
    }

    /// The letter as a bit: bit 0 for none, bit 1 for `A`.
    #[inline]
    pub(super) fn letter_bit(self) -> u32 {
        1 << (self.row() % LETTERS)
    }
}

/// The bit of a letter as [`Code::letter_bit`] has it.
pub(super) fn letter_bit(letter: u8) -> u32 {
    if letter.is_ascii_uppercase() { 1 << (letter - b'@') } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tag_has_its_own_number() {
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..100 {
            for letter in std::iter::once(None).chain((b'A'..=b'Z').map(Some)) {
                let tag =
                    format!("{number:02}{}", letter.map_or(String::new(), |l| char::from(l).to_string()));
                let code = Code::of(tag.as_bytes());
                assert!(code.row() < CODES && seen.insert(code.row()), "{tag}");
                assert_eq!(code.letter_bit(), letter_bit(letter.unwrap_or(0)), "{tag}");
            }
        }
        for no_tag in [&b""[..], b"9", b"95p", b"9A", b"955", b"95PA"] {
            assert!(Code::of(no_tag).row() >= CODES);
        }
    }
}
