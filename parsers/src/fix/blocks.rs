//! What the post-trade messages have in common: side, instrument, function, payment, status of an allocation.

use super::encode::{Block, Writer};
use super::view::View;
use crate::model::{
    AllocationStatus, Function, Instrument, Isin, OtherIdentifier, Payment, Reference, SettlementChain, Side,
};

/// Schemes of identifiers (22) by their usual short names; 4 is the ISIN.
const SCHEMES: [(&str, &str); 12] = [
    ("1", "CUSIP"),
    ("2", "SEDOL"),
    ("3", "QUIK"),
    ("5", "RIC"),
    ("6", "ISO4217"),
    ("7", "ISO3166"),
    ("8", "EXCHANGE"),
    ("9", "CTA"),
    ("A", "BLOOMBERG"),
    ("B", "WKN"),
    ("D", "VALOREN"),
    ("G", "COMMON"),
];

/// Stands for the symbol of an instrument that has none.
const NO_SYMBOL: &str = "[N/A]";

const STATUSES: [(&str, AllocationStatus); 6] = [
    ("0", AllocationStatus::Accepted),
    ("1", AllocationStatus::BlockRejected),
    ("2", AllocationStatus::AccountRejected),
    ("3", AllocationStatus::Received),
    ("4", AllocationStatus::Incomplete),
    ("5", AllocationStatus::RejectedByIntermediary),
];

/// Reads the side; cross and lending trades are neither buy nor sell.
pub(super) fn side(view: &View<'_, '_>) -> Option<Side> {
    let side = match view.code(54) {
        "1" | "3" => Some(Side::Buy),
        "2" | "4" | "5" | "6" => Some(Side::Sell),
        "" => None,
        _ => {
            view.say(54, "no-event", "is neither a purchase nor a sale", "such trades are not followed here");
            None
        }
    };
    view.needed(54, side)
}

/// Reads a side that need not be there.
pub(super) fn maybe_side(view: &View<'_, '_>) -> Option<Side> {
    view.text(54).and_then(|_| side(view))
}

/// What a code of a table means.
pub(super) fn meaning<T: Clone>(table: &[(&str, T)], code: &str) -> Option<T> {
    table.iter().find(|(c, _)| *c == code).map(|(_, meaning)| meaning.clone())
}

/// The code of a meaning: from the table, else `other`, which is the code itself where the table has no name for it.
pub(super) fn code_for<'t, T: PartialEq>(
    table: &'t [(&'t str, T)],
    meaning: &T,
    other: Option<&'t str>,
) -> Option<&'t str> {
    table.iter().find(|(_, m)| m == meaning).map(|(code, _)| *code).or(other)
}

/// The side's code.
pub(super) fn side_code(side: Side) -> &'static str {
    match side {
        Side::Buy => "1",
        Side::Sell => "2",
    }
}

/// Reads the instrument.
pub(super) fn instrument(view: &View<'_, '_>) -> Instrument {
    let mut instrument = Instrument {
        symbol: view.words(55).filter(|s| s != NO_SYMBOL),
        description: view.words(107),
        ..Instrument::default()
    };
    identifier(view, 48, 22, &mut instrument);
    for entry in view.entries(454) {
        identifier(&entry, 455, 456, &mut instrument);
    }
    instrument
}

fn identifier(view: &View<'_, '_>, id: u32, source: u32, instrument: &mut Instrument) {
    let Some(value) = view.text(id) else { return };
    let code = view.code(source);
    if code == "4" && instrument.isin.is_none() {
        instrument.isin = view.parse::<Isin>(id);
        return;
    }
    let scheme = SCHEMES.iter().find(|(c, _)| *c == code).map_or(code, |(_, name)| *name);
    instrument.other.push(OtherIdentifier {
        scheme: scheme.to_owned(),
        value: value.to_owned(),
        suffix: None,
    });
}

/// Writes the instrument.
pub(super) fn encode_instrument(instrument: &Instrument, writer: &mut Writer<'_>) {
    let mut identifiers: Vec<(String, &str)> = Vec::new();
    if let Some(isin) = &instrument.isin {
        identifiers.push((isin.to_string(), "4"));
    }
    for other in &instrument.other {
        if let Some(suffix) = &other.suffix {
            writer.lose("instrument.other.suffix", suffix, "FIX says an identifier as one");
        }
        let known = SCHEMES.iter().find(|(_, name)| *name == other.scheme).map(|(code, _)| *code);
        match known.or((other.scheme.len() == 1).then_some(other.scheme.as_str())) {
            Some(code) => identifiers.push((other.value.clone(), code)),
            None => writer.lose(
                "instrument.other",
                format!("{} {}", other.scheme, other.value),
                "FIX has no source code for this scheme",
            ),
        }
    }
    writer.body.put(55, instrument.symbol.as_deref().unwrap_or(NO_SYMBOL));
    let mut identifiers = identifiers.into_iter();
    if let Some((id, source)) = identifiers.next() {
        writer.body.put(48, id);
        writer.body.put(22, source);
    }
    let alternatives = identifiers
        .map(|(id, source)| {
            let mut entry = Block::default();
            entry.put(455, id);
            entry.put(456, source);
            entry
        })
        .collect();
    writer.body.group(454, alternatives);
    writer.body.maybe(107, instrument.description.as_deref());
}

/// Reads new, replace or cancel, with the reference of the earlier message.
pub(super) fn function(view: &View<'_, '_>, code: u32, earlier: u32) -> Option<Function> {
    let reference = || view.parse::<Reference>(earlier);
    match view.code(code) {
        "0" => Some(Function::New),
        "1" => Some(Function::Replace(reference())),
        "2" => Some(Function::Cancel(reference())),
        "" => view.needed(code, None),
        _ => {
            view.say(
                code,
                "no-event",
                "is a step that is not followed here",
                "0 new, 1 replace and 2 cancel are",
            );
            None
        }
    }
}

/// The code of new, replace or cancel, and the earlier reference.
pub(super) fn function_code(function: &Function) -> (&'static str, Option<&Reference>) {
    match function {
        Function::New => ("0", None),
        Function::Replace(earlier) => ("1", earlier.as_ref()),
        Function::Cancel(earlier) => ("2", earlier.as_ref()),
    }
}

/// Reads against payment or free (172).
pub(super) fn payment(view: &View<'_, '_>) -> Option<Payment> {
    match view.code(172) {
        "0" => Some(Payment::Against),
        "1" => Some(Payment::Free),
        "" => None,
        _ => {
            view.say(
                172,
                "payment-not-understood",
                "is neither against payment nor free",
                "it is left out of the event",
            );
            None
        }
    }
}

/// Writes payment and chain with the code that says where settlement instructions come from (780).
pub(super) fn encode_settlement(
    payment: Option<Payment>,
    chain: Option<&SettlementChain>,
    source: &str,
    path: &str,
    block: &mut Block,
    writer: &mut Writer<'_>,
) {
    let code = payment.map(|p| match p {
        Payment::Against => "0",
        Payment::Free => "1",
    });
    block.maybe(172, code);
    if let Some(chain) = chain {
        super::parties::encode_chain(chain, source, path, block, writer);
    }
}

/// Reads the status of an allocation (87).
pub(super) fn status(view: &View<'_, '_>) -> Option<AllocationStatus> {
    let code = view.needed(87, view.text(87))?;
    let known = STATUSES.iter().find(|(c, _)| *c == code).map(|(_, status)| status.clone());
    Some(known.unwrap_or_else(|| AllocationStatus::Other(code.to_owned())))
}

/// The code of the status.
pub(super) fn status_code(status: &AllocationStatus, writer: &mut Writer<'_>) -> String {
    if let Some((code, _)) = STATUSES.iter().find(|(_, s)| s == status) {
        return (*code).to_owned();
    }
    match status {
        AllocationStatus::Other(code) if code.parse::<u16>().is_ok() => code.clone(),
        other => {
            writer.lose(
                "status",
                format!("{other:?}"),
                "FIX has no code for this status; 3 (received) stands instead",
            );
            "3".to_owned()
        }
    }
}
