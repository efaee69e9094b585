//! Statements, allegements and penalties as MX: what is written is valid and reads back the same, and what MT says comes
//! back from MX but for what is told as lost.

#[allow(dead_code)] // each test takes what it needs
mod way;

use finality_parsers::codec::{self, EncodeError, Format};
use finality_parsers::model::*;
use finality_parsers::mx::Wrapping;
use way::by_way_of_mx;

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
