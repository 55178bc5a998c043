//! What the API server knows of the pod that it checked last: the pods of one workload, made from one template or listed
//! one by one, differ in their names and nodes, and need not be filled in and checked again one by one.

use crate::api::merge::LAST_APPLIED;
use crate::api::validation::is_node_name;
use crate::api::{Affinity, EcoString, NodeSelectorTerm, ObjectMeta, Pod, PodSpec};
use std::rc::Rc;

/// A pod that was accepted. Knowing it changes no answer, only what it costs.
#[derive(Debug)]
pub(super) struct Checked {
    /// As it came.
    pub(super) given: Rc<Pod>,
    /// Its spec with defaults.
    pub(super) defaulted: Rc<PodSpec>,
    /// Its spec with what admission gave besides.
    pub(super) admitted: Rc<PodSpec>,
}

/// In what a pod differs from one that was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Differs {
    /// In nothing but the node that it is for: it is accepted, too.
    InNode,
    /// In its metadata as well, but not in what its spec is checked together with.
    InMetadata,
}

impl Checked {
    /// In what a pod differs from this one, if that is so little that its spec is right, too.
    pub(super) fn sibling(&self, pod: &Pod) -> Option<Differs> {
        let (own, given) = (&pod.metadata, &self.given.metadata);
        let is_same = own == given;
        if !is_same && (own.labels != given.labels || !own_annotations(own).eq(own_annotations(given))) {
            return None;
        }
        let (node, other) = (&pod.spec.node_name, &self.given.spec.node_name);
        if node.is_empty() != other.is_empty() || node != other && !is_node_name(node) {
            return None;
        }
        let differs = if is_same { Differs::InNode } else { Differs::InMetadata };
        is_same_but_for_node(&pod.spec, &self.given.spec).then_some(differs)
    }

    /// Whether admission has given a sibling the same.
    pub(super) fn is_like(&self, spec: &PodSpec) -> bool {
        is_same_but_for_node(spec, &self.admitted)
    }

    /// Fills a sibling in.
    pub(super) fn apply_defaults(&self, pod: &mut Rc<Pod>) {
        // Neither has defaults.
        let (affinity, node_name) = (pod.spec.affinity.clone(), pod.spec.node_name.clone());
        Rc::make_mut(pod).spec = Rc::new(PodSpec { affinity, node_name, ..PodSpec::clone(&self.defaulted) });
    }
}

/// The annotations that mean something: what `apply` notes differs with each name.
fn own_annotations(metadata: &ObjectMeta) -> impl Iterator<Item = (&EcoString, &EcoString)> {
    metadata.annotations.iter().filter(|(key, _)| *key != LAST_APPLIED)
}

/// Lets one point to what another has where both have the same.
fn same<T: Clone + PartialEq>(own: &mut T, other: &T) {
    if own == other {
        own.clone_from(other);
    }
}

/// Lets a pod point to what another one has in its status, likewise.
pub(super) fn share_status(pod: &mut Rc<Pod>, other: &Pod) {
    let status = &mut Rc::make_mut(pod).status;
    same(&mut status.conditions, &other.status.conditions);
    same(&mut status.container_statuses, &other.status.container_statuses);
    same(&mut status.init_container_statuses, &other.status.init_container_statuses);
    same(&mut status.rest, &other.status.rest);
}

/// Lets a pod point to what another one has where both have the same. Ten pods of one workload then take little more
/// memory than one, also where a list spells each of them out.
pub(super) fn share(pod: &mut Rc<Pod>, other: &Pod) {
    let pod = Rc::make_mut(pod);
    same(&mut pod.metadata.labels, &other.metadata.labels);
    same(&mut pod.metadata.annotations, &other.metadata.annotations);
    same(&mut pod.metadata.owner_references, &other.metadata.owner_references);
    same(&mut pod.metadata.rest, &other.metadata.rest);
    same(&mut pod.status.rest, &other.status.rest);
    if pod.spec == other.spec {
        pod.spec = Rc::clone(&other.spec);
        return;
    }
    let spec = Rc::make_mut(&mut pod.spec);
    same(&mut spec.containers, &other.spec.containers);
    same(&mut spec.init_containers, &other.spec.init_containers);
    same(&mut spec.tolerations, &other.spec.tolerations);
    same(&mut spec.node_selector, &other.spec.node_selector);
    same(&mut spec.affinity, &other.spec.affinity);
    same(&mut spec.rest, &other.spec.rest);
}

/// Whether two specs differ in nothing but the node that they are for: in their `nodeName`, or in the names of nodes in
/// the required terms of their affinities.
fn is_same_but_for_node(one: &PodSpec, other: &PodSpec) -> bool {
    let is_same = match (one.affinity.as_deref(), other.affinity.as_deref()) {
        (Some(one), Some(other)) => one == other || nameless(one) == nameless(other),
        (one, other) => one == other,
    };
    let (affinity, node_name) = (other.affinity.clone(), other.node_name.clone());
    is_same && PodSpec { affinity, node_name, ..one.clone() } == *other
}

/// An affinity with the one node that each term names left out.
fn nameless(affinity: &Affinity) -> Affinity {
    let mut affinity = affinity.clone();
    let required = affinity.node_affinity.as_mut().and_then(|rules| rules.required.as_mut());
    let terms: &mut [NodeSelectorTerm] =
        required.map_or(&mut [], |selector| &mut selector.node_selector_terms);
    for field in terms.iter_mut().flat_map(|term| &mut term.match_fields) {
        if let ("metadata.name", [name]) = (field.key.as_str(), field.values.as_mut_slice())
            && is_node_name(name)
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

    fn checked(given: &Rc<Pod>) -> Checked {
        let spec = || Rc::clone(&given.spec);
        Checked { given: Rc::clone(given), defaulted: spec(), admitted: spec() }
    }

    fn named(name: &str, node: &str, applied: &str) -> Pod {
        let mut pod = pod(json!({ "containers": [{ "name": "c", "image": "a:1" }], "nodeName": node }));
        pod.metadata.generate_name = "".into();
        pod.metadata.name = name.into();
        pod.metadata.annotations.insert(LAST_APPLIED.into(), applied.into());
        pod
    }

    #[test]
    fn siblings_differ_in_their_node_only() {
        let first = Rc::new(pinned("n1", "a:1"));
        let known = checked(&first);
        let mut labelled = pinned("n2", "a:1");
        labelled.metadata.labels.insert("a".into(), "b".into());
        let mut renamed = pinned("n2", "a:1");
        renamed.metadata.name = "b".into();
        for (other, expected) in [
            (pinned("n2", "a:1"), Some(Differs::InNode)),
            (pinned("", "a:1"), None),
            (pinned("n2", "a:2"), None),
            (pod(json!({ "containers": [{ "name": "c", "image": "a:1" }] })), None),
            (labelled, None),
            (renamed, Some(Differs::InMetadata)),
        ] {
            assert_eq!(known.sibling(&other), expected, "{other:?}");
        }
        let first = Rc::new(named("a", "n1", "{}"));
        let known = checked(&first);
        let mut annotated = named("b", "n2", "");
        annotated.metadata.annotations.insert("a".into(), "b".into());
        for (other, expected) in [
            (named("a", "n2", "{}"), Some(Differs::InNode)),
            (named("b", "n2", "{ }"), Some(Differs::InMetadata)),
            (named("b", "", ""), None),
            (named("b", "N2", ""), None),
            (annotated, None),
        ] {
            assert_eq!(known.sibling(&other), expected, "{other:?}");
        }
    }
}
