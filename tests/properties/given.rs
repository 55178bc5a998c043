//! Random clusters, DaemonSets and actions.

use playground::api::{NO_EXECUTE, NO_SCHEDULE, Object, PREFER_NO_SCHEDULE};
use playground::cluster::Propagation;
use proptest::prelude::*;
use serde_json::json;
use std::fmt;

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

/// How a DaemonSet's pods are brought up to date.
#[derive(Clone, Debug)]
pub struct Update {
    /// `spec.updateStrategy`.
    pub strategy: serde_json::Value,
    /// `spec.minReadySeconds`.
    pub min_ready_seconds: i32,
}

/// `OnDelete`.
pub fn on_delete() -> BoxedStrategy<Update> {
    Just(Update { strategy: json!({ "type": "OnDelete" }), min_ready_seconds: 0 }).boxed()
}

/// A number or a percentage of nodes, never 0.
fn bound() -> impl Strategy<Value = serde_json::Value> {
    let percent = prop::sample::select(vec![10, 25, 34, 60, 100]);
    prop_oneof![(1..4).prop_map(|number| json!(number)), percent.prop_map(|of| json!(format!("{of}%")))]
}

fn rolling(field: &'static str, other: &'static str) -> BoxedStrategy<Update> {
    let min_ready_seconds = prop::sample::select(vec![0, 0, 3]);
    (bound(), min_ready_seconds)
        .prop_map(move |(bound, min_ready_seconds)| Update {
            strategy: json!({ "type": "RollingUpdate", "rollingUpdate": { field: bound, other: 0 } }),
            min_ready_seconds,
        })
        .boxed()
}

/// `RollingUpdate` with `maxUnavailable`.
pub fn unavailable() -> BoxedStrategy<Update> {
    rolling("maxUnavailable", "maxSurge")
}

/// `RollingUpdate` with `maxSurge`.
pub fn surge() -> BoxedStrategy<Update> {
    rolling("maxSurge", "maxUnavailable")
}

/// Any of the three.
pub fn any_update() -> BoxedStrategy<Update> {
    prop_oneof![3 => unavailable(), 3 => surge(), 1 => on_delete()].boxed()
}

/// The DaemonSet with this way of updating it.
pub fn updated_by(set: &Object, update: &Update) -> Object {
    let mut value = set.to_json();
    value["spec"]["updateStrategy"] = update.strategy.clone();
    value["spec"]["minReadySeconds"] = json!(update.min_ready_seconds);
    Object::from_json(value).expect("a DaemonSet")
}

/// The DaemonSet with another image version.
pub fn with_image(set: &Object, version: &str) -> Object {
    let mut value = set.to_json();
    value["spec"]["template"]["spec"]["containers"][0]["image"] =
        json!(format!("registry.example/agent:{version}"));
    Object::from_json(value).expect("a DaemonSet")
}

/// What is the matter with a node from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ail {
    /// Nothing.
    None,
    /// It is cordoned.
    Cordoned,
    /// Its kubelet reports that it is not ready.
    NotReady,
    /// Its kubelet is silent.
    Off,
}

/// A DaemonSet that runs, is updated, and what the user does meanwhile.
#[derive(Clone)]
pub struct Rollout {
    /// The nodes.
    pub nodes: Vec<(Object, Ail)>,
    /// The DaemonSet at first.
    pub first: Object,
    /// Its first update.
    pub next: Object,
    /// What the user does, with the steps that follow.
    pub acts: Vec<(Act, u32)>,
}

/// Prints what differs from case to case: whole objects would fill screens.
impl fmt::Debug for Rollout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_set = |set: &Object| {
            let value = set.to_json();
            let at = |path: &str| value.pointer(path).cloned().unwrap_or_default();
            let template = |path: &str| at(&format!("/spec/template/spec/{path}"));
            format!(
                "{} {} {} {} ready for {}",
                template("containers/0/image"),
                at("/spec/updateStrategy"),
                template("tolerations"),
                template("nodeSelector"),
                at("/spec/minReadySeconds")
            )
        };
        for (node, ail) in &self.nodes {
            let value = node.to_json();
            writeln!(
                f,
                "{} {ail:?} {} {}",
                value["metadata"]["name"], value["metadata"]["labels"], value["spec"]
            )?;
        }
        writeln!(f, "{}\n{}", of_set(&self.first), of_set(&self.next))?;
        for (act, steps) in &self.acts {
            match act {
                Act::Apply(set) => writeln!(f, "Apply {}, then {steps} steps", of_set(set))?,
                act => writeln!(f, "{}, then {steps} steps", format!("{act:?}").replace('\n', ""))?,
            }
        }
        Ok(())
    }
}

/// One to twelve nodes, most of them in good health and without taints.
fn ailing_cluster() -> impl Strategy<Value = Vec<(Object, Ail)>> {
    let taints = prop_oneof![3 => Just(Vec::new()), 1 => pairs()];
    let ail =
        prop::sample::select(vec![Ail::None, Ail::None, Ail::None, Ail::Cordoned, Ail::NotReady, Ail::Off]);
    prop::collection::vec((taints, disk(), ail), 1..13).prop_map(|nodes| {
        let named = nodes.into_iter().enumerate();
        named
            .map(|(index, (taints, disk, ail))| ailing(node(&format!("node-{index:02}"), &taints, disk), ail))
            .collect()
    })
}

/// A node with what is the matter with it, as far as that is said in the list.
pub fn ailing(node: Object, ail: Ail) -> (Object, Ail) {
    let mut value = node.to_json();
    match ail {
        Ail::Cordoned => value["spec"]["unschedulable"] = json!(true),
        Ail::NotReady => value["metadata"]["labels"]["node-not-ready.stage.kwok.x-k8s.io"] = json!("true"),
        Ail::None | Ail::Off => {}
    }
    (Object::from_json(value).expect("a node"), ail)
}

/// Updates of these kinds, with all that may disturb them; `moves` lets a template ask for other nodes than before.
pub fn rollout(update: BoxedStrategy<Update>, moves: bool) -> impl Strategy<Value = Rollout> {
    let of = move |tolerations: Vec<(&'static str, &'static str)>| {
        let version = prop::sample::select(vec!["1", "2", "3"]);
        let elsewhere =
            if moves { prop_oneof![4 => Just(None), 1 => disk()].boxed() } else { Just(None).boxed() };
        let same = Just(tolerations);
        let tolerations = if moves { prop_oneof![4 => same, 1 => pairs()].boxed() } else { same.boxed() };
        (version, elsewhere, tolerations, update.clone()).prop_map(|(version, disk, tolerations, update)| {
            updated_by(&set(version, disk, &tolerations), &update)
        })
    };
    let sets = pairs().prop_flat_map(move |tolerations| {
        let (first, next) = (of(tolerations.clone()), of(tolerations.clone()));
        (first, next, prop::collection::vec((disturbance(of(tolerations).boxed()), 0u32..40), 0..8))
    });
    (ailing_cluster(), sets).prop_map(|(nodes, (first, next, acts))| Rollout { nodes, first, next, acts })
}

/// Something that a user does to a rollout.
fn disturbance(set: BoxedStrategy<Object>) -> impl Strategy<Value = Act> {
    let index = 0usize..12;
    let taint = (index.clone(), prop::sample::select(&KEYS[..]), prop::sample::select(&EFFECTS[..]));
    prop_oneof![
        4 => set.prop_map(Act::Apply),
        3 => index.clone().prop_map(Act::DeletePod),
        2 => index.clone().prop_map(Act::FailPod),
        4 => (index.clone(), any::<bool>()).prop_map(|(index, on)| Act::Power(index, on)),
        2 => taint.prop_map(|(index, key, effect)| Act::Taint(index, key, effect)),
        1 => (index.clone(), prop::sample::select(&KEYS[..])).prop_map(|(index, key)| Act::Untaint(index, key)),
        2 => (index.clone(), disk()).prop_map(|(index, disk)| Act::Label(index, disk.map(str::to_owned))),
        1 => (index.clone(), any::<bool>()).prop_map(|(index, on)| Act::Cordon(index, on)),
        1 => index.prop_map(Act::RemoveNode),
    ]
}
