//! Removes pods whose node is gone. Upstream: `pkg/controller/podgc/gc_controller.go` (`gcOrphaned`,
//! `gcUnscheduledTerminating`).

use crate::api::{Condition, FAILED, Kind, Millis, Object, ObjectKey, Pod, Time};
use crate::cluster::{Actor, Change, Component, Cx, Propagation, Reconciled, Wakes, WorkKey, World, Write};
use std::rc::Rc;

/// How long a node must be gone before its pods are removed (`quarantineTime`).
const QUARANTINE: Millis = Millis::seconds(40);

/// The pod garbage collector.
pub struct PodGarbageCollector;

/// Which pods of a vanished node were removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodGarbageTrace {
    /// The node.
    pub node: ObjectKey,
    /// Removed pods.
    pub removed: Vec<ObjectKey>,
}

impl Component for PodGarbageCollector {
    type State = ();
    type Trace = PodGarbageTrace;
    const ACTOR: Actor = Actor::PodGarbageCollector;
    const LAG: Millis = Millis(100);

    fn observe(world: &World, change: &Change, _now: Time, _state: &mut (), wakes: &mut Wakes) {
        match (&change.key.kind, &change.after) {
            (Kind::Node, None) => wakes.after(WorkKey::Object(change.key.clone()), QUARANTINE),
            (Kind::Pod, Some(Object::Pod(pod))) => {
                if let Some(node) = pod.node().filter(|node| world.node(node).is_none()) {
                    wakes.after(WorkKey::Object(ObjectKey::node(node)), QUARANTINE);
                }
            }
            _ => {}
        }
    }

    fn reconcile(cx: &Cx<'_>, _state: &mut (), key: &WorkKey) -> Reconciled<PodGarbageTrace> {
        let WorkKey::Object(node) = key else {
            let trace = PodGarbageTrace { node: ObjectKey::node(""), removed: Vec::new() };
            return Reconciled { writes: Vec::new(), requeue_after: None, trace };
        };
        let mut writes = Vec::new();
        let mut removed = Vec::new();
        if cx.world.node(&node.name).is_none() {
            for pod in cx.world.pods_on(&node.name).filter(|pod| pod.node().is_some()) {
                let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
                if !pod.is_finished() {
                    writes.push(Write::UpdateStatus(Object::Pod(failed(pod, cx.now))));
                }
                let propagation = Propagation::Background;
                writes.push(Write::Delete { key: key.clone(), grace_seconds: Some(0), propagation });
                removed.push(key);
            }
        }
        Reconciled { writes, requeue_after: None, trace: PodGarbageTrace { node: node.clone(), removed } }
    }
}

/// The pod as Failed, with the reason that it is disrupted.
fn failed(pod: &Rc<Pod>, now: Time) -> Rc<Pod> {
    let mut pod = Rc::clone(pod);
    let new = Rc::make_mut(&mut pod);
    new.status.phase = FAILED.into();
    let condition =
        Condition::new("DisruptionTarget", "True", "DeletionByPodGC", "PodGC: node no longer exists");
    new.set_condition(condition, now);
    pod
}
