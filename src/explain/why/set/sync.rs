//! What the last sync decided, and when a rollout began.

use super::super::super::piece::{Piece, sentence};
use super::super::super::pods::name_end;
use super::super::super::span::span;
use super::super::super::step::{count, delete_reason};
use super::super::{Block, LISTED, Section, Tone, section};
use super::Told;
use super::budget::budget_of;
use crate::api::ObjectKey;
use crate::controllers::daemonset::history::{HistoryTrace, RevisionOrigin};
use crate::controllers::daemonset::node::CreateReason;
use crate::controllers::daemonset::rollout::RolloutTrace;
use crate::controllers::daemonset::trace::{Sync, SyncTrace};
use crate::sim::{Step, StepNo, Timeline, Trace};
use std::rc::Rc;

/// The last sync of a DaemonSet up to the shown step.
pub(super) fn last_sync(timeline: &Timeline, key: &ObjectKey) -> Option<(Rc<Step>, Rc<SyncTrace>)> {
    timeline.past().find_map(|step| match &step.trace {
        Trace::DaemonSet(trace) if trace.set == *key => match &trace.sync {
            Sync::Done(sync) => Some((Rc::clone(step), Rc::clone(sync))),
            _ => None,
        },
        _ => None,
    })
}

impl Told<'_> {
    /// What the last sync decided.
    pub(super) fn sync(&self, step: &Step, sync: &SyncTrace) -> Section {
        let mut lines: Vec<(&'static str, Vec<Piece>)> = self.revision(&sync.history).into_iter().collect();
        for create in sync.creates.iter().take(LISTED) {
            let why = create_reason(create.reason);
            lines.push(("+", sentence("a pod for {}: {}", &[&create.node, why])));
        }
        for delete in sync.deletes.iter().take(LISTED) {
            let why = delete_reason(delete.reason);
            lines.push(("−", sentence("`{}` on {}: {}", &[name_end(&delete.pod), &delete.node, why])));
        }
        let unlisted = sync.creates.len().saturating_sub(LISTED) + sync.deletes.len().saturating_sub(LISTED);
        if unlisted > 0 {
            lines.push(("·", sentence("and {} more", &[&count(unlisted, "pod")])));
        }
        for (pods, what) in [(&sync.adopted, "adopted"), (&sync.released, "released")] {
            lines.extend(pods.iter().take(LISTED).map(|pod| ("~", sentence("{} `{}`", &[what, pod]))));
        }
        for later in [sync.later_creates, sync.later_deletes] {
            if later > 0 {
                let pods = count(later as usize, "pod");
                lines.push(("·", sentence("{} more with the next sync: one does 250 at most", &[&pods])));
            }
        }
        for waiting in sync.backing_off.iter().take(LISTED) {
            let left = span(waiting.until - step.at);
            let text = "`{}` on {} failed again: it stays for {} more (back-off)";
            lines.push(("·", sentence(text, &[name_end(&waiting.pod), &waiting.node, &left])));
        }
        let mut blocks = Vec::new();
        if let Some(budget) = budget_of(&sync.rollout) {
            blocks.push(Block::Words(vec![Piece::Text(budget)]));
        }
        if sync.rollout == RolloutTrace::Postponed {
            let text =
                "The rolling update had to wait: first what this sync created and deleted must be seen.";
            blocks.push(Block::Words(sentence(text, &[])));
        }
        let idle = lines.is_empty();
        if !idle {
            blocks.insert(0, Block::Changes(lines));
        }
        let badge = if idle { (Tone::Neutral, "nothing to do") } else { (Tone::Good, "acted") };
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
                let text = "revision `r{}` is `r{}` now: its template is the current one again";
                lines.push(("~", sentence(text, &[&from.to_string(), &to.to_string()])));
            }
            RevisionOrigin::Same(_) => {}
        }
        for (_, number) in &history.cleaned_up {
            let text = "revision `r{}`: more than revisionHistoryLimit, and no pod carries it";
            lines.push(("−", sentence(text, &[&number.to_string()])));
        }
        lines
    }
}

fn create_reason(reason: CreateReason) -> &'static str {
    match reason {
        CreateReason::NoPod => "it should run one and has none",
        CreateReason::NoLivePod => "it has no live one, and with maxSurge the ending one does not count",
        CreateReason::OldUnavailable => "its old pod is not available, so a new one comes beside it at once",
        CreateReason::Surge => "its old pod is to be replaced, within maxSurge",
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
