//! The node list: what the cluster is to consist of, and the pods that run there already. kubectl cannot do that: nodes
//! are there because their kubelets register them, and no list says that there are no others.

use super::listed;
use crate::api::merge::last_applied;
use crate::api::{
    EcoString, EcoVec, Kind, Node, NodeStatus, Object, ObjectKey, Taint, Time, set_namespace, sort,
};
use crate::cluster::{ApiError, Change, Propagation, World, Write, is_kubernetes_service};
use crate::kubectl::verbs::apply::{ToApply, apply, make_revisions, set_kubelet};
use crate::kubectl::verbs::version::VERSION;
use crate::kubectl::{Client, Deed, DoneTo, DryRun};
use crate::kubelet::{NodeNumbers, restated};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What brings some more nodes and pods of a list into a cluster, which had `before` when the list was begun; `numbers`
/// are those of the whole list.
pub fn plan(
    world: &World,
    before: &World,
    now: Time,
    objects: &[Object],
    numbers: &mut NodeNumbers,
) -> (Vec<(Write, Change)>, Vec<DoneTo>) {
    let mut client = Client::new(world, now);
    bring(&mut client, before, objects, numbers);
    client.into_changes()
}

/// What is written once all of a list is there: the revisions that its pods are of.
pub fn plan_revisions(world: &World, now: Time) -> Vec<(Write, Change)> {
    let mut client = Client::new(world, now);
    // What may be refused was noted with the pods.
    let _ = make_revisions(&mut client);
    client.into_changes().0
}

/// Brings the cluster to what the list says: what is in it is applied, other nodes and what was in an earlier list are
/// deleted.
pub fn set(client: &mut Client, objects: &[Object]) {
    let before = client.world().clone();
    bring(client, &before, objects, &mut NodeNumbers::default());
    let keys: BTreeSet<ObjectKey> = sort::set(objects.iter().map(listed::key));
    let nodes = client.world().nodes().map(|node| ObjectKey::node(&node.metadata.name));
    let gone: Vec<_> = nodes.filter(|key| !keys.contains(key)).collect();
    for key in gone {
        remove(client, &key, None);
    }
    // What is being deleted goes by itself, in its own time.
    let is_to_go = |object: &Object| {
        listed::is_marked(object.metadata())
            && !object.metadata().is_terminating()
            && !keys.contains(&object.key())
    };
    let gone: Vec<Object> = client.world().objects().filter(is_to_go).collect();
    for object in gone {
        let is_pod = object.as_pod().is_some();
        if is_pod {
            forget_manifest(client, &object.key());
        }
        remove(client, &object.key(), is_pod.then_some(0));
    }
    // What may be refused was noted with the pods.
    let _ = make_revisions(client);
}

/// Applies what is listed.
fn bring(client: &mut Client, before: &World, objects: &[Object], numbers: &mut NodeNumbers) {
    for object in objects {
        match object {
            Object::Node(_) => set_node(client, &complete_node(object), numbers),
            object => set_object(client, before, object),
        }
    }
}

/// Lets nodes join those that there are.
pub fn add(client: &mut Client, nodes: &[Object]) {
    let mut numbers = NodeNumbers::default();
    nodes.iter().for_each(|node| set_node(client, &complete_node(node), &mut numbers));
}

/// Kinds whose status tells what somebody else had counted, or given, when they were taken.
const COUNTED: [&str; 5] = ["DaemonSet", "Deployment", "ReplicaSet", "PodDisruptionBudget", "Service"];

/// Brings in objects as they stood in another cluster, each with its status. A refusal is noted.
pub fn restore(client: &mut Client, objects: &[Object]) {
    for object in objects {
        let mut object = object.clone();
        set_namespace(&mut object);
        for missing in listed::needed_by(client.world(), &object) {
            // A refusal is noted.
            let _ = client.write(missing.key(), Write::Create(missing), Deed::Created, DryRun::None);
        }
        let (value, key) = (object.to_json(), object.key());
        let address = |service: &Value| service["spec"]["clusterIP"].clone();
        let own = client.get(&key).ok().filter(|_| is_kubernetes_service(&key));
        if own.is_some_and(|own| address(&own.to_json()) != address(&value)) {
            // Every cluster has its own, and an address cannot be changed: theirs comes in the place of ours.
            let _ = client.try_write(Write::delete(key.clone()), DryRun::None);
        }
        let counted = COUNTED.contains(&key.kind.name()).then(|| value.clone());
        let manifest =
            ToApply { object: &object, key: &key, managed_fields: None, taints: None, keeps_uid: true };
        if apply_or_note(client, value, &manifest)
            && let Some(listed) = counted
        {
            report_status(client, &key, &listed);
        }
    }
    // What may be refused was noted with the pods.
    let _ = make_revisions(client);
}

/// The API server takes no status from who creates an object, but its controller has counted already.
fn report_status(client: &mut Client, key: &ObjectKey, listed: &Value) {
    let (Some(status), Ok(live)) = (listed.get("status"), client.get(key)) else { return };
    let mut value = live.to_json();
    value["status"] = status.clone();
    // The generation begins anew with the object; what had not been seen of it has not been seen here.
    if let Some(seen) = status["observedGeneration"].as_i64() {
        let unseen = (listed["metadata"]["generation"].as_i64().unwrap_or(seen) - seen).max(0);
        let own = value["metadata"]["generation"].as_i64().unwrap_or_default();
        value["status"]["observedGeneration"] = (own - unseen).max(0).into();
    }
    let Ok(reported) = Object::from_json(value) else { return };
    if let Err(error) = client.try_write(Write::UpdateStatus(reported), DryRun::None) {
        client.note(key, Deed::Refused(error));
    }
}

/// Applies an object of the list. A refusal is noted.
fn apply_listed(client: &mut Client, object: &Object, taints: Option<Vec<Taint>>) {
    let mut object = object.clone();
    set_namespace(&mut object);
    let (value, key) = (object.to_json(), object.key());
    // Nodes are all of the list.
    let managed_fields = (key.kind != Kind::Node).then(listed::managed_fields);
    apply_or_note(
        client,
        value,
        &ToApply { object: &object, key: &key, managed_fields, taints, keeps_uid: false },
    );
}

/// Applies something. A refusal is noted, unless what was refused is noted already. Whether it was not refused.
fn apply_or_note(client: &mut Client, written: Value, manifest: &ToApply<'_>) -> bool {
    let noted = client.done().len();
    let applied = apply(client, written, manifest, DryRun::None);
    let Err(error) = applied else { return true };
    if client.done().len() == noted {
        client.note(manifest.key, Deed::Refused(error));
    }
    false
}

/// A node as it is to be. The list stands for the kubelet's report, too: what it says a node has is in its status.
fn set_node(client: &mut Client, listed: &Object, numbers: &mut NodeNumbers) {
    let key = listed.key();
    let (was, before) = (client.get(&key).ok(), client.done().len());
    let last = was.as_ref().and_then(|was| listed_before(&was.to_json()));
    let stated =
        was.is_some().then(|| last.as_ref().map_or_else(EcoVec::new, |last| last.status.conditions.clone()));
    let Object::Node(listed) = listed else { return };
    let own = without_controllers(listed);
    let taints = match &was {
        Some(Object::Node(live)) => taints(&own, live, last.as_deref()),
        _ => Some(listed.spec.taints.to_vec()),
    };
    apply_listed(client, &Object::Node(own), taints);
    let Ok(Object::Node(mut node)) = client.get(&key) else { return };
    let conditions = match &stated {
        Some(stated) => restated(&node, stated, &listed.status.conditions, client.now()),
        None => node.status.conditions.clone(),
    };
    let ready = node.ready().map(str::to_owned);
    Rc::make_mut(&mut node).status = NodeStatus { conditions, ..listed.status.clone() };
    numbers.give(
        client.world(),
        Rc::make_mut(&mut node),
        was.as_ref().and_then(Object::as_node).map(|node| &**node),
    );
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

/// What the list that was applied last said of a node.
fn listed_before(live: &Value) -> Option<Rc<Node>> {
    match Object::from_json(last_applied(live)) {
        Ok(Object::Node(node)) => Some(node),
        _ => None,
    }
}

/// A listed node without the taints that follow from its conditions and its cordon: those are the controller's.
fn without_controllers(listed: &Rc<Node>) -> Rc<Node> {
    let mut node = Rc::clone(listed);
    if node.spec.taints.iter().any(Taint::is_of_node_lifecycle) {
        Rc::make_mut(&mut node).spec.taints.retain(|taint| !taint.is_of_node_lifecycle());
    }
    node
}

/// The taints that a node is to have, those of the controller among them; none where the list says nothing of taints
/// and never did.
fn taints(listed: &Node, live: &Node, last: Option<&Node>) -> Option<Vec<Taint>> {
    let own = |node: &Node| node.spec.taints.iter().any(|taint| !taint.is_of_node_lifecycle());
    if !own(listed) && !last.is_some_and(own) {
        return None;
    }
    let mut wanted: Vec<Taint> = listed.spec.taints.to_vec();
    let mut taints = Vec::new();
    for have in &live.spec.taints {
        if have.is_of_node_lifecycle() {
            taints.push(have.clone());
        } else if let Some(place) = wanted.iter().position(|taint| taint.is_same(have)) {
            let taint = wanted.remove(place);
            let time_added = taint.time_added.or(have.time_added.filter(|_| taint.value == have.value));
            taints.push(Taint { time_added, ..taint });
        }
    }
    taints.extend(wanted);
    Some(taints)
}

/// An object that is there already, with what it must have found when it was made. What
/// cannot be changed in a pod takes a new one.
fn set_object(client: &mut Client, before: &World, listed: &Object) {
    let mut listed = listed.clone();
    set_namespace(&mut listed);
    let key = listed.key();
    if key.name.is_empty() {
        let prefix = &listed.metadata().generate_name;
        let why = format!("from {prefix}: cannot use generate name with apply");
        return client.note(&key, Deed::Refused(ApiError::BadRequest(why)));
    }
    let is_there = client.get(&key).is_ok();
    if !is_there && is_ending(before, client.world(), &listed) == Some(false) {
        return client.note(&key, Deed::Unchanged);
    }
    for missing in listed::needed_by(client.world(), &listed) {
        // A refusal is noted.
        let _ = client.write(missing.key(), Write::Create(missing), Deed::Created, DryRun::None);
    }
    apply_listed(client, &listed, None);
    let is_refused =
        matches!(client.done().last(), Some(DoneTo { deed: Deed::Refused(ApiError::Invalid(..)), .. }));
    if is_there && is_refused && key.kind == Kind::Pod {
        // The API server refuses another pod of this name only if it is not right in itself.
        let mut fork = client.without_latest();
        remove(&mut fork, &key, Some(0));
        apply_listed(&mut fork, &listed, None);
        if fork.done().iter().all(|done| !matches!(done.deed, Deed::Refused(_))) {
            *client = fork;
        }
    } else if is_there || is_refused {
        return;
    }
    report_pod(client, &key, &listed);
    end_pod(client, &key, &listed);
}

/// Whether a listed pod that is not in the cluster is being deleted, none if nothing is said of that: it is, if
/// something holds it or its node is new, too; else it has ended meanwhile.
fn is_ending(before: &World, world: &World, listed: &Object) -> Option<bool> {
    let pod = listed.as_pod().filter(|pod| pod.metadata.is_terminating())?;
    let node = pod.node().unwrap_or_default();
    let is_silent = || world.node(node).is_some_and(|node| node.ready() == Some("Unknown"));
    Some(!pod.metadata.finalizers.is_empty() || before.node(node).is_none() || is_silent())
}

/// A pod that is being deleted in the list is deleted here, too: its kubelet stops it, if it can.
fn end_pod(client: &mut Client, key: &ObjectKey, listed: &Object) {
    let metadata = listed.metadata();
    if key.kind != Kind::Pod || !metadata.is_terminating() {
        return;
    }
    let delete = Write::Delete {
        key: key.clone(),
        grace_seconds: metadata.deletion_grace_period_seconds,
        propagation: Propagation::Background,
    };
    if let Err(error) = client.try_write(delete, DryRun::None) {
        client.note(key, Deed::Refused(error));
    }
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

/// How long the value of a label may be, in bytes.
const LONGEST_HOST: usize = 63;

/// A node as its kubelet registers it: what the list does not say is filled in.
pub fn complete_node(object: &Object) -> Object {
    let Object::Node(node) = object else { return object.clone() };
    let mut node = Rc::clone(node);
    let new = Rc::make_mut(&mut node);
    let name = new.metadata.name.clone();
    let info = |field: &str| {
        let info = new.status.rest.get("nodeInfo").and_then(|info| info.get(field)).and_then(Value::as_str);
        info.filter(|text| !text.is_empty()).map(EcoString::from)
    };
    let known = |field: &str, label: &str, otherwise: &str| {
        let labelled = || new.metadata.labels.get(label).cloned();
        info(field).or_else(labelled).unwrap_or_else(|| otherwise.into())
    };
    let os = known("operatingSystem", "kubernetes.io/os", "linux");
    let arch = known("architecture", "kubernetes.io/arch", "amd64");
    // What `kubectl get nodes` prints as VERSION.
    let version = info("kubeletVersion").unwrap_or_else(|| VERSION.into());
    let all = [("kubeletVersion", &version), ("operatingSystem", &os), ("architecture", &arch)];
    // A dump says all of it, of thousands of nodes.
    if all.iter().any(|(field, _)| info(field).is_none()) {
        let told = new.status.rest.get("nodeInfo").filter(|told| told.is_object());
        let mut told = told.cloned().unwrap_or_else(|| json!({}));
        for (field, value) in all {
            told[field] = value.as_str().into();
        }
        new.status.rest.set("nodeInfo", told);
    }
    // A host's name is shorter than a node's may be: one that is too long for a label is none.
    let host = (name.len() <= LONGEST_HOST).then_some(name);
    for (label, value) in
        [("kubernetes.io/hostname", host), ("kubernetes.io/os", Some(os)), ("kubernetes.io/arch", Some(arch))]
    {
        if let Some(value) = value {
            new.metadata.labels.insert_missing(label, value);
        }
    }
    for (resource, amount) in [("cpu", "4"), ("memory", "8Gi"), ("pods", "110")] {
        let amount = crate::api::Quantity::parse(amount).unwrap_or_default();
        let given = new.status.allocatable.get(resource).cloned().unwrap_or(amount);
        new.status.capacity.insert_missing(resource, given);
    }
    for (resource, amount) in &new.status.capacity {
        new.status.allocatable.insert_missing(resource, amount.clone());
    }
    Object::Node(node)
}
