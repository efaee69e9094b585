//! What the mappings of all statements share: the head, links, statuses, parties in chains, and the way back into fields.

use super::arrange::{self, Block, LINK, NO_REFERENCE};
use super::details::Details;
use super::encode::{Writer, invalid};
use super::message;
use super::sections::{Section, Unread};
use super::trailers::TEXT_MAX;
use super::{codes, party, status, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    Continuation, Covers, Detail, DetailValue as V, Linkage, Lot, Movement, Page, Party, PartyDetails,
    Reason, SettlementChain, StatedPrice, StatementFunction, StatementHeader, Status, SubAccount,
};
use crate::model::{PriceBasis, StatedAccount};

const FUNCTIONS: [(&str, StatementFunction); 3] = [
    ("NEWM", StatementFunction::New),
    ("CANC", StatementFunction::Cancel),
    ("REPL", StatementFunction::Replace),
];

const CONTINUATIONS: [(&str, Continuation); 3] =
    [("ONLY", Continuation::Only), ("MORE", Continuation::More), ("LAST", Continuation::Last)];

/// The head of a statement, what 23G says, and the code that only this kind of statement has.
pub(super) struct Head {
    pub(super) header: StatementHeader,
    pub(super) function: String,
    pub(super) own: Option<String>,
}

/// Reads the head; `own` is the qualifier of a code that only this kind of statement has.
pub(super) fn head<'a>(
    message: &mut Section<'a>,
    own: &str,
    unread: &mut Unread<'a>,
) -> Result<Head, &'static str> {
    let mut general = message.take_one("GENL").ok_or("sequence GENL")?;
    let page = general.field(b"28E").and_then(|e| page(&value::text(e.rest))).ok_or("28E")?;
    let function = value::text(general.field(b"23G").ok_or("23G")?.rest);
    let (function, copy) = function.split_once('/').map_or((function.as_str(), None), |(f, c)| (f, Some(c)));
    let prepared = instant(&mut general, b"PREP");
    let linkages = linkages(general.take("LINK"), unread);
    let mut d = general.details(unread);
    let covers = match (d.moment("STAT"), d.period("STAT")) {
        (Some(at), _) => Covers::At(at),
        (None, Some(period)) => Covers::Period(period),
        (None, None) => return Err("98a::STAT or 69a::STAT"),
    };
    let own = if own.is_empty() { None } else { d.code(own) };
    let header = StatementHeader {
        id: d.reference("SEME").ok_or("20C::SEME")?,
        function: FUNCTIONS.iter().find(|(code, _)| *code == function).map(|(_, f)| *f).unwrap_or_default(),
        copy: copy.map(str::to_owned),
        page,
        number: d.number("STAT").map(|n| n.number),
        prepared,
        covers,
        frequency: d.code("SFRE"),
        update: d.code("CODE"),
        basis: d.code("STBA"),
        linkages,
        owner: d.party("ACOW"),
        account: d.safekeeping().ok_or("97a::SAFE")?,
        activity: d.flag("ACTI").ok_or("17B::ACTI")?,
        consolidated: d.flag("CONS"),
        details: d.rest(),
    };
    Ok(Head { header, function: function.to_owned(), own })
}

/// The functions of a statement that is nothing but a statement.
pub(super) fn plain(head: &Head) -> Result<(), &'static str> {
    FUNCTIONS.iter().any(|(code, _)| *code == head.function).then_some(()).ok_or("23G NEWM, CANC or REPL")
}

/// Writes the head; `own` is the code that only this kind of statement has, `function` stands instead of the head's.
pub(super) fn head_block(
    writer: &mut Writer,
    header: &StatementHeader,
    own: Option<(&'static str, &str)>,
    function: Option<&str>,
) -> Block {
    let mut block = Block::new("GENL");
    let place = CONTINUATIONS.iter().find(|(_, c)| *c == header.page.continuation).map_or("ONLY", |(c, _)| c);
    block.line("28E", &format!("{}/{place}", header.page.number));
    if let Some(number) = &header.number {
        let numbered = crate::model::Numbered { number: number.clone(), quantity: None };
        block.put("STAT", V::Number(numbered));
    }
    block.own_reference(writer, "statement.id", &header.id);
    let own_function = FUNCTIONS.iter().find(|(_, f)| *f == header.function).map_or("NEWM", |(c, _)| c);
    let function = function.unwrap_or(own_function);
    block.line("23G", &header.copy.as_ref().map_or(function.to_owned(), |copy| format!("{function}/{copy}")));
    put_prepared(&mut block, header.prepared);
    match &header.covers {
        Covers::At(moment) => block.put("STAT", V::Moment(moment.clone())),
        Covers::Period(period) => block.put("STAT", V::Period(period.clone())),
    }
    block.put_some("SFRE", header.frequency.as_ref(), V::Code);
    block.put_some("CODE", header.update.as_ref(), V::Code);
    block.put_some("STBA", header.basis.as_ref(), V::Code);
    if let Some((code, text)) = own {
        block.put(code, V::Code(text.to_owned()));
    }
    put_linkages(&mut block, "", &header.linkages);
    block.put_some("ACOW", header.owner.as_ref(), V::Party);
    put_safekeeping(&mut block, Some(&header.account));
    block.put("ACTI", V::Flag(header.activity));
    block.put_some("CONS", header.consolidated.as_ref(), V::Flag);
    block.put_all(&header.details);
    block
}

/// Writes a message: no longer than a message may be, and only what strict reading takes.
pub(super) fn finish(
    mut writer: Writer,
    kind: &str,
    root: &Block,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    let spec = message::spec(kind).ok_or_else(|| super::instruction::missing("table", kind))?;
    arrange::write(&mut writer, spec, root)?;
    let length = writer.length();
    if length > TEXT_MAX {
        let why = format!("the text has {length} characters, {TEXT_MAX} are the most: write it in pages");
        return Err(invalid("message", kind, &why));
    }
    writer.finish(kind, envelope)
}

fn page(text: &str) -> Option<Page> {
    let (number, code) = text.split_once('/')?;
    let continuation = CONTINUATIONS.iter().find(|(c, _)| *c == code).map(|(_, c)| *c)?;
    Some(Page { number: number.parse().ok()?, continuation })
}

/// Takes the instant with that qualifier.
pub(super) fn instant(section: &mut Section<'_>, qualifier: &[u8]) -> Option<chrono::DateTime<chrono::Utc>> {
    let element = section.qualified(b"98", qualifier)?;
    value::instant(element.option(), element.rest)
}

/// Says when it was prepared.
pub(super) fn put_prepared(block: &mut Block, at: Option<chrono::DateTime<chrono::Utc>>) {
    if let Some(at) = at {
        block.put("PREP", V::Moment(crate::model::Moment::Instant(at)));
    }
}

/// An account by its number, or by its address on a ledger.
pub(super) fn put_safekeeping(block: &mut Block, account: Option<&StatedAccount>) {
    if let Some(account) = account {
        block.put(if account.wallet { "BCAW" } else { "SAFE" }, V::Account(account.clone()));
    }
}

/// Links; one that says that there is no reference says nothing.
pub(super) fn linkages<'a>(links: Vec<Section<'a>>, unread: &mut Unread<'a>) -> Vec<Linkage> {
    let mut list = Vec::new();
    for mut link in links {
        let message = link.field(b"13A").or_else(|| link.field(b"13B")).map(|e| linked_message(&e));
        let mut d = link.details(unread);
        let position = d.code("LINK").unwrap_or_default();
        let found = d.first(|d| matches!(d.value, V::Reference(_)));
        if let Some(Detail { code: kind, value: V::Reference(reference) }) = found
            && !(kind == "RELA" && reference.as_str() == NO_REFERENCE && message.is_none())
        {
            list.push(Linkage { message, position, kind, reference, details: d.rest() });
        }
    }
    list
}

/// The number of a linked message; a scheme stands before it, and a slash alone tells a 13B that would pass as a 13A.
pub(super) fn linked_message(e: &super::message::Element<'_>) -> String {
    let number = value::text(e.rest);
    match (e.tag, value::text(e.scheme)) {
        (b"13B", scheme) if !scheme.is_empty() || number.len() == 3 => format!("{scheme}/{number}"),
        _ => number,
    }
}

/// Writes links; where a reference does not fit, its link is a loss.
pub(super) fn put_linkages(block: &mut Block, field: &'static str, linkages: &[Linkage]) {
    for linkage in linkages {
        let mut link = Block::called(LINK, field);
        if !linkage.position.is_empty() {
            link.put("LINK", V::Code(linkage.position.clone()));
        }
        match &linkage.message {
            Some(m) if m.contains('/') => link.code("13B", "LINK", m),
            Some(m) if m.len() == 3 => link.code("13A", "LINK", &format!("/{m}")),
            Some(m) => link.code("13B", "LINK", &format!("/{m}")),
            None => {}
        }
        link.put(&linkage.kind, V::Reference(linkage.reference.clone()));
        link.put_all(&linkage.details);
        block.child(link);
    }
}

/// A STAT sequence; `None` where it names no status.
pub(super) fn status<'a>(section: &mut Section<'a>, unread: &mut Unread<'a>) -> Option<Status> {
    let element = section.field(b"25D")?;
    let kind = status::kind(&element);
    Some(Status { kind, reasons: reasons(section, unread) })
}

/// The reasons below a status.
pub(super) fn reasons<'a>(section: &mut Section<'a>, unread: &mut Unread<'a>) -> Vec<Reason> {
    let mut list = Vec::new();
    for mut reason in section.take("REAS") {
        if let Some(element) = reason.field(b"24B") {
            let issuer = (!element.scheme.is_empty()).then(|| value::text(element.scheme));
            let text = reason.field(b"70D").map(|e| value::joined(e.rest));
            list.push(Reason { code: value::text(element.rest), issuer, text });
        }
        reason.give_up(unread);
    }
    list
}

/// Puts a status into its sequence, with the reasons below it.
pub(super) fn put_status(
    writer: &mut Writer,
    block: &mut Block,
    kind: &str,
    status: &Status,
) -> Result<(), EncodeError> {
    let (qualifier, issuer, code) = status::code_of(&status.kind)?;
    block.code("25D", &qualifier, &format!("{issuer}/{code}"));
    // With a scheme the standard leaves the qualifier of the reason open.
    let of_list = codes::reasons(kind, code.as_bytes());
    let reason_qualifier = match (issuer.is_empty(), of_list) {
        (_, Some(_)) => code.as_str(),
        (false, None) => "PPRC",
        (true, None) if qualifier == "ALLE" => "ALLE",
        (true, None) => code.as_str(),
    };
    put_reasons(writer, block, kind, reason_qualifier, &status.reasons);
    Ok(())
}

fn put_reasons(writer: &mut Writer, block: &mut Block, kind: &str, qualifier: &str, reasons: &[Reason]) {
    let list = codes::reasons(kind, qualifier.as_bytes());
    for reason in reasons {
        let mut below = Block::new("REAS");
        let mut words = reason.text.clone();
        match &reason.issuer {
            Some(issuer) => below.code("24B", qualifier, &format!("{issuer}/{}", reason.code)),
            None if list.is_none_or(|l| l.contains(&reason.code.as_str())) => {
                below.code("24B", qualifier, &reason.code);
            }
            None => {
                below.code("24B", qualifier, "NARR");
                let why = "the list of this status does not have it: NARR with the code as text";
                writer.lose("status.reasons.code", &reason.code, why);
                words = Some(format!("{} {}", reason.code, words.as_deref().unwrap_or("")).trim().to_owned());
            }
        }
        below.put_some("REAS", words.as_ref(), V::Text);
        block.child(below);
    }
}

/// The roles of a chain, by direction: the depository stands once for both.
const DELIVERING: [&str; 5] = ["DEAG", "DEI2", "DEI1", "DECU", "SELL"];
const RECEIVING: [&str; 5] = ["REAG", "REI2", "REI1", "RECU", "BUYR"];

/// Both chains, and what is said of their parties beside.
#[derive(Debug, Default)]
pub(super) struct Chains {
    pub(super) delivering: SettlementChain,
    pub(super) receiving: SettlementChain,
    pub(super) details: Vec<PartyDetails>,
}

/// Reads SETPRTY sequences; `movement` is the account owner's.
pub(super) fn chains<'a>(
    parties: Vec<Section<'a>>,
    movement: Option<Movement>,
    unread: &mut Unread<'a>,
) -> Chains {
    let mut chains = Chains::default();
    for section in parties {
        let mut d = section.details(unread);
        let named = d.first(super::details::is_party);
        let Some(Detail { code: role, value: V::Party(mut party) }) = named else { continue };
        // Where nobody says which way it goes, the place of settlement goes with the delivering side.
        let movement = movement.unwrap_or(Movement::Receive);
        let slot = party::slot(&role, movement, &mut chains.delivering, &mut chains.receiving)
            .filter(|s| s.is_none());
        let mut details = Vec::new();
        if let Some(slot) = slot {
            party_block(&mut party, &mut d, &mut details);
            *slot = Some(party);
        } else {
            details.push(Detail { code: role.clone(), value: V::Party(party) });
        }
        details.extend(d.rest());
        if !details.is_empty() {
            chains.details.push(PartyDetails { role, details });
        }
    }
    // In which order parties are named says nothing.
    chains.details.sort_by(|a, b| a.role.cmp(&b.role));
    chains
}

/// Account and reference of a party; an account with more than a number goes along as it is.
fn party_block(party: &mut Party, d: &mut Details, details: &mut Vec<Detail>) {
    if let Some(account) = d.safekeeping() {
        party.account = Some(account.id.clone());
        if account.kind.is_some() || account.wallet {
            let code = if account.wallet { "BCAW" } else { "SAFE" };
            details.push(Detail::new(code, V::Account(account)));
        }
    }
    party.processing_reference = d.reference("PROC");
}

/// Writes both chains, the other side's first, and the place of settlement last.
pub(super) fn put_chains(
    writer: &mut Writer,
    block: &mut Block,
    movement: Option<Movement>,
    (delivering, receiving, details): (&SettlementChain, &SettlementChain, &[PartyDetails]),
) {
    let delivers = movement == Some(Movement::Deliver);
    let (other, own) = if delivers {
        ((receiving, RECEIVING), (delivering, DELIVERING))
    } else {
        ((delivering, DELIVERING), (receiving, RECEIVING))
    };
    let of = |role: &str| details.iter().find(|d| d.role == role).map_or(&[][..], |d| &d.details);
    for (chain, roles) in [other, own] {
        let parties =
            [&chain.agent, &chain.intermediary_2, &chain.intermediary_1, &chain.custodian, &chain.client];
        for (role, party) in roles.iter().zip(parties) {
            if let Some(party) = party {
                put_party(writer, block, role, party, of(role));
            }
        }
    }
    let depository = other.0.depository.as_ref().or(own.0.depository.as_ref());
    if let Some(depository) = depository {
        if let Some(second) = own.0.depository.as_ref().filter(|second| *second != depository) {
            let why = "MT names one place of settlement: the counterparty's stands";
            writer.lose("depository", &format!("{:?}", second.id), why);
        }
        put_party(writer, block, "PSET", depository, of("PSET"));
    }
    for beside in details.iter().filter(|d| d.details.iter().any(super::details::is_party)) {
        let mut party = Block::new("SETPRTY");
        party.put_all(&beside.details);
        block.child(party);
    }
}

fn put_party(writer: &mut Writer, block: &mut Block, role: &str, party: &Party, details: &[Detail]) {
    let mut below = Block::new("SETPRTY");
    below.put(role, V::Party(party.clone()));
    let has_account = details.iter().any(|d| matches!(d.value, V::Account(_)));
    if let Some(account) = party.account.as_ref().filter(|_| !has_account) {
        below.put("SAFE", V::Account(account.clone().into()));
    }
    if let Some(reference) =
        party.processing_reference.as_ref().filter(|r| writer.holds("party.reference", r))
    {
        below.put("PROC", V::Reference(reference.clone()));
    }
    below.put_all(details);
    block.child(below);
}

/// Takes a price with its source and time.
pub(super) fn price(d: &mut Details) -> Option<StatedPrice> {
    let (basis, price) = match d.price("MRKT") {
        Some(price) => (PriceBasis::Market, price),
        None => (PriceBasis::Indicative, d.price("INDC")?),
    };
    Some(StatedPrice { basis, price, source: d.place("PRIC"), quoted: d.moment("PRIC") })
}

/// Writes a price with its source and time.
pub(super) fn put_price(block: &mut Block, price: Option<&StatedPrice>) {
    let Some(price) = price else { return };
    let code = if price.basis == PriceBasis::Market { "MRKT" } else { "INDC" };
    block.put(code, V::Price(price.price));
    block.put_some("PRIC", price.source.as_ref(), V::Place);
    block.put_some("PRIC", price.quoted.as_ref(), V::Moment);
}

/// Lots.
pub(super) fn lots<'a>(section: &mut Section<'a>, unread: &mut Unread<'a>) -> Vec<Lot> {
    let lots = section.take("BREAK");
    lots.into_iter().map(|lot| Lot { details: lot.details(unread).rest() }).collect()
}

/// Writes lots.
pub(super) fn put_lots(block: &mut Block, lots: &[Lot]) {
    for lot in lots {
        block.child(group("BREAK", &lot.details));
    }
}

/// The attributes of an instrument.
pub(super) fn attributes<'a>(section: &mut Section<'a>, unread: &mut Unread<'a>) -> Vec<Detail> {
    section.take_one("FIA").map(|fia| fia.details(unread).rest()).unwrap_or_default()
}

/// A sequence of details alone.
pub(super) fn group(name: &'static str, details: &[Detail]) -> Block {
    let mut block = Block::new(name);
    block.put_all(details);
    block
}

/// What stands at the end of a message.
pub(super) fn additional<'a>(message: &mut Section<'a>, unread: &mut Unread<'a>) -> Vec<Vec<Detail>> {
    let groups = message.take("ADDINFO").into_iter().map(|group| group.details(unread).rest());
    groups.filter(|details| !details.is_empty()).collect()
}

/// Writes it.
pub(super) fn put_additional(root: &mut Block, additional: &[Vec<Detail>]) {
    for details in additional {
        root.child(group("ADDINFO", details));
    }
}

/// The head of a sub-account.
pub(super) fn sub_account(d: &mut Details) -> SubAccount {
    SubAccount {
        account: d.safekeeping(),
        owner: d.party("ACOW"),
        places: d.places("SAFE"),
        activity: d.flag("ACTI"),
        details: Vec::new(),
    }
}

/// Writes it.
pub(super) fn put_sub_account(block: &mut Block, account: &SubAccount) {
    block.put_some("ACOW", account.owner.as_ref(), V::Party);
    put_safekeeping(block, account.account.as_ref());
    for place in &account.places {
        block.put("SAFE", V::Place(place.clone()));
    }
    block.put_some("ACTI", account.activity.as_ref(), V::Flag);
    block.put_all(&account.details);
}

/// Which way the securities go, as the message says it.
pub(super) fn movement(code: &str) -> Option<Movement> {
    match code {
        "RECE" => Some(Movement::Receive),
        "DELI" => Some(Movement::Deliver),
        _ => None,
    }
}
