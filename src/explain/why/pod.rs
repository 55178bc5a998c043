//! "Why?" of a pod.

use super::super::piece::{Piece, sentence};
use super::{Block, Why, eviction, last_touch, node, section, yaml};
use crate::api::{Kind, ObjectKey, Pod};
use crate::sim::Timeline;
use std::rc::Rc;

pub(super) fn why(timeline: &Timeline, pod: &Rc<Pod>) -> Option<Why> {
    let world = timeline.world();
    let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
    let owner = pod
        .metadata
        .controller()
        .filter(|owner| Kind::of(&owner.api_version, &owner.kind) == Kind::DaemonSet);
    let set = owner.and_then(|owner| world.daemon_set(&pod.metadata.namespace, &owner.name));
    let mut sections = node::scheduler(timeline, pod);
    if let Some(on) = pod.node().and_then(|name| world.node(name)) {
        sections.extend(eviction::eviction(on, pod));
    }
    let lines = yaml::of_pod(pod, set.map(|set| &**set));
    sections.push(section("Pod YAML", &pod.metadata.name, None, vec![Block::Yaml(lines)]));
    Some(Why { step: last_touch(timeline, &key), key, verdict: verdict(pod), sections })
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
