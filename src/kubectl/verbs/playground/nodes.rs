//! The node list: what the cluster is to consist of, and the pods that run there already. kubectl cannot do that: nodes
//! are there because their kubelets register them, and no list says that there are no others.

use super::listed;
use crate::api::merge::last_applied;
use crate::api::{Condition, EcoVec, NodeStatus, Object, ObjectKey, Pod, Time, set_namespace};
use crate::cluster::{ApiError, Propagation, World, Write};
use crate::kubectl::verbs::apply::{Manifest, apply, make_revisions, set_kubelet};
use crate::kubectl::{Client, Deed, Done, DryRun};
use crate::kubelet::{NodeNumbers, restated};
use serde_json::Value;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What makes a cluster consist of these nodes and pods.
pub fn plan(world: &World, now: Time, objects: &[Object]) -> (Vec<Done>, Vec<Write>) {
    let mut client = Client::new(world, now);
    set(&mut client, objects);
    let (writes, done) = client.into_parts();
    (done, writes)
}

/// Brings the cluster to what the list says: nodes and what is on them are applied, other nodes are deleted.
pub fn set(client: &mut Client, objects: &[Object]) {
    let mut numbers = NodeNumbers::of(client.world());
    for object in objects {
        match object {
            Object::Node(_) => set_node(client, &complete_node(object), &mut numbers),
            object => set_pod(client, object),
        }
    }
    let listed = |name: &str| objects.iter().any(|object| object.key() == ObjectKey::node(name));
    let nodes = client.world().nodes().map(|node| node.metadata.name.clone());
    let gone: Vec<_> = nodes.filter(|name| !listed(name)).collect();
    for name in gone {
        remove(client, &ObjectKey::node(&name), None);
    }
    let keys: BTreeSet<ObjectKey> = objects.iter().map(listed::key).collect();
    // What is being deleted goes by itself, in its own time.
    let is_to_go = |pod: &&Rc<Pod>| listed::is_marked(&pod.metadata) && !pod.metadata.is_terminating();
    let pods = client.world().pods().filter(is_to_go);
    let of_earlier_lists: Vec<ObjectKey> = pods.map(listed::key_of).collect();
    for key in of_earlier_lists.iter().filter(|key| !keys.contains(key)) {
        forget_manifest(client, key);
        remove(client, key, Some(0));
    }
    // What may be refused was noted with the pods.
    let _ = make_revisions(client);
}

/// Lets nodes join those that there are.
pub fn add(client: &mut Client, nodes: &[Object]) {
    let mut numbers = NodeNumbers::of(client.world());
    nodes.iter().for_each(|node| set_node(client, &complete_node(node), &mut numbers));
}

/// Applies an object of the list. A refusal is noted.
fn apply_listed(client: &mut Client, object: &Object) {
    let mut object = object.clone();
    set_namespace(&mut object);
    let (value, key) = (object.to_json(), object.key());
    let noted = client.done().len();
    let managed_fields = matches!(object, Object::Pod(_)).then(listed::managed_fields);
    let manifest = Manifest { value: &value, object, key: &key, managed_fields };
    let applied = apply(client, &manifest, DryRun::None);
    if let (Err(error), true) = (applied, client.done().len() == noted) {
        client.note(&key, Deed::Refused(error));
    }
}

/// A node as it is to be. The list stands for the kubelet's report, too: what it says a node has is in its status.
fn set_node(client: &mut Client, listed: &Object, numbers: &mut NodeNumbers) {
    let key = listed.key();
    let (was, before) = (client.get(&key).ok(), client.done().len());
    let stated = was.as_ref().map(|was| stated_before(&was.to_json()));
    apply_listed(client, listed);
    let (Object::Node(listed), Ok(Object::Node(mut node))) = (listed, client.get(&key)) else {
        return;
    };
    let conditions = match &stated {
        Some(stated) => restated(&node, stated, &listed.status.conditions, client.now()),
        None => node.status.conditions.clone(),
    };
    let ready = node.ready().map(str::to_owned);
    Rc::make_mut(&mut node).status = NodeStatus { conditions, ..listed.status.clone() };
    numbers.give(Rc::make_mut(&mut node), was.as_ref().and_then(Object::as_node).map(|node| &**node));
    if node.ready() != ready.as_deref()
        && let Err(error) = set_kubelet(client, &Object::Node(Rc::clone(&node)))
    {
        client.note(&key, Deed::Refused(error));
    }
    let deed = match client.try_write(Write::UpdateStatus(Object::Node(node)), DryRun::None) {
        Ok(Some(_)) if was.is_some() => Deed::Configured,
        Ok(_) => return,
        Err(error) => Deed::Refused(error),
    };
    client.note_better(before, deed);
}

/// What the list that was applied last stated of a node's conditions.
fn stated_before(live: &Value) -> EcoVec<Condition> {
    match Object::from_json(last_applied(live)) {
        Ok(Object::Node(node)) => node.status.conditions.clone(),
        _ => EcoVec::new(),
    }
}

/// A pod that runs there already, with the namespace and the priority class that it needs: what cannot be changed in
/// a pod takes a new one.
fn set_pod(client: &mut Client, listed: &Object) {
    let mut listed = listed.clone();
    set_namespace(&mut listed);
    for missing in listed::needed_by(client.world(), &listed) {
        // A refusal is noted.
        let _ = client.write(missing.key(), Write::Create(missing), Deed::Created, DryRun::None);
    }
    let key = listed.key();
    let is_there = client.get(&key).is_ok();
    apply_listed(client, &listed);
    let is_refused =
        matches!(client.done().last(), Some(Done { deed: Deed::Refused(ApiError::Invalid(..)), .. }));
    if is_there && is_refused {
        // The API server refuses another pod of this name only if it is not right in itself.
        let mut fork = client.without_latest();
        remove(&mut fork, &key, Some(0));
        apply_listed(&mut fork, &listed);
        if fork.done().iter().all(|done| !matches!(done.deed, Deed::Refused(_))) {
            *client = fork;
        }
    } else if is_there || is_refused {
        return;
    }
    report_pod(client, &key, &listed);
}

/// The API server takes no status from who creates a pod, but these pods have been running already.
fn report_pod(client: &mut Client, key: &ObjectKey, listed: &Object) {
    let (Object::Pod(listed), Ok(Object::Pod(mut pod))) = (listed, client.get(key)) else { return };
    if listed.status.phase.is_empty() {
        return;
    }
    Rc::make_mut(&mut pod).status = listed.status.clone();
    if let Err(error) = client.try_write(Write::UpdateStatus(Object::Pod(pod)), DryRun::None) {
        client.note(key, Deed::Refused(error));
    }
}

/// A static pod that is no longer listed has no manifest on its node either: its kubelet does not make it again.
fn forget_manifest(client: &mut Client, key: &ObjectKey) {
    const MIRROR: &str = "kubernetes.io/config.mirror";
    let Ok(Object::Pod(mut pod)) = client.get(key) else { return };
    if pod.metadata.annotations.contains_key(MIRROR) {
        let metadata = &mut Rc::make_mut(&mut pod).metadata;
        metadata.annotations.remove(MIRROR);
        metadata.resource_version.clear();
        // It goes all the same.
        let _ = client.try_write(Write::Update(Object::Pod(pod)), DryRun::None);
    }
}

fn remove(client: &mut Client, key: &ObjectKey, grace_seconds: Option<i64>) {
    // A refusal is noted.
    let _ = client.delete(key, grace_seconds, Propagation::Background, DryRun::None);
}

/// A node as its kubelet registers it: what the list does not say is filled in.
pub fn complete_node(object: &Object) -> Object {
    let Object::Node(node) = object else { return object.clone() };
    let mut node = Rc::clone(node);
    let new = Rc::make_mut(&mut node);
    let name = new.metadata.name.clone();
    for (label, value) in [
        ("kubernetes.io/hostname", name.as_str()),
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
    ] {
        new.metadata.labels.entry(label.into()).or_insert_with(|| value.into());
    }
    for (resource, amount) in [("cpu", "4"), ("memory", "8Gi"), ("pods", "110")] {
        let amount = crate::api::Quantity::parse(amount).unwrap_or_default();
        let given = new.status.allocatable.get(resource).cloned().unwrap_or(amount);
        new.status.capacity.entry(resource.into()).or_insert(given);
    }
    for (resource, amount) in &new.status.capacity {
        new.status.allocatable.entry(resource.clone()).or_insert_with(|| amount.clone());
    }
    Object::Node(node)
}
