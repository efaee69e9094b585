//! Rules across fields, which the standard states in words: what is needed when, and which sums must agree.
//!
//! Two tables: [`CONDITIONS`] (a value of one field makes others necessary) and [`SUMS`] (figures that must agree).

use rust_decimal::Decimal;

use super::dictionary::Kind;
use super::field::{Field, decimal, printable, well_formed};
use super::message::Message;
use crate::diagnostic::{Diagnostic, Findings, Layer, Severity};

/// A value of one field makes others necessary.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// The finding's name.
    pub code: &'static str,
    /// In these messages.
    pub types: &'static [&'static str],
    /// In the entries of this group; 0 is the message itself.
    pub group: u32,
    /// When this field has one of these values (any value, if none is given) ...
    pub when: (u32, &'static [&'static str]),
    /// ... and none of these fields has one of those values ...
    pub unless: &'static [(u32, &'static [&'static str])],
    /// ... then these must be there.
    pub needs: &'static [u32],
    /// Error, or warning where practice is lax.
    pub severity: Severity,
    /// What to do.
    pub hint: &'static str,
}

const ERROR: Severity = Severity::Error;
const WARNING: Severity = Severity::Warning;

/// What is needed when.
pub const CONDITIONS: &[Condition] = &[
    Condition {
        code: "earlier-reference",
        types: &["J"],
        group: 0,
        when: (71, &["1", "2"]),
        unless: &[],
        needs: &[72, 796],
        severity: ERROR,
        hint: "say which AllocID is replaced or cancelled, and why",
    },
    Condition {
        code: "earlier-reference",
        types: &["AS"],
        group: 0,
        when: (71, &["1", "2"]),
        unless: &[],
        needs: &[795, 796],
        severity: ERROR,
        hint: "say which AllocReportID is replaced or cancelled, and why",
    },
    Condition {
        code: "earlier-allocation",
        types: &["AS"],
        group: 0,
        when: (71, &["1", "2"]),
        unless: &[],
        needs: &[72],
        severity: WARNING,
        hint: "say which AllocID the earlier report was about",
    },
    Condition {
        code: "earlier-reference",
        types: &["AK"],
        group: 0,
        when: (666, &["1", "2"]),
        unless: &[],
        needs: &[772],
        severity: ERROR,
        hint: "say which ConfirmID is replaced or cancelled",
    },
    Condition {
        code: "intermediary-request",
        types: &["J"],
        group: 0,
        when: (626, &["8"]),
        unless: &[],
        needs: &[808],
        severity: ERROR,
        hint: "say what the intermediary is asked for",
    },
    Condition {
        code: "intermediary-request",
        types: &["AS"],
        group: 0,
        when: (794, &["8"]),
        unless: &[],
        needs: &[808],
        severity: ERROR,
        hint: "say what the intermediary is asked for",
    },
    Condition {
        code: "link-type",
        types: &["J", "AS"],
        group: 0,
        when: (196, &[]),
        unless: &[],
        needs: &[197],
        severity: ERROR,
        hint: "say what the link between the allocations is",
    },
    Condition {
        code: "orders-listed",
        types: &["J", "AS", "AK"],
        group: 0,
        when: (857, &["1"]),
        unless: &[],
        needs: &[73],
        severity: ERROR,
        hint: "list the orders, or send 857=0",
    },
    Condition {
        code: "allocations-listed",
        types: &["J"],
        group: 0,
        when: (71, &["0", "1"]),
        unless: &[(626, &["5", "7"])],
        needs: &[78],
        severity: ERROR,
        hint: "list the allocations; only a cancel, ready-to-book or warehouse instruction goes without (88=7)",
    },
    Condition {
        code: "allocations-listed",
        types: &["AS"],
        group: 0,
        when: (71, &["0", "1"]),
        unless: &[(794, &["5"])],
        needs: &[78],
        severity: ERROR,
        hint: "list the allocations; only a cancel or a warehouse recap goes without",
    },
    Condition {
        code: "fragment-end",
        types: &["J", "AS"],
        group: 0,
        when: (892, &[]),
        unless: &[],
        needs: &[893],
        severity: ERROR,
        hint: "say whether this is the last fragment",
    },
    Condition {
        code: "reject-reason",
        types: &["P", "AS"],
        group: 0,
        when: (87, &["1"]),
        unless: &[],
        needs: &[88],
        severity: ERROR,
        hint: "say why the block is refused",
    },
    Condition {
        code: "reject-reason",
        types: &["P"],
        group: 78,
        when: (79, &[]),
        unless: &[],
        needs: &[776],
        severity: WARNING,
        hint: "say for each refused account why",
    },
    Condition {
        code: "reject-reason",
        types: &["AU"],
        group: 0,
        when: (940, &["2"]),
        unless: &[],
        needs: &[774],
        severity: ERROR,
        hint: "say why the confirmation is refused",
    },
    Condition {
        code: "reject-text",
        types: &["P", "AS"],
        group: 0,
        when: (88, &["7", "99"]),
        unless: &[],
        needs: &[58],
        severity: WARNING,
        hint: "other reasons need words",
    },
    Condition {
        code: "delivery-type",
        types: &["J", "AS"],
        group: 78,
        when: (780, &["1", "2"]),
        unless: &[],
        needs: &[172],
        severity: ERROR,
        hint: "say versus payment (0) or free (1)",
    },
    Condition {
        code: "standing-instructions",
        types: &["J", "AS"],
        group: 78,
        when: (780, &["3"]),
        unless: &[],
        needs: &[169, 170, 171],
        severity: ERROR,
        hint: "name the database and the entry in it (88=20)",
    },
    Condition {
        code: "settlement-details",
        types: &["J", "AS"],
        group: 78,
        when: (780, &["2"]),
        unless: &[],
        needs: &[85],
        severity: ERROR,
        hint: "send the settlement parties, or another 780 (88=20)",
    },
    Condition {
        code: "encoded-text",
        types: &["J", "P", "AS", "AK", "AU"],
        group: 0,
        when: (355, &[]),
        unless: &[],
        needs: &[354],
        severity: ERROR,
        hint: "send the length before the data",
    },
    Condition {
        code: "encoded-text",
        types: &["J", "P", "AS", "AK", "AU"],
        group: 0,
        when: (354, &[]),
        unless: &[],
        needs: &[355],
        severity: ERROR,
        hint: "send the data behind its length",
    },
];

/// Figures that must agree.
#[derive(Debug, Clone, Copy)]
pub struct Sum {
    /// The finding's name.
    pub code: &'static str,
    /// In these messages.
    pub types: &'static [&'static str],
    /// The rule, for people.
    pub rule: &'static str,
    /// What to do.
    pub hint: &'static str,
    check: fn(&Message<'_>, &mut dyn FnMut(u32, u32, String)),
}

/// Which figures must agree.
pub const SUMS: &[Sum] = &[
    Sum {
        code: "allocated-quantity",
        types: &["J", "AS"],
        rule: "The quantities of all allocations (80) add up to the quantity of the block (53), fragments aside.",
        hint: "correct the split or the block; the usual answer is 87=1 with 88=8",
        check: allocated_quantity,
    },
    Sum {
        code: "fragment-count",
        types: &["J", "AS"],
        rule: "A fragment has no more allocations (78) than all together have (892).",
        hint: "TotNoAllocs counts the allocations of all fragments",
        check: fragment_count,
    },
    Sum {
        code: "capacity-quantity",
        types: &["AK"],
        rule: "The quantities by capacity (863) add up to the quantity (80).",
        hint: "correct the capacities; the usual answer is 940=2 with 774=19",
        check: capacity_quantity,
    },
    Sum {
        code: "gross-amount",
        types: &["J", "AS", "AK"],
        rule: "Gross amount (381) is quantity times average price, as exactly as the price is given.",
        hint: "compare price, price type and quantity; the usual answer is 87=1 with 88=9",
        check: gross_amount,
    },
    Sum {
        code: "net-money",
        types: &["AK"],
        rule: "Net money (118) is gross (381) and accrued interest (159), plus commission and fees for a purchase, minus them for a sale.",
        hint: "compare commission and fees; the usual answer is 940=2 with 774=16",
        check: confirmed_net,
    },
    Sum {
        code: "net-money",
        types: &["J", "AS"],
        rule: "The net money of an allocation (154) is its quantity times its price and accrued interest (742), plus commission and fees for a purchase, minus them for a sale.",
        hint: "compare commission and fees; the usual answer is 87=2 with 776=9 (calculation difference)",
        check: allocated_net,
    },
    Sum {
        code: "total-net-money",
        types: &["J", "AS"],
        rule: "Net money of the block (118) is the sum over its allocations (154), where all have one, fragments aside.",
        hint: "the usual answer is 87=1 with 88=9",
        check: total_net,
    },
    Sum {
        code: "party-incomplete",
        types: &["J", "P", "AS", "AK"],
        rule: "A party has an identifier, its source and a role.",
        hint: "send all three; D is the source of identifiers of your own",
        check: whole_parties,
    },
    Sum {
        code: "settlement-before-trade",
        types: &["J", "AS", "AK"],
        rule: "The settlement date (64) is not before the trade date (75).",
        hint: "correct the dates; the usual answer is 88=18 or 774=9",
        check: dates,
    },
];

/// Checks all rules for the message's type.
pub(super) fn check(message: &Message<'_>, findings: &mut Findings) {
    let msg_type = message.msg_type();
    for condition in CONDITIONS.iter().filter(|c| c.types.contains(&msg_type)) {
        if condition.group == 0 {
            check_condition(condition, message, 0, findings);
        } else {
            for entry in message.group(0, condition.group) {
                check_condition(condition, message, entry, findings);
            }
        }
    }
    for sum in SUMS.iter().filter(|s| s.types.contains(&msg_type)) {
        (sum.check)(message, &mut |entry, tag, what| {
            let first = || message.fields.get(message.entries.get(entry as usize)?.first as usize);
            let span = message.get(entry, tag).or_else(first).map_or(0..0, Field::span);
            findings.push(
                Diagnostic::error(Layer::Rule, sum.code, span, what)
                    .at(message.path(entry, tag))
                    .hint(sum.hint),
            );
        });
    }
}

fn check_condition(condition: &Condition, message: &Message<'_>, entry: u32, findings: &mut Findings) {
    let (tag, values) = condition.when;
    let Some(field) = message.get(entry, tag) else { return };
    let is =
        |value: &[u8], values: &[&str]| values.is_empty() || values.iter().any(|v| v.as_bytes() == value);
    let value = field.value(message.raw);
    if !is(value, values)
        || condition
            .unless
            .iter()
            .any(|(tag, values)| message.value(entry, *tag).is_some_and(|v| is(v, values)))
    {
        return;
    }
    for need in condition.needs.iter().filter(|need| message.get(entry, **need).is_none()) {
        let name = |tag| message.dictionary().name(tag);
        let because = if values.is_empty() {
            format!("{tag} is given")
        } else {
            format!("{tag} is {}", printable(value))
        };
        let what = format!("{need} ({}) is needed because {because}", name(*need));
        findings.push(
            Diagnostic::new(condition.severity, Layer::Rule, condition.code, field.span(), what)
                .at(message.path(entry, *need))
                .hint(condition.hint),
        );
    }
}

fn figure(message: &Message<'_>, entry: u32, tag: u32) -> Option<Decimal> {
    decimal(message.value(entry, tag)?)
}

fn total(message: &Message<'_>, group: u32, tag: u32) -> Option<Decimal> {
    message.group(0, group).try_fold(Decimal::ZERO, |sum, e| sum.checked_add(figure(message, e, tag)?))
}

fn has_entries(message: &Message<'_>, group: u32) -> bool {
    message.group(0, group).next().is_some()
}

type Say<'s> = &'s mut dyn FnMut(u32, u32, String);

fn allocated_quantity(message: &Message<'_>, say: Say<'_>) {
    if message.get(0, 892).is_some() || !has_entries(message, 78) {
        return;
    }
    if let (Some(block), Some(sum)) = (figure(message, 0, 53), total(message, 78, 80))
        && block != sum
    {
        say(0, 53, format!("the block is {block}, its allocations add up to {sum}"));
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

fn capacity_quantity(message: &Message<'_>, say: Say<'_>) {
    if !has_entries(message, 862) {
        return;
    }
    if let (Some(quantity), Some(sum)) = (figure(message, 0, 80), total(message, 862, 863))
        && quantity != sum
    {
        say(0, 80, format!("the quantity is {quantity}, by capacity it adds up to {sum}"));
    }
}

/// What the message says once for all its figures; read once, however many allocations there are.
struct Basis<'a> {
    currency: Option<&'a [u8]>,
    price_type: Option<&'a [u8]>,
    price: Option<Decimal>,
    side: Option<&'a [u8]>,
}

impl<'a> Basis<'a> {
    fn of(message: &Message<'a>) -> Self {
        let value = |tag| message.value(0, tag);
        Self { currency: value(15), price_type: value(423), price: figure(message, 0, 6), side: value(54) }
    }

    /// Quantity times price, and how far rounding of the price may move it; none for prices that are no prices.
    fn principal(&self, quantity: Decimal, price: Decimal) -> Option<(Decimal, Decimal)> {
        let divisor = match self.price_type {
            None | Some(b"2") => Decimal::ONE,
            Some(b"1") => Decimal::ONE_HUNDRED,
            Some(_) => return None,
        };
        let half = Decimal::try_from_i128_with_scale(5, price.scale().min(26) + 1).ok()?;
        let slack = quantity.checked_mul(half)?.checked_div(divisor)?.checked_add(cent())?;
        Some((quantity.checked_mul(price)?.checked_div(divisor)?, slack))
    }

    /// Commission and fees of an entry; `None` where they are in another currency or given as rates.
    fn costs(&self, message: &Message<'_>, entry: u32) -> Option<Decimal> {
        let foreign = |code: Option<&[u8]>| code.is_some() && code != self.currency;
        let mut sum = Decimal::ZERO;
        if let Some(commission) = figure(message, entry, 12) {
            if foreign(message.value(entry, 479)) || !matches!(message.value(entry, 13), None | Some(b"3")) {
                return None;
            }
            sum = sum.checked_add(commission)?;
        }
        for fee in message.group(entry, 136) {
            if foreign(message.value(fee, 138)) || !matches!(message.value(fee, 891), None | Some(b"0")) {
                return None;
            }
            sum = sum.checked_add(figure(message, fee, 137)?)?;
        }
        Some(sum)
    }

    fn net(&self, gross: Decimal, costs: Decimal) -> Option<Decimal> {
        match self.side? {
            b"1" | b"3" => gross.checked_add(costs),
            b"2" | b"4" | b"5" | b"6" => gross.checked_sub(costs),
            _ => None,
        }
    }
}

/// Amounts may differ by less than this.
fn cent() -> Decimal {
    Decimal::new(1, 2)
}

fn differ(a: Decimal, b: Decimal, slack: Decimal) -> bool {
    a.checked_sub(b).is_none_or(|d| d.abs() > slack)
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
    if message.value(0, 773) == Some(b"2")
        && let (Some(found), Some(gross), Some(costs)) =
            (figure(message, 0, 118), figure(message, 0, 381), basis.costs(message, 0))
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
            && let Some(costs) = basis.costs(message, entry)
            && let Some(expected) = gross.checked_add(accrued).and_then(|g| basis.net(g, costs))
            && differ(found, expected, slack)
        {
            let expected = expected.normalize();
            let sum = "quantity times price with accrued interest, commission and fees";
            say(entry, 154, format!("net money is {found}, {sum} makes {expected}"));
        }
    }
}

fn total_net(message: &Message<'_>, say: Say<'_>) {
    if message.get(0, 892).is_some() || !has_entries(message, 78) {
        return;
    }
    if let (Some(block), Some(sum)) = (figure(message, 0, 118), total(message, 78, 154))
        && differ(block, sum, cent())
    {
        say(0, 118, format!("net money of the block is {block}, its allocations add up to {sum}"));
    }
}

fn whole_parties(message: &Message<'_>, say: Say<'_>) {
    for (number, entry) in (0u32..).zip(&message.entries) {
        let (id, source, role) = match entry.group {
            453 => (448, 447, 452),
            539 => (524, 525, 538),
            756 => (757, 758, 759),
            781 => (782, 783, 784),
            _ => continue,
        };
        for tag in [id, source, role] {
            if message.get(number, tag).is_none() {
                say(
                    number,
                    tag,
                    format!("{tag} ({}) is missing from a party", message.dictionary().name(tag)),
                );
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
        say(
            0,
            64,
            format!("settlement on {} is before the trade on {}", printable(settlement), printable(trade)),
        );
    }
}
