//! One step, at each size: the control loops, the API server and the recording included.
#![allow(clippy::disallowed_types, reason = "a budget measures the time of the host")]

use super::cluster::{apply, changes_since, empty, settle};
use super::{Found, SIZES};
use allocation_counter::{AllocationInfo, measure};
use std::time::{Duration, Instant};

/// So many steps are taken one by one after an update began: what follows costs the same.
const STEPS: usize = 1_000;

/// What the steps of an update cost.
struct Cost {
    /// Allocations of the middle step.
    allocations: u64,
    /// The time of the middle step.
    time: Duration,
    /// Allocations for each object that was changed.
    per_change: f64,
    /// Bytes that are kept for each object that was changed.
    bytes_kept: f64,
}

fn cost(nodes: usize) -> Cost {
    let mut timeline = empty(nodes);
    apply(&mut timeline, 0);
    settle(&mut timeline);
    let from = timeline.len();
    let (mut infos, mut times) = (Vec::new(), Vec::new());
    // A small cluster comes to rest soon: it is updated again.
    for version in 1.. {
        infos.push(measure(|| apply(&mut timeline, version)));
        let mut more = infos.len() < STEPS;
        while more {
            let begin = Instant::now();
            let info = measure(|| more = timeline.forward());
            if more {
                times.push(begin.elapsed());
                infos.push(info);
            }
            more &= infos.len() < STEPS;
        }
        if infos.len() >= STEPS {
            break;
        }
    }
    let changes = changes_since(&timeline, from);
    let mut sum = AllocationInfo::default();
    infos.iter().for_each(|info| sum += *info);
    let mut counts: Vec<u64> = infos.iter().map(|info| info.count_total).collect();
    counts.sort_unstable();
    times.sort();
    Cost {
        allocations: counts[counts.len() / 2],
        time: times[times.len() / 2],
        per_change: sum.count_total as f64 / changes as f64,
        bytes_kept: sum.bytes_current as f64 / changes as f64,
    }
}

#[test]
fn a_step_costs_what_it_changes_however_large_the_cluster_is() {
    let costs = SIZES.map(cost);
    let mut found = Found::new("step");
    for (nodes, cost) in SIZES.iter().zip(&costs) {
        println!("{nodes} nodes: {:?} for the middle step", cost.time);
        found.note(format!("allocations/{nodes}"), cost.allocations as f64);
        found.note(format!("allocations-per-change/{nodes}"), cost.per_change);
        found.note(format!("bytes-kept-per-change/{nodes}"), cost.bytes_kept);
    }
    let [small, .., large] = &costs;
    found.note("time-5000-to-8", large.time.as_secs_f64() / small.time.as_secs_f64());
    found.check();
}
