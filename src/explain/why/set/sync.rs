//! What the last sync decided, and when a rollout began.

use super::super::super::grounds::delete_reason;
use super::super::super::piece::{Piece, sentence};
use super::super::super::pods::name_end;
use super::super::super::refused;
use super::super::super::span::span;
use super::super::answer::{Block, LISTED, Section, Tone, section};
use super::super::recorded::refused_pods;
use super::Told;
use super::budget::budget_of;
use crate::api::ObjectKey;
use crate::controllers::daemonset::bounds::ROLLING_UPDATE;
use crate::controllers::daemonset::history::{HistoryTrace, RevisionOrigin};
use crate::controllers::daemonset::node::CreateReason;
use crate::controllers::daemonset::plan::BURST;
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::trace::{Sync, SyncTrace};
use crate::sim::{Step, StepNo, Timeline, Trace};

impl Told<'_> {
    /// What the last sync decided.
    pub(super) fn sync(&self, step: &Step, sync: &SyncTrace) -> Section {
        let mut lines: Vec<(&'static str, Vec<Piece>)> = self.revision(&sync.history).into_iter().collect();
        let is_refused = |node: &str| refused_pods(step).any(|(pod, _)| pod.target_node() == Some(node));
        let creates: Vec<_> = sync.creates.iter().filter(|create| !is_refused(&create.node)).collect();
        for create in creates.iter().take(LISTED) {
            let why = create_reason(create.reason);
            lines.push(("+", sentence("a pod for {}: {}", &[&create.node, why])));
        }
        for delete in sync.deletes.iter().take(LISTED) {
            let mut told = sentence("`{}` on {}: ", &[name_end(&delete.pod), &delete.node]);
            told.extend(delete_reason(sync, delete));
            lines.push(("−", told));
        }
        let unlisted = creates.len().saturating_sub(LISTED) + sync.deletes.len().saturating_sub(LISTED);
        if unlisted > 0 {
            lines.push(("·", sentence("and {}", &[&more(unlisted)])));
        }
        for (pods, what) in [(&sync.adopted, "adopted"), (&sync.released, "released")] {
            lines.extend(pods.iter().take(LISTED).map(|pod| ("~", sentence("{} `{}`", &[what, pod]))));
        }
        for later in [sync.later_creates, sync.later_deletes] {
            if later > 0 {
                let text = "{} with the next sync: one sync handles {} at most";
                lines.push(("·", sentence(text, &[&more(later as usize), &BURST.to_string()])));
            }
        }
        for waiting in sync.backing_off.iter().take(LISTED) {
            let left = span(waiting.until - step.at);
            let text = match sync.nodes.basis.surges {
                true => "`{}` on {} failed again: it is deleted in {} (back-off)",
                false => "`{}` on {} failed again: it is replaced in {} (back-off)",
            };
            lines.push(("·", sentence(text, &[name_end(&waiting.pod), &waiting.node, &left])));
        }
        lines.extend(refused::told(&step.refused).into_iter().map(|told| ("!", told)));
        let mut blocks = Vec::new();
        if let Some(budget) = budget_of(&sync.rollout) {
            blocks.push(Block::Words(vec![Piece::Text(budget)]));
        }
        if sync.rollout == RolloutTrace::Postponed && self.set.spec.update_strategy.type_ == ROLLING_UPDATE {
            let text = match step.refused.is_empty() {
                true => {
                    "The rolling update waits for the next sync: this one created or deleted pods for other reasons."
                }
                // `syncDaemonSet` returns the error of `manage` before it comes to the update.
                false => "A sync that fails ends there: it does not come to the rolling update.",
            };
            blocks.push(Block::Words(sentence(text, &[])));
        }
        let idle = lines.is_empty();
        if !idle {
            blocks.insert(0, Block::Changes(lines));
        }
        let badge = match idle {
            _ if !step.refused.is_empty() => (Tone::Bad, "refused"),
            true if step.wrote() => (Tone::Neutral, "updated the status"),
            true => (Tone::Neutral, "nothing to do"),
            false => (Tone::Good, "acted"),
        };
        section("Last sync", &format!("step {}", step.no), Some(badge), blocks)
    }

    /// What a sync made of the revisions.
    fn revision(&self, history: &HistoryTrace) -> Vec<(&'static str, Vec<Piece>)> {
        let mut lines = Vec::new();
        match history.origin {
            RevisionOrigin::Created(number) => {
                lines.push(("+", sentence("revision `r{}`, `{}`", &[&number.to_string(), &history.current])));
            }
            RevisionOrigin::Renumbered { from, to } => {
                let text = "revision `r{}` becomes `r{}`: its template is the current one again";
                lines.push(("~", sentence(text, &[&from.to_string(), &to.to_string()])));
            }
            RevisionOrigin::Same(_) => {}
        }
        for (_, number) in &history.cleaned_up {
            let text = "revision `r{}`: over `revisionHistoryLimit`, and no pod uses it";
            lines.push(("−", sentence(text, &[&number.to_string()])));
        }
        lines
    }
}

/// `1 more pod`, `3 more pods`.
fn more(pods: usize) -> String {
    format!("{pods} more pod{}", if pods == 1 { "" } else { "s" })
}

fn create_reason(reason: CreateReason) -> &'static str {
    match reason {
        CreateReason::NoPod => "eligible, and without a pod",
        CreateReason::NoLivePod => "its only pod is ending, and with maxSurge such a pod does not count",
        CreateReason::OldUnavailable => "its old pod is not available, so it gets a new one at once",
        CreateReason::Surge => "its old pod is replaced, within maxSurge",
    }
}

/// The step at which a DaemonSet's current rollout began: that made or renumbered its current revision.
pub fn rollout_start(timeline: &Timeline, key: &ObjectKey) -> Option<StepNo> {
    timeline.past().find_map(|step| match &step.trace {
        Trace::DaemonSet(trace) if trace.set == *key => match &trace.sync {
            Sync::Done(sync) if !matches!(sync.history.origin, RevisionOrigin::Same(_)) => Some(step.no),
            _ => None,
        },
        _ => None,
    })
}
