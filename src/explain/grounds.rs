//! Why a pod has to go, in the words of a sentence.

use super::eligibility::not_eligible;
use super::piece::{Piece, sentence};
use crate::controllers::daemonset::node::DeleteReason;
use crate::controllers::daemonset::plan::PlannedDelete;
use crate::controllers::daemonset::trace::SyncTrace;
use crate::controllers::taint_eviction::{Borne, Decision, Stay, TaintEvictionTrace};

/// Why a pod is deleted: what keeps it from its node, or a few words.
pub(super) fn delete_reason(sync: &SyncTrace, planned: &PlannedDelete) -> Vec<Piece> {
    let entry = sync.nodes.entries.get(&planned.node);
    match (planned.reason, entry.and_then(|entry| entry.verdict.as_deref())) {
        (DeleteReason::NotEligible, Some(verdict)) => not_eligible(verdict),
        (reason, _) => vec![Piece::Text(delete_words(reason).into())],
    }
}

/// Why a pod is deleted, in a few words.
pub(super) fn delete_words(reason: DeleteReason) -> &'static str {
    match reason {
        DeleteReason::NotEligible => "its node is not eligible",
        DeleteReason::Failed => "it failed, and a new one replaces it",
        DeleteReason::Succeeded => "it ended, and a daemon pod has to run all the time",
        DeleteReason::Duplicate => "the node has an older one",
        DeleteReason::OldNotReady => "it is old and not ready, and the new one is there already",
        DeleteReason::Replaced => "the new one is available",
        DeleteReason::NodeGone => "its node is gone",
        DeleteReason::OutdatedUnavailable => "it has an old template and is not available",
        DeleteReason::Outdated => "it has an old template, and maxUnavailable allows it",
        DeleteReason::SunsetUnavailable => "it is not available, and the node should not run it",
        DeleteReason::Sunset => "the node should not run it, and enough others are available",
    }
}

/// Why a pod is evicted now. None where it is not.
pub(super) fn eviction_grounds(trace: &TaintEvictionTrace) -> Option<Vec<Piece>> {
    match &trace.decision {
        Decision::EvictsNow(Stay::NotAtAll) => {
            let untolerated = listed_taints(trace, |borne| borne.toleration.is_none());
            Some(sentence("it does not tolerate `{}`", &[&untolerated]))
        }
        Decision::EvictsNow(_) => {
            Some(sentence("it tolerates `{}` for 0s (tolerationSeconds)", &[&soonest(trace)]))
        }
        Decision::TimeIsUp => {
            Some(sentence("its tolerationSeconds for `{}` have run out", &[&soonest(trace)]))
        }
        _ => None,
    }
}

fn listed_taints(trace: &TaintEvictionTrace, counts: impl Fn(&Borne) -> bool) -> String {
    let taints = trace.borne.iter().filter(|borne| counts(borne)).map(|borne| borne.taint.to_string());
    taints.collect::<Vec<_>>().join(", ")
}

/// The taints that a pod tolerates for the shortest time: that is what counts.
pub(super) fn soonest(trace: &TaintEvictionTrace) -> String {
    let seconds =
        |borne: &Borne| borne.toleration.as_ref().and_then(|toleration| toleration.toleration_seconds);
    let least = trace.borne.iter().filter_map(seconds).min();
    listed_taints(trace, |borne| least.is_some() && seconds(borne) == least)
}
