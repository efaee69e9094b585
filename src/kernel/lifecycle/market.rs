//! What a market wants by when: its calendar, its clock, its settlement cycle and its cut-offs. A row of the profile
//! ([`MarketRow`]) may begin with a built-in one and say only what differs. Where no row fits a trade, nothing here counts.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Bic, BusinessDate, Calendar, Currency, Market, Payment, SettlementCycle};
use serde::{Deserialize, Serialize};

use super::state::State;
use super::trade::{Terms, Trade};
use crate::matching::rules::AssetClass;
use crate::profile::Profile;

/// What must have happened by a cut-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The allocation is there.
    Allocation,
    /// The confirmation is there, agrees and is affirmed.
    Affirmation,
    /// The instruction is with the custodian.
    Instruction,
    /// The depository has matched it.
    CsdMatch,
    /// It has settled against payment.
    SettlementDvp,
    /// It has settled free of payment.
    SettlementFree,
}

impl Stop {
    /// For people, as the profile writes it.
    pub fn name(self) -> &'static str {
        match self {
            Stop::Allocation => "allocation",
            Stop::Affirmation => "affirmation",
            Stop::Instruction => "instruction",
            Stop::CsdMatch => "csd_match",
            Stop::SettlementDvp => "settlement_dvp",
            Stop::SettlementFree => "settlement_free",
        }
    }
}

/// Which cut-off a state must have been left by. `None`: the market has nothing to say about it.
pub fn stop_of(state: State, free: bool) -> Option<Stop> {
    Some(match state {
        State::Alleged => Stop::Allocation,
        State::Allocated | State::Mismatched => Stop::Affirmation,
        State::Matched | State::Affirmed | State::AwaitingSsi | State::Rejected => Stop::Instruction,
        // What waits for an answer is sent again after minutes; no market helps with that.
        State::Instructed | State::CancelRequested => return None,
        State::Delivered | State::Acknowledged | State::CsdUnmatched => Stop::CsdMatch,
        State::MatchedAtCsd | State::Pending | State::PartiallySettled | State::Failing if free => {
            Stop::SettlementFree
        }
        State::MatchedAtCsd | State::Pending | State::PartiallySettled | State::Failing => {
            Stop::SettlementDvp
        }
        State::Settled | State::Cancelled => return None,
    })
}

/// From which day a cut-off is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Anchor {
    /// The trade date.
    Trade,
    /// The settlement date.
    Settlement,
}

/// A time on a business day before or after trade or settlement: `T 21:00`, `T+1 07:00`, `S-1 18:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CutOff {
    /// Counted from there.
    pub from: Anchor,
    /// So many business days after it; before it when negative.
    pub days: i8,
    /// By the market's clock.
    pub time: NaiveTime,
}

impl FromStr for CutOff {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("{text:?} is no cut-off: write T or S, perhaps days, and a time, like \"S-1 18:00\"");
        let (day, time) = text.split_once(' ').ok_or_else(wrong)?;
        let from = match day.as_bytes().first() {
            Some(b'T') => Anchor::Trade,
            Some(b'S') => Anchor::Settlement,
            _ => return Err(wrong()),
        };
        let days = match &day[1..] {
            "" => 0,
            signed if signed.starts_with(['+', '-']) => signed.parse().map_err(|_| wrong())?,
            _ => return Err(wrong()),
        };
        let time = NaiveTime::parse_from_str(time, "%H:%M").map_err(|_| wrong())?;
        // Farther away it is no cut-off of this trade, and days are looked for one by one.
        if !(-10..=10).contains(&days) {
            return Err(wrong());
        }
        Ok(Self { from, days, time })
    }
}

impl fmt::Display for CutOff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let from = if self.from == Anchor::Trade { "T" } else { "S" };
        let time = self.time.format("%H:%M");
        if self.days == 0 { write!(f, "{from} {time}") } else { write!(f, "{from}{:+} {time}", self.days) }
    }
}

impl Serialize for CutOff {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CutOff {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// When a market puts its clocks forward by an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SummerTime {
    /// Never.
    #[default]
    None,
    /// From the last Sunday of March to the last of October.
    Europe,
    /// From the second Sunday of March to the first of November.
    America,
}

impl SummerTime {
    /// Whether it is summer time in the middle of that day.
    fn counts_on(self, day: NaiveDate) -> bool {
        let year = day.year();
        let nth = |month, n| NaiveDate::from_weekday_of_month_opt(year, month, Weekday::Sun, n);
        // Of seven days from the 25th on, one is the last Sunday of a month of 31.
        let last = |month| {
            (25..=31)
                .filter_map(|d| NaiveDate::from_ymd_opt(year, month, d))
                .find(|d| d.weekday() == Weekday::Sun)
        };
        let (from, until) = match self {
            SummerTime::None => return false,
            SummerTime::Europe => (last(3), last(10)),
            SummerTime::America => (nth(3, 2), nth(11, 1)),
        };
        from.zip(until).is_some_and(|(from, until)| (from..until).contains(&day))
    }
}

/// A settlement cycle, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CycleFrom {
    /// From this trade date on; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BusinessDate>,
    /// Business days between trade and settlement.
    pub days: u8,
}

/// A row of the profile. What it leaves out is as the built-in row says that it is `like`, else as for all trades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketRow {
    /// Its name.
    pub name: String,
    /// The built-in row that it begins with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<String>,
    /// For instruments of this country only: the first two letters of the ISIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// For trades that settle at this place only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Bic>,
    /// For trades in this currency only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// For shares or debt only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asset_class: Option<AssetClass>,
    /// On which days it settles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// How far its clock is ahead of UTC in winter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub utc_offset_minutes: Option<i32>,
    /// When it has summer time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summer_time: Option<SummerTime>,
    /// Its settlement cycle; of several the last that had begun on the trade date.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cycle: Vec<CycleFrom>,
    /// Its cut-offs; what stands here goes before those of the built-in row.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub cut_offs: BTreeMap<Stop, CutOff>,
}

/// A built-in row.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn {
    /// Its name.
    pub name: &'static str,
    /// For instruments of this country.
    pub country: &'static str,
    /// Its calendar.
    pub calendar: Market,
    /// How far its clock is ahead of UTC in winter.
    pub utc_offset_minutes: i32,
    /// When it has summer time.
    pub summer_time: SummerTime,
    /// Its cycle, by first trade date.
    pub cycle: &'static [(&'static str, u8)],
    /// Its cut-offs.
    pub cut_offs: &'static [(Stop, &'static str)],
    /// Where they come from, in words.
    pub source: &'static str,
}

const T2S_TIMES: &[(Stop, &str)] =
    &[(Stop::CsdMatch, "S 16:00"), (Stop::SettlementDvp, "S 16:00"), (Stop::SettlementFree, "S 18:00")];
const EUROPE_CYCLE: &[(&str, u8)] = &[("1900-01-01", 2), ("2027-10-11", 1)];
const T2S_SOURCE: &str =
    "TARGET2-Securities user handbook: planned day, DvP 16:00 and FoP 18:00 CET; T+1 from 11 October 2027";

const fn t2s(name: &'static str, country: &'static str) -> BuiltIn {
    BuiltIn {
        name,
        country,
        calendar: Market::Target,
        utc_offset_minutes: 60,
        summer_time: SummerTime::Europe,
        cycle: EUROPE_CYCLE,
        cut_offs: T2S_TIMES,
        source: T2S_SOURCE,
    }
}

/// The built-in rows. They count only where the profile is like one of them.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        name: "us",
        country: "US",
        calendar: Market::UsSettlement,
        utc_offset_minutes: -300,
        summer_time: SummerTime::America,
        cycle: &[("1900-01-01", 2), ("2024-05-28", 1)],
        cut_offs: &[
            (Stop::Allocation, "T 19:00"),
            (Stop::Affirmation, "T 21:00"),
            (Stop::CsdMatch, "S 11:30"),
            (Stop::SettlementDvp, "S 15:20"),
            (Stop::SettlementFree, "S 18:30"),
        ],
        source: "DTCC: allocations by 19:00 and affirmation by 21:00 ET on T; settlement day schedule, same-day input until 11:30, \
                 valued until 15:20 and free until 18:30; T+1 since 28 May 2024",
    },
    t2s("de", "DE"),
    t2s("fr", "FR"),
    t2s("it", "IT"),
    t2s("nl", "NL"),
    t2s("es", "ES"),
    BuiltIn {
        name: "gb",
        country: "GB",
        calendar: Market::UkSettlement,
        utc_offset_minutes: 0,
        summer_time: SummerTime::Europe,
        cycle: EUROPE_CYCLE,
        cut_offs: &[],
        source: "T+1 from 11 October 2027; we hold no cut-offs of this market, name them",
    },
];

impl BuiltIn {
    /// By name.
    pub fn named(name: &str) -> Option<&'static BuiltIn> {
        BUILT_IN.iter().find(|b| b.name == name)
    }

    fn cycle_on(&self, day: BusinessDate) -> Option<SettlementCycle> {
        let begun = |from: &str| from.parse::<BusinessDate>().is_ok_and(|from| from <= day);
        self.cycle.iter().rev().find(|(from, _)| begun(from)).map(|(_, days)| SettlementCycle(*days))
    }
}

impl MarketRow {
    /// A row that is like a built-in one in all.
    pub fn like(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            like: Some(name.to_owned()),
            country: None,
            place: None,
            currency: None,
            asset_class: None,
            calendar: None,
            utc_offset_minutes: None,
            summer_time: None,
            cycle: Vec::new(),
            cut_offs: BTreeMap::new(),
        }
    }

    fn base(&self) -> Option<&'static BuiltIn> {
        self.like.as_deref().and_then(BuiltIn::named)
    }

    /// What is wrong with it, in words.
    pub fn problem(&self) -> Option<String> {
        if let Some(like) = self.like.as_deref().filter(|_| self.base().is_none()) {
            let known: Vec<&str> = BUILT_IN.iter().map(|b| b.name).collect();
            return Some(format!("there is no built-in market {like:?}; there are {}", known.join(", ")));
        }
        if let Some(country) = self.country.as_deref()
            && (country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()))
        {
            return Some(format!("country must be two letters, and is {country:?}"));
        }
        if let Some(minutes) = self.utc_offset_minutes.filter(|m| !(-720..=840).contains(m)) {
            return Some(format!("utc_offset_minutes must be between -720 and 840, and is {minutes}"));
        }
        if let Some(cycle) = self.cycle.iter().find(|c| c.days > 10) {
            return Some(format!("a cycle is of 10 days at most, and is {}", cycle.days));
        }
        None
    }

    fn for_country(&self) -> Option<&str> {
        self.country.as_deref().or(self.base().map(|b| b.country))
    }

    fn is_for(&self, terms: &Terms, place: Option<Bic>) -> bool {
        let issued = terms.instrument.isin.as_ref().map(|isin| isin.country());
        // Who names the place means what settles there, wherever it was issued.
        let country = match (self.country.as_deref(), self.place) {
            (None, Some(_)) => true,
            _ => self.for_country().is_none_or(|c| issued == Some(c)),
        };
        country
            && self.place.is_none_or(|of| place.is_some_and(|p| p.same_office(&of)))
            && self.currency.is_none_or(|of| terms.settles_in() == Some(of))
            && self.asset_class.is_none_or(|of| AssetClass::of(terms) == of)
    }

    /// How near it is to the trade: place before country before currency before kind.
    fn rank(&self) -> (bool, bool, bool, bool) {
        (
            self.place.is_some(),
            self.for_country().is_some(),
            self.currency.is_some(),
            self.asset_class.is_some(),
        )
    }

    fn calendar(&self, profile: &Profile) -> Calendar {
        let built_in = || self.base().map(|b| Calendar::of(b.calendar));
        self.calendar.clone().or_else(built_in).unwrap_or_else(|| profile.calendar.clone())
    }

    fn cycle_on(&self, trade_date: BusinessDate, profile: &Profile) -> SettlementCycle {
        let begun = self.cycle.iter().filter(|c| c.from.is_none_or(|from| from <= trade_date));
        let own = begun.max_by_key(|c| c.from).map(|c| SettlementCycle(c.days));
        own.or_else(|| self.base().and_then(|b| b.cycle_on(trade_date))).unwrap_or(profile.cycle)
    }

    /// The cut-off of a stage.
    pub fn cut_off(&self, stop: Stop) -> Option<CutOff> {
        let built_in = || {
            let row = self.base()?.cut_offs.iter().find(|(of, _)| *of == stop)?;
            row.1.parse().ok()
        };
        self.cut_offs.get(&stop).copied().or_else(built_in)
    }

    /// The cut-off of a stage, or of the first after it that the market has one for: what must be done later must be possible.
    fn cut_off_from(&self, stop: Stop, free: bool) -> Option<CutOff> {
        let settles = if free { Stop::SettlementFree } else { Stop::SettlementDvp };
        let order = [Stop::Allocation, Stop::Affirmation, Stop::Instruction, Stop::CsdMatch, settles];
        order.into_iter().skip_while(|of| *of != stop).find_map(|of| self.cut_off(of))
    }

    /// A time of the market's clock as an instant.
    fn instant(&self, day: BusinessDate, time: NaiveTime) -> Timestamp {
        let (base, day) = (self.base(), day.naive());
        let winter = self.utc_offset_minutes.or(base.map(|b| b.utc_offset_minutes)).unwrap_or(0);
        let rule = self.summer_time.or(base.map(|b| b.summer_time)).unwrap_or_default();
        let ahead = i64::from(winter) + if rule.counts_on(day) { 60 } else { 0 };
        Timestamp::from_utc((day.and_time(time) - chrono::TimeDelta::minutes(ahead)).and_utc())
    }
}

/// The row that counts for a trade, the nearest first.
pub fn row_of<'p>(profile: &'p Profile, trade: &Trade) -> Option<&'p MarketRow> {
    let terms = trade.terms()?;
    row_for(profile, terms, place_of(trade))
}

fn row_for<'p>(profile: &'p Profile, terms: &Terms, place: Option<Bic>) -> Option<&'p MarketRow> {
    // Of two that are as near the first counts.
    profile.market.iter().filter(|row| row.is_for(terms, place)).rev().max_by_key(|row| row.rank())
}

/// Where it settles, as far as it is known: as it was instructed, else as the confirmation says.
fn place_of(trade: &Trade) -> Option<Bic> {
    let instructed = trade.instructed.as_deref().map(|i| &i.instruction);
    let ours = instructed.and_then(|i| i.delivering.depository.as_ref().or(i.receiving.depository.as_ref()));
    let theirs = || trade.confirmed.as_deref()?.chain.as_ref()?.depository.as_ref();
    match ours.or_else(theirs)?.id {
        finality_parsers::model::PartyId::Bic(bic) => Some(bic),
        _ => None,
    }
}

/// When a trade settles of which neither side says a date: by the cycle of its market, else by that of the profile.
pub fn settlement_date(profile: &Profile, terms: &Terms) -> BusinessDate {
    match row_for(profile, terms, None) {
        Some(row) => {
            row.calendar(profile).settlement_date(terms.trade_date, row.cycle_on(terms.trade_date, profile))
        }
        None => profile.calendar.settlement_date(terms.trade_date, profile.cycle),
    }
}

/// The cut-off that a trade in `state` has before it, after `now`: that of its day, or that of a later business day when it
/// is missed. `None` where the market says nothing.
pub fn next_cut_off(profile: &Profile, trade: &Trade, state: State, now: Timestamp) -> Option<Timestamp> {
    let terms = trade.terms()?;
    let row = row_of(profile, trade)?;
    let free = terms.payment == Some(Payment::Free);
    let cut_off = row.cut_off_from(stop_of(state, free)?, free)?;
    let calendar = row.calendar(profile);
    let by_cycle = || calendar.settlement_date(terms.trade_date, row.cycle_on(terms.trade_date, profile));
    let from = match cut_off.from {
        Anchor::Trade => terms.trade_date,
        Anchor::Settlement => trade.settlement_date().unwrap_or_else(by_cycle),
    };
    let first = row.instant(shifted(&calendar, from, cut_off.days), cut_off.time);
    if first > now {
        return Some(first);
    }
    // Missed: tomorrow's, as the market goes on trying. One day before now is early enough in every time zone.
    let today = BusinessDate::new(now.utc().date_naive());
    let mut day = stepped(today, false);
    for _ in 0..CLOSED_AT_MOST {
        if calendar.is_business_day(day) {
            let at = row.instant(day, cut_off.time);
            if at > now {
                return Some(at);
            }
        }
        day = stepped(day, true);
    }
    Some(now + Duration::from_secs(24 * 3600))
}

/// Whether a deadline of a trade is a cut-off of its market.
pub(crate) fn is_cut_off(profile: &Profile, trade: &Trade, due: Timestamp) -> bool {
    // As it was before it passed.
    let just_before = due - Duration::from_nanos(1);
    next_cut_off(profile, trade, trade.state, just_before) == Some(due)
}

/// The settlement cut-off of a day in the trade's market, whether it is past or not.
pub fn settlement_cut_off(profile: &Profile, trade: &Trade) -> Option<Timestamp> {
    let day = trade.settlement_date()?;
    let by_market = || {
        let row = row_of(profile, trade)?;
        let free = trade.terms()?.payment == Some(Payment::Free);
        let cut_off = row.cut_off(if free { Stop::SettlementFree } else { Stop::SettlementDvp })?;
        let from = if cut_off.from == Anchor::Trade { trade.terms()?.trade_date } else { day };
        Some(row.instant(shifted(&row.calendar(profile), from, cut_off.days), cut_off.time))
    };
    Some(by_market().unwrap_or_else(|| profile.timing.cut_off(day)))
}

/// A hostile list of closed days must not hang us.
const CLOSED_AT_MOST: u32 = 366;

fn stepped(day: BusinessDate, forward: bool) -> BusinessDate {
    let one = Days::new(1);
    let to = if forward { day.naive().checked_add_days(one) } else { day.naive().checked_sub_days(one) };
    BusinessDate::new(to.unwrap_or(day.naive()))
}

/// So many business days after a day, or before it; a day that is none counts as the next that is one.
fn shifted(calendar: &Calendar, from: BusinessDate, days: i8) -> BusinessDate {
    if days >= 0 {
        return calendar.add_business_days(from, u32::from(days.unsigned_abs()));
    }
    let mut day = calendar.add_business_days(from, 0);
    for _ in 0..days.unsigned_abs() {
        day = stepped(day, false);
        for _ in 0..CLOSED_AT_MOST {
            if calendar.is_business_day(day) {
                break;
            }
            day = stepped(day, false);
        }
    }
    day
}

/// For the page of documentation.
pub(super) fn page() -> String {
    let mut page = String::from(
        "\n## Cut-offs of markets\n\nWhere a `[[profile.market]]` fits a trade, its deadline is the earlier of the minutes above and the market's \
         cut-off for what must come next.\nWithout one for that the next later one counts; one that is missed counts on the next business day. \
         `T` is the trade date, `S` the settlement date.\n\n| state | cut-off | free of payment |\n|---|---|---|\n",
    );
    let name = |state, free| {
        stop_of(state, free).map_or("none: it is sent again".to_owned(), |s| format!("`{}`", s.name()))
    };
    for state in State::ALL.into_iter().filter(|s| !s.is_terminal()) {
        page.push_str(&format!("| {} | {} | {} |\n", state.label(), name(state, false), name(state, true)));
    }
    page.push_str(
        "\n## Markets that are built in\n\nThey count only where a row of the profile says `like`. Times are the market's own.\n\n\
         | `like` | country | cycle | cut-offs | source |\n|---|---|---|---|---|\n",
    );
    for row in BUILT_IN {
        let cycle: Vec<String> = row
            .cycle
            .iter()
            .enumerate()
            .map(
                |(n, (from, days))| {
                    if n == 0 { format!("T+{days}") } else { format!("T+{days} from {from}") }
                },
            )
            .collect();
        let cut_offs: Vec<String> =
            row.cut_offs.iter().map(|(stop, at)| format!("`{}` {at}", stop.name())).collect();
        let cut_offs = if cut_offs.is_empty() { "none".to_owned() } else { cut_offs.join(", ") };
        page.push_str(&format!(
            "| `{}` | {} | {} | {cut_offs} | {} |\n",
            row.name,
            row.country,
            cycle.join(", "),
            row.source
        ));
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> BusinessDate {
        text.parse().expect("a date")
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_utc(text.parse().expect("a time"))
    }

    #[test]
    fn built_in_rows_can_be_read_and_their_names_are_their_own() {
        for row in BUILT_IN {
            assert_eq!(BUILT_IN.iter().filter(|b| b.name == row.name).count(), 1, "{}", row.name);
            for (_, text) in row.cut_offs {
                assert_eq!(
                    text.parse::<CutOff>().map(|c| c.to_string()),
                    Ok((*text).to_owned()),
                    "{}",
                    row.name
                );
            }
            assert!(row.cycle_on(day("2026-11-24")).is_some(), "{}", row.name);
            assert_eq!(MarketRow::like(row.name).problem(), None);
        }
    }

    #[test]
    fn cut_offs_are_read_or_refused() {
        for text in ["T 21:00", "T+1 07:30", "S-1 18:00", "S 00:00"] {
            assert_eq!(text.parse::<CutOff>().map(|c| c.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "",
            " ",
            "T",
            "21:00",
            "T 25:00",
            "X 10:00",
            "T+ 10:00",
            "S1 10:00",
            "S+99 10:00",
            "\u{e9} 10:00",
        ] {
            assert!(text.parse::<CutOff>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_market_s_clock_knows_summer() {
        let (us, de) = (MarketRow::like("us"), MarketRow::like("de"));
        let time = |text: &str| text.parse::<NaiveTime>().expect("a time");
        for (row, on, local, utc) in [
            (&us, "2026-01-15", "21:00:00", "2026-01-16T02:00:00Z"),
            (&us, "2026-07-15", "21:00:00", "2026-07-16T01:00:00Z"),
            (&us, "2026-03-06", "11:30:00", "2026-03-06T16:30:00Z"),
            (&us, "2026-03-09", "11:30:00", "2026-03-09T15:30:00Z"),
            (&us, "2026-11-02", "11:30:00", "2026-11-02T16:30:00Z"),
            (&de, "2026-03-27", "16:00:00", "2026-03-27T15:00:00Z"),
            (&de, "2026-03-30", "16:00:00", "2026-03-30T14:00:00Z"),
            (&de, "2026-10-26", "16:00:00", "2026-10-26T15:00:00Z"),
        ] {
            assert_eq!(row.instant(day(on), time(local)), at(utc), "{} {on}", row.name);
        }
    }

    #[test]
    fn days_before_and_after_leave_out_what_is_closed() {
        let us = Calendar::of(Market::UsSettlement);
        for (from, days, to) in [
            ("2026-11-25", 1, "2026-11-27"),
            ("2026-11-27", -1, "2026-11-25"),
            ("2026-11-30", -1, "2026-11-27"),
            ("2026-11-28", 0, "2026-11-30"),
        ] {
            assert_eq!(shifted(&us, day(from), days), day(to), "{from} {days}");
        }
    }

    #[test]
    fn a_market_that_moved_to_t_plus_1_did_so_by_trade_date() {
        let us = BuiltIn::named("us").expect("it is there");
        assert_eq!(us.cycle_on(day("2024-05-24")), Some(SettlementCycle(2)));
        assert_eq!(us.cycle_on(day("2024-05-28")), Some(SettlementCycle(1)));
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (row, word) in [
            (MarketRow { like: Some("mars".to_owned()), ..MarketRow::like("m") }, "mars"),
            (MarketRow { country: Some("usa".to_owned()), ..MarketRow::like("us") }, "usa"),
            (MarketRow { utc_offset_minutes: Some(9000), ..MarketRow::like("us") }, "9000"),
            (MarketRow { cycle: vec![CycleFrom { from: None, days: 99 }], ..MarketRow::like("us") }, "99"),
        ] {
            assert!(row.problem().is_some_and(|p| p.contains(word)), "{word}");
        }
    }
}
