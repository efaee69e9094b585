//! The terms that MT540 to MT547 share: trade, account, second leg, settlement, amounts and parties, both ways.

use super::allegement::{cash_party, put_cash_parties};
use super::arrange::Block;
use super::details::Details;
use super::encode::{Writer, exact, invalid};
use super::sections::{Section, Unread};
use super::statement::{self, group};
use super::{party, value};
use crate::codec::EncodeError;
use crate::model::{
    Amount, AmountKind, Detail, DetailValue as V, FurtherDetails, Lei, Linkage, Movement, OtherAmount, Party,
    PartyId, Payment, Price, PriceKind, SettlementChain, StatedAccount, Terms,
};

/// How a family of messages calls what all of them have: its own qualifiers, and the fields of its event.
pub(super) struct Names {
    /// The qualifier of its quantity and its amount.
    pub(super) settled: &'static str,
    /// `instruction.more.trade_details` and the like, by sequence.
    pub(super) fields: [(&'static str, &'static str); 12],
}

/// An instruction.
pub(super) const INSTRUCTION: Names = Names {
    settled: "SETT",
    fields: [
        ("GENL", "instruction.more.general_details"),
        ("TRADDET", "instruction.more.trade_details"),
        ("FIA", "instruction.more.attributes"),
        ("FIAC", "instruction.more.account_details"),
        ("BREAK", "instruction.more.lots"),
        ("REPO", "instruction.more.second_leg"),
        ("SETDET", "instruction.more.settlement_details"),
        ("SETPRTY", "instruction.more.party_details"),
        ("CSHPRTY", "instruction.more.cash_parties"),
        ("AMT", "instruction.more.amount_details"),
        ("OTHRPRTY", "instruction.more.other_parties"),
        ("", "instruction.more.supplementary"),
    ],
};

/// A confirmation.
pub(super) const SETTLEMENT: Names = Names {
    settled: "ESTT",
    fields: [
        ("GENL", "settlement.more.general_details"),
        ("TRADDET", "settlement.more.trade_details"),
        ("FIA", "settlement.more.attributes"),
        ("FIAC", "settlement.more.account_details"),
        ("BREAK", "settlement.more.lots"),
        ("REPO", "settlement.more.second_leg"),
        ("SETDET", "settlement.more.settlement_details"),
        ("SETPRTY", "settlement.more.party_details"),
        ("CSHPRTY", "settlement.more.cash_parties"),
        ("AMT", "settlement.more.amount_details"),
        ("OTHRPRTY", "settlement.more.other_parties"),
        ("", "settlement.more.supplementary"),
    ],
};

/// Reads everything but the general sequence.
pub(super) fn read<'a>(
    root: &mut Section<'a>,
    (movement, payment): (Movement, Payment),
    names: &Names,
    unread: &mut Unread<'a>,
) -> Result<Terms, &'static str> {
    let quantity_lacks = if names.settled == "SETT" { "36B::SETT" } else { "36B::ESTT" };
    let mut trade = root.take_one("TRADDET").ok_or("35B")?;
    let mut account = root.take_one("FIAC").ok_or(quantity_lacks)?;
    let mut settlement = root.take_one("SETDET").ok_or("22F::SETR")?;
    let second_leg = root.take_one("REPO").map(|s| s.details(unread).rest()).unwrap_or_default();
    let others = root.take("OTHRPRTY").into_iter().map(|s| s.details(unread).rest());
    let other_parties = others.filter(|details| !details.is_empty()).collect();
    let attributes = statement::attributes(&mut trade, unread);
    let lots = statement::lots(&mut account, unread);
    let chains = statement::chains(settlement.take("SETPRTY"), Some(movement), unread);
    let cash_parties = settlement.take("CSHPRTY").into_iter().filter_map(|s| cash_party(s, unread)).collect();
    let network_fee = settlement.take_one("NTWKFEE").map(|s| s.details(unread).rest()).unwrap_or_default();
    let money = money(settlement.take("AMT"), names.settled, unread);
    let mut t = trade.details(unread);
    let mut a = account.details(unread);
    let mut s = settlement.details(unread);
    let (conditions, partial) = s.conditions();
    Ok(Terms {
        movement,
        payment,
        instrument: Some(t.instrument().ok_or("35B")?),
        quantity: Some(a.quantity(names.settled).ok_or(quantity_lacks)?),
        previously_settled: a.quantity("PSTT"),
        remaining: a.quantity("RSTT"),
        amount: money.amount,
        previously_settled_amount: a.amount("PSTT"),
        remaining_amount: a.amount("RSTT"),
        other_amounts: money.others,
        price: t.price("DEAL"),
        trade_date: t.moment("TRAD"),
        settlement_date: t.moment("SETT"),
        effective_date: t.moment("ESET"),
        place_of_trade: t.place("TRAD"),
        account: a.safekeeping(),
        cash_account: a.account("CASH"),
        account_owner: a.party("ACOW"),
        transaction_type: Some(s.code("SETR").ok_or("22F::SETR")?),
        conditions,
        partial,
        priority: priority(&mut t),
        delivering: chains.delivering,
        receiving: chains.receiving,
        narrative: t.text("SPRO"),
        more: FurtherDetails {
            attributes,
            trade_details: t.rest(),
            account_details: a.rest(),
            lots,
            second_leg,
            settlement_details: s.rest(),
            party_details: chains.details,
            cash_parties,
            amount_details: money.details,
            network_fee,
            other_parties,
            ..FurtherDetails::default()
        },
    })
}

/// The priority; one with a scheme of its own stays a code.
fn priority(details: &mut Details) -> Option<u8> {
    let is = |d: &Detail| d.code == "PRIR" && matches!(&d.value, V::Code(code) if code.parse::<u8>().is_ok());
    let found = details.first(is)?;
    if let V::Code(code) = found.value { code.parse().ok() } else { None }
}

#[derive(Default)]
struct Money {
    amount: Option<Amount>,
    others: Vec<OtherAmount>,
    details: Vec<Detail>,
}

/// All AMT sequences. Value date and exchange are those of the settlement amount, or of the last amount where there is
/// none; of the others they are noted as lost.
fn money<'a>(blocks: Vec<Section<'a>>, settled: &str, unread: &mut Unread<'a>) -> Money {
    let mut money = Money::default();
    let of = blocks.iter().position(|block| block.has(b"19A", settled.as_bytes()));
    let of = of.or(blocks.len().checked_sub(1));
    for (nth, mut block) in blocks.into_iter().enumerate() {
        let settles = of == Some(nth);
        if !settles {
            unread.0.extend(block.fields(b"98A"));
            unread.0.extend(block.fields(b"98C"));
            unread.0.extend(block.fields(b"92B"));
        }
        let mut d = block.details(unread);
        if settles {
            money.amount = d.amount(settled);
        }
        for detail in d.rest() {
            match detail.value {
                V::Amount(amount) if !matches!(detail.code.as_str(), "RESU" | "OCMT") => {
                    money.others.push(OtherAmount { kind: AmountKind(detail.code), amount });
                }
                _ => money.details.push(detail),
            }
        }
    }
    money
}

/// The linkages of an instruction, and those that stand for fields of their own.
#[derive(Debug)]
pub(super) struct Links(pub(super) Vec<Linkage>);

impl Links {
    /// Takes the first reference of that kind; its linkage stays where it says more than the reference.
    pub(super) fn take(&mut self, kind: &str) -> Option<crate::model::Reference> {
        let index = self.0.iter().position(|l| l.kind == kind)?;
        let found = self.0.get(index)?;
        let reference = found.reference.clone();
        if found.is_plain() {
            self.0.remove(index);
        }
        Some(reference)
    }

    /// Takes the first reference of that kind whose linkage says nothing else.
    pub(super) fn plain(&mut self, kind: &str) -> Option<crate::model::Reference> {
        let index = self.0.iter().position(|l| l.kind == kind && l.is_plain())?;
        Some(self.0.remove(index).reference)
    }

    /// Takes out the first reference of that kind, whatever else its linkage says.
    pub(super) fn remove(&mut self, kind: &str) -> Option<crate::model::Reference> {
        let index = self.0.iter().position(|l| l.kind == kind)?;
        Some(self.0.remove(index).reference)
    }
}

/// Writes linkages, those that this message has and that fit; each kind that has a field of its own stands before.
pub(super) fn put_links(
    w: &mut Writer,
    block: &mut Block,
    kind: &str,
    field: &'static str,
    links: &[Linkage],
) {
    let spec = super::message::spec(kind);
    for link in links {
        if !spec.is_some_and(|s| s.lists("LINK", "20", &link.kind)) {
            let value = format!("{} {}", link.kind, link.reference);
            w.lose(field, &value, "this message has no linkage of this kind");
            continue;
        }
        let unique = link.kind == "TRRF" && is_unique(link.reference.as_str());
        if !unique && !w.holds(field, &link.reference) {
            continue;
        }
        let mut link = link.clone();
        if !link.position.is_empty() && !spec.is_some_and(|s| s.lists("LINK", "22", "LINK")) {
            w.lose(field, &link.position, "this message says no order of linked ones");
            link.position.clear();
        }
        statement::put_linkages(block, field, std::slice::from_ref(&link));
    }
}

/// Whether a reference is a unique transaction identifier: the LEI of who made it, and up to 32 characters. 20U carries it.
pub(super) fn is_unique(text: &str) -> bool {
    let capitals = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    (21..=52).contains(&text.len())
        && capitals(text)
        && text.get(..20).is_some_and(|lei| lei.parse::<Lei>().is_ok())
}

/// Writes everything but the general sequence; `kind` is the message type.
pub(super) fn put(
    w: &mut Writer,
    root: &mut Block,
    terms: &Terms,
    names: &Names,
    lacks_account: EncodeError,
) -> Result<(), EncodeError> {
    let more = &terms.more;
    checked_chain(&terms.delivering)?;
    checked_chain(&terms.receiving)?;
    root.child(trade_block(terms, names));
    let mut account = block("FIAC", names);
    account.put_some(names.settled, terms.quantity.as_ref(), V::Quantity);
    account.put_some("PSTT", terms.previously_settled.as_ref(), V::Quantity);
    account.put_some("RSTT", terms.remaining.as_ref(), V::Quantity);
    account.put_some("PSTT", terms.previously_settled_amount.as_ref(), V::Amount);
    account.put_some("RSTT", terms.remaining_amount.as_ref(), V::Amount);
    if let Some(owner) = terms.account_owner.as_ref().filter(|owner| owner_fits(w, owner)) {
        account.put("ACOW", V::Party(owner.clone()));
    }
    let safe = terms.account.as_ref().ok_or(lacks_account)?;
    checked_account("account", safe)?;
    statement::put_safekeeping(&mut account, Some(safe));
    if let Some(cash) = &terms.cash_account {
        checked_account("cash_account", cash)?;
        account.put("CASH", V::Account(cash.clone()));
    }
    account.put_all(&more.account_details);
    for lot in &more.lots {
        account.child(named_group("BREAK", names, &lot.details));
    }
    root.child(account);
    root.child(named_group("REPO", names, &more.second_leg));
    root.child(settlement_block(w, terms, names));
    for data in &more.supplementary {
        w.lose(field(names, ""), &data.content, "MT carries no supplementary data");
    }
    for details in &more.other_parties {
        root.child(named_group("OTHRPRTY", names, details));
    }
    Ok(())
}

fn trade_block(terms: &Terms, names: &Names) -> Block {
    let more = &terms.more;
    let mut block = block("TRADDET", names);
    if let Some(place) = &terms.place_of_trade {
        let mut place = place.clone();
        if place.bic.is_none() && place.lei.is_none() {
            place.kind = place.kind.or_else(|| Some("EXCH".to_owned()));
        }
        block.put("TRAD", V::Place(place));
    }
    block.put_some("SETT", terms.settlement_date.as_ref(), V::Moment);
    block.put_some("TRAD", terms.trade_date.as_ref(), V::Moment);
    block.put_some("ESET", terms.effective_date.as_ref(), V::Moment);
    if let Some(price) = terms.price {
        let implied = terms.amount.filter(|_| price.kind == PriceKind::Actual).map(|a| a.currency());
        block.put("DEAL", V::Price(Price { currency: price.currency.or(implied), ..price }));
    }
    block.put_some("", terms.instrument.as_ref(), V::Instrument);
    block.child(named_group("FIA", names, &more.attributes));
    block.put_all(&more.trade_details);
    if let Some(priority) = terms.priority {
        block.put("PRIR", V::Code(format!("{priority:04}")));
    }
    block.put_some("SPRO", terms.narrative.as_ref(), V::Text);
    block
}

fn settlement_block(w: &mut Writer, terms: &Terms, names: &Names) -> Block {
    let more = &terms.more;
    let mut block = block("SETDET", names);
    for condition in &terms.conditions {
        block.put("STCO", V::Code(condition.clone()));
    }
    if let Some(partial) = terms.partial {
        block.put("STCO", V::Code(partial.code().to_owned()));
    }
    block.put_some("SETR", terms.transaction_type.as_ref(), V::Code);
    block.put_all(&more.settlement_details);
    let chains = (&terms.delivering, &terms.receiving, &more.party_details[..]);
    statement::put_chains(w, &mut block, Some(terms.movement), chains);
    put_cash_parties(&mut block, field(names, "CSHPRTY"), &more.cash_parties);
    put_amounts(w, &mut block, terms, names);
    block.child(group("NTWKFEE", &more.network_fee));
    block
}

/// One AMT sequence for each amount, the settlement amount last with what is said of it.
fn put_amounts(w: &mut Writer, block: &mut Block, terms: &Terms, names: &Names) {
    let details = &terms.more.amount_details;
    let field = field(names, "AMT");
    let fits = |other: &&OtherAmount| other.kind.0 != names.settled && other.kind.0 != "RESU";
    for other in terms.other_amounts.iter().filter(|other| !fits(other)) {
        let value = format!("{} {}", other.kind.0, other.amount);
        w.lose("other_amounts", &value, "this message has no such further amount");
    }
    let others = terms.other_amounts.iter().filter(fits).map(|other| (other.kind.0.as_str(), other.amount));
    let mut all: Vec<(&str, Amount)> = others.collect();
    all.extend(terms.amount.map(|amount| (names.settled, amount)));
    let last = all.len().checked_sub(1);
    for (nth, (code, amount)) in all.into_iter().enumerate() {
        let settles = Some(nth) == last;
        let mut money = Block::called("AMT", if settles { field } else { "other_amounts" });
        money.put(code, V::Amount(amount));
        if settles {
            money.put_all(details);
        }
        block.child(money);
    }
    if last.is_none() {
        for detail in details {
            let why = "it belongs to an amount, and there is none";
            w.lose(&format!("{field}.{}", detail.code), &format!("{:?}", detail.value), why);
        }
    }
}

/// What the event calls the details of a sequence.
pub(super) fn field(names: &Names, sequence: &str) -> &'static str {
    names.fields.iter().find(|(name, _)| *name == sequence).map_or("", |(_, field)| field)
}

fn block(name: &'static str, names: &Names) -> Block {
    Block::called(name, field(names, name))
}

fn named_group(name: &'static str, names: &Names, details: &[Detail]) -> Block {
    let mut block = block(name, names);
    block.put_all(details);
    block
}

/// Whether 95a::ACOW can name an account owner; what it cannot say is told.
pub(super) fn owner_fits(w: &mut Writer, owner: &Party) -> bool {
    let named = match &owner.id {
        PartyId::Bic(_) => true,
        PartyId::Proprietary { issuer, .. } => party::is_scheme(issuer),
        _ => false,
    };
    if !named {
        let why = "95a::ACOW takes a BIC, or a code whose issuer has one to eight capitals or digits";
        w.lose("account_owner", &format!("{:?}", owner.id), why);
        return false;
    }
    if owner.account.is_some() || owner.processing_reference.is_some() || !owner.further.is_empty() {
        let what = "account, reference or further identification";
        w.lose("account_owner", what, "95a::ACOW has no place for them");
    }
    true
}

/// An account goes through unchanged, or not at all.
pub(super) fn checked_account(field: &'static str, account: &StatedAccount) -> Result<(), EncodeError> {
    exact(field, account.id.as_str(), if account.wallet { 140 } else { 35 }).map(drop)
}

/// The parties that a chain cannot do without must be such that MT can name them.
pub(super) fn checked_chain(chain: &SettlementChain) -> Result<(), EncodeError> {
    let parties =
        [&chain.agent, &chain.intermediary_2, &chain.intermediary_1, &chain.custodian, &chain.client];
    for party in parties.into_iter().chain([&chain.depository]).flatten() {
        match &party.id {
            PartyId::Lei(lei) => {
                let why = "an LEI alone names no settlement party in MT; give its BIC as well";
                return Err(invalid("party.lei", lei.as_str(), why));
            }
            PartyId::Country(country) if chain.depository.as_ref() != Some(party) => {
                return Err(invalid(
                    "party.country",
                    country,
                    "only the place of settlement may be a country",
                ));
            }
            _ => {}
        }
        if let Some(account) = &party.account {
            exact("party.account", account.as_str(), 35)?;
        }
    }
    Ok(())
}

/// 23G: the function, and behind a slash whether it is a copy.
pub(super) fn function(section: &mut Section<'_>) -> Option<(String, Option<String>)> {
    let text = value::text(section.field(b"23G")?.rest);
    Some(match text.split_once('/') {
        Some((function, copy)) => (function.to_owned(), Some(copy.to_owned())),
        None => (text, None),
    })
}

/// The way back.
pub(super) fn put_function(block: &mut Block, function: &str, copy: Option<&str>) {
    block.line("23G", &copy.map_or(function.to_owned(), |copy| format!("{function}/{copy}")));
}
