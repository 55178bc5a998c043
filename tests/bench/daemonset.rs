//! How long one sync of the DaemonSet controller takes: writes, API server, kubelets and scheduler kept out of the
//! time.
//!
//! The DaemonSet and the nodes are realistic: 6 labels a node, every 20th with a tolerated taint; one container
//! with resources and a volume, one toleration, maxUnavailable 10 %.

use super::clock::{SIZES, Watch, line, median};
use playground::api::{
    Condition, DaemonSet, Kind, Millis, Node, Object, ObjectKey, Pod, RUNNING, Time, set_condition,
};
use playground::cluster::{Component, Cx, Propagation, Wakes, WorkKey, World, Write};
use playground::controllers::daemonset::{DaemonSetController, State};
use serde_json::json;
use std::rc::Rc;

/// How often a sync is repeated for its median.
const REPEATS: usize = 21;

struct Bench {
    world: World,
    state: State,
    now: Time,
    /// Time spent in the controller: its handlers and its syncs.
    watch: Watch,
    syncs: u32,
}

pub fn run() {
    for nodes in SIZES {
        let name = |what: &str| format!("daemonset/{what}/{nodes}");
        let mut bench = Bench::new(nodes);
        // As upstream, one sync creates 250 pods at most: the first plans for all nodes and creates those.
        line(&name("first-sync"), median(REPEATS, || bench.timed_look()), "ms");
        bench.roll_out();
        line(&name("create-everything"), bench.watch.take(), "ms");
        line(&name("nothing-to-do"), median(REPEATS, || bench.timed_look()), "ms");
        let mut pod = 0;
        let one = median(REPEATS, || {
            pod += 7;
            bench.change_one_pod(pod % nodes);
            bench.watch.take() + bench.timed_look()
        });
        line(&name("one-pod-changed"), one, "ms");
        bench.roll_out();
        bench.watch.take();
        bench.template("registry.example/agent:2.0");
        bench.syncs = 0;
        bench.roll_out();
        line(&name("rolling-update"), bench.watch.take(), "ms");
        line(&name("rolling-update-syncs"), f64::from(bench.syncs), "syncs");
    }
}

impl Bench {
    fn new(nodes: usize) -> Self {
        let mut bench = Bench {
            world: World::new(1, Time::EPOCH),
            state: State::default(),
            now: Time::EPOCH,
            watch: Watch::default(),
            syncs: 0,
        };
        for number in 0..nodes {
            bench.write(Write::Create(node(number).into()));
        }
        bench.write(Write::Create(set("registry.example/agent:1.0").into()));
        bench
    }

    fn key() -> WorkKey {
        WorkKey::Object(ObjectKey::new(Kind::DaemonSet, "default", "agent"))
    }

    fn write(&mut self, write: Write) {
        let changed = self.world.write(write, self.now);
        let Bench { world, state, now, watch, .. } = self;
        watch.time(|| {
            for change in changed.iter().flatten() {
                DaemonSetController::observe(world, change, *now, state, &mut Wakes::default());
            }
        });
    }

    /// One look whose writes are thrown away, from a copy of the controller's state.
    fn timed_look(&self) -> f64 {
        let mut state = self.state.clone();
        let cx = Cx { world: &self.world, now: self.now, seed: 0, by_chance: false, step: 0 };
        let mut watch = Watch::default();
        drop(watch.time(|| DaemonSetController::reconcile(&cx, &mut state, &Self::key())));
        watch.take()
    }

    /// One sync with its writes done; says whether there were any.
    fn sync(&mut self) -> bool {
        self.syncs += 1;
        let cx = Cx { world: &self.world, now: self.now, seed: 0, by_chance: false, step: 0 };
        let state = &mut self.state;
        let outcome = self.watch.time(|| DaemonSetController::reconcile(&cx, state, &Self::key()));
        let acted = !outcome.writes.is_empty();
        outcome.writes.into_iter().for_each(|write| self.write(write));
        acted
    }

    /// Syncs and lets pods run and go until nothing is left to do.
    fn roll_out(&mut self) {
        let mut acted = true;
        while acted {
            acted = self.sync();
            self.now = self.now + Millis::seconds(1);
            let pods: Vec<Rc<Pod>> = self.world.pods().cloned().collect();
            for pod in pods {
                let key = ObjectKey::pod("default", &pod.metadata.name);
                if pod.metadata.is_terminating() {
                    let propagation = Propagation::Background;
                    self.write(Write::Delete { key, grace_seconds: Some(0), propagation });
                    acted = true;
                } else if let (None, Some(node)) = (pod.node(), pod.target_node()) {
                    self.write(Write::Bind { pod: key, node: node.into() });
                    self.ready(&pod.metadata.name, true);
                    acted = true;
                } else if !pod.is_ready() {
                    self.ready(&pod.metadata.name, true);
                    acted = true;
                }
            }
        }
    }

    fn ready(&mut self, name: &str, ready: bool) {
        let Some(pod) = self.world.pod("default", name) else { return };
        let mut pod = Pod::clone(pod);
        pod.status.phase = RUNNING.into();
        let ready = Condition::new("Ready", if ready { "True" } else { "False" }, "", "");
        set_condition(&mut pod.status.conditions, ready, self.now);
        self.write(Write::UpdateStatus(pod.into()));
    }

    fn change_one_pod(&mut self, index: usize) {
        let pod = self.world.pods().nth(index).map(|pod| (pod.metadata.name.clone(), pod.is_ready()));
        if let Some((name, ready)) = pod {
            self.ready(&name, !ready);
        }
    }

    fn template(&mut self, image: &str) {
        self.write(Write::Update(set(image).into()));
    }
}

fn node(number: usize) -> Node {
    let name = format!("node-{number:05}");
    let mut labels: std::collections::BTreeMap<String, String> = [
        ("kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "amd64"),
        ("topology.kubernetes.io/region", "eu-1"),
        ("node.kubernetes.io/instance-type", "m5"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    labels.insert("kubernetes.io/hostname".into(), name.clone());
    labels.insert("topology.kubernetes.io/zone".into(), format!("eu-1{}", number % 3));
    let taints = if number.is_multiple_of(20) {
        json!([{ "key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule" }])
    } else {
        json!([])
    };
    let value = json!({ "metadata": { "name": name, "labels": labels }, "spec": { "taints": taints } });
    serde_json::from_value(value).expect("it is a Node")
}

fn set(image: &str) -> DaemonSet {
    let value = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": "agent", "namespace": "default" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": "10%" } },
            "template": {
                "metadata": { "labels": { "app": "agent" } },
                "spec": {
                    "containers": [{
                        "name": "agent", "image": image,
                        "resources": {
                            "limits": { "memory": "200Mi" },
                            "requests": { "cpu": "100m", "memory": "200Mi" },
                        },
                        "volumeMounts": [{ "name": "varlog", "mountPath": "/var/log" }],
                    }],
                    "tolerations": [{
                        "key": "node-role.kubernetes.io/control-plane", "operator": "Exists", "effect": "NoSchedule",
                    }],
                    "volumes": [{ "name": "varlog", "hostPath": { "path": "/var/log" } }],
                },
            },
        },
    });
    let mut object = Object::from_json(value).expect("it is a DaemonSet");
    playground::api::defaults::apply(&mut object);
    object.as_daemon_set().map(|set| DaemonSet::clone(set)).expect("it is a DaemonSet")
}
