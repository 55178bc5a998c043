//! Why a Service reaches the pods that it reaches: its endpoints, who is left out, and which clients it serves.

use super::answer::{Badge, Block, Check, Section, Tone, Why, section};
use super::why_object;
use crate::api::{ObjectKey, Service, Stored};
use crate::cluster::World;
use crate::explain::piece::{Piece, count, sentence};
use crate::explain::reach::left;
use crate::network::proxy::decide_among;
use crate::network::service::{self, Behind, behind, is_external_name, is_headless};
use crate::network::{CameFrom, Left, Port, Ruling, Way};
use crate::sim::Timeline;
use serde_json::Value;
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
    why.verdict = verdict(&service, &all);
    if !is_external_name(&service) {
        why.sections.push(endpoints(&service, &all));
        why.sections.extend(slices(world, &service));
        why.sections.extend(service::ports(&service).iter().map(|port| clients(world, &service, port)));
    }
    why.sections.extend(yaml);
    Some(why)
}

fn verdict(service: &Service, all: &[Behind]) -> Vec<Piece> {
    let name = &service.metadata.name;
    if is_external_name(service) {
        return sentence("`{}` is only another name for `{}`.", &[name, service.text("externalName")]);
    }
    let ready = all.iter().filter(|one| one.left == Left::No).count().to_string();
    let selected = all.iter().filter(|one| one.left != Left::Label).count().to_string();
    if service.spec.selector.is_empty() {
        return sentence("`{}` selects no pods: its {} endpoints are what somebody wrote.", &[name, &ready]);
    }
    let mut told = match selected.as_str() {
        "0" => sentence("`{}` selects no pod that there is", &[name]),
        _ => sentence("*{} of {}* pods that `{}` selects get its requests", &[&ready, &selected, name]),
    };
    let local = ["internalTrafficPolicy", "externalTrafficPolicy"];
    let local: Vec<&str> = local.into_iter().filter(|field| service.text(field) == "Local").collect();
    told.extend(match local.as_slice() {
        [] if is_headless(service) => sentence("; its name leads to their own addresses.", &[]),
        [] => sentence("; each client gets any of them.", &[]),
        fields => sentence(
            "; with `{}: Local` only those on the node that the request is on.",
            &[&fields.join(": Local, ")],
        ),
    });
    told
}

fn endpoints(service: &Service, all: &[Behind]) -> Section {
    let line = |one: &Behind| {
        let tone = match one.left {
            Left::No => Tone::Good,
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
    let ready = all.iter().filter(|one| one.left == Left::No).count();
    let badge = Badge::new(if ready > 0 { Tone::Good } else { Tone::Bad }, &format!("{ready} ready"));
    Section { badges: vec![badge], ..section("Endpoints", "EndpointSlice controller", None, blocks) }
}

/// The EndpointSlices, as kubectl lists them.
fn slices(world: &World, service: &Service) -> Option<Section> {
    let all = service::slices(world, service);
    let line = |slice: &Rc<Stored>| {
        let list =
            |field: &str| slice.rest.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let port = |port: &Value| match port["port"].as_u64() {
            Some(number) => format!("{number}/{}", port["protocol"].as_str().unwrap_or("TCP")),
            None => "any port".to_owned(),
        };
        let ports: Vec<String> = list("ports").iter().map(port).collect();
        let addresses = list("endpoints").iter().filter_map(|endpoint| endpoint["addresses"][0].as_str());
        let mut shown: Vec<&str> = addresses.clone().take(ADDRESSES).collect();
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
    let mut blocks = vec![Block::Checks(all.iter().take(LISTED).map(line).collect())];
    if all.len() > LISTED {
        let more = count(all.len() - LISTED, "more EndpointSlice");
        blocks.push(Block::Words(sentence("And {}.", &[&more])));
    }
    let badge = Badge::plain(Tone::Neutral, &all.len().to_string());
    let own = section("EndpointSlices", "EndpointSlice controller", None, blocks);
    (!all.is_empty()).then(|| Section { badges: vec![badge], ..own })
}

/// What each node's kube-proxy does with a request to a port, and what comes from outside.
fn clients(world: &World, service: &Service, port: &Port) -> Section {
    let title = format!("Who reaches port {}", port.number);
    if is_headless(service) {
        let words =
            "Every pod: its DNS gives the pods’ addresses, and no kube-proxy is asked. From outside nobody.";
        return section(&title, "CoreDNS", None, vec![Block::Words(sentence(words, &[]))]);
    }
    let all_endpoints = service::endpoints(world, service, Some(port));
    let lines = |way: Way, source: CameFrom, from: &str| -> Vec<Check> {
        let of_node = |node: &str| {
            let decision = decide_among(world, service, all_endpoints.clone(), node, way, source);
            let (tone, what) = match decision.verdict {
                Ruling::Forward => (Tone::Good, format!("any of {}", decision.candidates().count())),
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
