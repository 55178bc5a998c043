//! Objects for the tests of all that looks at a cluster.

use super::{World, Write};
use crate::api::{Condition, Object, Time};
use serde_json::{Value, json};
use std::rc::Rc;

/// An object that is written out in full.
pub(crate) fn object(value: Value) -> Object {
    Object::from_json(value).expect("an object")
}

/// An object with other fields in its metadata, spec and status.
pub(crate) fn with(mut object: Value, more: Value) -> Value {
    for (part, fields) in more.as_object().into_iter().flatten() {
        for (field, value) in fields.as_object().into_iter().flatten() {
            object[part][field] = value.clone();
        }
    }
    object
}

/// A node with what else is in its metadata, spec and status.
pub(crate) fn node(name: &str, more: Value) -> Object {
    object(with(json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": name } }), more))
}

/// Adds an object as the API server stores it.
pub(crate) fn add(world: &mut World, value: Value) -> Object {
    stored(world, Write::Create(object(value)))
}

/// What the API server stores for a write that it accepts.
pub(crate) fn stored(world: &mut World, write: Write) -> Object {
    let change = world.write(write, Time::EPOCH).expect("accepted").expect("a change");
    change.after.expect("it is there")
}

/// Lets a pod run, with this address, and says whether it is ready.
pub(crate) fn run_pod(world: &mut World, name: &str, address: &str, is_ready: bool) {
    let mut pod = Rc::clone(world.pod("default", name).expect("a pod"));
    let new = Rc::make_mut(&mut pod);
    new.status.phase = "Running".into();
    new.status.pod_ip = address.into();
    new.set_condition(Condition::new("Ready", if is_ready { "True" } else { "False" }, "", ""), Time::EPOCH);
    world.write(Write::UpdateStatus(Object::Pod(pod)), Time::EPOCH).expect("accepted");
}
