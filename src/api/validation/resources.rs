//! Names and amounts of resources. Upstream: `pkg/apis/core/validation/validation.go`, `pkg/apis/core/helper`.

use super::super::Quantity;
use super::field::{Errors, Field};
use crate::api::aggregate::container_sum;
use crate::api::names::qualified_name;

const NOT_NEGATIVE: &str = "must be greater than or equal to 0";

/// Amounts that are quoted in quotas and so are known, besides those of containers.
const QUOTA_RESOURCES: [&str; 16] = [
    "requests.cpu",
    "requests.memory",
    "requests.ephemeral-storage",
    "limits.cpu",
    "limits.memory",
    "limits.ephemeral-storage",
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "storage",
    "services.nodeports",
    "services.loadbalancers",
];

fn is_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-")
}

fn is_quota_huge_page(name: &str) -> bool {
    name.starts_with("hugepages-") || name.starts_with("requests.hugepages-")
}

fn is_standard(name: &str) -> bool {
    is_standard_for_containers(name)
        || QUOTA_RESOURCES.contains(&name)
        || name == "requests.storage"
        || is_quota_huge_page(name)
}

fn is_standard_for_containers(name: &str) -> bool {
    ["cpu", "memory", "ephemeral-storage"].contains(&name) || is_huge_page(name)
}

/// `kubernetes.io/…` and names without a domain.
fn is_native(name: &str) -> bool {
    !name.contains('/') || name.contains("kubernetes.io/")
}

/// Whether requests may be lower than the limit.
fn allows_overcommit(name: &str) -> bool {
    is_native(name) && !is_huge_page(name)
}

fn is_extended(name: &str) -> bool {
    !is_native(name)
        && !name.starts_with("requests.")
        && qualified_name(&format!("requests.{name}")).is_empty()
}

/// Whether amounts must be whole numbers.
fn is_counted(name: &str) -> bool {
    const OBJECTS: [&str; 9] = [
        "pods",
        "resourcequotas",
        "services",
        "replicationcontrollers",
        "secrets",
        "configmaps",
        "persistentvolumeclaims",
        "services.nodeports",
        "services.loadbalancers",
    ];
    OBJECTS.contains(&name) || is_extended(name)
}

fn quantity(field: &Field) -> Quantity {
    Quantity::parse(field.text()).unwrap_or_default()
}

/// An amount of a resource.
pub(super) fn amount(name: &str, amount: &Field, errors: &mut Errors) {
    let value = quantity(amount);
    if value.sign() < 0 {
        errors.invalid(&amount.path, amount.text(), NOT_NEGATIVE);
    }
    if is_counted(name) && value.milli_value() % 1000 != 0 {
        errors.invalid(&amount.path, amount.text(), "must be an integer");
    }
}

fn name_of_any(name: &str, path: &str, errors: &mut Errors) -> bool {
    let count = errors.0.len();
    errors.all_invalid(path, name, qualified_name(name));
    if errors.none_since(count) && !name.contains('/') && !is_standard(name) {
        errors.invalid(path, name, "must be a standard resource type or fully qualified");
    }
    errors.none_since(count)
}

fn name_for_container(name: &str, path: &str, errors: &mut Errors) {
    name_of_any(name, path, errors);
    if !name.contains('/') {
        if !is_standard_for_containers(name) {
            errors.invalid(path, name, "must be a standard resource for containers");
        }
    } else if !is_native(name) && !is_extended(name) {
        errors.invalid(path, name, "doesn't follow extended resource name standard");
    }
}

/// Whether a quota may limit it, of what has no domain.
pub(super) fn is_of_quotas(name: &str) -> bool {
    let is_known = ["cpu", "memory", "ephemeral-storage", "requests.storage"].contains(&name)
        || QUOTA_RESOURCES.contains(&name) && name != "storage";
    is_known || is_quota_huge_page(name)
}

/// What a quota limits.
pub(super) fn name_for_quota(name: &str, path: &str, errors: &mut Errors) {
    name_of_any(name, path, errors);
    if !name.contains('/') && !is_of_quotas(name) {
        errors.invalid(path, name, "must be a standard resource for quota");
    }
}

fn name_for_pod(name: &str, path: &str, errors: &mut Errors) {
    let is_supported = ["cpu", "memory"].contains(&name) || is_huge_page(name);
    if name_of_any(name, path, errors) && !is_supported {
        errors.not_supported(path, name, &["cpu", "hugepages-", "memory"]);
    }
}

/// Limits and requests of a container.
pub(super) fn of_container(resources: &Field, claims: &[&str], errors: &mut Errors) {
    requirements(resources, name_for_container, errors);
    claim_names(&resources.get("claims"), claims, errors);
}

/// Limits and requests of a pod as a whole (`validatePodResources`).
pub(super) fn of_pod(spec: &Field, claims: &[&str], errors: &mut Errors) {
    let resources = spec.get("resources");
    if !resources.is_set() {
        return;
    }
    if spec.get("os").text_of("name") == "windows" {
        return errors.forbidden(&resources.path, "may not be set for a windows pod");
    }
    if resources.get("claims").is_set() {
        errors.forbidden(&resources.path_of("claims"), "claims may not be set for Resources at pod-level");
    }
    requirements(&resources, name_for_pod, errors);
    claim_names(&resources.get("claims"), claims, errors);
    consistent(spec, &resources, errors);
}

/// The whole is no less than what the containers ask for together, and no less than the limit of each
/// (`validatePodResourceConsistency`).
fn consistent(spec: &Field, resources: &Field, errors: &mut Errors) {
    for (is_requests, name) in [(true, "requests"), (false, "limits")] {
        let whole = resources.get(name);
        for (resource, sum) in container_sum(spec.value(), name) {
            let Some((_, own)) = whole.entries().into_iter().find(|(own, _)| **own == *resource) else {
                continue;
            };
            if sum > quantity(&own) && (is_requests || is_huge_page(&resource)) {
                let detail = format!("must be greater than or equal to aggregate container {name} of {sum}");
                errors.invalid(&own.path, own.text(), detail);
            }
        }
    }
    let limits = resources.get("limits").entries();
    for (index, container) in spec.get("containers").items().iter().enumerate() {
        for (name, limit) in container.get("resources").get("limits").entries() {
            let Some((_, whole)) = limits.iter().find(|(own, _)| *own == name) else { continue };
            if quantity(&limit) > quantity(whole) {
                let path = format!("{}.containers[{index}][{name}].limits", resources.path);
                let detail = format!("must be less than or equal to pod limits of {}", whole.text());
                errors.invalid(&path, limit.text(), detail);
            }
        }
    }
}

/// What a runtime needs besides the containers; upstream looks at it as at the limits of a container.
pub(super) fn overhead(overhead: &Field, errors: &mut Errors) {
    let limits = serde_json::json!({ "limits": overhead.value() });
    of_container(&Field::root(&limits).at(overhead.path.as_str()), &[], errors);
}

fn requirements(resources: &Field, check_name: fn(&str, &str, &mut Errors), errors: &mut Errors) {
    let [limits, requests] = ["limits", "requests"].map(|name| resources.get(name));
    let (mut has_huge_pages, mut has_cpu_or_memory) = (false, false);
    for (list, is_requests) in [(&limits, false), (&requests, true)] {
        for (name, value) in list.entries() {
            check_name(name, &value.path, errors);
            amount(name, &value, errors);
            if is_requests {
                request_within_limit(name, &value, &limits, &requests.path, errors);
            }
            if is_huge_page(name) {
                has_huge_pages = true;
                huge_page_amount(name, &value, errors);
            }
            has_cpu_or_memory |= name == "cpu" || name == "memory";
        }
    }
    if has_huge_pages && !has_cpu_or_memory {
        errors.forbidden(&resources.path, "HugePages require cpu or memory");
    }
}

fn request_within_limit(name: &str, request: &Field, limits: &Field, path: &str, errors: &mut Errors) {
    let Some((_, limit)) = limits.entries().into_iter().find(|(limited, _)| *limited == name) else {
        if !allows_overcommit(name) {
            errors.required(&limits.path, "Limit must be set for non overcommitable resources");
        }
        return;
    };
    let (asked, allowed) = (quantity(request), quantity(&limit));
    if asked != allowed && !allows_overcommit(name) {
        errors.invalid(path, request.text(), format!("must be equal to {name} limit of {}", limit.text()));
    } else if asked > allowed {
        errors.invalid(
            path,
            request.text(),
            format!("must be less than or equal to {name} limit of {}", limit.text()),
        );
    }
}

fn huge_page_amount(name: &str, amount: &Field, errors: &mut Errors) {
    let size = name.strip_prefix("hugepages-").and_then(|size| Quantity::parse(size).ok());
    let size = size.map_or(0, |size| size.value());
    let value = quantity(amount).value();
    if size <= 0 || value % size != 0 {
        let detail = format!("{} is not positive integer multiple of {name}", amount.text());
        errors.invalid(&amount.path, amount.text(), detail);
    }
}

fn claim_names(claims: &Field, known: &[&str], errors: &mut Errors) {
    let mut seen: Vec<&str> = Vec::new();
    for claim in claims.items() {
        let name = claim.text_of("name");
        if name.is_empty() {
            errors.required(&claim.path, "");
            continue;
        }
        if seen.contains(&name) && claim.text_of("request").is_empty() {
            errors.duplicate(&claim.path, name);
        }
        seen.push(name);
        if !known.contains(&name) {
            let list = if known.is_empty() {
                " which is empty".to_owned()
            } else {
                format!(": {}", known.join(", "))
            };
            errors.not_found_because(
                &claim.path,
                name,
                format!("must be one of the names in pod.spec.resourceClaims{list}"),
            );
        }
    }
}
