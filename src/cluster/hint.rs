//! What tells, without reading a pod, that a workload has nothing to do with it. A node has dozens of pods of others, each
//! of them elsewhere in memory.

use super::StableHash;
use crate::api::{LabelSelector, Labels, ObjectMeta};

/// What is known of a pod without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hint(u32);

/// What a workload looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sought {
    owner: Hint,
    /// Of each label that its selector asks for.
    labels: u32,
}

/// Set where there is a controller.
const OWNED: u32 = 1 << 31;

impl Hint {
    /// Of a pod with a controller the controller, else one bit for each label.
    pub(super) fn of(metadata: &ObjectMeta) -> Self {
        match metadata.controller() {
            Some(owner) => Hint::owned_by(&owner.uid),
            None => Hint(bits(&metadata.labels)),
        }
    }

    fn owned_by(uid: &str) -> Self {
        Hint(StableHash::default().text(uid).finish() as u32 | OWNED)
    }
}

fn bits(labels: &Labels) -> u32 {
    labels
        .iter()
        .fold(0, |bits, (key, value)| bits | 1 << (StableHash::default().text(key).text(value).finish() % 31))
}

impl Sought {
    /// Of a workload with this uid and selector.
    pub fn new(uid: &str, selector: Option<&LabelSelector>) -> Self {
        let labels = selector.map_or(0, |selector| bits(&selector.match_labels));
        Sought { owner: Hint::owned_by(uid), labels }
    }

    /// Whether a pod may be the workload's, or may be adopted by it. Others may seem so; none of these is missed.
    pub(super) fn may_be(self, hint: Hint) -> bool {
        if hint.0 & OWNED == 0 { hint.0 & self.labels == self.labels } else { hint == self.owner }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{OwnerReference, Pod};
    use serde_json::{Value, json};

    #[test]
    fn who_may_be_concerned_is_never_passed_over() {
        let selector = |labels: Value| {
            serde_json::from_value::<LabelSelector>(json!({ "matchLabels": labels })).expect("a selector")
        };
        let pod = |labels: Value, owner: Option<&str>| {
            let mut pod: Pod =
                serde_json::from_value(json!({ "metadata": { "labels": labels } })).expect("a pod");
            let owned_by =
                |uid: &str| OwnerReference { uid: uid.into(), controller: Some(true), ..Default::default() };
            pod.metadata.owner_references.extend(owner.map(owned_by));
            pod
        };
        let sought = Sought::new("u1", Some(&selector(json!({ "app": "a" }))));
        for (labels, owner, expected) in [
            (json!({ "app": "a" }), None, true),
            (json!({ "app": "a", "tier": "b" }), None, true),
            (json!({}), Some("u1"), true),
            (json!({ "app": "a" }), Some("u2"), false),
            (json!({ "app": "b" }), None, false),
            (json!({}), None, false),
        ] {
            let hint = Hint::of(&pod(labels.clone(), owner).metadata);
            assert_eq!(sought.may_be(hint), expected, "{labels} {owner:?}");
        }
        let everything = Sought::new("u1", None);
        assert!(
            everything.may_be(Hint::of(&pod(json!({}), None).metadata)),
            "it is read and found not to match"
        );
    }
}
