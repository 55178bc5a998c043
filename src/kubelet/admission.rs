//! Whether a kubelet takes a pod that is bound to its node. Upstream: `pkg/kubelet/lifecycle/predicate.go`,
//! `AdmissionCheck` in `pkg/scheduler/eventhandlers.go`.
//!
//! Matters for pods that no scheduler has looked at (`spec.nodeName` in the template): what the scheduler bound
//! fits. A critical pod is never turned away for want of resources; the kubelet's own preemption, which makes the
//! room for it, is not modelled.

use crate::api::requests::{Resource, fit_requests, host_ports, pod_requests};
use crate::api::{NO_EXECUTE, Node, Pod, admits_node, untolerated};
use crate::cluster::World;
use std::rc::Rc;

/// The least priority of a critical pod (`scheduling.SystemCriticalPriority`).
const CRITICAL: i32 = 2_000_000_000;

/// The annotation of a static pod's mirror.
const MIRROR: &str = "kubernetes.io/config.mirror";

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

/// The first thing that keeps the pod off the node, beside the pods that its kubelet has taken already.
pub fn rejection(world: &World, node: &Node, pod: &Pod) -> Option<Rejected> {
    let taken = || {
        let others =
            world.pods_on(&node.metadata.name).filter(|other| other.metadata.uid != pod.metadata.uid);
        others.filter(|other| other.takes_room() && is_taken(other))
    };
    let is_mirror = pod.metadata.annotations.contains_key(MIRROR);
    let is_critical = is_mirror || pod.priority() >= CRITICAL;
    if !is_critical && let Some(lack) = lack(node, pod, taken()) {
        return Some(lack);
    }
    if !admits_node(&pod.spec.node_selector, pod.spec.affinity.as_deref(), node) {
        return Some(Rejected::predicate(
            "NodeAffinity",
            "node(s) didn't match Pod's node affinity/selector",
        ));
    }
    let ports = host_ports(pod);
    let conflicts =
        |other: &Pod| host_ports(other).iter().any(|taken| ports.iter().any(|port| port.conflicts(taken)));
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
    let known = asked.scalars.iter().filter(|(name, _)| node.status.allocatable.contains_key(&**name));
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
}
