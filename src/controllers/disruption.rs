//! Counts for each PodDisruptionBudget how many of its pods may be disrupted.
//! Upstream: `pkg/controller/disruption/disruption.go`.
//!
//! Upstream tells only one of several budgets of a pod that the pod changed; here each is told.

use crate::api::{
    Condition, EcoString, IntOrString, Kind, LabelSelector, Millis, Object, ObjectKey, OwnerReference, Pod,
    PodDisruptionBudget, PodDisruptionBudgetStatus, Time, set_condition, sort,
};
use crate::cluster::{Actor, Change, Component, Cx, EventType, Reconciled, Wakes, WorkKey, World, Write};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// How long a pod whose eviction was let through counts as disrupted if it is not deleted (`DeletionTimeout`).
const DELETION_TIMEOUT: Millis = Millis::seconds(120);

/// The disruption controller.
pub struct Disruption;

/// One look at one budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisruptionTrace {
    /// Which.
    pub budget: ObjectKey,
    /// What came of it.
    pub count: Count,
}

/// What came of counting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Count {
    /// The budget is gone.
    Gone,
    /// It was counted.
    Done {
        /// What the status says now.
        status: PodDisruptionBudgetStatus,
        /// Whether that is what it said before.
        is_same: bool,
    },
    /// It could not be counted, so nothing may be disrupted.
    Failed(String),
}

/// Pods that are expected, pods that must be healthy, and whether there are pods without a controller.
struct Expected {
    count: i32,
    healthy: i32,
    has_unmanaged: bool,
}

impl Component for Disruption {
    type State = ();
    type Trace = DisruptionTrace;
    const ACTOR: Actor = Actor::Disruption;
    const LAG: Millis = Millis(20);

    fn observe(world: &World, change: &Change, _now: Time, _state: &mut (), wakes: &mut Wakes) {
        match change.kind() {
            Kind::PodDisruptionBudget => wakes.now(WorkKey::Object(change.key())),
            Kind::Pod => {
                let states = || [&change.before, &change.after].into_iter().flatten();
                for budget in budgets(world).filter(|budget| budget.metadata.namespace == *change.namespace())
                {
                    if states().filter_map(Object::as_pod).any(|pod| selects(budget, pod)) {
                        wakes.now(WorkKey::Object(key_of(budget)));
                    }
                }
            }
            _ => {}
        }
    }

    fn failed(trace: &DisruptionTrace) -> bool {
        matches!(trace.count, Count::Failed(_))
    }

    fn reconcile(cx: &Cx<'_>, _state: &mut (), key: &WorkKey) -> Reconciled<DisruptionTrace> {
        let key = key.object(Kind::PodDisruptionBudget);
        let Some(Object::PodDisruptionBudget(budget)) = cx.world.get(&key) else {
            let trace = DisruptionTrace { budget: key, count: Count::Gone };
            return Reconciled { writes: Vec::new(), requeue_after: None, trace };
        };
        let pods: Vec<&Rc<Pod>> =
            cx.world.pods_in(&budget.metadata.namespace).filter(|pod| selects(&budget, pod)).collect();
        let mut writes = Vec::new();
        if pods.is_empty() {
            writes.push(tell(&key, EventType::Normal, "NoPods", "No matching pods found".into()));
        }
        let mut status = budget.status.clone();
        let (count, recheck) = match expected(cx.world, &budget, &pods) {
            Ok(expected) => {
                if expected.has_unmanaged {
                    writes.push(tell(&key, EventType::Warning, "UnmanagedPods", unmanaged(&budget)));
                }
                let recheck = count(&mut status, &budget, &pods, &expected, cx.now);
                let is_same = status == budget.status;
                (Count::Done { status: status.clone(), is_same }, recheck)
            }
            Err(error) => {
                let message = format!("Failed to calculate the number of expected pods: {error}");
                writes.push(tell(&key, EventType::Warning, "CalculateExpectedPodCountFailed", message));
                status.disruptions_allowed = 0;
                let condition = Condition::new("DisruptionAllowed", "False", "SyncFailed", &error);
                set_condition(&mut status.conditions, condition, cx.now);
                (Count::Failed(error), None)
            }
        };
        if status != budget.status {
            let mut budget = PodDisruptionBudget::clone(&budget);
            budget.status = status;
            writes.push(Write::UpdateStatus(budget.into()));
        }
        let requeue_after = recheck.map(|at| at - cx.now);
        Reconciled { writes, requeue_after, trace: DisruptionTrace { budget: key, count } }
    }
}

fn budgets(world: &World) -> impl Iterator<Item = &Rc<PodDisruptionBudget>> {
    world.of_kind(&Kind::PodDisruptionBudget).filter_map(|object| match object {
        Object::PodDisruptionBudget(budget) => Some(budget),
        _ => None,
    })
}

fn key_of(budget: &PodDisruptionBudget) -> ObjectKey {
    ObjectKey::of(Kind::PodDisruptionBudget, &budget.metadata)
}

/// Whether the budget is about the pod. Without a selector it is about none, with an empty one about all.
fn selects(budget: &PodDisruptionBudget, pod: &Pod) -> bool {
    budget.spec.selector.as_ref().is_some_and(|selector| selector.matches(&pod.metadata.labels))
}

/// `getExpectedPodCount`.
fn expected(world: &World, budget: &PodDisruptionBudget, pods: &[&Rc<Pod>]) -> Result<Expected, String> {
    let bad = |setting: &IntOrString| {
        format!(
            "invalid value for IntOrString: invalid type: string is not a percentage: {:?}",
            setting.to_string()
        )
    };
    match (&budget.spec.max_unavailable, &budget.spec.min_available) {
        (Some(most), _) => {
            let (count, has_unmanaged) = scale(world, pods)?;
            let most = most.scaled_up(count).ok_or_else(|| bad(most))?;
            Ok(Expected { count, healthy: count.saturating_sub(most).max(0), has_unmanaged })
        }
        (None, Some(IntOrString::Int(least))) => {
            let count = i32::try_from(pods.len()).unwrap_or(i32::MAX);
            Ok(Expected { count, healthy: *least, has_unmanaged: false })
        }
        (None, Some(least)) => {
            let (count, has_unmanaged) = scale(world, pods)?;
            let healthy = least.scaled_up(count).ok_or_else(|| bad(least))?;
            Ok(Expected { count, healthy, has_unmanaged })
        }
        (None, None) => Ok(Expected { count: 0, healthy: 0, has_unmanaged: false }),
    }
}

/// How many pods the controllers of these pods want in all, and whether there are pods without one
/// (`getExpectedScale`).
fn scale(world: &World, pods: &[&Rc<Pod>]) -> Result<(i32, bool), String> {
    let mut scales: BTreeMap<EcoString, i32> = BTreeMap::new();
    let mut has_unmanaged = false;
    for pod in pods {
        match pod.metadata.controller() {
            None => has_unmanaged = true,
            Some(owner) if scales.contains_key(&owner.uid) => {}
            Some(owner) => {
                let found = replicas(world, &pod.metadata.namespace, owner)?;
                let missing = || format!("found no controllers for pod {:?}", pod.metadata.name);
                scales.extend([found.ok_or_else(missing)?]);
            }
        }
    }
    Ok((scales.into_values().fold(0, i32::saturating_add), has_unmanaged))
}

/// The controller that counts, with how many pods it wants: of a ReplicaSet that a Deployment made, the Deployment.
/// None where there is no such controller (any more).
///
/// # Errors
/// The owner is of a kind that has no number of replicas.
fn replicas(
    world: &World,
    namespace: &str,
    owner: &OwnerReference,
) -> Result<Option<(EcoString, i32)>, String> {
    let kind = Kind::of(&owner.api_version, &owner.kind);
    if !SCALED.contains(&kind.name()) {
        return Err(format!("{} does not implement the scale subresource", kind.resource()));
    }
    let key = ObjectKey::new(kind, namespace, &owner.name);
    let Some(object) = world.get(&key).filter(|object| object.metadata().uid == owner.uid) else {
        return Ok(None);
    };
    match object.metadata().controller() {
        Some(above) if key.kind == Kind::ReplicaSet && above.kind == "Deployment" => {
            replicas(world, namespace, above)
        }
        _ => Ok(Some((owner.uid.clone(), wanted(&object)))),
    }
}

/// Kinds that have `spec.replicas`.
const SCALED: [&str; 4] = ["ReplicationController", "Deployment", "ReplicaSet", "StatefulSet"];

fn wanted(object: &Object) -> i32 {
    let replicas = object.to_json().pointer("/spec/replicas").and_then(serde_json::Value::as_i64);
    replicas.and_then(|replicas| i32::try_from(replicas).ok()).unwrap_or(1)
}

/// Brings the status up to date (`buildDisruptedPodMap`, `countHealthyPods`, `updatePdbStatus`). Says when a pod that
/// was to be deleted counts again if it still is not.
fn count(
    status: &mut PodDisruptionBudgetStatus,
    budget: &PodDisruptionBudget,
    pods: &[&Rc<Pod>],
    expected: &Expected,
    now: Time,
) -> Option<Time> {
    let staying = || pods.iter().filter(|pod| !pod.metadata.is_terminating());
    let until = |pod: &Pod| status.disrupted_pods.get(&pod.metadata.name).map(|at| *at + DELETION_TIMEOUT);
    let is_going = |pod: &Pod| until(pod).is_some_and(|until| until > now);
    let healthy = staying().filter(|pod| pod.is_ready() && !is_going(pod)).count();
    let healthy = i32::try_from(healthy).unwrap_or(i32::MAX);
    let recheck = staying().filter_map(|pod| until(pod)).filter(|until| *until >= now).min();
    let disrupted = staying().filter(|pod| until(pod).is_some_and(|until| until >= now));
    let disrupted: BTreeSet<EcoString> = sort::set(disrupted.map(|pod| pod.metadata.name.clone()));
    // A budget that matches nothing yet must be safe when its first pods come.
    let allowed = if expected.count > 0 { healthy.saturating_sub(expected.healthy).max(0) } else { 0 };
    status.disrupted_pods.retain(|name, _| disrupted.contains(name));
    status.current_healthy = healthy;
    status.desired_healthy = expected.healthy;
    status.expected_pods = expected.count;
    status.disruptions_allowed = allowed;
    status.observed_generation = budget.metadata.generation;
    let (value, reason) =
        if allowed > 0 { ("True", "SufficientPods") } else { ("False", "InsufficientPods") };
    set_condition(&mut status.conditions, Condition::new("DisruptionAllowed", value, reason, ""), now);
    recheck
}

fn unmanaged(budget: &PodDisruptionBudget) -> String {
    let selector = budget.spec.selector.as_ref().map_or("nil".to_owned(), printed);
    format!(
        "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, \
         the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account \
         for these pods please set \".spec.minAvailable\" field of the PDB to an integer value."
    )
}

/// A selector as Go prints it (`LabelSelector.String` of the generated code).
fn printed(selector: &LabelSelector) -> String {
    let labels: String =
        selector.match_labels.iter().map(|(key, value)| format!("{key}: {value},")).collect();
    let expressions: String = selector
        .match_expressions
        .iter()
        .map(|one| {
            let (key, operator, values) = (&one.key, &one.operator, one.values.join(" "));
            format!("LabelSelectorRequirement{{Key:{key},Operator:{operator},Values:[{values}],}},")
        })
        .collect();
    format!(
        "&LabelSelector{{MatchLabels:map[string]string{{{labels}}},\
         MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )
}

fn tell(about: &ObjectKey, type_: EventType, reason: &'static str, message: String) -> Write {
    Write::Event {
        about: about.clone(),
        type_,
        reason: reason.into(),
        message,
        component: "controllermanager".into(),
        path: "".into(),
        action: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::given;
    use serde_json::{Value, json};

    const AT: Time = Time::EPOCH;

    fn store(world: &mut World, object: Value) -> Object {
        let object = given::object(object);
        let mut stored = given::stored(world, Write::Create(object.clone()));
        if let (Object::Pod(stored), Object::Pod(pod)) = (&mut stored, &object) {
            Rc::make_mut(stored).status = pod.status.clone();
        }
        drop(world.write(Write::UpdateStatus(stored.clone()), AT));
        stored
    }

    fn owned(kind: &str, name: &str, uid: &str) -> Value {
        json!([{ "apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true }])
    }

    fn pod(name: &str, ready: bool, owners: Value) -> Value {
        let ready = if ready { "True" } else { "False" };
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": { "name": name, "namespace": "default", "labels": { "app": "a" }, "ownerReferences": owners },
            "spec": { "containers": [{ "name": "c", "image": "a:1" }] },
            "status": { "phase": "Running", "conditions": [{ "type": "Ready", "status": ready }] },
        })
    }

    fn scaled(world: &mut World, kind: &str, name: &str, replicas: i32, owners: Value) -> String {
        let labels = json!({ "app": "a" });
        let template = json!({
            "metadata": { "labels": labels }, "spec": { "containers": [{ "name": "c", "image": "c:1" }] },
        });
        let object = store(
            world,
            json!({
                "apiVersion": "apps/v1", "kind": kind, "metadata": { "name": name, "namespace": "default", "ownerReferences": owners },
                "spec": { "replicas": replicas, "selector": { "matchLabels": labels }, "template": template },
            }),
        );
        object.metadata().uid.to_string()
    }

    /// The status after one look: allowed, healthy, desired, expected; or why it failed.
    fn look(world: &World) -> Result<(i32, i32, i32, i32), String> {
        let cx = Cx { world, now: AT, seed: 1, by_chance: false, step: 0 };
        let key = WorkKey::Object(ObjectKey::new(Kind::PodDisruptionBudget, "default", "b"));
        match Disruption::reconcile(&cx, &mut (), &key).trace.count {
            Count::Done { status, .. } => Ok((
                status.disruptions_allowed,
                status.current_healthy,
                status.desired_healthy,
                status.expected_pods,
            )),
            Count::Failed(error) => Err(error),
            Count::Gone => Err("gone".into()),
        }
    }

    fn budget(world: &mut World, spec: Value) {
        let mut spec = spec;
        spec["selector"] = json!({ "matchLabels": { "app": "a" } });
        store(
            world,
            json!({
                "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
                "metadata": { "name": "b", "namespace": "default" }, "spec": spec,
            }),
        );
    }

    #[test]
    fn a_number_counts_pods_and_a_share_counts_what_the_controllers_want() {
        for (spec, expected) in [
            (json!({ "minAvailable": 2 }), (1, 3, 2, 4)),
            (json!({ "minAvailable": 5 }), (0, 3, 5, 4)),
            (json!({ "minAvailable": "50%" }), (0, 3, 3, 5)),
            (json!({ "maxUnavailable": 3 }), (1, 3, 2, 5)),
            (json!({ "maxUnavailable": "50%" }), (1, 3, 2, 5)),
            (json!({}), (0, 3, 0, 0)),
        ] {
            let mut world = World::new(1, AT);
            let uid = scaled(&mut world, "ReplicaSet", "r", 5, json!([]));
            for (name, ready) in [("p1", true), ("p2", true), ("p3", true), ("p4", false)] {
                store(&mut world, pod(name, ready, owned("ReplicaSet", "r", &uid)));
            }
            budget(&mut world, spec.clone());
            assert_eq!(look(&world), Ok(expected), "{spec}");
        }
    }

    #[test]
    fn of_a_deployments_replica_set_the_deployment_counts() {
        let mut world = World::new(1, AT);
        let deployment = scaled(&mut world, "Deployment", "d", 7, json!([]));
        let set = scaled(&mut world, "ReplicaSet", "r", 3, owned("Deployment", "d", &deployment));
        store(&mut world, pod("p1", true, owned("ReplicaSet", "r", &set)));
        budget(&mut world, json!({ "maxUnavailable": 1 }));
        assert_eq!(look(&world), Ok((0, 1, 6, 7)));
    }

    #[test]
    fn a_share_of_a_daemon_sets_pods_cannot_be_counted() {
        for (kind, owner, error) in [
            ("DaemonSet", "d", "daemonsets.apps does not implement the scale subresource"),
            ("ReplicaSet", "gone", "found no controllers for pod \"p1\""),
        ] {
            let mut world = World::new(1, AT);
            store(&mut world, pod("p1", true, owned(kind, owner, "uid")));
            budget(&mut world, json!({ "maxUnavailable": 1 }));
            assert_eq!(look(&world), Err(error.to_owned()));
        }
    }

    #[test]
    fn a_pod_that_was_let_go_counts_again_after_two_minutes() {
        let mut world = World::new(1, AT);
        store(&mut world, pod("p1", true, json!([])));
        budget(&mut world, json!({ "minAvailable": 0 }));
        let Some(Object::PodDisruptionBudget(budget)) =
            world.get(&ObjectKey::new(Kind::PodDisruptionBudget, "default", "b"))
        else {
            panic!("no budget");
        };
        let mut marked = PodDisruptionBudget::clone(&budget);
        marked.status.disrupted_pods.insert("p1".into(), AT);
        world.write(Write::UpdateStatus(marked.into()), AT).expect("written");
        let key = WorkKey::Object(key_of(&budget));
        let at = |now| {
            let outcome = Disruption::reconcile(
                &Cx { world: &world, now, seed: 1, by_chance: false, step: 0 },
                &mut (),
                &key,
            );
            let Count::Done { status, .. } = outcome.trace.count else { panic!("not counted") };
            (status.disruptions_allowed, status.disrupted_pods.len(), outcome.requeue_after)
        };
        assert_eq!(at(AT), (0, 1, Some(Millis::seconds(120))));
        assert_eq!(at(AT + Millis::seconds(121)), (1, 0, None));
    }
}
