//! Requests to random Services: whom they may reach, and that they reach all of them.

use super::given::{act, cluster, daemon_set};
use super::{BOUND, config, perform, start};
use playground::api::{Kind, Object, Time};
use playground::cluster::World;
use playground::kubectl::Request;
use playground::network::service::{endpoints, find};
use playground::network::{Call, Caller, End, Hop, Policy, Ruling, ask};
use playground::sim::{RunEnd, Timeline};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A Service for the agents, of any type, policy and way to choose.
fn service() -> impl Strategy<Value = Object> {
    let local = || prop::sample::select(vec!["Cluster", "Local"]);
    let affinity = prop::sample::select(vec!["None", "ClientIP"]);
    let closeness = prop::sample::select(vec![None, Some("PreferSameNode"), Some("PreferSameZone")]);
    let kind = prop::sample::select(vec!["ClusterIP", "NodePort"]);
    (kind, local(), local(), affinity, closeness, any::<bool>()).prop_map(
        |(kind, internal, external, affinity, closeness, publishes)| {
            let mut spec = json!({
                "type": kind, "selector": { "app": "agent" }, "internalTrafficPolicy": internal,
                "sessionAffinity": affinity, "publishNotReadyAddresses": publishes, "ports": [{ "port": 80 }],
            });
            if kind == "NodePort" {
                spec["externalTrafficPolicy"] = external.into();
            }
            if let Some(closeness) = closeness {
                spec["trafficDistribution"] = closeness.into();
            }
            let service = json!({ "apiVersion": "v1", "kind": "Service", "metadata": { "name": "agent", "namespace": "default" }, "spec": spec });
            Object::from_json(service).expect("a Service")
        },
    )
}

/// Calls from each node and from outside to the Service's address and to each node's port of it.
fn calls(world: &World) -> Vec<Call> {
    let Some(service) = find(world, "default", "agent") else { return Vec::new() };
    let port = service.spec.rest.get("ports").and_then(|ports| ports[0]["nodePort"].as_u64());
    let call = |from: &Caller, host: &str, port: u16| Call {
        from: from.clone(),
        host: host.into(),
        port,
        protocol: "TCP".into(),
    };
    let mut calls = Vec::new();
    let nodes = || world.nodes().map(|node| Caller::Node(node.metadata.name.clone()));
    for from in nodes().chain([Caller::Outside]) {
        calls.push(call(&from, service.text("clusterIP"), 80));
        for node in world.nodes() {
            let ports = port.and_then(|port| u16::try_from(port).ok());
            calls.extend(ports.zip(node.internal_ip()).map(|(port, ip)| call(&from, ip, port)));
        }
    }
    calls
}

fn only_who_may_answers(world: &World) {
    let Some(service) = find(world, "default", "agent") else { return };
    let listed: BTreeSet<_> = endpoints(world, &service, None).into_iter().map(|one| one.address).collect();
    for call in calls(world) {
        let asked = ask(world, Time::EPOCH, &call);
        for draw in 0..4 {
            let journey = asked.trace(draw);
            let End::Answered(pod, node) = &journey.end else { continue };
            let pod = world.pod_named(pod).expect("who answers is there");
            assert!(
                listed.contains(&pod.status.pod_ip),
                "{call:?} reached {}, which no slice lists",
                pod.metadata.name
            );
            assert!(pod.node().is_some(), "{call:?} reached a pod that is not bound");
            for hop in &journey.hops {
                if let Hop::Proxy { node: proxy, decision, .. } = hop {
                    let stays = decision.policy == Policy::Cluster || node.as_ref() == Some(proxy);
                    assert!(stays, "{call:?} left {proxy} though the policy is Local");
                }
            }
        }
    }
}

/// In a stable cluster each pod that is ready stands in the slices once, and nobody is missed in the long run.
fn everybody_is_reached(world: &World) {
    if find(world, "default", "agent").is_none() {
        return;
    }
    let slices: Vec<Value> = world.of_kind(&Kind::EndpointSlice).map(Object::to_json).collect();
    let listed = slices.iter().flat_map(|slice| slice["endpoints"].as_array().into_iter().flatten());
    let names: Vec<&str> = listed.filter_map(|endpoint| endpoint["targetRef"]["name"].as_str()).collect();
    for pod in
        world.pods().filter(|pod| pod.is_ready() && !pod.is_finished() && !pod.status.pod_ip.is_empty())
    {
        let is_there = pod.node().is_some_and(|node| world.node(node).is_some());
        let count = names.iter().filter(|name| **name == pod.metadata.name).count();
        assert_eq!(count, usize::from(is_there), "{} in {names:?}", pod.metadata.name);
    }
    for call in calls(world) {
        let asked = ask(world, Time::EPOCH, &call);
        let journey = asked.trace(0);
        let Some(decision) = journey.decision().filter(|decision| decision.verdict == Ruling::Forward) else {
            continue;
        };
        let candidates: BTreeSet<_> = decision.candidates().map(|one| one.address.clone()).collect();
        let picked = |draw| {
            asked.trace(draw).hops.into_iter().find_map(|hop| match hop {
                Hop::Picked(endpoint, ..) => Some(endpoint.address),
                _ => None,
            })
        };
        let taken: BTreeSet<_> = (0..60 * candidates.len() as u64).filter_map(picked).collect();
        assert_eq!(taken, candidates, "{call:?}");
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_request_reaches_whom_it_may_and_all_of_them_in_the_long_run(
        nodes in cluster(),
        set in daemon_set(),
        service in service(),
        acts in prop::collection::vec(act(), 0..6),
    ) {
        let mut timeline: Timeline = start(&nodes, &set);
        timeline.say(&Request::apply(Request::text_of(std::slice::from_ref(&service))));
        for act in &acts {
            perform(&mut timeline, act);
            for _ in 0..15 {
                if !timeline.forward() {
                    break;
                }
                only_who_may_answers(timeline.world());
            }
        }
        if timeline.run(BOUND) == RunEnd::Stable {
            everybody_is_reached(timeline.world());
        }
    }
}
