//! From journal records to index entries. Pure: what is written where, nothing else. Values are small; raw messages stay
//! in the journal, and the index points to them.
//!
//! | key | value |
//! |---|---|
//! | `r/` seq | [`RecordRow`] |
//! | `t/` trade | the normalized trade |
//! | `x/` trade seq | a record that touched the trade |
//! | `e/` exception | [`ExceptionRow`], open or closed: a closed exception is here and no longer in the kernel |
//! | `q/` place exception | an open exception, in the order of the queue |
//! | `i/case/` trade exception | the exceptions of a trade |
//! | `f/` seq | a dead letter that waits |
//! | `i/ref/` reference `\0` trade, `i/isin/`, `i/party/`, `i/state/`, `i/date/` | found by |

use std::collections::{BTreeMap, BTreeSet};

use finality_kernel::book::Book;
use finality_kernel::exceptions::exception::Exception;
use finality_kernel::exceptions::queue::Place as QueuePlace;
use finality_kernel::exceptions::routing::Subject;
use finality_kernel::fact::{Fact, Record, Trace};
use finality_kernel::lifecycle::trade::Trade;
use finality_kernel::profile::Profile;
use finality_parsers::machine::Timestamp;
use serde::{Deserialize, Serialize};

use super::journal::Place;

/// Changes of the index: a value, or nothing more under that key. The last one of a key holds.
#[derive(Debug, Default)]
pub struct Update {
    /// By key.
    pub changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Trades that were touched, with the keys by which each was found before: how they stand now is written once, by
    /// [`Projection::complete`].
    touched: BTreeMap<u64, Vec<Vec<u8>>>,
}

/// A message that went out with a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutRow {
    /// Its number in the outbox.
    pub out: u64,
    /// By which link.
    pub link: String,
    /// What it is.
    pub message_type: String,
}

/// A journal record in the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordRow {
    /// Its number.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// `received`, `link`, `order`, `deadline`.
    pub trace: String,
    /// The link, where one belongs to it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<String>,
    /// `fix`, `mt`, `mx`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub protocol: Option<String>,
    /// `J`, `541`, `sese.024.001.12`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message_type: String,
    /// What went out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<OutRow>,
    /// Trades it touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trades: Vec<u64>,
    /// Why it is a dead letter.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub failed: Option<String>,
    /// The journal segment.
    pub segment: u32,
    /// The place in it.
    pub offset: u64,
}

/// An exception in the index, open or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionRow {
    /// It.
    pub exception: Exception,
    /// When it was resolved.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resolved: Option<Timestamp>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// Who or what resolved it: a person, a link, a deadline.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// The journal record that resolved it, with the message or order in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_in: Option<u64>,
}

/// Follows the journal.
pub struct Projection {
    book: Book,
}

impl Projection {
    /// From the beginning.
    pub fn new(profile: Profile) -> Self {
        Self { book: Book::shown(profile) }
    }

    /// Takes a record; what it changes in the index is added to `update`, unless the index has it already.
    pub fn follow(&mut self, record: &Record, place: Place, update: Option<&mut Update>) {
        let Some(update) = update else {
            self.book.follow(record);
            return;
        };
        let touched: BTreeSet<u64> = record.facts.iter().filter_map(Fact::trade).collect();
        for id in &touched {
            let before = || self.book.trade(*id).map(found_by).unwrap_or_default();
            update.touched.entry(*id).or_insert_with(before);
        }
        let cases: BTreeSet<u64> = record.facts.iter().filter_map(Fact::exception).collect();
        let known: Vec<(u64, Option<Exception>)> =
            cases.into_iter().map(|id| (id, self.book.exception(id).cloned())).collect();
        self.book.follow(record);
        for id in touched.iter().filter(|id| self.book.trade(**id).is_some()) {
            update.changes.insert(
                [b"x/".as_slice(), &id.to_be_bytes(), &record.seq.to_be_bytes()].concat(),
                Some(Vec::new()),
            );
        }
        for (id, before) in known {
            self.note_exception(id, before, record, update);
        }
        for fact in &record.facts {
            self.note(fact, record, update);
        }
        update.changes.insert(record_key(record.seq), Some(pack(&row(record, place, touched))));
    }

    /// Adds how the trades stand that were touched, before an update is written.
    pub fn complete(&self, update: &mut Update) {
        for (id, before) in std::mem::take(&mut update.touched) {
            let trade = self.book.trade(id);
            let after = trade.map(found_by).unwrap_or_default();
            let gone = before.iter().filter(|key| !after.contains(key)).cloned();
            update.changes.extend(gone.map(|key| (key, None)));
            let new = after.into_iter().filter(|key| !before.contains(key));
            update.changes.extend(new.map(|key| (key, Some(Vec::new()))));
            if let Some(trade) = trade {
                update.changes.insert(trade_key(id), Some(pack(trade)));
            }
        }
    }

    /// Writes an exception as it is after a record, and its place in the queue.
    fn note_exception(&self, id: u64, before: Option<Exception>, record: &Record, update: &mut Update) {
        if let Some(before) = &before {
            update.changes.insert(queue_key(before), None);
        }
        if let Some(open) = self.book.exception(id) {
            update.changes.insert(queue_key(open), Some(Vec::new()));
            let row = ExceptionRow {
                exception: open.clone(),
                resolved: None,
                why: String::new(),
                by: String::new(),
                resolved_in: None,
            };
            update.changes.insert(exception_key(id), Some(pack(&row)));
            if let Some(trade) = open.trade {
                update.changes.insert(case_key(trade, Some(id)), Some(Vec::new()));
            }
            return;
        }
        if let Some(row) = closed(id, before, record) {
            if let Some(trade) = row.exception.trade {
                update.changes.insert(case_key(trade, Some(id)), Some(Vec::new()));
            }
            update.changes.insert(exception_key(id), Some(pack(&row)));
        }
    }

    fn note(&self, fact: &Fact, record: &Record, update: &mut Update) {
        match fact {
            Fact::DeadLettered { why, .. } => {
                update.changes.insert(failed_key(record.seq), Some(why.clone().into_bytes()));
            }
            Fact::Reprocessed { record } => {
                update.changes.insert(failed_key(*record), None);
            }
            _ => {}
        }
    }
}

/// An exception that a record closed, with all that the record says of it.
fn closed(id: u64, before: Option<Exception>, record: &Record) -> Option<ExceptionRow> {
    let mut exception = before;
    let mut end = None;
    for fact in record.facts.iter().filter(|fact| fact.exception() == Some(id)) {
        match &mut exception {
            None => exception = Exception::opened_by(fact, record.at, record.seq, Subject::default()),
            Some(exception) => exception.apply(fact, record.at, record.seq),
        }
        if let Fact::ExceptionResolved { why, by, .. } = fact {
            let by = if by.is_empty() { author(&record.trace) } else { by.clone() };
            end = Some((why.clone(), by));
        }
    }
    let (why, by) = end?;
    Some(ExceptionRow {
        exception: exception?,
        resolved: Some(record.at),
        why,
        by,
        resolved_in: Some(record.seq),
    })
}

/// Who or what a record is from.
fn author(trace: &Trace) -> String {
    match trace {
        Trace::Received(provenance) => provenance.link.clone(),
        Trace::Link { link, .. } | Trace::Session { link } => link.clone(),
        Trace::Order(order) => order.by.clone(),
        Trace::Deadline => "a deadline".to_owned(),
    }
}

fn row(record: &Record, place: Place, touched: BTreeSet<u64>) -> RecordRow {
    let (trace, link, protocol, message_type) = match &record.trace {
        Trace::Received(p) => (
            "received",
            Some(p.link.clone()),
            p.protocol.map(|p| p.name().to_owned()),
            p.message_type.clone(),
        ),
        Trace::Link { link, .. } => ("link", Some(link.clone()), None, String::new()),
        Trace::Order(_) => ("order", None, None, String::new()),
        Trace::Session { link } => ("session", Some(link.clone()), None, String::new()),
        Trace::Deadline => ("deadline", None, None, String::new()),
    };
    let sent = record.facts.iter().filter_map(|fact| match fact {
        Fact::Queued { out, link, message_type, .. } => {
            Some(OutRow { out: *out, link: link.clone(), message_type: message_type.clone() })
        }
        _ => None,
    });
    let failed = record.facts.iter().find_map(|fact| match fact {
        Fact::DeadLettered { why, .. } => Some(why.clone()),
        _ => None,
    });
    RecordRow {
        seq: record.seq,
        at: record.at,
        trace: trace.to_owned(),
        link,
        protocol,
        message_type,
        sent: sent.collect(),
        trades: touched.into_iter().collect(),
        failed,
        segment: place.segment,
        offset: place.offset,
    }
}

/// All keys by which a trade is found.
fn found_by(trade: &Trade) -> Vec<Vec<u8>> {
    let mut keys = Vec::new();
    let mut add = |kind: &str, what: &str| keys.push(index_key(kind, what, Some(trade.id)));
    add("state", trade.state.label());
    let key = trade.key();
    for reference in [key.block, key.share, key.confirmation, key.instruction].into_iter().flatten() {
        add("ref", reference.as_str());
    }
    if let Some(terms) = trade.terms() {
        if let Some(isin) = terms.instrument.isin {
            add("isin", isin.as_str());
        }
        if let Some(broker) = terms.broker {
            add("party", broker.as_str());
        }
        if let Some(account) = &terms.account {
            add("party", account.as_str());
        }
    }
    if let Some(day) = trade.settlement_date() {
        add("date", &day.to_string());
    }
    keys
}

/// The key of an index entry, or the beginning of all of one value.
pub fn index_key(kind: &str, what: &str, trade: Option<u64>) -> Vec<u8> {
    let mut key = Vec::with_capacity(kind.len() + what.len() + 12);
    for part in [b"i/", kind.as_bytes(), b"/", what.as_bytes(), b"\0"] {
        key.extend_from_slice(part);
    }
    if let Some(trade) = trade {
        key.extend_from_slice(&trade.to_be_bytes());
    }
    key
}

/// The key of a trade.
pub fn trade_key(id: u64) -> Vec<u8> {
    [b"t/".as_slice(), &id.to_be_bytes()].concat()
}

/// The key of a record.
pub fn record_key(seq: u64) -> Vec<u8> {
    [b"r/".as_slice(), &seq.to_be_bytes()].concat()
}

/// The key of an exception.
pub fn exception_key(id: u64) -> Vec<u8> {
    [b"e/".as_slice(), &id.to_be_bytes()].concat()
}

/// The place of an open exception in the queue.
pub fn queue_key(exception: &Exception) -> Vec<u8> {
    [b"q/".as_slice(), &QueuePlace::of(exception).key()].concat()
}

/// The key of an exception of a trade, or the beginning of all of one trade.
pub fn case_key(trade: u64, exception: Option<u64>) -> Vec<u8> {
    let mut key = [b"i/case/".as_slice(), &trade.to_be_bytes()].concat();
    if let Some(exception) = exception {
        key.extend_from_slice(&exception.to_be_bytes());
    }
    key
}

fn failed_key(seq: u64) -> Vec<u8> {
    [b"f/".as_slice(), &seq.to_be_bytes()].concat()
}

fn pack(value: &impl Serialize) -> Vec<u8> {
    rmp_serde::to_vec_named(value).expect("index rows hold nothing that MessagePack cannot")
}

/// Reads a value of the index.
pub fn unpack<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, String> {
    rmp_serde::from_slice(bytes).map_err(|e| e.to_string())
}
