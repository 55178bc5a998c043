//! What the API server knows of the pod that it checked last: the pods of one workload, made from one template or listed
//! one by one, differ in their names and nodes, and need not be filled in and checked again one by one.

use crate::api::merge::LAST_APPLIED;
use crate::api::validation::is_object_name;
use crate::api::{
    Affinity, ContainerStatus, EcoString, NodeAffinity, NodeSelector, NodeSelectorRequirement,
    NodeSelectorTerm, ObjectMeta, Pod, PodSpec, Quantity, RarePodStatus, ResourceList,
    required_node_affinity,
};
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
    /// In nothing but its name, the node that it is for, both right, and what `apply` notes of it: it is accepted, too, if
    /// that is not too long.
    InNames,
    /// In its metadata as well, but not in what its spec is checked together with.
    InMetadata,
}

impl Checked {
    /// In what a pod differs from this one, if that is so little that its spec is right, too.
    pub(super) fn sibling(&self, pod: &Pod) -> Option<Differs> {
        let (own, given) = (&pod.metadata, &self.given.metadata);
        if own.labels != given.labels || !own_annotations(own).eq(own_annotations(given)) {
            return None;
        }
        let (node, other) = (&pod.spec.node_name, &self.given.spec.node_name);
        if node.is_empty() != other.is_empty() || node != other && !is_object_name(node) {
            return None;
        }
        let differs = if differs_in_name(own, given) { Differs::InNames } else { Differs::InMetadata };
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

/// Whether metadata differs from what was accepted in nothing but the name, which is right, too, and in annotations.
fn differs_in_name(own: &ObjectMeta, given: &ObjectMeta) -> bool {
    let (name, annotations) = (given.name.clone(), given.annotations.clone());
    let is_right = own.name == name || is_object_name(&own.name);
    is_right && ObjectMeta { name, annotations, ..own.clone() } == *given
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
    same(&mut status.rest, &other.status.rest);
    // What is equal may be written in several ways (see [`amounts`]).
    let is_without_amounts = |statuses: &[ContainerStatus]| {
        statuses.iter().all(|one| one.resources.is_none() && one.allocated_resources.is_empty())
    };
    if is_without_amounts(&status.container_statuses) {
        same(&mut status.container_statuses, &other.status.container_statuses);
    }
    let RarePodStatus { init_container_statuses, resources, allocated_resources, .. } = &**status;
    if is_without_amounts(init_container_statuses) && resources.is_none() && allocated_resources.is_empty() {
        same(&mut status.shared, &other.status.shared);
    }
}

/// All amounts in a spec, as they are written: what is equal may be written in several ways.
fn amounts(spec: &PodSpec) -> impl Iterator<Item = &str> {
    let asked = spec.all_containers().map(|container| &container.resources).chain(&spec.resources);
    let lists = asked.flat_map(|asked| [&asked.requests, &asked.limits]).chain([&spec.overhead]);
    lists.flat_map(ResourceList::values).map(Quantity::text)
}

/// Lets a pod point to what another one has where both have the same. Ten pods of one workload then take little more
/// memory than one, also where a list spells each of them out.
pub(super) fn share(pod: &mut Rc<Pod>, other: &Pod) {
    let pod = Rc::make_mut(pod);
    same(&mut pod.metadata.labels, &other.metadata.labels);
    same(&mut pod.metadata.annotations, &other.metadata.annotations);
    same(&mut pod.metadata.shared, &other.metadata.shared);
    same(&mut pod.metadata.rest, &other.metadata.rest);
    same(&mut pod.status.rest, &other.status.rest);
    let is_written_alike = amounts(&pod.spec).eq(amounts(&other.spec));
    if is_written_alike && pod.spec == other.spec {
        pod.spec = Rc::clone(&other.spec);
        return;
    }
    let spec = Rc::make_mut(&mut pod.spec);
    if is_written_alike {
        same(&mut spec.containers, &other.spec.containers);
        same(&mut spec.init_containers, &other.spec.init_containers);
    }
    same(&mut spec.tolerations, &other.spec.tolerations);
    same(&mut spec.node_selector, &other.spec.node_selector);
    same(&mut spec.affinity, &other.spec.affinity);
    same(&mut spec.rest, &other.spec.rest);
}

/// Whether two specs differ in nothing but the node that they are for: in their `nodeName`, or in the names of nodes in
/// the required terms of their affinities.
fn is_same_but_for_node(one: &PodSpec, other: &PodSpec) -> bool {
    let is_same = match (one.affinity.as_deref(), other.affinity.as_deref()) {
        (Some(one), Some(other)) => is_same_but_for_name(one, other),
        (one, other) => one == other,
    };
    let (affinity, node_name) = (other.affinity.clone(), other.node_name.clone());
    is_same && PodSpec { affinity, node_name, ..one.clone() } == *other && amounts(one).eq(amounts(other))
}

/// Whether two affinities differ in nothing but the one node that each required term names.
fn is_same_but_for_name(one: &Affinity, other: &Affinity) -> bool {
    beside_terms(one) == beside_terms(other)
        && pairwise(required_terms(one), required_terms(other), is_same_term)
}

fn required_terms(affinity: &Affinity) -> &[NodeSelectorTerm] {
    required_node_affinity(Some(affinity)).map_or(&[], |required| &required.node_selector_terms)
}

/// All that there is in an affinity beside the required terms.
fn beside_terms(affinity: &Affinity) -> impl PartialEq {
    let Affinity { node_affinity, pod_affinity, pod_anti_affinity, rest } = affinity;
    let of_nodes = node_affinity.as_ref().map(|NodeAffinity { required, preferred, rest }| {
        let required = required.as_ref().map(|NodeSelector { node_selector_terms: _, rest }| rest);
        (required, preferred, rest)
    });
    (of_nodes, pod_affinity, pod_anti_affinity, rest)
}

fn is_same_term(one: &NodeSelectorTerm, other: &NodeSelectorTerm) -> bool {
    let NodeSelectorTerm { match_expressions, match_fields, rest } = one;
    *match_expressions == other.match_expressions
        && pairwise(match_fields, &other.match_fields, is_same_field)
        && *rest == other.rest
}

fn is_same_field(one: &NodeSelectorRequirement, other: &NodeSelectorRequirement) -> bool {
    let NodeSelectorRequirement { key, operator, values, rest } = one;
    let name_a_node = || match (values.as_slice(), other.values.as_slice()) {
        ([one], [other]) => key == "metadata.name" && is_object_name(one) && is_object_name(other),
        _ => false,
    };
    *key == other.key
        && *operator == other.operator
        && (*values == other.values || name_a_node())
        && *rest == other.rest
}

fn pairwise<T>(ones: &[T], others: &[T], is_same: impl Fn(&T, &T) -> bool) -> bool {
    ones.len() == others.len() && ones.iter().zip(others).all(|(one, other)| is_same(one, other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Condition, Time};
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

    fn asking(cpu: &str) -> Pod {
        let mut pod = pinned("n1", "a:1");
        let containers = &mut Rc::make_mut(&mut Rc::make_mut(&mut pod.spec).containers)[0];
        containers.resources.requests.insert("cpu".into(), Quantity::parse(cpu).expect("an amount"));
        pod
    }

    #[test]
    fn what_is_written_otherwise_stays_as_it_is_written() {
        let first = Rc::new(asking("1Ki"));
        assert_eq!(checked(&first).sibling(&asking("1Ki")), Some(Differs::InNames));
        assert_eq!(*first, asking("1024"), "it is the same amount");
        assert_eq!(checked(&first).sibling(&asking("1024")), None);
        for (cpu, is_shared) in [("1Ki", true), ("1024", false)] {
            let mut pod = Rc::new(asking(cpu));
            share(&mut pod, &first);
            assert_eq!(amounts(&pod.spec).collect::<Vec<_>>(), [cpu]);
            assert_eq!(Rc::ptr_eq(&pod.spec.containers, &first.spec.containers), is_shared);
        }
    }

    #[test]
    fn a_status_that_is_alike_is_kept_once() {
        let reported = |ready: &str| {
            let mut pod = pinned("n1", "a:1");
            pod.set_condition(Condition::new("Ready", ready, "", ""), Time::EPOCH);
            pod.status.container_statuses =
                [ContainerStatus { name: "c".into(), ..Default::default() }].into();
            pod
        };
        let first = reported("True");
        for (ready, is_shared) in [("True", true), ("False", false)] {
            let mut pod = Rc::new(reported(ready));
            share_status(&mut pod, &first);
            assert_eq!(*pod, reported(ready));
            assert_eq!(pod.status.conditions.as_ptr() == first.status.conditions.as_ptr(), is_shared);
            assert_eq!(pod.status.container_statuses.as_ptr(), first.status.container_statuses.as_ptr());
        }
    }

    #[test]
    fn amounts_of_a_status_stay_as_they_are_written() {
        let list = |cpu: &str| asking(cpu).spec.containers[0].resources.requests.clone();
        let places: [fn(&mut Pod) -> &mut ResourceList; 3] = [
            |pod| &mut pod.status.container_statuses.make_mut()[0].allocated_resources,
            |pod| &mut pod.status.init_container_statuses.make_mut()[0].allocated_resources,
            |pod| &mut pod.status.allocated_resources,
        ];
        for place in places {
            let sized = |cpu: &str| {
                let mut pod = pinned("n1", "a:1");
                let one = || [ContainerStatus { name: "c".into(), ..Default::default() }].into();
                (pod.status.container_statuses, pod.status.init_container_statuses) = (one(), one());
                *place(&mut pod) = list(cpu);
                pod
            };
            let mut pod = Rc::new(sized("1024"));
            share_status(&mut pod, &sized("1Ki"));
            let texts: Vec<_> = place(Rc::make_mut(&mut pod)).values().map(Quantity::text).collect();
            assert_eq!(texts, ["1024"]);
        }
    }

    #[test]
    fn siblings_differ_in_their_names_and_nodes_only() {
        let first = Rc::new(pinned("n1", "a:1"));
        let known = checked(&first);
        let mut labelled = pinned("n2", "a:1");
        labelled.metadata.labels.insert("a".into(), "b".into());
        let renamed = |name: &str| {
            let mut pod = pinned("n2", "a:1");
            pod.metadata.name = name.into();
            pod
        };
        let mut moved = pinned("n2", "a:1");
        moved.metadata.namespace = "other".into();
        for (other, expected) in [
            (pinned("n2", "a:1"), Some(Differs::InNames)),
            (pinned("", "a:1"), None),
            (pinned("n2", "a:2"), None),
            (pod(json!({ "containers": [{ "name": "c", "image": "a:1" }] })), None),
            (asking("1Ki"), None),
            (labelled, None),
            (renamed("b"), Some(Differs::InNames)),
            (renamed("B"), Some(Differs::InMetadata)),
            (moved, Some(Differs::InMetadata)),
        ] {
            assert_eq!(known.sibling(&other), expected, "{other:?}");
        }
        // Other terms, and other things about them.
        let placed = |node_affinity: Value| {
            pod(
                json!({ "affinity": { "nodeAffinity": node_affinity }, "containers": [{ "name": "c", "image": "a:1" }] }),
            )
        };
        let required = |terms: Value| {
            placed(
                json!({ "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms } }),
            )
        };
        let field = |operator: &str, values: &[&str]| json!({ "key": "metadata.name", "operator": operator, "values": values });
        let term = |node: &str| json!({ "matchFields": [field("In", &[node])] });
        let label = json!({ "key": "a", "operator": "Exists" });
        let preferred = |weight: i32| {
            placed(
                json!({ "preferredDuringSchedulingIgnoredDuringExecution": [{ "weight": weight, "preference": { "matchExpressions": [label] } }] }),
            )
        };
        for (one, other, expected) in [
            (required(json!([term("n1"), term("n2")])), required(json!([term("n3"), term("n4")])), true),
            (required(json!([term("n1")])), required(json!([term("n1"), term("n2")])), false),
            (
                required(json!([{ "matchFields": [field("In", &["n1"])] }])),
                required(json!([{ "matchFields": [field("NotIn", &["n2"])] }])),
                false,
            ),
            (
                required(json!([{ "matchFields": [field("In", &["n1"])] }])),
                required(json!([{ "matchFields": [field("In", &["n2", "n3"])] }])),
                false,
            ),
            (
                required(json!([term("n1")])),
                required(json!([{ "matchFields": [field("In", &["n2"])], "matchExpressions": [label] }])),
                false,
            ),
            (required(json!([])), placed(json!({})), false),
            (preferred(1), preferred(1), true),
            (preferred(1), preferred(2), false),
        ] {
            let siblings = checked(&Rc::new(one.clone())).sibling(&other).is_some();
            assert_eq!(siblings, expected, "{:?} {:?}", one.spec.affinity, other.spec.affinity);
        }
        let first = Rc::new(named("a", "n1", "{}"));
        let known = checked(&first);
        let mut annotated = named("b", "n2", "");
        annotated.metadata.annotations.insert("a".into(), "b".into());
        for (other, expected) in [
            (named("a", "n2", "{}"), Some(Differs::InNames)),
            (named("b", "n2", "{ }"), Some(Differs::InNames)),
            (named("b", "", ""), None),
            (named("b", "N2", ""), None),
            (annotated, None),
        ] {
            assert_eq!(known.sibling(&other), expected, "{other:?}");
        }
    }
}
