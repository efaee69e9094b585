//! MT578 and MT586 and the allegement. Their 22H::REDE is the counterparty's: who alleges a delivery wants us to receive.
//! The model says it from our side, so that an allegement can be laid beside an instruction of ours.

use super::arrange::Block;
use super::details;
use super::encode::Writer;
use super::message::Message;
use super::sections::{self, Section, Unread};
use super::statement::{self, group};
use super::{status, value};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    AllegedTrade, Allegement, AllegementFunction, AllegementStatement, AmountKind, CashParty, Conversion,
    Detail, DetailValue as V, Event, Linkage, Movement, OtherAmount, Payment, Status,
};

const FUNCTIONS: [(&str, AllegementFunction); 2] =
    [("NEWM", AllegementFunction::New), ("CANC", AllegementFunction::Cancel)];

/// What an MT578 means; `Err` names what is missing for it.
pub(super) fn read<'a>(message: &Message<'a>, unread: &mut Unread<'a>) -> Result<Event, &'static str> {
    let mut root = sections::read(message);
    let mut general = root.take_one("GENL").ok_or("sequence GENL")?;
    let function = value::text(general.field(b"23G").ok_or("23G")?.rest);
    let function = FUNCTIONS.iter().find(|(code, _)| *code == function).ok_or("23G NEWM or CANC")?.1;
    let prepared = statement::instant(&mut general, b"PREP");
    let linkages = statement::linkages(general.take("LINK"), unread);
    let id = general.details(unread).reference("SEME").ok_or("20C::SEME")?;
    let details = root.take_one("TRADDET").ok_or("sequence TRADDET")?;
    let trade = trade(details, &mut root, (None, linkages), unread)?;
    let additional = statement::additional(&mut root, unread);
    root.give_up(unread);
    Ok(Event::Allegement(Box::new(Allegement {
        supplementary: Vec::new(),
        id,
        function,
        prepared,
        trade,
        additional,
    })))
}

/// What an MT586 means; `Err` names what is missing for it.
pub(super) fn read_statement<'a>(
    message: &Message<'a>,
    unread: &mut Unread<'a>,
) -> Result<Event, &'static str> {
    let mut root = sections::read(message);
    let head = statement::head(&mut root, "", unread)?;
    statement::plain(&head)?;
    let mut allegements = Vec::new();
    for mut section in root.take("ALLDET") {
        let linkages = statement::linkages(section.take("LINK"), unread);
        let status = statement::status(&mut section, unread);
        let mut around = Section::holding(&mut section, &["FIAC", "REPO", "SETDET"]);
        allegements.push(trade(section, &mut around, (status, linkages), unread)?);
        around.give_up(unread);
    }
    let additional = statement::additional(&mut root, unread);
    root.give_up(unread);
    let statement = AllegementStatement { header: head.header, allegements, additional };
    Ok(Event::AllegementStatement(Box::new(statement)))
}

/// The alleged trade: `section` has what it is, `around` the sequences for account, second leg and settlement.
fn trade<'a>(
    mut section: Section<'a>,
    around: &mut Section<'a>,
    (status, linkages): (Option<Status>, Vec<Linkage>),
    unread: &mut Unread<'a>,
) -> Result<AllegedTrade, &'static str> {
    let mut account = around.take_one("FIAC").ok_or("sequence FIAC")?;
    let mut settlement = around.take_one("SETDET").ok_or("sequence SETDET")?;
    let second_leg = around.take_one("REPO").map(|s| s.details(unread).rest()).unwrap_or_default();
    let attributes = statement::attributes(&mut section, unread);
    let mut t = section.details(unread);
    let movement =
        t.code("REDE").as_deref().and_then(statement::movement).map(opposite).ok_or("22H::REDE")?;
    let payment = match t.code("PAYM").as_deref() {
        Some("APMT") => Payment::Against,
        Some("FREE") => Payment::Free,
        _ => return Err("22H::PAYM"),
    };
    let lots = statement::lots(&mut account, unread);
    let mut a = account.details(unread);
    let chains = statement::chains(settlement.take("SETPRTY"), Some(movement), unread);
    let cash = settlement.take("CSHPRTY").into_iter().filter_map(|s| cash_party(s, unread));
    let cash_parties = cash.collect();
    let money = money(settlement.take("AMT"), unread);
    let mut s = settlement.details(unread);
    let (conditions, partial) = s.conditions();
    Ok(AllegedTrade {
        supplementary: Vec::new(),
        status,
        linkages,
        movement,
        payment,
        instrument: t.instrument().ok_or("35B")?,
        attributes,
        quantity: a.quantity("SETT").ok_or("36B::SETT")?,
        amount: money.amount,
        conversion: money.conversion,
        value_date: money.value_date,
        other_amounts: money.others,
        price: t.price("DEAL"),
        trade_date: t.moment("TRAD"),
        settlement_date: t.moment("SETT").ok_or("98a::SETT")?,
        account: a.safekeeping(),
        cash_account: a.account("CASH"),
        account_owner: a.party("ACOW"),
        transaction_type: s.code("SETR").ok_or("22F::SETR")?,
        conditions,
        partial,
        delivering: chains.delivering,
        receiving: chains.receiving,
        party_details: chains.details,
        cash_parties,
        lots,
        second_leg,
        trade_details: t.rest(),
        account_details: a.rest(),
        settlement_details: s.rest(),
    })
}

fn opposite(movement: Movement) -> Movement {
    match movement {
        Movement::Receive => Movement::Deliver,
        Movement::Deliver => Movement::Receive,
    }
}

/// A CSHPRTY sequence.
pub(super) fn cash_party<'a>(section: Section<'a>, unread: &mut Unread<'a>) -> Option<CashParty> {
    let mut d = section.details(unread);
    let Detail { code: role, value: V::Party(mut party) } = d.first(details::is_party)? else { return None };
    party.account = d.account("CASH").map(|a| a.id);
    party.processing_reference = d.reference("PROC");
    Some(CashParty { role, party, details: d.rest() })
}

#[derive(Default)]
struct Money {
    amount: Option<crate::model::Amount>,
    conversion: Option<Conversion>,
    value_date: Option<crate::model::Moment>,
    others: Vec<OtherAmount>,
}

/// All AMT sequences. Exchange and value date are those of the settlement amount; of other amounts they are noted as lost.
fn money<'a>(blocks: Vec<Section<'a>>, unread: &mut Unread<'a>) -> Money {
    let mut money = Money::default();
    for mut block in blocks {
        let settles = block.has(b"19A", b"SETT") && money.amount.is_none();
        let beside = if settles { Vec::new() } else { block.besides(b"19A", b"RESU") };
        unread.0.extend(beside);
        let mut d = block.details(unread);
        if settles {
            money.amount = d.amount("SETT");
            let converted = d.amount("RESU").zip(d.exchange("EXCH"));
            money.conversion = converted.map(|(amount, rate)| Conversion { amount, rate });
            money.value_date = d.moment("VALU");
        }
        for detail in d.rest() {
            if let V::Amount(amount) = detail.value {
                money.others.push(OtherAmount { kind: AmountKind(detail.code), amount });
            }
        }
    }
    money
}

/// Writes an allegement as MT578.
pub(super) fn write(event: &Allegement, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let mut writer = Writer::default();
    let w = &mut writer;
    let mut root = Block::new("");
    let mut general = Block::new("GENL");
    general.own_reference(w, "allegement.id", &event.id);
    let function = FUNCTIONS.iter().find(|(_, f)| *f == event.function).map_or("NEWM", |(c, _)| c);
    general.line("23G", function);
    statement::put_prepared(&mut general, event.prepared);
    statement::put_linkages(&mut general, "", &event.trade.linkages);
    root.child(general);
    let mut details = Block::new("TRADDET");
    put_trade(&mut details, &event.trade);
    root.child(details);
    root.child(account_block(w, &event.trade, true));
    root.child(group("REPO", &event.trade.second_leg));
    root.child(settlement_block(w, &event.trade));
    if let Some(status) = &event.trade.status {
        w.lose("allegement.status", &format!("{:?}", status.kind), "MT578 has no status");
    }
    statement::put_additional(&mut root, &event.additional);
    statement::finish(writer, "578", &root, envelope)
}

/// Writes a statement of allegements as MT586.
pub(super) fn write_statement(
    event: &AllegementStatement,
    envelope: &Envelope,
) -> Result<Encoded, EncodeError> {
    let mut writer = Writer::default();
    let root = statement_block(&mut writer, event)?;
    statement::finish(writer, "586", &root, envelope)
}

/// The message as a tree of sequences.
pub(super) fn statement_block(w: &mut Writer, event: &AllegementStatement) -> Result<Block, EncodeError> {
    let mut root = Block::new("");
    root.child(statement::head_block(w, &event.header, None, None));
    for trade in &event.allegements {
        let mut block = Block::new("ALLDET");
        statement::put_linkages(&mut block, "", &trade.linkages);
        if let Some(of) = &trade.status {
            let (qualifier, _, _) = status::code_of(&of.kind)?;
            if qualifier == "ALLE" {
                statement::put_status(w, &mut block, "586", of)?;
            } else {
                w.lose("allegement.status", &format!("{:?}", of.kind), "MT586 has no such status");
            }
        }
        put_trade(&mut block, trade);
        block.child(account_block(w, trade, false));
        block.child(group("REPO", &trade.second_leg));
        block.child(settlement_block(w, trade));
        root.child(block);
    }
    statement::put_additional(&mut root, &event.additional);
    Ok(root)
}

fn put_trade(block: &mut Block, trade: &AllegedTrade) {
    block.put("SETT", V::Moment(trade.settlement_date.clone()));
    block.put_some("TRAD", trade.trade_date.as_ref(), V::Moment);
    block.put_some("DEAL", trade.price.as_ref(), V::Price);
    block.put("", V::Instrument(trade.instrument.clone()));
    block.child(group("FIA", &trade.attributes));
    block.put("PAYM", V::Code(if trade.payment == Payment::Against { "APMT" } else { "FREE" }.to_owned()));
    let alleged = if opposite(trade.movement) == Movement::Receive { "RECE" } else { "DELI" };
    block.put("REDE", V::Code(alleged.to_owned()));
    block.put_all(&trade.trade_details);
}

fn account_block(w: &mut Writer, trade: &AllegedTrade, owned: bool) -> Block {
    let mut block = Block::new("FIAC");
    block.put("SETT", V::Quantity(trade.quantity));
    if owned {
        block.put_some("ACOW", trade.account_owner.as_ref(), V::Party);
        statement::put_safekeeping(&mut block, trade.account.as_ref());
    } else if trade.account.is_some() || trade.account_owner.is_some() {
        let shown = trade.account.as_ref().map_or("the owner", |a| a.id.as_str());
        w.lose("allegement.account", shown, "in a statement it stands in the head, once for all");
    }
    block.put_some("CASH", trade.cash_account.as_ref(), V::Account);
    block.put_all(&trade.account_details);
    statement::put_lots(&mut block, &trade.lots);
    block
}

/// Writes cash parties, each with its account.
pub(super) fn put_cash_parties(block: &mut Block, field: &'static str, parties: &[CashParty]) {
    for cash in parties {
        let mut below = Block::called("CSHPRTY", field);
        below.put(&cash.role, V::Party(cash.party.clone()));
        if let Some(account) = &cash.party.account {
            below.put("CASH", V::Account(account.clone().into()));
        }
        if let Some(reference) = &cash.party.processing_reference {
            below.put("PROC", V::Reference(reference.clone()));
        }
        below.put_all(&cash.details);
        block.child(below);
    }
}

fn settlement_block(w: &mut Writer, trade: &AllegedTrade) -> Block {
    let mut block = Block::new("SETDET");
    block.put("SETR", V::Code(trade.transaction_type.clone()));
    for condition in &trade.conditions {
        block.put("STCO", V::Code(condition.clone()));
    }
    if let Some(partial) = trade.partial {
        block.put("STCO", V::Code(partial.code().to_owned()));
    }
    block.put_all(&trade.settlement_details);
    let chains = (&trade.delivering, &trade.receiving, &trade.party_details[..]);
    statement::put_chains(w, &mut block, Some(trade.movement), chains);
    put_cash_parties(&mut block, "", &trade.cash_parties);
    for other in &trade.other_amounts {
        block.child(group("AMT", &[Detail::new(&other.kind.0, V::Amount(other.amount))]));
    }
    if let Some(amount) = trade.amount {
        let mut money = group("AMT", &[Detail::new("SETT", V::Amount(amount))]);
        if let Some(conversion) = &trade.conversion {
            money.put("RESU", V::Amount(conversion.amount));
            money.put("EXCH", V::Exchange(conversion.rate));
        }
        money.put_some("VALU", trade.value_date.as_ref(), V::Moment);
        block.child(money);
    } else if trade.conversion.is_some() || trade.value_date.is_some() {
        w.lose("allegement.value_date", "", "it belongs to a settlement amount, and there is none");
    }
    block
}
