//! Keeps pods with scheduling gates out of the queue. Upstream: `plugins/schedulinggates/scheduling_gates.go`.

use crate::api::Pod;
use crate::scheduler::PodInfo;
use crate::scheduler::framework::{
    ClusterEvent, Code, EventKind, EventKinds, FilterResult, Plugin, PreEnqueue, QueueingHints, Rejection,
};
use std::borrow::Cow;

/// The plugin.
pub struct SchedulingGates;

impl Plugin for SchedulingGates {
    fn name(&self) -> &'static str {
        "SchedulingGates"
    }
    fn explain(&self) -> &'static str {
        "A pod with entries in spec.schedulingGates is not tried until somebody has removed the last of them."
    }
    fn pre_enqueue(&self) -> Option<&dyn PreEnqueue> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

impl PreEnqueue for SchedulingGates {
    fn pre_enqueue(&self, pod: &Pod) -> FilterResult {
        if pod.spec.scheduling_gates.is_empty() {
            return Ok(());
        }
        let gates: Vec<_> = pod.spec.scheduling_gates.iter().map(|gate| gate.name.as_str()).collect();
        let reason = format!("waiting for scheduling gates: [{}]", gates.join(" "));
        Err(Rejection {
            code: Code::UnschedulableAndUnresolvable,
            reasons: Cow::Owned(vec![Cow::Owned(reason)]),
        })
    }
}

impl QueueingHints for SchedulingGates {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::PodGates])
    }

    fn helps(&self, pod: &PodInfo, event: &ClusterEvent<'_>) -> bool {
        pod.is_changed_by(event)
    }
}
