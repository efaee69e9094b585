//! MT536 Statement of Transactions: what came into and went out of an account in a period.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt536-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "536");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("536", "Statement of Transactions", &["NEWM", "CANC", "REPL", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  28E M
  13A/J O STAT[AJ]
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  69A/B M STAT[AB]
  22F M* SFRE CODE STBA!
  use LINK_STATEMENT as A1
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D M SAFE[AB] | BCAW[D]
  17B M* ACTI! CONS!
B SUBSAFE "Sub-safekeeping account" O*
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D O SAFE[AB] | BCAW[D]
  94B/C/F/L+T O* SAFE[BCFL]
  17B O ACTI
  B1 FIN "Financial instrument" O*
    35B M
    90A/B O INDC[AB] | MRKT[AB]
    94B+S O PRIC[B]
    98A/C O PRIC[AC]
    93B+F O* FIOP[B] INOP[B] FICL[B] INCL[B]
    B1a TRAN "Transaction" M*
      B1a1 LINK "Linkages" M*
        13A/B O LINK ?
        20C/U M RELA ?
      B1a2 TRANSDET "Transaction details" O
        94B/C/F/H/L/T O* ?
        36B/D M* ?
        99A O ?
        19A O* ?
        use INDICATORS_LISTED
        98A/B/C/E M* SETT TRAD ?
        25D O ?
        70E O ?
        use SETPRTY_STATUS as B1a2A
C ADDINFO "Additional information" O
  95P/Q/R O* ?
"#;
