//! What statements and allegements say of an instrument, of lots and of the second leg of a trade: rows of both standards.

use super::details::{Row, Shape, row};

/// Attributes of an instrument.
pub(super) const ATTRIBUTES: &[Row] = &[
    row("94B", "PLIS", Shape::Place, "PlcOfListg"),
    row("22F", "MICO", Shape::Code, "DayCntBsis"),
    row("22F", "FORM", Shape::Code, "RegnForm"),
    row("22F", "PFRE", Shape::Code, "PmtFrqcy"),
    row("22F", "PAYS", Shape::Code, "PmtSts"),
    row("22F", "CFRE", Shape::Code, "VarblRateChngFrqcy"),
    row("12a", "CLAS", Shape::Code, "ClssfctnTp/ClssfctnFinInstrm"),
    row("12a", "CLAS", Shape::Code, "ClssfctnTp/AltrnClssfctn"),
    row("12B", "OPST", Shape::Code, "OptnStyle"),
    row("12B", "OPTI", Shape::Code, "OptnTp"),
    row("11A", "DENO", Shape::Currency, "DnmtnCcy"),
    row("98A", "COUP", Shape::Moment, "CpnDt"),
    row("98A", "EXPI", Shape::Moment, "XpryDt"),
    row("98A", "FRNR", Shape::Moment, "FltgRateFxgDt"),
    row("98A", "MATU", Shape::Moment, "MtrtyDt"),
    row("98A", "ISSU", Shape::Moment, "IsseDt"),
    row("98A", "CALD", Shape::Moment, "NxtCllblDt"),
    row("98A", "PUTT", Shape::Moment, "PutblDt"),
    row("98A", "DDTE", Shape::Moment, "DtdDt"),
    row("98A", "FCOU", Shape::Moment, "FrstPmtDt"),
    row("92A", "PRFC", Shape::Rate, "PrvsFctr"),
    row("92A", "CUFC", Shape::Rate, "CurFctr"),
    row("92A", "NWFC", Shape::Rate, "NxtFctr"),
    row("92A", "INTR", Shape::Rate, "IntrstRate"),
    row("92A", "YTMR", Shape::Rate, "YldToMtrtyRate"),
    row("92A", "NXRT", Shape::Rate, "NxtIntrstRate"),
    row("92A", "INDX", Shape::Rate, "IndxRateBsis"),
    row("13a", "COUP", Shape::Number, "CpnAttchdNb"),
    row("13B", "POOL", Shape::Number, "PoolNb"),
    row("17B", "FRNF", Shape::Flag, "VarblRateInd"),
    row("17B", "CALL", Shape::Flag, "CllblInd"),
    row("17B", "PUTT", Shape::Flag, "PutblInd"),
    row("90a", "MRKT", Shape::Price, "MktOrIndctvPric/Mkt"),
    row("90a", "INDC", Shape::Price, "MktOrIndctvPric/Indctv"),
    row("90a", "EXER", Shape::Price, "ExrcPric"),
    row("90a", "SUBS", Shape::Price, "SbcptPric"),
    row("90a", "CONV", Shape::Price, "ConvsPric"),
    row("90a", "STRI", Shape::Price, "StrkPric"),
    row("36B", "MINO", Shape::Quantity, "MinNmnlQty"),
    row("36B", "SIZE", Shape::Quantity, "CtrctSz"),
    row("35B", "", Shape::Instrument, "UndrlygFinInstrmId"),
    row("70E", "FIAN", Shape::Text, "FinInstrmAttrAddtlDtls"),
];

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
