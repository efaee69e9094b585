//! What is read and what is refused.

use super::*;

fn read(bytes: &[u8]) -> Result<Vec<u8>, Diagnostic> {
    let mut reader = Opened::new(bytes, &Limits::default())?;
    let mut out = Vec::new();
    let mut at = 0;
    while reader.next().map_err(|d| *d)? != Item::Over {
        assert_eq!(reader.span().start, at, "pieces tile the input");
        at = reader.span().end;
        out.extend_from_slice(reader.raw().as_bytes());
    }
    assert_eq!(at, bytes.len());
    Ok(out)
}

#[test]
fn pieces_are_the_input_again() {
    for document in [
        "<a/>",
        "\u{feff}<?xml version=\"1.0\" encoding='utf-8' ?>\r\n<!-- hi -->\n<p:a  x = 'y'\n><b/>t&amp;u&#x41;<![CDATA[<&]]></p:a  >\n<?pi x?>\n",
        "<a>\n <b >ä€</b\n></a>",
        "<a b='&lt;>' c=\"'\"/>",
    ] {
        assert_eq!(
            read(document.as_bytes()).map(|b| String::from_utf8(b).expect("text")),
            Ok(document.into())
        );
    }
}

#[test]
fn what_is_refused_says_why_and_where() {
    let deep = "<a>".repeat(100);
    let many: String = (0..100).map(|n| format!(" a{n}='x'")).collect();
    let many = format!("<a{many}/>");
    for (bytes, code, at) in [
        (&b"\xFF\xFE<\0a\0"[..], "encoding-refused", 0),
        (b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "encoding-refused", 20),
        (b"<a>\xE4</a>", "not-utf-8", 3),
        (b"<a>x\0y</a>", "control-character", 4),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "doctype-refused", 0),
        (b"<a>&b;</a>", "unknown-entity", 3),
        (b"<a>&#0;</a>", "unknown-entity", 3),
        (b"<a>&#xD800;</a>", "unknown-entity", 3),
        (b"<a><b>", "truncated", 6),
        (b"<a><b", "truncated", 3),
        (b"<a><!-- ", "truncated", 3),
        (b"<a>\x01\xE4", "control-character", 3),
        (b"<a>\xC3\x01", "not-utf-8", 3),
        (b"<a></b>", "not-well-formed", 3),
        (b"</a>", "not-well-formed", 0),
        (b"<a>]]></a>", "not-well-formed", 3),
        (b"<a/>x", "not-well-formed", 4),
        (b"<a x='1'y='2'/>", "not-well-formed", 8),
        (b"<a x='1' x='2'/>", "not-well-formed", 9),
        (b"<a x='<'/>", "not-well-formed", 3),
        (b"<a x=1/>", "not-well-formed", 3),
        (b"<1a/>", "not-well-formed", 0),
        (b"<a/><?xml version='1.0'?><a/>", "not-well-formed", 4),
        (b"<a>a & b</a>", "not-well-formed", 5),
        (b"<a>\xEF\xBF\xBE</a>", "control-character", 3),
        (b"<?xml encoding='UTF-8'?><a/>", "not-well-formed", 0),
        (b"<?xml encoding='UTF-8' version='1.0'?><a/>", "not-well-formed", 23),
        (b"<?XML x?><a/>", "not-well-formed", 0),
        (b"<? x?><a/>", "not-well-formed", 0),
        (b"<a><!-- -- --></a>", "not-well-formed", 3),
        (b"<a><!-- ---></a>", "not-well-formed", 3),
        (b"<a b='&'/>", "not-well-formed", 3),
        (b"<a b='1'", "truncated", 0),
        (b"<a b='1", "truncated", 0),
        (b"<a b=<c>", "not-well-formed", 5),
        ("<\u{d7}a/>".as_bytes(), "not-well-formed", 0),
        (b"<a/ >", "not-well-formed", 2),
        (b"< a/>", "not-well-formed", 0),
        (b"<a>&#1", "truncated", 3),
        (b"<a><![CDATA[x]]", "truncated", 3),
        (b"<![CDATA[x]]><a/>", "not-well-formed", 0),
        (b"<a><!ELEMENT b></a>", "not-well-formed", 3),
        (deep.as_bytes(), "too-deep", 64 * 3),
        (many.as_bytes(), "too-many-attributes", 3 + 7 * 10 + 8 * 54),
    ] {
        let found = read(bytes).expect_err(&String::from_utf8_lossy(bytes));
        assert_eq!(found.code, code, "{}: {}", String::from_utf8_lossy(bytes), found.message);
        assert_eq!(found.span.start, at, "{}: {}", String::from_utf8_lossy(bytes), found.message);
    }
}
