//! The cash penalties that the depository takes in a run: found at each cut-off and at each late matching, summed for the
//! report.

use std::collections::BTreeMap;

use finality_parsers::model::{BusinessDate, Calendar, Currency};
use rust_decimal::Decimal;

use crate::market::Market;
use crate::settlement::book::Book;
use crate::settlement::deal::Deal;
use crate::settlement::engine::{Pair, PairId};
use crate::settlement::penalty::amount::{Data, Price, Quoted};
use crate::settlement::penalty::assess::{Matched, Penalty, Sort, Transaction};
use crate::settlement::penalty::rule::{AtCutOff, Entered, Kind};
use crate::settlement::penalty::scope::Facts;

/// What penalties came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Penalties.
    pub count: u64,
    /// Of these, for late matching.
    pub late_matching: u64,
    /// Their sum, in hundredths of the currency.
    pub hundredths: i64,
    /// Matched pairs that were due on a day and had not settled before, each counted once a day.
    pub instruction_days: u64,
}

impl Tally {
    /// Both together.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            late_matching: self.late_matching + other.late_matching,
            hundredths: self.hundredths + other.hundredths,
            instruction_days: self.instruction_days + other.instruction_days,
        }
    }

    /// What came after it had come to `before`.
    fn without(&self, before: &Self) -> Self {
        Self {
            count: self.count - before.count,
            late_matching: self.late_matching - before.late_matching,
            hundredths: self.hundredths - before.hundredths,
            instruction_days: self.instruction_days - before.instruction_days,
        }
    }
}

/// What was taken by day, from what it had come to at each cut-off and at the end, which goes to the last day.
fn by_day(until: &[(BusinessDate, Tally)], end: Tally) -> BTreeMap<BusinessDate, Tally> {
    let (mut by_day, mut before) = (BTreeMap::new(), Tally::default());
    let last = until.last().map(|(day, _)| (*day, end));
    for (day, until) in until.iter().copied().chain(last) {
        let of_day: &mut Tally = by_day.entry(day).or_default();
        *of_day = of_day.and(&until.without(&before));
        before = until;
    }
    by_day
}

/// A penalty, with what it comes to.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its number among all of the run, from 1.
    pub number: u64,
    /// It.
    pub penalty: Penalty,
    /// In hundredths of the currency.
    pub amount: i64,
    /// By day.
    pub days: Vec<(BusinessDate, i64)>,
}

/// Finds penalties as the days go by.
#[derive(Debug)]
pub struct Penalties {
    data: Data,
    calendar: Calendar,
    currency: Currency,
    tally: Tally,
    settled_today: u64,
    /// The population's: summed and told to nobody.
    crowd: Tally,
    crowd_settled_today: u64,
    /// What that had come to at the cut-off of each day.
    crowd_by_day: Vec<(BusinessDate, Tally)>,
    /// What it had come to at the cut-off of each day.
    by_day: Vec<(BusinessDate, Tally)>,
    /// Since the last report.
    found: Vec<Found>,
    /// The last day that closed.
    closed: Option<BusinessDate>,
    /// Whether the law that asks for them holds here.
    apply: bool,
}

impl Penalties {
    /// For a market: every line is what its class says, and its price does not move.
    pub fn new(market: &Market) -> Self {
        let mut data = Data { rates: market.scenario.penalties.clone(), ..Data::default() };
        for (line, instrument) in (0..).zip(&market.instruments) {
            data.securities.insert(line, instrument.class.security());
            for day in market.settlement_days() {
                let value = Decimal::new(instrument.price_cents, 2);
                let price = Price { value, quoted: Quoted::Unit, currency: market.currency };
                data.prices.insert((line, day), price);
            }
        }
        Self {
            data,
            calendar: market.scenario.day.calendar.clone(),
            currency: market.currency,
            tally: Tally::default(),
            settled_today: 0,
            crowd: Tally::default(),
            crowd_settled_today: 0,
            crowd_by_day: Vec::new(),
            by_day: Vec::new(),
            found: Vec::new(),
            closed: None,
            apply: !market.scenario.depository.is_dtc(),
        }
    }

    /// So far.
    pub fn tally(&self) -> Tally {
        self.tally
    }

    /// What was taken by day: what late matching costs is with the next cut-off, that after the last cut-off with the last.
    pub fn by_day(&self) -> BTreeMap<BusinessDate, Tally> {
        by_day(&self.by_day, self.tally)
    }

    /// A pair has matched: late, when cut-offs from its date on are past.
    pub fn matched(&mut self, id: PairId, pair: &Pair) {
        let Some(day) = self.closed.filter(|_| self.apply) else { return };
        let entered = Entered::Each {
            deliverer: u64::from(pair.deliverer.number),
            receiver: u64::from(pair.receiver.number),
        };
        let all = (pair.deliverer.key.quantity, pair.deliverer.amount);
        let late = self.transaction(id, pair, all).on_matching(
            Matched { day, after_cut_off: true },
            entered,
            &self.calendar,
        );
        late.into_iter().for_each(|penalty| self.take(penalty));
    }

    /// A pair has settled.
    pub fn settled(&mut self) {
        self.settled_today += u64::from(self.apply);
    }

    /// A cut-off, with the pairs that are due and have not settled, and what of each is left: securities and cash.
    pub fn cut_off<'p>(
        &mut self,
        day: BusinessDate,
        book: &Book,
        unsettled: impl Iterator<Item = (PairId, &'p Pair, (i64, i64))>,
    ) {
        let apply = self.apply;
        for (id, pair, left) in unsettled.filter(|_| apply) {
            self.tally.instruction_days += 1;
            let (from, to) = (&pair.deliverer, &pair.receiver);
            let state = AtCutOff {
                deliverer_held: from.held,
                receiver_held: to.held,
                lacks_securities: book.position(from.account, pair.line) < left.0,
                lacks_cash: book.cash(to.account) < left.1,
            };
            for penalty in self.transaction(id, pair, left).at_cut_off(day, state) {
                self.take(penalty);
            }
        }
        self.tally.instruction_days += std::mem::take(&mut self.settled_today);
        self.closed = Some(day);
        self.by_day.push((day, self.tally));
    }

    /// What was taken of the population, by day.
    pub fn crowd_by_day(&self) -> BTreeMap<BusinessDate, Tally> {
        by_day(&self.crowd_by_day, self.crowd)
    }

    /// A pair of the population has settled.
    pub fn crowd_settled(&mut self) {
        self.crowd_settled_today += u64::from(self.apply);
    }

    /// A cut-off, with the population's pairs that are due and have not settled. What matched too late is not charged.
    pub fn crowd_cut_off<'d>(
        &mut self,
        day: BusinessDate,
        book: &Book,
        unsettled: impl Iterator<Item = (PairId, &'d Deal)>,
    ) {
        let apply = self.apply;
        for (id, deal) in unsettled.filter(|_| apply) {
            self.crowd.instruction_days += 1;
            let state = AtCutOff {
                deliverer_held: deal.deliverer_held,
                receiver_held: deal.receiver_held,
                lacks_securities: book.position(deal.deliverer, deal.line) < deal.left,
                lacks_cash: book.cash(deal.receiver) < deal.left_amount,
            };
            let transaction = Transaction {
                pair: u64::from(id),
                kind: deal.kind,
                deliverer: deal.deliverer,
                receiver: deal.receiver,
                line: deal.line,
                growth_market: false,
                quantity: Decimal::from(deal.left),
                cash: Decimal::new(deal.left_amount, 2),
                currency: self.currency,
                settlement_date: deal.date,
                facts: Facts::default(),
            };
            for penalty in transaction.at_cut_off(day, state) {
                self.crowd.count += 1;
                let amount = self.data.priced(&penalty).amount;
                self.crowd.hundredths = self.crowd.hundredths.saturating_add(amount);
            }
        }
        self.crowd.instruction_days += std::mem::take(&mut self.crowd_settled_today);
        self.crowd_by_day.push((day, self.crowd));
    }

    /// Takes what was found since it was last asked.
    pub fn take_found(&mut self) -> Vec<Found> {
        std::mem::take(&mut self.found)
    }

    fn take(&mut self, penalty: Penalty) {
        let of = |day: &BusinessDate| {
            let one = Penalty { days: vec![*day], ..penalty.clone() };
            (*day, self.data.priced(&one).amount)
        };
        let days: Vec<_> = penalty.days.iter().map(of).collect();
        let amount = self.data.priced(&penalty).amount;
        self.tally.count += 1;
        self.tally.late_matching += u64::from(penalty.sort == Sort::LateMatching);
        self.tally.hundredths = self.tally.hundredths.saturating_add(amount);
        self.found.push(Found { number: self.tally.count, penalty, amount, days });
    }

    fn transaction(&self, id: PairId, pair: &Pair, (quantity, cents): (i64, i64)) -> Transaction {
        let party = |participant: usize| u32::try_from(participant).unwrap_or(u32::MAX);
        let key = &pair.deliverer.key;
        Transaction {
            pair: u64::from(id),
            kind: if key.against_payment { Kind::Dvp } else { Kind::Fop },
            deliverer: party(pair.deliverer.participant),
            receiver: party(pair.receiver.participant),
            line: pair.line,
            growth_market: false,
            quantity: Decimal::from(quantity),
            cash: Decimal::new(cents, 2),
            currency: self.currency,
            settlement_date: key.settlement_date,
            facts: Facts::default(),
        }
    }
}
