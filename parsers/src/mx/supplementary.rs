//! Supplementary data: kept as they came and given back, by the messages whose event has room for it.

use super::encode::{Draft, Losses};
use super::messages::Writing;
use super::outline::At;
use super::schema::{self, Schema, TypeId};
use super::walk;
use crate::diagnostic::Severity;
use crate::limits::Limits;
use crate::model::{Event, ListedTransaction, SupplementaryData};

/// Their element, below the first own element.
pub(super) const ELEMENT: &str = "SplmtryData";

/// Adds to an event what stands beside the standard in its message, where it can be told apart from the message.
pub(super) fn keep(event: &mut Event, root: At<'_, '_>, raw: &[u8]) {
    let mut kept = Vec::new();
    keep_in(&mut kept, root, raw);
    if !kept.is_empty()
        && let Some(room) = event.supplementary_mut()
    {
        room.append(&mut kept);
    }
    keep_below(event, root, raw);
}

/// The same for what stands with the records of a statement: they are read in the order in which they stand.
fn keep_below(event: &mut Event, root: At<'_, '_>, raw: &[u8]) {
    match event {
        Event::HoldingsStatement(e) => {
            let own = root.all("BalForAcct");
            let below = root.all("SubAcctDtls").flat_map(|at| at.all("BalForSubAcct"));
            let holdings = e.accounts.iter_mut().flat_map(|account| &mut account.holdings);
            for (holding, at) in holdings.zip(own.chain(below)) {
                keep_in(&mut holding.supplementary, at, raw);
            }
        }
        Event::TransactionsStatement(e) => {
            let own = root.all("FinInstrmDtls");
            let below = root.all("SubAcctDtls").flat_map(|at| at.all("FinInstrmDtls"));
            let found = own.chain(below).flat_map(|at| at.all("Tx"));
            let instruments = e.accounts.iter_mut().flat_map(|account| &mut account.instruments);
            keep_listed(instruments.flat_map(|one| &mut one.postings), found, raw);
        }
        Event::PendingStatement(e) => {
            let found = root.all("Sts").flat_map(|at| at.all("Tx")).chain(root.all("Txs"));
            keep_listed(e.transactions.iter_mut().map(|one| &mut one.transaction), found, raw);
        }
        Event::AllegementStatement(e) => {
            for (trade, at) in e.allegements.iter_mut().zip(root.all("AllgmtDtls")) {
                keep_in(&mut trade.supplementary, at, raw);
            }
        }
        _ => {}
    }
}

/// With a transaction, or with what is said of it.
fn keep_listed<'l, 'o, 'a: 'o>(
    listed: impl Iterator<Item = &'l mut ListedTransaction>,
    found: impl Iterator<Item = At<'o, 'a>>,
    raw: &[u8],
) {
    for (transaction, at) in listed.zip(found) {
        for at in [Some(at), at.get("TxDtls")].into_iter().flatten() {
            keep_in(&mut transaction.supplementary, at, raw);
        }
    }
}

/// Writes below the first own element what an event holds beside the standard. Terms write their own.
pub(super) fn give_back(root: &mut Draft, event: &Event, writing: &mut Writing<'_>) {
    if matches!(event, Event::Instruction(_) | Event::Settlement(_) | Event::Generation(_)) {
        return;
    }
    let (schema, losses) = (writing.schema, &mut writing.losses);
    put((schema, schema.own()), root, event.supplementary(), "supplementary", losses);
}

/// The same for what stands below an element of a message.
pub(super) fn keep_in(kept: &mut Vec<SupplementaryData>, at: At<'_, '_>, raw: &[u8]) {
    kept.extend(at.all(ELEMENT).filter_map(|at| read(at, raw)));
}

fn read(at: At<'_, '_>, raw: &[u8]) -> Option<SupplementaryData> {
    let mut inside = at.get("Envlp")?.children();
    let (only, None) = (inside.next()?, inside.next()) else { return None };
    let content = std::str::from_utf8(raw.get(only.span())?).ok()?;
    let place = at.value("PlcAndNm").map(str::to_owned);
    stands_alone(content).then(|| SupplementaryData { place, content: content.to_owned() })
}

/// Whether an element means the same wherever it stands: it declares the name spaces that it uses.
fn stands_alone(content: &str) -> bool {
    let tag = content.split('>').next().unwrap_or_default();
    let name = tag.split_ascii_whitespace().next().unwrap_or_default();
    if !content.starts_with('<') || !(name.contains(':') || tag.contains(" xmlns=")) {
        return false;
    }
    let walked = walk::walk(content.as_bytes(), &Limits::default(), false, &|_| None);
    walked.broken.is_none() && walked.findings.into_vec().iter().all(|d| d.severity < Severity::Error)
}

/// Writes them; what is no element of its own is a loss.
pub(super) fn put(
    (schema, of): (&Schema, TypeId),
    root: &mut Draft,
    data: &[SupplementaryData],
    field: &str,
    losses: &mut Losses,
) {
    let has = schema.down(of, ELEMENT).is_some();
    for data in data {
        if !has || !stands_alone(&data.content) {
            losses.add(field, &data.content, "the message takes one element that declares its name space");
            continue;
        }
        let draft = root.add(ELEMENT);
        draft.set_some("PlcAndNm", "supplementary.place", data.place.as_ref());
        draft.at("Envlp").add(schema::ANY).say("supplementary.content", &data.content);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_uses_names_of_others_does_not_stand_alone() {
        for (content, alone) in [
            ("<h:House xmlns:h=\"urn:example:house:1\"><h:Desk>a &amp; b</h:Desk></h:House>", true),
            ("<House xmlns=\"urn:example:house:1\"/>", true),
            ("<House/>", false),
            ("<h:House/>", false),
            ("<h:House xmlns:h=\"urn:example:house:1\"><i:Desk/></h:House>", false),
            ("<h:House xmlns:h=\"urn:example:house:1\">", false),
            ("<a:A xmlns:a=\"urn:a\"/><b:B xmlns:b=\"urn:b\"/>", false),
            ("words", false),
        ] {
            assert_eq!(stands_alone(content), alone, "{content}");
        }
    }
}
