//! MT518 Market-Side Securities Trade Confirmation: brokers confirm to each other what they traded.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt518-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "518");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw);
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read("518", "Market-Side Securities Trade Confirmation", &["NEWM", "CANC", "REPL", "?"], TABLE)
});

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  22F M TRTR
  A1 LINK "Linkages" O*
    13A/B O LINK[AB]
    20C+U M RELA[C] | PREV[C] | MAST[C] | BASK[C] | INDX[C] | LIST[C] | PROG[C] | TRRF[C] | COMM[C] | COLR[C] | ISSU[C] | BMRB[C] | ALMR[C]
B CONFDET "Confirmation details" M
  98A/B/C/E M* TRAD[ABCE]! SETT[ABC]! NAVD[AC]
  90A/B M DEAL[AB]
  92A O* CORA COWA BAKL ENTF NAVR
  99A O* DAAC GIUP
  94B/C/F/L+T O* TRAD[BL]* SAFE[BCFL]*
  19A O SETT
  22F/H M* BUSE[H]! MPLE[F] PRIC[F] PROC[F] RPOR[F]* PRIR[F] SETG[F] TTCO[F]* COST[F] PAYM[H]!(APMT|FREE) CATB[F] TRCN[F]*
  11A O FXIB | FXIS
  use CONFPRTY as B1
  36B+D M CONF[B]
  35B M
  use FIA_TRADE as B2
  13B O* CERT
  70E O* TPRO RSTR
C SETDET "Settlement details" O
  use SETDET_TRADE as C
  C3 AMT "Amounts" O*
    17B O* ACRU STAM EXEC ?
    19A M* ACRU AKTI EXEC BAKL CHAR LOCO CBCH COUN CREB DEAL DSCA ENTF EQUL ISDI LADT LEVY LIDT LOCL LOTE LYDT MACO MARG PRMA REFD REGF SETT SHIP SPCN STAM STEX SUBS TRAN TRAX VATA WITH OTHR ANTO COAX ACCA ZWIS RSCH RESU OCMT
    98A/C O VALU[AC]
    92B O EXCH
use OTHRPRTY_TRADE as D
use REPO as E
"#;
