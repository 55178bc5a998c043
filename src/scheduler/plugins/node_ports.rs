//! Ports of the node. Upstream: `plugins/nodeports`.

use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, Plugin, PreFilter, QueueingHints,
    Rejection, Verdict,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

const REASON: &[Cow<'static, str>] =
    &[Cow::Borrowed("node(s) didn't have free ports for the requested pod ports")];

/// The plugin.
pub struct NodePorts;

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }
    fn explain(&self) -> &'static str {
        "Two pods on one node cannot have the same hostPort of a protocol on the same address."
    }
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

impl FilterPlugin for NodePorts {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        if cycle.pod.ports.is_empty() { PreFilter::Skip } else { PreFilter::check(Check { pod: cycle.pod }) }
    }
}

struct Check<'a> {
    pod: &'a PodInfo,
}

impl<'a> Filter<'a> for Check<'a> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let taken = self.pod.ports.iter().any(|wanted| node.ports.iter().any(|port| port.conflicts(wanted)));
        if taken { Err(Rejection::unschedulable(REASON)) } else { Ok(()) }
    }
}

impl QueueingHints for NodePorts {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::AssignedPodDelete])
    }
    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let ClusterEvent::Pod { before: Some(gone), .. } = event else { return true };
        let gone = PodInfo::new((*gone).clone().into());
        gone.ports.iter().any(|freed| pod.ports.iter().any(|wanted| wanted.conflicts(freed)))
    }
}
