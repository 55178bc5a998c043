//! Whose pods and revisions are they? Upstream: `ClaimObject` in `pkg/controller/controller_ref_manager.go`.

use super::pod::controller_ref;
use crate::api::{DaemonSet, LabelSelector, ObjectMeta, Pod};

/// What a DaemonSet (one that is not being deleted) and an object are to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It belongs to the DaemonSet.
    Owned,
    /// It belongs to nobody and matches: the DaemonSet makes it its own.
    Adopt,
    /// It belongs to the DaemonSet but matches no longer: the DaemonSet lets it go.
    Release,
    /// None of its business.
    NotOurs,
}

/// Decides for a pod.
pub fn claim(uid: &str, namespace: &str, selector: Option<&LabelSelector>, pod: &Pod) -> Claim {
    claim_object(uid, namespace, selector, &pod.metadata)
}

/// Decides for any object. No selector matches nothing.
pub fn claim_object(
    uid: &str,
    namespace: &str,
    selector: Option<&LabelSelector>,
    metadata: &ObjectMeta,
) -> Claim {
    let matches = || selector.is_some_and(|selector| selector.matches(&metadata.labels));
    match metadata.controller() {
        Some(owner) if owner.uid != uid => Claim::NotOurs,
        Some(_) if matches() => Claim::Owned,
        Some(_) => Claim::Release,
        None if metadata.is_terminating() || metadata.namespace != namespace || !matches() => Claim::NotOurs,
        None => Claim::Adopt,
    }
}

/// The object's metadata with the DaemonSet as its controller.
pub fn adopted(metadata: &mut ObjectMeta, set: &DaemonSet) {
    metadata.owner_references.push(controller_ref(set));
}

/// The object's metadata without the DaemonSet as its owner.
pub fn released(metadata: &mut ObjectMeta, uid: &str) {
    metadata.owner_references.retain(|owner| owner.uid != uid);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{OwnerReference, Time};

    #[test]
    fn a_pod_is_owned_adopted_released_or_left_alone() {
        let selector = LabelSelector {
            match_labels: [("app".to_owned(), "agent".to_owned())].into(),
            ..Default::default()
        };
        for (owner, app, namespace, terminating, expected) in [
            (Some("me"), "agent", "default", false, Claim::Owned),
            (Some("me"), "agent", "default", true, Claim::Owned),
            (Some("me"), "other", "default", false, Claim::Release),
            (Some("you"), "agent", "default", false, Claim::NotOurs),
            (None, "agent", "default", false, Claim::Adopt),
            (None, "agent", "default", true, Claim::NotOurs),
            (None, "agent", "elsewhere", false, Claim::NotOurs),
            (None, "other", "default", false, Claim::NotOurs),
        ] {
            let mut pod = Pod::default();
            pod.metadata.namespace = namespace.into();
            pod.metadata.labels.insert("app".into(), app.into());
            pod.metadata.deletion_timestamp = terminating.then_some(Time::EPOCH);
            pod.metadata.owner_references.extend(owner.map(|uid| OwnerReference {
                uid: uid.into(),
                controller: Some(true),
                ..Default::default()
            }));
            let found = claim("me", "default", Some(&selector), &pod);
            assert_eq!(found, expected, "{owner:?} {app} {namespace} {terminating}");
        }
    }

    #[test]
    fn without_a_selector_nothing_matches() {
        let mut pod = Pod::default();
        pod.metadata.namespace = "default".into();
        assert_eq!(claim("me", "default", None, &pod), Claim::NotOurs);
        assert_eq!(claim("me", "default", Some(&LabelSelector::default()), &pod), Claim::Adopt);
    }
}
