//! From where an endpoint's traffic should come. Upstream: `k8s.io/endpointslice/trafficdist`.

use crate::api::Service;
use crate::api::discovery::{Endpoint, EndpointHints, ForName};
use serde_json::Value;

/// What `spec.trafficDistribution` asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Near {
    Zone,
    Node,
}

/// What a Service asks for, if it does.
pub(super) fn wanted(service: &Service) -> Option<Near> {
    match service.spec.rest.get("trafficDistribution").and_then(Value::as_str)? {
        "PreferClose" | "PreferSameZone" => Some(Near::Zone),
        "PreferSameNode" => Some(Near::Node),
        _ => None,
    }
}

/// Gives a ready endpoint its hints.
pub(super) fn set(near: Near, endpoint: &mut Endpoint) {
    if endpoint.conditions.ready != Some(true) {
        return;
    }
    let mut hints = EndpointHints::default();
    let name = |name: &crate::api::EcoString| ForName { name: name.clone(), ..Default::default() };
    if !endpoint.zone.is_empty() {
        hints.for_zones.push(name(&endpoint.zone));
    }
    if near == Near::Node && !endpoint.node_name.is_empty() {
        hints.for_nodes.push(name(&endpoint.node_name));
    }
    endpoint.hints = (hints != EndpointHints::default()).then_some(hints);
}
