//! Validation: what the API server refuses, with its field paths, error types, values and words.
//!
//! Upstream: `pkg/apis/{core,apps,policy,scheduling}/validation`, `apimachinery/pkg/api/validation`. It works on the
//! defaulted object as JSON, since most fields are not modelled otherwise. Errors come in upstream's order; where
//! upstream walks a map in random order, ours is that of the keys.

mod containers;
mod cron;
mod field;
mod metadata;
mod node;
mod os;
mod parts;
mod paths;
mod pod;
mod projected;
mod resources;
mod selectors;
mod service;
mod stored;
mod volumes;
mod warnings;
mod workload;

pub(in crate::api) use field::Errors;
pub use field::{ErrorType, FieldError, aggregate, invalid_kubectl_text, invalid_message, quoted};

use super::names::dns_subdomain;
use super::{EcoVec, EndpointSlice, Kind, Labels, Object, Pod};
use field::Field;
use serde_json::{Value, json};

/// Checks a defaulted object that is to be created: what is wrong with it, and warnings.
pub fn validate_create(object: &Object) -> (Vec<FieldError>, Vec<String>) {
    let value = checked(object);
    let root = Field::root(&value);
    let errors = errors_of(object, &root);
    let mut warnings = Vec::new();
    if errors.is_empty() {
        let makes_pods = template_of(&object.kind(), &root).is_some();
        if makes_pods && object.kind().name() != "StatefulSet" {
            warnings
                .extend(warnings::of_name(root.get("metadata").text_of("name"), "Pod names and hostnames"));
        }
        warnings.extend(warnings_of(object, &root));
    }
    (errors, warnings)
}

/// What [`validate_create`] finds wrong.
pub fn create_errors(object: &Object) -> Vec<FieldError> {
    errors_of(object, &Field::root(&checked(object)))
}

/// Those of [`create_errors`] that are about the metadata of a pod.
pub fn metadata_errors(pod: &Pod) -> Vec<FieldError> {
    let value = json!({ "metadata": pod.metadata });
    let metadata = Field::root(&value).get("metadata");
    let mut errors = Errors::default();
    metadata::create(&Kind::Pod, &metadata, &mut errors);
    if errors.0.is_empty() {
        metadata::of_any(&Kind::Pod, &metadata, &mut errors);
    }
    errors.0
}

/// Whether a node, or a pod, can have this name.
pub fn is_object_name(name: &str) -> bool {
    dns_subdomain(name).is_empty()
}

/// Whether annotations are as small as they must be.
pub fn annotations_fit(annotations: &Labels) -> bool {
    annotations.iter().map(|(key, value)| key.len() + value.len()).sum::<usize>()
        <= metadata::ANNOTATION_BYTES
}

/// An object as JSON. The endpoints of a slice are not checked, and are left out: most of its writes change one of a
/// hundred.
fn checked(object: &Object) -> Value {
    match object {
        Object::EndpointSlice(slice) if !slice.endpoints.is_empty() => {
            let endpoints = EcoVec::new();
            Object::from(EndpointSlice { endpoints, ..EndpointSlice::clone(slice) }).to_json()
        }
        object => object.to_json(),
    }
}

fn errors_of(object: &Object, root: &Field) -> Vec<FieldError> {
    let mut errors = Errors::default();
    match object {
        Object::DaemonSet(_) => workload::daemon_set(root, &mut errors),
        Object::Pod(_) => pod::create(root, &mut errors),
        Object::Node(_) => node::create(root, &mut errors),
        Object::Namespace(_) => node::namespace(root, &mut errors),
        Object::PriorityClass(_) => workload::priority_class(root, &mut errors),
        Object::Service(_) => service::create(root, &mut errors),
        Object::PodDisruptionBudget(_) => workload::disruption_budget(root, &mut errors),
        _ => {
            metadata::create(&object.kind(), &root.get("metadata"), &mut errors);
            stored::check(&object.kind(), root, None, &mut errors);
        }
    }
    if errors.0.is_empty() {
        metadata::of_any(&object.kind(), &root.get("metadata"), &mut errors);
    }
    errors.0
}

fn warnings_of(object: &Object, root: &Field) -> Vec<String> {
    match object {
        Object::DaemonSet(_) => warnings::of_template(&root.get("spec").get("template"), true),
        Object::Pod(_) => warnings::of_pod(root),
        Object::Node(_) => warnings::of_node(root),
        Object::Service(_) => warnings::of_service(root),
        other => match template_of(&other.kind(), root) {
            Some(template) => {
                let mut told = warnings::of_template(&template, true);
                let limit = root.get("spec").get("revisionHistoryLimit");
                if other.kind().name() == "StatefulSet" && limit.int() < 0 {
                    let why =
                        "a negative value retains all historical revisions; a value >= 0 is recommended";
                    told.push(format!("{}: {why}", limit.path));
                }
                told
            }
            None => Vec::new(),
        },
    }
}

/// The template of pods in a workload beside DaemonSets.
fn template_of<'a>(kind: &Kind, root: &Field<'a>) -> Option<Field<'a>> {
    let spec = root.get("spec");
    match (kind.group(), kind.name()) {
        ("apps", "Deployment" | "ReplicaSet" | "StatefulSet") | ("batch", "Job") => {
            Some(spec.get("template"))
        }
        ("batch", "CronJob") => Some(spec.get("jobTemplate").get("spec").get("template")),
        _ => None,
    }
}

/// Checks a defaulted object that is to replace another one of its kind: what is wrong with it or may not be
/// changed, and warnings: of a DaemonSet's template only where it changes, of another workload's where its generation
/// does, of a pod never.
pub fn validate_update(new: &Object, old: &Object) -> (Vec<FieldError>, Vec<String>) {
    let (value, was) = (checked(new), checked(old));
    let (root, old_root) = (Field::root(&value), Field::root(&was));
    let mut errors = Errors::default();
    let (metadata, old_metadata) = (root.get("metadata"), old_root.get("metadata"));
    metadata::of_any_update(&new.kind(), &metadata, &old_metadata, &mut errors);
    match new {
        Object::DaemonSet(_) => workload::daemon_set_update(&root, &old_root, &mut errors),
        Object::Pod(_) => pod::update(&root, &old_root, &mut errors),
        Object::Node(_) => node::update(&root, &old_root, &mut errors),
        Object::PriorityClass(_) => workload::priority_class_update(&root, &old_root, &mut errors),
        Object::Service(_) => service::update(&root, &old_root, &mut errors),
        Object::PodDisruptionBudget(_) => workload::disruption_budget(&root, &mut errors),
        _ => {
            metadata::update(&metadata, &old_metadata, &mut errors);
            stored::check(&new.kind(), &root, Some(&old_root), &mut errors);
        }
    }
    let is_warned_of = match (new, old) {
        (Object::DaemonSet(set), Object::DaemonSet(old)) => set.spec.template != old.spec.template,
        (Object::Pod(_), _) => false,
        // Whatever counts up the generation.
        _ if template_of(&new.kind(), &root).is_some() => {
            new.metadata().generation != old.metadata().generation
        }
        _ => true,
    };
    let warnings = if is_warned_of && errors.0.is_empty() { warnings_of(new, &root) } else { Vec::new() };
    (errors.0, warnings)
}

#[cfg(test)]
mod tests;
