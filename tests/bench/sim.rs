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

/// Sizes that are measured with other pods on the nodes, and how many of those a node has. The large one first, as
/// nothing else may have been given memory before that it would take over.
const CROWDED: [usize; 2] = [5_000, 50];
const OTHERS: usize = 10;
/// A long run has so many steps.
const LONG: StepNo = 100_000;

/// So many steps back and forward are measured at once.
const JUMP: StepNo = 500;

/// A long run is made of so many updates.
const UPDATES: usize = 3;

pub fn run() {
    crowded();
    for nodes in SIZES {
        let name = |what: &str| format!("sim/{what}/{nodes}");
        let mut watch = Watch::default();
        let mut timeline = watch.time(|| start(nodes));
        line(&name("start"), watch.take(), "ms");
        for version in 0..=UPDATES {
            watch.time(|| apply(&mut timeline, version));
        }
        let steps = timeline.len();
        line(&name("steps"), f64::from(steps), "steps");
        line(&name("time-per-step"), watch.take() * 1000.0 / f64::from(steps), "us/step");
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
}

/// The same with other pods on every node: the whole of a long run, and what it keeps.
fn crowded() {
    for nodes in CROWDED {
        let name = |what: &str| format!("sim/crowded/{what}/{nodes}");
        let mut watch = Watch::default();
        let mut listed: Vec<Object> = (0..nodes).map(|number| complete_node(&node(number))).collect();
        listed.extend((0..nodes * OTHERS).map(other));
        let mut begun = None;
        let cluster =
            kept(|| begun = Some(watch.time(|| Timeline::new(SimState::of_nodes(1, listed.clone()).0))));
        let mut timeline = begun.expect("the cluster");
        assert_eq!(timeline.world().pods().count(), nodes * OTHERS, "every pod is there");
        line(&name("start"), watch.take(), "ms");
        line(&name("memory/cluster"), cluster / 1e6, "MB");
        let memory = kept(|| long_run(&mut timeline, nodes, &name));
        let steps = timeline.len();
        line(&name("steps"), f64::from(steps), "steps");
        line(&name("memory/steps"), memory / 1e6, "MB");
        // Not before: in wasm the steps would be given its memory.
        drop(listed);
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

/// The DaemonSet comes and is updated, in the large cluster until there are many steps.
fn long_run(timeline: &mut Timeline, nodes: usize, name: &dyn Fn(&str) -> String) {
    apply(timeline, 0);
    let steps = timeline.len();
    let spent = watched(timeline, 1);
    let update: f64 = spent.iter().map(|(time, _)| time).sum();
    line(&name("update"), update, "ms");
    line(&name("time-per-step"), update * 1000.0 / f64::from(timeline.len() - steps), "us/step");
    for (&actor, (time, changes)) in Actor::ALL.iter().zip(spent).filter(|(_, (_, changes))| *changes > 0) {
        line(
            &name(&format!("time-per-change/{}", actor.name())),
            time * 1000.0 / changes as f64,
            "us/change",
        );
    }
    let mut version = 1;
    while nodes == CROWDED[0] && timeline.len() < LONG {
        version += 1;
        apply(timeline, version);
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

/// How many bytes of memory work takes that are not given back at its end: exactly what was allocated, natively; in wasm
/// what the linear memory grew by.
#[cfg(not(target_arch = "wasm32"))]
fn kept(work: impl FnOnce()) -> f64 {
    allocation_counter::measure(work).bytes_current as f64
}

#[cfg(target_arch = "wasm32")]
fn kept(work: impl FnOnce()) -> f64 {
    use wasm_bindgen::JsCast;
    let memory = || {
        let memory = wasm_bindgen::memory().dyn_into::<js_sys::WebAssembly::Memory>().ok()?;
        Some(f64::from(memory.buffer().dyn_into::<js_sys::ArrayBuffer>().ok()?.byte_length()))
    };
    let before = memory();
    work();
    memory().zip(before).map_or(f64::NAN, |(after, before)| after - before)
}
