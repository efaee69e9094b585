//! Other seats than the buy side's, from files and with the built binary: message bytes in, message bytes out.

use std::path::{Path, PathBuf};
use std::process::Command;

use finality_kernel::fact::{Fact, Record};
use finality_parsers::codec::{self, Decoded, Depth};
use finality_parsers::limits::Limits;
use finality_parsers::model::{Event, Movement, Side, StatusKind};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/seats")
}

/// Runs the binary, and says what it said and its exit code.
fn finality(args: &[&str]) -> (String, Option<i32>) {
    let run = Command::new(env!("CARGO_BIN_EXE_finality")).args(args).output().expect("it runs");
    let said = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    (said, run.status.code())
}

/// Puts samples through a gateway, one run of the binary for each list, and gives back what it keeps in its journal.
fn ingested(config: &str, runs: &[&[&str]]) -> (tempfile::TempDir, Vec<Record>) {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("books");
    let config = samples().join(config);
    for files in runs {
        let files: Vec<PathBuf> = files.iter().map(|file| samples().join(file)).collect();
        let mut args = vec!["ingest", "--store", store.to_str().expect("UTF-8"), "--config"];
        args.push(config.to_str().expect("UTF-8"));
        args.extend(files.iter().map(|file| file.to_str().expect("UTF-8")));
        let (said, code) = finality(&args);
        assert_eq!(code, Some(0), "{said}");
    }
    let mut journal = Vec::new();
    let keep = |stored: finality::adapters::journal::Stored| {
        journal.push(finality_kernel::journal::decode(&stored.entry).expect("a record"));
    };
    finality::adapters::journal::read_all(&store.join("journal"), keep).expect("a journal");
    (folder, journal)
}

/// What was put into the outbox, as its receiver reads it.
fn sent(journal: &[Record]) -> Vec<(String, Decoded)> {
    let facts = journal.iter().flat_map(|record| &record.facts);
    facts
        .filter_map(|fact| match fact {
            Fact::Queued { link, bytes, .. } => {
                Some((link.clone(), codec::decode(bytes, &Limits::default(), Depth::Event)))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_day_in_the_brokers_seat_from_files() {
    let (allocation, affirmation) = ("broker-1-allocation.fix", "broker-2-affirmation.fix");
    // Each file by a run of its own, so that every step is a restart; and two of them twice.
    let (folder, journal) = ingested(
        "broker.toml",
        &[
            &[allocation],
            &[allocation],
            &[affirmation, affirmation],
            &["broker-3-refusal.fix"],
            &["broker-4-matched.fin"],
            &["broker-5-settled.fin"],
        ],
    );
    let sent = sent(&journal);
    let said: Vec<(&str, &str)> =
        sent.iter().map(|(link, d)| (link.as_str(), d.message_type.as_str())).collect();
    // The allocation is answered and confirmed share by share; what comes again is answered again and does nothing else.
    let expected = [("albion", "P"), ("albion", "AK"), ("albion", "AK"), ("albion", "P"), ("agent", "543")];
    assert_eq!(said, expected);
    let confirmed: Vec<_> = sent
        .iter()
        .filter_map(|(_, d)| match &d.event {
            Some(Event::Confirmation(c)) => Some(c),
            _ => None,
        })
        .collect();
    let net = |n: usize| confirmed[n].net.map(|a| a.to_string());
    assert_eq!(confirmed[0].id.as_str(), "FK000000000002");
    assert_eq!((confirmed[0].side, confirmed[1].side), (Side::Buy, Side::Buy), "as the investor sees it");
    assert_eq!(net(0).as_deref(), Some("762381.0 EUR"), "30,000 at 25.40 and 381 of commission");
    assert_eq!(net(1).as_deref(), Some("508254 EUR"), "as the allocation says");
    let Some(Event::Instruction(instruction)) = &sent[4].1.event else { panic!("an instruction") };
    assert_eq!(instruction.movement, Movement::Deliver, "what the client buys we deliver");
    assert_eq!(instruction.account.as_ref().map(|a| a.as_str()), Some("KESTOWN001"), "from our own account");
    let errors = sent
        .iter()
        .flat_map(|(_, d)| &d.diagnostics)
        .filter(|d| d.severity == finality_parsers::diagnostic::Severity::Error);
    assert_eq!(errors.count(), 0, "what we send is right by the tables of its standard");

    let store = folder.path().join("books");
    let store = store.to_str().expect("UTF-8");
    let config = samples().join("broker.toml");
    let config = config.to_str().expect("UTF-8");
    let (trades, code) = finality(&["trades", "--store", store, "--config", config, "list"]);
    assert!(code == Some(0) && trades.contains("settled") && trades.contains("mismatched"), "{trades}");
    let (page, code) =
        finality(&["blocks", "--store", store, "--config", config, "list", "--after", "NOBODY"]);
    assert!(code == Some(3) && page.contains("no block is known as NOBODY"), "{page}");
    let (open, _) = finality(&["exceptions", "--store", store, "--config", config, "list"]);
    assert!(open.contains("NET MONEY SHOULD BE 508254.10"), "{open}");
}

#[test]
fn a_day_in_the_custodians_seat_from_files() {
    let (instruction, unknown) = ("custodian-1-instruction.fin", "custodian-2-unknown-account.fin");
    let (matched, settled) = ("custodian-3-matched.xml", "custodian-4-settled.xml");
    let late = "custodian-5-too-late.fin";
    // Each line by a run of its own, so that every step is a restart; and all of them twice.
    let (folder, journal) = ingested(
        "custodian.toml",
        &[
            &[instruction],
            &[instruction, unknown],
            &[unknown, matched],
            &[matched, settled],
            &[settled],
            &[late],
            &[late],
        ],
    );
    let sent = sent(&journal);
    let said: Vec<(&str, &str)> = sent
        .iter()
        .map(|(link, d)| (link.as_str(), d.message_type.split(".001").next().unwrap_or("")))
        .collect();
    // What the client says again is answered again and does nothing else; what the depository says again he hears once.
    let expected = [
        ("albion", "548"),
        ("depository", "sese.023"),
        ("albion", "548"),
        ("albion", "548"),
        ("albion", "548"),
        ("albion", "548"),
        ("albion", "545"),
        ("albion", "548"),
        ("albion", "548"),
    ];
    assert_eq!(said, expected);
    let answers: Vec<(String, StatusKind, Option<&str>)> = sent
        .iter()
        .filter_map(|(_, d)| match &d.event {
            Some(Event::Status(a)) => {
                let reason = a.statuses[0].reasons.first().map(|r| r.code.as_str());
                Some((a.instruction.to_string(), a.statuses[0].kind.clone(), reason))
            }
            _ => None,
        })
        .collect();
    let answer = |about: &str, kind, reason| (about.to_owned(), kind, reason);
    let rejected = answer("ALB-1102", StatusKind::Rejected, Some("SAFE"));
    let denied = answer("ALB-1103", StatusKind::CancellationDenied, Some("DSET"));
    let expected = [
        answer("ALB-1101", StatusKind::Acknowledged, None),
        answer("ALB-1101", StatusKind::Acknowledged, None),
        rejected.clone(),
        rejected,
        answer("ALB-1101", StatusKind::Matched, None),
        denied.clone(),
        denied,
    ];
    assert_eq!(answers, expected);
    let Some(Event::Instruction(passed)) = &sent[1].1.event else { panic!("an instruction") };
    assert_eq!((passed.id.as_str(), passed.movement), ("FI000000001N1", Movement::Receive));
    assert_eq!(passed.account.as_ref().map(|a| a.as_str()), Some("AGNTOMN001"), "our account there");
    let Some(Event::Settlement(settlement)) = &sent[6].1.event else { panic!("a settlement") };
    assert_eq!(settlement.instruction.as_str(), "ALB-1101");
    assert_eq!(settlement.account.as_ref().map(|a| a.as_str()), Some("ALBC000001"), "his account");
    let errors = sent
        .iter()
        .flat_map(|(_, d)| &d.diagnostics)
        .filter(|d| d.severity == finality_parsers::diagnostic::Severity::Error);
    assert_eq!(errors.count(), 0, "what we send is right by the tables of its standard");

    let store = folder.path().join("books");
    let config = samples().join("custodian.toml");
    let (store, config) = (store.to_str().expect("UTF-8"), config.to_str().expect("UTF-8"));
    let (trades, code) = finality(&["trades", "--store", store, "--config", config, "list"]);
    assert!(code == Some(0) && trades.contains("settled"), "{trades}");
}

#[test]
fn a_seat_that_is_configured_wrongly_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(samples().join("broker.toml")).expect("the sample");
    let config = folder.path().join("finality.toml");
    std::fs::write(&config, text.replace("seat = \"broker\"\n", "")).expect("a file");
    let (said, code) = finality(&["config", "check", "--config", config.to_str().expect("UTF-8")]);
    assert!(code != Some(0) && said.contains("manager ALBIGB2LXXX needs seat = \"broker\""), "{said}");
}
