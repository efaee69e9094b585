//! What is written as MT and read again means the same, for every kind of event that MT has a message for.

mod trades;

use chrono::DateTime;
use finality_parsers::codec::{self, Depth, EncodeError, Encoded, Envelope, Format};
use finality_parsers::diagnostic::Policy;
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::*;
use proptest::option;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn envelope() -> Envelope {
    Envelope {
        sender: "LUMNLULL".into(),
        receiver: "CUSVDEFFXXX".into(),
        created: Timestamp::from_nanos(1_779_180_000_000_000_000),
        message_id: "LFM-1".into(),
        possible_duplicate: false,
    }
}

fn write(event: &Event) -> Result<Encoded, EncodeError> {
    codec::encode(event, Format::Mt, &envelope())
}

/// Writes, reads, compares; nothing may be lost on the way.
fn same_again(event: &Event) -> Result<(), TestCaseError> {
    let written = write(event).map_err(|e| TestCaseError::fail(e.to_string()))?;
    prop_assert!(written.losses.is_empty(), "{:?}", written.losses);
    let read = codec::decode(&written.bytes, &Limits::default(), Depth::Full);
    prop_assert!(read.accepted(Policy::Strict), "{:?}", read.diagnostics);
    prop_assert_eq!(read.event.as_ref(), Some(event));
    prop_assert_eq!(&read.message_type, &written.message_type);
    prop_assert_eq!(read.encoded, written.bytes);
    Ok(())
}

fn parsed<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("a value made to be valid")
}

fn reference() -> impl Strategy<Value = Reference> {
    "[A-Z0-9][A-Za-z0-9.-]{0,14}[A-Z0-9]".prop_map(|t| parsed(&t))
}

fn account() -> impl Strategy<Value = Account> {
    "[A-Z0-9][A-Z0-9/.-]{0,33}[0-9]".prop_map(|t| parsed(&t))
}

fn words() -> impl Strategy<Value = String> {
    proptest::collection::vec("[A-Za-z0-9.,()+?']{1,12}", 1..9).prop_map(|w| w.join(" "))
}

fn date() -> impl Strategy<Value = BusinessDate> {
    (2000i32..2090, 1u32..13, 1u32..29).prop_map(|(y, m, d)| BusinessDate::from_ymd(y, m, d).expect("a day"))
}

fn instant() -> impl Strategy<Value = DateTime<chrono::Utc>> {
    (946_684_800_000i64..4_000_000_000_000)
        .prop_map(|ms| DateTime::from_timestamp_millis(ms).expect("an instant"))
}

fn currency() -> impl Strategy<Value = Currency> {
    prop_oneof![Just("EUR"), Just("USD"), Just("NOK"), Just("JPY"), Just("KWD")].prop_map(parsed)
}

/// With no more decimals than the currency has.
fn amount() -> impl Strategy<Value = Amount> {
    (currency(), -9_999_999_999i64..9_999_999_999).prop_map(|(c, units)| {
        Amount::new(c, Decimal::new(units, c.decimals().expect("these have decimals")))
    })
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (0usize..3, 0i64..999_999_999, 0u32..5).prop_map(|(kind, units, scale)| {
        let kind = [QuantityKind::Unit, QuantityKind::FaceAmount, QuantityKind::AmortisedAmount][kind];
        Quantity::new(kind, Decimal::new(units, scale)).expect("not negative")
    })
}

fn price() -> impl Strategy<Value = Price> {
    (0usize..4, 0i64..999_999_999, 0u32..7, currency()).prop_map(|(kind, units, scale, currency)| {
        let value = Decimal::new(units, scale);
        match kind {
            0 => Price::actual(currency, value),
            1 => Price::percentage(value),
            2 => Price { kind: PriceKind::Yield, value: -value, currency: None },
            _ => Price { kind: PriceKind::Discount, value, currency: None },
        }
    })
}

fn isin() -> impl Strategy<Value = Isin> {
    "[A-Z]{2}[A-Z0-9]{9}".prop_map(|body| {
        let bytes: [u8; 11] = body.as_bytes().try_into().expect("eleven");
        let digit = Isin::check_digit(&bytes).expect("capitals and digits");
        parsed(&format!("{body}{}", char::from(digit)))
    })
}

fn instrument() -> impl Strategy<Value = Instrument> {
    (isin(), option::of("[A-Z0-9]{9}"), option::of("[A-Z]{1,6}"), option::of("[A-Z][A-Z0-9 .]{0,20}[A-Z]"))
        .prop_map(|(isin, cusip, symbol, description)| Instrument {
            isin: Some(isin),
            other: cusip
                .into_iter()
                .map(|value| OtherIdentifier { scheme: "CUSIP".into(), value, suffix: None })
                .collect(),
            symbol,
            description,
        })
}

fn bic() -> impl Strategy<Value = Bic> {
    "[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?".prop_map(|t| parsed(&t))
}

fn party() -> impl Strategy<Value = Party> {
    let id = prop_oneof![
        3 => bic().prop_map(PartyId::Bic),
        1 => ("[A-Z]{1,8}", "[A-Z0-9]{1,34}").prop_map(|(issuer, id)| PartyId::Proprietary { issuer, id }),
        1 => proptest::collection::vec("[A-Z][A-Z0-9.]{0,20}", 1..5).prop_map(PartyId::Name),
    ];
    (
        id,
        option::of(Just("7H6GLXDRUGQFU57RNE97")),
        option::of(account()),
        option::of(reference()),
        option::of("[A-Z0-9]{1,30}"),
    )
        .prop_map(|(id, lei, account, processing_reference, tax)| Party {
            id,
            lei: lei.map(parsed),
            account,
            processing_reference,
            further: tax.into_iter().map(|t| format!("TXID=DE/{t}")).collect(),
        })
}

/// A chain without gaps, from the client inwards; the agent is always there.
fn chain(depository: bool) -> impl Strategy<Value = SettlementChain> {
    (party(), bic(), proptest::collection::vec(party(), 0..5)).prop_map(move |(agent, csd, others)| {
        let mut others = others.into_iter();
        SettlementChain {
            depository: depository.then(|| Party::bic(csd)),
            agent: Some(agent),
            client: others.next(),
            custodian: others.next(),
            intermediary_1: others.next(),
            intermediary_2: others.next(),
        }
    })
}

fn chains(movement: Movement) -> impl Strategy<Value = (SettlementChain, SettlementChain)> {
    let own = prop_oneof![Just(SettlementChain::default()).boxed(), chain(false).boxed()];
    (chain(true), own).prop_map(move |(other, own)| match movement {
        Movement::Receive => (other, own),
        Movement::Deliver => (own, other),
    })
}

fn owner() -> impl Strategy<Value = Party> {
    bic().prop_map(Party::bic)
}

fn direction() -> impl Strategy<Value = (Movement, Payment)> {
    prop_oneof![
        Just((Movement::Receive, Payment::Free)),
        Just((Movement::Receive, Payment::Against)),
        Just((Movement::Deliver, Payment::Free)),
        Just((Movement::Deliver, Payment::Against)),
    ]
}

fn other_amounts() -> impl Strategy<Value = Vec<OtherAmount>> {
    let kinds = ["ACRU", "CHAR", "DEAL", "EXEC", "STAM", "LEVY"];
    (proptest::sample::subsequence(kinds.to_vec(), 0..4), proptest::collection::vec(amount(), 4)).prop_map(
        |(kinds, amounts)| {
            let named = kinds.into_iter().zip(amounts);
            named.map(|(kind, amount)| OtherAmount { kind: AmountKind(kind.into()), amount }).collect()
        },
    )
}

fn linkages() -> impl Strategy<Value = Vec<Linkage>> {
    let link = (
        option::of(prop_oneof![Just("541"), Just("sese.023")]),
        prop_oneof![Just(""), Just("BEFO"), Just("WITH")],
        prop_oneof![Just("POOL"), Just("RELA"), Just("CORP")],
        reference(),
    );
    proptest::collection::vec(link, 0..3).prop_map(|links| {
        let linkage = |(message, position, kind, reference): (Option<&str>, &str, &str, Reference)| Linkage {
            message: message.map(str::to_owned),
            position: position.to_owned(),
            kind: kind.to_owned(),
            reference,
            details: Vec::new(),
        };
        links.into_iter().map(linkage).collect()
    })
}

prop_compose! {
    fn instruction()((movement, payment) in direction())(
        movement in Just(movement),
        payment in Just(payment),
        (id, pre_advice, prepared, common, trade) in (reference(), any::<bool>(), option::of(instant()), option::of(reference()), option::of(reference())),
        linkages in linkages(),
        (instrument, quantity, other_amounts, price) in (instrument(), quantity(), other_amounts(), option::of(price())),
        amount in if payment == Payment::Against { amount().prop_map(Some).boxed() } else { option::of(amount()).boxed() },
        (trade_date, settlement_date, place) in (option::of(date()), date(), option::of(prop_oneof![Just("OTCO".to_owned()), "[A-Z]{4}"])),
        (account, cash_account, account_owner) in (account(), option::of(account()), option::of(owner())),
        (conditions, partial, priority) in (proptest::sample::subsequence(vec!["NOMC".to_owned(), "FRCL".to_owned(), "CSD/ABCD".to_owned()], 0..3), 0usize..5, option::of(1u8..5)),
        (delivering, receiving) in chains(movement),
        narrative in option::of(words()),
    ) -> SettlementInstruction {
        SettlementInstruction {
            id, prepared, linkages, movement, payment, instrument, quantity, amount, other_amounts, price, trade_date,
            settlement_date, cash_account, account_owner, conditions, priority, delivering, receiving, narrative,
            more: None,
            function: if pre_advice { InstructionFunction::PreAdvice } else { InstructionFunction::New },
            common_reference: common,
            trade_reference: trade,
            place_of_trade: place,
            account: Some(account),
            transaction_type: "TRAD".into(),
            partial: [None, Some(PartialSettlement::NotAllowed), Some(PartialSettlement::Allowed), Some(PartialSettlement::AllowedByCash), Some(PartialSettlement::AllowedByQuantity)][partial],
        }
    }
}

prop_compose! {
    fn settlement()((movement, payment) in direction())(
        movement in Just(movement),
        payment in Just(payment),
        (id, reversal, instruction, previous) in (reference(), any::<bool>(), reference(), option::of(reference())),
        (common_reference, market_reference, prepared) in (option::of(reference()), option::of(reference()), option::of(instant())),
        (instrument, settled, previously_settled, remaining) in (instrument(), quantity(), option::of(quantity()), option::of(quantity())),
        amount in if payment == Payment::Against { amount().prop_map(Some).boxed() } else { option::of(amount()).boxed() },
        (previously_settled_amount, remaining_amount, other_amounts, price) in (option::of(amount()), option::of(amount()), other_amounts(), option::of(price())),
        (part, trade_date, settlement_date, effective_date) in (0usize..3, option::of(date()), option::of(date()), date()),
        (account, account_owner) in (account(), option::of(owner())),
        (delivering, receiving) in chains(movement),
        narrative in option::of(words()),
    ) -> SettlementConfirmation {
        SettlementConfirmation {
            reversal, instruction, previous, common_reference, market_reference, prepared, movement, payment, instrument,
            settled, previously_settled, remaining, amount, previously_settled_amount, remaining_amount, other_amounts,
            price, trade_date, settlement_date, effective_date, account_owner, delivering, receiving, narrative,
            linkages: Vec::new(),
            more: None,
            id: Some(id),
            partial: [None, Some(PartialKind::Part), Some(PartialKind::Last)][part],
            account: Some(account),
            transaction_type: "TRAD".into(),
        }
    }
}

fn reasons(codes: &'static [&'static str]) -> impl Strategy<Value = Vec<Reason>> {
    let reason = (proptest::sample::select(codes), any::<bool>(), option::of(words()));
    proptest::collection::vec(reason, 0..3).prop_map(|list| {
        let reason = |(code, own, text): (&str, bool, Option<String>)| Reason {
            code: code.to_owned(),
            issuer: own.then(|| "CSVD".to_owned()),
            text,
        };
        list.into_iter().map(reason).collect()
    })
}

fn status() -> impl Strategy<Value = Status> {
    let status = |kind: StatusKind, codes: &'static [&'static str]| {
        reasons(codes).prop_map(move |reasons| Status { kind: kind.clone(), reasons })
    };
    prop_oneof![
        status(StatusKind::Acknowledged, &["NSTP", "LATE"]),
        status(StatusKind::PendingProcessing, &["NEXT", "NARR"]),
        status(StatusKind::Rejected, &["SAFE", "DQUA"]),
        status(StatusKind::Repair, &["DMON", "NARR"]),
        status(StatusKind::Cancelled, &["CANI", "CXLR"]),
        status(StatusKind::PendingCancellation, &["CONF"]),
        status(StatusKind::Unmatched, &["CMIS", "DQUA"]),
        status(StatusKind::InferredUnmatched, &["CMIS"]),
        status(StatusKind::Pending, &["FUTU", "LACK"]),
        status(StatusKind::Failing, &["CYCL", "MONY"]),
        Just(Status { kind: StatusKind::Matched, reasons: vec![] }),
        Just(Status { kind: StatusKind::InferredMatched, reasons: vec![] }),
        Just(Status { kind: StatusKind::CancellationRequested, reasons: vec![] }),
        Just(Status { kind: StatusKind::ModificationRequested, reasons: vec![] }),
        status(StatusKind::Proprietary { code: "HOLD".into(), issuer: "CSVD".into() }, &["NEXT"]),
        status(StatusKind::Proprietary { code: "SETT/HOLD".into(), issuer: "CSVD".into() }, &["NEXT"]),
    ]
}

prop_compose! {
    fn details()(
        (movement, payment) in direction(),
        (instrument, quantity, amount) in (instrument(), quantity(), amount()),
        (settlement_date, trade_date, account) in (date(), option::of(date()), account()),
        kind in proptest::sample::select(vec!["TRAD", "REPU", "SECL", "CSVD/LOAN"]),
    ) -> TransactionDetails {
        TransactionDetails {
            movement: Some(movement),
            payment: Some(payment),
            instrument: Some(instrument),
            quantity: Some(quantity),
            amount: Some(amount),
            settlement_date: Some(settlement_date),
            trade_date,
            account: Some(account),
            transaction_type: Some(kind.to_owned()),
            ..TransactionDetails::default()
        }
    }
}

prop_compose! {
    fn advice()(
        (id, instruction, market_reference, prepared) in (reference(), reference(), option::of(reference()), option::of(instant())),
        statuses in proptest::collection::vec(status(), 1..4),
        details in option::of(details()),
    ) -> StatusAdvice {
        StatusAdvice { intra_position: false, supplementary: Vec::new(),
            id: Some(id), instruction, market_reference, prepared, statuses,
            details, servicer_reference: None, cancellation: false,
            modification: false,
            amendment: false, financing: false, query: None, linkages: Vec::new(), additional: Vec::new(),
        }
    }
}

fn fill() -> impl Strategy<Value = Fill> {
    let traded = option::of(
        (946_684_800i64..4_000_000_000).prop_map(|s| DateTime::from_timestamp(s, 0).expect("an instant")),
    );
    (quantity(), price(), traded, option::of("[A-Z]{4}")).prop_map(|(quantity, price, traded, market)| Fill {
        quantity,
        price,
        traded,
        market,
    })
}

prop_compose! {
    fn trade()(
        (id, cancels, side) in (reference(), option::of(reference()), prop_oneof![Just(Side::Buy), Just(Side::Sell)]),
        (allocation, individual_allocation, common_reference) in (option::of(reference()), option::of(reference()), option::of(reference())),
        (instrument, quantity, price) in (instrument(), quantity(), price()),
        (gross, net, accrued, commission) in (option::of(amount()), option::of(amount()), option::of(amount()), option::of(amount())),
        fees in proptest::sample::subsequence(vec![FeeKind::Regulatory, FeeKind::Tax, FeeKind::Stamp, FeeKind::Other("CHAR".into())], 0..3),
        fee in amount(),
        (trade_date, settlement_date, transacted) in (date(), date(), option::of(instant())),
        (account, free, capacity) in (account(), any::<bool>(), any::<bool>()),
        (investor, broker, chain) in (bic(), bic(), option::of(chain(true))),
        (market, text) in (option::of("[A-Z]{4}"), option::of(words())),
        (other_chain, fills) in (option::of(chain(false)), proptest::collection::vec(fill(), 0..3)),
    ) -> TradeConfirmation {
        let role = |role, bic| RoleParty { role, party: Party::bic(bic) };
        TradeConfirmation { supplementary: Vec::new(),
market_side: false, // The place of settlement is told once, in the sender's own chain.
            counterparty_chain: other_chain.filter(|_| chain.is_some()),
            fills,
            id, allocation, individual_allocation, common_reference, side, instrument, quantity, price, gross, net, accrued,
            trade_date, transacted, market, text,
            function: cancels.map_or(Function::New, |r| Function::Cancel(Some(r))),
            kind: ConfirmationKind::Confirmation,
            status: ConfirmationStatus::Confirmed,
            commission: commission.map(|amount| Charge { amount, basis: String::new() }),
            fees: fees.into_iter().map(|kind| Fee { kind, amount: fee }).collect(),
            settlement_date: Some(settlement_date),
            account: Some(account),
            payment: Some(if free { Payment::Free } else { Payment::Against }),
            parties: vec![role(PartyRole::Investor, investor), role(PartyRole::ExecutingFirm, broker)],
            chain,
            capacities: if capacity { vec![("agency".into(), quantity)] } else { vec![] },
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn instructions(instruction in instruction()) {
        same_again(&Event::Instruction(Box::new(instruction)))?;
    }

    #[test]
    fn cancellations(details in instruction(), cancels in reference()) {
        let details = SettlementInstruction { function: InstructionFunction::New, ..details };
        let id = details.id.clone();
        same_again(&Event::Cancellation(Box::new(CancellationRequest { id, details: Some(Box::new(details)), ..CancellationRequest::of(cancels) })))?;
    }

    #[test]
    fn settlements(settlement in settlement()) {
        same_again(&Event::Settlement(Box::new(settlement)))?;
    }

    #[test]
    fn statuses(advice in advice()) {
        same_again(&Event::Status(Box::new(advice)))?;
    }

    #[test]
    fn answers_to_cancellations(advice in advice(), kind in 0usize..4) {
        let kind = [StatusKind::Cancelled, StatusKind::PendingCancellation, StatusKind::CancellationDenied, StatusKind::Rejected][kind].clone();
        let statuses = vec![Status { kind, reasons: vec![] }];
        same_again(&Event::Status(Box::new(StatusAdvice { cancellation: true, statuses, ..advice })))?;
    }

    #[test]
    fn trade_confirmations(trade in trade()) {
        same_again(&Event::Confirmation(Box::new(trade)))?;
    }

    #[test]
    fn transport_acknowledgements(accepted in any::<bool>(), reference in option::of(reference()), line in option::of(0u32..1000)) {
        let error = (!accepted).then(|| "T26".to_owned());
        let line = line.filter(|_| !accepted);
        same_again(&Event::Transport(Box::new(TransportAcknowledgement { accepted, reference, error, line })))?;
    }
}

/// Whatever a sample says is written again without a loss, and is the same when it is read again.
#[test]
fn the_samples_come_back() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../samples/mt");
    let mut count = 0;
    for file in std::fs::read_dir(folder).expect("the samples").map(|file| file.expect("a sample").path()) {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let types = ["540", "541", "542", "543", "544", "545", "546", "547", "548"];
        if !name.ends_with(".fin") || !types.iter().any(|kind| name.starts_with(&format!("mt{kind}"))) {
            continue;
        }
        let raw = std::fs::read(&file).expect("a sample");
        let read = codec::decode(&raw, &Limits::default(), Depth::Event);
        assert!(read.diagnostics.iter().all(|d| d.code != "not-carried"), "{name}: {:?}", read.diagnostics);
        let Some(event) = read.event else { continue };
        if matches!(event, Event::Penalties(_)) {
            continue;
        }
        let written = write(&event).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(written.losses.is_empty(), "{name}: {:?}", written.losses);
        let again = codec::decode(&written.bytes, &Limits::default(), Depth::Event).event;
        assert_eq!(in_order(again.as_ref()), in_order(Some(&event)), "{name}");
        count += 1;
    }
    assert!(count > 35, "{count} samples");
}

/// An event whose details stand in the order of their codes: the order of fields says nothing.
fn in_order(event: Option<&Event>) -> serde_json::Value {
    fn sort(value: &mut serde_json::Value) {
        match value {
            serde_json::Value::Object(fields) => fields.iter_mut().for_each(|(_, field)| sort(field)),
            serde_json::Value::Array(list) => {
                list.iter_mut().for_each(sort);
                list.sort_by_key(ToString::to_string);
            }
            _ => {}
        }
    }
    let mut value = serde_json::to_value(event).expect("JSON");
    sort(&mut value);
    value
}

fn sample() -> SettlementInstruction {
    let raw = include_bytes!("../../samples/mt/mt541-typical.fin");
    match codec::decode(raw, &Limits::default(), Depth::Event).event {
        Some(Event::Instruction(instruction)) => *instruction,
        other => panic!("the sample is an instruction, not {other:?}"),
    }
}

#[test]
fn what_cannot_be_carried_is_refused_or_told() {
    let long = SettlementInstruction { id: parsed("LUMEN-2026-05-19-000001"), ..sample() };
    assert!(matches!(
        write(&Event::Instruction(Box::new(long))),
        Err(EncodeError::Invalid { field: "instruction.id", .. })
    ));

    let accents = SettlementInstruction { narrative: Some("Gesch\u{e4}ft & Co".into()), ..sample() };
    let written = write(&Event::Instruction(Box::new(accents))).expect("a message with a loss");
    assert_eq!(written.losses[0].field, "instruction.narrative");

    let mut gap = sample();
    gap.delivering.intermediary_1 = gap.delivering.agent.clone();
    assert!(matches!(
        write(&Event::Instruction(Box::new(gap))),
        Err(EncodeError::Invalid { field: "message", .. })
    ));

    let no_details = CancellationRequest { id: parsed("A"), ..CancellationRequest::of(parsed("B")) };
    assert!(matches!(write(&Event::Cancellation(Box::new(no_details))), Err(EncodeError::Missing { .. })));
}

#[test]
fn a_possible_duplicate_says_so() {
    let envelope = Envelope { possible_duplicate: true, ..envelope() };
    let written =
        codec::encode(&Event::Instruction(Box::new(sample())), Format::Mt, &envelope).expect("a message");
    assert!(written.bytes.ends_with(b"-}{5:{PDE:}}"));
}
