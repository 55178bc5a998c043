//! Kinds that are stored and of which only a loop or nobody reads more: workloads beside DaemonSets, and what people
//! make with `kubectl create`. Upstream: `pkg/apis/{apps,batch,core}/validation/validation.go`.

use super::super::{Kind, Quantity};
use super::field::{Errors, Field};
use super::parts::one_of;
use super::workload::{
    Selector, amount, at_most_all, not_negative, number_or_percentage, runs_always, selects, unknown_strategy,
};
use super::{cron, pod, resources, selectors};
use crate::api::names::{config_key, dns_label};
use serde_json::{Value, json};

const IMMUTABLE: &str = "field is immutable";

/// Checks an object beside its metadata, new or in place of another one. Each kind's rules are a function of their own
/// (`inline(never)`), so that the page may fetch later what a first visit does not meet.
pub(super) fn check(kind: &Kind, object: &Field, old: Option<&Field>, errors: &mut Errors) {
    let spec = object.get("spec");
    let was = old.map(|old| old.get("spec"));
    match (kind.group(), kind.name()) {
        ("apps", "Deployment") => deployment(&spec, was.as_ref(), errors),
        ("apps", "ReplicaSet") => {
            not_negative(&spec.get("replicas"), errors);
            not_negative(&spec.get("minReadySeconds"), errors);
            replicated(&spec, errors);
            unchanged(&spec, was.as_ref(), &["selector"], errors);
        }
        ("apps", "StatefulSet") => stateful_set(&spec, was.as_ref(), errors),
        ("batch", "Job") => manual_job(&spec, was.as_ref(), errors),
        ("batch", "CronJob") => cron_job(object, old.is_none(), errors),
        ("", "Secret") => secret(object, old, errors),
        ("", "ConfigMap") => config_map(object, old, errors),
        ("", "LimitRange") => limit_range(&spec, errors),
        ("", "ResourceQuota") => quota(&spec, was.as_ref(), errors),
        ("", "PersistentVolumeClaim") => claim(&spec, errors),
        _ => {}
    }
}

/// A Job that stands for itself.
#[inline(never)]
fn manual_job(spec: &Field, was: Option<&Field>, errors: &mut Errors) {
    job(spec, errors);
    let manual = spec.get("selector");
    if spec.get("manualSelector").is_true() && !manual.is_set() {
        errors.required(&manual.path, "");
    }
    unchanged(spec, was, &["completions", "selector", "template", "completionMode"], errors);
}

/// The bounds of a LimitRange do not contradict each other (`ValidateLimitRange`).
#[inline(never)]
fn limit_range(spec: &Field, errors: &mut Errors) {
    const LISTS: [&str; 4] = ["min", "max", "default", "defaultRequest"];
    /// Of two lists: the greater one must not be less; which of them is wrong, and whose value is told with it.
    const PAIRS: [(usize, usize, usize, usize, [&str; 2]); 6] = [
        (0, 1, 0, 0, ["min value", "is greater than max value"]),
        (0, 3, 3, 3, ["min value", "is greater than default request value"]),
        (3, 1, 3, 3, ["default request value", "is greater than max value"]),
        (3, 2, 3, 3, ["default request value", "is greater than default limit value"]),
        (0, 2, 2, 0, ["min value", "is greater than default value"]),
        (2, 1, 2, 1, ["default value", "is greater than max value"]),
    ];
    for limit in spec.get("limits").items() {
        let lists = LISTS.map(|list| limit.get(list));
        let mut names: Vec<&str> = lists.iter().flat_map(Field::entries).map(|(name, _)| name).collect();
        crate::api::sort::plain(&mut names);
        names.dedup();
        for name in names {
            let amounts = lists.each_ref().map(|list| Quantity::parse(list.text_of(name)).ok());
            for (less, more, wrong, told, [first, second]) in PAIRS {
                let (Some(low), Some(high)) = (&amounts[less], &amounts[more]) else { continue };
                if low > high {
                    let detail = format!("{first} {} {second} {}", low.canonical(), high.canonical());
                    let value = if told == less { low } else { high }.canonical();
                    errors.invalid(&lists[wrong].path_at(name), value.as_str(), detail);
                }
            }
        }
    }
}

/// Fields that may not change.
#[inline(never)]
fn unchanged(spec: &Field, was: Option<&Field>, names: &[&str], errors: &mut Errors) {
    let Some(was) = was else { return };
    for (now, was) in names.iter().map(|name| (spec.get(name), was.get(name))) {
        if now.value() == was.value() {
            continue;
        }
        if now.path.ends_with("selector") {
            errors.invalid(&now.path, Selector(&now), IMMUTABLE);
        } else {
            errors.invalid(&now.path, now.value(), IMMUTABLE);
        }
    }
}

/// The selector of a workload, and whether pods of the template are found by it. A selector that cannot be evaluated
/// is told, and then the template is not looked at.
fn selector_fits(spec: &Field, workload: &str, unreadable: &str, errors: &mut Errors) -> bool {
    let selector = spec.get("selector");
    let count = errors.0.len();
    if selector.is_set() {
        selectors::label_selector(&selector, errors);
        let is_readable = errors.none_since(count);
        if !selector.get("matchLabels").has_items() && !selector.get("matchExpressions").has_items() {
            let detail = format!("empty selector is invalid for {workload}");
            errors.invalid(&selector.path, Selector(&selector), detail);
        }
        if !is_readable {
            errors.invalid(&selector.path, Selector(&selector), unreadable);
            return false;
        }
    } else {
        errors.required(&selector.path, "");
    }
    let labels = spec.get("template").get("metadata").get("labels");
    if !selects(&selector, &labels) {
        errors.invalid(&labels.path, labels.value(), "`selector` does not match template `labels`");
    }
    true
}

/// Selector and template of a ReplicaSet, and of a Deployment, which makes one.
#[inline(never)]
fn replicated(spec: &Field, errors: &mut Errors) {
    if selector_fits(spec, "deployment", "invalid label selector", errors) {
        let template = spec.get("template");
        pod::template(&template, errors);
        runs_always(&template.get("spec"), "ReplicaSet", errors);
    }
}

#[inline(never)]
fn deployment(spec: &Field, was: Option<&Field>, errors: &mut Errors) {
    not_negative(&spec.get("replicas"), errors);
    replicated(spec, errors);
    let strategy = spec.get("strategy");
    let bounds = strategy.get("rollingUpdate");
    match strategy.text_of("type") {
        "Recreate" if bounds.is_set() => {
            errors.forbidden(&bounds.path, "may not be specified when strategy `type` is 'Recreate'");
        }
        "Recreate" => {}
        "RollingUpdate" => {
            let [unavailable, surge] = ["maxUnavailable", "maxSurge"].map(|name| bounds.get(name));
            number_or_percentage(&unavailable, errors);
            number_or_percentage(&surge, errors);
            if amount(&unavailable) == 0 && amount(&surge) == 0 {
                let detail = "may not be 0 when `maxSurge` is 0";
                errors.invalid(&unavailable.path, unavailable.value(), detail);
            }
            at_most_all(&unavailable, errors);
        }
        _ => unknown_strategy(&strategy, &["Recreate", "RollingUpdate"], errors),
    }
    not_negative(&spec.get("minReadySeconds"), errors);
    not_negative(&spec.get("revisionHistoryLimit"), errors);
    let deadline = spec.get("progressDeadlineSeconds");
    not_negative(&deadline, errors);
    if deadline.is_set() && deadline.int() <= spec.int_of("minReadySeconds") {
        errors.invalid(&deadline.path, deadline.int(), "must be greater than minReadySeconds");
    }
    unchanged(spec, was, &["selector"], errors);
}

#[inline(never)]
fn stateful_set(spec: &Field, was: Option<&Field>, errors: &mut Errors) {
    const MANAGEMENT: [&str; 2] = ["OrderedReady", "Parallel"];
    let management = spec.get("podManagementPolicy");
    if !MANAGEMENT.contains(&management.text()) {
        errors.invalid(&management.path, management.text(), "must be 'OrderedReady' or 'Parallel'");
    }
    let strategy = spec.get("updateStrategy");
    let rolling = strategy.get("rollingUpdate");
    match strategy.text_of("type") {
        "RollingUpdate" => not_negative(&rolling.get("partition"), errors),
        "OnDelete" if rolling.is_set() => {
            let printed = format!(
                "{{\"Partition\":{},\"MaxUnavailable\":{}}}",
                rolling.int_of("partition"),
                rolling.get("maxUnavailable").value()
            );
            errors.invalid_struct(&rolling.path, printed, "only allowed for updateStrategy 'RollingUpdate'");
        }
        "OnDelete" => {}
        other => {
            let printed = format!("{{\"Type\":{other:?},\"RollingUpdate\":null}}");
            errors.invalid_struct(&strategy.path, printed, "must be 'RollingUpdate' or 'OnDelete'");
        }
    }
    let claims = spec.get("volumeClaimTemplates");
    if was.is_none() {
        claims.items().iter().for_each(|template| claim(&template.get("spec"), errors));
    }
    not_negative(&spec.get("replicas"), errors);
    not_negative(&spec.get("minReadySeconds"), errors);
    let service = spec.get("serviceName");
    if was.is_none() && !service.text().is_empty() {
        errors.all_invalid(&service.path, service.text(), dns_label(service.text()));
    }
    let template = spec.get("template");
    if selector_fits(spec, "statefulset", "", errors) {
        // The controller puts in a volume for each claim.
        let mut made = template.value().clone();
        if claims.has_items() {
            let own = made["spec"]["volumes"].as_array().cloned().unwrap_or_default();
            let named =
                |name: &Value| json!({ "name": name, "persistentVolumeClaim": { "claimName": name } });
            let names: Vec<Value> = claims
                .items()
                .iter()
                .map(|claim| claim.get("metadata").get("name").value().clone())
                .collect();
            let rest = own.into_iter().filter(|volume| !names.contains(&volume["name"]));
            made["spec"]["volumes"] = names.iter().map(named).chain(rest).collect();
        }
        pod::template(&Field::root(&made).at(template.path.as_str()), errors);
    }
    runs_always(&template.get("spec"), "StatefulSet", errors);
    let Some(was) = was else { return };
    const MAY_CHANGE: [&str; 7] = [
        "replicas",
        "ordinals",
        "template",
        "updateStrategy",
        "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy",
        "minReadySeconds",
    ];
    let fixed = |spec: &Field| -> Vec<(String, Value)> {
        let entries = spec.entries().into_iter().filter(|(name, _)| !MAY_CHANGE.contains(name));
        entries.map(|(name, value)| (name.to_owned(), value.value().clone())).collect()
    };
    if fixed(spec) != fixed(was) {
        errors.forbidden(
            &spec.path,
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        );
    }
}

/// A claim for storage, or the template of one.
#[inline(never)]
fn claim(spec: &Field, errors: &mut Errors) {
    const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];
    let modes = spec.get("accessModes");
    if !modes.has_items() {
        errors.required(&modes.path, "at least 1 access mode is required");
    }
    for mode in modes.items().iter().filter(|mode| !MODES.contains(&mode.text())) {
        errors.not_supported(&modes.path, mode.text(), &MODES);
    }
    let resources = spec.get("resources");
    let storage = resources.get("requests").get("storage").at(resources.path_at("storage"));
    if storage.is_set() {
        if Quantity::parse(storage.text()).is_ok_and(|amount| amount.sign() <= 0) {
            errors.invalid(&storage.path, storage.text(), "must be greater than zero");
        }
    } else {
        errors.required(&storage.path, "");
    }
}

fn job(spec: &Field, errors: &mut Errors) {
    for name in
        ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"]
    {
        not_negative(&spec.get(name), errors);
    }
    let mode = spec.get("completionMode");
    if mode.is_set() && !["NonIndexed", "Indexed"].contains(&mode.text()) {
        errors.not_supported(&mode.path, mode.text(), &["NonIndexed", "Indexed"]);
    }
    if mode.text() == "Indexed" && !spec.get("completions").is_set() {
        errors.required(&spec.path_of("completions"), "when completion mode is Indexed");
    }
    let template = spec.get("template");
    pod::template(&template, errors);
    let restart = template.get("spec").get("restartPolicy");
    match restart.text() {
        "OnFailure" | "Never" => {}
        "Always" | "" => errors.required(&restart.path, "valid values: \"OnFailure\", \"Never\""),
        other => errors.not_supported(&restart.path, other, &["OnFailure", "Never"]),
    }
}

#[inline(never)]
fn cron_job(cron_job: &Field, is_new: bool, errors: &mut Errors) {
    /// What is left of a name's 63 letters when the time of a run stands behind it.
    const LONGEST: usize = 52;
    let spec = cron_job.get("spec");
    let schedule = spec.get("schedule");
    if schedule.text().is_empty() {
        errors.required(&schedule.path, "");
    } else {
        if let Err(why) = cron::schedule(schedule.text()) {
            errors.invalid(&schedule.path, schedule.text(), why);
        }
        if schedule.text().contains("TZ") {
            let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
            errors.invalid(&schedule.path, schedule.text(), detail);
        }
    }
    not_negative(&spec.get("startingDeadlineSeconds"), errors);
    one_of(&spec.get("concurrencyPolicy"), &["Allow", "Forbid", "Replace"], errors);
    let template = spec.get("jobTemplate").get("spec");
    job(&template, errors);
    let selector = template.get("selector");
    if selector.is_set() {
        errors.invalid(&selector.path, Selector(&selector), "`selector` will be auto-generated");
    }
    not_negative(&spec.get("successfulJobsHistoryLimit"), errors);
    not_negative(&spec.get("failedJobsHistoryLimit"), errors);
    let name = cron_job.get("metadata").get("name");
    if is_new && name.text().len() > LONGEST {
        errors.invalid(&name.path, name.text(), "must be no more than 52 characters");
    }
}

/// What an immutable object may not change (`immutable: true`).
fn frozen(object: &Field, old: Option<&Field>, bags: &[&str], errors: &mut Errors) {
    const DETAIL: &str = "field is immutable when `immutable` is set";
    let Some(old) = old.filter(|old| old.get("immutable").is_true()) else { return };
    if !object.get("immutable").is_true() {
        errors.forbidden("immutable", DETAIL);
    }
    for bag in bags.iter().filter(|bag| object.get(bag).value() != old.get(bag).value()) {
        errors.forbidden(bag, DETAIL);
    }
}

fn keys(bag: &Field, errors: &mut Errors) {
    for (key, value) in bag.entries() {
        errors.all_invalid(&value.path, key, config_key(key));
    }
}

#[inline(never)]
fn secret(secret: &Field, old: Option<&Field>, errors: &mut Errors) {
    /// What a secret of a type has to hold.
    const HOLDS: [(&str, &[&str]); 4] = [
        ("kubernetes.io/dockercfg", &[".dockercfg"]),
        ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
        ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
        ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
    ];
    const ACCOUNT: &str = "kubernetes.io/service-account.name";
    let (type_, data) = (secret.get("type"), secret.get("data"));
    if old.is_some_and(|old| old.text_of("type") != type_.text()) {
        errors.invalid(&type_.path, type_.text(), IMMUTABLE);
    }
    frozen(secret, old, &["data"], errors);
    keys(&data, errors);
    let missing = |key: &&str| !data.get(key).is_set();
    match type_.text() {
        "kubernetes.io/service-account-token" => {
            let annotations = secret.get("metadata").get("annotations");
            if annotations.text_of(ACCOUNT).is_empty() {
                errors.required(&annotations.path_at(ACCOUNT), "");
            }
        }
        "kubernetes.io/basic-auth" => {
            let both = ["username", "password"];
            if both.iter().all(missing) {
                both.iter().for_each(|key| errors.required(&data.path_at(key), ""));
            }
        }
        known => {
            let wanted = HOLDS.iter().filter(|(type_, _)| *type_ == known).flat_map(|(_, keys)| *keys);
            wanted.filter(|key| missing(key)).for_each(|key| errors.required(&data.path_at(key), ""));
        }
    }
}

#[inline(never)]
fn config_map(map: &Field, old: Option<&Field>, errors: &mut Errors) {
    frozen(map, old, &["data", "binaryData"], errors);
    let binary = map.get("binaryData");
    for (key, value) in map.get("data").entries() {
        errors.all_invalid(&value.path, key, config_key(key));
        if binary.get(key).is_set() {
            errors.invalid(&value.path, key, "duplicate of key present in binaryData");
        }
    }
    keys(&binary, errors);
}

/// What a quota may limit, and for which pods.
#[inline(never)]
fn quota(spec: &Field, was: Option<&Field>, errors: &mut Errors) {
    const OF_PODS: [&str; 5] =
        ["Terminating", "NotTerminating", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"];
    const COUNTED: [&str; 7] =
        ["pods", "cpu", "memory", "limits.cpu", "limits.memory", "requests.cpu", "requests.memory"];
    const OF_CLAIMS: [&str; 2] = ["persistentvolumeclaims", "requests.storage"];
    let hard = spec.get("hard").entries();
    for (name, amount) in &hard {
        resources::name_for_quota(name, &amount.path, errors);
        resources::amount(name, amount, errors);
    }
    let scopes = spec.get("scopes");
    let mut wrong = |detail: &str| errors.invalid(&scopes.path, scopes.value(), detail);
    let all: Vec<&str> = scopes.items().iter().map(Field::text).collect();
    for scope in &all {
        let allowed: Option<&[&str]> = match *scope {
            "BestEffort" => Some(&COUNTED[..1]),
            "VolumeAttributesClass" => Some(&OF_CLAIMS),
            scope if OF_PODS.contains(&scope) => Some(&COUNTED),
            _ => None,
        };
        if allowed.is_none() {
            wrong("unsupported scope");
        }
        let is_out = |name: &&str| {
            resources::is_of_quotas(name) && allowed.is_some_and(|allowed| !allowed.contains(name))
        };
        if hard.iter().map(|(name, _)| *name).any(|name| is_out(&name)) {
            wrong("unsupported scope applied to resource");
        }
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| all.contains(scope)) {
            wrong("conflicting scopes");
        }
    }
    if was.is_some_and(|was| was.get("scopes").value() != scopes.value()) {
        wrong(IMMUTABLE);
    }
}

#[cfg(test)]
mod tests {
    use crate::api::validation::{create_errors, validate_update};
    use crate::api::{Object, defaults};
    use serde_json::{Value, json};

    fn object(kind: &str, version: &str, rest: Value) -> Object {
        let mut value =
            json!({ "apiVersion": version, "kind": kind, "metadata": { "name": "a", "namespace": "b" } });
        for (field, part) in rest.as_object().expect("fields") {
            value[field] = part.clone();
        }
        let mut object = Object::from_json(value).expect("an object");
        defaults::apply(&mut object);
        object
    }

    fn workload(kind: &str, more: Value) -> Object {
        let mut spec = json!({
            "selector": { "matchLabels": { "app": "a" } },
            "template": { "metadata": { "labels": { "app": "a" } }, "spec": { "containers": [{ "name": "c", "image": "i" }] } },
        });
        for (pointer, value) in more.as_object().expect("fields") {
            let (above, field) = pointer.rsplit_once('/').expect("a path");
            spec.pointer_mut(above).expect("a place")[field] = value.clone();
        }
        object(kind, "apps/v1", json!({ "spec": spec }))
    }

    #[test]
    fn workloads_are_refused_in_the_words_of_upstream() {
        for (kind, more, expected) in [
            ("Deployment", json!({}), vec![]),
            (
                "Deployment",
                json!({ "/replicas": -1 }),
                vec!["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
            ),
            (
                "ReplicaSet",
                json!({ "/selector": { "matchLabels": { "app": "x" } } }),
                vec![
                    "spec.template.metadata.labels: Invalid value: {\"app\":\"a\"}: `selector` does not match template `labels`",
                ],
            ),
            (
                "StatefulSet",
                json!({ "/selector": {} }),
                vec!["spec.selector: Invalid value: {}: empty selector is invalid for statefulset"],
            ),
            (
                "Deployment",
                json!({ "/template/spec/restartPolicy": "Never" }),
                vec![
                    "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
                ],
            ),
            (
                "Deployment",
                json!({ "/strategy": { "type": "Recreate", "rollingUpdate": {} } }),
                vec![
                    "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
                ],
            ),
            (
                "Deployment",
                json!({ "/progressDeadlineSeconds": 5, "/minReadySeconds": 5 }),
                vec!["spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"],
            ),
            (
                "StatefulSet",
                json!({ "/podManagementPolicy": "X" }),
                vec!["spec.podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'"],
            ),
        ] {
            let told: Vec<String> =
                create_errors(&workload(kind, more)).iter().map(ToString::to_string).collect();
            assert_eq!(told, expected, "{kind}");
        }
        let other = workload(
            "Deployment",
            json!({
                "/selector": { "matchLabels": { "app": "y" } }, "/template/metadata": { "labels": { "app": "y" } },
            }),
        );
        let (errors, _) = validate_update(&other, &workload("Deployment", json!({})));
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"y\"}}: field is immutable"]
        );
    }

    #[test]
    fn what_people_make_of_flags_is_checked() {
        for (kind, version, rest, expected) in [
            (
                "Secret",
                "v1",
                json!({ "type": "kubernetes.io/tls" }),
                vec!["data[tls.crt]: Required value", "data[tls.key]: Required value"],
            ),
            ("Secret", "v1", json!({}), vec![]),
            (
                "ResourceQuota",
                "v1",
                json!({ "spec": { "hard": { "cpu": "1" }, "scopes": ["Nope"] } }),
                vec!["spec.scopes: Invalid value: [\"Nope\"]: unsupported scope"],
            ),
            (
                "ResourceQuota",
                "v1",
                json!({ "spec": { "hard": { "cpu": "1" }, "scopes": ["BestEffort"] } }),
                vec!["spec.scopes: Invalid value: [\"BestEffort\"]: unsupported scope applied to resource"],
            ),
            (
                "CronJob",
                "batch/v1",
                json!({ "spec": { "schedule": "bad", "jobTemplate": { "spec": { "template": { "spec": {
                    "restartPolicy": "Never", "containers": [{ "name": "c", "image": "i" }] } } } } } }),
                vec!["spec.schedule: Invalid value: \"bad\": expected exactly 5 fields, found 1: [bad]"],
            ),
            (
                "PersistentVolumeClaim",
                "v1",
                json!({ "spec": {} }),
                vec![
                    "spec.accessModes: Required value: at least 1 access mode is required",
                    "spec.resources[storage]: Required value",
                ],
            ),
        ] {
            let told: Vec<String> =
                create_errors(&object(kind, version, rest)).iter().map(ToString::to_string).collect();
            assert_eq!(told, expected, "{kind}");
        }
    }
}
