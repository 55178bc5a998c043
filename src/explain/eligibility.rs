//! What the DaemonSet controller found out about a node, in the words of a sentence.

use super::piece::{Piece, sentence};
use crate::api::{NO_EXECUTE, Taint, well_known_taints};
use crate::controllers::daemonset::eligibility::{Checklist, NodeNameCheck};

/// The first thing that keeps the pod away, in the order in which the controller looks; of taints see [`told_taint`].
pub fn obstacle(verdict: &Checklist) -> Vec<Piece> {
    if let NodeNameCheck::Other(name) = &verdict.node_name {
        return sentence("the template names the node `{}`", &[name]);
    }
    if let Some(check) = verdict.node_selector.iter().find(|check| !check.holds()) {
        let pair = format!("{}={}", check.key, check.wanted);
        return match &check.found {
            Some(found) => sentence("nodeSelector `{}`: the node has `{}`", &[&pair, found]),
            None => sentence("the node has no label `{}` (nodeSelector `{}`)", &[&check.key, &pair]),
        };
    }
    if !verdict.matches_labels() {
        return sentence("required node affinity does not match", &[]);
    }
    let Some((taint, others)) = told_taint(verdict) else { return Vec::new() };
    let mut told = sentence("untolerated taint `{}`", &[&taint.to_string()]);
    told.extend(and_more(others));
    told
}

/// Of the taints that keep the pod away the one that is told, and how many there are besides: one that drives a pod out,
/// if there is one, else one that stays.
pub(super) fn told_taint(verdict: &Checklist) -> Option<(&Taint, usize)> {
    let worst = |taint: &&Taint| (taint.effect != NO_EXECUTE, goes_when(taint).is_some());
    let told = verdict.untolerated().min_by_key(worst)?;
    Some((told, verdict.untolerated().count() - 1))
}

/// That there are others of which nothing is said.
pub(super) fn and_more(others: usize) -> Vec<Piece> {
    if others == 0 { Vec::new() } else { sentence(" (and {} more)", &[&others.to_string()]) }
}

/// When Kubernetes itself takes a taint from its node again; none where somebody has to.
pub(super) fn goes_when(taint: &Taint) -> Option<&'static str> {
    match taint.key.as_str() {
        _ if !taint.is_of_node_lifecycle() => None,
        well_known_taints::NETWORK_UNAVAILABLE => Some("as soon as the node has its network"),
        // For the others, a cordon and pressure, daemon pods have tolerations.
        _ => Some("as soon as the node is ready"),
    }
}

/// Why the controller deletes a pod on the node.
pub(super) fn not_eligible(verdict: &Checklist) -> Vec<Piece> {
    match verdict.untolerated().find(|taint| taint.effect == NO_EXECUTE) {
        Some(taint) if verdict.matches_labels() && !is_elsewhere(verdict) => {
            sentence("it does not tolerate `{}`", &[&taint.to_string()])
        }
        _ => obstacle(verdict),
    }
}

/// That the controller is about to delete the node's pod, and why.
pub(super) fn will_be_deleted(verdict: &Checklist) -> Vec<Piece> {
    match told_taint(verdict).filter(|(taint, _)| taint.effect == NO_EXECUTE) {
        Some((taint, others)) if verdict.matches_labels() && !is_elsewhere(verdict) => {
            let mut told = sentence("Will be deleted: `{}` is not tolerated", &[&taint.to_string()]);
            told.extend(and_more(others));
            told
        }
        _ => {
            let mut told = sentence("Will be deleted: ", &[]);
            told.extend(obstacle(verdict));
            told
        }
    }
}

/// Whether the template names another node.
pub(super) fn is_elsewhere(verdict: &Checklist) -> bool {
    matches!(verdict.node_name, NodeNameCheck::Other(_))
}
