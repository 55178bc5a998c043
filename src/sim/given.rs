//! A small cluster with a DaemonSet, for the tests of what tells of a run.

use super::{RunEnd, SimState, Timeline};
use crate::api::{Kind, Object, ObjectKey};
use crate::cluster::Propagation;
use crate::cluster::given::{node, object, with};
use crate::kubectl::Request;
use serde_json::{Value, json};

/// No run of these small clusters may need more steps.
const BOUND: u32 = 3_000;

/// The key of the DaemonSet.
pub(crate) fn agent() -> ObjectKey {
    ObjectKey::new(Kind::DaemonSet, "default", "agent")
}

/// The DaemonSet with an image version and a way of updating it, as fields of its spec.
pub(crate) fn set(version: &str, spec: &Value) -> Object {
    let set = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": "agent", "namespace": "default" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "template": {
                "metadata": { "labels": { "app": "agent" } },
                "spec": { "containers": [{ "name": "agent", "image": format!("registry.example/agent:{version}") }] },
            },
        },
    });
    object(with(set, json!({ "spec": spec })))
}

/// `spec` with `RollingUpdate` and one of its bounds.
pub(crate) fn rolling(max_unavailable: Value, max_surge: Value) -> Value {
    let bounds = json!({ "maxUnavailable": max_unavailable, "maxSurge": max_surge });
    json!({ "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": bounds } })
}

/// `spec` with `OnDelete`.
pub(crate) fn on_delete() -> Value {
    json!({ "updateStrategy": { "type": "OnDelete" } })
}

/// A cluster that a list of nodes describes, as the page starts it.
pub(crate) fn at_rest(seed: u64, objects: Vec<Object>) -> Timeline {
    Timeline::new(SimState::of_nodes(seed, objects).0)
}

/// Nodes `n00`, `n01` …, on which the first version of the DaemonSet has come to rest.
pub(crate) fn settled(nodes: usize, spec: &Value) -> Timeline {
    let node = |index: usize| node(&format!("n{index:02}"), json!({}));
    let mut timeline = at_rest(3, (0..nodes).map(node).collect());
    apply(&mut timeline, "1", spec);
    assert_eq!(timeline.run(BOUND), RunEnd::Stable);
    timeline
}

/// Applies another version, and nothing else yet.
pub(crate) fn apply(timeline: &mut Timeline, version: &str, spec: &Value) {
    timeline.say(&Request::apply(Request::text_of(&[set(version, spec)])));
}

/// Lets the API server refuse all further pods, by a quota.
pub(crate) fn refuse_pods(timeline: &mut Timeline) {
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "q" }, "spec": { "hard": { "pods": "0" } },
    });
    timeline.say(&Request::apply(Request::text_of(&[object(quota)])));
}

/// A cluster of one node whose pod was deleted, and whose next one is refused again and again.
pub(crate) fn in_vain() -> Timeline {
    let mut timeline = settled(1, &rolling(json!(1), json!(0)));
    refuse_pods(&mut timeline);
    let pod = timeline.world().pods().next().expect("a pod").key();
    timeline.say(&Request::delete(&pod, Propagation::Background));
    timeline
}

/// Takes all steps that follow.
pub(crate) fn run(timeline: &mut Timeline) {
    assert_eq!(timeline.run(BOUND), RunEnd::Stable);
}

/// Takes steps until something holds.
pub(crate) fn until(timeline: &mut Timeline, holds: impl Fn(&Timeline) -> bool) {
    while !holds(timeline) {
        assert!(timeline.forward(), "it never comes to that");
    }
}
