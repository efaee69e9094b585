//! Standing instructions: both sides of an instruction, models, approval, and any order of what is supplied.

use finality_kernel::access::{Role, User};
use finality_kernel::fact::Fact;
use finality_kernel::lifecycle::state::State;
use finality_kernel::profile::{Enrichment, Profile};
use finality_parsers::desk::{Command, Decision};
use finality_parsers::model::{Event, Party, SettlementChain, SettlementInstruction, SsiRecord, SsiSource};

use crate::desk::gateway::Gateway;
use crate::desk::market;
use crate::desk::words::Play;

fn party(bic: &str) -> Party {
    Party::bic(bic.parse().expect("a BIC"))
}

fn instruction(gateway: &Gateway) -> SettlementInstruction {
    let of = |sent: &crate::desk::gateway::Sent| match &sent.event {
        Event::Instruction(instruction) => Some((**instruction).clone()),
        _ => None,
    };
    gateway.sent.iter().rev().find_map(of).expect("an instruction went out")
}

/// Our side by a model that the group of an account names: another custodian, its safekeeping account, the cash account.
#[test]
fn both_sides_are_enriched() {
    let chain = SettlementChain {
        depository: Some(party("CSDXDEFFXXX")),
        custodian: Some(party("CUMXDEFFXXX").with_account("SAFE900001".parse().expect("an account"))),
        ..SettlementChain::default()
    };
    let model = SsiRecord { chain, ..SsiRecord::new("MODEL".parse().expect("a name")) };
    let ours = SsiRecord {
        group: "UCITS".parse().ok(),
        model: "MODEL".parse().ok(),
        cash_account: "CASH0001".parse().ok(),
        ..SsiRecord::new("OURS".parse().expect("a name"))
    };
    let mut profile = Profile { ssi: vec![ours, model], ..market::profile() };
    profile.accounts[0].groups = vec!["UCITS".parse().expect("a group")];
    profile.enrichment = Enrichment { own_side_required: true, ..Enrichment::default() };
    let mut play = Play::new(Gateway::open_with(profile));
    play.step("manager allocates B1");
    play.step("broker confirms C1 of B1");
    let sent = instruction(&play.gateway);
    assert_eq!(sent.account.as_ref().map(|a| a.as_str()), Some("SAFE900001"));
    assert_eq!(sent.cash_account.as_ref().map(|a| a.as_str()), Some("CASH0001"));
    let instructed = play.gateway.sent.iter().rfind(|s| matches!(s.event, Event::Instruction(_)));
    assert_eq!(instructed.map(|s| s.link.as_str()), Some("isocustodian"));
    assert_eq!(sent.delivering.depository, Some(party("CSDXDEFFXXX")));

    // The other account is in no group, and a record of our side is required.
    play.step("manager allocates B2 account FUND2");
    play.step("broker confirms C2 of B2 account FUND2");
    let open: Vec<&str> = play.gateway.open_reasons().iter().map(|r| r.name()).collect();
    assert_eq!(open, ["ssi_missing"]);
}

#[test]
fn a_missing_place_of_settlement_means_the_usual_one_where_that_is_wanted() {
    let record = |profile: &mut Profile| {
        profile.standing_instructions[0].chain.depository = None;
    };
    let mut profile = market::profile();
    record(&mut profile);
    let mut play = Play::new(Gateway::open_with(profile.clone()));
    play.step("manager allocates B1");
    play.step("broker confirms C1 of B1");
    assert_eq!(play.gateway.open_reasons().iter().map(|r| r.name()).collect::<Vec<_>>(), ["ssi_incomplete"]);
    profile.enrichment.place_defaults = true;
    let mut play = Play::new(Gateway::open_with(profile));
    play.step("manager allocates B1");
    play.step("broker confirms C1 of B1");
    assert_eq!(instruction(&play.gateway).delivering.depository, Some(party("DAKVDEFFXXX")));
}

#[test]
fn what_waits_goes_on_when_the_second_person_agrees() {
    let user = |name: &str, role| User { name: name.to_owned(), roles: vec![role], team: None };
    let users = vec![user("otto", Role::Operator), user("anna", Role::Approver)];
    let mut play = Play::new(Gateway::open_with(Profile { users, ..market::profile() }));
    play.step("manager allocates B1 broker newcomer");
    play.step("newcomer confirms C1 of B1");
    let record = Box::new(market::record("N1", |word| (word == "of").then_some("newcomer")));
    let gateway = &mut play.gateway;
    gateway.ordered("otto", Command::RecordSsi { record, source: SsiSource::Person });
    assert_eq!(gateway.kernel.book().trade(1).map(|t| t.state), Some(State::AwaitingSsi));
    let facts = gateway.ordered("anna", Command::Approve { proposal: 1 });
    let recorded = facts.iter().find_map(|f| match f {
        Fact::SsiRecorded { version, by, approved_by, .. } => {
            Some((*version, by.as_str(), approved_by.as_deref()))
        }
        _ => None,
    });
    assert_eq!(recorded, Some((1, "otto", Some("anna"))));
    assert_eq!(gateway.kernel.book().trade(1).map(|t| t.state), Some(State::Instructed));
}

fn desk_of_two() -> Gateway {
    let user = |name: &str, role| User { name: name.to_owned(), roles: vec![role], team: None };
    let users = vec![user("otto", Role::Operator), user("anna", Role::Approver)];
    Gateway::open_with(Profile { users, ..market::profile() })
}

fn propose(gateway: &mut Gateway, id: &str, words: &[(&str, &'static str)]) {
    let said = |word: &str| words.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    let record = Box::new(market::record(id, said));
    let facts = gateway.ordered("otto", Command::RecordSsi { record, source: SsiSource::Person });
    assert!(matches!(&facts[..], [Fact::Proposed { .. }]), "{facts:?}");
}

/// Three proposals about different records: approved in any order, the same counts in the end.
#[test]
fn any_order_of_approval_leads_to_the_same_end() {
    for order in crate::desk::orders::orders(3) {
        let mut gateway = desk_of_two();
        propose(&mut gateway, "N1", &[("of", "newcomer")]);
        propose(&mut gateway, "OURS", &[("for", "FUND1"), ("cash", "EUR0001")]);
        propose(&mut gateway, "N2", &[("of", "newcomer"), ("until", "2026-11-25"), ("agent", "OTHRDEFFXXX")]);
        for proposal in &order {
            gateway.ordered("anna", Command::Approve { proposal: *proposal as u64 + 1 });
        }
        let mut play = Play::new(gateway);
        play.step("manager allocates B1 broker newcomer");
        play.step("newcomer confirms C1 of B1");
        let sent = instruction(&play.gateway);
        assert_eq!(sent.delivering.agent, Some(party("BRNWDEFFXXX")), "{order:?}");
        assert_eq!(sent.cash_account.as_ref().map(|a| a.as_str()), Some("EUR0001"), "{order:?}");
    }
}

/// Who proposed the second looked at what the first has changed since.
#[test]
fn a_change_of_a_record_that_changed_meanwhile_is_overtaken() {
    let mut gateway = desk_of_two();
    propose(&mut gateway, "N1", &[("of", "newcomer")]);
    propose(&mut gateway, "N1", &[("of", "newcomer"), ("agent", "OTHRDEFFXXX")]);
    gateway.pass(1);
    gateway.ordered("anna", Command::Approve { proposal: 2 });
    let facts = gateway.ordered("anna", Command::Approve { proposal: 1 });
    let [Fact::Decided { decision: Decision::Overtaken, why, .. }] = &facts[..] else { panic!("{facts:?}") };
    assert_eq!(why, "N1 has changed since: version 1 is by otto; propose it again");
}

#[test]
fn what_cannot_be_a_record_is_not_even_proposed() {
    let mut gateway = Gateway::open();
    let mut record = market::record("N1", |word| (word == "of").then_some("newcomer"));
    record.country = Some("Germany".to_owned());
    let source = SsiSource::Person;
    let facts = gateway
        .ordered("otto", Command::RecordSsi { record: Box::new(record.clone()), source: source.clone() });
    assert!(
        matches!(&facts[..], [Fact::Noted { what, .. }] if what.contains("two upper-case letters")),
        "{facts:?}"
    );
    // All or none: the good one beside it is not taken either.
    let good = market::record("N2", |word| (word == "of").then_some("newcomer"));
    let file = "ssi.csv".to_owned();
    let facts = gateway.ordered("otto", Command::ImportSsi { file, records: vec![good, record] });
    assert!(matches!(&facts[..], [Fact::Noted { .. }]), "{facts:?}");
    let facts = gateway.ordered(
        "otto",
        Command::WithdrawSsi { id: "N2".parse().expect("a name"), from: None, why: "x".into() },
    );
    assert!(matches!(&facts[..], [Fact::Noted { what, .. }] if what.contains("is not known")), "{facts:?}");
}

/// Two trades, a standing instruction and a record of our side: whatever comes first, both go out in the end.
#[test]
fn any_order_of_messages_and_records_leads_to_the_same_end() {
    let steps = [
        "manager allocates B1 broker newcomer",
        "newcomer confirms C1 of B1",
        "desk supplies",
        "desk records N1 of newcomer agent OTHRDEFFXXX",
        "desk records OURS for FUND1 cash EUR0001",
    ];
    let orders = crate::desk::orders::orders(steps.len());
    assert_eq!(orders.len(), 120);
    for order in orders {
        let mut play = Play::new(Gateway::open());
        for step in &order {
            play.step(steps[*step]);
        }
        let trade = play.gateway.kernel.book().trade(1).expect("a trade");
        assert_eq!(trade.state, State::Instructed, "{order:?}");
        // Where a record came after the instruction and says otherwise, a person knows.
        let sent = instruction(&play.gateway);
        let narrow = sent.delivering.agent == Some(party("OTHRDEFFXXX")) && sent.cash_account.is_some();
        let open: Vec<&str> = play.gateway.open_reasons().iter().map(|r| r.name()).collect();
        assert_eq!(open, if narrow { vec![] } else { vec!["ssi_changed"] }, "{order:?}");
    }
}
