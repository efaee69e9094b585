//! The terms that instructions, confirmations, reversals, allegements and their financing twins share, both ways.

use super::attributes;
use super::details::{self, Shape};
use super::outline::At;
use super::parties::{self, NOT_PROVIDED};
use super::parts::{self, Unread, Usual, may};
use super::rows;
pub(super) use super::terms_writing::{
    issued, put, put_amount_details, put_below, put_other_parties, put_stated,
};
use crate::model::{
    Detail, DetailValue as V, FurtherDetails, Lot, Moment, Movement, PartialSettlement, Payment, Quantity,
    QuantityKind, StatedAccount, Terms,
};

/// What a family of messages calls what all of them have: the elements, and the fields of the event.
pub(super) struct Names {
    /// The element of the quantity.
    pub(super) quantity: &'static str,
    /// The code of quantity and amount.
    pub(super) settled: &'static str,
    /// Elements that may hold the amount.
    pub(super) amounts: &'static [&'static str],
    /// How the event calls things.
    pub(super) fields: Fields,
}

/// The fields of an event, as losses and errors name them.
pub(super) struct Fields {
    pub(super) instrument: &'static str,
    pub(super) quantity: &'static str,
    pub(super) amount: &'static str,
    pub(super) other_amounts: &'static str,
    pub(super) price: &'static str,
    pub(super) trade_date: &'static str,
    pub(super) settlement_date: &'static str,
    pub(super) effective_date: &'static str,
    pub(super) place_of_trade: &'static str,
    pub(super) account: &'static str,
    pub(super) cash_account: &'static str,
    pub(super) account_owner: &'static str,
    pub(super) transaction_type: &'static str,
    pub(super) conditions: &'static str,
    pub(super) partial: &'static str,
    pub(super) priority: &'static str,
    pub(super) delivering: &'static str,
    pub(super) receiving: &'static str,
    pub(super) narrative: &'static str,
    pub(super) general: &'static str,
    pub(super) attributes: &'static str,
    pub(super) trade_details: &'static str,
    pub(super) account_details: &'static str,
    pub(super) lots: &'static str,
    pub(super) second_leg: &'static str,
    pub(super) settlement_details: &'static str,
    pub(super) party_details: &'static str,
    pub(super) cash_parties: &'static str,
    pub(super) amount_details: &'static str,
    pub(super) network_fee: &'static str,
    pub(super) other_parties: &'static str,
    pub(super) supplementary: &'static str,
    pub(super) trade_reference: &'static str,
    pub(super) linkages: &'static str,
    pub(super) tie_details: &'static str,
}

macro_rules! fields {
    ($event:literal, $more:literal) => {
        Fields {
            instrument: concat!($event, ".instrument"),
            quantity: concat!($event, ".quantity"),
            amount: concat!($event, ".amount"),
            other_amounts: concat!($event, ".other_amounts"),
            price: concat!($event, ".price"),
            trade_date: concat!($event, ".trade_date"),
            settlement_date: concat!($event, ".settlement_date"),
            effective_date: concat!($event, ".effective_date"),
            place_of_trade: concat!($event, ".place_of_trade"),
            account: concat!($event, ".account"),
            cash_account: concat!($event, ".cash_account"),
            account_owner: concat!($event, ".account_owner"),
            transaction_type: concat!($event, ".transaction_type"),
            conditions: concat!($event, ".conditions"),
            partial: concat!($event, ".partial"),
            priority: concat!($event, ".priority"),
            delivering: concat!($event, ".delivering"),
            receiving: concat!($event, ".receiving"),
            narrative: concat!($event, ".narrative"),
            general: concat!($more, ".general_details"),
            attributes: concat!($more, ".attributes"),
            trade_details: concat!($more, ".trade_details"),
            account_details: concat!($more, ".account_details"),
            lots: concat!($more, ".lots"),
            second_leg: concat!($more, ".second_leg"),
            settlement_details: concat!($more, ".settlement_details"),
            party_details: concat!($more, ".party_details"),
            cash_parties: concat!($more, ".cash_parties"),
            amount_details: concat!($more, ".amount_details"),
            network_fee: concat!($more, ".network_fee"),
            other_parties: concat!($more, ".other_parties"),
            supplementary: concat!($more, ".supplementary"),
            trade_reference: concat!($event, ".trade_reference"),
            linkages: concat!($event, ".linkages"),
            tie_details: concat!($event, ".linkages.details"),
        }
    };
}

/// An instruction.
pub(super) const INSTRUCTION: Names = Names {
    quantity: "SttlmQty",
    settled: "SETT",
    amounts: &["SttlmAmt", "OpngSttlmAmt"],
    fields: fields!("instruction", "instruction.more"),
};

/// An update of an instruction.
pub(super) const UPDATE: Names =
    Names { fields: fields!("modification.updates", "modification.updates.more"), ..INSTRUCTION };

/// A generated transaction.
pub(super) const GENERATION: Names =
    Names { fields: fields!("generation.instruction", "generation.instruction.more"), ..INSTRUCTION };

/// A confirmation.
pub(super) const SETTLEMENT: Names = Names {
    quantity: "SttldQty",
    settled: "ESTT",
    amounts: &["SttldAmt"],
    fields: fields!("settlement", "settlement.more"),
};

/// An allegement.
pub(super) const ALLEGEMENT: Names = Names {
    quantity: "SttlmQty",
    settled: "SETT",
    amounts: &["SttlmAmt"],
    fields: fields!("allegement.trade", "allegement.trade"),
};

/// Elements that may hold the settlement date.
const SETTLEMENT_DATES: [&str; 2] = ["SttlmDt", "OpngSttlmDt"];

/// Reads the terms below the first own element.
pub(super) fn read(
    root: At<'_, '_>,
    way: (Movement, Payment),
    kind: Option<String>,
    names: &Names,
) -> Result<Terms, Unread> {
    let terms = part(root, way, kind, names)?;
    match terms {
        Terms { quantity: None, .. } => Err(match root.get("QtyAndAcctDtls") {
            Some(quantities) => Unread::missing(quantities, names.quantity),
            None => Unread::missing(root, "QtyAndAcctDtls"),
        }),
        Terms { instrument: None, .. } => Err(Unread::missing(root, "FinInstrmId")),
        Terms { transaction_type: None, .. } => Err(Unread::missing(root, "SttlmParams/SctiesTxTp")),
        terms => Ok(terms),
    }
}

/// Reads as much of the terms as stands below an element.
pub(super) fn part(
    root: At<'_, '_>,
    (movement, payment): (Movement, Payment),
    kind: Option<String>,
    names: &Names,
) -> Result<Terms, Unread> {
    let trade = root.get("TradDtls");
    let quantities = root.get("QtyAndAcctDtls");
    let settled = quantities.and_then(|at| at.get(names.quantity));
    let quantity = |name: &str| quantities?.get(name).and_then(|at| parts::quantity(at).ok());
    let signed = |at| parts::amount(at, movement, Usual::ByMovement);
    let money = names.amounts.iter().find_map(|name| root.get(name));
    let params = root.get("SttlmParams");
    let kind = kind.or_else(|| root.get("SttlmParams/SctiesTxTp").and_then(parts::code));
    let mut more = FurtherDetails {
        copy: matches!(flag(root), Some("true" | "1")).then(|| "RECO".to_owned()),
        general_details: general(root),
        attributes: details::read(root, attributes::OF_INSTRUCTION),
        trade_details: details::read(root, rows::TRADE),
        account_details: details::read(root, rows::ACCOUNT),
        lots: quantities.map(lots).unwrap_or_default(),
        second_leg: details::read(root, rows::SECOND_LEG),
        settlement_details: details::read(root, rows::SETTLEMENT),
        cash_parties: root.get("CshPties").map(cash_parties).unwrap_or_default(),
        amount_details: money.map(|at| details::read(at, rows::AMOUNT)).unwrap_or_default(),
        other_parties: root.get("OthrBizPties").map(other_parties).unwrap_or_default(),
        ..FurtherDetails::default()
    };
    settlement_codes(&mut more.settlement_details, movement);
    more.account_details.extend(settled.and_then(|at| current_face(at, names.settled)));
    let registrar: Option<crate::model::Account> = may(root, "AddtlPhysOrRegnDtls/RegarAcct");
    more.account_details.extend(registrar.map(|id| Detail::new("REGI", V::Account(id.into()))));
    let mut delivering = parties::chain(root, "DlvrgSttlmPties");
    let mut receiving = parties::chain(root, "RcvgSttlmPties");
    for (name, chain) in [("DlvrgSttlmPties", &delivering), ("RcvgSttlmPties", &receiving)] {
        let is_delivering = name == "DlvrgSttlmPties";
        more.party_details.extend(parties::further(root, name, is_delivering, movement, chain));
    }
    more.party_details.sort_by(|a, b| a.role.cmp(&b.role));
    if let Some(standing) = root.get("StgSttlmInstrDtls") {
        let database = standing.get("SttlmStgInstrDB").and_then(details::code);
        more.settlement_details.extend(database.map(|code| Detail::new("DBNM", V::Code(code))));
        for (path, chain) in [("CtrPty/Sellr", &mut delivering), ("CtrPty/Buyr", &mut receiving)] {
            if chain.client.is_none() {
                chain.client = standing.get(path).and_then(parties::party);
            }
        }
    }
    Ok(Terms {
        movement,
        payment,
        instrument: root.get("FinInstrmId").map(parts::instrument),
        quantity: settled.map(parts::quantity).transpose()?,
        previously_settled: quantity("PrevslySttldQty"),
        remaining: quantity("RmngToBeSttldQty"),
        amount: money.and_then(signed),
        previously_settled_amount: quantities.and_then(|at| at.get("PrevslySttldAmt")).and_then(signed),
        remaining_amount: quantities.and_then(|at| at.get("RmngToBeSttldAmt")).and_then(signed),
        other_amounts: parts::other_amounts(root, movement),
        price: trade.and_then(|at| at.get("DealPric")).and_then(parts::price),
        trade_date: trade.and_then(|at| at.get("TradDt")).and_then(dated),
        settlement_date: SETTLEMENT_DATES.iter().find_map(|name| trade?.get(name)).and_then(dated),
        effective_date: trade.and_then(|at| at.get("FctvSttlmDt")).and_then(dated),
        place_of_trade: trade.and_then(|at| at.get("PlcOfTrad")).and_then(place),
        account: quantities.and_then(stated),
        cash_account: quantities.and_then(|at| at.get("CshAcct")).and_then(cash_account),
        account_owner: quantities.and_then(|at| at.get("AcctOwnr")).and_then(parties::party),
        transaction_type: kind,
        conditions: params
            .map(|params| params.all("SttlmTxCond").filter_map(parts::code).collect())
            .unwrap_or_default(),
        partial: root.value("SttlmParams/PrtlSttlmInd").and_then(PartialSettlement::of),
        priority: root.value("SttlmParams/Prty/Nmrc").and_then(|priority| priority.parse().ok()),
        delivering,
        receiving,
        narrative: trade.and_then(|at| at.value("SttlmInstrPrcgAddtlDtls")).map(str::to_owned),
        more,
    })
}

fn flag<'o>(root: At<'o, '_>) -> Option<&'o str> {
    ["SttlmTpAndAddtlParams/RcncltnInd", "TxTpAndAddtlParams/RcncltnInd"]
        .iter()
        .find_map(|path| root.value(path))
}

fn general(root: At<'_, '_>) -> Vec<Detail> {
    let mut list = details::read(root, rows::GENERAL);
    let counts = [
        ("SETT", ["NbCounts/TtlNb/CurInstrNb", "NbCounts/CurInstrNb"]),
        ("TOSE", ["NbCounts/TtlNb/TtlOfLkdInstrs", ""]),
    ];
    for (code, paths) in counts {
        let count = paths.iter().filter(|path| !path.is_empty()).find_map(|path| may(root, path));
        list.extend(count.map(|count| Detail::new(code, V::Count(count))));
    }
    list
}

/// The current face of a pair whose original face is the quantity.
pub(super) fn current_face(at: At<'_, '_>, code: &str) -> Option<Detail> {
    let value = parts::decimal(at.value("OrgnlAndCurFace/AmtsdVal")?)?;
    let quantity = Quantity::new(QuantityKind::AmortisedAmount, value).ok()?;
    Some(Detail::new(code, V::Quantity(quantity)))
}

/// A moment; where the zone makes another day of it, the day as it is written.
pub(super) fn dated(at: At<'_, '_>) -> Option<Moment> {
    let moment = details::moment(at)?;
    match (parts::date(at).ok(), moment.day()) {
        (Some(day), Some(other)) if day != other => Some(Moment::Day(day)),
        _ => Some(moment),
    }
}

/// Why there is no normalized form without the day that one of these elements must give.
pub(super) fn no_day(root: At<'_, '_>, paths: &[&'static str]) -> Unread {
    let found = paths.iter().find_map(|path| root.get(path));
    let missing = || Unread::missing(root, paths.first().copied().unwrap_or_default());
    found.map_or_else(missing, |at| {
        let why = "it gives a code instead of a date, and a normalized date is a day";
        parts::date(at).err().unwrap_or_else(|| Unread::at(at, why))
    })
}

/// A place of trade; a market identifier alone is that of an exchange.
pub(super) fn place(at: At<'_, '_>) -> Option<crate::model::Place> {
    match details::value(Shape::Place, at)? {
        V::Place(mut place) => {
            if place.name.is_some() {
                place.kind = place.kind.or_else(|| Some("EXCH".to_owned()));
            }
            Some(place)
        }
        _ => None,
    }
}

/// A safekeeping account, an address on a ledger, or both.
pub(super) fn stated(at: At<'_, '_>) -> Option<StatedAccount> {
    let address = at.get("BlckChainAdrOrWllt").and_then(|found| account(found, true));
    match at.get("SfkpgAcct") {
        Some(found) => Some(StatedAccount { address: address.map(Box::new), ..account(found, false)? }),
        None => address,
    }
}

/// One of them.
fn account(at: At<'_, '_>, wallet: bool) -> Option<StatedAccount> {
    let kind = at.get("Tp").and_then(details::code).map(|kind| bare(&kind));
    let name = at.value("Nm").map(str::to_owned);
    Some(StatedAccount { kind, wallet, name, ..may::<crate::model::Account>(at, "Id")?.into() })
}

/// A code whose issuer nobody knows has none.
fn bare(code: &str) -> String {
    code.strip_prefix(NOT_PROVIDED).and_then(|rest| rest.strip_prefix('/')).unwrap_or(code).to_owned()
}

fn cash_account(at: At<'_, '_>) -> Option<StatedAccount> {
    let id: crate::model::Account = may(at, "IBAN").or_else(|| may(at, "Prtry"))?;
    Some(id.into())
}

fn lots(at: At<'_, '_>) -> Vec<Lot> {
    let lots = at.all("QtyBrkdwn").map(|lot| Lot { details: details::read(lot, attributes::LOT) });
    lots.filter(|lot| !lot.details.is_empty()).collect()
}

/// Codes that MT and MX say in different ways.
pub(super) fn settlement_codes(list: &mut [Detail], movement: Movement) {
    let balance = if movement == Movement::Deliver { "SSBD" } else { "SSBR" };
    for detail in list {
        if detail.code == balance {
            "SSBT".clone_into(&mut detail.code);
        }
        if let V::Code(code) = &mut detail.value {
            *code = bare(code);
        }
    }
}

fn cash_parties(at: At<'_, '_>) -> Vec<crate::model::CashParty> {
    let mut list = Vec::new();
    for (role, name) in rows::CASH_PARTIES {
        for found in at.all(name) {
            let Some(mut party) = parties::party(found) else { continue };
            party.account = found.get("CshAcct").and_then(cash_account).map(|account| account.id);
            let accounts = rows::CASH_ACCOUNTS.iter().filter_map(|(code, name)| {
                Some(Detail::new(code, V::Account(found.get(name).and_then(cash_account)?)))
            });
            let mut details: Vec<Detail> = accounts.collect();
            details.extend(details::read(found, rows::PARTY));
            list.push(crate::model::CashParty { role: role.to_owned(), party, details });
        }
    }
    list
}

/// Parties beside the chains.
pub(super) fn other_parties(at: At<'_, '_>) -> Vec<Vec<Detail>> {
    let mut list = Vec::new();
    for (role, name) in rows::OTHER_PARTIES {
        for found in at.all(name) {
            let mut details = Vec::new();
            if let Some(mut party) = parties::party(found) {
                let reference = party.processing_reference.take();
                party.account = None;
                details.push(Detail::new(role, V::Party(party)));
                details.extend(reference.map(|reference| Detail::new("PROC", V::Reference(reference))));
            }
            if let Some(country) = found.value("Ntlty") {
                let party = crate::model::Party::new(crate::model::PartyId::Country(country.to_owned()));
                details.push(Detail::new(role, V::Party(party)));
            }
            for (code, name, wallet) in [("SAFE", "SfkpgAcct", false), ("BCAW", "BlckChainAdrOrWllt", true)] {
                let id = found.value(name).and_then(|text| text.parse().ok());
                let account = id.map(|id: crate::model::Account| {
                    V::Account(StatedAccount { wallet, ..StatedAccount::from(id) })
                });
                details.extend(account.map(|value| Detail::new(code, value)));
            }
            details.extend(details::read(found, rows::PARTY));
            if !details.is_empty() {
                list.push(details);
            }
        }
    }
    list
}
