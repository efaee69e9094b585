//! The kernel as a whole, from bytes to bytes, told as scenarios that a settlement clerk can read.
//!
//! - `table`: the scenarios, one step per line, with the state and the open exceptions expected after it
//! - `words`: what the words of a step mean
//! - `market`: the reference data, and the messages that manager, broker, network and custodian send
//! - `figures`: trades at risk, and key figures
//! - `gateway`: drives the kernel; watches at every step that nothing leaves before it is kept
//! - `cases`: what the desk makes of exceptions, what is proposed, the queue
//! - `commands`: a custodian's clients hold, release and prefer what they have instructed
//! - `amendments`: a custodian's client changes the terms of what he has instructed
//! - `authority`: who may say what becomes of an instruction, and for whom a message is
//! - `coverage`: every row of the transition table and every reason is met by some scenario
//! - `alleged`: what is alleged against a custodian's client, he is told
//! - `blocks`: executions, block and allocations, as one record
//! - `broker`: the broker's seat
//! - `custodian`: the custodian's seat
//! - `cut_offs`: deadlines from the cut-offs of markets
//! - `messages`: what else is said: reports, executions, captured trades, requests, offers
//! - `answers`: what counterparties hear, message by message
//! - `details`: answers, marks and references that the tables do not show
//! - `operation`: other ways of working: cycles, blocks, alerts
//! - `rebook`: an instruction that is out is cancelled and goes out anew
//! - `replacements`: terms that are replaced after the instruction went out
//! - `restarts`: the power goes at every record of every scenario
//! - `statements`: statements and allegements beside our instructions
//! - `pairing`: sides that name nothing find the same partners in any order
//! - `access`: roles, and what takes two people
//! - `ssi`: standing instructions of both sides
//! - `orders`: any order of arrival leads to the same end

mod access;
mod alleged;
mod amendments;
mod answers;
mod authority;
mod blocks;
mod broker;
mod cases;
mod commands;
mod coverage;
mod custodian;
mod cut_offs;
mod details;
mod figures;
mod gateway;
mod market;
mod messages;
mod operation;
mod orders;
mod pairing;
mod rebook;
mod replacements;
mod restarts;
mod ssi;
mod stated;
mod statements;
mod table;
mod words;
