//! Prefers nodes whose cpu and memory are used evenly. Upstream: `plugins/noderesources/balanced_allocation.go`.

use crate::api::requests::Resource;
use crate::scheduler::NodeInfo;
use crate::scheduler::framework::{Cycle, MAX_NODE_SCORE, Plugin, PreScore, Score, ScorePlugin};

/// The plugin.
pub struct NodeResourcesBalancedAllocation;

impl Plugin for NodeResourcesBalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }
    fn explain(&self) -> &'static str {
        "Nodes are better where the pod brings the used shares of cpu and memory closer to each other."
    }
    fn score(&self) -> Option<&dyn ScorePlugin> {
        Some(self)
    }
}

impl ScorePlugin for NodeResourcesBalancedAllocation {
    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> PreScore<'a> {
        let asked = &cycle.pod.requests;
        if asked.milli_cpu == 0 && asked.memory == 0 {
            return PreScore::Skip;
        }
        PreScore::rank(Balance { asked })
    }
}

struct Balance<'a> {
    asked: &'a Resource,
}

impl Score for Balance<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let with = balance(node, self.asked.milli_cpu, self.asked.memory);
        let without = balance(node, 0, 0);
        MAX_NODE_SCORE / 2 + (MAX_NODE_SCORE / 2 + with - without) / 2
    }
}

/// 100 where both shares are equal; each hundredth of their standard deviation costs a point. Floats, as upstream.
fn balance(node: &NodeInfo, milli_cpu: i64, memory: i64) -> i64 {
    let share = |taken: i64, added: i64, all: i64| {
        (all != 0).then(|| (taken.saturating_add(added) as f64 / all as f64).min(1.0))
    };
    let cpu = share(node.requested.milli_cpu, milli_cpu, node.allocatable.milli_cpu);
    let memory = share(node.requested.memory, memory, node.allocatable.memory);
    let deviation = match (cpu, memory) {
        (Some(cpu), Some(memory)) => ((cpu - memory) / 2.0).abs(),
        _ => 0.0,
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}
