//! From journal records to index entries. Pure: what is written where, nothing else. Values are small; raw messages stay
//! in the journal, and the index points to them.
//!
//! | key | value |
//! |---|---|
//! | `r/` seq | [`RecordRow`] |
//! | `t/` trade | the normalized trade |
//! | `x/` trade seq | a record that touched the trade |
//! | `e/` exception | [`ExceptionRow`] |
//! | `f/` seq | a dead letter that waits |
//! | `i/ref/` reference `\0` trade, `i/isin/`, `i/party/`, `i/state/`, `i/date/` | found by |

use std::collections::{BTreeMap, BTreeSet};

use finality_kernel::book::Book;
use finality_kernel::exceptions::exception::Exception;
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
        let before: Vec<Vec<Vec<u8>>> =
            touched.iter().map(|id| self.book.trade(*id).map(found_by).unwrap_or_default()).collect();
        let closed = self.closed_by(record);
        self.book.follow(record);
        for (id, before) in touched.iter().zip(before) {
            let trade = self.book.trade(*id);
            let after = trade.map(found_by).unwrap_or_default();
            let gone = before.iter().filter(|key| !after.contains(key)).cloned();
            update.changes.extend(gone.map(|key| (key, None)));
            let new = after.into_iter().filter(|key| !before.contains(key));
            update.changes.extend(new.map(|key| (key, Some(Vec::new()))));
            let Some(trade) = trade else { continue };
            update.changes.insert(trade_key(*id), Some(pack(trade)));
            update.changes.insert(
                [b"x/".as_slice(), &id.to_be_bytes(), &record.seq.to_be_bytes()].concat(),
                Some(Vec::new()),
            );
        }
        for row in closed {
            update.changes.insert(exception_key(row.exception.id), Some(pack(&row)));
        }
        for fact in &record.facts {
            self.note(fact, record, update);
        }
        update.changes.insert(record_key(record.seq), Some(pack(&row(record, place, touched))));
    }

    fn closed_by(&self, record: &Record) -> Vec<ExceptionRow> {
        let closed = record.facts.iter().filter_map(|fact| match fact {
            Fact::ExceptionResolved { exception, why } => Some((exception, why)),
            _ => None,
        });
        closed
            .filter_map(|(id, why)| {
                let exception = self.book.exception(*id)?.clone();
                Some(ExceptionRow { exception, resolved: Some(record.at), why: why.clone() })
            })
            .collect()
    }

    fn note(&self, fact: &Fact, record: &Record, update: &mut Update) {
        match fact {
            Fact::ExceptionOpened { exception, .. } | Fact::ExceptionEscalated { exception, .. } => {
                if let Some(open) = self.book.exception(*exception) {
                    let row = ExceptionRow { exception: open.clone(), resolved: None, why: String::new() };
                    update.changes.insert(exception_key(*exception), Some(pack(&row)));
                }
            }
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
