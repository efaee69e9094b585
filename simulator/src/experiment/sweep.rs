//! A setting that takes several values: `desk.people=1,2,4`. Several make every combination.

use toml::{Table, Value};

use super::Variant;
use crate::scenario::{Scenario, ScenarioError};

/// A setting and its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// Where it stands: sections and name, with dots.
    pub path: String,
    /// Its values, as they are written in a scenario.
    pub values: Vec<Value>,
}

impl std::str::FromStr for Sweep {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let example = "a sweep is a setting and its values, such as desk.people=1,2,4";
        let (path, values) = text.split_once('=').ok_or(example)?;
        let path = path.trim();
        if path.is_empty() || path.split('.').any(str::is_empty) {
            return Err(format!("{path:?} names no setting: {example}"));
        }
        if text.contains(['\n', '\r', '#']) {
            return Err(format!("a sweep is one line without comments: {example}"));
        }
        // As an array, so that lists and texts among the values are taken as in a scenario.
        let array = format!("v = [{values}]");
        let quoted = || {
            let texts: Vec<String> = values.split(',').map(|v| format!("{:?}", v.trim())).collect();
            format!("v = [{}]", texts.join(","))
        };
        let table: Table = array.parse().or_else(|_| quoted().parse()).map_err(|_| example)?;
        match table.get("v").and_then(Value::as_array) {
            Some(values) if !values.is_empty() && table.len() == 1 => {
                Ok(Self { path: path.to_owned(), values: values.iter().map(written).collect() })
            }
            _ => Err(example.to_owned()),
        }
    }
}

/// Times and dates are texts in a scenario, and may be swept without their quotes.
fn written(value: &Value) -> Value {
    match value {
        Value::Datetime(time) => Value::String(time.to_string()),
        other => other.clone(),
    }
}

/// The scenarios that come of a scenario's text and sweeps, each with what was set.
pub fn variants(text: &str, sweeps: &[Sweep]) -> Result<Vec<Variant>, ScenarioError> {
    if let Some(problem) = contradiction(sweeps) {
        return Err(ScenarioError::Toml(problem));
    }
    // What is wrong with the scenario itself is told of its own text, before anything is set.
    Scenario::from_toml(text)?;
    let table: Table = text.parse().map_err(|e: toml::de::Error| ScenarioError::Toml(e.to_string()))?;
    let mut made = vec![(Vec::new(), table)];
    for sweep in sweeps {
        let mut more = Vec::new();
        for (said, table) in made {
            for value in &sweep.values {
                let mut table = table.clone();
                set(&mut table, &sweep.path, value.clone())?;
                let mut said: Vec<String> = said.clone();
                said.push(format!("{}={value}", sweep.path));
                more.push((said, table));
            }
        }
        made = more;
    }
    let made: Vec<Variant> = made
        .into_iter()
        .map(|(said, table)| {
            let scenario = Scenario::from_table(table).map_err(|e| match said.as_slice() {
                [] => e,
                set => ScenarioError::Toml(format!("with {}: {}", set.join(" "), e.to_string().trim())),
            })?;
            let name = [vec![scenario.name.clone()], said].concat().join(" ");
            Ok(Variant { name, scenario })
        })
        .collect::<Result<_, ScenarioError>>()?;
    match sweeps.iter().find_map(|sweep| never_read(&sweep.path, &made)) {
        Some(why) => Err(ScenarioError::Toml(format!("{why}: sweeping it would compare a day with itself"))),
        None => Ok(made),
    }
}

/// Why no variant reads what is swept, where that is so.
fn never_read<'v>(path: &str, variants: &'v [Variant]) -> Option<&'v str> {
    let idle = |variant: &'v Variant| {
        let mut told = variant.scenario.idle.iter().map(String::as_str);
        told.find(|told| told.strip_prefix(path).is_some_and(|rest| rest.starts_with(' ')))
    };
    variants.iter().all(|variant| idle(variant).is_some()).then(|| idle(variants.first()?))?
}

/// What is set twice: the last would win, and two variants would be one.
fn contradiction(sweeps: &[Sweep]) -> Option<String> {
    let within =
        |inner: &str, outer: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    for (n, Sweep { path, values }) in sweeps.iter().enumerate() {
        if let Some(value) = (1..values.len()).find(|at| values[..*at].contains(&values[*at])) {
            return Some(format!("{path} is swept over {} twice", values[value]));
        }
        for Sweep { path: other, .. } in &sweeps[..n] {
            if path == other {
                return Some(format!("{path} is swept twice: give all its values in one --sweep"));
            }
            if within(path, other) || within(other, path) {
                return Some(format!(
                    "{other} and {path} cannot be swept together: one is a part of the other"
                ));
            }
        }
    }
    None
}

fn set(table: &mut Table, path: &str, value: Value) -> Result<(), ScenarioError> {
    let mut at = table;
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            at.insert(part.to_owned(), value);
            return Ok(());
        }
        let inner = at.entry(part).or_insert_with(|| Value::Table(Table::new()));
        at = inner
            .as_table_mut()
            .ok_or_else(|| ScenarioError::Toml(format!("{path}: {part} is a value, no section")))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sweep(text: &str) -> Sweep {
        text.parse().expect(text)
    }

    #[test]
    fn what_is_set_twice_is_refused() {
        let told = |texts: &[&str]| {
            let sweeps: Vec<Sweep> = texts.iter().map(|text| sweep(text)).collect();
            variants("name = 'x'", &sweeps).expect_err("a contradiction").to_string()
        };
        assert!(told(&["desk.people=1,2,1"]).contains("desk.people is swept over 1 twice"));
        assert!(told(&["desk.people=1", "desk.people=2"]).contains("give all its values in one --sweep"));
        assert!(told(&["desk.people=1", "desk={people = 2}"]).contains("one is a part of the other"));
    }

    #[test]
    fn every_combination_is_a_scenario() {
        let sweeps = [sweep("desk.people=1,3"), sweep("desk.repair_minutes=[1, 2],[3, 4]")];
        let variants = variants("name = 'x'", &sweeps).expect("scenarios");
        let said: Vec<(&str, u32, [u64; 2])> = variants
            .iter()
            .map(|v| (v.name.as_str(), v.scenario.desk.people, v.scenario.desk.repair_minutes))
            .collect();
        assert_eq!(
            said,
            [
                ("x desk.people=1 desk.repair_minutes=[1, 2]", 1, [1, 2]),
                ("x desk.people=1 desk.repair_minutes=[3, 4]", 1, [3, 4]),
                ("x desk.people=3 desk.repair_minutes=[1, 2]", 3, [1, 2]),
                ("x desk.people=3 desk.repair_minutes=[3, 4]", 3, [3, 4]),
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_told_of_what_was_set_and_not_of_a_text_that_nobody_wrote() {
        let wrong = |text: &str, set: &str| variants(text, &[sweep(set)]).expect_err(set).to_string();
        let of_value = wrong("name = 'x'", "desk.people=several");
        assert!(
            of_value.starts_with("with desk.people=\"several\": ") && !of_value.contains("line"),
            "{of_value}"
        );
        let of_sense = wrong("name = 'x'", "trades.count=0");
        assert!(of_sense.starts_with("with trades.count=0: trades: "), "{of_sense}");
        // What is wrong before is told where it stands.
        let of_text = wrong("name = 'x'\n[desk]\npeopel = 1", "desk.people=1");
        assert!(of_text.contains("line 3") && !of_text.contains("with desk"), "{of_text}");
    }

    #[test]
    fn times_need_no_quotes() {
        let variants = variants("name = 'x'", &[sweep("day.cut_off=15:00:00,15:30:00")]).expect("scenarios");
        let at: Vec<String> = variants.iter().map(|v| v.scenario.day.cut_off.to_string()).collect();
        assert_eq!(at, ["15:00:00", "15:30:00"]);
    }

    #[test]
    fn what_is_no_sweep_or_no_setting_is_refused() {
        for text in [
            "desk.people",
            "desk.people=1,2]#",
            "desk.people=1]\nname=[2",
            "=1,2",
            "desk..people=1",
            "desk.people=",
        ] {
            assert!(text.parse::<Sweep>().is_err(), "{text}");
        }
        let unknown = variants("name = 'x'", &[sweep("desk.peple=1,2")]).expect_err("a typing error");
        assert!(unknown.to_string().contains("peple"), "{unknown}");
        let idle = variants("name = 'x'", &[sweep("depository.cns_day=[],['10:00:00']")]).expect_err("idle");
        assert!(
            idle.to_string().contains("depository.cns_day is not read under rules = \"simple\": sweeping"),
            "{idle}"
        );
        let read_by_one = [sweep("depository.rules=simple,t2s"), sweep("depository.optimiser=true,false")];
        assert_eq!(variants("name = 'x'", &read_by_one).expect("one reads it").len(), 4);
        let value = variants("name = 'x'", &[sweep("name.x=1,2")]).expect_err("no section");
        assert!(value.to_string().contains("no section"), "{value}");
    }
}
