use crate::api::{
    Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod,
    PreferredSchedulingTerm,
};
use crate::scheduler::plugins::testing::*;
use crate::scheduler::trace::{PreFilterOutcome, SchedulingResult};
use std::rc::Rc;

/// A pod whose required affinity has a term for each list of names.
fn pinned(terms: &[&[&[&str]]]) -> Pod {
    let field = |names: &&[&str]| NodeSelectorRequirement::new("metadata.name", "In", names);
    let term = |fields: &&[&[&str]]| NodeSelectorTerm {
        match_fields: fields.iter().map(field).collect(),
        ..Default::default()
    };
    let required =
        NodeSelector { node_selector_terms: terms.iter().map(term).collect(), ..Default::default() };
    with_affinity(NodeAffinity { required: Some(required), ..Default::default() })
}

fn with_affinity(node_affinity: NodeAffinity) -> Pod {
    let mut pod = pod("p");
    let affinity = Affinity { node_affinity: Some(node_affinity), ..Default::default() };
    Rc::make_mut(&mut pod.spec).affinity = Some(Rc::new(affinity));
    pod
}

#[test]
fn a_pod_pinned_by_name_is_tried_on_those_nodes_only() {
    let world = world(&[node("n1"), node("n2"), node("n3")], &[]);
    let trace = schedule(&world, pinned(&[&[&["n2"]]]));
    assert_eq!(trace.node().map(|node| &**node), Some("n2"));
    assert_eq!(verdict(&trace, "n1"), ("", "node(s) didn't satisfy plugin(s) [NodeAffinity]".into()));
    let trace = schedule(&world, pinned(&[&[&["gone"]]]));
    let expected = "0/3 nodes are available: 3 node(s) didn't satisfy plugin(s) [NodeAffinity]. no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
    assert_eq!(trace.message(), Some(expected));
}

#[test]
fn pins_of_one_term_are_intersected_and_terms_united() {
    let world = world(&[node("n1"), node("n2"), node("n3")], &[]);
    for (terms, expected) in [
        (&[&[&["n1", "n2"][..], &["n2", "n3"]][..]][..], Some(vec!["n2"])),
        (&[&[&["n1"][..]][..], &[&["n3"]]], Some(vec!["n1", "n3"])),
        (&[&[&["n1"][..], &["n2"]][..]], None),
    ] {
        let trace = schedule(&world, pinned(terms));
        let said = trace.pre_filter.iter().find(|said| said.plugin() == "NodeAffinity").unwrap();
        match (&said.outcome, &expected) {
            (PreFilterOutcome::Restricted(names), Some(expected)) => {
                assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), *expected);
            }
            (PreFilterOutcome::Rejected(rejection), None) => {
                assert_eq!(rejection.message(), "pod affinity terms conflict");
                let text = "0/3 nodes are available: pod affinity terms conflict. not found";
                assert_eq!(trace.message(), Some(text));
            }
            (outcome, expected) => panic!("{outcome:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn preferred_terms_add_up_and_the_best_node_has_all_points() {
    let prefer = |name: &str, weight| PreferredSchedulingTerm {
        weight,
        preference: NodeSelectorTerm {
            match_expressions: vec![NodeSelectorRequirement::new("kubernetes.io/hostname", "In", &[name])],
            ..Default::default()
        },
        ..Default::default()
    };
    let preferred = vec![prefer("n1", 80), prefer("n2", 20)];
    let pod = with_affinity(NodeAffinity { preferred, ..Default::default() });
    let trace = schedule(&world(&[node("n1"), node("n2"), node("n3")], &[]), pod);
    let scores = ["n1", "n2", "n3"].map(|node| score(&trace, "NodeAffinity", node));
    assert_eq!(scores, [Some(200), Some(50), Some(0)]);
}

#[test]
fn preferred_terms_that_cannot_be_read_fail_the_attempt_where_there_is_a_choice() {
    let prefer = |value: &str| PreferredSchedulingTerm {
        weight: 1,
        preference: NodeSelectorTerm {
            match_expressions: vec![NodeSelectorRequirement::new("cores", "Gt", &[value])],
            ..Default::default()
        },
        ..Default::default()
    };
    let wanting = |values: &[&str]| {
        let preferred = values.iter().map(|value| prefer(value)).collect();
        with_affinity(NodeAffinity { preferred, ..Default::default() })
    };
    let two = world(&[node("n1"), node("n2")], &[]);
    let text = "running PreScore plugin \"NodeAffinity\": [1].matchExpressions[0].values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer";
    let trace = schedule(&two, wanting(&["4", "x"]));
    assert_eq!(trace.result, SchedulingResult::Error { message: text.into() });
    let trace = schedule(&two, wanting(&["-4"]));
    let start = "running PreScore plugin \"NodeAffinity\": [0].matchExpressions[0].values[0][cores]: Invalid value: \"-4\": a valid label must be";
    assert!(trace.message().unwrap().starts_with(start), "{:?}", trace.message());
    assert_eq!(schedule(&two, wanting(&["4"])).message(), None);
    assert_eq!(schedule(&world(&[node("n1")], &[]), wanting(&["x"])).message(), None, "nothing to rank");
}

#[test]
fn the_other_nodes_of_a_pinned_pod_name_the_plugin_that_refused_its_nominated_node() {
    let full = on(asking(pod("old"), &[("cpu", "8")]), "n1");
    let world = world(&[node("n1"), node("n2")], &[full]);
    let mut wanted = asking(pinned(&[&[&["n1"]]]), &[("cpu", "1")]);
    wanted.status.nominated_node_name = "n1".into();
    let trace = schedule(&world, wanted);
    let expected = "node(s) didn't satisfy plugin(s) [NodeAffinity NodeResourcesFit]";
    assert_eq!(verdict(&trace, "n2"), ("", expected.into()));
}
