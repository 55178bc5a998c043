//! Whole attempts.

use crate::cluster::{filter, schedule, world};
use crate::{part, same};
use playground::api::Pod;
use playground::scheduler::config::SchedulerConfig;
use playground::scheduler::{PreFilterOutcome, SchedulingTrace, Scoring};
use serde_json::{Value, json};

/// Verdicts, scores and the message.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let world = world(input)?;
    let pod: Pod = part(input, "pod")?;
    let config = SchedulerConfig::default();
    let mut gates = config.profiles[0].pre_enqueues();
    let gate = gates.find_map(|(plugin, gate)| Some((plugin, gate.pre_enqueue(&pod).err()?)));
    if let Some((plugin, rejection)) = gate {
        let ours = json!({"plugin": plugin, "code": rejection.code.name(), "reasons": rejection.reasons});
        return same("preEnqueue", &ours, &expect["preEnqueue"]);
    }
    same("preEnqueue", &Value::Null, &expect["preEnqueue"])?;
    let trace = schedule(&world, &pod);
    same("preFilter", pre_filter(&trace), expect["preFilter"].clone())?;
    let mut feasible: Vec<&str> = trace.feasible().map(|name| &**name).collect();
    feasible.sort_unstable();
    same("feasible", json!(feasible), expect["feasible"].clone())?;
    same("filter", filter(&trace), expect["filter"].clone())?;
    same("message", json!(trace.message()), expect["message"].clone())?;
    let skipped = trace.scores == Scoring::OneNode;
    same("scoringSkipped", Some(skipped), expect["scoringSkipped"].as_bool())?;
    if skipped {
        return Ok(());
    }
    for name in feasible {
        for (plugin, theirs) in expect["scores"][name].as_object().into_iter().flatten() {
            let scores = trace.scores(name).unwrap_or_default();
            let ours = scores.iter().find(|score| score.plugin == plugin).map_or(0, |score| score.weighted());
            same(&format!("{plugin} of {name}"), Some(ours), theirs.as_i64())?;
        }
        same(&format!("total of {name}"), trace.total(name), expect["total"][name].as_i64())?;
    }
    Ok(())
}

fn pre_filter(trace: &SchedulingTrace) -> Value {
    let (mut names, mut plugins) = (Vec::new(), Vec::new());
    for said in &trace.pre_filter {
        match &said.outcome {
            PreFilterOutcome::Restricted(only) => {
                names.extend(only.iter().map(|name| name.to_string()));
                plugins.push(said.plugin());
            }
            PreFilterOutcome::Rejected(rejection) => {
                let (code, reasons) = (rejection.code.name(), &rejection.reasons);
                return json!({"plugin": said.plugin(), "code": code, "reasons": reasons});
            }
            PreFilterOutcome::Passed | PreFilterOutcome::Skipped => {}
        }
    }
    if plugins.is_empty() { Value::Null } else { json!({"nodeNames": names, "plugins": plugins}) }
}
