//! Label selectors, affinity, tolerations and spreading. Upstream: `apis/meta/v1/validation/validation.go`,
//! `pkg/apis/core/validation/validation.go`.

use super::field::{Errors, Field};
use super::metadata;
use crate::api::names::{dns_label, dns_subdomain, label_value, qualified_name};
use crate::api::sort;
use std::collections::BTreeSet;

/// Keys and values of a label selector.
pub(super) fn label_selector(selector: &Field, errors: &mut Errors) {
    metadata::labels(&selector.get("matchLabels"), errors);
    for requirement in selector.get("matchExpressions").items() {
        let values = requirement.get("values");
        match requirement.text_of("operator") {
            "In" | "NotIn" if !values.has_items() => {
                errors.required(&values.path, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if values.has_items() => {
                errors.forbidden(
                    &values.path,
                    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                );
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
            other => errors.invalid(&requirement.path_of("operator"), other, "not a valid selector operator"),
        }
        label_name(&requirement.get("key"), errors);
        label_values(&values, errors);
    }
}

fn label_name(name: &Field, errors: &mut Errors) {
    errors.all_invalid(&name.path, name.text(), qualified_name(name.text()));
}

fn label_values(values: &Field, errors: &mut Errors) {
    for value in values.items() {
        errors.all_invalid(&value.path, value.text(), label_value(value.text()));
    }
}

/// Tolerations of a pod.
pub(super) fn tolerations(tolerations: &Field, errors: &mut Errors) {
    for toleration in tolerations.items() {
        let [key, operator, value, effect] =
            ["key", "operator", "value", "effect"].map(|name| toleration.get(name));
        if key.text().is_empty() {
            if operator.text() != "Exists" {
                let detail = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
                errors.invalid(&operator.path, operator.text(), detail);
            }
        } else {
            label_name(&key, errors);
        }
        if toleration.get("tolerationSeconds").is_set() && effect.text() != "NoExecute" {
            let detail = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            errors.invalid(&effect.path, effect.text(), detail);
        }
        match operator.text() {
            "Equal" | "" => {
                let wrong = label_value(value.text());
                if !wrong.is_empty() {
                    errors.invalid(&operator.path, value.text(), wrong.join(";"));
                }
            }
            "Exists" => {
                if !value.text().is_empty() {
                    errors.invalid(
                        &operator.path,
                        value.text(),
                        "value must be empty when `operator` is 'Exists'",
                    );
                }
            }
            // Alpha in 1.36 and off, but already in the list of what is supported.
            other @ ("Lt" | "Gt") => {
                errors.not_supported(&operator.path, other, &["Equal", "Exists", "Lt", "Gt"])
            }
            other => errors.not_supported(&operator.path, other, &["Equal", "Exists"]),
        }
        if !effect.text().is_empty() {
            taint_effect(&effect, errors);
        }
    }
}

/// The effect of a taint or toleration.
pub(super) fn taint_effect(effect: &Field, errors: &mut Errors) {
    const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    if !EFFECTS.contains(&effect.text()) {
        errors.not_supported(&effect.path, effect.text(), &EFFECTS);
    }
}

/// Affinity to nodes and pods.
pub(super) fn affinity(affinity: &Field, errors: &mut Errors) {
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    const PREFERRED: &str = "preferredDuringSchedulingIgnoredDuringExecution";
    let nodes = affinity.get("nodeAffinity");
    let required = nodes.get(REQUIRED);
    if required.is_set() {
        let terms = required.get("nodeSelectorTerms");
        if !terms.has_items() {
            errors.required(&terms.path, "must have at least one node selector term");
        }
        for term in terms.items() {
            node_selector_term(&term, true, errors);
        }
    }
    for term in nodes.get(PREFERRED).items() {
        weight(&term, errors);
        node_selector_term(&term.get("preference"), false, errors);
    }
    for rules in ["podAffinity", "podAntiAffinity"].map(|name| affinity.get(name)) {
        for term in rules.get(REQUIRED).items() {
            pod_affinity_term(&term, errors);
        }
        for term in rules.get(PREFERRED).items() {
            weight(&term, errors);
            pod_affinity_term(&term.get("podAffinityTerm"), errors);
        }
    }
}

#[inline(never)]
fn weight(term: &Field, errors: &mut Errors) {
    let weight = term.get("weight");
    if !(1..=100).contains(&weight.int()) {
        errors.invalid(&weight.path, weight.int(), "must be in the range 1-100");
    }
}

fn node_selector_term(term: &Field, checks_values: bool, errors: &mut Errors) {
    for requirement in term.get("matchExpressions").items() {
        let values = requirement.get("values");
        match requirement.text_of("operator") {
            "In" | "NotIn" if !values.has_items() => {
                errors.required(&values.path, "must be specified when `operator` is 'In' or 'NotIn'");
            }
            "Exists" | "DoesNotExist" if values.has_items() => {
                errors.forbidden(
                    &values.path,
                    "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
                );
            }
            "Gt" | "Lt" if values.items().len() != 1 => {
                errors
                    .required(&values.path, "must be specified single value when `operator` is 'Lt' or 'Gt'");
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
            other => errors.invalid(&requirement.path_of("operator"), other, "not a valid selector operator"),
        }
        label_name(&requirement.get("key"), errors);
        if checks_values {
            label_values(&values, errors);
        }
    }
    for requirement in term.get("matchFields").items() {
        let values = requirement.get("values");
        match requirement.text_of("operator") {
            "In" | "NotIn" => {
                if values.items().len() != 1 {
                    let detail =
                        "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
                    errors.required(&values.path, detail);
                }
            }
            other => errors.invalid(&requirement.path_of("operator"), other, "not a valid selector operator"),
        }
        let key = requirement.get("key");
        if key.text() == "metadata.name" {
            for value in values.items() {
                errors.all_invalid(&value.path, value.text(), dns_subdomain(value.text()));
            }
        } else {
            errors.invalid(&key.path, key.text(), "not a valid field selector key");
        }
    }
}

#[inline(never)]
fn pod_affinity_term(term: &Field, errors: &mut Errors) {
    label_selector(&term.get("labelSelector"), errors);
    label_selector(&term.get("namespaceSelector"), errors);
    for namespace in term.get("namespaces").items() {
        errors.all_invalid(&term.path_of("namespace"), namespace.text(), dns_label(namespace.text()));
    }
    label_keys(term, errors);
    let topology = term.get("topologyKey");
    if topology.text().is_empty() {
        errors.required(&topology.path, "can not be empty");
    }
    label_name(&topology, errors);
}

/// `matchLabelKeys` and `mismatchLabelKeys` beside a selector.
#[inline(never)]
fn label_keys(rule: &Field, errors: &mut Errors) {
    let selector = rule.get("labelSelector");
    let [matching, mismatching] = ["matchLabelKeys", "mismatchLabelKeys"].map(|name| rule.get(name));
    for keys in [&matching, &mismatching].into_iter().filter(|keys| keys.has_items()) {
        if !selector.is_set() {
            errors.forbidden(&keys.path, "must not be specified when labelSelector is not set");
            continue;
        }
        for key in keys.items() {
            label_name(&key, errors);
        }
    }
    let position = |key: &str| matching.items().iter().rposition(|own| own.text() == key);
    let mut selected: BTreeSet<&str> =
        sort::set(selector.get("matchLabels").entries().into_iter().map(|(key, _)| key));
    for requirement in selector.get("matchExpressions").items() {
        let key = requirement.text_of("key");
        if let Some(index) = position(key).filter(|_| selected.contains(key)) {
            errors.invalid(&rule.path_at(index), key, "exists in both matchLabelKeys and labelSelector");
        }
        selected.insert(key);
    }
    for key in matching.items() {
        if mismatching.items().iter().any(|other| other.text() == key.text()) {
            errors.invalid(&key.path, key.text(), "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
}

/// Rules for spreading pods over topologies.
#[inline(never)]
pub(super) fn topology_spread(rules: &Field, errors: &mut Errors) {
    const ACTIONS: [&str; 2] = ["DoNotSchedule", "ScheduleAnyway"];
    let rules = rules.items();
    for (index, rule) in rules.iter().enumerate() {
        let [skew, key, action, domains] =
            ["maxSkew", "topologyKey", "whenUnsatisfiable", "minDomains"].map(|name| rule.get(name));
        if skew.int() <= 0 {
            errors.invalid(&skew.path, skew.int(), "must be greater than zero");
        }
        if key.text().is_empty() {
            errors.required(&key.path, "can not be empty");
        }
        if !ACTIONS.contains(&action.text()) {
            errors.not_supported(&action.path, action.text(), &ACTIONS);
        }
        let repeats = |other: &Field| {
            other.text_of("topologyKey") == key.text() && other.text_of("whenUnsatisfiable") == action.text()
        };
        if rules[index + 1..].iter().any(repeats) {
            let pair = format!("{{{}, {}}}", key.text(), action.text());
            errors.duplicate(&rule.path_of("{topologyKey, whenUnsatisfiable}"), &pair);
        }
        if domains.is_set() {
            if domains.int() <= 0 {
                errors.invalid(&domains.path, domains.int(), "must be greater than zero");
            }
            if action.text() != "DoNotSchedule" {
                let detail = format!(
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {}",
                    action.text()
                );
                errors.invalid(&domains.path, domains.int(), detail);
            }
        }
        for policy in ["nodeAffinityPolicy", "nodeTaintsPolicy"].map(|name| rule.get(name)) {
            if policy.is_set() && !["Honor", "Ignore"].contains(&policy.text()) {
                errors.not_supported(&policy.path, policy.text(), &["Honor", "Ignore"]);
            }
        }
        label_keys(rule, errors);
        label_selector(&rule.get("labelSelector"), errors);
    }
}
