//! Random clusters and random actions: what must hold after every step, whatever the user does.

mod commands;
mod given;
mod reach;
mod rollout;
mod scheduling;
mod session;
mod taints;

use given::{Act, act, cluster, daemon_set};
use playground::api::{Kind, Object, ObjectKey, Taint};
use playground::cluster::{Propagation, World};
use playground::controllers::daemonset::eligibility::{Placement, Verdict};
use playground::controllers::daemonset::survey;
use playground::explain::why::survey_at;
use playground::kubectl::Request;
use playground::sim::{RunEnd, SimState, Step, Timeline};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use std::collections::{BTreeMap, BTreeSet};

/// Cases and seed come from the environment, see `.cargo/config.toml`. What failed is kept beside the test's source.
fn config() -> ProptestConfig {
    let kept = FileFailurePersistence::WithSource("proptest-regressions");
    ProptestConfig { failure_persistence: Some(Box::new(kept)), ..ProptestConfig::default() }
}

/// No run of these small clusters may need more steps.
const BOUND: u32 = 3_000;

fn start(nodes: &[Object], set: &Object) -> Timeline {
    let mut timeline = Timeline::new(SimState::new(7, Vec::new()).0);
    timeline.say(&Request::set_nodes(Request::text_of(nodes)));
    timeline.say(&Request::apply(Request::text_of(std::slice::from_ref(set))));
    timeline
}

/// Does one action; what it is about is chosen among what there is.
fn perform(timeline: &mut Timeline, act: &Act) {
    let world = timeline.world();
    let nodes: Vec<_> = world.nodes().map(|node| node.metadata.name.clone()).collect();
    let pods: Vec<ObjectKey> =
        world.pods().map(|pod| ObjectKey::pod(&pod.metadata.namespace, &pod.metadata.name)).collect();
    let node = |index: usize| nodes.get(index % nodes.len().max(1)).cloned();
    let pod = |index: usize| pods.get(index % pods.len().max(1)).cloned();
    let command = match act {
        Act::Run(steps) => {
            timeline.run(*steps);
            return;
        }
        Act::Back(steps) => return timeline.seek(timeline.shown().saturating_sub(*steps)),
        Act::Taint(index, key, effect) => {
            node(*index).map(|node| Request::taint(&node, &Taint::new(key, "", effect)))
        }
        Act::Untaint(index, key) => node(*index).map(|node| Request::untaint(&node, key, "")),
        Act::Label(index, value) => {
            node(*index).map(|node| Request::label(&ObjectKey::node(&node), "disk", value.as_deref(), true))
        }
        Act::Cordon(index, on) => node(*index).map(|node| Request::cordon(&node, *on)),
        Act::Power(index, on) => node(*index).map(|node| Request::power(&node, *on)),
        Act::RemoveNode(index) => {
            node(*index).map(|node| Request::delete(&ObjectKey::node(&node), Propagation::Background))
        }
        Act::DeletePod(index) => pod(*index).map(|key| Request::delete(&key, Propagation::Background)),
        Act::FailPod(index) => pod(*index).map(|pod| Request::fail_pod(&pod)),
        Act::Apply(set) => Some(Request::apply(Request::text_of(std::slice::from_ref(set)))),
        Act::DeleteSet(propagation) => {
            Some(Request::delete(&ObjectKey::new(Kind::DaemonSet, "default", "agent"), *propagation))
        }
    };
    if let Some(command) = command {
        timeline.say(&command);
    }
}

fn objects(world: &World) -> BTreeMap<ObjectKey, Object> {
    world.objects().map(|object| (object.key(), object)).collect()
}

/// What a step left behind is what was there, with the step's changes and nothing else.
fn accounts_for_everything(
    before: &BTreeMap<ObjectKey, Object>,
    step: &Step,
    after: &BTreeMap<ObjectKey, Object>,
) {
    let mut expected = before.clone();
    for change in &step.changes {
        let had = match &change.after {
            Some(object) => expected.insert(change.key(), object.clone()),
            None => expected.remove(&change.key()),
        };
        assert_eq!(had, change.before, "step {} tells another past of {}", step.no, change.key());
    }
    assert_eq!(&expected, after, "step {} changed something that it does not tell", step.no);
}

/// At most one daemon pod that is not on its way out on each node (no set here surges).
fn one_daemon_pod_a_node(world: &World, step: u32) {
    for node in world.nodes() {
        let of_set = |owner: &str| {
            let pods = world.pods_on(&node.metadata.name).filter(|pod| !pod.metadata.is_terminating());
            pods.filter(|pod| !pod.is_finished())
                .filter(|pod| pod.metadata.controller().is_some_and(|own| own.uid == owner))
                .count()
        };
        for set in world.daemon_sets() {
            let pods = of_set(&set.metadata.uid);
            assert!(pods <= 1, "after step {step} {} has {pods} pods of one DaemonSet", node.metadata.name);
        }
    }
}

/// In a stable cluster each node that should run the pod has it.
fn every_eligible_node_has_its_pod(world: &World) {
    for set in world.daemon_sets().filter(|set| !set.metadata.is_terminating()) {
        for node in world.nodes() {
            let name = &node.metadata.name;
            let owned = |pod: &&std::rc::Rc<playground::api::Pod>| {
                pod.metadata.controller().is_some_and(|owner| owner.uid == set.metadata.uid)
            };
            let has = world.pods_on(name).any(|pod| owned(&pod));
            match Placement::new(&set.spec.template).judge(node).verdict {
                Verdict::ShouldRun => assert!(has, "{name} should run a pod and has none"),
                Verdict::MustNot => {
                    let silent = playground::cluster::silent_since(world, name).is_some();
                    assert!(!has || silent, "{name} must not run a pod and has one");
                }
                Verdict::MayStay => {}
            }
        }
    }
}

/// What a sync would decide is found from what the last one saw as it is found from nothing.
fn surveys_agree(timeline: &Timeline) {
    for set in timeline.world().daemon_sets() {
        let anew = survey(timeline.world(), set, timeline.now());
        assert_eq!(survey_at(timeline, set), anew, "after step {}", timeline.shown());
    }
}

/// Walks back to the start and forward again, comparing each state with the first time.
fn same_there_and_back(timeline: &mut Timeline) {
    let end = timeline.shown();
    let mut seen = vec![objects(timeline.world())];
    while timeline.back() {
        seen.push(objects(timeline.world()));
    }
    for (no, before) in seen.iter().rev().enumerate() {
        let no = u32::try_from(no).expect("a small number");
        timeline.seek(no);
        surveys_agree(timeline);
        assert_eq!(&objects(timeline.world()), before, "step {no} looks different the second time");
    }
    assert_eq!(timeline.shown(), end);
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_cluster_keeps_its_invariants_whatever_the_user_does(
        nodes in cluster(),
        set in daemon_set(),
        acts in prop::collection::vec(act(), 0..10),
    ) {
        let mut timeline = start(&nodes, &set);
        for act in &acts {
            perform(&mut timeline, act);
            let mut before = objects(timeline.world());
            for _ in 0..40 {
                if !timeline.forward() {
                    break;
                }
                let after = objects(timeline.world());
                let step = timeline.step(timeline.shown()).expect("the step just taken").clone();
                accounts_for_everything(&before, &step, &after);
                one_daemon_pod_a_node(timeline.world(), step.no);
                surveys_agree(&timeline);
                before = after;
            }
        }
        if timeline.run(BOUND) == RunEnd::Stable {
            every_eligible_node_has_its_pod(timeline.world());
        }
        timeline.seek(timeline.len().min(400));
        same_there_and_back(&mut timeline);
    }

    #[test]
    fn a_state_resumed_from_the_past_is_the_recorded_one(
        nodes in cluster(),
        set in daemon_set(),
        acts in prop::collection::vec(act(), 0..6),
        place in 0.0..1.0f64,
    ) {
        let mut timeline = start(&nodes, &set);
        for act in &acts {
            perform(&mut timeline, act);
            timeline.run(60);
        }
        let no = (f64::from(timeline.len()) * place) as u32;
        let mut resumed = timeline.resume_from(no);
        timeline.seek(no);
        prop_assert_eq!(objects(resumed.world()), objects(timeline.world()));
        // What follows is the same, too, until the user does something.
        let recorded = timeline.step(no + 1).filter(|step| step.key.is_some()).cloned();
        if let Some(recorded) = recorded {
            prop_assert_eq!(resumed.step(), Some(Step::clone(&recorded)));
        }
    }

    #[test]
    fn the_same_actions_give_the_same_steps(
        nodes in cluster(),
        set in daemon_set(),
        acts in prop::collection::vec(act(), 0..8),
    ) {
        let digest = || {
            let mut timeline = start(&nodes, &set);
            for act in &acts {
                perform(&mut timeline, act);
                timeline.run(50);
            }
            timeline.digest()
        };
        prop_assert_eq!(digest(), digest());
    }
}

#[test]
fn uids_and_names_are_never_given_twice() {
    let nodes: Vec<Object> =
        (0..40).map(|index| given::node(&format!("node-{index:02}"), &[], None)).collect();
    let mut timeline = start(&nodes, &given::set("1", None, &[]));
    assert_eq!(timeline.run(BOUND), RunEnd::Stable);
    let uids: BTreeSet<_> = timeline.world().objects().map(|object| object.metadata().uid.clone()).collect();
    assert_eq!(uids.len(), timeline.world().objects().count());
}
