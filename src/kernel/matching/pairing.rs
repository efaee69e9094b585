//! Which side belongs to which, where no reference says it: a total order over all possible pairs, of which the best is
//! taken, then the best of what is left. The order knows nothing of arrival, so the same sides end as the same pairs
//! whichever of them came first.

use finality_parsers::model::Reference;
use rust_decimal::Decimal;

use super::compare;
use super::rules::Rules;
use super::try_out::RuleBook;
use crate::lifecycle::trade::{Confirmed, Share, Terms};

/// A manager's side that may be paired.
#[derive(Debug, Clone, Copy)]
pub struct Ours<'t> {
    /// What it says, and how it is called.
    pub share: &'t Share,
    /// Confirmations that a person has taken from it: by link and reference.
    pub not_with: &'t [(String, Reference)],
}

impl Ours<'_> {
    fn may_be_with(&self, theirs: &Confirmed) -> bool {
        !self.not_with.iter().any(|(link, id)| *link == theirs.link && *id == theirs.id)
    }
}

/// How well two sides fit; less is better.
type Fit = (usize, Decimal, Decimal);

/// How well two sides fit: how many fields differ, then how far the prices are apart, then the money.
fn fit(ours: &Terms, theirs: &Terms, rules: RuleBook<'_>) -> Fit {
    let of = Rules::of(rules.profiles, rules.general, ours);
    let gap = |a: Option<Decimal>, b: Option<Decimal>| match (a, b) {
        (Some(a), Some(b)) => a.checked_sub(b).map_or(Decimal::MAX, |gap| gap.abs()),
        // A side that says nothing is farther off than any that says something.
        _ => Decimal::MAX,
    };
    (
        compare::compare(ours, theirs, of).len(),
        gap(ours.price.map(|p| p.value), theirs.price.map(|p| p.value)),
        gap(ours.net.map(|a| a.value()), theirs.net.map(|a| a.value())),
    )
}

/// The pairs: places in both lists. Ties are broken by the references, of the allocation first.
pub fn pairs(ours: &[Ours<'_>], theirs: &[&Confirmed], rules: RuleBook<'_>) -> Vec<(usize, usize)> {
    let by_name = ranks(ours.len(), |i| {
        let share = ours[i].share;
        (share.block.as_str(), share.id.as_ref().map(Reference::as_str), share.terms.account.as_ref())
    });
    let their_names = ranks(theirs.len(), |j| (theirs[j].id.as_str(), theirs[j].link.as_str()));
    let mut possible: Vec<(Fit, usize, usize)> = Vec::with_capacity(ours.len() * theirs.len());
    for &i in &by_name {
        for &j in &their_names {
            if ours[i].may_be_with(theirs[j]) {
                possible.push((fit(&ours[i].share.terms, &theirs[j].terms, rules), i, j));
            }
        }
    }
    // Stable: among equals the order of the names stands.
    possible.sort_by_key(|(fit, ..)| *fit);
    let (mut taken, mut given) = (vec![false; ours.len()], vec![false; theirs.len()]);
    let mut pairs = Vec::new();
    for (_, i, j) in possible {
        if !taken[i] && !given[j] {
            (taken[i], given[j]) = (true, true);
            pairs.push((i, j));
        }
    }
    pairs
}

/// Places in the order of their names.
fn ranks<K: Ord>(count: usize, name: impl Fn(usize) -> K) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).collect();
    places.sort_by_key(|place| name(*place));
    places
}
