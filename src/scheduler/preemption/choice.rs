//! Which of the nodes that can be freed is taken.

use crate::api::sort;
use crate::scheduler::framework::pick;
use crate::scheduler::trace::{Candidate, Choice, Criterion};

/// Compares criterion by criterion until one candidate is left.
pub(super) fn choose(candidates: &[Candidate], chance: u64) -> Option<Choice> {
    let mut left: Vec<&Candidate> = candidates.iter().collect();
    sort::by(&mut left, |some, other| some.node.cmp(&other.node));
    let choice = |node: &Candidate, by, left: &[&Candidate]| Choice {
        node: node.node.clone(),
        by,
        among: left.iter().map(|candidate| candidate.node.clone()).collect(),
    };
    if let [only] = left.as_slice() {
        return Some(choice(only, Criterion::OnlyOne, &left));
    }
    for by in Criterion::COMPARING {
        let cost = |candidate: &Candidate| match by {
            Criterion::LatestStart => -by.value(candidate),
            _ => by.value(candidate),
        };
        let costs: Vec<i64> = left.iter().map(|candidate| cost(candidate)).collect();
        let least = costs.iter().copied().min()?;
        let kept: Vec<_> =
            left.iter().zip(&costs).filter(|(_, cost)| **cost == least).map(|(kept, _)| *kept).collect();
        if let [one] = kept.as_slice() {
            return Some(choice(one, by, &left));
        }
        left = kept;
    }
    let node = left.get(pick(chance, left.len()))?;
    Some(choice(node, Criterion::Chance, &left))
}
