//! nodeSelector and node affinity. Upstream: `plugins/nodeaffinity`.

use super::normalize_by_maximum;
use crate::api::{Pod, PreferredSchedulingTerm, admits_node, required_node_affinity};
use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, Plugin, PreFilter, QueueingHints,
    Rejection, Score, ScorePlugin, Verdict,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::rc::Rc;

const REASON: &[Cow<'static, str>] = &[Cow::Borrowed("node(s) didn't match Pod's node affinity/selector")];
const CONFLICT: &[Cow<'static, str>] = &[Cow::Borrowed("pod affinity terms conflict")];

/// The plugin.
pub struct NodeAffinity;

impl Plugin for NodeAffinity {
    fn name(&self) -> &'static str {
        "NodeAffinity"
    }
    fn explain(&self) -> &'static str {
        "The node must have the labels of nodeSelector and match a term of the required node affinity."
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

impl FilterPlugin for NodeAffinity {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        let pod = &*cycle.pod.pod;
        if pod.spec.node_selector.is_empty() && required_node_affinity(pod.spec.affinity.as_deref()).is_none()
        {
            return PreFilter::Skip;
        }
        let only = pinned_to(pod);
        if only.as_ref().is_some_and(Vec::is_empty) {
            return PreFilter::Reject(Rejection::unresolvable(CONFLICT));
        }
        PreFilter::Check { only, filter: Box::new(Check { pod }) }
    }
}

/// The nodes that are possible at all where every term pins `metadata.name`: daemon pods. Sorted.
fn pinned_to(pod: &Pod) -> Option<Vec<Rc<str>>> {
    let required = required_node_affinity(pod.spec.affinity.as_deref())?;
    let mut names = BTreeSet::new();
    for term in &required.node_selector_terms {
        let fields =
            term.match_fields.iter().filter(|field| field.key == "metadata.name" && field.operator == "In");
        let of_term = fields
            .map(|field| field.values.iter().map(String::as_str).collect::<BTreeSet<_>>())
            .reduce(|left, right| left.intersection(&right).copied().collect())?;
        names.extend(of_term);
    }
    (!required.node_selector_terms.is_empty()).then(|| names.into_iter().map(Rc::from).collect())
}

struct Check<'a> {
    pod: &'a Pod,
}

impl<'a> Filter<'a> for Check<'a> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let spec = &self.pod.spec;
        if admits_node(&spec.node_selector, spec.affinity.as_deref(), &node.node) {
            Ok(())
        } else {
            Err(Rejection::unresolvable(REASON))
        }
    }
}

impl ScorePlugin for NodeAffinity {
    fn default_weight(&self) -> i64 {
        2
    }
    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
        let preferred = &cycle.pod.pod.spec.affinity.as_ref()?.node_affinity.as_ref()?.preferred;
        (!preferred.is_empty()).then(|| Box::new(Ranking { preferred }) as Box<dyn Score + 'a>)
    }
}

struct Ranking<'a> {
    preferred: &'a [PreferredSchedulingTerm],
}

impl Score for Ranking<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        let matching = self.preferred.iter().filter(|term| term.preference.matches(&node.node) == Ok(true));
        matching.map(|term| i64::from(term.weight)).sum()
    }
    fn normalize(&self, scores: &mut [i64]) {
        normalize_by_maximum(scores, false);
    }
}

impl QueueingHints for NodeAffinity {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::NodeLabel])
    }
    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let ClusterEvent::Node { after: Some(node), .. } = event else { return false };
        admits_node(&pod.pod.spec.node_selector, pod.pod.spec.affinity.as_deref(), node)
    }
}
