//! The committed tables, read once and shared.

use std::sync::OnceLock;

use super::facet::Simple;
use super::schema::{Schema, Shape};
use super::{sese_023, sese_024, sese_025};

macro_rules! texts {
    ($($message:literal),+ $(,)?) => {
        /// Message identifier and table text of every message that is known by heart.
        pub const TEXTS: &[(&str, &str)] =
            &[$(($message, include_str!(concat!("tables/", $message, ".table")))),+];
    };
}

texts!(
    "head.001.001.02",
    "head.001.001.03",
    "head.001.001.04",
    "sese.023.001.11",
    "sese.024.001.12",
    "sese.024.001.14",
    "sese.025.001.11",
    "sese.025.001.13",
);

static SCHEMAS: [OnceLock<Schema>; TEXTS.len()] = [const { OnceLock::new() }; TEXTS.len()];

/// A table, and whether it is the message's own or that of its nearest version.
#[derive(Debug, Clone, Copy)]
pub struct Found<'s> {
    /// The table.
    pub schema: &'s Schema,
    /// The very version that was asked for.
    pub exact: bool,
}

/// The table of a message identifier, or that of the nearest version of the same message.
pub fn find(message: &str) -> Option<Found<'static>> {
    let same = TEXTS.iter().position(|(candidate, _)| *candidate == message);
    let index = same.or_else(|| nearest(message))?;
    let (_, text) = TEXTS.get(index)?;
    let read = || Schema::parse(text).expect("committed tables are tested to read");
    let schema = SCHEMAS.get(index)?.get_or_init(read);
    Some(Found { schema, exact: same.is_some() })
}

/// The known version next to this one.
fn nearest(message: &str) -> Option<usize> {
    let (wanted, variant, version) = split(message)?;
    let distance = |candidate: &str| {
        let (name, other_variant, other) = split(candidate)?;
        (wanted == name).then(|| (variant.abs_diff(other_variant), version.abs_diff(other)))
    };
    let candidates = TEXTS.iter().enumerate();
    candidates.filter_map(|(index, (name, _))| Some((distance(name)?, index))).min().map(|(_, index)| index)
}

/// The codes of a type of a message.
pub fn codes(message: &str, name: &str) -> &'static [String] {
    let schema = find(message).map(|found| found.schema);
    let of = schema.and_then(|schema| schema.types().iter().find(|of| of.name == name));
    match of.map(|of| &of.shape) {
        Some(Shape::Value(Simple::Codes(codes))) => codes,
        _ => &[],
    }
}

/// The version of a message (`sese.023`) that is written.
pub(super) fn current(name: &str) -> Option<&'static str> {
    [sese_023::MESSAGE, sese_024::MESSAGE, sese_025::MESSAGE]
        .into_iter()
        .find(|message| message.get(..8) == Some(name))
}

/// `sese.023.001.11` as name, variant and version.
fn split(message: &str) -> Option<(&str, u32, u32)> {
    let (rest, version) = message.rsplit_once('.')?;
    let (name, variant) = rest.rsplit_once('.')?;
    Some((name, variant.parse().ok()?, version.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_version_is_found() {
        for (asked, found, exact) in [
            ("sese.023.001.11", "sese.023.001.11", true),
            ("sese.023.001.09", "sese.023.001.11", false),
            ("sese.023.002.11", "sese.023.001.11", false),
            ("sese.024.001.99", "sese.024.001.14", false),
            ("head.001.001.01", "head.001.001.02", false),
        ] {
            let got = find(asked).expect(asked);
            assert_eq!((got.schema.message(), got.exact), (found, exact), "{asked}");
        }
        for unknown in ["semt.002.001.11", "sese.023", "", "sese.023.x.y", "...."] {
            assert!(find(unknown).is_none(), "{unknown}");
        }
    }
}
