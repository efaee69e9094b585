//! The custodian's seat: a client holds, releases and prefers what he has instructed, and asks how far it is.

use finality_kernel::lifecycle::state::State;
use finality_parsers::model::{Change, Event, Function, InstructionFunction, StatusKind, StatusRequest};
use proptest::prelude::*;

use crate::desk::gateway::Gateway;
use crate::desk::market::{self, reference};
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::{Play, after};

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "the custodian's seat: a pre-advice is released by its client",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1 held                        | instructed |
         custodian says matched                                | matched at CSD |
         custodian says pending PREA                           | pending | on_hold
         telexmanager commands M1 of I1 release                | pending | on_hold
         the same again                                        | pending | on_hold
         power is cut                                          | pending | on_hold
         network takes                                         | pending | on_hold
         custodian says acknowledged to the request            | pending | on_hold
         custodian says completed to the request               | pending |
         the same again                                        | pending |
         custodian settles 1000                                | settled |",
    ),
    scenario(
        "the custodian's seat: a client holds, and the depository refuses; that is his affair",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         telexmanager commands M1 of I1 hold and priority 1    | instructed |
         custodian says refused LATE to the request            | instructed |
         custodian says completed to the first request         | instructed |
         custodian settles 1000                                | settled |
         telexmanager commands M2 of I1 hold                   | settled |",
    ),
    scenario(
        "the custodian's seat: the network refuses a client's command; that is ours",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         telexmanager commands M1 of I1 hold                   | instructed |
         network refuses T26                                   | instructed | request_refused
         telexmanager commands M2 of I1 hold                   | instructed | request_refused
         custodian says completed to the request               | instructed |
         telexmanager commands M3 of I1 priority 2             | instructed |
         custodian says rejected REFE to the request           | instructed | request_refused",
    ),
    Scenario {
        name: "the custodian's seat: nobody answers a client's command",
        steps: "configuration takes the custodian's seat          | |
                telexmanager instructs I1                         | instructed |
                custodian says matched                            | matched at CSD |
                telexmanager commands M1 of I1 hold               | matched at CSD |
                10 minutes pass                                   | matched at CSD |
                10 minutes pass                                   | matched at CSD |
                10 minutes pass                                   | matched at CSD |
                10 minutes pass                                   | matched at CSD | no_acknowledgement
                custodian says completed to the request           | matched at CSD |",
        counts_attempts: true,
    },
    scenario(
        "the custodian's seat: a client by ISO 20022 has a part released",
        "configuration takes the custodian's seat for isocustodian              | |
         isocustodian instructs I1 account FUND2 held                           | instructed |
         isocustodian commands M1 of I1 release quantity 400 account FUND2      | instructed |
         custodian says completed to the request                                | instructed |
         custodian settles 400 part                                             | partially settled |
         isocustodian commands M2 of I1 release quantity 700 account FUND2      | partially settled |
         isocustodian commands M3 of I1 release account FUND2                   | partially settled |
         custodian says completed to the request                                | partially settled |
         custodian settles 600 last before 400                                  | settled |",
    ),
    scenario(
        "the custodian's seat: our desk instructs anew what a client has had released",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1 held                        | instructed |
         telexmanager commands M1 of I1 release and priority 2 | instructed |
         custodian says completed to the first request         | instructed |
         desk rebooks 1                                        | cancel requested |
         telexmanager commands M2 of I1 parts                  | cancel requested |
         custodian says cancelled to the cancellation          | instructed |
         custodian settles 1000                                | settled |",
    ),
    scenario(
        "the custodian's seat: our desk holds back what was rejected, and instructs it anew",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         custodian says rejected SAFE                          | rejected | instruction_rejected
         telexmanager commands M1 of I1 hold                   | rejected | instruction_rejected
         desk holds 1                                          | rejected | instruction_rejected
         desk reinstructs 1                                    | instructed |
         telexmanager commands M2 of I1 release                | instructed |
         custodian says completed to the request               | instructed |",
    ),
];

/// A question about instructions of his.
pub(crate) fn question(id: &str, words: &[&str]) -> Event {
    let named = words.iter().take_while(|w| !["account", "wanted"].contains(*w));
    let named = named.map(|about| vec![("RELA".to_owned(), reference(about))]);
    Event::StatusRequest(Box::new(StatusRequest {
        supplementary: Vec::new(),
        id: reference(id),
        function: Function::New,
        wanted: after(words, "wanted").unwrap_or("548").to_owned(),
        as_of: None,
        period: None,
        account_owner: None,
        account: after(words, "account").unwrap_or("FUND1").parse().expect("an account"),
        indicators: Vec::new(),
        linkages: Vec::new(),
        filters: Vec::new(),
        instructions: named.collect(),
        originator: None,
        recipient: None,
    }))
}

fn played(steps: &[&str]) -> Gateway {
    let mut play = Play::new(Gateway::open());
    play.step("configuration takes the custodian's seat");
    steps.iter().for_each(|step| play.step(step));
    play.gateway
}

/// What the client heard of commands: of which, what, and the code of the reason.
fn heard(gateway: &Gateway) -> Vec<(String, StatusKind, String)> {
    let advices = gateway.sent.iter().filter_map(|s| match &s.event {
        Event::Status(advice) if advice.modification && !s.possible_resend => Some(advice),
        _ => None,
    });
    let flat = advices.map(|a| {
        let status = &a.statuses[0];
        let code = status.reasons.first().map_or(String::new(), |r| r.code.clone());
        (a.instruction.to_string(), status.kind.clone(), code)
    });
    flat.collect()
}

fn of(command: &str, kind: StatusKind, code: &str) -> (String, StatusKind, String) {
    (command.to_owned(), kind, code.to_owned())
}

/// What the depository was asked, each once.
fn asked(gateway: &Gateway) -> Vec<(String, Change)> {
    let fresh = gateway.sent.iter().filter(|s| !s.possible_resend);
    fresh
        .filter_map(|s| match &s.event {
            Event::ProcessingChange(c) => {
                let request = &c.requests[0];
                Some((request.instructions[0].1.to_string(), request.changes[0].clone()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_command_is_passed_on_once_by_our_references_and_answered_by_his() {
    let gateway = played(&[
        "telexmanager instructs I1 held",
        "telexmanager commands M1 of I1 release",
        "the same again",
        "custodian says acknowledged to the request",
        "custodian says completed to the request",
        "custodian says completed to the request",
        "telexmanager commands M1 of I1 release",
    ]);
    assert_eq!(asked(&gateway), [("FI000000001N1".to_owned(), Change::Release)]);
    assert_eq!(
        heard(&gateway),
        [
            of("M1", StatusKind::Acknowledged, ""),
            of("M1", StatusKind::Acknowledged, ""),
            of("M1", StatusKind::ChangeCompleted, ""),
            of("M1", StatusKind::ChangeCompleted, ""),
        ]
    );
    let held = |g: &Gateway| g.kernel.book().trades().next().map(|t| t.processing.held);
    assert_eq!(held(&gateway), Some(false));
    assert_eq!(held(&played(&["telexmanager instructs I1 held"])), Some(true));
}

#[test]
fn what_is_wrong_with_a_command_is_said_and_nothing_is_passed_on() {
    let check = |steps: &[&str], kind: StatusKind, code: &str| {
        let steps: Vec<&str> =
            ["telexmanager instructs I1"].into_iter().chain(steps.iter().copied()).collect();
        let gateway = played(&steps);
        assert_eq!(asked(&gateway), [], "{steps:?}");
        let last = heard(&gateway).pop().expect("an answer");
        assert_eq!((last.1, last.2.as_str()), (kind, code), "{steps:?}");
    };
    let rejected = StatusKind::Rejected;
    check(&["telexmanager commands M1 of I9 hold"], rejected.clone(), "REFE");
    check(&["telexbroker commands M1 of I1 hold"], rejected.clone(), "REFE");
    check(&["telexmanager commands M1 of I1 hold account FUND2"], rejected.clone(), "SAFE");
    check(&["telexmanager commands M1 of I1 borrow"], rejected.clone(), "NARR");
    check(&["telexmanager commands M1 of I1 hold quantity 400"], rejected.clone(), "NARR");
    check(&["telexmanager commands M1 of I1 release quantity 1001"], rejected.clone(), "DQUA");
    check(
        &["custodian settles 1000", "telexmanager commands M1 of I1 hold", "the same again"],
        StatusKind::ChangeDenied,
        "DSET",
    );
    check(
        &["custodian says cancelled", "telexmanager commands M1 of I1 hold"],
        StatusKind::ChangeDenied,
        "DCAN",
    );
    check(
        &["telexmanager withdraws I1 by X1", "telexmanager commands M1 of I1 hold"],
        StatusKind::ChangeDenied,
        "DCAN",
    );
    check(&["custodian says rejected SAFE", "telexmanager commands M1 of I1 hold"], rejected, "NARR");
}

#[test]
fn a_command_that_comes_before_its_instruction_is_rejected_and_taken_when_it_comes_again() {
    let gateway = played(&[
        "telexmanager commands M1 of I1 hold",
        "telexmanager instructs I1",
        "telexmanager commands M1 of I1 hold",
        "custodian says completed to the request",
    ]);
    let expected = [
        of("M1", StatusKind::Rejected, "REFE"),
        of("M1", StatusKind::Acknowledged, ""),
        of("M1", StatusKind::ChangeCompleted, ""),
    ];
    assert_eq!(heard(&gateway), expected);
}

#[test]
fn a_reference_used_again_for_another_command_is_rejected_and_the_first_stands() {
    let gateway = played(&[
        "telexmanager instructs I1",
        "telexmanager commands M1 of I1 hold",
        "telexmanager commands M1 of I1 release",
    ]);
    assert_eq!(asked(&gateway), [("FI000000001N1".to_owned(), Change::Hold)]);
    assert_eq!(heard(&gateway).last(), Some(&of("M1", StatusKind::Rejected, "REFE")));
}

#[test]
fn a_command_of_several_changes_is_done_when_all_are_and_refused_with_the_first_refusal() {
    let steps = ["telexmanager instructs I1", "telexmanager commands M1 of I1 hold and priority 1"];
    let ended = |answers: &[&str]| {
        let steps: Vec<&str> = steps.iter().chain(answers).copied().collect();
        heard(&played(&steps)).split_off(1)
    };
    let (first, last) =
        ("custodian says completed to the first request", "custodian says completed to the request");
    assert_eq!(ended(&[first]), []);
    assert_eq!(ended(&[last, first]), [of("M1", StatusKind::ChangeCompleted, "")]);
    let refused = "custodian says refused LATE to the request";
    assert_eq!(ended(&[refused, first]), [of("M1", StatusKind::ChangeDenied, "LATE")]);
    assert_eq!(ended(&[first, refused]), [of("M1", StatusKind::ChangeDenied, "LATE")]);
    let refused_first = "custodian says refused LATE to the first request";
    let after_all = [of("M1", StatusKind::ChangeDenied, "LATE"), of("M1", StatusKind::ChangeCompleted, "")];
    assert_eq!(ended(&[last, refused_first, first]), after_all, "the depository does it after all");
    assert_eq!(ended(&[last, first, refused_first]), after_all[1..], "and stays with what it has done");
    assert_eq!(ended(&[first, "custodian settles 1000", last]), [of("M1", StatusKind::ChangeDenied, "DSET")]);
}

#[test]
fn what_is_instructed_anew_goes_out_as_the_client_has_asked() {
    let gateway = played(&[
        "telexmanager instructs I1 held",
        "telexmanager commands M1 of I1 release and priority 2",
        "custodian says completed to the first request",
        "desk rebooks 1",
        "telexmanager commands M2 of I1 parts",
        "custodian says cancelled to the cancellation",
        "telexmanager commands M2 of I1 parts",
    ]);
    let sent = gateway.sent.iter().rev().find_map(|s| match &s.event {
        Event::Instruction(i) => Some(i),
        _ => None,
    });
    let sent = sent.expect("instructed anew");
    assert_eq!((sent.id.as_str(), sent.function), ("FI000000001N2", InstructionFunction::New));
    assert_eq!((sent.priority, sent.partial.map(|p| p.code())), (Some(2), Some("PART")));
    let done = |command| of(command, StatusKind::ChangeCompleted, "");
    let taken = |command| of(command, StatusKind::Acknowledged, "");
    assert_eq!(heard(&gateway), [taken("M1"), taken("M2"), done("M1"), done("M2"), done("M2")]);
}

#[test]
fn a_question_is_answered_by_where_the_instruction_stands_now() {
    use StatusKind as K;
    let answered = |steps: &[&str], question: &str| {
        let steps: Vec<&str> =
            ["telexmanager instructs I1"].iter().chain(steps).chain([&question]).copied().collect();
        let gateway = played(&steps);
        assert_eq!(gateway.open_reasons().iter().filter(|r| r.name() == "reference_reused").count(), 0);
        let last = gateway.sent.iter().rev().find_map(|s| match &s.event {
            Event::Status(advice) => Some((**advice).clone()),
            _ => None,
        });
        let last = last.expect("an answer");
        let status = last.statuses[0].clone();
        let code = status.reasons.first().map_or(String::new(), |r| r.code.clone());
        (last.instruction.to_string(), last.query.is_some(), status.kind, code)
    };
    let of = |about: &str, query: bool, kind, code: &str| (about.to_owned(), query, kind, code.to_owned());
    let about = "telexmanager queries Q1 about I1";
    assert_eq!(answered(&[], about), of("I1", false, K::Acknowledged, ""));
    assert_eq!(answered(&["custodian says matched"], about), of("I1", false, K::Matched, ""));
    assert_eq!(answered(&["custodian says pending LACK"], about), of("I1", false, K::Pending, "LACK"));
    assert_eq!(answered(&["custodian says failing MONY"], about), of("I1", false, K::Failing, "MONY"));
    assert_eq!(answered(&["custodian says rejected SAFE"], about), of("I1", false, K::Rejected, "SAFE"));
    assert_eq!(answered(&["custodian settles 400 part"], about), of("I1", false, K::Pending, "PART"));
    assert_eq!(answered(&["custodian settles 1000"], about), of("Q1", true, K::Rejected, "NARR"));
    assert_eq!(answered(&["custodian says cancelled"], about), of("I1", false, K::Cancelled, ""));
    let withdrawn = "telexmanager withdraws I1 by X1";
    assert_eq!(answered(&[withdrawn], about), of("I1", false, K::PendingCancellation, ""));
    let anew = ["custodian says matched", "desk rebooks 1"];
    assert_eq!(answered(&anew, about), of("I1", false, K::Matched, ""), "he does not hear of it");
    let refused = "custodian says refused LATE to the request";
    let held = ["custodian says pending LACK", "telexmanager commands M1 of I1 hold", refused];
    assert_eq!(answered(&held, about), of("I1", false, K::Pending, "LACK"), "a command moves nothing");
    let rejected = |question: &str, code: &str| {
        assert_eq!(answered(&[], question), of("Q1", true, K::Rejected, code), "{question}");
    };
    rejected("telexmanager queries Q1 about I1 I9", "REFE");
    rejected("telexbroker queries Q1 about I1", "REFE");
    rejected("telexmanager queries Q1 about I1 account FUND2", "REFE");
    rejected("telexmanager queries Q1 about I1 account NOBODYS", "SAFE");
    rejected("telexmanager queries Q1 about I1 wanted 537", "NARR");
    rejected("telexmanager queries Q1 about", "NARR");
}

#[test]
fn the_same_question_again_is_answered_anew() {
    let gateway = played(&[
        "telexmanager instructs I1",
        "telexmanager queries Q1 about I1",
        "custodian says matched",
        "telexmanager queries Q1 about I1",
        "telexmanager queries Q1 about I2",
    ]);
    let kinds = gateway.sent.iter().filter_map(|s| match &s.event {
        Event::Status(advice) => Some(advice.statuses[0].kind.clone()),
        _ => None,
    });
    let (taken, matched) = (StatusKind::Acknowledged, StatusKind::Matched);
    let expected = [taken.clone(), taken, matched.clone(), matched, StatusKind::Rejected];
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
}

#[test]
fn a_client_by_iso_20022_asks_too() {
    let mut play = Play::new(Gateway::open());
    for step in [
        "configuration takes the custodian's seat for isocustodian",
        "isocustodian instructs I1 account FUND2",
        "custodian says unmatched CMIS",
        "isocustodian queries Q1 about I1 I2 account FUND2",
    ] {
        play.step(step);
    }
    let told = play.gateway.sent.iter().filter(|s| s.link == "isocustodian").filter_map(|s| match &s.event {
        Event::Status(a) => Some((a.instruction.to_string(), a.query.is_some(), a.statuses[0].kind.clone())),
        _ => None,
    });
    let expected = [
        ("I1".to_owned(), false, StatusKind::Acknowledged),
        ("I1".to_owned(), false, StatusKind::Unmatched),
        ("I1".to_owned(), false, StatusKind::Unmatched),
        // By ISO 20022 the question is known by the message identifier of its header.
        ("PEER00000003".to_owned(), true, StatusKind::Rejected),
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

/// Two commands, the depository's answers to them in any order, and its settlement somewhere between.
const ANSWERS: [&str; 4] = [
    "custodian says acknowledged to the first request",
    "custodian says completed to the first request",
    "custodian says refused LATE to the request",
    "custodian settles 1000",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Each command is asked once, and ends once or is done after all, whatever comes in which order, twice, and with a power cut.
    #[test]
    fn in_any_order_each_command_ends_once(
        order in Just((0..ANSWERS.len()).collect::<Vec<usize>>()).prop_shuffle(),
        again in proptest::collection::vec(any::<bool>(), 6),
        cut in 0usize..8,
        second_at in 0usize..4,
    ) {
        let mut play = Play::new(Gateway::open());
        play.step("configuration takes the custodian's seat");
        play.step("telexmanager instructs I1 held");
        play.step("telexmanager commands M1 of I1 release");
        if again[4] {
            play.step("the same again");
        }
        for (n, index) in order.iter().enumerate() {
            if n == second_at {
                play.step("telexmanager commands M2 of I1 priority 1");
                if again[5] {
                    play.step("the same again");
                }
            }
            play.step(ANSWERS[*index]);
            if again[n] {
                play.step("the same again");
            }
            if n == cut {
                play.step("power is cut");
            }
        }
        prop_assert_eq!(play.gateway.standing()[0].1, State::Settled);
        prop_assert_eq!(play.gateway.open_reasons(), vec![]);
        let ended = |command: &str| {
            let heard = heard(&play.gateway);
            let of_it = heard.into_iter().filter(|(of, kind, _)| of == command && *kind != StatusKind::Acknowledged);
            of_it.map(|(_, kind, _)| kind).collect::<Vec<_>>()
        };
        let repeated = usize::from(again[5]);
        // What was refused may be done after all; nothing else ends twice.
        let (first, after_all) = (ended("M1"), [StatusKind::ChangeDenied, StatusKind::ChangeCompleted]);
        prop_assert!(first.len() == 1 || first == after_all, "{:?}", heard(&play.gateway));
        prop_assert!((1..=1 + repeated).contains(&ended("M2").len()), "{:?}", heard(&play.gateway));
        let asked = asked(&play.gateway);
        prop_assert!(asked.iter().filter(|(_, change)| *change == Change::Release).count() <= 1);
        prop_assert!(asked.iter().filter(|(_, change)| *change == Change::Priority(1)).count() <= 1);
    }
}

#[test]
fn a_command_that_cannot_be_read_is_rejected_by_its_reference_and_nothing_is_passed_on() {
    let answered = |link: &str, seat: &str, change: &dyn Fn(&str) -> String| {
        let mut play = Play::new(Gateway::open());
        play.step(seat);
        play.step(&format!("{link} instructs I1 account FUND2 held"));
        let event =
            crate::desk::custodian::command("M1", "I1", &["release", "quantity", "400", "account", "FUND2"]);
        let text = String::from_utf8(market::write(link, &event, 2, play.gateway.now)).expect("text");
        let changed = change(&text);
        assert_ne!(changed, text);
        play.bytes(link, changed.clone().into_bytes());
        assert_eq!(asked(&play.gateway), [], "{changed}");
        let found = play.gateway.sent.iter().rev().find_map(|s| match &s.event {
            Event::Status(advice) if advice.modification => Some((**advice).clone()),
            _ => None,
        });
        let found = found.unwrap_or_else(|| panic!("no answer to {changed}"));
        assert_eq!(found.statuses[0].kind, StatusKind::Rejected);
        let text = found.statuses[0].reasons[0].text.clone().unwrap_or_default();
        (found.instruction.to_string(), text)
    };
    let iso = "configuration takes the custodian's seat for isocustodian";
    let cut = |text: &str| text[..text.find("</Unit>").expect("a quantity")].to_owned();
    assert_eq!(answered("isocustodian", iso, &cut).0, "PEER00000002");
    let wrong =
        |found: &'static str| move |text: &str| text.replace("<Unit>400<", &format!("<Unit>{found}<"));
    assert_eq!(answered("isocustodian", iso, &wrong("abc")).0, "PEER00000002");
    let (reference, text) = answered("isocustodian", iso, &wrong("-5"));
    assert_eq!(reference, "PEER00000002");
    assert!(text.contains("-5") && text.contains("negative"), "{text}");
    let telex = "configuration takes the custodian's seat";
    let unknown = |text: &str| text.replace(":97A::SAFE//FUND2\r\n", "");
    assert_eq!(answered("telexmanager", telex, &unknown).0, "M1");
}
