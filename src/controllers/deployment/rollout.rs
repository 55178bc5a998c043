//! How the sets of a Deployment are scaled. Upstream: `sync.go`, `rolling.go`, `recreate.go`.

use super::spec::Wanted;
use super::{HASH_LABEL, Look, SIZES, Sets, revision_of, status};
use crate::api::{EcoString, Kind, Object, ObjectKey, REVISION, ReplicaSet, Stored, sort};
use crate::cluster::{Cx, Write};
use serde_json::json;
use std::rc::Rc;

/// One round: the first thing that there is to do, then the status.
pub(super) fn sync(cx: &Cx<'_>, deployment: &Rc<Stored>, wanted: &Wanted, mut sets: Sets, look: &mut Look) {
    if scales(wanted, &mut sets, look) {
        return look.status(cx, deployment, wanted, &sets);
    }
    let mut acted = false;
    if wanted.is_recreate {
        for set in &mut sets.old {
            acted |= look.scale(wanted, set, 0);
        }
        // The new pods come when the old ones are gone.
        if acted || sets.old.iter().any(|set| set.status.replicas > 0 || left(set) > 0) {
            return look.status(cx, deployment, wanted, &sets);
        }
    }
    if !keep(cx, deployment, wanted, &mut sets, look) {
        return look.status(cx, deployment, wanted, &sets);
    }
    acted = look.trace.created.is_none() && scale_up(wanted, &mut sets, look);
    if !acted && !wanted.is_recreate {
        acted = scale_down(wanted, &mut sets, look);
    }
    if !acted && status::is_complete(deployment, wanted) {
        clean_up(wanted, &sets, look);
    }
    look.status(cx, deployment, wanted, &sets);
}

/// Pods of a set that are still ending.
fn left(set: &ReplicaSet) -> i32 {
    set.status.terminating_replicas.unwrap_or_default()
}

/// Whether the Deployment has another size than before: then all sets are scaled to match (`isScalingEvent`,
/// `scale`).
fn scales(wanted: &Wanted, sets: &mut Sets, look: &mut Look) -> bool {
    let noted = |set: &ReplicaSet, what: &str| set.metadata.annotations.get(what)?.parse::<i32>().ok();
    let differs = |set: &Rc<ReplicaSet>| {
        set.replicas() > 0 && noted(set, SIZES[0]).is_some_and(|size| size != wanted.replicas)
    };
    if !sets.all().any(differs) {
        return false;
    }
    let mut active: Vec<&mut Rc<ReplicaSet>> =
        sets.old.iter_mut().chain(&mut sets.new).filter(|set| set.replicas() > 0).collect();
    if let [only] = active.as_mut_slice() {
        look.note_size(wanted, only, wanted.replicas);
        return true;
    }
    let total: i32 = active.iter().map(|set| set.replicas()).sum();
    let allowed = if wanted.replicas > 0 { wanted.replicas.saturating_add(wanted.max_surge) } else { 0 };
    let to_add = allowed - total;
    // Proportionally, from the largest to the smallest; what is left over is the largest's.
    sort::by_key(&mut active, |set| std::cmp::Reverse(set.replicas()));
    let mut sizes: Vec<i32> = Vec::new();
    let mut added = 0_i32;
    for set in &active {
        let most = noted(set, SIZES[1]).filter(|most| *most > 0).unwrap_or(total).max(1);
        let share = i64::from(set.replicas()) * i64::from(allowed);
        let goal = (share * 2 + i64::from(most)) / (i64::from(most) * 2);
        let goal = i32::try_from(goal).unwrap_or(i32::MAX);
        let left = to_add - added;
        let change = (goal - set.replicas()).clamp(left.min(0), left.max(0));
        added += change;
        sizes.push(set.replicas() + change);
    }
    if let Some(largest) = sizes.first_mut() {
        *largest = (*largest + to_add - added).max(0);
    }
    for (set, size) in active.into_iter().zip(sizes) {
        look.note_size(wanted, set, size);
    }
    true
}

/// The annotation with the numbers that a set had before.
const REVISION_HISTORY: &str = "deployment.kubernetes.io/revision-history";

/// The annotations of a Deployment that its set has, too (`copyDeploymentAnnotationsToReplicaSet`).
fn carried(deployment: &Stored) -> impl Iterator<Item = (&EcoString, &EcoString)> {
    let left = [
        crate::api::merge::LAST_APPLIED,
        REVISION,
        REVISION_HISTORY,
        SIZES[0],
        SIZES[1],
        "deprecated.deployment.rollback.to",
    ];
    deployment.metadata.annotations.iter().filter(move |(name, _)| !left.contains(&name.as_str()))
}

/// Sees to it that there is a set of the present template, with the number of the latest revision
/// (`getNewReplicaSet`). False where there is nothing to go on with yet.
fn keep(cx: &Cx<'_>, deployment: &Rc<Stored>, wanted: &Wanted, sets: &mut Sets, look: &mut Look) -> bool {
    let latest = sets.old.iter().map(|set| revision_of(set)).max().unwrap_or_default();
    if let Some(set) = &mut sets.new {
        let number_before = revision_of(set);
        let is_latest = number_before > latest;
        let mut annotations = set.metadata.annotations.clone();
        for (name, value) in carried(deployment) {
            annotations.insert(name.clone(), value.clone());
        }
        if !is_latest {
            annotations.insert(REVISION.into(), (latest + 1).to_string().into());
        }
        // It had another number before: that one is remembered.
        if !is_latest && number_before > 0 {
            let known = annotations.get(REVISION_HISTORY).filter(|known| !known.is_empty());
            let told = known.map_or(number_before.to_string(), |known| format!("{known},{number_before}"));
            annotations.insert(REVISION_HISTORY.into(), told.into());
        }
        if annotations != set.metadata.annotations || set.spec.min_ready_seconds != wanted.min_ready_seconds {
            let new = Rc::make_mut(set);
            new.spec.min_ready_seconds = wanted.min_ready_seconds;
            new.metadata.annotations = annotations;
            new.metadata.resource_version.clear();
            look.writes.push(Write::Update(Object::ReplicaSet(Rc::clone(set))));
        }
        number(deployment, revision_of(set), look);
        return true;
    }
    let collisions = deployment.rest.get("status").map_or(0, |known| status::count(known, "collisionCount"));
    let hash = wanted.hash(collisions);
    let name = format!("{}-{hash}", deployment.metadata.name);
    if cx.world.get(&ObjectKey::new(Kind::ReplicaSet, &deployment.metadata.namespace, &name)).is_some() {
        look.trace.has_collided = true;
        return false;
    }
    let size = new_size(wanted, sets.size(), 0);
    let mut template = wanted.template.clone();
    template["metadata"]["labels"][HASH_LABEL] = hash.as_str().into();
    let mut selector = wanted.selector.clone();
    selector["matchLabels"][HASH_LABEL] = hash.as_str().into();
    let mut annotations = serde_json::Map::new();
    for (name, value) in carried(deployment) {
        annotations.insert(name.to_string(), value.as_str().into());
    }
    annotations.insert(REVISION.into(), (latest + 1).to_string().into());
    for (name, value) in SIZES.into_iter().zip([wanted.replicas, wanted.replicas + wanted.max_surge]) {
        annotations.insert(name.into(), value.to_string().into());
    }
    let metadata = &deployment.metadata;
    let set = json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {
            "name": name, "namespace": metadata.namespace.as_str(), "labels": template["metadata"]["labels"],
            "annotations": annotations,
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": "Deployment", "name": metadata.name.as_str(),
                "uid": metadata.uid.as_str(), "controller": true, "blockOwnerDeletion": true,
            }],
        },
        "spec": {
            "replicas": size, "minReadySeconds": wanted.min_ready_seconds, "selector": selector,
            "template": template,
        },
    });
    let Ok(Object::ReplicaSet(set)) = Object::from_json(set) else { return false };
    look.trace.created = Some(name.as_str().into());
    look.writes.push(Write::Create(Object::ReplicaSet(Rc::clone(&set))));
    if size > 0 {
        look.tell(format!("Scaled up replica set {name} from 0 to {size}"));
    }
    number(deployment, latest + 1, look);
    sets.new = Some(set);
    true
}

/// The number of the template as an annotation of the Deployment.
fn number(deployment: &Rc<Stored>, revision: i64, look: &mut Look) {
    let revision = revision.to_string();
    if deployment.metadata.annotations.get(REVISION).is_some_and(|known| *known == revision) {
        return;
    }
    let mut numbered = Rc::clone(deployment);
    let metadata = &mut Rc::make_mut(&mut numbered).metadata;
    metadata.annotations.insert(REVISION.into(), revision.into());
    metadata.resource_version.clear();
    look.writes.push(Write::Update(Object::Stored(numbered)));
}

/// How many pods the new set is to have, beside all that there are (`NewRSNewReplicas`).
fn new_size(wanted: &Wanted, all: i32, has: i32) -> i32 {
    if wanted.is_recreate {
        return wanted.replicas;
    }
    let most = wanted.replicas.saturating_add(wanted.max_surge);
    if all >= most { has } else { has + (most - all).min(wanted.replicas - has) }
}

fn scale_up(wanted: &Wanted, sets: &mut Sets, look: &mut Look) -> bool {
    let all = sets.size();
    let Some(set) = &mut sets.new else { return false };
    let has = set.replicas();
    let size = if has > wanted.replicas { wanted.replicas } else { new_size(wanted, all, has) };
    look.scale(wanted, set, size)
}

/// Scales old sets down: first what is not healthy, then as far as enough pods stay available
/// (`reconcileOldReplicaSets`).
fn scale_down(wanted: &Wanted, sets: &mut Sets, look: &mut Look) -> bool {
    let (all, available) = (sets.size(), sets.available());
    let least = wanted.replicas - wanted.max_unavailable;
    let unavailable_new =
        sets.new.iter().map(|set| set.replicas() - set.status.available_replicas).sum::<i32>();
    let most = all - least - unavailable_new;
    if most <= 0 {
        return false;
    }
    let mut cleaned = 0;
    for set in &mut sets.old {
        let unhealthy = (set.replicas() - set.status.available_replicas).max(0);
        let fewer = unhealthy.min(most - cleaned);
        if fewer > 0 {
            look.scale(wanted, set, set.replicas() - fewer);
            cleaned += fewer;
        }
    }
    let mut left = available - least;
    for set in &mut sets.old {
        let fewer = set.replicas().min(left);
        if fewer > 0 {
            look.scale(wanted, set, set.replicas() - fewer);
            left -= fewer;
            cleaned += fewer;
        }
    }
    cleaned > 0
}

/// Deletes the oldest sets without pods beyond `revisionHistoryLimit` (`cleanupDeployment`).
fn clean_up(wanted: &Wanted, sets: &Sets, look: &mut Look) {
    let mut old: Vec<&Rc<ReplicaSet>> =
        sets.old.iter().filter(|set| !set.metadata.is_terminating()).collect();
    let surplus = old.len().saturating_sub(wanted.history);
    sort::by_key(&mut old, |set| revision_of(set));
    for set in old.into_iter().take(surplus) {
        let is_empty = set.replicas() == 0 && set.status.replicas == 0;
        if is_empty && set.metadata.generation <= set.status.observed_generation {
            look.trace.cleaned_up.push(set.metadata.name.clone());
            look.writes.push(Write::delete(Object::ReplicaSet(Rc::clone(set)).key()));
        }
    }
}
