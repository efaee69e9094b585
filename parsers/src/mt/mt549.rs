//! MT549 Request for Statement/Status Advice: asks for a statement or for the status of instructions.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt549-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "549");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("549", "Request for Statement/Status Advice", &["NEWM", "CANC", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C O STAT[AC]
  69A/B O STAT[AB]
  13A M REQU
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D M SAFE[AB] | BCAW[D]
  22F O* CODE SFRE STTY STBA
  A1 LINK "Linkages" O*
    13A/B O LINK[AB]
    20C M PREV | RELA
B BYSTAREA "By status, reason or instrument" O*
  25D O AFFM | CPRC | EPRC | INMH | IPRC | MTCH | SETT | RPRC | RERC | CALL | ESTA | TPRC | REST | ALOC
  24B O* NMAT* PEND* PENF* REJT* DEND* CAND* CANP* MOPN* NAFI* PACK* CACK* REPR* PPRC* CGEN*
  35B O*
C REF "By reference of the instruction" O*
  20C+U M* PREV[C]* | TRRF[C]* | COMM[C]* | RELA[C]* | MAST[C]* | BASK[C]* | INDX[C]* | LIST[C]* | PROG[C]* | POOL[C]* | CORP[C]* | MITI[C]* | PCTI[C]*
D ADDINFO "Additional information" O
  95P/Q/R O* MEOR[PQR] MERE[PQR]
"#;
