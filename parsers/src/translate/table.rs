//! Which message becomes which, and which field stands where.
//!
//! Rows that have code of their own are written here; those that are nothing but a code and a value come from the tables
//! of details that the readers and writers of ISO 20022 use ([`crate::mx::detail_rows`]). A test holds every row against the tables
//! of both standards and against what a translation of the samples does.

/// How a value gets from one side to the other, and what it may lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A reference.
    Reference,
    /// A code that both standards share.
    Code,
    /// Two codes of one side are one value of the other.
    Meaning,
    /// Yes or no.
    Flag,
    /// A day or an instant.
    Moment,
    /// An instant in UTC.
    Created,
    /// A quantity.
    Quantity,
    /// Money with its direction.
    Money,
    /// A price.
    Price,
    /// A rate.
    Rate,
    /// An instrument.
    Instrument,
    /// A party.
    Party,
    /// A chain of parties.
    Chain,
    /// An account.
    Account,
    /// A place.
    Place,
    /// Words.
    Text,
    /// A number.
    Number,
}

impl Rule {
    /// All of them, in the order of the page.
    pub const ALL: [Rule; 17] = [
        Rule::Reference,
        Rule::Code,
        Rule::Meaning,
        Rule::Flag,
        Rule::Moment,
        Rule::Created,
        Rule::Quantity,
        Rule::Money,
        Rule::Price,
        Rule::Rate,
        Rule::Instrument,
        Rule::Party,
        Rule::Chain,
        Rule::Account,
        Rule::Place,
        Rule::Text,
        Rule::Number,
    ];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Reference => "reference",
            Rule::Code => "code",
            Rule::Meaning => "meaning",
            Rule::Flag => "flag",
            Rule::Moment => "moment",
            Rule::Created => "created",
            Rule::Quantity => "quantity",
            Rule::Money => "money",
            Rule::Price => "price",
            Rule::Rate => "rate",
            Rule::Instrument => "instrument",
            Rule::Party => "party",
            Rule::Chain => "chain",
            Rule::Account => "account",
            Rule::Place => "place",
            Rule::Text => "text",
            Rule::Number => "number",
        }
    }

    /// What it does.
    pub fn words(self) -> &'static str {
        match self {
            Rule::Reference => {
                "as it stands. MX holds 35 characters (a trade's 52), MT 16 (20N 35, 20U 52) of the character set X, no slash in front, at the \
                 end or twice in a row: an identifying reference that does not fit refuses the translation, one that goes \
                 along is dropped and reported"
            }
            Rule::Code => {
                "the same four letters. `SCHEME/CODE` of MT is `Prtry` with `Issr` and `Id` of MX and back; a `SchmeNm`, and an \
                 issuer that is longer than eight characters, is reported. A few codes are spelled in another way (`CAGE` is `SAGE`, `R144` `A144`, `ANNU` `YEAR`). A code that the list of the target lacks is \
                 reported"
            }
            Rule::Meaning => {
                "by its meaning: the message type, a function or a code stands for a value of the other side"
            }
            Rule::Flag => "`Y`/`N` or a pair of codes is `true`/`false`",
            Rule::Moment => {
                "a day is `Dt`, an instant `DtTm`. MT option C has no zone and is taken as UTC; an instant goes out as UTC, with option E \
                 where there are fractions of a second. `98B` codes are `DtCd`"
            }
            Rule::Created => "an instant in UTC; MX says it in the business header alone and always with `Z`",
            Rule::Quantity => {
                "exact decimals. UNIT is `Unit`, FAMT `FaceAmt`, AMOR `AmtsdVal`; what has more digits than MT's 15 refuses; \
                 `DgtlTknUnit` has no MT twin here"
            }
            Rule::Money => {
                "exact decimals. MX says the direction by `CdtDbtInd`, MT by the message type and an `N` where it is the unusual one; more digits \
                 than MT's 15 refuse"
            }
            Rule::Price => "`90A` is a rate with its type (PRCT, YIEL, DISC, PREM), `90B` an amount",
            Rule::Rate => "an exact decimal; MT says a negative one with `N`",
            Rule::Instrument => {
                "`ISIN` alone or beside `/SCHEME/id` lines that are `OthrId`; the rest of `35B` is `Desc`. A national `/CC/` number is a proprietary type of that \
                 country's code"
            }
            Rule::Party => {
                "95P is `AnyBIC`, 95R `PrtryId` with its issuer, 95Q `NmAndAdr` (the lines of a structured address are put together), 95L `LEI`, 95C \
                 a country; further identifications are `AltrnId` and 95S"
            }
            Rule::Chain => {
                "MX counts the parties from the depository outwards, MT names their roles. A chain that MT allows is closed by its client, so the \
                 number of parties says the roles: one behind `Pty1` is the client (BUYR, SELL), two are custodian and \
                 client, three and four put intermediaries before them. A chain without a client comes back as another one and is reported"
            }
            Rule::Account => {
                "97A is `Id` (35 characters), 97B adds a type, 97E an IBAN, where the field has that option, 97D an address on a ledger"
            }
            Rule::Place => {
                "94B, 94F, 94H, 94C and 94L by kind of place, BIC, country and LEI; 94B names a market by its MIC"
            }
            Rule::Text => {
                "words. Line breaks become blanks on the way to MX and lines of 35 characters on the way to MT; characters outside of the set X \
                 are replaced and reported, and what is too long is cut and reported"
            }
            Rule::Number => "as it stands",
        }
    }
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The sequence in MT: `SETDET/AMT`; empty where the message itself says it.
    pub block: &'static str,
    /// The field: `19A`; `98a` when several options may stand.
    pub tag: &'static str,
    /// Its qualifier; empty where it has none.
    pub qualifier: &'static str,
    /// The way in MX, from the first own element; `AppHdr/...` stands in the business header.
    pub mx: &'static str,
    /// How it gets across.
    pub rule: Rule,
}

const fn f(
    block: &'static str,
    tag: &'static str,
    qualifier: &'static str,
    mx: &'static str,
    rule: Rule,
) -> Field {
    Field { block, tag, qualifier, mx, rule }
}

/// A message of one standard and its twin in the other.
#[derive(Debug, Clone, Copy)]
pub struct Mapping {
    /// The MT messages.
    pub mt: &'static [&'static str],
    /// What their function or a code must be, in words; empty where it is any.
    pub when: &'static str,
    /// The MX message.
    pub mx: &'static str,
    /// What both mean: the kind of the normalized event.
    pub event: &'static str,
    /// The fields that are not in the tables of details.
    pub fields: &'static [Field],
}

use Rule::{
    Account, Chain, Code, Created, Flag, Instrument, Meaning, Moment, Money, Number, Party, Place, Price,
    Quantity, Reference, Text,
};

const INSTRUCTION: &[Field] = &[
    f("GENL", "20C", "SEME", "TxId", Reference),
    f("GENL", "23G", "", "SttlmParams/HldInd/Ind", Meaning),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("", "", "", "SttlmTpAndAddtlParams/SctiesMvmntTp", Meaning),
    f("", "", "", "SttlmTpAndAddtlParams/Pmt", Meaning),
    f("GENL/LINK", "20C", "COMM", "SttlmTpAndAddtlParams/CmonId", Reference),
    f("GENL/LINK", "20C", "TRRF", "TradDtls/TradId", Reference),
    f("GENL/LINK", "22F", "LINK", "Lnkgs/PrcgPos/Cd", Code),
    f("GENL/LINK", "13A", "LINK", "Lnkgs/MsgNb/ShrtNb", Number),
    f("GENL/LINK", "20C", "PREV", "Lnkgs/Ref/SctiesSttlmTxId", Reference),
    f("GENL/LINK", "20C", "RELA", "Lnkgs/Ref/OthrTxId", Reference),
    f("GENL/LINK", "20C", "POOL", "Lnkgs/Ref/PoolId", Reference),
    f("TRADDET", "94B", "TRAD", "TradDtls/PlcOfTrad/MktTpAndId", Place),
    f("TRADDET", "98a", "TRAD", "TradDtls/TradDt", Moment),
    f("TRADDET", "98a", "SETT", "TradDtls/SttlmDt", Moment),
    f("TRADDET", "90a", "DEAL", "TradDtls/DealPric", Price),
    f("TRADDET", "35B", "", "FinInstrmId", Instrument),
    f("TRADDET", "22F", "PRIR", "SttlmParams/Prty/Nmrc", Number),
    f("TRADDET", "70E", "SPRO", "TradDtls/SttlmInstrPrcgAddtlDtls", Text),
    f("FIAC", "36B", "SETT", "QtyAndAcctDtls/SttlmQty/Qty", Quantity),
    f("FIAC", "95a", "ACOW", "QtyAndAcctDtls/AcctOwnr", Party),
    f("FIAC", "97a", "SAFE", "QtyAndAcctDtls/SfkpgAcct", Account),
    f("FIAC", "97a", "CASH", "QtyAndAcctDtls/CshAcct", Account),
    f("SETDET", "22F", "SETR", "SttlmParams/SctiesTxTp", Code),
    f("SETDET", "22F", "STCO", "SttlmParams/SttlmTxCond", Code),
    f("SETDET", "22F", "STCO", "SttlmParams/PrtlSttlmInd", Meaning),
    f("SETDET/SETPRTY", "95a", "PSET", "DlvrgSttlmPties/Dpstry", Chain),
    f("SETDET/SETPRTY", "95a", "PSET", "RcvgSttlmPties/Dpstry", Chain),
    f("SETDET/SETPRTY", "95a", "DEAG", "DlvrgSttlmPties/Pty1", Chain),
    f("SETDET/SETPRTY", "95a", "SELL", "DlvrgSttlmPties/Pty2", Chain),
    f("SETDET/SETPRTY", "95a", "REAG", "RcvgSttlmPties/Pty1", Chain),
    f("SETDET/SETPRTY", "95a", "BUYR", "RcvgSttlmPties/Pty2", Chain),
    f("SETDET/AMT", "19A", "SETT", "SttlmAmt/Amt", Money),
];

const CONFIRMATION: &[Field] = &[
    f("GENL/LINK", "20C", "RELA", "TxIdDtls/AcctOwnrTxId", Reference),
    f("GENL", "20C", "SEME", "TxIdDtls/AcctSvcrTxId", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("", "", "", "TxIdDtls/SctiesMvmntTp", Meaning),
    f("", "", "", "TxIdDtls/Pmt", Meaning),
    f("GENL/LINK", "20C", "MITI", "TxIdDtls/MktInfrstrctrTxId", Reference),
    f("GENL/LINK", "20C", "COMM", "TxIdDtls/CmonId", Reference),
    f("GENL/LINK", "20C", "PREV", "AddtlParams/PrvsPrtlConfId", Reference),
    f("GENL", "22F", "PARS", "AddtlParams/PrtlSttlm", Meaning),
    f("TRADDET", "98a", "TRAD", "TradDtls/TradDt", Moment),
    f("TRADDET", "98a", "SETT", "TradDtls/SttlmDt", Moment),
    f("TRADDET", "98a", "ESET", "TradDtls/FctvSttlmDt", Moment),
    f("TRADDET", "90a", "DEAL", "TradDtls/DealPric", Price),
    f("TRADDET", "35B", "", "FinInstrmId", Instrument),
    f("TRADDET", "70E", "SPRO", "TradDtls/SttlmInstrPrcgAddtlDtls", Text),
    f("FIAC", "36B", "ESTT", "QtyAndAcctDtls/SttldQty/Qty", Quantity),
    f("FIAC", "36B", "PSTT", "QtyAndAcctDtls/PrevslySttldQty", Quantity),
    f("FIAC", "36B", "RSTT", "QtyAndAcctDtls/RmngToBeSttldQty", Quantity),
    f("FIAC", "95a", "ACOW", "QtyAndAcctDtls/AcctOwnr", Party),
    f("FIAC", "97a", "SAFE", "QtyAndAcctDtls/SfkpgAcct", Account),
    f("SETDET", "22F", "SETR", "SttlmParams/SctiesTxTp", Code),
    f("SETDET/SETPRTY", "95a", "PSET", "DlvrgSttlmPties/Dpstry", Chain),
    f("SETDET/SETPRTY", "95a", "PSET", "RcvgSttlmPties/Dpstry", Chain),
    f("SETDET/SETPRTY", "95a", "DEAG", "DlvrgSttlmPties/Pty1", Chain),
    f("SETDET/SETPRTY", "95a", "REAG", "RcvgSttlmPties/Pty1", Chain),
    f("SETDET/AMT", "19A", "ESTT", "SttldAmt/Amt", Money),
];

const STATUS: &[Field] = &[
    f("GENL/LINK", "20C", "RELA", "TxId/AcctOwnrTxId", Reference),
    f("GENL", "20C", "SEME", "AppHdr/BizMsgIdr", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("GENL/LINK", "20C", "MITI", "TxId/MktInfrstrctrTxId", Reference),
    f("GENL/STAT", "25D", "IPRC", "PrcgSts", Meaning),
    f("GENL/STAT", "25D", "MTCH", "MtchgSts", Meaning),
    f("GENL/STAT", "25D", "INMH", "IfrrdMtchgSts", Meaning),
    f("GENL/STAT", "25D", "SETT", "SttlmSts", Meaning),
    f("GENL/STAT/REAS", "24B", "PEND", "SttlmSts/Pdg/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "PENF", "SttlmSts/Flng/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "NMAT", "MtchgSts/Umtchd/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "REJT", "PrcgSts/Rjctd/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "PACK", "PrcgSts/AckdAccptd/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "PPRC", "PrcgSts/PdgPrcg/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "REPR", "PrcgSts/Rpr/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "CAND", "PrcgSts/Canc/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "CANP", "PrcgSts/PdgCxl/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "70D", "REAS", "SttlmSts/Pdg/Rsn/AddtlRsnInf", Text),
    f("SETTRAN", "35B", "", "TxDtls/FinInstrmId", Instrument),
    f("SETTRAN", "36B", "SETT", "TxDtls/SttlmQty/Qty", Quantity),
    f("SETTRAN", "19A", "SETT", "TxDtls/SttlmAmt/Amt", Money),
    f("SETTRAN", "97a", "SAFE", "TxDtls/SfkpgAcct/Id", Account),
    f("SETTRAN", "22F", "SETR", "TxDtls/SttlmParams/SctiesTxTp", Code),
    f("SETTRAN", "22H", "REDE", "TxDtls/SctiesMvmntTp", Code),
    f("SETTRAN", "22H", "PAYM", "TxDtls/Pmt", Code),
    f("SETTRAN", "98a", "SETT", "TxDtls/SttlmDt", Moment),
    f("SETTRAN", "98a", "TRAD", "TxDtls/TradDt", Moment),
];

const CANCELLATION: &[Field] = &[
    f("GENL", "20C", "SEME", "AppHdr/BizMsgIdr", Reference),
    f("GENL/LINK", "20C", "PREV", "AcctOwnrTxId/SctiesSttlmTxId/TxId", Reference),
    f("", "", "", "AcctOwnrTxId/SctiesSttlmTxId/SctiesMvmntTp", Meaning),
    f("", "", "", "AcctOwnrTxId/SctiesSttlmTxId/Pmt", Meaning),
    f("FIAC", "95a", "ACOW", "AcctOwnr", Party),
    f("FIAC", "97a", "SAFE", "SfkpgAcct", Account),
    f("TRADDET", "35B", "", "TxDtls/FinInstrmId", Instrument),
    f("TRADDET", "98a", "TRAD", "TxDtls/TradDt", Moment),
    f("TRADDET", "98a", "SETT", "TxDtls/SttlmDt", Moment),
    f("FIAC", "36B", "SETT", "TxDtls/SttlmQty", Quantity),
    f("SETDET/AMT", "19A", "SETT", "TxDtls/SttlmAmt/Amt", Money),
    f("SETDET/SETPRTY", "95a", "PSET", "TxDtls/DlvrgSttlmPties/Dpstry", Chain),
    f("SETDET/SETPRTY", "95a", "PSET", "TxDtls/RcvgSttlmPties/Dpstry", Chain),
    f("SETDET/SETPRTY", "95a", "DEAG", "TxDtls/DlvrgSttlmPties/Pty1", Chain),
    f("SETDET/SETPRTY", "95a", "REAG", "TxDtls/RcvgSttlmPties/Pty1", Chain),
    f("OTHRPRTY", "95a", "INVE", "TxDtls/Invstr", Party),
];

const CANCELLATION_STATUS: &[Field] = &[
    f("GENL/LINK", "20C", "RELA", "CxlReqRef", Reference),
    f("GENL/STAT", "25D", "CPRC", "PrcgSts", Meaning),
];

const MODIFICATION: &[Field] = &[
    f("GENL", "20C", "SEME", "AppHdr/BizMsgIdr", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("GENL", "97a", "SAFE", "SfkpgAcct", Account),
    f("GENL", "95a", "ACOW", "AcctOwnr", Party),
    f("REQD", "20C", "PREV", "ReqDtls/Ref/AcctOwnrTxId", Reference),
    f("REQD", "22F", "PRIR", "ReqDtls/Prty", Code),
    f("REQD", "22F", "LINK", "ReqDtls/Lkg", Code),
];

const MODIFICATION_STATUS: &[Field] =
    &[f("GENL/LINK", "20C", "RELA", "ReqRef", Reference), f("GENL/STAT", "25D", "TPRC", "PrcgSts", Meaning)];

const ALLEGEMENT: &[Field] = &[
    f("GENL", "20C", "SEME", "TxId", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("TRADDET", "22H", "REDE", "SttlmTpAndAddtlParams/SctiesMvmntTp", Meaning),
    f("TRADDET", "22H", "PAYM", "SttlmTpAndAddtlParams/Pmt", Code),
    f("TRADDET", "98a", "SETT", "TradDtls/SttlmDt", Moment),
    f("TRADDET", "98a", "TRAD", "TradDtls/TradDt", Moment),
    f("TRADDET", "90a", "DEAL", "TradDtls/DealPric", Price),
    f("TRADDET", "35B", "", "FinInstrmId", Instrument),
    f("FIAC", "36B", "SETT", "QtyAndAcctDtls/SttlmQty", Quantity),
    f("FIAC", "97a", "SAFE", "QtyAndAcctDtls/SfkpgAcct", Account),
    f("SETDET", "22F", "SETR", "SttlmParams/SctiesTxTp", Code),
    f("SETDET/SETPRTY", "95a", "PSET", "DlvrgSttlmPties/Dpstry", Chain),
    f("SETDET/SETPRTY", "95a", "PSET", "RcvgSttlmPties/Dpstry", Chain),
    f("SETDET/SETPRTY", "95a", "DEAG", "DlvrgSttlmPties/Pty1", Chain),
    f("SETDET/SETPRTY", "95a", "REAG", "RcvgSttlmPties/Pty1", Chain),
    f("SETDET/AMT", "19A", "SETT", "SttlmAmt/Amt", Money),
];

/// The head that all statements share.
const HEAD: &[Field] = &[
    f("GENL", "28E", "", "Pgntn", Number),
    f("GENL", "20C", "SEME", "StmtGnlDtls/StmtId", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("GENL", "97a", "SAFE", "SfkpgAcct", Account),
    f("GENL", "17B", "ACTI", "StmtGnlDtls/ActvtyInd", Flag),
];

const TRADE: &[Field] = &[
    f("GENL", "20C", "SEME", "Id/TxId", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("CONFDET", "22H", "BUSE", "TradDtls/Sd", Code),
    f("CONFDET", "22H", "PAYM", "TradDtls/Pmt", Code),
    f("CONFDET", "98a", "TRAD", "TradDtls/TradDt", Moment),
    f("CONFDET", "98a", "SETT", "TradDtls/SttlmDt", Moment),
    f("CONFDET", "90a", "DEAL", "TradDtls/DealPric", Price),
    f("CONFDET", "36B", "CONF", "TradDtls/ConfQty", Quantity),
    f("CONFDET", "94B", "TRAD", "TradDtls/PlcOfTrad", Place),
    f("CONFDET", "35B", "", "FinInstrmId", Instrument),
    f("CONFDET/CONFPRTY", "95a", "BUYR", "ConfPties", Party),
    f("CONFDET/CONFPRTY", "95a", "SELL", "ConfPties", Party),
    f("SETDET/SETPRTY", "95a", "DEAG", "DlvrgSttlmPties/Pty1", Chain),
    f("SETDET/SETPRTY", "95a", "REAG", "RcvgSttlmPties/Pty1", Chain),
    f("SETDET/AMT", "19A", "DEAL", "TradDtls/GrssTradAmt/Amt", Money),
    f("SETDET/AMT", "19A", "ACRU", "TradDtls/AcrdIntrstAmt/Amt", Money),
    f("SETDET/AMT", "19A", "EXEC", "OthrAmts/ExctgBrkrAmt", Money),
    f("SETDET/AMT", "19A", "SETT", "SttlmAmt/Amt", Money),
];

const CONFIRMATION_CANCELLATION: &[Field] = &[
    f("GENL", "20C", "SEME", "Id/TxId", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("GENL/LINK", "20C", "PREV", "Refs/Ref/ExctgPtyTxId", Reference),
];

const STATEMENT_REQUEST: &[Field] = &[
    f("GENL", "20C", "SEME", "AppHdr/BizMsgIdr", Reference),
    f("GENL", "13A", "REQU", "StmtReqd/Nb", Number),
    f("GENL", "98a", "STAT", "StmtGnlDtls/StmtDtOrPrd/StmtDt", Moment),
    f("GENL", "69a", "STAT", "StmtGnlDtls/StmtDtOrPrd/StmtPrd", Moment),
    f("GENL", "95a", "ACOW", "AcctOwnr", Party),
    f("GENL", "97a", "SAFE", "SfkpgAcct", Account),
    f("GENL", "22F", "SFRE", "StmtGnlDtls/Frqcy", Code),
    f("GENL", "22F", "CODE", "StmtGnlDtls/UpdTp", Code),
    f("GENL", "22F", "STBA", "StmtGnlDtls/StmtBsis", Code),
    f("GENL", "22F", "STTY", "StmtGnlDtls/StmtTp", Code),
    f("BYSTAREA", "25D", "SETT", "AddtlQryParams/Sts/SttlmSts", Code),
    f("BYSTAREA", "25D", "MTCH", "AddtlQryParams/Sts/MtchgSts", Code),
    f("BYSTAREA", "24B", "PEND", "AddtlQryParams/Rsn/PdgRsn", Code),
    f("BYSTAREA", "24B", "PENF", "AddtlQryParams/Rsn/FlngRsn", Code),
    f("BYSTAREA", "24B", "NMAT", "AddtlQryParams/Rsn/UmtchdRsn", Code),
    f("BYSTAREA", "35B", "", "AddtlQryParams/FinInstrmId", Instrument),
];

const STATUS_REQUEST: &[Field] = &[
    f("GENL", "20C", "SEME", "AppHdr/BizMsgIdr", Reference),
    f("GENL", "13A", "REQU", "StsAdvcReqd/Nb", Number),
    f("GENL", "95a", "ACOW", "AcctOwnr", Party),
    f("GENL", "97a", "SAFE", "SfkpgAcct", Account),
    f("REF", "20C", "RELA", "StsAdvcReqd/Refs/AcctOwnrTxId", Reference),
];

const QUERY_STATUS: &[Field] = &[
    f("GENL", "20C", "SEME", "AppHdr/BizMsgIdr", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("GENL/LINK", "20C", "RELA", "QryDtls/Ref", Reference),
    f("GENL/STAT", "25D", "SPRC", "PrcgSts", Meaning),
];

const FINANCING_STATUS: &[Field] = &[
    f("GENL", "20C", "SEME", "AppHdr/BizMsgIdr", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("GENL/LINK", "20C", "RELA", "TxId/AcctOwnrTxId", Reference),
    f("GENL/STAT", "25D", "CALL", "RepoCallReqSts", Meaning),
    f("GENL/STAT", "25D", "IPRC", "PrcgSts", Meaning),
    f("GENL/STAT", "25D", "MTCH", "MtchgSts", Meaning),
    f("GENL/STAT", "25D", "SETT", "SttlmSts", Meaning),
    f("SETTRAN", "35B", "", "TxDtls/FinInstrmId", Instrument),
];

const MOVEMENT_STATUS: &[Field] = &[
    f("GENL", "20C", "SEME", "AppHdr/BizMsgIdr", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("GENL/LINK", "20C", "RELA", "TxId/AcctOwnrTxId", Reference),
    f("GENL/LINK", "20C", "POOL", "TxDtls/PoolId", Reference),
    f("GENL/STAT", "25D", "IPRC", "PrcgSts", Meaning),
    f("GENL/STAT", "25D", "SETT", "SttlmSts", Meaning),
    f("GENL/STAT/REAS", "24B", "PACK", "PrcgSts/AckdAccptd/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "REJT", "PrcgSts/Rjctd/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "REPR", "PrcgSts/Rpr/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "CAND", "PrcgSts/Canc/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "PEND", "SttlmSts/Pdg/Rsn/Cd", Code),
    f("GENL/STAT/REAS", "24B", "PENF", "SttlmSts/Flng/Rsn/Cd", Code),
];

const MOVEMENTS: &[Field] = &[
    f("GENL", "28E", "", "Pgntn", Number),
    f("GENL", "20C", "SEME", "StmtGnlDtls/StmtId", Reference),
    f("GENL", "98a", "PREP", "AppHdr/CreDt", Created),
    f("GENL", "69a", "STAT", "StmtGnlDtls/StmtPrd", Moment),
    f("GENL", "97a", "SAFE", "SfkpgAcct", Account),
    f("GENL", "95a", "ACOW", "AcctOwnr", Party),
    f("GENL", "17B", "ACTI", "StmtGnlDtls/ActvtyInd", Flag),
    f("FIN", "35B", "", "FinInstrm/FinInstrmId", Instrument),
    f("FIN/SUBBAL", "94a", "SAFE", "FinInstrm/SubBal/SfkpgPlc", Place),
    f("FIN/SUBBAL", "93A", "FROM", "FinInstrm/SubBal/BalFr", Code),
];

/// All of them, in the order of the page.
pub const MAPPINGS: &[Mapping] = &[
    Mapping {
        mt: &["540", "541", "542", "543"],
        when: "23G is NEWM or PREA",
        mx: "sese.023",
        event: "instruction",
        fields: INSTRUCTION,
    },
    Mapping {
        mt: &["540", "541", "542", "543"],
        when: "23G is CANC; back only with TxDtls and account, which MT repeats, and with 22F::SETR TRAD, which stands for what sese.020 does not say",
        mx: "sese.020",
        event: "cancellation",
        fields: CANCELLATION,
    },
    Mapping {
        mt: &["544", "545", "546", "547"],
        when: "23G is NEWM",
        mx: "sese.025",
        event: "settlement",
        fields: CONFIRMATION,
    },
    Mapping {
        mt: &["544", "545", "546", "547"],
        when: "23G is RVSL or CANC",
        mx: "sese.026",
        event: "settlement",
        fields: &[],
    },
    Mapping { mt: &["548"], when: "23G is INST", mx: "sese.024", event: "status", fields: STATUS },
    Mapping {
        mt: &["548"],
        when: "23G is CAST",
        mx: "sese.027",
        event: "status",
        fields: CANCELLATION_STATUS,
    },
    Mapping {
        mt: &["548"],
        when: "25D is TPRC",
        mx: "sese.031",
        event: "status",
        fields: MODIFICATION_STATUS,
    },
    Mapping { mt: &["548"], when: "25D is SPRC", mx: "sese.022", event: "status", fields: QUERY_STATUS },
    Mapping {
        mt: &["548"],
        when: "25D is CALL; other statuses of financing are those of sese.024 in MT",
        mx: "sese.034",
        event: "status",
        fields: FINANCING_STATUS,
    },
    Mapping {
        mt: &["548"],
        when: "RELA is the reference of an MT524 (13A::LINK//524); the movement itself stands in MX alone",
        mx: "semt.014",
        event: "status",
        fields: MOVEMENT_STATUS,
    },
    Mapping { mt: &["530"], when: "", mx: "sese.030", event: "processing change", fields: MODIFICATION },
    Mapping { mt: &["578"], when: "23G is NEWM", mx: "sese.028", event: "allegement", fields: ALLEGEMENT },
    Mapping { mt: &["578"], when: "23G is REMO or CANC", mx: "sese.029", event: "allegement", fields: &[] },
    Mapping {
        mt: &["535"],
        when: "22F::STTY is CUST",
        mx: "semt.002",
        event: "holdings statement",
        fields: HEAD,
    },
    Mapping {
        mt: &["535"],
        when: "22F::STTY is ACCT",
        mx: "semt.003",
        event: "holdings statement",
        fields: HEAD,
    },
    Mapping {
        mt: &["549"],
        when: "there is no REF: a statement is asked for",
        mx: "semt.021",
        event: "status request",
        fields: STATEMENT_REQUEST,
    },
    Mapping {
        mt: &["549"],
        when: "every REF has RELA: statuses are asked for",
        mx: "sese.021",
        event: "status request",
        fields: STATUS_REQUEST,
    },
    Mapping { mt: &["536"], when: "", mx: "semt.017", event: "transactions statement", fields: HEAD },
    Mapping {
        mt: &["538"],
        when: "to MX only: MT538 is not written",
        mx: "semt.016",
        event: "intra-position statement",
        fields: MOVEMENTS,
    },
    Mapping { mt: &["537"], when: "", mx: "semt.018", event: "pending statement", fields: HEAD },
    Mapping { mt: &["537", "548"], when: "penalties", mx: "semt.044", event: "penalty report", fields: &[] },
    Mapping { mt: &["586"], when: "", mx: "semt.019", event: "allegement statement", fields: HEAD },
    Mapping {
        mt: &["515", "518"],
        when: "23G is NEWM",
        mx: "setr.027",
        event: "confirmation",
        fields: TRADE,
    },
    Mapping {
        mt: &["515", "518"],
        when: "23G is CANC; to MX only: setr.029 names the confirmation, MT repeats it",
        mx: "setr.029",
        event: "confirmation",
        fields: CONFIRMATION_CANCELLATION,
    },
    Mapping { mt: &["517"], when: "", mx: "setr.030", event: "confirmation acknowledgement", fields: &[] },
    Mapping { mt: &["509"], when: "", mx: "setr.044", event: "trade status", fields: &[] },
];
