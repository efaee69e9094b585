//! MT517 Trade Confirmation Affirmation: the investor affirms a confirmation, or does not.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt517-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "517");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("517", "Trade Confirmation Affirmation", &["NEWM", "CANC", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  95L/P/Q/R M* AFFM[PQR]! BUYR[PQR] SELL[PQR] DEAG[PQR] REAG[PQR] ALTE[L]*
  25D O AFFM
  A1 LINK "Linkages" M*
    13A/B O LINK[AB]
    20C+U M RELA[C] | PREV[C] | MAST[C] | BASK[C] | INDX[C] | LIST[C] | PROG[C] | TRRF[C] | COMM[C] | COLR[C] | ISSU[C]
"#;
