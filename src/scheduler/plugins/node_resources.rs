//! Resources. Upstream: `plugins/noderesources` (`fit.go`, `least_allocated.go`, `balanced_allocation.go`).

use crate::scheduler::framework::{
    ClusterEvent, Code, Cycle, EventKind, EventKinds, Filter, FilterPlugin, MAX_NODE_SCORE, Plugin,
    PreFilter, QueueingHints, Rejection, Score, ScorePlugin, Verdict,
};
use crate::scheduler::requests::{NonZero, Resource, fit_requests, least_allocated_requests};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

/// Room for the pod's requests; scores by how much stays free (LeastAllocated).
pub struct Fit;

impl Plugin for Fit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }
    fn explain(&self) -> &'static str {
        "What the pod requests must fit into what is allocatable and not yet requested; limits do not count."
    }
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        Some(self)
    }
    fn score(&self) -> Option<&dyn ScorePlugin> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

impl FilterPlugin for Fit {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::check(Check { wanted: fit_requests(&cycle.pod.pod) })
    }
}

struct Check {
    wanted: Resource,
}

impl<'a> Filter<'a> for Check {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let (wanted, has, used) = (&self.wanted, &node.allocatable, &node.requested);
        let mut reasons: Vec<Cow<'static, str>> = Vec::new();
        let mut code = Code::Unschedulable;
        if node.pods.len() as i64 + 1 > has.pods {
            reasons.push(Cow::Borrowed("Too many pods"));
        }
        let mut check = |reason: Cow<'static, str>, wanted: i64, has: i64, used: i64| {
            if wanted > 0 && wanted > has.saturating_sub(used) {
                reasons.push(reason);
                if wanted > has {
                    code = Code::UnschedulableAndUnresolvable;
                }
            }
        };
        check(Cow::Borrowed("Insufficient cpu"), wanted.milli_cpu, has.milli_cpu, used.milli_cpu);
        check(Cow::Borrowed("Insufficient memory"), wanted.memory, has.memory, used.memory);
        let storage = (wanted.ephemeral_storage, has.ephemeral_storage, used.ephemeral_storage);
        check(Cow::Borrowed("Insufficient ephemeral-storage"), storage.0, storage.1, storage.2);
        for (name, amount) in &wanted.scalars {
            check(Cow::Owned(format!("Insufficient {name}")), *amount, has.scalar(name), used.scalar(name));
        }
        if reasons.is_empty() { Ok(()) } else { Err(Rejection { code, reasons: Cow::Owned(reasons) }) }
    }
}

impl ScorePlugin for Fit {
    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
        Some(Box::new(LeastAllocated { wanted: least_allocated_requests(&cycle.pod.pod) }))
    }
}

struct LeastAllocated {
    wanted: NonZero,
}

impl Score for LeastAllocated {
    fn score(&self, node: &NodeInfo) -> i64 {
        let rows = [
            (node.allocatable.milli_cpu, node.nonzero.milli_cpu.saturating_add(self.wanted.milli_cpu)),
            (node.allocatable.memory, node.nonzero.memory.saturating_add(self.wanted.memory)),
        ];
        let (mut sum, mut weights) = (0, 0);
        for (has, used) in rows.into_iter().filter(|(has, _)| *has > 0) {
            sum += if used > has {
                0
            } else {
                ((i128::from(has - used) * i128::from(MAX_NODE_SCORE)) / i128::from(has)) as i64
            };
            weights += 1;
        }
        if weights == 0 { 0 } else { sum / weights }
    }
}

impl QueueingHints for Fit {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[
            EventKind::NodeAdd,
            EventKind::NodeAllocatable,
            EventKind::AssignedPodDelete,
            EventKind::PodScaleDown,
        ])
    }
    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let ClusterEvent::Node { after: Some(node), .. } = event else { return true };
        let (wanted, has) = (fit_requests(&pod.pod), Resource::of_list(&node.status.allocatable));
        wanted.milli_cpu <= has.milli_cpu && wanted.memory <= has.memory
    }
}

/// Scores by how evenly cpu and memory are used.
pub struct BalancedAllocation;

impl Plugin for BalancedAllocation {
    fn name(&self) -> &'static str {
        "NodeResourcesBalancedAllocation"
    }
    fn explain(&self) -> &'static str {
        "A node is better the more evenly the pod would leave its cpu and memory used."
    }
    fn score(&self) -> Option<&dyn ScorePlugin> {
        Some(self)
    }
}

impl ScorePlugin for BalancedAllocation {
    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
        let wanted = fit_requests(&cycle.pod.pod);
        let some = wanted.milli_cpu > 0 || wanted.memory > 0;
        some.then(|| Box::new(Balance { wanted }) as Box<dyn Score + 'a>)
    }
}

struct Balance {
    wanted: Resource,
}

impl Score for Balance {
    fn score(&self, node: &NodeInfo) -> i64 {
        let with = evenness(node, self.wanted.milli_cpu, self.wanted.memory);
        let without = evenness(node, 0, 0);
        50 + (50 + with - without) / 2
    }
}

/// 100 where cpu and memory are used in the same share. Upstream computes in floating point, and so do we.
fn evenness(node: &NodeInfo, milli_cpu: i64, memory: i64) -> i64 {
    let rows = [
        (node.allocatable.milli_cpu, node.requested.milli_cpu.saturating_add(milli_cpu)),
        (node.allocatable.memory, node.requested.memory.saturating_add(memory)),
    ];
    let shares: Vec<f64> = rows
        .iter()
        .filter(|(has, _)| *has > 0)
        .map(|(has, used)| (*used as f64 / *has as f64).min(1.0))
        .collect();
    let deviation = match shares.as_slice() {
        [cpu, memory] => ((cpu - memory) / 2.0).abs(),
        _ => 0.0,
    };
    ((1.0 - deviation) * MAX_NODE_SCORE as f64) as i64
}
