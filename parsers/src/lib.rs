//! Bytes to the normalized model and back, for FIX, ISO 15022 (MT) and ISO 20022 (MX).
//!
//! ```text
//!   bytes ──▶ detect ──▶ frame ──▶ parse ──▶ to_event ──▶ model::Event
//!                        (fix, mt, mx: Diagnostics on the way)     │
//!   bytes ◀── encode ◀── from_event ◀──────────────────────────────┘
//! ```
//!
//! Nothing in here does I/O, reads a clock or knows of a runtime. Decoding keeps the raw bytes and every field that it
//! does not know, and gives them back. What a message means is said once, in [`model::Event`]; no type in [`model`]
//! knows a tag, an XML path or a FIX number.

pub mod codec;
pub mod desk;
pub mod detect;
pub mod diagnostic;
pub mod fix;
pub mod limits;
pub mod machine;
pub mod model;
pub mod mt;
pub mod mx;
mod refill;
pub mod translate;
pub mod tree;
