//! Pods that name their node. Upstream: `plugins/nodename`.

use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, Plugin, PreFilter, QueueingHints,
    Rejection, Verdict,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

const REASON: &[Cow<'static, str>] = &[Cow::Borrowed("node(s) didn't match the requested node name")];

/// The plugin.
pub struct NodeName;

impl Plugin for NodeName {
    fn name(&self) -> &'static str {
        "NodeName"
    }
    fn explain(&self) -> &'static str {
        "A pod with spec.nodeName goes to that node and no other."
    }
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

impl FilterPlugin for NodeName {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        match cycle.pod.pod.node() {
            Some(wanted) => PreFilter::check(Check { wanted }),
            None => PreFilter::Skip,
        }
    }
}

struct Check<'a> {
    wanted: &'a str,
}

impl<'a> Filter<'a> for Check<'a> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        if *node.name == *self.wanted { Ok(()) } else { Err(Rejection::unresolvable(REASON)) }
    }
}

impl QueueingHints for NodeName {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd])
    }
    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        matches!(event, ClusterEvent::Node { after: Some(node), .. } if pod.pod.node() == Some(&node.metadata.name))
    }
}
