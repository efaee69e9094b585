//! Field 35B: the instrument.

use super::encode::Writer;
use super::value;
use crate::codec::EncodeError;
use crate::model::{Instrument, OtherIdentifier};

/// National numbers that have a usual name, by the country code that stands before them.
const NAMED: [(&str, &str); 3] = [("US", "CUSIP"), ("GB", "SEDOL"), ("DE", "WKN")];

/// `ISIN DE0007164600` and lines: `/US/037833100` is a national number, `/TS/AAPL` a ticker symbol, all else describes.
pub(super) fn read(bytes: &[u8]) -> Instrument {
    let mut instrument = Instrument::default();
    let mut words: Vec<String> = Vec::new();
    for line in value::lines(bytes) {
        if let Some(isin) =
            line.strip_prefix("ISIN ").filter(|_| instrument.isin.is_none() && words.is_empty())
        {
            match isin.parse() {
                Ok(isin) => instrument.isin = Some(isin),
                Err(_) => words.push(line),
            }
            continue;
        }
        match line.strip_prefix('/').and_then(|l| l.split_once('/')) {
            Some(("TS", symbol)) if instrument.symbol.is_none() => {
                instrument.symbol = Some(symbol.to_owned())
            }
            Some((country, number))
                if country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()) =>
            {
                let scheme = NAMED.iter().find(|(c, _)| *c == country).map_or(country, |(_, name)| name);
                instrument.other.push(OtherIdentifier {
                    scheme: scheme.to_owned(),
                    value: number.to_owned(),
                    suffix: None,
                });
            }
            _ => words.push(line),
        }
    }
    if !words.is_empty() {
        instrument.description = Some(words.join(" "));
    }
    instrument
}

/// Writes 35B: the ISIN, then up to four lines.
pub(super) fn write(writer: &mut Writer, instrument: &Instrument) -> Result<(), EncodeError> {
    let mut lines: Vec<String> = Vec::new();
    for other in &instrument.other {
        if let Some(suffix) = &other.suffix {
            writer.lose("instrument.other.suffix", suffix, "35B says an identifier as one");
        }
        let code =
            NAMED.iter().find(|(_, name)| *name == other.scheme).map_or(other.scheme.as_str(), |(c, _)| c);
        let line = format!("/{code}/{}", other.value);
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) && code != "TS" {
            keep(writer, &mut lines, line);
        } else {
            writer.lose(
                "instrument.other",
                &format!("{} {}", other.scheme, other.value),
                "35B has no place for this scheme",
            );
        }
    }
    if let Some(symbol) = &instrument.symbol {
        keep(writer, &mut lines, format!("/TS/{symbol}"));
    }
    if let Some(description) = &instrument.description {
        let room = 4usize.saturating_sub(lines.len());
        lines.extend(writer.wrapped("instrument.description", description, room));
    }
    if let Some(isin) = instrument.isin {
        lines.insert(0, format!("ISIN {isin}"));
    }
    if lines.is_empty() {
        return Err(EncodeError::Missing { field: "instrument.isin", message: "35B".into() });
    }
    writer.line("35B", &lines.join("\r\n"));
    Ok(())
}

/// Keeps a line of an identifier whole, or not at all.
fn keep(writer: &mut Writer, lines: &mut Vec<String>, line: String) {
    if lines.len() < 4 && super::encode::exact("instrument", &line, 35).is_ok() {
        lines.push(line);
    } else {
        writer.lose("instrument.other", &line, "35B has four lines of 35 characters of the X set");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_and_words() {
        let instrument = read(b"ISIN US0378331005\r\n/US/037833100\r\n/TS/AAPL\r\nAPPLE INC\r\nCOMMON STOCK");
        assert_eq!(instrument.isin.map(|i| i.to_string()).as_deref(), Some("US0378331005"));
        assert_eq!(instrument.other[0].scheme, "CUSIP");
        assert_eq!(instrument.symbol.as_deref(), Some("AAPL"));
        assert_eq!(instrument.description.as_deref(), Some("APPLE INC COMMON STOCK"));
        assert_eq!(read(b"ISIN US0378331006").isin, None, "a wrong check digit is no ISIN");
    }
}
