//! The resources that a pod and a node are measured by, in the units in which people write them.

use crate::api::requests::{Resource, fit_requests};
use crate::api::{EcoString, Pod};
use crate::scheduler::{NodeInfo, PodInfo};

/// A resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Thousandths of a core.
    Cpu,
    /// Bytes.
    Memory,
    /// Bytes of ephemeral storage.
    Storage,
    /// Places for pods.
    Pods,
    /// An extended resource and the like.
    Scalar(EcoString),
}

impl Measure {
    /// Its name in `resources.requests`.
    pub fn name(&self) -> &str {
        match self {
            Measure::Cpu => "cpu",
            Measure::Memory => "memory",
            Measure::Storage => "ephemeral-storage",
            Measure::Pods => "pods",
            Measure::Scalar(name) => name,
        }
    }

    /// The resource of a name.
    pub fn of_name(name: &str) -> Self {
        match name {
            "cpu" => Measure::Cpu,
            "memory" => Measure::Memory,
            "ephemeral-storage" => Measure::Storage,
            "pods" => Measure::Pods,
            name => Measure::Scalar(name.into()),
        }
    }

    /// How much of it there is in what a node has, or its pods ask for.
    pub fn of(&self, all: &Resource) -> i64 {
        match self {
            Measure::Cpu => all.milli_cpu,
            Measure::Memory => all.memory,
            Measure::Storage => all.ephemeral_storage,
            Measure::Pods => all.pods,
            Measure::Scalar(name) => all.scalar(name),
        }
    }

    /// How much of it a pod takes from its node.
    pub fn of_pod(&self, pod: &PodInfo) -> i64 {
        if *self == Measure::Pods { 1 } else { self.of(&pod.requests) }
    }

    /// How much of it a pod asks the scheduler for.
    pub fn asked(&self, pod: &Pod) -> i64 {
        if *self == Measure::Pods { 1 } else { self.of(&fit_requests(pod)) }
    }

    /// How much of it is taken on a node.
    pub fn taken(&self, node: &NodeInfo) -> i64 {
        node.pods.iter().map(|pod| self.of_pod(pod)).fold(0, i64::saturating_add)
    }

    /// An amount in words: `500m`, `200Mi`, `2Gi`, `3 pods`.
    pub fn text(&self, amount: i64) -> String {
        const MI: i64 = 1 << 20;
        const GI: i64 = 1 << 30;
        match self {
            Measure::Cpu => format!("{amount}m"),
            Measure::Memory | Measure::Storage if amount != 0 && amount % GI == 0 => {
                format!("{}Gi", amount / GI)
            }
            Measure::Memory | Measure::Storage => format!("{}Mi", amount.div_euclid(MI)),
            Measure::Pods => super::piece::count(usize::try_from(amount).unwrap_or(0), "pod"),
            Measure::Scalar(_) => amount.to_string(),
        }
    }
}

/// What a node has not enough of for a pod, as it stands (`fitsRequest`).
pub fn lacking(pod: &Pod, node: &NodeInfo) -> Vec<Measure> {
    let asked = fit_requests(pod);
    let fixed = [Measure::Pods, Measure::Cpu, Measure::Memory, Measure::Storage];
    let scalars = asked.scalars.iter().map(|(name, _)| Measure::Scalar(name.clone()));
    let lacks = |measure: &Measure| {
        let free = measure.of(&node.allocatable).saturating_sub(measure.taken(node));
        let asked = measure.asked(pod);
        asked > 0 && asked > free
    };
    fixed.into_iter().chain(scalars).filter(lacks).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_told_in_the_units_of_manifests() {
        for (measure, amount, text) in [
            (Measure::Cpu, 1500, "1500m"),
            (Measure::Memory, 200 << 20, "200Mi"),
            (Measure::Memory, 2 << 30, "2Gi"),
            (Measure::Memory, (2 << 30) + (100 << 20), "2148Mi"),
            (Measure::Memory, 0, "0Mi"),
            (Measure::Memory, -1, "-1Mi"),
            (Measure::Pods, 1, "1 pod"),
            (Measure::Scalar("example.com/gpu".into()), 2, "2"),
        ] {
            assert_eq!(measure.text(amount), text);
        }
    }
}
