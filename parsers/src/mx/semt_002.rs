//! semt.002 and semt.003: what an account held, as a custodian says it and for accounting (MT535).

use super::attributes::{ATTRIBUTES, HELD_LOT};
use super::details::{self, Row, Shape, put_value, row};
use super::details::{put as put_details, read as read_details};
use super::encode::{Draft, Losses};
use super::messages::{Reading, Writing};
use super::outline::At;
use super::parts::{self, Unread};
use super::prices::{price, put_price};
use super::schema::{Schema, TypeId};
use super::sheet::show;
use super::statement::{self, STATEMENT};
use super::supplementary;
use crate::codec::EncodeError;
use crate::model::{
    AccountHoldings, Amount, Balance, Detail, DetailValue as V, Event, Holding, HoldingsStatement, Lot,
    SubAccount, SubBalance,
};

/// The root element of a custodian's statement.
pub(super) const CUSTODY: &str = "SctiesBalCtdyRpt";
/// The root element of a statement for accounting.
pub(super) const ACCOUNTING: &str = "SctiesBalAcctgRpt";

/// What else is said of a holding.
const HOLDING: &[Row] = &[
    row("94a", "SAFE", Shape::Place, "SfkpgPlc"),
    row("22H", "CAOP", Shape::Code, "CorpActnOptnTp"),
    row("99A", "DAAC", Shape::Count, "DaysAcrd"),
    row("19A", "COVA", Shape::Amount, "AcctBaseCcyAmts/ElgblCollVal"),
    row("19A", "UNRE", Shape::Amount, "AcctBaseCcyAmts/UrlsdGnLoss"),
    row("70E", "HOLD", Shape::Text, "HldgAddtlDtls"),
];

/// The amounts of a holding that have a field of their own.
const AMOUNTS: [(&str, &str); 3] = [
    ("value", "AcctBaseCcyAmts/HldgVal"),
    ("book", "AcctBaseCcyAmts/BookVal"),
    ("accrued", "AcctBaseCcyAmts/AcrdIntrstAmt"),
];

/// What else is said of a part of a holding.
const PART: &[Row] = &[row("70C", "SUBB", Shape::Text, "SubBalAddtlDtls")];

/// The code of all that is kept at one place.
const PLACED: &str = "AGGR";

/// The element of that.
const AT_A_PLACE: &str = "BalAtSfkpgPlc";

/// What else is said of what is kept at one place.
const PLACED_PART: &[Row] = &[
    row("93B", "AVAI", Shape::Balance, "AvlblBal"),
    row("93B", "NAVL", Shape::Balance, "NotAvlblBal"),
    row("94B", "PLIS", Shape::Place, "PlcOfListg"),
    row("99A", "DAAC", Shape::Count, "DaysAcrd"),
    row("22F", "COLA", Shape::Code, "XpsrTp"),
    row("19A", "BOOK", Shape::Amount, "AcctBaseCcyAmts/BookVal"),
    row("19A", "COVA", Shape::Amount, "AcctBaseCcyAmts/ElgblCollVal"),
    row("70C", "SUBB", Shape::Text, "HldgAddtlDtls"),
];

/// Totals of a statement.
const TOTALS: &[Row] = &[
    row("19A", "HOLP", Shape::Amount, "AcctBaseCcyTtlAmts/TtlHldgsValOfPg"),
    row("19A", "HOLS", Shape::Amount, "AcctBaseCcyTtlAmts/TtlHldgsValOfStmt"),
    row("19A", "BOOS", Shape::Amount, "AcctBaseCcyTtlAmts/TtlBookValOfStmt"),
    row("19A", "COVA", Shape::Amount, "AcctBaseCcyTtlAmts/TtlElgblCollVal"),
];

/// Reads the event.
pub(super) fn read(reading: &Reading<'_, '_>) -> Result<Event, Unread> {
    let header = statement::head(reading, &STATEMENT)?;
    let root = reading.root;
    let mut accounts = vec![account(SubAccount::default(), root, "BalForAcct")?];
    accounts.retain(|own| !own.holdings.is_empty());
    for at in root.all("SubAcctDtls") {
        accounts.push(account(statement::sub_account(at), at, "BalForSubAcct")?);
    }
    let kind = if root.name() == ACCOUNTING { "ACCT" } else { "CUST" };
    let totals = details::read(root, TOTALS);
    let additional = Some(totals).filter(|totals| !totals.is_empty()).into_iter().collect();
    let statement = HoldingsStatement { header, kind: Some(kind.to_owned()), accounts, additional };
    Ok(Event::HoldingsStatement(Box::new(statement)))
}

fn account(mut account: SubAccount, at: At<'_, '_>, name: &str) -> Result<AccountHoldings, Unread> {
    let mut holdings: Vec<_> = at.all(name).map(holding).collect::<Result<_, _>>()?;
    let mut places: Vec<&mut Vec<Detail>> = holdings.iter_mut().map(|h| &mut h.details).collect();
    account.places = statement::common_place(&mut places).into_iter().collect();
    Ok(AccountHoldings { account, holdings })
}

fn holding(at: At<'_, '_>) -> Result<Holding, Unread> {
    let balance = |name| at.get(name).and_then(details::balance);
    let money = |path| at.get(path).and_then(details::amount);
    let placed = at.all(AT_A_PLACE).filter_map(placed);
    let parts = placed.chain(at.all("BalBrkdwn").chain(at.all("AddtlBalBrkdwn")).filter_map(part)).collect();
    Ok(Holding {
        instrument: at.get("FinInstrmId").map(parts::instrument).unwrap_or_default(),
        attributes: at.get("FinInstrmAttrbts").map(|at| read_details(at, ATTRIBUTES)).unwrap_or_default(),
        aggregate: balance("AggtBal").ok_or_else(|| Unread::missing(at, "AggtBal"))?,
        available: balance("AvlblBal"),
        not_available: balance("NotAvlblBal"),
        sub_balances: parts,
        price: at.get("PricDtls").and_then(price),
        value: money(AMOUNTS[0].1),
        book: money(AMOUNTS[1].1),
        accrued: money(AMOUNTS[2].1),
        exchange: exchange(at),
        lots: at.all("QtyBrkdwn").map(lot).collect(),
        details: read_details(at, HOLDING),
        supplementary: Vec::new(),
    })
}

fn exchange(at: At<'_, '_>) -> Option<crate::model::ExchangeRate> {
    match details::value(Shape::Exchange, at.get("FXDtls")?)? {
        V::Exchange(rate) => Some(rate),
        _ => None,
    }
}

/// What is kept at one place: a part of its own, which has its price and its rate.
fn placed(at: At<'_, '_>) -> Option<SubBalance> {
    let place = match details::value(Shape::Place, at.get("SfkpgPlc")?)? {
        V::Place(place) => place,
        _ => return None,
    };
    Some(SubBalance {
        kind: PLACED.to_owned(),
        balance: details::balance(at.get("AggtBal")?)?,
        places: vec![place],
        price: at.get("PricDtls").and_then(price),
        value: at.get(AMOUNTS[0].1).and_then(details::amount),
        accrued: at.get(AMOUNTS[2].1).and_then(details::amount),
        exchange: exchange(at),
        lots: at.all("QtyBrkdwn").map(lot).collect(),
        details: read_details(at, PLACED_PART),
    })
}

fn lot(at: At<'_, '_>) -> Lot {
    Lot { details: read_details(at, HELD_LOT) }
}

fn part(at: At<'_, '_>) -> Option<SubBalance> {
    Some(SubBalance {
        kind: at.get("SubBalTp").and_then(details::code)?,
        balance: details::balance(at.get("Qty")?)?,
        places: Vec::new(),
        price: None,
        value: at.get("AcctBaseCcyAmts/HldgVal").and_then(details::amount),
        accrued: None,
        exchange: None,
        lots: at.all("QtyBrkdwn").map(lot).collect(),
        details: read_details(at, PART),
    })
}

/// Drafts a custodian's statement.
pub(super) fn write_custody(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    write(event, CUSTODY, writing)
}

/// Drafts a statement for accounting.
pub(super) fn write_accounting(event: &Event, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    write(event, ACCOUNTING, writing)
}

fn write(event: &Event, root: &'static str, writing: &mut Writing<'_>) -> Result<Draft, EncodeError> {
    let Event::HoldingsStatement(e) = event else { return Err(parts::no_message(event.kind().name())) };
    let mut root = Draft::new(root);
    statement::put_head(&mut root, &e.header, &STATEMENT, writing)?;
    let (schema, losses) = (writing.schema, &mut writing.losses);
    let own = schema.own();
    // It must be said for accounting; where nobody knows, it is not audited.
    if schema.down(own, "StmtGnlDtls/AudtdInd").is_some() && root.at("StmtGnlDtls").count("AudtdInd") == 0 {
        root.set("StmtGnlDtls/AudtdInd", "details.AUDT", "false");
        losses.add("details.AUDT", "false", "whether it is audited must be said: it is said not to be");
    }
    let mut first = true;
    for account in &e.accounts {
        if first && statement::is_own(&account.account, &e.header) {
            first = false;
            put_account((schema, own), &mut root, "BalForAcct", account, losses);
            continue;
        }
        let Some(of) = schema.down(own, "SubAcctDtls") else { continue };
        let mut draft = Draft::new("SubAcctDtls");
        let full = !account.holdings.is_empty();
        statement::put_sub_account((schema, of), &mut draft, &account.account, full, losses);
        put_account((schema, of), &mut draft, "BalForSubAcct", account, losses);
        root.take_child("SubAcctDtls", draft);
    }
    put_totals((schema, own), &mut root, &e.additional, losses);
    Ok(root)
}

/// Totals have a place; parties and words beside have none.
fn put_totals(place: (&Schema, TypeId), root: &mut Draft, additional: &[Vec<Detail>], losses: &mut Losses) {
    let (totals, other): (Vec<Detail>, Vec<Detail>) =
        additional.iter().flatten().cloned().partition(|d| TOTALS.iter().any(|row| row.code == d.code));
    put_details(place, root, TOTALS, &totals, "additional", losses);
    if let (Some(draft), Some(of)) =
        (root.find("AcctBaseCcyTtlAmts"), place.0.down(place.1, "AcctBaseCcyTtlAmts"))
    {
        let mut draft = draft.clone();
        if !draft.fit((place.0, of), losses) {
            losses.add("additional", "totals", "the total of a page needs that of the statement");
            root.drop_child("AcctBaseCcyTtlAmts");
        }
    }
    statement::lose_additional(&[other], losses);
}

fn put_account(
    (schema, around): (&Schema, TypeId),
    draft: &mut Draft,
    name: &'static str,
    account: &AccountHoldings,
    losses: &mut Losses,
) {
    let kept = statement::place_of_account(&account.account, losses);
    let Some(of) = schema.down(around, name) else { return };
    for holding in &account.holdings {
        let mut element = Draft::new(name);
        put_holding((schema, of), &mut element, holding, kept.as_ref(), losses);
        draft.take_child(name, element);
    }
}

fn put_holding(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    holding: &Holding,
    kept: Option<&Detail>,
    losses: &mut Losses,
) {
    let (schema, of) = place;
    parts::put_instrument(draft.at("FinInstrmId"), "holdings.instrument", &holding.instrument);
    if let Some(of) = schema.down(of, "FinInstrmAttrbts").filter(|_| !holding.attributes.is_empty()) {
        let mut below = Draft::new("FinInstrmAttrbts");
        put_details((schema, of), &mut below, ATTRIBUTES, &holding.attributes, "holdings.attributes", losses);
        if below.fit((schema, of), losses) && !below.is_empty() {
            draft.take_child("FinInstrmAttrbts", below);
        }
    }
    let balances = [
        ("AggtBal", "holdings.aggregate", Some(&holding.aggregate)),
        ("AvlblBal", "holdings.available", holding.available.as_ref()),
        ("NotAvlblBal", "holdings.not_available", holding.not_available.as_ref()),
    ];
    for (name, field, balance) in balances {
        put_balance(place, draft, name, field, balance, losses);
    }
    put_price(place, draft, "holdings.price", holding.price.as_ref(), losses);
    for ((name, path), amount) in AMOUNTS.iter().zip([holding.value, holding.book, holding.accrued]) {
        let field =
            ["holdings.value", "holdings.book", "holdings.accrued"].into_iter().find(|f| f.ends_with(name));
        put_money(place, draft, path, field.unwrap_or("holdings"), amount, losses);
    }
    if let Some(rate) = holding.exchange {
        put_value(place, draft, (Shape::Exchange, "FXDtls"), &V::Exchange(rate), "holdings.exchange", losses);
    }
    let said: Vec<Detail> = kept.into_iter().chain(&holding.details).cloned().collect();
    put_details(place, draft, HOLDING, &said, "holdings.details", losses);
    put_lots(place, draft, &holding.lots, "holdings.lots", losses);
    draft.fit(place, losses);
    supplementary::put(place, draft, &holding.supplementary, "holdings.supplementary", losses);
    for part in &holding.sub_balances {
        put_part(place, draft, part, losses);
    }
}

fn put_money(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    path: &'static str,
    field: &'static str,
    amount: Option<Amount>,
    losses: &mut Losses,
) {
    if let Some(amount) = amount {
        put_value(place, draft, (Shape::Amount, path), &V::Amount(amount), field, losses);
    }
}

fn put_balance(
    place: (&Schema, TypeId),
    draft: &mut Draft,
    name: &'static str,
    field: &'static str,
    balance: Option<&Balance>,
    losses: &mut Losses,
) {
    let Some(balance) = balance else { return };
    put_value(place, draft, (Shape::Balance, name), &V::Balance(balance.clone()), field, losses);
}

fn put_lots(
    (schema, of): (&Schema, TypeId),
    draft: &mut Draft,
    lots: &[Lot],
    field: &'static str,
    losses: &mut Losses,
) {
    let Some(of) = schema.down(of, "QtyBrkdwn") else {
        lots.iter().for_each(|_| losses.add(field, "a lot", "the message has no lots here"));
        return;
    };
    for lot in lots {
        let mut element = Draft::new("QtyBrkdwn");
        put_details((schema, of), &mut element, HELD_LOT, &lot.details, field, losses);
        element.fit((schema, of), losses);
        draft.take_child("QtyBrkdwn", element);
    }
}

/// What is kept at one place; false where the message does not list that.
fn put_placed(
    (schema, around): (&Schema, TypeId),
    draft: &mut Draft,
    part: &SubBalance,
    losses: &mut Losses,
) -> bool {
    let (Some(of), Some((kept, more))) = (schema.down(around, AT_A_PLACE), part.places.split_first()) else {
        return false;
    };
    if part.kind != PLACED {
        return false;
    }
    let place = (schema, of);
    let mut element = Draft::new(AT_A_PLACE);
    let field = "holdings.sub_balances.places";
    for other in more {
        losses.add(field, show(&V::Place(other.clone())), "what is kept is listed for one place");
    }
    put_value(place, &mut element, (Shape::Place, "SfkpgPlc"), &V::Place(kept.clone()), field, losses);
    let field = "holdings.sub_balances.balance";
    put_balance(place, &mut element, "AggtBal", field, Some(&part.balance), losses);
    put_price(place, &mut element, "holdings.sub_balances.price", part.price.as_ref(), losses);
    let amounts = [
        (AMOUNTS[0].1, "holdings.sub_balances.value", part.value),
        (AMOUNTS[2].1, "holdings.sub_balances.accrued", part.accrued),
    ];
    for (path, field, amount) in amounts {
        put_money(place, &mut element, path, field, amount, losses);
    }
    if let Some(rate) = part.exchange.map(V::Exchange) {
        let shape = (Shape::Exchange, "FXDtls");
        put_value(place, &mut element, shape, &rate, "holdings.sub_balances.exchange", losses);
    }
    put_details(place, &mut element, PLACED_PART, &part.details, "holdings.sub_balances.details", losses);
    put_lots(place, &mut element, &part.lots, "holdings.sub_balances.lots", losses);
    let fits = element.fit(place, losses);
    if fits {
        draft.take_child(AT_A_PLACE, element);
    }
    fits
}

/// A part stands in the list whose codes know it.
fn put_part((schema, around): (&Schema, TypeId), draft: &mut Draft, part: &SubBalance, losses: &mut Losses) {
    if put_placed((schema, around), draft, part, losses) {
        return;
    }
    let field = "holdings.sub_balances";
    let knows = |name: &str| {
        let of = schema.down(around, name)?;
        let codes = schema.down(of, "SubBalTp/Cd").and_then(|of| schema.value_type(of))?;
        (part.kind.contains('/') || codes.check(&part.kind).is_ok()).then_some(of)
    };
    let found = ["BalBrkdwn", "AddtlBalBrkdwn"].into_iter().find_map(|name| Some((name, knows(name)?)));
    let Some((name, of)) = found else {
        losses.add(field, &part.kind, "the message has no part of this kind");
        return;
    };
    let mut element = Draft::new(name);
    let place = (schema, of);
    put_value(place, &mut element, (Shape::Code, "SubBalTp"), &V::Code(part.kind.clone()), field, losses);
    put_balance(place, &mut element, "Qty", "holdings.sub_balances.balance", Some(&part.balance), losses);
    put_money(
        place,
        &mut element,
        "AcctBaseCcyAmts/HldgVal",
        "holdings.sub_balances.value",
        part.value,
        losses,
    );
    put_money(
        place,
        &mut element,
        "AcctBaseCcyAmts/AcrdIntrstAmt",
        "holdings.sub_balances.accrued",
        part.accrued,
        losses,
    );
    for kept in &part.places {
        losses.add(
            "holdings.sub_balances.places",
            show(&V::Place(kept.clone())),
            "a part has no place of its own here",
        );
    }
    if let Some(price) = &part.price {
        losses.add(
            "holdings.sub_balances.price",
            show(&V::Price(price.price)),
            "a part has no price of its own here",
        );
    }
    if let Some(rate) = part.exchange {
        losses.add(
            "holdings.sub_balances.exchange",
            show(&V::Exchange(rate)),
            "a part has no rate of its own here",
        );
    }
    put_details(place, &mut element, PART, &part.details, "holdings.sub_balances.details", losses);
    put_lots(place, &mut element, &part.lots, "holdings.sub_balances.lots", losses);
    if element.fit(place, losses) {
        draft.take_child(name, element);
    } else {
        losses.add(field, &part.kind, "the message cannot hold this part");
    }
}
