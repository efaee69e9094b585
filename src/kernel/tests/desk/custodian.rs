//! The custodian's seat: clients instruct, we check, answer and pass on to the depository, and tell them what becomes of it.

use finality_kernel::profile::{Client, Profile};
use finality_kernel::seat::Seat;
use finality_parsers::model::{
    CancellationRequest, Change, ChangeRequest, ChangeStatus, Event, Function, InstructionFunction, Movement,
    PartialSettlement, Party, Payment, ProcessingChange, Reference, SettlementChain, SettlementConfirmation,
    SettlementInstruction, StatusAdvice, StatusKind,
};
use rust_decimal::Decimal;

use crate::desk::gateway::Gateway;
use crate::desk::market::{self, reference, units};
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::{Play, after};

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "the custodian's seat: instructed, passed on, matched, settled",
        "configuration takes the custodian's seat | |
         telexmanager instructs I1                 | instructed |
         the same again                            | instructed |
         power is cut                              | instructed |
         network takes                             | delivered |
         custodian says acknowledged               | acknowledged |
         custodian says matched                    | matched at CSD |
         custodian says pending LACK               | pending | securities_short
         custodian settles 400 part                | partially settled | securities_short
         custodian settles 600 last before 400     | settled |",
    ),
    scenario(
        "the custodian's seat: rejected at once, and nothing is passed on",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1 account NOBODYS             | |
         telexmanager instructs I2 settles 2026-11-20          | |
         telexmanager instructs I3 without agent               | |
         telexmanager instructs I5 with two dates              | |
         telexmanager instructs I4                             | instructed |
         telexmanager instructs I4 quantity 900                | instructed | reference_reused",
    ),
    scenario(
        "the custodian's seat: the client cancels what is out",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1 sell                        | instructed |
         custodian says matched                                | matched at CSD |
         telexmanager withdraws I1 by X1 sell                  | cancel requested |
         the same again                                        | cancel requested |
         custodian says cancelled to the cancellation          | cancelled |
         telexmanager withdraws I1 by X2 sell                  | cancelled |",
    ),
    scenario(
        "the custodian's seat: the depository does not cancel",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         telexmanager withdraws I1 by X1                       | cancel requested |
         custodian says denied DSET to the cancellation        | acknowledged | out_of_place
         custodian settles 1000                                | settled | out_of_place
         telexmanager withdraws I9 by X9                       | settled | out_of_place",
    ),
    scenario(
        "the custodian's seat: it settles before the cancellation arrives",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         telexmanager withdraws I1 by X1                       | cancel requested |
         custodian settles 1000                                | settled |",
    ),
    scenario(
        "the custodian's seat: another format at the depository",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1 account FUND2               | instructed |
         isocustodian says matched                             | matched at CSD |
         isocustodian settles 1000                             | settled |",
    ),
    scenario(
        "the custodian's seat: what cannot be read is laid aside",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1 without kind                | | unreadable",
    ),
    scenario(
        "the custodian's seat: a client by ISO 20022",
        "configuration takes the custodian's seat for isocustodian | |
         isocustodian instructs I1 account FUND2                   | instructed |
         the same again                                            | instructed |
         custodian says matched                                    | matched at CSD |
         isocustodian withdraws I1 by X1 account FUND2             | cancel requested |
         custodian says denied DSET to the cancellation            | acknowledged | out_of_place
         custodian settles 1000                                    | settled | out_of_place",
    ),
    scenario(
        "the custodian's seat: two clients use one reference",
        "configuration takes the custodian's seat                  | |
         telexmanager instructs I1                                 | instructed |
         telexbroker instructs I1                                  | instructed, instructed |
         telexbroker instructs I3 account FUND2                    | instructed, instructed |
         telexbroker withdraws I1 by X1                            | instructed, cancel requested |
         telexmanager withdraws I1 by X1 quantity 900              | instructed, cancel requested |",
    ),
    scenario(
        "the custodian's seat: our desk instructs the rest anew",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         custodian settles 400 part                            | partially settled |
         desk rebooks 1                                        | cancel requested |
         custodian says cancelled to the cancellation          | instructed |
         custodian settles 600                                 | settled |",
    ),
    scenario(
        "the custodian's seat: what is being cancelled is rejected: nothing is out, as the client wanted",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         telexmanager withdraws I1 by X1                       | cancel requested |
         custodian says rejected SAFE                          | cancelled |
         custodian says rejected REFE to the cancellation      | cancelled |",
    ),
    scenario(
        "the custodian's seat: it settles although it was cancelled, or rejected",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         custodian says cancelled                              | cancelled |
         custodian settles 400 part                            | cancelled | settlement_differs
         custodian settles 600 last before 400                 | settled | settlement_differs
         desk resolves 1                                       | settled |
         telexmanager instructs I2                             | settled, instructed |
         custodian says rejected SAFE                          | settled, rejected | instruction_rejected
         custodian settles 400 part                            | settled, partially settled | settlement_differs
         custodian settles 600 last before 400                 | settled, settled | settlement_differs",
    ),
    scenario(
        "the custodian's seat: the depository rejects, and cancels by itself",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         custodian says rejected SAFE                          | rejected | instruction_rejected
         telexmanager withdraws I1 by X1                       | cancelled |
         telexmanager instructs I2                             | cancelled, instructed |
         custodian says cancelled                              | cancelled, cancelled |",
    ),
];

/// From now on the manager on MT is our client, with two accounts.
pub(crate) fn take_the_seat(profile: &mut Profile) {
    profile.seat = Seat::Custodian;
    profile.brokers.clear();
    profile.clients.push(Client {
        bic: market::manager_bic("telexmanager"),
        link: "telexmanager".to_owned(),
        accounts: vec!["FUND1".parse().expect("an account"), "FUND2".parse().expect("an account")],
    });
    profile.clients.push(Client {
        bic: market::broker_bic("telexbroker"),
        link: "telexbroker".to_owned(),
        accounts: vec!["FUND1".parse().expect("an account")],
    });
}

/// The same, and who is a custodian elsewhere is a client too, on ISO 20022.
pub(crate) fn take_the_seat_for_iso(profile: &mut Profile) {
    take_the_seat(profile);
    profile.custodians.retain(|c| c.name == "custodian");
    profile.accounts.iter_mut().for_each(|a| a.custodian = "custodian".to_owned());
    profile.clients.push(Client {
        bic: "CUMXDEFFXXX".parse().expect("a BIC"),
        link: "isocustodian".to_owned(),
        accounts: vec!["FUND2".parse().expect("an account")],
    });
}

/// A message that breaks a rule of its standard, as nobody here can write it.
pub(crate) fn broken(raw: Vec<u8>, words: &[&str]) -> Vec<u8> {
    const DATE: &str = ":98A::TRAD//20261124\r\n";
    let (found, instead) = match (after(words, "without"), after(words, "with")) {
        (None, None) => return raw,
        (Some("agent"), _) => (":16R:SETPRTY\r\n:95P::DEAG//AGNTDEFFXXX\r\n:16S:SETPRTY\r\n", String::new()),
        (Some("kind"), _) => (":22F::SETR//TRAD\r\n", String::new()),
        (Some("quantity"), _) => ("<Unit>1000</Unit>", String::new()),
        (_, Some("two")) => (DATE, DATE.repeat(2)),
        other => panic!("what is an instruction of {other:?}?"),
    };
    let text = String::from_utf8(raw).expect("text");
    assert!(text.contains(found), "{text}");
    text.replace(found, &instead).into_bytes()
}

fn built(id: &str, words: &[&str]) -> SettlementInstruction {
    let quantity: i64 = after(words, "quantity").map_or(1000, |n| n.parse().expect("a number"));
    let bic = |text: &str| Party::bic(text.parse().expect("a BIC"));
    let theirs = SettlementChain {
        depository: Some(bic("CSDXDEFFXXX")),
        agent: Some(bic("AGNTDEFFXXX")),
        client: Some(bic("BRFXDEFFXXX")),
        ..SettlementChain::default()
    };
    let sell = words.contains(&"sell");
    let none = SettlementChain::default();
    SettlementInstruction {
        id: reference(id),
        function: if words.contains(&"held") {
            InstructionFunction::PreAdvice
        } else {
            InstructionFunction::New
        },
        prepared: None,
        linkages: Vec::new(),
        common_reference: None,
        trade_reference: None,
        movement: if sell { Movement::Deliver } else { Movement::Receive },
        payment: Payment::Against,
        instrument: market::sap(),
        quantity: units(quantity),
        amount: Some(market::amount(Decimal::from(quantity * 100))),
        other_amounts: Vec::new(),
        price: None,
        trade_date: Some("2026-11-24".parse().expect("a date")),
        settlement_date: after(words, "settles").unwrap_or("2026-11-26").parse().expect("a date"),
        place_of_trade: None,
        account: Some(after(words, "account").unwrap_or("FUND1").parse().expect("an account")),
        cash_account: None,
        account_owner: None,
        transaction_type: "TRAD".to_owned(),
        conditions: Vec::new(),
        partial: None,
        priority: None,
        delivering: if sell { none.clone() } else { theirs.clone() },
        receiving: if sell { theirs } else { none },
        narrative: None,
        more: None,
    }
}

/// What a client instructs.
pub(crate) fn instruction(id: &str, words: &[&str]) -> Event {
    Event::Instruction(Box::new(built(id, words)))
}

/// How he takes it back.
pub(crate) fn cancellation(id: &str, request: &str, words: &[&str]) -> Event {
    let request: Reference = reference(request);
    let details = SettlementInstruction { id: request.clone(), ..built(id, words) };
    Event::Cancellation(Box::new(CancellationRequest {
        id: request,
        details: Some(Box::new(details)),
        ..CancellationRequest::of(reference(id))
    }))
}

/// A command about an instruction of his.
pub(crate) fn command(id: &str, about: &str, words: &[&str]) -> Event {
    let changes = words.iter().enumerate().filter_map(|(n, word)| match *word {
        "hold" => Some(Change::Hold),
        "release" => Some(Change::Release),
        "priority" => Some(Change::Priority(words[n + 1].parse().expect("a number"))),
        "parts" => Some(Change::Partial(PartialSettlement::Allowed)),
        "borrow" => Some(Change::Borrowing("YBOR".to_owned())),
        _ => None,
    });
    let quantity = after(words, "quantity").map(|n| units(n.parse().expect("a number")));
    let addition = quantity.map(|quantity| ChangeStatus {
        instruction: Some(reference(about)),
        quantity: Some(quantity),
        ..ChangeStatus::default()
    });
    Event::ProcessingChange(Box::new(ProcessingChange {
        supplementary: Vec::new(),
        id: reference(id),
        function: Function::New,
        prepared: None,
        account_owner: None,
        account: after(words, "account").unwrap_or("FUND1").parse().expect("an account"),
        requests: vec![ChangeRequest {
            instructions: vec![("PREV".to_owned(), reference(about))],
            changes: changes.collect(),
            linkages: Vec::new(),
        }],
        statuses: addition.into_iter().collect(),
    }))
}

fn played(steps: &[&str]) -> Gateway {
    let mut play = Play::new(Gateway::open());
    play.step("configuration takes the custodian's seat");
    steps.iter().for_each(|step| play.step(step));
    play.gateway
}

/// What the client was told: the reference, whether it is about a cancellation, and what.
fn told(gateway: &Gateway) -> Vec<(String, bool, StatusKind)> {
    let advices = gateway.sent.iter().filter(|s| s.link == "telexmanager").filter_map(|s| match &s.event {
        Event::Status(advice) => Some((**advice).clone()),
        _ => None,
    });
    let flat = |advice: StatusAdvice| {
        let (about, cancellation) = (advice.instruction.to_string(), advice.cancellation);
        advice.statuses.into_iter().map(move |s| (about.clone(), cancellation, s.kind))
    };
    advices.flat_map(flat).collect()
}

fn about(reference: &str, cancellation: bool, kind: StatusKind) -> (String, bool, StatusKind) {
    (reference.to_owned(), cancellation, kind)
}

#[test]
fn the_depository_hears_our_references_and_the_client_his() {
    let gateway = played(&[
        "telexmanager instructs I1",
        "custodian says acknowledged",
        "custodian says matched",
        "custodian says pending LACK",
        "custodian settles 1000",
    ]);
    let passed: Vec<_> = gateway
        .sent
        .iter()
        .filter_map(|s| match &s.event {
            Event::Instruction(i) => Some((s.link.clone(), (**i).clone())),
            _ => None,
        })
        .collect();
    let [(link, instruction)] = &passed[..] else { panic!("{} instructions", passed.len()) };
    assert_eq!((link.as_str(), instruction.id.as_str()), ("custodian", "FI000000001N1"));
    assert_eq!(instruction.account.as_ref().map(|a| a.as_str()), Some("SAFE100001"), "our account there");
    assert_eq!(
        instruction.delivering.agent,
        built("I1", &[]).delivering.agent,
        "the other side as instructed"
    );
    assert_eq!(
        told(&gateway),
        [
            about("I1", false, StatusKind::Acknowledged),
            about("I1", false, StatusKind::Matched),
            about("I1", false, StatusKind::Pending),
        ]
    );
    let settled: Vec<SettlementConfirmation> = gateway
        .sent
        .iter()
        .filter_map(|s| match &s.event {
            Event::Settlement(c) if s.link == "telexmanager" => Some((**c).clone()),
            _ => None,
        })
        .collect();
    let [settled] = &settled[..] else { panic!("{} settlements", settled.len()) };
    assert_eq!((settled.instruction.as_str(), settled.settled), ("I1", units(1000)));
    assert_eq!(settled.account.as_ref().map(|a| a.as_str()), Some("FUND1"), "his account");
}

#[test]
fn what_is_wrong_is_rejected_with_its_reason_and_the_same_again_is_answered_the_same() {
    let gateway = played(&[
        "telexmanager instructs I1 account NOBODYS",
        "the same again",
        "telexmanager instructs I2 settles 2026-11-20",
        "telexmanager instructs I3 without agent",
        "telexmanager instructs I5 with two dates",
    ]);
    let reasons: Vec<(String, String)> = gateway
        .sent
        .iter()
        .filter_map(|s| match &s.event {
            Event::Status(a) => Some((a.instruction.to_string(), a.statuses[0].reasons[0].code.clone())),
            _ => None,
        })
        .collect();
    let expected = [("I1", "SAFE"), ("I1", "SAFE"), ("I2", "DDAT"), ("I3", "ICAG"), ("I5", "NARR")];
    let expected = expected.map(|(about, code)| (about.to_owned(), code.to_owned()));
    assert_eq!(reasons, expected);
    assert_eq!(gateway.kernel.book().trades().count(), 0);
}

#[test]
fn what_cannot_be_read_is_rejected_by_its_reference_and_what_stands_stays() {
    let reasons = |steps: &[&str]| {
        let mut play = Play::new(Gateway::open());
        steps.iter().for_each(|step| play.step(step));
        let advices = play.gateway.sent.iter().filter_map(|s| match &s.event {
            Event::Status(a) => {
                let status = &a.statuses[0];
                let code = status.reasons.first().map_or(String::new(), |r| r.code.clone());
                Some((a.instruction.to_string(), a.cancellation, status.kind.clone(), code))
            }
            _ => None,
        });
        (advices.collect::<Vec<_>>(), play.gateway)
    };
    let of =
        |about: &str, cancellation, kind, code: &str| (about.to_owned(), cancellation, kind, code.to_owned());
    let seat = "configuration takes the custodian's seat";
    let (unread, read) = ("telexmanager instructs I1 without kind", "telexmanager instructs I1");
    let cancels = "telexmanager withdraws I1 by X1 without kind";
    let (heard, gateway) = reasons(&[seat, unread, "the same again", read, unread, cancels]);
    let words = of("I1", false, StatusKind::Rejected, "NARR");
    let expected = [
        words.clone(),
        words,
        of("I1", false, StatusKind::Acknowledged, ""),
        of("I1", false, StatusKind::Rejected, "REFE"),
        of("X1", true, StatusKind::Rejected, "NARR"),
    ];
    assert_eq!(heard, expected);
    assert_eq!(gateway.standing()[0].1.label(), "instructed", "what stands stays");
    assert_eq!(gateway.open_reasons().len(), 4, "all of them are laid aside");
    // Who is no client, and who does not say what he calls it, hears nothing.
    let (heard, _) = reasons(&[seat, "isocustodian instructs I1 account FUND2 without quantity"]);
    assert_eq!(heard, []);
    let (heard, _) = reasons(&[seat, "garbage on telexmanager"]);
    assert_eq!(heard, []);
    let iso = "configuration takes the custodian's seat for isocustodian";
    let (heard, _) = reasons(&[iso, "isocustodian instructs I1 account FUND2 without quantity"]);
    // What is said in words only is called so there.
    assert_eq!(heard, [of("I1", false, StatusKind::Rejected, "OTHR")]);
}

#[test]
fn a_cancellation_is_answered_when_the_depository_has_answered() {
    let mut steps = vec!["telexmanager instructs I1", "telexmanager withdraws I1 by X1"];
    let before = told(&played(&steps));
    assert_eq!(before, [about("I1", false, StatusKind::Acknowledged)], "nothing is promised");
    steps.push("custodian says cancelled to the cancellation");
    let done = told(&played(&steps));
    assert_eq!(done.last(), Some(&about("X1", true, StatusKind::Cancelled)));
    steps.push("telexmanager withdraws I1 by X2");
    let again = told(&played(&steps));
    assert_eq!(again.last(), Some(&about("X2", true, StatusKind::CancellationDenied)));
    let denied = told(&played(&[steps[0], steps[1], "custodian says denied DSET to the cancellation"]));
    assert_eq!(denied.last(), Some(&about("X1", true, StatusKind::CancellationDenied)));
    let settled = told(&played(&[steps[0], steps[1], "custodian settles 1000"]));
    assert_eq!(settled.last(), Some(&about("X1", true, StatusKind::CancellationDenied)), "it came too late");
}

#[test]
fn what_comes_before_its_instruction_is_rejected_and_taken_when_it_comes_again() {
    let early =
        ["telexmanager withdraws I1 by X1", "telexmanager instructs I1", "telexmanager withdraws I1 by X1"];
    let told = told(&played(&[early[0], early[1], early[2], "custodian says cancelled to the cancellation"]));
    let expected = [
        about("X1", true, StatusKind::Rejected),
        about("I1", false, StatusKind::Acknowledged),
        about("X1", true, StatusKind::Cancelled),
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_instruction_given_once_more_is_answered_by_where_it_stands() {
    let last = |between: &str| {
        let gateway = played(&["telexmanager instructs I1", between, "telexmanager instructs I1"]);
        let passed = gateway.sent.iter().filter(|s| matches!(s.event, Event::Instruction(_)));
        assert_eq!(passed.count(), 1, "it is instructed once");
        told(&gateway).pop().expect("an answer")
    };
    assert_eq!(last("custodian says matched"), about("I1", false, StatusKind::Matched));
    assert_eq!(last("custodian says pending LACK"), about("I1", false, StatusKind::Pending));
    assert_eq!(last("custodian settles 1000"), about("I1", false, StatusKind::Acknowledged));
}

#[test]
fn a_cancellation_that_is_about_something_else_is_rejected() {
    let wrong = |words: &str| {
        let withdraws = format!("telexmanager withdraws I1 by X1 {words}");
        let gateway = played(&["telexmanager instructs I1", &withdraws]);
        let passed = gateway.sent.iter().filter(|s| matches!(s.event, Event::Cancellation(_))).count();
        assert_eq!(passed, 0, "{words}: nothing is passed on");
        let last = gateway.sent.iter().rev().find_map(|s| match &s.event {
            Event::Status(a) if a.cancellation => Some(a.statuses[0].reasons[0].code.clone()),
            _ => None,
        });
        last.expect("an answer")
    };
    assert_eq!(wrong("account FUND2"), "SAFE");
    assert_eq!(wrong("quantity 900"), "REFE");
    assert_eq!(wrong("sell"), "REFE");
}

#[test]
fn by_iso_20022_too_a_cancellation_that_is_about_something_else_is_rejected() {
    let asked = |change: &dyn Fn(&str) -> String| {
        let mut play = Play::new(Gateway::open());
        play.step("configuration takes the custodian's seat for isocustodian");
        play.step("isocustodian instructs I1 account FUND2");
        let raw = market::write(
            "isocustodian",
            &cancellation("I1", "X1", &["account", "FUND2"]),
            2,
            play.gateway.now,
        );
        let text = String::from_utf8(raw).expect("text");
        let changed = change(&text);
        assert_ne!(changed, text);
        play.bytes("isocustodian", changed.into_bytes());
        let passed = play.gateway.sent.iter().any(|s| matches!(s.event, Event::Cancellation(_)));
        let last = play.gateway.sent.iter().rev().find_map(|s| match &s.event {
            Event::Status(a) if a.cancellation => a.statuses[0].reasons.first().map(|r| r.code.clone()),
            _ => None,
        });
        (passed, last.unwrap_or_default())
    };
    let refused = (false, "REFE".to_owned());
    assert_eq!(asked(&|text| text.replace("RECE", "DELI")), refused);
    assert_eq!(asked(&|text| text.replace("<Pmt>APMT", "<Pmt>FREE")), refused);
    assert_eq!(asked(&|text| text.replace("<Unit>1000", "<Unit>777")), refused);
    assert_eq!(asked(&|text| text.replace("DE0007164600", "FI0009812341")), refused);
    assert_eq!(asked(&|text| text.replace("<Unit>1000", "<Unit>1000.0")), (true, String::new()));
}

#[test]
fn a_second_cancellation_waits_for_the_same_answer() {
    let (first, second) = ("telexmanager withdraws I1 by X1", "telexmanager withdraws I1 by X2");
    let steps = ["telexmanager instructs I1", first, second, "power is cut"];
    let ended = |answer: &str| {
        let gateway = played(&[&steps[..], &[answer]].concat());
        let asked = gateway.sent.iter().filter(|s| matches!(s.event, Event::Cancellation(_)));
        let asked: std::collections::BTreeSet<_> = asked.map(|s| s.event.reference().cloned()).collect();
        assert_eq!(asked.len(), 1, "the depository is asked once");
        let mut told = told(&gateway);
        told.retain(|(_, cancellation, _)| *cancellation);
        // What may have been lost with the power goes out again.
        told.dedup();
        told
    };
    let both = |kind: StatusKind| {
        let pending = about("X2", true, StatusKind::PendingCancellation);
        vec![pending, about("X1", true, kind.clone()), about("X2", true, kind)]
    };
    let (denied, cancelled) = (StatusKind::CancellationDenied, StatusKind::Cancelled);
    assert_eq!(ended("custodian says denied DSET to the cancellation"), both(denied.clone()));
    assert_eq!(ended("custodian says cancelled to the cancellation"), both(cancelled));
    assert_eq!(ended("custodian settles 1000"), both(denied));
}

#[test]
fn an_instruction_of_nothing_or_for_nothing_is_rejected() {
    let answered = |link: &str, change: &dyn Fn(&str) -> String| {
        let mut play = Play::new(Gateway::open());
        play.step("configuration takes the custodian's seat for isocustodian");
        let event = instruction("I1", &["account", "FUND2"]);
        let text = String::from_utf8(market::write(link, &event, 1, play.gateway.now)).expect("text");
        let changed = change(&text);
        assert_ne!(changed, text);
        play.bytes(link, changed.clone().into_bytes());
        assert_eq!(play.gateway.kernel.book().trades().count(), 0, "{changed}");
        let answer = play.gateway.sent.iter().find_map(|s| match &s.event {
            Event::Status(a) => Some(a.statuses[0].reasons[0].clone()),
            _ => None,
        });
        let reason = answer.expect("an answer");
        (reason.code, reason.text.unwrap_or_default())
    };
    let code = |link: &str, from: &str, to: &str| answered(link, &|text| text.replace(from, to)).0;
    assert_eq!(code("isocustodian", "<Unit>1000<", "<Unit>0<"), "DQUA");
    assert_eq!(code("isocustodian", "100000", "0.00"), "DMON");
    assert_eq!(code("isocustodian", "<Pmt>APMT", "<Pmt>FREE"), "DMON");
    assert_eq!(code("telexmanager", "UNIT/1000,", "UNIT/0,"), "DQUA");
    assert_eq!(code("telexmanager", "EUR100000,", "EUR0,"), "DMON");
    let (code, text) = answered("isocustodian", &|text| text.replace("<Unit>1000<", "<Unit>-5<"));
    assert_eq!(code, "OTHR");
    assert!(text.contains("-5") && text.contains("negative"), "{text}");
}

#[test]
fn the_client_hears_that_it_settled_also_where_the_depository_repeats_no_party() {
    let mut play = Play::new(Gateway::open());
    play.step("configuration takes the custodian's seat");
    play.step("telexmanager instructs I1 account FUND2");
    let Event::Settlement(mut settled) = play.settled(1000, &[], false) else { panic!("a settlement") };
    (settled.delivering, settled.receiving) = Default::default();
    play.message("isocustodian", &Event::Settlement(settled));
    let heard = play.gateway.sent.iter().find_map(|s| match &s.event {
        Event::Settlement(c) if s.link == "telexmanager" => Some(c.delivering.agent.clone()),
        _ => None,
    });
    assert_eq!(heard.expect("the client hears it"), built("I1", &[]).delivering.agent);
}

#[test]
fn a_client_by_iso_20022_hears_of_a_cancellation_which_instruction_it_was_about() {
    let mut play = Play::new(Gateway::open());
    for step in [
        "configuration takes the custodian's seat for isocustodian",
        "isocustodian instructs I1 account FUND2",
        "isocustodian withdraws I1 by X1 account FUND2",
        "custodian says cancelled to the cancellation",
        "custodian says cancelled to the cancellation",
    ] {
        play.step(step);
    }
    let answers: Vec<StatusAdvice> = play
        .gateway
        .sent
        .iter()
        .filter(|s| s.link == "isocustodian")
        .filter_map(|s| match &s.event {
            Event::Status(advice) if advice.cancellation => Some((**advice).clone()),
            _ => None,
        })
        .collect();
    let [answer] = &answers[..] else { panic!("{} answers", answers.len()) };
    assert_eq!(answer.statuses[0].kind, StatusKind::Cancelled);
    assert_eq!(answer.linkages[0].reference, reference("I1"));
}

#[test]
fn what_our_desk_instructs_anew_the_client_hears_nothing_of() {
    let gateway = played(&[
        "telexmanager instructs I1",
        "custodian settles 400 part",
        "desk rebooks 1",
        "custodian says cancelled to the cancellation",
        "custodian settles 600",
    ]);
    assert_eq!(told(&gateway), [about("I1", false, StatusKind::Acknowledged)]);
    let quantities: Vec<_> = gateway
        .sent
        .iter()
        .filter_map(|s| match &s.event {
            Event::Instruction(i) => Some(i.quantity),
            Event::Settlement(c) => Some(c.settled),
            _ => None,
        })
        .collect();
    assert_eq!(quantities, [units(1000), units(400), units(600), units(600)], "the rest, and no more");
}

#[test]
fn what_is_configured_wrongly_is_said() {
    let problem = |change: &dyn Fn(&mut Profile)| {
        let mut profile = market::profile();
        take_the_seat(&mut profile);
        change(&mut profile);
        profile.check().expect_err("it cannot be").to_string()
    };
    assert!(problem(&|p| p.clients.clear()).contains("needs [[profile.clients]]"));
    assert!(problem(&|p| p.clients[0].link = "manager".to_owned()).contains("speaks no MT or MX"));
    assert!(problem(&|p| p.clients[0].link = "custodian".to_owned()).contains("of a depository"));
    assert!(problem(&|p| p.clients[0].accounts = vec!["X".parse().expect("one")]).contains("account X"));
    assert!(problem(&|p| p.clients[1].bic = "FINMDEFF".parse().expect("a BIC")).contains("has our own BIC"));
    assert!(problem(&|p| p.seat = Seat::BuySide).contains("needs seat = \"custodian\""));
}
