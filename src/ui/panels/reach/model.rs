//! What the Reach panel shows at the shown step.

use super::Given;
use super::watch::{Requests, Watch};
use crate::api::{EcoString, ObjectKey, SERVICE_NAME, Service, Time, sort};
use crate::cluster::World;
use crate::examples;
use crate::explain::reach::{LeftOut, Leg, left_out, legs, verdict};
use crate::explain::{Piece, plain};
use crate::kubectl::{self, Books, Command, CommandCx, Files};
use crate::network::host::runs;
use crate::network::service;
use crate::network::{Call, Caller, End, Hop, Journey, ask};
use std::collections::BTreeMap;

/// So many requests are sent to see who answers.
pub const MANY: u64 = 100;
/// So many pods are offered as clients, and so many addresses of a kind.
const OFFERED: usize = 200;

/// Kinds of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddressKind {
    /// The name of a Service.
    Name,
    /// The address of a Service.
    Service,
    /// A node's address with a port that somebody holds there.
    Node,
    /// A pod's own address.
    Pod,
}

impl AddressKind {
    /// All.
    pub const ALL: [AddressKind; 4] =
        [AddressKind::Name, AddressKind::Service, AddressKind::Node, AddressKind::Pod];

    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            AddressKind::Name => "DNS name",
            AddressKind::Service => "Service",
            AddressKind::Node => "node IP:port",
            AddressKind::Pod => "pod IP",
        }
    }
}

/// What the panel shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Who may ask, with a word on each.
    pub clients: Vec<(Caller, String)>,
    /// What may be asked for: kind, address and what it is.
    pub targets: Vec<(AddressKind, String, String)>,
    /// The question that is shown; none = nothing was asked, this is what could be.
    pub question: Option<Call>,
    /// Whether it was asked.
    pub is_asked: bool,
    /// Its way.
    pub trace: Option<Journey>,
    /// The same in words.
    pub legs: Vec<Leg>,
    /// How it ended.
    pub verdict: Vec<Piece>,
    /// Who was not taken.
    pub left_out: Vec<LeftOut>,
    /// The Service that it went to.
    pub service: Option<ObjectKey>,
    /// Which endpoints of that count, and by which field; none where no kube-proxy is asked.
    pub policy: Option<(&'static str, String)>,
    /// The questions that were asked with how many requests end where.
    pub rows: Vec<Row>,
    /// The slices of that Service, as kubectl lists them: the command, and what it prints.
    pub slices: Option<(String, String)>,
    /// One request a second, if they are sent.
    pub watch: Option<Watch>,
}

/// How many requests of one question end where.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// From where to where.
    pub label: String,
    /// How many end where.
    pub parts: Vec<Share>,
}

/// So many end alike.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// How many.
    pub count: u64,
    /// The node that answers, or the reason.
    pub word: String,
    /// The node.
    pub node: Option<EcoString>,
    /// Whether they are lost.
    pub is_lost: bool,
}

/// What the panel shows; `requests` are those that were sent for it before.
pub fn model(given: &Given, requests: &mut Requests) -> Model {
    let timeline = &given.run;
    let world = timeline.world();
    let (clients, targets) = (clients(world), targets(world));
    let asked = given.reaching.question().filter(|_| given.reaching.from.is_none()).cloned();
    let mut question = given.reaching.question().cloned();
    question = question.or_else(|| of_example(given, &clients)).or_else(|| first(&clients, &targets));
    if let (Some(question), Some(from)) = (&mut question, &given.reaching.from) {
        question.from = from.clone();
    }
    // The request that was sent last by the shown step, so that the picture stands still until the next one.
    let draw = world.traffic().sent.saturating_sub(1);
    let trace = question.as_ref().map(|question| ask(world, timeline.now(), question).trace(draw));
    let watch = match (&question, given.reaching.since) {
        (Some(question), Some(since)) => requests.watch(timeline, question, since, given.set.as_ref()),
        _ => None,
    };
    Model {
        clients,
        targets,
        is_asked: asked.is_some(),
        legs: question
            .as_ref()
            .zip(trace.as_ref())
            .map(|(call, trace)| legs(world, call, trace))
            .unwrap_or_default(),
        verdict: trace.as_ref().map(|trace| verdict(world, trace)).unwrap_or_default(),
        left_out: trace.as_ref().map(|trace| left_out(world, trace)).unwrap_or_default(),
        service: trace.as_ref().and_then(|trace| trace.service().cloned()),
        policy: trace.as_ref().and_then(|trace| policy(world, trace)),
        slices: trace.as_ref().and_then(|trace| slices(world, timeline.now(), trace.service()?)),
        rows: given
            .reaching
            .asked
            .iter()
            .map(|question| Row {
                label: format!("{} → {}:{}", name_of(&question.from), question.host, question.port),
                parts: parts(world, timeline.now(), question, given.reaching.again),
            })
            .collect(),
        question,
        trace,
        watch,
    }
}

/// The policy by which kube-proxy decides about a request, as the Service has it.
fn policy(world: &World, trace: &Journey) -> Option<(&'static str, String)> {
    let (service, way) = trace.hops.iter().find_map(|hop| match hop {
        Hop::Proxy { service, way, .. } => Some((service, *way)),
        _ => None,
    })?;
    let field = way.policy_field();
    let service = service::find(world, &service.namespace, &service.name)?;
    Some((field, service.text(field).to_owned()))
}

/// The slices of a Service whose endpoints are known.
fn slices(world: &World, now: Time, key: &ObjectKey) -> Option<(String, String)> {
    let service = service::find(world, &key.namespace, &key.name)?;
    if service::is_of_cluster(world, &service) {
        return None;
    }
    let label = format!("{SERVICE_NAME}={}", key.name);
    let words = ["kubectl", "get", "endpointslices", "-n", &key.namespace, "-l", &label];
    let cx = CommandCx { world, now, files: &Files::new(), books: &Books::default() };
    let answer = kubectl::run(&Command::of(words), &cx);
    Some((words.join(" "), answer.out + &answer.err))
}

/// How many of a hundred requests end where, which were sent so often before: by node for those that are answered.
pub fn parts(world: &World, now: Time, question: &Call, before: u64) -> Vec<Share> {
    let mut by: BTreeMap<(bool, String, Option<EcoString>), u64> = BTreeMap::new();
    let asked = ask(world, now, question);
    for (end, count) in asked.ends(before * MANY, MANY) {
        let key = match &end {
            End::Answered(_, Some(node)) => (false, node.to_string(), Some(node.clone())),
            End::Answered(pod, None) => (false, pod.1.to_string(), None),
            End::Refused(_) | End::TimedOut(_) | End::Unresolved(_) | End::Unknown(_) => {
                let trace = Journey { hops: Vec::new(), end: end.clone() };
                (true, plain(&verdict(world, &trace)), None)
            }
        };
        *by.entry(key).or_default() += count;
    }
    by.into_iter().map(|((is_lost, word, node), count)| Share { count, word, node, is_lost }).collect()
}

/// The client in a word.
pub fn name_of(client: &Caller) -> String {
    match client {
        Caller::Pod(pod) => pod.1.to_string(),
        Caller::Node(node) => format!("node {node}"),
        Caller::Outside => "outside".into(),
    }
}

/// Pods that run, those of no DaemonSet first, then nodes, then the outside.
fn clients(world: &World) -> Vec<(Caller, String)> {
    let is_daemon =
        |pod: &crate::api::Pod| pod.metadata.controller().is_some_and(|owner| owner.kind == "DaemonSet");
    let mut pods: Vec<_> = world.pods().filter(|pod| runs(pod)).collect();
    sort::by_key(&mut pods, |pod| is_daemon(pod));
    let of_pod = |pod: &std::rc::Rc<crate::api::Pod>| {
        let client = Caller::Pod((pod.metadata.namespace.clone(), pod.metadata.name.clone()));
        (client, format!("{} on {}", pod.metadata.name, pod.node().unwrap_or_default()))
    };
    let nodes = world.nodes().take(OFFERED).map(|node| {
        let name = node.metadata.name.clone();
        (Caller::Node(name.clone()), format!("node {name}"))
    });
    let outside = (Caller::Outside, "outside of the cluster".to_owned());
    pods.into_iter().take(OFFERED).map(of_pod).chain(nodes).chain([outside]).collect()
}

/// What a request of this panel speaks.
const ASKED: &str = "TCP";

/// The number of the port that a Service's pods have under a name.
fn named(world: &World, service: &Service, name: &str) -> Option<u16> {
    let pods = world.pods_in(&service.metadata.namespace).filter(|pod| service.selects(pod));
    let mut ports = pods.flat_map(|pod| pod.open_ports()).filter(|port| port.name == name);
    ports.next().and_then(|port| u16::try_from(port.container_port).ok())
}

fn targets(world: &World) -> Vec<(AddressKind, String, String)> {
    let mut all = Vec::new();
    for service in world.services().filter(|service| !service::is_of_cluster(world, service)) {
        let metadata = &service.metadata;
        let what = format!("Service {}", metadata.name);
        for port in service::ports(service).into_iter().filter(|port| port.protocol == ASKED) {
            // The client of a headless Service comes to the pod's own port.
            let number = match service::is_headless(service) {
                true => port
                    .target
                    .parse()
                    .ok()
                    .or_else(|| named(world, service, &port.target))
                    .unwrap_or(port.number),
                false => port.number,
            };
            all.push((
                AddressKind::Name,
                format!("{}.{}:{number}", metadata.name, metadata.namespace),
                what.clone(),
            ));
            let address = service.text("clusterIP");
            if !address.is_empty() && !service::is_headless(service) {
                all.push((AddressKind::Service, format!("{address}:{number}"), what.clone()));
            }
            if port.node_port != 0 {
                let at = |node: &std::rc::Rc<crate::api::Node>| {
                    Some((
                        AddressKind::Node,
                        format!("{}:{}", node.internal_ip()?, port.node_port),
                        format!("{what} at {}", node.metadata.name),
                    ))
                };
                all.extend(world.nodes().take(OFFERED).filter_map(at));
            }
        }
    }
    for pod in world.pods().filter(|pod| runs(pod)).take(OFFERED) {
        let address = &pod.status.pod_ip;
        let name = &pod.metadata.name;
        let host = pod.node().and_then(|node| world.node(node)).and_then(|node| node.internal_ip());
        for port in pod.open_ports().filter(|port| port.protocol == ASKED) {
            let kind = if pod.spec.host_network { AddressKind::Node } else { AddressKind::Pod };
            all.push((kind, format!("{address}:{}", port.container_port), name.to_string()));
            if let (true, Some(host)) = (port.host_port != 0 && !pod.spec.host_network, host) {
                all.push((
                    AddressKind::Node,
                    format!("{host}:{}", port.host_port),
                    format!("hostPort of {name}"),
                ));
            }
        }
    }
    sort::plain(&mut all);
    all.dedup_by(|right, left| right.0 == left.0 && right.1 == left.1);
    all
}

/// What the example asks.
fn of_example(given: &Given, clients: &[(Caller, String)]) -> Option<Call> {
    let (start, address) = examples::find(&given.example)?.asks?;
    let is_it = |(client, _): &&(Caller, String)| match client {
        Caller::Pod(pod) => !start.is_empty() && pod.1.starts_with(start),
        Caller::Outside => start.is_empty(),
        Caller::Node(_) => false,
    };
    question(&clients.iter().find(is_it)?.0, address).ok()
}

/// What one would ask first: the first client that there is for the first address.
fn first(clients: &[(Caller, String)], targets: &[(AddressKind, String, String)]) -> Option<Call> {
    let (from, _) = clients.first()?;
    let (_, address, _) = targets.first()?;
    question(from, address).ok()
}

/// A question from what is typed.
///
/// # Errors
/// It is no address with a port.
pub fn question(from: &Caller, address: &str) -> Result<Call, &'static str> {
    let address = address.trim();
    let address = address.split_once("://").map_or(address, |(_, rest)| rest);
    let address = address.split('/').next().unwrap_or_default();
    let (host, port) = address.split_once(':').unwrap_or((address, "80"));
    let port: u16 = port.parse().map_err(|_| "a port is a number from 1 to 65535")?;
    if host.is_empty() || host.contains(char::is_whitespace) || port == 0 {
        return Err("give it a name or an address, and a port: agent.logging:9100");
    }
    Ok(Call { from: from.clone(), host: host.into(), port, protocol: ASKED.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Act, DocumentName, Past, Session};
    use crate::ui::state::{Prefs, ReachAction, Theme, UiAction, UiState};
    use std::rc::Rc;

    fn model(state: &UiState) -> Model {
        super::model(&Given::of(state), &mut Requests::default())
    }

    fn opened(id: &str) -> Rc<UiState> {
        let mut state = UiState::blank(Prefs::new(Theme::Light), Vec::new());
        state.session = Session::of_example(examples::find(id).expect("an example"));
        Rc::new(state)
    }

    fn asked(state: Rc<UiState>, from: Caller, address: &str) -> Rc<UiState> {
        state.reduced(UiAction::Reach(ReachAction::Ask(question(&from, address).expect("a question"))))
    }

    fn client(state: &UiState, node: &str, start: &str) -> Caller {
        let pods = state.session.timeline.world().pods_on(node);
        let mut pods = pods.filter(|pod| pod.metadata.name.starts_with(start));
        let pod = pods.next().expect("a pod");
        Caller::Pod((pod.metadata.namespace.clone(), pod.metadata.name.clone()))
    }

    #[test]
    fn the_policy_that_decides_is_that_of_the_services_way() {
        let state = opened("reach_local");
        let from = client(&state, "worker-1", "web");
        let told = |host: &str| model(&asked(Rc::clone(&state), from.clone(), host)).policy;
        assert_eq!(told("agent.monitoring:9100"), Some(("internalTrafficPolicy", "Local".to_owned())));
        assert_eq!(told("192.168.7.2:9100"), None, "no kube-proxy is asked");
    }

    #[test]
    fn what_was_asked_is_answered_as_of_the_shown_step_and_stands_in_the_terminal() {
        let state = opened("reach_local");
        let from = client(&state, "worker-1", "web");
        let state = asked(state, from, "agent.monitoring:9100");
        let shown = model(&state);
        assert!(shown.is_asked);
        assert!(plain(&shown.verdict).starts_with("Answered by agent-"), "{}", plain(&shown.verdict));
        let said = state.session.transcript();
        assert!(said.last().is_some_and(
            |said| said.line.contains("-- curl -sS http://agent.monitoring:9100/") && said.code == 0
        ));
        // Before the DaemonSet's pods there were, nobody answered.
        let early = state.reduced(UiAction::Session(Act::Seek(2)));
        assert!(!plain(&model(&early).verdict).starts_with("Answered"));
    }

    #[test]
    fn without_a_local_endpoint_the_request_is_dropped_and_all_are_told_why() {
        let state = opened("reach_local");
        let from = client(&state, "gpu-1", "train");
        let state = asked(state, from, "agent.monitoring:9100");
        let model = model(&state);
        assert_eq!(plain(&model.verdict), "Dropped: no endpoint of agent on gpu-1, and the policy is Local.");
        assert!(model.legs.last().is_some_and(|leg| leg.is_lost));
        assert!(model.left_out.iter().all(|one| one.why == "on another node"), "{:?}", model.left_out);
        assert_eq!(model.rows[0].parts.len(), 1);
        assert!(model.rows[0].parts[0].is_lost && model.rows[0].parts[0].count == MANY);
    }

    /// A pod that asks its agent once a second.
    fn sending() -> Rc<UiState> {
        let state = opened("reach_local");
        let from = client(&state, "worker-1", "web");
        asked(state, from, "agent.monitoring:9100").reduced(UiAction::Reach(ReachAction::Keep(true)))
    }

    /// After something else was written into the manifest and rolled out.
    fn update(state: Rc<UiState>, from: &str, to: &str) -> Rc<UiState> {
        let text = state.session.documents.manifest.text.replace(from, to);
        let mut next = UiState::clone(&state);
        for act in [Act::Edit(DocumentName::Manifest, text.into()), Act::Apply, Act::Run(5_000)] {
            (next.session, _) = next.session.act(&act, Past::Ask);
        }
        Rc::new(next)
    }

    #[test]
    fn an_update_without_surge_loses_requests_and_one_with_surge_loses_none() {
        let state = update(sending(), "agent:1.0", "agent:1.1");
        let lost =
            |state: &UiState| model(state).watch.expect("it is sent").updates.last().expect("an update").lost;
        assert!(lost(&state) > 0);
        let again =
            update(state.clone(), "agent:1.1", "agent:1.2").reduced(UiAction::Reach(ReachAction::Show(0)));
        assert!(lost(&again) > 0);
        let surging = update(state, "maxUnavailable: 1", "maxUnavailable: 0\n      maxSurge: 1");
        let surging = update(surging, "agent:1.1", "agent:1.2");
        let watch = model(&surging).watch.expect("it is sent");
        let last = watch.updates.last().expect("an update");
        assert_eq!((last.lost, last.sent > 3), (0, true), "{watch:?}");
        assert!(last.label.contains("maxSurge 1"), "{}", last.label);
    }

    #[test]
    fn requests_that_go_on_come_to_what_those_sent_at_once_do() {
        let mut next = UiState::clone(&update(sending(), "agent:1.0", "agent:1.1"));
        (next.session, _) = next.session.act(&Act::Enter("sleep 7".into()), Past::Ask);
        let since = next.reaching.since.expect("they are sent");
        let len = next.session.timeline.len();
        let mut requests = Requests::default();
        // On by one, on by many, back and on again.
        let steps = (since - 1..len).chain([len, since + 9, len - 3, len - 2]);
        let mut most = 0;
        for step in steps {
            (next.session, _) = next.session.act(&Act::Seek(step), Past::Ask);
            let given = Given::of(&next);
            let watch = super::model(&given, &mut requests).watch;
            assert_eq!(watch, super::model(&given, &mut Requests::default()).watch, "at step {step}");
            assert_eq!(watch.is_none(), step < since);
            let updates = watch.map(|watch| watch.updates).unwrap_or_default();
            for update in &updates {
                assert_eq!(update.runs.iter().map(|(_, count)| count).sum::<usize>(), update.sent);
                let lost = update.runs.iter().filter(|(is_answered, _)| !is_answered);
                assert_eq!(lost.map(|(_, count)| count).sum::<usize>(), update.lost);
            }
            most = most.max(updates.iter().map(|update| update.lost).sum());
        }
        assert!(most > 0, "some are lost");
    }

    #[test]
    fn where_there_is_nothing_to_ask_the_api_server_is_not_offered() {
        let state = UiState::blank(Prefs::new(Theme::Light), Vec::new());
        let shown = model(&state);
        assert!(shown.targets.is_empty(), "{:?}", shown.targets);
        assert_eq!((shown.question, shown.slices), (None, None));
    }

    #[test]
    fn a_hundred_more_are_drawn_anew_and_the_slices_are_told_as_kubectl_lists_them() {
        let state = opened("reach_service");
        let from = client(&state, "worker-1", "web");
        let state = asked(state, from, "agent.monitoring:9100");
        let shares = |state: &UiState| -> Vec<u64> {
            model(state).rows[0].parts.iter().map(|part| part.count).collect()
        };
        let first = shares(&state);
        let mut again = Rc::clone(&state);
        let others: Vec<Vec<u64>> = (0..5)
            .map(|_| {
                again = Rc::clone(&again).reduced(UiAction::Reach(ReachAction::Again));
                shares(&again)
            })
            .collect();
        assert!(others.iter().any(|other| *other != first), "{first:?} {others:?}");
        assert!(others.iter().all(|other| other.iter().sum::<u64>() == MANY));
        let (command, listed) = model(&state).slices.expect("a Service is asked");
        assert_eq!(command, "kubectl get endpointslices -n monitoring -l kubernetes.io/service-name=agent");
        assert!(listed.starts_with("NAME ") && listed.contains(" 9100 "), "{listed}");
    }

    #[test]
    fn what_is_typed_is_read_or_refused() {
        for (typed, expected) in [
            ("agent:9100", Some(("agent", 9100))),
            ("http://agent.logging:9100/metrics", Some(("agent.logging", 9100))),
            ("10.96.0.1", Some(("10.96.0.1", 80))),
            ("", None),
            ("a b:1", None),
            ("a:0", None),
            ("a:x", None),
        ] {
            let read = question(&Caller::Outside, typed).ok();
            let read = read.as_ref().map(|question| (question.host.as_str(), question.port));
            assert_eq!(read, expected, "{typed}");
        }
    }
}
