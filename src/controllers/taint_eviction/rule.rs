//! How long does a pod bear a node's NoExecute taints? Upstream: `processPodOnNode` and `getMinTolerationTime` in
//! `pkg/controller/tainteviction/taint_eviction.go`.

use crate::api::{NO_EXECUTE, Taint, Toleration};

const NANOSECONDS: i64 = 1_000_000_000;

/// How long a pod may stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stay {
    /// There is no NoExecute taint.
    NoTaint,
    /// Each is tolerated without a limit.
    Forever,
    /// Each is tolerated, one of them for so many seconds only; 0 is at once.
    Seconds(i64),
    /// One is not tolerated.
    NotAtAll,
}

/// A NoExecute taint and what the pod has against it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Borne {
    /// The taint.
    pub taint: Taint,
    /// The first toleration that matches, which is the one that counts; none = it is not tolerated.
    pub toleration: Option<Toleration>,
}

/// Puts the NoExecute taints against the tolerations.
pub fn borne(taints: &[Taint], tolerations: &[Toleration]) -> Vec<Borne> {
    let executing = taints.iter().filter(|taint| taint.effect == NO_EXECUTE);
    executing
        .map(|taint| Borne {
            taint: taint.clone(),
            toleration: tolerations.iter().find(|toleration| toleration.tolerates(taint)).cloned(),
        })
        .collect()
}

/// Decides by the tolerations that count.
pub fn stay(borne: &[Borne]) -> Stay {
    if borne.is_empty() {
        return Stay::NoTaint;
    }
    if borne.iter().any(|borne| borne.toleration.is_none()) {
        return Stay::NotAtAll;
    }
    let seconds = borne.iter().filter_map(|borne| borne.toleration.as_ref()?.toleration_seconds);
    let Some(least) = seconds.min().filter(|least| *least < i64::MAX) else { return Stay::Forever };
    // Upstream counts in nanoseconds of 64 bits, which overflow after 292 years; a negative time is no limit.
    match least.max(0).wrapping_mul(NANOSECONDS) {
        nanoseconds if nanoseconds < 0 => Stay::Forever,
        nanoseconds => Stay::Seconds(nanoseconds / NANOSECONDS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_of_the_tolerations_that_count_decides() {
        let taint = |key: &str, effect: &str| Taint::new(key, "", effect);
        let bears = |key: &str, seconds: Option<i64>| Toleration {
            toleration_seconds: seconds,
            ..Toleration::exists(key, NO_EXECUTE)
        };
        let (a, b) = (taint("a", NO_EXECUTE), taint("b", NO_EXECUTE));
        for (what, taints, tolerations, expected) in [
            ("no taint", vec![], vec![], Stay::NoTaint),
            ("another effect", vec![taint("a", "NoSchedule")], vec![], Stay::NoTaint),
            ("nothing tolerates", vec![a.clone()], vec![bears("b", None)], Stay::NotAtAll),
            (
                "one of two is not tolerated",
                vec![a.clone(), b.clone()],
                vec![bears("a", None)],
                Stay::NotAtAll,
            ),
            ("without limit", vec![a.clone()], vec![bears("a", None)], Stay::Forever),
            (
                "the first matching toleration counts, not the longest",
                vec![a.clone()],
                vec![bears("a", Some(5)), bears("", None)],
                Stay::Seconds(5),
            ),
            (
                "the shortest of two taints",
                vec![a.clone(), b],
                vec![bears("a", Some(300)), bears("b", Some(60))],
                Stay::Seconds(60),
            ),
            ("less than nothing is nothing", vec![a.clone()], vec![bears("a", Some(-3))], Stay::Seconds(0)),
            (
                "10^10 s overflow to less than nothing, which is no limit",
                vec![a],
                vec![bears("a", Some(10_000_000_000))],
                Stay::Forever,
            ),
        ] {
            assert_eq!(stay(&borne(&taints, &tolerations)), expected, "{what}");
        }
    }
}
