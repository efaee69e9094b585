//! MT509 Trade Status Message: how far an order or the processing of a trade is, and why.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt509-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "509");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("509", "Trade Status Message", &["INST", "CAST", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  A1 LINK "Linkages" O*
    13A/B O LINK[AB]
    20C+U M RELA[C] | PREV[C] | MAST[C] | BASK[C] | INDX[C] | LIST[C] | PROG[C] | TRRF[C] | COMM[C] | ISSU[C] | BMRB[C] | ALMR[C]
  A2 STAT "Status" M*
    25D M CPRC | IPRC | MTCH | AFFM | RPRC
    A2a REAS "Reason" O*
      24B M REJT | NMAT | NAFI | REPR
      70D O REAS
B TRADE "Trade details" O
  98A/B/C O* PVAD[AC] SETT[ABC] TRAD[ABC] XCDT[A] TLDT[A]
  11A O FXIB | FXIS
  22F/H M* BUSE[H]! PROC[F]* RPOR[F]* PRIR[F] SETG[F] PAYM[H]!(APMT|FREE)
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D O SAFE[AB] | BCAW[D]
  use TRADPRTY as B1
  19A O* AFCA CANC DBAM ORDR PREX REMA REPL
  90A/B O* DEAL[AB]
  36B+D O* AFCA[B] CANC[B] ORDR[B]* PREX[B] REMA[B] REPL[B]
  35B M
C ADDINFO "Additional information" O
  95P/Q/R O* MEOR[PQR] MERE[PQR]
"#;
