//! The normalized model.
/// What a message means.
#[derive(Debug, Clone)]
pub enum Event {}
