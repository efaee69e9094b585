//! One trade: what both sides say, the instruction, and how far it is.

use finality_parsers::desk::TradeKey;
use finality_parsers::machine::Timestamp;
use finality_parsers::model::{
    Account, Amount, Bic, BusinessDate, Currency, Fee, Instrument, Movement, Payment, Price, Quantity,
    Reference, SettlementChain, SettlementInstruction, Side, Status,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::state::State;
use crate::enrichment::complete::SsiUse;
use crate::fact::Fact;
use crate::requests::Processing;

/// What one side says of a trade: the terms that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Buy or sell, from the investor's view.
    pub side: Side,
    /// What.
    pub instrument: Instrument,
    /// How much.
    pub quantity: Quantity,
    /// Price.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub price: Option<Price>,
    /// Net money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub net: Option<Amount>,
    /// Gross money.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub gross: Option<Amount>,
    /// Accrued interest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accrued: Option<Amount>,
    /// Commission.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<Amount>,
    /// Fees and taxes in the currency of the first of them, added up.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fees: Option<Amount>,
    /// Currency, where no amount says it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub currency: Option<Currency>,
    /// Trade date.
    pub trade_date: BusinessDate,
    /// Settlement date.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub settlement_date: Option<BusinessDate>,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// The broker.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub broker: Option<Bic>,
    /// Against payment or free.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub payment: Option<Payment>,
}

impl Terms {
    /// The currency it is paid in: of the net money, else of the gross, else as it is said.
    pub fn settles_in(&self) -> Option<Currency> {
        self.net.or(self.gross).map(|amount| amount.currency()).or(self.currency)
    }
}

/// Fees and taxes in the currency of the first, added up; nothing where there are none.
pub fn sum_of(fees: &[Fee]) -> Option<Amount> {
    let currency = fees.first()?.amount.currency();
    let same = fees.iter().map(|fee| fee.amount).filter(|amount| amount.currency() == currency);
    Some(Amount::new(currency, same.map(|amount| amount.value()).sum()))
}

/// The manager's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// The allocation instruction.
    pub block: Reference,
    /// The share's own reference.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<Reference>,
    /// The link it came by.
    pub link: String,
    /// What it says.
    pub terms: Terms,
    /// Its fees one by one, where we are to confirm them: the terms have their sum.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fees: Vec<Fee>,
}

/// The broker's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// The confirmation's reference.
    pub id: Reference,
    /// The link it came by.
    pub link: String,
    /// The allocation it names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub block: Option<Reference>,
    /// The share it names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<Reference>,
    /// What it says.
    pub terms: Terms,
    /// The report of all shares of a block that it was part of: such a confirmation is answered with its report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<Reference>,
    /// The broker's settlement chain, where the confirmation carries one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub chain: Option<SettlementChain>,
    /// The fees one by one, where the confirmation is ours: the terms have their sum.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub fees: Vec<Fee>,
}

/// Our instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instructed {
    /// Our reference.
    pub reference: Reference,
    /// The custodian, by its name in the profile.
    pub custodian: String,
    /// What is to settle.
    pub quantity: Quantity,
    /// What had settled under former instructions: it is not in the quantity.
    #[serde(skip_serializing_if = "Decimal::is_zero", default)]
    pub before: Decimal,
    /// For how much.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amount: Option<Amount>,
    /// When.
    pub settlement_date: BusinessDate,
    /// Who was on the other side when it went out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterparty: Option<Bic>,
    /// The instruction as it went out: a cancellation repeats it.
    pub instruction: SettlementInstruction,
    /// Whether the custodian's line carried requests to change its processing when it went out.
    #[serde(default)]
    pub takes_changes: bool,
    /// The records of standing instructions that it rests on, the counterparty's first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub ssi: Vec<SsiUse>,
}

impl Instructed {
    /// How much will have settled when this has, former instructions included.
    pub fn whole(&self) -> Decimal {
        self.quantity.value().saturating_add(self.before)
    }
}

/// What a client of ours instructed, in the custodian's seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSide {
    /// The link it came by.
    pub link: String,
    /// As he instructed it, with his reference and account.
    pub instruction: SettlementInstruction,
    /// By which message he cancels it; none again when that was denied.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cancels: Option<Reference>,
    /// What else he has sent to cancel it that is not answered, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub also: Vec<Reference>,
    /// What the depository said last of where it stands.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub stands: Option<Status>,
    /// How he wants it changed, while what is out is cancelled for that.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub amends: Option<Box<Amends>>,
}

/// How a client wants his instruction changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amends {
    /// By which request.
    pub request: Reference,
    /// As it is to go out.
    pub instruction: SettlementInstruction,
}

impl ClientSide {
    /// All by which he cancels it, oldest first.
    pub fn asked_to_cancel(&self) -> impl Iterator<Item = &Reference> {
        self.also.iter().chain(&self.cancels)
    }

    fn cancels(&mut self, request: Option<&Reference>) {
        let former = std::mem::replace(&mut self.cancels, request.cloned());
        match request {
            Some(request) => self.also.extend(former.filter(|former| former != request)),
            None => self.also.clear(),
        }
    }

    /// Applies what becomes of it.
    pub(crate) fn apply(&mut self, fact: &Fact) {
        match fact {
            Fact::ClientCancels { request, .. } => self.cancels(request.as_ref()),
            Fact::ClientStands { status, .. } => self.stands = Some(status.clone()),
            Fact::ClientAmends { amends, .. } => self.amends.clone_from(amends),
            Fact::ClientAmended { instruction, .. } => self.instruction = (**instruction).clone(),
            _ => {}
        }
    }
}

/// What of a trade is out, or has settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InForce {
    /// Our instruction.
    pub instruction: Reference,
    /// Which way.
    pub side: Side,
    /// How much was instructed.
    pub quantity: Quantity,
    /// For how much.
    pub amount: Option<Amount>,
    /// For when.
    pub settlement_date: BusinessDate,
    /// What becomes of terms that one side put in place of these.
    pub replaced: Option<Replacing>,
}

/// What becomes of terms that came after the instruction went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Replacing {
    /// They wait until the instruction is cancelled.
    Waits,
    /// It settled as it was instructed.
    TooLate,
}

/// How the two sides of a trade came together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairedBy {
    /// The confirmation names the allocation.
    Reference,
    /// By what the trade can be told by: while they differ, a better pair may be found.
    Economics,
    /// A person put them together.
    Person,
}

/// Who wants a trade cancelled that both sides have agreed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asker {
    /// The manager.
    Manager,
    /// The broker.
    Broker,
}

impl Asker {
    /// The one who has to agree.
    pub fn other(self) -> Self {
        match self {
            Asker::Manager => Asker::Broker,
            Asker::Broker => Asker::Manager,
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Asker::Manager => "the manager",
            Asker::Broker => "the broker",
        }
    }
}

/// A request to cancel that is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    /// Where the trade stood.
    pub stood: State,
    /// The request's number in the outbox; none where it could not be written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub out: Option<u64>,
}

/// A trade. When it has ended, both sides' terms are in the store and no longer here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// Our number.
    pub id: u64,
    /// Where it stands.
    pub state: State,
    /// When it came to be.
    pub opened: Timestamp,
    /// When it entered its state.
    pub entered: Timestamp,
    /// The manager's side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<Box<Share>>,
    /// The broker's side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confirmed: Option<Box<Confirmed>>,
    /// What a client instructed, where we are his custodian.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub client: Option<Box<ClientSide>>,
    /// The instruction that is out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instructed: Option<Box<Instructed>>,
    /// The custodians that had instructions of it before, where it is with another now.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub formerly_at: Vec<String>,
    /// Instructions sent so far: the next reference counts on.
    #[serde(default)]
    pub instructions: u32,
    /// The outbox entries whose answer is awaited: the instruction, and perhaps its cancellation after it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub awaited: Vec<u64>,
    /// How much has settled.
    pub settled: Decimal,
    /// Open exceptions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub exceptions: Vec<u64>,
    /// Whether a person had to act.
    #[serde(default)]
    pub touched: bool,
    /// When its present deadline ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub deadline: Option<Timestamp>,
    /// How its sides came together.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paired: Option<PairedBy>,
    /// The allocation that its confirmation names is gone, or did not come in time: it may belong to another.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub free: bool,
    /// Confirmations that a person has taken from its allocation: by link and reference.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub not_with: Vec<(String, Reference)>,
    /// Who wants it cancelled although both sides have agreed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cancel_asked: Option<Asker>,
    /// How the custodian was asked to process its instruction.
    #[serde(skip_serializing_if = "Processing::is_usual", default)]
    pub processing: Processing,
    /// Where it stood when the custodian was asked to cancel, and the outbox entry that asks.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recall: Option<Recall>,
    /// Once its cancellation is done, what has not settled is instructed anew.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub anew: bool,
    /// One side replaced its terms while the instruction was out, and what is out says something else now.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub replaced: bool,
    /// It settled, wholly or in part, as it was instructed before one side replaced its terms.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub overtaken: bool,
    /// Its last instruction was refused: nobody has it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub refused: bool,
    /// Its side has gone to this trade.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joined: Option<u64>,
    /// How likely a fail was when people were last told of it, in hundredths of a per cent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub alerted: Option<u32>,
}

impl Trade {
    /// A new one.
    pub fn new(id: u64, state: State, now: Timestamp) -> Self {
        Self {
            id,
            state,
            opened: now,
            entered: now,
            share: None,
            confirmed: None,
            client: None,
            instructed: None,
            formerly_at: Vec::new(),
            instructions: 0,
            awaited: Vec::new(),
            settled: Decimal::ZERO,
            exceptions: Vec::new(),
            touched: false,
            deadline: None,
            paired: None,
            free: false,
            not_with: Vec::new(),
            cancel_asked: None,
            processing: Processing::default(),
            recall: None,
            anew: false,
            replaced: false,
            overtaken: false,
            refused: false,
            joined: None,
            alerted: None,
        }
    }

    /// The terms that are known, the manager's first.
    pub fn terms(&self) -> Option<&Terms> {
        self.share.as_ref().map(|s| &s.terms).or(self.confirmed.as_ref().map(|c| &c.terms))
    }

    /// What the manager says, and what the broker does.
    pub fn sides(&self) -> (Option<&Terms>, Option<&Terms>) {
        (self.share.as_deref().map(|s| &s.terms), self.confirmed.as_deref().map(|c| &c.terms))
    }

    /// An instruction went out.
    pub(crate) fn goes_out(&mut self, instructed: &Instructed) {
        let former = self.instructed.take().filter(|former| former.custodian != instructed.custodian);
        self.formerly_at.extend(former.map(|former| former.custodian));
        self.instructed = Some(Box::new(instructed.clone()));
        (self.replaced, self.refused) = (false, false);
        self.instructions += 1;
    }

    /// A quantity settled, or was taken back: then it is negative. After that it is too late to replace its terms.
    pub(crate) fn counts(&mut self, quantity: Decimal, reversal: bool) {
        self.settled = self.settled.saturating_add(quantity);
        if !reversal {
            self.overtaken |= self.replaced;
            self.replaced = false;
        }
    }

    /// What is out, or has settled. Where one side has replaced its terms since, they say something else.
    pub fn in_force(&self) -> Option<InForce> {
        let out = self.state.is_out() || self.state == State::Settled;
        let instructed = self.instructed.as_deref().filter(|_| out)?;
        let replaced = match (self.replaced, self.overtaken) {
            (true, _) => Some(Replacing::Waits),
            (false, true) => Some(Replacing::TooLate),
            (false, false) => None,
        };
        Some(InForce {
            instruction: instructed.reference.clone(),
            side: match instructed.instruction.movement {
                Movement::Receive => Side::Buy,
                Movement::Deliver => Side::Sell,
            },
            quantity: instructed.quantity,
            amount: instructed.amount,
            settlement_date: instructed.settlement_date,
            replaced,
        })
    }

    /// Whether its instruction is being cancelled to go out anew, or is cancelled and has not gone out anew yet.
    pub fn is_rebooked(&self) -> bool {
        let at_home = matches!(
            self.state,
            State::Allocated | State::Mismatched | State::Matched | State::Affirmed | State::AwaitingSsi
        );
        self.anew || (at_home && self.instructed.is_some() && !self.refused)
    }

    /// The intended settlement date, as far as it is known.
    pub fn settlement_date(&self) -> Option<BusinessDate> {
        self.instructed
            .as_ref()
            .map(|i| i.settlement_date)
            .or_else(|| self.share.as_ref().and_then(|s| s.terms.settlement_date))
            .or_else(|| self.confirmed.as_ref().and_then(|c| c.terms.settlement_date))
    }

    /// By which references the parties know it.
    pub fn key(&self) -> TradeKey {
        let confirmed = self.confirmed.as_deref();
        let share = self.share.as_deref();
        TradeKey {
            trade: self.id,
            block: share.map(|s| s.block.clone()).or_else(|| confirmed.and_then(|c| c.block.clone())),
            share: share.and_then(|s| s.id.clone()).or_else(|| confirmed.and_then(|c| c.share.clone())),
            account: self.terms().and_then(|t| t.account.clone()),
            confirmation: confirmed.map(|c| c.id.clone()),
            instruction: self.instructed.as_ref().map(|i| i.reference.clone()),
        }
    }
}
