//! Statements, allegements and penalties as MT: what is written and read again is the same, also over several pages.

use std::fs;
use std::path::PathBuf;

use finality_parsers::codec::{self, Depth, Envelope, Format};
use finality_parsers::diagnostic::Policy;
use finality_parsers::limits::Limits;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::pages;
use finality_parsers::model::*;

fn envelope() -> Envelope {
    Envelope {
        sender: "CUSVDEFFXXX".into(),
        receiver: "LUMNLULL".into(),
        created: Timestamp::from_nanos(1_779_180_000_000_000_000),
        message_id: "CV-1".into(),
        possible_duplicate: false,
    }
}

fn samples() -> Vec<(String, Event)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../samples/mt");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("samples").map(|f| f.expect("a file").path()).collect();
    files.sort();
    let mut events = Vec::new();
    for file in files {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let wanted = ["mt535", "mt536", "mt537", "mt548-penal", "mt578", "mt586"];
        if !wanted.iter().any(|w| name.starts_with(w)) || !name.ends_with(".fin") {
            continue;
        }
        let raw = fs::read(&file).expect("a sample");
        for span in codec::split(&raw, &Limits::default()) {
            let read = codec::decode(&raw[span], &Limits::default(), Depth::Event);
            events
                .push((name.clone(), read.event.unwrap_or_else(|| panic!("{name}: {:?}", read.diagnostics))));
        }
    }
    assert!(events.len() > 20);
    events
}

/// The samples hold nearly every field, so this is the widest test there is.
#[test]
fn every_sample_is_written_and_read_again() {
    let mut troubles = String::new();
    for (name, event) in samples() {
        match codec::encode(&event, Format::Mt, &envelope()) {
            Err(error) => troubles.push_str(&format!("{name}: {error}\n")),
            Ok(written) => {
                for loss in &written.losses {
                    troubles.push_str(&format!("{name}: {loss}\n"));
                }
                let read = codec::decode(&written.bytes, &Limits::default(), Depth::Full);
                assert!(read.accepted(Policy::Strict), "{name}: {:?}", read.diagnostics);
                if read.event.as_ref() != Some(&event) {
                    troubles.push_str(&format!(
                        "{name}: not the same\n{}\n{}\n",
                        serde_json::to_string(&event).expect("json"),
                        serde_json::to_string(&read.event).expect("json")
                    ));
                }
            }
        }
    }
    assert!(troubles.is_empty(), "{troubles}");
}

/// A rule of one transaction used to see what an earlier transaction said.
#[test]
fn a_free_transaction_behind_one_against_payment_needs_no_amount() {
    let facts = |payment, amount: Option<&str>| TransactionFacts {
        instrument: Some(Instrument::of("DE0007164600".parse().expect("an ISIN"))),
        movement: Some(Movement::Receive),
        payment: Some(payment),
        quantity: Some(Quantity::units(5.into()).expect("positive")),
        amount: amount.map(|a| Amount::new("EUR".parse().expect("a currency"), a.parse().expect("a number"))),
        settlement_date: BusinessDate::from_ymd(2026, 5, 21).map(Moment::Day),
        ..TransactionFacts::default()
    };
    let pending = |facts| PendingTransaction {
        statuses: vec![Status { kind: StatusKind::Pending, reasons: Vec::new() }],
        transaction: ListedTransaction { linkages: vec![], facts: Some(facts), supplementary: vec![] },
    };
    let event = Event::PendingStatement(Box::new(PendingStatement {
        header: StatementHeader { basis: None, consolidated: None, ..head() },
        order: PendingOrder::ByTransaction,
        transactions: vec![
            pending(facts(Payment::Against, Some("9.50"))),
            pending(facts(Payment::Free, None)),
        ],
        penalties: Vec::new(),
        additional: Vec::new(),
    }));
    let written = codec::encode(&event, Format::Mt, &envelope()).expect("it is complete");
    assert_eq!(written.losses, []);
    assert!(String::from_utf8_lossy(&written.bytes).contains(":20C::RELA//NONREF"));
    let read = codec::decode(&written.bytes, &Limits::default(), Depth::Event);
    assert_eq!(read.event, Some(event));
}

fn head() -> StatementHeader {
    let covers = Covers::At(Moment::Day(BusinessDate::from_ymd(2026, 5, 19).expect("a day")));
    let account = StatedAccount::from("7003412890".parse::<Account>().expect("an account"));
    StatementHeader {
        number: Some("119".into()),
        frequency: Some("DAIL".into()),
        update: Some("COMP".into()),
        basis: Some("SETT".into()),
        consolidated: Some(false),
        ..StatementHeader::new("STATEMENT-119".parse().expect("a reference"), account, covers)
    }
}

fn holdings(count: i64) -> HoldingsStatement {
    let holding = |number: i64| Holding {
        supplementary: Vec::new(),
        instrument: Instrument { description: Some(format!("ISSUER NO {number}")), ..Instrument::default() },
        attributes: Vec::new(),
        aggregate: Balance::new(QuantityKind::Unit, number.into()),
        available: None,
        not_available: None,
        sub_balances: Vec::new(),
        price: None,
        value: None,
        book: None,
        accrued: None,
        exchange: None,
        lots: Vec::new(),
        details: Vec::new(),
    };
    HoldingsStatement {
        header: head(),
        kind: Some("CUST".into()),
        accounts: vec![AccountHoldings {
            account: SubAccount::default(),
            holdings: (1..=count).map(holding).collect(),
        }],
        additional: Vec::new(),
    }
}

#[test]
fn a_long_statement_stands_on_full_pages() {
    let event = Event::HoldingsStatement(Box::new(holdings(1_000)));
    let whole = codec::encode(&event, Format::Mt, &envelope());
    assert!(whole.is_err_and(|e| e.to_string().contains("pages")), "one message has no room for it");
    let pages = finality_parsers::mt::write_pages(&event, &envelope()).expect("pages");
    let texts: Vec<_> = pages.iter().map(|p| String::from_utf8_lossy(&p.bytes).into_owned()).collect();
    assert_eq!(texts.len(), 7);
    let heads: Vec<String> = texts
        .iter()
        .map(|t| {
            let line =
                |start: &str| t.lines().find_map(|l| l.strip_prefix(start)).expect("the line").to_owned();
            format!("{} {}", line(":28E:"), line(":20C::SEME//"))
        })
        .collect();
    assert_eq!(heads[0], "1/MORE STATEMENT-119");
    assert_eq!(heads[1], "2/MORE STATEMENT-119-2");
    assert_eq!(heads[6], "7/LAST STATEMENT-119-7");
    let full = |t: &String| (9_800..=10_200).contains(&t.len());
    assert!(texts[..6].iter().all(full), "{:?}", texts.iter().map(String::len).collect::<Vec<_>>());
    let read = texts.iter().map(|t| codec::decode(t.as_bytes(), &Limits::default(), Depth::Event));
    let parts: Vec<HoldingsStatement> = read
        .map(|d| match d.event {
            Some(Event::HoldingsStatement(s)) => *s,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(pages::join(parts.clone()), Some(holdings(1_000)));
    assert_eq!(pages::join(parts[..6].to_vec()), None, "the last page is missing");
    assert_eq!(pages::join(parts[1..].to_vec()), None, "the first page is missing");
}

#[test]
fn what_has_no_place_is_a_loss() {
    let mut statement = holdings(1);
    let long = "A-REFERENCE-OF-MORE-THAN-SIXTEEN".parse().expect("a reference");
    let link = Linkage::new("PREV", long);
    statement.header.linkages.push(link);
    statement.header.details.push(Detail::new("ZZZZ", DetailValue::Rate(1.into())));
    statement.accounts[0].holdings[0].details.push(Detail::new("LOTS", DetailValue::Text("SO".into())));
    let event = Event::HoldingsStatement(Box::new(statement));
    let written = codec::encode(&event, Format::Mt, &envelope()).expect("it is complete");
    let lost: Vec<_> = written.losses.iter().map(|l| l.field.as_str()).collect();
    assert_eq!(lost, ["genl.ZZZZ", "genl.link"], "{:?}", written.losses);
}

mod strategies {
    //! Values that MT can carry: nothing longer, finer or stranger than its fields.

    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    pub(super) fn parsed<T: std::str::FromStr>(text: &str) -> T
    where
        T::Err: std::fmt::Debug,
    {
        text.parse().expect("a value made to be valid")
    }

    fn reference() -> impl Strategy<Value = Reference> {
        "[A-Z0-9][A-Za-z0-9.-]{0,10}[A-Z0-9]".prop_map(|t| parsed(&t))
    }

    fn account() -> impl Strategy<Value = StatedAccount> {
        ("[A-Z0-9][A-Z0-9.-]{0,30}[0-9]", option::of(Just("ABRD".to_owned()))).prop_map(|(id, kind)| {
            StatedAccount { id: parsed(&id), kind, wallet: false, name: None, address: None }
        })
    }

    fn words() -> impl Strategy<Value = String> {
        vec("[A-Za-z0-9.,()+?']{1,12}", 1..9).prop_map(|w| w.join(" "))
    }

    fn date() -> impl Strategy<Value = BusinessDate> {
        (2000i32..2090, 1u32..13, 1u32..29)
            .prop_map(|(y, m, d)| BusinessDate::from_ymd(y, m, d).expect("a day"))
    }

    fn moment() -> impl Strategy<Value = Moment> {
        prop_oneof![
            date().prop_map(Moment::Day),
            (946_684_800i64..4_000_000_000).prop_map(|s| {
                Moment::Instant(chrono::DateTime::from_timestamp(s, 0).expect("an instant"))
            }),
        ]
    }

    fn amount() -> impl Strategy<Value = Amount> {
        (prop_oneof![Just("EUR"), Just("USD"), Just("JPY")], -9_999_999_999i64..9_999_999_999).prop_map(
            |(code, units)| {
                let currency: Currency = parsed(code);
                Amount::new(currency, Decimal::new(units, currency.decimals().expect("it has decimals")))
            },
        )
    }

    fn kind() -> impl Strategy<Value = QuantityKind> {
        prop_oneof![
            Just(QuantityKind::Unit),
            Just(QuantityKind::FaceAmount),
            Just(QuantityKind::AmortisedAmount)
        ]
    }

    fn quantity() -> impl Strategy<Value = Quantity> {
        (kind(), 0i64..999_999_999, 0u32..5).prop_map(|(kind, units, scale)| {
            Quantity::new(kind, Decimal::new(units, scale)).expect("positive")
        })
    }

    fn balance() -> impl Strategy<Value = Balance> {
        (kind(), -999_999_999i64..999_999_999, 0u32..5)
            .prop_map(|(kind, units, scale)| Balance::new(kind, Decimal::new(units, scale)))
    }

    fn isin() -> impl Strategy<Value = Isin> {
        "[A-Z]{2}[A-Z0-9]{9}".prop_map(|body| {
            let bytes: [u8; 11] = body.as_bytes().try_into().expect("eleven");
            let digit = Isin::check_digit(&bytes).expect("capitals and digits");
            parsed(&format!("{body}{}", char::from(digit)))
        })
    }

    fn instrument() -> impl Strategy<Value = Instrument> {
        (isin(), option::of("[A-Z][A-Z0-9 .]{0,20}[A-Z]"))
            .prop_map(|(isin, description)| Instrument { description, ..Instrument::of(isin) })
    }

    fn bic() -> impl Strategy<Value = Bic> {
        "[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?".prop_map(|t| parsed(&t))
    }

    fn party() -> impl Strategy<Value = Party> {
        let id = prop_oneof![
            3 => bic().prop_map(PartyId::Bic),
            1 => ("[A-Z]{1,8}", "[A-Z0-9]{1,34}").prop_map(|(issuer, id)| PartyId::Proprietary { issuer, id }),
        ];
        (id, option::of(Just("7H6GLXDRUGQFU57RNE97")))
            .prop_map(|(id, lei)| Party { lei: lei.map(parsed), ..Party::new(id) })
    }

    fn in_chain() -> impl Strategy<Value = Party> {
        (party(), option::of("[A-Z0-9]{1,30}"), option::of(reference())).prop_map(
            |(party, account, processing_reference)| Party {
                account: account.map(|a| parsed(&a)),
                processing_reference,
                ..party
            },
        )
    }

    /// A chain may only be as long as it is whole.
    fn chain(depository: bool) -> impl Strategy<Value = SettlementChain> {
        (vec(in_chain(), 5), 1usize..4).prop_map(move |(parties, length)| {
            let mut parties = parties.into_iter();
            let mut next = || parties.next();
            SettlementChain {
                depository: depository.then(|| Party::bic(parsed("ZCSDDEFFXXX"))),
                agent: next(),
                custodian: if length > 2 { next() } else { None },
                client: if length > 1 { next() } else { None },
                ..SettlementChain::default()
            }
        })
    }

    fn place() -> impl Strategy<Value = Place> {
        prop_oneof![
            Just(Place { kind: Some("SHHE".into()), ..Place::default() }),
            Just(Place { country: Some("DE".into()), ..Place::default() }),
            bic().prop_map(|bic| Place { kind: Some("NCSD".into()), bic: Some(bic), ..Place::default() }),
        ]
    }

    fn price() -> impl Strategy<Value = StatedPrice> {
        (any::<bool>(), 0i64..999_999, option::of(date())).prop_map(|(market, units, quoted)| StatedPrice {
            basis: if market { PriceBasis::Market } else { PriceBasis::Indicative },
            price: Price::percentage(Decimal::new(units, 3)),
            source: Some(Place { kind: Some("EXCH".into()), name: Some("XETR".into()), ..Place::default() }),
            quoted: quoted.map(Moment::Day),
        })
    }

    fn linkage(kinds: &'static [&'static str]) -> impl Strategy<Value = Linkage> {
        (proptest::sample::select(kinds), reference(), option::of(Just("541".to_owned())))
            .prop_map(|(kind, reference, message)| Linkage { message, ..Linkage::new(kind, reference) })
    }

    const OF_STATEMENTS: &[&str] = &["PREV", "RELA"];
    const OF_TRANSACTIONS: &[&str] = &["RELA", "MITI", "COMM", "TRRF"];

    pub(super) fn header(period: bool) -> impl Strategy<Value = StatementHeader> {
        (
            (reference(), account(), moment(), moment(), option::of("[0-9]{5}")),
            (
                option::of(946_684_800_000i64..4_000_000_000_000),
                vec(linkage(OF_STATEMENTS), 0..3),
                option::of(party()),
            ),
        )
            .prop_map(move |((id, account, from, to, number), (prepared, linkages, owner))| {
                let covers = match (period, from.day(), to.day()) {
                    (true, Some(from), Some(to)) => {
                        Covers::Period(Period { from: Moment::Day(from), to: Moment::Day(to) })
                    }
                    _ => Covers::At(from),
                };
                StatementHeader {
                    number,
                    prepared: prepared.and_then(chrono::DateTime::from_timestamp_millis),
                    linkages,
                    // A party by its LEI and BIC stands in 95P and 95L.
                    owner,
                    frequency: Some("DAIL".into()),
                    update: Some("COMP".into()),
                    ..StatementHeader::new(id, account, covers)
                }
            })
    }

    fn detail(
        code: &'static str,
        value: impl Strategy<Value = DetailValue>,
    ) -> impl Strategy<Value = Vec<Detail>> {
        option::of(value).prop_map(move |v| v.map(|v| Detail::new(code, v)).into_iter().collect())
    }

    fn sub_account() -> impl Strategy<Value = SubAccount> {
        (option::of(account()), option::of(party()), vec(place(), 0..3), option::of(any::<bool>())).prop_map(
            |(account, owner, places, activity)| SubAccount {
                account,
                owner,
                places,
                activity,
                details: Vec::new(),
            },
        )
    }

    fn sub_balance() -> impl Strategy<Value = SubBalance> {
        (
            proptest::sample::select(&["BLOK", "PLED", "PEND", "LOAN"][..]),
            (balance(), option::of(Just("AVAI".to_owned()))),
            vec(place(), 0..2),
            option::of(price()),
            (option::of(amount()), option::of(amount())),
            detail("SUBB", "[A-Z]{1,30}".prop_map(DetailValue::Text)),
        )
            .prop_map(|(kind, (balance, availability), places, price, (value, accrued), details)| {
                SubBalance {
                    kind: kind.to_owned(),
                    balance: Balance { availability, ..balance },
                    places,
                    price,
                    value,
                    accrued,
                    exchange: None,
                    lots: Vec::new(),
                    details,
                }
            })
    }

    fn holding() -> impl Strategy<Value = Holding> {
        (
            (instrument(), balance(), option::of(balance()), option::of(balance())),
            vec(sub_balance(), 0..3),
            option::of(price()),
            (option::of(amount()), option::of(amount()), option::of(amount())),
            detail("MATU", date().prop_map(|d| DetailValue::Moment(Moment::Day(d)))),
            vec("[A-Z0-9]{1,20}", 0..3),
        )
            .prop_map(
                |(
                    (instrument, aggregate, available, not_available),
                    parts,
                    price,
                    amounts,
                    attributes,
                    lots,
                )| {
                    Holding {
                        supplementary: Vec::new(),
                        instrument,
                        attributes,
                        aggregate,
                        available,
                        not_available,
                        sub_balances: parts,
                        price,
                        value: amounts.0,
                        book: amounts.1,
                        accrued: amounts.2,
                        exchange: Some(ExchangeRate {
                            of: parsed("EUR"),
                            in_currency: parsed("USD"),
                            rate: Decimal::new(1_089, 3),
                        }),
                        lots: lots
                            .into_iter()
                            .map(|number| Lot {
                                details: vec![Detail::new(
                                    "LOTS",
                                    DetailValue::Number(Numbered { number, quantity: None }),
                                )],
                            })
                            .collect(),
                        details: Vec::new(),
                    }
                },
            )
    }

    pub(super) fn holdings(most: usize) -> impl Strategy<Value = HoldingsStatement> {
        let account = (sub_account(), vec(holding(), 1..most))
            .prop_map(|(account, holdings)| AccountHoldings { account, holdings });
        (header(false), vec(account, 1..3), vec(party(), 0..2)).prop_map(|(header, accounts, parties)| {
            let additional = parties
                .into_iter()
                .map(|p| vec![Detail::new("MEOR", DetailValue::Party(Party::new(p.id)))])
                .collect();
            let basis = Some("SETT".to_owned());
            HoldingsStatement {
                header: StatementHeader { basis, consolidated: Some(false), ..header },
                kind: Some("CUST".into()),
                accounts,
                additional,
            }
        })
    }

    fn facts(with_instrument: bool) -> impl Strategy<Value = TransactionFacts> {
        (
            (instrument(), any::<bool>(), any::<bool>(), quantity(), amount()),
            (option::of(moment()), moment(), option::of(words())),
            (chain(true), chain(false)),
            detail("STCO", Just(DetailValue::Code("NOMC".into()))),
        )
            .prop_map(
                move |((instrument, receive, against, quantity, amount), dates, chains, details)| {
                    let movement = if receive { Movement::Receive } else { Movement::Deliver };
                    let (counterparty, own) = chains;
                    let (delivering, receiving) =
                        if receive { (counterparty, own) } else { (own, counterparty) };
                    TransactionFacts {
                        instrument: with_instrument.then_some(instrument),
                        movement: Some(movement),
                        payment: Some(if against { Payment::Against } else { Payment::Free }),
                        posting: Some("SETT".into()),
                        transaction_type: Some("TRAD".into()),
                        quantity: Some(quantity),
                        amount: against.then_some(amount),
                        trade_date: dates.0,
                        settlement_date: Some(dates.1),
                        narrative: dates.2,
                        delivering,
                        receiving,
                        details,
                        ..TransactionFacts::default()
                    }
                },
            )
    }

    fn listed(with_instrument: bool) -> impl Strategy<Value = ListedTransaction> {
        (vec(linkage(OF_TRANSACTIONS), 0..3), facts(with_instrument)).prop_map(|(linkages, facts)| {
            ListedTransaction { supplementary: Vec::new(), linkages, facts: Some(facts) }
        })
    }

    pub(super) fn transactions(most: usize) -> impl Strategy<Value = TransactionsStatement> {
        let one = (instrument(), option::of(price()), balance(), balance(), vec(listed(false), 1..most))
            .prop_map(|(instrument, price, opening, closing, postings)| InstrumentTransactions {
                instrument,
                price,
                opening: Some(opening),
                opening_interim: None,
                closing: Some(closing),
                closing_interim: None,
                postings,
                details: Vec::new(),
            });
        let account = (sub_account(), vec(one, 1..3))
            .prop_map(|(account, instruments)| AccountTransactions { account, instruments });
        (header(true), vec(account, 1..3)).prop_map(|(header, accounts)| {
            let basis = Some("SETT".to_owned());
            TransactionsStatement {
                header: StatementHeader { basis, consolidated: Some(true), ..header },
                accounts,
                additional: Vec::new(),
            }
        })
    }

    fn status() -> impl Strategy<Value = Status> {
        let of = proptest::sample::select(&[0usize, 1, 2, 3][..]);
        (of, option::of(words())).prop_map(|(which, text)| {
            let (kind, code) = [
                (StatusKind::Pending, "FUTU"),
                (StatusKind::Failing, "LACK"),
                (StatusKind::Unmatched, "CMIS"),
                (StatusKind::PendingProcessing, "NEXT"),
            ][which]
                .clone();
            Status { kind, reasons: vec![Reason { code: code.into(), issuer: None, text }] }
        })
    }

    pub(super) fn pending(most: usize) -> impl Strategy<Value = PendingStatement> {
        (header(false), any::<bool>(), vec((status(), listed(true)), 1..most)).prop_map(
            |(header, by_status, list)| PendingStatement {
                header,
                order: if by_status { PendingOrder::ByStatus } else { PendingOrder::ByTransaction },
                transactions: list
                    .into_iter()
                    .map(|(status, transaction)| PendingTransaction { statuses: vec![status], transaction })
                    .collect(),
                penalties: Vec::new(),
                additional: Vec::new(),
            },
        )
    }

    fn penalty() -> impl Strategy<Value = Penalty> {
        (
            (reference(), option::of(reference())),
            (any::<bool>(), any::<bool>(), amount(), 0i32..999),
            option::of((moment(), instrument(), amount())),
            option::of((reference(), facts(false), vec(status(), 0..2))),
            option::of(words()),
        )
            .prop_map(|((common, own), (fail, cash, amount, days), day, transaction, narrative)| {
                Penalty {
                    common_reference: common,
                    references: own
                        .map(|r| Detail::new("PREF", DetailValue::Reference(r)))
                        .into_iter()
                        .collect(),
                    kind: if fail { PenaltyKind::SettlementFail } else { PenaltyKind::LateMatching },
                    method: if cash { PenaltyMethod::Cash } else { PenaltyMethod::Securities },
                    status: Some("ACTV".into()),
                    reasons: narrative
                        .map(|text| Reason { code: "NARR".into(), issuer: None, text: Some(text) })
                        .into_iter()
                        .collect(),
                    amount,
                    days,
                    calculation: day
                        .map(|(day, instrument, amount)| PenaltyDay {
                            day,
                            instrument: Some(instrument),
                            attributes: vec![Detail::new("LIQU", DetailValue::Flag(true))],
                            securities: Some(amount),
                            cash: None,
                            details: Vec::new(),
                        })
                        .into_iter()
                        .collect(),
                    transaction: transaction.map(|(instruction, facts, statuses)| RelatedTransaction {
                        instruction: Some(instruction),
                        facts: Some(TransactionFacts {
                            delivering: SettlementChain::default(),
                            receiving: SettlementChain::default(),
                            trade_date: None,
                            details: Vec::new(),
                            ..facts
                        }),
                        statuses,
                        ..RelatedTransaction::default()
                    }),
                    details: Vec::new(),
                }
            })
    }

    pub(super) fn penalties(most: usize) -> impl Strategy<Value = PenaltyReport> {
        let counterparty =
            (party(), amount(), vec(penalty(), 1..most)).prop_map(|(party, net, penalties)| {
                CounterpartyPenalties {
                    parties: vec![Detail::new("REPA", DetailValue::Party(party))],
                    capacity: "CSDP".into(),
                    net,
                    penalties,
                    details: Vec::new(),
                }
            });
        let currency = (party(), option::of(amount()), vec(counterparty, 1..3)).prop_map(
            |(party, net, counterparties)| CurrencyPenalties {
                currency: Some(parsed("EUR")),
                computed: None,
                party: Party::new(party.id),
                parties: Vec::new(),
                capacity: "CSDP".into(),
                debit: None,
                credit: None,
                net,
                counterparties,
                details: Vec::new(),
            },
        );
        (header(false), vec(currency, 1..3), option::of(bic())).prop_map(
            |(header, currencies, depository)| PenaltyReport {
                supplementary: Vec::new(),
                source: PenaltySource::Statement(Box::new(header)),
                lists: vec![PenaltyList {
                    period: None,
                    kind: "CURR".into(),
                    depository: depository.map(Party::bic),
                    currencies,
                    details: Vec::new(),
                }],
                additional: Vec::new(),
            },
        )
    }

    fn alleged(in_statement: bool) -> impl Strategy<Value = AllegedTrade> {
        (
            (vec(linkage(&["RELA", "MITI", "COMM"]), 0..3), any::<bool>(), any::<bool>()),
            (instrument(), quantity(), amount(), amount()),
            (option::of(date()), date(), account(), option::of(party())),
            (chain(true), chain(false)),
            option::of(Just(PartialSettlement::Allowed)),
        )
            .prop_map(move |((linkages, receive, against), what, when, chains, partial)| {
                let (counterparty, own) = chains;
                let (delivering, receiving) = if receive { (counterparty, own) } else { (own, counterparty) };
                AllegedTrade {
                    supplementary: Vec::new(),
                    status: in_statement.then(|| Status {
                        kind: StatusKind::Proprietary { code: "ALLE/FORW".into(), issuer: String::new() },
                        reasons: Vec::new(),
                    }),
                    linkages,
                    movement: if receive { Movement::Receive } else { Movement::Deliver },
                    payment: if against { Payment::Against } else { Payment::Free },
                    instrument: what.0,
                    attributes: Vec::new(),
                    quantity: what.1,
                    amount: against.then_some(what.2),
                    conversion: None,
                    value_date: None,
                    other_amounts: vec![OtherAmount { kind: AmountKind("ACRU".into()), amount: what.3 }],
                    price: Some(Price::percentage(Decimal::new(98_412, 3))),
                    trade_date: when.0.map(Moment::Day),
                    settlement_date: Moment::Day(when.1),
                    account: (!in_statement).then_some(when.2),
                    cash_account: None,
                    account_owner: if in_statement { None } else { when.3 },
                    transaction_type: "TRAD".into(),
                    conditions: vec!["NOMC".into()],
                    partial,
                    delivering,
                    receiving,
                    party_details: Vec::new(),
                    cash_parties: Vec::new(),
                    lots: Vec::new(),
                    second_leg: Vec::new(),
                    trade_details: Vec::new(),
                    account_details: Vec::new(),
                    settlement_details: Vec::new(),
                }
            })
    }

    pub(super) fn allegement() -> impl Strategy<Value = Allegement> {
        (reference(), option::of(946_684_800_000i64..4_000_000_000_000), alleged(false)).prop_map(
            |(id, prepared, trade)| Allegement {
                supplementary: Vec::new(),
                id,
                function: AllegementFunction::New,
                prepared: prepared.and_then(chrono::DateTime::from_timestamp_millis),
                trade,
                additional: Vec::new(),
            },
        )
    }

    pub(super) fn allegements(most: usize) -> impl Strategy<Value = AllegementStatement> {
        (header(false), vec(alleged(true), 1..most)).prop_map(|(header, allegements)| AllegementStatement {
            header,
            allegements,
            additional: Vec::new(),
        })
    }
}

mod properties {
    use super::*;
    use finality_parsers::model::pages::{Paged, join};
    use finality_parsers::mt;
    use proptest::prelude::*;

    /// Writes in as many pages as it takes, reads each, puts them together, compares; nothing may be lost on the way.
    fn same_again<S: Paged>(
        event: Event,
        back: fn(Event) -> Option<S>,
        whole: fn(S) -> Event,
    ) -> Result<(), TestCaseError> {
        let pages = mt::write_pages(&event, &envelope()).map_err(|e| TestCaseError::fail(e.to_string()))?;
        let mut read = Vec::new();
        for page in &pages {
            prop_assert!(page.losses.is_empty(), "{:?}", page.losses);
            let text = page.bytes.windows(3).position(|w| w == b"{4:").expect("a text block");
            prop_assert!(page.bytes.len() - text <= 10_000 + 10, "{}", page.bytes.len());
            let one = codec::decode(&page.bytes, &Limits::default(), Depth::Full);
            prop_assert!(one.accepted(Policy::Strict), "{:?}", one.diagnostics);
            prop_assert!(one.diagnostics.iter().all(|d| d.code != "not-carried"), "{:?}", one.diagnostics);
            prop_assert_eq!(&one.encoded, &page.bytes);
            read.push(one.event.and_then(back).expect("an event of the same kind"));
        }
        let joined = join(read).expect("all pages of one statement");
        prop_assert_eq!(whole(joined), event);
        Ok(())
    }

    macro_rules! same {
        ($name:ident, $strategy:expr, $variant:ident) => {
            proptest! {
                #![proptest_config(ProptestConfig::with_cases(48))]
                #[test]
                fn $name(statement in $strategy) {
                    let back = |e| if let Event::$variant(s) = e { Some(*s) } else { None };
                    same_again(Event::$variant(Box::new(statement)), back, |s| Event::$variant(Box::new(s)))?;
                }
            }
        };
    }

    same!(holdings, strategies::holdings(60), HoldingsStatement);
    same!(transactions, strategies::transactions(24), TransactionsStatement);
    same!(pending, strategies::pending(40), PendingStatement);
    same!(penalties, strategies::penalties(24), Penalties);
    same!(allegement_statements, strategies::allegements(40), AllegementStatement);

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn allegements(allegement in strategies::allegement()) {
            let event = Event::Allegement(Box::new(allegement));
            let written = codec::encode(&event, Format::Mt, &envelope())
                .map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert!(written.losses.is_empty(), "{:?}", written.losses);
            let read = codec::decode(&written.bytes, &Limits::default(), Depth::Full);
            prop_assert!(read.accepted(Policy::Strict), "{:?}", read.diagnostics);
            prop_assert_eq!(read.event, Some(event));
        }
    }
}
