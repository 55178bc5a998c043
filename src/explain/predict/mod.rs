//! Predict, then run: a question about what the cluster will do, the right answer for each node, and a guess held against
//! it.
//!
//! Nothing here knows an answer: [`Forecast::of`] runs a copy of the cluster and looks at what became of each node. The
//! reasons are those that Why? gives for the same thing.

use super::ended_by::ended_by;
use super::leaving::leavers;
use super::piece::{Piece, count, listed, sentence};
use super::pods::name_end;
use super::step::told;
use super::why::survey_at;
use super::why::{daemon_pod, verdict_of_set, verdict_on_node, why_object};
use crate::api::{DaemonSet, EcoString, Kind, Node, ObjectKey, Pod, sort};
use crate::cluster::World;
use crate::controllers::daemonset::node::{CreateReason, DeleteReason};
use crate::controllers::daemonset::plan::PlannedCreate;
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::totals::Order;
use crate::controllers::daemonset::trace::{Sync, SyncTrace};
use crate::kubectl::Request;
use crate::sim::{Step, StepNo, Timeline, Trace};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// What each node has of the DaemonSet's pods once nothing changes any more.
    Placed,
    /// Which nodes lose a pod that may not stay: not because of an update, and not because the user deleted it.
    Evicted,
    /// Which nodes the rolling update turns to next.
    Updated,
}

/// What can be answered for a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guess {
    /// A pod is bound to it.
    Pod,
    /// A pod is meant for it, and no scheduler has placed it.
    Pending,
    /// It has none.
    NoPod,
    /// A pod of it has to go.
    Leaves,
    /// Its pods stay.
    Stays,
    /// It is updated next.
    Next,
    /// It is not the next one.
    Later,
}

impl Question {
    /// All.
    pub const ALL: [Question; 3] = [Question::Placed, Question::Evicted, Question::Updated];

    /// In a few words, for a choice between questions.
    pub fn name(self) -> &'static str {
        match self {
            Question::Placed => "Who gets a pod?",
            Question::Evicted => "Who loses a pod?",
            Question::Updated => "Who is updated next?",
        }
    }

    /// The question itself, as one asks a room.
    pub fn asks(self) -> &'static str {
        match self {
            Question::Placed => "What will each node have once nothing changes any more?",
            Question::Evicted => "Which nodes lose a pod?",
            Question::Updated => "Which node does the rolling update turn to next?",
        }
    }

    /// What can be answered for a node. Where there are two answers, the second is the one for nodes that nobody names.
    pub fn choices(self) -> &'static [Guess] {
        match self {
            Question::Placed => &[Guess::Pod, Guess::Pending, Guess::NoPod],
            Question::Evicted => &[Guess::Leaves, Guess::Stays],
            Question::Updated => &[Guess::Next, Guess::Later],
        }
    }

    /// The question that suits a cluster to which commands are about to be given: whose rolling update is on its way,
    /// if one is, else who loses a pod where a `NoExecute` taint is, else who gets one.
    pub fn that_suits(timeline: &Timeline, commands: &[Request], set: &ObjectKey) -> Self {
        let mut copy = timeline.clone();
        begin(&mut copy, commands);
        let world = copy.world();
        let is_rolling = world.daemon_set(&set.namespace, &set.name).is_some_and(|set| {
            let survey = survey_at(&copy, set);
            match survey.map(|survey| survey.rollout) {
                Some(RolloutTrace::Unavailable(budget)) => budget.candidates + budget.replacements > 0,
                Some(RolloutTrace::Surge(budget)) => budget.candidates + budget.replacements > 0,
                _ => false,
            }
        });
        let is_on_set = |pod: &Rc<Pod>| {
            let node = pod.node().and_then(|name| world.node(name));
            node.is_some_and(|node| {
                node.spec.taints.iter().any(|taint| taint.effect == crate::api::NO_EXECUTE)
            })
        };
        match () {
            () if is_rolling => Question::Updated,
            () if world.pods().any(is_on_set) => Question::Evicted,
            () => Question::Placed,
        }
    }

    /// The nodes that it is about, in the order of their names. For [`Question::Evicted`] those with a pod that may
    /// go, for [`Question::Updated`] those with a pod of the DaemonSet.
    pub fn nodes(self, timeline: &Timeline, set: &ObjectKey) -> Vec<EcoString> {
        let world = timeline.world();
        let own = world.daemon_set(&set.namespace, &set.name);
        let is_asked = |name: &str| match self {
            Question::Placed => true,
            Question::Evicted => world.pods_on(name).any(|pod| may_leave(pod)),
            Question::Updated => own.is_some_and(|set| daemon_pod(timeline, set, name).is_some()),
        };
        let names = world.nodes().map(|node| node.metadata.name.clone());
        names.filter(|name| is_asked(name)).collect()
    }
}

/// The nodes that are like one of them for a pod that is to be placed: the same taints, labels (but for those that name
/// the node), conditions and room, and as many pods. The node itself is the first.
pub fn alike(world: &World, name: &EcoString) -> Vec<EcoString> {
    let Some(one) = world.node(name) else { return Vec::new() };
    let labels = |node: &Node| -> Vec<(EcoString, EcoString)> {
        let own = node.metadata.labels.iter().filter(|(_, value)| **value != node.metadata.name);
        own.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let wanted = labels(one);
    let pods = |name: &str| world.pods_on(name).count();
    let is_like = |node: &&Rc<Node>| {
        node.spec.taints == one.spec.taints
            && node.spec.unschedulable == one.spec.unschedulable
            && node.ready() == one.ready()
            && node.status.allocatable == one.status.allocatable
            && pods(&node.metadata.name) == pods(name)
            && labels(node) == wanted
    };
    let others = world.nodes().filter(|node| node.metadata.name != *name).filter(is_like);
    std::iter::once(name).chain(others.map(|node| &node.metadata.name)).cloned().collect()
}

impl Guess {
    /// On a button: `gets a pod`.
    pub fn told(self) -> &'static str {
        match self {
            Guess::Pod => "gets a pod",
            Guess::Pending => "stays Pending",
            Guess::NoPod => "no pod",
            Guess::Leaves => "loses a pod",
            Guess::Stays => "keeps its pods",
            Guess::Next => "next",
            Guess::Later => "not next",
        }
    }
}

/// How a copy came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForecastEnd {
    /// What was asked is decided.
    Decided,
    /// Nothing more happens by itself.
    Stable,
    /// The user did something next that was recorded.
    Command,
    /// It has not come to rest within the steps that a copy takes.
    GoesOn,
}

/// What became of a question: the right answers, and why.
#[derive(Clone)]
pub struct Forecast {
    /// What was asked.
    pub question: Question,
    /// The right answer for each node.
    pub answers: BTreeMap<EcoString, Guess>,
    /// How the run came to its end.
    pub end: ForecastEnd,
    /// The DaemonSet.
    set: ObjectKey,
    /// The copy at its end.
    run: Timeline,
    /// What its steps say.
    seen: Seen,
}

/// What the steps of a run say, read once: it is asked for each of thousands of nodes.
#[derive(Clone, Default)]
struct Seen {
    /// The step that made each pod.
    made: BTreeMap<ObjectKey, StepNo>,
    /// The last attempt to place each pod.
    tried: BTreeMap<ObjectKey, StepNo>,
    /// The last sync of the DaemonSet.
    synced: Option<StepNo>,
    /// The pod that left each node first, and in which step.
    left: BTreeMap<EcoString, (StepNo, Rc<Pod>)>,
    /// The first preemption.
    preempted: Option<StepNo>,
    /// The nodes that the update turns to first, and in which step.
    turned: Option<(StepNo, BTreeSet<EcoString>)>,
}

impl Seen {
    fn of<'a>(steps: impl Iterator<Item = &'a Rc<Step>>, set: &ObjectKey) -> Self {
        let mut seen = Seen::default();
        for step in steps {
            for change in step.changes.iter().filter(|change| change.before.is_none()) {
                if change.is_of(&Kind::Pod) {
                    seen.made.insert(change.key(), step.no);
                }
            }
            if let Trace::Scheduling(trace) = &step.trace
                && let Some(attempt) = trace.attempt()
            {
                seen.tried.insert(attempt.pod.clone(), step.no);
            }
            if synced(step, set).is_some() {
                seen.synced = Some(step.no);
            }
            for (node, pod) in leavers(step) {
                seen.left.entry(node).or_insert((step.no, pod));
            }
            if seen.preempted.is_none() && step.preemption().is_some() {
                seen.preempted = Some(step.no);
            }
            if seen.turned.is_none() {
                seen.turned = updates(step, set).map(|nodes| (step.no, nodes));
            }
        }
        seen
    }
}

/// A guess held against the right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The node.
    pub node: EcoString,
    /// What was guessed.
    pub guess: Guess,
    /// What is right.
    pub right: Guess,
    /// Why, in sentences.
    pub why: Vec<Piece>,
    /// The step in which it was decided, if one did.
    pub step: Option<StepNo>,
}

impl Marked {
    /// Whether the guess was right.
    pub fn is_hit(&self) -> bool {
        self.guess == self.right
    }
}

impl Forecast {
    /// Asks a copy of the shown cluster: runs it on from the shown step, first with commands if there are any. Without
    /// commands it goes along the recorded steps: what the user did right after the shown step is part of the
    /// question, what the user did later ends it.
    pub fn of(timeline: &Timeline, commands: &[Request], question: Question, set: &ObjectKey) -> Self {
        let from = timeline.shown();
        let mut run = timeline.clone();
        begin(&mut run, commands);
        let is_decided = |step: &Step| question == Question::Updated && updates(step, set).is_some();
        let end = go(&mut run, is_decided);
        let seen = Seen::of((from + 1..=run.shown()).filter_map(|no| run.step(no)), set);
        let mut forecast = Forecast { question, answers: BTreeMap::new(), end, set: set.clone(), run, seen };
        forecast.answers = forecast.judge(timeline);
        forecast
    }

    /// The step at which the copy ended: a run that goes there from the same step, with the same commands, shows it.
    pub fn until(&self) -> StepNo {
        self.run.shown()
    }

    /// Guesses held against the right answers, the misses first. A node without a guess is not counted.
    pub fn mark(&self, guesses: &BTreeMap<EcoString, Guess>) -> Vec<Marked> {
        let marked = guesses.iter().filter_map(|(node, guess)| {
            let right = *self.answers.get(node)?;
            let (why, step) = self.why(node);
            Some(Marked { node: node.clone(), guess: *guess, right, why, step })
        });
        let mut marked: Vec<Marked> = marked.collect();
        sort::by_key(&mut marked, Marked::is_hit);
        marked
    }

    /// Why the right answer for a node is right, in sentences, and the step in which it was decided.
    pub fn why(&self, node: &str) -> (Vec<Piece>, Option<StepNo>) {
        match self.question {
            Question::Placed => self.why_placed(node),
            Question::Evicted => self.why_evicted(node),
            Question::Updated => self.why_updated(node),
        }
    }

    /// How the run ended, where that limits what the answers say; empty where it does not.
    pub fn proviso(&self) -> &'static str {
        match (self.question, self.end) {
            (_, ForecastEnd::Decided) => "",
            (Question::Updated, _) => "The update turns to no node in this run.",
            (_, ForecastEnd::Stable) => "",
            (_, ForecastEnd::Command) => "Judged at the last step before you did something else.",
            (_, ForecastEnd::GoesOn) => "This run does not come to rest: judged at its last step.",
        }
    }

    fn daemon_set(&self) -> Option<&Rc<DaemonSet>> {
        self.run.world().daemon_set(&self.set.namespace, &self.set.name)
    }

    fn judge(&self, asked: &Timeline) -> BTreeMap<EcoString, Guess> {
        match self.question {
            Question::Placed => {
                let names = self.run.world().nodes().map(|node| node.metadata.name.clone());
                sort::map(names.map(|name| (name.clone(), self.placed(&name))))
            }
            Question::Evicted => {
                let gone = &self.seen.left;
                let choose = |name: EcoString| {
                    (name.clone(), if gone.contains_key(&name) { Guess::Leaves } else { Guess::Stays })
                };
                let asked = self.question.nodes(asked, &self.set);
                sort::map(asked.into_iter().chain(gone.keys().cloned()).map(choose))
            }
            Question::Updated => {
                let next = self.seen.turned.as_ref().map(|(_, next)| next.clone()).unwrap_or_default();
                let choose = |name: EcoString| {
                    (name.clone(), if next.contains(&name) { Guess::Next } else { Guess::Later })
                };
                let asked = self.question.nodes(asked, &self.set);
                sort::map(asked.into_iter().chain(next.iter().cloned()).map(choose))
            }
        }
    }

    fn placed(&self, node: &str) -> Guess {
        let pod = self.daemon_set().and_then(|set| daemon_pod(&self.run, set, node));
        match pod {
            Some(pod) if pod.is_finished() => Guess::NoPod,
            Some(pod) if pod.node().is_none() => Guess::Pending,
            Some(_) => Guess::Pod,
            None => Guess::NoPod,
        }
    }

    fn why_placed(&self, node: &str) -> (Vec<Piece>, Option<StepNo>) {
        let set = self.daemon_set();
        let is_gone = || why_object(&self.run, &self.set).is_some();
        let why = match set {
            None if is_gone() => Some(sentence(
                "DaemonSet `{}` is gone: no controller creates or replaces its pods any more.",
                &[&self.set.name],
            )),
            set => verdict_on_node(&self.run, node, set.map(|set| &**set)),
        };
        let pod = set.and_then(|set| daemon_pod(&self.run, set, node));
        let step = match &pod {
            Some(pod) => {
                let key = pod.key();
                let steps = if pod.node().is_none() { &self.seen.tried } else { &self.seen.made };
                steps.get(&key).copied()
            }
            None => self.seen.synced,
        };
        (why.unwrap_or_default(), step)
    }

    fn why_evicted(&self, node: &str) -> (Vec<Piece>, Option<StepNo>) {
        if let Some((no, pod)) = self.seen.left.get(node) {
            let mut why = sentence("`{}` has to go: ", &[name_end_of(pod)]);
            why.extend(ended_by(&self.run, pod).unwrap_or_default());
            why.push(Piece::Text(".".into()));
            return (why, Some(*no));
        }
        // Whom the scheduler preempts instead is the reason where it preempts anybody.
        if let Some(no) = self.seen.preempted
            && let Some(told) = told(&self.run, no)
        {
            return (told.what, Some(no));
        }
        self.why_placed(node)
    }

    fn why_updated(&self, node: &str) -> (Vec<Piece>, Option<StepNo>) {
        let Some((no, next)) = &self.seen.turned else {
            return (verdict_of_set(&self.run, &self.set).unwrap_or_default(), None);
        };
        if next.contains(node) {
            return (told(&self.run, *no).map(|told| told.what).unwrap_or_default(), Some(*no));
        }
        let (step, no) = (self.run.step(*no), Some(*no));
        let Some(sync) = step.and_then(|step| synced(step, &self.set)) else { return (Vec::new(), no) };
        let (bound, order) = match &sync.rollout {
            RolloutTrace::Unavailable(budget) => {
                (format!("maxUnavailable {}", budget.bound.value), budget.order)
            }
            RolloutTrace::Surge(budget) => (format!("maxSurge {}", budget.bound.value), budget.order),
            _ => return (Vec::new(), no),
        };
        let is_free = |node: &EcoString| {
            let deleted = sync
                .deletes
                .iter()
                .any(|planned| planned.node == *node && planned.reason == DeleteReason::OutdatedUnavailable);
            let is_beside = |planned: &PlannedCreate| {
                planned.node == *node && planned.reason == CreateReason::OldUnavailable
            };
            deleted || sync.creates.iter().any(is_beside)
        };
        let (free, names): (Vec<&EcoString>, Vec<&EcoString>) = next.iter().partition(|node| is_free(node));
        let mut why = Vec::new();
        if !free.is_empty() {
            why.extend(sentence(
                "Where the old pod is not available it is replaced at once, outside of `{}`: ",
                &[&bound],
            ));
            why.extend(listed(&free, 3));
            why.push(Piece::Text(".".into()));
        }
        if !free.is_empty() && !names.is_empty() {
            why.push(Piece::Text(" ".into()));
        }
        if !names.is_empty() {
            why.extend(sentence("`{}` lets it take {}, and ", &[&bound, &count(names.len(), "node")]));
            why.extend(match order {
                Order::ByName => sentence("here nodes are taken by name: ", &[]),
                Order::ByChance(_) => sentence("any of them could have come first: this run drew ", &[]),
            });
            why.extend(listed(&names, 3));
            why.push(Piece::Text(".".into()));
        }
        (why, no)
    }
}

/// Gives the commands; without any the user's next ones are recorded already, and the run passes them.
fn begin(run: &mut Timeline, commands: &[Request]) {
    for command in commands {
        run.say(command);
    }
    if commands.is_empty() {
        while next_is_yours(run) && run.forward() {}
    }
}

fn next_is_yours(run: &Timeline) -> bool {
    run.step(run.shown() + 1).is_some_and(|step| matches!(step.trace, Trace::Command(_)))
}

/// Runs on until something holds of a step.
fn go(run: &mut Timeline, holds: impl Fn(&Step) -> bool) -> ForecastEnd {
    loop {
        if next_is_yours(run) {
            return ForecastEnd::Command;
        }
        if run.does_not_settle() {
            return ForecastEnd::GoesOn;
        }
        if !run.forward() {
            return ForecastEnd::Stable;
        }
        if run.step(run.shown()).is_some_and(|step| holds(step)) {
            return ForecastEnd::Decided;
        }
    }
}

/// The sync of a DaemonSet, if a step was one.
fn synced<'a>(step: &'a Step, set: &ObjectKey) -> Option<&'a Rc<SyncTrace>> {
    match &step.trace {
        Trace::DaemonSet(trace) if trace.set == *set => match &trace.sync {
            Sync::Done(sync) => Some(sync),
            _ => None,
        },
        _ => None,
    }
}

/// The nodes that a rolling update turns to in a step; none if it turns to no node.
fn updates(step: &Step, set: &ObjectKey) -> Option<BTreeSet<EcoString>> {
    let sync = synced(step, set)?;
    let is_update = |reason| matches!(reason, DeleteReason::Outdated | DeleteReason::OutdatedUnavailable);
    let deleted =
        sync.deletes.iter().filter(|planned| is_update(planned.reason)).map(|planned| &planned.node);
    let is_surge = |reason| matches!(reason, CreateReason::Surge | CreateReason::OldUnavailable);
    let created = sync.creates.iter().filter(|planned| is_surge(planned.reason)).map(|planned| &planned.node);
    let nodes: BTreeSet<EcoString> = sort::set(deleted.chain(created).cloned());
    (!nodes.is_empty()).then_some(nodes)
}

fn may_leave(pod: &Pod) -> bool {
    !pod.metadata.is_terminating() && !pod.is_finished()
}

fn name_end_of(pod: &Pod) -> &str {
    match pod.metadata.controller() {
        Some(_) => name_end(&pod.metadata.name),
        None => &pod.metadata.name,
    }
}

#[cfg(test)]
mod tests;
