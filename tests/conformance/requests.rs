//! What a pod is counted for.

use crate::{part, same};
use playground::api::Pod;
use playground::api::requests::pod_requests;
use serde_json::Value;
use std::collections::BTreeMap;

/// All amounts.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let pod: Pod = part(input, "pod")?;
    let ours = pod_requests(&pod);
    let number = |name: &str| expect[name].as_i64();
    same("milliCPU", Some(ours.requests.milli_cpu), number("milliCPU"))?;
    same("memory", Some(ours.requests.memory), number("memory"))?;
    same("ephemeralStorage", Some(ours.requests.ephemeral_storage), number("ephemeralStorage"))?;
    let scalars: BTreeMap<String, i64> =
        ours.requests.scalars.iter().map(|(name, amount)| (name.to_string(), *amount)).collect();
    same("scalar", scalars, part(expect, "scalar")?)?;
    same("nonZeroMilliCPU", Some(ours.nonzero.milli_cpu), number("nonZeroMilliCPU"))?;
    same("nonZeroMemory", Some(ours.nonzero.memory), number("nonZeroMemory"))
}
