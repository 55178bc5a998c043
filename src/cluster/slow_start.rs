//! Pods are created in batches of 1, 2, 4 …, and none after the batch in which one failed. Upstream: `slowStartBatch` in
//! `pkg/controller/replicaset`, and its like in `pkg/controller/daemon`.

use super::{Write, Written};
use crate::api::Object;

/// The writes without the pod creations that upstream would not have tried.
pub fn attempted(results: &[(Write, Written)]) -> impl Iterator<Item = &(Write, Written)> {
    let creates = || results.iter().filter(|(write, _)| matches!(write, Write::Create(Object::Pod(_))));
    let tried = match creates().position(|(_, result)| result.is_err()) {
        // The batches end after 1, 3, 7 ... creations.
        Some(first_failure) => (first_failure + 2).next_power_of_two() - 1,
        None => usize::MAX,
    };
    let mut seen = 0;
    results.iter().filter(move |(write, result)| {
        if !matches!(write, Write::Create(Object::Pod(_))) {
            return true;
        }
        seen += 1;
        seen <= tried || result.is_ok()
    })
}
