//! Scripts of a FIX session over a real line: the notation of `samples/fix/session`, without its made-up time.
//!
//! | code | step |
//! |---|---|
//! | `D`, `P` | send this message; `P` as one that may have been sent before |
//! | `B` | send these bytes as they stand, `|` for SOH |
//! | `A` | an application message with these fields comes; `*` is any value |
//! | `R` | the session is logged on |
//! | `C` | the line is taken down, with these words in the reason |

use finality_parsers::fix::Version;
use finality_parsers::fix::field::SOH;
use finality_parsers::fix::frame::checksum;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Line of the script, from 1.
    pub line: usize,
    /// What.
    pub what: What,
}

/// What a step does or waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Send a message.
    Deliver {
        /// Its fields; the session's are stamped.
        message: Vec<u8>,
        /// Sent before, perhaps.
        possible_resend: bool,
    },
    /// Send bytes.
    Bytes(Vec<u8>),
    /// Wait for a message with these fields.
    Message(Vec<(String, String)>),
    /// Wait until logged on.
    Ready,
    /// Wait for the end.
    Closed(String),
}

/// Reads a script. The error says the line and what may stand there.
pub fn read(text: &str, version: Version) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let (number, line) = (at + 1, line.trim());
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // Steps may be numbered.
        let line = line.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start();
        let (code, rest) = line.split_once(' ').map_or((line, ""), |(code, rest)| (code, rest.trim()));
        let what = match code {
            "D" | "P" => What::Deliver { message: whole(rest, version), possible_resend: code == "P" },
            "B" => What::Bytes(rest.replace('|', "\u{1}").into_bytes()),
            "A" => What::Message(
                fields(rest).ok_or_else(|| format!("line {number}: {rest:?} must be tag=value|tag=value"))?,
            ),
            "R" => What::Ready,
            "C" => What::Closed(rest.to_owned()),
            // Who talks to whom is said by the arguments.
            "S" | "O" => continue,
            _ => {
                return Err(format!(
                    "line {number}: {code:?} is no step here; there are D, P, B, A, R and C"
                ));
            }
        };
        steps.push(Step { line: number, what });
    }
    Ok(steps)
}

fn fields(text: &str) -> Option<Vec<(String, String)>> {
    let parts = text.trim_end_matches('|').split('|').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').map(|(t, v)| (t.to_owned(), v.to_owned()))).collect()
}

/// A message from its fields; the session stamps its header.
fn whole(text: &str, version: Version) -> Vec<u8> {
    let body = format!("{}|", text.trim_end_matches('|')).replace('|', "\u{1}");
    let mut bytes = format!("8={}\u{1}9={}\u{1}{body}", version.begin_string(), body.len()).into_bytes();
    let sum = checksum(&bytes, SOH);
    bytes.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
    bytes
}

/// The first field that a message should have and has not.
pub fn missing<'w>(message: &[u8], wanted: &'w [(String, String)]) -> Option<&'w (String, String)> {
    let has = |(tag, value): &&'w (String, String)| {
        message.split(|b| *b == SOH).any(|field| {
            let found = field.strip_prefix(tag.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
            found.is_some_and(|found| match value.strip_suffix('*') {
                Some(start) => found.starts_with(start.as_bytes()),
                None => found == value.as_bytes(),
            })
        })
    };
    wanted.iter().find(|field| !has(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_and_says_what_it_does_not_know() {
        let script =
            "# made up\n1 S initiator FIX.4.4 A B 30\n2 R\nD 35=J|70=X\nA 35=P|70=X|58=*\nC logged out\n";
        let steps = read(script, Version::Fix44).expect("it reads");
        assert_eq!(steps.iter().map(|s| s.line).collect::<Vec<_>>(), [3, 4, 5, 6]);
        let What::Message(wanted) = &steps[2].what else { panic!("{steps:?}") };
        assert_eq!(missing(b"35=P\x0170=X\x0158=hello\x01", wanted), None);
        assert_eq!(missing(b"35=P\x0170=XY\x0158=hello\x01", wanted), Some(&wanted[1]));
        assert!(read("T 09:00:00", Version::Fix44).expect_err("no made-up time").contains("line 1"));
    }
}
