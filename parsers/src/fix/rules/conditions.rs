//! What is needed when, and what may not stand beside what: rows over fields of one scope.

use super::topics::Topic;
use crate::diagnostic::Severity;

/// A value of one field makes others necessary.
#[derive(Debug, Clone, Copy)]
pub struct Condition {
    /// The finding's name.
    pub code: &'static str,
    /// In these messages.
    pub types: &'static [&'static str],
    /// In the entries of this group; 0 is the message itself.
    pub group: u32,
    /// When this field has one of these values (any value, if none is given) ...
    pub when: (u32, &'static [&'static str]),
    /// ... and none of these fields has one of those values ...
    pub unless: &'static [(u32, &'static [&'static str])],
    /// ... then these must be there.
    pub needs: &'static [u32],
    /// Error, or warning where practice is lax.
    pub severity: Severity,
    /// What it is about: tells the reason of the answer.
    pub topic: Topic,
    /// What to do.
    pub hint: &'static str,
}

impl Condition {
    const fn in_group(mut self, group: u32) -> Self {
        self.group = group;
        self
    }

    const fn unless(mut self, unless: &'static [(u32, &'static [&'static str])]) -> Self {
        self.unless = unless;
        self
    }

    const fn lax(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    const fn about(mut self, topic: Topic) -> Self {
        self.topic = topic;
        self
    }
}

const fn needs(
    code: &'static str,
    types: &'static [&'static str],
    when: (u32, &'static [&'static str]),
    needs: &'static [u32],
    hint: &'static str,
) -> Condition {
    let (severity, topic) = (Severity::Error, Topic::Other);
    Condition { code, types, group: 0, when, unless: &[], needs, severity, topic, hint }
}

/// Messages that say how a block is split.
const ALLOCATIONS: &[&str] = &["J", "AS", "BM"];
/// Messages with a text in two encodings.
const WITH_TEXT: &[&str] = &["J", "P", "AS", "AK", "AU", "AT", "BM", "BH", "T", "BQ", "8", "AD", "AQ", "AR"];
/// Messages with an instrument.
const WITH_INSTRUMENT: &[&str] = &["J", "AS", "AK", "BM", "8", "AE", "AD", "AQ", "AR"];
const BEFORE: &str = "send the length before the data";
const BEHIND: &str = "send the data behind its length";

/// What is needed when.
pub const CONDITIONS: &[Condition] = &[
    needs(
        "earlier-reference",
        &["J", "BM"],
        (71, &["1", "2"]),
        &[72, 796],
        "say which AllocID is replaced or cancelled, and why",
    )
    .about(Topic::Contradiction),
    needs(
        "earlier-reference",
        &["AS"],
        (71, &["1", "2"]),
        &[795, 796],
        "say which AllocReportID is replaced or cancelled, and why",
    )
    .about(Topic::Contradiction),
    needs(
        "earlier-allocation",
        &["AS"],
        (71, &["1", "2"]),
        &[72],
        "say which AllocID the earlier report was about",
    )
    .lax(),
    needs(
        "earlier-reference",
        &["AK"],
        (666, &["1", "2"]),
        &[772],
        "say which ConfirmID is replaced or cancelled",
    ),
    needs(
        "earlier-reference",
        &["AE"],
        (487, &["1", "2"]),
        &[572],
        "say which TradeReportID is cancelled or replaced",
    ),
    needs(
        "earlier-reference",
        &["8"],
        (150, &["G", "H"]),
        &[19],
        "say which ExecID is corrected or cancelled",
    ),
    needs(
        "earlier-reference",
        &["T"],
        (163, &["C", "R"]),
        &[214],
        "say which SettlInstID is cancelled or replaced",
    )
    .in_group(778),
    needs(
        "earlier-reference",
        &["BQ"],
        (1162, &["C", "R"]),
        &[1163],
        "say which SettlObligID is cancelled or replaced",
    )
    .in_group(1165),
    needs(
        "intermediary-request",
        &["J", "P", "BM"],
        (626, &["8"]),
        &[808],
        "say what the intermediary is asked for",
    ),
    needs(
        "intermediary-request",
        &["AS", "AT"],
        (794, &["8"]),
        &[808],
        "say what the intermediary is asked for",
    ),
    needs("link-type", ALLOCATIONS, (196, &[]), &[197], "say what the link between the allocations is"),
    needs("orders-listed", ALLOCATIONS, (857, &["1"]), &[73], "list the orders, or send 857=0")
        .about(Topic::Order),
    needs(
        "allocations-listed",
        &["J", "BM"],
        (71, &["0", "1"]),
        &[78],
        "list the allocations; only a cancel, ready-to-book or warehouse instruction goes without",
    )
    .unless(&[(626, &["5", "7"])]),
    needs(
        "allocations-listed",
        &["AS"],
        (71, &["0", "1"]),
        &[78],
        "list the allocations; only a cancel or a warehouse recap goes without",
    )
    .unless(&[(794, &["5"])]),
    needs("fragment-end", ALLOCATIONS, (892, &[]), &[893], "say whether this is the last fragment")
        .about(Topic::Contradiction),
    needs("fragment-total", ALLOCATIONS, (893, &["N"]), &[892], "say how many allocations there are in all")
        .about(Topic::Contradiction),
    needs("reject-reason", &["P", "AS", "AT"], (87, &["1"]), &[88], "say why the block is refused"),
    needs(
        "reject-reason",
        &["P", "AT"],
        (87, &["2"]),
        &[88],
        "say why, or list the accounts that are refused",
    )
    .unless(&[(78, &[])]),
    needs("reject-reason", &["P", "AT"], (79, &[]), &[776], "say for each refused account why")
        .in_group(78)
        .lax(),
    needs("reject-reason", &["AU"], (940, &["2"]), &[774], "say why the confirmation is refused"),
    needs("reject-reason", &["T"], (160, &["5"]), &[792], "say why the request is refused"),
    needs("reject-reason", &["AR"], (939, &["1"]), &[751], "say why the trade is refused"),
    needs("reject-text", &["P", "AS", "AT"], (88, &["7", "99"]), &[58], "other reasons need words").lax(),
    needs("reject-text", &["AU"], (774, &["99"]), &[58], "other reasons need words").lax(),
    needs("reject-text", &["T"], (792, &["99"]), &[58], "other reasons need words").lax(),
    needs("reject-text", &["AR"], (751, &["99"]), &[58], "other reasons need words").lax(),
    needs("reject-text", &["AQ"], (749, &["99"]), &[58], "other reasons need words").lax(),
    needs("delivery-type", ALLOCATIONS, (780, &["1", "2"]), &[172], "say versus payment (0) or free (1)")
        .in_group(78)
        .about(Topic::Instructions),
    needs(
        "standing-instructions",
        ALLOCATIONS,
        (780, &["3"]),
        &[169, 170, 171],
        "name the database and the entry in it",
    )
    .in_group(78)
    .about(Topic::Instructions),
    needs("standing-instructions", &["AK"], (169, &[]), &[171], "name the entry in the database")
        .about(Topic::Instructions),
    needs("standing-instructions", &["AV"], (169, &[]), &[171], "name the entry in the database"),
    needs("standing-instructions", &["T"], (169, &[]), &[171], "name the entry in the database")
        .in_group(778),
    needs(
        "settlement-details",
        ALLOCATIONS,
        (780, &["2"]),
        &[85],
        "send the settlement parties, or another 780",
    )
    .in_group(78)
    .about(Topic::Instructions),
    needs(
        "settlement-details",
        &["T"],
        (160, &[]),
        &[778],
        "send the settlement instructions, or refuse the request (160=5)",
    )
    .unless(&[(160, &["5"])]),
    needs("single-account", &["T"], (160, &["4"]), &[11], "say which order the instructions belong to"),
    needs("account-source", &["AV"], (79, &[]), &[661], "say whose code the account is; 99 for another"),
    needs(
        "fixed-income-parties",
        &["AK"],
        (460, &["1", "3", "6", "9", "10", "11"]),
        &[453],
        "name the parties of a bond trade",
    )
    .lax()
    .about(Topic::Party),
    needs("accrued-interest", &["AK"], (157, &[]), &[159], "say how much interest the days make")
        .lax()
        .about(Topic::Calculation),
    needs(
        "commission-type",
        &["AK", "8"],
        (12, &[]),
        &[13],
        "say what the commission is a rate of; 3 for an amount",
    )
    .lax()
    .about(Topic::Commission),
    needs(
        "commission-type",
        ALLOCATIONS,
        (12, &[]),
        &[13],
        "say what the commission is a rate of; 3 for an amount",
    )
    .in_group(78)
    .lax()
    .about(Topic::Commission),
    needs(
        "commission-type",
        &["AE"],
        (12, &[]),
        &[13],
        "say what the commission is a rate of; 3 for an amount",
    )
    .in_group(552)
    .lax(),
    needs(
        "settlement-currency",
        &["AK", "8"],
        (119, &[]),
        &[120],
        "say the currency of the settlement amount",
    )
    .lax()
    .about(Topic::SettlementCurrency),
    needs(
        "settlement-currency",
        ALLOCATIONS,
        (119, &[]),
        &[120],
        "say the currency of the settlement amount",
    )
    .in_group(78)
    .lax()
    .about(Topic::SettlementCurrency),
    needs("settlement-currency", &["BQ"], (119, &[]), &[120], "say the currency of the settlement amount")
        .in_group(1165),
    needs("settlement-currency", &["BQ"], (1157, &[]), &[15], "say the currency of the amount")
        .in_group(1165),
    needs("last-fill", &["8"], (150, &["F", "G"]), &[31, 32], "a trade has a quantity and a price"),
    needs("encoded-text", WITH_TEXT, (355, &[]), &[354], BEFORE),
    needs("encoded-text", WITH_TEXT, (354, &[]), &[355], BEHIND),
    needs("encoded-text", WITH_INSTRUMENT, (349, &[]), &[348], BEFORE),
    needs("encoded-text", WITH_INSTRUMENT, (348, &[]), &[349], BEHIND),
    needs("encoded-text", WITH_INSTRUMENT, (351, &[]), &[350], BEFORE),
    needs("encoded-text", WITH_INSTRUMENT, (350, &[]), &[351], BEHIND),
    needs("encoded-text", &["J", "P", "AS", "AT", "BM"], (361, &[]), &[360], BEFORE).in_group(78),
    needs("encoded-text", &["J", "P", "AS", "AT", "BM"], (360, &[]), &[361], BEHIND).in_group(78),
    needs("encoded-text", &["AE"], (355, &[]), &[354], BEFORE).in_group(552),
    needs("encoded-text", &["AE"], (354, &[]), &[355], BEHIND).in_group(552),
];

/// A value of one field leaves no room for others.
#[derive(Debug, Clone, Copy)]
pub struct Exclusion {
    /// The finding's name.
    pub code: &'static str,
    /// In these messages.
    pub types: &'static [&'static str],
    /// In the entries of this group; 0 is the message itself.
    pub group: u32,
    /// When this field has one of these values ...
    pub when: (u32, &'static [&'static str]),
    /// ... these must not be there.
    pub bars: &'static [u32],
    /// Error, or warning where practice is lax.
    pub severity: Severity,
    /// What it is about.
    pub topic: Topic,
    /// What to do.
    pub hint: &'static str,
}

/// What may not stand beside what.
pub const EXCLUSIONS: &[Exclusion] = &[
    Exclusion {
        code: "two-sources-of-instructions",
        types: ALLOCATIONS,
        group: 78,
        when: (780, &["0", "1", "2", "4"]),
        bars: &[169, 170, 171],
        severity: Severity::Warning,
        topic: Topic::Instructions,
        hint: "a database is named with 780=3 only",
    },
    Exclusion {
        code: "two-sources-of-instructions",
        types: ALLOCATIONS,
        group: 78,
        when: (780, &["0", "1", "3", "4"]),
        bars: &[85],
        severity: Severity::Warning,
        topic: Topic::Instructions,
        hint: "details are sent with 780=2 only",
    },
    Exclusion {
        code: "refused-with-instructions",
        types: &["T"],
        group: 0,
        when: (160, &["5"]),
        bars: &[778],
        severity: Severity::Error,
        topic: Topic::Other,
        hint: "a refusal has no instructions",
    },
    Exclusion {
        code: "accounts-of-a-block-answer",
        types: &["P", "AT"],
        group: 0,
        when: (87, &["1", "3", "4", "5"]),
        bars: &[78],
        severity: Severity::Warning,
        topic: Topic::Other,
        hint: "accounts are listed when some of them are refused (87=2)",
    },
];
