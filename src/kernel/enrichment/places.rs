//! Places of settlement: where instruments of a country usually settle, and between which depositories there is a link.

use finality_parsers::model::{Bic, SecurityType};
use serde::{Deserialize, Serialize};

/// Where securities of a country usually settle.
#[derive(Debug, Clone, Copy)]
pub struct PlaceRow {
    /// The two letters in front of the ISIN.
    pub country: &'static str,
    /// Of this kind only; any when absent.
    pub security_type: Option<SecurityType>,
    /// The depositories. With more than one there is no default: which is meant has to be said.
    pub places: &'static [&'static str],
    /// What it is called.
    pub name: &'static str,
    /// How we know.
    pub source: &'static str,
}

const fn row(
    country: &'static str,
    security_type: Option<SecurityType>,
    places: &'static [&'static str],
    name: &'static str,
    source: &'static str,
) -> PlaceRow {
    PlaceRow { country, security_type, places, name, source }
}

const EQUITY: Option<SecurityType> = Some(SecurityType::Equity);
const BONDS: Option<SecurityType> = Some(SecurityType::FixedIncome);
const CSD: &str = "the central depository of the market; its own BIC in the directory of ISO 9362";
const PART: &str = "the depository of this kind of security; its own BIC in the directory of ISO 9362";
const TWO: &str = "two depositories serve it, so a party has to say which";

/// A short table of what is certain; `[[profile.enrichment.places]]` adds to it and overrides it.
pub const PLACES: &[PlaceRow] = &[
    row("BE", EQUITY, &["CIKBBEBBXXX"], "Euroclear Belgium", PART),
    row("CA", None, &["CDSLCATTXXX"], "CDS", CSD),
    row("CH", None, &["INSECHZZXXX"], "SIX SIS", CSD),
    row("DE", None, &["DAKVDEFFXXX"], "Clearstream Banking Frankfurt", CSD),
    row("DK", None, &["VPDKDKKKXXX"], "Euronext Securities Copenhagen", CSD),
    row("ES", None, &["IBRCESMMXXX"], "Iberclear", CSD),
    row("FI", None, &["APKEFIHHXXX"], "Euroclear Finland", CSD),
    row("FR", None, &["SICVFRPPXXX"], "Euroclear France", CSD),
    row("GB", None, &["CRSTGB22XXX"], "Euroclear UK & International (CREST)", CSD),
    row("IT", None, &["MOTIITMMXXX"], "Euronext Securities Milan", CSD),
    row("JP", EQUITY, &["JJSDJPJTXXX"], "JASDEC", PART),
    row("NL", None, &["NECINL2AXXX"], "Euroclear Nederland", CSD),
    row("SE", None, &["VPCSSESSXXX"], "Euroclear Sweden", CSD),
    row("US", EQUITY, &["DTCYUS33XXX"], "DTC", PART),
    row("US", BONDS, &["DTCYUS33XXX", "FRNYUS33XXX"], "DTC or Fedwire Securities", TWO),
    row("XS", None, &["MGTCBEBEECL", "CEDELULLXXX"], "Euroclear Bank or Clearstream Banking", TWO),
];

/// Between which depositories securities move without either side being a member of the other's.
pub const LINKS: &[(&str, &str, &str)] =
    &[("MGTCBEBEECL", "CEDELULLXXX", "the bridge between Euroclear Bank and Clearstream Banking")];

/// A default of our own, or the word that there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceOverride {
    /// The two letters in front of the ISIN.
    pub country: String,
    /// For this kind of security only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_type: Option<SecurityType>,
    /// The place; none when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Bic>,
}

/// The usual place, or why there is none.
pub fn usual(
    country: &str,
    security_type: Option<SecurityType>,
    overrides: &[PlaceOverride],
) -> Result<Bic, String> {
    let fits = |of: &str, kind: Option<SecurityType>| {
        of == country && kind.is_none_or(|kind| security_type == Some(kind))
    };
    // Ours go first; in each, a row that names the kind goes before one that does not.
    let ours = overrides.iter().filter(|o| fits(&o.country, o.security_type));
    if let Some(ours) = ours.max_by_key(|o| o.security_type.is_some()) {
        return ours.place.ok_or_else(|| format!("the configuration names no usual place for {country}"));
    }
    let rows = PLACES.iter().filter(|r| fits(r.country, r.security_type));
    match rows.max_by_key(|r| r.security_type.is_some()) {
        None => Err(format!("no usual place of settlement is known for {country}")),
        Some(row) => match row.places {
            [one] => Ok(one.parse().expect("a BIC; a test reads them all")),
            _ => Err(format!("{country} has no usual place of settlement: {}", row.name)),
        },
    }
}

/// How securities get from one place to the other: the same depository, or a link.
pub fn link(one: Bic, other: Bic) -> Option<&'static str> {
    if one.same_office(&other) {
        return Some("the same depository");
    }
    let is = |bic: Bic, name: &str| name.parse::<Bic>().is_ok_and(|known| known.same_office(&bic));
    LINKS
        .iter()
        .find(|(a, b, _)| is(one, a) && is(other, b) || is(one, b) && is(other, a))
        .map(|(.., name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bic(text: &str) -> Bic {
        text.parse().expect("a BIC")
    }

    #[test]
    fn every_place_is_a_bic() {
        for place in PLACES.iter().flat_map(|r| r.places).chain(LINKS.iter().flat_map(|(a, b, _)| [a, b])) {
            assert!(place.parse::<Bic>().is_ok(), "{place}");
        }
    }

    #[test]
    fn the_usual_place_is_the_only_one() {
        let usual = |country, kind| usual(country, kind, &[]);
        assert_eq!(usual("US", EQUITY), Ok(bic("DTCYUS33XXX")));
        assert!(usual("US", BONDS).is_err() && usual("US", None).is_err());
        assert_eq!(usual("DE", BONDS), Ok(bic("DAKVDEFFXXX")));
        assert!(usual("XS", BONDS).expect_err("two").contains("Euroclear Bank or Clearstream"));
        assert!(usual("ZZ", None).expect_err("unknown").contains("ZZ"));
    }

    #[test]
    fn ours_goes_first() {
        let ours = |place: Option<&str>, security_type| PlaceOverride {
            country: "XS".to_owned(),
            security_type,
            place: place.map(bic),
        };
        let both = [ours(Some("MGTCBEBEECL"), None), ours(None, EQUITY)];
        assert_eq!(usual("XS", BONDS, &both), Ok(bic("MGTCBEBEECL")));
        assert!(usual("XS", EQUITY, &both).is_err());
    }

    #[test]
    fn a_link_goes_both_ways() {
        let (euroclear, clearstream) = (bic("MGTCBEBEECL"), bic("CEDELULL"));
        assert!(link(euroclear, clearstream).is_some() && link(clearstream, euroclear).is_some());
        assert_eq!(link(bic("DAKVDEFF"), bic("DAKVDEFFXXX")), Some("the same depository"));
        assert_eq!(link(bic("DAKVDEFF"), clearstream), None);
    }
}
