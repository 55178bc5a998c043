//! Near some pods, away from others. Upstream: `plugins/interpodaffinity`.

mod counts;
mod filter;
mod score;
#[cfg(test)]
mod tests;

use crate::api::{Labels, Node, Pod};
use crate::scheduler::framework::{
    ClusterEvent, EventKind, EventKinds, FilterPlugin, Plugin, QueueingHints, ScorePlugin, is_placed,
};
use crate::scheduler::{PodInfo, PodRules, Snapshot, Term};

/// The plugin.
pub struct InterPodAffinity;

impl Plugin for InterPodAffinity {
    fn name(&self) -> &'static str {
        "InterPodAffinity"
    }
    fn explain(&self) -> &'static str {
        "Pod affinity wants a matching pod in the node's topology and anti-affinity wants none, in both directions: the rules of pods already there hold too."
    }
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        Some(self)
    }
    fn score(&self) -> Option<&dyn ScorePlugin> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

/// Whether a pod is meant by a term of the pod that is to be scheduled.
///
/// Upstream looks the selected namespaces up once and lists their names, but keeps asking the selector too, then without
/// any labels (`mergeAffinityTermNamespacesIfNotEmpty` is given a copy of the term): what is satisfied by the lack of
/// labels (`NotIn`, `DoesNotExist`) selects every namespace.
fn meant_by_own(term: &Term, pod: &Pod, snapshot: &Snapshot<'_>) -> bool {
    meant_without_labels(term, pod) || meant_by_other(term, pod, snapshot)
}

/// Whether the pod that is to be scheduled is meant by a term of another pod.
fn meant_by_other(term: &Term, pod: &Pod, snapshot: &Snapshot<'_>) -> bool {
    term.matches(pod, || snapshot.namespace_labels(&pod.metadata.namespace).unwrap_or_default())
}

fn meant_without_labels(term: &Term, pod: &Pod) -> bool {
    term.matches(pod, Labels::default)
}

/// Whether a pod is meant by all terms; none mean nobody.
fn meant_by_all(terms: &[Term], is_meant: impl Fn(&Term) -> bool) -> bool {
    !terms.is_empty() && terms.iter().all(is_meant)
}

impl QueueingHints for InterPodAffinity {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[
            EventKind::AssignedPodAdd,
            EventKind::AssignedPodDelete,
            EventKind::PodLabel,
            EventKind::NodeAdd,
            EventKind::NodeLabel,
        ])
    }

    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let none = PodRules::default();
        let rules = pod.affinity.as_deref().unwrap_or(&none);
        match event {
            ClusterEvent::Node { before, after: Some(after), .. } => helped_by_node(rules, *before, after),
            ClusterEvent::Node { .. } => false,
            ClusterEvent::Pod { before: Some(_), after: Some(_), .. } if pod.is_changed_by(event) => true,
            ClusterEvent::Pod { before, after, .. } => helped_by_pod(pod, rules, *before, *after),
        }
    }
}

fn helped_by_pod(pod: &PodInfo, rules: &PodRules, before: Option<&Pod>, after: Option<&Pod>) -> bool {
    if [before, after].into_iter().flatten().any(|other| !is_placed(other)) {
        return false;
    }
    // Labels of namespaces are not looked up for a hint.
    let meant = |terms: &[Term], pod: &Pod| meant_by_all(terms, |term| meant_without_labels(term, pod));
    let (near, away) = (&rules.required_affinity, &rules.required_anti_affinity);
    match (before, after) {
        (Some(before), Some(after)) => {
            (!meant(near, before) && meant(near, after)) || (meant(away, before) && !meant(away, after))
        }
        (None, Some(after)) => meant(near, after),
        (Some(before), None) => {
            meant(away, before)
                || PodRules::new(before).is_some_and(|gone| meant(&gone.required_anti_affinity, &pod.pod))
        }
        (None, None) => false,
    }
}

fn helped_by_node(rules: &PodRules, before: Option<&Node>, after: &Node) -> bool {
    let label = |node: &Node, term: &Term| node.metadata.labels.get(&term.topology_key).cloned();
    let Some(before) = before else {
        return !rules.required_anti_affinity.is_empty()
            || rules.required_affinity.iter().any(|term| label(after, term).is_some());
    };
    let moved = |term: &Term| label(before, term) != label(after, term);
    rules.required_affinity.iter().any(|term| label(after, term).is_some() && moved(term))
        || rules.required_anti_affinity.iter().any(|term| label(before, term).is_some() && moved(term))
}
