//! What `kubectl describe` says of kinds that have a text of their own, beside DaemonSets, nodes and pods. Upstream:
//! `kubectl/pkg/describe/describe.go`.

use super::super::go;
use super::super::lines::{Lines, labels, list, text};
use super::super::object::whole;
use super::super::template::{self, selector};
use super::{heading, pods_status};
use crate::api::{Kind, Labels, Object, PodTemplateSpec, SERVICE_NAME, Time, sort};
use crate::cluster::{World, with_usage};
use crate::kubectl::print::template::long_time;
use serde_json::Value;

/// Tells what an object of a kind is; none for a kind without a text of its own.
pub fn describe(world: &World, object: &Object, value: &Value, now: Time) -> Option<Lines> {
    let mut lines = Lines::default();
    match object.kind().name() {
        "Namespace" => namespace(world, value, now, &mut lines),
        "PriorityClass" => priority_class(value, &mut lines),
        "PodDisruptionBudget" => budget(value, &mut lines),
        "Service" => service(world, value, &mut lines),
        "EndpointSlice" => endpoint_slice(value, &mut lines),
        "Endpoints" => endpoints(value, &mut lines),
        "ReplicaSet" => replica_set(world, value, &mut lines),
        "Deployment" => deployment(world, value, &mut lines),
        "ConfigMap" => config_map(value, &mut lines),
        "Secret" => secret(value, &mut lines),
        "ServiceAccount" => service_account(value, &mut lines),
        "LimitRange" => {
            heading_name(value, &mut lines);
            limits(&value["spec"], "", &mut lines);
        }
        "ResourceQuota" => quota(value, &mut lines),
        _ => return None,
    }
    Some(lines)
}

/// Whether a kind's text ends with its events.
pub fn has_events(kind: &str) -> bool {
    !["Namespace", "Secret", "LimitRange", "ResourceQuota"].contains(&kind)
}

fn pairs_of(value: &Value) -> Labels {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

/// A number, zero where none is stated.
fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

fn heading_name(value: &Value, lines: &mut Lines) {
    lines.line(0, &format!("Name:\t{}", text(&value["metadata"], "name")));
    lines.line(0, &format!("Namespace:\t{}", text(&value["metadata"], "namespace")));
}

fn conditions(status: &Value, lines: &mut Lines) {
    let conditions = list(status, "conditions");
    if conditions.is_empty() {
        return;
    }
    lines.line(0, "Conditions:");
    lines.line(1, "Type\tStatus\tReason");
    lines.line(1, "----\t------\t------");
    for condition in conditions {
        let [type_, status, reason] = ["type", "status", "reason"].map(|field| text(condition, field));
        lines.line(1, &format!("{type_} \t{status}\t{reason}"));
    }
}

fn namespace(world: &World, value: &Value, now: Time, lines: &mut Lines) {
    let metadata = &value["metadata"];
    lines.line(0, &format!("Name:\t{}", text(metadata, "name")));
    lines.pairs("Labels", &pairs_of(&metadata["labels"]));
    lines.annotations("Annotations", &pairs_of(&metadata["annotations"]));
    lines.line(0, &format!("Status:\t{}", text(&value["status"], "phase")));
    let conditions = list(&value["status"], "conditions");
    if !conditions.is_empty() {
        lines.line(0, "Conditions:");
        lines.line(1, "Type\tStatus\tLastTransitionTime\tReason\tMessage");
        lines.line(1, "----\t------\t------------------\t------\t-------");
        for condition in conditions {
            let [type_, status, at, reason, message] =
                ["type", "status", "lastTransitionTime", "reason", "message"]
                    .map(|field| text(condition, field));
            let at = long_time(Time::parse(at));
            lines.line(1, &format!("{type_}\t{status}\t{at}\t{reason}\t{message}"));
        }
    }
    let of = |kind: &str| -> Vec<Value> {
        let kind = Kind::of("v1", kind);
        let all = world.of_kind(&kind).filter(|object| object.metadata().namespace == text(metadata, "name"));
        all.map(|object| with_usage(world, object.clone(), now).to_json()).collect()
    };
    let quotas = of("ResourceQuota");
    if quotas.is_empty() {
        lines.line(0, "\nNo resource quota.");
    } else {
        lines.line(0, "\nResource Quotas");
        for quota in &quotas {
            lines.line(1, &format!("Name:\t{}", text(&quota["metadata"], "name")));
            scopes(&quota["spec"], 1, "* ", lines);
            lines.line(1, "Resource\tUsed\tHard");
            lines.line(1, "--------\t---\t---");
            amounts(&quota["status"], 1, lines);
        }
    }
    let ranges = of("LimitRange");
    if ranges.is_empty() {
        return lines.line(0, "\nNo LimitRange resource.");
    }
    lines.line(0, "\nResource Limits");
    ranges.iter().for_each(|range| limits(&range["spec"], " ", lines));
}

/// What is used of what there may be.
fn amounts(status: &Value, level: usize, lines: &mut Lines) {
    let hard = status["hard"].as_object();
    for (name, amount) in hard.into_iter().flatten() {
        let used = text(&status["used"], name);
        lines.line(level, &format!("{name}\t{}\t{}", or(used, "0"), go::plain(amount)));
    }
}

/// The pods that a quota is for, and what that means (`helpTextForResourceQuotaScope`).
#[rustfmt::skip]
const SCOPES: [(&str, &str); 4] = [
    ("Terminating", "Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system."),
    ("NotTerminating", "Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate."),
    ("BestEffort", "Matches all pods that do not have resource requirements set. These pods have a best effort quality of service."),
    ("NotBestEffort", "Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service."),
];

fn scopes(spec: &Value, level: usize, bullet: &str, lines: &mut Lines) {
    let mut names: Vec<&str> = list(spec, "scopes").iter().filter_map(Value::as_str).collect();
    if names.is_empty() {
        return;
    }
    sort::plain(&mut names);
    lines.line(level, &format!("Scopes:\t{}", names.join(", ")));
    for name in names {
        if let Some((_, meaning)) = SCOPES.iter().find(|(scope, _)| *scope == name) {
            lines.line(level, &format!("{bullet}{meaning}"));
        }
    }
}

fn quota(value: &Value, lines: &mut Lines) {
    heading_name(value, lines);
    scopes(&value["spec"], 0, " * ", lines);
    lines.line(0, "Resource\tUsed\tHard");
    lines.line(0, "--------\t----\t----");
    amounts(&value["status"], 0, lines);
}

/// The limits of a LimitRange as a table.
fn limits(spec: &Value, prefix: &str, lines: &mut Lines) {
    let titles =
        ["Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"];
    lines.line(0, &format!("{prefix}{}", titles.join("\t")));
    lines.line(
        0,
        &format!("{prefix}----\t--------\t---\t---\t---------------\t-------------\t-----------------------"),
    );
    const FIELDS: [&str; 5] = ["min", "max", "defaultRequest", "default", "maxLimitRequestRatio"];
    for item in list(spec, "limits") {
        let names = FIELDS.iter().filter_map(|field| item[*field].as_object()).flat_map(|map| map.keys());
        let mut names: Vec<&String> = names.collect();
        sort::plain(&mut names);
        names.dedup();
        for name in names {
            let cells = FIELDS.map(|field| or(text(&item[field], name), "-"));
            lines.line(0, &format!("{prefix}{}\t{name}\t{}", text(item, "type"), cells.join("\t")));
        }
    }
}

fn priority_class(value: &Value, lines: &mut Lines) {
    lines.line(0, &format!("Name:\t{}", text(&value["metadata"], "name")));
    lines.line(0, &format!("Value:\t{}", number(&value["value"])));
    lines.line(0, &format!("GlobalDefault:\t{}", value["globalDefault"].as_bool().unwrap_or(false)));
    lines.line(0, &format!("PreemptionPolicy:\t{}", text(value, "preemptionPolicy")));
    lines.line(0, &format!("Description:\t{}", text(value, "description")));
    lines.line(0, &format!("Annotations:\t{}", labels(&pairs_of(&value["metadata"]["annotations"]))));
}

fn budget(value: &Value, lines: &mut Lines) {
    heading_name(value, lines);
    let (spec, status) = (&value["spec"], &value["status"]);
    if let Some(least) = spec.get("minAvailable") {
        lines.line(0, &format!("Min available:\t{}", go::plain(least)));
    } else if let Some(most) = spec.get("maxUnavailable") {
        lines.line(0, &format!("Max unavailable:\t{}", go::plain(most)));
    }
    let chosen = spec.get("selector").map_or("<unset>".into(), |chosen| selector(Some(chosen)));
    lines.line(0, &format!("Selector:\t{chosen}"));
    lines.line(0, "Status:");
    for (title, field) in [
        ("Allowed disruptions", "disruptionsAllowed"),
        ("Current", "currentHealthy"),
        ("Desired", "desiredHealthy"),
        ("Total", "expectedPods"),
    ] {
        lines.line(2, &format!("{title}:\t{}", number(&status[field])));
    }
}

/// The texts of a list, joined by commas.
fn joined(value: &Value, field: &str) -> String {
    let texts: Vec<&str> = list(value, field).iter().filter_map(Value::as_str).collect();
    texts.join(",")
}

fn service(world: &World, value: &Value, lines: &mut Lines) {
    heading(value, lines);
    let spec = &value["spec"];
    lines.line(0, &format!("Selector:\t{}", labels(&pairs_of(&spec["selector"]))));
    lines.line(0, &format!("Type:\t{}", text(spec, "type")));
    let mut if_there = |title: &str, told: &str| {
        if !told.is_empty() {
            lines.line(0, &format!("{title}:\t{told}"));
        }
    };
    if_there("IP Family Policy", text(spec, "ipFamilyPolicy"));
    if_there("IP Families", or(&joined(spec, "ipFamilies"), "<none>"));
    lines.line(0, &format!("IP:\t{}", text(spec, "clusterIP")));
    let mut if_there = |title: &str, told: &str| {
        if !told.is_empty() {
            lines.line(0, &format!("{title}:\t{told}"));
        }
    };
    if_there("IPs", or(&joined(spec, "clusterIPs"), "<none>"));
    if_there("External IPs", &joined(spec, "externalIPs"));
    if_there("Desired LoadBalancer IP", text(spec, "loadBalancerIP"));
    if_there("External Name", text(spec, "externalName"));
    let ingress = list(&value["status"]["loadBalancer"], "ingress").iter().map(|one| {
        let mode = one["ipMode"].as_str().map_or_else(String::new, |mode| format!(" ({mode})"));
        match text(one, "ip") {
            "" => text(one, "hostname").to_owned(),
            ip => format!("{ip}{mode}"),
        }
    });
    if_there("LoadBalancer Ingress", &ingress.collect::<Vec<_>>().join(", "));
    let slices = slices_of(world, value);
    for port in list(spec, "ports") {
        let (name, protocol) = (or(text(port, "name"), "<unset>"), text(port, "protocol"));
        lines.line(0, &format!("Port:\t{name}\t{}/{protocol}", number(&port["port"])));
        lines.line(0, &format!("TargetPort:\t{}/{protocol}", go::plain(&port["targetPort"])));
        if let Some(application) = port["appProtocol"].as_str() {
            lines.line(0, &format!("AppProtocol:\t{application}"));
        }
        if number(&port["nodePort"]) != 0 {
            lines.line(0, &format!("NodePort:\t{name}\t{}/{protocol}", number(&port["nodePort"])));
        }
        lines.line(0, &format!("Endpoints:\t{}", addresses(&slices, text(port, "name"))));
    }
    lines.line(0, &format!("Session Affinity:\t{}", text(spec, "sessionAffinity")));
    for (title, field) in [
        ("External Traffic Policy", "externalTrafficPolicy"),
        ("Internal Traffic Policy", "internalTrafficPolicy"),
        ("HealthCheck NodePort", "healthCheckNodePort"),
    ] {
        if let Some(told) = spec.get(field).filter(|told| !told.is_null()) {
            lines.line(0, &format!("{title}:\t{}", go::plain(told)));
        }
    }
    let ranges = joined(spec, "loadBalancerSourceRanges");
    if !ranges.is_empty() {
        lines.line(0, &format!("LoadBalancer Source Ranges:\t{ranges}"));
    }
    if let Some(told) = spec["trafficDistribution"].as_str() {
        lines.line(0, &format!("Traffic Distribution:\t{told}"));
    }
}

/// The EndpointSlices of a Service.
fn slices_of(world: &World, service: &Value) -> Vec<Value> {
    let metadata = &service["metadata"];
    let is_of = |object: &Object| {
        let label = object.metadata().labels.get(SERVICE_NAME);
        object.metadata().namespace == text(metadata, "namespace")
            && label.is_some_and(|name| &**name == text(metadata, "name"))
    };
    world
        .of_kind(&Kind::EndpointSlice)
        .filter(|object| is_of(object))
        .map(|object| object.to_json())
        .collect()
}

/// The first three addresses that are ready, behind a port of that name.
fn addresses(slices: &[Value], port_name: &str) -> String {
    const SHOWN: usize = 3;
    if slices.is_empty() {
        return "<none>".into();
    }
    let (mut shown, mut ready, mut is_more) = (Vec::new(), 0, false);
    let mut walk = |slice: &Value, port: Option<i64>| {
        for endpoint in list(slice, "endpoints") {
            // Upstream notes that there is a fourth one before it looks whether that is ready.
            is_more |= shown.len() == SHOWN;
            let address = list(endpoint, "addresses").first().and_then(Value::as_str);
            let Some(address) = address.filter(|_| endpoint["conditions"]["ready"] != false) else {
                continue;
            };
            if !is_more {
                shown.push(port.map_or_else(|| address.to_owned(), |port| format!("{address}:{port}")));
            }
            ready += 1;
        }
    };
    for slice in slices {
        if list(slice, "ports").is_empty() {
            walk(slice, None);
        }
        for port in list(slice, "ports").iter().filter(|port| text(port, "name") == port_name) {
            walk(slice, Some(number(&port["port"])));
        }
    }
    let shown = shown.join(",");
    if is_more { format!("{shown} + {} more...", ready - SHOWN) } else { shown }
}

fn endpoint_slice(value: &Value, lines: &mut Lines) {
    heading(value, lines);
    lines.line(0, &format!("AddressType:\t{}", text(value, "addressType")));
    if list(value, "ports").is_empty() {
        lines.line(0, "Ports: <unset>");
    } else {
        lines.line(0, "Ports:");
        lines.line(1, "Name\tPort\tProtocol");
        lines.line(1, "----\t----\t--------");
    }
    for port in list(value, "ports") {
        let number = port["port"].as_i64().map_or("<unset>".into(), |number| number.to_string());
        lines
            .line(1, &format!("{}\t{number}\t{}", or(text(port, "name"), "<unset>"), text(port, "protocol")));
    }
    let all = list(value, "endpoints");
    lines.line(0, if all.is_empty() { "Endpoints: <none>" } else { "Endpoints:" });
    for endpoint in all {
        let texts: Vec<&str> = list(endpoint, "addresses").iter().filter_map(Value::as_str).collect();
        lines.line(1, &format!("- Addresses:\t{}", or(&texts.join(", "), "<none>")));
        lines.line(2, "Conditions:");
        let ready =
            endpoint["conditions"]["ready"].as_bool().map_or("<unset>".into(), |ready| ready.to_string());
        lines.line(3, &format!("Ready:\t{ready}"));
        lines.line(2, &format!("Hostname:\t{}", or(text(endpoint, "hostname"), "<unset>")));
        if let Some(target) = endpoint.get("targetRef") {
            lines.line(2, &format!("TargetRef:\t{}/{}", text(target, "kind"), text(target, "name")));
        }
        lines.line(2, &format!("NodeName:\t{}", or(text(endpoint, "nodeName"), "<unset>")));
        lines.line(2, &format!("Zone:\t{}", or(text(endpoint, "zone"), "<unset>")));
    }
}

fn endpoints(value: &Value, lines: &mut Lines) {
    heading(value, lines);
    lines.line(0, "Subsets:");
    for subset in list(value, "subsets") {
        for (title, field) in [("Addresses", "addresses"), ("NotReadyAddresses", "notReadyAddresses")] {
            let texts: Vec<&str> = list(subset, field).iter().map(|address| text(address, "ip")).collect();
            lines.line(1, &format!("{title}:\t{}", or(&texts.join(","), "<none>")));
        }
        if !list(subset, "ports").is_empty() {
            lines.line(1, "Ports:");
            lines.line(2, "Name\tPort\tProtocol");
            lines.line(2, "----\t----\t--------");
        }
        for port in list(subset, "ports") {
            let (name, protocol) = (or(text(port, "name"), "<unset>"), text(port, "protocol"));
            lines.line(2, &format!("{name}\t{}\t{protocol}", number(&port["port"])));
        }
        lines.line(0, "");
    }
}

fn pod_template(spec: &Value, lines: &mut Lines) {
    let template: PodTemplateSpec = serde_json::from_value(spec["template"].clone()).unwrap_or_default();
    template::describe(&template, lines);
}

fn replica_set(world: &World, value: &Value, lines: &mut Lines) {
    let (spec, status) = (&value["spec"], &value["status"]);
    heading_name(value, lines);
    lines.line(0, &format!("Selector:\t{}", selector(spec.get("selector"))));
    lines.pairs("Labels", &pairs_of(&value["metadata"]["labels"]));
    lines.annotations("Annotations", &pairs_of(&value["metadata"]["annotations"]));
    if let Some(owner) = super::controlled_by(&value["metadata"]) {
        lines.line(0, &format!("Controlled By:\t{owner}"));
    }
    let wanted = spec["replicas"].as_i64().unwrap_or(1);
    lines.line(0, &format!("Replicas:\t{} current / {wanted} desired", number(&status["replicas"])));
    let metadata = &value["metadata"];
    lines.line(0, &pods_status(world, text(metadata, "namespace"), text(metadata, "uid"), &spec["selector"]));
    pod_template(spec, lines);
    conditions(status, lines);
}

fn deployment(world: &World, value: &Value, lines: &mut Lines) {
    let (metadata, spec, status) = (&value["metadata"], &value["spec"], &value["status"]);
    heading_name(value, lines);
    lines.line(
        0,
        &format!("CreationTimestamp:\t{}", long_time(Time::parse(text(metadata, "creationTimestamp")))),
    );
    lines.pairs("Labels", &pairs_of(&metadata["labels"]));
    lines.annotations("Annotations", &pairs_of(&metadata["annotations"]));
    lines.line(0, &format!("Selector:\t{}", selector(spec.get("selector"))));
    let wanted = spec["replicas"].as_i64().unwrap_or(1);
    let [updated, total, available, unavailable] =
        ["updatedReplicas", "replicas", "availableReplicas", "unavailableReplicas"]
            .map(|field| number(&status[field]));
    lines.line(
        0,
        &format!(
            "Replicas:\t{wanted} desired | {updated} updated | {total} total | {available} available | {unavailable} unavailable"
        ),
    );
    let strategy = &spec["strategy"];
    lines.line(0, &format!("StrategyType:\t{}", text(strategy, "type")));
    lines.line(0, &format!("MinReadySeconds:\t{}", number(&spec["minReadySeconds"])));
    if let Some(rolling) = strategy.get("rollingUpdate") {
        let [most, surge] = ["maxUnavailable", "maxSurge"].map(|field| go::plain(&rolling[field]));
        lines.line(0, &format!("RollingUpdateStrategy:\t{most} max unavailable, {surge} max surge"));
    }
    pod_template(spec, lines);
    conditions(status, lines);
    replica_sets(world, value, lines);
}

/// The ReplicaSets of a Deployment: that of its template, and older ones.
fn replica_sets(world: &World, deployment: &Value, lines: &mut Lines) {
    const HASH: &str = "pod-template-hash";
    let uid = text(&deployment["metadata"], "uid");
    let is_own = |object: &Object| object.metadata().controller().is_some_and(|owner| owner.uid == uid);
    let sets = world.of_kind(&Kind::ReplicaSet);
    let own: Vec<Value> = sets.filter(|set| is_own(set)).map(whole).collect();
    if own.is_empty() {
        return;
    }
    let wanted = &deployment["spec"]["template"];
    let is_new = |set: &&Value| {
        let mut template = set["spec"]["template"].clone();
        if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
            labels.remove(HASH);
        }
        let is_same = |field: &str| {
            let [own, other] = [&template, wanted].map(|template| pairs_of(&template["metadata"][field]));
            own == other
        };
        template["spec"] == wanted["spec"] && is_same("labels") && is_same("annotations")
    };
    let told = |sets: Vec<&Value>| {
        let texts = sets.iter().map(|set| {
            let wanted = set["spec"]["replicas"].as_i64().unwrap_or(1);
            let is = number(&set["status"]["replicas"]);
            format!("{} ({is}/{wanted} replicas created)", text(&set["metadata"], "name"))
        });
        let told = texts.collect::<Vec<_>>().join(", ");
        if told.is_empty() { "<none>".to_owned() } else { told }
    };
    // Of several with the template the oldest (`findNewReplicaSet`).
    let created = |set: &&Value| {
        let metadata = &set["metadata"];
        (text(metadata, "creationTimestamp").to_owned(), text(metadata, "name").to_owned())
    };
    let new = own.iter().filter(is_new).min_by_key(created);
    let is_old = |set: &&Value| new.is_none_or(|new| !std::ptr::eq(*set, new));
    lines.line(0, &format!("OldReplicaSets:\t{}", told(own.iter().filter(is_old).collect())));
    lines.line(0, &format!("NewReplicaSet:\t{}", told(new.into_iter().collect())));
}

fn config_map(value: &Value, lines: &mut Lines) {
    heading(value, lines);
    lines.line(0, "\nData\n====");
    for (key, text) in value["data"].as_object().into_iter().flatten() {
        lines.line(0, &format!("{key}:\n----\n{}\n", text.as_str().unwrap_or_default()));
    }
    lines.line(0, "\nBinaryData\n====");
    for (key, text) in value["binaryData"].as_object().into_iter().flatten() {
        lines.line(0, &format!("{key}: {} bytes", bytes(text)));
    }
    lines.line(0, "");
}

/// How many bytes a text in Base64 stands for.
fn bytes(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.trim_end_matches('=').len() * 3 / 4)
}

fn secret(value: &Value, lines: &mut Lines) {
    heading(value, lines);
    lines.line(0, &format!("\nType:\t{}", text(value, "type")));
    lines.line(0, "\nData\n====");
    for (key, text) in value["data"].as_object().into_iter().flatten() {
        lines.line(0, &format!("{key}:\t{} bytes", bytes(text)));
    }
}

fn service_account(value: &Value, lines: &mut Lines) {
    heading(value, lines);
    lines.column(
        "Image pull secrets",
        list(value, "imagePullSecrets").iter().map(|secret| text(secret, "name").to_owned()),
    );
}
