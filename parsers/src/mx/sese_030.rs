//! sese.030 and sese.021: requests about instructions that stand: to change their processing (MT530), or to say how far
//! they are (MT549). Both are known by the message identifier of their header.

use super::details::{self, Shape};
use super::encode::{Draft, Losses};
use super::issued;
use super::links;
use super::messages::{self, Reading, Writing};
use super::outline::At;
use super::parties::{self, Place};
use super::parts::{self, Unread, may};
use super::rows::REQUEST_REFERENCES;
use super::schema::{Schema, TypeId};
use super::{sheet, terms};
use crate::codec::EncodeError;
use crate::model::{
    Account, Change, ChangeRequest, ChangeStatus, DetailValue as V, Event, Function, Moment,
    PartialSettlement, Party, ProcessingChange, Reference, StatedAccount, StatusRequest,
};

/// The root element of a request to change the processing.
pub(super) const ROOT: &str = "SctiesSttlmCondsModReq";
/// The root element of a request for a status.
pub(super) const QUERY: &str = "SctiesTxStsQry";

/// References in a request for a status.
const QUERIED: [(&str, &str); 13] = [
    ("RELA", "AcctOwnrTxId"),
    ("ASRF", "AcctSvcrTxId"),
    ("MITI", "MktInfrstrctrTxId"),
    ("CPMI", "CtrPtyMktInfrstrctrTxId"),
    ("PCTI", "PrcrTxId"),
    ("COMM", "CmonId"),
    ("TRRF", "TradId"),
    ("MAST", "MstrId"),
    ("BASK", "BsktId"),
    ("INDX", "IndxId"),
    ("LIST", "ListId"),
    ("PROG", "PrgmId"),
    ("POOL", "PoolId"),
];

/// Changes that are a code, and their elements.
const CODED: [(&str, &str); 4] =
    [("BORR", "AutomtcBrrwg"), ("LINK", "Lkg"), ("MTCH", "MtchgDnl"), ("SPLT", "UnltrlSplt")];

const RTGS: Shape = Shape::Indicator("YRTG", "NRTG");

/// What both name around: the request's own reference, account and owner.
pub(super) fn around(reading: &Reading<'_, '_>) -> Result<(Reference, Account, Option<Party>), Unread> {
    let root = reading.root;
    let id = reading.message_id.clone();
    let why = "the request is known by the message identifier of its header, and there is none";
    let id = id.ok_or_else(|| Unread::at(root, why))?;
    let account = terms::stated(root).ok_or_else(|| Unread::missing(root, "SfkpgAcct"))?;
    Ok((id, account.id, root.get("AcctOwnr").and_then(parties::party)))
}

/// Reads a request to change the processing.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let (id, account, account_owner) = around(reading)?;
    let requests: Vec<ChangeRequest> = reading.root.all("ReqDtls").map(request).collect();
    if requests.is_empty() {
        return Err(Unread::missing(reading.root, "ReqDtls"));
    }
    Ok(Event::ProcessingChange(Box::new(ProcessingChange {
        supplementary: Vec::new(),
        id,
        function: Function::New,
        prepared: reading.created,
        account_owner,
        account,
        requests,
        statuses: reading.root.all("AddtlInf").map(addition).collect::<Result<_, _>>()?,
    })))
}

fn request(at: At<'_, '_>) -> ChangeRequest {
    let named = REQUEST_REFERENCES.iter().filter_map(|(kind, name)| {
        Some(((*kind).to_owned(), at.get("Ref").and_then(|reference| may(reference, name))?))
    });
    let mut changes = Vec::new();
    for (kind, name) in CODED {
        let code = at.get(name).and_then(details::code);
        changes.extend(code.map(|code| match kind {
            "BORR" => Change::Borrowing(code),
            "LINK" => Change::Linkage(code),
            "MTCH" => Change::Matching(code),
            _ => Change::Splitting(code),
        }));
    }
    let priority = at.value("Prty/Nmrc").and_then(|text| text.parse().ok());
    changes.extend(priority.map(Change::Priority));
    let own = |kind: &str, code| Change::Other { kind: kind.to_owned(), code };
    changes.extend(at.get("Prty").and_then(details::code).map(|code| own("PRIR", code)));
    changes.extend(at.all("OthrPrcg").filter_map(details::code).map(|code| own("PROC", code)));
    changes.extend(at.value("PrtlSttlmInd").and_then(PartialSettlement::of).map(Change::Partial));
    if let Some(V::Code(code)) = at.get("SctiesRTGS").and_then(|at| details::value(RTGS, at)) {
        changes.push(Change::RealTimeGross(code));
    }
    changes.extend(match at.value("HldInd/Ind") {
        Some("true" | "1") => Some(Change::Hold),
        Some("false" | "0") => Some(Change::Release),
        _ => None,
    });
    ChangeRequest {
        instructions: named.collect(),
        changes,
        linkages: at.all("Lnkgs").filter_map(links::linkage).collect(),
    }
}

/// What is said beside; a quantity that cannot be read is not no quantity.
fn addition(at: At<'_, '_>) -> Result<ChangeStatus, Unread> {
    let instant = |name: &str| match at.get(name).and_then(details::moment)? {
        Moment::Instant(at) => Some(at),
        Moment::Day(day) => details::instant(&format!("{day}T00:00:00Z")),
        Moment::Coded(_) => None,
    };
    Ok(ChangeStatus {
        instruction: may(at, "AcctOwnrTxId"),
        account: terms::stated(at).map(|account| account.id),
        instrument: at.get("FinInstrmId").map(parts::instrument),
        quantity: at.get("Qty").map(parts::quantity).transpose()?,
        effective: instant("FctvDt"),
        expires: instant("XpryDt"),
        cut_off: instant("CutOffDt"),
        ..ChangeStatus::default()
    })
}

/// Writes what both name around.
pub(super) fn put_around(
    root: &mut Draft,
    (id, account, owner): (&Reference, &Account, Option<&Party>),
    fields: [&'static str; 3],
    writing: &mut Writing<'_>,
) -> Result<(), EncodeError> {
    let carried = writing.carries(id);
    if !carried {
        let why = "the request is known by the message identifier of its header";
        writing.losses.add(fields[0], id, why);
    }
    let to = (writing.schema, writing.schema.own());
    let account = StatedAccount::from(account.clone());
    terms::put_stated(to, root, &account, fields[1], &mut writing.losses);
    match owner {
        Some(owner) => {
            parties::put_party(root.at("AcctOwnr"), fields[2], owner, Place::Owner, &mut writing.losses)
        }
        None => Ok(()),
    }
}

/// Drafts a request to change the processing.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::ProcessingChange(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    if e.function != Function::New {
        let value = format!("{:?}", e.function);
        let reason = "the message asks for changes and takes none back: ask for the opposite".to_owned();
        return Err(EncodeError::Invalid { field: "processing_change.function", value, reason });
    }
    let mut root = Draft::new(ROOT);
    let fields = ["processing_change.id", "processing_change.account", "processing_change.account_owner"];
    put_around(&mut root, (&e.id, &e.account, e.account_owner.as_ref()), fields, writing)?;
    let schema = writing.schema;
    let request_of = schema.down(schema.own(), "ReqDtls").unwrap_or(schema.own());
    for request in &e.requests {
        let mut draft = Draft::new("ReqDtls");
        draft.at("Ref");
        put_request((schema, request_of), &mut draft, request, writing);
        root.take_child("ReqDtls", draft);
    }
    for status in &e.statuses {
        let mut draft = Draft::new("AddtlInf");
        put_addition(schema, &mut draft, status, writing);
        root.take_child("AddtlInf", draft);
    }
    Ok(root)
}

fn put_request(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    request: &ChangeRequest,
    writing: &mut Writing<'_>,
) {
    let losses = &mut writing.losses;
    let field = "processing_change.requests.instructions";
    for (kind, reference) in &request.instructions {
        let ids = schema.down(of, "Ref").unwrap_or(of);
        let fits = |name: &&str| {
            let particle = schema.child(ids, name);
            particle
                .and_then(|p| schema.value_type(p.type_id))
                .is_some_and(|s| s.check(reference.as_str()).is_ok())
        };
        let names = REQUEST_REFERENCES.iter().filter(|(known, _)| known == kind).map(|(_, name)| *name);
        let free = |name: &&'static str| draft.find("Ref").is_none_or(|at| at.count(name) == 0);
        match names.into_iter().filter(free).find(fits) {
            Some(name) => draft.at("Ref").set(name, field, reference),
            None => losses.add(field, format!("{kind} {reference}"), "the message has no place for it"),
        }
    }
    let field = "processing_change.requests.changes";
    let to = (schema, of);
    for change in &request.changes {
        let coded = |code: &String| V::Code(code.clone());
        let (shape, path, value) = match change {
            Change::Hold | Change::Release => {
                draft.set("HldInd/Ind", field, if *change == Change::Hold { "true" } else { "false" });
                continue;
            }
            Change::Priority(priority) => {
                draft.set("Prty/Nmrc", field, format!("{priority:04}"));
                continue;
            }
            Change::Partial(partial) => (Shape::Code, "PrtlSttlmInd", V::Code(partial.code().to_owned())),
            Change::Linkage(code) => (Shape::Code, "Lkg", coded(code)),
            Change::Matching(code) => (Shape::Code, "MtchgDnl", coded(code)),
            Change::Borrowing(code) => (Shape::Code, "AutomtcBrrwg", coded(code)),
            Change::Splitting(code) => (Shape::Code, "UnltrlSplt", coded(code)),
            Change::RealTimeGross(code) => (RTGS, "SctiesRTGS", coded(code)),
            Change::Other { kind, code } if kind == "PRIR" => (Shape::Code, "Prty", coded(code)),
            Change::Other { kind, code } if kind == "PROC" && code.contains('/') => {
                (Shape::Code, "OthrPrcg", coded(code))
            }
            Change::Other { kind, code } => {
                losses.add(field, format!("{kind} {code}"), "the message has no element for this change");
                continue;
            }
        };
        sheet::put_value(to, draft, (shape, path), &value, field, losses);
    }
    links::put(to, draft, &request.linkages, "processing_change.requests.linkages", losses);
}

fn put_addition(schema: &Schema, draft: &mut Draft, status: &ChangeStatus, writing: &mut Writing<'_>) {
    let losses = &mut writing.losses;
    let field = "processing_change.statuses";
    let of = schema.down(schema.own(), "AddtlInf").unwrap_or(schema.own());
    let to = (schema, of);
    draft.set_some("AcctOwnrTxId", field, status.instruction.as_ref());
    if let Some(account) = &status.account {
        terms::put_stated(to, draft, &StatedAccount::from(account.clone()), field, losses);
    }
    if let Some(instrument) = &status.instrument {
        parts::put_instrument(draft.at("FinInstrmId"), field, instrument);
    }
    if let Some(quantity) = &status.quantity {
        sheet::put_value(to, draft, (Shape::Quantity, "Qty"), &V::Quantity(*quantity), field, losses);
    }
    let moments = [("FctvDt", status.effective), ("XpryDt", status.expires), ("CutOffDt", status.cut_off)];
    for (name, at) in moments {
        if let Some(at) = at {
            sheet::put_value(
                to,
                draft,
                (Shape::Moment, name),
                &V::Moment(Moment::Instant(at)),
                field,
                losses,
            );
        }
    }
    let lost = [
        ("the amount", status.amount.is_some()),
        ("the originator", status.originator.is_some()),
        ("the recipient", status.recipient.is_some()),
        ("how far the change is", status.status.is_some()),
    ];
    for (what, said) in lost {
        if said {
            losses.add(field, what, "the message has no element for it");
        }
    }
}

/// The message that is asked for.
pub(super) fn wanted(root: At<'_, '_>, path: &'static str) -> Result<String, Unread> {
    let asked = root.get(path).ok_or_else(|| Unread::missing(root, path))?;
    let long = asked.value("Nb/LngNb").map(|long| long.get(..8).unwrap_or(long));
    let wanted = asked.value("Nb/ShrtNb").or(long).map(str::to_owned);
    wanted
        .or_else(|| asked.get("Nb/PrtryNb").and_then(links::own_number))
        .ok_or_else(|| Unread::missing(asked, "Nb"))
}

/// The way back.
pub(super) fn put_wanted(draft: &mut Draft, wanted: &str) -> Result<(), EncodeError> {
    let field = "status_request.wanted";
    let digits = wanted.len() == 3 && wanted.bytes().all(|b| b.is_ascii_digit());
    match messages::current(wanted) {
        _ if digits => draft.set("Nb/ShrtNb", field, wanted),
        Some(full) => draft.set("Nb/LngNb", field, full),
        // Somebody's own number for one, whose the part before the stroke says.
        None if wanted.contains('/') => {
            let (issuer, number) = issued::parted(wanted);
            issued::put(draft.at("Nb/PrtryNb"), field, number, issuer.unwrap_or_default());
        }
        None => {
            let reason = "no version of this message is known here".to_owned();
            return Err(EncodeError::Invalid { field, value: wanted.to_owned(), reason });
        }
    }
    Ok(())
}

/// The instructions that are asked about.
pub(super) fn queried(asked: At<'_, '_>) -> Vec<Vec<(String, Reference)>> {
    let known = |at: At<'_, '_>| {
        let named = QUERIED.iter().flat_map(|(kind, name)| {
            at.all(name)
                .filter_map(|at| Some(((*kind).to_owned(), at.text().trim().parse().ok()?)))
                .collect::<Vec<_>>()
        });
        named.collect()
    };
    asked.all("Refs").map(known).collect()
}

/// Reads a request for a status.
pub(super) fn read_query(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let (id, account, account_owner) = around(reading)?;
    let path = "StsAdvcReqd";
    let asked = reading.root.get(path).ok_or_else(|| Unread::missing(reading.root, path))?;
    Ok(Event::StatusRequest(Box::new(StatusRequest {
        supplementary: Vec::new(),
        id,
        function: Function::New,
        wanted: wanted(reading.root, path)?,
        as_of: None,
        period: None,
        account_owner,
        account,
        indicators: Vec::new(),
        linkages: Vec::new(),
        filters: Vec::new(),
        instructions: queried(asked),
        originator: None,
        recipient: None,
    })))
}

/// The way back; `of` is the type of one instruction.
pub(super) fn put_queried(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    instructions: &[Vec<(String, Reference)>],
    field: &'static str,
    losses: &mut Losses,
) {
    for known in instructions {
        let below = draft.add("Refs");
        for (kind, reference) in known {
            let name = QUERIED.iter().find(|(code, _)| code == kind).map(|(_, name)| *name);
            let free = |name: &&'static str| {
                schema.child(of, name).is_some_and(|p| below.count(name) < p.occurs.1 as usize)
            };
            match name.filter(free) {
                Some(name) => below.add(name).say(field, reference.as_str()),
                None => losses.add(field, format!("{kind} {reference}"), "the message has no place for it"),
            }
        }
    }
}

/// Drafts a request for a status.
pub(super) fn write_query(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::StatusRequest(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let refuse = |field: &'static str, value: String, reason: &str| {
        Err(EncodeError::Invalid { field, value, reason: reason.to_owned() })
    };
    if e.function != Function::New {
        let why = "the message asks and takes no question back";
        return refuse("status_request.function", format!("{:?}", e.function), why);
    }
    let mut root = Draft::new(QUERY);
    let fields = ["status_request.id", "status_request.account", "status_request.account_owner"];
    put_around(&mut root, (&e.id, &e.account, e.account_owner.as_ref()), fields, writing)?;
    let schema = writing.schema;
    let draft = root.at("StsAdvcReqd");
    put_wanted(draft, &e.wanted)?;
    let field = "status_request.instructions";
    let named = |known: &Vec<(String, Reference)>| known.iter().any(|(kind, _)| kind == "RELA");
    if e.instructions.is_empty() || !e.instructions.iter().all(named) {
        let message = format!("{}, which asks by the owner's references (RELA)", schema.message());
        return Err(EncodeError::Missing { field, message });
    }
    let of = schema.down(schema.own(), "StsAdvcReqd/Refs").unwrap_or(schema.own());
    put_queried((schema, of), draft, &e.instructions, field, &mut writing.losses);
    let lost = [
        ("status_request.as_of", e.as_of.is_some()),
        ("status_request.period", e.period.is_some()),
        ("status_request.indicators", !e.indicators.is_empty()),
        ("status_request.linkages", !e.linkages.is_empty()),
        ("status_request.filters", !e.filters.is_empty()),
        ("status_request.originator", e.originator.is_some()),
        ("status_request.recipient", e.recipient.is_some()),
    ];
    for (field, said) in lost {
        if said {
            writing.losses.add(field, "", "the message asks by reference alone");
        }
    }
    Ok(root)
}
