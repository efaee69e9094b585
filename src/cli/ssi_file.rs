//! Files of standing settlement instructions: CSV by a table of columns, and JSON, one record a line or a list of them. What
//! is wrong is said row by row, with line, column, field, what must be there and what is.

use finality_parsers::model::{Party, PartyId, SettlementChain, SsiFault, SsiRecord};
use serde::Serialize;

/// More than this is more than one person can agree to, and than one record of the journal should hold.
pub(super) const ROWS_MAX: usize = 100_000;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct RowFault {
    /// Line of the file, from 1.
    pub line: usize,
    /// Column of a CSV, from 1; character of a line of JSON. 0 when it is about the whole row.
    pub column: usize,
    /// Which field.
    pub field: String,
    /// What must be there.
    pub expected: String,
    /// What is there.
    pub found: String,
}

impl std::fmt::Display for RowFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}", self.line)?;
        if self.column > 0 {
            write!(f, ", column {}", self.column)?;
        }
        write!(f, ": {} must be {}, and is {:?}", self.field, self.expected, self.found)
    }
}

type Read = fn(&mut SsiRecord, &str) -> Result<(), String>;
type Write = fn(&SsiRecord) -> Option<String>;

struct Column {
    name: &'static str,
    expected: &'static str,
    read: Read,
    write: Write,
}

macro_rules! value {
    ($field:ident, $expected:literal) => {
        Column {
            name: stringify!($field),
            expected: $expected,
            read: |record, text| {
                record.$field = Some(text.parse().map_err(|e| format!("{e}"))?);
                Ok(())
            },
            write: |record| record.$field.as_ref().map(ToString::to_string),
        }
    };
}

macro_rules! party {
    ($field:ident, $account:literal) => {
        [
            Column {
                name: stringify!($field),
                expected: "a BIC, or ISSUER/IDENTIFIER",
                read: |record, text| {
                    record.chain.$field = Some(party_of(text)?);
                    Ok(())
                },
                write: |record| record.chain.$field.as_ref().and_then(party_text),
            },
            Column {
                name: $account,
                expected: "an account of the party in the column before",
                read: |record, text| {
                    let account = text.parse().map_err(|e| format!("{e}"))?;
                    let party = record.chain.$field.take().ok_or("no party in the column before")?;
                    record.chain.$field = Some(party.with_account(account));
                    Ok(())
                },
                write: |record| record.chain.$field.as_ref()?.account.as_ref().map(ToString::to_string),
            },
        ]
    };
}

/// The columns, in the order in which they are written. In a file they may stand in any order, but an account behind its party.
fn columns() -> Vec<Column> {
    let mut columns = vec![
        Column {
            name: "id",
            expected: "a name of at most 70 characters",
            read: |record, text| {
                record.id = text.parse().map_err(|e| format!("{e}"))?;
                Ok(())
            },
            write: |record| Some(record.id.to_string()),
        },
        value!(party, "a BIC of 8 or 11 characters"),
        value!(account, "an account of ours"),
        value!(group, "a group of accounts"),
        Column {
            name: "country",
            expected: "two upper-case letters",
            read: |record, text| {
                record.country = Some(text.to_owned());
                Ok(())
            },
            write: |record| record.country.clone(),
        },
        value!(security_type, "equity, fixed_income, fund, entitlement or other"),
        value!(method, "dvp, rvp or fop"),
        value!(currency, "a currency of ISO 4217"),
        value!(model, "the name of another record"),
        value!(from, "a day, YYYY-MM-DD"),
        value!(until, "a day, YYYY-MM-DD"),
    ];
    columns.extend(party!(depository, "depository_account"));
    columns.extend(party!(agent, "agent_account"));
    columns.extend(party!(intermediary_2, "intermediary_2_account"));
    columns.extend(party!(intermediary_1, "intermediary_1_account"));
    columns.extend(party!(custodian, "custodian_account"));
    columns.extend(party!(client, "client_account"));
    columns.push(value!(cash_account, "an account"));
    columns
}

fn party_of(text: &str) -> Result<Party, String> {
    if let Some((issuer, id)) =
        text.split_once('/').filter(|(issuer, id)| !issuer.is_empty() && !id.is_empty())
    {
        return Ok(Party::new(PartyId::Proprietary { issuer: issuer.to_owned(), id: id.to_owned() }));
    }
    text.parse().map(Party::bic).map_err(|e| e.to_string())
}

fn party_text(party: &Party) -> Option<String> {
    match &party.id {
        PartyId::Bic(bic) => Some(bic.to_string()),
        PartyId::Proprietary { issuer, id } => Some(format!("{issuer}/{id}")),
        _ => None,
    }
}

/// The records of a file, or everything that is wrong with it. CSV or JSON is told by how it begins.
pub(super) fn read(text: &str) -> Result<Vec<SsiRecord>, Vec<RowFault>> {
    let text = text.trim_start_matches('\u{feff}');
    let rows = match text.trim_start().chars().next() {
        Some('[') => list(text)?,
        Some('{') => lines(text)?,
        _ => table(text)?,
    };
    let whole = |expected: &str, found: String| {
        vec![RowFault { line: 1, column: 0, field: "the file".into(), expected: expected.into(), found }]
    };
    if rows.is_empty() {
        return Err(whole("one record or more", "empty".to_owned()));
    }
    if rows.len() > ROWS_MAX {
        return Err(whole(&format!("at most {ROWS_MAX} records; split it"), rows.len().to_string()));
    }
    let mut faults = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for (line, record) in &rows {
        faults.extend(record.faults().into_iter().map(|fault| of_record(*line, fault)));
        if let Some(first) = seen.insert(&record.id, *line) {
            let expected = format!("there once: it is in line {first} already");
            let fault = RowFault {
                line: *line,
                column: 0,
                field: "id".into(),
                expected,
                found: record.id.to_string(),
            };
            faults.push(fault);
        }
    }
    if faults.is_empty() { Ok(rows.into_iter().map(|(_, record)| record).collect()) } else { Err(faults) }
}

fn of_record(line: usize, fault: SsiFault) -> RowFault {
    RowFault { line, column: 0, field: fault.field.to_owned(), expected: fault.expected, found: fault.found }
}

type Rows = Vec<(usize, SsiRecord)>;

fn list(text: &str) -> Result<Rows, Vec<RowFault>> {
    let records: Vec<SsiRecord> = serde_json::from_str(text).map_err(|e| vec![json_fault(0, &e)])?;
    // Which line an entry of a list stands in JSON does not say; which entry it is helps as much.
    Ok(records.into_iter().enumerate().map(|(n, record)| (n + 1, record)).collect())
}

fn lines(text: &str) -> Result<Rows, Vec<RowFault>> {
    let (mut rows, mut faults) = (Vec::new(), Vec::new());
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(record) => rows.push((n + 1, record)),
            Err(error) => faults.push(json_fault(n, &error)),
        }
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

fn json_fault(lines_before: usize, error: &serde_json::Error) -> RowFault {
    RowFault {
        line: lines_before + error.line(),
        column: error.column(),
        field: "the record".to_owned(),
        expected: "as docs/ssi.md describes it".to_owned(),
        found: error.to_string(),
    }
}

fn table(text: &str) -> Result<Rows, Vec<RowFault>> {
    let mut cells = rows_of(text)?.into_iter();
    let Some((_, head)) = cells.next() else { return Ok(Vec::new()) };
    let columns = columns();
    let mut faults = Vec::new();
    let mut order = Vec::new();
    for (n, name) in head.iter().enumerate() {
        match columns.iter().position(|c| c.name == name.trim()) {
            Some(column) if !order.contains(&Some(column)) => order.push(Some(column)),
            _ => {
                let known = columns.iter().map(|c| c.name).collect::<Vec<_>>().join(", ");
                let expected = format!("each once of the columns {known}");
                faults.push(RowFault {
                    line: 1,
                    column: n + 1,
                    field: "the heading".into(),
                    expected,
                    found: name.clone(),
                });
                order.push(None);
            }
        }
    }
    if !order.contains(&Some(0)) {
        let (field, expected) = ("the heading".into(), "with a column id".into());
        faults.push(RowFault { line: 1, column: 0, field, expected, found: head.join(",") });
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let mut rows = Vec::new();
    for (line, row) in cells {
        if row.len() != order.len() {
            let expected = format!("{} cells wide, as the heading", order.len());
            let found = format!("{} cells", row.len());
            faults.push(RowFault { line, column: 0, field: "the row".into(), expected, found });
            continue;
        }
        let mut record = SsiRecord::new("?".parse().expect("a name"));
        for (n, (text, column)) in row.iter().zip(&order).enumerate() {
            let Some(column) = column.map(|c| &columns[c]) else { continue };
            let text = text.trim();
            if text.is_empty() && column.name != "id" {
                continue;
            }
            if let Err(why) = (column.read)(&mut record, text) {
                let expected = format!("{} ({why})", column.expected);
                let field = column.name.to_owned();
                faults.push(RowFault { line, column: n + 1, field, expected, found: text.to_owned() });
            }
        }
        rows.push((line, record));
    }
    if faults.is_empty() { Ok(rows) } else { Err(faults) }
}

/// Cells by RFC 4180: in quotation marks where they hold commas, marks (doubled) or ends of lines. Each row with its line.
fn rows_of(text: &str) -> Result<Vec<(usize, Vec<String>)>, Vec<RowFault>> {
    let mut rows = Vec::new();
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let (mut line, mut began) = (1, 1);
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if c == '\n' {
            line += 1;
        }
        match c {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            ',' if !quoted => row.push(std::mem::take(&mut cell)),
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            '\n' if !quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push((began, std::mem::take(&mut row)));
                began = line;
            }
            other => cell.push(other),
        }
    }
    if quoted {
        let (field, expected) = ("the cell".into(), "closed by a quotation mark".into());
        return Err(vec![RowFault {
            line: began,
            column: row.len() + 1,
            field,
            expected,
            found: "open".into(),
        }]);
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push((began, row));
    }
    rows.retain(|(_, row)| row.iter().any(|cell| !cell.trim().is_empty()));
    Ok(rows)
}

/// What a record says, by column.
pub(super) fn cells(record: &SsiRecord) -> Vec<String> {
    columns().iter().map(|column| (column.write)(record).unwrap_or_default()).collect()
}

/// The records as CSV, or the first that says what CSV has no column for.
pub(super) fn csv<'a>(records: impl IntoIterator<Item = &'a SsiRecord>) -> Result<String, String> {
    let columns = columns();
    let mut text = columns.iter().map(|c| c.name).collect::<Vec<_>>().join(",") + "\n";
    for record in records {
        if !fits(&record.chain) {
            return Err(format!(
                "{} names a party by more than a BIC or an identifier, which CSV has no column for: export as json",
                record.id
            ));
        }
        let cells = columns.iter().map(|column| quoted((column.write)(record).unwrap_or_default()));
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    Ok(text)
}

fn fits(chain: &SettlementChain) -> bool {
    let all = [
        &chain.depository,
        &chain.agent,
        &chain.intermediary_2,
        &chain.intermediary_1,
        &chain.custodian,
        &chain.client,
    ];
    all.into_iter().flatten().all(|party| {
        // What an identifier says must be read back as it is.
        let again = party_text(party).and_then(|text| party_of(&text).ok());
        again.is_some_and(|again| again.id == party.id)
            && party.lei.is_none()
            && party.processing_reference.is_none()
            && party.further.is_empty()
    })
}

fn quoted(cell: String) -> String {
    if cell.contains([',', '"', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id,party,country,method,from,depository,agent,agent_account,cash_account\r\n\
        BROK-DE,BROKDEFFXXX,DE,dvp,2026-01-01,DAKVDEFFXXX,BROKDEFFXXX,\"A, 1 \"\"x\"\"\",\r\n\
        \r\n\
        BROK-US,BROKDEFFXXX,US,,,DTCYUS33XXX,DTC/0123,,\n";

    #[test]
    fn what_is_written_is_read_again() {
        let records = read(GOOD).expect("it is good");
        assert_eq!(records.len(), 2);
        let agent = records[0].chain.agent.as_ref().expect("an agent");
        assert_eq!(agent.account.as_ref().map(|a| a.as_str()), Some("A, 1 \"x\""));
        assert_eq!(read(&csv(&records).expect("CSV says it all")), Ok(records.clone()));
        let json: Vec<String> = records.iter().map(|r| serde_json::to_string(r).expect("JSON")).collect();
        assert_eq!(read(&json.join("\n")), Ok(records.clone()));
        assert_eq!(read(&serde_json::to_string(&records).expect("JSON")), Ok(records));
    }

    #[test]
    fn what_is_wrong_is_said_row_by_row() {
        let bad = GOOD.replace("dvp", "cash").replace("DTCYUS33XXX", "DTC").replace("US,,", "USA,,");
        let faults = read(&bad).expect_err("it is bad");
        let at: Vec<(usize, usize, &str)> =
            faults.iter().map(|f| (f.line, f.column, f.field.as_str())).collect();
        assert_eq!(at, [(2, 4, "method"), (4, 6, "depository")]);
        assert!(
            faults[0].to_string().contains("dvp, rvp or fop") && faults[0].found == "cash",
            "{}",
            faults[0]
        );
        let twice = format!("{GOOD}BROK-US,,DEU,,,,,,\n");
        let fields: Vec<String> = read(&twice).expect_err("bad").into_iter().map(|f| f.field).collect();
        assert_eq!(fields, ["country", "chain", "id"]);
    }

    #[test]
    fn files_that_are_none() {
        for (text, expected) in [
            ("", "one record or more"),
            ("id,party\n", "one record or more"),
            ("name,party\nX,Y\n", "each once of the columns id, party"),
            ("party\nBROKDEFFXXX\n", "with a column id"),
            ("id,party\nX\n", "2 cells wide"),
            ("id\n\"X\n", "closed by a quotation mark"),
            ("{\"id\":\"X\",\"colour\":1}", "as docs/ssi.md"),
            ("[{\"id\":1}]", "as docs/ssi.md"),
        ] {
            let faults = read(text).expect_err(text);
            assert!(faults[0].expected.contains(expected), "{text:?}: {}", faults[0]);
        }
    }
}
