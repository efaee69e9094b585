//! Statements, allegements and penalties as MX: what is written is valid and reads back the same, and what MT says comes
//! back from MX but for what is told as lost.

#[allow(dead_code)] // each test takes what it needs
use crate::way;
use crate::way::by_way_of_mx;
use finality_parsers::codec::{self, Depth, EncodeError, Format};
use finality_parsers::limits::Limits;
use finality_parsers::model::*;
use finality_parsers::mx::Wrapping;

#[test]
fn postings_by_way_of_mx() {
    assert_eq!(by_way_of_mx(&["mt536"]), ["mt536-minimal.fin 1"]);
}

#[test]
fn pending_transactions_by_way_of_mx() {
    assert_eq!(by_way_of_mx(&["mt537-full", "mt537-minimal", "mt537-pages"]), ["mt537-minimal.fin 1"]);
}

#[test]
fn penalties_by_way_of_mx() {
    assert_eq!(by_way_of_mx(&["mt537-penalties", "mt548-penal"]), [""; 0]);
}

#[test]
fn allegements_by_way_of_mx() {
    assert_eq!(by_way_of_mx(&["mt586"]), ["mt586-minimal.fin 1"]);
}

#[test]
fn holdings_by_way_of_mx() {
    assert_eq!(by_way_of_mx(&["mt535"]), ["mt535-minimal.fin 1"]);
}

#[test]
fn movements_by_way_of_mx() {
    // There is no way back: MT538 is not written.
    assert_eq!(by_way_of_mx(&["mt538"]), [""; 0]);
}

#[test]
fn samples_are_written_again() {
    way::samples_are_written_again("semt");
}

/// The pages of one statement, each by way of MX, are put together again.
#[test]
fn pages_join() {
    let pages: Vec<Event> =
        way::samples(&["mt536-pages"]).into_iter().map(|(_, page)| way::written(&page).1).collect();
    assert!(pages.len() > 1);
    let pages = pages.into_iter().map(|page| match page {
        Event::TransactionsStatement(page) => *page,
        other => panic!("a statement of transactions, not {other:?}"),
    });
    let pages: Vec<TransactionsStatement> = pages.collect();
    let entries: usize = pages.iter().map(pages::Paged::entries).sum();
    let whole = pages::join(pages).expect("they follow each other");
    assert_eq!(whole.header.page, Page::default());
    assert_eq!(pages::Paged::entries(&whole), entries);
}

/// A statement is never taken back by what looks like another statement.
#[test]
fn a_cancellation_is_not_written_as_a_statement() {
    let (_, mut event) = way::samples(&["mt536-minimal"]).remove(0);
    let Event::TransactionsStatement(statement) = &mut event else { panic!("a statement") };
    statement.header.function = StatementFunction::Cancel;
    let refused = codec::encode(&event, Format::Mx(Wrapping::Document), &way::envelope(&event));
    assert!(matches!(refused, Err(EncodeError::NoMessage { .. })), "{refused:?}");
}

/// A holding that is kept at two places, as MT says it: a sub-balance of all for each, with its own price.
#[test]
fn what_is_kept_at_several_places_comes_back_with_its_prices() {
    let (name, event) = way::samples(&["mt535-pages"]).remove(0);
    let Event::HoldingsStatement(mut statement) = event else { panic!("{name}: a statement of holdings") };
    let holding =
        statement.accounts.iter_mut().flat_map(|a| a.holdings.iter_mut()).next().expect("a holding");
    let half = |country: &str, price: &str| SubBalance {
        kind: "AGGR".into(),
        balance: holding.aggregate.clone(),
        places: vec![Place { country: Some(country.into()), ..Place::default() }],
        price: Some(StatedPrice {
            basis: PriceBasis::Market,
            price: Price {
                kind: PriceKind::Percentage,
                value: price.parse().expect("a price"),
                currency: None,
            },
            source: None,
            quoted: None,
        }),
        value: None,
        accrued: None,
        exchange: None,
        lots: Vec::new(),
        details: vec![Detail::new("DAAC", DetailValue::Count(67))],
    };
    holding.sub_balances = vec![half("DE", "98.5"), half("LU", "98.25")];
    let (encoded, read) = way::written(&Event::HoldingsStatement(statement.clone()));
    let text = String::from_utf8_lossy(&encoded.bytes);
    assert_eq!(text.matches("<BalAtSfkpgPlc>").count(), 2, "{text}");
    let Event::HoldingsStatement(read) = read else { panic!("a statement of holdings") };
    let parts = |of: &HoldingsStatement| of.accounts[0].holdings[0].sub_balances.clone();
    assert_eq!(parts(&read), parts(&statement));
    let back = finality_parsers::codec::encode(
        &Event::HoldingsStatement(read),
        finality_parsers::codec::Format::Mt,
        &way::envelope(&Event::HoldingsStatement(statement)),
    );
    let back = String::from_utf8(back.expect("an MT535").bytes).expect("text");
    assert!(back.contains(":90A::MRKT//PRCT/98,25\r\n") && back.contains("::SAFE//LU"), "{back}");
}

#[test]
fn movements_within_positions_are_stated() {
    let raw = include_bytes!("../../samples/mx/semt.016-typical.xml");
    let event = codec::decode(raw, &Limits::default(), Depth::Event).event.expect("a statement");
    let Event::IntraPositionStatement(statement) = &event else { panic!("a statement of movements") };
    assert_eq!(statement.header.number.as_deref(), Some("044"));
    let [balance] = statement.instruments[0].balances.as_slice() else { panic!("one balance") };
    let [blocked, own] = balance.movements.as_slice() else { panic!("two movements") };
    assert_eq!((balance.from.as_str(), blocked.to.as_str()), ("AWAS", "BLOK"));
    assert_eq!(own.to, "HRBC|POOLS/RPOL");
    assert_eq!(blocked.supplementary[0].place.as_deref(), Some("IntraPosMvmnt"));
    // A balance that nobody knows is never written as another one.
    let mut odd = event.clone();
    let Event::IntraPositionStatement(statement) = &mut odd else { panic!("a statement of movements") };
    statement.instruments[0].balances[0].from = "NOPE".into();
    let refused = codec::encode(&odd, Format::Mx(Wrapping::Document), &way::envelope(&odd));
    assert!(matches!(refused, Err(EncodeError::Invalid { .. })), "{refused:?}");
}

#[test]
fn a_portfolio_moves_in_positions() {
    let raw = include_bytes!("../../samples/mx/sese.037-typical.xml");
    let event = codec::decode(raw, &Limits::default(), Depth::Event).event.expect("a transfer");
    let Event::PortfolioTransfer(transfer) = &event else { panic!("a transfer") };
    assert_eq!(transfer.header.request().map(Reference::as_str), Some("CUSV-PTN-0091"));
    let [taken, waits] = transfer.positions.as_slice() else { panic!("two positions") };
    assert_eq!((taken.movement, taken.lots.len()), (Movement::Deliver, 2));
    assert_eq!(taken.status.as_ref().map(|s| &s.kind), Some(&StatusKind::Acknowledged));
    let own = StatusKind::Proprietary { code: "WAIT".into(), issuer: "HRBC|TRANSFERS".into() };
    assert_eq!(waits.status.as_ref().map(|s| &s.kind), Some(&own));
    assert_eq!(waits.settlement_date, Moment::Coded("WISS".into()));
    // What has no place is told, one by one.
    let mut odd = event.clone();
    let Event::PortfolioTransfer(transfer) = &mut odd else { panic!("a transfer") };
    transfer.positions[0].linkages.push(Linkage::new("POOL", "POOL1".parse().expect("a reference")));
    transfer.positions[1].details.push(Detail::new("NOPE", DetailValue::Flag(true)));
    let (encoded, read) = way::written(&odd);
    let lost: Vec<&str> = encoded.losses.iter().map(|l| l.field.as_str()).collect();
    assert_eq!(lost, ["positions.linkages", "positions.details.NOPE"]);
    assert_eq!(read, event);
    let matched = Status { kind: StatusKind::Matched, reasons: Vec::new() };
    let Event::PortfolioTransfer(transfer) = &mut odd else { panic!("a transfer") };
    transfer.positions[0].status = Some(matched);
    let refused = codec::encode(&odd, Format::Mx(Wrapping::Document), &way::envelope(&odd));
    assert!(matches!(refused, Err(EncodeError::Invalid { .. })), "{refused:?}");
}
