//! Who talks to whom: the name of a session, as it is configured and as a Logon says it.

use std::fmt;

use finality_parsers::fix::field::SOH;

/// Who talks to whom, seen from us.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SessionId {
    /// Tag 8.
    pub begin_string: String,
    /// Our CompID.
    pub sender: String,
    /// Our SubID, where it is part of the name.
    pub sender_sub: Option<String>,
    /// Our LocationID.
    pub sender_location: Option<String>,
    /// The peer's CompID.
    pub target: String,
    /// The peer's SubID.
    pub target_sub: Option<String>,
    /// The peer's LocationID.
    pub target_location: Option<String>,
    /// Not on the wire.
    pub qualifier: Option<String>,
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.begin_string, self.sender)?;
        for part in [&self.sender_sub, &self.sender_location].into_iter().flatten() {
            write!(f, "/{part}")?;
        }
        write!(f, "->{}", self.target)?;
        for part in [&self.target_sub, &self.target_location].into_iter().flatten() {
            write!(f, "/{part}")?;
        }
        self.qualifier.iter().try_for_each(|q| write!(f, ":{q}"))
    }
}

impl SessionId {
    /// Whether a Logon of that name is meant for this session. What is not configured is not asked for; in a template `*`
    /// stands for everything.
    pub fn covers(&self, hello: &SessionId, template: bool) -> bool {
        let is = |ours: &str, theirs: &str| ours == theirs || template && ours == "*";
        let may = |ours: &Option<String>, theirs: &Option<String>| {
            ours.as_deref().is_none_or(|ours| is(ours, theirs.as_deref().unwrap_or("")))
        };
        self.begin_string == hello.begin_string
            && is(&self.sender, &hello.sender)
            && is(&self.target, &hello.target)
            && may(&self.sender_sub, &hello.sender_sub)
            && may(&self.sender_location, &hello.sender_location)
            && may(&self.target_sub, &hello.target_sub)
            && may(&self.target_location, &hello.target_location)
    }

    /// How many SubIDs and LocationIDs it has: of two sessions that cover a Logon the one with more is meant.
    pub fn parts(&self) -> usize {
        let parts = [&self.sender_sub, &self.sender_location, &self.target_sub, &self.target_location];
        parts.iter().filter(|p| p.is_some()).count()
    }
}

/// What a Logon says about who sends it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hello {
    /// From our side: the sender of the Logon is the target.
    pub id: SessionId,
    /// Tag 35.
    pub msg_type: String,
}

impl Hello {
    /// Reads the header of a whole message.
    pub fn read(message: &[u8]) -> Self {
        let mut hello = Self::default();
        // A header is short; what comes after could only say the same tags again.
        for field in message.split(|b| *b == SOH).take(24) {
            let Some(at) = field.iter().position(|b| *b == b'=') else { continue };
            let value = || String::from_utf8_lossy(&field[at + 1..]).into_owned();
            match &field[..at] {
                b"8" => hello.id.begin_string = value(),
                b"35" => hello.msg_type = value(),
                b"49" => hello.id.target = value(),
                b"50" => hello.id.target_sub = Some(value()),
                b"142" => hello.id.target_location = Some(value()),
                b"56" => hello.id.sender = value(),
                b"57" => hello.id.sender_sub = Some(value()),
                b"143" => hello.id.sender_location = Some(value()),
                _ => {}
            }
        }
        hello
    }
}
