//! Requests to change the terms of an instruction and their answers, generated transactions and withdrawn messages: what is
//! written is valid and reads back the same.

#[allow(dead_code)] // each test takes what it needs
use crate::way;
use std::path::Path;

use finality_parsers::codec::{self, Decoded, Depth, EncodeError, Format, Loss};
use finality_parsers::diagnostic::Severity;
use finality_parsers::limits::Limits;
use finality_parsers::model::*;
use finality_parsers::translate;

fn bytes(name: &str) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mx").join(name);
    std::fs::read(file).expect("a sample")
}

fn reference(text: &str) -> Reference {
    text.parse().expect("a reference")
}

fn decoded(raw: &[u8]) -> Decoded {
    codec::decode(raw, &Limits::default(), Depth::Full)
}

fn event(name: &str) -> Event {
    decoded(&bytes(name)).event.unwrap_or_else(|| panic!("{name} means something"))
}

/// As it is known when it came with a header: that has a time.
fn dated(mut event: Event) -> Event {
    let at = way::envelope(&event).created.utc();
    match &mut event {
        Event::Modification(e) => e.prepared = Some(at),
        Event::Generation(e) => e.instruction.prepared = Some(at),
        Event::Withdrawal(e) => e.prepared = Some(at),
        Event::IntraPosition(e) => {
            e.prepared = Some(at);
            e.id = e.id.take().or_else(|| "STATEMENT-1".parse().ok());
        }
        Event::CounterpartyResponse(e) => {
            e.prepared = Some(at);
            e.id = e.id.take().or_else(|| "STATEMENT-1".parse().ok());
        }
        Event::Status(e) => {
            e.prepared = Some(at);
            e.id = e.id.take().or_else(|| "STATEMENT-1".parse().ok());
        }
        _ => {}
    }
    event
}

/// What is read of a message in any version is written in the usual one: valid, and the same but for what is told.
fn again(name: &str) -> Vec<Loss> {
    let event = event(name);
    let (encoded, read) = way::written(&event);
    if encoded.losses.is_empty() {
        assert_eq!(way::plain(&read), way::plain(&dated(event)), "{name}");
    }
    encoded.losses
}

#[test]
fn what_is_written_is_valid_and_reads_back_the_same() {
    for name in [
        "sese.032-typical.xml",
        "sese.038-typical.xml",
        "sese.038-minimal.xml",
        "sese.039-typical.xml",
        "sese.039-minimal.xml",
        "sese.034-typical.xml",
        "sese.022-typical.xml",
        "sese.022-minimal.xml",
        "sese.040-typical.xml",
        "sese.040-minimal.xml",
        "semt.013-typical.xml",
        "semt.013-minimal.xml",
        "semt.015-typical.xml",
        "semt.015-minimal.xml",
        "semt.020-typical.xml",
        "semt.020-minimal.xml",
        "semt.020-full.xml",
    ] {
        assert_eq!(again(name), [], "{name}");
    }
}

/// What the usual version has no place for is told, field by field, and then nothing more is lost.
#[test]
fn what_the_fullest_samples_lose_is_lost_once_and_told() {
    for (name, prefix) in [
        ("sese.032-full.xml", "generation."),
        ("sese.038-full.xml", "modification."),
        ("sese.039-full.xml", "status."),
        ("sese.022-full.xml", "status."),
        ("semt.013-full.xml", "intra_position."),
        ("semt.015-full.xml", "intra_position."),
    ] {
        let (encoded, read) = way::written(&event(name));
        for loss in &encoded.losses {
            assert!(loss.field.starts_with(prefix), "{name}: {loss:?}");
        }
        let (encoded, again) = way::written(&read);
        assert_eq!(encoded.losses, [], "{name}");
        let mut found = std::collections::BTreeSet::new();
        way::differences(&way::plain(&read), &way::plain(&again), "", &mut found);
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn a_request_names_what_is_added_and_what_is_changed() {
    let Event::Modification(request) = event("sese.038-typical.xml") else { panic!("a request") };
    assert_eq!((request.id.as_str(), request.modifies.as_str()), ("MRDN20260303000051", "MRDN-2026-000118"));
    let [added, changed] = request.updates.as_slice() else { panic!("two updates") };
    assert_eq!((added.kind, changed.kind), (UpdateKind::Addition, UpdateKind::Change));
    assert_eq!(added.conditions, ["CLEN"]);
    assert!(added.quantity.is_none() && added.settlement_date.is_none());
    let day = changed.settlement_date.as_ref().and_then(Moment::day).map(|day| day.to_string());
    assert_eq!(day.as_deref(), Some("2026-03-05"));
    assert_eq!(changed.amount.map(|amount| amount.to_string()).as_deref(), Some("609984.00 EUR"));
}

#[test]
fn an_answer_to_such_a_request_is_no_status_of_the_instruction() {
    let Event::Status(advice) = event("sese.039-typical.xml") else { panic!("a status") };
    assert!(advice.modification && advice.amendment && !advice.cancellation);
    assert_eq!(advice.instruction.as_str(), "MRDN20260303000051");
    assert_eq!(advice.statuses[0].kind, StatusKind::ChangeDenied);
    assert_eq!(advice.linkages[0].reference.as_str(), "MRDN-2026-000118");
}

#[test]
fn what_cannot_be_added_is_told() {
    let Event::Modification(mut request) = event("sese.038-typical.xml") else { panic!("a request") };
    request.updates[1].kind = UpdateKind::Addition;
    let (encoded, _) = way::written(&Event::Modification(request));
    let fields: Vec<&str> = encoded.losses.iter().map(|loss| loss.field.as_str()).collect();
    let told = ["modification.updates.settlement_date", "modification.updates.delivering"];
    assert!(told.iter().all(|field| fields.contains(field)), "{:?}", encoded.losses);
    assert!(fields.iter().all(|field| told.contains(field)), "{:?}", encoded.losses);
}

/// MT has no such messages: who asks for one is told so, and what is missing.
#[test]
fn mt_refuses_them() {
    for name in [
        "sese.032-typical.xml",
        "sese.038-typical.xml",
        "sese.039-typical.xml",
        "sese.040-typical.xml",
        "semt.013-typical.xml",
        "semt.015-typical.xml",
        "semt.020-typical.xml",
    ] {
        let raw = bytes(name);
        let read = decoded(&raw);
        let told = translate::told(&raw, &read);
        let refused = codec::encode(read.event.as_ref().expect("it means something"), Format::Mt, &told);
        assert!(
            matches!(refused, Err(EncodeError::NoMessage { .. } | EncodeError::Missing { .. })),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn what_names_no_direction_is_no_request() {
    let text = String::from_utf8(bytes("sese.038-typical.xml")).expect("text");
    let text = text.replacen("<SctiesMvmntTp>RECE</SctiesMvmntTp>", "", 1);
    let read = decoded(text.as_bytes());
    assert!(read.event.is_none());
    assert!(read.diagnostics.iter().any(|d| d.code == "not-normalized"), "{:?}", read.diagnostics);
    assert!(read.diagnostics.iter().any(|d| d.severity == Severity::Error));
}

/// Every branch of what a withdrawal may name comes back as the kind that it is.
#[test]
fn all_that_can_be_withdrawn_comes_back() {
    let Event::Withdrawal(typical) = event("semt.020-typical.xml") else { panic!("a withdrawal") };
    for kind in [
        Withdrawn::Settlement,
        Withdrawn::IntraPosition,
        Withdrawn::AccountingStatement,
        Withdrawn::HoldingsStatement,
        Withdrawn::IntraPositionStatement,
        Withdrawn::Financing,
        Withdrawn::PendingStatement,
        Withdrawn::TransactionsStatement,
        Withdrawn::AllegementStatement,
        Withdrawn::Allegement,
        Withdrawn::PortfolioTransfer,
        Withdrawn::Generation,
        Withdrawn::Valuation,
        Withdrawn::CollateralProcessing,
        Withdrawn::CollateralStatus,
        Withdrawn::CollateralStatement,
        Withdrawn::Other,
    ] {
        let named = Withdrawal { kind, ..(*typical).clone() };
        let (encoded, read) = way::written(&Event::Withdrawal(Box::new(named.clone())));
        let bare = Withdrawal { movement: None, payment: None, ..named.clone() };
        match encoded.losses.as_slice() {
            [] => assert_eq!(read, Event::Withdrawal(Box::new(named))),
            [_, _] => assert_eq!(read, Event::Withdrawal(Box::new(bare))),
            losses => panic!("{losses:?}"),
        }
    }
}

#[test]
fn a_status_of_financing_says_its_second_leg_and_its_call() {
    let Event::Status(advice) = event("sese.034-typical.xml") else { panic!("a status") };
    assert!(advice.financing && advice.query.is_none() && !advice.cancellation && !advice.modification);
    assert_eq!(advice.instruction.as_str(), "MRDN-2026-R00031");
    let kinds: Vec<&StatusKind> = advice.statuses.iter().map(|s| &s.kind).collect();
    let call = StatusKind::Proprietary { code: "CALL/PACK".into(), issuer: String::new() };
    assert_eq!(kinds, [&StatusKind::Matched, &StatusKind::Pending, &call]);
    let details = advice.details.as_ref().expect("it is repeated");
    assert_eq!(details.transaction_type.as_deref(), Some("RVPO"));
    assert_eq!(details.amount.map(|a| a.to_string()).as_deref(), Some("609609.00 EUR"));
    let leg: Vec<&str> = details.more.iter().flat_map(|m| &m.second_leg).map(|d| d.code.as_str()).collect();
    assert_eq!(leg, ["REPO", "TERM", "REPO", "TRTE"]);
    // MT548 says the same, but for what it has no place for; that a call is answered tells what it is.
    let short = StatusAdvice { id: "ADVICE1".parse().ok(), ..*advice };
    let as_event = |advice: StatusAdvice| Event::Status(Box::new(advice));
    let mt = |advice: StatusAdvice| {
        codec::encode(&as_event(advice.clone()), Format::Mt, &way::envelope(&as_event(advice)))
            .expect("an MT548")
    };
    let written = mt(short.clone());
    let text = String::from_utf8_lossy(&written.bytes).into_owned();
    assert!(text.contains(":25D::CALL//PACK") && text.contains(":22F::SETR//RVPO"), "{text}");
    let lost = |written: &codec::Encoded| written.losses.iter().map(|l| l.field.clone()).collect::<Vec<_>>();
    assert!(!lost(&written).contains(&"status.financing".to_owned()));
    assert!(lost(&written).iter().any(|l| l.starts_with("status.details.more.second_leg")));
    let Some(Event::Status(back)) = decoded(&written.bytes).event else { panic!("a status") };
    assert!(back.financing);
    let without = StatusAdvice { statuses: short.statuses[..2].to_vec(), ..short };
    assert!(lost(&mt(without)).contains(&"status.financing".to_owned()));
    // A trade is no financing: it is not repeated in that message.
    let Event::Status(mut other) = event("sese.034-typical.xml") else { panic!("a status") };
    other.details.as_mut().expect("details").transaction_type = Some("TRAD".into());
    let (encoded, _) = way::written(&Event::Status(other));
    assert!(encoded.losses.iter().any(|l| l.field == "status.details"), "{:?}", encoded.losses);
}

#[test]
fn an_answer_to_a_question_is_the_mt548_with_sprc() {
    let Event::Status(advice) = event("sese.022-typical.xml") else { panic!("a status") };
    let query = advice.query.as_deref().expect("it answers a question");
    assert_eq!(query.wanted.as_deref(), Some("548"));
    assert_eq!(query.instructions.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    let mut plain = advice;
    plain.instruction = "QUESTION1".parse().expect("a reference");
    plain.id = "ANSWER1".parse().ok();
    let event = Event::Status(plain);
    let written = codec::encode(&event, Format::Mt, &way::envelope(&event)).expect("an MT548");
    assert!(String::from_utf8_lossy(&written.bytes).contains(":25D::SPRC//REJT"));
    let read = decoded(&written.bytes);
    let Some(Event::Status(back)) = read.event else { panic!("{:?}", read.diagnostics) };
    assert_eq!(back.query, Some(Box::default()));
    assert_eq!(back.statuses[0].kind, StatusKind::Rejected);
    let (again, _) = way::written(&Event::Status(back));
    assert_eq!(again.message_type, "sese.022.001.06");
}

#[test]
fn a_counterparty_agrees_refuses_or_needs_time() {
    let Event::CounterpartyResponse(typical) = event("sese.040-typical.xml") else { panic!("an answer") };
    assert_eq!((typical.answer, typical.reasons.len()), (CounterpartyAnswer::Rejected, 1));
    for answer in [
        CounterpartyAnswer::Consented,
        CounterpartyAnswer::Rejected,
        CounterpartyAnswer::Forwarded,
        CounterpartyAnswer::UnderInvestigation,
    ] {
        let said = CounterpartyResponse { answer, ..(*typical).clone() };
        let (encoded, read) = way::written(&Event::CounterpartyResponse(Box::new(said.clone())));
        let pending =
            matches!(answer, CounterpartyAnswer::Forwarded | CounterpartyAnswer::UnderInvestigation);
        assert_eq!(encoded.losses.len(), usize::from(pending), "{:?}", encoded.losses);
        let reasons = if pending { Vec::new() } else { said.reasons.clone() };
        assert_eq!(read, Event::CounterpartyResponse(Box::new(CounterpartyResponse { reasons, ..said })));
    }
}

#[test]
fn a_movement_within_a_position_is_ordered_and_done_in_parts() {
    let Event::IntraPosition(order) = event("semt.013-typical.xml") else { panic!("an order") };
    let Event::IntraPosition(done) = event("semt.015-typical.xml") else { panic!("a confirmation") };
    assert!(!order.done && done.done);
    assert_eq!(order.instruction, done.instruction);
    assert_eq!((order.from.as_str(), order.to.as_str()), ("AWAS", "BLOK"));
    assert_eq!((&order.from, &order.to), (&done.from, &done.to));
    let left = order.quantity.value() - done.quantity.value();
    assert_eq!(done.remaining.map(|q| q.value()), Some(left));
    // An order needs a reference of its owner's; a confirmation of what the servicer does by itself has none.
    for (event, is_written) in [(order, false), (done, true)] {
        let bare = Event::IntraPosition(Box::new(IntraPositionChange { instruction: None, ..*event }));
        let written =
            codec::encode(&bare, Format::Mx(finality_parsers::mx::Wrapping::Envelope), &way::envelope(&bare));
        assert_eq!(written.is_ok(), is_written, "{written:?}");
    }
}

#[test]
fn a_status_of_a_movement_is_the_mt548_that_names_an_mt524() {
    let Event::Status(advice) = event("semt.014-typical.xml") else { panic!("a status") };
    assert!(advice.intra_position && !advice.financing);
    assert_eq!(advice.instruction.as_str(), "MRDN-2026-B00007");
    let kinds: Vec<&StatusKind> = advice.statuses.iter().map(|s| &s.kind).collect();
    assert_eq!(kinds, [&StatusKind::Acknowledged, &StatusKind::Pending]);
    assert_eq!(advice.statuses[1].reasons[0].code, "LACK");
    let details = advice.details.as_ref().expect("the movement is repeated");
    let balances: Vec<_> = details.more.iter().flat_map(|m| &m.account_details).collect();
    let code = |code: &str, value: &str| Detail::new(code, DetailValue::Code(value.into()));
    assert_eq!(balances, [&code("FROM", "AWAS"), &code("TOBA", "BLOK")]);
    // MT names the order, and repeats no movement.
    let (id, servicer_reference) = ("ADVICE14".parse().ok(), None);
    let short = StatusAdvice { id, servicer_reference, instruction: reference("ORDER524"), ..*advice };
    let event = Event::Status(Box::new(short.clone()));
    let written = codec::encode(&event, Format::Mt, &way::envelope(&event)).expect("an MT548");
    let text = String::from_utf8_lossy(&written.bytes).into_owned();
    assert!(text.contains(":13A::LINK//524\r\n:20C::RELA//ORDER524\r\n"), "{text}");
    assert!(text.contains(":25D::SETT//PEND") && text.contains(":24B::PEND//LACK"), "{text}");
    let lost: Vec<&str> = written.losses.iter().map(|l| l.field.as_str()).collect();
    assert_eq!(lost, ["status.details"], "{:?}", written.losses);
    let Some(Event::Status(back)) = decoded(&written.bytes).event else { panic!("a status") };
    assert_eq!(*back, StatusAdvice { details: None, ..short });
    let (again, read) = way::written(&Event::Status(back.clone()));
    assert_eq!((again.message_type.as_str(), again.losses.len()), ("semt.014.001.09", 0));
    assert_eq!(read, Event::Status(back));
}

/// What belongs to a settlement is told, and never written as something else.
#[test]
fn a_status_of_a_movement_says_nothing_of_a_settlement() {
    let Event::Status(mut advice) = event("semt.014-typical.xml") else { panic!("a status") };
    let details = advice.details.as_mut().expect("the movement is repeated");
    details.movement = Some(Movement::Deliver);
    details.more.get_or_insert_default().settlement_details =
        vec![Detail::new("BENE", DetailValue::Code("YBEN".into()))];
    let (encoded, _) = way::written(&Event::Status(advice.clone()));
    let lost: Vec<&str> = encoded.losses.iter().map(|l| l.field.as_str()).collect();
    assert_eq!(lost, ["status.details.more.BENE", "status.details"]);
    let details = advice.details.as_mut().expect("the movement is repeated");
    details.instrument = None;
    let (encoded, read) = way::written(&Event::Status(advice));
    let Event::Status(read) = read else { panic!("a status") };
    assert!(read.details.is_none() && encoded.losses.iter().any(|l| l.field == "status.details"));
    // A status that is of other messages is refused, not guessed.
    let matched = Status { kind: StatusKind::Matched, reasons: Vec::new() };
    let odd = StatusAdvice { intra_position: true, ..StatusAdvice::of(reference("ORDER524"), vec![matched]) };
    let odd = Event::Status(Box::new(odd));
    let refused =
        codec::encode(&odd, Format::Mx(finality_parsers::mx::Wrapping::Document), &way::envelope(&odd));
    assert!(refused.is_err(), "{refused:?}");
}

#[test]
fn an_audit_trail_tells_every_step() {
    let Event::AuditTrail(trail) = event("semt.022-typical.xml") else { panic!("a trail") };
    assert_eq!(trail.instruction.as_ref().map(Reference::as_str), Some("MRDN-2026-000118"));
    assert_eq!(trail.entries.len(), 4);
    let [first, asked, matched, settled] = trail.entries.as_slice() else { panic!("four steps") };
    let kinds = |of: &[Status]| of.iter().map(|s| s.kind.clone()).collect::<Vec<_>>();
    assert_eq!(kinds(&first.statuses), [StatusKind::Acknowledged, StatusKind::Unmatched]);
    assert_eq!(first.user.as_deref(), Some("STP01"));
    assert_eq!(asked.modification.as_ref().map(|s| &s.kind), Some(&StatusKind::ChangeCompleted));
    assert_eq!(asked.cancellation.as_ref().map(|s| &s.kind), Some(&StatusKind::CancellationDenied));
    assert_eq!(asked.senders.len(), 2);
    assert_eq!(matched.statuses[1].reasons[0].issuer.as_deref(), Some("DAKV|NIGHT-TIME"));
    assert_eq!(settled.settled.as_ref().map(Vec::len), Some(1));
    // Where it stands is what the last advice of that time would have said.
    let latest = trail.latest().expect("it stands somewhere");
    assert_eq!(latest.prepared, Some(matched.at));
    assert_eq!(kinds(&latest.statuses), [StatusKind::Matched, StatusKind::Pending]);
    // ISO 15022 has no such message.
    let event = Event::AuditTrail(trail);
    let refused = codec::encode(&event, Format::Mt, &way::envelope(&event));
    assert!(matches!(refused, Err(codec::EncodeError::NoMessage { .. })), "{refused:?}");
}

/// A status of somebody's own stays in the block that it came in, in every message that has several.
#[test]
fn a_status_of_somebodys_own_keeps_its_block() {
    let own = |code: &str, issuer: &str| Status {
        kind: StatusKind::Proprietary { code: code.into(), issuer: issuer.into() },
        reasons: vec![Reason { code: "AB12".into(), issuer: Some("HRBC|WHY".into()), text: None }],
    };
    let statuses = vec![own("SETT/WAIT", "HRBC|HOUSE"), own("SEEN", "HRBC"), own("INMH/NEAR", "DAKV")];
    let advice = StatusAdvice::of(reference("INSTRUCTION1"), statuses.clone());
    let (encoded, read) = way::written(&Event::Status(Box::new(advice.clone())));
    assert_eq!(encoded.losses, []);
    let text = String::from_utf8_lossy(&encoded.bytes).into_owned();
    assert_eq!(text.matches("<SchmeNm>WHY</SchmeNm>").count(), 3, "{text}");
    let Event::Status(read) = read else { panic!("a status") };
    let sorted = |list: &[Status]| {
        let mut list: Vec<String> = list.iter().map(|s| format!("{s:?}")).collect();
        list.sort();
        list
    };
    assert_eq!(sorted(&read.statuses), sorted(&statuses));
    // MT says whose it is, and that it cannot say by which scheme.
    let event = Event::Status(Box::new(StatusAdvice { id: "ADVICE1".parse().ok(), ..advice }));
    let written = codec::encode(&event, Format::Mt, &way::envelope(&event)).expect("an MT548");
    let text = String::from_utf8_lossy(&written.bytes).into_owned();
    assert!(text.contains(":25D::SETT/HRBC/WAIT\r\n") && !text.contains('|'), "{text}");
    assert!(
        written.losses.iter().any(|l| l.field == "code.scheme" && l.value == "HOUSE"),
        "{:?}",
        written.losses
    );
}
