//! A report of penalties in pages: a message of ISO 15022 has no more than ten thousand characters.

use finality_parsers::model::{Continuation, CounterpartyPenalties, Page, PenaltyReport, PenaltySource};

/// So many fit with their counterparties, whatever is said of each.
const PENALTIES_PER_PAGE: usize = 10;

/// The same in pages; sums stand on each. A report that fits one is one.
pub(super) fn pages(report: PenaltyReport, number: &str) -> Vec<PenaltyReport> {
    let PenaltySource::Statement(header) = &report.source else { return vec![report] };
    let Some(currency) = report.lists.first().and_then(|l| l.currencies.first()) else { return vec![report] };
    let all: Vec<_> =
        currency.counterparties.iter().flat_map(|c| c.penalties.iter().map(move |p| (c, p))).collect();
    let count = all.len().div_ceil(PENALTIES_PER_PAGE);
    if count < 2 {
        return vec![report];
    }
    let page = |(n, penalties): (usize, &[(&CounterpartyPenalties, &_)])| {
        let mut counterparties: Vec<CounterpartyPenalties> = Vec::new();
        for (counterparty, penalty) in penalties {
            let same = counterparties.last_mut().filter(|last| last.parties == counterparty.parties);
            if let Some(last) = same {
                last.penalties.push(Clone::clone(*penalty));
            } else {
                let penalties = vec![Clone::clone(*penalty)];
                counterparties.push(CounterpartyPenalties { penalties, ..(*counterparty).clone() });
            }
        }
        let continuation = if n + 1 == count { Continuation::Last } else { Continuation::More };
        let mut header = header.clone();
        header.number = Some(number.to_owned());
        header.page = Page { number: u32::try_from(n + 1).unwrap_or(u32::MAX), continuation };
        let mut one = report.clone();
        one.source = PenaltySource::Statement(header);
        one.lists[0].currencies[0].counterparties = counterparties;
        one
    };
    all.chunks(PENALTIES_PER_PAGE).enumerate().map(page).collect()
}
