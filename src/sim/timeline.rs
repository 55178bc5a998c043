//! The recorded steps, and moving among them.

use super::command::Said;
use super::loops::Trace;
use super::state::SimState;
use super::step::{Cause, Step};
use crate::api::{Kind, Time};
use crate::cluster::{Actor, Change, Map, StableHash, StepNo, WorkKey, World};
use crate::kubectl::Request;
use std::collections::BTreeMap;
use std::rc::Rc;

/// So many steps at least lie between two states that are kept whole, unless they do much, as said below.
const KEYFRAME_EVERY: StepNo = 128;

/// A kept state of a large cluster holds a copy of most of its maps, so there are the fewer the larger it is: one
/// for each half of its nodes and pods.
const KEYFRAME_SHARE: usize = 2;

/// Where steps do much, states are kept closer to each other: so many looks at a node take about as long as one may
/// wait for an act in the past, less than half a second in a browser. In a large cluster each holds more than half a
/// megabyte of its own.
const KEYFRAME_COST: usize = 1_250_000;

/// At most so many states are kept. Of more, every second one goes, and they lie twice as far apart from then on.
const MOST_KEPT: usize = 256;

type Steps = imbl::GenericVector<Rc<Step>, imbl::shared_ptr::RcK>;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunEnd {
    /// Nothing more will happen by itself.
    Stable,
    /// It was to go no further in one go.
    More,
    /// It goes on and on.
    NotSettling {
        /// Who is busiest.
        actor: Actor,
        /// With what.
        key: Option<WorkKey>,
        /// How many of the last steps were that.
        times: u32,
    },
}

/// A recorded run of the simulation, and the step that is shown. Cloning is cheap.
///
/// New steps are taken from the state at the end, and while the last step is shown that is the shown cluster, too: it is
/// held once. A cluster of the past moves by the recorded changes. Acting in the past starts anew from there: the later
/// steps are dropped.
#[derive(Clone)]
pub struct Timeline {
    start: Time,
    steps: Steps,
    /// How many steps each actor took, in the order of the actors.
    taken: [u32; Actor::ALL.len()],
    /// A hash of the run up to each step.
    marks: imbl::GenericVector<u64, imbl::shared_ptr::RcK>,
    keyframes: Map<StepNo, Rc<SimState>>,
    head: SimState,
    shown: StepNo,
    /// The time that is shown: of the step, or later if one waited for nothing to happen.
    clock: Time,
    /// The shown cluster where it is another one than at the end: an earlier one, or one that waited.
    aside: Option<World>,
    /// What the shown cluster forgot while one waited.
    expired: Vec<Change>,
    /// What the steps since the last kept state cost, in looks at a node.
    cost: usize,
    /// How many times every second kept state went.
    thinned: u32,
    /// Steps taken since the user last did something, to notice what does not settle.
    since_command: u32,
}

impl Timeline {
    /// A run that starts from a state, with no step yet.
    pub fn new(state: SimState) -> Self {
        Timeline {
            start: state.now(),
            steps: Steps::new(),
            taken: [0; Actor::ALL.len()],
            marks: imbl::GenericVector::new(),
            keyframes: [(0, Rc::new(state.clone()))].into_iter().collect(),
            aside: None,
            expired: Vec::new(),
            shown: 0,
            clock: state.now(),
            head: state,
            cost: 0,
            thinned: 0,
            since_command: 0,
        }
    }

    /// How many steps are recorded.
    pub fn len(&self) -> StepNo {
        StepNo::try_from(self.steps.len()).unwrap_or(StepNo::MAX)
    }

    /// Whether no step is recorded.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The step that is shown; 0 = the start.
    pub fn shown(&self) -> StepNo {
        self.shown
    }

    /// A recorded step; the first is 1.
    pub fn step(&self, no: StepNo) -> Option<&Rc<Step>> {
        self.steps.get(no.checked_sub(1)? as usize)
    }

    /// The recorded steps in order.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &Rc<Step>> {
        self.steps.iter()
    }

    /// The steps up to the shown one, the latest first.
    pub fn past(&self) -> impl Iterator<Item = &Rc<Step>> {
        (1..=self.shown).rev().filter_map(|no| self.step(no))
    }

    /// Whether an actor took any of the recorded steps.
    pub fn has_step_of(&self, actor: Actor) -> bool {
        self.taken[actor as usize] > 0
    }

    /// The cluster after the shown step.
    pub fn world(&self) -> &World {
        self.aside.as_ref().unwrap_or(self.head.world())
    }

    /// The simulated time of the shown step, or up to which one waited after it.
    pub fn now(&self) -> Time {
        self.clock
    }

    /// The time at which the run started.
    pub fn started(&self) -> Time {
        self.start
    }

    /// When the step after the last recorded one is due; none = the cluster is stable.
    pub fn next_at(&self) -> Option<Time> {
        self.head.next_at()
    }

    /// Whether there is a step to go forward to: recorded, or to be taken.
    pub fn can_advance(&self) -> bool {
        self.shown < self.len() || self.head.next_at().is_some()
    }

    /// When the step after the shown one was or is due; none = there is none.
    pub fn following(&self) -> Option<Time> {
        match self.step(self.shown + 1) {
            Some(step) => Some(step.at),
            None => self.head.next_at(),
        }
    }

    /// Shows the next step, taking it if it is not recorded yet. False when nothing more will happen by itself.
    pub fn forward(&mut self) -> bool {
        if self.shown == self.len() {
            let Some(step) = self.head.step() else { return false };
            self.since_command += 1;
            self.push(step);
        }
        self.seek(self.shown + 1);
        true
    }

    /// Shows the step before. False at the start.
    pub fn back(&mut self) -> bool {
        let Some(no) = self.shown.checked_sub(1) else { return false };
        self.seek(no);
        true
    }

    /// Goes forward over all that happens up to a time, and shows the cluster as it is then: what is said next is said
    /// at that time.
    pub fn advance(&mut self, to: Time) {
        while self.following().is_some_and(|at| at <= to) && self.forward() {}
        self.wait(to);
    }

    /// Lets time pass in which nothing happens but that events get too old: what is said next is said at that time.
    pub fn wait(&mut self, to: Time) {
        self.clock = self.clock.max(to);
        let mut world = self.world().clone();
        let known = self.expired.len();
        while let Some(change) = world.expire(self.clock) {
            self.expired.push(change);
        }
        if self.expired.len() > known {
            self.aside = Some(world);
        }
    }

    /// Shows a recorded step (the last one if there are fewer).
    pub fn seek(&mut self, no: StepNo) {
        let no = no.min(self.len());
        let waited = std::mem::take(&mut self.expired);
        self.aside = match self.aside.take() {
            _ if no == self.len() => None,
            aside => {
                let mut world = aside.unwrap_or_else(|| self.head.world().clone());
                for change in waited.iter().rev() {
                    world.undo(change);
                }
                Some(self.moved(world, no))
            }
        };
        self.shown = no;
        self.clock = self.time_of(no);
    }

    /// The shown cluster as it is after another step, or, where one is nearer, a kept one moved there.
    fn moved(&self, mut world: World, no: StepNo) -> World {
        let mut at = self.shown;
        let before = self.keyframes.range(..=no).next_back();
        let around = before.into_iter().chain(self.keyframes.range(no..).next());
        if let Some((kept, state)) = around.min_by_key(|(kept, _)| kept.abs_diff(no))
            && kept.abs_diff(no) < at.abs_diff(no)
        {
            (at, world) = (*kept, state.world().clone());
        }
        while at < no {
            at += 1;
            let Some(step) = self.step(at) else { break };
            for change in step.expired.iter().chain(&step.changes) {
                world.redo(change);
            }
            if let Some(sent) = step.sent() {
                world.set_traffic(&sent.after);
            }
            if let Some((_, home)) = step.moved() {
                world.set_home(home);
            }
        }
        while at > no {
            let Some(step) = self.step(at) else { break };
            for change in step.expired.iter().chain(&step.changes).rev() {
                world.undo(change);
            }
            if let Some(sent) = step.sent() {
                world.set_traffic(&sent.before);
            }
            if let Some((home, _)) = step.moved() {
                world.set_home(home);
            }
            at -= 1;
        }
        world
    }

    /// When a step was taken; of none, when the run began.
    pub fn time_of(&self, no: StepNo) -> Time {
        self.step(no).map_or(self.start, |step| step.at)
    }

    /// Goes forward until nothing more happens by itself, at most `most` steps in this call. A run that exceeds
    /// the bound for a cluster of this size (500 steps, and 20 more for each node and pod) does not settle, nor does one
    /// that is only refused any more, about sixteen times for each object.
    pub fn run(&mut self, most: u32) -> RunEnd {
        for _ in 0..most {
            if self.does_not_settle() {
                return self.busiest();
            }
            if !self.forward() {
                return RunEnd::Stable;
            }
        }
        if self.can_advance() { RunEnd::More } else { RunEnd::Stable }
    }

    /// Does what the user says after the shown step, dropping the steps after it. Says what came of it: the last step.
    pub fn say(&mut self, request: &Request) -> Rc<Said> {
        self.drop_later();
        self.finish();
        self.since_command = 0;
        self.head.wait_until(self.clock);
        let answer = request.run(self.head.world(), self.head.now());
        let said = Rc::new(Said { request: request.clone(), answer });
        let step = self.head.repeat(&said);
        self.push(step);
        self.seek(self.len());
        said
    }

    /// Whether the user's last command, at the last recorded step, is still to write something.
    pub fn is_unfinished(&self) -> bool {
        self.shown == self.len() && self.head.is_unfinished()
    }

    /// Goes on, from the last recorded step, until the user's last command has written all that it writes: there is no
    /// prompt before.
    pub fn finish(&mut self) {
        while self.is_unfinished() && self.forward() {}
    }

    /// Drops the recorded steps after the shown one.
    pub fn drop_later(&mut self) {
        if self.shown == self.len() {
            return;
        }
        self.head = self.resume_from(self.shown);
        if self.expired.is_empty()
            && let Some(world) = self.aside.take()
        {
            self.head.point_to(world);
        }
        for step in self.steps.iter().skip(self.shown as usize) {
            self.taken[step.actor as usize] -= 1;
        }
        self.steps.truncate(self.shown as usize);
        self.marks.truncate(self.shown as usize);
        let later: Vec<StepNo> = self.keyframes.range(self.shown + 1..).map(|(no, _)| *no).collect();
        for no in later {
            self.keyframes.remove(&no);
        }
        // Whoever acts here once may do so again.
        self.keep_state(self.shown);
    }

    /// The whole state after a recorded step: the nearest kept one before it, and the steps since taken again.
    pub fn resume_from(&self, no: StepNo) -> SimState {
        let Some((at, state)) = self.keyframes.range(..=no).next_back() else { return self.head.clone() };
        let mut state = SimState::clone(state);
        for again in *at + 1..=no {
            match self.step(again).map(|step| (&step.trace, step.cause, step.at)) {
                Some((Trace::Command(said), Cause::User, at)) => {
                    state.wait_until(at);
                    drop(state.repeat(said));
                }
                _ => drop(state.step()),
            }
        }
        state
    }

    /// How many states are kept whole.
    pub fn kept_states(&self) -> usize {
        self.keyframes.len()
    }

    /// A hash of the run up to a recorded step, cheap enough to be stored: when who changed which objects.
    pub fn mark(&self, no: StepNo) -> Option<u64> {
        self.marks.get(no.checked_sub(1)? as usize).copied()
    }

    /// A hash of all steps: the same run gives the same one on every machine.
    pub fn digest(&self) -> u64 {
        self.steps.iter().fold(StableHash::default(), |hash, step| hash.text(&format!("{step:?}"))).finish()
    }

    fn push(&mut self, step: Step) {
        let no = step.no;
        debug_assert_eq!(no, self.len() + 1, "steps are numbered in a row");
        self.cost += self.cost_of(&step);
        let before = self.marks.last().copied().unwrap_or_default();
        self.marks.push_back(mark(before, &step));
        self.taken[step.actor as usize] += 1;
        self.steps.push_back(Rc::new(step));
        let last = self.keyframes.last().map_or(0, |(no, _)| *no);
        let share = StepNo::try_from(self.size() / KEYFRAME_SHARE).unwrap_or(StepNo::MAX);
        let is_far = no - last >= share.max(KEYFRAME_EVERY) << self.thinned;
        if is_far || self.cost >= KEYFRAME_COST << self.thinned {
            self.keep_state(no);
        }
    }

    /// Keeps the state at the end whole.
    fn keep_state(&mut self, no: StepNo) {
        self.keyframes.insert(no, Rc::new(self.head.clone()));
        self.cost = 0;
        if self.keyframes.len() > MOST_KEPT {
            self.thinned += 1;
            let second: Vec<StepNo> = self.keyframes.keys().copied().skip(1).step_by(2).collect();
            second.iter().for_each(|no| drop(self.keyframes.remove(no)));
        }
    }

    /// About what it costs to take a step again, in looks at a node: a write is worth many, and one in so many syncs of
    /// a DaemonSet, the first and that after a new template, looks at all nodes.
    fn cost_of(&self, step: &Step) -> usize {
        const WRITE: usize = 80;
        const SYNCS: usize = 20;
        let looks = match step.actor {
            Actor::DaemonSetController => self.head.world().node_count() / SYNCS,
            _ => 1,
        };
        looks + WRITE * step.changes.len()
    }

    /// Nodes and pods.
    fn size(&self) -> usize {
        self.head.world().node_count() + self.head.world().pod_count()
    }

    /// Whether it went on for longer after the last command than any cluster of this size that comes to rest, or does
    /// nothing any more but try in vain, with nothing recorded to come.
    pub fn does_not_settle(&self) -> bool {
        self.shown == self.len() && (self.since_command > self.bound() || self.ends_in_vain())
    }

    fn ends_in_vain(&self) -> bool {
        self.steps.back().is_some_and(|step| is_in_vain(step)) && self.in_vain().is_some()
    }

    /// How many of the last steps did nothing but be refused by the API server, if that is so often for each object that
    /// was looked at that the waits between them have grown to minutes; none too, where a pod is still ending: its room may
    /// be what they wait for.
    #[cold]
    #[inline(never)]
    fn in_vain(&self) -> Option<usize> {
        const TIMES: usize = 16;
        const KEYS: usize = 8;
        let last = self.steps.iter().rev().take(self.since_command as usize);
        let mut keys: Vec<(Actor, Option<&WorkKey>)> = Vec::new();
        for (times, step) in (1..).zip(last.take_while(|step| is_in_vain(step))) {
            let key = (step.actor, step.key.as_ref());
            if !keys.contains(&key) {
                keys.push(key);
            }
            if keys.len() > KEYS {
                return None;
            }
            if times >= TIMES * keys.len() {
                let ends = self.head.world().pods().any(|pod| pod.metadata.is_terminating());
                return (!ends).then_some(times);
            }
        }
        None
    }

    fn bound(&self) -> u32 {
        u32::try_from(self.size()).unwrap_or(u32::MAX).saturating_mul(20).saturating_add(500)
    }

    fn busiest(&self) -> RunEnd {
        let mut counts: BTreeMap<(Actor, Option<&WorkKey>), u32> = BTreeMap::new();
        // What went on before it was only refused is over.
        let looked_at = self.in_vain().unwrap_or(100);
        for step in self.steps.iter().rev().take(looked_at) {
            *counts.entry((step.actor, step.key.as_ref())).or_default() += 1;
        }
        let busiest = counts.into_iter().max_by_key(|(_, times)| *times);
        busiest.map_or(RunEnd::Stable, |((actor, key), times)| RunEnd::NotSettling {
            actor,
            key: key.cloned(),
            times,
        })
    }
}

/// Whether a step was refused something, and did nothing but tell so.
fn is_in_vain(step: &Step) -> bool {
    !step.refused.is_empty() && step.changes.iter().all(|change| change.is_of(&Kind::Event))
}

/// The hash of a run with one more step.
fn mark(before: u64, step: &Step) -> u64 {
    let mut hash =
        StableHash::default().number(before).number(step.at.millis().cast_unsigned()).text(step.actor.name());
    for change in &step.changes {
        let what = u64::from(change.before.is_some()) << 1 | u64::from(change.after.is_some());
        hash = hash.number(what).text(change.namespace()).text(change.name());
    }
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Write;

    #[test]
    fn kept_states_are_thinned_out_but_for_the_first_and_the_last() {
        let mut timeline = Timeline::new(SimState::new(1, Vec::new()).0);
        for no in 1..=2_000 {
            timeline.keep_state(no);
            assert!(timeline.kept_states() <= MOST_KEPT);
            assert_eq!(timeline.keyframes.last().map(|(no, _)| *no), Some(no));
        }
        assert!(timeline.keyframes.contains_key(&0) && timeline.kept_states() > MOST_KEPT / 2);
        let kept: Vec<StepNo> = timeline.keyframes.keys().copied().filter(|no| *no < 1_000).collect();
        assert!(kept.windows(2).all(|pair| pair[1] - pair[0] <= 32), "none is far from the next: {kept:?}");
    }

    /// From a kept state before it and from one after it.
    #[test]
    fn a_step_shows_the_same_from_wherever_it_is_reached() {
        let nodes: Vec<_> = (0..120)
            .map(|at| {
                let node = serde_json::json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": format!("n{at}") } });
                crate::api::Object::from_json(node).expect("a node")
            })
            .collect();
        let mut timeline = Timeline::new(SimState::of_nodes(1, nodes).0);
        let set = serde_json::json!({
            "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": { "name": "a", "namespace": "default" },
            "spec": {
                "selector": { "matchLabels": { "app": "a" } },
                "template": {
                    "metadata": { "labels": { "app": "a" } }, "spec": { "containers": [{ "name": "c", "image": "c:1" }] },
                },
            },
        });
        let set = crate::api::Object::from_json(set).expect("a set");
        let says = |timeline: &mut Timeline, line: &str| {
            for request in Request::parse(line, &BTreeMap::new()).expect("a line") {
                timeline.say(&request);
            }
        };
        timeline.say(&Request::apply(Request::text_of(&[set])));
        timeline.run(100);
        says(&mut timeline, "kubectl config set-context --current --namespace=kube-system");
        says(&mut timeline, "curl http://10.96.0.1");
        timeline.run(StepNo::MAX);
        let at_rest = timeline.len();
        timeline.advance(timeline.now() + crate::api::Millis::seconds(4000));
        says(&mut timeline, "kubectl cordon n1");
        timeline.run(StepNo::MAX);
        assert!(timeline.kept_states() > 2, "{}", timeline.kept_states());
        let shown = |timeline: &Timeline| {
            let world = timeline.world();
            let objects: Vec<_> = world.objects().collect();
            // An identity tells how many objects were created before.
            let probe = serde_json::json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "probe" } });
            let probe = Write::Create(crate::api::Object::from_json(probe).expect("a namespace"));
            let probed = world.clone().write(probe, timeline.now()).expect("it is created");
            let uid = probed.and_then(|probed| Some(probed.after?.metadata().uid.clone()));
            (world.revision(), uid, world.home().to_string(), format!("{:?}", world.traffic()), objects)
        };
        let end = timeline.len();
        timeline.seek(0);
        let mut all = vec![shown(&timeline)];
        while timeline.shown() < end {
            timeline.forward();
            all.push(shown(&timeline));
        }
        for from in [0, end, end / 2] {
            for no in (0..=end).step_by(7).chain([1, 127, 128, 129, end]) {
                timeline.seek(from);
                timeline.seek(no);
                assert!(shown(&timeline) == all[no as usize], "step {no} from {from}");
            }
        }
        // Also after one waited there until events were forgotten, with steps to come and at the end.
        timeline.seek(at_rest);
        let mut ended = timeline.clone();
        ended.drop_later();
        let no = at_rest;
        for mut timeline in [timeline, ended] {
            let before = timeline.world().event_count();
            for seconds in [3600, 3900] {
                timeline.wait(timeline.time_of(no) + crate::api::Millis::seconds(seconds));
            }
            assert!(timeline.world().event_count() < before);
            let mut acting = timeline.clone();
            says(&mut acting, "kubectl cordon n2");
            assert_eq!(acting.world().event_count(), timeline.world().event_count(), "they stay forgotten");
            assert!(acting.back() && shown(&acting) == all[no as usize], "acted there");
            for other in [end / 3, no] {
                let mut timeline = timeline.clone();
                timeline.seek(other);
                assert!(shown(&timeline) == all[other as usize], "step {other} after waiting");
            }
            acting = timeline.clone();
            acting.drop_later();
            assert_eq!(acting.world().event_count(), timeline.world().event_count(), "it still waits");
            acting.seek(no);
            assert!(shown(&acting) == all[no as usize], "without what came later");
        }
    }

    #[test]
    fn acting_again_at_the_same_place_takes_nothing_again() {
        let mut timeline = Timeline::new(SimState::new(1, Vec::new()).0);
        for _ in 0..3 {
            timeline.say(&Request::order(true));
        }
        timeline.seek(2);
        timeline.say(&Request::order(false));
        assert!(timeline.keyframes.contains_key(&2));
        assert_eq!((timeline.len(), timeline.shown()), (3, 3));
    }
}
