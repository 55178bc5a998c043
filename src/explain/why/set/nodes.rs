//! What each node waits for.

use super::super::super::piece::{Piece, sentence};
use super::super::super::pods::{Stage, stage};
use super::super::super::span::span;
use super::super::super::step::{count, delete_reason};
use super::super::{Block, LISTED, NodeLine, Section, Tone, daemon, section};
use super::Told;
use crate::api::{EcoString, Time};
use crate::controllers::daemonset::eligibility::Verdict;
use crate::controllers::daemonset::node::{Class, PodSeen};
use crate::controllers::daemonset::trace::{KeepReason, NodeStory, PodDecision};

impl Told<'_> {
    pub(super) fn nodes(&self) -> Section {
        let world = self.timeline.world();
        let mut lines: Vec<(Vec<Piece>, Stage, Tone, Vec<String>)> = Vec::new();
        let names: Vec<&EcoString> =
            self.survey.sync.nodes.entries.keys().filter(|name| !name.is_empty()).collect();
        let together = names.len() > 3 * LISTED;
        for name in &names {
            let Some(story) = self.survey.sync.node(name) else { continue };
            let (sign, tone, mut words) = self.node(&story);
            if world.node(name).is_some_and(|node| node.ready() != Some("True")) && !story.pods.is_empty() {
                words.extend(sentence(" · node NotReady", &[]));
            }
            match lines.iter_mut().find(|(other, ..)| together && *other == words) {
                Some((.., nodes)) => nodes.push(name.to_string()),
                None => lines.push((words, sign, tone, vec![name.to_string()])),
            }
        }
        let rows = lines.into_iter().map(|(words, sign, tone, nodes)| match nodes.as_slice() {
            [one] => NodeLine { sign, tone, name: one.clone(), words, names: Vec::new() },
            many => NodeLine { sign, tone, name: count(many.len(), "node"), words, names: nodes },
        });
        let rows: Vec<_> = rows.collect();
        let ready = self.size(|class| class == Class::New { available: true });
        let by = format!("{ready} of {} available on r{}", self.survey.totals.counts.desired, self.current());
        section("Nodes", &by, None, vec![Block::NodeLines(rows)])
    }

    /// What a node waits for.
    fn node(&self, story: &NodeStory<'_>) -> (Stage, Tone, Vec<Piece>) {
        let verdict = story.entry.verdict.as_deref();
        if story.pods.is_empty() {
            return match verdict {
                Some(verdict) if verdict.verdict != Verdict::ShouldRun => {
                    (Stage::Terminating, Tone::Neutral, daemon::obstacle(verdict))
                }
                _ => (Stage::Pending, Tone::Neutral, sentence("gets a pod with the next sync", &[])),
            };
        }
        let mut words = Vec::new();
        let (mut sign, mut tone) = (Stage::Ready, Tone::Good);
        for (index, (pod, decision)) in story.pods.iter().enumerate() {
            if index > 0 {
                words.extend(sentence(" + ", &[]));
            }
            let (of_pod, told) = self.pod(pod, *decision);
            if of_pod != Stage::Ready || *decision != PodDecision::Keep(KeepReason::UpToDate) {
                (sign, tone) = (of_pod, Tone::Neutral);
            }
            words.extend(told);
        }
        if verdict.is_some_and(|verdict| verdict.verdict == Verdict::MayStay) {
            words.extend(sentence(": kept, not counted as desired", &[]));
            tone = Tone::Bad;
        }
        (sign, tone, words)
    }

    /// `r2 ready`, `r1 waits for the budget`, `r2 ContainerCreating`.
    fn pod(&self, pod: &PodSeen, decision: PodDecision) -> (Stage, Vec<Piece>) {
        let world = self.timeline.world();
        let stored = world.pod(&self.set.metadata.namespace, &pod.name);
        let number = stored.map_or(0, |pod| self.revisions.of_pod(pod));
        let revision = if number > 0 { format!("r{number}") } else { "r?".into() };
        let (now, state) = stored.map_or((Stage::Terminating, "gone".into()), |pod| stage(pod));
        let rest = match decision {
            PodDecision::Keep(reason) => self.waits(reason, state),
            PodDecision::Delete(reason) => format!("goes with the next sync: {}", delete_reason(reason)),
        };
        (now, sentence("`{}` {}", &[&revision, &rest]))
    }

    fn waits(&self, reason: KeepReason, state: String) -> String {
        let left = |at: Time| span(at - self.timeline.now());
        match reason {
            KeepReason::UpToDate => "ready".into(),
            KeepReason::WaitsForReady => state,
            KeepReason::WaitsUntilAvailable(at) => format!("ready, available in {}", left(at)),
            KeepReason::WaitsForEnd => "is ending".into(),
            KeepReason::WaitsForBackOff(at) => format!("failed, replaced in {}", left(at)),
            KeepReason::WaitsForNextSync => "goes with a later sync".into(),
            KeepReason::WaitsForDeletion => "stays until it is deleted".into(),
            KeepReason::WaitsForManage => "waits for the sync after this one".into(),
            KeepReason::WaitsForBudget => "waits for the budget".into(),
            KeepReason::WaitsForSurgePod => "serves until a new pod is made".into(),
            KeepReason::WaitsForNewPod => "serves until the new one is available".into(),
            KeepReason::WaitsForOthers => "stays until enough others are available".into(),
            KeepReason::WaitsForError => "waits: the update cannot go on".into(),
            KeepReason::WaitsForPruning => "waits: too many pods here".into(),
        }
    }
}
