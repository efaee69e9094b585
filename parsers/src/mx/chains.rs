//! Settlement parties with what statements say of them beside: the type of an account, or an address on a ledger.

use super::details;
use super::encode::{Draft, Losses};
use super::issued;
use super::outline::At;
use super::parties;
use super::parts::may;
use crate::codec::EncodeError;
use crate::model::{Detail, DetailValue as V, Party, PartyDetails, SettlementChain, StatedAccount};

/// The roles behind the depository, from the agent outwards, of each side.
const SIDES: [(&str, [&str; 5]); 2] = [
    ("DlvrgSttlmPties", ["DEAG", "DEI2", "DEI1", "DECU", "SELL"]),
    ("RcvgSttlmPties", ["REAG", "REI2", "REI1", "RECU", "BUYR"]),
];

/// The places behind the agent.
const BEHIND: [&str; 4] = ["Pty2", "Pty3", "Pty4", "Pty5"];

/// Both sides, and what is said of their parties beside.
#[derive(Debug, Default)]
pub(super) struct Chains {
    pub(super) delivering: SettlementChain,
    pub(super) receiving: SettlementChain,
    pub(super) details: Vec<PartyDetails>,
}

/// Reads both sides.
pub(super) fn read(at: At<'_, '_>) -> Chains {
    let mut chains = Chains {
        delivering: parties::chain(at, "DlvrgSttlmPties"),
        receiving: parties::chain(at, "RcvgSttlmPties"),
        details: Vec::new(),
    };
    for (name, roles) in SIDES {
        let Some(side) = at.get(name) else { continue };
        let behind: Vec<_> = BEHIND.iter().filter_map(|name| side.get(name)).collect();
        // The last of so many is the client: see `parties`.
        let of_behind = roles.iter().skip(5 - behind.len().min(4));
        let agent = side.get("Pty1").into_iter().zip(roles.iter().take(1));
        let chain = if name == "DlvrgSttlmPties" { &mut chains.delivering } else { &mut chains.receiving };
        for (party, role) in agent.chain(behind.into_iter().zip(of_behind)) {
            let Some(account) = account(party) else { continue };
            if let Some(slot) = slot(chain, role) {
                slot.account = Some(account.id.clone());
            }
            if account.kind.is_some() || account.wallet {
                let code = if account.wallet { "BCAW" } else { "SAFE" };
                let details = vec![Detail::new(code, V::Account(account))];
                chains.details.push(PartyDetails { role: (*role).to_owned(), details });
            }
        }
    }
    chains.details.sort_by(|a, b| a.role.cmp(&b.role));
    chains
}

fn account(at: At<'_, '_>) -> Option<StatedAccount> {
    let one = |at: At<'_, '_>, wallet| {
        let id: crate::model::Account = may(at, "Id").or_else(|| at.text().trim().parse().ok())?;
        let (kind, name) = (at.get("Tp").and_then(details::code), at.value("Nm").map(str::to_owned));
        Some(StatedAccount { kind, wallet, name, ..id.into() })
    };
    let address = at.get("BlckChainAdrOrWllt").and_then(|found| one(found, true));
    match at.get("SfkpgAcct") {
        Some(found) => Some(StatedAccount { address: address.map(Box::new), ..one(found, false)? }),
        None => address,
    }
}

/// The party of a role.
fn slot<'c>(chain: &'c mut SettlementChain, role: &str) -> Option<&'c mut Party> {
    let slot = match role {
        "DEAG" | "REAG" => &mut chain.agent,
        "DEI2" | "REI2" => &mut chain.intermediary_2,
        "DEI1" | "REI1" => &mut chain.intermediary_1,
        "DECU" | "RECU" => &mut chain.custodian,
        "SELL" | "BUYR" => &mut chain.client,
        _ => return None,
    };
    slot.as_mut()
}

/// Writes both sides; what is said of parties beside goes to them, where there is room.
pub(super) fn put(
    draft: &mut Draft,
    fields: [&'static str; 2],
    sides: [&SettlementChain; 2],
    beside: &[PartyDetails],
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let mut taken = Vec::new();
    for (((name, roles), field), side) in SIDES.iter().zip(fields).zip(sides) {
        let mut chain = side.clone();
        for role in roles {
            let Some(account) = beside.iter().filter(|d| d.role == *role).find_map(stated) else { continue };
            if let Some(party) = slot(&mut chain, role) {
                party.account = None;
                taken.push((*role, account.clone()));
            }
        }
        parties::put_chain(draft, name, field, &chain, losses)?;
        let present: Vec<&str> =
            roles.iter().copied().filter(|role| slot(&mut chain, role).is_some()).collect();
        let agent = present.first().is_some_and(|role| role.ends_with("EAG"));
        for (index, role) in present.iter().enumerate() {
            let place = match (agent, index) {
                (true, 0) => Some("Pty1"),
                (true, index) => BEHIND.get(index - 1).copied(),
                (false, index) => BEHIND.get(index).copied(),
            };
            let found = taken.iter().find(|(of, _)| of == role);
            if let (Some(place), Some((_, account))) = (place, found) {
                put_account(draft.at(name).at(place), field, account);
            }
        }
    }
    for party in beside {
        for detail in &party.details {
            if !taken.iter().any(|(role, account)| *role == party.role && is(detail, account)) {
                let shown = super::sheet::show(&detail.value);
                losses.add(
                    format!("party_details.{}", party.role),
                    shown,
                    "a party has no place for it here",
                );
            }
        }
    }
    Ok(())
}

fn is(detail: &Detail, account: &StatedAccount) -> bool {
    matches!(&detail.value, V::Account(a) if a == account)
}

fn stated(of: &PartyDetails) -> Option<&StatedAccount> {
    of.details.iter().find_map(|detail| match &detail.value {
        V::Account(account) => Some(account),
        _ => None,
    })
}

fn put_account(draft: &mut Draft, field: &'static str, account: &StatedAccount) {
    let place = draft.at(if account.wallet { "BlckChainAdrOrWllt" } else { "SfkpgAcct" });
    place.set("Id", field, &account.id);
    if let Some(kind) = &account.kind {
        let (issuer, id) = issued::parted(kind);
        issued::put(place.at("Tp"), field, id, issuer.unwrap_or_default());
    }
    place.set_some("Nm", field, account.name.as_ref());
    if let Some(address) = account.address.as_deref().filter(|_| !account.wallet) {
        put_account(draft, field, &StatedAccount { wallet: true, ..address.clone() });
    }
}
