//! The day of a settlement system as data: what happens when, as planned, as revised, and as it was. Times are minutes from
//! midnight of the business date; the night before has negative ones.

use std::fmt;

use finality_parsers::model::BusinessDate;

use super::book::Book;
use super::deal::Outcome;
use super::settler::Settler;

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The business date changes.
    StartOfDay,
    /// Night settlement begins: all that is due is tried.
    Night,
    /// What waits is looked through for a set that settles together.
    Optimise,
    /// Settlement pauses: between two sequences of the night, or for upkeep.
    Maintenance,
    /// Real-time settlement begins.
    RealTime,
    /// Parts settle from here on.
    PartsFrom,
    /// They do not any more.
    PartsUntil,
    /// Nothing that is paid for settles any more.
    CutOffPaid,
    /// Nothing settles any more.
    CutOffFree,
    /// Reports and purging.
    EndOfDay,
    /// The clearing house nets, delivers and allocates.
    Clearing,
    /// What waits is tried again, and two at once.
    LookAhead,
    /// What is paid for and waits is given up for the day.
    RecycleDrop,
    /// Money of the day is paid.
    FinalFigures,
}

/// Minutes from midnight of the business date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(pub i32);

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_day = self.0.rem_euclid(24 * 60);
        let eve = if self.0 < 0 { " the day before" } else { "" };
        write!(f, "{:02}:{:02}{eve}", of_day / 60, of_day % 60)
    }
}

/// A step with its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// What.
    pub step: Step,
    /// When it should be.
    pub planned: Minute,
    /// When it shall be instead, where that was changed.
    pub revised: Option<Minute>,
    /// When it was.
    pub effective: Option<Minute>,
}

impl Event {
    /// When it is expected: as revised, else as planned.
    pub fn expected(&self) -> Minute {
        self.revised.unwrap_or(self.planned)
    }
}

/// A day, in the order of its planned times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    events: Vec<Event>,
}

const fn clock(hour: i32, minute: i32) -> Minute {
    Minute(hour * 60 + minute)
}

/// The planned day of T2S, Central European time.
pub const T2S: [(Step, Minute); 17] = [
    (Step::StartOfDay, clock(-6, 45)),
    (Step::Night, clock(-4, 0)),
    (Step::Maintenance, clock(3, 0)),
    (Step::RealTime, clock(5, 0)),
    (Step::PartsFrom, clock(8, 0)),
    (Step::PartsUntil, clock(8, 30)),
    (Step::PartsFrom, clock(10, 0)),
    (Step::PartsUntil, clock(10, 15)),
    (Step::PartsFrom, clock(12, 0)),
    (Step::PartsUntil, clock(12, 15)),
    (Step::PartsFrom, clock(14, 0)),
    (Step::PartsUntil, clock(14, 15)),
    (Step::PartsFrom, clock(15, 30)),
    (Step::CutOffPaid, clock(16, 0)),
    (Step::PartsUntil, clock(16, 5)),
    (Step::CutOffFree, clock(18, 0)),
    (Step::EndOfDay, clock(18, 45)),
];

impl Default for Schedule {
    fn default() -> Self {
        Self::planned(&T2S)
    }
}

impl Schedule {
    /// A day as planned.
    pub fn planned(steps: &[(Step, Minute)]) -> Self {
        let event = |(step, planned): &(Step, Minute)| Event {
            step: *step,
            planned: *planned,
            revised: None,
            effective: None,
        };
        let mut events: Vec<Event> = steps.iter().map(event).collect();
        events.sort_by_key(|e| e.planned);
        Self { events }
    }

    /// All events, with their times.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Moves an event that is still to come, never before its forerunner. Those after it that would come before it move with
    /// it: the order stays.
    pub fn revise(&mut self, index: usize, to: Minute) {
        let before = index.checked_sub(1).and_then(|before| self.events.get(before));
        let mut to = before.map_or(to, |before| to.max(before.effective.unwrap_or(before.expected())));
        for (n, event) in self.events.iter_mut().enumerate().skip(index) {
            if event.effective.is_some() {
                continue;
            }
            if n == index || event.expected() < to {
                event.revised = Some(to);
            }
            to = to.max(event.expected());
        }
    }

    /// The next event that is due by now; it counts as having happened now.
    pub fn due(&mut self, now: Minute) -> Option<Step> {
        let event = self.events.iter_mut().find(|e| e.effective.is_none())?;
        (event.expected() <= now).then(|| {
            event.effective = Some(now);
            event.step
        })
    }

    /// When the next event is expected.
    pub fn next(&self) -> Option<Minute> {
        self.events.iter().find(|e| e.effective.is_none()).map(Event::expected)
    }
}

/// What a step does to the settler.
pub fn carry_out(
    step: Step,
    day: BusinessDate,
    settler: &mut Settler,
    book: &mut Book,
    outcomes: &mut Vec<Outcome>,
) {
    match step {
        Step::Night | Step::RealTime => settler.open(book, day, outcomes),
        Step::PartsFrom => settler.open_window(book, outcomes),
        Step::PartsUntil => settler.close_window(),
        Step::CutOffPaid => {
            settler.pay_back(book, outcomes);
            settler.close_paid();
        }
        Step::Maintenance | Step::CutOffFree => settler.close(),
        Step::LookAhead => settler.look_ahead(book, outcomes),
        Step::RecycleDrop => settler.drop_recycles(),
        Step::FinalFigures => settler.settle_debits(book, outcomes),
        // The clearing house is asked by whoever has one.
        Step::Clearing => {}
        // With which budget the optimiser runs is said by whoever has one: [`super::netting`].
        Step::StartOfDay | Step::Optimise | Step::EndOfDay => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_planned_day_runs_from_evening_to_evening() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.events()[0].planned.to_string(), "18:45 the day before");
        let mut steps = Vec::new();
        while let Some(at) = schedule.next() {
            steps.extend(schedule.due(at));
        }
        assert_eq!(steps.len(), T2S.len());
        assert_eq!((steps.first(), steps.last()), (Some(&Step::StartOfDay), Some(&Step::EndOfDay)));
        assert!(schedule.events().iter().all(|e| e.effective == Some(e.planned)));
    }

    #[test]
    fn what_is_late_pushes_what_comes_after() {
        let mut schedule = Schedule::default();
        let cut_off =
            schedule.events().iter().position(|e| e.step == Step::CutOffPaid).expect("there is one");
        schedule.revise(cut_off, clock(17, 0));
        let expected: Vec<_> = schedule.events()[cut_off..].iter().map(Event::expected).collect();
        assert_eq!(expected, [clock(17, 0), clock(17, 0), clock(18, 0), clock(18, 45)]);
        assert_eq!(schedule.events()[cut_off].planned, clock(16, 0), "the plan stays on record");
    }
}
