//! What a step costs, in time and in memory, however large the cluster is: a DaemonSet comes to every node, then is
//! updated at 10 %; all control loops, the API server and the recording included.

use super::clock::{Watch, line, median};
use playground::api::{DaemonSet, Node, Object, Pod};
use playground::cluster::Actor;
use playground::kubectl::Request;
use playground::kubectl::nodes::complete_node;
use playground::sim::{RunEnd, SimState, StepNo, Timeline};
use serde_json::{Value, json};

const SIZES: [usize; 3] = [50, 500, 5_000];

/// Sizes that are measured with other pods on the nodes, and how many of those a node has.
const CROWDED: [usize; 2] = [50, 5_000];
const OTHERS: usize = 10;
/// A long run has so many steps.
const LONG: StepNo = 100_000;

/// So many steps back and forward are measured at once.
const JUMP: StepNo = 500;

/// A long run is made of so many updates.
const UPDATES: usize = 3;

pub fn run() {
    for nodes in SIZES {
        let name = |what: &str| format!("sim/{what}/{nodes}");
        let before = memory();
        let mut watch = Watch::default();
        let mut timeline = watch.time(|| start(nodes));
        line(&name("start"), watch.take(), "ms");
        let started = memory();
        for version in 0..=UPDATES {
            watch.time(|| apply(&mut timeline, version));
        }
        let steps = timeline.len();
        line(&name("steps"), f64::from(steps), "steps");
        line(&name("time-per-step"), watch.take() * 1000.0 / f64::from(steps), "us/step");
        if let (Some(before), Some(started), Some(after)) = (before, started, memory()) {
            line(&name("cluster"), (started - before) / nodes as f64, "bytes/node");
            line(&name("memory-per-step"), (after - started) / f64::from(steps), "bytes/step");
        }
        per_actor(&timeline, &name);
        let seek = median(21, || {
            let mut watch = Watch::default();
            watch.time(|| timeline.seek(steps / 2));
            watch.time(|| timeline.seek(steps));
            watch.take() / 2.0
        });
        line(&name("seek-half-way"), seek, "ms");
        let back = median(21, || {
            let mut watch = Watch::default();
            watch.time(|| {
                for _ in 0..JUMP {
                    timeline.back();
                }
            });
            watch.time(|| {
                for _ in 0..JUMP {
                    timeline.forward();
                }
            });
            watch.take() * 1000.0 / f64::from(JUMP * 2)
        });
        line(&name("back-or-forward"), back, "us");
        let resume = median(5, || {
            let mut watch = Watch::default();
            drop(watch.time(|| timeline.resume_from(steps - 1)));
            watch.take()
        });
        line(&name("resume"), resume, "ms");
    }
    crowded();
}

/// The same with other pods on every node: the whole of a long run, and what it keeps.
fn crowded() {
    for nodes in CROWDED {
        let name = |what: &str| format!("sim/crowded/{what}/{nodes}");
        let before = memory();
        let mut watch = Watch::default();
        let mut listed: Vec<Object> = (0..nodes).map(|number| complete_node(&node(number))).collect();
        listed.extend((0..nodes * OTHERS).map(other));
        let mut timeline = watch.time(|| Timeline::new(SimState::of_nodes(1, listed).0));
        assert_eq!(timeline.world().pods().count(), nodes * OTHERS, "every pod is there");
        line(&name("start"), watch.take(), "ms");
        watch.time(|| apply(&mut timeline, 0));
        watch.take();
        let steps = timeline.len();
        watch.time(|| apply(&mut timeline, 1));
        let update = watch.take();
        line(&name("update"), update, "ms");
        line(&name("time-per-step"), update * 1000.0 / f64::from(timeline.len() - steps), "us/step");
        let mut version = 1;
        while nodes == CROWDED[1] && timeline.len() < LONG {
            version += 1;
            apply(&mut timeline, version);
        }
        let steps = timeline.len();
        line(&name("steps"), f64::from(steps), "steps");
        if let (Some(before), Some(after)) = (before, memory()) {
            line(&name("memory"), (after - before) / 1e6, "MB");
        }
        let seek = |from: StepNo, to: StepNo, timeline: &mut Timeline| {
            timeline.seek(from);
            let mut watch = Watch::default();
            watch.time(|| timeline.seek(to));
            watch.take()
        };
        let far = [(steps, 1), (1, steps / 3), (steps / 3, steps), (steps, steps / 2)];
        let slowest = far.map(|(from, to)| seek(from, to, &mut timeline)).into_iter().fold(0.0, f64::max);
        line(&name("seek-slowest"), slowest, "ms");
    }
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

/// Bytes of memory in use: resident natively, the whole linear memory in wasm. None where the system does not say.
#[cfg(not(target_arch = "wasm32"))]
fn memory() -> Option<f64> {
    /// As Linux counts memory on the machines that we measure on.
    const PAGE: f64 = 4096.0;
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: f64 = text.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

#[cfg(target_arch = "wasm32")]
fn memory() -> Option<f64> {
    use wasm_bindgen::JsCast;
    let memory = wasm_bindgen::memory().dyn_into::<js_sys::WebAssembly::Memory>().ok()?;
    let buffer = memory.buffer().dyn_into::<js_sys::ArrayBuffer>().ok()?;
    Some(f64::from(buffer.byte_length()))
}
