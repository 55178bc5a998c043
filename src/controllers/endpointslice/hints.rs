//! From where an endpoint's traffic should come. Upstream: `k8s.io/endpointslice/trafficdist`.

use crate::api::Service;
use serde_json::{Value, json};

/// Gives a ready endpoint the hints that `spec.trafficDistribution` asks for.
pub(super) fn set(service: &Service, endpoint: &mut Value) {
    let wanted = service.spec.rest.get("trafficDistribution").and_then(Value::as_str).unwrap_or_default();
    let is_close = ["PreferClose", "PreferSameZone", "PreferSameNode"].contains(&wanted);
    if !is_close || endpoint["conditions"]["ready"] != true {
        return;
    }
    let mut hints = json!({});
    if let Some(zone) = endpoint["zone"].as_str() {
        hints["forZones"] = json!([{ "name": zone }]);
    }
    if let Some(node) = endpoint["nodeName"].as_str().filter(|_| wanted == "PreferSameNode") {
        hints["forNodes"] = json!([{ "name": node }]);
    }
    if hints.as_object().is_some_and(|hints| !hints.is_empty()) {
        endpoint["hints"] = hints;
    }
}
