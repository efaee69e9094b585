//! Roles and four eyes, at a desk with a viewer, two operators, an approver and an admin.

use finality_kernel::access::{Role, User};
use finality_kernel::fact::Fact;
use finality_kernel::lifecycle::state::State;
use finality_parsers::desk::{Command, Decision, Notice};
use finality_parsers::machine::LinkOrder;

use crate::desk::gateway::Gateway;
use crate::desk::market;
use crate::desk::words::Play;

fn users() -> Vec<User> {
    let user = |name: &str, role| User { name: name.to_owned(), roles: vec![role], team: None };
    vec![
        user("vera", Role::Viewer),
        user("otto", Role::Operator),
        user("olga", Role::Operator),
        user("anna", Role::Approver),
        user("alex", Role::Admin),
    ]
}

/// A desk with users, and a trade that is instructed.
fn desk() -> Gateway {
    let profile = finality_kernel::profile::Profile { users: users(), ..market::profile() };
    let mut play = Play::new(Gateway::open_with(profile));
    play.step("manager allocates B1");
    play.step("broker confirms C1 of B1");
    play.gateway
}

fn cancel() -> Command {
    Command::Cancel { trade: 1, why: "booked twice".to_owned() }
}

fn state(gateway: &Gateway) -> State {
    gateway.kernel.book().trade(1).expect("a trade").state
}

fn decisions(gateway: &Gateway) -> Vec<(Decision, Option<String>)> {
    let of = |n: &Notice| match n {
        Notice::Decided { decision, by, .. } => Some((*decision, by.clone())),
        _ => None,
    };
    gateway.told.iter().filter_map(of).collect()
}

#[test]
fn a_cancellation_waits_for_a_second_person() {
    let mut gateway = desk();
    let facts = gateway.ordered("otto", cancel());
    assert!(matches!(&facts[..], [Fact::Proposed { proposal: 1, by, .. }] if by == "otto"), "{facts:?}");
    assert_eq!(state(&gateway), State::Instructed);
    assert!(gateway.told.iter().any(|n| matches!(n, Notice::Proposed { proposal: 1, .. })));
    // It is there after a restart, too.
    gateway.restart();
    assert_eq!(gateway.kernel.book().proposals().count(), 1);
    let facts = gateway.ordered("anna", Command::Approve { proposal: 1 });
    let Some(Fact::Decided { proposed_by, by, decision: Decision::Approved, .. }) = facts.first() else {
        panic!("{facts:?}");
    };
    assert_eq!((proposed_by.as_str(), by.as_deref()), ("otto", Some("anna")));
    assert_eq!(state(&gateway), State::CancelRequested);
    assert_eq!(gateway.kernel.book().proposals().count(), 0);
    assert_eq!(decisions(&gateway), [(Decision::Approved, Some("anna".to_owned()))]);
}

#[test]
fn who_may_not_is_refused_and_that_is_kept() {
    let mut gateway = desk();
    let session = |order| Command::Session { link: "manager".to_owned(), order, why: "x".to_owned() };
    for (by, command, because) in [
        ("vera", cancel(), "it takes the role operator, and vera has viewer"),
        ("eve", cancel(), "\"eve\" is no user"),
        ("anna", session(LinkOrder::Reset), "it takes the role admin"),
        ("otto", Command::Approve { proposal: 7 }, "it takes the role approver"),
        ("anna", Command::Approve { proposal: 7 }, "proposal 7 does not wait"),
    ] {
        let facts = gateway.ordered(by, command);
        let [Fact::OrderRefused { by: who, why, .. }] = &facts[..] else { panic!("{by}: {facts:?}") };
        assert!(who == by && why.contains(because), "{by}: {why}");
        assert!(matches!(gateway.told.last(), Some(Notice::Refused { .. })));
    }
    let facts = gateway.ordered("alex", session(LinkOrder::Reset));
    assert!(matches!(&facts[..], [Fact::SessionOrdered { .. }]), "{facts:?}");
    assert_eq!(state(&gateway), State::Instructed);
}

#[test]
fn nobody_agrees_with_himself() {
    let mut gateway = desk();
    gateway.ordered("anna", cancel());
    let facts = gateway.ordered("anna", Command::Approve { proposal: 1 });
    assert!(matches!(&facts[..], [Fact::OrderRefused { .. }]), "{facts:?}");
    // The same once more is no second proposal.
    let facts = gateway.ordered("otto", cancel());
    assert!(matches!(&facts[..], [Fact::OrderRefused { .. }]), "{facts:?}");
    gateway.ordered("alex", Command::Approve { proposal: 1 });
    assert_eq!(state(&gateway), State::CancelRequested);
}

#[test]
fn a_proposal_is_declined_or_taken_back() {
    let mut gateway = desk();
    let decline = |proposal| Command::Decline { proposal, why: "the trade stands".to_owned() };
    gateway.ordered("otto", cancel());
    assert!(matches!(&gateway.ordered("olga", decline(1))[..], [Fact::OrderRefused { .. }]));
    gateway.ordered("anna", decline(1));
    gateway.ordered("otto", cancel());
    gateway.ordered("otto", decline(2));
    let by = |name: &str| Some(name.to_owned());
    assert_eq!(decisions(&gateway), [(Decision::Declined, by("anna")), (Decision::Declined, by("otto"))]);
    assert_eq!(state(&gateway), State::Instructed);
}

#[test]
fn a_proposal_does_not_wait_for_ever() {
    let mut gateway = desk();
    gateway.profile.timing.approval_due_minutes = 30;
    gateway.restart();
    gateway.ordered("otto", cancel());
    gateway.pass(29);
    assert_eq!(gateway.kernel.book().proposals().count(), 1);
    gateway.pass(2);
    assert_eq!(gateway.kernel.book().proposals().count(), 0);
    assert_eq!(decisions(&gateway), [(Decision::Lapsed, None)]);
    let facts = gateway.ordered("anna", Command::Approve { proposal: 1 });
    assert!(matches!(&facts[..], [Fact::OrderRefused { .. }]), "{facts:?}");
}

#[test]
fn what_cannot_be_done_any_more_is_overtaken() {
    let mut gateway = desk();
    gateway.ordered("otto", cancel());
    let mut play = Play::new(gateway);
    play.step("custodian settles 1000");
    let mut gateway = play.gateway;
    assert_eq!(state(&gateway), State::Settled);
    let facts = gateway.ordered("anna", Command::Approve { proposal: 1 });
    let [Fact::Decided { decision: Decision::Overtaken, why, .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(why, "the trade is settled");
    // And what cannot be done is not even proposed.
    let facts = gateway.ordered("otto", cancel());
    assert!(matches!(&facts[..], [Fact::Noted { trade: Some(1), .. }]), "{facts:?}");
}

#[test]
fn without_users_nothing_waits() {
    let mut play = Play::new(Gateway::open());
    play.step("manager allocates B1");
    let facts = play.gateway.ordered("anybody", cancel());
    assert!(facts.iter().any(|f| matches!(f, Fact::Moved { to: State::Cancelled, .. })), "{facts:?}");
}
