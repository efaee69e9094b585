//! What servicers tell beside statuses: statements and allegements, laid beside our instructions.

use finality_kernel::exceptions::reason::ReasonCode;
use finality_kernel::fact::Fact;
use finality_kernel::reconciliation::transactions::{
    Field, TransactionDifference, alleged_against, compare_alleged, compare_pending,
};
use finality_parsers::model::{
    AllegedTrade, Allegement, AllegementFunction, AllegementStatement, Covers, Event, Linkage,
    ListedTransaction, Moment, PendingOrder, PendingStatement, PendingTransaction, SettlementInstruction,
    StatedAccount, StatementHeader, Status, StatusKind, TransactionFacts,
};

use crate::desk::gateway::Gateway;
use crate::desk::market::{reference, units};
use crate::desk::words::Play;

const STEPS: [&str; 2] = ["manager allocates B1", "broker confirms C1 of B1"];

fn instructed() -> (Play, SettlementInstruction) {
    let mut play = Play::new(Gateway::open());
    for step in STEPS {
        play.step(step);
    }
    let sent = play.gateway.sent.iter().find_map(|s| match &s.event {
        Event::Instruction(i) => Some((**i).clone()),
        _ => None,
    });
    (play, sent.expect("an instruction went out"))
}

/// As the counterparty would instruct what we did.
fn alleged(ours: &SettlementInstruction) -> AllegedTrade {
    AllegedTrade {
        supplementary: Vec::new(),
        status: None,
        linkages: Vec::new(),
        movement: ours.movement,
        payment: ours.payment,
        instrument: ours.instrument.clone(),
        attributes: Vec::new(),
        quantity: ours.quantity,
        amount: ours.amount,
        conversion: None,
        value_date: None,
        other_amounts: Vec::new(),
        price: ours.price,
        trade_date: ours.trade_date.map(Moment::Day),
        settlement_date: Moment::Day(ours.settlement_date),
        account: ours.account.clone().map(StatedAccount::from),
        cash_account: None,
        account_owner: None,
        transaction_type: ours.transaction_type.clone(),
        conditions: Vec::new(),
        partial: None,
        delivering: ours.delivering.clone(),
        receiving: ours.receiving.clone(),
        party_details: Vec::new(),
        cash_parties: Vec::new(),
        lots: Vec::new(),
        second_leg: Vec::new(),
        trade_details: Vec::new(),
        account_details: Vec::new(),
        settlement_details: Vec::new(),
    }
}

fn allegement(id: &str, trade: AllegedTrade) -> Event {
    let function = AllegementFunction::New;
    Event::Allegement(Box::new(Allegement {
        supplementary: Vec::new(),
        id: reference(id),
        function,
        prepared: None,
        trade,
        additional: Vec::new(),
    }))
}

fn header(id: &str, ours: &SettlementInstruction) -> StatementHeader {
    let account = StatedAccount::from(ours.account.clone().expect("it names its account"));
    StatementHeader::new(reference(id), account, Covers::At(Moment::Day(ours.settlement_date)))
}

fn pending(ours: &SettlementInstruction, of: &str, quantity: i64) -> PendingTransaction {
    let facts = TransactionFacts {
        instrument: Some(ours.instrument.clone()),
        movement: Some(ours.movement),
        payment: Some(ours.payment),
        posting: Some("SETT".into()),
        transaction_type: Some("TRAD".into()),
        quantity: Some(units(quantity)),
        amount: ours.amount,
        settlement_date: Some(Moment::Day(ours.settlement_date)),
        ..TransactionFacts::default()
    };
    let linkages = vec![Linkage {
        message: None,
        position: String::new(),
        kind: "RELA".into(),
        reference: reference(of),
        details: Vec::new(),
    }];
    PendingTransaction {
        statuses: vec![Status { kind: StatusKind::Pending, reasons: Vec::new() }],
        transaction: ListedTransaction { supplementary: Vec::new(), linkages, facts: Some(facts) },
    }
}

fn statement(id: &str, ours: &SettlementInstruction, list: Vec<PendingTransaction>) -> PendingStatement {
    PendingStatement {
        header: header(id, ours),
        order: PendingOrder::ByTransaction,
        transactions: list,
        penalties: Vec::new(),
        additional: Vec::new(),
    }
}

fn noted(play: &Play) -> Vec<String> {
    let facts = play.gateway.records().into_iter().flat_map(|r| r.facts);
    let noted = facts.filter_map(|f| if let Fact::Noted { what, .. } = f { Some(what) } else { None });
    noted.collect()
}

#[test]
fn an_allegement_is_laid_beside_the_instruction_that_it_is_about() {
    let (mut play, ours) = instructed();
    play.message("custodian", &allegement("A1", alleged(&ours)));
    assert_eq!(play.gateway.open_reasons(), []);
    assert!(noted(&play).iter().any(|n| n == "allegement A1 beside our instruction: agrees"));
    let other = AllegedTrade { quantity: units(7), ..alleged(&ours) };
    play.message("custodian", &allegement("A2", other));
    assert_eq!(play.gateway.open_reasons(), [ReasonCode::UnmatchedAtCsd]);
}

#[test]
fn what_fits_no_instruction_is_an_exception_and_a_repetition_is_none() {
    let (mut play, ours) = instructed();
    let mut foreign = alleged(&ours);
    foreign.instrument.isin = "US0378331005".parse().ok();
    let event = allegement("A1", foreign.clone());
    play.message("custodian", &event);
    play.message("custodian", &event);
    assert_eq!(play.gateway.open_reasons(), [ReasonCode::AllegementUnknown]);
    let statement = AllegementStatement {
        header: header("S1", &ours),
        allegements: vec![
            AllegedTrade { account: None, ..alleged(&ours) },
            AllegedTrade { account: None, ..foreign },
        ],
        additional: Vec::new(),
    };
    play.message("custodian", &Event::AllegementStatement(Box::new(statement)));
    // What the statement lists is the same, so it is one question.
    assert_eq!(play.gateway.open_reasons(), [ReasonCode::AllegementUnknown]);
}

#[test]
fn a_pending_statement_is_laid_beside_what_is_out() {
    let (mut play, ours) = instructed();
    let mine = ours.id.as_str().to_owned();
    let quantity = i64::try_from(ours.quantity.value().trunc().mantissa()).expect("a small number");
    let agrees = statement("P1", &ours, vec![pending(&ours, &mine, quantity)]);
    assert_eq!(compare_pending([&ours], &agrees), []);
    play.message("custodian", &Event::PendingStatement(Box::new(agrees)));
    assert_eq!(play.gateway.open_reasons(), []);
    let empty_of_ours = statement("P2", &ours, vec![pending(&ours, "NOTOURS", 5)]);
    assert_eq!(
        compare_pending([&ours], &empty_of_ours),
        [
            TransactionDifference::MissingAtOurs { entry: 0, references: vec![reference("NOTOURS")] },
            TransactionDifference::MissingAtTheirs { ours: ours.id.clone() },
        ]
    );
    play.message("custodian", &Event::PendingStatement(Box::new(empty_of_ours)));
    let both = [ReasonCode::MissingAtCustodian, ReasonCode::UnknownToUs];
    assert_eq!(play.gateway.open_reasons(), both);
    let differs = statement("P3", &ours, vec![pending(&ours, &mine, 3)]);
    play.message("custodian", &Event::PendingStatement(Box::new(differs)));
    assert_eq!(play.gateway.open_reasons(), [ReasonCode::StatementDiffers]);
}

#[test]
fn the_instruction_that_differs_least_is_the_one_alleged() {
    let (_, ours) = instructed();
    let mut late = ours.clone();
    late.id = reference("LATE");
    late.trade_date = None;
    late.amount = None;
    let mut theirs = alleged(&ours);
    theirs.amount = ours.amount.map(|a| finality_parsers::model::Amount::new(a.currency(), 1.into()));
    let fields: Vec<Field> = compare_alleged(&ours, &theirs).iter().map(|d| d.field).collect();
    assert_eq!(fields, [Field::Amount]);
    assert_eq!(alleged_against([&ours, &late], &theirs).map(|i| &i.id), Some(&late.id));
    let link = |kind: &str, to: &str| Linkage {
        message: None,
        position: String::new(),
        kind: kind.into(),
        reference: reference(to),
        details: Vec::new(),
    };
    theirs.linkages = vec![link("RELA", ours.id.as_str())];
    assert_eq!(alleged_against([&late, &ours], &theirs).map(|i| &i.id), Some(&ours.id));
}
