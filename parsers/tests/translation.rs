//! What gets lost between MT, MX and FIX: every sample goes there and back, and what comes back differs from what went out
//! in the reported losses only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use finality_parsers::codec::{self, Depth, EncodeError, Envelope, Format, Loss};
use finality_parsers::fix::Version;
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{Event, Movement, Reference, SettlementInstruction};
use finality_parsers::mx::Wrapping;
use serde_json::Value;

const MX: Format = Format::Mx(Wrapping::Envelope);

/// The samples whose names start so and end so, in order.
fn samples(folder: &str, starts: &[&str], ends: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples").join(folder);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the samples")
        .map(|entry| entry.expect("a sample").path())
        .collect();
    files.retain(|file| {
        let name = name(file);
        name.ends_with(ends) && starts.iter().any(|start| name.starts_with(start))
    });
    files.sort();
    files
}

fn name(file: &Path) -> &str {
    file.file_name().and_then(|name| name.to_str()).expect("a name")
}

/// What a sample means; nothing when it means nothing to the lifecycle.
fn event(bytes: &[u8]) -> Option<Event> {
    codec::decode(bytes, &Limits::default(), Depth::Event).event
}

/// An envelope that carries all that the event wants to say there.
fn envelope(event: &Event) -> Envelope {
    let (id, prepared) = match event {
        Event::Instruction(e) => (None, e.prepared),
        Event::Status(e) => (e.id.as_ref(), e.prepared),
        Event::Settlement(e) => (None, e.prepared),
        Event::Cancellation(e) => (Some(&e.id), e.details.as_ref().and_then(|d| d.prepared)),
        Event::Allegement(e) => (Some(&e.id), e.prepared),
        Event::ProcessingChange(e) => (Some(&e.id), e.prepared),
        Event::StatusRequest(e) => (Some(&e.id), None),
        _ => (None, None),
    };
    // The manager allocates and affirms; all else comes from the other side.
    let ends = ["KESTGB2LXXX".to_owned(), "ALBIGB2LXXX".to_owned()];
    let of_the_manager = matches!(event, Event::Allocation(_) | Event::ConfirmationAcknowledgement(_));
    let [receiver, sender] = if of_the_manager { ends } else { [ends[1].clone(), ends[0].clone()] };
    Envelope {
        sender,
        receiver,
        created: prepared.map(Timestamp::from_utc).unwrap_or_default(),
        message_id: id.map_or_else(|| "TRANSLATION-1".to_owned(), ToString::to_string),
        possible_duplicate: false,
    }
}

/// Writes an event and reads it again.
fn carried(event: &Event, format: Format) -> Result<(Event, Vec<Loss>), EncodeError> {
    let mut envelope = envelope(event);
    if format == Format::Mt && envelope.message_id.len() > 16 {
        envelope.message_id.clear();
    }
    let encoded = codec::encode(event, format, &envelope)?;
    let read = self::event(&encoded.bytes);
    Ok((read.expect("what is written can be read"), encoded.losses))
}

/// An event as its fields, without what says nothing: the order of amounts, and a place of settlement that both sides
/// repeat (MT names it once).
fn fields(event: &Event) -> Value {
    let mut event = event.clone();
    let sides = match &mut event {
        Event::Instruction(e) => {
            e.other_amounts.sort_by(|a, b| a.kind.cmp(&b.kind));
            Some((e.movement, &mut e.delivering, &mut e.receiving))
        }
        Event::Settlement(e) => {
            e.other_amounts.sort_by(|a, b| a.kind.cmp(&b.kind));
            Some((e.movement, &mut e.delivering, &mut e.receiving))
        }
        _ => None,
    };
    if let Some((movement, delivering, receiving)) = sides {
        let (own, other) = match movement {
            Movement::Receive => (receiving, delivering),
            Movement::Deliver => (delivering, receiving),
        };
        own.depository.take_if(|own| other.depository.as_ref() == Some(own));
    }
    let mut value = serde_json::to_value(event).expect("JSON");
    sort_lists(&mut value);
    value
}

/// In which order details, ties and parties stand says nothing.
fn sort_lists(value: &mut Value) {
    const LISTS: [&str; 14] = [
        "details",
        "additional",
        "lots",
        "cash_parties",
        "party_details",
        "general_details",
        "attributes",
        "trade_details",
        "account_details",
        "settlement_details",
        "amount_details",
        "second_leg",
        "linkages",
        "other_parties",
    ];
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                sort_lists(field);
                if let (Value::Array(list), true) = (field, LISTS.contains(&name.as_str())) {
                    list.sort_by_key(ToString::to_string);
                }
            }
        }
        Value::Array(list) => {
            for item in list {
                sort_lists(item);
                if let Value::Array(group) = item {
                    group.sort_by_key(ToString::to_string);
                }
            }
        }
        _ => {}
    }
}

/// The paths of all fields that are not the same; a list is one field.
fn differences(one: &Value, other: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (one, other) {
        _ if one == other => {}
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys()) {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let (a, b) = (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                differences(a, b, &path, found);
            }
        }
        // Every header says when it was made; that is more than was said before, not less.
        (Value::Null, _) if path.ends_with(".prepared") => {}
        _ => {
            found.insert(path.to_owned());
        }
    }
}

/// The value down a path.
fn at(value: &Value, path: &str) -> Value {
    path.split('.').try_fold(value, |value, key| value.get(key)).cloned().unwrap_or_default()
}

/// Whether a loss names a field: its words in this order, perhaps with the role of a party between them, or a part of it.
fn names(loss: &Loss, path: &str) -> bool {
    // Which one of a list it is says nothing here: a list is one field.
    let field = loss.field.split('[').map(|part| part.split_once(']').map_or(part, |(_, rest)| rest));
    let field: String = field.collect();
    let mut words = path.split('.');
    let all = field.split('.').all(|word| words.any(|other| other == word));
    let of_a_party = field.starts_with("party.")
        && ["parties", "delivering", "receiving"]
            .iter()
            .any(|side| path.split('.').any(|word| word == *side));
    all || of_a_party || field.starts_with(&format!("{path}."))
}

/// How the samples fared.
#[derive(Debug, Default)]
struct Tally {
    faithful: Vec<String>,
    with_losses: Vec<String>,
    refused: Vec<String>,
}

impl Tally {
    fn says(&self, faithful: &[&str], with_losses: &[&str], refused: &[&str]) {
        assert_eq!(self.faithful, faithful, "without a loss");
        assert_eq!(self.with_losses, with_losses, "with losses");
        assert_eq!(self.refused, refused, "refused");
    }
}

/// Each sample by way of another protocol and back. A loss must be told for every difference.
fn there_and_back(files: &[PathBuf], formats: &[Format]) -> Tally {
    let mut tally = Tally::default();
    for file in files {
        let name = name(file).to_owned();
        let Some(first) = event(&std::fs::read(file).expect("a sample")) else { continue };
        let answer =
            matches!(first, Event::AllocationAcknowledgement(_) | Event::ConfirmationAcknowledgement(_));
        let first = if answer { shortened(&first) } else { first };
        let mut losses = Vec::new();
        let way = formats.iter().try_fold(first.clone(), |event, format| {
            let (next, lost) = carried(&event, *format)?;
            losses.extend(lost);
            Ok::<_, EncodeError>(next)
        });
        let last = match way {
            Ok(last) => last,
            Err(error) => {
                tally.refused.push(format!("{name}: {error}"));
                continue;
            }
        };
        let mut found = BTreeSet::new();
        differences(&fields(&first), &fields(&last), "", &mut found);
        for path in &found {
            assert!(
                losses.iter().any(|loss| names(loss, path)),
                "{name}: {path} is lost in silence: {} became {}: {losses:#?}",
                at(&fields(&first), path),
                at(&fields(&last), path)
            );
        }
        for loss in &losses {
            assert!(!loss.field.is_empty() && !loss.reason.is_empty(), "{name}: {loss:?}");
        }
        if losses.is_empty() { tally.faithful.push(name) } else { tally.with_losses.push(name) }
    }
    tally
}

#[test]
fn mt_by_way_of_mx_and_back() {
    there_and_back(&samples("mt", &["mt530", "mt540", "mt541", "mt542", "mt543", "mt544", "mt545", "mt546", "mt547", "mt548-c", "mt548-f", "mt548-m", "mt548-r", "mt548-t", "mt548-u", "mt549", "mt578"], ".fin"), &[MX, Format::Mt]).says(
        &["mt530-minimal.fin", "mt530-release.fin", "mt540-minimal.fin", "mt540-typical.fin", "mt541-minimal.fin", "mt541-preadvice.fin", "mt541-typical.fin", "mt542-minimal.fin", "mt542-typical.fin", "mt543-minimal.fin", "mt543-typical.fin", "mt544-minimal.fin", "mt544-typical.fin", "mt545-last-part.fin", "mt545-minimal.fin", "mt545-part.fin", "mt545-typical.fin", "mt546-minimal.fin", "mt546-typical.fin", "mt547-minimal.fin", "mt547-reversal.fin", "mt547-typical.fin", "mt548-cancellation-denied.fin", "mt548-cancellation-done.fin", "mt548-minimal.fin", "mt548-rejected.fin", "mt548-repeated.fin", "mt549-minimal.fin", "mt578-minimal.fin"],
        &["mt530-full.fin", "mt530-repeated.fin", "mt540-full.fin", "mt540-repeated.fin", "mt541-cancel.fin", "mt541-full.fin", "mt541-repeated.fin", "mt542-full.fin", "mt542-repeated.fin", "mt543-cancel.fin", "mt543-full.fin", "mt543-repeated.fin", "mt544-full.fin", "mt544-repeated.fin", "mt545-full.fin", "mt545-repeated.fin", "mt546-full.fin", "mt546-repeated.fin", "mt547-full.fin", "mt547-repeated.fin", "mt548-full.fin", "mt548-typical.fin", "mt548-unmatched.fin", "mt578-full.fin", "mt578-repeated.fin"],
        &["mt549-full.fin: status_request.instructions is missing: the sese.021.001.06, which asks by the owner's references (RELA) cannot be written without it", "mt549-repeated.fin: status_request.instructions is missing: the sese.021.001.06, which asks by the owner's references (RELA) cannot be written without it"],
    );
}

#[test]
fn mx_by_way_of_mt_and_back() {
    // The least of financing are made from the table and have no account that MT could name.
    let named = |file: &PathBuf| !matches!(name(file), "sese.033-minimal.xml" | "sese.035-minimal.xml");
    let files: Vec<PathBuf> = samples("mx", &["sese"], ".xml").into_iter().filter(named).collect();
    there_and_back(&files, &[Format::Mt, MX]).says(
        &["sese.023-minimal.xml", "sese.026-full.xml", "sese.026-minimal.xml", "sese.026-typical.xml", "sese.028-full.xml", "sese.028-minimal.xml", "sese.028-typical.xml", "sese.029-full.xml", "sese.029-typical.xml", "sese.030-full.xml", "sese.030-typical.xml", "sese.033-typical.xml", "sese.035-typical.xml"],
        &["sese.020-full.xml", "sese.020-typical.xml", "sese.021-typical.xml", "sese.022-full.xml", "sese.022-minimal.xml", "sese.022-typical.xml", "sese.023-full.xml", "sese.023-typical.xml", "sese.024-full.xml", "sese.024-minimal.xml", "sese.024-prefixed.xml", "sese.024-typical.xml", "sese.025-full.xml", "sese.025-older.xml", "sese.025-partial.xml", "sese.025-typical.xml", "sese.027-full.xml", "sese.027-minimal.xml", "sese.027-typical.xml", "sese.031-full.xml", "sese.031-minimal.xml", "sese.031-typical.xml", "sese.033-full.xml", "sese.034-full.xml", "sese.034-typical.xml", "sese.035-full.xml"],
        &["sese.020-minimal.xml: cancellation.transaction is missing: the 540 to 543 with CANC, which repeats the instruction, cannot be written without it", "sese.025-minimal.xml: settlement.account is missing: the 546 cannot be written without it", "sese.029-minimal.xml: message is \":16S:FIAC\": MT578 C/97a: the field 97a (SAFE, CASH, BCAW) is missing [missing-field]", "sese.032-full.xml: MT has no message here for generated transaction: choose another target format", "sese.032-minimal.xml: MT has no message here for generated transaction: choose another target format", "sese.032-typical.xml: MT has no message here for generated transaction: choose another target format", "sese.037-full.xml: MT has no message here for portfolio transfer: choose another target format", "sese.037-typical.xml: MT has no message here for portfolio transfer: choose another target format", "sese.038-full.xml: MT has no message here for modification request: choose another target format", "sese.038-minimal.xml: MT has no message here for modification request: choose another target format", "sese.038-typical.xml: MT has no message here for modification request: choose another target format", "sese.039-full.xml: MT has no message here for answer to a request to change the terms of an instruction: choose another target format", "sese.039-minimal.xml: MT has no message here for answer to a request to change the terms of an instruction: choose another target format", "sese.039-typical.xml: MT has no message here for answer to a request to change the terms of an instruction: choose another target format", "sese.040-full.xml: MT has no message here for answer of a counterparty: choose another target format", "sese.040-minimal.xml: MT has no message here for answer of a counterparty: choose another target format", "sese.040-typical.xml: MT has no message here for answer of a counterparty: choose another target format"],
    );
}

#[test]
fn fix_confirmations_to_mt() {
    there_and_back(&samples("fix", &["AK"], ".fix"), &[Format::Mt]).says(
        &[],
        &["AK-50sp2.fix", "AK-minimal.fix", "AK-typical.fix"],
        &[
            "AK-full.fix: confirmation.function is \"replace\": MT515 has no replacement: send a cancellation and a new \
             confirmation",
            "AK-status.fix: MT has no message here for status of a confirmation: choose another target format",
        ],
    );
}

#[test]
fn mt_confirmations_and_allocations_by_way_of_fix_and_back() {
    let fix = Format::Fix(Version::Fix50Sp2);
    there_and_back(&samples("mt", &["mt514", "mt515", "mt518"], ".fin"), &[fix, Format::Mt]).says(
        &["mt514-minimal.fin"],
        &[
            "mt514-full.fin",
            "mt514-repeated.fin",
            "mt515-cancel.fin",
            "mt515-full.fin",
            "mt515-typical.fin",
            "mt518-full.fin",
        ],
        &[
            "mt514-part.fin: allocation.fragment.number is missing: the 514 cannot be written without it",
            "mt515-minimal.fin: confirmation.account is missing: the AK cannot be written without it",
            "mt515-repeated.fin: confirmation.account is missing: the AK cannot be written without it",
            "mt518-minimal.fin: confirmation.account is missing: the AK cannot be written without it",
            "mt518-repeated.fin: confirmation.account is missing: the AK cannot be written without it",
        ],
    );
}

/// The same with references that MT has room for.
fn shortened(event: &Event) -> Event {
    let text = serde_json::to_string(event).expect("JSON").replace("-20261124-", "-");
    serde_json::from_str(&text).expect("an event")
}

#[test]
fn fix_allocations_to_mt_share_by_share() {
    let mut told = Vec::new();
    for file in samples("fix", &["J"], ".fix") {
        let read = event(&std::fs::read(&file).expect("a sample")).expect("an allocation");
        let Event::Allocation(whole) = shortened(&read) else { panic!("an allocation") };
        let parts = whole.apart();
        for (number, part) in parts.iter().enumerate() {
            let mut first = part.clone();
            let name = format!("{} {}", name(&file), number + 1);
            match carried(&Event::Allocation(Box::new(part.clone())), Format::Mt) {
                Ok((last, losses)) => {
                    // Each part tells the price of the block as its own.
                    if first.fragment.is_some() {
                        first.allocations[0].price = first.allocations[0].price.or(first.price.take());
                    }
                    let mut found = BTreeSet::new();
                    let first = fields(&Event::Allocation(Box::new(first)));
                    differences(&first, &fields(&last), "", &mut found);
                    for path in &found {
                        assert!(
                            losses.iter().any(|loss| names(loss, path)),
                            "{name}: {path} is lost in silence: {losses:#?}"
                        );
                    }
                    let lost: BTreeSet<&str> = losses.iter().map(|l| l.field.as_str()).collect();
                    told.push(format!("{name}: {}", Vec::from_iter(lost).join(", ")));
                }
                Err(error) => told.push(format!("{name}: {error}")),
            }
        }
    }
    let expected = [
        "J-50sp2.fix 1: allocation.allocations.payment, allocation.gross, allocation.parties, allocation.transacted",
        "J-50sp2.fix 2: allocation.allocations.payment, allocation.gross, allocation.parties, allocation.transacted",
        "J-fragment.fix 1: allocation.allocations.payment, allocation.parties",
        "J-fragment.fix 2: allocation.allocations.payment, allocation.parties",
        "J-from-a-log.fix 1: allocation.allocations.payment, allocation.parties",
        "J-full.fix 1: BUYR.further, DECU.further, allocation.accrued, allocation.allocations.fees.kind, \
         allocation.allocations.parties, allocation.allocations.text, allocation.gross, allocation.parties, \
         instrument.description",
        "J-full.fix 2: BUYR.further, allocation.accrued, allocation.allocations.fees.kind, allocation.gross, \
         allocation.parties, instrument.description",
        "J-minimal.fix 1: allocation.allocations.payment, allocation.parties",
        "J-typical.fix 1: allocation.allocations.commission.basis, allocation.allocations.payment, allocation.gross, \
         party.issuer",
        "J-typical.fix 2: allocation.allocations.commission.basis, allocation.allocations.payment, allocation.gross, \
         party.issuer",
    ];
    assert_eq!(told, expected);
}

#[test]
fn answers_between_fix_and_mt() {
    let fix = Format::Fix(Version::Fix44);
    there_and_back(&samples("fix", &["AU", "P-5", "P-m", "P-t"], ".fix"), &[Format::Mt]).says(
        &[],
        &[
            "AU-50sp2.fix",
            "AU-full.fix",
            "AU-minimal.fix",
            "AU-typical.fix",
            "P-50sp2.fix",
            "P-minimal.fix",
            "P-typical.fix",
        ],
        &[],
    );
    // An affirmation does not say when it was traded, and FIX needs that.
    there_and_back(&samples("mt", &["mt517"], ".fin"), &[fix, Format::Mt]).says(
        &[],
        &[],
        &[
            "mt517-full.fin: acknowledgement.trade_date is missing: the AU cannot be written without it",
            "mt517-minimal.fin: acknowledgement.trade_date is missing: the AU cannot be written without it",
            "mt517-repeated.fin: acknowledgement.trade_date is missing: the AU cannot be written without it",
        ],
    );
}

#[test]
fn accounts_that_are_refused_are_told_in_words_by_mt() {
    let bytes = std::fs::read(&samples("fix", &["P-full"], ".fix")[0]).expect("a sample");
    let answer = shortened(&event(&bytes).expect("an answer"));
    let (read, losses) = carried(&answer, Format::Mt).expect("an MT509");
    let Event::TradeStatus(status) = read else {
        panic!("several reasons are more than an answer: {read:?}")
    };
    let words: Vec<_> = status.statuses[0].reasons.iter().filter_map(|r| r.text.as_deref()).collect();
    assert!(words.iter().any(|w| w.starts_with("ALBFI01 ALB-0003-1 9")), "{words:?}");
    assert!(losses.iter().any(|l| l.field == "rejects" && l.value.starts_with("ALBFI02")), "{losses:?}");
}

fn instruction() -> SettlementInstruction {
    let bytes = include_bytes!("../../samples/mt/mt541-typical.fin");
    match event(bytes) {
        Some(Event::Instruction(instruction)) => *instruction,
        other => panic!("the sample is an instruction, not {other:?}"),
    }
}

#[test]
fn a_chain_without_its_client_says_how_it_will_be_read() {
    let mut instruction = instruction();
    let chain = &mut instruction.delivering;
    chain.custodian = chain.client.take().or(chain.custodian.take());
    let (read, losses) = carried(&Event::Instruction(Box::new(instruction.clone())), MX).expect("a sese.023");
    let Event::Instruction(read) = read else { panic!("it was an instruction") };
    assert_eq!((read.delivering.custodian, read.delivering.client), (None, instruction.delivering.custodian));
    assert_eq!(losses.len(), 1, "{losses:?}");
    assert_eq!(losses[0].field, "instruction.delivering.custodian");
    assert!(losses[0].reason.contains("read back as client"), "{}", losses[0]);
}

#[test]
fn long_references_that_go_along_are_told_and_essential_ones_refuse() {
    let long: Reference = "REFERENCE-OF-29-CHARACTERS-XY".parse().expect("a reference");
    let along = SettlementInstruction {
        common_reference: Some(long.clone()),
        trade_reference: Some(long.clone()),
        ..instruction()
    };
    let (read, losses) = carried(&Event::Instruction(Box::new(along)), Format::Mt).expect("an MT541");
    let Event::Instruction(read) = read else { panic!("it was an instruction") };
    assert_eq!((read.common_reference, read.trade_reference), (None, None));
    let told: Vec<(&str, &str)> = losses.iter().map(|l| (l.field.as_str(), l.value.as_str())).collect();
    let expected = ["instruction.common_reference", "instruction.trade_reference"];
    assert_eq!(told, expected.map(|field| (field, long.as_str())));

    let essential = SettlementInstruction { id: long, ..instruction() };
    let refused = carried(&Event::Instruction(Box::new(essential)), Format::Mt).expect_err("too long");
    assert!(matches!(refused, EncodeError::Invalid { field: "instruction.id", .. }), "{refused}");
}

#[test]
fn a_place_of_trade_in_words_is_a_loss_in_mx() {
    let words = "OFF-BOOK ON EXCHANGE";
    let instruction = SettlementInstruction { place_of_trade: Some(words.into()), ..instruction() };
    let (_, losses) = carried(&Event::Instruction(Box::new(instruction)), MX).expect("a sese.023");
    assert_eq!(losses.len(), 1, "{losses:?}");
    assert_eq!((losses[0].field.as_str(), losses[0].value.as_str()), ("instruction.place_of_trade", words));
}

#[test]
fn a_request_to_cancel_repeats_the_instruction_in_mt_as_far_as_it_says_it() {
    let bytes = include_bytes!("../../samples/mx/sese.020-typical.xml");
    let Some(Event::Cancellation(request)) = event(bytes) else { panic!("the sample is a cancellation") };
    let encoded = codec::encode(
        &Event::Cancellation(request.clone()),
        Format::Mt,
        &envelope(&event(bytes).expect("one")),
    )
    .expect("an MT541");
    let text = String::from_utf8(encoded.bytes).expect("text");
    for line in
        [":23G:CANC", ":20C::SEME//LF541CAN0519", ":20C::PREV//LF541TYP0519", ":36B::SETT//UNIT/5000,"]
    {
        assert!(text.contains(line), "{line}: {text}");
    }
    // What stands for the type that nobody says is told.
    let told: Vec<_> = encoded.losses.iter().map(|loss| (loss.field.as_str(), loss.value.as_str())).collect();
    assert_eq!(told, [("cancellation.transaction.transaction_type", "TRAD")]);

    // What is missing is named, and a financing has a type that must not be guessed.
    type Change = fn(&mut finality_parsers::model::CancellationRequest);
    let changes: [(Change, &str); 4] = [
        (|e| e.transaction = None, "cancellation.transaction is missing"),
        (|e| e.account = None, "cancellation.account is missing"),
        (
            |e| e.kind = finality_parsers::model::Cancelled::Financing,
            "the type and the second leg of a financing",
        ),
        (|e| e.kind = finality_parsers::model::Cancelled::Other, "a settlement instruction"),
    ];
    for (change, why) in changes {
        let mut request = request.clone();
        change(&mut request);
        let refused = carried(&Event::Cancellation(request), Format::Mt).expect_err(why).to_string();
        assert!(refused.contains(why), "{why}: {refused}");
    }
}

#[test]
fn the_investor_of_a_cancelled_transaction_comes_back() {
    let bytes = String::from_utf8_lossy(include_bytes!("../../samples/mx/sese.020-typical.xml"));
    let investor = "<Invstr><Id><AnyBIC>LUMNLULLXXX</AnyBIC></Id></Invstr></TxDtls>";
    let bytes = bytes.replace("</TxDtls>", investor);
    let first = event(bytes.as_bytes()).expect("a cancellation");
    let (last, losses) = carried(&first, MX).expect("a sese.020");
    assert_eq!((&last, losses), (&first, Vec::new()));
    let encoded = codec::encode(&first, Format::Mt, &envelope(&first)).expect("an MT541");
    let text = String::from_utf8_lossy(&encoded.bytes);
    assert!(text.contains(":95P::INVE//LUMNLULLXXX"), "{text}");
}

/// What a conversion leaves behind of a message, by the name of the field.
fn left(bytes: &[u8], format: Format) -> Vec<String> {
    let decoded = codec::decode(bytes, &Limits::default(), Depth::Full);
    let event = decoded.event.clone().expect("it means something");
    let told = finality_parsers::translate::told(bytes, &decoded);
    let translated = finality_parsers::translate::translate(&decoded, &event, format, (&told, &told), &[]);
    translated.expect("it can be written").left.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_spelled_in_another_way_is_not_lost() {
    let text = include_str!("../../samples/mt/mt541-typical.fin");
    let zoned = text.replace(":98C::PREP//20260519091533", ":98E::PREP//20260519111533/0200");
    assert_ne!(text, zoned);
    assert_eq!(left(zoned.as_bytes(), MX), Vec::<String>::new());

    // A charge is a debit, whether that is said or not.
    let text = include_str!("../../samples/mx/sese.023-full.xml");
    assert!(text.contains("<ChrgsFees>"));
    let all = left(text.as_bytes(), Format::Mt);
    assert!(!all.iter().any(|left| left.contains("CdtDbtInd")), "{all:?}");
}

#[test]
fn codes_that_the_standards_spell_in_another_way_come_across_both_ways() {
    let text = include_str!("../../samples/mt/mt541-typical.fin");
    let text = text.replace(
        ":22F::SETR//TRAD",
        ":22F::SETR//TRAD
:22F::TRCA//CAGE
:22F::REST//R144",
    );
    let first = event(text.as_bytes()).expect("an instruction");
    let encoded = codec::encode(&first, MX, &envelope(&first)).expect("a sese.023");
    assert_eq!(encoded.losses, Vec::new());
    let mx = String::from_utf8_lossy(&encoded.bytes);
    assert!(mx.contains("<Cd>SAGE</Cd>") && mx.contains("<Cd>A144</Cd>"), "{mx}");
    let back = codec::encode(&event(&encoded.bytes).expect("an instruction"), Format::Mt, &envelope(&first));
    let back = String::from_utf8(back.expect("an MT541").bytes).expect("text");
    assert!(back.contains(":22F::TRCA//CAGE") && back.contains(":22F::REST//R144"), "{back}");
}

#[test]
fn a_strike_price_stands_as_an_exercise_price_in_mt_and_that_is_told() {
    let text = include_str!("../../samples/mx/sese.023-typical.xml");
    let strike = "<FinInstrmAttrbts><StrkPric><Val><Rate>12.5</Rate></Val></StrkPric></FinInstrmAttrbts>";
    let text = text.replace("</FinInstrmId>", &format!("</FinInstrmId>{strike}"));
    let first = event(text.as_bytes()).expect("an instruction");
    let encoded = codec::encode(&first, Format::Mt, &envelope(&first)).expect("an MT541");
    assert!(String::from_utf8_lossy(&encoded.bytes).contains("::EXER//PRCT/12,5"));
    assert!(encoded.losses.iter().any(|loss| loss.field.ends_with("STRK") && loss.reason.contains("EXER")));
    let (same, losses) = carried(&first, MX).expect("a sese.023");
    assert_eq!((same, losses), (first, Vec::new()));
}

#[test]
fn an_iban_is_97e_and_a_13b_stays_one() {
    let text = include_str!("../../samples/mt/mt540-full.fin");
    let first = event(text.as_bytes()).expect("an instruction");
    for way in [&[Format::Mt][..], &[MX, Format::Mt]] {
        let mut event = first.clone();
        for format in way {
            event = carried(&event, *format).expect("it can be written").0;
        }
        let bytes = codec::encode(&event, Format::Mt, &envelope(&event)).expect("an MT540").bytes;
        let written = String::from_utf8(bytes).expect("text");
        assert!(written.contains(":97E::CASH//DE89370400440532013000"), "{written}");
        assert!(way.len() > 1 || written.contains(":13B::LINK//515"), "{written}");
    }
}

#[test]
fn a_statement_is_asked_for_in_both_standards() {
    let bytes = include_bytes!("../../samples/mx/semt.021-typical.xml");
    let first = event(bytes).expect("a request");
    let Event::StatusRequest(request) = &first else { panic!("a request") };
    assert_eq!((request.wanted.as_str(), request.filters[0].reasons.len()), ("semt.018", 2));
    let (same, losses) = carried(&first, MX).expect("a semt.021");
    assert_eq!((&same, losses), (&first, Vec::new()));
    let written = codec::encode(&first, Format::Mt, &envelope(&first)).expect("an MT549");
    let text = String::from_utf8_lossy(&written.bytes);
    for line in [":13A::REQU//537", ":69A::STAT//20260302/20260304", ":25D::SETT//PENF", ":24B::PENF//LACK"] {
        assert!(text.contains(line), "{line}: {text}");
    }
    let told: Vec<&str> = written.losses.iter().map(|loss| loss.field.as_str()).collect();
    assert_eq!(told, ["status_request.wanted"]);
    assert_eq!(left(bytes, Format::Mt), Vec::<String>::new());
}

#[test]
fn the_scheme_of_a_proprietary_code_comes_back_and_is_told_by_mt() {
    let text = include_str!("../../samples/mx/sese.023-typical.xml");
    let scheme = "<Prtry><Id>AB12</Id><Issr>MRDN</Issr><SchmeNm>HOUSE LIST</SchmeNm></Prtry>";
    let text = text.replace("<Cd>TRAD</Cd>", scheme);
    let first = event(text.as_bytes()).expect("an instruction");
    let (same, losses) = carried(&first, MX).expect("a sese.023");
    assert_eq!((&same, losses), (&first, Vec::new()));
    let written = codec::encode(&first, Format::Mt, &envelope(&first)).expect("an MT541");
    assert!(String::from_utf8_lossy(&written.bytes).contains(":22F::SETR/MRDN/AB12"));
    let told: Vec<_> = written.losses.iter().filter(|l| l.field == "code.scheme").collect();
    assert_eq!(told.len(), 1, "{:?}", written.losses);
    assert_eq!(told[0].value, "HOUSE LIST");
}
