//! MT578 Settlement Allegement: the servicer tells that a counterparty has instructed and the account owner has not.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt578-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "578");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("578", "Settlement Allegement", &["NEWM", "CANC", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  A1 LINK "Linkages" O*
    22F O LINK
    13A/B O LINK[AB]
    20C+U M PREV[C] | RELA[C] | POOL[C] | TRRF[C] | COMM[C] | COLR[C] | MITI[C] | PCTI[C]
B TRADDET "Trade details" M
  94B/H/L O* CLEA[HL]* TRAD[BL]*
  98A/B/C M* SETT[ABC]! TRAD[ABC]
  90A/B O DEAL[AB]
  99A O DAAC
  35B M
  use FIA as B1
  22F/H M* PAYM[H]!(APMT|FREE) REDE[H]!(DELI|RECE) TTCO[F]* PRIC[F]
C FIAC "Financial instrument and account" M
  36B+D M SETT[B]
  70D O DENC
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B/E+D M* SAFE[AB]!~BCAW CASH[AE] BCAW[D]
  94B/C/F/L+T O* SAFE[BCFL]
  use BREAK as C1
use REPO_ALLEGED as D
E SETDET "Settlement details" M
  22F M* SETR! STCO* STAM RTGS REGT BENE CASY MACL REPT
  use SETPRTY as E1
  use CSHPRTY as E2
  use AMT_ALLEGED as E3
F ADDINFO "Additional information" O*
  95C/L/P/Q/R O* INVE[CPQR] MEOR[PQR] MERE[PQR] EXCH[PQR] TRRE[PQR] TRAG[PQR] QFIN[PQR] ALTE[L]*
"#;
