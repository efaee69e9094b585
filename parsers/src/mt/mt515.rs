//! MT515 Client Confirmation of Purchase or Sale: the broker tells the investor what was traded.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt515-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "515");
//! assert!(decoded.diagnostics.is_empty() && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    Spec::read("515", "Client Confirmation of Purchase or Sale", &["NEWM", "CANC", "?"], TABLE)
});

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  28E O
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  22F M TRTR
  A1 LINK "Linkages" M*
    13A/B O LINK[AB]
    20C+U M RELA[C] | PREV[C] | MAST[C] | BASK[C] | INDX[C] | LIST[C] | PROG[C] | TRRF[C] | COMM[C] | COLR[C] | ISSU[C] | BMRB[C] | ALMR[C]
B PAFILL "Partial fill details" O*
  36B+D M PAFI[B]
  90A/B M DEAL[AB]
  22F O* PRIC MPLE
  98A/B/C/E O TRAD[ABCE]
  94B/L O* TRAD[BL]
C CONFDET "Confirmation details" M
  98A/B/C/E M* TRAD[ABCE]! SETT[ABC]! NAVD[AC]
  90A/B M* DEAL[AB] MAUP[AB] MADW[AB]
  92A O* CORA COWA BAKL ENTF NAVR
  99A O* DAAC GIUP
  94B/C/F/L+T O* TRAD[BL]* SAFE[BCFL]*
  19A O SETT
  22F/H M* BUSE[H]! PRIC[F] PROC[F] RPOR[F]* PRIR[F] SETG[F] TTCO[F]* COST[F] PAYM[H]!(APMT|FREE) CATB[F] TRCN[F]* CAOP[H] ECIO[F] TSTA[F] YIEL[F]
  11A O FXIB | FXIS
  use CONFPRTY as C1
  36B+D M* CONF[B]! ORDR[B]*
  35B M
  use FIA_TRADE as C2
  13B O* CERT
  70E O* TPRO RSTR
D SETDET "Settlement details" O
  use SETDET_TRADE as D
  D3 AMT "Amounts" O*
    17B O* ACRU EXEC REMU ODDL STAM ?
    19A M* ACRU AKTI EXEC ANTO BAKL CBCH CHAR CREB LOCO COUN DEAL DSCA ENTF EQUL EUTR ISDI LADT LEVY LIDT LOCL LOTE LYDT MACO MARG PRDF PRMA REFD REGF REMU SETT SHIP SPCN STAM STEX SUBS TRAN TRAX VATA WITH OTHR COAX ACCA ZWIS ERFE PRWI RSCH RESU OCMT
    98A/C O VALU[AC]
    92B O EXCH
use OTHRPRTY_TRADE as E
use REPO as F
"#;
