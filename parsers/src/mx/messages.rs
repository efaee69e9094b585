//! Which messages mean something here: how each is read, which event is written as which, and in which version.

use chrono::{DateTime, Utc};

use super::encode::{Draft, Losses};
use super::outline::At;
use super::parts::{self, Unread};
use super::schema::Schema;
use super::{
    Wrapping, admi, semt_002, semt_013, semt_014, semt_016, semt_017, semt_018, semt_019, semt_020, semt_021,
    semt_022, semt_041, semt_044, sese_020, sese_022, sese_023, sese_024, sese_025, sese_028, sese_030,
    sese_032, sese_037, sese_038, sese_039, sese_040, setr_027, setr_029, setr_030, setr_044, tables,
};
use crate::codec::{EncodeError, Envelope};
use crate::model::{AffirmationStatus, AllegementFunction, Event, Function, Reference};

/// What a reader is given.
pub(super) struct Reading<'o, 'a> {
    /// The first own element of the message.
    pub(super) root: At<'o, 'a>,
    /// When it was made, as the business header says.
    pub(super) created: Option<DateTime<Utc>>,
    /// The identifier of the message, as the business header says.
    pub(super) message_id: Option<Reference>,
    /// The bytes of the message.
    pub(super) raw: &'o [u8],
}

type Read = fn(&Reading<'_, '_>) -> Result<Event, Unread>;

/// The first own element of each message that has a normalized form, and how it is read.
#[rustfmt::skip]
const READERS: &[(&str, Read)] = &[
    (admi::REFUSAL, admi::read_refusal),
    (admi::RECEIPT, admi::read_receipt),
    (sese_020::ROOT, sese_020::read),
    (sese_023::ROOT, sese_023::read),
    (sese_023::FINANCING, sese_023::read),
    (sese_024::ROOT, sese_024::read),
    (sese_024::CANCELLATION, sese_024::read),
    (sese_024::MODIFICATION, sese_024::read),
    (sese_024::FINANCING, sese_024::read),
    (sese_022::ROOT, sese_022::read),
    (sese_025::ROOT, sese_025::read),
    (sese_025::REVERSAL, sese_025::read),
    (sese_025::FINANCING, sese_025::read),
    (sese_028::ROOT, sese_028::read),
    (sese_028::REMOVAL, sese_028::read_removal),
    (sese_030::ROOT, sese_030::read),
    (sese_030::QUERY, sese_030::read_query),
    (sese_032::ROOT, sese_032::read),
    (sese_037::ROOT, sese_037::read),
    (sese_038::ROOT, sese_038::read),
    (sese_039::ROOT, sese_039::read),
    (sese_040::ROOT, sese_040::read),
    (semt_002::CUSTODY, semt_002::read),
    (semt_002::ACCOUNTING, semt_002::read),
    (semt_013::ROOT, semt_013::read),
    (semt_013::DONE, semt_013::read),
    (semt_014::ROOT, semt_014::read),
    (semt_016::ROOT, semt_016::read),
    (semt_017::ROOT, semt_017::read),
    (semt_018::ROOT, semt_018::read),
    (semt_019::ROOT, semt_019::read),
    (semt_020::ROOT, semt_020::read),
    (semt_021::ROOT, semt_021::read),
    (semt_022::ROOT, semt_022::read),
    (semt_041::ROOT, semt_041::read),
    (semt_044::ROOT, semt_044::read),
    (setr_027::ROOT, setr_027::read),
    (setr_029::ROOT, setr_029::read),
    (setr_030::ROOT, setr_030::read),
    (setr_044::ROOT, setr_044::read),
];

/// How the message with this first own element is read.
pub(super) fn reader(root: &str) -> Option<Read> {
    READERS.iter().find(|(name, _)| *name == root).map(|(_, read)| *read)
}

/// What a writer is given beside the event.
pub(super) struct Writing<'w> {
    /// The table of the version that is written.
    pub(super) schema: &'w Schema,
    /// How it will be wrapped: what stands in a header is lost without one.
    pub(super) wrapping: Wrapping,
    /// The header.
    pub(super) envelope: &'w Envelope,
    /// What could not be carried.
    pub(super) losses: Losses,
}

impl Writing<'_> {
    /// Whether a reference stands in the header, as the message identifier: some messages have no other place for their own.
    pub(super) fn carries(&self, id: &Reference) -> bool {
        self.wrapping == Wrapping::Envelope && id.as_str() == self.envelope.message_id
    }

    /// The time of preparation stands in the header, as the time of sending.
    pub(super) fn prepared(&mut self, prepared: Option<DateTime<Utc>>) {
        self.prepared_as("prepared", prepared);
    }

    /// The same under another name.
    pub(super) fn prepared_as(&mut self, field: &str, prepared: Option<DateTime<Utc>>) {
        let created = self.envelope.created.utc();
        let lost = |at: &DateTime<Utc>| self.wrapping == Wrapping::Document || *at != created;
        if let Some(at) = prepared.filter(lost) {
            let why = "the time of preparation stands in the header, as the time of sending";
            self.losses.add(field, at, why);
        }
    }
}

type Write = fn(&Event, &mut Writing<'_>) -> Result<Draft, EncodeError>;

/// The messages that are written: name, the version that is written unless the counterparty wants another, and how.
const WRITERS: &[(&str, &str, Write)] = &[
    ("admi.002", "admi.002.001.01", admi::write_refusal),
    ("admi.007", "admi.007.001.01", admi::write_receipt),
    ("sese.020", "sese.020.001.07", sese_020::write),
    ("sese.022", "sese.022.001.06", sese_022::write),
    ("sese.023", "sese.023.001.11", sese_023::write),
    ("sese.024", "sese.024.001.12", sese_024::write),
    ("sese.025", "sese.025.001.11", sese_025::write),
    ("sese.027", "sese.027.001.07", sese_024::write),
    ("sese.031", "sese.031.001.09", sese_024::write),
    ("sese.026", "sese.026.001.10", sese_025::write),
    ("sese.028", "sese.028.001.10", sese_028::write),
    ("sese.029", "sese.029.001.06", sese_028::write_removal),
    ("sese.030", "sese.030.001.09", sese_030::write),
    ("sese.021", "sese.021.001.06", sese_030::write_query),
    ("sese.032", "sese.032.001.11", sese_032::write),
    ("sese.033", "sese.033.001.11", sese_023::write),
    ("sese.034", "sese.034.001.09", sese_024::write),
    ("sese.035", "sese.035.001.11", sese_025::write),
    ("sese.037", "sese.037.001.09", sese_037::write),
    ("sese.038", "sese.038.001.09", sese_038::write),
    ("sese.039", "sese.039.001.06", sese_039::write),
    ("sese.040", "sese.040.001.04", sese_040::write),
    ("semt.002", "semt.002.001.11", semt_002::write_custody),
    ("semt.003", "semt.003.001.11", semt_002::write_accounting),
    ("semt.013", "semt.013.001.07", semt_013::write),
    ("semt.014", "semt.014.001.09", semt_014::write),
    ("semt.015", "semt.015.001.10", semt_013::write),
    ("semt.016", "semt.016.001.10", semt_016::write),
    ("semt.017", "semt.017.001.12", semt_017::write),
    ("semt.018", "semt.018.001.13", semt_018::write),
    ("semt.019", "semt.019.001.10", semt_019::write),
    ("semt.020", "semt.020.001.07", semt_020::write),
    ("semt.021", "semt.021.001.08", semt_021::write),
    ("semt.022", "semt.022.001.07", semt_022::write),
    ("semt.041", "semt.041.001.02", semt_041::write),
    ("semt.044", "semt.044.001.01", semt_044::write),
    ("setr.027", "setr.027.001.04", setr_027::write),
    ("setr.029", "setr.029.001.02", setr_029::write),
    ("setr.030", "setr.030.001.02", setr_030::write),
    ("setr.044", "setr.044.001.03", setr_044::write),
];

/// Which message an event is written as.
fn name_for(event: &Event) -> Result<&'static str, EncodeError> {
    match event {
        Event::Allegement(e) if e.function == AllegementFunction::Cancel => Ok("sese.029"),
        Event::Allegement(_) => Ok("sese.028"),
        Event::ProcessingChange(_) => Ok("sese.030"),
        // Who names instructions asks how far they are, who names none asks for a statement.
        Event::StatusRequest(e) if e.instructions.is_empty() => Ok("semt.021"),
        Event::StatusRequest(_) => Ok("sese.021"),
        Event::Rejection(_) => Ok("admi.002"),
        Event::Transport(_) => Ok("admi.007"),
        Event::Cancellation(_) => Ok("sese.020"),
        Event::Instruction(e) if sese_023::is_financing(e) => Ok("sese.033"),
        Event::Instruction(_) => Ok("sese.023"),
        Event::Status(e) if e.cancellation => Ok("sese.027"),
        Event::Status(e) if e.amendment => Ok("sese.039"),
        Event::Status(e) if e.modification => Ok("sese.031"),
        Event::Status(e) if e.query.is_some() => Ok("sese.022"),
        Event::Status(e) if e.intra_position => Ok("semt.014"),
        Event::Status(e) if e.financing => Ok("sese.034"),
        Event::Status(_) => Ok("sese.024"),
        Event::Settlement(e) if e.reversal => Ok("sese.026"),
        Event::Settlement(e) if sese_025::is_financing(e) => Ok("sese.035"),
        Event::Settlement(_) => Ok("sese.025"),
        Event::TransactionsStatement(_) => Ok("semt.017"),
        Event::Confirmation(e) if matches!(e.function, Function::Cancel(_)) => Ok("setr.029"),
        Event::Confirmation(_) => Ok("setr.027"),
        Event::ConfirmationCancellation(_) => Ok("setr.029"),
        Event::ConfirmationAcknowledgement(e) if e.status == AffirmationStatus::Received => Ok("setr.044"),
        Event::ConfirmationAcknowledgement(_) => Ok("setr.030"),
        Event::TradeStatus(_) => Ok("setr.044"),
        Event::HoldingsStatement(e) if e.kind.as_deref() == Some("ACCT") => Ok("semt.003"),
        Event::HoldingsStatement(_) => Ok("semt.002"),
        Event::AllegementStatement(_) => Ok("semt.019"),
        Event::PendingStatement(_) => Ok("semt.018"),
        Event::Penalties(_) => Ok("semt.044"),
        Event::Modification(_) => Ok("sese.038"),
        Event::Generation(_) => Ok("sese.032"),
        Event::Withdrawal(_) => Ok("semt.020"),
        Event::CounterpartyResponse(_) => Ok("sese.040"),
        Event::IntraPosition(e) if e.done => Ok("semt.015"),
        Event::IntraPosition(_) => Ok("semt.013"),
        Event::IntraPositionStatement(_) => Ok("semt.016"),
        Event::AuditTrail(_) => Ok("semt.022"),
        Event::PortfolioTransfer(_) => Ok("sese.037"),
        Event::BalanceTransparency(_) => Ok("semt.041"),
        other => Err(parts::no_message(other.kind().name())),
    }
}

/// The message, in its version, that an event is written as, and how. `wanted` are the versions that the counterparty
/// takes; where it says nothing of a message, or names one that there is no table for, the usual one is written.
pub(super) fn writer(event: &Event, wanted: &[String]) -> Result<(&'static str, Write), EncodeError> {
    let name = name_for(event)?;
    let row = WRITERS.iter().find(|(message, _, _)| *message == name);
    let (_, usual, write) = row.ok_or_else(|| parts::no_message(event.kind().name()))?;
    let asked = wanted.iter().filter(|message| message.get(..name.len()) == Some(name));
    let known = asked.filter_map(|message| tables::messages().find(|known| known == message)).next();
    Ok((known.unwrap_or(usual), *write))
}

/// The version of a message (`sese.023`) that is written.
pub(super) fn current(name: &str) -> Option<&'static str> {
    WRITERS.iter().find(|(message, _, _)| *message == name).map(|(_, usual, _)| *usual)
}

/// `docs/formats/mx-messages.md`: every message that has a table, in which versions, and what becomes of it.
pub(super) fn page() -> String {
    let mut page = String::from(
        "# ISO 20022: the messages\n\nPrinted from `parsers/src/mx/tables/messages.table` and `parsers/src/mx/messages.rs`. Every version named here \
         is checked against its own table; another one is read by the nearest, and that is told. *Read* messages become a \
         normalized event; the others are checked and carried as trees. *Written* names the version that is written \
         unless the counterparty's `versions`, or `--mx-version`, say another. `finality spec MESSAGE` prints a table; which field \
         becomes which of ISO 15022 is in [translation.md](translation.md).\n\n\
         | message | versions | first own element | read | written |\n| --- | --- | --- | --- | --- |\n",
    );
    let mut messages: Vec<&str> = tables::messages().filter_map(|message| message.get(..8)).collect();
    messages.dedup();
    for name in messages {
        let of_name: Vec<&str> = tables::messages().filter(|message| message.starts_with(name)).collect();
        let versions: Vec<&str> = of_name.iter().filter_map(|message| message.get(9..)).collect();
        let root = of_name.last().and_then(|message| tables::root(message)).unwrap_or_default();
        let read = if reader(root).is_some() { "yes" } else { "" };
        let written = current(name).unwrap_or_default();
        page.push_str(&format!("| {name} | {} | `{root}` | {read} | {written} |\n", versions.join(", ")));
    }
    page
}
