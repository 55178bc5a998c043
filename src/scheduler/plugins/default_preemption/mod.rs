//! Makes room for the pod by deleting pods of lower priority. Upstream: `plugins/defaultpreemption`.

#[cfg(test)]
mod tests;

use crate::scheduler::framework::{Plugin, PostFilter, PostFiltered, Unschedulable};
use crate::scheduler::preemption::preempt;

/// The plugin.
pub struct DefaultPreemption;

impl Plugin for DefaultPreemption {
    fn name(&self) -> &'static str {
        "DefaultPreemption"
    }
    fn explain(&self) -> &'static str {
        "Where no node is possible, pods of lower priority are deleted on the node where that costs least, and the pod is nominated to it."
    }
    fn post_filter(&self) -> Option<&dyn PostFilter> {
        Some(self)
    }
}

impl PostFilter for DefaultPreemption {
    fn post_filter(&self, failed: &Unschedulable<'_, '_>) -> PostFiltered {
        preempt(failed)
    }
}
