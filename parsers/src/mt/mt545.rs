//! MT545 Receive Against Payment Confirmation: confirms: securities come in, cash goes out.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt545-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "545");
//! assert!(decoded.diagnostics.is_empty() && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::{confirmation_table, spec::Spec};

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read(
        "545",
        "Receive Against Payment Confirmation",
        &["NEWM", "CANC", "RVSL"],
        confirmation_table::TABLE,
    )
});
