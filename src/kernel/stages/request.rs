//! What counterparties ask for: a confirmation or how far it is, and the standing instructions that are held.

use chrono::{DateTime, NaiveTime, Utc};
use finality_parsers::model::{
    Amount, BusinessDate, Charge, ConfirmationKind, ConfirmationRequest, ConfirmationStatus, Currency,
    DeliveredInstruction, DeliveryMode, Event, Fault, Function, Party, PartyRole, Price, PriceKind,
    Reference, Refusal, Rejection, RoleParty, SettlementInstructionDelivery, SettlementInstructionRequest,
    Side, StandingInstruction, TradeConfirmation,
};
use rust_decimal::Decimal;

use super::delivery::party_of;
use crate::fact::Fact;
use crate::gateway::Kernel;
use crate::lifecycle::state::State;
use crate::lifecycle::trade::{Terms, Trade};
use crate::matching::key::ShareKey;

/// The protocol's code for a reference that nobody knows.
const UNKNOWN_REFERENCE: &str = "1";
/// Its codes for a request for settlement instructions that cannot be met.
const CANNOT_PROCESS: &str = "0";
const UNKNOWN_ACCOUNT: &str = "1";
const NO_MATCH: &str = "2";

impl Kernel {
    /// A confirmation is asked for: it is sent again as it stands, or how far the trade is.
    pub(super) fn confirmation_request(&mut self, link: &str, request: &ConfirmationRequest) -> bool {
        let what = format!("confirmation asked for by {link} under {}", request.id);
        let trades = self.asked_for(request);
        self.decide(Fact::Noted { trade: trades.first().copied(), what });
        if trades.is_empty() {
            let rejection = Rejection {
                fault: Fault::Business,
                sequence: None,
                message_type: "BH".to_owned(),
                reason: UNKNOWN_REFERENCE.to_owned(),
                field: None,
                reference: Some(request.id.clone()),
                text: "no trade is known under these references".to_owned(),
            };
            self.answer(link, Event::Rejection(Box::new(rejection)));
            return true;
        }
        for (number, trade) in trades.into_iter().enumerate() {
            let Some(trade) = self.book.trades.get(&trade) else { continue };
            if let Some(answer) = self.confirmation_of(trade, request, number) {
                self.answer(link, Event::Confirmation(Box::new(answer)));
            }
        }
        true
    }

    /// The trades that a request means.
    fn asked_for(&self, request: &ConfirmationRequest) -> Vec<u64> {
        let keys = ShareKey::all(
            request.allocation.as_ref(),
            request.individual_allocation.as_ref(),
            request.account.as_ref(),
        );
        if let Some(trade) = keys.iter().find_map(|key| self.book.by_share.get(key)) {
            return vec![*trade];
        }
        let narrow = request.individual_allocation.is_some() || request.account.is_some();
        let block = request.allocation.as_ref().filter(|_| !narrow);
        block.and_then(|b| self.book.by_block.get(b)).into_iter().flatten().copied().collect()
    }

    fn confirmation_of(
        &self,
        trade: &Trade,
        request: &ConfirmationRequest,
        number: usize,
    ) -> Option<TradeConfirmation> {
        let confirmed = trade.confirmed.as_deref();
        let asked = format!("asked for under {}; the trade is {}", request.id, trade.state.label());
        if let Some(ours) = confirmed.filter(|_| request.kind == ConfirmationKind::Confirmation)
            && self.confirms()
        {
            // It is ours: the same once more.
            let manager = self.book.profile.manager_by_link(&ours.link)?;
            let Event::Confirmation(said) = self.confirmation_message(ours, Function::New, manager) else {
                return None;
            };
            return Some(TradeConfirmation { text: Some(asked), ..*said });
        }
        let mut terms = confirmed.map(|c| &c.terms).or_else(|| trade.terms())?.clone();
        // As the investor sees it.
        terms.side = self.book.profile.seat.turned(terms.side);
        let terms = &terms;
        let whole = confirmed.is_some() && request.kind == ConfirmationKind::Confirmation;
        let currency = terms.net.map(|a| a.currency()).or(terms.currency);
        let price = terms.price.unwrap_or(Price { kind: PriceKind::Actual, value: Decimal::ZERO, currency });
        let status = match trade.state {
            _ if whole => ConfirmationStatus::Confirmed,
            State::AwaitingSsi => ConfirmationStatus::MissingSettlementInstructions,
            _ => ConfirmationStatus::Received,
        };
        let id = match confirmed.filter(|_| whole) {
            Some(confirmed) => confirmed.id.clone(),
            None => format!("{}-{}", request.id, number + 1).parse().unwrap_or_else(|_| request.id.clone()),
        };
        let gross = terms.gross.or_else(|| gross(terms, &price, currency?));
        Some(TradeConfirmation {
            supplementary: Vec::new(),
            market_side: false,
            counterparty_chain: None,
            fills: Vec::new(),
            id,
            function: Function::New,
            kind: if whole { ConfirmationKind::Confirmation } else { ConfirmationKind::Status },
            status,
            allocation: trade.key().block,
            individual_allocation: trade.key().share,
            common_reference: None,
            side: terms.side,
            instrument: terms.instrument.clone(),
            quantity: terms.quantity,
            price,
            gross: gross.or(terms.net).filter(|_| whole),
            net: terms.net.or(gross).filter(|_| whole),
            accrued: terms.accrued,
            commission: costs(terms, gross).filter(|_| whole),
            fees: Vec::new(),
            trade_date: terms.trade_date,
            settlement_date: terms.settlement_date,
            transacted: Some(self.now.utc()),
            account: terms.account.clone(),
            payment: terms.payment,
            parties: if self.confirms() { Some(self.book.profile.bic) } else { terms.broker }
                .map(executing)
                .into_iter()
                .collect(),
            chain: confirmed.and_then(|c| c.chain.clone()).filter(|_| whole),
            market: None,
            capacities: Vec::new(),
            text: Some(asked),
        })
    }

    /// Standing instructions are asked for: those that are held are sent, or why there are none.
    pub(super) fn instruction_request(
        &mut self,
        link: &str,
        request: &SettlementInstructionRequest,
        refused: Option<Refusal>,
    ) -> bool {
        let what = format!("settlement instructions asked for by {link} under {}", request.id);
        self.decide(Fact::Noted { trade: None, what });
        let answer = match refused {
            Some(Refusal::Whole { reason, text }) => Err((reason, text)),
            Some(other) => Err((CANNOT_PROCESS.to_owned(), other.text().to_owned())),
            None => self.held_for(request),
        };
        let (mode, reason, text, instructions) = match answer {
            Ok(held) => (DeliveryMode::Standing, None, None, held),
            Err((reason, text)) => (DeliveryMode::Refused, Some(reason), Some(text), Vec::new()),
        };
        let delivery = SettlementInstructionDelivery {
            id: derived("T", &request.id),
            request: Some(request.id.clone()),
            mode,
            order: None,
            reason,
            text,
            transacted: Some(self.now.utc()),
            instructions,
        };
        self.answer(link, Event::InstructionDelivery(Box::new(delivery)));
        true
    }

    /// What is held for a request, or the reason why nothing is sent.
    fn held_for(
        &self,
        request: &SettlementInstructionRequest,
    ) -> Result<Vec<DeliveredInstruction>, (String, String)> {
        if let Some(account) = &request.account
            && self.book.profile.account(account).is_none()
        {
            return Err((UNKNOWN_ACCOUNT.to_owned(), format!("account {account} is not known")));
        }
        let none = |text: String| Err((NO_MATCH.to_owned(), text));
        let Some(party) = party_of(&request.parties) else {
            return none("say by its BIC whose instructions are asked for".to_owned());
        };
        let day = request.from.unwrap_or_else(|| self.now.utc()).date_naive();
        let day = BusinessDate::new(day);
        let fits = |s: &StandingInstruction| {
            request.currency.is_none() || s.currency.is_none() || s.currency == request.currency
        };
        let standing = self.book.library.of_party(party, day).filter_map(|hit| {
            let chain = hit.chain?.clone();
            Some(StandingInstruction { chain, ..hit.record.standing()? })
        });
        let held: Vec<DeliveredInstruction> =
            standing.filter(fits).enumerate().map(|(n, s)| delivered(n, &s)).collect();
        if held.is_empty() {
            return none(format!("no standing instruction of {party} is held for what is asked"));
        }
        Ok(held)
    }
}

/// Quantity times price.
fn gross(terms: &Terms, price: &Price, currency: Currency) -> Option<Amount> {
    let product = terms.quantity.value().checked_mul(price.value)?;
    match price.kind {
        PriceKind::Actual => Some(Amount::new(currency, product)),
        PriceKind::Percentage => Some(Amount::new(currency, product.checked_div(Decimal::ONE_HUNDRED)?)),
        _ => None,
    }
}

/// All costs in one: what the confirmation said of commission and fees one by one is not kept.
fn costs(terms: &Terms, gross: Option<Amount>) -> Option<Charge> {
    let (gross, net) = (gross?, terms.net?);
    let with_interest = gross.value().checked_add(terms.accrued.map_or(Decimal::ZERO, |a| a.value()))?;
    let difference = match terms.side {
        Side::Buy => net.value().checked_sub(with_interest)?,
        Side::Sell => with_interest.checked_sub(net.value())?,
    };
    let amount = Amount::new(net.currency(), difference.normalize());
    (difference > Decimal::ZERO).then(|| Charge { amount, basis: "absolute".to_owned() })
}

fn executing(bic: finality_parsers::model::Bic) -> RoleParty {
    RoleParty { role: PartyRole::ExecutingFirm, party: Party::bic(bic) }
}

fn delivered(number: usize, standing: &StandingInstruction) -> DeliveredInstruction {
    let at = |day: BusinessDate| -> DateTime<Utc> { day.naive().and_time(NaiveTime::MIN).and_utc() };
    DeliveredInstruction {
        id: format!("S{}-{}", number + 1, standing.party).parse().expect("letters, digits and a hyphen"),
        function: Function::New,
        parties: vec![executing(standing.party)],
        side: None,
        currency: standing.currency,
        from: standing.from.map(at),
        until: standing.until.map(at),
        payment: None,
        database: None,
        chain: Some(standing.chain.clone()),
    }
}

/// A reference that follows from another one: the same request gets the same answer.
fn derived(start: &str, from: &Reference) -> Reference {
    format!("{start}-{from}").parse().unwrap_or_else(|_| from.clone())
}
