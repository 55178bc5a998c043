//! What `kubectl describe` says of an object. Upstream: `kubectl/pkg/describe/describe.go`.

mod generic;
mod objects;
mod pod;

use super::age;
use super::event;
use super::lines::{Lines, labels, list, text};
use super::object::whole;
use super::tab::{DESCRIBE, aligned};
use super::table::roles;
use super::template::{self, selector};
use crate::api::{
    DaemonSet, Kind, LabelSelector, Labels, Millis, Node, Object, Pod, Quantity, QuantityFormat, Time, sort,
};
use crate::cluster::{World, lease_key};
use crate::kubectl::print::template::long_time;
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

/// All that is told of an object.
pub fn describe(world: &World, object: &Object, now: Time, with_events: bool) -> String {
    let value = whole(object);
    let mut lines = Lines::default();
    let kind = object.kind();
    match object {
        Object::DaemonSet(set) => daemon_set(world, set, &mut lines),
        Object::Node(node) => self::node(world, node, now, &mut lines),
        Object::Pod(pod) => pod::describe(pod, &value, now, &mut lines),
        _ => match objects::describe(world, object, &value, now) {
            Some(told) => lines = told,
            None => generic::describe(&value, &mut lines),
        },
    }
    if with_events && objects::has_events(kind.name()) {
        events(world, object, now, &mut lines);
    }
    aligned(&lines.0, DESCRIBE)
}

/// Name, namespace, labels and annotations.
fn heading(value: &Value, lines: &mut Lines) {
    let metadata = &value["metadata"];
    let pairs =
        |field: &str| -> Labels { serde_json::from_value(metadata[field].clone()).unwrap_or_default() };
    lines.line(0, &format!("Name:\t{}", text(metadata, "name")));
    lines.line(0, &format!("Namespace:\t{}", text(metadata, "namespace")));
    lines.pairs("Labels", &pairs("labels"));
    lines.annotations("Annotations", &pairs("annotations"));
}

/// `Kind/name` of the controller that owns an object.
fn controlled_by(metadata: &Value) -> Option<String> {
    let owner = list(metadata, "ownerReferences").iter().find(|owner| owner["controller"] == true)?;
    Some(format!("{}/{}", text(owner, "kind"), text(owner, "name")))
}

/// A DaemonSet.
fn daemon_set(world: &World, set: &DaemonSet, lines: &mut Lines) {
    let (metadata, is) = (&set.metadata, &set.status);
    let chosen = set.spec.selector.as_ref().and_then(|chosen| serde_json::to_value(chosen).ok());
    lines.line(0, &format!("Name:\t{}", metadata.name));
    lines.line(0, &format!("Namespace:\t{}", metadata.namespace));
    lines.line(0, &format!("Selector:\t{}", selector(chosen.as_ref())));
    lines.line(0, &format!("Node-Selector:\t{}", labels(&set.spec.template.spec.node_selector)));
    lines.pairs("Labels", &metadata.labels);
    lines.annotations("Annotations", &metadata.annotations);
    for (title, count) in [
        ("Desired Number of Nodes Scheduled", is.desired_number_scheduled),
        ("Current Number of Nodes Scheduled", is.current_number_scheduled),
        ("Number of Nodes Scheduled with Up-to-date Pods", is.updated_number_scheduled),
        ("Number of Nodes Scheduled with Available Pods", is.number_available),
        ("Number of Nodes Misscheduled", is.number_misscheduled),
    ] {
        lines.line(0, &format!("{title}: {count}"));
    }
    let chosen = chosen.unwrap_or_default();
    lines.line(0, &pods_status(world, &metadata.namespace, &metadata.uid, &chosen));
    template::describe(&set.spec.template, lines);
}

/// How many pods of a controller are in each phase.
fn pods_status(world: &World, namespace: &str, uid: &str, selector: &Value) -> String {
    let chosen: Option<LabelSelector> = serde_json::from_value(selector.clone()).ok();
    let own = world.pods_in(namespace).filter(|pod| {
        let selected = chosen.as_ref().is_some_and(|chosen| chosen.matches(&pod.metadata.labels));
        selected && pod.metadata.controller().is_some_and(|owner| owner.uid == uid)
    });
    let mut phases: BTreeMap<&str, u32> = BTreeMap::new();
    own.for_each(|pod| *phases.entry(&pod.status.phase).or_default() += 1);
    let [running, waiting, succeeded, failed] =
        ["Running", "Pending", "Succeeded", "Failed"].map(|phase| phases.get(phase).copied().unwrap_or(0));
    format!("Pods Status:\t{running} Running / {waiting} Waiting / {succeeded} Succeeded / {failed} Failed")
}

/// The events about an object, in the order in which they were last seen.
fn events(world: &World, object: &Object, now: Time, lines: &mut Lines) {
    let (metadata, kind) = (object.metadata(), object.kind());
    let all = world.events().filter(|event| {
        let about = &event.involved_object;
        (kind == Kind::Pod || about.kind == kind.name())
            && about.name == metadata.name
            && (!kind.is_namespaced() || about.namespace == metadata.namespace)
            && (about.uid.is_empty()
                || about.uid == metadata.uid
                || (kind == Kind::Node && about.uid == metadata.name))
    });
    let mut all: Vec<Value> = all.map(|event| whole(&Object::Event(Rc::clone(event)))).collect();
    // A kubelet tells of its node under the node's name: kubectl asks for these after the others.
    sort::by_key(&mut all, |told| kind == Kind::Node && text(&told["involvedObject"], "uid") != metadata.uid);
    if all.is_empty() {
        return lines.line(0, "Events:\t<none>");
    }
    lines.line(0, "Events:");
    lines.line(1, "Type\tReason\tAge\tFrom\tMessage");
    lines.line(1, "----\t------\t----\t----\t-------");
    for told in event::sorted(all, |told| event::moment(told, "/lastTimestamp")) {
        let (type_, reason) = (text(&told, "type"), text(&told, "reason"));
        let path = text(&told["involvedObject"], "fieldPath");
        let path = if path.is_empty() { String::new() } else { format!("{path}: ") };
        let (from, message) = (event::source(&told), event::message(&told));
        lines
            .line(1, &format!("{type_}\t{reason}\t{}\t{from}\t{path}{message}", event::interval(&told, now)));
    }
}

/// A node.
fn node(world: &World, node: &Node, now: Time, lines: &mut Lines) {
    let metadata = &node.metadata;
    lines.line(0, &format!("Name:\t{}", metadata.name));
    lines.line(0, &format!("Roles:\t{}", roles(node)));
    lines.pairs("Labels", &metadata.labels);
    lines.annotations("Annotations", &metadata.annotations);
    lines.line(0, &format!("CreationTimestamp:\t{}", long_time(metadata.creation_timestamp)));
    let mut taints = node.spec.taints.clone();
    sort::by(&mut taints, |left, right| (&left.effect, &left.key).cmp(&(&right.effect, &right.key)));
    lines.column("Taints", taints.iter().map(ToString::to_string));
    lines.line(0, &format!("Unschedulable:\t{}", node.spec.unschedulable));
    lease(world, node, now, lines);
    if !node.status.conditions.is_empty() {
        lines.line(0, "Conditions:");
        lines.line(1, "Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage");
        lines.line(1, "----\t------\t-----------------\t------------------\t------\t-------");
    }
    for condition in &node.status.conditions {
        let (beat, change) =
            (long_time(condition.last_heartbeat_time), long_time(condition.last_transition_time));
        lines.line(
            1,
            &format!(
                "{} \t{} \t{beat} \t{change} \t{} \t{}",
                condition.type_, condition.status, condition.reason, condition.message
            ),
        );
    }
    let status = serde_json::to_value(&node.status).unwrap_or_default();
    lines.line(0, "Addresses:");
    for address in list(&status, "addresses") {
        lines.line(1, &format!("{}:\t{}", text(address, "type"), text(address, "address")));
    }
    for (title, amounts) in [("Capacity", &node.status.capacity), ("Allocatable", &node.status.allocatable)] {
        if !amounts.is_empty() {
            lines.line(0, &format!("{title}:"));
            amounts.iter().for_each(|(name, amount)| lines.line(1, &format!("{name}:\t{amount}")));
        }
    }
    system_info(node, &status["nodeInfo"], lines);
    pods_of(world, node, now, lines);
}

/// The node's Lease. One that is stored was renewed last when it says; a kubelet that works renews its own every ten
/// seconds, which takes no step here.
fn lease(world: &World, node: &Node, now: Time, lines: &mut Lines) {
    const EVERY: i64 = 10_000;
    let name = &node.metadata.name;
    let stored = world.get(&lease_key(name)).map(|lease| lease.to_json());
    let created = node.metadata.creation_timestamp.unwrap_or(now);
    let renewed = match &stored {
        Some(lease) => lease["spec"]["renewTime"].as_str().and_then(Time::parse),
        None => Some(created + Millis((now - created).0.div_euclid(EVERY) * EVERY)),
    };
    lines.line(0, "Lease:");
    lines.line(1, &format!("HolderIdentity:\t{name}"));
    lines.line(1, "AcquireTime:\t<unset>");
    let renewed = renewed.map_or_else(|| "<unset>".into(), |at| long_time(Some(at)));
    lines.line(1, &format!("RenewTime:\t{renewed}"));
}

fn system_info(node: &Node, info: &Value, lines: &mut Lines) {
    lines.line(0, "System Info:");
    for (title, field) in [
        ("Machine ID", "machineID"),
        ("System UUID", "systemUUID"),
        ("Boot ID", "bootID"),
        ("Kernel Version", "kernelVersion"),
        ("OS Image", "osImage"),
        ("Operating System", "operatingSystem"),
        ("Architecture", "architecture"),
        ("Container Runtime Version", "containerRuntimeVersion"),
        ("Kubelet Version", "kubeletVersion"),
    ] {
        lines.line(1, &format!("{title}:\t{}", text(info, field)));
    }
    let spec = &node.spec.rest;
    let given = |field: &str| spec.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(range) = given("podCIDR") {
        lines.line(0, &format!("PodCIDR:\t{range}"));
    }
    if let Some(ranges) = spec.get("podCIDRs").and_then(Value::as_array).filter(|all| !all.is_empty()) {
        let ranges: Vec<&str> = ranges.iter().filter_map(Value::as_str).collect();
        lines.line(0, &format!("PodCIDRs:\t{}", ranges.join(",")));
    }
    if let Some(id) = given("providerID") {
        lines.line(0, &format!("ProviderID:\t{id}"));
    }
}

/// What pods ask for and may use, by resource: in billionths.
type Amounts = BTreeMap<String, (i128, QuantityFormat)>;

fn add(sum: &mut Amounts, name: &str, amount: &Quantity) {
    let entry = sum.entry(name.to_owned()).or_insert((0, amount.format()));
    entry.0 += amount.nanos();
}

/// Requests or limits of a pod: the containers' sum, or the largest init container where that is more
/// (`resourcehelper.PodRequests`).
fn amounts(pod: &Pod, limits: bool) -> Amounts {
    let of = |container: &crate::api::Container| {
        let resources = &container.resources;
        if limits { resources.limits.clone() } else { resources.requests.clone() }
    };
    let mut sum = Amounts::new();
    for container in pod.spec.containers.iter() {
        of(container).iter().for_each(|(name, amount)| add(&mut sum, name, amount));
    }
    let mut sidecars = Amounts::new();
    let mut most = Amounts::new();
    for container in pod.spec.init_containers.iter() {
        let is_sidecar = container.restart_policy.as_deref() == Some("Always");
        for (name, amount) in &of(container) {
            let beside = sidecars.get(name.as_str()).map_or(0, |(nanos, _)| *nanos);
            let entry = most.entry(name.to_string()).or_insert((0, amount.format()));
            entry.0 = entry.0.max(beside + amount.nanos());
            if is_sidecar {
                add(&mut sidecars, name, amount);
            }
        }
    }
    for (name, (nanos, format)) in sidecars {
        sum.entry(name).or_insert((0, format)).0 += nanos;
    }
    for (name, (nanos, format)) in most {
        let entry = sum.entry(name).or_insert((0, format));
        entry.0 = entry.0.max(nanos);
    }
    for (name, amount) in &pod.spec.overhead {
        if !limits || sum.contains_key(name.as_str()) {
            add(&mut sum, name, amount);
        }
    }
    sum
}

/// An amount as a quantity of its format.
fn quantity((nanos, format): (i128, QuantityFormat)) -> String {
    const BILLION: i128 = 1_000_000_000;
    if nanos % BILLION == 0 {
        return Quantity::from_value((nanos / BILLION) as i64, format).to_string();
    }
    Quantity::from_milli((nanos / 1_000_000) as i64).to_string()
}

/// An amount, and its share of what there is.
fn share(amount: Option<&(i128, QuantityFormat)>, of: i128) -> String {
    let amount = amount.copied().unwrap_or((0, QuantityFormat::DecimalSI));
    let percent = if of == 0 { 0 } else { amount.0 * 100 / of };
    format!("{} ({percent}%)", quantity(amount))
}

fn pods_of(world: &World, node: &Node, now: Time, lines: &mut Lines) {
    let name = node.metadata.name.as_str();
    let pods: Vec<&Rc<Pod>> =
        world.pods_on(name).filter(|pod| pod.node() == Some(name) && !pod.is_finished()).collect();
    let has =
        if node.status.allocatable.is_empty() { &node.status.capacity } else { &node.status.allocatable };
    let available = |name: &str| has.get(name).map_or(0, Quantity::nanos);
    lines.line(0, &format!("Non-terminated Pods:\t({} in total)", pods.len()));
    lines.line(1, "Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge");
    lines.line(1, "---------\t----\t\t------------\t----------\t---------------\t-------------\t---");
    let (mut asked, mut bounded) = (Amounts::new(), Amounts::new());
    for pod in pods {
        let (requests, limits) = (amounts(pod, false), amounts(pod, true));
        let cell = |all: &Amounts, name: &str| share(all.get(name), available(name));
        lines.line(
            1,
            &format!(
                "{}\t{}\t\t{}\t{}\t{}\t{}\t{}",
                pod.metadata.namespace,
                pod.metadata.name,
                cell(&requests, "cpu"),
                cell(&limits, "cpu"),
                cell(&requests, "memory"),
                cell(&limits, "memory"),
                age::since(pod.metadata.creation_timestamp, now)
            ),
        );
        for (sum, all) in [(&mut asked, requests), (&mut bounded, limits)] {
            for (name, (nanos, format)) in all {
                sum.entry(name).or_insert((0, format)).0 += nanos;
            }
        }
    }
    lines.line(0, "Allocated resources:");
    lines.line(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
    lines.line(1, "Resource\tRequests\tLimits");
    lines.line(1, "--------\t--------\t------");
    let huge_pages = has.keys().map(|name| name.as_str()).filter(|name| name.starts_with("hugepages-"));
    for name in ["cpu", "memory", "ephemeral-storage"].into_iter().chain(huge_pages) {
        let (requests, limits) = (asked.get(name), bounded.get(name));
        let (requests, limits) = (share(requests, available(name)), share(limits, available(name)));
        lines.line(1, &format!("{name}\t{requests}\t{limits}"));
    }
    let is_extended = |name: &&str| name.contains('/');
    for name in has.keys().map(|name| name.as_str()).filter(is_extended) {
        let told = |sum: &Amounts| sum.get(name).map_or("0".into(), |amount| quantity(*amount));
        lines.line(1, &format!("{name}\t{}\t{}", told(&asked), told(&bounded)));
    }
}
