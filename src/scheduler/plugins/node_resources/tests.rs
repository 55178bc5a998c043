use crate::api::Quantity;
use crate::scheduler::framework::Code;
use crate::scheduler::plugins::testing::*;

#[test]
fn every_resource_that_lacks_is_named_in_order() {
    let mut small = node("n1");
    for (resource, amount) in [("cpu", "1"), ("memory", "1Gi"), ("pods", "1"), ("example.com/gpu", "2")] {
        small.status.allocatable.insert(resource.into(), Quantity::parse(amount).unwrap());
    }
    let old = on(asking(pod("old"), &[("cpu", "600m"), ("example.com/gpu", "2")]), "n1");
    let world = world(&[small], &[old]);
    let wanted = asking(pod("p"), &[("cpu", "500m"), ("memory", "100Mi"), ("example.com/gpu", "1")]);
    let trace = schedule(&world, wanted);
    let expected = "Too many pods, Insufficient cpu, Insufficient example.com/gpu";
    assert_eq!(verdict(&trace, "n1"), ("NodeResourcesFit", expected.into()));
    assert_eq!(trace.verdict("n1").unwrap().rejection().unwrap().code, Code::Unschedulable);
    let trace = schedule(&world, asking(pod("p"), &[("cpu", "2")]));
    let code = trace.verdict("n1").unwrap().rejection().unwrap().code;
    assert_eq!(code, Code::UnschedulableAndUnresolvable, "no pod can be removed to make 1 cpu into 2");
}

#[test]
fn a_pod_that_asks_for_nothing_fits_on_an_overcommitted_node() {
    let old = on(asking(pod("old"), &[("cpu", "9")]), "n1");
    assert!(schedule(&world(&[node("n1")], &[old]), pod("p")).node().is_some());
}

#[test]
fn emptier_nodes_and_even_use_are_better() {
    let old = on(asking(pod("old"), &[("cpu", "4"), ("memory", "16Gi")]), "n1");
    let lean = on(asking(pod("lean"), &[("cpu", "4")]), "n3");
    let world = world(&[node("n1"), node("n2"), node("n3")], &[old, lean]);
    let trace = schedule(&world, asking(pod("p"), &[("cpu", "1"), ("memory", "4Gi")]));
    let fit = ["n1", "n2"].map(|node| score(&trace, "NodeResourcesFit", node).unwrap());
    assert_eq!(fit, [37, 87], "3/8 and 7/8 stay free");
    let even = ["n2", "n3"].map(|node| score(&trace, "NodeResourcesBalancedAllocation", node).unwrap());
    assert_eq!(even, [75, 75], "equal shares are added to both");
    let trace = schedule(&world, asking(pod("p"), &[("memory", "8Gi")]));
    let balance = |node| score(&trace, "NodeResourcesBalancedAllocation", node).unwrap();
    assert!(balance("n3") > balance("n2"), "memory evens out the cpu used on n3");
}
