use crate::api::Toleration;
use crate::scheduler::plugins::testing::*;
use std::rc::Rc;

#[test]
fn a_cordoned_node_takes_only_pods_that_tolerate_the_cordon() {
    let mut cordoned = node("n1");
    cordoned.spec.unschedulable = true;
    let world = world(&[cordoned], &[]);
    let trace = schedule(&world, pod("p"));
    assert_eq!(verdict(&trace, "n1"), ("NodeUnschedulable", "node(s) were unschedulable".into()));
    let mut daemon = pod("d");
    let bears = Toleration::exists("node.kubernetes.io/unschedulable", "NoSchedule");
    Rc::make_mut(&mut daemon.spec).tolerations = Rc::new(vec![bears]);
    assert_eq!(schedule(&world, daemon).node().map(|node| &**node), Some("n1"));
}
