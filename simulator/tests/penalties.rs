//! Cash penalties: the worked examples of the framework, and sums that must be zero whatever the book.

use finality_parsers::model::{BusinessDate, Calendar, Currency, Market};
use finality_simulator::settlement::penalty::amount::{Data, Missing, Price, Quoted};
use finality_simulator::settlement::penalty::assess::{Matched, Penalty, Sort, Transaction};
use finality_simulator::settlement::penalty::net::Nets;
use finality_simulator::settlement::penalty::rates::{CashRate, Security};
use finality_simulator::settlement::penalty::rule::{AtCutOff, Entered, Kind, Side};
use finality_simulator::settlement::penalty::scope::Facts;
use proptest::prelude::*;
use rust_decimal::Decimal;

fn day(text: &str) -> BusinessDate {
    text.parse().expect("a date")
}

fn currency(code: &str) -> Currency {
    code.parse().expect("a currency")
}

fn transaction(kind: Kind) -> Transaction {
    Transaction {
        pair: 1,
        kind,
        deliverer: 10,
        receiver: 20,
        line: 7,
        growth_market: true,
        quantity: Decimal::from(5_000),
        cash: Decimal::from(125_000),
        currency: currency("EUR"),
        settlement_date: day("2026-10-05"),
        facts: Facts::default(),
    }
}

fn price(data: &mut Data, on: &str, value: Decimal, quoted: Quoted) {
    data.prices.insert((7, day(on)), Price { value, quoted, currency: currency("EUR") });
}

/// Shares of a growth market at 25 on the first day and 27 on the second; credit costs a quarter of a per cent.
fn data() -> Data {
    let mut data = Data::default();
    data.rates.cash = vec![CashRate { currency: currency("EUR"), from: None, percent: Decimal::new(25, 2) }];
    data.securities.insert(7, Security::Share { liquid: Some(true) });
    price(&mut data, "2026-10-05", Decimal::from(25), Quoted::Unit);
    price(&mut data, "2026-10-06", Decimal::from(27), Quoted::Unit);
    data
}

const NO_SECURITIES: AtCutOff =
    AtCutOff { deliverer_held: false, receiver_held: false, lacks_securities: true, lacks_cash: false };
const NO_CASH: AtCutOff = AtCutOff { lacks_securities: false, lacks_cash: true, ..NO_SECURITIES };

fn two_days(kind: Kind, state: AtCutOff) -> Vec<Penalty> {
    let t = transaction(kind);
    ["2026-10-05", "2026-10-06"].iter().flat_map(|d| t.at_cut_off(day(d), state)).collect()
}

fn amounts(data: &Data, penalties: &[Penalty]) -> Vec<i64> {
    penalties.iter().map(|p| data.priced(p).amount).collect()
}

#[test]
fn two_days_without_securities_cost_6_51() {
    let penalties = two_days(Kind::Dvp, NO_SECURITIES);
    assert_eq!(amounts(&data(), &penalties), [313, 338]);
    assert!(penalties.iter().all(|p| (p.payer, p.payee) == (10, 20)));
}

#[test]
fn two_days_without_cash_cost_1_81() {
    let penalties = two_days(Kind::Dvp, NO_CASH);
    assert_eq!(amounts(&data(), &penalties), [87, 94]);
    assert!(penalties.iter().all(|p| (p.payer, p.payee) == (20, 10)));
}

#[test]
fn late_matching_covers_the_days_before_and_the_fail_the_day_itself() {
    let t = transaction(Kind::Fop);
    let (calendar, entered) = (Calendar::of(Market::Target), Entered::Each { deliverer: 1, receiver: 2 });
    let matched = Matched { day: day("2026-10-07"), after_cut_off: false };
    let late = t.on_matching(matched, entered, &calendar).expect("it matched late");
    assert_eq!((late.sort, late.payer), (Sort::LateMatching, 20), "the receiver came last");
    assert_eq!(late.days, [day("2026-10-05"), day("2026-10-06")]);
    let fail = t.at_cut_off(day("2026-10-07"), NO_SECURITIES);
    assert_eq!(fail[0].days, [day("2026-10-07")]);
    // After the cut-off of the 7th it could not settle that day any more: no fail covers it.
    let after = t.on_matching(Matched { after_cut_off: true, ..matched }, entered, &calendar);
    assert_eq!(after.expect("it matched late").days.len(), 3);
    let in_time = Matched { day: day("2026-10-05"), after_cut_off: false };
    assert_eq!(t.on_matching(in_time, entered, &calendar), None);
    // A Friday and a Monday are two business days.
    let friday = Transaction { settlement_date: day("2026-10-09"), ..t };
    let late =
        friday.on_matching(Matched { day: day("2026-10-13"), after_cut_off: false }, entered, &calendar);
    assert_eq!(late.expect("late").days, [day("2026-10-09"), day("2026-10-12")]);
}

#[test]
fn an_already_matched_receipt_pays_as_a_delivery_would() {
    let t = transaction(Kind::Dvp);
    let matched = Matched { day: day("2026-10-06"), after_cut_off: false };
    let both = Entered::AlreadyMatched { by: Side::Receiver };
    let late = t.on_matching(matched, both, &Calendar::of(Market::Target)).expect("late");
    assert_eq!((late.payer, data().priced(&late).amount), (20, 313));
    let usual = Entered::Each { deliverer: 1, receiver: 2 };
    let late = t.on_matching(matched, usual, &Calendar::of(Market::Target)).expect("late");
    assert_eq!((late.payer, data().priced(&late).amount), (20, 87));
}

#[test]
fn each_kind_has_its_formula() {
    let one = |kind, state| amounts(&data(), &two_days(kind, state))[..1].to_vec();
    let receiver_held = AtCutOff { receiver_held: true, lacks_securities: false, ..NO_SECURITIES };
    assert_eq!(one(Kind::Fop, receiver_held), [313], "RFP: rate of the securities");
    assert_eq!(one(Kind::Dvp, receiver_held), [87], "RVP: rate of the cash");
    assert_eq!(one(Kind::Pfod, NO_CASH), [87], "on the amount");
    assert_eq!(one(Kind::Dwp, NO_SECURITIES), [400], "3.125 + 0.86805, rounded up once");
    let both = AtCutOff { deliverer_held: true, receiver_held: true, ..NO_SECURITIES };
    let penalties = transaction(Kind::Dvp).at_cut_off(day("2026-10-05"), both);
    assert_eq!(amounts(&data(), &penalties), [313, 87]);
}

#[test]
fn a_bond_is_priced_in_per_cent_of_its_nominal() {
    let mut data = data();
    data.securities.insert(7, Security::PublicDebt);
    price(&mut data, "2026-10-05", Decimal::new(9_850, 2), Quoted::PercentOfNominal);
    let t =
        Transaction { quantity: Decimal::from(1_000_000), growth_market: false, ..transaction(Kind::Dvp) };
    let penalties = t.at_cut_off(day("2026-10-05"), NO_SECURITIES);
    assert_eq!(amounts(&data, &penalties), [985], "985,000 at a tenth of a basis point");
}

#[test]
fn what_is_missing_counts_for_nothing_until_it_comes() {
    let mut data = data();
    let penalties = two_days(Kind::Dvp, NO_SECURITIES);
    let price = data.prices.remove(&(7, day("2026-10-06"))).expect("a price");
    let priced = data.priced(&penalties[1]);
    assert_eq!((priced.amount, priced.missing), (0, vec![(day("2026-10-06"), Missing::Price)]));
    data.prices.insert((7, day("2026-10-06")), price);
    assert_eq!(data.priced(&penalties[1]).amount, 338);
}

#[test]
fn nothing_before_its_date_and_nothing_out_of_scope() {
    let t = transaction(Kind::Dvp);
    assert_eq!(t.at_cut_off(day("2026-10-02"), NO_SECURITIES), []);
    let facts = Facts { corporate_action_on_stock: true, ..Facts::default() };
    assert_eq!(Transaction { facts, ..t }.at_cut_off(day("2026-10-05"), NO_SECURITIES), []);
}

#[test]
fn a_scenario_may_give_its_own_rates() {
    use finality_simulator::scenario::Scenario;
    let text = "name = 'x'\n[[penalties.cash]]\ncurrency = 'EUR'\nfrom = '2026-11-26'\npercent = '2.15'\n";
    let rates = Scenario::from_toml(text).expect("a scenario").penalties;
    assert_eq!(rates.cash(currency("EUR"), day("2026-11-26")), Some(Decimal::new(597_222, 10)));
    assert_eq!(rates.cash(currency("EUR"), day("2026-11-25")), None, "there is no row for the day before");
    assert_eq!(rates.securities.len(), 7, "what is not given is as usual");
}

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Dvp), Just(Kind::Fop), Just(Kind::Dwp), Just(Kind::Pfod)]
}

/// A pair between two of five parties, with what it was like at a cut-off.
fn failing() -> impl Strategy<Value = (Transaction, AtCutOff, u32)> {
    let state = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (kind(), 0u32..5, 0u32..5, 1i64..10_000_000, 0i64..10_000_000_000, any::<bool>(), state, 1u32..60)
        .prop_map(|(kind, deliverer, receiver, quantity, cents, euro, (a, b, c, d), on)| {
            let t = Transaction {
                deliverer,
                receiver,
                quantity: Decimal::from(quantity),
                cash: Decimal::new(cents, 2),
                currency: currency(if euro { "EUR" } else { "USD" }),
                settlement_date: day("2026-09-01"),
                ..transaction(kind)
            };
            let state = AtCutOff { deliverer_held: a, receiver_held: b, lacks_securities: c, lacks_cash: d };
            (t, state, on)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn all_nets_together_are_zero(book in proptest::collection::vec(failing(), 0..60)) {
        let calendar = Calendar::of(Market::Target);
        let mut data = data();
        data.rates.cash.push(CashRate { currency: currency("USD"), from: None, percent: Decimal::new(433, 2) });
        let (mut nets, mut gross) = (Nets::default(), 0i128);
        for (t, state, on) in &book {
            let on = calendar.add_business_days(t.settlement_date, *on);
            data.prices.insert((7, on), Price { value: Decimal::new(9_973, 2), quoted: Quoted::Unit, currency: t.currency });
            let late = t.on_matching(
                Matched { day: on, after_cut_off: false },
                Entered::Each { deliverer: 1, receiver: 2 },
                &calendar,
            );
            for penalty in t.at_cut_off(on, *state).into_iter().chain(late) {
                let amount = data.priced(&penalty).amount;
                prop_assert!(amount >= 0);
                gross += i128::from(amount);
                nets.add(&penalty, amount);
            }
        }
        let months: std::collections::BTreeSet<_> = nets.monthly().keys().map(|(m, ..)| *m).collect();
        for month in months {
            // Parties of even number are at one depository, the others at another.
            let global = nets.global(month, |party| party % 2);
            for code in ["EUR", "USD"] {
                let of = |((_, c, _), net): (&(u32, Currency, u32), &i128)| (*c == currency(code)).then_some(*net);
                prop_assert_eq!(global.iter().filter_map(of).sum::<i128>(), 0);
            }
            for a in 0..5 {
                let all: i128 = (0..5).filter(|b| *b != a).map(|b| nets.between(month, currency("EUR"), a, b)).sum();
                let own = global.get(&(a % 2, currency("EUR"), a)).copied().unwrap_or(0);
                prop_assert_eq!(all, own, "what all pay it is what it receives");
            }
        }
        let net: i128 = nets.daily().values().map(|n| n.abs()).sum();
        prop_assert!(net <= gross, "netting makes nothing larger");
    }
}
