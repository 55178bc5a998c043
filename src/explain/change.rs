//! What one change did, in a few words that go on from "step 5 …".

use super::piece::{Piece, sentence};
use super::pods::status;
use crate::api::{Kind, Node, Object, PENDING, Pod, Taint};
use crate::cluster::{Change, lease_key};

/// What a change did: "created pod `x`", "bound `x` to `node-1`", "added taint `a=b:NoSchedule` to `node-1`".
pub fn describe(change: &Change) -> Vec<Piece> {
    let name = change.name().as_str();
    let kind = change.kind();
    let kind = kind_word(&kind);
    if change.is_about(&lease_key(name)) {
        // A Lease stands for a kubelet that is silent.
        let verb = if change.after.is_some() { "stopped" } else { "started" };
        return sentence("{} the kubelet of {}", &[verb, name]);
    }
    match (&change.before, &change.after) {
        (None, Some(Object::Pod(pod))) if pod.target_node().is_some() => {
            sentence("created pod `{}` for {}", &[name, pod.target_node().unwrap_or_default()])
        }
        (None, _) => sentence("created {} `{}`", &[kind, name]),
        (_, None) => sentence("removed {} `{}`", &[kind, name]),
        (Some(Object::Pod(before)), Some(Object::Pod(after))) => pod(name, before, after),
        (Some(Object::Node(before)), Some(Object::Node(after))) => node(name, before, after),
        (Some(Object::DaemonSet(before)), Some(Object::DaemonSet(after))) => {
            let what = if before.spec.template != after.spec.template {
                "changed the template of"
            } else if before.spec != after.spec {
                "changed the spec of"
            } else if after.metadata.is_terminating() && !before.metadata.is_terminating() {
                "began to delete"
            } else {
                "updated the status of"
            };
            sentence("{} {} `{}`", &[what, kind, name])
        }
        _ => sentence("changed {} `{}`", &[kind, name]),
    }
}

/// Changes in lines of their own, each with its sign; events are left to the events' panel.
pub(super) fn lines(changes: &[Change]) -> Vec<(&'static str, Vec<Piece>)> {
    let told = changes.iter().filter(|change| !change.is_of(&Kind::Event));
    told.map(|change| (sign(change), describe(change))).collect()
}

/// `+` for what is new, `−` for what goes, `~` for what is different.
fn sign(change: &Change) -> &'static str {
    match (&change.before, &change.after) {
        (None, _) => "+",
        (_, None) => "−",
        _ if begins_to_end(change) => "−",
        _ => "~",
    }
}

/// Whether a change is the beginning of a deletion.
pub(super) fn begins_to_end(change: &Change) -> bool {
    let is_ending =
        |object: &Option<Object>| object.as_ref().is_some_and(|object| object.metadata().is_terminating());
    is_ending(&change.after) && !is_ending(&change.before)
}

/// The word for a kind in running text.
pub(super) fn kind_word(kind: &Kind) -> &str {
    match kind {
        Kind::Pod => "pod",
        Kind::Node => "node",
        Kind::Namespace => "namespace",
        Kind::Service => "service",
        Kind::Event => "event",
        kind => kind.name(),
    }
}

fn pod(name: &str, before: &Pod, after: &Pod) -> Vec<Piece> {
    if after.metadata.is_terminating() && !before.metadata.is_terminating() {
        return match after.metadata.deletion_grace_period_seconds {
            Some(seconds) => sentence("began to delete pod `{}`, grace {}s", &[name, &seconds.to_string()]),
            None => sentence("began to delete pod `{}`", &[name]),
        };
    }
    if before.node().is_none() && after.node().is_some() {
        return sentence("bound `{}` to {}", &[name, after.node().unwrap_or_default()]);
    }
    let starts = |pod: &Pod| !pod.status.container_statuses.is_empty();
    if after.status.phase == PENDING && starts(after) && !starts(before) {
        return sentence("began to create the containers of `{}`", &[name]);
    }
    if before.status.phase != after.status.phase || before.is_ready() != after.is_ready() {
        let state = match (after.status.phase.as_str(), after.is_ready()) {
            ("Running", true) => "Running and ready",
            ("Running", false) => "not ready",
            (phase, _) => phase,
        };
        return sentence("marked `{}` {}", &[name, state]);
    }
    if before.metadata.labels != after.metadata.labels {
        return sentence("changed the labels of pod `{}`", &[name]);
    }
    let nominated = [before, after].map(|pod| pod.status.nominated_node_name.as_str());
    match nominated {
        [_, node] if !node.is_empty() && nominated[0] != node => {
            return sentence("nominated {} for `{}`", &[node, name]);
        }
        [node, ""] if !node.is_empty() => {
            return sentence("cleared the nomination to {} of `{}`", &[node, name]);
        }
        _ => {}
    }
    let disrupted = |pod: &Pod| pod.condition("DisruptionTarget").is_some_and(|one| one.status == "True");
    if let Some(condition) =
        after.condition("DisruptionTarget").filter(|_| disrupted(after) && !disrupted(before))
    {
        return sentence("marked `{}` with DisruptionTarget, reason {}", &[name, &condition.reason]);
    }
    let words = [before, after].map(status);
    if words[0] != words[1] {
        return sentence("marked `{}` {}", &[name, &words[1]]);
    }
    sentence("updated the status of pod `{}`", &[name])
}

fn node(name: &str, before: &Node, after: &Node) -> Vec<Piece> {
    let lacks = |taints: &[Taint], taint: &Taint| !taints.iter().any(|other| other.is_same(taint));
    let added: Vec<String> = after
        .spec
        .taints
        .iter()
        .filter(|taint| lacks(&before.spec.taints, taint))
        .map(Taint::to_string)
        .collect();
    let removed: Vec<String> = before
        .spec
        .taints
        .iter()
        .filter(|taint| lacks(&after.spec.taints, taint))
        .map(Taint::to_string)
        .collect();
    match (added.is_empty(), removed.is_empty()) {
        (false, true) => return sentence("added `{}` to {}", &[&added.join(", "), name]),
        (true, false) => return sentence("removed `{}` from {}", &[&removed.join(", "), name]),
        (false, false) => {
            let values = [added.join(", "), removed.join(", ")];
            return sentence(
                "changed the taints of {}: added `{}`, removed `{}`",
                &[name, &values[0], &values[1]],
            );
        }
        (true, true) => {}
    }
    if before.spec.unschedulable != after.spec.unschedulable {
        let verb = if after.spec.unschedulable { "cordoned" } else { "uncordoned" };
        return sentence("{} node {}", &[verb, name]);
    }
    if before.metadata.labels != after.metadata.labels {
        return sentence("changed the labels of node {}", &[name]);
    }
    if before.ready() != after.ready() {
        let state = match after.ready() {
            Some("True") => "Ready",
            Some("False") => "NotReady",
            _ => "NotReady (Unknown)",
        };
        return sentence("marked node {} {}", &[name, state]);
    }
    sentence("changed node {}", &[name])
}
