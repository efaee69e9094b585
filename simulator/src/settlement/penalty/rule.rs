//! Who pays, and after which formula: two tables.

pub use crate::settlement::kind::{Kind, Side};

/// How an amount is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Formula {
    /// Rate of the securities, times the value of what did not move.
    Securities,
    /// Rate of the cash, times the value of what did not move: the reference price counts, not the amount agreed.
    Cash,
    /// Rate of the cash, times the amount.
    Payment,
    /// Securities and payment together.
    Both,
}

impl Formula {
    /// In symbols, for the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Securities => "securities rate x reference price x quantity not settled",
            Self::Cash => "cash rate / 360 x reference price x quantity not settled",
            Self::Payment => "cash rate / 360 x cash amount not settled",
            Self::Both => "securities rate x reference price x quantity + cash rate / 360 x cash amount",
        }
    }
}

/// Formula by what failed: the kind of the pair, the failing side, and what that side's instruction is called.
pub const FORMULAS: [(Kind, Side, &str, Formula); 8] = [
    (Kind::Dvp, Side::Deliverer, "DVP", Formula::Securities),
    (Kind::Dvp, Side::Receiver, "RVP", Formula::Cash),
    (Kind::Fop, Side::Deliverer, "DFP", Formula::Securities),
    (Kind::Fop, Side::Receiver, "RFP", Formula::Securities),
    (Kind::Pfod, Side::Deliverer, "PFOD (credit)", Formula::Payment),
    (Kind::Pfod, Side::Receiver, "PFOD (debit)", Formula::Payment),
    (Kind::Dwp, Side::Deliverer, "DWP", Formula::Both),
    (Kind::Dwp, Side::Receiver, "RWP", Formula::Both),
];

/// The formula for a failing side.
pub fn formula(kind: Kind, failing: Side) -> Formula {
    let row = FORMULAS.iter().find(|(k, s, ..)| *k == kind && *s == failing);
    row.map(|(.., formula)| *formula).expect("the table has a row for every kind and side")
}

/// What a pair was like at the cut-off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AtCutOff {
    /// The deliverer held it back, or its depository for it.
    pub deliverer_held: bool,
    /// The receiver did.
    pub receiver_held: bool,
    /// The deliverer had too few securities.
    pub lacks_securities: bool,
    /// The payer had too little cash.
    pub lacks_cash: bool,
}

/// Why a side pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It held back.
    Hold,
    /// It had no securities.
    LackOfSecurities,
    /// It had no cash.
    LackOfCash,
    /// It instructed last.
    LateMatching,
}

/// The rules in their order, in words: the first that fits decides. [`liable`] is the same in code.
pub const LIABLE: [(&str, &str); 5] = [
    ("both sides on hold", "both, each after the formula of its own instruction"),
    ("one side on hold", "that side; what lacks is not looked for"),
    ("lack of securities", "the deliverer; cash is not tested"),
    ("lack of cash", "who pays the cash: the receiver of DVP and the payer of PFOD, the deliverer of DWP"),
    ("none of these (a link, a limit, a restriction)", "nobody"),
];

/// Who is liable for a fail at the cut-off, and why.
pub fn liable(kind: Kind, state: AtCutOff) -> Vec<(Side, Why)> {
    match (state.deliverer_held, state.receiver_held) {
        (true, true) => return vec![(Side::Deliverer, Why::Hold), (Side::Receiver, Why::Hold)],
        (true, false) => return vec![(Side::Deliverer, Why::Hold)],
        (false, true) => return vec![(Side::Receiver, Why::Hold)],
        (false, false) => {}
    }
    if state.lacks_securities && kind.delivers() {
        return vec![(Side::Deliverer, Why::LackOfSecurities)];
    }
    let payer = kind.pays().filter(|_| state.lacks_cash);
    payer.map(|side| (side, Why::LackOfCash)).into_iter().collect()
}

/// How a pair came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// Each side instructed; when each was accepted, or last modified. Any clock that grows will do.
    Each {
        /// The deliverer's.
        deliverer: u64,
        /// The receiver's.
        receiver: u64,
    },
    /// One party instructed both sides.
    AlreadyMatched {
        /// On whose account it acts.
        by: Side,
    },
}

/// Who pays for late matching, and after which formula. At the same moment both are late: the deliverer is taken, which the
/// framework leaves open.
pub fn late(kind: Kind, entered: Entered) -> (Side, Formula) {
    match entered {
        Entered::Each { deliverer, receiver } => {
            let side = if receiver > deliverer { Side::Receiver } else { Side::Deliverer };
            (side, formula(kind, side))
        }
        // Who instructs both sides may not choose the cheaper one.
        Entered::AlreadyMatched { by: Side::Receiver } if kind == Kind::Dvp => {
            (Side::Receiver, Formula::Securities)
        }
        Entered::AlreadyMatched { by } => (by, formula(kind, by)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_comes_before_what_lacks_and_securities_before_cash() {
        let all =
            AtCutOff { deliverer_held: false, receiver_held: true, lacks_securities: true, lacks_cash: true };
        assert_eq!(liable(Kind::Dvp, all), [(Side::Receiver, Why::Hold)]);
        let none_held = AtCutOff { receiver_held: false, ..all };
        assert_eq!(liable(Kind::Dvp, none_held), [(Side::Deliverer, Why::LackOfSecurities)]);
        let cash = AtCutOff { lacks_securities: false, ..none_held };
        assert_eq!(liable(Kind::Dvp, cash), [(Side::Receiver, Why::LackOfCash)]);
        assert_eq!(liable(Kind::Dwp, cash), [(Side::Deliverer, Why::LackOfCash)]);
        assert_eq!(liable(Kind::Fop, cash), [], "there is no cash to lack");
        let both = AtCutOff { deliverer_held: true, ..all };
        assert_eq!(liable(Kind::Dvp, both).len(), 2);
    }

    #[test]
    fn an_already_matched_receipt_pays_the_rate_of_the_securities() {
        assert_eq!(
            late(Kind::Dvp, Entered::Each { deliverer: 1, receiver: 2 }),
            (Side::Receiver, Formula::Cash)
        );
        assert_eq!(
            late(Kind::Dvp, Entered::AlreadyMatched { by: Side::Receiver }),
            (Side::Receiver, Formula::Securities)
        );
        assert_eq!(
            late(Kind::Dvp, Entered::Each { deliverer: 3, receiver: 2 }),
            (Side::Deliverer, Formula::Securities)
        );
    }
}
