//! Damaged bytes: nothing panics, what is taken apart is given back whole, and the time taken grows with the length only.

use std::path::Path;
use std::time::Duration;

use finality_parsers::codec::{Depth, decode};
use finality_parsers::fix::session::{Config, Role, Session};
use finality_parsers::fix::{Version, split};
use finality_parsers::limits::Limits;
use finality_parsers::machine::{LinkEffect, LinkInput, Machine, Timestamp};
use proptest::prelude::*;

fn samples() -> Vec<Vec<u8>> {
    ["J-full", "J-typical", "P-full", "AS-full", "AK-full", "AU-full", "J-50sp2", "day", "J-from-a-log"]
        .iter()
        .map(|name| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/fix");
            std::fs::read(folder.join(format!("{name}.fix"))).expect("a readable sample")
        })
        .collect()
}

#[derive(Debug, Clone)]
enum Damage {
    Flip(usize, u8),
    Cut(usize, usize),
    Repeat(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<usize>(), prop::sample::select(b"\x01=|0123456789AY.8 \xFF".to_vec()))
            .prop_map(|(at, b)| Damage::Flip(at, b)),
        (any::<usize>(), 1usize..40).prop_map(|(at, n)| Damage::Cut(at, n)),
        (any::<usize>(), 1usize..40).prop_map(|(at, n)| Damage::Repeat(at, n)),
    ]
}

fn damaged(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for d in damages {
        if bytes.is_empty() {
            break;
        }
        match d {
            Damage::Flip(at, b) => {
                let at = at % bytes.len();
                bytes[at] = *b;
            }
            Damage::Cut(at, n) => {
                let at = at % bytes.len();
                bytes.drain(at..(at + n).min(bytes.len()));
            }
            Damage::Repeat(at, n) => {
                let at = at % bytes.len();
                let piece = bytes[at..(at + n).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
        }
    }
    bytes
}

/// Length and checksum made right again, so that the damage gets past the frame.
fn reframed(bytes: &[u8]) -> Vec<u8> {
    let text: Vec<&[u8]> = bytes.split(|b| *b == 1).collect();
    let content: Vec<u8> = text
        .iter()
        .filter(|f| !f.starts_with(b"8=") && !f.starts_with(b"9=") && !f.starts_with(b"10=") && !f.is_empty())
        .flat_map(|f| [f, b"\x01".as_slice()].concat())
        .collect();
    let mut out = format!("8=FIX.4.4\x019={}\x01", content.len()).into_bytes();
    out.extend_from_slice(&content);
    let sum = finality_parsers::fix::frame::checksum(&out, 1);
    out.extend_from_slice(format!("10={sum:03}\x01").as_bytes());
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_is_read_is_given_back(which in 0usize..9, damages in prop::collection::vec(damage(), 1..6), mend in any::<bool>()) {
        let bytes = damaged(samples()[which].clone(), &damages);
        let bytes = if mend { reframed(&bytes) } else { bytes };
        let limits = Limits::default();
        let spans = split(&bytes, &limits);
        for pair in spans.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start);
        }
        for span in spans {
            let raw = &bytes[span];
            let decoded = decode(raw, &limits, Depth::Full);
            prop_assert_eq!(String::from_utf8_lossy(&decoded.encoded), String::from_utf8_lossy(raw));
            for d in &decoded.diagnostics {
                prop_assert!(d.span.end <= raw.len() && d.span.start <= d.span.end, "{:?}", d);
            }
        }
    }

    #[test]
    fn a_session_outlives_any_bytes(which in 0usize..9, damages in prop::collection::vec(damage(), 0..6), mend in any::<bool>(), chunk in 1usize..300) {
        let mut session = Session::new(Config::new(Version::Fix44, "KESTRELSEC", None, Role::Acceptor, Duration::from_secs(30)));
        let now = Timestamp::from_nanos(1_795_532_645_000_000_000);
        session.handle(now, LinkInput::Opened);
        let logon = reframed(b"35=A\x0134=1\x0149=ALBIONAM\x0152=20261124-15:04:05\x0156=KESTRELSEC\x0198=0\x01108=30\x01141=Y\x01");
        session.handle(now, LinkInput::Bytes(&logon));
        let mut effects: Vec<LinkEffect> = std::iter::from_fn(|| session.poll()).collect();
        prop_assert!(session.is_logged_on());
        let bytes = damaged(samples()[which].clone(), &damages);
        let bytes = if mend { reframed(&bytes) } else { bytes };
        for part in bytes.chunks(chunk) {
            session.handle(now, LinkInput::Bytes(part));
            effects.extend(std::iter::from_fn(|| session.poll()));
        }
        let mut closes = 0;
        for effect in effects {
            match effect {
                LinkEffect::Close(_) => closes += 1,
                LinkEffect::Send(sent) => {
                    let said = decode(&sent, &Limits::default(), Depth::Event);
                    prop_assert!(said.diagnostics.is_empty(), "{:?}", said.diagnostics);
                }
                _ => {}
            }
        }
        prop_assert!(closes <= 1);
        prop_assert!(closes == 1 || session.deadline().is_some());
    }
}

#[test]
fn a_group_beyond_bounds_is_refused_and_the_session_goes_on() {
    let config = Config::new(Version::Fix44, "US", Some("THEM"), Role::Acceptor, Duration::from_secs(30));
    let mut session = Session::new(config);
    let now = Timestamp::from_nanos(1_795_532_645_000_000_000);
    session.handle(now, LinkInput::Opened);
    let head = |kind: &str, number: u32| {
        format!("35={kind}\x0134={number}\x0149=THEM\x0152=20261124-15:04:05\x0156=US\x01")
    };
    let entries = "79=A\x01".repeat(10_001);
    let mut sent = String::new();
    for content in [
        format!("{}98=0\x01108=30\x01", head("A", 1)),
        format!("{}70=X\x0178=10001\x01{entries}", head("P", 2)),
        format!("{}112=STILL THERE\x01", head("1", 3)),
    ] {
        session.handle(now, LinkInput::Bytes(&reframed(content.as_bytes())));
        for effect in std::iter::from_fn(|| session.poll()) {
            if let LinkEffect::Send(bytes) = effect {
                sent.push_str(&String::from_utf8_lossy(&bytes).replace('\x01', "|"));
            }
        }
    }
    assert!(sent.contains("|35=3|34=2|") && sent.contains("|45=2|"), "{sent}");
    assert!(sent.contains("more than 10000 entries"), "{sent}");
    assert!(sent.contains("|35=0|34=3|") && sent.contains("|112=STILL THERE|"), "{sent}");
    assert!(!sent.contains("|35=2|"), "nothing is missing: {sent}");
}
