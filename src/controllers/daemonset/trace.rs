//! Why the controller did, or did not, act: data for the page and for tests.

use super::history::HistoryTrace;
use super::node::{Basis, Class, CreateReason, DeleteReason, Ground, NodeEntry, PodSeen, PodState};
use super::plan::{BackingOff, PlannedCreate, PlannedDelete};
use super::rollout::RolloutTrace;
use super::totals::Totals;
use crate::api::{DaemonSetStatus, EcoString, Millis, ObjectKey, Time, sort};
use crate::cluster::{ApiError, Map};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

/// One look at one DaemonSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonSetTrace {
    /// Which.
    pub set: ObjectKey,
    /// What came of it.
    pub sync: Sync,
}

/// What came of a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sync {
    /// It is gone; what was known of it is forgotten.
    Gone,
    /// It is being deleted: its pods are the garbage collector's.
    BeingDeleted,
    /// Its selector is empty, which is refused with an event.
    SelectsEverything,
    /// A revision of another template has the name that the current one should get: the collision count goes up.
    Collision(ApiError),
    /// It was synced.
    Done(Rc<SyncTrace>),
}

/// One sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncTrace {
    /// Its revisions.
    pub history: HistoryTrace,
    /// Orphans that are its own now.
    pub adopted: Vec<EcoString>,
    /// Pods that are its own no longer.
    pub released: Vec<EcoString>,
    /// What the nodes looked like.
    pub nodes: Nodes,
    /// Pods created, in order.
    pub creates: Vec<PlannedCreate>,
    /// Pods deleted, in order.
    pub deletes: Vec<PlannedDelete>,
    /// Pods to be created that one sync has no room for.
    pub later_creates: u32,
    /// Pods to be deleted that one sync has no room for.
    pub later_deletes: u32,
    /// Failed pods that must wait.
    pub backing_off: Vec<BackingOff>,
    /// The rolling update.
    pub rollout: RolloutTrace,
    /// The status before.
    pub status_before: DaemonSetStatus,
    /// The status after.
    pub status_after: DaemonSetStatus,
    /// When it looks again by itself.
    pub requeue_after: Option<Millis>,
}

/// All nodes as the DaemonSet saw them; shared with the controller, so that a copy costs nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Nodes {
    /// What the entries depend on.
    pub basis: Rc<Basis>,
    /// By node name; with an entry under the empty name for pods that are meant for no node.
    pub entries: Map<EcoString, Rc<NodeEntry>>,
    /// Sums over the entries.
    pub totals: Totals,
}

/// Prints the size only: what matters of it stands in the decisions.
impl fmt::Debug for Nodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} nodes", self.entries.len())
    }
}

/// What a sync decided about one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PodDecision {
    /// It is deleted.
    Delete(DeleteReason),
    /// It stays.
    Keep(KeepReason),
}

/// Why a pod stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeepReason {
    /// It is of the current template and available.
    UpToDate,
    /// It is of the current template and not ready yet.
    WaitsForReady,
    /// It is of the current template and ready, and counts as available from then on.
    WaitsUntilAvailable(Time),
    /// It is being deleted already: the kubelet has to finish.
    WaitsForEnd,
    /// It failed, and the node's back-off is not over.
    WaitsForBackOff(Time),
    /// It should go, but one sync deletes no more.
    WaitsForNextSync,
    /// It is old, and the strategy is OnDelete.
    WaitsForDeletion,
    /// It is old, and other pods were created or deleted first.
    WaitsForManage,
    /// It is old, and the budget is used up.
    WaitsForBudget,
    /// It is old, and the new pod beside it is being made.
    WaitsForSurgePod,
    /// It is old, and the new pod beside it is not available yet.
    WaitsForNewPod,
    /// It is old, the node is no longer eligible, and too few pods are available elsewhere.
    WaitsForOthers,
    /// It is old, and the rolling update could not go on.
    WaitsForError,
    /// There are more pods than a rolling update understands.
    WaitsForPruning,
}

/// All that a sync decided about one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeStory<'a> {
    /// What the node looked like.
    pub entry: &'a NodeEntry,
    /// Why a pod was created.
    pub create: Option<CreateReason>,
    /// Whether a pod should have been created, but one sync creates no more.
    pub create_later: bool,
    /// What was decided about each pod.
    pub pods: Vec<(&'a PodSeen, PodDecision)>,
}

impl SyncTrace {
    /// Whether there was nothing to do: nothing created, deleted, adopted, released or written.
    pub fn is_idle(&self) -> bool {
        let history = &self.history;
        self.creates.is_empty()
            && self.deletes.is_empty()
            && self.adopted.is_empty()
            && self.released.is_empty()
            && history.adopted.is_empty()
            && history.released.is_empty()
            && history.duplicates.is_empty()
            && history.cleaned_up.is_empty()
            && matches!(history.origin, super::history::RevisionOrigin::Same(_))
            && self.status_before == self.status_after
    }

    /// The error that ended the sync, in the controller's words.
    pub fn error(&self) -> Option<String> {
        match &self.rollout {
            RolloutTrace::Failed(error) => Some(error.to_string()),
            _ => None,
        }
    }

    /// What was decided about a node; none when the DaemonSet has nothing to do with it.
    pub fn node(&self, name: &str) -> Option<NodeStory<'_>> {
        let entry = self.nodes.entries.get(name)?;
        let decisions = self.decisions();
        let create = decisions.creates.get(name).copied();
        Some(NodeStory {
            entry,
            create,
            create_later: create.is_none() && entry.todo().create.is_some(),
            pods: entry.pods.iter().map(|pod| (pod, decisions.about(name, entry, pod))).collect(),
        })
    }

    /// What was decided, to be looked up.
    pub fn decisions(&self) -> Decisions<'_> {
        Decisions {
            sync: self,
            creates: sort::map(self.creates.iter().map(|create| (create.node.as_str(), create.reason))),
            deletes: sort::map(self.deletes.iter().map(|delete| (delete.pod.as_str(), delete.reason))),
        }
    }
}

/// What a sync decided, to be looked up by node and pod.
pub struct Decisions<'a> {
    sync: &'a SyncTrace,
    /// By node.
    creates: BTreeMap<&'a str, CreateReason>,
    /// By pod.
    deletes: BTreeMap<&'a str, DeleteReason>,
}

impl Decisions<'_> {
    /// What was decided about a pod that was seen on a node.
    pub fn about(&self, node: &str, entry: &NodeEntry, pod: &PodSeen) -> PodDecision {
        if let Some(reason) = self.deletes.get(pod.name.as_str()) {
            return PodDecision::Delete(*reason);
        }
        if let Some(waiting) = self.sync.backing_off.iter().find(|waiting| waiting.pod == pod.name) {
            return PodDecision::Keep(KeepReason::WaitsForBackOff(waiting.until));
        }
        if pod.state != PodState::Terminating && entry.todo().delete.iter().any(|(name, _)| *name == pod.name)
        {
            return PodDecision::Keep(KeepReason::WaitsForNextSync);
        }
        PodDecision::Keep(match pod.state {
            PodState::Terminating => KeepReason::WaitsForEnd,
            PodState::Available if pod.updated => KeepReason::UpToDate,
            PodState::ReadyUntilAvailable(at) if pod.updated => KeepReason::WaitsUntilAvailable(at),
            _ if pod.updated => KeepReason::WaitsForReady,
            _ => self.why_old_pod_stays(node, entry),
        })
    }

    fn why_old_pod_stays(&self, node: &str, entry: &NodeEntry) -> KeepReason {
        match (&self.sync.rollout, entry.rollout.as_ref().map(|rollout| rollout.class)) {
            (RolloutTrace::OnDelete { .. }, _) => KeepReason::WaitsForDeletion,
            (RolloutTrace::Postponed, _) => KeepReason::WaitsForManage,
            (RolloutTrace::Failed(_), _) => KeepReason::WaitsForError,
            (_, Some(Class::Excess)) => KeepReason::WaitsForPruning,
            (_, Some(Class::Both { .. })) => KeepReason::WaitsForNewPod,
            (RolloutTrace::Surge(_), Some(Class::Old { on: Ground::Ineligible, .. })) => {
                KeepReason::WaitsForOthers
            }
            (RolloutTrace::Surge(_), _) if self.creates.contains_key(node) => KeepReason::WaitsForSurgePod,
            (RolloutTrace::Unavailable(budget), _) if budget.taken > 0 && self.sync.later_deletes > 0 => {
                KeepReason::WaitsForNextSync
            }
            _ => KeepReason::WaitsForBudget,
        }
    }
}
