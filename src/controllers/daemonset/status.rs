//! The status. Upstream: `updateDaemonSetStatus` and `storeDaemonSetStatus` in
//! `pkg/controller/daemon/daemon_controller.go`.

use super::node::Counts;
use crate::api::{DaemonSet, DaemonSetStatus};

/// The status that follows from the counters; what is not counted stays.
pub fn status(set: &DaemonSet, counts: &Counts) -> DaemonSetStatus {
    DaemonSetStatus {
        current_number_scheduled: counts.current,
        number_misscheduled: counts.misscheduled,
        desired_number_scheduled: counts.desired,
        number_ready: counts.ready,
        observed_generation: set.metadata.generation.max(set.status.observed_generation),
        updated_number_scheduled: counts.updated,
        number_available: counts.available,
        number_unavailable: counts.desired - counts.available,
        ..set.status.clone()
    }
}
