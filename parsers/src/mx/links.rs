//! Ties to other transactions, both ways: linkages, and references that have an element of their own.

use super::details::{self, Shape};
use super::encode::{Draft, Losses};
use super::issued;
use super::outline::At;
use super::parts::{self, may};
use super::rows::{LINKS, REFERENCES};
use super::schema::{Schema, TypeId};
use super::{messages, sheet};
use crate::model::{Detail, DetailValue as V, Linkage, PartyId, Reference};

/// Whose reference it is, where a linkage says it.
const OWNER: &str = "OWNR";
/// What is paired off, and what is turned around.
const QUANTITIES: [(&str, &str); 2] = [("PAIR", "LkdQty/PairdOffQty"), ("TURN", "LkdQty/TrndQty")];

/// The bits of the first names on the ways to [`REFERENCES`].
const FIRST: [u64; REFERENCES.len()] = {
    let mut first = [0; REFERENCES.len()];
    let mut at = 0;
    while at < first.len() {
        first[at] = details::bits(REFERENCES[at].1).0;
        at += 1;
    }
    first
};

/// All linkages and the references that have an element of their own.
pub(super) fn read(root: At<'_, '_>) -> Vec<Linkage> {
    let mut links: Vec<Linkage> = root.all("Lnkgs").filter_map(linkage).collect();
    for ((kind, path), first) in REFERENCES.into_iter().zip(FIRST) {
        if !root.may_have(first) {
            continue;
        }
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let place = if above.is_empty() { Some(root) } else { root.get(above) };
        let Some(place) = place else { continue };
        links.extend(
            place.all(name).filter_map(|at| Some(Linkage::new(kind, at.said()?.parse::<Reference>().ok()?))),
        );
    }
    links
}

/// One linkage.
pub(super) fn linkage(at: At<'_, '_>) -> Option<Linkage> {
    let reference = at.get("Ref")?.children().next()?;
    let kind = LINKS.iter().find(|(_, name)| *name == reference.name()).map_or("RELA", |(kind, _)| *kind);
    let short = |long: &str| long.get(..8).unwrap_or(long).to_owned();
    let mut link = Linkage::new(kind, reference.text().trim().parse().ok()?);
    link.message = at
        .value("MsgNb/ShrtNb")
        .map(str::to_owned)
        .or_else(|| at.value("MsgNb/LngNb").map(short))
        .or_else(|| at.get("MsgNb/PrtryNb").and_then(own_number));
    link.position = at.get("PrcgPos").and_then(details::code).unwrap_or_default();
    for (code, path) in QUANTITIES {
        let quantity = at.get(path).and_then(|at| details::value(Shape::Quantity, at));
        link.details.extend(quantity.map(|value| Detail::new(code, value)));
    }
    let owner = at.get("RefOwnr").and_then(owner);
    link.details.extend(owner.map(|id| Detail::new(OWNER, V::Party(crate::model::Party::new(id)))));
    Some(link)
}

/// Somebody's own number for a message: `ISSUER/NUMBER`.
pub(super) fn own_number(at: At<'_, '_>) -> Option<String> {
    let number = at.value("Id")?;
    Some(issued::joined_or_bare(&issued::issuer(at), number))
}

/// Whose reference it is.
fn owner(at: At<'_, '_>) -> Option<PartyId> {
    if let Some(bic) = may(at, "AnyBIC") {
        return Some(PartyId::Bic(bic));
    }
    let own = at.get("PrtryId")?;
    Some(PartyId::Proprietary { issuer: issued::issuer(own), id: own.value("Id")?.to_owned() })
}

/// Writes ties below an element whose type is `of`: as an element of their own where there is one for the kind, else as a
/// linkage, where the message has those.
pub(super) fn put(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    links: &[Linkage],
    field: &'static str,
    losses: &mut Losses,
) {
    for link in links {
        let shown = format!("{} {}", link.kind, link.reference);
        if (link.is_plain() || schema.child(of, "Lnkgs").is_none())
            && put_reference((schema, of), draft, link, field)
        {
            if !link.is_plain() {
                losses.add(field, &shown, "the message says no more of it than the reference");
            }
            continue;
        }
        let Some(particle) = schema.child(of, "Lnkgs") else {
            losses.add(field, &shown, "the message has no place for this tie");
            continue;
        };
        if draft.count("Lnkgs") >= particle.occurs.1 as usize {
            losses.add(field, &shown, "the message has room for no more ties");
            continue;
        }
        let mut tie = Draft::new("Lnkgs");
        if put_linkage((schema, particle.type_id), &mut tie, link, field, losses) {
            draft.take_child("Lnkgs", tie);
        }
    }
}

fn put_reference(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    link: &Linkage,
    field: &'static str,
) -> bool {
    for (_, path) in REFERENCES.iter().filter(|(kind, _)| *kind == link.kind) {
        let (above, name) = path.rsplit_once('/').unwrap_or(("", path));
        let parent = if above.is_empty() { Some(of) } else { schema.down(of, above) };
        let Some(particle) = parent.and_then(|parent| schema.child(parent, name)) else { continue };
        let fits =
            schema.value_type(particle.type_id).is_some_and(|s| s.check(link.reference.as_str()).is_ok());
        let place = if above.is_empty() { Some(&*draft) } else { draft.find(above) };
        let taken = place.map_or(0, |place| place.count(name));
        // Certificates make an element of their own, which may not stand with a payment.
        if !fits || taken >= particle.occurs.1 as usize {
            continue;
        }
        let place = if above.is_empty() { &mut *draft } else { draft.at(above) };
        place.add(name).say(field, link.reference.as_str());
        return true;
    }
    false
}

/// Writes one linkage; whether there was a place for its reference.
pub(super) fn put_linkage(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    link: &Linkage,
    field: &'static str,
    losses: &mut Losses,
) -> bool {
    let names = LINKS.iter().filter(|(kind, _)| *kind == link.kind).map(|(_, name)| *name);
    let fits = |name: &&str| {
        let below = schema.down(of, "Ref").and_then(|id| schema.child(id, name));
        let simple = below.and_then(|particle| schema.value_type(particle.type_id));
        simple.is_some_and(|simple| simple.check(link.reference.as_str()).is_ok())
    };
    let name = names.into_iter().find(fits).or_else(|| {
        let why = "there is no element for this kind of reference; it stands as another transaction's";
        fits(&"OthrTxId").then(|| {
            losses.add(field, &link.kind, why);
            "OthrTxId"
        })
    });
    let Some(name) = name else {
        let shown = format!("{} {}", link.kind, link.reference);
        losses.add(
            field,
            shown,
            "left out: the reference does not fit, or the message has no element for it",
        );
        return false;
    };
    if !link.position.is_empty() {
        let known = schema.down(of, "PrcgPos/Cd").and_then(|id| schema.value_type(id));
        if link.position.contains('/') || known.is_some_and(|codes| codes.check(&link.position).is_ok()) {
            parts::put_code(draft.at("PrcgPos"), field, &link.position);
        } else {
            losses.add(field, &link.position, "the message does not know this order of ties");
        }
    }
    if let Some(message) = &link.message {
        let number = message.trim_start_matches('/');
        let digits = number.len() == 3 && number.bytes().all(|b| b.is_ascii_digit());
        match messages::current(message) {
            _ if digits => draft.set("MsgNb/ShrtNb", field, number),
            Some(full) => draft.set("MsgNb/LngNb", field, full),
            // Somebody's own number for it, whose the part before the stroke says.
            None if schema.down(of, "MsgNb/PrtryNb").is_some() => {
                let (issuer, number) = issued::parted(message);
                issued::put(draft.at("MsgNb/PrtryNb"), field, number, issuer.unwrap_or_default());
            }
            None => losses.add(field, message, "no version of this message is known here"),
        }
    }
    for detail in &link.details {
        let path = QUANTITIES.iter().find(|(code, _)| *code == detail.code).map(|(_, path)| *path);
        match (path, &detail.value) {
            (Some(path), V::Quantity(_)) => {
                sheet::put_value((schema, of), draft, (Shape::Quantity, path), &detail.value, field, losses);
            }
            (None, V::Party(party)) if detail.code == OWNER && schema.child(of, "RefOwnr").is_some() => {
                match &party.id {
                    PartyId::Bic(bic) => draft.set("RefOwnr/AnyBIC", field, bic),
                    PartyId::Proprietary { issuer, id } => {
                        issued::put(draft.at("RefOwnr/PrtryId"), field, id, issuer);
                    }
                    other => {
                        losses.add(field, format!("{other:?}"), "the owner of a reference is named by code")
                    }
                }
            }
            _ => losses.add(field, sheet::show(&detail.value), "the message says no more of a tie"),
        }
    }
    draft.at("Ref").set(name, field, &link.reference);
    true
}
