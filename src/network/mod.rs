//! How a request finds a pod: names, addresses and ports of Services, of nodes and of pods, as of the cluster as it is.
//!
//! | part | what it answers | upstream |
//! |---|---|---|
//! | [`dns`] | which addresses a name has | CoreDNS, plugin `kubernetes`; the resolver of libc |
//! | [`service`] | which endpoints a Service has | `pkg/proxy/endpointslicecache.go` |
//! | [`proxy`] | which of these a node may use, or whether it refuses or drops | `pkg/proxy/topology.go`, `pkg/proxy/iptables/proxier.go` |
//! | [`host`] | who answers at a node's address and port | the CNI plugin `portmap`, host networking |
//! | [`reach`] | the whole way of a request, hop by hop | |
//!
//! What is taken for granted: CoreDNS runs and has the address `10.96.0.10`, each node runs kube-proxy (mode iptables, the
//! default) which has seen all that is written, pods reach pods on every node, and the network plugin does hostPort. What
//! a container declares as its ports it listens on while it runs; one that declares none listens on any. Network policies,
//! addresses of IPv6, the health checks of load balancers (`healthCheckNodePort`) and the path back are not simulated. Nobody
//! gives a Service of `type: LoadBalancer` an address; one that its status has (of a dump, or patched) is answered as each
//! kube-proxy answers it, and how it gets to a node from outside is not simulated. Who is behind the Service `kubernetes`, and
//! behind `kube-dns`, which has a name and an address and no object, is not simulated either; that is said, and so is it of
//! names and addresses of the Internet.
//!
//! Invariants: pure functions of the world and the time; verdicts are data. Where upstream draws (one of several
//! endpoints), the draw comes from the world's seed and the number of the request, and the trace says of how many.

pub mod dns;
#[cfg(test)]
mod given;
pub mod host;
pub mod proxy;
pub mod reach;
pub mod service;

pub use dns::{Lookup, NameCode, Resolver};
pub use proxy::{CameFrom, Policy, Routing, Ruling, Standing, Topology, Way};
pub use reach::{Asked, Call, Caller, End, Hop, Journey, Loss, ask};
pub use service::{Behind, Endpoint, Left, Port};

/// The domain of the cluster's names.
pub const CLUSTER_DOMAIN: &str = "cluster.local";
