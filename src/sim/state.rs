//! The state of the whole simulation, and how it takes one step.

use super::agenda::{Agenda, Entry};
use super::command::{NEXT_REVISION, Said, later};
use super::loops::{Loops, Trace};
use super::step::{Cause, MoreOfStep, Step};
use crate::api::{Kind, Node, Object, ObjectMeta, Time};
use crate::cluster::{
    Actor, ApiError, Because, Change, Cx, Recorder, StepNo, Wakes, WorkKey, World, Write, Written,
};
use crate::controllers::node_lifecycle;
use crate::kubectl::{Deed, DoneTo, Request, Setting, nodes};
use crate::kubelet::NodeNumbers;
use std::rc::Rc;

/// Everything that the future depends on. Cloning is cheap.
#[derive(Clone)]
pub struct SimState {
    world: World,
    now: Time,
    seed: u64,
    by_chance: bool,
    taken: StepNo,
    agenda: Agenda,
    /// The user's last command, and what it is still to write.
    unfinished: Option<(Rc<Said>, Vec<Write>)>,
    loops: Loops,
    recorder: Recorder,
    /// What was forgotten since the last step, while one waited.
    expired: Vec<Change>,
}

/// A cluster of a node list that is being set up. Whatever comes at once, nodes first, the same cluster comes of it.
pub struct Founding {
    state: SimState,
    empty: World,
    numbers: NodeNumbers,
    all_down: bool,
    refused: Vec<DoneTo>,
}

impl Founding {
    /// So many objects of a list are best added at once: what is planned of one holds several times what is kept of it.
    pub const PART: usize = 256;

    /// Begins.
    pub fn new(seed: u64) -> Self {
        let (state, _) = SimState::new(seed, Vec::new());
        Founding {
            empty: state.world.clone(),
            state,
            numbers: NodeNumbers::default(),
            all_down: false,
            refused: Vec::new(),
        }
    }

    /// Tells it the whole list, before anything of it is brought in: nobody is evicted where all nodes are down.
    pub fn look_over(&mut self, list: &[Object]) {
        self.all_down = all_down(list);
    }

    /// Brings in some more of the list.
    pub fn add(&mut self, objects: &[Object]) {
        let (world, now) = (&self.state.world, self.state.now);
        let (writes, done) = nodes::plan(world, &self.empty, now, objects, &mut self.numbers);
        self.refused.extend(done.into_iter().filter(|done| matches!(done.deed, Deed::Refused(_))));
        self.state.found(writes, self.all_down);
    }

    /// The cluster, and what the API server refuses of the list with the reason.
    pub fn finish(mut self) -> (SimState, Vec<DoneTo>) {
        let revisions = nodes::plan_revisions(&self.state.world, self.state.now);
        self.state.found(revisions, self.all_down);
        (self.state, self.refused)
    }
}

/// How many follow-up writes a loop may make in one step (it answers with events, which lead to no further ones).
const ANSWERS: usize = 1;

/// Whether none of the nodes is ready; a node of which nothing is said is.
fn all_down(list: &[Object]) -> bool {
    let mut nodes = list.iter().filter_map(Object::as_node);
    nodes.all(|node| node.ready().is_some_and(|ready| ready != "True"))
}

impl SimState {
    /// A cluster that holds these objects already, and so is at rest: its nodes have the taints that their conditions
    /// and cordons imply. What the API server refuses of them comes back with the reason.
    pub fn new(seed: u64, setup: Vec<Object>) -> (Self, Vec<(Write, ApiError)>) {
        let world = World::new(seed, Time::EPOCH);
        let mut state = SimState {
            world,
            now: Time::EPOCH,
            seed,
            by_chance: false,
            taken: 0,
            agenda: Agenda::default(),
            unfinished: None,
            loops: Loops::default(),
            recorder: Recorder::default(),
            expired: Vec::new(),
        };
        let mut refused = Vec::new();
        let all_down = all_down(&setup);
        for object in setup {
            if let Some(change) = state.set_up(Write::Create(object), all_down, &mut refused) {
                state.tell(&change, Cause::Start);
            }
        }
        (state, refused)
    }

    /// A cluster of a node list, with the pods that run there already. What the API server refuses of it comes back
    /// with the reason.
    pub fn of_nodes(seed: u64, objects: Vec<Object>) -> (Self, Vec<DoneTo>) {
        let mut founding = Founding::new(seed);
        founding.look_over(&objects);
        objects.chunks(Founding::PART).for_each(|some| founding.add(some));
        founding.finish()
    }

    /// Does what was planned before anything else happens. What a listed pod has is written after it, but it has had it
    /// all along: loops are told of both at once.
    fn found(&mut self, planned: Vec<(Write, Change)>, all_down: bool) {
        let mut refused = Vec::new();
        let mut planned = planned.into_iter().peekable();
        while let Some((write, change)) = planned.next() {
            let Some(mut change) = self.bring_about(write, change, all_down, &mut refused) else { continue };
            let key = change.key();
            let is_of_same = |(next, _): &(Write, Change)| matches!(next, Write::UpdateStatus(object) if object.key() == key);
            while let Some((status, then)) = planned.next_if(is_of_same) {
                if let Some(then) = self.bring_about(status, then, all_down, &mut refused) {
                    (change.revision, change.after) = (then.revision, then.after);
                }
            }
            self.tell(&change, Cause::Start);
        }
        debug_assert!(refused.is_empty(), "what was planned is accepted: {refused:?}");
    }

    /// Does a planned write: it is the change as planned, but for nodes, which get the taints that they are to have.
    fn bring_about(
        &mut self,
        write: Write,
        mut planned: Change,
        all_down: bool,
        refused: &mut Vec<(Write, ApiError)>,
    ) -> Option<Change> {
        if planned.is_of(&Kind::Node) {
            let live = self.world.get(&planned.key());
            match (&write, &live, &mut planned.after) {
                (Write::Create(_), None, Some(Object::Node(node))) => {
                    *node = self.settled(Rc::clone(node), all_down);
                }
                (Write::UpdateStatus(_), Some(Object::Node(live)), Some(Object::Node(node))) => {
                    let node = Rc::make_mut(node);
                    let version = std::mem::take(&mut node.metadata.resource_version);
                    node.spec.clone_from(&live.spec);
                    node.metadata = ObjectMeta { resource_version: version, ..live.metadata.clone() };
                }
                _ => return self.set_up(write, all_down, refused),
            }
            planned.before = live;
        }
        self.world.redo(&planned);
        Some(planned)
    }

    /// A node with what its conditions imply.
    fn settled(&self, node: Rc<Node>, all_down: bool) -> Rc<Node> {
        match all_down {
            true => node_lifecycle::settled_while_all_are_down(node, self.now),
            false => node_lifecycle::settled(node, self.now),
        }
    }

    /// Does a write before anything else happens; nobody is told yet.
    fn set_up(
        &mut self,
        write: Write,
        all_down: bool,
        refused: &mut Vec<(Write, ApiError)>,
    ) -> Option<Change> {
        let write = match write {
            Write::Create(Object::Node(node)) => Write::Create(Object::Node(self.settled(node, all_down))),
            write => write,
        };
        match self.world.write(write.clone(), self.now) {
            Ok(change) => change,
            Err(error) => {
                refused.push((write, error));
                None
            }
        }
    }

    /// Whether nodes are taken by chance ([`Setting::ByChance`]).
    pub fn by_chance(&self) -> bool {
        self.by_chance
    }

    /// The cluster.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The simulated time.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Takes over a store that holds the same: what it points to is what recorded steps and other branches point to.
    pub(super) fn point_to(&mut self, world: World) {
        debug_assert!(self.world.objects().eq(world.objects()), "it holds the same");
        debug_assert_eq!((self.world.revision(), self.world.home()), (world.revision(), world.home()));
        self.world = world;
    }

    /// When the next step is due; none = nothing will happen by itself.
    pub fn next_at(&self) -> Option<Time> {
        self.agenda.next_at()
    }

    /// Takes the next step. None when nothing will happen by itself.
    pub fn step(&mut self) -> Option<Step> {
        let (at, Entry { actor, key, cause, also }) = self.agenda.pop()?;
        self.now = self.now.max(at);
        let no = self.taken + 1;
        if actor == Actor::You {
            let (said, writes) = self.unfinished.take()?;
            return Some(self.send(actor, cause, said, writes));
        }
        let cx =
            Cx { world: &self.world, now: self.now, seed: self.seed, by_chance: self.by_chance, step: no };
        let outcome = self.loops.reconcile(actor, &cx, &key)?;
        let because = match Loops::because(&outcome.trace) {
            Some(Because::Change(0) | Because::Timer(0)) => (Cause::Start, Vec::new()),
            Some(Because::Change(step)) => (Cause::Change(step), Vec::new()),
            Some(Because::Timer(step)) => (Cause::Timer { set_by: step }, Vec::new()),
            None => (cause, also),
        };
        if let Some(delay) = outcome.requeue_after {
            let entry = Entry::new(actor, key.clone(), Cause::Timer { set_by: no });
            self.agenda.add(self.now + delay, entry);
        }
        Some(self.record(actor, Some(key), because, outcome.trace, outcome.writes))
    }

    /// Whether the user's last command is still to write something: kubectl has not ended yet.
    pub(super) fn is_unfinished(&self) -> bool {
        self.unfinished.is_some()
    }

    /// Lets the clock go on. What is due by then must have been taken. What is too old by then is forgotten: who asks
    /// for it next does not find it.
    pub fn wait_until(&mut self, at: Time) {
        debug_assert!(self.next_at().is_none_or(|next| next >= at), "something is due before");
        self.now = self.now.max(at);
        let expired = self.expire(self.taken + 1);
        self.expired.extend(expired);
    }

    /// Does what the user says, now.
    pub fn say(&mut self, request: &Request) -> Step {
        let answer = request.run(&self.world, self.now);
        self.repeat(&Rc::new(Said { request: request.clone(), answer }))
    }

    /// Does what came of a command before, in the state in which it was said.
    pub fn repeat(&mut self, said: &Rc<Said>) -> Step {
        match &said.answer.setting {
            Some(Setting::ByChance(by_chance)) => self.by_chance = *by_chance,
            Some(Setting::Home(_, namespace)) => self.world.set_home(namespace),
            None => {}
        }
        let writes = said.answer.writes.clone();
        let actor = match &said.answer.sent {
            Some(sent) => {
                self.world.set_traffic(&sent.after);
                Actor::Client
            }
            None => Actor::You,
        };
        self.send(actor, Cause::User, Rc::clone(said), writes)
    }

    /// Writes what a command writes now; the rest is on the agenda.
    fn send(&mut self, actor: Actor, cause: Cause, said: Rc<Said>, mut writes: Vec<Write>) -> Step {
        let later = later(&mut writes);
        let step = self.record(actor, None, (cause, Vec::new()), Trace::Command(Rc::clone(&said)), writes);
        if !later.is_empty() {
            self.unfinished = Some((said, later));
            let entry = Entry::new(Actor::You, WorkKey::Next, Cause::Timer { set_by: step.no });
            self.agenda.add(self.now + NEXT_REVISION, entry);
        }
        step
    }

    /// Does one write; events go through the recorder.
    fn write(&mut self, write: &Write) -> Written {
        let Write::Event { about, .. } = write else {
            return self.world.write(write.clone(), self.now);
        };
        let told_of = self.world.get(about);
        let occurrence = self.recorder.note(told_of.as_ref(), write, self.now);
        let tell = |occurrence| self.world.tell(told_of.as_ref(), write, occurrence, self.now);
        occurrence.map_or(Ok(None), tell)
    }

    /// Forgets the events that are too old by now.
    fn expire(&mut self, no: StepNo) -> Vec<Change> {
        let mut expired = Vec::new();
        while let Some(change) = self.world.expire(self.now) {
            self.tell(&change, Cause::Change(no));
            expired.push(change);
        }
        expired
    }

    /// Writes, and tells the loops each change before the next write is done.
    fn record(
        &mut self,
        actor: Actor,
        key: Option<WorkKey>,
        (cause, also): (Cause, Vec<StepNo>),
        trace: Trace,
        writes: Vec<Write>,
    ) -> Step {
        self.taken += 1;
        let no = self.taken;
        let mut expired = std::mem::take(&mut self.expired);
        expired.extend(self.expire(no));
        let (mut changes, mut refused) = (Vec::new(), Vec::new());
        let mut round = writes;
        for answer in 0..=ANSWERS {
            // Writes are large, and a sync has hundreds of them: there is room at once.
            let mut results = Vec::with_capacity(round.len());
            changes.reserve_exact(round.len());
            for write in round.drain(..) {
                let result = self.write(&write);
                match &result {
                    Ok(Some(change)) => {
                        self.tell(change, Cause::Change(no));
                        changes.push(change.clone());
                    }
                    Ok(None) => {}
                    Err(error) => refused.push((write.clone(), error.clone())),
                }
                let ends = result.is_err() && Loops::stops_when_refused(actor);
                results.push((write, result));
                if ends {
                    break;
                }
            }
            let Some(key) = key.as_ref().filter(|_| answer < ANSWERS && !results.is_empty()) else {
                break;
            };
            let cx = Cx {
                world: &self.world,
                now: self.now,
                seed: self.seed,
                by_chance: self.by_chance,
                step: no,
            };
            let mut wakes = Wakes::at(no);
            round = self.loops.written(actor, &cx, key, &results, &mut wakes);
            for (key, delay) in wakes.drain() {
                let entry = Entry::new(actor, key, Cause::Timer { set_by: no });
                self.agenda.add(self.now + delay, entry);
            }
        }
        // Steps are kept by the ten thousand.
        changes.shrink_to_fit();
        let more = MoreOfStep { also, expired, refused }.into();
        Step { no, at: self.now, actor, key, cause, trace, changes, more }
    }

    /// Shows a change to every loop, unless it is one of an event that stays ([`crate::cluster::Component::observe`]).
    fn tell(&mut self, change: &Change, cause: Cause) {
        if matches!(&change.after, Some(Object::Event(event)) if !event.metadata.is_terminating()) {
            return;
        }
        let SimState { world, now, taken, agenda, loops, .. } = self;
        loops.observe(world, change, *now, *taken, |actor, key, delay| {
            let cause = match cause {
                Cause::Change(step) if delay.0 > LATEST_REACTION => Cause::Timer { set_by: step },
                cause => cause,
            };
            let entry = Entry::new(actor, key, cause);
            match Loops::plans_anew(actor) {
                true => agenda.replace(*now + delay, entry),
                false => agenda.add(*now + delay, entry),
            }
        });
    }
}

/// A loop that looks later than this (ms) after a change waited for a time, not for its turn.
const LATEST_REACTION: i64 = 500;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::api::EcoString;
    use crate::scheduler::Cache;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn node(number: usize) -> Value {
        json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": format!("n{number}") } })
    }

    fn pod(number: usize, node: Option<usize>, cpu: usize) -> Value {
        let requests = json!({ "cpu": format!("{cpu}00m") });
        let mut pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": { "name": format!("p{number}") },
            "spec": { "containers": [{ "name": "c", "image": "c:1", "resources": { "requests": requests } }] },
        });
        if let Some(node) = node {
            pod["spec"]["nodeName"] = format!("n{node}").into();
        }
        pod
    }

    /// A node list in any order: pods above and below the nodes they are on, or on nodes that are not there.
    fn list() -> impl Strategy<Value = Vec<Object>> {
        let nodes = prop::collection::btree_set(0..4_usize, 0..4);
        let pods = prop::collection::btree_map(0..8_usize, (prop::option::of(0..4_usize), 0..30_usize), 0..8);
        let all = (nodes, pods).prop_map(|(nodes, pods)| {
            let pods = pods.into_iter().map(|(number, (node, cpu))| pod(number, node, cpu));
            let values: Vec<Value> = nodes.into_iter().map(node).chain(pods).collect();
            values
        });
        all.prop_shuffle().prop_map(|values| {
            values.into_iter().map(|value| Object::from_json(value).expect("an object")).collect()
        })
    }

    /// What a cache holds: of each node what is asked of it, and by which pods.
    fn held(cache: &Cache) -> Vec<(EcoString, i64, Vec<EcoString>)> {
        let nodes = cache.nodes().iter().map(|node| {
            let mut pods: Vec<EcoString> =
                node.pods.iter().map(|pod| pod.pod.metadata.name.clone()).collect();
            pods.sort();
            (node.name.clone(), node.requested.milli_cpu, pods)
        });
        let mut nodes: Vec<_> = nodes.collect();
        nodes.sort();
        nodes
    }

    fn agrees(state: &SimState) -> Result<(), TestCaseError> {
        prop_assert_eq!(held(state.loops.scheduler.cache()), held(&Cache::of_world(&state.world)));
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_the_scheduler_adds_up_is_what_the_cluster_holds_after_each_step(
            lists in prop::collection::vec(list(), 1..4),
        ) {
            let (mut state, _) = SimState::new(5, Vec::new());
            for objects in lists {
                state.say(&Request::set_nodes(Request::text_of(&objects)));
                agrees(&state)?;
                for _ in 0..60 {
                    if state.step().is_none() {
                        break;
                    }
                    agrees(&state)?;
                }
            }
        }
    }
}
