//! "Why?" of a node.

use super::super::piece::sentence;
use super::{Block, Section, Tone, Why, attempt, daemon, eviction, last_touch, section, yaml};
use crate::api::{DaemonSet, Node, Object, ObjectKey, Pod};
use crate::controllers::daemonset::eligibility::{Placement, Verdict};
use crate::sim::{StepNo, Timeline};
use std::rc::Rc;

pub(super) fn why(
    timeline: &Timeline,
    node: &Rc<Node>,
    set: Option<&DaemonSet>,
    attempt: Option<StepNo>,
) -> Option<Why> {
    let key = ObjectKey::node(&node.metadata.name);
    let mut why = Why { step: last_touch(timeline, &key), key, verdict: Vec::new(), sections: Vec::new() };
    match set {
        None => why.verdict = sentence("There is no DaemonSet in the cluster.", &[]),
        Some(set) => of_set(timeline, node, set, attempt, &mut why),
    }
    let lines = yaml::of_node(&Object::Node(Rc::clone(node)));
    why.sections.push(section("Node YAML", &node.metadata.name, None, vec![Block::Yaml(lines)]));
    Some(why)
}

fn of_set(timeline: &Timeline, node: &Node, set: &DaemonSet, attempt: Option<StepNo>, why: &mut Why) {
    let placement = Placement::new(&set.spec.template);
    let judged = placement.judge(node);
    let owned = |pod: &&Rc<Pod>| {
        pod.metadata.controller().is_some_and(|owner| owner.uid == set.metadata.uid)
            && !pod.metadata.is_terminating()
    };
    let pod = timeline.world().pods_on(&node.metadata.name).find(owned);
    why.verdict = daemon::verdict_sentence(node, &judged, pod.is_some());
    why.sections.push(daemon::checklist(node, &placement, &judged));
    why.sections.extend(daemon::near_misses(&placement, &judged));
    why.sections.extend(daemon::remedy(&judged));
    match pod {
        Some(pod) => {
            why.step = why
                .step
                .max(last_touch(timeline, &ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name)));
            why.sections.extend(eviction::eviction(node, pod));
            why.sections.extend(scheduler(timeline, pod, attempt));
            let lines = yaml::of_pod(pod, Some(set));
            why.sections.push(section("Pod YAML", &pod.metadata.name, None, vec![Block::Yaml(lines)]));
        }
        None => {
            let words = if judged.verdict == Verdict::ShouldRun {
                "The controller has not created the pod yet."
            } else {
                "The controller made no pod for this node, so the scheduler never saw one."
            };
            let blocks = vec![Block::Words(sentence(words, &[]))];
            why.sections.push(section("Scheduler", "", Some((Tone::Neutral, "not asked")), blocks));
        }
    }
}

/// What the scheduler said of a pod, or that it was not asked.
pub(super) fn scheduler(timeline: &Timeline, pod: &Pod, attempt: Option<StepNo>) -> Vec<Section> {
    let attempts = attempt::attempts(timeline, &pod.metadata.uid);
    match attempts.is_empty() {
        false => attempt::sections(timeline, &attempts, attempt),
        true => {
            let words = match pod.node() {
                Some(_) => "The pod had its node from the start: no attempt is recorded.",
                None => "The scheduler has not tried the pod yet.",
            };
            let blocks = vec![Block::Words(sentence(words, &[]))];
            vec![section("Scheduler", "", Some((Tone::Neutral, "not asked")), blocks)]
        }
    }
}
