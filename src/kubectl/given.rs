//! A cluster for the tests of verbs.

use super::{Answer, File, Files, Request};
use crate::api::Time;
use crate::cluster::World;
pub(crate) use crate::cluster::given::add;
use serde_json::json;

/// Two nodes, the second with taint, label and cordon; a DaemonSet; a pod.
pub fn cluster() -> World {
    let mut world = World::new(1, Time::EPOCH);
    add(&mut world, json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "a" } }));
    add(
        &mut world,
        json!({
            "apiVersion": "v1", "kind": "Node", "metadata": { "name": "b", "labels": { "disk": "ssd" } },
            "spec": { "unschedulable": true, "taints": [{ "key": "gpu", "value": "x", "effect": "NoSchedule" }] },
        }),
    );
    let template = json!({
        "metadata": { "labels": { "app": "agent" } },
        "spec": { "containers": [{ "name": "agent", "image": "agent:1" }] },
    });
    add(
        &mut world,
        json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet",
            "metadata": { "name": "agent", "labels": { "app": "agent" } },
            "spec": { "selector": { "matchLabels": { "app": "agent" } }, "template": template },
        }),
    );
    add(
        &mut world,
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "p", "labels": { "app": "agent" } },
            "spec": { "nodeName": "a", "containers": [{ "name": "agent", "image": "agent:1" }] },
        }),
    );
    world
}

/// The answer to a line.
pub fn answer(world: &World, text: &str) -> Answer {
    answer_with(world, text, &[])
}

/// The answer to a line that may read these texts.
pub fn answer_with(world: &World, text: &str, files: &[(&str, &str)]) -> Answer {
    let files: Files = files.iter().map(|(name, text)| ((*name).to_owned(), File::new(*text))).collect();
    Request::parse(text, &files).expect("a line").remove(0).run(world, Time::EPOCH)
}
