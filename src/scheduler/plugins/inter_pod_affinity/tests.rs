use crate::api::{
    Affinity, LabelSelector, Namespace, Node, Pod, PodAffinity, PodAffinityTerm, WeightedPodAffinityTerm,
};
use crate::scheduler::plugins::testing::*;
use std::rc::Rc;

fn zoned(name: &str, zone: &str) -> Node {
    let mut node = node(name);
    node.metadata.labels.insert("zone".into(), zone.into());
    node
}

fn app(name: &str, app: &str) -> Pod {
    let mut pod = pod(name);
    pod.metadata.labels.insert("app".into(), app.into());
    pod
}

fn term(app: &str) -> PodAffinityTerm {
    PodAffinityTerm {
        topology_key: "zone".into(),
        label_selector: Some(LabelSelector {
            match_labels: [("app".to_owned(), app.to_owned())].into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn with(mut pod: Pod, near: Option<PodAffinity>, away: Option<PodAffinity>) -> Pod {
    let affinity = Affinity { pod_affinity: near, pod_anti_affinity: away, ..Default::default() };
    Rc::make_mut(&mut pod.spec).affinity = Some(Rc::new(affinity));
    pod
}

fn required(app: &str) -> Option<PodAffinity> {
    Some(PodAffinity { required: vec![term(app)], ..Default::default() })
}

fn nodes() -> [Node; 3] {
    [zoned("n1", "a"), zoned("n2", "a"), zoned("n3", "b")]
}

#[test]
fn affinity_draws_to_the_topology_of_a_matching_pod() {
    let world = world(&nodes(), &[on(app("old", "db"), "n1")]);
    let trace = schedule(&world, with(app("p", "web"), required("db"), None));
    assert_eq!(trace.feasible().map(|name| &**name).collect::<Vec<_>>(), ["n1", "n2"]);
    assert_eq!(verdict(&trace, "n3"), ("InterPodAffinity", "node(s) didn't match pod affinity rules".into()));
}

#[test]
fn the_first_pod_of_a_group_may_go_anywhere_if_it_wants_to_be_near_itself() {
    let world = world(&nodes(), &[]);
    assert_eq!(schedule(&world, with(app("p", "web"), required("web"), None)).feasible().count(), 3);
    assert_eq!(schedule(&world, with(app("p", "web"), required("db"), None)).feasible().count(), 0);
}

#[test]
fn anti_affinity_holds_in_both_directions() {
    let world_of = |old| world(&nodes(), &[on(old, "n1")]);
    let own = schedule(&world_of(app("old", "web")), with(app("p", "web"), None, required("web")));
    assert_eq!(own.node().map(|node| &**node), Some("n3"));
    assert_eq!(verdict(&own, "n2").1, "node(s) didn't match pod anti-affinity rules");
    let theirs = schedule(&world_of(with(app("old", "db"), None, required("web"))), app("p", "web"));
    assert_eq!(theirs.node().map(|node| &**node), Some("n3"));
    assert_eq!(verdict(&theirs, "n2").1, "node(s) didn't satisfy existing pods anti-affinity rules");
}

#[test]
fn preferences_add_up_and_are_stretched_over_the_whole_range() {
    let prefer = |app, weight| {
        let term = WeightedPodAffinityTerm { weight, pod_affinity_term: term(app), ..Default::default() };
        Some(PodAffinity { preferred: vec![term], ..Default::default() })
    };
    let world = world(&nodes(), &[on(app("old", "db"), "n1")]);
    let scores = |near, away| {
        let trace = schedule(&world, with(app("p", "web"), near, away));
        ["n1", "n2", "n3"].map(|node| score(&trace, "InterPodAffinity", node))
    };
    assert_eq!(scores(prefer("db", 5), None), [Some(200), Some(200), Some(0)]);
    assert_eq!(scores(None, prefer("db", 5)), [Some(0), Some(0), Some(200)]);
    assert_eq!(scores(prefer("gone", 5), None), [None, None, None]);
}

#[test]
fn a_namespace_selector_that_lack_of_labels_satisfies_means_every_namespace_for_the_pods_own_terms() {
    let elsewhere = |app_name: &str| {
        let mut pod = app("old", app_name);
        pod.metadata.namespace = "team-a".into();
        pod
    };
    let not_prod = |mut rules: PodAffinity| {
        let selector = serde_json::json!({"matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["prod"]}]});
        rules.required[0].namespace_selector = Some(serde_json::from_value(selector).unwrap());
        Some(rules)
    };
    let mut world = world(&nodes(), &[on(elsewhere("db"), "n1")]);
    let mut namespace = Namespace::default();
    namespace.metadata.name = "team-a".into();
    namespace.metadata.labels.insert("env".into(), "prod".into());
    world.restore(namespace);
    // Upstream asks the selector without the labels of team-a as well.
    let own = schedule(&world, with(app("p", "web"), not_prod(required("db").unwrap()), None));
    assert_eq!(own.feasible().map(|name| &**name).collect::<Vec<_>>(), ["n1", "n2"]);
    // A term of a pod that is already there is asked with the labels only.
    let theirs = with(on(app("old", "db"), "n1"), None, not_prod(required("web").unwrap()));
    world.restore(theirs);
    let mut incoming = app("p", "web");
    incoming.metadata.namespace = "team-a".into();
    assert_eq!(schedule(&world, incoming).feasible().count(), 3);
}
