//! Business identifier code, ISO 9362.

use std::str::FromStr;

use super::value::{ValueError, serde_as_text};

/// Eight or eleven characters, kept as written: party prefix (4 letters or digits), country (2 letters), suffix (2),
/// branch (3, optional; `XXX` names the head office).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bic {
    bytes: [u8; 11],
    len: u8,
}

serde_as_text!(Bic);

impl Bic {
    /// The code of a logical terminal: twelve characters, of which the ninth tells the terminal.
    pub fn of_terminal(terminal: &[u8]) -> Option<Self> {
        let (institution, branch) =
            (terminal.get(..8)?, terminal.get(9..12).filter(|_| terminal.len() == 12)?);
        let code = [institution, branch].concat();
        std::str::from_utf8(&code).ok()?.parse().ok()
    }

    /// The code as written.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.len)]).expect("only ASCII is ever stored")
    }

    fn as_text(&self) -> &str {
        self.as_str()
    }

    /// The first eight characters: the institution without its branch.
    pub fn institution(&self) -> &str {
        &self.as_str()[..8]
    }

    /// The country.
    pub fn country(&self) -> &str {
        &self.as_str()[4..6]
    }

    /// Whether its country is one of ISO 3166: a name of eight letters that looks like a code mostly has none. Codes that were
    /// given out carry such a country, and that of Kosovo.
    pub fn is_of_a_country(&self) -> bool {
        // They are letters: nothing else is taken for a BIC.
        let [first, second] = [self.bytes[4], self.bytes[5]].map(|letter| letter.wrapping_sub(b'A'));
        KNOWN.get(usize::from(first)).is_some_and(|known| known & 1 << second != 0)
    }

    /// Whether both name the same office: no branch and `XXX` mean the head office.
    pub fn same_office(&self, other: &Bic) -> bool {
        self.full() == other.full()
    }

    /// With its branch: eleven characters, `XXX` for the head office.
    pub fn full(&self) -> [u8; 11] {
        let mut full = *b"XXXXXXXXXXX";
        full[..usize::from(self.len)].copy_from_slice(&self.bytes[..usize::from(self.len)]);
        full
    }
}

/// ISO 3166-1, two letters, and XK.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV \
    BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO \
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP \
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU \
    MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB \
    SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY \
    UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// By the first letter, a bit for each second one: it is asked of every business header.
const KNOWN: [u32; 26] = {
    let (codes, mut known, mut at) = (COUNTRIES.as_bytes(), [0; 26], 0);
    while at + 1 < codes.len() {
        if codes[at].is_ascii_uppercase() {
            known[(codes[at] - b'A') as usize] |= 1 << (codes[at + 1] - b'A');
            at += 1;
        }
        at += 1;
    }
    known
};

impl FromStr for Bic {
    type Err = ValueError;
    fn from_str(text: &str) -> Result<Self, ValueError> {
        let err = |why: &str| ValueError::new("BIC", text, why);
        let source = text.as_bytes();
        if source.len() != 8 && source.len() != 11 {
            return Err(err("it must have 8 or 11 characters"));
        }
        if !source.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
            return Err(err("only upper-case letters and digits are allowed"));
        }
        if !source[4..6].iter().all(u8::is_ascii_uppercase) {
            return Err(err("characters 5 and 6 must be a country code"));
        }
        let mut bytes = [0; 11];
        bytes[..source.len()].copy_from_slice(source);
        Ok(Self { bytes, len: if source.len() == 8 { 8 } else { 11 } })
    }
}

impl std::fmt::Display for Bic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Bic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bic({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_good_and_bad() {
        for good in ["DEUTDEFF", "DEUTDEFFXXX", "CHASUS33", "PTSAGB2L123"] {
            assert_eq!(good.parse::<Bic>().map(|b| b.to_string()).as_deref(), Ok(good));
        }
        for bad in ["DEUTDEF", "DEUTDEFFXX", "deutdeff", "DEUT1EFF", "DEUTDEFF XX", ""] {
            assert!(bad.parse::<Bic>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_of_eight_letters_is_of_no_country() {
        for (text, is) in [("DEUTDEFF", true), ("ALBIONAM", false), ("KESTQQ22", false), ("PTSAXKL2", true)] {
            assert_eq!(text.parse::<Bic>().map(|bic| bic.is_of_a_country()), Ok(is), "{text}");
        }
        assert_eq!(COUNTRIES.split_ascii_whitespace().count(), 250);
    }

    #[test]
    fn head_office_with_and_without_branch() {
        let short: Bic = "DEUTDEFF".parse().expect("a BIC");
        let long: Bic = "DEUTDEFFXXX".parse().expect("a BIC");
        let branch: Bic = "DEUTDEFF500".parse().expect("a BIC");
        assert!(short.same_office(&long) && !short.same_office(&branch));
        assert_ne!(short, long, "kept as written");
    }
}
