//! When NoExecute taints evict a pod.

use crate::{part, same};
use playground::api::{Millis, Taint, Time, Toleration};
use playground::controllers::taint_eviction::{Eviction, judge, schedule};
use serde_json::{Value, json};

/// One set of taints, or a sequence of them.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let tolerations: Vec<Toleration> = part(input, "tolerations")?;
    let Some(steps) = input["steps"].as_array() else {
        let taints: Vec<Taint> = part(input, "taints")?;
        let ours = match judge(&taints, &tolerations) {
            Eviction::Never => json!("never"),
            Eviction::Now => json!("now"),
            Eviction::After(seconds) => json!(seconds),
        };
        return same("evict", &ours, &expect["evict"]);
    };
    let mut pending: Option<Time> = None;
    let mut evicted = false;
    let mut ours = Vec::new();
    for step in steps {
        let now = Time(0) + Millis::seconds(step["at"].as_i64().ok_or("no time")?);
        evicted |= pending.is_some_and(|at| at < now);
        if evicted {
            ours.push(json!("evicted"));
            continue;
        }
        let taints: Vec<Taint> = part(step, "taints")?;
        pending = schedule(pending, &taints, &tolerations, now);
        ours.push(pending.map_or(Value::Null, |at| json!(at.0 / 1000)));
        evicted = pending.is_some_and(|at| at <= now);
    }
    same("evictAt", &Value::Array(ours), &expect["evictAt"])
}
