//! Requests must fit beside those of the node's pods. Upstream: `plugins/noderesources/{fit,least_allocated}.go`.

use crate::api::requests::{
    NonZero, Resource, fit_requests, has_resources_in_force, least_allocated_requests, pod_requests,
};
use crate::api::{Node, Pod};
use crate::scheduler::framework::{
    ClusterEvent, Code, Cycle, EventKind, EventKinds, Filter, FilterPlugin, FilterResult, MAX_NODE_SCORE,
    Plugin, PreFilter, PreScore, QueueingHints, Rejection, Score, ScorePlugin, is_placed,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

/// The plugin.
pub struct NodeResourcesFit;

impl Plugin for NodeResourcesFit {
    fn name(&self) -> &'static str {
        "NodeResourcesFit"
    }
    fn explain(&self) -> &'static str {
        "The pod's requests, added to those of the pods on the node, must not exceed the node's allocatable, and nodes with more left over are better."
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

impl FilterPlugin for NodeResourcesFit {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let pod = cycle.pod;
        let asked =
            if has_resources_in_force(&pod.pod) { fit_requests(&pod.pod) } else { pod.requests.clone() };
        PreFilter::check(Check { asked })
    }
}

struct Check {
    asked: Resource,
}

impl Filter<'_> for Check {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        fits(&self.asked, &node.allocatable, &node.requested, node.pods.len())
    }
}

const PODS: usize = 1;
const CPU: usize = 2;
const MEMORY: usize = 4;
const STORAGE: usize = 8;

/// Whether a request fits (`fitsRequest`). A request above all that the node has cannot be helped by removing pods.
fn fits(asked: &Resource, allocatable: &Resource, requested: &Resource, pods: usize) -> FilterResult {
    let mut lacking = 0;
    let mut is_hopeless = false;
    if pods as i64 + 1 > allocatable.pods {
        lacking |= PODS;
    }
    let mut scalars = Vec::new();
    if !asked.is_empty() {
        let mut check = |asked: i64, all: i64, taken: i64| {
            let lacks = asked > 0 && asked > all.saturating_sub(taken);
            is_hopeless |= lacks && asked > all;
            lacks
        };
        if check(asked.milli_cpu, allocatable.milli_cpu, requested.milli_cpu) {
            lacking |= CPU;
        }
        if check(asked.memory, allocatable.memory, requested.memory) {
            lacking |= MEMORY;
        }
        let storage = (asked.ephemeral_storage, allocatable.ephemeral_storage, requested.ephemeral_storage);
        if check(storage.0, storage.1, storage.2) {
            lacking |= STORAGE;
        }
        for (name, amount) in &asked.scalars {
            if check(*amount, allocatable.scalar(name), requested.scalar(name)) {
                scalars.push(name);
            }
        }
    }
    if lacking == 0 && scalars.is_empty() {
        return Ok(());
    }
    let code = if is_hopeless { Code::UnschedulableAndUnresolvable } else { Code::Unschedulable };
    let mut reasons = Cow::Borrowed(REASONS[lacking]);
    if !scalars.is_empty() {
        let named = scalars.iter().map(|name| Cow::Owned(format!("Insufficient {name}")));
        reasons.to_mut().extend(named);
    }
    Err(Rejection { code, reasons })
}

const fn text(reason: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(reason)
}

const TOO_MANY: Cow<'static, str> = text("Too many pods");
const NO_CPU: Cow<'static, str> = text("Insufficient cpu");
const NO_MEMORY: Cow<'static, str> = text("Insufficient memory");
const NO_STORAGE: Cow<'static, str> = text("Insufficient ephemeral-storage");

/// The reasons for each combination of what lacks, so that a verdict on one of thousands of nodes costs no memory.
const REASONS: [&[Cow<'static, str>]; 16] = [
    &[],
    &[TOO_MANY],
    &[NO_CPU],
    &[TOO_MANY, NO_CPU],
    &[NO_MEMORY],
    &[TOO_MANY, NO_MEMORY],
    &[NO_CPU, NO_MEMORY],
    &[TOO_MANY, NO_CPU, NO_MEMORY],
    &[NO_STORAGE],
    &[TOO_MANY, NO_STORAGE],
    &[NO_CPU, NO_STORAGE],
    &[TOO_MANY, NO_CPU, NO_STORAGE],
    &[NO_MEMORY, NO_STORAGE],
    &[TOO_MANY, NO_MEMORY, NO_STORAGE],
    &[NO_CPU, NO_MEMORY, NO_STORAGE],
    &[TOO_MANY, NO_CPU, NO_MEMORY, NO_STORAGE],
];

/// LeastAllocated over cpu and memory, of equal weight.
impl ScorePlugin for NodeResourcesFit {
    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> PreScore<'a> {
        PreScore::rank(LeastAllocated { asked: least_allocated_requests(&cycle.pod.pod) })
    }
}

struct LeastAllocated {
    asked: NonZero,
}

impl Score for LeastAllocated {
    fn score(&self, node: &NodeInfo) -> i64 {
        let (mut sum, mut counted) = (0, 0);
        for (taken, asked, all) in [
            (node.nonzero.milli_cpu, self.asked.milli_cpu, node.allocatable.milli_cpu),
            (node.nonzero.memory, self.asked.memory, node.allocatable.memory),
        ] {
            // A resource that the node does not have at all is not counted.
            if all == 0 {
                continue;
            }
            counted += 1;
            let used = taken.wrapping_add(asked);
            if used <= all {
                // Wraps above 92 PB, as upstream's does.
                sum += all.wrapping_sub(used).wrapping_mul(MAX_NODE_SCORE) / all;
            }
        }
        if counted == 0 { 0 } else { sum / counted }
    }
}

impl QueueingHints for NodeResourcesFit {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[
            EventKind::AssignedPodDelete,
            EventKind::PodScaleDown,
            EventKind::NodeAdd,
            EventKind::NodeAllocatable,
        ])
    }

    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::Node { before, after: Some(after), .. } => helped_by_node(&pod.pod, *before, after),
            ClusterEvent::Node { .. } => false,
            ClusterEvent::Pod { before: Some(gone), after: None, .. } => is_placed(gone),
            ClusterEvent::Pod { before: Some(before), after: Some(after), .. } => {
                pod.is_changed_by(event)
                    || (after.node().is_some() && frees_what_is_asked(pod, before, after))
            }
            ClusterEvent::Pod { .. } => false,
        }
    }
}

fn helped_by_node(pod: &Pod, before: Option<&Node>, after: &Node) -> bool {
    let asked = fit_requests(pod);
    let after = Resource::of_list(&after.status.allocatable);
    if fits(&asked, &after, &Resource::default(), 0).is_err() {
        return false;
    }
    let Some(before) = before else { return true };
    let before = Resource::of_list(&before.status.allocatable);
    after.pods > before.pods || has_more(&asked, &before, &after)
}

/// Whether there is more of anything that is asked for.
fn has_more(asked: &Resource, before: &Resource, after: &Resource) -> bool {
    (asked.milli_cpu > 0 && after.milli_cpu > before.milli_cpu)
        || (asked.memory > 0 && after.memory > before.memory)
        || (asked.ephemeral_storage > 0 && after.ephemeral_storage > before.ephemeral_storage)
        || asked.scalars.iter().any(|(name, amount)| *amount > 0 && after.scalar(name) > before.scalar(name))
}

fn frees_what_is_asked(pod: &PodInfo, before: &Pod, after: &Pod) -> bool {
    has_more(&pod.requests, &pod_requests(after).requests, &pod_requests(before).requests)
}
