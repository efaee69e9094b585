//! Other rules tried on trades that were compared already, without effect; and who could be the other side of a trade that
//! has none.

use std::cmp::Reverse;

use serde::Serialize;

use super::compare::{self, Compared, Difference, Verdict};
use super::field::Field;
use super::rules::{MatchingProfile, Rules};
use crate::lifecycle::trade::Terms;
use crate::profile::Tolerances;

/// Matching profiles with the tolerances that hold where they say nothing.
#[derive(Debug, Clone, Copy)]
pub struct RuleBook<'p> {
    /// Profiles.
    pub profiles: &'p [MatchingProfile],
    /// What holds else.
    pub general: &'p Tolerances,
}

impl RuleBook<'_> {
    /// What differs between both sides of a trade.
    pub fn differences(&self, ours: &Terms, theirs: &Terms) -> Vec<Difference> {
        self.differences_in(|_| true, ours, theirs)
    }

    /// The same, of some fields.
    pub(crate) fn differences_in(
        &self,
        which: impl Fn(Field) -> bool,
        ours: &Terms,
        theirs: &Terms,
    ) -> Vec<Difference> {
        compare::compare_only(which, ours, theirs, || Rules::of(self.profiles, self.general, ours))
    }
}

/// A trade with both sides.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'t> {
    /// Our number.
    pub trade: u64,
    /// The manager's terms.
    pub ours: &'t Terms,
    /// The broker's.
    pub theirs: &'t Terms,
}

/// A trade on which the rules disagree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Our number.
    pub trade: u64,
    /// What differs under the rules that hold.
    pub now: Vec<Difference>,
    /// What would differ under the others.
    pub then: Vec<Difference>,
    /// The profile that would hold; empty where it is the general tolerances.
    pub profile: String,
}

/// What other rules would have done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Trial {
    /// How many trades have both sides.
    pub compared: usize,
    /// How many of them match under the rules that hold.
    pub match_now: usize,
    /// How many would match under the others.
    pub match_then: usize,
    /// Those that would change, in the order of their numbers.
    pub changed: Vec<Changed>,
}

/// Compares trades under the rules that hold and under others.
pub fn try_out<'t>(
    pairs: impl IntoIterator<Item = Pair<'t>>,
    now: RuleBook<'_>,
    then: RuleBook<'_>,
) -> Trial {
    let mut trial = Trial::default();
    for Pair { trade, ours, theirs } in pairs {
        let (before, after) = (now.differences(ours, theirs), then.differences(ours, theirs));
        trial.compared += 1;
        trial.match_now += usize::from(before.is_empty());
        trial.match_then += usize::from(after.is_empty());
        if before.is_empty() != after.is_empty() {
            let profile = Rules::of(then.profiles, then.general, ours).name();
            trial.changed.push(Changed { trade, now: before, then: after, profile });
        }
    }
    trial.changed.sort_by_key(|changed| changed.trade);
    trial
}

/// Somebody who could be the other side of a trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Candidate {
    /// Its trade.
    pub trade: u64,
    /// How many of the fields that tell a trade agree: instrument, side, account, broker, trade date, quantity.
    pub tells: usize,
    /// All fields side by side.
    pub fields: Vec<Compared>,
}

/// The fields by which a trade is told, the most telling first.
const TELLING: [Field; 6] =
    [Field::Instrument, Field::Side, Field::Account, Field::Broker, Field::TradeDate, Field::Quantity];

/// How many of the telling fields must agree at least for two sides to be shown as near: all but one of the six may
/// differ in no more than this many.
const MAY_DIFFER: usize = 2;

/// The nearest of the other sides that wait, by a total order that knows nothing of arrival: most telling fields first, then
/// fewest differences, then the smaller number.
pub fn near<'t>(
    ours: &Terms,
    others: impl IntoIterator<Item = (u64, &'t Terms)>,
    rules: RuleBook<'_>,
    most: usize,
) -> Vec<Candidate> {
    let of = Rules::of(rules.profiles, rules.general, ours);
    let mut found: Vec<Candidate> = others
        .into_iter()
        .map(|(trade, theirs)| {
            let fields = compare::side_by_side(ours, theirs, of);
            let agrees = |c: &&Compared| TELLING.contains(&c.field) && c.verdict != Verdict::Differs;
            Candidate { trade, tells: fields.iter().filter(agrees).count(), fields }
        })
        .filter(|candidate| candidate.tells + MAY_DIFFER >= TELLING.len())
        .collect();
    let differ = |c: &Candidate| c.fields.iter().filter(|f| f.verdict == Verdict::Differs).count();
    found.sort_by_key(|candidate| (Reverse(candidate.tells), differ(candidate), candidate.trade));
    found.truncate(most);
    found
}
