//! A pod's constraints, its own or the system's. Upstream: `podtopologyspread/common.go`,
//! `plugins/helper/spread.go` (`DefaultSelector`).

use crate::api::{
    EcoString, Kind, LabelSelector, Labels, NO_EXECUTE, NO_SCHEDULE, Node, Object, ObjectKey, Pod,
    TopologySpreadConstraint, admits_node, untolerated,
};
use crate::scheduler::{NodeInfo, PodInfo, Snapshot, stored_selector};
use std::rc::Rc;

pub(super) const DO_NOT_SCHEDULE: &str = "DoNotSchedule";
pub(super) const SCHEDULE_ANYWAY: &str = "ScheduleAnyway";
pub(super) const HOSTNAME: &str = "kubernetes.io/hostname";

/// Node label and maxSkew of the system's constraints; both are ScheduleAnyway.
const SYSTEM_DEFAULTS: [(&str, i32); 2] = [(HOSTNAME, 3), ("topology.kubernetes.io/zone", 5)];

/// The constraints that hold for a pod.
pub(super) struct Constraints {
    pub(super) list: Vec<Constraint>,
    /// Nodes without one of the labels do not count at all: so for a pod's own constraints.
    pub(super) needs_all_keys: bool,
}

/// One constraint.
pub(super) struct Constraint {
    pub(super) max_skew: i64,
    pub(super) key: EcoString,
    pub(super) selector: Selecting,
    pub(super) min_domains: usize,
    pub(super) honors_affinity: bool,
    pub(super) honors_taints: bool,
}

/// Which pods are counted: labels and selectors that must all match; None = no pod.
pub(super) struct Selecting(Option<(Labels, Vec<LabelSelector>)>);

impl Selecting {
    pub(super) fn matches(&self, labels: &Labels) -> bool {
        self.0.as_ref().is_some_and(|(pairs, selectors)| {
            pairs.iter().all(|(key, value)| labels.get(key) == Some(value))
                && selectors.iter().all(|selector| selector.matches(labels))
        })
    }

    fn is_empty(&self) -> bool {
        let no_requirement = |(pairs, selectors): &(Labels, Vec<LabelSelector>)| {
            pairs.is_empty() && selectors.iter().all(LabelSelector::is_empty)
        };
        self.0.as_ref().is_some_and(no_requirement)
    }

    /// How many pods of a node match; ending pods are not counted, and a selector without requirements counts none.
    pub(super) fn count(&self, pods: &[Rc<PodInfo>], namespace: &str) -> i64 {
        if self.is_empty() {
            return 0;
        }
        let counted = |pod: &&Rc<PodInfo>| {
            let metadata = &pod.pod.metadata;
            !metadata.is_terminating() && metadata.namespace == namespace && self.matches(&metadata.labels)
        };
        pods.iter().filter(counted).count() as i64
    }
}

impl Constraint {
    /// Whether a node's pods count (`matchNodeInclusionPolicies`).
    pub(super) fn includes(&self, pod: &Pod, node: &Node) -> bool {
        let (spec, taints) = (&pod.spec, &node.spec.taints);
        (!self.honors_affinity || admits_node(&spec.node_selector, spec.affinity.as_deref(), node))
            && (!self.honors_taints
                || untolerated(taints, &spec.tolerations, &[NO_SCHEDULE, NO_EXECUTE]).is_none())
    }
}

impl Constraints {
    /// Whether a node has all labels.
    pub(super) fn keys_are_on(&self, node: &Node) -> bool {
        self.list.iter().all(|constraint| node.metadata.labels.contains_key(&constraint.key))
    }

    /// Whether a node's pods count at all.
    pub(super) fn counts_on(&self, node: &NodeInfo) -> bool {
        !self.needs_all_keys || self.keys_are_on(&node.node)
    }
}

/// The pod's own constraints of one kind.
pub(super) fn own(pod: &Pod, when_unsatisfiable: &str) -> Constraints {
    let written = pod.spec.topology_spread_constraints.iter();
    let of_kind = written.filter(|constraint| constraint.when_unsatisfiable == when_unsatisfiable);
    Constraints { list: of_kind.map(|constraint| read(constraint, pod)).collect(), needs_all_keys: true }
}

fn read(written: &TopologySpreadConstraint, pod: &Pod) -> Constraint {
    let labels = &pod.metadata.labels;
    let keys = written.match_label_keys.iter();
    let pairs = keys.filter_map(|key| Some((key.clone(), labels.get(key)?.clone()))).collect();
    Constraint {
        max_skew: written.max_skew.into(),
        key: written.topology_key.clone(),
        selector: Selecting(written.label_selector.clone().map(|selector| (pairs, vec![selector]))),
        min_domains: written.min_domains.and_then(|least| usize::try_from(least).ok()).unwrap_or(1),
        honors_affinity: written.node_affinity_policy.as_deref() != Some("Ignore"),
        honors_taints: written.node_taints_policy.as_deref() == Some("Honor"),
    }
}

/// The ScheduleAnyway constraints of a pod: its own, or the system's where it has none of either kind and some service
/// or controller says which pods belong together.
pub(super) fn soft(snapshot: &Snapshot<'_>, pod: &Pod) -> Constraints {
    if !pod.spec.topology_spread_constraints.is_empty() {
        return own(pod, SCHEDULE_ANYWAY);
    }
    let (pairs, selectors) = siblings(snapshot, pod);
    let default = |(key, max_skew): &(&str, i32)| Constraint {
        max_skew: (*max_skew).into(),
        key: (*key).into(),
        selector: Selecting(Some((pairs.clone(), selectors.clone()))),
        min_domains: 1,
        honors_affinity: true,
        honors_taints: false,
    };
    let mut list: Vec<_> = SYSTEM_DEFAULTS.iter().map(default).collect();
    if list.iter().any(|constraint| constraint.selector.is_empty()) {
        list.clear();
    }
    Constraints { list, needs_all_keys: false }
}

/// The labels of the services in front of the pod, and the selector of the controller that owns it.
fn siblings(snapshot: &Snapshot<'_>, pod: &Pod) -> (Labels, Vec<LabelSelector>) {
    let (world, metadata) = (snapshot.world, &pod.metadata);
    let mut pairs = Labels::default();
    for object in world.of_kind(&Kind::Service) {
        if let Object::Service(service) = object
            && service.metadata.namespace == metadata.namespace
            && service.spec.selector.iter().all(|(key, value)| metadata.labels.get(key) == Some(value))
        {
            for (key, value) in &service.spec.selector {
                pairs.insert(key.clone(), value.clone());
            }
        }
    }
    let Some(owner) = metadata.controller() else { return (pairs, Vec::new()) };
    let mut selectors = Vec::new();
    let kind = Kind::of(&owner.api_version, &owner.kind);
    match (owner.api_version.as_str(), owner.kind.as_str()) {
        ("apps/v1", "ReplicaSet") => {
            let key = ObjectKey::new(kind, &metadata.namespace, &owner.name);
            if let Some(Object::ReplicaSet(set)) = world.get(&key) {
                selectors.extend(set.spec.selector.clone());
            }
        }
        ("apps/v1", "StatefulSet") => {
            let stored = stored_selector(world, kind, &metadata.namespace, &owner.name);
            selectors.extend(stored.and_then(|selector| serde_json::from_value(selector).ok()));
        }
        ("v1", "ReplicationController") => {
            let stored = stored_selector(world, kind, &metadata.namespace, &owner.name);
            let labels = stored.and_then(|selector| serde_json::from_value::<Labels>(selector).ok());
            for (key, value) in &labels.unwrap_or_default() {
                pairs.insert(key.clone(), value.clone());
            }
        }
        _ => {}
    }
    (pairs, selectors)
}
