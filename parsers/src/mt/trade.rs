//! MT515 and the normalized trade confirmation.

use super::message::Message;
use crate::codec::{EncodeError, Encoded, Envelope};
use crate::model::{Event, TradeConfirmation};

pub(super) fn read(_message: &Message<'_>) -> Result<Event, &'static str> {
    Err("mapping")
}

pub(super) fn write(_event: &TradeConfirmation, _envelope: &Envelope) -> Result<Encoded, EncodeError> {
    Err(EncodeError::Missing { field: "confirmation", message: "515".into() })
}
