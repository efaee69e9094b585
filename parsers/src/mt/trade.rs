//! MT515 and the normalized trade confirmation.
//!
//! The side is the investor's: when the investor buys, the broker stands as SELL and the investment manager as BUYR, and
//! the other way round. The allocation that is confirmed is 20C::MAST, the single share of it 20C::RELA.

use super::encode::{Writer, invalid};
use super::instruction::{Links, missing, write_place};
use super::message::{Element, Message};
use super::{instrument, party, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    Account, Amount, Bic, BusinessDate, Charge, ConfirmationKind, ConfirmationStatus, Event, Fee, FeeKind,
    Function, Instrument, Movement, Party, PartyId, PartyRole, Payment, Price, Quantity, Reference,
    RoleParty, SettlementChain, Side, TradeConfirmation,
};

/// 19A qualifiers of fees.
const FEES: [(&str, FeeKind); 7] = [
    ("REGF", FeeKind::Regulatory),
    ("COUN", FeeKind::Tax),
    ("LOCO", FeeKind::LocalCommission),
    ("STEX", FeeKind::Exchange),
    ("STAM", FeeKind::Stamp),
    ("LEVY", FeeKind::Levy),
    ("COAX", FeeKind::ConsumptionTax),
];

/// 22F::TRCA codes that have a name of their own.
const CAPACITIES: [(&str, &str); 2] = [("AGEN", "agency"), ("PRIN", "principal")];

/// Stands where a reference must be but none is known.
const NO_REFERENCE: &str = "NONREF";

/// Party qualifiers of a side: the broker's and the manager's.
fn sides(side: Side) -> (&'static str, &'static str) {
    match side {
        Side::Buy => ("SELL", "BUYR"),
        Side::Sell => ("BUYR", "SELL"),
    }
}

/// Which way the securities go, seen from the investor.
fn movement(side: Side) -> Movement {
    if side == Side::Buy { Movement::Receive } else { Movement::Deliver }
}

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let mut draft = Draft::default();
    for e in message.elements() {
        draft.take(&e);
    }
    draft.links.end();
    draft.end_party();
    draft.end_settlement_party();
    let side = draft.side.ok_or("22H::BUSE")?;
    let quantity = draft.quantity.ok_or("36B::CONF")?;
    let previous = draft.links.remove("PREV", true);
    let function = match draft.function.as_str() {
        "NEWM" => Function::New,
        "CANC" => Function::Cancel(previous),
        _ => return Err("23G"),
    };
    let chain = draft.chain(side);
    let account = draft.account(side);
    let real = |r: &Reference| r.as_str() != NO_REFERENCE;
    Ok(Event::Confirmation(Box::new(TradeConfirmation {
        id: draft.id.ok_or("20C::SEME")?,
        function,
        kind: ConfirmationKind::Confirmation,
        status: ConfirmationStatus::Confirmed,
        allocation: draft.links.remove("MAST", true).filter(real),
        individual_allocation: draft.links.remove("RELA", true).filter(real),
        common_reference: draft.links.remove("COMM", true),
        side,
        instrument: draft.instrument.ok_or("35B")?,
        quantity,
        price: draft.price.ok_or("90a::DEAL")?,
        gross: draft.gross,
        net: draft.net,
        accrued: draft.accrued,
        commission: draft.commission.map(|amount| Charge { amount, basis: String::new() }),
        fees: draft.fees,
        trade_date: draft.trade_date.ok_or("98a::TRAD")?,
        settlement_date: draft.settlement_date,
        transacted: draft.prepared,
        account,
        payment: draft.payment,
        parties: draft
            .parties
            .into_iter()
            .map(|(q, party)| RoleParty { role: role(&q, side), party })
            .collect(),
        chain,
        market: draft.market,
        capacities: draft.capacities.into_iter().map(|c| (c, quantity)).collect(),
        text: draft.text,
    })))
}

fn role(qualifier: &str, side: Side) -> PartyRole {
    let (broker, manager) = sides(side);
    match qualifier {
        "INVE" => PartyRole::Investor,
        "CLBR" => PartyRole::ClearingFirm,
        q if q == broker => PartyRole::ExecutingFirm,
        q if q == manager => PartyRole::OrderOriginationFirm,
        q => PartyRole::Other(q.to_owned()),
    }
}

fn qualifier(role: &PartyRole, side: Side) -> Option<&str> {
    const OTHERS: [&str; 7] = ["STBR", "INBR", "BRCR", "ETC1", "ETC2", "AFFM", "RQBR"];
    let (broker, manager) = sides(side);
    match role {
        PartyRole::Investor => Some("INVE"),
        PartyRole::ClearingFirm => Some("CLBR"),
        PartyRole::ExecutingFirm => Some(broker),
        PartyRole::OrderOriginationFirm => Some(manager),
        PartyRole::Other(q) => OTHERS.iter().find(|o| *o == q).copied(),
        _ => None,
    }
}

#[derive(Debug, Default)]
struct Draft {
    id: Option<Reference>,
    function: String,
    prepared: Option<chrono::DateTime<chrono::Utc>>,
    links: Links,
    side: Option<Side>,
    payment: Option<Payment>,
    instrument: Option<Instrument>,
    quantity: Option<Quantity>,
    price: Option<Price>,
    trade_date: Option<BusinessDate>,
    settlement_date: Option<BusinessDate>,
    market: Option<String>,
    text: Option<String>,
    gross: Option<Amount>,
    net: Option<Amount>,
    accrued: Option<Amount>,
    commission: Option<Amount>,
    fees: Vec<Fee>,
    capacities: Vec<String>,
    parties: Vec<(String, Party)>,
    settlement_parties: Vec<(String, Party)>,
    party: party::Block,
    party_at: Option<usize>,
    settlement_party: party::Block,
    settlement_party_at: Option<usize>,
}

impl Draft {
    fn take(&mut self, e: &Element<'_>) {
        match e.block {
            b"GENL" => match (e.tag, e.qualifier) {
                (b"20C", _) => self.id = value::parsed(e.rest),
                (b"23G", _) => self.function = value::text(e.rest).chars().take(4).collect(),
                (_, b"PREP") => self.prepared = value::instant(e.option(), e.rest),
                _ => {}
            },
            b"LINK" => self.links.take(e),
            b"CONFDET" => self.detail(e),
            b"CONFPRTY" => {
                if self.party_at != e.sequence {
                    self.end_party();
                    self.party_at = e.sequence;
                }
                if e.tag == b"22F" && e.qualifier == b"TRCA" {
                    let code = value::text(e.rest);
                    let name = CAPACITIES.iter().find(|(c, _)| *c == code).map_or(code.as_str(), |(_, n)| n);
                    self.capacities.push(name.to_owned());
                }
                self.party.take(e);
            }
            b"SETPRTY" => {
                if self.settlement_party_at != e.sequence {
                    self.end_settlement_party();
                    self.settlement_party_at = e.sequence;
                }
                self.settlement_party.take(e);
            }
            b"AMT" => self.amount(e),
            _ => {}
        }
    }

    fn end_party(&mut self) {
        self.parties.extend(std::mem::take(&mut self.party).finish());
    }

    fn end_settlement_party(&mut self) {
        self.settlement_parties.extend(std::mem::take(&mut self.settlement_party).finish());
    }

    fn detail(&mut self, e: &Element<'_>) {
        match (e.number(), e.qualifier) {
            (b"98", b"TRAD") => self.trade_date = value::date(e.option(), e.rest),
            (b"98", b"SETT") => self.settlement_date = value::date(e.option(), e.rest),
            (b"90", b"DEAL") => self.price = value::price(e.option(), e.rest),
            (b"94", b"TRAD") if e.option() == b'B' && self.market.is_none() => {
                self.market = Some(value::place(e.rest));
            }
            (b"19", b"SETT") => self.net = value::amount(e.rest),
            (b"22", b"BUSE") => {
                self.side = match e.rest {
                    b"BUYI" | b"SUBS" => Some(Side::Buy),
                    b"SELL" | b"REDM" => Some(Side::Sell),
                    _ => None,
                }
            }
            (b"22", b"PAYM") => {
                self.payment = match e.rest {
                    b"APMT" => Some(Payment::Against),
                    b"FREE" => Some(Payment::Free),
                    _ => None,
                }
            }
            (b"36", b"CONF") if self.quantity.is_none() => self.quantity = value::quantity(e.rest),
            (b"35", _) => self.instrument = Some(instrument::read(e.rest)),
            (b"70", b"TPRO") => self.text = Some(value::joined(e.rest)),
            _ => {}
        }
    }

    fn amount(&mut self, e: &Element<'_>) {
        let Some(amount) = value::amount(e.rest).filter(|_| e.tag == b"19A") else { return };
        match e.qualifier {
            b"SETT" => self.net = Some(amount),
            b"DEAL" => self.gross = Some(amount),
            b"ACRU" => self.accrued = Some(amount),
            b"EXEC" => self.commission = Some(amount),
            // What another currency makes of it says nothing without its exchange rate, which the model does not have.
            b"RESU" | b"OCMT" => {}
            other => {
                let code = value::text(other);
                let kind = FEES.iter().find(|(c, _)| *c == code).map(|(_, k)| k.clone());
                self.fees.push(Fee { kind: kind.unwrap_or(FeeKind::Other(code)), amount });
            }
        }
    }

    /// The broker's side of the settlement parties.
    fn chain(&mut self, side: Side) -> Option<SettlementChain> {
        let (mut delivering, mut receiving) = (SettlementChain::default(), SettlementChain::default());
        // The place of settlement goes to the broker: seen from the investor, the other side.
        for named in std::mem::take(&mut self.settlement_parties) {
            party::place(movement(side), &mut delivering, &mut receiving, named);
        }
        let chain = if side == Side::Buy { delivering } else { receiving };
        (!chain.is_empty()).then_some(chain)
    }

    /// The investor's account: in the investor's block, else in the manager's.
    fn account(&mut self, side: Side) -> Option<Account> {
        let holder = ["INVE", sides(side).1]
            .iter()
            .find_map(|wanted| self.parties.iter().position(|(qualifier, _)| qualifier == wanted))?;
        self.parties.get_mut(holder)?.1.account.take()
    }
}

/// Writes a trade confirmation as MT515.
pub(super) fn write(event: &TradeConfirmation, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    if event.kind != ConfirmationKind::Confirmation {
        return Err(EncodeError::NoMessage { event: "status of a confirmation", protocol: "MT" });
    }
    let mut w = Writer::default();
    if event.status != ConfirmationStatus::Confirmed {
        w.lose(
            "confirmation.status",
            &format!("{:?}", event.status),
            "MT515 confirms; it has no other status",
        );
    }
    w.sequence("GENL", |w| write_general(w, event))?;
    w.sequence("CONFDET", |w| write_detail(w, event, envelope))?;
    w.sequence("SETDET", |w| {
        w.put("22F", "SETR", "TRAD");
        if let Some(chain) = &event.chain {
            let none = SettlementChain::default();
            let (delivering, receiving) =
                if event.side == Side::Buy { (chain, &none) } else { (&none, chain) };
            party::write_chains(w, movement(event.side), delivering, receiving)?;
        }
        write_amounts(w, event)
    })?;
    w.finish("515", envelope)
}

fn write_general(w: &mut Writer, event: &TradeConfirmation) -> Result<(), EncodeError> {
    w.reference("SEME", "confirmation.id", &event.id)?;
    let cancels = match &event.function {
        Function::New => None,
        Function::Cancel(Some(reference)) => Some(reference),
        Function::Cancel(None) => return Err(missing("confirmation.function.cancel", "515")),
        Function::Replace(_) => {
            let why = "MT515 has no replacement: send a cancellation and a new confirmation";
            return Err(invalid("confirmation.function", "replace", why));
        }
    };
    w.line("23G", if cancels.is_some() { "CANC" } else { "NEWM" });
    w.prepared(event.transacted);
    w.put("22F", "TRTR", "TRAD");
    if let Some(cancels) = cancels {
        w.link("PREV", "confirmation.function.cancel", cancels)?;
    }
    let along = [
        ("MAST", "confirmation.allocation", &event.allocation),
        ("RELA", "confirmation.individual_allocation", &event.individual_allocation),
        ("COMM", "confirmation.common_reference", &event.common_reference),
    ];
    let mut linked = cancels.is_some();
    for (qualifier, field, reference) in along {
        if let Some(reference) = reference {
            linked |= w.link_along(qualifier, field, reference);
        }
    }
    if !linked {
        w.sequence("LINK", |w| -> Result<(), EncodeError> {
            w.put("20C", "RELA", NO_REFERENCE);
            Ok(())
        })?;
    }
    Ok(())
}

fn write_detail(w: &mut Writer, event: &TradeConfirmation, envelope: &Envelope) -> Result<(), EncodeError> {
    w.date("TRAD", event.trade_date);
    w.date("SETT", event.settlement_date.ok_or(missing("confirmation.settlement_date", "515"))?);
    w.price("DEAL", "confirmation.price", &event.price, event.net.as_ref())?;
    if let Some(market) = &event.market {
        write_place(w, market);
    }
    w.put("22H", "BUSE", if event.side == Side::Buy { "BUYI" } else { "SELL" });
    let payment = event.payment.unwrap_or_else(|| {
        w.lose("confirmation.payment", "", "not known here; MT515 must say it, so it says against payment");
        Payment::Against
    });
    w.put("22H", "PAYM", if payment == Payment::Against { "APMT" } else { "FREE" });
    write_parties(w, event, envelope)?;
    w.quantity("CONF", "confirmation.quantity", &event.quantity)?;
    instrument::write(w, &event.instrument)?;
    if let Some(text) = &event.text {
        w.narrative("70E", "TPRO", "confirmation.text", text, 10);
    }
    Ok(())
}

/// The parties with their qualifiers. An MT515 goes from the broker to the investor's side, so where the event names
/// nobody, or nobody that MT could name, the sender or the receiver of the message stands.
fn parties(
    w: &mut Writer,
    event: &TradeConfirmation,
    envelope: &Envelope,
) -> Result<Vec<(String, Party)>, EncodeError> {
    let (broker, manager) = sides(event.side);
    let mut known: Vec<(String, Party)> = Vec::new();
    for RoleParty { role, party } in &event.parties {
        let Some(qualifier) = qualifier(role, event.side) else {
            w.lose("confirmation.parties", &format!("{role:?}"), "MT515 has no party of this role");
            continue;
        };
        let mut party = party.clone();
        if let PartyId::Lei(lei) = party.id {
            let (end, address) = match role {
                PartyRole::ExecutingFirm => ("sender", &envelope.sender),
                PartyRole::OrderOriginationFirm | PartyRole::Investor => ("receiver", &envelope.receiver),
                _ => ("", &envelope.sender),
            };
            if let (false, Some(bic)) = (end.is_empty(), bic_of(address)) {
                let why = format!("MT names no party by its LEI alone: the {end}, {bic}, stands with it");
                w.lose("confirmation.parties", lei.as_str(), &why);
                party = Party { id: PartyId::Bic(bic), lei: Some(lei), ..party };
            }
        }
        known.push((qualifier.to_owned(), party));
    }
    let investor = known.iter().any(|(q, _)| q == "INVE" || q == manager);
    let assumed = [
        (known.is_empty(), broker, "sender", &envelope.sender),
        (known.is_empty() || (event.account.is_some() && !investor), manager, "receiver", &envelope.receiver),
    ];
    for (_, qualifier, end, address) in assumed.into_iter().filter(|(needed, ..)| *needed) {
        let Some(bic) = bic_of(address) else { continue };
        let why = format!("none is named: the {end} of the message stands as {qualifier}");
        w.lose("confirmation.parties", bic.as_str(), &why);
        known.push((qualifier.to_owned(), Party::bic(bic)));
    }
    if known.is_empty() { Err(missing("confirmation.parties", "515")) } else { Ok(known) }
}

/// The BIC of an address, with or without its terminal code.
fn bic_of(address: &str) -> Option<Bic> {
    match (address.len(), address.get(..8), address.get(9..)) {
        (12, Some(institution), Some(branch)) => format!("{institution}{branch}").parse().ok(),
        _ => address.parse().ok(),
    }
}

fn write_parties(w: &mut Writer, event: &TradeConfirmation, envelope: &Envelope) -> Result<(), EncodeError> {
    let (broker, manager) = sides(event.side);
    let known = parties(w, event, envelope)?;
    let holder = ["INVE", manager].into_iter().find_map(|q| known.iter().position(|(k, _)| *k == q));
    let capacity = capacity(w, event, known.iter().any(|(q, _)| *q == broker));
    for (index, (qualifier, mut party)) in known.into_iter().enumerate() {
        if holder == Some(index) {
            if party.account.is_some() && party.account != event.account {
                w.lose(
                    "confirmation.parties.account",
                    &format!("{:?}", party.account),
                    "the confirmation's account stands instead",
                );
            }
            party.account.clone_from(&event.account);
        }
        w.sequence("CONFPRTY", |w| -> Result<(), EncodeError> {
            party::write_identification(w, &qualifier, &party)?;
            party::write_details(w, &qualifier, &party)?;
            if let Some(code) = capacity.as_deref().filter(|_| qualifier == broker) {
                w.put("22F", "TRCA", code);
            }
            Ok(())
        })?;
    }
    if let (None, Some(account)) = (holder, &event.account) {
        w.lose(
            "confirmation.account",
            account.as_str(),
            "no investor or manager is named whose account it could be",
        );
    }
    Ok(())
}

/// The broker's capacity, when it is one for the whole quantity.
fn capacity(w: &mut Writer, event: &TradeConfirmation, broker: bool) -> Option<String> {
    match event.capacities.as_slice() {
        [] => None,
        [(name, quantity)] if broker && *quantity == event.quantity && capacity_code(name).is_some() => {
            capacity_code(name).map(str::to_owned)
        }
        several => {
            let shown: Vec<&str> = several.iter().map(|(name, _)| name.as_str()).collect();
            w.lose(
                "confirmation.capacities",
                &shown.join(", "),
                "MT515 says one capacity, by a code of four capitals and without a quantity, in the broker's block",
            );
            None
        }
    }
}

/// The code of a capacity, by its name or as it came.
fn capacity_code(name: &str) -> Option<&str> {
    let code = CAPACITIES.iter().find(|(_, known)| *known == name).map_or(name, |(code, _)| code);
    let good = code.len() == 4 && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    good.then_some(code)
}

/// Whether a 19A qualifier of AMT can stand for a fee.
fn is_fee(code: &str) -> bool {
    const NO_FEES: [&str; 6] = ["SETT", "DEAL", "ACRU", "EXEC", "RESU", "OCMT"];
    !NO_FEES.contains(&code) && super::mt515::SPEC.lists("AMT", "19", code)
}

fn write_amounts(w: &mut Writer, event: &TradeConfirmation) -> Result<(), EncodeError> {
    if let Some(charge) = event.commission.as_ref().filter(|c| !c.basis.is_empty()) {
        w.lose("confirmation.commission.basis", &charge.basis, "MT515 has the amount only");
    }
    let fixed = [
        ("DEAL", event.gross.as_ref()),
        ("ACRU", event.accrued.as_ref()),
        ("EXEC", event.commission.as_ref().map(|c| &c.amount)),
    ];
    for (qualifier, amount) in fixed {
        amount.map_or(Ok(()), |a| w.sequence("AMT", |w| w.amount(qualifier, "confirmation.amount", a)))?;
    }
    for fee in &event.fees {
        let code = match &fee.kind {
            FeeKind::Other(code) if is_fee(code) => code.as_str(),
            FeeKind::Other(_) | FeeKind::Markup => {
                w.lose("confirmation.fees.kind", &format!("{:?}", fee.kind), "it stands as OTHR");
                "OTHR"
            }
            kind => FEES.iter().find(|(_, k)| k == kind).map_or("OTHR", |(code, _)| code),
        };
        w.sequence("AMT", |w| w.amount(code, "confirmation.fees", &fee.amount))?;
    }
    match &event.net {
        Some(net) => w.sequence("AMT", |w| w.amount("SETT", "confirmation.net", net)),
        None => Ok(()),
    }
}
