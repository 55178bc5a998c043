//! `nodeSelector` and node affinity. Upstream: `plugins/nodeaffinity/node_affinity.go`,
//! `component-helpers/scheduling/corev1/nodeaffinity`.

#[cfg(test)]
mod tests;

use super::normalize_by_max;
use crate::api::{
    EcoString, Node, NodeSelector, Pod, PreferredSchedulingTerm, admits_node, preferred_terms_error,
    required_node_affinity, sort,
};
use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, FilterResult, Plugin, PreFilter,
    PreScore, QueueingHints, Rejection, Score, ScorePlugin,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The plugin.
pub struct NodeAffinity;

const NO_MATCH: Rejection =
    Rejection::unresolvable(&[Cow::Borrowed("node(s) didn't match Pod's node affinity/selector")]);
const CONFLICT: Rejection = Rejection::unresolvable(&[Cow::Borrowed("pod affinity terms conflict")]);

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }
    fn explain(&self) -> &'static str {
        "A node must carry the labels of spec.nodeSelector and match a term of the required node affinity, and nodes that match preferred terms are better."
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

fn admits(pod: &Pod, node: &Node) -> bool {
    admits_node(&pod.spec.node_selector, pod.spec.affinity.as_deref(), node)
}

/// The sum of the weights of the preferred terms that a node matches: the raw score. Terms that cannot be evaluated
/// match nothing.
pub fn preferred_score(terms: &[PreferredSchedulingTerm], node: &Node) -> i64 {
    let matching = terms.iter().filter(|term| term.weight != 0 && term.preference.matches(node) == Ok(true));
    matching.map(|term| i64::from(term.weight)).sum()
}

fn preferred(pod: &Pod) -> &[PreferredSchedulingTerm] {
    let affinity = pod.spec.affinity.as_deref().and_then(|affinity| affinity.node_affinity.as_ref());
    affinity.map_or(&[], |affinity| &affinity.preferred)
}

/// The nodes that the terms name through `metadata.name`, sorted; None where a term names none, for then any node may
/// match it.
fn named_nodes(required: &NodeSelector) -> Option<BTreeSet<&str>> {
    let mut names = BTreeSet::new();
    for term in &required.node_selector_terms {
        let pins =
            term.match_fields.iter().filter(|field| field.key == "metadata.name" && field.operator == "In");
        let sets = pins.map(|pin| sort::set(pin.values.iter().map(EcoString::as_str)));
        names.extend(sets.reduce(|some, other| &some & &other)?);
    }
    Some(names)
}

impl FilterPlugin for NodeAffinity {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let pod = &*cycle.pod.pod;
        let required = required_node_affinity(pod.spec.affinity.as_deref());
        if required.is_none() && pod.spec.node_selector.is_empty() {
            return PreFilter::Skip;
        }
        let terms = required.filter(|required| !required.node_selector_terms.is_empty());
        let only = match terms.and_then(named_nodes) {
            Some(names) if names.is_empty() => return PreFilter::Reject(CONFLICT),
            Some(names) => Some(names.into_iter().map(EcoString::from).collect()),
            None => None,
        };
        PreFilter::Check { only, filter: Box::new(Check { pod }) }
    }
}

struct Check<'a> {
    pod: &'a Pod,
}

impl Filter<'_> for Check<'_> {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        if admits(self.pod, &node.node) { Ok(()) } else { Err(NO_MATCH) }
    }
}

impl ScorePlugin for NodeAffinity {
    fn default_weight(&self) -> i64 {
        2
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> PreScore<'a> {
        let terms = preferred(&cycle.pod.pod);
        if terms.is_empty() {
            return PreScore::Skip;
        }
        match preferred_terms_error(terms) {
            Some(error) => PreScore::Error(error),
            None => PreScore::rank(Ranking { terms }),
        }
    }
}

struct Ranking<'a> {
    terms: &'a [PreferredSchedulingTerm],
}

impl Score for Ranking<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        preferred_score(self.terms, &node.node)
    }

    fn normalize(&self, scores: &mut [i64]) {
        normalize_by_max(scores, false);
    }
}

impl QueueingHints for NodeAffinity {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::NodeLabel])
    }

    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let ClusterEvent::Node { before, after: Some(after), .. } = event else { return false };
        // Rules that cannot be read may be met by anything.
        let required = required_node_affinity(pod.pod.spec.affinity.as_deref());
        if required.is_some_and(|required| required.has_error(after)) {
            return true;
        }
        admits(&pod.pod, after) && !before.is_some_and(|before| admits(&pod.pod, before))
    }
}
