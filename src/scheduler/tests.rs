//! The loop: what wakes a pod, what is written, what comes to rest.

use super::plugins::testing::{asking, node, of_priority, on, pod};
use super::*;
use crate::api::{PodSchedulingGate, Stored, Taint};
use crate::cluster::Propagation;

/// A cluster and its scheduler, without anybody else.
struct Cluster {
    world: World,
    state: SchedulerState,
    now: Time,
    /// When the scheduler is to look next.
    due: Option<Time>,
    traces: Vec<Rc<SchedulingTrace>>,
}

impl Cluster {
    fn new(nodes: &[Node]) -> Self {
        let world = World::new(1, Time::EPOCH);
        let state = SchedulerState::default();
        let mut cluster = Cluster { world, state, now: Time::EPOCH, due: None, traces: Vec::new() };
        for node in nodes {
            cluster.write(Write::Create(node.clone().into())).unwrap();
        }
        cluster
    }

    fn write(&mut self, write: Write) -> Written {
        let change = self.world.write(write, self.now)?;
        if let Some(change) = &change {
            let mut wakes = Wakes::default();
            Scheduler::observe(&self.world, change, self.now, &mut self.state, &mut wakes);
            self.take(wakes);
        }
        Ok(change)
    }

    fn take(&mut self, mut wakes: Wakes) {
        let asked = wakes.drain().map(|(_, delay)| self.now + delay);
        self.due = self.due.into_iter().chain(asked).min();
    }

    fn create(&mut self, pod: Pod) {
        let mut pod = pod;
        let priority = Rc::make_mut(&mut pod.spec).priority.take();
        let key = ObjectKey::pod("default", &pod.metadata.name);
        self.write(Write::Create(pod.into())).unwrap();
        // Admission takes priorities from classes only.
        let Some(Object::Pod(mut pod)) = self.world.get(&key) else { panic!("the pod was created") };
        Rc::make_mut(&mut Rc::make_mut(&mut pod).spec).priority = priority;
        let change = self.world.restore(Object::Pod(pod));
        let mut wakes = Wakes::default();
        Scheduler::observe(&self.world, &change, self.now, &mut self.state, &mut wakes);
        self.take(wakes);
    }

    /// Lets the scheduler look until nothing is due before some time.
    fn run_until(&mut self, end: Time) {
        while let Some(due) = self.due.filter(|due| *due <= end) {
            self.now = self.now.max(due);
            self.due = None;
            let cx = Cx { world: &self.world.clone(), now: self.now, seed: 1, by_chance: false, step: 0 };
            let outcome = Scheduler::reconcile(&cx, &mut self.state, &WorkKey::Next);
            self.due = outcome.requeue_after.map(|delay| self.now + delay);
            self.traces.extend(outcome.trace.attempt().cloned());
            let results: Vec<_> =
                outcome.writes.into_iter().map(|write| (write.clone(), self.write(write))).collect();
            let mut wakes = Wakes::default();
            let cx = Cx { world: &self.world.clone(), ..cx };
            let more = Scheduler::written(&cx, &mut self.state, &WorkKey::Next, &results, &mut wakes);
            self.take(wakes);
            for write in more {
                self.write(write).unwrap();
            }
        }
        self.now = self.now.max(end);
    }

    fn run(&mut self, seconds: i64) {
        self.run_until(self.now + Millis::seconds(seconds));
    }

    fn pod(&self, name: &str) -> Rc<Pod> {
        Rc::clone(self.world.pod("default", name).unwrap())
    }

    fn change_node(&mut self, name: &str, change: impl FnOnce(&mut Node)) {
        let mut node = Node::clone(self.world.node(name).unwrap());
        change(&mut node);
        self.write(Write::Update(node.into())).unwrap();
    }

    fn told(&self, reason: &str) -> Vec<String> {
        let told = self.world.events().filter(|event| event.reason == reason);
        told.map(|event| event.message.to_string()).collect()
    }
}

fn tainted(name: &str) -> Node {
    let mut node = node(name);
    node.spec.taints.push(Taint::new("gpu", "true", "NoSchedule"));
    node
}

#[test]
fn a_pod_that_fits_is_bound_and_told_of() {
    let mut cluster = Cluster::new(&[node("n1")]);
    cluster.create(pod("p"));
    cluster.run(1);
    assert_eq!(cluster.pod("p").node(), Some("n1"));
    assert_eq!(cluster.told("Scheduled"), ["Successfully assigned default/p to n1"]);
    assert_eq!(cluster.due, None, "there is nothing left to do");
}

#[test]
fn an_idle_scheduler_tries_a_pod_again_as_soon_as_its_taint_goes_though_it_is_held_back() {
    let mut cluster = Cluster::new(&[tainted("n1")]);
    cluster.create(pod("p"));
    cluster.run_until(Time::EPOCH + Millis(200));
    let condition = cluster.pod("p").condition("PodScheduled").cloned().unwrap();
    assert_eq!((condition.status.as_str(), condition.reason.as_str()), ("False", "Unschedulable"));
    assert_eq!(cluster.told("FailedScheduling"), [condition.message]);
    cluster.change_node("n1", |node| node.metadata.labels = crate::api::Labels::default());
    let flush = Time::EPOCH + Millis::seconds(300);
    assert_eq!(cluster.due, Some(flush), "a label cannot help against a taint: it waits to be flushed");
    cluster.change_node("n1", |node| node.spec.taints.clear());
    cluster.run(1);
    assert_eq!(cluster.pod("p").node(), Some("n1"));
    let queue = &cluster.traces[1].queue;
    // One second, up to the end of the second in which it ends.
    assert_eq!((queue.attempt, queue.backed_off_until), (2, Some(Time::EPOCH + Millis(2000))));
    let Woken::Event { what, plugin, object, .. } = &queue.woken else { panic!("{:?}", queue.woken) };
    assert_eq!(
        (&**what, *plugin, &*object.name),
        ("lost taint gpu=true:NoSchedule", "TaintToleration", "n1")
    );
}

#[test]
fn back_off_doubles_with_each_attempt() {
    let mut cluster = Cluster::new(&[node("n1")]);
    cluster.create(asking(pod("p"), &[("cpu", "9")]));
    for cpu in 0..5 {
        cluster.run(0);
        // Room that is still too little elsewhere: a node that fits by itself, but is full.
        let name = format!("m{cpu}");
        let mut big = node(&name);
        big.status.allocatable.insert("cpu".into(), crate::api::Quantity::from_milli(9000));
        cluster.world.restore(on(asking(pod(&name), &[("cpu", "1")]), &name));
        cluster.write(Write::Create(big.into())).unwrap();
        cluster.run(11);
    }
    let held: Vec<i64> = cluster
        .traces
        .windows(2)
        .filter_map(|pair| Some((pair[1].queue.backed_off_until? - pair[1].queue.queued_at).0))
        .collect();
    let seconds: Vec<i64> = held.iter().map(|held| (held - 1) / 1000).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 10], "and up to a second more: {held:?}");
}

#[test]
fn a_busy_scheduler_holds_a_pod_back_even_of_a_higher_priority() {
    let mut cluster = Cluster::new(&[tainted("n1"), node("n2")]);
    let mut picky = of_priority(pod("picky"), 100);
    Rc::make_mut(&mut picky.spec).node_selector.insert("kubernetes.io/hostname".into(), "n1".into());
    cluster.create(picky);
    cluster.run(0);
    for name in ["a", "b"] {
        cluster.create(pod(name));
    }
    cluster.change_node("n1", |node| node.spec.taints.clear());
    cluster.run(1);
    let order: Vec<_> = cluster.traces.iter().map(|trace| trace.pod.name.to_string()).collect();
    assert_eq!(order, ["picky", "a", "b", "picky"]);
    assert_eq!(cluster.pod("picky").node(), Some("n1"));
}

#[test]
fn pods_of_other_schedulers_are_left_alone() {
    let mut cluster = Cluster::new(&[node("n1")]);
    let mut other = pod("p");
    Rc::make_mut(&mut other.spec).scheduler_name = "my-scheduler".into();
    cluster.create(other);
    cluster.run(1);
    assert!(cluster.pod("p").node().is_none() && cluster.traces.is_empty());
}

#[test]
fn a_gated_pod_is_tried_when_its_last_gate_goes() {
    let mut cluster = Cluster::new(&[node("n1")]);
    let mut gated = pod("p");
    let gate = PodSchedulingGate { name: "example.com/wait".into(), ..Default::default() };
    Rc::make_mut(&mut gated.spec).scheduling_gates.push(gate);
    cluster.create(gated);
    cluster.run(400);
    assert!(cluster.traces.is_empty());
    assert_eq!(cluster.pod("p").condition("PodScheduled").unwrap().reason, "SchedulingGated");
    let mut freed = Pod::clone(&cluster.pod("p"));
    Rc::make_mut(&mut freed.spec).scheduling_gates.clear();
    cluster.write(Write::Update(freed.into())).unwrap();
    cluster.run(1);
    assert_eq!(cluster.pod("p").node(), Some("n1"));
}

#[test]
fn higher_priorities_go_first_and_equals_in_order_of_arrival() {
    let mut cluster = Cluster::new(&[node("n1")]);
    for (name, priority) in [("a", 0), ("b", 10), ("c", 0), ("d", 10)] {
        cluster.create(of_priority(pod(name), priority));
    }
    cluster.run(1);
    let order: Vec<_> = cluster.traces.iter().map(|trace| trace.pod.name.to_string()).collect();
    assert_eq!(order, ["b", "d", "a", "c"]);
}

#[test]
fn victims_end_with_their_grace_and_the_pod_then_takes_their_place() {
    let mut cluster = Cluster::new(&[node("n1")]);
    cluster.create(on(of_priority(asking(pod("low"), &[("cpu", "8")]), 1), "n1"));
    cluster.create(of_priority(asking(pod("high"), &[("cpu", "8")]), 100));
    cluster.run(0);
    let victim = cluster.pod("low");
    assert_eq!(victim.condition("DisruptionTarget").unwrap().reason, "PreemptionByScheduler");
    assert_eq!(victim.metadata.deletion_grace_period_seconds, Some(30));
    assert_eq!(cluster.pod("high").status.nominated_node_name, "n1");
    let uid = cluster.pod("high").metadata.uid.clone();
    assert_eq!(cluster.told("Preempted"), [format!("Preempted by pod {uid} on node n1")]);
    cluster.create(of_priority(asking(pod("late"), &[("cpu", "1")]), 50));
    cluster.run(30);
    let gone = Write::Delete {
        key: ObjectKey::pod("default", "low"),
        grace_seconds: Some(0),
        propagation: Propagation::Background,
    };
    // The kubelet's part.
    cluster.write(gone).unwrap();
    cluster.run(20);
    let high = cluster.pod("high");
    assert_eq!((high.node(), high.status.nominated_node_name.as_str()), (Some("n1"), ""));
    assert_eq!(cluster.pod("late").node(), None, "the room was not for it");
}

#[test]
fn a_cluster_with_a_pod_that_fits_nowhere_comes_to_rest() {
    let mut cluster = Cluster::new(&[tainted("n1")]);
    cluster.create(pod("p"));
    cluster.run(1);
    assert_eq!((cluster.traces.len(), cluster.due), (1, None));
    cluster.change_node("n1", |node| drop(node.metadata.labels.insert("a".into(), "b".into())));
    cluster.create(pod("q"));
    cluster.run(600);
    let again: Vec<_> = cluster.traces.iter().filter(|trace| &*trace.pod.name == "p").collect();
    assert_eq!(again.last().map(|trace| trace.queue.woken.clone()), Some(Woken::Timeout));
    assert_eq!((again.len(), cluster.due), (2, None), "one more try after 5 minutes, for something changed");
}

#[test]
fn the_first_node_wakes_a_pod_that_found_none() {
    let mut cluster = Cluster::new(&[]);
    cluster.create(pod("p"));
    cluster.run(1);
    assert_eq!(cluster.told("FailedScheduling"), ["no nodes available to schedule pods"]);
    cluster.write(Write::Create(node("n1").into())).unwrap();
    cluster.run(2);
    assert_eq!(cluster.pod("p").node(), Some("n1"));
}

#[test]
fn a_configuration_changes_the_profile_and_its_deletion_brings_the_default_back() {
    let mut cluster = Cluster::new(&[tainted("n1")]);
    let document = serde_json::json!({
        "apiVersion": "kubescheduler.config.k8s.io/v1", "kind": "KubeSchedulerConfiguration",
        "metadata": {"name": "config", "namespace": "default"},
        "profiles": [{"plugins": {"filter": {"disabled": [{"name": "TaintToleration"}]}}}],
    });
    let stored: Stored = serde_json::from_value(document).unwrap();
    let object = Object::Stored(Rc::new(stored));
    cluster.create(pod("p"));
    cluster.run(1);
    assert!(cluster.pod("p").node().is_none());
    cluster.write(Write::Create(object.clone())).unwrap();
    cluster.run(1);
    assert_eq!(cluster.pod("p").node(), Some("n1"));
    cluster.write(Write::delete(object.key())).unwrap();
    cluster.create(pod("q"));
    cluster.run(1);
    assert!(cluster.pod("q").node().is_none());
}

#[test]
fn a_refused_binding_is_told_of_and_tried_again() {
    let mut cluster = Cluster::new(&[node("n1")]);
    cluster.create(pod("p"));
    let world = cluster.world.clone();
    let cx = Cx { world: &world, now: cluster.now, seed: 1, by_chance: false, step: 0 };
    let outcome = Scheduler::reconcile(&cx, &mut cluster.state, &WorkKey::Next);
    let refused = crate::cluster::ApiError::Conflict(ObjectKey::pod("default", "p"));
    let results: Vec<_> = outcome.writes.into_iter().map(|write| (write, Err(refused.clone()))).collect();
    let mut wakes = Wakes::default();
    let told = Scheduler::written(&cx, &mut cluster.state, &WorkKey::Next, &results, &mut wakes);
    assert_eq!(told.len(), 2, "an event and a condition");
    assert_eq!(
        wakes.drain().collect::<Vec<_>>(),
        [(WorkKey::Next, Millis(2000))],
        "an error is not tried again early"
    );
}

#[test]
fn a_taint_that_goes_wakes_pods_that_other_plugins_rejected_too() {
    let mut cluster = Cluster::new(&[tainted("n1"), node("n2")]);
    cluster.create(asking(pod("p"), &[("cpu", "9")]));
    cluster.run(1);
    cluster.change_node("n1", |node| node.spec.taints.clear());
    cluster.run(1);
    let Woken::Event { plugin, kind, .. } = &cluster.traces[1].queue.woken else {
        panic!("woken by an event")
    };
    assert_eq!((*plugin, *kind), ("TaintToleration", EventKind::NodeTaint));
    let mut cluster = Cluster::new(&[node("n2")]);
    cluster.create(asking(pod("p"), &[("cpu", "9")]));
    cluster.run(1);
    cluster.change_node("n2", |node| node.spec.taints.push(Taint::new("gpu", "true", "PreferNoSchedule")));
    cluster.run(1);
    let Woken::Event { plugin, .. } = &cluster.traces[1].queue.woken else { panic!("woken by an event") };
    assert_eq!(
        *plugin, "NodeResourcesFit",
        "upstream registers changes of taints for all that wait for nodes"
    );
}

#[test]
fn a_failed_ranking_is_an_error_that_is_tried_again_later() {
    let mut cluster = Cluster::new(&[node("n1"), node("n2")]);
    let mut picky = pod("p");
    let affinity = serde_json::json!({"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 1, "preference": {"matchExpressions": [{"key": "cores", "operator": "Gt", "values": ["x"]}]}},
    ]}});
    Rc::make_mut(&mut picky.spec).affinity = Some(Rc::new(serde_json::from_value(affinity).unwrap()));
    cluster.create(picky);
    cluster.run(1);
    let condition = cluster.pod("p").condition("PodScheduled").cloned().unwrap();
    assert_eq!(condition.reason, "SchedulerError");
    assert_eq!(cluster.traces.len(), 1);
    cluster.run(2);
    assert_eq!(cluster.traces[1].queue.woken, Woken::Retry);
}

#[test]
fn a_gated_pod_keeps_no_room_even_if_it_is_nominated() {
    let mut gated = of_priority(asking(pod("gated"), &[("cpu", "8")]), 100);
    let gate = PodSchedulingGate { name: "example.com/wait".into(), ..Default::default() };
    Rc::make_mut(&mut gated.spec).scheduling_gates.push(gate);
    gated.status.nominated_node_name = "n1".into();
    let with = |waiting: Pod| {
        let world = plugins::testing::world(&[node("n1")], &[waiting]);
        plugins::testing::schedule(&world, asking(pod("p"), &[("cpu", "1")])).node().is_some()
    };
    assert!(with(gated.clone()));
    Rc::make_mut(&mut gated.spec).scheduling_gates.clear();
    assert!(!with(gated));
}

#[test]
fn nominations_of_lower_priority_end_before_the_victims_and_not_if_all_are_ending() {
    use super::plugins::testing::world;
    let victim = on(of_priority(asking(pod("old"), &[("cpu", "8")]), 1), "n1");
    let mut waiting = of_priority(asking(pod("waiting"), &[("cpu", "8")]), 50);
    waiting.status.nominated_node_name = "n1".into();
    let wanted = of_priority(asking(pod("p"), &[("cpu", "8")]), 100);
    let written = |victim: &Pod| -> Vec<String> {
        let world = world(&[node("n1")], &[victim.clone(), waiting.clone()]);
        let trace = plugins::testing::schedule(&world, wanted.clone());
        let cache = Cache::of_world(&world);
        let snapshot = Snapshot { cache: &cache, world: &world, now: Time::EPOCH };
        let chosen = trace.preemption.as_ref().and_then(|preemption| preemption.chosen()).unwrap();
        let writes = preemption::writes(&snapshot, &wanted, chosen);
        let name = |write: &Write| match write {
            Write::UpdateStatus(object) => format!("status of {}", object.key().name),
            Write::Delete { key, .. } => format!("delete {}", key.name),
            _ => "event".into(),
        };
        writes.iter().map(name).collect()
    };
    assert_eq!(written(&victim), ["status of waiting", "status of old", "delete old", "event"]);
    let mut ending = victim;
    ending.metadata.deletion_timestamp = Some(Time::EPOCH);
    assert_eq!(written(&ending), [""; 0]);
}
