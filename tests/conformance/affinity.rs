//! Node selector and node affinity against a node.

use crate::{part, same};
use playground::api::{Affinity, Labels, Node, NodeAffinity, admits_node};
use serde_json::Value;

/// The required part, and the sum of the preferred weights.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let node: Node = part(input, "node")?;
    let selector: Labels = part(input, "nodeSelector")?;
    let rules: Option<NodeAffinity> = part(input, "nodeAffinity")?;
    let affinity = Affinity { node_affinity: rules.clone(), ..Default::default() };
    let ours = admits_node(&selector, Some(&affinity), &node);
    same("match", Some(ours), expect["match"].as_bool())?;
    let required = rules.as_ref().and_then(|rules| rules.required.as_ref());
    let labels_hold = selector.iter().all(|(key, value)| node.metadata.labels.get(key) == Some(value));
    let error = labels_hold && !ours && required.is_some_and(|required| required.has_error(&node));
    same("parseError", Some(error), expect["parseError"].as_bool())?;
    let preferred = rules.as_ref().map(|rules| rules.preferred.as_slice()).unwrap_or_default();
    if let Some(theirs) = expect["preferredScore"].as_i64() {
        let matching = preferred.iter().filter(|term| term.preference.matches(&node) == Ok(true));
        same("preferredScore", matching.map(|term| i64::from(term.weight)).sum::<i64>(), theirs)?;
    }
    Ok(())
}
