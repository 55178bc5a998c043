//! One step in a sentence, and its cause in another.

use super::change::{describe, kind_word};
use super::piece::{Piece, sentence};
use super::span::span;
use crate::api::{Kind, Object, ObjectKey};
use crate::cluster::{Actor, Change, WorkKey};
use crate::controllers::daemonset::node::DeleteReason;
use crate::controllers::daemonset::trace::{DaemonSetTrace, Sync};
use crate::controllers::disruption::{Count, DisruptionTrace};
use crate::controllers::garbage_collector::{GarbageDeed, GarbageTrace};
use crate::controllers::node_lifecycle::NodeLifecycleTrace;
use crate::controllers::pod_garbage_collector::PodGarbageTrace;
use crate::controllers::taint_eviction::{Borne, Decision, Stay, TaintEvictionTrace};
use crate::kubelet::{KubeletDeed, KubeletTrace, Stage};
use crate::scheduler::{Preempted, SchedulerTrace, SchedulingResult};
use crate::sim::{Cause, Command, CommandTrace, Deed, Step, StepNo, Timeline, Trace};

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
        Trace::Command(trace) => trace.done.first().map(|done| done.key.clone()),
        Trace::DaemonSet(trace) => Some(trace.set.clone()),
        Trace::Scheduling(trace) => match &**trace {
            SchedulerTrace::Attempt(attempt) => Some(attempt.pod.clone()),
            SchedulerTrace::Skipped { pod } => Some(pod.clone()),
            SchedulerTrace::Idle => None,
        },
        Trace::Kubelet(trace) => Some(trace.about.clone()),
        Trace::NodeLifecycle(trace) => Some(ObjectKey::node(&trace.node)),
        Trace::TaintEviction(trace) => Some(trace.pod.clone()),
        Trace::Disruption(trace) => Some(trace.budget.clone()),
        Trace::PodGarbageCollector(trace) => Some(trace.node.clone()),
        Trace::GarbageCollector(trace) => Some(trace.owner.clone()),
    }
}

/// What a step did, to go on from the name of its actor.
fn deed(step: &Step) -> Vec<Piece> {
    match &step.trace {
        Trace::Command(trace) => command(trace),
        Trace::DaemonSet(trace) => daemon_set(trace),
        Trace::Scheduling(trace) => scheduling(trace),
        Trace::Kubelet(trace) => kubelet(step, trace),
        Trace::NodeLifecycle(trace) => node_lifecycle(trace),
        Trace::TaintEviction(trace) => taint_eviction(step, trace),
        Trace::Disruption(trace) => disruption(trace),
        Trace::PodGarbageCollector(trace) => pod_garbage(trace),
        Trace::GarbageCollector(trace) => garbage(trace),
    }
}

fn because(timeline: &Timeline, step: &Step) -> Vec<Piece> {
    let Some(cause) = step.cause.step().and_then(|no| timeline.step(no)) else { return Vec::new() };
    let no = cause.no.to_string();
    if let Cause::Timer { .. } = step.cause {
        return sentence("Because {} had passed since step {}.", &[&span(step.at - cause.at), &no]);
    }
    let mut pieces = sentence("Because step {} ", &[&no]);
    match reason(step, &cause.changes) {
        Some(change) => pieces.extend(describe(change)),
        None => pieces.extend(deed(cause)),
    }
    pieces.push(Piece::Text(".".into()));
    pieces
}

/// The change that most likely woke the step: of the object looked at, else of one whose name is in the writes.
fn reason<'a>(step: &Step, changes: &'a [Change]) -> Option<&'a Change> {
    let telling = || changes.iter().filter(|change| change.key.kind != Kind::Event);
    let looked_at = match &step.key {
        Some(WorkKey::Object(key)) => telling().find(|change| change.key == *key),
        _ => None,
    };
    let written = || telling().find(|change| step.changes.iter().any(|own| own.key == change.key));
    looked_at.or_else(written).or_else(|| telling().next())
}

/// Names of objects, at most three of them spelt out.
pub(super) fn names(keys: &[ObjectKey]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (index, key) in keys.iter().take(3).enumerate() {
        if index > 0 {
            pieces.push(Piece::Text(", ".into()));
        }
        pieces.push(Piece::Code(key.name.to_string()));
    }
    if keys.len() > 3 {
        pieces.push(Piece::Text(format!(" and {} more", keys.len() - 3)));
    }
    pieces
}

/// A number of things: `1 pod`, `3 pods`.
pub(super) fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

fn command(trace: &CommandTrace) -> Vec<Piece> {
    let with = |verb: Deed| trace.done.iter().filter(|done| done.deed == verb).count();
    let refused = trace.done.iter().find_map(|done| match &done.deed {
        Deed::Refused(error) => Some(error.to_string()),
        _ => None,
    });
    let mut pieces = match &trace.command {
        Command::Apply { .. } | Command::SetNodes { .. } => {
            let file =
                if matches!(trace.command, Command::Apply { .. }) { "manifest.yaml" } else { "nodes.yaml" };
            let counts: Vec<String> = [
                (Deed::Created, "created"),
                (Deed::Configured, "configured"),
                (Deed::Deleted, "deleted"),
                (Deed::Unchanged, "unchanged"),
            ]
            .into_iter()
            .map(|(deed, word)| (with(deed), word))
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
            sentence("applied `{}`: {}", &[file, &counts.join(", ")])
        }
        Command::AddNodes { nodes } => {
            let keys: Vec<ObjectKey> = nodes.iter().map(Object::key).collect();
            let mut pieces = sentence(if keys.len() == 1 { "added node " } else { "added nodes " }, &[]);
            pieces.extend(names(&keys));
            pieces
        }
        Command::Delete { key, .. } => sentence("deleted {} `{}`", &[kind_word(&key.kind), &key.name]),
        Command::Label { key, label, value: Some(value) } => {
            sentence("set the label `{}={}` on {} `{}`", &[label, value, kind_word(&key.kind), &key.name])
        }
        Command::Label { key, label, value: None } => {
            sentence("removed the label `{}` from {} `{}`", &[label, kind_word(&key.kind), &key.name])
        }
        Command::Taint { node, add, remove } => {
            let added: Vec<String> = add.iter().map(ToString::to_string).collect();
            let removed: Vec<String> = remove.iter().map(|taint| format!("{taint}-")).collect();
            sentence("tainted {} with `{}`", &[node, &[added, removed].concat().join(" ")])
        }
        Command::Cordon { node, on: true } => sentence("cordoned {}", &[node]),
        Command::Cordon { node, on: false } => sentence("uncordoned {}", &[node]),
        Command::Power { node, on: true } => sentence("switched {} on", &[node]),
        Command::Power { node, on: false } => sentence("switched {} off: its kubelet is silent", &[node]),
        Command::RollBack { set, to_revision } => {
            sentence("rolled `{}` back to revision {}", &[&set.name, &to_revision.to_string()])
        }
        Command::Order { by_chance: true } => {
            sentence("let the DaemonSet controller take nodes by chance, as a real one does", &[])
        }
        Command::Order { by_chance: false } => {
            sentence("let the DaemonSet controller take nodes by name", &[])
        }
        Command::FailPod { pod } => sentence("made `{}` fail", &[&pod.name]),
    };
    if let Some(error) = refused {
        pieces.extend(sentence("; refused: {}", &[&error]));
    }
    pieces
}

fn daemon_set(trace: &DaemonSetTrace) -> Vec<Piece> {
    let name = &*trace.set.name;
    let sync = match &trace.sync {
        Sync::Gone => return sentence("found DaemonSet `{}` gone", &[name]),
        Sync::BeingDeleted => return sentence("leaves `{}` alone: it is being deleted", &[name]),
        Sync::SelectsEverything => return sentence("refuses `{}`: its selector selects every pod", &[name]),
        Sync::Collision(_) => return sentence("found the name of the new revision of `{}` taken", &[name]),
        Sync::Done(sync) => sync,
    };
    let mut parts = Vec::new();
    match sync.creates.as_slice() {
        [] => {}
        [one] => parts.push(sentence("created a pod of `{}` for {}", &[name, &one.node])),
        many => {
            parts.push(sentence("created {} of `{}`, one for each node", &[&count(many.len(), "pod"), name]))
        }
    }
    for planned in sync.deletes.iter().take(2) {
        let why = delete_reason(planned.reason);
        parts.push(sentence("deleted `{}` on {}: {}", &[&planned.pod, &planned.node, why]));
    }
    if sync.deletes.len() > 2 {
        parts.push(sentence("deleted {} more", &[&count(sync.deletes.len() - 2, "pod")]));
    }
    for (names, verb) in [(&sync.adopted, "adopted"), (&sync.released, "released")] {
        if !names.is_empty() {
            parts.push(sentence("{} {}", &[verb, &count(names.len(), "pod")]));
        }
    }
    if let Some(error) = sync.error() {
        parts.push(sentence("could not go on: {}", &[&error]));
    }
    if parts.is_empty() {
        let status = &sync.status_after;
        parts.push(if sync.status_before == *status {
            sentence("looked at `{}`: nothing to do", &[name])
        } else {
            let ready = format!("{} of {}", status.number_ready, status.desired_number_scheduled);
            sentence("updated the status of `{}`: {} ready", &[name, &ready])
        });
    }
    parts.join(&Piece::Text("; ".into()))
}

/// Why a pod is deleted, in a few words.
pub(super) fn delete_reason(reason: DeleteReason) -> &'static str {
    match reason {
        DeleteReason::NotEligible => "the node must not run it",
        DeleteReason::Failed => "it failed, a new one takes its place",
        DeleteReason::Succeeded => "it ended, and a daemon is to run for ever",
        DeleteReason::Duplicate => "the node has an older one",
        DeleteReason::OldNotReady => "it is old and not ready, and the new one is there",
        DeleteReason::Replaced => "the new one is available",
        DeleteReason::NodeGone => "its node is gone",
        DeleteReason::OutdatedUnavailable => "it is of an old template and not available",
        DeleteReason::Outdated => "it is of an old template, and maxUnavailable allows it",
        DeleteReason::SunsetUnavailable => "it is not available, and the node should not run it",
        DeleteReason::Sunset => "the node should not run it, and enough others are available",
    }
}

fn scheduling(trace: &SchedulerTrace) -> Vec<Piece> {
    let trace = match trace {
        SchedulerTrace::Attempt(trace) => trace,
        SchedulerTrace::Skipped { pod } => {
            return sentence("passed over `{}`: it needs no node any more", &[&pod.name]);
        }
        SchedulerTrace::Idle => return sentence("found no pod to schedule", &[]),
    };
    let name = &*trace.pod.name;
    match &trace.result {
        SchedulingResult::Scheduled { node } => sentence("bound `{}` to {}", &[name, node]),
        SchedulingResult::Error { message } => {
            sentence("could not rank nodes for `{}`: {}", &[name, message])
        }
        SchedulingResult::Unschedulable { message, .. } => {
            match trace.preemption.as_ref().and_then(|preempted| Some(&preempted.choice.as_ref()?.node)) {
                Some(node) => preempts(name, node, trace.preemption.as_deref()),
                None => {
                    // What preemption said besides stands in Why? and in the event: a step is told in one line.
                    let first = message.split(". ").next().unwrap_or(message);
                    sentence("found no node for `{}`: {}", &[name, first.trim_end_matches('.')])
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
    let name = &*trace.about.name;
    match &trace.deed {
        KubeletDeed::Stage { stage, .. } => match stage {
            Stage::PodRejected => rejected(step, &trace.node, name),
            Stage::PodCreate => sentence("on {} is creating the containers of `{}`", &[&trace.node, name]),
            Stage::PodReady => sentence("on {} started `{}`: Running and ready", &[&trace.node, name]),
            Stage::PodReadyAgain => sentence("on {} reports `{}` ready again", &[&trace.node, name]),
            Stage::PodContainerRunningFailed => sentence("on {} reports `{}` Failed", &[&trace.node, name]),
            Stage::PodDelete => sentence("on {} stopped `{}`; the pod is gone", &[&trace.node, name]),
            Stage::NodeNotReady => sentence("on {} reports the node NotReady", &[name]),
            Stage::NodeReady => sentence("on {} reports the node Ready", &[name]),
        },
        KubeletDeed::Stopped => sentence("on {} is off: nothing happens to `{}`", &[&trace.node, name]),
        KubeletDeed::Nothing if step.changes.is_empty() => sentence("found nothing to do for `{}`", &[name]),
        KubeletDeed::Nothing => sentence("looked at `{}`", &[name]),
    }
}

/// A kubelet turned a pod away; the reason stands in the pod's status.
fn rejected(step: &Step, node: &str, name: &str) -> Vec<Piece> {
    let pods = step.changes.iter().filter_map(|change| change.after.as_ref()?.as_pod());
    let status = pods.map(|pod| &pod.status).next();
    let (reason, message) = status.map_or(("", ""), |status| (&status.reason, &status.message));
    let message = message.strip_prefix("Pod was rejected: ").unwrap_or(message);
    sentence("on {} turned `{}` away, `{}`: {}", &[node, name, reason, message])
}

fn node_lifecycle(trace: &NodeLifecycleTrace) -> Vec<Piece> {
    let mut parts = Vec::new();
    if trace.silent {
        parts.push(sentence(
            "found the kubelet of {} silent for 50s: its conditions are Unknown",
            &[&trace.node],
        ));
    }
    for (taints, pattern) in [(&trace.added, "added `{}` to {}"), (&trace.removed, "removed `{}` from {}")] {
        if !taints.is_empty() {
            let taints: Vec<String> = taints.iter().map(ToString::to_string).collect();
            parts.push(sentence(pattern, &[&taints.join(", "), &trace.node]));
        }
    }
    if !trace.pods_not_ready.is_empty() {
        parts.push(sentence("marked {} not ready", &[&count(trace.pods_not_ready.len(), "pod")]));
    }
    if parts.is_empty() {
        parts.push(sentence("found nothing to change on {}", &[&trace.node]));
    }
    parts.join(&Piece::Text("; ".into()))
}

fn taint_eviction(step: &Step, trace: &TaintEvictionTrace) -> Vec<Piece> {
    let name = &*trace.pod.name;
    let seconds =
        |borne: &Borne| borne.toleration.as_ref().and_then(|toleration| toleration.toleration_seconds);
    let those = |counts: &dyn Fn(&Borne) -> bool| {
        let taints = trace.borne.iter().filter(|borne| counts(borne)).map(|borne| borne.taint.to_string());
        taints.collect::<Vec<_>>().join(", ")
    };
    let taints = those(&|borne| seconds(borne).is_some());
    match &trace.decision {
        Decision::EvictsNow(Stay::NotAtAll) => {
            let untolerated = those(&|borne| borne.toleration.is_none());
            sentence("evicts `{}`: nothing on it tolerates `{}`", &[name, &untolerated])
        }
        Decision::EvictsNow(_) => sentence("evicts `{}`: it tolerates `{}` for 0s", &[name, &taints]),
        Decision::TimeIsUp => sentence("evicts `{}`: it tolerated `{}` only for a time", &[name, &taints]),
        Decision::Schedules(at) => sentence(
            "evicts `{}` in {}: it tolerates `{}` only so long",
            &[name, &span(*at - step.at), &taints],
        ),
        Decision::Keeps(at) => sentence("still evicts `{}` in {}", &[name, &span(*at - step.at)]),
        Decision::Stays(_) if trace.cancelled.is_some() => sentence("no longer evicts `{}`", &[name]),
        Decision::Stays(_) => sentence("leaves `{}` on its node", &[name]),
        Decision::OnItsWay => sentence("leaves `{}` alone: it is on its way out", &[name]),
        Decision::Gone => sentence("found `{}` gone", &[name]),
        Decision::NoNode => sentence("leaves `{}` alone: it is on no node", &[name]),
    }
}

fn disruption(trace: &DisruptionTrace) -> Vec<Piece> {
    let name = &*trace.budget.name;
    match &trace.count {
        Count::Gone => sentence("found PodDisruptionBudget `{}` gone", &[name]),
        Count::Failed(error) => sentence("cannot count the pods of `{}`: {}", &[name, error]),
        Count::Done { status, is_same } => {
            let verb = if *is_same { "counted the pods of" } else { "updated the status of" };
            let healthy = format!("{} of {}", status.current_healthy, status.desired_healthy);
            let allowed = count(usize::try_from(status.disruptions_allowed).unwrap_or(0), "disruption");
            sentence("{} `{}`: {} healthy pods there, {} allowed", &[verb, name, &healthy, &allowed])
        }
    }
}

fn pod_garbage(trace: &PodGarbageTrace) -> Vec<Piece> {
    if trace.removed.is_empty() {
        return sentence("found no pod left on {}", &[&trace.node.name]);
    }
    let mut pieces = sentence("removed ", &[]);
    pieces.extend(names(&trace.removed));
    pieces.extend(sentence(": node {} no longer exists", &[&trace.node.name]));
    pieces
}

fn garbage(trace: &GarbageTrace) -> Vec<Piece> {
    let owner = [kind_word(&trace.owner.kind), &*trace.owner.name];
    let (verb, keys, tail) = match &trace.deed {
        GarbageDeed::Collected(keys) => ("deleted ", keys, sentence(": their owner {} `{}` is gone", &owner)),
        GarbageDeed::Foreground { deleted, waiting: 0 } if deleted.is_empty() => {
            return sentence("let {} `{}` go: nothing depends on it any more", &owner);
        }
        GarbageDeed::Foreground { deleted, waiting } if deleted.is_empty() => {
            return sentence(
                "waits for {} of {} `{}`",
                &[&count(*waiting as usize, "dependent"), owner[0], owner[1]],
            );
        }
        GarbageDeed::Foreground { deleted, .. } => {
            ("deleted ", deleted, sentence(" before their owner {} `{}`", &owner))
        }
        GarbageDeed::Orphaned(keys) => ("cut ", keys, sentence(" loose from {} `{}`", &owner)),
        GarbageDeed::Nothing => return sentence("found nothing to do for {} `{}`", &owner),
    };
    let mut pieces = sentence(verb, &[]);
    pieces.extend(names(keys));
    pieces.extend(tail);
    pieces
}
