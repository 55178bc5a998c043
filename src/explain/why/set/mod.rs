//! "Why?" of a DaemonSet: how far its pods are, what the controller may do next and by which sums, what each node
//! waits for, and its revisions.

mod budget;
mod history;
mod nodes;
mod sync;

pub use history::told_changes;
pub use sync::rollout_start;

use super::super::piece::{Piece, sentence};
use super::super::pods::{Revisions, Stage, name_end, stage};
use super::super::step::count;
use super::{Block, Why, last_touch, section, yaml};
use crate::api::{DaemonSet, EcoString, Kind, ObjectKey};
use crate::controllers::daemonset::node::Class;
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::totals::Order;
use crate::controllers::daemonset::{Survey, survey};
use crate::sim::Timeline;
use std::rc::Rc;
use sync::last_sync;

pub(super) fn why(timeline: &Timeline, set: &Rc<DaemonSet>) -> Why {
    let key = ObjectKey::new(Kind::DaemonSet, &set.metadata.namespace, &set.metadata.name);
    let step = last_touch(timeline, &key);
    let Some(survey) = survey(timeline.world(), set, timeline.now()) else {
        let verdict = match set.metadata.is_terminating() {
            true => sentence("Is being deleted: its pods are the garbage collector's.", &[]),
            false => sentence("Is not synced: its selector selects every pod.", &[]),
        };
        return Why { key, step, verdict, sections: Vec::new() };
    };
    let told = Told { timeline, set, survey: &survey, revisions: Revisions::of(timeline.world(), Some(set)) };
    let mut sections = vec![told.budget()];
    sections.extend(last_sync(timeline, &key).map(|(step, sync)| told.sync(&step, &sync)));
    sections.push(told.nodes());
    sections.push(told.history());
    let lines = yaml::of_set(set);
    sections.push(section("DaemonSet YAML", &set.metadata.name, None, vec![Block::Yaml(lines)]));
    Why { key, step, verdict: told.verdict(), sections }
}

struct Told<'a> {
    timeline: &'a Timeline,
    set: &'a DaemonSet,
    survey: &'a Survey,
    revisions: Revisions,
}

impl Told<'_> {
    fn size(&self, asked: impl Fn(Class) -> bool) -> i32 {
        self.survey.totals.size(asked)
    }

    /// The number of the current revision.
    fn current(&self) -> i64 {
        self.survey.sync.history.origin.number()
    }

    /// Where the set stands, in a sentence.
    fn verdict(&self) -> Vec<Piece> {
        let counts = &self.survey.totals.counts;
        let old = self.size(|class| matches!(class, Class::Old { .. } | Class::Both { .. }));
        let done = self.size(|class| class == Class::New { available: true });
        let (desired, current) = (counts.desired.to_string(), format!("r{}", self.current()));
        let waiting = self.waiting();
        if let RolloutTrace::Failed(error) = &self.survey.rollout {
            return sentence("The rolling update cannot go on: {}.", &[&error.to_string()]);
        }
        if let RolloutTrace::OnDelete { outdated } = self.survey.rollout
            && outdated > 0
        {
            let nodes = count(usize::try_from(outdated).unwrap_or(0), "node");
            return sentence(
                "{} still on an older revision: with `OnDelete` nothing happens until a pod is deleted.",
                &[&nodes],
            );
        }
        match (counts.desired, old, self.paused()) {
            (0, ..) => sentence("No node is to run it.", &[]),
            (_, 0, _) if waiting.is_empty() => sentence(
                "Every node that is to run it, {} in all, has an available pod of `{}`.",
                &[&desired, &current],
            ),
            (_, 0, _) => {
                // Nodes that may keep a pod are not among those that are to run one.
                let mut told = if done >= counts.desired {
                    let text =
                        "Every node that is to run it, {} in all, has an available pod of `{}`. Besides, ";
                    sentence(text, &[&desired, &current])
                } else {
                    let text = "{} of {} nodes have an available pod of `{}`; ";
                    sentence(text, &[&done.to_string(), &desired, &current])
                };
                told.extend(self.missing(&waiting));
                told
            }
            (_, _, Some(blockers)) => {
                let stuck = blockers.iter().any(|name| self.is_not_ready(name));
                let mut told = sentence(if stuck { "Paused because " } else { "Waits: " }, &[]);
                told.extend(self.missing(&blockers));
                told
            }
            _ => {
                sentence("Rolls out `{}`: {} of {} nodes have it.", &[&current, &done.to_string(), &desired])
            }
        }
    }

    /// Nodes that should have an available pod and have none, by name.
    fn waiting(&self) -> Vec<EcoString> {
        let waits = |class| match class {
            Class::Empty => true,
            Class::New { available } | Class::Old { available, .. } => !available,
            Class::Both { new, .. } => !new,
            Class::Excess => false,
        };
        self.survey.totals.first(usize::MAX, Order::ByName, waits)
    }

    /// The nodes that the rolling update waits for, when its budget is used up.
    fn paused(&self) -> Option<Vec<EcoString>> {
        let (left, candidates) = match &self.survey.rollout {
            RolloutTrace::Unavailable(budget) => (budget.left, budget.candidates),
            RolloutTrace::Surge(budget) => (budget.left, budget.candidates),
            _ => return None,
        };
        (left == 0 && candidates > 0).then(|| self.waiting()).filter(|nodes| !nodes.is_empty())
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
        match self.survey.sync.node(name).and_then(|story| story.pods.last().map(|(pod, _)| pod.name.clone()))
        {
            Some(pod) => {
                let mut told = sentence("{}: `{}` is ", &[name, name_end(&pod)]);
                told.push(Piece::Text(self.state(&pod)));
                told
            }
            None => sentence("{} has no pod", &[name]),
        }
    }

    /// STATUS of a pod, in words that follow "is".
    fn state(&self, pod: &str) -> String {
        let Some(pod) = self.timeline.world().pod(&self.set.metadata.namespace, pod) else {
            return "gone".into();
        };
        match stage(pod) {
            (Stage::Ready, _) => "ready, but not for minReadySeconds".into(),
            (_, state) => state,
        }
    }
}

#[cfg(test)]
mod tests;
