//! The clusters of the scheduler's cases.

use crate::part;
use playground::api::{
    Kind, Namespace, Node, Object, ObjectKey, Pod, PodDisruptionBudget, ReplicaSet, Service, Time,
};
use playground::cluster::World;
use playground::scheduler::config::SchedulerConfig;
use playground::scheduler::{AttemptInput, Cache, PodInfo, Snapshot, attempt};
use playground::scheduler::{NodeVerdict, QueueTrace, SchedulingTrace};
use serde_json::{Map, Value, json};
use std::rc::Rc;

/// Later than any time of the cases: a pod without a start time counts as started now.
const NOW: Time = Time::new(4_000_000_000_000);

/// The objects of a case as they stand, without admission.
pub fn world(input: &Value) -> Result<World, String> {
    let mut world = World::new(1, Time::EPOCH);
    for name in ["default", "kube-node-lease", "kube-public", "kube-system"] {
        world.drop_object(&ObjectKey::new(Kind::Namespace, "", name));
    }
    fn read<T: serde::de::DeserializeOwned + Into<Object>>(
        world: &mut World,
        input: &Value,
        field: &str,
    ) -> Result<(), String> {
        for object in part::<Vec<T>>(input, field)? {
            world.restore(object);
        }
        Ok(())
    }
    read::<Namespace>(&mut world, input, "namespaces")?;
    read::<Node>(&mut world, input, "nodes")?;
    read::<Pod>(&mut world, input, "pods")?;
    read::<Service>(&mut world, input, "services")?;
    read::<ReplicaSet>(&mut world, input, "replicaSets")?;
    read::<PodDisruptionBudget>(&mut world, input, "pdbs")?;
    Ok(world)
}

/// Tries a pod with every node scored.
pub fn schedule(world: &World, pod: &Pod) -> SchedulingTrace {
    let cache = Cache::of_world(world);
    let snapshot = Snapshot { cache: &cache, world, now: NOW };
    let mut profile = (*SchedulerConfig::default().profiles[0]).clone();
    profile.percentage_of_nodes_to_score = Some(100);
    let queue = QueueTrace::first(NOW);
    let input = AttemptInput { profile: &profile, queue, seed: 1, start: 0 };
    attempt(&snapshot, &Rc::new(PodInfo::new(Rc::new(pod.clone()))), &input).trace
}

/// A rejection as the cases write it.
pub fn rejection(verdict: &NodeVerdict) -> Option<Value> {
    let NodeVerdict::Rejected { plugin, rejection } = verdict else { return None };
    Some(json!({"plugin": plugin, "code": rejection.code.name(), "reasons": rejection.reasons}))
}

/// The nodes that were rejected.
pub fn filter(trace: &SchedulingTrace) -> Value {
    let rejected =
        trace.node_verdicts().filter_map(|(name, verdict)| Some((name.to_string(), rejection(verdict)?)));
    Value::Object(rejected.collect::<Map<_, _>>())
}
