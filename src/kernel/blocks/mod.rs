//! Blocks: what was dealt, what the manager says of it, and how it is split, as one record.
//!
//! ```text
//!  executions, captured trades ─▶ deal of an order ─┐ compared with
//!  allocation messages ─▶ told ─▶ block ◀───────────┘
//!                                   ▲ sum of
//!               trades (one account's share each, each with its confirmation)
//! ```
//!
//! - [`deal`]: what was dealt of an order, from reports that may come in any order
//! - [`block`]: the record: what is told, the sum of its shares, where it stands
//! - [`weigh`]: block beside allocations, executions beside block: what differs
//! - [`report`]: the broker's report of all shares beside the block
//! - [`state`]: all of them, found by message, order and trade
//!
//! Sums are kept, not made: a share or an execution that comes or goes changes them by itself, so that a block of many
//! shares costs no more for each than a block of one. Where a block stands is a function of what stands in it, not of the
//! order in which it came.

pub mod block;
pub mod deal;
pub mod report;
pub mod state;
pub mod weigh;
