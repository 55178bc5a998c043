//! Resource claims are not simulated; the plugin speaks when no node is possible, and its words are in every such
//! message. Upstream: `plugins/dynamicresources`.

use crate::scheduler::framework::{
    Nomination, Plugin, PostFilter, PostFilterFailure, PostFiltered, Unschedulable,
};

/// The plugin.
pub struct DynamicResources;

impl Plugin for DynamicResources {
    fn name(&self) -> &'static str {
        "DynamicResources"
    }
    fn explain(&self) -> &'static str {
        "Claims of devices are outside this playground: no pod here has any."
    }
    fn post_filter(&self) -> Option<&dyn PostFilter> {
        Some(self)
    }
}

impl PostFilter for DynamicResources {
    fn post_filter(&self, failed: &Unschedulable<'_, '_>) -> PostFiltered {
        let failure = if failed.broken_off {
            // Its own PreFilter has not run, so it finds no state, and preemption is not tried.
            PostFilterFailure::Error("not found".into())
        } else {
            PostFilterFailure::Unschedulable("no new claims to deallocate".into())
        };
        PostFiltered { nomination: Nomination::Keep, failure: Some(failure), preemption: None }
    }
}
