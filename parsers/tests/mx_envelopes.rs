//! Every way in which documents are wrapped: alone, beside a header, in envelopes of any name, several in one.

use finality_parsers::codec::{self, Decoded, Depth};
use finality_parsers::diagnostic::Severity;
use finality_parsers::limits::Limits;
use finality_parsers::model::Event;
use finality_parsers::mx::{self, tables};

const SAMPLE: &str = include_str!("../../samples/mx/sese.023-typical.xml");

/// An element of the sample with everything in it.
fn part(name: &str) -> &'static str {
    let start = SAMPLE.find(&format!("<{name} ")).expect("its start");
    let close = format!("</{name}>");
    let end = SAMPLE.find(&close).expect("its end") + close.len();
    &SAMPLE[start..end]
}

fn header() -> &'static str {
    part("AppHdr")
}

fn document() -> &'static str {
    part("Document")
}

/// The same with a prefix on every element; the declaration is left to what stands around.
fn prefixed(element: &str, prefix: &str) -> String {
    let start = element.find(" xmlns=\"").expect("a declaration");
    let end = start + element[start..].find('>').expect("the end of the tag");
    let bare = format!("{}{}", &element[..start], &element[end..]);
    bare.replace("</", "\u{1}").replace('<', &format!("<{prefix}:")).replace('\u{1}', &format!("</{prefix}:"))
}

/// Declarations for [`prefixed`] elements.
const PREFIXES: &str = "xmlns:h=\"urn:iso:std:iso:20022:tech:xsd:head.001.001.02\" \
                        xmlns:d=\"urn:iso:std:iso:20022:tech:xsd:sese.023.001.11\"";

fn all(raw: &str) -> Vec<Decoded> {
    codec::decode_all(raw.as_bytes(), &Limits::default(), Depth::Full, &tables::find)
}

fn reference(decoded: &Decoded) -> String {
    match &decoded.event {
        Some(Event::Instruction(instruction)) => instruction.id.to_string(),
        other => panic!("an instruction: {other:?}, {:?}", decoded.diagnostics),
    }
}

fn pdu(body: &str, prefix: &str) -> String {
    let colon = if prefix.is_empty() { String::new() } else { format!("{prefix}:") };
    let declared = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
    let party =
        |side: &str, bic: &str| format!("<~{side}><~BIC12>{bic}</~BIC12><~DN>ou=x,o=swift</~DN></~{side}>");
    let wrapped = format!(
        "<~DataPDU {declared}=\"urn:swift:saa:xsd:saa.2.0\"><~Header><~Message><~SenderReference>REF7</~SenderReference>\
         <~MessageIdentifier>sese.023.001.11</~MessageIdentifier>{}{}</~Message></~Header><~Body>\u{1}</~Body></~DataPDU>",
        party("Sender", "MRDNFRPPAXXX"),
        party("Receiver", "HRBCDEFFAXXX"),
    );
    wrapped.replace("</~", &format!("</{colon}")).replace("<~", &format!("<{colon}")).replace('\u{1}', body)
}

/// What a file says of itself.
const DESCRIBED: &str = "<PyldDesc><PyldData><PyldIdr>F1</PyldIdr><CreDtAndTm>2026-03-02T18:00:00Z</CreDtAndTm></PyldData>\
<PyldTp>ISO20022</PyldTp></PyldDesc>";

#[test]
fn what_is_wrong_around_the_messages_of_a_file_is_a_warning() {
    let file = |described: &str| {
        format!(
            "<Xchg xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.002.001.01\">{described}<Pyld>{}</Pyld><Pyld>{}</Pyld></Xchg>",
            document(),
            document()
        )
    };
    let found = all(&file(DESCRIBED));
    assert_eq!(found.iter().map(|d| d.diagnostics.len()).collect::<Vec<_>>(), [0, 0]);
    let known = document().replacen("urn:iso:std:iso:20022", "urn/iso/std/iso/20022", 1);
    let foreign = file(DESCRIBED).replacen(document(), &known, 1);
    assert!(all(&foreign).iter().any(|d| !d.diagnostics.is_empty()), "the name space is not known");
    let late = DESCRIBED.replace("<CreDtAndTm>2026-03-02T18:00:00Z</CreDtAndTm>", "");
    let found = all(&file(&late));
    assert_eq!((found.len(), found[0].diagnostics.len(), found[1].diagnostics.len()), (2, 1, 0));
    let said = &found[0].diagnostics[0];
    assert_eq!((said.code, said.path.as_str()), ("missing-element", "/Xchg/PyldDesc/PyldData"));
    assert_eq!(said.severity, finality_parsers::diagnostic::Severity::Warning);
}

#[test]
fn one_message_reads_the_same_in_every_wrapping() {
    let plain = format!("{}{}", header(), document());
    let (h, d) = (prefixed(header(), "h"), prefixed(document(), "d"));
    let alone = d.replacen("<d:Document", &format!("<d:Document {PREFIXES}"), 1);
    for raw in [
        document().to_owned(),
        plain.clone(),
        alone.clone(),
        format!("{}{alone}", h.replacen("<h:AppHdr", &format!("<h:AppHdr {PREFIXES}"), 1)),
        SAMPLE.to_owned(),
        format!("<RequestPayload>{plain}</RequestPayload>"),
        format!("<e:Any xmlns:e=\"urn:any\" {PREFIXES}><e:Body>{h}{d}</e:Body></e:Any>"),
        format!(
            "<Xchg xmlns=\"urn:iso:std:iso:20022:tech:xsd:head.002.001.01\">{DESCRIBED}<Pyld><BizMsg>{plain}</BizMsg></Pyld></Xchg>"
        ),
        pdu(&plain, ""),
        pdu(document(), "Saa"),
        pdu(&format!("<x {PREFIXES}>{h}{d}</x>"), "Saa"),
    ] {
        let found = all(&raw);
        assert_eq!(found.len(), 1, "{raw}");
        assert_eq!(found[0].diagnostics, [], "{raw}");
        assert_eq!(reference(&found[0]), "MRDN-2026-000118");
        assert_eq!(found[0].encoded, raw.as_bytes());
        let one = codec::decode(raw.as_bytes(), &Limits::default(), Depth::Full);
        assert_eq!(one, found[0], "{raw}");
        let ranges = mx::split(raw.as_bytes(), &Limits::default());
        assert_eq!((ranges.len(), ranges.first()), (1, Some(&(0..raw.trim_end().len()))));
    }
}

#[test]
fn the_header_of_a_pdu_speaks_where_there_is_no_other() {
    for prefix in ["", "Saa"] {
        let envelope =
            mx::envelope(pdu(document(), prefix).as_bytes(), &Limits::default()).expect("a header");
        assert_eq!(
            (envelope.sender.as_str(), envelope.receiver.as_str(), envelope.message_id.as_str()),
            ("MRDNFRPPAXXX", "HRBCDEFFAXXX", "REF7")
        );
        let both = pdu(&format!("{}{}", header(), document()), prefix);
        let envelope = mx::envelope(both.as_bytes(), &Limits::default()).expect("a header");
        assert_eq!(envelope.message_id, "MRDN20260302000042");
    }
    let named = pdu(document(), "").replace("BIC12", "Other");
    let envelope = mx::envelope(named.as_bytes(), &Limits::default()).expect("a header");
    assert_eq!(envelope.sender, "ou=x,o=swift");
    assert_eq!(mx::envelope(document().as_bytes(), &Limits::default()), None);
}

#[test]
fn all_documents_of_an_envelope_are_read() {
    let nth = |element: &str, n: usize| element.replace("MRDN-2026-000118", &format!("N{n}"));
    let (h, d) = (prefixed(header(), "h"), prefixed(document(), "d"));
    let pairs = |header: &str, document: &str| -> String {
        (1..=3).map(|n| format!("<Pyld>{header}{}</Pyld>", nth(document, n))).collect()
    };
    for raw in [
        format!("<Xchg>{}</Xchg>", pairs(header(), document())),
        format!("<Xchg>{}</Xchg>", pairs("", document())),
        format!("<e:Xchg xmlns:e=\"urn:any\" {PREFIXES}>{}</e:Xchg>", pairs(&h, &d)),
        pdu(&pairs(header(), document()), "Saa"),
    ] {
        let found = all(&raw);
        let references: Vec<String> = found.iter().map(reference).collect();
        assert_eq!(references, ["N1", "N2", "N3"], "{raw}");
        assert!(found.iter().all(|decoded| decoded.diagnostics.is_empty()), "{raw}");
        assert_eq!(found[0].encoded, raw.as_bytes());
        // Who reads one message only is told that there are more.
        let one = codec::decode(raw.as_bytes(), &Limits::default(), Depth::Event);
        let codes: Vec<&str> = one.diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["second-document", "second-document"]);
        assert_eq!(reference(&one), "N1");
    }
}

#[test]
fn a_finding_stays_with_its_document() {
    let wrong = document().replace("<Pmt>APMT</Pmt>", "<Pmt>NONE</Pmt>");
    let found = all(&format!("<Xchg>{}{wrong}{}</Xchg>", document(), document()));
    let errors =
        |decoded: &Decoded| decoded.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
    assert_eq!(found.iter().map(errors).collect::<Vec<_>>(), [0, 1, 0]);
    let header_only = all(&format!("<Xchg>{}{}</Xchg>", document(), header()));
    assert_eq!(header_only.len(), 1);
}

#[test]
fn several_messages_in_one_stream_are_several() {
    let stream = format!("{}{}\n{}\n{SAMPLE}\n{}", header(), document(), document(), pdu(document(), ""));
    let ranges = mx::split(stream.as_bytes(), &Limits::default());
    assert_eq!(ranges.len(), 4);
    for range in ranges {
        let found = all(&stream[range]);
        assert_eq!((found.len(), reference(&found[0]).as_str()), (1, "MRDN-2026-000118"));
    }
}

/// What can be read of an envelope that breaks off is read; what breaks off is told apart from it.
#[test]
fn the_documents_before_a_break_are_read() {
    let one = |id: &str| {
        let sample = include_str!("../../samples/mx/sese.023-minimal.xml");
        let start = sample.find("<Document").expect("a document");
        let old = sample.split("<TxId>").nth(1).and_then(|rest| rest.split('<').next()).expect("a reference");
        sample[start..].replace(old, id)
    };
    let half = one("THIRD");
    for (tail, count) in [("</Wrong>", 3), (half.get(..half.len() / 2).expect("a half"), 3)] {
        let read = all(&format!("<Batch>{}{}{tail}", one("FIRST"), one("SECOND")));
        assert_eq!(read.len(), count, "{tail}");
        assert_eq!((reference(&read[0]), reference(&read[1])), ("FIRST".into(), "SECOND".into()));
        assert!(read[0].diagnostics.is_empty() && read[1].diagnostics.is_empty());
        assert!(read[2].event.is_none() && !read[2].diagnostics.is_empty());
    }
}

#[test]
fn each_message_of_an_envelope_has_its_place_and_its_header() {
    let sample = include_str!("../../samples/mx/sese.023-typical.xml");
    let inside = sample.split_once("<BizMsgEnvlp>").expect("an envelope").1.replace("</BizMsgEnvlp>", "");
    let other = inside.replace("MRDN20260302000042", "ANOTHER");
    let raw = format!("<Batch>{inside}{other}</Batch>");
    let places = mx::places(raw.as_bytes(), &Limits::default());
    let ids: Vec<&str> =
        places.iter().map(|p| p.envelope.as_ref().expect("a header").message_id.as_str()).collect();
    assert_eq!(ids, ["MRDN20260302000042", "ANOTHER"]);
    for place in &places {
        let text = &raw[place.span.clone()];
        assert!(text.starts_with("<AppHdr") && text.ends_with("</Document>"), "{text}");
    }
}

/// Whoever takes the messages of an envelope apart counts as whoever reads them all, and each can be read alone.
#[test]
fn each_message_of_an_envelope_can_be_read_alone() {
    let limits = Limits::default();
    let nth = |n: usize| document().replace("MRDN-2026-000118", &format!("N{n}"));
    let (h, d) = (prefixed(header(), "h"), prefixed(document(), "d"));
    let three = |one: &dyn Fn(usize) -> String| (1..=3).map(one).collect::<String>();
    for raw in [
        SAMPLE.to_owned(),
        format!("<Xchg>{}</Xchg>", three(&|n| format!("<Pyld>{}{}</Pyld>", header(), nth(n)))),
        format!("<e:X xmlns:e=\"urn:any\" {PREFIXES}>{}</e:X>", three(&|_| format!("<e:P>{h}{d}</e:P>"))),
        pdu(&three(&nth), "Saa"),
        format!("<B>{}{}</B>", header(), three(&nth)),
        "<E/>".to_owned(),
        "<E><Document/></E>".to_owned(),
    ] {
        let read = all(&raw);
        let alone = codec::messages(raw.as_bytes(), &limits);
        assert_eq!(alone.len(), read.len(), "{raw}");
        assert_eq!(codec::frames(raw.as_bytes(), &limits), alone);
        for (bytes, read) in alone.iter().zip(&read) {
            let found = codec::decode(bytes, &limits, Depth::Full);
            assert_eq!(found.encoded, bytes.as_ref());
            assert_eq!(found.message_type, read.message_type);
            let event = |e: &Option<finality_parsers::model::Event>| {
                e.as_ref().map(|e| format!("{:?}", e.reference()))
            };
            assert_eq!(event(&found.event), event(&read.event));
            assert!(found.diagnostics.iter().all(|d| d.code != "second-document"), "{raw}");
            let (alone, among) = (mx::envelope(bytes, &limits), mx::envelope(raw.as_bytes(), &limits));
            assert_eq!(alone.map(|e| e.sender), among.map(|e| e.sender), "{raw}");
        }
    }
}

/// Where it breaks off, those before the break are messages, each in a whole envelope, and the rest is one; no byte of it is lost.
/// Who acts on them takes none.
#[test]
fn the_documents_before_a_break_can_be_read_alone() {
    let limits = Limits::default();
    let nth = |n: usize| document().replace("MRDN-2026-000118", &format!("N{n}"));
    let (h, d) = (prefixed(header(), "h"), prefixed(document(), "d"));
    let half = |element: &str| element.get(..element.len() / 2).expect("a half").to_owned();
    let open = |n: usize| format!("<Pyld>{}{}</Pyld>", header(), nth(n));
    for (around, inside, rest) in [
        ("<B>".to_owned(), [nth(1), nth(2)], "<Document".to_owned()),
        ("<B>".to_owned(), [nth(1), nth(2)], "</Wrong>".to_owned()),
        ("<B>".to_owned(), [nth(1), nth(2)], half(&nth(3))),
        ("<B>".to_owned(), [nth(1), nth(2)], format!("{}{}", header(), half(&nth(3)))),
        ("<B>".to_owned(), [nth(1), nth(2)], half(header())),
        (
            "<Xchg><Deep a='</x/>'>".replace("</x/>", "x"),
            [open(1), open(2)],
            format!("<Pyld>{}", half(&nth(3))),
        ),
        ("<Xchg>".to_owned(), [open(1), open(2)], "<Pyld>".to_owned()),
        (
            format!("<e:X xmlns:e=\"urn:any\" {PREFIXES}><e:In>"),
            [format!("{h}{d}"), format!("{h}{d}")],
            half(&d),
        ),
    ] {
        let broken = format!("{around}{}\n{}{rest}", inside[0], inside[1]);
        let (read, alone) = (all(&broken), codec::messages(broken.as_bytes(), &limits));
        assert_eq!((read.len(), alone.len()), (3, 3), "{broken}");
        for (bytes, read) in alone.iter().zip(&read).take(2) {
            let text = String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(mx::broken(bytes, &limits), None, "{text}");
            let found = codec::decode(bytes, &limits, Depth::Full);
            assert_eq!((found.diagnostics.len(), reference(&found)), (0, reference(read)), "{text}");
        }
        // White space at the end belongs to no message.
        let (rest, broken) = (rest.trim_end().to_owned(), broken.trim_end().to_owned());
        let last = alone.last().expect("a rest");
        assert!(mx::broken(last, &limits).is_some());
        assert!(String::from_utf8_lossy(last).ends_with(&rest), "{}", String::from_utf8_lossy(last));
        // What is not in the messages is in the rest, byte for byte.
        let mut left = broken.clone();
        for whole in [h.as_str(), d.as_str(), header(), &nth(1), &nth(2)] {
            for _ in 0..2 {
                let before_the_break = left.rfind(&rest).unwrap_or(left.len());
                if let Some(at) = left.find(whole).filter(|at| *at < before_the_break) {
                    left.replace_range(at..at + whole.len(), "");
                }
            }
        }
        assert_eq!(String::from_utf8_lossy(last), left);
        assert_eq!(codec::frames(broken.as_bytes(), &limits), [broken.as_bytes()]);
    }
}

/// An envelope with one document in it that breaks off behind that: the document is there, and so is the break.
#[test]
fn the_only_document_before_a_break_can_be_read_alone() {
    let limits = Limits::default();
    let (h, d) = (header(), document());
    let (prefixed_h, prefixed_d) = (prefixed(h, "h"), prefixed(d, "d"));
    for (broken, rest) in [
        (format!("<B>{d}"), "<B>"),
        (format!("<B>{h}{d}"), "<B>"),
        (format!("<?xml version='1.0'?><!-- <x> --><B>\n{h}{d}\n"), "<?xml version='1.0'?><!-- <x> --><B>"),
        (format!("<B>{d}</Wrong>"), "<B></Wrong>"),
        (format!("<B>{d}{}", h.get(..h.len() / 2).expect("a half")), "<B><AppHdr"),
        (format!("<B><In>{h}{d}</In><In>"), "<B><In></In><In>"),
        (format!("<e:B {PREFIXES} xmlns:e='urn:any'>{prefixed_h}{prefixed_d}</e:"), "<e:B "),
    ] {
        let (read, alone) = (all(&broken), codec::messages(broken.as_bytes(), &limits));
        assert_eq!((read.len(), alone.len()), (2, 2), "{broken}");
        assert_eq!(
            (read[0].diagnostics.len(), reference(&read[0]).as_str()),
            (0, "MRDN-2026-000118"),
            "{broken}"
        );
        assert!(read[1].event.is_none() && !read[1].diagnostics.is_empty(), "{broken}");
        let whole = codec::decode(&alone[0], &limits, Depth::Full);
        assert_eq!(
            (whole.diagnostics.len(), reference(&whole).as_str()),
            (0, "MRDN-2026-000118"),
            "{broken}"
        );
        assert!(
            String::from_utf8_lossy(&alone[1]).starts_with(rest),
            "{}",
            String::from_utf8_lossy(&alone[1])
        );
        assert!(mx::broken(&alone[1], &limits).is_some());
        // Who acts on messages takes none of it.
        assert_eq!(codec::frames(broken.as_bytes(), &limits), [broken.trim_end().as_bytes()]);
    }
    // What has no envelope is one message, whole or not.
    for raw in [format!("{h}{d}"), d.to_owned(), d.get(..d.len() / 2).expect("a half").to_owned()] {
        assert_eq!(codec::messages(raw.as_bytes(), &limits).len(), 1, "{raw}");
    }
}

/// A header belongs to one document. Where more stand beside it, the others go under the same addresses, and that is said.
#[test]
fn documents_beside_one_header_share_its_addresses() {
    let other = document().replace("MRDN-2026-000118", "SECOND");
    let raw = format!("<B>{}{}{other}</B>", header(), document());
    let found = all(&raw);
    assert_eq!(found.iter().map(reference).collect::<Vec<_>>(), ["MRDN-2026-000118", "SECOND"]);
    assert!(found[0].diagnostics.is_empty());
    let [warning] = found[1].diagnostics.as_slice() else { panic!("{:?}", found[1].diagnostics) };
    assert_eq!((warning.code, warning.severity), ("shared-header", Severity::Warning));
    assert_eq!(warning.path, "/B/Document[2]");
    let places = mx::places(raw.as_bytes(), &Limits::default());
    let said: Vec<(&str, &str)> = places
        .iter()
        .filter_map(|p| p.envelope.as_ref())
        .map(|e| (e.sender.as_str(), e.message_id.as_str()))
        .collect();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0].0, said[1].0);
    assert_eq!(said[1].1, "", "the identifier is that of the first");
    // In wrappers of their own they have nothing to do with one another.
    let apart = format!("<B><P>{}{}</P><P>{other}</P></B>", header(), document());
    assert!(all(&apart)[1].diagnostics.is_empty());
    assert_eq!(mx::places(apart.as_bytes(), &Limits::default())[1].envelope, None);
}
