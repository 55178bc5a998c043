//! The kubelets: what happens to a bound pod, and to a node that is told to fail.
//!
//! A life is a table of [`stages`](stage::Stage): when it applies, how long it takes, what it writes. Delays and
//! [faults](fault) are set with KWOK's labels and annotations (`pod-create.stage.kwok.x-k8s.io/delay: 10s`, …), so
//! that a scenario means the same there; faults also by the tags of images. A kubelet that was stopped (its Lease is no longer renewed) does nothing.
//!
//! Invariants: a kubelet acts only on pods bound to its node. It has no memory of its own but since when a stage
//! applies, how long a container that ended waits for its next start ([`back_off`]), and which range the node's pods have
//! ([`address`]).

mod address;
mod admission;
mod back_off;
mod containers;
mod duration;
mod fault;
mod image;
mod node;
mod stage;

pub use address::NodeNumbers;
pub use admission::{Rejected, is_taken, rejection};
use back_off::BackOffs;
pub use containers::GATES_NOT_READY;
pub use duration::parse_duration;
pub use fault::Fault;
pub use node::{PRESSURES, pressure_condition, register, restated};
pub use stage::Stage;

use crate::api::{EcoString, Kind, Millis, Object, ObjectKey, Pod, Time};
use crate::cluster::{
    Actor, Change, Component, Cx, EventType, Map, Reconciled, StableHash, Wakes, WorkKey, World, Write,
    lease_key, silent_since,
};
use std::borrow::Cow;
use std::rc::Rc;

/// All kubelets of the cluster.
pub struct Kubelet;

/// Since when the next stage of an object applies.
#[derive(Clone, Debug, Default)]
pub struct KubeletState {
    waiting: Map<ObjectKey, (Stage, Time)>,
    back_offs: BackOffs,
    ranges: address::PodRanges,
    /// Mirrors that are gone while the manifest is still on the node.
    mirrors: Map<ObjectKey, Rc<Pod>>,
}

/// After so long a kubelet makes the mirror of a static pod again.
const MIRROR_AGAIN: Millis = Millis(500);

/// What a kubelet did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeletTrace {
    /// The node.
    pub node: EcoString,
    /// What was due.
    pub deed: KubeletDeed,
}

/// What a kubelet found to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KubeletDeed {
    /// A stage came to its end.
    Stage {
        /// Which.
        stage: Stage,
        /// How long it took.
        after: Millis,
    },
    /// The mirror of a static pod is made again: its manifest is still on the node.
    Mirrored,
    /// The kubelet is stopped.
    Stopped,
    /// Nothing is due.
    Nothing,
}

impl Component for Kubelet {
    type State = KubeletState;
    type Trace = KubeletTrace;
    const ACTOR: Actor = Actor::Kubelet;
    const LAG: Millis = Millis(0);
    // What was to become of a pod does not become of it any more when something else is to: it is deleted, for one.
    const PLANS_ANEW: bool = true;

    fn observe(world: &World, change: &Change, now: Time, state: &mut KubeletState, wakes: &mut Wakes) {
        if change.is_of(&Kind::Node) {
            let node = |object: &Option<Object>| object.as_ref().and_then(Object::as_node).cloned();
            state.ranges.observe(node(&change.before).as_deref(), node(&change.after).as_deref());
        }
        match (&change.kind(), &change.after) {
            (Kind::Pod | Kind::Node, Some(object)) => {
                plan(world, object, now, state, wakes);
                if let (Object::Node(node), Some(Object::Node(before))) = (object, &change.before)
                    && node.ready() != before.ready()
                {
                    for pod in world.pods_on(&node.metadata.name) {
                        plan(world, &Object::Pod(pod.clone()), now, state, wakes);
                    }
                }
            }
            (Kind::Pod | Kind::Node, None) => {
                state.waiting.remove(&change.key());
                state.back_offs.forget(&change.key());
                if let Some(Object::Pod(pod)) = &change.before
                    && admission::is_mirror(pod)
                    && pod.node().is_some_and(|node| world.node(node).is_some())
                {
                    state.mirrors.insert(change.key(), Rc::clone(pod));
                    wakes.after(WorkKey::Object(change.key()), MIRROR_AGAIN);
                }
            }
            // A kubelet that starts again looks at everything on its node.
            (Kind::Stored(..), None) if change.is_about(&lease_key(change.name())) => {
                let node = world.node(change.name()).cloned().map(Object::Node);
                let pods = world.pods_on(change.name()).cloned().map(Object::Pod);
                for object in node.into_iter().chain(pods) {
                    state.back_offs.forget(&object.key());
                    plan(world, &object, now, state, wakes);
                }
                let mirrors = state.mirrors.iter().filter(|(_, pod)| pod.spec.node_name == *change.name());
                mirrors.for_each(|(key, _)| wakes.after(WorkKey::Object(key.clone()), MIRROR_AGAIN));
            }
            _ => {}
        }
    }

    fn failed(trace: &KubeletTrace) -> bool {
        matches!(trace.deed, KubeletDeed::Stage { stage: Stage::PodRejected, .. })
    }

    fn reconcile(cx: &Cx<'_>, state: &mut KubeletState, key: &WorkKey) -> Reconciled<KubeletTrace> {
        let WorkKey::Object(key) = key else {
            return idle(EcoString::new(), KubeletDeed::Nothing);
        };
        let mirror = state.mirrors.remove(key);
        let Some(object) = cx.world.get(key) else {
            return mirror.map_or_else(
                || idle(EcoString::new(), KubeletDeed::Nothing),
                |pod| mirrored(cx, state, key, pod),
            );
        };
        let node = node_of(&object).clone();
        if silent_since(cx.world, &node).is_some() {
            // What was due here is planned anew when it starts again.
            state.waiting.remove(key);
            return idle(node, KubeletDeed::Stopped);
        }
        match Stage::of(cx.world, &object, &state.back_offs) {
            Some(stage) => {
                let since = state.waiting.get(key).filter(|(waiting, _)| *waiting == stage);
                let since = since.map_or(cx.now, |(_, since)| *since);
                let due = since + stage.delay(&object, cx.seed, &state.back_offs);
                if due > cx.now {
                    let trace = KubeletTrace { node, deed: KubeletDeed::Nothing };
                    return Reconciled { writes: Vec::new(), requeue_after: Some(due - cx.now), trace };
                }
                state.waiting.remove(key);
                let writes = stage.writes(cx.world, &object, cx.now, &mut state.back_offs, &mut state.ranges);
                let deed = KubeletDeed::Stage { stage, after: cx.now - since };
                let trace = KubeletTrace { node, deed };
                Reconciled { writes, requeue_after: None, trace }
            }
            None => idle(node, KubeletDeed::Nothing),
        }
    }
}

/// Makes the mirror of a static pod again, when the kubelet runs and its node is still there.
fn mirrored(
    cx: &Cx<'_>,
    state: &mut KubeletState,
    key: &ObjectKey,
    pod: Rc<Pod>,
) -> Reconciled<KubeletTrace> {
    let node = pod.spec.node_name.clone();
    if cx.world.node(&node).is_none() {
        return idle(node, KubeletDeed::Nothing);
    }
    if silent_since(cx.world, &node).is_some() {
        state.mirrors.insert(key.clone(), pod);
        return idle(node, KubeletDeed::Stopped);
    }
    let mut again = Pod { metadata: pod.metadata.clone(), spec: Rc::clone(&pod.spec), ..Default::default() };
    again.metadata.resource_version.clear();
    let trace = KubeletTrace { node, deed: KubeletDeed::Mirrored };
    Reconciled { writes: vec![Write::Create(again.into())], requeue_after: None, trace }
}

fn idle(node: EcoString, deed: KubeletDeed) -> Reconciled<KubeletTrace> {
    Reconciled { writes: Vec::new(), requeue_after: None, trace: KubeletTrace { node, deed } }
}

/// Notes since when the object's next stage applies, and asks to be woken at its end.
fn plan(world: &World, object: &Object, now: Time, state: &mut KubeletState, wakes: &mut Wakes) {
    let key = object.key();
    let stage = Stage::of(world, object, &state.back_offs);
    let Some(stage) = stage.filter(|_| silent_since(world, node_of(object)).is_none()) else {
        state.waiting.remove(&key);
        return;
    };
    if state.waiting.get(&key).is_none_or(|(waiting, _)| *waiting != stage) {
        state.waiting.insert(key.clone(), (stage, now));
        let delay = stage.delay(object, world.seed(), &state.back_offs);
        wakes.after(WorkKey::Object(key), delay);
    }
}

fn node_of(object: &Object) -> &EcoString {
    match object {
        Object::Pod(pod) => &pod.spec.node_name,
        object => &object.metadata().name,
    }
}

/// A number between 0 and `below` that depends on the object and the stage only.
fn draw(seed: u64, object: &Object, stage: &str, below: i64) -> i64 {
    let hash = StableHash::default().text("kubelet").number(seed).text(&object.metadata().uid).text(stage);
    i64::try_from(hash.finish() % u64::try_from(below.max(1)).unwrap_or(1)).unwrap_or(0)
}

/// An event of the kubelet's.
fn event(
    about: &ObjectKey,
    type_: EventType,
    reason: impl Into<Cow<'static, str>>,
    message: String,
) -> Write {
    about_part(about, "".into(), type_, reason, message)
}

/// An event about a part of an object.
fn about_part(
    about: &ObjectKey,
    path: EcoString,
    type_: EventType,
    reason: impl Into<Cow<'static, str>>,
    message: String,
) -> Write {
    Write::Event {
        about: about.clone(),
        type_,
        reason: reason.into(),
        message,
        component: "kubelet".into(),
        path,
        action: None,
    }
}
