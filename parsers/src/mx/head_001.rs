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

/// To whom a message is addressed, where that is said by a BIC.
pub(super) fn addressee(at: At<'_, '_>) -> Option<Bic> {
    let to = at.get("To")?;
    let named = IDENTIFICATIONS.iter().filter(|path| path.contains("BIC")).find_map(|path| to.value(path));
    named?.trim().parse().ok()
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
    match usual(envelope, message, depth) {
        Some(header) => Ok(header),
        None => drafted(envelope, message, depth),
    }
}

/// The header between two BICs with a plain reference, which is nearly every one: there is nothing in it to be checked, put in
/// order or escaped.
fn usual(envelope: &Envelope, message: &str, depth: usize) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'/');
    let reference = envelope.message_id.as_str();
    if !(1..=35).contains(&reference.len())
        || !reference.bytes().chain(message.bytes()).all(plain)
        || envelope.possible_duplicate
        || depth != 1
        || !is_bic(&envelope.sender)
        || !is_bic(&envelope.receiver)
    {
        return None;
    }
    let (from, to, created) = (&envelope.sender, &envelope.receiver, envelope.created);
    Some(format!(
        "  <AppHdr xmlns=\"{NAME_SPACE}{MESSAGE}\">
    <Fr>
      <FIId>
        <FinInstnId>
          <BICFI>{from}</BICFI>
        </FinInstnId>
      </FIId>
    </Fr>
    <To>
      <FIId>
        <FinInstnId>
          <BICFI>{to}</BICFI>
        </FinInstnId>
      </FIId>
    </To>
    <BizMsgIdr>{reference}</BizMsgIdr>
    <MsgDefIdr>{message}</MsgDefIdr>
    <CreDt>{created}</CreDt>
  </AppHdr>
"
    ))
}

/// Any other header, by its table.
fn drafted(envelope: &Envelope, message: &str, depth: usize) -> Result<String, EncodeError> {
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
    let place = if is_bic(party) { "FIId/FinInstnId/BICFI" } else { "FIId/FinInstnId/Othr/Id" };
    draft.set(place, field, party);
}

fn is_bic(party: &str) -> bool {
    party.parse::<Bic>().is_ok_and(|bic| bic.is_of_a_country())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_usual_header_is_the_one_that_its_table_gives(
            parties in ["[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?", "(CUST|[A-Z0-9]{4})(DE|FR|GB)[A-Z0-9]{2}|[a-zA-Z0-9 &]{0,12}"],
            message_id in "[A-Za-z0-9./_-]{0,37}|.{0,8}",
            (seconds, possible_duplicate, depth) in (0i64..4_000_000_000, any::<bool>(), 0usize..3),
        ) {
            let created = chrono::DateTime::from_timestamp(seconds, 0).expect("a time");
            let [sender, receiver] = parties;
            let created = Timestamp::from_utc(created);
            let envelope = Envelope { sender, receiver, created, message_id, possible_duplicate };
            if let Some(header) = usual(&envelope, "sese.024.001.12", depth) {
                prop_assert_eq!(Ok(header), drafted(&envelope, "sese.024.001.12", depth));
            }
        }
    }

    #[test]
    fn what_is_sent_all_day_is_usual() {
        let envelope = Envelope {
            sender: "CSDXDEFFXXX".to_owned(),
            receiver: "CUSTDEFF".to_owned(),
            created: Timestamp::default(),
            message_id: "FT000000000001".to_owned(),
            possible_duplicate: false,
        };
        assert!(usual(&envelope, "sese.024.001.12", 1).is_some());
        assert!(usual(&Envelope { possible_duplicate: true, ..envelope }, "sese.024.001.12", 1).is_none());
    }
}
