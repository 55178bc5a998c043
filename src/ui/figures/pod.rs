//! A pod: how far it is, its revision, its priority.

use crate::api::{DaemonSet, ObjectKey, Pod};
use crate::cluster::silent_since;
use crate::explain::{PodStage, Revisions, stage};
use crate::sim::Timeline;

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chip {
    /// Which.
    pub key: ObjectKey,
    /// The part of the name that all pods of the set have.
    pub stem: String,
    /// The rest.
    pub name: String,
    /// How far it is.
    pub stage: PodStage,
    /// The same in kubectl's words.
    pub state: String,
    /// Number of the revision; none = it is of no DaemonSet that is shown.
    pub revision: Option<i64>,
    /// Whether it is of another DaemonSet.
    pub is_daemon: bool,
    /// Chevron of its priority.
    pub priority: Option<Priority>,
    /// When it will be evicted.
    pub leaves: Option<String>,
}

/// The chevrons of a priority.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Below 0.
    Low,
    /// Up to 999,999.
    Some,
    /// From 1,000,000.
    High,
    /// system-*-critical.
    Critical,
}

impl Priority {
    /// The chevrons of a number; none for 0.
    pub fn of(number: i32) -> Option<Self> {
        match number {
            i32::MIN..=-1 => Some(Priority::Low),
            0 => None,
            1..=999_999 => Some(Priority::Some),
            1_000_000..=1_999_999_999 => Some(Priority::High),
            2_000_000_000.. => Some(Priority::Critical),
        }
    }

    /// Its icon.
    pub fn icon(self) -> &'static str {
        match self {
            Priority::Low => "c-down",
            Priority::Some => "c-1",
            Priority::High => "c-2",
            Priority::Critical => "c-3",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Priority::Low => "priority below 0",
            Priority::Some => "priority",
            Priority::High => "high priority",
            Priority::Critical => "system-critical priority",
        }
    }
}

/// So many characters of a pod's name are not cut, in bytes.
const LONGEST_END: usize = 10;

/// A pod's chip; with its revision if it is one of the set's.
pub fn chip(timeline: &Timeline, pod: &Pod, set: Option<&DaemonSet>, revisions: &Revisions) -> Chip {
    let own = set.filter(|set| pod.is_owned_by(&set.metadata.uid));
    let name = pod.metadata.name.as_str();
    // What tells it apart stays whole: behind the last hyphen, and of a long name without one the end.
    let end = name.floor_char_boundary(name.len().saturating_sub(LONGEST_END));
    let split = if own.is_some() { name.rfind('-').map_or(0, |at| at + 1).max(end) } else { 0 };
    // A static pod's name ends with its node's: the card has that already.
    let on_node = pod.node().and_then(|node| name.strip_suffix(node)?.strip_suffix('-'));
    let (stage, state) = stage(pod);
    Chip {
        key: ObjectKey::pod(&pod.metadata.namespace, name),
        stem: name[..split].into(),
        name: on_node.filter(|_| own.is_none()).unwrap_or(&name[split..]).into(),
        stage,
        state,
        revision: own.map(|_| revisions.of_pod(pod)),
        is_daemon: own.is_none() && is_daemon(pod),
        priority: Priority::of(pod.priority()),
        leaves: leaves(timeline, pod),
    }
}

/// Whether a DaemonSet says that it owns the pod.
fn is_daemon(pod: &Pod) -> bool {
    pod.metadata.controller().is_some_and(|owner| owner.kind == "DaemonSet")
}

/// How long until the end of the grace period of a pod that is being deleted; none where nobody ends it then.
fn leaves(timeline: &Timeline, pod: &Pod) -> Option<String> {
    let at = pod.metadata.deletion_timestamp?;
    // Only its kubelet can say that it has ended.
    let world = timeline.world();
    if pod.node().is_some_and(|node| world.node(node).is_none() || silent_since(world, node).is_some()) {
        return None;
    }
    let left = at.since(timeline.now()).0.max(0) / 1000;
    (left > 0).then(|| format!("gone in {left}s at most"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn priorities_have_one_sign_each() {
        for (number, expected) in [
            (-1, Some(Priority::Low)),
            (0, None),
            (1, Some(Priority::Some)),
            (999_999, Some(Priority::Some)),
            (1_000_000, Some(Priority::High)),
            (1_999_999_999, Some(Priority::High)),
            (2_000_000_000, Some(Priority::Critical)),
            (i32::MAX, Some(Priority::Critical)),
        ] {
            assert_eq!(Priority::of(number), expected, "{number}");
        }
    }
}
