//! What must hold of every update of a DaemonSet, whatever happens meanwhile. The steps are looked at as they were
//! recorded, and the sums are made anew from the objects: nothing is taken from what the controller says of itself.

use super::given::{self, Act, Ail, Rollout};
use super::{BOUND, objects, perform};
use playground::api::{DaemonSet, EcoString, IntOrString, Kind, NO_EXECUTE, Object, ObjectKey, Pod, Time};
use playground::cluster::{Actor, Propagation, World};
use playground::controllers::daemonset::eligibility::{Placement, Verdict};
use playground::controllers::daemonset::history;
use playground::controllers::daemonset::pod::HASH_LABEL;
use playground::kubectl::Request;
use playground::sim::{Cause, RunEnd, SimState, Step, Timeline, Trace};
use proptest::prelude::*;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// Lets the first version come to rest, then begins the update.
fn begun(case: &Rollout) -> Timeline {
    let mut timeline = Timeline::new(SimState::new(7, Vec::new()).0);
    let nodes = case.nodes.iter().map(|(node, _)| node.clone()).collect::<Vec<_>>();
    timeline.say(&Request::set_nodes(Request::text_of(&nodes)));
    timeline.say(&Request::apply(Request::text_of(std::slice::from_ref(&case.first))));
    timeline.run(BOUND);
    for (node, _) in case.nodes.iter().filter(|(_, ail)| *ail == Ail::Off) {
        timeline.say(&Request::power(&node.metadata().name, false));
    }
    timeline.run(BOUND);
    timeline.say(&Request::apply(Request::text_of(std::slice::from_ref(&case.next))));
    timeline
}

/// The whole story.
fn told(case: &Rollout) -> Timeline {
    let mut timeline = begun(case);
    timeline.run(20);
    for (act, steps) in &case.acts {
        perform(&mut timeline, act);
        timeline.run(*steps);
    }
    timeline.run(BOUND);
    timeline
}

/// A recorded step between the clusters before and after it.
struct Moment<'a> {
    before: &'a World,
    step: &'a Step,
    after: &'a World,
}

/// Walks through the recorded steps from the start.
fn each_step(timeline: &mut Timeline, mut check: impl FnMut(&Moment<'_>)) {
    timeline.seek(0);
    while timeline.shown() < timeline.len() {
        let before = timeline.world().clone();
        timeline.forward();
        let step = Rc::clone(timeline.step(timeline.shown()).expect("a recorded step"));
        check(&Moment { before: &before, step: &step, after: timeline.world() });
    }
}

fn the_set(world: &World) -> Option<&DaemonSet> {
    world.daemon_set("default", "agent").map(|set| &**set)
}

/// The hash of the newest revision.
fn newest(world: &World, set: &DaemonSet) -> EcoString {
    let revisions = history::revisions(world, set);
    revisions
        .first()
        .and_then(|revision| revision.metadata.labels.get(HASH_LABEL))
        .cloned()
        .unwrap_or_default()
}

fn hash(pod: &Pod) -> EcoString {
    pod.metadata.labels.get(HASH_LABEL).cloned().unwrap_or_default()
}

/// Neither ended nor being deleted.
fn runs(pod: &Pod) -> bool {
    !pod.metadata.is_terminating() && !pod.is_finished()
}

/// A node as the update strategy sees it.
#[derive(Default)]
struct Place {
    verdict: Option<Verdict>,
    new: Vec<Rc<Pod>>,
    old: Vec<Rc<Pod>>,
}

impl Place {
    /// How many pods run here.
    fn running(&self) -> usize {
        self.new.iter().chain(&self.old).filter(|pod| runs(pod)).count()
    }
}

/// All nodes that the update strategy sees in a step of the controller's, and how it counts them.
struct Sight {
    min_ready_seconds: i32,
    at: Time,
    places: BTreeMap<EcoString, Place>,
}

impl Moment<'_> {
    fn is_of_controller(&self) -> bool {
        self.step.actor == Actor::DaemonSetController
    }

    /// Upstream: `getNodesToDaemonPods`, `findUpdatedPodsOnNode`. Of which revision a pod is shows after the step,
    /// which may have made the revision.
    fn sight(&self, set: &DaemonSet) -> Sight {
        let mut places: BTreeMap<EcoString, Place> = BTreeMap::new();
        let newest = newest(self.after, set);
        for pod in self.before.pods().filter(|pod| !(pod.is_finished() && pod.metadata.is_terminating())) {
            let place = places.entry(pod.target_node().unwrap_or_default().into()).or_default();
            if !pod.metadata.is_terminating() {
                if hash(pod) == newest { &mut place.new } else { &mut place.old }.push(Rc::clone(pod));
            }
        }
        let placement = Placement::new(&set.spec.template);
        for node in self.before.nodes() {
            let verdict = placement.judge(node).verdict;
            if verdict == Verdict::ShouldRun || places.contains_key(&node.metadata.name) {
                places.entry(node.metadata.name.clone()).or_default().verdict = Some(verdict);
            }
        }
        Sight { min_ready_seconds: set.spec.min_ready_seconds, at: self.step.at, places }
    }

    /// Pods whose deletion began in this step, or that went at once, as they were.
    fn deleted(&self) -> impl Iterator<Item = &Rc<Pod>> {
        self.step.changes.iter().filter_map(|change| {
            let before = change.before.as_ref()?.as_pod()?;
            let after = change.after.as_ref().and_then(Object::as_pod);
            let goes = after.is_none_or(|after| after.metadata.is_terminating());
            (goes && !before.metadata.is_terminating()).then_some(before)
        })
    }

    /// Pods made in this step.
    fn created(&self) -> impl Iterator<Item = &Rc<Pod>> {
        self.step
            .changes
            .iter()
            .filter(|change| change.before.is_none())
            .filter_map(|change| change.after.as_ref().and_then(Object::as_pod))
    }

    /// Running pods that the update strategy deleted: not because their node must not have one, nor because there
    /// was another.
    fn rolled<'a>(&'a self, sight: &'a Sight) -> impl Iterator<Item = &'a Rc<Pod>> {
        self.deleted().filter(|pod| {
            let place = sight.of(pod);
            // A pod that was never bound cannot outlive its node.
            let may_stay = place.verdict.map_or(pod.node().is_some(), Verdict::lets_stay);
            runs(pod) && place.running() == 1 && may_stay
        })
    }
}

impl Sight {
    fn of(&self, pod: &Pod) -> &Place {
        &self.places[pod.target_node().unwrap_or_default()]
    }

    fn is_available(&self, pod: &Pod) -> bool {
        pod.is_available(self.min_ready_seconds, self.at)
    }

    fn desired(&self) -> usize {
        self.places.values().filter(|place| place.verdict == Some(Verdict::ShouldRun)).count()
    }

    /// Upstream: `numUnavailable` in `rollingUpdate`.
    fn unavailable(&self) -> usize {
        let is_served = |place: &&Place| match (place.new.as_slice(), place.old.as_slice()) {
            ([pod], []) | ([], [pod]) => self.is_available(pod),
            _ => false,
        };
        self.places.len() - self.places.values().filter(is_served).count()
    }

    /// Upstream: `numSurge` in `rollingUpdate`.
    fn surging(&self) -> usize {
        let surges = |place: &&Place| match (place.new.as_slice(), place.old.as_slice()) {
            ([new], [_]) => !self.is_available(new),
            (new, old) => new.len() > 1 || old.len() > 1,
        };
        self.places.values().filter(surges).count()
    }
}

/// A bound of the set's rolling update; 0 where there is none.
fn bound(set: &DaemonSet, desired: usize, field: &str) -> usize {
    let Some(rolling) = set.spec.update_strategy.rolling_update.as_ref() else { return 0 };
    let setting = if field == "maxSurge" { &rolling.max_surge } else { &rolling.max_unavailable };
    match setting {
        None => 0,
        Some(IntOrString::Int(number)) => usize::try_from(*number).expect("not negative"),
        Some(IntOrString::String(percent)) => {
            let percent: usize = percent.trim_end_matches('%').parse().expect("a percentage");
            (percent * desired).div_ceil(100)
        }
    }
}

fn is_rolling(set: &DaemonSet) -> bool {
    set.spec.update_strategy.type_ == "RollingUpdate"
}

fn surge_of(set: &DaemonSet, desired: usize) -> usize {
    if is_rolling(set) { bound(set, desired, "maxSurge") } else { 0 }
}

/// Everything is in order again, and the set is to be updated by itself.
fn mended(timeline: &mut Timeline, last: &Object) -> RunEnd {
    let nodes: Vec<EcoString> = timeline.world().nodes().map(|node| node.metadata.name.clone()).collect();
    for name in nodes {
        timeline.say(&Request::power(&name, true));
        timeline.say(&Request::label(
            &ObjectKey::node(&name),
            "node-not-ready.stage.kwok.x-k8s.io",
            None,
            false,
        ));
    }
    timeline.say(&Request::apply(Request::text_of(std::slice::from_ref(last))));
    timeline.run(BOUND)
}

/// Half a day passes, and the informers tell the controller again of all that there is. The simulation has no such
/// resync, so a node that is nobody's counts the time and a label on the set wakes the controller.
fn half_a_day_later(timeline: &mut Timeline, count: usize) -> RunEnd {
    let clock = format!("clock-{count}");
    let mut value = given::node(&clock, &[("clock", NO_EXECUTE)], None).to_json();
    value["metadata"]["labels"] = json!({ "node-not-ready.stage.kwok.x-k8s.io": "true" });
    value["metadata"]["annotations"] = json!({ "node-not-ready.stage.kwok.x-k8s.io/delay": "12h" });
    timeline.say(&Request::apply(Request::text_of(&[Object::from_json(value).expect("a node")])));
    timeline.run(BOUND);
    let key = ObjectKey::new(Kind::DaemonSet, "default", "agent");
    timeline.say(&Request::label(&key, "resync", Some(&clock), true));
    timeline.run(BOUND)
}

/// Whether a node has an old and a new pod.
fn stalls(world: &World) -> bool {
    let mut nodes =
        world.nodes().map(|node| world.pods_on(&node.metadata.name).filter(|pod| runs(pod)).count());
    nodes.any(|pods| pods > 1)
}

/// Takes the steps up to one anew, with the same commands in between.
fn again(recorded: &Timeline, to: u32) -> Timeline {
    let mut fresh = Timeline::new(SimState::new(7, Vec::new()).0);
    for no in 1..=to {
        match recorded.step(no).map(|step| (&step.trace, step.cause)) {
            Some((Trace::Command(trace), Cause::User)) => drop(fresh.say(&trace.request)),
            _ => assert!(fresh.forward(), "step {no} is taken again"),
        }
    }
    fresh
}

/// The objects that two runs show differently.
fn differing(left: &Timeline, right: &Timeline) -> Vec<ObjectKey> {
    let (left, right) = (objects(left.world()), objects(right.world()));
    let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
    keys.into_iter().filter(|key| left.get(key) != right.get(key)).cloned().collect()
}

proptest! {
    #![proptest_config(super::config())]

    #[test]
    fn no_update_takes_more_available_pods_than_max_unavailable_leaves(
        case in given::rollout(given::any_update(), true),
    ) {
        each_step(&mut told(&case), |moment| {
            let Some(set) = the_set(moment.before).filter(|_| moment.is_of_controller()) else { return };
            let sight = moment.sight(set);
            if !is_rolling(set) || surge_of(set, sight.desired()) > 0 {
                return;
            }
            let most = bound(set, sight.desired(), "maxUnavailable").max(1);
            let unavailable = sight.unavailable();
            let taken = moment.rolled(&sight).filter(|pod| sight.is_available(pod)).count();
            assert!(
                unavailable + taken <= most.max(unavailable),
                "step {}: {unavailable} unavailable, {taken} taken, {most} allowed", moment.step.no
            );
        });
    }

    #[test]
    fn no_more_nodes_get_a_second_pod_than_max_surge_leaves_and_none_without_it(
        case in given::rollout(given::any_update(), true),
    ) {
        each_step(&mut told(&case), |moment| {
            let Some(set) = the_set(moment.before).filter(|_| moment.is_of_controller()) else { return };
            let sight = moment.sight(set);
            let most = surge_of(set, sight.desired());
            let (mut within, no) = (0, moment.step.no);
            for pod in moment.created() {
                let place = sight.of(pod);
                if place.running() == 0 {
                    continue;
                }
                assert!(most > 0, "step {no} makes a second pod, though nothing surges");
                let [old] = place.old.as_slice() else { panic!("step {no}: there is no old pod to be replaced") };
                assert!(place.new.is_empty(), "step {no}: there is a new pod already");
                // Beside an old pod that serves nobody a new one is free.
                within += usize::from(sight.is_available(old));
            }
            let surging = sight.surging();
            assert!(
                surging + within <= most.max(surging),
                "step {no}: {surging} surging, {within} more, {most} allowed"
            );
        });
    }

    #[test]
    fn with_max_surge_a_ready_old_pod_goes_only_when_the_new_one_is_available(
        case in given::rollout(given::surge(), true),
    ) {
        each_step(&mut told(&case), |moment| {
            let Some(set) = the_set(moment.before).filter(|_| moment.is_of_controller()) else { return };
            let sight = moment.sight(set);
            for pod in moment.deleted().filter(|pod| runs(pod) && pod.is_ready()) {
                let place = sight.of(pod);
                let [old] = place.old.as_slice() else { continue };
                if place.verdict == Some(Verdict::ShouldRun) && old.metadata.uid == pod.metadata.uid {
                    let served = place.new.iter().any(|new| sight.is_available(new));
                    assert!(served, "step {} deletes {}, and none is available", moment.step.no, pod.metadata.name);
                }
            }
        });
    }

    #[test]
    fn a_surge_of_healthy_pods_leaves_no_node_without_one_and_stays_within_max_surge(
        nodes in 1usize..13,
        update in given::surge(),
    ) {
        let nodes: Vec<Object> = (0..nodes).map(|index| given::node(&format!("node-{index:02}"), &[], None)).collect();
        let (first, next) = (given::set("1", None, &[]), given::set("2", None, &[]));
        let mut timeline = super::start(&nodes, &given::updated_by(&first, &update));
        timeline.run(BOUND);
        let start = timeline.len();
        timeline.say(&Request::apply(Request::text_of(&[given::updated_by(&next, &update)])));
        timeline.run(BOUND);
        let mut most_extra = 0;
        each_step(&mut timeline, |moment| {
            let Some(set) = the_set(moment.after).filter(|_| moment.step.no > start) else { return };
            let extra = moment.after.pods().filter(|pod| runs(pod)).count() - nodes.len();
            assert!(extra <= surge_of(set, nodes.len()), "step {}: {extra} extra pods", moment.step.no);
            most_extra = most_extra.max(extra);
            for node in moment.after.nodes() {
                let available = |pod: &&Rc<Pod>| runs(pod) && pod.is_available(set.spec.min_ready_seconds, moment.step.at);
                let served = moment.after.pods_on(&node.metadata.name).any(|pod| available(&pod));
                assert!(served, "step {}: {} is without an available pod", moment.step.no, node.metadata.name);
            }
        });
        let set = the_set(timeline.world()).expect("the DaemonSet is there");
        prop_assert_eq!(most_extra, surge_of(set, nodes.len()).min(nodes.len()), "the surge is made use of");
    }

    #[test]
    fn without_max_surge_no_node_ever_has_two_pods_that_have_not_ended(
        case in given::rollout(prop_oneof![4 => given::unavailable(), 1 => given::on_delete()].boxed(), true),
    ) {
        each_step(&mut told(&case), |moment| {
            let mut seen = BTreeMap::new();
            // Also one that is being deleted runs until its kubelet has stopped it.
            for pod in moment.after.pods().filter(|pod| !pod.is_finished()) {
                let other = seen.insert(pod.target_node(), &pod.metadata.name);
                assert_eq!(other, None, "step {}: beside {}", moment.step.no, pod.metadata.name);
            }
        });
    }

    #[test]
    fn every_update_ends_with_all_pods_of_the_newest_revision_once_all_is_in_order(
        case in given::rollout(given::any_update(), true),
        update in prop_oneof![given::unavailable(), given::surge()],
    ) {
        let mut timeline = told(&case);
        let mut sets = case.acts.iter().filter_map(|(act, _)| match act {
            Act::Apply(set) => Some(set),
            _ => None,
        });
        let last = given::with_image(sets.next_back().unwrap_or(&case.next), "9");
        let end = mended(&mut timeline, &given::updated_by(&last, &update));
        prop_assert_eq!(end, RunEnd::Stable);
        let set = the_set(timeline.world()).expect("the DaemonSet is there");
        if set.spec.min_ready_seconds > 0 && surge_of(set, 1) > 0 {
            let late = (0..=case.nodes.len()).find(|count| {
                !stalls(timeline.world()) || half_a_day_later(&mut timeline, *count) != RunEnd::Stable
            });
            prop_assert!(late.is_some(), "each resync brings it on by a node at least");
        }
        let world = timeline.world();
        let set = the_set(world).expect("the DaemonSet is there");
        let placement = Placement::new(&set.spec.template);
        let mut desired = 0;
        for node in world.nodes().filter(|node| placement.judge(node).verdict == Verdict::ShouldRun) {
            desired += 1;
            let pods: Vec<_> = world.pods_on(&node.metadata.name).collect();
            let [pod] = pods.as_slice() else { panic!("{} has {} pods", node.metadata.name, pods.len()) };
            prop_assert_eq!(hash(pod), newest(world, set), "on {}", node.metadata.name);
            prop_assert!(pod.is_ready(), "on {}", node.metadata.name);
        }
        let status = &set.status;
        prop_assert_eq!(
            [status.desired_number_scheduled, status.updated_number_scheduled, status.number_available],
            [desired; 3]
        );
        prop_assert_eq!(status.observed_generation, set.metadata.generation);
    }

    #[test]
    fn under_on_delete_only_what_was_deleted_or_whose_node_changed_is_replaced(
        case in given::rollout(given::on_delete(), false),
    ) {
        let mut start = begun(&case);
        start.seek(start.len() - 1);
        let first: Vec<Rc<Pod>> = start.world().pods().cloned().collect();
        let mut timeline = told(&case);
        let (mut pods, mut nodes) = (BTreeSet::new(), BTreeSet::new());
        each_step(&mut timeline, |moment| {
            if let Trace::Command(trace) = &moment.step.trace {
                let deletes = trace.request.words().iter().any(|word| word == "delete");
                for done in &trace.answer.done {
                    if done.key.kind == Kind::Node {
                        nodes.insert(done.key.name.clone());
                    } else if deletes || done.key.kind == Kind::Pod {
                        pods.insert(done.key.clone());
                        nodes.insert(done.key.name.clone());
                    }
                }
            }
            let Some(set) = the_set(moment.before).filter(|_| moment.is_of_controller()) else { return };
            let sight = moment.sight(set);
            assert_eq!(moment.rolled(&sight).count(), 0, "step {} replaces a pod", moment.step.no);
            for pod in moment.created() {
                assert_eq!(hash(pod), newest(moment.after, set), "a new pod is of the newest revision");
            }
        });
        let untouched = first.iter().filter(|pod| {
            let node = pod.target_node().unwrap_or_default();
            !pods.contains(&ObjectKey::pod("default", &pod.metadata.name)) && !nodes.contains(node)
        });
        for pod in untouched {
            let now = timeline.world().pod("default", &pod.metadata.name);
            prop_assert!(now.is_some_and(|now| now.metadata.uid == pod.metadata.uid && hash(now) == hash(pod)));
        }
    }

    #[test]
    fn a_rollout_gone_back_over_is_the_same_again_and_a_branch_is_as_if_nothing_else_had_been(
        case in given::rollout(given::any_update(), true),
        place in 0.0..1.0f64,
        update in given::any_update(),
    ) {
        let mut timeline = told(&case);
        let (len, digest) = (timeline.len(), timeline.digest());
        super::same_there_and_back(&mut timeline);
        prop_assert_eq!((timeline.len(), timeline.digest()), (len, digest));

        let no = (f64::from(len) * place) as u32;
        let kept: Vec<_> = timeline.steps().take(no as usize).cloned().collect();
        let mut fresh = again(&timeline, no);
        timeline.seek(no);
        prop_assert_eq!(differing(&fresh, &timeline), []);
        for line in [&mut timeline, &mut fresh] {
            line.say(&Request::apply(Request::text_of(&[given::updated_by(&given::set("9", None, &[]), &update)])));
            line.run(30);
            for (act, steps) in &case.acts {
                perform(line, act);
                line.run(*steps);
            }
        }
        for (before, after) in kept.iter().zip(timeline.steps()) {
            prop_assert!(before == after, "step {} is another one", before.no);
        }
        prop_assert_eq!(fresh.digest(), timeline.digest());
        prop_assert_eq!(differing(&fresh, &timeline), []);
        super::same_there_and_back(&mut timeline);
    }
}

/// The controller's queue holds one later look at a set, the earliest that was asked for (`AddAfter`). A pod that
/// becomes ready asks for one after `minReadySeconds`, and in vain if an earlier one is due already; that one comes too
/// soon for it, and the status, which counts the old pods, is complete and asks for no other. So does 1.36: such a
/// surge goes on with the next change of a pod, a node or the set, or with a resync.
#[test]
fn a_surge_with_min_ready_seconds_stalls_when_an_earlier_look_takes_the_place_of_the_one_it_needs() {
    let surge = json!({ "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } });
    let surge = given::Update { strategy: surge, min_ready_seconds: 3 };
    let by =
        |version: &str, update: &given::Update| given::updated_by(&given::set(version, None, &[]), update);
    let names = ["node-00", "node-01", "node-02"];
    let mut nodes = names.map(|name| (given::node(name, &[], None), Ail::None));
    nodes[0] = given::ailing(nodes[0].0.clone(), Ail::NotReady);
    let on_delete = given::Update { strategy: json!({ "type": "OnDelete" }), min_ready_seconds: 0 };
    let (first, next) = (by("1", &surge), by("2", &on_delete));
    let mut timeline = told(&Rollout { nodes: nodes.into(), first, next, acts: Vec::new() });
    assert_eq!(mended(&mut timeline, &by("2", &surge)), RunEnd::Stable);
    assert!(stalls(timeline.world()));
    let pods: Vec<_> = timeline.world().pods_on("node-02").cloned().collect();
    assert!(pods.iter().all(|pod| pod.is_ready()), "nobody waits for a kubelet");
    assert_eq!(half_a_day_later(&mut timeline, 0), RunEnd::Stable);
    assert!(!stalls(timeline.world()));
}

#[test]
fn what_the_properties_watch_does_happen() {
    let nodes: Vec<Object> = (0..3).map(|index| given::node(&format!("node-{index}"), &[], None)).collect();
    let mut timeline = super::start(&nodes, &given::set("1", None, &[]));
    timeline.run(BOUND);
    timeline.say(&Request::apply(Request::text_of(&[given::set("2", None, &[])])));
    let key = timeline.world().pods().next().map(|pod| ObjectKey::pod("default", &pod.metadata.name));
    let delete = Request::delete(&key.expect("a pod"), Propagation::Background);
    timeline.say(&delete);
    timeline.run(BOUND);
    let (mut rolled, mut waited) = (0, 0);
    each_step(&mut timeline, |moment| {
        let Some(set) = the_set(moment.before).filter(|_| moment.is_of_controller()) else { return };
        let sight = moment.sight(set);
        rolled += moment.rolled(&sight).count();
        waited += usize::from(sight.unavailable() == 1);
    });
    assert_eq!(rolled, 2, "the deleted pod came back by itself, the two others were rolled");
    assert!(waited > 0);
}
