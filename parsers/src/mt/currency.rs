//! Currencies by their letters, for values that are checked by the million.

use std::sync::LazyLock;

use crate::model::Currency;

/// Whether ISO 4217 lists the code.
pub(super) fn is_listed(code: &[u8]) -> bool {
    row(code).is_some_and(|r| r != UNLISTED)
}

/// The decimals of a listed currency; `None` where the standard gives none.
pub(super) fn decimals(code: &[u8]) -> Option<u8> {
    row(code).filter(|r| *r < FREE)
}

const UNLISTED: u8 = u8::MAX;
const FREE: u8 = u8::MAX - 1;

fn row(code: &[u8]) -> Option<u8> {
    let letter = |b: u8| b.is_ascii_uppercase().then(|| usize::from(b - b'A'));
    let [a, b, c] = code else { return None };
    TABLE.get((letter(*a)? * 26 + letter(*b)?) * 26 + letter(*c)?).copied()
}

static TABLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let letters = || b'A'..=b'Z';
    let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
    let row = |code: [u8; 3]| match std::str::from_utf8(&code).ok().and_then(|c| c.parse::<Currency>().ok()) {
        None => UNLISTED,
        Some(currency) => currency.decimals().and_then(|d| u8::try_from(d).ok()).unwrap_or(FREE),
    };
    codes.map(row).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_model_says() {
        for (code, listed, digits) in [
            ("EUR", true, Some(2)),
            ("JPY", true, Some(0)),
            ("KWD", true, Some(3)),
            ("XAU", true, None),
            ("ZZZ", false, None),
            ("eur", false, None),
            ("EU", false, None),
        ] {
            assert_eq!((is_listed(code.as_bytes()), decimals(code.as_bytes())), (listed, digits), "{code}");
        }
    }
}
