//! What is written reads back as the same event, is valid by our own walk, and by libxml2 where that and the official
//! schemas are at hand.

use std::path::Path;
use std::process::Command;

use chrono::{TimeZone, Utc};
use finality_parsers::codec::{self, Depth, EncodeError, Envelope, Format};
use finality_parsers::diagnostic::Policy;
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::*;
use finality_parsers::mx::{self, Wrapping};
use proptest::option;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use rust_decimal::Decimal;

fn parsed<T>(pattern: &'static str) -> impl Strategy<Value = T>
where
    T: std::str::FromStr<Err: std::fmt::Debug> + std::fmt::Debug,
{
    pattern.prop_map(|text| text.parse().expect("the pattern only makes good ones"))
}

fn reference() -> impl Strategy<Value = Reference> {
    parsed("[A-Z0-9][A-Z0-9<&>/ _-]{0,30}[A-Z0-9]")
}

fn decimal(scale: u32) -> impl Strategy<Value = Decimal> {
    (1i64..1_000_000_000_000, 0..=scale).prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
}

fn currency() -> impl Strategy<Value = Currency> {
    parsed("(EUR|USD|GBP|CHF)")
}

fn amount() -> impl Strategy<Value = Amount> {
    (currency(), decimal(2), any::<bool>())
        .prop_map(|(currency, value, negative)| Amount::new(currency, if negative { -value } else { value }))
}

fn quantity() -> impl Strategy<Value = Quantity> {
    let kind = prop_oneof![
        Just(QuantityKind::Unit),
        Just(QuantityKind::FaceAmount),
        Just(QuantityKind::AmortisedAmount)
    ];
    (kind, decimal(5)).prop_map(|(kind, value)| Quantity::new(kind, value).expect("not negative"))
}

fn date() -> impl Strategy<Value = BusinessDate> {
    (2020..2040i32, 1..=12u32, 1..=28u32)
        .prop_map(|(y, m, d)| BusinessDate::from_ymd(y, m, d).expect("a day"))
}

fn isin() -> impl Strategy<Value = Isin> {
    "[A-Z]{2}[A-Z0-9]{9}".prop_map(|body| {
        let bytes: [u8; 11] = body.as_bytes().try_into().expect("eleven");
        let check = char::from(Isin::check_digit(&bytes).expect("letters and digits"));
        format!("{body}{check}").parse().expect("an ISIN")
    })
}

fn lei() -> impl Strategy<Value = Lei> {
    "[A-Z0-9]{18}".prop_map(|body| {
        let remainder = body
            .chars()
            .chain("00".chars())
            .filter_map(|c| c.to_digit(36))
            .fold(0u32, |r, digit| (r * if digit > 9 { 100 } else { 10 } + digit) % 97);
        format!("{body}{:02}", 98 - remainder).parse().expect("an LEI")
    })
}

fn bic() -> impl Strategy<Value = Bic> {
    parsed("[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?")
}

fn text(pattern: &'static str) -> impl Strategy<Value = String> {
    pattern.prop_map(|text| text)
}

fn instrument() -> impl Strategy<Value = Instrument> {
    let other = (parsed_scheme(), text("[A-Z0-9]{1,12}")).prop_map(|(scheme, value)| OtherIdentifier {
        scheme,
        value,
        suffix: None,
    });
    (
        option::of(isin()),
        proptest::collection::vec(other, 0..3),
        option::of(text("[A-Z]{1,6}")),
        option::of(text("[A-Z][A-Za-z0-9 %&]{0,60}[a-z]")),
    )
        .prop_map(|(isin, other, symbol, description)| Instrument { isin, other, symbol, description })
}

fn parsed_scheme() -> impl Strategy<Value = String> {
    text("(CUSIP|SEDOL|WKN|RIC|US|house code)")
}

fn price() -> impl Strategy<Value = Price> {
    let rate = (0..4usize, decimal(4).prop_map(|value| value / Decimal::from(100_000_000))).prop_map(
        |(kind, value)| {
            let kinds = [PriceKind::Percentage, PriceKind::Yield, PriceKind::Discount, PriceKind::Premium];
            Price { kind: kinds[kind], value: value.round_dp(6), currency: None }
        },
    );
    prop_oneof![(currency(), decimal(4)).prop_map(|(currency, value)| Price::actual(currency, value)), rate]
}

fn party_id() -> impl Strategy<Value = PartyId> {
    prop_oneof![
        bic().prop_map(PartyId::Bic),
        lei().prop_map(PartyId::Lei),
        (text("[A-Z]{0,8}"), text("[A-Z0-9]{1,20}"))
            .prop_filter("LEI is an issuer of its own", |(issuer, _)| issuer != "LEI")
            .prop_map(|(issuer, id)| PartyId::Proprietary { issuer, id }),
        proptest::collection::vec(text("[A-Z][a-z]{1,20}( [0-9]{1,3})?"), 1..4).prop_map(PartyId::Name),
    ]
}

fn party() -> impl Strategy<Value = Party> {
    (
        party_id(),
        option::of(lei()),
        option::of(parsed::<Account>("[A-Z0-9]{1,20}")),
        option::of(reference()),
        proptest::collection::vec(text("(TXID|CORP)=[A-Z]{2}/[A-Z0-9]{1,20}"), 0..2),
    )
        .prop_map(|(id, lei, account, processing_reference, further)| {
            let lei = if matches!(id, PartyId::Lei(_)) { None } else { lei };
            Party { id, lei, account, processing_reference, further }
        })
}

fn depository() -> impl Strategy<Value = Party> {
    let id = prop_oneof![bic().prop_map(PartyId::Bic), text("[A-Z]{2}").prop_map(PartyId::Country)];
    (id, option::of(lei()), option::of(reference())).prop_map(|(id, lei, processing_reference)| Party {
        lei,
        processing_reference,
        ..Party::new(id)
    })
}

/// Chains whose roles can be told from their number.
fn chain() -> impl Strategy<Value = SettlementChain> {
    (depository(), party(), proptest::collection::vec(party(), 0..=4)).prop_map(
        |(depository, agent, behind)| {
            let mut chain = SettlementChain {
                depository: Some(depository),
                agent: Some(agent),
                ..SettlementChain::default()
            };
            let mut behind = behind.into_iter().rev();
            chain.client = behind.next();
            chain.custodian = behind.next();
            chain.intermediary_1 = behind.next();
            chain.intermediary_2 = behind.next();
            chain
        },
    )
}

fn way() -> impl Strategy<Value = (Movement, Payment)> {
    (
        prop_oneof![Just(Movement::Receive), Just(Movement::Deliver)],
        prop_oneof![Just(Payment::Free), Just(Payment::Against)],
    )
}

fn other_amounts() -> impl Strategy<Value = Vec<OtherAmount>> {
    let codes = ["ACRU", "CHAR", "COUN", "DEAL", "EXEC", "LEVY", "LOCO", "REGF", "STAM", "STEX", "VATA"];
    (proptest::sample::subsequence(codes.to_vec(), 0..5), proptest::collection::vec(amount(), 5)).prop_map(
        |(codes, amounts)| {
            codes
                .into_iter()
                .zip(amounts)
                .map(|(code, amount)| OtherAmount { kind: AmountKind(code.to_owned()), amount })
                .collect()
        },
    )
}

fn linkage() -> impl Strategy<Value = Linkage> {
    (
        option::of(text("(541|543|202|sese\\.023|sese\\.025)")),
        text("(AFTE|WITH|BEFO|INFO|)"),
        text("(PREV|ASRF|MITI|POOL|INTP|RELA)"),
        reference(),
    )
        .prop_map(|(message, position, kind, reference)| Linkage {
            message,
            position,
            ..Linkage::new(&kind, reference)
        })
}

fn instruction() -> impl Strategy<Value = SettlementInstruction> {
    let who = (reference(), any::<bool>(), proptest::collection::vec(linkage(), 0..3), way());
    let what = (instrument(), quantity(), option::of(amount()), other_amounts(), option::of(price()));
    let when = (option::of(date()), date(), option::of(text("(XETR|XLON|OTCO|EXCH)")));
    let accounts = (
        option::of(parsed::<Account>("[A-Z0-9-]{1,30}")),
        option::of(parsed::<Account>("(DE89370400440532013000|[0-9]{6,12})")),
        option::of((bic(), option::of(lei()))),
    );
    let how = (
        text("(TRAD|REPU|SECL|OWNI|DTCC/ABCD)"),
        proptest::collection::vec(text("(NOMC|DIRT|CLEN|T2S/LEGA)"), 0..3),
        option::of(0..4usize),
        option::of(1..=4u8),
        option::of(text("[A-Z][A-Za-z .<>&']{0,100}[a-z]")),
    );
    let refs = (option::of(reference()), option::of(reference()));
    (who, what, when, accounts, how, refs, (chain(), chain())).prop_map(
        |(who, what, when, accounts, how, refs, chains)| {
            let partials = [
                PartialSettlement::NotAllowed,
                PartialSettlement::Allowed,
                PartialSettlement::AllowedByCash,
                PartialSettlement::AllowedByQuantity,
            ];
            SettlementInstruction {
                id: who.0,
                function: if who.1 { InstructionFunction::PreAdvice } else { InstructionFunction::New },
                prepared: None,
                linkages: who.2,
                common_reference: refs.0,
                trade_reference: refs.1,
                movement: who.3.0,
                payment: who.3.1,
                instrument: what.0,
                quantity: what.1,
                amount: what.2,
                other_amounts: what.3,
                price: what.4,
                trade_date: when.0,
                settlement_date: when.1,
                place_of_trade: when.2,
                account: accounts.0,
                cash_account: accounts.1,
                account_owner: accounts.2.map(|(bic, lei)| Party { lei, ..Party::bic(bic) }),
                transaction_type: how.0,
                conditions: how.1,
                partial: how.2.map(|index| partials[index]),
                priority: how.3,
                delivering: chains.0,
                receiving: chains.1,
                narrative: how.4,
                more: None,
            }
        },
    )
}

fn settlement() -> impl Strategy<Value = SettlementConfirmation> {
    let ids = (option::of(reference()), reference(), option::of(reference()), option::of(reference()), way());
    let what =
        (instrument(), quantity(), option::of(quantity()), option::of(quantity()), option::of(price()));
    let cash = (option::of(amount()), option::of(amount()), option::of(amount()), other_amounts());
    let when = (option::of(date()), option::of(date()), date());
    let rest = (
        prop_oneof![Just(None), Just(Some(PartialKind::Part)), Just(Some(PartialKind::Last))],
        option::of(parsed::<Account>("[A-Z0-9-]{1,30}")),
        option::of(bic()),
        option::of(text("[A-Z][A-Za-z .]{0,100}[a-z]")),
        option::of(reference()),
    );
    (ids, what, cash, when, rest, (chain(), chain())).prop_map(|(ids, what, cash, when, rest, chains)| {
        SettlementConfirmation {
            id: ids.0,
            reversal: false,
            instruction: ids.1,
            previous: ids.2,
            common_reference: ids.3,
            market_reference: rest.4,
            prepared: None,
            movement: ids.4.0,
            payment: ids.4.1,
            instrument: what.0,
            settled: what.1,
            previously_settled: what.2,
            remaining: what.3,
            amount: cash.0,
            previously_settled_amount: cash.1,
            remaining_amount: cash.2,
            other_amounts: cash.3,
            price: what.4,
            partial: rest.0,
            trade_date: when.0,
            settlement_date: when.1,
            effective_date: when.2,
            account: rest.1,
            account_owner: rest.2.map(Party::bic),
            transaction_type: "TRAD".into(),
            delivering: chains.0,
            receiving: chains.1,
            narrative: rest.3,
            linkages: Vec::new(),
            more: None,
        }
    })
}

/// One branch of a status block with reason codes that it knows; an empty list where only proprietary ones exist.
fn statuses() -> impl Strategy<Value = Vec<Status>> {
    let processing = prop_oneof![
        coded(StatusKind::Acknowledged, "(SMPG|NSTP|LATE)"),
        coded(StatusKind::PendingProcessing, "(BLOC|COLL)"),
        coded(StatusKind::Rejected, "(SAFE|DQUA|DSEC)"),
        coded(StatusKind::Repair, "(DDAT|DMON)"),
        coded(StatusKind::Cancelled, "(CANI|CANS)"),
        coded(StatusKind::PendingCancellation, "(ADEA|CONF)"),
        proprietary(StatusKind::CancellationRequested),
        proprietary(StatusKind::ModificationRequested),
        (text("[A-Z0-9]{4}"), text("[A-Z]{0,8}")).prop_map(|(code, issuer)| Status {
            kind: StatusKind::Proprietary { code, issuer },
            reasons: vec![Reason { code: "HOLD".into(), issuer: Some("T2S".into()), text: None }],
        }),
    ];
    let inferred = prop_oneof![
        proprietary(StatusKind::InferredMatched),
        coded(StatusKind::InferredUnmatched, "(CMIS|DDEA)")
    ];
    let matching = prop_oneof![proprietary(StatusKind::Matched), coded(StatusKind::Unmatched, "(CMIS|DQUA)")];
    let settling =
        prop_oneof![coded(StatusKind::Pending, "(LACK|MONY)"), coded(StatusKind::Failing, "(CLAC|LACK)")];
    (processing, option::of(inferred), option::of(matching), option::of(settling))
        .prop_map(|(a, b, c, d)| [Some(a), b, c, d].into_iter().flatten().collect())
}

fn words() -> impl Strategy<Value = Option<String>> {
    option::of(text("[A-Z][a-z &]{0,100}[a-z]"))
}

fn coded(kind: StatusKind, codes: &'static str) -> BoxedStrategy<Status> {
    let issuer = option::of(text("[A-Z]{3,8}"));
    let reason =
        (text(codes), issuer, words()).prop_map(|(code, issuer, text)| Reason { code, issuer, text });
    proptest::collection::vec(reason, 0..3)
        .prop_map(move |reasons| Status { kind: kind.clone(), reasons })
        .boxed()
}

fn proprietary(kind: StatusKind) -> BoxedStrategy<Status> {
    let reason = (text("[A-Z0-9]{4}"), text("[A-Z]{3,8}"), words()).prop_map(|(code, issuer, text)| Reason {
        code,
        issuer: Some(issuer),
        text,
    });
    proptest::collection::vec(reason, 0..2)
        .prop_map(move |reasons| Status { kind: kind.clone(), reasons })
        .boxed()
}

fn status() -> impl Strategy<Value = StatusAdvice> {
    let details = (
        way(),
        instrument(),
        quantity(),
        option::of(amount()),
        option::of(date()),
        date(),
        option::of(parsed::<Account>("[A-Z0-9-]{1,30}")),
    )
        .prop_map(|(way, instrument, quantity, amount, trade_date, settlement_date, account)| {
            TransactionDetails {
                movement: Some(way.0),
                payment: Some(way.1),
                instrument: Some(instrument),
                quantity: Some(quantity),
                amount,
                trade_date,
                settlement_date: Some(settlement_date),
                account,
                transaction_type: Some("TRAD".into()),
                ..TransactionDetails::default()
            }
        });
    (reference(), option::of(reference()), option::of(reference()), statuses(), option::of(details)).prop_map(
        |(instruction, servicer_reference, market_reference, statuses, details)| StatusAdvice {
            intra_position: false,
            supplementary: Vec::new(),
            id: None,
            instruction,
            servicer_reference,
            market_reference,
            cancellation: false,
            prepared: None,
            statuses,
            details,
            modification: false,
            amendment: false,
            financing: false,
            query: None,
            linkages: Vec::new(),
            additional: Vec::new(),
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        instruction().prop_map(|e| Event::Instruction(Box::new(e))),
        status().prop_map(|e| Event::Status(Box::new(e))),
        settlement().prop_map(|e| Event::Settlement(Box::new(e))),
    ]
}

fn envelope() -> Envelope {
    Envelope {
        sender: "PARBFRPPXXX".into(),
        receiver: "CSD-07".into(),
        created: Timestamp::from_utc(
            Utc.with_ymd_and_hms(2026, 3, 2, 9, 30, 0).single().expect("an instant"),
        ),
        message_id: "MSG-20260302-0001".into(),
        possible_duplicate: true,
    }
}

/// The event as it is known when it came in an envelope.
fn in_envelope(mut event: Event) -> Event {
    let created = Some(envelope().created.utc());
    match &mut event {
        Event::Instruction(e) => e.prepared = created,
        Event::Settlement(e) => e.prepared = created,
        Event::Status(e) => {
            e.prepared = created;
            e.id = envelope().message_id.parse().ok();
        }
        _ => {}
    }
    event
}

fn round_trip(event: &Event, wrapping: Wrapping) -> Vec<u8> {
    let encoded = mx::encode_event(event, wrapping, &envelope()).expect("it can be written");
    assert_eq!(encoded.losses, [], "nothing is lost");
    let decoded = mx::decode(&encoded.bytes, &Limits::default(), Depth::Full);
    let structure: Vec<_> =
        decoded.diagnostics.iter().filter(|d| d.layer < finality_parsers::diagnostic::Layer::Rule).collect();
    let document = String::from_utf8_lossy(&encoded.bytes);
    assert!(structure.is_empty(), "{structure:?}\n{document}");
    assert_eq!(decoded.message_type, encoded.message_type);
    assert_eq!(decoded.event.as_ref(), Some(event), "{document}");
    assert_eq!(decoded.encoded, encoded.bytes);
    encoded.bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_reads_back(event in event()) {
        round_trip(&event, Wrapping::Document);
        round_trip(&in_envelope(event), Wrapping::Envelope);
    }
}

#[test]
fn the_envelope_reads_back() {
    let mut runner = TestRunner::deterministic();
    let event = event().new_tree(&mut runner).expect("an event").current();
    let bytes = round_trip(&in_envelope(event), Wrapping::Envelope);
    assert_eq!(mx::envelope(&bytes, &Limits::default()), Some(envelope()));
}

#[test]
fn libxml2_finds_what_is_written_valid() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/xsd");
    let work = std::env::temp_dir().join(format!("finality-written-{}", std::process::id()));
    std::fs::create_dir_all(&work).expect("a folder for the documents");
    let mut runner = TestRunner::deterministic();
    let mut files = std::collections::BTreeMap::<String, Vec<std::path::PathBuf>>::new();
    for number in 0..120 {
        let event = event().new_tree(&mut runner).expect("an event").current();
        let bytes = round_trip(&event, Wrapping::Document);
        let decoded = mx::decode(&bytes, &Limits::default(), Depth::Event);
        assert!(Policy::Lenient.accepts(&decoded.diagnostics));
        let file = work.join(format!("{number}.xml"));
        std::fs::write(&file, &bytes).expect("the document can be written");
        files.entry(decoded.message_type).or_default().push(file);
        // The header on its own, out of its envelope.
        let bytes = round_trip(&in_envelope(event), Wrapping::Envelope);
        let text = String::from_utf8(bytes).expect("text");
        let header = text.split_once("<AppHdr").and_then(|(_, rest)| rest.split_once("</AppHdr>"));
        let (inside, _) = header.expect("there is a header");
        let file = work.join(format!("{number}.header.xml"));
        std::fs::write(&file, format!("<AppHdr{inside}</AppHdr>")).expect("the header can be written");
        files.entry("head.001.001.02".into()).or_default().push(file);
    }
    assert_eq!(files.len(), 4, "all three messages and the header are written");
    for (message, files) in files {
        let schema = folder.join(format!("{message}.xsd"));
        if !schema.exists() {
            continue;
        }
        let Ok(done) =
            Command::new("xmllint").arg("--noout").arg("--schema").arg(schema).args(files).output()
        else {
            continue;
        };
        assert!(done.status.success(), "{message}: {}", String::from_utf8_lossy(&done.stderr));
    }
    std::fs::remove_dir_all(&work).ok();
}

type Change<'c> = &'c dyn Fn(&mut SettlementInstruction);

#[test]
fn what_would_be_wrong_is_refused_and_what_does_not_fit_is_told() {
    let mut runner = TestRunner::deterministic();
    let base = instruction().new_tree(&mut runner).expect("an instruction").current();
    let write = |change: Change<'_>| {
        let mut event = base.clone();
        change(&mut event);
        mx::encode_event(&Event::Instruction(Box::new(event)), Wrapping::Document, &envelope())
    };
    let long = "X".repeat(36);
    let changes: [(Change<'_>, &str); 4] = [
        (&|e| e.id = long.parse().expect("a reference"), "instruction.id"),
        (&|e| e.transaction_type = "NOPE".into(), "instruction.transaction_type"),
        (&|e| e.narrative = Some("x".repeat(351)), "instruction.narrative"),
        (
            &|e| {
                e.receiving.depository =
                    Some(Party::new(PartyId::Lei("HWUPKR0MPOU8FGXBT394".parse().expect("an LEI"))))
            },
            "instruction.receiving",
        ),
    ];
    for (change, field) in changes {
        match write(change) {
            Err(EncodeError::Invalid { field: found, .. }) => assert_eq!(found, field),
            other => panic!("{field}: {other:?}"),
        }
    }
    let changes: [(Change<'_>, &str); 6] = [
        (&|e| e.place_of_trade = Some("no market".into()), "instruction.place_of_trade"),
        (&|e| e.conditions = vec!["ZZZZ".into()], "instruction.conditions"),
        (&|e| e.prepared = Some(envelope().created.utc()), "prepared"),
        (
            &|e| {
                e.delivering.client = None;
                e.delivering.intermediary_1 = None;
                e.delivering.intermediary_2 = None;
                e.delivering.custodian = e.delivering.agent.clone();
            },
            "instruction.delivering.custodian",
        ),
        (
            &|e| e.price = Some(Price { kind: PriceKind::Actual, value: Decimal::ONE, currency: None }),
            "instruction.price",
        ),
        (
            &|e| {
                let amount = Amount::new("EUR".parse().expect("a currency"), Decimal::ONE);
                e.other_amounts = vec![OtherAmount { kind: AmountKind("SETT".into()), amount }];
            },
            "instruction.other_amounts",
        ),
    ];
    for (change, field) in changes {
        let losses = write(change).expect("it can be written").losses;
        assert!(losses.iter().any(|loss| loss.field == field), "{field}: {losses:?}");
    }
    let cancellation = CancellationRequest::of(base.id.clone());
    let event = Event::Cancellation(Box::new(cancellation));
    let refused = mx::encode_event(&event, Wrapping::Document, &envelope());
    let missing = matches!(refused, Err(EncodeError::Missing { field: "cancellation.movement", .. }));
    assert!(missing, "{refused:?}");
}

/// Details in the order in which they are read.
fn more() -> impl Strategy<Value = Option<Box<FurtherDetails>>> {
    let code = |code: &str, value: &str| Detail::new(code, DetailValue::Code(value.into()));
    let day = |code: &str, day: BusinessDate| Detail::new(code, DetailValue::Moment(Moment::Day(day)));
    let attributes = (date(), 0i64..9_999_999, any::<bool>()).prop_map(move |(when, rate, flag)| {
        vec![
            code("MICO", "A004"),
            code("PFRE", "CSVD/AB12"),
            day("MATU", when),
            Detail::new("INTR", DetailValue::Rate(Decimal::new(rate, 5))),
            Detail::new("CALL", DetailValue::Flag(flag)),
            Detail::new("FIAN", DetailValue::Text("A bond & more".into())),
        ]
    });
    let trade = (date(), 0i32..999).prop_map(move |(when, days)| {
        vec![day("ADEL", when), Detail::new("DAAC", DetailValue::Count(days)), code("TTCO", "XCPN")]
    });
    let place = Place { kind: Some("NCSD".into()), country: None, ..Place::default() };
    let place = bic().prop_map(move |bic| Place { bic: Some(bic), ..place.clone() });
    let account = (place, text("[A-Z][A-Z ]{0,19}[A-Z]")).prop_map(|(place, words)| {
        vec![Detail::new("DENC", DetailValue::Text(words)), Detail::new("SAFE", DetailValue::Place(place))]
    });
    let lots = proptest::collection::vec((quantity(), date()), 0..3).prop_map(move |lots| {
        let lot = |(quantity, when)| Lot {
            details: vec![Detail::new("LOTS", DetailValue::Quantity(quantity)), day("LOTS", when)],
        };
        lots.into_iter().map(lot).collect::<Vec<_>>()
    });
    let settlement = proptest::sample::subsequence(
        vec![code("BENE", "YBEN"), code("CCPT", "NCCP"), code("MACL", "CLNT"), code("STAM", "GBST")],
        0..5,
    );
    let cash = (bic(), parsed::<Account>("[A-Z0-9-]{1,30}")).prop_map(|(bic, account)| CashParty {
        role: "ACCW".into(),
        party: Party::bic(bic).with_account(account),
        details: vec![Detail::new("PACO", DetailValue::Text("The cash desk".into()))],
    });
    let investor = bic().prop_map(|bic| vec![Detail::new("INVE", DetailValue::Party(Party::bic(bic)))]);
    (attributes, trade, account, lots, settlement, option::of(cash), option::of(investor)).prop_map(
        move |(attributes, trade_details, account_details, lots, settlement_details, cash, investor)| {
            Some(Box::new(FurtherDetails {
                attributes,
                trade_details,
                account_details,
                lots,
                settlement_details,
                cash_parties: cash.into_iter().collect(),
                other_parties: investor.into_iter().collect(),
                ..FurtherDetails::default()
            }))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// What else is said comes back too, from instructions and from confirmations and reversals.
    #[test]
    fn what_else_is_said_reads_back(
        instruction in instruction(),
        settlement in settlement(),
        more in more(),
        previous in reference(),
        reversal in any::<bool>(),
    ) {
        let instruction = SettlementInstruction { more: more.clone(), ..instruction };
        round_trip(&Event::Instruction(Box::new(instruction)), Wrapping::Document);
        // A confirmation speaks of no late delivery.
        let more = more.map(|mut more| {
            more.trade_details.retain(|d| d.code != "ADEL");
            more
        });
        let settlement = SettlementConfirmation { more, ..settlement };
        let settlement = if reversal {
            let settlement_date = Some(settlement.effective_date);
            SettlementConfirmation { reversal, previous: Some(previous), settlement_date, ..settlement }
        } else {
            settlement
        };
        round_trip(&Event::Settlement(Box::new(settlement)), Wrapping::Document);
    }
}

/// Whatever a sample says is the same when it is written and read again, in its own version and in every other one that
/// holds as much.
#[test]
fn the_samples_come_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/mx");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the samples").map(|file| file.expect("a sample").path()) {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !name.starts_with("sese.0") || !name.ends_with(".xml") {
            continue;
        }
        let raw = std::fs::read(&file).expect("a sample");
        let read = mx::decode(&raw, &Limits::default(), Depth::Event);
        let Some(event) = read.event else { continue };
        let header = mx::envelope(&raw, &Limits::default());
        let wrapping = if header.is_some() { Wrapping::Envelope } else { Wrapping::Document };
        let header = header.unwrap_or_else(envelope);
        let versions = [read.message_type.clone()];
        let written = mx::encode_event_as(&event, wrapping, &header, &versions);
        let written = written.unwrap_or_else(|e| panic!("{name}: {e}"));
        let again = mx::decode(&written.bytes, &Limits::default(), Depth::Event);
        assert!(Policy::Lenient.accepts(&again.diagnostics), "{name}: {:?}", again.diagnostics);
        assert_eq!(again.event, Some(event), "{name}: {:?}", written.losses);
        assert!(written.losses.is_empty(), "{name}: {:?}", written.losses);
        count += 1;
    }
    assert!(count > 25, "{count} samples");
}

/// What sender and receiver agreed upon beside the standard comes back as it came.
#[test]
fn supplementary_data_come_back() {
    let raw = include_bytes!("../../samples/mx/sese.023-full.xml");
    let Some(event) = codec::decode(raw, &Limits::default(), Depth::Event).event else {
        panic!("an instruction")
    };
    let Event::Instruction(first) = &event else { panic!("an instruction") };
    let more = first.more.as_ref().expect("it says more");
    assert_eq!(more.supplementary[0].place.as_deref(), Some("/Document/SctiesSttlmTxInstr"));
    let envelope = Envelope {
        sender: "CUSVDEFFXXX".into(),
        receiver: "LUMNLULLXXX".into(),
        created: Timestamp::default(),
        message_id: "SUPPLEMENT".into(),
        possible_duplicate: false,
    };
    let written = codec::encode(&event, Format::Mx(Wrapping::Document), &envelope).expect("a sese.023");
    let again = codec::decode(&written.bytes, &Limits::default(), Depth::Full);
    assert!(again.diagnostics.is_empty(), "{:?}", again.diagnostics);
    let Some(Event::Instruction(again)) = again.event else { panic!("an instruction") };
    assert_eq!(again.more.expect("it says more").supplementary, more.supplementary);
    let mt = codec::encode(&event, Format::Mt, &envelope).expect("an MT541");
    assert!(mt.losses.iter().any(|loss| loss.field == "instruction.more.supplementary"), "{:?}", mt.losses);
}
