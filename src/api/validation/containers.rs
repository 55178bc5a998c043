//! Containers. Upstream: `pkg/apis/core/validation/validation.go` (`validateContainers` and what it calls).

use super::field::{Errors, Field};
use super::parts::{one_of, pull_policy};
use super::{os, paths, projected, resources};
use crate::api::names::{
    config_key, dns_label, dns_subdomain, environment_name, in_range, port_name, port_number,
};
use crate::api::sort;
use std::collections::BTreeSet;

/// The longest path of a file (Linux's `PATH_MAX` without its end).
const PATH_BYTES: usize = 4095;
const PROTOCOLS: [&str; 3] = ["SCTP", "TCP", "UDP"];

/// What checks of a container need to know of its pod.
pub(super) struct Pod<'a> {
    /// Volumes by name, with their source.
    pub volumes: Vec<(&'a str, &'static str)>,
    /// Names of the claims for devices.
    pub claims: Vec<&'a str>,
    pub grace_seconds: i64,
    /// The pod uses the host's users.
    pub host_users: bool,
    pub restart_policy: &'a str,
}

/// The containers that run together.
pub(super) fn regular(list: &Field, pod: &Pod, errors: &mut Errors) {
    if !list.has_items() {
        errors.required(&list.path, "");
        return;
    }
    let mut names = BTreeSet::new();
    for container in list.items() {
        common(&container, pod, errors);
        if !names.insert(container.text_of("name")) {
            errors.duplicate(&container.path_of("name"), container.text_of("name"));
        }
        hooks_and_probes(&container, pod, errors);
        restart_rules(&container, errors);
    }
    host_port_conflicts(&list.items(), errors);
}

/// The containers that run before, or beside with `restartPolicy: Always`.
pub(super) fn init(list: &Field, regular: &Field, pod: &Pod, errors: &mut Errors) {
    let mut names: BTreeSet<&str> =
        sort::set(regular.items().iter().map(|container| container.text_of("name")));
    for container in list.items() {
        common(&container, pod, errors);
        if container.get("restartPolicy").is_set() {
            restart_rules(&container, errors);
        } else if container.get("restartPolicyRules").has_items() {
            let detail = "must specify restartPolicy when restart rules are used";
            errors.required(&container.path_of("restartPolicy"), detail);
        }
        let name = container.text_of("name");
        if !name.is_empty() && !names.insert(name) {
            errors.duplicate(&container.path_of("name"), name);
        }
        host_port_conflicts(std::slice::from_ref(&container), errors);
        if container.text_of("restartPolicy") == "Always" {
            hooks_and_probes(&container, pod, errors);
            continue;
        }
        for field in ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] {
            if container.get(field).is_set() {
                let detail = "may not be set for init containers without restartPolicy=Always";
                errors.forbidden(&container.path_of(field), detail);
            }
        }
        for policy in container.get("resizePolicy").items() {
            if policy.text_of("restartPolicy") == "RestartContainer" {
                let detail = "must not be set to 'RestartContainer' for non-sidecar initContainers";
                errors.invalid(&policy.path_of("restartPolicy"), "RestartContainer", detail);
            }
        }
    }
}

fn common(container: &Field, pod: &Pod, errors: &mut Errors) {
    let name = container.get("name");
    if name.text().is_empty() {
        errors.required(&name.path, "");
    } else {
        errors.all_invalid(&name.path, name.text(), dns_label(name.text()));
    }
    if container.text_of("image").is_empty() {
        errors.required(&container.path_of("image"), "");
    }
    let policy = container.get("terminationMessagePolicy");
    one_of(&policy, &["File", "FallbackToLogsOnError"], errors);
    ports(&container.get("ports"), errors);
    environment(&container.get("env"), errors);
    environment_sources(&container.get("envFrom"), errors);
    mounts(container, pod, errors);
    devices(container, pod, errors);
    pull_policy(&container.get("imagePullPolicy"), errors);
    resources::of_container(&container.get("resources"), &pod.claims, errors);
    resize_policy(&container.get("resizePolicy"), pod, errors);
    security_context(&container.get("securityContext"), pod.host_users, errors);
}

fn ports(ports: &Field, errors: &mut Errors) {
    let mut names = BTreeSet::new();
    for port in ports.items() {
        let [name, inside, outside, protocol] =
            ["name", "containerPort", "hostPort", "protocol"].map(|field| port.get(field));
        if !name.text().is_empty() {
            let wrong = port_name(name.text());
            if !wrong.is_empty() {
                errors.all_invalid(&name.path, name.text(), wrong);
            } else if !names.insert(name.text()) {
                errors.duplicate(&name.path, name.text());
            }
        }
        if inside.int() == 0 {
            errors.required(&inside.path, "");
        } else {
            errors.all_invalid(&inside.path, inside.int(), port_number(inside.int()));
        }
        if outside.int() != 0 {
            errors.all_invalid(&outside.path, outside.int(), port_number(outside.int()));
        }
        one_of(&protocol, &PROTOCOLS, errors);
    }
}

fn host_port_conflicts(containers: &[Field], errors: &mut Errors) {
    let mut taken = BTreeSet::new();
    for port in containers.iter().flat_map(|container| container.get("ports").items()) {
        let number = port.int_of("hostPort");
        let text = format!("{}/{}/{number}", port.text_of("protocol"), port.text_of("hostIP"));
        if number != 0 && !taken.insert(text.clone()) {
            errors.duplicate(&port.path_of("hostPort"), &text);
        }
    }
}

fn environment(variables: &Field, errors: &mut Errors) {
    for variable in variables.items() {
        let name = variable.get("name");
        if name.text().is_empty() {
            errors.required(&name.path, "");
        } else {
            errors.all_invalid(&name.path, name.text(), environment_name(name.text()));
        }
        let source = variable.get("valueFrom");
        if source.is_set() {
            environment_source(&source, variable.text_of("value"), errors);
        }
    }
}

#[inline(never)]
fn environment_source(source: &Field, value: &str, errors: &mut Errors) {
    let mut sources = 0;
    for name in ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"] {
        let reference = source.get(name);
        if !reference.is_set() {
            continue;
        }
        sources += 1;
        match name {
            "fieldRef" => projected::field_reference(&reference, &projected::VARIABLES, errors),
            "resourceFieldRef" => projected::resource_reference(&reference, errors),
            "fileKeyRef" => file_key_reference(&reference, errors),
            _ => {
                let [name, key] = ["name", "key"].map(|field| reference.get(field));
                errors.all_invalid(&name.path, name.text(), dns_subdomain(name.text()));
                if key.text().is_empty() {
                    errors.required(&key.path, "");
                } else {
                    errors.all_invalid(&key.path, key.text(), config_key(key.text()));
                }
            }
        }
    }
    let detail = match sources {
        0 => {
            "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
        }
        _ if !value.is_empty() => "may not be specified when `value` is not empty",
        1 => return,
        _ => "may not have more than one field specified at a time",
    };
    errors.invalid(&source.path, "", detail);
}

#[inline(never)]
fn file_key_reference(reference: &Field, errors: &mut Errors) {
    let [key, volume, path] = ["key", "volumeName", "path"].map(|field| reference.get(field));
    for (field, wrong) in [(&key, environment_name(key.text())), (&volume, dns_label(volume.text()))] {
        if field.text().is_empty() {
            errors.required(&field.path, "");
        } else {
            errors.all_invalid(&field.path, field.text(), wrong);
        }
    }
    if path.text().is_empty() {
        errors.required(&path.path, "");
    } else {
        paths::no_backsteps(&path, errors);
    }
}

/// Files that variables are read from are on volumes of type `emptyDir` (`validateFileKeyRefVolumes`).
pub(super) fn file_key_volumes(containers: &[Field], volumes: &Field, errors: &mut Errors) {
    let volumes = volumes.items();
    let variables = containers.iter().flat_map(|container| container.get("env").items());
    for reference in variables.map(|variable| variable.get("valueFrom").get("fileKeyRef")) {
        if !reference.is_set() {
            continue;
        }
        let name = reference.get("volumeName");
        match volumes.iter().rev().find(|volume| volume.text_of("name") == name.text()) {
            None => errors.not_found(&name.path, name.text()),
            Some(volume) if !volume.get("emptyDir").is_set() => {
                errors.invalid(&name.path, name.text(), "referenced volume must be of type emptyDir");
            }
            Some(_) => {}
        }
    }
}

fn environment_sources(sources: &Field, errors: &mut Errors) {
    for source in sources.items() {
        let prefix = source.get("prefix");
        if !prefix.text().is_empty() {
            errors.all_invalid(&prefix.path, prefix.text(), environment_name(prefix.text()));
        }
        let mut count = 0;
        for reference in ["configMapRef", "secretRef"].map(|name| source.get(name)) {
            if !reference.is_set() {
                continue;
            }
            count += 1;
            let name = reference.get("name");
            if name.text().is_empty() {
                errors.required(&name.path, "");
            } else {
                errors.all_invalid(&name.path, name.text(), dns_subdomain(name.text()));
            }
        }
        let detail = match count {
            0 => "must specify one of: `configMapRef` or `secretRef`",
            1 => continue,
            _ => "may not have more than one field specified at a time",
        };
        errors.invalid(&sources.path, "", detail);
    }
}

/// Mounts. Paths of some errors lack the position, as upstream's do.
fn mounts(container: &Field, pod: &Pod, errors: &mut Errors) {
    let list = container.get("volumeMounts");
    let devices = container.get("volumeDevices").items();
    let mut paths = BTreeSet::new();
    for mount in list.items() {
        let [name, path, sub_path, sub_path_expr] =
            ["name", "mountPath", "subPath", "subPathExpr"].map(|field| mount.get(field));
        if name.text().is_empty() {
            errors.required(&name.path, "");
        }
        if !pod.volumes.iter().any(|(volume, _)| *volume == name.text()) {
            errors.not_found(&name.path, name.text());
        }
        if path.text().is_empty() {
            errors.required(&path.path, "");
        }
        if !paths.insert(path.text()) {
            errors.invalid(&path.path, path.text(), "must be unique");
        }
        if devices.iter().any(|device| device.text_of("name") == name.text()) {
            errors.invalid(&name.path, name.text(), "must not already exist in volumeDevices");
        }
        if devices.iter().any(|device| device.text_of("devicePath") == path.text()) {
            errors.invalid(&path.path, path.text(), "must not already exist as a path in volumeDevices");
        }
        paths::descending_path(&sub_path.at(list.path_of("subPath")), errors);
        if !sub_path_expr.text().is_empty() {
            if !sub_path.text().is_empty() {
                let detail = "subPathExpr and subPath are mutually exclusive";
                errors.invalid(&sub_path_expr.path, sub_path_expr.text(), detail);
            }
            paths::descending_path(&sub_path_expr.at(list.path_of("subPathExpr")), errors);
        }
        propagation(&mount, &list, container, errors);
    }
}

#[inline(never)]
fn propagation(mount: &Field, list: &Field, container: &Field, errors: &mut Errors) {
    const MODES: [&str; 3] = ["Bidirectional", "HostToContainer", "None"];
    let mode = mount.get("mountPropagation").at(list.path_of("mountPropagation"));
    if mode.is_set() {
        if !MODES.contains(&mode.text()) {
            errors.not_supported(&mode.path, mode.text(), &MODES);
        }
        let is_privileged = container.get("securityContext").get("privileged").is_true();
        if mode.text() == "Bidirectional" && !is_privileged {
            let detail = "Bidirectional mount propagation is available only to privileged containers";
            errors.forbidden(&mode.path, detail);
        }
    }
    let recursive = mount.get("recursiveReadOnly").at(list.path_of("recursiveReadOnly"));
    match recursive.text() {
        "" | "Disabled" => {}
        "Enabled" | "IfPossible" => {
            if !mount.get("readOnly").is_true() {
                errors.forbidden(&recursive.path, "may only be specified when readOnly is true");
            }
            if mode.is_set() && mode.text() != "None" {
                let detail = "may only be specified when mountPropagation is None or not specified";
                errors.forbidden(&recursive.path, detail);
            }
        }
        other => errors.not_supported(&recursive.path, other, &["Disabled", "Enabled", "IfPossible"]),
    }
}

fn devices(container: &Field, pod: &Pod, errors: &mut Errors) {
    let mounts = container.get("volumeMounts").items();
    let (mut paths, mut names) = (BTreeSet::new(), BTreeSet::new());
    for device in container.get("volumeDevices").items() {
        let [name, path] = ["name", "devicePath"].map(|field| device.get(field));
        if name.text().is_empty() {
            errors.required(&name.path, "");
        }
        if !names.insert(name.text()) {
            errors.invalid(&name.path, name.text(), "must be unique");
        }
        match pod.volumes.iter().find(|(volume, _)| *volume == name.text()) {
            None => errors.not_found(&name.path, name.text()),
            Some((_, "persistentVolumeClaim" | "ephemeral")) => {}
            Some(_) => {
                let detail =
                    "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
                errors.invalid(&name.path, name.text(), detail);
            }
        }
        if path.text().is_empty() {
            errors.required(&path.path, "");
        }
        if !paths.insert(path.text()) {
            errors.invalid(&path.path, path.text(), "must be unique");
        }
        if path.text().split('/').any(|part| part == "..") {
            errors.invalid(&path.path, path.text(), "can not contain backsteps ('..')");
        }
        if mounts.iter().any(|mount| mount.text_of("name") == name.text()) {
            errors.invalid(&name.path, name.text(), "must not already exist in volumeMounts");
        }
        if mounts.iter().any(|mount| mount.text_of("mountPath") == path.text()) {
            errors.invalid(&path.path, path.text(), "must not already exist as a path in volumeMounts");
        }
    }
}

fn resize_policy(policies: &Field, pod: &Pod, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for policy in policies.items() {
        let [resource, restart] = ["resourceName", "restartPolicy"].map(|name| policy.text_of(name));
        if !seen.insert(resource) {
            errors.duplicate(&policy.path, resource);
        }
        for (value, allowed) in
            [(resource, ["cpu", "memory"]), (restart, ["NotRequired", "RestartContainer"])]
        {
            if value.is_empty() {
                errors.required(&policies.path, "");
            } else if !allowed.contains(&value) {
                errors.not_supported(&policies.path, value, &allowed);
            }
        }
        if pod.restart_policy == "Never" && restart != "NotRequired" {
            let detail = "must be 'NotRequired' when pod `restartPolicy` is 'Never'";
            errors.invalid(&policies.path, restart, detail);
        }
    }
}

fn security_context(context: &Field, host_users: bool, errors: &mut Errors) {
    if !context.is_set() {
        return;
    }
    ids(context, errors);
    let mount = context.get("procMount");
    if mount.is_set() {
        if !["Default", "Unmasked"].contains(&mount.text()) {
            errors.not_supported(&mount.path, mount.text(), &["Default", "Unmasked"]);
        }
        if host_users && mount.text() == "Unmasked" {
            errors.invalid(&mount.path, mount.text(), "`hostUsers` must be false to use `Unmasked`");
        }
    }
    seccomp(&context.get("seccompProfile"), errors);
    if context.get("allowPrivilegeEscalation").value() == &serde_json::Value::Bool(false) {
        let cannot = |what: &str| format!("cannot set `allowPrivilegeEscalation` to false and {what}");
        if context.get("privileged").is_true() {
            errors.invalid_as(
                &context.path,
                go_struct(context.value(), CONTEXT),
                cannot("`privileged` to true"),
            );
        }
        for capability in context.get("capabilities").get("add").items() {
            if capability.text() == "CAP_SYS_ADMIN" {
                let printed = go_struct(context.value(), CONTEXT);
                errors.invalid_as(&context.path, printed, cannot("`capabilities.Add` CAP_SYS_ADMIN"));
            }
        }
    }
    os::windows_options(&context.get("windowsOptions"), errors);
    app_armor(&context.get("appArmorProfile"), errors);
}

/// The fields of a Go struct as it prints, each with what is in it.
struct GoField(&'static str, &'static [GoField]);

const PROFILE: &[GoField] = &[GoField("Type", &[]), GoField("LocalhostProfile", &[])];

/// `SecurityContext` in `pkg/apis/core/types.go`.
const CONTEXT: &[GoField] = &[
    GoField("Capabilities", &[GoField("Add", &[]), GoField("Drop", &[])]),
    GoField("Privileged", &[]),
    GoField(
        "SELinuxOptions",
        &[GoField("User", &[]), GoField("Role", &[]), GoField("Type", &[]), GoField("Level", &[])],
    ),
    GoField(
        "WindowsOptions",
        &[
            GoField("GMSACredentialSpecName", &[]),
            GoField("GMSACredentialSpec", &[]),
            GoField("RunAsUserName", &[]),
            GoField("HostProcess", &[]),
        ],
    ),
    GoField("RunAsUser", &[]),
    GoField("RunAsGroup", &[]),
    GoField("RunAsNonRoot", &[]),
    GoField("ReadOnlyRootFilesystem", &[]),
    GoField("AllowPrivilegeEscalation", &[]),
    GoField("ProcMount", &[]),
    GoField("SeccompProfile", PROFILE),
    GoField("AppArmorProfile", PROFILE),
];

/// A value as the API server's own form of it prints, where all fields are there and begin with a capital letter.
fn go_struct(value: &serde_json::Value, fields: &[GoField]) -> String {
    let Some(given) = value.as_object().filter(|_| !fields.is_empty()) else { return value.to_string() };
    let told = fields.iter().map(|GoField(name, inner)| {
        let own = given.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value);
        format!("\"{name}\":{}", go_struct(own.unwrap_or(&serde_json::Value::Null), inner))
    });
    format!("{{{}}}", told.collect::<Vec<_>>().join(","))
}

/// User and group of a security context.
pub(super) fn ids(context: &Field, errors: &mut Errors) {
    for id in ["runAsUser", "runAsGroup"].map(|name| context.get(name)) {
        errors.all_invalid(&id.path, id.int(), in_range(id.int(), 0, i64::from(i32::MAX)));
    }
}

/// A seccomp profile.
pub(super) fn seccomp(profile: &Field, errors: &mut Errors) {
    if !profile.is_set() {
        return;
    }
    let [type_, local] = ["type", "localhostProfile"].map(|name| profile.get(name));
    match type_.text() {
        "Localhost" | "RuntimeDefault" | "Unconfined" => {}
        "" => errors.required(&type_.path, "type is required when seccompProfile is set"),
        other => errors.not_supported(&type_.path, other, &["Localhost", "RuntimeDefault", "Unconfined"]),
    }
    if type_.text() != "Localhost" {
        if local.is_set() {
            let why = "can only be set when seccomp type is Localhost";
            errors.invalid_as(&local.path, go_struct(profile.value(), PROFILE), why);
        }
    } else if local.is_set() {
        paths::descending_path(&local, errors);
    } else {
        errors.required(&local.path, "must be set when seccomp type is Localhost");
    }
}

/// An AppArmor profile.
pub(super) fn app_armor(profile: &Field, errors: &mut Errors) {
    if !profile.is_set() {
        return;
    }
    let [type_, local] = ["type", "localhostProfile"].map(|name| profile.get(name));
    match type_.text() {
        "Localhost" if local.text().trim() != local.text() => {
            errors.invalid(&local.path, local.text(), "must not be padded with whitespace");
        }
        "Localhost" if local.text().is_empty() => {
            errors.required(&local.path, "must be set when AppArmor type is Localhost");
        }
        "Localhost" if local.text().len() > PATH_BYTES => errors.too_long(&local.path, PATH_BYTES),
        "Localhost" => {}
        "RuntimeDefault" | "Unconfined" => {
            if local.is_set() {
                errors.invalid(&local.path, local.text(), "can only be set when AppArmor type is Localhost");
            }
        }
        "" => errors.required(&type_.path, "type is required when appArmorProfile is set"),
        other => errors.not_supported(&type_.path, other, &["Localhost", "RuntimeDefault", "Unconfined"]),
    }
}

fn hooks_and_probes(container: &Field, pod: &Pod, errors: &mut Errors) {
    let lifecycle = container.get("lifecycle");
    for hook in ["postStart", "preStop"].map(|name| lifecycle.get(name)) {
        if hook.is_set() {
            handler(&hook, pod, errors);
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let probe = container.get(name);
        if probe.is_set() {
            check_probe(&probe, name == "readinessProbe", pod, errors);
        }
    }
}

#[inline(never)]
fn check_probe(probe: &Field, is_readiness: bool, pod: &Pod, errors: &mut Errors) {
    handler(probe, pod, errors);
    for name in
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
    {
        let number = probe.get(name);
        if number.int() < 0 {
            errors.invalid(&number.path, number.int(), "must be greater than or equal to 0");
        }
    }
    let grace = probe.get("terminationGracePeriodSeconds");
    if grace.is_set() && grace.int() <= 0 {
        errors.invalid(&grace.path, grace.int(), "must be greater than 0");
    }
    let success = probe.get("successThreshold");
    if is_readiness {
        if grace.is_set() {
            errors.invalid(&grace.path, grace.int(), "must not be set for readinessProbes");
        }
    } else if success.int() != 1 {
        errors.invalid(&success.path, success.int(), "must be 1");
    }
}

/// What a probe or hook does: exactly one thing.
#[inline(never)]
fn handler(handler: &Field, pod: &Pod, errors: &mut Errors) {
    let mut is_set = false;
    for name in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let action = handler.get(name);
        if !action.is_set() {
            continue;
        }
        if is_set {
            errors.forbidden(&action.path, "may not specify more than 1 handler type");
            continue;
        }
        is_set = true;
        match name {
            "exec" => {
                let command = action.get("command");
                if !command.has_items() {
                    errors.required(&command.path, "");
                }
            }
            "httpGet" => {
                if action.text_of("path").is_empty() {
                    errors.required(&action.path_of("path"), "");
                }
                port_number_or_name(&action.get("port"), errors);
                let scheme = action.get("scheme");
                if !["HTTP", "HTTPS"].contains(&scheme.text()) {
                    errors.not_supported(&scheme.path, scheme.text(), &["HTTP", "HTTPS"]);
                }
                for header in action.get("httpHeaders").items() {
                    let name = header.text_of("name");
                    errors.all_invalid(
                        &action.path_of("httpHeaders"),
                        name,
                        crate::api::names::http_header(name),
                    );
                }
            }
            "sleep" => {
                let seconds = action.int_of("seconds");
                if !(0..=pod.grace_seconds).contains(&seconds) {
                    let detail = format!(
                        "must be non-negative and less than terminationGracePeriodSeconds ({})",
                        pod.grace_seconds
                    );
                    errors.invalid(&action.path, seconds, detail);
                }
            }
            _ => port_number_or_name(&action.get("port"), errors),
        }
    }
    if !is_set {
        errors.required(&handler.path, "must specify a handler type");
    }
}

/// A port by number or by name.
pub(super) fn port_number_or_name(port: &Field, errors: &mut Errors) {
    if port.value().is_string() {
        errors.all_invalid(&port.path, port.text(), port_name(port.text()));
    } else {
        errors.all_invalid(&port.path, port.int(), port_number(port.int()));
    }
}

fn restart_rules(container: &Field, errors: &mut Errors) {
    let [policy, rules] = ["restartPolicy", "restartPolicyRules"].map(|name| container.get(name));
    if policy.is_set() {
        const POLICIES: [&str; 3] = ["Always", "Never", "OnFailure"];
        if !POLICIES.contains(&policy.text()) {
            errors.not_supported(&policy.path, policy.text(), &POLICIES);
        }
    } else if rules.has_items() {
        errors.required(&policy.path, "must specify restartPolicy when restart rules are used");
    }
    for rule in rules.items() {
        let [action, codes] = ["action", "exitCodes"].map(|name| rule.get(name));
        const ACTIONS: [&str; 2] = ["Restart", "RestartAllContainers"];
        if !ACTIONS.contains(&action.text()) {
            errors.not_supported(&action.path, action.text(), &ACTIONS);
        }
        if codes.is_set() {
            let operator = codes.get("operator");
            if !["In", "NotIn"].contains(&operator.text()) {
                errors.not_supported(&operator.path, operator.text(), &["In", "NotIn"]);
            }
        } else {
            errors.required(&codes.path, "must be specified");
        }
    }
}
