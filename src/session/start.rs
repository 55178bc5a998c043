//! How a node list becomes a cluster.

use super::texts::Document;
use crate::api::{Object, sort};
use crate::kubectl::DoneTo;
use crate::sim::{SimState, Timeline};

/// The seed of every cluster: the same manifest gives the same names each time.
pub(super) const SEED: u64 = 1;

/// A cluster of these nodes and pods, before anything happens in it. Objects that the API server refuses are left
/// out.
pub fn start(nodes: &str) -> Timeline {
    started(&mut Document::new(nodes, ""))
}

/// The same of a text that was read; what was left out is told in it.
pub(super) fn started(nodes: &mut Document) -> Timeline {
    let mut objects = nodes.objects();
    sort::by_key(&mut objects, Object::kind);
    founded(SimState::of_nodes(SEED, objects), nodes)
}

/// The beginning of a run in a cluster of these nodes; what the API server refused of them is told in their text.
pub(super) fn founded((state, refused): (SimState, Vec<DoneTo>), nodes: &mut Document) -> Timeline {
    if !refused.is_empty() {
        nodes.tell_refused(&refused, state.world());
    }
    Timeline::new(state)
}
