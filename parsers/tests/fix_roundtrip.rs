//! What is written is read back: `decode(encode(event)) == event` for every event that FIX carries, in both versions,
//! without a finding and without a loss.

mod others;

use chrono::{DateTime, Utc};
use finality_parsers::codec::{Depth, Envelope, decode};
use finality_parsers::diagnostic::Policy;
use finality_parsers::fix::{Version, encode_event};
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::*;
use proptest::prelude::*;
use rust_decimal::Decimal;

use others::*;

fn reference() -> impl Strategy<Value = Reference> {
    "[A-Z0-9]([A-Z0-9/.-]{0,14}[A-Z0-9])?".prop_map(|t| t.parse().expect("a reference"))
}

fn account() -> impl Strategy<Value = Account> {
    "[A-Z0-9]([A-Z0-9 -]{0,30}[A-Z0-9])?".prop_map(|t| t.parse().expect("an account"))
}

fn day() -> impl Strategy<Value = BusinessDate> {
    (1u32..=12, 1u32..=28).prop_map(|(m, d)| BusinessDate::from_ymd(2026, m, d).expect("a day"))
}

fn later_day() -> impl Strategy<Value = BusinessDate> {
    (1u32..=12, 1u32..=28).prop_map(|(m, d)| BusinessDate::from_ymd(2027, m, d).expect("a day"))
}

fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (0i64..1_900_000_000, prop_oneof![Just(0i64), Just(123_000_000), Just(123_456_000), Just(123_456_789)])
        .prop_map(|(s, n)| Timestamp::from_nanos(s * 1_000_000_000 + n).utc())
}

fn words() -> impl Strategy<Value = String> {
    "[a-zA-Zé=|,.]{1,40}"
}

fn bic() -> impl Strategy<Value = Bic> {
    prop::sample::select(vec!["KESTGB2LXXX", "DAKVDEFF", "PARBDEFFXXX", "ALBIUS33"])
        .prop_map(|t| t.parse().expect("a BIC"))
}

fn party_id() -> impl Strategy<Value = PartyId> {
    prop_oneof![
        bic().prop_map(PartyId::Bic),
        Just(PartyId::Lei("529900KESTRELSEC0F71".parse().expect("an LEI"))),
        ("[A-Z0-9]{1,12}", prop::sample::select(vec!["", "CSD", "MIC", "general"]))
            .prop_map(|(id, issuer)| PartyId::Proprietary { issuer: issuer.into(), id }),
        Just(PartyId::Country("FI".into())),
    ]
}

fn party() -> impl Strategy<Value = Party> {
    let further =
        prop::sample::select(vec!["department=FIXED INCOME", "CSD-participant=0042", "type-26=X=Y"]);
    (party_id(), prop::option::of(account()), prop::collection::vec(further.prop_map(str::to_owned), 0..3))
        .prop_map(|(id, account, further)| Party {
            id,
            lei: None,
            account,
            processing_reference: None,
            further,
        })
}

fn role_party() -> impl Strategy<Value = RoleParty> {
    let role = prop::sample::select(vec![
        PartyRole::ExecutingFirm,
        PartyRole::OrderOriginationFirm,
        PartyRole::Custodian,
        PartyRole::Agent,
        PartyRole::Other("24".into()),
    ]);
    (role, party()).prop_map(|(role, party)| RoleParty { role, party })
}

fn parties() -> impl Strategy<Value = Vec<RoleParty>> {
    prop::collection::vec(role_party(), 0..3)
}

fn chain() -> impl Strategy<Value = SettlementChain> {
    let maybe = || prop::option::of(party());
    (party(), maybe(), maybe(), maybe(), maybe(), maybe()).prop_map(
        |(depository, agent, i1, i2, custodian, client)| {
            let intermediary_2 = i1.as_ref().and(i2);
            SettlementChain {
                depository: Some(depository),
                agent,
                intermediary_2,
                intermediary_1: i1,
                custodian,
                client,
            }
        },
    )
}

fn instrument() -> impl Strategy<Value = Instrument> {
    let other = prop::sample::select(vec![
        ("CUSIP", "00410X10"),
        ("WKN", "113567"),
        ("RIC", "NORD.HE"),
        ("J", "OPRA1"),
    ])
    .prop_map(|(scheme, value)| OtherIdentifier {
        scheme: scheme.into(),
        value: value.into(),
        suffix: None,
    });
    (
        prop::option::of(Just(())),
        prop::collection::vec(other, 0..3),
        prop::option::of("[A-Z]{1,6}"),
        prop::option::of(words()),
    )
        .prop_map(|(isin, other, symbol, description)| Instrument {
            isin: isin.map(|()| "FI0009812341".parse().expect("an ISIN")),
            other,
            symbol,
            description,
        })
}

fn function() -> impl Strategy<Value = Function> {
    prop_oneof![
        Just(Function::New),
        reference().prop_map(|r| Function::Replace(Some(r))),
        reference().prop_map(|r| Function::Cancel(Some(r))),
    ]
}

fn eur() -> Currency {
    "EUR".parse().expect("a currency")
}

fn money(cents: i64) -> Amount {
    Amount::new(eur(), Decimal::new(cents, 2))
}

fn fees() -> impl Strategy<Value = Vec<Fee>> {
    let kind = prop::sample::select(vec![
        FeeKind::Regulatory,
        FeeKind::Stamp,
        FeeKind::Levy,
        FeeKind::Other("7".into()),
    ]);
    prop::collection::vec(
        (kind, 0i64..100_000).prop_map(|(kind, cents)| Fee { kind, amount: money(cents) }),
        0..3,
    )
}

fn commission() -> impl Strategy<Value = Option<Charge>> {
    prop::option::of((prop::sample::select(vec!["", "absolute"]), 0i64..100_000).prop_map(
        |(basis, cents)| Charge {
            amount: Amount::new(eur(), Decimal::new(cents, 2).normalize()),
            basis: basis.into(),
        },
    ))
}

/// The figures of a trade, so that they agree with each other: units at money, or face amount at per cent.
#[derive(Debug, Clone, Copy)]
struct Figures {
    debt: bool,
    hundreds: i64,
    price_cents: i64,
}

fn figures() -> impl Strategy<Value = Figures> {
    (any::<bool>(), 1i64..100_000, 1i64..20_000).prop_map(|(debt, hundreds, price_cents)| Figures {
        debt,
        hundreds,
        price_cents,
    })
}

impl Figures {
    fn quantity(&self) -> Quantity {
        let kind = if self.debt { QuantityKind::FaceAmount } else { QuantityKind::Unit };
        Quantity::new(kind, Decimal::from(self.hundreds * 100)).expect("not negative")
    }

    fn price(&self) -> Price {
        let value = Decimal::new(self.price_cents, 2);
        if self.debt { Price::percentage(value) } else { Price::actual(eur(), value) }
    }

    fn gross_cents(&self) -> i64 {
        if self.debt { self.hundreds * self.price_cents } else { self.hundreds * 100 * self.price_cents }
    }
}

fn share() -> impl Strategy<Value = Allocation> {
    (
        (account(), prop::option::of(reference()), figures(), commission(), fees(), parties()),
        (
            prop::option::of(Just(Payment::Against)),
            prop::option::of(chain()),
            prop::option::of(words()),
            any::<bool>(),
        ),
    )
        .prop_map(|((account, id, f, commission, fees, parties), (payment, chain, text, converted))| {
            // Settlement details need to say how they deliver.
            let payment = payment.or(chain.as_ref().map(|_| Payment::Free));
            let settlement_amount = converted
                .then(|| Amount::new("USD".parse().expect("a currency"), Decimal::new(f.hundreds, 2)));
            Allocation {
                gross: None,
                counterparty_chain: None,
                account,
                id,
                quantity: f.quantity(),
                price: None,
                net: None,
                accrued: None,
                commission,
                fees,
                parties,
                payment,
                settlement_amount,
                chain,
                text,
            }
        })
}

fn allocation() -> impl Strategy<Value = AllocationInstruction> {
    let purpose = prop::sample::select(vec![AllocationPurpose::Calculated, AllocationPurpose::Preliminary]);
    (
        (
            reference(),
            function(),
            purpose,
            prop::collection::vec(reference(), 0..3),
            any::<bool>(),
            instrument(),
            figures(),
        ),
        (
            day(),
            prop::option::of(later_day()),
            prop::option::of(instant()),
            parties(),
            prop::option::of("X[A-Z]{3}"),
            any::<bool>(),
        ),
        (prop::collection::vec(share(), 1..4), prop::option::of(any::<bool>()), prop::option::of(words())),
    )
        .prop_map(
            |(
                (id, function, purpose, orders, buy, instrument, f),
                (trade_date, settlement_date, transacted, parties, market, priced),
                (shares, last, text),
            )| {
                let mut allocations = shares;
                for (number, share) in allocations.iter_mut().enumerate() {
                    // A share's reference is its own.
                    share.id = share.id.as_ref().and_then(|id| format!("{id}-{number}").parse().ok());
                    share.quantity =
                        Quantity::new(f.quantity().kind(), share.quantity.value()).expect("not negative");
                    share.price = priced.then(|| f.price());
                }
                let total = allocations.iter().map(|a| a.quantity.value()).sum();
                AllocationInstruction {
                    block: None,
                    id,
                    function,
                    purpose,
                    orders,
                    instrument,
                    side: if buy { Side::Buy } else { Side::Sell },
                    quantity: Quantity::new(f.quantity().kind(), total).expect("not negative"),
                    price: priced.then(|| f.price()),
                    currency: Some(eur()),
                    trade_date,
                    settlement_date,
                    transacted,
                    parties,
                    market,
                    gross: None,
                    net: None,
                    accrued: priced.then(|| money(f.hundreds)),
                    fragment: last.map(|last| Fragment { total: 9, last, number: None }),
                    allocations,
                    text,
                }
            },
        )
}

fn acknowledgement() -> impl Strategy<Value = AllocationAcknowledgement> {
    let status = prop::sample::select(vec![
        AllocationStatus::Accepted,
        AllocationStatus::BlockRejected,
        AllocationStatus::AccountRejected,
        AllocationStatus::Received,
        AllocationStatus::Incomplete,
    ]);
    let reject = (account(), prop::option::of(reference()), prop::option::of(words()))
        .prop_map(|(account, id, text)| AllocationReject { account, id, reason: Some("9".into()), text });
    (reference(), status, words(), prop::collection::vec(reject, 0..3), prop::option::of(day()), instant())
        .prop_map(|(allocation, status, text, rejects, trade_date, transacted)| AllocationAcknowledgement {
            id: None,
            allocation,
            status,
            reason: Some("7".into()),
            text: Some(text),
            rejects,
            trade_date,
            transacted: Some(transacted),
        })
}

fn report() -> impl Strategy<Value = AllocationReport> {
    (reference(), allocation()).prop_map(|(id, mut allocation)| {
        allocation.purpose = AllocationPurpose::Calculated;
        AllocationReport {
            id,
            kind: "3".into(),
            status: AllocationStatus::Accepted,
            reason: None,
            allocation,
        }
    })
}

fn confirmation() -> impl Strategy<Value = TradeConfirmation> {
    (
        (
            reference(),
            function(),
            prop::option::of(reference()),
            any::<bool>(),
            instrument(),
            figures(),
            commission(),
            fees(),
        ),
        (
            day(),
            prop::option::of(later_day()),
            instant(),
            account(),
            prop::option::of(chain()),
            parties(),
            prop::option::of(words()),
        ),
    )
        .prop_map(
            |(
                (id, function, allocation, buy, instrument, f, commission, fees),
                (trade_date, settlement_date, transacted, account, chain, parties, text),
            )| {
                let costs = commission
                    .iter()
                    .map(|c| c.amount.value())
                    .chain(fees.iter().map(|f| f.amount.value()))
                    .sum::<Decimal>();
                let gross = Decimal::new(f.gross_cents(), 2);
                let net = if buy { gross + costs } else { gross - costs };
                TradeConfirmation {
                    supplementary: Vec::new(),
                    market_side: false,
                    counterparty_chain: None,
                    fills: Vec::new(),
                    id,
                    function,
                    kind: ConfirmationKind::Confirmation,
                    status: ConfirmationStatus::Confirmed,
                    individual_allocation: allocation.clone(),
                    allocation,
                    common_reference: None,
                    side: if buy { Side::Buy } else { Side::Sell },
                    instrument,
                    quantity: f.quantity(),
                    price: f.price(),
                    gross: Some(Amount::new(eur(), gross)),
                    net: Some(Amount::new(eur(), net)),
                    accrued: None,
                    commission,
                    fees,
                    trade_date,
                    settlement_date,
                    transacted: Some(transacted),
                    account: Some(account),
                    payment: chain.as_ref().map(|_| Payment::Against),
                    parties,
                    chain,
                    market: None,
                    capacities: vec![("principal".into(), f.quantity())],
                    text,
                }
            },
        )
}

fn confirmation_answer() -> impl Strategy<Value = ConfirmationAcknowledgement> {
    let status = prop::sample::select(vec![
        AffirmationStatus::Received,
        AffirmationStatus::Affirmed,
        AffirmationStatus::Rejected,
    ]);
    (reference(), status, prop::option::of(words()), day(), instant()).prop_map(
        |(confirmation, status, text, trade_date, transacted)| ConfirmationAcknowledgement {
            supplementary: Vec::new(),
            id: None,
            function: Function::New,
            linkages: Vec::new(),
            parties: Vec::new(),
            confirmation,
            status,
            reason: (status == AffirmationStatus::Rejected).then(|| "99".into()),
            text,
            trade_date: Some(trade_date),
            transacted: Some(transacted),
        },
    )
}

fn check(event: &Event) -> Result<(), TestCaseError> {
    check_in(event, &[Version::Fix44, Version::Fix50Sp2])
}

fn check_in(event: &Event, versions: &[Version]) -> Result<(), TestCaseError> {
    let envelope = Envelope {
        sender: "ALBIONAM".into(),
        receiver: "KESTRELSEC".into(),
        created: Timestamp::from_nanos(1_795_478_400_123_000_000),
        message_id: "M1".into(),
        possible_duplicate: false,
    };
    for version in versions.iter().copied() {
        let encoded =
            encode_event(event, version, &envelope).map_err(|e| TestCaseError::fail(e.to_string()))?;
        prop_assert_eq!(&encoded.losses, &vec![]);
        let decoded = decode(&encoded.bytes, &Limits::default(), Depth::Full);
        let errors: Vec<_> =
            decoded.diagnostics.iter().map(|d| format!("{} {} {}", d.code, d.path, d.message)).collect();
        prop_assert!(decoded.accepted(Policy::Strict), "{:?}", errors);
        prop_assert_eq!(decoded.event.as_ref(), Some(event));
        prop_assert_eq!(&decoded.encoded, &encoded.bytes);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn allocations(e in allocation()) { check(&Event::Allocation(Box::new(e)))?; }

    #[test]
    fn allocation_acknowledgements(e in acknowledgement()) { check(&Event::AllocationAcknowledgement(Box::new(e)))?; }

    #[test]
    fn allocation_reports(e in report()) { check(&Event::AllocationReport(Box::new(e)))?; }

    #[test]
    fn confirmations(e in confirmation()) { check(&Event::Confirmation(Box::new(e)))?; }

    #[test]
    fn confirmation_answers(e in confirmation_answer()) { check(&Event::ConfirmationAcknowledgement(Box::new(e)))?; }

    #[test]
    fn allocation_report_answers(e in report_answer()) { check(&Event::AllocationReportAcknowledgement(Box::new(e)))?; }

    #[test]
    fn allocation_alerts(e in allocation()) { check_in(&Event::AllocationAlert(Box::new(e)), &[Version::Fix50Sp2])?; }

    #[test]
    fn confirmation_requests(e in confirmation_request()) { check(&Event::ConfirmationRequest(Box::new(e)))?; }

    #[test]
    fn settlement_instructions(e in delivery()) { check(&Event::InstructionDelivery(Box::new(e)))?; }

    #[test]
    fn settlement_instruction_requests(e in instruction_request()) { check(&Event::InstructionRequest(Box::new(e)))?; }

    #[test]
    fn settlement_obligations(e in obligations()) { check_in(&Event::Obligations(Box::new(e)), &[Version::Fix50Sp2])?; }

    #[test]
    fn executions(e in execution()) { check(&Event::Execution(Box::new(e)))?; }

    #[test]
    fn captured_trades(e in capture()) { check(&Event::TradeCapture(Box::new(e)))?; }

    #[test]
    fn capture_answers(e in capture_answer()) { check(&Event::TradeCaptureAcknowledgement(Box::new(e)))?; }

    #[test]
    fn capture_requests(e in capture_request()) { check(&Event::TradeCaptureRequest(Box::new(e)))?; }

    #[test]
    fn capture_request_answers(e in capture_request_answer()) {
        check(&Event::TradeCaptureRequestAcknowledgement(Box::new(e)))?;
    }

    #[test]
    fn rejections(e in rejection()) { check(&Event::Rejection(Box::new(e)))?; }
}

#[test]
fn what_came_with_a_later_version_is_not_written_in_an_earlier_one() {
    let event = Event::Obligations(Box::new(SettlementObligations {
        id: "O1".parse().expect("a reference"),
        mode: ObligationMode::Final,
        transacted: None,
        text: None,
        obligations: Vec::new(),
    }));
    let envelope = Envelope {
        sender: "A".into(),
        receiver: "B".into(),
        created: Timestamp::default(),
        message_id: String::new(),
        possible_duplicate: false,
    };
    let error = encode_event(&event, Version::Fix44, &envelope).expect_err("FIX 4.4 has no BQ");
    assert!(error.to_string().contains("FIX 4.4 has no message here for settlement obligations"), "{error}");
}
