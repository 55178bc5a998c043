//! Random clusters, DaemonSets and actions.

use playground::api::{NO_EXECUTE, NO_SCHEDULE, Object, PREFER_NO_SCHEDULE};
use playground::cluster::Propagation;
use proptest::prelude::*;
use serde_json::json;

/// Something that a user does.
#[derive(Clone, Debug)]
pub enum Act {
    /// Takes so many steps.
    Run(u32),
    /// Goes back so many steps.
    Back(u32),
    /// Taints a node.
    Taint(usize, &'static str, &'static str),
    /// Removes the taints of a key.
    Untaint(usize, &'static str),
    /// Sets or removes the label `disk`.
    Label(usize, Option<String>),
    /// Cordons or uncordons.
    Cordon(usize, bool),
    /// Switches a node off or on.
    Power(usize, bool),
    /// Removes a node.
    RemoveNode(usize),
    /// Deletes a pod.
    DeletePod(usize),
    /// Makes a pod fail.
    FailPod(usize),
    /// Applies another version of the DaemonSet.
    Apply(Object),
    /// Deletes the DaemonSet.
    DeleteSet(Propagation),
}

const KEYS: [&str; 3] = ["gpu", "dedicated", "node-role.kubernetes.io/control-plane"];
const EFFECTS: [&str; 3] = [NO_SCHEDULE, NO_EXECUTE, PREFER_NO_SCHEDULE];

/// A node with taints of `(key, effect)` and a value of the label `disk`.
pub fn node(name: &str, taints: &[(&str, &str)], disk: Option<&str>) -> Object {
    let taints: Vec<_> = taints.iter().map(|(key, effect)| json!({ "key": key, "effect": effect })).collect();
    let labels = disk.map(|disk| json!({ "disk": disk })).unwrap_or_else(|| json!({}));
    let node = json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": { "name": name, "labels": labels },
        "spec": { "taints": taints },
    });
    Object::from_json(node).expect("a node")
}

/// A DaemonSet `agent` of an image version that tolerates `(key, effect)`.
pub fn set(version: &str, disk: Option<&str>, tolerations: &[(&str, &str)]) -> Object {
    let tolerations: Vec<_> = tolerations
        .iter()
        .map(|(key, effect)| json!({ "key": key, "operator": "Exists", "effect": effect }))
        .collect();
    let selector = disk.map(|disk| json!({ "disk": disk })).unwrap_or_else(|| json!({}));
    let set = json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": "agent", "namespace": "default" },
        "spec": {
            "selector": { "matchLabels": { "app": "agent" } },
            "template": {
                "metadata": { "labels": { "app": "agent" } },
                "spec": {
                    "nodeSelector": selector,
                    "tolerations": tolerations,
                    "containers": [{
                        "name": "agent", "image": format!("registry.example/agent:{version}"),
                        "resources": { "requests": { "cpu": "10m", "memory": "16Mi" } },
                    }],
                },
            },
        },
    });
    Object::from_json(set).expect("a DaemonSet")
}

fn pairs() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let pair = (prop::sample::select(&KEYS[..]), prop::sample::select(&EFFECTS[..]));
    prop::collection::btree_set(pair, 0..3).prop_map(|pairs| pairs.into_iter().collect())
}

fn disk() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![None, None, Some("ssd"), Some("hdd")])
}

/// One to six nodes.
pub fn cluster() -> impl Strategy<Value = Vec<Object>> {
    prop::collection::vec((pairs(), disk()), 1..7).prop_map(|nodes| {
        let named = nodes.into_iter().enumerate();
        named.map(|(index, (taints, disk))| node(&format!("node-{index}"), &taints, disk)).collect()
    })
}

/// A DaemonSet.
pub fn daemon_set() -> impl Strategy<Value = Object> {
    let version = prop::sample::select(vec!["1", "2", "3"]);
    (version, disk(), pairs()).prop_map(|(version, disk, tolerations)| set(version, disk, &tolerations))
}

/// An action.
pub fn act() -> impl Strategy<Value = Act> {
    let index = 0usize..8;
    let propagation =
        prop::sample::select(vec![Propagation::Background, Propagation::Foreground, Propagation::Orphan]);
    prop_oneof![
        3 => (1u32..30).prop_map(Act::Run),
        2 => (1u32..30).prop_map(Act::Back),
        3 => (index.clone(), prop::sample::select(&KEYS[..]), prop::sample::select(&EFFECTS[..]))
            .prop_map(|(index, key, effect)| Act::Taint(index, key, effect)),
        1 => (index.clone(), prop::sample::select(&KEYS[..])).prop_map(|(index, key)| Act::Untaint(index, key)),
        2 => (index.clone(), disk()).prop_map(|(index, disk)| Act::Label(index, disk.map(str::to_owned))),
        2 => (index.clone(), any::<bool>()).prop_map(|(index, on)| Act::Cordon(index, on)),
        2 => (index.clone(), any::<bool>()).prop_map(|(index, on)| Act::Power(index, on)),
        1 => index.clone().prop_map(Act::RemoveNode),
        2 => index.clone().prop_map(Act::DeletePod),
        1 => index.prop_map(Act::FailPod),
        2 => daemon_set().prop_map(Act::Apply),
        1 => propagation.prop_map(Act::DeleteSet),
    ]
}
