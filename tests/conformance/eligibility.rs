//! Should a pod be placed on a node, may one stay?

use crate::{part, same};
use playground::api::{DaemonSet, Node};
use playground::controllers::daemonset::eligibility::{Placement, Verdict};
use serde_json::Value;

/// Compares the verdict.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let (set, node): (DaemonSet, Node) = (part(input, "daemonset")?, part(input, "node")?);
    let verdict = Placement::new(&set.spec.template).judge(&node).verdict;
    same("shouldRun", Some(verdict == Verdict::ShouldRun), expect["shouldRun"].as_bool())?;
    same("shouldContinueRunning", Some(verdict.lets_stay()), expect["shouldContinueRunning"].as_bool())
}
