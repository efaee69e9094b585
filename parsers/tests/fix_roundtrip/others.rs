//! Events beside allocations and confirmations: requests, deliveries, obligations, executions, captured trades, rejections.

use super::*;

pub(crate) fn report_answer() -> impl Strategy<Value = AllocationReportAcknowledgement> {
    (reference(), acknowledgement())
        .prop_map(|(report, answer)| AllocationReportAcknowledgement { report, answer })
}

pub(crate) fn confirmation_request() -> impl Strategy<Value = ConfirmationRequest> {
    let kind = prop::sample::select(vec![ConfirmationKind::Status, ConfirmationKind::Confirmation]);
    (
        (reference(), kind, prop::collection::vec(reference(), 0..3), reference()),
        (prop::option::of(reference()), prop::option::of(account()), instant(), prop::option::of(words())),
    )
        .prop_map(|((id, kind, orders, allocation), (share, account, transacted, text))| {
            ConfirmationRequest {
                id,
                kind,
                orders,
                allocation: Some(allocation),
                individual_allocation: share,
                account,
                transacted: Some(transacted),
                text,
            }
        })
}

pub(crate) fn database() -> impl Strategy<Value = Option<DatabaseEntry>> {
    prop::option::of(
        ("[0-4]", prop::option::of("[A-Z]{3,8}"), "[A-Z0-9]{4,12}")
            .prop_map(|(kind, name, id)| DatabaseEntry { kind, name, id: Some(id) }),
    )
}

pub(crate) fn delivery() -> impl Strategy<Value = SettlementInstructionDelivery> {
    let entry = (
        (reference(), function(), parties(), any::<Option<bool>>(), database(), prop::option::of(chain())),
        (prop::option::of(instant()), prop::option::of(instant()), prop::option::of(Just(Payment::Free))),
    )
        .prop_map(|((id, function, parties, buys, database, chain), (from, until, payment))| {
            DeliveredInstruction {
                id,
                function,
                parties,
                side: buys.map(|buys| if buys { Side::Buy } else { Side::Sell }),
                // FIX 4.4 has no currency here; see the samples for FIX 5.0.
                currency: None,
                from,
                until,
                payment,
                database,
                chain,
            }
        });
    let standing = (prop::collection::vec(entry, 1..3), prop::option::of(reference()), any::<bool>());
    (
        reference(),
        prop::option::of(reference()),
        instant(),
        prop::option::of(words()),
        prop::option::of(standing),
    )
        .prop_map(|(id, request, transacted, text, standing)| {
            let refused = standing.is_none();
            let (instructions, order, single) = standing.unwrap_or_default();
            let order = order.or_else(|| single.then(|| id.clone()));
            SettlementInstructionDelivery {
                mode: match (refused, single) {
                    (true, _) => DeliveryMode::Refused,
                    (false, true) => DeliveryMode::SingleAccount,
                    (false, false) => DeliveryMode::Standing,
                },
                id,
                request,
                order,
                reason: refused.then(|| "2".to_owned()),
                text,
                transacted: Some(transacted),
                instructions,
            }
        })
}

pub(crate) fn instruction_request() -> impl Strategy<Value = SettlementInstructionRequest> {
    (reference(), parties(), prop::option::of(account()), database(), instant(), prop::option::of(instant()))
        .prop_map(|(id, parties, account, database, transacted, from)| SettlementInstructionRequest {
            id,
            parties,
            account,
            side: from.map(|_| Side::Sell),
            currency: None,
            from,
            until: None,
            database,
            transacted: Some(transacted),
        })
}

pub(crate) fn obligations() -> impl Strategy<Value = SettlementObligations> {
    let detail = ("[1-3]", parties()).prop_map(|(source, parties)| ObligationDetail { source, parties });
    let one = (
        (
            prop::option::of(reference()),
            function(),
            any::<bool>(),
            1i64..1_000_000,
            prop::option::of(later_day()),
        ),
        (instrument(), parties(), prop::collection::vec(detail, 0..3)),
    )
        .prop_map(|((id, function, netted, cents, settlement_date), (instrument, parties, details))| {
            Obligation {
                id,
                function,
                netted,
                amount: Some(money(cents)),
                settlement_amount: netted.then(|| money(cents)),
                settlement_date,
                instrument,
                parties,
                details,
            }
        });
    (
        reference(),
        any::<bool>(),
        prop::option::of(instant()),
        prop::option::of(words()),
        prop::collection::vec(one, 1..4),
    )
        .prop_map(|(id, last, transacted, text, obligations)| SettlementObligations {
            id,
            mode: if last { ObligationMode::Final } else { ObligationMode::Preliminary },
            transacted,
            text,
            obligations,
        })
}

pub(crate) fn execution() -> impl Strategy<Value = ExecutionReport> {
    let kind = prop::sample::select(vec![
        ExecutionKind::Trade,
        ExecutionKind::Correction,
        ExecutionKind::DoneForDay,
        ExecutionKind::Other("I".into()),
    ]);
    (
        (reference(), kind, reference(), reference(), prop::option::of(reference()), instrument(), figures()),
        (any::<bool>(), commission(), fees(), day(), prop::option::of(later_day()), instant()),
        (prop::option::of(account()), parties(), prop::option::of("X[A-Z]{3}"), prop::option::of(words())),
    )
        .prop_map(
            |(
                (id, kind, earlier, order, client_order, instrument, f),
                (buy, commission, fees, trade_date, settlement_date, transacted),
                (account, parties, market, text),
            )| ExecutionReport {
                fills: Vec::new(),
                id,
                earlier: (kind == ExecutionKind::Correction).then_some(earlier),
                kind,
                status: "2".into(),
                order,
                client_order,
                side: if buy { Side::Buy } else { Side::Sell },
                instrument,
                ordered: Some(f.quantity()),
                last: Some(f.quantity()),
                last_price: Some(f.price()),
                cumulative: f.quantity(),
                leaves: Quantity::new(f.quantity().kind(), Decimal::ZERO).expect("not negative"),
                average: Some(f.price()),
                currency: Some(eur()),
                gross: Some(money(f.hundreds)),
                net: None,
                commission,
                fees,
                trade_date: Some(trade_date),
                settlement_date,
                transacted: Some(transacted),
                account,
                parties,
                market,
                text,
            },
        )
}

pub(crate) fn capture() -> impl Strategy<Value = TradeCapture> {
    let side =
        || (reference(), prop::option::of(reference()), parties(), commission(), fees(), any::<bool>());
    (
        (reference(), any::<bool>(), reference(), prop::option::of(reference()), instrument(), figures()),
        (day(), prop::option::of(later_day()), instant(), account(), prop::option::of(side()), side()),
    )
        .prop_map(
            |(
                (id, replaces, earlier, execution, instrument, f),
                (trade_date, settlement_date, transacted, account, other, one),
            )| {
                let side = |(order, client_order, parties, commission, fees, split), side| CapturedSide {
                    side,
                    order: Some(order),
                    client_order,
                    account: Some(account.clone()),
                    parties,
                    commission,
                    fees,
                    accrued: None,
                    net: Some(money(f.hundreds)),
                    shares: if split {
                        vec![CapturedShare {
                            account: account.clone(),
                            id: None,
                            quantity: Some(f.quantity()),
                        }]
                    } else {
                        Vec::new()
                    },
                };
                let mut sides = vec![side(one, Side::Buy)];
                sides.extend(other.map(|other| side(other, Side::Sell)));
                TradeCapture {
                    id,
                    function: if replaces { CaptureFunction::Replace } else { CaptureFunction::New },
                    earlier: replaces.then_some(earlier),
                    execution,
                    reported_before: Some(false),
                    instrument,
                    quantity: f.quantity(),
                    price: f.price(),
                    currency: Some(eur()),
                    trade_date,
                    settlement_date,
                    transacted: Some(transacted),
                    market: None,
                    match_status: Some("0".into()),
                    sides,
                }
            },
        )
}

pub(crate) fn capture_answer() -> impl Strategy<Value = TradeCaptureAcknowledgement> {
    (reference(), any::<bool>(), instrument(), prop::option::of(reference()), instant(), words()).prop_map(
        |(report, accepted, instrument, execution, transacted, text)| TradeCaptureAcknowledgement {
            report,
            function: CaptureFunction::New,
            status: if accepted { CaptureStatus::Accepted } else { CaptureStatus::Rejected },
            reason: (!accepted).then(|| "99".into()),
            instrument,
            execution,
            transacted: Some(transacted),
            text: Some(text),
        },
    )
}

pub(crate) fn capture_request() -> impl Strategy<Value = TradeCaptureRequest> {
    (
        reference(),
        "[0-4]",
        prop::option::of(reference()),
        prop::option::of(reference()),
        prop::option::of(instrument()),
        parties(),
        prop::collection::vec(day(), 0..3),
        prop::option::of(words()),
    )
        .prop_map(|(id, kind, report, order, instrument, parties, days, text)| TradeCaptureRequest {
            id,
            kind,
            report,
            execution: None,
            client_order: order.clone(),
            order,
            side: text.as_ref().map(|_| Side::Buy),
            instrument: instrument.unwrap_or_default(),
            parties,
            days,
            text,
        })
}

pub(crate) fn capture_request_answer() -> impl Strategy<Value = TradeCaptureRequestAcknowledgement> {
    let status = prop::sample::select(vec![
        (CaptureRequestStatus::Accepted, "0"),
        (CaptureRequestStatus::Completed, "0"),
        (CaptureRequestStatus::Rejected, "9"),
    ]);
    (reference(), "[0-4]", status, prop::option::of(0u32..99), instrument(), prop::option::of(words()))
        .prop_map(|(request, kind, (status, result), count, instrument, text)| {
            TradeCaptureRequestAcknowledgement {
                request,
                kind,
                status,
                result: result.into(),
                count,
                instrument,
                text,
            }
        })
}

pub(crate) fn rejection() -> impl Strategy<Value = Rejection> {
    (any::<bool>(), 1u64..1_000_000, reference(), words()).prop_map(|(form, sequence, reference, text)| {
        Rejection {
            fault: if form { Fault::Form } else { Fault::Business },
            sequence: Some(sequence),
            message_type: "AK".into(),
            reason: "5".into(),
            field: form.then_some(48),
            reference: (!form).then_some(reference),
            text,
        }
    })
}
