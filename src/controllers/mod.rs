//! The control loops of `kube-controller-manager`, and one of `kube-apiserver`, one folder each.
//!
//! Invariants: a controller reads the [`World`](crate::cluster::World) and proposes writes; controllers do not see
//! each other, nor the scheduler, nor the kubelets.

pub mod daemonset;
pub mod deployment;
pub mod disruption;
pub mod endpointslice;
pub mod garbage_collector;
pub mod kubernetes_service;
pub mod namespace;
pub mod node_lifecycle;
pub mod pod_garbage_collector;
pub mod replicaset;
pub mod taint_eviction;
