//! What several tests need: small scenarios, and the gateway's state at the end of a run.

pub(crate) mod desk;
pub(crate) mod live;
pub(crate) mod pki;

use finality::simulate::{profile, records};
use finality_kernel::book::Book;
use finality_simulator::scenario::Scenario;
use finality_simulator::world::Outcome;

/// A scenario from a few lines of TOML.
pub(crate) fn scenario(settings: &str) -> Scenario {
    Scenario::from_toml(&format!("name = \"test\"\n{settings}")).expect("a scenario")
}

/// Runs a scenario with the production gateway.
pub(crate) fn run(scenario: Scenario, seed: u64) -> Outcome {
    finality::simulate::run(scenario, seed)
}

/// The gateway's state, as a restart would find it.
pub(crate) fn book(outcome: &Outcome) -> Book {
    let mut book = Book::new(profile(&outcome.market));
    for record in records(&outcome.journal) {
        book.replay(&record);
    }
    book
}
