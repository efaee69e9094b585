//! semt.017: what came into and went out of an account (MT536).

use super::details::{self, Shape, put};
use super::encode::{Draft, Losses};
use super::listed;
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, Unread};
use super::prices::{price, put_price};
use super::schema::{Schema, TypeId};
use super::statement::{self, STATEMENT};
use crate::codec::EncodeError;
use crate::model::{
    AccountTransactions, Balance, Detail, Event, InstrumentTransactions, SubAccount, TransactionsStatement,
};

/// Its root element.
pub(super) const ROOT: &str = "SctiesTxPstngRpt";

/// What else is said of an instrument.
const INSTRUMENT: &[details::Row] = &[details::row("94a", "SAFE", Shape::Place, "SfkpgPlc")];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let header = statement::head(reading, &STATEMENT)?;
    let root = reading.root;
    let own = account(SubAccount::default(), root);
    let mut accounts: Vec<_> = Some(own).filter(|own| !own.instruments.is_empty()).into_iter().collect();
    accounts.extend(root.all("SubAcctDtls").map(|at| account(statement::sub_account(at), at)));
    let statement = TransactionsStatement { header, accounts, additional: Vec::new() };
    Ok(Event::TransactionsStatement(Box::new(statement)))
}

fn account(mut account: SubAccount, at: At<'_, '_>) -> AccountTransactions {
    let mut instruments: Vec<_> = at.all("FinInstrmDtls").map(instrument).collect();
    let mut places: Vec<&mut Vec<Detail>> = instruments.iter_mut().map(|i| &mut i.details).collect();
    account.places = statement::common_place(&mut places).into_iter().collect();
    AccountTransactions { account, instruments }
}

fn instrument(at: At<'_, '_>) -> InstrumentTransactions {
    let balance = |path| at.get(path).and_then(balance);
    InstrumentTransactions {
        instrument: at.get("FinInstrmId").map(parts::instrument).unwrap_or_default(),
        price: at.get("PricDtls").and_then(price),
        opening: balance("OpngBal/OpngBal/Frst"),
        opening_interim: balance("OpngBal/OpngBal/Intrmy"),
        closing: balance("ClsgBal/ClsgBal/Fnl"),
        closing_interim: balance("ClsgBal/ClsgBal/Intrmy"),
        postings: at.all("Tx").map(listed::read).collect(),
        details: details::read(at, INSTRUMENT),
    }
}

/// A balance whose sign stands beside it, two levels up.
fn balance(at: At<'_, '_>) -> Option<Balance> {
    let quantity = listed::quantity(at)?;
    let short =
        at.parent().and_then(At::parent).is_some_and(|around| around.value("ShrtLngInd") == Some("SHOR"));
    let value = if short { -quantity.value() } else { quantity.value() };
    Some(Balance::new(quantity.kind(), value))
}

/// Drafts the root element.
pub(super) fn write(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::TransactionsStatement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let mut root = Draft::new(ROOT);
    statement::put_head(&mut root, &e.header, &STATEMENT, writing)?;
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let own = schema.own();
    let mut first = true;
    for account in &e.accounts {
        if first && statement::is_own(&account.account, &e.header) {
            first = false;
            put_account((schema, own), &mut root, account, losses)?;
            continue;
        }
        let Some(of) = schema.down(own, "SubAcctDtls") else { continue };
        let mut draft = Draft::new("SubAcctDtls");
        let full = !account.instruments.is_empty();
        statement::put_sub_account((schema, of), &mut draft, &account.account, full, losses);
        put_account((schema, of), &mut draft, account, losses)?;
        root.take_child("SubAcctDtls", draft);
    }
    statement::lose_additional(&e.additional, losses);
    Ok(root)
}

fn put_account(
    (schema, around): (&Schema, TypeId),
    draft: &mut Draft,
    account: &AccountTransactions,
    losses: &mut Losses,
) -> Result<(), EncodeError> {
    let place = statement::place_of_account(&account.account, losses);
    let Some(of) = schema.down(around, "FinInstrmDtls") else { return Ok(()) };
    for instrument in &account.instruments {
        let mut element = Draft::new("FinInstrmDtls");
        let around = (schema, of);
        parts::put_instrument(
            element.at("FinInstrmId"),
            "accounts.instruments.instrument",
            &instrument.instrument,
        );
        put_price(around, &mut element, "accounts.instruments.price", instrument.price.as_ref(), losses);
        let opening = [
            ("Frst", "opening", &instrument.opening),
            ("Intrmy", "opening_interim", &instrument.opening_interim),
        ];
        put_balance(around, &mut element, "OpngBal", opening, losses);
        let closing = [
            ("Fnl", "closing", &instrument.closing),
            ("Intrmy", "closing_interim", &instrument.closing_interim),
        ];
        put_balance(around, &mut element, "ClsgBal", closing, losses);
        let said: Vec<Detail> = place.iter().chain(&instrument.details).cloned().collect();
        put(around, &mut element, INSTRUMENT, &said, "accounts.instruments.details", losses);
        element.fit(around, losses);
        let Some(of) = schema.down(of, "Tx") else { continue };
        for posting in &instrument.postings {
            let mut transaction = Draft::new("Tx");
            listed::put((schema, of), &mut transaction, posting, losses)?;
            element.take_child("Tx", transaction);
        }
        draft.take_child("FinInstrmDtls", element);
    }
    Ok(())
}

/// Writes the first of two balances that is there: the message has one.
fn put_balance(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    name: &'static str,
    balances: [(&'static str, &'static str, &Option<Balance>); 2],
    losses: &mut Losses,
) {
    let mut taken = false;
    for (branch, field, balance) in balances {
        let Some(balance) = balance else { continue };
        if taken {
            losses.add(field, balance.value, "the message says one balance: the other one stands");
            continue;
        }
        taken = true;
        let Ok(quantity) = crate::model::Quantity::new(balance.kind, balance.value.abs()) else { continue };
        let short = balance.value.is_sign_negative() && !balance.value.is_zero();
        let place = draft.at(name);
        place.set("ShrtLngInd", field, if short { "SHOR" } else { "LONG" });
        let path: &str = if name == "OpngBal" { "OpngBal/OpngBal" } else { "ClsgBal/ClsgBal" };
        if let Some(of) = schema.down(of, path).and_then(|of| schema.down(of, branch)) {
            listed::put_quantity((schema, of), place.at(name).at(branch), field, &quantity);
        }
    }
}
