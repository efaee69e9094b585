//! Circles in a net of who waits for whom: groups in which everybody reaches everybody (Kosaraju's way, without recursion, as
//! chains can be long).

/// By node, the group it belongs to; a node that is in no circle is alone in its group.
pub(super) fn groups(next: &[Vec<usize>]) -> Vec<usize> {
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); next.len()];
    for (node, others) in next.iter().enumerate() {
        others.iter().for_each(|other| before[*other].push(node));
    }
    let mut groups = vec![usize::MAX; next.len()];
    for root in finished(next).into_iter().rev() {
        let mut stack = vec![root];
        while let Some(node) = stack.pop() {
            if groups[node] == usize::MAX {
                groups[node] = root;
                stack.extend(&before[node]);
            }
        }
    }
    groups
}

/// Nodes in the order in which a walk is done with them.
fn finished(next: &[Vec<usize>]) -> Vec<usize> {
    let (mut order, mut seen) = (Vec::with_capacity(next.len()), vec![false; next.len()]);
    for root in 0..next.len() {
        let mut path: Vec<(usize, usize)> = Vec::new();
        if !std::mem::replace(&mut seen[root], true) {
            path.push((root, 0));
        }
        while let Some((node, at)) = path.last_mut() {
            let Some(other) = next[*node].get(*at).copied() else {
                order.push(*node);
                path.pop();
                continue;
            };
            *at += 1;
            if !std::mem::replace(&mut seen[other], true) {
                path.push((other, 0));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_reaches_whom_and_is_reached_is_one_group() {
        // 0 → 1 → 2 → 0, 2 → 3 → 4 → 3, and 5 alone.
        let found = groups(&[vec![1], vec![2], vec![0, 3], vec![4], vec![3], vec![]]);
        let same = |a: usize, b: usize| found[a] == found[b];
        assert!(same(0, 1) && same(1, 2) && same(3, 4), "{found:?}");
        assert!(!same(0, 3) && !same(5, 0) && !same(5, 3), "{found:?}");
    }
}
