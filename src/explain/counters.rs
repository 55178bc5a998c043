//! The counters of a DaemonSet.

use crate::api::{DaemonSet, DaemonSetStatus};

/// A counter in the status of a DaemonSet.
pub struct Counter {
    /// Its field.
    pub field: &'static str,
    /// Its heading.
    pub heading: &'static str,
    number: fn(&DaemonSetStatus) -> i32,
}

/// The heading of nodes with a pod that should not run one; shown only where there are any.
pub const MISSCHEDULED: &str = "MISSCHEDULED";

/// The columns of `kubectl get ds` in its order, and MISSCHEDULED, which only `kubectl describe ds` has.
pub const COUNTERS: [Counter; 6] = [
    Counter::new("desiredNumberScheduled", "DESIRED", |status| status.desired_number_scheduled),
    Counter::new("currentNumberScheduled", "CURRENT", |status| status.current_number_scheduled),
    Counter::new("numberReady", "READY", |status| status.number_ready),
    Counter::new("updatedNumberScheduled", "UP-TO-DATE", |status| status.updated_number_scheduled),
    Counter::new("numberAvailable", "AVAILABLE", |status| status.number_available),
    Counter::new("numberMisscheduled", MISSCHEDULED, |status| status.number_misscheduled),
];

impl Counter {
    const fn new(field: &'static str, heading: &'static str, number: fn(&DaemonSetStatus) -> i32) -> Self {
        Self { field, heading, number }
    }
}

/// The headings of [`COUNTERS`] with a set's numbers.
pub fn counters(set: &DaemonSet) -> [(&'static str, i32); 6] {
    COUNTERS.map(|counter| (counter.heading, (counter.number)(&set.status)))
}
