//! The registry: every plugin in the default order. A new plugin is a folder here and a line below.
//! Upstream: `pkg/scheduler/framework/plugins/registry.go`, `apis/config/v1/default_plugins.go`.

mod default_binder;
mod default_preemption;
mod dynamic_resources;
mod image_locality;
mod inter_pod_affinity;
mod node_affinity;
mod node_declared_features;
mod node_name;
mod node_ports;
mod node_resources;
mod node_unschedulable;
mod pod_topology_spread;
mod priority_sort;
mod scheduling_gates;
mod taint_toleration;
#[cfg(test)]
pub(super) mod testing;

pub use node_affinity::preferred_score;
pub use taint_toleration::intolerable_soft_taints;

use super::framework::{MAX_NODE_SCORE, Plugin};
use crate::cluster::MapKey;

/// All plugins. Where two share an extension point, the one above is asked first.
const REGISTRY: &[&dyn Plugin] = &[
    &scheduling_gates::SchedulingGates,
    &priority_sort::PrioritySort,
    &node_unschedulable::NodeUnschedulable,
    &node_name::NodeName,
    &taint_toleration::TaintToleration,
    &node_affinity::NodeAffinity,
    &node_ports::NodePorts,
    &node_resources::NodeResourcesFit,
    &pod_topology_spread::PodTopologySpread,
    &inter_pod_affinity::InterPodAffinity,
    &dynamic_resources::DynamicResources,
    &node_declared_features::NodeDeclaredFeatures,
    &default_preemption::DefaultPreemption,
    &node_resources::NodeResourcesBalancedAllocation,
    &image_locality::ImageLocality,
    &default_binder::DefaultBinder,
];

/// Default plugins of upstream's that have nothing to do here: a configuration may name them.
pub const NOT_SIMULATED: &[&str] =
    &["VolumeRestrictions", "NodeVolumeLimits", "VolumeBinding", "VolumeZone", "GangScheduling"];

/// A plugin's place in the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PluginId(u8);

impl MapKey for PluginId {}

/// A set of plugins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PluginSet(u32);

impl PluginSet {
    /// The set of the named plugins.
    pub fn named(names: &[&str]) -> Self {
        PluginSet(names.iter().filter_map(|name| id(name)).fold(0, |bits, id| bits | 1 << id.0))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The plugins, in registry order.
    pub fn iter(self) -> impl Iterator<Item = PluginId> {
        ids().filter(move |id| self.0 & (1 << id.0) != 0)
    }
}

/// All plugins, in order.
pub fn ids() -> impl Iterator<Item = PluginId> {
    (0..REGISTRY.len() as u8).map(PluginId)
}

/// A plugin.
pub fn get(id: PluginId) -> &'static dyn Plugin {
    REGISTRY[usize::from(id.0)]
}

/// The plugin of a name.
pub fn id(name: &str) -> Option<PluginId> {
    ids().find(|id| get(*id).name() == name)
}

/// The rule of a plugin in one sentence, for a learner.
pub fn explain(name: &str) -> Option<&'static str> {
    id(name).map(|id| get(id).explain())
}

/// All names that a configuration may give.
pub fn names() -> impl Iterator<Item = &'static str> {
    ids().map(|id| get(id).name()).chain(NOT_SIMULATED.iter().copied())
}

/// Scales scores so that the highest becomes 100, or with `reverse` so that it becomes 0 and 0 becomes 100
/// (`helper.DefaultNormalizeScore`).
fn normalize_by_max(scores: &mut [i64], reverse: bool) {
    let max = scores.iter().copied().max().unwrap_or(0);
    for score in scores {
        let share = if max == 0 { 0 } else { MAX_NODE_SCORE * *score / max };
        *score = if reverse { MAX_NODE_SCORE - share } else { share };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugins_have_distinct_names_and_an_explanation_of_one_sentence() {
        for plugin in ids().map(get) {
            assert_eq!(ids().filter(|other| get(*other).name() == plugin.name()).count(), 1);
            let text = plugin.explain();
            assert!(text.ends_with('.') && !text.contains('!'), "{}: {text}", plugin.name());
        }
    }

    #[test]
    fn scores_are_scaled_by_the_highest() {
        for (raw, reverse, expected) in [
            (&[0, 1, 3][..], false, &[0, 33, 100][..]),
            (&[0, 1, 3], true, &[100, 67, 0]),
            (&[0, 0], true, &[100, 100]),
            (&[0, 0], false, &[0, 0]),
        ] {
            let mut scores = raw.to_vec();
            normalize_by_max(&mut scores, reverse);
            assert_eq!(scores, expected);
        }
    }
}
