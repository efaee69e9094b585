//! The optimiser against all subsets, a judge that books everything again, and numbers at the edge.

use finality_simulator::settlement::optimise::families::Family;
use finality_simulator::settlement::optimise::{
    ALL, Draft, Instance, Instruction, Objective, Plan, Settlement, baseline, optimise, ssp,
};
use proptest::prelude::*;

/// Id, seller, buyer, line, quantity, cash.
type Row = (i64, u32, u32, u32, i64, i64);

fn draft(cash: &[i64], positions: &[(u32, u32, i64)], rows: &[Row], groups: &[&[i64]]) -> Draft {
    let instruction = |&(id, seller, buyer, line, quantity, cash): &Row| Instruction {
        id,
        seller,
        buyer,
        line,
        quantity,
        cash,
        priority: 4,
        partial_ok: false,
        min_quantity: 1,
    };
    Draft {
        prices: vec![100; 4],
        cash: cash.to_vec(),
        positions: positions.to_vec(),
        instructions: rows.iter().map(instruction).collect(),
        groups: groups.iter().map(|g| g.to_vec()).collect(),
    }
}

fn plan(objective: Objective<'_>, turns: u64) -> Plan<'_> {
    Plan { objective, seed: 1, turns: Some(turns), partials: false }
}

fn solve(instance: &Instance, objective: Objective<'_>, turns: u64) -> Settlement {
    let settlement = optimise(instance, &plan(objective, turns), &mut || 0);
    assert!(instance.settles(&settlement.chosen));
    assert!(settlement.bound.is_none_or(|b| b >= settlement.worth), "{settlement:?}");
    settlement
}

fn weights(instance: &Instance, objective: Objective<'_>) -> Vec<i128> {
    match objective {
        Objective::Count => vec![1; instance.instructions().len()],
        Objective::Value => instance.instructions().iter().map(|i| instance.value(i)).collect(),
        Objective::Weights(w) => w.iter().map(|w| i128::from(*w)).collect(),
    }
}

/// The best of all subsets.
fn best_of_all(instance: &Instance, objective: Objective<'_>) -> i128 {
    let (n, weights) = (instance.instructions().len(), weights(instance, objective));
    let subset = |bits: u32| (0..n).map(|at| bits >> at & 1 == 1).collect::<Vec<_>>();
    (0..1u32 << n)
        .map(|bits| (subset(bits), (0..n).filter(|at| bits >> at & 1 == 1).map(|at| weights[at]).sum()))
        .filter(|(chosen, _)| instance.settles(chosen))
        .map(|(_, worth)| worth)
        .max()
        .expect("nothing at all always settles")
}

#[test]
fn the_small_cases_that_everybody_knows() {
    let circle: &[Row] = &[(0, 0, 1, 0, 5, 50), (1, 1, 2, 0, 5, 50), (2, 2, 0, 0, 5, 50)];
    let chain: &[Row] = &[(0, 2, 3, 0, 5, 300), (1, 1, 2, 0, 5, 200), (2, 0, 1, 0, 5, 100)];
    for (name, draft, count, value, gross) in [
        (
            "one of three gives way",
            draft(
                &[2, 0, 0],
                &[(1, 0, 3)],
                &[(0, 1, 0, 0, 2, 1), (1, 1, 2, 0, 2, 1), (2, 2, 0, 0, 2, 1)],
                &[],
            ),
            2,
            400,
            1,
        ),
        (
            "two pay each other",
            draft(
                &[0, 0],
                &[(0, 0, 10), (1, 1, 10)],
                &[(0, 0, 1, 0, 10, 1_000), (1, 1, 0, 1, 10, 1_000)],
                &[],
            ),
            2,
            2_000,
            0,
        ),
        ("a circle", draft(&[100; 3], &[], circle, &[]), 3, 1_500, 0),
        ("a chain", draft(&[0, 0, 0, 300], &[(0, 0, 5)], chain, &[]), 3, 1_500, 0),
        (
            "together or not at all",
            draft(&[0, 50], &[(0, 0, 5)], &[(0, 0, 1, 0, 5, 50), (1, 0, 1, 1, 5, 10)], &[&[0, 1]]),
            0,
            0,
            0,
        ),
        ("with oneself", draft(&[0], &[], &[(7, 0, 0, 0, 5, 50)], &[]), 1, 500, 1),
    ] {
        let instance = Instance::check(draft).expect(name);
        let (by_count, by_value) =
            (solve(&instance, Objective::Count, 1_000), solve(&instance, Objective::Value, 1_000));
        assert_eq!((by_count.worth, by_count.bound), (count, Some(count)), "{name}");
        assert_eq!((by_value.worth, by_value.bound), (value, Some(value)), "{name}");
        let settled = |chosen: Vec<bool>| chosen.iter().filter(|c| **c).count() as i128;
        assert_eq!(settled(baseline::first_in_first_out(&instance)), gross, "{name}: trade by trade");
        let netted = baseline::net_best_fit(&instance);
        assert!(instance.settles(&netted) && settled(netted) <= count, "{name}");
    }
}

/// Small instances with few participants, so that rows meet; sizes times `scale`.
fn instances(n: std::ops::Range<usize>, scale: i64) -> impl Strategy<Value = Instance> {
    let rows = prop::collection::vec((0u32..4, 0u32..4, 0u32..2, 1i64..20, 0i64..20), n);
    let openings = (prop::collection::vec(0i64..20, 4), prop::collection::vec(0i64..15, 8));
    let groups = prop::collection::vec(prop::collection::vec(0i64..64, 2..4), 0..3);
    (rows, openings, groups).prop_map(move |(rows, (cash, positions), groups)| {
        let n = rows.len() as i64;
        // Identifiers with gaps, some below zero.
        let id = |at: i64| at * 7 - 20;
        let rows: Vec<Row> =
            (0i64..).zip(rows).map(|(at, (s, b, l, q, c))| (id(at), s, b, l, q * scale, c * scale)).collect();
        let positions: Vec<_> = (0u32..).zip(&positions).map(|(at, q)| (at / 2, at % 2, q * scale)).collect();
        let groups: Vec<Vec<i64>> = groups.iter().map(|g| g.iter().map(|m| id(m % n)).collect()).collect();
        let groups: Vec<&[i64]> = groups.iter().map(Vec::as_slice).collect();
        let cash: Vec<i64> = cash.iter().map(|c| c * scale).collect();
        Instance::check(draft(&cash, &positions, &rows, &groups)).expect("within bounds")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn nothing_is_better_among_all_subsets(instance in instances(1..11, 1), given in prop::collection::vec(0u64..9, 11)) {
        let given = &given[..instance.instructions().len()];
        for objective in [Objective::Count, Objective::Value, Objective::Weights(given)] {
            let (best, found) = (best_of_all(&instance, objective), solve(&instance, objective, 100));
            prop_assert_eq!(found.worth, best);
            prop_assert_eq!(found.bound, Some(best));
        }
    }

    #[test]
    fn numbers_at_the_edge_are_numbers_too(instance in instances(1..9, i64::MAX / 20)) {
        let best = best_of_all(&instance, Objective::Count);
        prop_assert_eq!(solve(&instance, Objective::Count, 100).worth, best);
        prop_assert_eq!(solve(&instance, Objective::Value, 100).worth, best_of_all(&instance, Objective::Value));
    }

    #[test]
    fn larger_ones_stand_and_are_within_their_bound(instance in instances(30..120, 1), edge in instances(30..60, i64::MAX / 20)) {
        for objective in [Objective::Count, Objective::Value] {
            solve(&instance, objective, 2_000);
            solve(&edge, objective, 2_000);
        }
    }

    #[test]
    fn parts_stand_beside_what_settles_whole(mut rows in prop::collection::vec((0u32..4, 0u32..4, 1i64..50, 0i64..50, 0i64..30), 1..12), cash in prop::collection::vec(0i64..60, 4)) {
        rows.sort_unstable();
        let mut it = draft(&cash, &[(0, 0, 30), (1, 0, 20)], &[], &[]);
        it.instructions = (0i64..).zip(&rows).map(|(id, (seller, buyer, quantity, cash, min_quantity))| Instruction {
            id, seller: *seller, buyer: *buyer, line: 0, quantity: *quantity, cash: *cash, priority: 4, partial_ok: true, min_quantity: *min_quantity,
        }).collect();
        let instance = Instance::check(it.clone()).expect("an instance");
        let found = optimise(&instance, &Plan { partials: true, ..plan(Objective::Value, 100) }, &mut || 0);
        // What settles and the parts, as instructions of their own.
        let parts = found.parts.iter().map(|p| Instruction { quantity: p.quantity, cash: p.cash, ..it.instructions[p.place as usize].clone() });
        let whole = it.instructions.iter().zip(&found.chosen).filter(|(_, c)| **c).map(|(i, _)| i.clone());
        let booked: Vec<_> = whole.chain(parts).collect();
        for p in &found.parts {
            let i = &it.instructions[p.place as usize];
            prop_assert!(!found.chosen[p.place as usize] && p.quantity >= i.min_quantity && p.quantity < i.quantity);
            prop_assert_eq!(p.cash, i.cash * p.quantity / i.quantity);
        }
        let all = vec![true; booked.len()];
        let booked = Instance::check(Draft { instructions: booked, ..it }).expect("an instance");
        prop_assert!(booked.settles(&all));
    }
}

/// What no chain is to be kept waiting for: a few asks after the time is gone, it is back.
#[test]
fn it_stops_when_it_is_told_to() {
    let instance = Family::Gridlock.draw(800, 3);
    let free = Plan { turns: None, ..plan(Objective::Value, 0) };
    for most in [0u32, 1, 2, 5, 50, 300, 1_000, 3_000] {
        let mut asked = 0u32;
        let mut late = 0u32;
        let settlement = optimise(&instance, &free, &mut || {
            asked += 1;
            late += u32::from(asked > most);
            if asked > most { ALL } else { asked * (ALL - 1) / most.max(1) }
        });
        assert!(instance.settles(&settlement.chosen), "told to stop after {most}");
        // Every part and every unit that might still fit is a place where it asks.
        assert!(late <= 2 * 800 + 20, "told {late} times that it is over");
    }
}

#[test]
fn turns_make_a_run_that_knows_no_clock() {
    for family in Family::ALL {
        let instance = family.draw(400, 5);
        let mut ticks = 0;
        let slow = optimise(&instance, &plan(Objective::Value, 20_000), &mut || {
            ticks += 1;
            ticks / 1_000 % (ALL - 1)
        });
        assert_eq!(slow, solve(&instance, Objective::Value, 20_000), "{}", family.name());
        let other = optimise(&instance, &Plan { seed: 2, ..plan(Objective::Value, 20_000) }, &mut || 0);
        assert!(instance.settles(&other.chosen));
    }
}

#[test]
fn it_is_better_than_netting_on_every_family() {
    for family in Family::ALL {
        let instance = family.draw(1_000, 11);
        assert_eq!(instance, family.draw(1_000, 11));
        let settled = |chosen: &[bool]| chosen.iter().filter(|c| **c).count();
        let (gross, netted) = (baseline::first_in_first_out(&instance), baseline::net_best_fit(&instance));
        assert!(instance.settles(&gross) && instance.settles(&netted));
        let found = solve(&instance, Objective::Count, 20_000);
        assert!(
            settled(&gross) < settled(&netted) && settled(&netted) < settled(&found.chosen),
            "{}: {} {} {}",
            family.name(),
            settled(&gross),
            settled(&netted),
            settled(&found.chosen)
        );
    }
}

#[test]
fn groups_that_share_a_member_are_one() {
    let rows = [(1, 0, 1, 0, 1, 0), (2, 0, 1, 0, 1, 0), (3, 0, 1, 0, 1, 0), (4, 0, 1, 0, 2, 0)];
    let instance =
        Instance::check(draft(&[0, 0], &[(0, 0, 2)], &rows, &[&[1, 2], &[2, 3]])).expect("an instance");
    let found = solve(&instance, Objective::Count, 100);
    assert_eq!(found.chosen, [false, false, false, true]);
}

#[test]
fn an_instance_is_read_as_it_was_written() {
    for family in Family::ALL {
        let instance = family.draw(200, 1);
        let text = ssp::write(&instance, "it says \"so\"");
        assert_eq!(ssp::read(text.as_bytes()).expect("ours"), instance);
    }
}

#[test]
fn what_cannot_be_is_refused_with_its_place() {
    let whole = |cash: &str, positions: &str, rows: &str, groups: &str| {
        format!(
            r#"{{"format":"ssp-1","n_participants":2,"prices":[100],"cash":{cash},"positions":{positions},"instructions":{rows},"groups":{groups}}}"#
        )
    };
    let row = "[[1,0,1,0,5,50,4,0,5]]";
    assert!(ssp::read(whole("[0,0]", "[]", row, "[]").as_bytes()).is_ok());
    for (text, words) in [
        (String::new(), "line 1 column 0"),
        ("[]".to_owned(), "ssp-1"),
        (r#"{"format":"ssp-2","instructions":[[1]]}"#.to_owned(), r#"its "format" is "ssp-2""#),
        (r#"{"prices":[]}"#.to_owned(), r#"its "format" is missing"#),
        (r#"{"format":"ssp-1"}"#.to_owned(), "prices: it is not there"),
        (whole("[0]", "[]", row, "[]"), "1 balances for 2 participants"),
        (whole("[0,-1]", "[]", row, "[]"), "cash[1]"),
        (whole("[0,0]", "[[0,0,-1]]", row, "[]"), "positions[0]"),
        (whole("[0,0]", "[[0,0,1],[0,0,1]]", row, "[]"), "positions[1]"),
        (whole("[0,0]", "[[2,0,1]]", row, "[]"), "participant 2 is not there"),
        (whole("[0,0]", "[]", "[[1,0,2,0,5,50,4,0,5]]", "[]"), "instructions[0] (id 1): participant 2"),
        (whole("[0,0]", "[]", "[[1,0,1,1,5,50,4,0,5]]", "[]"), "line 1 has no price"),
        (whole("[0,0]", "[]", "[[1,0,1,0,0,50,4,0,5]]", "[]"), "quantity 0"),
        (whole("[0,0]", "[]", "[[1,0,1,0,5,-50,4,0,5]]", "[]"), "cash -50"),
        (whole("[0,0]", "[]", "[[1,0,1,0,5,50,4,0,5],[1,0,1,0,5,50,4,0,5]]", "[]"), "instructions[1] (id 1)"),
        (
            whole("[0,0]", "[]", "[[1,0,1,0,5,50,4,7,5]]", "[]"),
            "instructions[0] (id 1): whether a part may settle is 0 or 1, not 7",
        ),
        (whole("[0,0]", "[]", "[[1,0,1,0,5,50,4,0]]", "[]"), "line 1 column"),
        (whole("[0,0]", "[]", "[[1,0,1,0,5.5,50,4,0,5]]", "[]"), "line 1 column"),
        (whole("[0,0]", "[]", "[[1,0,1,0,9223372036854775808,50,4,0,5]]", "[]"), "line 1 column"),
        (whole("[0,0]", "[]", row, "[[1,9]]"), "groups[0]: there is no instruction with id 9"),
    ] {
        let refusal = ssp::read(text.as_bytes()).expect_err(&text).to_string();
        assert!(refusal.contains(words), "{text}\n{refusal}");
    }
    let odd = whole("[0,0]", "[]", "[[1,0,1,0,5,50,9,0,5]]", "[]").replace("groups", "group");
    let read = ssp::read(odd.as_bytes()).expect("it can be read");
    let said = ssp::oddities(odd.as_bytes(), &read);
    assert!(said.len() == 2 && said[0].contains(r#""group" is passed over"#), "{said:?}");
    assert!(said[1].contains("the first of them id 1 with 9"), "{said:?}");
    let groups = whole("[0,0]", "[]", "[[1,0,1,0,5,50,4,1,7]]", "[[1,1],[]]");
    let said = ssp::oddities(groups.as_bytes(), &ssp::read(groups.as_bytes()).expect("it can be read"));
    assert!(said[0].contains("the first of them id 1 with 7 of 5"), "{said:?}");
    assert_eq!(
        said[1..],
        ["groups[0] names id 1 twice; it counts once", "groups[1] is empty: it is passed over"]
    );
    let plain = whole("[0,0]", "[]", row, "[]").replace('{', r#"{"name":"x","seed":0,"params":{"group":1},"#);
    assert_eq!(
        ssp::oddities(plain.as_bytes(), &read).len(),
        1,
        "the names are known: only the priority of what was read"
    );
    let huge = draft(&[0, 0], &[], &[(0, 0, 1, 0, i64::MAX, 0); 1], &[]);
    let row = huge.instructions[0].clone();
    let instructions = (0..4).map(|id| Instruction { id, ..row.clone() }).collect();
    let draft = Draft { prices: vec![i64::MAX], instructions, ..huge };
    let refusal = Instance::check(draft).expect_err("values that do not fit").to_string();
    assert!(refusal.contains("more than can be counted"), "{refusal}");
}
