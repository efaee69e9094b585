//! Parties blocks of all flavours (453, 539, 781) and the settlement chain (85).

use super::encode::{Block, Writer};
use super::view::View;
use crate::model::{Party, PartyId, PartyRole, RoleParty, SettlementChain};

/// The tags of one flavour of the parties block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flavour {
    count: u32,
    id: u32,
    source: u32,
    role: u32,
    subs: u32,
    sub: u32,
    sub_type: u32,
}

/// Parties of the message.
pub(super) const PARTIES: Flavour =
    Flavour { count: 453, id: 448, source: 447, role: 452, subs: 802, sub: 523, sub_type: 803 };
/// Parties of one allocation.
pub(super) const NESTED: Flavour =
    Flavour { count: 539, id: 524, source: 525, role: 538, subs: 804, sub: 545, sub_type: 805 };
/// Parties of a settlement chain.
pub(super) const SETTLEMENT: Flavour =
    Flavour { count: 781, id: 782, source: 783, role: 784, subs: 801, sub: 785, sub_type: 786 };

/// Roles with a name of their own in the model.
const ROLES: [(&str, PartyRole); 13] = [
    ("1", PartyRole::ExecutingFirm),
    ("3", PartyRole::ClientId),
    ("4", PartyRole::ClearingFirm),
    ("5", PartyRole::Investor),
    ("10", PartyRole::SettlementLocation),
    ("13", PartyRole::OrderOriginationFirm),
    ("17", PartyRole::ContraFirm),
    ("27", PartyRole::BuyerSeller),
    ("28", PartyRole::Custodian),
    ("29", PartyRole::Intermediary),
    ("30", PartyRole::Agent),
    ("31", PartyRole::SubCustodian),
    ("32", PartyRole::Beneficiary),
];

/// Who gives the identifiers of a source; the sources for BIC (B), LEI (N), country (E) and proprietary (D) are not here.
const ISSUERS: [(&str, &str); 5] =
    [("C", "general"), ("F", "settlement-entity"), ("G", "MIC"), ("H", "CSD"), ("I", "ISITC")];

/// Sub-identifiers by scheme; the securities account (10) is the party's account.
const SCHEMES: [(&str, &str); 16] = [
    ("1", "firm"),
    ("2", "person"),
    ("3", "system"),
    ("4", "application"),
    ("5", "legal-name"),
    ("6", "postal-address"),
    ("7", "phone"),
    ("8", "email"),
    ("9", "contact"),
    ("11", "registration-number"),
    ("14", "registration-name"),
    ("15", "cash-account"),
    ("16", "BIC"),
    ("17", "CSD-participant"),
    ("19", "fund-account"),
    ("24", "department"),
];
const SECURITIES_ACCOUNT: &str = "10";

fn name_of<'t>(table: &'t [(&str, &'t str)], code: &str) -> Option<&'t str> {
    table.iter().find(|(c, _)| *c == code).map(|(_, name)| *name)
}

fn code_of<'t>(table: &'t [(&'t str, &str)], name: &str) -> Option<&'t str> {
    table.iter().find(|(_, n)| *n == name).map(|(code, _)| *code)
}

/// Reads a parties block.
pub(super) fn decode(view: &View<'_, '_>, tags: Flavour) -> Vec<RoleParty> {
    view.entries(tags.count)
        .filter_map(|entry| {
            Some(RoleParty { role: role(entry.code(tags.role)), party: party(&entry, tags)? })
        })
        .collect()
}

fn role(code: &str) -> PartyRole {
    ROLES
        .iter()
        .find(|(c, _)| *c == code)
        .map_or_else(|| PartyRole::Other(code.to_owned()), |(_, role)| role.clone())
}

fn party(entry: &View<'_, '_>, tags: Flavour) -> Option<Party> {
    let text = entry.text(tags.id)?;
    let proprietary = |issuer: &str| PartyId::Proprietary { issuer: issuer.to_owned(), id: text.to_owned() };
    let id = match entry.code(tags.source) {
        "B" => entry.parse(tags.id).map_or_else(|| proprietary("BIC"), PartyId::Bic),
        "N" => entry.parse(tags.id).map_or_else(|| proprietary("LEI"), PartyId::Lei),
        "E" => PartyId::Country(text.to_owned()),
        "D" | "" => proprietary(""),
        source => proprietary(name_of(&ISSUERS, source).unwrap_or(source)),
    };
    let mut party = Party::new(id);
    for sub in entry.entries(tags.subs) {
        let Some(value) = sub.text(tags.sub) else { continue };
        match sub.code(tags.sub_type) {
            SECURITIES_ACCOUNT if party.account.is_none() => party.account = sub.parse(tags.sub),
            code => {
                let scheme = name_of(&SCHEMES, code).map_or_else(|| format!("type-{code}"), str::to_owned);
                party.further.push(format!("{scheme}={value}"));
            }
        }
    }
    Some(party)
}

/// Writes a parties block.
pub(super) fn encode(
    parties: &[RoleParty],
    tags: Flavour,
    path: &str,
    block: &mut Block,
    writer: &mut Writer<'_>,
) {
    let entries = parties
        .iter()
        .enumerate()
        .map(|(n, p)| {
            let role = ROLES.iter().find(|(_, role)| *role == p.role).map(|(code, _)| (*code).to_owned());
            let role = role.unwrap_or_else(|| match &p.role {
                PartyRole::Other(code) if code.parse::<u16>().is_ok() => code.clone(),
                other => {
                    writer.lose(
                        format!("{path}[{n}].role"),
                        format!("{other:?}"),
                        "FIX numbers its roles; 33 (interested party) stands instead",
                    );
                    "33".to_owned()
                }
            });
            entry(&p.party, &role, tags, &format!("{path}[{n}].party"), writer)
        })
        .collect();
    block.group(tags.count, entries);
}

fn entry(party: &Party, role: &str, tags: Flavour, path: &str, writer: &mut Writer<'_>) -> Block {
    let mut block = Block::default();
    let (id, source) = match &party.id {
        PartyId::Bic(bic) => (bic.to_string(), "B"),
        PartyId::Lei(lei) => (lei.to_string(), "N"),
        PartyId::Country(code) => (code.clone(), "E"),
        PartyId::Proprietary { issuer, id } if issuer.is_empty() => (id.clone(), "D"),
        PartyId::Proprietary { issuer, id } => {
            let single = (issuer.len() == 1).then_some(issuer.as_str());
            let source = code_of(&ISSUERS, issuer).or(single).unwrap_or_else(|| {
                writer.lose(
                    format!("{path}.id.issuer"),
                    issuer,
                    "FIX has no source code for this issuer; D (proprietary) stands instead",
                );
                "D"
            });
            (id.clone(), source)
        }
        PartyId::Name(lines) => {
            let name = lines.join(", ");
            writer.lose(
                format!("{path}.id"),
                &name,
                "FIX names parties by identifiers; the name stands as a proprietary one (D)",
            );
            (name, "D")
        }
    };
    block.put(tags.id, id);
    block.put(tags.source, source);
    block.put(tags.role, role);
    if let Some(lei) = &party.lei {
        writer.lose(format!("{path}.lei"), lei, "a FIX party has one identifier");
    }
    if let Some(reference) = &party.processing_reference {
        writer.lose(format!("{path}.processing_reference"), reference, "there is no field for it");
    }
    let mut subs = Vec::new();
    let mut sub = |value: &str, code: &str| {
        let mut block = Block::default();
        block.put(tags.sub, value);
        block.put(tags.sub_type, code);
        subs.push(block);
    };
    if let Some(account) = &party.account {
        sub(account.as_str(), SECURITIES_ACCOUNT);
    }
    for further in &party.further {
        let (scheme, value) = further.split_once('=').unwrap_or(("", further));
        match code_of(&SCHEMES, scheme).or_else(|| scheme.strip_prefix("type-")) {
            Some(code) if code.parse::<u16>().is_ok() && !value.is_empty() => sub(value, code),
            _ => writer.lose(format!("{path}.further"), further, "FIX has no type of sub-identifier for it"),
        }
    }
    block.group(tags.subs, subs);
    block
}

/// Reads the settlement instructions (85): the securities side, or the only one.
pub(super) fn decode_chain(view: &View<'_, '_>) -> Option<SettlementChain> {
    let entry = view.entries(85).find(|e| e.code(787) != "C")?;
    let mut chain = SettlementChain::default();
    let mut intermediaries = Vec::new();
    for p in decode(&entry, SETTLEMENT) {
        let slot = match p.role {
            PartyRole::SettlementLocation => &mut chain.depository,
            PartyRole::Agent => &mut chain.agent,
            PartyRole::Custodian => &mut chain.custodian,
            PartyRole::BuyerSeller => &mut chain.client,
            PartyRole::Intermediary if intermediaries.len() < 2 => {
                intermediaries.push(p.party);
                continue;
            }
            role => {
                entry.say(
                    781,
                    "party-not-placed",
                    &format!("holds a party as {role:?}, which has no place in the chain"),
                    "it stays in the raw message only",
                );
                continue;
            }
        };
        if slot.replace(p.party).is_some() {
            entry.say(
                781,
                "party-not-placed",
                "holds two parties in one role; the last one counts",
                "name each role once",
            );
        }
    }
    // From the depository outwards: the one next to the custodian comes last.
    chain.intermediary_1 = intermediaries.pop();
    chain.intermediary_2 = intermediaries.pop();
    (!chain.is_empty()).then_some(chain)
}

/// Writes the settlement instructions; `source` is 1 for a broker's, 2 for an institution's.
pub(super) fn encode_chain(
    chain: &SettlementChain,
    source: &str,
    path: &str,
    block: &mut Block,
    writer: &mut Writer<'_>,
) {
    if chain.intermediary_2.is_some() && chain.intermediary_1.is_none() {
        writer.lose(
            format!("{path}.intermediary_2"),
            "alone",
            "FIX tells intermediaries by their order only; a single one is read as the first",
        );
    }
    let places = [
        ("10", &chain.depository),
        ("30", &chain.agent),
        ("29", &chain.intermediary_2),
        ("29", &chain.intermediary_1),
        ("28", &chain.custodian),
        ("27", &chain.client),
    ];
    let parties: Vec<Block> = places
        .iter()
        .filter_map(|(role, party)| Some(entry(party.as_ref()?, role, SETTLEMENT, path, writer)))
        .collect();
    if parties.is_empty() {
        return;
    }
    let mut instructions = Block::default();
    instructions.put(165, source);
    instructions.put(787, "S");
    instructions.group(SETTLEMENT.count, parties);
    block.group(85, vec![instructions]);
}
