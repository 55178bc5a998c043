//! What `kubectl get ds` counts of a DaemonSet.

use crate::api::DaemonSet;

/// The columns with their numbers, in kubectl's order.
pub fn counts(set: &DaemonSet) -> [(&'static str, i32); 5] {
    let status = &set.status;
    [
        ("DESIRED", status.desired_number_scheduled),
        ("CURRENT", status.current_number_scheduled),
        ("READY", status.number_ready),
        ("UP-TO-DATE", status.updated_number_scheduled),
        ("AVAILABLE", status.number_available),
    ]
}
