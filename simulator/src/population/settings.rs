//! `[population]` of a scenario: who else is at the depository, what they trade, and what they have for it.

use serde::{Deserialize, Serialize};

/// The market around the house. With no instructions there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Population {
    /// Participants that trade on their own account; the house's brokers are among them, beside these.
    pub dealers: u32,
    /// Participants that hold for investors: chains begin and end with them.
    pub investors: u32,
    /// Instructions (pairs of both sides) of the population among itself.
    pub instructions: u32,
    /// Sizes of participants fall with their rank to this power, in hundredths.
    pub participant_zipf_hundredths: u32,
    /// The same of lines.
    pub line_zipf_hundredths: u32,
    /// Median of the values, in cents.
    pub value_median_cents: i64,
    /// Spread of the natural logarithms of the values, in hundredths.
    pub value_sigma_hundredths: u32,
    /// Instructions in chains, of ten thousand: each buyer sells on what it buys.
    pub in_chains_per_10000: u32,
    /// Instructions in circles, of ten thousand: the last sells to the first.
    pub in_circles_per_10000: u32,
    /// Of the others, that a dealer trades with an investor, of ten thousand; the rest is between two investors.
    pub singles_with_dealers_per_10000: u32,
    /// Of the others, that come free of payment, of ten thousand: securities that change accounts, not hands.
    pub free_per_10000: u32,
    /// How often a chain or circle has one leg more, and then another one, of ten thousand.
    pub longer_per_10000: u32,
    /// Blocks of the house, of ten thousand, that the broker buys or sells on in the population.
    pub house_chains_per_10000: u32,
    /// Participants and lines, of ten thousand that deliver more than they receive, that start with too little.
    pub short_lines_per_10000: u32,
    /// What such a pair has of what it must deliver on net, in per cent, from and to.
    pub short_line_cover_percent: [u64; 2],
    /// Dealers and lines, of ten thousand that deliver and receive, that hold what they need though nothing comes in.
    pub stocked_lines_per_10000: u32,
    /// Cash of participants that pay more than they get, in per cent of that, from and to.
    pub cash_cover_percent: [u64; 2],
    /// Cash on top, in per cent of all that a participant pays.
    pub cash_float_percent: u32,
    /// From the trade until both sides have instructed alike, in minutes, from and to.
    pub match_minutes: [u64; 2],
    /// Instructions that are late, of ten thousand.
    pub late_per_10000: u32,
    /// How late, in minutes.
    pub late_minutes: [u64; 2],
    /// Instructions whose sides differ at first, of ten thousand.
    pub mismatch_per_10000: u32,
    /// How long that takes to mend, in minutes.
    pub mismatch_minutes: [u64; 2],
    /// Instructions that the deliverer holds back, of ten thousand.
    pub hold_per_10000: u32,
    /// When it lets go, in minutes after settlement opens.
    pub hold_minutes: [u64; 2],
}

/// What pairs of bounds must be: of minutes, of shares of a whole, and of what may be many times what is needed.
const MINUTES: &str = "the first bound must not be above the second, and that at most 100,000";
const ALL: &str = "the first bound must not be above the second, and that at most 100";
const TIMES: &str = "the first bound must not be above the second, and that at most 10,000";

impl Default for Population {
    fn default() -> Self {
        Self {
            dealers: 0,
            investors: 0,
            instructions: 0,
            participant_zipf_hundredths: 80,
            line_zipf_hundredths: 90,
            value_median_cents: 10_000_000,
            value_sigma_hundredths: 180,
            in_chains_per_10000: 3_500,
            in_circles_per_10000: 1_500,
            singles_with_dealers_per_10000: 2_000,
            free_per_10000: 0,
            longer_per_10000: 5_000,
            house_chains_per_10000: 5_000,
            short_lines_per_10000: 700,
            short_line_cover_percent: [0, 90],
            stocked_lines_per_10000: 1_000,
            cash_cover_percent: [70, 115],
            cash_float_percent: 10,
            match_minutes: [5, 240],
            late_per_10000: 0,
            late_minutes: [600, 1_800],
            mismatch_per_10000: 0,
            mismatch_minutes: [240, 1_440],
            hold_per_10000: 0,
            hold_minutes: [60, 1_800],
        }
    }
}

impl Population {
    /// Whether there is one.
    pub fn is_there(&self) -> bool {
        self.instructions > 0
    }

    /// What makes no sense: which setting, and why.
    pub(crate) fn problem(&self) -> Option<(&'static str, &'static str)> {
        if !self.is_there() {
            return None;
        }
        if self.instructions > 2_000_000 {
            return Some(("population.instructions", "it must be at most 2,000,000"));
        }
        if !(3..=5_000).contains(&self.dealers) {
            return Some(("population.dealers", "it must be 3 to 5,000 where there are instructions"));
        }
        if !(2..=5_000).contains(&self.investors) {
            return Some(("population.investors", "it must be 2 to 5,000 where there are instructions"));
        }
        if !(1..=10_000_000_000).contains(&self.value_median_cents) {
            return Some(("population.value_median_cents", "it must be 1 to 10,000,000,000"));
        }
        if self.participant_zipf_hundredths > 300 || self.line_zipf_hundredths > 300 {
            return Some(("population.participant_zipf_hundredths, line_zipf_hundredths", "at most 300"));
        }
        if self.value_sigma_hundredths > 400 {
            return Some(("population.value_sigma_hundredths", "it must be at most 400"));
        }
        if self.in_chains_per_10000.saturating_add(self.in_circles_per_10000) > 10_000 {
            return Some((
                "population.in_chains_per_10000, in_circles_per_10000",
                "they must be no more than 10,000 together",
            ));
        }
        if self.longer_per_10000 > 9_500 {
            return Some(("population.longer_per_10000", "it must be at most 9,500: chains end"));
        }
        if self.cash_float_percent > 10_000 {
            return Some(("population.cash_float_percent", "it must be at most 10,000"));
        }
        for (what, [low, high], most) in [
            ("population.short_line_cover_percent", self.short_line_cover_percent, 100),
            ("population.cash_cover_percent", self.cash_cover_percent, 10_000),
            ("population.match_minutes", self.match_minutes, 100_000),
            ("population.late_minutes", self.late_minutes, 100_000),
            ("population.mismatch_minutes", self.mismatch_minutes, 100_000),
            ("population.hold_minutes", self.hold_minutes, 100_000),
        ] {
            if low > high || high > most {
                return Some((
                    what,
                    if most == 100_000 {
                        MINUTES
                    } else if most == 100 {
                        ALL
                    } else {
                        TIMES
                    },
                ));
            }
        }
        let rates = [
            ("population.singles_with_dealers_per_10000", self.singles_with_dealers_per_10000),
            ("population.free_per_10000", self.free_per_10000),
            ("population.house_chains_per_10000", self.house_chains_per_10000),
            ("population.short_lines_per_10000", self.short_lines_per_10000),
            ("population.stocked_lines_per_10000", self.stocked_lines_per_10000),
            ("population.late_per_10000", self.late_per_10000),
            ("population.mismatch_per_10000", self.mismatch_per_10000),
            ("population.hold_per_10000", self.hold_per_10000),
        ];
        let above = rates.into_iter().find(|(_, rate)| *rate > 10_000);
        above.map(|(what, _)| (what, "it must be at most 10,000"))
    }
}
