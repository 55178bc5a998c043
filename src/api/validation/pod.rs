//! Pods and their templates. Upstream: `pkg/apis/core/validation/validation.go`.

use super::containers::{self, Pod};
use super::field::{Errors, Field};
use super::parts::all_containers;
use super::{metadata, os, paths, resources, selectors, volumes};
use crate::api::ip::ip_address;
use crate::api::names::{
    dns_label, dns_subdomain, in_range, label_value, qualified_name, search_domain, sysctl,
};
use serde_json::Value;
use std::collections::BTreeSet;

const MIRROR: &str = "kubernetes.io/config.mirror";
const DELETION_COST: &str = "controller.kubernetes.io/pod-deletion-cost";
const APP_ARMOR: &str = "container.apparmor.security.beta.kubernetes.io/";
pub(super) const SECCOMP: &str = "seccomp.security.alpha.kubernetes.io/pod";
pub(super) const CONTAINER_SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/";

/// A pod to be created.
pub(super) fn create(pod: &Field, errors: &mut Errors) {
    metadata_and_spec(pod, errors);
    let spec = pod.get("spec");
    if spec.get("ephemeralContainers").has_items() {
        errors.forbidden(&spec.path_of("ephemeralContainers"), "cannot be set on create");
    }
    if !spec.text_of("nodeName").is_empty() && spec.get("schedulingGates").has_items() {
        let detail = "cannot be set until all schedulingGates have been cleared";
        errors.forbidden(&spec.path_of("nodeName"), detail);
    }
}

fn metadata_and_spec(pod: &Field, errors: &mut Errors) {
    let (metadata, spec) = (pod.get("metadata"), pod.get("spec"));
    metadata::create(&super::super::Kind::Pod, &metadata, errors);
    annotations(&metadata.get("annotations"), &spec, errors);
    check_spec(&spec, true, errors);
    for list in ["containers", "initContainers"].map(|name| spec.get(name)) {
        for image in list.items().iter().map(|container| container.get("image")) {
            untrimmed_image(&image, errors);
        }
    }
}

fn untrimmed_image(image: &Field, errors: &mut Errors) {
    if image.text().trim() != image.text() {
        errors.invalid(&image.path, image.text(), "must not have leading or trailing whitespace");
    }
}

/// What pods are made from. Labels and annotations are named as if they stood in the template itself.
pub(super) fn template(template: &Field, errors: &mut Errors) {
    let (metadata, spec) = (template.get("metadata"), template.get("spec"));
    let annotated = metadata.get("annotations").at(template.path_of("annotations"));
    metadata::labels(&metadata.get("labels").at(template.path_of("labels")), errors);
    metadata::annotations(&annotated, errors);
    annotations(&annotated, &spec, errors);
    check_spec(&spec, false, errors);
    if spec.get("ephemeralContainers").has_items() {
        let detail = "ephemeral containers not allowed in pod template";
        errors.forbidden(&spec.path_of("ephemeralContainers"), detail);
    }
}

/// Annotations that mean something in a pod.
fn annotations(annotations: &Field, spec: &Field, errors: &mut Errors) {
    for (key, value) in annotations.entries() {
        if key == MIRROR && spec.text_of("nodeName").is_empty() {
            errors.invalid(
                &value.path,
                value.text(),
                "must set spec.nodeName if mirror pod annotation is set",
            );
        }
        if key == DELETION_COST {
            let text = value.text();
            let is_plain =
                !text.starts_with('+') && (text == "0" || !text.trim_start_matches('-').starts_with('0'));
            if !is_plain || text.parse::<i32>().is_err() {
                errors.invalid(&value.path, text, "must be a 32bit integer");
            }
        }
    }
    seccomp_annotations(annotations, errors);
    for (key, value) in annotations.entries() {
        let Some(name) = key.strip_prefix(APP_ARMOR) else { continue };
        if !all_containers(spec).iter().any(|container| container.text_of("name") == name) {
            errors.invalid(&value.path, name, "container not found");
        }
        let profile = value.text();
        let is_known =
            ["", "runtime/default", "unconfined"].contains(&profile) || profile.starts_with("localhost/");
        if !is_known {
            errors.invalid(&value.path, profile, format!("invalid AppArmor profile name: {profile:?}"));
        }
    }
}

/// Seccomp profiles as they were written once (`ValidateSeccompPodAnnotations`).
fn seccomp_annotations(annotations: &Field, errors: &mut Errors) {
    for (key, value) in annotations.entries() {
        if key != SECCOMP && !key.starts_with(CONTAINER_SECCOMP) {
            continue;
        }
        let path = annotations.path_of(key);
        match value.text() {
            "runtime/default" | "docker/default" | "unconfined" => {}
            other => match other.strip_prefix("localhost/") {
                Some(local) => paths::descending(local, &path, errors),
                None => errors.invalid(&path, other, "must be a valid seccomp profile"),
            },
        }
    }
}

/// Rules that few pods meet are functions of their own (`inline(never)`): a first visit need not load them.
fn check_spec(spec: &Field, is_pod: bool, errors: &mut Errors) {
    let volumes = volumes::check(&spec.get("volumes"), is_pod, errors);
    let claims = spec.get("resourceClaims");
    let host_network = spec.get("hostNetwork").is_true();
    let host_users = spec.get("hostUsers").value() != &Value::Bool(false);
    let pod = Pod {
        volumes,
        claims: claims.items().iter().map(|claim| claim.text_of("name")).collect(),
        grace_seconds: spec.int_of("terminationGracePeriodSeconds"),
        host_users,
        restart_policy: spec.text_of("restartPolicy"),
    };
    if claims.has_items() {
        resource_claims(&claims, errors);
    }
    let [regular, init] = ["containers", "initContainers"].map(|name| spec.get(name));
    containers::regular(&regular, &pod, errors);
    containers::init(&init, &regular, &pod, errors);
    resources::of_pod(spec, &pod.claims, errors);
    if host_network {
        host_ports(&regular, is_pod, errors);
    }
    policies(spec, errors);
    metadata::labels(&spec.get("nodeSelector"), errors);
    security_context(&spec.get("securityContext"), spec, errors);
    selectors::affinity(&spec.get("affinity"), errors);
    let (config, policy) = (spec.get("dnsConfig"), spec.text_of("dnsPolicy"));
    if config.is_set() || policy == "None" {
        dns(&config, policy, errors);
    }
    gates(spec, errors);
    let spread = spec.get("topologySpreadConstraints");
    if spread.has_items() {
        selectors::topology_spread(&spread, errors);
    }
    os::host_processes(spec, errors);
    if !host_users {
        own_users(spec, errors);
    }
    names(spec, host_network, errors);
    selectors::tolerations(&spec.get("tolerations"), errors);
    let aliases = spec.get("hostAliases");
    if aliases.has_items() {
        host_aliases(&aliases, errors);
    }
    let [priority, runtime] = ["priorityClassName", "runtimeClassName"].map(|name| spec.get(name));
    if !priority.text().is_empty() {
        errors.all_invalid(&priority.path, priority.text(), dns_subdomain(priority.text()));
    }
    if runtime.is_set() {
        errors.all_invalid(&runtime.path, runtime.text(), dns_subdomain(runtime.text()));
    }
    preemption_policy(&spec.get("preemptionPolicy"), errors);
    resources::overhead(&spec.get("overhead"), errors);
    os::check(spec, errors);
    containers::file_key_volumes(&all_containers(spec), &spec.get("volumes"), errors);
}

/// Names that a pod's own file of hosts gives to addresses (`ValidateHostAliases`).
#[inline(never)]
fn host_aliases(aliases: &Field, errors: &mut Errors) {
    for alias in aliases.items() {
        let ip = alias.get("ip");
        errors.all_invalid(&ip.path, ip.text(), ip_address(ip.text()));
        for host in alias.get("hostnames").items() {
            errors.all_invalid(&host.path, host.text(), dns_subdomain(host.text()));
        }
    }
}

/// With users of its own a pod shares nothing else with the host (`validateHostUsers`).
#[inline(never)]
fn own_users(spec: &Field, errors: &mut Errors) {
    const DETAIL: &str = "when `hostUsers` is false";
    for (field, named) in [("hostNetwork", "hostNetwork"), ("hostPID", "HostPID"), ("hostIPC", "HostIPC")] {
        if spec.get(field).is_true() {
            errors.forbidden(&spec.path_of(named), DETAIL);
        }
    }
    for devices in all_containers(spec).iter().map(|container| container.get("volumeDevices")) {
        if devices.has_items() {
            errors.forbidden(&devices.path, DETAIL);
        }
    }
}

/// Whether a pod takes others' places.
pub(super) fn preemption_policy(policy: &Field, errors: &mut Errors) {
    const POLICIES: [&str; 2] = ["PreemptLowerPriority", "Never"];
    if policy.is_set() && policy.text().is_empty() {
        errors.required(&policy.path, "");
    } else if policy.is_set() && !POLICIES.contains(&policy.text()) {
        errors.not_supported(&policy.path, policy.text(), &POLICIES);
    }
}

/// Claims for devices (`validatePodResourceClaim`).
#[inline(never)]
fn resource_claims(claims: &Field, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for claim in claims.items() {
        let [name, existing, template] =
            ["name", "resourceClaimName", "resourceClaimTemplateName"].map(|field| claim.get(field));
        if name.text().is_empty() {
            errors.required(&name.path, "");
        } else if seen.insert(name.text()) {
            errors.all_invalid(&name.path, name.text(), dns_label(name.text()));
        } else {
            errors.duplicate(&name.path, name.text());
        }
        let detail = match (existing.is_set(), template.is_set()) {
            (true, true) => {
                Some("at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified")
            }
            (false, false) => Some("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"),
            _ => None,
        };
        if let Some(detail) = detail {
            let printed = format!(
                "{{\"Name\":{:?},\"ResourceClaimName\":{},\"ResourceClaimTemplateName\":{}}}",
                name.text(),
                existing.value(),
                template.value()
            );
            errors.invalid_struct(&claim.path, printed, detail);
        }
        for source in [&existing, &template].into_iter().filter(|source| source.is_set()) {
            errors.all_invalid(&source.path, source.text(), dns_subdomain(source.text()));
        }
    }
}

/// With the host's network a port is the same outside as inside.
#[inline(never)]
fn host_ports(containers: &Field, is_pod: bool, errors: &mut Errors) {
    for port in containers.items().iter().flat_map(|container| container.get("ports").items()) {
        let (outside, inside) = (port.int_of("hostPort"), port.int_of("containerPort"));
        if (is_pod || outside != 0) && outside != inside {
            let detail = "must match `containerPort` when `hostNetwork` is true";
            errors.invalid(&port.path_of("hostPort"), outside, detail);
        }
    }
}

fn policies(spec: &Field, errors: &mut Errors) {
    for (name, allowed) in [
        ("restartPolicy", &["Always", "OnFailure", "Never"][..]),
        ("dnsPolicy", &["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
    ] {
        let policy = spec.get(name);
        if !allowed.contains(&policy.text()) {
            errors.not_supported(&policy.path, policy.text(), allowed);
        }
    }
}

fn security_context(context: &Field, spec: &Field, errors: &mut Errors) {
    let id = |id: &Field, errors: &mut Errors| {
        errors.all_invalid(&id.path, id.int(), in_range(id.int(), 0, i64::from(i32::MAX)));
    };
    id(&context.get("fsGroup"), errors);
    containers::ids(context, errors);
    context.get("supplementalGroups").items().iter().for_each(|group| id(group, errors));
    if spec.get("hostPID").is_true() && spec.get("shareProcessNamespace").is_true() {
        let detail = "ShareProcessNamespace and HostPID cannot both be enabled";
        errors.invalid(&context.path_of("shareProcessNamespace"), &Value::Bool(true), detail);
    }
    let mut seen = BTreeSet::new();
    for name in context.get("sysctls").items().iter().map(|sysctl| sysctl.get("name")) {
        let wrong = sysctl(name.text());
        if name.text().is_empty() {
            errors.required(&name.path, "");
        } else if !wrong.is_empty() {
            errors.all_invalid(&name.path, name.text(), wrong);
        } else if seen.contains(name.text()) {
            errors.duplicate(&name.path, name.text());
        }
        shared_with_host(&name, spec, errors);
        seen.insert(name.text());
    }
    let change = context.get("fsGroupChangePolicy");
    if change.is_set() && !["Always", "OnRootMismatch"].contains(&change.text()) {
        errors.not_supported(&change.path, change.text(), &["Always", "OnRootMismatch"]);
    }
    containers::seccomp(&context.get("seccompProfile"), errors);
    os::windows_options(&context.get("windowsOptions"), errors);
    containers::app_armor(&context.get("appArmorProfile"), errors);
    let groups = context.get("supplementalGroupsPolicy");
    if groups.is_set() && !["Merge", "Strict"].contains(&groups.text()) {
        errors.not_supported(&groups.path, groups.text(), &["Merge", "Strict"]);
    }
    let labels = context.get("seLinuxChangePolicy");
    if labels.is_set() && labels.text() != "Recursive" {
        errors.not_supported(&labels.path, labels.text(), &["Recursive"]);
    }
}

/// A kernel parameter of a namespace that the pod shares with the host (`ValidateHostSysctl`).
fn shared_with_host(name: &Field, spec: &Field, errors: &mut Errors) {
    const MESSAGES_AND_MEMORY: [&str; 10] = [
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
        "kernel.shm",
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.msg",
    ];
    // Slashes may stand for points, as in `/proc/sys`.
    let parameter = match name.text().find(['.', '/']) {
        Some(at) if name.text()[at..].starts_with('/') => name.text().replace('/', "."),
        _ => name.text().to_owned(),
    };
    let is_of_ipc = MESSAGES_AND_MEMORY.contains(&parameter.as_str()) || parameter.starts_with("fs.mqueue.");
    for (namespace, is_of_it) in [("hostNetwork", parameter.starts_with("net.")), ("hostIPC", is_of_ipc)] {
        if is_of_it && spec.get(namespace).is_true() {
            let detail = format!("may not be specified when '{namespace}' is true");
            errors.invalid(&name.path, name.text(), detail);
        }
    }
}

#[inline(never)]
fn dns(config: &Field, policy: &str, errors: &mut Errors) {
    let [servers, searches] = ["nameservers", "searches"].map(|name| config.get(name));
    if policy == "None" {
        if !config.is_set() {
            return errors.required(&config.path, "must provide `dnsConfig` when `dnsPolicy` is None");
        }
        if !servers.has_items() {
            let detail = "must provide at least one DNS nameserver when `dnsPolicy` is None";
            return errors.required(&servers.path, detail);
        }
    }
    if servers.items().len() > 3 {
        errors.invalid(&servers.path, servers.value(), "must not have more than 3 nameservers");
    }
    for server in servers.items() {
        errors.all_invalid(&server.path, server.text(), ip_address(server.text()));
    }
    if searches.items().len() > 32 {
        errors.invalid(&searches.path, searches.value(), "must not have more than 32 search paths");
    }
    let domains = searches.items();
    // With the spaces between them.
    let letters = domains.iter().map(|domain| domain.text().len() + 1).sum::<usize>();
    if letters > 2048 + 1 {
        let detail = "must not have more than 2048 characters (including spaces) in the search list";
        errors.invalid(&searches.path, searches.value(), detail);
    }
    for domain in domains.iter().filter(|domain| domain.text() != ".") {
        let text = domain.text().strip_suffix('.').unwrap_or(domain.text());
        errors.all_invalid(&domain.path, text, search_domain(text));
    }
    for option in config.get("options").items() {
        if option.text_of("name").is_empty() {
            errors.required(&option.path, "must not be empty");
        }
    }
}

fn gates(spec: &Field, errors: &mut Errors) {
    let [ready, scheduling] = ["readinessGates", "schedulingGates"].map(|name| spec.get(name));
    if ready.has_items() || scheduling.has_items() {
        all_gates(&ready, &scheduling, errors);
    }
}

#[inline(never)]
fn all_gates(ready: &Field, scheduling: &Field, errors: &mut Errors) {
    for condition in ready.items().iter().map(|gate| gate.get("conditionType")) {
        errors.all_invalid(&condition.path, condition.text(), qualified_name(condition.text()));
    }
    let mut seen = BTreeSet::new();
    for gate in scheduling.items() {
        let name = gate.text_of("name");
        errors.all_invalid(&gate.path, name, qualified_name(name));
        if !seen.insert(name) {
            errors.duplicate(&gate.path, name);
        }
    }
}

fn names(spec: &Field, host_network: bool, errors: &mut Errors) {
    let host = spec.get("hostnameOverride");
    if host.is_set() {
        for (is_set, what) in
            [(spec.get("setHostnameAsFQDN").is_true(), "setHostnameAsFQDN"), (host_network, "hostNetwork")]
        {
            if is_set {
                errors.forbidden(&host.path, format!("may not be specified when {what} is true"));
            }
        }
        if host.text().len() > 64 {
            errors.too_long(&host.path, 64);
        }
        errors.all_invalid(&host.path, host.text(), dns_subdomain(host.text()));
    }
    for name in ["serviceAccountName", "nodeName"].map(|name| spec.get(name)) {
        if !name.text().is_empty() {
            errors.all_invalid(&name.path, name.text(), dns_subdomain(name.text()));
        }
    }
    let deadline = spec.get("activeDeadlineSeconds");
    if deadline.is_set() {
        errors.all_invalid(&deadline.path, deadline.int(), in_range(deadline.int(), 1, i64::from(i32::MAX)));
    }
    for name in ["hostname", "subdomain"].map(|name| spec.get(name)) {
        if !name.text().is_empty() {
            errors.all_invalid(&name.path, name.text(), dns_label(name.text()));
        }
    }
}

/// A pod that replaces another: little of its spec may change.
pub(super) fn update(pod: &Field, old: &Field, errors: &mut Errors) {
    metadata::update(&pod.get("metadata"), &old.get("metadata"), errors);
    metadata_and_spec(pod, errors);
    let (spec, was) = (pod.get("spec"), old.get("spec"));
    for list in ["containers", "initContainers"] {
        let (list, before) = (spec.get(list), was.get(list));
        if list.items().len() != before.items().len() {
            return errors.forbidden(&list.path, "pod updates may not add or remove containers");
        }
        for image in list.items().iter().map(|container| container.get("image")) {
            if image.text().is_empty() {
                errors.required(&image.path, "");
            }
            untrimmed_image(&image, errors);
        }
    }
    let (deadline, before) = (spec.get("activeDeadlineSeconds"), was.get("activeDeadlineSeconds"));
    if deadline.is_set() {
        if !(0..=i64::from(i32::MAX)).contains(&deadline.int()) {
            return errors.invalid(
                &deadline.path,
                deadline.int(),
                "must be between 0 and 2147483647, inclusive",
            );
        }
        if before.is_set() && before.int() < deadline.int() {
            let detail = "must be less than or equal to previous value";
            return errors.invalid(&deadline.path, deadline.int(), detail);
        }
    } else if before.is_set() {
        let detail = "must not update from a positive integer to nil value";
        errors.invalid(&deadline.path, &Value::Null, detail);
    }
    only_added_tolerations(&spec.get("tolerations"), &was.get("tolerations"), errors);
    let gates_before = was.get("schedulingGates").items();
    for gate in spec.get("schedulingGates").items() {
        let name = gate.text_of("name");
        if !gates_before.iter().any(|before| before.text_of("name") == name) {
            let detail = format!("only deletion is allowed, but found new scheduling gate '{name}'");
            errors.forbidden(&gate.path_of("name"), detail);
        }
    }
    if unchangeable(spec.value(), was.value()) != *was.value() {
        let detail = "pod updates may not change fields other than `spec.containers[*].image`,\
                      `spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions \
                      to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was \
                      previously negative)";
        errors.forbidden(&spec.path, detail);
    }
}

fn only_added_tolerations(tolerations: &Field, old: &Field, errors: &mut Errors) {
    let without_seconds = |toleration: &Field| {
        let mut fields = toleration.value().as_object().cloned().unwrap_or_default();
        fields.remove("tolerationSeconds");
        fields
    };
    let all: Vec<_> = tolerations.items().iter().map(without_seconds).collect();
    if old.items().iter().any(|old| !all.contains(&without_seconds(old))) {
        let detail = "existing toleration can not be modified except its tolerationSeconds";
        return errors.forbidden(&tolerations.path, detail);
    }
    selectors::tolerations(tolerations, errors);
}

/// The new spec with the old one's values in the fields that may change. A pod that is still gated may be given
/// further node selectors and required node affinity.
fn unchangeable(spec: &Value, old: &Value) -> Value {
    let mut spec = spec.clone();
    for list in ["containers", "initContainers"] {
        let containers = spec.get_mut(list).and_then(Value::as_array_mut);
        for (index, container) in containers.into_iter().flatten().enumerate() {
            container["image"] = old[list][index]["image"].clone();
        }
    }
    let is_gated = old["schedulingGates"].as_array().is_some_and(|gates| !gates.is_empty());
    let mut kept = vec!["activeDeadlineSeconds", "schedulingGates", "tolerations"];
    if is_gated && adds_selectors(&spec, old) {
        kept.extend(["nodeSelector", "affinity"]);
    }
    let Some(fields) = spec.as_object_mut() else { return spec };
    for field in kept {
        match old.get(field) {
            Some(value) => fields.insert(field.into(), value.clone()),
            None => fields.remove(field),
        };
    }
    spec
}

/// Whether node selectors of a gated pod were only added, and nothing but its node affinity changed beside them.
fn adds_selectors(spec: &Value, old: &Value) -> bool {
    let kept = |key: &String, value: &Value| spec["nodeSelector"].get(key) == Some(value);
    let selectors = old["nodeSelector"].as_object();
    let others =
        |spec: &Value| [spec["affinity"]["podAffinity"].clone(), spec["affinity"]["podAntiAffinity"].clone()];
    selectors.into_iter().flatten().all(|(key, value)| kept(key, value)) && others(spec) == others(old)
}

/// The value of a label, checked under its own path.
pub(super) fn one_label_value(field: &Field, errors: &mut Errors) {
    let wrong = label_value(field.text());
    if !wrong.is_empty() {
        errors.invalid(&field.path, field.text(), wrong.join(";"));
    }
}
