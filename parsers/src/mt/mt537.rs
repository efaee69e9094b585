//! MT537 Statement of Pending Transactions: what has not settled yet in an account, and the penalties for it.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt537-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "537");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read("537", "Statement of Pending Transactions", &["NEWM", "CANC", "REPL", "PENA", "?"], TABLE)
});

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  28E M
  13A/J O STAT[AJ]
  20C M SEME
  23G M
  98A/C/E M* PREP[ACE] STAT[AC]!
  22F/H M* SFRE[F] CODE[F] STST[H]!
  use LINK_STATEMENT as A1
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D M SAFE[AB] | BCAW[D]
  17B M ACTI
B STAT "Status" O*
  25D M IPRC | INMH | MTCH | SETT
  use REAS_PENDING as B1
  B2 TRAN "Transaction" M*
    use LINK_PENDING as B2a
    use TRANSDET_PENDING as B2b
      use SETPRTY_STATUS as B2b1
C TRANS "Transactions" O*
  use LINK_PENDING as C1
  use TRANSDET_PENDING as C2
    use SETPRTY_STATUS as C2a
  C3 STAT "Status" O*
    25D M IPRC | INMH | MTCH | SETT
    use REAS_PENDING as C3a
use PENA as D
E ADDINFO "Additional information" O
  95P/Q/R O* MEOR[PQR] MERE[PQR]
"#;
