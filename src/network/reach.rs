//! The whole way of a request: from a client to an address or a name, hop by hop, to the pod that answers or to where it
//! is lost.

use super::dns::{self, Lookup, NameCode, Record, Resolver};
use super::host::{self, Holder};
use super::proxy::{self, CameFrom, Routing, Ruling};
use super::service::{self, Endpoint, Port, Way};
use crate::api::{EcoString, Millis, Node, Object, ObjectKey, Pod, Service, Time};
use crate::cluster::{Bond, PodName, StableHash, Traffic, World};
use core::net::Ipv4Addr;
use std::rc::Rc;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// A program in a pod.
    Pod(PodName),
    /// A program on a node.
    Node(EcoString),
    /// Somebody who reaches the nodes, but not what is only in the cluster.
    Outside,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Who asks.
    pub from: Caller,
    /// A name or an address.
    pub host: EcoString,
    /// The port.
    pub port: u16,
    /// `TCP`, `UDP` or `SCTP`.
    pub protocol: EcoString,
}

/// One part of the way.
#[derive(Clone, Debug, PartialEq)]
pub enum Hop {
    /// The client: where it is and its address, as far as it has them.
    Caller(Caller, Option<EcoString>, EcoString),
    /// A name was looked up.
    Name(Lookup),
    /// One of several addresses of a name is taken: which, of how many.
    Address(EcoString, usize),
    /// kube-proxy of a node knows the address: whose, which port of it, and what it decides.
    Proxy {
        /// The node.
        node: EcoString,
        /// The Service.
        service: ObjectKey,
        /// Its port.
        port: Port,
        /// By which address.
        way: Way,
        /// What it decides.
        decision: Rc<Routing>,
    },
    /// An endpoint is taken: of how many, and for how long this client keeps it.
    Picked(Endpoint, usize, Option<Millis>),
    /// From a node to another; none: from outside.
    Across(Option<EcoString>, EcoString),
    /// At the node's address a pod holds the port.
    Held(EcoString, PodName, u16, u16, bool),
    /// The pod answers on this port, and whether it declares it.
    Pod(PodName, u16, bool),
    /// Here it is lost.
    Lost(Loss),
}

/// Why a request is lost.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// The client does not run.
    NoClient,
    /// There is no such name.
    NoSuchName(EcoString),
    /// There is such a Service, and no pod that is ready has the name.
    NoReadyName(ObjectKey, EcoString),
    /// The name has no address.
    NoAddress(EcoString),
    /// The client's resolver does not know the cluster's names.
    NoClusterDns(EcoString),
    /// It is a name or an address outside of the cluster, which is not simulated.
    OutOfCluster(EcoString),
    /// It is a Service that every cluster has, the API server's or the DNS's, which are not simulated.
    ControlPlane(ObjectKey),
    /// From outside, nothing here leads to an address of a Service that no node has (`spec.externalIPs`).
    NotRouted(ObjectKey, EcoString),
    /// It is a load balancer's address; to which node that sends it is not simulated.
    Balanced(ObjectKey, EcoString),
    /// The client's address is in none of `spec.loadBalancerSourceRanges`.
    NotAdmitted(ObjectKey, EcoString),
    /// From outside nothing leads to addresses that are only in the cluster.
    NoRoute(EcoString),
    /// Nobody has the address.
    NobodyHas(EcoString),
    /// The Service has no such port.
    NoSuchPort(ObjectKey, u16),
    /// Nobody is behind the Service.
    NoEndpoints(ObjectKey),
    /// Nobody who is behind the Service is on this node.
    NoLocalEndpoints(ObjectKey, EcoString),
    /// Nothing listens on the port of the node.
    NodeDoesNotListen(EcoString, u16),
    /// Nothing listens on the port of the pod.
    PodDoesNotListen(PodName, u16),
    /// The pod's containers do not run.
    NotRunning(PodName),
}

/// How a request ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// A pod answers.
    Answered(PodName, Option<EcoString>),
    /// It is refused at once.
    Refused(Loss),
    /// No answer comes.
    TimedOut(Loss),
    /// The name leads nowhere.
    Unresolved(Loss),
    /// What is there is not simulated.
    Unknown(Loss),
}

impl Loss {
    /// What the client sees of it.
    pub fn end(&self) -> End {
        let loss = self.clone();
        match self {
            Loss::NoSuchName(_) | Loss::NoReadyName(..) | Loss::NoAddress(_) | Loss::NoClusterDns(_) => {
                End::Unresolved(loss)
            }
            Loss::OutOfCluster(_) | Loss::ControlPlane(_) | Loss::Balanced(..) => End::Unknown(loss),
            Loss::NoEndpoints(_)
            | Loss::NodeDoesNotListen(..)
            | Loss::PodDoesNotListen(..)
            | Loss::NotRunning(_) => End::Refused(loss),
            _ => End::TimedOut(loss),
        }
    }
}

/// The way of one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// Its parts.
    pub hops: Vec<Hop>,
    /// How it ends.
    pub end: End,
}

impl Journey {
    /// What kube-proxy decided, if it was asked.
    pub fn decision(&self) -> Option<&Rc<Routing>> {
        self.hops.iter().find_map(|hop| match hop {
            Hop::Proxy { decision, .. } => Some(decision),
            _ => None,
        })
    }

    /// The Service that it went to, if it went to one.
    pub fn service(&self) -> Option<&ObjectKey> {
        self.hops.iter().find_map(|hop| match hop {
            Hop::Proxy { service, .. } => Some(service),
            Hop::Name(lookup) => lookup.reply.service.as_ref(),
            Hop::Lost(
                Loss::NoSuchPort(service, _)
                | Loss::NoEndpoints(service)
                | Loss::NoLocalEndpoints(service, _)
                | Loss::Balanced(service, _)
                | Loss::NotAdmitted(service, _),
            ) => Some(service),
            _ => None,
        })
    }
}

/// A question with all of its answer that does not hang on a draw.
pub struct Asked<'w> {
    world: &'w World,
    now: Time,
    question: Call,
    node: Option<EcoString>,
    address: EcoString,
    hops: Vec<Hop>,
    choice: Choice,
}

enum Choice {
    Lost(Loss),
    /// The addresses of a name.
    Addresses(Vec<EcoString>),
    Service(Rc<Service>, EcoString, Rc<Routing>, EcoString),
    Held(Holder, EcoString),
    Pod(Rc<Pod>),
}

/// Asks at a time, which decides whether a client still keeps an endpoint.
pub fn ask<'w>(world: &'w World, now: Time, question: &Call) -> Asked<'w> {
    let (node, address, is_there) = match &question.from {
        Caller::Pod(name) => match world.pod_named(name) {
            Some(pod) => (pod.node().map(EcoString::from), pod.status.pod_ip.clone(), host::runs(pod)),
            None => (None, EcoString::new(), false),
        },
        Caller::Node(name) => match world.node(name) {
            Some(node) => (Some(name.clone()), node.internal_ip().unwrap_or_default().into(), true),
            None => (None, EcoString::new(), false),
        },
        Caller::Outside => (None, EcoString::new(), true),
    };
    let hops = vec![Hop::Caller(question.from.clone(), node.clone(), address.clone())];
    let choice = Choice::Lost(Loss::NoClient);
    let mut asked = Asked { world, now, question: question.clone(), node, address, hops, choice };
    if is_there {
        asked.choice = asked.host(&question.host).unwrap_or_else(Choice::Lost);
    }
    asked
}

impl Asked<'_> {
    fn pod(&self) -> Option<&Rc<Pod>> {
        match &self.question.from {
            Caller::Pod(name) => self.world.pod_named(name),
            _ => None,
        }
    }

    /// Whether the client is in the network of its node.
    fn is_on_node(&self) -> bool {
        self.pod().is_none_or(|pod| pod.spec.host_network)
    }

    fn host(&mut self, name: &EcoString) -> Result<Choice, Loss> {
        if name.parse::<Ipv4Addr>().is_ok() {
            return self.address(name);
        }
        if name == "localhost" {
            return self.address(&"127.0.0.1".into());
        }
        let resolver = self.pod().map_or(Resolver::Node, |pod| dns::resolver_of(self.world, pod));
        let lookup = dns::lookup(self.world, &resolver, name, Record::A);
        let (code, alias) = (lookup.reply.code, lookup.reply.alias.clone());
        let service = lookup.reply.service.clone();
        let addresses: Vec<EcoString> =
            lookup.reply.found.iter().map(|found| found.address.clone()).collect();
        let is_node = lookup.resolver == Resolver::Node;
        self.hops.push(Hop::Name(lookup));
        match (code, addresses.as_slice()) {
            (NameCode::Found, [one]) => self.address(one),
            (NameCode::Found, _) => Ok(Choice::Addresses(addresses)),
            (NameCode::Outside, _) => Err(Loss::OutOfCluster(alias.unwrap_or_else(|| name.clone()))),
            _ if is_node => Err(Loss::NoClusterDns(name.clone())),
            (NameCode::Empty, _) => Err(Loss::NoAddress(name.clone())),
            _ => Err(match service {
                Some(key) if !self.is_other_name(&key) => Loss::NoReadyName(key, name.clone()),
                _ => Loss::NoSuchName(name.clone()),
            }),
        }
    }

    /// Whether a Service is only another name.
    fn is_other_name(&self, key: &ObjectKey) -> bool {
        matches!(self.world.get(key), Some(Object::Service(service)) if service::is_external_name(&service))
    }

    /// Goes on to an address.
    fn address(&mut self, address: &EcoString) -> Result<Choice, Loss> {
        let world = self.world;
        if address.starts_with("127.") {
            return match (self.pod().cloned(), self.node.as_ref().and_then(|node| world.node(node))) {
                (Some(pod), _) if !pod.spec.host_network => Ok(Choice::Pod(pod)),
                (_, Some(node)) => {
                    let node = Rc::clone(node);
                    self.at_node(&node, address, CameFrom::Node)
                }
                _ => Err(Loss::OutOfCluster(address.clone())),
            };
        }
        let ports_at = |service: &Service| {
            let mut ports = service::ports(service);
            ports.retain(|port| port.number == self.question.port && port.protocol == self.question.protocol);
            ports.into_iter().next()
        };
        let source = if self.is_on_node() { CameFrom::Node } else { CameFrom::Pod };
        if let Some(service) = service::at_cluster_ip(world, address).filter(|own| service::is_proxied(own)) {
            let Some(node) = self.node.clone() else { return Err(Loss::NoRoute(address.clone())) };
            let Some(port) = ports_at(&service) else {
                return Err(Loss::NoSuchPort(service.key(), self.question.port));
            };
            if service::is_of_cluster(world, &service) {
                return Err(Loss::ControlPlane(service.key()));
            }
            return self.proxied(&service, &port, &node, Way::ClusterIp, source);
        }
        // An address that leads to the nodes from outside: each kube-proxy has a rule for it, and only for the ports.
        let external = || {
            let all = world.services().filter(|service| service::is_proxied(service));
            all.filter_map(|service| Some((service, service::outer_way(service, address)?)))
        };
        if let Some((service, way, port)) =
            external().find_map(|(service, way)| Some((service.clone(), way, ports_at(service)?)))
        {
            if let Some(node) = self.node.clone() {
                return self.proxied(&service, &port, &node, way, source);
            }
            let Some(node) = host::node_at(world, address).map(|node| node.metadata.name.clone()) else {
                return Err(match way {
                    Way::Balancer => Loss::Balanced(service.key(), address.clone()),
                    _ => Loss::NotRouted(service.key(), address.clone()),
                });
            };
            self.hops.push(Hop::Across(None, node.clone()));
            return self.proxied(&service, &port, &node, way, CameFrom::Elsewhere);
        }
        if let Some(node) = host::node_at(world, address).cloned() {
            let is_same = self.node.as_ref() == Some(&node.metadata.name);
            // On its way to another node a pod's request gets its own node's address, as one from outside has its own.
            let source = match self.is_on_node() {
                false if is_same => CameFrom::Pod,
                true if is_same => CameFrom::Node,
                _ => CameFrom::Elsewhere,
            };
            if !is_same {
                self.hops.push(Hop::Across(self.node.clone(), node.metadata.name.clone()));
            }
            return self.at_node(&node, address, source);
        }
        if let Some(pod) = host::pod_at(world, address) {
            return if self.node.is_none() {
                Err(Loss::NoRoute(address.clone()))
            } else {
                Ok(Choice::Pod(Rc::clone(pod)))
            };
        }
        if let Some((service, _)) = external().next() {
            return Err(Loss::NoSuchPort(service.key(), self.question.port));
        }
        // Pods, Services and nodes have private addresses; what is on the Internet nobody here can know.
        let is_private = address.parse().is_ok_and(|address: Ipv4Addr| address.is_private());
        Err(if is_private { Loss::NobodyHas(address.clone()) } else { Loss::OutOfCluster(address.clone()) })
    }

    /// At a node's own address: a port of a Service, else who holds it there.
    fn at_node(&mut self, node: &Rc<Node>, address: &str, source: CameFrom) -> Result<Choice, Loss> {
        let (world, number) = (self.world, self.question.port);
        let name = &node.metadata.name;
        for service in world.services().filter(|service| service::is_proxied(service)) {
            let ports = service::ports(service);
            let is_port = |port: &&Port| port.node_port == number && port.protocol == self.question.protocol;
            if let Some(port) = ports.iter().find(is_port).filter(|_| number != 0) {
                return self.proxied(service, port, name, Way::External, source);
            }
        }
        match host::holder(world, node, address, number, &self.question.protocol) {
            Some(holder) => {
                let pod = host::name_of(&holder.pod);
                let is_host = holder.is_in_host_network;
                self.hops.push(Hop::Held(name.clone(), pod, number, holder.port, is_host));
                Ok(Choice::Held(holder, name.clone()))
            }
            None => Err(Loss::NodeDoesNotListen(name.clone(), number)),
        }
    }

    fn proxied(
        &mut self,
        service: &Rc<Service>,
        port: &Port,
        node: &EcoString,
        way: Way,
        source: CameFrom,
    ) -> Result<Choice, Loss> {
        let decision = Rc::new(proxy::decide(self.world, service, port, node, way, source));
        let key = service.key();
        self.hops.push(Hop::Proxy {
            node: node.clone(),
            service: key.clone(),
            port: port.clone(),
            way,
            decision: Rc::clone(&decision),
        });
        match decision.verdict {
            // Its own chain of rules is there as long as there are endpoints, and no policy comes before it.
            Ruling::Forward | Ruling::Drop
                if way == Way::Balancer && !proxy::admits(service, &self.address) =>
            {
                Err(Loss::NotAdmitted(key, self.address.clone()))
            }
            Ruling::Forward => {
                Ok(Choice::Service(Rc::clone(service), port.name.clone(), decision, node.clone()))
            }
            Ruling::Reject => Err(Loss::NoEndpoints(key)),
            Ruling::Drop => Err(Loss::NoLocalEndpoints(key, node.clone())),
        }
    }

    /// The way of the request of this number, after what clients sent so far.
    pub fn trace(&self, draw: u64) -> Journey {
        self.send(&mut self.world.traffic().at(draw))
    }

    /// Sends a request: the next one of the traffic, in which it then stands.
    pub fn send(&self, traffic: &mut Traffic) -> Journey {
        let draw = traffic.sent;
        traffic.sent += 1;
        let mut hops = self.hops.clone();
        let end = match &self.choice {
            Choice::Lost(loss) => Err(loss.clone()),
            Choice::Pod(pod) => arrive(self, &mut hops, pod, self.question.port, self.node.clone()),
            Choice::Held(holder, node) => {
                arrive(self, &mut hops, &holder.pod, holder.port, Some(node.clone()))
            }
            Choice::Addresses(addresses) => {
                let address = &addresses[self.drawn(addresses.len(), draw)];
                hops.push(Hop::Address(address.clone(), addresses.len()));
                let mut onward = traffic.at(draw);
                let rest = self.go_on(address).send(&mut onward);
                *traffic = onward;
                hops.extend(rest.hops.into_iter().skip(1));
                return Journey { hops, end: rest.end };
            }
            Choice::Service(service, port, decision, node) => {
                let client = self.source();
                let keeps = proxy::keeps_for(service).map(|timeout| {
                    let (node, service, port) = (node.clone(), service.key(), port.clone());
                    (Bond { node, service, port, client: client.clone() }, timeout)
                });
                let kept = keeps
                    .as_ref()
                    .and_then(|(bond, timeout)| traffic.kept(bond, self.now, *timeout))
                    .cloned();
                match proxy::pick(self.world, service, decision, &client, draw, kept.as_ref()) {
                    Some(endpoint) => {
                        let count = decision.candidates().count();
                        let timeout = keeps.as_ref().map(|(_, timeout)| *timeout);
                        hops.push(Hop::Picked(endpoint.clone(), count, timeout));
                        if let Some((bond, _)) = keeps {
                            traffic.keep(bond, endpoint.address.clone(), self.now);
                        }
                        self.to_endpoint(&mut hops, endpoint, Some(node.clone()))
                    }
                    None => Err(Loss::NoEndpoints(service.key())),
                }
            }
        };
        let end = end.unwrap_or_else(|loss| {
            hops.push(Hop::Lost(loss.clone()));
            loss.end()
        });
        Journey { hops, end }
    }

    /// Which of so many addresses of the name a request takes.
    fn drawn(&self, count: usize, draw: u64) -> usize {
        let hash = StableHash::default().text("name").number(self.world.seed()).number(draw);
        let at = hash.text(&self.question.host).finish() % count as u64;
        usize::try_from(at).unwrap_or_default()
    }

    /// What follows when one of the name's addresses is taken.
    fn go_on(&self, address: &EcoString) -> Asked<'_> {
        ask(self.world, self.now, &Call { host: address.clone(), ..self.question.clone() })
    }

    fn source(&self) -> EcoString {
        if self.address.is_empty() { "outside".into() } else { self.address.clone() }
    }

    fn to_endpoint(
        &self,
        hops: &mut Vec<Hop>,
        endpoint: &Endpoint,
        node: Option<EcoString>,
    ) -> Result<End, Loss> {
        let pod = endpoint.pod.as_ref().and_then(|pod| self.world.pod_named(pod));
        let pod = pod.filter(|pod| pod.status.pod_ip == endpoint.address && !pod.is_finished());
        let pod = pod.or_else(|| host::pod_at(self.world, &endpoint.address));
        let port = endpoint.port.unwrap_or(self.question.port);
        if let Some(pod) = pod {
            return arrive(self, hops, pod, port, node);
        }
        // An address that somebody wrote into a slice, or that a slice lists still.
        if let Some(at) = host::node_at(self.world, &endpoint.address) {
            let name = &at.metadata.name;
            if node.as_ref() != Some(name) {
                hops.push(Hop::Across(node, name.clone()));
            }
            let holder = host::holder(self.world, at, &endpoint.address, port, &self.question.protocol);
            let holder = holder.ok_or_else(|| Loss::NodeDoesNotListen(name.clone(), port))?;
            let pod = host::name_of(&holder.pod);
            hops.push(Hop::Held(name.clone(), pod, port, holder.port, holder.is_in_host_network));
            return arrive(self, hops, &holder.pod, holder.port, Some(name.clone()));
        }
        Err(if endpoint.pod.is_some() {
            Loss::NobodyHas(endpoint.address.clone())
        } else {
            Loss::OutOfCluster(endpoint.address.clone())
        })
    }

    /// How so many requests end, from this draw on.
    pub fn ends(&self, first: u64, count: u64) -> Vec<(End, u64)> {
        let mut ends: std::collections::BTreeMap<End, u64> = Default::default();
        match &self.choice {
            Choice::Addresses(_) | Choice::Service(..) => {
                let mut traffic = self.world.traffic().at(first);
                (0..count).for_each(|_| *ends.entry(self.send(&mut traffic).end).or_default() += 1);
            }
            // These hang on no draw.
            Choice::Lost(_) | Choice::Held(..) | Choice::Pod(_) => {
                ends.insert(self.trace(0).end, count);
            }
        }
        ends.into_iter().collect()
    }
}

/// The request comes to a pod.
fn arrive(
    asked: &Asked,
    hops: &mut Vec<Hop>,
    pod: &Rc<Pod>,
    port: u16,
    from: Option<EcoString>,
) -> Result<End, Loss> {
    let (name, node) = (host::name_of(pod), pod.node().map(EcoString::from));
    if let Some(to) = node.clone().filter(|to| from.as_ref() != Some(to)) {
        hops.push(Hop::Across(from, to));
    }
    if !host::runs(pod) {
        return Err(Loss::NotRunning(name));
    }
    let Some(is_declared) = host::listens(pod, port, &asked.question.protocol) else {
        return Err(Loss::PodDoesNotListen(name, port));
    };
    hops.push(Hop::Pod(name.clone(), port, is_declared));
    Ok(End::Answered(name, node))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Object};
    use crate::cluster::Write;
    use crate::network::given::{add, cluster, key, pod, service as given_service, slice};
    use serde_json::{Value, json};

    /// Node a: `a1` with hostPort 9200, node b: `b1`, node c: `h` in the node's network; a client on each of a and c.
    fn world(spec: Value) -> World {
        let mut world = cluster();
        let ports =
            json!([{ "name": "c", "image": "c", "ports": [{ "containerPort": 9100, "hostPort": 9200 }] }]);
        pod(&mut world, "a1", "a", 10, json!({ "containers": ports }), true);
        pod(&mut world, "b1", "b", 10, json!({}), true);
        pod(&mut world, "h", "c", 10, json!({ "hostNetwork": true }), true);
        pod(&mut world, "client-a", "a", 20, json!({}), true);
        pod(&mut world, "client-c", "c", 20, json!({}), true);
        given_service(&mut world, spec);
        slice(&mut world, "agent", &[("a1", "rs")]);
        world
    }

    fn end(world: &World, from: Caller, host: &str, port: u16) -> End {
        let question = Call { from, host: host.into(), port, protocol: "TCP".into() };
        ask(world, Time::EPOCH, &question).trace(0).end
    }

    fn by(name: &str) -> Caller {
        Caller::Pod(("default".into(), name.into()))
    }

    fn answered(name: &str) -> End {
        End::Answered(("default".into(), name.into()), Some(name[..1].replace('h', "c").into()))
    }

    #[test]
    fn a_request_ends_at_a_pod_or_says_where_it_is_lost() {
        let plain = json!({ "clusterIP": "10.96.0.50", "type": "NodePort", "ports": [{ "name": "http", "port": 80, "targetPort": 9100, "nodePort": 30_080 }] });
        let with = |field: &str, value: &str| {
            let mut spec = plain.clone();
            spec[field] = value.into();
            spec
        };
        let (internal, external) =
            (with("internalTrafficPolicy", "Local"), with("externalTrafficPolicy", "Local"));
        let headless = json!({ "clusterIP": "None" });
        let node = |name: &str| Caller::Node(name.into());
        let (a, c, out) = (by("client-a"), by("client-c"), Caller::Outside);
        let no_local = |node: &str| End::TimedOut(Loss::NoLocalEndpoints(key("agent"), node.into()));
        let no_port = |node: &str, port| End::Refused(Loss::NodeDoesNotListen(node.into(), port));
        let outside = |host: &str| End::Unknown(Loss::OutOfCluster(host.into()));
        let control = |namespace: &str, name: &str| {
            End::Unknown(Loss::ControlPlane(ObjectKey::new(Kind::Service, namespace, name)))
        };
        let no_route = |address: &str| End::TimedOut(Loss::NoRoute(address.into()));
        for (spec, from, host, port, expected) in [
            (&plain, &c, "agent", 80, answered("a1")),
            (&plain, &c, "agent.default.svc.cluster.local", 80, answered("a1")),
            (&plain, &c, "10.96.0.50", 80, answered("a1")),
            (&plain, &node("c"), "10.96.0.50", 80, answered("a1")),
            (&plain, &node("c"), "agent", 80, End::Unresolved(Loss::NoClusterDns("agent".into()))),
            (&plain, &out, "agent", 80, End::Unresolved(Loss::NoClusterDns("agent".into()))),
            (&plain, &out, "10.96.0.50", 80, no_route("10.96.0.50")),
            (&plain, &out, "10.244.2.10", 9100, no_route("10.244.2.10")),
            (&plain, &c, "agent", 81, End::TimedOut(Loss::NoSuchPort(key("agent"), 81))),
            (&plain, &c, "nosuch", 80, End::Unresolved(Loss::NoSuchName("nosuch".into()))),
            (&plain, &c, "10.96.0.51", 80, End::TimedOut(Loss::NobodyHas("10.96.0.51".into()))),
            (&plain, &c, "10.244.2.10", 9100, answered("a1")),
            (
                &plain,
                &c,
                "10.244.2.10",
                9101,
                End::Refused(Loss::PodDoesNotListen(("default".into(), "a1".into()), 9101)),
            ),
            (&plain, &c, "localhost", 9100, answered("client-c")),
            // Ports of nodes.
            (&plain, &out, "192.168.7.4", 30_080, answered("a1")),
            (&external, &out, "192.168.7.2", 30_080, answered("a1")),
            (&external, &out, "192.168.7.4", 30_080, no_local("c")),
            (&external, &c, "192.168.7.4", 30_080, answered("a1")),
            (&external, &node("c"), "192.168.7.4", 30_080, answered("a1")),
            // test/e2e/network/service.go: from a pod on another node it is external.
            (&external, &a, "192.168.7.4", 30_080, no_local("c")),
            (&external, &node("b"), "192.168.7.4", 30_080, no_local("c")),
            (&plain, &out, "192.168.7.2", 9200, answered("a1")),
            (&plain, &out, "192.168.7.3", 9200, no_port("b", 9200)),
            (&plain, &out, "192.168.7.2", 9100, no_port("a", 9100)),
            (&plain, &c, "192.168.7.4", 9100, answered("h")),
            (&plain, &node("c"), "localhost", 9100, answered("h")),
            // Policies.
            (&internal, &a, "agent", 80, answered("a1")),
            (&internal, &c, "agent", 80, no_local("c")),
            (&headless, &c, "agent", 9100, answered("a1")),
            (
                &headless,
                &c,
                "agent",
                80,
                End::Refused(Loss::PodDoesNotListen(("default".into(), "a1".into()), 80)),
            ),
            (&plain, &by("nosuch"), "agent", 80, End::TimedOut(Loss::NoClient)),
            // What is not simulated is no failure.
            (&plain, &c, "example.com", 80, outside("example.com")),
            (&plain, &node("c"), "example.com", 80, outside("example.com")),
            (&plain, &out, "example.com", 80, outside("example.com")),
            (&plain, &c, "203.0.113.7", 80, outside("203.0.113.7")),
            (&plain, &c, "kubernetes", 443, control("default", "kubernetes")),
            (&plain, &c, "10.96.0.1", 443, control("default", "kubernetes")),
            (&plain, &c, "10.96.0.1", 80, End::TimedOut(Loss::NoSuchPort(key("kubernetes"), 80))),
            (&plain, &node("c"), "10.96.0.10", 53, control("kube-system", "kube-dns")),
            (&plain, &out, "10.96.0.1", 443, no_route("10.96.0.1")),
        ] {
            assert_eq!(
                end(&world(spec.clone()), from.clone(), host, port),
                expected,
                "{from:?} {host}:{port} {spec}"
            );
        }
    }

    #[test]
    fn a_headless_name_without_a_ready_pod_is_still_known_as_a_services() {
        let mut world = cluster();
        pod(&mut world, "a1", "a", 10, json!({}), false);
        pod(&mut world, "client-c", "c", 20, json!({}), true);
        given_service(&mut world, json!({ "clusterIP": "None" }));
        slice(&mut world, "agent", &[("a1", "")]);
        for name in ["agent", "agent.default", "web-0.agent"] {
            let question = Call { from: by("client-c"), host: name.into(), port: 80, protocol: "TCP".into() };
            let journey = ask(&world, Time::EPOCH, &question).trace(0);
            assert_eq!(journey.end, End::Unresolved(Loss::NoReadyName(key("agent"), name.into())));
            assert_eq!(journey.service(), Some(&key("agent")));
        }
    }

    /// `spec.externalIPs`: `pkg/proxy/iptables/proxier.go` (`syncProxyRules`), and what the API's reference says of it: how
    /// the address comes to a node is not Kubernetes' business.
    #[test]
    fn an_external_address_is_a_services_where_it_comes_to_a_node() {
        let spec = |policy: &str| {
            json!({
                "clusterIP": "10.96.0.50", "externalIPs": ["192.168.7.4", "203.0.113.7"],
                "externalTrafficPolicy": policy,
            })
        };
        let no_local = End::TimedOut(Loss::NoLocalEndpoints(key("agent"), "c".into()));
        let not_routed = End::TimedOut(Loss::NotRouted(key("agent"), "203.0.113.7".into()));
        let no_port = End::TimedOut(Loss::NoSuchPort(key("agent"), 81));
        let (c, node, out) = (by("client-c"), Caller::Node("b".into()), Caller::Outside);
        for (policy, from, host, port, expected) in [
            ("Cluster", &out, "192.168.7.4", 80, answered("a1")),
            ("Local", &out, "192.168.7.4", 80, no_local),
            ("Cluster", &out, "203.0.113.7", 80, not_routed),
            ("Cluster", &c, "203.0.113.7", 80, answered("a1")),
            ("Local", &c, "203.0.113.7", 80, answered("a1")),
            ("Cluster", &node, "192.168.7.4", 80, answered("a1")),
            ("Cluster", &c, "203.0.113.7", 81, no_port),
            // Other ports of a node's address are the node's.
            ("Cluster", &out, "192.168.7.4", 9100, answered("h")),
        ] {
            let world = world(spec(policy));
            assert_eq!(end(&world, from.clone(), host, port), expected, "{policy} {from:?} {host}:{port}");
        }
    }

    /// `status.loadBalancer`: `syncProxyRules` in `pkg/proxy/iptables/proxier.go`, `newBaseServiceInfo` in
    /// `pkg/proxy/serviceport.go`.
    #[test]
    fn a_load_balancers_address_is_taken_by_the_clients_own_kube_proxy() {
        let (c, node, out) = (by("client-c"), Caller::Node("c".into()), Caller::Outside);
        let vip = "203.0.113.9";
        let only_pods = json!(["10.244.0.0/16"]);
        let not_admitted = |from: &str| End::TimedOut(Loss::NotAdmitted(key("agent"), from.into()));
        for (policy, ranges, given, from, host, expected) in [
            ("Cluster", json!(null), json!({ "ip": vip }), &c, vip, answered("a1")),
            // A pod or a node is not held to the policy for the outside.
            ("Local", json!(null), json!({ "ip": vip }), &c, vip, answered("a1")),
            ("Local", json!(null), json!({ "ip": vip }), &node, vip, answered("a1")),
            ("Cluster", only_pods.clone(), json!({ "ip": vip }), &c, vip, answered("a1")),
            ("Cluster", only_pods.clone(), json!({ "ip": vip }), &node, vip, not_admitted("192.168.7.4")),
            // The balancer ends the connection by itself.
            (
                "Cluster",
                json!(null),
                json!({ "ip": vip, "ipMode": "Proxy" }),
                &c,
                vip,
                End::Unknown(Loss::OutOfCluster(vip.into())),
            ),
            (
                "Cluster",
                json!(null),
                json!({ "ip": vip }),
                &out,
                vip,
                End::Unknown(Loss::Balanced(key("agent"), vip.into())),
            ),
            // Some give the nodes' own addresses.
            ("Cluster", json!(null), json!({ "ip": "192.168.7.4" }), &out, "192.168.7.4", answered("a1")),
            (
                "Local",
                json!(null),
                json!({ "ip": "192.168.7.4" }),
                &out,
                "192.168.7.4",
                End::TimedOut(Loss::NoLocalEndpoints(key("agent"), "c".into())),
            ),
            ("Cluster", only_pods, json!({ "ip": "192.168.7.4" }), &out, "192.168.7.4", not_admitted("")),
            (
                "Cluster",
                json!(null),
                json!({ "hostname": "lb.example.com" }),
                &c,
                vip,
                End::Unknown(Loss::OutOfCluster(vip.into())),
            ),
        ] {
            let mut world = world(json!({
                "type": "LoadBalancer", "externalTrafficPolicy": policy, "loadBalancerSourceRanges": ranges,
            }));
            let mut service = world.get(&key("agent")).expect("it is there").to_json();
            service["status"] = json!({ "loadBalancer": { "ingress": [given] } });
            let service = Object::from_json(service).expect("a Service");
            world.write(Write::UpdateStatus(service), Time::EPOCH).expect("accepted");
            assert_eq!(
                end(&world, from.clone(), host, 80),
                expected,
                "{policy} {ranges} {given} {from:?} {host}"
            );
        }
        // Without endpoints nobody is asked who it is.
        let mut world = cluster();
        pod(&mut world, "client-c", "c", 20, json!({}), true);
        given_service(&mut world, json!({ "externalIPs": [vip], "type": "LoadBalancer" }));
        assert_eq!(end(&world, c, vip, 80), End::Refused(Loss::NoEndpoints(key("agent"))));
    }

    /// What follows an address of a name may be drawn as well: a slice that somebody wrote may lead to another Service.
    #[test]
    fn behind_an_address_of_a_name_the_draw_goes_on() {
        let mut world = world(json!({ "clusterIP": "10.96.0.50", "sessionAffinity": "None" }));
        slice(&mut world, "agent", &[("b1", "rs"), ("h", "rs")]);
        add(
            &mut world,
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": { "name": "all" },
                "spec": { "clusterIP": "None", "ports": [{ "port": 80 }] },
            }),
        );
        for address in ["10.96.0.50", "10.244.2.20"] {
            add(
                &mut world,
                json!({
                    "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                    "metadata": { "name": format!("all-{address}"), "labels": { "kubernetes.io/service-name": "all" } },
                    "endpoints": [{ "addresses": [address] }], "ports": [{ "port": 80, "protocol": "TCP", "name": "" }],
                }),
            );
        }
        let question = Call { from: by("client-c"), host: "all".into(), port: 80, protocol: "TCP".into() };
        let asked = ask(&world, Time::EPOCH, &question);
        let ends: Vec<End> = asked.ends(0, 100).into_iter().map(|(end, _)| end).collect();
        for pod in ["a1", "b1", "h"] {
            assert!(ends.contains(&answered(pod)), "{pod}: {ends:?}");
        }
        let mut traffic = Traffic::default();
        asked.send(&mut traffic);
        assert_eq!(traffic.sent, 1, "it is one request");
    }

    #[test]
    fn who_is_behind_no_service_is_refused_and_who_does_not_run_too() {
        let mut world = cluster();
        pod(&mut world, "client-a", "a", 20, json!({}), true);
        given_service(&mut world, json!({}));
        assert_eq!(end(&world, by("client-a"), "agent", 80), End::Refused(Loss::NoEndpoints(key("agent"))));
        slice(&mut world, "agent", &[("client-a", "")]);
        assert_eq!(end(&world, by("client-a"), "agent", 80), End::Refused(Loss::NoEndpoints(key("agent"))));
    }

    #[test]
    fn protocols_and_addresses_of_a_node_are_told_apart() {
        let mut world = cluster();
        let containers = json!([{ "name": "c", "image": "c", "ports": [
            { "containerPort": 1, "hostPort": 8125, "protocol": "UDP" },
            { "containerPort": 2, "hostPort": 8126, "hostIP": "127.0.0.1" },
            { "containerPort": 3, "hostPort": 8127, "hostIP": "0.0.0.0" },
        ] }]);
        pod(&mut world, "a1", "a", 10, json!({ "containers": containers }), true);
        let none = |port| End::Refused(Loss::NodeDoesNotListen("a".into(), port));
        for (host, port, protocol, expected) in [
            ("192.168.7.2", 8125, "UDP", answered("a1")),
            ("192.168.7.2", 8125, "TCP", none(8125)),
            ("192.168.7.2", 8126, "TCP", none(8126)),
            ("127.0.0.1", 8126, "TCP", answered("a1")),
            ("192.168.7.2", 8127, "TCP", answered("a1")),
        ] {
            let question =
                Call { from: Caller::Node("a".into()), host: host.into(), port, protocol: protocol.into() };
            assert_eq!(
                ask(&world, Time::EPOCH, &question).trace(0).end,
                expected,
                "{host}:{port} {protocol}"
            );
        }
    }

    #[test]
    fn a_slice_that_somebody_wrote_leads_where_it_says() {
        let mut world = cluster();
        pod(&mut world, "client-a", "a", 20, json!({}), true);
        pod(&mut world, "b1", "b", 10, json!({}), true);
        add(
            &mut world,
            json!({
                "apiVersion": "v1", "kind": "Service", "metadata": { "name": "sink" },
                "spec": { "ports": [{ "port": 80, "targetPort": 1 }] },
            }),
        );
        let slice = |address: &str| {
            json!({
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": { "name": "mine", "labels": { "kubernetes.io/service-name": "sink" } },
                "endpoints": [{ "addresses": [address] }], "ports": [{ "port": 9100, "protocol": "TCP", "name": "" }],
            })
        };
        let mut outside = world.clone();
        add(&mut world, slice("10.244.3.10"));
        assert_eq!(end(&world, by("client-a"), "sink", 80), answered("b1"));
        add(&mut outside, slice("203.0.113.7"));
        assert_eq!(
            end(&outside, by("client-a"), "sink", 80),
            End::Unknown(Loss::OutOfCluster("203.0.113.7".into()))
        );
    }

    #[test]
    fn the_hops_tell_the_whole_way() {
        let world = world(json!({ "clusterIP": "10.96.0.50" }));
        let question = Call { from: by("client-c"), host: "agent".into(), port: 80, protocol: "TCP".into() };
        let trace = ask(&world, Time::EPOCH, &question).trace(0);
        let kinds: Vec<String> = trace
            .hops
            .iter()
            .map(|hop| format!("{hop:?}").split(['(', ' ']).next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(kinds, ["Caller", "Name", "Proxy", "Picked", "Across", "Pod"]);
        assert_eq!(trace.service(), Some(&key("agent")));
    }

    #[test]
    fn a_client_keeps_its_endpoint_for_the_time_that_the_service_says_after_its_last_request() {
        let mut world = world(json!({
            "clusterIP": "10.96.0.50", "sessionAffinity": "ClientIP",
            "sessionAffinityConfig": { "clientIP": { "timeoutSeconds": 60 } },
        }));
        slice(&mut world, "agent", &[("b1", "rs"), ("h", "rs")]);
        let question = Call { from: by("client-a"), host: "agent".into(), port: 80, protocol: "TCP".into() };
        let send = |traffic: &mut Traffic, seconds: i64| {
            ask(&world, Time::EPOCH + Millis::seconds(seconds), &question).send(traffic).end
        };
        let mut traffic = Traffic::default();
        let first = send(&mut traffic, 0);
        for seconds in [0, 60, 120, 180] {
            assert_eq!(send(&mut traffic, seconds), first, "after {seconds}s");
        }
        assert_eq!(traffic.sent, 5);
        let later = |seconds: i64| -> std::collections::BTreeSet<End> {
            (0..30).map(|draw| send(&mut traffic.at(draw), seconds)).collect()
        };
        assert_eq!((later(240).len(), later(241).len()), (1, 3), "it counts from the last request");
        // Another client is remembered for itself.
        let other = Call { from: by("client-c"), ..question.clone() };
        let ends = (0..30).map(|draw| ask(&world, Time::EPOCH, &other).send(&mut traffic.at(draw)).end);
        assert_eq!(ends.collect::<std::collections::BTreeSet<End>>().len(), 3);
    }
}
