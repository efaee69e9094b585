//! MT540 Receive Free: instructs: securities come in, no cash moves.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt540-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "540");
//! assert!(decoded.diagnostics.is_empty() && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::{instruction_table, spec::Spec};

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("540", "Receive Free", &["NEWM", "CANC", "PREA"], instruction_table::TABLE));
