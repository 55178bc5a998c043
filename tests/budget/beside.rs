//! What a DaemonSet costs beside what is often there with it: a Service that finds its pods, and a quota that counts them.

use super::Found;
use super::cluster::{apply, changes_since, empty, settle};
use allocation_counter::measure;
use playground::api::Object;
use playground::cluster::Actor;
use playground::kubectl::Request;
use playground::sim::Timeline;
use serde_json::{Value, json};

/// A small cluster, and one in which a Service has ten full slices.
const SIZES: [usize; 2] = [100, 1_000];

/// So many steps are taken after an update began.
const STEPS: usize = 2_000;

/// Ready nodes, and this object.
fn with(nodes: usize, object: Value) -> Timeline {
    let object = Object::from_json(object).expect("an object");
    let mut timeline = empty(nodes);
    timeline.say(&Request::apply(Request::text_of(&[object])));
    timeline
}

#[test]
fn what_is_beside_a_set_costs_what_changes_however_many_pods_there_are() {
    let mut found = Found::new("beside");
    for nodes in SIZES {
        behind_a_service(nodes, &mut found);
        under_a_quota(nodes, &mut found);
    }
    found.check();
}

/// Its slices change with each pod that is updated.
fn behind_a_service(nodes: usize, found: &mut Found) {
    let mut timeline = with(
        nodes,
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": "agent", "namespace": "default" },
            "spec": { "selector": { "app": "agent" }, "ports": [{ "port": 80 }] },
        }),
    );
    apply(&mut timeline, 0);
    settle(&mut timeline);
    let from = timeline.len();
    apply(&mut timeline, 1);
    let (mut looks, mut kept) = (Vec::new(), 0);
    for _ in 0..STEPS {
        let mut more = true;
        let info = measure(|| more = timeline.forward());
        if !more {
            break;
        }
        kept += info.bytes_current;
        if timeline.steps().last().is_some_and(|step| step.actor == Actor::EndpointSliceController) {
            looks.push(info.count_total);
        }
    }
    looks.sort_unstable();
    let changes = changes_since(&timeline, from);
    found.note(format!("service/allocations-per-look/{nodes}"), looks[looks.len() / 2] as f64);
    found.note(format!("service/bytes-kept-per-change/{nodes}"), kept as f64 / changes as f64);
}

/// Each pod that is created is counted with all that are there.
fn under_a_quota(nodes: usize, found: &mut Found) {
    let mut timeline = with(
        nodes,
        json!({
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": { "name": "agent", "namespace": "default" },
            "spec": { "hard": { "pods": "100000", "requests.cpu": "10000" } },
        }),
    );
    let from = timeline.len();
    let info = measure(|| {
        apply(&mut timeline, 0);
        settle(&mut timeline);
    });
    let changes = changes_since(&timeline, from);
    found.note(format!("quota/allocations-per-change/{nodes}"), info.count_total as f64 / changes as f64);
}
