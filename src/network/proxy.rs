//! What kube-proxy on a node does with a request to a Service. Upstream: `CategorizeEndpoints` in `pkg/proxy/topology.go`,
//! `syncProxyRules` in `pkg/proxy/iptables/proxier.go`, `pkg/proxy/serviceport.go`.

use super::service::{self, Endpoint, Port};
use crate::api::{EcoString, Millis, Service};
use crate::cluster::{StableHash, World};
use core::net::Ipv4Addr;

/// By which address a request comes to a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The address in the cluster.
    ClusterIp,
    /// A port of the node, or an address outside of the cluster (`spec.externalIPs`).
    External,
    /// An address that a load balancer gave it (`status.loadBalancer`).
    Balancer,
}

impl Way {
    /// The field of a Service's spec that says which endpoints count.
    pub fn policy_field(self) -> &'static str {
        match self {
            Way::ClusterIp => "internalTrafficPolicy",
            Way::External | Way::Balancer => "externalTrafficPolicy",
        }
    }
}

/// From where a request comes, as the node sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameFrom {
    /// A pod: kube-proxy knows its address by `--cluster-cidr`.
    Pod,
    /// The node itself, or a pod in its network.
    Node,
    /// Anybody else.
    Elsewhere,
}

/// Which endpoints count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// All.
    Cluster,
    /// Those of the node.
    Local,
}

/// Whether hints narrow the choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topology {
    /// They do not.
    Any,
    /// To those meant for the node's zone.
    SameZone,
    /// To those meant for the node.
    SameNode,
}

/// What comes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It goes to one of the candidates.
    Forward,
    /// It is refused: nobody is behind the Service.
    Reject,
    /// It is dropped: somebody is, but not on this node.
    Drop,
}

/// Whether an endpoint may be taken, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// It may.
    Candidate,
    /// It is on another node.
    OtherNode,
    /// It is meant for other zones.
    OtherZone,
    /// It is meant for other nodes.
    OtherHint,
    /// It is being deleted, and there are others.
    Terminating,
    /// It is not ready.
    NotReady,
}

/// What kube-proxy decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routing {
    /// What comes of it.
    pub verdict: Ruling,
    /// Which endpoints count.
    pub policy: Policy,
    /// Whether the Service says `Local` and that does not hold for a request from inside the cluster.
    pub is_short_cut: bool,
    /// Whether hints narrow the choice.
    pub topology: Topology,
    /// Whether, for want of others, endpoints are taken that are being deleted.
    pub takes_terminating: bool,
    /// All endpoints.
    pub endpoints: Vec<(Endpoint, Standing)>,
}

impl Routing {
    /// The endpoints that may be taken.
    pub fn candidates(&self) -> impl Iterator<Item = &Endpoint> {
        self.endpoints.iter().filter(|(_, standing)| *standing == Standing::Candidate).map(|(one, _)| one)
    }
}

/// Decides on a node.
pub fn decide(
    world: &World,
    service: &Service,
    port: &Port,
    node: &str,
    way: Way,
    source: CameFrom,
) -> Routing {
    decide_among(world, service, service::endpoints(world, service, Some(port)), node, way, source)
}

/// Decides on a node among the endpoints of a port.
pub fn decide_among(
    world: &World,
    service: &Service,
    endpoints: Vec<Endpoint>,
    node: &str,
    way: Way,
    source: CameFrom,
) -> Routing {
    let zone = world.node(node).and_then(|node| node.zone());
    let says_local = service.text(way.policy_field()) == "Local";
    let is_short_cut = says_local && way != Way::ClusterIp && source != CameFrom::Elsewhere;
    let policy = if says_local && !is_short_cut { Policy::Local } else { Policy::Cluster };
    let is_local = |endpoint: &Endpoint| endpoint.node.as_deref() == Some(node);
    let is_last = |endpoint: &Endpoint| !endpoint.ready && endpoint.serving && endpoint.terminating;
    let topology = match policy {
        Policy::Cluster => topology(&endpoints, node, zone),
        Policy::Local => Topology::Any,
    };
    let in_reach = |endpoint: &Endpoint| policy == Policy::Cluster || is_local(endpoint);
    let takes_terminating = !endpoints.iter().any(|one| one.ready && in_reach(one));
    let stand = |endpoint: &Endpoint| {
        let counts = endpoint.ready || is_last(endpoint);
        match topology {
            _ if counts && !in_reach(endpoint) => Standing::OtherNode,
            _ if takes_terminating && is_last(endpoint) => Standing::Candidate,
            _ if endpoint.terminating && !endpoint.ready => Standing::Terminating,
            _ if !endpoint.ready => Standing::NotReady,
            Topology::SameNode if !has(&endpoint.for_nodes, node) => Standing::OtherHint,
            Topology::SameZone if !zone.is_some_and(|zone| has(&endpoint.for_zones, zone)) => {
                Standing::OtherZone
            }
            _ => Standing::Candidate,
        }
    };
    let endpoints: Vec<(Endpoint, Standing)> = endpoints
        .into_iter()
        .map(|endpoint| (stand(&endpoint), endpoint))
        .map(|(standing, one)| (one, standing))
        .collect();
    let some = |is: fn(&Endpoint) -> bool| endpoints.iter().any(|(endpoint, _)| is(endpoint));
    let verdict = if endpoints.iter().any(|(_, standing)| *standing == Standing::Candidate) {
        Ruling::Forward
    } else if some(|one| one.ready || one.serving && one.terminating) {
        Ruling::Drop
    } else {
        Ruling::Reject
    };
    let takes_terminating = takes_terminating && verdict == Ruling::Forward;
    Routing { verdict, policy, is_short_cut, topology, takes_terminating, endpoints }
}

fn has(names: &[EcoString], name: &str) -> bool {
    names.iter().any(|other| other == name)
}

/// Which hints hold (`topologyModeFromHints`): only if every ready endpoint has one of a kind, and one of them is meant
/// for here.
fn topology(endpoints: &[Endpoint], node: &str, zone: Option<&str>) -> Topology {
    let ready = || endpoints.iter().filter(|endpoint| endpoint.ready);
    let all = |hints: fn(&Endpoint) -> &[EcoString], here: Option<&str>| {
        ready().all(|endpoint| !hints(endpoint).is_empty())
            && here.is_some_and(|here| ready().any(|endpoint| has(hints(endpoint), here)))
    };
    if all(|endpoint| &endpoint.for_nodes, Some(node)) {
        Topology::SameNode
    } else if all(|endpoint| &endpoint.for_zones, zone) {
        Topology::SameZone
    } else {
        Topology::Any
    }
}

/// Whether a client may ask the load balancer's address: any may, unless `loadBalancerSourceRanges` lists some. Of a client
/// outside the address is not known, and so it may not.
pub fn admits(service: &Service, client: &str) -> bool {
    let ranges = service.spec.rest.get("loadBalancerSourceRanges").and_then(|all| all.as_array());
    let ranges = || ranges.into_iter().flatten().filter_map(|range| range_of(range.as_str()?.trim()));
    let client = client.parse::<Ipv4Addr>().map(u32::from).ok();
    let is_in = |(network, mask): (u32, u32)| client.is_some_and(|client| client & mask == network & mask);
    ranges().next().is_none() || ranges().any(|(network, mask)| mask == 0 || is_in((network, mask)))
}

/// The network and the mask of a range of addresses of IPv4.
fn range_of(range: &str) -> Option<(u32, u32)> {
    let (network, length) = range.split_once('/')?;
    let network: Ipv4Addr = network.parse().ok()?;
    let host = 32_u32.checked_sub(length.parse().ok()?)?;
    Some((network.into(), u32::MAX.checked_shl(host).unwrap_or(0)))
}

/// Takes one of the candidates, which upstream does by chance: but the one that the client keeps, if it is one of them.
pub fn pick<'d>(
    world: &World,
    service: &Service,
    decision: &'d Routing,
    client: &str,
    draw: u64,
    kept: Option<&EcoString>,
) -> Option<&'d Endpoint> {
    if let Some(kept) = decision.candidates().find(|endpoint| Some(&endpoint.address) == kept) {
        return Some(kept);
    }
    let metadata = &service.metadata;
    let hash = StableHash::default().text("request").number(world.seed());
    let hash = hash.text(&metadata.namespace).text(&metadata.name).text(client);
    let count = decision.candidates().count().max(1) as u64;
    let nth = usize::try_from(hash.number(draw).finish() % count).unwrap_or_default();
    decision.candidates().nth(nth)
}

/// How long after its last request a client keeps its endpoint (`sessionAffinity: ClientIP`); none = it keeps none.
pub fn keeps_for(service: &Service) -> Option<Millis> {
    let is_kept = service.text("sessionAffinity") == "ClientIP";
    let timeout = service.spec.rest.get("sessionAffinityConfig");
    let timeout = timeout.and_then(|config| config.pointer("/clientIP/timeoutSeconds")?.as_i64());
    is_kept.then(|| Millis::seconds(timeout.unwrap_or(KEPT_SECONDS)))
}

/// `DefaultClientIPServiceAffinitySeconds`.
const KEPT_SECONDS: i64 = 10_800;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Object;
    use crate::network::given::{cluster, pod, service as given_service, slice};
    use serde_json::{Value, json};
    use std::rc::Rc;

    /// Pods `a1` on node a, `b1` on b, `c1` on c, with what is true of them as the slice says it.
    fn world(spec: Value, pods: &[(&str, &str)]) -> (World, Rc<Service>, Port) {
        let mut world = cluster();
        for (name, _) in pods {
            pod(&mut world, name, &name[..1], 10, json!({}), true);
        }
        let Object::Service(service) = given_service(&mut world, spec) else { unreachable!() };
        slice(&mut world, pods);
        let port = service::ports(&service).remove(0);
        (world, service, port)
    }

    fn decided(
        spec: &Value,
        pods: &[(&str, &str)],
        node: &str,
        way: Way,
        source: CameFrom,
    ) -> (Ruling, String) {
        let (world, service, port) = world(spec.clone(), pods);
        let decision = decide(&world, &service, &port, node, way, source);
        let names: Vec<&str> =
            decision.candidates().filter_map(|one| Some(one.pod.as_ref()?.1.as_str())).collect();
        (decision.verdict, names.join(" "))
    }

    /// `pkg/proxy/topology.go` (`CategorizeEndpoints`) and the filter rules of `pkg/proxy/iptables/proxier.go`.
    #[test]
    fn what_comes_of_a_request_hangs_on_policy_and_endpoints() {
        use Ruling::{Drop, Forward, Reject};
        let internal = json!({ "internalTrafficPolicy": "Local" });
        let external = json!({ "type": "NodePort", "externalTrafficPolicy": "Local" });
        let plain = json!({});
        let (pod, out) = ((Way::ClusterIp, CameFrom::Pod), (Way::External, CameFrom::Elsewhere));
        for (spec, pods, node, (way, source), expected) in [
            (&plain, &[("a1", "rs"), ("b1", "rs")][..], "a", pod, (Forward, "a1 b1")),
            (&plain, &[("a1", "rs"), ("b1", "")], "c", pod, (Forward, "a1")),
            (&plain, &[("a1", "rs"), ("b1", "st")], "b", pod, (Forward, "a1")),
            (&plain, &[("a1", ""), ("b1", "st")], "a", pod, (Forward, "b1")),
            (&plain, &[("a1", "t"), ("b1", "")], "a", pod, (Reject, "")),
            (&plain, &[], "a", pod, (Reject, "")),
            // What is published though it is not ready counts as ready.
            (&plain, &[("a1", "r"), ("b1", "rst")], "c", pod, (Forward, "a1 b1")),
            (&internal, &[("a1", "rs"), ("b1", "rs")], "a", pod, (Forward, "a1")),
            (&internal, &[("a1", "rs"), ("b1", "rs")], "c", pod, (Drop, "")),
            (&internal, &[("a1", "rs"), ("c1", "")], "c", pod, (Drop, "")),
            (&internal, &[("a1", "rs"), ("c1", "st")], "c", pod, (Forward, "c1")),
            (&internal, &[("a1", "st"), ("b1", "")], "c", pod, (Drop, "")),
            (&internal, &[("a1", ""), ("c1", "t")], "c", pod, (Reject, "")),
            // The policy for the inside is none for the outside.
            (
                &json!({ "type": "NodePort", "internalTrafficPolicy": "Local" }),
                &[("a1", "rs")],
                "c",
                out,
                (Forward, "a1"),
            ),
            (&external, &[("a1", "rs"), ("b1", "rs")], "b", out, (Forward, "b1")),
            (&external, &[("a1", "rs")], "c", out, (Drop, "")),
            (&external, &[("a1", "")], "c", out, (Reject, "")),
            (&external, &[("a1", "rs"), ("c1", "st")], "c", out, (Forward, "c1")),
            // A request from inside the cluster is not held to the policy for the outside.
            (&external, &[("a1", "rs")], "c", (Way::External, CameFrom::Pod), (Forward, "a1")),
            (&external, &[("a1", "rs")], "c", (Way::External, CameFrom::Node), (Forward, "a1")),
            (&external, &[("a1", "rs")], "c", pod, (Forward, "a1")),
        ] {
            let (verdict, names) = decided(spec, pods, node, way, source);
            assert_eq!(
                (verdict, names.as_str()),
                expected,
                "{spec} {pods:?} on {node}, {way:?} from {source:?}"
            );
        }
    }

    /// What is on the node × what is elsewhere × the policy: `CategorizeEndpoints` in `pkg/proxy/topology.go` for who may be
    /// taken, `internalTrafficFilterTarget` and `externalTrafficFilterTarget` in `pkg/proxy/iptables/proxier.go` for what comes
    /// of it where nobody may.
    #[test]
    fn each_policy_takes_who_is_ready_then_who_is_ending_and_else_refuses_or_drops() {
        // `rs` is ready, `st` is being deleted and answers, `t` is being deleted and does not, `` is not ready, `-` is
        // not there. In the columns: Cluster, Local. `a1` is on the node.
        let table = [
            ("rs", "rs", "a1 b1", "a1"),
            ("rs", "st", "a1", "a1"),
            ("rs", "", "a1", "a1"),
            ("rs", "-", "a1", "a1"),
            ("st", "rs", "b1", "a1"),
            ("st", "st", "a1 b1", "a1"),
            ("st", "", "a1", "a1"),
            ("st", "t", "a1", "a1"),
            ("st", "-", "a1", "a1"),
            ("", "rs", "b1", "Drop"),
            ("", "st", "b1", "Drop"),
            ("", "t", "Reject", "Reject"),
            ("", "", "Reject", "Reject"),
            ("", "-", "Reject", "Reject"),
            ("t", "rs", "b1", "Drop"),
            ("t", "-", "Reject", "Reject"),
            ("-", "rs", "b1", "Drop"),
            ("-", "st", "b1", "Drop"),
            ("-", "t", "Reject", "Reject"),
            ("-", "", "Reject", "Reject"),
            ("-", "-", "Reject", "Reject"),
        ];
        for (own, other, cluster, local) in table {
            let pods: Vec<_> =
                [("a1", own), ("b1", other)].into_iter().filter(|(_, is)| *is != "-").collect();
            for (field, (way, source)) in [
                ("internalTrafficPolicy", (Way::ClusterIp, CameFrom::Pod)),
                ("externalTrafficPolicy", (Way::External, CameFrom::Elsewhere)),
            ] {
                for (policy, expected) in [("Cluster", cluster), ("Local", local)] {
                    let spec = json!({ "type": "NodePort", field: policy });
                    let (verdict, names) = decided(&spec, &pods, "a", way, source);
                    let found = if names.is_empty() { format!("{verdict:?}") } else { names };
                    assert_eq!(found, expected, "{field}: {policy}, here {own:?}, elsewhere {other:?}");
                }
            }
        }
    }

    /// `topologyModeFromHints` in `pkg/proxy/topology.go`.
    #[test]
    fn hints_narrow_the_choice_if_every_ready_endpoint_has_one_and_one_is_meant_for_here() {
        for (pods, node, topology, names) in [
            (&[("a1", "rsz"), ("b1", "rsz"), ("c1", "rsz")][..], "a", Topology::SameZone, "a1 b1"),
            (&[("a1", "rsz"), ("b1", "rsz"), ("c1", "rsz")], "c", Topology::SameZone, "c1"),
            (&[("a1", "rsz"), ("b1", "rsz")], "c", Topology::Any, "a1 b1"),
            (&[("a1", "rsz"), ("b1", "rs"), ("c1", "rsz")], "c", Topology::Any, "a1 b1 c1"),
            // Hints of endpoints that are not ready do not count.
            (&[("a1", "rsz"), ("b1", "s"), ("c1", "rsz")], "c", Topology::SameZone, "c1"),
            (&[("a1", "rszn"), ("b1", "rszn"), ("c1", "rszn")], "b", Topology::SameNode, "b1"),
            (&[("a1", "rszn"), ("c1", "rszn")], "b", Topology::SameZone, "a1"),
            (&[("a1", "rsz"), ("b1", "rszn")], "b", Topology::SameZone, "a1 b1"),
            (&[("a1", "stz")], "c", Topology::Any, "a1"),
        ] {
            let (world, service, port) = world(json!({}), pods);
            let decision = decide(&world, &service, &port, node, Way::ClusterIp, CameFrom::Pod);
            let found: Vec<&str> =
                decision.candidates().filter_map(|one| Some(one.pod.as_ref()?.1.as_str())).collect();
            assert_eq!(
                (decision.topology, found.join(" ").as_str()),
                (topology, names),
                "{pods:?} on {node}"
            );
        }
    }

    #[test]
    fn every_candidate_is_taken_in_the_long_run_and_a_client_keeps_its_own_as_long_as_it_may_be_taken() {
        let pods = [("a1", "rs"), ("b1", "rs"), ("c1", "rs")];
        let (world, service, port) = world(json!({}), &pods);
        let decision = decide(&world, &service, &port, "a", Way::ClusterIp, CameFrom::Pod);
        let first = decision.endpoints[0].0.address.clone();
        for (kept, count) in [(None, 3), (Some(first), 1), (Some("10.244.9.9".into()), 3)] {
            let taken: std::collections::BTreeSet<_> = (0..60)
                .filter_map(|draw| pick(&world, &service, &decision, "10.244.2.9", draw, kept.as_ref()))
                .map(|endpoint| endpoint.address.clone())
                .collect();
            assert_eq!(taken.len(), count, "{kept:?}");
        }
    }

    /// The firewall chain of `syncProxyRules` in `pkg/proxy/iptables/proxier.go`, `newBaseServiceInfo` in
    /// `pkg/proxy/serviceport.go`.
    #[test]
    fn a_load_balancers_address_admits_whom_the_ranges_name() {
        for (ranges, client, expected) in [
            (json!(null), "10.244.2.9", true),
            (json!(null), "", true),
            (json!([]), "10.244.2.9", true),
            (json!(["10.244.0.0/16"]), "10.244.2.9", true),
            (json!([" 10.244.2.9/32 "]), "10.244.2.9", true),
            (json!(["10.244.2.8/32", "192.168.0.0/16"]), "10.244.2.9", false),
            (json!(["10.244.0.0/16"]), "", false),
            // All of them is as good as none.
            (json!(["10.0.0.0/8", "0.0.0.0/0"]), "", true),
            // Those of another family are not asked.
            (json!(["fd00::/8"]), "10.244.2.9", true),
        ] {
            let spec = json!({ "type": "LoadBalancer", "loadBalancerSourceRanges": ranges });
            let mut service = Service::default();
            spec.as_object()
                .into_iter()
                .flatten()
                .for_each(|(name, value)| service.spec.rest.set(name, value.clone()));
            assert_eq!(admits(&service, client), expected, "{ranges} {client:?}");
        }
    }

    #[test]
    fn an_endpoint_is_kept_for_as_long_as_the_service_says() {
        for (spec, expected) in [
            (json!({}), None),
            (json!({ "sessionAffinity": "ClientIP" }), Some(10_800)),
            (
                json!({ "sessionAffinity": "ClientIP", "sessionAffinityConfig": { "clientIP": { "timeoutSeconds": 60 } } }),
                Some(60),
            ),
        ] {
            let (_, service, _) = world(spec, &[]);
            assert_eq!(keeps_for(&service), expected.map(Millis::seconds));
        }
    }
}
