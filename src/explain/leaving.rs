//! Pods that have to go because they may not stay where they are.

use super::change::begins_to_end;
use crate::api::{EcoString, Kind, Node, Object, Pod};
use crate::cluster::{Actor, World};
use crate::controllers::daemonset::node::DeleteReason;
use crate::controllers::daemonset::trace::Sync;
use crate::controllers::taint_eviction::{Stay, borne, stay};
use crate::sim::{Step, Trace};
use std::rc::Rc;

/// The pods that a step makes leave their nodes because they may not stay: a taint evicts them, their node is not eligible
/// any more, or others preempt them. What an update replaces, or the user deletes, is not among them.
pub(super) fn leavers(step: &Step) -> Vec<(EcoString, Rc<Pod>)> {
    if step.actor == Actor::You {
        return Vec::new();
    }
    let stays_out = |pod: &Pod| match &step.trace {
        Trace::DaemonSet(trace) => match &trace.sync {
            Sync::Done(sync) => sync.deletes.iter().any(|planned| {
                planned.pod == pod.metadata.name && planned.reason == DeleteReason::NotEligible
            }),
            _ => false,
        },
        Trace::TaintEviction(_) => true,
        Trace::Scheduling(_) => step.preemption().is_some(),
        _ => false,
    };
    let leaving = step.changes.iter().filter(|change| change.key.kind == Kind::Pod && begins_to_end(change));
    let pods = leaving.filter_map(|change| change.before.as_ref().and_then(Object::as_pod));
    let pods = pods.filter(|pod| stays_out(pod));
    pods.filter_map(|pod| Some((pod.node()?.into(), Rc::clone(pod)))).collect()
}

/// The pods that a node's taints would drive out if it were another, and do not as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DrivenOut {
    /// At once.
    pub now: Vec<EcoString>,
    /// When the time is over for which they tolerate the taints.
    pub later: Vec<EcoString>,
}

impl DrivenOut {
    /// Of the pods on a node that are meant.
    pub fn of(world: &World, old: &Node, new: &Node, is_meant: impl Fn(&Pod) -> bool) -> Self {
        let harm = |node: &Node, pod: &Pod| match stay(&borne(&node.spec.taints, &pod.spec.tolerations)) {
            Stay::NoTaint | Stay::Forever => 0,
            Stay::Seconds(1..) => 1,
            Stay::Seconds(_) | Stay::NotAtAll => 2,
        };
        let mut driven = DrivenOut::default();
        let pods = world.pods_on(&new.metadata.name).filter(|pod| pod.node().is_some());
        for pod in pods.filter(|pod| !pod.metadata.is_terminating() && is_meant(pod)) {
            match harm(new, pod) {
                harm_now if harm_now <= harm(old, pod) => {}
                1 => driven.later.push(pod.metadata.name.clone()),
                _ => driven.now.push(pod.metadata.name.clone()),
            }
        }
        driven
    }
}
