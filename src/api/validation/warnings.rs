//! Warnings about objects that are accepted. Upstream: `pkg/api/pod/warnings.go`, `pkg/api/node/util.go`.

use super::super::Quantity;
use super::field::Field;
use super::parts::all_containers;
use super::pod::{CONTAINER_SECCOMP, SECCOMP};
use crate::api::ip::ip_warning;
use crate::api::names::{dns_label, label_value};
use std::collections::{BTreeMap, BTreeSet};

/// Node labels that have another name by now, or none.
const OLD_LABELS: [(&str, &str); 8] = [
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        "deprecated since v1.22; use Taints and Tolerations instead",
    ),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
];

fn old_label(key: &str) -> Option<&'static str> {
    OLD_LABELS.iter().find(|(old, _)| *old == key).map(|(_, text)| *text)
}

const OLD_ANNOTATIONS: [(&str, &str); 3] = [
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "non-functional in v1.16+; use the \"priorityClassName\" field instead",
    ),
    ("security.alpha.kubernetes.io/sysctls", "non-functional in v1.11+; use the \"sysctls\" field instead"),
    (
        "security.alpha.kubernetes.io/unsafe-sysctls",
        "non-functional in v1.11+; use the \"sysctls\" field instead",
    ),
];

const OLD_VOLUMES: [(&str, &str); 9] = [
    ("photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "deprecated in v1.28, non-functional in v1.31+"),
];

/// Letters that a generated name has after its prefix.
const GENERATED: usize = 5;

/// Warnings about a new pod.
pub(super) fn of_pod(pod: &Field) -> Vec<String> {
    let metadata = pod.get("metadata");
    // The API server has made a name by then.
    let name = match (metadata.text_of("name"), metadata.text_of("generateName")) {
        ("", prefix) if !prefix.is_empty() => format!("{prefix}{}", "x".repeat(GENERATED)),
        (name, _) => name.to_owned(),
    };
    let mut warnings: Vec<String> = of_name(&name, "the Pod's hostname").into_iter().collect();
    warnings.extend(of_template(pod, false));
    warnings
}

/// A warning about a name that is no DNS label and is used in hostnames.
pub(super) fn of_name(name: &str, used_in: &str) -> Option<String> {
    let wrong = dns_label(name);
    (!wrong.is_empty()).then(|| {
        format!(
            "metadata.name: this is used in {used_in}, which can result in surprising behavior; a DNS label is \
             recommended: [{}]",
            wrong.join(" ")
        )
    })
}

/// Warnings about a pod's template, or a pod.
pub(super) fn of_template(template: &Field, is_template: bool) -> Vec<String> {
    let (spec, annotations) = (template.get("spec"), template.get("metadata").get("annotations"));
    let mut warnings = Warnings(Vec::new());
    warnings.old_labels(&spec);
    for rule in spec.get("topologySpreadConstraints").items() {
        let key = rule.get("topologyKey");
        if let Some(text) = old_label(key.text()) {
            warnings.push(&key.path, format!("{} is {text}", key.text()));
        }
        warnings.null_selector(&rule);
    }
    for (key, text) in OLD_ANNOTATIONS {
        if annotations.get(key).is_set() {
            warnings.push(&annotations.path_at(key), text);
        }
    }
    for volume in spec.get("volumes").items() {
        for (name, text) in OLD_VOLUMES {
            if volume.get(name).is_set() {
                warnings.push(&volume.path_of(name), text);
            }
        }
    }
    warnings.repeated(&spec.get("hostAliases"), "ip");
    warnings.repeated(&spec.get("imagePullSecrets"), "name");
    for secret in spec.get("imagePullSecrets").items().iter().map(|secret| secret.get("name")) {
        if secret.text().is_empty() {
            warnings.push(&secret.path, "invalid empty name \"\"");
        }
    }
    warnings.fractions(&spec.get("overhead"));
    warnings.old_seccomp(SECCOMP, &spec, &annotations);
    for container in all_containers(&spec) {
        let seccomp = format!("{CONTAINER_SECCOMP}{}", container.text_of("name"));
        warnings.old_seccomp(&seccomp, &container, &annotations);
        warnings.old_app_armor(&container, &annotations, is_template);
        let resources = container.get("resources");
        for name in ["memory", "ephemeral-storage"] {
            warnings.fraction(&resources.get("limits"), name);
            warnings.fraction(&resources.get("requests"), name);
        }
        warnings.hidden_variables(&container.get("env"));
    }
    warnings.ports(&spec);
    let grace = spec.get("terminationGracePeriodSeconds");
    if grace.int() < 0 {
        warnings.push(&grace.path, "must be >= 0; negative values are invalid and will be treated as 1");
    }
    for rules in ["podAffinity", "podAntiAffinity"].map(|name| spec.get("affinity").get(name)) {
        for term in rules.get("requiredDuringSchedulingIgnoredDuringExecution").items() {
            warnings.null_selector(&term);
        }
        for term in rules.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
            warnings.null_selector(&term.get("podAffinityTerm"));
        }
    }
    warnings.0
}

/// Warnings about a service. Upstream: `pkg/api/service/warnings.go`.
pub(super) fn of_service(service: &Field) -> Vec<String> {
    let (spec, annotations) = (service.get("spec"), service.get("metadata").get("annotations"));
    let type_ = spec.text_of("type");
    let is_headless = type_ == "ClusterIP" && spec.text_of("clusterIP") == "None";
    let is_external_name = type_ == "ExternalName";
    let (external_ips, balancer_ip) = (spec.get("externalIPs"), spec.get("loadBalancerIP"));
    let has_external_ips = external_ips.has_items();
    let mut warnings = Warnings(Vec::new());
    warnings.told_if(
        annotations.get("service.kubernetes.io/topology-aware-hints").is_set(),
        "annotation service.kubernetes.io/topology-aware-hints is deprecated, please use \
         service.kubernetes.io/topology-mode instead",
    );
    spec.get("clusterIPs").items().iter().for_each(|ip| warnings.address(ip));
    warnings.told_if(
        is_headless && !balancer_ip.text().is_empty(),
        "spec.loadBalancerIP is ignored for headless services",
    );
    warnings.told_if(is_headless && has_external_ips, "spec.externalIPs is ignored for headless services");
    warnings.told_if(
        is_headless && spec.text_of("sessionAffinity") != "None",
        "spec.SessionAffinity is ignored for headless services",
    );
    external_ips.items().iter().for_each(|ip| warnings.address(ip));
    warnings.told_if(
        has_external_ips && !is_headless && !is_external_name,
        "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
    );
    warnings.address(&balancer_ip);
    warnings.told_if(
        has_external_ips && is_external_name,
        "spec.externalIPs is ignored when spec.type is \"ExternalName\"",
    );
    warnings.told_if(
        !is_external_name && !spec.text_of("externalName").is_empty(),
        "spec.externalName is ignored when spec.type is not \"ExternalName\"",
    );
    warnings.told_if(
        spec.text_of("trafficDistribution") == "PreferClose",
        "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\"",
    );
    warnings.0
}

/// Warnings about a node. Upstream: `pkg/registry/core/node/strategy.go`.
pub(super) fn of_node(node: &Field) -> Vec<String> {
    let spec = node.get("spec");
    let mut warnings = Warnings(Vec::new());
    warnings.told_if(
        !spec.text_of("externalID").is_empty(),
        "spec.externalID: this field is deprecated, and is unused by Kubernetes",
    );
    warnings.0
}

struct Warnings(Vec<String>);

impl Warnings {
    fn push(&mut self, path: &str, text: impl std::fmt::Display) {
        self.0.push(format!("{path}: {text}"));
    }

    fn told_if(&mut self, applies: bool, text: &str) {
        if applies {
            self.0.push(text.to_owned());
        }
    }

    /// An address in a form that is not the usual one.
    fn address(&mut self, ip: &Field) {
        if let Some(text) = ip_warning(ip.text()) {
            self.push(&ip.path, text);
        }
    }

    fn old_labels(&mut self, spec: &Field) {
        for (key, value) in spec.get("nodeSelector").entries() {
            if let Some(text) = old_label(key) {
                self.push(&value.path, text);
            }
        }
        let affinity = spec.get("affinity").get("nodeAffinity");
        let required =
            affinity.get("requiredDuringSchedulingIgnoredDuringExecution").get("nodeSelectorTerms");
        for term in required.items() {
            self.selector_term(&term, false);
        }
        for term in affinity.get("preferredDuringSchedulingIgnoredDuringExecution").items() {
            self.selector_term(&term.get("preference"), true);
        }
    }

    /// Values that are no labels are refused in what is required, but only warned of in what is preferred.
    fn selector_term(&mut self, term: &Field, checks_values: bool) {
        for requirement in term.get("matchExpressions").items() {
            let key = requirement.get("key");
            if let Some(text) = old_label(key.text()) {
                self.push(&key.path, format!("{} is {text}", key.text()));
            }
            for value in requirement.get("values").items().iter().filter(|_| checks_values) {
                for wrong in label_value(value.text()) {
                    self.push(&value.path, format!("{} is invalid, {wrong}", value.text()));
                }
            }
        }
    }

    fn null_selector(&mut self, rule: &Field) {
        if !rule.get("labelSelector").is_set() {
            self.push(&rule.path_of("labelSelector"), "a null labelSelector results in matching no pod");
        }
    }

    fn repeated(&mut self, list: &Field, field: &str) {
        let mut seen = BTreeSet::new();
        for value in list.items().iter().map(|item| item.get(field)) {
            if !seen.insert(value.text()) {
                self.push(&value.path, format!("duplicate {field} {:?}", value.text()));
            }
        }
    }

    fn fractions(&mut self, amounts: &Field) {
        for name in ["memory", "ephemeral-storage"] {
            self.fraction(amounts, name);
        }
    }

    fn fraction(&mut self, amounts: &Field, name: &str) {
        let amount = amounts.get(name);
        let Ok(quantity) = Quantity::parse(amount.text()) else { return };
        if quantity.milli_value() % 1000 != 0 {
            let text = format!("fractional byte value {:?} is invalid, must be an integer", amount.text());
            self.push(&amounts.path_at(name), text);
        }
    }

    /// An annotation that says what the security context of a pod or container should.
    fn old_seccomp(&mut self, key: &str, of: &Field, annotations: &Field) {
        if annotations.get(key).is_set() && !of.get("securityContext").get("seccompProfile").is_set() {
            let text = "non-functional in v1.27+; use the \"seccompProfile\" field instead";
            self.push(&annotations.path_at(key), text);
        }
    }

    fn old_app_armor(&mut self, container: &Field, annotations: &Field, is_template: bool) {
        let key = format!("container.apparmor.security.beta.kubernetes.io/{}", container.text_of("name"));
        let has_field = container.get("securityContext").get("appArmorProfile").is_set();
        if is_template && !has_field && annotations.get(&key).is_set() {
            let text = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
            self.push(&annotations.path_at(key), text);
        }
    }

    fn hidden_variables(&mut self, variables: &Field) {
        let mut seen = BTreeSet::new();
        for variable in variables.items() {
            let name = variable.text_of("name");
            if seen.insert(name) {
                continue;
            }
            let (value, reference) = (variable.text_of("value"), format!("$({name})"));
            let extends = value != reference && value.contains(&reference);
            if variable.get("valueFrom").is_set() || !extends {
                let text =
                    format!("hides previous definition of {name:?}, which may be dropped when using apply");
                self.push(&variable.path, text);
            }
        }
    }

    fn ports(&mut self, spec: &Field) {
        let mut seen: BTreeMap<(i64, &str), Vec<Field>> = BTreeMap::new();
        let ports: Vec<Field> =
            all_containers(spec).iter().flat_map(|container| container.get("ports").items()).collect();
        for port in &ports {
            let (host, address) = (port.int_of("hostPort"), port.text_of("hostIP"));
            if !address.is_empty() && host == 0 {
                let text = format!(
                    "hostIP set without hostPort: {{Name:{} HostPort:0 ContainerPort:{} Protocol:{} HostIP:{address}}}",
                    port.text_of("name"),
                    port.int_of("containerPort"),
                    port.text_of("protocol")
                );
                self.push(&port.path, text);
            }
            let others = seen.entry((port.int_of("containerPort"), port.text_of("protocol"))).or_default();
            for other in others.iter() {
                let (other_host, other_address) = (other.int_of("hostPort"), other.text_of("hostIP"));
                let what = if host == other_host && address == other_address {
                    "duplicate"
                } else if host == 0 || other_host == 0 {
                    "overlapping"
                } else if host == other_host && address.is_empty() != other_address.is_empty() {
                    "dangerously ambiguous"
                } else {
                    continue;
                };
                self.push(&port.path, format!("{what} port definition with {}", other.path));
            }
            others.push(port.clone());
        }
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        for port in ports.iter().filter(|port| !port.text_of("name").is_empty()) {
            let name = port.text_of("name");
            match names.get(name) {
                Some(other) => {
                    let text = format!(
                        "duplicate port name {name:?} with {other}, services and probes that select ports by name will \
                         use {other}"
                    );
                    self.push(&port.path, text);
                }
                None => {
                    names.insert(name, &port.path);
                }
            }
        }
    }
}
