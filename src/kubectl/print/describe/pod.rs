//! What `kubectl describe` says of a pod. Upstream: `kubectl/pkg/describe/describe.go` (`describePod`).

use super::super::age;
use super::super::lines::{Lines, list, text};
use super::super::template;
use super::super::volumes;
use super::controlled_by;
use crate::api::{Pod, Time};
use crate::kubectl::print::template::long_time;
use serde_json::Value;

/// A pod.
pub fn describe(pod: &Pod, value: &Value, now: Time, lines: &mut Lines) {
    let (metadata, spec, status) = (&pod.metadata, &value["spec"], &value["status"]);
    lines.line(0, &format!("Name:\t{}", metadata.name));
    lines.line(0, &format!("Namespace:\t{}", metadata.namespace));
    if let Some(priority) = spec["priority"].as_i64() {
        lines.line(0, &format!("Priority:\t{priority}"));
    }
    for (title, field) in [
        ("Priority Class Name", "priorityClassName"),
        ("Runtime Class Name", "runtimeClassName"),
        ("Service Account", "serviceAccountName"),
    ] {
        if !text(spec, field).is_empty() {
            lines.line(0, &format!("{title}:\t{}", text(spec, field)));
        }
    }
    match text(spec, "nodeName") {
        "" => lines.line(0, "Node:\t<none>"),
        node => lines.line(0, &format!("Node:\t{node}/{}", text(status, "hostIP"))),
    }
    if let Some(at) = status["startTime"].as_str() {
        lines.line(0, &format!("Start Time:\t{}", long_time(Time::parse(at))));
    }
    lines.pairs("Labels", &metadata.labels);
    lines.annotations("Annotations", &metadata.annotations);
    match metadata.deletion_timestamp {
        Some(at) if !pod.is_finished() => {
            lines.line(0, &format!("Status:\tTerminating (lasts {})", age::since(Some(at), now)));
            let grace = value["metadata"]["deletionGracePeriodSeconds"].as_i64().unwrap_or_default();
            lines.line(0, &format!("Termination Grace Period:\t{grace}s"));
        }
        _ => lines.line(0, &format!("Status:\t{}", text(status, "phase"))),
    }
    for (title, field) in [("Reason", "reason"), ("Message", "message")] {
        if !text(status, field).is_empty() {
            lines.line(0, &format!("{title}:\t{}", text(status, field)));
        }
    }
    template::seccomp(spec, 0, lines);
    lines.line(0, &format!("IP:\t{}", text(status, "podIP")));
    let addresses = list(status, "podIPs");
    lines.line(0, if addresses.is_empty() { "IPs:\t<none>" } else { "IPs:" });
    addresses.iter().for_each(|address| lines.line(1, &format!("IP:\t{}", text(address, "ip"))));
    if let Some(owner) = controlled_by(&value["metadata"]) {
        lines.line(0, &format!("Controlled By:\t{owner}"));
    }
    if !text(status, "nominatedNodeName").is_empty() {
        lines.line(0, &format!("NominatedNodeName:\t{}", text(status, "nominatedNodeName")));
    }
    if let Some(resources) = spec.get("resources").filter(|resources| !resources.is_null()) {
        lines.line(0, "Resources:");
        template::resources(resources, 1, lines);
    }
    let resolve = |path: &str| field(pod, path);
    for (title, field, statuses) in [
        ("Init Containers", "initContainers", "initContainerStatuses"),
        ("Containers", "containers", "containerStatuses"),
        ("Ephemeral Containers", "ephemeralContainers", "ephemeralContainerStatuses"),
    ] {
        let containers = list(spec, field);
        if field == "containers" || !containers.is_empty() {
            template::containers(title, containers, lines, "", &resolve, list(status, statuses));
        }
    }
    let gates = list(spec, "readinessGates");
    if !gates.is_empty() {
        lines.line(0, "Readiness Gates:");
        lines.line(1, "Type\tStatus");
        for gate in gates {
            let type_ = text(gate, "conditionType");
            let is = pod.condition(type_).map_or("<none>", |condition| condition.status.as_str());
            lines.line(1, &format!("{type_} \t{is} "));
        }
    }
    if !pod.status.conditions.is_empty() {
        lines.line(0, "Conditions:");
        lines.line(1, "Type\tStatus");
        for condition in &pod.status.conditions {
            lines.line(1, &format!("{} \t{} ", condition.type_, condition.status));
        }
    }
    volumes::volumes(list(spec, "volumes"), lines, "");
    lines.line(0, &format!("QoS Class:\t{}", quality(pod, status)));
    lines.pairs("Node-Selectors", &pod.spec.node_selector);
    lines.tolerations("Tolerations", &pod.spec.tolerations);
    let spread = list(spec, "topologySpreadConstraints");
    if !spread.is_empty() {
        template::topology_spread(spread, lines, "");
    }
}

/// The quality of service, which the API server stores with the pod.
fn quality(pod: &Pod, status: &Value) -> String {
    let stored = text(status, "qosClass");
    if stored.is_empty() && pod.spec.containers.is_empty() { "BestEffort".into() } else { stored.to_owned() }
}

/// A field of the pod that an environment variable takes (`ExtractFieldPathAsString`); empty for one that only the
/// kubelet knows.
fn field(pod: &Pod, path: &str) -> String {
    let metadata = &pod.metadata;
    let within = |name: &str| path.strip_prefix(name)?.strip_prefix("['")?.strip_suffix("']");
    match path {
        "metadata.name" => metadata.name.to_string(),
        "metadata.namespace" => metadata.namespace.to_string(),
        "metadata.uid" => metadata.uid.to_string(),
        _ => {
            let label = within("metadata.labels").and_then(|key| metadata.labels.get(key));
            let told = label
                .or_else(|| within("metadata.annotations").and_then(|key| metadata.annotations.get(key)));
            told.map(ToString::to_string).unwrap_or_default()
        }
    }
}
