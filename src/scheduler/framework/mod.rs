//! The scheduling framework: what a plugin can be asked, in upstream's terms. Upstream:
//! `staging/src/k8s.io/kube-scheduler/framework/interface.go`.
//!
//! A plugin is a value without state. Asked about a pod it answers with a check ([`Filter`]) or a ranking ([`Score`])
//! that holds what was computed for that pod. Plugins know nothing of traces: the cycle records their verdicts.

mod event;

pub use event::{
    ClusterEvent, EventKind, EventKinds, describe_change, is_placed, is_preempted, node_events, pod_events,
};

use super::preemption::Preempted;
use super::{NodeInfo, PodInfo, Snapshot};
use crate::api::{EcoString, ObjectKey, Pod, Time};
use crate::cluster::Write;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::rc::Rc;

/// The highest score a plugin may give after normalising (`MaxNodeScore`).
pub const MAX_NODE_SCORE: i64 = 100;

/// Why a node, or the pod as a whole, is rejected. Upstream: `fwk.Code`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// Removing pods may help.
    Unschedulable,
    /// Removing pods cannot help.
    UnschedulableAndUnresolvable,
}

impl Code {
    /// Upstream's name.
    pub fn name(self) -> &'static str {
        match self {
            Code::Unschedulable => "Unschedulable",
            Code::UnschedulableAndUnresolvable => "UnschedulableAndUnresolvable",
        }
    }
}

/// The texts of a rejection; most are known beforehand.
pub type Reasons = Cow<'static, [Cow<'static, str>]>;

/// A plugin's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// Whether removing pods may help.
    pub code: Code,
    /// Why, in upstream's words.
    pub reasons: Reasons,
}

impl Rejection {
    /// Removing pods may help.
    pub const fn unschedulable(reasons: &'static [Cow<'static, str>]) -> Self {
        Rejection { code: Code::Unschedulable, reasons: Cow::Borrowed(reasons) }
    }

    /// Removing pods cannot help.
    pub const fn unresolvable(reasons: &'static [Cow<'static, str>]) -> Self {
        Rejection { code: Code::UnschedulableAndUnresolvable, reasons: Cow::Borrowed(reasons) }
    }

    /// The reasons in one text (`Status.Message`).
    pub fn message(&self) -> String {
        self.reasons.join(", ")
    }
}

/// A plugin's answer.
pub type Verdict = Result<(), Rejection>;

/// What a plugin sees of an attempt.
#[derive(Clone, Copy)]
pub struct Cycle<'a> {
    /// The pod that is to be scheduled.
    pub pod: &'a Rc<PodInfo>,
    /// The cluster at the beginning of the attempt.
    pub snapshot: &'a Snapshot<'a>,
}

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
    fn pre_enqueue(&self, pod: &Pod) -> Verdict;
}

/// Orders the queue.
pub trait QueueSort {
    /// The smaller key goes first; equal keys go in the order of arrival.
    fn key(&self, pod: &Pod, queued_at: Time) -> (Reverse<i32>, Time);
}

/// PreFilter and Filter.
pub trait FilterPlugin {
    /// Looks at the pod once, before any node.
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a>;
}

/// What PreFilter comes to.
pub enum PreFilter<'a> {
    /// The pod gives the plugin nothing to check.
    Skip,
    /// No node can do.
    Reject(Rejection),
    /// Nodes are to be checked.
    Check {
        /// Only these nodes are possible, sorted; None = all.
        only: Option<Vec<EcoString>>,
        /// The check.
        filter: Box<dyn Filter<'a> + 'a>,
    },
}

impl<'a> PreFilter<'a> {
    /// A check of all nodes.
    pub fn check(filter: impl Filter<'a> + 'a) -> Self {
        PreFilter::Check { only: None, filter: Box::new(filter) }
    }
}

/// A check of nodes for one pod.
pub trait Filter<'a> {
    /// Whether the pod may go to the node.
    fn filter(&self, node: &NodeInfo) -> Verdict;

    /// A copy that can follow pods being added to and removed from one node in thought; None where the check looks at nothing but
    /// the node it is given (`PreFilterExtensions` is nil).
    fn fork(&self) -> Option<Box<dyn Filter<'a> + 'a>> {
        None
    }

    /// A pod was put on the node in thought.
    fn add_pod(&mut self, _pod: &PodInfo, _node: &NodeInfo) {}

    /// A pod was taken off the node in thought.
    fn remove_pod(&mut self, _pod: &PodInfo, _node: &NodeInfo) {}
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

/// What PostFilter is told.
pub struct Unschedulable<'a, 'c> {
    /// The attempt.
    pub cycle: Cycle<'a>,
    /// The checks that PreFilter set up.
    pub filters: &'c super::cycle::Filters<'a>,
    /// The verdict on each node.
    pub verdicts: &'c super::Verdicts,
    /// PreFilter was broken off, so later plugins have not seen the pod.
    pub broken_off: bool,
    /// Decides between equals.
    pub chance: u64,
}

/// Asked when no node is possible.
pub trait PostFilter {
    /// What can be done.
    fn post_filter(&self, failed: &Unschedulable<'_, '_>) -> PostFiltered;
}

/// What PostFilter comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct PostFiltered {
    /// What becomes of `status.nominatedNodeName`.
    pub nomination: Nomination,
    /// None = room can be made.
    pub failure: Option<PostFilterFailure>,
    /// How it was decided.
    pub preemption: Option<Rc<Preempted>>,
}

/// Why PostFilter could not help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PostFilterFailure {
    /// It tried; the next plugin is asked.
    Unschedulable(String),
    /// It could not even try; no further plugin is asked.
    Error(String),
}

/// What becomes of `status.nominatedNodeName`. Upstream: `NominatingInfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nomination {
    /// It stays.
    Keep,
    /// It is emptied.
    Clear,
    /// It is set to this node.
    Set(EcoString),
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
