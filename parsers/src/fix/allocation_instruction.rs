//! AllocationInstruction (J): a block, its terms, and how it is split over accounts with fees, parties and settlement
//! instructions of each.

use super::blocks::{self, encode_instrument, encode_settlement, side_code};
use super::encode::{Block, Writer, timestamp};
use super::money::{self, Terms, encode_amount};
use super::parties::{self, NESTED, PARTIES};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{
    Allocation, AllocationInstruction, AllocationPurpose, Amount, Currency, Fragment, Function, Reference,
};

const PURPOSES: [(&str, AllocationPurpose); 5] = [
    ("1", AllocationPurpose::Calculated),
    ("2", AllocationPurpose::Preliminary),
    ("5", AllocationPurpose::ReadyToBook),
    ("7", AllocationPurpose::Warehouse),
    ("8", AllocationPurpose::RequestToIntermediary),
];

/// Why an earlier message is replaced or cancelled (796): the model does not say, so it is `other`.
pub(super) const REASON_TO_CHANGE: &str = "99";

/// What J means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<AllocationInstruction> {
    let function = blocks::function(view, 71, 72)?;
    let code = view.needed(626, view.text(626))?;
    let purpose = PURPOSES.iter().find(|(c, _)| *c == code).map(|(_, p)| p.clone());
    let purpose = purpose.unwrap_or_else(|| AllocationPurpose::Other(code.to_owned()));
    decode_block(view, view.required(70)?, function, purpose)
}

/// The block and its allocations, as J and AS have them.
pub(super) fn decode_block(
    view: &View<'_, '_>,
    id: Reference,
    function: Function,
    purpose: AllocationPurpose,
) -> Option<AllocationInstruction> {
    let terms = Terms::of(view);
    let fragment =
        view.number(892).map(|total| Fragment { total, last: view.code(893) == "Y", number: None });
    Some(AllocationInstruction {
        block: None,
        id,
        function,
        purpose,
        orders: view.entries(73).filter_map(|o| o.parse(11).or_else(|| o.parse(37))).collect(),
        side: blocks::side(view)?,
        instrument: blocks::instrument(view),
        quantity: view.needed(53, terms.quantity(view, 53))?,
        price: terms.price(view, 6),
        currency: view.parse(15),
        trade_date: view.needed(75, view.date(75))?,
        settlement_date: view.date(64),
        transacted: view.instant(60),
        parties: parties::decode(view, PARTIES),
        market: view.words(30),
        gross: terms.amount(view, 381),
        net: terms.amount(view, 118),
        accrued: terms.amount(view, 540).or_else(|| terms.amount(view, 159)),
        allocations: view.entries(78).filter_map(|entry| decode_allocation(&entry, &terms)).collect(),
        fragment,
        text: view.words(58),
    })
}

fn decode_allocation(view: &View<'_, '_>, terms: &Terms) -> Option<Allocation> {
    let quantity = view.needed(80, terms.quantity(view, 80))?;
    let price = terms.price(view, 153).or_else(|| terms.price(view, 366));
    let settlement =
        |amount, currency| Some(Amount::new(view.parse::<Currency>(currency)?, view.decimal(amount)?));
    Some(Allocation {
        gross: None,
        counterparty_chain: None,
        account: view.required(79)?,
        id: view.parse(467),
        quantity,
        price,
        net: terms.amount(view, 154),
        accrued: terms.amount(view, 742),
        commission: money::commission(view, terms, Some(&quantity), price.as_ref()),
        fees: money::fees(view, terms),
        parties: parties::decode(view, NESTED),
        payment: blocks::payment(view),
        settlement_amount: settlement(119, 120).or_else(|| settlement(737, 736)),
        chain: parties::decode_chain(view),
        text: view.words(161),
    })
}

/// Writes J.
pub(super) fn encode(event: &AllocationInstruction, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("J");
    encode_as_said(event, writer)
}

/// Writes what J and BM have in common.
pub(super) fn encode_as_said(
    event: &AllocationInstruction,
    writer: &mut Writer<'_>,
) -> Result<(), EncodeError> {
    let known = PURPOSES.iter().find(|(_, p)| *p == event.purpose).map(|(code, _)| (*code).to_owned());
    let purpose = match (&event.purpose, known) {
        (_, Some(code)) => code,
        (AllocationPurpose::Other(code), None) if code.parse::<u16>().is_ok() => code.clone(),
        (other, None) => {
            return Err(EncodeError::Invalid {
                field: "allocation.purpose",
                value: format!("{other:?}"),
                reason: "FIX numbers the types of allocation (626)".into(),
            });
        }
    };
    let (function, earlier) = blocks::function_code(&event.function);
    writer.body.put(70, &event.id);
    writer.body.put(71, function);
    writer.body.put(626, purpose);
    if function != "0" {
        writer.body.put(72, writer.need(earlier, "allocation.function.reference")?);
        writer.body.put(796, REASON_TO_CHANGE);
    }
    encode_block(event, "2", writer);
    Ok(())
}

/// Writes the block and its allocations; `source` says whose settlement instructions they are (165).
pub(super) fn encode_block(event: &AllocationInstruction, source: &str, writer: &mut Writer<'_>) {
    let shares = event.allocations.iter().flat_map(|share| [&share.net, &share.accrued]);
    let amounts = [&event.net, &event.gross, &event.accrued].into_iter().chain(shares);
    let currency = event.currency.or_else(|| amounts.flatten().next().map(Amount::currency));
    writer.body.put(857, if event.orders.is_empty() { "0" } else { "1" });
    let orders = event.orders.iter().map(|order| {
        let mut entry = Block::default();
        entry.put(11, order);
        entry
    });
    writer.body.group(73, orders.collect());
    writer.body.put(54, side_code(event.side));
    encode_instrument(&event.instrument, writer);
    money::encode_terms(&event.quantity, event.price.as_ref(), currency, writer);
    writer.body.put(53, event.quantity.value());
    writer.body.put(6, event.price.map_or_else(|| "0".to_owned(), |p| p.value.to_string()));
    writer.body.put(75, event.trade_date.compact());
    writer.body.maybe(64, event.settlement_date.map(|d| d.compact()));
    writer.body.maybe(60, event.transacted.map(timestamp));
    writer.body.maybe(30, event.market.as_deref());
    writer.body.maybe(58, event.text.as_deref());
    let mut body = std::mem::take(&mut writer.body);
    parties::encode(&event.parties, PARTIES, "allocation.parties", &mut body, writer);
    encode_amount(event.gross.as_ref(), 381, currency, "allocation.gross", &mut body, writer);
    encode_amount(event.net.as_ref(), 118, currency, "allocation.net", &mut body, writer);
    encode_amount(event.accrued.as_ref(), 540, currency, "allocation.accrued", &mut body, writer);
    if let Some(block) = &event.block {
        writer.lose("allocation.block", block, "there is no field for it");
    }
    if let Some(fragment) = event.fragment {
        if let Some(number) = fragment.number {
            writer.lose("allocation.fragment.number", number, "FIX says which part is the last only");
        }
        body.put(892, fragment.total);
        body.put(893, if fragment.last { "Y" } else { "N" });
    }
    let allocations = event
        .allocations
        .iter()
        .enumerate()
        .map(|(n, share)| {
            encode_allocation(share, currency, source, &format!("allocation.allocations[{n}]"), event, writer)
        })
        .collect();
    body.group(78, allocations);
    writer.body = body;
}

fn encode_allocation(
    share: &Allocation,
    currency: Option<Currency>,
    source: &str,
    path: &str,
    event: &AllocationInstruction,
    writer: &mut Writer<'_>,
) -> Block {
    let mut block = Block::default();
    block.put(79, &share.account);
    block.maybe(467, share.id.as_ref());
    block.put(80, share.quantity.value());
    block.maybe(153, share.price.map(|p| p.value));
    if share.quantity.kind() != event.quantity.kind() {
        writer.lose(
            format!("{path}.quantity.kind"),
            format!("{:?}", share.quantity.kind()),
            "it is that of the block",
        );
    }
    if share.price.is_some_and(|p| event.price.is_some_and(|b| b.kind != p.kind || b.currency != p.currency))
    {
        writer.lose(
            format!("{path}.price.kind"),
            "other than the block's",
            "price type and currency are said once for all",
        );
    }
    if let Some(gross) = &share.gross {
        writer.lose(format!("{path}.gross"), gross, "the gross amount is the block's");
    }
    if share.counterparty_chain.is_some() {
        writer.lose(
            format!("{path}.counterparty_chain"),
            "",
            "the settlement of one side only is sent along",
        );
    }
    encode_amount(share.net.as_ref(), 154, currency, &format!("{path}.net"), &mut block, writer);
    encode_amount(share.accrued.as_ref(), 742, currency, &format!("{path}.accrued"), &mut block, writer);
    let commission = format!("{path}.commission");
    money::encode_commission(
        share.commission.as_ref(),
        &share.quantity,
        share.price.as_ref(),
        currency,
        &commission,
        &mut block,
        writer,
    );
    money::encode_fees(&share.fees, &format!("{path}.fees"), &mut block, writer);
    parties::encode(&share.parties, NESTED, &format!("{path}.parties"), &mut block, writer);
    if let Some(amount) = &share.settlement_amount {
        block.put(119, amount.value());
        block.put(120, amount.currency());
    }
    // 780: 2 full details follow, 1 derive them from what is said.
    block.maybe(780, share.chain.as_ref().map(|_| "2").or(share.payment.map(|_| "1")));
    encode_settlement(
        share.payment,
        share.chain.as_ref(),
        source,
        &format!("{path}.chain"),
        &mut block,
        writer,
    );
    block.maybe(161, share.text.as_deref());
    block
}
