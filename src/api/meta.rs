//! Metadata that every object has. Upstream: `apimachinery/pkg/apis/meta/v1/types.go`.

use super::Time;
use std::collections::BTreeMap;

api! {
    /// Metadata of an object.
    ObjectMeta {
        /// Unique in its namespace and kind.
        name: String,
        /// Prefix from which the API server makes a name when there is none.
        generate_name: String,
        /// Empty for objects of the cluster (Node, PriorityClass, Namespace).
        namespace: String,
        /// What selectors match.
        labels: BTreeMap<String, String>,
        /// Free text of tools.
        annotations: BTreeMap<String, String>,
        /// Set by the API server; a new object of the same name has another.
        uid: String,
        /// Changes with each write; a decimal number here.
        resource_version: String,
        /// Counts changes of `spec`.
        generation: i64,
        /// When the API server created it.
        creation_timestamp: Option<Time>,
        /// When it will be gone (pods: the end of the grace period); set = being deleted.
        deletion_timestamp: Option<Time>,
        /// Seconds between the request to delete and `deletion_timestamp`.
        deletion_grace_period_seconds: Option<i64>,
        /// Who must act before a deletion completes.
        finalizers: Vec<String>,
        /// Objects that this one depends on.
        owner_references: Vec<OwnerReference>,
    }

    /// A link from a dependent to its owner.
    OwnerReference {
        /// Group and version of the owner.
        api_version: String,
        /// Kind of the owner.
        kind: String,
        /// Name of the owner, in the same namespace.
        name: String,
        /// Identity of the owner.
        uid: String,
        /// Whether this owner is the managing controller; at most one is.
        controller: Option<bool>,
        /// Whether a foreground deletion of the owner waits for this dependent.
        block_owner_deletion: Option<bool>,
    }
}

impl ObjectMeta {
    /// The owner that manages the object (`metav1.GetControllerOf`).
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller == Some(true))
    }

    /// Whether a deletion has begun.
    pub fn is_terminating(&self) -> bool {
        self.deletion_timestamp.is_some()
    }
}
