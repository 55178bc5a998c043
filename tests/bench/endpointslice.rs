//! What one pod that changes costs behind a Service of many: slices that are written, and the time of the look.

use super::clock::{line, median};
use playground::api::{Condition, Kind, Object, ObjectKey, Time};
use playground::cluster::{Change, Component, Cx, Wakes, WorkKey, World, Write};
use playground::controllers::endpointslice::{EndpointSliceController, EndpointSliceState};
use serde_json::{Value, json};
use std::rc::Rc;

const ENDPOINTS: usize = 5_000;
const REPEATS: usize = 21;

fn add(world: &mut World, object: Value) {
    let object = Object::from_json(object).expect("an object");
    world.write(Write::Create(object), Time::EPOCH).expect("accepted");
}

fn set_ready(world: &mut World, number: usize, is_ready: bool) -> Option<Change> {
    let mut pod = Rc::clone(world.pod("default", &format!("agent-{number:05}")).expect("a pod"));
    let new = Rc::make_mut(&mut pod);
    new.status.phase = "Running".into();
    new.status.pod_ip = format!("10.244.{}.{}", number / 200, 2 + number % 200).into();
    new.set_condition(Condition::new("Ready", if is_ready { "True" } else { "False" }, "", ""), Time::EPOCH);
    world.write(Write::UpdateStatus(Object::Pod(pod)), Time::EPOCH).expect("accepted")
}

fn look(world: &World, state: &mut EndpointSliceState) -> Vec<Write> {
    let key = WorkKey::Object(ObjectKey::new(Kind::Service, "default", "agent"));
    let cx = Cx { world, now: Time::EPOCH, seed: 1, by_chance: false, step: 0 };
    EndpointSliceController::reconcile(&cx, state, &key).writes
}

fn write(world: &mut World, writes: Vec<Write>) {
    for one in writes {
        world.write(one, Time::EPOCH).expect("accepted");
    }
}

pub fn run() {
    let mut world = World::new(1, Time::EPOCH);
    add(&mut world, json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" } }));
    add(
        &mut world,
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": "agent" },
            "spec": { "selector": { "app": "agent" }, "ports": [{ "port": 80 }] },
        }),
    );
    for number in 0..ENDPOINTS {
        add(
            &mut world,
            json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": format!("agent-{number:05}"), "labels": { "app": "agent" } },
                "spec": { "nodeName": "n", "containers": [{ "name": "c", "image": "c" }] },
            }),
        );
        set_ready(&mut world, number, true);
    }
    let mut state = EndpointSliceState::default();
    let all = look(&world, &mut state);
    write(&mut world, all);
    let change = set_ready(&mut world, ENDPOINTS / 2, false).expect("a change");
    EndpointSliceController::observe(&world, &change, Time::EPOCH, &mut state, &mut Wakes::at(1));
    let changed = look(&world, &mut state.clone());
    line(&format!("endpointslice/slices-for-one-pod/{ENDPOINTS}"), changed.len() as f64, "slices");
    for (name, state) in [("one-pod-changed", &state), ("all-looked-at", &Default::default())] {
        let watch = || {
            let mut state = state.clone();
            let start = super::clock::now();
            drop(look(&world, &mut state));
            super::clock::now() - start
        };
        line(&format!("endpointslice/{name}/{ENDPOINTS}"), median(REPEATS, watch), "ms");
    }
}
