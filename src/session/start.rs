//! How a node list becomes a cluster.

use super::texts::Document;
use crate::api::Object;
use crate::cluster::Write;
use crate::sim::{Command, SimState, Timeline};
use std::rc::Rc;

/// The seed of every cluster: the same manifest gives the same names each time.
const SEED: u64 = 1;

/// A cluster of these nodes and pods, before anything happens in it. Objects that the API server refuses are left
/// out.
pub fn start(nodes: &str) -> Timeline {
    let (empty, _) = SimState::new(SEED, Vec::new());
    let mut objects = Document::new(nodes, "").objects();
    objects.sort_by_key(Object::kind);
    let listed = objects.clone();
    let (_, writes) = Command::SetNodes { objects }.plan(empty.world(), empty.now());
    let setup = writes.into_iter().filter_map(|write| match write {
        Write::Create(object) => Some(with_status(object, &listed)),
        _ => None,
    });
    Timeline::new(SimState::new(SEED, setup.collect()).0)
}

/// The API server takes no status from who creates a pod, but these pods have been running already.
fn with_status(mut object: Object, listed: &[Object]) -> Object {
    let key = object.key();
    let as_listed =
        listed.iter().find(|listed| listed.metadata().name == *key.name && listed.kind() == key.kind);
    if let (Object::Pod(pod), Some(Object::Pod(as_listed))) = (&mut object, as_listed) {
        Rc::make_mut(pod).status = as_listed.status.clone();
    }
    object
}
