//! Which fields of a message does its normalized event not carry? Told by writing the event in the message's own protocol
//! again and looking which values do not come back.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;

use super::LeftBehind;
use super::pairing::Carried;
use crate::codec::{self, Decoded, Depth, EncodeError, Envelope, Format};
use crate::detect::Protocol;
use crate::fix::Version;
use crate::limits::Limits;
use crate::model::{Event, Movement};
use crate::mt;
use crate::mx::Wrapping;
use crate::tree::Node;

/// The fields that do not come back, in order. A value that comes back in another sequence or another spelling (`5000,`
/// and `5000,0`) counts as carried.
pub(super) fn behind(
    decoded: &Decoded,
    event: &Event,
    envelope: &Envelope,
) -> Result<Vec<LeftBehind>, EncodeError> {
    let Some(protocol) = decoded.protocol else { return Ok(Vec::new()) };
    let own = std::slice::from_ref(&decoded.message_type);
    let encoded = codec::encode_as(event, own_format(protocol, &decoded.fields), envelope, own)?;
    let again = codec::decode(&encoded.bytes, &Limits::default(), Depth::Full);
    let spelled = |value: &str| spelling(protocol, value);
    let carried = Carried::between(&decoded.fields, &again.fields, &spelled);
    let mut left = leaves(protocol, &decoded.fields, &carried);
    let mut returned = leaves(protocol, &again.fields, &carried);
    // The rest may have come back elsewhere: in a place as near to its own as there is one.
    let depth = |leaves: &[LeftBehind]| leaves.iter().map(|leaf| leaf.path.split('/').count()).max();
    for words in (1..=depth(&left).min(depth(&returned)).unwrap_or(0)).rev() {
        let key = |leaf: &LeftBehind| (end(protocol, &leaf.path, words), spelled(&leaf.value));
        let (came, went) = (count(returned.iter().map(key)), count(left.iter().map(key)));
        drop_first(&mut left, key, came);
        drop_first(&mut returned, key, went);
    }
    let amounts: Vec<String> = left.iter().map(|leaf| leaf.path.clone()).collect();
    left.retain(|leaf| {
        // Where the amount itself came back, its usual side need not be said.
        let amount = leaf.path.strip_suffix("CdtDbtInd").map(|above| format!("{above}Amt"));
        let carried = amount.is_some_and(|amount| !amounts.contains(&amount));
        !(carried && crate::mx::says_the_usual_side(&leaf.path, &leaf.value, movement(event)))
    });
    Ok(left)
}

/// Which way the securities of an event go.
fn movement(event: &Event) -> Option<Movement> {
    match event {
        Event::Instruction(e) => Some(e.movement),
        Event::Settlement(e) => Some(e.movement),
        Event::Allegement(e) => Some(e.trade.movement),
        _ => None,
    }
}

type Counts = BTreeMap<(String, String), usize>;

fn count(keys: impl Iterator<Item = (String, String)>) -> Counts {
    let mut counts = Counts::new();
    for key in keys {
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// Drops as many leaves of each key as the other side has.
fn drop_first(
    leaves: &mut Vec<LeftBehind>,
    key: impl Fn(&LeftBehind) -> (String, String),
    mut other: Counts,
) {
    leaves.retain(|leaf| match other.get_mut(&key(leaf)) {
        Some(left) if *left > 0 => {
            *left -= 1;
            false
        }
        _ => true,
    });
}

/// The last words of a path. One word is the name of a field wherever it stands: a tag, an element, the number of an MT field
/// (its option follows from what is said).
fn end(protocol: Protocol, path: &str, words: usize) -> String {
    let start = path.rmatch_indices('/').nth(words - 1).map_or(0, |(slash, _)| slash + 1);
    let end = path.get(start..).unwrap_or_default();
    if protocol == Protocol::Mt && words == 1 {
        end.get(..2).unwrap_or(end).to_owned()
    } else {
        end.to_owned()
    }
}

fn own_format(protocol: Protocol, fields: &[Node]) -> Format {
    match protocol {
        Protocol::Mt => Format::Mt,
        Protocol::Mx if fields.iter().any(|n| n.name == "Document") => Format::Mx(Wrapping::Document),
        Protocol::Mx => Format::Mx(Wrapping::Envelope),
        Protocol::Fix => {
            let begin = fields.iter().find(|n| n.name == "8").and_then(|n| n.value.as_deref());
            let is_44 = begin == Some(Version::Fix44.begin_string());
            Format::Fix(if is_44 { Version::Fix44 } else { Version::Fix50Sp2 })
        }
    }
}

/// What every transmission says anew: framing, session and network.
const FIX_FRAME: &[&str] = &["8", "9", "10", "34", "35", "43", "49", "52", "56", "97", "122", "1128"];
const MT_FRAME: &[&str] = &["1", "2", "3/108", "5/CHK", "5/PDE", "5/PDM", "5/TNG"];
const MX_ENDS: &[&str] = &["Fr", "To"];
const MX_BICS: &[&str] = &["AnyBIC", "BICFI", "BICOrBEI"];
const MX_FRAME: &[&str] = &["Fr", "To", "BizMsgIdr", "MsgDefIdr", "CreDt", "PssblDplct"];

fn is_frame(protocol: Protocol, path: &str) -> bool {
    match protocol {
        Protocol::Fix => FIX_FRAME.contains(&path),
        Protocol::Mt => MT_FRAME.contains(&path),
        Protocol::Mx => path.split_once("AppHdr/").is_some_and(|(_, header)| {
            let mut words = header.split('/');
            let (first, last) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
            // Of sender and receiver the BIC is said anew, and nothing else that is said of them.
            MX_FRAME.contains(&first) && (!MX_ENDS.contains(&first) || MX_BICS.contains(&last))
        }),
    }
}

/// The values that were not carried, in order.
fn leaves(protocol: Protocol, nodes: &[Node], carried: &Carried) -> Vec<LeftBehind> {
    let mut found = Vec::new();
    collect(protocol, nodes, "", carried, &mut found);
    found.retain(|leaf| !is_frame(protocol, &leaf.path));
    found
}

fn collect(protocol: Protocol, nodes: &[Node], above: &str, carried: &Carried, found: &mut Vec<LeftBehind>) {
    for node in nodes {
        let path = if above.is_empty() { node.name.clone() } else { format!("{above}/{}", node.name) };
        // The count of a FIX group follows from its entries; name-space declarations say nothing of the trade.
        let is_count = protocol == Protocol::Fix && !node.children.is_empty();
        let is_name_space = protocol == Protocol::Mx && node.name.starts_with("@xmlns");
        let counts = !is_count && !is_name_space && !carried.holds(node);
        if let Some(value) = node.value.as_ref().filter(|_| counts) {
            let label = node.label.clone();
            found.push(LeftBehind { path: path.clone(), label, value: value.clone() });
        }
        collect(protocol, &node.children, &path, carried, found);
    }
}

/// An instant as it is written, in UTC; without a zone it is taken as that.
fn instant(protocol: Protocol, text: &str) -> Option<DateTime<Utc>> {
    match protocol {
        Protocol::Mt => {
            let (head, tail) = text.split_at_checked(14)?;
            let is_time = head.bytes().all(|b| b.is_ascii_digit())
                && (tail.is_empty() || tail.starts_with([',', '/']))
                && tail.bytes().all(|b| b.is_ascii_digit() || b",/N".contains(&b));
            mt::instant(text).filter(|_| is_time)
        }
        Protocol::Mx => {
            let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).ok();
            let local = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok();
            zoned.or_else(|| local().map(|at| at.and_utc()))
        }
        Protocol::Fix => None,
    }
}

/// One spelling for values that say the same: line breaks and blanks apart, figures without idle zeros, times in UTC.
fn spelling(protocol: Protocol, value: &str) -> String {
    let value: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    // `:PREP//20260519104000/02`: a time stands behind its qualifier.
    let (before, time) = value.rsplit_once("//").unwrap_or(("", &value));
    if let Some(at) = instant(protocol, time) {
        return format!("{before}//{}", at.to_rfc3339());
    }
    // `:SETT//EUR912711,80`: the figure stands behind letters.
    let is_figure = |c: char| c.is_ascii_digit() || c == ',' || c == '.';
    let lead = value.trim_end_matches(is_figure);
    let figure = value.get(lead.len()..).unwrap_or_default();
    let figure = if protocol == Protocol::Mt { figure.replace(',', ".") } else { figure.to_owned() };
    match figure.parse::<Decimal>() {
        Ok(number) if figure.contains('.') => format!("{lead}{}", number.normalize()),
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_say_the_same_are_spelled_the_same() {
        for (protocol, one, other, same) in [
            (Protocol::Mt, ":SETT//EUR912711,80", ":SETT//EUR912711,8", true),
            (Protocol::Mt, ":SETT//UNIT/5000,", ":SETT//UNIT/5000,0", true),
            (Protocol::Mt, "ISIN DE0007164600\r\nSAP SE", "ISIN DE0007164600\nSAP\nSE", true),
            (Protocol::Mt, ":SAFE//007", ":SAFE//7", false),
            (Protocol::Fix, "25.40", "25.4", true),
            (Protocol::Fix, "007", "7", false),
            (Protocol::Mx, "1.0", "10", false),
            (Protocol::Mt, ":PREP//20260519104000/02", ":PREP//20260519084000", true),
            (Protocol::Mt, ":PREP//20260519104000/N02", ":PREP//20260519084000", false),
            (Protocol::Mx, "2026-05-19T10:40:00+02:00", "2026-05-19T08:40:00Z", true),
            (Protocol::Mx, "2026-05-19T10:40:00.000Z", "2026-05-19T10:40:00Z", true),
            (Protocol::Mx, "2026-05-19T10:40:00Z", "2026-05-19T08:40:00Z", false),
        ] {
            assert_eq!(spelling(protocol, one) == spelling(protocol, other), same, "{one} {other}");
        }
    }
}
