//! Resource claims are not simulated; what the plugin says of a pod without claims is. Upstream:
//! `plugins/dynamicresources/dynamicresources.go`.

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
        "The plugin would free resource claims for the pod, which has none, and so says: no new claims to deallocate."
    }
    fn post_filter(&self) -> Option<&dyn PostFilter> {
        Some(self)
    }
}

impl PostFilter for DynamicResources {
    /// A plugin that rejected the pod for good in PreFilter kept this one from seeing it: an error ends PostFilter.
    fn post_filter(&self, failed: &Unschedulable<'_, '_>) -> PostFiltered {
        let failure = if failed.broken_off {
            PostFilterFailure::Error("not found".into())
        } else {
            PostFilterFailure::Unschedulable("no new claims to deallocate".into())
        };
        PostFiltered { nomination: Nomination::Keep, failure: Some(failure), preemption: None }
    }
}
