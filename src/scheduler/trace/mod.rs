//! Why the scheduler decided as it did: one record an attempt, as data, failures included.
//!
//! Kept small, for there is one a step: nodes that share a verdict share its text, and rows of nodes are stored as
//! runs over one list of names.

mod preemption;
mod scores;
mod verdicts;

pub use preemption::{Candidate, Choice, Criterion, DryRunFate, DryRunPod, Preempted};
pub use scores::{NodeScore, Numbers, ScoreColumn, ScoreTable, Scoring};
pub use verdicts::{NodeVerdict, Positions, Verdicts};

use super::framework::{EventKind, Nomination, Rejection};
use super::node_info::PodInfo;
use super::plugins::{self, PluginId};
use crate::api::{EcoString, ObjectKey, Time};
use crate::cluster::{Because, StableHash};
use std::rc::Rc;

/// The nodes' names in the order in which they were tried; shared by the traces of a while.
pub type NodeNames = Rc<[EcoString]>;

/// What came of one look of the scheduler.
#[derive(Clone, Debug, PartialEq)]
pub enum SchedulerTrace {
    /// A pod was tried.
    Attempt(Rc<SchedulingTrace>),
    /// A pod was being deleted, so it was not tried (`skipPodSchedule`).
    Skipped {
        /// The pod.
        pod: ObjectKey,
    },
    /// No pod is due.
    Idle,
}

impl SchedulerTrace {
    /// The attempt, if there was one.
    pub fn attempt(&self) -> Option<&Rc<SchedulingTrace>> {
        if let SchedulerTrace::Attempt(trace) = self { Some(trace) } else { None }
    }
}

/// One attempt to schedule one pod.
#[derive(Clone, Debug, PartialEq)]
pub struct SchedulingTrace {
    /// The pod.
    pub pod: ObjectKey,
    /// The same as it was then.
    pub info: Rc<PodInfo>,
    /// `spec.schedulerName`: the profile that was used.
    pub profile: EcoString,
    /// How the pod came to be tried now.
    pub queue: QueueTrace,
    /// All nodes.
    pub nodes: NodeNames,
    /// What each PreFilter plugin said, in order.
    pub pre_filter: Vec<PreFiltered>,
    /// The nominated node was tried before all others; whether it was possible.
    pub nominated_node: Option<(EcoString, bool)>,
    /// What Filter said of each node.
    pub verdicts: Verdicts,
    /// How the possible nodes were ranked.
    pub scores: Scoring,
    /// What came of it.
    pub result: SchedulingResult,
    /// How room was to be made.
    pub preemption: Option<Rc<Preempted>>,
}

/// How a pod came to be tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueTrace {
    /// Counts the attempts, from 1.
    pub attempt: u32,
    /// When it came into the queue (again).
    pub queued_at: Time,
    /// What brought it there.
    pub woken: Woken,
    /// The step that did, or that set the time.
    pub because: Because,
    /// Until when it was held back after its last attempt.
    pub backed_off_until: Option<Time>,
}

impl QueueTrace {
    /// Of a pod's first attempt.
    pub fn first(queued_at: Time) -> Self {
        QueueTrace {
            attempt: 1,
            queued_at,
            woken: Woken::Arrived,
            because: Because::Change(0),
            backed_off_until: None,
        }
    }
}

/// What brought a pod into the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Woken {
    /// It is new, or its scheduling gates are gone.
    Arrived,
    /// A change that may help it.
    Event {
        /// What kind of change.
        kind: EventKind,
        /// What changed.
        object: ObjectKey,
        /// In words, to follow the object's name: `lost taint gpu=true:NoSchedule`.
        what: EcoString,
        /// The plugin that had rejected the pod and said that the change may help; empty where the pod had found no
        /// node at all.
        plugin: &'static str,
    },
    /// It had waited for 5 minutes (`UnschedulableTimeout`).
    Timeout,
    /// Its last attempt failed for a reason of the cluster's, not of the pod's.
    Retry,
}

/// What one PreFilter plugin said. Each attempt keeps a dozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreFiltered {
    /// The plugin.
    pub id: PluginId,
    /// Its answer.
    pub outcome: PreFilterOutcome,
}

impl PreFiltered {
    /// The plugin's name.
    pub fn plugin(&self) -> &'static str {
        plugins::get(self.id).name()
    }
}

/// The answer of a PreFilter plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PreFilterOutcome {
    /// The pod gives it nothing to check.
    Skipped,
    /// Nodes are to be checked.
    Passed,
    /// Only these nodes are to be checked, sorted.
    Restricted(Rc<Vec<EcoString>>),
    /// No node can do.
    Rejected(Box<Rejection>),
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchedulingResult {
    /// The pod is to be bound to this node.
    Scheduled {
        /// The node.
        node: EcoString,
    },
    /// No node was possible.
    Unschedulable {
        /// The text of the condition PodScheduled.
        message: EcoString,
        /// What becomes of the nominated node.
        nomination: Nomination,
        /// The plugins that rejected a node or the pod, in registry order: changes that they care for may help.
        rejected_by: Vec<&'static str>,
        /// What PostFilter said; empty where room can be made.
        post_filter: EcoString,
    },
    /// A plugin could not do its work; the pod is tried again.
    Error {
        /// The text of the condition PodScheduled.
        message: EcoString,
    },
}

impl SchedulingTrace {
    /// The pod's identity: another pod of the name has another.
    pub fn uid(&self) -> &str {
        &self.info.pod.metadata.uid
    }

    /// The position of a node.
    pub fn position(&self, node: &str) -> Option<usize> {
        self.nodes.iter().position(|name| &**name == node)
    }

    /// What Filter said of a node.
    pub fn verdict(&self, node: &str) -> Option<&NodeVerdict> {
        self.verdicts.get(self.position(node)?)
    }

    /// The plugins that passed a node before one rejected it, in order: all that checked the pod if none did.
    pub fn passed(&self, node: &str) -> Vec<&'static str> {
        let checked = self
            .pre_filter
            .iter()
            .filter(|said| matches!(said.outcome, PreFilterOutcome::Passed | PreFilterOutcome::Restricted(_)))
            .map(PreFiltered::plugin);
        match self.verdict(node) {
            Some(NodeVerdict::Feasible) => checked.collect(),
            Some(NodeVerdict::Rejected { plugin, .. }) if !plugin.is_empty() => {
                checked.take_while(|name| name != plugin).collect()
            }
            _ => Vec::new(),
        }
    }

    /// All nodes with their verdicts, in order.
    pub fn node_verdicts(&self) -> impl Iterator<Item = (&EcoString, &NodeVerdict)> {
        self.nodes.iter().zip(self.verdicts.iter())
    }

    /// The nodes that all plugins passed, in order.
    pub fn feasible(&self) -> impl Iterator<Item = &EcoString> {
        self.node_verdicts().filter(|(_, verdict)| **verdict == NodeVerdict::Feasible).map(|(name, _)| name)
    }

    /// The scores of a node, a plugin each; None where it was not ranked.
    pub fn scores(&self, node: &str) -> Option<Vec<NodeScore>> {
        match &self.scores {
            Scoring::Ranked(table) => table.row(self.position(node)?),
            _ => None,
        }
    }

    /// The sum of a node's weighted scores.
    pub fn total(&self, node: &str) -> Option<i64> {
        self.scores(node).map(|scores| scores.iter().map(NodeScore::weighted).sum())
    }

    /// The nodes of the highest total, if there is more than one: chance decided among them.
    pub fn tied(&self) -> Vec<&EcoString> {
        match &self.scores {
            Scoring::Ranked(table) if table.best.len() > 1 => {
                table.best.iter().filter_map(|position| self.nodes.get(position)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The node, if one was found.
    pub fn node(&self) -> Option<&EcoString> {
        if let SchedulingResult::Scheduled { node } = &self.result { Some(node) } else { None }
    }

    /// Why there is no node, as kubectl shows it.
    pub fn message(&self) -> Option<&str> {
        match &self.result {
            SchedulingResult::Unschedulable { message, .. } | SchedulingResult::Error { message } => {
                Some(message)
            }
            SchedulingResult::Scheduled { .. } => None,
        }
    }

    /// Takes what was decided and why into a hash, to compare runs: cheaper than the whole record.
    pub fn digest(&self, hash: StableHash) -> StableHash {
        let mut hash = hash
            .text(&self.pod.namespace)
            .text(&self.pod.name)
            .text(self.uid())
            .number(u64::from(self.queue.attempt))
            .number(self.queue.queued_at.millis() as u64);
        hash = self.verdicts.digest(hash);
        if let Scoring::Ranked(table) = &self.scores {
            hash = table.best.digest(hash.number(table.best_total as u64));
        }
        match &self.result {
            SchedulingResult::Scheduled { node } => hash.text("scheduled").text(node),
            SchedulingResult::Unschedulable { message, nomination, .. } => {
                let nominated = if let Nomination::Set(node) = nomination { node } else { "" };
                hash.text("unschedulable").text(message).text(nominated)
            }
            SchedulingResult::Error { message } => hash.text("error").text(message),
        }
    }
}
