//! Taints and tolerations. Upstream: `plugins/tainttoleration`.

use super::normalize_by_maximum;
use crate::api::{NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE, Toleration, untolerated};
use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, Plugin, PreFilter, QueueingHints,
    Rejection, Score, ScorePlugin, Verdict,
};
use crate::scheduler::{NodeInfo, PodInfo};
use std::borrow::Cow;

const REASON: &[Cow<'static, str>] = &[Cow::Borrowed("node(s) had untolerated taint(s)")];

/// The plugin.
pub struct TaintToleration;

impl Plugin for TaintToleration {
    fn name(&self) -> &'static str {
        "TaintToleration"
    }
    fn explain(&self) -> &'static str {
        "Each taint NoSchedule or NoExecute of the node needs a toleration on the pod; PreferNoSchedule only costs score."
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

impl FilterPlugin for TaintToleration {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        PreFilter::check(Check { tolerations: &cycle.pod.pod.spec.tolerations })
    }
}

struct Check<'a> {
    tolerations: &'a [Toleration],
}

impl<'a> Filter<'a> for Check<'a> {
    fn filter(&self, node: &NodeInfo) -> Verdict {
        let stopped = node.has_hard_taints
            && untolerated(&node.node.spec.taints, self.tolerations, &[NO_SCHEDULE, NO_EXECUTE]).is_some();
        if stopped { Err(Rejection::unresolvable(REASON)) } else { Ok(()) }
    }
}

impl ScorePlugin for TaintToleration {
    fn default_weight(&self) -> i64 {
        3
    }
    fn pre_score<'a>(&self, cycle: Cycle<'a>, _feasible: &[&'a NodeInfo]) -> Option<Box<dyn Score + 'a>> {
        let soft = |toleration: &&Toleration| {
            toleration.effect.is_empty() || toleration.effect == PREFER_NO_SCHEDULE
        };
        Some(Box::new(Ranking {
            tolerations: cycle.pod.pod.spec.tolerations.iter().filter(soft).cloned().collect(),
        }))
    }
}

struct Ranking {
    tolerations: Vec<Toleration>,
}

impl Score for Ranking {
    fn score(&self, node: &NodeInfo) -> i64 {
        if !node.has_soft_taints {
            return 0;
        }
        let soft = node.node.spec.taints.iter().filter(|taint| taint.effect == PREFER_NO_SCHEDULE);
        soft.filter(|taint| !self.tolerations.iter().any(|toleration| toleration.tolerates(taint))).count()
            as i64
    }
    fn normalize(&self, scores: &mut [i64]) {
        normalize_by_maximum(scores, true);
    }
}

impl QueueingHints for TaintToleration {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::NodeTaint, EventKind::PodToleration])
    }
    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        let ClusterEvent::Node { after: Some(node), .. } = event else { return true };
        untolerated(&node.spec.taints, &pod.pod.spec.tolerations, &[NO_SCHEDULE, NO_EXECUTE]).is_none()
    }
}
