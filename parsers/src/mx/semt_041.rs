//! semt.041: balances down a chain of accounts to their beneficial owners. ISO 15022 has no such message.

use super::details::{self, Row, Shape, put_value, row};
use super::encode::{Draft, Losses};
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, QUANTITIES, Unread, decimal, may};
use super::schema::{Schema, TypeId};
use super::{issued, parties, sheet, statement, supplementary};
use crate::codec::EncodeError;
use crate::model::{
    Balance, BalancePart, BalanceTransparency, BeneficialOwner, BusinessDate, DayBalance, DetailValue as V,
    Event, Moment, PartQuantity, Party, Period, Price, PriceKind, QuotedPrice, TransparencyAgent,
    TransparentAccount, TransparentBalances, TransparentInstrument,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesBalTrnsprncyRpt";

/// The accounts below one, and by how much it differs from their sum: each level has elements of its own.
#[rustfmt::skip]
const LEVELS: [(&str, &str); 9] = [
    ("AcctSubLvl1", "AcctSubLvl1Diff"), ("AcctSubLvl2", "AcctSubLvl2Diff"), ("AcctSubLvl3", "AcctSubLvl3Diff"),
    ("AcctSubLvl4", "AcctSubLvl4Diff"), ("AcctSubLvl5", "AcctSubLvl5Diff"), ("AcctSubLvl6", "AcctSubLvl6Diff"),
    ("AcctSubLvl7", "AcctSubLvl7Diff"), ("AcctSubLvl8", "AcctSubLvl8Diff"), ("AcctSubLvl9", "AcctSubLvl9Diff"),
];

/// What else the head says.
const HEAD: &[Row] = &[
    row("22F", "SFRE", Shape::Code, "Frqcy"),
    row("22F", "GRAN", Shape::Code, "FrqcyGrnlrty"),
    row("22F", "CODE", Shape::Code, "UpdTp"),
];

/// What else is said of a beneficial owner, mostly by the qualifiers that MT565 has for it.
const OWNER: &[Row] = &[
    row("95S", "ALTE", Shape::Text, "AddtlId/Id"),
    row("95S", "TYPE", Shape::Code, "AddtlId/Tp"),
    row("95S", "ISSR", Shape::Text, "AddtlId/Issr"),
    row("98A", "ISSU", Shape::Moment, "AddtlId/IsseDt"),
    row("98A", "EXPI", Shape::Moment, "AddtlId/XpryDt"),
    row("94C", "COUN", Shape::Code, "AddtlId/IssrCtry"),
    row("94C", "NATO", Shape::Code, "Ntlty"),
    row("94C", "DOMI", Shape::Code, "DmclCtry"),
    row("94C", "NDOM", Shape::Code, "NonDmclCtry"),
    row("17B", "CERT", Shape::Flag, "CertfctnInd"),
    row("22F", "CETI", Shape::Code, "CertfctnTp"),
    row("70E", "DECL", Shape::Text, "DclrtnDtls"),
];

/// What else is said of an instrument.
const INSTRUMENT: &[Row] =
    &[row("22F", "FORM", Shape::Code, "HldgForm"), row("22F", "PHYS", Shape::Code, "HldgPhysTp")];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let general = root.get("StmtGnlDtls").ok_or_else(|| Unread::missing(root, "StmtGnlDtls"))?;
    let accounts = root.all("SfkpgAcctAndHldgs").map(|at| account(at, &LEVELS, reading.raw));
    Ok(Event::BalanceTransparency(Box::new(BalanceTransparency {
        id: parts::need(general, "StmtId")?,
        message: parts::need(root, "MsgId/Id")?,
        prepared: root.value("MsgId/CreDtTm").and_then(parts::instant).or(reading.created),
        sender: party(root, "SndrId")?,
        receiver: root.get("RcvrId").and_then(parties::party),
        role: parts::need(general, "SndrBizRole")?,
        page: root.get("Pgntn").map(statement::page).unwrap_or_default(),
        number: general.value("StmtNb/Shrt").or_else(|| general.value("StmtNb/Lng")).map(str::to_owned),
        query: may(general, "QryRef"),
        at: moment(general, "StmtDtTm")?,
        period: general
            .get("StmtPrd")
            .and_then(|at| statement::period(at).or_else(|| month(at)))
            .ok_or_else(|| Unread::missing(general, "StmtPrd"))?,
        activity: matches!(general.value("ActvtyInd"), Some("true" | "1")),
        details: details::read(general, HEAD),
        accounts: accounts.collect::<Result<_, _>>()?,
        supplementary: Vec::new(),
    })))
}

/// A period that is said as a month: its first and its last day.
fn month(at: At<'_, '_>) -> Option<Period> {
    let (year, month) = at.value("DtMnth")?.split_once('-')?;
    let first = chrono::NaiveDate::from_ymd_opt(year.parse().ok()?, month.get(..2)?.parse().ok()?, 1)?;
    let last = first.checked_add_months(chrono::Months::new(1))?.pred_opt()?;
    let day = |date| Moment::Day(BusinessDate::new(date));
    Some(Period { from: day(first), to: day(last) })
}

fn party(at: At<'_, '_>, name: &str) -> Result<Party, Unread> {
    at.get(name).and_then(parties::party).ok_or_else(|| Unread::missing(at, name))
}

fn moment(at: At<'_, '_>, name: &str) -> Result<Moment, Unread> {
    at.get(name).and_then(details::moment).ok_or_else(|| Unread::missing(at, name))
}

fn account(at: At<'_, '_>, levels: &[(&str, &str)], raw: &[u8]) -> Result<TransparentAccount, Unread> {
    let (below, difference) = match levels.split_first() {
        Some(((name, difference), deeper)) => (
            at.all(name).map(|at| account(at, deeper, raw)).collect::<Result<_, _>>()?,
            at.all(difference).map(|at| instrument(at, raw)).collect::<Result<_, _>>()?,
        ),
        None => (Vec::new(), Vec::new()),
    };
    let mut kept = Vec::new();
    supplementary::keep_in(&mut kept, at, raw);
    Ok(TransparentAccount {
        account: at
            .get("AcctId")
            .and_then(|at| statement::stated(at, false))
            .ok_or_else(|| Unread::missing(at, "AcctId"))?,
        owner: party(at, "AcctOwnr")?,
        servicer: party(at, "AcctSvcr")?,
        beneficial_owners: at.all("BnfclOwnr").map(beneficial).collect::<Result<_, _>>()?,
        balances: at.all("BalDtls").map(|at| balances(at, raw)).collect::<Result<_, _>>()?,
        below,
        difference,
        supplementary: kept,
    })
}

fn beneficial(at: At<'_, '_>) -> Result<BeneficialOwner, Unread> {
    Ok(BeneficialOwner { party: party(at, "BnfclOwnrId")?, details: details::read(at, OWNER) })
}

fn balances(at: At<'_, '_>, raw: &[u8]) -> Result<TransparentBalances, Unread> {
    Ok(TransparentBalances {
        instruments: at.all("BalForAcct").map(|at| instrument(at, raw)).collect::<Result<_, _>>()?,
        agents: at.all("Agt").map(|at| agent(at, raw)).collect::<Result<_, _>>()?,
    })
}

fn agent(at: At<'_, '_>, raw: &[u8]) -> Result<TransparencyAgent, Unread> {
    let mut kept = Vec::new();
    supplementary::keep_in(&mut kept, at, raw);
    Ok(TransparencyAgent {
        party: party(at, "Id")?,
        role: at.get("Role").and_then(details::code).ok_or_else(|| Unread::missing(at, "Role"))?,
        eligibility: at.value("OrdrOrgtrElgblty").map(str::to_owned),
        supplementary: kept,
    })
}

fn instrument(at: At<'_, '_>, raw: &[u8]) -> Result<TransparentInstrument, Unread> {
    let mut kept = Vec::new();
    supplementary::keep_in(&mut kept, at, raw);
    Ok(TransparentInstrument {
        instrument: at.get("FinInstrmId").map(parts::instrument).unwrap_or_default(),
        details: details::read(at, INSTRUMENT),
        days: at.all("BalForFinInstrm").map(day).collect::<Result<_, _>>()?,
        supplementary: kept,
    })
}

fn day(at: At<'_, '_>) -> Result<DayBalance, Unread> {
    let held = at.get("Hldgs/HldgBal");
    let parts = held.into_iter().flat_map(|at| at.all("BalBrkdwn").collect::<Vec<_>>());
    let balance = |name| held.and_then(|at| at.get(name)).and_then(details::balance);
    Ok(DayBalance {
        day: moment(at, "ItmDt")?,
        holds: at.value("Hldgs/HldgsInd").map(|text| matches!(text, "true" | "1")),
        settled: balance("SttldBal"),
        traded: balance("TraddBal"),
        parts: parts.map(part).collect::<Result<_, _>>()?,
        prices: at.all("Pric").map(price).collect::<Result<_, _>>()?,
    })
}

fn part(at: At<'_, '_>) -> Result<BalancePart, Unread> {
    let own = at.get("Qty/Prtry").and_then(|own| {
        let counted_in = issued::joined(&issued::issuer(own), own.value("Id")?);
        Some(PartQuantity::Own { counted_in, value: decimal(own.value("Bal")?)? })
    });
    let quantity = own.or_else(|| at.get("Qty/Qty").and_then(details::balance).map(PartQuantity::Balance));
    Ok(BalancePart {
        kind: at.get("SubBalTp").and_then(details::code).ok_or_else(|| Unread::missing(at, "SubBalTp"))?,
        quantity: quantity.ok_or_else(|| Unread::missing(at, "Qty"))?,
    })
}

fn price(at: At<'_, '_>) -> Result<QuotedPrice, Unread> {
    let figure = at.get("RateOrAmt").and_then(|at| parts::figure(at, None, None));
    Ok(QuotedPrice {
        price: figure.ok_or_else(|| Unread::missing(at, "RateOrAmt"))?,
        kind: parts::need(at, "Tp")?,
        source: parts::need(at, "Src")?,
    })
}

/// Where something is written: the table, and the type of the element around.
type Around<'s> = (&'s Schema, TypeId);

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::BalanceTransparency(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let mut root = Draft::new(ROOT);
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let own = schema.own();
    root.set("MsgId/Id", "message", &e.message);
    let Some(prepared) = e.prepared else {
        let message = "the message says when it was prepared".to_owned();
        return Err(EncodeError::Missing { field: "prepared", message });
    };
    root.set("MsgId/CreDtTm", "prepared", details::written(prepared));
    put_party((schema, own), &mut root, ("SndrId", "sender"), &e.sender, losses)?;
    if let Some(receiver) = &e.receiver {
        put_party((schema, own), &mut root, ("RcvrId", "receiver"), receiver, losses)?;
    }
    statement::put_page(root.at("Pgntn"), e.page, losses);
    put_general((schema, own), &mut root, e, losses);
    for one in &e.accounts {
        let name = "SfkpgAcctAndHldgs";
        put_account((schema, own), root.add(name), (name, &LEVELS), one, losses)?;
    }
    Ok(root)
}

fn put_general((schema, own): Around<'_>, root: &mut Draft, e: &BalanceTransparency, losses: &mut Losses) {
    let Some(of) = schema.down(own, "StmtGnlDtls") else { return };
    let general = root.at("StmtGnlDtls");
    general.set("SndrBizRole", "role", &e.role);
    if let Some(number) = &e.number {
        let path = if number.len() == 3 { "StmtNb/Shrt" } else { "StmtNb/Lng" };
        general.set(path, "number", number);
    }
    general.set_some("QryRef", "query", e.query.as_ref());
    general.set("StmtId", "id", &e.id);
    let place = (schema, of);
    put_value(place, general, (Shape::Moment, "StmtDtTm"), &V::Moment(e.at.clone()), "at", losses);
    put_value(place, general, (Shape::Period, "StmtPrd"), &V::Period(e.period.clone()), "period", losses);
    sheet::put(place, general, HEAD, &e.details, "details", losses);
    general.set("ActvtyInd", "activity", e.activity);
}

/// A party that must be named cannot be left out.
fn put_party(
    (schema, of): Around<'_>,
    draft: &mut Draft,
    (name, field): (&'static str, &'static str),
    party: &Party,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let mut element = Draft::new(name);
    let known = schema.down(of, name);
    if known.is_some_and(|of| parties::put_known((schema, of), &mut element, field, party, losses)) {
        draft.take_child(name, element);
        return Ok(());
    }
    let reason = "a party is named by BIC, name or somebody's identifier here".to_owned();
    Err(EncodeError::Invalid { field, value: statement::show_party(party), reason })
}

fn put_account(
    (schema, around): Around<'_>,
    draft: &mut Draft,
    (name, levels): (&'static str, &[(&'static str, &'static str)]),
    one: &TransparentAccount,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let Some(of) = schema.down(around, name) else { return Ok(()) };
    let place = (schema, of);
    if let Some(of) = schema.down(of, "AcctId") {
        let draft = draft.at("AcctId");
        statement::put_stated((schema, of), draft, "accounts.account", &one.account, losses);
    }
    put_party(place, draft, ("AcctOwnr", "accounts.owner"), &one.owner, losses)?;
    put_party(place, draft, ("AcctSvcr", "accounts.servicer"), &one.servicer, losses)?;
    for owner in &one.beneficial_owners {
        let Some(of) = schema.down(of, "BnfclOwnr") else { continue };
        let below = draft.add("BnfclOwnr");
        put_party((schema, of), below, ("BnfclOwnrId", "accounts.beneficial_owners"), &owner.party, losses)?;
        let field = "accounts.beneficial_owners.details";
        sheet::put((schema, of), below, OWNER, &owner.details, field, losses);
    }
    for balances in &one.balances {
        let Some(of) = schema.down(of, "BalDtls") else { continue };
        let below = draft.add("BalDtls");
        for instrument in &balances.instruments {
            put_instrument((schema, of), below, "BalForAcct", instrument, losses);
        }
        for agent in &balances.agents {
            put_agent((schema, of), below, agent, losses)?;
        }
    }
    match levels.split_first() {
        Some(((name, difference), deeper)) => {
            for account in &one.below {
                put_account(place, draft.add(name), (name, deeper), account, losses)?;
            }
            for instrument in &one.difference {
                put_instrument(place, draft, difference, instrument, losses);
            }
        }
        None => {
            for account in &one.below {
                losses.add(
                    "accounts.below",
                    &account.account.id,
                    "the message has nine levels below an account",
                );
            }
        }
    }
    supplementary::put(place, draft, &one.supplementary, "accounts.supplementary", losses);
    Ok(())
}

fn put_agent(
    (schema, around): Around<'_>,
    draft: &mut Draft,
    agent: &TransparencyAgent,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let Some(of) = schema.down(around, "Agt") else { return Ok(()) };
    let (place, below) = ((schema, of), draft.add("Agt"));
    put_party(place, below, ("Id", "accounts.balances.agents"), &agent.party, losses)?;
    let field = "accounts.balances.agents.role";
    put_value(place, below, (Shape::Code, "Role"), &V::Code(agent.role.clone()), field, losses);
    below.set_some("OrdrOrgtrElgblty", "accounts.balances.agents.eligibility", agent.eligibility.as_ref());
    supplementary::put(place, below, &agent.supplementary, "accounts.balances.agents.supplementary", losses);
    Ok(())
}

fn put_instrument(
    (schema, around): Around<'_>,
    draft: &mut Draft,
    name: &'static str,
    one: &TransparentInstrument,
    losses: &mut Losses,
) {
    let Some(of) = schema.down(around, name) else { return };
    let (place, below) = ((schema, of), draft.add(name));
    parts::put_instrument(below.at("FinInstrmId"), "accounts.balances.instruments", &one.instrument);
    let field = "accounts.balances.instruments.details";
    sheet::put(place, below, INSTRUMENT, &one.details, field, losses);
    if let Some(of) = schema.down(of, "BalForFinInstrm") {
        for day in &one.days {
            put_day((schema, of), below.add("BalForFinInstrm"), day, losses);
        }
    }
    let field = "accounts.balances.instruments.supplementary";
    supplementary::put(place, below, &one.supplementary, field, losses);
}

fn put_day((schema, of): Around<'_>, draft: &mut Draft, day: &DayBalance, losses: &mut Losses) {
    let field = "accounts.balances.instruments.days";
    put_value((schema, of), draft, (Shape::Moment, "ItmDt"), &V::Moment(day.day.clone()), field, losses);
    match day.holds {
        Some(holds) => draft.set("Hldgs/HldgsInd", field, holds),
        None => {
            let held = draft.at("Hldgs/HldgBal");
            for (name, balance) in [("SttldBal", &day.settled), ("TraddBal", &day.traded)] {
                if let Some(balance) = balance {
                    put_balance(held.at(name), balance, losses);
                }
            }
            let of = schema.down(of, "Hldgs/HldgBal/BalBrkdwn");
            for part in &day.parts {
                let below = held.add("BalBrkdwn");
                let kind = V::Code(part.kind.clone());
                if let Some(of) = of {
                    put_value((schema, of), below, (Shape::Code, "SubBalTp"), &kind, field, losses);
                }
                match &part.quantity {
                    PartQuantity::Balance(balance) => put_balance(below.at("Qty/Qty"), balance, losses),
                    PartQuantity::Own { counted_in, value } => {
                        let (issuer, id) = issued::parted(counted_in);
                        let own = below.at("Qty/Prtry");
                        issued::put(own, field, id, issuer.unwrap_or_default());
                        own.set("Bal", field, value);
                    }
                }
            }
        }
    }
    for price in &day.prices {
        put_price(draft.add("Pric"), price, losses);
    }
}

/// A balance has its sign in its figure here.
fn put_balance(draft: &mut Draft, balance: &Balance, losses: &mut Losses) {
    let field = "accounts.balances.instruments.days.balance";
    let name = QUANTITIES.iter().find(|(kind, _)| *kind == balance.kind).map_or("Unit", |(_, name)| name);
    draft.set(name, field, balance.value);
    if let Some(availability) = &balance.availability {
        losses.add(field, availability, "the message does not say whether it is available");
    }
}

fn put_price(draft: &mut Draft, price: &QuotedPrice, losses: &mut Losses) {
    let field = "accounts.balances.instruments.days.prices";
    match price.price {
        Price { value, currency: Some(currency), .. } => {
            draft.set_money("RateOrAmt/Amt", field, value, currency)
        }
        Price { kind: PriceKind::Actual, value, currency: None } => {
            losses.add(field, value, "a price in money needs its currency");
        }
        Price { value, .. } => draft.set("RateOrAmt/Rate", field, value),
    }
    draft.set("Tp", field, &price.kind);
    draft.set("Src", field, &price.source);
}
