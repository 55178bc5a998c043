//! Pods scheduled one after the other.

use crate::cluster::{schedule, world};
use crate::{part, same};
use playground::api::Pod;
use playground::scheduler::Scoring;
use serde_json::{Value, json};
use std::rc::Rc;

/// Each step: the possible and the best nodes; the pod then goes to the first of these.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let mut world = world(input)?;
    let queue: Vec<Pod> = part(input, "queue")?;
    let steps = expect["steps"].as_array().ok_or("no steps")?;
    same("steps", queue.len(), steps.len())?;
    for (mut pod, step) in queue.into_iter().zip(steps) {
        let trace = schedule(&world, &pod);
        let sorted = |mut names: Vec<String>| {
            names.sort();
            names
        };
        let feasible = sorted(trace.feasible().map(|name| name.to_string()).collect());
        let (best, total) = match &trace.scores {
            Scoring::Ranked(table) => {
                let names = table.best.iter().map(|position| trace.nodes[position].to_string());
                (sorted(names.collect()), Some(table.best_total))
            }
            _ => (feasible.clone(), None),
        };
        let what = |part: &str| format!("{part} of {}", pod.metadata.name);
        same(&what("feasible"), json!(feasible), step["feasible"].clone())?;
        same(&what("best"), json!(best), step["best"].clone())?;
        same(&what("total"), total, step["total"].as_i64())?;
        same(&what("message"), json!(trace.message()), step["message"].clone())?;
        same(&what("chosen"), json!(best.first()), step["chosen"].clone())?;
        if let Some(node) = trace.node() {
            same(&what("node"), best.contains(&node.to_string()), true)?;
            Rc::make_mut(&mut pod.spec).node_name = best[0].clone().into();
        }
        world.restore(pod);
    }
    Ok(())
}
