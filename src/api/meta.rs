//! Metadata that every object has. Upstream: `apimachinery/pkg/apis/meta/v1/types.go`.

use super::{Labels, Time};
use ecow::{EcoString, EcoVec};

api_with_part! {
    /// Metadata of an object.
    ObjectMeta as WrittenMeta ("WrittenMeta", "struct ObjectMeta") {
        /// Unique in its namespace and kind.
        name: EcoString,
        /// Empty for objects of the cluster (Node, PriorityClass, Namespace).
        namespace: EcoString,
        /// What selectors match.
        labels: Labels,
        /// Free text of tools.
        annotations: Labels,
        /// Set by the API server; a new object of the same name has another.
        uid: EcoString,
        /// Changes with each write; a decimal number here.
        resource_version: EcoString,
        /// Counts changes of `spec`.
        generation: i64,
        /// When the API server created it.
        creation_timestamp: Option<Time>,
    }

    /// What of the metadata all pods of a workload have alike until they are deleted, and of which an event has nothing.
    SharedMeta {
        /// Prefix from which the API server makes a name when there is none.
        generate_name: EcoString = EcoString::new(),
        /// When it will be gone (pods: the end of the grace period); set = being deleted.
        deletion_timestamp: Option<Time> = None,
        /// Seconds between the request to delete and `deletion_timestamp`.
        deletion_grace_period_seconds: Option<i64> = None,
        /// Who must act before a deletion completes.
        finalizers: Vec<EcoString> = Vec::new(),
        /// Objects that this one depends on.
        owner_references: EcoVec<OwnerReference> = EcoVec::new(),
    }
}

api! {
    /// A link from a dependent to its owner.
    OwnerReference {
        /// Group and version of the owner.
        api_version: EcoString,
        /// Kind of the owner.
        kind: EcoString,
        /// Name of the owner, in the same namespace.
        name: EcoString,
        /// Identity of the owner.
        uid: EcoString,
        /// Whether this owner is the managing controller; at most one is.
        controller: Option<bool>,
        /// Whether a foreground deletion of the owner waits for this dependent.
        block_owner_deletion: Option<bool>,
    }
}

impl ObjectMeta {
    /// Sets when it will be gone, and so many seconds after the request; what it shares stays shared if it is so already.
    pub fn set_deletion(&mut self, at: Option<Time>, grace_seconds: Option<i64>) {
        if (self.deletion_timestamp, self.deletion_grace_period_seconds) != (at, grace_seconds) {
            (self.deletion_timestamp, self.deletion_grace_period_seconds) = (at, grace_seconds);
        }
    }

    /// The owner that manages the object (`metav1.GetControllerOf`).
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }

    /// Whether a deletion has begun.
    pub fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}
