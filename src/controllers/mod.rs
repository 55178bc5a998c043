//! The control loops of `kube-controller-manager`, each in its folder.
//!
//! Invariants: a controller reads the [`World`](crate::cluster::World) and proposes writes; controllers do not see
//! each other, nor the scheduler, nor the kubelets.

pub mod daemonset;
