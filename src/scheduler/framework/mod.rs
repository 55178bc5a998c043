//! The scheduling framework: what a plugin can be asked, in upstream's terms. Upstream:
//! `staging/src/k8s.io/kube-scheduler/framework/interface.go`.
//!
//! A plugin is a value without state. Asked about a pod it answers with a check ([`Filter`]) or a ranking ([`Score`])
//! that holds what was computed for that pod. Plugins know nothing of traces: the cycle records their verdicts.

pub mod event;
mod filter;
mod filters;
mod post_filter;
mod status;

pub use event::{
    ClusterEvent, EventKind, EventKinds, describe_change, is_placed, is_preempted, node_events, pod_events,
};
pub use filter::{Cycle, Filter, FilterPlugin, PreFilter};
pub use filters::{Filters, FirstFailure, Forks};
pub use post_filter::{PostFilter, PostFilterFailure, PostFiltered, Unschedulable, pick};
pub use status::{Code, FilterResult, Nomination, Reasons, Rejection};

use super::node_info::{NodeInfo, PodInfo};
use crate::api::{EcoString, ObjectKey, Pod, Time};
use crate::cluster::Write;
use std::cmp::Reverse;

/// The highest score a plugin may give after normalising (`MaxNodeScore`).
pub const MAX_NODE_SCORE: i64 = 100;

/// A scheduler plugin; each extension point that it does not use is None.
pub trait Plugin: Sync {
    /// Upstream's name.
    fn name(&self) -> &'static str;
    /// The rule in one sentence, for a learner.
    fn explain(&self) -> &'static str;
    /// Whether a pod may enter the queue.
    fn pre_enqueue(&self) -> Option<&dyn PreEnqueue> {
        None
    }
    /// In which order pods leave the queue.
    fn queue_sort(&self) -> Option<&dyn QueueSort> {
        None
    }
    /// Which nodes are possible.
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        None
    }
    /// What can be done when no node is.
    fn post_filter(&self) -> Option<&dyn PostFilter> {
        None
    }
    /// Which possible node is better.
    fn score(&self) -> Option<&dyn ScorePlugin> {
        None
    }
    /// How the decision is written.
    fn bind(&self) -> Option<&dyn Bind> {
        None
    }
    /// Which changes may help a pod that this plugin rejected.
    fn hints(&self) -> Option<&dyn QueueingHints> {
        None
    }
}

/// Asked before a pod enters the queue.
pub trait PreEnqueue {
    /// Whether the pod may be tried at all.
    fn pre_enqueue(&self, pod: &Pod) -> FilterResult;
}

/// Orders the queue.
pub trait QueueSort {
    /// The smaller key goes first; equal keys go in the order of arrival.
    fn key(&self, pod: &Pod, queued_at: Time) -> (Reverse<i32>, Time);
}

/// PreScore, Score and NormalizeScore.
pub trait ScorePlugin {
    /// The plugin's weight where the configuration gives none.
    fn default_weight(&self) -> i64 {
        1
    }

    /// Looks at the pod and the possible nodes.
    fn pre_score<'a>(&self, cycle: Cycle<'a>, feasible: &[&'a NodeInfo]) -> PreScore<'a>;
}

/// What PreScore comes to.
pub enum PreScore<'a> {
    /// The pod gives the plugin nothing to rank by.
    Skip,
    /// Nodes are to be ranked.
    Rank(Box<dyn Score + 'a>),
    /// The pod's rules cannot be read: the attempt fails.
    Error(String),
}

impl<'a> PreScore<'a> {
    /// A ranking.
    pub fn rank(score: impl Score + 'a) -> Self {
        PreScore::Rank(Box::new(score))
    }
}

/// A ranking of nodes for one pod.
pub trait Score {
    /// The raw score.
    fn score(&self, node: &NodeInfo) -> i64;

    /// Brings the raw scores (in the order of `feasible`) to 0..=100, if they are not yet.
    fn normalize(&self, _scores: &mut [i64]) {}
}

/// Writes the decision.
pub trait Bind {
    /// The write that binds the pod.
    fn bind(&self, pod: ObjectKey, node: EcoString) -> Write;
}

/// Says which changes may help a pod that the plugin rejected (`EnqueueExtensions`).
pub trait QueueingHints {
    /// The changes it wants to hear of.
    fn interests(&self) -> EventKinds;

    /// Whether such a change may help the pod (`QueueingHintFn`).
    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool;
}

impl dyn QueueingHints + '_ {
    /// Whether the plugin is told of such changes at all. Of taints it is told if it wants to hear of new nodes: upstream
    /// registers that for it (`buildQueueingHintMap`, kubernetes/kubernetes#109437).
    pub fn hears_of(&self, kind: EventKind) -> bool {
        self.interests().contains(kind) || self.takes_any(kind)
    }

    /// Whether a change of which the plugin is told wakes a pod that it rejected.
    pub fn wakes(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        self.takes_any(event.kind()) || self.helps(pod, event)
    }

    /// Whether the plugin did not ask for these changes, and so is taken to be helped by each.
    fn takes_any(&self, kind: EventKind) -> bool {
        let interests = self.interests();
        kind == EventKind::NodeTaint
            && interests.contains(EventKind::NodeAdd)
            && !interests.contains(EventKind::NodeTaint)
    }
}
