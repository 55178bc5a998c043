//! ScheduleAnyway. Upstream: `podtopologyspread/scoring.go`.

use super::PodTopologySpread;
use super::constraint::{Constraints, HOSTNAME, soft};
use crate::api::sort;
use crate::scheduler::NodeInfo;
use crate::scheduler::framework::{Cycle, MAX_NODE_SCORE, PreScore, Score, ScorePlugin};
use std::collections::BTreeMap;

impl ScorePlugin for PodTopologySpread {
    fn default_weight(&self) -> i64 {
        2
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, feasible: &[&'a NodeInfo]) -> PreScore<'a> {
        let pod = &*cycle.pod.pod;
        let constraints = soft(cycle.snapshot, pod);
        if constraints.list.is_empty() {
            return PreScore::Skip;
        }
        let ignored: Vec<bool> = feasible.iter().map(|node| !constraints.counts_on(node)).collect();
        let left = || feasible.iter().zip(&ignored).filter(|(_, ignored)| !**ignored).map(|(node, _)| *node);
        let value = |node: &'a NodeInfo, key: &str| node.label(key).unwrap_or("");
        let mut counts: Vec<BTreeMap<&'a str, i64>> = Vec::new();
        let mut weights = Vec::new();
        for constraint in &constraints.list {
            // Pods of one host are counted when it is scored.
            let domains: BTreeMap<&str, i64> = if constraint.key == HOSTNAME {
                BTreeMap::new()
            } else {
                sort::map(left().map(|node| (value(node, &constraint.key), 0)))
            };
            let size = if constraint.key == HOSTNAME { left().count() } else { domains.len() };
            // Floats and the logarithm are upstream's.
            weights.push((size as f64 + 2.0).ln());
            counts.push(domains);
        }
        let needs_count = constraints.list.iter().any(|constraint| constraint.key != HOSTNAME);
        let nodes = if needs_count { cycle.snapshot.cache.nodes() } else { &[] };
        for node in nodes.iter().filter(|node| constraints.counts_on(node)) {
            for (constraint, counts) in constraints.list.iter().zip(&mut counts) {
                if let Some(count) = counts.get_mut(value(node, &constraint.key))
                    && constraint.includes(pod, &node.node)
                {
                    *count += constraint.selector.count(&node.pods, &pod.metadata.namespace);
                }
            }
        }
        let namespace = &pod.metadata.namespace;
        PreScore::rank(Ranking { namespace, constraints, counts, weights, ignored })
    }
}

struct Ranking<'a> {
    namespace: &'a str,
    constraints: Constraints,
    counts: Vec<BTreeMap<&'a str, i64>>,
    weights: Vec<f64>,
    /// Nodes without one of the labels, in the order of the feasible ones.
    ignored: Vec<bool>,
}

impl Score for Ranking<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        if !self.constraints.counts_on(node) {
            return 0;
        }
        let mut sum = 0.0;
        for ((constraint, counts), weight) in
            self.constraints.list.iter().zip(&self.counts).zip(&self.weights)
        {
            let Some(value) = node.label(&constraint.key) else { continue };
            let count = if constraint.key == HOSTNAME {
                constraint.selector.count(&node.pods, self.namespace)
            } else {
                counts.get(value).copied().unwrap_or(0)
            };
            sum += count as f64 * weight + (constraint.max_skew - 1) as f64;
        }
        sum.round() as i64
    }

    fn normalize(&self, scores: &mut [i64]) {
        let counted = || scores.iter().zip(&self.ignored).filter(|(_, ignored)| !**ignored);
        let max = counted().map(|(score, _)| *score).max().unwrap_or(0).max(0);
        let min = counted().map(|(score, _)| *score).min().unwrap_or(0);
        for (score, ignored) in scores.iter_mut().zip(&self.ignored) {
            *score = match (ignored, max) {
                (true, _) => 0,
                (false, 0) => MAX_NODE_SCORE,
                (false, max) => MAX_NODE_SCORE * (max + min - *score) / max,
            };
        }
    }
}
