//! A cluster in the form in which it was recorded, and what differs between two.

use super::names::{Names, is_of_system, numberless};
use super::{list, text};
use playground::api::{Event, Kind, Object};
use playground::cluster::World;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Objects by path: `/pods/default/agent@n1#1`.
pub(super) struct State(BTreeMap<String, Value>);

/// Lists of objects that are recorded whole, with the fields that name a member.
const WHOLE: [&str; 6] =
    ["daemonsets", "pods", "nodes", "controllerRevisions", "endpointSlices", "podDisruptionBudgets"];
/// Lists of names.
const NAMED: [&str; 5] = ["namespaces", "services", "replicasets", "deployments", "limitranges"];

/// A scenario with ordinals for the hashes in the names of ReplicaSets.
pub(super) fn without_hashes(scenario: &Value) -> Value {
    let mut ordinals: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for step in list(&scenario["steps"]) {
        let names = |kind: &str| list(&step["state"][kind]).iter().map(|name| bare(text(name)).to_owned());
        let deployments: Vec<String> = names("deployments").collect();
        for set in names("replicasets") {
            let of = |deployment: &&String| {
                set.strip_prefix(deployment.as_str()).is_some_and(|rest| rest.starts_with('-'))
            };
            let Some(deployment) = deployments.iter().find(of) else { continue };
            let hash = set[deployment.len() + 1..].to_owned();
            let known = ordinals.entry(deployment.clone()).or_default();
            if !known.contains(&hash) {
                known.push(hash);
            }
        }
    }
    if ordinals.is_empty() {
        return scenario.clone();
    }
    let mut written = scenario.to_string();
    for hashes in ordinals.values() {
        for (at, hash) in hashes.iter().enumerate() {
            written = written.replace(hash.as_str(), &format!("t{}", at + 1));
        }
    }
    serde_json::from_str(&written).unwrap_or_else(|_| scenario.clone())
}

/// A name without what is said of it.
fn bare(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}

/// A recorded state whole: `same` is the one before, and a number in a list is the member at that place before.
pub(super) fn unfolded(state: &Value, before: &Value) -> Value {
    if state == "same" {
        let mut same = before.clone();
        same["events"] = json!([]);
        return same;
    }
    let mut state = state.clone();
    for (kind, members) in state.as_object_mut().into_iter().flatten() {
        for member in members.as_array_mut().into_iter().flatten() {
            if let Some(at) = member.as_u64() {
                *member = before[kind][usize::try_from(at).unwrap_or(usize::MAX)].clone();
            }
        }
    }
    state
}

impl State {
    pub(super) fn recorded(state: &Value) -> Self {
        let mut objects = BTreeMap::new();
        for kind in WHOLE {
            for member in list(&state[kind]) {
                add(&mut objects, kind, member.clone());
            }
        }
        for kind in NAMED {
            for name in list(&state[kind]) {
                objects.insert(format!("/{kind}/{}", text(name)), Value::Bool(true));
            }
        }
        State(objects)
    }

    pub(super) fn of(world: &World, names: &Names) -> Self {
        let mut objects = BTreeMap::new();
        for object in world.objects() {
            let kind = object.kind();
            let metadata = object.metadata();
            let mut value = object.to_json();
            if let Some((list, mut told)) = told(&object, &mut value, names) {
                names.all_plain(&mut told);
                add(&mut objects, list, told);
                continue;
            }
            let Some(list) =
                NAMED.into_iter().find(|list| *list == format!("{}s", kind.name().to_ascii_lowercase()))
            else {
                continue;
            };
            if is_of_system(&kind, &metadata.name) {
                continue;
            }
            let name = if kind.is_namespaced() {
                format!("{}/{}", metadata.namespace, metadata.name)
            } else {
                metadata.name.to_string()
            };
            let ends = if metadata.is_terminating() { " (terminating)" } else { "" };
            objects.insert(format!("/{list}/{}{ends}", names.plain(&name)), Value::Bool(true));
        }
        State(objects)
    }
}

/// Adds an object under its path, with its members by name.
fn add(objects: &mut BTreeMap<String, Value>, kind: &str, mut value: Value) {
    let name =
        ["id", "service", "name"].into_iter().find_map(|field| value[field].as_str()).unwrap_or_default();
    let mut path = match value["namespace"].as_str() {
        Some(namespace) => format!("/{kind}/{namespace}/{name}"),
        None => format!("/{kind}/{name}"),
    };
    while objects.contains_key(&path) {
        path.push('+');
    }
    by_name(&mut value);
    objects.insert(path, value);
}

/// Lists whose members have names become maps, and zeros are left out.
fn by_name(value: &mut Value) {
    let Value::Object(fields) = value else { return };
    for (list, name) in
        [("conditions", "type"), ("containerStatuses", "name"), ("endpoints", "pod"), ("endpoints", "node")]
    {
        let Some(Value::Array(members)) = fields.get(list) else { continue };
        if members.iter().any(|member| !member[name].is_string()) {
            continue;
        }
        let members: Map<String, Value> =
            members.iter().map(|member| (text(&member[name]).to_owned(), member.clone())).collect();
        fields.insert(list.to_owned(), Value::Object(members));
    }
    fields.values_mut().for_each(by_name);
    // What a container is doing is said by the name alone.
    let is_state = |name: &str| ["running", "waiting", "terminated"].contains(&name);
    let nothing = [Value::Null, json!([]), json!({}), json!(""), json!(0), json!(false)];
    fields.retain(|name, value| !nothing.contains(value) || is_state(name) && value.is_object());
}

/// An object as it is recorded, with its list; none where only its name is.
fn told(object: &Object, value: &mut Value, names: &Names) -> Option<(&'static str, Value)> {
    let metadata = object.metadata();
    let mut annotations = json!(metadata.annotations);
    if let Some(annotations) = annotations.as_object_mut() {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        annotations.remove(super::PLAYED);
        if let Some(at) = annotations.get_mut("kubectl.kubernetes.io/restartedAt") {
            *at = "<time>".into();
        }
    }
    let owners: Vec<String> =
        metadata.owner_references.iter().map(|owner| format!("{}/{}", owner.kind, owner.name)).collect();
    let (spec, status) = (value["spec"].take(), value["status"].take());
    let mut told = json!({ "name": metadata.name.as_str(), "annotations": annotations });
    if object.kind().is_namespaced() {
        told["namespace"] = metadata.namespace.as_str().into();
    }
    let take = |told: &mut Value, from: &Value, fields: &[&str]| {
        for field in fields {
            told[*field] = from[*field].clone();
        }
    };
    let list = match object {
        Object::DaemonSet(set) => {
            told["generation"] = metadata.generation.into();
            told["labels"] = json!(metadata.labels);
            take(
                &mut told,
                &spec,
                &["selector", "updateStrategy", "minReadySeconds", "revisionHistoryLimit"],
            );
            told["status"] = status;
            told["deleting"] = set.metadata.is_terminating().into();
            told["finalizers"] = json!(metadata.finalizers);
            "daemonsets"
        }
        Object::Pod(pod) => {
            let mut labels = json!(metadata.labels);
            let set = metadata.controller().map_or("", |owner| owner.name.as_str());
            if let Some(labels) = labels.as_object_mut() {
                if let Some(hash) = labels.remove("controller-revision-hash") {
                    told["hash"] = names.hash(&metadata.namespace, set, text(&hash)).into();
                }
                told["templateGeneration"] = labels.remove("pod-template-generation").unwrap_or_default();
            }
            told["id"] = names.of(pod).into();
            told["name"] = Value::Null;
            told["owners"] = json!(owners);
            told["labels"] = labels;
            told["node"] = pod.node().into();
            told["target"] = pod.target_node().into();
            take(
                &mut told,
                &status,
                &["phase", "reason", "message", "conditions", "nominatedNodeName", "qosClass"],
            );
            let containers = list(&status["containerStatuses"]).iter().map(|status| {
                let state = status["state"].as_object().into_iter().flatten();
                let state: Map<String, Value> = state
                    .map(|(name, detail)| {
                        let mut short = json!({});
                        for field in ["reason", "exitCode"] {
                            if !detail[field].is_null() {
                                short[field] = detail[field].clone();
                            }
                        }
                        (name.clone(), short)
                    })
                    .collect();
                json!({ "name": status["name"], "image": status["image"], "ready": status["ready"], "state": state })
            });
            told["containerStatuses"] = containers.collect();
            told["ready"] = pod.is_ready().into();
            told["images"] = pod.spec.containers.iter().map(|container| container.image.as_str()).collect();
            take(
                &mut told,
                &spec,
                &["tolerations", "affinity", "nodeSelector", "priority", "priorityClassName"],
            );
            take(&mut told, &spec, &["preemptionPolicy", "hostNetwork"]);
            if spec["schedulerName"] != "default-scheduler" {
                told["schedulerName"] = spec["schedulerName"].clone();
            }
            told["finalizers"] = json!(metadata.finalizers);
            if metadata.is_terminating() {
                told["deleting"] = json!({ "graceSeconds": metadata.deletion_grace_period_seconds });
            }
            "pods"
        }
        Object::Node(_) => {
            told["labels"] = json!(metadata.labels);
            told["unschedulable"] = spec["unschedulable"].clone();
            let taints = list(&spec["taints"]).iter().map(|taint| {
                let mut taint = taint.clone();
                if !taint["timeAdded"].is_null() {
                    taint["timeAdded"] = true.into();
                }
                taint
            });
            told["taints"] = taints.collect();
            take(&mut told, &status, &["conditions", "allocatable"]);
            "nodes"
        }
        Object::ControllerRevision(revision) => {
            told["revision"] = revision.revision.into();
            told["owners"] = json!(owners);
            told["labels"] = json!(metadata.labels);
            "controllerRevisions"
        }
        Object::PodDisruptionBudget(_) => {
            told["spec"] = spec;
            told["status"] = status;
            let disrupted = told["status"]["disruptedPods"]
                .as_object()
                .map(|pods| pods.keys().cloned().collect::<Vec<_>>());
            told["status"]["disruptedPods"] = json!(disrupted);
            told["annotations"] = Value::Null;
            "podDisruptionBudgets"
        }
        Object::EndpointSlice(_) => {
            let service = metadata.labels.get("kubernetes.io/service-name").map_or("", |name| name.as_str());
            let mut labels = json!(metadata.labels);
            if let Some(labels) = labels.as_object_mut() {
                labels.remove("kubernetes.io/service-name");
            }
            let endpoints = list(&value["endpoints"]).iter().map(|endpoint| {
                json!({
                    "pod": endpoint["targetRef"]["name"], "node": endpoint["nodeName"],
                    "ready": endpoint["conditions"]["ready"], "serving": endpoint["conditions"]["serving"],
                    "terminating": endpoint["conditions"]["terminating"], "zone": endpoint["zone"], "hints": endpoint["hints"],
                })
            });
            let ports = list(&value["ports"]).iter().map(|port| {
                let mut port = port.clone();
                by_name(&mut port);
                port
            });
            told = json!({
                "namespace": metadata.namespace.as_str(), "service": service, "addressType": value["addressType"],
                "ports": ports.collect::<Vec<_>>(), "labels": labels, "endpoints": endpoints.collect::<Vec<_>>(),
            });
            "endpointSlices"
        }
        _ => return None,
    };
    without_times(&mut told);
    if object.kind() == Kind::Namespace { None } else { Some((list, told)) }
}

/// Takes the times of conditions away.
fn without_times(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for field in ["lastTransitionTime", "lastProbeTime", "lastHeartbeatTime"] {
                fields.remove(field);
            }
            fields.values_mut().for_each(without_times);
        }
        Value::Array(values) => values.iter_mut().for_each(without_times),
        _ => {}
    }
}

/// Events by path: `/events/Pod/a/Scheduled: …`, each with its type and who told it.
#[derive(Clone, Default)]
pub(super) struct Events(BTreeMap<String, (Value, String)>);

/// What stands before the message of an event that stands for several.
const COMBINED: &str = "(combined from similar events)";

impl Events {
    pub(super) fn note(&mut self, event: &Event) {
        let told = json!({
            "type": event.type_.as_str(), "reason": event.reason.as_str(), "kind": event.involved_object.kind.as_str(),
            "name": event.involved_object.name.as_str(), "message": event.message.as_str(),
            "component": event.reporting_component.as_str(),
        });
        self.add(told);
    }

    pub(super) fn read(&mut self, state: &Value) {
        list(&state["events"]).iter().cloned().for_each(|event| self.add(event));
    }

    fn add(&mut self, event: Value) {
        if event["component"] == "kubelet" {
            return;
        }
        let group =
            format!("/events/{}/{}/{}", text(&event["kind"]), text(&event["name"]), text(&event["reason"]));
        let path = format!("{group}: {}", text(&event["message"]));
        self.0.insert(path, (json!([event["type"], event["component"]]), group));
    }

    /// With what the names stand for.
    pub(super) fn named(&self, names: &Names) -> Self {
        let named = self.0.iter().map(|(path, (told, group))| {
            (refused_name(&names.plain(path)), (told.clone(), names.plain(group)))
        });
        Events(named.collect())
    }
}

/// A pod that was refused has no name that anybody knows: `pods "agent-x7k2p" is forbidden`.
fn refused_name(path: &str) -> String {
    if !path.contains("/FailedCreate: ") {
        return path.to_owned();
    }
    let mut parts: Vec<String> = path.split('"').map(str::to_owned).collect();
    if let Some(name) = parts.get_mut(1) {
        let at = name.len().saturating_sub(5);
        let is_drawn = |ending: &str| {
            ending.len() == 5 && ending.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if name.get(..at).is_some_and(|stem| stem.ends_with('-')) && name.get(at..).is_some_and(is_drawn) {
            *name = format!("{}<random>", &name[..at]);
        }
    }
    parts.join("\"")
}

/// What differs.
pub(super) struct Differences<'a> {
    varies: Vec<String>,
    by_count: &'a [String],
    found: Vec<String>,
}

impl<'a> Differences<'a> {
    pub(super) fn new(varies: &Value, by_count: &'a [String]) -> Self {
        let varies = list(varies).iter().map(|path| {
            let path = &numberless(text(path));
            nodeless(path.strip_suffix(" (many)").unwrap_or(path), by_count)
        });
        Differences { varies: varies.collect(), by_count, found: Vec::new() }
    }

    /// So many differences are told.
    const SHOWN: usize = 4;

    pub(super) fn into_result(self) -> Result<(), String> {
        if self.found.is_empty() {
            return Ok(());
        }
        let more = self.found.len().saturating_sub(Self::SHOWN);
        let shown: Vec<&str> = self.found.iter().take(Self::SHOWN).map(String::as_str).collect();
        Err(format!(
            "{}{}",
            shown.join("; "),
            if more > 0 { format!("; and {more} more") } else { String::new() }
        ))
    }

    fn is_chance(&self, path: &str) -> bool {
        self.varies.iter().any(|varied| {
            path.strip_prefix(varied.as_str()).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with(['/', ':']) || path.starts_with("/events/")
            })
        })
    }

    pub(super) fn states(&mut self, ours: &State, theirs: &State) {
        let (ours, our_counts) = self.counted(ours);
        let (theirs, their_counts) = self.counted(theirs);
        if our_counts != their_counts {
            self.found.push(format!("pods by count: ours {our_counts:?}, Kubernetes {their_counts:?}"));
        }
        self.differ("", &Value::Object(ours), &Value::Object(theirs));
    }

    /// The objects, and of the sets whose pods are counted how many of them are how.
    fn counted(&self, state: &State) -> (Map<String, Value>, BTreeMap<String, usize>) {
        let (mut rest, mut counts) = (Map::new(), BTreeMap::new());
        let mut numbered: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (path, value) in &state.0 {
            let pod = path.strip_prefix("/pods/");
            let set = pod.and_then(|path| path.split_once('@')).map(|(set, _)| set);
            let anonymous = numberless(path);
            if set.is_some_and(|set| self.by_count.iter().any(|counted| counted == set)) {
                let deleting = !value["deleting"].is_null();
                let set = set.unwrap_or_default();
                let how = format!("{set} {} {} {} {deleting}", value["hash"], value["phase"], value["ready"]);
                *counts.entry(how).or_default() += 1;
            } else if pod.is_some() && anonymous != *path {
                let mut value = value.clone();
                value["id"] = Value::Null;
                for field in ["node", "target"] {
                    if self.is_chance(&format!("{anonymous}/{field}")) {
                        value[field] = Value::Null;
                    }
                }
                numbered.entry(anonymous).or_default().push(value.to_string());
            } else {
                let mut value = value.clone();
                if path.starts_with("/endpointSlices/") {
                    self.without_chosen(path, &mut value);
                }
                // Without the stroke, which the comparison adds.
                rest.insert(path[1..].to_owned(), value);
            }
        }
        for (path, mut pods) in numbered {
            pods.sort();
            let pods = pods.iter().filter_map(|pod| serde_json::from_str(pod).ok());
            rest.insert(path[1..].to_owned(), Value::Array(pods.collect()));
        }
        (rest, counts)
    }

    /// The endpoints of a slice, without the names of pods that only chance tells apart, and their nodes where it chose
    /// these.
    fn without_chosen(&self, path: &str, slice: &mut Value) {
        let namespace = text(&slice["namespace"]).to_owned();
        let Some(endpoints) = slice["endpoints"].as_object_mut() else { return };
        let mut chosen: Vec<String> = Vec::new();
        for (name, mut endpoint) in std::mem::take(endpoints) {
            let set = name.split_once('@').map(|(set, _)| format!("{namespace}/{set}"));
            let is_counted = set.is_some_and(|set| self.by_count.contains(&set));
            let anonymous = numberless(&name);
            if !is_counted && anonymous == name {
                endpoints.insert(name, endpoint);
                continue;
            }
            let at = format!("{path}/endpoints/{anonymous}");
            if self.is_chance(&at) {
                continue;
            }
            endpoint["pod"] = Value::Null;
            for field in ["node", "zone", "hints"] {
                if is_counted || self.is_chance(&format!("{at}/{field}")) {
                    endpoint[field] = Value::Null;
                }
            }
            chosen.push(endpoint.to_string());
        }
        chosen.sort();
        if !chosen.is_empty() {
            endpoints.insert("#*".into(), json!(chosen));
        }
    }

    fn differ(&mut self, path: &str, ours: &Value, theirs: &Value) {
        if ours == theirs || self.is_chance(path) {
            return;
        }
        match (ours, theirs) {
            (Value::Object(our_fields), Value::Object(their_fields)) => {
                let mut fields: Vec<&String> = our_fields.keys().chain(their_fields.keys()).collect();
                fields.sort();
                fields.dedup();
                for field in fields {
                    self.differ(&format!("{path}/{field}"), &ours[field], &theirs[field]);
                }
            }
            (Value::Array(ours), Value::Array(theirs))
                if path.starts_with("/pods/") && ours.len() == theirs.len() =>
            {
                for (at, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
                    self.differ(&format!("{path}/{at}"), ours, theirs);
                }
            }
            _ if self.varies.iter().any(|varied| varied.starts_with(&format!("{path}/")))
                && (ours.is_null() || theirs.is_null()) => {}
            _ => self.found.push(format!("{path}: ours {}, Kubernetes {}", shown(ours), shown(theirs))),
        }
    }

    pub(super) fn events(&mut self, ours: &Events, theirs: &Events) {
        let combined = |events: &Events| -> Vec<String> {
            let groups = events.0.iter().filter(|(path, _)| path.contains(COMBINED));
            groups.map(|(_, (_, group))| group.clone()).collect()
        };
        let combined: Vec<String> = combined(ours).into_iter().chain(combined(theirs)).collect();
        let compared = |events: &Events| -> BTreeMap<String, Value> {
            let kept = events.0.iter().filter(|(_, (_, group))| !combined.contains(group));
            let path = |path: &str| {
                let path = nodeless(&numberless(path), self.by_count);
                // Where it is chance on which node such a pod is, so it is to which it was assigned.
                match path.split_once("#* to ") {
                    Some((before, _)) if self.varies.iter().any(|varied| varied.contains("#*/node")) => {
                        format!("{before}#*")
                    }
                    _ => path,
                }
            };
            kept.map(|(told_at, (told, _))| (path(told_at), told.clone())).collect()
        };
        let (ours, theirs) = (compared(ours), compared(theirs));
        for (path, told) in &ours {
            if theirs.get(path) != Some(told) && !self.is_chance(path) {
                self.found.push(format!("told by ours only: {path} {told}"));
            }
        }
        for (path, told) in &theirs {
            if ours.get(path) != Some(told) && !self.is_chance(path) {
                self.found.push(format!("told by Kubernetes only: {path} {told}"));
            }
        }
    }
}

/// A path or text in which the pods of sets that are counted have no node.
fn nodeless(told: &str, by_count: &[String]) -> String {
    let mut told = told.to_owned();
    if !told.starts_with("/events/") {
        return told;
    }
    for set in by_count.iter().filter_map(|set| set.split_once('/')).map(|(_, set)| format!("{set}@")) {
        let mut parts = told.split(set.as_str());
        let mut cut = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(['#']).map_or(0, |at| at + 1);
            let digits = part[end..].bytes().take_while(u8::is_ascii_digit).count();
            cut += &format!("{set}*{}", &part[end + digits..]);
        }
        // The node of a pod, too: `Successfully assigned default/agent@* to n1`.
        if let Some((before, _)) = cut.split_once("@* to ") {
            cut = format!("{before}@*");
        }
        told = cut;
    }
    told
}

fn shown(value: &Value) -> String {
    let shown = value.to_string();
    if shown.len() > 600 { format!("{}…", shown.chars().take(600).collect::<String>()) } else { shown }
}
