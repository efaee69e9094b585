//! The depository by the rules of the United States: netted and delivered, buy-ins, the fails charge.

use finality_parsers::model::{Change, Event, StatusKind};

use super::{floor, order};

/// By the rules of the United States, on the hours of the other tests; the lines are shares.
const AMERICAN: &str = "cns_day = ['12:00:00']\nrecycle_drop = '15:50:00'\nfinal_figures = '16:30:00'\ncns_custodians_per_10000 = 0\n";

/// 0 sells to 1, who sells on to 2: for 1 nothing is to be delivered. Custodians are no members: what they buy is delivered.
#[test]
fn what_brokers_trade_with_each_other_is_netted_and_the_rest_is_delivered() {
    let mut floor = floor(AMERICAN);
    let (one, two, three, fund) = (floor.broker(0), floor.broker(1), floor.broker(2), 0);
    let (day, has) = (floor.day(), floor.has(floor.broker(0), 0));
    floor.both(&order("FIRST", (one, two), has - 20, 100_000));
    floor.both(&order("SECOND", (two, three), has - 20, 110_000));
    floor.both(&order("FUND", (one, fund), 10, 1_000));
    floor.until(day, 1, 29);
    assert!(floor.settled("FIRST").is_empty(), "the night cycle is to come");
    floor.until(day, 1, 30);
    for reference in ["FIRST", "SECOND", "FUND"] {
        let settled = floor.settled(reference);
        assert_eq!((settled.len(), settled[0].1.partial), (1, None), "{reference}");
    }
    // What comes after the night waits for the day cycle, and what cannot be delivered whole is delivered in part.
    let quantity = floor.has(two, 0) + 10;
    floor.until(day, 9, 0);
    floor.both(&order("LATE", (two, three), quantity, 5_000));
    assert!(floor.settled("LATE").is_empty());
    floor.until(day, 12, 0);
    assert!(floor.settled("LATE").is_empty(), "a part is no settlement of a trade");
    let open = [("LATED", "LACK"), ("LATER", "CLAC")];
    for (reference, code) in open {
        let told = floor.statuses(reference);
        let pending = told.iter().filter(|said| **said == (StatusKind::Pending, code.to_owned())).count();
        assert_eq!(pending, 1, "{reference} after the cycle in which it was netted: {told:?}");
    }
    let clearing = floor.csd.engine().clearing().expect("there is one");
    assert!(clearing.is_flat() && clearing.money_due() == 0);
    floor.until(day, 16, 0);
    assert!(floor.statuses("LATED").contains(&(StatusKind::Failing, "LACK".to_owned())));
    assert!(floor.statuses("LATER").contains(&(StatusKind::Failing, "CLAC".to_owned())));
    floor.well();
    floor.until(day, 17, 0);
    let next = floor.market.settlement_days()[1];
    floor.both(&order("COVERS", (one, two), 10, 4_000));
    floor.until(next, 2, 0);
    assert_eq!(floor.settled("LATE").len(), 1, "what it buys covers what it owes");
    floor.until(next, 17, 0);
    assert_eq!(floor.auditor.findings(), [] as [String; 0]);
}

#[test]
fn what_is_netted_is_neither_held_nor_cancelled() {
    let mut floor = floor(AMERICAN);
    let (one, two, day) = (floor.broker(0), floor.broker(1), floor.day());
    let quantity = floor.has(one, 0) + 10;
    floor.both(&order("SHORT", (one, two), quantity, 1_000));
    floor.change(one, "SHORTD", Change::Hold, "HOLD1");
    floor.until(day, 2, 0);
    floor.change(one, "SHORTD", Change::Release, "REL1");
    floor.until(day, 12, 0);
    floor.change(one, "SHORTD", Change::Hold, "HOLD2");
    floor.change(one, "SHORTD", Change::Priority(1), "PRIO1");
    let answers = ["HOLD1", "REL1", "HOLD2", "PRIO1"].map(|id| floor.statuses(id)[0].0.clone());
    let (yes, no) = (StatusKind::ChangeCompleted, StatusKind::ChangeDenied);
    assert_eq!(answers, [yes.clone(), yes, no.clone(), no]);
    floor.recall(one, "SHORTD", "CANC1");
    floor.recall(two, "SHORTR", "CANC2");
    assert!(floor.statuses("SHORTD").iter().any(|(kind, _)| *kind == StatusKind::CancellationDenied));
    floor.until(day, 16, 0);
    floor.well();
}

/// With a policy of one business day: what lacks securities is replaced the next morning, at two per cent above the price.
#[test]
fn a_buyer_that_has_waited_long_enough_buys_elsewhere() {
    let policy = format!(
        "{AMERICAN}[buy_in]\non = true\nprice_percent = 102\nextension = [{{ class = 'equity', business_days = 1 }}]\n"
    );
    let mut floor = floor(&policy);
    let (one, fund, day) = (floor.broker(0), 0, floor.day());
    let quantity = floor.has(one, 0) + 10;
    let price = floor.market.instruments[0].price_cents;
    let lender = floor.market.lender.account.to_string();
    let agreed = quantity * price;
    floor.both(&order("SHORT", (one, fund), quantity, agreed));
    floor.until(day, 16, 0);
    floor.auditor.cut_off(day);
    assert_eq!(floor.auditor.cash_cents(&lender), 0);
    let next = floor.market.settlement_days()[1];
    floor.until(next, 5, 0);
    let receiver: Vec<_> =
        floor.said.iter().filter(|(_, to, e)| *to == fund && matches!(e, Event::Settlement(_))).collect();
    assert_eq!(receiver.len(), 1, "{:?}", floor.statuses("SHORTR"));
    assert!(floor.statuses("SHORTD").contains(&(StatusKind::Cancelled, "CANS".to_owned())));
    let difference = agreed * 2 / 100;
    assert_eq!(floor.csd.buy_ins().values().copied().collect::<Vec<_>>(), [(1, difference)]);
    assert_eq!(floor.auditor.cash_cents(&lender), agreed + difference, "the seller pays the difference");
    floor.until(next, 17, 0);
    assert_eq!(floor.auditor.findings(), [] as [String; 0]);
    assert!(floor.csd.engine().book.is_conserved());
}

/// Bonds of a state: 3 % less 1 % of the proceeds over 360, for the day until the next; between the two that is all.
#[test]
fn who_fails_to_deliver_debt_of_the_treasury_is_charged() {
    let text = format!(
        "{AMERICAN}[fails_charge]\non = true\n[[market.classes]]\nclass = 'government_bond'\nlines_per_10000 = 10000\n"
    );
    let mut floor = floor(&text);
    let (one, fund, day) = (floor.broker(0), 0, floor.day());
    let quantity = floor.has(one, 0) + 10;
    floor.both(&order("SHORT", (one, fund), quantity, 360_000_000));
    floor.both(&order("DONE", (one, fund), 10, 1_000));
    floor.until(day, 16, 0);
    let charge = floor.csd.fails_charge().expect("it is on")[&day];
    assert_eq!((charge.count, charge.calendar_days), (1, 1));
    assert_eq!(charge.hundredths, 20_000, "3,600,000.00 x 2 % / 360 = 200.00");
    assert_eq!(charge.net, 0);
    assert_eq!(
        floor.csd.penalties().count,
        0,
        "the penalties of the Union are not those of the United States"
    );
    floor.well();
}

/// Two fails of a chain: with what is bought in for the first the second settles, and is not bought in too.
#[test]
fn what_settles_by_a_buy_in_is_not_bought_in() {
    let policy = format!(
        "{AMERICAN}cns_members_per_10000 = 0\n[buy_in]\non = true\nprice_percent = 1\n\
         extension = [{{ class = 'equity', business_days = 1 }}]\n"
    );
    let mut floor = floor(&policy);
    let (one, two, fund) = (floor.broker(0), floor.broker(1), 0);
    let quantity = floor.has(one, 0).max(floor.has(two, 0)) + 10;
    floor.both(&order("FIRST", (one, two), quantity, 1_000));
    floor.both(&order("SECOND", (two, fund), quantity, 1_000));
    let next = floor.market.settlement_days()[1];
    floor.until(next, 5, 0);
    assert_eq!(floor.csd.buy_ins().values().map(|(count, _)| count).sum::<u64>(), 1);
    assert_eq!(floor.settled("SECOND").len(), 1, "{:?}", floor.statuses("SECONDD"));
    assert_eq!(floor.auditor.findings(), [] as [String; 0]);
}
