//! How far a pod is, and of which revision.

use crate::api::{DaemonSet, EcoString, FAILED, PENDING, Pod, PrintedPod, RUNNING, SUCCEEDED, sort};
use crate::cluster::World;
use crate::controllers::daemonset::{history, pod::HASH_LABEL};
use std::collections::BTreeMap;

/// How far a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PodStage {
    /// It waits for a node, or for its kubelet.
    Pending,
    /// Its containers are being made.
    Creating,
    /// It runs, and is not ready, or its containers do not get to run.
    Unready,
    /// It runs, or ended well.
    Ready,
    /// It is being deleted.
    Terminating,
    /// It failed.
    Failed,
}

impl PodStage {
    /// The end of its class and icon names.
    pub fn name(self) -> &'static str {
        match self {
            PodStage::Pending => "pending",
            PodStage::Creating => "creating",
            PodStage::Unready => "unready",
            PodStage::Ready => "ready",
            PodStage::Terminating => "terminating",
            PodStage::Failed => "failed",
        }
    }
}

/// How far a pod is, and its STATUS.
pub fn stage(pod: &Pod) -> (PodStage, String) {
    let is_ready = pod.is_ready();
    let word = status(pod);
    let stage = match pod.status.phase.as_str() {
        _ if pod.metadata.is_terminating() => PodStage::Terminating,
        FAILED => PodStage::Failed,
        SUCCEEDED => PodStage::Ready,
        _ if TROUBLE.contains(&word.strip_prefix("Init:").unwrap_or(&word)) => PodStage::Failed,
        RUNNING if is_ready => PodStage::Ready,
        RUNNING if word == RUNNING => return (PodStage::Unready, format!("{word}, not ready")),
        RUNNING => PodStage::Failed,
        _ if !pod.status.container_statuses.is_empty() => PodStage::Creating,
        _ if pod.node().is_some() => return (PodStage::Pending, format!("{word}, bound")),
        _ => PodStage::Pending,
    };
    (stage, word)
}

/// What a kubelet says of a container that it cannot start, or not again yet.
const TROUBLE: [&str; 6] = [
    "CrashLoopBackOff",
    "Error",
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "CreateContainerConfigError",
];

/// STATUS as `kubectl get pods` prints it.
pub fn status(pod: &Pod) -> String {
    match PrintedPod::of(pod).status {
        word if word.is_empty() => PENDING.into(),
        word => word,
    }
}

/// The random end of a daemon pod's name, which tells it from its siblings.
pub fn name_end(name: &str) -> &str {
    name.rsplit('-').next().unwrap_or(name)
}

/// The number of each revision of a DaemonSet by its hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revisions(BTreeMap<EcoString, i64>);

/// `r2`; `r?` where there is no such revision.
pub fn revision_name(number: i64) -> String {
    if number > 0 { format!("r{number}") } else { "r?".into() }
}

impl Revisions {
    /// The revisions of a set.
    pub fn of(world: &World, set: Option<&DaemonSet>) -> Self {
        let revisions = set.map(|set| history::revisions(world, set)).unwrap_or_default();
        let numbers = revisions.iter().filter_map(|revision| {
            Some((revision.metadata.labels.get(HASH_LABEL)?.clone(), revision.revision))
        });
        Revisions(sort::map(numbers))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_have_short_names() {
        assert_eq!([revision_name(0), revision_name(12)], ["r?", "r12"]);
    }
}
