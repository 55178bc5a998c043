//! The controller in a small cluster: a story told step by step, and random ones.

use super::node::DeleteReason;
use super::rollout::RolloutTrace;
use super::trace::{KeepReason, PodDecision, SyncTrace};
use super::*;
use crate::api::{
    Condition, IntOrString, Node, PENDING, RUNNING, RollingUpdateDaemonSet, Taint, Toleration, set_condition,
};
use crate::cluster::{Propagation, World};
use history::RevisionOrigin;
use plan::BURST;

/// A world, the controller, and hands that play the other components.
struct Cluster {
    world: World,
    state: State,
    now: Time,
}

impl Cluster {
    fn new(nodes: usize) -> Self {
        let mut cluster =
            Cluster { world: World::new(3, Time::EPOCH), state: State::default(), now: Time::EPOCH };
        for number in 0..nodes {
            cluster.write(Write::Create(node(&format!("n{number:03}"), &[]).into()));
        }
        cluster.write(Write::Create(set("agent:1").into()));
        cluster
    }

    fn try_write(&mut self, write: Write) -> Written {
        let result = self.world.write(write, self.now);
        for change in result.iter().flatten() {
            let mut wakes = Wakes::default();
            DaemonSetController::observe(&self.world, change, self.now, &mut self.state, &mut wakes);
        }
        result
    }

    fn write(&mut self, write: Write) {
        self.try_write(write).expect("the write is accepted");
    }

    fn set(&self) -> DaemonSet {
        DaemonSet::clone(self.world.daemon_set("default", "agent").expect("the DaemonSet is there"))
    }

    fn update(&mut self, change: impl FnOnce(&mut DaemonSet)) {
        let mut set = self.set();
        change(&mut set);
        self.write(Write::Update(set.into()));
    }

    fn template(&mut self, image: &str) {
        self.update(|set| set.spec.template = self::set(image).spec.template);
    }

    fn look(&mut self) -> Reconciled<DaemonSetTrace> {
        let cx = Cx { world: &self.world, now: self.now, seed: 0, by_chance: false, step: 0 };
        DaemonSetController::reconcile(&cx, &mut self.state, &key())
    }

    /// One sync with its writes done; gives back its trace and the events it told.
    fn sync(&mut self) -> (Rc<SyncTrace>, Vec<String>) {
        let Reconciled { writes, trace, .. } = self.look();
        let mut results = Vec::new();
        for write in writes {
            let result = self.try_write(write.clone());
            results.push((write, result));
        }
        let mut told = Vec::new();
        let cx = Cx { world: &self.world, now: self.now, seed: 0, by_chance: false, step: 0 };
        let answers =
            DaemonSetController::written(&cx, &mut self.state, &key(), &results, &mut Wakes::default());
        let writes = results.into_iter().map(|(write, _)| write);
        for write in writes.chain(answers) {
            if let Write::Event { reason, message, .. } = write {
                told.push(format!("{reason} {message}"));
            }
        }
        match trace.sync {
            Sync::Done(trace) => (trace, told),
            other => panic!("expected a sync, found {other:?}"),
        }
    }

    fn set_phase(&mut self, name: &str, phase: &str, ready: bool) {
        let Some(pod) = self.world.pod("default", name).cloned() else { return };
        let mut pod = Rc::unwrap_or_clone(pod);
        pod.status.phase = phase.into();
        let ready = Condition::new("Ready", if ready { "True" } else { "False" }, "", "");
        set_condition(&mut pod.status.conditions, ready, self.now);
        self.write(Write::UpdateStatus(pod.into()));
    }

    fn vanish(&mut self, name: &str) {
        let key = ObjectKey::pod("default", name);
        let delete = Write::Delete { key, grace_seconds: Some(0), propagation: Propagation::Background };
        let _ = self.try_write(delete);
    }

    fn bind(&mut self, pod: &Pod) {
        if let (None, Some(node)) = (pod.node(), pod.target_node()) {
            let key = ObjectKey::pod("default", &pod.metadata.name);
            self.write(Write::Bind { pod: key, node: node.into() });
        }
    }

    /// What scheduler and kubelets do: pods run and get ready, terminating ones go.
    fn kubelets(&mut self) {
        for pod in self.pods() {
            if pod.metadata.is_terminating() {
                self.vanish(&pod.metadata.name);
            } else if !pod.is_finished() && !pod.is_ready() {
                self.bind(&pod);
                self.set_phase(&pod.metadata.name, RUNNING, true);
            }
        }
    }

    fn pods(&self) -> Vec<Rc<Pod>> {
        self.world.pods().cloned().collect()
    }

    fn tick(&mut self, seconds: i64) {
        self.now = self.now + Millis::seconds(seconds);
    }

    /// Syncs and lets pods get ready until nothing is left to do.
    fn settle(&mut self) -> usize {
        for rounds in 0..200 {
            let (trace, _) = self.sync();
            let before = self.world.revision();
            self.tick(1);
            self.kubelets();
            if trace.is_idle() && self.world.revision() == before {
                return rounds;
            }
        }
        panic!("it does not settle");
    }
}

fn key() -> WorkKey {
    WorkKey::Object(ObjectKey::new(Kind::DaemonSet, "default", "agent"))
}

fn node(name: &str, taints: &[&str]) -> Node {
    let mut node = Node::default();
    node.metadata.name = name.into();
    node.spec.taints = taints.iter().map(|effect| Taint::new("t", "", effect)).collect();
    node
}

fn set(image: &str) -> DaemonSet {
    let value = serde_json::json!({
        "metadata": { "name": "agent", "namespace": "default" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "revisionHistoryLimit": 2,
            "updateStrategy": { "type": "RollingUpdate", "rollingUpdate": { "maxUnavailable": 1, "maxSurge": 0 } },
            "template": {
                "metadata": { "labels": { "app": "agent" } },
                "spec": { "containers": [{ "name": "agent", "image": image }] },
            },
        },
    });
    serde_json::from_value(value).expect("it is a DaemonSet")
}

fn rolling(max_unavailable: &str, max_surge: i32) -> RollingUpdateDaemonSet {
    let max_unavailable = match max_unavailable.parse() {
        Ok(number) => IntOrString::Int(number),
        Err(_) => IntOrString::String(max_unavailable.into()),
    };
    RollingUpdateDaemonSet {
        max_unavailable: Some(max_unavailable),
        max_surge: Some(IntOrString::Int(max_surge)),
        ..Default::default()
    }
}

#[test]
fn the_first_sync_makes_a_revision_and_a_pod_for_each_node_and_tells_their_names() {
    let mut cluster = Cluster::new(3);
    let (trace, told) = cluster.sync();
    assert_eq!(trace.history.origin, RevisionOrigin::Created(1));
    let nodes: Vec<&str> = trace.creates.iter().map(|create| &*create.node).collect();
    assert_eq!(nodes, ["n000", "n001", "n002"]);
    assert_eq!(trace.rollout, RolloutTrace::Postponed);
    let names: Vec<String> = cluster
        .pods()
        .iter()
        .map(|pod| format!("SuccessfulCreate Created pod: {}", pod.metadata.name))
        .collect();
    let mut told = told;
    told.sort();
    assert_eq!(told, names);
    assert_eq!(trace.status_after.collision_count, None, "it stays null unless a collision happens");
    cluster.kubelets();
    cluster.sync();
    let (idle, told) = cluster.sync();
    assert!(idle.is_idle() && told.is_empty(), "nothing is left to do");
}

#[test]
fn pods_are_stored_with_the_defaults_that_a_template_does_not_get() {
    let mut cluster = Cluster::new(1);
    cluster.update(|set| {
        let spec = serde_json::json!({
            "hostNetwork": true,
            "containers": [{
                "name": "agent", "image": "agent:1", "ports": [{ "containerPort": 9100 }],
                "resources": { "limits": { "memory": "300Mi" } },
            }],
        });
        Rc::make_mut(&mut set.spec.template).spec = serde_json::from_value(spec).expect("a spec");
    });
    cluster.sync();
    let stored = Object::Pod(cluster.pods()[0].clone()).to_json();
    let container = &stored["spec"]["containers"][0];
    assert_eq!(container["resources"]["requests"]["memory"], "300Mi", "the scheduler counts it");
    assert_eq!(container["ports"][0]["hostPort"], 9100, "two of them cannot be on a node");
    assert_eq!(stored["spec"]["enableServiceLinks"], true);
    let mut again = Object::Pod(cluster.pods()[0].clone());
    crate::api::defaults::apply(&mut again);
    assert_eq!(again.to_json(), stored, "so an update of it changes nothing else");
}

#[test]
fn one_sync_creates_no_more_than_a_burst() {
    let mut cluster = Cluster::new(BURST + 7);
    let (first, _) = cluster.sync();
    assert_eq!((first.creates.len(), first.later_creates), (BURST, 7));
    assert!(first.node("n256").is_some_and(|story| story.create_later));
    let (second, _) = cluster.sync();
    assert_eq!((second.creates.len(), second.later_creates), (7, 0));
}

#[test]
fn after_a_refused_creation_upstream_would_have_stopped_so_no_more_is_told() {
    let mut cluster = Cluster::new(9);
    cluster.update(|set| {
        let template = Rc::make_mut(&mut set.spec.template);
        Rc::make_mut(&mut template.spec).priority_class_name = "absent".into();
    });
    let (trace, told) = cluster.sync();
    assert_eq!(trace.creates.len(), 9);
    let forbidden = "FailedCreate Error creating: pods \"agent-";
    assert_eq!(told.len(), 1, "the first batch is one creation: {told:?}");
    assert!(
        told[0].starts_with(forbidden) && told[0].ends_with("no PriorityClass with name absent was found")
    );
    for wait in [5, 10, 20] {
        let later = cluster.look().requeue_after;
        assert_eq!(later, Some(Millis(wait)), "each failure waits twice as long as the one before");
        cluster.now = cluster.now + Millis(wait);
        cluster.sync();
    }
}

#[test]
fn a_percentage_is_rounded_up_and_the_trace_shows_the_sum() {
    let mut cluster = Cluster::new(7);
    cluster.update(|set| set.spec.update_strategy.rolling_update = Some(rolling("10%", 0)));
    cluster.settle();
    cluster.template("agent:2");
    let (trace, _) = cluster.sync();
    let RolloutTrace::Unavailable(budget) = &trace.rollout else { panic!("{:?}", trace.rollout) };
    let bound = (budget.bound.of, budget.bound.value, budget.bound.raised_to_one);
    assert_eq!(bound, (7, 1, false), "0.7 is rounded up");
    assert_eq!((budget.unavailable, budget.left, budget.candidates, budget.taken), (0, 1, 7, 1));
    assert_eq!(trace.deletes[0].reason, DeleteReason::Outdated);
    let waiting = trace.node("n003").expect("it has a pod").pods[0].1;
    assert_eq!(waiting, PodDecision::Keep(KeepReason::WaitsForBudget));
}

#[test]
fn bounds_that_both_come_to_nothing_become_one() {
    let mut cluster = Cluster::new(2);
    cluster.settle();
    cluster.template("agent:2");
    // The API server refuses such a set today; an older one may be stored.
    let mut set = cluster.set();
    set.spec.update_strategy.rolling_update = Some(rolling("0", 0));
    cluster.world.restore(set);
    let (trace, _) = cluster.sync();
    let RolloutTrace::Unavailable(budget) = &trace.rollout else { panic!("{:?}", trace.rollout) };
    assert!(budget.bound.raised_to_one && trace.deletes.len() == 1);
}

#[test]
fn on_delete_waits_for_somebody_to_delete() {
    let mut cluster = Cluster::new(2);
    cluster.update(|set| set.spec.update_strategy.type_ = "OnDelete".into());
    cluster.settle();
    cluster.template("agent:2");
    let (trace, _) = cluster.sync();
    assert_eq!(trace.rollout, RolloutTrace::OnDelete { outdated: 2 });
    let decision = trace.node("n001").expect("it has a pod").pods[0].1;
    assert_eq!(decision, PodDecision::Keep(KeepReason::WaitsForDeletion));
    let name = cluster.pods()[0].metadata.name.clone();
    cluster.vanish(&name);
    cluster.settle();
    assert_eq!(cluster.set().status.updated_number_scheduled, 1);
}

#[test]
fn an_earlier_template_gets_its_revision_back_under_the_next_number() {
    let mut cluster = Cluster::new(1);
    cluster.settle();
    cluster.template("agent:2");
    cluster.settle();
    cluster.template("agent:1");
    let (trace, _) = cluster.sync();
    assert_eq!(trace.history.origin, RevisionOrigin::Renumbered { from: 1, to: 3 });
    assert_eq!(cluster.world.of_kind(&Kind::ControllerRevision).count(), 2, "no new one is made");
}

#[test]
fn old_revisions_go_beyond_the_limit_but_not_those_that_pods_carry() {
    let mut cluster = Cluster::new(1);
    cluster.update(|set| set.spec.update_strategy.type_ = "OnDelete".into());
    cluster.settle();
    for image in ["agent:2", "agent:3", "agent:4", "agent:5"] {
        cluster.template(image);
        cluster.settle();
    }
    let numbers: Vec<i64> = cluster
        .world
        .of_kind(&Kind::ControllerRevision)
        .filter_map(|object| match object {
            Object::ControllerRevision(revision) => Some(revision.revision),
            _ => None,
        })
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    assert_eq!(numbers, [1, 4, 5], "the pod is still of the first; two old ones are kept");
}

#[test]
fn a_taken_revision_name_counts_a_collision_and_the_next_sync_gets_another_name() {
    let mut cluster = Cluster::new(1);
    let snapshot = TemplateSnapshot::of(&cluster.set(), None);
    let mut taken = crate::api::ControllerRevision::default();
    taken.metadata.name = format!("agent-{}", snapshot.hash()).into();
    taken.metadata.namespace = "default".into();
    cluster.write(Write::Create(taken.into()));
    let outcome = cluster.look();
    assert!(matches!(outcome.trace.sync, Sync::Collision(ApiError::AlreadyExists(_))));
    assert_eq!(outcome.requeue_after, Some(Millis(5)));
    for write in outcome.writes {
        cluster.write(write);
    }
    assert_eq!(cluster.set().status.collision_count, Some(1));
    let (trace, _) = cluster.sync();
    assert_ne!(&*trace.history.hash, snapshot.hash());
    assert_eq!(cluster.set().status.collision_count, Some(1));
}

#[test]
fn revisions_of_one_template_are_merged_and_pods_relabelled() {
    let mut cluster = Cluster::new(1);
    cluster.settle();
    let first = cluster.world.of_kind(&Kind::ControllerRevision).next().cloned();
    let Some(Object::ControllerRevision(first)) = first else { panic!("there is a revision") };
    let mut second = crate::api::ControllerRevision::clone(&first);
    second.metadata.name = "agent-again".into();
    second.metadata.resource_version.clear();
    second.metadata.labels.insert(pod::HASH_LABEL.into(), "again".into());
    second.revision = 2;
    cluster.write(Write::Create(second.into()));
    let (trace, _) = cluster.sync();
    assert_eq!(trace.history.duplicates, std::slice::from_ref(&first.metadata.name));
    assert_eq!(&*trace.history.hash, "again");
    assert_eq!(cluster.pods()[0].metadata.labels.get(pod::HASH_LABEL).map(|hash| &**hash), Some("again"));
    assert_eq!(cluster.world.of_kind(&Kind::ControllerRevision).count(), 1);
}

#[test]
fn a_surge_with_min_ready_seconds_goes_on_when_the_time_has_come() {
    let mut cluster = Cluster::new(1);
    cluster.update(|set| {
        set.spec.min_ready_seconds = 10;
        set.spec.update_strategy.rolling_update = Some(rolling("0", 1));
    });
    cluster.sync();
    cluster.kubelets();
    cluster.tick(11);
    cluster.sync();
    cluster.template("agent:2");
    let (trace, _) = cluster.sync();
    assert_eq!(trace.creates.len(), 1, "the new pod comes beside the old one");
    cluster.kubelets();
    let (trace, _) = cluster.sync();
    let waits = Some(Millis::seconds(11));
    assert_eq!(trace.requeue_after, waits, "the status is complete, yet it must look again");
    cluster.tick(11);
    let (trace, _) = cluster.sync();
    assert_eq!(trace.deletes[0].reason, DeleteReason::Replaced);
}

#[test]
fn a_failed_pod_is_replaced_at_once_and_the_next_one_after_the_back_off() {
    let mut cluster = Cluster::new(1);
    cluster.settle();
    let fail = |cluster: &mut Cluster| {
        let name = cluster.pods()[0].metadata.name.clone();
        cluster.set_phase(&name, crate::api::FAILED, false);
        name
    };
    let name = fail(&mut cluster);
    let (_, told) = cluster.sync();
    let found =
        format!("FailedDaemonPod Found failed daemon pod default/{name} on node n000, will try to kill it");
    assert_eq!(told, [found, format!("SuccessfulDelete Deleted pod: {name}")]);
    cluster.sync();
    fail(&mut cluster);
    let (trace, _) = cluster.sync();
    assert!(trace.deletes.is_empty());
    assert_eq!(trace.backing_off[0].delay, Millis::seconds(1));
    assert_eq!(trace.requeue_after, Some(Millis::seconds(1)));
    cluster.tick(1);
    assert_eq!(cluster.sync().0.deletes[0].reason, DeleteReason::Failed);
}

#[test]
fn every_healthy_rollout_ends() {
    for (max_unavailable, max_surge) in [("1", 0), ("3", 0), ("50%", 0), ("100%", 0), ("0", 1), ("0", 4)] {
        let mut cluster = Cluster::new(8);
        cluster.update(|set| {
            set.spec.update_strategy.rolling_update = Some(rolling(max_unavailable, max_surge));
        });
        cluster.settle();
        cluster.template("agent:2");
        cluster.settle();
        let status = cluster.set().status;
        assert_eq!((status.updated_number_scheduled, status.number_available), (8, 8), "{max_unavailable}");
        assert_eq!(cluster.world.pod_count(), 8);
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod random {
    use super::ownership::Claim;
    use super::*;
    use proptest::prelude::*;

    /// Something that happens.
    #[derive(Clone, Debug)]
    enum Act {
        Tick(i64),
        PutNode(usize, Option<&'static str>),
        DropNode(usize),
        Bind(usize),
        Phase(usize, &'static str, bool),
        Delete(usize),
        Vanish(usize),
        Relabel(usize, bool),
        Orphan(usize, bool),
        Template(u8),
        Tolerate(bool),
        MinReady(i32),
        Strategy(&'static str, &'static str, i32),
    }

    fn act() -> impl Strategy<Value = Act> {
        let effect = prop_oneof![Just(None), Just(Some("NoSchedule")), Just(Some("NoExecute"))];
        prop_oneof![
            2 => (0..20_i64).prop_map(Act::Tick),
            2 => (0..8_usize, effect).prop_map(|(node, effect)| Act::PutNode(node, effect)),
            1 => (0..8_usize).prop_map(Act::DropNode),
            3 => any::<usize>().prop_map(Act::Bind),
            6 => (any::<usize>(), Just(RUNNING), any::<bool>()).prop_map(|(pod, phase, on)| Act::Phase(pod, phase, on)),
            2 => (any::<usize>(), prop_oneof![Just("Failed"), Just("Succeeded"), Just(PENDING)])
                .prop_map(|(pod, phase)| Act::Phase(pod, phase, false)),
            2 => any::<usize>().prop_map(Act::Delete),
            3 => any::<usize>().prop_map(Act::Vanish),
            1 => (any::<usize>(), any::<bool>()).prop_map(|(pod, on)| Act::Relabel(pod, on)),
            1 => (0..9_usize, any::<bool>()).prop_map(|(node, bound)| Act::Orphan(node, bound)),
            2 => (0..4_u8).prop_map(Act::Template),
            1 => any::<bool>().prop_map(Act::Tolerate),
            1 => (0..12_i32).prop_map(Act::MinReady),
            1 => (
                prop_oneof![Just("RollingUpdate"), Just("OnDelete")],
                prop_oneof![Just("1"), Just("2"), Just("30%"), Just("0")],
                0..3_i32,
            )
                .prop_map(|(kind, unavailable, surge)| Act::Strategy(kind, unavailable, surge)),
        ]
    }

    fn perform(cluster: &mut Cluster, act: &Act, made: &mut u32) {
        let pods = cluster.pods();
        let pod = |index: usize| pods.get(index % pods.len().max(1)).cloned();
        let name = |index: usize| pod(index).map(|pod| pod.metadata.name.clone()).unwrap_or_default();
        match *act {
            Act::Tick(seconds) => cluster.tick(seconds),
            Act::PutNode(number, effect) => {
                let node = node(&format!("n{number:03}"), effect.as_slice());
                let there = cluster.world.node(&node.metadata.name).is_some();
                let node = Object::from(node);
                cluster.write(if there { Write::Update(node) } else { Write::Create(node) });
            }
            Act::DropNode(number) => {
                let _ = cluster.try_write(Write::delete(ObjectKey::node(&format!("n{number:03}"))));
            }
            Act::Bind(index) => {
                if let Some(pod) = pod(index) {
                    cluster.bind(&pod);
                }
            }
            Act::Phase(index, phase, ready) => cluster.set_phase(&name(index), phase, ready),
            Act::Delete(index) => {
                let _ = cluster.try_write(Write::delete(ObjectKey::pod("default", &name(index))));
            }
            Act::Vanish(index) => {
                if pod(index).is_some_and(|pod| pod.metadata.is_terminating()) {
                    cluster.vanish(&name(index));
                }
            }
            Act::Relabel(index, on) => {
                if let Some(pod) = pod(index) {
                    let mut pod = Rc::unwrap_or_clone(pod);
                    pod.metadata.labels.insert("app".into(), if on { "agent" } else { "other" }.into());
                    cluster.write(Write::Update(pod.into()));
                }
            }
            Act::Orphan(number, bound) => {
                *made += 1;
                let mut pod = Pod::default();
                pod.metadata.name = format!("orphan-{made}").into();
                pod.metadata.namespace = "default".into();
                pod.metadata.labels.insert("app".into(), "agent".into());
                pod.spec = Rc::clone(&cluster.set().spec.template.spec);
                if bound {
                    Rc::make_mut(&mut pod.spec).node_name = format!("n{number:03}").into();
                }
                cluster.write(Write::Create(pod.into()));
            }
            Act::Template(image) => cluster.template(&format!("agent:{image}")),
            Act::Tolerate(on) => cluster.update(|set| {
                let template = Rc::make_mut(&mut set.spec.template);
                let tolerations = on.then(|| Toleration::exists("t", "")).into_iter().collect();
                Rc::make_mut(&mut template.spec).tolerations = Rc::new(tolerations);
            }),
            Act::MinReady(seconds) => cluster.update(|set| set.spec.min_ready_seconds = seconds),
            Act::Strategy(kind, unavailable, surge) => {
                let mut set = cluster.set();
                set.spec.update_strategy.type_ = kind.into();
                set.spec.update_strategy.rolling_update = Some(rolling(unavailable, surge));
                // Some of these the API server refuses.
                let _ = cluster.try_write(Write::Update(set.into()));
            }
        }
    }

    fn is_own(set: &DaemonSet, pod: &Pod) -> bool {
        pod.is_owned_by(&set.metadata.uid)
    }

    /// The view that was kept up to date is the one that a look at everything gives.
    fn sees_everything(cluster: &Cluster) {
        let kept =
            cluster.state.sets.values().next().and_then(|set| set.view.clone()).expect("it has a view");
        let mut anew = NodesView::new(&cluster.world, Basis::clone(&kept.basis));
        anew.refresh(&cluster.world, cluster.now);
        assert_eq!(kept.entries, anew.entries);
        assert_eq!(kept.totals, anew.totals);
        // Whatever is the DaemonSet's business is among what it reads of a node.
        for node in cluster.world.nodes() {
            let name = &node.metadata.name;
            let read: Vec<_> = cluster.world.pods_sought_on(name, kept.basis.sought).collect();
            let concerned = |pod: &&Rc<Pod>| kept.basis.claim(pod) != Claim::NotOurs;
            assert!(cluster.world.pods_on(name).filter(concerned).all(|pod| read.contains(&pod)), "{name}");
        }
    }

    /// Counted without the controller's own sums: eligible nodes without an available pod.
    fn unavailable_nodes(cluster: &Cluster, trace: &SyncTrace) -> usize {
        let set = cluster.set();
        let available = |node: &str| {
            cluster.world.pods_on(node).any(|pod| {
                is_own(&set, pod)
                    && !pod.metadata.is_terminating()
                    && pod.is_available(set.spec.min_ready_seconds, cluster.now)
            })
        };
        let eligible = trace.nodes.entries.iter().filter(|(_, entry)| {
            entry.verdict.as_ref().is_some_and(|judged| judged.verdict == eligibility::Verdict::ShouldRun)
        });
        eligible.filter(|(node, _)| !available(node)).count()
    }

    proptest! {
        #[test]
        fn a_sync_sees_everything_and_keeps_its_budgets(acts in prop::collection::vec(act(), 1..90)) {
            let mut cluster = Cluster::new(5);
            let mut made = 0;
            for act in &acts {
                perform(&mut cluster, act, &mut made);
                if matches!(act, Act::Bind(_)) {
                    // Several changes between two syncs.
                    continue;
                }
                let world_before = cluster.world.clone();
                let mut look = Cluster { world: world_before, state: cluster.state.clone(), now: cluster.now };
                look.look();
                sees_everything(&look);

                let before = cluster.world.clone();
                let (trace, _) = cluster.sync();
                let set = cluster.set();
                let after = Cluster { world: before, state: State::default(), now: cluster.now };
                let unavailable = unavailable_nodes(&after, &trace);
                let taken = trace.deletes.iter().filter(|delete| delete.reason == DeleteReason::Outdated).count();
                if let RolloutTrace::Unavailable(budget) = &trace.rollout {
                    let bound = usize::try_from(budget.bound.value).expect("it is not negative");
                    prop_assert!(taken == 0 || unavailable + taken <= bound, "{taken} beyond {unavailable}");
                }
                let surges = trace.nodes.basis.surges;
                for node in cluster.world.nodes().filter(|_| !surges && trace.error().is_none()) {
                    let live = cluster.world.pods_on(&node.metadata.name).filter(|pod| {
                        is_own(&set, pod) && !pod.metadata.is_terminating() && !pod.is_finished()
                    });
                    prop_assert!(live.count() <= 1, "{} has two pods", node.metadata.name);
                }
                if let RolloutTrace::Surge(budget) = &trace.rollout {
                    let within = trace.creates.iter()
                        .filter(|create| create.reason == node::CreateReason::Surge).count();
                    let within = i32::try_from(within).expect("there are few nodes");
                    prop_assert!(within == 0 || within + budget.surging <= budget.bound.value);
                }
            }
        }
    }
}
