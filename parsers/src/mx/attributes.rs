//! What is said of an instrument, of lots and of the second leg of a trade: rows of both standards.

use super::details::{Row, Shape, row};

/// The attributes of an instrument, down a way to their element. The strike price has no field of its own in MT: it stands
/// there as the exercise price, where none is said beside.
macro_rules! attributes {
    ($way:literal) => {
        &[
            row("94B", "PLIS", Shape::Place, concat!($way, "PlcOfListg")),
            row("22F", "MICO", Shape::Code, concat!($way, "DayCntBsis")),
            row("22F", "FORM", Shape::Code, concat!($way, "RegnForm")),
            row("22F", "PFRE", Shape::Code, concat!($way, "PmtFrqcy")),
            row("22F", "PAYS", Shape::Code, concat!($way, "PmtSts")),
            row("22F", "CFRE", Shape::Code, concat!($way, "VarblRateChngFrqcy")),
            row("12C", "CLAS", Shape::Code, concat!($way, "ClssfctnTp/ClssfctnFinInstrm")),
            row("12A", "CLAS", Shape::Code, concat!($way, "ClssfctnTp/AltrnClssfctn")),
            row("12B", "OPST", Shape::Code, concat!($way, "OptnStyle")),
            row("12B", "OPTI", Shape::Code, concat!($way, "OptnTp")),
            row("11A", "DENO", Shape::Currency, concat!($way, "DnmtnCcy")),
            row("98A", "COUP", Shape::Moment, concat!($way, "CpnDt")),
            row("98A", "EXPI", Shape::Moment, concat!($way, "XpryDt")),
            row("98A", "FRNR", Shape::Moment, concat!($way, "FltgRateFxgDt")),
            row("98A", "MATU", Shape::Moment, concat!($way, "MtrtyDt")),
            row("98A", "ISSU", Shape::Moment, concat!($way, "IsseDt")),
            row("98A", "CALD", Shape::Moment, concat!($way, "NxtCllblDt")),
            row("98A", "PUTT", Shape::Moment, concat!($way, "PutblDt")),
            row("98A", "DDTE", Shape::Moment, concat!($way, "DtdDt")),
            row("98A", "FCOU", Shape::Moment, concat!($way, "FrstPmtDt")),
            row("92A", "PRFC", Shape::Rate, concat!($way, "PrvsFctr")),
            row("92A", "CUFC", Shape::Rate, concat!($way, "CurFctr")),
            row("92A", "NWFC", Shape::Rate, concat!($way, "NxtFctr")),
            row("92A", "INTR", Shape::Rate, concat!($way, "IntrstRate")),
            row("92A", "YTMR", Shape::Rate, concat!($way, "YldToMtrtyRate")),
            row("92A", "NXRT", Shape::Rate, concat!($way, "NxtIntrstRate")),
            row("92A", "INDX", Shape::Rate, concat!($way, "IndxRateBsis")),
            row("13a", "COUP", Shape::Number, concat!($way, "CpnAttchdNb")),
            row("13B", "POOL", Shape::Number, concat!($way, "PoolNb")),
            row("17B", "FRNF", Shape::Flag, concat!($way, "VarblRateInd")),
            row("17B", "CALL", Shape::Flag, concat!($way, "CllblInd")),
            row("17B", "PUTT", Shape::Flag, concat!($way, "PutblInd")),
            row("90a", "MRKT", Shape::Price, concat!($way, "MktOrIndctvPric/Mkt")),
            row("90a", "INDC", Shape::Price, concat!($way, "MktOrIndctvPric/Indctv")),
            row("90a", "EXER", Shape::Price, concat!($way, "ExrcPric")),
            row("", "SUBS", Shape::Price, concat!($way, "SbcptPric")),
            row("", "CONV", Shape::Price, concat!($way, "ConvsPric")),
            row("", "STRK", Shape::Price, concat!($way, "StrkPric")),
            row("36B", "MINO", Shape::Quantity, concat!($way, "MinNmnlQty")),
            row("36B", "SIZE", Shape::Quantity, concat!($way, "CtrctSz")),
            row("35B", "", Shape::Instrument, concat!($way, "UndrlygFinInstrmId")),
            row("70E", "FIAN", Shape::Text, concat!($way, "FinInstrmAttrAddtlDtls")),
        ]
    };
}

/// Attributes of an instrument, from the first own element of an instruction or confirmation.
pub(super) const OF_INSTRUCTION: &[Row] = attributes!("FinInstrmAttrbts/");

/// Attributes of an instrument, from their own element: in statements and allegements.
pub(super) const ATTRIBUTES: &[Row] = attributes!("");

/// A lot.
pub(super) const LOT: &[Row] = &[
    row("13B", "LOTS", Shape::Number, "LotNb"),
    row("36B", "LOTS", Shape::Quantity, "LotQty"),
    row("98a", "LOTS", Shape::Moment, "LotDtTm"),
    row("90a", "LOTS", Shape::Price, "LotPric"),
    row("22F", "PRIC", Shape::Code, "TpOfPric"),
];

/// A lot of what is held: its quantity has a sign.
pub(super) const HELD_LOT: &[Row] = &[
    row("13B", "LOTS", Shape::Number, "LotNb"),
    row("93B", "LOTS", Shape::Balance, "LotQty"),
    row("98a", "LOTS", Shape::Moment, "LotDtTm"),
    row("90a", "LOTS", Shape::Price, "LotPric"),
    row("22F", "PRIC", Shape::Code, "TpOfPric"),
    row("19A", "HOLD", Shape::Amount, "AcctBaseCcyAmts/HldgVal"),
    row("19A", "BOOK", Shape::Amount, "AcctBaseCcyAmts/BookVal"),
];

/// The second leg of a trade.
pub(super) const SECOND_LEG: &[Row] = &[
    row("20C", "SECO", Shape::Reference, "ClsgLegId"),
    row("20C", "REPO", Shape::Reference, "SctiesFincgTradId"),
    row("98a", "TERM", Shape::Moment, "TermntnDt"),
    row("22F", "RERT", Shape::Code, "RateTp"),
    row("22F", "LEGA", Shape::Code, "LglFrmwk"),
    row("22F", "OMAT", Shape::Indicator("YMAT", "NMAT"), "MtrtyDtMod"),
    row("22F", "INTR", Shape::Indicator("YINT", "NINT"), "IntrstPmt"),
    row("92A", "REPO", Shape::Rate, "RpRate"),
    row("99B", "CADE", Shape::Count, "TxCallDely"),
    row("19A", "ACRU", Shape::Amount, "AcrdIntrstAmt"),
    row("19A", "TRTE", Shape::Amount, "TermntnTxAmt"),
    row("70C", "SECO", Shape::Text, "ScndLegNrrtv"),
];
