//! Where the messages of a file stand: one FIN message behind the other, RJE (`$` between them), DOS-PCC (0x01 before,
//! 0x03 and padding behind), or one bare text block.

use std::ops::Range;

/// The places of the messages; white space and separators belong to none. One pass over the bytes.
///
/// An acknowledgement (`{1:F21...`) directly followed by an input message keeps it: interfaces deliver the copy of the
/// original that way.
pub(super) fn split(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut starts = Vec::new();
    let mut line_start = true;
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == b'{'
            && bytes.get(at..).is_some_and(|rest| rest.starts_with(b"{1:"))
            && starts_here(bytes, at, line_start)
        {
            starts.push(at);
        }
        line_start = byte == b'\n' || byte == 0x01 || byte == b'$';
    }
    let Some(&first) = starts.first() else {
        return trimmed(bytes, 0..bytes.len()).into_iter().collect();
    };
    let mut ranges: Vec<Range<usize>> = trimmed(bytes, 0..first).into_iter().collect();
    let (mut start, mut has_copy) = (first, false);
    for &next in starts.iter().skip(1).chain([&bytes.len()]) {
        if next < bytes.len() && !has_copy && is_copy(bytes, start, next) {
            has_copy = true;
        } else {
            ranges.extend(trimmed(bytes, start..next));
            (start, has_copy) = (next, false);
        }
    }
    ranges
}

/// A message starts at a line start, behind a separator, or behind the end of another one; `{1:` inside a narrative
/// line is none of these.
fn starts_here(bytes: &[u8], at: usize, line_start: bool) -> bool {
    line_start
        || matches!(
            at.checked_sub(1).and_then(|before| bytes.get(before)),
            Some(b'}' | b' ' | 0x00 | 0x03 | 0xBF)
        )
}

fn is_copy(bytes: &[u8], start: usize, next: usize) -> bool {
    let acknowledgement = bytes.get(start + 4..start + 6) == Some(b"21");
    let input =
        bytes.get(next..bytes.len().min(next + 36)).is_some_and(|head| head.windows(4).any(|w| w == b"{2:I"));
    acknowledgement && input && next.checked_sub(1).and_then(|p| bytes.get(p)) == Some(&b'}')
}

fn trimmed(bytes: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let part = bytes.get(range.clone())?;
    let padding = |b: &u8| b.is_ascii_whitespace() || [0x00, 0x01, 0x03, b'$', 0x1A].contains(b);
    let first = part.iter().position(|b| !padding(b))?;
    let last = part.iter().rposition(|b| !padding(b))?;
    Some(range.start + first..range.start + last + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(bytes: &[u8]) -> Vec<String> {
        split(bytes).into_iter().map(|r| String::from_utf8_lossy(&bytes[r]).into_owned()).collect()
    }

    #[test]
    fn every_way_of_putting_messages_into_a_file() {
        let one = "{1:F01A}{4:\r\n:20C::SEME//1\r\n-}";
        let two = "{1:F01B}{4:\r\n:20C::SEME//2\r\n-}";
        for file in [
            format!("{one}{two}"),
            format!("{one}\r\n{two}\r\n"),
            format!("{one}${two}"),
            format!("{one}\r\n$\r\n{two}\r\n$\r\n"),
            format!("\u{1}{one}\u{3}      \u{1}{two}\u{3}"),
        ] {
            assert_eq!(parts(file.as_bytes()), [one, two], "{file:?}");
        }
        assert_eq!(parts(b":16R:GENL\r\n:16S:GENL\r\n").len(), 1);
        assert!(parts(b" \r\n$").is_empty());
    }

    #[test]
    fn an_acknowledgement_keeps_the_copy_behind_it() {
        let ack = "{1:F21BANKDEFFAXXX0000000000}{4:{177:2605191200}{451:0}}";
        let copy = "{1:F01BANKDEFFAXXX0000000000}{2:I541CUSTDEFFXXXXN}{4:\r\n-}";
        let other =
            "{1:F01BANKDEFFAXXX0000000000}{2:O5411200260519CUSTDEFFAXXX00000000002605191200N}{4:\r\n-}";
        assert_eq!(parts(format!("{ack}{copy}").as_bytes()), [format!("{ack}{copy}")]);
        assert_eq!(parts(format!("{ack}{other}").as_bytes()), [ack, other]);
        assert_eq!(parts(format!("{ack}\r\n{copy}").as_bytes()), [ack, copy]);
        assert_eq!(parts(format!("{ack}{copy}{copy}").as_bytes()), [format!("{ack}{copy}"), copy.into()]);
    }
}
