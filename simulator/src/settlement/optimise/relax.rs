//! The linear relaxation, where a unit may settle in part, by a first-order method: reflected Halpern iterations of the
//! primal-dual hybrid gradient with restarts. What it finds is guidance only: fractions to round, and for every row a price
//! of its shortage. No balance is kept in these numbers.
#![allow(
    clippy::disallowed_types,
    reason = "guidance for the search; balances and bounds are whole numbers elsewhere"
)]

use super::core::Core;

/// Looked at this often, in iterations.
const CHECK_EVERY: u32 = 40;
/// Good enough, relatively.
const TOLERANCE: f64 = 2e-6;

/// What the relaxation says.
#[derive(Debug)]
pub(super) struct Relaxed {
    /// By unit: how much of it settles.
    pub(super) fractions: Vec<f64>,
    /// By row: what one more of its balance would be worth, in the weights that were handed in.
    pub(super) prices: Vec<f64>,
}

/// Solves it as well as it can while `go_on` says so, which is asked before every iteration.
pub(super) fn relax(core: &Core, weights: &[f64], mut go_on: impl FnMut(u32) -> bool) -> Relaxed {
    let mut solver = Solver::new(core, weights);
    let mut iterations = 0;
    while go_on(iterations) {
        solver.step();
        iterations += 1;
        if iterations.is_multiple_of(CHECK_EVERY) && solver.check() {
            break;
        }
    }
    solver.check();
    Relaxed { fractions: solver.fractions(), prices: solver.prices() }
}

struct Solver {
    starts: Vec<u32>,
    rows: Vec<u32>,
    /// Scaled; what a unit takes from a row is above zero.
    values: Vec<f64>,
    gains: Vec<f64>,
    upper: Vec<f64>,
    limits: Vec<f64>,
    /// x = scaled x * unit scale; price = scaled price * row scale.
    unit_scale: Vec<f64>,
    row_scale: Vec<f64>,
    unit_step: Vec<f64>,
    row_step: Vec<f64>,
    /// Where we are, where the last restart was, and where the map leads from here.
    x: Vec<f64>,
    y: Vec<f64>,
    x0: Vec<f64>,
    y0: Vec<f64>,
    tx: Vec<f64>,
    ty: Vec<f64>,
    use_: Vec<f64>,
    balance: f64,
    since_restart: u32,
    total: u32,
    first_residual: f64,
    last_residual: f64,
    residual: f64,
    best_bound: f64,
    best_y: Vec<f64>,
    best_x: Vec<f64>,
    best_error: f64,
}

impl Solver {
    fn new(core: &Core, weights: &[f64]) -> Self {
        let (n, m) = (core.units.len(), core.opening.len());
        let (mut starts, mut rows, mut values) = (vec![0u32], Vec::new(), Vec::new());
        for unit in 0..n {
            for c in core.unit(unit) {
                rows.push(c.other);
                values.push(-(c.delta as f64));
            }
            starts.push(rows.len() as u32);
        }
        let mut solver = Self {
            starts,
            rows,
            values,
            gains: weights.to_vec(),
            upper: vec![1.0; n],
            limits: core.opening.iter().map(|b| *b as f64).collect(),
            unit_scale: vec![1.0; n],
            row_scale: vec![1.0; m],
            unit_step: vec![0.0; n],
            row_step: vec![0.0; m],
            x: vec![0.0; n],
            y: vec![0.0; m],
            x0: vec![0.0; n],
            y0: vec![0.0; m],
            tx: vec![0.0; n],
            ty: vec![0.0; m],
            use_: vec![0.0; m],
            balance: 1.0,
            since_restart: 0,
            total: 0,
            first_residual: f64::INFINITY,
            last_residual: f64::INFINITY,
            residual: f64::INFINITY,
            best_bound: f64::INFINITY,
            best_y: vec![0.0; m],
            best_x: vec![0.0; n],
            best_error: f64::INFINITY,
        };
        solver.scale();
        solver
    }

    fn span(&self, unit: usize) -> std::ops::Range<usize> {
        self.starts[unit] as usize..self.starts[unit + 1] as usize
    }

    /// Rows by their largest first, then rows and units in turn, so that all entries are near one; steps by what is left.
    fn scale(&mut self) {
        let (n, m) = (self.upper.len(), self.limits.len());
        for round in 0..10 {
            let mut row_most = vec![0f64; m];
            for (row, value) in self.rows.iter().zip(&self.values) {
                row_most[*row as usize] = row_most[*row as usize].max(value.abs());
            }
            for most in &mut row_most {
                let whole = if round == 0 { *most } else { most.sqrt() };
                *most = if *most > 0.0 { 1.0 / whole } else { 1.0 };
            }
            for unit in 0..n {
                let span = self.span(unit);
                let mut most = 0f64;
                for at in span.clone() {
                    most = most.max((self.values[at] * row_most[self.rows[at] as usize]).abs());
                }
                let by = if round == 0 || most <= 0.0 { 1.0 } else { 1.0 / most.sqrt() };
                for at in span {
                    self.values[at] *= by * row_most[self.rows[at] as usize];
                }
                self.unit_scale[unit] *= by;
                self.gains[unit] *= by;
                self.upper[unit] /= by;
            }
            for ((scale, limit), by) in self.row_scale.iter_mut().zip(&mut self.limits).zip(&row_most) {
                *scale *= by;
                *limit *= by;
            }
        }
        let mut row_sums = vec![0f64; m];
        for unit in 0..n {
            let mut sum = 0.0;
            for at in self.span(unit) {
                sum += self.values[at].abs();
                row_sums[self.rows[at] as usize] += self.values[at].abs();
            }
            self.unit_step[unit] = if sum > 0.0 { 0.99 / sum } else { 1.0 };
        }
        for (step, sum) in self.row_step.iter_mut().zip(row_sums) {
            *step = if sum > 0.0 { 0.99 / sum } else { 1.0 };
        }
        let norm = |v: &[f64]| v.iter().map(|a| a * a).sum::<f64>().sqrt();
        let (gains, limits) = (norm(&self.gains), norm(&self.limits));
        self.balance = if gains > 0.0 && limits > 0.0 { gains / limits } else { 1.0 };
        // All settle, to begin with.
        self.x.copy_from_slice(&self.upper);
        self.x0.copy_from_slice(&self.upper);
    }

    /// One application of the map, and a reflected step towards it, anchored at the last restart.
    fn step(&mut self) {
        self.use_.iter_mut().for_each(|u| *u = 0.0);
        let near = f64::from(self.since_restart + 1) / f64::from(self.since_restart + 2);
        let far = 1.0 - near;
        let mut residual = 0.0;
        for unit in 0..self.upper.len() {
            let span = self.starts[unit] as usize..self.starts[unit + 1] as usize;
            let (rows, values) = (&self.rows[span.clone()], &self.values[span]);
            let mut gain = self.gains[unit];
            for (row, value) in rows.iter().zip(values) {
                gain -= value * self.y[*row as usize];
            }
            let step = self.unit_step[unit] / self.balance;
            let x = self.x[unit];
            let to = (x + step * gain).clamp(0.0, self.upper[unit]);
            let ahead = 2.0 * to - x;
            for (row, value) in rows.iter().zip(values) {
                self.use_[*row as usize] += value * ahead;
            }
            residual += (to - x) * (to - x) / step;
            self.tx[unit] = to;
            self.x[unit] = near * ahead + far * self.x0[unit];
        }
        for row in 0..self.limits.len() {
            let step = self.row_step[row] * self.balance;
            let y = self.y[row];
            let to = (y + step * (self.use_[row] - self.limits[row])).max(0.0);
            residual += (to - y) * (to - y) / step;
            self.ty[row] = to;
            self.y[row] = near * (2.0 * to - y) + far * self.y0[row];
        }
        self.residual = residual.sqrt();
        if self.since_restart == 0 {
            self.first_residual = self.residual;
            self.last_residual = self.residual;
        }
        self.since_restart += 1;
        self.total += 1;
    }

    /// Keeps the best prices and fractions so far, restarts where that helps, and says whether it is done.
    fn check(&mut self) -> bool {
        let mut bound: f64 = self.ty.iter().zip(&self.limits).map(|(y, b)| y * b).sum();
        let (mut worth, mut short) = (0.0, 0.0);
        self.use_.iter_mut().for_each(|u| *u = 0.0);
        for unit in 0..self.upper.len() {
            let mut gain = self.gains[unit];
            for at in self.span(unit) {
                let row = self.rows[at] as usize;
                gain -= self.values[at] * self.ty[row];
                self.use_[row] += self.values[at] * self.tx[unit];
            }
            bound += gain.max(0.0) * self.upper[unit];
            worth += self.gains[unit] * self.tx[unit];
        }
        let mut size = 0.0;
        for (used, limit) in self.use_.iter().zip(&self.limits) {
            let over = (used - limit).max(0.0);
            short += over * over;
            size += limit * limit;
        }
        if bound < self.best_bound {
            self.best_bound = bound;
            self.best_y.copy_from_slice(&self.ty);
        }
        let gap = (bound - worth).abs() / (1e-9 + bound.abs() + worth.abs());
        let error = gap.max(short.sqrt() / (1.0 + f64::sqrt(size)));
        if error < self.best_error {
            self.best_error = error;
            self.best_x.copy_from_slice(&self.tx);
        }
        if error < TOLERANCE {
            return true;
        }
        let (now, first) = (self.residual, self.first_residual);
        let enough = now <= 0.2 * first;
        let turning = now <= 0.8 * first && now > self.last_residual;
        let long = f64::from(self.since_restart) >= 0.36 * f64::from(self.total);
        self.last_residual = now;
        if enough || turning || long {
            self.restart();
        }
        false
    }

    fn restart(&mut self) {
        let distance =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
        let (dx, dy) = (distance(&self.tx, &self.x0), distance(&self.ty, &self.y0));
        if dx > 1e-12 && dy > 1e-12 {
            self.balance = (self.balance * dy / dx).sqrt();
        }
        for (at, to) in [
            (&mut self.x, &self.tx),
            (&mut self.x0, &self.tx),
            (&mut self.y, &self.ty),
            (&mut self.y0, &self.ty),
        ] {
            at.copy_from_slice(to);
        }
        self.since_restart = 0;
    }

    fn fractions(&self) -> Vec<f64> {
        self.best_x.iter().zip(&self.unit_scale).map(|(x, s)| x * s).collect()
    }

    fn prices(&self) -> Vec<f64> {
        self.best_y.iter().zip(&self.row_scale).map(|(y, s)| y * s).collect()
    }
}
