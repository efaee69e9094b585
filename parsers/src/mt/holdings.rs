//! MT535 and the statement of holdings.

use super::arrange::Block;
use super::encode::Writer;
use super::message::Message;
use super::sections::{self, Section, Unread};
use super::statement::{self, group};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    AccountHoldings, DetailValue as V, Event, Holding, HoldingsStatement, SubAccount, SubBalance,
};

/// What the message means; `Err` names what is missing for it.
pub(super) fn read<'a>(message: &Message<'a>, unread: &mut Unread<'a>) -> Result<Event, &'static str> {
    let mut root = sections::read(message);
    let head = statement::head(&mut root, "STTY", unread)?;
    statement::plain(&head)?;
    let accounts = root.take("SUBSAFE").into_iter().map(|s| account(s, unread));
    let accounts = accounts.collect::<Result<_, _>>()?;
    let additional = statement::additional(&mut root, unread);
    root.give_up(unread);
    let statement = HoldingsStatement { header: head.header, kind: head.own, accounts, additional };
    Ok(Event::HoldingsStatement(Box::new(statement)))
}

fn account<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> Result<AccountHoldings, &'static str> {
    let holdings = section.take("FIN").into_iter().map(|s| holding(s, unread));
    let holdings = holdings.collect::<Result<_, _>>()?;
    let mut d = section.details(unread);
    let account = statement::sub_account(&mut d);
    Ok(AccountHoldings { account: SubAccount { details: d.rest(), ..account }, holdings })
}

fn holding<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> Result<Holding, &'static str> {
    let attributes = statement::attributes(&mut section, unread);
    let parts = section.take("SUBBAL").into_iter().map(|s| sub_balance(s, unread));
    let sub_balances = parts.collect::<Result<_, _>>()?;
    let lots = statement::lots(&mut section, unread);
    let mut d = section.details(unread);
    Ok(Holding {
        supplementary: Vec::new(),
        instrument: d.instrument().ok_or("35B")?,
        attributes,
        aggregate: d.balance("AGGR").ok_or("93B::AGGR")?,
        available: d.balance("AVAI"),
        not_available: d.balance("NAVL"),
        sub_balances,
        price: statement::price(&mut d),
        value: d.amount("HOLD"),
        book: d.amount("BOOK"),
        accrued: d.amount("ACRU"),
        exchange: d.exchange("EXCH"),
        lots,
        details: d.rest(),
    })
}

fn sub_balance<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> Result<SubBalance, &'static str> {
    let lots = statement::lots(&mut section, unread);
    let mut d = section.details(unread);
    let first = d.first(|d| matches!(d.value, V::Balance(_))).ok_or("a 93a of a sub-balance")?;
    let V::Balance(balance) = first.value else { return Err("a 93a of a sub-balance") };
    Ok(SubBalance {
        kind: first.code,
        balance,
        places: d.places("SAFE"),
        price: statement::price(&mut d),
        value: d.amount("HOLD"),
        accrued: d.amount("ACRU"),
        exchange: d.exchange("EXCH"),
        lots,
        details: d.rest(),
    })
}

/// Writes a statement of holdings as MT535.
pub(super) fn write(event: &HoldingsStatement, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let mut writer = Writer::default();
    let root = block(&mut writer, event);
    statement::finish(writer, "535", &root, envelope)
}

/// The message as a tree of sequences.
pub(super) fn block(writer: &mut Writer, event: &HoldingsStatement) -> Block {
    let mut root = Block::new("");
    let kind = event.kind.as_deref().map(|kind| ("STTY", kind));
    root.child(statement::head_block(writer, &event.header, kind, None));
    for account in &event.accounts {
        let mut block = Block::new("SUBSAFE");
        statement::put_sub_account(&mut block, &account.account);
        for holding in &account.holdings {
            block.child(holding_block(holding));
        }
        root.child(block);
    }
    statement::put_additional(&mut root, &event.additional);
    root
}

fn holding_block(holding: &Holding) -> Block {
    let mut block = Block::new("FIN");
    block.put("", V::Instrument(holding.instrument.clone()));
    block.child(group("FIA", &holding.attributes));
    block.put("AGGR", V::Balance(holding.aggregate.clone()));
    block.put_some("AVAI", holding.available.as_ref(), V::Balance);
    block.put_some("NAVL", holding.not_available.as_ref(), V::Balance);
    statement::put_price(&mut block, holding.price.as_ref());
    block.put_some("HOLD", holding.value.as_ref(), V::Amount);
    block.put_some("BOOK", holding.book.as_ref(), V::Amount);
    block.put_some("ACRU", holding.accrued.as_ref(), V::Amount);
    block.put_some("EXCH", holding.exchange.as_ref(), V::Exchange);
    block.put_all(&holding.details);
    for part in &holding.sub_balances {
        let mut below = Block::new("SUBBAL");
        below.put(&part.kind, V::Balance(part.balance.clone()));
        for place in &part.places {
            below.put("SAFE", V::Place(place.clone()));
        }
        statement::put_price(&mut below, part.price.as_ref());
        below.put_some("HOLD", part.value.as_ref(), V::Amount);
        below.put_some("ACRU", part.accrued.as_ref(), V::Amount);
        below.put_some("EXCH", part.exchange.as_ref(), V::Exchange);
        below.put_all(&part.details);
        statement::put_lots(&mut below, &part.lots);
        block.child(below);
    }
    statement::put_lots(&mut block, &holding.lots);
    block
}
