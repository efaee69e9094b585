//! From findings to the answer that their sender deserves, as the tables of the rules say it.
//!
//! | message | refused as a whole | refused for some accounts |
//! |---|---|---|
//! | J, AS | P, AT with 87=1 and 88 | P, AT with 87=2 and the accounts, each with 776 |
//! | AK | AU with 940=2 and 774 | |
//! | AE, AD, AV | AR with 939=1, AQ with 750=2, T with 160=5 | |
//! | all others, and what cannot be read | Reject (3) with 373, or BusinessMessageReject (j) with 380 | |

use std::fmt::Write as _;

use super::field::whole;
use super::message::Message;
use super::rules::{self, Topic};
use crate::diagnostic::{Diagnostic, Layer, Severity};
use crate::model::{AllocationReject, Fault, Refusal, Rejection};

/// More findings than this are counted, not told: an answer is read by people.
const TOLD_MAX: usize = 3;

/// BusinessRejectReason (380): something else, an unknown type, a field that is needed here.
const BUSINESS_OTHER: &str = "0";
const BUSINESS_TYPE: &str = "3";
const BUSINESS_CONDITION: &str = "5";

/// The refusal that these findings make of a message. `None` when nothing is wrong with it, and for what is garbled: that
/// is passed over, since not even its sender is certain.
pub fn verdict(message: &Message<'_>, findings: &[Diagnostic]) -> Option<Refusal> {
    let errors: Vec<&Diagnostic> = findings.iter().filter(|d| d.severity == Severity::Error).collect();
    if errors.is_empty() || errors.iter().any(|d| d.layer == Layer::Syntax) {
        return None;
    }
    // A rejection is not rejected again, and what the session says is the session's affair.
    if matches!(message.msg_type(), "0" | "1" | "2" | "3" | "4" | "5" | "A" | "j") {
        return None;
    }
    let later = message.version.is_fixt();
    let text = told(message, &errors);
    let whole = |reason: u16| Refusal::Whole { reason: reason.to_string(), text: text.clone() };
    let answered = reference_tag(message.msg_type()).is_some_and(|tag| readable(message, tag));
    // The block's own fault, where it has one, tells the reason for the block.
    let lead = errors.iter().find(|d| !d.path.starts_with("NoAllocs[")).unwrap_or(&errors[0]);
    let topic = topic(message, lead);
    Some(match message.msg_type() {
        "J" | "AS" if answered => {
            accounts(message, &errors).unwrap_or_else(|| whole(topic.allocation_reason(later)))
        }
        "AK" if answered => whole(topic.confirmation_reason(later)),
        // Of their codes only "other" says anything here: instrument (2) and parties (1) mean unknown ones.
        "AE" | "AD" if answered => whole(99),
        "AV" if answered => whole(if topic == Topic::Account { 1 } else { 0 }),
        _ => Refusal::Rejected(rejection(message, errors[0], text)),
    })
}

/// The same for a message that could not be understood: whoever answers it could not say to what.
pub(super) fn of_unreadable(message: &Message<'_>, findings: &[Diagnostic]) -> Option<Refusal> {
    let errors: Vec<&Diagnostic> = findings.iter().filter(|d| d.severity == Severity::Error).collect();
    if errors.is_empty()
        && let Some(why) = findings.iter().find(|d| d.code == "no-event")
    {
        // Nothing is wrong with it, but it is about what is not followed here.
        return Some(Refusal::Rejected(rejection(message, why, told(message, &[why]))));
    }
    match verdict(message, findings)? {
        rejected @ Refusal::Rejected(_) => Some(rejected),
        answered => {
            let text = answered.text().to_owned();
            Some(Refusal::Rejected(rejection(message, errors.first()?, text)))
        }
    }
}

/// Where a message has its own reference.
fn reference_tag(msg_type: &str) -> Option<u32> {
    const TAGS: [(&str, u32); 16] = [
        ("J", 70),
        ("BM", 70),
        ("P", 70),
        ("AS", 755),
        ("AT", 755),
        ("AK", 664),
        ("AU", 664),
        ("BH", 859),
        ("T", 777),
        ("AV", 791),
        ("BQ", 1160),
        ("8", 17),
        ("AE", 571),
        ("AR", 571),
        ("AD", 568),
        ("AQ", 568),
    ];
    TAGS.iter().find(|(t, _)| *t == msg_type).map(|(_, tag)| *tag)
}

fn text(message: &Message<'_>, entry: u32, tag: u32) -> Option<String> {
    let value = std::str::from_utf8(message.value(entry, tag)?).ok()?;
    Some(value.to_owned()).filter(|v| !v.is_empty())
}

fn readable(message: &Message<'_>, tag: u32) -> bool {
    text(message, 0, tag).is_some_and(|v| v.parse::<crate::model::Reference>().is_ok())
}

fn topic(message: &Message<'_>, finding: &Diagnostic) -> Topic {
    let by_rule = rules::topic(message.msg_type(), finding.code).filter(|topic| *topic != Topic::Other);
    by_rule.unwrap_or_else(|| tag_of(finding).map_or(Topic::Other, Topic::of_field))
}

/// The field that a finding is about: the end of its path.
fn tag_of(finding: &Diagnostic) -> Option<u32> {
    finding.path.rsplit('/').next()?.parse().ok()
}

/// Account by account, where everything that is wrong lies in the allocations of accounts that are named.
fn accounts(message: &Message<'_>, errors: &[&Diagnostic]) -> Option<Refusal> {
    let later = message.version.is_fixt();
    let mut rejects = Vec::new();
    let mut told_of = 0;
    for (number, entry) in (1u32..).zip(message.group(0, 78)) {
        let prefix = format!("NoAllocs[{number}]/");
        let here: Vec<&Diagnostic> = errors.iter().filter(|d| d.path.starts_with(&prefix)).copied().collect();
        let Some(first) = here.first() else { continue };
        told_of += here.len();
        rejects.push(AllocationReject {
            account: text(message, entry, 79)?.parse().ok()?,
            id: text(message, entry, 467).and_then(|v| v.parse().ok()),
            reason: Some(topic(message, first).allocation_reason(later).to_string()),
            text: Some(told(message, &here)),
        });
    }
    (told_of == errors.len()).then(|| Refusal::Accounts { text: told(message, errors), rejects })
}

fn rejection(message: &Message<'_>, finding: &Diagnostic, words: String) -> Rejection {
    let (fault, reason) = match (finding.code.strip_prefix("373="), finding.code) {
        (Some(code), _) => (Fault::Form, code),
        (None, "380=3") => (Fault::Business, BUSINESS_TYPE),
        (None, code) if rules::is_condition(message.msg_type(), code) => {
            (Fault::Business, BUSINESS_CONDITION)
        }
        (None, _) => (Fault::Business, BUSINESS_OTHER),
    };
    let reference = reference_tag(message.msg_type()).and_then(|tag| text(message, 0, tag));
    Rejection {
        fault,
        sequence: message.value(0, 34).and_then(whole),
        message_type: message.msg_type().to_owned(),
        reason: reason.to_owned(),
        field: tag_of(finding),
        reference: reference.and_then(|r| r.parse().ok()),
        text: words,
    }
}

/// The first findings in words.
fn told(message: &Message<'_>, findings: &[&Diagnostic]) -> String {
    let mut text = findings.iter().take(TOLD_MAX).map(|d| one(message, d)).collect::<Vec<_>>().join("; ");
    if findings.len() > TOLD_MAX {
        write!(text, "; and {} more", findings.len() - TOLD_MAX).expect("a string takes all");
    }
    text
}

/// One finding: `NoAllocs[2] (79=ALBEQ02): 80 AllocQty: ...`.
fn one(message: &Message<'_>, finding: &Diagnostic) -> String {
    let mut words = String::new();
    if let Some((entry, _)) = finding.path.rsplit_once('/') {
        words.push_str(entry);
        if let Some(account) = account_of(message, entry) {
            write!(words, " (79={account})").expect("a string takes all");
        }
        words.push_str(": ");
    }
    if let Some(tag) = tag_of(finding)
        && !finding.message.starts_with(&format!("{tag} "))
    {
        write!(words, "{tag} {}: ", message.dictionary().name(tag)).expect("a string takes all");
    }
    words.push_str(&finding.message);
    words
}

/// The account of the allocation that a path goes through.
fn account_of(message: &Message<'_>, path: &str) -> Option<String> {
    let number: usize = path.strip_prefix("NoAllocs[")?.split(']').next()?.parse().ok()?;
    let entry = message.group(0, 78).nth(number.checked_sub(1)?)?;
    text(message, entry, 79)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Depth, decode};
    use crate::fix::encode::frame_up;
    use crate::limits::Limits;

    fn refusal(begin: &str, content: &str) -> Option<Refusal> {
        let raw = frame_up(begin.as_bytes(), content.replace('|', "\x01").as_bytes());
        decode(&raw, &Limits::default(), Depth::Event).refusal.map(|r| *r)
    }

    /// Header and block of an allocation of 300; its shares follow.
    fn allocation(shares: &str) -> String {
        let block = "71=0|626=1|857=0|54=1|55=NORD|48=FI0009812341|22=4|53=300|6=10.00|15=EUR|75=20261124|64=20261126";
        format!("35=J|34=7|49=M|52=20261124-15:04:05|56=F|70=A1|{block}|{shares}|")
    }

    const GOOD: &str = "79=FUND1|80=100|154=1000";

    #[test]
    fn nothing_is_refused_where_nothing_is_wrong() {
        assert_eq!(refusal("FIX.4.4", &allocation(&format!("78=2|{GOOD}|79=FUND2|80=200|154=2000"))), None);
    }

    #[test]
    fn a_split_that_does_not_add_up_is_the_block_s_fault() {
        let expected = Refusal::Whole {
            reason: "8".into(),
            text: "53 Quantity: the block is 300, its allocations add up to 250".into(),
        };
        let content = allocation(&format!("78=2|{GOOD}|79=FUND2|80=150|154=1500"));
        assert_eq!(refusal("FIX.4.4", &content), Some(expected));
    }

    #[test]
    fn a_wrong_figure_of_one_account_is_that_account_s_fault_by_the_reason_of_its_version() {
        let content = allocation(&format!("78=2|{GOOD}|79=FUND2|80=200|467=A1-2|154=2100"));
        let sp2 = content.replace("56=F|", "56=F|1128=9|").replace("857=0|", "");
        for (begin, content, reason) in [("FIX.4.4", content, "9"), ("FIXT.1.1", sp2, "25")] {
            let Some(Refusal::Accounts { text, rejects }) = refusal(begin, &content) else {
                panic!("an account is refused")
            };
            let words = "NoAllocs[2] (79=FUND2): 154 AllocNetMoney: net money is 2100, quantity times price with accrued \
                         interest, commission and fees makes 2000";
            assert_eq!(text, words);
            let expected = AllocationReject {
                account: "FUND2".parse().expect("an account"),
                id: Some("A1-2".parse().expect("a reference")),
                reason: Some(reason.into()),
                text: Some(words.into()),
            };
            assert_eq!(rejects, [expected]);
        }
    }

    #[test]
    fn block_and_account_together_are_the_block_s_fault() {
        let content = allocation(&format!("78=2|{GOOD}|79=FUND2|80=200|154=2100"))
            .replace("64=20261126", "64=20261123");
        let Some(Refusal::Whole { reason, text }) = refusal("FIX.4.4", &content) else {
            panic!("the block is refused")
        };
        assert_eq!(reason, "11", "the block's own: {text}");
        assert!(text.contains("64 SettlDate: settlement on 20261123"), "{text}");
        assert_eq!(text.matches(';').count(), 1, "{text}");
    }

    #[test]
    fn a_share_without_an_account_can_only_be_refused_with_its_block() {
        let content = allocation(&format!("78=2|{GOOD}|79=|80=200|154=2000"));
        assert!(matches!(refusal("FIX.4.4", &content), Some(Refusal::Whole { .. })));
    }

    #[test]
    fn what_has_no_answer_of_its_own_is_rejected_by_form_or_by_business() {
        let head = "34=7|49=M|52=20261124-15:04:05|56=F|";
        let table = [
            ("35=AU|", "664=C1|75=20261124|60=20261124-15:04:05|940=9|", Fault::Form, "5", Some(940), "C1"),
            (
                "35=AU|",
                "664=C1|75=20261124|60=20261124-15:04:05|940=2|",
                Fault::Business,
                "5",
                Some(774),
                "C1",
            ),
            ("35=BH|", "859=R1|773=2|60=20261124-15:04:05|", Fault::Business, "0", Some(859), "R1"),
            ("35=J|", "71=0|", Fault::Form, "1", Some(70), ""),
            ("35=J|", "70=A1|71=0|", Fault::Form, "1", Some(626), "A1"),
            ("35=ZZ|", "58=x|", Fault::Business, "3", Some(35), ""),
        ];
        for (kind, body, fault, reason, field, reference) in table {
            let Some(Refusal::Rejected(rejection)) = refusal("FIX.4.4", &format!("{kind}{head}{body}"))
            else {
                panic!("{kind}{body} is rejected")
            };
            assert_eq!(
                (rejection.fault, rejection.reason.as_str()),
                (fault, reason),
                "{kind}{body} {rejection:?}"
            );
            assert_eq!(rejection.field, field, "{rejection:?}");
            assert_eq!(rejection.sequence, Some(7));
            assert_eq!(rejection.reference.map_or(String::new(), |r| r.to_string()), reference);
        }
    }

    #[test]
    fn what_is_not_followed_here_is_rejected_though_nothing_is_wrong_with_it() {
        let content = allocation(&format!("78=2|{GOOD}|79=FUND2|80=200|154=2000")).replace("54=1|", "54=8|");
        let Some(Refusal::Rejected(rejection)) = refusal("FIX.4.4", &content) else {
            panic!("a cross is rejected")
        };
        assert_eq!(
            (rejection.fault, rejection.reason.as_str(), rejection.field),
            (Fault::Business, "0", Some(54))
        );
        assert!(rejection.text.contains("neither a purchase nor a sale"), "{}", rejection.text);
    }

    #[test]
    fn what_is_garbled_is_not_answered() {
        let raw = b"8=FIX.4.4\x019=5\x0135=J\x0110=000\x01";
        assert_eq!(decode(raw, &Limits::default(), Depth::Event).refusal, None);
    }
}
