//! Which fields of a message came back in another: two trees laid beside each other.
//!
//! Elements of one name are paired as they are equal, then as they have most in common, so that the loss of one of several alike is told of
//! the one that is lost and not of its neighbour.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::tree::Node;

/// Above so many possible pairs of elements that differ they are taken in their order: a statement may have thousands.
const WEIGHED: usize = 4096;

/// The nodes of two trees of which the values are in both.
#[derive(Debug, Default)]
pub(super) struct Carried {
    nodes: BTreeSet<*const Node>,
}

impl Carried {
    /// Lays two trees beside each other. `spelling` gives one text to values that say the same.
    pub(super) fn between(source: &[Node], returned: &[Node], spelling: &dyn Fn(&str) -> String) -> Self {
        let mut carried = Self::default();
        carried.pair(source, returned, spelling);
        carried
    }

    /// Whether the value of this node is in both.
    pub(super) fn holds(&self, node: &Node) -> bool {
        self.nodes.contains(&std::ptr::from_ref(node))
    }

    fn pair(&mut self, source: &[Node], returned: &[Node], spelling: &dyn Fn(&str) -> String) {
        let mut names: BTreeMap<&str, (Vec<&Node>, Vec<&Node>)> = BTreeMap::new();
        for node in source {
            names.entry(&node.name).or_default().0.push(node);
        }
        for node in returned {
            if let Some((_, there)) = names.get_mut(node.name.as_str()) {
                there.push(node);
            }
        }
        for (here, there) in names.into_values() {
            let (here, there) = self.take_equal(here, there, spelling);
            for (one, other) in most_alike(&here, &there, spelling) {
                if one.value.as_deref().map(spelling) == other.value.as_deref().map(spelling) {
                    self.nodes.extend([std::ptr::from_ref(one), std::ptr::from_ref(other)]);
                }
                self.pair(&one.children, &other.children, spelling);
            }
        }
    }

    /// Those that are equal as a whole; what remains on both sides is given back.
    fn take_equal<'a>(
        &mut self,
        here: Vec<&'a Node>,
        there: Vec<&'a Node>,
        spelling: &dyn Fn(&str) -> String,
    ) -> (Vec<&'a Node>, Vec<&'a Node>) {
        let mut known: BTreeMap<String, VecDeque<usize>> = BTreeMap::new();
        for (nth, node) in there.iter().enumerate() {
            known.entry(whole(node, spelling)).or_default().push_back(nth);
        }
        let mut taken = BTreeSet::new();
        let rest = here.into_iter().filter(|node| {
            let Some(nth) = known.get_mut(&whole(node, spelling)).and_then(VecDeque::pop_front) else {
                return true;
            };
            taken.insert(nth);
            self.take(node);
            if let Some(other) = there.get(nth) {
                self.take(other);
            }
            false
        });
        let rest: Vec<&Node> = rest.collect();
        let left = there.iter().enumerate().filter(|(nth, _)| !taken.contains(nth)).map(|(_, node)| *node);
        (rest, left.collect())
    }

    fn take(&mut self, node: &Node) {
        self.nodes.insert(std::ptr::from_ref(node));
        for child in &node.children {
            self.take(child);
        }
    }
}

/// Pairs of which each has most in common, none of them twice.
fn most_alike<'a>(
    here: &[&'a Node],
    there: &[&'a Node],
    spelling: &dyn Fn(&str) -> String,
) -> Vec<(&'a Node, &'a Node)> {
    let possible = here.len().saturating_mul(there.len());
    if possible <= 1 || possible > WEIGHED {
        return here.iter().copied().zip(there.iter().copied()).collect();
    }
    let values = |nodes: &[&Node]| nodes.iter().map(|node| said(node, spelling)).collect::<Vec<_>>();
    let (ours, theirs) = (values(here), values(there));
    let mut pairs: Vec<(usize, usize, usize)> = Vec::with_capacity(possible);
    for (one, ours) in ours.iter().enumerate() {
        for (other, theirs) in theirs.iter().enumerate() {
            pairs.push((ours.intersection(theirs).count(), one, other));
        }
    }
    // Most in common first; among equals the earlier ones.
    pairs.sort_unstable_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut one_taken, mut other_taken) = (BTreeSet::new(), BTreeSet::new());
    let mut chosen = Vec::new();
    for (_, one, other) in pairs {
        if one_taken.contains(&one) || other_taken.contains(&other) {
            continue;
        }
        one_taken.insert(one);
        other_taken.insert(other);
        chosen.extend(here.get(one).copied().zip(there.get(other).copied()));
    }
    chosen
}

/// All that an element says, as one text.
fn whole(node: &Node, spelling: &dyn Fn(&str) -> String) -> String {
    let mut text = String::new();
    spell(node, spelling, &mut text);
    text
}

fn spell(node: &Node, spelling: &dyn Fn(&str) -> String, text: &mut String) {
    text.push('<');
    text.push_str(&node.name);
    if let Some(value) = &node.value {
        text.push('=');
        text.push_str(&spelling(value));
    }
    for child in &node.children {
        spell(child, spelling, text);
    }
    text.push('>');
}

/// Each value that an element says, with its place in it.
fn said(node: &Node, spelling: &dyn Fn(&str) -> String) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    collect(node, "", spelling, &mut found);
    found
}

fn collect(
    node: &Node,
    above: &str,
    spelling: &dyn Fn(&str) -> String,
    found: &mut BTreeSet<(String, String)>,
) {
    if let Some(value) = &node.value {
        found.insert((above.to_owned(), spelling(value)));
    }
    for child in &node.children {
        collect(child, &format!("{above}/{}", child.name), spelling, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values that are not held, with the number of the entry they stand in.
    fn lost(source: &[Node], returned: &[Node]) -> Vec<(usize, String)> {
        let carried = Carried::between(source, returned, &|value: &str| value.to_owned());
        let entries = source.iter().enumerate();
        entries
            .flat_map(|(nth, entry)| {
                let lost = entry.children.iter().filter(|leaf| !carried.holds(leaf));
                lost.map(move |leaf| (nth, leaf.value.clone().unwrap_or_default())).collect::<Vec<_>>()
            })
            .collect()
    }

    #[test]
    fn of_several_alike_the_one_that_is_lost_is_told() {
        let entry = |of: &[(&str, &str)]| {
            Node::group("Ntry", of.iter().map(|(name, value)| Node::leaf(*name, *value)).collect())
        };
        let first = entry(&[("Ref", "A"), ("Amt", "5")]);
        let second = entry(&[("Ref", "B"), ("Amt", "5")]);
        let both = [first.clone(), second.clone()];
        assert_eq!(lost(&both, &both), []);
        assert_eq!(lost(&both, std::slice::from_ref(&second)), [(0, "A".into()), (0, "5".into())]);
        assert_eq!(lost(&both, std::slice::from_ref(&first)), [(1, "B".into()), (1, "5".into())]);
        // The first comes back without its amount, and behind the second.
        let bare = entry(&[("Ref", "A")]);
        assert_eq!(lost(&both, &[second, bare]), [(0, "5".into())]);
        // Neither is whole: each is laid beside the one that has most of it.
        let changed = [entry(&[("Ref", "B"), ("Amt", "6")]), entry(&[("Ref", "A"), ("Amt", "7")])];
        assert_eq!(lost(&both, &changed), [(0, "5".into()), (1, "5".into())]);
    }
}
