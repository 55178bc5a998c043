//! What a Deployment asks for.

use super::HASH_LABEL;
use crate::api::{Kind, LabelSelector, ReplicaSet, Stored};
use crate::cluster::{StableHash, spelled};
use serde_json::{Value, json};

/// A Deployment's spec, as far as it counts here.
pub(super) struct Wanted {
    pub(super) replicas: i32,
    pub(super) is_recreate: bool,
    pub(super) max_surge: i32,
    pub(super) max_unavailable: i32,
    pub(super) min_ready_seconds: i32,
    pub(super) history: usize,
    pub(super) selects: LabelSelector,
    pub(super) selector: Value,
    pub(super) template: Value,
}

impl Wanted {
    /// Reads it; none where it has no template that its selector matches.
    pub(super) fn of(deployment: &Stored) -> Option<Self> {
        let spec = deployment.rest.get("spec")?;
        let number = |name: &str, otherwise: i64| spec[name].as_i64().unwrap_or(otherwise);
        let replicas = i32::try_from(number("replicas", 1)).unwrap_or(i32::MAX);
        let is_recreate = spec["strategy"]["type"] == "Recreate";
        let rolling = &spec["strategy"]["rollingUpdate"];
        let surge = share(&rolling["maxSurge"], replicas, true);
        let unavailable = share(&rolling["maxUnavailable"], replicas, false);
        // Rounding both to nothing would let nothing happen (`ResolveFenceposts`).
        let unavailable = if surge == 0 && unavailable == 0 { 1 } else { unavailable };
        let selects: LabelSelector = serde_json::from_value(spec["selector"].clone()).ok()?;
        let labels = spec["template"]["metadata"]["labels"].as_object().into_iter().flatten();
        let labels =
            labels.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()));
        // What makes sets that it does not select would make them for ever.
        let is_right = !selects.is_empty() && selects.matches(&labels.collect());
        is_right.then(|| Wanted {
            replicas,
            is_recreate,
            max_surge: if is_recreate { 0 } else { surge },
            max_unavailable: if is_recreate || replicas == 0 { 0 } else { unavailable.min(replicas) },
            min_ready_seconds: i32::try_from(number("minReadySeconds", 0)).unwrap_or(i32::MAX),
            history: usize::try_from(number("revisionHistoryLimit", 10)).unwrap_or(usize::MAX),
            selects,
            selector: spec["selector"].clone(),
            template: spec["template"].clone(),
        })
    }

    /// Whether a ReplicaSet is of this template (`EqualIgnoreHash`).
    pub(super) fn is_of_template(&self, set: &ReplicaSet) -> bool {
        let mut template = serde_json::to_value(&*set.spec.template).unwrap_or_default();
        if let Some(labels) = template["metadata"]["labels"].as_object_mut() {
            labels.remove(HASH_LABEL);
        }
        normal(template) == normal(self.template.clone())
    }

    /// The hash in the names of the template's ReplicaSet and pods. Upstream hashes a dump of the Go struct, so real
    /// clusters have other values of the same form.
    /// With the number of names that were taken already it is another one.
    pub(super) fn hash(&self, collisions: i64) -> String {
        let hash = StableHash::default().text("template").text(&normal(self.template.clone()).to_string());
        let hash = if collisions > 0 { hash.text(&collisions.to_string()) } else { hash };
        spelled(hash.finish() as u32)
    }
}

/// A template in the form in which a ReplicaSet gives it back.
fn normal(template: Value) -> Value {
    let kind = Kind::ReplicaSet;
    let mut set = json!({ "spec": { "template": template } });
    crate::api::defaults::apply_to_json(&kind, &mut set);
    let template = serde_json::from_value::<crate::api::PodTemplateSpec>(set["spec"]["template"].take());
    let mut template = serde_json::to_value(template.unwrap_or_default()).unwrap_or_default();
    if let Some(metadata) = template["metadata"].as_object_mut() {
        metadata.remove("creationTimestamp");
    }
    template
}

/// A number, or a share of all replicas.
fn share(value: &Value, replicas: i32, up: bool) -> i32 {
    let percent = value.as_str().and_then(|text| text.strip_suffix('%')?.parse::<i64>().ok());
    let number = match percent {
        Some(percent) => {
            let share = percent.saturating_mul(replicas.into());
            share / 100 + i64::from(up && share % 100 > 0)
        }
        None => value.as_i64().unwrap_or_default(),
    };
    i32::try_from(number).unwrap_or(i32::MAX)
}
