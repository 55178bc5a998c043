//! What a pod tells its containers of itself, as variables and files, and files of several sources in one volume.
//! Upstream: `validateObjectFieldSelector`, `validateContainerResourceFieldSelector`,
//! `validateDownwardAPIVolumeFile` and `validateProjectionSources` in `pkg/apis/core/validation/validation.go`.

use super::field::{Errors, Field};
use super::parts::required;
use super::paths::{key_to_path, mode, unreserved_path};
use crate::api::names::qualified_name;
use std::collections::BTreeSet;

/// Fields that a variable can hold.
pub(super) const VARIABLES: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];
/// Fields that a file can hold.
const FILES: [&str; 5] =
    ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/// Fields that are known, but can be used nowhere.
const OTHERS: [&str; 3] = ["spec.restartPolicy", "spec.schedulerName", "status.phase"];

/// A reference to a field of the pod, one of those that can be used there.
pub(super) fn field_reference(reference: &Field, usable: &[&str], errors: &mut Errors) {
    let [version, field] = ["apiVersion", "fieldPath"].map(|name| reference.get(name));
    let path = field.text();
    if version.text().is_empty() {
        errors.required(&version.path, "");
        return;
    }
    if path.is_empty() {
        errors.required(&field.path, "");
        return;
    }
    let refuse = |errors: &mut Errors, why: String| {
        errors.invalid(&field.path, path, format!("error converting fieldPath: {why}"));
    };
    if version.text() != "v1" {
        return refuse(errors, format!("unsupported pod version: {}", version.text()));
    }
    let subscript = path.strip_suffix("']").and_then(|path| path.split_once("['"));
    if let Some((path_of_map, key)) = subscript {
        match path_of_map {
            "metadata.annotations" => {
                errors.all_invalid(
                    &reference.path,
                    &key.to_ascii_lowercase(),
                    qualified_name(&key.to_ascii_lowercase()),
                );
            }
            "metadata.labels" => errors.all_invalid(&reference.path, key, qualified_name(key)),
            _ => refuse(errors, format!("field label does not support subscript: {path}")),
        }
        return;
    }
    let path = if path == "spec.host" { "spec.nodeName" } else { path };
    let is_known = VARIABLES.contains(&path) || FILES.contains(&path) || OTHERS.contains(&path);
    if !is_known {
        refuse(errors, format!("field label not supported: {path}"));
    } else if !usable.contains(&path) {
        errors.not_supported(&field.path, path, usable);
    }
}

/// A reference to an amount that a container asks for.
pub(super) fn resource_reference(reference: &Field, errors: &mut Errors) {
    const EXPRESSIONS: [&str; 6] = [
        "limits.cpu",
        "limits.ephemeral-storage",
        "limits.memory",
        "requests.cpu",
        "requests.ephemeral-storage",
        "requests.memory",
    ];
    let resource = reference.get("resource");
    let is_huge_page =
        ["requests.hugepages-", "limits.hugepages-"].iter().any(|start| resource.text().starts_with(start));
    if resource.text().is_empty() {
        errors.required(&resource.path, "");
    } else if !EXPRESSIONS.contains(&resource.text()) && !is_huge_page {
        errors.not_supported(&resource.path, resource.text(), &EXPRESSIONS);
    }
    let divisor = reference.get("divisor");
    if ["", "0"].contains(&divisor.text()) {
        return;
    }
    let (allowed, what): (&[&str], &str) = match resource.text() {
        "limits.cpu" | "requests.cpu" => {
            (&["1m", "1"], "values 1m and 1 are supported with the cpu resource")
        }
        other => {
            let units = &["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
            let name = match other.split_once('.').map_or("", |(_, name)| name) {
                "memory" => "memory",
                "ephemeral-storage" => "local ephemeral storage",
                _ if is_huge_page => "hugepages",
                _ => return,
            };
            if !units.contains(&divisor.text()) {
                let detail = format!(
                    "only divisor's values {} are supported with the {name} resource",
                    units.join(", ")
                );
                errors.invalid(&divisor.path, other, detail);
            }
            return;
        }
    };
    if !allowed.contains(&divisor.text()) {
        errors.invalid(&divisor.path, resource.text(), format!("only divisor's {what}"));
    }
}

/// A volume with what the pod tells of itself. Upstream names the files as if each were the only one.
pub(super) fn downward(source: &Field, errors: &mut Errors) {
    mode(&source.get("defaultMode"), errors);
    for file in source.get("items").items() {
        downward_file(&file.at(source.path.as_str()), errors);
    }
}

fn downward_file(file: &Field, errors: &mut Errors) {
    required(file, "path", errors);
    unreserved_path(&file.get("path"), errors);
    let [field, resource] = ["fieldRef", "resourceFieldRef"].map(|name| file.get(name));
    match (field.is_set(), resource.is_set()) {
        (true, both) => {
            field_reference(&field, &FILES, errors);
            if both {
                let detail = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid(&file.path, "resource", detail);
            }
        }
        (false, true) if resource.text_of("containerName").is_empty() => {
            errors.required(&resource.path_of("containerName"), "");
        }
        (false, true) => resource_reference(&resource, errors),
        (false, false) => errors.required(&file.path, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(&file.get("mode"), errors);
}

/// A volume with files of several sources.
pub(super) fn projected(volume: &Field, errors: &mut Errors) {
    mode(&volume.get("defaultMode"), errors);
    let mut taken = BTreeSet::new();
    for source in volume.get("sources").items() {
        let [secret, map, downward, token] =
            ["secret", "configMap", "downwardAPI", "serviceAccountToken"].map(|name| source.get(name));
        for keys in [&secret, &map].into_iter().filter(|keys| keys.is_set()) {
            required(keys, "name", errors);
            for item in keys.get("items").items() {
                key_to_path(&item, errors);
                once(item.text_of("path"), keys.text_of("name"), volume, &mut taken, errors);
            }
        }
        for file in downward.get("items").items() {
            downward_file(&file.at(downward.path.as_str()), errors);
            once(file.text_of("path"), file.text_of("path"), volume, &mut taken, errors);
        }
        if token.is_set() {
            account_token(&token, volume, errors);
        }
        let others = ["clusterTrustBundle", "podCertificate"].map(|name| source.get(name));
        let all = [secret, map, downward, token];
        if all.iter().chain(&others).filter(|one| one.is_set()).count() > 1 {
            errors.forbidden(&source.path, "may not specify more than 1 volume type per source");
        }
    }
}

/// No two sources may write the same file.
fn once<'a>(path: &'a str, told: &str, volume: &Field, taken: &mut BTreeSet<&'a str>, errors: &mut Errors) {
    if !path.is_empty() && !taken.insert(path) {
        errors.invalid(&volume.path, told, "conflicting duplicate paths");
    }
}

fn account_token(token: &Field, volume: &Field, errors: &mut Errors) {
    let seconds = token.get("expirationSeconds");
    if seconds.int() < 600 {
        errors.invalid(&seconds.path, seconds.int(), "may not specify a duration less than 10 minutes");
    }
    if seconds.int() > 1 << 32 {
        errors.invalid(&seconds.path, seconds.int(), "may not specify a duration larger than 2^32 seconds");
    }
    // Upstream names the path as if it stood in the volume.
    let path = token.get("path").at(volume.path_of("path"));
    if path.text().is_empty() {
        errors.required(&path.path, "");
    } else {
        unreserved_path(&path, errors);
    }
}
