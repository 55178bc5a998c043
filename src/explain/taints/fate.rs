//! What happens on each node to the pods of a DaemonSet in the end: asked of the control loops' own functions, for the
//! cluster as it is.

use crate::api::{
    DaemonSet, EcoString, NO_EXECUTE, Node, Pod, Taint, Time, Toleration, sort, well_known_taints,
};
use crate::cluster::{ApiError, World, Write, silent_since};
use crate::controllers::daemonset::bounds::{self, Budget, ROLLING_UPDATE};
use crate::controllers::daemonset::eligibility::{Checklist, Verdict};
use crate::controllers::daemonset::node::{Class, NodeEntry, PodSeen, PodState};
use crate::controllers::daemonset::pod::PodFactory;
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::tolerations::Origin;
use crate::controllers::daemonset::{Survey, survey};
use crate::controllers::taint_eviction::{Stay, borne, stay};
use crate::explain::eligibility::{is_elsewhere, obstacle, told_taint};
use crate::explain::piece::{Piece, sentence};
use crate::explain::pods::{PodStage, stage};
use crate::explain::refused::grounds;
use crate::explain::standing::{preempting, turned_down, unasked};
use crate::kubelet;
use crate::scheduler::config::SchedulerConfig;
use crate::scheduler::{
    AttemptInput, Cache, PodInfo, QueueTrace, SchedulingTrace, Snapshot, attempt, configuration,
};
use std::collections::BTreeMap;
use std::rc::Rc;

/// A pod that leaves earlier (s) does not become ready before.
const STARTING: i64 = 3;

/// What happens to a subject's pod on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A pod runs there and stays.
    Runs,
    /// A pod is there and stays, and is not ready.
    NotReady,
    /// No pod is created: a taint keeps it away.
    NotCreated,
    /// No pod is created: labels or the node's name keep it away.
    NotSelected,
    /// The API server refuses the pod.
    Refused,
    /// A pod is there and stays, but none would be created again: it counts as misscheduled.
    Stays,
    /// The pod that is there is deleted, and none is created again.
    Deleted,
    /// The old pod stays: the rolling update cannot replace it.
    OldStays,
    /// The pod that is there is evicted, and none is created again.
    EvictedNow,
    /// The pod that is there is evicted after so many seconds, and none is created again.
    EvictedAfter(i64),
    /// Pods are evicted after so many seconds and created again, over and over.
    Loop(i64),
    /// The pod finds no room, or nobody schedules it.
    Pending,
    /// The kubelet turns the pod away, and it is created again, over and over.
    TurnedAway,
    /// The pod that is there cannot end, because its kubelet is silent.
    Stuck,
    /// For a pod that is not bound: it may run there.
    MayRun,
    /// For a pod that is not bound: it may not run there.
    MayNotRun,
}

impl What {
    /// In a few words.
    pub fn told(self) -> String {
        match self {
            What::Runs => "Runs".into(),
            What::NotReady => "Runs, not ready".into(),
            What::NotCreated => "Not created".into(),
            What::NotSelected => "Not selected".into(),
            What::Refused => "Refused".into(),
            What::Stays => "Stays, not created again".into(),
            What::Deleted => "Deleted, not created again".into(),
            What::OldStays => "Runs, the old pod".into(),
            What::EvictedNow => "Evicted now".into(),
            What::EvictedAfter(seconds) => format!("Evicted after {}", lasting(seconds)),
            What::Loop(0) => "Evicted at once, in a loop".into(),
            What::Loop(seconds) => format!("Evicted after {}, in a loop", lasting(seconds)),
            What::Pending => "Pending".into(),
            What::TurnedAway => "Turned away, in a loop".into(),
            What::Stuck => "Terminating".into(),
            What::MayRun => "May run here".into(),
            What::MayNotRun => "May not run here".into(),
        }
    }

    /// Whether a pod that is there goes for good: no other comes in its place.
    pub fn goes(self) -> bool {
        matches!(
            self,
            What::NotCreated | What::NotSelected | What::Deleted | What::EvictedNow | What::EvictedAfter(_)
        )
    }

    /// Whether the node has a pod that works, as far as this goes.
    pub fn has_pod(self) -> bool {
        matches!(
            self,
            What::Runs | What::NotReady | What::Stays | What::OldStays | What::Loop(1..) | What::MayRun
        )
    }

    /// Whether the node keeps a place of a rolling update's budget for good: its pod never becomes available.
    fn blocks_updates(self) -> bool {
        matches!(
            self,
            What::Pending
                | What::NotReady
                | What::TurnedAway
                | What::Refused
                | What::Stuck
                | What::OldStays
                | What::Loop(..STARTING)
        )
    }
}

fn lasting(seconds: i64) -> String {
    format!("{seconds} s")
}

/// What happens, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// What.
    pub what: What,
    /// Why, as a sentence without its full stop.
    pub why: Vec<Piece>,
    /// Taints that keep the pod away and that nothing tolerates.
    pub missing: Vec<Taint>,
}

impl Fate {
    pub(super) fn new(what: What, why: Vec<Piece>) -> Self {
        Fate { what, why, missing: Vec::new() }
    }
}

/// What happens to the pods of a DaemonSet, by node name. Empty where the controller does nothing for it.
pub(super) fn of_set(world: &World, now: Time, set: &Rc<DaemonSet>) -> BTreeMap<EcoString, Fate> {
    let Some(survey) = survey(world, set, now) else { return BTreeMap::new() };
    let mut daemons = Daemons { world, set, survey, made: None, lot: Lot::new(world, now) };
    let nodes: Vec<(&Rc<Node>, Rc<NodeEntry>)> = world
        .nodes()
        .filter_map(|node| {
            Some((node, Rc::clone(daemons.survey.sync.nodes.entries.get(&node.metadata.name)?)))
        })
        .collect();
    let reached = nodes
        .iter()
        .filter_map(|(node, entry)| Some((node.metadata.name.clone(), daemons.fate(node, entry, true)?)));
    let mut fates: BTreeMap<EcoString, Fate> = sort::map(reached);
    for name in daemons.unreached(&nodes, &fates) {
        let own = nodes.iter().find(|(node, _)| node.metadata.name == name);
        if let Some(fate) = own.and_then(|(node, entry)| daemons.fate(node, entry, false)) {
            fates.insert(name, fate);
        }
    }
    fates
}

/// Attempts to schedule pods in a cluster that does not change.
pub(super) struct Lot<'w> {
    pub world: &'w World,
    pub now: Time,
    config: SchedulerConfig,
    /// Made when it is first asked for: of most tables no pod is new.
    cache: Option<Cache>,
}

impl<'w> Lot<'w> {
    pub fn new(world: &'w World, now: Time) -> Self {
        Lot { world, now, config: configuration(world), cache: None }
    }

    /// Tries to find a node for a pod, with others thought away. `all_nodes`: also where enough are found before all
    /// are tried. None where no scheduler serves it.
    pub fn attempt(&mut self, pod: &Rc<Pod>, gone: &[Rc<Pod>], all_nodes: bool) -> Option<SchedulingTrace> {
        let Lot { world, now, config, cache } = self;
        let mut profile = Rc::clone(config.profile(&pod.spec.scheduler_name)?);
        if all_nodes {
            Rc::make_mut(&mut profile).percentage_of_nodes_to_score = Some(100);
        }
        let cache = cache.get_or_insert_with(|| Cache::of_world(world));
        gone.iter().for_each(|pod| cache.set_pod(Some(pod), None, None));
        let snapshot = Snapshot { cache, world, now: *now };
        let queue = QueueTrace::first(*now);
        let input = AttemptInput { profile: &profile, queue, seed: world.seed(), start: 0 };
        let trace = attempt(&snapshot, &Rc::new(PodInfo::new(Rc::clone(pod))), &input).trace;
        gone.iter().for_each(|pod| cache.set_pod(None, Some(pod), None));
        Some(trace)
    }
}

/// What a rolling update does with a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Update {
    /// Nothing: it is of the current template.
    Done,
    /// It replaces it, or only deletes it.
    Comes,
    /// It never comes to it.
    Waits,
    /// There is none.
    Never,
}

/// The pod that is kept on a node, and whether it is of the current template.
type Kept = (Rc<Pod>, bool);

/// What is asked for the pods of a DaemonSet.
struct Daemons<'w> {
    world: &'w World,
    set: &'w DaemonSet,
    survey: Survey,
    /// The next pod as the API server would store it, or why it would not.
    made: Option<Result<Pod, ApiError>>,
    lot: Lot<'w>,
}

impl Daemons<'_> {
    /// What happens on a node, if a rolling update comes to it or if it does not.
    fn fate(&mut self, node: &Rc<Node>, entry: &NodeEntry, is_reached: bool) -> Option<Fate> {
        let verdict = Rc::clone(entry.verdict.as_ref()?);
        let (pod, others) = self.kept(entry);
        let is_rolling = self.set.spec.update_strategy.type_ == ROLLING_UPDATE;
        let pod = pod.map(|(pod, is_updated)| {
            let update = match (is_updated, is_rolling, is_reached) {
                (true, _, _) => Update::Done,
                (false, true, true) => Update::Comes,
                (false, true, false) => Update::Waits,
                (false, false, _) => Update::Never,
            };
            (pod, update)
        });
        let mut fate = match verdict.verdict {
            Verdict::MustNot => must_not(&verdict, entry.pods.iter().any(|seen| !is_ending(seen))),
            Verdict::MayStay => self.may_stay(node, &verdict, pod),
            Verdict::ShouldRun => self.should_run(node, &verdict, pod, others),
        };
        let is_kept_out = verdict.matches_labels() && !is_elsewhere(&verdict);
        fate.missing = verdict.untolerated().filter(|_| is_kept_out).cloned().collect();
        Some(fate)
    }

    /// The pod of a node that the controller keeps, and whether it is of the current template; and those that go.
    fn kept(&self, entry: &NodeEntry) -> (Option<Kept>, Vec<Rc<Pod>>) {
        let find = |seen: &PodSeen| self.world.pod(&self.set.metadata.namespace, &seen.name).cloned();
        let goes = |seen: &PodSeen| {
            is_ending(seen) || entry.todo().delete.iter().any(|(name, _)| *name == seen.name)
        };
        let (go, stay): (Vec<_>, Vec<_>) = entry.pods.iter().partition(|seen| goes(seen));
        // With maxSurge there may be an old and a new one: the new one stays in the end.
        let kept = stay.iter().find(|seen| seen.updated).or(stay.first());
        let kept = kept.and_then(|seen| Some((find(seen)?, seen.updated)));
        (kept, go.into_iter().filter_map(find).collect())
    }

    fn may_stay(&mut self, node: &Node, verdict: &Checklist, pod: Option<(Rc<Pod>, Update)>) -> Fate {
        let Some((pod, update)) = pod else { return Fate::new(What::NotCreated, kept_out(verdict)) };
        let taint = first_missing(verdict);
        let mut preempted = Vec::new();
        if pod.node().is_none() {
            match self.find_node(&pod, &[]) {
                // A rolling update need not wait for what is not available.
                _ if update == Update::Comes => return Fate::new(What::Deleted, replaced(&taint)),
                Err(fate) => return fate,
                // Once it is bound, the node does with it as with one that was there.
                Ok((_, victims)) => preempted = victims,
            }
        }
        let is_rejected = !kubelet::is_taken(&pod)
            && kubelet::rejection(&without(self.world, &preempted), node, &pod).is_some();
        match stay(&borne(&node.spec.taints, &pod.spec.tolerations)) {
            Stay::NotAtAll | Stay::Seconds(0) => Fate::new(What::EvictedNow, evicted(node, &pod, &taint)),
            Stay::Seconds(seconds) => {
                let text = "tolerated for {} (`tolerationSeconds`), then deleted; `{}` keeps a new one away";
                Fate::new(What::EvictedAfter(seconds), sentence(text, &[&lasting(seconds), &taint]))
            }
            Stay::NoTaint | Stay::Forever if is_rejected => Fate::new(What::Deleted, kept_out(verdict)),
            Stay::NoTaint | Stay::Forever if update == Update::Comes => {
                Fate::new(What::Deleted, replaced(&taint))
            }
            Stay::NoTaint | Stay::Forever => Fate::new(What::Stays, kept(&taint)),
        }
    }

    fn should_run(
        &mut self,
        node: &Rc<Node>,
        verdict: &Checklist,
        pod: Option<(Rc<Pod>, Update)>,
        mut others: Vec<Rc<Pod>>,
    ) -> Fate {
        let name = &node.metadata.name;
        let is_silent = silent_since(self.world, name).is_some();
        let Some((pod, update)) = pod else {
            // Only its kubelet can confirm that a pod has ended.
            return match others.iter().any(|pod| pod.node().is_some() && pod.metadata.is_terminating()) {
                true if is_silent => stuck(name),
                _ => self.newcomer(node, verdict, &others),
            };
        };
        let goes = update == Update::Comes;
        let is_left = is_silent && pod.node().is_some();
        if !goes && !is_left && !kubelet::is_taken(&pod) {
            return self.comes(node, verdict, &pod, false, &others);
        }
        if pod.node().is_none() {
            return self.newcomer(node, verdict, &others);
        }
        let is_rejected = || !kubelet::is_taken(&pod) && kubelet::rejection(self.world, node, &pod).is_some();
        let leaves = leaves(node, &pod) || is_rejected();
        if !goes && !leaves {
            return match update {
                Update::Waits => {
                    let text = "the rolling update does not come to it: pods that do not become available use up its budget";
                    Fate::new(What::OldStays, sentence(text, &[]))
                }
                _ => there(&pod, verdict, is_silent),
            };
        }
        if is_silent {
            return stuck(name);
        }
        // With maxSurge the new pod has to find room beside the old one.
        let is_beside = !leaves && self.survey.sync.nodes.basis.surges;
        if !is_beside {
            others.push(pod);
        }
        let fate = self.newcomer(node, verdict, &others);
        match fate.what {
            What::Pending | What::TurnedAway | What::Refused if is_beside => {
                let mut why = sentence("the new pod beside it is {}: ", &[&fate.what.told()]);
                why.extend(fate.why);
                Fate::new(What::OldStays, why)
            }
            _ => fate,
        }
    }

    /// The nodes that a rolling update never comes to, because others use up its budget for good. Nodes are taken by
    /// name; who may take any of them takes these.
    fn unreached(
        &self,
        nodes: &[(&Rc<Node>, Rc<NodeEntry>)],
        fates: &BTreeMap<EcoString, Fate>,
    ) -> Vec<EcoString> {
        let counts = &self.survey.totals().counts;
        let budget = bounds::budget(self.set, counts.desired).ok();
        let is_failed = matches!(self.survey.rollout, RolloutTrace::Failed(_));
        let class = |entry: &NodeEntry| entry.rollout.as_ref().map(|rollout| rollout.class);
        let name = |node: &Rc<Node>| node.metadata.name.clone();
        let is_eligible = |entry: &NodeEntry| {
            entry.verdict.as_ref().is_some_and(|verdict| verdict.verdict == Verdict::ShouldRun)
        };
        let leaves = |node: &Rc<Node>, entry: &NodeEntry| {
            self.kept(entry).0.is_some_and(|(pod, _)| pod.node().is_some() && leaves(node, &pod))
        };
        let blocks =
            |node: &Rc<Node>| fates.get(&node.metadata.name).is_some_and(|fate| fate.what.blocks_updates());
        let Some(budget) = budget.filter(|_| !is_failed) else {
            let is_old =
                |entry: &NodeEntry| matches!(class(entry), Some(Class::Old { .. } | Class::Both { .. }));
            return nodes.iter().filter(|(_, entry)| is_old(entry)).map(|(node, _)| name(node)).collect();
        };
        let (bound, is_surge) = match &budget {
            Budget::Unavailable(bound) => (bound.value, false),
            Budget::Surge(bound) => (bound.value, true),
        };
        let is_candidate = |node: &Rc<Node>, entry: &NodeEntry| {
            let is_available = matches!(class(entry), Some(Class::Old { available: true, .. }));
            is_available && !leaves(node, entry) && (!is_surge || is_eligible(entry))
        };
        let (mut slots, mut unreached) = (bound, Vec::new());
        let others = nodes.iter().filter(|(node, entry)| !is_candidate(node, entry));
        // A second pod beside an old one takes a place of maxSurge only where there is an old one.
        let others = others.filter(|(node, entry)| {
            let counts = match class(entry) {
                None => false,
                Some(Class::Old { .. } | Class::Both { .. }) => true,
                Some(Class::Excess | Class::Empty | Class::New { .. }) => !is_surge,
            };
            counts && blocks(node)
        });
        slots -= i32::try_from(others.count()).unwrap_or(i32::MAX);
        for (node, _) in nodes.iter().filter(|(node, entry)| is_candidate(node, entry)) {
            if slots <= 0 {
                unreached.push(name(node));
            } else if blocks(node) {
                slots -= 1;
            }
        }
        if is_surge {
            // Pods on nodes that are no longer eligible go as far as more pods are available than desired.
            let lacks = |node: &Rc<Node>| !matches!(fates.get(&node.metadata.name), Some(fate) if fate.what.has_pod());
            let lacking = nodes.iter().filter(|(node, entry)| is_eligible(entry) && lacks(node)).count();
            let sunset = nodes.iter().filter(|(node, entry)| {
                let is_available = matches!(class(entry), Some(Class::Old { available: true, .. }));
                is_available && !is_eligible(entry) && !leaves(node, entry)
            });
            unreached.extend(sunset.rev().take(lacking).map(|(node, _)| name(node)));
        }
        unreached
    }

    /// A pod that the controller creates on a node when others are gone.
    fn newcomer(&mut self, node: &Rc<Node>, verdict: &Checklist, gone: &[Rc<Pod>]) -> Fate {
        match self.made(&node.metadata.name) {
            Ok(pod) => self.comes(node, verdict, &Rc::new(pod), true, gone),
            Err(error) => {
                let mut why = sentence("the API server refuses the pod: ", &[]);
                why.extend(grounds(&error));
                Fate::new(What::Refused, why)
            }
        }
    }

    /// A pod that its kubelet has not taken yet. Where it does not stay, a newcomer follows it.
    fn comes(
        &mut self,
        node: &Rc<Node>,
        verdict: &Checklist,
        pod: &Rc<Pod>,
        is_newcomer: bool,
        gone: &[Rc<Pod>],
    ) -> Fate {
        let (mut room, mut preempted) = (Vec::new(), Vec::new());
        if pod.node().is_none() {
            match self.find_node(pod, gone) {
                Ok(found) => (room, preempted) = found,
                Err(fate) => return fate,
            }
        }
        // By the time at which its kubelet sees it, those that make room for it are gone.
        let others_gone = [gone, &preempted].concat();
        let rejected = kubelet::rejection(&without(self.world, &others_gone), node, pod);
        let stay = stay(&borne(&node.spec.taints, &pod.spec.tolerations));
        let leaves = rejected.is_some() || matches!(stay, Stay::Seconds(_) | Stay::NotAtAll);
        if leaves && !is_newcomer {
            return self.newcomer(node, verdict, &[gone, std::slice::from_ref(pod)].concat());
        }
        if let Some(rejected) = rejected {
            let message = rejected.message.trim_end_matches(['.', ' ']);
            let text = match self.survey.sync.nodes.basis.surges {
                true => {
                    "the kubelet turns it away, `{}`: {}; with `maxSurge` the controller creates it again at once"
                }
                false => {
                    "the kubelet turns it away, `{}`: {}; the controller creates it again, each time after a longer wait"
                }
            };
            return Fate::new(What::TurnedAway, sentence(text, &[&rejected.reason, message]));
        }
        if let Stay::Seconds(seconds) = stay {
            let text = "the controller creates it again each time: `tolerationSeconds: {}`";
            return Fate::new(What::Loop(seconds), sentence(text, &[&seconds.to_string()]));
        }
        let mut why = admitted(node, verdict);
        if !room.is_empty() {
            why.push(Piece::Text("; it ".into()));
            why.extend(room);
        }
        Fate::new(What::Runs, why)
    }

    /// The pod for a node as the API server would store it. Pods of a template differ in their node only.
    fn made(&mut self, node: &str) -> Result<Pod, ApiError> {
        let basis = &self.survey.sync.nodes.basis;
        let pod = PodFactory::new(self.set, &basis.placement, &basis.hash).make(node);
        let (world, now) = (self.world, self.lot.now);
        let store = || {
            let change = world.clone().write(Write::Create(pod.clone().into()), now)?;
            let stored = change.and_then(|change| change.after?.as_pod().map(|pod| Pod::clone(pod)));
            Ok(stored.unwrap_or_else(|| pod.clone()))
        };
        let mut stored = self.made.get_or_insert_with(store).clone()?;
        Rc::make_mut(&mut stored.spec).affinity = pod.spec.affinity.clone();
        Ok(stored)
    }

    /// Whether the scheduler finds the pod's node good: then whom it preempts, if it has to, in words and as they are.
    fn find_node(&mut self, pod: &Rc<Pod>, gone: &[Rc<Pod>]) -> Result<(Vec<Piece>, Vec<Rc<Pod>>), Fate> {
        let nominated = pod.status.nominated_node_name.as_str();
        if !nominated.is_empty() {
            let going = self.world.pods_on(nominated).filter(|other| other.metadata.is_terminating());
            let told = sentence("waits until the pods that were preempted for it are gone", &[]);
            return Ok((told, going.cloned().collect()));
        }
        let is_gated = !pod.spec.scheduling_gates.is_empty();
        let trace = if is_gated { None } else { self.lot.attempt(pod, gone, false) };
        let Some(trace) = trace else {
            let why = unasked(self.world, pod).map(|standing| standing.short);
            return Err(Fate::new(What::Pending, why.unwrap_or_default()));
        };
        if trace.node().is_some() {
            return Ok((Vec::new(), Vec::new()));
        }
        match preempting(&trace) {
            Some(told) => {
                let chosen = trace.preemption.as_deref().and_then(|preemption| preemption.chosen());
                let victims = chosen.into_iter().flat_map(|chosen| chosen.victims());
                Ok((told, victims.map(|victim| Rc::clone(&victim.pod.pod)).collect()))
            }
            None => Err(Fate::new(What::Pending, turned_down(&without(self.world, gone), pod, &trace).short)),
        }
    }
}

/// Whether a pod has ended, or is being deleted.
fn is_ending(seen: &PodSeen) -> bool {
    matches!(seen.state, PodState::Terminating | PodState::Failed | PodState::Succeeded)
}

/// Whether taints drive a pod out of its node, sooner or later.
fn leaves(node: &Node, pod: &Pod) -> bool {
    matches!(stay(&borne(&node.spec.taints, &pod.spec.tolerations)), Stay::NotAtAll | Stay::Seconds(_))
}

/// The cluster with some pods thought away.
fn without(world: &World, gone: &[Rc<Pod>]) -> World {
    let mut world = world.clone();
    for pod in gone {
        world.drop_object(&pod.key());
    }
    world
}

fn stuck(node: &str) -> Fate {
    let text = "the kubelet of `{}` is silent: nobody can say that the pod has ended";
    Fate::new(What::Stuck, sentence(text, &[node]))
}

/// A pod that stays where it is.
fn there(pod: &Pod, verdict: &Checklist, is_silent: bool) -> Fate {
    let (stage, status) = stage(pod);
    match stage {
        PodStage::Unready | PodStage::Failed => {
            Fate::new(What::NotReady, sentence("its status is `{}`", &[&status]))
        }
        PodStage::Pending | PodStage::Creating if is_silent => {
            Fate::new(What::NotReady, sentence("its kubelet is silent and does not start it", &[]))
        }
        _ => Fate::new(What::Runs, allowed(verdict)),
    }
}

fn must_not(verdict: &Checklist, has_pod: bool) -> Fate {
    let execute = verdict.untolerated().find(|taint| taint.effect == NO_EXECUTE);
    match execute.filter(|_| verdict.matches_labels() && !is_elsewhere(verdict)) {
        Some(taint) if has_pod => {
            let text = "no toleration for `{}`: the pod is deleted and not created again";
            Fate::new(What::EvictedNow, sentence(text, &[&taint.to_string()]))
        }
        Some(_) => Fate::new(What::NotCreated, kept_out(verdict)),
        None => Fate::new(if has_pod { What::Deleted } else { What::NotSelected }, obstacle(verdict)),
    }
}

fn first_missing(verdict: &Checklist) -> String {
    told_taint(verdict).map(|(taint, _)| taint.to_string()).unwrap_or_default()
}

/// Why a pod that would not be created stays.
fn kept(taint: &str) -> Vec<Piece> {
    let text = "no toleration for `{}`: no new pod would be created, but the one that runs is not deleted (misscheduled)";
    sentence(text, &[taint])
}

/// Why an old pod goes and no new one comes.
fn replaced(taint: &str) -> Vec<Piece> {
    let text = "no toleration for `{}`: the rolling update deletes the pod, and no new one is created";
    sentence(text, &[taint])
}

/// Why no pod is created.
fn kept_out(verdict: &Checklist) -> Vec<Piece> {
    sentence("no toleration for `{}`", &[&first_missing(verdict)])
}

/// Why a pod is evicted at once and no other comes.
fn evicted(node: &Node, pod: &Pod, keeps_out: &str) -> Vec<Piece> {
    let borne = borne(&node.spec.taints, &pod.spec.tolerations);
    let limit = |toleration: &Option<Toleration>| toleration.as_ref().map(|own| own.toleration_seconds);
    let first = borne.iter().find(|borne| limit(&borne.toleration) != Some(None));
    let taint = first.map(|borne| borne.taint.to_string()).unwrap_or_default();
    sentence("the running pod does not tolerate `{}`; `{}` keeps a new one away", &[&taint, keeps_out])
}

/// Why a pod may be there, or come.
fn allowed(verdict: &Checklist) -> Vec<Piece> {
    let tolerated: Vec<(&Taint, Origin)> = verdict.tolerated().collect();
    match tolerated.as_slice() {
        [] if verdict.taints.is_empty() => sentence("no taint on the node", &[]),
        [] => sentence("`PreferNoSchedule` never keeps a daemon pod away", &[]),
        [(_, Origin::User)] => sentence("your toleration matches", &[]),
        [(taint, _)] => sentence(automatic(&taint.key), &[]),
        all if all.iter().all(|(_, origin)| *origin == Origin::User) => {
            sentence("your tolerations match", &[])
        }
        all => sentence("each of the {} taints is tolerated", &[&all.len().to_string()]),
    }
}

/// What an automatic toleration is for.
fn automatic(key: &str) -> &'static str {
    match key {
        well_known_taints::UNSCHEDULABLE => "a cordon does not stop daemon pods",
        well_known_taints::NETWORK_UNAVAILABLE => "pods with `hostNetwork` do not wait for the network",
        well_known_taints::NOT_READY | well_known_taints::UNREACHABLE => {
            "daemon pods stay on a node that is not ready or unreachable"
        }
        _ => "daemon pods tolerate node pressure",
    }
}

/// Why a pod comes to a node that has none.
fn admitted(node: &Node, verdict: &Checklist) -> Vec<Piece> {
    let mut why = allowed(verdict);
    if node.ready().is_some_and(|ready| ready != "True") {
        why.extend(sentence("; the node is not ready", &[]));
    }
    why
}
