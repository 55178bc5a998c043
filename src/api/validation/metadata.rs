//! Names, labels and the rest of an object's metadata. Upstream: `apimachinery/pkg/api/validation/objectmeta.go`.

use super::super::Kind;
use super::field::{Errors, Field};
use crate::api::names::{dns_label, dns_subdomain, label_value, qualified_name};

const ANNOTATION_BYTES: usize = 256 * 1024;

/// Metadata of an object to be created. A name that the API server makes up counts as its prefix.
pub(super) fn create(kind: &Kind, metadata: &Field, errors: &mut Errors) {
    let check = |name: &str| match kind {
        Kind::Namespace | Kind::Service => dns_label(name),
        _ => dns_subdomain(name),
    };
    let prefix = metadata.get("generateName");
    if !prefix.text().is_empty() {
        errors.all_invalid(&prefix.path, prefix.text(), check(prefix.text().trim_end_matches('-')));
    }
    let name = metadata.get("name");
    if !name.text().is_empty() {
        errors.all_invalid(&name.path, name.text(), check(name.text()));
    } else if prefix.text().is_empty() {
        errors.required(&name.path, "name or generateName is required");
    }
    let namespace = metadata.get("namespace");
    if kind.is_namespaced() {
        errors.all_invalid(&namespace.path, namespace.text(), dns_label(namespace.text()));
    }
    if metadata.int_of("generation") < 0 {
        let generation = metadata.get("generation");
        errors.invalid(&generation.path, generation.int(), "must be greater than or equal to 0");
    }
    labels(&metadata.get("labels"), errors);
    annotations(&metadata.get("annotations"), errors);
    owner_references(&metadata.get("ownerReferences"), errors);
    for finalizer in metadata.get("finalizers").items() {
        errors.all_invalid(
            &metadata.path_of("finalizers"),
            finalizer.text(),
            qualified_name(finalizer.text()),
        );
    }
}

/// Keys and values of labels.
pub(super) fn labels(labels: &Field, errors: &mut Errors) {
    for (key, value) in labels.entries() {
        errors.all_invalid(&labels.path, key, qualified_name(key));
        errors.all_invalid(&labels.path, value.text(), label_value(value.text()));
    }
}

/// Keys and the size of annotations.
pub(super) fn annotations(annotations: &Field, errors: &mut Errors) {
    let mut bytes = 0;
    for (key, value) in annotations.entries() {
        errors.all_invalid(&annotations.path, key, qualified_name(&key.to_lowercase()));
        bytes += key.len() + value.text().len();
    }
    if bytes > ANNOTATION_BYTES {
        errors.too_long(&annotations.path, ANNOTATION_BYTES);
    }
}

fn owner_references(owners: &Field, errors: &mut Errors) {
    let mut first_controller: Option<&str> = None;
    for owner in owners.items() {
        for (field, detail) in [
            ("apiVersion", "version must not be empty"),
            ("kind", "must not be empty"),
            ("name", "must not be empty"),
            ("uid", "must not be empty"),
        ] {
            if owner.text_of(field).is_empty() {
                errors.invalid(&owner.path_of(field), "", detail);
            }
        }
        if owner.get("controller").is_true() {
            let name = owner.text_of("name");
            if let Some(first) = first_controller {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {name}"
                );
                errors.invalid(&owners.path, owners.value(), detail);
            }
            first_controller = Some(name);
        }
    }
}

/// Metadata of an object that replaces another: its identity may not change.
pub(super) fn update(metadata: &Field, old: &Field, errors: &mut Errors) {
    let generation = metadata.get("generation");
    if generation.int() < old.int_of("generation") {
        errors.invalid(&generation.path, generation.int(), "must not be decremented");
    }
    for name in
        ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"]
    {
        let field = metadata.get(name);
        if field.value() != old.get(name).value() {
            errors.invalid(&field.path, field.value(), "field is immutable");
        }
    }
    labels(&metadata.get("labels"), errors);
    annotations(&metadata.get("annotations"), errors);
    owner_references(&metadata.get("ownerReferences"), errors);
}
