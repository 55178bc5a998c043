//! A node in a few words.

use super::Emphasis;
use crate::api::{EcoString, Node};

/// STATUS as `kubectl get nodes` prints it.
pub fn status(node: &Node) -> (String, Emphasis) {
    let (mut status, mut tone) = match node.ready() {
        Some("True") => ("Ready".to_owned(), Emphasis::Plain),
        Some(_) => ("NotReady".to_owned(), Emphasis::Bad),
        None => ("Unknown".to_owned(), Emphasis::Bad),
    };
    if node.spec.unschedulable {
        status += ",SchedulingDisabled";
        tone = if tone == Emphasis::Bad { tone } else { Emphasis::Warn };
    }
    (status, tone)
}

/// Role, zone and kind of machine, as far as labels tell.
pub fn role(node: &Node) -> Vec<String> {
    let label = |key: &str| node.metadata.labels.get(key).map(EcoString::as_str);
    let machine = ["node.kubernetes.io/instance-type", "nvidia.com/gpu.product"];
    let mut parts = node.roles();
    parts.extend(label("topology.kubernetes.io/zone"));
    parts.extend(machine.iter().find_map(|key| label(key)));
    parts.into_iter().map(str::to_owned).collect()
}
