//! Nodes that are unwell or gone, and what their kubelets turn away.

use super::Case;
use playground::api::ObjectKey;
use playground::cluster::Propagation;
use playground::kubectl::Request;

/// DESIRED, CURRENT, READY and MISSCHEDULED.
fn counts(case: &Case, namespace: &str, name: &str) -> [i32; 4] {
    let status = &case.world().daemon_set(namespace, name).expect("the set").status;
    [
        status.desired_number_scheduled,
        status.current_number_scheduled,
        status.number_ready,
        status.number_misscheduled,
    ]
}

fn taints(case: &Case, node: &str) -> Vec<String> {
    case.world().node(node).expect("the node").spec.taints.iter().map(ToString::to_string).collect()
}

/// `doNoScheduleTaintingPass`: taints follow the conditions, which only the kubelet changes.
#[test]
fn what_the_list_says_of_a_node_stays_07() {
    let mut case = Case::open("07");
    case.apply("manifest.yaml");
    case.run();
    assert_eq!(counts(&case, "default", "agent"), [1, 1, 1, 0]);
    let [desired, current, _, misscheduled] = counts(&case, "default", "cni");
    assert_eq!([desired, current, misscheduled], [3, 3, 0]);
    for (node, ready, key) in [("dead", "Unknown", "unreachable"), ("cninotready", "False", "not-ready")] {
        let node_now = case.world().node(node).and_then(|node| node.ready());
        assert_eq!(node_now, Some(ready), "{node}");
        let expected = ["NoSchedule", "NoExecute"].map(|effect| format!("node.kubernetes.io/{key}:{effect}"));
        let mut have = taints(&case, node);
        have.sort_by_key(|taint| !taint.ends_with("NoSchedule"));
        assert_eq!(have, expected, "{node}");
    }
    let started = case.world().pods_on("dead").any(|pod| !pod.status.container_statuses.is_empty());
    assert!(!started, "a silent kubelet starts nothing");
}

/// `doNoScheduleTaintingPass`: the list describes a cluster in which the taint has long been there.
#[test]
fn the_taints_that_conditions_imply_are_there_before_anything_is_scheduled_08() {
    let mut case = Case::open("08");
    assert_eq!(taints(&case, "n1"), ["node.kubernetes.io/network-unavailable:NoSchedule"]);
    case.apply("manifest.yaml");
    case.run();
    assert_eq!(counts(&case, "default", "agent"), [0, 0, 0, 0]);
    assert_eq!(counts(&case, "default", "cni"), [1, 1, 1, 0]);
    let web = case.pod("default", "web");
    assert_eq!(web.node(), None);
    let why = web.condition("PodScheduled").map(|condition| condition.message.clone()).unwrap_or_default();
    assert!(why.starts_with("0/1 nodes are available: 1 node(s) had untolerated taint(s)."), "{why}");
}

/// `flushUnschedulablePodsLeftover`, then `getUnscheduledPodsWithoutNode`.
#[test]
fn the_pending_daemon_pod_of_a_deleted_node_goes_after_five_minutes_12() {
    let mut case = Case::open("12");
    case.apply("manifest.yaml");
    case.run();
    let key = ObjectKey::node("n1");
    case.timeline.say(&Request::delete(&key, Propagation::Background));
    case.run_for(290);
    assert_eq!(counts(&case, "default", "agent"), [2, 2, 0, 0], "nobody is woken by the deletion itself");
    assert_eq!(case.world().unplaced_pods().count(), 1);
    case.run();
    assert_eq!(counts(&case, "default", "agent"), [1, 1, 0, 0]);
}

/// `Admit` of `pkg/kubelet/eviction/eviction_manager.go`.
#[test]
fn a_kubelet_under_disk_pressure_turns_away_what_is_not_critical_13() {
    let mut case = Case::open("13");
    case.apply("manifest.yaml");
    case.run_for(20);
    assert_eq!(counts(&case, "kube-system", "crit"), [2, 2, 2, 0]);
    assert_eq!(counts(&case, "default", "agent")[2], 1, "ready on ok only");
    let why = "The node had condition: [DiskPressure]. ";
    let told = case.events().iter().filter(|event| event.contains("Evicted") && event.contains(why)).count();
    assert!(told >= 4, "{:?}", case.events());
}
