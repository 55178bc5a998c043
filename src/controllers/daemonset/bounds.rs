//! `maxUnavailable` and `maxSurge` of a rolling update. Upstream: `updatedDesiredNodeCounts` in
//! `pkg/controller/daemon/update.go`, `SurgeCount` and `UnavailableCount` in `pkg/controller/daemon/util`.

use crate::api::{DaemonSet, IntOrString};
use std::fmt;

/// The strategy that replaces old pods by itself.
pub const ROLLING_UPDATE: &str = "RollingUpdate";

/// How a bound came about: `10%` of 7 is 0.7, rounded up to 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// As written; none = it is not.
    pub setting: Option<IntOrString>,
    /// The nodes that should run a pod.
    pub of: i32,
    /// What it comes to, rounded up.
    pub value: i32,
    /// Both bounds came to 0, so that nothing could ever be updated; 1 is used instead.
    pub raised_to_one: bool,
}

/// The bound that an update keeps within.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Budget {
    /// `maxSurge` is 0: old pods go first, at most so many nodes without an available pod at a time.
    Unavailable(Bound),
    /// New pods come first, on at most so many nodes at a time.
    Surge(Bound),
}

/// A bound that is no number and no percentage: the field and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadBound(pub &'static str, pub String);

/// The controller's own words.
impl fmt::Display for BadBound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadBound(field, value) = self;
        write!(
            f,
            "couldn't get unavailable numbers: invalid value for {field}: invalid value for IntOrString: invalid type: string is not a percentage: {value:?}"
        )
    }
}

/// By what a rolling update of so many nodes is bounded.
///
/// # Errors
/// One of the bounds is no number and no percentage.
pub fn budget(set: &DaemonSet, desired: i32) -> Result<Budget, BadBound> {
    let mut unavailable = bound(set, "MaxUnavailable", desired)?;
    let surge = bound(set, "MaxSurge", desired)?;
    if surge.value != 0 {
        return Ok(Budget::Surge(surge));
    }
    if desired > 0 && unavailable.value == 0 {
        (unavailable.value, unavailable.raised_to_one) = (1, true);
    }
    Ok(Budget::Unavailable(unavailable))
}

/// Whether the set asks for new pods beside the old ones at all.
pub fn surges(set: &DaemonSet) -> bool {
    bound(set, "MaxSurge", 1).is_ok_and(|surge| surge.value > 0)
}

fn bound(set: &DaemonSet, field: &'static str, total: i32) -> Result<Bound, BadBound> {
    let strategy = &set.spec.update_strategy;
    let rolling = strategy.rolling_update.as_ref().filter(|_| strategy.type_ == ROLLING_UPDATE);
    let setting = rolling.and_then(|rolling| match field {
        "MaxSurge" => rolling.max_surge.clone(),
        _ => rolling.max_unavailable.clone(),
    });
    let value = match &setting {
        None => 0,
        Some(setting) => setting.scaled_up(total).ok_or_else(|| BadBound(field, setting.to_string()))?,
    };
    Ok(Bound { setting, of: total, value, raised_to_one: false })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::RollingUpdateDaemonSet;

    fn set(max_unavailable: Option<&str>, max_surge: Option<&str>) -> DaemonSet {
        let value =
            |text: &str| text.parse().map_or_else(|_| IntOrString::String(text.into()), IntOrString::Int);
        let mut set = DaemonSet::default();
        set.spec.update_strategy.type_ = ROLLING_UPDATE.into();
        set.spec.update_strategy.rolling_update = Some(RollingUpdateDaemonSet {
            max_unavailable: max_unavailable.map(value),
            max_surge: max_surge.map(value),
            ..Default::default()
        });
        set
    }

    #[test]
    fn a_budget_is_what_the_fields_come_to_and_never_nothing() {
        for (unavailable, surge, of, wanted) in [
            (Some("2"), None, 7, Ok((false, 2, false))),
            (Some("10%"), None, 7, Ok((false, 1, false))),
            (Some("0"), Some("0"), 7, Ok((false, 1, true))),
            (Some("0"), Some("0"), 0, Ok((false, 0, false))),
            (Some("0"), Some("25%"), 7, Ok((true, 2, false))),
            (Some("much"), None, 7, Err("MaxUnavailable")),
            (Some("1"), Some("much"), 7, Err("MaxSurge")),
        ] {
            let found =
                budget(&set(unavailable, surge), of).map_err(|BadBound(field, _)| field).map(|budget| {
                    match budget {
                        Budget::Unavailable(bound) => (false, bound.value, bound.raised_to_one),
                        Budget::Surge(bound) => (true, bound.value, bound.raised_to_one),
                    }
                });
            assert_eq!(found, wanted, "{unavailable:?} {surge:?} of {of}");
        }
    }
}
