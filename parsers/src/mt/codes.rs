//! Code lists: 25D statuses and their 24B reasons. They hold where no data source scheme is given. Lists that were not
//! seen in full are open: nothing is checked. Indicators with a complete list have it in the table of their message.

/// The codes that a 25D status may have, by message and qualifier; `None` when the list is open.
pub fn statuses(message: &str, qualifier: &[u8]) -> Option<&'static [&'static str]> {
    list(STATUSES, message, qualifier)
}

/// The codes that a 24B reason may have, by message and qualifier; `None` when the list is open.
pub fn reasons(message: &str, qualifier: &[u8]) -> Option<&'static [&'static str]> {
    list(REASONS, message, qualifier)
}

/// The lists of 25D and of 24B: qualifier, messages, codes.
pub fn lists() -> [(&'static str, &'static [Row]); 2] {
    [("25D", STATUSES), ("24B", REASONS)]
}

/// A list: its qualifier, the messages that have it, its codes.
pub type Row = (&'static str, &'static [&'static str], &'static [&'static str]);

fn list(table: &'static [Row], message: &str, qualifier: &[u8]) -> Option<&'static [&'static str]> {
    let row =
        table.iter().find(|(name, messages, _)| name.as_bytes() == qualifier && messages.contains(&message));
    row.map(|(_, _, codes)| *codes)
}

/// Settlement status and statements of what is pending.
const PENDING: &[&str] = &["537", "548"];

#[rustfmt::skip]
const STATUSES: &[Row] = &[
    ("IPRC", &["548"], &["PACK", "PPRC", "REJT", "REPR", "CAND", "CANP", "CGEN", "CPRC", "MPRC"]),
    ("IPRC", &["537"], &["PACK", "PPRC", "REPR", "CAND", "CANP", "CGEN", "CPRC", "MPRC"]),
    ("MTCH", &["509", "515", "537", "540", "541", "542", "543", "548", "549"], &["MACH", "NMAT"]),
    ("INMH", &["537", "548", "549"], &["MACH", "NMAT"]),
    ("SETT", &["537", "548", "549"], &["PEND", "PENF"]),
    ("CPRC", &["509", "548"], &["CAND", "CANP", "PACK", "DEND", "REJT", "REPR"]),
    ("SPRC", &["548"], &["PACK", "REJT"]),
    ("CALL", &["548"], &["PACK", "DEND"]),
    ("AFFM", &["509", "515", "517", "540", "541", "542", "543", "549"], &["AFFI", "NAFI"]),
    // The second line is of an older list.
    ("PNST", PENDING, &["ACTV", "NCOM", "REMO",
        "REIC", "RLOC", "SWIC", "OTHR"]),
];

#[rustfmt::skip]
const REASONS: &[Row] = &[
    ("NMAT", PENDING, &["ACRU", "ADEA", "CLAT", "CMIS", "CPCA", "DCMX", "DDAT", "DDEA", "DELN", "DEPT", "DMCT", "DMON", "DQUA", "DSEC", "DTRA", "DTRD", "FRAP", "ICAG", "ICUS", "IEXE", "IIND", "INPS", "INVE", "LATE", "LEOG", "MIME", "NARR", "NCRR", "NMAS", "PHYS", "PLCE", "PLIS", "PODU", "REGD", "RTGS", "SAFE", "SETR", "SETS", "TXST", "UNBR"]),
    ("PEND", PENDING, &["ADEA", "AWMO", "AWSH", "BATC", "BENO", "BLOC", "BOTH", "CAIS", "CDLR", "CERT", "CHAS", "CLAC", "CLHT", "CMON", "COLL", "CPEC", "CSDH", "CVAL", "DENO", "DEPO", "DISA", "DKNY", "DOCC", "DOCY", "FLIM", "FROZ", "FUTU", "GLOB", "IAAD", "INBC", "INCA", "LAAW", "LACK", "LALO", "LATE", "LINK", "LIQU", "MINO", "MONY", "MUNO", "NARR", "NCON", "NEWI", "NMAS", "NOFX", "PART", "PATD", "PHCK", "PHSE", "PRCY", "PREA", "PREL", "PRSY", "REFS", "REFU", "REGT", "SBLO", "SDUT", "SETS", "TAMM", "YCOL"]),
    ("PENF", PENDING, &["ADEA", "AWMO", "AWSH", "BATC", "BENO", "BLOC", "BOTH", "BYIY", "CAIS", "CANR", "CDLR", "CERT", "CHAS", "CLAC", "CLAT", "CLHT", "CMON", "COLL", "CPEC", "CSDH", "CVAL", "CYCL", "DENO", "DEPO", "DISA", "DKNY", "DOCC", "DOCY", "FLIM", "FROZ", "GLOB", "IAAD", "INBC", "INCA", "LAAW", "LACK", "LALO", "LATE", "LINK", "LIQU", "MINO", "MLAT", "MONY", "MUNO", "NARR", "NCON", "NEWI", "NOFX", "OBJT", "PART", "PATD", "PHCK", "PHSE", "PRCY", "PREA", "PREL", "PRSY", "REFS", "REGT", "SBLO", "SDUT", "SETS", "STCD", "YCOL"]),
    ("PPRC", PENDING, &["ADEA", "BLOC", "CAIS", "CDAC", "CDEL", "CDLR", "CERT", "COLL", "CSDH", "CVAL", "DENO", "DOCY", "FLIM", "GLOB", "INBC", "LACK", "LALO", "LIQU", "MINO", "MONY", "MUNO", "NARR", "NEXT", "NOFX", "PREA", "PRSY", "YCOL"]),
    ("REJT", PENDING, &["ADEA", "BATC", "CAEV", "CASH", "CASY", "DDAT", "DDEA", "DEPT", "DMON", "DQUA", "DSEC", "DTRD", "ICAG", "ICUS", "IEXE", "IIND", "INPS", "INVB", "INVE", "INVL", "INVN", "LATE", "MINO", "MUNO", "NARR", "NCRR", "PHYS", "PLCE", "PLIS", "REFE", "RTGS", "SAFE", "SDUT", "SETR", "SETS", "TXST", "VALR"]),
    ("REPR", PENDING, &["BATC", "CAEV", "CASH", "CASY", "DDAT", "DDEA", "DEPT", "DMON", "DQUA", "DSEC", "DTRD", "ICAG", "ICUS", "IEXE", "IIND", "INPS", "MINO", "MUNO", "NARR", "NCRR", "PHYS", "PLCE", "REFE", "RTGS", "SAFE", "SDUT", "SETR", "SETS", "TXST"]),
    ("CAND", PENDING, &["BYIY", "CANI", "CANS", "CANT", "CANZ", "CORP", "CSUB", "CTHP", "CXLR", "NARR", "SCEX"]),
    ("CANP", PENDING, &["ADEA", "CDCY", "CDRE", "CDRG", "CONF", "NARR"]),
    ("DEND", PENDING, &["ADEA", "CDCY", "CDRE", "CDRG", "DCAL", "DCAN", "DFOR", "DPRG", "DREP", "DSET", "IPNC", "LATE", "NARR"]),
    ("PACK", PENDING, &["ADEA", "CDCY", "CDRE", "CDRG", "LATE", "NARR", "NSTP", "RQWV", "SMPG"]),
    ("CGEN", PENDING, &["CLAI", "COLL", "NARR", "RODE", "SPLI", "THRD", "TRAN"]),
    // The commands of MT530 that are taken or cancelled give their reason in words; its list of rejections is open.
    ("CAND", &["530"], &["NARR"]),
    ("PACK", &["530"], &["NARR"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_made_of_four_letter_codes_without_repetition() {
        let mut lists = std::collections::BTreeSet::new();
        for (table, rows) in [STATUSES, REASONS].into_iter().enumerate() {
            for (qualifier, messages, codes) in rows {
                let unique: std::collections::BTreeSet<_> = codes.iter().collect();
                assert_eq!(unique.len(), codes.len(), "{qualifier}");
                assert!(
                    codes.iter().all(|c| c.len() == 4 && c.bytes().all(|b| b.is_ascii_uppercase())),
                    "{qualifier}"
                );
                for message in *messages {
                    assert!(
                        lists.insert((table, qualifier, message)),
                        "{qualifier} of MT{message} stands twice"
                    );
                }
            }
        }
        assert!(reasons("548", b"PENF").is_some_and(|c| c.contains(&"CYCL") && !c.contains(&"FUTU")));
    }

    #[test]
    fn lists_differ_between_messages_and_unseen_ones_are_open() {
        let rejected = |message| statuses(message, b"IPRC").map(|c| c.contains(&"REJT"));
        assert_eq!((rejected("548"), rejected("537"), rejected("509")), (Some(true), Some(false), None));
        assert_eq!(reasons("530", b"PACK"), Some(&["NARR"][..]));
        assert!(statuses("548", b"NONE").is_none() && reasons("509", b"REJT").is_none());
    }
}
