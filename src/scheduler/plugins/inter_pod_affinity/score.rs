//! Preferred affinity and anti-affinity. Upstream: `interpodaffinity/scoring.go`.

use super::counts::Counts;
use super::{InterPodAffinity, meant_by_other, meant_by_own};
use crate::scheduler::framework::{Cycle, MAX_NODE_SCORE, PreScore, Score, ScorePlugin};
use crate::scheduler::{NodeInfo, PodInfo, PodRules, Term};

/// What a required affinity of a pod already there counts for (`hardPodAffinityWeight`).
const HARD_WEIGHT: i32 = 1;

impl ScorePlugin for InterPodAffinity {
    fn default_weight(&self) -> i64 {
        2
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> PreScore<'a> {
        let own = cycle.pod.affinity.as_deref().filter(|rules| {
            !rules.preferred_affinity.is_empty() || !rules.preferred_anti_affinity.is_empty()
        });
        let mut sums = Sums { cycle, counts: Counts::default(), is_touched: false };
        if own.is_some() {
            for node in cycle.snapshot.cache.nodes() {
                for pod in &node.pods {
                    sums.count(own, pod, node);
                }
            }
        } else {
            // Only pods with rules of their own can matter.
            for node in cycle.snapshot.cache.nodes_with_rules() {
                for pod in node.pods.iter().filter(|pod| pod.affinity.is_some()) {
                    sums.count(None, pod, node);
                }
            }
        }
        if sums.is_touched { PreScore::rank(Ranking { counts: sums.counts }) } else { PreScore::Skip }
    }
}

struct Sums<'a> {
    cycle: Cycle<'a>,
    counts: Counts,
    is_touched: bool,
}

impl Sums<'_> {
    fn count(&mut self, own: Option<&PodRules>, pod: &PodInfo, node: &NodeInfo) {
        let Cycle { pod: incoming, snapshot } = self.cycle;
        if let Some(own) = own {
            let weighted = own.preferred_affinity.iter().map(|(weight, term)| (*weight, term));
            let against = own.preferred_anti_affinity.iter().map(|(weight, term)| (-weight, term));
            for (weight, term) in weighted.chain(against) {
                if meant_by_own(term, &pod.pod, snapshot) {
                    self.add(node, term, weight);
                }
            }
        }
        if let Some(rules) = &pod.affinity {
            let hard = rules.required_affinity.iter().map(|term| (HARD_WEIGHT, term));
            let weighted = rules.preferred_affinity.iter().map(|(weight, term)| (*weight, term));
            let against = rules.preferred_anti_affinity.iter().map(|(weight, term)| (-weight, term));
            for (weight, term) in hard.chain(weighted).chain(against) {
                if meant_by_other(term, &incoming.pod, snapshot) {
                    self.add(node, term, weight);
                }
            }
        }
    }

    fn add(&mut self, node: &NodeInfo, term: &Term, weight: i32) {
        self.is_touched |= self.counts.add(node, &term.topology_key, weight.into());
    }
}

struct Ranking {
    counts: Counts,
}

impl Score for Ranking {
    fn score(&self, node: &NodeInfo) -> i64 {
        self.counts.keys().map(|key| self.counts.at(node, key)).sum()
    }

    fn normalize(&self, scores: &mut [i64]) {
        let max = scores.iter().copied().max().unwrap_or(0);
        let min = scores.iter().copied().min().unwrap_or(0);
        for score in scores {
            // Floats, as upstream: the quotient is taken first.
            let share = if max > min { (*score - min) as f64 / (max - min) as f64 } else { 0.0 };
            *score = (MAX_NODE_SCORE as f64 * share) as i64;
        }
    }
}
