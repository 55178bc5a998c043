//! When does a pod leave a tainted node?

use crate::{part, same};
use playground::api::{Millis, Node, ObjectKey, Pod, Taint, Time, Toleration};
use playground::cluster::{Component, Cx, Wakes, WorkKey, World, Write};
use playground::controllers::taint_eviction::{Decision, State, Stay, TaintEviction, borne, stay};
use serde_json::{Value, json};
use std::rc::Rc;

/// Compares a single decision or a sequence of them.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let tolerations: Vec<Toleration> = part(input, "tolerations")?;
    let Some(steps) = input["steps"].as_array() else {
        let taints: Vec<Taint> = part(input, "taints")?;
        let evict = match stay(&borne(&taints, &tolerations)) {
            Stay::NoTaint | Stay::Forever => json!("never"),
            Stay::NotAtAll | Stay::Seconds(0) => json!("now"),
            Stay::Seconds(seconds) => json!(seconds),
        };
        return same("evict", &evict, &expect["evict"]);
    };
    let found: Value = sequence(tolerations, steps)?.into();
    same("evictAt", &found, &expect["evictAt"])
}

fn sequence(tolerations: Vec<Toleration>, steps: &[Value]) -> Result<Vec<Value>, String> {
    let mut world = World::new(0, Time::EPOCH);
    let mut state = State::default();
    let key = ObjectKey::pod("default", "pod");
    let mut node = Node::default();
    node.metadata.name = "node".into();
    let mut pod = Pod::default();
    (pod.metadata.namespace, pod.metadata.name) = ("default".into(), "pod".into());
    let spec = Rc::make_mut(&mut pod.spec);
    (spec.node_name, spec.tolerations) = ("node".into(), Rc::new(tolerations.clone()));
    let write = |world: &mut World, write: Write, now: Time| {
        world.write(write, now).map_err(|error| error.to_string())
    };
    write(&mut world, Write::Create(node.clone().into()), Time::EPOCH)?;
    // As it stands: admission would add tolerations of its own, which the case does not have.
    world.restore(pod);

    let mut evicted = None;
    let mut found = Vec::new();
    for step in steps {
        let at = step["at"].as_i64().unwrap_or_default();
        let now = Time::EPOCH + Millis::seconds(at);
        let due = state.deletion_of("default", "pod").filter(|due| *due <= now);
        if evicted.is_none() && due.is_some() {
            evicted = Some(at);
        }
        if evicted.is_some() {
            found.push("evicted".into());
            continue;
        }
        node.spec.taints = part(step, "taints")?;
        let mut wakes = Wakes::default();
        if let Some(change) = write(&mut world, Write::Update(node.clone().into()), now)? {
            TaintEviction::observe(&world, &change, now, &mut state, &mut wakes);
        }
        if wakes.drain().next().is_some() {
            let cx = Cx { world: &world, now, seed: 0, by_chance: false, step: 0 };
            let outcome = TaintEviction::reconcile(&cx, &mut state, &WorkKey::Object(key.clone()));
            if matches!(outcome.trace.decision, Decision::EvictsNow(_) | Decision::TimeIsUp) {
                evicted = Some(at);
                found.push(at.into());
                continue;
            }
        }
        let due = state.deletion_of("default", "pod").map(|due| (due - Time::EPOCH).0 / 1000);
        found.push(due.into());
    }
    Ok(found)
}
