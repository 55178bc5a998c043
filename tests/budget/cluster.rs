//! Clusters of any size, in which a DaemonSet comes to every node and is then updated.

use playground::api::{DaemonSet, Node, Object, Pod};
use playground::kubectl::Request;
use playground::kubectl::nodes::complete_node;
use playground::sim::{RunEnd, SimState, StepNo, Timeline};
use serde_json::json;

/// Ready nodes in three zones, and nothing else.
pub fn empty(nodes: usize) -> Timeline {
    let setup: Vec<Object> = (0..nodes).map(|number| complete_node(&node(number))).collect();
    let (state, refused) = SimState::new(1, setup);
    assert!(refused.is_empty(), "every node is valid");
    Timeline::new(state)
}

/// Applies a version of the DaemonSet.
pub fn apply(timeline: &mut Timeline, version: usize) {
    timeline.say(&Request::apply(Request::text_of(&[set(version)])));
}

/// Runs until nothing more happens.
pub fn settle(timeline: &mut Timeline) {
    while timeline.run(StepNo::MAX) == RunEnd::More {}
}

/// How many objects the steps after one have changed.
pub fn changes_since(timeline: &Timeline, from: StepNo) -> usize {
    timeline.steps().filter(|step| step.no > from).map(|step| step.changes.len()).sum()
}

/// A pod that runs on the node of this number.
pub fn pod(number: usize) -> Object {
    let pod: Pod = serde_json::from_value(json!({
        "metadata": { "name": format!("web-{number:05}"), "namespace": "default", "labels": { "app": "web" } },
        "spec": { "nodeName": format!("node-{number:05}"), "containers": [{ "name": "web", "image": "web:1" }] },
        "status": { "phase": "Running" },
    }))
    .expect("a pod");
    pod.into()
}

/// The node of this number.
pub fn node(number: usize) -> Object {
    let node: Node = serde_json::from_value(json!({
        "metadata": {
            "name": format!("node-{number:05}"),
            "labels": { "topology.kubernetes.io/zone": format!("zone-{}", number % 3) },
        },
        "status": { "capacity": { "cpu": "8", "memory": "32Gi", "pods": "110" } },
    }))
    .expect("a node");
    node.into()
}

/// The DaemonSet `default/agent`.
pub fn set(version: usize) -> Object {
    let set: DaemonSet = serde_json::from_value(json!({
        "metadata": { "name": "agent", "namespace": "default" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": "10%" } },
            "template": {
                "metadata": { "labels": { "app": "agent" } },
                "spec": { "containers": [{
                    "name": "agent", "image": format!("registry.example/agent:{version}.0"),
                    "resources": { "requests": { "cpu": "100m", "memory": "200Mi" } },
                }] },
            },
        },
    }))
    .expect("a DaemonSet");
    set.into()
}
