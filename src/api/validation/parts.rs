//! What several parts of a pod are checked with.

use super::field::{Errors, Field};

/// All containers, in the order in which upstream visits them.
pub(super) fn all_containers<'a>(spec: &Field<'a>) -> Vec<Field<'a>> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    lists.into_iter().flat_map(|name| spec.get(name).items()).collect()
}

/// A text that must be one of a list.
pub(super) fn one_of(field: &Field, allowed: &[&str], errors: &mut Errors) {
    if field.text().is_empty() {
        errors.required(&field.path, "");
    } else if !allowed.contains(&field.text()) {
        errors.not_supported(&field.path, field.text(), allowed);
    }
}

/// When an image is pulled.
pub(super) fn pull_policy(policy: &Field, errors: &mut Errors) {
    one_of(policy, &["Always", "IfNotPresent", "Never"], errors);
}

/// A field that has to be there.
pub(super) fn required(source: &Field, name: &str, errors: &mut Errors) {
    if source.text_of(name).is_empty() {
        errors.required(&source.path_of(name), "");
    }
}
