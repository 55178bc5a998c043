//! Why a Service reaches the pods that it reaches: its endpoints, who is left out, and which clients it serves.

use super::answer::{Badge, Block, Check, Section, Tone, Why, section};
use super::why_object;
use crate::api::discovery::EndpointPort;
use crate::api::{EcoString, EndpointSlice, ObjectKey, Service, sort};
use crate::cluster::World;
use crate::explain::piece::{Piece, count, sentence};
use crate::explain::reach::left;
use crate::network::proxy::decide_among;
use crate::network::service::{self, Behind, behind, is_external_name, is_headless};
use crate::network::{CameFrom, Left, Port, Ruling, Way};
use crate::sim::Timeline;
use std::rc::Rc;

/// So many pods and nodes are listed.
const LISTED: usize = 40;
/// So many addresses of a slice kubectl prints.
const ADDRESSES: usize = 3;

/// The answer; none where there is no such Service.
pub(super) fn why(timeline: &Timeline, key: &ObjectKey) -> Option<Why> {
    let world = timeline.world();
    let service = service::find(world, &key.namespace, &key.name)?;
    let mut why = why_object(timeline, key)?;
    let all = behind(world, &service);
    let yaml = std::mem::take(&mut why.sections);
    let is_of_cluster = service::is_of_cluster(world, &service);
    why.verdict = match is_of_cluster {
        true => sentence(
            "`{}` selects no pods: a part of the cluster answers there that this page does not simulate.",
            &[&key.name],
        ),
        false => verdict(&service, &all),
    };
    if is_of_cluster {
        why.sections.extend(slices(world, &service));
    } else if !is_external_name(&service) {
        why.sections.push(endpoints(&service, &all));
        why.sections.extend(slices(world, &service));
        if is_headless(&service) {
            why.sections.push(clients_of_headless(world, &service));
        } else {
            why.sections.extend(service::ports(&service).iter().map(|port| clients(world, &service, port)));
        }
    }
    why.sections.extend(yaml);
    Some(why)
}

fn verdict(service: &Service, all: &[Behind]) -> Vec<Piece> {
    let name = &service.metadata.name;
    if is_external_name(service) {
        return sentence("`{}` is only another name for `{}`.", &[name, service.text("externalName")]);
    }
    let taken = all.iter().filter(|one| one.left.is_taken()).count();
    let ready = taken.to_string();
    // Where nobody is ready, kube-proxy takes those that are being deleted and answer still; DNS does not.
    let has = |left: Left| all.iter().any(|one| one.left == left);
    let takes_terminating = taken == 0 && has(Left::Terminating) && !is_headless(service);
    let nobody = match is_headless(service) {
        true => "; as long as nobody is ready, its name has no address.",
        false if has(Left::NoPort) => {
            "; those that are ready lack the port that its `targetPort` names, so its clients are refused."
        }
        false => "; as long as nobody is ready, its clients are refused.",
    };
    let is_empty = taken == 0 && !takes_terminating;
    let selected = all.iter().filter(|one| one.left != Left::Label).count().to_string();
    if service.spec.selector.is_empty() {
        let told = match all.len() {
            0 => sentence("`{}` selects no pods, and nobody wrote endpoints for it", &[name]),
            _ => sentence(
                "`{}` selects no pods: {} of its endpoints, which somebody wrote, are ready",
                &[name, &ready],
            ),
        };
        return [told, sentence(if is_empty { nobody } else { "." }, &[])].concat();
    }
    let mut told = match selected.as_str() {
        "0" => sentence("`{}` selects no pod that there is", &[name]),
        _ => sentence("*{} of {}* pods that `{}` selects get its requests", &[&ready, &selected, name]),
    };
    told.extend(if is_empty {
        sentence(nobody, &[])
    } else if takes_terminating {
        sentence("; as long as nobody is ready, those that are being deleted and answer still do.", &[])
    } else if is_headless(service) {
        sentence("; its name leads to their own addresses.", &[])
    } else {
        which(service)
    });
    told
}

/// Which of the endpoints a client gets.
fn which(service: &Service) -> Vec<Piece> {
    let is_local = |field: &str| service.text(field) == "Local";
    let distribution = service.text("trafficDistribution");
    match (is_local("internalTrafficPolicy"), is_local("externalTrafficPolicy")) {
        (true, true) => sentence(
            "; with `internalTrafficPolicy: Local, externalTrafficPolicy: Local` only those on the node that the request is on.",
            &[],
        ),
        (true, false) => sentence(
            "; with `internalTrafficPolicy: Local` only those on the node that the request is on.",
            &[],
        ),
        (false, true) => sentence(
            "; with `externalTrafficPolicy: Local` a request from outside gets only those on the node that it comes to.",
            &[],
        ),
        _ if service.text("sessionAffinity") == "ClientIP" => {
            sentence("; each client keeps the one that it got first (`sessionAffinity: ClientIP`).", &[])
        }
        _ if !distribution.is_empty() => {
            let place = if distribution == "PreferSameNode" { "node" } else { "zone" };
            let text = "; with `trafficDistribution: {}` each client gets those of its own {} as long as there are any.";
            sentence(text, &[distribution, place])
        }
        _ => sentence("; each client gets any of them.", &[]),
    }
}

fn endpoints(service: &Service, all: &[Behind]) -> Section {
    let line = |one: &Behind| {
        let tone = match one.left {
            Left::No | Left::Published => Tone::Good,
            Left::Label | Left::Finished => Tone::Neutral,
            _ => Tone::Bad,
        };
        let name = one.pod.as_ref().map_or(&one.address, |pod| &pod.1).to_string();
        let node = one.node.as_ref().map(|node| format!("{node}: ")).unwrap_or_default();
        Check { tone, name, found: sentence("{}{}", &[&node, left(one.left)]), source: None }
    };
    let mut blocks = Vec::new();
    if !service.spec.selector.is_empty() {
        let labels: Vec<String> =
            service.spec.selector.iter().map(|(name, value)| format!("{name}={value}")).collect();
        blocks.push(Block::Words(sentence("It selects pods with `{}`.", &[&labels.join(",")])));
    }
    if !all.is_empty() {
        blocks.push(Block::Checks(all.iter().take(LISTED).map(line).collect()));
    }
    if all.len() > LISTED {
        let thing = if service.spec.selector.is_empty() { "more endpoint" } else { "more pod" };
        let more = count(all.len() - LISTED, thing);
        blocks.push(Block::Words(sentence("And {}.", &[&more])));
    }
    let taken = all.iter().filter(|one| one.left.is_taken()).count();
    let tone = if taken > 0 { Tone::Good } else { Tone::Bad };
    let badge = Badge::new(tone, &format!("{taken} {}", said_of(service)));
    Section { badges: vec![badge], ..section("Endpoints", "EndpointSlice controller", None, blocks) }
}

/// The EndpointSlices, as kubectl lists them.
fn slices(world: &World, service: &Service) -> Option<Section> {
    let all: Vec<_> = world.slices_of(service).collect();
    let line = |slice: &Rc<EndpointSlice>| {
        let port = |port: &EndpointPort| match port.port {
            Some(number) => format!("{number}/{}", port.protocol()),
            None => "any port".to_owned(),
        };
        let ports: Vec<String> = slice.ports.iter().map(port).collect();
        let addresses = slice.endpoints.iter().filter_map(|endpoint| endpoint.addresses.first());
        let mut shown: Vec<&str> = addresses.clone().take(ADDRESSES).map(EcoString::as_str).collect();
        let more = match addresses.count().saturating_sub(ADDRESSES) {
            0 => String::new(),
            more => format!(" + {more} more..."),
        };
        if shown.is_empty() {
            shown.push("no endpoint");
        }
        let found = sentence("{}: {}{}", &[&ports.join(", "), &shown.join(", "), &more]);
        Check { tone: Tone::Neutral, name: slice.metadata.name.to_string(), found, source: None }
    };
    let mut blocks = vec![Block::Checks(all.iter().take(LISTED).copied().map(line).collect())];
    if all.len() > LISTED {
        let more = count(all.len() - LISTED, "more EndpointSlice");
        blocks.push(Block::Words(sentence("And {}.", &[&more])));
    }
    let badge = Badge::plain(Tone::Neutral, &all.len().to_string());
    let own = section("EndpointSlices", "EndpointSlice controller", None, blocks);
    (!all.is_empty()).then(|| Section { badges: vec![badge], ..own })
}

/// What the endpoints are that get requests.
fn said_of(service: &Service) -> &'static str {
    let is_for_all = service.spec.rest.get("publishNotReadyAddresses").is_some_and(|is| *is == true);
    if is_for_all { "published" } else { "ready" }
}

/// Whom the name of a Service without an address leads to a pod.
fn clients_of_headless(world: &World, service: &Service) -> Section {
    let mut all = service::listed(world, service, &|_, _| true);
    all.retain(|endpoint| endpoint.ready);
    let mut addresses: Vec<&str> = all.iter().map(|endpoint| endpoint.address.as_str()).collect();
    sort::plain(&mut addresses);
    addresses.dedup();
    let mut numbers: Vec<u16> = all.iter().filter_map(|endpoint| endpoint.port).collect();
    sort::plain(&mut numbers);
    numbers.dedup();
    let line = |tone, name: &str, found| Check { tone, name: name.to_owned(), found, source: None };
    let told = match addresses.len() {
        0 => line(
            Tone::Bad,
            "clients that ask CoreDNS",
            sentence("no endpoint is ready, so there is no such name", &[]),
        ),
        1 => line(
            Tone::Good,
            "clients that ask CoreDNS",
            sentence("get the address of the only one that is {}", &[said_of(service)]),
        ),
        some => line(
            Tone::Good,
            "clients that ask CoreDNS",
            sentence("get the addresses of all {} that are {}", &[&some.to_string(), said_of(service)]),
        ),
    };
    let mut lines = vec![told];
    if !numbers.is_empty() {
        let numbers: Vec<String> = numbers.iter().map(u16::to_string).collect();
        let text = "no kube-proxy is asked, so a client has to use the pods’ own: {}";
        lines.push(line(Tone::Neutral, "port", sentence(text, &[&numbers.join(", ")])));
    }
    let text = "does not find the name: the nodes, and pods with `hostNetwork` but without `dnsPolicy: ClusterFirstWithHostNet`";
    lines.push(line(Tone::Bad, "who asks the node’s DNS", sentence(text, &[])));
    lines.push(line(Tone::Bad, "outside", sentence("the name is only in the cluster", &[])));
    section("Who reaches it", "CoreDNS", None, vec![Block::Checks(lines)])
}

/// What each node's kube-proxy does with a request to a port, and what comes from outside.
fn clients(world: &World, service: &Service, port: &Port) -> Section {
    let title = format!("Who reaches port {}", port.number);
    let all_endpoints = service::endpoints(world, service, Some(port));
    let lines = |way: Way, source: CameFrom, from: &str| -> Vec<Check> {
        let of_node = |node: &str| {
            let decision = decide_among(world, service, all_endpoints.clone(), node, way, source);
            let (tone, what) = match decision.verdict {
                Ruling::Forward => {
                    let mut candidates = decision.candidates();
                    let told = match (candidates.next(), candidates.count()) {
                        (Some(only), 0) => {
                            format!("goes to {}", only.pod.as_ref().map_or(&only.address, |pod| &pod.1))
                        }
                        (_, others) => format!("any of {}", others + 1),
                    };
                    (Tone::Good, told)
                }
                Ruling::Drop => (Tone::Bad, "dropped: no endpoint on this node".to_owned()),
                Ruling::Reject => (Tone::Bad, "refused: no endpoint anywhere".to_owned()),
            };
            Check { tone, name: format!("{from}{node}"), found: sentence("{}", &[&what]), source: None }
        };
        world.nodes().take(LISTED).map(|node| of_node(&node.metadata.name)).collect()
    };
    let mut all = lines(Way::ClusterIp, CameFrom::Pod, "pods on ");
    if port.node_port != 0 {
        all.extend(lines(
            Way::External,
            CameFrom::Elsewhere,
            &format!("outside, port {} of ", port.node_port),
        ));
    }
    let more = world.nodes().count().saturating_sub(LISTED);
    // Where every line says the same, one says it.
    let is_same = all.windows(2).all(|pair| pair[0].tone == pair[1].tone && pair[0].found == pair[1].found);
    if let (true, Some(first)) = (is_same && all.len() > 1, all.first().cloned()) {
        let nodes = if more == 0 { "every node".to_owned() } else { format!("the first {LISTED} nodes") };
        let name = match port.node_port {
            0 => format!("pods on {nodes}"),
            _ => format!("pods on {nodes}, and outside at {nodes}"),
        };
        all = vec![Check { name, ..first }];
    }
    let mut blocks = vec![Block::Checks(all)];
    if more > 0 {
        blocks.push(Block::Words(sentence("And {}.", &[&count(more, "more node")])));
    }
    section(&title, "kube-proxy of each node", None, blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{Kind, Object};
    use crate::cluster::kubernetes_service;
    use crate::explain::piece::plain;
    use crate::sim::SimState;
    use crate::sim::given::{at_rest, run};
    use serde_json::{Value, json};

    /// What is told of a Service `agent` with these fields, behind which are a pod on node `a` and one on `b`, or none: the
    /// verdict, and the lines of who reaches it.
    fn told(spec: &Value, pods: &[(&str, bool)]) -> (String, Vec<String>) {
        let mut objects: Vec<Value> = ["a", "b"]
            .map(|name| json!({ "apiVersion": "v1", "kind": "Node", "metadata": { "name": name } }))
            .into();
        let mut service = json!({
            "apiVersion": "v1", "kind": "Service", "metadata": { "name": "agent" },
            "spec": { "selector": { "app": "agent" }, "ports": [{ "port": 80, "targetPort": 9100 }] },
        });
        for (field, value) in spec.as_object().into_iter().flatten() {
            service["spec"][field] = value.clone();
        }
        objects.push(service);
        for (node, is_ready) in pods {
            let image = if *is_ready { "c" } else { "c:unready" };
            objects.push(json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": { "name": format!("agent-{node}"), "labels": { "app": "agent" } },
                "spec": { "nodeName": node, "containers": [{ "name": "c", "image": image }] },
            }));
        }
        let objects = objects.into_iter().map(|object| Object::from_json(object).expect("an object"));
        let mut timeline = at_rest(1, objects.collect());
        run(&mut timeline);
        let why = why(&timeline, &ObjectKey::new(Kind::Service, "default", "agent")).expect("it is there");
        let lines = why.sections.iter().filter(|section| section.title.starts_with("Who reaches"));
        let lines = lines.flat_map(|section| &section.blocks).filter_map(|block| match block {
            Block::Checks(checks) => Some(checks),
            _ => None,
        });
        let lines = lines.flatten().map(|check| format!("{}: {}", check.name, plain(&check.found)));
        (plain(&why.verdict), lines.collect())
    }

    #[test]
    fn who_can_reach_a_service_is_told_of_each_kind() {
        let (plain, headless) = (json!({}), json!({ "clusterIP": "None" }));
        let local = json!({ "internalTrafficPolicy": "Local" });
        let (both, none) = ([("a", true), ("b", true)], [("a", false), ("b", false)]);
        let found = |count: &str| format!("clients that ask CoreDNS: get the {count}");
        let missing = "clients that ask CoreDNS: no endpoint is ready, so there is no such name";
        for (spec, pods, verdict, lines) in [
            (
                &plain,
                &both[..],
                "2 of 2 pods that agent selects get its requests; each client gets any of them.",
                vec!["pods on every node: any of 2".to_owned()],
            ),
            (
                &plain,
                &none,
                "0 of 2 pods that agent selects get its requests; as long as nobody is ready, its clients are refused.",
                vec!["pods on every node: refused: no endpoint anywhere".to_owned()],
            ),
            (
                &plain,
                &[],
                "agent selects no pod that there is; as long as nobody is ready, its clients are refused.",
                vec!["pods on every node: refused: no endpoint anywhere".to_owned()],
            ),
            (
                &local,
                &both[..1],
                "1 of 1 pods that agent selects get its requests; with internalTrafficPolicy: Local only those on the node that the request is on.",
                vec![
                    "pods on a: goes to agent-a".to_owned(),
                    "pods on b: dropped: no endpoint on this node".to_owned(),
                ],
            ),
            (
                &headless,
                &both,
                "2 of 2 pods that agent selects get its requests; its name leads to their own addresses.",
                vec![found("addresses of all 2 that are ready")],
            ),
            (
                &headless,
                &both[..1],
                "1 of 1 pods that agent selects get its requests; its name leads to their own addresses.",
                vec![found("address of the only one that is ready")],
            ),
            (
                &headless,
                &none,
                "0 of 2 pods that agent selects get its requests; as long as nobody is ready, its name has no address.",
                vec![missing.to_owned()],
            ),
            (
                &headless,
                &[],
                "agent selects no pod that there is; as long as nobody is ready, its name has no address.",
                vec![missing.to_owned()],
            ),
            (
                &json!({ "clusterIP": "None", "publishNotReadyAddresses": true }),
                &none,
                "2 of 2 pods that agent selects get its requests; its name leads to their own addresses.",
                vec![found("addresses of all 2 that are published")],
            ),
            (
                &json!({ "clusterIP": "None", "internalTrafficPolicy": "Local" }),
                &both,
                "2 of 2 pods that agent selects get its requests; its name leads to their own addresses.",
                vec![found("addresses of all 2 that are ready")],
            ),
            (
                &json!({ "ports": [{ "port": 80, "targetPort": "metrics" }] }),
                &both,
                "0 of 2 pods that agent selects get its requests; those that are ready lack the port that its targetPort names, so its clients are refused.",
                vec!["pods on every node: refused: no endpoint anywhere".to_owned()],
            ),
            (
                &json!({ "type": "NodePort", "externalTrafficPolicy": "Local" }),
                &both[..1],
                "1 of 1 pods that agent selects get its requests; with externalTrafficPolicy: Local a request from outside gets only those on the node that it comes to.",
                vec!["pods on a: goes to agent-a".to_owned(), "pods on b: goes to agent-a".to_owned()],
            ),
            (
                &json!({ "trafficDistribution": "PreferSameNode" }),
                &both,
                "2 of 2 pods that agent selects get its requests; with trafficDistribution: PreferSameNode each client gets those of its own node as long as there are any.",
                vec!["pods on a: goes to agent-a".to_owned(), "pods on b: goes to agent-b".to_owned()],
            ),
            (
                &json!({ "sessionAffinity": "ClientIP" }),
                &both,
                "2 of 2 pods that agent selects get its requests; each client keeps the one that it got first (sessionAffinity: ClientIP).",
                vec!["pods on every node: any of 2".to_owned()],
            ),
            (
                &json!({ "selector": {} }),
                &both,
                "agent selects no pods, and nobody wrote endpoints for it; as long as nobody is ready, its clients are refused.",
                vec!["pods on every node: refused: no endpoint anywhere".to_owned()],
            ),
        ] {
            let told = told(spec, pods);
            assert_eq!(told.0, verdict, "{spec} {pods:?}");
            assert!(told.1.starts_with(&lines), "{spec} {pods:?}: {:?}", told.1);
        }
    }

    #[test]
    fn of_a_headless_service_the_pods_own_port_is_told_and_who_does_not_find_it() {
        let (_, lines) = told(&json!({ "clusterIP": "None" }), &[("a", true)]);
        assert_eq!(lines[1], "port: no kube-proxy is asked, so a client has to use the pods’ own: 9100");
        assert!(lines[2].starts_with("who asks the node’s DNS: does not find the name"), "{lines:?}");
        assert_eq!(lines[3], "outside: the name is only in the cluster");
    }

    #[test]
    fn who_answers_behind_the_api_servers_service_is_not_guessed() {
        let timeline = Timeline::new(SimState::of_nodes(1, Vec::new()).0);
        let why = why(&timeline, &kubernetes_service().key()).expect("every cluster has it");
        let told = plain(&why.verdict);
        assert!(told.contains("does not simulate"), "{told}");
        let titles: Vec<&str> = why.sections.iter().map(|section| section.title.as_str()).collect();
        assert!(!titles.iter().any(|title| title.starts_with("Who reaches")), "{titles:?}");
    }
}
