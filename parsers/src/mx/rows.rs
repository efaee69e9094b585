//! The tables of details: which code of ISO 15022 stands in which element. Ways lead from the first own element, or from
//! the party, lot or amount that they say more of; a version that lacks an element has no place for its detail.

use super::attributes;
use super::details::{Row, Shape::*, row};

/// Of the message as a whole.
pub(super) const GENERAL: &[Row] = &[row("22H", "PREC", Code, "AddtlParams/PreConf")];

/// Of the trade.
#[rustfmt::skip]
pub(super) const TRADE: &[Row] = &[
    row("94H", "CLEA", Place, "TradDtls/PlcOfClr"),
    row("98a", "ADEL", Moment, "TradDtls/LateDlvryDt"),
    row("98a", "CERT", Moment, "AddtlPhysOrRegnDtls/CertfctnDtTm"),
    row("99A", "DAAC", Count, "TradDtls/NbOfDaysAcrd"),
    row("22F", "PROC", Code, "TradDtls/OpngClsg"),
    row("22F", "RPOR", Code, "TradDtls/Rptg"),
    row("22F", "TTCO", Code, "TradDtls/TradTxCond"),
    row("22F", "INCA", Code, "TradDtls/InvstrCpcty"),
    row("22F", "TRCA", Code, "TradDtls/TradOrgtrRole"),
    row("22F", "PRIC", Code, "TradDtls/TpOfPric"),
    row("22F", "BORR", Code, "SttlmParams/AutomtcBrrwg"),
    row("22F", "PRIR", Code, "SttlmParams/Prty"),
    row("11A", "FXIB", Currency, "TradDtls/CcyToBuyOrSell/CcyToBuy"),
    row("11A", "FXIS", Currency, "TradDtls/CcyToBuyOrSell/CcyToSell"),
    row("25D", "MTCH", Code, "TradDtls/MtchgSts"),
    row("25D", "AFFM", Code, "TradDtls/AffirmSts"),
    row("70E", "FXIN", Text, "TradDtls/FxAddtlDtls"),
];

/// Of quantity and account.
#[rustfmt::skip]
pub(super) const ACCOUNT: &[Row] = &[
    row("70D", "DENC", Text, "QtyAndAcctDtls/DnmtnChc"),
    row("13B", "CERT", Number, "AddtlPhysOrRegnDtls/CertNb/Nb"),
    row("94a", "SAFE", Place, "QtyAndAcctDtls/SfkpgPlc"),
];

/// The same, below their own element.
pub(super) const ACCOUNT_ALONE: [Row; 2] =
    [row("70D", "DENC", Text, "DnmtnChc"), row("94a", "SAFE", Place, "SfkpgPlc")];

/// Of the settlement.
#[rustfmt::skip]
pub(super) const SETTLEMENT: &[Row] = &[
    row("", "PREA", Code, "SttlmParams/HldInd/Rsn/Cd"),
    row("22F", "BENE", Indicator("YBEN", "NBEN"), "SttlmParams/BnfclOwnrsh"),
    row("22F", "BLOC", Code, "SttlmParams/BlckTrad"),
    row("22F", "CCPT", Indicator("YCCP", "NCCP"), "SttlmParams/CCPElgblty"),
    row("22F", "RTRN", Code, "SttlmParams/DlvryRtrRsn"),
    row("22F", "CASY", Code, "SttlmParams/CshClrSys"),
    row("22F", "COLA", Code, "SttlmParams/XpsrTp"),
    row("22F", "FXCX", Indicator("FXYE", "FXNO"), "SttlmParams/FxStgInstr"),
    row("22F", "MACL", Code, "SttlmParams/MktClntSd"),
    row("22F", "NETT", Indicator("YNET", "NNET"), "SttlmParams/NetgElgblty"),
    row("22F", "REGT", Code, "SttlmParams/Regn"),
    row("22F", "REPT", Code, "SttlmParams/RpTp"),
    row("22F", "REST", Code, "SttlmParams/LglRstrctns"),
    row("22F", "RTGS", Indicator("YRTG", "NRTG"), "SttlmParams/SctiesRTGS"),
    row("22F", "TRCA", Code, "SttlmParams/SttlgCpcty"),
    row("22F", "SETS", Code, "SttlmParams/SttlmSysMtd"),
    row("22F", "TCPI", Code, "SttlmParams/TaxCpcty"),
    row("22F", "STAM", Code, "SttlmParams/StmpDtyTaxBsis"),
    row("22F", "TRAK", Indicator("YTRA", "NTRA"), "SttlmParams/Trckg"),
    row("22F", "LEOG", Indicator("YLEO", "NLEO"), "SttlmParams/LttrOfGrnt"),
    row("", "RLEG", Flag, "SttlmParams/RtrLeg"),
    row("", "MCAL", Indicator("YMCA", "NMCA"), "SttlmParams/ModCxlAllwd"),
    row("22F", "COLE", Indicator("COLY", "COLN"), "SttlmParams/ElgblForColl"),
    row("", "SSBD", Code, "SttlmParams/DlvrgSctiesSubBalTp"),
    row("", "SSBR", Code, "SttlmParams/RcvgSctiesSubBalTp"),
    row("22F", "CSBT", Code, "SttlmParams/CshSubBalTp"),
];

/// The settlement of a status, whose elements stand for MT's flat sequence.
#[rustfmt::skip]
pub(super) const STATED: &[Row] = &[
    row("98a", "EXSE", Moment, "XpctdSttlmDt"),
    row("98a", "EXVA", Moment, "XpctdValDt"),
    row("98a", "ADEL", Moment, "LateDlvryDt"),
    row("94B", "TRAD", Place, "PlcOfTrad"),
    row("94H", "CLEA", Place, "PlcOfClr"),
];

/// The conditions of a status.
pub(super) const STATED_CONDITIONS: &[Row] = &[row("22F", "STCO", Code, "SttlmParams/SttlmTxCond")];

/// References of a status that have an element of their own.
pub(super) const STATED_REFERENCES: [(&str, &str); 11] = [
    ("CPMI", "TxId/CtrPtyMktInfrstrctrTxId"),
    ("PCTI", "TxId/PrcrTxId"),
    ("COMM", "TxId/CmonId"),
    ("NTSP", "TxId/NetgSvcPrvdrId"),
    ("TRRF", "TxDtls/TradId"),
    ("POOL", "TxDtls/PoolId"),
    ("CORP", "TxDtls/CorpActnEvtId"),
    ("TCTR", "TxDtls/TrptyAgtSvcPrvdrCollTxId"),
    ("CLTR", "TxDtls/ClntTrptyCollTxId"),
    ("CLCI", "TxDtls/ClntCollInstrId"),
    ("TRCI", "TxDtls/TrptyAgtSvcPrvdrCollInstrId"),
];

/// References of a request to change the processing.
pub(super) const REQUEST_REFERENCES: [(&str, &str); 9] = [
    ("PREV", "AcctOwnrTxId"),
    ("RELA", "AcctSvcrTxId"),
    ("MITI", "MktInfrstrctrTxId"),
    ("CPMI", "CtrPtyMktInfrstrctrTxId"),
    ("PCTI", "PrcrTxId"),
    ("POOL", "PoolId"),
    ("COMM", "CmonId"),
    ("TRRF", "TradId"),
    ("TRRF", "UnqTxIdr"),
];

/// The place of safekeeping of a status.
pub(super) const STATED_ACCOUNT: &[Row] = &[row("94a", "SAFE", Place, "SfkpgPlc")];

/// Of a party.
#[rustfmt::skip]
pub(super) const PARTY: &[Row] = &[
    row("98a", "PROC", Moment, "PrcgDt"),
    row("70E", "DECL", Text, "AddtlInf/DclrtnDtls"),
    row("70C", "PACO", Text, "AddtlInf/PtyCtctDtls"),
    row("70D", "REGI", Text, "AddtlInf/RegnDtls"),
];

/// Of the settlement amount. The exchange comes before what it makes: both stand in one element.
#[rustfmt::skip]
pub(super) const AMOUNT: &[Row] = &[
    row("17B", "ACRU", Flag, "AcrdIntrstInd"),
    row("17B", "STAM", Flag, "StmpDtyInd"),
    row("17B", "EXEC", Flag, "BrkrgAmtInd"),
    row("17B", "RSCH", Flag, "RsrchFeeInd"),
    row("19A", "OCMT", Amount, "OrgnlCcyAndOrdrdAmt"),
    row("92B", "EXCH", Exchange, "FXDtls"),
    row("19A", "RESU", Amount, "FXDtls/RsltgAmt"),
    row("98a", "VALU", Moment, "ValDt"),
];

/// Of the second leg.
#[rustfmt::skip]
pub(super) const SECOND_LEG: &[Row] = &[
    row("20C", "REPO", Reference, "SctiesFincgDtls/SctiesFincgTradId"),
    row("20C", "SECO", Reference, "SctiesFincgDtls/ClsgLegId"),
    row("98a", "TERM", Moment, "SctiesFincgDtls/TermntnDt"),
    row("98a", "RERA", Moment, "SctiesFincgDtls/RateChngDt"),
    row("22F", "RERT", Code, "SctiesFincgDtls/RateTp"),
    row("22F", "REVA", Code, "SctiesFincgDtls/Rvaltn"),
    row("22F", "LEGA", Code, "SctiesFincgDtls/LglFrmwk"),
    row("22F", "MICO", Code, "SctiesFincgDtls/IntrstCmptnMtd"),
    row("92A", "REPO", Rate, "SctiesFincgDtls/RpRate"),
    row("92A", "SLMG", Rate, "SctiesFincgDtls/StockLnMrgn"),
    row("92A", "SHAI", Rate, "SctiesFincgDtls/SctiesHrcut"),
    row("92A", "RSPR", Rate, "SctiesFincgDtls/Sprd"),
    row("92A", "PRIC", Rate, "SctiesFincgDtls/PricgRate"),
    row("99B", "CADE", Count, "SctiesFincgDtls/TxCallDely"),
    row("99B", "TOCO", Count, "SctiesFincgDtls/TtlNbOfCollInstrs"),
    row("19A", "DEAL", Amount, "SctiesFincgDtls/DealAmt"),
    row("19A", "ACRU", Amount, "SctiesFincgDtls/AcrdIntrstAmt"),
    row("19A", "FORF", Amount, "SctiesFincgDtls/FrftAmt"),
    row("19A", "REPP", Amount, "SctiesFincgDtls/PrmAmt"),
    row("19A", "TAPC", Amount, "SctiesFincgDtls/TermntnAmtPerPcOfColl"),
    row("19A", "TRTE", Amount, "SctiesFincgDtls/TermntnTxAmt"),
    row("70C", "SECO", Text, "SctiesFincgDtls/ScndLegNrrtv"),
];

/// The second leg as a status repeats it: without an element around.
#[rustfmt::skip]
pub(super) const FINANCED: &[Row] = &[
    row("20C", "REPO", Reference, "SctiesFincgTradId"),
    row("20C", "SECO", Reference, "ClsgLegId"),
    row("98a", "TERM", Moment, "TermntnDt"),
    row("98a", "RERA", Moment, "RateChngDt"),
    row("22F", "RERT", Code, "RateTp"),
    row("92A", "REPO", Rate, "RpRate"),
    row("92A", "SLMG", Rate, "StockLnMrgn"),
    row("92A", "SHAI", Rate, "SctiesHrcut"),
    row("92A", "RSPR", Rate, "Sprd"),
    row("92A", "PRIC", Rate, "PricgRate"),
    row("19A", "TRTE", Amount, "TermntnTxAmt"),
];

/// Cash parties: what they do, and where they stand.
pub(super) const CASH_PARTIES: [(&str, &str); 5] =
    [("DEBT", "Dbtr"), ("PAYE", "DbtrAgt"), ("BENM", "Cdtr"), ("ACCW", "CdtrAgt"), ("INTM", "Intrmy")];

/// Accounts of a cash party beside its own.
pub(super) const CASH_ACCOUNTS: [(&str, &str); 3] =
    [("CHAR", "ChrgsAcct"), ("COMM", "ComssnAcct"), ("TAXE", "TaxAcct")];

/// Parties beside the chains.
pub(super) const OTHER_PARTIES: [(&str, &str); 6] = [
    ("INVE", "Invstr"),
    ("QFIN", "QlfdFrgnIntrmy"),
    ("EXCH", "StockXchg"),
    ("TRRE", "TradRgltr"),
    ("TRAG", "TrptyAgt"),
    ("BRKR", "Brkr"),
];

/// References of others that have an element of their own.
pub(super) const REFERENCES: [(&str, &str); 21] = [
    ("CORP", "SttlmTpAndAddtlParams/CorpActnEvtId"),
    ("CORP", "TxIdDtls/CorpActnEvtId"),
    ("CLCI", "SttlmTpAndAddtlParams/ClntCollInstrId"),
    ("CLCI", "AddtlParams/ClntCollInstrId"),
    ("CLTR", "SttlmTpAndAddtlParams/ClntTrptyCollTxId"),
    ("CLTR", "AddtlParams/ClntTrptyCollTxId"),
    ("TCTR", "SttlmTpAndAddtlParams/TrptyAgtSvcPrvdrCollTxId"),
    ("TCTR", "AddtlParams/TrptyAgtSvcPrvdrCollTxId"),
    ("TRCI", "SttlmTpAndAddtlParams/TrptyAgtSvcPrvdrCollInstrId"),
    ("TRCI", "AddtlParams/TrptyAgtSvcPrvdrCollInstrId"),
    ("PCTI", "TxIdDtls/PrcrTxId"),
    ("PCTI", "TradDtls/PrcrTxId"),
    ("POOL", "TxIdDtls/PoolId"),
    ("CPMI", "TxIdDtls/CtrPtyMktInfrstrctrTxId"),
    ("CPMI", "CtrPtyMktInfrstrctrTxId"),
    ("RELA", "TradDtls/AcctOwnrTxId"),
    ("TRRF", "TradDtls/UnqTxIdr"),
    ("TRRF", "TradDtls/TradId"),
    ("COLR", "TradDtls/CollTxId"),
    ("CERT", "AddtlPhysOrRegnDtls/CertfctnId"),
    ("NONC", "TxIdDtls/NonceId"),
];

/// What references in a linkage are called.
pub(super) const LINKS: [(&str, &str); 11] = [
    ("PREV", "SctiesSttlmTxId"),
    ("ASRF", "AcctSvcrTxId"),
    ("MITI", "MktInfrstrctrTxId"),
    ("CPMI", "CtrPtyMktInfrstrctrTxId"),
    ("POOL", "PoolId"),
    ("COMM", "CmonId"),
    ("TRRF", "UnqTxIdr"),
    ("TRRF", "TradId"),
    ("INTP", "IntraPosMvmntId"),
    ("INTB", "IntraBalMvmntId"),
    ("RELA", "OthrTxId"),
];

/// Every row with the sequence of MT that it stands for: sequence, field, qualifier, way.
pub fn detail_rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str, &'static str)> {
    let tables = [
        ("GENL", GENERAL),
        ("FIA", attributes::OF_INSTRUCTION),
        ("TRADDET", TRADE),
        ("FIAC", ACCOUNT),
        ("REPO", SECOND_LEG),
        ("SETDET", SETTLEMENT),
    ];
    tables
        .into_iter()
        .flat_map(|(sequence, rows)| rows.iter().map(move |row| (sequence, row.tag, row.code, row.path)))
}
