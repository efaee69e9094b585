//! Identifiers that somebody issued: whose a code, number or identifier is, and by which scheme, kept in one text.
//!
//! `ISSUER/ID` for a code or a number, `ISSUER` alone beside a party, and `ISSUER|SCHEME` where a scheme is named. An issuer may itself
//! have one of the two signs in its name; it is then kept as `%2F` or `%7C` (and `%` as `%25`), so that it comes back as it was.

use std::borrow::Cow;

use super::encode::Draft;
use super::outline::At;
use super::parties::NOT_PROVIDED;
use crate::model::{ISSUER_SIGNS as SIGNS, SCHEME};

/// Whose the identifier is; empty where nobody is said, or that it is not provided.
pub(super) fn issuer(at: At<'_, '_>) -> String {
    let issuer = at.value("Issr").filter(|issuer| *issuer != NOT_PROVIDED).unwrap_or_default();
    owned(issuer, at.value("SchmeNm"))
}

/// An issuer with the scheme beside it.
pub(super) fn owned(issuer: &str, scheme: Option<&str>) -> String {
    match scheme {
        Some(scheme) => format!("{}{SCHEME}{}", kept(issuer), kept(scheme)),
        None => kept(issuer).into_owned(),
    }
}

/// A code or number behind its issuer.
pub(super) fn joined(issuer: &str, id: &str) -> String {
    format!("{issuer}/{id}")
}

/// The same, or the code or number alone where nobody issued it and nothing in it could be taken for an issuer.
pub(super) fn joined_or_bare(issuer: &str, id: &str) -> String {
    if issuer.is_empty() && !id.contains('/') { id.to_owned() } else { joined(issuer, id) }
}

/// The way back of [`joined`]: the issuer, where there is one, and the rest.
pub(super) fn parted(code: &str) -> (Option<&str>, &str) {
    code.split_once('/').map_or((None, code), |(issuer, id)| (Some(issuer), id))
}

/// The way back of [`owned`]: issuer and scheme.
pub(super) fn named(issuer: &str) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    match issuer.split_once(SCHEME) {
        Some((issuer, scheme)) => (plain(issuer), Some(plain(scheme))),
        None => (plain(issuer), None),
    }
}

/// Writes an identifier with its issuer and the scheme of that; one that nobody says is not provided.
pub(super) fn put(draft: &mut Draft, field: &'static str, id: &str, issuer: &str) {
    let (issuer, scheme) = named(issuer);
    draft.set("Id", field, id);
    draft.set("Issr", field, if issuer.is_empty() { NOT_PROVIDED } else { &issuer });
    draft.set_some("SchmeNm", field, scheme);
}

fn kept(name: &str) -> Cow<'_, str> {
    if !name.contains(SIGNS.map(|(sign, _)| sign)) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(SIGNS.iter().fold(name.to_owned(), |name, (sign, stands)| name.replace(*sign, stands)))
}

fn plain(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return Cow::Borrowed(name);
    }
    Cow::Owned(SIGNS.iter().rev().fold(name.to_owned(), |name, (sign, stands)| {
        let mut sign_text = [0; 4];
        name.replace(stands, sign.encode_utf8(&mut sign_text))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_any_sign_comes_back() {
        let names = ["", "DSS", "A/B", "A|B", "A%B", "100%2F", "%7C|/%25", "/", "Société A/S"];
        for issuer in names {
            for scheme in std::iter::once(None).chain(names.map(Some)) {
                let text = owned(issuer, scheme);
                let code = joined(&text, "AB/C");
                let (own, id) = parted(&code);
                assert_eq!((own, id), (Some(text.as_str()), "AB/C"));
                let (back, back_scheme) = named(&text);
                assert_eq!((back.as_ref(), back_scheme.as_deref()), (issuer, scheme), "{text}");
            }
        }
    }
}
