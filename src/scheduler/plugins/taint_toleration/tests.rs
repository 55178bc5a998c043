use crate::api::{Node, Pod, Taint, Toleration};
use crate::scheduler::plugins::testing::*;
use std::rc::Rc;

fn tainted(name: &str, taints: &[(&str, &str)]) -> Node {
    let mut node = node(name);
    node.spec.taints = taints.iter().map(|(key, effect)| Taint::new(key, "", effect)).collect();
    node
}

fn bearing(mut pod: Pod, key: &str, effect: &str) -> Pod {
    Rc::make_mut(&mut pod.spec).tolerations = Rc::new(vec![Toleration::exists(key, effect)]);
    pod
}

#[test]
fn hard_taints_must_be_tolerated_and_soft_ones_need_not() {
    for (taints, bears, fits) in [
        (&[("a", "NoSchedule")][..], ("", ""), true),
        (&[("a", "NoSchedule")], ("a", "NoSchedule"), true),
        (&[("a", "NoSchedule")], ("a", "NoExecute"), false),
        (&[("a", "NoExecute")], ("a", "NoExecute"), true),
        (&[("a", "NoSchedule"), ("b", "NoSchedule")], ("a", ""), false),
        (&[("a", "PreferNoSchedule")], ("b", ""), true),
    ] {
        let world = world(&[tainted("n1", taints)], &[]);
        let trace = schedule(&world, bearing(pod("p"), bears.0, bears.1));
        assert_eq!(trace.node().is_some(), fits, "{taints:?} against {bears:?}");
    }
}

#[test]
fn fewer_untolerated_soft_taints_are_better() {
    let soft = "PreferNoSchedule";
    let nodes =
        [tainted("n0", &[]), tainted("n1", &[("a", soft)]), tainted("n2", &[("a", soft), ("b", soft)])];
    let trace = schedule(&world(&nodes, &[]), pod("p"));
    let scores = ["n0", "n1", "n2"].map(|node| score(&trace, "TaintToleration", node));
    assert_eq!(scores, [Some(300), Some(150), Some(0)]);
}
