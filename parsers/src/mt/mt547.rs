//! MT547 Deliver Against Payment Confirmation: confirms: securities go out, cash comes in.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt547-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "547");
//! assert!(decoded.diagnostics.is_empty() && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::{confirmation_table, spec::Spec};

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read(
        "547",
        "Deliver Against Payment Confirmation",
        &["NEWM", "CANC", "RVSL"],
        confirmation_table::TABLE,
    )
});
