//! Classes of instruments: which lines belong to which, how much shorter one is than another, and under which rate of
//! penalties it falls.

use serde::{Deserialize, Serialize};

use crate::seed::Draws;
use crate::settlement::penalty::rates::Security;

/// What kind of instrument a line is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A share.
    #[default]
    Equity,
    /// A bond of a state.
    GovernmentBond,
    /// Another bond.
    CorporateBond,
    /// An exchange-traded fund.
    Etf,
}

impl Class {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 4] = [Self::Equity, Self::GovernmentBond, Self::CorporateBond, Self::Etf];

    /// In words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Equity => "shares",
            Self::GovernmentBond => "government bonds",
            Self::CorporateBond => "corporate bonds",
            Self::Etf => "exchange-traded funds",
        }
    }

    /// What its name ends with.
    pub(crate) fn suffix(self) -> &'static str {
        match self {
            Self::Equity => "AG",
            Self::GovernmentBond => "GOVT",
            Self::CorporateBond => "NOTES",
            Self::Etf => "ETF",
        }
    }

    /// What it is to the table of penalties. All shares of a scenario are liquid.
    pub(crate) fn security(self) -> Security {
        match self {
            Self::Equity => Security::Share { liquid: Some(true) },
            Self::GovernmentBond => Security::PublicDebt,
            Self::CorporateBond => Security::Debt,
            Self::Etf => Security::Other,
        }
    }
}

/// A class in a scenario: what is left over of the lines are shares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassShare {
    /// Which.
    pub class: Class,
    /// Lines of it, of ten thousand; of shares, those that are left over, whatever is said.
    #[serde(default)]
    pub lines_per_10000: u32,
    /// How often who delivers its lines is short, in per cent of the settings.
    #[serde(default = "hundred")]
    pub short_percent: u32,
}

fn hundred() -> u32 {
    100
}

/// What makes no sense in a list of classes.
pub(crate) fn problem(classes: &[ClassShare]) -> Option<&'static str> {
    let twice = |(n, one): (usize, &ClassShare)| classes[..n].iter().any(|other| other.class == one.class);
    if classes.iter().enumerate().any(twice) {
        return Some("each class may stand once");
    }
    let all: u64 = classes.iter().map(|c| u64::from(c.lines_per_10000)).sum();
    if all > 10_000 {
        return Some("their lines_per_10000 must be no more than 10,000 together");
    }
    classes.iter().any(|c| c.short_percent > 10_000).then_some("short_percent must be at most 10,000")
}

/// The class of a line.
pub(crate) fn of_line(classes: &[ClassShare], draws: &Draws, line: u64) -> Class {
    let mut point = draws.between("instrument: class", line, 0, 9_999);
    for one in classes.iter().filter(|one| one.class != Class::Equity) {
        let lines = u64::from(one.lines_per_10000);
        if point < lines {
            return one.class;
        }
        point -= lines;
    }
    Class::Equity
}

/// How often who delivers a line of a class is short, of ten thousand: as said in general, and so much of it.
pub(crate) fn short_per_10000(classes: &[ClassShare], class: Class, general: u32) -> u32 {
    let percent = classes.iter().find(|one| one.class == class).map_or(100, |one| one.short_percent);
    u32::try_from(u64::from(general) * u64::from(percent) / 100).unwrap_or(u32::MAX)
}
