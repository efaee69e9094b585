//! Everything that decides.
//!
//! ```text
//!  Received ─▶ intake ─▶ stages ─▶ Fact ─▶ book.apply     (one input, at most one record)
//!                           │        └──▶ journal ─▶ Effect::Append ─▶ store ─▶ Input::Appended
//!                           └─▶ outbox, notices ─────────── held until then ─▶ Effect::Deliver, Kept, Tell
//!                                 └─▶ to a session at once: it numbers the message, and sends it when that is kept too
//! ```
//!
//! - [`gateway`]: the machine, and the only file that knows all stages
//! - `intake`, [`outbox`]: the two files that may name a protocol
//! - `stages`: what each kind of message and each order does
//! - [`lifecycle`]: the transition table, deadlines, the trade
//! - [`matching`]: which confirmation belongs to which allocation, and whether they agree
//! - [`blocks`]: executions, block and allocations as one record
//! - [`enrichment`]: standing settlement instructions, and the complete instruction
//! - [`reconciliation`]: whether a servicer's statements and allegements agree with what we know
//! - [`requests`]: what the custodian was asked to do with an instruction that stands
//! - [`exceptions`]: the reason table, one exception, the desk's queue
//! - [`risk`]: trades that may not settle in time, before they fail
//! - [`kpi`]: key figures over a journal
//! - [`fact`], [`journal`]: what happened, and how it is written down
//! - [`audit`]: who did or decided what, from the journal
//! - [`book`], [`view`]: the state, and what can be seen of it
//! - `index`, `timers`, `pack`: what is found by key, what waits for a time, values as bytes
//! - [`numbering`]: where sessions stand, and which records hold what they sent
//! - [`access`], [`approvals`]: who may order what, and what waits for a second person
//! - [`profile`]: reference data and settings; [`operation`]: how the house works; [`seat`]: from which seat
//!
//! No clock, no I/O, no threads; time is an argument.

pub mod access;
pub mod approvals;
pub mod audit;
pub mod blocks;
pub mod book;
mod digest;
pub mod enrichment;
pub mod exceptions;
pub mod fact;
pub mod gateway;
mod index;
pub mod intake;
pub mod journal;
pub mod kpi;
pub mod lifecycle;
pub mod matching;
pub mod numbering;
pub mod operation;
pub mod outbox;
mod pack;
pub mod profile;
pub mod reconciliation;
pub mod requests;
pub mod risk;
pub mod seat;
mod stages;
mod timers;
pub mod view;
