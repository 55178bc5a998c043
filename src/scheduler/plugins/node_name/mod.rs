//! Heeds a node that the pod names itself. Upstream: `plugins/nodename/node_name.go`.

use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, FilterResult, Plugin, PreFilter,
    QueueingHints, Rejection,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

/// The plugin.
pub struct NodeName;

const OTHER_NODE: Rejection =
    Rejection::unresolvable(&[Cow::Borrowed("node(s) didn't match the requested node name")]);

impl Plugin for NodeName {
    fn name(&self) -> &'static str {
        "NodeName"
    }
    fn explain(&self) -> &'static str {
        "A pod whose spec.nodeName names a node goes to that node only."
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
        PreFilter::check(Check { wanted: &cycle.pod.pod.spec.node_name })
    }
}

struct Check<'a> {
    wanted: &'a str,
}

impl Filter<'_> for Check<'_> {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        if self.wanted.is_empty() || *self.wanted == *node.name { Ok(()) } else { Err(OTHER_NODE) }
    }
}

impl QueueingHints for NodeName {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd])
    }

    fn helps(&self, _pod: &PodInfo, _event: &ClusterEvent<'_>) -> bool {
        true
    }
}
