//! Pods that have to go because they may not stay where they are.

use super::change::begins_to_end;
use super::piece::{Piece, listed, sentence};
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
    let leaving = step.changes.iter().filter(|change| change.is_of(&Kind::Pod) && begins_to_end(change));
    let pods = leaving.filter_map(|change| change.before.as_ref().and_then(Object::as_pod));
    let pods = pods.filter(|pod| stays_out(pod));
    pods.filter_map(|pod| Some((pod.node()?.into(), Rc::clone(pod)))).collect()
}

/// The most pods that a sentence names.
const NAMED: usize = 3;

/// Pods that the NoExecute taints of nodes would evict, and do not yet.
#[derive(Default)]
pub(super) struct Evicted {
    now: Vec<EcoString>,
    /// Those that tolerate the taints for some time.
    later: Vec<EcoString>,
}

impl Evicted {
    /// Adds those of the pods on a node that are not left out, where `new` is the node with the taints.
    pub fn add(&mut self, world: &World, old: &Node, new: &Node, is_left_out: impl Fn(&Pod) -> bool) {
        let harm = |node: &Node, pod: &Pod| match stay(&borne(&node.spec.taints, &pod.spec.tolerations)) {
            Stay::NoTaint | Stay::Forever => 0,
            Stay::Seconds(1..) => 1,
            Stay::Seconds(_) | Stay::NotAtAll => 2,
        };
        let pods = world.pods_on(&new.metadata.name).filter(|pod| pod.node().is_some());
        for pod in pods.filter(|pod| !pod.metadata.is_terminating() && !is_left_out(pod)) {
            match harm(new, pod) {
                worse if worse <= harm(old, pod) => {}
                1 => self.later.push(pod.metadata.name.clone()),
                _ => self.now.push(pod.metadata.name.clone()),
            }
        }
    }

    /// In sentences without a full stop: `web is evicted from worker-1`.
    pub fn told(&self, from: Option<&str>) -> Vec<Vec<Piece>> {
        let sentence_of = |names: &[EcoString], when: &str| {
            (!names.is_empty()).then(|| {
                let mut told = listed(names, NAMED);
                told.extend(sentence(if names.len() == 1 { " is evicted" } else { " are evicted" }, &[]));
                if let Some(node) = from {
                    told.extend(sentence(" from `{}`", &[node]));
                }
                told.extend(sentence(when, &[]));
                told
            })
        };
        let later = sentence_of(&self.later, " when the time in `tolerationSeconds` is over");
        sentence_of(&self.now, "").into_iter().chain(later).collect()
    }
}
