//! DaemonSets, budgets and priority classes. Upstream: `pkg/apis/{apps,policy,scheduling}/validation/validation.go`.

use super::super::{Kind, LabelSelector, PriorityClass};
use super::field::{Errors, Field};
use super::{metadata, pod, selectors};
use crate::api::names::percentage;
use serde_json::Value;

const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
/// The highest value that users may give a class.
const HIGHEST_USER_PRIORITY: i64 = 1_000_000_000;

/// A DaemonSet to be created.
pub(super) fn daemon_set(set: &Field, errors: &mut Errors) {
    metadata::create(&Kind::DaemonSet, &set.get("metadata"), errors);
    daemon_set_spec(&set.get("spec"), errors);
}

/// A DaemonSet that replaces another; its selector may not change.
pub(super) fn daemon_set_update(set: &Field, old: &Field, errors: &mut Errors) {
    metadata::update(&set.get("metadata"), &old.get("metadata"), errors);
    let (selector, was) = (set.get("spec").get("selector"), old.get("spec").get("selector"));
    if selector.value() != was.value() {
        errors.invalid(&selector.path, Selector(&selector), "field is immutable");
    }
    daemon_set_spec(&set.get("spec"), errors);
}

/// Prints in the order of Go's struct.
pub(super) struct Selector<'a>(pub &'a Field<'a>);

impl super::field::Printed for Selector<'_> {
    fn printed(&self) -> String {
        if !self.0.is_set() {
            return "null".into();
        }
        let (labels, expressions) = (self.0.get("matchLabels"), self.0.get("matchExpressions"));
        let mut fields = Vec::new();
        if labels.has_items() {
            fields.push(format!("\"matchLabels\":{}", labels.value()));
        }
        if expressions.has_items() {
            let expressions: Vec<String> = expressions.items().iter().map(requirement).collect();
            fields.push(format!("\"matchExpressions\":[{}]", expressions.join(",")));
        }
        format!("{{{}}}", fields.join(","))
    }
}

/// A requirement of a selector in the order of Go's struct; only the values may be left out.
fn requirement(requirement: &Field) -> String {
    let [key, operator] = ["key", "operator"].map(|name| requirement.text_of(name));
    let values = requirement.get("values");
    let values = if values.has_items() { format!(",\"values\":{}", values.value()) } else { String::new() };
    format!("{{\"key\":{key:?},\"operator\":{operator:?}{values}}}")
}

fn daemon_set_spec(spec: &Field, errors: &mut Errors) {
    let selector = spec.get("selector");
    selectors::label_selector(&selector, errors);
    let template = spec.get("template");
    let labels = template.get("metadata").get("labels");
    if !selects(&selector, &labels) {
        errors.invalid(&labels.path, labels.value(), "`selector` does not match template `labels`");
    }
    if selector.is_set()
        && !selector.get("matchLabels").has_items()
        && !selector.get("matchExpressions").has_items()
    {
        errors.invalid(&selector.path, Selector(&selector), "empty selector is invalid for daemonset");
    }
    pod::template(&template, errors);
    runs_always(&template.get("spec"), "DaemonSet", errors);
    not_negative(&spec.get("minReadySeconds"), errors);
    update_strategy(&spec.get("updateStrategy"), errors);
    not_negative(&spec.get("revisionHistoryLimit"), errors);
}

/// Pods of a workload are started again whenever they end, and end at no time of their own.
pub(super) fn runs_always(spec: &Field, workload: &str, errors: &mut Errors) {
    let restart = spec.get("restartPolicy");
    if restart.text() != "Always" {
        errors.not_supported(&restart.path, restart.text(), &["Always"]);
    }
    if spec.get("activeDeadlineSeconds").is_set() {
        let detail = format!("activeDeadlineSeconds in {workload} is not Supported");
        errors.forbidden(&spec.path_of("activeDeadlineSeconds"), detail);
    }
}

/// A number that may not be below 0.
pub(super) fn not_negative(number: &Field, errors: &mut Errors) {
    if number.int() < 0 {
        errors.invalid(&number.path, number.int(), NOT_NEGATIVE);
    }
}

/// Whether a selector matches labels. One that cannot be evaluated is told elsewhere and counts as matching; none
/// matches nothing.
pub(super) fn selects(selector: &Field, labels: &Field) -> bool {
    if !selector.is_set() {
        return false;
    }
    let mut errors = Errors::default();
    selectors::label_selector(selector, &mut errors);
    let Ok(selector) = serde_json::from_value::<LabelSelector>(selector.value().clone()) else { return true };
    let labels = labels.entries().into_iter().map(|(key, value)| (key, value.text())).collect();
    !errors.0.is_empty() || selector.matches(&labels)
}

fn update_strategy(strategy: &Field, errors: &mut Errors) {
    match strategy.text_of("type") {
        "OnDelete" => {}
        "RollingUpdate" => rolling_update(&strategy.get("rollingUpdate"), errors),
        _ => unknown_strategy(strategy, &["RollingUpdate", "OnDelete"], errors),
    }
}

/// A way of updating that there is not.
pub(super) fn unknown_strategy(strategy: &Field, known: &[&str], errors: &mut Errors) {
    let bounds = strategy.get("rollingUpdate");
    let bounds = if bounds.is_set() {
        // What is not written is 0 in the API server's own form.
        let number = |name: &str| match bounds.get(name).value() {
            Value::Null => "0".to_owned(),
            value => value.to_string(),
        };
        let [unavailable, surge] = ["maxUnavailable", "maxSurge"].map(number);
        format!("{{\"MaxUnavailable\":{unavailable},\"MaxSurge\":{surge}}}")
    } else {
        "null".into()
    };
    let printed = format!("{{\"Type\":{:?},\"RollingUpdate\":{bounds}}}", strategy.text_of("type"));
    errors.value_not_supported(&strategy.path, printed, known);
}

fn rolling_update(bounds: &Field, errors: &mut Errors) {
    let [unavailable, surge] = ["maxUnavailable", "maxSurge"].map(|name| bounds.get(name));
    number_or_percentage(&unavailable, errors);
    number_or_percentage(&surge, errors);
    at_most_all(&unavailable, errors);
    at_most_all(&surge, errors);
    match (amount(&unavailable) != 0, amount(&surge) != 0) {
        (true, true) => {
            errors.invalid(&surge.path, surge.value(), "may not be set when maxUnavailable is non-zero");
        }
        (false, false) => errors.required(&unavailable.path, "cannot be 0 when maxSurge is 0"),
        _ => {}
    }
}

/// A number that may not be below 0, or a share.
pub(super) fn number_or_percentage(field: &Field, errors: &mut Errors) {
    if field.value().is_string() {
        errors.all_invalid(&field.path, field.text(), percentage(field.text()));
    } else {
        not_negative(field, errors);
    }
}

/// The number of a percentage; none for others.
fn percent(field: &Field) -> Option<i64> {
    if !field.value().is_string() || !percentage(field.text()).is_empty() {
        return None;
    }
    Some(field.text().trim_end_matches('%').parse().unwrap_or(i64::MAX))
}

/// The number, of a percentage or not; a text that is neither counts as the number in it (`IntOrString.IntValue`).
pub(super) fn amount(field: &Field) -> i64 {
    percent(field)
        .unwrap_or_else(|| field.value().as_i64().or_else(|| field.text().parse().ok()).unwrap_or(0))
}

/// A share of no more than everything.
pub(super) fn at_most_all(field: &Field, errors: &mut Errors) {
    if percent(field).is_some_and(|percent| percent > 100) {
        errors.invalid(&field.path, field.value(), "must not be greater than 100%");
    }
}

/// A PodDisruptionBudget, new or changed.
pub(super) fn disruption_budget(budget: &Field, errors: &mut Errors) {
    let spec = budget.get("spec");
    let [least, most, policy] =
        ["minAvailable", "maxUnavailable", "unhealthyPodEvictionPolicy"].map(|name| spec.get(name));
    if least.is_set() && most.is_set() {
        let printed = format!(
            "{{\"MinAvailable\":{},\"Selector\":{},\"MaxUnavailable\":{},\"UnhealthyPodEvictionPolicy\":{}}}",
            least.value(),
            super::field::Printed::printed(&Selector(&spec.get("selector"))),
            most.value(),
            policy.value()
        );
        errors.invalid_struct(&spec.path, printed, "minAvailable and maxUnavailable cannot be both set");
    }
    for bound in [&least, &most] {
        number_or_percentage(bound, errors);
        at_most_all(bound, errors);
    }
    selectors::label_selector(&spec.get("selector"), errors);
    if policy.is_set() && !["AlwaysAllow", "IfHealthyBudget"].contains(&policy.text()) {
        errors.not_supported(&policy.path, policy.text(), &["AlwaysAllow", "IfHealthyBudget"]);
    }
}

/// A PriorityClass to be created. Names with `system-` are kept for the two built-in classes.
pub(super) fn priority_class(class: &Field, errors: &mut Errors) {
    let metadata = class.get("metadata");
    metadata::create(&Kind::PriorityClass, &metadata, errors);
    let (name, value) = (metadata.get("name"), class.get("value"));
    if name.text().starts_with("system-") {
        if let Some(why) = wrong_system_class(name.text(), value.int(), class.get("globalDefault").is_true())
        {
            let detail =
                "priority class names with 'system-' prefix are reserved for system use only. error: ";
            errors.forbidden(&name.path, format!("{detail}{why}"));
        }
    } else if value.int() > HIGHEST_USER_PRIORITY {
        let detail = format!("maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}");
        errors.forbidden(&value.path, detail);
    }
    pod::preemption_policy(&class.get("preemptionPolicy"), errors);
}

fn wrong_system_class(name: &str, value: i64, is_default: bool) -> Option<String> {
    let Some((_, known)) = PriorityClass::OF_SYSTEM.iter().find(|(known, _)| *known == name) else {
        return Some(format!("{name} is not a known system priority class"));
    };
    if value != i64::from(*known) {
        return Some(format!("value of {name} PriorityClass must be {known}"));
    }
    is_default.then(|| format!("globalDefault of {name} PriorityClass must be false"))
}

/// A PriorityClass that replaces another; value and policy may not change.
pub(super) fn priority_class_update(class: &Field, old: &Field, errors: &mut Errors) {
    metadata::update(&class.get("metadata"), &old.get("metadata"), errors);
    if class.int_of("value") != old.int_of("value") {
        errors.forbidden(&class.path_of("value"), "may not be changed in an update.");
    }
    let (policy, was): (Field, &Value) = (class.get("preemptionPolicy"), old.get("preemptionPolicy").value());
    if policy.value() != was {
        errors.invalid(&policy.path, policy.value(), "field is immutable");
    }
}
