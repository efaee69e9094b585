//! head.001: the business application header.

use super::encode::{self, Draft};
use super::frame::NAME_SPACE;
use super::outline::At;
use super::parts::instant;
use super::tables;
use crate::codec::{EncodeError, Envelope};
use crate::machine::Timestamp;
use crate::model::Bic;

/// The version that is written.
pub(super) const MESSAGE: &str = "head.001.001.02";

/// Reads a header of any version. Missing parts are empty; the time is that of 1970 when it is not there.
pub(super) fn decode(at: At<'_, '_>) -> Envelope {
    let created = at.value("CreDt").and_then(instant).map(Timestamp::from_utc);
    Envelope {
        sender: party(at, "Fr"),
        receiver: party(at, "To"),
        created: created.unwrap_or_default(),
        message_id: at.value("BizMsgIdr").unwrap_or_default().to_owned(),
        possible_duplicate: matches!(at.value("PssblDplct"), Some("true" | "1")),
    }
}

/// Ways to name a party, in the order of preference.
const IDENTIFICATIONS: [&str; 10] = [
    "FIId/FinInstnId/BICFI",
    "OrgId/Id/OrgId/AnyBIC",
    "OrgId/Id/OrgId/BICOrBEI",
    "FIId/FinInstnId/Othr/Id",
    "OrgId/Id/OrgId/Othr/Id",
    "FIId/FinInstnId/LEI",
    "OrgId/Id/OrgId/LEI",
    "FIId/FinInstnId/ClrSysMmbId/MmbId",
    "FIId/FinInstnId/Nm",
    "OrgId/Nm",
];

fn party(at: At<'_, '_>, side: &str) -> String {
    let named = at.get(side).and_then(|side| IDENTIFICATIONS.iter().find_map(|path| side.value(path)));
    named.unwrap_or_default().to_owned()
}

/// Writes a header for a document.
pub(super) fn encode(envelope: &Envelope, message: &str, depth: usize) -> Result<String, EncodeError> {
    let mut header = Draft::new("AppHdr");
    put_party(header.at("Fr"), "envelope.sender", &envelope.sender);
    put_party(header.at("To"), "envelope.receiver", &envelope.receiver);
    header.set("BizMsgIdr", "envelope.message_id", &envelope.message_id);
    header.set("MsgDefIdr", "envelope.message_id", message);
    header.set("CreDt", "envelope.created", envelope.created);
    if envelope.possible_duplicate {
        header.set("PssblDplct", "envelope.possible_duplicate", "true");
    }
    let schema = tables::find(MESSAGE).expect("the version that is written has a table").schema;
    encode::write(schema, &header, &format!("{NAME_SPACE}{MESSAGE}"), depth)
}

fn put_party(draft: &mut Draft, field: &'static str, party: &str) {
    let is_bic = party.parse::<Bic>().is_ok_and(|bic| bic.is_of_a_country());
    let place = if is_bic { "FIId/FinInstnId/BICFI" } else { "FIId/FinInstnId/Othr/Id" };
    draft.set(place, field, party);
}
