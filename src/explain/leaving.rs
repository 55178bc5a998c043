//! Pods that have to go because they may not stay where they are.

use super::change::begins_to_end;
use crate::api::{EcoString, Kind, Object, Pod};
use crate::cluster::Actor;
use crate::controllers::daemonset::node::DeleteReason;
use crate::controllers::daemonset::trace::Sync;
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
