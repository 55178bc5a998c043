//! The tables of `kubectl get`: what the API server says of each object in columns. Upstream:
//! `pkg/printers/internalversion/printers.go`, `cli-runtime/pkg/printers/tableprinter.go`.

use super::lines::{containers, labels, list, text};
use super::object::whole;
use super::tab::{TABLE, aligned};
use super::template::selector;
use super::{age, event, go, rare};
use crate::api::{Kind, Node, Object, Pod, PrintedPod, Time, sort};
use crate::kubectl::kinds::ApiResource;
use serde_json::Value;
use std::collections::BTreeSet;

/// How a table is printed.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `-o wide`.
    pub is_wide: bool,
    /// `--server-print=false`: name and age of whatever it is.
    pub is_generic: bool,
    /// `--no-headers`.
    pub no_headers: bool,
    /// A column of namespaces.
    pub with_namespace: bool,
    /// Names with their kinds.
    pub with_kind: bool,
    /// `--show-labels`.
    pub show_labels: bool,
    /// `-L`.
    pub label_columns: Vec<String>,
}

/// Columns of a kind; those behind the bar only for `-o wide`.
fn columns(kind: &str) -> &'static str {
    match kind {
        "Endpoints" => "NAME ENDPOINTS AGE",
        "EndpointSlice" => "NAME ADDRESSTYPE PORTS ENDPOINTS AGE",
        "LimitRange" => "NAME CREATED_AT",
        "ResourceQuota" => "NAME REQUEST LIMIT AGE",
        "Secret" => "NAME TYPE DATA AGE",
        "StatefulSet" => "NAME READY AGE|CONTAINERS IMAGES",
        "ReplicationController" => "NAME DESIRED CURRENT READY AGE|CONTAINERS IMAGES SELECTOR",
        "Job" => "NAME STATUS COMPLETIONS DURATION AGE|CONTAINERS IMAGES SELECTOR",
        "CronJob" => "NAME SCHEDULE TIMEZONE SUSPEND ACTIVE LAST_SCHEDULE AGE|CONTAINERS IMAGES SELECTOR",
        "NetworkPolicy" => "NAME POD-SELECTOR AGE",
        "Ingress" => "NAME CLASS HOSTS ADDRESS PORTS AGE",
        "IngressClass" => "NAME CONTROLLER PARAMETERS AGE",
        "HorizontalPodAutoscaler" => "NAME REFERENCE TARGETS MINPODS MAXPODS REPLICAS AGE",
        "PersistentVolumeClaim" => {
            "NAME STATUS VOLUME CAPACITY ACCESS_MODES STORAGECLASS VOLUMEATTRIBUTESCLASS AGE|VOLUMEMODE"
        }
        "PersistentVolume" => {
            "NAME CAPACITY ACCESS_MODES RECLAIM_POLICY STATUS CLAIM STORAGECLASS VOLUMEATTRIBUTESCLASS REASON AGE|VOLUMEMODE"
        }
        "StorageClass" => "NAME PROVISIONER RECLAIMPOLICY VOLUMEBINDINGMODE ALLOWVOLUMEEXPANSION AGE",
        "Role" | "ClusterRole" => "NAME CREATED_AT",
        "Scale" => "NAME DESIRED AVAILABLE AGE",
        "RoleBinding" | "ClusterRoleBinding" => "NAME ROLE AGE|USERS GROUPS SERVICEACCOUNTS",
        "Pod" => "NAME READY STATUS RESTARTS AGE|IP NODE NOMINATED_NODE READINESS_GATES",
        "Node" => {
            "NAME STATUS ROLES AGE VERSION|INTERNAL-IP EXTERNAL-IP OS-IMAGE KERNEL-VERSION CONTAINER-RUNTIME"
        }
        "DaemonSet" => {
            "NAME DESIRED CURRENT READY UP-TO-DATE AVAILABLE NODE_SELECTOR AGE|CONTAINERS IMAGES SELECTOR"
        }
        "ReplicaSet" => "NAME DESIRED CURRENT READY AGE|CONTAINERS IMAGES SELECTOR",
        "Deployment" => "NAME READY UP-TO-DATE AVAILABLE AGE|CONTAINERS IMAGES SELECTOR",
        "ControllerRevision" => "NAME CONTROLLER REVISION AGE",
        "PodDisruptionBudget" => "NAME MIN_AVAILABLE MAX_UNAVAILABLE ALLOWED_DISRUPTIONS AGE",
        "PriorityClass" => "NAME VALUE GLOBAL-DEFAULT AGE PREEMPTIONPOLICY",
        "Service" => "NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE|SELECTOR",
        "Namespace" => "NAME STATUS AGE",
        "ConfigMap" => "NAME DATA AGE",
        "Lease" => "NAME HOLDER AGE",
        "Event" => "LAST_SEEN TYPE REASON OBJECT|SUBOBJECT SOURCE MESSAGE FIRST_SEEN COUNT NAME",
        _ => "NAME AGE",
    }
}

/// The objects of one kind as a table, aligned.
pub fn table(resource: &ApiResource, objects: &[Object], options: &Options, now: Time) -> String {
    let mut lines = String::new();
    if !options.no_headers {
        let kind = objects.first().map(Object::kind);
        lines += &line(header(kind.as_ref().map_or(resource.kind, Kind::name), options));
    }
    for object in objects {
        lines += &line(row(resource, object, options, now));
    }
    aligned(&lines, TABLE)
}

fn line(cells: Vec<String>) -> String {
    let cells: Vec<String> = cells.into_iter().map(one_line).collect();
    cells.join("\t") + "\n"
}

/// A cell is cut at its first line's end.
fn one_line(cell: String) -> String {
    match cell.find(['\n', '\r', '\x0c']) {
        Some(end) => format!("{}...", &cell[..end]),
        None => cell,
    }
}

fn header(kind: &str, options: &Options) -> Vec<String> {
    let all = if options.is_generic { "NAME AGE" } else { columns(kind) };
    let (narrow, wide) = all.split_once('|').unwrap_or((all, ""));
    let own = rare::header(kind).filter(|_| !options.is_generic);
    let mut names = own.unwrap_or_else(|| narrow.split(' ').map(|name| name.replace('_', " ")).collect());
    if options.is_wide && !wide.is_empty() {
        names.extend(wide.split(' ').map(|name| name.replace('_', " ")));
    } else if kind == "Event" && !options.is_generic {
        names.push("MESSAGE".into());
    }
    if options.with_namespace {
        names.insert(0, "NAMESPACE".into());
    }
    let last = |label: &String| label.rsplit('/').next().unwrap_or_default().to_ascii_uppercase();
    names.extend(options.label_columns.iter().map(last));
    if options.show_labels {
        names.push("LABELS".into());
    }
    names
}

fn row(resource: &ApiResource, object: &Object, options: &Options, now: Time) -> Vec<String> {
    let mut cells = if options.is_generic {
        let metadata = object.metadata();
        vec![metadata.name.to_string(), age::since(metadata.creation_timestamp, now)]
    } else {
        cells(object, options.is_wide, now)
    };
    if options.with_kind {
        let at = if resource.kind == "Event" { cells.len() } else { 0 };
        if let Some(name) = cells.get_mut(at) {
            *name = format!("{}/{name}", resource.singular_with_group());
        }
    }
    let metadata = object.metadata();
    if options.with_namespace {
        cells.insert(0, metadata.namespace.to_string());
    }
    let value =
        |label: &String| metadata.labels.get(label.as_str()).map(ToString::to_string).unwrap_or_default();
    cells.extend(options.label_columns.iter().map(value));
    if options.show_labels {
        cells.push(labels(&metadata.labels));
    }
    cells
}

/// The first three of several, and how many there are besides.
fn first_three(all: Vec<String>, none: &str) -> String {
    const SHOWN: usize = 3;
    match all.len() {
        0 => none.to_owned(),
        1..=SHOWN => all.join(","),
        length => format!("{} + {} more...", all[..SHOWN].join(","), length - SHOWN),
    }
}

fn or<'a>(text: &'a str, other: &'a str) -> &'a str {
    if text.is_empty() { other } else { text }
}

fn or_none(text: &str) -> String {
    if text.is_empty() { "<none>".into() } else { text.into() }
}

fn cells(object: &Object, is_wide: bool, now: Time) -> Vec<String> {
    let metadata = object.metadata();
    let name = metadata.name.to_string();
    let age = age::since(metadata.creation_timestamp, now);
    match object {
        Object::Pod(pod) => pod_cells(pod, is_wide, now),
        Object::Node(node) => node_cells(node, is_wide, age),
        Object::DaemonSet(set) => {
            let is = &set.status;
            let counts = [
                is.desired_number_scheduled,
                is.current_number_scheduled,
                is.number_ready,
                is.updated_number_scheduled,
                is.number_available,
            ];
            let mut cells = vec![name];
            cells.extend(counts.map(|count| count.to_string()));
            cells.extend([labels(&set.spec.template.spec.node_selector), age]);
            if is_wide {
                let spec = serde_json::to_value(&*set.spec.template.spec).unwrap_or_default();
                cells.extend(containers(list(&spec, "containers")));
                let chosen = set.spec.selector.as_ref().and_then(|chosen| serde_json::to_value(chosen).ok());
                cells.push(selector(chosen.as_ref()));
            }
            cells
        }
        Object::ControllerRevision(revision) => {
            let controller = metadata.controller().map_or_else(
                || "<none>".into(),
                |owner| {
                    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
                    let dot = if group.is_empty() { "" } else { "." };
                    format!("{}{dot}{group}/{}", owner.kind.to_ascii_lowercase(), owner.name)
                },
            );
            vec![name, controller, revision.revision.to_string(), age]
        }
        Object::PodDisruptionBudget(budget) => {
            let amount = |amount: &Option<crate::api::IntOrString>| {
                amount.as_ref().map_or("N/A".into(), ToString::to_string)
            };
            let (least, most) = (amount(&budget.spec.min_available), amount(&budget.spec.max_unavailable));
            vec![name, least, most, budget.status.disruptions_allowed.to_string(), age]
        }
        Object::PriorityClass(class) => {
            let policy = class.preemption_policy.as_deref().unwrap_or_default().to_owned();
            vec![name, class.value.to_string(), class.global_default.to_string(), age, policy]
        }
        Object::Event(_) => event_cells(&whole(object), is_wide, now),
        other => {
            let value = other.to_json();
            match other_cells(&value, name.clone(), &age, is_wide, now) {
                Some(cells) => cells,
                None => stored_cells(&value, name, age, is_wide),
            }
        }
    }
}

/// Kinds whose fields are read from JSON.
fn stored_cells(value: &Value, name: String, age: String, is_wide: bool) -> Vec<String> {
    let (spec, status) = (&value["spec"], &value["status"]);
    let count = |value: &Value| value.as_i64().unwrap_or_default().to_string();
    match text(value, "kind") {
        "Namespace" => vec![name, text(status, "phase").to_owned(), age],
        "ConfigMap" => {
            let length = |field: &str| value[field].as_object().map_or(0, serde_json::Map::len);
            vec![name, (length("data") + length("binaryData")).to_string(), age]
        }
        "Lease" => vec![name, text(spec, "holderIdentity").to_owned(), age],
        "LimitRange" | "Role" | "ClusterRole" => {
            vec![name, text(&value["metadata"], "creationTimestamp").to_owned()]
        }
        "Secret" => {
            let type_ = text(value, "type").to_owned();
            vec![name, type_, value["data"].as_object().map_or(0, serde_json::Map::len).to_string(), age]
        }
        "NetworkPolicy" => vec![name, selector(spec.get("podSelector")), age],
        "ResourceQuota" => {
            let (mut requests, mut limits) = (Vec::new(), Vec::new());
            for (resource, hard) in status["hard"].as_object().into_iter().flatten() {
                let told =
                    format!("{resource}: {}/{}", or(text(&status["used"], resource), "0"), go::plain(hard));
                if resource.starts_with("limits.") { limits.push(told) } else { requests.push(told) }
            }
            vec![name, requests.join(", "), limits.join(", "), age]
        }
        "Endpoints" => {
            let mut all = Vec::new();
            for subset in list(value, "subsets") {
                let hosts = list(subset, "addresses").iter().map(|address| text(address, "ip"));
                if list(subset, "ports").is_empty() {
                    all.extend(hosts.clone().map(str::to_owned));
                }
                for port in list(subset, "ports") {
                    all.extend(hosts.clone().map(|host| format!("{host}:{}", count(&port["port"]))));
                }
            }
            let none = if list(value, "subsets").is_empty() { "<none>" } else { "" };
            vec![name, first_three(all, none), age]
        }
        "EndpointSlice" => {
            let ports = list(value, "ports").iter().map(|port| match port["port"].as_i64() {
                Some(number) => number.to_string(),
                None => port["name"].as_str().unwrap_or("*").to_owned(),
            });
            let hosts = list(value, "endpoints").iter().flat_map(|endpoint| list(endpoint, "addresses"));
            let hosts = hosts.filter_map(Value::as_str).map(str::to_owned);
            let type_ = text(value, "addressType").to_owned();
            vec![
                name,
                type_,
                first_three(ports.collect(), "<unset>"),
                first_three(hosts.collect(), "<unset>"),
                age,
            ]
        }
        "StatefulSet" => {
            let wanted = spec["replicas"].as_i64().unwrap_or(1);
            let mut cells = vec![name, format!("{}/{wanted}", count(&status["readyReplicas"])), age];
            if is_wide {
                cells.extend(containers(list(&spec["template"]["spec"], "containers")));
            }
            cells
        }
        "ReplicaSet" | "Deployment" => {
            let wanted = spec["replicas"].as_i64().unwrap_or(1);
            let ready = count(&status["readyReplicas"]);
            let mut cells = match text(value, "kind") {
                "ReplicaSet" => vec![name, wanted.to_string(), count(&status["replicas"]), ready, age],
                _ => {
                    let (updated, available) =
                        (count(&status["updatedReplicas"]), count(&status["availableReplicas"]));
                    vec![name, format!("{ready}/{wanted}"), updated, available, age]
                }
            };
            if is_wide {
                cells.extend(containers(list(&spec["template"]["spec"], "containers")));
                cells.push(selector(spec.get("selector")));
            }
            cells
        }
        "Service" => {
            let ports = list(spec, "ports").iter().map(|port| {
                let node = port["nodePort"].as_i64().filter(|port| *port > 0);
                let node = node.map_or_else(String::new, |port| format!(":{port}"));
                format!("{}{node}/{}", port["port"], text(port, "protocol"))
            });
            let ports: Vec<String> = ports.collect();
            let address = list(spec, "clusterIPs").first().and_then(Value::as_str).unwrap_or_default();
            let type_ = text(spec, "type").to_owned();
            let external = outer_addresses(spec, status, is_wide);
            let mut cells = vec![name, type_, or_none(address), external, or_none(&ports.join(",")), age];
            if is_wide {
                let chosen = serde_json::from_value(spec["selector"].clone()).unwrap_or_default();
                cells.push(labels(&chosen));
            }
            cells
        }
        _ => rare::cells(value, &name, &age).unwrap_or_else(|| vec![name, age]),
    }
}

/// Kinds that are only stored, beside those of [`stored_cells`].
fn other_cells(value: &Value, name: String, age: &str, is_wide: bool, now: Time) -> Option<Vec<String>> {
    let at = |pointer: &str| value.pointer(pointer).unwrap_or(&Value::Null);
    let said = |pointer: &str, none: &str| match at(pointer) {
        Value::Null => none.to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let count = |pointer: &str| said(pointer, "0");
    let moment = |pointer: &str| at(pointer).as_str().and_then(Time::parse);
    let is_leaving = at("/metadata/deletionTimestamp").is_string();
    let as_default = |annotation: &str| {
        let annotations = &value["metadata"]["annotations"];
        let is_default = annotations.get(annotation).is_some_and(|said| said == "true");
        if is_default { format!("{name} (default)") } else { name.clone() }
    };
    let phase = || if is_leaving { "Terminating".to_owned() } else { said("/status/phase", "") };
    let modes = |pointer: &str| {
        let has = |mode: &str| at(pointer).as_array().is_some_and(|all| all.iter().any(|one| one == mode));
        let names = [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX")];
        let names = names.into_iter().chain([("ReadWriteOncePod", "RWOP")]);
        names.filter(|(mode, _)| has(mode)).map(|(_, short)| short).collect::<Vec<_>>().join(",")
    };
    let age = age.to_owned();
    let mut cells = vec![name.clone()];
    let mut pods = None;
    match text(value, "kind") {
        "Job" => {
            let has = |type_: &str| {
                list(&value["status"], "conditions")
                    .iter()
                    .any(|one| text(one, "type") == type_ && text(one, "status") == "True")
            };
            let states = ["Complete", "Failed", "", "Suspended", "FailureTarget", "SuccessCriteriaMet"];
            let is_it = |state: &&str| if state.is_empty() { is_leaving } else { has(state) };
            let status = match states.into_iter().find(is_it) {
                Some("") => "Terminating",
                Some(state) => state,
                None => "Running",
            };
            let (done, parallel) =
                (count("/status/succeeded"), at("/spec/parallelism").as_i64().unwrap_or(0));
            let completions = match at("/spec/completions").as_i64() {
                Some(all) => format!("{done}/{all}"),
                None if parallel > 1 => format!("{done}/1 of {parallel}"),
                None => format!("{done}/1"),
            };
            let end = moment("/status/completionTime").unwrap_or(now);
            let lasts = moment("/status/startTime").map(|start| age::since(Some(start), end));
            cells.extend([status.to_owned(), completions, lasts.unwrap_or_default(), age]);
            pods = Some(("/spec/template/spec", "/spec/selector"));
        }
        "CronJob" => {
            let suspended = match at("/spec/suspend").as_bool() {
                None => "<unset>",
                Some(true) => "True",
                Some(false) => "False",
            };
            let last = moment("/status/lastScheduleTime").map(|last| age::since(Some(last), now));
            let active = list(&value["status"], "active").len();
            cells.extend([said("/spec/schedule", ""), said("/spec/timeZone", "<none>"), suspended.into()]);
            cells.extend([active.to_string(), last.unwrap_or_else(|| "<none>".into()), age]);
            pods = Some(("/spec/jobTemplate/spec/template/spec", "/spec/jobTemplate/spec/selector"));
        }
        "ReplicationController" => {
            cells.extend(["/spec/replicas", "/status/replicas", "/status/readyReplicas"].map(count));
            cells.push(age);
            if is_wide {
                cells.extend(containers(list(&value["spec"]["template"]["spec"], "containers")));
                cells.push(labels(
                    &serde_json::from_value(value["spec"]["selector"].clone()).unwrap_or_default(),
                ));
            }
        }
        "Ingress" => {
            let rules = list(&value["spec"], "rules");
            let hosts =
                rules.iter().map(|rule| text(rule, "host").to_owned()).filter(|host| !host.is_empty());
            let ports = if list(&value["spec"], "tls").is_empty() { "80" } else { "80, 443" };
            let address = given_addresses(&value["status"], is_wide);
            cells.extend([said("/spec/ingressClassName", "<none>"), first_three(hosts.collect(), "*")]);
            cells.extend([address, ports.into(), age]);
        }
        "Scale" => cells.extend([count("/spec/replicas"), count("/status/replicas"), age]),
        "IngressClass" => {
            let kind = text(at("/spec/parameters"), "kind");
            let group = said("/spec/parameters/apiGroup", "");
            let dot = if group.is_empty() { "" } else { "." };
            let named = format!("{kind}{dot}{group}/{}", said("/spec/parameters/name", ""));
            let parameters = if kind.is_empty() { "<none>".into() } else { named };
            cells = vec![as_default("ingressclass.kubernetes.io/is-default-class")];
            cells.extend([said("/spec/controller", ""), parameters, age]);
        }
        "HorizontalPodAutoscaler" => {
            let target = format!(
                "{}/{}",
                said("/spec/scaleTargetRef/kind", ""),
                said("/spec/scaleTargetRef/name", "")
            );
            cells.extend([target, targets(value), said("/spec/minReplicas", "<unset>")]);
            cells.extend([count("/spec/maxReplicas"), count("/status/currentReplicas"), age]);
        }
        "PersistentVolumeClaim" => {
            let is_bound = !said("/spec/volumeName", "").is_empty();
            let of_bound = |text: String| if is_bound { text } else { String::new() };
            cells.extend([
                phase(),
                said("/spec/volumeName", ""),
                of_bound(said("/status/capacity/storage", "0")),
            ]);
            cells.extend([of_bound(modes("/status/accessModes")), said("/spec/storageClassName", "")]);
            cells.extend([said("/spec/volumeAttributesClassName", "<unset>"), age]);
            cells.extend(is_wide.then(|| said("/spec/volumeMode", "<unset>")));
        }
        "PersistentVolume" => {
            let claim = at("/spec/claimRef");
            let claim = match claim.is_object() {
                true => format!("{}/{}", text(claim, "namespace"), text(claim, "name")),
                false => String::new(),
            };
            cells.extend([said("/spec/capacity/storage", "0"), modes("/spec/accessModes")]);
            cells.extend([said("/spec/persistentVolumeReclaimPolicy", ""), phase(), claim]);
            cells.extend([
                said("/spec/storageClassName", ""),
                said("/spec/volumeAttributesClassName", "<unset>"),
            ]);
            cells.extend([said("/status/reason", ""), age]);
            cells.extend(is_wide.then(|| said("/spec/volumeMode", "<unset>")));
        }
        "StorageClass" => {
            cells = vec![as_default("storageclass.kubernetes.io/is-default-class")];
            cells.extend([said("/provisioner", ""), said("/reclaimPolicy", "Delete")]);
            cells.extend([
                said("/volumeBindingMode", "Immediate"),
                said("/allowVolumeExpansion", "false"),
                age,
            ]);
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            cells.extend([format!("{}/{}", said("/roleRef/kind", ""), said("/roleRef/name", "")), age]);
            let subjects = |kind: &str| {
                let own = list(value, "subjects").iter().filter(|subject| text(subject, "kind") == kind);
                let told = own.map(|subject| match kind {
                    "ServiceAccount" => format!("{}/{}", text(subject, "namespace"), text(subject, "name")),
                    _ => text(subject, "name").to_owned(),
                });
                told.collect::<Vec<_>>().join(", ")
            };
            if is_wide {
                cells.extend(["User", "Group", "ServiceAccount"].map(subjects));
            }
        }
        _ => return None,
    }
    if let Some((pods, chosen)) = pods.filter(|_| is_wide) {
        cells.extend(containers(list(at(pods), "containers")));
        cells.push(selector(value.pointer(chosen)));
    }
    Some(cells)
}

/// What an autoscaler looks at, of each what it is now and what it is to be (`formatHPAMetrics`).
fn targets(scaler: &Value) -> String {
    const SHOWN: usize = 2;
    let is_now = list(&scaler["status"], "currentMetrics");
    let metrics = list(&scaler["spec"], "metrics");
    let told = metrics.iter().enumerate().map(|(index, metric)| {
        let (field, has_name) = match text(metric, "type") {
            "Resource" => ("resource", true),
            "ContainerResource" => ("containerResource", true),
            "Pods" => ("pods", false),
            "Object" => ("object", false),
            _ => ("external", false),
        };
        let current = is_now.get(index).map_or(&Value::Null, |now| &now[field]["current"]);
        let amount = |value: &Value, name: &str| match &value[name] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            share => Some(format!("{share}%")),
        };
        let target = &metric[field]["target"];
        let kinds: &[&str] =
            if has_name { &["averageValue", "averageUtilization"] } else { &["averageValue", "value"] };
        let wanted = kinds.iter().find_map(|name| Some((*name, amount(target, name)?)));
        let (name, wanted) = wanted.unwrap_or(("averageUtilization", "<auto>".into()));
        let has = amount(current, name).unwrap_or_else(|| "<unknown>".into());
        let prefix = if has_name { format!("{}: ", text(&metric[field], "name")) } else { String::new() };
        let average = if !has_name && field != "pods" && name == "averageValue" { " (avg)" } else { "" };
        format!("{prefix}{has}/{wanted}{average}")
    });
    let told: Vec<String> = told.collect();
    match told.len() {
        0 => "<none>".into(),
        1..=SHOWN => told.join(", "),
        all => format!("{} + {} more...", told[..SHOWN].join(", "), all - SHOWN),
    }
}

/// The addresses and the name that a Service has outside of the cluster (`getServiceExternalIP`).
fn outer_addresses(spec: &Value, status: &Value, is_wide: bool) -> String {
    let external: Vec<&str> = list(spec, "externalIPs").iter().filter_map(Value::as_str).collect();
    let mut all = external.join(",");
    match text(spec, "type") {
        "ExternalName" => return text(spec, "externalName").to_owned(),
        "LoadBalancer" => {}
        _ => return or_none(&all),
    }
    let given = given_addresses(status, is_wide);
    if !given.is_empty() {
        all = if all.is_empty() { given } else { format!("{given},{all}") };
    }
    if all.is_empty() { "<pending>".into() } else { all }
}

/// What a load balancer gave (`loadBalancerStatusStringer`).
fn given_addresses(status: &Value, is_wide: bool) -> String {
    const WIDTH: usize = 16;
    let given = list(&status["loadBalancer"], "ingress").iter();
    let given = given.map(|one| or(text(one, "ip"), text(one, "hostname"))).filter(|one| !one.is_empty());
    let given: BTreeSet<&str> = sort::set(given);
    let mut given = given.into_iter().collect::<Vec<&str>>().join(",");
    if !is_wide && given.len() > WIDTH {
        given = given.chars().take(WIDTH - 3).collect::<String>() + "...";
    }
    given
}

fn event_cells(event: &Value, is_wide: bool, now: Time) -> Vec<String> {
    let at = |field: &str| event::time(event, field);
    let first = at("/firstTimestamp").or_else(|| at("/eventTime"));
    let last = at("/series/lastObservedTime").or_else(|| at("/lastTimestamp")).or(first);
    let involved = &event["involvedObject"];
    let kind = text(involved, "kind").to_ascii_lowercase();
    let about = match text(involved, "name") {
        "" => kind,
        name => format!("{kind}/{name}"),
    };
    let [type_, reason] = ["type", "reason"].map(|field| text(event, field).to_owned());
    let message = event::message(event).to_owned();
    let mut cells = vec![age::since(last, now), type_, reason, about];
    if !is_wide {
        cells.push(message);
        return cells;
    }
    let host = or(text(&event["source"], "host"), text(event, "reportingInstance"));
    let comma = if host.is_empty() { "" } else { ", " };
    let count = event.pointer("/series/count").unwrap_or(&event["count"]).as_i64().unwrap_or_default().max(1);
    let name = text(&event["metadata"], "name").to_owned();
    cells.extend([
        text(involved, "fieldPath").to_owned(),
        format!("{}{comma}{host}", event::source(event)),
        message,
        age::since(first, now),
        count.to_string(),
        name,
    ]);
    cells
}

fn node_cells(node: &Node, is_wide: bool, age: String) -> Vec<String> {
    let mut status = vec![match node.ready() {
        Some("True") => "Ready",
        Some(_) => "NotReady",
        None => "Unknown",
    }];
    if node.spec.unschedulable {
        status.push("SchedulingDisabled");
    }
    let json = serde_json::to_value(&node.status).unwrap_or_default();
    let info = &json["nodeInfo"];
    let roles = roles(node);
    let version = text(info, "kubeletVersion").to_owned();
    let mut cells = vec![node.metadata.name.to_string(), status.join(","), roles, age, version];
    if is_wide {
        let address = |type_: &str| {
            let found = list(&json, "addresses").iter().find(|address| text(address, "type") == type_);
            or_none(found.map_or("", |address| text(address, "address")))
        };
        let or_unknown = |field: &str| match text(info, field) {
            "" => "<unknown>".to_owned(),
            text => text.to_owned(),
        };
        let mut kernel = or_unknown("kernelVersion");
        if !text(info, "architecture").is_empty() {
            kernel += &format!(" ({})", text(info, "architecture"));
        }
        cells.extend([address("InternalIP"), address("ExternalIP"), or_unknown("osImage"), kernel]);
        cells.push(or_unknown("containerRuntimeVersion"));
    }
    cells
}

/// A node's roles, sorted; `<none>` where it has none (`findNodeRoles`).
pub fn roles(node: &Node) -> String {
    let mut roles = node.roles();
    roles.extend(
        node.metadata.labels.get("kubernetes.io/role").filter(|role| !role.is_empty()).map(|role| &**role),
    );
    sort::plain(&mut roles);
    roles.dedup();
    or_none(&roles.join(","))
}

fn pod_cells(pod: &Pod, is_wide: bool, now: Time) -> Vec<String> {
    let PrintedPod { ready, containers, status, restarts, last_restart } = PrintedPod::of(pod);
    let restarts = match last_restart.filter(|_| restarts != 0) {
        Some(at) => format!("{restarts} ({} ago)", age::since(Some(at), now)),
        None => restarts.to_string(),
    };
    let ready = format!("{ready}/{containers}");
    let age = age::since(pod.metadata.creation_timestamp, now);
    let mut cells = vec![pod.metadata.name.to_string(), ready, status, restarts, age];
    if is_wide {
        let status = serde_json::to_value(&pod.status).unwrap_or_default();
        let all = list(&status, "podIPs");
        let address = all.first().map_or_else(|| text(&status, "podIP"), |address| text(address, "ip"));
        let gates =
            pod.spec.rest.get("readinessGates").and_then(Value::as_array).cloned().unwrap_or_default();
        let is_true = |gate: &&Value| {
            pod.condition(text(gate, "conditionType")).is_some_and(|condition| condition.status == "True")
        };
        let told = match gates.len() {
            0 => "<none>".into(),
            all => format!("{}/{all}", gates.iter().filter(is_true).count()),
        };
        let nominated = or_none(&pod.status.nominated_node_name);
        cells.extend([or_none(address), or_none(&pod.spec.node_name), nominated, told]);
    }
    cells
}
