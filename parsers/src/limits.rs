//! Every bound on hostile input, in one place.

/// Bounds that hold before anything is allocated for a message. The defaults leave ample room for the largest real
/// messages (statements of several megabytes) and none for an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest single message, in bytes.
    pub message_bytes_max: usize,
    /// Most fields (FIX fields, MT fields, XML elements) in one message.
    pub fields_max: usize,
    /// Deepest nesting of groups, sequences or elements.
    pub depth_max: usize,
    /// Most instances of one repeating group.
    pub group_entries_max: usize,
    /// Longest single value, in bytes.
    pub value_bytes_max: usize,
    /// Most attributes on one XML element.
    pub attributes_max: usize,
    /// Most diagnostics kept for one message; the last one says that there were more.
    pub diagnostics_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_bytes_max: 16 << 20,
            fields_max: 500_000,
            depth_max: 64,
            group_entries_max: 10_000,
            value_bytes_max: 1 << 20,
            attributes_max: 64,
            diagnostics_max: 200,
        }
    }
}
