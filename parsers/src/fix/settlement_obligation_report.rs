//! SettlementObligationReport (BQ): what a clearing house or venue says is owed. With FIX 5.0.

use super::blocks::{self, code_for, encode_instrument, meaning};
use super::encode::{Block, Writer, timestamp};
use super::parties::{self, PARTIES, SETTLEMENT};
use super::view::View;
use crate::codec::EncodeError;
use crate::model::{
    Amount, Currency, Function, Instrument, Obligation, ObligationDetail, ObligationMode,
    SettlementObligations,
};

const MODES: [(&str, ObligationMode); 2] = [("1", ObligationMode::Preliminary), ("2", ObligationMode::Final)];

/// What BQ means.
pub(super) fn decode(view: &View<'_, '_>) -> Option<SettlementObligations> {
    let code = view.needed(1159, view.text(1159))?;
    Some(SettlementObligations {
        id: view.required(1160)?,
        mode: meaning(&MODES, code).unwrap_or_else(|| ObligationMode::Other(code.to_owned())),
        transacted: view.instant(60),
        text: view.words(58),
        obligations: view.entries(1165).map(|entry| decode_entry(&entry)).collect(),
    })
}

fn decode_entry(view: &View<'_, '_>) -> Obligation {
    let earlier = || view.parse(1163);
    let amount = |value, currency| Some(Amount::new(view.parse::<Currency>(currency)?, view.decimal(value)?));
    let details = view.entries(1158).map(|detail| ObligationDetail {
        source: detail.code(1164).to_owned(),
        parties: parties::decode(&detail, SETTLEMENT),
    });
    Obligation {
        id: view.parse(1161),
        function: match view.code(1162) {
            "C" => Function::Cancel(earlier()),
            "R" => Function::Replace(earlier()),
            _ => Function::New,
        },
        netted: view.code(430) == "1",
        amount: amount(1157, 15),
        settlement_amount: amount(119, 120),
        settlement_date: view.date(64),
        instrument: blocks::instrument(view),
        parties: parties::decode(view, PARTIES),
        details: details.collect(),
    }
}

/// Writes BQ.
pub(super) fn encode(event: &SettlementObligations, writer: &mut Writer<'_>) -> Result<(), EncodeError> {
    writer.begin("BQ");
    let other = if let ObligationMode::Other(code) = &event.mode { Some(code.as_str()) } else { None };
    let mode = code_for(&MODES, &event.mode, other).map(str::to_owned);
    let entries = event.obligations.iter().enumerate();
    let entries: Vec<Block> =
        entries.map(|(n, o)| encode_entry(o, &format!("obligations[{n}]"), writer)).collect();
    writer.body.put(1160, &event.id);
    writer.body.maybe(1159, mode);
    writer.body.maybe(60, event.transacted.map(timestamp));
    writer.body.maybe(58, event.text.as_deref());
    writer.body.group(1165, entries);
    Ok(())
}

fn encode_entry(event: &Obligation, path: &str, writer: &mut Writer<'_>) -> Block {
    let body = std::mem::take(&mut writer.body);
    if event.instrument != Instrument::default() {
        encode_instrument(&event.instrument, writer);
    }
    let mut block = std::mem::replace(&mut writer.body, body);
    block.put(430, if event.netted { "1" } else { "2" });
    block.maybe(1161, event.id.as_ref());
    let (function, earlier) = match &event.function {
        Function::New => ("N", None),
        Function::Replace(earlier) => ("R", earlier.as_ref()),
        Function::Cancel(earlier) => ("C", earlier.as_ref()),
    };
    block.put(1162, function);
    block.maybe(1163, earlier);
    for (amount, value, currency) in [(&event.amount, 1157, 15), (&event.settlement_amount, 119, 120)] {
        block.maybe(value, amount.as_ref().map(Amount::value));
        block.maybe(currency, amount.as_ref().map(Amount::currency));
    }
    block.maybe(64, event.settlement_date.map(|d| d.compact()));
    parties::encode(&event.parties, PARTIES, &format!("{path}.parties"), &mut block, writer);
    let details = event.details.iter().map(|detail| {
        let mut entry = Block::default();
        entry.put(1164, &detail.source);
        parties::encode(&detail.parties, SETTLEMENT, &format!("{path}.details"), &mut entry, writer);
        entry
    });
    let details = details.collect();
    block.group(1158, details);
    block
}
