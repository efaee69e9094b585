//! Which characters may stand where: the letters that format notation uses, as one table of 256 rows.

/// A class of characters, named by its letter in format notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// `n`: digits.
    Digits,
    /// `a`: upper-case letters.
    Letters,
    /// `c`: upper-case letters and digits.
    Capitals,
    /// `h`: hexadecimal digits, upper case.
    Hex,
    /// `e`: the blank.
    Blank,
    /// `d`: digits and the decimal comma.
    Decimal,
    /// `x`: the SWIFT X set, without line ends.
    X,
    /// `y`: the EDIFACT level A set, without line ends.
    Y,
    /// `z`: the information service set, without line ends.
    Z,
}

impl Class {
    /// The class of a letter of format notation.
    pub fn of(letter: u8) -> Option<Self> {
        Some(match letter {
            b'n' => Class::Digits,
            b'a' => Class::Letters,
            b'c' => Class::Capitals,
            b'h' => Class::Hex,
            b'e' => Class::Blank,
            b'd' => Class::Decimal,
            b'x' => Class::X,
            b'y' => Class::Y,
            b'z' => Class::Z,
            _ => return None,
        })
    }

    /// Whether the character belongs to the class.
    #[inline]
    pub fn has(self, byte: u8) -> bool {
        TABLE[usize::from(byte)] & self.bit() != 0
    }

    /// In words, for findings.
    pub fn words(self) -> &'static str {
        match self {
            Class::Digits => "digits",
            Class::Letters => "upper-case letters",
            Class::Capitals => "upper-case letters and digits",
            Class::Hex => "hexadecimal digits",
            Class::Blank => "a blank",
            Class::Decimal => "digits with a decimal comma",
            Class::X => "characters of the X set",
            Class::Y => "characters of the Y set",
            Class::Z => "characters of the Z set",
        }
    }

    pub(super) const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// Whether a whole text may stand in the text block outside of `y` and `z` fields; line ends count as allowed.
pub fn first_foreign(text: &[u8], class: Class) -> Option<usize> {
    text.iter().position(|&b| !class.has(b) && b != b'\r' && b != b'\n')
}

/// How many bytes at the start belong to the class with this bit.
#[inline]
pub(super) fn prefix(text: &[u8], bit: u16) -> usize {
    text.iter().position(|&b| TABLE[usize::from(b)] & bit == 0).unwrap_or(text.len())
}

static TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        let (upper, lower, digit) = (b.is_ascii_uppercase(), b.is_ascii_lowercase(), b.is_ascii_digit());
        let x = upper || lower || digit || among(b, b"/-?:().,'+ ");
        let y = upper || digit || among(b, b" .,-()/='+:?!\"%&*;<>");
        let z = upper || lower || digit || among(b, b".,-()/='+:?@#{!\"%&*;<>_ ");
        let hex = digit || (b >= b'A' && b <= b'F');
        let rows = [
            (Class::Digits, digit),
            (Class::Letters, upper),
            (Class::Capitals, upper || digit),
            (Class::Hex, hex),
            (Class::Blank, b == b' '),
            (Class::Decimal, digit || b == b','),
            (Class::X, x),
            (Class::Y, y),
            (Class::Z, z),
        ];
        let mut row = 0;
        while row < rows.len() {
            if rows[row].1 {
                table[byte] |= rows[row].0.bit();
            }
            row += 1;
        }
        byte += 1;
    }
    table
}

const fn among(byte: u8, set: &[u8]) -> bool {
    let mut i = 0;
    while i < set.len() {
        if set[i] == byte {
            return true;
        }
        i += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_x_set_is_exactly_this() {
        let x: Vec<char> = (0..=255u8).filter(|&b| Class::X.has(b)).map(char::from).collect();
        let x: String = x.into_iter().collect();
        assert_eq!(x, " '()+,-./0123456789:?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    }

    #[test]
    fn sets_differ_where_they_should() {
        for (byte, x, y, z) in [
            (b'@', false, false, true),
            (b'=', false, true, true),
            (b'a', true, false, true),
            (b'}', false, false, false),
        ] {
            assert_eq!((Class::X.has(byte), Class::Y.has(byte), Class::Z.has(byte)), (x, y, z), "{byte}");
        }
        assert_eq!(first_foreign(b"AB\r\nC_D", Class::X), Some(5));
    }
}
