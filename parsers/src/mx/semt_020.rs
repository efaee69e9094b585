//! semt.020: a message of the servicer is taken back. MT repeats such a message as a whole, with 23G CANC.

use super::encode::Draft;
use super::messages::{Reading, Writing};
use super::parties::{self, Place};
use super::parts::{self, Unread};
use super::terms;
use crate::codec::EncodeError;
use crate::model::{Event, Reference, Withdrawal, Withdrawn};

/// Its root element.
pub(super) const ROOT: &str = "SctiesMsgCxlAdvc";

/// What is taken back, the element that names it, and whether that says direction and payment too.
#[rustfmt::skip]
const KINDS: [(Withdrawn, &str, bool); 17] = [
    (Withdrawn::Settlement, "SctiesSttlmTxConfId", true),
    (Withdrawn::IntraPosition, "IntraPosMvmntConfId", false),
    (Withdrawn::AccountingStatement, "SctiesBalAcctgRptId", false),
    (Withdrawn::HoldingsStatement, "SctiesBalCtdyRptId", false),
    (Withdrawn::IntraPositionStatement, "IntraPosMvmntPstngRptId", false),
    (Withdrawn::Financing, "SctiesFincgConfId", true),
    (Withdrawn::PendingStatement, "SctiesTxPdgRptId", false),
    (Withdrawn::TransactionsStatement, "SctiesTxPstngRptId", false),
    (Withdrawn::AllegementStatement, "SctiesSttlmTxAllgmtRptId", false),
    (Withdrawn::Allegement, "SctiesSttlmTxAllgmtNtfctnTxId", true),
    (Withdrawn::PortfolioTransfer, "PrtflTrfNtfctnId", false),
    (Withdrawn::Generation, "SctiesSttlmTxGnrtnNtfctnId", true),
    (Withdrawn::Valuation, "TtlPrtflValtnRptId", false),
    (Withdrawn::CollateralProcessing, "TrptyCollTxInstrPrcgStsAdvcId", false),
    (Withdrawn::CollateralStatus, "TrptyCollStsAdvcId", false),
    (Withdrawn::CollateralStatement, "TrptyCollAndXpsrRptId", false),
    (Withdrawn::Other, "OthrMsgId", false),
];

/// Reads the event. The advice is known by the message identifier of its header.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let named = root.get("Ref").and_then(|at| at.children().next());
    let named = named.ok_or_else(|| Unread::missing(root, "Ref"))?;
    let kind = KINDS.iter().find(|row| row.1 == named.name()).map_or(Withdrawn::Other, |row| row.0);
    let text = named.value("TxId").unwrap_or_else(|| named.text().trim());
    let withdraws: Reference = text.parse().map_err(|e| Unread::at(named, e))?;
    Ok(Event::Withdrawal(Box::new(Withdrawal {
        supplementary: Vec::new(),
        id: reading.message_id.clone().unwrap_or_else(|| withdraws.clone()),
        prepared: reading.created,
        withdraws,
        kind,
        movement: named.value("SctiesMvmntTp").and_then(parts::movement),
        payment: named.value("Pmt").and_then(parts::payment),
        account_owner: root.get("AcctOwnr").and_then(parties::party),
        account: terms::stated(root),
    })))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Withdrawal(e) = event else { return Err(parts::no_message(event.kind().name())) };
    writing.prepared(e.prepared);
    let carried = writing.carries(&e.id);
    let (schema, losses) = (writing.schema, &mut writing.losses);
    if !carried && e.id != e.withdraws {
        let why = "the advice is known by the message identifier of its header";
        losses.add("withdrawal.id", &e.id, why);
    }
    let mut root = Draft::new(ROOT);
    let row = KINDS.iter().find(|row| row.0 == e.kind);
    let (_, name, directed) = row.copied().unwrap_or((Withdrawn::Other, "OthrMsgId", false));
    let named = root.at("Ref").at(name);
    let (movement, payment) = (e.movement.map(parts::movement_code), e.payment.map(parts::payment_code));
    if directed {
        let missing = |field| EncodeError::Missing { field, message: schema.message().to_owned() };
        named.set("TxId", "withdrawal.withdraws", &e.withdraws);
        let movement = movement.ok_or_else(|| missing("withdrawal.movement"))?;
        named.set("SctiesMvmntTp", "withdrawal.movement", movement);
        named.set("Pmt", "withdrawal.payment", payment.ok_or_else(|| missing("withdrawal.payment"))?);
    } else {
        named.say("withdrawal.withdraws", e.withdraws.as_str());
        for (field, code) in [("withdrawal.movement", movement), ("withdrawal.payment", payment)] {
            if let Some(code) = code {
                losses.add(field, code, "a message of this kind is named by its reference alone");
            }
        }
    }
    if let Some(owner) = &e.account_owner {
        parties::put_party(root.at("AcctOwnr"), "withdrawal.account_owner", owner, Place::Owner, losses)?;
    }
    if let Some(account) = &e.account {
        terms::put_stated((schema, schema.own()), &mut root, account, "withdrawal.account", losses);
    }
    Ok(root)
}
