//! What the population is to have in a morning, where there are several trade dates: for each date what it still has to deliver on net, without
//! what lacks until that comes, and what it holds instead of waiting; and cash for all that it still pays and gets.
//!
//! Who only passes on is given nothing in place of what it waits for: a chain that is stuck in the evening is stuck in the morning.

use std::collections::BTreeMap;

use finality_parsers::model::{BusinessDate, Side};

use super::PartyNumber;
use super::needs::{Flow, Fortune, flow};
use crate::market::Market;
use crate::opening::Payments;
use crate::settlement::book::LineId;
use crate::table::Table;

/// What has not settled of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Left {
    /// The instruction, by number.
    pub(crate) number: usize,
    /// What is still to be delivered.
    pub(crate) delivers: i64,
    /// What is still to be received: the same, but at the clearing house.
    pub(crate) receives: i64,
    /// What is still to be paid, in cents.
    pub(crate) cents: i64,
}

/// What participants lack for the trade dates, and in the morning of which day it comes; by trade date.
#[derive(Debug, Default)]
pub(crate) struct Lacks(Vec<BTreeMap<(PartyNumber, LineId), (i64, BusinessDate)>>);

impl Lacks {
    /// Of all trade dates, where there are several.
    pub(crate) fn of(market: &Market) -> Self {
        if !market.scenario.day.is_long() {
            return Self::default();
        }
        let of_date = |date: usize| {
            let fortune = Fortune::of(market, date);
            let lack = |((party, line), flow): ((PartyNumber, LineId), Flow)| {
                let lack = fortune.lack(party, line, flow);
                (lack > 0).then(|| ((party, line), (lack, fortune.comes(party, line))))
            };
            let flows = market.crowd.flows(market, date);
            flows.iter().filter(|(_, flow)| flow.net() > 0).filter_map(lack).collect()
        };
        Self((0..market.dates.len()).map(of_date).collect())
    }

    /// What is still lacking on a day for a trade date, of what was not bought elsewhere.
    fn on(&self, day: BusinessDate, date: usize, cell: (PartyNumber, LineId), replaced: i64) -> i64 {
        let lack = self.0.get(date).and_then(|lacks| lacks.get(&cell)).filter(|(_, comes)| *comes > day);
        lack.map_or(0, |(quantity, _)| (quantity - replaced).max(0))
    }
}

/// What participants are to have in a morning.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    /// By participant and line.
    pub(crate) positions: Table<i64>,
    /// What each still pays and gets of dates before the day, by participant.
    pub(crate) before: Vec<Payments>,
    /// Cash in cents, by participant.
    pub(crate) cash: Vec<i64>,
    /// What brokers of the house still receive to pass it on to the manager, by participant and line.
    pub(crate) to_pass_on: BTreeMap<(PartyNumber, LineId), i64>,
}

/// In the morning of a day, with what has not settled of all that settles on that day or before, by number, and what was bought in.
pub(crate) fn wanted(
    market: &Market,
    day: BusinessDate,
    left: &[Left],
    lacks: &Lacks,
    bought_in: &BTreeMap<usize, i64>,
) -> Wanted {
    let deal = |left: &Left| &market.crowd.deals[left.number];
    let parties = market.crowd.parties.len();
    let mut wanted = Wanted { before: vec![Payments::default(); parties], ..Wanted::default() };
    let mut all = vec![Payments::default(); parties];
    let replaced = replaced(market, bought_in);
    for of_date in left.chunk_by(|one, other| deal(one).date == deal(other).date) {
        let date = usize::from(deal(&of_date[0]).date);
        let is_before = market.dates[date].settles < day;
        let mut flows: Table<Flow> = Table::default();
        for one in of_date {
            let deal = deal(one);
            flow(&mut flows, market, deal, [one.delivers, one.receives]);
            let pays = (deal.to, Payments { pays: one.cents, gets: 0 });
            let gets = (deal.from, Payments { pays: 0, gets: if one.delivers > 0 { one.cents } else { 0 } });
            for (party, payments) in [pays, gets] {
                all[party as usize] += payments;
                if is_before {
                    wanted.before[party as usize] += payments;
                }
            }
            if deal.house_side(market) == Some(Side::Buy) {
                *wanted.to_pass_on.entry((deal.to, deal.line)).or_default() += one.receives;
            }
        }
        let fortune = Fortune::of(market, date);
        for ((party, line), flow) in flows.iter().filter(|(_, flow)| flow.out > 0) {
            let replaced = replaced.get(&(date, party, line)).copied().unwrap_or(0);
            let lacks = lacks.on(day, date, (party, line), replaced);
            let level = (flow.net() - lacks).max(0) + fortune.stock(party, line, flow);
            if level > 0 {
                *wanted.positions.at(party, line) += level;
            }
        }
    }
    let fortune = Fortune::of(market, market.settlement_days().iter().position(|of| *of == day).unwrap_or(0));
    wanted.cash = all.into_iter().enumerate().map(|(party, pays)| fortune.cash_cents(party, pays)).collect();
    wanted
}

/// What was bought in of what participants were to deliver, by trade date, participant and line.
fn replaced(
    market: &Market,
    bought_in: &BTreeMap<usize, i64>,
) -> BTreeMap<(usize, PartyNumber, LineId), i64> {
    let mut replaced = BTreeMap::new();
    for (number, quantity) in bought_in {
        let deal = &market.crowd.deals[*number];
        *replaced.entry((usize::from(deal.date), deal.from, deal.line)).or_default() += quantity;
    }
    replaced
}
