//! Which changes concern which DaemonSet. Upstream: the informer handlers in
//! `pkg/controller/daemon/daemon_controller.go`.

use super::State;
use super::eligibility::{Placement, Verdict};
use crate::api::{DaemonSet, Kind, LabelSelector, Millis, Node, Object, ObjectMeta, Pod, Time};
use crate::cluster::{Change, Wakes, WorkKey, World};
use std::rc::Rc;

/// Takes note of a change: marks the nodes that it concerns and wakes the DaemonSets that upstream would wake.
pub fn observe(world: &World, change: &Change, now: Time, state: &mut State, wakes: &mut Wakes) {
    mark(change, state);
    match (&change.before, &change.after) {
        (_, Some(Object::DaemonSet(_))) | (Some(Object::DaemonSet(_)), None) => {
            wakes.now(WorkKey::Object(change.key()));
        }
        (before @ (None | Some(Object::Pod(_))), after @ (None | Some(Object::Pod(_)))) => {
            wake_for_pod(world, pod(before), pod(after), now, state, wakes);
        }
        (before @ (None | Some(Object::Node(_))), after @ (None | Some(Object::Node(_))))
            if node_changed(node(before), node(after)) =>
        {
            wake_for_node(world, node(after), state, wakes);
        }
        (before, after) if change.is_of(&Kind::ControllerRevision) => {
            let before = before.as_ref().map(Object::metadata);
            let after = after.as_ref().map(Object::metadata);
            wake_for_revision(world, before, after, wakes);
        }
        _ => {}
    }
}

/// Marks the nodes that a change concerns.
pub fn mark(change: &Change, state: &mut State) {
    let (before, after) = (&change.before, &change.after);
    let (was, is) = (pod(before), pod(after));
    // Mostly both concern the same DaemonSets, at the same node.
    let was = was.filter(|was| is.is_none_or(|is| !is_alike(was, is)));
    for pod in was.into_iter().chain(is) {
        state.mark_for(pod);
    }
    let (before, after) = (node(before), node(after));
    if let Some(node) = after.or(before)
        && node_changed(before, after)
    {
        state.mark(&node.metadata.name);
    }
}

/// Whether two states of a pod are the same to whom it may concern, and where.
fn is_alike(was: &Pod, is: &Pod) -> bool {
    was.metadata.labels == is.metadata.labels
        && was.metadata.shared == is.metadata.shared
        && was.target_node() == is.target_node()
}

fn pod(object: &Option<Object>) -> Option<&Pod> {
    object.as_ref().and_then(Object::as_pod).map(|pod| &**pod)
}

fn node(object: &Option<Object>) -> Option<&Node> {
    object.as_ref().and_then(Object::as_node).map(|node| &**node)
}

fn wake(set: &DaemonSet, wakes: &mut Wakes) {
    wakes.now(WorkKey::Object(set.key()));
}

/// The DaemonSet that manages an object (`resolveControllerRef`).
fn owner<'a>(world: &'a World, metadata: &ObjectMeta) -> Option<&'a Rc<DaemonSet>> {
    let owner = metadata.controller().filter(|owner| owner.kind == "DaemonSet")?;
    world.daemon_set(&metadata.namespace, &owner.name).filter(|set| set.metadata.uid == owner.uid)
}

/// The DaemonSets that might adopt an orphan. An empty selector adopts nothing here.
fn candidates<'a>(world: &'a World, orphan: &'a ObjectMeta) -> impl Iterator<Item = &'a Rc<DaemonSet>> {
    let matches = |selector: &LabelSelector| !selector.is_empty() && selector.matches(&orphan.labels);
    world.daemon_sets().filter(move |set| {
        set.metadata.namespace == orphan.namespace && set.spec.selector.as_ref().is_some_and(matches)
    })
}

fn wake_for_pod(
    world: &World,
    before: Option<&Pod>,
    after: Option<&Pod>,
    now: Time,
    state: &mut State,
    wakes: &mut Wakes,
) {
    let Some(pod) = after.filter(|pod| !pod.metadata.is_terminating()) else {
        // Gone or going; nobody waits for an orphan to go.
        let gone = after.or(before);
        if let Some(set) = gone.and_then(|pod| owner(world, &pod.metadata)) {
            wake(set, wakes);
        }
        return;
    };
    let owner_changed =
        before.is_some_and(|before| before.metadata.controller() != pod.metadata.controller());
    if let Some(set) = before.filter(|_| owner_changed).and_then(|before| owner(world, &before.metadata)) {
        wake(set, wakes);
    }
    if pod.metadata.controller().is_some() {
        let Some(set) = owner(world, &pod.metadata) else { return };
        wake(set, wakes);
        let became_ready = before.is_some_and(|before| !before.is_ready()) && pod.is_ready();
        if became_ready && set.spec.min_ready_seconds > 0 {
            // A second more than needed, as upstream, which guards against clocks that differ. The look that
            // follows now sees to it.
            state.ask(set, now + Millis::seconds(i64::from(set.spec.min_ready_seconds) + 1));
        }
        return;
    }
    let labels_changed = before.is_none_or(|before| before.metadata.labels != pod.metadata.labels);
    if labels_changed || owner_changed {
        candidates(world, &pod.metadata).for_each(|set| wake(set, wakes));
    }
}

fn wake_for_revision(
    world: &World,
    before: Option<&ObjectMeta>,
    after: Option<&ObjectMeta>,
    wakes: &mut Wakes,
) {
    let Some(revision) = after.filter(|revision| !revision.is_terminating()) else {
        if let Some(set) = after.or(before).and_then(|revision| owner(world, revision)) {
            wake(set, wakes);
        }
        return;
    };
    let owner_changed = before.is_some_and(|before| before.controller() != revision.controller());
    if let Some(set) = before.filter(|_| owner_changed).and_then(|before| owner(world, before)) {
        wake(set, wakes);
    }
    if revision.controller().is_some() {
        // The controller has made a new one itself and need not be told.
        if let Some(set) = before.and_then(|_| owner(world, revision)) {
            wake(set, wakes);
        }
        return;
    }
    if owner_changed || before.is_none_or(|before| before.labels != revision.labels) {
        candidates(world, revision).for_each(|set| wake(set, wakes));
    }
}

/// Only labels and taints matter (`syncNodeUpdate`).
fn node_changed(before: Option<&Node>, after: Option<&Node>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return true };
    before.metadata.labels != after.metadata.labels || before.spec.taints != after.spec.taints
}

/// A node that goes wakes nobody: its pods do, when they go.
fn wake_for_node(world: &World, after: Option<&Node>, state: &State, wakes: &mut Wakes) {
    let Some(node) = after else { return };
    for set in world.daemon_sets() {
        let verdict = match state.basis(set) {
            Some(basis) => basis.placement.judge(node).verdict,
            None => Placement::new(&set.spec.template).judge(node).verdict,
        };
        let scheduled = world.pods_on(&node.metadata.name).any(|pod| {
            pod.node().is_some()
                && pod.metadata.namespace == set.metadata.namespace
                && pod
                    .metadata
                    .controller()
                    .is_some_and(|owner| owner.kind == "DaemonSet" && owner.name == set.metadata.name)
        });
        let misscheduled = set.status.number_misscheduled > 0;
        if scheduled && (misscheduled || !verdict.lets_stay()) || !scheduled && verdict == Verdict::ShouldRun
        {
            wake(set, wakes);
        }
    }
}
