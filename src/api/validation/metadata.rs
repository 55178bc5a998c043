//! Names, labels and the rest of an object's metadata. Upstream: `apimachinery/pkg/api/validation/objectmeta.go`.

use super::super::Kind;
use super::field::{Errors, Field, Printed};
use crate::api::ip::canonical_ip_address;
use crate::api::names::{dns_label, dns_subdomain, label_value, path_segment, qualified_name};
use crate::api::sort;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const ANNOTATION_BYTES: usize = 256 * 1024;

/// Groups whose kinds have names that are DNS subdomains. What other kinds ask of theirs is not known here (those of
/// `rbac.authorization.k8s.io` nothing more): they get the rule of every object.
const OF_SUBDOMAINS: [&str; 11] = [
    "",
    "admissionregistration.k8s.io",
    "apps",
    "autoscaling",
    "batch",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "storage.k8s.io",
];

/// Which names are right: those of a kind, with what may stand before a generated ending.
type Naming<'a> = &'a dyn Fn(&str, bool) -> Vec<String>;

/// Metadata of an object to be created, by the rules of its kind (`core/validation.ValidateObjectMeta`). A name that
/// the API server makes up counts as its prefix.
pub(super) fn create(kind: &Kind, metadata: &Field, errors: &mut Errors) {
    let naming = |name: &str, is_prefix: bool| {
        let name = if is_prefix { name.trim_end_matches('-') } else { name };
        match kind {
            Kind::Namespace | Kind::Service => dns_label(name),
            Kind::Stored(_) if kind.name() == "IPAddress" && kind.group() == "networking.k8s.io" => {
                canonical_ip_address(name)
            }
            Kind::Stored(_) if !OF_SUBDOMAINS.contains(&kind.group()) => path_segment(name, is_prefix),
            _ => dns_subdomain(name),
        }
    };
    common(kind, metadata, &naming, errors);
    finalizers_are_known(metadata, errors);
}

/// What is asked of the metadata of every object, whatever its kind: after its own checks when it is created, before
/// them when it is replaced (`BeforeCreate` and `validateCommonFields` in `apiserver/pkg/registry/rest`).
pub(super) fn of_any(kind: &Kind, metadata: &Field, errors: &mut Errors) {
    common(kind, metadata, &path_segment, errors);
}

fn common(kind: &Kind, metadata: &Field, naming: Naming, errors: &mut Errors) {
    let (prefix, name) = (metadata.get("generateName"), metadata.get("name"));
    if !prefix.text().is_empty() {
        errors.all_invalid(&prefix.path, prefix.text(), naming(prefix.text(), true));
    }
    if !name.text().is_empty() {
        errors.all_invalid(&name.path, name.text(), naming(name.text(), false));
    } else if prefix.text().is_empty() {
        errors.required(&name.path, "name or generateName is required");
    }
    let namespace = metadata.get("namespace");
    let is_of_cluster = kind.is_custom() && namespace.text().is_empty();
    if kind.is_namespaced() && !is_of_cluster {
        errors.all_invalid(&namespace.path, namespace.text(), dns_label(namespace.text()));
    }
    if metadata.int_of("generation") < 0 {
        let generation = metadata.get("generation");
        errors.invalid(&generation.path, generation.int(), "must be greater than or equal to 0");
    }
    labels(&metadata.get("labels"), errors);
    annotations(&metadata.get("annotations"), errors);
    owner_references(&metadata.get("ownerReferences"), errors);
    finalizers(&metadata.get("finalizers"), errors);
}

fn finalizers(finalizers: &Field, errors: &mut Errors) {
    let all: Vec<&str> = finalizers.items().iter().map(Field::text).collect();
    for finalizer in &all {
        errors.all_invalid(&finalizers.path, *finalizer, qualified_name(finalizer));
    }
    if all.contains(&"orphan") && all.contains(&"foregroundDeletion") {
        let detail = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.invalid(&finalizers.path, finalizers.value(), detail);
    }
}

fn finalizers_are_known(metadata: &Field, errors: &mut Errors) {
    for finalizer in metadata.get("finalizers").items() {
        finalizer_is_known(&finalizer.path, finalizer.text(), errors);
    }
}

/// A finalizer without a domain is one of Kubernetes' own (`validateKubeFinalizerName`).
pub(super) fn finalizer_is_known(path: &str, finalizer: &str, errors: &mut Errors) {
    if !finalizer.contains('/') && !["kubernetes", "orphan", "foregroundDeletion"].contains(&finalizer) {
        errors.invalid(
            path,
            finalizer,
            "name is neither a standard finalizer name nor is it fully qualified",
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
        errors.all_invalid(&annotations.path, key, qualified_name(&key.to_ascii_lowercase()));
        bytes += key.len() + value.text().len();
    }
    if bytes > ANNOTATION_BYTES {
        errors.too_long(&annotations.path, ANNOTATION_BYTES);
    }
}

/// Owners; upstream names their fields without an index.
fn owner_references(owners: &Field, errors: &mut Errors) {
    let mut first_controller: Option<String> = None;
    for owner in owners.items().iter().map(|owner| owner.at(owners.path.as_str())) {
        let [version, kind, name] = ["apiVersion", "kind", "name"].map(|field| owner.text_of(field));
        // A group version of three parts is none.
        if version.is_empty() || version.matches('/').count() > 1 {
            errors.invalid(&owner.path_of("apiVersion"), version, "version must not be empty");
        }
        for field in ["kind", "name", "uid"] {
            if owner.text_of(field).is_empty() {
                errors.invalid(&owner.path_of(field), "", "must not be empty");
            }
        }
        if (version, kind) == ("v1", "Event") {
            let detail = "/v1, Kind=Event is disallowed from being an owner";
            errors.invalid(&owner.path, Owners(&[owner.value()], false), detail);
        }
        if owner.get("controller").is_true() {
            let named = format!("{kind}/{name}");
            if let Some(first) = &first_controller {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {named}"
                );
                let all: Vec<&Value> = owners.items().iter().map(Field::value).collect();
                errors.invalid(&owners.path, Owners(&all, true), detail);
            } else {
                first_controller = Some(named);
            }
        }
    }
}

/// Prints owners, as a list or the only one, in the order of Go's struct.
struct Owners<'a>(&'a [&'a Value], bool);

impl Printed for Owners<'_> {
    fn printed(&self) -> String {
        let one = |owner: &&Value| {
            let always = ["apiVersion", "kind", "name", "uid"];
            let text =
                |field| format!("{field:?}:{}", owner.get(field).unwrap_or(&Value::String(String::new())));
            let mut fields: Vec<String> = always.into_iter().map(text).collect();
            for field in ["controller", "blockOwnerDeletion"] {
                fields.extend(
                    owner
                        .get(field)
                        .filter(|value| !value.is_null())
                        .map(|value| format!("{field:?}:{value}")),
                );
            }
            format!("{{{}}}", fields.join(","))
        };
        let all: Vec<String> = self.0.iter().map(one).collect();
        if self.1 { format!("[{}]", all.join(",")) } else { all.concat() }
    }
}

/// Metadata of an object that replaces another, by the rules of its kind (`core/validation.ValidateObjectMetaUpdate`).
pub(super) fn update(metadata: &Field, old: &Field, errors: &mut Errors) {
    identity(metadata, old, errors);
    finalizers_are_known(metadata, errors);
}

/// [`of_any`] of an object that replaces another.
pub(super) fn of_any_update(kind: &Kind, metadata: &Field, old: &Field, errors: &mut Errors) {
    of_any(kind, metadata, errors);
    identity(metadata, old, errors);
}

/// What may not change, and what must still be right (`ValidateObjectMetaAccessorUpdate`).
fn identity(metadata: &Field, old: &Field, errors: &mut Errors) {
    if old.get("deletionTimestamp").is_set() {
        let before: Vec<&str> = old.get("finalizers").items().iter().map(Field::text).collect();
        let now = metadata.get("finalizers").items();
        let added: BTreeSet<&str> =
            sort::set(now.iter().map(Field::text).filter(|one| !before.contains(one)));
        if !added.is_empty() {
            let added: Vec<String> = added.into_iter().map(|one| format!("{one:?}")).collect();
            let detail =
                "no new finalizers can be added if the object is being deleted, found new finalizers ";
            errors.forbidden(
                &metadata.path_of("finalizers"),
                format!("{detail}[]string{{{}}}", added.join(", ")),
            );
        }
    }
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
