//! Whether a kubelet takes a pod that is bound to its node. Upstream: `Admit` in
//! `pkg/kubelet/eviction/eviction_manager.go`, then `pkg/kubelet/lifecycle/predicate.go`, `AdmissionCheck` in
//! `pkg/scheduler/eventhandlers.go`.
//!
//! Resources and labels matter for pods that no scheduler has looked at (`spec.nodeName` in the template): what the
//! scheduler bound fits. Pressure matters for those that tolerate its taint, as all daemon pods do. A critical pod is never turned away for want of resources; the kubelet's own preemption, which makes the
//! room for it, is not modelled.

use super::node::PRESSURES;
use crate::api::requests::{Resource, fit_requests, host_ports, pod_requests};
use crate::api::{
    NO_EXECUTE, NO_SCHEDULE, Node, Pod, Taint, admits_node, qos_class, untolerated, well_known_taints,
};
use crate::cluster::World;
use std::rc::Rc;

/// The least priority of a critical pod (`scheduling.SystemCriticalPriority`).
const CRITICAL: i32 = 2_000_000_000;

/// The annotation of a static pod's mirror.
const MIRROR: &str = "kubernetes.io/config.mirror";

/// Whether a pod is the mirror of a static one.
pub fn is_mirror(pod: &Pod) -> bool {
    pod.metadata.annotations.contains_key(MIRROR)
}

/// The annotation of a node that KWOK plays (`kwok.x-k8s.io/node: fake`).
const KWOK: &str = "kwok.x-k8s.io/node";

/// Why a kubelet turns a pod away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// `status.reason` and the event's reason: `OutOfcpu`, `NodeAffinity` ...
    pub reason: String,
    /// The event's message; `status.message` says before it that the pod was rejected.
    pub message: String,
}

impl Rejected {
    fn predicate(name: &str, why: &str) -> Self {
        Rejected { reason: name.into(), message: format!("Predicate {name} failed: {why}") }
    }
}

/// The label with an operating system, of a node and of a pod.
const OS_LABEL: &str = "kubernetes.io/os";

/// The pressures under which a node is, of which its kubelet knows.
fn pressures(node: &Node) -> Vec<&'static str> {
    let has = |type_: &&str| node.condition(type_).is_some_and(|condition| condition.status == "True");
    PRESSURES.into_iter().filter(has).collect()
}

/// Whether pressure keeps a pod off the node. Memory alone keeps away only pods that ask for nothing and do not
/// tolerate it.
fn evicted(node: &Node, pod: &Pod, is_critical: bool) -> Option<Rejected> {
    let pressures = pressures(node);
    if is_critical || pressures.is_empty() {
        return None;
    }
    if pressures == ["MemoryPressure"] {
        let taint = Taint::new(well_known_taints::MEMORY_PRESSURE, "", NO_SCHEDULE);
        let tolerates = || pod.spec.tolerations.iter().any(|toleration| toleration.tolerates(&taint));
        if qos_class(&pod.spec) != "BestEffort" || tolerates() {
            return None;
        }
    }
    let message = format!("The node had condition: [{}]. ", pressures.join(" "));
    Some(Rejected { reason: "Evicted".into(), message })
}

/// Whether the pod is for another operating system than the node's, or for a node that can do what this one cannot.
fn unsupported(node: &Node, pod: &Pod) -> Option<Rejected> {
    let rejected =
        |reason: &str, message: &str| Some(Rejected { reason: reason.into(), message: message.into() });
    let os = node.metadata.labels.get(OS_LABEL).map_or("linux", |os| os.as_str());
    if pod.metadata.labels.get(OS_LABEL).is_some_and(|asked| asked != os) {
        let message = "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label";
        return rejected("PodOSSelectorNodeLabelDoesNotMatch", message);
    }
    let spec = |field: &str, name: &str| pod.spec.rest.get(field).map(|value| value[name].clone());
    if spec("os", "name").is_some_and(|name| name != os) {
        return rejected("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS");
    }
    let strict = spec("securityContext", "supplementalGroupsPolicy").is_some_and(|policy| policy == "Strict");
    let features = node.status.rest.get("features");
    if strict && features.is_some_and(|features| features["supplementalGroupsPolicy"] != true) {
        let message = "SupplementalGroupsPolicy=Strict is not supported in this node";
        return rejected("SupplementalGroupsPolicyNotSupported", message);
    }
    None
}

/// The first thing that keeps the pod off the node, beside the pods that its kubelet has taken already. A node that KWOK
/// plays takes whatever it has room for.
pub fn rejection(world: &World, node: &Node, pod: &Pod) -> Option<Rejected> {
    // By the name: a uid lies elsewhere in memory, and of one name there is one pod.
    let is_other = |other: &Pod| {
        (&other.metadata.name, &other.metadata.namespace) != (&pod.metadata.name, &pod.metadata.namespace)
    };
    let taken = || {
        let pods = world.pods_on(&node.metadata.name);
        pods.filter(|other| is_taken(other) && other.takes_room() && is_other(other))
    };
    let is_mirror = is_mirror(pod);
    let is_critical = is_mirror || pod.priority() >= CRITICAL;
    let is_played = node.metadata.annotations.contains_key(KWOK);
    if !is_played && let Some(rejected) = evicted(node, pod, is_critical).or_else(|| unsupported(node, pod)) {
        return Some(rejected);
    }
    if !is_critical && let Some(lack) = lack(node, pod, taken()) {
        return Some(lack);
    }
    if is_played {
        return None;
    }
    if !admits_node(&pod.spec.node_selector, pod.spec.affinity.as_deref(), node) {
        return Some(Rejected::predicate(
            "NodeAffinity",
            "node(s) didn't match Pod's node affinity/selector",
        ));
    }
    let ports = host_ports(&pod.spec);
    let conflicts = |other: &Pod| {
        host_ports(&other.spec).iter().any(|taken| ports.iter().any(|port| port.conflicts(taken)))
    };
    if !ports.is_empty() && taken().any(|other| conflicts(other)) {
        let why = "node(s) didn't have free ports for the requested pod ports";
        return Some(Rejected::predicate("NodePorts", why));
    }
    if !is_mirror && untolerated(&node.spec.taints, &pod.spec.tolerations, &[NO_EXECUTE]).is_some() {
        return Some(Rejected::predicate("TaintToleration", "node(s) had untolerated taint(s)"));
    }
    None
}

/// Whether the kubelet has taken a pod: it has started to make it.
pub fn is_taken(pod: &Pod) -> bool {
    pod.status.start_time.is_some() || !pod.status.container_statuses.is_empty()
}

/// The first resource that the node has not enough of (`noderesources.Fits`). Extended resources that the node does
/// not know are not the kubelet's business.
fn lack<'a>(node: &Node, pod: &Pod, taken: impl Iterator<Item = &'a Rc<Pod>>) -> Option<Rejected> {
    let all = Resource::of_list(&node.status.allocatable);
    let asked = fit_requests(pod);
    let (mut used, mut pods) = (Resource::default(), 0);
    for other in taken {
        used.add(&pod_requests(other).requests);
        pods += 1;
    }
    let mut resources = vec![
        ("pods", 1, pods, all.pods),
        ("cpu", asked.milli_cpu, used.milli_cpu, all.milli_cpu),
        ("memory", asked.memory, used.memory, all.memory),
        ("ephemeral-storage", asked.ephemeral_storage, used.ephemeral_storage, all.ephemeral_storage),
    ];
    let known = asked.scalars.iter().filter(|(name, _)| node.status.allocatable.contains_key(name));
    resources.extend(known.map(|(name, amount)| (&**name, *amount, used.scalar(name), all.scalar(name))));
    let lacks =
        |(_, asked, used, all): &(&str, i64, i64, i64)| *asked > 0 && *asked > all.saturating_sub(*used);
    resources.into_iter().find(lacks).map(|(name, requested, used, capacity)| Rejected {
        reason: format!("OutOf{name}"),
        message: format!(
            "Node didn't have enough resource: {name}, requested: {requested}, used: {used}, capacity: {capacity}"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Object, Time};
    use crate::cluster::Write;
    use serde_json::{Value, json};

    fn node(taints: Value) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": { "name": "n", "labels": { "disk": "ssd" } },
            "spec": { "taints": taints },
            "status": { "allocatable": { "cpu": "1", "memory": "1Gi", "pods": "2" } },
        })
    }

    fn pod(name: &str, spec: Value, runs: bool) -> Value {
        let mut spec = spec;
        spec["nodeName"] = "n".into();
        let status = if runs { json!({ "startTime": "2026-01-01T00:00:00Z" }) } else { json!({}) };
        json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": name }, "spec": spec, "status": status })
    }

    fn asks(cpu: &str) -> Value {
        json!({ "containers": [{ "name": "c", "image": "c:1", "resources": { "requests": { "cpu": cpu } } }] })
    }

    /// What becomes of a pod beside others on the node.
    fn judged(taints: Value, others: Vec<Value>, spec: Value) -> Option<String> {
        let mut world = World::new(1, Time::EPOCH);
        let own = pod("own", spec, false);
        for object in [node(taints)].into_iter().chain(others).chain([own]) {
            let object = Object::from_json(object).expect("an object");
            let status = object.clone();
            world.write(Write::Create(object), Time::EPOCH).expect("created");
            if matches!(status, Object::Pod(_)) {
                world.write(Write::UpdateStatus(named(status)), Time::EPOCH).expect("a status");
            }
        }
        let node = world.node("n").expect("the node").clone();
        let pod = world.pod("default", "own").expect("the pod").clone();
        rejection(&world, &node, &pod).map(|rejected| format!("{}: {}", rejected.reason, rejected.message))
    }

    fn named(mut object: Object) -> Object {
        object.metadata_mut().namespace = "default".into();
        object
    }

    #[test]
    fn what_does_not_fit_beside_the_pods_that_run_is_turned_away() {
        let no_taints = || json!([]);
        let beside = |cpu, runs| vec![pod("other", asks(cpu), runs)];
        assert_eq!(judged(no_taints(), vec![], asks("1")), None);
        assert_eq!(
            judged(no_taints(), beside("600m", true), asks("500m")).as_deref(),
            Some(
                "OutOfcpu: Node didn't have enough resource: cpu, requested: 500, used: 600, capacity: 1000"
            )
        );
        assert_eq!(
            judged(no_taints(), beside("600m", false), asks("500m")),
            None,
            "first come, first served"
        );
        let two = vec![pod("a", asks("0"), true), pod("b", asks("0"), true)];
        assert_eq!(
            judged(no_taints(), two, asks("0")).as_deref(),
            Some("OutOfpods: Node didn't have enough resource: pods, requested: 1, used: 2, capacity: 2")
        );
    }

    #[test]
    fn resources_the_node_does_not_know_are_not_the_kubelets_business() {
        let spec = json!({ "containers": [{ "name": "c", "image": "c:1", "resources": { "limits": { "example.com/gpu": "1" } } }] });
        assert_eq!(judged(json!([]), vec![], spec), None);
    }

    #[test]
    fn labels_ports_and_no_execute_taints_count_but_no_schedule_does_not() {
        let selector =
            json!({ "nodeSelector": { "disk": "hdd" }, "containers": [{ "name": "c", "image": "c:1" }] });
        assert_eq!(
            judged(json!([]), vec![], selector).as_deref(),
            Some(
                "NodeAffinity: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector"
            )
        );
        let port = || json!({ "containers": [{ "name": "c", "image": "c:1", "ports": [{ "containerPort": 80, "hostPort": 80 }] }] });
        assert_eq!(
            judged(json!([]), vec![pod("other", port(), true)], port()).as_deref(),
            Some(
                "NodePorts: Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
            )
        );
        let taint = |effect| json!([{ "key": "k", "effect": effect }]);
        assert_eq!(judged(taint("NoSchedule"), vec![], asks("0")), None);
        assert_eq!(
            judged(taint("NoExecute"), vec![], asks("0")).as_deref(),
            Some("TaintToleration: Predicate TaintToleration failed: node(s) had untolerated taint(s)")
        );
    }

    #[test]
    fn pressure_keeps_pods_away_but_for_critical_ones_and_those_that_bear_it() {
        let pod = |spec: Value| {
            let pod = json!({ "metadata": { "name": "p" }, "spec": spec });
            serde_json::from_value::<Pod>(pod).expect("a pod")
        };
        let asks = json!([{ "name": "c", "resources": { "requests": { "cpu": "1m" } } }]);
        let plain = json!([{ "name": "c" }]);
        let bears = json!([{ "key": "node.kubernetes.io/memory-pressure", "operator": "Exists" }]);
        let (memory, disk, pid) = ("MemoryPressure", "DiskPressure", "PIDPressure");
        for (pressures, spec, expected) in [
            (vec![], json!({ "containers": plain }), None),
            (vec![disk], json!({ "containers": asks }), Some("[DiskPressure]")),
            (
                vec![disk],
                json!({ "containers": asks, "tolerations": [{ "operator": "Exists" }] }),
                Some("[DiskPressure]"),
            ),
            (vec![disk], json!({ "containers": asks, "priority": 2_000_000_000 }), None),
            (vec![disk], json!({ "containers": asks, "priority": 1_999_999_999 }), Some("[DiskPressure]")),
            (vec![pid], json!({ "containers": asks }), Some("[PIDPressure]")),
            (vec![memory], json!({ "containers": asks }), None),
            (vec![memory], json!({ "containers": plain }), Some("[MemoryPressure]")),
            (vec![memory], json!({ "containers": plain, "tolerations": bears }), None),
            (vec![memory, disk], json!({ "containers": asks }), Some("[MemoryPressure DiskPressure]")),
        ] {
            let conditions: Vec<Value> =
                pressures.iter().map(|type_| json!({ "type": type_, "status": "True" })).collect();
            let node = json!({ "metadata": { "name": "n" }, "status": {
                "conditions": conditions, "allocatable": { "cpu": "1", "pods": "9" },
            } });
            let node: Node = serde_json::from_value(node).expect("a node");
            let world = World::new(1, Time::EPOCH);
            let mut played = node.clone();
            played.metadata.annotations.insert(KWOK.into(), "fake".into());
            assert_eq!(rejection(&world, &played, &pod(spec.clone())), None, "KWOK heeds no pressure");
            let rejected = rejection(&world, &node, &pod(spec.clone()));
            let told = rejected.map(|rejected| format!("{}: {}", rejected.reason, rejected.message));
            let expected = expected.map(|named| format!("Evicted: The node had condition: {named}. "));
            assert_eq!(told, expected, "{pressures:?} {spec}");
        }
    }

    #[test]
    fn a_pod_for_another_operating_system_is_turned_away() {
        let node = json!({ "metadata": { "name": "n", "labels": { "kubernetes.io/os": "linux" } }, "status": {
            "allocatable": { "pods": "9" }, "features": { "supplementalGroupsPolicy": false },
        } });
        let node: Node = serde_json::from_value(node).expect("a node");
        let world = World::new(1, Time::EPOCH);
        for (labels, spec, expected) in [
            (json!({}), json!({ "os": { "name": "windows" } }), Some("PodOSNotSupported")),
            (json!({}), json!({ "os": { "name": "linux" } }), None),
            (json!({ "kubernetes.io/os": "windows" }), json!({}), Some("PodOSSelectorNodeLabelDoesNotMatch")),
            (
                json!({}),
                json!({ "securityContext": { "supplementalGroupsPolicy": "Strict" } }),
                Some("SupplementalGroupsPolicyNotSupported"),
            ),
            (json!({}), json!({ "securityContext": { "supplementalGroupsPolicy": "Merge" } }), None),
        ] {
            let pod = json!({ "metadata": { "name": "p", "labels": labels }, "spec": spec });
            let pod: Pod = serde_json::from_value(pod).expect("a pod");
            let reason = rejection(&world, &node, &pod).map(|rejected| rejected.reason);
            assert_eq!(reason.as_deref(), expected, "{spec}");
        }
    }
}
