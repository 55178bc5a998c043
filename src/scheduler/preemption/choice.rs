//! Which of the nodes that can be freed is taken.

use super::{Candidate, Fate};
use crate::api::EcoString;
use crate::scheduler::cycle::pick;

/// What candidates are compared by, in order (`pickOneNodeForPreemption`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Criterion {
    /// There was one candidate.
    OnlyOne,
    /// Fewest victims that a PodDisruptionBudget protects.
    FewestViolations,
    /// The lowest highest priority of a victim.
    LowestHighestPriority,
    /// The smallest sum of the victims' priorities, each raised by 2^31.
    SmallestPrioritySum,
    /// Fewest victims.
    FewestVictims,
    /// The latest start of the earliest victim of the highest priority.
    LatestStart,
    /// All were equal: by chance.
    Chance,
}

impl Criterion {
    /// Those that compare, in order.
    pub const COMPARING: [Criterion; 5] = [
        Criterion::FewestViolations,
        Criterion::LowestHighestPriority,
        Criterion::SmallestPrioritySum,
        Criterion::FewestVictims,
        Criterion::LatestStart,
    ];

    /// What a candidate comes to; the lowest is taken, except the latest start.
    pub fn value(self, candidate: &Candidate) -> i64 {
        let victims = || candidate.pods.iter().filter(|pod| pod.fate == Fate::Victim);
        let highest = || victims().map(|victim| victim.priority()).max().unwrap_or(0);
        match self {
            Criterion::FewestViolations => i64::from(candidate.violations),
            Criterion::LowestHighestPriority => i64::from(highest()),
            Criterion::SmallestPrioritySum => {
                victims().map(|victim| i64::from(victim.priority()) + (1 << 31)).sum()
            }
            Criterion::FewestVictims => victims().count() as i64,
            Criterion::LatestStart => {
                let highest = highest();
                let of_highest = victims().filter(|victim| victim.priority() == highest);
                of_highest.map(|victim| victim.start.0).min().unwrap_or(0)
            }
            Criterion::OnlyOne | Criterion::Chance => 0,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Criterion::OnlyOne => "the only candidate",
            Criterion::FewestViolations => "fewest PodDisruptionBudget violations",
            Criterion::LowestHighestPriority => "lowest highest victim priority",
            Criterion::SmallestPrioritySum => "smallest sum of victim priorities",
            Criterion::FewestVictims => "fewest victims",
            Criterion::LatestStart => "latest start of a victim",
            Criterion::Chance => "chance among equals",
        }
    }
}

/// The node that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The node.
    pub node: EcoString,
    /// What decided.
    pub by: Criterion,
    /// The candidates that were left before the decision, by node, this one included.
    pub among: Vec<EcoString>,
}

/// Compares criterion by criterion until one candidate is left.
pub(super) fn choose(candidates: &[Candidate], chance: u64) -> Option<Choice> {
    let mut left: Vec<&Candidate> = candidates.iter().collect();
    left.sort_by(|some, other| some.node.cmp(&other.node));
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
