//! Who decided that a pod has to go.

use super::change::{begins_to_end, kind_word};
use super::grounds::{delete_reason, eviction_grounds};
use super::piece::{Piece, sentence};
use super::pods::Revisions;
use crate::api::Pod;
use crate::controllers::daemonset::node::DeleteReason;
use crate::controllers::daemonset::trace::{DaemonSetTrace, Sync};
use crate::controllers::garbage_collector::GarbageDeed;
use crate::scheduler::SchedulerTrace;
use crate::sim::{Timeline, Trace};

/// Who began to delete a pod and why, to go on from "because". None where no step up to the shown one did.
pub(super) fn ended_by(timeline: &Timeline, pod: &Pod) -> Option<Vec<Piece>> {
    let key = pod.key();
    let begins = |change: &&crate::cluster::Change| change.is_about(&key) && begins_to_end(change);
    let (step, change) = timeline.past().find_map(|step| Some((step, step.changes.iter().find(begins)?)))?;
    match &step.trace {
        Trace::Command(said) => Some(match said.request.given().get(1).map(String::as_str) {
            Some("drain") => sentence("you drained its node", &[]),
            _ => sentence("you deleted it", &[]),
        }),
        Trace::Scheduling(trace) => match &**trace {
            SchedulerTrace::Attempt(attempt) => {
                let chosen = attempt.preemption.as_deref()?.chosen()?;
                let victim = chosen.victims().into_iter().find(|victim| *victim.name() == key.name)?;
                let priorities = [attempt.info.priority().to_string(), victim.priority().to_string()];
                Some(sentence(
                    "`{}` preempts it (priority {} over {})",
                    &[&attempt.pod.name, &priorities[0], &priorities[1]],
                ))
            }
            _ => None,
        },
        Trace::TaintEviction(trace) => {
            let mut told = sentence("taint-eviction evicted it: ", &[]);
            told.extend(eviction_grounds(trace)?);
            Some(told)
        }
        Trace::DaemonSet(trace) => {
            let before = change.before.as_ref().and_then(|before| before.as_pod())?;
            of_daemon_set(timeline, trace, before)
        }
        Trace::GarbageCollector(trace) => {
            let owner = [kind_word(&trace.owner.kind), &*trace.owner.name];
            Some(match &trace.deed {
                GarbageDeed::Foreground { .. } => sentence("its owner, {} `{}`, is being deleted", &owner),
                _ => sentence("its owner, {} `{}`, is gone", &owner),
            })
        }
        Trace::PodGarbageCollector(trace) => {
            let text = if trace.is_gone { "its node {} is gone" } else { "its node {} is out of service" };
            Some(sentence(text, &[&trace.node.name]))
        }
        Trace::ReplicaSet(trace) => {
            let name = &*trace.set.name;
            Some(sentence("the ReplicaSet controller deleted it: `{}` has more pods than it should", &[name]))
        }
        Trace::Namespace(trace) => {
            Some(sentence("its namespace `{}` is being deleted", &[&trace.namespace.name]))
        }
        // The others delete no pods.
        _ => None,
    }
}

/// Why the DaemonSet controller deleted a pod.
fn of_daemon_set(timeline: &Timeline, trace: &DaemonSetTrace, pod: &Pod) -> Option<Vec<Piece>> {
    let Sync::Done(sync) = &trace.sync else { return None };
    let planned = sync.deletes.iter().find(|planned| planned.pod == pod.metadata.name)?;
    let world = timeline.world();
    let set = world.daemon_set(&trace.set.namespace, &trace.set.name);
    let revisions = Revisions::of(world, set.map(|set| &**set));
    let [old, new] = [revisions.of_pod(pod), revisions.number(&sync.history.hash)];
    if planned.reason == DeleteReason::Outdated && old > 0 && new > 0 {
        return Some(sentence(
            "the DaemonSet controller replaces it: it has template `r{}`, the current one is `r{}`, and `maxUnavailable` allows it",
            &[&old.to_string(), &new.to_string()],
        ));
    }
    let mut told = sentence("the DaemonSet controller deleted it: ", &[]);
    told.extend(delete_reason(sync, planned));
    Some(told)
}
