//! How many pods of each revision were ready, step by step, and how many there must be at least.

use crate::api::{DaemonSet, EcoString, Kind, Node, Object, ObjectKey, Pod, SmallMap, sort};
use crate::cluster::{Actor, Change, Map};
use crate::controllers::daemonset::bounds::{self, Budget};
use crate::controllers::daemonset::eligibility::{Placement, Verdict};
use crate::controllers::daemonset::history::revisions;
use crate::controllers::daemonset::node::NodeEntry;
use crate::controllers::daemonset::pod::HASH_LABEL;
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::explain::Revisions;
use crate::explain::revision_name;
use crate::explain::why::rollout_start;
use crate::explain::why::survey_at;
use crate::sim::{StepNo, Timeline};
use std::rc::Rc;

/// The chart of the pods of one DaemonSet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// The first step on it: the last before the current revision came.
    pub from: StepNo,
    /// The last recorded step.
    pub to: StepNo,
    /// The shown step.
    pub shown: StepNo,
    /// Nodes that should run a pod at the shown step.
    pub desired: u32,
    /// The line below which the update keeps from going, at the shown step, and what it says.
    pub floor: Option<(u32, String)>,
    /// Ready pods at the shown step on nodes that should run none: they keep no budget, and so are in no other count.
    pub misscheduled: u32,
    /// The numbers of the revisions, the latest first; 0 = one that is gone.
    pub revisions: Vec<i64>,
    /// The counts from a step on, wherever they change; up to the shown step.
    pub points: Vec<Point>,
}

/// Counts from a step on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The step.
    pub step: StepNo,
    /// Ready pods of each revision, in the order of [`Chart::revisions`].
    pub ready: Vec<u32>,
    /// Nodes that should run a pod, as the DaemonSet's status said then.
    pub desired: u32,
    /// Below what the update kept from going then.
    pub floor: Option<u32>,
}

impl Point {
    /// Ready pods in all.
    pub fn sum(&self) -> u32 {
        self.ready.iter().sum()
    }
}

impl Chart {
    /// The highest number of pods in the drawing.
    pub fn top(&self) -> u32 {
        let most = self.points.iter().map(|point| point.sum().max(point.desired)).max().unwrap_or(0);
        most.max(self.desired).max(1)
    }

    /// The counts at the shown step in words: `step 17: 3 r2 + 4 r1 ready, 1 unavailable`.
    pub fn told(&self) -> String {
        let Some(last) = self.points.last() else { return String::new() };
        let parts: Vec<String> = self
            .revisions
            .iter()
            .zip(&last.ready)
            .filter(|(_, ready)| **ready > 0)
            .map(|(number, ready)| format!("{ready} {}", revision_name(*number)))
            .collect();
        let ready =
            if parts.is_empty() { "none ready".into() } else { format!("{} ready", parts.join(" + ")) };
        let missing = self.desired.saturating_sub(last.sum());
        let missing = if missing > 0 { format!(", {missing} unavailable") } else { String::new() };
        let elsewhere = match self.misscheduled {
            0 => String::new(),
            count => format!(", {count} ready where none should run"),
        };
        format!("step {}: {ready}{missing}{elsewhere}", self.shown)
    }
}

/// The chart as of the shown step. None where the DaemonSet has no revision yet.
pub fn chart(timeline: &Timeline, key: &ObjectKey) -> Option<Chart> {
    let set = timeline.world().daemon_set(&key.namespace, &key.name)?;
    // Where no step made the newest revision it came with the cluster.
    let has_revision = || !revisions(timeline.world(), set).is_empty();
    let start = rollout_start(timeline, key).or_else(|| has_revision().then_some(0))?;
    let from = start.saturating_sub(1);
    let survey = survey_at(timeline, set)?;
    let desired = u32::try_from(survey.totals().counts.desired).unwrap_or(0);
    let numbers = Revisions::of(timeline.world(), Some(set));
    let uid = &set.metadata.uid;

    let mut then = timeline.clone();
    then.seek(from);
    let mut counts = Counts {
        uid,
        sums: Sums::default(),
        placement: Placement::new(&set.spec.template),
        now: &survey.sync.nodes.entries,
        watched: Vec::new(),
        has_changed: false,
    };
    let changes = || (from + 1..=timeline.shown()).filter_map(|no| timeline.step(no));
    changes().flat_map(|step| &step.changes).for_each(|change| counts.watch(change));
    for pod in then.world().pods_in(&key.namespace) {
        counts.add(pod, 1);
    }
    if let Some(set) = then.world().daemon_set(&key.namespace, &key.name) {
        counts.told(set);
        counts.expect(set);
    }
    let mut snapshots = vec![(from, counts.sums.clone())];
    for step in changes() {
        for change in &step.changes {
            match change.after.as_ref().and_then(Object::as_daemon_set) {
                Some(set) if change.is_about(key) && step.actor == Actor::DaemonSetController => {
                    counts.told(set);
                }
                _ => counts.take(change),
            }
        }
        if snapshots.last().is_some_and(|(_, last)| *last != counts.sums) {
            snapshots.push((step.no, counts.sums.clone()));
        }
    }
    let misscheduled = counts.misscheduled();

    let hashes: Vec<EcoString> = snapshots.iter().flat_map(|(_, then)| then.ready.keys().cloned()).collect();
    let mut revisions: Vec<i64> = hashes.iter().map(|hash| numbers.number(hash)).collect();
    revisions.push(survey.sync.history.origin.number());
    sort::by_key(&mut revisions, |number| std::cmp::Reverse(*number));
    revisions.dedup();
    let moves = matches!(survey.rollout, RolloutTrace::Unavailable(_) | RolloutTrace::Surge(_));
    let points = snapshots.into_iter().map(|(step, then)| Point {
        step,
        desired: then.desired,
        floor: if moves { least(set, then.desired) } else { None },
        ready: revisions
            .iter()
            .map(|number| {
                then.ready
                    .iter()
                    .filter(|(hash, _)| numbers.number(hash) == *number)
                    .map(|(_, count)| *count)
                    .sum()
            })
            .collect(),
    });
    let points: Vec<Point> = points.collect();
    let floor = points.last().and_then(|point| point.floor).map(|least| match &survey.rollout {
        RolloutTrace::Surge(_) => (least, format!("desired {least}, never less")),
        _ => (least, format!("at least {least} available")),
    });
    let (to, shown) = (timeline.len(), timeline.shown());
    Some(Chart { from, to, shown, desired, floor, misscheduled, revisions, points })
}

/// How many pods an update leaves available of so many that are desired.
fn least(set: &DaemonSet, desired: u32) -> Option<u32> {
    let unavailable = match bounds::budget(set, i32::try_from(desired).ok()?).ok()? {
        Budget::Surge(_) => 0,
        Budget::Unavailable(bound) => u32::try_from(bound.value).unwrap_or(0),
    };
    Some(desired.saturating_sub(unavailable))
}

/// Ready pods of a DaemonSet by the hash of their revision, on the nodes that should run one, and how many are desired.
#[derive(Clone, Default, PartialEq)]
struct Sums {
    ready: SmallMap<u32>,
    desired: u32,
}

impl Sums {
    /// Adds to the pods of a revision, which is forgotten at zero.
    fn count(&mut self, hash: &EcoString, by: i32) {
        let known = self.ready.get(hash).copied().unwrap_or(0).saturating_add_signed(by);
        match known {
            0 => drop(self.ready.remove(hash)),
            _ => drop(self.ready.insert(hash.clone(), known)),
        }
    }
}

/// The sums as they become step by step. Which nodes should run a pod changes when the controller tells how many do: it
/// has seen the node by then.
struct Counts<'a> {
    uid: &'a str,
    sums: Sums,
    /// Judges by the template that is rolled out.
    placement: Placement,
    /// All nodes at the shown step.
    now: &'a Map<EcoString, Rc<NodeEntry>>,
    /// The nodes that should run none at any time of the chart, as far as pods are there, by name. Every other one should
    /// run one.
    watched: Vec<Watched>,
    /// A watched node changed since the controller told last.
    has_changed: bool,
}

/// A node that should run no pod at some time.
struct Watched {
    node: EcoString,
    is_kept_out: bool,
    /// So it will be when the controller tells.
    next: bool,
    /// The hashes of the revisions of its ready pods.
    ready: Vec<EcoString>,
}

impl Counts<'_> {
    fn keeps_out(&self, node: Option<&Node>) -> bool {
        node.is_none_or(|node| self.placement.judge(node).verdict != Verdict::ShouldRun)
    }

    /// Where a watched node stands, or would stand.
    fn place(&self, node: &str) -> Result<usize, usize> {
        self.watched.binary_search_by(|watched| watched.node.as_str().cmp(node))
    }

    fn watch_at(&mut self, place: usize, node: &str, is_kept_out: bool) {
        let watched = Watched { node: node.into(), is_kept_out, next: is_kept_out, ready: Vec::new() };
        self.watched.insert(place, watched);
    }

    /// Finds a node whose verdict a change turns.
    fn watch(&mut self, change: &Change) {
        let Some((before, after)) = turned(change) else { return };
        let before = self.keeps_out(before);
        if before != self.keeps_out(after)
            && let Err(place) = self.place(change.name())
        {
            self.watch_at(place, change.name(), before);
        }
    }

    fn take(&mut self, change: &Change) {
        if let Some((_, after)) = turned(change) {
            let next = self.keeps_out(after);
            if let Ok(place) = self.place(change.name()) {
                self.watched[place].next = next;
                self.has_changed = true;
            }
        }
        change.pods().for_each(|(pod, sign)| self.add(pod, sign));
    }

    /// A pod is there (1) or no longer (-1). One that is being deleted serves nobody any more.
    fn add(&mut self, pod: &Pod, sign: i32) {
        if !pod.is_owned_by(self.uid) || !pod.is_ready() || pod.metadata.is_terminating() {
            return;
        }
        let hash = pod.metadata.labels.get(HASH_LABEL).cloned().unwrap_or_default();
        let node = pod.node().unwrap_or_default();
        if let Err(place) = self.place(node) {
            let verdict = self.now.get(node).and_then(|entry| entry.verdict.as_ref());
            if verdict.is_some_and(|judged| judged.verdict == Verdict::ShouldRun) {
                return self.sums.count(&hash, sign);
            }
            self.watch_at(place, node, true);
        }
        let Ok(place) = self.place(node) else { return };
        let watched = &mut self.watched[place];
        match watched.ready.iter().position(|known| *known == hash) {
            Some(at) if sign < 0 => drop(watched.ready.remove(at)),
            _ => watched.ready.push(hash.clone()),
        }
        if !watched.is_kept_out {
            self.sums.count(&hash, sign);
        }
    }

    /// The controller tells the DaemonSet's status.
    fn told(&mut self, set: &DaemonSet) {
        self.sums.desired = u32::try_from(set.status.desired_number_scheduled).unwrap_or(0);
        if std::mem::take(&mut self.has_changed) {
            for watched in self.watched.iter_mut().filter(|watched| watched.next != watched.is_kept_out) {
                watched.is_kept_out = watched.next;
                for hash in &watched.ready {
                    self.sums.count(hash, if watched.next { -1 } else { 1 });
                }
            }
        }
    }

    /// Where the controller has not told of any such pod, those that are there count until it tells.
    fn expect(&mut self, set: &DaemonSet) {
        if set.status.number_misscheduled > 0 {
            return;
        }
        for watched in self.watched.iter_mut().filter(|watched| watched.is_kept_out) {
            watched.is_kept_out = false;
            self.has_changed = true;
            watched.ready.iter().for_each(|hash| self.sums.count(hash, 1));
        }
    }

    /// Ready pods on nodes that should run none.
    fn misscheduled(&self) -> u32 {
        let kept_out = self.watched.iter().filter(|watched| watched.is_kept_out);
        u32::try_from(kept_out.map(|watched| watched.ready.len()).sum::<usize>()).unwrap_or(u32::MAX)
    }
}

/// A node before and after a change of what it is judged by.
fn turned(change: &Change) -> Option<(Option<&Node>, Option<&Node>)> {
    if !change.is_of(&Kind::Node) {
        return None;
    }
    let [before, after] =
        [&change.before, &change.after].map(|state| state.as_ref()?.as_node().map(|node| &**node));
    let is_same = before.zip(after).is_some_and(|(before, after)| {
        before.spec.taints == after.spec.taints && before.metadata.labels == after.metadata.labels
    });
    (!is_same).then_some((before, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubectl::Request;
    use crate::sim::given::{agent, apply, on_delete, rolling, run, settled, until};
    use crate::sim::{RunEnd, SimState};
    use serde_json::{Value, json};

    /// The first version on three nodes, and the second just applied.
    fn begun(spec: &Value) -> Timeline {
        let mut timeline = settled(3, spec);
        apply(&mut timeline, "2", spec);
        timeline
    }

    fn drawn(timeline: &Timeline) -> Chart {
        chart(timeline, &agent()).expect("it has a revision")
    }

    fn counts(chart: &Chart) -> Vec<&[u32]> {
        chart.points.iter().map(|point| point.ready.as_slice()).collect()
    }

    #[test]
    fn an_update_within_max_unavailable_dips_once_a_node() {
        let mut timeline = begun(&rolling(json!(1), json!(0)));
        let applied = timeline.shown();
        run(&mut timeline);
        let chart = drawn(&timeline);
        assert_eq!(chart.revisions, [2, 1]);
        // Of revision 2 and of revision 1: a deletion, then the new pod is ready, node by node.
        assert_eq!(counts(&chart), [[0, 3], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0], [3, 0]]);
        assert_eq!((chart.from, chart.to, chart.shown), (applied, timeline.len(), timeline.len()));
        assert_eq!((chart.desired, chart.top()), (3, 3));
        assert_eq!(chart.floor, Some((2, "at least 2 available".into())));
        assert_eq!(chart.told(), format!("step {}: 3 r2 ready", timeline.shown()));
        let steps: Vec<StepNo> = chart.points.iter().map(|point| point.step).collect();
        assert!(steps.is_sorted() && steps[0] == applied, "{steps:?}");
    }

    #[test]
    fn a_set_that_came_with_the_cluster_is_drawn_from_the_first_step_on() {
        let there = settled(3, &rolling(json!(1), json!(0)));
        let (state, refused) = SimState::of_nodes(1, there.world().objects().collect());
        assert!(refused.is_empty(), "{refused:?}");
        let mut timeline = Timeline::new(state);
        run(&mut timeline);
        let chart = drawn(&timeline);
        assert_eq!((chart.from, chart.revisions.as_slice()), (0, &[1][..]));
        assert!(counts(&chart).iter().all(|ready| **ready == [3]), "{:?}", counts(&chart));
        assert_eq!(chart.told(), format!("step {}: 3 r1 ready", timeline.shown()));
    }

    #[test]
    fn a_pod_that_may_only_stay_is_no_part_of_what_is_available() {
        let spec = rolling(json!(1), json!(0));
        let mut timeline = settled(3, &spec);
        timeline.say(&Request::taint("n02", &crate::api::Taint::new("gpu", "", crate::api::NO_SCHEDULE)));
        apply(&mut timeline, "2", &spec);
        // One pod of two that count goes, and that of the third node is there still.
        let before = drawn(&timeline);
        assert_eq!(before.told(), format!("step {}: 3 r1 ready", timeline.shown()), "nobody has looked yet");
        until(&mut timeline, |timeline| drawn(timeline).misscheduled == 1);
        let chart = drawn(&timeline);
        // All of them counted when the update began, as the counters said then.
        assert_eq!((chart.points[0].desired, chart.points[0].sum()), (3, 3));
        assert_eq!((chart.desired, chart.points.last().map(Point::sum)), (2, Some(1)));
        assert_eq!(chart.floor, Some((1, "at least 1 available".into())));
        let told =
            format!("step {}: 1 r1 ready, 1 unavailable, 1 ready where none should run", timeline.shown());
        assert_eq!(chart.told(), told);
        run(&mut timeline);
        let chart = drawn(&timeline);
        assert_eq!(chart.told(), format!("step {}: 2 r2 ready", timeline.shown()));
    }

    #[test]
    fn a_pod_leaves_the_counts_when_the_controller_sees_that_its_node_may_only_keep_it_and_comes_back() {
        let mut timeline = begun(&rolling(json!(1), json!(0)));
        run(&mut timeline);
        let last = |chart: &Chart| chart.points.last().map(|point| (point.desired, point.sum()));
        let synced = |timeline: &mut Timeline| {
            let pod = timeline.world().pods().next().expect("a pod").key();
            timeline.say(&Request::delete(&pod, crate::cluster::Propagation::Background));
            run(timeline);
            drawn(timeline)
        };
        let taint = crate::api::Taint::new("gpu", "", crate::api::NO_SCHEDULE);
        timeline.say(&Request::taint("n02", &taint));
        run(&mut timeline);
        // A pod may stay there, so that nothing brings the controller to look.
        assert_eq!(last(&drawn(&timeline)), Some((3, 3)));
        let tainted = synced(&mut timeline);
        assert_eq!(
            tainted.told(),
            format!("step {}: 2 r2 ready, 1 ready where none should run", timeline.shown())
        );
        assert_eq!(last(&tainted), Some((2, 2)));
        // What was before counts as it did.
        let first = [[0, 3], [0, 2], [1, 2], [1, 1], [2, 1], [2, 0], [3, 0], [2, 0]];
        assert_eq!(counts(&tainted)[..8], first);
        timeline.say(&Request::untaint("n02", "gpu", crate::api::NO_SCHEDULE));
        let free = synced(&mut timeline);
        assert_eq!(free.told(), format!("step {}: 3 r2 ready", timeline.shown()));
        assert_eq!(
            (last(&free), &counts(&free)[..8]),
            (Some((3, 3)), &first.each_ref().map(|ready| &ready[..])[..])
        );
    }

    #[test]
    fn it_ends_at_the_shown_step_and_says_what_is_missing_there() {
        let mut timeline = begun(&rolling(json!(1), json!(0)));
        run(&mut timeline);
        let whole = drawn(&timeline);
        for (index, expected) in [
            (1, "2 r1 ready, 1 unavailable"),
            (2, "1 r2 + 2 r1 ready"),
            (3, "1 r2 + 1 r1 ready, 1 unavailable"),
        ] {
            let step = whole.points[index].step;
            timeline.seek(step);
            let chart = drawn(&timeline);
            assert_eq!(chart.told(), format!("step {step}: {expected}"));
            assert_eq!(chart.points.len(), index + 1);
            assert_eq!((chart.shown, chart.to), (step, timeline.len()));
        }
    }

    #[test]
    fn a_surge_rises_above_what_is_desired_and_never_falls_below() {
        let mut timeline = begun(&rolling(json!(0), json!(2)));
        run(&mut timeline);
        let chart = drawn(&timeline);
        assert_eq!(chart.floor, Some((3, "desired 3, never less".into())));
        assert_eq!(chart.top(), 5);
        assert!(chart.points.iter().all(|point| point.sum() >= 3), "{:?}", chart.points);
        assert_eq!(counts(&chart).last(), Some(&&[3, 0][..]));
    }

    #[test]
    fn on_delete_has_no_floor_and_goes_as_far_as_pods_are_deleted() {
        let mut timeline = begun(&on_delete());
        run(&mut timeline);
        let chart = drawn(&timeline);
        assert_eq!((chart.floor.clone(), counts(&chart)), (None, vec![&[0, 3][..]]));
        let pod = timeline.world().pods().next().expect("a pod");
        let key = ObjectKey::pod("default", &pod.metadata.name);
        timeline.say(&Request::delete(&key, crate::cluster::Propagation::Background));
        run(&mut timeline);
        assert_eq!(counts(&drawn(&timeline)), [[0, 3], [0, 2], [1, 2]]);
    }

    #[test]
    fn a_rollback_is_charted_from_where_the_old_revision_came_back() {
        let spec = rolling(json!("100%"), json!(0));
        let mut timeline = begun(&spec);
        run(&mut timeline);
        let undone = timeline.shown() + 1;
        timeline.say(&Request::roll_back(&agent(), 1));
        run(&mut timeline);
        let chart = drawn(&timeline);
        assert_eq!((chart.revisions.as_slice(), chart.from), (&[3, 2][..], undone));
        assert_eq!(counts(&chart).first(), Some(&&[0, 3][..]));
        assert_eq!(counts(&chart).last(), Some(&&[3, 0][..]));
        assert_eq!(chart.floor, Some((0, "at least 0 available".into())));
    }

    #[test]
    fn each_step_is_held_against_what_was_desired_then() {
        let mut timeline = begun(&rolling(json!(1), json!(0)));
        run(&mut timeline);
        let taint = crate::api::Taint::new("gpu", "", crate::api::NO_EXECUTE);
        timeline.say(&Request::taint("n02", &taint));
        run(&mut timeline);
        let chart = drawn(&timeline);
        let desired: Vec<u32> = chart.points.iter().map(|point| point.desired).collect();
        assert_eq!(desired.first(), Some(&3), "while it rolled");
        assert_eq!((desired.last(), chart.desired, chart.top()), (Some(&2), 2, 3), "now");
        let floors = |chart: &Chart| chart.points.iter().map(|point| point.floor).collect::<Vec<_>>();
        assert_eq!(floors(&chart).first(), Some(&Some(2)));
        assert_eq!((floors(&chart).last(), chart.floor.map(|(least, _)| least)), (Some(&Some(1)), Some(1)));
    }

    #[test]
    fn there_is_no_chart_without_a_revision() {
        let mut timeline = Timeline::new(SimState::new(3, Vec::new()).0);
        assert_eq!(chart(&timeline, &agent()), None);
        apply(&mut timeline, "1", &on_delete());
        assert_eq!(chart(&timeline, &agent()), None, "the controller has not seen the set yet");
        assert_eq!(timeline.run(100), RunEnd::Stable);
        let empty = drawn(&timeline);
        assert_eq!((empty.desired, empty.top()), (0, 1), "an axis needs some height");
        assert_eq!(empty.told(), format!("step {}: none ready", timeline.shown()));
    }
}
