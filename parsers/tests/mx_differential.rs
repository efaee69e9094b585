//! Our verdict against that of libxml2 on documents made from the tables and broken at random from a seed.
//!
//! Needs `xmllint` and the official schemas (`../shared/reference/xsd`); without them it is still held that what is made is
//! valid for us, and that what must break a document does. Two thousand documents by default; all twenty thousand with
//! `FINALITY_DIFFERENTIAL=20000 cargo nextest run -p finality-parsers --test all mx_differential --no-capture`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use finality_parsers::codec::Depth;
use finality_parsers::diagnostic::{Diagnostic, Layer, Severity};
use finality_parsers::limits::Limits;
use finality_parsers::mx::sample::{Kind, sample};
use finality_parsers::mx::{self, tables};

/// SplitMix64: small, and the same everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % bound.max(1) as u64).expect("small")
    }
}

/// A document line by line: a leaf stands on one line, other elements begin and end on lines of their own.
struct Lines(Vec<String>);

impl Lines {
    fn indent(&self, at: usize) -> usize {
        self.0[at].len() - self.0[at].trim_start().len()
    }

    /// Where the element that begins on a line ends.
    fn end(&self, at: usize) -> usize {
        let line = self.0[at].trim_start();
        if line.contains("</") || line.ends_with("/>") {
            return at;
        }
        (at + 1..self.0.len()).find(|&end| self.indent(end) == self.indent(at)).unwrap_or(at)
    }

    /// A line on which an element below the root begins.
    fn any(&self, random: &mut Random, leaf: bool) -> Option<usize> {
        let fit: Vec<usize> = (3..self.0.len())
            .filter(|&at| {
                let line = self.0[at].trim_start();
                !line.starts_with("</") && !line.starts_with("<x:") && (!leaf || line.contains("</"))
            })
            .collect();
        fit.get(random.below(fit.len())).copied()
    }

    /// Name, attributes, value of a leaf.
    fn leaf(&self, at: usize) -> (String, String, String) {
        let line = self.0[at].trim();
        let (head, rest) = line[1..].split_once('>').expect("a tag");
        let (name, attributes) = head.split_once(' ').map_or((head, ""), |(name, rest)| (name, rest));
        let value = rest.rsplit_once("</").map_or("", |(value, _)| value);
        let attributes = if attributes.is_empty() { String::new() } else { format!(" {attributes}") };
        (name.to_owned(), attributes, value.to_owned())
    }

    fn put(&mut self, at: usize, name: &str, attributes: &str, value: &str) {
        self.0[at] = format!("<{name}{attributes}>{value}</{name}>");
    }

    fn tag(&mut self, at: usize, attribute: &str) {
        let line = self.0[at].clone();
        let place = line.find(['>', ' ']).filter(|_| !line.starts_with(' '));
        let start = line.len() - line.trim_start().len();
        let end = line[start..].find(['>', '/', ' ']).map_or(line.len(), |end| start + end);
        let at_place = place.unwrap_or(end).max(end);
        self.0[at].insert_str(at_place, &format!(" {attribute}"));
    }
}

/// Changes a document; `None` when there is nothing of the kind to change.
type Change = fn(&mut Lines, &mut Random) -> Option<()>;

const XSI: &str = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

fn value(lines: &mut Lines, random: &mut Random, change: impl Fn(&str, &mut Random) -> String) -> Option<()> {
    let at = lines.any(random, true)?;
    let (name, attributes, value) = lines.leaf(at);
    let value = change(&value, random);
    lines.put(at, &name, &attributes, &value);
    Some(())
}

fn tagged(lines: &mut Lines, random: &mut Random, attribute: &str) -> Option<()> {
    let at = lines.any(random, false)?;
    lines.tag(at, attribute);
    Some(())
}

/// Every kind of change: its name, what it does, and whether it always breaks the document.
const CHANGES: &[(&str, Change, bool)] = &[
    ("nothing", |_, _| Some(()), false),
    (
        "drop",
        |l, r| {
            let at = l.any(r, false)?;
            let end = l.end(at);
            l.0.drain(at..=end);
            Some(())
        },
        false,
    ),
    (
        "duplicate",
        |l, r| {
            let at = l.any(r, false)?;
            let copy: Vec<String> = l.0[at..=l.end(at)].to_vec();
            l.0.splice(at..at, copy);
            Some(())
        },
        false,
    ),
    (
        "many",
        |l, r| {
            let at = l.any(r, true)?;
            let copy = vec![l.0[at].clone(); 1 + r.below(12)];
            l.0.splice(at..at, copy);
            Some(())
        },
        false,
    ),
    (
        "swap",
        |l, r| {
            let at = l.any(r, false)?;
            let end = l.end(at);
            let next = end + 1;
            if next >= l.0.len() || l.indent(next) != l.indent(at) {
                return None;
            }
            let after = l.end(next);
            l.0[at..=after].rotate_left(next - at);
            Some(())
        },
        false,
    ),
    (
        "move",
        |l, r| {
            let at = l.any(r, true)?;
            let to = l.any(r, true)?;
            let line = l.0.remove(at);
            l.0.insert(to.min(l.0.len() - 1), line);
            Some(())
        },
        false,
    ),
    (
        "rename",
        |l, r| {
            let at = l.any(r, true)?;
            let (name, attributes, value) = l.leaf(at);
            l.put(at, &format!("{name}X"), &attributes, &value);
            Some(())
        },
        true,
    ),
    (
        "rename to another",
        |l, r| {
            let (at, other) = (l.any(r, true)?, l.any(r, true)?);
            let (_, attributes, value) = l.leaf(at);
            let (name, _, _) = l.leaf(other);
            l.put(at, &name, &attributes, &value);
            Some(())
        },
        false,
    ),
    ("overlong", |l, r| value(l, r, |v, r| v.repeat(2 + r.below(30))), false),
    ("one longer", |l, r| value(l, r, |v, _| format!("{v}A")), false),
    ("lower", |l, r| value(l, r, |v, _| v.to_lowercase()), false),
    ("code", |l, r| value(l, r, |_, _| "QQQQ".into()), false),
    ("space before", |l, r| value(l, r, |v, _| format!(" {v}")), false),
    ("space behind", |l, r| value(l, r, |v, _| format!("{v}\n ")), false),
    ("tab within", |l, r| value(l, r, |v, _| format!("{v}\tx")), false),
    ("return", |l, r| value(l, r, |v, _| format!("{v}\r\nx")), false),
    ("empty", |l, r| value(l, r, |_, _| String::new()), false),
    ("blank", |l, r| value(l, r, |_, _| "  ".into()), false),
    (
        "number",
        |l, r| {
            value(l, r, |_, r| {
                [
                    "-1",
                    "+1.5",
                    "1.",
                    ".5",
                    ".",
                    "1e3",
                    "1,5",
                    "0",
                    "00012.50000",
                    "123456789012345678901",
                    "1.1234567890123456789",
                    "-0",
                    "NaN",
                    "INF",
                    "1 000",
                    "123456789012345678",
                    "1234567890123456.78",
                ][r.below(17)]
                .into()
            })
        },
        false,
    ),
    (
        "date",
        |l, r| {
            value(l, r, |_, r| {
                [
                    "2026-02-29",
                    "2024-02-29",
                    "2026-13-01",
                    "2026-03-02Z",
                    "2026-03-02+14:00",
                    "2026-03-02+14:01",
                    "0000-01-01",
                    "-2026-01-01",
                    "12026-01-01",
                    "2026-03-02T10:00:00",
                    "2026-3-2",
                    "20260302",
                    "2026-03-02T24:00:00",
                    "2026-03-02T24:00:01",
                    "2026-03-02T10:00:00.123456789+01:00",
                    "2026-03-02T10:00",
                    "2026-03-02T10:60:00",
                    "2026",
                    "2026-03",
                    "2026-03-32",
                    "2026-04-31",
                    "02026-01-01",
                ][r.below(22)]
                .into()
            })
        },
        false,
    ),
    (
        "flag",
        |l, r| value(l, r, |_, r| ["true", "false", "1", "0", "TRUE", "yes", " true "][r.below(7)].into()),
        false,
    ),
    (
        "base64",
        |l, r| {
            value(l, r, |_, r| {
                ["QUJD", "QQ==", "QUI=", "QU JD", "Q", "Q===", "!!!!", "QR=="][r.below(8)].into()
            })
        },
        false,
    ),
    ("letters", |l, r| value(l, r, |v, _| format!("ä{v}€")), false),
    (
        "cdata",
        |l, r| value(l, r, |v, _| format!("<![CDATA[{}]]>", v.replace("&lt;", "<").replace("&amp;", "&"))),
        false,
    ),
    ("half cdata", |l, r| value(l, r, |v, _| format!("{v}<![CDATA[A]]>")), false),
    ("comment", |l, r| value(l, r, |v, _| format!("<!-- c -->{v}<!-- d -->")), false),
    ("comment within", |l, r| value(l, r, |v, _| format!("A<!-- c -->{v}")), false),
    ("instruction", |l, r| value(l, r, |v, _| format!("<?go on?>{v}")), false),
    (
        "reference",
        |l, r| {
            value(l, r, |v, r| {
                format!("{}{v}", ["&#65;", "&#x41;", "&amp;", "&#10;", "&#32;", "&#xE4;"][r.below(6)])
            })
        },
        false,
    ),
    (
        "bad reference",
        |l, r| {
            value(l, r, |v, r| {
                format!(
                    "{}{v}",
                    ["&#0;", "&x;", "&", "&#xD800;", "&#xFFFF;", "&#x;", "& ", "&#1;"][r.below(8)]
                )
            })
        },
        true,
    ),
    ("element in value", |l, r| value(l, r, |v, _| format!("{v}<B/>")), true),
    (
        "text between",
        |l, r| {
            let at = l.any(r, false)?;
            l.0.insert(at, "text".into());
            Some(())
        },
        true,
    ),
    (
        "blank between",
        |l, r| {
            let at = l.any(r, false)?;
            l.0.insert(at, "\t\r\n&#32;&#x9;".into());
            Some(())
        },
        false,
    ),
    (
        "blank cdata",
        |l, r| {
            let at = l.any(r, false)?;
            l.0.insert(at, "<![CDATA[ ]]>".into());
            Some(())
        },
        false,
    ),
    (
        "comment between",
        |l, r| {
            let at = l.any(r, false)?;
            l.0.insert(at, "<!-- c --><?p i?>".into());
            Some(())
        },
        false,
    ),
    (
        "foreign",
        |l, r| {
            let at = l.any(r, false)?;
            l.0.insert(at, "<f:Foreign xmlns:f=\"urn:f\"/>".into());
            Some(())
        },
        false,
    ),
    (
        "hollow",
        |l, r| {
            let at = l.any(r, false)?;
            let end = l.end(at);
            let line = l.0[at].trim().to_owned();
            let name: String = line[1..].chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            l.0.splice(at..=end, [format!("<{name}/>")]);
            Some(())
        },
        false,
    ),
    ("attribute", |l, r| tagged(l, r, "id=\"1\""), true),
    ("xml:lang", |l, r| tagged(l, r, "xml:lang=\"de\""), true),
    ("attribute twice", |l, r| tagged(l, r, "a=\"1\" a=\"2\""), true),
    (
        "nil",
        |l, r| {
            let is = ["true", "false"][r.below(2)];
            tagged(l, r, &format!("{XSI} xsi:nil=\"{is}\""))
        },
        true,
    ),
    (
        "type",
        |l, r| {
            let kind = ["Max35Text", "Nothing", "xs:string"][r.below(3)];
            tagged(l, r, &format!("{XSI} xsi:type=\"{kind}\""))
        },
        false,
    ),
    ("location", |l, r| tagged(l, r, &format!("{XSI} xsi:schemaLocation=\"urn:a b.xsd\"")), false),
    (
        "no currency",
        |l, r| {
            let with: Vec<usize> = (0..l.0.len()).filter(|&at| l.0[at].contains(" Ccy=\"")).collect();
            let at = *with.get(r.below(with.len()))?;
            let (name, _, value) = l.leaf(at);
            l.put(at, &name, "", &value);
            Some(())
        },
        true,
    ),
    (
        "bad currency",
        |l, r| {
            let with: Vec<usize> = (0..l.0.len()).filter(|&at| l.0[at].contains(" Ccy=\"")).collect();
            let at = *with.get(r.below(with.len()))?;
            let (name, _, value) = l.leaf(at);
            let currency = ["EU", "eur", " EUR", "EUR\t", "E&#x55;R", "XXX"][r.below(6)];
            l.put(at, &name, &format!(" Ccy=\"{currency}\""), &value);
            Some(())
        },
        false,
    ),
    ("name space", |l, r| tagged(l, r, "xmlns=\"urn:other\""), true),
    ("no name space", |l, r| tagged(l, r, "xmlns=\"\""), true),
    (
        "undeclared",
        |l, r| {
            let at = l.any(r, true)?;
            let (n, a, v) = l.leaf(at);
            l.put(at, &format!("q:{n}"), &a, &v);
            Some(())
        },
        true,
    ),
    (
        "prefixed",
        |l, _| {
            for line in l.0.iter_mut().skip(1) {
                if !line.contains("x:Data") {
                    *line = line
                        .replace("</", "\u{1}")
                        .replace('<', "<p:")
                        .replace('\u{1}', "</p:")
                        .replace(" xmlns=", " xmlns:p=");
                }
            }
            Some(())
        },
        false,
    ),
    (
        "single quotes",
        |l, _| {
            for line in &mut l.0 {
                *line = line.replace('"', "'");
            }
            Some(())
        },
        false,
    ),
    (
        "cut",
        |l, r| {
            let at = 3 + r.below(l.0.len() - 3);
            l.0.truncate(at);
            Some(())
        },
        true,
    ),
    (
        "crossed",
        |l, r| {
            let at = l.any(r, true)?;
            l.0[at] = l.0[at].replace("</", "</X");
            Some(())
        },
        true,
    ),
    (
        "declaration",
        |l, r| {
            l.0[0] = [
                "<?xml version='1.0'?>",
                "",
                "<?xml version=\"1.0\" standalone=\"yes\"?>",
                "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"no\" ?>",
                "<?xml encoding=\"UTF-8\"?>",
                "\u{feff}<?xml version=\"1.0\"?>",
            ][r.below(6)]
            .into();
            Some(())
        },
        false,
    ),
    (
        "behind",
        |l, r| {
            l.0.push(["<!-- c -->", "x", "<a/>", "<?p?>", "&amp;"][r.below(5)].into());
            Some(())
        },
        false,
    ),
    (
        "control",
        |l, r| {
            value(l, r, |v, r| {
                format!("{v}{}", ['\u{1}', '\u{b}', '\u{fffe}', '\u{7f}', '\u{85}'][r.below(5)])
            })
        },
        false,
    ),
    ("closing", |l, r| value(l, r, |v, _| format!("{v}]]>")), true),
];

/// Where libxml2 and we differ on purpose: the kind of change, what libxml2 says, and why it is not followed.
const REASONS: &[(&str, &str, &str)] = &[
    ("space before", "Date", DATES),
    ("space behind", "Date", DATES),
    ("space before", "Year", DATES),
    ("space behind", "Year", DATES),
    ("reference", "Date", DATES),
    ("reference", "Year", DATES),
    ("blank cdata", "element-only", "XML Schema 1, 3.4.4.2: white space is white space, in a section or not"),
];
const DATES: &str = "XML Schema 2, 4.3.6: white space around a date is dropped before it is looked at";

/// Syntax and structure alone: rules go further than a schema. A header alone is enough here.
fn ours(message: &str, text: &str) -> Result<(), String> {
    let decoded = mx::decode(text.as_bytes(), &Limits::default(), Depth::Event);
    let is_header = message.starts_with("head.") && text.contains("AppHdr");
    let counts = |d: &&Diagnostic| {
        d.layer != Layer::Rule && d.severity == Severity::Error && !(is_header && d.code == "no-document")
    };
    let wrong = decoded.diagnostics.iter().find(counts);
    wrong.map_or(Ok(()), |d| Err(format!("[{}] {} {}", d.code, d.path, d.message)))
}

fn schemas() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/xsd");
    let there = folder.is_dir() && Command::new("xmllint").arg("--version").output().is_ok();
    there.then_some(folder)
}

/// Which files libxml2 finds valid, and what it says.
fn libxml2(schema: &Path, files: &[PathBuf]) -> (Vec<bool>, String) {
    let out =
        Command::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).args(files).output();
    let said = String::from_utf8_lossy(&out.expect("xmllint runs").stderr).into_owned();
    let valid = |file: &PathBuf| {
        let line = format!("{} validates", file.display());
        said.lines().any(|l| l == line)
    };
    (files.iter().map(valid).collect(), said)
}

struct Case {
    kind: &'static str,
    text: String,
    breaks: bool,
}

fn cases(message: &str, count: usize, random: &mut Random) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut turn = 0;
    while cases.len() < count {
        let seed = u64::try_from(random.below(1 << 30)).expect("small");
        let kind = [Kind::Smallest, Kind::Some, Kind::Some, Kind::Some][random.below(4)];
        let text = sample(message, kind, seed).expect("it has a table");
        if text.len() > 60_000 {
            continue;
        }
        for _ in 0..4 {
            let mut lines = Lines(text.lines().map(str::to_owned).collect());
            let (kind, change, breaks) = CHANGES[random.below(CHANGES.len())];
            turn += 1;
            assert!(turn < 100_000, "{message}: nothing to change");
            if lines.0.len() > 4 && change(&mut lines, random).is_some() {
                cases.push(Case { kind, text: lines.0.join("\n"), breaks });
            }
        }
    }
    cases.truncate(count);
    cases
}

#[test]
fn verdicts_on_broken_documents_agree_with_libxml2() {
    let total: usize =
        std::env::var("FINALITY_DIFFERENTIAL").ok().and_then(|n| n.parse().ok()).unwrap_or(2_000);
    let messages: Vec<&str> = tables::messages().filter(|m| !m.starts_with("head.002")).collect();
    let each = total.div_ceil(messages.len());
    let schemas = schemas();
    let folder = std::env::temp_dir().join(format!("finality-differential-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder for documents");
    let mut random = Random(20_022);
    let mut differ = Vec::new();
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut compared, mut excused) = (0, 0);
    for message in messages {
        let cases = cases(message, each, &mut random);
        let verdicts: Vec<Result<(), String>> = cases.iter().map(|case| ours(message, &case.text)).collect();
        for (case, verdict) in cases.iter().zip(&verdicts) {
            let (all, broken) = kinds.entry(case.kind).or_default();
            (*all, *broken) = (*all + 1, *broken + usize::from(verdict.is_err()));
            // What is put below a foreign element is nobody's to judge, as long as it is well-formed.
            let foreign = case.text.contains("x:Data");
            assert!(!case.breaks || verdict.is_err() || foreign, "{message} {}:\n{}", case.kind, case.text);
            assert!(case.kind != "nothing" || verdict.is_ok(), "{message}: {verdict:?}\n{}", case.text);
        }
        let Some(schemas) = &schemas else { continue };
        let files: Vec<PathBuf> = (0..cases.len()).map(|n| folder.join(format!("{n}.xml"))).collect();
        for (file, case) in files.iter().zip(&cases) {
            fs::write(file, &case.text).expect("written");
        }
        let (theirs, said) = libxml2(&schemas.join(format!("{message}.xsd")), &files);
        for (((case, verdict), theirs), file) in cases.iter().zip(&verdicts).zip(theirs).zip(&files) {
            compared += 1;
            if verdict.is_ok() == theirs {
                continue;
            }
            let name = file.display().to_string();
            let mut lines = said.lines().skip_while(|l| !l.starts_with(&name));
            let line = format!("{} {}", lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
            if REASONS.iter().any(|(kind, tells, _)| *kind == case.kind && line.contains(tells)) {
                excused += 1;
                continue;
            }
            if let Ok(keep) = std::env::var("FINALITY_DIFFERENTIAL_KEEP") {
                fs::write(Path::new(&keep).join(format!("{message}-{}.xml", differ.len())), &case.text).ok();
            }
            differ.push(format!("{message} {}: libxml2 {theirs} {line}; we {verdict:?}", case.kind));
        }
    }
    fs::remove_dir_all(&folder).ok();
    println!("compared {compared}, {excused} differ for a stated reason, {} for none", differ.len());
    for (kind, (all, broken)) in &kinds {
        println!("  {kind}: {all}, {broken} broken");
    }
    assert!(kinds.len() > 40, "most kinds of change came up: {}", kinds.len());
    assert!(differ.is_empty(), "{}\n{}", differ.len(), differ[..differ.len().min(40)].join("\n"));
}
