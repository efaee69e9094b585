//! What must hold before an instruction goes out: a table, each row with the reason that is raised when it does not. The
//! first that does not hold stops it.

use finality_parsers::model::{Account, Bic, Currency, Payment, SettlementChain, SsiId};

use super::places;
use crate::exceptions::reason::ReasonCode;

/// One side, as it was found.
#[derive(Debug, Clone)]
pub struct Side {
    /// The record it comes from.
    pub id: SsiId,
    /// The record's version.
    pub version: u32,
    /// The party as the record names it; absent when it is ours.
    pub party: Option<Bic>,
    /// The chain; absent when the model it is to come from does not apply.
    pub chain: Option<SettlementChain>,
    /// The cash account.
    pub cash_account: Option<Account>,
    /// Why the place is not filled in by itself, when it is missing.
    pub no_place: String,
}

/// Both sides, and how they are to settle.
#[derive(Debug, Clone)]
pub struct Sides {
    /// Whose the other side is.
    pub party: Bic,
    /// The counterparty's.
    pub theirs: Side,
    /// Ours, when there is a record of it.
    pub ours: Option<Side>,
    /// Against payment?
    pub payment: Payment,
    /// In which currency.
    pub currency: Option<Currency>,
    /// Whether the counterparty's agent must have an account.
    pub account_required: bool,
    /// Whether our cash account must be known.
    pub cash_account_required: bool,
}

/// A row of the table.
pub struct Check {
    /// What must hold.
    pub name: &'static str,
    /// What is raised when it does not.
    pub reason: ReasonCode,
    /// What is wrong, in words; nothing when it holds.
    pub test: fn(&Sides) -> Option<String>,
}

/// All checks on what was found, in order. That one record is found at all, and one only, goes before.
pub const CHECKS: &[Check] = &[
    Check { name: "each side has a chain", reason: ReasonCode::SsiIncomplete, test: chain },
    Check {
        name: "place of settlement and agent of the counterparty are there",
        reason: ReasonCode::SsiIncomplete,
        test: their_agent,
    },
    Check {
        name: "the counterparty's agent has an account, where that is required",
        reason: ReasonCode::SsiIncomplete,
        test: their_account,
    },
    Check { name: "our place of settlement is there", reason: ReasonCode::SsiIncomplete, test: our_place },
    Check {
        name: "both sides settle in the same depository, or in two with a link",
        reason: ReasonCode::PlacesDiffer,
        test: compatible,
    },
    Check {
        name: "against payment, the currency is known and our cash account is there where that is required",
        reason: ReasonCode::CashLegIncomplete,
        test: cash,
    },
];

/// The first check that does not hold.
pub fn broken(sides: &Sides) -> Option<(ReasonCode, String)> {
    CHECKS.iter().find_map(|check| (check.test)(sides).map(|what| (check.reason, what)))
}

fn chain(sides: &Sides) -> Option<String> {
    let all = [Some(&sides.theirs), sides.ours.as_ref()];
    let without = all.into_iter().flatten().find(|side| side.chain.is_none())?;
    Some(format!("the model that {} names does not apply on that day", without.id))
}

fn their_agent(sides: &Sides) -> Option<String> {
    let chain = sides.theirs.chain.as_ref()?;
    let missing: Vec<&str> = [
        (chain.depository.is_none(), "the place of settlement"),
        (chain.agent.is_none(), "the agent at the place of settlement"),
    ]
    .into_iter()
    .filter_map(|(missing, what)| missing.then_some(what))
    .collect();
    let why = if chain.depository.is_none() { sides.theirs.no_place.as_str() } else { "" };
    (!missing.is_empty())
        .then(|| format!("the standing instruction of {} lacks {}{why}", sides.party, missing.join(" and ")))
}

fn their_account(sides: &Sides) -> Option<String> {
    let agent = sides.theirs.chain.as_ref()?.agent.as_ref()?;
    (sides.account_required && agent.account.is_none())
        .then(|| format!("{} names no account of the agent", sides.theirs.id))
}

fn our_place(sides: &Sides) -> Option<String> {
    let ours = sides.ours.as_ref()?;
    ours.chain
        .as_ref()?
        .depository
        .is_none()
        .then(|| format!("our side, {}, lacks the place of settlement{}", ours.id, ours.no_place))
}

fn compatible(sides: &Sides) -> Option<String> {
    let place = |side: &Side| side.chain.as_ref()?.depository.as_ref()?.as_bic();
    let (theirs, ours) = (place(&sides.theirs)?, place(sides.ours.as_ref()?)?);
    places::link(theirs, ours).is_none().then(|| {
        format!(
            "{} settles in {theirs} ({}), we in {ours} ({}), and no link between them is known",
            sides.party,
            sides.theirs.id,
            sides.ours.as_ref().map_or("", |o| o.id.as_str())
        )
    })
}

fn cash(sides: &Sides) -> Option<String> {
    if sides.payment == Payment::Free {
        return None;
    }
    let Some(currency) = sides.currency else {
        return Some("it settles against payment, and nobody says in which currency".to_owned());
    };
    let ours = sides.ours.as_ref();
    let known = ours.is_some_and(|o| o.cash_account.is_some());
    (sides.cash_account_required && !known).then(|| {
        format!(
            "no cash account of ours in {currency} is known{}",
            ours.map_or(String::new(), |o| { format!(": {} names none", o.id) })
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use finality_parsers::model::Party;

    fn chain(place: &str) -> SettlementChain {
        let party = |bic: &str| Some(Party::bic(bic.parse().expect("a BIC")));
        SettlementChain {
            depository: party(place),
            agent: party("BROKDEFFXXX"),
            ..SettlementChain::default()
        }
    }

    fn side(id: &str, place: &str) -> Side {
        Side {
            id: id.parse().expect("a name"),
            version: 1,
            party: None,
            chain: Some(chain(place)),
            cash_account: None,
            no_place: String::new(),
        }
    }

    fn good() -> Sides {
        Sides {
            party: "BROKDEFFXXX".parse().expect("a BIC"),
            theirs: side("THEIRS", "MGTCBEBEECL"),
            ours: Some(side("OURS", "CEDELULLXXX")),
            payment: Payment::Against,
            currency: Some("EUR".parse().expect("a currency")),
            account_required: false,
            cash_account_required: false,
        }
    }

    /// Each row of the table is broken once, and says what is wrong.
    #[test]
    fn each_check_broken_once() {
        assert_eq!(broken(&good()), None, "the bridge is a link");
        type Break = fn(&mut Sides);
        let breaks: [(Break, &str); 6] = [
            (|s| s.theirs.chain = None, "the model that THEIRS names does not apply on that day"),
            (
                |s| s.theirs.chain.iter_mut().for_each(|c| (c.depository, c.agent) = (None, None)),
                "the standing instruction of BROKDEFFXXX lacks the place of settlement and the agent at the place of settlement",
            ),
            (|s| s.account_required = true, "THEIRS names no account of the agent"),
            (
                |s| s.ours.iter_mut().filter_map(|o| o.chain.as_mut()).for_each(|c| c.depository = None),
                "our side, OURS, lacks the place of settlement",
            ),
            (
                |s| s.ours = Some(side("OURS", "DAKVDEFFXXX")),
                "BROKDEFFXXX settles in MGTCBEBEECL (THEIRS), we in DAKVDEFFXXX (OURS), and no link between them is known",
            ),
            (|s| s.cash_account_required = true, "no cash account of ours in EUR is known: OURS names none"),
        ];
        assert_eq!(breaks.len(), CHECKS.len());
        for ((breaks, says), check) in breaks.iter().zip(CHECKS) {
            let mut sides = good();
            breaks(&mut sides);
            assert_eq!(broken(&sides), Some((check.reason, (*says).to_owned())), "{}", check.name);
        }
    }

    #[test]
    fn free_of_payment_has_no_cash_leg() {
        let mut sides = good();
        (sides.currency, sides.cash_account_required) = (None, true);
        assert!(broken(&sides).is_some_and(|(reason, _)| reason == ReasonCode::CashLegIncomplete));
        sides.payment = Payment::Free;
        assert_eq!(broken(&sides), None);
    }
}
