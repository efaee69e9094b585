//! Statements, allegements and penalties as MX: what is written is valid and reads back the same, and what MT says comes
//! back from MX but for what is told as lost.

mod way;

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
