//! The head and the pages of statements, both ways.
//!
//! Where an account is asked for and a report names none (penalties are reported by party), the account is
//! `NOTPROVIDED`, which stands for no account in both standards, and is not written.

use super::details::{self, Row, Shape, put, put_value, row};
use super::encode::{Draft, Losses};
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, NOT_PROVIDED, Place, put_party};
use super::parts::{self, Unread, may};
use super::schema::{Schema, TypeId};
use crate::codec::EncodeError;
use crate::model::{
    Continuation, Covers, Detail, DetailValue as V, Linkage, Page, Party, StatedAccount, StatementFunction,
    StatementHeader, SubAccount,
};

/// How a kind of statement names the parts of its head.
pub(super) struct Form {
    /// What says which statement it is.
    pub(super) general: &'static str,
    /// What says which page.
    pub(super) pages: &'static str,
    /// Its reference.
    pub(super) id: &'static str,
    /// The time it speaks of, where it is one instant.
    pub(super) at: &'static str,
    /// The time it speaks of, where it is a period.
    pub(super) period: &'static str,
}

/// Statements of holdings and of transactions.
pub(super) const STATEMENT: Form =
    Form { general: "StmtGnlDtls", pages: "Pgntn", id: "StmtId", at: "StmtDtTm", period: "StmtPrd" };

/// Reports of penalties.
pub(super) const REPORT: Form =
    Form { general: "RptGnlDtls", pages: "RptPgntn", id: "RptId", at: "RptDt", period: "RptPrd" };

/// What else a head says.
const HEAD: &[Row] = &[
    row("17B", "AUDT", Shape::Flag, "AudtdInd"),
    row("17B", "LOTS", Shape::Flag, "TaxLotInd"),
    row("17B", "SETO", Shape::Flag, "SctyIntrstOrSetOff"),
];

/// Reads the head.
pub(super) fn head(reading: &Reading<'_, '_>, form: &Form) -> Result<StatementHeader, Unread> {
    let root = reading.root;
    let general = root.get(form.general).ok_or_else(|| Unread::missing(root, form.general))?;
    let id = may(general, form.id).or_else(|| reading.message_id.clone());
    let account = account(root).unwrap_or_else(no_account);
    let at = general.get(form.at).and_then(details::moment);
    let period = general.get(form.period).and_then(period);
    let covers = at.map(Covers::At).or(period.map(Covers::Period));
    let code = |name| general.get(name).and_then(details::code);
    let flag = |name| general.value(name).map(|text| matches!(text, "true" | "1"));
    let request = may(general, "QryRef").map(|reference| Linkage::new("RELA", reference));
    Ok(StatementHeader {
        page: root.get(form.pages).map(page).unwrap_or_default(),
        number: general.value("RptNb/Shrt").or_else(|| general.value("RptNb/Lng")).map(str::to_owned),
        prepared: reading.created,
        frequency: code("Frqcy"),
        update: code("UpdTp"),
        basis: code("StmtBsis"),
        linkages: request.into_iter().collect(),
        owner: root.get("AcctOwnr").and_then(parties::party),
        activity: flag("ActvtyInd").unwrap_or(true),
        consolidated: flag("SubAcctInd"),
        details: details::read(general, HEAD),
        ..StatementHeader::new(
            id.ok_or_else(|| Unread::missing(general, form.id))?,
            account,
            covers.ok_or_else(|| Unread::missing(general, form.at))?,
        )
    })
}

/// A period, also one of a single day.
pub(super) fn period(at: At<'_, '_>) -> Option<crate::model::Period> {
    if let Some(V::Period(period)) = details::value(Shape::Period, at) {
        return Some(period);
    }
    let day = at.get("Dt").and_then(details::moment)?;
    Some(crate::model::Period { from: day.clone(), to: day })
}

/// Which page.
pub(super) fn page(at: At<'_, '_>) -> Page {
    let number = may(at, "PgNb").unwrap_or(1);
    let last = matches!(at.value("LastPgInd"), Some("true" | "1"));
    let continuation = match (last, number) {
        (false, _) => Continuation::More,
        (true, 1) => Continuation::Only,
        (true, _) => Continuation::Last,
    };
    Page { number, continuation }
}

/// Stands for an account where none is named.
fn no_account() -> StatedAccount {
    StatedAccount::from(NOT_PROVIDED.parse::<crate::model::Account>().expect("an account of eleven letters"))
}

/// An account by its number or by its address on a ledger.
pub(super) fn account(at: At<'_, '_>) -> Option<StatedAccount> {
    let address = at.get("BlckChainAdrOrWllt").and_then(|found| stated(found, true));
    match at.get("SfkpgAcct") {
        Some(found) => Some(StatedAccount { address: address.map(Box::new), ..stated(found, false)? }),
        None => address,
    }
}

/// The account that an element is about.
pub(super) fn stated(at: At<'_, '_>, wallet: bool) -> Option<StatedAccount> {
    Some(StatedAccount {
        kind: at.get("Tp").and_then(details::code),
        wallet,
        name: at.value("Nm").map(str::to_owned),
        ..may::<crate::model::Account>(at, "Id")?.into()
    })
}

/// Writes an account; its type where the message has room for it.
pub(super) fn put_account(
    (schema, around): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    account: &StatedAccount,
    losses: &mut Losses,
) {
    if account.id.as_str() == NOT_PROVIDED {
        return;
    }
    let name = if account.wallet { "BlckChainAdrOrWllt" } else { "SfkpgAcct" };
    let Some(of) = schema.down(around, name) else {
        losses.add(field, &account.id, "the message has no account here");
        return;
    };
    let mut element = Draft::new(name);
    put_stated((schema, of), &mut element, field, account, losses);
    draft.take_child(name, element);
    if let Some(address) = account.address.as_deref().filter(|_| !account.wallet) {
        let address = StatedAccount { wallet: true, ..address.clone() };
        put_account((schema, around), draft, field, &address, losses);
    }
}

/// The way back of [`stated`].
pub(super) fn put_stated(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    account: &StatedAccount,
    losses: &mut Losses,
) {
    draft.set("Id", field, &account.id);
    if let Some(kind) = &account.kind {
        put_value(place, draft, (Shape::Code, "Tp"), &V::Code(kind.clone()), field, losses);
    }
    if let Some(name) = &account.name {
        put_value(place, draft, (Shape::Text, "Nm"), &V::Text(name.clone()), field, losses);
    }
}

/// Writes an owner; one that the message cannot name is a loss.
pub(super) fn put_owner(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    field: &'static str,
    owner: &Party,
    losses: &mut Losses,
) {
    let mut element = Draft::new("AcctOwnr");
    let named = schema.down(of, "AcctOwnr/Id/NmAndAdr").is_some();
    let place = if named { Place::Chain } else { Place::Owner };
    match put_party(&mut element, field, owner, place, losses) {
        Ok(()) if schema.child(of, "AcctOwnr").is_some() => draft.take_child("AcctOwnr", element),
        Ok(()) => losses.add(field, show_party(owner), "the message has no account owner here"),
        Err(error) => losses.add(field, show_party(owner), error.to_string()),
    }
}

/// A party for people.
pub(super) fn show_party(party: &Party) -> String {
    serde_json::to_string(&party.id).unwrap_or_default()
}

/// Writes the head. `own` goes into its general part beside.
pub(super) fn put_head(
    root: &mut Draft,
    header: &StatementHeader,
    form: &Form,
    writing: &mut Writing<'_>,
) -> Result<(), EncodeError> {
    if header.function == StatementFunction::Cancel {
        return Err(parts::no_message("cancellation of a statement"));
    }
    writing.prepared(header.prepared);
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let own = schema.own();
    if header.function == StatementFunction::Replace {
        losses.add(
            "function",
            "replace",
            "a statement cannot say that it replaces one: it stands as a new one",
        );
    }
    if let Some(copy) = &header.copy {
        losses.add("copy", copy, "the business header says whether it is a copy");
    }
    put_page(root.at(form.pages), header.page, losses);
    put_general(root, header, form, losses, (schema, own));
    if let Some(owner) = &header.owner {
        put_owner((schema, own), root, "owner", owner, losses);
    }
    put_account((schema, own), root, "account", &header.account, losses);
    Ok(())
}

/// Writes which page it is.
pub(super) fn put_page(draft: &mut Draft, page: Page, losses: &mut Losses) {
    draft.set("PgNb", "page", page.number);
    draft.set("LastPgInd", "page", page.continuation != Continuation::More);
    if page.number > 1 && page.continuation == Continuation::Only {
        losses.add("page", page.number, "a page behind the first cannot be the only one");
    }
}

fn put_general(
    root: &mut Draft,
    header: &StatementHeader,
    form: &Form,
    losses: &mut Losses,
    (schema, own): (&Schema, TypeId),
) {
    let Some(of) = schema.down(own, form.general) else { return };
    let general = root.at(form.general);
    let place = (schema, of);
    general.set(form.id, "id", &header.id);
    let mut value = |path, shape, field, value: Option<V>| {
        if let Some(value) = value {
            put_value(place, general, (shape, path), &value, field, losses);
        }
    };
    let number = header
        .number
        .as_ref()
        .map(|number| crate::model::Numbered { number: number.clone(), quantity: None });
    value("RptNb", Shape::Number, "number", number.map(V::Number));
    match &header.covers {
        Covers::At(at) => value(form.at, Shape::Moment, "covers", Some(V::Moment(at.clone()))),
        Covers::Period(period) => {
            value(form.period, Shape::Period, "covers", Some(V::Period(period.clone())))
        }
    }
    value("Frqcy", Shape::Code, "frequency", header.frequency.clone().map(V::Code));
    value("UpdTp", Shape::Code, "update", header.update.clone().map(V::Code));
    value("StmtBsis", Shape::Code, "basis", header.basis.clone().map(V::Code));
    value("ActvtyInd", Shape::Flag, "activity", Some(V::Flag(header.activity)));
    // Where it must be said and is not, there are no sub-accounts.
    let said = header.consolidated.is_some() || schema.child(of, "SubAcctInd").is_none();
    value(
        "SubAcctInd",
        Shape::Flag,
        "consolidated",
        Some(V::Flag(header.consolidated == Some(true))).filter(|_| header.consolidated.is_some() || !said),
    );
    put(place, general, HEAD, &header.details, "details", losses);
    put_linkages(general, &header.linkages, schema.child(of, "QryRef").is_some(), losses);
}

/// The request is named; there is no place for other ties.
fn put_linkages(general: &mut Draft, linkages: &[Linkage], has_request: bool, losses: &mut Losses) {
    let mut request = has_request;
    for linkage in linkages {
        if request && linkage.kind == "RELA" {
            request = false;
            general.set("QryRef", "linkages", &linkage.reference);
            if let Some(message) = &linkage.message {
                losses.add(
                    "linkages.message",
                    message,
                    "a statement names what asked for it by its reference alone",
                );
            }
            if !linkage.position.is_empty() {
                losses.add("linkages.position", &linkage.position, "a statement has no order of processing");
            }
        } else {
            let why = "a statement names what asked for it, and no other message";
            losses.add("linkages", format!("{} {}", linkage.kind, linkage.reference), why);
        }
    }
}

/// Reads the head of a sub-account.
pub(super) fn sub_account(at: At<'_, '_>) -> SubAccount {
    SubAccount {
        account: account(at),
        owner: at.get("AcctOwnr").and_then(parties::party),
        places: Vec::new(),
        activity: at.value("ActvtyInd").map(|text| matches!(text, "true" | "1")),
        details: Vec::new(),
    }
}

/// Whether a part of a statement is of its own account and not of a sub-account: then it says nothing that the head does
/// not say.
pub(super) fn is_own(account: &SubAccount, header: &StatementHeader) -> bool {
    account.account.as_ref().is_none_or(|a| *a == header.account)
        && (account.owner.is_none() || account.owner == header.owner)
        && account.details.is_empty()
}

/// Writes the head of a sub-account; `full` when something is in it.
pub(super) fn put_sub_account(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    account: &SubAccount,
    full: bool,
    losses: &mut Losses,
) {
    if let Some(owner) = &account.owner {
        put_owner(place, draft, "accounts.account.owner", owner, losses);
    }
    if let Some(of) = &account.account {
        put_account(place, draft, "accounts.account.account", of, losses);
    }
    draft.set("ActvtyInd", "accounts.account.activity", account.activity.unwrap_or(full));
    put(place, draft, &[], &account.details, "accounts.account.details", losses);
}

/// Where the parts of an account are kept: a place that all of them name is the account's.
pub(super) fn common_place(places: &mut [&mut Vec<Detail>]) -> Option<crate::model::Place> {
    let kept =
        |list: &Vec<Detail>| list.iter().position(|d| d.code == "SAFE" && matches!(d.value, V::Place(_)));
    let first = places.first()?;
    let common = first.get(kept(first)?)?.clone();
    if !places.iter().all(|list| kept(list).is_some_and(|at| list.get(at) == Some(&common))) {
        return None;
    }
    for list in places.iter_mut() {
        if let Some(at) = kept(list) {
            list.remove(at);
        }
    }
    match common.value {
        V::Place(place) => Some(place),
        _ => None,
    }
}

/// The place of an account as a detail of each of its parts; further places are losses.
pub(super) fn place_of_account(account: &SubAccount, losses: &mut Losses) -> Option<Detail> {
    let (first, more) = account.places.split_first()?;
    for place in more {
        let shown = serde_json::to_string(place).unwrap_or_default();
        losses.add("accounts.account.places", shown, "an instrument is kept in one place");
    }
    Some(Detail::new("SAFE", V::Place(first.clone())))
}

/// What stands beside in an MT statement, the sender and the receiver mostly, stands in the business header.
pub(super) fn lose_additional(additional: &[Vec<Detail>], losses: &mut Losses) {
    for detail in additional.iter().flatten() {
        let why = "a statement names no parties beside: sender and receiver stand in the business header";
        losses.add(format!("additional.{}", detail.code), super::sheet::show(&detail.value), why);
    }
}
