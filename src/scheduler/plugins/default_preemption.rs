//! Making room by evicting pods of lower priority. Upstream: `plugins/defaultpreemption`, `framework/preemption`.

use crate::scheduler::framework::{
    Nomination, Plugin, PostFilter, PostFilterFailure, PostFiltered, Unschedulable,
};
use crate::scheduler::preemption::{eligible, preempt};

/// The plugin.
pub struct DefaultPreemption;

impl Plugin for DefaultPreemption {
    fn name(&self) -> &'static str {
        "DefaultPreemption"
    }
    fn explain(&self) -> &'static str {
        "If no node is possible, pods of lower priority are evicted from the node where that does the least harm."
    }
    fn post_filter(&self) -> Option<&dyn PostFilter> {
        Some(self)
    }
}

impl PostFilter for DefaultPreemption {
    fn post_filter(&self, failed: &Unschedulable<'_, '_>) -> PostFiltered {
        if let Err(why) = eligible(failed) {
            let failure = Some(PostFilterFailure::Unschedulable(format!("preemption: {why}")));
            return PostFiltered { nomination: Nomination::Keep, failure, preemption: None };
        }
        let preempted = preempt(failed);
        match &preempted.nominated {
            Some(node) => PostFiltered {
                nomination: Nomination::Set(node.clone()),
                failure: None,
                preemption: Some(preempted.into()),
            },
            None => PostFiltered {
                nomination: Nomination::Clear,
                failure: Some(PostFilterFailure::Unschedulable(format!("preemption: {}", preempted.message))),
                preemption: Some(preempted.into()),
            },
        }
    }
}
