//! What holds of the messages, in one program: each of these would take as long to compile and link as all of them do together.
//! `cargo test --test all NAME::` runs one file.

mod docs;
mod fix_dictionary_oracle;
mod fix_hostile;
mod fix_pair;
mod fix_roundtrip;
mod golden;
mod mt_round_trip;
mod mt_rules;
mod mt_statements;
mod mt_tables;
mod mutations;
mod mx_differential;
mod mx_envelopes;
mod mx_hostile;
mod mx_leaves;
mod mx_oracle;
mod mx_requests;
mod mx_round_trip;
mod mx_statements;
mod mx_trades;
mod mx_versions;
mod pages;
mod player;
mod session_scripts;
mod translation;
mod translation_table;
mod way;
