//! Which tolerations open which taints, and what that makes of a pod on each node: as the cluster is, and as it would be
//! with changes that are only tried.
//!
//! Nothing here has rules of its own. Tried changes are written to a copy of the cluster, through the API server's door;
//! what then happens to a pod is what the DaemonSet controller, the scheduler, the kubelet and the taint eviction
//! controller decide of that copy.

mod edit;
mod fate;
mod other;
mod subject;
mod summary;
mod table;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod trial;
mod write;

pub use edit::{Edit, TrialSlot, read_taint, toleration_for};
pub use fate::{Fate, What};
pub use subject::{Giver, subjects};
pub use table::{Cell, Column, Explorer, SubjectRow, TaintCells};
pub use trial::TaintTrial;
pub use write::SpecParts;

use crate::api::{Node, Taint};
use crate::controllers::node_lifecycle::is_kept_up;

/// Whether the node lifecycle controller takes a taint away again: it is one of its own, and nothing in the node asks
/// for it.
pub fn is_taken_away(node: &Node, taint: &Taint) -> bool {
    taint.is_of_node_lifecycle() && !is_kept_up(node, taint)
}
