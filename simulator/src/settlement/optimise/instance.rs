//! An instance of the settlement problem: who has what at the opening, and what waits to settle. An [`Instance`] is checked
//! once, when it is made; past that point nothing in it is looked at twice.

use std::collections::{BTreeMap, BTreeSet};

/// One instruction that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// What it is called from outside.
    pub id: i64,
    /// Who delivers.
    pub seller: u32,
    /// Who receives.
    pub buyer: u32,
    /// Which line of securities.
    pub line: u32,
    /// How many units; more than none.
    pub quantity: i64,
    /// What is paid, in cents; nothing when free of payment.
    pub cash: i64,
    /// From 1, the most urgent.
    pub priority: u8,
    /// Whether a part of it may settle.
    pub partial_ok: bool,
    /// The smallest part that may settle.
    pub min_quantity: i64,
}

/// Openings, instructions in order of arrival, and groups that settle whole or not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Instance {
    pub(super) prices: Vec<i64>,
    pub(super) cash: Vec<i64>,
    pub(super) positions: BTreeMap<(u32, u32), i64>,
    pub(super) instructions: Vec<Instruction>,
    /// Places in `instructions`, not ids.
    pub(super) groups: Vec<Vec<u32>>,
}

/// Openings and instructions as they were found, not looked at yet.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Cents for a unit, by line.
    pub prices: Vec<i64>,
    /// Cash at the opening, by participant.
    pub cash: Vec<i64>,
    /// Participant, line, quantity.
    pub positions: Vec<(u32, u32, i64)>,
    /// In order of arrival.
    pub instructions: Vec<Instruction>,
    /// Ids that settle together or not at all.
    pub groups: Vec<Vec<i64>>,
}

/// What is wrong with a draft: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct Defect {
    /// `instructions[17]`.
    pub place: String,
    /// What is wrong there, and what it should be.
    pub what: String,
}

/// Places of instructions by their ids. While ids rise, as they mostly do, they lie in order as they come.
#[derive(Default)]
struct Places {
    rising: Vec<(i64, u32)>,
    others: BTreeMap<i64, u32>,
}

impl Places {
    /// Says whether it was not there.
    fn insert(&mut self, id: i64, place: u32) -> bool {
        if self.rising.last().is_none_or(|(last, _)| *last < id) {
            self.rising.push((id, place));
            return true;
        }
        self.get(id).is_none() && self.others.insert(id, place).is_none()
    }

    fn get(&self, id: i64) -> Option<u32> {
        let risen = self.rising.binary_search_by_key(&id, |(id, _)| *id);
        risen.ok().map(|at| self.rising[at].1).or_else(|| self.others.get(&id).copied())
    }
}

/// All values together; one more still fits beside it into 128 bits.
const VALUE_MAX: i128 = i128::MAX / 4;

fn defect<T>(place: String, what: impl Into<String>) -> Result<T, Defect> {
    Err(Defect { place, what: what.into() })
}

impl Instance {
    /// Looks at a draft once, from the first to the last.
    pub fn check(draft: Draft) -> Result<Self, Defect> {
        if let Some(at) = draft.prices.iter().position(|p| *p < 0) {
            return defect(format!("prices[{at}]"), "a price is not below zero");
        }
        if let Some(at) = draft.cash.iter().position(|c| *c < 0) {
            return defect(format!("cash[{at}]"), "a balance at the opening is not below zero");
        }
        let (participants, lines) = (draft.cash.len(), draft.prices.len());
        if participants > u32::MAX as usize
            || lines > u32::MAX as usize
            || draft.instructions.len() > u32::MAX as usize
        {
            return defect("instance".to_owned(), "there are more than four billion of something");
        }
        let known = |participant: u32, line: u32| {
            if participant as usize >= participants {
                Err(format!(
                    "participant {participant} is not there: there are {participants}, counted from 0"
                ))
            } else if line as usize >= lines {
                Err(format!("line {line} has no price: there are {lines} prices, counted from 0"))
            } else {
                Ok(())
            }
        };
        // Mostly they come in order: then none is there twice, and nothing has to be looked up to know it.
        let in_order = draft.positions.is_sorted_by(|a, b| (a.0, a.1) < (b.0, b.1));
        let mut seen = BTreeSet::new();
        for (at, (participant, line, quantity)) in draft.positions.iter().copied().enumerate() {
            let place = || format!("positions[{at}]");
            if let Err(what) = known(participant, line) {
                return defect(place(), what);
            }
            if quantity < 0 {
                return defect(place(), "a position at the opening is not below zero");
            }
            if !in_order && !seen.insert((participant, line)) {
                return defect(
                    place(),
                    format!("participant {participant} has line {line} twice: give the sum once"),
                );
            }
        }
        let positions = draft.positions.iter().map(|(participant, line, has)| ((*participant, *line), *has));
        let positions: BTreeMap<(u32, u32), i64> = positions.collect();
        let mut places = Places::default();
        let mut value = 0i128;
        for (at, i) in draft.instructions.iter().enumerate() {
            let place = || format!("instructions[{at}] (id {})", i.id);
            for participant in [i.seller, i.buyer] {
                if let Err(what) = known(participant, i.line) {
                    return defect(place(), what);
                }
            }
            if i.quantity <= 0 {
                return defect(place(), format!("quantity {} is not above zero", i.quantity));
            }
            if i.cash < 0 {
                return defect(place(), format!("cash {} is below zero; who pays is the buyer", i.cash));
            }
            if i.min_quantity < 0 {
                return defect(place(), format!("the smallest part, {}, is below zero", i.min_quantity));
            }
            value += i128::from(i.quantity) * i128::from(draft.prices[i.line as usize]);
            if value > VALUE_MAX {
                return defect(
                    place(),
                    "up to here the values, quantity by price, add up to more than can be counted",
                );
            }
            if !places.insert(i.id, at as u32) {
                return defect(place(), "this id was there before: ids are given once");
            }
        }
        let mut groups = Vec::new();
        for (at, ids) in draft.groups.iter().enumerate() {
            let mut members = BTreeSet::new();
            for id in ids {
                match places.get(*id) {
                    Some(place) => members.insert(place),
                    None => {
                        return defect(
                            format!("groups[{at}]"),
                            format!("there is no instruction with id {id}"),
                        );
                    }
                };
            }
            groups.push(members.into_iter().collect());
        }
        let Draft { prices, cash, instructions, .. } = draft;
        Ok(Self { prices, cash, positions, instructions, groups })
    }

    /// In order of arrival.
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// What an instruction is worth: its quantity at the price of its line, in cents.
    pub fn value(&self, instruction: &Instruction) -> i128 {
        i128::from(instruction.quantity) * i128::from(self.prices[instruction.line as usize])
    }

    /// Whether these instructions, by place, can settle together: no balance below zero after all of them, and no group in
    /// parts. This is the judge of the optimiser and shares nothing with it.
    pub fn settles(&self, chosen: &[bool]) -> bool {
        let mut cash: Vec<i128> = self.cash.iter().map(|c| i128::from(*c)).collect();
        let has = |of: &(u32, u32)| i128::from(self.positions.get(of).copied().unwrap_or(0));
        let mut moved: BTreeMap<(u32, u32), i128> = BTreeMap::new();
        for i in self.instructions.iter().zip(chosen).filter(|(_, c)| **c).map(|(i, _)| i) {
            *moved.entry((i.seller, i.line)).or_default() -= i128::from(i.quantity);
            *moved.entry((i.buyer, i.line)).or_default() += i128::from(i.quantity);
            cash[i.buyer as usize] -= i128::from(i.cash);
            cash[i.seller as usize] += i128::from(i.cash);
        }
        chosen.len() == self.instructions.len()
            && cash.iter().all(|c| *c >= 0)
            && moved.iter().all(|(of, net)| has(of) + net >= 0)
            && self.groups.iter().all(|g| {
                let settled = g.iter().filter(|m| chosen[**m as usize]).count();
                settled == 0 || settled == g.len()
            })
    }
}
