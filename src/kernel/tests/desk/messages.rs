//! What else counterparties say: reports of a whole block, executions, captured trades, requests, offers, rejections.

use finality_parsers::model::{
    AllocationReport, AllocationStatus, Bic, CaptureFunction, CapturedSide, ConfirmationKind,
    ConfirmationRequest, DeliveredInstruction, DeliveryMode, Event, ExecutionKind, ExecutionReport, Fault,
    Function, Party, PartyRole, Price, Rejection, RoleParty, SettlementInstructionDelivery,
    SettlementInstructionRequest, Side, TradeCapture,
};

use crate::desk::market::{self, Deal, euro, reference, sap, units};
use crate::desk::words::after;

/// The broker's report of a block (`of B1`) with all its shares.
pub(crate) fn report(deal: &Deal, id: &str) -> Event {
    let block = deal.block.clone().unwrap_or_else(|| id.to_owned());
    let mut allocation = deal.instruction(&block);
    allocation.function = deal.function.clone();
    Event::AllocationReport(Box::new(AllocationReport {
        id: reference(id),
        kind: "3".to_owned(),
        status: AllocationStatus::Accepted,
        reason: None,
        allocation,
    }))
}

/// A request for the confirmation of a block's only share, or for how far it is.
pub(crate) fn confirmation_request(id: &str, block: &str, status: bool) -> Event {
    Event::ConfirmationRequest(Box::new(ConfirmationRequest {
        id: reference(id),
        kind: if status { ConfirmationKind::Status } else { ConfirmationKind::Confirmation },
        orders: Vec::new(),
        allocation: Some(reference(block)),
        individual_allocation: None,
        account: None,
        transacted: None,
        text: None,
    }))
}

fn party(bic: Bic) -> Vec<RoleParty> {
    vec![RoleParty { role: PartyRole::ExecutingFirm, party: Party::bic(bic) }]
}

/// A request for the standing instructions of a party.
pub(crate) fn instruction_request(id: &str, of: Bic) -> Event {
    Event::InstructionRequest(Box::new(SettlementInstructionRequest {
        id: reference(id),
        parties: party(of),
        account: None,
        side: None,
        currency: None,
        from: None,
        until: None,
        database: None,
        transacted: None,
    }))
}

/// A standing instruction that is sent by itself.
pub(crate) fn offer(id: &str, of: Bic) -> Event {
    Event::InstructionDelivery(Box::new(SettlementInstructionDelivery {
        id: reference(id),
        request: None,
        mode: DeliveryMode::Standing,
        order: None,
        reason: None,
        text: None,
        transacted: None,
        instructions: vec![DeliveredInstruction {
            id: reference(&format!("{id}-1")),
            function: Function::New,
            parties: party(of),
            side: None,
            currency: None,
            from: None,
            until: None,
            payment: None,
            database: None,
            chain: Some(market::standing(of).chain),
        }],
    }))
}

/// An execution of an order.
pub(crate) fn execution(id: &str, dealt: i64, ordered: i64, last: i64, words: &[&str]) -> Event {
    let order = after(words, "order").unwrap_or("ORD1");
    let at = after(words, "price").map_or(price(), |p| Price::actual(euro(), p.parse().expect("a price")));
    let (corrects, cancels) = (after(words, "corrects"), after(words, "cancels"));
    let kind = match (corrects, cancels) {
        (Some(_), _) => ExecutionKind::Correction,
        (_, Some(_)) => ExecutionKind::Cancellation,
        _ => ExecutionKind::Trade,
    };
    let side = if words.contains(&"sell") { Side::Sell } else { Side::Buy };
    Event::Execution(Box::new(ExecutionReport {
        fills: Vec::new(),
        id: reference(id),
        kind,
        status: if dealt == ordered { "2" } else { "1" }.to_owned(),
        earlier: corrects.or(cancels).map(reference),
        order: reference(&format!("BROKER{order}")),
        client_order: Some(reference(order)),
        side,
        instrument: sap(),
        ordered: Some(units(ordered)),
        last: Some(units(last)),
        last_price: Some(at),
        cumulative: units(dealt),
        leaves: units(ordered - dealt),
        average: Some(at),
        currency: Some(euro()),
        gross: None,
        net: None,
        commission: None,
        fees: Vec::new(),
        trade_date: None,
        settlement_date: None,
        transacted: None,
        account: None,
        parties: Vec::new(),
        market: None,
        text: None,
    }))
}

fn price() -> Price {
    Price::actual(euro(), rust_decimal::Decimal::new(10_000, 2))
}

/// A captured trade.
pub(crate) fn capture(deal: &Deal, id: &str) -> Event {
    let (function, earlier) = match &deal.function {
        Function::New => (CaptureFunction::New, None),
        Function::Replace(earlier) => (CaptureFunction::Replace, earlier.clone()),
        Function::Cancel(earlier) => (CaptureFunction::Cancel, earlier.clone()),
    };
    Event::TradeCapture(Box::new(TradeCapture {
        id: reference(id),
        function,
        earlier,
        execution: None,
        reported_before: Some(false),
        instrument: sap(),
        quantity: units(deal.quantity),
        price: Price::actual(euro(), deal.price),
        currency: Some(euro()),
        trade_date: "2026-11-24".parse().expect("a date"),
        settlement_date: None,
        transacted: None,
        market: None,
        match_status: None,
        sides: vec![CapturedSide {
            side: deal.side,
            order: Some(reference(&format!("BROKER{}", deal.order))),
            client_order: None,
            account: None,
            parties: Vec::new(),
            commission: None,
            fees: Vec::new(),
            accrued: None,
            net: None,
            shares: Vec::new(),
        }],
    }))
}

/// A message of ours was not taken.
pub(crate) fn rejection(sequence: u64) -> Event {
    Event::Rejection(Box::new(Rejection {
        fault: Fault::Business,
        sequence: Some(sequence),
        message_type: "AU".to_owned(),
        reason: "4".to_owned(),
        field: None,
        reference: None,
        text: "come back tomorrow".to_owned(),
    }))
}
