//! What the book knows of a trade at a moment, beside the trade itself.

use finality_parsers::machine::Timestamp;

use super::{at_risk, due};
use crate::book::Book;
use crate::exceptions::probability::Features;
use crate::exceptions::reason::ReasonCode;
use crate::lifecycle::trade::Trade;
use crate::profile::Profile;

/// What follows from the trade, the reference data and the time: no book is needed.
pub fn of_trade(trade: &Trade, profile: &Profile, now: Timestamp) -> Features {
    let clock = profile.clock();
    let settles = due::day(trade, profile);
    let cut_off = settles.map(|day| at_risk::cut_off_of(trade, day, profile));
    Features {
        minutes_left: cut_off.map(|cut_off| clock.minutes_between(now, cut_off)),
        overdue: cut_off.is_some_and(|cut_off| cut_off < now),
        days_left: settles.map(|day| clock.days_between(clock.date(now), day)),
        hours_in_state: Some(now.since(trade.entered).as_secs() / 3_600),
        ..Features::default()
    }
}

impl Book {
    /// All that is known of a trade at a moment, for a model.
    pub fn features(&self, trade: &Trade, reasons: Vec<ReasonCode>, now: Timestamp) -> Features {
        let (broker, isin) = trade.terms().map_or((None, None), |t| (t.broker, t.instrument.isin));
        Features {
            reasons,
            counterparty_bp: self.counterparties.rate_bp(broker),
            instrument_bp: self.counterparties.instrument_bp(isin),
            place_percent: self.owed.place_percent(trade),
            turns_before: trade.exceptions.iter().filter_map(|e| self.turns.before(*e)).max(),
            link_down: self.needs(trade).any(|link| self.down.contains_key(link)),
            ..of_trade(trade, &self.profile, now)
        }
    }

    /// The reasons of its open exceptions.
    pub fn reasons(&self, trade: &Trade) -> Vec<ReasonCode> {
        trade.exceptions.iter().filter_map(|e| self.exceptions.get(e)).map(|e| e.reason).collect()
    }

    /// The links that its next messages have to come by: the custodian's once it is instructed, else the broker's.
    fn needs<'b>(&'b self, trade: &'b Trade) -> impl Iterator<Item = &'b str> {
        let instructed = trade.instructed.as_ref();
        let custodian =
            instructed.and_then(|i| self.profile.custodians.iter().find(|c| c.name == i.custodian));
        let broker = trade.terms().and_then(|t| t.broker).filter(|_| instructed.is_none());
        let broker = broker.and_then(|bic| self.profile.brokers.iter().find(|b| b.bic == bic));
        custodian.map(|c| c.link.as_str()).into_iter().chain(broker.map(|b| b.link.as_str()))
    }
}
