//! The Leases of kubelets.
//!
//! A kubelet that works renews its Lease all the time; a step for each renewal would tell nothing. So there is a
//! Lease here only while it is *not* renewed: it says since when. Kubelet and node lifecycle controller both read it.

use super::World;
use crate::api::{Kind, Object, ObjectKey, ObjectMeta, Stored, Time};
use std::sync::LazyLock;

/// Made once: it is asked for whenever a kubelet looks at something.
static LEASE: LazyLock<Kind> = LazyLock::new(|| Kind::of("coordination.k8s.io/v1", "Lease"));

/// The key of a node's Lease.
pub fn lease_key(node: &str) -> ObjectKey {
    ObjectKey { kind: LEASE.clone(), namespace: "kube-node-lease".into(), name: node.into() }
}

/// The Lease of a kubelet that stops at `at`.
pub fn stopped_lease(node: &str, at: Time) -> Object {
    let metadata =
        ObjectMeta { name: node.into(), namespace: "kube-node-lease".into(), ..Default::default() };
    let (api_version, kind) = ("coordination.k8s.io/v1".into(), "Lease".into());
    let mut lease = Stored { api_version, kind, metadata, ..Default::default() };
    lease.rest.set("spec", serde_json::json!({ "holderIdentity": node, "renewTime": at }));
    Object::Stored(lease.into())
}

/// Since when the kubelet of a node is silent; none while it works.
pub fn silent_since(world: &World, node: &str) -> Option<Time> {
    world.get(&lease_key(node))?.metadata().creation_timestamp
}
