//! By which fields each plugin of the scheduler decides: those of the pod, which its owner's template may have, and those
//! of the node.

use super::answer::FieldSource;
use crate::api::{Kind, Node, ObjectKey, Pod};
use crate::cluster::World;

/// A plugin, the fields of a pod's spec that it reads, and the fields of a node. `[]` stands for every container.
type Reads = (&'static str, &'static [&'static str], &'static [&'static str]);

const RESOURCES: &[&str] = &["containers[].resources", "initContainers[].resources", "resources", "overhead"];

/// A node's list may say either.
const ROOM: &[&str] = &["status.allocatable", "status.capacity"];

const READS: &[Reads] = &[
    ("DynamicResources", &["resourceClaims"], &[]),
    ("ImageLocality", &["containers[].image"], &["status.images"]),
    ("InterPodAffinity", &["affinity.podAntiAffinity", "affinity.podAffinity"], &["metadata.labels"]),
    ("NodeAffinity", &["affinity.nodeAffinity", "nodeSelector"], &["metadata.labels"]),
    ("NodeDeclaredFeatures", &[], &["status.declaredFeatures"]),
    ("NodeName", &["nodeName"], &["metadata.name"]),
    ("NodePorts", &["containers[].ports", "hostNetwork"], &[]),
    ("NodeResourcesBalancedAllocation", RESOURCES, ROOM),
    ("NodeResourcesFit", RESOURCES, ROOM),
    ("NodeUnschedulable", &["tolerations"], &["spec.unschedulable"]),
    ("PodTopologySpread", &["topologySpreadConstraints"], &["metadata.labels"]),
    ("SchedulingGates", &["schedulingGates"], &[]),
    ("TaintToleration", &["tolerations"], &["spec.taints"]),
    ("DefaultPreemption", &["priorityClassName", "priority", "preemptionPolicy"], &[]),
    ("PrioritySort", &["priorityClassName", "priority"], &[]),
];

fn reads(plugin: &str) -> Option<&'static Reads> {
    READS.iter().find(|(name, ..)| *name == plugin)
}

/// The fields of a pod by which a plugin decides, where the user writes them: in the pod, or in the template of what
/// it belongs to. The first that a text has is the one to look at.
pub(super) fn of_pod(world: &World, pod: &Pod, plugin: &str) -> Vec<FieldSource> {
    let Some((_, fields, _)) = reads(plugin) else { return Vec::new() };
    let (key, prefix) = written_in(world, pod);
    let paths = fields.iter().flat_map(|field| match field.split_once("[]") {
        None => vec![(*field).to_owned()],
        Some((list, rest)) => {
            let many = if list == "containers" { &pod.spec.containers } else { &pod.spec.init_containers };
            (0..many.len()).map(|index| format!("{list}[{index}]{rest}")).collect()
        }
    });
    paths.map(|path| FieldSource { key: key.clone(), path: format!("{prefix}spec.{path}") }).collect()
}

/// The fields of a node by which a plugin decides.
pub(super) fn of_node(node: &Node, plugin: &str) -> Vec<FieldSource> {
    let fields = reads(plugin).map(|(.., fields)| *fields).unwrap_or_default();
    let key = ObjectKey::node(&node.metadata.name);
    fields.iter().map(|path| FieldSource { key: key.clone(), path: (*path).to_owned() }).collect()
}

/// The object in which the user wrote a pod's spec, and where in it.
fn written_in(world: &World, pod: &Pod) -> (ObjectKey, &'static str) {
    let namespace = &pod.metadata.namespace;
    let mut key = ObjectKey::pod(namespace, &pod.metadata.name);
    let mut owner = pod.metadata.controller().cloned();
    let mut prefix = "";
    // What people write may own itself: nobody asks further than a pod, its ReplicaSet, its Deployment, and one above.
    for _ in 0..3 {
        let Some(of) = owner.take() else { break };
        key = ObjectKey::new(Kind::of(&of.api_version, &of.kind), namespace, &of.name);
        prefix = "spec.template.";
        owner = world.get(&key).and_then(|object| object.metadata().controller().cloned());
    }
    (key, prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Object, Time};
    use crate::cluster::Write;
    use crate::scheduler::plugins;
    use serde_json::json;

    #[test]
    fn what_owns_itself_is_asked_no_further() {
        let owner = json!([{ "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "r", "uid": "u", "controller": true }]);
        let metadata = |name: &str| json!({ "name": name, "namespace": "default", "labels": { "a": "b" }, "ownerReferences": owner });
        let spec = json!({ "containers": [{ "name": "c", "image": "c" }] });
        let template = json!({ "metadata": { "labels": { "a": "b" } }, "spec": spec });
        let selector = json!({ "matchLabels": { "a": "b" } });
        let objects = [
            json!({ "apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": metadata("r"), "spec": { "selector": selector, "template": template } }),
            json!({ "apiVersion": "v1", "kind": "Pod", "metadata": metadata("p"), "spec": spec }),
        ];
        let mut world = World::new(1, Time::EPOCH);
        for object in objects {
            let object = Object::from_json(object).expect("it is an object");
            world.write(Write::Create(object), Time::EPOCH).expect("it is stored");
        }
        let pod = world.pod("default", "p").expect("it is stored");
        let replica_set = ObjectKey::new(Kind::of("apps/v1", "ReplicaSet"), "default", "r");
        assert_eq!(written_in(&world, pod), (replica_set, "spec.template."));
    }

    #[test]
    fn every_plugin_that_gives_a_verdict_has_its_fields() {
        for name in plugins::names().filter(|name| !plugins::NOT_SIMULATED.contains(name)) {
            assert!(reads(name).is_some() || name == "DefaultBinder", "{name}");
        }
        for (name, ..) in READS {
            assert!(plugins::id(name).is_some(), "{name}");
        }
    }
}
