//! The DaemonSet controller: a pod on each node that should have one. Upstream: `pkg/controller/daemon`.
//!
//! Deciding and writing are apart: [`node`] says what one node means to one DaemonSet, [`plan`], [`rollout`],
//! [`history`] and [`status`] decide, and [`DaemonSetController::reconcile`] alone turns decisions into writes.
//!
//! Invariants: a sync costs what has changed since the last one. The writes of a sync are not seen by the sync
//! itself; upstream then waits until its caches show them ("expectations"). Here they are in the world before the
//! next sync, so that wait never happens and is not modelled; but as upstream, a rolling update does nothing in a
//! sync that created or deleted pods for other reasons. Nodes are taken in name order, where upstream has the
//! random order of a Go map, unless chance is asked for (`Cx::by_chance`).

mod backoff;
pub mod bounds;
pub mod eligibility;
mod handlers;
pub mod history;
pub mod node;
pub mod ownership;
pub mod plan;
pub mod pod;
pub mod rollout;
pub mod status;
mod survey;
mod sync;
pub mod tolerations;
pub mod totals;
pub mod trace;
mod view;

pub use survey::{Survey, survey, survey_since};

use crate::api::{DaemonSet, EcoString, Kind, LabelSelector, Millis, Object, ObjectKey, Pod, Time};
use crate::cluster::{
    Actor, ApiError, Change, Component, Cx, EventType, Map, PodName, Reconciled, Wakes, WorkKey, World,
    Write, Written, attempted,
};
use history::TemplateSnapshot;
use node::Basis;
use std::ops::Bound;
use std::rc::Rc;
use sync::SetState;
use trace::{DaemonSetTrace, Sync};
use view::NodesView;

/// The name that its events carry.
const COMPONENT: &str = "daemonset-controller";
/// The control loop.
pub struct DaemonSetController;

/// What it remembers.
#[derive(Clone, Default)]
pub struct State {
    sets: Map<PodName, Rc<SetState>>,
}

impl State {
    fn mark_for(&mut self, pod: &Pod) {
        let namespace = &pod.metadata.namespace;
        let concerned = |set: &SetState| set.view.as_ref().is_some_and(|view| view.concerns(pod));
        // One after the other, as each is changed on the way. Mostly there is one.
        let mut from = Bound::Included((namespace.clone(), EcoString::new()));
        loop {
            let mut same =
                self.sets.range((from, Bound::Unbounded)).take_while(|(name, _)| name.0 == *namespace);
            let Some(name) = same.find(|(_, set)| concerned(set)).map(|(name, _)| name.clone()) else {
                return;
            };
            self.with_view(&name, |view| view.mark_node_of(pod));
            from = Bound::Excluded(name);
        }
    }

    fn mark(&mut self, node: &EcoString) {
        for name in self.sets.keys().cloned().collect::<Vec<_>>() {
            self.with_view(&name, |view| view.mark(node));
        }
    }

    fn with_view(&mut self, name: &PodName, change: impl FnOnce(&mut NodesView)) {
        if let Some(view) = self.sets.get_mut(name).and_then(|set| Rc::make_mut(set).view.as_mut()) {
            change(view);
        }
    }

    /// Asks for a look at a DaemonSet at a time.
    fn ask(&mut self, set: &DaemonSet, at: Time) {
        if let Some(known) = self.sets.get_mut(&name_of(set)) {
            Rc::make_mut(known).ask(at);
        }
    }

    /// What the entries of a DaemonSet's nodes depend on, if it has been synced with its present template.
    fn basis(&self, set: &DaemonSet) -> Option<&Rc<Basis>> {
        let basis = &self.sets.get(&name_of(set))?.view.as_ref()?.basis;
        (*basis.uid == *set.metadata.uid && basis.template == set.spec.template).then_some(basis)
    }
}

fn name_of(set: &DaemonSet) -> PodName {
    (set.metadata.namespace.clone(), set.metadata.name.clone())
}

impl Component for DaemonSetController {
    type State = State;
    type Trace = DaemonSetTrace;
    const ACTOR: Actor = Actor::DaemonSetController;
    const LAG: Millis = Millis(20);

    fn observe(world: &World, change: &Change, now: Time, state: &mut State, wakes: &mut Wakes) {
        handlers::observe(world, change, now, state, wakes);
    }

    fn failed(trace: &DaemonSetTrace) -> bool {
        match &trace.sync {
            Sync::Done(sync) => sync.error().is_some(),
            Sync::SelectsEverything | Sync::Collision(_) => true,
            Sync::Gone | Sync::BeingDeleted => false,
        }
    }

    fn reconcile(cx: &Cx<'_>, state: &mut State, key: &WorkKey) -> Reconciled<DaemonSetTrace> {
        let key = key.object(Kind::DaemonSet);
        let end = |sync, writes| Reconciled {
            writes,
            requeue_after: None,
            trace: DaemonSetTrace { set: key.clone(), sync },
        };
        let Some(set) = cx.world.daemon_set(&key.namespace, &key.name) else {
            state.sets.remove(&(key.namespace.clone(), key.name.clone()));
            return end(Sync::Gone, Vec::new());
        };
        if set.spec.selector.as_ref().is_some_and(LabelSelector::is_empty) {
            let message = "This daemon set is selecting all pods. A non-empty selector is required.";
            let event = tell(&key, EventType::Warning, "SelectingAll", message.into());
            return end(Sync::SelectsEverything, vec![event]);
        }
        if set.metadata.is_terminating() {
            return end(Sync::BeingDeleted, Vec::new());
        }
        let known = state.sets.remove(&name_of(set)).filter(|known| *known.uid == *set.metadata.uid);
        let mut known = match known.map(Rc::unwrap_or_clone) {
            Some(mut known) => {
                known.later = known.later.filter(|later| *later > cx.now);
                known.snapshot = TemplateSnapshot::of(set, Some(known.snapshot));
                known
            }
            None => SetState::new(set),
        };
        let outcome = match history::construct(cx.world, set, &known.snapshot) {
            Ok(history) => known.sync(cx, set, &key, history),
            Err(collision) => {
                let mut set = DaemonSet::clone(set);
                let count = set.status.collision_count.get_or_insert(0);
                *count = count.saturating_add(1);
                let mut outcome =
                    end(Sync::Collision(collision.error), vec![Write::UpdateStatus(set.into())]);
                known.retry(cx.now);
                outcome.requeue_after = known.requeue_after(cx.now);
                outcome
            }
        };
        state.sets.insert(name_of(set), Rc::new(known));
        outcome
    }

    fn written(
        cx: &Cx<'_>,
        state: &mut State,
        key: &WorkKey,
        results: &[(Write, Written)],
        wakes: &mut Wakes,
    ) -> Vec<Write> {
        let WorkKey::Object(about) = key else { return Vec::new() };
        let mut failed = false;
        let mut events = Vec::new();
        for (write, result) in attempted(results) {
            let pod_name = |change: &Option<Change>| change.as_ref().map(|change| change.name().clone());
            let event = match (write, result) {
                (Write::Create(Object::Pod(_)), Ok(created)) => {
                    let name = pod_name(created).unwrap_or_default();
                    tell(about, EventType::Normal, "SuccessfulCreate", format!("Created pod: {name}"))
                }
                // Where a namespace ends nothing can be created, and nobody is told.
                (Write::Create(Object::Pod(_)), Err(_)) if is_ending(cx.world, &about.namespace) => continue,
                (Write::Create(Object::Pod(_)), Err(error)) => {
                    failed = true;
                    tell(about, EventType::Warning, "FailedCreate", format!("Error creating: {error}"))
                }
                (Write::Delete { key, .. }, Ok(_)) if key.kind == Kind::Pod => {
                    tell(about, EventType::Normal, "SuccessfulDelete", format!("Deleted pod: {}", key.name))
                }
                (Write::Delete { .. }, Err(ApiError::NotFound(_))) => continue,
                (Write::Delete { key, .. }, Err(error)) if key.kind == Kind::Pod => {
                    failed = true;
                    tell(about, EventType::Warning, "FailedDelete", format!("Error deleting: {error}"))
                }
                (_, Err(_)) => {
                    failed = true;
                    continue;
                }
                (_, Ok(_)) => continue,
            };
            events.push(event);
        }
        let name = (about.namespace.clone(), about.name.clone());
        if let Some(known) = state.sets.get_mut(&name) {
            let known = Rc::make_mut(known);
            if failed {
                known.retry(cx.now);
                if let Some(delay) = known.requeue_after(cx.now) {
                    wakes.after(key.clone(), delay);
                }
            } else if !known.ended_early {
                known.failures = 0;
            }
        }
        events
    }
}

fn is_ending(world: &World, namespace: &str) -> bool {
    let namespace = world.get(&ObjectKey::new(Kind::Namespace, "", namespace));
    namespace.is_some_and(|namespace| namespace.metadata().is_terminating())
}

fn tell(about: &ObjectKey, type_: EventType, reason: &'static str, message: String) -> Write {
    Write::Event {
        about: about.clone(),
        type_,
        reason: reason.into(),
        message,
        component: COMPONENT.into(),
        path: "".into(),
        action: None,
    }
}

#[cfg(test)]
mod tests;
