//! What the DaemonSet controller found out about a node, in the words of a sentence.

use super::piece::{Piece, sentence};
use crate::api::NO_EXECUTE;
use crate::controllers::daemonset::eligibility::{Checklist, NodeNameCheck};

/// The first thing that keeps the pod away, in the order in which the controller looks.
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
    match verdict.untolerated().next() {
        Some(taint) => sentence("untolerated taint `{}`", &[&taint.to_string()]),
        None => Vec::new(),
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
    match verdict.untolerated().find(|taint| taint.effect == NO_EXECUTE) {
        Some(taint) if verdict.matches_labels() && !is_elsewhere(verdict) => {
            sentence("Will be deleted: `{}` is not tolerated", &[&taint.to_string()])
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
