//! What is said when a message is refused: the codes of the standard, and the words that conforming engines use.

use super::Session;
use super::inbound::Inbound;
use crate::fix::Version;
use crate::machine::Timestamp;

/// SessionRejectReason (373) and its words (58).
const SESSION_REASONS: &[(u32, &str)] = &[
    (0, "Invalid tag number"),
    (1, "Required tag missing"),
    (2, "Tag not defined for this message type"),
    (3, "Undefined Tag"),
    (4, "Tag specified without a value"),
    (5, "Value is incorrect (out of range) for this tag"),
    (6, "Incorrect data format for value"),
    (9, "CompID problem"),
    (10, "SendingTime accuracy problem"),
    (11, "Invalid MsgType"),
    (13, "Tag appears more than once"),
    (14, "Tag specified out of required order"),
    (15, "Repeating group fields out of order"),
    (16, "Incorrect NumInGroup count for repeating group"),
];

/// The last reason that FIX 4.2 knows.
const LAST_OF_42: u32 = 11;

/// Why a message is refused at session level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// SessionRejectReason (373).
    pub(super) reason: u32,
    /// The field at fault: a number as it was written, which may be none that a field can have.
    pub(super) tag: Option<i64>,
    /// More than the standard's words.
    pub(super) detail: String,
}

impl Fault {
    pub(super) fn new(reason: u32, tag: Option<i64>) -> Self {
        Self { reason, tag, detail: String::new() }
    }
}

impl Session {
    /// Session-level reject (3). The refused message uses up its number when it is its turn; the session goes on.
    pub(super) fn refuse(&mut self, now: Timestamp, inbound: &Inbound<'_>, fault: &Fault) {
        if inbound.number == Some(self.numbers.next_in) && !matches!(inbound.msg_type, "A" | "4") {
            self.numbers.next_in += 1;
        }
        let words = SESSION_REASONS.iter().find(|(n, _)| *n == fault.reason).map_or("", |(_, words)| words);
        let later = self.config.version >= Version::Fix42;
        let mut text = match fault.tag {
            Some(tag) if !later => format!("{words} ({tag})"),
            _ => words.to_owned(),
        };
        if self.config.explain && !fault.detail.is_empty() {
            text = format!("{text}: {}", fault.detail);
        }
        let mut body: Vec<(u32, String)> = inbound.number.map(|n| (45, n.to_string())).into_iter().collect();
        body.push((58, text));
        if later {
            body.extend(fault.tag.map(|t| (371, t.to_string())));
            if !inbound.msg_type.is_empty() {
                body.push((372, inbound.msg_type.to_owned()));
            }
            if self.config.version > Version::Fix42 || fault.reason <= LAST_OF_42 {
                body.push((373, fault.reason.to_string()));
            }
        }
        let route = self.reverse_route(inbound);
        let number = inbound.number.unwrap_or(0);
        self.notice(format!("message {number} was rejected: {words} {}", fault.detail));
        self.send_session_message(now, "3", &route, &body);
    }

    /// A type that we do not speak: a business-level reject (j), before FIX 4.2 a session-level one.
    pub(super) fn refuse_type(&mut self, now: Timestamp, inbound: &Inbound<'_>) {
        self.notice(format!(
            "message {} of the unsupported type {} was rejected",
            inbound.number.unwrap_or(0),
            inbound.msg_type
        ));
        if self.config.version >= Version::Fix42 {
            self.business_reject(now, inbound, 3, "Unsupported Message Type".to_owned());
            return;
        }
        self.numbers.next_in += 1;
        let number = inbound.number.unwrap_or(0).to_string();
        let body = [(45, number), (58, "Unsupported message type".to_owned())];
        let route = self.reverse_route(inbound);
        self.send_session_message(now, "3", &route, &body);
    }

    /// A field without which nobody knows whom the message is from or for.
    pub(super) fn refuse_anonymous(&mut self, now: Timestamp, inbound: &Inbound<'_>, tag: u32) {
        let business = !is_session_type(inbound.msg_type) && !inbound.msg_type.is_empty();
        if self.config.version >= Version::Fix42 && business {
            let text = format!("Conditionally Required Field Missing ({tag})");
            self.business_reject(now, inbound, 5, text);
        } else {
            self.refuse(now, inbound, &Fault::new(1, Some(i64::from(tag))));
        }
    }

    fn business_reject(&mut self, now: Timestamp, inbound: &Inbound<'_>, reason: u32, text: String) {
        self.numbers.next_in += 1;
        let number = inbound.number.unwrap_or(0).to_string();
        let mut body =
            vec![(45, number), (58, text), (372, inbound.msg_type.to_owned()), (380, reason.to_string())];
        if self.config.version.is_fixt() {
            body.push((1137, self.config.version.appl_ver_id().to_owned()));
        }
        self.send_session_message(now, "j", &[], &body);
    }

    /// Whoever the refused message came through gets the refusal back the same way.
    fn reverse_route(&self, inbound: &Inbound<'_>) -> Vec<(u32, String)> {
        const ROUTES: [(u32, u32); 3] = [(115, 128), (116, 129), (144, 145)];
        let mut route = Vec::new();
        for (behalf, deliver) in ROUTES {
            // Locations came with FIX 4.1.
            if behalf == 144 && self.config.version < Version::Fix41 {
                continue;
            }
            for (from, to) in [(behalf, deliver), (deliver, behalf)] {
                let value = inbound.text(from);
                if !value.is_empty() {
                    route.push((to, value.to_owned()));
                }
            }
        }
        route
    }
}

/// Whether a type belongs to the session, not to the application.
pub(super) fn is_session_type(msg_type: &str) -> bool {
    matches!(msg_type, "0" | "1" | "2" | "3" | "4" | "5" | "A")
}
