//! PreFilter and Filter: which nodes are possible for a pod.

use super::status::{FilterResult, Rejection};
use crate::api::EcoString;
use crate::scheduler::cache::Snapshot;
use crate::scheduler::node_info::{NodeInfo, PodInfo};
use std::rc::Rc;

/// What a plugin sees of an attempt.
#[derive(Clone, Copy)]
pub struct Cycle<'a> {
    /// The pod that is to be scheduled.
    pub pod: &'a Rc<PodInfo>,
    /// The cluster at the beginning of the attempt.
    pub snapshot: &'a Snapshot<'a>,
}

/// PreFilter and Filter.
pub trait FilterPlugin {
    /// Looks at the pod once, before any node.
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a>;
}

/// What PreFilter comes to.
pub enum PreFilter<'a> {
    /// The pod gives the plugin nothing to check.
    Skip,
    /// No node can do.
    Reject(Rejection),
    /// Nodes are to be checked.
    Check {
        /// Only these nodes are possible, sorted; None = all.
        only: Option<Vec<EcoString>>,
        /// The check.
        filter: Box<dyn Filter<'a> + 'a>,
    },
}

impl<'a> PreFilter<'a> {
    /// A check of all nodes.
    pub fn check(filter: impl Filter<'a> + 'a) -> Self {
        PreFilter::Check { only: None, filter: Box::new(filter) }
    }
}

/// A check of nodes for one pod.
pub trait Filter<'a> {
    /// Whether the pod may go to the node.
    fn filter(&self, node: &NodeInfo) -> FilterResult;

    /// A copy that can follow pods being added to and removed from one node in thought; None where the check looks at nothing but
    /// the node it is given (`PreFilterExtensions` is nil).
    fn fork(&self) -> Option<Box<dyn Filter<'a> + 'a>> {
        None
    }

    /// A pod was put on the node in thought.
    fn add_pod(&mut self, _pod: &PodInfo, _node: &NodeInfo) {}

    /// A pod was taken off the node in thought.
    fn remove_pod(&mut self, _pod: &PodInfo, _node: &NodeInfo) {}
}
