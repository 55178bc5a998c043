//! One sync of one DaemonSet: what is decided becomes writes. Upstream: `syncDaemonSet` in
//! `pkg/controller/daemon/daemon_controller.go`.

use super::backoff::Backoff;
use super::history::{History, TemplateSnapshot};
use super::node::{Basis, DeleteReason};
use super::ownership;
use super::plan::{self, within_burst};
use super::pod;
use super::rollout::{self, RolloutPlan, RolloutTrace};
use super::totals::Order;
use super::trace::{DaemonSetTrace, Sync, SyncTrace};
use super::view::NodesView;
use super::{status, tell};
use crate::api::{DaemonSet, EcoString, Millis, ObjectKey, Pod, Time, sort};
use crate::cluster::{Cx, EventType, Reconciled, StableHash, Write};
use std::collections::BTreeMap;
use std::rc::Rc;

/// First and longest wait before a sync that failed is tried again (`DefaultTypedControllerRateLimiter`).
const RETRY: (Millis, Millis) = (Millis(5), Millis::seconds(1000));

/// What it remembers of one DaemonSet.
#[derive(Clone)]
pub(super) struct SetState {
    pub(super) uid: EcoString,
    pub(super) snapshot: TemplateSnapshot,
    pub(super) view: Option<NodesView>,
    pub(super) backoff: Backoff,
    /// Syncs that failed, one after the other.
    pub(super) failures: u32,
    /// Whether the last one ended early.
    pub(super) ended_early: bool,
    /// When it wants to be looked at again. As in upstream's queue the earliest time asked for stands until it
    /// comes, whatever happens in between.
    pub(super) later: Option<Time>,
}

impl SetState {
    /// Of a DaemonSet that is seen for the first time.
    pub(super) fn new(set: &DaemonSet) -> Self {
        SetState {
            uid: set.metadata.uid.clone(),
            snapshot: TemplateSnapshot::of(set, None),
            view: None,
            backoff: Backoff::default(),
            failures: 0,
            ended_early: false,
            later: None,
        }
    }

    /// One sync (`syncDaemonSet` after the history is known).
    pub(super) fn sync(
        &mut self,
        cx: &Cx<'_>,
        set: &Rc<DaemonSet>,
        key: &ObjectKey,
        mut history: History,
    ) -> Reconciled<DaemonSetTrace> {
        let now = cx.now;
        let basis = Basis::new(set, &history.trace.hash, self.view.as_ref().map(|view| &*view.basis));
        let mut view = match self.view.take() {
            Some(mut view) => {
                view.rebase(cx.world, basis);
                view
            }
            None => NodesView::new(cx.world, basis),
        };
        view.refresh(cx.world, now);
        self.backoff.at_generation(set.status.observed_generation);

        let mut writes = std::mem::take(&mut history.writes);
        let (adopted, released) = claim_pods(cx, set, &view, &history, &mut writes);
        let mut plan = plan::manage(&view.entries, &view.totals, &mut self.backoff, now);
        writes.extend(plan.deletes.iter().filter_map(|delete| finished_pod_event(key, delete)));
        let order = match cx.by_chance {
            true => {
                Order::ByChance(StableHash::default().number(cx.seed).number(now.millis() as u64).finish())
            }
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
            let factory = pod::PodFactory::new(set, &view.basis.placement, &history.trace.hash);
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
            nodes: view.as_seen(),
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
        // What it writes marks its nodes by being observed; what is refused leaves them as they are.
        self.view = Some(view);
        let trace = DaemonSetTrace { set: key.clone(), sync: Sync::Done(Rc::new(trace)) };
        Reconciled { writes, requeue_after, trace }
    }

    /// Asks for a look at a time.
    pub(super) fn ask(&mut self, at: Time) {
        self.later = Some(self.later.map_or(at, |later| later.min(at)));
    }

    /// Asks for a look after one more failure.
    pub(super) fn retry(&mut self, now: Time) {
        let delay = RETRY.0.doubled(self.failures, RETRY.1);
        self.failures = self.failures.saturating_add(1);
        self.ask(now + delay);
    }

    /// How long it is to the next look that was asked for.
    pub(super) fn requeue_after(&self, now: Time) -> Option<Millis> {
        self.later.map(|later| later - now)
    }
}

/// Adopts orphans, lets pods go, and labels pods anew when revisions of one template were merged into one.
fn claim_pods(
    cx: &Cx<'_>,
    set: &DaemonSet,
    view: &NodesView,
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
        for name in &entry.todo().adopt {
            edit(name, &|pod| ownership::adopted(&mut pod.metadata, set));
            adopted.push(name.clone());
        }
        for name in &entry.todo().release {
            edit(name, &|pod| ownership::released(&mut pod.metadata, &set.metadata.uid));
            released.push(name.clone());
        }
    }
    sort::plain(&mut adopted);
    sort::plain(&mut released);
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
