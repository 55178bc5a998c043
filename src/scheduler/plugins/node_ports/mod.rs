//! Ports of the node can be taken once. Upstream: `plugins/nodeports/node_ports.go`.

#[cfg(test)]
mod tests;

use crate::api::requests::{HostPort, host_ports};
use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, FilterResult, Plugin, PreFilter,
    QueueingHints, Rejection, is_placed,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

/// The plugin.
pub struct NodePorts;

const TAKEN: Rejection =
    Rejection::unschedulable(&[Cow::Borrowed("node(s) didn't have free ports for the requested pod ports")]);

impl Plugin for NodePorts {
    fn name(&self) -> &'static str {
        "NodePorts"
    }
    fn explain(&self) -> &'static str {
        "Each hostPort of the pod must be free on the node for its protocol and hostIP."
    }
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

fn conflict(wanted: &[HostPort], taken: &[HostPort]) -> bool {
    wanted.iter().any(|wanted| taken.iter().any(|taken| wanted.conflicts(taken)))
}

impl FilterPlugin for NodePorts {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        if cycle.pod.ports.is_empty() {
            return PreFilter::Skip;
        }
        PreFilter::check(Check { wanted: &cycle.pod.ports })
    }
}

struct Check<'a> {
    wanted: &'a [HostPort],
}

impl Filter<'_> for Check<'_> {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        if conflict(self.wanted, &node.ports) { Err(TAKEN) } else { Ok(()) }
    }
}

impl QueueingHints for NodePorts {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::AssignedPodDelete])
    }

    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        match event {
            ClusterEvent::Pod { before: Some(gone), .. } => {
                is_placed(gone) && conflict(&pod.ports, &host_ports(&gone.spec))
            }
            ClusterEvent::Pod { .. } => false,
            ClusterEvent::Node { .. } => true,
        }
    }
}
