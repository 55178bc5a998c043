use playground::api::{DaemonSet, Node, Object, Pod};
use playground::cluster::Actor;
use playground::kubectl::Request;
use playground::kubectl::nodes::complete_node;
use playground::sim::{RunEnd, SimState, StepNo, Timeline};
use serde_json::{Value, json};
const OTHERS: usize = 10;
fn main() {
    let nodes = 5000;
    let mut listed: Vec<Object> = (0..nodes).map(|number| complete_node(&node(number))).collect();
    listed.extend((0..nodes * OTHERS).map(other));
    let t = std::time::Instant::now();
    let timeline = Timeline::new(SimState::of_nodes(1, listed.clone()).0);
    println!("start {} ms", t.elapsed().as_millis());
    drop(timeline);
}
/// A pod that runs on a node.
fn other(number: usize) -> Object {
    let value = json!({
        "metadata": { "name": format!("web-{number:06}"), "namespace": "default", "labels": { "app": "web" } },
        "spec": {
            "nodeName": format!("node-{:05}", number / OTHERS),
            "containers": [{ "name": "web", "image": "web:1", "resources": { "requests": { "cpu": "50m", "memory": "64Mi" } } }],
        },
        "status": { "phase": "Running" },
    });
    let pod: Pod = serde_json::from_value(value).expect("a pod");
    pod.into()
}

/// How many steps of each kind there are, and how many objects they changed: their cost must not grow with the
/// cluster.
fn per_actor(timeline: &Timeline, name: &dyn Fn(&str) -> String) {
    for &actor in Actor::ALL {
        let own = || timeline.steps().filter(move |step| step.actor == actor);
        let changes: usize = own().map(|step| step.changes.len()).sum();
        let steps = own().count();
        if steps > 0 {
            line(&name(&format!("changes/{}", actor.name())), changes as f64 / steps as f64, "changes/step");
        }
    }
}

fn start(nodes: usize) -> Timeline {
    let setup: Vec<Object> = (0..nodes).map(|number| complete_node(&node(number))).collect();
    let (state, refused) = SimState::new(1, setup);
    assert!(refused.is_empty(), "every node is valid");
    Timeline::new(state)
}

/// Applies one version of the DaemonSet and runs until nothing more happens.
fn apply(timeline: &mut Timeline, version: usize) {
    timeline.say(&Request::apply(Request::text_of(&[set(version)])));
    while timeline.run(StepNo::MAX) == RunEnd::More {}
    let status = &timeline.world().daemon_set("default", "agent").expect("the set").status;
    assert_eq!(status.number_available, status.desired_number_scheduled, "it settled");
}

/// The same, each step by itself: for each actor, how many milliseconds its steps took and how many objects they
/// changed.
fn watched(timeline: &mut Timeline, version: usize) -> Vec<(f64, usize)> {
    let mut spent = vec![(0.0, 0); Actor::ALL.len()];
    timeline.say(&Request::apply(Request::text_of(&[set(version)])));
    loop {
        let mut watch = Watch::default();
        if !watch.time(|| timeline.forward()) {
            return spent;
        }
        let step = timeline.step(timeline.shown()).expect("the step that is shown");
        let (time, changes) = &mut spent[step.actor as usize];
        *time += watch.take();
        *changes += step.changes.len();
    }
}

fn node(number: usize) -> Object {
    let status = |type_: &str, status: &str| json!({ "type": type_, "status": status });
    let value = json!({
        "metadata": {
            "name": format!("node-{number:05}"),
            "labels": { "topology.kubernetes.io/zone": format!("zone-{}", number % 3) },
        },
        "status": {
            "capacity": { "cpu": "8", "memory": "32Gi", "pods": "110" },
            "conditions": [status("Ready", "True"), status("MemoryPressure", "False"), status("DiskPressure", "False"), status("PIDPressure", "False")],
        },
    });
    let node: Node = serde_json::from_value(value).expect("a node");
    node.into()
}

fn set(version: usize) -> Object {
    let value: Value = json!({
        "metadata": { "name": "agent", "namespace": "default" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": "10%" } },
            "template": {
                "metadata": { "labels": { "app": "agent" } },
                "spec": {
                    "containers": [{
                        "name": "agent", "image": format!("registry.example/agent:{version}.0"),
                        "resources": { "requests": { "cpu": "100m", "memory": "200Mi" } },
                        "volumeMounts": [{ "name": "varlog", "mountPath": "/var/log" }],
                    }],
                    "volumes": [{ "name": "varlog", "hostPath": { "path": "/var/log" } }],
                },
            },
        },
    });
    let set: DaemonSet = serde_json::from_value(value).expect("a DaemonSet");
    set.into()
}

