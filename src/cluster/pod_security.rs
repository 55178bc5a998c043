//! The PodSecurity plugin: what pods of a namespace may ask of the node. Upstream:
//! `staging/src/k8s.io/pod-security-admission`, its policy of the latest version; a namespace that asks for an older one is
//! held against the latest, too.
//!
//! Pods are read as JSON: only where a namespace asks for it, and then for each pod that is created there.

use super::{Change, World};
use crate::api::validation::{self, ErrorType, FieldError};
use crate::api::{Kind, Labels, Object, ObjectKey, sort};
use serde_json::Value;
use std::collections::BTreeSet;

const LABEL: &str = "pod-security.kubernetes.io/";

/// How much is forbidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Privileged,
    Baseline,
    Restricted,
}

impl Level {
    const ALL: [(Level, &str); 3] =
        [(Level::Privileged, "privileged"), (Level::Baseline, "baseline"), (Level::Restricted, "restricted")];

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, name)| *name == text).map(|(level, _)| level)
    }
}

/// What is wrong with the labels by which a namespace asks for a level (`PolicyToEvaluate`).
pub(super) fn wrong_labels(labels: &Labels) -> Vec<FieldError> {
    if labels.keys().any(|label| label.starts_with(LABEL)) { wrong_levels(labels) } else { Vec::new() }
}

#[cold]
#[inline(never)]
fn wrong_levels(labels: &Labels) -> Vec<FieldError> {
    let is_version = |text: &str| {
        let minor =
            text.strip_prefix("v1.").filter(|minor| minor.bytes().all(|digit| digit.is_ascii_digit()));
        text == "latest"
            || minor.is_some_and(|minor| minor == "0" || !minor.is_empty() && !minor.starts_with('0'))
    };
    let check = |of: &str| {
        let label = [LABEL, of].concat();
        let text = labels.get(&label)?;
        let (is_right, why) = match of.ends_with("-version") {
            true => (is_version(text), "must be \"latest\" or \"v1.x\""),
            false => (Level::parse(text).is_some(), "must be one of privileged, baseline, restricted"),
        };
        (!is_right).then(|| FieldError {
            field: format!("metadata.labels[{label}]"),
            type_: ErrorType::Invalid,
            value: Some(validation::quoted(text)),
            detail: why.to_owned(),
        })
    };
    let all = ["enforce", "enforce-version", "audit", "audit-version", "warn", "warn-version"];
    all.into_iter().filter_map(check).collect()
}

/// A level and the version of its policy, as they are told: `baseline:latest`.
struct Policy {
    level: Level,
    told: String,
}

impl Policy {
    fn new(level: Level, version: Option<&str>) -> Self {
        let name = Level::ALL[level as usize].1;
        Policy { level, told: format!("{name}:{}", version.unwrap_or("latest")) }
    }

    /// The policy that is enforced in a namespace with these labels (`PolicyToEvaluate`).
    fn enforced(labels: &Labels) -> Self {
        let label = |of: &str| labels.get(&[LABEL, of].concat()).map(|value| value.as_str());
        let level = label("enforce")
            .map_or(Level::Privileged, |text| Level::parse(text).unwrap_or(Level::Restricted));
        Policy::new(level, label("enforce-version"))
    }

    /// The policy that is warned of: what is enforced, where nothing else is asked for.
    fn warned_of(labels: &Labels) -> Self {
        let label = |of: &str| labels.get(&[LABEL, of].concat()).map(|value| value.as_str());
        let enforced = label("enforce").and_then(Level::parse);
        match (label("warn"), enforced) {
            (None, Some(level)) => Policy::new(level, label("warn-version").or(label("enforce-version"))),
            (told, _) => {
                let level = told.and_then(Level::parse).unwrap_or(Level::Privileged);
                Policy::new(level, label("warn-version"))
            }
        }
    }

    fn violations(&self, spec: &Value, annotations: &Value) -> Vec<(String, String)> {
        let pod = Subject::new(spec, annotations);
        CHECKS
            .iter()
            .filter(|(from, below, _)| (*from..*below).contains(&(self.level as u8)))
            .filter_map(|(.., check)| check(&pod))
            .collect()
    }
}

fn labels_of(world: &World, namespace: &str) -> Option<Object> {
    let namespace = world.get(&ObjectKey::new(Kind::Namespace, "", namespace))?;
    let is_labelled = namespace.metadata().labels.keys().any(|label| label.starts_with(LABEL));
    is_labelled.then_some(namespace)
}

/// Why a pod may not be created in its namespace; none if it may.
pub(super) fn forbids(world: &World, pod: &Object) -> Option<String> {
    let namespace = labels_of(world, &pod.metadata().namespace)?;
    let policy = Policy::enforced(&namespace.metadata().labels);
    let violations = violations(&policy, pod)?;
    Some(format!("violates PodSecurity {:?}: {violations}", policy.told))
}

/// What is warned of when a pod, or what makes pods, is written; or when a namespace begins to enforce more.
pub fn pod_security_warnings(world: &World, change: &Change) -> Vec<String> {
    let Some(after) = &change.after else { return Vec::new() };
    if let Object::Namespace(_) = after {
        let before = change.before.as_ref().map(|before| Policy::enforced(&before.metadata().labels));
        return before.map_or_else(Vec::new, |before| of_existing(world, after, &before));
    }
    if change.before.is_some() && matches!(after, Object::Pod(_)) {
        return Vec::new();
    }
    let Some(namespace) = labels_of(world, &after.metadata().namespace) else { return Vec::new() };
    let policy = Policy::warned_of(&namespace.metadata().labels);
    let violations = violations(&policy, after).into_iter();
    violations
        .map(|violations| format!("would violate PodSecurity {:?}: {violations}", policy.told))
        .collect()
}

/// The pods of a namespace that what it begins to enforce would not let in (`EvaluatePodsInNamespace`).
fn of_existing(world: &World, namespace: &Object, before: &Policy) -> Vec<String> {
    let metadata = namespace.metadata();
    let policy = Policy::enforced(&metadata.labels);
    if policy.level <= before.level {
        return Vec::new();
    }
    let mut kinds: Vec<(String, &str, usize)> = Vec::new();
    for pod in world.pods_in(&metadata.name) {
        let value = Object::Pod(pod.clone()).to_json();
        let reasons: Vec<String> = policy
            .violations(&value["spec"], &value["metadata"]["annotations"])
            .into_iter()
            .map(|(reason, _)| reason)
            .collect();
        if reasons.is_empty() {
            continue;
        }
        let reasons = reasons.join(", ");
        match kinds.iter_mut().find(|(told, ..)| *told == reasons) {
            Some((.., count)) => *count += 1,
            None => kinds.push((reasons, pod.metadata.name.as_str(), 1)),
        }
    }
    let mut told: Vec<String> = kinds
        .iter()
        .map(|(reasons, first, count)| match count {
            1 => format!("{first}: {reasons}"),
            2 => format!("{first} (and 1 other pod): {reasons}"),
            more => format!("{first} (and {} other pods): {reasons}", more - 1),
        })
        .collect();
    sort::plain(&mut told);
    if !told.is_empty() {
        let first = "existing pods in namespace";
        let first = format!(
            "{first} {:?} violate the new PodSecurity enforce level {:?}",
            metadata.name.as_str(),
            policy.told
        );
        told.insert(0, first);
    }
    told
}

/// What of a pod, or of a template, a policy forbids; none if nothing.
fn violations(policy: &Policy, object: &Object) -> Option<String> {
    if policy.level == Level::Privileged {
        return None;
    }
    let value = object.to_json();
    let pod = match object.kind() {
        Kind::Pod => &value,
        kind => match kind.name() {
            "DaemonSet" | "Deployment" | "ReplicaSet" | "StatefulSet" | "Job" | "ReplicationController" => {
                &value["spec"]["template"]
            }
            "CronJob" => &value["spec"]["jobTemplate"]["spec"]["template"],
            _ => return None,
        },
    };
    let violations = policy.violations(&pod["spec"], &pod["metadata"]["annotations"]);
    let told = violations.into_iter().map(|(reason, detail)| format!("{reason} ({detail})"));
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join(", "))
}

/// A pod while it is checked.
struct Subject<'a> {
    spec: &'a Value,
    annotations: &'a Value,
    /// Init containers, containers, and those that were added to look around.
    containers: Vec<&'a Value>,
}

type Check = fn(&Subject) -> Option<(String, String)>;

/// Each check with the level from which it holds and the one from which it no longer does, in the order in which their
/// results are told.
const CHECKS: [(u8, u8, Check); 19] = [
    (1, 3, app_armor),
    (1, 2, capabilities),
    (1, 3, host_namespaces),
    (1, 2, host_paths),
    (1, 3, host_ports),
    (1, 3, probe_hosts),
    (1, 3, privileged),
    (1, 2, proc_mount_of_own_users),
    (1, 3, se_linux),
    (1, 2, seccomp),
    (1, 3, sysctls),
    (1, 3, host_process),
    (2, 3, escalation),
    (2, 3, few_capabilities),
    (2, 3, proc_mount),
    (2, 3, volumes),
    (2, 3, not_root),
    (2, 3, user),
    (2, 3, some_seccomp),
];

impl<'a> Subject<'a> {
    fn new(spec: &'a Value, annotations: &'a Value) -> Self {
        let lists = ["initContainers", "containers", "ephemeralContainers"];
        let containers = lists.iter().filter_map(|list| spec[*list].as_array()).flatten().collect();
        Subject { spec, annotations, containers }
    }

    /// Names of the containers for whose security context something holds.
    fn bad(&self, is_bad: impl Fn(&Value) -> bool) -> Vec<&'a str> {
        let containers = self.containers.iter().filter(|container| is_bad(&container["securityContext"]));
        containers.filter_map(|container| container["name"].as_str()).collect()
    }

    /// Who sets something bad in a security context: `pod`, containers, or both.
    fn setters(&self, is_bad: impl Fn(&Value) -> bool) -> Option<String> {
        let mut setters = Vec::new();
        if is_bad(&self.spec["securityContext"]) {
            setters.push("pod".to_owned());
        }
        let bad = self.bad(is_bad);
        if !bad.is_empty() {
            setters.push(containers(&bad));
        }
        (!setters.is_empty()).then(|| setters.join(" and "))
    }

    /// The values that pod and containers have at a place of their security contexts.
    fn values(&self, place: &str) -> BTreeSet<&'a str> {
        let contexts = self.containers.iter().map(|container| &container["securityContext"]);
        let contexts = contexts.chain([&self.spec["securityContext"]]);
        sort::set(contexts.filter_map(|context| context.pointer(place)?.as_str()))
    }

    fn is_windows(&self) -> bool {
        self.spec["os"]["name"] == "windows"
    }
}

/// `container "a"`, `containers "a", "b"`.
fn containers(names: &[&str]) -> String {
    format!("{} {}", plural("container", "containers", names.len()), quoted(names.iter().copied()))
}

fn plural<'a>(one: &'a str, more: &'a str, count: usize) -> &'a str {
    if count == 1 { one } else { more }
}

fn quoted<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("\"{item}\"")).collect();
    items.join(", ")
}

fn found(reason: &str, detail: String) -> Option<(String, String)> {
    Some((reason.to_owned(), detail))
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn app_armor(pod: &Subject) -> Option<(String, String)> {
    const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
    let is_bad = |kind: &&str| !["RuntimeDefault", "Localhost"].contains(kind);
    let place = "/appArmorProfile/type";
    let sets =
        |context: &Value| context.pointer(place).and_then(Value::as_str).is_some_and(|kind| is_bad(&kind));
    let mut setters: Vec<String> = pod.setters(sets).into_iter().collect();
    let mut values: Vec<String> = pod.values(place).into_iter().filter(is_bad).map(str::to_owned).collect();
    let annotations = pod.annotations.as_object().into_iter().flatten().filter_map(|(name, value)| {
        let profile = value.as_str().filter(|_| name.starts_with(ANNOTATION))?;
        let is_fine = profile.is_empty() || profile == "runtime/default" || profile.starts_with("localhost/");
        (!is_fine).then(|| format!("{name}={profile:?}"))
    });
    let annotations: Vec<String> = annotations.collect();
    if !annotations.is_empty() {
        setters.push(plural("annotation", "annotations", annotations.len()).to_owned());
        values.extend(annotations);
    }
    if setters.is_empty() {
        return None;
    }
    let reason = plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.len());
    let values = quoted(values.iter().map(String::as_str));
    found(reason, format!("{} must not set AppArmor profile type to {values}", setters.join(" and ")))
}

/// Containers that add capabilities besides these, and which.
fn added<'a>(pod: &Subject<'a>, fine: &[&str]) -> Option<String> {
    let mut which = BTreeSet::new();
    let mut bad = Vec::new();
    for container in &pod.containers {
        let add = &container["securityContext"]["capabilities"]["add"];
        let more: Vec<&str> = texts(add).filter(|capability| !fine.contains(capability)).collect();
        if !more.is_empty() {
            bad.extend(container["name"].as_str());
            which.extend(more);
        }
    }
    let told = || {
        format!(
            "{} must not include {} in securityContext.capabilities.add",
            containers(&bad),
            quoted(which.iter().copied())
        )
    };
    (!bad.is_empty()).then(told)
}

fn capabilities(pod: &Subject) -> Option<(String, String)> {
    const FINE: [&str; 13] = [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];
    found("non-default capabilities", added(pod, &FINE)?)
}

fn host_namespaces(pod: &Subject) -> Option<(String, String)> {
    let set = ["hostNetwork", "hostPID", "hostIPC"].into_iter().filter(|field| pod.spec[*field] == true);
    let set: Vec<String> = set.map(|field| format!("{field}=true")).collect();
    (!set.is_empty()).then(|| ("host namespaces".to_owned(), set.join(", ")))
}

fn host_paths(pod: &Subject) -> Option<(String, String)> {
    let volumes = pod.spec["volumes"].as_array().into_iter().flatten();
    let bad: Vec<&str> = volumes
        .filter(|volume| volume["hostPath"].is_object())
        .filter_map(|volume| volume["name"].as_str())
        .collect();
    let told = || format!("{} {}", plural("volume", "volumes", bad.len()), quoted(bad.iter().copied()));
    (!bad.is_empty()).then(|| ("hostPath volumes".to_owned(), told()))
}

fn host_ports(pod: &Subject) -> Option<(String, String)> {
    let mut ports = BTreeSet::new();
    let mut bad = Vec::new();
    for container in &pod.containers {
        let taken =
            container["ports"].as_array().into_iter().flatten().filter_map(|port| port["hostPort"].as_i64());
        let taken: Vec<String> = taken.filter(|port| *port != 0).map(|port| port.to_string()).collect();
        if !taken.is_empty() {
            bad.extend(container["name"].as_str());
            ports.extend(taken);
        }
    }
    if bad.is_empty() {
        return None;
    }
    let (use_, what) = (plural("uses", "use", bad.len()), plural("hostPort", "hostPorts", ports.len()));
    let ports: Vec<String> = ports.into_iter().collect();
    found("hostPort", format!("{} {use_} {what} {}", containers(&bad), ports.join(", ")))
}

fn probe_hosts(pod: &Subject) -> Option<(String, String)> {
    const PLACES: [&str; 5] =
        ["/livenessProbe", "/readinessProbe", "/startupProbe", "/lifecycle/postStart", "/lifecycle/preStop"];
    let (mut hosts, mut bad) = (BTreeSet::new(), BTreeSet::new());
    for container in &pod.containers {
        for handler in PLACES.iter().filter_map(|place| container.pointer(place)) {
            let named = ["httpGet", "tcpSocket"].iter().filter_map(|way| handler[*way]["host"].as_str());
            for host in named.filter(|host| !host.is_empty()) {
                hosts.insert(host);
                bad.extend(container["name"].as_str());
            }
        }
    }
    if bad.is_empty() {
        return None;
    }
    let bad: Vec<&str> = bad.into_iter().collect();
    let use_ = plural("uses", "use", bad.len());
    let what = plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.len());
    found("probe or lifecycle host", format!("{} {use_} {what} {}", containers(&bad), quoted(hosts)))
}

fn privileged(pod: &Subject) -> Option<(String, String)> {
    let bad = pod.bad(|context| context["privileged"] == true);
    let told = || format!("{} must not set securityContext.privileged=true", containers(&bad));
    (!bad.is_empty()).then(|| ("privileged".to_owned(), told()))
}

fn proc_mount(pod: &Subject) -> Option<(String, String)> {
    let place = "/procMount";
    let is_bad = |value: &&str| *value != "Default";
    let bad = pod.bad(|context| context["procMount"].as_str().is_some_and(|value| is_bad(&value)));
    if bad.is_empty() {
        return None;
    }
    let values = quoted(pod.values(place).into_iter().filter(is_bad));
    found("procMount", format!("{} must not set securityContext.procMount to {values}", containers(&bad)))
}

/// A pod with users of its own may see more.
fn proc_mount_of_own_users(pod: &Subject) -> Option<(String, String)> {
    if pod.spec["hostUsers"] == false { None } else { proc_mount(pod) }
}

fn se_linux(pod: &Subject) -> Option<(String, String)> {
    const FINE: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
    let is_bad_type = |type_: &&str| !FINE.contains(type_);
    let options = |context: &Value, field: &str| {
        context["seLinuxOptions"][field].as_str().unwrap_or_default().to_owned()
    };
    let is_bad = |context: &Value| {
        is_bad_type(&options(context, "type").as_str())
            || ["user", "role"].iter().any(|field| !options(context, field).is_empty())
    };
    let setters = pod.setters(is_bad)?;
    let types: Vec<&str> = pod.values("/seLinuxOptions/type").into_iter().filter(is_bad_type).collect();
    let mut told = Vec::new();
    if !types.is_empty() {
        told.push(format!("{} {}", plural("type", "types", types.len()), quoted(types)));
    }
    for field in ["user", "role"] {
        if pod.values(&format!("/seLinuxOptions/{field}")).iter().any(|value| !value.is_empty()) {
            told.push(format!("{field} may not be set"));
        }
    }
    let told = told.join("; ");
    found("seLinuxOptions", format!("{setters} set forbidden securityContext.seLinuxOptions: {told}"))
}

const SECCOMP: &str = "/seccompProfile/type";

fn is_bad_seccomp(value: &&str) -> bool {
    !["RuntimeDefault", "Localhost"].contains(value)
}

fn seccomp(pod: &Subject) -> Option<(String, String)> {
    let of = |context: &Value| {
        context.pointer(SECCOMP).and_then(Value::as_str).is_some_and(|value| is_bad_seccomp(&value))
    };
    let setters = pod.setters(of)?;
    let values = quoted(pod.values(SECCOMP).into_iter().filter(is_bad_seccomp));
    found("seccompProfile", format!("{setters} must not set securityContext.seccompProfile.type to {values}"))
}

fn sysctls(pod: &Subject) -> Option<(String, String)> {
    const FINE: [&str; 12] = [
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ping_group_range",
        "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes",
        "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.tcp_wmem",
    ];
    let named = pod.spec["securityContext"]["sysctls"].as_array().into_iter().flatten();
    let names = named.filter_map(|sysctl| sysctl["name"].as_str());
    let bad: Vec<&str> = names.filter(|name| !FINE.contains(name)).collect();
    (!bad.is_empty()).then(|| ("forbidden sysctls".to_owned(), bad.join(", ")))
}

fn host_process(pod: &Subject) -> Option<(String, String)> {
    let setters = pod.setters(|context| context["windowsOptions"]["hostProcess"] == true)?;
    found("hostProcess", format!("{setters} must not set securityContext.windowsOptions.hostProcess=true"))
}

fn escalation(pod: &Subject) -> Option<(String, String)> {
    let bad = pod.bad(|context| context["allowPrivilegeEscalation"] != false);
    if bad.is_empty() || pod.is_windows() {
        return None;
    }
    let told = format!("{} must set securityContext.allowPrivilegeEscalation=false", containers(&bad));
    found("allowPrivilegeEscalation != false", told)
}

fn few_capabilities(pod: &Subject) -> Option<(String, String)> {
    if pod.is_windows() {
        return None;
    }
    let keeps = pod.bad(|context| !texts(&context["capabilities"]["drop"]).any(|dropped| dropped == "ALL"));
    let mut told = Vec::new();
    if !keeps.is_empty() {
        told.push(format!("{} must set securityContext.capabilities.drop=[\"ALL\"]", containers(&keeps)));
    }
    told.extend(added(pod, &["NET_BIND_SERVICE"]));
    (!told.is_empty()).then(|| ("unrestricted capabilities".to_owned(), told.join("; ")))
}

fn volumes(pod: &Subject) -> Option<(String, String)> {
    const FINE: [&str; 9] = [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];
    let (mut bad, mut types) = (Vec::new(), BTreeSet::new());
    for volume in pod.spec["volumes"].as_array().into_iter().flatten() {
        let source = volume.as_object().into_iter().flatten().map(|(field, _)| field.as_str());
        let source = source.into_iter().find(|field| *field != "name").unwrap_or("unknown");
        if !FINE.contains(&source) {
            bad.extend(volume["name"].as_str());
            types.insert(source);
        }
    }
    if bad.is_empty() {
        return None;
    }
    let what = plural("restricted volume type", "restricted volume types", types.len());
    let (volume, use_) = (plural("volume", "volumes", bad.len()), plural("uses", "use", bad.len()));
    found("restricted volume types", format!("{volume} {} {use_} {what} {}", quoted(bad), quoted(types)))
}

fn not_root(pod: &Subject) -> Option<(String, String)> {
    if pod.spec["hostUsers"] == false {
        return None;
    }
    let reason = "runAsNonRoot != true";
    if let Some(setters) = pod.setters(|context| context["runAsNonRoot"] == false) {
        return found(reason, format!("{setters} must not set securityContext.runAsNonRoot=false"));
    }
    if pod.spec["securityContext"]["runAsNonRoot"] == true {
        return None;
    }
    let bad = pod.bad(|context| context["runAsNonRoot"].is_null());
    let told = || format!("pod or {} must set securityContext.runAsNonRoot=true", containers(&bad));
    (!bad.is_empty()).then(|| (reason.to_owned(), told()))
}

fn user(pod: &Subject) -> Option<(String, String)> {
    let setters =
        pod.setters(|context| context["runAsUser"] == 0).filter(|_| pod.spec["hostUsers"] != false)?;
    found("runAsUser=0", format!("{setters} must not set runAsUser=0"))
}

fn some_seccomp(pod: &Subject) -> Option<(String, String)> {
    if pod.is_windows() {
        return None;
    }
    if let Some(bad) = seccomp(pod) {
        return Some(bad);
    }
    if pod.spec["securityContext"].pointer(SECCOMP).is_some() {
        return None;
    }
    let bad = pod.bad(|context| context["seccompProfile"].is_null());
    let what = "must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"";
    (!bad.is_empty()).then(|| ("seccompProfile".to_owned(), format!("pod or {} {what}", containers(&bad))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;
    use crate::cluster::Write;
    use crate::cluster::given::{add, object};
    use serde_json::json;

    fn pod(name: &str, spec: &Value) -> Value {
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name, "namespace": "team" }, "spec": spec })
    }

    fn world(labels: Value) -> World {
        let mut world = World::new(1, Time::EPOCH);
        add(
            &mut world,
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "team", "labels": labels } }),
        );
        world
    }

    /// What a container may not have, at a level; its name is `c`.
    fn told(level: &str, spec: Value) -> String {
        let mut world = world(json!({ "pod-security.kubernetes.io/enforce": level }));
        let written = world.write(Write::Create(object(pod("p", &spec))), Time::EPOCH);
        let refused = written.err().map(|error| error.to_string()).unwrap_or_default();
        refused.split_once(":latest\": ").map_or(refused.clone(), |(_, told)| told.to_owned())
    }

    fn with(context: Value) -> Value {
        json!({ "containers": [{ "name": "c", "image": "c:1", "securityContext": context }] })
    }

    #[test]
    fn what_a_level_forbids_is_told_with_where_it_stands() {
        let fine = json!({
            "allowPrivilegeEscalation": false, "capabilities": { "drop": ["ALL"] }, "runAsNonRoot": true,
            "seccompProfile": { "type": "RuntimeDefault" },
        });
        let mut volume = with(fine.clone());
        volume["volumes"] = json!([{ "name": "log", "hostPath": { "path": "/var/log" } }]);
        let mut root = with(fine.clone());
        root["securityContext"] = json!({ "runAsUser": 0 });
        let mut ports = with(json!({}));
        ports["containers"][0]["ports"] = json!([{ "containerPort": 80, "hostPort": 8080 }]);
        let mut probe = with(json!({}));
        probe["containers"][0]["livenessProbe"] = json!({ "httpGet": { "port": 80, "host": "10.0.0.1" } });
        let mut unmasked = with(fine.clone());
        unmasked["hostUsers"] = false.into();
        unmasked["containers"][0]["securityContext"]["procMount"] = "Unmasked".into();
        let mut host = with(json!({}));
        (host["hostPID"], host["hostNetwork"]) = (true.into(), true.into());
        for (level, spec, expected) in [
            ("privileged", with(json!({ "privileged": true })), ""),
            ("baseline", with(json!({})), ""),
            ("restricted", with(fine.clone()), ""),
            ("baseline", host, "host namespaces (hostNetwork=true, hostPID=true)"),
            ("baseline", volume.clone(), "hostPath volumes (volume \"log\")"),
            (
                "restricted",
                volume,
                "restricted volume types (volume \"log\" uses restricted volume type \"hostPath\")",
            ),
            ("baseline", ports, "hostPort (container \"c\" uses hostPort 8080)"),
            (
                "baseline",
                probe,
                "probe or lifecycle host (container \"c\" uses probe or lifecycle host \"10.0.0.1\")",
            ),
            (
                "baseline",
                with(json!({ "privileged": true })),
                "privileged (container \"c\" must not set securityContext.privileged=true)",
            ),
            (
                "baseline",
                with(json!({ "capabilities": { "add": ["SYS_TIME", "CHOWN", "NET_ADMIN"] } })),
                "non-default capabilities (container \"c\" must not include \"NET_ADMIN\", \"SYS_TIME\" in securityContext.capabilities.add)",
            ),
            (
                "restricted",
                unmasked,
                "procMount (container \"c\" must not set securityContext.procMount to \"Unmasked\")",
            ),
            (
                "baseline",
                with(json!({ "seccompProfile": { "type": "Unconfined" } })),
                "seccompProfile (container \"c\" must not set securityContext.seccompProfile.type to \"Unconfined\")",
            ),
            (
                "baseline",
                with(json!({ "appArmorProfile": { "type": "Unconfined" } })),
                "forbidden AppArmor profile (container \"c\" must not set AppArmor profile type to \"Unconfined\")",
            ),
            (
                "baseline",
                with(json!({ "seLinuxOptions": { "type": "spc_t", "role": "r" } })),
                "seLinuxOptions (container \"c\" set forbidden securityContext.seLinuxOptions: type \"spc_t\"; role may not be set)",
            ),
            ("restricted", root, "runAsUser=0 (pod must not set runAsUser=0)"),
            (
                "restricted",
                with(json!({})),
                "allowPrivilegeEscalation != false (container \"c\" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container \"c\" must set securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or container \"c\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container \"c\" must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\")",
            ),
        ] {
            assert_eq!(told(level, spec.clone()), expected, "{level} {spec}");
        }
    }

    #[test]
    fn what_makes_pods_is_let_in_with_a_warning_and_so_is_a_stricter_level() {
        let mut world = world(json!({ "pod-security.kubernetes.io/warn": "baseline" }));
        let mut set = pod("set", &json!({ "selector": { "matchLabels": { "a": "b" } } }));
        (set["apiVersion"], set["kind"]) = ("apps/v1".into(), "DaemonSet".into());
        let spec = with(json!({ "privileged": true }));
        set["spec"]["template"] = json!({ "metadata": { "labels": { "a": "b" } }, "spec": spec });
        let written = |world: &mut World, write: Write| {
            let change = world.write(write, Time::EPOCH).expect("accepted").expect("a change");
            pod_security_warnings(world, &change)
        };
        let privileged = "privileged (container \"c\" must not set securityContext.privileged=true)";
        assert_eq!(
            written(&mut world, Write::Create(object(set))),
            [format!("would violate PodSecurity \"baseline:latest\": {privileged}")]
        );
        for name in ["a", "b", "c"] {
            assert_eq!(written(&mut world, Write::Create(object(pod(name, &spec)))).len(), 1, "{name}");
        }
        let namespace = json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": "team", "labels": { "pod-security.kubernetes.io/enforce": "baseline" },
        } });
        assert_eq!(
            written(&mut world, Write::Update(object(namespace))),
            [
                "existing pods in namespace \"team\" violate the new PodSecurity enforce level \"baseline:latest\"",
                "a (and 2 other pods): privileged",
            ]
        );
    }
}
