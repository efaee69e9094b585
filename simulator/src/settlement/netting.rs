//! The optimiser at work in the settler: of all that waits for balances, a set that settles together is looked for and booked
//! in one step. Groups go whole. What comes after a pair that has not settled is not looked at, nor what moves cash alone
//! or both ways.

use super::book::{AccountId, Book, LineId};
use super::deal::{Outcome, PairId};
use super::kind::Kind;
use super::optimise::{Draft, Instance, Instruction, Objective, Plan, optimise};
use super::rules::NORMAL;
use super::settler::Settler;

/// How long it searches: in iterations, so that it does the same on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Of the search.
    pub iterations: u64,
    /// From which it draws.
    pub seed: u64,
}

/// What waits, as an instance, with the pairs and their weights in its order.
struct Question {
    instance: Instance,
    pairs: Vec<PairId>,
    weights: Vec<u64>,
}

/// Settles the best set that is found, if there is one; says how many pairs it has.
pub(super) fn settle_what_can(
    settler: &mut Settler,
    book: &mut Book,
    budget: Budget,
    outcomes: &mut Vec<Outcome>,
) -> usize {
    let Some(question) = ask(settler, book) else { return 0 };
    let plan = Plan {
        objective: Objective::Weights(&question.weights),
        seed: budget.seed,
        turns: Some(budget.iterations),
        partials: false,
    };
    let answer = optimise(&question.instance, &plan, &mut || 0);
    let chosen = question.pairs.iter().zip(&answer.chosen).filter(|(_, chosen)| **chosen);
    let chosen: Vec<PairId> = chosen.map(|(id, _)| *id).collect();
    // The book looks at the balances itself; a set that it refuses changes nothing.
    if chosen.is_empty() || !settler.settle_together(book, &chosen, outcomes) {
        return 0;
    }
    chosen.len()
}

/// Nothing when nothing waits that could.
fn ask(settler: &mut Settler, book: &Book) -> Option<Question> {
    let units = settler.settleable();
    let deal = |id: &PairId| settler.deal(*id).expect("it waits, so it is there");
    let takes = |unit: &Vec<PairId>| unit.iter().all(|id| matches!(deal(id).kind, Kind::Dvp | Kind::Fop));
    let units: Vec<Vec<PairId>> = units.into_iter().filter(takes).collect();
    let pairs: Vec<PairId> = units.iter().flatten().copied().collect();
    let (mut accounts, mut lines) = (Numbers::default(), Numbers::default());
    let mut draft = Draft::default();
    let mut weights = Vec::new();
    for id in &pairs {
        let d = deal(id);
        let (seller, buyer, line) = (accounts.of(d.deliverer), accounts.of(d.receiver), lines.of(d.line));
        for (account, number) in [(d.deliverer, seller), (d.receiver, buyer)] {
            draft.positions.push((number, line, book.position(account, d.line)));
        }
        draft.instructions.push(Instruction {
            id: i64::from(*id),
            seller,
            buyer,
            line,
            quantity: d.left,
            cash: d.left_amount,
            priority: d.priority,
            partial_ok: false,
            min_quantity: 0,
        });
        weights.push(weight(d.priority));
    }
    draft.cash = accounts.names().map(|account: AccountId| book.cash(account)).collect();
    draft.prices = lines.names().map(|_: LineId| 0).collect();
    draft.positions.sort_unstable();
    draft.positions.dedup();
    let groups = units.iter().filter(|unit| unit.len() > 1);
    draft.groups = groups.map(|unit| unit.iter().map(|id| i64::from(*id)).collect()).collect();
    let instance = Instance::check(draft).ok().filter(|_| !pairs.is_empty())?;
    Some(Question { instance, pairs, weights })
}

/// As many pairs as can be; one of a higher priority counts for two of the next (ours).
fn weight(priority: u8) -> u64 {
    1 << NORMAL.saturating_sub(priority.clamp(1, NORMAL))
}

/// Numbers from 0 for whatever comes along, in the order in which it does.
#[derive(Default)]
struct Numbers {
    /// By name; none where it has not come along.
    numbers: Vec<Option<u32>>,
    names: Vec<u32>,
}

impl Numbers {
    fn of(&mut self, name: u32) -> u32 {
        if self.numbers.len() <= name as usize {
            self.numbers.resize(name as usize + 1, None);
        }
        *self.numbers[name as usize].get_or_insert_with(|| {
            self.names.push(name);
            u32::try_from(self.names.len() - 1).expect("no more than there are names")
        })
    }

    fn names(&self) -> impl Iterator<Item = u32> + '_ {
        self.names.iter().copied()
    }
}
