//! Trade confirmations and their answers as MX, from MT and from FIX, and back.

#[allow(dead_code)] // each test takes what it needs
use crate::way;
use std::path::Path;

use crate::way::{back_as, by_way_of_mx, samples, there_and_back};
use finality_parsers::codec::{self, Depth, Format};
use finality_parsers::fix::Version;
use finality_parsers::limits::Limits;
use finality_parsers::model::*;
use finality_parsers::mx::Wrapping;

#[test]
fn confirmations_by_way_of_mx() {
    let confirms =
        |(_, event): &(String, Event)| matches!(event, Event::Confirmation(e) if e.function == Function::New);
    let events: Vec<_> = samples(&["mt515", "mt518"]).into_iter().filter(confirms).collect();
    assert!(events.len() > 5);
    assert_eq!(there_and_back(events), ["mt515-typical.fin 1", "mt518-repeated.fin 1"]);
}

#[test]
fn affirmations_by_way_of_mx() {
    assert_eq!(by_way_of_mx(&["mt517"]), ["mt517-minimal.fin 1", "mt517-repeated.fin 1"]);
}

/// What a FIX sample means.
fn fix(name: &str) -> Event {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/fix").join(name);
    let raw = std::fs::read(file).expect("a sample");
    codec::decode(&raw, &Limits::default(), Depth::Event).event.expect("it means something")
}

#[test]
fn confirmations_of_fix_by_way_of_mx() {
    let names = ["AK-minimal.fix", "AK-typical.fix", "AK-50sp2.fix", "AU-typical.fix", "AU-50sp2.fix"];
    let events = names.iter().map(|name| ((*name).to_owned(), fix(name))).collect();
    assert_eq!(back_as(events, Format::Fix(Version::Fix50Sp2)), ["AK-50sp2.fix"]);
}

/// A confirmation that is taken back is another message, which does not repeat the trade.
#[test]
fn a_confirmation_is_taken_back() {
    let (_, event) = samples(&["mt515-cancel"]).remove(0);
    let envelope = way::envelope(&event);
    let encoded =
        codec::encode(&event, Format::Mx(Wrapping::Envelope), &envelope).expect("it can be written");
    assert_eq!(encoded.message_type, "setr.029.001.02");
    assert!(encoded.losses.iter().any(|loss| loss.field == "confirmation"), "{:?}", encoded.losses);
    let read = codec::decode(&encoded.bytes, &Limits::default(), Depth::Full);
    assert!(read.diagnostics.is_empty(), "{:?}", read.diagnostics);
    let Event::Confirmation(confirmation) = event else { panic!("a confirmation") };
    let Function::Cancel(earlier) = &confirmation.function else { panic!("it takes one back") };
    let Some(Event::ConfirmationCancellation(read)) = read.event else { panic!("it takes one back") };
    assert!(earlier.is_some());
    assert_eq!((&read.id, &read.confirmation), (&confirmation.id, earlier));
    assert_eq!(read.transacted, confirmation.transacted);
}

#[test]
fn statuses_by_way_of_mx() {
    let of_confirmations = |(_, event): &(String, Event)| {
        matches!(event, Event::TradeStatus(_) | Event::ConfirmationAcknowledgement(_))
    };
    let events: Vec<_> = samples(&["mt509"]).into_iter().filter(of_confirmations).collect();
    assert_eq!(there_and_back(events), ["mt509-confirmation.fin 1", "mt509-minimal.fin 1"]);
}

#[test]
fn samples_are_written_again() {
    way::samples_are_written_again("setr");
}
