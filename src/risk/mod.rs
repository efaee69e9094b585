//! Risk scores, fitted and judged: the kernel's features and model on one side, the simulator's truth on the other.
//!
//! - [`runs`]: simulated runs as snapshots with what became of the trades, and with what could be known at best
//! - [`measure`]: how good probabilities are

pub mod measure;
pub mod runs;

use std::path::Path;

use finality_kernel::risk::model::Fitted;

/// Reads a model and says what is wrong with it.
pub fn read_model(path: &Path) -> Result<Fitted, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{shown}: {e}"))?;
    let model: Fitted = serde_json::from_str(&text)
        .map_err(|e| format!("{shown}: this is not a model of `finality risk fit`: {e}"))?;
    model.problem().map_or(Ok(model), |problem| Err(format!("{shown}: {problem}")))
}
