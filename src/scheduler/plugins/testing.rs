//! Small clusters for the plugins' tests.

use crate::api::{Container, Node, Pod, Quantity, Time};
use crate::cluster::World;
use crate::scheduler::config::SchedulerConfig;
use crate::scheduler::trace::{NodeVerdict, QueueTrace, SchedulingTrace};
use crate::scheduler::{AttemptInput, Cache, PodInfo, Snapshot, attempt};
use std::rc::Rc;

/// A node of 8 cpu, 32Gi and 110 pods whose label `kubernetes.io/hostname` is its name.
pub fn node(name: &str) -> Node {
    let mut node = Node::default();
    node.metadata.name = name.into();
    node.metadata.labels.insert("kubernetes.io/hostname".into(), name.into());
    for (resource, amount) in [("cpu", "8"), ("memory", "32Gi"), ("pods", "110")] {
        node.status.allocatable.insert(resource.into(), Quantity::parse(amount).unwrap());
    }
    node
}

/// A pod of the default namespace with one container and no requests.
pub fn pod(name: &str) -> Pod {
    let mut pod = Pod::default();
    pod.metadata.name = name.into();
    pod.metadata.namespace = "default".into();
    pod.metadata.uid = name.into();
    let spec = Rc::make_mut(&mut pod.spec);
    spec.containers =
        Rc::new(vec![Container { name: "c".into(), image: "c:1".into(), ..Default::default() }]);
    pod
}

/// The pod with requests.
pub fn asking(mut pod: Pod, requests: &[(&str, &str)]) -> Pod {
    let containers = Rc::make_mut(&mut Rc::make_mut(&mut pod.spec).containers);
    for (name, amount) in requests {
        containers[0].resources.requests.insert((*name).into(), Quantity::parse(amount).unwrap());
    }
    pod
}

/// The pod on a node.
pub fn on(mut pod: Pod, node: &str) -> Pod {
    Rc::make_mut(&mut pod.spec).node_name = node.into();
    pod
}

/// The pod with a priority.
pub fn of_priority(mut pod: Pod, priority: i32) -> Pod {
    Rc::make_mut(&mut pod.spec).priority = Some(priority);
    pod
}

/// A cluster of these nodes and pods.
pub fn world(nodes: &[Node], pods: &[Pod]) -> World {
    let mut world = World::new(1, Time::EPOCH);
    for node in nodes {
        world.restore(node.clone());
    }
    for pod in pods {
        world.restore(pod.clone());
    }
    world
}

/// Tries a pod with the default profile.
pub fn schedule(world: &World, pod: Pod) -> SchedulingTrace {
    let cache = Cache::of_world(world);
    let snapshot = Snapshot { cache: &cache, world, now: Time::EPOCH };
    let config = SchedulerConfig::default();
    let queue = QueueTrace::first(Time::EPOCH);
    let input = AttemptInput { profile: &config.profiles[0], queue, seed: 1, start: 0 };
    attempt(&snapshot, &Rc::new(PodInfo::new(Rc::new(pod))), &input).trace
}

/// The plugin that rejects a node, and its reasons; empty where none does.
pub fn verdict(trace: &SchedulingTrace, node: &str) -> (&'static str, String) {
    match trace.verdict(node) {
        Some(NodeVerdict::Rejected { plugin, rejection }) => (plugin, rejection.message()),
        _ => ("", String::new()),
    }
}

/// A plugin's final score of a node.
pub fn score(trace: &SchedulingTrace, plugin: &str, node: &str) -> Option<i64> {
    let scores = trace.scores(node)?;
    scores.iter().find(|score| score.plugin == plugin).map(|score| score.weighted())
}
