//! A node with what is on it, summed up. Upstream: `pkg/scheduler/framework/types.go` (`NodeInfo`, `PodInfo`).

use super::framework::event::ClusterEvent;
use crate::api::requests::{HostPort, NonZero, Resource, has_resources_in_force, host_ports, pod_requests};
use crate::api::{
    EcoString, LabelSelector, Labels, NO_EXECUTE, NO_SCHEDULE, Node, PREFER_NO_SCHEDULE, Pod, PodAffinityTerm,
};
use crate::cluster::PodName;
use std::cmp::Ordering;
use std::fmt;
use std::rc::Rc;

/// A pod with what the scheduler reads from it again and again.
#[derive(Clone)]
pub struct PodInfo {
    /// The pod.
    pub pod: Rc<Pod>,
    /// Namespace and name.
    pub name: PodName,
    /// What it takes on its node.
    pub requests: Resource,
    /// The same with stand-ins for LeastAllocated.
    pub nonzero: NonZero,
    /// Ports that it needs on the node.
    pub ports: Vec<HostPort>,
    /// Its rules about other pods; None for most pods.
    pub affinity: Option<Rc<PodRules>>,
}

impl fmt::Debug for PodInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pod {}/{} {}", self.name.0, self.name.1, self.pod.metadata.uid)
    }
}

/// What is read from a pod follows from it.
impl PartialEq for PodInfo {
    fn eq(&self, other: &Self) -> bool {
        self.pod == other.pod
    }
}

impl PodInfo {
    /// Reads a pod.
    pub fn new(pod: Rc<Pod>) -> Self {
        let asked = pod_requests(&pod);
        PodInfo {
            name: (pod.metadata.namespace.clone(), pod.metadata.name.clone()),
            requests: asked.requests,
            nonzero: asked.nonzero,
            ports: host_ports(&pod.spec),
            affinity: PodRules::new(&pod).map(Rc::new),
            pod,
        }
    }

    /// Reads another state of the pod, as far as it can differ.
    pub fn renewed(&self, pod: Rc<Pod>) -> Self {
        if self.reads_the_same(&pod) { PodInfo { pod, ..self.clone() } } else { PodInfo::new(pod) }
    }

    /// Whether what is read from another state of the pod is known to be the same.
    fn reads_the_same(&self, pod: &Pod) -> bool {
        let (old, new) = (&self.pod.spec, &pod.spec);
        let is_same_spec = Rc::ptr_eq(&old.containers, &new.containers)
            && Rc::ptr_eq(&old.init_containers, &new.init_containers)
            && old.resources == new.resources
            && old.overhead == new.overhead
            && match (&old.affinity, &new.affinity) {
                (Some(old), Some(new)) => Rc::ptr_eq(old, new),
                (old, new) => old.is_none() && new.is_none(),
            };
        is_same_spec && !has_resources_in_force(&self.pod) && !has_resources_in_force(pod)
    }

    /// Its priority.
    pub fn priority(&self) -> i32 {
        self.pod.priority()
    }

    /// Whether a change is one of this pod itself.
    pub fn is_changed_by(&self, event: &ClusterEvent<'_>) -> bool {
        let ClusterEvent::Pod { after: Some(changed), .. } = event else { return false };
        let (own, other) = (&self.pod.metadata, &changed.metadata);
        own.uid == other.uid && own.namespace == other.namespace && own.name == other.name
    }
}

/// A pod's rules about other pods.
#[derive(Clone, Debug, Default)]
pub struct PodRules {
    /// Must be near.
    pub required_affinity: Vec<Term>,
    /// Must not be near.
    pub required_anti_affinity: Vec<Term>,
    /// Better near, with weights.
    pub preferred_affinity: Vec<(i32, Term)>,
    /// Better not near, with weights.
    pub preferred_anti_affinity: Vec<(i32, Term)>,
}

impl PodRules {
    /// Reads a pod; None where it has no such rules.
    pub fn new(pod: &Pod) -> Option<Self> {
        let affinity = pod.spec.affinity.as_deref()?;
        if affinity.pod_affinity.is_none() && affinity.pod_anti_affinity.is_none() {
            return None;
        }
        let read = |term: &PodAffinityTerm| Term::new(term, &pod.metadata.namespace);
        let mut rules = PodRules::default();
        if let Some(near) = &affinity.pod_affinity {
            rules.required_affinity = near.required.iter().map(read).collect();
            rules.preferred_affinity =
                near.preferred.iter().map(|term| (term.weight, read(&term.pod_affinity_term))).collect();
        }
        if let Some(away) = &affinity.pod_anti_affinity {
            rules.required_anti_affinity = away.required.iter().map(read).collect();
            rules.preferred_anti_affinity =
                away.preferred.iter().map(|term| (term.weight, read(&term.pod_affinity_term))).collect();
        }
        Some(rules)
    }
}

/// Pods that match, in the topology that a node label makes (`fwk.AffinityTerm`).
#[derive(Clone, Debug)]
pub struct Term {
    /// The node label.
    pub topology_key: EcoString,
    namespaces: Vec<EcoString>,
    namespace_selector: Option<LabelSelector>,
    selector: Option<LabelSelector>,
}

impl Term {
    fn new(term: &PodAffinityTerm, own_namespace: &str) -> Self {
        let mut namespaces = term.namespaces.clone();
        if namespaces.is_empty() && term.namespace_selector.is_none() {
            namespaces.push(own_namespace.into());
        }
        Term {
            topology_key: term.topology_key.clone(),
            namespaces,
            namespace_selector: term.namespace_selector.clone(),
            selector: term.label_selector.clone(),
        }
    }

    /// Whether a pod is one of those meant, if its namespace has these labels.
    pub fn matches(&self, pod: &Pod, namespace_labels: impl FnOnce() -> Labels) -> bool {
        let Some(selector) = &self.selector else { return false };
        selector.matches(&pod.metadata.labels)
            && (self.namespaces.contains(&pod.metadata.namespace)
                || self.namespace_selector.as_ref().is_some_and(|namespaces| {
                    namespaces.is_empty() || namespaces.matches(&namespace_labels())
                }))
    }
}

/// A node, and what its pods take from it.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    /// The node.
    pub node: Rc<Node>,
    /// Its name.
    pub name: EcoString,
    /// Its place in the order of the nodes.
    pub position: u32,
    /// What pods may take.
    pub allocatable: Resource,
    /// What its pods take.
    pub requested: Resource,
    /// The same with stand-ins.
    pub nonzero: NonZero,
    /// Its pods by namespace and name.
    pub pods: Vec<Rc<PodInfo>>,
    /// Ports that its pods take. A set, as upstream's: of two pods with one port (which the scheduler never brings
    /// together) the first that goes frees it.
    pub ports: Vec<HostPort>,
    /// How many of its pods have rules about other pods.
    pub with_rules: u32,
    /// How many of its pods have a required anti-affinity.
    pub with_required_anti_affinity: u32,
    /// Whether it has a taint of effect NoSchedule or NoExecute.
    pub has_hard_taints: bool,
    /// Whether it has a taint of effect PreferNoSchedule.
    pub has_soft_taints: bool,
}

/// All sums follow from the node and its pods.
impl PartialEq for NodeInfo {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node && self.pods == other.pods
    }
}

impl NodeInfo {
    /// A node without pods.
    pub fn new(node: Rc<Node>, position: u32) -> Self {
        let mut info = NodeInfo {
            name: node.metadata.name.clone(),
            position,
            allocatable: Resource::default(),
            requested: Resource::default(),
            nonzero: NonZero::default(),
            pods: Vec::new(),
            ports: Vec::new(),
            with_rules: 0,
            with_required_anti_affinity: 0,
            has_hard_taints: false,
            has_soft_taints: false,
            node: Rc::clone(&node),
        };
        info.set_node(node);
        info
    }

    /// Takes over another state of the node.
    pub fn set_node(&mut self, node: Rc<Node>) {
        self.allocatable = Resource::of_list(&node.status.allocatable);
        let has = |effect: &str| node.spec.taints.iter().any(|taint| taint.effect == effect);
        self.has_hard_taints = has(NO_SCHEDULE) || has(NO_EXECUTE);
        self.has_soft_taints = has(PREFER_NO_SCHEDULE);
        self.node = node;
    }

    /// A label of the node.
    pub fn label(&self, key: &str) -> Option<&str> {
        self.node.metadata.labels.get(key).map(EcoString::as_str)
    }

    /// Puts a pod on the node.
    pub fn add_pod(&mut self, pod: Rc<PodInfo>) {
        self.requested.add(&pod.requests);
        self.nonzero.milli_cpu = self.nonzero.milli_cpu.saturating_add(pod.nonzero.milli_cpu);
        self.nonzero.memory = self.nonzero.memory.saturating_add(pod.nonzero.memory);
        take_ports(&mut self.ports, &pod.ports);
        if let Some(rules) = &pod.affinity {
            self.with_rules += 1;
            self.with_required_anti_affinity += u32::from(!rules.required_anti_affinity.is_empty());
        }
        let (Ok(at) | Err(at)) = self.find(&pod.name);
        self.pods.insert(at, pod);
    }

    /// Takes over another state of a pod of the node, or puts it there.
    pub fn replace_pod(&mut self, pod: &Rc<Pod>) {
        let name = (pod.metadata.namespace.clone(), pod.metadata.name.clone());
        if let Ok(at) = self.find(&name)
            && self.pods[at].reads_the_same(pod)
        {
            let info = Rc::make_mut(&mut self.pods[at]);
            info.pod = Rc::clone(pod);
            // Another pod that went may have freed them.
            take_ports(&mut self.ports, &info.ports);
            return;
        }
        self.remove_pod(&name);
        self.add_pod(Rc::new(PodInfo::new(Rc::clone(pod))));
    }

    /// Takes a pod off the node; nothing if it was not there.
    pub fn remove_pod(&mut self, name: &PodName) {
        let Ok(at) = self.find(name) else { return };
        let pod = self.pods.remove(at);
        self.requested.subtract(&pod.requests);
        self.nonzero.milli_cpu -= pod.nonzero.milli_cpu;
        self.nonzero.memory -= pod.nonzero.memory;
        if !pod.ports.is_empty() {
            self.ports.retain(|taken| !pod.ports.contains(taken));
        }
        if let Some(rules) = &pod.affinity {
            self.with_rules -= 1;
            self.with_required_anti_affinity -= u32::from(!rules.required_anti_affinity.is_empty());
        }
    }

    fn find(&self, name: &PodName) -> Result<usize, usize> {
        self.pods.binary_search_by(|pod| compare(&pod.name, name))
    }
}

/// Adds the ports of a pod to those that are taken.
fn take_ports(taken: &mut Vec<HostPort>, ports: &[HostPort]) {
    for port in ports {
        if !taken.contains(port) {
            taken.push(port.clone());
        }
    }
}

fn compare(left: &PodName, right: &PodName) -> Ordering {
    left.1.cmp(&right.1).then_with(|| left.0.cmp(&right.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pod(name: &str, labels: Value) -> Rc<Pod> {
        let containers =
            json!([{ "name": "c", "image": "c:1", "ports": [{ "containerPort": 80, "hostPort": 80 }] }]);
        let pod = json!({
            "metadata": { "name": name, "namespace": "default", "labels": labels },
            "spec": { "nodeName": "n", "containers": containers },
        });
        Rc::new(serde_json::from_value(pod).expect("a pod"))
    }

    /// As upstream, which takes the old state off and puts the new one on.
    #[test]
    fn another_state_of_a_pod_takes_its_ports_again() {
        let mut node = NodeInfo::new(Rc::default(), 0);
        let stays = pod("stays", json!({}));
        for pod in [&stays, &pod("goes", json!({}))] {
            node.replace_pod(pod);
        }
        node.remove_pod(&("default".into(), "goes".into()));
        assert!(node.ports.is_empty(), "the first that goes frees it");
        let mut labelled = Pod::clone(&stays);
        labelled.metadata.labels.insert("a".into(), "b".into());
        let labelled = Rc::new(labelled);
        assert!(node.pods[0].reads_the_same(&labelled));
        node.replace_pod(&labelled);
        assert_eq!((node.ports.len(), node.pods.len()), (1, 1));
        assert!(Rc::ptr_eq(&node.pods[0].pod, &labelled));
        let mut other = Pod::clone(&labelled);
        Rc::make_mut(&mut Rc::make_mut(&mut other.spec).containers)[0].ports = Vec::new();
        node.replace_pod(&Rc::new(other));
        assert_eq!((node.ports.len(), node.pods.len()), (0, 1), "with other containers all is read anew");
    }
}
