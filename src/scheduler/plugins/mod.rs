//! The plugins, in the order in which Kubernetes 1.36 asks them. Upstream: `apis/config/v1/default_plugins.go`.

mod default_preemption;
mod dynamic_resources;
mod node_affinity;
mod node_name;
mod node_ports;
mod node_resources;
mod node_unschedulable;
mod taint_toleration;

use super::framework::Plugin;

/// The registry. One line a plugin.
pub static REGISTRY: &[&dyn Plugin] = &[
    &node_unschedulable::NodeUnschedulable,
    &node_name::NodeName,
    &taint_toleration::TaintToleration,
    &node_affinity::NodeAffinity,
    &node_ports::NodePorts,
    &node_resources::Fit,
    &node_resources::BalancedAllocation,
    &dynamic_resources::DynamicResources,
    &default_preemption::DefaultPreemption,
];

/// The place of a plugin in the registry; one past the end for a name that is not in it.
pub fn id(name: &str) -> usize {
    REGISTRY.iter().position(|plugin| plugin.name() == name).unwrap_or(REGISTRY.len())
}

/// What a plugin checks, in a sentence for a learner.
pub fn explain(name: &str) -> Option<&'static str> {
    REGISTRY.iter().find(|plugin| plugin.name() == name).map(|plugin| plugin.explain())
}

/// Normalises so that the highest raw score becomes 100; reversed, the lowest does (`DefaultNormalizeScore`).
fn normalize_by_maximum(scores: &mut [i64], reverse: bool) {
    let max = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        *score = if max == 0 { 0 } else { *score * super::framework::MAX_NODE_SCORE / max };
        if reverse {
            *score = super::framework::MAX_NODE_SCORE - *score;
        }
    }
}
