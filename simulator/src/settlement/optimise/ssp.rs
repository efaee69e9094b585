//! The format `ssp-1`: one JSON object with openings, instructions as rows of nine, and groups.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::instance::{Defect, Draft, Instance, Instruction};

/// The name that a file says.
pub const FORMAT: &str = "ssp-1";

/// Why a file is no instance.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is no JSON, or not of this shape; line and column are in the sentence.
    #[error("it cannot be read as ssp-1: {0}")]
    Shape(#[from] serde_json::Error),
    /// It says that it is something else.
    #[error("its \"format\" is {found}; this reads \"ssp-1\"")]
    Format {
        /// What it says, or that it says nothing.
        found: String,
    },
    /// It has the shape, and something in it cannot be.
    #[error(transparent)]
    Defect(#[from] Defect),
}

#[derive(Deserialize)]
struct File {
    format: Option<serde_json::Value>,
    n_participants: Option<u64>,
    prices: Option<Vec<i64>>,
    cash: Option<Vec<i64>>,
    positions: Option<Vec<(u32, u32, i64)>>,
    instructions: Option<Vec<Row>>,
    #[serde(default)]
    groups: Vec<Vec<i64>>,
}

/// Id, seller, buyer, line, quantity, cash, priority, whether a part may settle, the smallest part.
#[derive(Deserialize)]
struct Row(i64, u32, u32, u32, i64, i64, u8, Flag, i64);

#[derive(Deserialize)]
#[serde(untagged, expecting = "whether a part may settle is 0 or 1")]
enum Flag {
    Word(bool),
    Number(u8),
}

impl Row {
    /// Read from this place.
    fn instruction(self, at: usize) -> Result<Instruction, Defect> {
        let Self(id, seller, buyer, line, quantity, cash, priority, flag, min_quantity) = self;
        let partial_ok = match flag {
            Flag::Word(yes) => yes,
            Flag::Number(number @ 0..=1) => number == 1,
            Flag::Number(number) => {
                let what = format!("whether a part may settle is 0 or 1, not {number}");
                return Err(Defect { place: format!("instructions[{at}] (id {id})"), what });
            }
        };
        Ok(Instruction { id, seller, buyer, line, quantity, cash, priority, partial_ok, min_quantity })
    }
}

/// What only looks at what a file says it is.
#[derive(Deserialize)]
struct Front {
    format: Option<serde_json::Value>,
}

/// Names that an instance may have beside those that are read.
const BESIDE: [&str; 3] = ["name", "seed", "params"];
/// Names that are read.
const READ: [&str; 7] = ["format", "n_participants", "prices", "cash", "positions", "instructions", "groups"];

/// Groups as they stand in a file.
#[derive(Default, Deserialize)]
struct Groups {
    #[serde(default)]
    groups: Vec<Vec<i64>>,
}

/// What is in an instance that is read and looks like a mistake: names that nobody reads, priorities that the format has not,
/// parts above the whole, groups of nothing or of the same twice.
pub fn oddities(bytes: &[u8], instance: &Instance) -> Vec<String> {
    let names: BTreeMap<String, IgnoredAny> = serde_json::from_slice(bytes).unwrap_or_default();
    let unknown =
        names.keys().filter(|name| !READ.contains(&name.as_str()) && !BESIDE.contains(&name.as_str()));
    let mut odd: Vec<String> = unknown
        .map(|name| format!("{name:?} is passed over: what is read are {}", READ.join(", ")))
        .collect();
    let strange = |i: &&Instruction| !(1..=4).contains(&i.priority);
    if let Some(first) = instance.instructions.iter().find(strange) {
        let count = instance.instructions.iter().filter(strange).count();
        odd.push(format!(
            "{count} instructions have a priority that is not 1 to 4, the first of them id {} with {}; it changes nothing by count or value",
            first.id, first.priority
        ));
    }
    let above = |i: &&Instruction| i.partial_ok && i.min_quantity > i.quantity;
    if let Some(first) = instance.instructions.iter().find(above) {
        let count = instance.instructions.iter().filter(above).count();
        odd.push(format!(
            "{count} instructions have a smallest part above their quantity, the first of them id {} with {} of {}; here nothing settles in part",
            first.id, first.min_quantity, first.quantity
        ));
    }
    let Groups { groups } = serde_json::from_slice(bytes).unwrap_or_default();
    for (at, group) in groups.iter().enumerate() {
        let mut ids = group.clone();
        ids.sort_unstable();
        if ids.is_empty() {
            odd.push(format!("groups[{at}] is empty: it is passed over"));
        } else if let Some(two) = ids.windows(2).find(|two| two[0] == two[1]) {
            odd.push(format!("groups[{at}] names id {} twice; it counts once", two[0]));
        }
    }
    odd
}

/// Reads an instance.
pub fn read(bytes: &[u8]) -> Result<Instance, Refusal> {
    let file: File = match serde_json::from_slice(bytes) {
        Ok(file) => file,
        Err(error) => {
            // A file of another format is told so, whatever its shape.
            if let Ok(front) = serde_json::from_slice::<Front>(bytes) {
                says_its_name(front.format)?;
            }
            return Err(error.into());
        }
    };
    says_its_name(file.format)?;
    let there = |name: &str| Defect { place: name.to_owned(), what: "it is not there".to_owned() };
    let draft = Draft {
        prices: file.prices.ok_or_else(|| there("prices"))?,
        cash: file.cash.ok_or_else(|| there("cash"))?,
        positions: file.positions.ok_or_else(|| there("positions"))?,
        instructions: file
            .instructions
            .ok_or_else(|| there("instructions"))?
            .into_iter()
            .enumerate()
            .map(|(at, row)| row.instruction(at))
            .collect::<Result<_, Defect>>()?,
        groups: file.groups,
    };
    let participants = file.n_participants.ok_or_else(|| there("n_participants"))?;
    if participants != draft.cash.len() as u64 {
        let what = format!(
            "there are {} balances for {participants} participants: give one for each, 0 for none",
            draft.cash.len()
        );
        return Err(Defect { place: "cash".to_owned(), what }.into());
    }
    Ok(Instance::check(draft)?)
}

fn says_its_name(format: Option<serde_json::Value>) -> Result<(), Refusal> {
    match format {
        Some(serde_json::Value::String(name)) if name == FORMAT => Ok(()),
        Some(other) => Err(Refusal::Format { found: other.to_string() }),
        None => Err(Refusal::Format { found: "missing".to_owned() }),
    }
}

/// Writes an instance, one instruction a line.
pub fn write(instance: &Instance, name: &str) -> String {
    let mut text = String::new();
    let list = |items: &[i64]| items.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    let rows = |rows: Vec<String>| rows.join(",\n");
    let positions = instance.positions.iter().map(|((p, l), q)| format!("[{p},{l},{q}]")).collect();
    let instructions = instance
        .instructions
        .iter()
        .map(|i| {
            let partial = u8::from(i.partial_ok);
            format!(
                "[{},{},{},{},{},{},{},{partial},{}]",
                i.id, i.seller, i.buyer, i.line, i.quantity, i.cash, i.priority, i.min_quantity
            )
        })
        .collect();
    let id = |place: &u32| instance.instructions[*place as usize].id;
    let groups = instance.groups.iter().map(|g| format!("[{}]", list(&g.iter().map(id).collect::<Vec<_>>())));
    let _ = write!(
        text,
        "{{\"format\":\"{FORMAT}\",\"name\":{},\n\"n_participants\":{},\n\"prices\":[{}],\n\"cash\":[{}],\n\
         \"positions\":[\n{}],\n\"instructions\":[\n{}],\n\"groups\":[{}]}}\n",
        serde_json::Value::from(name),
        instance.cash.len(),
        list(&instance.prices),
        list(&instance.cash),
        rows(positions),
        rows(instructions),
        groups.collect::<Vec<_>>().join(",")
    );
    text
}
