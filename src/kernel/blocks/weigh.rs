//! Block beside the sum of its allocations, executions beside block: pure, and with the tolerances of the matching profile.

use std::collections::BTreeSet;

use finality_parsers::model::{Bic, Reference};
use rust_decimal::Decimal;

use super::block::{About, Block, BlockKey, BlockStatus, Finding, Standing};
use super::deal::{Deal, Dealt};
use super::state::{Blocks, Message, ORDERS_MAX, OrderKey, TOGETHER_MAX};
use crate::lifecycle::trade::Terms;
use crate::matching::field::Field;
use crate::matching::rules::Rules;
use crate::matching::try_out::RuleBook;

/// What a share must have in common with its block.
pub const MUST_AGREE: [Field; 5] =
    [Field::Side, Field::Instrument, Field::TradeDate, Field::Price, Field::Broker];

/// So many contradictions are named; all are counted.
const NAMED_MAX: usize = 5;

/// A share comes.
pub(super) fn add(block: &mut Block, trade: u64, terms: &Terms) {
    if block.trades.insert(trade) {
        block.shares.count(terms, true);
    }
}

/// A share goes.
pub(super) fn remove(block: &mut Block, trade: u64, terms: &Terms) {
    block.contradicting.remove(&trade);
    if block.trades.remove(&trade) {
        block.shares.count(terms, false);
    }
}

/// Whether a share contradicts its block.
pub(super) fn check(block: &mut Block, trade: u64, head: &Terms, share: &Terms, rules: RuleBook<'_>) {
    let differs = rules.differences_in(|field| MUST_AGREE.contains(&field), head, share);
    if differs.is_empty() {
        block.contradicting.remove(&trade);
        return;
    }
    let of = share.account.as_ref().map_or(String::new(), ToString::to_string);
    let findings = differs
        .into_iter()
        .map(|d| Finding {
            about: About::Contradiction,
            field: d.field,
            of: of.clone(),
            block: d.ours,
            other: d.theirs,
            tolerance: d.tolerance,
        })
        .collect();
    block.contradicting.insert(trade, findings);
}

/// What is to be allocated, and whose word that is.
#[derive(Debug)]
pub struct Whole<'b> {
    /// How much.
    pub quantity: Decimal,
    /// The message whose word counts.
    pub head: &'b Message,
    /// Whether its net money is that of the whole block.
    pub of_all: bool,
}

impl Blocks {
    /// Where a block stands; nowhere when nothing is left of it, or its order has a block by now.
    pub fn weigh(&self, key: &BlockKey, rules: RuleBook<'_>) -> Option<Standing> {
        let BlockKey::Dealt { link, order } = key else { return self.weigh_told(key, rules) };
        let deal = self.deals.get(&(link.clone(), order.clone()))?;
        let named = |name: &Reference| self.by_order.get(name).is_some_and(|messages| !messages.is_empty());
        if deal.names.iter().any(named) {
            return None;
        }
        if deal.dealt().count > 0 {
            let findings = vec![Finding::follows(About::Unallocated)];
            return Some(Standing { status: BlockStatus::Pending, findings });
        }
        let stood = self.blocks.get(key).is_some_and(|b| b.standing.is_some());
        stood.then_some(Standing { status: BlockStatus::Cancelled, findings: Vec::new() })
    }

    fn weigh_told(&self, key: &BlockKey, rules: RuleBook<'_>) -> Option<Standing> {
        let block = self.blocks.get(key)?;
        let whole = self.whole(block)?;
        if Self::is_over(block) {
            return Some(Standing { status: BlockStatus::Cancelled, findings: Vec::new() });
        }
        let terms = &whole.head.told.terms;
        let rules_of = Rules::of(rules.profiles, rules.general, terms);
        let mut findings: Vec<Finding> =
            block.contradicting.values().flatten().take(NAMED_MAX).cloned().collect();
        findings.extend(allocations(block, &whole, rules_of));
        findings.extend(self.executions(block, terms, rules_of));
        findings.extend(self.reported(block, &whole, rules_of));
        let has = |about: About| findings.iter().any(|f| f.about == about);
        let status = if has(About::Contradiction) {
            BlockStatus::Disqualified
        } else if [About::Allocations, About::Executions, About::Reports].into_iter().any(has) {
            BlockStatus::Mismatched
        } else if findings.is_empty() {
            BlockStatus::Matched
        } else {
            BlockStatus::Pending
        };
        findings.sort();
        Some(Standing { status, findings })
    }

    /// What is to be allocated. A message that says more than it splits speaks for all; parts that only say their own are added up.
    pub fn whole<'b>(&'b self, block: &Block) -> Option<Whole<'b>> {
        let head = self.messages.get(block.head.as_ref()?)?;
        let told = &head.told;
        let own = told.terms.quantity.value();
        let of_all = told.announces || own > told.split || block.tally.standing <= 1;
        Some(Whole { quantity: if of_all { own } else { block.tally.quantity }, head, of_all })
    }

    /// Whether everything was taken back and no share is left.
    fn is_over(block: &Block) -> bool {
        block.trades.is_empty() && block.tally.open == 0
    }

    /// Executions beside the block, or beside all blocks that share its orders.
    fn executions(&self, block: &Block, terms: &Terms, rules: Rules<'_>) -> Vec<Finding> {
        if self.named.is_empty() {
            // Nobody tells of deals.
            return Vec::new();
        }
        let Some((blocks, orders)) = self.together(block) else { return Vec::new() };
        let deals = self.deals(&orders, terms.broker);
        if deals.is_empty() {
            return Vec::new();
        }
        let mut findings = Vec::new();
        let differ = |field: Field, of: &str, block: String, other: String, tolerance: String| Finding {
            about: About::Executions,
            field,
            of: of.to_owned(),
            block,
            other,
            tolerance,
        };
        for ((_, order), deal) in &deals {
            let said = Terms { side: deal.side, instrument: deal.instrument.clone(), ..terms.clone() };
            let book = crate::matching::compare::compare(terms, &said, rules);
            let other = book.into_iter().filter(|d| matches!(d.field, Field::Side | Field::Instrument));
            findings.extend(other.map(|d| differ(d.field, order.as_str(), d.ours, d.theirs, d.tolerance)));
        }
        let wanted: Decimal = blocks
            .iter()
            .filter_map(|b| self.whole(b))
            .fold(Decimal::ZERO, |sum, whole| sum.saturating_add(whole.quantity));
        let dealt = Dealt::sum(deals.iter().map(|(_, deal)| deal.dealt()));
        let tolerance = rules.tolerance(Field::Quantity, None);
        let figure = |value: Decimal| value.normalize().to_string();
        if !tolerance.lets_pass(wanted, dealt.quantity) {
            let all_known = orders.iter().all(|order| self.named.contains_key(*order));
            let finished = all_known && deals.iter().all(|(_, deal)| deal.finished);
            if dealt.quantity < wanted && !finished {
                findings.push(Finding::follows(About::Undealt));
            } else {
                let words = tolerance.words(wanted);
                findings.push(differ(Field::Quantity, "", figure(wanted), figure(dealt.quantity), words));
            }
            return findings;
        }
        let tolerance = rules.tolerance(Field::Price, None);
        if let ([_], Some(price), Some(average)) = (blocks.as_slice(), terms.price, dealt.average)
            && dealt.expressed == Some(price.kind)
            && !tolerance.lets_pass(price.value, average)
        {
            let words = tolerance.words(price.value);
            findings.push(differ(Field::Price, "", figure(price.value), figure(average), words));
        }
        findings
    }

    /// What was dealt for a block.
    pub fn dealt(&self, block: &Block) -> Dealt {
        if let BlockKey::Dealt { link, order } = &block.key {
            let deal = self.deals.get(&(link.clone(), order.clone()));
            return deal.map(Deal::dealt).unwrap_or_default();
        }
        let broker = self.whole(block).and_then(|whole| whole.head.told.terms.broker);
        Dealt::sum(self.deals(&self.orders(block), broker).iter().map(|(_, deal)| deal.dealt()))
    }

    /// The deals of orders, each once. Two brokers may call different orders by one name: those of another broker's line than the
    /// block's are not meant.
    fn deals<'a>(
        &'a self,
        orders: &BTreeSet<&Reference>,
        broker: Option<Bic>,
    ) -> Vec<(&'a OrderKey, &'a Deal)> {
        let keys: BTreeSet<&OrderKey> =
            orders.iter().filter_map(|order| self.named.get(*order)).flatten().collect();
        let is_other =
            |deal: &Deal| deal.broker.zip(broker).is_some_and(|(theirs, ours)| !theirs.same_office(&ours));
        let known = keys.into_iter().filter_map(|key| self.deals.get_key_value(key));
        known.filter(|(_, deal)| !is_other(deal)).collect()
    }

    /// All blocks that share orders with one, and all their orders; none where they are too many.
    fn together<'a>(&'a self, block: &'a Block) -> Option<(Vec<&'a Block>, BTreeSet<&'a Reference>)> {
        let mut blocks = vec![block];
        if block.tally.orders.len() > ORDERS_MAX {
            return None;
        }
        let mut orders = self.orders(block);
        let mut queue: Vec<&Reference> = orders.iter().copied().collect();
        while let Some(order) = queue.pop() {
            let messages = self.by_order.get(order).filter(|m| m.len() <= TOGETHER_MAX)?;
            for message in messages.iter().filter_map(|id| self.messages.get(id)) {
                let other = self.blocks.get(&message.home)?;
                if Self::is_over(other) || blocks.iter().any(|b| b.key == other.key) {
                    continue;
                }
                if blocks.len() == TOGETHER_MAX || other.tally.orders.len() > ORDERS_MAX {
                    return None;
                }
                blocks.push(other);
                let more: Vec<&Reference> =
                    self.orders(other).into_iter().filter(|o| orders.insert(*o)).collect();
                queue.extend(more);
            }
        }
        Some((blocks, orders))
    }
}

/// The block beside the sum of its shares.
fn allocations(block: &Block, whole: &Whole<'_>, rules: Rules<'_>) -> Option<Finding> {
    let finding = |field, block: String, other: String, tolerance| Finding {
        about: About::Allocations,
        field,
        of: String::new(),
        block,
        other,
        tolerance,
    };
    let shares = &block.shares;
    let tolerance = rules.tolerance(Field::Quantity, None);
    if !tolerance.lets_pass(whole.quantity, shares.quantity) {
        if shares.quantity < whole.quantity {
            return Some(Finding::follows(About::Unallocated));
        }
        let (said, sum) = (whole.quantity.normalize().to_string(), shares.quantity.normalize().to_string());
        return Some(finding(Field::Quantity, said, sum, tolerance.words(whole.quantity)));
    }
    let net = whole.head.told.terms.net.filter(|_| whole.of_all && shares.without_net == 0)?;
    let mut currencies = shares.net.iter().filter(|(_, sum)| !sum.is_zero());
    let (currency, sum) = currencies.next().filter(|_| currencies.next().is_none())?;
    let tolerance = rules.tolerance(Field::Net, Some(*currency));
    if *currency == net.currency() && tolerance.lets_pass(net.value(), *sum) {
        return None;
    }
    let words = tolerance.words(net.value());
    Some(finding(
        Field::Net,
        format!("{} {}", net.value(), net.currency()),
        format!("{sum} {currency}"),
        words,
    ))
}
