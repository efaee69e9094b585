//! MT542 Deliver Free: instructs: securities go out, no cash moves.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt542-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "542");
//! assert!(decoded.diagnostics.is_empty() && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::{instruction_table, spec::Spec};

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("542", "Deliver Free", &["NEWM", "CANC", "PREA"], instruction_table::TABLE));
