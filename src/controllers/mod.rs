//! The control loops of `kube-controller-manager`, one folder each.
//!
//! Invariants: they do not know of each other; they meet in the [`World`](crate::cluster::World).

pub mod garbage_collector;
pub mod node_lifecycle;
pub mod pod_garbage_collector;
