//! A Deployment's status. Upstream: `calculateStatus` in `sync.go`, `syncRolloutStatus` in `progress.go`.

use super::spec::Wanted;
use super::{DeploymentTrace, Sets};
use crate::api::{Condition, Object, REPLICA_FAILURE, ReplicaSet, Stored};
use crate::cluster::{Cx, Write};
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Whether all pods are of the present template and available (`DeploymentComplete`).
pub(super) fn is_complete(deployment: &Stored, wanted: &Wanted) -> bool {
    deployment.rest.get("status").is_some_and(|status| {
        let is_all = |name: &str| count(status, name) == i64::from(wanted.replicas);
        ["updatedReplicas", "replicas", "availableReplicas"].into_iter().all(is_all)
            && count(status, "observedGeneration") >= deployment.metadata.generation
    })
}

/// Writes the status, if it is another one. `trace` says what else this look does.
pub(super) fn write(
    cx: &Cx<'_>,
    deployment: &Rc<Stored>,
    wanted: &Wanted,
    sets: &Sets,
    trace: &DeploymentTrace,
) -> Option<Write> {
    let before = deployment.rest.get("status").cloned().unwrap_or_else(|| json!({}));
    let sum = |field: &dyn Fn(&ReplicaSet) -> i32| -> i32 { sets.all().map(|set| field(set)).sum() };
    let new = |field: &dyn Fn(&ReplicaSet) -> i32| -> i32 { sets.new.iter().map(|set| field(set)).sum() };
    let available = sum(&|set| set.status.available_replicas);
    let mut status = Map::new();
    let mut set = |name: &str, value: i64| {
        if value != 0 {
            status.insert(name.to_owned(), value.into());
        }
    };
    set("observedGeneration", deployment.metadata.generation);
    set("replicas", sum(&|set| set.status.replicas).into());
    set("updatedReplicas", new(&|set| set.status.replicas).into());
    set("readyReplicas", sum(&|set| set.status.ready_replicas).into());
    set("availableReplicas", available.into());
    set("unavailableReplicas", (sets.size() - available).max(0).into());
    set("collisionCount", count(&before, "collisionCount") + i64::from(trace.has_collided));
    // A set that was not looked at yet has not said how many of its pods are ending.
    let terminating: Option<i32> = sets.all().map(|set| set.status.terminating_replicas).sum();
    if let Some(terminating) = terminating {
        status.insert("terminatingReplicas".into(), terminating.into());
    }
    let mut conditions = before["conditions"].as_array().cloned().unwrap_or_default();
    let enough = available >= wanted.replicas - wanted.max_unavailable;
    let (value, reason, message) = match enough {
        true => ("True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        false => ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
    };
    set_condition(cx, &mut conditions, ["Available", value, reason, message], false);
    let after = Value::Object(status.clone());
    progress(cx, deployment, wanted, sets, trace.created.as_deref(), &before, &after, &mut conditions);
    replica_failure(sets, &mut conditions);
    status.insert("conditions".into(), conditions.into());
    let after = Value::Object(status);
    if after == before {
        return None;
    }
    let mut updated = Rc::clone(deployment);
    Rc::make_mut(&mut updated).rest.set("status", after);
    Some(Write::UpdateStatus(Object::Stored(updated)))
}

/// The condition Progressing.
#[expect(clippy::too_many_arguments)]
fn progress(
    cx: &Cx<'_>,
    deployment: &Stored,
    wanted: &Wanted,
    sets: &Sets,
    created: Option<&str>,
    before: &Value,
    after: &Value,
    conditions: &mut Vec<Value>,
) {
    let known = conditions.iter().find(|condition| condition["type"] == "Progressing");
    let was_done = known.is_some_and(|condition| condition["reason"] == "NewReplicaSetAvailable");
    let mut set = |reason: &str, what: &str, again: bool| {
        set_condition(cx, conditions, ["Progressing", "True", reason, what], again);
    };
    if let Some(name) = created {
        return set("NewReplicaSetCreated", &format!("Created new replica set {name:?}"), false);
    }
    let name = sets.new.as_ref().map_or("", |set| set.metadata.name.as_str());
    if was_done && count(after, "replicas") == count(after, "updatedReplicas") {
        return;
    }
    let old = |status: &Value| count(status, "replicas") - count(status, "updatedReplicas");
    let grew = |field: &str| count(after, field) > count(before, field);
    let mut now = deployment.clone();
    now.rest.set("status", after.clone());
    if is_complete(&now, wanted) {
        set("NewReplicaSetAvailable", &format!("ReplicaSet {name:?} has successfully progressed."), false);
    } else if ["updatedReplicas", "readyReplicas", "availableReplicas"].into_iter().any(grew)
        || old(after) < old(before)
    {
        set("ReplicaSetUpdated", &format!("ReplicaSet {name:?} is progressing."), true);
    }
}

/// The condition ReplicaFailure: that of the new set, or else of another (`getReplicaFailures`).
fn replica_failure(sets: &Sets, conditions: &mut Vec<Value>) {
    let of_set =
        |set: &Rc<ReplicaSet>| set.status.conditions.iter().find(|one| one.type_ == REPLICA_FAILURE).cloned();
    let failure = sets.new.as_ref().and_then(of_set).or_else(|| sets.old.iter().find_map(of_set));
    match failure {
        Some(failure) => tell_failure(&failure, conditions),
        None => conditions.retain(|condition| condition["type"] != REPLICA_FAILURE),
    }
}

#[cold]
#[inline(never)]
fn tell_failure(failure: &Condition, conditions: &mut Vec<Value>) {
    let at = conditions.iter().position(|condition| condition["type"] == REPLICA_FAILURE);
    let known = at.map(|at| &conditions[at]);
    let is_same = |known: &Value| known["status"] == *failure.status && known["reason"] == *failure.reason;
    if known.is_some_and(is_same) {
        return;
    }
    let since = known.filter(|known| known["status"] == *failure.status);
    let changed = json!(failure.last_transition_time);
    let since = since.map_or_else(|| changed.clone(), |known| known["lastTransitionTime"].clone());
    let condition = json!({
        "type": REPLICA_FAILURE, "status": failure.status, "lastUpdateTime": changed, "lastTransitionTime": since,
        "reason": failure.reason, "message": failure.message,
    });
    at.map(|at| conditions.remove(at));
    conditions.push(condition);
}

/// Sets a condition: type, status, reason, message. One with the same status and reason stays as it is, unless
/// another update of it is to be noted.
fn set_condition(cx: &Cx<'_>, conditions: &mut Vec<Value>, told: [&str; 4], again: bool) {
    let [type_, value, reason, message] = told;
    let at = conditions.iter().position(|condition| condition["type"] == type_);
    let known = at.map(|at| &conditions[at]);
    if known.is_some_and(|known| known["status"] == value && known["reason"] == reason && !again) {
        return;
    }
    let now = json!(cx.now);
    let since =
        known.filter(|known| known["status"] == value).map(|known| known["lastTransitionTime"].clone());
    let condition = json!({
        "type": type_, "status": value, "lastUpdateTime": now,
        "lastTransitionTime": since.unwrap_or_else(|| now.clone()), "reason": reason, "message": message,
    });
    // As upstream, which takes the old one out and puts the new one at the end.
    if let Some(at) = at {
        conditions.remove(at);
    }
    conditions.push(condition);
}

/// A number of the status.
pub(super) fn count(status: &Value, name: &str) -> i64 {
    status[name].as_i64().unwrap_or_default()
}
