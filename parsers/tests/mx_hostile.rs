//! Hostile and odd XML: refused with a position, in bounded time, or carried as it stood. Never a panic.

use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::{Layer, Policy, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::mx;
use proptest::prelude::*;

const GOOD: &str = include_str!("../../samples/mx/sese.023-typical.xml");
const NS: &str = "urn:iso:std:iso:20022:tech:xsd:sese.024.001.12";

/// Codes of the findings; checks on the way what holds for every decoding.
fn codes(bytes: &[u8]) -> Vec<&'static str> {
    let decoded = mx::decode(bytes, &Limits::default(), Depth::Full);
    assert_eq!(decoded.encoded, bytes, "given back as it stood");
    assert!(decoded.diagnostics.iter().all(|d| d.span.start <= d.span.end && d.span.end <= bytes.len()));
    assert!(decoded.diagnostics.len() <= Limits::default().diagnostics_max + 2);
    let quick = mx::decode(bytes, &Limits::default(), Depth::Event);
    assert_eq!(quick.diagnostics, decoded.diagnostics, "the depth changes no finding");
    assert_eq!(quick.event, decoded.event);
    assert!(quick.encoded.is_empty() && quick.fields.is_empty());
    decoded.diagnostics.iter().filter(|d| d.severity == Severity::Error).map(|d| d.code).collect()
}

fn status(inside: &str) -> String {
    format!("<Document xmlns=\"{NS}\"><SctiesSttlmTxStsAdvc>{inside}</SctiesSttlmTxStsAdvc></Document>")
}

const ID: &str = "<TxId><AcctOwnrTxId>A</AcctOwnrTxId></TxId>";

#[test]
fn attacks_are_refused_at_the_syntax_layer() {
    let bomb: String =
        (0..20).map(|n| format!("<!ENTITY e{} \"{}\">", n + 1, format!("&e{n};").repeat(10))).collect();
    let bomb = format!("<!DOCTYPE d [<!ENTITY e0 \"ha\">{bomb}]><Document>&e20;</Document>");
    let external = "<!DOCTYPE d SYSTEM \"file:///etc/hostname\"><Document/>";
    let deep = "<a>".repeat(100_000);
    let attributes: String = (0..10_000).map(|n| format!(" a{n}=\"\"")).collect();
    let attributes = format!("<Document{attributes}/>");
    let spaces: String = (0..60).map(|n| format!(" xmlns:a{n}=\"u\"")).collect();
    let spaces = format!("<a{spaces}>").repeat(30);
    let value = status(&"x".repeat(2 << 20));
    let pieces = status(&"xxxxxxxxxx<!-- -->".repeat(200_000));
    let many = status(&"<a/>".repeat(600_000));
    let repeated = "<Lnkgs/>".repeat(20_000);
    let repeated = GOOD.replace("<TradDtls>", &format!("{repeated}<TradDtls>"));
    for (document, code) in [
        (bomb.as_str(), "doctype-refused"),
        (external, "doctype-refused"),
        (&deep, "too-deep"),
        (&attributes, "too-many-attributes"),
        (&spaces, "too-many-attributes"),
        (&value, "value-too-long"),
        (&pieces, "value-too-long"),
        (&many, "too-many-elements"),
        (&repeated, "too-many-entries"),
        (&status("&e;"), "unknown-entity"),
        (&status("\u{0}"), "control-character"),
        (&status("<a"), "not-well-formed"),
        (&status("<!-- -- -->"), "not-well-formed"),
    ] {
        let found = codes(document.as_bytes());
        let head: String = document.chars().take(60).collect();
        assert_eq!(found.last().copied(), Some(code), "{head}: {found:?}");
        let decoded = mx::decode(document.as_bytes(), &Limits::default(), Depth::Event);
        assert!(!decoded.accepted(Policy::Lenient), "{head}");
        assert_eq!(decoded.event, None, "{head}");
    }
}

#[test]
fn other_encodings_are_refused_by_name() {
    let utf16: Vec<u8> = GOOD.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(utf16.clone()).collect();
    assert_eq!(codes(&marked), ["encoding-refused"]);
    assert_eq!(codes(&utf16), ["encoding-refused"]);
    let latin = GOOD.replace("UTF-8", "ISO-8859-1");
    assert_eq!(codes(latin.as_bytes()), ["encoding-refused"]);
    let with_mark = format!("\u{feff}{GOOD}");
    assert_eq!(codes(with_mark.as_bytes()), [""; 0]);
    let lower = GOOD.replace("UTF-8", "utf-8").replace('\n', "\r\n");
    assert_eq!(codes(lower.as_bytes()), [""; 0]);
}

#[test]
fn a_message_cut_anywhere_is_an_error_at_the_cut() {
    for end in (1..GOOD.trim_end().len()).step_by(7) {
        let found = codes(&GOOD.as_bytes()[..end]);
        assert!(!found.is_empty(), "cut at {end}");
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the time that it takes is what is tested")]
fn what_is_huge_is_refused_at_once() {
    let million = |piece: &str| piece.repeat(1_000_000);
    let attributes: String = (0..1_000_000).map(|n| format!(" a{n}=\"\"")).collect();
    let documents = [
        (format!("<Document{attributes}/>"), "too-many-attributes"),
        (format!("<Document {}/>", million("a='' ")), "not-well-formed"),
        (status(&million("<a/>")), "too-many-elements"),
        (status(&"<a>".repeat(100_000)), "too-deep"),
        (status(&million("x")), "missing-element"),
        (status(&million("<!---->")), "missing-element"),
        (status(&million("<![CDATA[xx]]>")), "value-too-long"),
        (status(&million("&#120;&#120;")), "value-too-long"),
        (status(&million("<?a?>")), "missing-element"),
        (status(&format!("<a {}>", million("'>'"))), "not-well-formed"),
        (status(&format!("<a '{}", million("<a>"))), "truncated"),
        (format!("<Document xmlns=\"{NS}\">{}", million("</a>")), "not-well-formed"),
        (million("&"), "no-document"),
    ];
    for (document, code) in &documents {
        let found = codes(document.as_bytes());
        let head: String = document.chars().take(60).collect();
        if *code != "no-document" {
            assert!(found.contains(code), "{head}: {found:?}");
        }
        assert!(!mx::split(document.as_bytes(), &Limits::default()).is_empty(), "{head}");
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the time that it takes is what is tested")]
fn a_broken_piece_is_not_looked_at_a_million_times() {
    for piece in
        ["<a <?xml ", "<a ' <?xml ", "<!x <?xml ", "<!--<?xml ", "<![CDATA[<?xml ", "&<?xml ", "<?xml '"]
    {
        for end in ["", ">", "'>", "-->", "]]>", "?>"] {
            let stream = format!("{}{end}", piece.repeat(200_000));
            // Looked at again and again it would take hours.
            let parts = mx::split(stream.as_bytes(), &Limits::default());
            assert_eq!(parts.last().map(|part| part.end), Some(stream.trim_end().len()), "{piece}{end}");
        }
    }
}

#[test]
fn a_sample_cut_at_every_byte_is_truncated_there() {
    let whole = GOOD.trim_end();
    for end in 1..whole.len() {
        let decoded = mx::decode(&whole.as_bytes()[..end], &Limits::default(), Depth::Event);
        let last = decoded.diagnostics.last().expect("a finding");
        // Before the outermost element there is nothing yet to be cut.
        if decoded.diagnostics.iter().any(|d| d.code == "no-document") {
            assert!(end < whole.find("<BizMsgEnvlp").expect("the outermost element") + 1, "cut at {end}");
            continue;
        }
        assert_eq!((last.code, last.layer), ("truncated", Layer::Syntax), "cut at {end}: {}", last.message);
        assert!(last.span.start <= end && end - last.span.start < 80, "cut at {end}: {:?}", last.span);
        assert_eq!(decoded.event, None);
    }
}

#[test]
fn mixed_encodings_are_refused_where_they_begin() {
    let wide = |text: &str, big: bool| -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    };
    let with = |mark: &[u8], rest: Vec<u8>| [mark.to_vec(), rest].concat();
    let first = |bytes: &[u8]| {
        let decoded = mx::decode(bytes, &Limits::default(), Depth::Event);
        let broken = decoded.diagnostics.iter().find(|d| d.layer == Layer::Syntax).expect("refused");
        (broken.code, broken.span.start)
    };
    let head = GOOD.find("<TxId>").expect("an element") + 6;
    let in_the_middle = |bytes: &[u8]| [&GOOD.as_bytes()[..head], bytes, &GOOD.as_bytes()[head..]].concat();
    for (bytes, code, at) in [
        (with(&[0xFF, 0xFE], wide(GOOD, false)), "encoding-refused", 0),
        (with(&[0xFE, 0xFF], wide(GOOD, true)), "encoding-refused", 0),
        (wide(GOOD, false), "encoding-refused", 0),
        (wide(GOOD, true), "encoding-refused", 0),
        (in_the_middle(b"\0"), "control-character", head),
        (in_the_middle(b"\xE4"), "not-utf-8", head),
        (in_the_middle(b"\xC0\x80"), "not-utf-8", head),
        (in_the_middle(b"\xED\xA0\x80"), "not-utf-8", head),
        (in_the_middle(b"\xF4\x90\x80\x80"), "not-utf-8", head),
        (in_the_middle(b"a\0\xE4"), "control-character", head + 1),
        (in_the_middle(&wide("AB", false)), "control-character", head + 1),
        (with("\u{feff}\u{feff}".as_bytes(), GOOD.into()), "not-well-formed", 3),
        (with(b"\0", GOOD.into()), "control-character", 0),
    ] {
        assert_eq!(first(&bytes), (code, at), "{:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]));
        assert_eq!(codes(&bytes).last().copied(), Some(code));
    }
}

#[test]
fn odd_but_well_formed_documents_are_told_apart() {
    for (document, expected) in [
        (status(ID), &["status-needed"][..]),
        (status(&format!("{ID}<MtchgSts><Mtchd/></MtchgSts>")), &[]),
        (status(&format!("{ID}<MtchgSts><Mtchd></Mtchd></MtchgSts>")).replace(NS, "urn:x"), &["name-space"]),
        (
            status(&format!("{ID}<MtchgSts><Mtchd/></MtchgSts>")).replace(&format!(" xmlns=\"{NS}\""), ""),
            &["name-space"],
        ),
        (status(&format!("{ID}<MtchgSts xmlns=\"urn:x\"/>")), &["name-space"]),
        (status(&format!("{ID}<x:MtchgSts/>")), &["undeclared-prefix", "name-space"]),
        (format!("<AppHdr/>{}", status(&format!("{ID}<MtchgSts><Mtchd/></MtchgSts>"))), &["name-space"]),
        (
            format!("<E>{0}{0}</E>", status(&format!("{ID}<MtchgSts><Mtchd/></MtchgSts>"))),
            &["second-document"],
        ),
        ("<E/>".into(), &["no-document"]),
        ("<Document/>".into(), &["name-space"]),
        ("<!-- nothing -->".into(), &["no-document"]),
        (String::new(), &["no-document"]),
    ] {
        let found = codes(document.as_bytes());
        for code in expected {
            assert!(found.contains(code), "{document}: {found:?}");
        }
        assert_eq!(found.is_empty(), expected.is_empty(), "{document}: {found:?}");
    }
}

#[test]
fn a_stream_of_many_messages_is_split_in_step() {
    let stream = "<Document/>\n<?xml version=\"1.0\"?><!-- ".repeat(20_000);
    assert!(!mx::split(stream.as_bytes(), &Limits::default()).is_empty());
    let stream = format!("{GOOD}\n").repeat(500);
    let parts = mx::split(stream.as_bytes(), &Limits::default());
    assert_eq!(parts.len(), 500);
    assert!(parts.iter().all(|range| stream[range.clone()] == *GOOD.trim_end()));
}

#[test]
fn deviations_of_another_version_are_warnings() {
    let other = status(&format!("{ID}<MtchgSts><Mtchd>MACH</Mtchd></MtchgSts>")).replace("001.12", "001.10");
    let decoded = mx::decode(other.as_bytes(), &Limits::default(), Depth::Event);
    let found: Vec<_> = decoded.diagnostics.iter().map(|d| (d.severity, d.code)).collect();
    assert_eq!(found, [(Severity::Warning, "other-version"), (Severity::Warning, "text-not-allowed")]);
    assert!(decoded.event.is_some() && decoded.accepted(Policy::Strict));
    assert_eq!(decoded.message_type, "sese.024.001.10");
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        codes(&bytes);
        mx::split(&bytes, &Limits::default());
    }

    #[test]
    fn any_markup_is_survived(text in "(<|>|/|&|;|a|AppHdr|Document|\"|'|=| |xmlns|:|<!--|-->|<\\?xml |\\?>|<!\\[CDATA\\[|\\]\\]>|\n){0,40}") {
        codes(text.as_bytes());
        let ranges = mx::split(text.as_bytes(), &Limits::default());
        let mut at = 0;
        for range in ranges {
            prop_assert!(text.as_bytes()[at..range.start].iter().all(u8::is_ascii_whitespace));
            at = range.end;
        }
        prop_assert!(text.as_bytes()[at..].iter().all(u8::is_ascii_whitespace));
    }

    #[test]
    fn a_changed_byte_is_survived(at in 0..GOOD.len(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = GOOD.as_bytes().to_vec();
        bytes[at] = byte;
        if cut {
            bytes.remove(at);
        }
        let decoded = mx::decode(&bytes, &Limits::default(), Depth::Full);
        prop_assert_eq!(decoded.encoded, bytes);
        let broken = decoded.diagnostics.iter().any(|d| d.layer == Layer::Syntax);
        prop_assert!(!broken || decoded.event.is_none());
    }
}
