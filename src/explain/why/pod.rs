//! "Why?" of a pod.

use super::super::piece::{Piece, sentence};
use super::super::standing::Standing;
use super::super::standing::{preempting, whole_standing};
use super::answer::{Block, Section, Tone, Why, section};
use super::recorded::last_touch;
use super::{attempt, eviction, node, volumes};
use crate::api::{Object, Pod};
use crate::sim::{StepNo, Timeline};
use std::rc::Rc;

pub(super) fn why(timeline: &Timeline, pod: &Rc<Pod>, attempt: Option<StepNo>) -> Option<Why> {
    let world = timeline.world();
    let key = pod.key();
    let mut sections = node::scheduler(timeline, pod, attempt);
    if let Some(on) = pod.node().and_then(|name| world.node(name)) {
        sections.extend(eviction::eviction(timeline, on, pod));
    }
    sections.extend(volumes::claims(&pod.spec));
    sections.push(owner(pod));
    let yaml = Block::Yaml(Object::Pod(Rc::clone(pod)));
    sections.push(section("Pod YAML", &pod.metadata.name, None, vec![yaml]));
    let asked = asked_attempt(timeline, pod, attempt);
    Some(Why {
        step: last_touch(timeline, &key),
        key,
        verdict: asked.unwrap_or_else(|| whole_standing(timeline, pod)).headline(),
        sections,
    })
}

/// Whose it is: labels do not say that.
fn owner(pod: &Pod) -> Section {
    let Some(owner) = pod.metadata.controller() else {
        let words = sentence("No controller owns it: when it goes, nobody makes it again.", &[]);
        return section("Owner", "", Some((Tone::Neutral, "none")), vec![Block::Words(words)]);
    };
    let told = match owner.kind.as_str() {
        // The mirror of a static pod.
        "Node" => sentence(
            "The kubelet of {} makes it from a file there, and makes it again when it goes.",
            &[&owner.name],
        ),
        kind => sentence(
            "Its `ownerReferences` name {} `{}`: it is that one's to keep, to replace and to delete.",
            &[kind, &owner.name],
        ),
    };
    section("Owner", &format!("{} {}", owner.kind, owner.name), None, vec![Block::Words(told)])
}

/// Whom the attempt that the user asks for evicts, while the pod still waits.
fn asked_attempt(timeline: &Timeline, pod: &Pod, asked: Option<StepNo>) -> Option<Standing> {
    let asked = asked.filter(|_| pod.node().is_none())?;
    let attempts = attempt::attempts(timeline, &pod.metadata.uid);
    let (_, trace) = attempts.iter().find(|(step, _)| step.no == asked)?;
    preempting(trace).map(|predicate: Vec<Piece>| Standing { predicate, ..Standing::default() })
}
