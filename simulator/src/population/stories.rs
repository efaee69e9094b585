//! Who trades what with whom: stories of one leg or more, each leg an instruction. Every draw stands alone, keyed by its story
//! or leg, so a longer list begins as the shorter one does.

use std::ops::Range;
use std::time::Duration;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{PartialSettlement, Side};

use super::PartyNumber;
use super::curve::{Ladder, Values};
use super::settings::Population;
use crate::depository::{Sender, Usual};
use crate::market::{Market, at};
use crate::seed::{Draws, Purpose};
use crate::settlement::book::LineId;
use crate::settlement::rules::NORMAL;

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Its name, in reports.
    pub name: String,
    /// Its account at the depository.
    pub account: String,
    /// Whether it trades on its own account; others hold for investors.
    pub is_dealer: bool,
}

/// An instruction of the population: both sides of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deal {
    /// Who delivers.
    pub from: PartyNumber,
    /// Who receives and pays.
    pub to: PartyNumber,
    /// On which trade date it was dealt, by index.
    pub date: u16,
    /// What.
    pub line: LineId,
    /// How much.
    pub quantity: i64,
    /// What it is worth at the price of the trade, in cents.
    pub cents: i64,
    /// Nothing is paid for it.
    pub free: bool,
    /// When both sides are there and alike, on a whole minute.
    pub matches_at: Timestamp,
    /// Until when the deliverer holds it back.
    pub held_until: Option<Timestamp>,
    /// What deliverer and receiver say of parts.
    pub partial: [Option<PartialSettlement>; 2],
    /// The more urgent of both priorities.
    pub priority: u8,
    /// The block of the house, by index, that a broker passes on by this: the broker's own leg of such a chain.
    pub passes_on: Option<u32>,
}

impl Deal {
    /// On which side the house is where a broker passes on what it trades with it by this.
    pub(crate) fn house_side(&self, market: &Market) -> Option<Side> {
        self.passes_on.map(|block| market.blocks[block as usize].side)
    }

    /// What is paid for it, in cents.
    pub fn cash_cents(&self) -> i64 {
        if self.free { 0 } else { self.cents }
    }
}

/// The population as drawn.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Crowd {
    /// Who takes part: the house's brokers, dealers, investors. Empty where the scenario has no population.
    pub parties: Vec<Participant>,
    /// What they trade, one trade date after the other.
    pub deals: Vec<Deal>,
}

/// Legs of one story, at the most.
const LEGS: u64 = 16;
/// The most legs beyond the least.
const LONGER: usize = 12;

/// What a story is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// One trade, of a dealer with an investor or of two investors.
    Single,
    /// From an investor through dealers to an investor.
    Chain,
    /// Dealers in a round.
    Circle,
    /// Through dealers to a broker of the house, or from it.
    House { broker: PartyNumber, side: Side, block: u32, quantity: i64, line: LineId },
}

impl Crowd {
    /// Draws the population of a market whose trades are drawn.
    pub(crate) fn draw(market: &Market) -> Self {
        if !market.scenario.population.is_there() {
            return Self::default();
        }
        let mut teller = Teller::new(market);
        for date in 0..market.dates.len() {
            teller.begin(date);
            teller.tell_of_the_population();
            teller.tell_of_the_house();
        }
        Self { parties: parties(market), deals: teller.deals }
    }

    /// What was dealt on a trade date, by number.
    pub(crate) fn of_date(&self, date: usize) -> Range<usize> {
        self.of_dates(date..date + 1)
    }

    /// The same of several.
    pub(crate) fn of_dates(&self, dates: Range<usize>) -> Range<usize> {
        let begins = |date: usize| self.deals.partition_point(|deal| usize::from(deal.date) < date);
        begins(dates.start)..begins(dates.end)
    }

    /// The name of an instruction in reports and findings.
    pub fn reference(number: usize) -> String {
        format!("P{:07}", number + 1)
    }
}

fn parties(market: &Market) -> Vec<Participant> {
    let settings = &market.scenario.population;
    let brokers = market.brokers.iter().map(|broker| Participant {
        name: broker.link.clone(),
        account: broker.account.to_string(),
        is_dealer: true,
    });
    let others = |count, name: &'static str, account: &'static str, is_dealer| {
        (1..=count).map(move |n: u32| Participant {
            name: format!("{name}-{n:02}"),
            account: format!("{account}{n:06}"),
            is_dealer,
        })
    };
    brokers
        .chain(others(settings.dealers, "dealer", "DEAL", true))
        .chain(others(settings.investors, "investor", "INVE", false))
        .collect()
}

/// What the population is drawn from.
fn draws(market: &Market) -> Draws {
    market.draws.other(0x0070_6f70)
}

/// What is drawn of a story or a leg, each by itself.
struct Purposes {
    shape: Purpose,
    house: Purpose,
    longer: Purpose,
    dealer: Purpose,
    investor: Purpose,
    with_a_dealer: Purpose,
    free: Purpose,
    sells: Purpose,
    line: Purpose,
    value: Purpose,
    traded: Purpose,
    price: Purpose,
    matches: Purpose,
    late: Purpose,
    how_late: Purpose,
    mismatch: Purpose,
    mends: Purpose,
    hold: Purpose,
    lets_go: Purpose,
    /// Of the instructions.
    usual: Usual,
}

impl Purposes {
    fn of(draws: &Draws, market: &Market) -> Self {
        Self {
            shape: draws.purpose("population: shape"),
            house: draws.purpose("population: house"),
            longer: draws.purpose("population: longer"),
            dealer: draws.purpose("population: dealer"),
            investor: draws.purpose("population: investor"),
            with_a_dealer: draws.purpose("population: with a dealer"),
            free: draws.purpose("population: free"),
            sells: draws.purpose("population: sells"),
            line: draws.purpose("population: line"),
            value: draws.purpose("population: value"),
            traded: draws.purpose("population: traded"),
            price: draws.purpose("population: price"),
            matches: draws.purpose("population: matches"),
            late: draws.purpose("population: late"),
            how_late: draws.purpose("population: how late"),
            mismatch: draws.purpose("population: mismatch"),
            mends: draws.purpose("population: mends"),
            hold: draws.purpose("population: hold"),
            lets_go: draws.purpose("population: lets go"),
            usual: market.scenario.depository.usual(draws, Sender::Broker),
        }
    }
}

/// Draws stories.
struct Teller<'m> {
    market: &'m Market,
    settings: &'m Population,
    /// The trade date, by index.
    date: usize,
    draws: Purposes,
    /// For what the house's brokers pass on.
    draws_of_the_house: Purposes,
    /// Brokers and dealers, largest first.
    dealers: Vec<PartyNumber>,
    dealer_ladder: Ladder,
    investors: Vec<PartyNumber>,
    investor_ladder: Ladder,
    line_ladder: Ladder,
    values: Values,
    /// Whose systems are down, from when until when.
    outages: Vec<(PartyNumber, [Timestamp; 2])>,
    deals: Vec<Deal>,
    /// The participants of the story that is told, in the order in which securities go.
    row: Vec<PartyNumber>,
}

impl<'m> Teller<'m> {
    fn new(market: &'m Market) -> Self {
        let settings = &market.scenario.population;
        let draws = draws(market);
        let brokers = u32::try_from(market.brokers.len()).expect("few brokers");
        let first = brokers + settings.dealers;
        let mut dealers: Vec<PartyNumber> = (0..first).collect();
        // Which of them are large is drawn; the house's brokers are no larger than others.
        dealers.sort_by_key(|party| draws.bits("population: size", u64::from(*party)));
        let investors: Vec<PartyNumber> = (first..first + settings.investors).collect();
        let power = settings.participant_zipf_hundredths;
        Self {
            dealer_ladder: Ladder::new(dealers.len(), power),
            investor_ladder: Ladder::new(investors.len(), power),
            line_ladder: Ladder::new(market.instruments.len(), settings.line_zipf_hundredths),
            values: Values::new(settings.value_median_cents, settings.value_sigma_hundredths),
            deals: Vec::with_capacity(settings.instructions as usize + 2 * market.blocks.len()),
            row: Vec::new(),
            outages: outages(market),
            market,
            settings,
            date: 0,
            draws: Purposes::of(&draws, market),
            draws_of_the_house: Purposes::of(&draws.other(1), market),
            dealers,
            investors,
        }
    }

    /// Another trade date. Each has its own draws: one date more changes none before it.
    fn begin(&mut self, date: usize) {
        self.date = date;
        if date > 0 {
            let draws = draws(self.market).other(1 + date as u64);
            self.draws = Purposes::of(&draws, self.market);
        }
    }

    fn tell_of_the_population(&mut self) {
        let wanted = self.deals.len() + self.settings.instructions as usize;
        let mut story = 0;
        while self.deals.len() < wanted {
            let shape = self.shape(story);
            let least = match shape {
                Shape::Single | Shape::House { .. } => 1,
                Shape::Chain => 2,
                Shape::Circle => 3,
            };
            let legs = if least == 1 { 1 } else { least + self.longer(story) };
            self.legs(story, shape, legs);
            story += 1;
        }
        self.deals.truncate(wanted);
    }

    /// What the house's brokers pass on. Numbered apart, so that the population's own stories do not depend on the house's blocks.
    fn tell_of_the_house(&mut self) {
        std::mem::swap(&mut self.draws, &mut self.draws_of_the_house);
        let (market, date) = (self.market, self.date);
        for (number, block) in market.blocks.iter().enumerate().filter(|(_, block)| block.date == date) {
            let story = number as u64;
            if !self.draws.house.happens(story, self.settings.house_chains_per_10000) {
                continue;
            }
            let shape = Shape::House {
                broker: u32::try_from(block.broker).expect("few brokers"),
                side: block.side,
                block: u32::try_from(number).expect("fewer than four billion blocks"),
                quantity: self.market.trades[block.trades.clone()].iter().map(|trade| trade.quantity).sum(),
                line: LineId::try_from(block.instrument).expect("few instruments"),
            };
            let legs = 1 + self.longer(story);
            self.legs(story, shape, legs);
        }
        std::mem::swap(&mut self.draws, &mut self.draws_of_the_house);
    }

    /// Longer stories come up less often, so that their share of the legs is what the settings say.
    fn shape(&self, story: u64) -> Shape {
        let settings = self.settings;
        let more = u64::from(settings.longer_per_10000);
        let (chains, circles) =
            (u64::from(settings.in_chains_per_10000), u64::from(settings.in_circles_per_10000));
        let singles = 10_000 - chains - circles;
        // A chain has 2 + p / (1 - p) legs on the mean, a circle one more.
        let ends = 10_000 - more;
        let chains = chains * ends * 10_000 / (20_000 - more);
        let circles = circles * ends * 10_000 / (30_000 - 2 * more);
        let point = self.draws.shape.bits(story) % (chains + circles + singles * 10_000).max(1);
        if point < chains {
            Shape::Chain
        } else if point < chains + circles {
            Shape::Circle
        } else {
            Shape::Single
        }
    }

    fn longer(&self, story: u64) -> usize {
        let rate = self.settings.longer_per_10000;
        (0..LONGER as u64)
            .take_while(|n| self.draws.longer.happens(story * LEGS + n, rate))
            .count()
            .min(self.settings.dealers as usize - 3)
    }

    /// A dealer that is not in a row yet.
    fn dealer(&self, story: u64, taken: &[PartyNumber]) -> PartyNumber {
        let first = (story * LEGS + taken.len() as u64) * 64;
        let picks =
            (first..first + 64).map(|n| self.dealers[self.dealer_ladder.pick(self.draws.dealer.bits(n))]);
        // A small market of a few large ones: then whoever is left.
        let left = self.dealers.iter().copied();
        picks.chain(left).find(|party| !taken.contains(party)).expect("more dealers than legs")
    }

    /// The investors at both ends. Nobody buys what it has sold.
    fn ends(&self, story: u64) -> [PartyNumber; 2] {
        let [first, second] =
            [0, 1].map(|end| self.investor_ladder.pick(self.draws.investor.bits(story * 2 + end)));
        let second = if second == first { (second + 1) % self.investors.len() } else { second };
        [self.investors[first], self.investors[second]]
    }

    /// The participants of a story in the order in which securities go, into an empty row.
    fn line_up(&self, story: u64, shape: Shape, legs: usize, row: &mut Vec<PartyNumber>) {
        let [first, second] = self.ends(story);
        let dealers = |row: &mut Vec<PartyNumber>, from: usize, count: usize| {
            while row.len() - from < count {
                row.push(self.dealer(story, &row[from..]));
            }
        };
        match shape {
            Shape::Single => {
                let with_dealer = self.settings.singles_with_dealers_per_10000;
                if !self.draws.with_a_dealer.happens(story, with_dealer) {
                    row.extend([first, second]);
                } else if self.draws.sells.happens(story, 5_000) {
                    row.extend([self.dealer(story, &[]), first]);
                } else {
                    row.extend([first, self.dealer(story, &[])]);
                }
            }
            Shape::Circle => {
                dealers(row, 0, legs);
                row.push(row[0]);
            }
            Shape::Chain => {
                row.push(first);
                dealers(row, 1, legs.max(2) - 1);
                row.push(second);
            }
            // The manager sells to the broker, who sells on; or it buys what the broker has bought.
            Shape::House { broker, side, .. } => {
                row.push(broker);
                dealers(row, 0, legs);
                row.push(first);
                if side == Side::Buy {
                    row.reverse();
                }
            }
        }
    }

    fn legs(&mut self, story: u64, shape: Shape, legs: usize) {
        let mut row = std::mem::take(&mut self.row);
        row.clear();
        self.line_up(story, shape, legs, &mut row);
        let (line, quantity) = match shape {
            Shape::House { line, quantity, .. } => (line, quantity),
            _ => {
                let bits = self.draws.line.bits(story);
                let line = LineId::try_from(self.line_ladder.pick(bits)).expect("few instruments");
                let price = self.market.instruments[line as usize].price_cents;
                let value = self.values.draw(&self.draws.value, story);
                (line, (value / price).clamp(1, 1_000_000_000))
            }
        };
        let span = self.market.scenario.day.trading_to - self.market.scenario.day.trading_from;
        let minutes = u64::try_from(span.num_minutes()).unwrap_or(0);
        let traded = self.draws.traded.between(story, 0, minutes);
        let free = shape == Shape::Single && self.draws.free.happens(story, self.settings.free_per_10000);
        let last = row.len() - 2;
        for (leg, two) in row.windows(2).enumerate() {
            let passes_on = match shape {
                Shape::House { side: Side::Buy, block, .. } if leg == last => Some(block),
                Shape::House { side: Side::Sell, block, .. } if leg == 0 => Some(block),
                _ => None,
            };
            let deal = self.leg(story * LEGS + leg as u64, (two[0], two[1]), line, quantity, traded);
            self.deals.push(Deal { passes_on, free, ..deal });
        }
        self.row = row;
    }

    fn leg(
        &self,
        entity: u64,
        (from, to): (PartyNumber, PartyNumber),
        line: LineId,
        quantity: i64,
        traded: u64,
    ) -> Deal {
        let (s, d, market) = (self.settings, &self.draws, self.market);
        let price = i128::from(market.instruments[line as usize].price_cents);
        let off = i128::from(d.price.between(entity, 9_900, 10_100));
        let minutes = |purpose: &Purpose, [low, high]: [u64; 2]| {
            Duration::from_secs(60 * purpose.between(entity, low, high))
        };
        let date = market.dates[self.date];
        let open = at(date.trades, market.scenario.day.trading_from);
        let mut matches_at = open + Duration::from_secs(60 * traded) + minutes(&d.matches, s.match_minutes);
        if d.late.happens(entity, s.late_per_10000) {
            matches_at = matches_at + minutes(&d.how_late, s.late_minutes);
        }
        if d.mismatch.happens(entity, s.mismatch_per_10000) {
            matches_at = matches_at + minutes(&d.mends, s.mismatch_minutes);
        }
        matches_at = self.after_outages(&[from, to], matches_at);
        let held = d.hold.happens(entity, s.hold_per_10000);
        // Deliverer and receiver each say their own.
        let sides = [entity * 2, entity * 2 + 1];
        let priority = sides.map(|side| d.usual.priority(side).unwrap_or(NORMAL));
        Deal {
            from,
            to,
            date: u16::try_from(self.date).expect("few trade dates"),
            line,
            quantity,
            cents: i64::try_from(i128::from(quantity) * price * off / 10_000).expect("it is bounded").max(1),
            free: false,
            matches_at,
            held_until: held.then(|| {
                let lets_go = market.opens(date.settles) + minutes(&d.lets_go, s.hold_minutes);
                self.after_outages(&[from], lets_go)
            }),
            partial: sides.map(|side| d.usual.partial(side)),
            priority: priority[0].min(priority[1]),
            passes_on: None,
        }
    }
}

impl Teller<'_> {
    /// When something can be done by all of these: not while the systems of one are down.
    fn after_outages(&self, parties: &[PartyNumber], mut at: Timestamp) -> Timestamp {
        let down = |at: Timestamp| {
            let of = self.outages.iter().filter(|(who, _)| parties.contains(who));
            of.filter(|(_, [from, until])| *from <= at && at < *until).map(|(_, [_, until])| *until).max()
        };
        while let Some(until) = down(at) {
            at = until;
        }
        at
    }
}

fn outages(market: &Market) -> Vec<(PartyNumber, [Timestamp; 2])> {
    let all = parties(market);
    let number = |name: &str| (0..).zip(&all).find(|(_, party)| party.name == name).map(|(number, _)| number);
    let outages = market.scenario.faults.outages.iter();
    outages.filter_map(|o| Some((number(&o.party)?, o.span(&market.scenario.day)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    fn market(more: &str) -> Market {
        let text = format!(
            "name = 'x'\n[trades]\ncount = 200\n[population]\ndealers = 20\ninvestors = 30\ninstructions = 6000\n{more}"
        );
        Market::draw(Scenario::from_toml(&text).expect("a scenario"), 1)
    }

    #[test]
    fn no_population_no_instructions() {
        let market = Market::draw(Scenario::from_toml("name = 'x'").expect("a scenario"), 1);
        assert_eq!(market.crowd, Crowd::default());
    }

    #[test]
    fn the_same_seed_gives_the_same_stories_and_more_of_them_begin_alike() {
        let (one, other) = (market(""), market(""));
        assert_eq!(one.crowd, other.crowd);
        let text = "name = 'x'\n[trades]\ncount = 200\n[population]\ndealers = 20\ninvestors = 30\ninstructions = 3000";
        let fewer = Market::draw(Scenario::from_toml(text).expect("a scenario"), 1);
        assert_eq!(fewer.crowd.deals[..2_990], one.crowd.deals[..2_990]);
        let late = market("late_per_10000 = 5000");
        let who = |market: &Market| -> Vec<(u32, u32, i64)> {
            market.crowd.deals.iter().map(|deal| (deal.from, deal.to, deal.cents)).collect()
        };
        assert_eq!(who(&late), who(&one), "a break shifts no draw of others");
    }

    #[test]
    fn nothing_is_instructed_while_the_systems_are_down() {
        let down = "[[faults.outages]]\nparty = 'dealer-03'\nat = '08:00:00'\nminutes = 300\n";
        let (with, without) = (market(down), market(""));
        let number = with.crowd.parties.iter().position(|p| p.name == "dealer-03").expect("it is there");
        let [from, until] = with.scenario.faults.outages[0].span(&with.scenario.day);
        let mut moved = 0;
        for (a, b) in with.crowd.deals.iter().zip(&without.crowd.deals) {
            let its_own = [a.from, a.to].contains(&u32::try_from(number).expect("few"));
            let within = from <= b.matches_at && b.matches_at < until;
            assert_eq!(a.matches_at, if its_own && within { until } else { b.matches_at });
            moved += usize::from(its_own && within);
        }
        assert!(moved > 10, "{moved}");
    }

    #[test]
    fn each_date_has_its_own_stories_and_one_more_changes_none_before_it() {
        let dates = |n: u32| market(&format!("[day]\ntrade_dates = {n}\n"));
        let (one, three) = (dates(1), dates(3));
        let of = |date: usize| &three.crowd.deals[three.crowd.of_date(date)];
        assert_eq!(of(0), one.crowd.deals.as_slice());
        assert_eq!(of(0).len() + of(1).len() + of(2).len(), three.crowd.deals.len());
        for date in 0..3 {
            let of_house = of(date).iter().filter(|deal| deal.passes_on.is_some()).count();
            let longer = of(date).len() - 6_000;
            assert!(of_house > 20 && longer >= of_house, "{of_house} of {longer} on date {date}");
            let opens = at(three.dates[date].trades, three.scenario.day.trading_from);
            assert!(of(date).iter().all(|deal| deal.matches_at > opens));
        }
        let terms =
            |deals: &[Deal]| deals.iter().take(50).map(|d| (d.from, d.to, d.cents)).collect::<Vec<_>>();
        assert_ne!(terms(of(1)), terms(of(0)));
        assert_ne!(terms(of(2)), terms(of(1)));
    }

    /// 35 % in chains of three legs on the mean: two of three of these legs are bought to be sold on. A circle's all are.
    #[test]
    fn legs_are_shared_out_as_the_settings_say() {
        let market = market("house_chains_per_10000 = 0");
        let deals = &market.crowd.deals;
        assert_eq!(deals.len(), 6_000);
        let dealer = |party: u32| market.crowd.parties[party as usize].is_dealer;
        let between_dealers = deals.iter().filter(|deal| dealer(deal.from) && dealer(deal.to)).count();
        // A third of the legs of chains, and all of circles: 11.7 + 15 %.
        assert!((1_350..1_850).contains(&between_dealers), "{between_dealers} of 6,000");
        assert!(deals.iter().all(|deal| deal.from != deal.to && deal.quantity > 0 && deal.cents > 0));
        // Of the half that is alone, four fifths are between investors.
        let between_investors = deals.iter().filter(|deal| !dealer(deal.from) && !dealer(deal.to)).count();
        assert!((2_150..2_650).contains(&between_investors), "{between_investors} of 6,000");
    }

    #[test]
    fn only_what_is_alone_comes_free_of_payment_and_nothing_else_changes() {
        let (some, none) = (market("free_per_10000 = 5400"), market(""));
        let free = some.crowd.deals.iter().filter(|deal| deal.free).count();
        assert!((1_450..1_800).contains(&free), "{free} of 3,000 that are alone");
        let dealer = |party: u32| some.crowd.parties[party as usize].is_dealer;
        for (a, b) in some.crowd.deals.iter().zip(&none.crowd.deals) {
            assert_eq!(Deal { free: false, ..*a }, *b);
            assert_eq!(a.cash_cents(), if a.free { 0 } else { a.cents });
            assert!(!(a.free && dealer(a.from) && dealer(a.to)), "two dealers are never alone");
        }
    }

    #[test]
    fn brokers_pass_on_what_the_house_trades() {
        let market = market("house_chains_per_10000 = 10000");
        let legs: Vec<&Deal> = market.crowd.deals.iter().filter(|deal| deal.passes_on.is_some()).collect();
        assert_eq!(legs.len(), market.blocks.len());
        for leg in legs {
            let block = &market.blocks[leg.passes_on.expect("filtered") as usize];
            let broker = if block.side == Side::Buy { leg.to } else { leg.from };
            assert_eq!((broker as usize, leg.line as usize), (block.broker, block.instrument));
            let quantity: i64 = market.trades[block.trades.clone()].iter().map(|trade| trade.quantity).sum();
            assert_eq!(leg.quantity, quantity);
        }
    }
}
