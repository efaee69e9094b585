//! What no penalty is taken for: a table. The first row that fits is the reason.

/// What must be known of a pair to say whether it is in scope. The default is in scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// Both sides agree.
    pub matched: bool,
    /// It carries out a corporate action on a holding.
    pub corporate_action_on_stock: bool,
    /// The platform made it, to move a holding between depositories.
    pub realignment: bool,
    /// It blocks, reserves or earmarks a holding and moves it to nobody.
    pub restriction: bool,
    /// A share whose main market is outside the Union.
    pub main_market_outside_eu: bool,
    /// Listed in the reference data of financial instruments (FIRDS).
    pub listed: bool,
    /// Cleared by a central counterparty of the Union.
    pub cleared: bool,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            matched: true,
            corporate_action_on_stock: false,
            realignment: false,
            restriction: false,
            main_market_outside_eu: false,
            listed: true,
            cleared: false,
        }
    }
}

/// Whether a row applies to a pair.
pub type Applies = fn(&Facts) -> bool;

/// What is left out, and when.
pub const EXCLUSIONS: [(&str, Applies); 6] = [
    ("not matched", |f| !f.matched),
    ("corporate action on stock", |f| f.corporate_action_on_stock),
    ("realignment made by the platform", |f| f.realignment),
    ("settlement restriction (blocking, reservation, earmarking)", |f| f.restriction),
    ("share whose main market is outside the Union", |f| f.main_market_outside_eu),
    ("neither listed in FIRDS nor cleared by a CCP of the Union", |f| !f.listed && !f.cleared),
];

/// Why a pair is out of scope, if it is.
pub fn exclusion(facts: &Facts) -> Option<&'static str> {
    EXCLUSIONS.iter().find(|(_, applies)| applies(facts)).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cleared_need_not_be_listed() {
        assert_eq!(exclusion(&Facts::default()), None);
        assert!(exclusion(&Facts { listed: false, ..Facts::default() }).is_some());
        assert_eq!(exclusion(&Facts { listed: false, cleared: true, ..Facts::default() }), None);
        assert_eq!(exclusion(&Facts { matched: false, ..Facts::default() }), Some("not matched"));
    }
}
