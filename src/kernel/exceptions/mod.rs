//! What needs a person: why, how badly, who and until when.
//!
//! - [`reason`], [`codes`], [`reasons_page`]: the table of reasons, by which codes others say them, and all of it as a page
//! - [`exception`], [`case`]: one exception, and what the desk has made of it
//! - [`routing`]: which team it goes to
//! - [`priority`], [`cost`], [`probability`], [`counterparties`]: how pressing it is
//! - [`sla`], [`hours`], [`ageing`]: by when, on the business clock, and how old
//! - [`queue`]: the open ones in their order
//! - [`repair`]: what could be done about one
//! - [`settings`]: what a profile says about all that

pub mod ageing;
pub mod case;
pub mod codes;
pub mod cost;
pub mod counterparties;
pub mod exception;
pub mod hours;
pub mod priority;
pub mod probability;
pub mod queue;
pub mod reason;
pub mod reasons_page;
pub mod repair;
pub mod routing;
pub mod settings;
pub mod sla;
