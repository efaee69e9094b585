//! Small parts are solved for good: branch and bound over the units, the most valuable first.

use super::problem::{Entry, Problem};

/// Above this a part is left to the search.
const UNITS_MAX: usize = 24;
/// Steps after which a part is given up.
const STEPS_MAX: u32 = 200_000;

/// The best choice of a part's units, in their order; `None` when it is too large to be sure. `steps` is what all parts may
/// take together.
pub(super) fn solve(problem: &Problem, part: &[usize], steps: &mut u32) -> Option<Vec<bool>> {
    if part.len() > UNITS_MAX || *steps == 0 {
        return None;
    }
    let mut rows: Vec<u32> = part.iter().flat_map(|u| problem.binding(*u).map(|e| e.row)).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut order: Vec<usize> = (0..part.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(problem.weights[part[*at]]));
    let columns: Vec<Vec<Entry>> = order
        .iter()
        .map(|at| {
            let local = |row| rows.binary_search(&row).unwrap_or_default() as u32;
            problem.binding(part[*at]).map(|e| Entry { row: local(e.row), delta: e.delta }).collect()
        })
        .collect();
    let weights: Vec<i128> = order.iter().map(|at| problem.weights[part[*at]]).collect();
    let mut reach: Vec<i128> = rows.iter().map(|r| problem.opening[*r as usize]).collect();
    for e in columns.iter().flatten().filter(|e| e.delta > 0) {
        reach[e.row as usize] += e.delta;
    }
    let mut tree = Tree {
        columns,
        rest: weights.iter().sum(),
        weights,
        reach,
        taken: Vec::new(),
        worth: 0,
        best: None,
        steps: 0,
    };
    tree.branch();
    *steps = steps.saturating_sub(tree.steps);
    if tree.steps > STEPS_MAX {
        return None;
    }
    let (_, best) = tree.best?;
    let mut choice = vec![false; part.len()];
    order.iter().zip(best).for_each(|(at, taken)| choice[*at] = taken);
    Some(choice)
}

struct Tree {
    columns: Vec<Vec<Entry>>,
    weights: Vec<i128>,
    /// By row: the balance, if all that credits it and is not decided settles.
    reach: Vec<i128>,
    taken: Vec<bool>,
    worth: i128,
    /// What is not decided is worth this together.
    rest: i128,
    best: Option<(i128, Vec<bool>)>,
    steps: u32,
}

impl Tree {
    fn branch(&mut self) {
        self.steps += 1;
        let at = self.taken.len();
        if self.steps > STEPS_MAX
            || self.best.as_ref().is_some_and(|(best, _)| self.worth + self.rest <= *best)
        {
            return;
        }
        if at == self.columns.len() {
            self.best = Some((self.worth, self.taken.clone()));
            return;
        }
        let weight = self.weights[at];
        self.rest -= weight;
        for take in [true, false] {
            // Settled, its debits are felt; failed, its credits are missed.
            let felt = |e: &&Entry| (e.delta < 0) == take;
            for n in 0..self.columns[at].len() {
                let e = self.columns[at][n];
                if felt(&&e) {
                    self.reach[e.row as usize] -= e.delta.abs();
                }
            }
            if self.columns[at].iter().filter(felt).all(|e| self.reach[e.row as usize] >= 0) {
                self.worth += if take { weight } else { 0 };
                self.taken.push(take);
                self.branch();
                self.taken.pop();
                self.worth -= if take { weight } else { 0 };
            }
            for n in 0..self.columns[at].len() {
                let e = self.columns[at][n];
                if felt(&&e) {
                    self.reach[e.row as usize] += e.delta.abs();
                }
            }
        }
        self.rest += weight;
    }
}
