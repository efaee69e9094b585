//! All blocks, and by what each is found: its messages, the orders they name, the trades that are its shares.

use std::collections::{BTreeMap, BTreeSet};

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Bic, ExecutionReport, Reference, TradeCapture};

use super::block::{Block, BlockFact, BlockKey, RaisedBlock, Told};
use super::deal::Deal;
use super::report::Reports;
use super::weigh;
use crate::book::Book;
use crate::exceptions::reason::ReasonCode;
use crate::index::{Known, Large, Ordered};
use crate::lifecycle::trade::{Share, Terms, Trade};
use crate::matching::try_out::RuleBook;
use crate::timers::Timer;

/// Blocks that share an order are compared with its deals together; where there are more, they are not.
pub(super) const TOGETHER_MAX: usize = 32;
/// A block of more orders is not compared with their deals.
pub(super) const ORDERS_MAX: usize = 256;

/// An order, as a line tells of it.
pub(super) type OrderKey = (String, Reference);
type Trades = BTreeMap<u64, Box<Trade>>;

/// A message that tells of a block.
#[derive(Debug, Clone)]
pub struct Message {
    /// What it says.
    pub told: Told,
    /// In which block it is.
    pub home: BlockKey,
    /// Whether it was taken back, or another took its place.
    pub taken_back: bool,
    /// Whether shares of it were ever taken.
    pub split: bool,
    /// The trades that are its shares.
    trades: BTreeSet<u64>,
}

impl Message {
    /// Who speaks for a block sorts first.
    fn rank(&self) -> (bool, bool, bool, &Reference) {
        let says_more = self.told.terms.quantity.value() > self.told.split;
        (self.taken_back, !self.told.announces, !says_more, &self.told.id)
    }
}

/// It.
#[derive(Debug, Default)]
pub struct Blocks {
    pub(super) blocks: Ordered<BlockKey, Block>,
    pub(super) messages: Large<Reference, Message>,
    /// Messages that stand, by the orders they name.
    pub(super) by_order: Known<Reference, BTreeSet<Reference>>,
    pub(super) deals: Large<OrderKey, Deal>,
    /// Deals by the names of their orders.
    pub(super) named: Known<Reference, BTreeSet<OrderKey>>,
    /// What brokers reported of whole blocks.
    pub(super) reports: Reports,
    by_exception: BTreeMap<u64, (BlockKey, ReasonCode)>,
    /// Something changed there: they are weighed at the end of the input.
    touched: BTreeSet<BlockKey>,
}

impl Blocks {
    /// A block.
    pub fn get(&self, key: &BlockKey) -> Option<&Block> {
        self.blocks.get(key)
    }

    /// All, by key.
    pub fn iter(&self) -> impl Iterator<Item = &Block> {
        self.blocks.after(None)
    }

    /// Those after that one, by key.
    pub fn after(&self, key: Option<&BlockKey>) -> impl Iterator<Item = &Block> {
        self.blocks.after(key)
    }

    /// What a message says.
    pub fn message(&self, id: &Reference) -> Option<&Message> {
        self.messages.get(id)
    }

    /// The block of a message or an order, or the one that is known by this reference.
    pub fn by_reference(&self, reference: &Reference) -> BTreeSet<&BlockKey> {
        let own = BlockKey::Told(reference.clone());
        let own = self.blocks.get(&own).map(|b| &b.key);
        let of_message = self.messages.get(reference).map(|m| &m.home);
        let of_order = self.by_order.get(reference).into_iter().flatten();
        let of_order = of_order.filter_map(|id| self.messages.get(id)).map(|m| &m.home);
        let dealt = self.named.get(reference).into_iter().flatten().filter_map(|(link, order)| {
            let key = BlockKey::Dealt { link: link.clone(), order: order.clone() };
            self.blocks.get(&key).map(|b| &b.key)
        });
        own.into_iter().chain(of_message).chain(of_order).chain(dealt).collect()
    }

    /// The block of a trade, by the share that it is.
    pub fn of_trade(&self, trade: &Trade) -> Option<&Block> {
        let share = trade.share.as_deref()?;
        self.blocks.get(&self.messages.get(&share.block)?.home)
    }

    /// The orders of a block's messages that stand.
    pub fn orders<'b>(&self, block: &'b Block) -> BTreeSet<&'b Reference> {
        block.tally.orders.keys().collect()
    }

    pub(crate) fn next_touched(&mut self) -> Option<BlockKey> {
        self.touched.pop_first()
    }

    /// What was touched before a restart was weighed then.
    pub(crate) fn rest(&mut self) {
        self.touched.clear();
    }

    // --- what is told ------------------------------------------------------------------------------------------------

    fn told(&mut self, told: &Told, trades: &Trades, rules: RuleBook<'_>) {
        if let Some(instead) = told.instead.as_ref().filter(|id| **id != told.id) {
            self.taken_back(instead, trades, rules);
            self.reports.carry(instead, &told.id);
        }
        let known = self.messages.contains_key(&told.id);
        if known {
            self.tally(&told.id, false);
            self.unname(&told.id);
        }
        for order in &told.orders {
            self.by_order.of(order.clone(), BTreeSet::new).insert(told.id.clone());
        }
        let home = self.home_of(told);
        match self.messages.get_mut(&told.id) {
            Some(known) => {
                known.told.clone_from(told);
                known.taken_back = false;
            }
            None => {
                let message = Message {
                    told: told.clone(),
                    home: home.clone(),
                    taken_back: false,
                    split: false,
                    trades: BTreeSet::new(),
                };
                self.messages.insert(told.id.clone(), message);
            }
        }
        let was = self.messages.get(&told.id).map_or_else(|| home.clone(), |m| m.home.clone());
        self.enter(&was).messages.insert(told.id.clone());
        self.tally(&told.id, true);
        if known {
            // What is new is where it belongs.
            self.rehome(&told.id, trades, rules);
        }
        self.rehead(&home, &told.id, trades, rules);
        self.neighbours(&told.id, trades, rules);
    }

    fn taken_back(&mut self, id: &Reference, trades: &Trades, rules: RuleBook<'_>) {
        self.tally(id, false);
        let Some(message) = self.messages.get_mut(id) else { return };
        message.taken_back = true;
        let home = message.home.clone();
        self.neighbours(id, trades, rules);
        self.unname(id);
        self.let_go(id);
        self.rehead(&home, id, trades, rules);
    }

    /// A message that stands counts in its block, or no longer.
    fn tally(&mut self, id: &Reference, comes: bool) {
        let Some(message) = self.messages.get(id).filter(|m| !m.taken_back) else { return };
        let open = message.told.announces || !message.split;
        if let Some(block) = self.blocks.get_mut(&message.home) {
            block.tally.count(&message.told, open, comes);
        }
    }

    /// A message that was taken back stays while trades are left of it.
    fn let_go(&mut self, id: &Reference) {
        let Some(message) = self.messages.get(id) else { return };
        if message.taken_back
            && message.trades.is_empty()
            && let Some(block) = self.blocks.get_mut(&message.home)
            // Whose word counts stays: it says what the block was.
            && block.head.as_ref() != Some(id)
            && block.messages.len() > 1
        {
            block.messages.remove(id);
            self.messages.remove(id);
        }
    }

    fn unname(&mut self, id: &Reference) {
        let Some(message) = self.messages.get(id) else { return };
        for order in &message.told.orders {
            if let Some(messages) = self.by_order.get_mut(order) {
                messages.remove(id);
            }
        }
    }

    /// Others that name the same orders: they may belong to what is announced, and share the deals.
    fn neighbours(&mut self, id: &Reference, trades: &Trades, rules: RuleBook<'_>) {
        let Some(message) = self.messages.get(id) else { return };
        let (announces, orders) = (message.told.announces, message.told.orders.clone());
        for order in &orders {
            for (link, order) in self.named.get(order).cloned().into_iter().flatten() {
                self.touch(BlockKey::Dealt { link, order });
            }
            let others: Vec<Reference> = match self.by_order.get(order) {
                Some(others) if others.len() <= TOGETHER_MAX => others.iter().cloned().collect(),
                _ => continue,
            };
            for other in others.iter().filter(|other| *other != id) {
                if announces {
                    self.rehome(other, trades, rules);
                }
                if let Some(home) = self.messages.get(other).map(|m| m.home.clone()) {
                    self.touch(home);
                }
            }
        }
    }

    /// In which block a message belongs: the one it names; else the one that announces its orders; else its own.
    fn home_of(&self, told: &Told) -> BlockKey {
        let own = BlockKey::Told(told.block.clone());
        if told.part || told.announces {
            return own;
        }
        let of_orders = told.orders.iter().filter_map(|order| self.by_order.get(order));
        let of_orders = of_orders.filter(|messages| messages.len() <= TOGETHER_MAX).flatten();
        let announced = of_orders
            .filter_map(|id| self.messages.get(id))
            .filter(|m| m.told.announces && !m.taken_back && m.told.id != told.id);
        let nearest = announced.min_by_key(|m| {
            let (ours, theirs) = (&told.terms, &m.told.terms);
            (
                ours.trade_date != theirs.trade_date,
                ours.side != theirs.side,
                ours.instrument != theirs.instrument,
                m.told.id.clone(),
            )
        });
        nearest.map_or(own, |m| m.home.clone())
    }

    /// A message goes with its shares to the block where it belongs.
    fn rehome(&mut self, id: &Reference, trades: &Trades, rules: RuleBook<'_>) {
        let Some(message) = self.messages.get(id) else { return };
        let (from, to) = (message.home.clone(), self.home_of(&message.told));
        if from == to {
            return;
        }
        self.tally(id, false);
        let Some(message) = self.messages.get(id) else { return };
        let moved = message.trades.clone();
        let standing: Vec<u64> = moved
            .into_iter()
            .filter(|t| self.blocks.get(&from).is_some_and(|b| b.trades.contains(t)))
            .collect();
        let terms = |trade: &u64| trades.get(trade).and_then(|t| t.share.as_deref()).map(|s| &s.terms);
        for trade in &standing {
            if let (Some(block), Some(terms)) = (self.blocks.get_mut(&from), terms(trade)) {
                weigh::remove(block, *trade, terms);
            }
            if let Some(terms) = terms(trade) {
                weigh::add(self.enter(&to), *trade, terms);
                self.check(&to, *trade, terms, rules);
            }
        }
        if let Some(block) = self.blocks.get_mut(&from) {
            block.messages.remove(id);
        }
        self.enter(&to).messages.insert(id.clone());
        if let Some(message) = self.messages.get_mut(id) {
            message.home = to.clone();
        }
        self.tally(id, true);
        self.rehead(&from, id, trades, rules);
        self.rehead(&to, id, trades, rules);
    }

    /// Whose word counts for the block, after something became of a message: what announces it, else who says more than it
    /// splits, else the first by reference.
    fn rehead(&mut self, key: &BlockKey, about: &Reference, trades: &Trades, rules: RuleBook<'_>) {
        self.touch(key.clone());
        let Some(block) = self.blocks.get(key) else { return };
        let before = block.head.as_ref().filter(|head| *head != about && block.messages.contains(*head));
        let head = match before {
            // One more that does not speak for the block changes nothing, and the others need not be asked.
            Some(head) => self.foremost(std::iter::once(head).chain(block.messages.get(about))),
            None => self.foremost(block.messages.iter()),
        };
        if head.is_some() && before == head.map(|m| &m.told.id) {
            return;
        }
        let head = head.map(|m| &m.told);
        let (id, terms) = (head.map(|h| h.id.clone()), head.map(|h| h.terms.clone()));
        let Some(block) = self.blocks.get_mut(key) else { return };
        block.head = id;
        block.contradicting.clear();
        let Some(head) = terms else { return };
        for trade in block.trades.clone() {
            if let Some(share) = trades.get(&trade).and_then(|t| t.share.as_deref()) {
                weigh::check(block, trade, &head, &share.terms, rules);
            }
        }
    }

    fn foremost<'a>(&self, ids: impl Iterator<Item = &'a Reference>) -> Option<&Message> {
        let messages = ids.filter_map(|id| self.messages.get(id));
        messages.min_by(|a, b| a.rank().cmp(&b.rank()))
    }

    fn enter(&mut self, key: &BlockKey) -> &mut Block {
        self.blocks.of(key, || Block::new(key.clone()))
    }

    fn touch_message(&mut self, id: &Reference) {
        if let Some(home) = self.messages.get(id).map(|m| m.home.clone()) {
            self.touch(home);
        }
    }

    fn touch(&mut self, key: BlockKey) {
        self.touched.insert(key);
    }

    // --- shares ------------------------------------------------------------------------------------------------------

    /// A trade is a share of its block.
    pub(crate) fn share(&mut self, trade: u64, share: &Share, rules: RuleBook<'_>) {
        let Some(message) = self.messages.get_mut(&share.block) else { return };
        message.trades.insert(trade);
        let first = !std::mem::replace(&mut message.split, true);
        let Some(block) = self.blocks.get_mut(&message.home) else { return };
        if first && !message.taken_back && !message.told.announces {
            block.tally.open = block.tally.open.saturating_sub(1);
        }
        weigh::add(block, trade, &share.terms);
        let home = message.home.clone();
        self.check(&home, trade, &share.terms, rules);
        self.touch(home);
    }

    /// A share beside whose word counts for its block.
    fn check(&mut self, key: &BlockKey, trade: u64, share: &Terms, rules: RuleBook<'_>) {
        let Some(block) = self.blocks.get_mut(key) else { return };
        let head = block.head.as_ref().and_then(|id| self.messages.get(id));
        if let Some(head) = head {
            weigh::check(block, trade, &head.told.terms, share, rules);
        }
    }

    /// It is none any more: dropped, or its trade is cancelled.
    pub(crate) fn unshare(&mut self, trade: u64, share: &Share) {
        let Some(message) = self.messages.get_mut(&share.block) else { return };
        message.trades.remove(&trade);
        let home = message.home.clone();
        if let Some(block) = self.blocks.get_mut(&home) {
            weigh::remove(block, trade, &share.terms);
        }
        self.let_go(&share.block);
        self.touch(home);
    }

    // --- deals -------------------------------------------------------------------------------------------------------

    pub(crate) fn executed(&mut self, link: &str, broker: Option<Bic>, execution: &ExecutionReport) {
        let key = (link.to_owned(), execution.order.clone());
        let names = [Some(&execution.order), execution.client_order.as_ref()];
        let deal = self.deals.of(key.clone(), || Deal::of_execution(execution));
        deal.broker = broker;
        deal.executed(execution);
        self.name(&key, names);
    }

    pub(crate) fn captured(&mut self, link: &str, broker: Option<Bic>, capture: &TradeCapture) {
        for side in &capture.sides {
            let Some(order) = side.order.as_ref().or(side.client_order.as_ref()) else { continue };
            let key = (link.to_owned(), order.clone());
            let deal = self.deals.of(key.clone(), || Deal::of_capture(capture, side.side));
            deal.broker = broker;
            deal.captured(capture);
            self.name(&key, [Some(order), side.client_order.as_ref()]);
        }
    }

    fn name(&mut self, key: &OrderKey, names: [Option<&Reference>; 2]) {
        let Some(deal) = self.deals.get_mut(key) else { return };
        for name in names.into_iter().flatten() {
            if deal.names.insert(name.clone()) {
                self.named.of(name.clone(), BTreeSet::new).insert(key.clone());
            }
        }
        let homes: Vec<BlockKey> = deal
            .names
            .iter()
            .filter_map(|name| self.by_order.get(name))
            .filter(|messages| messages.len() <= TOGETHER_MAX)
            .flatten()
            .filter_map(|id| self.messages.get(id))
            .map(|m| m.home.clone())
            .collect();
        homes.into_iter().for_each(|home| self.touch(home));
        self.touch(BlockKey::Dealt { link: key.0.clone(), order: key.1.clone() });
    }

    // --- what follows ------------------------------------------------------------------------------------------------

    /// An exception is closed; whether a person closed it, although what it is about stands.
    pub(crate) fn closed(&mut self, exception: u64, by_person: bool) {
        let Some((key, reason)) = self.by_exception.remove(&exception) else { return };
        let Some(block) = self.blocks.get_mut(&key) else { return };
        if by_person {
            if let Some(raised) = block.raised.get_mut(&reason) {
                raised.open = false;
            }
        } else {
            block.raised.remove(&reason);
        }
    }

    fn due(&self, key: &BlockKey) -> Option<Timestamp> {
        self.blocks.get(key).and_then(|b| b.due)
    }

    fn apply(&mut self, fact: &BlockFact, trades: &Trades, rules: RuleBook<'_>, at: Timestamp) {
        match fact {
            BlockFact::Told(told) => self.told(told, trades, rules),
            BlockFact::TakenBack { message } => self.taken_back(message, trades, rules),
            BlockFact::Reported(reported) => {
                self.reports.put(reported);
                self.touch_message(&reported.message);
            }
            BlockFact::ReportTakenBack { link, report } => {
                if let Some(message) = self.reports.take(link, report) {
                    self.touch_message(&message);
                }
            }
            BlockFact::Stood { block, standing, due } => {
                let block = self.enter(block);
                if block.status() != Some(standing.status) {
                    block.since = Some(at);
                }
                block.standing = Some(standing.clone());
                block.due = *due;
            }
            BlockFact::Dissolved { block } => {
                self.blocks.remove(block);
            }
            BlockFact::Raised { block, reason, exception, detail } => {
                let (exception, detail) = (*exception, detail.clone());
                self.by_exception.insert(exception, (block.clone(), *reason));
                let raised = RaisedBlock { exception, open: true, detail };
                self.enter(block).raised.insert(*reason, raised);
            }
            BlockFact::Overdue { block, next } => self.enter(block).due = Some(*next),
        }
    }
}

impl Book {
    /// Applies a fact about a block, and sets when it is looked at again.
    pub(crate) fn apply_block(&mut self, fact: &BlockFact, at: Timestamp) {
        let key = match fact {
            BlockFact::Stood { block, .. }
            | BlockFact::Dissolved { block }
            | BlockFact::Overdue { block, .. } => Some(block),
            _ => None,
        };
        let before = key.and_then(|key| self.blocks.due(key));
        let rules = RuleBook { profiles: &self.profile.matching, general: &self.profile.tolerances };
        self.blocks.apply(fact, &self.trades, rules, at);
        let Some(key) = key else { return };
        let after = self.blocks.due(key);
        if before != after {
            if let Some(before) = before {
                self.timers.remove(&(before, Timer::Block(key.clone())));
            }
            if let Some(after) = after {
                self.timers.insert((after, Timer::Block(key.clone())));
            }
        }
    }

    /// All blocks.
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}
