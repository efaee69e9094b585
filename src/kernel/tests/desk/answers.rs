//! What counterparties hear, message by message.

use finality_parsers::model::{
    AffirmationStatus, AllocationStatus, CaptureStatus, ConfirmationKind, ConfirmationStatus, DeliveryMode,
    Event, Fault,
};

use crate::desk::gateway::Gateway;
use crate::desk::market::reference;
use crate::desk::words::Play;

fn play(steps: &[&str]) -> Play {
    let mut play = Play::new(Gateway::open());
    for step in steps {
        play.step(step);
    }
    play
}

/// What was said on a link, each in a few words: kind, and what matters of it.
fn heard(play: &Play, link: &str) -> Vec<String> {
    let status = |status: &AllocationStatus, reason: Option<&str>, rejects: usize| {
        format!("{status:?} {} {rejects}", reason.unwrap_or("-"))
    };
    let one = |event: &Event| match event {
        Event::AllocationAcknowledgement(a) => {
            format!("P {}", status(&a.status, a.reason.as_deref(), a.rejects.len()))
        }
        Event::AllocationReportAcknowledgement(a) => format!(
            "AT {} {}",
            a.report,
            status(&a.answer.status, a.answer.reason.as_deref(), a.answer.rejects.len())
        ),
        Event::ConfirmationAcknowledgement(a) => {
            format!("AU {:?} {}", a.status, a.reason.as_deref().unwrap_or("-"))
        }
        Event::Confirmation(c) => format!("AK {} {:?} {:?}", c.id, c.kind, c.status),
        Event::InstructionDelivery(d) => {
            format!("T {} {:?} {} {}", d.id, d.mode, d.reason.as_deref().unwrap_or("-"), d.instructions.len())
        }
        Event::TradeCaptureAcknowledgement(a) => {
            format!("AR {} {:?} {}", a.report, a.status, a.reason.as_deref().unwrap_or("-"))
        }
        Event::Rejection(r) => format!("{:?} {} {}", r.fault, r.message_type, r.reason),
        other => format!("{:?}", other.kind()),
    };
    // What went out again after a power cut was heard before.
    let new = play.gateway.sent.iter().filter(|s| s.link == link && !s.possible_resend);
    new.map(|s| one(&s.event)).collect()
}

#[test]
fn a_wrong_allocation_is_told_what_is_wrong_with_which_account() {
    let play = play(&["manager allocates B1 wrong", "the same again", "power is cut", "the same again"]);
    assert_eq!(heard(&play, "manager"), ["P AccountRejected 9 1"; 3]);
    let Event::AllocationAcknowledgement(answer) = &play.gateway.sent[0].event else { panic!("a P") };
    assert_eq!(answer.rejects[0].account.as_str(), "FUND1");
    assert_eq!(answer.rejects[0].reason.as_deref(), Some("9"), "776 calculation difference");
    let text = answer.text.as_deref().expect("words");
    assert!(text.starts_with("NoAllocs[1] (79=FUND1): 154 AllocNetMoney: net money is 100150"), "{text}");
}

#[test]
fn an_allocation_that_comes_again_gets_the_same_answer_and_does_nothing_twice() {
    for (allocates, answer, trades) in [
        ("manager allocates B1", "P Accepted - 0", 1),
        ("manager allocates B1 wrong", "P AccountRejected 9 1", 0),
        ("manager allocates B1 account FUND9", "P AccountRejected 0 1", 0),
    ] {
        let resent = format!("{allocates} resent");
        let play = play(&[allocates, &resent, "power is cut", &resent, allocates]);
        assert_eq!(heard(&play, "manager"), [answer; 4], "{allocates}");
        assert_eq!(play.gateway.kernel.book().trade_count(), trades, "{allocates}");
        assert!(play.gateway.open_reasons().len() <= 1, "{allocates}: raised once");
    }
    let changed = play(&["manager allocates B1", "manager allocates B1 quantity 900 resent"]);
    assert_eq!(heard(&changed, "manager"), ["P Accepted - 0", "P BlockRejected 11 0"]);
}

#[test]
fn a_split_that_does_not_add_up_is_told_by_its_own_code() {
    let play = play(&["manager allocates B1 block 1100", "the same again"]);
    assert_eq!(heard(&play, "manager"), ["P BlockRejected 8 0"; 2]);
}

#[test]
fn a_wrong_confirmation_is_told_what_is_wrong() {
    let play = play(&["broker confirms C1 of B1 wrong", "the same again"]);
    assert_eq!(heard(&play, "broker"), ["AU Rejected 99"; 2], "FIX 4.4 has no narrower reason");
    let Event::ConfirmationAcknowledgement(answer) = &play.gateway.sent[0].event else { panic!("an AU") };
    assert_eq!(answer.status, AffirmationStatus::Rejected);
    assert_eq!(answer.trade_date.map(|d| d.to_string()).as_deref(), Some("2026-11-24"), "the confirmation's");
    let text = answer.text.as_deref().expect("words");
    assert!(text.starts_with("118 NetMoney: net money is 100150"), "{text}");
}

#[test]
fn parts_are_received_one_by_one_and_answered_as_a_whole() {
    let parts = [
        "manager allocates B1 quantity 400 block 1000 announces 2",
        "manager allocates B1 quantity 600 block 1000 announces 2 last account FUND9",
    ];
    let play =
        play(&[parts[0], "the same again", "power is cut", parts[1], "the same again", "the same again"]);
    let unknown = "P AccountRejected 0 1";
    assert_eq!(heard(&play, "manager"), ["P Received - 0", "P Received - 0", unknown, unknown, unknown]);
    assert_eq!(play.gateway.kernel.book().trade_count(), 1, "the share of the account that is known");
    assert_eq!(play.gateway.kernel.book().incomplete_allocations(), 0);
}

#[test]
fn parts_that_contradict_each_other_or_stay_away_are_told() {
    let part = "manager allocates B1 quantity 400 block 1000 announces 2";
    let more = "manager allocates B1 quantity 600 block 1000 announces 3 last account FUND2";
    let other = "manager allocates B1 quantity 600 block 1001 announces 2 last account FUND2";
    let many = "manager allocates B1 quantity 600 block 1000 announces 1 last account FUND2";
    for contradiction in [more, other, many] {
        let play = play(&[part, contradiction, "the same again"]);
        let refused = "P BlockRejected 11 0";
        assert_eq!(heard(&play, "manager"), ["P Received - 0", refused, refused], "{contradiction}");
    }
    let late = play(&[part, "60 minutes pass"]);
    assert_eq!(heard(&late, "manager"), ["P Received - 0", "P Incomplete - 0"]);
    let short = play(&[part, "manager allocates B1 quantity 500 block 1000 announces 2 last account FUND2"]);
    assert_eq!(heard(&short, "manager"), ["P Received - 0", "P BlockRejected 8 0"]);
}

#[test]
fn a_report_is_answered_as_a_whole_and_not_by_confirmations_its_sender_never_sent() {
    let agreed = play(&["manager allocates B1", "broker reports R1 of B1", "the same again"]);
    assert_eq!(heard(&agreed, "broker"), ["AT R1 Accepted - 0"; 2]);
    let early = play(&["broker reports R1 of B1", "manager allocates B1"]);
    assert_eq!(heard(&early, "broker"), ["AT R1 Received - 0", "AT R1 Accepted - 0"]);
    let wrong = play(&["manager allocates B1", "broker reports R1 of B1 price 101.00"]);
    assert_eq!(heard(&wrong, "broker"), ["AT R1 AccountRejected 11 1"]);
    let refused = play(&["broker reports R1 of B1 block 1100", "the same again"]);
    assert_eq!(heard(&refused, "broker"), ["AT R1 BlockRejected 8 0"; 2]);
    let part = play(&["broker reports R1 of B1 announces 2"]);
    assert_eq!(heard(&part, "broker"), ["AT R1 BlockRejected 7 0"], "parts are not joined");
    let unknown = play(&["broker reports R2 of B1 cancels R1"]);
    assert_eq!(heard(&unknown, "broker"), ["AT R2 BlockRejected 11 0"]);
    let late = play(&[
        "manager allocates B1",
        "broker confirms C1 of B1",
        "broker reports R1 of B1",
        "the same again",
    ]);
    let twice = "AT R1 AccountRejected 11 1";
    assert_eq!(heard(&late, "broker"), ["AU Affirmed -", twice, twice], "the trade is instructed already");
}

#[test]
fn a_request_for_a_confirmation_is_answered_by_what_is_known() {
    let play = play(&[
        "manager asks Q1 about B1",
        "manager allocates B1",
        "manager asks Q2 about B1",
        "broker confirms C1 of B1",
        "manager asks Q3 about B1",
        "manager asks Q4 about B1 status",
    ]);
    let (status, whole) = (ConfirmationKind::Status, ConfirmationKind::Confirmation);
    let (received, confirmed) = (ConfirmationStatus::Received, ConfirmationStatus::Confirmed);
    assert_eq!(
        heard(&play, "manager"),
        [
            format!("{:?} BH 1", Fault::Business),
            "P Accepted - 0".to_owned(),
            format!("AK Q2-1 {status:?} {received:?}"),
            format!("AK C1 {whole:?} {confirmed:?}"),
            format!("AK Q4-1 {status:?} {received:?}"),
        ]
    );
}

#[test]
fn a_request_for_standing_instructions_gets_what_is_held_or_why_not() {
    let play =
        play(&["manager requests Q1 from broker", "manager requests Q2 from newcomer", "the same again"]);
    let (standing, refused) = (DeliveryMode::Standing, DeliveryMode::Refused);
    let none = format!("T T-Q2 {refused:?} 2 0");
    assert_eq!(heard(&play, "manager"), [format!("T T-Q1 {standing:?} - 1"), none.clone(), none]);
}

#[test]
fn an_offered_standing_instruction_changes_nothing_by_itself() {
    let play =
        play(&["newcomer offers S1", "manager allocates B1 broker newcomer", "newcomer confirms C1 of B1"]);
    assert_eq!(play.gateway.standing()[0].1.label(), "awaiting SSI");
    let open = play.gateway.kernel.book().exceptions_by_priority();
    let offered = open.iter().find(|e| e.number == 403).expect("the offer");
    assert_eq!(
        offered.exception.detail,
        "BRNWDEFFXXX offers standing instruction S1-1: agent BRNWDEFFXXX at depository CSDXDEFFXXX"
    );
}

#[test]
fn captured_trades_are_answered_and_executions_are_kept() {
    let play = play(&[
        "broker executes E1 400 of 1000",
        "broker executes E2 1000 of 1000",
        "broker captures T1",
        "the same again",
        "broker captures T1 quantity 900",
        "broker captures T3 cancels T9",
        "broker captures T4 cancels T1",
    ]);
    let (accepted, rejected) = (CaptureStatus::Accepted, CaptureStatus::Rejected);
    let expected = [
        format!("AR T1 {accepted:?} -"),
        format!("AR T1 {accepted:?} -"),
        format!("AR T1 {rejected:?} 99"),
        format!("AR T3 {rejected:?} 99"),
        format!("AR T4 {accepted:?} -"),
    ];
    assert_eq!(heard(&play, "broker"), expected);
    let book = play.gateway.kernel.book();
    let known = book.blocks().by_reference(&reference("BROKERORD1"));
    let dealt = known.into_iter().filter_map(|key| book.blocks().get(key)).map(|b| book.blocks().dealt(b));
    assert_eq!(dealt.map(|d| d.quantity).collect::<Vec<_>>(), [1000.into()]);
    assert_eq!(book.captured_count(), 0, "taken back");
}
