//! MT586 Statement of Settlement Allegements: all that counterparties have instructed and the account owner has not.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt586-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "586");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read("586", "Statement of Settlement Allegements", &["NEWM", "CANC", "REPL", "?"], TABLE)
});

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  28E M
  13A/J O STAT[AJ]
  20C M SEME
  23G M
  98A/C/E M* PREP[ACE] STAT[AC]!
  22F O* SFRE CODE
  use LINK_STATEMENT as A1
  95L/P/Q/R O* ACOW[PQR] ALTE[L]
  97A/B+D M SAFE[AB] | BCAW[D]
  17B M ACTI
B ALLDET "Allegement details" O*
  B1 LINK "Linkages" O*
    13A/B O LINK[AB]
    20C+U M PREV[C] | RELA[C] | POOL[C] | TRRF[C] | COMM[C] | ASRF[C] | COLR[C] | MITI[C] | PCTI[C]
  25D O ALLE
  B2 REAS "Reason" O*
    24B M ?
    70D O ?
  94B/H/L O* CLEA[HL]* TRAD[BL]*
  98A/B/C M* SETT[ABC]! TRAD[ABC]
  90A/B O DEAL[AB]
  99A O DAAC
  35B M
  use FIA as B3
  22F/H M* PAYM[H]!(APMT|FREE) REDE[H]!(DELI|RECE) TTCO[F]* PRIC[F]
  B4 FIAC "Financial instrument and account" M
    36B+D M SETT[B]
    70D O DENC
    97A/E+D O CASH[AE]
    94B/C/F/L+T O* SAFE[BCFL]
    use BREAK as B4a
  use REPO_ALLEGED as B5
  B6 SETDET "Settlement details" M
    22F M* SETR! STCO* STAM RTGS REGT BENE CASY MACL REPT
    use SETPRTY as B6a
    use AMT_ALLEGED as B6b
C ADDINFO "Additional information" O*
  95C/L/P/Q/R/S O* INVE[CPQR] MEOR[PQR] MERE[CPQR] EXCH[PQR] TRRE[PQR] ALTE[LS]* TRAG[PQR] QFIN[PQR]
"#;
