//! The custodian's seat: what counterparties allege against a client's account he is told, and that it is over.

use finality_parsers::model::{Allegement, AllegementFunction, Event};
use proptest::prelude::*;

use crate::desk::gateway::Gateway;
use crate::desk::table::{Scenario, scenario};
use crate::desk::words::Play;

pub(crate) const SCENARIOS: &[Scenario] = &[
    scenario(
        "the custodian's seat: what is alleged its clients are told, until an instruction answers it",
        "configuration takes the custodian's seat              | |
         telexmanager instructs I1                             | instructed |
         custodian alleges A2 quantity 700 settles 2026-11-27  | instructed |
         the same again                                        | instructed |
         power is cut                                          | instructed |
         custodian alleges A3 quantity 700 settles 2026-11-27  | instructed |
         telexmanager instructs I2 quantity 700 settles 2026-11-27  | instructed, instructed |
         custodian settles 700                                 | instructed, settled |",
    ),
    scenario(
        "the custodian's seat: what is alleged is taken back, is listed no more, and is recalled",
        "configuration takes the custodian's seat                                   | |
         telexmanager instructs I1                                                  | instructed |
         custodian alleges A1 quantity 700 settles 2026-11-27                       | instructed |
         custodian takes A1 back                                                    | instructed |
         custodian alleges A2 quantity 800 settles 2026-11-27                       | instructed |
         custodian lists alleged nothing                                            | instructed |
         isocustodian alleges A3 quantity 700 settles 2026-11-27 account SAFE100002 | instructed |
         isocustodian recalls A3                                                    | instructed |
         the same again                                                             | instructed |
         isocustodian recalls A4                                                    | instructed | unrelated",
    ),
    scenario(
        "the custodian's seat: an account that is no client's is our desk's affair",
        "configuration takes the custodian's seat                                   | |
         telexmanager instructs I1                                                  | instructed |
         custodian alleges A1 quantity 700 settles 2026-11-27 account OTHER         | instructed | allegement_unknown",
    ),
];

fn played(steps: &[&str]) -> Gateway {
    let mut play = Play::new(Gateway::open());
    play.step("configuration takes the custodian's seat");
    play.step("telexmanager instructs I1");
    steps.iter().for_each(|step| play.step(step));
    play.gateway
}

/// What clients were told, each once: whom, and what.
fn told(gateway: &Gateway) -> Vec<(String, Allegement)> {
    let fresh = gateway.sent.iter().filter(|s| !s.possible_resend);
    fresh
        .filter_map(|s| match &s.event {
            Event::Allegement(a) => Some((s.link.clone(), (**a).clone())),
            _ => None,
        })
        .collect()
}

const ALLEGES: &str = "custodian alleges A1 quantity 700 settles 2026-11-27";

#[test]
fn a_client_hears_it_in_his_account_and_by_our_reference_and_that_it_is_over_by_that() {
    let gateway = played(&[ALLEGES, "custodian takes A1 back"]);
    let told = told(&gateway);
    let [first, other, first_gone, other_gone] = &told[..] else { panic!("{} allegements", told.len()) };
    assert_eq!(
        (first.0.as_str(), other.0.as_str()),
        ("telexmanager", "telexbroker"),
        "both have the account"
    );
    assert_eq!((first_gone.0.as_str(), other_gone.0.as_str()), ("telexmanager", "telexbroker"));
    let new = &first.1;
    assert_eq!(new.function, AllegementFunction::New);
    assert_eq!(new.trade.account.as_ref().map(|a| a.id.as_str()), Some("FUND1"));
    assert_eq!(new.trade.quantity, crate::desk::market::units(700));
    assert!(new.id.as_str().starts_with("FS"), "{}", new.id);
    assert_eq!(first_gone.1.function, AllegementFunction::Cancel);
    let previous = first_gone.1.trade.linkages.iter().find(|l| l.kind == "PREV").map(|l| &l.reference);
    assert_eq!(previous, Some(&new.id));
}

#[test]
fn a_client_by_iso_20022_hears_it_too() {
    let mut play = Play::new(Gateway::open());
    for step in [
        "configuration takes the custodian's seat for isocustodian",
        "isocustodian instructs I1 account FUND2",
        "custodian alleges A1 quantity 700 settles 2026-11-27 account SAFE100002",
        "custodian takes A1 back",
    ] {
        play.step(step);
    }
    let told = told(&play.gateway);
    let his: Vec<_> = told.iter().filter(|(link, _)| link == "isocustodian").map(|(_, a)| a).collect();
    let [new, gone] = &his[..] else { panic!("{} allegements", his.len()) };
    let previous = gone.trade.linkages.iter().find(|l| l.kind == "PREV").map(|l| &l.reference);
    assert_eq!((gone.function, previous), (AllegementFunction::Cancel, Some(&new.id)));
    assert_eq!(new.trade.account.as_ref().map(|a| a.id.as_str()), Some("FUND2"));
}

#[test]
fn one_account_with_the_depository_for_several_of_ours_is_whose_the_client_named_is() {
    let check = |words: &str, expected: &[&str]| {
        let mut play = Play::new(Gateway::open());
        play.step("configuration takes the custodian's seat for isocustodian");
        let accounts = &mut play.gateway.profile.accounts;
        accounts.iter_mut().for_each(|a| a.safekeeping = "SAFE100001".parse().expect("an account"));
        play.gateway.restart();
        play.step("isocustodian instructs I1 account FUND2");
        play.step(&format!("{ALLEGES} {words}"));
        let heard = told(&play.gateway);
        let heard: Vec<&str> = heard.iter().map(|(link, _)| link.as_str()).collect();
        assert_eq!(heard, expected, "{words:?}");
        let open: Vec<&str> = play.gateway.open_reasons().iter().map(|r| r.name()).collect();
        assert_eq!(open.is_empty(), !expected.is_empty(), "{words:?}: {open:?}");
    };
    check("", &[]);
    check("for CUMXDEFFXXX", &["isocustodian"]);
    // He has two of these accounts.
    check("for MGTXDEFFXXX", &[]);
    check("for AGNTDEFFXXX", &[]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// An allegement, its removal and the instruction that answers it, in any order, repeated and cut: a client who was told is told
    /// that it is over, once each.
    #[test]
    fn in_any_order_what_was_told_ends(
        order in Just((0..5).collect::<Vec<usize>>()).prop_shuffle(),
        again in proptest::collection::vec(any::<bool>(), 5),
        cut in 0usize..7,
    ) {
        let steps = [
            ALLEGES,
            "custodian alleges A9 quantity 700 settles 2026-11-27",
            "telexmanager instructs I2 quantity 700 settles 2026-11-27",
            "custodian lists alleged nothing",
            "custodian takes A1 back",
        ];
        let mut play = Play::new(Gateway::open());
        play.step("configuration takes the custodian's seat");
        play.step("telexmanager instructs I1");
        for (n, index) in order.iter().enumerate() {
            play.step(steps[*index]);
            if again[n] {
                play.step("the same again");
            }
            if n == cut {
                play.step("power is cut");
            }
        }
        // Nothing is left to be told of in the end.
        play.step("custodian takes A1 back");
        play.step("custodian takes A9 back");
        for client in ["telexmanager", "telexbroker"] {
            let told = told(&play.gateway);
            let of = |function| {
                let of_him = told.iter().filter(|(link, a)| link == client && a.function == function);
                of_him.map(|(_, a)| a.clone()).collect::<Vec<_>>()
            };
            let (new, gone) = (of(AllegementFunction::New), of(AllegementFunction::Cancel));
            let ended: Vec<_> = gone.iter().filter_map(|a| a.trade.linkages.iter().find(|l| l.kind == "PREV")).collect();
            prop_assert!(new.len() <= 2, "{order:?}");
            prop_assert_eq!(ended.len(), new.len(), "{:?}", &order);
            for told in &new {
                let times = ended.iter().filter(|l| l.reference == told.id).count();
                prop_assert_eq!(times, 1, "{:?}", &order);
            }
        }
    }
}
