//! What the indexes find is what a look at everything finds, and it is found among few.

use std::cell::Cell;

use finality_parsers::model::Linkage;
use proptest::prelude::*;

use super::*;
use crate::reconciliation::lines::{Standing, Standings};
use crate::reconciliation::transactions::{alleged_against, compare_alleged};

const ISINS: [&str; 2] = ["GB00ZZVOLT04", "DE0007164600"];

/// What a pair of messages says, small enough that many say the same.
#[derive(Debug, Clone)]
struct Said {
    names: u8,
    receive: bool,
    quantity: u64,
    day: u8,
    amount: Option<u64>,
    references: Vec<(u8, u8)>,
}

fn said() -> impl Strategy<Value = Said> {
    let references = prop::collection::vec((0_u8..3, 0_u8..6), 0..2);
    (0_u8..6, any::<bool>(), 1_u64..4, 0_u8..3, prop::option::of(1_u64..3), references).prop_map(
        |(names, receive, quantity, day, amount, references)| Said {
            names,
            receive,
            quantity,
            day,
            amount,
            references,
        },
    )
}

fn instrument(names: u8) -> serde_json::Value {
    let other = serde_json::json!([{ "scheme": "WKN", "value": "1" }]);
    match names {
        0 | 1 => serde_json::json!({ "isin": ISINS[usize::from(names)] }),
        2 => serde_json::json!({ "isin": ISINS[0], "other": other }),
        3 => serde_json::json!({ "other": other }),
        _ => serde_json::json!({ "description": format!("WORDS {names}") }),
    }
}

fn common(said: &Said) -> serde_json::Value {
    let mut fields = serde_json::json!({
        "movement": if said.receive { "receive" } else { "deliver" },
        "payment": "against",
        "instrument": instrument(said.names),
        "quantity": { "kind": "unit", "value": said.quantity.to_string() },
        "transaction_type": "TRAD",
        "delivering": {}, "receiving": {},
    });
    if let (Some(amount), Some(map)) = (said.amount, fields.as_object_mut()) {
        let amount = serde_json::json!({ "currency": "EUR", "value": amount.to_string() });
        map.insert("amount".into(), amount);
    }
    fields
}

fn read<T: serde::de::DeserializeOwned>(fields: serde_json::Value, more: serde_json::Value) -> T {
    let (serde_json::Value::Object(mut all), serde_json::Value::Object(more)) = (fields, more) else {
        unreachable!("both are made as objects")
    };
    all.extend(more);
    serde_json::from_value(all.into()).expect("what a test says can be read")
}

/// Trade `id` as it is out.
fn instruction(id: u64, said: &Said) -> SettlementInstruction {
    let shared = said.references.first().map(|(_, n)| format!("COMMON{n}"));
    let more = serde_json::json!({
        "id": format!("OURS{id}"), "function": "new", "common_reference": shared,
        "settlement_date": format!("2026-05-2{}", said.day),
    });
    read(common(said), more)
}

/// The third day is none at all.
fn alleged(said: &Said) -> AllegedTrade {
    let day = format!("2026-05-2{}", said.day);
    let settles = if said.day == 2 {
        serde_json::json!({ "coded": "OPEN" })
    } else {
        serde_json::json!({ "day": day })
    };
    let mut theirs: AllegedTrade = read(common(said), serde_json::json!({ "settlement_date": settles }));
    for (kind, n) in &said.references {
        let (kind, to) = [("RELA", "OURS"), ("COMM", "COMMON"), ("MITI", "MARKET")][usize::from(*kind)];
        theirs.linkages.push(Linkage::new(kind, reference(&format!("{to}{n}"))));
    }
    theirs
}

fn reference(text: &str) -> Reference {
    text.parse().expect("a test's reference is one")
}

fn standings(ours: &[SettlementInstruction]) -> Standings {
    let mut standings = Standings::default();
    for (i, id) in ours.iter().zip(0..) {
        let (line, common) = (Line::of_instruction(i), i.common_reference.clone());
        standings.moved(id, None, Some(&Standing::Out { line, common }));
    }
    standings
}

/// The place of the instruction that an allegement is about, and how many were looked at for it.
fn found(
    standings: &Standings,
    ours: &[SettlementInstruction],
    theirs: &AllegedTrade,
) -> (Option<usize>, usize) {
    let looked = Cell::new(0);
    let by_ours = |r: &Reference| r.as_str().strip_prefix("OURS").and_then(|n| n.parse().ok());
    let at = |id: u64| usize::try_from(id).expect("few");
    let found = standings.alleged_against(theirs, by_ours, |id| {
        looked.set(looked.get() + 1);
        ours.get(at(id))
    });
    (found.map(at), looked.get())
}

proptest! {
    #[test]
    fn the_instruction_found_is_the_one_that_a_look_at_all_finds(
        ours in prop::collection::vec(said(), 0..24),
        theirs in prop::collection::vec(said(), 1..8),
        ended in prop::collection::vec(any::<bool>(), 24),
    ) {
        let mut ours: Vec<_> = (0..).zip(&ours).map(|(id, said)| instruction(id, said)).collect();
        let mut standings = standings(&ours);
        // Those that have ended are in no index any more.
        for (place, id) in (0..ours.len()).zip(0_u64..).filter(|(place, _)| ended[*place]) {
            let (line, common) = (Line::of_instruction(&ours[place]), ours[place].common_reference.clone());
            standings.moved(id, Some(&Standing::Out { line, common }), None);
            ours[place].movement = match ours[place].movement {
                finality_parsers::model::Movement::Receive => finality_parsers::model::Movement::Deliver,
                finality_parsers::model::Movement::Deliver => finality_parsers::model::Movement::Receive,
            };
        }
        let open: Vec<(usize, &SettlementInstruction)> =
            ours.iter().enumerate().filter(|(place, _)| !ended[*place]).collect();
        for theirs in theirs.iter().map(alleged) {
            let all = alleged_against(open.iter().map(|(_, i)| *i), &theirs);
            let all = all.and_then(|i| open.iter().find(|(_, ours)| ours.id == i.id)).map(|(place, _)| *place);
            let by_ours = |r: &Reference| r.as_str().strip_prefix("OURS").and_then(|n| n.parse().ok());
            let look = |id: u64| open.iter().find(|(place, _)| *place as u64 == id).map(|(_, i)| *i);
            let found = standings.alleged_against(&theirs, by_ours, look);
            prop_assert_eq!(found.map(|id| usize::try_from(id).expect("few")), all);
        }
    }

    #[test]
    fn open_allegements_are_told_apart_as_by_a_look_at_all(
        open in prop::collection::vec((said(), any::<bool>()), 0..24),
        closed in prop::collection::vec(any::<bool>(), 24),
        theirs in prop::collection::vec(said(), 1..6),
    ) {
        let mut index = OpenAllegements::default();
        let link = |one: bool| if one { "one" } else { "two" };
        for ((said, one), exception) in open.iter().zip(0..) {
            // What is said anew of an exception takes the place of what was said.
            index.put(exception, link(!one), &reference("EARLIER"), &alleged(said));
            index.put(exception, link(*one), &reference("LATER"), &alleged(said));
        }
        let mut left: Vec<(u64, AllegedTrade)> = Vec::new();
        for (((said, one), exception), closed) in open.iter().zip(0..).zip(&closed) {
            if *closed {
                index.take(exception);
            } else if *one {
                left.push((exception, alleged(said)));
            }
        }
        prop_assert_eq!(index.of_link("one").map(|(e, _)| e).collect::<Vec<_>>(), left.iter().map(|(e, _)| *e).collect::<Vec<_>>());
        prop_assert_eq!(index.of_message("one", &reference("LATER")), left.first().map(|(e, _)| *e));
        prop_assert_eq!(index.of_message("one", &reference("EARLIER")), None);
        for said in &theirs {
            let theirs = alleged(said);
            let same: Vec<u64> = left.iter().filter(|(_, a)| is_same_allegement(a, &theirs)).map(|(e, _)| *e).collect();
            prop_assert_eq!(index.same("one", &theirs), same);
            let ours = instruction(1, said);
            let about = left.iter().filter(|(_, a)| alleged_against([&ours], a).is_some()).map(|(e, _)| *e);
            let found = index.about("one", &ours).into_iter();
            let found = found.filter(|(_, a)| alleged_against([&ours], &a.theirs).is_some()).map(|(e, _)| e);
            prop_assert_eq!(found.collect::<Vec<_>>(), about.collect::<Vec<_>>());
        }
    }
}

/// A statement of 2,000 allegements, beside 2,000 instructions: so many are looked at.
#[test]
fn each_allegement_is_laid_beside_few() {
    const MANY: u64 = 2_000;
    let said = |quantity| Said {
        names: 0,
        receive: true,
        quantity,
        day: 1,
        amount: Some(quantity),
        references: Vec::new(),
    };
    let looked = |ours: &dyn Fn(u64) -> Said, theirs: &dyn Fn(u64) -> Said, fits: bool| {
        let ours: Vec<_> = (0..MANY).map(|n| instruction(n, &ours(n))).collect();
        let standings = standings(&ours);
        let mut sum = 0;
        for theirs in (0..MANY).map(|n| alleged(&theirs(n))) {
            let (found, looked) = found(&standings, &ours, &theirs);
            assert_eq!(
                found.map(|place| compare_alleged(&ours[place], &theirs).is_empty()),
                fits.then_some(true)
            );
            sum += looked;
        }
        sum
    };
    // One line and day, every quantity once; all the same; and none of ours at all.
    assert!(looked(&said, &said, true) <= 2_000);
    assert!(looked(&|_| said(7), &|_| said(7), true) <= 2_000);
    assert_eq!(looked(&said, &|n| Said { names: 1, ..said(n) }, false), 0);
    // What is near is some, however many there are.
    let lines: Vec<Line> = (1..=MANY).map(|n| Line::of_alleged(&alleged(&said(n)))).collect();
    let mut near = Lines::default();
    lines.iter().zip(0..).for_each(|(line, id)| near.put(line, id));
    assert!(lines.iter().all(|line| near.near(line).len() <= 40));
    // And a list of as many, laid beside those that are open, finds each among few.
    let list: Vec<AllegedTrade> = (1..=MANY).map(|n| alleged(&said(n))).collect();
    let told = Told::of(&list);
    assert!(list.iter().all(|theirs| told.like(theirs).len() == 1));
}
