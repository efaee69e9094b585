//! What holds of the gateway as a whole, in one program: each of these would take as long to compile and link as all of them do together.
//! `cargo test --test all NAME::` runs one file.

mod access;
mod captured;
mod cli;
mod common;
mod compare;
mod crowd_dates;
mod desk;
mod expect;
mod fix_config;
mod fix_hostile;
mod fix_send;
mod matching;
mod mx_intake;
mod network;
mod nothing_twice;
mod power_cut;
mod readme;
mod risk;
mod same_core;
mod scenarios;
mod seats;
mod serve;
mod session_sockets;
mod sessions;
mod settle;
mod ssi;
mod store;
mod t2s;
mod tidy;
mod us;
