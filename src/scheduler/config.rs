//! The profile: which plugins run, with which weights. Upstream: `pkg/scheduler/apis/config`.

use super::framework::{FilterPlugin, PostFilter, ScorePlugin};
use super::plugins::REGISTRY;
use std::rc::Rc;

/// The scheduler that pods name unless they say otherwise (`DefaultSchedulerName`).
pub const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// How pods of one `spec.schedulerName` are scheduled.
#[derive(Clone, Debug)]
pub struct Profile {
    /// The `spec.schedulerName` that it is for.
    pub scheduler_name: Rc<str>,
    /// How many nodes are tried; none = by the size of the cluster.
    pub percentage_of_nodes_to_score: Option<i32>,
}

impl Default for Profile {
    fn default() -> Self {
        Profile { scheduler_name: DEFAULT_SCHEDULER.into(), percentage_of_nodes_to_score: None }
    }
}

impl Profile {
    /// The Filter plugins in order.
    pub fn filters(&self) -> impl Iterator<Item = (&'static str, &'static dyn FilterPlugin)> {
        REGISTRY.iter().filter_map(|plugin| Some((plugin.name(), plugin.filter()?)))
    }

    /// The Score plugins in order, with their weights.
    pub fn scores(&self) -> impl Iterator<Item = (&'static str, i64, &'static dyn ScorePlugin)> {
        REGISTRY.iter().filter_map(|plugin| {
            let score = plugin.score()?;
            Some((plugin.name(), score.default_weight(), score))
        })
    }

    /// The PostFilter plugins in order.
    pub fn post_filters(&self) -> impl Iterator<Item = &'static dyn PostFilter> {
        REGISTRY.iter().filter_map(|plugin| plugin.post_filter())
    }
}
