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
  36B+D M* SETT[B]
  19A O* OCMT SETT
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B+D M SAFE[AB]
  22F/H M* SETR[F]! REDE[H]! PAYM[H]! STCO[F]* TRCA[F] STAM[F] RTGS[F] REGT[F] BENE[F] CASY[F] TCPI[F] REPT[F] MACL[F] BLOC[F] REST[F] SETS[F] NETT[F] CCPT[F] LEOG[F] COLA[F] COLE[F]
  98A/B/C/E M* EXSE[AC] SETT[ABC] ADEL[AC] TRAD[ABCE] EXVA[AC]
  70E O SPRO
  B1 SETPRTY "Settlement parties" O*
    95C/P/Q/R+D M BUYR[PQR] | DEAG[PQR] | DECU[PQR] | DEI1[PQR] | DEI2[PQR] | PSET[CPQ] | REAG[PQR] | RECU[PQR] | REI1[PQR] | REI2[PQR] | SELL[PQR]
    95L O* ALTE[L]*
    97A/B+D O SAFE[AB]
    20C O PROC
C PENA "Penalties" O loose
  69A/B O STAT
  22F M CODE(CURR|FWAM|FWIS)
  95L/P O* ASDP[P] ALTE[L]
  C1 PENACUR "Penalties of one currency" O*
    11A O PECU
    98A/C O ?
    95L/P/Q/R M* REPA[PQR]! CASD[PQ] DCSD[PQ] ALTE[L]*
    22F M TRCA
    C1a PENACOUNT "Penalties with one counterparty" O*
      95L/P/Q/R M* ?
      22F M TRCA
      19A M AGNT
      C1a1 PENDET "One penalty" O*
        20C M* PCOM! PPCM PPRF PREF
        22H M* PNTP!(SEFP|LMFP) CALM!(SECU|CASH|BOTH|MIXE)
        17B O CMPU
        25D O PNST(ACTV|NCOM|REMO|REIC|RLOC|SWIC|OTHR)
        24B O* ?
        70D O ?
        19A M AMCO
        99A M DAAC
        C1a1A CALDET "Calculation of one day" O*
          98A/C/E M PEDA
          17B O ?
          C1a1A1 FIA "Financial instrument attributes" O
            35B M
            12A/C O CLAS
            17B O* ?
            90A/B O ?
            94B/L/S O* ?
            98A/C O* ?
            92A/B O* ?
            70E O ?
          92A/B O* ?
          19A O* SECU CASH
          70E O ?
        C1a1B RELTRAN "Related transaction" O
          20C/U M* ?
          C1a1B1 TRAN "Transaction details" O
            22F/H M* REDE[H]! PAYM[H]! SETR[F]! TRAN[F]! BDEV[F]
            98A/B/C/E M* ?
            97A/B/E+D O* SAFE[AB] CASH[AE]
            95L/P/Q/R O* ACOW[PQR] CACO[PQR] ALTE[L]*
            36B+D M* ?
            19A O* ?
            C1a1B1a STAT "Status" O*
              25D M ?
              C1a1B1a1 REAS "Reason" O*
                24B M ?
                70D O REAS
            70E O ?
        70E O ?
      70E O ?
    70E O ?
  70E O ?
D ADDINFO "Additional information" O*
  95C/L/P/Q/R O* MEOR[PQR] MERE[PQR] INVE[CPQR] QFIN[PQR] ALTE[L]*
"#;
