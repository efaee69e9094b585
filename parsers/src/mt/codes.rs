//! Code lists: 25D statuses and their 24B reasons, 22F transaction types. They hold where no data source scheme is given.

/// The codes that a 25D status may have, by qualifier.
pub fn statuses(qualifier: &[u8]) -> Option<&'static [&'static str]> {
    list(STATUSES, qualifier)
}

/// The codes that a 24B reason may have, by qualifier.
pub fn reasons(qualifier: &[u8]) -> Option<&'static [&'static str]> {
    list(REASONS, qualifier)
}

fn list(table: &'static [(&str, &[&str])], qualifier: &[u8]) -> Option<&'static [&'static str]> {
    table.iter().find(|(name, _)| name.as_bytes() == qualifier).map(|(_, codes)| *codes)
}

const STATUSES: &[(&str, &[&str])] = &[
    ("IPRC", &["PACK", "PPRC", "REJT", "REPR", "CAND", "CANP", "CGEN", "CPRC", "MPRC"]),
    ("MTCH", &["MACH", "NMAT"]),
    ("INMH", &["MACH", "NMAT"]),
    ("SETT", &["PEND", "PENF"]),
    ("CPRC", &["CAND", "CANP", "PACK", "DEND", "REJT", "REPR"]),
    ("AFFM", &["AFFI", "NAFI"]),
];

#[rustfmt::skip]
const REASONS: &[(&str, &[&str])] = &[
    ("NMAT", &["ACRU", "ADEA", "CLAT", "CMIS", "CPCA", "DCMX", "DDAT", "DDEA", "DELN", "DEPT", "DMCT", "DMON", "DQUA", "DSEC", "DTRA", "DTRD", "FRAP", "ICAG", "ICUS", "IEXE", "IIND", "INPS", "INVE", "LATE", "LEOG", "MIME", "NARR", "NCRR", "NMAS", "PHYS", "PLCE", "PLIS", "PODU", "REGD", "RTGS", "SAFE", "SETR", "SETS", "TXST", "UNBR"]),
    ("PEND", &["ADEA", "AWMO", "AWSH", "BATC", "BENO", "BLOC", "BOTH", "CAIS", "CDLR", "CERT", "CHAS", "CLAC", "CLHT", "CMON", "COLL", "CPEC", "CSDH", "CVAL", "DENO", "DEPO", "DISA", "DKNY", "DOCC", "DOCY", "FLIM", "FROZ", "FUTU", "GLOB", "IAAD", "INBC", "INCA", "LAAW", "LACK", "LALO", "LATE", "LINK", "LIQU", "MINO", "MONY", "MUNO", "NARR", "NCON", "NEWI", "NMAS", "NOFX", "PART", "PATD", "PHCK", "PHSE", "PRCY", "PREA", "PREL", "PRSY", "REFS", "REFU", "REGT", "SBLO", "SDUT", "SETS", "TAMM", "YCOL"]),
    ("PENF", &["ADEA", "AWMO", "AWSH", "BATC", "BENO", "BLOC", "BOTH", "BYIY", "CAIS", "CANR", "CDLR", "CERT", "CHAS", "CLAC", "CLAT", "CLHT", "CMON", "COLL", "CPEC", "CSDH", "CVAL", "CYCL", "DENO", "DEPO", "DISA", "DKNY", "DOCC", "DOCY", "FLIM", "FROZ", "GLOB", "IAAD", "INBC", "INCA", "LAAW", "LACK", "LALO", "LATE", "LINK", "LIQU", "MINO", "MLAT", "MONY", "MUNO", "NARR", "NCON", "NEWI", "NOFX", "OBJT", "PART", "PATD", "PHCK", "PHSE", "PRCY", "PREA", "PREL", "PRSY", "REFS", "REGT", "SBLO", "SDUT", "SETS", "STCD", "YCOL"]),
    ("PPRC", &["ADEA", "BLOC", "CAIS", "CDAC", "CDEL", "CDLR", "CERT", "COLL", "CSDH", "CVAL", "DENO", "DOCY", "FLIM", "GLOB", "INBC", "LACK", "LALO", "LIQU", "MINO", "MONY", "MUNO", "NARR", "NEXT", "NOFX", "PREA", "PRSY", "YCOL"]),
    ("REJT", &["ADEA", "BATC", "CAEV", "CASH", "CASY", "DDAT", "DDEA", "DEPT", "DMON", "DQUA", "DSEC", "DTRD", "ICAG", "ICUS", "IEXE", "IIND", "INPS", "INVB", "INVE", "INVL", "INVN", "LATE", "MINO", "MUNO", "NARR", "NCRR", "PHYS", "PLCE", "PLIS", "REFE", "RTGS", "SAFE", "SDUT", "SETR", "SETS", "TXST", "VALR"]),
    ("REPR", &["BATC", "CAEV", "CASH", "CASY", "DDAT", "DDEA", "DEPT", "DMON", "DQUA", "DSEC", "DTRD", "ICAG", "ICUS", "IEXE", "IIND", "INPS", "MINO", "MUNO", "NARR", "NCRR", "PHYS", "PLCE", "REFE", "RTGS", "SAFE", "SDUT", "SETR", "SETS", "TXST"]),
    ("CAND", &["BYIY", "CANI", "CANS", "CANT", "CANZ", "CORP", "CSUB", "CTHP", "CXLR", "NARR", "SCEX"]),
    ("CANP", &["ADEA", "CDCY", "CDRE", "CDRG", "CONF", "NARR"]),
    ("DEND", &["ADEA", "CDCY", "CDRE", "CDRG", "DCAL", "DCAN", "DFOR", "DPRG", "DREP", "DSET", "IPNC", "LATE", "NARR"]),
    ("PACK", &["ADEA", "CDCY", "CDRE", "CDRG", "LATE", "NARR", "NSTP", "RQWV", "SMPG"]),
    ("CGEN", &["CLAI", "COLL", "NARR", "RODE", "SPLI", "THRD", "TRAN"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_made_of_four_letter_codes_without_repetition() {
        for (qualifier, codes) in STATUSES.iter().chain(REASONS) {
            let unique: std::collections::BTreeSet<_> = codes.iter().collect();
            assert_eq!(unique.len(), codes.len(), "{qualifier}");
            assert!(
                codes.iter().all(|c| c.len() == 4 && c.bytes().all(|b| b.is_ascii_uppercase())),
                "{qualifier}"
            );
        }
        assert!(reasons(b"PENF").is_some_and(|c| c.contains(&"CYCL") && !c.contains(&"FUTU")));
        assert!(statuses(b"NONE").is_none());
    }
}
