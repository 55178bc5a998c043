//! "Why?" of a DaemonSet: how far its pods are, what the controller may do next and by which sums, what each node
//! waits for, and its revisions.

mod budget;
mod history;
mod nodes;
mod sync;

pub use history::told_changes;
pub use sync::rollout_start;

use super::super::piece::{Piece, sentence};
use super::super::pods::{PodStage, Revisions, name_end, stage};
use super::super::refused::{grounds, remedy};
use super::super::span::span;
use super::super::standing::{standing, status_and_grounds};
use super::super::turned_away::TurnedAway;
use super::answer::{Block, Why, section};
use super::recorded::{last_sync, last_touch, refused_pods, survey_after};
use super::volumes;
use crate::api::{DaemonSet, EcoString, Kind, Object, Pod};
use crate::cluster::ApiError;
use crate::controllers::daemonset::Survey;
use crate::controllers::daemonset::eligibility::Verdict;
use crate::controllers::daemonset::node::{Class, NodeEntry, PodSeen, PodState};
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::totals::Order;
use crate::controllers::daemonset::trace::{NodeStory, SyncTrace};
use crate::sim::{Step, Timeline};
use std::rc::Rc;

pub(super) fn why(timeline: &Timeline, set: &Rc<DaemonSet>) -> Why {
    let key = set.key();
    let step = last_touch(timeline, &key);
    let yaml = Block::Yaml(Object::DaemonSet(Rc::clone(set)));
    let yaml = section("DaemonSet YAML", &set.metadata.name, None, vec![yaml]);
    let synced = tell(timeline, set, |told| {
        let mut sections = vec![told.budget()];
        sections.extend(told.last.map(|(step, sync)| told.sync(step, sync)));
        sections.push(told.nodes());
        sections.push(told.history());
        sections.extend(volumes::claims(&set.spec.template.spec));
        (told.verdict(), sections)
    });
    let (verdict, mut sections) = synced.unwrap_or_else(|| (not_synced(timeline, set), Vec::new()));
    sections.push(yaml);
    Why { key, step, verdict, sections }
}

/// Where the set stands, in a sentence.
pub(super) fn verdict(timeline: &Timeline, set: &Rc<DaemonSet>) -> Vec<Piece> {
    tell(timeline, set, |told| told.verdict()).unwrap_or_else(|| not_synced(timeline, set))
}

/// Asks something of what a sync would see; none for a set that is not synced.
fn tell<T>(timeline: &Timeline, set: &Rc<DaemonSet>, ask: impl FnOnce(&Told<'_>) -> T) -> Option<T> {
    let last = last_sync(timeline, &set.key());
    let survey = survey_after(timeline, set, last.as_ref())?;
    let last = last.as_ref().map(|(step, sync)| (&**step, &**sync));
    let revisions = Revisions::of(timeline.world(), Some(set));
    let waits = |class| match class {
        Class::Empty => true,
        Class::New { available } | Class::Old { available, .. } => !available,
        Class::Both { new, .. } => !new,
        Class::Excess => false,
    };
    let waiting = survey.totals().first(usize::MAX, Order::ByName, waits);
    Some(ask(&Told { timeline, set, survey: &survey, waiting, revisions, last }))
}

fn not_synced(timeline: &Timeline, set: &DaemonSet) -> Vec<Piece> {
    match set.metadata.is_terminating() {
        true => being_deleted(timeline, set),
        false => sentence(
            "Is not synced: its selector is empty and would select every pod. Give `spec.selector` the labels of the template.",
            &[],
        ),
    }
}

/// What a DaemonSet that is being deleted waits for.
fn being_deleted(timeline: &Timeline, set: &DaemonSet) -> Vec<Piece> {
    let world = timeline.world();
    let pods = world.dependents_of(&set.metadata.uid, &Kind::Pod);
    let pods: Vec<_> = pods.filter_map(|key| world.pod(&key.namespace, &key.name)).collect();
    let finalizers = &set.metadata.finalizers;
    if finalizers.iter().any(|finalizer| finalizer == "orphan") {
        return sentence("Is being deleted; its pods stay (orphan).", &[]);
    }
    let other = finalizers.iter().find(|finalizer| *finalizer != "foregroundDeletion");
    match (pods.as_slice(), other) {
        ([], Some(finalizer)) => {
            sentence("Is being deleted: its finalizer `{}` has to be removed first.", &[finalizer])
        }
        ([], None) => sentence("Is being deleted: the garbage collector removes it next.", &[]),
        (pods, _) => {
            let mut told = sentence("Is being deleted, after its pods. It waits for ", &[]);
            for (index, pod) in pods.iter().take(2).enumerate() {
                if index > 0 {
                    told.extend(sentence("; ", &[]));
                }
                let node = pod.target_node().unwrap_or_default();
                told.extend(sentence("`{}` on {}: ", &[name_end(&pod.metadata.name), node]));
                told.extend(status_and_grounds(timeline, pod));
            }
            if pods.len() > 2 {
                told.extend(sentence("; and {} more", &[&(pods.len() - 2).to_string()]));
            }
            told.extend(sentence(".", &[]));
            if let [pod] = pods {
                told.extend(standing(timeline, pod).remedy);
            }
            told
        }
    }
}

struct Told<'a> {
    timeline: &'a Timeline,
    set: &'a DaemonSet,
    survey: &'a Survey,
    /// Nodes without an available pod that a rolling update waits for, by name; not all need be eligible.
    waiting: Vec<EcoString>,
    revisions: Revisions,
    /// The last sync, and its step.
    last: Option<(&'a Step, &'a SyncTrace)>,
}

impl Told<'_> {
    fn size(&self, asked: impl Fn(Class) -> bool) -> i32 {
        self.survey.totals().size(asked)
    }

    /// The nodes that should run a pod and have an available one of the current revision.
    fn done(&self) -> usize {
        let is_done = |entry: &NodeEntry| {
            let class = entry.rollout.as_ref().map(|rollout| rollout.class);
            let has_new =
                matches!(class, Some(Class::New { available: true } | Class::Both { new: true, .. }));
            entry.counts.desired && has_new
        };
        self.survey.sync.nodes.entries.values().filter(|entry| is_done(entry)).count()
    }

    /// The nodes that still have a pod though they would not get a new one.
    fn kept(&self) -> usize {
        let keeps = |entry: &NodeEntry| {
            !entry.pods.is_empty()
                && entry.verdict.as_deref().is_some_and(|verdict| verdict.verdict == Verdict::MayStay)
        };
        self.survey.sync.nodes.entries.values().filter(|entry| keeps(entry)).count()
    }

    fn is_eligible(&self, node: &EcoString) -> bool {
        self.survey.sync.nodes.entries.get(node).is_some_and(|entry| entry.counts.desired)
    }

    /// The number of the current revision: the one that it has, or will have with the next sync.
    fn current(&self) -> i64 {
        let history = &self.survey.sync.history;
        match self.revisions.number(&history.hash) {
            0 => history.origin.number(),
            known => known,
        }
    }

    /// Where the set stands, in a sentence.
    fn verdict(&self) -> Vec<Piece> {
        let counts = &self.survey.totals().counts;
        let old = self.size(|class| matches!(class, Class::Old { .. } | Class::Both { .. }));
        let (desired, current) = (counts.desired.to_string(), format!("r{}", self.current()));
        if let Some(told) = self.refusal() {
            return told;
        }
        if let RolloutTrace::Failed(error) = &self.survey.rollout {
            return sentence("The rolling update cannot go on: {}.", &[&error.to_string()]);
        }
        if let RolloutTrace::OnDelete { outdated } = self.survey.rollout
            && outdated > 0
        {
            let text = match outdated {
                1 => {
                    "{} node still has a pod of an older revision: with `OnDelete` it stays until somebody deletes it."
                }
                _ => {
                    "{} nodes still have a pod of an older revision: with `OnDelete` each stays until somebody deletes it."
                }
            };
            return sentence(text, &[&outdated.to_string()]);
        }
        let all = match counts.desired {
            1 => sentence("The only eligible node has an available `{}` pod.", &[&current]),
            _ => sentence("All {} eligible nodes have an available `{}` pod.", &[&desired, &current]),
        };
        match (counts.desired, old, self.paused()) {
            (0, ..) => {
                let mut told = sentence("No node is eligible for its pods.", &[]);
                match self.kept() {
                    0 => {}
                    1 => told.extend(sentence(" 1 node still has a pod.", &[])),
                    kept => told.extend(sentence(" {} nodes still have a pod.", &[&kept.to_string()])),
                }
                told
            }
            (_, 0, _) if self.waiting.is_empty() => all,
            (_, 0, _) => {
                // Nodes that may keep a pod are not among those that should run one.
                let (eligible, others): (Vec<_>, Vec<_>) =
                    self.waiting.iter().cloned().partition(|name| self.is_eligible(name));
                if eligible.is_empty() {
                    let mut told = all;
                    told.extend(sentence(" Not counted, because no longer eligible: ", &[]));
                    told.extend(self.missing(&others));
                    told
                } else {
                    let text = "{} of {} eligible nodes have an available `{}` pod: ";
                    let mut told = sentence(text, &[&self.done().to_string(), &desired, &current]);
                    told.extend(self.missing(&eligible));
                    told
                }
            }
            (_, _, Some(blockers)) => {
                let stuck = blockers.iter().any(|name| self.is_not_ready(name));
                let mut told = sentence(if stuck { "Paused because " } else { "Waits because " }, &[]);
                told.extend(self.missing(blockers));
                told
            }
            _ => sentence(
                "Rolls out `{}`: {} of {} nodes have it.",
                &[&current, &self.done().to_string(), &desired],
            ),
        }
    }

    /// What the API server said to the pods that the last sync tried to create, by node.
    fn refused(&self) -> impl Iterator<Item = (&Rc<Pod>, &ApiError)> {
        self.last.into_iter().flat_map(|(step, _)| refused_pods(step))
    }

    /// Why no pods can be created, if the API server refuses them.
    fn refusal(&self) -> Option<Vec<Piece>> {
        let (pod, error) = self.refused().next()?;
        let mut told = sentence("The API server refuses its pods: ", &[]);
        told.extend(grounds(error));
        told.extend(sentence(". ", &[]));
        told.extend(remedy(self.timeline.world(), pod, error));
        let counts = &self.survey.totals().counts;
        let (desired, missing) = (counts.desired, counts.desired - counts.current);
        let text = "{} of {} eligible nodes have no pod; the controller keeps trying, each time after a longer wait.";
        told.extend(sentence(text, &[&missing.to_string(), &desired.to_string()]));
        Some(told)
    }

    /// The nodes that the rolling update waits for, when its budget is used up.
    fn paused(&self) -> Option<&[EcoString]> {
        let (left, candidates) = match &self.survey.rollout {
            RolloutTrace::Unavailable(budget) => (budget.left, budget.candidates),
            RolloutTrace::Surge(budget) => (budget.left, budget.candidates),
            _ => return None,
        };
        (left == 0 && candidates > 0 && !self.waiting.is_empty()).then_some(&self.waiting)
    }

    /// What nodes without an available pod are waiting for: `worker-c1 is NotReady`.
    fn missing(&self, nodes: &[EcoString]) -> Vec<Piece> {
        let mut told = Vec::new();
        for (index, name) in nodes.iter().take(2).enumerate() {
            if index > 0 {
                told.extend(sentence("; ", &[]));
            }
            told.extend(self.missing_on(name));
        }
        if nodes.len() > 2 {
            told.extend(sentence("; and {} more", &[&(nodes.len() - 2).to_string()]));
        }
        told.extend(sentence(".", &[]));
        told
    }

    fn is_not_ready(&self, node: &str) -> bool {
        self.timeline.world().node(node).is_some_and(|node| node.ready() != Some("True"))
    }

    fn missing_on(&self, name: &EcoString) -> Vec<Piece> {
        if self.is_not_ready(name) {
            return sentence("{} is NotReady", &[name]);
        }
        let world = self.timeline.world();
        let pod = self.survey.sync.node(name).and_then(|story| telling(&story).map(|pod| pod.name.clone()));
        let pod = pod.and_then(|pod| world.pod(&self.set.metadata.namespace, &pod));
        if let Some(away) = TurnedAway::on(self.timeline, self.set, name, pod.map(|pod| &**pod)) {
            return away.in_short(world, name);
        }
        let Some(pod) = pod else { return sentence("{} has no pod yet", &[name]) };
        let place = if pod.node().is_some() { "on" } else { "for" };
        let mut told = sentence("`{}` {} {} is ", &[name_end(&pod.metadata.name), place, name]);
        told.extend(self.state(pod));
        told
    }

    /// STATUS of a pod with its grounds, in words that follow "is".
    fn state(&self, pod: &Rc<Pod>) -> Vec<Piece> {
        let left = pod.available_at(self.set.spec.min_ready_seconds).map(|at| at - self.timeline.now());
        match (stage(pod), left) {
            ((PodStage::Ready, _), Some(left)) if left.0 > 0 => {
                sentence("ready, and available in {} (`minReadySeconds`)", &[&span(left)])
            }
            ((PodStage::Unready, word), _) => vec![Piece::Text(word)],
            _ => status_and_grounds(self.timeline, pod),
        }
    }
}

/// The pod of a node that keeps it from having an available pod of the current template: a new one that is not
/// available yet, else an old one that is not.
fn telling<'a>(story: &NodeStory<'a>) -> Option<&'a PodSeen> {
    let pods = story.pods.iter().map(|(pod, _)| *pod);
    pods.max_by_key(|pod| (pod.state != PodState::Available, pod.updated, pod.state != PodState::Terminating))
}

#[cfg(test)]
mod tests;
