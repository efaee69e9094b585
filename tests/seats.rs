//! Other seats than the buy side's, from files and with the built binary: message bytes in, message bytes out.

use std::path::{Path, PathBuf};
use std::process::Command;

use finality_kernel::fact::{Fact, Record};
use finality_parsers::codec::{self, Decoded, Depth, Envelope, Format};
use finality_parsers::fix::Version;
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    AffirmationStatus, AllegementFunction, ConfirmationAcknowledgement, Event, Function, Movement, Quantity,
    Side, StatusKind,
};
use finality_parsers::mx::Wrapping;

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
    for files in runs {
        let (said, code) = ingest(folder.path(), config, files);
        assert_eq!(code, Some(0), "{said}");
    }
    let journal = journal_of(folder.path());
    (folder, journal)
}

/// One run, with the samples of these names.
fn ingest(folder: &Path, config: &str, files: &[&str]) -> (String, Option<i32>) {
    let (store, config) = (folder.join("books"), samples().join(config));
    let files: Vec<PathBuf> = files.iter().map(|file| samples().join(file)).collect();
    let mut args = vec!["ingest", "--store", store.to_str().expect("UTF-8"), "--config"];
    args.push(config.to_str().expect("UTF-8"));
    args.extend(files.iter().map(|file| file.to_str().expect("UTF-8")));
    finality(&args)
}

fn journal_of(folder: &Path) -> Vec<Record> {
    let store = folder.join("books");
    let mut journal = Vec::new();
    let keep = |stored: finality::adapters::journal::Stored| {
        journal.push(finality_kernel::journal::decode(&stored.entry).expect("a record"));
    };
    finality::adapters::journal::read_all(&store.join("journal"), keep).expect("a journal");
    journal
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

/// On which link each went, and which message it is.
fn kinds(sent: &[(String, Decoded)]) -> Vec<(&str, &str)> {
    sent.iter().map(|(link, d)| (link.as_str(), d.message_type.split(".001").next().unwrap_or(""))).collect()
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
fn a_strangers_instruction_is_not_taken_for_that_of_the_only_client() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = std::fs::read_to_string(samples().join("custodian-1-instruction.fin")).expect("a sample");
    let file = folder.path().join("stranger.fin");
    std::fs::write(&file, own.replacen("ALBIGB2LA", "STRAFRPPA", 1)).expect("written");
    let (said, code) = ingest(folder.path(), "custodian.toml", &[file.to_str().expect("UTF-8")]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("by which link did it come?") && said.contains("ALBIGB2LXXX"), "{said}");
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
    let said = kinds(&sent);
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
fn a_client_releases_asks_and_hears_what_is_alleged_from_files() {
    let (folder, _) = ingested(
        "custodian.toml",
        &[
            &["custodian-6-held.fin"],
            &["custodian-7-release.fin"],
            &["custodian-8-released.xml"],
            &["custodian-8-released.xml"],
            &["custodian-9-question.fin"],
            &["custodian-10-alleged.xml"],
            &["custodian-10-alleged.xml"],
            &["custodian-11-taken-back.xml"],
        ],
    );
    let (said, code) = ingest(folder.path(), "custodian.toml", &["custodian-12-unreadable.fin"]);
    assert_eq!(code, Some(3), "it is laid aside: {said}");
    let journal = journal_of(folder.path());
    let sent = sent(&journal);
    let said = kinds(&sent);
    let expected = [
        ("albion", "548"),
        ("depository", "sese.023"),
        ("albion", "548"),
        ("depository", "sese.030"),
        ("albion", "548"),
        ("albion", "548"),
        ("albion", "578"),
        ("albion", "578"),
        ("albion", "548"),
    ];
    assert_eq!(said, expected);
    let answers = sent.iter().filter_map(|(_, d)| match &d.event {
        Some(Event::Status(a)) => {
            Some((a.instruction.to_string(), a.modification, a.statuses[0].kind.clone()))
        }
        _ => None,
    });
    let answer = |about: &str, of_command, kind| (about.to_owned(), of_command, kind);
    let expected = [
        answer("ALB-1201", false, StatusKind::Acknowledged),
        answer("ALB-1202", true, StatusKind::Acknowledged),
        answer("ALB-1202", true, StatusKind::ChangeCompleted),
        answer("ALB-1201", false, StatusKind::Acknowledged),
        answer("ALB-1204", false, StatusKind::Rejected),
    ];
    assert_eq!(answers.collect::<Vec<_>>(), expected);
    let alleged: Vec<_> = sent
        .iter()
        .filter_map(|(_, d)| match &d.event {
            Some(Event::Allegement(a)) => {
                Some((a.function, a.trade.account.clone().map(|a| a.id.to_string())))
            }
            _ => None,
        })
        .collect();
    let his = Some("ALBC000001".to_owned());
    assert_eq!(alleged, [(AllegementFunction::New, his.clone()), (AllegementFunction::Cancel, his)]);
    let errors = sent
        .iter()
        .flat_map(|(_, d)| &d.diagnostics)
        .filter(|d| d.severity == finality_parsers::diagnostic::Severity::Error);
    assert_eq!(errors.count(), 0, "what we send is right by the tables of its standard");
}

/// The first allocation of the samples with another quantity for its first account, in place of what it was.
fn replacing(id: &str) -> Vec<u8> {
    let raw = std::fs::read(samples().join("broker-1-allocation.fix")).expect("the sample");
    let decoded = codec::decode(&raw, &Limits::default(), Depth::Event);
    let Some(Event::Allocation(mut allocation)) = decoded.event else { panic!("an allocation") };
    allocation.function = Function::Replace(Some(allocation.id.clone()));
    allocation.id = id.parse().expect("a reference");
    let units = |n: i64| Quantity::units(n.into()).expect("positive");
    allocation.allocations[0].quantity = units(29_000);
    allocation.quantity = units(49_000);
    let envelope = Envelope {
        sender: "ALBIONAM".to_owned(),
        receiver: "KESTRELSEC".to_owned(),
        created: Timestamp::from_utc("2026-11-24T16:00:00Z".parse().expect("a time")),
        message_id: "1".to_owned(),
        possible_duplicate: false,
    };
    let event = Event::Allocation(allocation);
    codec::encode(&event, Format::Fix(Version::Fix44), &envelope).expect("it can be said").bytes
}

/// The allocation of the samples, one account of it, as a manager says it by ISO 15022.
fn allocated_by_mt(envelope: &Envelope) -> Vec<u8> {
    let raw = std::fs::read(samples().join("broker-1-allocation.fix")).expect("the sample");
    let decoded = codec::decode(&raw, &Limits::default(), Depth::Event);
    let Some(Event::Allocation(mut allocation)) = decoded.event else { panic!("an allocation") };
    allocation.id = "ALB-0011".parse().expect("a reference");
    allocation.allocations.truncate(1);
    allocation.quantity = allocation.allocations[0].quantity;
    allocation.allocations[0].id = Some("ALB-0011-1".parse().expect("a reference"));
    codec::encode(&Event::Allocation(allocation), Format::Mt, envelope).expect("it can be said").bytes
}

#[test]
fn a_manager_allocates_by_mt514_and_is_confirmed_by_setr_027() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(samples().join("broker.toml")).expect("the sample");
    let ids = "our_id = \"KESTGB2LXXX\"\ntheir_id = \"ALBIGB2LXXX\"";
    let by_fix = "speech = \"fix44\"\nour_id = \"KESTRELSEC\"\ntheir_id = \"ALBIONAM\"";
    let by_iso =
        format!("speech = \"mt\"\n{ids}\n\n[[profile.links]]\nname = \"albion-mx\"\nspeech = \"mx\"\n{ids}");
    let manager = "bic = \"ALBIGB2LXXX\"\nlink = \"albion\"\n";
    let text = text
        .replace("fix_listen = \"127.0.0.1:9877\"\n", "")
        .replace("[folders]\n", "[folders]\nalbion = \"albion\"\nalbion-mx = \"albion-mx\"\n")
        .replace(by_fix, &by_iso)
        .replace(manager, &format!("{manager}confirmations = \"albion-mx\"\n"));
    let config = folder.path().join("broker.toml");
    std::fs::write(&config, text).expect("a file");
    let config = config.to_str().expect("UTF-8");
    let envelope = Envelope {
        sender: "ALBIGB2LXXX".to_owned(),
        receiver: "KESTGB2LXXX".to_owned(),
        created: Timestamp::from_utc("2026-11-24T16:00:00Z".parse().expect("a time")),
        message_id: "ALBMSG0001".to_owned(),
        possible_duplicate: false,
    };
    let say = |name: &str, bytes: Vec<u8>| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("a file");
        let file = file.to_str().expect("UTF-8");
        // Twice: what comes again is answered again and does nothing else.
        let (said, code) = ingest(folder.path(), config, &[file, file]);
        assert_eq!(code, Some(0), "{said}");
        sent(&journal_of(folder.path()))
    };
    let confirmed = say("allocation.fin", allocated_by_mt(&envelope));
    let confirmation = confirmed.iter().find_map(|(link, d)| match &d.event {
        Some(Event::Confirmation(c)) if link == "albion-mx" => Some(c.clone()),
        _ => None,
    });
    let confirmation = confirmation.expect("it is confirmed on the other link");
    assert_eq!(confirmation.net.map(|a| a.value().normalize().to_string()).as_deref(), Some("762381"));
    let affirmation = Event::ConfirmationAcknowledgement(Box::new(ConfirmationAcknowledgement {
        supplementary: Vec::new(),
        id: Some("ALBAFF0001".parse().expect("a reference")),
        function: Function::New,
        linkages: Vec::new(),
        parties: Vec::new(),
        confirmation: confirmation.id.clone(),
        status: AffirmationStatus::Affirmed,
        reason: None,
        text: None,
        trade_date: None,
        transacted: None,
    }));
    let encoded = codec::encode(&affirmation, Format::Mx(Wrapping::Envelope), &envelope);
    let sent = say("affirmation.xml", encoded.expect("it can be said").bytes);
    let said = kinds(&sent);
    let expected = [("albion", "509"), ("albion-mx", "setr.027"), ("albion", "509"), ("agent", "543")];
    assert_eq!(said, expected);
    let errors = sent
        .iter()
        .flat_map(|(_, d)| &d.diagnostics)
        .filter(|d| d.severity == finality_parsers::diagnostic::Severity::Error);
    assert_eq!(errors.count(), 0, "what we send is right by the tables of its standard");
}

#[test]
fn what_is_out_is_shown_while_replacing_terms_wait_and_after_they_came_too_late() {
    let (folder, _) = ingested(
        "broker.toml",
        &[&["broker-1-allocation.fix", "broker-2-affirmation.fix", "broker-4-matched.fin"]],
    );
    let file = folder.path().join("replacing.fix");
    std::fs::write(&file, replacing("ALB-20261124-0010")).expect("a file");
    let path = file.to_str().expect("UTF-8");
    let (said, code) = ingest(folder.path(), "broker.toml", &[path]);
    assert_eq!(code, Some(0), "{said}");
    let (store, config) = (folder.path().join("books"), samples().join("broker.toml"));
    let (store, config) = (store.to_str().expect("UTF-8"), config.to_str().expect("UTF-8"));
    let trades = |words: &[&str]| {
        let (said, code) = finality(&[&["trades", "--store", store, "--config", config], words].concat());
        assert_eq!(code, Some(0), "{said}");
        said
    };
    let first = |said: &str| said.lines().next().unwrap_or_default().to_owned();
    let in_force = |said: &str| {
        let trade: serde_json::Value = serde_json::from_str(&first(said)).expect("an object a line");
        trade["in_force"].clone()
    };
    let line = first(&trades(&["list"]));
    assert!(line.contains("Sell 30000 FI0009812341 762381.0 EUR  replaced by Sell 29000 "), "{line}");
    assert!(line.contains(", which waits"), "{line}");
    assert_eq!(first(&trades(&["show", "1"])), line);
    let out = in_force(&trades(&["list", "--json"]));
    assert_eq!(
        (out["quantity"]["value"].as_str(), out["replaced"].as_str()),
        (Some("30000"), Some("waits")),
        "{out}"
    );
    let (said, code) = ingest(folder.path(), "broker.toml", &["broker-5-settled.fin"]);
    assert_eq!(code, Some(0), "{said}");
    let line = first(&trades(&["list", "--state", "settled"]));
    assert!(line.contains("Sell 30000 ") && line.contains("replaced too late by Sell 29000 "), "{line}");
    let settled = in_force(&trades(&["list", "--json"]));
    assert_eq!(settled["replaced"].as_str(), Some("too_late"), "{settled}");
}

#[test]
fn a_seat_that_is_configured_wrongly_says_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(samples().join("broker.toml")).expect("the sample");
    let config = folder.path().join("finality.toml");
    std::fs::write(&config, text.replace("seat = \"broker\"\n", "")).expect("a file");
    let (said, code) = finality(&["config", "check", "--config", config.to_str().expect("UTF-8")]);
    assert!(code != Some(0) && said.contains("manager ALBIGB2LXXX needs seat = \"broker\""), "{said}");
    let ours = [("broker.toml", "manager", "KESTGB2LXXX"), ("custodian.toml", "client", "AGNTFIHHXXX")];
    for (sample, who, our_bic) in ours {
        let text = std::fs::read_to_string(samples().join(sample)).expect("the sample");
        let header = format!("[[profile.{who}s]]\nbic = \"");
        std::fs::write(&config, text.replace(&format!("{header}ALBIGB2LXXX"), &format!("{header}{our_bic}")))
            .expect("a file");
        let (said, code) = finality(&["config", "check", "--config", config.to_str().expect("UTF-8")]);
        assert!(code != Some(0) && said.contains(&format!("{who} {our_bic} has our own BIC")), "{said}");
    }
}
