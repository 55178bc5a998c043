//! What tried changes come to, in a sentence.

use super::subject::Subject;
use super::table::SubjectRow;
use crate::api::{EcoString, Node, ObjectKey, Pod, sort};
use crate::cluster::World;
use crate::controllers::daemonset::bounds::ROLLING_UPDATE;
use crate::explain::leaving::Evicted;
use crate::explain::piece::{Piece, count, sentence};
use std::collections::BTreeSet;

/// Which nodes get a pod and which lose one, without the full stop.
pub(super) fn told(rows: &[SubjectRow]) -> Vec<Piece> {
    let nodes = |is_meant: &dyn Fn(&SubjectRow) -> bool| -> Vec<&EcoString> {
        rows.iter().filter(|row| is_meant(row)).flat_map(|row| &row.nodes).collect()
    };
    let gain = nodes(&|row| !row.before.what.has_pod() && row.after.what.has_pod());
    let lose = nodes(&|row| row.before.what.has_pod() && !row.after.what.has_pod());
    let other = nodes(&|row| row.is_changed() && row.before.what.has_pod() == row.after.what.has_pod());
    let parts = [
        (gain, "gets a pod", "get a pod"),
        (lose, "loses its pod", "lose their pods"),
        (other, "changes", "change"),
    ];
    let mut told = Vec::new();
    for (nodes, one, several) in parts {
        if nodes.is_empty() {
            continue;
        }
        if !told.is_empty() {
            told.push(Piece::Text("; ".into()));
        }
        match nodes[..] {
            [one] => told.extend(sentence("`{}`", &[one])),
            [one, other] => told.extend(sentence("`{}` and `{}`", &[one, other])),
            _ => told.push(Piece::Text(count(nodes.len(), "node"))),
        }
        told.push(Piece::Text(format!(" {}", if nodes.len() == 1 { one } else { several })));
    }
    if told.is_empty() {
        return sentence("no node changes", &[]);
    }
    told
}

/// That another template replaces the pods; empty where it does not.
pub(super) fn aside(world: &World, before: &Subject, after: &Subject, rows: &[SubjectRow]) -> Vec<Piece> {
    let (Subject::Set(before), Subject::Set(after)) = (before, after) else { return Vec::new() };
    if before.spec.template == after.spec.template {
        return Vec::new();
    }
    let pods = world.pods_in(&before.metadata.namespace);
    let pods = pods.filter(|pod| pod.is_owned_by(&before.metadata.uid));
    // Where a pod goes for good, none takes its place.
    let losing: BTreeSet<&str> = sort::set(
        rows.iter().filter(|row| row.after.what.goes()).flat_map(|row| &row.nodes).map(|name| &**name),
    );
    let stays = |node: Option<&str>| node.is_none_or(|node| !losing.contains(node));
    let pods = pods.filter(|pod| stays(pod.target_node())).count();
    match after.spec.update_strategy.type_.as_str() {
        _ if pods == 0 => Vec::new(),
        ROLLING_UPDATE => sentence(
            "Tolerations are a part of the template: the rolling update replaces {}.",
            &[&count(pods, "pod")],
        ),
        _ if pods == 1 => sentence(
            "Tolerations are a part of the template, and the strategy is `OnDelete`: the pod that is there keeps the old ones.",
            &[],
        ),
        _ => sentence(
            "Tolerations are a part of the template, and the strategy is `OnDelete`: the {} that are there keep the old ones.",
            &[&count(pods, "pod")],
        ),
    }
}

/// The pods that other taints evict besides those of the subject, in sentences; empty where there are none.
pub(super) fn evicted<'a>(
    world: &World,
    subject: (&Subject, &ObjectKey),
    nodes: impl Iterator<Item = (&'a Node, &'a Node)>,
) -> Vec<Piece> {
    let is_own = |pod: &Pod| match subject {
        (Subject::Set(set), _) => pod.is_owned_by(&set.metadata.uid),
        (_, key) => (&pod.metadata.namespace, &pod.metadata.name) == (&key.namespace, &key.name),
    };
    let mut evicted = Evicted::default();
    nodes.for_each(|(before, after)| evicted.add(world, before, after, is_own));
    let mut told = Vec::new();
    for (index, sentence_of) in evicted.told(None).into_iter().enumerate() {
        told.extend(sentence(if index == 0 { "Besides, " } else { " " }, &[]));
        told.extend(sentence_of);
        told.push(Piece::Text(".".into()));
    }
    told
}
