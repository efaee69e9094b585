//! What is left when the certain and the small are decided, packed for speed: one core of units and rows.

use super::problem::{Entry, Problem};

/// A unit in a row, or a row of a unit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) other: u32,
    /// What settling does to the balance.
    pub(super) delta: i64,
}

/// Units and rows, each with the others that it meets.
#[derive(Debug)]
pub(super) struct Core {
    /// The unit of the problem that each unit here is.
    pub(super) units: Vec<usize>,
    pub(super) weights: Vec<i128>,
    pub(super) opening: Vec<i64>,
    unit_starts: Vec<u32>,
    unit_cells: Vec<Cell>,
    row_starts: Vec<u32>,
    row_cells: Vec<Cell>,
    /// Whether every number is what it is in the problem. Rows whose sums would not fit into 64 bits are halved until they
    /// do, debits rounded up and credits down: what stands here stands there.
    pub(super) is_exact: bool,
}

impl Core {
    pub(super) fn new(problem: &Problem, units: Vec<usize>) -> Self {
        let mut local = vec![u32::MAX; problem.opening.len()];
        let mut gross: Vec<i128> = Vec::new();
        let mut rows = Vec::new();
        for e in units.iter().flat_map(|u| problem.binding(*u)) {
            if local[e.row as usize] == u32::MAX {
                local[e.row as usize] = rows.len() as u32;
                rows.push(e.row as usize);
                gross.push(problem.opening[e.row as usize].abs());
            }
            gross[local[e.row as usize] as usize] += e.delta.abs();
        }
        let shifts: Vec<u32> = gross.iter().map(|g| (128 - g.leading_zeros()).saturating_sub(62)).collect();
        // An arithmetic shift rounds towards less: a larger debit, a smaller credit, a smaller opening.
        let fit = |amount: i128, row: usize| (amount >> shifts[row]) as i64;
        let opening = rows.iter().enumerate().map(|(at, row)| fit(problem.opening[*row], at)).collect();
        let cell = |e: Entry| {
            let row = local[e.row as usize];
            Cell { other: row, delta: fit(e.delta, row as usize) }
        };
        let (mut unit_starts, mut unit_cells) = (vec![0], Vec::new());
        for unit in &units {
            unit_cells.extend(problem.binding(*unit).map(cell));
            unit_starts.push(unit_cells.len() as u32);
        }
        let mut row_starts = vec![0u32; rows.len() + 1];
        unit_cells.iter().for_each(|c| row_starts[c.other as usize + 1] += 1);
        (0..rows.len()).for_each(|row| row_starts[row + 1] += row_starts[row]);
        let mut next = row_starts.clone();
        let mut row_cells = vec![Cell { other: 0, delta: 0 }; unit_cells.len()];
        for unit in 0..units.len() {
            for c in &unit_cells[unit_starts[unit] as usize..unit_starts[unit + 1] as usize] {
                let at = &mut next[c.other as usize];
                row_cells[*at as usize] = Cell { other: unit as u32, delta: c.delta };
                *at += 1;
            }
        }
        let weights = units.iter().map(|u| problem.weights[*u]).collect();
        let is_exact = shifts.iter().all(|s| *s == 0);
        Self { units, weights, opening, unit_starts, unit_cells, row_starts, row_cells, is_exact }
    }

    /// Rows of a unit.
    pub(super) fn unit(&self, unit: usize) -> &[Cell] {
        &self.unit_cells[self.unit_starts[unit] as usize..self.unit_starts[unit + 1] as usize]
    }

    /// Units of a row.
    pub(super) fn row(&self, row: usize) -> &[Cell] {
        &self.row_cells[self.row_starts[row] as usize..self.row_starts[row + 1] as usize]
    }
}
