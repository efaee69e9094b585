//! Four eyes: what one person orders and another must agree to.

use finality_parsers::desk::{Command, Decision, Notice, Order};

use crate::access::{self, Judgement, People};
use crate::approvals::Proposal;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::operation::Replaced;
use crate::profile::Timing;

impl Kernel {
    /// What a person orders: it is refused, waits for a second person, or is carried out.
    pub(crate) fn order(&mut self, order: &Order) {
        match access::judge(&self.book.profile.users, order, self.people_for(&order.command)) {
            Judgement::Refused(why) => self.refuse_order(order, why),
            Judgement::Proposed => self.propose(order),
            Judgement::Cleared(cleared) => self.carry_out(&order.command, &cleared),
        }
    }

    /// How many people an order takes, where that is not what the table says: the profile may let one person have an
    /// instruction follow terms that both sides have replaced.
    fn people_for(&self, command: &Command) -> Option<People> {
        let Command::Rebook { trade, .. } = command else { return None };
        let replaced = self.book.trades.get(trade).is_some_and(|t| t.replaced);
        let one = replaced && self.book.profile.operation.replaced != Replaced::TwoPeople;
        one.then_some(People::One)
    }

    pub(super) fn refuse_order(&mut self, order: &Order, why: String) {
        let (by, what) = (order.by.clone(), order.command.to_string());
        self.decide(Fact::OrderRefused { by: by.clone(), what: what.clone(), why: why.clone() });
        self.tell(Notice::Refused { by, what, why });
    }

    fn propose(&mut self, order: &Order) {
        // A second person should not be asked to agree to what cannot be done.
        if let Some(obstacle) = self.obstacle(&order.command) {
            let what = format!("{} wanted to {}, but {obstacle}", order.by, order.command);
            self.decide(Fact::Noted { trade: order.command.trade(), what });
            return;
        }
        let same = self.book.approvals.open().find(|p| p.command == order.command);
        if let Some(same) = same.map(|p| p.proposal) {
            self.refuse_order(
                order,
                format!("the same waits for a second person already, as proposal {same}"),
            );
            return;
        }
        let proposal = self.book.approvals.next();
        let until = Timing::in_minutes(self.now, self.book.profile.timing.approval_due_minutes.max(1));
        let (by, what) = (order.by.clone(), order.command.to_string());
        let command = Box::new(order.command.clone());
        self.decide(Fact::Proposed { proposal, by: by.clone(), command, until });
        self.tell(Notice::Proposed { proposal, by, what, until });
    }

    pub(super) fn approve(&mut self, order: &Order, proposal: u64) {
        let Some(waits) = self.book.approvals.get(proposal).cloned() else {
            return self.refuse_order(order, not_open(proposal));
        };
        match access::approve(&self.book.profile.users, &waits.command, &waits.by, &order.by) {
            Err(why) => self.refuse_order(order, why),
            Ok(cleared) => match self.obstacle(&waits.command).or_else(|| self.ssi_changed_since(&waits)) {
                Some(obstacle) => self.decided(&waits, Some(&order.by), Decision::Overtaken, obstacle),
                None => {
                    self.decided(&waits, Some(&order.by), Decision::Approved, String::new());
                    self.carry_out(&waits.command, &cleared);
                }
            },
        }
    }

    pub(super) fn decline(&mut self, order: &Order, proposal: u64, why: &str) {
        let Some(waits) = self.book.approvals.get(proposal).cloned() else {
            return self.refuse_order(order, not_open(proposal));
        };
        match access::decline(&self.book.profile.users, &waits.by, &order.by) {
            Err(refused) => self.refuse_order(order, refused),
            Ok(()) => self.decided(&waits, Some(&order.by), Decision::Declined, why.to_owned()),
        }
    }

    /// Nobody decided in time.
    pub(crate) fn proposal_deadline(&mut self, proposal: u64) {
        if let Some(waits) = self.book.approvals.get(proposal).cloned() {
            self.decided(&waits, None, Decision::Lapsed, "nobody decided in time".to_owned());
        }
    }

    fn decided(&mut self, waits: &Proposal, by: Option<&str>, decision: Decision, why: String) {
        let (proposal, by) = (waits.proposal, by.map(str::to_owned));
        let proposed_by = waits.by.clone();
        self.decide(Fact::Decided { proposal, proposed_by, by: by.clone(), decision, why: why.clone() });
        self.tell(Notice::Decided { proposal, by, decision, why });
    }
}

fn not_open(proposal: u64) -> String {
    format!("proposal {proposal} does not wait: it is decided, or never was")
}
