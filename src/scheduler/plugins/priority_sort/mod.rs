//! The order of the queue. Upstream: `plugins/queuesort/priority_sort.go`.

use crate::api::{Pod, Time};
use crate::scheduler::framework::{Plugin, QueueSort};
use std::cmp::Reverse;

/// The plugin.
pub struct PrioritySort;

impl Plugin for PrioritySort {
    fn name(&self) -> &'static str {
        "PrioritySort"
    }
    fn explain(&self) -> &'static str {
        "The pod of the highest priority is tried first; among equals, the one that has been in the queue longest."
    }
    fn queue_sort(&self) -> Option<&dyn QueueSort> {
        Some(self)
    }
}

impl QueueSort for PrioritySort {
    fn key(&self, pod: &Pod, queued_at: Time) -> (Reverse<i32>, Time) {
        (Reverse(pod.priority()), queued_at)
    }
}
