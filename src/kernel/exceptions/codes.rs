//! How others say what is wrong: the codes of each protocol, which reason they are for us, and on whose side they put it.
//! The words of the two ISO standards for a status are the same four letters; FIX says its own numbers when it refuses. Codes
//! that need nobody stand in no row.

use finality_parsers::model::{Attribution, Reason};

use super::reason::ReasonCode;
use Attribution as A;
use ReasonCode as R;

/// In what a code is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// The status of an instruction: MT548 and sese.024, also in statements.
    Status,
    /// FIX ConfirmRejReason (774).
    ConfirmReject,
    /// FIX AllocRejCode (88), with AllocStatus (87) 1 or 2.
    AllocationReject,
}

impl Said {
    /// For the page.
    pub fn label(self) -> &'static str {
        match self {
            Said::Status => "MT548 24B, sese.024",
            Said::ConfirmReject => "FIX 774",
            Said::AllocationReject => "FIX 88",
        }
    }
}

/// Codes that mean the same.
#[derive(Debug, Clone, Copy)]
pub struct CodeRow {
    /// Where they are said.
    pub said: Said,
    /// The codes.
    pub codes: &'static [&'static str],
    /// What they are for us.
    pub reason: ReasonCode,
    /// On whose side they put it; `None` leaves it as the reason has it.
    pub attribution: Option<Attribution>,
}

const fn status(
    codes: &'static [&'static str],
    reason: ReasonCode,
    attribution: Option<Attribution>,
) -> CodeRow {
    CodeRow { said: Said::Status, codes, reason, attribution }
}

/// All that is known. Why a trade does not settle comes first: of several reasons the first row decides.
pub const CODES: &[CodeRow] = &[
    status(&["LACK", "LALO", "LAAW"], R::SecuritiesShort, Some(A::Us)),
    status(&["CLAC", "AWSH"], R::SecuritiesShort, Some(A::Counterparty)),
    status(&["CAIS", "SBLO"], R::SecuritiesShort, Some(A::Market)),
    status(&["MINO"], R::SecuritiesShort, None),
    status(&["MONY"], R::CashShort, Some(A::Us)),
    status(&["CMON", "AWMO"], R::CashShort, Some(A::Counterparty)),
    status(&["PREA", "BOTH"], R::OnHold, Some(A::Us)),
    status(&["PRCY"], R::OnHold, Some(A::Counterparty)),
    status(&["CSDH", "CVAL"], R::OnHold, Some(A::Market)),
    status(&["CDEL"], R::OnHold, None),
    status(&["LATE"], R::LateAtMarket, Some(A::Us)),
    status(&["CLAT"], R::LateAtMarket, Some(A::Counterparty)),
    // No counterpart, or one that differs. Whose side is wrong is not said, but when nobody has instructed.
    status(&["CMIS", "UNBR"], R::CounterpartyInstructionMissing, Some(A::Counterparty)),
    status(&["CPCA", "DTRA"], R::UnmatchedAtCsd, Some(A::Counterparty)),
    status(
        &[
            "ACRU", "DCMX", "DDAT", "DDEA", "DELN", "DEPT", "DMON", "DQUA", "DSEC", "DTRD", "FRAP", "ICAG",
            "ICUS", "IEXE", "IIND", "NCRR", "PLCE", "PLIS", "SETR", "SETS", "TXST",
        ],
        R::UnmatchedAtCsd,
        None,
    ),
    // What the custodian refuses is ours to write again.
    status(
        &["SAFE", "CASH", "REFE", "INVE", "INPS", "MUNO", "RTGS", "PHYS", "SDUT", "CASY"],
        R::InstructionRejected,
        Some(A::Us),
    ),
    status(&["CAEV"], R::InstructionRejected, Some(A::Market)),
    CodeRow { said: Said::ConfirmReject, codes: &["1", "10"], reason: R::UnknownAccount, attribution: None },
    CodeRow { said: Said::ConfirmReject, codes: &["2", "18"], reason: R::SsiMissing, attribution: None },
    CodeRow { said: Said::ConfirmReject, codes: &["5"], reason: R::ReferenceReused, attribution: None },
    CodeRow {
        said: Said::ConfirmReject,
        codes: &["6", "7", "8", "9", "11", "12", "13", "14", "15", "16", "17", "19"],
        reason: R::EconomicsDiffer,
        attribution: None,
    },
    CodeRow { said: Said::AllocationReject, codes: &["0"], reason: R::UnknownAccount, attribution: None },
    CodeRow {
        said: Said::AllocationReject,
        codes: &["1", "2", "3", "4"],
        reason: R::EconomicsDiffer,
        attribution: None,
    },
    CodeRow { said: Said::AllocationReject, codes: &["5", "6"], reason: R::Unrelated, attribution: None },
];

/// The row of the first of these reasons that says more than "wait", for an exception of that reason.
pub fn attribution_of(reasons: &[Reason], raised: ReasonCode) -> Option<Attribution> {
    rows(reasons).find(|row| row.reason == raised).and_then(|row| row.attribution).or_else(|| {
        // A rejection may name what is otherwise said of a mismatch or of a missed deadline.
        rows(reasons).find_map(|row| row.attribution)
    })
}

fn rows(reasons: &[Reason]) -> impl Iterator<Item = &'static CodeRow> {
    let row = |reason: &Reason| {
        CODES.iter().find(|r| r.said == Said::Status && r.codes.contains(&reason.code.as_str()))
    };
    reasons.iter().filter_map(row)
}

/// What the reasons of a status are for us, in their order.
pub fn reasons_of(reasons: &[Reason]) -> impl Iterator<Item = ReasonCode> {
    rows(reasons).map(|row| row.reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_stands_in_two_rows() {
        let all = || CODES.iter().flat_map(|row| row.codes.iter().map(|code| (row.said.label(), *code)));
        let unique: std::collections::BTreeSet<_> = all().collect();
        assert_eq!(unique.len(), all().count());
    }

    #[test]
    fn the_custodians_code_says_whose_side_it_is() {
        let said = |code: &str| vec![Reason { code: code.into(), issuer: None, text: None }];
        for (code, raised, expected) in [
            ("LACK", R::SecuritiesShort, Some(A::Us)),
            ("CLAC", R::SecuritiesShort, Some(A::Counterparty)),
            ("CSDH", R::OnHold, Some(A::Market)),
            ("DQUA", R::UnmatchedAtCsd, None),
            ("SAFE", R::InstructionRejected, Some(A::Us)),
            ("FUTU", R::NotSettledInTime, None),
        ] {
            assert_eq!(attribution_of(&said(code), raised), expected, "{code}");
        }
    }
}
