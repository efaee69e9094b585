//! How a message is read: against which dictionary, with which checks, within which bounds.

use super::Version;
use super::dictionary::{Dictionary, dictionary};
use crate::limits::Limits;

/// Which checks are made. A check that is off finds nothing; the message is read all the same.
///
/// | switch | QuickFIX's name | finding |
/// |---|---|---|
/// | `fields_out_of_order` | ValidateFieldsOutOfOrder | `373=14` |
/// | `fields_have_values` | ValidateFieldsHaveValues | `373=4` |
/// | `user_defined_fields` | ValidateUserDefinedFields | `373=0`, `373=2` from tag 5000 on |
/// | `unknown_fields` | AllowUnknownMsgFields, the other way round | `373=0`, `373=2` below tag 5000 |
/// | `group_order` | ValidateUnorderedGroupFields | `373=15` |
/// | `group_values` | (QuickFIX does not look inside of groups) | what `session_fault` says of fields in group entries |
/// | `required`, `formats`, `enums`, `group_counts` | always on | `373=1`, `373=6`, `373=5`, `373=16` |
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Switches {
    /// Header, body and trailer follow each other.
    pub fields_out_of_order: bool,
    /// No field is empty.
    pub fields_have_values: bool,
    /// Fields from 5000 on are in the dictionary, and in the message.
    pub user_defined_fields: bool,
    /// Fields below 5000 are in the dictionary, and in the message.
    pub unknown_fields: bool,
    /// Fields of a group entry stand in the order of the dictionary, the first one first.
    pub group_order: bool,
    /// A session refuses a message because of a value inside a group entry.
    pub group_values: bool,
    /// Required fields are there.
    pub required: bool,
    /// Values are written as their type wants it.
    pub formats: bool,
    /// Values are among those allowed.
    pub enums: bool,
    /// The count of a group is that of its entries.
    pub group_counts: bool,
}

impl Default for Switches {
    /// Everything, but fields from 5000 on are nobody's business but the two parties'.
    fn default() -> Self {
        Self { user_defined_fields: false, group_order: true, group_values: true, ..Self::QUICKFIX }
    }
}

impl Switches {
    /// What a QuickFIX acceptor checks when its configuration says nothing.
    pub const QUICKFIX: Self = Self {
        fields_out_of_order: true,
        fields_have_values: true,
        user_defined_fields: true,
        unknown_fields: true,
        group_order: false,
        group_values: false,
        required: true,
        formats: true,
        enums: true,
        group_counts: true,
    };
}

/// What [`Message::read_with`](super::message::Message::read_with) goes by.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// What may stand where.
    pub dictionary: &'a Dictionary,
    /// What is checked.
    pub switches: Switches,
    /// Bounds on hostile input.
    pub limits: Limits,
}

impl<'a> Reading<'a> {
    /// With the default checks and bounds.
    pub fn new(dictionary: &'a Dictionary) -> Self {
        Self { dictionary, switches: Switches::default(), limits: Limits::default() }
    }
}

impl Reading<'static> {
    /// Against the built-in dictionary of a version.
    pub fn built_in(version: Version, limits: &Limits) -> Self {
        Self { limits: *limits, ..Reading::new(dictionary(version)) }
    }
}
