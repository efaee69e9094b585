//! What could be done about an exception: a table from its reason, and what is known of its trade, to proposals. Each says
//! why it is proposed, what the gateway would be ordered, what a person has to do outside, and whether a second person should agree.

use std::fmt::Write as _;

use finality_parsers::desk::{Command, Handling, Wish};
use finality_parsers::model::{Attribution, StandingInstruction};
use serde::Serialize;

use super::exception::Exception;
use super::reason::ReasonCode;
use crate::access::{People, Task};
use crate::lifecycle::state::State;
use crate::lifecycle::trade::Trade;
use Attribution as A;
use Kind as K;
use ReasonCode as R;

/// What kind of repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The settlement chain that the confirmation carries becomes the standing instruction.
    CompleteSsi,
    /// Both sides differ in what may be let pass, and it is.
    AcceptDifference,
    /// The instruction goes out anew.
    Reinstruct,
    /// The instruction is cancelled at the custodian, and goes out anew.
    Rebook,
    /// Our side is no longer held back.
    ReleaseHold,
    /// As much is released as there is.
    PartialRelease,
    /// The securities are borrowed.
    Borrow,
    /// The account is funded.
    Fund,
    /// Whoever must act is asked.
    Chase,
    /// A message is put through again.
    Reprocess,
    /// The trade is cancelled.
    Cancel,
    /// The side that was asked agrees to the cancellation.
    AgreeCancel,
    /// It does not.
    DeclineCancel,
    /// Nothing is left to do, and it is closed.
    Close,
}

/// A row: of an exception for this reason, when it lies there, that is proposed.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The reason.
    pub reason: ReasonCode,
    /// Only when it lies on this side.
    pub with: Option<Attribution>,
    /// What.
    pub kind: Kind,
    /// Why.
    pub why: &'static str,
}

const fn row(reason: ReasonCode, with: Option<Attribution>, kind: Kind, why: &'static str) -> Row {
    Row { reason, with, kind, why }
}

/// What is proposed, the best first.
pub const ROWS: &[Row] = &[
    row(R::EconomicsDiffer, None, K::AcceptDifference, "only fields differ that may be let pass"),
    row(R::EconomicsDiffer, None, K::Chase, "one side must say something else"),
    row(R::EconomicsDiffer, None, K::Cancel, "if the trade is not meant at all"),
    row(R::ReferenceReused, None, K::Chase, "the sender alone knows which of the two is meant"),
    row(R::ReferenceReused, None, K::Reprocess, "the second one, repaired with a reference of its own"),
    row(R::UnknownAccount, None, K::Chase, "the account is not in the reference data: it is new, or wrong"),
    row(R::UnknownAccount, None, K::Reprocess, "once the account is there"),
    row(
        R::CounterpartyInstructionMissing,
        None,
        K::Chase,
        "the other instruction is missing: only the counterparty can send it",
    ),
    row(R::UnmatchedAtCsd, None, K::Chase, "the other instruction is missing, or says something else"),
    row(R::UnmatchedAtCsd, None, K::Cancel, "if ours is wrong: cancel, then allocate anew"),
    row(
        R::InstructionRejected,
        None,
        K::Reinstruct,
        "the same trade under a new reference, once what was named is mended",
    ),
    row(R::InstructionRejected, None, K::Chase, "if the reason does not say what is wrong"),
    row(R::OutOfPlace, None, K::Close, "nothing was changed by the message"),
    row(R::OutOfPlace, None, K::Chase, "if the sender's record differs from ours"),
    row(R::ConfirmationMissing, None, K::Chase, "the broker has not confirmed"),
    row(R::AllocationMissing, None, K::Chase, "the manager has not allocated"),
    row(R::AllocationMissing, None, K::Cancel, "if nobody knows the trade"),
    row(R::FragmentsMissing, None, K::Chase, "parts are missing that the sender announced"),
    row(R::LateAtMarket, None, K::Chase, "an extension, or another settlement date, needs both sides"),
    row(
        R::SecuritiesShort,
        Some(A::Us),
        K::PartialRelease,
        "what is there can settle, and costs nothing any more",
    ),
    row(R::SecuritiesShort, Some(A::Us), K::Borrow, "borrowing may cost less than failing"),
    row(R::SecuritiesShort, None, K::Chase, "whoever delivers must find the securities"),
    row(R::CashShort, Some(A::Us), K::Fund, "the account lacks the money"),
    row(R::CashShort, None, K::Chase, "whoever pays must find the money"),
    row(R::OnHold, Some(A::Us), K::ReleaseHold, "it is ours that is held back"),
    row(R::OnHold, None, K::Chase, "whoever holds it back must release it"),
    row(R::NotSettledInTime, None, K::Chase, "nobody has said why it did not settle"),
    row(R::SsiMissing, None, K::CompleteSsi, "the confirmation carries the broker's settlement chain"),
    row(R::SsiMissing, None, K::Chase, "the broker has to say where it settles"),
    row(R::SsiAmbiguous, None, K::Reinstruct, "once all but one of the candidates are ended"),
    row(R::SsiIncomplete, None, K::CompleteSsi, "the confirmation carries the broker's settlement chain"),
    row(R::SsiIncomplete, None, K::Chase, "the broker has to say what is missing"),
    row(R::SsiOffered, None, K::Chase, "ask the party by another way whether it is theirs"),
    row(R::SsiOffered, None, K::Close, "once it is supplied, or refused"),
    row(R::NotWritable, None, K::Reinstruct, "once the value that is named is mended"),
    row(R::NoAcknowledgement, None, K::Chase, "the message was sent and not answered"),
    row(R::Unreadable, None, K::Reprocess, "as it came, or repaired"),
    row(R::Unreadable, None, K::Chase, "the sender can send it again"),
    row(R::Unrelated, None, K::Reprocess, "once the trade is there that it names"),
    row(R::Unrelated, None, K::Close, "if it is not meant for us"),
    row(R::CancelRequested, None, K::Chase, "both sides have agreed on the trade: the other has to agree"),
    row(R::CancelRequested, None, K::AgreeCancel, "once the other side has agreed by another way"),
    row(R::CancelRequested, None, K::DeclineCancel, "if the trade stands"),
    row(R::SsiNotEffective, None, K::CompleteSsi, "the confirmation carries the broker's settlement chain"),
    row(R::SsiNotEffective, None, K::Chase, "the broker has to say where it settles on that day"),
    row(R::PlacesDiffer, None, K::Chase, "both sides must settle where they can reach each other"),
    row(R::PlacesDiffer, None, K::Reinstruct, "once a place is recorded that both can reach"),
    row(R::CashLegIncomplete, None, K::Reinstruct, "once the cash account is recorded"),
    row(R::SsiChanged, None, K::Chase, "both sides must know which standing instruction counts"),
    row(R::SsiChanged, None, K::Rebook, "once both know that it counts for this trade too"),
    row(R::SsiChanged, None, K::Close, "if what was instructed stands"),
    row(R::ChainDiffers, None, K::Chase, "ask the party by another way which chain is theirs"),
    row(R::ChainDiffers, None, K::Close, "if what is held is right"),
    row(
        R::RequestRefused,
        None,
        K::ReleaseHold,
        "if it was to be released: ask again once what was named is mended",
    ),
    row(
        R::RequestRefused,
        None,
        K::Chase,
        "the instruction stands as it was, and somebody wanted it otherwise",
    ),
    row(R::RequestRefused, None, K::Close, "if it may stay as it is"),
    row(R::AllegementUnknown, None, K::Chase, "whoever alleges it knows what is meant"),
    row(R::AllegementUnknown, None, K::Close, "if it is not meant for us"),
    row(R::StatementDiffers, None, K::Chase, "one of the two records is wrong"),
    row(R::StatementDiffers, None, K::Close, "if it is known why they differ"),
    row(R::MissingAtCustodian, None, K::Chase, "the custodian may not have it"),
    row(R::UnknownToUs, None, K::Chase, "it settles on our account, and nobody here instructed it"),
    row(R::UnknownToUs, None, K::Close, "if it was instructed by another way"),
    row(R::HoldingDiffers, None, K::Chase, "one side lacks a movement"),
    row(R::HoldingDiffers, None, K::Close, "if theirs is right: it is taken over"),
    row(R::BlockUnallocated, None, K::Chase, "the manager has not allocated all of it"),
    row(R::BlockUndealt, None, K::Chase, "the broker has not told of all executions"),
    row(R::BlockDiffers, None, K::Chase, "the block or its allocations are wrong"),
    row(R::BlockDiffers, None, K::Close, "if it is known why they differ"),
    row(R::ExecutionsDiffer, None, K::Chase, "the executions or the block are wrong"),
    row(R::ExecutionsDiffer, None, K::Close, "if it is known why they differ"),
    row(R::BlockContradicted, None, K::Chase, "one of the two was not meant so"),
    row(R::BlockContradicted, None, K::Close, "if the allocation is as agreed"),
    row(R::SettledAsBefore, None, K::Chase, "both sides must know that it settled as it was"),
    row(R::SettledAsBefore, None, K::Close, "once it is put right, or may stay"),
    row(R::TermsReplaced, None, K::Rebook, "once both sides say the same: what is out is wrong"),
    row(R::TermsReplaced, None, K::Chase, "one side has replaced its terms, and the other must follow"),
    row(R::TermsReplaced, None, K::Close, "if what is out stands"),
    row(R::AffirmationMissing, None, K::Chase, "the manager has not affirmed"),
    row(R::SettlementDiffers, None, K::Chase, "the custodian alone knows what has moved"),
    row(R::SettlementDiffers, None, K::Close, "once both records say the same"),
    row(R::WrongSender, None, K::Chase, "he reports on what he was not given"),
    row(R::WrongSender, None, K::Reprocess, "once the configuration names his line as the custodian's"),
    row(R::WrongSender, None, K::Close, "if he should not have said it"),
    row(R::WrongReceiver, None, K::Chase, "the sender must know that it went astray"),
    row(R::WrongReceiver, None, K::Reprocess, "if it is meant for us all the same"),
    row(R::WrongReceiver, None, K::Close, "if it is not meant for us"),
    row(R::LinkDown, None, K::Chase, "the other end may know more"),
    row(R::MessageRejected, None, K::Chase, "its receiver acts as if it had not come"),
    row(R::MessageRejected, None, K::Close, "once it was said in another way"),
];

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// What kind.
    pub kind: Kind,
    /// What, in words.
    pub what: String,
    /// Why.
    pub why: &'static str,
    /// What the gateway is ordered when it is taken.
    pub order: Command,
    /// What a person has to do outside the gateway; with the order it is written down that it is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outside: Option<String>,
    /// To whom, and what to say, when somebody is to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// Whether a second person should agree: it changes what is traded, paid or trusted.
    pub two_people: bool,
}

/// A message that is ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// To whom.
    pub to: String,
    /// What.
    pub text: String,
}

/// What could be done, the best first. What cannot be done as things stand is not proposed.
pub fn proposals(exception: &Exception, trade: Option<&Trade>) -> Vec<Proposal> {
    let side = exception.case.attribution;
    let rows = ROWS.iter().filter(|row| row.reason == exception.reason);
    rows.filter(|row| row.with.is_none_or(|with| with == side))
        .filter_map(|row| proposal(row, exception, trade))
        .collect()
}

fn proposal(row: &Row, exception: &Exception, trade: Option<&Trade>) -> Option<Proposal> {
    let task = |what: &str, outside: String| {
        let text = format!("{what}: {outside}");
        (what.to_owned(), noted(exception.id, text, false), Some(outside), None)
    };
    let resource = trade.map(described).unwrap_or_default();
    let (what, order, outside, message) = match row.kind {
        Kind::CompleteSsi => {
            let standing = chain_of(trade?)?;
            let what =
                format!("take the chain of the confirmation as {}'s standing instruction", standing.party);
            (what, Command::SupplySsi(Box::new(standing)), None, None)
        }
        Kind::AcceptDifference => {
            let trade = trade.filter(|t| t.state == State::Mismatched)?;
            let why = format!("exception {}: {}", exception.id, exception.detail);
            let order = Command::ForceMatch { trade: trade.id, why };
            (format!("let the difference of trade {} pass and affirm", trade.id), order, None, None)
        }
        Kind::Reinstruct => {
            let trade = trade.filter(|t| matches!(t.state, State::Rejected | State::AwaitingSsi))?.id;
            (format!("instruct trade {trade} anew"), Command::Reinstruct { trade }, None, None)
        }
        Kind::Rebook => {
            let trade = trade.filter(|t| t.state.may_be_recalled())?.id;
            let order =
                Command::Rebook { trade, why: format!("exception {}: {}", exception.id, exception.detail) };
            (format!("cancel the instruction of trade {trade} and instruct anew"), order, None, None)
        }
        Kind::Cancel => {
            let trade = trade.filter(|t| !t.state.is_terminal() && t.state != State::CancelRequested)?.id;
            let order =
                Command::Cancel { trade, why: format!("exception {}: {}", exception.id, exception.detail) };
            (format!("cancel trade {trade}"), order, None, None)
        }
        Kind::Reprocess => {
            let record = exception.record?;
            let order = Command::Reprocess { record, repaired: None };
            (format!("put record {record} through again"), order, None, None)
        }
        Kind::Close => {
            let order = Command::Resolve { exception: exception.id, why: row.why.to_owned() };
            ("close it".to_owned(), order, None, None)
        }
        Kind::AgreeCancel | Kind::DeclineCancel => {
            let trade = trade?.id;
            let agreed = row.kind == Kind::AgreeCancel;
            let what = format!("{} cancel trade {trade}", if agreed { "agree to" } else { "decline to" });
            (what, Command::AnswerCancel { trade, agreed, why: row.why.to_owned() }, None, None)
        }
        Kind::ReleaseHold | Kind::PartialRelease if trade.is_some_and(may_be_asked) => {
            let trade = trade?.id;
            let (wish, what) = match row.kind {
                Kind::ReleaseHold => (Wish::Release { quantity: None }, "ask the custodian to release it"),
                _ => (Wish::Partial { allowed: true }, "ask the custodian to settle what is there"),
            };
            let why = format!("exception {}: {}", exception.id, row.why);
            (what.to_owned(), Command::Process { trade, wish, why }, None, None)
        }
        Kind::ReleaseHold => task("release", format!("have the custodian release {resource}")),
        Kind::PartialRelease => {
            task("release a part", format!("have the custodian settle what is there of {resource}"))
        }
        Kind::Borrow => task("borrow", format!("ask the lending desk for {resource}")),
        Kind::Fund => task("fund", format!("ask the treasury to fund the account for {resource}")),
        Kind::Chase => {
            let message = chase(exception, trade);
            let what = format!("ask {}", message.to);
            let order = noted(exception.id, format!("asked {}: {}", message.to, message.text), true);
            (what, order, Some(format!("send the message below to {}", message.to)), Some(message))
        }
    };
    let two_people = Task::of(&order).row().people == People::Two;
    Some(Proposal { kind: row.kind, what, why: row.why, order, outside, message, two_people })
}

/// Whether the custodian can be asked by a message, and is not asked already.
fn may_be_asked(trade: &Trade) -> bool {
    let by_message = trade.instructed.as_deref().is_some_and(|i| i.takes_changes);
    by_message && trade.state.may_be_recalled() && trade.processing.open().next().is_none()
}

fn noted(exception: u64, text: String, shared: bool) -> Command {
    Command::Exception { exception, handling: Handling::Note { text, shared } }
}

/// The broker's chain, as its confirmation has it.
fn chain_of(trade: &Trade) -> Option<StandingInstruction> {
    let confirmed = trade.confirmed.as_deref()?;
    let terms = trade.terms()?;
    Some(StandingInstruction {
        party: terms.broker?,
        country: terms.instrument.isin.map(|isin| isin.country().to_owned()),
        currency: terms.settles_in(),
        from: None,
        until: None,
        chain: confirmed.chain.clone()?,
    })
}

/// `trade 7: 1000 of DE0007164600`.
fn described(trade: &Trade) -> String {
    let Some(terms) = trade.terms() else { return format!("trade {}", trade.id) };
    let isin = terms.instrument.isin.map_or("its instrument".to_owned(), |isin| isin.to_string());
    let left = terms.quantity.value().saturating_sub(trade.settled);
    format!("trade {}: {} of {isin}", trade.id, left.normalize())
}

/// Who must act, and what to say to them.
fn chase(exception: &Exception, trade: Option<&Trade>) -> Message {
    let broker = exception.case.about.counterparty.map(|bic| format!("broker {bic}"));
    let custodian = trade.and_then(|t| t.instructed.as_deref()).map(|i| format!("custodian {}", i.custodian));
    let link = exception.link.as_ref().map(|link| format!("the other end of {link}"));
    let to = match (exception.reason, exception.case.attribution) {
        (R::AllocationMissing | R::UnknownAccount | R::FragmentsMissing | R::BlockUnallocated, _) => {
            link.or(trade.is_some().then(|| "the manager".to_owned()))
        }
        (R::ConfirmationMissing | R::EconomicsDiffer | R::SsiMissing | R::SsiIncomplete, _)
        | (_, A::Counterparty) => broker.or(link),
        (_, A::Us | A::Custodian | A::Market) => custodian.or(link).or(broker),
    };
    let to = to.unwrap_or_else(|| "whoever sent it".to_owned());
    let mut text = String::new();
    if let Some(trade) = trade {
        let key = trade.key();
        let named = [
            ("allocation", key.block),
            ("share", key.share),
            ("confirmation", key.confirmation),
            ("instruction", key.instruction),
        ];
        for (name, reference) in named {
            if let Some(reference) = reference {
                write!(text, "{name} {reference}, ").expect("a string");
            }
        }
        if let Some(terms) = trade.terms() {
            let isin = terms.instrument.isin.map_or(String::new(), |isin| format!(" of {isin}"));
            write!(text, "{:?} {}{isin}", terms.side, terms.quantity.value().normalize()).expect("a string");
            if let Some(day) = trade.settlement_date() {
                write!(text, " for {day}").expect("a string");
            }
            text.push_str(": ");
        }
    }
    write!(text, "{}. {}", exception.detail.trim_end_matches('.'), asked(exception.reason))
        .expect("a string");
    Message { to, text }
}

/// What they are asked.
fn asked(reason: ReasonCode) -> &'static str {
    match reason {
        R::EconomicsDiffer => "Please check your side and replace it if it is wrong.",
        R::ReferenceReused => {
            "Which of your two messages of this reference is meant? A correction needs its own reference."
        }
        R::UnknownAccount => "Please name the account as agreed, or tell us its details.",
        R::UnmatchedAtCsd => "Please check your instruction and send it if it is missing.",
        R::CounterpartyInstructionMissing => "The depository has no instruction of yours: please send it.",
        R::InstructionRejected => "Please tell us what has to be changed.",
        R::ConfirmationMissing => "Please send your confirmation.",
        R::AffirmationMissing => "Please affirm our confirmation, or tell us what is wrong with it.",
        R::AllocationMissing => "Please send your allocation, or tell us that the trade is not yours.",
        R::FragmentsMissing => "Please send the missing parts.",
        R::BlockUnallocated => "Please send the allocations that are missing.",
        R::BlockUndealt => "Please send the executions that are missing.",
        R::BlockDiffers | R::BlockContradicted => {
            "Please check the block and its allocations, and replace what is wrong."
        }
        R::ExecutionsDiffer => "Please check your executions, and correct what is wrong.",
        R::LateAtMarket => "Please agree an extension or another settlement date.",
        R::SecuritiesShort => "When will the securities be there? Can a part settle meanwhile?",
        R::CashShort => "When will the money be there?",
        R::OnHold => "Please release it.",
        R::AllegementUnknown => "What trade is this, and under which reference do you know it?",
        R::StatementDiffers => "Please check your record of it, and tell us which is right.",
        R::MissingAtCustodian => "Do you have this instruction?",
        R::UnknownToUs => "Who instructed this, and when?",
        R::HoldingDiffers => "Please list the movements since the last statement that agreed.",
        R::RequestRefused => "Please do as we asked, or tell us what has to be changed.",
        R::NotSettledInTime => "Please tell us why it has not settled.",
        R::CancelRequested => "Do you agree to cancel it?",
        R::SsiMissing | R::SsiIncomplete | R::SsiAmbiguous | R::SsiNotEffective => {
            "Please send your standing settlement instruction for this market and currency."
        }
        R::PlacesDiffer => "Where can you settle that we can reach too?",
        R::CashLegIncomplete => "Please name the cash account in that currency.",
        R::TermsReplaced => "Which terms count: those that were instructed, or the new ones?",
        R::SettledAsBefore => "It settled as it was instructed first. How is it to be put right?",
        R::SsiChanged | R::ChainDiffers => "Which settlement chain counts for this trade?",
        R::SsiOffered => "Is this standing instruction yours?",
        R::NoAcknowledgement => "Did our message arrive? It may come again marked as a possible duplicate.",
        R::Unreadable | R::MessageRejected | R::NotWritable => {
            "Please tell us what is wrong, or send it again."
        }
        R::SettlementDiffers => "What has moved, and when? Please take back what should not have.",
        R::WrongSender => "Why do you report on this? Our record has it with somebody else.",
        R::WrongReceiver => "It is not addressed to us, and we have not acted on it: for whom is it meant?",
        R::Unrelated | R::OutOfPlace => "To what does your message belong?",
        R::LinkDown => "Please check your end of the line.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exceptions::reason::REASONS;

    #[test]
    fn something_is_proposed_for_every_reason() {
        for reason in REASONS {
            assert!(ROWS.iter().any(|row| row.reason == reason.code), "{}", reason.code.name());
        }
    }
}
