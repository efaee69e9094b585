//! MT514 Trade Allocation Instruction: the investor says to which account a part of a trade goes.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt514-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "514");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read("514", "Trade Allocation Instruction", &["NEWM", "CANC", "REPL", "?"], TABLE)
});

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  22F M TRTR
  99B O* ALLO TOAL
  A1 LINK "Linkages" O*
    22F O LINK
    13A/B O LINK[AB]
    20C+U M RELA[C] | PREV[C] | MAST[C] | BASK[C] | INDX[C] | LIST[C] | PROG[C] | TRRF[C] | COMM[C] | COLR[C] | ISSU[C] | BMRB[C] | ALMR[C]
B CONFDET "Confirmation details" M
  98A/B/C/E M* TRAD[ABCE]! SETT[ABC]
  90A/B O* DEAL[AB] MAUP[AB] MADW[AB]
  92A O* CORA COWA
  99A O* DAAC GIUP
  94B/C/F/L+T O* TRAD[BL]* SAFE[BCFL]*
  19A O* SETT SEBL
  22F/H M* BUSE[H]! PRIC[F] PROC[F] RPOR[F]* PRIR[F] SETG[F] TTCO[F]* COST[F] PAYM[H]!(APMT|FREE) CATB[F] TRCN[F]*
  11A O FXIB | FXIS
  use CONFPRTY as B1
  36B+D M* ALLO[B]! TQBT[B]
  35B M
  use FIA_TRADE as B2
  13B O* CERT
  70E O TPRO
C SETDET "Settlement details" O
  use SETDET_TRADE as C
  C3 AMT "Amounts" O*
    17B O* ACRU STAM EXEC ?
    19A M* ACRU EXEC CHAR LOCO COUN DEAL ISDI LEVY LOCL MACO MARG REGF SETT SHIP SPCN STAM STEX TRAN TRAX VATA WITH OTHR COAX ACCA ANTO RSCH RESU OCMT
    98A/C O VALU[AC]
    92B O EXCH
use OTHRPRTY_TRADE as D
use REPO as E
"#;
