//! Files of ISO 20022 on their way into the gateway: every document of an envelope is a message of its own, with its header.

use std::path::Path;

use finality::config::Config;
use finality::node::Node;
use finality::sessions::Sessions;
use finality_kernel::fact::Record;
use finality_kernel::gateway::Kernel;
use finality_kernel::journal;
use finality_parsers::machine::{Entry, GatewayEffect, GatewayInput, LinkInput, Machine as _, Timestamp};

const LINK: &str = "custodian-mx";

/// The whole gateway as `samples/finality.toml` sets it up, with made-up time and a journal that is a list.
struct Gateway {
    node: Node,
    now: Timestamp,
    records: Vec<Entry>,
}

impl Gateway {
    fn boot(records: Vec<Entry>) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/finality.toml");
        let config = Config::read(&path).expect("a configuration");
        let now = Timestamp::from_utc("2026-03-06T07:00:00Z".parse().expect("an instant"));
        let journal = records.iter().map(|entry| journal::decode(entry).expect("a record"));
        let kernel = Kernel::boot(now, config.profile.clone(), journal);
        let sessions = Sessions::of(&config.sessions).expect("sessions");
        Self { node: Node::around(kernel, &config.profile, &sessions), now, records }
    }

    /// A file comes; the records that it makes.
    fn take(&mut self, file: &str) -> Vec<Record> {
        let before = self.records.len();
        let bytes = LinkInput::Bytes(file.as_bytes());
        self.node.handle(self.now, GatewayInput::Link { link: LINK, input: bytes });
        while let Some(effect) = self.node.poll() {
            if let GatewayEffect::Append(entry) = effect {
                let seq = entry.seq;
                self.records.push(entry);
                self.node.handle(self.now, GatewayInput::Appended(seq));
            }
        }
        self.records[before..].iter().map(|entry| journal::decode(entry).expect("a record")).collect()
    }
}

/// A header, addressed to the gateway of the sample configuration.
fn readdressed(header: &str) -> String {
    let (before, to) = header.split_once("<To>").expect("an addressee");
    let (open, rest) = to.split_once("<BICFI>").expect("a BIC");
    let (_, after) = rest.split_once("</BICFI>").expect("its end");
    format!("{before}<To>{open}<BICFI>FINMDEFFXXX</BICFI>{after}")
}

/// Header and document of a sample.
fn parts(name: &str) -> (String, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/mx").join(name);
    let text = std::fs::read_to_string(path).expect("a sample");
    let part = |name: &str| {
        let start = text.find(&format!("<{name} ")).expect("its start");
        let close = format!("</{name}>");
        text[start..text.find(&close).expect("its end") + close.len()].to_owned()
    };
    // Addressed to us: what is for somebody else is laid aside.
    (readdressed(&part("AppHdr")), part("Document"))
}

/// What a record was decided to mean, in the words of its facts.
fn said(record: &Record) -> String {
    format!("{:?}", record.facts)
}

/// Three statements in one envelope, each with a header of its own.
#[test]
fn every_document_of_an_envelope_is_taken_with_its_header() {
    let (header, document) = parts("semt.017-typical.xml");
    let id =
        document.split("<StmtId>").nth(1).and_then(|rest| rest.split('<').next()).expect("its reference");
    let nth = |n: usize| {
        let header = header.replace("<BizMsgIdr>", &format!("<BizMsgIdr>{n}"));
        format!("<Pyld>{header}{}</Pyld>", document.replace(id, &format!("STATEMENT-{n}")))
    };
    let file = format!("<Xchg>{}{}{}</Xchg>", nth(1), nth(2), nth(3));
    let mut gateway = Gateway::boot(Vec::new());
    let taken = gateway.take(&file);
    assert_eq!(taken.len(), 3, "{taken:?}");
    for (n, record) in (1..).zip(&taken) {
        let raw = String::from_utf8_lossy(&record.raw).into_owned();
        assert!(raw.contains(&format!("<StmtId>STATEMENT-{n}<")), "{raw}");
        assert_eq!((raw.matches("<Document").count(), raw.matches("<AppHdr").count()), (1, 1), "{raw}");
        assert!(raw.contains(&format!("<BizMsgIdr>{n}")), "{raw}");
        assert!(said(record).contains(&format!("STATEMENT-{n}")), "{}", said(record));
    }
    // The same file again is the same three messages again, and none of them counts twice.
    let again = gateway.take(&file);
    assert_eq!(again.len(), 3);
    for (first, second) in taken.iter().zip(&again) {
        assert_ne!(said(first), said(second), "it is known");
    }
}

/// One header before three documents names the first of them alone: the others are no repetitions of it.
#[test]
fn a_shared_header_makes_no_duplicates() {
    let (header, document) = parts("sese.024-typical.xml");
    let old =
        document.split("<AcctOwnrTxId>").nth(1).and_then(|rest| rest.split('<').next()).expect("a reference");
    let nth = |n: usize| document.replace(old, &format!("UNKNOWN-{n}"));
    let file = format!("<Batch>{header}{}{}{}</Batch>", nth(1), nth(2), nth(3));
    let mut gateway = Gateway::boot(Vec::new());
    let taken = gateway.take(&file);
    assert_eq!(taken.len(), 3, "{taken:?}");
    for (n, record) in (1..).zip(&taken) {
        let said = said(record);
        // Each is judged by itself: nobody instructed what it speaks of.
        assert!(said.contains(&format!("UNKNOWN-{n}")) && said.contains("not known"), "{said}");
        assert!(String::from_utf8_lossy(&record.raw).contains("<AppHdr"), "its addresses stay with it");
    }
    // The same of statements, which are told apart by their references: all three are taken.
    let (header, document) = parts("semt.017-typical.xml");
    let id =
        document.split("<StmtId>").nth(1).and_then(|rest| rest.split('<').next()).expect("its reference");
    let nth = |n: usize| document.replace(id, &format!("STATEMENT-{n}"));
    let taken = gateway.take(&format!("<Batch>{header}{}{}</Batch>", nth(1), nth(2)));
    let (first, second) = (said(&taken[0]), said(&taken[1]));
    assert!(first.contains("STATEMENT-1") && second.contains("STATEMENT-2"), "{first}\n{second}");
    for said in [first, second] {
        assert!(said.contains("refused: None") && said.contains("came from custodian-mx"), "{said}");
    }
}

/// Who acts on messages takes nothing of an envelope that breaks off: it is one dead letter with all of its bytes.
#[test]
fn an_envelope_that_breaks_off_is_laid_aside_whole() {
    let (header, document) = parts("semt.017-typical.xml");
    let file = format!("<Xchg><Pyld>{header}{document}</Pyld><Pyld>{header}{document}</Pyld><Pyld>");
    let mut gateway = Gateway::boot(Vec::new());
    let taken = gateway.take(&file);
    assert_eq!(taken.len(), 1);
    assert_eq!(taken[0].raw, file.as_bytes());
    // A restart knows it as well: the record is all there is.
    let records = std::mem::take(&mut gateway.records);
    let again = Gateway::boot(records);
    assert_eq!(format!("{:?}", again.node.kernel().book().exceptions_by_priority()), {
        format!("{:?}", gateway.node.kernel().book().exceptions_by_priority())
    });
}
