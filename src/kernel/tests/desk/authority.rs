//! Who may say what becomes of an instruction, and for whom a message is.

use finality_kernel::exceptions::reason::ReasonCode;
use finality_kernel::profile::{Custodian, LinkProfile, Profile};
use finality_parsers::desk::Urgency;
use finality_parsers::model::{Event, Linkage, Status, StatusAdvice, StatusKind, TransportAcknowledgement};

use crate::desk::gateway::Gateway;
use crate::desk::market::{self, reference};
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::Play;

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "only who was instructed says what becomes of an instruction",
        "manager allocates B1                     | allocated |
         broker confirms C1 of B1                 | instructed |
         isocustodian says cancelled              | instructed | wrong_sender
         desk reprocesses                         | instructed | wrong_sender
         telexbroker settles 1000                 | instructed | wrong_sender, wrong_sender
         isocustodian lists pending               | instructed | wrong_sender, wrong_sender, wrong_sender
         desk cancels 1                           | cancel requested | wrong_sender, wrong_sender, wrong_sender
         isocustodian says cancelled to the cancellation | cancel requested | wrong_sender, wrong_sender, wrong_sender, wrong_sender
         custodian says denied to the cancellation       | acknowledged | out_of_place, wrong_sender, wrong_sender, wrong_sender, wrong_sender
         custodian settles 1000                   | settled | out_of_place, wrong_sender, wrong_sender, wrong_sender, wrong_sender",
    ),
    scenario(
        "the custodian's seat: no client says what becomes of an instruction, neither of another's nor of his own",
        "configuration takes the custodian's seat  | |
         telexmanager instructs I1                 | instructed |
         telexbroker settles 1000                  | instructed | wrong_sender
         desk resolves 1                           | instructed |
         telexbroker says cancelled                | instructed | wrong_sender
         telexmanager settles 1000                 | instructed | wrong_sender, wrong_sender
         telexbroker lists pending nothing         | instructed | wrong_sender, wrong_sender, wrong_sender
         telexmanager commands M1 of I1 hold       | instructed | wrong_sender, wrong_sender, wrong_sender
         telexbroker says completed to the request | instructed | wrong_sender, wrong_sender, wrong_sender, wrong_sender
         custodian says matched                    | matched at CSD | wrong_sender, wrong_sender, wrong_sender, wrong_sender
         custodian settles 1000                    | settled | wrong_sender, wrong_sender, wrong_sender, wrong_sender",
    ),
    scenario(
        "what is addressed to somebody else is laid aside, until a person says that it is meant for us",
        "configuration takes the custodian's seat   | |
         astray telexmanager instructs I1           | | wrong_receiver
         desk resolves 1                            | |
         telexmanager instructs I1 account FUND2    | instructed |
         astray isocustodian says matched           | instructed | wrong_receiver
         isocustodian settles 1000                  | settled | wrong_receiver",
    ),
    scenario(
        "a message that went astray is put through by a person",
        "manager allocates B1                       | allocated |
         broker confirms C1 of B1                   | instructed |
         astray custodian says matched              | instructed | wrong_receiver
         desk reprocesses                           | matched at CSD |",
    ),
];

fn played(profile: Profile, steps: &[&str]) -> Play {
    let mut play = Play::new(Gateway::open_with(profile));
    steps.iter().for_each(|step| play.step(step));
    play
}

const INSTRUCTED: [&str; 2] = ["manager allocates B1", "broker confirms C1 of B1"];

fn label(play: &Play) -> &'static str {
    play.gateway.standing()[0].1.label()
}

#[test]
fn it_is_said_who_said_what_of_which_instruction_and_who_was_instructed() {
    let play = played(market::profile(), &[INSTRUCTED[0], INSTRUCTED[1], "isocustodian says cancelled"]);
    let open = play.gateway.kernel.book().exceptions_by_priority();
    let open = &open[0].exception;
    assert_eq!((open.reason, open.urgency), (ReasonCode::WrongSender, Urgency::High));
    for word in ["isocustodian", "a status", "FI000000001N1", "custodian", "nothing was changed"] {
        assert!(open.detail.contains(word), "{word}: {}", open.detail);
    }
    assert_eq!(play.gateway.kept.last().map(|(_, understood)| *understood), Some(false));
}

#[test]
fn another_line_of_the_house_that_was_instructed_may_speak_and_one_of_a_client_may_not() {
    let second = |profile: &mut Profile, their_id: &str| {
        profile.links.push(LinkProfile { name: "second".to_owned(), ..profile.links[5].clone() });
        profile.links.last_mut().expect("it").their_id = their_id.to_owned();
    };
    let says = |profile: &Profile| {
        let mut play = played(profile.clone(), &INSTRUCTED);
        let instruction = reference("FI000000001N1");
        let advice =
            StatusAdvice::of(instruction, vec![Status { kind: StatusKind::Matched, reasons: Vec::new() }]);
        let advice = StatusAdvice { id: Some(reference("OTHER1")), ..advice };
        let raw = market::write("custodian", &Event::Status(Box::new(advice)), 7, play.gateway.now);
        play.bytes("second", raw);
        label(&play)
    };
    let mut standby = market::profile();
    second(&mut standby, "CUMTDEFF");
    assert_eq!(says(&standby), "matched at CSD", "the same house by a line that stands by");
    let mut other = market::profile();
    second(&mut other, "OTHRDEFFXXX");
    assert_eq!(says(&other), "instructed", "a house that nobody has instructed");
    // Two formats of one house are two custodians of one BIC.
    let custodian = Custodian {
        name: "custodian-mx".to_owned(),
        bic: "CUMTDEFFXXX".parse().expect("a BIC"),
        link: "second".to_owned(),
    };
    let mut formats = other.clone();
    formats.custodians.push(custodian);
    assert_eq!(says(&formats), "matched at CSD");
    let mut broker = standby.clone();
    broker.brokers[1].link = "second".to_owned();
    assert_eq!(says(&broker), "instructed", "it is the line of a broker");
}

#[test]
fn who_had_the_former_instruction_may_speak_of_that_and_not_of_the_one_that_took_its_place() {
    let mut play = played(market::profile(), &INSTRUCTED);
    play.step("custodian says rejected SAFE");
    play.gateway.profile.accounts[0].custodian = "isocustodian".to_owned();
    play.step("power is cut");
    play.step("desk reinstructs 1");
    play.step("custodian settles 1000 of N1");
    assert_eq!(
        play.gateway.open_reasons(),
        [ReasonCode::SettlementDiffers],
        "it is heard, and moves nothing"
    );
    play.step("power is cut");
    play.step("custodian settles 1000");
    assert_eq!((label(&play), play.gateway.open_reasons().len()), ("instructed", 2));
    play.step("isocustodian settles 1000");
    assert_eq!(label(&play), "settled");
}

#[test]
fn the_network_answers_on_the_line_that_a_message_went_out_on() {
    let mut play = played(market::profile(), &INSTRUCTED);
    let answer = TransportAcknowledgement {
        accepted: false,
        reference: play.gateway.sent.iter().find(|s| s.link == "custodian").and_then(|s| {
            let text = String::from_utf8_lossy(&s.bytes).into_owned();
            text.split("{108:").nth(1).and_then(|t| t.split('}').next()).map(reference)
        }),
        error: Some("T26".to_owned()),
        line: None,
    };
    assert!(answer.reference.is_some());
    play.message("telexbroker", &Event::Transport(Box::new(answer.clone())));
    assert_eq!((label(&play), play.gateway.open_reasons()), ("instructed", vec![ReasonCode::WrongSender]));
    play.message("custodian", &Event::Transport(Box::new(answer)));
    assert_eq!(label(&play), "rejected");
}

#[test]
fn a_servicer_states_how_things_stand_with_him_and_not_with_another() {
    let mut play = played(market::profile(), &INSTRUCTED);
    play.step("isocustodian holds 500 on 2026-11-24");
    let taken = |play: &Play| play.gateway.open_reasons();
    assert_eq!(taken(&play), [ReasonCode::WrongSender], "the account is with the other custodian");
    play.step("custodian holds 500 on 2026-11-24");
    assert_eq!(taken(&play), [ReasonCode::WrongSender]);
}

/// Our request to cancel, as the depository knows it: by the identifier of its message.
fn cancelling() -> (Play, String) {
    let mut play = played(
        market::profile(),
        &[
            "manager allocates B1 account FUND2",
            "broker confirms C1 of B1 account FUND2",
            "desk cancels 1",
            "isocustodian says matched",
        ],
    );
    let sent = play.gateway.sent.iter().rfind(|s| matches!(s.event, Event::Cancellation(_)));
    let text = String::from_utf8_lossy(&sent.expect("a cancellation left").bytes).into_owned();
    let message = text.split("<BizMsgIdr>").nth(1).and_then(|t| t.split('<').next()).expect("an identifier");
    play.step("power is cut");
    (play, message.to_owned())
}

fn answers(play: &mut Play, link: &str, request: &str, beside: Option<&str>, kind: StatusKind) {
    let mut advice = StatusAdvice {
        cancellation: true,
        ..StatusAdvice::of(reference(request), vec![Status { kind, reasons: Vec::new() }])
    };
    advice.linkages.extend(beside.map(|instruction| Linkage::new("PREV", reference(instruction))));
    if beside.is_some() {
        advice.details = Some(finality_parsers::model::TransactionDetails {
            movement: Some(finality_parsers::model::Movement::Receive),
            payment: Some(finality_parsers::model::Payment::Against),
            ..Default::default()
        });
    }
    play.message(link, &Event::Status(Box::new(advice)));
}

#[test]
fn a_cancellation_is_answered_by_the_identifier_of_our_request_or_by_the_instruction() {
    let instruction = "FI000000001N1";
    for beside in [Some(instruction), None] {
        let (mut play, message) = cancelling();
        assert!(message.starts_with("FIN"), "{message}");
        answers(&mut play, "isocustodian", &message, beside, StatusKind::Cancelled);
        assert_eq!((label(&play), play.gateway.open_reasons()), ("cancelled", vec![]), "{beside:?}");
    }
    let (mut play, _) = cancelling();
    answers(&mut play, "isocustodian", "THEIROWN", Some(instruction), StatusKind::Cancelled);
    assert_eq!(label(&play), "cancelled", "the instruction alone is enough");
    let (mut play, _) = cancelling();
    answers(&mut play, "isocustodian", "FIN000000000777", None, StatusKind::Cancelled);
    assert_eq!(play.gateway.open_reasons(), [ReasonCode::Unrelated], "a request of nobody's");
    let (mut play, message) = cancelling();
    answers(&mut play, "custodian", &message, None, StatusKind::Cancelled);
    assert_eq!(play.gateway.open_reasons(), [ReasonCode::WrongSender]);
}

#[test]
fn the_answer_to_a_former_request_says_nothing_of_the_instruction_that_took_its_place() {
    let mut play = played(
        market::profile(),
        &["manager allocates B1 account FUND2", "broker confirms C1 of B1 account FUND2", "desk rebooks 1"],
    );
    let sent = play.gateway.sent.iter().rfind(|s| matches!(s.event, Event::Cancellation(_)));
    let text = String::from_utf8_lossy(&sent.expect("a cancellation left").bytes).into_owned();
    let message = text.split("<BizMsgIdr>").nth(1).and_then(|t| t.split('<').next()).expect("one").to_owned();
    answers(&mut play, "isocustodian", &message, None, StatusKind::Cancelled);
    assert_eq!(label(&play), "instructed", "anew");
    answers(&mut play, "isocustodian", &message, None, StatusKind::Cancelled);
    assert_eq!(label(&play), "instructed", "what is out now was not to be cancelled");
}

#[test]
fn a_settlement_that_contradicts_says_what_was_instructed_and_what_is_booked() {
    let detail = |steps: &[&str]| {
        let play = played(market::profile(), &[&INSTRUCTED, steps].concat());
        let open = play.gateway.kernel.book().exceptions_by_priority();
        let open = open.iter().map(|e| &e.exception).find(|e| e.reason == ReasonCode::SettlementDiffers);
        let open = open.expect("it is raised");
        assert_eq!(open.urgency, Urgency::High);
        (open.detail.clone(), label(&play), play.gateway.standing()[0].2.clone())
    };
    let (text, state, settled) = detail(&["custodian settles 1000 money 99000"]);
    assert!(text.contains("99000") && text.contains("100050"), "{text}");
    assert!(text.contains("booked here"), "{text}");
    assert_eq!((state, settled.as_str()), ("settled", "1000"));
    let (text, state, settled) = detail(&["custodian says cancelled", "custodian settles 1000"]);
    assert!(text.contains("although the trade was cancelled") && text.contains("booked here"), "{text}");
    assert_eq!((state, settled.as_str()), ("settled", "1000"));
    let (text, state, settled) = detail(&["custodian says cancelled", "custodian settles 400 part"]);
    assert!(text.contains("stays so") && text.contains("400 have settled"), "{text}");
    assert_eq!((state, settled.as_str()), ("cancelled", "400"));
    let (text, state, settled) = detail(&["custodian settles 1000 account ELSEWHERE"]);
    assert!(text.contains("ELSEWHERE") && text.contains("SAFE100001"), "{text}");
    assert_eq!((state, settled.as_str()), ("settled", "1000"));
    let (text, state, settled) = detail(&["custodian settles 1000 account SAFE100002"]);
    assert!(text.contains("nothing is booked"), "{text}");
    assert_eq!((state, settled.as_str()), ("instructed", "0"));
    let rebooked =
        ["desk rebooks 1", "custodian says cancelled to the cancellation", "custodian settles 1000"];
    let (text, state, settled) = detail(&[&rebooked[..], &["custodian settles 1000 of N1"]].concat());
    assert!(
        text.contains("FI000000001N1") && text.contains("FI000000001N2") && text.contains("not booked"),
        "{text}"
    );
    assert_eq!((state, settled.as_str()), ("settled", "1000"));
}

#[test]
fn branches_of_ours_are_we_and_what_says_no_receiver_is_for_us() {
    let profile = market::profile();
    for (bic, ours) in [("FINMDEFF", true), ("FINMDEFFMUC", true), ("OTHRDEFFXXX", false)] {
        assert_eq!(profile.is_ours(bic.parse().expect("a BIC")), ours, "{bic}");
    }
    let mut elsewhere = market::profile();
    elsewhere.links[5].our_id = "OTHRDEFFXXX".to_owned();
    assert!(elsewhere.is_ours("OTHRDEFF".parse().expect("a BIC")), "we are called so on that line");
}

#[test]
fn to_whom_a_message_is_addressed_is_told_by_its_envelope() {
    let to = |raw: &[u8]| finality_kernel::intake::decode(raw).addressee.map(|bic| bic.to_string());
    let advice =
        || StatusAdvice::of(reference("I1"), vec![Status { kind: StatusKind::Matched, reasons: Vec::new() }]);
    let now = Gateway::open().now;
    let written = |link: &str| {
        let advice = StatusAdvice { id: Some(reference("S1")), ..advice() };
        market::write(link, &Event::Status(Box::new(advice)), 1, now)
    };
    assert_eq!(to(&written("isocustodian")).as_deref(), Some("FINMDEFFXXX"));
    assert_eq!(
        to(&written("custodian")).as_deref(),
        Some("FINMDEFFXXX"),
        "who sends stands in block 1 on the way in"
    );
    let came = include_bytes!("../../../../samples/seats/custodian-1-instruction.fin");
    assert_eq!(to(came).as_deref(), Some("AGNTFIHHXXX"), "who receives stands there on the way out");
    let text = String::from_utf8(written("isocustodian")).expect("text");
    let (start, end) = (text.find("<AppHdr").expect("a header"), text.find("</AppHdr>").expect("its end"));
    let document = text[end + "</AppHdr>".len()..].replace("</BizMsgEnvlp>", "");
    let pdu = format!(
        "{}<DataPDU xmlns=\"urn:swift:saa:xsd:saa.2.0\"><Header><Message><Receiver><BIC12>FINMDEFFAMUC</BIC12></Receiver></Message></Header><Body>{document}</Body></DataPDU>",
        text[..start].replace("<BizMsgEnvlp>", "")
    );
    assert_eq!(to(pdu.as_bytes()).as_deref(), Some("FINMDEFFMUC"));
    let alone = format!("{}{document}", text[..start].replace("<BizMsgEnvlp>", ""));
    assert_eq!(to(alone.as_bytes()), None, "a document alone says nothing of it");
    let deal = crate::desk::words::allocation("", "B1");
    assert_eq!(to(&market::write("manager", &deal, 1, now)), None, "a session knows its peer");
}
