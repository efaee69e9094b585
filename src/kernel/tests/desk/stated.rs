//! What a custodian states and a counterparty alleges, in the words of scenarios:
//!
//! ```text
//! custodian lists pending | posted [quantity N] [of TRADE] [matched] [unknown X] [nothing]    in a complete statement
//! custodian holds N on D
//! custodian alleges A1 [quantity N] [settles D] [of TRADE] [account ACCOUNT] [for BIC] | takes A1 back | recalls A1 | lists alleged [nothing]
//! ```

use finality_kernel::lifecycle::trade::Trade;
use finality_parsers::model::{
    AccountHoldings, AccountTransactions, AllegedTrade, Allegement, AllegementFunction, AllegementStatement,
    Balance, Covers, Event, Holding, HoldingsStatement, InstrumentTransactions, Linkage, ListedTransaction,
    Moment, Movement, Party, Payment, PendingOrder, PendingStatement, PendingTransaction, Period,
    QuantityKind, SettlementChain, SettlementInstruction, Side, StatedAccount, StatementHeader, Status,
    StatusKind, SubAccount, TransactionFacts, TransactionsStatement, Withdrawal, Withdrawn,
};

use crate::desk::market::{self, reference, units};
use crate::desk::words::{Play, after};

const ACCOUNT: &str = "SAFE100001";
const DAY: &str = "2026-11-24";

impl Play {
    /// What is stated or alleged; `false` when the words are others.
    pub(crate) fn stated(&mut self, link: &str, words: &[&str]) -> bool {
        let event = match words {
            ["lists", "pending", rest @ ..] => Event::PendingStatement(Box::new(PendingStatement {
                header: self.header_of(Covers::At(day(DAY)), !rest.contains(&"nothing")),
                order: PendingOrder::ByTransaction,
                transactions: self.listed(rest, |transaction| PendingTransaction {
                    statuses: vec![Status {
                        kind: if rest.contains(&"matched") {
                            StatusKind::Matched
                        } else {
                            StatusKind::Pending
                        },
                        reasons: Vec::new(),
                    }],
                    transaction,
                }),
                penalties: Vec::new(),
                additional: Vec::new(),
            })),
            ["lists", "posted", rest @ ..] => self.posted(rest),
            ["holds", quantity, "on", at] => self.holdings(quantity.parse().expect("a number"), at),
            ["alleges", id, rest @ ..] => allegement(id, AllegementFunction::New, self.alleged(rest)),
            ["takes", id, "back"] => {
                let mut theirs = self.alleged(&[]);
                theirs.linkages.push(Linkage::new("PREV", reference(id)));
                allegement(&format!("{id}X"), AllegementFunction::Cancel, theirs)
            }
            ["recalls", id] => Event::Withdrawal(Box::new(Withdrawal {
                id: reference(&format!("{id}Y")),
                prepared: None,
                withdraws: reference(id),
                kind: Withdrawn::Allegement,
                movement: Some(Movement::Receive),
                payment: Some(Payment::Against),
                account_owner: None,
                account: None,
                supplementary: Vec::new(),
            })),
            ["lists", "alleged", rest @ ..] => {
                let nothing = rest.contains(&"nothing");
                Event::AllegementStatement(Box::new(AllegementStatement {
                    header: self.header_of(Covers::At(day(DAY)), !nothing),
                    allegements: if nothing { Vec::new() } else { vec![self.alleged(rest)] },
                    additional: Vec::new(),
                }))
            }
            _ => return false,
        };
        self.message(link, &event);
        true
    }

    fn header(&self, covers: Covers) -> StatementHeader {
        let id = reference(&format!("STATE{:06}", self.gateway.journal.len()));
        StatementHeader::new(
            id,
            StatedAccount::from(ACCOUNT.parse::<finality_parsers::model::Account>().expect("an account")),
            covers,
        )
    }

    fn header_of(&self, covers: Covers, activity: bool) -> StatementHeader {
        StatementHeader { activity, ..self.header(covers) }
    }

    fn trade(&self, words: &[&str]) -> Trade {
        let number = after(words, "of").map_or(1, |n| n.parse().expect("a number"));
        self.gateway.kernel.book().trade(number).expect("a trade").clone()
    }

    fn instruction_of(&self, words: &[&str]) -> SettlementInstruction {
        self.trade(words).instructed.expect("it is instructed").instruction
    }

    /// One transaction, or none: the instruction of a trade, or one that nobody knows.
    fn listed<T>(&self, words: &[&str], entry: impl Fn(ListedTransaction) -> T) -> Vec<T> {
        if words.contains(&"nothing") {
            return Vec::new();
        }
        let ours = self.instruction_of(words);
        let known = after(words, "unknown").map_or(ours.id.clone(), reference);
        let quantity =
            after(words, "quantity").map_or(ours.quantity, |n| units(n.parse().expect("a number")));
        let facts = TransactionFacts {
            instrument: Some(ours.instrument.clone()),
            movement: Some(ours.movement),
            payment: Some(ours.payment),
            posting: Some("SETT".into()),
            transaction_type: Some("TRAD".into()),
            quantity: Some(quantity),
            amount: ours.amount,
            settlement_date: Some(Moment::Day(ours.settlement_date)),
            effective_date: Some(Moment::Day(ours.settlement_date)),
            ..TransactionFacts::default()
        };
        let linkages = vec![Linkage::new("RELA", known)];
        vec![entry(ListedTransaction { supplementary: Vec::new(), linkages, facts: Some(facts) })]
    }

    fn posted(&self, words: &[&str]) -> Event {
        let postings = self.listed(words, |posting| posting);
        let instrument = self.instruction_of(&[]).instrument;
        let balance = || Some(Balance::new(QuantityKind::Unit, 0.into()));
        let instruments = if postings.is_empty() {
            Vec::new()
        } else {
            vec![InstrumentTransactions {
                instrument,
                price: None,
                opening: balance(),
                opening_interim: None,
                closing: balance(),
                closing_interim: None,
                postings,
                details: Vec::new(),
            }]
        };
        let covers = Covers::Period(Period { from: day(DAY), to: day(DAY) });
        let mut header = self.header(covers);
        header.activity = !instruments.is_empty();
        header.basis = Some("SETT".into());
        header.update = Some("COMP".into());
        header.frequency = Some("DAIL".into());
        header.consolidated = Some(false);
        let account = SubAccount::default();
        let accounts = if instruments.is_empty() {
            Vec::new()
        } else {
            vec![AccountTransactions { account, instruments }]
        };
        Event::TransactionsStatement(Box::new(TransactionsStatement {
            header,
            accounts,
            additional: Vec::new(),
        }))
    }

    fn holdings(&self, quantity: i64, at: &str) -> Event {
        let instrument = finality_parsers::model::Instrument::of(
            self.trade(&[]).terms().and_then(|t| t.instrument.isin).expect("an ISIN"),
        );
        let holding = Holding {
            supplementary: Vec::new(),
            instrument,
            attributes: Vec::new(),
            aggregate: Balance::new(QuantityKind::Unit, quantity.into()),
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
        let holdings = if quantity == 0 { Vec::new() } else { vec![holding] };
        let mut header = self.header(Covers::At(day(at)));
        header.activity = !holdings.is_empty();
        header.basis = Some("SETT".into());
        header.update = Some("COMP".into());
        header.frequency = Some("DAIL".into());
        header.consolidated = Some(false);
        let account = SubAccount::default();
        let accounts =
            if holdings.is_empty() { Vec::new() } else { vec![AccountHoldings { account, holdings }] };
        Event::HoldingsStatement(Box::new(HoldingsStatement {
            header,
            kind: Some("CUST".into()),
            accounts,
            additional: Vec::new(),
        }))
    }

    /// As the counterparty would instruct a trade of ours.
    fn alleged(&self, words: &[&str]) -> AllegedTrade {
        let terms = self.trade(words).terms().expect("terms").clone();
        let quantity =
            after(words, "quantity").map_or(terms.quantity, |n| units(n.parse().expect("a number")));
        let said = after(words, "settles").map(|d| d.parse().expect("a day"));
        let settles = said.or(terms.settlement_date).unwrap_or_else(|| "2026-11-26".parse().expect("a day"));
        let buys = terms.side == Side::Buy;
        AllegedTrade {
            supplementary: Vec::new(),
            status: None,
            linkages: Vec::new(),
            movement: if buys { Movement::Receive } else { Movement::Deliver },
            payment: Payment::Against,
            instrument: finality_parsers::model::Instrument::of(terms.instrument.isin.expect("an ISIN")),
            attributes: Vec::new(),
            quantity,
            amount: terms.net.map(|net| {
                market::amount((net.value() * quantity.value() / terms.quantity.value()).round_dp(2))
            }),
            conversion: None,
            value_date: None,
            other_amounts: Vec::new(),
            price: None,
            trade_date: Some(Moment::Day(terms.trade_date)),
            settlement_date: Moment::Day(settles),
            account: Some(StatedAccount::from(
                after(words, "account")
                    .unwrap_or(ACCOUNT)
                    .parse::<finality_parsers::model::Account>()
                    .expect("an account"),
            )),
            cash_account: None,
            account_owner: None,
            transaction_type: "TRAD".into(),
            conditions: Vec::new(),
            partial: None,
            delivering: chain(),
            receiving: SettlementChain {
                client: after(words, "for").map(|bic| Party::bic(bic.parse().expect("a BIC"))),
                ..chain()
            },
            party_details: Vec::new(),
            cash_parties: Vec::new(),
            lots: Vec::new(),
            second_leg: Vec::new(),
            trade_details: Vec::new(),
            account_details: Vec::new(),
            settlement_details: Vec::new(),
        }
    }
}

fn chain() -> SettlementChain {
    market::standing(market::broker_bic("broker")).chain
}

fn day(text: &str) -> Moment {
    Moment::Day(text.parse().expect("a day"))
}

fn allegement(id: &str, function: AllegementFunction, trade: AllegedTrade) -> Event {
    let (id, additional) = (reference(id), Vec::new());
    Event::Allegement(Box::new(Allegement {
        supplementary: Vec::new(),
        id,
        function,
        prepared: None,
        trade,
        additional,
    }))
}
