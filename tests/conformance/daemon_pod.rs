//! The pod that the controller sends for a node.

use crate::{defaulted, part, same};
use playground::api::{Object, Time};
use playground::cluster::{World, Write};
use playground::controllers::daemonset::eligibility::Placement;
use playground::controllers::daemonset::pod::PodFactory;
use serde_json::{Map, Value};

/// The fields of the spec that a case shows.
const SHOWN: [&str; 12] = [
    "tolerations",
    "affinity",
    "nodeSelector",
    "priorityClassName",
    "hostNetwork",
    "restartPolicy",
    "schedulerName",
    "serviceAccountName",
    "terminationGracePeriodSeconds",
    "dnsPolicy",
    "nodeName",
    "topologySpreadConstraints",
];

/// Compares metadata and the shown part of the spec.
pub fn check(input: &Value, expect: &Value) -> Result<(), String> {
    let mut world = World::new(0, Time::EPOCH);
    let set = defaulted(part(input, "daemonset")?);
    let created = world.write(Write::Create(set.into()), Time::EPOCH).map_err(|error| error.to_string())?;
    let Some(Object::DaemonSet(set)) = created.and_then(|change| change.after) else {
        return Err("no DaemonSet".into());
    };
    // The cases show what the controller sends, which the API server has not filled in yet.
    let template = &set.spec.template;
    let factory = PodFactory::new(&set, &Placement::new(template), "HASH");
    let node = input["nodeName"].as_str().unwrap_or_default();
    let mut pod = Object::from(factory.make(node)).to_json();
    for owner in pod["metadata"]["ownerReferences"].as_array_mut().into_iter().flatten() {
        owner["uid"] = "uid-1".into();
    }
    let shown: Map<String, Value> = SHOWN
        .iter()
        .filter_map(|field| Some(((*field).to_owned(), pod["spec"].get(*field)?.clone())))
        .collect();
    same("metadata", &pod["metadata"], &expect["metadata"])?;
    same("spec", &Value::Object(shown), &expect["spec"])
}
