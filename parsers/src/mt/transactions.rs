//! MT536, MT537 and MT538 and the statements of what came and went, of what is pending and of what moved within positions.

use super::arrange::Block;
use super::encode::Writer;
use super::message::Message;
use super::sections::{self, Section, Unread};
use super::statement::{self, Head};
use super::{facts, penalties};
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    AccountTransactions, DetailValue as V, Event, InstrumentPositions, InstrumentTransactions,
    IntraPositionMovement, IntraPositionStatement, IntraPositions, ListedTransaction, PendingOrder,
    PendingStatement, PendingTransaction, Status, SubAccount, TransactionsStatement,
};

/// The quantity and amount of a listed transaction.
const POSTED: &str = "PSTA";

/// What an MT536 means; `Err` names what is missing for it.
pub(super) fn read<'a>(message: &Message<'a>, unread: &mut Unread<'a>) -> Result<Event, &'static str> {
    let mut root = sections::read(message);
    let head = statement::head(&mut root, "", unread)?;
    statement::plain(&head)?;
    let accounts = root.take("SUBSAFE").into_iter().map(|s| account(s, unread));
    let accounts = accounts.collect::<Result<_, _>>()?;
    let additional = statement::additional(&mut root, unread);
    root.give_up(unread);
    let statement = TransactionsStatement { header: head.header, accounts, additional };
    Ok(Event::TransactionsStatement(Box::new(statement)))
}

fn account<'a>(
    mut section: Section<'a>,
    unread: &mut Unread<'a>,
) -> Result<AccountTransactions, &'static str> {
    let instruments = section.take("FIN").into_iter().map(|s| instrument(s, unread));
    let instruments = instruments.collect::<Result<_, _>>()?;
    let mut d = section.details(unread);
    let account = statement::sub_account(&mut d);
    Ok(AccountTransactions { account: SubAccount { details: d.rest(), ..account }, instruments })
}

fn instrument<'a>(
    mut section: Section<'a>,
    unread: &mut Unread<'a>,
) -> Result<InstrumentTransactions, &'static str> {
    let postings = section.take("TRAN").into_iter().map(|s| listed(s, unread)).collect();
    let mut d = section.details(unread);
    Ok(InstrumentTransactions {
        instrument: d.instrument().ok_or("35B")?,
        price: statement::price(&mut d),
        opening: d.balance("FIOP"),
        opening_interim: d.balance("INOP"),
        closing: d.balance("FICL"),
        closing_interim: d.balance("INCL"),
        postings,
        details: d.rest(),
    })
}

/// A transaction with its links.
fn listed<'a>(mut section: Section<'a>, unread: &mut Unread<'a>) -> ListedTransaction {
    let linkages = statement::linkages(section.take("LINK"), unread);
    let facts = section.take_one("TRANSDET").map(|s| facts::read(s, POSTED, unread));
    section.give_up(unread);
    ListedTransaction { supplementary: Vec::new(), linkages, facts }
}

/// What an MT537 means: pending transactions, or penalties.
pub(super) fn read_pending<'a>(
    message: &Message<'a>,
    unread: &mut Unread<'a>,
) -> Result<Event, &'static str> {
    let mut root = sections::read(message);
    let head = statement::head(&mut root, "STST", unread)?;
    if head.function == "PENA" {
        return penalties::read_statement(root, head.header, unread);
    }
    statement::plain(&head)?;
    let mut transactions = Vec::new();
    for mut section in root.take("STAT") {
        let status = statement::status(&mut section, unread).ok_or("25D")?;
        for transaction in section.take("TRAN") {
            let transaction = listed(transaction, unread);
            transactions.push(PendingTransaction { statuses: vec![status.clone()], transaction });
        }
        section.give_up(unread);
    }
    for mut section in root.take("TRANS") {
        let statuses = statement_statuses(&mut section, unread);
        transactions.push(PendingTransaction { statuses, transaction: listed(section, unread) });
    }
    let penalties = penalties::lists(&mut root, unread)?;
    let additional = statement::additional(&mut root, unread);
    root.give_up(unread);
    let Head { header, own, .. } = head;
    let order = order(own.as_deref());
    let statement = PendingStatement { header, order, transactions, penalties, additional };
    Ok(Event::PendingStatement(Box::new(statement)))
}

/// All STAT sequences below a transaction.
pub(super) fn statement_statuses<'a>(section: &mut Section<'a>, unread: &mut Unread<'a>) -> Vec<Status> {
    let mut statuses = Vec::new();
    for mut below in section.take("STAT") {
        statuses.extend(statement::status(&mut below, unread));
        below.give_up(unread);
    }
    statuses
}

fn order(code: Option<&str>) -> PendingOrder {
    if code == Some("TRAN") { PendingOrder::ByTransaction } else { PendingOrder::ByStatus }
}

/// What an MT538 means; `Err` names what is missing for it.
pub(super) fn read_intra<'a>(message: &Message<'a>, unread: &mut Unread<'a>) -> Result<Event, &'static str> {
    let mut root = sections::read(message);
    let head = statement::head(&mut root, "", unread)?;
    statement::plain(&head)?;
    let mut instruments = Vec::new();
    for mut section in root.take("FIN") {
        let attributes = statement::attributes(&mut section, unread);
        let balances = section.take("SUBBAL").into_iter().map(|s| intra_positions(s, unread));
        let balances = balances.collect::<Result<_, _>>()?;
        let mut d = section.details(unread);
        let instrument = d.instrument().ok_or("35B")?;
        let lots = Vec::new();
        instruments.push(InstrumentPositions { instrument, attributes, lots, balances });
    }
    let additional = statement::additional(&mut root, unread);
    root.give_up(unread);
    let statement = IntraPositionStatement { header: head.header, instruments, additional };
    Ok(Event::IntraPositionStatement(Box::new(statement)))
}

fn intra_positions<'a>(
    mut section: Section<'a>,
    unread: &mut Unread<'a>,
) -> Result<IntraPositions, &'static str> {
    let mut movements = Vec::new();
    for mut below in section.take("INPOS") {
        let linkages = statement::linkages(below.take("LINK"), unread);
        let mut d = below.details(unread);
        // The table has not seen the qualifiers of this sequence: there is one quantity and one balance.
        let quantity = d.first(|d| matches!(d.value, V::Quantity(_)));
        let Some(V::Quantity(quantity)) = quantity.map(|d| d.value) else { return Err("36B of a movement") };
        let to = d.code("TOBA").ok_or("93A::TOBA")?;
        let settled = d.moment("SETT");
        movements.push(IntraPositionMovement {
            linkages,
            quantity,
            to,
            settled,
            details: d.rest(),
            supplementary: Vec::new(),
        });
    }
    let mut d = section.details(unread);
    let from = d.code("FROM").ok_or("93A::FROM")?;
    Ok(IntraPositions { from, place: d.place("SAFE"), movements })
}

/// Writes a statement of transactions as MT536.
pub(super) fn write(event: &TransactionsStatement, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let mut writer = Writer::default();
    let root = block(&mut writer, event);
    statement::finish(writer, "536", &root, envelope)
}

/// The message as a tree of sequences.
pub(super) fn block(writer: &mut Writer, event: &TransactionsStatement) -> Block {
    let mut root = Block::new("");
    root.child(statement::head_block(writer, &event.header, None, None));
    for account in &event.accounts {
        let mut below = Block::new("SUBSAFE");
        statement::put_sub_account(&mut below, &account.account);
        for instrument in &account.instruments {
            let mut fin = Block::new("FIN");
            fin.put("", V::Instrument(instrument.instrument.clone()));
            statement::put_price(&mut fin, instrument.price.as_ref());
            for (code, balance) in [
                ("FIOP", &instrument.opening),
                ("INOP", &instrument.opening_interim),
                ("FICL", &instrument.closing),
                ("INCL", &instrument.closing_interim),
            ] {
                fin.put_some(code, balance.as_ref(), V::Balance);
            }
            fin.put_all(&instrument.details);
            for posting in &instrument.postings {
                fin.child(listed_block(writer, "TRAN", posting));
            }
            below.child(fin);
        }
        root.child(below);
    }
    statement::put_additional(&mut root, &event.additional);
    root
}

fn listed_block(writer: &mut Writer, name: &'static str, transaction: &ListedTransaction) -> Block {
    let mut block = Block::new(name);
    statement::put_linkages(&mut block, "", &transaction.linkages);
    if let Some(facts) = &transaction.facts {
        block.child(facts::block(writer, "TRANSDET", POSTED, facts));
    }
    block
}

/// Writes a statement of pending transactions as MT537.
pub(super) fn write_pending(event: &PendingStatement, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let mut writer = Writer::default();
    let root = pending_block(&mut writer, event)?;
    statement::finish(writer, "537", &root, envelope)
}

/// The message as a tree of sequences.
pub(super) fn pending_block(writer: &mut Writer, event: &PendingStatement) -> Result<Block, EncodeError> {
    let mut root = Block::new("");
    let order = if event.order == PendingOrder::ByTransaction { "TRAN" } else { "STAT" };
    root.child(statement::head_block(writer, &event.header, Some(("STST", order)), None));
    match event.order {
        PendingOrder::ByStatus => by_status(writer, &mut root, &event.transactions)?,
        PendingOrder::ByTransaction => {
            for pending in &event.transactions {
                let mut block = listed_block(writer, "TRANS", &pending.transaction);
                for status in &pending.statuses {
                    let mut below = Block::new("STAT");
                    statement::put_status(writer, &mut below, "537", status)?;
                    block.child(below);
                }
                root.child(block);
            }
        }
    }
    for list in &event.penalties {
        root.child(penalties::list_block(writer, "537", list)?);
    }
    statement::put_additional(&mut root, &event.additional);
    Ok(root)
}

/// Neighbours of the same status stand below it together.
fn by_status(
    writer: &mut Writer,
    root: &mut Block,
    transactions: &[PendingTransaction],
) -> Result<(), EncodeError> {
    for together in transactions.chunk_by(|a, b| a.statuses == b.statuses) {
        let statuses = together.first().map_or(&[][..], |first| &first.statuses);
        let status =
            statuses.first().ok_or(super::instruction::missing("pending.statuses", "537 by status"))?;
        for other in statuses.iter().skip(1) {
            let why = "sorted by status, a transaction stands below one status only";
            writer.lose("pending.statuses", &format!("{:?}", other.kind), why);
        }
        let mut block = Block::new("STAT");
        statement::put_status(writer, &mut block, "537", status)?;
        for pending in together {
            block.child(listed_block(writer, "TRAN", &pending.transaction));
        }
        root.child(block);
    }
    Ok(())
}
