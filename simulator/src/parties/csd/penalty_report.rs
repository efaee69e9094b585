//! The penalties of a day, told at its end: to each participant its own (semt.044), by counterparty, with the net. What one
//! owes another gets, so that the nets of all participants add up to nothing.

use std::collections::BTreeMap;

use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Account, BusinessDate, CounterpartyPenalties, Covers, CurrencyPenalties, Detail, DetailValue, Event,
    Moment, Party, Penalty, PenaltyDay, PenaltyKind, PenaltyList, PenaltyMethod, PenaltyReport,
    PenaltySource, RelatedTransaction, StatedAccount, StatementHeader,
};

use super::Csd;
use crate::parties::PartyEffect;
use crate::parties::penalties::Found;
use crate::settlement::engine::PairId;
use crate::settlement::penalty::assess::Sort;
use crate::settlement::penalty::rule::Formula;

/// In which capacity participants act: as such.
const PARTICIPANT: &str = "CSDP";
/// Not every report is of one account; what must be said then is that.
const NO_ACCOUNT: &str = "NOTPROVIDED";

impl Csd {
    /// To everybody who owes or gets penalties.
    pub(super) fn report_penalties(
        &mut self,
        now: Timestamp,
        day: BusinessDate,
        effects: &mut Vec<PartyEffect>,
    ) {
        let found = self.penalties.take_found();
        let mut of: BTreeMap<usize, BTreeMap<usize, Vec<&Found>>> = BTreeMap::new();
        for one in &found {
            let (payer, payee) = (one.penalty.payer as usize, one.penalty.payee as usize);
            of.entry(payer).or_default().entry(payee).or_default().push(one);
            if payer != payee {
                of.entry(payee).or_default().entry(payer).or_default().push(one);
            }
        }
        for (participant, counterparties) in of {
            let event = self.penalty_report(now, day, participant, &counterparties);
            self.say(now, participant, &event, effects);
        }
    }

    fn penalty_report(
        &self,
        now: Timestamp,
        day: BusinessDate,
        participant: usize,
        by: &BTreeMap<usize, Vec<&Found>>,
    ) -> Event {
        let signed = |one: &Found, cents: i64| {
            if one.penalty.payer as usize == participant { -cents } else { cents }
        };
        let all = || by.values().flatten().map(|one| signed(one, one.amount));
        let (debit, credit): (i64, i64) = (all().filter(|a| *a < 0).sum(), all().filter(|a| *a > 0).sum());
        let counterparty = |(other, list): (&usize, &Vec<&Found>)| CounterpartyPenalties {
            parties: vec![Detail::new("REPA", DetailValue::Party(Party::bic(self.bic(*other))))],
            capacity: PARTICIPANT.to_owned(),
            net: self.market.amount(list.iter().map(|one| signed(one, one.amount)).sum()),
            penalties: list.iter().map(|one| self.penalty(participant, one)).collect(),
            details: Vec::new(),
        };
        let currency = CurrencyPenalties {
            currency: Some(self.market.currency),
            computed: Some(Moment::Day(day)),
            party: Party::bic(self.bic(participant)),
            parties: Vec::new(),
            capacity: PARTICIPANT.to_owned(),
            debit: Some(self.market.amount(-debit)),
            credit: Some(self.market.amount(credit)),
            net: Some(self.market.amount(debit + credit)),
            counterparties: by.iter().map(counterparty).collect(),
            details: Vec::new(),
        };
        let list = PenaltyList {
            period: None,
            kind: "CURR".to_owned(),
            depository: Some(Party::bic(self.market.csd)),
            currencies: vec![currency],
            details: Vec::new(),
        };
        let account = NO_ACCOUNT.parse::<Account>().expect("it is an account's name");
        let id = format!("PEN{}{participant:03}", day.naive().format("%y%m%d"));
        let header = StatementHeader {
            prepared: Some(now.utc()),
            frequency: Some("DAIL".to_owned()),
            update: Some("COMP".to_owned()),
            ..StatementHeader::new(
                id.parse().expect("twelve characters"),
                StatedAccount::from(account),
                Covers::At(Moment::Day(day)),
            )
        };
        let source = PenaltySource::Statement(Box::new(header));
        Event::Penalties(Box::new(PenaltyReport {
            supplementary: Vec::new(),
            source,
            lists: vec![list],
            additional: Vec::new(),
        }))
    }

    /// One penalty, as a side of it sees it.
    fn penalty(&self, participant: usize, one: &Found) -> Penalty {
        let owes = one.penalty.payer as usize == participant;
        let pair = PairId::try_from(one.penalty.pair).ok().and_then(|id| self.engine.pair(id));
        let own = pair.and_then(|pair| {
            [&pair.deliverer, &pair.receiver].into_iter().find(|leg| leg.participant == participant)
        });
        let (method, of_cash) = match one.penalty.formula {
            Formula::Securities => (PenaltyMethod::Securities, false),
            Formula::Cash | Formula::Payment => (PenaltyMethod::Cash, true),
            Formula::Both => (PenaltyMethod::Both, false),
        };
        let day = |(day, cents): &(BusinessDate, i64)| {
            let amount = Some(self.market.amount(*cents));
            PenaltyDay {
                day: Moment::Day(*day),
                instrument: pair.map(|pair| finality_parsers::model::Instrument::of(pair.deliverer.key.isin)),
                attributes: Vec::new(),
                securities: amount.filter(|_| !of_cash),
                cash: amount.filter(|_| of_cash),
                details: Vec::new(),
            }
        };
        Penalty {
            common_reference: format!("PNLT{:010}", one.number).parse().expect("fourteen characters"),
            references: Vec::new(),
            kind: match one.penalty.sort {
                Sort::SettlementFail => PenaltyKind::SettlementFail,
                Sort::LateMatching => PenaltyKind::LateMatching,
            },
            method,
            status: Some("ACTV".to_owned()),
            reasons: Vec::new(),
            amount: self.market.amount(if owes { -one.amount } else { one.amount }),
            days: i32::try_from(one.days.len()).unwrap_or(i32::MAX),
            calculation: one.days.iter().map(day).collect(),
            transaction: own.map(|leg| RelatedTransaction {
                instruction: leg.reference.parse().ok(),
                market_reference: format!("T{:09}", one.penalty.pair).parse().ok(),
                ..RelatedTransaction::default()
            }),
            details: Vec::new(),
        }
    }
}
