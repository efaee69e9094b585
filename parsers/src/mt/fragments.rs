//! Parts that the tables of several messages share. `use FIA_TRADE as C2` at some indentation of a table stands for the
//! lines of that fragment at that indentation; `$` in the fragment is the id given behind `as`, so `$1` becomes `C21`.
//! Lines that only some messages have are marked with their types (`@502,513`) or with those that do not (`@!535`).

use std::fmt::Write as _;

/// The table with its fragments in their places. What was put together is kept as long as the program runs, as the
/// tables are.
pub(super) fn expand(table: &'static str) -> &'static str {
    if table.lines().any(is_use) {
        let mut whole = String::with_capacity(table.len() * 2);
        put(table, "", "", &mut whole);
        Box::leak(whole.into_boxed_str())
    } else {
        table
    }
}

fn is_use(line: &str) -> bool {
    line.trim_start().starts_with("use ")
}

fn put(table: &str, indent: &str, id: &str, whole: &mut String) {
    for line in table.lines().filter(|l| !l.trim().is_empty()) {
        let line = line.replace('$', id);
        let text = line.trim_start();
        let inner = format!("{indent}{}", &line[..line.len() - text.len()]);
        let Some(wanted) = text.strip_prefix("use ") else {
            writeln!(whole, "{inner}{text}").expect("a string");
            continue;
        };
        let (name, id) = wanted.split_once(" as ").unwrap_or((wanted, ""));
        let (_, lines) = FRAGMENTS.iter().find(|(n, _)| *n == name.trim()).expect("a fragment of that name");
        put(lines, &inner, id.trim(), whole);
    }
}

#[rustfmt::skip]
const FRAGMENTS: &[(&str, &str)] = &[
    // Instructions, confirmations, allegements and statements.
    ("FIA", r#"
$ FIA "Financial instrument attributes" O
  94B@!535 O PLIS
  94B/D@535 O* PLIS[B] VAHA[D]
  22F O* MICO FORM PFRE PAYS CFRE
  12A/B/C O* CLAS[AC] OPST[B] OPTI[B]
  11A O DENO
  98A O* COUP EXPI FRNR MATU ISSU CALD PUTT DDTE FCOU
  92A O* PRFC CUFC NWFC INTR NXRT VAHA@535 INDX YTMR
  13A/B@!535,538 O* COUP[AB] POOL[B]
  13A/B/K@535,538 O* COUP[AB] POOL[B] LOTS[BK]*
  17B O* FRNF CALL PUTT
  90A/B O* INDC[AB] MRKT[AB] EXER[AB]
  36B+D O* MINO[B] SIZE[B]
  35B O*
  70E O FIAN
"#),
    // Orders, executions, allocations and their confirmations.
    ("FIA_TRADE", r#"
$ FIA "Financial instrument attributes" O
  94B O PLIS
  22F O* MICO FORM PFRE PAYS CFRE CANR@502
  12A/B/C O* CLAS[AC] OPST[B] OPTI[B]
  11A O DENO
  98A O* COUP EXPI FRNR MATU ISSU CALD CONV PUTT DDTE FCOU NWFC
  92A O* PRFC CUFC NWFC INTR NXRT DECL@515 INDX YTMR
  13A/B O* COUP[AB] POOL[B] LOTS[B] VERN[AB]
  17B O* CONV FRNF COVE CALL PUTT RATE@515 REDM@515 WRTS YIEL@515 ODDC
  90A/B O* INDC[AB] MRKT[AB] EXER[AB] TSMT[B]@515
  36B+D O* MINO[B] SIZE[B] ORGV[B]
  35B O*
  70E O FIAN
"#),
    ("BREAK", r#"
$ BREAK "Quantity breakdown" O*
  13B O LOTS
  36B+D O LOTS[B]
  98A/C/E O LOTS[ACE]
  90A/B O LOTS[AB]
  22F@540,541,542,543,578,586 O PRIC
  22F@544,545,546,547 O* PRIC SSBT
"#),
    // Of a position.
    ("BREAK_HELD", r#"
$ BREAK "Quantity breakdown" O*
  13B O LOTS ?
  93B/F O LOTS ?
  98A/C/E O LOTS ?
  90A/B O LOTS ?
  22F O PRIC ?
  19A O* ?
"#),
    ("REPO", r#"
$ REPO "Two-leg transaction details" O
  98A/B/C O* TERM[ABC] RERA[AC]
  22F O* RERT MICO REVA LEGA OMAT@540,541,542,543 INTR@540,541,542,543,544,545,546,547
  20C O* SECO REPO
  92A/C O* VASU[C] REPO[A] RSPR[A] PRIC[AC] SLMG[A] SHAI[A]
  99B O* CADE TOCO
  19A O* FORF TRTE REPP ACRU DEAL TAPC
  70C O SECO
"#),
    ("REPO_ALLEGED", r#"
$ REPO "Two-leg transaction details" O
  98A/B/C O TERM[ABC]
  22F O* RERT LEGA OMAT INTR
  20C O* SECO REPO
  92A/C O* VASU[C] REPO[A] RSPR[A]
  99B O CADE
  19A O* TRTE ACRU
  70C O SECO
"#),
    // One sequence is about one party; ALTE names the same party in another way.
    ("SETPRTY", r#"
$ SETPRTY "Settlement parties" M* O*@502,513,514,515,518
  95C/P/Q/R+D M BUYR[PQR] | DEAG[PQR] | DECU[PQR] | DEI1[PQR] | DEI2[PQR] | PSET[CPQ] | REAG[PQR] | RECU[PQR] | REI1[PQR] | REI2[PQR] | SELL[PQR]
  95L/S O* ALTE[LS]*
  97A/B+D O SAFE[AB] | BCAW[D]
  98A/C O PROC[AC]
  20C O PROC
  70C/D/E@!502,513,514,515,518 O* DECL[E] REGI[D] PACO[C]
  70C/D@502,513,514,515,518 O* REGI[D] PACO[C]
"#),
    ("SETPRTY_STATUS", r#"
$ SETPRTY "Settlement parties" O*
  95C/P/Q/R+D M BUYR[PQR] | DEAG[PQR] | DECU[PQR] | DEI1[PQR] | DEI2[PQR] | PSET[CPQ] | REAG[PQR] | RECU[PQR] | REI1[PQR] | REI2[PQR] | SELL[PQR]
  95L O* ALTE[L]*
  97A/B+D O SAFE[AB] | BCAW[D]
  20C O PROC
"#),
    ("CSHPRTY", r#"
$ CSHPRTY "Cash parties" O*
  95P/Q/R M ACCW[PQR] | BENM[PQR] | DEBT[PQR] | INTM[PQR] | PAYE[PQR]
  95L/S O* ALTE[LS]*
  97A/E+D O* CASH[AE] CHAR[AE] COMM[AE] TAXE[AE]
  98A/C@502,513,514,515,518 O PROC[AC]
  20C@502,513,514,515,518,544,545,546,547 O PROC
  70C/E@!502,513,514,515,518 O* DECL[E] PACO[C]
  70C@502,513,514,515,518 O PACO
"#),
    ("NTWKFEE", r#"
$ NTWKFEE "Digital network fee" O
  35B M
  36D M ?
"#),
    // What stands before the amounts in the settlement details of a trade.
    ("SETDET_TRADE", r#"
22F M* SETR! STCO* STAM RTGS REGT BENE CASY DBNM REST LEOG SETS REPT
11A O FXIB | FXIS
use SETPRTY as $1
use CSHPRTY as $2
"#),
    ("CONFPRTY", r#"
$ CONFPRTY "Confirmation parties" M*
  95P/Q/R M INVE[PQR] | BUYR[PQR] | CLBR[PQR] | SELL[PQR] | STBR[PQR] | INBR[PQR] | BRCR[PQR] | ETC1[PQR] | ETC2[PQR] | AFFM[PQR] | RQBR[PQR]
  95L/S O* ALTE[LS]*
  use TRADE_ACCOUNTS
  22F@513,515,518 O* TRCA* INCA
  22F@514 O TRCA
"#),
    ("TRADPRTY", r#"
$ TRADPRTY "Trading parties" M*@502 O*@509
  95P/Q/R M INVE[PQR] | BUYR[PQR] | CLBR[PQR] | SELL[PQR] | STBR[PQR] | INBR[PQR] | BRCR[PQR] | RQBR[PQR] | DEAG[PQR]@509 | REAG[PQR]@509
  95L/S O* ALTE[LS]*
  use TRADE_ACCOUNTS
  22F@502 O* TRCA INCA
  22F@509 O* TRCA* INCA
"#),
    ("TRADE_ACCOUNTS", r#"
97A/B/E+D O* SAFE[AB] CASH[AE]
98A/C O PROC[AC]
20C O PROC
70C/E O* PACO[C] DECL[E]
"#),
    ("OTHRPRTY_TRADE", r#"
$ OTHRPRTY "Other parties" O*
  95P/Q/R M EXCH[PQR] | MEOR[PQR] | MERE[PQR] | TRRE[PQR] | VEND[PQR] | TRAG[PQR] | INPA[PQR]@515,518
  95L/S O* ALTE[LS]*
  97A/B/E+D O* SAFE[AB] CASH[AE]
  70C O PACO
  20C O PROC
"#),
    // A statement may point at the one before it or at what asked for it.
    ("LINK_STATEMENT", r#"
$ LINK "Linkages" O*
  13A/B O LINK[AB]
  20C M PREV | RELA | POOL@538
"#),
    // What kind of transaction a statement lists.
    ("INDICATORS_LISTED", r#"
22F/H M* TRAN[F] REDE[H](DELI|RECE) PAYM[H](APMT|FREE) STCO[F]* TRCA[F] STAM[F] RTGS[F] REGT[F] BENE[F] CASY[F] TCPI[F] REPT[F] MACL[F] BLOC[F] REST[F] SETS[F] NETT[F] CCPT[F] LEOG[F] CAEV[F] SETR[F] ?
"#),
    // A transaction in a statement of pending transactions.
    ("TRANSDET_PENDING", r#"
$ TRANSDET "Transaction details" O
  94B/C/F/H/L+T O* CLEA[HL]* TRAD[BL]* SAFE[BCFL]*
  35B M
  36B+D M* PSTA[B] ?
  19A O* PSTA OCMT
  use INDICATORS_LISTED
  98A/B/C+E M* EXSE[AC] SETT[ABC] ADEL[AC] TRAD[ABC] EXVA[AC] ?
  70E O TRDE
"#),
    ("LINK_PENDING", r#"
$ LINK "Linkages" M*
  13A/B O LINK[AB]
  20C+U M POOL[C] | PREV[C] | RELA[C] | TRRF[C] | COMM[C] | ASRF[C] | CORP[C] | TCTR[C] | CLTR[C] | CLCI[C] | TRCI[C] | MITI[C] | PCTI[C]
"#),
    ("REAS_PENDING", r#"
$ REAS "Reason" O*
  24B M CAND | CANP | CGEN | NMAT | PACK | PEND | PENF | PPRC | REPR
  70D O REAS
"#),
    ("AMT_ALLEGED", r#"
$ AMT "Amounts" O*
  19A M* ACRU CHAR DEAL EXEC LOCL LOCO OTHR SETT STAM TRAX WITH COAX RESU
  98A/C O VALU[AC]
  92B O EXCH
"#),
    // Penalties, as MT548 and MT537 have them: sequences and options are those of the release, qualifiers as far as seen.
    ("PENA", r#"
$ PENA "Penalties" O*@537 O@548
  69A/B O STAT
  22F M CODE(CURR|FWAM|FWIS)
  95L/P O* ASDP[P] ALTE[L]
  $1 PENACUR "Penalties of one currency" O*
    11A O PECU
    98A/C@537 O* DACO ?
    98A/C@548 O DACO ?
    97A/E+D@537 O CASH[AE]
    20C@537 O CPRF
    95L/P/Q/R M* REPA[PQR]! CASD[PQ] DCSD[PQ] ALTE[L]*
    22F M TRCA
    19A@537 O* AGDE AGCR GBNT
    $1a PENACOUNT "Penalties with one counterparty" O*
      95L/P/Q/R M* ?
      22F M TRCA
      19A M AGNT
      $1a1 PENDET "One penalty" O*
        20C M* PCOM! PPCM PPRF PREF
        22H M* PNTP!(SEFP|LMFP) CALM!(SECU|CASH|BOTH|MIXE)
        17B O* CMPU ?
        25D O PNST
        24B O* ?
        70D O ?
        19A M AMCO
        99A M DAAC
        $1a1A CALDET "Calculation of one day" O*
          98A/C/E M PEDA
          17B O ?
          $1a1A1 FIA "Financial instrument attributes" O
            35B M
            12A/C O CLAS
            17B O* LIQU ?
            90A/B O ?
            94B/L/S O* ?
            98A/C O* ?
            92A/B O* GOMB ?
            70E O ?
          92A/B O* ?
          19A O* SECU CASH
          70E O ?
        $1a1B RELTRAN "Related transaction" O loose
          20C/U M* ACOW! MITI NESP ?
          $1a1B1 TRAN "Transaction details" O
            22F/H M* REDE[H]!(DELI|RECE) PAYM[H]!(APMT|FREE) SETR[F]! TRAN[F]! BDEV[F]
            98A/B/C/E M* SETT[ABC]! ASTS MTCH SCTS ?
            97A/B/E+D O* SAFE[AB] CASH[AE] BCAW[D]
            95L/P/Q/R O* ACOW[PQR] CACO[PQR] ALTE[L]*
            36B+D M* PSTA[B] ?
            19A O* PSTA ?
            $1a1B1a STAT "Status" O*
              25D M ?
              $1a1B1a1 REAS "Reason" O*
                24B M ?
                70D O REAS
            70E O ?
        70E O ?
      70E O ?
    70E O ?
  70E O ?
"#),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_takes_the_indentation_and_the_id_of_its_place() {
        let whole = expand("A GENL \"General\" M\n  use CSHPRTY as A2\n  use NTWKFEE as A3\n  20C M SEME\n");
        assert!(whole.contains("\n  A2 CSHPRTY \"Cash parties\" O*\n    95P/Q/R M ACCW"), "{whole}");
        assert!(
            whole
                .contains("\n  A3 NTWKFEE \"Digital network fee\" O\n    35B M\n    36D M ?\n  20C M SEME\n")
        );
        assert!(!whole.contains('$') && !whole.contains("use "), "{whole}");
    }

    #[test]
    fn fragments_may_use_fragments() {
        let whole = expand("C SETDET \"Settlement details\" O\n  use SETDET_TRADE as C\n");
        assert!(
            whole.contains("\n  C1 SETPRTY")
                && whole.contains("\n    95L/S O* ALTE")
                && whole.contains("\n  C2 CSHPRTY")
        );
        assert!(std::ptr::eq(expand("20C M SEME"), "20C M SEME") || expand("20C M SEME") == "20C M SEME");
    }
}
