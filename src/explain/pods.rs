//! How far a pod is, and of which revision.

use crate::api::{DaemonSet, EcoString, FAILED, Pod, RUNNING};
use crate::cluster::World;
use crate::controllers::daemonset::{history, pod::HASH_LABEL};
use std::collections::BTreeMap;

/// How far a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It waits for a node, or for its kubelet.
    Pending,
    /// Its containers are being made.
    Creating,
    /// It runs, and is not ready.
    Unready,
    /// It runs, or ended well.
    Ready,
    /// It is being deleted.
    Terminating,
    /// It failed.
    Failed,
}

impl Stage {
    /// The end of its class and icon names.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Pending => "pending",
            Stage::Creating => "creating",
            Stage::Unready => "unready",
            Stage::Ready => "ready",
            Stage::Terminating => "terminating",
            Stage::Failed => "failed",
        }
    }
}

/// How far a pod is, and STATUS as `kubectl get pods` prints it.
pub fn stage(pod: &Pod) -> (Stage, String) {
    let status = &pod.status;
    if pod.metadata.is_terminating() {
        return (Stage::Terminating, "Terminating".into());
    }
    if pod.is_finished() {
        let failed = status.phase == FAILED;
        let word = match (status.reason.as_str(), failed) {
            ("", true) => "Error".to_owned(),
            ("", false) => "Completed".to_owned(),
            (reason, _) => reason.to_owned(),
        };
        return (if failed { Stage::Failed } else { Stage::Ready }, word);
    }
    if status.phase == RUNNING {
        let ready = pod.is_ready();
        let words = if ready { "Running" } else { "Running, not ready" };
        return (if ready { Stage::Ready } else { Stage::Unready }, words.into());
    }
    let waiting = status.container_statuses.iter().find_map(|container| container.state.waiting.as_ref());
    match (waiting, pod.node()) {
        (Some(waiting), _) if !waiting.reason.is_empty() => (Stage::Creating, waiting.reason.to_string()),
        (_, Some(_)) => (Stage::Pending, "Pending, bound".into()),
        (_, None) => (Stage::Pending, "Pending".into()),
    }
}

/// The random end of a daemon pod's name, which tells it from its siblings.
pub fn name_end(name: &str) -> &str {
    name.rsplit('-').next().unwrap_or(name)
}

/// The number of each revision of a DaemonSet by its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions(BTreeMap<EcoString, i64>);

impl Revisions {
    /// The revisions of a set.
    pub fn of(world: &World, set: Option<&DaemonSet>) -> Self {
        let revisions = set.map(|set| history::revisions(world, set)).unwrap_or_default();
        let numbers = revisions.iter().filter_map(|revision| {
            Some((revision.metadata.labels.get(HASH_LABEL)?.clone(), revision.revision))
        });
        Revisions(numbers.collect())
    }

    /// The number of the revision of a hash; 0 = none that there is.
    pub fn number(&self, hash: &str) -> i64 {
        self.0.get(hash).copied().unwrap_or(0)
    }

    /// The number of the revision that a pod is of; 0 = none that there is.
    pub fn of_pod(&self, pod: &Pod) -> i64 {
        pod.metadata.labels.get(HASH_LABEL).map_or(0, |hash| self.number(hash))
    }
}
