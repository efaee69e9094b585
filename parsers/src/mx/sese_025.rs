//! sese.025, sese.026 and sese.035: that it settled, wholly or in part, or did not after all (MT544 to MT547).

use super::encode::Draft;
use super::links;
use super::messages::{Reading, Writing};
use super::parts::{self, Unread, may, need};
use super::schema::Schema;
use super::sheet;
use super::terms::{self, SETTLEMENT};
use crate::codec::EncodeError;
use crate::model::{Event, Linkage, PartialKind, Payment, Reference, SettlementConfirmation};

/// The root element of a confirmation.
pub(super) const ROOT: &str = "SctiesSttlmTxConf";
/// The root element of one that takes back another.
pub(super) const REVERSAL: &str = "SctiesSttlmTxRvslAdvc";
/// The root element of a confirmation of one of two legs.
pub(super) const FINANCING: &str = "SctiesFincgConf";

/// Types of financing that have a confirmation of their own.
const FINANCINGS: [&str; 6] = ["REPU", "RVPO", "SECB", "SECL", "BSBK", "SBBK"];

/// Whether a confirmation is one of a transaction of two legs.
pub(super) fn is_financing(event: &SettlementConfirmation) -> bool {
    let two = event.more.as_ref().is_some_and(|more| !more.second_leg.is_empty());
    two && !event.reversal && FINANCINGS.contains(&event.transaction_type.as_str())
}

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let ids = root.get("TxIdDtls").ok_or_else(|| Unread::missing(root, "TxIdDtls"))?;
    let kind = ids.value("SctiesFincgTxTp").map(str::to_owned);
    let terms = terms::read(root, parts::direction(ids)?, kind, &SETTLEMENT)?;
    let reversal = root.name() == REVERSAL;
    let terms = if terms.effective_date.is_none() && reversal {
        // What is taken back is told by its settlement date alone.
        let effective_date = terms.settlement_date.clone();
        crate::model::Terms { effective_date, ..terms }
    } else {
        terms
    };
    let read = SettlementConfirmation::of(need(ids, "AcctOwnrTxId")?, terms);
    let read = read.ok_or_else(|| terms::no_day(root, &["TradDtls/FctvSttlmDt", "TradDtls/SttlmDt"]))?;
    let previous = if reversal { "ConfRef" } else { "AddtlParams/PrvsPrtlConfId" };
    Ok(Event::Settlement(Box::new(SettlementConfirmation {
        id: may(ids, "AcctSvcrTxId"),
        reversal,
        previous: may(root, previous),
        common_reference: may(ids, "CmonId"),
        market_reference: may(ids, "MktInfrstrctrTxId"),
        linkages: links::read(root),
        prepared: reading.created,
        partial: match root.value("AddtlParams/PrtlSttlm") {
            Some("PAIN") => Some(PartialKind::Part),
            Some("PARC") => Some(PartialKind::Last),
            _ => None,
        },
        ..read
    })))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Settlement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    let financing = is_financing(e);
    let name = match (e.reversal, financing) {
        (true, _) => REVERSAL,
        (false, true) => FINANCING,
        (false, false) => ROOT,
    };
    let mut root = Draft::new(name);
    let schema = writing.schema;
    let mut links = e.linkages.clone();
    let ids = root.at("TxIdDtls");
    ids.set("AcctOwnrTxId", "settlement.instruction", &e.instruction);
    ids.set_some("AcctSvcrTxId", "settlement.id", e.id.as_ref());
    ids.set("SctiesMvmntTp", "settlement.movement", parts::movement_code(e.movement));
    ids.set("Pmt", "settlement.payment", parts::payment_code(e.payment));
    if financing {
        ids.set("SctiesFincgTxTp", "settlement.transaction_type", &e.transaction_type);
    }
    let previous = match (&e.previous, e.reversal) {
        (None, true) => {
            let message = schema.message().to_owned();
            return Err(EncodeError::Missing { field: "settlement.previous", message });
        }
        (_, true) => "ConfRef",
        (_, false) => "AddtlParams/PrvsPrtlConfId",
    };
    let named: [(&str, &'static str, &'static str, Option<&Reference>); 4] = [
        ("RELA", "", "settlement.instruction", Some(&e.instruction)),
        ("PREV", previous, "settlement.previous", e.previous.as_ref()),
        ("COMM", "TxIdDtls/CmonId", "settlement.common_reference", e.common_reference.as_ref()),
        ("MITI", "TxIdDtls/MktInfrstrctrTxId", "settlement.market_reference", e.market_reference.as_ref()),
    ];
    for (kind, path, field, reference) in named {
        let Some(reference) = reference else { continue };
        said_more(&mut links, kind, reference, writing);
        if !path.is_empty() {
            put_reference(&mut root, schema, path, field, reference, writing);
        }
    }
    let partial = e.partial.map(|partial| match partial {
        PartialKind::Part => "PAIN",
        PartialKind::Last => "PARC",
    });
    root.set_some("AddtlParams/PrtlSttlm", "settlement.partial", partial);
    let paper = |l: &mut Linkage| l.kind == "CERT" && e.payment == Payment::Against;
    for tie in links.extract_if(.., paper) {
        let why = "physical and registration details go with free settlement only";
        writing.losses.add("settlement.linkages", tie.reference, why);
    }
    let to = (schema, schema.own());
    links::put(to, &mut root, &links, "settlement.linkages", &mut writing.losses);
    let terms = e.terms();
    let field = "settlement.more.general_details";
    sheet::put(to, &mut root, super::rows::GENERAL, &terms.more.general_details, field, &mut writing.losses);
    if schema.down(schema.own(), "TradDtls/FctvSttlmDt").is_none() {
        writing.losses.add(
            "settlement.effective_date",
            e.effective_date,
            "a reversal names the settlement date alone",
        );
        let settlement_date = terms.settlement_date.clone().or(terms.effective_date.clone());
        let terms = crate::model::Terms { settlement_date, effective_date: None, ..terms };
        terms::put(&mut root, &terms, &SETTLEMENT, writing)?;
        return Ok(root);
    }
    terms::put(&mut root, &terms, &SETTLEMENT, writing)?;
    Ok(root)
}

/// A tie of a reference that has an element of its own: what else it says has no place.
fn said_more(links: &mut Vec<Linkage>, kind: &str, reference: &Reference, writing: &mut Writing<'_>) {
    for link in links.extract_if(.., |l| l.kind == kind && l.reference == *reference) {
        let message = link.message.as_deref().unwrap_or_default();
        let shown = format!("{kind} {} {message}", link.position);
        let why = "the message says no more of this tie than the reference";
        writing.losses.add("settlement.linkages", shown, why);
    }
}

fn put_reference(
    root: &mut Draft,
    schema: &Schema,
    path: &'static str,
    field: &'static str,
    reference: &Reference,
    writing: &mut Writing<'_>,
) {
    if schema.down(schema.own(), path).is_some() {
        root.set(path, field, reference);
    } else {
        writing.losses.add(field, reference, "the message has no place for it");
    }
}
