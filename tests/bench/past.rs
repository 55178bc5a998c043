//! What it costs to act in the past of a large cluster: the state there is taken again from the nearest kept one.

use super::clock::{Watch, line};
use playground::api::Object;
use playground::kubectl::Request;
use playground::session::start;
use playground::sim::{RunEnd, StepNo, Timeline};
use std::fmt::Write;

const NODES: usize = 5_000;
const SETS: usize = 10;

pub fn run() {
    let timeline = run_through();
    let steps = timeline.len();
    line("past/steps", f64::from(steps), "steps");
    line("past/kept", timeline.kept_states() as f64, "states");
    let mut worst: f64 = 0.0;
    // The first steps look at the most.
    let early = [steps / 1000, steps / 100];
    for no in early.into_iter().chain((1..60).map(|part| steps / 60 * part)) {
        let mut watch = Watch::default();
        drop(watch.time(|| timeline.resume_from(no)));
        worst = worst.max(watch.take());
    }
    line("past/resume-worst", worst, "ms");
}

fn run_through() -> Timeline {
    let mut nodes = String::new();
    for number in 0..NODES {
        let _ = write!(nodes, "---\napiVersion: v1\nkind: Node\nmetadata: {{name: node-{number:05}}}\n");
    }
    let mut watch = Watch::default();
    let mut timeline = watch.time(|| start(&nodes));
    let sets: Vec<Object> = (0..SETS).map(set).collect();
    timeline.say(&Request::apply(Request::text_of(&sets)));
    watch = Watch::default();
    watch.time(|| while timeline.run(StepNo::MAX) == RunEnd::More {});
    line("past/run", watch.take(), "ms");
    timeline
}

fn set(number: usize) -> Object {
    let value = serde_json::json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": format!("agent-{number}"), "namespace": "default" },
        "spec": {
            "selector": { "matchLabels": { "app": format!("agent-{number}") } },
            "template": {
                "metadata": { "labels": { "app": format!("agent-{number}") } },
                "spec": { "containers": [{ "name": "agent", "image": "registry.example/agent:1.0" }] },
            },
        },
    });
    Object::from_json(value).expect("a DaemonSet")
}
