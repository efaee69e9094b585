//! The parties of the market: machines that speak real FIX, MT and MX on wires, and call each other where people would.

pub mod broker;
pub mod charges;
pub mod csd;
pub mod custodian;
pub mod desk;
pub mod lending;
pub mod manager;
mod paging;
pub mod penalties;
pub(crate) mod wording;

use finality_parsers::desk::{Notice, Order};
use finality_parsers::machine::{LinkInput, Timestamp};
use finality_parsers::model::{BusinessDate, Event, Reference};

/// What a party is told.
#[derive(Debug, Clone, Copy)]
pub enum PartyInput<'a> {
    /// Something happened on one of its wires.
    Wire {
        /// Which of its ports.
        port: usize,
        /// What.
        input: LinkInput<'a>,
    },
    /// A message came by the depository's network, which nothing is lost on: it is read once for all who hear it.
    Heard {
        /// Which of its ports.
        port: usize,
        /// What it says; none where it cannot be read.
        event: Option<&'a Event>,
    },
    /// Somebody calls.
    Call(&'a Call),
    /// The gateway tells the desk.
    Notice(&'a Notice),
    /// A time that it waited for has come.
    Tick,
}

/// What a party does.
#[derive(Debug)]
pub enum PartyEffect {
    /// Puts bytes on a wire.
    Send {
        /// Which of its ports.
        port: usize,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// Calls somebody.
    Call {
        /// Whom.
        to: Who,
        /// What for.
        call: Call,
    },
    /// Gives the gateway an order.
    Order(Order),
    /// Of the depository: this of the population is booked, one after the other.
    Booked(Vec<Booking>),
    /// Of the depository: the central bank lends, or is paid back.
    Credit(CreditBooking),
    /// Of the depository: what the clearing house does there.
    Clearing(Clearing),
    /// Of the depository: a fail is bought in.
    BoughtIn(BoughtIn),
    /// Of the depository: a morning among several trade dates.
    Morning(Morning),
}

/// What moves in the morning of a settlement day, free of anything, between accounts and the rest of the world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Morning {
    /// Of which day.
    pub day: BusinessDate,
    /// To accounts, or from them where it is below zero: of a line by index, or cash in cents.
    pub moves: Vec<(String, Option<u32>, i64)>,
}

/// What is bought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BoughtInOf {
    /// The deliverer's instruction: participant by its port, and reference.
    Instruction(usize, String),
    /// An instruction of the population, by number.
    Crowd(usize),
}

/// A replacement for what was not delivered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoughtIn {
    /// For what.
    pub of: BoughtInOf,
    /// How much of it.
    pub quantity: i64,
    /// What was agreed for that, in cents.
    pub cents: i64,
    /// What it costs more, in cents.
    pub difference: i64,
}

/// What the clearing house does at the depository. Accounts by name, lines by index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clearing {
    /// A cycle begins: what is due is netted.
    Begins,
    /// A position that is open then: below zero what is to be delivered.
    Open {
        /// Whose.
        account: String,
        /// Of what.
        line: u32,
        /// How much.
        quantity: i64,
    },
    /// Securities go to an account, or from it where the quantity is below zero.
    Moved {
        /// Whose.
        account: String,
        /// Of what.
        line: u32,
        /// How much.
        quantity: i64,
    },
    /// The cycle ends.
    Ends,
    /// Money of the day is paid, to and from those who follow.
    Money,
    /// Cash goes to an account, or from it where it is below zero.
    Paid {
        /// Whose.
        account: String,
        /// How much.
        cents: i64,
    },
    /// All of it is paid.
    MoneyEnds,
}

/// A loan of the central bank, made or paid back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreditBooking {
    /// Who owes, by its account.
    pub account: String,
    /// The line that is pledged, by index.
    pub line: u32,
    /// How much of it.
    pub quantity: i64,
    /// The cash, in cents.
    pub cents: i64,
    /// Paid back?
    pub back: bool,
}

/// What the depository books of an instruction of the population.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Booking {
    /// The instruction, by number.
    pub number: usize,
    /// Securities now.
    pub quantity: i64,
    /// Cash now, in cents.
    pub cents: i64,
}

/// Who can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// The manager.
    Manager,
    /// A broker, by index.
    Broker(usize),
    /// A custodian, by index.
    Custodian(usize),
    /// The depository.
    Csd,
    /// The lender.
    Lender,
}

/// What people (and screens) say to each other beside the messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// To the manager: where is the allocation of this trade?
    SendAllocation {
        /// The trade, by index.
        trade: usize,
    },
    /// To manager or broker: please check what you said of this trade.
    CheckTerms {
        /// The trade, by index.
        trade: usize,
    },
    /// To the broker: where is the confirmation?
    SendConfirmation {
        /// The trade, by index.
        trade: usize,
    },
    /// To the broker: where is your instruction?
    SendInstruction {
        /// The trade, by index.
        trade: usize,
    },
    /// To the broker: please release.
    Release {
        /// The trade, by index.
        trade: usize,
    },
    /// To the broker: will you have the securities? If not, borrow them.
    Cover {
        /// The trade, by index.
        trade: usize,
    },
    /// To the broker: will you let it settle in part? What is there would come.
    LetInParts {
        /// The trade, by index.
        trade: usize,
    },
    /// To the lender: lend me this.
    Lend(lending::Loan),
    /// From the lender to the broker: it is on its way.
    Lent(lending::Loan),
    /// To the custodian: say again all that is known of this instruction of ours.
    SayAgain {
        /// The instruction.
        instruction: Reference,
    },
    /// To the depository, by its screen: release this instruction of mine.
    ReleaseInstruction {
        /// The participant, by index of its port.
        participant: usize,
        /// Its reference.
        reference: String,
    },
    /// To the depository, by its screen: cancel this instruction of mine.
    CancelInstruction {
        /// The participant, by index of its port.
        participant: usize,
        /// Its reference.
        reference: String,
    },
    /// From the depository: your instruction is cancelled, or cannot be.
    CancelAnswer {
        /// The participant's reference.
        reference: String,
        /// Done?
        done: bool,
    },
}

/// A party. Like every machine it is told the time, waits for nothing and never fails.
pub trait Party {
    /// Takes one input.
    fn handle(&mut self, now: Timestamp, input: PartyInput<'_>, effects: &mut Vec<PartyEffect>);

    /// When it wants to be woken.
    fn deadline(&self) -> Option<Timestamp>;
}
