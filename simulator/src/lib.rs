//! The rest of the world: managers, brokers, custodians, a depository, wires, a disk, the power, time; and an auditor who
//! predicts. The gateway is handed in from above ([`subject::Subject`]): the simulator cannot see its insides.
//!
//! ```text
//!   scenario ─▶ market (who, what, when: drawn from the seed) ─▶ world (virtual time)
//!                                                                 │  wires, disk, power
//!      manager, brokers ══ FIX, MT515 ══╗                         ▼
//!      custodians ══ MT, MX ════════════╬══▶ the gateway ──▶ notices ──▶ desk, statistics ─▶ report
//!           ╚══ sese ══▶ depository ◀═══╝ (brokers instruct it too)
//!                            └──── auditor listens
//! ```

pub mod auditor;
pub mod buy_in;
pub mod capture;
pub mod confusion;
pub mod depository;
pub mod disk;
pub mod expect;
pub mod experiment;
pub mod html;
mod known;
pub mod market;
pub mod mornings;
pub mod opening;
pub mod operation;
pub mod parties;
pub mod population;
pub mod report;
pub mod routes;
pub mod scenario;
pub mod seed;
pub mod settlement;
pub mod statistics;
pub mod subject;
mod table;
pub mod unseen;
pub mod wire;
pub mod world;
