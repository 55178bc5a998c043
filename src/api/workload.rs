//! Workloads and policies: apps/v1, policy/v1, scheduling.k8s.io/v1. Upstream: `api/{apps,policy,scheduling}/v1/types.go`.

use super::{Condition, LabelSelector, ObjectMeta, PodSpec, Time};
use ecow::{EcoString, EcoVec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// A number, or a share of some total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum IntOrString {
    /// A number.
    Int(i32),
    /// A percentage such as `10%` (other texts fail validation).
    String(String),
}

impl IntOrString {
    /// The number, or the share of `total` rounded up (`GetScaledValueFromIntOrPercent`). None for a text that is
    /// no percentage.
    pub fn scaled_up(&self, total: i32) -> Option<i32> {
        match self {
            IntOrString::Int(number) => Some(*number),
            IntOrString::String(text) => {
                let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
                let share = percent.saturating_mul(i64::from(total));
                let rounded = share / 100 + i64::from(share % 100 > 0);
                Some(i32::try_from(rounded).unwrap_or(if rounded < 0 { i32::MIN } else { i32::MAX }))
            }
        }
    }
}

impl fmt::Display for IntOrString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IntOrString::Int(number) => number.fmt(f),
            IntOrString::String(text) => text.fmt(f),
        }
    }
}

api! {
    /// Runs a pod on each eligible node.
    DaemonSet {
        /// Metadata.
        metadata: ObjectMeta,
        /// What is wanted.
        spec: DaemonSetSpec,
        /// What is.
        status: DaemonSetStatus,
    }

    /// What a DaemonSet is to be.
    DaemonSetSpec {
        /// Which pods are its own; immutable.
        selector: Option<LabelSelector>,
        /// From which pods are made.
        template: Rc<PodTemplateSpec>,
        /// How old pods are replaced.
        update_strategy: DaemonSetUpdateStrategy,
        /// How long a pod must be ready to count as available, in seconds.
        min_ready_seconds: i32,
        /// How many old revisions are kept.
        revision_history_limit: Option<i32>,
    }

    /// From which pods are made.
    PodTemplateSpec {
        /// Labels and annotations for the pods.
        metadata: ObjectMeta,
        /// What the pods are to be.
        spec: Rc<PodSpec>,
    }

    /// How old pods are replaced.
    DaemonSetUpdateStrategy {
        /// `RollingUpdate` or `OnDelete`.
        #[serde(rename = "type")]
        type_: EcoString,
        /// For `RollingUpdate`.
        rolling_update: Option<RollingUpdateDaemonSet>,
    }

    /// Bounds of a rolling update.
    RollingUpdateDaemonSet {
        /// How many may be unavailable; a share is of the nodes that should run a pod.
        max_unavailable: Option<IntOrString>,
        /// How many nodes may have an old and a new pod.
        max_surge: Option<IntOrString>,
    }

    /// Counters of a DaemonSet. The first four are printed also when they are 0.
    DaemonSetStatus {
        /// Nodes that have a pod and should.
        current_number_scheduled: i32,
        /// Nodes that have a pod and should not.
        number_misscheduled: i32,
        /// Nodes that should have a pod.
        desired_number_scheduled: i32,
        /// Nodes that should and whose pod is ready.
        number_ready: i32,
        /// The generation that the controller has acted on.
        observed_generation: i64,
        /// Nodes that should and whose pod is of the current template.
        updated_number_scheduled: i32,
        /// Nodes that should and whose pod is available.
        number_available: i32,
        /// Nodes that should and whose pod is not available.
        number_unavailable: i32,
        /// Counts hash collisions of revisions.
        collision_count: Option<i32>,
    }

    /// A snapshot of a template.
    ControllerRevision {
        /// Metadata.
        metadata: ObjectMeta,
        /// The snapshot, as a patch.
        data: Option<Rc<serde_json::Value>>,
        /// Its place in the history.
        revision: i64,
    }

    /// Keeps a number of pods.
    ReplicaSet {
        /// Metadata.
        metadata: ObjectMeta,
        /// What is wanted.
        spec: ReplicaSetSpec,
        /// What is.
        status: ReplicaSetStatus,
    }

    /// What a ReplicaSet is to be.
    ReplicaSetSpec {
        /// How many pods; 1 where it is not said.
        replicas: Option<i32>,
        /// How long a pod must be ready to count as available, in seconds.
        min_ready_seconds: i32,
        /// Which pods are its own.
        selector: Option<LabelSelector>,
        /// From which pods are made.
        template: Rc<PodTemplateSpec>,
    }

    /// Counters of a ReplicaSet. The first is printed also when it is 0.
    ReplicaSetStatus {
        /// Pods that have not ended and are not being deleted.
        replicas: i32,
        /// Of these those that have all labels of the template.
        fully_labeled_replicas: i32,
        /// Of these those that are ready.
        ready_replicas: i32,
        /// Of these those that are available.
        available_replicas: i32,
        /// Pods that are being deleted.
        terminating_replicas: Option<i32>,
        /// The generation that the controller has acted on.
        observed_generation: i64,
        /// ReplicaFailure.
        conditions: EcoVec<Condition>,
    }

    /// Limits how many pods may be disrupted at a time.
    PodDisruptionBudget {
        /// Metadata.
        metadata: ObjectMeta,
        /// What is wanted.
        spec: PodDisruptionBudgetSpec,
        /// What is.
        status: PodDisruptionBudgetStatus,
    }

    /// What a budget is to be.
    PodDisruptionBudgetSpec {
        /// So many must stay available.
        min_available: Option<IntOrString>,
        /// So many may be unavailable.
        max_unavailable: Option<IntOrString>,
        /// Which pods.
        selector: Option<LabelSelector>,
    }

    /// Counters of a budget.
    PodDisruptionBudgetStatus {
        /// So many may be disrupted now.
        disruptions_allowed: i32,
        /// Pods that are being disrupted, and since when.
        disrupted_pods: BTreeMap<EcoString, Time>,
        /// Healthy pods.
        current_healthy: i32,
        /// Healthy pods that there must be.
        desired_healthy: i32,
        /// Pods that the budget counts.
        expected_pods: i32,
        /// The generation that the counters belong to.
        observed_generation: i64,
        /// DisruptionAllowed.
        conditions: EcoVec<Condition>,
    }

    /// Names a priority.
    PriorityClass {
        /// Metadata.
        metadata: ObjectMeta,
        /// Higher goes first.
        value: i32,
        /// For pods that name no class.
        global_default: bool,
        /// For people.
        description: EcoString,
        /// `PreemptLowerPriority` or `Never`.
        preemption_policy: Option<EcoString>,
    }
}

/// Annotation of a DaemonSet in which the API server counts the changes of its template.
pub const TEMPLATE_GENERATION: &str = "deprecated.daemonset.template.generation";

impl DaemonSet {
    /// How often the template has changed; none where the API server has not counted.
    pub fn template_generation(&self) -> Option<i64> {
        self.metadata.annotations.get(TEMPLATE_GENERATION)?.parse().ok()
    }

    /// Sets the count of changes of the template.
    pub fn set_template_generation(&mut self, generation: i64) {
        let generation = generation.to_string().into();
        self.metadata.annotations.insert(TEMPLATE_GENERATION.into(), generation);
    }
}

impl ReplicaSet {
    /// How many pods it is to have.
    pub fn replicas(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }
}

impl PriorityClass {
    /// The classes that every cluster has, with their values.
    pub const OF_SYSTEM: [(&'static str, i32); 2] =
        [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];

    /// Whether a name is that of a class that every cluster has.
    pub fn is_of_system(name: &str) -> bool {
        Self::OF_SYSTEM.iter().any(|(known, _)| *known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_round_up_and_other_texts_are_nothing() {
        for (text, total, expected) in [
            ("1%", 7, Some(1)),
            ("10%", 10, Some(1)),
            ("34%", 3, Some(2)),
            ("0%", 5, Some(0)),
            ("half", 5, None),
        ] {
            assert_eq!(IntOrString::String(text.into()).scaled_up(total), expected, "{text} of {total}");
        }
        assert_eq!(IntOrString::Int(3).scaled_up(1), Some(3));
    }
}
