//! Answers, marks and references that the tables of states do not show.

use finality_kernel::exceptions::reason::ReasonCode;
use finality_kernel::fact::Fact;
use finality_parsers::model::{
    AffirmationStatus, AllocationStatus, Event, Movement, SettlementInstruction, Side,
};
use rust_decimal::Decimal;

use crate::desk::gateway::{Gateway, Sent};
use crate::desk::market::amount;
use crate::desk::words::Play;

fn play(steps: &[&str]) -> Play {
    let mut play = Play::new(Gateway::open());
    for step in steps {
        play.step(step);
    }
    play
}

fn sent<'a>(play: &'a Play, link: &'a str) -> impl Iterator<Item = &'a Sent> {
    play.gateway.sent.iter().filter(move |s| s.link == link)
}

fn instructions(play: &Play) -> Vec<SettlementInstruction> {
    let instruction = |s: &Sent| match &s.event {
        Event::Instruction(i) => Some((**i).clone()),
        _ => None,
    };
    play.gateway.sent.iter().filter_map(instruction).collect()
}

fn affirmations(play: &Play) -> Vec<AffirmationStatus> {
    let status = |s: &Sent| match &s.event {
        Event::ConfirmationAcknowledgement(a) => Some(a.status),
        _ => None,
    };
    play.gateway.sent.iter().filter_map(status).collect()
}

fn acknowledgements(play: &Play) -> Vec<(AllocationStatus, usize)> {
    let status = |s: &Sent| match &s.event {
        Event::AllocationAcknowledgement(a) => Some((a.status.clone(), a.rejects.len())),
        _ => None,
    };
    play.gateway.sent.iter().filter_map(status).collect()
}

#[test]
fn the_instruction_says_what_both_sides_agreed() {
    for (custodian, account, side) in
        [("custodian", "FUND1", Side::Buy), ("isocustodian", "FUND2", Side::Sell)]
    {
        let sell = if side == Side::Sell { "sell " } else { "" };
        let allocates = format!("manager allocates B1 {sell}account {account}");
        let confirms = format!("broker confirms C1 of B1 {sell}account {account}");
        let play = play(&[&allocates, &confirms]);
        let [instruction] = instructions(&play).try_into().expect("one instruction");
        let (movement, net) = match side {
            Side::Buy => (Movement::Receive, Decimal::new(10_005_000, 2)),
            Side::Sell => (Movement::Deliver, Decimal::new(9_995_000, 2)),
        };
        assert_eq!(instruction.movement, movement);
        assert_eq!(instruction.amount, Some(amount(net)));
        assert_eq!(instruction.quantity.value(), Decimal::from(1000));
        assert_eq!(instruction.settlement_date.to_string(), "2026-11-26");
        let chain = instruction.counterparty_chain();
        let agent = chain.agent.as_ref().and_then(|a| a.as_bic()).map(|b| b.to_string());
        assert_eq!(agent.as_deref(), Some("BRFXDEFFXXX"));
        assert_eq!(sent(&play, custodian).count(), 1);
    }
}

#[test]
fn amounts_within_the_tolerance_agree_and_the_brokers_goes_out() {
    let play = play(&["manager allocates B1", "broker confirms C1 of B1 price 100.001"]);
    let [instruction] = instructions(&play).try_into().expect("one instruction");
    assert_eq!(instruction.amount, Some(amount(Decimal::new(10_005_100, 2))), "1.00 more than the manager's");
}

#[test]
fn every_confirmation_is_answered_and_a_repetition_is_answered_again() {
    use AffirmationStatus::{Affirmed, Received, Rejected};
    let early = play(&["broker confirms C1 of B1", "the same again", "manager allocates B1"]);
    assert_eq!(affirmations(&early), [Received, Received, Affirmed]);
    let wrong = play(&["manager allocates B1", "broker confirms C1 of B1 price 101.00", "the same again"]);
    assert_eq!(affirmations(&wrong), [Rejected, Rejected]);
    let right = play(&["manager allocates B1", "broker confirms C1 of B1", "the same again"]);
    assert_eq!(affirmations(&right), [Affirmed, Affirmed]);
    assert_eq!(instructions(&right).len(), 1, "nothing is done twice");
}

#[test]
fn every_allocation_is_answered_and_a_repetition_gets_the_same_answer() {
    use AllocationStatus::{Accepted, AccountRejected, BlockRejected};
    let taken = play(&["manager allocates B1", "the same again"]);
    assert_eq!(acknowledgements(&taken), [(Accepted, 0), (Accepted, 0)]);
    let unknown = play(&["manager allocates B1 account FUND9", "the same again"]);
    assert_eq!(acknowledgements(&unknown), [(AccountRejected, 1), (AccountRejected, 1)]);
    assert_eq!(unknown.gateway.open_reasons(), [ReasonCode::UnknownAccount], "raised once");
    let irregular = play(&["manager allocates B1 block 1100", "the same again"]);
    assert_eq!(acknowledgements(&irregular), [(BlockRejected, 0), (BlockRejected, 0)]);
    let reused = play(&["manager allocates B1", "manager allocates B1 quantity 900"]);
    assert_eq!(acknowledgements(&reused), [(Accepted, 0), (BlockRejected, 0)]);
    assert_eq!(reused.gateway.kept.iter().filter(|(_, understood)| !understood).count(), 1);
    let trade = reused.gateway.kernel.book().trade(1).expect("the first");
    assert_eq!(trade.terms().map(|t| t.quantity.value()), Some(Decimal::from(1000)), "not applied");
}

#[test]
fn what_has_no_answer_goes_out_again_marked_and_only_so_often() {
    for (custodian, account, mark) in
        [("custodian", "FUND1", "{PDE:}"), ("isocustodian", "FUND2", "<PssblDplct>true</PssblDplct>")]
    {
        let allocates = format!("manager allocates B1 account {account}");
        let confirms = format!("broker confirms C1 of B1 account {account}");
        let play = play(&[&allocates, &confirms, "300 minutes pass"]);
        let marks: Vec<bool> = sent(&play, custodian)
            .map(|s| String::from_utf8_lossy(&s.bytes).contains(mark) && s.possible_resend)
            .collect();
        assert_eq!(marks, [false, true, true, true], "{custodian}: once, and resend_max times again");
        assert_eq!(play.gateway.instructed().len(), 1, "always under the same reference");
        assert_eq!(play.gateway.open_reasons(), [ReasonCode::NoAcknowledgement]);
    }
}

#[test]
fn a_line_that_comes_up_gets_what_was_not_answered_and_nothing_else() {
    let waiting = play(&[
        "manager allocates B1",
        "broker confirms C1 of B1",
        "line custodian down",
        "line custodian up",
        "network takes",
        "line custodian down",
        "line custodian up",
    ]);
    let marks: Vec<bool> = sent(&waiting, "custodian").map(|s| s.possible_resend).collect();
    assert_eq!(marks, [false, true]);
}

/// Found by this test: the instruction stayed in the outbox for ever when its cancellation was answered first, and went
/// out again to a custodian that had cancelled it.
#[test]
fn an_instruction_that_is_cancelled_unanswered_does_not_go_out_again() {
    let cancelled = play(&[
        "manager allocates B1",
        "broker confirms C1 of B1",
        "desk cancels 1",
        "custodian says cancelled to the cancellation",
    ]);
    let before = sent(&cancelled, "custodian").count();
    let mut cancelled = cancelled;
    for step in ["line custodian down", "line custodian up", "power is cut"] {
        cancelled.step(step);
    }
    assert_eq!(sent(&cancelled, "custodian").count(), before);
}

#[test]
fn a_second_instruction_has_its_own_reference() {
    let play = play(&[
        "manager allocates B1",
        "broker confirms C1 of B1",
        "network refuses T26",
        "desk reinstructs 1",
        "desk reinstructs 1",
    ]);
    let references: Vec<String> = instructions(&play).iter().map(|i| i.id.to_string()).collect();
    assert_eq!(references, ["FI000000001N1", "FI000000001N2"]);
}

#[test]
fn a_cancellation_names_what_it_cancels_and_goes_out_once() {
    let play =
        play(&["manager allocates B1", "broker confirms C1 of B1", "desk cancels 1", "desk cancels 1"]);
    let cancelled: Vec<(String, String)> = play
        .gateway
        .sent
        .iter()
        .filter_map(|s| match &s.event {
            Event::Cancellation(c) => Some((c.id.to_string(), c.cancels.to_string())),
            _ => None,
        })
        .collect();
    assert_eq!(cancelled, [("FI000000001C1".to_owned(), "FI000000001N1".to_owned())]);
}

#[test]
fn every_message_is_kept_before_its_sender_is_told_and_each_is_told_once() {
    let play = play(&["manager allocates B1", "broker confirms C1 of B1", "garbage on manager"]);
    let kept: Vec<(&str, bool)> = play.gateway.kept.iter().map(|(l, u)| (l.as_str(), *u)).collect();
    assert_eq!(kept, [("manager", true), ("broker", true), ("manager", false)]);
}

#[test]
fn the_journal_says_why_each_trade_moved() {
    let play = play(&["manager allocates B1", "broker confirms C1 of B1 price 101.00"]);
    let named = play.gateway.records().into_iter().flat_map(|r| r.facts).find_map(|f| match f {
        Fact::Compared { differences, .. } if !differences.is_empty() => Some(differences),
        _ => None,
    });
    let text: Vec<String> = named.expect("they differ").iter().map(ToString::to_string).collect();
    assert_eq!(text.len(), 2, "{text:?}: price and net money");
    assert!(text[0].starts_with("Price: allocation 100 Actual, confirmation 101 Actual"), "{text:?}");
}

#[test]
fn a_line_that_stays_down_is_escalated_and_not_raised_twice() {
    use finality_parsers::desk::Urgency;
    let play = play(&["line custodian down", "60 minutes pass"]);
    let open = play.gateway.kernel.book().exceptions_by_priority();
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].exception.reason, open[0].exception.urgency),
        (ReasonCode::LinkDown, Urgency::Critical)
    );
}

#[test]
fn what_is_wanted_of_a_session_is_kept_with_who_and_why() {
    use finality_kernel::fact::Trace;
    use finality_parsers::desk::{Command, Order};
    use finality_parsers::machine::LinkOrder;

    use crate::desk::gateway::Stimulus;

    let mut gateway = Gateway::open();
    let wanted = LinkOrder::SetNumbers { next_in: Some(4), next_out: Some(9) };
    for link in ["manager", "custodian", "nobody"] {
        let command = Command::Session { link: link.to_owned(), order: wanted, why: "by phone".to_owned() };
        gateway.feed(&Stimulus::Order(Order { by: "mira".to_owned(), command }));
    }
    let records = gateway.records();
    let of_orders: Vec<_> = records.iter().filter(|r| matches!(r.trace, Trace::Order(_))).collect();
    let [of_a_session, of_a_folder, of_nothing] = &of_orders[..] else { panic!("{of_orders:?}") };
    let expected =
        Fact::SessionOrdered { link: "manager".to_owned(), order: wanted, why: "by phone".to_owned() };
    assert_eq!(of_a_session.facts, [expected]);
    for refused in [of_a_folder, of_nothing] {
        let [Fact::Noted { what, .. }] = &refused.facts[..] else { panic!("{refused:?}") };
        assert!(
            what.starts_with("mira wanted to set the next number in to 4 and out to 9 on ")
                && what.contains(", but there is no session"),
            "{what}"
        );
    }
    assert!(matches!(&of_a_session.trace, Trace::Order(order) if order.by == "mira"));
}

#[test]
fn a_link_that_came_to_be_is_there_after_a_restart_and_nobody_waits_for_it() {
    use finality_kernel::gateway::{Input, Kernel};
    use finality_kernel::profile::{LinkProfile, Speech};
    use finality_parsers::machine::Machine as _;

    let mut gateway = Gateway::open();
    let profile = LinkProfile {
        name: "walk-in".to_owned(),
        speech: Speech::Fix44,
        our_id: "FINALITY".to_owned(),
        their_id: "WALKIN".to_owned(),
        versions: Vec::new(),
    };
    let mut entries = Vec::new();
    for input in [Input::LinkAdded(&profile), Input::LinkAdded(&profile), Input::LinkDown("walk-in")] {
        gateway.kernel.handle(gateway.now, input);
        while let Some(effect) = gateway.kernel.poll() {
            if let finality_kernel::gateway::Effect::Append(entry) = effect {
                entries.push(entry);
            }
        }
    }
    assert_eq!(entries.len(), 1, "once, and it was never up");
    gateway.journal.extend(entries);
    let again = Kernel::boot(gateway.now, gateway.profile.clone(), gateway.records());
    assert_eq!(again.book().link("walk-in"), Some(&profile));
    assert_eq!(again.book().added_links().collect::<Vec<_>>(), [("walk-in", gateway.now)]);
    let soon = gateway.now + std::time::Duration::from_secs(3_600);
    let mut again = again;
    again.handle(soon, Input::Tick);
    let about = |link: Option<&str>| link == Some("walk-in");
    assert!(!again.book().exceptions_by_priority().iter().any(|e| about(e.exception.link.as_deref())));

    // It makes room for others, and a restart knows that it did; one that is up never does.
    let mut entries = Vec::new();
    for input in [
        Input::LinkReady("walk-in"),
        Input::LinkForgotten("walk-in"),
        Input::LinkDown("walk-in"),
        Input::LinkForgotten("walk-in"),
        Input::LinkForgotten("manager"),
    ] {
        again.handle(soon, input);
        while let Some(effect) = again.poll() {
            if let finality_kernel::gateway::Effect::Append(entry) = effect {
                entries.push(entry);
            }
        }
    }
    assert_eq!(entries.len(), 4, "the deadline of before, up, down, forgotten");
    gateway.journal.extend(entries);
    let restarted = Kernel::boot(soon, gateway.profile.clone(), gateway.records());
    for kernel in [&again, &restarted] {
        assert_eq!(kernel.book().link("walk-in"), None);
        assert_eq!(kernel.book().added_links().count(), 0);
        assert!(kernel.book().link("manager").is_some(), "what is in the reference data stays");
    }
}

#[test]
fn what_is_not_followed_is_noted_and_never_dropped() {
    use crate::desk::gateway::Stimulus;

    let told: [(&[u8], &str); 4] = [
        (include_bytes!("../../../../samples/mt/mt509-full.fin"), "trade status S509FUL038"),
        (include_bytes!("../../../../samples/mt/mt518-minimal.fin"), "confirmation S518MIN050"),
        (include_bytes!("../../../../samples/mt/mt530-release.fin"), "processing change LFC-0519-03"),
        (include_bytes!("../../../../samples/mt/mt549-minimal.fin"), "status request S549MIN028"),
    ];
    let mut gateway = Gateway::open();
    for (raw, _) in told {
        // The samples are addressed to others.
        let other = finality_kernel::intake::decode(raw).addressee.expect("somebody");
        let text = String::from_utf8(raw.to_vec()).expect("text").replace(other.institution(), "FINMDEFF");
        gateway.feed(&Stimulus::Received { link: "custodian".to_owned(), raw: text.into_bytes() });
    }
    let records = gateway.records();
    let facts: Vec<&Fact> = records.iter().flat_map(|r| &r.facts).collect();
    for (_, what) in told {
        let expected = Fact::Noted { trade: None, what: format!("{what} was told by custodian") };
        assert!(facts.contains(&&expected), "{what} is not among {facts:#?}");
    }
}
