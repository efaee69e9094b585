//! MT538 Statement of Intra-Position Advices: what moved between the balances of an account in a period.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt538-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "538");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read("538", "Statement of Intra-Position Advices", &["NEWM", "CANC", "REPL", "?"], TABLE)
});

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  28E M
  13A/J O STAT[AJ]
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  69A/B M STAT[AB]
  22F O* SFRE CODE
  use LINK_STATEMENT as A1
  95P/R O ACOW[PR]
  97A/B+D M SAFE[AB] | BCAW[D]
  17B M ACTI
B FIN "Financial instrument" O*
  35B M
  use FIA as B1
  B2 SUBBAL "Sub-balance" M*
    94B/C/F+T O SAFE[BCF]
    93A M FROM
    B2a INPOS "Intra-position movement" M*
      B2a1 LINK "Linkages" O*
        13A/B O ?
        20C M ?
      36B/D M ?
      13B O ?
      19A O ?
      93A M ?
      98A/C M* ?
      22F O ?
      70E O ?
C ADDINFO "Additional information" O
  95P/Q/R O* ?
"#;
