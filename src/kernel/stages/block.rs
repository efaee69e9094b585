//! Blocks: what a message says of one is kept; at the end of an input those that something changed in are weighed, and what
//! differs becomes an exception that closes by itself when it no longer does.

use finality_parsers::desk::Urgency;
use finality_parsers::model::{AllocationInstruction, Function, Reference};
use rust_decimal::Decimal;

use crate::blocks::block::{About, Block, BlockFact, BlockKey, BlockStatus, Finding, Standing, Told};
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::trade::Terms;
use crate::profile::Timing;

/// What blocks raise.
const RAISED: [ReasonCode; 5] = [
    ReasonCode::BlockUnallocated,
    ReasonCode::BlockUndealt,
    ReasonCode::BlockDiffers,
    ReasonCode::ExecutionsDiffer,
    ReasonCode::BlockContradicted,
];

impl Kernel {
    /// A message tells of a block; `instead` is the one whose place it takes.
    pub(super) fn block_told(
        &mut self,
        link: &str,
        allocation: &AllocationInstruction,
        instead: Option<&Reference>,
    ) {
        let known = instead.and_then(|id| self.book.blocks.message(id)).map(|m| &m.told);
        let (block, part) = match (&allocation.block, known) {
            (Some(block), _) => (block.clone(), true),
            (None, Some(told)) => (told.block.clone(), told.part),
            (None, None) => (allocation.id.clone(), false),
        };
        let split: Decimal = allocation
            .allocations
            .iter()
            .fold(Decimal::ZERO, |sum, share| sum.saturating_add(share.quantity.value()));
        let told = Told {
            id: allocation.id.clone(),
            link: link.to_owned(),
            block,
            part,
            announces: allocation.allocations.is_empty(),
            instead: instead.cloned(),
            orders: allocation.orders.clone(),
            split,
            terms: self.block_terms(link, allocation),
        };
        self.decide(Fact::Block(Box::new(BlockFact::Told(Box::new(told)))));
    }

    /// A message about a block is taken back; what is left of its shares is still one of them.
    pub(super) fn block_taken_back(&mut self, message: &Reference) {
        if self.book.blocks.message(message).is_some_and(|m| !m.taken_back) {
            self.decide(Fact::Block(Box::new(BlockFact::TakenBack { message: message.clone() })));
        }
    }

    fn block_terms(&self, link: &str, allocation: &AllocationInstruction) -> Terms {
        Terms {
            side: allocation.side,
            instrument: allocation.instrument.clone(),
            quantity: allocation.quantity,
            price: allocation.price,
            net: allocation.net,
            gross: allocation.gross,
            accrued: allocation.accrued,
            commission: None,
            fees: None,
            currency: allocation.currency,
            trade_date: allocation.trade_date,
            settlement_date: allocation.settlement_date,
            account: None,
            broker: self.counterparty(link, &allocation.parties),
            payment: None,
        }
    }

    /// Weighs the blocks in which something changed, each once for an input.
    pub(crate) fn weigh_blocks(&mut self) {
        while let Some(key) = self.book.blocks.next_touched() {
            let weighed = self.book.blocks.weigh(&key, self.rule_book());
            let Some(block) = self.book.blocks.get(&key) else {
                if let Some(standing) = weighed {
                    self.stood(&key, standing, None);
                }
                continue;
            };
            match weighed {
                None => self.dissolve(&key),
                Some(standing) if block.standing.as_ref() != Some(&standing) => {
                    let pending =
                        block.status().zip(block.due).filter(|(status, _)| *status == standing.status);
                    self.stood(&key, standing, pending.map(|(_, due)| due));
                }
                Some(_) => {}
            }
        }
    }

    fn stood(
        &mut self,
        key: &BlockKey,
        standing: Standing,
        due: Option<finality_parsers::machine::Timestamp>,
    ) {
        let timing = &self.book.profile.timing;
        let minutes = match standing.status {
            BlockStatus::Pending => Some(timing.allocation_due_minutes),
            BlockStatus::Mismatched | BlockStatus::Disqualified => Some(timing.repair_due_minutes),
            BlockStatus::Matched | BlockStatus::Cancelled => None,
        };
        let due = minutes.map(|minutes| due.unwrap_or(Timing::in_minutes(self.now, minutes.max(1))));
        let block = key.clone();
        self.decide(Fact::Block(Box::new(BlockFact::Stood { block, standing, due })));
        if self.confirms() {
            // What its block held back may go on.
            let shares = self.book.blocks.get(key).map(|block| block.trades.clone()).unwrap_or_default();
            self.to_confirm.extend(shares);
        }
        self.say_of_block(key, false);
    }

    /// Nothing is told of it any more, or what is belongs elsewhere.
    fn dissolve(&mut self, key: &BlockKey) {
        let Some(block) = self.book.blocks.get(key) else { return };
        let open: Vec<u64> = block.raised.values().filter(|r| r.open).map(|r| r.exception).collect();
        for exception in open {
            self.resolve(exception, format!("{key} is part of another block"));
        }
        self.decide(Fact::Block(Box::new(BlockFact::Dissolved { block: key.clone() })));
    }

    /// Opens, renews and closes the exceptions of a block; what is to follow is waited for until its time is up.
    fn say_of_block(&mut self, key: &BlockKey, overdue: bool) {
        let Some(block) = self.book.blocks.get(key) else { return };
        let Some(standing) = &block.standing else { return };
        if standing.findings.is_empty() && block.raised.is_empty() {
            return;
        }
        let standing = standing.clone();
        let wanted: Vec<(ReasonCode, Option<String>)> =
            RAISED.iter().map(|reason| (*reason, self.block_detail(block, &standing, *reason))).collect();
        for (reason, detail) in wanted {
            let raised = self.book.blocks.get(key).and_then(|b| b.raised.get(&reason)).cloned();
            let waits = matches!(reason, ReasonCode::BlockUnallocated | ReasonCode::BlockUndealt);
            match (detail, raised) {
                (None, Some(raised)) if raised.open => {
                    self.resolve(raised.exception, format!("block {key} is {}", standing.status.label()));
                }
                (Some(detail), None) if !waits || overdue => self.raise_of_block(key, reason, detail),
                // A person closed it, and it is no other than it was.
                (Some(detail), Some(raised)) if raised.detail == detail => {}
                (Some(detail), Some(raised)) if raised.open => {
                    let Some(known) = self.book.exceptions.get(&raised.exception) else { continue };
                    let (exception, urgency, due) = (known.id, known.urgency, known.due);
                    let text = detail.clone();
                    self.decide(Fact::ExceptionEscalated { exception, urgency, due, detail: text });
                    self.raised(key, reason, exception, detail);
                }
                (Some(detail), Some(_)) if !waits || overdue => self.raise_of_block(key, reason, detail),
                _ => {}
            }
        }
    }

    fn raise_of_block(&mut self, key: &BlockKey, reason: ReasonCode, detail: String) {
        let link = match key {
            BlockKey::Dealt { link, .. } => Some(link.clone()),
            BlockKey::Told(_) => self.block_link(key),
        };
        let exception = self.book.next_exception;
        self.raise_on_link(&link.unwrap_or_default(), false, reason, detail.clone());
        self.raised(key, reason, exception, detail);
    }

    fn raised(&mut self, key: &BlockKey, reason: ReasonCode, exception: u64, detail: String) {
        let block = key.clone();
        self.decide(Fact::Block(Box::new(BlockFact::Raised { block, reason, exception, detail })));
    }

    fn block_link(&self, key: &BlockKey) -> Option<String> {
        let head = self.book.blocks.get(key)?.head.as_ref()?;
        self.book.blocks.message(head).map(|m| m.told.link.clone())
    }

    /// What there is to say of a block for a reason.
    fn block_detail(&self, block: &Block, standing: &Standing, reason: ReasonCode) -> Option<String> {
        let about = match reason {
            ReasonCode::BlockUnallocated => About::Unallocated,
            ReasonCode::BlockUndealt => About::Undealt,
            ReasonCode::BlockDiffers => About::Allocations,
            ReasonCode::ExecutionsDiffer => About::Executions,
            _ => About::Contradiction,
        };
        // Allocations and the broker's report are both what the shares come to.
        let is_meant =
            |f: &&Finding| f.about == about || (about == About::Allocations && f.about == About::Reports);
        let found: Vec<&Finding> = standing.findings.iter().filter(is_meant).collect();
        if found.is_empty() {
            return None;
        }
        let key = &block.key;
        let blocks = &self.book.blocks;
        let wanted = blocks.whole(block).map(|whole| whole.quantity);
        let (shares, dealt) = (block.shares.quantity.normalize(), blocks.dealt(block).quantity.normalize());
        let of = |wanted: Option<Decimal>| wanted.map_or(String::new(), |w| format!(" of {}", w.normalize()));
        Some(match about {
            About::Unallocated if wanted.is_none() => format!("{key}: {dealt} dealt, nothing allocated"),
            About::Unallocated => format!("block {key}: {shares}{} allocated", of(wanted)),
            About::Undealt => format!("block {key}: {dealt}{} dealt", of(wanted)),
            _ => {
                let words = found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                let more = block.contradicting.len();
                let more = if about == About::Contradiction && more > found.len() {
                    format!("; {more} allocations in all")
                } else {
                    String::new()
                };
                format!("block {key}: {words}{more}")
            }
        })
    }

    /// A block stands where it stood when its time was up.
    pub(crate) fn block_deadline(&mut self, key: &BlockKey) {
        let Some(block) = self.book.blocks.get(key) else { return };
        let open: Vec<u64> = block.raised.values().filter(|r| r.open).map(|r| r.exception).collect();
        let minutes = self.book.profile.timing.repair_due_minutes.max(1);
        let next = Timing::in_minutes(self.now, minutes);
        let block = key.clone();
        self.decide(Fact::Block(Box::new(BlockFact::Overdue { block, next })));
        self.say_of_block(key, true);
        let now = self.now;
        for exception in open {
            let known = self.book.exceptions.get(&exception).cloned();
            if let Some(known) = known.filter(|e| e.due <= now && e.urgency < Urgency::Critical) {
                self.escalate(&known);
            }
        }
    }
}

/// The message that another replaces or takes back.
pub(super) fn earlier(allocation: &AllocationInstruction) -> Option<Reference> {
    match &allocation.function {
        Function::New => None,
        Function::Replace(earlier) | Function::Cancel(earlier) => {
            Some(earlier.clone().unwrap_or_else(|| allocation.id.clone()))
        }
    }
}
