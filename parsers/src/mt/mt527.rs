//! MT527 Triparty Collateral Instruction: tells a triparty agent to open, change or close a collateralised deal.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt527-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "527");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("527", "Triparty Collateral Instruction", &["NEWM", "CANC", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  28E M
  20C M* SEME! CLCI TRCI SCTR RCTR
  23G M
  98A/C/E O* PREP[ACE] EXRQ[AC] TRAD[A] SETT[A]
  22F/H M* CINT[FH]! COLA[FH]! REPR[H]! PRSS[F] PRIR[F] AUTA[F] FSSA[F]
  13B O* PRBN* FSBN* EXBN* ELIG*
  17B O* ?
  25D O REST
  A1 COLLPRTY "Collateral parties" M*
    95P/Q/R+L M* PTYA[PQR] CLPA[PQR] PTYB[PQR] CLPB[PQR] TRAG[PQR] ACOW[PQR]
    97A/B+D O SAFE[AB] | BCAW[D]
    22F O TRCA
  70E O* CINS NOTE
  A2 LINK "Linkages" O*
    13A/B O LINK[AB]
    20C+U M RELA[C] | PREV[C] | COMM[C]
B DEALTRAN "Deal transaction details" O
  94B+L O TRAD[B]
  17B O* CONC ?
  99B O* MNPE ?
  98A/B/C M TERM[ABC]
  19A O* TRAA TRTE VASO ?
  B1 BREAK "Breakdown" O*
    13B M ?
    19A M ?
  92A/C O* PRIC[AC] RSPR[A] VSMR[AC]
  11A O ?
  22F/H O* MICO[F] PAYM[H] STTP[H] ?
C SECMOVE "Securities movement" O*
  22H M INOU
  35B M
  36B+D M QSEC[B]
  17B M COLL
  97A/B+D O SAFE[AB] | BCAW[D]
  20C O CSMV
D CASHMOVE "Cash movements" O*
  22H M INOU
  19A M CASH
  17B O COLL
  97A/E O CASH[AE]
  20C O CCMV
E ADDINFO "Additional information" O*
  95C/P/Q/R+L O* MEOR[PQR] MERE[PQR] ISSU[PQR] INVE[CPQR] ?
"#;
