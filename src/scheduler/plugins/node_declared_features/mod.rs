//! Features that a node must have declared. Upstream: `plugins/nodedeclaredfeatures`,
//! `component-helpers/nodedeclaredfeatures/features`.

use crate::api::{Container, Node, Pod};
use crate::scheduler::framework::{
    ClusterEvent, Cycle, EventKind, EventKinds, Filter, FilterPlugin, FilterResult, Plugin, PreFilter,
    QueueingHints, Rejection,
};
use crate::scheduler::{NodeInfo, PodInfo};
use serde_json::Value;
use std::borrow::Cow;

/// The plugin.
pub struct NodeDeclaredFeatures;

const LACKS: Rejection =
    Rejection::unresolvable(&[Cow::Borrowed("node(s) didn't match Pod's required features")]);

impl Plugin for NodeDeclaredFeatures {
    fn name(&self) -> &'static str {
        "NodeDeclaredFeatures"
    }
    fn explain(&self) -> &'static str {
        "A pod that uses a feature of newer kubelets goes only to nodes that list it in status.declaredFeatures."
    }
    fn filter(&self) -> Option<&dyn FilterPlugin> {
        Some(self)
    }
    fn hints(&self) -> Option<&dyn QueueingHints> {
        Some(self)
    }
}

/// The features that a pod needs of its node.
fn needed(pod: &Pod) -> Vec<&'static str> {
    let restarts_all = |container: &Container| {
        let rules = container.rest.get("restartPolicyRules").and_then(Value::as_array);
        rules.into_iter().flatten().any(|rule| rule["action"] == "RestartAllContainers")
    };
    let spec = &pod.spec;
    let mut containers = spec.all_containers();
    let own_users_on_host_network =
        spec.host_network && spec.rest.get("hostUsers") == Some(&Value::Bool(false));
    [
        (containers.any(restarts_all), "RestartAllContainersOnContainerExits"),
        (own_users_on_host_network, "UserNamespacesHostNetworkSupport"),
    ]
    .into_iter()
    .filter_map(|(is_needed, feature)| is_needed.then_some(feature))
    .collect()
}

fn declares_all(node: &Node, features: &[&str]) -> bool {
    let declared = node.status.rest.get("declaredFeatures").and_then(Value::as_array);
    features.iter().all(|feature| declared.into_iter().flatten().any(|declared| declared == feature))
}

impl FilterPlugin for NodeDeclaredFeatures {
    fn pre_filter<'a>(&self, cycle: Cycle<'a>) -> PreFilter<'a> {
        match needed(&cycle.pod.pod) {
            features if features.is_empty() => PreFilter::Skip,
            features => PreFilter::check(Check { features }),
        }
    }
}

/// The spec of a pod that decides about it cannot be changed, so only nodes can help.
impl QueueingHints for NodeDeclaredFeatures {
    fn interests(&self) -> EventKinds {
        EventKinds::of(&[EventKind::NodeAdd, EventKind::NodeDeclaredFeature])
    }

    fn helps(&self, _pod: &PodInfo, _event: &ClusterEvent<'_>) -> bool {
        true
    }
}

struct Check {
    features: Vec<&'static str>,
}

impl Filter<'_> for Check {
    fn filter(&self, node: &NodeInfo) -> FilterResult {
        if declares_all(&node.node, &self.features) { Ok(()) } else { Err(LACKS) }
    }
}

#[cfg(test)]
mod tests {
    use crate::api::Container;
    use crate::scheduler::plugins::testing::*;
    use serde_json::json;
    use std::rc::Rc;

    #[test]
    fn a_pod_that_restarts_all_its_containers_needs_a_node_that_can() {
        let mut able = node("n1");
        let features = json!(["RestartAllContainersOnContainerExits"]);
        able.status.rest.set("declaredFeatures", features);
        let mut container = Container { name: "c".into(), ..Default::default() };
        container.rest.set("restartPolicyRules", json!([{"action": "RestartAllContainers"}]));
        let mut wanted = pod("p");
        Rc::make_mut(&mut wanted.spec).containers = Rc::new(vec![container]);
        let trace = schedule(&world(&[able, node("n2")], &[]), wanted);
        assert_eq!(trace.node().map(|node| &**node), Some("n1"));
        let expected = "node(s) didn't match Pod's required features";
        assert_eq!(verdict(&trace, "n2"), ("NodeDeclaredFeatures", expected.into()));
    }
}
