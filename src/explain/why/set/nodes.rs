//! What each node waits for.

use super::super::super::eligibility::obstacle;
use super::super::super::grounds::delete_words;
use super::super::super::piece::{Piece, count, sentence};
use super::super::super::pods::{PodStage, revision_name, stage};
use super::super::super::refused::grounds;
use super::super::super::span::span;
use super::super::super::standing::status_and_grounds;
use super::super::super::turned_away;
use super::super::answer::{Block, LISTED, NodeLine, Section, Tone, section};
use super::Told;
use crate::api::{EcoString, Pod, Time, sort};
use crate::controllers::daemonset::eligibility::Verdict;
use crate::controllers::daemonset::node::{NodeEntry, PodSeen, PodState};
use crate::controllers::daemonset::trace::{Decisions, KeepReason, PodDecision};
use std::rc::Rc;

impl Told<'_> {
    pub(super) fn nodes(&self) -> Section {
        let world = self.timeline.world();
        let mut lines: Vec<(Vec<Piece>, PodStage, Tone, Vec<EcoString>)> = Vec::new();
        let entries = &self.survey.sync.nodes.entries;
        let together = entries.len() > 3 * LISTED;
        let not_ready = world.nodes().filter(|node| node.ready() != Some("True"));
        let not_ready = sort::set(not_ready.map(|node| node.metadata.name.as_str()));
        let decisions = self.survey.sync.decisions();
        // Most nodes have one available pod, of which the same can be said: its line is found at once.
        let mut common: Vec<((&EcoString, PodDecision, bool), usize)> = Vec::new();
        for (name, entry) in entries.iter().filter(|(name, _)| !name.is_empty()) {
            let is_ready = not_ready.is_empty() || !not_ready.contains(name.as_str());
            let told = common_pod(entry).filter(|_| together);
            let told = told.map(|(hash, pod)| (hash, decisions.about(name, entry, pod), is_ready));
            if let Some((_, line)) = common.iter().find(|(other, _)| Some(*other) == told) {
                lines[*line].3.push(name.clone());
                continue;
            }
            let (sign, tone, mut words) = self.node(name, entry, &decisions, !together);
            if !is_ready && !entry.pods.is_empty() {
                words.extend(sentence(" · node NotReady", &[]));
            }
            let same = lines.iter().position(|(other, ..)| together && *other == words);
            let line = same.unwrap_or_else(|| {
                lines.push((words, sign, tone, Vec::new()));
                lines.len() - 1
            });
            lines[line].3.push(name.clone());
            common.extend(told.map(|told| (told, line)));
        }
        let rows = lines.into_iter().map(|(words, sign, tone, nodes)| match nodes.as_slice() {
            [one] => NodeLine { sign, tone, name: one.to_string(), words, names: Vec::new() },
            many => NodeLine { sign, tone, name: count(many.len(), "node"), words, names: nodes },
        });
        let rows: Vec<_> = rows.collect();
        let desired = self.survey.totals().counts.desired;
        let by = match desired {
            0 => "none is eligible".to_owned(),
            _ => format!("{} of {desired} available on r{}", self.done(), self.current()),
        };
        section("Nodes", &by, None, vec![Block::NodeLines(rows)])
    }

    /// What a node waits for.
    fn node(
        &self,
        name: &str,
        entry: &NodeEntry,
        decisions: &Decisions<'_>,
        with_grounds: bool,
    ) -> (PodStage, Tone, Vec<Piece>) {
        let verdict = entry.verdict.as_deref();
        if entry.pods.is_empty() {
            return match verdict {
                Some(verdict) if verdict.verdict != Verdict::ShouldRun => {
                    (PodStage::Terminating, Tone::Neutral, obstacle(verdict))
                }
                _ => match self.refused().find(|(pod, _)| pod.target_node() == Some(name)) {
                    Some((_, error)) => {
                        let mut told = sentence("its pod is refused: ", &[]);
                        told.extend(grounds(error));
                        (PodStage::Failed, Tone::Bad, told)
                    }
                    None => match self.turned_away().find(|(node, _)| *node == name) {
                        Some((_, pod)) => {
                            let mut told = sentence("its kubelet turned the last pod away, ", &[]);
                            told.extend(turned_away::grounds(self.timeline.world(), pod));
                            (PodStage::Failed, Tone::Bad, told)
                        }
                        None => {
                            (PodStage::Pending, Tone::Neutral, sentence("gets a pod with the next sync", &[]))
                        }
                    },
                },
            };
        }
        let mut words = Vec::new();
        let (mut sign, mut tone) = (PodStage::Ready, Tone::Good);
        for (index, pod) in entry.pods.iter().enumerate() {
            let decision = decisions.about(name, entry, pod);
            if index > 0 {
                words.extend(sentence(" + ", &[]));
            }
            let (of_pod, told) = self.pod(pod, decision, with_grounds);
            if of_pod != PodStage::Ready || decision != PodDecision::Keep(KeepReason::UpToDate) {
                (sign, tone) = (of_pod, Tone::Neutral);
            }
            words.extend(told);
        }
        if verdict.is_some_and(|verdict| verdict.verdict == Verdict::MayStay) {
            words.extend(sentence(" (would get no new pod)", &[]));
            tone = Tone::Bad;
        }
        (sign, tone, words)
    }

    /// Pods that the last sync deleted because their nodes' kubelets had turned them away.
    fn turned_away(&self) -> impl Iterator<Item = (&EcoString, &Rc<Pod>)> {
        self.last.into_iter().flat_map(|(step, sync)| turned_away::deleted(step, sync))
    }

    /// `r2 ready`, `r1 waits for the budget`, `r2 Pending (Insufficient cpu: asks 2000m, 500m free)`.
    fn pod(&self, pod: &PodSeen, decision: PodDecision, with_grounds: bool) -> (PodStage, Vec<Piece>) {
        let world = self.timeline.world();
        let stored = world.pod(&self.set.metadata.namespace, &pod.name);
        let number = stored.map_or(0, |pod| self.revisions.of_pod(pod));
        let revision = revision_name(number);
        let (now, state) = stored.map_or((PodStage::Terminating, "gone".into()), |pod| stage(pod));
        let mut told = sentence("`{}` ", &[&revision]);
        let is_state =
            matches!(decision, PodDecision::Keep(KeepReason::WaitsForReady | KeepReason::WaitsForEnd));
        told.extend(match (stored, decision) {
            (Some(pod), _) if is_state && with_grounds && now != PodStage::Unready => {
                status_and_grounds(self.timeline, pod)
            }
            (_, PodDecision::Keep(reason)) => vec![Piece::Text(self.waits(reason, state))],
            (_, PodDecision::Delete(reason)) => {
                sentence("deleted with the next sync: {}", &[delete_words(reason)])
            }
        });
        (now, told)
    }

    fn waits(&self, reason: KeepReason, state: String) -> String {
        let left = |at: Time| span(at - self.timeline.now());
        match reason {
            KeepReason::UpToDate => "ready".into(),
            KeepReason::WaitsForReady | KeepReason::WaitsForEnd => state,
            KeepReason::WaitsUntilAvailable(at) => format!("ready, available in {}", left(at)),
            KeepReason::WaitsForBackOff(at) => format!("failed, replaced in {}", left(at)),
            KeepReason::WaitsForNextSync => "deleted with a later sync".into(),
            KeepReason::WaitsForDeletion => "stays until somebody deletes it".into(),
            KeepReason::WaitsForManage => match self.first_in_sync() {
                Some(node) => format!("next, after {node}"),
                None => "next".into(),
            },
            KeepReason::WaitsForBudget => "waits for the budget".into(),
            KeepReason::WaitsForSurgePod => "serves until its new pod is created".into(),
            KeepReason::WaitsForNewPod => "serves until the new one is available".into(),
            KeepReason::WaitsForOthers => "stays until enough others are available".into(),
            KeepReason::WaitsForError => "waits: the update cannot go on".into(),
            KeepReason::WaitsForPruning => "waits: too many pods here".into(),
        }
    }

    /// A node that a sync creates or deletes a pod on before it goes on with the rolling update.
    fn first_in_sync(&self) -> Option<&EcoString> {
        let sync = &self.survey.sync;
        let created = sync.creates.first().map(|create| &create.node);
        created.or_else(|| sync.deletes.first().map(|delete| &delete.node))
    }
}

/// The pod of a node that should have one and has just that, available; with the hash of its revision.
fn common_pod(entry: &NodeEntry) -> Option<(&EcoString, &PodSeen)> {
    let should = entry.verdict.as_ref().is_some_and(|verdict| verdict.verdict == Verdict::ShouldRun);
    let ([pod], [hash]) = (entry.pods.as_slice(), entry.hashes.as_slice()) else { return None };
    (should && pod.state == PodState::Available).then_some((hash, pod))
}
