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
pub mod eligibility;
mod handlers;
pub mod history;
pub mod node;
pub mod ownership;
pub mod plan;
pub mod pod;
pub mod rollout;
pub mod status;
pub mod totals;
pub mod trace;
mod view;

use crate::api::{DaemonSet, EcoString, Kind, LabelSelector, Millis, Object, ObjectKey, Pod, Time};
use crate::cluster::{
    Actor, ApiError, Change, Component, Cx, EventType, Map, Outcome, PodName, StableHash, Wakes, WorkKey,
    World, Write, Written,
};
use backoff::Backoff;
use history::{History, Snapshot};
use node::{Basis, DeleteReason};
use plan::within_burst;
use rollout::{RolloutPlan, RolloutTrace};
use std::collections::BTreeMap;
use std::rc::Rc;
use totals::{Order, Totals};
use trace::{DaemonSetTrace, Nodes, Sync, SyncTrace};
use view::View;

/// The name that its events carry.
const COMPONENT: &str = "daemonset-controller";
/// First and longest wait before a sync that failed is tried again (`DefaultTypedControllerRateLimiter`).
const RETRY: (Millis, Millis) = (Millis(5), Millis::seconds(1000));

/// The control loop.
pub struct DaemonSetController;

/// What it remembers.
#[derive(Clone, Default)]
pub struct State {
    sets: Map<PodName, Rc<SetState>>,
}

/// What it remembers of one DaemonSet.
#[derive(Clone)]
struct SetState {
    uid: EcoString,
    snapshot: Snapshot,
    view: Option<View>,
    backoff: Backoff,
    /// Syncs that failed, one after the other.
    failures: u32,
    /// Whether the last one ended early.
    ended_early: bool,
    /// When it wants to be looked at again. As in upstream's queue the earliest time asked for stands until it
    /// comes, whatever happens in between.
    later: Option<Time>,
}

impl State {
    fn mark_for(&mut self, pod: &Pod) {
        let namespace = pod.metadata.namespace.clone();
        let first = (namespace.clone(), EcoString::from(""));
        let same = self.sets.range(first..).take_while(|(name, _)| name.0 == namespace);
        let concerned = same.filter(|(_, set)| {
            let view = set.view.as_ref();
            view.is_some_and(|view| view.basis.claim(pod) != ownership::Claim::NotOurs)
        });
        for name in concerned.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.with_view(&name, |view| view.mark_for(pod));
        }
    }

    fn mark(&mut self, node: &str) {
        for name in self.sets.keys().cloned().collect::<Vec<_>>() {
            self.with_view(&name, |view| view.mark(node));
        }
    }

    fn with_view(&mut self, name: &PodName, change: impl FnOnce(&mut View)) {
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

    fn reconcile(cx: &Cx<'_>, state: &mut State, key: &WorkKey) -> Outcome<DaemonSetTrace> {
        let key = match key {
            WorkKey::Object(key) => key.clone(),
            WorkKey::Next => ObjectKey::new(Kind::DaemonSet, "", ""),
        };
        let end = |sync, writes| Outcome {
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
                known.snapshot = Snapshot::of(set, Some(known.snapshot));
                known
            }
            None => SetState {
                uid: set.metadata.uid.clone(),
                snapshot: Snapshot::of(set, None),
                view: None,
                backoff: Backoff::default(),
                failures: 0,
                ended_early: false,
                later: None,
            },
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
            let pod_name = |change: &Option<Change>| change.as_ref().map(|change| change.key.name.clone());
            let event = match (write, result) {
                (Write::Create(Object::Pod(_)), Ok(created)) => {
                    let name = pod_name(created).unwrap_or_default();
                    tell(about, EventType::Normal, "SuccessfulCreate", format!("Created pod: {name}"))
                }
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

/// What a sync would decide now if it were the first: the present nodes, pods, sums and revisions, and by which
/// budget. Nothing is done. None where a sync would do nothing at all (the set is being deleted ...).
pub fn survey(world: &World, set: &DaemonSet, now: Time) -> Option<Survey> {
    let key = ObjectKey::new(Kind::DaemonSet, &set.metadata.namespace, &set.metadata.name);
    let cx = Cx { world, now, seed: 0, by_chance: false, step: 0 };
    let look = DaemonSetController::reconcile(&cx, &mut State::default(), &WorkKey::Object(key));
    let Sync::Done(sync) = look.trace.sync else { return None };
    let mut totals = Totals::default();
    for (node, entry) in &sync.nodes.entries {
        totals.add(node, entry);
    }
    // A sync that has other things to do leaves the update for later, but its budget can be told all the same.
    let rollout = rollout::plan(set, &sync.nodes.entries, &totals, Order::ByName).trace;
    Some(Survey { sync, totals, rollout })
}

/// See [`survey`].
#[derive(Clone, Debug)]
pub struct Survey {
    /// The sync as it would be.
    pub sync: Rc<SyncTrace>,
    /// Sums over all nodes.
    pub totals: Totals,
    /// The rolling update as if there were nothing else to do.
    pub rollout: RolloutTrace,
}

/// The writes without the pod creations that upstream would not have tried: it creates in batches of 1, 2, 4 ...
/// and stops after the batch in which one failed ("slow start").
fn attempted(results: &[(Write, Written)]) -> impl Iterator<Item = &(Write, Written)> {
    let creates = || results.iter().filter(|(write, _)| matches!(write, Write::Create(Object::Pod(_))));
    let tried = match creates().position(|(_, result)| result.is_err()) {
        // The batches end after 1, 3, 7 ... creations.
        Some(first_failure) => (first_failure + 2).next_power_of_two() - 1,
        None => usize::MAX,
    };
    let mut seen = 0;
    results.iter().filter(move |(write, result)| {
        if !matches!(write, Write::Create(Object::Pod(_))) {
            return true;
        }
        seen += 1;
        seen <= tried || result.is_ok()
    })
}

impl SetState {
    /// One sync (`syncDaemonSet` after the history is known).
    fn sync(
        &mut self,
        cx: &Cx<'_>,
        set: &Rc<DaemonSet>,
        key: &ObjectKey,
        mut history: History,
    ) -> Outcome<DaemonSetTrace> {
        let now = cx.now;
        let basis = Basis::new(set, &history.trace.hash, self.view.as_ref().map(|view| &*view.basis));
        let mut view = match self.view.take() {
            Some(mut view) => {
                view.rebase(cx.world, basis);
                view
            }
            None => View::new(cx.world, basis),
        };
        view.refresh(cx.world, now);
        self.backoff.at_generation(set.status.observed_generation);

        let mut writes = std::mem::take(&mut history.writes);
        let (adopted, released) = claim_pods(cx, set, &view, &history, &mut writes);
        let mut plan = plan::manage(&view.entries, &view.totals, &mut self.backoff, now);
        writes.extend(plan.deletes.iter().filter_map(|delete| finished_pod_event(key, delete)));
        let order = match cx.by_chance {
            true => Order::ByChance(StableHash::default().number(cx.seed).number(now.0 as u64).finish()),
            false => Order::ByName,
        };
        let rollout = if plan.creates.is_empty() && plan.deletes.is_empty() {
            let RolloutPlan { deletes, creates, trace } =
                rollout::plan(set, &view.entries, &view.totals, order);
            (plan.deletes, plan.creates) = (deletes, creates);
            trace
        } else {
            RolloutTrace::Postponed
        };
        let later_creates = within_burst(&mut plan.creates);
        let later_deletes = within_burst(&mut plan.deletes);
        let failed = matches!(rollout, RolloutTrace::Failed(_));

        if !plan.creates.is_empty() {
            let spec = self.snapshot.pod_spec();
            let factory = pod::PodFactory::new(set, spec, &view.basis.placement, &history.trace.hash);
            writes.extend(plan.creates.iter().map(|create| Write::Create(factory.make(&create.node).into())));
        }
        let delete = |planned: &plan::PlannedDelete| {
            Write::delete(ObjectKey::pod(&set.metadata.namespace, &planned.pod))
        };
        writes.extend(plan.deletes.iter().map(delete));
        if !failed {
            writes.extend(history.clean_up(set, &view.totals.hashes));
        }
        let status_after = status::status(set, &view.totals.counts);
        if status_after != set.status {
            let mut updated = DaemonSet::clone(set);
            updated.status = status_after.clone();
            writes.push(Write::UpdateStatus(updated.into()));
        }

        let counts = &view.totals.counts;
        let min_ready = set.spec.min_ready_seconds;
        if min_ready > 0 && counts.ready != counts.available {
            self.ask(now + Millis::seconds(min_ready.into()));
        }
        for waiting in &plan.backing_off {
            self.ask(now + waiting.delay);
        }
        self.ended_early = failed;
        if failed {
            self.retry(now);
        } else if writes.is_empty() {
            self.failures = 0;
        }
        let requeue_after = self.requeue_after(now);
        let trace = SyncTrace {
            history: history.trace,
            adopted,
            released,
            nodes: Nodes { basis: Rc::clone(&view.basis), entries: view.entries.clone() },
            creates: plan.creates,
            deletes: plan.deletes,
            later_creates,
            later_deletes,
            backing_off: plan.backing_off,
            rollout,
            status_before: set.status.clone(),
            status_after,
            requeue_after,
        };
        // What this sync writes is to be looked at in the next, whenever the changes are told.
        for node in trace.creates.iter().map(|create| &create.node) {
            view.mark(node);
        }
        for node in trace.deletes.iter().map(|delete| &delete.node) {
            view.mark(node);
        }
        for node in view.totals.acting.clone() {
            view.mark(&node);
        }
        self.view = Some(view);
        let trace = DaemonSetTrace { set: key.clone(), sync: Sync::Done(Rc::new(trace)) };
        Outcome { writes, requeue_after, trace }
    }

    /// Asks for a look at a time.
    fn ask(&mut self, at: Time) {
        self.later = Some(self.later.map_or(at, |later| later.min(at)));
    }

    /// Asks for a look after one more failure.
    fn retry(&mut self, now: Time) {
        let delay = Millis(RETRY.0.0.saturating_mul(1 << self.failures.min(30))).min(RETRY.1);
        self.failures = self.failures.saturating_add(1);
        self.ask(now + delay);
    }

    /// How long it is to the next look that was asked for.
    fn requeue_after(&self, now: Time) -> Option<Millis> {
        self.later.map(|later| later - now)
    }
}

/// Adopts orphans, lets pods go, and labels pods anew when revisions of one template were merged into one.
fn claim_pods(
    cx: &Cx<'_>,
    set: &DaemonSet,
    view: &View,
    history: &History,
    writes: &mut Vec<Write>,
) -> (Vec<EcoString>, Vec<EcoString>) {
    let mut edits: BTreeMap<EcoString, Pod> = BTreeMap::new();
    let namespace = &set.metadata.namespace;
    let mut edit = |name: &EcoString, change: &dyn Fn(&mut Pod)| {
        let pod = edits.entry(name.clone());
        let stored = || cx.world.pod(namespace, name).map(|pod| Pod::clone(pod)).unwrap_or_default();
        change(pod.or_insert_with(stored));
    };
    if !history.trace.duplicates.is_empty() {
        let hash = EcoString::from(&*history.trace.hash);
        let ours = |pod: &&Rc<Pod>| {
            use ownership::Claim;
            matches!(view.basis.claim(pod), Claim::Owned | Claim::Adopt)
                && pod.metadata.labels.get(pod::HASH_LABEL) != Some(&hash)
        };
        for pod in cx.world.pods().filter(ours) {
            edit(&pod.metadata.name.clone(), &|pod| {
                pod.metadata.labels.insert(pod::HASH_LABEL.into(), hash.clone());
            });
        }
    }
    let (mut adopted, mut released) = (Vec::new(), Vec::new());
    for entry in view.totals.acting.iter().filter_map(|node| view.entries.get(node)) {
        for name in &entry.adopt {
            edit(name, &|pod| ownership::adopted(&mut pod.metadata, set));
            adopted.push(name.clone());
        }
        for name in &entry.release {
            edit(name, &|pod| ownership::released(&mut pod.metadata, &set.metadata.uid));
            released.push(name.clone());
        }
    }
    adopted.sort();
    released.sort();
    writes.extend(edits.into_values().map(|pod| Write::Update(pod.into())));
    (adopted, released)
}

/// The event about a pod that is deleted because it ended.
fn finished_pod_event(about: &ObjectKey, planned: &plan::PlannedDelete) -> Option<Write> {
    let (type_, reason, found, will) = match planned.reason {
        DeleteReason::Failed => (EventType::Warning, "FailedDaemonPod", "failed", "kill"),
        DeleteReason::Succeeded => (EventType::Normal, "SucceededDaemonPod", "succeeded", "delete"),
        _ => return None,
    };
    let (namespace, pod, node) = (&about.namespace, &planned.pod, &planned.node);
    let message = format!("Found {found} daemon pod {namespace}/{pod} on node {node}, will try to {will} it");
    Some(tell(about, type_, reason, message))
}

fn tell(about: &ObjectKey, type_: EventType, reason: &'static str, message: String) -> Write {
    Write::Event { about: about.clone(), type_, reason: reason.into(), message, component: COMPONENT.into() }
}

#[cfg(test)]
mod tests;
