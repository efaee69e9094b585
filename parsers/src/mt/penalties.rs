//! The penalties of MT537 and MT548 (23G PENA) and the penalty report.

use super::arrange::Block;
use super::details::{self, Details};
use super::encode::Writer;
use super::message::Message;
use super::sections::{self, Section, Unread};
use super::{facts, statement, transactions, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    CounterpartyPenalties, CurrencyPenalties, Detail, DetailValue as V, Event, Penalty, PenaltyDay,
    PenaltyKind, PenaltyList, PenaltyMethod, PenaltyReport, PenaltySource, Reason, RelatedTransaction,
    StatementHeader,
};

const KINDS: [(&str, PenaltyKind); 2] =
    [("SEFP", PenaltyKind::SettlementFail), ("LMFP", PenaltyKind::LateMatching)];

const METHODS: [(&str, PenaltyMethod); 4] = [
    ("SECU", PenaltyMethod::Securities),
    ("CASH", PenaltyMethod::Cash),
    ("BOTH", PenaltyMethod::Both),
    ("MIXE", PenaltyMethod::Mixed),
];

/// The quantity and amount of the related transaction.
const POSTED: &str = "PSTA";

/// What is left of an MT537 with 23G PENA behind its head.
pub(super) fn read_statement<'a>(
    mut root: Section<'a>,
    header: StatementHeader,
    unread: &mut Unread<'a>,
) -> Result<Event, &'static str> {
    let source = PenaltySource::Statement(Box::new(header));
    report(&mut root, source, unread).inspect(|_| root.give_up(unread))
}

/// What an MT548 with 23G PENA means.
pub(super) fn read_advice<'a>(message: &Message<'a>, unread: &mut Unread<'a>) -> Result<Event, &'static str> {
    let mut root = sections::read(message);
    let mut general = root.take_one("GENL").ok_or("sequence GENL")?;
    general.field(b"23G");
    let prepared = statement::instant(&mut general, b"PREP");
    let linkages = statement::linkages(general.take("LINK"), unread);
    let statuses = transactions::statement_statuses(&mut general, unread);
    let id = general.details(unread).reference("SEME").ok_or("20C::SEME")?;
    let facts = root.take_one("SETTRAN").map(|s| Box::new(facts::read(s, "SETT", unread)));
    let source = PenaltySource::Advice { id, prepared, linkages, statuses, facts };
    report(&mut root, source, unread).inspect(|_| root.give_up(unread))
}

fn report<'a>(
    root: &mut Section<'a>,
    source: PenaltySource,
    unread: &mut Unread<'a>,
) -> Result<Event, &'static str> {
    let lists = lists(root, unread)?;
    let additional = statement::additional(root, unread);
    Ok(Event::Penalties(Box::new(PenaltyReport { supplementary: Vec::new(), source, lists, additional })))
}

/// All PENA sequences.
pub(super) fn lists<'a>(
    root: &mut Section<'a>,
    unread: &mut Unread<'a>,
) -> Result<Vec<PenaltyList>, &'static str> {
    root.take("PENA").into_iter().map(|section| list(section, unread)).collect()
}

fn list<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> Result<PenaltyList, &'static str> {
    let currencies = section.take("PENACUR").into_iter().map(|s| currency(s, unread));
    let currencies = currencies.collect::<Result<_, _>>()?;
    let mut d = section.details(unread);
    Ok(PenaltyList {
        period: d.period("STAT"),
        kind: d.code("CODE").ok_or("22F::CODE")?,
        depository: d.party("ASDP"),
        currencies,
        details: d.rest(),
    })
}

fn currency<'a>(
    mut section: Section<'a>,
    unread: &mut Unread<'a>,
) -> Result<CurrencyPenalties, &'static str> {
    let counterparties = section.take("PENACOUNT").into_iter().map(|s| counterparty(s, unread));
    let counterparties = counterparties.collect::<Result<_, _>>()?;
    let mut d = section.details(unread);
    Ok(CurrencyPenalties {
        currency: d.currency("PECU"),
        computed: d.moment("DACO"),
        party: d.party("REPA").ok_or("95a::REPA")?,
        parties: d.all(details::is_party),
        capacity: d.code("TRCA").ok_or("22F::TRCA")?,
        debit: d.amount("AGDE"),
        credit: d.amount("AGCR"),
        net: d.amount("GBNT"),
        counterparties,
        details: d.rest(),
    })
}

fn counterparty<'a>(
    mut section: Section<'a>,
    unread: &mut Unread<'a>,
) -> Result<CounterpartyPenalties, &'static str> {
    let penalties = section.take("PENDET").into_iter().map(|s| penalty(s, unread));
    let penalties = penalties.collect::<Result<_, _>>()?;
    let mut d = section.details(unread);
    Ok(CounterpartyPenalties {
        parties: d.all(details::is_party),
        capacity: d.code("TRCA").ok_or("22F::TRCA")?,
        net: d.amount("AGNT").ok_or("19A::AGNT")?,
        penalties,
        details: d.rest(),
    })
}

fn penalty<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> Result<Penalty, &'static str> {
    let status = section.field(b"25D").map(|e| details::code(e.scheme, e.rest));
    let mut reasons = Vec::new();
    for element in section.fields(b"24B") {
        let issuer = (!element.scheme.is_empty()).then(|| value::text(element.scheme));
        reasons.push(Reason { code: value::text(element.rest), issuer, text: None });
    }
    // The words stand behind all of the reasons, so they belong to the last.
    if let Some(last) = reasons.last_mut() {
        last.text = section.field(b"70D").map(|e| value::joined(e.rest));
    }
    let calculation = section.take("CALDET").into_iter().map(|s| day(s, unread));
    let calculation = calculation.collect::<Result<_, _>>()?;
    let transaction = section.take_one("RELTRAN").map(|s| related(s, unread));
    let mut d = section.details(unread);
    let kind = coded(&mut d, "PNTP", &KINDS).ok_or("22H::PNTP")?;
    let method = coded(&mut d, "CALM", &METHODS).ok_or("22H::CALM")?;
    Ok(Penalty {
        common_reference: d.reference("PCOM").ok_or("20C::PCOM")?,
        references: d.all(|d| matches!(d.value, V::Reference(_))),
        kind,
        method,
        status,
        reasons,
        amount: d.amount("AMCO").ok_or("19A::AMCO")?,
        days: d.count("DAAC").ok_or("99A::DAAC")?,
        calculation,
        transaction,
        details: d.rest(),
    })
}

fn coded<T: Copy>(d: &mut Details, code: &str, table: &[(&str, T)]) -> Option<T> {
    let found = d.code(code)?;
    table.iter().find(|(code, _)| *code == found).map(|(_, meaning)| *meaning)
}

fn day<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> Result<PenaltyDay, &'static str> {
    let mut of_instrument = section.take_one("FIA").map(|fia| fia.details(unread)).unwrap_or_default();
    let mut d = section.details(unread);
    Ok(PenaltyDay {
        day: d.moment("PEDA").ok_or("98a::PEDA")?,
        instrument: of_instrument.instrument(),
        attributes: of_instrument.rest(),
        securities: d.amount("SECU"),
        cash: d.amount("CASH"),
        details: d.rest(),
    })
}

fn related<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> RelatedTransaction {
    let mut statuses = Vec::new();
    let facts = section.take_one("TRAN").map(|mut tran| {
        statuses = transactions::statement_statuses(&mut tran, unread);
        facts::read(tran, POSTED, unread)
    });
    let mut d = section.details(unread);
    RelatedTransaction {
        instruction: d.reference("ACOW"),
        market_reference: d.reference("MITI"),
        references: d.rest(),
        facts,
        statuses,
    }
}

/// Writes a penalty report as MT537 or MT548.
pub(super) fn write(event: &PenaltyReport, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let mut writer = Writer::default();
    let (kind, root) = block(&mut writer, event)?;
    statement::finish(writer, kind, &root, envelope)
}

/// The message type, and the message as a tree of sequences.
pub(super) fn block(
    writer: &mut Writer,
    event: &PenaltyReport,
) -> Result<(&'static str, Block), EncodeError> {
    let mut root = Block::new("");
    let kind = match &event.source {
        PenaltySource::Statement(header) => {
            root.child(statement::head_block(writer, header, Some(("STST", "PENA")), Some("PENA")));
            "537"
        }
        PenaltySource::Advice { id, prepared, linkages, statuses, facts } => {
            let mut general = Block::new("GENL");
            general.own_reference(writer, "penalties.id", id);
            general.line("23G", "PENA");
            statement::put_prepared(&mut general, *prepared);
            statement::put_linkages(&mut general, "", linkages);
            for status in statuses {
                let mut below = Block::new("STAT");
                statement::put_status(writer, &mut below, "548", status)?;
                general.child(below);
            }
            root.child(general);
            if let Some(facts) = facts {
                root.child(facts::block(writer, "SETTRAN", "SETT", facts));
            }
            "548"
        }
    };
    for list in &event.lists {
        root.child(list_block(writer, kind, list)?);
    }
    statement::put_additional(&mut root, &event.additional);
    Ok((kind, root))
}

/// A PENA sequence.
pub(super) fn list_block(writer: &mut Writer, kind: &str, list: &PenaltyList) -> Result<Block, EncodeError> {
    let mut block = Block::new("PENA");
    block.put_some("STAT", list.period.as_ref(), V::Period);
    block.put("CODE", V::Code(list.kind.clone()));
    block.put_some("ASDP", list.depository.as_ref(), V::Party);
    block.put_all(&list.details);
    for currency in &list.currencies {
        block.child(currency_block(writer, kind, currency)?);
    }
    Ok(block)
}

fn currency_block(writer: &mut Writer, kind: &str, of: &CurrencyPenalties) -> Result<Block, EncodeError> {
    let mut block = Block::new("PENACUR");
    block.put_some("PECU", of.currency.as_ref(), V::Currency);
    block.put_some("DACO", of.computed.as_ref(), V::Moment);
    block.put("REPA", V::Party(of.party.clone()));
    block.put_all(&of.parties);
    block.put("TRCA", V::Code(of.capacity.clone()));
    for (code, amount) in [("AGDE", &of.debit), ("AGCR", &of.credit), ("GBNT", &of.net)] {
        block.put_some(code, amount.as_ref(), V::Amount);
    }
    block.put_all(&of.details);
    for counterparty in &of.counterparties {
        let mut below = Block::new("PENACOUNT");
        below.put_all(&counterparty.parties);
        below.put("TRCA", V::Code(counterparty.capacity.clone()));
        below.put("AGNT", V::Amount(counterparty.net));
        below.put_all(&counterparty.details);
        for penalty in &counterparty.penalties {
            below.child(penalty_block(writer, kind, penalty)?);
        }
        block.child(below);
    }
    Ok(block)
}

fn penalty_block(writer: &mut Writer, kind: &str, penalty: &Penalty) -> Result<Block, EncodeError> {
    let mut block = Block::new("PENDET");
    block.put("PCOM", V::Reference(penalty.common_reference.clone()));
    block.put_all(&penalty.references);
    let of_kind = KINDS.iter().find(|(_, k)| *k == penalty.kind).map_or("SEFP", |(c, _)| c);
    let of_method = METHODS.iter().find(|(_, m)| *m == penalty.method).map_or("SECU", |(c, _)| c);
    block.put("PNTP", V::Code(of_kind.to_owned()));
    block.put("CALM", V::Code(of_method.to_owned()));
    if let Some(status) = &penalty.status {
        block.code("25D", "PNST", status);
        let (_, code) = status.split_once('/').unwrap_or(("", status));
        for reason in &penalty.reasons {
            block.code("24B", code, &format!("{}/{}", reason.issuer.as_deref().unwrap_or(""), reason.code));
        }
    }
    let words: Vec<_> = penalty.reasons.iter().filter_map(|r| r.text.as_deref()).collect();
    if penalty.status.is_none() && !penalty.reasons.is_empty() {
        writer.lose("penalty.reasons", &format!("{:?}", penalty.reasons), "a reason needs a status");
    } else if !words.is_empty() {
        // Words of several reasons stand in one field, behind all of them.
        if words.len() > 1 || penalty.reasons.last().is_none_or(|r| r.text.is_none()) {
            writer.lose("penalty.reasons.text", &words.join(" "), "the words of all reasons stand together");
        }
        let lines = writer.wrapped("penalty.reasons.text", &words.join(" "), 6);
        block.code("70D", "REAS", &format!("/{}", lines.join("\r\n")));
    }
    block.put("AMCO", V::Amount(penalty.amount));
    block.put("DAAC", V::Count(penalty.days));
    block.put_all(&penalty.details);
    for day in &penalty.calculation {
        block.child(day_block(day));
    }
    if let Some(transaction) = &penalty.transaction {
        block.child(related_block(writer, kind, transaction)?);
    }
    Ok(block)
}

fn day_block(day: &PenaltyDay) -> Block {
    let mut block = Block::new("CALDET");
    block.put("PEDA", V::Moment(day.day.clone()));
    let mut instrument = Block::new("FIA");
    if let Some(of) = &day.instrument {
        instrument.put("", V::Instrument(of.clone()));
    }
    instrument.put_all(&day.attributes);
    block.child(instrument);
    block.put_some("SECU", day.securities.as_ref(), V::Amount);
    block.put_some("CASH", day.cash.as_ref(), V::Amount);
    block.put_all(&day.details);
    block
}

fn related_block(writer: &mut Writer, kind: &str, of: &RelatedTransaction) -> Result<Block, EncodeError> {
    let mut block = Block::new("RELTRAN");
    block.put_some("ACOW", of.instruction.as_ref(), V::Reference);
    block.put_some("MITI", of.market_reference.as_ref(), V::Reference);
    block.put_all(&of.references);
    if let Some(facts) = &of.facts {
        let mut tran = facts::block(writer, "TRAN", POSTED, facts);
        for status in &of.statuses {
            let mut below = Block::new("STAT");
            statement::put_status(writer, &mut below, kind, status)?;
            tran.child(below);
        }
        block.child(tran);
    } else if !of.statuses.is_empty() {
        let shown: Vec<Detail> = of.references.clone();
        writer.lose("penalty.transaction.statuses", &format!("{shown:?}"), "they need the transaction");
    }
    Ok(block)
}
