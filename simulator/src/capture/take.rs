//! A market whose people, instruments and trades are those of captured traffic.

use std::sync::Arc;

use finality_parsers::detect::Protocol;

use super::Capture;
use crate::market::{AccountInfo, Block, BrokerInfo, InstrumentInfo, Market, Speech, Trade, TradeBreaks};
use crate::market::{broker_bic, safekeeping};
use crate::population::class;
use crate::scenario::{Scenario, ScenarioError};
use crate::seed::Draws;

/// More of them a market has no names for.
const BROKERS_MAX: usize = 600;
const ACCOUNTS_MAX: usize = 10_000;
const LINES_MAX: usize = 10_000;

impl Capture {
    /// Makes a scenario trade what was captured, on its day.
    pub fn replay(self: Arc<Self>, scenario: &mut Scenario) -> Result<(), ScenarioError> {
        let bounds = [
            ("brokers", self.brokers.len(), BROKERS_MAX),
            ("accounts", self.accounts.len(), ACCOUNTS_MAX),
            ("instruments", self.lines.len(), LINES_MAX),
        ];
        for (what, count, most) in bounds {
            if count > most {
                let why = format!("it has {count} {what}, and a market has {most} at most");
                return Err(ScenarioError::Value { what: "trades.from", why });
            }
        }
        let refuse = |why: String| Err(ScenarioError::Value { what: "trades.from", why });
        let cycle = self.cycle(&scenario.day.calendar);
        if let (Some(settles), None) = (self.settles, cycle) {
            return refuse(format!(
                "most shares settle on {settles}, which is not within ten business days from their trade date, {}: \
                 mend the messages, or the calendar of the scenario",
                self.trade_date
            ));
        }
        if let Some(settles) = self.settles
            && self.blocks.iter().all(|block| block.sent_at.utc().date_naive() > settles.naive())
        {
            return refuse(format!(
                "all allocations came after {settles}, on which they settle: of files, let the names begin with the \
                 time when they were sent; a store must have heard them on the day"
            ));
        }
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        scenario.day.trade_date = self.trade_date;
        if let Some(cycle) = cycle {
            scenario.day.cycle = cycle;
        }
        let sent = self.blocks.iter().map(|block| block.sent_at.utc());
        let of_the_day = sent.filter(|at| at.date_naive() == self.trade_date.naive()).map(|at| at.time());
        let times: Vec<chrono::NaiveTime> = of_the_day.collect();
        if let (Some(first), Some(last)) = (times.iter().min(), times.iter().max()) {
            scenario.day.trading_from = scenario.day.trading_from.min(*first);
            scenario.day.trading_to = scenario.day.trading_to.max(*last);
        }
        scenario.trades.count = number(self.shares());
        scenario.market.accounts = number(self.accounts.len());
        scenario.market.instruments = number(self.lines.len());
        scenario.capture = Some(self);
        Ok(())
    }

    pub(crate) fn brokers(&self) -> Vec<BrokerInfo> {
        let taken = |n: u32| {
            let bic = broker_bic(n);
            self.brokers.iter().any(|broker| broker.bic == Some(bic))
        };
        // Who is not known by a BIC gets one that nobody has.
        let mut free = (0u32..).filter(|n| !taken(*n));
        let mut bic = || broker_bic(free.next().unwrap_or(0));
        (1u32..)
            .zip(&self.brokers)
            .map(|(number, broker)| BrokerInfo {
                link: format!("broker-{number:02}"),
                bic: broker.bic.unwrap_or_else(&mut bic),
                speech: if broker.confirms_in == Protocol::Fix { Speech::Fix } else { Speech::Mt },
                account: format!("BROK{number:06}").parse().expect("an account"),
            })
            .collect()
    }

    pub(crate) fn account_infos(&self, custodians: usize) -> Vec<AccountInfo> {
        (0u32..)
            .zip(&self.accounts)
            .map(|(number, account)| AccountInfo {
                account: account.clone(),
                safekeeping: safekeeping(number),
                custodian: number as usize % custodians,
            })
            .collect()
    }

    pub(crate) fn instruments(&self, scenario: &Scenario, draws: &Draws) -> Vec<InstrumentInfo> {
        (0u64..)
            .zip(&self.lines)
            .map(|(number, line)| InstrumentInfo {
                isin: line.isin,
                description: line.description.clone().unwrap_or_else(|| line.isin.to_string()),
                price_cents: line.price_cents,
                class: line.class.unwrap_or_else(|| class::of_line(&scenario.market.classes, draws, number)),
            })
            .collect()
    }

    /// The trades, each with what the broker had otherwise, and what else the scenario draws beside.
    pub(crate) fn trades(&self, market: &Market) -> (Vec<Block>, Vec<Trade>) {
        let (s, d) = (&market.scenario, &market.draws);
        let mut blocks = Vec::with_capacity(self.blocks.len());
        let mut trades: Vec<Trade> = Vec::with_capacity(self.shares());
        for (number, block) in self.blocks.iter().enumerate() {
            let first = trades.len();
            for (nth, share) in block.shares.iter().enumerate() {
                let entity = trades.len() as u64;
                let [low, high] = s.pace.confirm_seconds;
                let drawn = std::time::Duration::from_secs(d.between("trade: confirm", entity, low, high));
                let answer = share.answer;
                trades.push(Trade {
                    number: u32::try_from(trades.len()).expect("fewer than four billion trades"),
                    block: number,
                    date: 0,
                    share: format!("BLK{:07}S{}", number + 1, nth + 1).parse().expect("a reference"),
                    account: share.account,
                    quantity: share.quantity,
                    gross_cents: share.gross_cents,
                    commission_cents: share.commission_cents,
                    confirms_at: answer.map_or(block.sent_at + drawn, |answer| answer.at),
                    breaks: TradeBreaks {
                        wrong_price: answer.is_some_and(|answer| answer.wrong_price),
                        wrong_quantity: answer.is_some_and(|answer| answer.wrong_quantity),
                        hold: d.happens("trade: hold", entity, s.breaks.hold_per_10000),
                        forgotten_instruction: d.happens(
                            "trade: forgotten",
                            entity,
                            s.breaks.forgotten_instruction_per_10000,
                        ),
                        ..TradeBreaks::default()
                    },
                });
            }
            blocks.push(Block {
                reference: format!("BLK{:07}", number + 1).parse().expect("a reference"),
                date: 0,
                broker: block.broker,
                instrument: block.line,
                side: block.side,
                price: block.price,
                trades: first..trades.len(),
                sent_at: block.sent_at,
            });
        }
        (blocks, trades)
    }
}
