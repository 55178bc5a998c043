//! Spreads pods over zones, hosts and the like. Upstream: `plugins/podtopologyspread`.

mod constraint;
mod filter;
mod score;
#[cfg(test)]
mod tests;

use constraint::{Constraint, Constraints};

use crate::api::{Node, Pod};
use crate::scheduler::PodInfo;
use crate::scheduler::framework::{
    ClusterEvent, EventKind, EventKinds, FilterPlugin, Plugin, QueueingHints, ScorePlugin, is_placed,
};

/// The plugin.
pub struct PodTopologySpread;

impl Plugin for PodTopologySpread {
    fn name(&self) -> &'static str {
        "PodTopologySpread"
    }
    fn explain(&self) -> &'static str {
        "A topology spread constraint lets the count of matching pods in one topology exceed the lowest count by at most maxSkew: DoNotSchedule forbids more, ScheduleAnyway only ranks."
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

impl QueueingHints for PodTopologySpread {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[
            EventKind::AssignedPodAdd,
            EventKind::AssignedPodDelete,
            EventKind::PodLabel,
            EventKind::PodToleration,
            EventKind::NodeAdd,
            EventKind::NodeDelete,
            EventKind::NodeLabel,
            EventKind::NodeTaint,
        ])
    }

    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let hard = constraint::own(&pod.pod, constraint::DO_NOT_SCHEDULE);
        match event {
            ClusterEvent::Node { before, after, .. } => helped_by_node(&hard, *before, *after),
            ClusterEvent::Pod { before, after, .. } => {
                let is_own = pod.is_changed_by(event);
                let is_near =
                    |other: &Pod| is_placed(other) && other.metadata.namespace == pod.pod.metadata.namespace;
                if !is_own && ![before, after].into_iter().flatten().all(|other| is_near(other)) {
                    return false;
                }
                helped_by_pod(&hard, *before, *after, is_own)
            }
        }
    }
}

fn helped_by_node(hard: &Constraints, before: Option<&Node>, after: Option<&Node>) -> bool {
    let matches = |node: Option<&Node>| node.is_some_and(|node| hard.keys_are_on(node));
    let (Some(old), Some(new)) = (before, after) else { return matches(before) || matches(after) };
    if matches(before) != matches(after) {
        return true;
    }
    let label = |node: &Node, key: &str| node.metadata.labels.get(key).cloned();
    let moved = |constraint: &Constraint| label(old, &constraint.key) != label(new, &constraint.key);
    matches(after) && (hard.list.iter().any(moved) || old.spec.taints != new.spec.taints)
}

fn helped_by_pod(hard: &Constraints, before: Option<&Pod>, after: Option<&Pod>, is_own: bool) -> bool {
    let matches = |constraint: &Constraint, pod: &Pod| constraint.selector.matches(&pod.metadata.labels);
    match (before, after) {
        (Some(before), Some(after)) => {
            let tolerates_more = is_own
                && before.spec.tolerations != after.spec.tolerations
                && hard.list.iter().any(|constraint| constraint.honors_taints);
            tolerates_more
                || hard
                    .list
                    .iter()
                    .any(|constraint| matches(constraint, before) != matches(constraint, after))
        }
        (one, other) => {
            one.or(other).is_some_and(|pod| hard.list.iter().any(|constraint| matches(constraint, pod)))
        }
    }
}
