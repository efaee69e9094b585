//! Every network validated rule is broken once, in a sample that is good otherwise, and its code is found.

use std::collections::BTreeSet;
use std::path::Path;

use finality_parsers::codec::{self, Depth};
use finality_parsers::diagnostic::Severity;
use finality_parsers::limits::Limits;
use finality_parsers::mt::network_rules::{REASONS, ROWS};

fn sample(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/mt").join(format!("{name}.fin"));
    std::fs::read_to_string(path).expect("a sample").replace("\r\n", "\n")
}

fn errors(text: &str) -> Vec<(&'static str, String)> {
    let raw = text.replace('\n', "\r\n");
    let decoded = codec::decode(raw.as_bytes(), &Limits::default(), Depth::Event);
    let errors = decoded.diagnostics.into_iter().filter(|d| d.severity == Severity::Error);
    errors.map(|d| (d.code, d.path)).collect()
}

/// The sample, what stands there, what is put instead, the code.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, &str)] = &[
    ("mt541-minimal", ":16S:AMT\n", ":16S:AMT\n:16R:AMT\n:19A::SETT//EUR1,\n:16S:AMT\n", "E87"),
    ("mt545-minimal", ":16S:AMT\n", ":16S:AMT\n:16R:AMT\n:19A::ESTT//EUR1,\n:16S:AMT\n", "E87"),
    ("mt541-minimal", ":19A::SETT//", ":19A::DEAL//", "E92"),
    ("mt545-minimal", ":19A::ESTT//", ":19A::DEAL//", "E92"),
    ("mt541-minimal", ":23G:NEWM\n", ":23G:NEWM\n:99B::TOSE//002\n", "E90"),
    ("mt541-minimal", ":16S:AMT\n", ":92B::EXCH//EUR/USD/1,1\n:16S:AMT\n", "E62"),
    ("mt541-minimal", ":16S:AMT\n", ":19A::RESU//USD1,\n:16S:AMT\n", "E62"),
    ("mt541-minimal", ":16S:SETPRTY\n", ":16S:SETPRTY\n:16R:SETPRTY\n:95P::DEAG//AGNTDEFFXXX\n:16S:SETPRTY\n", "E84"),
    ("mt541-minimal", ":95P::PSET//", ":95P::BUYR//", "E91"),
    ("mt541-minimal", ":16S:SETPRTY\n", ":16S:SETPRTY\n:16R:SETPRTY\n:95P::DEI1//AGNTDEFFXXX\n:16S:SETPRTY\n", "E86"),
    ("mt541-minimal", ":23G:NEWM\n", ":23G:CANC\n", "E08"),
    ("mt548-full", ":19A::SETT//", ":19A::OCMT//", "E83"),
    ("mt502-full", ":23G:NEWM\n", ":23G:CANC\n", "E08"),
    ("mt502-minimal", ":23G:NEWM\n:22F::TRTR//TRAD\n", ":23G:CANC\n:22F::TRTR//TRAD\n:16R:LINK\n:20C::PREV//A\n:16S:LINK\n", "E64"),
    ("mt509-full", ":24B::REJT//NARR\n", ":24B::NMAT//NARR\n", "E37"),
    ("mt509-full", ":25D::IPRC//REJT\n", ":25D::MTCH//NMAT\n", "E37"),
    ("mt509-full", ":24B::REJT//NARR\n", ":24B::NAFI//NARR\n", "E37"),
    ("mt548-full", ":24B::PENF//LACK\n", ":24B::PEND//LACK\n", "E37"),
    ("mt537-full", ":24B::PEND//LACK\n", ":24B::PENF//LACK\n", "E37"),
    ("mt509-full", ":36B::", ":19A::ORDR//EUR1,\n:36B::", "E58"),
    ("mt515-typical", ":22H::BUSE//", ":19A::SETT//EUR1,\n:22H::BUSE//", "E73"),
    ("mt518-full", ":16S:AMT\n", ":19A::SETT//EUR1,\n:16S:AMT\n", "E73"),
    ("mt536-full", ":19A::PSTA//", ":19A::OCMT//", "E83"),
    ("mt537-full", ":19A::PSTA//", ":19A::CHAR//", "E83"),
    ("mt578-minimal", ":22H::PAYM//FREE", ":22H::PAYM//APMT", "E83"),
    ("mt586-full", ":19A::SETT//", ":19A::DEAL//", "E83"),
    ("mt536-full", "DECU/", "PSET/", "E86"),
    ("mt537-full", ":16S:SETPRTY\n", ":16S:SETPRTY\n:16R:SETPRTY\n:95P::PSET//ZCSDDEFFXXX\n:16S:SETPRTY\n:16R:SETPRTY\n:95P::PSET//ZCSDDEFFXXX\n:16S:SETPRTY\n", "E84"),
    ("mt578-minimal", ":16S:SETPRTY\n", ":16S:SETPRTY\n:16R:SETPRTY\n:95P::DEAG//AGNTDEFFXXX\n:16S:SETPRTY\n", "E84"),
    ("mt537-full", ":22H::STST//STAT", ":22H::STST//TRAN", "E66"),
    ("mt536-full", ":17B::ACTI//Y", ":17B::ACTI//N", "E66"),
    ("mt535-full", ":17B::ACTI//Y", ":17B::ACTI//N", "E66"),
    ("mt538-full", ":17B::ACTI//Y", ":17B::ACTI//N", "E66"),
    ("mt537-full", ":17B::ACTI//Y", ":17B::ACTI//N", "E66"),
    ("mt586-full", ":17B::ACTI//Y", ":17B::ACTI//N", "E66"),
    ("mt578-minimal", ":22H::REDE//DELI", ":22H::REDE//RECE", "E85"),
];

#[test]
fn a_broken_rule_is_found() {
    for (name, there, instead, code) in CASES {
        let good = sample(name);
        assert_eq!(errors(&good), [], "{name} is good");
        assert!(good.contains(there), "{name} has no {there:?}");
        let found = errors(&good.replacen(there, instead, 1));
        assert!(found.iter().any(|(c, _)| c == code), "{name}, {instead:?}: {found:?}");
    }
}

/// E82 takes two changes: the statement is one for accounting, and a holding has no value.
#[test]
fn an_accounting_statement_values_each_holding() {
    let accounting = sample("mt535-full").replace(":22F::STTY//CUST", ":22F::STTY//ACCT");
    assert_eq!(errors(&accounting), []);
    let found = errors(&accounting.replace("19A::HOLD//", "19A::BOOK//"));
    assert!(found.iter().any(|(code, path)| *code == "E82" && path == "B[1]/B1[1]"), "{found:?}");
}

#[test]
fn no_rule_is_without_a_case() {
    let rules: BTreeSet<&str> = ROWS.iter().map(|r| r.code).chain(REASONS.iter().map(|_| "E37")).collect();
    let cases: BTreeSet<&str> = CASES.iter().map(|c| c.3).chain(["E82"]).collect();
    assert_eq!(rules, cases);
}
