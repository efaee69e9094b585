//! What the gateway tells the people at the desk, and what they tell it. A desk in the simulator and an operator at the
//! command line use the same words.

mod wish;

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::machine::{LinkOrder, Timestamp};
use crate::model::{
    Account, Attribution, BusinessDate, Cause, Reference, SsiId, SsiRecord, SsiSource, StandingInstruction,
};

pub use wish::Wish;

/// An order of a person to the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Who gives it.
    pub by: String,
    /// What is to be done.
    pub command: Command,
}

/// What a person may order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Adds or replaces a standing settlement instruction; trades that wait for it go on.
    SupplySsi(Box<StandingInstruction>),
    /// Sends the instruction of a trade anew, under a new reference (after a rejection).
    Reinstruct {
        /// Which trade.
        trade: u64,
    },
    /// Has the custodian cancel the instruction of a trade, and instructs anew what has not settled by then.
    Rebook {
        /// Which trade.
        trade: u64,
        /// Why.
        why: String,
    },
    /// Cancels a trade; when it is instructed already, the custodian is asked to cancel first.
    Cancel {
        /// Which trade.
        trade: u64,
        /// Why.
        why: String,
    },
    /// Puts an allocation and a confirmation together that did not find one another.
    ForcePair {
        /// The trade of the allocation.
        allocation: u64,
        /// The trade of the confirmation.
        confirmation: u64,
        /// Why.
        why: String,
    },
    /// Lets both sides of a trade pass although they differ.
    ForceMatch {
        /// Which trade.
        trade: u64,
        /// Why.
        why: String,
    },
    /// Takes the confirmation from an allocation that it does not belong to.
    BreakPair {
        /// Which trade.
        trade: u64,
        /// Why.
        why: String,
    },
    /// Agrees, for the side that was asked, to cancel a trade on which both had agreed; or declines.
    AnswerCancel {
        /// Which trade.
        trade: u64,
        /// Whether it is to be cancelled.
        agreed: bool,
        /// Why.
        why: String,
    },
    /// Asks the custodian to process an instruction otherwise; before it is out, says how it is to go out.
    Process {
        /// Which trade.
        trade: u64,
        /// What is asked.
        wish: Wish,
        /// Why.
        why: String,
    },
    /// Closes an exception by hand.
    Resolve {
        /// Which exception.
        exception: u64,
        /// Why.
        why: String,
    },
    /// Puts a dead letter through again, as it came or repaired.
    Reprocess {
        /// The journal record of the dead letter.
        record: u64,
        /// The repaired message; as it came when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        repaired: Option<String>,
    },
    /// Works on an exception: takes it, hands it on, writes something down.
    Exception {
        /// Which exception.
        exception: u64,
        /// What.
        handling: Handling,
    },
    /// Something about a session itself: its numbers, its line.
    Session {
        /// Which link.
        link: String,
        /// What.
        order: LinkOrder,
        /// Why.
        why: String,
    },
    /// Adds a record of standing settlement instructions, or the next version of one.
    RecordSsi {
        /// What it says.
        record: Box<SsiRecord>,
        /// Where it comes from.
        #[serde(default)]
        source: SsiSource,
    },
    /// Adds many, all or none.
    ImportSsi {
        /// Which file they come from.
        file: String,
        /// They.
        records: Vec<SsiRecord>,
    },
    /// Takes a record back.
    WithdrawSsi {
        /// Which.
        id: SsiId,
        /// From that day on; altogether when absent.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        from: Option<BusinessDate>,
        /// Why.
        why: String,
    },
    /// Agrees to what somebody else proposed: it is carried out.
    Approve {
        /// Which proposal.
        proposal: u64,
    },
    /// Turns down what somebody proposed, or takes back what one proposed oneself.
    Decline {
        /// Which proposal.
        proposal: u64,
        /// Why.
        why: String,
    },
}

impl Command {
    /// The trade that it is about, when it names one.
    pub fn trade(&self) -> Option<u64> {
        match self {
            Command::Reinstruct { trade }
            | Command::Cancel { trade, .. }
            | Command::Rebook { trade, .. }
            | Command::ForcePair { allocation: trade, .. }
            | Command::ForceMatch { trade, .. }
            | Command::BreakPair { trade, .. }
            | Command::Process { trade, .. }
            | Command::AnswerCancel { trade, .. } => Some(*trade),
            _ => None,
        }
    }
}

impl fmt::Display for Command {
    /// What somebody wants who gives the order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Command::SupplySsi(standing) => write!(f, "supply a standing instruction of {}", standing.party),
            Command::Reinstruct { trade } => write!(f, "re-instruct trade {trade}"),
            Command::Cancel { trade, why } => write!(f, "cancel trade {trade} ({why})"),
            Command::Rebook { trade, why } => {
                write!(f, "cancel the instruction of trade {trade} and instruct anew ({why})")
            }
            Command::ForcePair { allocation, confirmation, why } => {
                write!(f, "pair trade {allocation} with the confirmation of trade {confirmation} ({why})")
            }
            Command::ForceMatch { trade, why } => {
                write!(f, "let the difference of trade {trade} pass ({why})")
            }
            Command::BreakPair { trade, why } => write!(f, "part trade {trade} ({why})"),
            Command::AnswerCancel { trade, agreed: true, why } => {
                write!(f, "agree to cancel trade {trade} ({why})")
            }
            Command::AnswerCancel { trade, why, .. } => {
                write!(f, "decline to cancel trade {trade} ({why})")
            }
            Command::Process { trade, wish, why } => write!(f, "{wish} trade {trade} ({why})"),
            Command::Resolve { exception, why } => write!(f, "resolve exception {exception} ({why})"),
            Command::Reprocess { record, repaired: None } => write!(f, "put record {record} through again"),
            Command::Reprocess { record, .. } => write!(f, "put record {record} through again, repaired"),
            Command::Session { link, order, .. } => write!(f, "{order} on {link}"),
            Command::RecordSsi { record, .. } => write!(f, "record standing instruction {}", record.id),
            Command::ImportSsi { file, records } => {
                write!(f, "import {} standing instructions from {file}", records.len())
            }
            Command::WithdrawSsi { id, from, why } => {
                let from = from.map_or(String::new(), |day| format!(" from {day} on"));
                write!(f, "withdraw standing instruction {id}{from} ({why})")
            }
            Command::Exception { exception, handling } => {
                write!(f, "{} exception {exception}", handling.label())
            }
            Command::Approve { proposal } => write!(f, "approve proposal {proposal}"),
            Command::Decline { proposal, why } => write!(f, "decline proposal {proposal} ({why})"),
        }
    }
}

/// How a proposal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// A second person agreed, and it was carried out.
    Approved,
    /// A second person did not agree, or the proposer took it back.
    Declined,
    /// Nobody decided in time.
    Lapsed,
    /// A second person agreed, but it could not be done any more.
    Overtaken,
}

impl Decision {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Decision::Approved => "approved",
            Decision::Declined => "declined",
            Decision::Lapsed => "lapsed",
            Decision::Overtaken => "overtaken",
        }
    }
}

/// What a person does with an exception, short of closing it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    /// Takes it: from now on it is this person's.
    Accept,
    /// Gives it back to the team.
    Reject {
        /// Why.
        why: String,
    },
    /// Hands it to a team, a person, or both; what is left out stays, and another team's person is nobody at first.
    Assign {
        /// To which team.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        team: Option<String>,
        /// To whom.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        owner: Option<String>,
    },
    /// Writes something down.
    Note {
        /// What.
        text: String,
        /// Whether others may read it, or only we.
        #[serde(default)]
        shared: bool,
    },
    /// Puts it one band higher.
    Escalate {
        /// Why.
        why: String,
    },
    /// Says whose side it lies on.
    Attribute {
        /// Whose.
        to: Attribution,
        /// Why.
        why: String,
    },
}

impl Handling {
    /// For people: what somebody wanted to do.
    pub fn label(&self) -> &'static str {
        match self {
            Handling::Accept => "accept",
            Handling::Reject { .. } => "reject",
            Handling::Assign { .. } => "assign",
            Handling::Note { .. } => "note something on",
            Handling::Escalate { .. } => "escalate",
            Handling::Attribute { .. } => "attribute",
        }
    }
}

/// How bad an exception is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Settlement is not in danger yet.
    Low,
    /// It will be, if nobody acts today.
    Medium,
    /// It is in danger now.
    High,
    /// It has failed, or will within the hour.
    Critical,
}

/// A stage that a trade has reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The manager's allocation is in.
    Allocated,
    /// The broker's confirmation is in.
    Confirmed,
    /// Both agree.
    Matched,
    /// The confirmation is affirmed.
    Affirmed,
    /// The settlement instruction is complete.
    Enriched,
    /// It is out.
    Instructed,
    /// The custodian has taken it.
    Acknowledged,
    /// The depository has matched it.
    MatchedAtCsd,
    /// A part has settled.
    PartiallySettled,
    /// All has settled.
    Settled,
    /// The intended settlement date has passed without settlement.
    Failing,
    /// Taken back.
    Cancelled,
}

impl Stage {
    /// All, in the order of the lifecycle.
    pub const ALL: [Stage; 12] = [
        Stage::Allocated,
        Stage::Confirmed,
        Stage::Matched,
        Stage::Affirmed,
        Stage::Enriched,
        Stage::Instructed,
        Stage::Acknowledged,
        Stage::MatchedAtCsd,
        Stage::PartiallySettled,
        Stage::Settled,
        Stage::Failing,
        Stage::Cancelled,
    ];

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Stage::Allocated => "allocated",
            Stage::Confirmed => "confirmed",
            Stage::Matched => "matched",
            Stage::Affirmed => "affirmed",
            Stage::Enriched => "enriched",
            Stage::Instructed => "instructed",
            Stage::Acknowledged => "acknowledged",
            Stage::MatchedAtCsd => "matched at CSD",
            Stage::PartiallySettled => "partially settled",
            Stage::Settled => "settled",
            Stage::Failing => "failing",
            Stage::Cancelled => "cancelled",
        }
    }
}

/// Which trade a notice speaks of, in the gateway's and in the parties' terms.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TradeKey {
    /// The gateway's number.
    pub trade: u64,
    /// The manager's allocation instruction; absent while only a confirmation is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub block: Option<Reference>,
    /// The share of it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub share: Option<Reference>,
    /// The account.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub account: Option<Account>,
    /// The broker's confirmation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub confirmation: Option<Reference>,
    /// The settlement instruction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub instruction: Option<Reference>,
}

/// An exception as the desk sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionNotice {
    /// The exception's number.
    pub exception: u64,
    /// The trade, when it belongs to one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trade: Option<TradeKey>,
    /// The reason's name in the reason table.
    pub reason: String,
    /// The family it belongs to.
    pub cause: Cause,
    /// How bad.
    pub urgency: Urgency,
    /// Which team must act.
    pub owner: String,
    /// Until when.
    pub due: Timestamp,
    /// What happened, in words: fields that differ, what is missing, which link.
    pub detail: String,
    /// Set when a dead letter: the record that can be put through again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub record: Option<u64>,
}

/// A trade at risk, as the desk is told of it before anything is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskNotice {
    /// Which trade.
    pub trade: TradeKey,
    /// How likely it fails, in hundredths of a per cent.
    pub probability_bp: u32,
    /// What that costs on average, in the currency in which costs are compared.
    pub expected_cost: Decimal,
    /// The step that has to come next.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub missing: Option<Stage>,
    /// What to do.
    pub action: String,
}

/// What the gateway tells the desk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// A trade reached a stage.
    Reached {
        /// Which trade.
        key: TradeKey,
        /// Which stage.
        stage: Stage,
    },
    /// Something needs a person.
    ExceptionOpened(Box<ExceptionNotice>),
    /// It needs one no longer.
    ExceptionResolved {
        /// Which exception.
        exception: u64,
        /// Why: which message or person resolved it.
        why: String,
    },
    /// A trade may not settle in time.
    AtRisk(Box<RiskNotice>),
    /// Something waits for a second person.
    Proposed {
        /// The proposal's number.
        proposal: u64,
        /// Who proposes it.
        by: String,
        /// What, in words.
        what: String,
        /// Until when somebody must have decided.
        until: Timestamp,
    },
    /// It waits no longer.
    Decided {
        /// The proposal's number.
        proposal: u64,
        /// Who decided; absent when nobody did.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        by: Option<String>,
        /// How.
        decision: Decision,
        /// Why, where there is something to say.
        #[serde(skip_serializing_if = "String::is_empty", default)]
        why: String,
    },
    /// Somebody ordered what is not his to order.
    Refused {
        /// Who.
        by: String,
        /// What, in words.
        what: String,
        /// Why not.
        why: String,
    },
}
