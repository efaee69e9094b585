//! What happens to the penalties of a month, and until when: in business days of the month after.

use finality_parsers::model::{BusinessDate, Calendar};

use super::net::Month;

/// A step of the monthly round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Last day to appeal against a penalty.
    Appeals,
    /// The same where the counterparty is at another depository.
    AppealsAcross,
    /// Depositories have made their adjustments; after that nothing is recomputed.
    Adjustments,
    /// The monthly report.
    Report,
    /// Last day to send the payments free of delivery.
    PaymentsSent,
    /// Payment.
    Payment,
}

/// Each step, its business day of the following month, and in words.
pub const STEPS: [(Step, u32, &str); 6] = [
    (Step::Appeals, 10, "last day to appeal"),
    (Step::AppealsAcross, 11, "last day to appeal when the counterparty is at another CSD"),
    (Step::Adjustments, 12, "adjustments are made; amounts stand from here on"),
    (Step::Report, 14, "monthly report with the nets"),
    (Step::PaymentsSent, 18, "payments free of delivery (PFOD) are sent by now"),
    (Step::Payment, 18, "payment"),
];

/// The day of a step for the penalties of a month.
pub fn day(of: Month, step: Step, calendar: &Calendar) -> Option<BusinessDate> {
    let (year, month) = if of.1 == 12 { (of.0 + 1, 1) } else { (of.0, of.1 + 1) };
    let first = BusinessDate::from_ymd(year, month, 1)?;
    let (_, number, _) = STEPS.iter().find(|(s, ..)| *s == step)?;
    Some(calendar.add_business_days(first, number - 1))
}

#[cfg(test)]
mod tests {
    use finality_parsers::model::Market;

    use super::*;

    #[test]
    fn the_round_of_october_ends_in_november() {
        let calendar = Calendar::of(Market::Target);
        let at = |step| day((2026, 10), step, &calendar).map(|d| d.to_string());
        // 1 November 2026 is a Sunday: its first business day is the second.
        assert_eq!(at(Step::Appeals).as_deref(), Some("2026-11-13"));
        assert_eq!(at(Step::AppealsAcross).as_deref(), Some("2026-11-16"));
        assert_eq!(at(Step::Adjustments).as_deref(), Some("2026-11-17"));
        assert_eq!(at(Step::Report).as_deref(), Some("2026-11-19"));
        assert_eq!(at(Step::Payment).as_deref(), Some("2026-11-25"));
        let december = day((2026, 12), Step::Appeals, &calendar).map(|d| d.to_string());
        assert!(december.is_some_and(|d| d.starts_with("2027-01-1")));
    }
}
