//! Evicts pods from nodes with NoExecute taints that they do not tolerate, or no longer. Upstream:
//! `pkg/controller/tainteviction/taint_eviction.go`.

use crate::api::{
    Condition, Kind, Millis, NO_EXECUTE, Object, ObjectKey, Pod, Taint, Time, Toleration, set_condition,
};
use crate::cluster::{Actor, Change, Component, Cx, EventType, Map, Outcome, Wakes, WorkKey, World, Write};
use std::rc::Rc;

/// The taint eviction controller.
pub struct TaintEviction;

/// What NoExecute taints mean for a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Eviction {
    /// It may stay.
    Never,
    /// It has to go.
    Now,
    /// It may stay for so many seconds.
    After(i64),
}

/// What a pod's tolerations make of the NoExecute taints of its node: for each taint the first toleration that matches
/// counts, and of these the shortest time (`getMinTolerationTime`).
pub fn judge(taints: &[Taint], tolerations: &[Toleration]) -> Eviction {
    let mut shortest: Option<i64> = None;
    for taint in taints.iter().filter(|taint| taint.effect == NO_EXECUTE) {
        let Some(used) = tolerations.iter().find(|toleration| toleration.tolerates(taint)) else {
            return Eviction::Now;
        };
        if let Some(seconds) = used.toleration_seconds {
            shortest = Some(shortest.map_or(seconds, |known| known.min(seconds)));
        }
    }
    match shortest {
        None => Eviction::Never,
        Some(seconds) if seconds <= 0 => Eviction::Now,
        Some(seconds) => Eviction::After(seconds),
    }
}

/// When a pod is to be evicted, given when it was to be before. A pending eviction is not moved by a change that still
/// lets the pod stay for some time (`processPodOnNode`).
pub fn schedule(
    pending: Option<Time>,
    taints: &[Taint],
    tolerations: &[Toleration],
    now: Time,
) -> Option<Time> {
    match judge(taints, tolerations) {
        Eviction::Never => None,
        // Seconds of 0 in a toleration do not move a pending eviction either; an untolerated taint does.
        Eviction::Now if pending.is_some() && all_tolerated(taints, tolerations) => pending,
        Eviction::Now => Some(now),
        Eviction::After(seconds) => pending.or(Some(now + Millis::seconds(seconds))),
    }
}

fn all_tolerated(taints: &[Taint], tolerations: &[Toleration]) -> bool {
    crate::api::untolerated(taints, tolerations, &[NO_EXECUTE]).is_none()
}

/// Pods with a pending eviction, and when.
pub type Pending = Map<ObjectKey, Time>;

/// What the controller did about one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvictionTrace {
    /// The pod.
    pub pod: ObjectKey,
    /// The NoExecute taints of its node.
    pub taints: Vec<Taint>,
    /// What was done.
    pub deed: EvictionDeed,
}

/// What the controller did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvictionDeed {
    /// The pod was evicted.
    Evicted,
    /// The pod may stay until then.
    Waits(Time),
    /// A pending eviction was called off.
    Cancelled,
    /// There was nothing to do.
    Nothing,
}

impl Component for TaintEviction {
    type State = Pending;
    type Trace = EvictionTrace;
    const ACTOR: Actor = Actor::TaintEviction;
    const LAG: Millis = Millis(100);

    fn observe(world: &World, change: &Change, _now: Time, state: &mut Pending, wakes: &mut Wakes) {
        match (&change.key.kind, &change.before, &change.after) {
            (Kind::Node, before, Some(Object::Node(node))) => {
                let of = |taints: &[Taint]| -> Vec<Taint> {
                    taints.iter().filter(|taint| taint.effect == NO_EXECUTE).cloned().collect()
                };
                let now = of(&node.spec.taints);
                let was = before
                    .as_ref()
                    .and_then(Object::as_node)
                    .map(|node| of(&node.spec.taints))
                    .unwrap_or_default();
                if now == was {
                    return;
                }
                for pod in world.pods_on(&node.metadata.name).filter(|pod| pod.node().is_some()) {
                    wake_for(pod, &now, state, wakes);
                }
            }
            (Kind::Pod, before, Some(Object::Pod(pod))) => {
                let was_there = before.as_ref().and_then(Object::as_pod).is_some_and(|before| {
                    before.node() == pod.node() && before.spec.tolerations == pod.spec.tolerations
                });
                if let Some(node) = pod.node().and_then(|name| world.node(name)).filter(|_| !was_there) {
                    wake_for(pod, &node.spec.taints, state, wakes);
                }
            }
            (Kind::Pod, _, None) => drop(state.remove(&change.key)),
            _ => {}
        }
    }

    fn reconcile(cx: &Cx<'_>, state: &mut Pending, key: &WorkKey) -> Outcome<EvictionTrace> {
        let WorkKey::Object(key) = key else { return nothing(ObjectKey::node("")) };
        let Some(Object::Pod(pod)) = cx.world.get(key) else { return nothing(key.clone()) };
        let Some(node) = pod.node().and_then(|name| cx.world.node(name)) else { return nothing(key.clone()) };
        let taints: Vec<Taint> =
            node.spec.taints.iter().filter(|taint| taint.effect == NO_EXECUTE).cloned().collect();
        let pending = state.get(key).copied();
        let at = schedule(pending, &taints, &pod.spec.tolerations, cx.now);
        let mut writes = Vec::new();
        let name = format!("{}/{}", key.namespace, key.name);
        let (deed, requeue_after) = match at {
            _ if pod.metadata.is_terminating() => (EvictionDeed::Nothing, None),
            None => {
                let cancelled = state.remove(key).is_some();
                if cancelled {
                    writes.push(event(key, format!("Cancelling deletion of Pod {name}")));
                }
                (if cancelled { EvictionDeed::Cancelled } else { EvictionDeed::Nothing }, None)
            }
            Some(at) if at <= cx.now => {
                state.remove(key);
                writes.push(event(key, format!("Marking for deletion Pod {name}")));
                writes.push(Write::UpdateStatus(Object::Pod(disrupted(&pod, cx.now))));
                writes.push(Write::delete(key.clone()));
                (EvictionDeed::Evicted, None)
            }
            Some(at) => {
                state.insert(key.clone(), at);
                (EvictionDeed::Waits(at), Some(at - cx.now))
            }
        };
        Outcome { writes, requeue_after, trace: EvictionTrace { pod: key.clone(), taints, deed } }
    }
}

fn nothing(pod: ObjectKey) -> Outcome<EvictionTrace> {
    let trace = EvictionTrace { pod, taints: Vec::new(), deed: EvictionDeed::Nothing };
    Outcome { writes: Vec::new(), requeue_after: None, trace }
}

/// Looks at a pod for which the taints may mean something.
fn wake_for(pod: &Pod, taints: &[Taint], state: &Pending, wakes: &mut Wakes) {
    let key = ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name);
    if state.contains_key(&key) || judge(taints, &pod.spec.tolerations) != Eviction::Never {
        wakes.now(WorkKey::Object(key));
    }
}

fn disrupted(pod: &Rc<Pod>, now: Time) -> Rc<Pod> {
    let mut pod = Rc::clone(pod);
    let condition = Condition::new(
        "DisruptionTarget",
        "True",
        "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint",
    );
    set_condition(&mut Rc::make_mut(&mut pod).status.conditions, condition, now);
    pod
}

fn event(about: &ObjectKey, message: String) -> Write {
    let component = "taint-eviction-controller".into();
    Write::Event {
        about: about.clone(),
        type_: EventType::Normal,
        reason: "TaintManagerEviction",
        message,
        component,
    }
}
