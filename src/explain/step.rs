//! One step in a sentence, and its cause in another.

use super::change::{begins_to_end, describe, kind_word};
use super::grounds::{delete_reason, eviction_grounds, soonest};
use super::loops;
use super::piece::{Piece, count, names, sentence};
use super::refused;
use super::said;
use super::span::span;
use super::standing::{all_statuses, without_preemption};
use crate::api::{ContainerStatus, Kind, Object, ObjectKey};
use crate::cluster::{Actor, Change, WorkKey, Write};
use crate::controllers::daemonset::node::{Class, NodeEntry, PodState};
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::trace::{DaemonSetTrace, Sync, SyncTrace};
use crate::controllers::disruption::{Count, DisruptionTrace};
use crate::controllers::garbage_collector::{GarbageDeed, GarbageTrace};
use crate::controllers::node_lifecycle::{
    Membership, NODE_MONITOR_GRACE_PERIOD, NodeLifecycleTrace, Tainted,
};
use crate::controllers::pod_garbage_collector::PodGarbageTrace;
use crate::controllers::taint_eviction::{Decision, TaintEvictionTrace};
use crate::kubelet::{KubeletDeed, KubeletTrace, Stage};
use crate::scheduler::{Preempted, SchedulerTrace, SchedulingResult};
use crate::sim::{Cause, Step, StepNo, Timeline, Trace};

/// A step, told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Who took it.
    pub actor: Actor,
    /// What was done: "*scheduler* bound `x` to cp-1."
    pub what: Vec<Piece>,
    /// Because of what: "Because step 5 created pod `x` for cp-1." Empty for what the user did.
    pub because: Vec<Piece>,
}

/// Tells a recorded step. None for the start.
pub fn told(timeline: &Timeline, no: StepNo) -> Option<Told> {
    let step = timeline.step(no)?;
    let mut what = vec![Piece::Strong(step.actor.name().into()), Piece::Text(" ".into())];
    what.extend(deed(step));
    what.push(Piece::Text(".".into()));
    Some(Told { actor: step.actor, what, because: because(timeline, step) })
}

/// What a step was about: what was looked at, or what the user did something to.
pub fn subject(step: &Step) -> Option<ObjectKey> {
    match &step.trace {
        Trace::Command(said) => said.answer.done.first().map(|done| done.key.clone()),
        Trace::Scheduling(trace) => match &**trace {
            SchedulerTrace::Attempt(attempt) => Some(attempt.pod.clone()),
            SchedulerTrace::Skipped { pod } => Some(pod.clone()),
            SchedulerTrace::Idle => None,
        },
        _ => match &step.key {
            Some(WorkKey::Object(key)) => Some(key.clone()),
            Some(WorkKey::Next) | None => None,
        },
    }
}

/// The name of the controller of the pod that a step changed.
pub(super) fn controller_of(step: &Step) -> Option<String> {
    let states = step.changes.iter().flat_map(|change| [change.before.as_ref(), change.after.as_ref()]);
    let pod = states.flatten().find_map(|object| object.as_pod().cloned());
    Some(pod?.metadata.controller()?.name.to_string())
}

/// What a step did, to go on from the name of its actor, and what the API server refused of it.
fn deed(step: &Step) -> Vec<Piece> {
    let mut told = match &step.trace {
        Trace::Command(said) => return said::told(step, said),
        Trace::DaemonSet(trace) => daemon_set(step, trace),
        Trace::Scheduling(trace) => scheduling(step, trace),
        Trace::Kubelet(trace) => kubelet(step, trace),
        Trace::NodeLifecycle(trace) => node_lifecycle(trace),
        Trace::TaintEviction(trace) => taint_eviction(step, trace),
        Trace::Disruption(trace) => disruption(trace),
        Trace::ReplicaSet(trace) => loops::replica_set(trace),
        Trace::Deployment(trace) => loops::deployment(trace),
        Trace::EndpointSlice(trace) => loops::endpoint_slice(trace),
        Trace::Namespace(trace) => loops::namespace(trace),
        Trace::KubernetesService(trace) if trace.is_made => {
            sentence("made its Service kubernetes again, which every cluster has", &[])
        }
        Trace::KubernetesService(_) => sentence("found its Service kubernetes", &[]),
        Trace::PodGarbageCollector(trace) => pod_garbage(trace),
        Trace::GarbageCollector(trace) => garbage(trace),
    };
    for refused in refused::told(&step.refused) {
        if !told.is_empty() {
            told.push(Piece::Text("; ".into()));
        }
        told.extend(refused);
    }
    told
}

fn because(timeline: &Timeline, step: &Step) -> Vec<Piece> {
    let Some(cause) = step.cause.step().and_then(|no| timeline.step(no)) else { return Vec::new() };
    let no = cause.no.to_string();
    let timer = matches!(step.cause, Cause::Timer { .. });
    let mut pieces = match timer {
        true => sentence("{} after step {} ", &[&span(step.at - cause.at), &no]),
        false => sentence("Because step {} ", &[&no]),
    };
    match reason(step, &cause.changes) {
        _ if timer && saw_taint(cause) => pieces.extend(sentence("saw pod and taint together", &[])),
        // What else of it was refused matters to those whose cause it is, and to the loop that tries again.
        Some(change) if cause.refused.is_empty() || cause.actor != step.actor && is_of_step(step, change) => {
            pieces.extend(describe(change));
        }
        _ => {
            let done = deed(cause);
            // What is tried again and again is told once.
            let is_same = cause.actor == step.actor && done == deed(step);
            match (is_same, timer) {
                (true, _) if cause.failed() => pieces.extend(sentence("failed in the same way", &[])),
                (true, _) => pieces.extend(sentence("did the same", &[])),
                (false, true) => {
                    pieces.extend(sentence("(*{}* ", &[cause.actor.name()]));
                    pieces.extend(done);
                    pieces.push(Piece::Text(")".into()));
                }
                (false, false) => pieces.extend(done),
            }
        }
    }
    pieces.extend(also(timeline, step));
    pieces.push(Piece::Text(".".into()));
    pieces
}

/// Further causes of a step that did something: one of them, of the user's if there is such a one, and how many more.
fn also(timeline: &Timeline, step: &Step) -> Vec<Piece> {
    if !step.wrote() {
        return Vec::new();
    }
    let others = || {
        let steps = step.also.iter().filter_map(|no| timeline.step(*no));
        steps.filter_map(|cause| Some((cause, reason(step, &cause.changes)?)))
    };
    let first = others().find(|(cause, _)| cause.actor == Actor::You).or_else(|| others().next());
    let Some((cause, change)) = first else { return Vec::new() };
    let mut told = sentence(", and step {} ", &[&cause.no.to_string()]);
    told.extend(describe(change));
    match others().count() - 1 {
        0 => {}
        1 => told.push(Piece::Text("; and 1 more step".into())),
        more => told.push(Piece::Text(format!("; and {more} more steps"))),
    }
    told
}

/// Whether a step began to count a pod's tolerationSeconds.
fn saw_taint(step: &Step) -> bool {
    matches!(&step.trace, Trace::TaintEviction(trace) if matches!(trace.decision, Decision::Schedules(_)))
}

/// Whether a change is of the object that a step looked at, or of one that it changed itself.
fn is_of_step(step: &Step, change: &Change) -> bool {
    let is_looked_at = matches!(&step.key, Some(WorkKey::Object(key)) if change.is_about(key));
    is_looked_at || step.changes.iter().any(|own| own.is_about(&change.key()))
}

/// The change that most likely woke the step: of the object looked at, or of a pod of it, else of one whose name is in the
/// writes. What is marked before it is deleted wakes by the deletion.
fn reason<'a>(step: &Step, changes: &'a [Change]) -> Option<&'a Change> {
    let telling = || changes.iter().filter(|change| !change.is_of(&Kind::Event));
    let first = |is_meant: &dyn Fn(&Change) -> bool| {
        let meant = || telling().filter(|change| is_meant(change));
        meant().find(|change| begins_to_end(change) || change.after.is_none()).or_else(|| meant().next())
    };
    let looked_at = match &step.key {
        Some(WorkKey::Object(key)) => {
            let of_key = first(&|change| change.is_about(key));
            // The status of a set follows from its pods.
            let of_pods = || first(&|change| is_pod_of(change, key));
            of_key.filter(|change| !keeps_generation(change)).or_else(of_pods).or(of_key)
        }
        _ => None,
    };
    let is_own = |key: &ObjectKey| step.changes.iter().any(|own| own.is_about(key));
    let written = || telling().find(|change| is_own(&change.key()));
    looked_at.or_else(written).or_else(|| first(&|_| true))
}

/// Whether a change is of a pod that an object controls.
fn is_pod_of(change: &Change, key: &ObjectKey) -> bool {
    let mut states = [&change.before, &change.after].into_iter().flatten();
    change.is_of(&Kind::Pod)
        && change.namespace() == key.namespace
        && states.any(|pod| {
            let owner = pod.metadata().controller();
            owner.is_some_and(|owner| owner.name == key.name && owner.kind == key.kind.name())
        })
}

/// Whether nothing that is wished for of an object is another, by the number that the API server gives to each wish.
fn keeps_generation(change: &Change) -> bool {
    let generation = |object: &Option<Object>| object.as_ref().map(|object| object.metadata().generation);
    generation(&change.before).is_some_and(|before| before > 0 && generation(&change.after) == Some(before))
}

fn daemon_set(step: &Step, trace: &DaemonSetTrace) -> Vec<Piece> {
    let name = &*trace.set.name;
    let sync = match &trace.sync {
        Sync::Gone => return sentence("found DaemonSet `{}` gone", &[name]),
        Sync::BeingDeleted => return sentence("leaves `{}` alone: it is being deleted", &[name]),
        Sync::SelectsEverything => {
            return sentence("does not sync `{}`: its selector is empty and would select every pod", &[name]);
        }
        Sync::Collision(_) => {
            return sentence(
                "found the name of the new revision of `{}` taken and tries another name",
                &[name],
            );
        }
        Sync::Done(sync) => sync,
    };
    let mut parts = Vec::new();
    let is_created = |change: &&Change| change.is_of(&Kind::Pod) && change.before.is_none();
    match step.changes.iter().filter(is_created).collect::<Vec<_>>().as_slice() {
        [] => {}
        [one] => {
            let node = one.after.as_ref().and_then(|pod| pod.as_pod()?.target_node()).unwrap_or_default();
            parts.push(sentence("created a pod of `{}` for {}", &[name, node]));
        }
        many => {
            let text = "created {} of `{}`, one for each of {}";
            parts.push(sentence(text, &[&count(many.len(), "pod"), name, &count(many.len(), "node")]));
        }
    }
    let is_refused = |pod: &str| {
        step.refused.iter().any(|(write, _)| matches!(write, Write::Delete { key, .. } if *key.name == *pod))
    };
    let deletes: Vec<_> = sync.deletes.iter().filter(|planned| !is_refused(&planned.pod)).collect();
    for planned in deletes.iter().take(2) {
        let mut told = sentence("deleted `{}` on {}: ", &[&planned.pod, &planned.node]);
        told.extend(delete_reason(sync, planned));
        parts.push(told);
    }
    if deletes.len() > 2 {
        parts.push(sentence("deleted {}", &[&count(deletes.len() - 2, "more pod")]));
    }
    for (names, verb) in [(&sync.adopted, "adopted"), (&sync.released, "released")] {
        if !names.is_empty() {
            parts.push(sentence("{} {}", &[verb, &count(names.len(), "pod")]));
        }
    }
    if let Some(error) = sync.error() {
        parts.push(sentence("could not go on: {}", &[&error]));
    }
    if parts.is_empty() && step.refused.is_empty() {
        let status = &sync.status_after;
        if sync.status_before != *status {
            let ready = format!("{} of {}", status.number_ready, status.desired_number_scheduled);
            parts.push(sentence("updated the status of `{}`: {} ready", &[name, &ready]));
        }
        parts.extend(held_up(name, sync));
        if parts.is_empty() {
            parts.push(sentence("looked at `{}`: nothing to do", &[name]));
        }
    }
    parts.join(&Piece::Text("; ".into()))
}

/// What a rolling update waits for whose budget is used up.
fn held_up(name: &str, sync: &SyncTrace) -> Option<Vec<Piece>> {
    let (field, bound, what, uses): (_, _, _, fn(Class) -> bool) = match &sync.rollout {
        RolloutTrace::Unavailable(budget) if budget.left == 0 && budget.candidates > 0 => {
            ("maxUnavailable", budget.bound.value, "cannot delete another old pod", |class| match class {
                Class::Excess | Class::Empty | Class::Both { .. } => true,
                Class::New { available } | Class::Old { available, .. } => !available,
            })
        }
        RolloutTrace::Surge(budget) if budget.left == 0 && budget.candidates > 0 => {
            ("maxSurge", budget.bound.value, "cannot create another new pod", |class| {
                matches!(class, Class::Excess | Class::Both { new: false, .. })
            })
        }
        _ => return None,
    };
    let entries = sync.nodes.entries.iter();
    let using = entries.filter(|(_, entry)| entry.rollout.as_ref().is_some_and(|seen| uses(seen.class)));
    let using: Vec<String> = using.map(|(node, entry)| format!("{node} ({})", state_on(entry))).collect();
    let mut told =
        sentence("{} of `{}` yet: `{}: {}` is used up by ", &[what, name, field, &bound.to_string()]);
    told.push(Piece::Text(using.iter().take(2).cloned().collect::<Vec<_>>().join(", ")));
    if using.len() > 2 {
        told.push(Piece::Text(format!(" and {}", count(using.len() - 2, "more node"))));
    }
    Some(told)
}

/// What keeps a node from having an available pod of the current template.
fn state_on(entry: &NodeEntry) -> &'static str {
    let telling = entry.pods.iter().filter(|pod| pod.state != PodState::Available);
    match telling.max_by_key(|pod| pod.updated).map(|pod| pod.state) {
        None => "no pod",
        Some(PodState::Terminating) => "Terminating",
        Some(PodState::Failed) => "Failed",
        Some(PodState::Succeeded) => "Completed",
        Some(PodState::ReadyUntilAvailable(_)) => "ready for less than minReadySeconds",
        Some(PodState::NotReady | PodState::Available) => "not ready",
    }
}

fn scheduling(step: &Step, trace: &SchedulerTrace) -> Vec<Piece> {
    let trace = match trace {
        SchedulerTrace::Attempt(trace) => trace,
        SchedulerTrace::Skipped { pod } => {
            return sentence("skipped `{}`: it is being deleted", &[&pod.name]);
        }
        SchedulerTrace::Idle => return sentence("found no pod to schedule", &[]),
    };
    let name = &*trace.pod.name;
    match &trace.result {
        // Where the binding is refused, that is told instead.
        SchedulingResult::Scheduled { node } if step.refused.is_empty() => {
            sentence("bound `{}` to {}", &[name, node])
        }
        SchedulingResult::Scheduled { node } => sentence("chose {} for `{}`", &[node, name]),
        SchedulingResult::Error { message } => {
            sentence("could not rank nodes for `{}`: {}", &[name, message])
        }
        SchedulingResult::Unschedulable { .. } => {
            match trace.preemption.as_ref().and_then(|preempted| Some(&preempted.choice.as_ref()?.node)) {
                Some(node) => preempts(name, node, trace.preemption.as_deref()),
                None => {
                    // What preemption said besides stands in Why? and in the event: a step is told in one line.
                    sentence(
                        "found no node for `{}`: {}",
                        &[name, without_preemption(trace).unwrap_or_default()],
                    )
                }
            }
        }
    }
}

/// Whom an attempt evicts, and where.
fn preempts(name: &str, node: &str, preempted: Option<&Preempted>) -> Vec<Piece> {
    let victims = preempted.and_then(Preempted::chosen).map(|chosen| chosen.victims()).unwrap_or_default();
    let keys: Vec<ObjectKey> =
        victims.iter().map(|victim| ObjectKey::pod(&victim.pod.name.0, &victim.pod.name.1)).collect();
    let mut pieces = sentence("chose ", &[]);
    pieces.extend(names(&keys));
    let kind = if keys.len() == 1 { "victim" } else { "victims" };
    pieces.extend(sentence(" as {} and nominated {} for `{}`", &[kind, node, name]));
    pieces
}

fn kubelet(step: &Step, trace: &KubeletTrace) -> Vec<Piece> {
    let name = match &step.key {
        Some(WorkKey::Object(key)) => key.name.as_str(),
        _ => "",
    };
    match &trace.deed {
        KubeletDeed::Stage { stage, .. } => match stage {
            Stage::PodRejected => rejected(step, &trace.node, name),
            Stage::PodCreate => sentence("on {} is creating the containers of `{}`", &[&trace.node, name]),
            Stage::PodInitContainerRunning => {
                sentence("on {} started an init container of `{}`", &[&trace.node, name])
            }
            Stage::PodInitContainerCompleted => {
                sentence("on {} saw an init container of `{}` complete", &[&trace.node, name])
            }
            Stage::PodReady => {
                let mut pods = step.changes.iter().filter_map(|change| change.after.as_ref()?.as_pod());
                let word =
                    if pods.any(|pod| pod.is_ready()) { "Running and ready" } else { "Running, not ready" };
                sentence("on {} started `{}`: {}", &[&trace.node, name, word])
            }
            Stage::PodImagePullFailed if has_unreadable(step) => {
                sentence("on {} cannot read an image's name of `{}`: InvalidImageName", &[&trace.node, name])
            }
            Stage::PodImagePullFailed => {
                sentence("on {} could not pull an image of `{}`: ErrImagePull", &[&trace.node, name])
            }
            Stage::PodImagePullBackOff => sentence(
                "on {} waits before it pulls an image of `{}` again: ImagePullBackOff",
                &[&trace.node, name],
            ),
            Stage::PodNotReady => sentence("on {} reports `{}` not ready", &[&trace.node, name]),
            Stage::PodContainerCrash => sentence("on {} saw a container of `{}` crash", &[&trace.node, name]),
            Stage::PodContainerBackOff => {
                sentence("on {} waits before it restarts `{}`: CrashLoopBackOff", &[&trace.node, name])
            }
            Stage::PodContainerRestart => sentence("on {} restarted `{}`", &[&trace.node, name]),
            Stage::PodReadyAgain => sentence("on {} reports `{}` ready", &[&trace.node, name]),
            Stage::PodContainerRunningFailed => sentence("on {} reports `{}` Failed", &[&trace.node, name]),
            Stage::PodDelete => sentence("on {} stopped `{}` and removed it", &[&trace.node, name]),
            Stage::NodeNotReady => sentence("on {} reports the node NotReady", &[name]),
            Stage::NodeReady => sentence("on {} reports the node Ready", &[name]),
        },
        KubeletDeed::Mirrored => {
            let text = "on {} made the mirror `{}` of its static pod again: its manifest is still there";
            sentence(text, &[&trace.node, name])
        }
        KubeletDeed::Stopped => sentence("on {} is stopped: nothing happens to `{}`", &[&trace.node, name]),
        KubeletDeed::Nothing if step.changes.is_empty() => sentence("found nothing to do for `{}`", &[name]),
        KubeletDeed::Nothing => sentence("looked at `{}`", &[name]),
    }
}

/// Whether a step found an image whose name cannot be read.
fn has_unreadable(step: &Step) -> bool {
    let waits = |status: &ContainerStatus| {
        status.state.waiting.as_ref().is_some_and(|waiting| waiting.reason == "InvalidImageName")
    };
    let count = |object: Option<&Object>| {
        object
            .and_then(Object::as_pod)
            .map_or(0, |pod| all_statuses(pod).filter(|status| waits(status)).count())
    };
    step.changes.iter().any(|change| count(change.after.as_ref()) > count(change.before.as_ref()))
}

/// A kubelet turned a pod away; the reason stands in the pod's status.
fn rejected(step: &Step, node: &str, name: &str) -> Vec<Piece> {
    let pods = step.changes.iter().filter_map(|change| change.after.as_ref()?.as_pod());
    let status = pods.map(|pod| &pod.status).next();
    let (reason, message) = status.map_or(("", ""), |status| (&status.reason, &status.message));
    // The kubelet's own words may end with a full stop, after which the sentence has its own.
    let message = message.strip_prefix("Pod was rejected: ").unwrap_or(message).trim_end_matches(['.', ' ']);
    sentence("on {} turned `{}` away, `{}`: {}", &[node, name, reason, message])
}

fn node_lifecycle(trace: &NodeLifecycleTrace) -> Vec<Piece> {
    let mut parts = Vec::new();
    match trace.membership {
        Some(Membership::Joined) => parts.push(sentence("registered the new node {}", &[&trace.node])),
        Some(Membership::Left) => parts.push(sentence("noticed that node {} is gone", &[&trace.node])),
        None => {}
    }
    if trace.silent {
        parts.push(sentence(
            "has heard nothing from the kubelet of {} for {}: the node's conditions become Unknown",
            &[&trace.node, &span(NODE_MONITOR_GRACE_PERIOD)],
        ));
    }
    if trace.all_down {
        parts.push(sentence("sees that no node is ready, and stops evicting pods", &[]));
    }
    for Tainted { node, added, removed } in &trace.tainted {
        for (taints, pattern) in [(added, "added `{}` to {}"), (removed, "removed `{}` from {}")] {
            if !taints.is_empty() {
                let taints: Vec<String> = taints.iter().map(ToString::to_string).collect();
                parts.push(sentence(pattern, &[&taints.join(", "), node]));
            }
        }
    }
    if !trace.waiting.is_empty() {
        let names: Vec<&str> = trace.waiting.iter().map(|name| name.as_str()).collect();
        let text =
            "leaves {} without a NoExecute taint for now: nodes that are down get it one after the other";
        parts.push(sentence(text, &[&names.join(", ")]));
    }
    if !trace.labelled.is_empty() {
        parts.push(sentence("set `{}` on {}", &[&trace.labelled.join(", "), &trace.node]));
    }
    if !trace.pods_not_ready.is_empty() {
        parts.push(sentence("marked {} not ready", &[&count(trace.pods_not_ready.len(), "pod")]));
    }
    if parts.is_empty() {
        let node = if trace.node.is_empty() { "any node" } else { &*trace.node };
        parts.push(sentence("found nothing to change on {}", &[node]));
    }
    parts.join(&Piece::Text("; ".into()))
}

fn taint_eviction(step: &Step, trace: &TaintEvictionTrace) -> Vec<Piece> {
    let name = &*trace.pod.name;
    if let Some(grounds) = eviction_grounds(trace) {
        let mut told = sentence("evicts `{}`: ", &[name]);
        told.extend(grounds);
        return told;
    }
    match &trace.decision {
        Decision::EvictsNow(_) | Decision::TimeIsUp => Vec::new(),
        Decision::Schedules(at) => sentence(
            "will evict `{}` in {}: it tolerates `{}` for that long (tolerationSeconds)",
            &[name, &span(*at - step.at), &soonest(trace)],
        ),
        Decision::Keeps(at) => sentence("will still evict `{}` in {}", &[name, &span(*at - step.at)]),
        Decision::Stays(_) if trace.cancelled.is_some() => sentence("will not evict `{}` any more", &[name]),
        Decision::Stays(_) => sentence("leaves `{}` on its node", &[name]),
        Decision::OnItsWay => sentence("leaves `{}` alone: it is being deleted already", &[name]),
        Decision::Gone => sentence("found `{}` gone", &[name]),
        Decision::NoNode => sentence("leaves `{}` alone: it has no node", &[name]),
    }
}

fn disruption(trace: &DisruptionTrace) -> Vec<Piece> {
    let name = &*trace.budget.name;
    match &trace.count {
        Count::Gone => sentence("found PodDisruptionBudget `{}` gone", &[name]),
        Count::Failed(error) => sentence("cannot count the pods of `{}`: {}", &[name, error]),
        Count::Done { status, is_same } => {
            let verb = if *is_same { "counted the pods of" } else { "updated the status of" };
            let healthy = count(usize::try_from(status.current_healthy).unwrap_or(0), "healthy pod");
            let required = status.desired_healthy.to_string();
            let allowed = count(usize::try_from(status.disruptions_allowed).unwrap_or(0), "disruption");
            sentence("{} `{}`: {}, {} required, so {} allowed", &[verb, name, &healthy, &required, &allowed])
        }
    }
}

fn pod_garbage(trace: &PodGarbageTrace) -> Vec<Piece> {
    if trace.removed.is_empty() {
        let text = match trace.is_gone {
            true => "found no pod left on {}",
            false => "found no pod that is being deleted on {}, or the node is back in service",
        };
        return sentence(text, &[&trace.node.name]);
    }
    let mut pieces = sentence("removed ", &[]);
    pieces.extend(names(&trace.removed));
    let why = if trace.is_gone { ": node {} no longer exists" } else { ": node {} is out of service" };
    pieces.extend(sentence(why, &[&trace.node.name]));
    pieces
}

fn garbage(trace: &GarbageTrace) -> Vec<Piece> {
    let owner = [kind_word(&trace.owner.kind), &*trace.owner.name];
    let (verb, keys, tail) = match &trace.deed {
        GarbageDeed::Collected(keys) => ("deleted ", keys, sentence(": their owner {} `{}` is gone", &owner)),
        GarbageDeed::Foreground { deleted, waiting: 0 } if deleted.is_empty() => {
            return sentence("removed {} `{}`: all its dependents are gone", &owner);
        }
        GarbageDeed::Foreground { deleted, waiting } if deleted.is_empty() => {
            let text = "waits for {} of {} `{}` to be gone";
            return sentence(text, &[&count(*waiting as usize, "dependent"), owner[0], owner[1]]);
        }
        GarbageDeed::Foreground { deleted, .. } => {
            ("deleted ", deleted, sentence(" before their owner {} `{}`", &owner))
        }
        GarbageDeed::Orphaned(keys) => {
            ("removed the owner of ", keys, sentence(": {} `{}` goes, and they stay (orphan)", &owner))
        }
        GarbageDeed::Nothing => return sentence("found nothing to do for {} `{}`", &owner),
    };
    let mut pieces = sentence(verb, &[]);
    pieces.extend(names(keys));
    pieces.extend(tail);
    pieces
}
