//! When something may settle, as the auditor reads it from the scenario: by itself, not from the depository's schedule.

use std::time::Duration;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::BusinessDate;

use crate::market::{Market, at};

/// A time from which and until which.
type Span = (Timestamp, Timestamp);

/// Hours of all days.
#[derive(Debug, Default)]
pub(super) struct Hours {
    paid: Vec<Span>,
    free: Vec<Span>,
    parts: Vec<Span>,
    /// Cut-offs of what is paid for.
    closes: Vec<(BusinessDate, Timestamp)>,
    /// When many may settle at once, so that only the balances after all of them count.
    at_once: Vec<Timestamp>,
    /// Whether what can settle does so when it can, and not at times.
    pub(super) in_real_time: bool,
    /// The last day on which the date of an instruction that is cancelled for its age may be, by the end of a day.
    pub(super) aged: Vec<(Timestamp, BusinessDate)>,
    /// Cycles of the clearing house, and of which day.
    cycles: Vec<(Timestamp, BusinessDate)>,
    /// When money is paid.
    finals: Vec<Timestamp>,
}

fn within(spans: &[Span], now: Timestamp) -> bool {
    spans.iter().any(|(from, until)| *from <= now && now <= *until)
}

impl Hours {
    pub(super) fn of(market: &Market) -> Self {
        let (day, depository) = (&market.scenario.day, &market.scenario.depository);
        let mut hours = Self { in_real_time: true, ..Self::default() };
        for date in market.settlement_days() {
            let open = at(date, day.settlement_from);
            hours.closes.push((date, at(date, day.cut_off)));
            if depository.is_dtc() {
                hours.of_dtc(market, date);
                continue;
            }
            if !depository.is_t2s() {
                hours.paid.push((open, at(date, day.cut_off)));
                hours.free.push((open, at(date, day.cut_off)));
                continue;
            }
            let eve = market.eve_of(date);
            let night: Vec<Timestamp> = depository.night_sequences.iter().map(|t| at(eve, *t)).collect();
            for sequence in &night {
                hours.paid.push((*sequence, *sequence));
                hours.free.push((*sequence, *sequence));
            }
            hours.parts.extend(night.last().map(|last| (*last, *last)));
            if depository.optimiser {
                hours.at_once.extend(&night);
            }
            hours.in_real_time = depository.real_time;
            if depository.real_time {
                hours.paid.push((open, at(date, day.cut_off)));
                hours.free.push((open, at(date, depository.free_cut_off)));
                let window = |[from, until]: &[chrono::NaiveTime; 2]| (at(date, *from), at(date, *until));
                hours.parts.extend(depository.windows.iter().map(window));
                if depository.optimiser {
                    hours.at_once.extend(depository.optimise_at.iter().map(|t| at(date, *t)));
                }
            }
            hours.age(market, date);
        }
        hours
    }

    fn age(&mut self, market: &Market, date: BusinessDate) {
        let depository = &market.scenario.depository;
        let mut aged = date;
        for _ in 0..depository.unmatched_business_days {
            aged = market.eve_of(aged);
        }
        self.aged.push((at(date, depository.end_of_day), aged));
    }

    /// The night at one time, then from the opening to the cut-offs; at cycles and at each look-ahead many settle at once.
    fn of_dtc(&mut self, market: &Market, date: BusinessDate) {
        let (day, depository) = (&market.scenario.day, &market.scenario.depository);
        let (night, open) = (at(date, depository.cns_night), at(date, day.settlement_from));
        self.paid.extend([(night, night), (open, at(date, day.cut_off))]);
        self.free.extend([(night, night), (open, at(date, depository.free_cut_off))]);
        let times = depository.cns_day.iter().map(|time| at(date, *time));
        self.cycles.extend(std::iter::once(night).chain(times).map(|time| (time, date)));
        let step = Duration::from_secs(60 * u64::from(depository.look_ahead_minutes.max(1)));
        let drop = at(date, depository.recycle_drop);
        self.at_once
            .extend(std::iter::successors(Some(open), |time| Some(*time + step)).take_while(|t| *t <= drop));
        self.at_once.push(night);
        self.at_once.extend(self.cycles.iter().map(|(time, _)| *time));
        self.finals.push(at(date, depository.final_figures));
        self.age(market, date);
    }

    /// Of which day the clearing house has a cycle now.
    pub(super) fn cycle_of(&self, now: Timestamp) -> Option<BusinessDate> {
        self.cycles.iter().find(|(time, _)| *time == now).map(|(_, day)| *day)
    }

    /// Whether money is paid now.
    pub(super) fn is_final(&self, now: Timestamp) -> bool {
        self.finals.contains(&now)
    }

    /// Whether it may settle now.
    pub(super) fn open(&self, now: Timestamp, paid: bool) -> bool {
        within(if paid { &self.paid } else { &self.free }, now)
    }

    /// The cut-off of a day.
    pub(super) fn closes(&self, day: BusinessDate) -> Timestamp {
        self.closes
            .iter()
            .find(|(date, _)| *date == day)
            .map_or_else(Timestamp::default, |(_, closes)| *closes)
    }

    /// Whether it is the cut-off of a day.
    pub(super) fn is_cut_off(&self, now: Timestamp) -> bool {
        self.closes.iter().any(|(_, closes)| *closes == now)
    }

    /// Whether parts may settle now.
    pub(super) fn window(&self, now: Timestamp) -> bool {
        within(&self.parts, now)
    }

    /// Whether many may settle at once now.
    pub(super) fn many_at_once(&self, now: Timestamp) -> bool {
        self.at_once.contains(&now)
    }

    /// Whether an instruction of that date that is alone may be cancelled for its age now.
    pub(super) fn is_aged(&self, now: Timestamp, date: BusinessDate) -> bool {
        let soon = Duration::from_secs(1);
        self.aged.iter().any(|(end, aged)| *end <= now && now <= *end + soon && date < *aged)
    }
}
