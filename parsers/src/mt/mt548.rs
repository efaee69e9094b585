//! MT548 Settlement Status and Processing Advice: how far an instruction or a cancellation request is, and why.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt548-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "548");
//! assert!(decoded.diagnostics.is_empty() && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read("548", "Settlement Status and Processing Advice", &["INST", "CAST", "PENA"], TABLE)
});

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  A1 LINK "Linkages" M*
    13A/B O LINK[AB]
    20C+N+U M POOL[C] | PREV[C] | RELA[C] | TRRF[C] | COMM[C] | CORP[C] | TCTR[C] | CLTR[C] | CLCI[C] | TRCI[C] | NTSP[C] | MITI[C] | PCTI[C]
  A2 STAT "Status" M*
    25D M CPRC | IPRC | MTCH | SETT | SPRC | CALL | INMH | TPRC
    A2a REAS "Reason" O*
      24B M CAND | CANP | CACK | CGEN | DEND | MOPN | NMAT | PACK | PEND | PENF | PPRC | REJT | REPR
      70D O REAS
B SETTRAN "Settlement transaction details" O
  94B/C/F/H/L+T O* CLEA[HL]* TRAD[BL]* SAFE[BCFL]*
  35B M
  36B+D M* SETT[B] ?
  19A O* OCMT SETT
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D M SAFE[AB] | BCAW[D]
  22F/H M* SETR[F]! REDE[H]!(DELI|RECE) PAYM[H]!(APMT|FREE) STCO[F]* TRCA[F] STAM[F] RTGS[F] REGT[F] BENE[F] CASY[F] TCPI[F] REPT[F] MACL[F] BLOC[F] REST[F] SETS[F] NETT[F] CCPT[F] LEOG[F] COLA[F] COLE[F]
  98A/B/C/E M* EXSE[AC] SETT[ABC] ADEL[AC] TRAD[ABCE] EXVA[AC] ?
  70E O SPRO
  use SETPRTY_STATUS as B1
use PENA as C
D ADDINFO "Additional information" O*
  95C/L/P/Q/R O* MEOR[PQR] MERE[PQR] INVE[CPQR] QFIN[PQR] ALTE[L]*
"#;
