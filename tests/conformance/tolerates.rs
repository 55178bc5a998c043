//! Taints against tolerations.

use crate::{part, same};
use playground::api::{
    NO_EXECUTE, NO_SCHEDULE, PREFER_NO_SCHEDULE, Taint, Toleration, tolerated, untolerated,
};
use serde_json::Value;

/// All that is asked of one list of tolerations and one of taints.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let taints: Vec<Taint> = part(input, "taints")?;
    let tolerations: Vec<Toleration> = part(input, "tolerations")?;
    let hard = untolerated(&taints, &tolerations, &[NO_SCHEDULE, NO_EXECUTE]);
    same("schedulable", Some(hard.is_none()), expect["schedulable"].as_bool())?;
    let theirs: Option<Taint> = part(expect, "untoleratedTaint")?;
    same("untoleratedTaint", hard, theirs.as_ref())?;
    let execute = untolerated(&taints, &tolerations, &[NO_EXECUTE]).is_none();
    same("noExecuteTolerated", Some(execute), expect["noExecuteTolerated"].as_bool())?;
    let soft: Vec<Toleration> = tolerations
        .iter()
        .filter(|toleration| ["", PREFER_NO_SCHEDULE].contains(&toleration.effect.as_str()))
        .cloned()
        .collect();
    let preferred =
        taints.iter().filter(|taint| taint.effect == PREFER_NO_SCHEDULE && !tolerated(&soft, taint)).count();
    same("preferNoScheduleCount", Some(preferred as u64), expect["preferNoScheduleCount"].as_u64())?;
    let row = |taint: &Taint| -> Vec<bool> { tolerations.iter().map(|one| one.tolerates(taint)).collect() };
    let matrix: Vec<Vec<bool>> = taints.iter().map(row).collect();
    same("matrix", matrix, part(expect, "matrix")?)
}
