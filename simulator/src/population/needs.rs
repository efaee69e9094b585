//! What the population has when the market opens: for what it delivers and pays on net, but for those that the scenario leaves
//! short. Whoever only passes on has nothing and waits for what comes in.

use std::collections::BTreeMap;

use finality_parsers::model::Side;

use super::class::short_per_10000;
use super::{Crowd, PartyNumber, Population};
use crate::market::Market;
use crate::opening::{Opening, Payments};
use crate::seed::Purpose;
use crate::settlement::book::LineId;
use crate::table::Table;

/// What a participant delivers and receives of a line.
#[derive(Debug, Clone, Copy, Default)]
struct Flow {
    out: i64,
    back: i64,
}

impl Crowd {
    /// What brokers of the house buy in the population to deliver it to the manager: they need not have it.
    pub(crate) fn bought_for_the_house(&self, market: &Market) -> BTreeMap<(usize, LineId), i64> {
        let mut bought = BTreeMap::new();
        for deal in &self.deals {
            let Some(block) = deal.passes_on.map(|block| &market.blocks[block as usize]) else { continue };
            if block.side == Side::Buy {
                *bought.entry((block.broker, deal.line)).or_default() += deal.quantity;
            }
        }
        bought
    }

    /// What each pays and gets, by number.
    pub(crate) fn cash(&self) -> Vec<Payments> {
        let mut cash = vec![Payments::default(); self.parties.len()];
        for deal in &self.deals {
            cash[deal.from as usize].gets += deal.cash_cents();
            cash[deal.to as usize].pays += deal.cash_cents();
        }
        cash
    }

    /// Opening balances by participant. Cash of the house's brokers is not among them: they have it from the house's rules, which
    /// count what they pay and get here.
    pub(crate) fn openings(&self, market: &Market) -> Vec<Opening> {
        let brokers = market.brokers.len();
        let mut positions: Vec<Vec<(LineId, i64)>> = vec![Vec::new(); self.parties.len()];
        let lines = ShortLines::of(market);
        for ((party, line), flow) in self.flows(market).iter().filter(|(_, flow)| flow.out > 0) {
            let has = self.position(&lines, party, line, flow);
            if has > 0 {
                positions[party as usize].push((line, has));
            }
        }
        let settings = &market.scenario.population;
        let cash = self.cash();
        let opening = |(number, positions): (usize, Vec<(LineId, i64)>)| {
            let Payments { pays, gets } = cash[number];
            let [low, high] = settings.cash_cover_percent;
            let cover = market.openings.between("population: cash", number as u64, low, high);
            let cents = share((pays - gets).max(0), cover) + share(pays, settings.cash_float_percent.into());
            Opening {
                account: self.parties[number].account.clone(),
                positions,
                cash_cents: if number < brokers { 0 } else { cents },
            }
        };
        positions.into_iter().enumerate().map(opening).collect()
    }

    /// By participant and line. What a broker passes on for the house is the house's to count.
    fn flows(&self, market: &Market) -> Table<Flow> {
        let mut flows: Table<Flow> = Table::default();
        for deal in &self.deals {
            let house = deal.passes_on.map(|block| market.blocks[block as usize].side);
            if house != Some(Side::Sell) {
                flows.at(deal.from, deal.line).out += deal.quantity;
            }
            if house != Some(Side::Buy) {
                flows.at(deal.to, deal.line).back += deal.quantity;
            }
        }
        flows
    }

    fn position(&self, lines: &ShortLines<'_>, party: PartyNumber, line: LineId, flow: Flow) -> i64 {
        let settings = lines.settings;
        let entity = u64::from(party) << 32 | u64::from(line);
        let net = (flow.out - flow.back).max(0);
        let covered = if lines.short.happens(entity, lines.rates[line as usize]) {
            let [low, high] = settings.short_line_cover_percent;
            share(net, lines.cover.between(entity, low, high))
        } else {
            net
        };
        let passes = flow.out.min(flow.back);
        let is_dealer = self.parties[party as usize].is_dealer;
        let stocked = is_dealer && lines.stocked.happens(entity, settings.stocked_lines_per_10000);
        covered + if stocked { passes } else { 0 }
    }
}

/// How it is drawn of which lines somebody has too little, or plenty.
struct ShortLines<'m> {
    settings: &'m Population,
    short: Purpose,
    cover: Purpose,
    stocked: Purpose,
    /// How often who delivers a line is short of it, by line.
    rates: Vec<u32>,
}

impl<'m> ShortLines<'m> {
    fn of(market: &'m Market) -> Self {
        let (settings, draws) = (&market.scenario.population, &market.openings);
        let classes = &market.scenario.market.classes;
        let rate = |class| short_per_10000(classes, class, settings.short_lines_per_10000);
        Self {
            settings,
            short: draws.purpose("population: short line"),
            cover: draws.purpose("population: cover"),
            stocked: draws.purpose("population: stocked line"),
            rates: market.instruments.iter().map(|line| rate(line.class)).collect(),
        }
    }
}

/// So many per cent.
fn share(part: i64, percent: u64) -> i64 {
    i64::try_from(i128::from(part) * i128::from(percent) / 100).unwrap_or(i64::MAX)
}
