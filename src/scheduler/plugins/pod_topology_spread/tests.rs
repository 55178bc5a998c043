use crate::api::{LabelSelector, Node, Pod, Service, TopologySpreadConstraint};
use crate::scheduler::plugins::testing::*;
use std::rc::Rc;

fn zoned(name: &str, zone: &str) -> Node {
    let mut node = node(name);
    node.metadata.labels.insert("zone".into(), zone.into());
    node
}

fn app(name: &str) -> Pod {
    let mut pod = pod(name);
    pod.metadata.labels.insert("app".into(), "web".into());
    pod
}

fn spread(mut pod: Pod, when: &str, min_domains: Option<i32>) -> Pod {
    let constraint = TopologySpreadConstraint {
        max_skew: 1,
        topology_key: "zone".into(),
        when_unsatisfiable: when.into(),
        label_selector: Some(LabelSelector {
            match_labels: [("app".to_owned(), "web".to_owned())].into(),
            ..Default::default()
        }),
        min_domains,
        ..Default::default()
    };
    Rc::make_mut(&mut pod.spec).topology_spread_constraints = vec![constraint];
    pod
}

#[test]
fn no_zone_may_have_more_than_max_skew_above_the_emptiest() {
    let nodes = [zoned("n1", "a"), zoned("n2", "b"), node("n3")];
    let world = world(&nodes, &[on(app("old"), "n1")]);
    let trace = schedule(&world, spread(app("p"), "DoNotSchedule", None));
    assert_eq!(trace.node().map(|node| &**node), Some("n2"));
    let uneven = "node(s) didn't match pod topology spread constraints";
    assert_eq!(verdict(&trace, "n1"), ("PodTopologySpread", uneven.into()));
    assert_eq!(verdict(&trace, "n3"), ("PodTopologySpread", format!("{uneven} (missing required label)")));
}

#[test]
fn too_few_domains_make_the_minimum_zero() {
    let world = world(&[zoned("n1", "a")], &[on(app("old"), "n1")]);
    assert!(schedule(&world, spread(app("p"), "DoNotSchedule", None)).node().is_some());
    assert!(schedule(&world, spread(app("p"), "DoNotSchedule", Some(2))).node().is_none());
}

#[test]
fn pods_that_are_ending_are_not_counted() {
    let mut ending = on(app("old"), "n1");
    ending.metadata.deletion_timestamp = Some(crate::api::Time::EPOCH);
    let world = world(&[zoned("n1", "a"), zoned("n2", "b")], &[ending]);
    let trace = schedule(&world, spread(app("p"), "DoNotSchedule", None));
    assert_eq!(trace.feasible().count(), 2);
}

#[test]
fn the_system_defaults_hold_for_pods_of_a_service_only() {
    let mut world = world(&[node("n1"), node("n2")], &[on(app("old"), "n1")]);
    let scores = |trace: &crate::scheduler::trace::SchedulingTrace| {
        ["n1", "n2"].map(|node| score(trace, "PodTopologySpread", node))
    };
    assert_eq!(scores(&schedule(&world, app("p"))), [None, None]);
    let mut service = Service::default();
    service.metadata.name = "web".into();
    service.metadata.namespace = "default".into();
    service.spec.selector.insert("app".into(), "web".into());
    world.restore(service);
    let [full, empty] = scores(&schedule(&world, app("p")));
    assert!(empty > full && full.is_some());
    let own = schedule(&world, spread(app("p"), "DoNotSchedule", None));
    assert_eq!(scores(&own), [None, None], "constraints of its own switch the defaults off");
}
