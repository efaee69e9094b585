//! What the population has when the market opens: for what it delivers and pays on net, but for those that the scenario leaves
//! short. Whoever only passes on has nothing and waits for what comes in.

use std::collections::BTreeMap;

use finality_parsers::model::{BusinessDate, Side};

use super::class::short_per_10000;
use super::{Crowd, Deal, PartyNumber, Population};
use crate::market::Market;
use crate::opening::{Opening, Payments};
use crate::seed::Purpose;
use crate::settlement::book::LineId;
use crate::table::Table;

/// What a participant delivers and receives of a line.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flow {
    pub(super) out: i64,
    pub(super) back: i64,
}

impl Flow {
    /// What it must have, if all that it receives comes.
    pub(super) fn net(self) -> i64 {
        (self.out - self.back).max(0)
    }
}

impl Crowd {
    /// What brokers of the house buy in the population on a trade date to deliver it to the manager: they need not have it.
    pub(crate) fn bought_for_the_house(
        &self,
        market: &Market,
        date: usize,
    ) -> BTreeMap<(usize, LineId), i64> {
        let mut bought = BTreeMap::new();
        for deal in &self.deals[self.of_date(date)] {
            let Some(block) = deal.passes_on.map(|block| &market.blocks[block as usize]) else { continue };
            if block.side == Side::Buy {
                *bought.entry((block.broker, deal.line)).or_default() += deal.quantity;
            }
        }
        bought
    }

    /// What each pays and gets for a trade date, by number.
    pub(crate) fn cash(&self, date: usize) -> Vec<Payments> {
        let mut cash = vec![Payments::default(); self.parties.len()];
        for deal in &self.deals[self.of_date(date)] {
            cash[deal.from as usize].gets += deal.cash_cents();
            cash[deal.to as usize].pays += deal.cash_cents();
        }
        cash
    }

    /// Opening balances by participant, for a trade date. Cash of the house's brokers is not among them: they have it from the house's rules, which
    /// count what they pay and get here.
    pub(crate) fn openings(&self, market: &Market, date: usize) -> Vec<Opening> {
        let brokers = market.brokers.len();
        let mut positions: Vec<Vec<(LineId, i64)>> = vec![Vec::new(); self.parties.len()];
        let fortune = Fortune::of(market, date);
        for ((party, line), flow) in self.flows(market, date).iter().filter(|(_, flow)| flow.out > 0) {
            let has = flow.net() - fortune.lack(party, line, flow) + fortune.stock(party, line, flow);
            if has > 0 {
                positions[party as usize].push((line, has));
            }
        }
        let cash = self.cash(date);
        let opening = |(number, positions): (usize, Vec<(LineId, i64)>)| Opening {
            account: self.parties[number].account.clone(),
            positions,
            cash_cents: if number < brokers { 0 } else { fortune.cash_cents(number, cash[number]) },
        };
        positions.into_iter().enumerate().map(opening).collect()
    }

    /// By participant and line, of a trade date.
    pub(super) fn flows(&self, market: &Market, date: usize) -> Table<Flow> {
        let mut flows = Table::default();
        for deal in &self.deals[self.of_date(date)] {
            flow(&mut flows, market, deal, [deal.quantity; 2]);
        }
        flows
    }
}

/// Adds what of a deal is to be delivered and to be received. What a broker passes on for the house is the house's to count.
pub(super) fn flow(flows: &mut Table<Flow>, market: &Market, deal: &Deal, [out, back]: [i64; 2]) {
    let house = deal.house_side(market);
    if house != Some(Side::Sell) {
        flows.at(deal.from, deal.line).out += out;
    }
    if house != Some(Side::Buy) {
        flows.at(deal.to, deal.line).back += back;
    }
}

/// How it is drawn what participants have for a trade date: of which lines somebody has too little, or plenty, and how much cash.
pub(super) struct Fortune<'m> {
    market: &'m Market,
    settings: &'m Population,
    short: Purpose,
    cover: Purpose,
    lacks_for: Purpose,
    stocked: Purpose,
    cash: Purpose,
    settles: BusinessDate,
    /// How often who delivers a line is short of it, by line.
    rates: Vec<u32>,
}

impl<'m> Fortune<'m> {
    /// By the trade date's index; the days after the last one have numbers of their own, in the order in which they come.
    pub(super) fn of(market: &'m Market, date: usize) -> Self {
        let settings = &market.scenario.population;
        let draws =
            if date == 0 { market.openings } else { market.openings.other(0x6d6f_726e + date as u64) };
        let classes = &market.scenario.market.classes;
        let rate = |class| short_per_10000(classes, class, settings.short_lines_per_10000);
        Self {
            market,
            settings,
            short: draws.purpose("population: short line"),
            cover: draws.purpose("population: cover"),
            lacks_for: draws.purpose("population: lacks for"),
            stocked: draws.purpose("population: stocked line"),
            cash: draws.purpose("population: cash"),
            settles: market.dates.get(date).map_or(market.settlement_date, |date| date.settles),
            rates: market.instruments.iter().map(|line| rate(line.class)).collect(),
        }
    }

    /// What of a line a participant lacks in the morning, of what it must have.
    pub(super) fn lack(&self, party: PartyNumber, line: LineId, flow: Flow) -> i64 {
        let net = flow.net();
        if !self.short.happens(entity(party, line), self.rates[line as usize]) {
            return 0;
        }
        let [low, high] = self.settings.short_line_cover_percent;
        net - share(net, self.cover.between(entity(party, line), low, high))
    }

    /// In the morning of which day that comes.
    pub(super) fn comes(&self, party: PartyNumber, line: LineId) -> BusinessDate {
        let [low, high] = self.market.scenario.resources.short_business_days.map(u64::from);
        let days = self.lacks_for.between(entity(party, line), low, high);
        let calendar = &self.market.scenario.day.calendar;
        calendar.add_business_days(self.settles, u32::try_from(days).unwrap_or(u32::MAX))
    }

    /// What of a line a participant holds beside that, as it does not wait for what comes in.
    pub(super) fn stock(&self, party: PartyNumber, line: LineId, flow: Flow) -> i64 {
        let is_dealer = self.market.crowd.parties[party as usize].is_dealer;
        let rate = self.settings.stocked_lines_per_10000;
        let passes = flow.out.min(flow.back);
        if is_dealer && self.stocked.happens(entity(party, line), rate) { passes } else { 0 }
    }

    /// What cash a participant has for what it pays and gets.
    pub(super) fn cash_cents(&self, party: usize, Payments { pays, gets }: Payments) -> i64 {
        let [low, high] = self.settings.cash_cover_percent;
        let cover = self.cash.between(party as u64, low, high);
        share((pays - gets).max(0), cover) + share(pays, self.settings.cash_float_percent.into())
    }
}

/// Under which number a participant's fortune in a line is drawn.
fn entity(party: PartyNumber, line: LineId) -> u64 {
    u64::from(party) << 32 | u64::from(line)
}

/// So many per cent.
fn share(part: i64, percent: u64) -> i64 {
    i64::try_from(i128::from(part) * i128::from(percent) / 100).unwrap_or(i64::MAX)
}
