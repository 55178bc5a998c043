//! Making room.

use crate::cluster::{filter, rejection, schedule, world};
use crate::{part, same};
use playground::api::Pod;
use playground::scheduler::Candidate;
use playground::scheduler::SchedulingResult;
use serde_json::{Map, Value, json};

/// Candidates, rejected nodes, the choice and the messages.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let world = world(input)?;
    let pod: Pod = part(input, "pod")?;
    let trace = schedule(&world, &pod);
    same("filter", filter(&trace), expect["filter"].clone())?;
    let preemption = trace.preemption.as_ref().ok_or("preemption was not tried")?;
    let theirs = |field: &str| match &expect[field] {
        Value::Null => json!({}),
        value => value.clone(),
    };
    let candidate = |candidate: &Candidate| {
        let told = json!({"victims": victims(candidate), "numPDBViolations": candidate.violations});
        (candidate.node.to_string(), told)
    };
    let candidates: Map<_, _> = preemption.candidates.iter().map(candidate).collect();
    same("candidates", Value::Object(candidates), theirs("candidates"))?;
    let rejected = trace.nodes.iter().zip(preemption.rejected.iter());
    let rejected = rejected.filter_map(|(name, verdict)| Some((name.to_string(), rejection(verdict)?)));
    same("rejected", Value::Object(rejected.collect::<Map<_, _>>()), theirs("rejected"))?;
    let SchedulingResult::Unschedulable { message, post_filter, .. } = &trace.result else {
        return Err("the pod fits".into());
    };
    same("eventMessage", Some(&**message), expect["eventMessage"].as_str())?;
    same("message", Some(&**post_filter), expect["message"].as_str())?;
    let chosen = preemption.chosen();
    let node = chosen.map(|chosen| chosen.node.to_string());
    if expect["ambiguous"] == true {
        let acceptable: Vec<String> = part(expect, "acceptableWinners")?;
        return same("a winner", node.is_some_and(|node| acceptable.contains(&node)), true);
    }
    let winner = expect["nominatedNode"].as_str().filter(|node| !node.is_empty());
    same("nominatedNode", node.as_deref(), winner)?;
    let victims = chosen.map(victims).unwrap_or_default();
    let mut theirs: Vec<String> = part(expect, "victims")?;
    theirs.sort();
    same("victims", victims, theirs)
}

fn victims(candidate: &Candidate) -> Vec<String> {
    let mut names: Vec<_> = candidate.victims().iter().map(|victim| victim.name().to_string()).collect();
    names.sort();
    names
}
