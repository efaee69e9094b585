//! MT513 Client Advice of Execution: the broker tells what was dealt of an order.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt513-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "513");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("513", "Client Advice of Execution", &["NEWM", "CANC", "REPL", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  22F M TRTR
  A1 LINK "Linkages" O*
    13A/B O LINK[AB]
    20C+U M RELA[C] | PREV[C] | MAST[C] | BASK[C] | INDX[C] | LIST[C] | PROG[C] | TRRF[C] | COMM[C] | COLR[C] | ISSU[C]
B RCAP "Partial fills and recapitulation" O
  B1 PAFILL "Partial fill details" O*
    36B+D M PAFI[B]
    90A/B M DEAL[AB]
    22F O* PRIC MPLE
    98A/B/C/E O TRAD[ABCE]
    94B/L O* TRAD[BL]
  36B+D M* ORDR[B]! PREX[B]! REMI[B]! MAIN[B]
C ORDRDET "Order details" M
  98A/B/C/E M* TRAD[ABCE]! SETT[ABC] FORC[C] NAVD[AC]
  90A/B M* DEAL[AB] MAUP[AB] MADW[AB]
  C1 REFPRICE "Price information" O*
    90A/B M PRIC[AB]
    22F O PRIC
    98A/C O PRIC[AC]
    69A/B/C/D/E/F/J O PRIC[ABCDEFJ]
    94B+S O PRIC[B]
  92A O* CORA COWA
  99A O* DAAC GIUP
  94B/C/F/L+T O* TRAD[BL]* SAFE[BCFL]*
  19A O SETT
  22F/H M* BUSE[H]! PRIC[F] PROC[F] RPOR[F]* PRIR[F] SETG[F] TTCO[F]* COST[F] TOOR[F]* TILI[F] PAYM[H]!(APMT|FREE) CATB[F] TRCN[F]* TRSE[F]
  11A O FXIB | FXIS
  use CONFPRTY as C2
  36B+D M ADVI[B]
  35B M
  use FIA_TRADE as C3
  13B O* CERT
  70E O TPRO
D SETDET "Settlement details" O
  use SETDET_TRADE as D
  D3 AMT "Amounts" O*
    17B O* ACRU STAM EXEC ?
    19A M* ACRU EXEC CHAR LOCO COUN DEAL ISDI LEVY LOCL MACO MARG REGF SETT SHIP SPCN STAM STEX TRAN TRAX VATA WITH OTHR RSCH RESU OCMT
    98A/C O VALU[AC]
    92B O EXCH
use OTHRPRTY_TRADE as E
use REPO as F
"#;
