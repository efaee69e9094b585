//! What a message says of the chain, beside what the golden source says.

use finality_parsers::model::{Party, PartyId, SettlementChain};

/// The fields in which a chain that came with a message differs from ours, in words; what the message does not say does not
/// differ.
pub fn differences(said: &SettlementChain, held: &SettlementChain) -> Vec<String> {
    let fields = [
        ("place of settlement", &said.depository, &held.depository),
        ("agent", &said.agent, &held.agent),
        ("intermediary next to the agent", &said.intermediary_2, &held.intermediary_2),
        ("intermediary next to the custodian", &said.intermediary_1, &held.intermediary_1),
        ("custodian", &said.custodian, &held.custodian),
        ("client", &said.client, &held.client),
    ];
    let mut found = Vec::new();
    for (name, said, held) in fields {
        let Some(said) = said else { continue };
        let Some(held) = held else {
            // Who ends the chain is the party itself, which a record need not repeat.
            if name != "client" {
                found.push(format!("{name} {} where we have none", id(said)));
            }
            continue;
        };
        if !same(&said.id, &held.id) {
            found.push(format!("{name} {} where we have {}", id(said), id(held)));
        }
        match (&said.account, &held.account) {
            (Some(said), Some(held)) if said == held => {}
            (Some(said), held) => {
                let held = held.as_ref().map_or("none".to_owned(), ToString::to_string);
                found.push(format!("account {said} of the {name} where we have {held}"));
            }
            (None, _) => {}
        }
    }
    found
}

fn same(one: &PartyId, other: &PartyId) -> bool {
    match (one, other) {
        (PartyId::Bic(one), PartyId::Bic(other)) => one.same_office(other),
        // An identifier without its issuer says no more than the letters.
        (PartyId::Proprietary { id: one, .. }, PartyId::Proprietary { id: other, .. }) => one == other,
        _ => one == other,
    }
}

fn id(party: &Party) -> String {
    match &party.id {
        PartyId::Bic(bic) => bic.to_string(),
        PartyId::Lei(lei) => lei.to_string(),
        PartyId::Proprietary { id, .. } => id.clone(),
        PartyId::Name(lines) => lines.join(" "),
        PartyId::Country(country) => country.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn party(bic: &str) -> Option<Party> {
        Some(Party::bic(bic.parse().expect("a BIC")))
    }

    #[test]
    fn only_what_is_said_differs() {
        let held = SettlementChain {
            depository: party("DAKVDEFFXXX"),
            agent: party("BROKDEFFXXX"),
            ..SettlementChain::default()
        };
        assert!(differences(&SettlementChain::default(), &held).is_empty());
        let same = SettlementChain { depository: party("DAKVDEFF"), ..SettlementChain::default() };
        assert!(differences(&same, &held).is_empty());
        let mut other = SettlementChain { depository: party("SICVFRPPXXX"), ..held.clone() };
        other.agent = other.agent.map(|a| a.with_account("A1".parse().expect("an account")));
        other.custodian = party("CUSTDEFFXXX");
        other.client = party("BROKDEFFXXX");
        assert_eq!(
            differences(&other, &held),
            [
                "place of settlement SICVFRPPXXX where we have DAKVDEFFXXX",
                "account A1 of the agent where we have none",
                "custodian CUSTDEFFXXX where we have none",
            ]
        );
    }
}
