//! The way of a request in words: who asks, what each part answers and why, who was left out.

use super::piece::{Piece, sentence};
use super::span::span;
use crate::api::{ContainerPort, DEFAULT_NAMESPACE, EcoString, Object, ObjectKey, Pod, sort};
use crate::cluster::{PodName, World};
use crate::network::service::{behind, is_headless, ports};
use crate::network::{
    Behind, Call, Caller, End, Hop, Journey, Left, Lookup, Loss, NameCode, Policy, Resolver, Routing,
    Standing, Topology, Way,
};
use std::collections::BTreeMap;

/// One part of the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Who.
    pub who: String,
    /// What happens there.
    pub what: Vec<Piece>,
    /// The grounds.
    pub why: Vec<Piece>,
    /// Whether the request is lost here.
    pub is_lost: bool,
}

/// A pod or an address that a request did not go to, or could have gone to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The pod, or the address where there is none.
    pub name: EcoString,
    /// The pod.
    pub pod: Option<PodName>,
    /// The node.
    pub node: Option<EcoString>,
    /// Why.
    pub why: &'static str,
    /// Whether another request could go there.
    pub is_candidate: bool,
}

/// How a request ended, in a word: `connected`, `refused`, `timed out`, `no address`.
pub fn outcome(end: &End) -> &'static str {
    match end {
        End::Answered(..) => "connected",
        End::Refused(_) => "refused",
        End::TimedOut(Loss::NoLocalEndpoints(..)) => "dropped",
        End::TimedOut(_) => "timed out",
        End::Unresolved(_) => "no address",
        End::Unknown(_) => "not simulated",
    }
}

/// How a request ended, in a sentence.
pub fn verdict(world: &World, trace: &Journey) -> Vec<Piece> {
    let lost = |loss: &Loss, start: &str| {
        let mut told = sentence(start, &[]);
        told.extend(loss_told(world, loss).1);
        told
    };
    match &trace.end {
        End::Answered(pod, node) => {
            let picked = trace.hops.iter().rev().find_map(|hop| match hop {
                Hop::Picked(_, count, keeps) => Some((*count, *keeps)),
                Hop::Address(_, count) => Some((*count, None)),
                _ => None,
            });
            let mut told = sentence("*Answered* by `{}`", &[&pod.1]);
            if let Some(node) = node {
                told.extend(sentence(" on {}", &[node]));
            }
            told.extend(match picked {
                Some((1, _)) => sentence(": the only one that could be taken.", &[]),
                Some((count, Some(timeout))) => sentence(
                    ": one of {}, which this client keeps for {} after its last request.",
                    &[&count.to_string(), &span(timeout)],
                ),
                Some((count, None)) => sentence(": one of {}, taken by chance.", &[&count.to_string()]),
                None => sentence(".", &[]),
            });
            told
        }
        End::Refused(loss) => lost(loss, "*Refused* at once: "),
        End::TimedOut(loss @ Loss::NoLocalEndpoints(..)) => lost(loss, "*Dropped*: "),
        End::TimedOut(loss) => lost(loss, "*No answer* comes: "),
        End::Unresolved(loss) => lost(loss, "*No address*: "),
        End::Unknown(loss) => lost(loss, "*Not simulated*: "),
    }
}

/// The hops in words.
pub fn legs(world: &World, call: &Call, trace: &Journey) -> Vec<Leg> {
    trace.hops.iter().map(|hop| leg(world, call, hop)).collect()
}

fn leg(world: &World, call: &Call, hop: &Hop) -> Leg {
    let plain =
        |who: &str, what: Vec<Piece>, why: Vec<Piece>| Leg { who: who.to_owned(), what, why, is_lost: false };
    match hop {
        Hop::Caller(client, node, address) => {
            let (who, why) = match client {
                Caller::Pod(pod) => (
                    pod.1.as_str(),
                    node.as_ref()
                        .map_or_else(Vec::new, |node| sentence("a pod on {}, address {}", &[node, address])),
                ),
                Caller::Node(node) => {
                    (node.as_str(), sentence("a program on the node itself, address {}", &[address]))
                }
                Caller::Outside => (
                    "outside",
                    sentence("it reaches the nodes, and no address that is only in the cluster", &[]),
                ),
            };
            plain(who, sentence("asks for `{}`, port {}", &[&call.host, &call.port.to_string()]), why)
        }
        Hop::Name(lookup) => name_leg(world, lookup),
        Hop::Address(address, count) => plain(
            "The client",
            sentence("takes {}", &[address]),
            sentence(
                "CoreDNS gives the {} addresses in another order each time, and clients take the first",
                &[&count.to_string()],
            ),
        ),
        Hop::Proxy { node, service, port, way, decision } => {
            let what = match way {
                Way::ClusterIp => sentence(
                    "{}:{} is the Service `{}`: the packet gets an endpoint’s address",
                    &[&address_of(world, service), &port.number.to_string(), &service.name],
                ),
                Way::External if port.node_port != 0 => sentence(
                    "port {} of every node is the Service `{}`",
                    &[&port.node_port.to_string(), &service.name],
                ),
                Way::External => sentence("it is an address of the Service `{}`", &[&service.name]),
                Way::Balancer => {
                    sentence("it is the load balancer’s address of the Service `{}`", &[&service.name])
                }
            };
            plain(&format!("kube-proxy on {node}"), what, policy(decision, *way))
        }
        Hop::Picked(endpoint, count, keeps) => {
            let name = endpoint.pod.as_ref().map_or(&endpoint.address, |pod| &pod.1);
            let port = endpoint.port.map(|port| format!(":{port}")).unwrap_or_default();
            let what = sentence("`{}`, {}{}", &[name, &endpoint.address, &port]);
            let why = match (count, keeps) {
                (1, _) => sentence("there is no other", &[]),
                (_, Some(timeout)) => sentence(
                    "`sessionAffinity: ClientIP`: this client gets it again if it asks within {}",
                    &[&span(*timeout)],
                ),
                (count, None) => {
                    sentence("picked at random: each of {} has the same chance", &[&count.to_string()])
                }
            };
            plain("Endpoint", what, why)
        }
        Hop::Across(from, to) => {
            let zone = |node: &EcoString| world.node(node).and_then(|node| node.zone());
            let what = match from {
                Some(from) => sentence("from {} to {}", &[from, to]),
                None => sentence("from outside to {}", &[to]),
            };
            let why = match from.as_ref().map(|from| (zone(from), zone(to))) {
                Some((Some(from), Some(to))) if from != to => {
                    sentence("it leaves the zone: {} to {}", &[from, to])
                }
                Some((Some(zone), Some(_))) => sentence("it stays in zone {}", &[zone]),
                _ => Vec::new(),
            };
            plain("Network", what, why)
        }
        Hop::Held(node, pod, port, own, is_host) => {
            let port = port.to_string();
            if *is_host {
                plain(
                    node,
                    sentence("`{}` listens on port {} of the node", &[&pod.1, &port]),
                    sentence("`hostNetwork: true`: its ports are the node’s", &[]),
                )
            } else {
                let own = own.to_string();
                plain(
                    node,
                    sentence("port {} goes to `{}`, port {}", &[&port, &pod.1, &own]),
                    sentence("`hostPort: {}`; the network plugin has to support it", &[&port]),
                )
            }
        }
        Hop::Pod(pod, port, is_declared) => {
            let why = match is_declared {
                true => sentence("`containerPort: {}`", &[&port.to_string()]),
                false => sentence("it declares no port, which forbids none: it is taken to listen", &[]),
            };
            plain(&pod.1, sentence("answers on port {}", &[&port.to_string()]), why)
        }
        Hop::Lost(loss) => {
            let (who, what, why) = loss_parts(world, loss);
            Leg { who, what, why, is_lost: true }
        }
    }
}

/// What came of looking a name up.
fn name_leg(world: &World, lookup: &Lookup) -> Leg {
    let who = if lookup.resolver == Resolver::Node { "The node’s DNS" } else { "CoreDNS" };
    let tried = lookup.tried.len();
    let full = lookup.tried.last().map_or(&lookup.name, |(name, _)| name);
    let what = match (lookup.reply.code, lookup.reply.found.as_slice()) {
        (NameCode::Found, [one]) => sentence("`{}` is {}", &[full, &one.address]),
        (NameCode::Found, all) => sentence("`{}` has {} addresses", &[full, &all.len().to_string()]),
        (NameCode::Empty, _) => sentence("`{}` is there and has no address", &[full]),
        (NameCode::Outside, _) => {
            let name = lookup.reply.alias.as_ref().unwrap_or(&lookup.name);
            sentence("`{}` is no name of the cluster: a server outside is asked", &[name])
        }
        _ => sentence("knows no `{}`", &[&lookup.name]),
    };
    let why = match &lookup.resolver {
        _ if lookup.reply.code == NameCode::Outside => Vec::new(),
        Resolver::Node => sentence(
            "only pods with `dnsPolicy: ClusterFirst` ask CoreDNS, and with `hostNetwork` only those with `ClusterFirstWithHostNet`",
            &[],
        ),
        _ if lookup.reply.found.len() > 1 => {
            sentence("headless: the name leads to the pods themselves; DNS knows nothing of policies", &[])
        }
        _ if tried > 1 && lookup.tried[0].0 == lookup.name.trim_end_matches('.') => {
            let text = "the {} name that was tried: with so many dots the name as it stands comes first, then the search list";
            sentence(text, &[&nth(tried)])
        }
        Resolver::Cluster(_, dots) if tried > 1 && lookup.reply.code == NameCode::Found => {
            let text = "the {} name that was tried: `ndots:{}` tries the search list first";
            sentence(text, &[&nth(tried), &dots.to_string()])
        }
        _ if tried > 1 => sentence("{} names were tried along the search list", &[&tried.to_string()]),
        _ => match lookup.reply.service.as_ref().and_then(|key| world.get(key)) {
            Some(Object::Service(service)) if is_headless(&service) => sentence(
                "headless: the name leads to the pods themselves; DNS knows nothing of policies",
                &[],
            ),
            Some(_) => sentence("the Service’s own address; DNS knows nothing of pods or policies", &[]),
            None => Vec::new(),
        },
    };
    Leg { who: who.to_owned(), what, why, is_lost: false }
}

fn nth(number: usize) -> String {
    match number {
        2 => "2nd".into(),
        3 => "3rd".into(),
        number => format!("{number}th"),
    }
}

fn address_of(world: &World, key: &ObjectKey) -> String {
    match world.get(key) {
        Some(Object::Service(service)) => service.text("clusterIP").to_owned(),
        _ => String::new(),
    }
}

/// Which endpoints count, and why.
fn policy(decision: &Routing, way: Way) -> Vec<Piece> {
    let field = way.policy_field();
    if decision.is_short_cut {
        return sentence(
            "`{}: Local` is not for requests of this node and of its own pods: all endpoints count",
            &[field],
        );
    }
    let mut told = match (decision.policy, decision.topology) {
        (Policy::Local, _) => sentence("`{}: Local`: only endpoints on this node count", &[field]),
        (_, Topology::SameNode) => sentence("hints: endpoints meant for this node count", &[]),
        (_, Topology::SameZone) => sentence("hints: endpoints meant for this zone count", &[]),
        (_, Topology::Any) => sentence("`{}: Cluster`: endpoints on every node count", &[field]),
    };
    if decision.takes_terminating {
        told.extend(sentence("; none is ready, so those that are being deleted and answer still", &[]));
    }
    told
}

/// Where it is lost, and why.
fn loss_told(world: &World, loss: &Loss) -> (String, Vec<Piece>) {
    let (who, what, _) = loss_parts(world, loss);
    let mut what = what;
    what.push(Piece::Text(".".into()));
    (who, what)
}

/// The protocol under which a port is there where nothing answers to TCP.
fn other_protocol(world: &World, loss: &Loss) -> Option<EcoString> {
    let is_other = |protocol: &EcoString| !["", "TCP"].contains(&protocol.as_str());
    let of_pod = |pod: &Pod, asked: u16, number: fn(&ContainerPort) -> i32| {
        let mut ports = pod.open_ports().filter(|port| number(port) == i32::from(asked));
        ports.find(|port| is_other(&port.protocol)).map(|port| port.protocol.clone())
    };
    match loss {
        Loss::NoSuchPort(key, asked) => {
            let Object::Service(service) = world.get(key)? else { return None };
            let all = ports(&service).into_iter().filter(|port| port.number == *asked);
            all.map(|port| port.protocol).find(is_other)
        }
        Loss::NodeDoesNotListen(node, asked) => {
            let all = world.services().flat_map(|service| ports(service));
            let all = all.filter(|port| port.node_port == *asked);
            all.map(|port| port.protocol).find(is_other).or_else(|| {
                let mut pods = world.pods_on(node).filter(|pod| !pod.is_finished());
                pods.find_map(|pod| match pod.spec.host_network {
                    true => of_pod(pod, *asked, |port| port.container_port),
                    false => of_pod(pod, *asked, |port| port.host_port),
                })
            })
        }
        Loss::PodDoesNotListen(pod, asked) => {
            of_pod(world.pod_named(pod)?, *asked, |port| port.container_port)
        }
        _ => None,
    }
}

/// Of what is lost at a port that is there under another protocol, whose port that is.
fn of_other_protocol(loss: &Loss, protocol: &str) -> Option<(String, Vec<Piece>, Vec<Piece>)> {
    let (who, whose, port) = match loss {
        Loss::NoSuchPort(service, port) => {
            ("No such port", format!("of the Service `{}`", service.name), port)
        }
        Loss::NodeDoesNotListen(node, port) => ("Refused", format!("of {node}"), port),
        Loss::PodDoesNotListen(pod, port) => ("Refused", format!("of `{}`", pod.1), port),
        _ => return None,
    };
    let what = sentence(&format!("port {{}} {whose} is for {{}} only"), &[&port.to_string(), protocol]);
    Some((who.to_owned(), what, sentence("this request is TCP", &[])))
}

fn loss_parts(world: &World, loss: &Loss) -> (String, Vec<Piece>, Vec<Piece>) {
    if let Some(told) = other_protocol(world, loss).and_then(|protocol| of_other_protocol(loss, &protocol)) {
        return told;
    }
    let none = Vec::new;
    let (who, what, why): (&str, _, _) = match loss {
        Loss::NoClient => ("Nobody asks", sentence("the client does not run", &[]), none()),
        Loss::NoSuchName(name) => (
            "No such name",
            sentence("there is no Service `{}` to be found from here", &[name]),
            sentence("a short name is looked up in the client’s namespace", &[]),
        ),
        Loss::NoReadyName(service, name) => (
            "No such name",
            sentence("no ready pod of the Service `{}` has the name `{}`", &[&service.name, name]),
            sentence(
                "the Service is there; its name leads to ready pods only, and without one there is no such name",
                &[],
            ),
        ),
        Loss::NoAddress(name) => {
            ("No address", sentence("`{}` has no address of this kind", &[name]), none())
        }
        Loss::NoClusterDns(name) => (
            "Asked the wrong server",
            sentence("the client’s DNS does not know the cluster’s name `{}`", &[name]),
            none(),
        ),
        Loss::OutOfCluster(host) => (
            "Out of the cluster",
            sentence("`{}` is outside of the cluster", &[host]),
            sentence("what answers there, nobody here can know", &[]),
        ),
        Loss::ControlPlane(service) => (
            "In every cluster",
            sentence("`{}` in {} is a part of the cluster itself", &[&service.name, &service.namespace]),
            sentence(
                "a real cluster answers here; its API server and its DNS have no pods on this page",
                &[],
            ),
        ),
        Loss::NotRouted(service, address) => (
            "No route",
            sentence("nothing outside leads {} to a node", &[address]),
            sentence(
                "`externalIPs` of `{}` make each kube-proxy take what arrives; that it arrives, the network around the cluster has to see to",
                &[&service.name],
            ),
        ),
        Loss::Balanced(service, address) => (
            "Load balancer",
            sentence("{} is the load balancer of the Service `{}`", &[address, &service.name]),
            sentence(
                "to which node it sends a request, nobody here can know: ask a node’s port instead",
                &[],
            ),
        ),
        Loss::NotAdmitted(service, address) => (
            "Not admitted",
            sentence("`loadBalancerSourceRanges` of `{}` leave the client out", &[&service.name]),
            match address.as_str() {
                "" => sentence("the address of a client outside is not known here", &[]),
                address => {
                    sentence("{} is in none of the ranges, and kube-proxy drops the packet", &[address])
                }
            },
        ),
        Loss::NoRoute(address) => (
            "No route",
            sentence("nothing outside leads to {}", &[address]),
            sentence(
                "addresses of pods and Services are only in the cluster; a node’s port, a hostPort or a load balancer can be reached from outside",
                &[],
            ),
        ),
        Loss::NobodyHas(address) => {
            ("Nobody there", sentence("no pod, node or Service has the address {}", &[address]), none())
        }
        Loss::NoSuchPort(service, port) => (
            "No such port",
            sentence("the Service `{}` has no port {}", &[&service.name, &port.to_string()]),
            sentence("kube-proxy has a rule for the Service’s ports only", &[]),
        ),
        Loss::NoEndpoints(service) => (
            "Refused",
            sentence("the Service `{}` has no endpoint that could answer", &[&service.name]),
            sentence("kube-proxy: “has no endpoints”, REJECT", &[]),
        ),
        Loss::NoLocalEndpoints(service, node) => (
            "Dropped",
            sentence("no endpoint of `{}` on {}, and the policy is `Local`", &[&service.name, node]),
            sentence(
                "kube-proxy: “has no local endpoints”, DROP. A Service with no endpoint at all would refuse at once",
                &[],
            ),
        ),
        Loss::NodeDoesNotListen(node, port) => (
            "Refused",
            sentence("nothing listens on port {} of {}", &[&port.to_string(), node]),
            sentence(
                "a node’s port answers with a pod’s `hostPort`, a pod with `hostNetwork`, or a Service’s `nodePort`",
                &[],
            ),
        ),
        Loss::PodDoesNotListen(pod, port) => (
            "Refused",
            sentence("`{}` does not listen on port {}", &[&pod.1, &port.to_string()]),
            sentence("it listens on the ports that its containers declare", &[]),
        ),
        Loss::NotRunning(pod) => {
            ("Refused", sentence("the containers of `{}` do not run", &[&pod.1]), none())
        }
    };
    (who.to_owned(), what, why)
}

/// Why an endpoint is not taken, or that it could have been.
fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Candidate => "could have been taken",
        Standing::OtherNode => "on another node",
        Standing::OtherZone => "meant for another zone",
        Standing::OtherHint => "meant for another node",
        Standing::Terminating => "Terminating, and others are ready",
        Standing::NotReady => "not ready",
    }
}

/// Why a pod is not behind a Service.
pub fn left(left: Left) -> &'static str {
    match left {
        Left::No => "ready",
        Left::Published => "not ready, published all the same",
        Left::NoPort => "has no port that targetPort names, so no endpoint",
        Left::NotReady => "not ready",
        Left::Terminating => "Terminating, answers still",
        Left::TerminatingNotReady => "Terminating, not ready",
        Left::NoAddress => "Pending: no address yet, so no endpoint",
        Left::Unbound => "Pending: bound to no node, so no endpoint",
        Left::Finished => "ended, so no endpoint",
        Left::NodeGone => "its node is gone",
        Left::Unlisted => "not in a slice yet",
        Left::Label => "lacks a label of the Service’s selector",
    }
}

/// All that are behind the Service of a request, or would be, but the one that answered.
pub fn left_out(world: &World, trace: &Journey) -> Vec<LeftOut> {
    let Some(Object::Service(service)) = trace.service().and_then(|key| world.get(key)) else {
        return Vec::new();
    };
    let endpoints = trace.decision().into_iter().flat_map(|decision| &decision.endpoints);
    let standings: BTreeMap<&PodName, Standing> =
        sort::map(endpoints.filter_map(|(one, standing)| Some((one.pod.as_ref()?, *standing))));
    let answered = match &trace.end {
        End::Answered(pod, _) => Some(pod),
        _ => None,
    };
    let told = |Behind { pod, address, node, left: why }: Behind| {
        if pod.is_some() && pod.as_ref() == answered {
            return None;
        }
        let standing_of = pod.as_ref().and_then(|pod| standings.get(pod)).copied();
        let is_candidate = standing_of
            .map_or(why.is_taken() && trace.decision().is_none(), |one| one == Standing::Candidate);
        let why = match standing_of {
            Some(one) if why.is_taken() || one == Standing::Candidate => standing(one),
            _ if is_candidate => standing(Standing::Candidate),
            _ => left(why),
        };
        let name = pod.as_ref().map_or(address, |pod| pod.1.clone());
        Some(LeftOut { name, pod, node, why, is_candidate })
    };
    let mut all: Vec<LeftOut> = behind(world, &service).into_iter().filter_map(told).collect();
    sort::by_key(&mut all, |one| !one.is_candidate);
    all
}

/// The command that sends such a request.
pub fn command(from: &Caller, host: &str, port: u16) -> String {
    let url = format!("http://{host}:{port}/");
    match from {
        Caller::Pod((namespace, name)) if namespace == DEFAULT_NAMESPACE => {
            format!("kubectl exec {name} -- curl -sS {url}")
        }
        Caller::Pod((namespace, name)) => format!("kubectl exec -n {namespace} {name} -- curl -sS {url}"),
        Caller::Node(node) => format!("ssh {node} curl -sS {url}"),
        Caller::Outside => format!("curl -sS {url}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Time;
    use crate::explain::piece::plain;
    use crate::network::ask;
    use crate::network::given::{cluster, pod, service, slice};
    use serde_json::json;

    #[test]
    fn a_port_of_another_protocol_is_said_to_be_there() {
        let mut world = cluster();
        let udp =
            json!([{ "containerPort": 8125, "hostPort": 8125, "protocol": "UDP" }, { "containerPort": 80 }]);
        let spec = json!({ "containers": [{ "name": "c", "image": "c", "ports": udp }] });
        pod(&mut world, "a1", "a", 10, spec, true);
        pod(&mut world, "client-c", "c", 20, json!({}), true);
        service(
            &mut world,
            json!({ "clusterIP": "10.96.0.50", "ports": [{ "port": 8125, "protocol": "UDP" }] }),
        );
        slice(&mut world, "agent", &[("a1", "rs")]);
        for (host, port, expected) in [
            ("agent", 8125, "No answer comes: port 8125 of the Service agent is for UDP only."),
            ("agent", 8126, "No answer comes: the Service agent has no port 8126."),
            ("192.168.7.2", 8125, "Refused at once: port 8125 of a is for UDP only."),
            ("192.168.7.2", 8126, "Refused at once: nothing listens on port 8126 of a."),
            ("10.244.2.10", 8125, "Refused at once: port 8125 of a1 is for UDP only."),
        ] {
            let from = Caller::Pod(("default".into(), "client-c".into()));
            let call = Call { from, host: host.into(), port, protocol: "TCP".into() };
            let trace = ask(&world, Time::EPOCH, &call).trace(0);
            assert_eq!(plain(&verdict(&world, &trace)), expected, "{host}:{port}");
        }
    }
}
