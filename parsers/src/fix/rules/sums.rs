//! Which figures must agree: a table, and one function per row.

use std::collections::BTreeSet;

use rust_decimal::Decimal;

use super::figures::{Basis, cent, differ, figure, half_digit, has_entries, total};
use super::topics::Topic;
use crate::fix::dictionary::Kind;
use crate::fix::field::{printable, well_formed};
use crate::fix::message::Message;

/// Figures that must agree.
#[derive(Debug, Clone, Copy)]
pub struct Sum {
    /// The finding's name.
    pub code: &'static str,
    /// In these messages.
    pub types: &'static [&'static str],
    /// The rule, for people.
    pub rule: &'static str,
    /// What it is about: tells the reason of the answer.
    pub topic: Topic,
    /// What to do.
    pub hint: &'static str,
    pub(super) check: fn(&Message<'_>, &mut dyn FnMut(u32, u32, String)),
}

type Say<'s> = &'s mut dyn FnMut(u32, u32, String);

const fn sum(
    code: &'static str,
    types: &'static [&'static str],
    topic: Topic,
    rule: &'static str,
    hint: &'static str,
    check: fn(&Message<'_>, &mut dyn FnMut(u32, u32, String)),
) -> Sum {
    Sum { code, types, rule, topic, hint, check }
}

const ALLOCATIONS: &[&str] = &["J", "AS", "BM"];

/// Which figures must agree.
pub const SUMS: &[Sum] = &[
    sum(
        "allocated-quantity",
        ALLOCATIONS,
        Topic::Split,
        "The quantities of all allocations (80) add up to the quantity of the block (53), fragments aside.",
        "correct the split or the block",
        allocated_quantity,
    ),
    sum(
        "executed-quantity",
        ALLOCATIONS,
        Topic::Quantity,
        "The quantities of all executions listed (32 in 124) add up to the quantity of the block (53), where each has one.",
        "list all executions of the block, or none",
        executed_quantity,
    ),
    sum(
        "average-price",
        ALLOCATIONS,
        Topic::Price,
        "Average price (6) is that of the executions listed (31 and 32 in 124), as exactly as it is given.",
        "average the executions anew, or list those that were averaged",
        average_price,
    ),
    sum(
        "fragment-count",
        ALLOCATIONS,
        Topic::Split,
        "A fragment has no more allocations (78) than all together have (892).",
        "TotNoAllocs counts the allocations of all fragments",
        fragment_count,
    ),
    sum(
        "share-twice",
        ALLOCATIONS,
        Topic::Share,
        "No two allocations have the same reference (467).",
        "give each share a reference of its own",
        share_twice,
    ),
    sum(
        "capacity-quantity",
        &["AK"],
        Topic::Capacity,
        "The quantities by capacity (863) add up to the quantity (80).",
        "correct the capacities",
        capacity_quantity,
    ),
    sum(
        "gross-amount",
        &["J", "AS", "AK", "BM"],
        Topic::Calculation,
        "Gross amount (381) is quantity times average price, as exactly as the price is given.",
        "compare price, price type and quantity",
        gross_amount,
    ),
    sum(
        "net-money",
        &["AK"],
        Topic::NetMoney,
        "Net money (118) is gross (381) and accrued interest (159), plus commission and fees for a purchase, minus them for a sale.",
        "compare commission and fees",
        confirmed_net,
    ),
    sum(
        "net-money",
        ALLOCATIONS,
        Topic::NetMoney,
        "The net money of an allocation (154) is its quantity times its price and accrued interest (742), plus commission and fees for a purchase, minus them for a sale.",
        "compare commission and fees",
        allocated_net,
    ),
    sum(
        "total-net-money",
        ALLOCATIONS,
        Topic::NetMoney,
        "Net money of the block (118) is the sum over its allocations (154), where all have one, fragments aside.",
        "compare the block with its allocations",
        |m, say| block_total(m, 118, 154, "net money", say),
    ),
    sum(
        "total-accrued-interest",
        ALLOCATIONS,
        Topic::Calculation,
        "Accrued interest of the block (540) is the sum over its allocations (742), where all have one, fragments aside.",
        "compare the block with its allocations",
        |m, say| block_total(m, 540, 742, "accrued interest", say),
    ),
    sum(
        "party-incomplete",
        &["J", "P", "AS", "AT", "AK", "BM", "T", "AV", "BQ", "8", "AE", "AR", "AD"],
        Topic::Party,
        "A party has an identifier, its source and a role.",
        "send all three; D is the source of identifiers of your own",
        whole_parties,
    ),
    sum(
        "settlement-before-trade",
        &["J", "AS", "AK", "BM", "8", "AE"],
        Topic::SettlementDate,
        "The settlement date (64) is not before the trade date (75).",
        "correct the dates",
        dates,
    ),
    sum(
        "order-quantity",
        &["8"],
        Topic::Quantity,
        "What was dealt (14) and what is open (151) make what was ordered (38) while the order works, and never more is dealt.",
        "compare the report with the order",
        order_quantity,
    ),
    sum(
        "captured-split",
        &["AE"],
        Topic::Split,
        "The shares of a side (80) add up to the quantity of the trade (32), where each has one.",
        "correct the split or the trade",
        captured_split,
    ),
    sum(
        "captured-sides",
        &["AE"],
        Topic::Side,
        "A trade has one side, or two that are opposed.",
        "send one report per trade, with the other side as seller or buyer",
        captured_sides,
    ),
    sum(
        "request-of-nothing",
        &["BH"],
        Topic::Other,
        "A request for a confirmation names an order, an allocation, a share or an account.",
        "say which confirmation is asked for",
        request_of_nothing,
    ),
];

fn allocated_quantity(message: &Message<'_>, say: Say<'_>) {
    if message.get(0, 892).is_some() || !has_entries(message, 0, 78) {
        return;
    }
    if let (Some(block), Some(sum)) = (figure(message, 0, 53), total(message, 0, 78, 80))
        && block != sum
    {
        say(0, 53, format!("the block is {block}, its allocations add up to {sum}"));
    }
}

fn executed_quantity(message: &Message<'_>, say: Say<'_>) {
    if !has_entries(message, 0, 124) {
        return;
    }
    if let (Some(block), Some(sum)) = (figure(message, 0, 53), total(message, 0, 124, 32))
        && block != sum
    {
        say(0, 53, format!("the block is {block}, its executions add up to {sum}"));
    }
}

fn average_price(message: &Message<'_>, say: Say<'_>) {
    let mut executions = message.group(0, 124).peekable();
    let Some(given) = figure(message, 0, 6).filter(|price| !price.is_zero()) else { return };
    if executions.peek().is_none() || !matches!(message.value(0, 423), None | Some(b"1" | b"2")) {
        return;
    }
    let value = executions.try_fold(Decimal::ZERO, |sum, e| {
        sum.checked_add(figure(message, e, 31)?.checked_mul(figure(message, e, 32)?)?)
    });
    if let (Some(value), Some(quantity)) = (value, total(message, 0, 124, 32))
        && let (Some(average), Some(slack)) = (value.checked_div(quantity), half_digit(given))
        && differ(given, average, slack)
    {
        let average = average.round_dp(given.scale().max(4)).normalize();
        say(0, 6, format!("the average price is {given}, that of the executions listed is {average}"));
    }
}

fn fragment_count(message: &Message<'_>, say: Say<'_>) {
    let count = message.group(0, 78).count();
    if let Some(all) = figure(message, 0, 892)
        && Decimal::from(count) > all
    {
        say(0, 892, format!("{count} allocations are here, but {all} in all fragments"));
    }
}

fn share_twice(message: &Message<'_>, say: Say<'_>) {
    let mut seen = BTreeSet::new();
    for entry in message.group(0, 78) {
        if let Some(id) = message.value(entry, 467)
            && !seen.insert(id)
        {
            say(entry, 467, format!("the share {} is there twice", printable(id)));
        }
    }
}

fn capacity_quantity(message: &Message<'_>, say: Say<'_>) {
    if !has_entries(message, 0, 862) {
        return;
    }
    if let (Some(quantity), Some(sum)) = (figure(message, 0, 80), total(message, 0, 862, 863))
        && quantity != sum
    {
        say(0, 80, format!("the quantity is {quantity}, by capacity it adds up to {sum}"));
    }
}

fn gross_amount(message: &Message<'_>, say: Say<'_>) {
    let basis = Basis::of(message);
    let quantity = if message.msg_type() == "AK" { 80 } else { 53 };
    if let (Some(gross), Some(quantity), Some(price)) =
        (figure(message, 0, 381), figure(message, 0, quantity), basis.price)
        && !price.is_zero()
        && !gross.is_zero()
        && let Some((expected, slack)) = basis.principal(quantity, price)
        && differ(gross, expected, slack)
    {
        say(0, 381, format!("gross is {gross}, quantity times price is {}", expected.normalize()));
    }
}

fn confirmed_net(message: &Message<'_>, say: Say<'_>) {
    let basis = Basis::of(message);
    let accrued = figure(message, 0, 159).unwrap_or_default();
    let quantity = figure(message, 0, 80).unwrap_or_default();
    if message.value(0, 773) == Some(b"2")
        && let (Some(found), Some(gross), Some(costs)) =
            (figure(message, 0, 118), figure(message, 0, 381), basis.costs(message, 0, quantity))
        && let Some(expected) = gross.checked_add(accrued).and_then(|g| basis.net(g, costs))
        && differ(found, expected, cent())
    {
        let expected = expected.normalize();
        let sum = "gross with accrued interest, commission and fees";
        say(0, 118, format!("net money is {found}, {sum} makes {expected}"));
    }
}

fn allocated_net(message: &Message<'_>, say: Say<'_>) {
    let basis = Basis::of(message);
    for entry in message.group(0, 78) {
        let accrued = figure(message, entry, 742).unwrap_or_default();
        let price = figure(message, entry, 153).or(basis.price).filter(|p| !p.is_zero());
        if let (Some(found), Some(quantity), Some(price)) =
            (figure(message, entry, 154), figure(message, entry, 80), price)
            && let Some((gross, slack)) = basis.principal(quantity, price)
            && let Some(costs) = basis.costs(message, entry, quantity)
            && let Some(expected) = gross.checked_add(accrued).and_then(|g| basis.net(g, costs))
            && differ(found, expected, slack)
        {
            let expected = expected.normalize();
            let sum = "quantity times price with accrued interest, commission and fees";
            say(entry, 154, format!("net money is {found}, {sum} makes {expected}"));
        }
    }
}

fn block_total(message: &Message<'_>, block: u32, share: u32, what: &str, say: Say<'_>) {
    if message.get(0, 892).is_some() || !has_entries(message, 0, 78) {
        return;
    }
    if let (Some(all), Some(sum)) = (figure(message, 0, block), total(message, 0, 78, share))
        && differ(all, sum, cent())
    {
        say(0, block, format!("{what} of the block is {all}, its allocations add up to {sum}"));
    }
}

fn whole_parties(message: &Message<'_>, say: Say<'_>) {
    for (number, entry) in (0u32..).zip(&message.entries) {
        let (id, source, role) = match entry.group {
            453 => (448, 447, 452),
            539 => (524, 525, 538),
            756 => (757, 758, 759),
            781 => (782, 783, 784),
            948 => (949, 950, 951),
            1116 => (1117, 1118, 1119),
            1414 => (1415, 1416, 1417),
            _ => continue,
        };
        for tag in [id, source, role] {
            if message.get(number, tag).is_none() {
                let name = message.dictionary().name(tag);
                say(number, tag, format!("{tag} ({name}) is missing from a party"));
            }
        }
    }
}

fn dates(message: &Message<'_>, say: Say<'_>) {
    if let (Some(trade), Some(settlement)) = (message.value(0, 75), message.value(0, 64))
        && well_formed(Kind::Date, trade)
        && well_formed(Kind::Date, settlement)
        && settlement < trade
    {
        let (settlement, trade) = (printable(settlement), printable(trade));
        say(0, 64, format!("settlement on {settlement} is before the trade on {trade}"));
    }
}

fn order_quantity(message: &Message<'_>, say: Say<'_>) {
    let (Some(ordered), Some(dealt)) = (figure(message, 0, 38), figure(message, 0, 14)) else { return };
    let open = figure(message, 0, 151).and_then(|open| dealt.checked_add(open));
    let works = matches!(message.value(0, 39), Some(b"0" | b"1" | b"2"));
    if dealt > ordered {
        say(0, 14, format!("{dealt} were dealt, but {ordered} ordered"));
    } else if works && open.is_some_and(|sum| sum != ordered) {
        let sum = open.unwrap_or_default();
        say(0, 151, format!("{ordered} were ordered, dealt and open make {sum}"));
    }
}

fn captured_split(message: &Message<'_>, say: Say<'_>) {
    for side in message.group(0, 552) {
        if has_entries(message, side, 78)
            && let (Some(quantity), Some(sum)) = (figure(message, 0, 32), total(message, side, 78, 80))
            && quantity != sum
        {
            say(side, 78, format!("the trade is {quantity}, the shares of this side add up to {sum}"));
        }
    }
}

fn captured_sides(message: &Message<'_>, say: Say<'_>) {
    let sides: Vec<u32> = message.group(0, 552).collect();
    let buys = |entry: &u32| matches!(message.value(*entry, 54), Some(b"1" | b"3"));
    match sides.as_slice() {
        [_] | [] => {}
        [one, other] if buys(one) != buys(other) => {}
        [_, other] => say(*other, 54, "both sides buy, or both sell".to_owned()),
        more => say(0, 552, format!("a trade has two sides, here are {}", more.len())),
    }
}

fn request_of_nothing(message: &Message<'_>, say: Say<'_>) {
    if !has_entries(message, 0, 73) && [70, 467, 79].iter().all(|tag| message.get(0, *tag).is_none()) {
        say(0, 859, "nothing says which confirmation is asked for".to_owned());
    }
}
