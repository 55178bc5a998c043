//! Changes of the cluster as the queue sees them. Upstream: `pkg/scheduler/framework/events.go`.

use crate::api::requests::is_scaled_down;
use crate::api::{Condition, Labels, Node, Pod, Taint};

/// What kind of change it is: upstream's resource and action. "Assigned" pods are those on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum EventKind {
    /// Node/Add
    NodeAdd,
    /// Node/Delete
    NodeDelete,
    /// Node/UpdateNodeAllocatable
    NodeAllocatable,
    /// Node/UpdateNodeLabel
    NodeLabel,
    /// Node/UpdateNodeTaint; also a node that is no longer cordoned
    NodeTaint,
    /// Node/UpdateNodeDeclaredFeature
    NodeDeclaredFeature,
    /// AssignedPod/Add
    AssignedPodAdd,
    /// AssignedPod/Delete; also a nomination that ends
    AssignedPodDelete,
    /// Pod/UpdatePodLabel
    PodLabel,
    /// Pod/UpdatePodScaleDown
    PodScaleDown,
    /// Pod/UpdatePodToleration
    PodToleration,
    /// Pod/UpdatePodSchedulingGatesEliminated
    PodGates,
}

impl EventKind {
    /// Upstream's label of the event.
    pub fn label(self) -> &'static str {
        match self {
            EventKind::NodeAdd => "NodeAdd",
            EventKind::NodeDelete => "NodeDelete",
            EventKind::NodeAllocatable => "NodeAllocatableChange",
            EventKind::NodeLabel => "NodeLabelChange",
            EventKind::NodeTaint => "NodeTaintChange",
            EventKind::NodeDeclaredFeature => "NodeDeclaredFeatureChange",
            EventKind::AssignedPodAdd => "AssignedPodAdd",
            EventKind::AssignedPodDelete => "AssignedPodDelete",
            EventKind::PodLabel => "PodLabelChange",
            EventKind::PodScaleDown => "PodRequestScaledDown",
            EventKind::PodToleration => "PodTolerationChange",
            EventKind::PodGates => "PodSchedulingGatesEliminated",
        }
    }
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventKinds(u16);

impl EventKinds {
    /// The set of some kinds.
    pub const fn of(kinds: &[EventKind]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < kinds.len() {
            bits |= 1 << kinds[at] as u16;
            at += 1;
        }
        EventKinds(bits)
    }

    /// Whether a kind is in it.
    pub fn contains(self, kind: EventKind) -> bool {
        self.0 & (1 << kind as u16) != 0
    }
}

/// One change, of one kind, with the object before and after. A pod that is updated may be on a node or wait itself.
#[derive(Clone, Copy, Debug)]
pub enum ClusterEvent<'a> {
    /// A node was added, changed or deleted.
    Node {
        /// What about it.
        kind: EventKind,
        /// Before; none = added.
        before: Option<&'a Node>,
        /// After; none = deleted.
        after: Option<&'a Node>,
    },
    /// A pod was added, changed or deleted.
    Pod {
        /// What about it.
        kind: EventKind,
        /// Before; none = added.
        before: Option<&'a Pod>,
        /// After; none = deleted.
        after: Option<&'a Pod>,
    },
}

impl ClusterEvent<'_> {
    /// What kind of change it is.
    pub fn kind(&self) -> EventKind {
        match self {
            ClusterEvent::Node { kind, .. } | ClusterEvent::Pod { kind, .. } => *kind,
        }
    }
}

/// The kinds of change that an update of a node amounts to (`NodeSchedulingPropertiesChange`), of those that a
/// plugin here asks for.
pub fn node_events(before: &Node, after: &Node) -> Vec<EventKind> {
    let uncordoned = before.spec.unschedulable && !after.spec.unschedulable;
    [
        (before.status.allocatable != after.status.allocatable, EventKind::NodeAllocatable),
        (before.metadata.labels != after.metadata.labels, EventKind::NodeLabel),
        (uncordoned || before.spec.taints != after.spec.taints, EventKind::NodeTaint),
        (declared_features(before) != declared_features(after), EventKind::NodeDeclaredFeature),
    ]
    .into_iter()
    .filter_map(|(holds, kind)| holds.then_some(kind))
    .collect()
}

fn declared_features(node: &Node) -> Option<&serde_json::Value> {
    node.status.rest.get("declaredFeatures")
}

/// The kinds of change that an update of a pod amounts to (`PodSchedulingPropertiesChange`).
pub fn pod_events(before: &Pod, after: &Pod) -> Vec<EventKind> {
    let gated = |pod: &Pod| !pod.spec.scheduling_gates.is_empty();
    [
        (before.metadata.labels != after.metadata.labels, EventKind::PodLabel),
        (may_be_scaled_down(before, after) && is_scaled_down(before, after), EventKind::PodScaleDown),
        (gated(before) && !gated(after), EventKind::PodGates),
        (before.spec.tolerations.len() != after.spec.tolerations.len(), EventKind::PodToleration),
    ]
    .into_iter()
    .filter_map(|(holds, kind)| holds.then_some(kind))
    .collect()
}

/// Spares the sums where nothing that they depend on has changed.
fn may_be_scaled_down(before: &Pod, after: &Pod) -> bool {
    let (was, is) = (&before.status, &after.status);
    before.spec != after.spec
        || was.container_statuses != is.container_statuses
        || was.init_container_statuses != is.init_container_statuses
        || was.resources != is.resources
        || was.allocated_resources != is.allocated_resources
        || was.conditions != is.conditions
}

/// What happened, in words that follow the object's name: `lost taint gpu=true:NoSchedule`.
pub fn describe_change(event: &ClusterEvent<'_>) -> String {
    match event {
        ClusterEvent::Node { kind, before: Some(before), after: Some(after) } => match kind {
            EventKind::NodeTaint => describe_taints(before, after),
            EventKind::NodeLabel => describe_labels(&before.metadata.labels, &after.metadata.labels),
            EventKind::NodeDeclaredFeature => "declares other features".into(),
            _ => "has other allocatable resources".into(),
        },
        ClusterEvent::Node { after: Some(_), .. } => "was added".into(),
        ClusterEvent::Node { .. } => "was deleted".into(),
        ClusterEvent::Pod { kind, before, after } => match (kind, before, after) {
            (EventKind::PodLabel, Some(before), Some(after)) => {
                describe_labels(&before.metadata.labels, &after.metadata.labels)
            }
            (EventKind::PodScaleDown, ..) => "asks for less".into(),
            (EventKind::PodToleration, ..) => "has another toleration".into(),
            (EventKind::PodGates, ..) => "lost its last scheduling gate".into(),
            (EventKind::AssignedPodAdd, _, Some(after)) => format!("came to {}", after.spec.node_name),
            (_, Some(before), _) => describe_departure(before),
            _ => "changed".into(),
        },
    }
}

fn describe_departure(pod: &Pod) -> String {
    match pod.node() {
        Some(node) => format!("left {node}"),
        None => format!("is no longer nominated to {}", pod.status.nominated_node_name),
    }
}

fn describe_taints(before: &Node, after: &Node) -> String {
    let list =
        |taints: Vec<&Taint>| taints.iter().map(|taint| taint.to_string()).collect::<Vec<_>>().join(", ");
    let only_in = |some: &Node, other: &Node| -> Vec<Taint> {
        some.spec.taints.iter().filter(|taint| !other.spec.taints.contains(taint)).cloned().collect()
    };
    let (lost, gained) = (only_in(before, after), only_in(after, before));
    if !lost.is_empty() {
        format!("lost taint {}", list(lost.iter().collect()))
    } else if before.spec.unschedulable && !after.spec.unschedulable {
        "was uncordoned".into()
    } else {
        format!("got taint {}", list(gained.iter().collect()))
    }
}

fn describe_labels(before: &Labels, after: &Labels) -> String {
    let changed = after.iter().find(|(key, value)| before.get(key) != Some(value));
    match (changed, before.keys().find(|key| !after.contains_key(key))) {
        (Some((key, value)), _) => format!("has label {key}={value}"),
        (None, Some(key)) => format!("lost label {key}"),
        (None, None) => "has the same labels".into(),
    }
}

/// Whether a pod takes room on its node, or may as a nominated one: what upstream's informer calls assigned.
pub fn is_placed(pod: &Pod) -> bool {
    pod.node().is_some() || !pod.status.nominated_node_name.is_empty()
}

/// Whether preemption has already begun to end a pod (`podTerminatingByPreemption`).
pub fn is_preempted(pod: &Pod) -> bool {
    let by_scheduler =
        |condition: &Condition| condition.status == "True" && condition.reason == "PreemptionByScheduler";
    pod.metadata.is_terminating() && pod.condition("DisruptionTarget").is_some_and(by_scheduler)
}
