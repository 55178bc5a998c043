//! "Why?" of a pod.

use super::super::measure::lacking;
use super::super::piece::{Piece, sentence};
use super::super::step::count;
use super::{Block, Why, attempt, eviction, last_touch, node, section, yaml};
use crate::api::{Kind, ObjectKey, Pod};
use crate::sim::{StepNo, Timeline};
use std::rc::Rc;

pub(super) fn why(timeline: &Timeline, pod: &Rc<Pod>, attempt: Option<StepNo>) -> Option<Why> {
    let world = timeline.world();
    let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
    let owner = pod
        .metadata
        .controller()
        .filter(|owner| Kind::of(&owner.api_version, &owner.kind) == Kind::DaemonSet);
    let set = owner.and_then(|owner| world.daemon_set(&pod.metadata.namespace, &owner.name));
    let mut sections = node::scheduler(timeline, pod, attempt);
    if let Some(on) = pod.node().and_then(|name| world.node(name)) {
        sections.extend(eviction::eviction(on, pod));
    }
    let lines = yaml::of_pod(pod, set.map(|set| &**set));
    sections.push(section("Pod YAML", &pod.metadata.name, None, vec![Block::Yaml(lines)]));
    Some(Why {
        step: last_touch(timeline, &key),
        key,
        verdict: preempts(timeline, pod, attempt).unwrap_or_else(|| verdict(pod)),
        sections,
    })
}

/// Whom the pod's attempt to be scheduled evicts, while the pod still waits.
fn preempts(timeline: &Timeline, pod: &Pod, asked: Option<StepNo>) -> Option<Vec<Piece>> {
    if pod.node().is_some() {
        return None;
    }
    let attempts = attempt::attempts(timeline, &pod.metadata.uid);
    let asked = asked.and_then(|no| attempts.iter().find(|(step, _)| step.no == no));
    let (_, trace) = asked.or_else(|| attempts.first())?;
    let chosen = trace.preemption.as_deref()?.chosen()?;
    let victims = chosen.victims();
    let names: Vec<&str> = victims.iter().map(|victim| victim.name().as_str()).collect();
    let mut told = sentence("Preempts {} on {}: ", &[&count(victims.len(), "pod"), &chosen.node]);
    for (index, name) in names.iter().enumerate() {
        told.extend(sentence(if index == 0 { "`{}`" } else { ", `{}`" }, &[name]));
    }
    let lacks: Vec<String> = lacking(&trace.info.pod, &chosen.info)
        .iter()
        .map(|measure| {
            let freed = victims.iter().map(|victim| measure.of_pod(&victim.pod)).sum::<i64>();
            let free = measure.of(&chosen.info.allocatable) - measure.taken(&chosen.info) + freed;
            format!("{} {} are free", measure.name(), measure.text(free))
        })
        .collect();
    told.extend(match lacks.is_empty() {
        true => sentence(".", &[]),
        false => sentence("; without it, {}.", &[&lacks.join(", ")]),
    });
    Some(told)
}

/// Where the pod stands, in a sentence.
fn verdict(pod: &Pod) -> Vec<Piece> {
    let on = pod.node().unwrap_or_default();
    if pod.metadata.is_terminating() {
        return sentence("Is being deleted on {}: its containers have their grace period to stop.", &[on]);
    }
    match (pod.status.phase.as_str(), pod.node()) {
        ("Failed", _) => sentence("Failed on {}: {}", &[on, &pod.status.message]),
        ("Succeeded", _) => sentence("Ended on {}.", &[on]),
        ("Running", _) if pod.is_ready() => sentence("Runs on {} and is ready.", &[on]),
        ("Running", _) => sentence("Runs on {} and is not ready.", &[on]),
        (_, Some(_)) => sentence("Is bound to {}; its containers are not running yet.", &[on]),
        (_, None) => match pod.condition("PodScheduled").filter(|condition| condition.status == "False") {
            Some(condition) => sentence("Waits for a node: {}", &[&condition.message]),
            None => sentence("Waits for the scheduler.", &[]),
        },
    }
}
