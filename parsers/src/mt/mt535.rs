//! MT535 Statement of Holdings: what an account held at one time.
//!
//! ```
//! use finality_parsers::codec::{self, Depth};
//! use finality_parsers::diagnostic::Policy;
//! use finality_parsers::limits::Limits;
//!
//! let raw = include_bytes!("../../../samples/mt/mt535-minimal.fin");
//! let decoded = codec::decode(raw, &Limits::default(), Depth::Full);
//! assert_eq!(decoded.message_type, "535");
//! assert!(decoded.accepted(Policy::Lenient) && decoded.encoded == raw && decoded.event.is_some());
//! ```

use std::sync::LazyLock;

use super::spec::Spec;

/// The structure.
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("535", "Statement of Holdings", &["NEWM", "CANC", "REPL", "?"], TABLE));

#[rustfmt::skip]
const TABLE: &str = r#"
A GENL "General information" M
  28E M
  13A/J O STAT[AJ]
  20C M SEME
  23G M
  98A/C/E M* PREP[ACE] STAT[AC]!
  22F M* SFRE! CODE! STTY! STBA!
  use LINK_STATEMENT as A1
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D M SAFE[AB] | BCAW[D]
  17B M* ACTI AUDT CONS LOTS ?
B SUBSAFE "Sub-safekeeping account" O*
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D O SAFE[AB] | BCAW[D]
  94B/C/F/L+T O* SAFE[BCFL]
  17B O ACTI
  B1 FIN "Financial instrument" O*
    35B M
    use FIA as B1a
    22H O CAOP
    90A/B/E O INDC[AB] | MRKT[ABE]
    94B+S O PRIC[B]
    98A/C O PRIC[AC]
    93B+F M* AGGR[B]!* AVAI[B] NAVL[B]
    B1b SUBBAL "Sub-balance" O*
      93B/C+E+F M* AGGR[B] AWAS[B] BLCA[BC] BLOK[BC] BLOT[BC] BLOV[BC] BODE[BC] BORE[BC] BORR[BC] CLEN[BC] COLA[B] COLI[BC] COLO[BC] DIRT[BC] DRAW[BC] ISSU[BC] LOAN[BC] LODE[BC] LORE[BC] MARG[BC] NOMI[BC] OTHR[BC] PECA[BC] PEDA[BC] PEND[BC] PENR[BC] PLED[BC] QUAS[BC] REGO[BC] RSTR[BC] SPOS[BC] TRAN[BC] UNRG[BC] AVAI[B] NAVL[B]
      22F/H O COLA[FH]
      94B/C/F/L+S+T O* PRIC[B] SAFE[BCFL]* PLED[BFL]* PLIS[B]
      90A/B/E O INDC[AB] | MRKT[ABE]
      98A/C O PRIC[AC]
      99A O DAAC
      19A O* HOLD ACRU BOOK COVA
      92B O EXCH
      70C O SUBB
      use BREAK_HELD as B1b1
    99A O DAAC ?
    19A O* ?
    92B O EXCH ?
    70E O HOLD ?
    use BREAK_HELD as B1c
C ADDINFO "Additional information" O*
  95P/Q/R O* ?
  19A O* ?
  70H O ?
"#;
