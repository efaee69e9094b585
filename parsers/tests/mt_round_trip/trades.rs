//! The trade side and the requests: allocations, confirmations of the market side, answers, statuses, commands.

use super::*;

fn role(role: PartyRole, bic: Bic) -> RoleParty {
    RoleParty { role, party: Party::bic(bic) }
}

fn other(name: &str) -> PartyRole {
    PartyRole::Other(name.to_owned())
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Buy), Just(Side::Sell)]
}

fn fees() -> impl Strategy<Value = Vec<Fee>> {
    let kinds = vec![FeeKind::Regulatory, FeeKind::Tax, FeeKind::Stamp, FeeKind::Other("CHAR".into())];
    (proptest::sample::subsequence(kinds, 0..3), amount())
        .prop_map(|(kinds, amount)| kinds.into_iter().map(|kind| Fee { kind, amount }).collect())
}

/// One share: its reference, quantity, money, and how it settles.
fn share() -> impl Strategy<Value = Allocation> {
    (
        (account(), reference(), quantity(), price(), any::<bool>(), bic()),
        (option::of(amount()), option::of(amount()), option::of(amount()), option::of(amount()), fees()),
        (option::of(chain(true)), option::of(chain(false))),
    )
        .prop_map(
            |(
                (account, id, quantity, price, free, investor),
                (gross, net, accrued, commission, fees),
                (chain, counterparty_chain),
            )| Allocation {
                account,
                id: Some(id),
                quantity,
                price: Some(price),
                gross,
                net,
                accrued,
                commission: commission.map(|amount| Charge { amount, basis: String::new() }),
                fees,
                parties: vec![role(PartyRole::Investor, investor)],
                payment: Some(if free { Payment::Free } else { Payment::Against }),
                settlement_amount: None,
                // The place of settlement is told once, in the sender's own chain.
                counterparty_chain: counterparty_chain.filter(|_| chain.is_some()),
                chain,
                text: None,
            },
        )
}

/// Alone, alone as a part of a block, or one of several parts.
fn allocation() -> impl Strategy<Value = AllocationInstruction> {
    (
        (reference(), 0usize..3, reference(), side(), instrument(), quantity(), option::of(amount())),
        (date(), option::of(date()), option::of(instant()), option::of("[A-Z]{4}"), option::of(words())),
        (bic(), bic(), proptest::collection::vec(reference(), 0..3), share()),
        (0usize..4, option::of(reference()), 2u32..1000, 1u32..1000),
    )
        .prop_map(
            |(
                (id, function, earlier, side, instrument, quantity, net),
                (trade_date, settlement_date, transacted, market, text),
                (broker, manager, orders, mut share),
                (shape, block, total, number),
            )| {
                let number = number.min(total);
                let price = share.price;
                let money = share.net.or(share.gross).or(net).or(share.accrued).map(|a| a.currency());
                let mut event = AllocationInstruction {
                    id,
                    function: [
                        Function::New,
                        Function::Replace(Some(earlier.clone())),
                        Function::Cancel(Some(earlier)),
                    ][function]
                        .clone(),
                    block: None,
                    purpose: if share.net.is_some() {
                        AllocationPurpose::Calculated
                    } else {
                        AllocationPurpose::Preliminary
                    },
                    orders,
                    side,
                    instrument,
                    quantity: Quantity::new(
                        share.quantity.kind(),
                        quantity.value() + share.quantity.value() + Decimal::ONE,
                    )
                    .expect("not negative"),
                    price,
                    currency: price.and_then(|p| p.currency).or(money),
                    trade_date,
                    settlement_date,
                    transacted,
                    parties: vec![
                        role(PartyRole::ExecutingFirm, broker),
                        role(PartyRole::OrderOriginationFirm, manager),
                    ],
                    market,
                    gross: None,
                    net,
                    accrued: None,
                    allocations: Vec::new(),
                    fragment: None,
                    text,
                };
                match shape {
                    0 => {
                        event.fragment =
                            Some(Fragment { total, last: number == total, number: Some(number) });
                        event.price = None;
                    }
                    // A part of a block that is not counted.
                    1 => {
                        share.id = Some(event.id.clone());
                        event.block = block;
                        share.price = None;
                    }
                    // All there is, by its own reference or by two.
                    shape => {
                        if shape == 2 {
                            share.id = Some(event.id.clone());
                        }
                        event.quantity = share.quantity;
                        event.gross = share.gross.take();
                        share.price = None;
                    }
                }
                event.allocations = vec![share];
                event
            },
        )
}

fn market_trade() -> impl Strategy<Value = TradeConfirmation> {
    (trade(), 0usize..3, reference(), bic(), bic()).prop_map(|(trade, function, earlier, sender, contra)| {
        TradeConfirmation {
            market_side: true,
            function: [
                Function::New,
                Function::Replace(Some(earlier.clone())),
                Function::Cancel(Some(earlier)),
            ][function]
                .clone(),
            fills: Vec::new(),
            parties: vec![role(PartyRole::ExecutingFirm, sender), role(PartyRole::ContraFirm, contra)],
            ..trade
        }
    })
}

fn links(kinds: &'static [&'static str], message: &'static str) -> impl Strategy<Value = Vec<Linkage>> {
    let link = (proptest::sample::select(kinds), option::of(Just(message)), reference()).prop_map(
        |(kind, message, reference)| Linkage {
            message: message.map(str::to_owned),
            position: String::new(),
            kind: kind.to_owned(),
            reference,
            details: Vec::new(),
        },
    );
    proptest::collection::vec(link, 0..3)
}

fn affirmation() -> impl Strategy<Value = ConfirmationAcknowledgement> {
    (
        (reference(), option::of(reference()), reference(), links(&["MAST", "COMM", "TRRF"], "515")),
        (any::<bool>(), option::of(instant()), bic(), option::of((bic(), bic()))),
    )
        .prop_map(|((id, cancels, confirmation, linkages), (affirmed, transacted, by, others))| {
            let mut parties = vec![role(other("AFFM"), by)];
            parties[0].party.lei = affirmed.then(|| parsed("7H6GLXDRUGQFU57RNE97"));
            if let Some((buyer, seller)) = others {
                parties.extend([role(other("BUYR"), buyer), role(other("SELL"), seller)]);
            }
            ConfirmationAcknowledgement {
                supplementary: Vec::new(),
                id: Some(id),
                function: cancels.map_or(Function::New, |r| Function::Cancel(Some(r))),
                confirmation,
                linkages,
                parties,
                status: if affirmed { AffirmationStatus::Affirmed } else { AffirmationStatus::Rejected },
                reason: None,
                text: None,
                trade_date: None,
                transacted,
            }
        })
}

/// A reason, words, or both; sometimes neither.
fn why() -> impl Strategy<Value = (Option<String>, Option<String>)> {
    (option::of(proptest::sample::select(vec!["SAFE", "DQUA"])), option::of(words()))
        .prop_map(|(code, text)| (code.map(str::to_owned), text))
}

fn refusal() -> impl Strategy<Value = ConfirmationAcknowledgement> {
    (reference(), reference(), any::<bool>(), why(), words(), option::of(instant())).prop_map(
        |(id, confirmation, received, (reason, text), words, transacted)| ConfirmationAcknowledgement {
            supplementary: Vec::new(),
            id: Some(id),
            function: Function::New,
            linkages: Vec::new(),
            parties: Vec::new(),
            confirmation,
            status: if received { AffirmationStatus::Received } else { AffirmationStatus::Rejected },
            text: text.or(reason.is_none().then_some(words)).filter(|_| !received),
            reason: reason.filter(|_| !received),
            trade_date: None,
            transacted,
        },
    )
}

fn allocation_answer() -> impl Strategy<Value = AllocationAcknowledgement> {
    let status = proptest::sample::select(vec![
        AllocationStatus::Accepted,
        AllocationStatus::Received,
        AllocationStatus::BlockRejected,
    ]);
    (reference(), reference(), status, why(), option::of(instant())).prop_map(
        |(id, allocation, status, (reason, text), transacted)| {
            let refused = status == AllocationStatus::BlockRejected;
            AllocationAcknowledgement {
                id: Some(id),
                allocation,
                status,
                reason: reason.filter(|_| refused),
                text: text.filter(|_| refused),
                rejects: Vec::new(),
                trade_date: None,
                transacted,
            }
        },
    )
}

fn coded(of: StatusOf, code: &str, reasons: Vec<Reason>) -> CodedStatus {
    let (code, issuer) = match code.split_once('/') {
        Some((issuer, code)) => (code.to_owned(), Some(issuer.to_owned())),
        None => (code.to_owned(), None),
    };
    CodedStatus { of, code, issuer, reasons }
}

/// Statuses of one kind of process: each has its own list of reasons.
fn coded_statuses() -> impl Strategy<Value = Vec<CodedStatus>> {
    let processing = vec![
        (StatusOf::Processing, "PACK"),
        (StatusOf::Processing, "REJT"),
        (StatusOf::Processing, "REPR"),
        (StatusOf::Processing, "BRKV/HELD"),
        (StatusOf::Cancellation, "DEND"),
        (StatusOf::Replacement, "REJT"),
    ];
    let some = |list: Vec<(StatusOf, &'static str)>| {
        let one = (proptest::sample::select(list), reasons(&["NARR", "DQUA"]))
            .prop_map(|((of, code), reasons)| coded(of, code, reasons));
        proptest::collection::vec(one, 1..4)
    };
    prop_oneof![
        3 => some(processing),
        1 => some(vec![(StatusOf::Matching, "NMAT"), (StatusOf::Matching, "MACH")]),
        1 => some(vec![(StatusOf::Affirmation, "NAFI"), (StatusOf::Affirmation, "AFFI")]),
    ]
}

fn trade_details() -> impl Strategy<Value = TradeDetails> {
    (
        (side(), any::<bool>(), instrument(), option::of(price()), option::of(date()), option::of(date())),
        (option::of(owner()), option::of(account()), bic(), bic(), quantity(), amount(), any::<bool>()),
    )
        .prop_map(
            |(
                (side, free, instrument, price, trade_date, settlement_date),
                (account_owner, account, broker, manager, quantity, amount, in_money),
            )| TradeDetails {
                side,
                payment: if free { Payment::Free } else { Payment::Against },
                instrument,
                quantities: if in_money {
                    vec![]
                } else {
                    vec![("ORDR".into(), quantity), ("REMA".into(), quantity)]
                },
                amounts: if in_money {
                    vec![OtherAmount { kind: AmountKind("ORDR".into()), amount }]
                } else {
                    vec![]
                },
                price,
                trade_date,
                settlement_date,
                account_owner,
                account,
                parties: vec![
                    role(PartyRole::ExecutingFirm, broker),
                    role(PartyRole::OrderOriginationFirm, manager),
                ],
            },
        )
}

fn trade_status() -> impl Strategy<Value = TradeStatus> {
    (
        (reference(), any::<bool>(), option::of(instant()), links(&["RELA", "MAST", "PREV"], "502")),
        (coded_statuses(), option::of(trade_details())),
        (option::of(owner()), option::of(owner())),
    )
        .prop_map(
            |((id, cancellation, prepared, linkages), (statuses, details), (originator, recipient))| {
                TradeStatus {
                    supplementary: Vec::new(),
                    id,
                    cancellation,
                    prepared,
                    linkages,
                    statuses,
                    details,
                    originator,
                    recipient,
                }
            },
        )
}

fn second() -> impl Strategy<Value = DateTime<chrono::Utc>> {
    (946_684_800i64..4_000_000_000).prop_map(|s| DateTime::from_timestamp(s, 0).expect("an instant"))
}

fn change_request() -> impl Strategy<Value = ChangeRequest> {
    let changes = vec![
        Change::Hold,
        Change::Release,
        Change::Priority(2),
        Change::Partial(PartialSettlement::AllowedByCash),
        Change::Linkage("LINK".into()),
        Change::Matching("MTRE".into()),
        Change::Borrowing("YBOR".into()),
        Change::Splitting("SPLI".into()),
        Change::RealTimeGross("NRTG".into()),
        Change::Other { kind: "CONP".into(), code: "CSVD/YES1".into() },
        Change::Other { kind: "PROC".into(), code: "OPEP".into() },
    ];
    let kinds = proptest::sample::subsequence(vec!["PREV", "RELA", "MITI"], 1..3);
    (kinds, reference(), proptest::sample::subsequence(changes, 0..4), linkages()).prop_map(
        |(kinds, reference, mut changes, linkages)| ChangeRequest {
            changes: {
                // Not both at once.
                if changes.first() == Some(&Change::Hold) {
                    changes.retain(|c| *c != Change::Release);
                }
                changes
            },
            instructions: kinds.into_iter().map(|k| (k.to_owned(), reference.clone())).collect(),
            linkages: linkages.into_iter().filter(|l| l.kind != "CORP").collect(),
        },
    )
}

fn change_status() -> impl Strategy<Value = ChangeStatus> {
    (
        (reference(), option::of(account()), option::of(instrument()), option::of(quantity())),
        (option::of(amount()), option::of(second()), option::of(date()), option::of(owner())),
        (any::<bool>(), reasons(&["NARR"])),
    )
        .prop_map(
            |(
                (instruction, account, instrument, quantity),
                (amount, effective, expires, end),
                (refused, reasons),
            )| ChangeStatus {
                instruction: Some(instruction),
                account,
                instrument,
                quantity,
                amount: amount.map(|amount| OtherAmount { kind: AmountKind("SETT".into()), amount }),
                effective,
                expires: expires.map(|day| day.naive().and_time(chrono::NaiveTime::MIN).and_utc()),
                cut_off: effective,
                originator: end.clone(),
                recipient: end,
                status: Some(coded(StatusOf::Processing, if refused { "REJT" } else { "PACK" }, reasons)),
            },
        )
}

fn processing_change() -> impl Strategy<Value = ProcessingChange> {
    (
        (reference(), any::<bool>(), option::of(instant()), option::of(owner()), account()),
        proptest::collection::vec(change_request(), 1..3),
        proptest::collection::vec(change_status(), 0..3),
    )
        .prop_map(|((id, cancels, prepared, account_owner, account), requests, statuses)| {
            ProcessingChange {
                supplementary: Vec::new(),
                id,
                function: if cancels { Function::Cancel(None) } else { Function::New },
                prepared,
                account_owner,
                account,
                requests,
                statuses,
            }
        })
}

fn filter() -> impl Strategy<Value = StatusFilter> {
    let status = proptest::sample::select(vec![
        coded(StatusOf::Settlement, "PENF", vec![]),
        coded(StatusOf::Processing, "CSVD/HELD", vec![]),
        coded(StatusOf::Other("INMH".into()), "NMAT", vec![]),
    ]);
    let reason = |qualifier: &str, code: &str, issuer: Option<&str>| {
        (qualifier.to_owned(), Reason { code: code.into(), issuer: issuer.map(str::to_owned), text: None })
    };
    let reasons = vec![
        reason("NMAT", "CMIS", None),
        reason("PENF", "LACK", None),
        reason("PENF", "OURS", Some("CSVD")),
    ];
    (status, proptest::sample::subsequence(reasons, 0..3), proptest::collection::vec(instrument(), 0..3))
        .prop_map(|(status, reasons, instruments)| StatusFilter {
            status: Some(status),
            reasons,
            instruments,
        })
}

fn status_request() -> impl Strategy<Value = StatusRequest> {
    (
        (
            reference(),
            option::of(option::of(reference())),
            option::of(second()),
            option::of((second(), second())),
        ),
        (option::of(owner()), account(), links(&["RELA"], "541"), proptest::collection::vec(filter(), 0..3)),
        (proptest::collection::vec(reference(), 0..3), option::of(owner()), option::of(owner())),
    )
        .prop_map(
            |(
                (id, cancels, as_of, period),
                (account_owner, account, linkages, filters),
                (references, originator, recipient),
            )| StatusRequest {
                supplementary: Vec::new(),
                id,
                function: cancels.map_or(Function::New, Function::Cancel),
                wanted: "548".into(),
                as_of,
                period: period.map(|(from, to)| RequestPeriod { from, to }),
                account_owner,
                account,
                indicators: vec![("CODE".into(), "COMP".into()), ("SFRE".into(), "CSVD/OFTN".into())],
                linkages,
                filters,
                instructions: references
                    .into_iter()
                    .map(|r| vec![("PREV".to_owned(), r.clone()), ("MITI".to_owned(), r)])
                    .collect(),
                originator,
                recipient,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn allocations(allocation in allocation()) {
        same_again(&Event::Allocation(Box::new(allocation)))?;
    }

    #[test]
    fn confirmations_of_the_market_side(trade in market_trade()) {
        same_again(&Event::Confirmation(Box::new(trade)))?;
    }

    #[test]
    fn affirmations(answer in affirmation()) {
        same_again(&Event::ConfirmationAcknowledgement(Box::new(answer)))?;
    }

    #[test]
    fn answers_to_confirmations(answer in refusal()) {
        same_again(&Event::ConfirmationAcknowledgement(Box::new(answer)))?;
    }

    #[test]
    fn answers_to_allocations(answer in allocation_answer()) {
        same_again(&Event::AllocationAcknowledgement(Box::new(answer)))?;
    }

    #[test]
    fn trade_statuses(status in trade_status()) {
        same_again(&Event::TradeStatus(Box::new(status)))?;
    }

    #[test]
    fn processing_changes(change in processing_change()) {
        same_again(&Event::ProcessingChange(Box::new(change)))?;
    }

    #[test]
    fn status_requests(request in status_request()) {
        same_again(&Event::StatusRequest(Box::new(request)))?;
    }
}

fn block() -> AllocationInstruction {
    let share = |account: &str, quantity: i64| Allocation {
        account: parsed(account),
        id: None,
        quantity: Quantity::units(Decimal::from(quantity)).expect("not negative"),
        price: None,
        gross: None,
        net: None,
        accrued: None,
        commission: None,
        fees: Vec::new(),
        parties: Vec::new(),
        payment: Some(Payment::Against),
        settlement_amount: None,
        chain: None,
        counterparty_chain: None,
        text: None,
    };
    AllocationInstruction {
        id: parsed("LFA-1"),
        function: Function::New,
        block: None,
        purpose: AllocationPurpose::Preliminary,
        orders: Vec::new(),
        side: Side::Buy,
        instrument: Instrument::of(parsed("DE0007164600")),
        quantity: Quantity::units(Decimal::from(300)).expect("not negative"),
        price: Some(Price::actual(parsed("EUR"), Decimal::from(10))),
        currency: Some(parsed("EUR")),
        trade_date: parsed("2026-11-24"),
        settlement_date: None,
        transacted: None,
        parties: vec![role(PartyRole::ExecutingFirm, parsed("BRKVGB2LXXX"))],
        market: None,
        gross: None,
        net: None,
        accrued: None,
        allocations: vec![share("FUND1", 100), share("FUND2", 200)],
        fragment: None,
        text: None,
    }
}

#[test]
fn an_allocation_of_several_accounts_is_sent_in_parts() {
    let whole = block();
    let refused = write(&Event::Allocation(Box::new(whole.clone()))).expect_err("two accounts");
    assert!(matches!(refused, EncodeError::Invalid { field: "allocation.allocations", .. }), "{refused}");
    let parts = whole.apart();
    assert_eq!(parts.len(), 2);
    for (index, part) in parts.into_iter().enumerate() {
        let written = write(&Event::Allocation(Box::new(part))).expect("an MT514");
        let read = codec::decode(&written.bytes, &Limits::default(), Depth::Event);
        let Some(Event::Allocation(read)) = read.event else {
            panic!("an allocation: {:?}", read.diagnostics)
        };
        assert_eq!((read.id.as_str(), read.quantity), ("LFA-1", whole.quantity));
        assert_eq!(read.fragment.map(|f| (f.total, f.last)), Some((2, index == 1)));
        let share = &read.allocations[0];
        assert_eq!(share.account, whole.allocations[index].account);
        assert_eq!(share.id.as_ref().map(ToString::to_string), Some(format!("LFA-1-{}", index + 1)));
        assert_eq!(share.price, whole.price, "the price of the block is the share's");
    }
}

#[test]
fn an_allocation_says_what_it_cannot_carry() {
    let mut event = block();
    event.allocations.truncate(1);
    event.purpose = AllocationPurpose::ReadyToBook;
    event.currency = Some(parsed("USD"));
    event.allocations[0].text = Some("FOR THE FUND".into());
    event.allocations[0].payment = None;
    event.parties.push(role(PartyRole::Custodian, parsed("CUSVDEFFXXX")));
    let written = write(&Event::Allocation(Box::new(event))).expect("an MT514");
    let lost: Vec<&str> = written.losses.iter().map(|l| l.field.as_str()).collect();
    let expected = [
        "allocation.purpose",
        "allocation.allocations.text",
        "allocation.currency",
        "allocation.allocations.payment",
        "allocation.parties",
        "allocation.parties",
    ];
    assert_eq!(lost, expected, "{:?}", written.losses);
}
