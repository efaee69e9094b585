//! sese.022: what becomes of a question for statuses or a statement (MT548 with 25D SPRC).

use super::encode::Draft;
use super::messages::{Reading, Writing};
use super::parties::{self, NOT_PROVIDED, Place};
use super::parts::{Unread, need};
use super::sese_024::{self, Branches};
use super::{sese_030, terms};
use crate::codec::EncodeError;
use crate::model::{Event, FurtherDetails, Queried, StatusAdvice, StatusKind, TransactionDetails, further};

/// Its root element.
pub(super) const ROOT: &str = "SctiesStsOrStmtQryStsAdvc";

/// Its one status block.
const BLOCK: &str = "PrcgSts";

#[rustfmt::skip]
const STATUSES: Branches = &[
    (StatusKind::Acknowledged, BLOCK, "AckdAccptd", true),
    (StatusKind::Rejected, BLOCK, "Rjctd", true),
];

/// What was asked for: statuses of instructions, or a statement.
const ASKED: [&str; 2] = ["StsOrStmtReqd/StsAdvc", "StsOrStmtReqd/Stmt"];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let block = root.get(BLOCK).ok_or_else(|| Unread::missing(root, BLOCK))?;
    let status = sese_024::status(block, STATUSES);
    let status = status.ok_or_else(|| Unread::at(block, "it gives no status that is known"))?;
    let mut query = Queried::default();
    for path in ASKED {
        if let Some(asked) = root.get(path) {
            query.wanted = sese_030::wanted(root, path).ok();
            query.instructions = sese_030::queried(asked);
        }
    }
    Ok(Event::Status(Box::new(StatusAdvice {
        id: reading.message_id.clone(),
        instruction: need(root, "QryDtls/Ref")?,
        servicer_reference: None,
        market_reference: None,
        cancellation: false,
        modification: false,
        amendment: false,
        financing: false,
        intra_position: false,
        query: Some(Box::new(query)),
        linkages: Vec::new(),
        prepared: reading.created,
        statuses: vec![status],
        details: sese_024::around(root),
        additional: Vec::new(),
        supplementary: Vec::new(),
    })))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let e = sese_024::begin(event, writing)?;
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let to = (schema, schema.own());
    let mut root = Draft::new(ROOT);
    root.set("QryDtls/Ref", "status.instruction", &e.instruction);
    let Some((first, more)) = e.statuses.split_first() else {
        let message = schema.message().to_owned();
        return Err(EncodeError::Missing { field: "status.statuses", message });
    };
    if let Some((block, (name, draft))) = sese_024::draft(first, &[], to, STATUSES, losses)? {
        root.at(block).take_child(name, draft);
    }
    for status in more {
        losses.add("status.statuses", format!("{:?}", status.kind), "the message gives one status");
    }
    if let Some(details) = &e.details {
        put_around(&mut root, details, writing)?;
    }
    put_asked(&mut root, e, writing);
    let losses = &mut writing.losses;
    let references = [
        ("status.servicer_reference", &e.servicer_reference),
        ("status.market_reference", &e.market_reference),
    ];
    for (field, reference) in references {
        if let Some(reference) = reference {
            losses.add(field, reference, "the message names the question alone");
        }
    }
    for tie in &e.linkages {
        let shown = format!("{} {}", tie.kind, tie.reference);
        losses.add("status.linkages", shown, "the message names the question alone");
    }
    for detail in e.additional.iter().flatten() {
        let shown = format!("{} {}", detail.code, super::sheet::show(&detail.value));
        losses.add("status.additional", shown, "the message has no place for it");
    }
    Ok(root)
}

/// Account and owner; nothing else of a transaction has a place.
fn put_around(
    root: &mut Draft,
    details: &TransactionDetails,
    writing: &mut Writing<'_>,
) -> Result<(), EncodeError> {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let mut more = details.more.as_deref().cloned().unwrap_or_default();
    let account = further::account_of("SAFE", details.account.as_ref(), &mut more.account_details);
    if let Some(account) = &account {
        terms::put_stated((schema, schema.own()), root, account, "status.details.account", losses);
    }
    if let Some(owner) = &details.account_owner {
        parties::put_party(root.at("AcctOwnr"), "status.details.account_owner", owner, Place::Owner, losses)?;
    }
    let more = (more != FurtherDetails::default()).then(|| Box::new(more));
    let rest = TransactionDetails { account: None, account_owner: None, more, ..details.clone() };
    if rest != TransactionDetails::default() {
        losses.add("status.details", "transaction", "the message repeats no transaction");
    }
    Ok(())
}

fn put_asked(root: &mut Draft, e: &StatusAdvice, writing: &mut Writing<'_>) {
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let Some(query) = &e.query else { return };
    let field = "status.query.instructions";
    let [statuses, statement] = ASKED;
    let path = if query.instructions.is_empty() { statement } else { statuses };
    let mut draft = Draft::new("");
    match &query.wanted {
        None => {
            for (kind, reference) in query.instructions.iter().flatten() {
                let why =
                    "the message says what was asked about only with the kind of message that was wanted";
                losses.add(field, format!("{kind} {reference}"), why);
            }
            return;
        }
        Some(wanted) => {
            if sese_030::put_wanted(&mut draft, wanted).is_err() {
                // No message that is known here: somebody's own name for one, whose nobody says.
                draft.set("Nb/PrtryNb/Id", "status.query.wanted", wanted);
                draft.set("Nb/PrtryNb/Issr", "status.query.wanted", NOT_PROVIDED);
            }
        }
    }
    let of = schema.down(schema.own(), &format!("{path}/Refs")).unwrap_or(schema.own());
    sese_030::put_queried((schema, of), &mut draft, &query.instructions, field, losses);
    if let Some((above, name)) = path.split_once('/') {
        root.at(above).take_child(name, draft);
    }
}
