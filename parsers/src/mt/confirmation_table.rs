//! The structure that MT544 to MT547 share: what was received or delivered, free or against payment.

/// Items that only some of the four have are marked with their types.
#[rustfmt::skip]
pub(super) const TABLE: &str = r#"
A GENL "General information" M
  20C M SEME
  23G M
  98A/C/E O PREP[ACE]
  22F/H O* PREC[H] PARS[F]
  A1 LINK "Linkages" M*
    22F O LINK
    13A/B O LINK[AB]
    20C+N+U M POOL[C] | PREV[C] | RELA[C] | TRRF[C] | COMM[C] | COLR[C] | CERT[C]@544,546,547 | CORP[C] | TCTR[C] | CLTR[C] | CLCI[C] | TRCI[C] | MITI[C] | PCTI[C]
B TRADDET "Trade details" M
  94B/H/L O* CLEA[HL]* TRAD[BL]*
  98A/B/C/E M* SETT[ABC] TRAD[ABCE] ESET[ABC]! CERT[AC]@544,546
  90A/B O DEAL[AB]
  99A O DAAC
  35B M
  use FIA as B1
  22F O* PROC RPOR* PRIR BORR TTCO* INCA TRCA PRIC
  70E O* FXIN SPRO
C FIAC "Financial instrument and account" M
  36B+D M* ESTT[B]!* PSTT[B] RSTT[B]
  19A O* PSTT RSTT
  70D O DENC
  13B O* CERT
  95L/P/R O* ACOW[PR] ALTE[L]
  97A/B/E+D M* SAFE[AB]!~BCAW CASH[AE] REGI[AB]@544,546 BCAW[D]
  94B/C/F/L+T O* SAFE[BCFL]
  use BREAK as C1
use REPO as D
E SETDET "Settlement details" M
  22F M* STCO* SETR! TRCA STAM RTGS REGT BENE CASY DBNM TCPI MACL BLOC REST SETS NETT CCPT LEOG COLA REPT COLE SSBT CSBT
  use SETPRTY as E1
  use CSHPRTY as E2
  E3 AMT "Amounts" M*@545,547 O*@544,546
    17B O* ACRU STAM EXEC ?
    19A M* ACRU ANTO BOOK@544,546 CHAR COMT COUN DEAL ESTT EXEC ISDI LADT LEVY LOCL LOCO MARG OTHR REGF SHIP SPCN STAM STEX TRAN TRAX VATA WITH COAX ACCA RSCH RESU OCMT
    98A/C O VALU[AC]
    92B O EXCH
  use NTWKFEE as E4
F OTHRPRTY "Other parties" O*
  95C/P/Q/R M EXCH[PQR] | MEOR[PQR] | MERE[PQR] | TRRE[PQR] | INVE[CPQR] | VEND[PQR] | QFIN[PQR] | TRAG[PQR] | BRKR[PQR]
  95L/S O* ALTE[LS]*
  97A+D O SAFE[A]
  70C/D/E O* DECL[E] REGI[D] PACO[C]
  20C O PROC
"#;
