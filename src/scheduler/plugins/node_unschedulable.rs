//! Cordoned nodes. Upstream: `plugins/nodeunschedulable`.

use crate::api::{NO_SCHEDULE, Taint, tolerated, well_known_taints};
use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, Plugin, PreFilter, QueueingHints,
    Rejection, Verdict,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

const REASON: &[Cow<'static, str>] = &[Cow::Borrowed("node(s) were unschedulable")];

/// The plugin.
pub struct NodeUnschedulable;

impl Plugin for NodeUnschedulable {
    fn name(&self) -> &'static str {
        "NodeUnschedulable"
    }
    fn explain(&self) -> &'static str {
        "A cordoned node takes only pods that tolerate node.kubernetes.io/unschedulable:NoSchedule."
    }
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

impl FilterPlugin for NodeUnschedulable {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::check(Check { tolerates: tolerates(cycle.pod) })
    }
}

struct Check {
    tolerates: bool,
}

impl<'a> Filter<'a> for Check {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        if node.node.spec.unschedulable && !self.tolerates {
            Err(Rejection::unresolvable(REASON))
        } else {
            Ok(())
        }
    }
}

fn tolerates(pod: &PodInfo) -> bool {
    tolerated(&pod.pod.spec.tolerations, &Taint::new(well_known_taints::UNSCHEDULABLE, "", NO_SCHEDULE))
}

impl QueueingHints for NodeUnschedulable {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::NodeTaint, EventKind::PodToleration])
    }
    fn helps(&self, _pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        !matches!(event, ClusterEvent::Node { after: Some(node), .. } if node.spec.unschedulable)
    }
}
