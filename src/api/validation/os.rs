//! What a pod's operating system allows. Upstream: `validateOS`, `validateLinux`, `validateWindows`,
//! `validateWindowsHostProcessPod` and `validateWindowsSecurityContextOptions` in
//! `pkg/apis/core/validation/validation.go`.

use super::field::{Errors, Field};
use super::parts::all_containers;
use crate::api::names::dns_subdomain;
use serde_json::Value;

const NOT_ON_WINDOWS: &str = "cannot be set for a windows pod";

/// The system, and the fields that it does not know.
pub(super) fn check(spec: &Field, errors: &mut Errors) {
    let os = spec.get("os");
    match os.text_of("name") {
        _ if !os.is_set() => {}
        "" => errors.required(&os.path_of("name"), ""),
        "linux" => linux(spec, errors),
        "windows" => windows(spec, errors),
        other => errors.not_supported(&os.path, other, &["linux", "windows"]),
    }
}

/// The security contexts: the pod's, then the containers'.
fn contexts<'a>(spec: &Field<'a>) -> Vec<Field<'a>> {
    let containers = all_containers(spec);
    let own = spec.get("securityContext");
    std::iter::once(own).chain(containers.iter().map(|container| container.get("securityContext"))).collect()
}

#[inline(never)]
fn linux(spec: &Field, errors: &mut Errors) {
    for options in contexts(spec).iter().map(|context| context.get("windowsOptions")) {
        if options.is_set() {
            errors.forbidden(&options.path, "windows options cannot be set for a linux pod");
        }
    }
}

#[inline(never)]
fn windows(spec: &Field, errors: &mut Errors) {
    let mut forbid = |field: Field, is_set: bool| {
        if is_set {
            errors.forbidden(&field.path, NOT_ON_WINDOWS);
        }
    };
    // In the order of upstream, for which all of them are in the security context.
    let context = spec.get("securityContext");
    for name in [
        "appArmorProfile",
        "seLinuxOptions",
        "/hostUsers",
        "/hostPID",
        "/hostIPC",
        "seccompProfile",
        "fsGroup",
        "fsGroupChangePolicy",
        "sysctls",
        "/shareProcessNamespace",
        "runAsUser",
        "runAsGroup",
        "supplementalGroups",
        "supplementalGroupsPolicy",
        "seLinuxChangePolicy",
    ] {
        let field = name.strip_prefix('/').map_or_else(|| context.get(name), |name| spec.get(name));
        let is_set = match name {
            "/hostPID" | "/hostIPC" => field.is_true(),
            "sysctls" => field.has_items(),
            _ => field.is_set(),
        };
        forbid(field, is_set);
    }
    for context in all_containers(spec).iter().map(|container| container.get("securityContext")) {
        for field in [
            "appArmorProfile",
            "seLinuxOptions",
            "seccompProfile",
            "capabilities",
            "readOnlyRootFilesystem",
            "privileged",
            "allowPrivilegeEscalation",
            "procMount",
            "runAsUser",
            "runAsGroup",
        ]
        .map(|name| context.get(name))
        {
            let is_set = field.is_set();
            forbid(field, is_set);
        }
    }
}

/// Containers that are processes of the host: all of them or none, on the host's network.
pub(super) fn host_processes(spec: &Field, errors: &mut Errors) {
    let whole = host_process(spec);
    let containers = all_containers(spec);
    let mut count = 0;
    for own in containers.iter().map(host_process) {
        if whole.is_set() && own.is_set() && whole.value() != own.value() {
            let detail = format!(
                "pod hostProcess value must be identical if both are specified, was {}",
                whole.value()
            );
            errors.invalid(&own.path, own.value(), detail);
        }
        count += usize::from(own.is_true() || (!own.is_set() && whole.is_true()));
    }
    if count > 0 {
        all_host_processes(spec, count, containers.len(), errors);
    }
}

#[inline(never)]
fn all_host_processes(spec: &Field, count: usize, containers: usize, errors: &mut Errors) {
    if count != containers {
        let detail =
            "If pod contains any hostProcess containers then all containers must be HostProcess containers";
        errors.invalid(&spec.path, "", detail);
    }
    let network = spec.get("hostNetwork");
    if !network.is_true() {
        let detail = "hostNetwork must be true if pod contains any hostProcess containers";
        errors.invalid(&network.path, &Value::Bool(false), detail);
    }
}

/// What a pod's spec or a container says of it.
fn host_process<'a>(of: &Field<'a>) -> Field<'a> {
    of.get("securityContext").get("windowsOptions").get("hostProcess")
}

/// What is asked of Windows.
pub(super) fn windows_options(options: &Field, errors: &mut Errors) {
    let [name, spec, user] =
        ["gmsaCredentialSpecName", "gmsaCredentialSpec", "runAsUserName"].map(|name| options.get(name));
    if name.is_set() {
        errors.all_invalid(&name.path, name.text(), dns_subdomain(name.text()));
    }
    if spec.is_set() && spec.text().is_empty() {
        errors.invalid(&spec.path, "", "gmsaCredentialSpec cannot be an empty string");
    } else if spec.text().len() > 64 * 1024 {
        errors.invalid(&spec.path, spec.text(), "gmsaCredentialSpec size must be under 64 KiB");
    }
    if user.is_set() {
        for detail in wrong_user(user.text()) {
            errors.invalid(&user.path, user.text(), detail);
        }
    }
}

/// What is wrong with `user` or `domain\user`.
fn wrong_user(text: &str) -> Vec<&'static str> {
    if text.is_empty() {
        return vec!["runAsUserName cannot be an empty string"];
    }
    if text.chars().any(|letter| letter.is_ascii_control()) {
        return vec!["runAsUserName cannot contain control characters"];
    }
    if text.matches('\\').count() > 1 {
        return vec!["runAsUserName cannot contain more than one backslash"];
    }
    let (domain, user) = text.split_once('\\').map_or((None, text), |(domain, user)| (Some(domain), user));
    let is_domain = |domain: &str| is_netbios(domain) || is_dns_domain(domain);
    let wrong = [
        (
            domain.is_some_and(|domain| domain.len() >= 256),
            "runAsUserName's Domain length must be under 256 characters",
        ),
        (
            domain.is_some_and(|domain| !is_domain(domain)),
            "runAsUserName's Domain doesn't match the NetBios nor the DNS format",
        ),
        (user.is_empty(), "runAsUserName's User cannot be empty"),
        (user.len() > 104, "runAsUserName's User length must not be longer than 104 characters"),
        (
            !user.is_empty() && user.chars().all(|letter| letter == '.' || letter == ' '),
            "runAsUserName's User cannot contain only periods or spaces",
        ),
        (
            user.contains(['"', '/', '\\', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@', '[', ']']),
            "runAsUserName's User cannot contain the following characters: \"/\\:;|=,+*?<>@[]",
        ),
    ];
    wrong.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text).collect()
}

fn is_netbios(domain: &str) -> bool {
    (1..=15).contains(&domain.chars().count())
        && !domain.starts_with('.')
        && !domain.contains(['\\', '/', ':', '*', '?', '"', '<', '>', '|'])
}

fn is_dns_domain(domain: &str) -> bool {
    !domain.is_empty()
        && domain.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with('-')
                && !part.ends_with('-')
                && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        })
}
