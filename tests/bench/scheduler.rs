//! How fast the scheduler decides, traces included: its handlers and its attempts, the API server kept out of the time.
//! Nodes of 8 cpu, 32Gi, 110 pods in 3 zones; pods of 100m, 200Mi.

use super::clock::{SIZES, Watch, line, median};
use playground::api::{
    Affinity, Container, Node, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Object,
    ObjectKey, Pod, Quantity, Stored, Time,
};
use playground::cluster::{Change, Component, Cx, Wakes, WorkKey, World, Write};
use playground::scheduler::{Scheduler, SchedulerState, SchedulerTrace};
use serde_json::json;
use std::rc::Rc;

/// As many for each size: those of one DaemonSet on 5,000 nodes, of 50 on 100 nodes.
const PINNED_PODS: usize = 5_000;
const ORDINARY_PODS: usize = 1_000;
const VICTIMS_PER_NODE: usize = 8;

struct Bench {
    world: World,
    state: SchedulerState,
    now: Time,
    watch: Watch,
    /// Kept, as a timeline keeps them.
    traces: Vec<SchedulerTrace>,
}

pub fn run() {
    for nodes in SIZES {
        let rate = best(|| {
            let mut bench = Bench::new(nodes);
            let pinned = (0..PINNED_PODS).map(|at| pinned(&format!("d{at}"), &node_name(at % nodes)));
            bench.rate(pinned.collect())
        });
        line(&format!("scheduler/pinned/{nodes}"), rate, "pods/s");
    }
    for (mode, percentage) in [("sampled", None), ("all", Some(100))] {
        for nodes in SIZES {
            let rate = best(|| {
                let mut bench = Bench::new(nodes);
                if let Some(percentage) = percentage {
                    bench.configure(percentage);
                }
                bench.rate((0..ORDINARY_PODS).map(|at| pod(&format!("p{at}"), "100m")).collect())
            });
            line(&format!("scheduler/ordinary-{mode}/{nodes}"), rate, "pods/s");
        }
    }
    for nodes in SIZES {
        line(&format!("scheduler/preemption/{nodes}"), median(15, || preemption(nodes)), "ms");
    }
}

/// The best of some runs: other work on the machine only slows them.
fn best(rate: impl FnMut() -> f64) -> f64 {
    std::iter::repeat_with(rate).take(3).fold(0.0, f64::max)
}

/// One failing attempt with preemption among full nodes.
fn preemption(nodes: usize) -> f64 {
    let mut bench = Bench::new(nodes);
    for at in 0..nodes {
        for slot in 0..VICTIMS_PER_NODE {
            let mut low = pod(&format!("low-{at}-{slot}"), "1");
            let spec = Rc::make_mut(&mut low.spec);
            spec.node_name = node_name(at).into();
            spec.priority = Some(-1);
            bench.put(low.into());
        }
    }
    let mut high = pod("high", "1");
    Rc::make_mut(&mut high.spec).priority = Some(1000);
    bench.put(high.into());
    bench.watch.take();
    bench.look();
    bench.watch.take()
}

impl Bench {
    fn new(nodes: usize) -> Self {
        let mut bench = Bench {
            world: World::new(1, Time::EPOCH),
            state: SchedulerState::default(),
            now: Time::EPOCH,
            watch: Watch::default(),
            traces: Vec::new(),
        };
        for at in 0..nodes {
            bench.put(node(at).into());
        }
        // The order of the nodes is made with the first look.
        bench.look();
        bench
    }

    fn configure(&mut self, percentage: i32) {
        let document = json!({
            "apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
            "metadata": {"name": "config", "namespace": "default"}, "percentageOfNodesToScore": percentage,
        });
        let stored: Stored = serde_json::from_value(document).expect("the document is an object");
        self.put(Object::Stored(Rc::new(stored)));
    }

    /// Creates an object as it stands, without admission.
    fn put(&mut self, object: Object) {
        let change = self.world.restore(object);
        self.observe(&change);
    }

    fn observe(&mut self, change: &Change) {
        let Bench { world, state, now, watch, .. } = self;
        watch.time(|| Scheduler::observe(world, change, *now, state, &mut Wakes::default()));
    }

    fn look(&mut self) {
        let cx = Cx { world: &self.world, now: self.now, seed: 1, by_chance: false, step: 0 };
        let state = &mut self.state;
        let outcome = self.watch.time(|| Scheduler::reconcile(&cx, state, &WorkKey::Next));
        self.traces.push(outcome.trace);
        for write in outcome.writes {
            if let Write::Bind { .. } = write {
                let bound = self.world.write(write, self.now).expect("the pod can be bound");
                let change = bound.expect("binding changes the pod");
                self.observe(&change);
            }
        }
    }

    /// Pods a second, from their arrival to the view of the bound pod.
    fn rate(&mut self, pods: Vec<Pod>) -> f64 {
        let count = pods.len();
        self.watch.take();
        let keys: Vec<ObjectKey> =
            pods.iter().map(|pod| ObjectKey::pod("default", &pod.metadata.name)).collect();
        for pod in pods {
            self.put(pod.into());
        }
        for _ in 0..count {
            self.look();
        }
        let is_bound = |key: &ObjectKey| {
            self.world.pod(&key.namespace, &key.name).is_some_and(|pod| pod.node().is_some())
        };
        assert!(keys.iter().all(is_bound), "every pod found a node");
        count as f64 * 1000.0 / self.watch.take()
    }
}

fn node_name(at: usize) -> String {
    format!("node-{at:05}")
}

fn quantity(text: &str) -> Quantity {
    Quantity::parse(text).expect("the quantity is well formed")
}

fn node(at: usize) -> Node {
    let mut node = Node::default();
    node.metadata.name = node_name(at).into();
    for (key, value) in [
        ("kubernetes.io/hostname", node_name(at)),
        ("kubernetes.io/os", "linux".into()),
        ("kubernetes.io/arch", "amd64".into()),
        ("topology.kubernetes.io/zone", format!("zone-{}", at % 3)),
    ] {
        node.metadata.labels.insert(key.into(), value.into());
    }
    for (resource, amount) in [("cpu", "8"), ("memory", "32Gi"), ("pods", "110")] {
        node.status.allocatable.insert(resource.into(), quantity(amount));
    }
    node
}

fn pod(name: &str, cpu: &str) -> Pod {
    let mut pod = Pod::default();
    pod.metadata.name = name.into();
    pod.metadata.namespace = "default".into();
    pod.metadata.uid = name.into();
    let mut container =
        Container { name: "c".into(), image: "registry.example/app:1.0".into(), ..Default::default() };
    for (resource, amount) in [("cpu", cpu), ("memory", "200Mi")] {
        container.resources.requests.insert(resource.into(), quantity(amount));
    }
    Rc::make_mut(&mut pod.spec).containers = Rc::new(vec![container]);
    pod
}

fn pinned(name: &str, node: &str) -> Pod {
    let mut pod = pod(name, "100m");
    let term = NodeSelectorTerm {
        match_fields: vec![NodeSelectorRequirement::new("metadata.name", "In", &[node])],
        ..Default::default()
    };
    let required = NodeSelector { node_selector_terms: vec![term], ..Default::default() };
    let affinity = Affinity {
        node_affinity: Some(NodeAffinity { required: Some(required), ..Default::default() }),
        ..Default::default()
    };
    Rc::make_mut(&mut pod.spec).affinity = Some(Rc::new(affinity));
    pod
}
