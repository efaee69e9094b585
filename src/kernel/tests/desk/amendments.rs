//! The custodian's seat: a client changes the terms of what he has instructed.

use finality_parsers::model::{
    Event, InstructionUpdate, ModificationRequest, Moment, Movement, Payment, StatedAccount, StatusKind,
    UpdateKind,
};
use rust_decimal::Decimal;

use crate::desk::gateway::Gateway;
use crate::desk::market::{self, reference, units};
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::{Play, after};

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "the custodian's seat: a client changes what is out, and it goes out as he wants it",
        "configuration takes the custodian's seat for isocustodian      | |
         isocustodian instructs I1 account FUND2                        | instructed |
         custodian says matched                                         | matched at CSD |
         isocustodian amends I1 quantity 900 money 90000 account FUND2  | cancel requested |
         the same again                                                 | cancel requested |
         power is cut                                                   | cancel requested |
         isocustodian amends I1 quantity 800 account FUND2              | cancel requested |
         custodian says cancelled to the cancellation                   | instructed |
         custodian says matched                                         | matched at CSD |
         custodian settles 900                                          | settled |
         isocustodian amends I1 quantity 700 account FUND2              | settled |",
    ),
    scenario(
        "the custodian's seat: the depository does not cancel what a client wants changed",
        "configuration takes the custodian's seat for isocustodian      | |
         isocustodian instructs I1 account FUND2                        | instructed |
         isocustodian amends I1 settles 2026-11-27 account FUND2        | cancel requested |
         custodian says denied DSET to the cancellation                 | acknowledged | out_of_place
         custodian settles 1000                                         | settled | out_of_place",
    ),
    scenario(
        "the custodian's seat: it settles, wholly or in part, before a change is done",
        "configuration takes the custodian's seat for isocustodian      | |
         isocustodian instructs I1 account FUND2                        | instructed |
         isocustodian amends I1 quantity 900 account FUND2              | cancel requested |
         custodian settles 1000                                         | settled |
         isocustodian instructs I2 account FUND2                        | settled, instructed |
         isocustodian amends I2 quantity 900 account FUND2              | settled, cancel requested |
         custodian settles 400 part                                     | settled, cancel requested |
         custodian says cancelled to the cancellation                   | settled, instructed |
         custodian settles 600                                          | settled, settled |",
    ),
    scenario(
        "the custodian's seat: what is to be changed is rejected, and goes out once it is changed again",
        "configuration takes the custodian's seat for isocustodian      | |
         isocustodian instructs I1 account FUND2                        | instructed |
         isocustodian amends I1 quantity 900 account FUND2              | cancel requested |
         custodian says rejected SAFE                                   | rejected | instruction_rejected
         custodian says rejected REFE to the cancellation               | rejected | instruction_rejected
         isocustodian amends I1 quantity 800 account FUND2              | instructed |
         custodian settles 800                                          | settled |",
    ),
    scenario(
        "the custodian's seat: what was rejected goes out once it is changed",
        "configuration takes the custodian's seat for isocustodian      | |
         isocustodian instructs I1 account FUND2                        | instructed |
         custodian says rejected DDAT                                   | rejected | instruction_rejected
         isocustodian amends I1 settles 2026-11-27 account FUND2        | instructed |
         custodian settles 1000                                         | settled |",
    ),
    scenario(
        "the custodian's seat: a client cancels what he wanted changed",
        "configuration takes the custodian's seat for isocustodian      | |
         isocustodian instructs I1 account FUND2                        | instructed |
         isocustodian amends I1 settles 2026-11-27 account FUND2        | cancel requested |
         isocustodian withdraws I1 by X1 account FUND2                  | cancel requested |
         custodian says cancelled to the cancellation                   | cancelled |",
    ),
    scenario(
        "the custodian's seat: the network refuses the cancellation that a change needs",
        "configuration takes the custodian's seat for isocustodian      | |
         isocustodian instructs I1 account FUND2                        | instructed |
         network takes                                                  | delivered |
         isocustodian amends I1 settles 2026-11-27 account FUND2        | cancel requested |
         network refuses T26                                            | delivered | request_refused
         custodian settles 1000                                         | settled |",
    ),
];

/// A request of a client's. What it is called says the header of its message.
pub(crate) fn request(id: &str, words: &[&str]) -> Event {
    let day = after(words, "settles").map(|day| Moment::Day(day.parse().expect("a date")));
    let money = after(words, "money").map(|n| market::amount(n.parse::<Decimal>().expect("money")));
    let mut update = update();
    update.quantity = after(words, "quantity").map(|n| units(n.parse().expect("a number")));
    (update.settlement_date, update.amount) = (day, money);
    update.narrative = after(words, "says").map(str::to_owned);
    update.transaction_type = after(words, "type").map(str::to_owned);
    let account = after(words, "account").unwrap_or("FUND1").parse().expect("an account");
    let movement = if words.contains(&"sell") { Movement::Deliver } else { Movement::Receive };
    Event::Modification(Box::new(ModificationRequest {
        id: reference("UNUSED"),
        prepared: None,
        modifies: reference(id),
        movement,
        payment: Payment::Against,
        servicer_reference: None,
        market_reference: None,
        processor_reference: None,
        other_reference: None,
        account_owner: None,
        account: Some(StatedAccount { id: account, kind: None, wallet: false, name: None, address: None }),
        transaction: None,
        updates: vec![update],
    }))
}

fn update() -> InstructionUpdate {
    serde_json::from_value(serde_json::json!({ "kind": UpdateKind::Change })).expect("an update of nothing")
}

fn played(steps: &[&str]) -> Gateway {
    let mut play = Play::new(Gateway::open());
    play.step("configuration takes the custodian's seat for isocustodian");
    steps.iter().for_each(|step| play.step(step));
    play.gateway
}

/// What the client heard of his requests: what, the code of the reason, and the words.
fn heard(gateway: &Gateway) -> Vec<(StatusKind, String, String)> {
    let advices = gateway.sent.iter().filter_map(|s| match &s.event {
        Event::Status(advice) if advice.amendment && !s.possible_resend => Some(advice),
        _ => None,
    });
    let flat = advices.map(|advice| {
        let status = &advice.statuses[0];
        let reason = status.reasons.first();
        let (code, text) = reason.map_or((String::new(), None), |r| (r.code.clone(), r.text.clone()));
        (status.kind.clone(), code, text.unwrap_or_default())
    });
    flat.collect()
}

fn kinds(gateway: &Gateway) -> Vec<StatusKind> {
    heard(gateway).into_iter().map(|(kind, ..)| kind).collect()
}

#[test]
fn what_a_client_changes_goes_out_as_he_wants_it_and_the_rest_as_it_was() {
    let gateway = played(&[
        "isocustodian instructs I1 account FUND2",
        "isocustodian amends I1 quantity 900 money 90000 settles 2026-11-27 says LATER account FUND2",
        "custodian says cancelled to the cancellation",
    ]);
    let instructed: Vec<_> = gateway
        .sent
        .iter()
        .filter_map(|s| match &s.event {
            Event::Instruction(i) => Some((**i).clone()),
            _ => None,
        })
        .collect();
    let [first, second] = &instructed[..] else { panic!("{} instructions", instructed.len()) };
    assert_eq!((first.quantity, second.quantity), (units(1000), units(900)));
    assert_eq!(second.amount, Some(market::amount(Decimal::from(90_000))));
    assert_eq!(second.settlement_date.to_string(), "2026-11-27");
    assert_eq!(second.narrative.as_deref(), Some("LATER"));
    assert_eq!((&second.account, &second.delivering.agent), (&first.account, &first.delivering.agent));
    assert_eq!(kinds(&gateway), [StatusKind::Acknowledged, StatusKind::ChangeCompleted]);
}

#[test]
fn what_is_not_done_is_said_with_its_reason_and_nothing_is_cancelled() {
    let check = |before: &[&str], amends: &str, kind: StatusKind, code: &str| {
        let steps = [&["isocustodian instructs I1 account FUND2"], before, &[amends]].concat();
        let gateway = played(&steps);
        let last = heard(&gateway).pop().expect("an answer");
        assert_eq!((last.0, last.1.as_str()), (kind, code), "{amends}: {}", last.2);
        assert!(!gateway.sent.iter().any(|s| matches!(s.event, Event::Cancellation(_))), "{amends}");
    };
    let (rejected, denied) = (StatusKind::Rejected, StatusKind::ChangeDenied);
    check(&[], "isocustodian amends I9 quantity 900 account FUND2", rejected.clone(), "REFE");
    check(&[], "isocustodian amends I1 quantity 900 account FUND2 sell", rejected.clone(), "REFE");
    check(&[], "isocustodian amends I1 quantity 900 account FUND1", rejected.clone(), "SAFE");
    check(&[], "isocustodian amends I1 settles 2026-11-20 account FUND2", rejected.clone(), "DDAT");
    check(&[], "isocustodian amends I1 type SECL account FUND2", rejected, "OTHR");
    check(
        &["custodian settles 1000"],
        "isocustodian amends I1 quantity 900 account FUND2",
        denied.clone(),
        "DSET",
    );
    check(
        &["custodian settles 400 part"],
        "isocustodian amends I1 quantity 900 account FUND2",
        denied.clone(),
        "DSET",
    );
    check(&["custodian says cancelled"], "isocustodian amends I1 quantity 900 account FUND2", denied, "DCAN");
}

#[test]
fn a_change_that_comes_too_late_is_denied_and_what_was_instructed_stands() {
    let change =
        ["isocustodian instructs I1 account FUND2", "isocustodian amends I1 quantity 900 account FUND2"];
    let ended = |more: &[&str]| heard(&played(&[&change, more].concat())).pop().expect("an answer");
    let late = ended(&["custodian settles 1000"]);
    assert_eq!((late.0, late.1.as_str()), (StatusKind::ChangeDenied, "DSET"));
    let refused = ended(&["custodian says denied DSET to the cancellation"]);
    assert_eq!((refused.0, refused.1.as_str()), (StatusKind::ChangeDenied, "DSET"));
    let parts = ended(&["custodian settles 400 part", "custodian says cancelled to the cancellation"]);
    assert_eq!((parts.0, parts.1.as_str()), (StatusKind::ChangeDenied, "DSET"));
    let given_up = ended(&[
        "isocustodian withdraws I1 by X1 account FUND2",
        "custodian says cancelled to the cancellation",
    ]);
    assert_eq!((given_up.0, given_up.1.as_str()), (StatusKind::ChangeDenied, "DCAN"));
}

#[test]
fn what_would_change_nothing_is_rejected_and_a_repetition_is_answered_by_how_far_it_is() {
    let same = played(&[
        "isocustodian instructs I1 account FUND2",
        "isocustodian amends I1 quantity 1000 account FUND2",
        "isocustodian amends I1 account FUND2",
    ]);
    let heard = heard(&same);
    assert_eq!(kinds(&same), [StatusKind::Rejected, StatusKind::Rejected]);
    assert!(heard[0].2.contains("nothing of I1 would change"), "{}", heard[0].2);
    let again = played(&[
        "isocustodian instructs I1 account FUND2",
        "isocustodian amends I1 quantity 900 account FUND2",
        "the same again",
    ]);
    assert_eq!(kinds(&again), [StatusKind::Acknowledged, StatusKind::Acknowledged]);
}

#[test]
fn a_change_of_what_was_rejected_meanwhile_is_denied_for_that_reason() {
    let gateway = played(&[
        "isocustodian instructs I1 account FUND2",
        "isocustodian amends I1 quantity 900 account FUND2",
        "custodian says rejected SAFE",
        "custodian says rejected REFE to the cancellation",
    ]);
    let heard = heard(&gateway);
    assert_eq!(heard.len(), 2, "one answer, and before that that it was taken");
    // By a code that the answer does not know it is said in words.
    assert_eq!((heard[1].0.clone(), heard[1].1.as_str()), (StatusKind::ChangeDenied, "OTHR"));
    assert!(heard[1].2.contains("SAFE"), "{}", heard[1].2);
}

/// A request as it stands on the wire, changed by hand.
fn written(words: &[&str], change: &dyn Fn(&str) -> String) -> Gateway {
    let mut play = Play::new(Gateway::open());
    play.step("configuration takes the custodian's seat for isocustodian");
    play.step("isocustodian instructs I1 account FUND2");
    let raw = market::write("isocustodian", &request("I1", words), 2, play.gateway.now);
    let text = String::from_utf8(raw).expect("text");
    let changed = change(&text);
    assert_ne!(changed, text);
    play.bytes("isocustodian", changed.into_bytes());
    play.gateway
}

#[test]
fn what_cannot_be_changed_is_named_and_what_breaks_the_tables_is_rejected() {
    let refused = |words: &[&str], change: &dyn Fn(&str) -> String, code: &str, says: &str| {
        let gateway = written(&[words, &["account", "FUND2"]].concat(), change);
        let heard = heard(&gateway);
        let [(kind, found, text)] = &heard[..] else { panic!("{says}: {} answers", heard.len()) };
        assert_eq!((kind, found.as_str()), (&StatusKind::Rejected, code), "{text}");
        assert!(text.contains(says), "{text}");
        assert!(!gateway.sent.iter().any(|s| matches!(s.event, Event::Cancellation(_))), "{says}");
        assert_eq!(gateway.standing()[0].1.label(), "instructed", "{says}");
    };
    let quantity = "<QtyAndAcctDtls>";
    let put = |before: &'static str, what: &'static str| {
        move |text: &str| text.replacen(before, &format!("{what}{before}"), 1)
    };
    let hold = put("</Mod>", "<SttlmParams><HldInd><Ind>true</Ind></HldInd></SttlmParams>");
    refused(&["quantity", "900"], &hold, "OTHR", "SttlmParams/HldInd");
    refused(&["quantity", "900"], &put("</Mod>", "<Foo>1</Foo>"), "OTHR", "Foo");
    refused(&["quantity", "900"], &put(quantity, "<Foo>1</Foo>"), "OTHR", "Foo");
    let parties = |side: &str, bic: &str| {
        format!(
            "<{side}><Dpstry><Id><AnyBIC>CSDXDEFFXXX</AnyBIC></Id></Dpstry><Pty1><Id><AnyBIC>{bic}</AnyBIC></Id></Pty1></{side}></Mod>"
        )
    };
    let side = |side: &'static str, bic: &'static str| {
        move |text: &str| text.replacen("</Mod>", &parties(side, bic), 1)
    };
    refused(&["quantity", "900"], &side("DlvrgSttlmPties", "NOTABIC"), "OTHR", "NOTABIC");
    refused(&["quantity", "900"], &side("RcvgSttlmPties", "OTHRDEFFXXX"), "OTHR", "own side");
    refused(&["quantity", "900"], &|text| text.replace("<Unit>900<", "<Unit>0<"), "DQUA", "0");
    refused(&["money", "90000"], &|text| text.replace("90000", "0.00"), "DMON", "0");
    let twice = |text: &str| {
        let start = text.find("<UpdTp>").expect("an update");
        let end = text.find("</UpdTp>").expect("its end") + "</UpdTp>".len();
        let other = text[start..end].replace("900", "800");
        format!("{}{other}{}", &text[..end], &text[end..])
    };
    refused(&["quantity", "900"], &twice, "OTHR", "contradicts itself");
    let other = written(&["quantity", "900", "account", "FUND2"], &side("DlvrgSttlmPties", "OTHRDEFFXXX"));
    assert_eq!(kinds(&other), [StatusKind::Acknowledged], "the other side's parties may be changed");
}

#[test]
fn what_cannot_be_read_is_rejected_by_its_reference() {
    let cut = |text: &str| text[..text.find("</Unit>").expect("a quantity")].to_owned();
    for change in
        [&cut as &dyn Fn(&str) -> String, &|text| text.replace("<Unit>900<", "<Unit>abc<"), &|text| {
            text.replace("<Unit>900<", "<Unit>-5<")
        }]
    {
        let gateway = written(&["quantity", "900", "account", "FUND2"], change);
        let advices = gateway.sent.iter().filter_map(|s| match &s.event {
            Event::Status(advice) if advice.amendment => Some((**advice).clone()),
            _ => None,
        });
        let advices: Vec<_> = advices.collect();
        let [advice] = &advices[..] else { panic!("{} answers", advices.len()) };
        assert_eq!(
            (advice.instruction.as_str(), &advice.statuses[0].kind),
            ("PEER00000002", &StatusKind::Rejected)
        );
        assert_eq!(advice.linkages[0].reference, reference("I1"));
        let text = advice.statuses[0].reasons[0].text.clone().unwrap_or_default();
        assert!(text.contains("cannot be read"), "{text}");
        assert_eq!(gateway.standing()[0].1.label(), "instructed");
    }
}
