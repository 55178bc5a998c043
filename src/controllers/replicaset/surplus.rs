//! Which pods go first when there are too many. Upstream: `getPodsToDelete`, `ActivePodsWithRanks.Less` in
//! `pkg/controller/controller_utils.go`.

use super::is_active;
use crate::api::{EcoString, Kind, PENDING, Pod, ReplicaSet, Time, sort};
use crate::cluster::{Cx, World};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::rc::Rc;

/// What a pod's deletion costs, in the words of its owner.
const COST: &str = "controller.kubernetes.io/pod-deletion-cost";

/// So many of the pods: first those that have come least far, then those that share their node with others, then the
/// youngest.
pub(super) fn first(cx: &Cx<'_>, set: &ReplicaSet, pods: &[Rc<Pod>], many: usize) -> Vec<Rc<Pod>> {
    if many == 0 {
        return Vec::new();
    }
    let mut pods = pods.to_vec();
    if many < pods.len() {
        let mut active_on: BTreeMap<&str, usize> = BTreeMap::new();
        for pod in related(cx.world, set).filter(|pod| is_active(pod)) {
            *active_on.entry(pod.spec.node_name.as_str()).or_default() += 1;
        }
        let rank = |pod: &Pod| active_on.get(pod.spec.node_name.as_str()).copied().unwrap_or_default();
        sort::by(&mut pods, |left, right| compare(left, right, &rank, cx.now));
    }
    pods.truncate(many);
    pods
}

/// The pods of all sets that the owner of this one has (`getIndirectlyRelatedPods`).
fn related<'a>(world: &'a World, set: &'a ReplicaSet) -> impl Iterator<Item = &'a Rc<Pod>> {
    let owner = set.metadata.controller().map_or("", |owner| owner.uid.as_str());
    let siblings = world.dependents_of(owner, &Kind::ReplicaSet);
    let siblings = siblings.filter_map(|key| world.get(key)).map(|set| set.metadata().uid.clone());
    let mut uids: Vec<EcoString> = siblings.collect();
    if uids.is_empty() {
        uids.push(set.metadata.uid.clone());
    }
    let pods: Vec<&Rc<Pod>> = uids
        .iter()
        .flat_map(|uid| world.dependents_of(uid, &Kind::Pod))
        .filter_map(|key| world.pod(&key.namespace, &key.name))
        .collect();
    pods.into_iter()
}

fn compare(left: &Pod, right: &Pod, rank: &dyn Fn(&Pod) -> usize, now: Time) -> Ordering {
    let phase = |pod: &Pod| if pod.status.phase.is_empty() || pod.status.phase == PENDING { 0 } else { 2 };
    let cost = |pod: &Pod| pod.metadata.annotations.get(COST).and_then(|cost| cost.parse::<i32>().ok());
    let restarts = |pod: &Pod| pod.status.container_statuses.iter().map(|one| one.restart_count).max();
    let by_age = |left: Option<Time>, right: Option<Time>| match (left, right) {
        (Some(left_at), Some(right_at)) if left_at != right_at => {
            magnitude(now, left_at).cmp(&magnitude(now, right_at))
        }
        _ => Ordering::Equal,
    };
    left.node()
        .is_some()
        .cmp(&right.node().is_some())
        .then(phase(left).cmp(&phase(right)))
        .then(left.is_ready().cmp(&right.is_ready()))
        .then(cost(left).unwrap_or_default().cmp(&cost(right).unwrap_or_default()))
        .then(rank(right).cmp(&rank(left)))
        .then(by_age(ready_since(left), ready_since(right)))
        .then(Reverse(restarts(left)).cmp(&Reverse(restarts(right))))
        .then(by_age(left.metadata.creation_timestamp, right.metadata.creation_timestamp))
        .then(left.metadata.uid.cmp(&right.metadata.uid))
}

fn ready_since(pod: &Pod) -> Option<Time> {
    pod.condition("Ready").filter(|ready| ready.status == "True")?.last_transition_time
}

/// Ages count by their order of magnitude, so that it is not always the youngest that go (`logarithmicRankDiff`).
fn magnitude(now: Time, at: Time) -> u32 {
    let nanos = (now - at).0.max(0).unsigned_abs().saturating_mul(1_000_000);
    nanos.max(1).ilog2()
}
