//! Opening a list of nodes with the pods on them, part by part, as the page opens a dump.

use super::Found;
use super::cluster::{node, pod};
use allocation_counter::measure;
use playground::api::Object;
use playground::kubectl::nodes::complete_node;
use playground::sim::Founding;

const SIZES: [usize; 2] = [500, 5_000];
/// So many objects are given at once.
const PART: usize = 60;

/// Allocations for each object of a list of so many nodes with a pod each.
fn cost(nodes: usize) -> f64 {
    let mut list: Vec<Object> = (0..nodes).map(|number| complete_node(&node(number))).collect();
    list.extend((0..nodes).map(pod));
    let mut founding = Founding::new(1);
    founding.look_over(&list);
    let counted = measure(|| list.chunks(PART).for_each(|part| founding.add(part)));
    let (_, refused) = founding.finish();
    assert!(refused.is_empty(), "every object is valid");
    counted.count_total as f64 / list.len() as f64
}

#[test]
fn an_object_costs_the_same_to_open_however_many_there_are() {
    let [small, large] = SIZES.map(cost);
    let mut found = Found::new("opening");
    found.note("allocations-per-object", large);
    found.note("allocations-5000-to-500", large / small);
    found.check();
}
