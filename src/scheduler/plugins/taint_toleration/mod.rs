//! Taints repel pods that do not tolerate them. Upstream: `plugins/tainttoleration/taint_toleration.go`.

#[cfg(test)]
mod tests;

use super::normalize_by_max;
use crate::api::{NO_EXECUTE, NO_SCHEDULE, Node, PREFER_NO_SCHEDULE, Taint, Toleration, untolerated};
use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, FilterResult, Plugin, PreFilter,
    PreScore, QueueingHints, Rejection, Score, ScorePlugin,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

/// The plugin.
pub struct TaintToleration;

const UNTOLERATED: Rejection = Rejection::unresolvable(&[Cow::Borrowed("node(s) had untolerated taint(s)")]);

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }
    fn explain(&self) -> &'static str {
        "A pod must tolerate each NoSchedule and NoExecute taint of its node, and nodes with fewer untolerated PreferNoSchedule taints are better."
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

fn repels(node: &Node, tolerations: &[Toleration]) -> bool {
    untolerated(&node.spec.taints, tolerations, &[NO_SCHEDULE, NO_EXECUTE]).is_some()
}

/// PreferNoSchedule taints that are not tolerated by a toleration of that effect or of every effect: the raw score.
pub fn intolerable_soft_taints(taints: &[Taint], tolerations: &[Toleration]) -> i64 {
    let is_soft =
        |toleration: &&Toleration| toleration.effect.is_empty() || toleration.effect == PREFER_NO_SCHEDULE;
    let is_borne =
        |taint: &Taint| tolerations.iter().filter(is_soft).any(|toleration| toleration.tolerates(taint));
    let repelling = |taint: &&Taint| taint.effect == PREFER_NO_SCHEDULE && !is_borne(taint);
    taints.iter().filter(repelling).count() as i64
}

impl FilterPlugin for TaintToleration {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::check(Check { tolerations: &cycle.pod.pod.spec.tolerations })
    }
}

struct Check<'a> {
    tolerations: &'a [Toleration],
}

impl Filter<'_> for Check<'_> {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        if node.has_hard_taints && repels(&node.node, self.tolerations) { Err(UNTOLERATED) } else { Ok(()) }
    }
}

impl ScorePlugin for TaintToleration {
    fn default_weight(&self) -> i64 {
        3
    }

    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> PreScore<'a> {
        PreScore::rank(Ranking { tolerations: &cycle.pod.pod.spec.tolerations })
    }
}

struct Ranking<'a> {
    tolerations: &'a [Toleration],
}

impl Score for Ranking<'_> {
    fn score(&self, node: &NodeInfo) -> i64 {
        if node.has_soft_taints {
            intolerable_soft_taints(&node.node.spec.taints, self.tolerations)
        } else {
            0
        }
    }

    fn normalize(&self, scores: &mut [i64]) {
        normalize_by_max(scores, true);
    }
}

impl QueueingHints for TaintToleration {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::NodeTaint, EventKind::PodToleration])
    }

    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let repels = |node: &Node| repels(node, &pod.pod.spec.tolerations);
        match event {
            ClusterEvent::Node { before, after: Some(after), .. } => {
                before.is_none_or(repels) && !repels(after)
            }
            ClusterEvent::Node { .. } => false,
            ClusterEvent::Pod { .. } => pod.is_changed_by(event),
        }
    }
}
