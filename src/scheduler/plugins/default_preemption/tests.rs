use crate::api::{Node, Pod};
use crate::scheduler::Criterion;
use crate::scheduler::framework::Nomination;
use crate::scheduler::plugins::testing::*;
use crate::scheduler::trace::{SchedulingResult, SchedulingTrace};

fn full(name: &str) -> Node {
    node(name)
}

fn low(name: &str, node: &str, cpu: &str, priority: i32) -> Pod {
    of_priority(on(asking(pod(name), &[("cpu", cpu)]), node), priority)
}

fn victims(trace: &SchedulingTrace) -> Vec<String> {
    let chosen = trace.preemption.as_ref().and_then(|preemption| preemption.chosen());
    chosen.into_iter().flat_map(|chosen| chosen.victims()).map(|victim| victim.name().to_string()).collect()
}

#[test]
fn as_many_pods_as_possible_stay_and_the_most_important_first() {
    let pods = [low("a", "n1", "3", 20), low("b", "n1", "3", 10), low("c", "n1", "2", 5)];
    let trace = schedule(&world(&[full("n1")], &pods), of_priority(asking(pod("p"), &[("cpu", "4")]), 100));
    assert_eq!(victims(&trace), ["b", "c"]);
    let SchedulingResult::Unschedulable { nomination, message, .. } = &trace.result else {
        panic!("the pod has to wait for its victims");
    };
    assert_eq!(*nomination, Nomination::Set("n1".into()));
    assert_eq!(&**message, "0/1 nodes are available: 1 Insufficient cpu.");
}

#[test]
fn pods_of_equal_priority_are_no_victims() {
    let pods = [low("a", "n1", "8", 100)];
    let trace = schedule(&world(&[full("n1")], &pods), of_priority(asking(pod("p"), &[("cpu", "1")]), 100));
    assert_eq!(victims(&trace), [""; 0]);
    let text = "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod.";
    assert_eq!(trace.message(), Some(text));
}

#[test]
fn the_deciding_criterion_is_told() {
    for (second, by, node) in [
        (vec![low("b", "n2", "8", 5)], Criterion::LowestHighestPriority, "n2"),
        (vec![low("b", "n2", "4", 10), low("c", "n2", "4", 10)], Criterion::SmallestPrioritySum, "n1"),
        (vec![low("b", "n2", "8", 10)], Criterion::Chance, ""),
    ] {
        let mut pods = vec![low("a", "n1", "8", 10)];
        pods.extend(second);
        let world = world(&[full("n1"), full("n2")], &pods);
        let trace = schedule(&world, of_priority(asking(pod("p"), &[("cpu", "8")]), 100));
        let choice = trace.preemption.as_ref().and_then(|preemption| preemption.choice.clone()).unwrap();
        assert_eq!(choice.by, by);
        assert!(node.is_empty() || &*choice.node == node);
    }
}
