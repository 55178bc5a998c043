//! The discovery group: EndpointSlice. Upstream: `api/discovery/v1/types.go`.

use super::{ObjectMeta, ObjectReference};
use ecow::{EcoString, EcoVec};
use serde::{Deserialize, Deserializer};
use std::rc::Rc;

api! {
    /// Endpoints of a Service. All states of a slice that have an endpoint share it: it has a hundred, and one changes.
    EndpointSlice {
        /// Metadata.
        metadata: ObjectMeta,
        /// `IPv4`, `IPv6` or `FQDN`.
        address_type: EcoString,
        /// Who answers.
        #[serde(deserialize_with = "listed")]
        endpoints: EcoVec<Rc<Endpoint>>,
        /// At which ports all of them do.
        #[serde(deserialize_with = "listed")]
        ports: EcoVec<EndpointPort>,
    }

    /// One who answers.
    Endpoint {
        /// Its addresses; kube-proxy takes the first.
        addresses: EcoVec<EcoString>,
        /// Whether it answers.
        conditions: EndpointConditions,
        /// Its own name under the Service's.
        hostname: EcoString,
        /// What it is.
        target_ref: Option<ObjectReference>,
        /// The node it is on.
        node_name: EcoString,
        /// The zone it is in.
        zone: EcoString,
        /// From where it should get requests.
        hints: Option<EndpointHints>,
    }

    /// Whether an endpoint answers. What is not said counts as true, but for its end.
    EndpointConditions {
        /// May be sent requests.
        ready: Option<bool>,
        /// Answers.
        serving: Option<bool>,
        /// Is being deleted.
        terminating: Option<bool>,
    }

    /// From where an endpoint should get requests.
    EndpointHints {
        /// Zones.
        for_zones: Vec<ForName>,
        /// Nodes.
        for_nodes: Vec<ForName>,
    }

    /// The name of a zone or of a node.
    ForName {
        /// The name.
        name: EcoString,
    }

    /// A port of all endpoints of a slice.
    EndpointPort {
        /// That of the Service's port; may be empty.
        name: Option<EcoString>,
        /// `TCP`, `UDP` or `SCTP`.
        protocol: EcoString,
        /// None means each.
        port: Option<i32>,
    }
}

/// A list that is given back as `null` where it is empty: so the API server prints those of a slice.
fn listed<'de, T: Clone + Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<EcoVec<T>, D::Error> {
    Option::deserialize(from).map(Option::unwrap_or_default)
}

impl EndpointPort {
    /// Its name; empty if it has none.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// Its protocol; without one it is TCP's.
    pub fn protocol(&self) -> &str {
        if self.protocol.is_empty() { "TCP" } else { &self.protocol }
    }
}
