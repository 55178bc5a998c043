//! Whose the objects of a dump are. A dump names owners by the uids of the cluster it comes from; here they get others.
//! Without this the garbage collector of a real cluster would take the dependents for left over, and a DaemonSet would
//! make its pods a second time.
//!
//! Which template a pod was made from is known by its revision. Where the dump has no ControllerRevision for the hash
//! of pods that are of the current template, it is made, as it must have been there.

use crate::api::merge::{LAST_APPLIED, last_applied};
use crate::api::{
    ControllerRevision, DaemonSet, EcoString, Kind, Object, ObjectKey, ObjectMeta, OwnerReference, Pod,
    PodTemplateSpec, SharedMeta, defaults,
};
use crate::cluster::{ApiError, World, Write};
use crate::controllers::daemonset::history::{TemplateSnapshot, revisions};
use crate::controllers::daemonset::pod::{
    HASH_LABEL, TEMPLATE_GENERATION_LABEL, controller_ref, template_generation,
};
use crate::kubectl::{Client, DryRun};
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Lets an object name its owners by the uids that they have here. Those that are not here keep theirs.
pub(super) fn rename(world: &World, namespace: &str, metadata: &mut ObjectMeta) {
    let uid = |owner: &OwnerReference| {
        uid_of(world, namespace, &owner.api_version, &owner.kind, &owner.name).filter(|uid| *uid != owner.uid)
    };
    for at in 0..metadata.owner_references.len() {
        if let Some(uid) = uid(&metadata.owner_references[at]) {
            metadata.owner_references.make_mut()[at].uid = uid;
        }
    }
}

/// The same of an object as it is written.
pub(super) fn rename_written(world: &World, namespace: &str, value: &mut Value) {
    let metadata = value.get_mut("metadata");
    let owners = metadata.and_then(|metadata| metadata.get_mut("ownerReferences")?.as_array_mut());
    for owner in owners.into_iter().flatten() {
        let text = |field: &str| owner.get(field).and_then(Value::as_str).unwrap_or_default();
        if let Some(uid) = uid_of(world, namespace, text("apiVersion"), text("kind"), text("name")) {
            owner["uid"] = uid.as_str().into();
        }
    }
}

fn uid_of(world: &World, namespace: &str, api_version: &str, kind: &str, name: &str) -> Option<EcoString> {
    let live = world.get(&ObjectKey::new(Kind::of(api_version, kind), namespace, name))?;
    Some(live.metadata().uid.clone())
}

/// Gives a new object what named it as an owner before it was there. `known_as` is its uid in the dump; without one
/// the name tells.
///
/// # Errors
/// The API server's.
pub(super) fn take_dependents(client: &mut Client, owner: &Object, known_as: &str) -> Result<(), ApiError> {
    let (kind, namespace) = (owner.kind(), &owner.metadata().namespace);
    let world = client.world();
    let dependents: Vec<ObjectKey> = if !known_as.is_empty() {
        world.dependents(known_as).cloned().collect()
    } else if kind == Kind::DaemonSet {
        let named = |metadata: &ObjectMeta| {
            metadata.controller().is_some_and(|of| of.kind == "DaemonSet" && of.name == owner.metadata().name)
        };
        let pods = world.pods_in(namespace).filter(|pod| named(&pod.metadata));
        let pods = pods.map(|pod| ObjectKey::pod(namespace, &pod.metadata.name));
        let revisions = world.of_kind(&Kind::ControllerRevision);
        let revisions = revisions
            .filter(|revision| revision.metadata().namespace == *namespace && named(revision.metadata()));
        pods.chain(revisions.map(Object::key)).collect()
    } else {
        Vec::new()
    };
    for key in dependents {
        let Some(mut dependent) = client.world().get(&key) else { continue };
        // What was applied last names it as the object does, so that applying it again changes nothing.
        let mut last = last_applied(&dependent.to_json());
        rename_written(client.world(), namespace, &mut last);
        let metadata = dependent.metadata_mut();
        rename(client.world(), namespace, metadata);
        if !last.is_null() {
            metadata.annotations.insert(LAST_APPLIED.into(), ecow::eco_format!("{last}\n"));
        }
        client.try_write(Write::Update(dependent), DryRun::None)?;
    }
    Ok(())
}

/// A revision of a dump holds its template as the API server here fills it in, so that it can be told from others.
pub(super) fn complete_revision(data: &mut Value) {
    let Some(template) = data.pointer_mut("/spec/template") else { return };
    let Ok(decoded) = serde_json::from_value::<PodTemplateSpec>(template.clone()) else { return };
    let mut set = DaemonSet::default();
    set.spec.template = Rc::new(decoded);
    let mut set = Object::from(set);
    defaults::apply(&mut set);
    if let Object::DaemonSet(set) = set
        && let Ok(mut completed) = serde_json::to_value(&*set.spec.template)
    {
        completed["$patch"] = "replace".into();
        *template = completed;
    }
}

/// Makes the current revision of each DaemonSet that has pods of a dump, where the dump has none.
///
/// # Errors
/// The API server's.
pub fn make_revisions(client: &mut Client) -> Result<(), ApiError> {
    let sets: Vec<Rc<DaemonSet>> = client.world().daemon_sets().cloned().collect();
    for set in sets {
        if let Some(revision) = missing_revision(client.world(), &set) {
            client.try_write(Write::Create(revision.into()), DryRun::None)?;
        }
    }
    Ok(())
}

fn missing_revision(world: &World, set: &DaemonSet) -> Option<ControllerRevision> {
    let mut hashes: BTreeMap<&EcoString, u32> = BTreeMap::new();
    let dependents = world.dependents_of(&set.metadata.uid, &Kind::Pod);
    for pod in dependents.filter_map(|key| world.pod(&key.namespace, &key.name)) {
        let hash = pod.metadata.labels.get(HASH_LABEL).filter(|hash| !hash.is_empty());
        // The controller's own pods were not applied.
        if let Some(hash) = hash.filter(|_| pod.metadata.annotations.contains_key(LAST_APPLIED))
            && is_of_template(pod, set)
        {
            *hashes.entry(hash).or_default() += 1;
        }
    }
    let (hash, _) = hashes.into_iter().max_by_key(|(_, pods)| *pods)?;
    let known = revisions(world, set);
    let is_it = |revision: &Rc<ControllerRevision>| revision.metadata.labels.get(HASH_LABEL) == Some(hash);
    if known.iter().any(is_it) {
        return None;
    }
    let latest = known.first().map_or(0, |revision| revision.revision);
    let mut labels = set.spec.template.metadata.labels.clone();
    labels.insert(HASH_LABEL.into(), hash.clone());
    Some(ControllerRevision {
        metadata: ObjectMeta {
            name: format!("{}-{hash}", set.metadata.name).into(),
            namespace: set.metadata.namespace.clone(),
            labels,
            shared: SharedMeta { owner_references: vec![controller_ref(set)].into(), ..Default::default() }
                .into(),
            ..Default::default()
        },
        data: Some(Rc::clone(TemplateSnapshot::of(set, None).data())),
        // If the controller has made one of the same template, this one is kept (`dedupCurHistories`).
        revision: latest + 1,
        ..Default::default()
    })
}

/// Whether a pod was made from the template that the DaemonSet has now: its template generation says so, or else
/// nothing in its containers says otherwise.
fn is_of_template(pod: &Pod, set: &DaemonSet) -> bool {
    let generation = pod.metadata.labels.get(TEMPLATE_GENERATION_LABEL).map(EcoString::as_str);
    let current = template_generation(set);
    if generation.is_some() && generation == current.as_deref() {
        return true;
    }
    let is_counted = || {
        last_applied(&Object::from(set.clone()).to_json())
            .pointer("/metadata/annotations")
            .is_some_and(|annotations| annotations.get(crate::api::TEMPLATE_GENERATION).is_some())
    };
    if generation.is_some() && is_counted() {
        return false;
    }
    let containers =
        |list: &Rc<Vec<crate::api::Container>>| serde_json::to_value(&**list).unwrap_or_default();
    let (made, template) = (&pod.spec, &set.spec.template.spec);
    agree(&containers(&made.containers), &containers(&template.containers))
        && agree(&containers(&made.init_containers), &containers(&template.init_containers))
}

/// Whether two values say nothing different: of fields that one of them leaves out nothing is known, and a pod may
/// have more than its template.
fn agree(pod: &Value, template: &Value) -> bool {
    match (pod, template) {
        (Value::Object(pod), Value::Object(template)) => {
            template.iter().all(|(field, wanted)| pod.get(field).is_none_or(|value| agree(value, wanted)))
        }
        (Value::Array(pod), Value::Array(template)) => {
            let is_found = |wanted: &Value| {
                pod.iter().any(|value| value.get("name") == wanted.get("name") && agree(value, wanted))
            };
            template.iter().all(is_found)
        }
        (pod, template) => pod == template,
    }
}
