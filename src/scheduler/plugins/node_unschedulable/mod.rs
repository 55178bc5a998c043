//! Keeps pods off cordoned nodes. Upstream: `plugins/nodeunschedulable/node_unschedulable.go`.

#[cfg(test)]
mod tests;

use crate::api::{NO_SCHEDULE, Taint, tolerated, well_known_taints};
use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, FilterResult, Plugin, PreFilter,
    QueueingHints, Rejection,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

/// The plugin.
pub struct NodeUnschedulable;

const CORDONED: Rejection = Rejection::unresolvable(&[Cow::Borrowed("node(s) were unschedulable")]);

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }
    fn explain(&self) -> &'static str {
        "A cordoned node (spec.unschedulable) takes only pods that tolerate node.kubernetes.io/unschedulable:NoSchedule."
    }
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

fn tolerates_cordon(pod: &PodInfo) -> bool {
    let taint = Taint::new(well_known_taints::UNSCHEDULABLE, "", NO_SCHEDULE);
    tolerated(&pod.pod.spec.tolerations, &taint)
}

impl FilterPlugin for NodeUnschedulable {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::check(Check { tolerated: tolerates_cordon(cycle.pod) })
    }
}

struct Check {
    tolerated: bool,
}

impl Filter<'_> for Check {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        if node.node.spec.unschedulable && !self.tolerated { Err(CORDONED) } else { Ok(()) }
    }
}

impl QueueingHints for NodeUnschedulable {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::NodeTaint, EventKind::PodToleration])
    }

    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::Node { before, after: Some(after), .. } => {
                !after.spec.unschedulable && before.is_none_or(|before| before.spec.unschedulable)
            }
            ClusterEvent::Node { .. } => false,
            ClusterEvent::Pod { .. } => pod.is_changed_by(event) && tolerates_cordon(pod),
        }
    }
}
