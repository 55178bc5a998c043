//! How a node list becomes a cluster.

use super::texts::Document;
use crate::api::{Object, sort};
use crate::sim::{SimState, Timeline};

/// The seed of every cluster: the same manifest gives the same names each time.
pub(super) const SEED: u64 = 1;

/// A cluster of these nodes and pods, before anything happens in it. Objects that the API server refuses are left
/// out.
pub fn start(nodes: &str) -> Timeline {
    started(&Document::new(nodes, ""))
}

/// The same of a text that was read.
pub(super) fn started(nodes: &Document) -> Timeline {
    let mut objects = nodes.objects();
    sort::by_key(&mut objects, Object::kind);
    Timeline::new(SimState::of_nodes(SEED, objects).0)
}
