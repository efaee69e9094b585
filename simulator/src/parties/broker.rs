//! A broker: confirms each trade (by FIX or by MT515), corrects what it got wrong when asked, and instructs the depository
//! as a participant of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use finality_parsers::machine::{LinkInput, Timestamp};
use finality_parsers::model::{
    AffirmationStatus, Change, ChangeRequest, Charge, ConfirmationKind, ConfirmationStatus, Event, Function,
    InstructionFunction, Movement, PartialSettlement, Party as ModelParty, PartyRole, Payment,
    ProcessingChange, Reference, RoleParty, SettlementChain, SettlementInstruction, Side, StatusKind,
    TradeConfirmation,
};

use rust_decimal::prelude::ToPrimitive as _;
use rust_decimal::{Decimal, RoundingStrategy};

use super::lending::{self, Loan};
use super::wording::{Agenda, FixPort, earlier, read, write};
use super::{Call, Party, PartyEffect, PartyInput, Who};
use crate::depository::Sender;
use crate::market::{Market, Speech};
use crate::settlement::book::LineId;

/// Towards the gateway.
const GATEWAY: usize = 0;
/// Towards the depository.
const CSD: usize = 1;
/// Asks again so often before it leaves it to people.
const ATTEMPTS_MAX: u32 = 20;

#[derive(Debug, Clone, Default)]
struct Progress {
    /// The confirmation's version: 0 is none yet, 1 the first, more after corrections.
    version: u32,
    /// How often this version was sent.
    sent: u32,
    answered: bool,
    corrected: bool,
    /// Instructions sent to the depository.
    instructions: u32,
    /// What the last one said of price and quantity was wrong.
    instructed_wrong: bool,
    released: bool,
    /// The last one that was let settle in part.
    in_parts: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Confirm(usize),
    Again(usize),
    Instruct(usize),
}

/// A broker.
pub struct Broker {
    market: Rc<Market>,
    index: usize,
    /// Where the depository sees it.
    participant: usize,
    session: Option<FixPort>,
    line_up: bool,
    trades: BTreeMap<usize, Progress>,
    agenda: Agenda<Due>,
    /// MT messages that wait for the line.
    waiting: Vec<Vec<u8>>,
    /// What it has of each line for the deliveries of a trade date; drawn when it is first asked whether it has enough.
    stock: BTreeMap<usize, BTreeMap<LineId, i64>>,
    /// Lines that it has tried to borrow, by trade date.
    borrows: BTreeSet<(usize, usize)>,
}

/// A trade's terms as a broker has them: money for one piece, pieces, cents.
struct Terms {
    price: Decimal,
    quantity: i64,
    gross: i64,
    net: i64,
}

/// By how much a wrong price is off: two per cent, a cent at least.
fn slip(price: Decimal) -> Decimal {
    let two_per_cent = price / Decimal::from(50);
    two_per_cent.round_dp_with_strategy(2, RoundingStrategy::ToZero).max(Decimal::new(1, 2))
}

impl Broker {
    /// With the trades that were done with it.
    pub fn new(market: Rc<Market>, index: usize) -> Self {
        let info = &market.brokers[index];
        let mut agenda = Agenda::default();
        let mut trades = BTreeMap::new();
        for block in market.blocks.iter().filter(|b| b.broker == index) {
            for number in block.trades.clone() {
                trades.insert(number, Progress::default());
                agenda.set(market.trades[number].confirms_at, Due::Confirm(number));
            }
        }
        let session = (info.speech == Speech::Fix)
            .then(|| FixPort::new(GATEWAY, &info.link.to_uppercase(), "FINALITY"));
        Self {
            participant: market.custodians.len() + index,
            index,
            session,
            line_up: false,
            trades,
            agenda,
            waiting: Vec::new(),
            stock: BTreeMap::new(),
            borrows: BTreeSet::new(),
            market,
        }
    }

    fn is_wrong(&self, trade: usize) -> bool {
        let breaks = self.market.trades[trade].breaks;
        (breaks.wrong_price || breaks.wrong_quantity) && !self.trades.get(&trade).is_some_and(|p| p.corrected)
    }

    /// The terms as this broker has them.
    fn terms(&self, number: usize) -> Terms {
        let trade = &self.market.trades[number];
        let block = &self.market.blocks[trade.block];
        if !self.is_wrong(number) {
            let (price, quantity) = (block.price, trade.quantity);
            let (gross, net) = (trade.gross_cents, trade.net_cents(block.side));
            return Terms { price, quantity, gross, net };
        }
        let price = if trade.breaks.wrong_price { block.price + slip(block.price) } else { block.price };
        let quantity = if trade.breaks.wrong_quantity { trade.quantity + 10 } else { trade.quantity };
        let gross = (price * Decimal::from(quantity) * Decimal::ONE_HUNDRED).round().to_i64();
        let gross = gross.unwrap_or(trade.gross_cents);
        let net = match block.side {
            Side::Buy => gross + trade.commission_cents,
            Side::Sell => gross - trade.commission_cents,
        };
        Terms { price, quantity, gross, net }
    }

    fn reference(number: usize, version: u32) -> Reference {
        format!("CNF{:07}V{version}", number + 1).parse().expect("a reference")
    }

    fn confirm(&mut self, now: Timestamp, number: usize, effects: &mut Vec<PartyEffect>) {
        let Some(progress) = self.trades.get_mut(&number) else { return };
        progress.version = progress.version.max(1);
        let (version, sent) = (progress.version, progress.sent);
        let confirmation = self.confirmation(number, version);
        if let Some(session) = &mut self.session {
            if session.is_ready() {
                let link = self.market.brokers[self.index].link.to_uppercase();
                let message = write(
                    &Event::Confirmation(Box::new(confirmation)),
                    Speech::Fix,
                    &link,
                    "FINALITY",
                    "B",
                    now,
                );
                session.deliver(now, &message, sent > 0, effects);
                if let Some(progress) = self.trades.get_mut(&number) {
                    progress.sent += 1;
                }
            }
            if sent < ATTEMPTS_MAX {
                let resend = Duration::from_secs(self.market.scenario.pace.resend_seconds);
                self.agenda.set(now + resend, Due::Again(number));
            }
            return;
        }
        self.send_mt(now, &confirmation, effects);
        if let Some(progress) = self.trades.get_mut(&number) {
            progress.sent += 1;
            progress.answered = true;
        }
        self.plan_instruction(now, number, Duration::from_secs(2 * 3600));
    }

    fn send_mt(&mut self, now: Timestamp, confirmation: &TradeConfirmation, effects: &mut Vec<PartyEffect>) {
        let bic = self.market.brokers[self.index].bic;
        let event = Event::Confirmation(Box::new(confirmation.clone()));
        let bytes = write(
            &event,
            Speech::Mt,
            bic.as_str(),
            self.market.manager.as_str(),
            confirmation.id.as_str(),
            now,
        );
        if self.line_up {
            effects.push(PartyEffect::Send { port: GATEWAY, bytes });
        } else {
            self.waiting.push(bytes);
        }
    }

    fn confirmation(&self, number: usize, version: u32) -> TradeConfirmation {
        let market = &self.market;
        let trade = &market.trades[number];
        let block = &market.blocks[trade.block];
        let Terms { price, quantity, gross, net } = self.terms(number);
        let fix = self.session.is_some();
        let id = Self::reference(number, version);
        TradeConfirmation {
            supplementary: Vec::new(),
            market_side: false,
            counterparty_chain: None,
            fills: Vec::new(),
            function: if version > 1 && fix {
                Function::Replace(Some(Self::reference(number, version - 1)))
            } else {
                Function::New
            },
            id,
            kind: ConfirmationKind::Confirmation,
            status: ConfirmationStatus::Confirmed,
            allocation: fix.then(|| block.reference.clone()),
            individual_allocation: fix.then(|| trade.share.clone()),
            common_reference: None,
            side: block.side,
            instrument: market.instrument(block.instrument),
            quantity: market.units(quantity),
            price: market.price(price),
            gross: Some(market.amount(gross)),
            net: Some(market.amount(net)),
            accrued: None,
            commission: Some(Charge {
                amount: market.amount(trade.commission_cents),
                basis: "absolute".to_owned(),
            }),
            fees: Vec::new(),
            trade_date: market.dates[block.date].trades,
            settlement_date: Some(market.dates[block.date].settles),
            transacted: Some(trade.confirms_at.utc()),
            account: Some(market.accounts[trade.account].account.clone()),
            payment: Some(Payment::Against),
            parties: vec![
                RoleParty {
                    role: PartyRole::ExecutingFirm,
                    party: ModelParty::bic(market.brokers[self.index].bic),
                },
                RoleParty { role: PartyRole::Investor, party: ModelParty::bic(market.manager) },
            ],
            chain: None,
            market: None,
            capacities: vec![("agency".to_owned(), market.units(quantity))],
            text: None,
        }
    }

    fn plan_instruction(&mut self, now: Timestamp, number: usize, wait: Duration) {
        let market = &self.market;
        let progress = self.trades.get(&number).cloned().unwrap_or_default();
        if market.trades[number].breaks.forgotten_instruction || progress.instructions > 0 {
            return;
        }
        let [low, high] = market.scenario.pace.broker_instructs_seconds;
        let delay = market.running.get().between("broker: instructs", number as u64, low, high);
        self.agenda.set(now + wait + Duration::from_secs(delay), Due::Instruct(number));
    }

    fn instruct(&mut self, now: Timestamp, number: usize, effects: &mut Vec<PartyEffect>) {
        let wrong = self.is_wrong(number);
        let Terms { quantity, net, .. } = self.terms(number);
        let Some(progress) = self.trades.get_mut(&number) else { return };
        progress.instructions += 1;
        progress.instructed_wrong = wrong;
        let reference = instruction_reference(self.index, number, progress.instructions);
        let held = self.market.trades[number].breaks.hold && !progress.released;
        let market = &self.market;
        let trade = &market.trades[number];
        let block = &market.blocks[trade.block];
        let broker = &market.brokers[self.index];
        let custodian = market.custodians[market.accounts[trade.account].custodian].bic;
        let other_side = SettlementChain {
            depository: Some(ModelParty::bic(market.csd)),
            agent: Some(ModelParty::bic(custodian)),
            client: Some(ModelParty::bic(market.manager)),
            ..SettlementChain::default()
        };
        let settings = &market.scenario.depository;
        // The manager buys: this broker delivers, and the receiving side is the manager's.
        let (movement, delivering, receiving) = match block.side {
            Side::Buy => (Movement::Deliver, SettlementChain::default(), other_side),
            Side::Sell => (Movement::Receive, other_side, SettlementChain::default()),
        };
        let instruction = SettlementInstruction {
            id: reference.parse().expect("a reference"),
            function: if held { InstructionFunction::PreAdvice } else { InstructionFunction::New },
            prepared: None,
            linkages: Vec::new(),
            common_reference: None,
            trade_reference: None,
            movement,
            payment: Payment::Against,
            instrument: market.instrument(block.instrument),
            quantity: market.units(quantity),
            amount: Some(market.amount(net)),
            other_amounts: Vec::new(),
            price: None,
            trade_date: Some(market.dates[block.date].trades),
            settlement_date: market.dates[block.date].settles,
            place_of_trade: None,
            account: Some(broker.account.clone()),
            cash_account: None,
            account_owner: Some(ModelParty::bic(broker.bic)),
            transaction_type: "TRAD".to_owned(),
            conditions: Vec::new(),
            partial: settings.partial(&market.draws, Sender::Broker, number as u64),
            priority: settings.priority(&market.draws, number as u64),
            delivering,
            receiving,
            narrative: None,
            more: None,
        };
        let event = Event::Instruction(Box::new(instruction));
        let bytes = write(&event, Speech::Mx, broker.bic.as_str(), market.csd.as_str(), &reference, now);
        effects.push(PartyEffect::Send { port: CSD, bytes });
    }

    fn heard(&mut self, now: Timestamp, messages: Vec<Vec<u8>>) {
        for message in messages {
            let Some(Event::ConfirmationAcknowledgement(answer)) = read(&message) else { continue };
            let parts = answer.confirmation.as_str().strip_prefix("CNF").and_then(|r| r.split_once('V'));
            let Some((Ok(number), Ok(version))) = parts.map(|(n, v)| (n.parse::<usize>(), v.parse::<u32>()))
            else {
                continue;
            };
            let Some(number) = number.checked_sub(1) else { continue };
            let Some(progress) = self.trades.get_mut(&number).filter(|p| p.version == version) else {
                continue;
            };
            progress.answered = true;
            self.agenda.clear(&Due::Again(number));
            if answer.status == AffirmationStatus::Affirmed {
                self.plan_instruction(now, number, Duration::ZERO);
            }
        }
    }

    fn called(&mut self, now: Timestamp, call: &Call, effects: &mut Vec<PartyEffect>) {
        match call {
            Call::CheckTerms { trade } if self.is_wrong(*trade) => self.correct(now, *trade, effects),
            Call::SendConfirmation { trade } if self.trades.get(trade).is_some_and(|p| p.version == 0) => {
                self.agenda.clear(&Due::Confirm(*trade));
                self.confirm(now, *trade, effects);
            }
            Call::SendInstruction { trade } => {
                let again = self
                    .trades
                    .get(trade)
                    .is_some_and(|p| p.instructions == 0 || p.instructed_wrong && p.corrected);
                if again {
                    self.agenda.clear(&Due::Instruct(*trade));
                    self.instruct(now, *trade, effects);
                }
            }
            Call::Cover { trade } => self.cover(*trade, effects),
            Call::LetInParts { trade } => self.let_in_parts(now, *trade, effects),
            Call::Lent(loan) => {
                for bytes in lending::instructions(&self.market, loan, false, now) {
                    effects.push(PartyEffect::Send { port: CSD, bytes });
                }
            }
            Call::Release { trade } => {
                let Some(progress) = self.trades.get_mut(trade) else { return };
                if self.market.trades[*trade].breaks.hold && !progress.released {
                    progress.released = true;
                    if progress.instructions > 0 {
                        let reference = instruction_reference(self.index, *trade, progress.instructions);
                        let call = Call::ReleaseInstruction { participant: self.participant, reference };
                        effects.push(PartyEffect::Call { to: Who::Csd, call });
                    }
                }
            }
            _ => {}
        }
    }

    /// Borrows what it will lack of a trade's line, once for a trade date; only what it delivers is its to cover.
    fn cover(&mut self, trade: usize, effects: &mut Vec<PartyEffect>) {
        let block = &self.market.blocks[self.market.trades[trade].block];
        let (line, date) = (block.instrument, block.date);
        if block.side != Side::Buy || !self.borrows.insert((date, line)) {
            return;
        }
        let (market, broker) = (&self.market, self.index);
        let stock = self.stock.entry(date).or_insert_with(|| lending::stock(market, broker, date));
        let has = LineId::try_from(line).ok().and_then(|line| stock.get(&line)).copied().unwrap_or(0);
        let quantity = lending::shortage(market, broker, (line, date), has);
        if quantity > 0 {
            let back = lending::back_on(market, broker, (line, date));
            let loan = Loan { broker, line, date, quantity, back };
            effects.push(PartyEffect::Call { to: Who::Lender, call: Call::Lend(loan) });
        }
    }

    /// Lets its delivery settle in part, once, if it agrees to that at all.
    fn let_in_parts(&mut self, now: Timestamp, number: usize, effects: &mut Vec<PartyEffect>) {
        let terms = &self.market.scenario.operation;
        let agrees = self.market.running.get().happens(
            "broker: agrees to parts",
            number as u64,
            terms.agree_to_parts_per_10000,
        );
        let Some(progress) = self.trades.get_mut(&number).filter(|p| agrees && p.in_parts < p.instructions)
        else {
            return;
        };
        progress.in_parts = progress.instructions;
        let reference = instruction_reference(self.index, number, progress.instructions);
        let broker = &self.market.brokers[self.index];
        let id = format!("BP{:02}T{number:07}V{}", self.index, progress.instructions);
        let change = ProcessingChange {
            id: id.parse().expect("a reference"),
            function: Function::New,
            prepared: None,
            account_owner: Some(ModelParty::bic(broker.bic)),
            account: broker.account.clone(),
            requests: vec![ChangeRequest {
                instructions: vec![("PREV".to_owned(), reference.parse().expect("a reference"))],
                changes: vec![Change::Partial(PartialSettlement::Allowed)],
                linkages: Vec::new(),
            }],
            statuses: Vec::new(),
            supplementary: Vec::new(),
        };
        let event = Event::ProcessingChange(Box::new(change));
        let bytes = write(&event, Speech::Mx, broker.bic.as_str(), self.market.csd.as_str(), &id, now);
        effects.push(PartyEffect::Send { port: CSD, bytes });
    }

    /// What the depository says is for the broker's own books, which are not ours. But when the other side wants an instruction
    /// cancelled that this broker has replaced by a right one, it wants the same.
    fn hear_csd(&mut self, event: Option<&Event>, effects: &mut Vec<PartyEffect>) {
        if !self.market.scenario.depository.has_steps() {
            return;
        }
        let Some(Event::Status(advice)) = event else { return };
        if !advice.statuses.iter().any(|s| s.kind == StatusKind::CancellationRequested) {
            return;
        }
        let reference = advice.instruction.to_string();
        let Some((number, attempt)) = instruction_of(&reference) else { return };
        if self.trades.get(&number).is_some_and(|p| attempt < p.instructions) {
            let call = Call::CancelInstruction { participant: self.participant, reference };
            effects.push(PartyEffect::Call { to: Who::Csd, call });
        }
    }

    /// Says it again, rightly this time.
    fn correct(&mut self, now: Timestamp, number: usize, effects: &mut Vec<PartyEffect>) {
        let Some(progress) = self.trades.get_mut(&number) else { return };
        let version = progress.version;
        let (instructed, wrongly) = (progress.instructions > 0, progress.instructed_wrong);
        if self.session.is_none() && version > 0 {
            // MT515 has no replacement: the old one is cancelled, a new one follows.
            let mut cancel = self.confirmation(number, version);
            cancel.function = Function::Cancel(Some(cancel.id.clone()));
            cancel.id = format!("{}C", cancel.id).parse().expect("a reference");
            self.send_mt(now, &cancel, effects);
        }
        if let Some(progress) = self.trades.get_mut(&number) {
            progress.corrected = true;
            if version > 0 {
                progress.version = version + 1;
                progress.sent = 0;
                progress.answered = false;
            }
        }
        if version > 0 {
            self.confirm(now, number, effects);
        }
        if instructed && wrongly {
            self.instruct(now, number, effects);
        }
    }
}

/// The broker's reference at the depository.
pub(crate) fn instruction_reference(broker: usize, trade: usize, attempt: u32) -> String {
    format!("B{broker:02}T{trade:07}I{attempt}")
}

/// The trade and the attempt behind such a reference.
pub(crate) fn instruction_of(reference: &str) -> Option<(usize, u32)> {
    let (trade, attempt) = reference.split_once('T')?.1.split_once('I')?;
    Some((trade.parse().ok()?, attempt.parse().ok()?))
}

impl Party for Broker {
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>) {
        match input {
            PartyInput::Wire { port: GATEWAY, input } => {
                match input {
                    LinkInput::Opened => {
                        self.line_up = true;
                        for bytes in std::mem::take(&mut self.waiting) {
                            effects.push(PartyEffect::Send { port: GATEWAY, bytes });
                        }
                    }
                    LinkInput::Closed => self.line_up = false,
                    _ => {}
                }
                let Some(session) = &mut self.session else { return };
                let (messages, became_ready) = session.handle(now, input, effects);
                self.heard(now, messages);
                if became_ready {
                    let open: Vec<usize> = self
                        .trades
                        .iter()
                        .filter(|(_, p)| p.sent > 0 && !p.answered)
                        .map(|(n, _)| *n)
                        .collect();
                    for number in open {
                        self.confirm(now, number, effects);
                    }
                }
            }
            PartyInput::Heard { event, .. } => self.hear_csd(event, effects),
            PartyInput::Wire { .. } | PartyInput::Notice(_) => {}
            PartyInput::Call(call) => self.called(now, call, effects),
            PartyInput::Tick => {
                if let Some(session) = &mut self.session {
                    let messages = session.tick(now, effects);
                    self.heard(now, messages);
                }
                while let Some(due) = self.agenda.due(now) {
                    match due {
                        Due::Confirm(number) => self.confirm(now, number, effects),
                        Due::Again(number) => {
                            if self.trades.get(&number).is_some_and(|p| !p.answered) {
                                self.confirm(now, number, effects);
                            }
                        }
                        Due::Instruct(number) => self.instruct(now, number, effects),
                    }
                }
            }
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        earlier(self.agenda.next(), self.session.as_ref().and_then(FixPort::deadline))
    }
}
