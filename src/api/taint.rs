//! Taints and tolerations. Upstream: `api/core/v1/{taint,toleration}.go`, `component-helpers/scheduling/corev1`.

use super::Time;
use ecow::EcoString;

/// Effect that keeps new pods away.
pub const NO_SCHEDULE: &str = "NoSchedule";
/// Effect that the scheduler tries to heed.
pub const PREFER_NO_SCHEDULE: &str = "PreferNoSchedule";
/// Effect that keeps new pods away and evicts running ones.
pub const NO_EXECUTE: &str = "NoExecute";

/// Taints that the control plane sets itself. Upstream: `api/core/v1/well_known_taints.go`.
pub mod well_known_taints {
    /// The node's Ready condition is False.
    pub const NOT_READY: &str = "node.kubernetes.io/not-ready";
    /// The node's Ready condition is Unknown.
    pub const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
    /// The node is cordoned.
    pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
    /// An administrator says that the node is shut down and will not come back.
    pub const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";
    /// The node has too little memory left.
    pub const MEMORY_PRESSURE: &str = "node.kubernetes.io/memory-pressure";
    /// The node has too little disk left.
    pub const DISK_PRESSURE: &str = "node.kubernetes.io/disk-pressure";
    /// The node has too few process ids left.
    pub const PID_PRESSURE: &str = "node.kubernetes.io/pid-pressure";
    /// The node's network is not set up.
    pub const NETWORK_UNAVAILABLE: &str = "node.kubernetes.io/network-unavailable";
}

api! {
    /// A mark on a node that repels pods.
    Taint {
        /// Its name.
        key: EcoString,
        /// Its value, often empty.
        value: EcoString,
        /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
        effect: EcoString,
        /// When it was added; the control plane says it of its own, and of NoExecute ones.
        time_added: Option<Time>,
    }

    /// What lets a pod pass a taint.
    Toleration {
        /// The taint's key; empty with `Exists` matches every key.
        key: EcoString,
        /// `Equal` (also when empty) or `Exists`.
        operator: EcoString,
        /// The taint's value, for `Equal`.
        value: EcoString,
        /// The taint's effect; empty matches every effect.
        effect: EcoString,
        /// How long a NoExecute taint is borne; none = for ever.
        toleration_seconds: Option<i64>,
    }
}

impl Taint {
    /// Builds a taint.
    pub fn new(key: &str, value: &str, effect: &str) -> Self {
        Taint { key: key.into(), value: value.into(), effect: effect.into(), ..Default::default() }
    }

    /// Whether both have one key and effect: a node has at most one such taint (`Taint.MatchTaint`).
    pub fn is_same(&self, other: &Taint) -> bool {
        self.key == other.key && self.effect == other.effect
    }

    /// Whether the node lifecycle controller sets and removes it: it follows from the node's conditions or its cordon
    /// (`nodeConditionToTaintKeyStatusMap` in `pkg/controller/nodelifecycle/node_lifecycle_controller.go`).
    pub fn is_of_node_lifecycle(&self) -> bool {
        use well_known_taints::*;
        const OF_CONDITIONS: [&str; 5] =
            [UNSCHEDULABLE, MEMORY_PRESSURE, DISK_PRESSURE, PID_PRESSURE, NETWORK_UNAVAILABLE];
        let key = self.key.as_str();
        let is_of_ready = [NOT_READY, UNREACHABLE].contains(&key);
        match self.effect.as_str() {
            NO_SCHEDULE => is_of_ready || OF_CONDITIONS.contains(&key),
            NO_EXECUTE => is_of_ready,
            _ => false,
        }
    }
}

/// `key=value:effect`, without `=` where the value is empty (`Taint.ToString`).
impl std::fmt::Display for Taint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.key)?;
        if !self.value.is_empty() {
            write!(f, "={}", self.value)?;
        }
        if !self.effect.is_empty() {
            write!(f, ":{}", self.effect)?;
        }
        Ok(())
    }
}

/// Which parts of a toleration agree with a taint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TolerationMatch {
    /// The key, or every key.
    pub key: bool,
    /// The value, as far as the operator asks for it.
    pub value: bool,
    /// The effect, or every effect.
    pub effect: bool,
}

impl TolerationMatch {
    /// Whether the taint is tolerated.
    pub fn is_full(self) -> bool {
        self.key && self.value && self.effect
    }
}

impl Toleration {
    /// `operator: Exists` for a key and effect.
    pub fn exists(key: &str, effect: &str) -> Self {
        Toleration { key: key.into(), operator: "Exists".into(), effect: effect.into(), ..Default::default() }
    }

    /// Compares part by part. `Lt` and `Gt` are alpha in 1.36 and off: they agree with no value.
    pub fn compare(&self, taint: &Taint) -> TolerationMatch {
        TolerationMatch {
            key: self.key.is_empty() || self.key == taint.key,
            value: match self.operator.as_str() {
                "" | "Equal" => self.value == taint.value,
                "Exists" => true,
                _ => false,
            },
            effect: self.effect.is_empty() || self.effect == taint.effect,
        }
    }

    /// Whether it lets the pod pass the taint (`Toleration.ToleratesTaint`).
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.compare(taint).is_full()
    }

    /// Whether both have one key, operator, value and effect (`Toleration.MatchToleration`).
    pub fn is_same(&self, other: &Toleration) -> bool {
        self.key == other.key
            && self.effect == other.effect
            && self.operator == other.operator
            && self.value == other.value
    }
}

/// `key=value:effect`, or `op=Exists` for the toleration of everything, as `kubectl describe` prints it.
impl std::fmt::Display for Toleration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.key)?;
        if !self.value.is_empty() {
            write!(f, "={}", self.value)?;
        }
        if !self.effect.is_empty() {
            write!(f, ":{}", self.effect)?;
        }
        if self.operator == "Exists" && self.value.is_empty() {
            write!(f, "{}op=Exists", if self.key.is_empty() && self.effect.is_empty() { "" } else { " " })?;
        }
        if let Some(seconds) = self.toleration_seconds {
            write!(f, " for {seconds}s")?;
        }
        Ok(())
    }
}

/// Whether one of the tolerations lets the pod pass the taint.
pub fn tolerated(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|toleration| toleration.tolerates(taint))
}

/// The first taint with one of the effects that nothing tolerates (`FindMatchingUntoleratedTaint`).
pub fn untolerated<'a>(
    taints: &'a [Taint],
    tolerations: &[Toleration],
    effects: &[&str],
) -> Option<&'a Taint> {
    taints.iter().find(|taint| effects.contains(&taint.effect.as_str()) && !tolerated(tolerations, taint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_miss_says_which_part_differs() {
        let taint = Taint::new("gpu", "true", NO_SCHEDULE);
        let near = Toleration::exists("gpu", NO_EXECUTE).compare(&taint);
        assert_eq!(near, TolerationMatch { key: true, value: true, effect: false });
        let valueless = Toleration { key: "gpu".into(), ..Default::default() };
        assert!(!valueless.compare(&taint).value, "the default operator is Equal, with an empty value");
    }

    #[test]
    fn an_empty_key_with_exists_still_matches_only_its_effect() {
        let all_execute = Toleration::exists("", NO_EXECUTE);
        assert!(all_execute.tolerates(&Taint::new("a", "b", NO_EXECUTE)));
        assert!(!all_execute.tolerates(&Taint::new("a", "b", NO_SCHEDULE)));
    }

    #[test]
    fn taints_print_as_kubectl_writes_them() {
        assert_eq!(Taint::new("gpu", "true", NO_SCHEDULE).to_string(), "gpu=true:NoSchedule");
        assert_eq!(Taint::new("gpu", "", NO_EXECUTE).to_string(), "gpu:NoExecute");
    }
}
