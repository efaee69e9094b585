//! MT530 Transaction Processing Command: changes how an instruction is processed: hold, release, priority, linkage, partial.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt530-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "530");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("530", "Transaction Processing Command", &["NEWM", "CANC", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D M SAFE[AB] | BCAW[D]
B REQD "Request details" M*
  20C+U O* PREV[C] POOL[C] RELA[C] TRRF[C] COMM[C] MITI[C] ?
  22F O* BORR CONP LINK MTCH PRIR PROC PRTL RTGS SETT SPLT ?
  B1 LINK "Linkages" O*
    22F O LINK
    13A/B O LINK[AB]
    20C+U M POOL[C] | PREV[C] | RELA[C] | TRRF[C] | COMM[C] | MITI[C] | PCTI[C]
C ADDINFO "Additional information" O*
  20C O ACOW
  12A O CLAS
  97A/B+D O SAFE[AB] | BCAW[D]
  35B O
  36B+D O SETT[B]
  90A/B O ?
  19A O ?
  98A/C O* EFFD[AC] EXPI[AC] COFF[AC]
  17B O ?
  95P/Q/R O* MEOR[PQR] MERE[PQR]
  C1 STAT "Status" O
    25D M IPRC
    C1a REAS "Reason" O*
      24B M CAND | PACK | REJT
      70D O REAS
"#;
