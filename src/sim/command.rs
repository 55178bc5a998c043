//! What the user can do to the cluster. A command is planned against the cluster as it is and becomes writes of
//! one step of the actor `you`.

use super::{apply, listed};
use crate::api::{Condition, EcoVec, NodeStatus, Object, ObjectKey, PodStatus, Taint, Time, set_namespace};
use crate::cluster::{
    ApiError, Change, Propagation, World, Write, decode, lease_key, silent_since, stopped_lease,
};
use crate::controllers::daemonset::history;
use crate::kubelet::{Fault, Stage, register, restated};
use serde_json::Value;
use std::collections::BTreeSet;
use std::rc::Rc;

/// A command.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// `kubectl apply -f manifest.yaml`.
    Apply {
        /// The manifest's objects.
        objects: Vec<Object>,
    },
    /// The node list as it is to be: nodes and what is on them are applied, other nodes are deleted.
    SetNodes {
        /// Nodes, and pods that were there before.
        objects: Vec<Object>,
    },
    /// Nodes that join the others.
    AddNodes {
        /// The nodes.
        nodes: Vec<Object>,
    },
    /// `kubectl delete`.
    Delete {
        /// What.
        key: ObjectKey,
        /// `--cascade`.
        propagation: Propagation,
    },
    /// `kubectl label`; no value removes the label.
    Label {
        /// What.
        key: ObjectKey,
        /// The label.
        label: String,
        /// Its value.
        value: Option<String>,
    },
    /// `kubectl taint node`.
    Taint {
        /// The node.
        node: String,
        /// To be added, or to replace one with the same key and effect.
        add: Vec<Taint>,
        /// To be removed, by key and effect (an empty effect stands for all).
        remove: Vec<Taint>,
    },
    /// `kubectl cordon` and `kubectl uncordon`.
    Cordon {
        /// The node.
        node: String,
        /// Whether new pods are kept away.
        on: bool,
    },
    /// Switches a node off (its kubelet falls silent) or on again.
    Power {
        /// The node.
        node: String,
        /// Whether it runs.
        on: bool,
    },
    /// `kubectl rollout undo --to-revision`.
    RollBack {
        /// The DaemonSet.
        set: ObjectKey,
        /// The number of the revision whose template comes back.
        to_revision: i64,
    },
    /// Lets the DaemonSet controller take nodes by chance, as upstream does that walks a Go map, or by name again.
    Order {
        /// Whether by chance.
        by_chance: bool,
    },
    /// Makes a running pod fail.
    FailPod {
        /// The pod.
        pod: ObjectKey,
    },
    /// Switches a fault of a pod's containers on or off.
    SetFault {
        /// The pod.
        pod: ObjectKey,
        /// What is wrong with its containers.
        fault: Fault,
        /// Whether it is.
        on: bool,
    },
}

/// A command and what came of it, object by object.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandTrace {
    /// The command.
    pub command: Command,
    /// What came of it.
    pub done: Vec<Done>,
}

/// What came of a command for one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The object.
    pub key: ObjectKey,
    /// What was done.
    pub deed: Deed,
}

/// What was done to an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// It is new.
    Created,
    /// It was changed.
    Configured,
    /// It was as wanted already.
    Unchanged,
    /// It is deleted, or its deletion began.
    Deleted,
    /// It was refused.
    Refused(ApiError),
}

impl CommandTrace {
    /// A trace of a command of which nothing came.
    pub(super) fn of(command: Command) -> Self {
        CommandTrace { command, done: Vec::new() }
    }
}

impl Command {
    /// What would come of the command, and the writes for it. Nothing is written yet: this is also the preview.
    pub fn plan(&self, world: &World, now: Time) -> (CommandTrace, Vec<Write>) {
        let mut plan =
            Plan { world: world.clone(), now, trace: CommandTrace::of(self.clone()), writes: Vec::new() };
        match self {
            Command::Apply { objects } => objects.iter().for_each(|object| plan.apply(object)),
            Command::SetNodes { objects } => plan.set_nodes(objects),
            Command::AddNodes { nodes } => nodes.iter().for_each(|node| plan.apply(&complete_node(node))),
            Command::Delete { key, propagation } => plan.delete(key, *propagation),
            Command::Label { key, label, value } => plan.edit(key, |object| {
                let labels = &mut object.metadata_mut().labels;
                match value {
                    Some(value) => drop(labels.insert(label.clone().into(), value.clone().into())),
                    None => drop(labels.remove(label.as_str())),
                }
            }),
            Command::Taint { node, add, remove } => plan.edit(&ObjectKey::node(node), |object| {
                let Object::Node(node) = object else { return };
                let taints = &mut Rc::make_mut(node).spec.taints;
                let goes = |have: &Taint, gone: &Taint| {
                    have.key == gone.key && (gone.effect.is_empty() || have.effect == gone.effect)
                };
                taints.retain(|have| !remove.iter().any(|gone| goes(have, gone)));
                taints.retain(|have| !add.iter().any(|new| new.is_same(have)));
                taints.extend(add.iter().cloned());
            }),
            Command::Cordon { node, on } => plan.edit(&ObjectKey::node(node), |object| {
                if let Object::Node(node) = object {
                    Rc::make_mut(node).spec.unschedulable = *on;
                }
            }),
            Command::Power { node, on } => plan.power(node, *on),
            Command::RollBack { set, to_revision } => plan.roll_back(set, *to_revision),
            Command::Order { .. } => {}
            Command::FailPod { pod } => plan.edit(pod, |object| {
                let label = Stage::PodContainerRunningFailed.label();
                object.metadata_mut().labels.insert(label.into(), "true".into());
            }),
            Command::SetFault { pod, fault, on } => plan.edit(pod, |object| {
                let value = if *on { "true" } else { "false" };
                object.metadata_mut().labels.insert(fault.label().into(), value.into());
            }),
        }
        (plan.trace, plan.writes)
    }
}

/// Writes of a command, tried on a copy of the cluster as they are planned: each object is looked up in the cluster as
/// the writes before it leave it, and what the API server answers is known.
struct Plan {
    world: World,
    now: Time,
    trace: CommandTrace,
    writes: Vec<Write>,
}

impl Plan {
    fn done(&mut self, key: ObjectKey, deed: Deed) {
        self.trace.done.push(Done { key, deed });
    }

    /// Tries a write. Those that change nothing are left out.
    fn write(&mut self, write: Write) -> Result<Option<Change>, ApiError> {
        let change = self.world.write(write.clone(), self.now)?;
        if change.is_some() {
            self.writes.push(write);
        }
        Ok(change)
    }

    /// Tries a write, and notes what came of it.
    fn try_write(&mut self, key: ObjectKey, write: Write, deed: Deed) {
        match self.write(write) {
            // A generated name is known only now.
            Ok(Some(change)) => self.done(change.key, deed),
            Ok(None) => self.done(key, Deed::Unchanged),
            Err(error) => self.done(key, Deed::Refused(error)),
        }
    }

    fn apply(&mut self, object: &Object) {
        let mut object = object.clone();
        set_namespace(&mut object);
        let is_listed = listed::is_marked(object.metadata());
        wipe_what_a_dump_has(&mut object);
        let key = object.key();
        let manifest = object.to_json();
        let sent = apply::with_annotation(&manifest);
        let live = self.world.get(&key).filter(|_| !key.name.is_empty());
        let json = live.as_ref().map(Object::to_json);
        let (wanted, deed) = match &json {
            None => (sent, Deed::Created),
            Some(live) => (apply::three_way(&apply::last_applied(live), live, &sent), Deed::Configured),
        };
        let mut decoded = decode(wanted);
        if let Some(object) = decoded.as_mut().ok().filter(|_| is_listed) {
            listed::mark(object.metadata_mut());
        }
        match decoded {
            Ok(object) if live.is_some() => self.try_write(key, Write::Update(object), deed),
            Ok(object) => {
                let object = joined(object, self.now);
                self.set_kubelet(&object);
                self.try_write(key, Write::Create(object), deed);
            }
            Err(error) => self.done(key, Deed::Refused(error)),
        }
    }

    /// A node of which nothing is known has a silent kubelet, any other has one that runs.
    fn set_kubelet(&mut self, object: &Object) {
        let Object::Node(node) = object else { return };
        let name = &node.metadata.name;
        let write = match (silent_since(&self.world, name).is_some(), node.ready() == Some("Unknown")) {
            (false, true) => Write::Create(stopped_lease(name, self.now)),
            (true, false) => Write::delete(lease_key(name)),
            _ => return,
        };
        if let Err(error) = self.write(write) {
            self.done(lease_key(name), Deed::Refused(error));
        }
    }

    fn set_nodes(&mut self, objects: &[Object]) {
        for object in objects {
            match object {
                Object::Node(_) => self.set_node(&complete_node(object)),
                object => self.set_pod(object),
            }
        }
        let listed = |name: &str| objects.iter().any(|object| object.key() == ObjectKey::node(name));
        let gone: Vec<_> =
            self.world.nodes().map(|node| node.metadata.name.clone()).filter(|name| !listed(name)).collect();
        for name in gone {
            self.delete(&ObjectKey::node(&name), Propagation::Background);
        }
        let keys: BTreeSet<ObjectKey> = objects.iter().map(listed::key).collect();
        let of_earlier_lists: Vec<ObjectKey> =
            self.world.pods().filter(|pod| listed::is_marked(&pod.metadata)).map(listed::key_of).collect();
        for key in of_earlier_lists.iter().filter(|key| !keys.contains(key)) {
            self.remove(key);
        }
    }

    /// A node as it is to be. The list stands for the kubelet's report, too: what it says a node has is in its status.
    fn set_node(&mut self, listed: &Object) {
        let key = listed.key();
        let (was, before) = (self.world.get(&key), self.trace.done.len());
        let stated = was.as_ref().map(|was| stated_before(&was.to_json()));
        self.apply(listed);
        let (Object::Node(listed), Some(Object::Node(mut node))) = (listed, self.world.get(&key)) else {
            return;
        };
        let conditions = match &stated {
            Some(stated) => restated(&node, stated, &listed.status.conditions, self.now),
            None => node.status.conditions.clone(),
        };
        let ready = node.ready().map(str::to_owned);
        Rc::make_mut(&mut node).status = NodeStatus { conditions, ..listed.status.clone() };
        if node.ready() != ready.as_deref() {
            self.set_kubelet(&Object::Node(Rc::clone(&node)));
        }
        let reported = self.write(Write::UpdateStatus(Object::Node(node)));
        let deed = match reported {
            Ok(Some(_)) if was.is_some() => Deed::Configured,
            Ok(_) => return,
            Err(error) => Deed::Refused(error),
        };
        if let Some(done) = self.trace.done.get_mut(before).filter(|done| done.deed == Deed::Unchanged) {
            done.deed = deed;
        }
    }

    /// A pod that runs there already, with the namespace and the priority class that it needs: what cannot be changed
    /// in a pod takes a new one.
    fn set_pod(&mut self, listed: &Object) {
        let mut listed = listed.clone();
        set_namespace(&mut listed);
        listed::mark(listed.metadata_mut());
        for missing in listed::needed_by(&self.world, &listed) {
            self.try_write(missing.key(), Write::Create(missing), Deed::Created);
        }
        let key = listed.key();
        let is_there = self.world.get(&key).is_some();
        self.apply(&listed);
        let is_refused =
            matches!(self.trace.done.last(), Some(Done { deed: Deed::Refused(ApiError::Invalid(..)), .. }));
        if is_there && is_refused {
            // The API server refuses another pod of this name only if it is not right in itself.
            let mut fork = self.fork();
            fork.remove(&key);
            fork.apply(&listed);
            if fork.trace.done.iter().all(|done| !matches!(done.deed, Deed::Refused(_))) {
                *self = fork;
            }
        } else if is_there || is_refused {
            return;
        }
        self.report_pod(&key, &listed);
    }

    /// The same plan without the latest deed, to try something else.
    fn fork(&self) -> Plan {
        let mut trace = self.trace.clone();
        trace.done.pop();
        Plan { world: self.world.clone(), now: self.now, trace, writes: self.writes.clone() }
    }

    /// The API server takes no status from who creates a pod, but these pods have been running already.
    fn report_pod(&mut self, key: &ObjectKey, listed: &Object) {
        let (Object::Pod(listed), Some(Object::Pod(mut pod))) = (listed, self.world.get(key)) else { return };
        if listed.status.phase.is_empty() {
            return;
        }
        Rc::make_mut(&mut pod).status = listed.status.clone();
        if let Err(error) = self.write(Write::UpdateStatus(Object::Pod(pod))) {
            self.done(key.clone(), Deed::Refused(error));
        }
    }

    /// Takes a pod away at once.
    fn remove(&mut self, key: &ObjectKey) {
        let propagation = Propagation::Background;
        let write = Write::Delete { key: key.clone(), grace_seconds: Some(0), propagation };
        self.try_write(key.clone(), write, Deed::Deleted);
    }

    fn delete(&mut self, key: &ObjectKey, propagation: Propagation) {
        let write = Write::Delete { key: key.clone(), grace_seconds: None, propagation };
        self.try_write(key.clone(), write, Deed::Deleted);
    }

    fn edit(&mut self, key: &ObjectKey, change: impl FnOnce(&mut Object)) {
        let Some(mut object) = self.world.get(key) else {
            return self.done(key.clone(), Deed::Refused(ApiError::NotFound(key.clone())));
        };
        change(&mut object);
        self.try_write(key.clone(), Write::Update(object), Deed::Configured);
    }

    /// Upstream: `kubectl/pkg/polymorphichelpers/rollback.go` (`DaemonSetRollbacker`).
    fn roll_back(&mut self, key: &ObjectKey, to_revision: i64) {
        let Some(Object::DaemonSet(set)) = self.world.get(key) else {
            return self.done(key.clone(), Deed::Refused(ApiError::NotFound(key.clone())));
        };
        match history::template_of(&self.world, &set, to_revision) {
            None => {
                let why = format!("unable to find specified revision {to_revision} in history");
                self.done(key.clone(), Deed::Refused(ApiError::BadRequest(why)));
            }
            Some(template) => self.edit(key, |object| {
                if let Object::DaemonSet(set) = object {
                    Rc::make_mut(set).spec.template = template;
                }
            }),
        }
    }

    fn power(&mut self, node: &str, on: bool) {
        let key = ObjectKey::node(node);
        if self.world.node(node).is_none() {
            return self.done(key.clone(), Deed::Refused(ApiError::NotFound(key)));
        }
        let runs = silent_since(&self.world, node).is_none();
        if runs == on {
            return self.done(key, Deed::Unchanged);
        }
        let write =
            if on { Write::delete(lease_key(node)) } else { Write::Create(stopped_lease(node, self.now)) };
        match self.write(write) {
            Ok(_) => self.done(key, Deed::Configured),
            Err(error) => self.done(key, Deed::Refused(error)),
        }
    }
}

/// Takes away what a cluster wrote into an object's metadata: in a dump of a cluster it stands there, but nobody
/// wishes for it.
fn wipe_what_a_dump_has(object: &mut Object) {
    let metadata = object.metadata_mut();
    metadata.uid.clear();
    metadata.resource_version.clear();
    metadata.generation = 0;
    metadata.creation_timestamp = None;
    metadata.deletion_timestamp = None;
    metadata.deletion_grace_period_seconds = None;
    metadata.rest.set("selfLink", Value::Null);
    metadata.annotations.remove(apply::LAST_APPLIED);
    metadata.rest.set("managedFields", Value::Null);
    if let Object::Pod(pod) = object {
        Rc::make_mut(pod).status = PodStatus::default();
    }
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

/// A new object as it comes to be: a node registers itself.
fn joined(mut object: Object, now: Time) -> Object {
    if let Object::Node(node) = &mut object {
        register(Rc::make_mut(node), now);
    }
    object
}

/// What the list that was applied last stated of a node's conditions.
fn stated_before(live: &Value) -> EcoVec<Condition> {
    match Object::from_json(apply::last_applied(live)) {
        Ok(Object::Node(node)) => node.status.conditions.clone(),
        _ => EcoVec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubelet::KubeletDeed;
    use crate::sim::given::{on_delete, run, settled, until};
    use crate::sim::{SimState, Timeline, Trace};
    use serde_json::json;

    fn node(cpu: &str) -> Object {
        let node = json!({
            "apiVersion": "v1", "kind": "Node", "metadata": { "name": "n" }, "status": { "capacity": { "cpu": cpu } },
        });
        Object::from_json(node).expect("a node")
    }

    fn set_nodes(timeline: &mut Timeline, nodes: &[Object]) -> Vec<Deed> {
        let done = &timeline.act(&Command::SetNodes { objects: nodes.to_vec() }).done;
        done.iter().map(|done| done.deed.clone()).collect()
    }

    #[test]
    fn what_a_kubelet_was_to_do_while_it_was_stopped_it_does_when_it_runs_again() {
        let mut timeline = settled(1, &on_delete());
        let uid = |timeline: &Timeline| timeline.world().pods().next().map(|pod| pod.metadata.uid.clone());
        let first = uid(&timeline);
        let pod = timeline.world().pods().next().expect("a pod");
        let key = ObjectKey::pod("default", &pod.metadata.name);
        timeline.act(&Command::Delete { key, propagation: Propagation::Background });
        let power = |on| Command::Power { node: "n00".into(), on };
        timeline.act(&power(false));
        until(&mut timeline, |timeline| {
            let last = timeline.step(timeline.shown()).map(|step| &step.trace);
            matches!(last, Some(Trace::Kubelet(trace)) if trace.deed == KubeletDeed::Stopped)
        });
        timeline.act(&power(true));
        run(&mut timeline);
        assert_ne!(uid(&timeline), first, "the pod that was being deleted is gone, and replaced");
        assert!(timeline.world().pods().all(|pod| pod.is_ready()));
    }

    #[test]
    fn the_node_list_is_what_the_cluster_comes_to() {
        let mut timeline = Timeline::new(SimState::new(1, Vec::new()).0);
        assert_eq!(set_nodes(&mut timeline, &[node("2")]), [Deed::Created]);
        assert_eq!(set_nodes(&mut timeline, &[node("2")]), [Deed::Unchanged]);
        assert_eq!(set_nodes(&mut timeline, &[node("3")]), [Deed::Configured]);
        let has = timeline.world().node("n").map(|node| node.status.allocatable["cpu"].to_string());
        assert_eq!(has.as_deref(), Some("3"));
        assert_eq!(
            timeline.world().node("n").and_then(|node| node.ready().map(str::to_owned)).as_deref(),
            Some("True")
        );
        assert_eq!(set_nodes(&mut timeline, &[]), [Deed::Deleted]);
        assert_eq!(timeline.world().node_count(), 0);
    }
}
