//! Removes pods whose node is gone, and those that are being deleted where an administrator says that the node is out of
//! service. Upstream: `pkg/controller/podgc/gc_controller.go` (`gcOrphaned`, `gcTerminating`). Those that are being deleted
//! and are bound to no node are gone here at once.

use crate::api::{Condition, FAILED, Kind, Millis, Node, Object, ObjectKey, Pod, Time, well_known_taints};
use crate::cluster::{Actor, Change, Component, Cx, Propagation, Reconciled, Wakes, WorkKey, World, Write};
use std::rc::Rc;

/// How long a node must be gone before its pods are removed (`quarantineTime`).
const QUARANTINE: Millis = Millis::seconds(40);

/// How often it looks for pods on nodes that are out of service (`gcCheckPeriod`).
const PERIOD: Millis = Millis::seconds(20);

/// The pod garbage collector.
pub struct PodGarbageCollector;

/// Which pods of a node were removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodGarbageTrace {
    /// The node.
    pub node: ObjectKey,
    /// Whether it is gone; otherwise it is out of service.
    pub is_gone: bool,
    /// Removed pods.
    pub removed: Vec<ObjectKey>,
}

impl Component for PodGarbageCollector {
    type State = ();
    type Trace = PodGarbageTrace;
    const ACTOR: Actor = Actor::PodGarbageCollector;
    const LAG: Millis = Millis(100);

    fn observe(world: &World, change: &Change, _now: Time, _state: &mut (), wakes: &mut Wakes) {
        match (&change.kind(), &change.after) {
            (Kind::Node, None) => wakes.after(WorkKey::Object(change.key()), QUARANTINE),
            (Kind::Node, Some(Object::Node(node))) if is_out_of_service(node) => {
                wakes.after(WorkKey::Object(change.key()), PERIOD);
            }
            (Kind::Pod, Some(Object::Pod(pod))) => {
                let Some(node) = pod.node() else { return };
                let key = WorkKey::Object(ObjectKey::node(node));
                match world.node(node) {
                    None => wakes.after(key, QUARANTINE),
                    Some(node) if begins_to_end(change) && is_out_of_service(node) => {
                        wakes.after(key, PERIOD);
                    }
                    Some(_) => {}
                }
            }
            _ => {}
        }
    }

    fn reconcile(cx: &Cx<'_>, _state: &mut (), key: &WorkKey) -> Reconciled<PodGarbageTrace> {
        let WorkKey::Object(node) = key else {
            let trace = PodGarbageTrace { node: ObjectKey::node(""), is_gone: true, removed: Vec::new() };
            return Reconciled { writes: Vec::new(), requeue_after: None, trace };
        };
        let mut writes = Vec::new();
        let mut removed = Vec::new();
        let known = cx.world.node(&node.name);
        let is_gone = known.is_none();
        if known.is_none_or(|node| is_out_of_service(node)) {
            let is_meant =
                |pod: &&Rc<Pod>| pod.node().is_some() && (is_gone || pod.metadata.is_terminating());
            for pod in cx.world.pods_on(&node.name).filter(is_meant) {
                let key = pod.key();
                if !pod.is_finished() {
                    writes.push(Write::UpdateStatus(Object::Pod(failed(pod, is_gone, cx.now))));
                }
                let propagation = Propagation::Background;
                writes.push(Write::Delete { key: key.clone(), grace_seconds: Some(0), propagation });
                removed.push(key);
            }
        }
        let trace = PodGarbageTrace { node: node.clone(), is_gone, removed };
        Reconciled { writes, requeue_after: None, trace }
    }
}

/// Whether an object is being deleted from now on.
fn begins_to_end(change: &Change) -> bool {
    let is =
        |object: &Option<Object>| object.as_ref().is_some_and(|object| object.metadata().is_terminating());
    is(&change.after) && !is(&change.before)
}

/// Whether a node is not ready and has the taint with which an administrator says that it will not come back.
fn is_out_of_service(node: &Node) -> bool {
    let is_tainted = node.spec.taints.iter().any(|taint| taint.key == well_known_taints::OUT_OF_SERVICE);
    is_tainted && node.ready() != Some("True")
}

/// The pod as Failed, with the reason that it is disrupted where its node is gone.
fn failed(pod: &Rc<Pod>, is_gone: bool, now: Time) -> Rc<Pod> {
    let mut pod = Rc::clone(pod);
    let new = Rc::make_mut(&mut pod);
    new.status.phase = FAILED.into();
    new.status.observed_generation = new.metadata.generation;
    if is_gone {
        let condition =
            Condition::new("DisruptionTarget", "True", "DeletionByPodGC", "PodGC: node no longer exists");
        new.set_condition(condition, now);
    }
    pod
}
