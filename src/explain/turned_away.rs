//! Pods that their node's kubelet turned away. The DaemonSet controller replaces each of them, which the kubelet turns
//! away in turn: so the pods are told together, at every moment of the circle.

use super::measure::Measure;
use super::piece::{Piece, sentence};
use crate::api::{DaemonSet, EcoString, FAILED, Node, Object, PENDING, Pod};
use crate::cluster::World;
use crate::controllers::daemonset::node::DeleteReason;
use crate::controllers::daemonset::trace::SyncTrace;
use crate::kubelet::{KubeletDeed, Stage, is_taken};
use crate::scheduler::{NodeInfo, PodInfo};
use crate::sim::{Step, Timeline, Trace};
use std::rc::Rc;

/// The most steps that are looked at: a pod that was turned away longer ago says nothing of now.
const LOOKED_AT: usize = 2_000;

/// How many pods of a set a node's kubelet turned away, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TurnedAway {
    /// How many.
    pub times: usize,
    /// The last one, as it failed.
    pub last: Rc<Pod>,
}

impl TurnedAway {
    /// What the kubelet of a node did up to the shown step to a set's pods since it took one. None if the last one
    /// that it looked at was not turned away, or if `pod`, the one that is there now, is further than that.
    pub(super) fn on(timeline: &Timeline, set: &DaemonSet, node: &str, pod: Option<&Pod>) -> Option<Self> {
        let is_new = |pod: &Pod| pod.status.phase == PENDING && pod.status.container_statuses.is_empty();
        if pod.is_some_and(|pod| !is_turned_away(pod) && !is_new(pod)) {
            return None;
        }
        let mut found: Option<TurnedAway> = None;
        for step in timeline.past().take(LOOKED_AT) {
            let Trace::Kubelet(trace) = &step.trace else { continue };
            let KubeletDeed::Stage { stage, .. } = &trace.deed else { continue };
            if *trace.node != *node {
                continue;
            }
            let mut states = step.changes.iter().filter_map(|change| change.after.as_ref()?.as_pod());
            let Some(pod) = states.find(|pod| pod.is_owned_by(&set.metadata.uid)) else { continue };
            match (stage, &mut found) {
                (Stage::PodRejected, Some(found)) => found.times += 1,
                (Stage::PodRejected, found) => *found = Some(TurnedAway { times: 1, last: Rc::clone(pod) }),
                _ => break,
            }
        }
        found
    }

    /// That the kubelet of a node turns pods away, within a sentence.
    pub(super) fn in_short(&self, world: &World, node: &str) -> Vec<Piece> {
        let mut told = match self.times {
            1 => sentence("the kubelet of {} turned a pod away (", &[node]),
            times => sentence("the kubelet of {} turned {} pods away (", &[node, &times.to_string()]),
        };
        told.extend(grounds(world, &self.last));
        told.extend(sentence(")", &[]));
        told
    }

    /// That the pods are turned away, how often and why, in sentences with a space after each.
    pub(super) fn told(&self, world: &World, node: &str) -> Vec<Piece> {
        let mut told = match self.times {
            1 => sentence("Its pod was turned away by the kubelet of {}. ", &[node]),
            times => sentence(
                "Its pods are turned away by the kubelet of {}, {} times so far. ",
                &[node, &times.to_string()],
            ),
        };
        told.extend(grounds(world, &self.last));
        told.extend(sentence(". ", &[]));
        told
    }
}

/// Whether a pod failed because its kubelet did not take it.
pub(super) fn is_turned_away(pod: &Pod) -> bool {
    pod.status.phase == FAILED && pod.status.message.starts_with(PREFIX)
}

/// What a kubelet writes before its reason (`rejectPod` in `pkg/kubelet/kubelet.go`).
const PREFIX: &str = "Pod was rejected: ";

/// Why a pod was turned away: the reason, and the figures as they are now, or else the kubelet's own words.
pub(super) fn grounds(world: &World, pod: &Pod) -> Vec<Piece> {
    let (reason, message) = (pod.status.reason.as_str(), pod.status.message.as_str());
    let message = message.strip_prefix(PREFIX).unwrap_or(message).trim_end_matches(['.', ' ']);
    let node = pod.node().and_then(|name| world.node(name));
    let figures = node.and_then(|node| shortage(world, node, pod, reason.strip_prefix("OutOf")?));
    sentence("`{}`: {}", &[reason, figures.as_deref().unwrap_or(message)])
}

/// How much of a resource a pod asks for, and how much is free. None where it would fit by now.
fn shortage(world: &World, node: &Rc<Node>, pod: &Pod, resource: &str) -> Option<String> {
    let measure = Measure::of_name(resource);
    let info = taken(world, node, is_taken);
    let (all, taken) = (measure.of(&info.allocatable), measure.taken(&info));
    let asked = measure.asked(pod);
    let free = all.saturating_sub(taken);
    (asked > free).then(|| match measure {
        Measure::Pods => format!("the node takes {} at most and has {taken}", measure.text(all)),
        measure => format!("asks {}, {} free", measure.text(asked), measure.text(free.max(0))),
    })
}

/// A node with those of the pods that take room on it which count.
pub(super) fn taken(world: &World, node: &Rc<Node>, counts: impl Fn(&Pod) -> bool) -> NodeInfo {
    let mut info = NodeInfo::new(Rc::clone(node), 0);
    for other in world.pods_on(&node.metadata.name).filter(|other| other.takes_room() && counts(other)) {
        info.add_pod(Rc::new(PodInfo::new(Rc::clone(other))));
    }
    info
}

/// The pods that were turned away and that a step deleted, to be replaced: with their nodes.
pub(super) fn deleted<'a>(
    step: &'a Step,
    sync: &'a SyncTrace,
) -> impl Iterator<Item = (&'a EcoString, &'a Rc<Pod>)> {
    let failed = sync.deletes.iter().filter(|planned| planned.reason == DeleteReason::Failed);
    failed.filter_map(|planned| {
        let change = step.changes.iter().find(|change| *change.name() == planned.pod)?;
        let pod = change.before.as_ref().and_then(Object::as_pod)?;
        is_turned_away(pod).then_some((&planned.node, pod))
    })
}
