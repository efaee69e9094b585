//! semt.044: what failing and late transactions cost (MT537 and MT548 with 23G PENA).

use super::details::{self, Row, Shape, put_value, row};
use super::details::{put as put_details, read as read_details};
use super::encode::{Draft, Losses};
use super::issued;
use super::listed;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parties::{self, NOT_PROVIDED, Place, put_party};
use super::parts::{self, Unread, decimal, may};
use super::schema::{Schema, TypeId};
use super::sheet::show;
use super::statement::{self, REPORT};
use super::statuses;
use crate::codec::EncodeError;
use crate::model::{
    Amount, CounterpartyPenalties, Covers, CurrencyPenalties, Detail, DetailValue as V, Event, Moment, Party,
    Penalty, PenaltyKind, PenaltyList, PenaltyMethod, PenaltyReport, PenaltySource, Reason,
    RelatedTransaction, StatedAccount, StatementHeader, Status, StatusKind,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesTxPnltiesRpt";

const KINDS: [(&str, PenaltyKind); 2] =
    [("SEFP", PenaltyKind::SettlementFail), ("LMFP", PenaltyKind::LateMatching)];

const METHODS: [(&str, PenaltyMethod); 4] = [
    ("SECU", PenaltyMethod::Securities),
    ("CASH", PenaltyMethod::Cash),
    ("BOTH", PenaltyMethod::Both),
    ("MIXE", PenaltyMethod::Mixed),
];

/// What else is said of the penalties in one currency.
const CURRENCY: &[Row] = &[
    row("20C", "CPRF", Shape::Reference, "CshPnltyId"),
    row("98a", "PAYD", Shape::Moment, "CshSttlmDt"),
    row("99A", "NBCP", Shape::Count, "NbOfCtrPties"),
];

/// Other parties of the penalties in one currency.
const CURRENCY_PARTIES: &[Row] =
    &[row("95a", "CASD", Shape::Party, "CtrPtyCSD"), row("95a", "DCSD", Shape::Party, "CSDDpstry")];

/// Other parties of the penalties with one counterparty.
const COUNTERPARTY: &[Row] = &[row("95a", "ASDP", Shape::Party, "AcctSvcr")];

/// References of a penalty beside the common one.
const REFERENCES: &[Row] = &[
    row("20C", "PREF", Shape::Reference, "Id/Id"),
    row("20C", "PPCM", Shape::Reference, "Id/RallcnId/MktInfrstrctrId"),
    row("20C", "PPRF", Shape::Reference, "Id/RallcnId/Id"),
];

/// What else is said of a penalty.
const PENALTY: &[Row] = &[row("17B", "INSO", Shape::Flag, "Inslvncy")];

/// What is said of an instrument on a day.
const ATTRIBUTES: &[Row] = &[
    row("17B", "PENA", Shape::Flag, "SbjtToPnlties"),
    row("12a", "CLAS", Shape::Code, "ClssfctnTp/ClssfctnFinInstrm"),
    row("12a", "CLAS", Shape::Code, "ClssfctnTp/AltrnClssfctn"),
    row("17B", "LIQU", Shape::Flag, "Lqdty"),
    row("94a", "TRAD", Shape::Place, "PricData/SrcOfPric"),
    row("98a", "PRIC", Shape::Moment, "PricData/QtnDt"),
    row("92B", "GOMB", Shape::Exchange, "FXData"),
];

/// What else is said of a day.
const DAY: &[Row] = &[
    row("17B", "MISS", Shape::Flag, "MssngRefData"),
    row("92A", "PRRA", Shape::Rate, "FinInstrmAttrbts/SctiesPnltyRateData/Rate"),
    row("17B", "SMEG", Shape::Flag, "FinInstrmAttrbts/SctiesPnltyRateData/SMEGrwthMkt"),
    row("92A", "DISC", Shape::Rate, "DscntRate"),
    row("92B", "EXCH", Shape::Exchange, "FXData"),
];

/// Other references of the transaction.
const TRANSACTION: &[Row] = &[
    row("20C", "TRRF", Shape::Reference, "TradId"),
    row("20C", "UTIX", Shape::Reference, "UnqTxIdr"),
    row("20C", "ASRF", Shape::Reference, "AcctSvcrTxId"),
    row("20C", "PCTI", Shape::Reference, "CtrPtyMktInfrstrctrTxId"),
    row("20C", "PROC", Shape::Reference, "PrcrTxId"),
    row("20C", "COMM", Shape::Reference, "CmonId"),
    row("20U", "NESP", Shape::Reference, "NetgSvcPrvdrId"),
    row("20C", "CORP", Shape::Reference, "CorpActnEvtId"),
    row("20C", "RELA", Shape::Reference, "RltdTxId"),
];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let root = reading.root;
    let mut header = statement::head(reading, &REPORT)?;
    let general = root.get(REPORT.general).ok_or_else(|| Unread::missing(root, REPORT.general))?;
    let kind = general.get("PnltyListTp").and_then(details::code);
    if header.update.is_none() {
        header.update.clone_from(&kind);
    }
    let currencies = root.all("Pnlty").map(currency).collect::<Result<_, _>>()?;
    let period = general.get(REPORT.period).and_then(statement::period);
    let list = PenaltyList {
        period: period.filter(|period| header.covers != Covers::Period(period.clone())),
        kind: kind.unwrap_or_else(|| "CURR".to_owned()),
        depository: root.get("AcctSvcr").and_then(parties::party),
        currencies,
        details: Vec::new(),
    };
    let source = PenaltySource::Statement(Box::new(header));
    Ok(Event::Penalties(Box::new(PenaltyReport {
        supplementary: Vec::new(),
        source,
        lists: vec![list],
        additional: Vec::new(),
    })))
}

/// Money, negative when it is a debit.
fn signed(at: At<'_, '_>) -> Option<Amount> {
    let amount = details::amount(at)?;
    let debit = at.value("CdtDbt") == Some("DBIT") && !amount.value().is_zero();
    Some(if debit { Amount::new(amount.currency(), -amount.value()) } else { amount })
}

fn need_party(at: At<'_, '_>, path: &str) -> Result<Party, Unread> {
    at.get(path).and_then(parties::party).ok_or_else(|| Unread::missing(at, path))
}

/// In which capacity a party acts; where it is not said, a participant.
fn capacity(at: At<'_, '_>) -> String {
    at.get("PtyId/Tp").and_then(details::code).unwrap_or_else(|| "CSDP".to_owned())
}

fn cash_account(at: At<'_, '_>) -> Option<Detail> {
    let account =
        ["CshAcct/IBAN", "CshAcct/Othr/Id", "CshAcct/Prtry"].iter().find_map(|path| at.value(path))?;
    Some(Detail::new("CASH", V::Account(StatedAccount::from(account.parse::<crate::model::Account>().ok()?))))
}

fn currency(at: At<'_, '_>) -> Result<CurrencyPenalties, Unread> {
    let sum = |path: &str| at.get(path).and_then(signed);
    let mut said: Vec<Detail> = cash_account(at).into_iter().collect();
    said.extend(read_details(at, CURRENCY));
    Ok(CurrencyPenalties {
        currency: may(at, "Ccy"),
        computed: at.get("Dt").and_then(details::moment),
        party: need_party(at, "PtyId/Id")?,
        parties: read_details(at, CURRENCY_PARTIES),
        capacity: capacity(at),
        debit: sum("AggtdAmt/AggtdDbtAmt"),
        credit: sum("AggtdAmt/AggtdCdtAmt"),
        net: sum("AggtdAmt/GblNetAmt"),
        counterparties: at.all("PnltyPerCtrPty").map(counterparty).collect::<Result<_, _>>()?,
        details: said,
    })
}

fn counterparty(at: At<'_, '_>) -> Result<CounterpartyPenalties, Unread> {
    let mut parties = vec![Detail::new("REPA", V::Party(need_party(at, "PtyId/Id")?))];
    parties.extend(read_details(at, COUNTERPARTY));
    Ok(CounterpartyPenalties {
        parties,
        capacity: capacity(at),
        net: at.get("AggtdNetAmt").and_then(signed).ok_or_else(|| Unread::missing(at, "AggtdNetAmt"))?,
        penalties: at.all("PnltyDtls").map(penalty).collect::<Result<_, _>>()?,
        details: Vec::new(),
    })
}

fn penalty(at: At<'_, '_>) -> Result<Penalty, Unread> {
    let calculation: Vec<_> = at.all("ClctnData").map(day).collect::<Result<_, _>>()?;
    let kind = at.value("Tp").and_then(|code| KINDS.iter().find(|(known, _)| *known == code));
    let method = at.value("ClctnMtd").and_then(|code| METHODS.iter().find(|(known, _)| *known == code));
    let days = may(at, "NbOfDays").or_else(|| i32::try_from(calculation.len()).ok());
    Ok(Penalty {
        common_reference: parts::need(at, "Id/MktInfrstrctrId")?,
        references: read_details(at, REFERENCES),
        kind: kind.ok_or_else(|| Unread::missing(at, "Tp"))?.1,
        method: method.map_or(PenaltyMethod::Securities, |(_, method)| *method),
        status: at.get("Sts/Sts").and_then(details::code),
        reasons: at.get("Sts").map(|at| at.all("Rsn").filter_map(reason).collect()).unwrap_or_default(),
        amount: at.get("CmptdAmt").and_then(signed).ok_or_else(|| Unread::missing(at, "CmptdAmt"))?,
        days: days.unwrap_or_default(),
        calculation,
        transaction: at.get("RltdTx").map(transaction),
        details: read_details(at, PENALTY),
    })
}

fn reason(at: At<'_, '_>) -> Option<Reason> {
    let (code, issuer) = statuses::own_code(at.get("Rsn")?)?;
    Some(Reason { code, issuer, text: at.value("AddtlStsRsn").map(str::to_owned) })
}

fn day(at: At<'_, '_>) -> Result<crate::model::PenaltyDay, Unread> {
    let instrument = at.get("FinInstrmAttrbts");
    let mut attributes = instrument.map(|at| read_details(at, ATTRIBUTES)).unwrap_or_default();
    attributes.extend(instrument.and_then(|at| at.get("PricData/Val")).and_then(price));
    let part = |kind: &str| {
        let mut parts = at.all("SubAmtPnltyBrkdwn").filter(|part| part.value("Tp") == Some(kind));
        parts.next().and_then(details::amount)
    };
    Ok(crate::model::PenaltyDay {
        day: at.get("Dt").and_then(details::moment).ok_or_else(|| Unread::missing(at, "Dt"))?,
        instrument: instrument.and_then(|at| at.get("Id")).map(parts::instrument),
        attributes,
        securities: part("SECU"),
        cash: part("CASH"),
        details: read_details(at, DAY),
    })
}

fn price(at: At<'_, '_>) -> Option<Detail> {
    use crate::model::Price;
    let money = at.get("Amt");
    let price = match money {
        Some(money) => Price::actual(money.attribute("Ccy")?.value().parse().ok()?, decimal(money.text())?),
        None => Price::percentage(decimal(at.value("Rate")?)?),
    };
    Some(Detail::new("MRKT", V::Price(price)))
}

fn transaction(at: At<'_, '_>) -> RelatedTransaction {
    let names = at.get("Ref");
    let of = |path: &str| names.and_then(|at| listed::reference(at, path));
    let mut statuses = Vec::new();
    let facts = at.get("TxDtls").map(|at| {
        if let Some(failing) = at.get("SttlmStsFlng") {
            statuses.push(Status { kind: StatusKind::Failing, reasons: statuses::reasons(failing) });
        }
        let mut facts = listed::facts(at);
        facts.details.extend(cash_account(at));
        facts
    });
    RelatedTransaction {
        instruction: of("AcctOwnrTxId").filter(|r| r.as_str() != listed::NO_REFERENCE),
        market_reference: of("MktInfrstrctrTxId"),
        references: names.map(|at| read_details(at, TRANSACTION)).unwrap_or_default(),
        facts,
        statuses,
    }
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::Penalties(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let mut root = Draft::new(ROOT);
    let (list, more) = e
        .lists
        .split_first()
        .ok_or_else(|| EncodeError::Missing { field: "lists", message: "semt.044".to_owned() })?;
    for list in more {
        writing.losses.add(
            "lists",
            &list.kind,
            "a report has one list: write the others in reports of their own",
        );
    }
    let mut header = head(e, list, writing);
    header.update.take_if(|update| *update == list.kind);
    statement::put_head(&mut root, &header, &REPORT, writing)?;
    let sender = writing.envelope.sender.clone();
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let general = schema.down(schema.own(), REPORT.general).unwrap_or(schema.own());
    let place = (schema, general);
    let draft = root.at(REPORT.general);
    put_value(place, draft, (Shape::Code, "PnltyListTp"), &V::Code(list.kind.clone()), "lists.kind", losses);
    match &list.period {
        Some(period) if matches!(header.covers, Covers::At(_)) => {
            let period = V::Period(period.clone());
            put_value(place, draft, (Shape::Period, REPORT.period), &period, "lists.period", losses);
        }
        Some(period) => {
            losses.add("lists.period", show(&V::Period(period.clone())), "the report says its own period")
        }
        None => {}
    }
    let depository = list.depository.clone().or_else(|| {
        let sender = sender.parse().ok().filter(crate::model::Bic::is_of_a_country).map(Party::bic)?;
        losses.add(
            "lists.depository",
            statement::show_party(&sender),
            "who computed them must be said: the sender stands",
        );
        Some(sender)
    });
    if let Some(depository) = &depository {
        put_party(root.at("AcctSvcr"), "lists.depository", depository, Place::Chain, losses)?;
    }
    put_details(place, &mut Draft::new(""), &[], &list.details, "lists.details", losses);
    for of in &list.currencies {
        put_currency(schema, &mut root, of, losses)?;
    }
    statement::lose_additional(&e.additional, losses);
    Ok(root)
}

/// The head of the report; an advice about one transaction has none, and gets one.
fn head(e: &PenaltyReport, list: &PenaltyList, writing: &mut Writing<'_>) -> StatementHeader {
    let losses = &mut writing.losses;
    match &e.source {
        PenaltySource::Statement(header) => (**header).clone(),
        PenaltySource::Advice { id, prepared, linkages, .. } => {
            losses.add(
                "source",
                id,
                "an advice of penalties stands as a report, without the status of its transaction",
            );
            let account =
                NOT_PROVIDED.parse::<crate::model::Account>().expect("an account of eleven letters");
            let made = prepared.unwrap_or_else(|| writing.envelope.created.utc());
            if prepared.is_none() && list.currencies.iter().all(|of| of.computed.is_none()) {
                let why = "the advice says no time: that of its sending stands as the report's";
                losses.add("source.prepared", made, why);
            }
            let computed = list.currencies.iter().find_map(|of| of.computed.clone());
            let covers = Covers::At(computed.unwrap_or(Moment::Instant(made)));
            let head = StatementHeader::new(id.clone(), StatedAccount::from(account), covers);
            StatementHeader { prepared: *prepared, linkages: linkages.clone(), ..head }
        }
    }
}

/// Writes money with the side it is on.
fn put_signed(draft: &mut Draft, field: &'static str, amount: &Amount) {
    let debit = amount.value().is_sign_negative() && !amount.value().is_zero();
    draft.set_money("Amt", field, amount.value().abs(), amount.currency());
    draft.set("CdtDbt", field, if debit { "DBIT" } else { "CRDT" });
}

/// Writes money that has no side; the sign is a loss.
fn put_unsigned(
    draft: &mut Draft,
    path: &'static str,
    field: &'static str,
    amount: &Amount,
    losses: &mut Losses,
) {
    if amount.value().is_sign_negative() && !amount.value().is_zero() {
        losses.add(field, amount, "the message has no sign here: the figure stands without it");
    }
    draft.set_money(path, field, amount.value().abs(), amount.currency());
}

/// Writes a cash account and gives back what else is said.
fn put_cash_account(draft: &mut Draft, other: &'static str, list: &[Detail]) -> Vec<Detail> {
    let mut rest = list.to_vec();
    let at = rest.iter().position(|d| d.code == "CASH" && matches!(d.value, V::Account(_)));
    if let Some(Detail { value: V::Account(account), .. }) = at.map(|at| rest.remove(at)) {
        let name = if parts::is_iban(account.id.as_str()) { "CshAcct/IBAN" } else { other };
        draft.set(name, "details.CASH", &account.id);
    }
    rest
}

fn put_currency(
    schema: &Schema,
    root: &mut Draft,
    of: &CurrencyPenalties,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let Some(place) = schema.down(schema.own(), "Pnlty") else { return Ok(()) };
    let mut draft = Draft::new("Pnlty");
    let sums = [of.net, of.debit, of.credit];
    let known = of.currency.or(sums.iter().flatten().next().map(Amount::currency));
    let known = known.or(of.counterparties.first().map(|c| c.net.currency()));
    draft.set_some("Ccy", "lists.currencies.currency", known);
    if let (None, Some(known)) = (of.currency, known) {
        losses.add("lists.currencies.currency", known, "it must be said: that of the amounts stands");
    }
    if let Some(at) = &of.computed {
        let value = V::Moment(at.clone());
        put_value(
            (schema, place),
            &mut draft,
            (Shape::Moment, "Dt"),
            &value,
            "lists.currencies.computed",
            losses,
        );
    }
    let field = "lists.currencies.party";
    put_party(draft.at("PtyId").at("Id"), field, &of.party, Place::Chain, losses)?;
    put_capacity(schema, place, &mut draft, "lists.currencies.capacity", &of.capacity, losses);
    put_details(
        (schema, place),
        &mut draft,
        CURRENCY_PARTIES,
        &of.parties,
        "lists.currencies.parties",
        losses,
    );
    let sums = [
        ("AggtdAmt/AggtdDbtAmt", "lists.currencies.debit", &of.debit),
        ("AggtdAmt/AggtdCdtAmt", "lists.currencies.credit", &of.credit),
    ];
    for (path, field, amount) in sums {
        if let Some(amount) = amount {
            put_unsigned(&mut draft, path, field, amount, losses);
        }
    }
    if let Some(net) = &of.net {
        put_signed(draft.at("AggtdAmt/GblNetAmt"), "lists.currencies.net", net);
    }
    let rest = put_cash_account(&mut draft, "CshAcct/Othr/Id", &of.details);
    put_details((schema, place), &mut draft, CURRENCY, &rest, "lists.currencies.details", losses);
    draft.fit((schema, place), losses);
    for counterparty in &of.counterparties {
        put_counterparty((schema, place), &mut draft, counterparty, losses)?;
    }
    root.take_child("Pnlty", draft);
    Ok(())
}

fn put_capacity(
    schema: &Schema,
    of: TypeId,
    draft: &mut Draft,
    field: &'static str,
    capacity: &str,
    losses: &mut Losses,
) {
    let Some(of) = schema.down(of, "PtyId") else { return };
    put_value(
        (schema, of),
        draft.at("PtyId"),
        (Shape::Code, "Tp"),
        &V::Code(capacity.to_owned()),
        field,
        losses,
    );
}

fn put_counterparty(
    (schema, around): (&Schema, TypeId),
    draft: &mut Draft,
    of: &CounterpartyPenalties,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let Some(place) = schema.down(around, "PnltyPerCtrPty") else { return Ok(()) };
    let mut below = Draft::new("PnltyPerCtrPty");
    let field = "lists.currencies.counterparties.parties";
    let mut parties = of.parties.iter();
    if let Some(Detail { code, value: V::Party(party) }) = parties.next() {
        put_party(below.at("PtyId").at("Id"), field, party, Place::Chain, losses)?;
        if code != "REPA" {
            losses.add(field, code, "it stands as the counterparty");
        }
    }
    let others: Vec<Detail> = parties.cloned().collect();
    put_details((schema, place), &mut below, COUNTERPARTY, &others, field, losses);
    put_capacity(schema, place, &mut below, "lists.currencies.counterparties.capacity", &of.capacity, losses);
    put_signed(below.at("AggtdNetAmt"), "lists.currencies.counterparties.net", &of.net);
    let field = "lists.currencies.counterparties.details";
    put_details((schema, place), &mut below, &[], &of.details, field, losses);
    below.fit((schema, place), losses);
    if let Some(place) = schema.down(place, "PnltyDtls") {
        for penalty in &of.penalties {
            below.take_child("PnltyDtls", draft_penalty((schema, place), penalty, losses)?);
        }
    }
    draft.take_child("PnltyPerCtrPty", below);
    Ok(())
}

fn draft_penalty(
    place: (&Schema, TypeId),
    penalty: &Penalty,
    losses: &mut Losses,
) -> Result<Draft, EncodeError> {
    let mut draft = Draft::new("PnltyDtls");
    draft.set("Id/MktInfrstrctrId", "common_reference", &penalty.common_reference);
    put_details(place, &mut draft, REFERENCES, &penalty.references, "penalties.references", losses);
    let kind = KINDS.iter().find(|(_, kind)| *kind == penalty.kind).map(|(code, _)| *code);
    let method = METHODS.iter().find(|(_, method)| *method == penalty.method).map(|(code, _)| *code);
    draft.set_some("Tp", "penalties.kind", kind);
    draft.set_some("ClctnMtd", "penalties.method", method);
    put_status(place, &mut draft, penalty, losses);
    put_signed(draft.at("CmptdAmt"), "penalties.amount", &penalty.amount);
    draft.set("NbOfDays", "penalties.days", penalty.days);
    put_details(place, &mut draft, PENALTY, &penalty.details, "penalties.details", losses);
    draft.fit(place, losses);
    for day in &penalty.calculation {
        put_day(place, &mut draft, day, losses);
    }
    if let (Some(of), Some(transaction)) = (place.0.down(place.1, "RltdTx"), &penalty.transaction) {
        put_transaction((place.0, of), draft.at("RltdTx"), transaction, losses)?;
    }
    Ok(draft)
}

fn put_status((schema, of): (&Schema, TypeId), draft: &mut Draft, penalty: &Penalty, losses: &mut Losses) {
    let Some(of) = schema.down(of, "Sts") else { return };
    let Some(status) = &penalty.status else {
        for reason in &penalty.reasons {
            losses.add("penalties.reasons", &reason.code, "a reason needs a status");
        }
        return;
    };
    let mut element = Draft::new("Sts");
    let value = V::Code(status.clone());
    put_value((schema, of), &mut element, (Shape::Code, "Sts"), &value, "penalties.status", losses);
    for reason in &penalty.reasons {
        let Some(of) = schema.down(of, "Rsn") else { continue };
        let mut below = Draft::new("Rsn");
        let mut code =
            reason.issuer.as_ref().map_or(reason.code.clone(), |by| issued::joined(by, &reason.code));
        let field = "penalties.reasons.code";
        // In words alone: the message has a code for it.
        if code == "NARR" {
            "OTHR".clone_into(&mut code);
            losses.add(field, "NARR", "a reason in words stands as OTHR");
        }
        put_value((schema, of), &mut below, (Shape::Code, "Rsn"), &V::Code(code), field, losses);
        let words = reason.text.clone().map(V::Text);
        if let Some(words) = words {
            put_value(
                (schema, of),
                &mut below,
                (Shape::Text, "AddtlStsRsn"),
                &words,
                "penalties.reasons.text",
                losses,
            );
        }
        element.take_child("Rsn", below);
    }
    if element.fit((schema, of), losses) {
        draft.take_child("Sts", element);
    } else {
        losses.add("penalties.status", status, "the message does not know this status");
    }
}

fn put_day(
    (schema, around): (&Schema, TypeId),
    draft: &mut Draft,
    day: &crate::model::PenaltyDay,
    losses: &mut Losses,
) {
    let Some(of) = schema.down(around, "ClctnData") else { return };
    let place = (schema, of);
    let mut below = Draft::new("ClctnData");
    put_value(
        place,
        &mut below,
        (Shape::Moment, "Dt"),
        &V::Moment(day.day.clone()),
        "calculation.day",
        losses,
    );
    if let Some(instrument) = &day.instrument {
        parts::put_instrument(below.at("FinInstrmAttrbts/Id"), "calculation.instrument", instrument);
    }
    if let Some(of) = schema.down(of, "FinInstrmAttrbts") {
        let attributes = below.at("FinInstrmAttrbts");
        let mut rest = day.attributes.clone();
        if let Some(at) = rest.iter().position(|d| d.code == "MRKT" && matches!(d.value, V::Price(_))) {
            put_day_price(attributes, &rest.remove(at).value, losses);
        }
        let priced = attributes.find("PricData").is_some();
        rest.retain(|detail| {
            let of_price = ["TRAD", "PRIC"].contains(&detail.code.as_str()) && !priced;
            if of_price {
                losses.add(
                    "calculation.attributes",
                    show(&detail.value),
                    "it is said of a price, and there is none",
                );
            }
            !of_price
        });
        put_details((schema, of), attributes, ATTRIBUTES, &rest, "calculation.attributes", losses);
    }
    for (kind, field, amount) in
        [("SECU", "calculation.securities", &day.securities), ("CASH", "calculation.cash", &day.cash)]
    {
        if let Some(amount) = amount {
            let part = below.add("SubAmtPnltyBrkdwn");
            put_unsigned(part, "Amt", field, amount, losses);
            part.set("Tp", field, kind);
        }
    }
    put_details(place, &mut below, DAY, &day.details, "calculation.details", losses);
    if below.fit(place, losses) {
        draft.take_child("ClctnData", below);
    } else {
        let why = "left out: the message says a day with its instrument alone";
        losses.add("calculation", show(&V::Moment(day.day.clone())), why);
    }
}

fn put_day_price(draft: &mut Draft, value: &V, losses: &mut Losses) {
    let V::Price(price) = value else { return };
    match price.currency {
        Some(currency) => {
            draft.set_money("PricData/Val/Amt", "calculation.attributes", price.value, currency)
        }
        None => draft.set("PricData/Val/Rate", "calculation.attributes", price.value),
    }
    if price.kind != crate::model::PriceKind::Percentage && price.currency.is_none() {
        losses.add(
            "calculation.attributes",
            show(value),
            "a price that is no money is read as one in per cent",
        );
    }
}

fn put_transaction(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    transaction: &RelatedTransaction,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let names = draft.at("Ref");
    let owner = transaction.instruction.as_ref().map_or(listed::NO_REFERENCE, |r| r.as_str());
    names.set("AcctOwnrTxId", "transaction.instruction", owner);
    names.set_some(
        "MktInfrstrctrTxId",
        "transaction.market_reference",
        transaction.market_reference.as_ref(),
    );
    if let Some(of) = schema.down(of, "Ref") {
        let field = "transaction.references";
        put_details((schema, of), names, TRANSACTION, &transaction.references, field, losses);
    }
    let Some(facts) = &transaction.facts else { return Ok(()) };
    let mut facts = facts.clone();
    let mut beside = Draft::new("TxDtls");
    facts.details = put_cash_account(&mut beside, "CshAcct/Prtry", &facts.details);
    listed::put_facts((schema, of), draft, &facts, losses)?;
    if draft.find("TxDtls").is_none() {
        return Ok(());
    }
    let element = draft.at("TxDtls");
    element.take_all(beside);
    let mut taken = false;
    for status in &transaction.statuses {
        let Some(of) =
            schema.down(of, "TxDtls/SttlmStsFlng").filter(|_| !taken && status.kind == StatusKind::Failing)
        else {
            losses.add(
                "transaction.statuses",
                format!("{:?}", status.kind),
                "a penalty says why it fails, once",
            );
            continue;
        };
        taken = true;
        let field = "transaction.statuses";
        statuses::put_reasons((schema, of), element.at("SttlmStsFlng"), field, &status.reasons, losses);
    }
    Ok(())
}
