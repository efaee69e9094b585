//! A report by which the broker confirms all shares of a block at once. Each becomes a confirmation; the report itself is
//! answered, once for every message or order that said something of its shares.

use finality_parsers::model::{
    AllocationReject, AllocationReport, AllocationReportAcknowledgement, AllocationStatus, ConfirmationKind,
    ConfirmationStatus, Event, EventKind, Function, Reference, Refusal, TradeConfirmation,
};

use super::allocation::{MISMATCHED_DATA, OTHER, acknowledgement};
use super::{Novelty, digest_of};
use crate::blocks::block::BlockFact;
use crate::blocks::report::Reported;
use crate::exceptions::reason::ReasonCode;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::outbox;

impl Kernel {
    pub(super) fn allocation_report(
        &mut self,
        link: &str,
        report: AllocationReport,
        refused: Option<Refusal>,
    ) -> bool {
        let event = Event::AllocationReport(Box::new(report));
        let digest = digest_of(&event);
        let Event::AllocationReport(report) = event else { unreachable!("made two lines above") };
        match self.novelty(link, EventKind::AllocationReport, &report.id, digest) {
            Novelty::Same(refused) => {
                self.repeated(link, &report.id);
                match refused {
                    Some(refusal) => self.refuse_report(link, &report, &refusal),
                    None => self.answer_repeated_report(link, &report),
                }
                return true;
            }
            Novelty::Other => {
                let text = self.reused(link, EventKind::AllocationReport, &report.id);
                let refusal = Refusal::Whole { reason: MISMATCHED_DATA.to_owned(), text };
                self.refuse_report(link, &report, &refusal);
                return false;
            }
            Novelty::New => {}
        }
        let earlier = match &report.allocation.function {
            Function::New => Vec::new(),
            Function::Replace(earlier) | Function::Cancel(earlier) => {
                self.reported(link, earlier.as_ref().unwrap_or(&report.id))
            }
        };
        let in_parts = report.allocation.fragment.is_some_and(|f| !f.last || !is_whole(&report));
        let refused = refused.or_else(|| {
            in_parts.then(|| Refusal::Whole {
                reason: OTHER.to_owned(),
                text: "reports in parts are not joined here: send the report in one message".to_owned(),
            })
        });
        let new = report.allocation.function == Function::New;
        let refused = refused.or_else(|| {
            (!new && earlier.is_empty()).then(|| Refusal::Whole {
                reason: MISMATCHED_DATA.to_owned(),
                text: "the report to which it refers is not known".to_owned(),
            })
        });
        self.take(link, EventKind::AllocationReport, &report.id, digest, refused.as_ref());
        if let Some(refusal) = refused {
            let detail = format!("allocation report {} refused: {}", report.id, refusal.text());
            self.raise_on_link(link, true, ReasonCode::Unreadable, detail);
            self.refuse_report(link, &report, &refusal);
            return true;
        }
        self.reports.entry((link.to_owned(), report.id.clone())).or_default();
        self.report_of_block(link, &report);
        if matches!(report.allocation.function, Function::Cancel(_)) {
            for (_, confirmation) in earlier {
                self.withdraw_confirmation(link, &report.id, &confirmation);
            }
            return true;
        }
        self.reported_shares(link, &report, earlier);
        true
    }

    /// What a report says of its block as a whole is kept beside it.
    fn report_of_block(&mut self, link: &str, report: &AllocationReport) {
        let fact = |what| Fact::Block(Box::new(what));
        if let Function::Replace(earlier) | Function::Cancel(earlier) = &report.allocation.function {
            let earlier = earlier.as_ref().unwrap_or(&report.id).clone();
            self.decide(fact(BlockFact::ReportTakenBack { link: link.to_owned(), report: earlier }));
        }
        if !matches!(report.allocation.function, Function::Cancel(_)) {
            let reported = Reported::of(&report.id, link, &report.allocation);
            self.decide(fact(BlockFact::Reported(Box::new(reported))));
        }
    }

    /// Takes the shares of a report; those of an earlier one that are no longer named are taken back.
    fn reported_shares(&mut self, link: &str, report: &AllocationReport, earlier: Vec<(u64, Reference)>) {
        let mut earlier = earlier;
        for (number, confirmation) in confirmations_of(report).into_iter().enumerate() {
            let Some(confirmation) = confirmation else {
                let what = format!("share {} of allocation report {} has no price", number + 1, report.id);
                self.decide(Fact::Noted { trade: None, what });
                continue;
            };
            let account = confirmation.account.as_ref();
            let same = earlier.iter().position(|(trade, _)| {
                self.book.trades.get(trade).and_then(|t| t.terms()).and_then(|t| t.account.as_ref())
                    == account
            });
            let replaces = same.map(|at| earlier.remove(at).0);
            self.confirmed(link, &confirmation, replaces, Some(&report.id));
        }
        for (_, confirmation) in earlier {
            self.withdraw_confirmation(link, &report.id, &confirmation);
        }
    }

    /// The trades that a report confirmed, with the names of the confirmations made of it.
    fn reported(&self, link: &str, report: &Reference) -> Vec<(u64, Reference)> {
        let trades = self.book.by_report.get(link, report);
        let confirmed = |id: &u64| {
            let confirmed = self.book.trades.get(id)?.confirmed.as_deref()?;
            Some((*id, confirmed.id.clone()))
        };
        trades.into_iter().flatten().filter_map(confirmed).collect()
    }

    /// A share of a report was not taken.
    pub(super) fn reject_share(
        &mut self,
        link: &str,
        report: &Reference,
        confirmation: &TradeConfirmation,
        why: String,
    ) {
        let Some(account) = confirmation.account.clone() else { return };
        let reject = AllocationReject {
            account,
            id: confirmation.individual_allocation.clone(),
            reason: Some(MISMATCHED_DATA.to_owned()),
            text: Some(why),
        };
        self.reports.entry((link.to_owned(), report.clone())).or_default().push(reject);
    }

    /// The same report again: what was not taken then is not taken now.
    fn answer_repeated_report(&mut self, link: &str, report: &AllocationReport) {
        self.reports.entry((link.to_owned(), report.id.clone())).or_default();
        if report.allocation.function != Function::New {
            return;
        }
        for confirmation in confirmations_of(report).into_iter().flatten() {
            if !self.book.by_confirmation.contains_key(link, &confirmation.id) {
                self.reject_share(link, &report.id, &confirmation, "it was not taken".to_owned());
            }
        }
    }

    /// Answers every report of whose shares something was said.
    pub(crate) fn answer_reports(&mut self) {
        for ((link, report), rejects) in std::mem::take(&mut self.reports) {
            self.answer_report(&link, &report, rejects);
        }
    }

    fn answer_report(&mut self, link: &str, report: &Reference, mut rejects: Vec<AllocationReject>) {
        let mut waits = false;
        let mut allocation = None;
        let mut trade_date = None;
        for (trade, _) in self.reported(link, report) {
            let Some(trade) = self.book.trades.get(&trade) else { continue };
            let Some(confirmed) = trade.confirmed.as_deref() else { continue };
            allocation = allocation.or_else(|| confirmed.block.clone());
            trade_date = trade_date.or(Some(confirmed.terms.trade_date));
            match (trade.state, confirmed.terms.account.clone()) {
                (State::Alleged | State::Allocated, _) => waits = true,
                (State::Mismatched, Some(account)) => rejects.push(AllocationReject {
                    account,
                    id: confirmed.share.clone(),
                    reason: Some(MISMATCHED_DATA.to_owned()),
                    text: Some("it differs from the allocation".to_owned()),
                }),
                _ => {}
            }
        }
        let allocation = allocation.unwrap_or_else(|| report.clone());
        let mut answer = acknowledgement(&allocation, None, rejects);
        if waits && answer.status == AllocationStatus::Accepted {
            answer.status = AllocationStatus::Received;
        }
        answer.trade_date = trade_date;
        self.say_to_report(link, report, answer);
    }

    fn refuse_report(&mut self, link: &str, report: &AllocationReport, refusal: &Refusal) {
        let mut answer = acknowledgement(&report.allocation.id, Some(refusal), Vec::new());
        answer.trade_date = Some(report.allocation.trade_date);
        self.say_to_report(link, &report.id, answer);
    }

    pub(super) fn say_to_report(
        &mut self,
        link: &str,
        report: &Reference,
        mut answer: finality_parsers::model::AllocationAcknowledgement,
    ) {
        if !self.book.profile.link(link).is_some_and(outbox::can_answer_confirmations) {
            return;
        }
        answer.transacted = Some(self.now.utc());
        let answer = AllocationReportAcknowledgement { report: report.clone(), answer };
        self.answer(link, Event::AllocationReportAcknowledgement(Box::new(answer)));
    }
}

/// Whether as many shares are there as were announced.
fn is_whole(report: &AllocationReport) -> bool {
    let announced = report.allocation.fragment.map_or(0, |f| f.total);
    u32::try_from(report.allocation.allocations.len()) == Ok(announced)
}

/// A report's shares as confirmations; `None` for a share without any price.
fn confirmations_of(report: &AllocationReport) -> Vec<Option<TradeConfirmation>> {
    let block = &report.allocation;
    let one = |(index, share): (usize, &finality_parsers::model::Allocation)| {
        Some(TradeConfirmation {
            supplementary: Vec::new(),
            market_side: false,
            counterparty_chain: None,
            fills: Vec::new(),
            id: format!("{}/{}", report.id, index + 1).parse().ok()?,
            function: Function::New,
            kind: ConfirmationKind::Confirmation,
            status: ConfirmationStatus::Confirmed,
            allocation: Some(block.id.clone()),
            individual_allocation: share.id.clone(),
            common_reference: None,
            side: block.side,
            instrument: block.instrument.clone(),
            quantity: share.quantity,
            price: share.price.or(block.price)?,
            gross: None,
            net: share.net,
            accrued: share.accrued,
            commission: share.commission.clone(),
            fees: share.fees.clone(),
            trade_date: block.trade_date,
            settlement_date: block.settlement_date,
            transacted: block.transacted,
            account: Some(share.account.clone()),
            payment: share.payment,
            parties: block.parties.clone(),
            chain: share.chain.clone(),
            market: block.market.clone(),
            capacities: Vec::new(),
            text: share.text.clone(),
        })
    };
    block.allocations.iter().enumerate().map(one).collect()
}
