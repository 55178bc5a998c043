//! The eviction subresource of pods: a deletion that a PodDisruptionBudget may forbid. Upstream:
//! `pkg/registry/core/pod/storage/eviction.go`.

use super::{ApiError, Propagation, World, Write};
use crate::api::{
    Condition, Kind, Object, ObjectKey, PENDING, Pod, PodDisruptionBudget, Time, set_condition,
};
use std::rc::Rc;

/// What evicting a pod writes: the budget counts it as disrupted, its condition says why it goes, and it is deleted.
///
/// # Errors
/// There is no such pod; its budget allows no disruption, or it has several budgets.
pub fn eviction(
    world: &World,
    key: &ObjectKey,
    grace_seconds: Option<i64>,
    now: Time,
) -> Result<Vec<Write>, ApiError> {
    let pod = world.pod(&key.namespace, &key.name).ok_or_else(|| ApiError::NotFound(key.clone()))?;
    let mut writes: Vec<Write> = spend(world, pod, now)?.into_iter().collect();
    let mut marked = Pod::clone(pod);
    let condition =
        Condition::new("DisruptionTarget", "True", "EvictionByEvictionAPI", "Eviction API: evicting");
    set_condition(&mut marked.status.conditions, condition, now);
    if marked.status != pod.status {
        writes.push(Write::UpdateStatus(marked.into()));
    }
    let propagation = Propagation::Background;
    writes.push(Write::Delete { key: key.clone(), grace_seconds, propagation });
    Ok(writes)
}

/// Takes one disruption from the pod's budget. None where there is nothing to take: it has no budget, or going now
/// disrupts nothing.
fn spend(world: &World, pod: &Rc<Pod>, now: Time) -> Result<Option<Write>, ApiError> {
    if pod.is_finished() || pod.status.phase == PENDING || pod.metadata.is_terminating() {
        return Ok(None);
    }
    let budgets = world.of_kind(&Kind::PodDisruptionBudget).filter_map(|object| match object {
        Object::PodDisruptionBudget(budget) => Some(budget),
        _ => None,
    });
    let selects = |budget: &&Rc<PodDisruptionBudget>| {
        budget.metadata.namespace == pod.metadata.namespace
            && budget.spec.selector.as_ref().is_some_and(|selector| selector.matches(&pod.metadata.labels))
    };
    let budgets: Vec<&Rc<PodDisruptionBudget>> = budgets.filter(selects).collect();
    let budget = match budgets.as_slice() {
        [] => return Ok(None),
        [budget] => *budget,
        _ => {
            let why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
            return Err(ApiError::Internal(why.into()));
        }
    };
    let status = &budget.status;
    if !pod.is_ready() {
        let policy = budget.spec.rest.get("unhealthyPodEvictionPolicy");
        let is_served = status.current_healthy >= status.desired_healthy && status.desired_healthy > 0;
        if is_served || policy.is_some_and(|policy| policy == "AlwaysAllow") {
            return Ok(None);
        }
    }
    if status.observed_generation < budget.metadata.generation || status.disruptions_allowed <= 0 {
        let why = "Cannot evict pod as it would violate the pod's disruption budget.";
        return Err(ApiError::TooManyRequests(why.into()));
    }
    let mut spent = PodDisruptionBudget::clone(budget);
    spent.status.disruptions_allowed -= 1;
    if spent.status.disruptions_allowed == 0 {
        let condition = Condition {
            observed_generation: spent.status.observed_generation,
            ..Condition::new("DisruptionAllowed", "False", "InsufficientPods", "")
        };
        set_condition(&mut spent.status.conditions, condition, now);
    }
    spent.status.disrupted_pods.insert(pod.metadata.name.clone(), now);
    Ok(Some(Write::UpdateStatus(spent.into())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::given;
    use serde_json::{Value, json};

    const NOW: Time = Time::EPOCH;

    fn store(world: &mut World, object: Value) {
        world.restore(given::object(object));
    }

    fn pod(world: &mut World, phase: &str, ready: &str) -> ObjectKey {
        store(
            world,
            json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": "p", "namespace": "default", "labels": { "app": "a" } },
                "spec": { "nodeName": "n" },
                "status": { "phase": phase, "conditions": [{ "type": "Ready", "status": ready }] },
            }),
        );
        ObjectKey::pod("default", "p")
    }

    fn budget(name: &str, policy: Value, status: Value) -> Value {
        json!({
            "apiVersion": "policy/v1", "kind": "PodDisruptionBudget",
            "metadata": { "name": name, "namespace": "default", "generation": 1 },
            "spec": { "selector": { "matchLabels": { "app": "a" } }, "unhealthyPodEvictionPolicy": policy },
            "status": status,
        })
    }

    #[test]
    fn a_budget_lets_go_what_it_can_spare() {
        let status = |allowed, healthy, desired, seen| {
            json!({
                "disruptionsAllowed": allowed, "currentHealthy": healthy, "desiredHealthy": desired,
                "observedGeneration": seen,
            })
        };
        let violated = "Cannot evict pod as it would violate the pod's disruption budget.";
        for (phase, ready, policy, status, expected) in [
            ("Running", "True", json!(null), status(1, 2, 1, 1), Ok(3)),
            ("Running", "True", json!(null), status(0, 1, 1, 1), Err(violated)),
            ("Running", "True", json!(null), status(1, 2, 1, 0), Err(violated)),
            ("Pending", "False", json!(null), status(0, 1, 1, 1), Ok(2)),
            ("Failed", "False", json!(null), status(0, 1, 1, 1), Ok(2)),
            ("Running", "False", json!(null), status(0, 1, 1, 1), Ok(2)),
            ("Running", "False", json!(null), status(0, 0, 1, 1), Err(violated)),
            ("Running", "False", json!("AlwaysAllow"), status(0, 0, 1, 1), Ok(2)),
        ] {
            let mut world = World::new(1, NOW);
            let key = pod(&mut world, phase, ready);
            store(&mut world, budget("b", policy.clone(), status.clone()));
            let found = eviction(&world, &key, None, NOW);
            let found = found.map(|writes| writes.len()).map_err(|error| error.to_string());
            assert_eq!(found, expected.map_err(str::to_owned), "{phase} {ready} {policy} {status}");
        }
    }

    #[test]
    fn a_pod_of_two_budgets_cannot_be_evicted_and_one_of_none_can() {
        let mut world = World::new(1, NOW);
        let key = pod(&mut world, "Running", "True");
        assert_eq!(eviction(&world, &key, None, NOW).map(|writes| writes.len()), Ok(2));
        for name in ["b", "c"] {
            store(&mut world, budget(name, json!(null), json!({ "disruptionsAllowed": 1 })));
        }
        assert!(matches!(eviction(&world, &key, None, NOW), Err(ApiError::Internal(_))));
        let gone = ObjectKey::pod("default", "gone");
        assert_eq!(eviction(&world, &gone, None, NOW), Err(ApiError::NotFound(gone)));
    }
}
