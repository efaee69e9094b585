//! Network validated rules as rows: which message, which number and error code, where it holds, what it asks. A family
//! that many messages share is one row. Rules that are known to exist but whose facts are not sure are in [`ABSENT`];
//! both lists are printed into the documentation.
//!
//! A place is `SEQUENCE/95:BUYR DEAG` (fields of that number, with one of these qualifiers), `SEQUENCE/22H:PAYM=APMT`
//! (with that code and no data source scheme), `SEQUENCE/23G=CANC` (a field without a qualifier), or `SEQUENCE` (it is there).

/// One rule of one or more messages.
#[derive(Debug)]
pub struct Row {
    /// `540`, `541`, ...
    pub messages: &'static [&'static str],
    /// The number of the rule in the handbook, where it is known.
    pub number: &'static str,
    /// The error code.
    pub code: &'static str,
    /// Within which sequence it holds, each occurrence for itself; empty for the whole message.
    pub scope: &'static str,
    /// What it asks.
    pub form: Form,
}

/// What a rule asks.
#[derive(Debug)]
pub enum Form {
    /// Each of these at most once.
    Once {
        /// The places.
        each: &'static [&'static str],
        /// What to do.
        hint: &'static str,
    },
    /// The first only with the second.
    Chain {
        /// `SETPRTY/95:`.
        place: &'static str,
        /// The qualifiers.
        links: &'static [(&'static str, &'static str)],
    },
    /// A condition and what follows from it.
    If(If),
}

/// Conditions name places, joined by "or"; conditions in a list are joined by "and".
#[derive(Debug)]
pub struct If {
    /// Holds only when all of these are there; those of enclosing sequences count.
    pub when: &'static [&'static str],
    /// Does not hold when one of these is there.
    pub unless: &'static [&'static str],
    /// Of each of these something must be there.
    pub all: &'static [&'static str],
    /// None of these may be there.
    pub none: &'static [&'static str],
    /// These may be there once only.
    pub single: &'static [&'static str],
    /// What is wrong.
    pub says: &'static str,
    /// What to do.
    pub hint: &'static str,
    /// The sequence that lacks it, where no field is to blame.
    pub blames: &'static str,
}

const NOTHING: If =
    If { when: &[], unless: &[], all: &[], none: &[], single: &[], says: "", hint: "", blames: "" };

const INSTRUCTIONS: &[&str] = &["540", "541", "542", "543"];
/// Those whose amounts may be exchanged.
const EXCHANGES: &[&str] =
    &["502", "515", "518", "540", "541", "542", "543", "544", "545", "546", "547", "578", "586"];
const CONFIRMATIONS: &[&str] = &["544", "545", "546", "547"];

const SETTLEMENT_PARTIES: &str = "SETPRTY/95:BUYR DEAG DECU DEI1 DEI2 PSET REAG RECU REI1 REI2 SELL";
const CASH_PARTIES: &str = "CSHPRTY/95:ACCW PAYE BENM DEBT INTM";
const OTHER_PARTIES: &str = "OTHRPRTY/95:EXCH MEOR MERE TRRE VEND TRAG QFIN BRKR";
const FURTHER_PARTIES: &str = "ADDINFO/95:EXCH MEOR MERE TRRE INVE TRAG QFIN";

const ONE_PARTY: &str = "name each party once";

const CHAINS: &[(&str, &str)] = &[
    ("DEI2", "DEI1"),
    ("DEI1", "DECU"),
    ("DECU", "SELL"),
    ("REI2", "REI1"),
    ("REI1", "RECU"),
    ("RECU", "BUYR"),
];

const AMOUNTS_OF_INSTRUCTIONS: &str = "AMT/19A:ACRU ANTO BOOK CHAR COUN DEAL EXEC ISDI LADT LEVY LOCL LOCO MARG OTHR REGF SETT SHIP SPCN STAM STEX TRAN TRAX VATA WITH COAX ACCA RSCH";
const AMOUNTS_OF_CONFIRMATIONS: &str = "AMT/19A:ACRU ANTO BOOK CHAR COMT COUN DEAL ESTT EXEC ISDI LADT LEVY LOCL LOCO MARG OTHR REGF SHIP SPCN STAM STEX TRAN TRAX VATA WITH COAX ACCA RSCH";
const AMOUNTS_OF_ALLEGEMENTS: &str = "AMT/19A:ACRU CHAR DEAL EXEC LOCL LOCO OTHR SETT STAM TRAX WITH COAX";

/// The rules that are checked.
pub const ROWS: &[Row] = &[
    Row {
        messages: INSTRUCTIONS,
        number: "C1",
        code: "E87",
        scope: "",
        form: Form::Once { each: &[AMOUNTS_OF_INSTRUCTIONS], hint: "keep one of them" },
    },
    Row {
        messages: CONFIRMATIONS,
        number: "C1",
        code: "E87",
        scope: "",
        form: Form::Once { each: &[AMOUNTS_OF_CONFIRMATIONS], hint: "keep one of them" },
    },
    Row {
        messages: &["541", "543"],
        number: "C2",
        code: "E92",
        scope: "",
        form: Form::If(If {
            all: &["AMT/19A:SETT"],
            says: "against payment, one AMT sequence must have 19A::SETT",
            hint: "add the settlement amount",
            blames: "SETDET",
            ..NOTHING
        }),
    },
    Row {
        messages: &["545", "547"],
        number: "C2",
        code: "E92",
        scope: "",
        form: Form::If(If {
            all: &["AMT/19A:ESTT"],
            says: "against payment, one AMT sequence must have 19A::ESTT",
            hint: "add the settlement amount",
            blames: "SETDET",
            ..NOTHING
        }),
    },
    Row {
        messages: INSTRUCTIONS,
        number: "C3",
        code: "E90",
        scope: "",
        form: Form::If(If {
            when: &["GENL/99:TOSE"],
            all: &["GENL/99:SETT"],
            says: "the total number is given but not the current one",
            hint: "add 99B::SETT",
            ..NOTHING
        }),
    },
    Row {
        messages: EXCHANGES,
        number: "C4",
        code: "E62",
        scope: "AMT",
        form: Form::If(If {
            when: &["AMT/92:EXCH"],
            all: &["AMT/19A:RESU"],
            says: "EXCH stands without RESU",
            hint: "give exchange rate and resulting amount together, or neither",
            ..NOTHING
        }),
    },
    Row {
        messages: EXCHANGES,
        number: "C4",
        code: "E62",
        scope: "AMT",
        form: Form::If(If {
            when: &["AMT/19A:RESU"],
            all: &["AMT/92:EXCH"],
            says: "RESU stands without EXCH",
            hint: "give exchange rate and resulting amount together, or neither",
            ..NOTHING
        }),
    },
    Row {
        messages: &["515", "518", "540", "541", "542", "543", "544", "545", "546", "547", "548"],
        number: "C5",
        code: "E84",
        scope: "",
        form: Form::Once { each: &[SETTLEMENT_PARTIES, CASH_PARTIES, OTHER_PARTIES], hint: ONE_PARTY },
    },
    Row {
        messages: &["578"],
        number: "",
        code: "E84",
        scope: "",
        form: Form::Once { each: &[SETTLEMENT_PARTIES, CASH_PARTIES, FURTHER_PARTIES], hint: ONE_PARTY },
    },
    Row {
        messages: &["536", "537"],
        number: "C3",
        code: "E84",
        scope: "TRANSDET",
        form: Form::Once { each: &[SETTLEMENT_PARTIES], hint: ONE_PARTY },
    },
    Row {
        messages: &["586"],
        number: "",
        code: "E84",
        scope: "ALLDET",
        form: Form::Once { each: &[SETTLEMENT_PARTIES], hint: ONE_PARTY },
    },
    Row {
        messages: &["540", "541"],
        number: "C6",
        code: "E91",
        scope: "",
        form: Form::If(If {
            unless: &["SETDET/22F:DBNM"],
            all: &["SETPRTY/95:DEAG"],
            says: "95a::DEAG is missing",
            hint: "add the party, or 22F::DBNM when a database has it",
            blames: "SETDET",
            ..NOTHING
        }),
    },
    Row {
        messages: &["542", "543"],
        number: "C6",
        code: "E91",
        scope: "",
        form: Form::If(If {
            unless: &["SETDET/22F:DBNM"],
            all: &["SETPRTY/95:REAG"],
            says: "95a::REAG is missing",
            hint: "add the party, or 22F::DBNM when a database has it",
            blames: "SETDET",
            ..NOTHING
        }),
    },
    Row {
        messages: INSTRUCTIONS,
        number: "C6",
        code: "E91",
        scope: "",
        form: Form::If(If {
            unless: &["SETDET/22F:DBNM"],
            all: &["SETPRTY/95:PSET"],
            says: "95a::PSET is missing",
            hint: "add the party, or 22F::DBNM when a database has it",
            blames: "SETDET",
            ..NOTHING
        }),
    },
    Row {
        messages: &["515", "518", "540", "541", "542", "543", "544", "545", "546", "547", "548", "578"],
        number: "C7",
        code: "E86",
        scope: "",
        form: Form::Chain { place: "SETPRTY/95:", links: CHAINS },
    },
    Row {
        messages: &["536"],
        number: "",
        code: "E86",
        scope: "TRANSDET",
        form: Form::Chain { place: "SETPRTY/95:", links: CHAINS },
    },
    Row {
        messages: &["586"],
        number: "",
        code: "E86",
        scope: "ALLDET",
        form: Form::Chain { place: "SETPRTY/95:", links: CHAINS },
    },
    Row {
        messages: &[
            "502", "515", "518", "535", "536", "538", "540", "541", "542", "543", "544", "545", "546", "547",
        ],
        number: "",
        code: "E08",
        scope: "",
        form: Form::If(If {
            when: &["GENL/23G=CANC"],
            all: &["LINK/20:PREV"],
            single: &["LINK/20:PREV"],
            says: "a cancellation must have exactly one 20C::PREV",
            hint: "keep or add one LINK sequence with the reference of the message to be cancelled",
            ..NOTHING
        }),
    },
    Row {
        messages: &["548"],
        number: "C1",
        code: "E83",
        scope: "",
        form: Form::If(If {
            when: &["SETTRAN/22H:PAYM=APMT"],
            all: &["SETTRAN/19A:SETT"],
            says: "against payment, but there is no 19A::SETT",
            hint: "add the settlement amount",
            ..NOTHING
        }),
    },
    Row {
        messages: &["536", "537"],
        number: "C2",
        code: "E83",
        scope: "TRANSDET",
        form: Form::If(If {
            when: &["TRANSDET/22H:PAYM=APMT"],
            all: &["TRANSDET/19A:PSTA"],
            says: "against payment, but there is no 19A::PSTA",
            hint: "add the posting amount",
            ..NOTHING
        }),
    },
    Row {
        messages: &["578"],
        number: "",
        code: "E83",
        scope: "",
        form: Form::If(If {
            when: &["TRADDET/22H:PAYM=APMT"],
            all: &["AMT/19A:SETT"],
            says: "against payment, but no AMT sequence has 19A::SETT",
            hint: "add the settlement amount",
            ..NOTHING
        }),
    },
    Row {
        messages: &["586"],
        number: "",
        code: "E83",
        scope: "ALLDET",
        form: Form::If(If {
            when: &["ALLDET/22H:PAYM=APMT"],
            all: &["AMT/19A:SETT"],
            says: "against payment, but no AMT sequence has 19A::SETT",
            hint: "add the settlement amount",
            ..NOTHING
        }),
    },
    Row {
        messages: &["578"],
        number: "",
        code: "E87",
        scope: "",
        form: Form::Once { each: &[AMOUNTS_OF_ALLEGEMENTS], hint: "keep one of them" },
    },
    Row {
        messages: &["586"],
        number: "",
        code: "E87",
        scope: "ALLDET",
        form: Form::Once { each: &[AMOUNTS_OF_ALLEGEMENTS], hint: "keep one of them" },
    },
    Row {
        messages: &["548"],
        number: "C3",
        code: "E85",
        scope: "",
        form: Form::If(If {
            when: &["SETTRAN/22H:REDE=DELI", "SETPRTY"],
            all: &["SETPRTY/95:REAG"],
            says: "settlement parties are named but REAG is not",
            hint: "add the agent of the other side",
            ..NOTHING
        }),
    },
    Row {
        messages: &["548"],
        number: "C3",
        code: "E85",
        scope: "",
        form: Form::If(If {
            when: &["SETTRAN/22H:REDE=RECE", "SETPRTY"],
            all: &["SETPRTY/95:DEAG"],
            says: "settlement parties are named but DEAG is not",
            hint: "add the agent of the other side",
            ..NOTHING
        }),
    },
    Row {
        messages: &["578"],
        number: "",
        code: "E85",
        scope: "",
        form: Form::If(If {
            when: &["TRADDET/22H:REDE=DELI"],
            all: &["SETPRTY/95:DEAG"],
            says: "a delivery is alleged but DEAG is not named",
            hint: "add the delivering agent",
            ..NOTHING
        }),
    },
    Row {
        messages: &["578"],
        number: "",
        code: "E85",
        scope: "",
        form: Form::If(If {
            when: &["TRADDET/22H:REDE=RECE"],
            all: &["SETPRTY/95:REAG"],
            says: "a receipt is alleged but REAG is not named",
            hint: "add the receiving agent",
            ..NOTHING
        }),
    },
    Row {
        messages: &["586"],
        number: "",
        code: "E85",
        scope: "ALLDET",
        form: Form::If(If {
            when: &["ALLDET/22H:REDE=DELI"],
            all: &["SETPRTY/95:DEAG"],
            says: "a delivery is alleged but DEAG is not named",
            hint: "add the delivering agent",
            ..NOTHING
        }),
    },
    Row {
        messages: &["586"],
        number: "",
        code: "E85",
        scope: "ALLDET",
        form: Form::If(If {
            when: &["ALLDET/22H:REDE=RECE"],
            all: &["SETPRTY/95:REAG"],
            says: "a receipt is alleged but REAG is not named",
            hint: "add the receiving agent",
            ..NOTHING
        }),
    },
    Row {
        messages: &["515", "518"],
        number: "",
        code: "E73",
        scope: "",
        form: Form::If(If {
            when: &["CONFDET/19A:SETT"],
            none: &["AMT/19A:SETT"],
            says: "the settlement amount stands in two places",
            hint: "keep one of them",
            ..NOTHING
        }),
    },
    Row {
        messages: &["502"],
        number: "",
        code: "E64",
        scope: "",
        form: Form::If(If {
            when: &["GENL/23G=CANC"],
            all: &["ORDRDET/36:CANC|ORDRDET/19A:CANC"],
            says: "a cancellation must say what quantity or amount is cancelled",
            hint: "add 36B::CANC or 19A::CANC",
            blames: "ORDRDET",
            ..NOTHING
        }),
    },
    Row {
        messages: &["509"],
        number: "",
        code: "E58",
        scope: "TRADE",
        form: Form::If(If {
            when: &["TRADE/36"],
            none: &["TRADE/19"],
            says: "quantities and amounts are both given",
            hint: "keep either the quantities or the amounts",
            ..NOTHING
        }),
    },
    Row {
        messages: &["509"],
        number: "",
        code: "E37",
        scope: "STAT",
        form: Form::If(If {
            when: &["REAS/24B:REJT"],
            all: &["STAT/25D:CPRC IPRC RPRC"],
            says: "reason REJT does not belong to this status",
            hint: "use the reason's qualifier with a processing status",
            ..NOTHING
        }),
    },
    Row {
        messages: &["509"],
        number: "",
        code: "E37",
        scope: "STAT",
        form: Form::If(If {
            when: &["REAS/24B:NMAT"],
            all: &["STAT/25D:MTCH"],
            says: "reason NMAT does not belong to this status",
            hint: "use it with the matching status",
            ..NOTHING
        }),
    },
    Row {
        messages: &["509"],
        number: "",
        code: "E37",
        scope: "STAT",
        form: Form::If(If {
            when: &["REAS/24B:NAFI"],
            all: &["STAT/25D:AFFM"],
            says: "reason NAFI does not belong to this status",
            hint: "use it with the affirmation status",
            ..NOTHING
        }),
    },
    empty_statement(&["535", "536"], &[".SUBSAFE"]),
    empty_statement(&["538"], &[".FIN"]),
    empty_statement(&["586"], &[".ALLDET"]),
    empty_statement(&["537"], &[".STAT", ".TRANS"]),
    Row {
        messages: &["537"],
        number: "C1",
        code: "E66",
        scope: "",
        form: Form::If(If {
            when: &["GENL/17B:ACTI=Y", "GENL/22H:STST=STAT"],
            all: &[".STAT"],
            none: &[".TRANS"],
            says: "sorted by status, the statement must have STAT and no TRANS sequences",
            hint: "put the transactions below their status, or say STST//TRAN",
            ..NOTHING
        }),
    },
    Row {
        messages: &["537"],
        number: "C1",
        code: "E66",
        scope: "",
        form: Form::If(If {
            when: &["GENL/17B:ACTI=Y", "GENL/22H:STST=TRAN"],
            all: &[".TRANS"],
            none: &[".STAT"],
            says: "sorted by transaction, the statement must have TRANS and no STAT sequences around transactions",
            hint: "put the status below its transaction, or say STST//STAT",
            ..NOTHING
        }),
    },
    Row {
        messages: &["535"],
        number: "",
        code: "E82",
        scope: "FIN",
        form: Form::If(If {
            when: &["GENL/22F:STTY=ACCT"],
            all: &["FIN/90|SUBBAL/90", "FIN/19A:HOLD|SUBBAL/19A:HOLD"],
            says: "an accounting statement must have price and holding value of each instrument",
            hint: "add 90a and 19A::HOLD, or say STTY//CUST",
            ..NOTHING
        }),
    },
];

/// 17B::ACTI//N and a body contradict each other.
const fn empty_statement(messages: &'static [&'static str], body: &'static [&'static str]) -> Row {
    Row {
        messages,
        number: "C1",
        code: "E66",
        scope: "",
        form: Form::If(If {
            when: &["GENL/17B:ACTI=N"],
            none: body,
            says: "the statement says that it is empty, and is not",
            hint: "say ACTI//Y, or leave the body out",
            ..NOTHING
        }),
    }
}

/// Rules between a reason and its status: the qualifier of 24B is the code of 25D, unless that is of another scheme (E37).
pub const REASONS: &[&str] = &["537", "548"];

/// Rules that are known to exist and are not checked, with the reason.
pub const ABSENT: &[(&str, &str, &str)] = &[
    ("502", "E74", "order type and limit: which of the two is needed when was not seen"),
    ("513, 514, 517, 530, 549", "all", "their rules were not seen"),
    ("515, 518", "E84", "of the parties of a confirmation; those of settlement, cash and others are checked"),
    ("536, 537", "E08, C15, STST//PENA", "their conditions were not seen in full"),
    ("538", "E81", "the balances from and to must differ: the qualifier of the second was not seen"),
    ("540-547", "E88, E89", "settlement amounts in FIAC: in an old edition only"),
    ("540-547", "C8 to C15", "conditions on DBNM, STCO, FXCX and on wallets: their text was not seen"),
    ("548", "C13", "account owner and capacity in penalties: the text was not seen"),
    ("all", "E61, E75", "trades of another message type, which has no table here"),
];
