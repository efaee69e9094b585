//! MT502 Order to Buy or Sell: the investor orders a trade, or takes an order back.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt502-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "502");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("502", "Order to Buy or Sell", &["NEWM", "CANC", "REPL", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  22F M* TRTR! PRCO
  A1 LINK "Linkages" O*
    22F O LINK
    13A/B O LINK[AB]
    20C M RELA | PREV | MAST | BASK | INDX | LIST | PROG | COLR | ISSU | COMM
B ORDRDET "Order details" M
  94B/C/F/L+T O* TRAD[BL]* SAFE[BCFL]*
  B1 PRIC "Price" O*
    90A/B M DEAL[AB] | STOP[AB] | LIMI[AB]
    22F O* PRIC MPLE
  22F/H M* BUSE[H]! PROC[F] RPOR[F]* PRIR[F] SETG[F] TTCO[F]* COST[F] TOOR[F]* TILI[F] PAYM[H]!(APMT|FREE) AUTO[F] CATB[F] TRCN[F]* TRSE[F] CAOP[H] RMTH[F]
  98A/B/C M* EXPI[AC]! RSET[ABC] NAVD[AC]
  92A O* CORA COWA SWRT
  11A O FXIB | FXIS
  use TRADPRTY as B2
  36B+D O* ORDR[B] CANC[B] MINI[B] MAIN[B] MAXF[B]
  19A O* ORDR CANC
  35B M
  use FIA_TRADE as B3
  13A/B O* CERT[B]* CLCL[A] CLTY[A]
  70E O TPRO
C SETDET "Settlement details" O
  use SETDET_TRADE as C
  C3 AMT "Amounts" O*
    17B O* ACRU STAM EXEC
    19A M* EXEC CHAR LOCO COUN DEAL ISDI LEVY LOCL REGF SHIP SPCN STAM STEX TRAN TRAX VATA WITH OTHR COAX RESU OCMT
    98A/C O VALU[AC]
    92B O EXCH
use OTHRPRTY_TRADE as D
use REPO as E
"#;
