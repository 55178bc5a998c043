//! The ReplicaSet controller: keeps as many pods as are wanted. Upstream: `pkg/controller/replicaset`.
//!
//! As with DaemonSets, what a look writes is in the world before the next one, so that upstream's expectations are not
//! modelled. Of pods that nobody controls it remembers the names: a look is at those alone, not at all pods.

mod surplus;

use crate::api::{
    Condition, EcoString, Kind, LabelSelector, Millis, Object, ObjectKey, ObjectMeta, OwnerReference, Pod,
    REPLICA_FAILURE, ReplicaSet, ReplicaSetStatus, SharedMeta, Time, set_condition,
};
use crate::cluster::{
    Actor, ApiError, Change, Component, Cx, EventType, Map, PodName, Reconciled, Set, Wakes, WorkKey, World,
    Write, Written, attempted,
};
use std::rc::Rc;

/// The name that its events carry.
const COMPONENT: &str = "replicaset-controller";
/// So many pods at most are created or deleted at once (`BurstReplicas`).
const BURST: usize = 500;
/// First and longest wait after a failure (`DefaultControllerRateLimiter`).
const RETRY: (Millis, Millis) = (Millis(5), Millis(1_000_000));

/// The ReplicaSet controller.
pub struct ReplicaSetController;

/// What it remembers.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Pods that nobody controls.
    orphans: Set<PodName>,
    /// Sets whose last looks failed: how often, and with what.
    failures: Map<ObjectKey, (u32, EcoString)>,
}

/// One look at one set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSetTrace {
    /// Which.
    pub set: ObjectKey,
    /// What came of it; none where the set is gone.
    pub sync: Option<ReplicaSync>,
}

/// What came of a look at a set that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaSync {
    /// How many pods it is to have.
    pub wanted: i32,
    /// How many it has that have not ended and are not being deleted.
    pub has: i32,
    /// So many are created.
    pub creates: usize,
    /// These are deleted.
    pub deletes: Vec<EcoString>,
    /// Pods that nobody controlled and that are its own now.
    pub adopted: Vec<EcoString>,
    /// Pods that do not match any more and are nobody's now.
    pub released: Vec<EcoString>,
    /// It is being deleted: pods are neither created nor deleted.
    pub is_ending: bool,
}

impl Component for ReplicaSetController {
    type State = State;
    type Trace = ReplicaSetTrace;
    const ACTOR: Actor = Actor::ReplicaSetController;
    const LAG: Millis = Millis(20);

    fn observe(world: &World, change: &Change, _now: Time, state: &mut State, wakes: &mut Wakes) {
        match (&change.kind(), &change.before, &change.after) {
            (Kind::ReplicaSet, _, after) => {
                if after.is_none() {
                    state.failures.remove(&change.key());
                }
                wakes.now(WorkKey::Object(change.key()));
            }
            (Kind::Pod, before, after) => {
                let pods = [before, after].map(|object| object.as_ref().and_then(Object::as_pod));
                let name = || (change.namespace().into(), change.name().clone());
                let orphans = pods.map(|pod| pod.is_some_and(|pod| pod.metadata.controller().is_none()));
                match orphans {
                    [false, true] => state.orphans.insert_new(name()),
                    [true, false] => drop(state.orphans.remove(&name())),
                    _ => {}
                }
                for pod in pods.into_iter().flatten() {
                    if let Some(owner) = owner(&pod.metadata) {
                        wakes.now(WorkKey::Object(owner));
                    }
                }
                if let [before, Some(pod)] = pods
                    && pod.metadata.controller().is_none()
                    && before.is_none_or(|before| {
                        before.metadata.labels != pod.metadata.labels
                            || before.metadata.owner_references != pod.metadata.owner_references
                    })
                {
                    for set in sets(world).filter(|set| selects(set, pod)) {
                        wakes.now(WorkKey::Object(key_of(set)));
                    }
                }
            }
            _ => {}
        }
    }

    fn reconcile(cx: &Cx<'_>, state: &mut State, key: &WorkKey) -> Reconciled<ReplicaSetTrace> {
        let key = key.object(Kind::ReplicaSet);
        let Some(Object::ReplicaSet(set)) = cx.world.get(&key) else {
            let trace = ReplicaSetTrace { set: key, sync: None };
            return Reconciled { writes: Vec::new(), requeue_after: None, trace };
        };
        let mut writes = Vec::new();
        let pods = Pods::of(cx.world, &set, state, &mut writes);
        let active = i32::try_from(pods.active.len()).unwrap_or(i32::MAX);
        let wanted = set.replicas();
        let mut sync = ReplicaSync {
            wanted,
            has: active,
            creates: 0,
            deletes: Vec::new(),
            adopted: pods.adopted.clone(),
            released: pods.released.clone(),
            is_ending: set.metadata.is_terminating(),
        };
        if !sync.is_ending {
            let missing = usize::try_from(wanted.saturating_sub(active)).unwrap_or(0);
            let surplus = usize::try_from(active.saturating_sub(wanted)).unwrap_or(0);
            sync.creates = missing.min(BURST);
            writes.extend((0..sync.creates).map(|_| Write::Create(pod_of(&set).into())));
            let first = surplus::first(cx, &set, &pods.active, surplus.min(BURST));
            sync.deletes = first.iter().map(|pod| pod.metadata.name.clone()).collect();
            let delete = |name| Write::delete(ObjectKey::pod(&key.namespace, name));
            writes.extend(sync.deletes.iter().map(|name| delete(name)));
        }
        let failure = state.failures.get(&key).map(|(_, error)| error.clone());
        let status = status(&set, &pods, failure.as_deref(), cx.now);
        let waits = set.spec.min_ready_seconds > 0 && status.ready_replicas != status.available_replicas;
        if status != set.status {
            let mut updated = ReplicaSet::clone(&set);
            updated.status = status;
            writes.push(Write::UpdateStatus(updated.into()));
        }
        let next = pods.active.iter().filter_map(|pod| pod.available_at(set.spec.min_ready_seconds));
        let next = next.filter(|at| *at > cx.now).min().map(|at| at - cx.now);
        let requeue_after = next.filter(|_| waits);
        Reconciled { writes, requeue_after, trace: ReplicaSetTrace { set: key, sync: Some(sync) } }
    }

    fn written(
        cx: &Cx<'_>,
        state: &mut State,
        key: &WorkKey,
        results: &[(Write, Written)],
        wakes: &mut Wakes,
    ) -> Vec<Write> {
        let WorkKey::Object(about) = key else { return Vec::new() };
        let (mut events, mut failure) = (Vec::new(), None);
        for (write, result) in attempted(results) {
            let (type_, reason, message) = match (write, result) {
                (Write::Create(Object::Pod(_)), Ok(created)) => {
                    let name = created.as_ref().map(|change| change.name().as_str());
                    let message = format!("Created pod: {}", name.unwrap_or_default());
                    (EventType::Normal, "SuccessfulCreate", message)
                }
                // Where a namespace ends nothing can be created, and nobody is told.
                (Write::Create(_), Err(_)) if is_ending(cx.world, &about.namespace) => continue,
                (Write::Create(Object::Pod(_)), Err(error)) => {
                    failure.get_or_insert_with(|| error.to_string());
                    (EventType::Warning, "FailedCreate", format!("Error creating: {error}"))
                }
                (Write::Delete { .. }, Err(ApiError::NotFound(_))) => continue,
                (Write::Delete { key, .. }, Ok(_)) => {
                    (EventType::Normal, "SuccessfulDelete", format!("Deleted pod: {}", key.name))
                }
                (Write::Delete { .. }, Err(error)) => {
                    failure.get_or_insert_with(|| error.to_string());
                    (EventType::Warning, "FailedDelete", format!("Error deleting: {error}"))
                }
                _ => continue,
            };
            let (about, component) = (about.clone(), COMPONENT.into());
            events.push(Write::Event {
                about,
                type_,
                reason: reason.into(),
                message,
                component,
                path: "".into(),
                action: None,
            });
        }
        match failure {
            Some(error) => {
                let times = state.failures.get(about).map_or(0, |(times, _)| *times);
                state.failures.insert(about.clone(), (times.saturating_add(1), error.into()));
                let delay = RETRY.0.doubled(times, RETRY.1);
                wakes.after(key.clone(), delay);
            }
            None if state.failures.remove(about).is_some() => wakes.now(key.clone()),
            None => {}
        }
        events
    }
}

fn is_ending(world: &World, namespace: &str) -> bool {
    let namespace = world.get(&ObjectKey::new(Kind::Namespace, "", namespace));
    namespace.is_some_and(|namespace| namespace.metadata().is_terminating())
}

fn sets(world: &World) -> impl Iterator<Item = &Rc<ReplicaSet>> {
    world.of_kind(&Kind::ReplicaSet).filter_map(|object| match object {
        Object::ReplicaSet(set) => Some(set),
        _ => None,
    })
}

fn key_of(set: &ReplicaSet) -> ObjectKey {
    ObjectKey::of(Kind::ReplicaSet, &set.metadata)
}

/// The set that controls a pod.
fn owner(pod: &ObjectMeta) -> Option<ObjectKey> {
    let owner = pod.controller().filter(|owner| owner.kind == "ReplicaSet")?;
    Some(ObjectKey::new(Kind::ReplicaSet, &pod.namespace, &owner.name))
}

fn selects(set: &ReplicaSet, pod: &Pod) -> bool {
    let matches = |selector: &LabelSelector| !selector.is_empty() && selector.matches(&pod.metadata.labels);
    set.metadata.namespace == pod.metadata.namespace && set.spec.selector.as_ref().is_some_and(matches)
}

fn is_active(pod: &Pod) -> bool {
    !pod.is_finished() && !pod.metadata.is_terminating()
}

fn controller_ref(set: &ReplicaSet) -> OwnerReference {
    OwnerReference {
        api_version: "apps/v1".into(),
        kind: "ReplicaSet".into(),
        name: set.metadata.name.clone(),
        uid: set.metadata.uid.clone(),
        controller: Some(true),
        block_owner_deletion: Some(true),
        ..Default::default()
    }
}

/// The pods of a set.
struct Pods {
    active: Vec<Rc<Pod>>,
    terminating: i32,
    adopted: Vec<EcoString>,
    released: Vec<EcoString>,
}

impl Pods {
    /// Those that it controls and that match; orphans that match become its own (`claimPods`).
    fn of(world: &World, set: &ReplicaSet, state: &State, writes: &mut Vec<Write>) -> Self {
        let mut pods = Pods { active: Vec::new(), terminating: 0, adopted: Vec::new(), released: Vec::new() };
        let owned = world.dependents_of(&set.metadata.uid, &Kind::Pod);
        for pod in owned.filter_map(|key| world.pod(&key.namespace, &key.name)) {
            if !pod.is_owned_by(&set.metadata.uid) {
                continue;
            }
            if selects(set, pod) {
                pods.terminating += i32::from(pod.metadata.is_terminating() && !pod.is_finished());
                if is_active(pod) {
                    pods.active.push(Rc::clone(pod));
                }
            } else if is_active(pod) && !set.metadata.is_terminating() {
                let mut loose = Pod::clone(pod);
                loose.metadata.owner_references.retain(|owner| owner.uid != set.metadata.uid);
                pods.released.push(pod.metadata.name.clone());
                writes.push(Write::Update(loose.into()));
            }
        }
        if set.metadata.is_terminating() {
            return pods;
        }
        let namespace = &set.metadata.namespace;
        let first = (namespace.clone(), EcoString::from(""));
        let orphans = state.orphans.range(first..).take_while(|name| name.0 == *namespace);
        for pod in orphans.filter_map(|name| world.pod_named(name)) {
            if selects(set, pod) && is_active(pod) {
                let mut own = Pod::clone(pod);
                own.metadata.owner_references.push(controller_ref(set));
                pods.adopted.push(pod.metadata.name.clone());
                pods.active.push(Rc::new(own.clone()));
                writes.push(Write::Update(own.into()));
            }
        }
        pods
    }
}

/// A pod of the template (`GetPodFromTemplate`).
fn pod_of(set: &ReplicaSet) -> Pod {
    let template = &set.spec.template;
    let shared = SharedMeta {
        generate_name: ecow::eco_format!("{}-", set.metadata.name),
        finalizers: template.metadata.finalizers.clone(),
        owner_references: vec![controller_ref(set)].into(),
        ..Default::default()
    };
    let metadata = ObjectMeta {
        namespace: set.metadata.namespace.clone(),
        labels: template.metadata.labels.clone(),
        annotations: template.metadata.annotations.clone(),
        shared: shared.into(),
        ..Default::default()
    };
    Pod { metadata, spec: Rc::clone(&template.spec), ..Default::default() }
}

/// `calculateStatus`.
fn status(set: &ReplicaSet, pods: &Pods, failure: Option<&str>, now: Time) -> ReplicaSetStatus {
    let count = |holds: &dyn Fn(&Pod) -> bool| {
        i32::try_from(pods.active.iter().filter(|pod| holds(pod)).count()).unwrap_or(i32::MAX)
    };
    let template = &set.spec.template.metadata.labels;
    let mut conditions = set.status.conditions.clone();
    let has_failed = conditions.iter().any(|condition| condition.type_ == REPLICA_FAILURE);
    match failure {
        Some(error) if !has_failed => {
            let reason = if count(&|_| true) < set.replicas() { "FailedCreate" } else { "FailedDelete" };
            set_condition(&mut conditions, Condition::new(REPLICA_FAILURE, "True", reason, error), now);
        }
        None if has_failed => conditions.retain(|condition| condition.type_ != REPLICA_FAILURE),
        _ => {}
    }
    ReplicaSetStatus {
        replicas: count(&|_| true),
        fully_labeled_replicas: count(&|pod| {
            template.iter().all(|(name, value)| pod.metadata.labels.get(name) == Some(value))
        }),
        ready_replicas: count(&Pod::is_ready),
        available_replicas: count(&|pod| pod.is_available(set.spec.min_ready_seconds, now)),
        terminating_replicas: Some(pods.terminating),
        observed_generation: set.metadata.generation,
        conditions,
        rest: set.status.rest.clone(),
    }
}
