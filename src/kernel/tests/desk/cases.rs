//! What the desk makes of exceptions: whose they are, how pressing, by when, what is proposed and done; and the queue of a
//! hundred thousand of them.

use std::collections::BTreeSet;

use finality_kernel::book::Book;
use finality_kernel::exceptions::case::What;
use finality_kernel::exceptions::exception::Exception;
use finality_kernel::exceptions::priority::Band;
use finality_kernel::exceptions::queue::{Filter, Place};
use finality_kernel::exceptions::reason::{REASONS, ReasonCode};
use finality_kernel::exceptions::repair::{self, Kind};
use finality_kernel::exceptions::routing::Routing;
use finality_kernel::exceptions::sla::Due;
use finality_kernel::fact::{Fact, Record, Trace};
use finality_kernel::lifecycle::state::State;
use finality_parsers::desk::{Command, Handling, Order};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Attribution, Cause};

use crate::desk::gateway::{Gateway, Stimulus};
use crate::desk::market;
use crate::desk::words::Play;

fn play(steps: &[&str]) -> Play {
    let mut play = Play::new(Gateway::open());
    steps.iter().for_each(|step| play.step(step));
    play
}

const PENDING: [&str; 3] = ["manager allocates B1", "broker confirms C1 of B1", "custodian says matched"];

fn short(code: &str) -> Play {
    let mut play = play(&PENDING);
    play.step(&format!("custodian says pending {code}"));
    play
}

fn order(play: &mut Play, by: &str, command: Command) {
    play.gateway.feed(&Stimulus::Order(Order { by: by.to_owned(), command }));
}

fn handle(play: &mut Play, by: &str, handling: Handling) {
    let exception = only(play).id;
    order(play, by, Command::Exception { exception, handling });
}

fn only(play: &Play) -> Exception {
    let mut open = play.gateway.kernel.book().queue().values();
    let only = open.next().expect("one is open").clone();
    assert!(open.next().is_none(), "only one is open");
    only
}

fn noted(play: &Play) -> Vec<String> {
    let facts = play.gateway.records().into_iter().flat_map(|r| r.facts);
    facts.filter_map(|f| if let Fact::Noted { what, .. } = f { Some(what) } else { None }).collect()
}

#[test]
fn whose_side_it_is_comes_from_the_reason_then_from_the_custodian_then_from_a_person() {
    assert_eq!(only(&short("LACK")).case.attribution, Attribution::Us);
    let mut play = short("CLAC");
    let case = only(&play).case;
    assert_eq!(case.attribution, Attribution::Counterparty);
    let step = case.history.iter().find(|s| s.what == What::Attributed).expect("it is written down");
    assert_eq!(step.text, "to counterparty: the custodian says CLAC");
    handle(&mut play, "anna", Handling::Attribute { to: Attribution::Market, why: "strike".to_owned() });
    assert_eq!(only(&play).case.attribution, Attribution::Market);
}

#[test]
fn it_is_taken_handed_on_given_back_and_resolved_and_all_of_it_is_written_down() {
    let mut play = short("LACK");
    assert_eq!((only(&play).case.team.as_str(), only(&play).case.owner), ("settlements", None));
    handle(&mut play, "anna", Handling::Accept);
    assert_eq!(only(&play).case.owner.as_deref(), Some("anna"));
    handle(&mut play, "bert", Handling::Accept);
    assert_eq!(only(&play).case.owner.as_deref(), Some("anna"), "what somebody has accepted is theirs");
    handle(&mut play, "anna", Handling::Note { text: "called the broker".to_owned(), shared: true });
    let team = Some("lending".to_owned());
    handle(&mut play, "anna", Handling::Assign { team, owner: Some("carl".to_owned()) });
    handle(&mut play, "carl", Handling::Accept);
    handle(&mut play, "carl", Handling::Reject { why: "nothing to lend".to_owned() });
    let before = only(&play).case.band;
    handle(&mut play, "anna", Handling::Escalate { why: "the client called".to_owned() });
    let case = only(&play).case;
    assert_eq!((case.team.as_str(), case.owner.as_deref(), case.accepted), ("lending", None, None));
    assert_eq!(case.band, before.higher());
    let id = only(&play).id;
    let did: Vec<(String, What)> =
        case.history.iter().filter(|s| !s.by.is_empty()).map(|s| (s.by.clone(), s.what)).collect();
    let by = |who: &str, what| (who.to_owned(), what);
    assert_eq!(
        did,
        [
            by("anna", What::Accepted),
            by("anna", What::Noted),
            by("anna", What::Assigned),
            by("carl", What::Accepted),
            by("carl", What::Rejected),
            by("anna", What::Escalated),
        ]
    );
    let records: BTreeSet<u64> = play.gateway.records().iter().map(|r| r.seq).collect();
    assert!(case.history.iter().all(|s| records.contains(&s.record)), "each step names its record");

    // A restart knows all of it.
    play.gateway.restart();
    assert_eq!(only(&play).case, case);
    order(&mut play, "anna", Command::Resolve { exception: id, why: "borrowed".to_owned() });
    assert!(play.gateway.kernel.book().queue().is_empty());
    let last = play.gateway.records().pop().expect("a record");
    let resolved = last.facts.iter().any(|f| matches!(f, Fact::ExceptionResolved { by, .. } if by == "anna"));
    assert!(resolved, "{last:?}");
    assert_eq!(noted(&play).len(), 1, "only bert was refused");

    // The cause comes back: a new one, which names the earlier one.
    play.step("custodian says pending LACK");
    let again = only(&play);
    assert_eq!((again.case.earlier, again.id == id), (Some(id), false));
}

#[test]
fn what_cannot_be_done_with_an_exception_is_said_and_changes_nothing() {
    let mut play = short("LACK");
    let before = only(&play);
    for handling in [
        Handling::Reject { why: "not mine".to_owned() },
        Handling::Assign { team: None, owner: None },
        Handling::Note { text: " ".to_owned(), shared: false },
    ] {
        handle(&mut play, "anna", handling);
    }
    let handling = Handling::Accept;
    order(&mut play, "anna", Command::Exception { exception: 999, handling });
    assert_eq!(only(&play), before);
    assert_eq!(noted(&play).len(), 4, "{:#?}", noted(&play));
}

#[test]
fn the_first_rule_that_fits_says_which_team_acts() {
    let mut profile = market::profile();
    let rule = |name: &str, cause| Routing {
        name: name.to_owned(),
        team: format!("{name} team"),
        reason: None,
        cause,
        counterparty: None,
        market: None,
        currency: None,
        asset_class: None,
        value_from: None,
    };
    profile.routing = vec![rule("shortage", Some(Cause::ResourceShortage)), rule("rest", None)];
    profile.check().expect("it holds together");
    let mut play = Play::new(Gateway::open_with(profile));
    PENDING.iter().chain(&["custodian says pending LACK"]).for_each(|step| play.step(step));
    let case = only(&play).case;
    assert_eq!(case.team, "shortage team");
    assert!(case.history.iter().any(|s| s.text == "to shortage team by rule shortage"), "{:?}", case.history);
}

#[test]
fn time_that_is_gone_is_said_at_each_threshold_and_counts_business_minutes_only() {
    let mut play = short("LACK");
    let opened = only(&play);
    let (act_by, resolve_by) = (opened.case.act_by.expect("due"), opened.case.resolve_by.expect("due"));
    assert!(opened.opened < act_by && act_by <= resolve_by);
    // To the end of the week and over the weekend.
    play.step("8000 minutes pass");
    let warned: Vec<(Due, u8, Timestamp)> = play
        .gateway
        .records()
        .into_iter()
        .flat_map(|r| r.facts.into_iter().map(move |f| (r.at, f)))
        .filter_map(|(at, f)| match f {
            Fact::ExceptionWarned { due, percent, .. } => Some((due, percent, at)),
            _ => None,
        })
        .collect();
    for due in [Due::Act, Due::Resolve] {
        let said: Vec<u8> = warned.iter().filter(|(d, ..)| *d == due).map(|(_, p, _)| *p).collect();
        assert_eq!(said, [50, 80, 100], "{due:?}: {warned:?}");
    }
    let profile = market::profile();
    for (.., at) in &warned {
        let before = Timestamp::from_nanos(at.nanos() - 60_000_000_000);
        assert_eq!(profile.clock().minutes_between(before, *at), 1, "{at}: nobody is there");
    }
    // Half of the time to act was over when that was said, on the business clock.
    let half = profile.clock().minutes_between(opened.opened, act_by) / 2;
    let first = warned.iter().find(|(d, ..)| *d == Due::Act).expect("said").2;
    assert_eq!(profile.clock().minutes_between(opened.opened, first), half);
}

#[test]
fn what_is_due_at_the_moment_of_another_deadline_is_said_then() {
    // The cut-off of the settlement date is the trade's deadline and the exception's end of time, both.
    let mut play = short("CLAC");
    let until = only(&play).case.resolve_by.expect("due");
    play.step("4000 minutes pass");
    let said = play.gateway.records().into_iter().find_map(|r| {
        let is = |f: &Fact| matches!(f, Fact::ExceptionWarned { due: Due::Resolve, percent: 100, .. });
        r.facts.iter().any(is).then_some(r.at)
    });
    let until = said.filter(|at| *at <= until);
    assert!(until.is_some(), "{said:?}");
}

#[test]
fn nothing_is_said_of_the_time_to_act_once_somebody_has_accepted() {
    let mut play = short("LACK");
    handle(&mut play, "anna", Handling::Accept);
    play.step("8000 minutes pass");
    let of_acting = play
        .gateway
        .records()
        .into_iter()
        .flat_map(|r| r.facts)
        .any(|f| matches!(f, Fact::ExceptionWarned { due: Due::Act, .. }));
    assert!(!of_acting);
}

#[test]
fn every_score_adds_up_and_says_as_of_when() {
    let mut play = short("LACK");
    play.step("3400 minutes pass");
    let scored: Vec<_> = play
        .gateway
        .records()
        .into_iter()
        .flat_map(|r| r.facts.into_iter().map(move |f| (r.at, f)))
        .filter_map(
            |(at, f)| if let Fact::ExceptionScored { score, .. } = f { Some((at, score)) } else { None },
        )
        .collect();
    assert!(scored.len() > 3, "{scored:?}");
    for (at, score) in &scored {
        assert_eq!(score.at, *at);
        assert_eq!(score.total, score.points.named().iter().map(|(_, p)| p).sum::<u32>());
        assert!(score.expected_cost.is_some_and(|c| c.value() > rust_decimal::Decimal::ZERO), "{score:?}");
    }
    // The nearer the cut-off, the more pressing.
    let urgency: Vec<u32> = scored.iter().map(|(_, s)| s.parts.urgency).collect();
    assert!(urgency.windows(2).all(|w| w[0] <= w[1]) && urgency.last() == Some(&10_000), "{urgency:?}");
}

#[test]
fn journals_that_know_nothing_of_scores_are_read_and_scored_at_the_next_tick() {
    let play = short("LACK");
    let mut old = play.gateway.records();
    for record in &mut old {
        record
            .facts
            .retain(|f| !matches!(f, Fact::ExceptionScored { .. } | Fact::ExceptionAttributed { .. }));
    }
    let text = serde_json::to_string(&old.iter().map(|r| &r.facts).collect::<Vec<_>>()).expect("JSON");
    let text = text.replace(r#","by":"""#, "");
    let facts: Vec<Vec<Fact>> = serde_json::from_str(&text).expect("fields that are missing have defaults");
    let records: Vec<Record> =
        old.iter().zip(facts).map(|(r, facts)| Record { facts, ..r.clone() }).collect();
    let mut gateway = Gateway::after(&records);
    let only = |gateway: &Gateway| gateway.kernel.book().queue().values().next().expect("open").clone();
    let open = only(&gateway);
    assert_eq!((open.case.team.as_str(), open.case.score), ("settlements", None));
    gateway.pass(200);
    assert!(only(&gateway).case.score.is_some());
}

// --- proposals -----------------------------------------------------------------------------------------------------

fn proposed(play: &Play) -> Vec<repair::Proposal> {
    let open = only(play);
    let trade = open.trade.and_then(|t| play.gateway.kernel.book().trade(t));
    repair::proposals(&open, trade)
}

#[test]
fn each_side_gets_its_own_proposals() {
    let kinds = |code: &str| proposed(&short(code)).iter().map(|p| p.kind).collect::<Vec<_>>();
    assert_eq!(kinds("LACK"), [Kind::PartialRelease, Kind::Borrow, Kind::Chase]);
    assert_eq!(kinds("CLAC"), [Kind::Chase]);
    assert_eq!(kinds("MONY"), [Kind::Fund, Kind::Chase]);
    assert_eq!(kinds("PREA"), [Kind::ReleaseHold, Kind::Chase]);
    assert_eq!(kinds("PRCY"), [Kind::Chase]);
    let chased = &proposed(&short("CLAC"))[0];
    let message = chased.message.as_ref().expect("a message");
    assert_eq!(message.to, "broker BRFXDEFFXXX");
    assert!(message.text.contains("confirmation C1") && message.text.contains("CLAC"), "{}", message.text);
}

#[test]
fn a_proposal_that_is_ordered_does_what_it_says() {
    let mut play =
        play(&["manager allocates B1", "broker confirms C1 of B1", "custodian says rejected SAFE"]);
    let again = proposed(&play).into_iter().find(|p| p.kind == Kind::Reinstruct).expect("proposed");
    assert!(!again.two_people);
    order(&mut play, "anna", again.order);
    assert!(play.gateway.kernel.book().queue().is_empty());
}

#[test]
fn a_chain_that_the_confirmation_carries_completes_the_standing_instruction() {
    let mut play = play(&["manager allocates B1 broker newcomer", "newcomer confirms C1 of B1"]);
    let open = only(&play);
    assert!(!proposed(&play).iter().any(|p| p.kind == Kind::CompleteSsi), "the confirmation carries none");
    let mut trade = play.gateway.kernel.book().trade(1).expect("it is there").clone();
    let party = market::broker_bic("newcomer");
    trade.confirmed.as_mut().expect("confirmed").chain = Some(market::standing(party).chain);
    let complete = repair::proposals(&open, Some(&trade)).remove(0);
    assert_eq!((complete.kind, complete.two_people), (Kind::CompleteSsi, true));
    order(&mut play, "anna", complete.order);
    assert_eq!(play.gateway.kernel.book().trade(1).map(|t| t.state), Some(State::Instructed));
}

#[test]
fn a_difference_that_may_be_let_pass_is_let_pass_by_a_person() {
    let mut play = play(&["manager allocates B1", "broker confirms C1 of B1 price 101.00"]);
    let accept = proposed(&play).into_iter().find(|p| p.kind == Kind::AcceptDifference).expect("proposed");
    assert!(accept.two_people);
    order(&mut play, "anna", accept.order);
    let states: Vec<State> = play.gateway.kernel.book().trades().map(|t| t.state).collect();
    assert_eq!((states, play.gateway.open_reasons()), (vec![State::Instructed], vec![]));
    play.gateway.restart();
    assert_eq!(play.gateway.kernel.book().trade(1).map(|t| t.state), Some(State::Instructed));
}

#[test]
fn a_difference_in_what_must_be_equal_stays() {
    let mut play = play(&["manager allocates B1 settles 2026-11-27", "broker confirms C1 of B1"]);
    let why = "agreed".to_owned();
    order(&mut play, "anna", Command::ForceMatch { trade: 1, why: why.clone() });
    order(&mut play, "anna", Command::ForceMatch { trade: 7, why });
    assert_eq!(play.gateway.kernel.book().trade(1).map(|t| t.state), Some(State::Mismatched));
    assert_eq!(noted(&play).len(), 2, "{:?}", noted(&play));
}

// --- the queue -----------------------------------------------------------------------------------------------------

/// A draw that stands alone: no state between one and the next.
fn draw(n: u64, purpose: u64) -> u64 {
    let mut x = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ purpose.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 31)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 29)
}

/// A book with so many open exceptions: scored, routed, handed to people and closed again in any order.
fn crowded(many: u64) -> Book {
    let mut book = Book::shown(market::profile());
    let start = 1_795_000_000_000_000_000;
    let mut seq = 0;
    let mut record = |facts: Vec<Fact>, at: i64| {
        seq += 1;
        let at = Timestamp::from_nanos(start + at);
        book.follow(&Record { seq, at, trace: Trace::Deadline, facts, raw: Vec::new() });
    };
    let score = crate::desk::cases::a_score();
    for n in 1..=many {
        let reason = REASONS[usize::try_from(draw(n, 1) % 24).expect("small")].code;
        let at = i64::try_from(n).expect("small");
        let due = Timestamp::from_nanos(start + i64::try_from(draw(n, 2) % 1_000_000_000).expect("small"));
        let total = u32::try_from(draw(n, 3) % 10_001).expect("small");
        let band = Band::ALL[usize::try_from(draw(n, 4) % 4).expect("small")];
        let score = Box::new(finality_kernel::exceptions::priority::Score { total, band, ..score.clone() });
        let mut facts = vec![
            Fact::ExceptionOpened {
                exception: n,
                trade: None,
                link: Some("broker".to_owned()),
                dead_letter: false,
                reason,
                urgency: reason.row().urgency,
                due,
                detail: format!("number {n}"),
                earlier: None,
            },
            Fact::ExceptionScored { exception: n, score, act_by: due, resolve_by: due, next: due },
        ];
        let by = ["anna", "bert", "carl"][usize::try_from(draw(n, 5) % 3).expect("small")].to_owned();
        if draw(n, 6).is_multiple_of(2) {
            facts.push(Fact::ExceptionHandled { exception: n, by, handling: Handling::Accept });
        }
        record(facts, at);
        if draw(n, 7).is_multiple_of(10) {
            let why = "done".to_owned();
            record(vec![Fact::ExceptionResolved { exception: n, why, by: String::new() }], at);
        }
    }
    book
}

fn a_score() -> finality_kernel::exceptions::priority::Score {
    use finality_kernel::exceptions::priority::{Parts, Weights, score};
    score(Timestamp::from_nanos(0), Parts::default(), &Weights::default(), "none", None)
}

#[test]
fn the_queue_is_what_sorting_everything_would_give_for_every_filter_page_by_page() {
    let book = crowded(3_000);
    let queue = book.queue();
    assert!(queue.len() > 2_000 && queue.len() < 3_000);
    let some = |team: &str| Filter { team: Some(team.to_owned()), ..Filter::default() };
    let filters = [
        Filter::default(),
        some("settlements"),
        some("nobody"),
        Filter { owner: Some("anna".to_owned()), ..Filter::default() },
        Filter { owner: Some(String::new()), ..some("connectivity") },
        Filter { band: Some(Band::P2), ..Filter::default() },
        Filter { reason: Some(ReasonCode::LinkDown), band: Some(Band::P1), ..Filter::default() },
        Filter { text: Some("NUMBER 77".to_owned()), ..Filter::default() },
    ];
    for filter in filters {
        let mut all: Vec<&Exception> = queue.values().filter(|e| filter.takes(e)).collect();
        all.sort_by_key(|e| Place::of(e));
        let wanted: Vec<u64> = all.iter().map(|e| e.id).collect();
        let mut found = Vec::new();
        let mut after = None;
        loop {
            let page = queue.page(&filter, after, 100);
            found.extend(page.rows.iter().map(|e| e.id));
            let Some(next) = page.next else { break };
            // A cursor goes through text, as a person or another program hands it back.
            after = Some(next.to_string().parse::<Place>().expect("a place"));
            assert_eq!(after, Some(next));
        }
        assert_eq!(found, wanted, "{filter:?}");
    }
}

#[test]
fn places_sort_as_bytes_as_they_sort() {
    let book = crowded(500);
    let mut places: Vec<Place> = book.queue().values().map(Place::of).collect();
    places.sort_unstable();
    let mut keys: Vec<[u8; 21]> = places.iter().map(Place::key).collect();
    let sorted = keys.clone();
    keys.sort_unstable();
    assert_eq!(keys, sorted);
    assert!("P9.1.2.3".parse::<Place>().is_err() && "P1.x.2.3".parse::<Place>().is_err());
}
