//! MT514 and the normalized allocation instruction: one share of a block per message.
//!
//! A message that names its block (20C::MAST), how large that is (36B::TQBT), which part it is and of how many (99B::ALLO,
//! TOAL) is one fragment of an allocation that is known by the block's reference; its own reference is the share's. Any
//! other stands for itself, whether it names a block or not.

use super::deal::{Deal, Sides};
use super::deal_writing::{Costs, Named, known_by, write_chains, write_indicators};
use super::encode::{Writer, invalid};
use super::instruction::{missing, write_place};
use super::instrument;
use super::message::Message;
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{
    Account, Allocation, AllocationInstruction, AllocationPurpose, Event, Fragment, Function, PartyRole,
    RoleParty,
};

const KIND: &str = "514";

/// What the message means; `Err` names what is missing for it.
pub(super) fn read(message: &Message<'_>) -> Result<Event, &'static str> {
    let mut deal = Deal::read(message);
    let side = deal.side.ok_or("22H::BUSE")?;
    let sides = Sides::of(KIND, side);
    let quantity = deal.quantity.ok_or("36B::ALLO")?;
    let own = deal.id.take().ok_or("20C::SEME")?;
    let function = deal.function()?;
    let master = deal.links.remove("MAST", true);
    let counted = deal.number.zip(deal.total).zip(deal.block_quantity);
    let (id, block, fragment) = match (master, counted) {
        (Some(master), Some(((number, total), _))) => (
            master,
            None,
            (total > 1).then_some(Fragment { total, last: number == total, number: Some(number) }),
        ),
        (master, _) => (own.clone(), master, None),
    };
    let block_quantity = deal.block_quantity.unwrap_or(quantity);
    // The block is told alike by all of its parts, so what only one of them says is the share's.
    let whole = fragment.is_none();
    let alone = whole && block_quantity == quantity;
    let (chain, counterparty_chain) = deal.chains(&sides);
    let account = deal.account(&sides);
    let (investors, parties): (Vec<RoleParty>, Vec<RoleParty>) =
        deal.roles(&sides).into_iter().partition(|p| p.role == PartyRole::Investor);
    let account =
        account.or_else(|| identifier(&investors, &parties, &sides)).ok_or("97a::SAFE of the investor")?;
    let currency = deal.currency();
    let share = Allocation {
        account,
        id: Some(own),
        quantity,
        price: deal.price.filter(|_| !whole),
        gross: deal.gross.filter(|_| !alone),
        net: deal.net,
        accrued: deal.accrued,
        commission: deal.commission,
        fees: deal.fees,
        parties: investors,
        payment: deal.payment,
        settlement_amount: None,
        chain,
        counterparty_chain,
        text: None,
    };
    Ok(Event::Allocation(Box::new(AllocationInstruction {
        id,
        function,
        block,
        purpose: purpose(&share),
        orders: deal.links.remove_all("RELA"),
        side,
        instrument: deal.instrument.ok_or("35B")?,
        quantity: block_quantity,
        price: deal.price.filter(|_| whole),
        currency,
        trade_date: deal.trade_date.ok_or("98a::TRAD")?,
        settlement_date: deal.settlement_date,
        transacted: deal.prepared,
        parties,
        market: deal.market,
        gross: deal.gross.filter(|_| alone),
        net: deal.block_net,
        accrued: None,
        allocations: vec![share],
        fragment,
        text: deal.text,
    })))
}

/// Where no account is given, whom the broker knows by an identifier is known by that.
fn identifier(investors: &[RoleParty], parties: &[RoleParty], sides: &Sides) -> Option<Account> {
    let holder = investors.first().or_else(|| parties.iter().find(|p| p.role == sides.client_role))?;
    known_by(&holder.party)?.parse().ok()
}

/// With its money an allocation is calculated, else preliminary.
fn purpose(share: &Allocation) -> AllocationPurpose {
    if share.net.is_some() { AllocationPurpose::Calculated } else { AllocationPurpose::Preliminary }
}

/// Writes an allocation of one share as MT514.
pub(super) fn write(event: &AllocationInstruction, envelope: &Envelope) -> Result<Encoded, EncodeError> {
    let [share] = event.allocations.as_slice() else {
        let why = "MT514 allocates to one account: send a message for each (`AllocationInstruction::apart`)";
        return Err(invalid("allocation.allocations", &event.allocations.len().to_string(), why));
    };
    let sides = Sides::of(KIND, event.side);
    let mut w = Writer::default();
    tell(&mut w, event, share);
    w.sequence("GENL", |w| write_general(w, event, share))?;
    w.sequence("CONFDET", |w| write_detail(w, event, share, &sides, envelope))?;
    let costs = Costs {
        kind: KIND,
        of: "allocation.allocations",
        gross: share.gross.as_ref().or(event.gross.as_ref().filter(|_| is_alone(event, share))),
        accrued: share.accrued.as_ref().or(event.accrued.as_ref().filter(|_| is_alone(event, share))),
        commission: share.commission.as_ref(),
        fees: &share.fees,
        net: share.net.as_ref(),
    };
    let chains = [&share.chain, &share.counterparty_chain].map(|c| c.as_ref().filter(|c| !c.is_empty()));
    if !costs.is_empty() || chains.iter().any(Option::is_some) {
        w.sequence("SETDET", |w| {
            w.put("22F", "SETR", "TRAD");
            write_chains(w, &sides, chains[0], chains[1])?;
            costs.write(w)
        })?;
    }
    w.finish(KIND, envelope)
}

/// Whether the share is all there is of the block.
fn is_alone(event: &AllocationInstruction, share: &Allocation) -> bool {
    event.fragment.is_none() && event.quantity == share.quantity
}

/// Whether the message is known by its block, and the share by a reference of its own.
fn is_part(event: &AllocationInstruction, share: &Allocation) -> bool {
    event.fragment.is_some() || share.id.as_ref().is_some_and(|id| *id != event.id)
}

/// What one message per share cannot say.
fn tell(w: &mut Writer, event: &AllocationInstruction, share: &Allocation) {
    let expected = purpose(share);
    if event.purpose != expected {
        let why = format!("MT514 does not say it; {expected:?} is taken from what it says");
        w.lose("allocation.purpose", &format!("{:?}", event.purpose), &why);
    }
    let alone = is_alone(event, share);
    let twice = [
        ("allocation.gross", &event.gross, &share.gross),
        ("allocation.accrued", &event.accrued, &share.accrued),
    ];
    for (field, of_block, of_share) in twice {
        if let Some(amount) = of_block.filter(|a| !alone || of_share.is_some_and(|s| s != *a)) {
            w.lose(field, &amount.to_string(), "MT514 has that of the share");
        }
    }
    if let (Some(block), Some(own)) = (event.price, share.price)
        && block != own
    {
        w.lose("allocation.price", &block.value.to_string(), "MT514 has the price of the share");
    }
    if let Some(amount) = &share.settlement_amount {
        let why = "another currency needs a rate of exchange, which is not known";
        w.lose("allocation.allocations.settlement_amount", &amount.to_string(), why);
    }
    if let Some(text) = &share.text {
        w.lose("allocation.allocations.text", text, "MT514 has the text of the block");
    }
    let amounts = [share.net, share.gross, event.gross, event.net, share.accrued, event.accrued];
    let said = share.price.or(event.price).and_then(|p| p.currency);
    let said = said.or(amounts.into_iter().flatten().next().map(|a| a.currency()));
    if let Some(currency) = event.currency.filter(|c| said != Some(*c)) {
        w.lose("allocation.currency", currency.as_str(), "MT514 has none beside those of price and amounts");
    }
}

fn write_general(
    w: &mut Writer,
    event: &AllocationInstruction,
    share: &Allocation,
) -> Result<(), EncodeError> {
    let part = is_part(event, share);
    let own =
        if part { share.id.as_ref().ok_or(missing("allocation.allocations.id", KIND))? } else { &event.id };
    w.reference("SEME", if part { "allocation.allocations.id" } else { "allocation.id" }, own)?;
    let (function, earlier) = match &event.function {
        Function::New => ("NEWM", None),
        Function::Cancel(earlier) => ("CANC", Some(earlier)),
        Function::Replace(earlier) => ("REPL", Some(earlier)),
    };
    w.line("23G", function);
    w.prepared_as("allocation.transacted", event.transacted);
    w.put("22F", "TRTR", "TRAD");
    if part {
        let (number, total) = count(event.fragment)?;
        w.put("99B", "ALLO", &format!("{number:03}"));
        w.put("99B", "TOAL", &format!("{total:03}"));
    }
    if let Some(earlier) = earlier {
        let earlier = earlier.as_ref().ok_or(missing("allocation.function", KIND))?;
        w.link("PREV", "allocation.function", earlier)?;
    }
    match (&event.block, part) {
        (block, true) => {
            w.link("MAST", "allocation.id", &event.id)?;
            if let Some(block) = block {
                w.lose("allocation.block", block.as_str(), "the allocation itself stands as the block");
            }
        }
        (Some(block), false) => {
            w.link_along("MAST", "allocation.block", block);
        }
        (None, false) => {}
    }
    for order in &event.orders {
        w.link_along("RELA", "allocation.orders", order);
    }
    Ok(())
}

/// Which part of how many; three digits is all there is.
fn count(fragment: Option<Fragment>) -> Result<(u32, u32), EncodeError> {
    let Some(fragment) = fragment else { return Ok((1, 1)) };
    let number = fragment.number.or(fragment.last.then_some(fragment.total));
    let number = number.ok_or(missing("allocation.fragment.number", KIND))?;
    if fragment.total > 999 || number > fragment.total || fragment.last != (number == fragment.total) {
        let value = format!("{number} of {}", fragment.total);
        return Err(invalid(
            "allocation.fragment",
            &value,
            "MT514 counts up to 999, and the last is the last",
        ));
    }
    Ok((number, fragment.total))
}

fn write_detail(
    w: &mut Writer,
    event: &AllocationInstruction,
    share: &Allocation,
    sides: &Sides,
    envelope: &Envelope,
) -> Result<(), EncodeError> {
    w.date("TRAD", event.trade_date);
    if let Some(date) = event.settlement_date {
        w.date("SETT", date);
    }
    let money = share.net.as_ref().or(event.net.as_ref());
    if let Some(price) = share.price.as_ref().or(event.price.as_ref()) {
        w.price("DEAL", "allocation.price", price, money)?;
    }
    if let Some(market) = &event.market {
        write_place(w, market);
    }
    if let Some(net) = &event.net {
        w.amount("SEBL", "allocation.net", net)?;
    }
    write_indicators(w, "allocation.allocations.payment", KIND, event.side, share.payment);
    for misplaced in event.parties.iter().filter(|p| p.role == PartyRole::Investor) {
        let who = known_by(&misplaced.party).unwrap_or_default();
        w.lose("allocation.parties", &who, "MT514 says the investor of the share: it stands as that");
    }
    for misplaced in share.parties.iter().filter(|p| p.role != PartyRole::Investor) {
        let who = known_by(&misplaced.party).unwrap_or_default();
        w.lose("allocation.allocations.parties", &who, "MT514 says it of the whole: it stands as that");
    }
    let named = Named {
        kind: KIND,
        field: "allocation.parties",
        sides: sides.clone(),
        parties: share.parties.iter().chain(&event.parties).collect(),
        account: Some(&share.account),
        capacity: None,
    };
    named.write(w, envelope)?;
    write_quantities(w, event, share)?;
    instrument::write(w, &event.instrument)?;
    if let Some(text) = &event.text {
        w.narrative("70E", "TPRO", "allocation.text", text, 10);
    }
    Ok(())
}

fn write_quantities(
    w: &mut Writer,
    event: &AllocationInstruction,
    share: &Allocation,
) -> Result<(), EncodeError> {
    w.quantity("ALLO", "allocation.allocations.quantity", &share.quantity)?;
    if is_part(event, share) || event.quantity != share.quantity {
        w.quantity("TQBT", "allocation.quantity", &event.quantity)?;
    }
    Ok(())
}
