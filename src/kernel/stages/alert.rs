//! Trades at risk are told of before anything is wrong with them: so often, so many, the dearest first, and none twice unless it
//! got much worse.

use finality_parsers::desk::{Notice, RiskNotice};
use finality_parsers::machine::Timestamp;

use crate::book::Book;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::trade::Trade;
use crate::operation::Alerts;
use crate::risk::at_risk::{AtRisk, Filter, next_cut_off_day};
use crate::timers::Timer;

/// So much worse, in hundredths of a per cent, that people are told again.
const MUCH_WORSE_BP: u32 = 2_000;

impl Kernel {
    /// Looks at what is due, tells of what is at risk, and looks again later.
    pub(crate) fn alert(&mut self) {
        let Some(alerts) = self.book.profile.operation.alerts.clone() else { return };
        for risk in self.book.to_be_told(&alerts, self.now) {
            let (trade, probability_bp) = (risk.key.trade, risk.probability.bp);
            self.decide(Fact::Alerted { trade, probability_bp });
            self.tell(Notice::AtRisk(Box::new(RiskNotice {
                trade: risk.key,
                probability_bp,
                expected_cost: risk.compared,
                missing: risk.missing.first().map(|m| m.stage),
                action: risk.action,
            })));
        }
        self.book.next_look(self.now);
    }
}

impl Book {
    /// Sets when trades at risk are looked for next: after so many business minutes.
    pub(crate) fn next_look(&mut self, now: Timestamp) {
        let Some(alerts) = &self.profile.operation.alerts else { return };
        let next = self.profile.clock().after(now, u64::from(alerts.every_minutes.max(1)));
        self.timers.insert((next, Timer::Alerts));
    }

    fn to_be_told(&self, alerts: &Alerts, now: Timestamp) -> Vec<AtRisk> {
        let next = next_cut_off_day(&self.profile, now);
        let filter = Filter {
            until: Some(self.profile.calendar.add_business_days(next, alerts.days_ahead)),
            at_least_bp: alerts.at_least_per_10000,
            ..Filter::default()
        };
        // A person has it on the desk already when something is wrong with it.
        let told = |trade: &Trade, bp: u32| {
            !trade.exceptions.is_empty() || trade.alerted.is_some_and(|before| bp < before + MUCH_WORSE_BP)
        };
        let most = usize::try_from(alerts.most).unwrap_or(usize::MAX);
        self.dearest(now, &filter, None, most, |trade, risk| !told(trade, risk.probability.bp))
    }
}
