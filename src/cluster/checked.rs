//! What the API server knows of the pod that it checked last: the pods that a control loop makes from one template
//! differ in the node they are for, and need not be filled in and checked again one by one.

use crate::api::{Affinity, NodeSelectorTerm, Pod, PodSpec};
use std::rc::Rc;

/// A pod that was accepted. Knowing it changes no answer, only what it costs.
#[derive(Debug)]
pub(super) struct Checked {
    /// As it came.
    given: Rc<Pod>,
    /// Its spec with defaults.
    defaulted: Rc<PodSpec>,
}

impl Checked {
    /// Takes note of an accepted pod, as it came and with defaults; none if its name is its own, so that it has no
    /// siblings.
    pub(super) fn new(given: Rc<Pod>, defaulted: Rc<PodSpec>) -> Option<Self> {
        given.metadata.name.is_empty().then_some(Checked { given, defaulted })
    }

    /// Whether a pod is the same but for the node it is for.
    pub(super) fn is_sibling(&self, pod: &Pod) -> bool {
        if pod.metadata != self.given.metadata || pod.status != self.given.status {
            return false;
        }
        if !is_same_but_for_node(pod.spec.affinity.as_deref(), self.given.spec.affinity.as_deref()) {
            return false;
        }
        let mut spec = PodSpec::clone(&pod.spec);
        spec.affinity.clone_from(&self.given.spec.affinity);
        spec == *self.given.spec
    }

    /// Fills a sibling in.
    pub(super) fn apply_defaults(&self, pod: &mut Rc<Pod>) {
        // Affinities have no defaults.
        let affinity = pod.spec.affinity.clone();
        Rc::make_mut(pod).spec = Rc::new(PodSpec { affinity, ..PodSpec::clone(&self.defaulted) });
    }
}

/// Whether two affinities differ in nothing but the names of nodes in their required terms.
fn is_same_but_for_node(one: Option<&Affinity>, other: Option<&Affinity>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one == other || nameless(one) == nameless(other),
        (one, other) => one == other,
    }
}

/// An affinity with the one node that each term names left out.
fn nameless(affinity: &Affinity) -> Affinity {
    let mut affinity = affinity.clone();
    let required = affinity.node_affinity.as_mut().and_then(|rules| rules.required.as_mut());
    let terms: &mut [NodeSelectorTerm] =
        required.map_or(&mut [], |selector| &mut selector.node_selector_terms);
    for field in terms.iter_mut().flat_map(|term| &mut term.match_fields) {
        if let ("metadata.name", [name]) = (field.key.as_str(), field.values.as_mut_slice())
            && !name.is_empty()
        {
            *name = "node".into();
        }
    }
    affinity
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pod(spec: Value) -> Pod {
        let pod = json!({ "metadata": { "generateName": "a-", "namespace": "default" }, "spec": spec });
        serde_json::from_value(pod).expect("a pod")
    }

    fn pinned(node: &str, image: &str) -> Pod {
        let field = json!({ "key": "metadata.name", "operator": "In", "values": [node] });
        let required = json!({ "nodeSelectorTerms": [{ "matchFields": [field] }] });
        pod(json!({
            "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": required } },
            "containers": [{ "name": "c", "image": image }],
        }))
    }

    #[test]
    fn siblings_differ_in_their_node_only() {
        let first = Rc::new(pinned("n1", "a:1"));
        let checked = Checked::new(Rc::clone(&first), Rc::clone(&first.spec)).expect("its name is generated");
        let mut labelled = pinned("n2", "a:1");
        labelled.metadata.labels.insert("a".into(), "b".into());
        for (other, expected) in [
            (pinned("n2", "a:1"), true),
            (pinned("", "a:1"), false),
            (pinned("n2", "a:2"), false),
            (pod(json!({ "containers": [{ "name": "c", "image": "a:1" }] })), false),
            (labelled, false),
        ] {
            assert_eq!(checked.is_sibling(&other), expected, "{other:?}");
        }
    }
}
