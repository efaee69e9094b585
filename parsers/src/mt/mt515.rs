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
pub static SPEC: LazyLock<Spec> =
    LazyLock::new(|| Spec::read("515", "Client Confirmation of Purchase or Sale", &["NEWM", "CANC"], TABLE));

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
  22F/H M* BUSE[H]! PRIC[F] PROC[F] RPOR[F]* PRIR[F] SETG[F] TTCO[F]* COST[F] PAYM[H]! CATB[F] TRCN[F]* CAOP[H] ECIO[F] TSTA[F] YIEL[F]
  11A O FXIB | FXIS
  C1 CONFPRTY "Confirmation parties" M*
    95P/Q/R M INVE[PQR] | BUYR[PQR] | CLBR[PQR] | SELL[PQR] | STBR[PQR] | INBR[PQR] | BRCR[PQR] | ETC1[PQR] | ETC2[PQR] | AFFM[PQR] | RQBR[PQR]
    95L/S O* ALTE[LS]*
    97A/B/E+D O* SAFE[AB] CASH[AE]
    98A/C O PROC[AC]
    20C O PROC
    70C/E O* PACO[C] DECL[E]
    22F O* TRCA* INCA
  36B+D M* CONF[B]! ORDR[B]*
  35B M
  C2 FIA "Financial instrument attributes" O
    94B O PLIS
    22F O* MICO FORM PFRE PAYS CFRE
    12A/B/C O* CLAS[AC] OPST[B] OPTI[B]
    11A O DENO
    98A O* COUP EXPI FRNR MATU ISSU CALD CONV PUTT DDTE FCOU NWFC
    92A O* PRFC CUFC NWFC INTR NXRT DECL INDX YTMR
    13A/B O* COUP[AB] POOL[B] LOTS[B] VERN[AB]
    17B O* CONV FRNF COVE CALL PUTT RATE REDM WRTS YIEL ODDC
    90A/B O* INDC[AB] MRKT[AB] EXER[AB] TSMT[B]
    36B+D O* MINO[B] SIZE[B] ORGV[B]
    35B O*
    70E O FIAN
  13B O* CERT
  70E O* TPRO RSTR
D SETDET "Settlement details" O
  22F M* SETR! STCO* STAM RTGS REGT BENE CASY DBNM REST LEOG SETS REPT
  11A O FXIB | FXIS
  D1 SETPRTY "Settlement parties" O*
    95C/P/Q/R+D M BUYR[PQR] | DEAG[PQR] | DECU[PQR] | DEI1[PQR] | DEI2[PQR] | PSET[CPQ] | REAG[PQR] | RECU[PQR] | REI1[PQR] | REI2[PQR] | SELL[PQR]
    95L/S O* ALTE[LS]*
    97A/B+D O SAFE[AB]
    98A/C O PROC[AC]
    20C O PROC
    70C/D O* REGI[D] PACO[C]
  D2 CSHPRTY "Cash parties" O*
    95P/Q/R M ACCW[PQR] | BENM[PQR] | DEBT[PQR] | INTM[PQR] | PAYE[PQR]
    95L/S O* ALTE[LS]*
    97A/E+D O* CASH[AE] CHAR[AE] COMM[AE] TAXE[AE]
    98A/C O PROC[AC]
    20C O PROC
    70C O PACO
  D3 AMT "Amounts" O*
    17B O* ACRU EXEC REMU ODDL STAM
    19A M* ACRU AKTI EXEC ANTO BAKL CBCH CHAR CREB LOCO COUN DEAL DSCA ENTF EQUL EUTR ISDI LADT LEVY LIDT LOCL LOTE LYDT MACO MARG PRDF PRMA REFD REGF REMU SETT SHIP SPCN STAM STEX SUBS TRAN TRAX VATA WITH OTHR COAX ACCA ZWIS ERFE PRWI RSCH RESU OCMT
    98A/C O VALU[AC]
    92B O EXCH
E OTHRPRTY "Other parties" O*
  95P/Q/R M EXCH[PQR] | MEOR[PQR] | MERE[PQR] | TRRE[PQR] | VEND[PQR] | TRAG[PQR] | INPA[PQR]
  95L/S O* ALTE[LS]*
  97A/B/E+D O* SAFE[AB] CASH[AE]
  70C O PACO
  20C O PROC
F REPO "Two-leg transaction details" O
  98A/B/C O* TERM[ABC] RERA[AC]
  22F O* RERT MICO REVA LEGA
  20C O* SECO REPO
  92A/C O* VASU[C] REPO[A] RSPR[A] PRIC[AC] SLMG[A] SHAI[A]
  99B O* CADE TOCO
  19A O* FORF TRTE REPP ACRU DEAL TAPC
  70C O SECO
"#;
